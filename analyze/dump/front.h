/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_FRONT_H
#define OL_ANALYZE_FRONT_H

#include "analyze/dump/explain.h"

/*
 * Private to analyze/: what stands between the bytes of an input and its lines. The beginning of
 * each input tells whether its records are lines at all (records.h) and whether they come newest
 * first (order.h). An ordinary log goes through as it is, where it lies. The records of an export
 * become lines; a log that is newest first is turned: what comes is kept in blocks, in memory and
 * beyond one of them in a file, and given out from its end, record by record.
 */

struct ol_front_out {
	/* bytes of the input as they are; all of it comes so, or none */
	int (*bytes)(void *arg, const char *buf, size_t n);
	/* a line that was made or turned, without a newline, and where its record begins */
	int (*line)(void *arg, struct ol_span line, uint64_t lineno, uint64_t byte);
	/* about @lineno */
	void (*warn)(void *arg, uint64_t lineno, const char *text);
	void *arg;
};

struct ol_front;
struct ol_front *ol_front_new(const struct ol_front_out *out); /* NULL: ENOMEM */
void ol_front_free(struct ol_front *f);
/* A new input; @asks: false: it goes through as it is. */
void ol_front_begin(struct ol_front *f, bool asks);
int ol_front_feed(struct ol_front *f, const char *buf, size_t n);
/* No more comes for now: what was held to find out about it goes on as it is. */
int ol_front_idle(struct ol_front *f);
int ol_front_end(struct ol_front *f);
/* Do bytes go through as they are? */
bool ol_front_plain(const struct ol_front *f);
/* Lines of the input so far; not where they go through as they are. */
uint64_t ol_front_lines(const struct ol_front *f);

#endif
