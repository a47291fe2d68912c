/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_SNAP_H
#define OL_ANALYZE_SNAP_H

#include "analyze/memory/fold.h"
#include "analyze/memory/state.h"

/* All that can be said about one tick: what `snap` prints and `top` shows. */
struct ol_snap {
	const struct ol_tick *now, *old; /* old: an earlier look, for rates, or NULL */
	struct ol_ram ram;
	struct ol_avail avail;
	bool has_ram, has_avail;
	struct ol_cgview *views; /* by row of OL_T_CGROUP */
	struct ol_fold *folds;
	uint32_t n_folds, views_cap, folds_cap;
	struct ol_state state;
};

/* Fills *@s, zeroed or used before, from @now. 0 or -ENOMEM. Nothing of the ticks is copied. */
int ol_snap_of(struct ol_snap *s, const struct ol_tick *old, const struct ol_tick *now);
void ol_snap_done(struct ol_snap *s);

/* Rows of OL_T_SLAB by size, OL_T_CGROUP that are listed by usage: @ret has room for all. */
uint32_t ol_snap_slabs(const struct ol_tick *t, const struct ol_row **ret);
uint32_t ol_snap_listed(const struct ol_snap *s, const struct ol_cgview **ret);

/*
 * Share of the free pages of a zone that are in blocks too small for 2^@order pages, in thousandths
 * (the kernel's unusable free space index); -1 when nothing is free or not known.
 */
int ol_zone_unusable(const struct ol_row *zone, unsigned order);

/* "user": user pages and file cache; "kernel": kernel memory; by the name of the zone. */
bool ol_zone_serves_kernel(struct ol_span zone);

#endif
