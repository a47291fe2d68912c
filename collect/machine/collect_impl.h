/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_COLLECT_COLLECT_IMPL_H
#define OL_COLLECT_COLLECT_IMPL_H

#include "collect/machine/keymap.h"
#include "collect/machine/live.h"
#include "collect/machine/root.h"

/* What the collectors of one root share. */
struct ol_collect {
	struct ol_source source;
	struct ol_root root;
	struct ol_live_opts opts;
	uint32_t never; /* sources that were left out from the start */
	bool ended;
	enum ol_src at; /* the source that is being read */
	struct ol_buf buf, buf2; /* buf2: while a text in buf is still needed */
	uint32_t kept; /* descriptors of groups and processes, as many as these are */
	void *state[OL_SRC_MAX]; /* each collector's own */
};

/*
 * One source: one file that ends in one of these, and one line in collect/machine/live.c.
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

/* For a source that is one file, whose descriptor is all of the state: .open and .done. */
int ol_file_source_open(struct ol_collect *c, enum ol_src src);
void ol_file_source_done(struct ol_collect *c, enum ol_src src);

/* Size of a page of the root's machine, from what was read already; 0: unknown. Sets t->page_kb. */
unsigned ol_collect_page_kb(const struct ol_collect *c, struct ol_tick *t);

/*
 * From texts to a tick, for the collectors and for the fuzzer. The values of a text that is cut are
 * those of the whole text, or absent.
 */
/* True: some node printed fewer zones than the kernel has, so that the rows' .sub is wrong. */
bool ol_zoneinfo_parse(struct ol_keymap *m, struct ol_span text, struct ol_tick *t,
		       struct ol_src_status *st);
/* Bit i: /proc/vmstat counts for zone type i; then numbers by these types: */
unsigned ol_zone_types(struct ol_span vmstat);
void ol_zones_number(struct ol_tick *t, unsigned types);
void ol_buddyinfo_parse(struct ol_span text, struct ol_tick *t, struct ol_src_status *st);

struct ol_slab_names; /* what is known of caches by their names */
/* Names may be NULL. 0, or -EBADMSG when it is not of a known version. */
int ol_slabinfo_parse(struct ol_span text, unsigned page_kb, struct ol_slab_names *names,
		      struct ol_tick *t, struct ol_src_status *st);

int ol_swaps_parse(struct ol_span text, struct ol_tick *t, struct ol_src_status *st);
void ol_zram_stat_parse(struct ol_span text, struct ol_row *r, struct ol_src_status *st);
void ol_dentry_state_parse(struct ol_span text, struct ol_tick *t, struct ol_src_status *st);
void ol_file_nr_parse(struct ol_span text, struct ol_tick *t, struct ol_src_status *st);
void ol_inode_nr_parse(struct ol_span text, struct ol_tick *t, struct ol_src_status *st);
void ol_stat_parse(struct ol_span text, struct ol_tick *t, struct ol_src_status *st);
void ol_sockstat_parse(struct ol_span text, struct ol_tick *t, struct ol_src_status *st);
int ol_arcstats_parse(struct ol_span text, struct ol_tick *t, struct ol_src_status *st);

/*
 * Whether one more descriptor of the live root may be kept open and counted in c->kept. Raises the
 * soft limit of descriptors when they come near it, so that @more have room; who starts another
 * program must give it the old one.
 */
bool ol_collect_may_keep(const struct ol_collect *c, uint32_t more);

/* State of a collector, zeroed, made at its first use; NULL: ENOMEM. */
void *ol_collect_state(struct ol_collect *c, enum ol_src src, size_t size);

#endif
