// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/machine/collect_impl.h"

#include <errno.h>
#include <fcntl.h>

int ol_keyed_file_open(struct ol_collect *c, enum ol_src src)
{
	struct ol_keyed_file *k = ol_collect_state(c, src, sizeof(*k));
	int rc;

	if (!k)
		return -ENOMEM;
	k->file.fd = -1;
	rc = ol_keymap_init_metrics(&k->map, src);
	if (rc)
		return rc;
	rc = ol_root_openat(&c->root, ol_sources[src].file, O_RDONLY);
	if (rc >= 0)
		k->file.fd = rc;
	return 0; /* a file that cannot be opened now is said so at each read */
}

int ol_keyed_file_text(struct ol_collect *c, enum ol_src src, struct ol_keyed_file **ret_state,
		       struct ol_span *ret)
{
	struct ol_keyed_file *k = c->state[src];

	*ret_state = k;
	return ol_file_read(&c->root, ol_sources[src].file, &k->file, &c->buf, ret);
}

void ol_keyed_file_done(struct ol_collect *c, enum ol_src src)
{
	struct ol_keyed_file *k = c->state[src];

	ol_file_close(&k->file);
	ol_keymap_done(&k->map);
}

int ol_file_source_open(struct ol_collect *c, enum ol_src src)
{
	struct ol_file *f = ol_collect_state(c, src, sizeof(*f));
	int rc;

	if (!f)
		return -ENOMEM;
	rc = ol_root_openat(&c->root, ol_sources[src].file, O_RDONLY);
	f->fd = rc >= 0 ? rc : -1;
	return 0;
}

void ol_file_source_done(struct ol_collect *c, enum ol_src src)
{
	ol_file_close(c->state[src]);
}

static int read_lines(struct ol_collect *c, enum ol_src src, struct ol_tick *t,
		      struct ol_src_status *st)
{
	struct ol_keyed_file *k;
	struct ol_span text;
	int rc = ol_keyed_file_text(c, src, &k, &text);

	if (!rc)
		ol_keyed_lines(&k->map, text, 0, t->v, t->has, st);
	return rc;
}

/*
 * MemTotal:       24684084 kB
 * HugePages_Total:       0
 * meminfo_proc_show() in fs/proc/meminfo.c; keys were added from 2.6.18 to 7.2
 */
const struct ol_collector ol_collect_meminfo = { OL_SRC_MEMINFO, ol_keyed_file_open, read_lines,
						 ol_keyed_file_done };

/*
 * nr_free_pages 6064281
 * allocstall_normal 0
 * vmstat_show() in mm/vmstat.c; until 4.7 the page counters are those of all zones together
 */
const struct ol_collector ol_collect_vmstat = { OL_SRC_VMSTAT, ol_keyed_file_open, read_lines,
						ol_keyed_file_done };
