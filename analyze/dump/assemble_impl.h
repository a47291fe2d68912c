/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_ASSEMBLE_IMPL_H
#define OL_ANALYZE_ASSEMBLE_IMPL_H

/*
 * Private to assemble.c, which says whose a line is, and open_events.c, which keeps events and
 * hosts.
 */

#include "analyze/dump/dump_impl.h"
#include "analyze/dump/names.h"
#include "analyze/dump/streams.h"

#define OPEN_MAX   12
#define RECENT_MAX 64
#define SPARE_MAX  OPEN_MAX
/*
 * Lines of a host for which a notice counts: "callbacks suppressed" is told when the next message
 * passes, swap errors come in front of the kill that they lead to, and a dump may stand between two
 * of either. Its longest part, the task table, has a line for each process: some hundred.
 */
#define NOTICE_LINES  500
#define VMALLOC_LINES 3 /* between vmalloc's line and the head that warn_alloc_failed() prints */
#define HEADS_MAX     8 /* heads of a host that may be quoted later */
#define PRE_MAX       64 /* streams whose call traces wait for their dump; 28 KiB each */

/* The text and the stamp of a head, hashed with a secret: nobody outside can forge it. */
struct head_mark {
	uint64_t h[2];
	bool marked; /* behind quote marks */
};

struct stream {
	struct ol_stream_id id;
	char release[128];
	size_t release_n;
	char boot_id[40];
	size_t boot_id_n;
	uint32_t boot;
	uint64_t seq; /* lines; those of all hosts where they were passed over */
	uint64_t passed; /* of the assembler's, that are in seq */
	int64_t last_mono_us;
	int64_t odd_us; /* OL_TIME_NONE; the stamp of the last line, far from those before it */
	struct head_mark heads[HEADS_MAX]; /* of events that were begun lately */
	unsigned n_heads;
	uint32_t stamped; /* kernel lines with a kernel stamp */
	struct ol_withheld withheld; /* announced, not yet told to an event */
	uint64_t withheld_seq;
	uint32_t swap_errors; /* logged within the last lines */
	uint64_t swap_error_seq;
	uint64_t sysrq_seq;
	struct ol_val vmalloc_bytes; /* what vmalloc says it could not have, just before the head */
	uint64_t vmalloc_seq;
	int64_t recent[RECENT_MAX]; /* victims already told: their reaper lines are no news */
	unsigned recent_n;
	struct ol_open open[OPEN_MAX];
	unsigned n_open;
	struct ol_pre *pre; /* OL_PRE_CONTEXTS of them, or NULL */
	unsigned pre_slot; /* and its place among the assembler's .has_pre */
};

/*
 * What others say of a kill waits for the kernel's own dump: it may come later, or not at all. What
 * is said of one kill is one event.
 */
#define HELD_MAX 16
struct held {
	struct ol_oom_event *e;
	uint64_t last_noise; /* the assembler's, when something was said last */
	int64_t grown_us; /* by our own clock */
	uint32_t line; /* the last of it */
};

/* What a killer said of why, before it told whom it kills. */
#define NOTES_MAX  12
#define NOTE_BYTES 400
#define NOTE_LINES 64 /* between it and the kill */
struct note {
	int program;
	uint32_t line;
	uint64_t byte;
	int64_t wall_us; /* OL_TIME_NONE */
	char host[64], text[NOTE_BYTES];
	size_t host_n, n;
};

/* Who was killed by a program, in its own words: what others say of that is no news. */
#define KILLED_MAX   16
#define KILLED_LINES 2000
struct killed {
	uint64_t name; /* hash of its host, and of its unit or pod */
	uint32_t line;
};

/* Whom the kernel killed lately: what such a process fails to allocate follows from its death. */
#define DEAD_MAX 32
#define DYING_US (10 * 1000000LL)
struct dead {
	char id[17]; /* of the event */
	char host[64];
	size_t host_n;
	int64_t pid, from_us, until_us; /* of the event, by .mono */
	uint32_t boot;
	bool mono, suspect;
};

