/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_CGVIEW_H
#define OL_ANALYZE_CGVIEW_H

#include "analyze/memory/available.h"

/* Where an OOM kill in a control group would come from. */
enum ol_oom_from { OL_FROM_UNKNOWN, OL_FROM_SELF, OL_FROM_ANCESTOR, OL_FROM_MACHINE };
extern const char *const ol_oom_from_names[]; /* NULL, "self", … as in the JSON */

/* What follows from a row of OL_T_CGROUP and those above it; kB. */
struct ol_cgview {
	const struct ol_row *row;
	bool has_usage;
	int64_t usage_kb;
	int64_t limit_kb; /* the smallest of its own and its ancestors'; OL_UNLIMITED */
	int32_t limit_row; /* whose; -1 without a limit */
	int64_t anon_kb, shmem_kb, cache_kb; /* cache: without shared memory */
	int64_t kernel_kb; /* all kernel memory that is charged */
	bool has_kernel;
	int64_t reclaimable_kb; /* clean file cache and slab with a shrinker, charged here */
	/*
	 * What can still be charged before nothing is left to reclaim: at its own limit, at an
	 * ancestor's, or on the machine, whichever comes first, and where that is.
	 */
	int64_t room_kb;
	enum ol_oom_from from;
	int32_t from_row; /* of the group whose limit that is; -1: the machine's */
	bool listed; /* a container, or a group without children that is in none */
};

/* @ret has room for every row of OL_T_CGROUP. */
void ol_cgviews(const struct ol_tick *t, const struct ol_avail *a, struct ol_cgview *ret);

#endif
