/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_DUMP_IMPL_H
#define OL_ANALYZE_DUMP_IMPL_H

/* Private to analyze/: the stages between a framed line and a finished event. */

#include "analyze/dump/lines.h"

/* "[Node 1 ]DMA32" at the front of *@a: eats it with the blank or colon untouched. */
bool ol_eat_zone_name(struct ol_span *a, int *ret_node, struct ol_span *ret_zone);
enum ol_zone_type ol_zone_type_of(struct ol_span name);
bool ol_eat_times(struct ol_span *t); /* the '*' of a free list's "2*64kB" */

/*
 * Columns of a task table header; false when it is none. @cols: enum ol_col, or OL_COL_MAX for
 * unknown ones.
 */
#define OL_TABLE_COLS_MAX 24
struct ol_table_layout {
	uint8_t cols[OL_TABLE_COLS_MAX];
	uint8_t n; /* numeric columns, the bracketed pid included */
	uint32_t mask; /* bit per enum ol_col among them */
};
bool ol_table_layout_parse(struct ol_span header, struct ol_table_layout *ret);
unsigned ol_table_columns(struct ol_span header); /* .n of it; 0: it is none */

/*
 * The numbers of a task table row, read once: unwrapping asks whether they are all there, the
 * decoder what they are.
 */
struct ol_task_row {
	int64_t v[OL_TABLE_COLS_MAX]; /* [0]: the pid; -1: too large to be one */
	uint32_t end[OL_TABLE_COLS_MAX]; /* offset behind each of them */
	uint32_t n; /* all numbers; may be more than there is room for */
	uint32_t name; /* offset behind the last one */
	uint32_t like; /* rows with the same number have the same .end; 0: not known */
};
/* False when @text, without leading blanks, is no row: a bracketed pid and three numbers. */
bool ol_row_parse(struct ol_span text, struct ol_task_row *ret);
/* As many numbers as the table has @columns, if that is known, and a name behind them? */
bool ol_row_whole(struct ol_span text, const struct ol_task_row *row, unsigned columns);

/*
 * Where the numbers of a row end. A kernel prints its columns to the right, so those of the next
 * row mostly end there as well, and then nothing has to be looked for.
 */
enum { OL_PLACES_MAX = 16 };
struct ol_row_places {
	uint32_t n; /* columns; 0: not known */
	uint32_t like; /* how many were found */
	uint32_t bracket, last; /* offset of the ']', of the blank behind the last number */
	/* a bit each of the first 128 bytes: blanks behind numbers, what eight digits leave */
	uint64_t ends[2], wide[2];
	uint64_t digits[OL_PLACES_MAX]; /* of the eight bytes in front of an end: the column's */
	int32_t at[OL_PLACES_MAX]; /* of these eight bytes */
};
/* The same as ol_row_parse(). @row and @places are as the last call with them left them. */
bool ol_row_parse_next(struct ol_span text, struct ol_row_places *places, struct ol_task_row *row);

/* ---- unwrap.c: wrapped and broken lines become whole again ---- */

struct ol_msg {
	const struct ol_line *line; /* prefix facts, of the line that began it */
	struct ol_span text; /* without leading blanks */
	enum ol_line_kind kind;
	const struct ol_task_row *row; /* of a task table row, when it was read already */
	uint32_t lineno, last_lineno;
	size_t bytes; /* that its lines take in the input, but for what others of them took */
	bool at_eof; /* the input ended right behind it, without a newline */
};
typedef int (*ol_msg_fn)(void *arg, const struct ol_msg *m);

struct ol_unwrap;
struct ol_unwrap *ol_unwrap_new(ol_msg_fn fn, void *arg);
void ol_unwrap_free(struct ol_unwrap *u);
int ol_unwrap_push(struct ol_unwrap *u, const struct ol_line *line);
int ol_unwrap_flush(struct ol_unwrap *u); /* the held line is whole */
/* Is a line of the kernel held that the next one may go on with? */
bool ol_unwrap_holds(const struct ol_unwrap *u);
void ol_unwrap_reset(struct ol_unwrap *u); /* a new input begins */
void ol_unwrap_eof_cut(struct ol_unwrap *u); /* the next flushed line ended without a newline */

