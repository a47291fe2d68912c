/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_COLLECT_COLLECT_IMPL_H
#define OL_COLLECT_COLLECT_IMPL_H

#include "collect/keymap.h"
#include "collect/live.h"
#include "collect/root.h"

/* What the collectors of one root share. */
struct ol_collect {
	struct ol_source source;
	struct ol_root root;
	struct ol_live_opts opts;
	bool ended;
	struct ol_buf buf, buf2; /* buf2: while a text in buf is still needed */
	void *state[OL_SRC_MAX]; /* each collector's own */
};

/*
 * One source: one file that ends in one of these, and one line in collect/live.c.
 * @open: opens what takes privilege, while there is some; may be NULL.
 * @read: 0 or -errno for st->rc; -ENOENT when this kernel has no such thing.
 */
struct ol_collector {
	enum ol_src src;
	int (*open)(struct ol_collect *c, enum ol_src src);
	int (*read)(struct ol_collect *c, enum ol_src src, struct ol_tick *t,
		    struct ol_src_status *st);
	void (*done)(struct ol_collect *c, enum ol_src src);
};

/* For a source that is one file of keys, all of them metrics: .open, .done, and help for .read. */
struct ol_keyed_file {
	struct ol_file file;
	struct ol_keymap map;
};
int ol_keyed_file_open(struct ol_collect *c, enum ol_src src);
void ol_keyed_file_done(struct ol_collect *c, enum ol_src src);
/* The text of the file, valid until c->buf is used again; *@ret_state has its keymap. */
int ol_keyed_file_text(struct ol_collect *c, enum ol_src src, struct ol_keyed_file **ret_state,
		       struct ol_span *ret);

/* State of a collector, zeroed, made at its first use; NULL: ENOMEM. */
void *ol_collect_state(struct ol_collect *c, enum ol_src src, size_t size);

#endif
