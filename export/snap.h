/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_EXPORT_SNAP_H
#define OL_EXPORT_SNAP_H

#include "analyze/memory/snap.h"
#include "lib/err.h"
#include "lib/out.h"

/* One object, {"schema":"oomlens.snap/1",…}: keys in docs/snap.md and export/snap.schema.json. */
void ol_snap_json(struct ol_json *j, const struct ol_snap *s);
/* Its members, for objects that hold more (oomlens.tick/1). */
void ol_snap_json_ram(struct ol_json *j, const struct ol_snap *s);
void ol_snap_json_available(struct ol_json *j, const struct ol_snap *s);

/*
 * One object of oomlens.tick/1: time, state, RAM, available, what the counters moved per second
 * since the earlier look, and the rows of @rows ("slab", "groups", "zones", "processes"; others:
 * none).
 */
void ol_tick_json(struct ol_json *j, const struct ol_snap *s, const char *rows);

struct ol_snap_style {
	unsigned width;
	bool color, utf8;
	bool full; /* everything instead of one screen */
};
void ol_snap_text(struct ol_out *o, const struct ol_snap *s, const struct ol_snap_style *style);

/*
 * The same about one process of the tick: composition, growth since the earlier look, its control
 * group's room, what it waits in. -ESRCH when it is not there.
 */
int ol_snap_pid_text(struct ol_out *o, const struct ol_snap *s, int32_t pid,
		     const struct ol_snap_style *style);
int ol_snap_pid_json(struct ol_json *j, const struct ol_snap *s, int32_t pid);

/*
 * What changed from one saved snapshot (the text of ol_snap_json) to another. 0, or -EINVAL with a
 * message that says which of the two is none and why.
 */
int ol_snap_diff(struct ol_out *o, struct ol_span a, struct ol_span b, bool json,
		 const struct ol_snap_style *style, struct ol_err *err);

#endif
