/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_STATE_H
#define OL_ANALYZE_STATE_H

#include "analyze/memory/cgview.h"

/* In what state the memory of a machine is, and the numbers that say so. */
enum ol_state_id { OL_HEALTHY, OL_RECLAIMING, OL_THRASHING, OL_NEAR_OOM, OL_STATE_UNKNOWN };
extern const char *const ol_state_names[]; /* "healthy", … as in the JSON */

struct ol_state {
	enum ol_state_id id;
	/* NEAR_OOM and THRASHING: "machine", "cgroup", "lowmem"; else NULL */
	const char *where;
	int32_t cgroup; /* row of OL_T_CGROUP, -1 */
	/* Names in here come from outside: escape them on the way out. */
	char headline[320];
	char evidence[16][320];
	unsigned n;
};

/* @old: an earlier tick of the same machine for rates, or NULL. @views: of @now, or NULL. */
void ol_state_of(const struct ol_tick *old, const struct ol_tick *now, const struct ol_ram *ram,
		 const struct ol_avail *avail, const struct ol_cgview *views, struct ol_state *ret);

#endif
