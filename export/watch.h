/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_EXPORT_WATCH_H
#define OL_EXPORT_WATCH_H

#include "analyze/memory/watch.h"
#include "export/snap.h"

/* What `watch` prints: one line while it runs, a report at the end. */
struct ol_watch_end {
	const struct ol_watch *watch;
	const char *const *command; /* NULL behind the last; NULL: nothing was run */
	bool exited; /* false: it still runs, or was not ours */
	int exit_status, signal; /* signal > 0: it was killed by it */
	int64_t elapsed_us;
	/* of a command that exited, and of what it waited for: getrusage() */
	int64_t user_us, system_us, max_rss_kb, read_kb, written_kb, major_faults;
	int64_t limit_kb; /* that it was given for this; 0: none */
	const struct ol_tick *end; /* the last look while the command ran */
	const struct ol_tick *after; /* a moment after it ended; NULL: none was taken */
	struct ol_forecast forecast; /* as it was at the end */
	const char *charged_how; /* why no control group was made, NULL: one was */
	void (*more)(void *arg, struct ol_json *j); /* more members of the object; may be NULL */
	void *more_arg;
};

/* "12.3 s  anon 1.2 GiB  cache …": safe for a terminal, no newline. */
void ol_watch_line(struct ol_out *o, const struct ol_watch *w, int64_t elapsed_us, unsigned width);

void ol_watch_text(struct ol_out *o, const struct ol_watch_end *e,
		   const struct ol_snap_style *style);
/* {"schema":"oomlens.watch/1",…} */
void ol_watch_json(struct ol_json *j, const struct ol_watch_end *e);

/* What slowed it down or filled its memory, and what to change: sentences, safe text. */
void ol_watch_verdict(struct ol_out *o, const struct ol_watch_end *e);
/* "its limit in 42 s (38 s to 47 s)" */
void ol_watch_forecast_words(struct ol_out *o, const struct ol_forecast *f);
/* What a kernel function that processes wait in is about: "a disk"; NULL: not known. */
const char *ol_watch_wait_words(const char *wchan);

#endif