/* ---- assemble.c: which event a line belongs to ---- */

/* Rows of statistics of a cgroup that are kept; a kernel prints some 60, and no key twice. */
#define OL_STATS_MAX 512

/* An event that may still get lines. */
struct ol_open {
	struct ol_oom_event *e;
	uint8_t phase;
	bool done; /* killed: only the reaper and group kills may still come */
	bool inside; /* begun by a line that stood inside a wrapper's record, */
	bool untold; /* one that does not say who wrote it, */
	bool noise; /* or behind a program's words, */
	bool quoted; /* or its sentence in these */
	uint32_t file_no; /* of the file that its last line is in */
	bool gap; /* foreign lines since our last one */
	bool counters_seen[OL_K_MAX];
	struct ol_kv_seen stats_seen, memory_seen; /* of the event's .memcg_stats, .memory */
	enum ol_section section;
	uint32_t zone; /* index + 1 of the zone that the next lowmem_reserve belongs to */
	uint32_t buddy; /* index + 1 of the zone whose buddy line is open */
	struct ol_table_layout layout;
	const uint8_t
		*ends; /* of the rows that are .ends_like (struct ol_task, struct ol_task_row) */
	uint32_t ends_like;
	uint32_t rows_before; /* a guess what it will have, from the events before */
	char caller[16];
	uint64_t last_seq; /* of the stream's line counter */
	uint64_t last_noise; /* of the assembler's, when it had its last line */
	bool kern; /* "kern" stands in the prefix of its lines */
	int64_t last_mono_us;
	/* by our own clock: when it was seen that it had a new line, which .idle_seq was */
	int64_t grown_us;
	uint64_t idle_seq;
	int64_t last_wall_us; /* OL_TIME_NONE; by the clock of the writer, in 1972 without a year */
	bool wall_noyear;
	unsigned late; /* of lines of its host, in a row, that came long after (assemble.c) */
	bool outer; /* its host is one that stands outside of a wrapper (struct ol_line) */
	bool marked; /* its head stood behind quote marks */
	bool copy; /* of a head that another event has, as far as that can be told */
	size_t held; /* bytes of it that count against all events' limit */
};

#define OL_LINGER_US (10 * 1000000LL) /* how long the reaper may take */

/* open_fit.c: is @caller another printing context, does the line fit there? */
bool ol_open_caller_differs(const struct ol_open *o, struct ol_span caller);
bool ol_open_fits(const struct ol_open *o, const struct ol_msg *m);
/*
 * How long after the event's last line was @line written? By the kernel's clock where both have its
 * stamp, else by the wall clock; 0 where that cannot be told.
 */
int64_t ol_open_quiet_us(const struct ol_open *o, const struct ol_line *line);
/* Too long after it to belong to the same dump? @row: it is one of a task table. */
bool ol_open_late(const struct ol_open *o, const struct ol_line *line, bool row);

struct ol_assembler;
struct ol_assembler *ol_assembler_new(const struct ol_parser_opts *opts, ol_event_fn fn, void *arg);
void ol_assembler_free(struct ol_assembler *as);
int ol_assembler_begin(struct ol_assembler *as, struct ol_span file, int64_t mtime_us);
/* The same log goes on in another file: what is open stays open. */
void ol_assembler_file(struct ol_assembler *as, struct ol_span file, int64_t mtime_us);
int ol_assembler_push(struct ol_assembler *as, const struct ol_msg *m);
int ol_assembler_flush(struct ol_assembler *as);
/* The file ends, its log does not: closes what only waits for the reaper. */
int ol_assembler_turn(struct ol_assembler *as);
int ol_assembler_idle(struct ol_assembler *as, int64_t idle_us);
/*
 * What the reader asks, so that it reads no line that cannot matter. An event is open until it has
 * its kill; then it waits for its last lines, which OL_SCAN_EVENT finds.
 */
