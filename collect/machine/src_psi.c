// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/machine/collect_impl.h"

/* psi_show() in kernel/sched/psi.c (4.20); without psi=1 some kernels open it and fail the read */
static int read_psi(struct ol_collect *c, enum ol_src src, struct ol_tick *t,
		    struct ol_src_status *st)
{
	struct ol_keyed_file *k;
	struct ol_span text;
	int rc = ol_keyed_file_text(c, src, &k, &text);

	if (!rc)
		ol_psi_lines(&k->map, text, t->v, t->has, st);
	return rc;
}

const struct ol_collector ol_collect_psi_memory = { OL_SRC_PSI_MEMORY, ol_keyed_file_open, read_psi,
						    ol_keyed_file_done };
const struct ol_collector ol_collect_psi_io = { OL_SRC_PSI_IO, ol_keyed_file_open, read_psi,
						ol_keyed_file_done };
const struct ol_collector ol_collect_psi_cpu = { OL_SRC_PSI_CPU, ol_keyed_file_open, read_psi,
						 ol_keyed_file_done };