struct ol_assembler {
	struct ol_parser_opts opts;
	ol_event_fn fn;
	void *arg;
	char file[4096];
	size_t file_n;
	uint32_t file_no;
	int64_t mtime_us;
	struct ol_streams streams;
	struct ol_oom_event *spare[SPARE_MAX]; /* with a piece of memory each */
	unsigned n_spare;
	uint64_t events;
	size_t held; /* bytes of what is open */
	uint32_t rows_before, lines_before; /* a guess what the next event will have */
	struct stream *has_pre[PRE_MAX]; /* the first .n_pre: streams that have .pre */
	unsigned n_pre;
	struct ol_sign signs[OL_SIGN_MAX];
	bool kernel_seen; /* the input has lines whose transport proves the kernel */
	bool records_seen; /* and these are records, no console's */
	bool sign_follow; /* frames that come belong to a hung task */
	unsigned n_open, n_done;
	uint64_t noise; /* bytes of the input that no event took, while one was open */
	uint64_t run_lines, run_bytes; /* of them, since one took a line */
	uint64_t check; /* .noise at which an event may be over */
	uint64_t passed; /* lines that nobody read */
	bool took; /* the present line went to an event, or waits for its beginning */
	struct held held_says[HELD_MAX]; /* in the order in which they came */
	unsigned n_held;
	struct note notes[NOTES_MAX]; /* a ring */
	unsigned n_notes;
	struct dead dead[DEAD_MAX]; /* a ring */
	unsigned n_dead;
	struct killed killed[KILLED_MAX]; /* a ring */
	unsigned n_killed;
	struct ol_names *names; /* NULL: no container was named */
	unsigned json_left; /* lines of a JSON object that a kill was quoted in */
	char json_node[256];
	size_t json_node_n;
	uint32_t json_node_line;
	char json_time[40];
	size_t json_time_n;
	uint32_t json_time_line;
	bool json_is_node;
	char tail[1024]; /* a quoted kill whose line was broken */
	size_t tail_n; /* 0: none */
	uint32_t tail_line;
	uint32_t unknown_prefix; /* line that quotes a kill behind one; 0: none */
	struct stream *in_table; /* the last line was a row of the table of .table_open */
	unsigned table_open; /* its index; the others of the stream only wait for the reaper */
};

/* open_events.c; what the sink returned comes back as the result, or in *@ret_r */

/* The stream of a host; a new one may end the events of the one that was quiet for longest. */
struct stream *ol_hold_stream(struct ol_assembler *as, struct ol_span host, enum ol_stream_who who,
			      int *ret_r);
struct ol_pre *ol_hold_pre(struct ol_assembler *as, struct stream *st); /* NULL: no memory */
struct ol_open *ol_hold_open(struct ol_assembler *as, struct stream *st, const struct ol_line *line,
			     uint32_t lineno, int *ret_r);
/* A line of the event: kept and decoded. @m: NULL when it waited for the event to begin. */
int ol_hold_accept(struct ol_assembler *as, struct stream *st, struct ol_open *o,
		   const struct ol_msg *m, enum ol_line_kind kind, struct ol_span text,
		   uint32_t lineno);
/* The same for one more row of the table of which the line before was one. */
int ol_hold_row(struct ol_assembler *as, struct stream *st, struct ol_open *o,
		const struct ol_msg *m);
/* Finished, judged and given to the sink: st->open[@i], or all. */
int ol_hold_close(struct ol_assembler *as, struct stream *st, unsigned i);
/* st->open[*@i], and what is done before it; *@i is then the place of the one behind it. */
int ol_hold_close_upto(struct ol_assembler *as, struct stream *st, unsigned *i);
/* The same, and nobody is told. */
void ol_hold_drop(struct ol_assembler *as, struct stream *st, unsigned i);
int ol_hold_close_all(struct ol_assembler *as, struct stream *st);
/* A new event of @line; NULL without memory. */
struct ol_oom_event *ol_hold_event(struct ol_assembler *as, const struct ol_line *line,
				   uint32_t lineno);
/* A finished event goes to the sink; its memory stays, for the next one: */
int ol_hold_give(struct ol_assembler *as, struct ol_oom_event *e);
void ol_hold_spare(struct ol_assembler *as, struct ol_oom_event *e);
/* One more may be over at @over (.noise). */
void ol_hold_check(struct ol_assembler *as, uint64_t over);
/* Closes what can be closed when events hold too much; after each line. */
int ol_hold_within(struct ol_assembler *as);
/* Whether ol_hold_within() has something to do. */
bool ol_hold_short(const struct ol_assembler *as);

/* held.c: what others say of kills */

/* @m, a line of a program: a kill of its own, a report, a reason, a name. */
int ol_held_program(struct ol_assembler *as, const struct ol_msg *m, int program,
		    struct ol_span host);
/* @m quotes a kill that no event knows of. */
int ol_held_quote(struct ol_assembler *as, const struct ol_msg *m, const struct ol_quote *q);
/* @e is the kernel's: @who says so, too; one without a name is nobody. */
void ol_event_report(struct ol_oom_event *e, struct ol_span who, struct ol_span text,
		     uint32_t line);
/* Another line of a JSON object that a kill was quoted in, or will be. */
void ol_held_json(struct ol_assembler *as, const struct ol_msg *m);
/* A line behind one that was broken inside of a quoted kill. */
void ol_held_tail(struct ol_assembler *as, const struct ol_msg *m);
/* @e, an event of the kernel's that is over, gets what was said of it. */
void ol_held_fold(struct ol_assembler *as, struct ol_oom_event *e);
/* .noise at which the first is over; UINT64_MAX without one. */
uint64_t ol_held_deadline(const struct ol_assembler *as);
int ol_held_give_first(struct ol_assembler *as);
/* All to which nothing was added for so long. */
int ol_held_give_all(struct ol_assembler *as, int64_t idle_us);

#endif