bool ol_assembler_open(const struct ol_assembler *as);
bool ol_assembler_waiting(const struct ol_assembler *as);
/* The id of the container of a kill whose name may still be told; absent: of none. */
struct ol_span ol_assembler_unnamed(const struct ol_assembler *as);
/* The line that was pushed last, if it quotes a kill behind words that nobody knows; else 0. */
uint32_t ol_assembler_unknown_prefix(struct ol_assembler *as);
/* Has one had a line a short while ago? Then the next line may be any of a dump's. */
bool ol_assembler_fresh(const struct ol_assembler *as);
/* May the physical line @raw, by its prefix, go on with an open event? */
bool ol_assembler_may_continue(const struct ol_assembler *as, struct ol_span raw,
			       enum ol_records records);
/*
 * @lines of @bytes that no event took (no line: part of a record): closes what has waited for too
 * long.
 */
int ol_assembler_noise(struct ol_assembler *as, uint64_t lines, uint64_t bytes);
/* The same for lines that were passed over. */
int ol_assembler_passed(struct ol_assembler *as, uint64_t lines, uint64_t bytes);
/* Closes what will have waited for too long when so much more was passed over. */
int ol_assembler_retire(struct ol_assembler *as, uint64_t bytes);
uint64_t ol_assembler_events(const struct ol_assembler *as);
const struct ol_sign *ol_assembler_signs(const struct ol_assembler *as);
/* There may be more lines of this shape that will not be read. False: it is no sign. */
bool ol_assembler_sign_more(struct ol_assembler *as, enum ol_line_kind kind);

/* ---- precontext.c: call traces that wait for what they belong to ---- */

#define OL_PRE_LINES    72
#define OL_PRE_BYTES    8192
#define OL_PRE_CONTEXTS 3 /* printing contexts that interleave */

/*
 * Lines that may turn out to be the head of a dump whose first line is lost: who ran, call trace.
 */
struct ol_pre {
	struct {
		uint32_t off, len, line;
		uint8_t kind;
	} l[OL_PRE_LINES];
	uint32_t n, used;
	uint64_t byte, seq;
	char caller[16]; /* "" where the log has none */
	char buf[OL_PRE_BYTES];
};

void ol_pre_reset(struct ol_pre *p);
void ol_pre_clear(struct ol_pre *p); /* as if it was never used */
/* The lines of this context, else the place that was not used for longest. */
struct ol_pre *ol_pre_of(struct ol_pre pre[OL_PRE_CONTEXTS], struct ol_span caller);
bool ol_pre_stale(const struct ol_pre *p, uint64_t seq);
void ol_pre_add(struct ol_pre pre[OL_PRE_CONTEXTS], uint64_t seq, const struct ol_msg *m);

/* Is its last line a frame of a function that prints a call trace, or of one below it? */
bool ol_pre_printed(const struct ol_pre *p);

/* ---- times.c ---- */

/* @mtime_us, @now_us: to infer a year with; OL_TIME_NONE when not known. */
void ol_event_times(struct ol_open *o, const struct ol_line *line, int64_t mtime_us,
		    int64_t now_us);

/* ---- decode.c: one line's facts into its event ---- */

/*
 * @text lies in the event's arena. A line whose facts the event already has (a second Mem-Info, a
 * zone twice) is refused with false before anything is changed: it belongs to another event.
 */
bool ol_decode_fits(const struct ol_open *o, enum ol_line_kind kind, struct ol_span text);
void ol_decode(struct ol_open *o, enum ol_line_kind kind, struct ol_span text, uint32_t line,
	       bool at_eof, const struct ol_task_row *row);

/* The same for a row of a task table, of a text in the arena; decode_tasks.c. */
void ol_decode_row(struct ol_open *o, struct ol_span text, uint32_t line,
		   const struct ol_task_row *row);

