/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_EXPORT_WATCH_H
#define OL_EXPORT_WATCH_H

#include "analyze/watch.h"
#include "export/snap.h"

/* What `watch` prints: one line while it runs, a report at the end. */
struct ol_watch_end {
	const struct ol_watch *watch;
	const char *const *command; /* NULL behind the last; NULL: nothing was run */
	bool exited; /* false: it still runs, or was not ours */
	int exit_status, signal; /* signal > 0: it was killed by it */
	int64_t elapsed_us, user_us, system_us;
	const struct ol_tick *end; /* the last look while the command ran */
	const struct ol_tick *after; /* a moment after it ended; NULL: none was taken */
	struct ol_forecast forecast; /* as it was at the end */
	const char *charged_how; /* why no control group was made, NULL: one was */
};

/* "12.3 s  anon 1.2 GiB  cache …": safe for a terminal, no newline. */
void ol_watch_line(struct ol_out *o, const struct ol_watch *w, int64_t elapsed_us, unsigned width);

void ol_watch_text(struct ol_out *o, const struct ol_watch_end *e,
		   const struct ol_snap_style *style);
/* {"schema":"oomlens.watch/1",…} */
void ol_watch_json(struct ol_json *j, const struct ol_watch_end *e);

#endif
