/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_LINES_H
#define OL_ANALYZE_LINES_H

#include "analyze/dump/explain.h"

/* What lines.def says of each kind of line, and the functions that its rows name. */

enum ol_line_kind {
	OL_LINE_NONE,
#define OL_LINE(kind, part, phase, flag, where, literal, how, marks) OL_LINE_##kind,
#include "analyze/dump/lines.def"
#undef OL_LINE
	OL_LINE_KINDS
};

/* In the order in which a dump is printed. */
enum ol_phase {
	OL_PHASE_HEAD,
	OL_PHASE_STACK, /* who ran, call trace */
	OL_PHASE_CGROUP, /* whose limit was hit */
	OL_PHASE_MEMINFO, /* with nodes and zones */
	OL_PHASE_PAGES, /* free lists, RAM, swap */
	OL_PHASE_SLABS, /* from here on: of OOM kills only */
	OL_PHASE_TASKS, /* their table */
	OL_PHASE_KILL, /* what was done about it */
	OL_PHASE_AFTER, /* and what others did then: the reaper */
	OL_PHASE_BESIDE, /* of no dump */
};

/* What only its own kinds of lines go on with. */
enum ol_section {
	OL_SEC_NONE,
	OL_SEC_STATS,
	OL_SEC_SLABS,
	OL_SEC_ALLOCS,
	OL_SEC_SLUB,
	OL_SEC_TASK_IN
};

/*
 * No line of a kernel, nor of a program that kills, is longer: printk() cuts at about 1 KiB, but a
 * path, a table header or a line of counters may have been joined from several.
 */
#define OL_TEXT_MAX ((size_t)64 << 10)

struct ol_task_row;

/* A line of a known kind: all its functions get it. */
struct ol_dump_line {
	enum ol_line_kind kind;
	struct ol_span text; /* without leading blanks */
	struct ol_span before, rest; /* of it, in front of the row's literal and behind it */
	/* the others for decoders only */
	uint32_t line; /* number in the input */
	bool at_eof; /* the input ended right behind it, without a newline */
	const struct ol_task_row *row; /* of a task table row, when it was read already */
};

/* A line that is held because it is not whole, and what may go on with it. */
struct ol_seam {
	struct ol_span held, next; /* neither is empty */
	bool blank; /* there was a blank between them: no word was broken */
	bool at_width; /* the held line is as long as one that was broken inside a word */
	unsigned columns; /* of the task table that was announced last; 0: of none */
};
enum ol_glue { OL_GLUE_NONE, OL_GLUE_BLANK, OL_GLUE_TIGHT };

struct ol_open;

/* The functions of the rows, each declared here by being named there. */
#define CHECK(f)  bool ol_check_##f(const struct ol_dump_line *l);
#define FITS(f)   bool ol_fits_##f(const struct ol_open *o, const struct ol_dump_line *l);
#define WHOLE(f)  bool ol_whole_##f(struct ol_span text, unsigned columns);
#define TOKENS(f) bool ol_token_##f(struct ol_span tok);
#define JOIN(f)   enum ol_glue ol_join_##f(const struct ol_seam *s);
#define DECODE(f) void ol_decode_##f(struct ol_open *o, const struct ol_dump_line *l);
#define BEGINS(set)
#define ONCE(fact)
#define INSIDE(section)
#define OPENS(section)
#define ENDS(word, end)
#define REST_OF(kind)
#define SIGN(sign)
#define SURE
#define LIKE_REST
#define PID
#define OL_LINE(kind, part, phase, flag, where, literal, how, marks) how
#include "analyze/dump/lines.def"
#undef OL_LINE
#undef CHECK
#undef FITS
#undef WHOLE
#undef TOKENS
#undef JOIN
#undef DECODE
#undef BEGINS
#undef ONCE
#undef INSIDE
#undef OPENS
#undef ENDS
#undef REST_OF
#undef SIGN
#undef SURE
#undef LIKE_REST
#undef PID

enum ol_line_flag { OL_LF_WEAK, OL_LF_START, OL_LF_HEAD };

/* A row of lines.def; what it does not name is NULL, 0 or false. */
struct ol_kind {
	struct ol_span literal;
	bool anywhere; /* IN */
	bool (*check)(const struct ol_dump_line *l);
	const char *begins;
	enum ol_part part;
	uint8_t phase; /* enum ol_phase */
	uint8_t flag; /* enum ol_line_flag */
	bool sure, like_rest, pid;
	enum ol_line_kind rest_of;
	enum { OL_ONCE_NONE, OL_ONCE_VAL, OL_ONCE_TEXT } once;
	size_t once_at; /* offset in struct ol_oom_event */
	enum ol_section inside, opens;
	bool (*fits)(const struct ol_open *o, const struct ol_dump_line *l);
	struct ol_span ends_word, ends_in; /* absent: no ENDS */
	bool (*whole)(struct ol_span text, unsigned columns);
	bool (*token)(struct ol_span tok);
	enum ol_glue (*join)(const struct ol_seam *s);
	void (*decode)(struct ol_open *o, const struct ol_dump_line *l);
	int sign; /* 1 + enum ol_sign_kind */
};
extern const struct ol_kind ol_kinds[]; /* OL_LINE_KINDS of them */

/* What line @text is; it may have leading blanks. */
enum ol_line_kind ol_kind_of(struct ol_span text);
/* Such a line, without leading blanks, apart. */
struct ol_dump_line ol_line_split(enum ol_line_kind kind, struct ol_span text);

/*
 * Does such a line start an event? The middle of a dump does when its head may be lost; in the
 * words of a program it is only an agent's counters.
 */
bool ol_kind_starts(enum ol_line_kind kind, bool by_program);

/* No kernel prints more of this line, as far as the row tells; without ENDS and WHOLE always. */
bool ol_line_whole(enum ol_line_kind kind, struct ol_span text, unsigned columns);
/* Does s->next go on with s->held, which is a line of that kind? */
enum ol_glue ol_line_join(enum ol_line_kind kind, const struct ol_seam *s);

#endif