/* "Task in @task killed as a result of limit of @limit"; false without that sentence */
bool ol_task_in_split(struct ol_span text, struct ol_span *ret_task, struct ol_span *ret_limit);
/* Could @limit be the beginning of @task's own path, or of one above it? */
bool ol_limit_may_go_on(struct ol_span task, struct ol_span limit);

/*
 * Does the sentence that begins an event stand behind more than the name of a process, or in
 * quotes? Then somebody has put words in front, or it is a part of what he says.
 */
bool ol_decode_quoted_head(enum ol_line_kind kind, struct ol_span text);
/* pid of a kill, reaper or sharing line; false when it has none */
bool ol_decode_kill_pid(enum ol_line_kind kind, struct ol_span text, int64_t *ret_pid);
/* "key=value" up to the next ',' or the end; absent when there is no such key */
struct ol_span ol_field(struct ol_span text, struct ol_span key);

/* Trouble that is no lack of memory: trouble.c */
enum ol_sign_kind ol_sign_of(enum ol_line_kind kind); /* OL_SIGN_MAX: none */
void ol_signs_note(struct ol_sign signs[OL_SIGN_MAX], enum ol_line_kind kind, struct ol_span text,
		   uint32_t line, bool *follow);

void ol_withheld_add(struct ol_withheld *w, struct ol_span text);

/*
 * decode_head.c: the bytes that vmalloc says it could not have, in any of its wordings; false: it
 * does not say.
 */
bool ol_vmalloc_bytes(struct ol_span text, uint64_t *ret);

/* ---- userspace.c: the programs of programs.def ---- */

enum ol_says { OL_SAYS_KILLS, OL_SAYS_REPORTS, OL_SAYS_REASON, OL_SAYS_NAMES };

/*
 * The row that @text, of @line, is a line of; -1: none. *@ret_host: the host that stands in the
 * text, where the transport did not see it.
 */
int ol_program_of(const struct ol_line *line, struct ol_span text, struct ol_span *ret_host);
/* Does only a REASON above @line tell that it is that program's? */
bool ol_program_after(int program, const struct ol_line *line);
enum ol_says ol_program_says(int program);
struct ol_span ol_program_who(int program);
/* A REASON that is no lack of memory: what kubelet evicts then, it evicts for that. */
bool ol_program_other_resource(int program, struct ol_span text);
/* The line of a kill or a report becomes @e's, which is new. */
void ol_program_decode(int program, struct ol_oom_event *e, struct ol_span text, uint32_t line);
/* A REASON that stood in front of @e's. */
void ol_program_reason_add(int program, struct ol_oom_event *e, struct ol_span text, uint32_t line);
/* The facts alone, which point into @text. Of NAMES: in @e's .container. */
void ol_program_facts(int program, struct ol_oom_event *e, struct ol_span text, uint32_t line);

/* ---- quote.c: the kernel's sentence about a kill inside of other words ---- */

struct ol_quote {
	enum ol_line_kind kind;
	struct ol_span text; /* as the kernel printed it */
	struct ol_span before, behind;
	struct ol_span by; /* a program that is known to quote so; absent: none is */
	bool sizes; /* it says more than a name: of a program's words only such are taken */
	bool known_prefix; /* it is clear what stands in front */
};
/* Who reports behind @prefix, by words of it, and of which node; absent: nobody that is known. */
struct ol_span ol_quote_by(struct ol_span prefix, struct ol_span *ret_node);
bool ol_quote_known(struct ol_span who); /* is it one of them? */
/* The first in @text. */
bool ol_quote_find(struct ol_span text, struct ol_quote *ret);

/* Sets the size of a page, and the orders of the free blocks by it: page_size.c */
void ol_event_settle_pages(struct ol_oom_event *e);

/* ---- finish.c: what follows from the facts ---- */

/* What kind of work asked: trace.c */
enum ol_frame_class ol_trace_class(const struct ol_oom_event *e);

/* false: not an event after all (a memory display that nobody's failure caused) */
bool ol_event_finish(struct ol_oom_event *e, const struct ol_parser_opts *opts);

#endif
