/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_COLLECT_SLAB_NAMES_H
#define OL_COLLECT_SLAB_NAMES_H

#include "collect/machine/root.h"
#include "collect/machine/tick.h"

/*
 * What /sys/kernel/slab says of slab caches: which other names a cache has (SLUB merges caches of
 * the same kind, and /proc/slabinfo shows the name of the first), and two of its flags. All of this
 * never changes while a cache lives, so it is read once, and again when new caches came.
 */
struct ol_slab_names *ol_slab_names_new(void); /* NULL: ENOMEM */
void ol_slab_names_free(struct ol_slab_names *s);

/*
 * Reads the directory. 0, -errno. What was known of flags is kept where it cannot be read any more,
 * because privilege was dropped. *@st: only dropped and denied are set.
 */
int ol_slab_names_load(struct ol_slab_names *s, const struct ol_root *r, const char *path,
		       struct ol_buf *b, struct ol_src_status *st);

/* Sets name, text, sub and flags of a row. */
void ol_slab_names_begin(struct ol_slab_names *s); /* a new reading of slabinfo */
void ol_slab_names_row(struct ol_slab_names *s, uint32_t line, struct ol_span name,
		       struct ol_tick *t, struct ol_row *r);
/* Unknown names came since the last load (in the first reading after it all are unknown). */
bool ol_slab_names_stale(const struct ol_slab_names *s);

/* What is true of a cache of this name on every kernel: 1, 0, -1 when it is not so simple. */
int ol_slab_reclaimable_by_name(struct ol_span name);

#endif
