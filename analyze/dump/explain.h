/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_EXPLAIN_H
#define OL_ANALYZE_EXPLAIN_H

#include "analyze/dump/event.h"

/*
 * Bytes of kernel log in, OOM events out. One parser takes any number of inputs one after the
 * other; an event is given to the sink as soon as nothing more can belong to it. Memory is bounded
 * whatever the size of the input.
 */
struct ol_parser;

struct ol_parser_opts {
	struct ol_span
		kernel; /* --kernel: release to decode numeric masks with; absent: find out */
	int64_t now_us; /* clock for year inference when the file has no time */
	/* what comes is read as it comes: a log that is written, no export, never newest first */
	bool live;
};

/* The event is the sink's to read until it returns; <0 stops the parser and is returned by feed. */
typedef int (*ol_event_fn)(void *arg, struct ol_oom_event *e);

struct ol_parser *ol_parser_new(const struct ol_parser_opts *opts, ol_event_fn fn, void *arg);
void ol_parser_free(struct ol_parser *p);

/* A new input begins. @mtime_us: time of the file's last change, OL_TIME_NONE when unknown. */
int ol_parser_begin(struct ol_parser *p, struct ol_span name, int64_t mtime_us);
/* Any bytes, cut anywhere. 0, or what the sink returned. */
int ol_parser_feed(struct ol_parser *p, const char *buf, size_t n);
/*
 * Somebody has searched what is fed next (analyze/dump/scanned.h); @s is looked at until another
 * one or NULL is set. What the parser says is the same, it says so sooner.
 */
struct ol_scanned;
void ol_parser_scanned(struct ol_parser *p, const struct ol_scanned *s);
/* The input ended: everything open is given to the sink. */
int ol_parser_end(struct ol_parser *p);
/*
 * Between two files of one rotated log, instead of _end and _begin: a dump may begin in one and end
 * in the other, so what is open stays open. _turn ends the first (its statistics are complete
 * then).
 */
int ol_parser_turn(struct ol_parser *p);
int ol_parser_continue(struct ol_parser *p, struct ol_span name, int64_t mtime_us);
/* Follow mode: gives out events whose last line is older than @idle_us by the monotonic clock. */
int ol_parser_idle(struct ol_parser *p, int64_t idle_us);

/* For tests, after any call: aborts when what it holds contradicts itself. */
void ol_parser_check(const struct ol_parser *p);

struct ol_parser_stats {
	uint64_t bytes, lines, events;
};
/* Of the present (or just ended) input. */
struct ol_parser_stats ol_parser_stats(const struct ol_parser *p);

/* Trouble in the log that is no lack of memory, of the present (or just ended) input. */
#define OL_SIGNS(X)                   \
	X(HUNG_TASK, "hung_task")     \
	X(SOFT_LOCKUP, "soft_lockup") \
	X(RCU_STALL, "rcu_stall")     \
	X(IO_ERROR, "io_error")       \
	X(NOT_RESPONDING, "not_responding")
enum ol_sign_kind {
#define OL_SIGN(id, name) OL_SIGN_##id,
	OL_SIGNS(OL_SIGN) OL_SIGN_MAX
#undef OL_SIGN
};
struct ol_sign {
	uint64_t count; /* 0: none */
	bool at_least; /* there were so many that the others were not read */
	uint64_t first_line, last_line;
	char text[160]; /* of the first: hostile, escape it */
	char where[64]; /* hung task: the function that it waits in; "" unknown */
	bool io; /* hung task: waits for IO */
};
const char *ol_sign_name(enum ol_sign_kind k); /* "hung_task", … */
const struct ol_sign *ol_parser_signs(const struct ol_parser *p); /* array of OL_SIGN_MAX */

/* Warnings of the present input: cut lines, lines beyond the limits. */
struct ol_warning {
	uint64_t line;
	char text[160];
};
const struct ol_warning *ol_parser_warnings(const struct ol_parser *p, size_t *ret_n);

#endif
