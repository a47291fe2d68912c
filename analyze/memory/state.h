/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_STATE_H
#define OL_ANALYZE_STATE_H

#include "analyze/memory/cgview.h"

/* From where on pressure is felt, in hundredths of a percent as PSI rows have it. */
enum {
	OL_PSI_SOME_FELT = 100, /* somebody waits 1 % of the time */
	OL_PSI_SOME_THRASH = 4000,
	OL_PSI_FULL_THRASH = 1000,
	OL_PSI_IO_FELT = 1000,
	OL_PSI_CPU_FELT = 2500,
};

/* In what state the memory of a machine is, and the numbers that say so. */
enum ol_state_id { OL_HEALTHY, OL_RECLAIMING, OL_THRASHING, OL_NEAR_OOM, OL_STATE_UNKNOWN };
extern const char *const ol_state_names[]; /* "healthy", … as in the JSON */

/* A sentence without its words: notes.def says what its arguments are, in their order. */
enum ol_note_id {
#define OL_NOTE(id, args) OL_NOTE_##id,
#include "analyze/memory/notes.def"
	OL_NOTE_MAX
};
enum { OL_NOTE_ARGS = 5, OL_NOTE_NAMES = 2, OL_NOTE_ROOM = 320 /* for its words */ };
struct ol_note {
	enum ol_note_id id;
	int64_t v[OL_NOTE_ARGS];
	/* from outside, bytes of the tick; s.p NULL: none */
	struct ol_span name[OL_NOTE_NAMES];
};
const char *ol_note_args(enum ol_note_id id); /* their kinds, "skk" */

struct ol_state {
	enum ol_state_id id;
	/* NEAR_OOM and THRASHING: "machine", "cgroup", "lowmem"; else NULL */
	const char *where;
	int32_t cgroup; /* row of OL_T_CGROUP, -1 */
	struct ol_note headline, evidence[16];
	unsigned n;
};

/* @old: an earlier tick of the same machine for rates, or NULL. @views: of @now, or NULL. */
void ol_state_of(const struct ol_tick *old, const struct ol_tick *now, const struct ol_ram *ram,
		 const struct ol_avail *avail, const struct ol_cgview *views, struct ol_state *ret);

#endif
