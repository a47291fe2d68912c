// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/dump_impl.h"
#include "analyze/dump/scan.h"

#include <stdlib.h>

/*
 * Text that was pasted from a terminal, a mail or a web page comes with its long lines broken: at a
 * column, in the middle of a word, or at a blank. The kernel's own lines tell whether they are
 * whole, so a line that is not is held until the next one shows whether it goes on: only a line
 * without a prefix of its own can, and only when what it begins with continues the held kind. What
 * a whole line is and what goes on with it, lines.def says of each kind.
 */

#define PREFIX_MAX 512
#define RAW_HEAD   100
#define APART_MAX  3 /* lines between two parts of one that was broken */
#define BEGINS_MAX 2048 /* bytes of two lines that may be something together only */
#define PAIRS      3 /* lines said twice, then it is no accident */
#define WIDTH_MIN  20 /* a line that was broken at a column has more bytes */

struct held_prefix {
	struct ol_line line;
	char buf[PREFIX_MAX];
};

struct ol_unwrap {
	ol_msg_fn fn;
	void *arg;

	bool held;
	struct held_prefix prefix; /* of the held line */
	char *text;
	size_t n;
	enum ol_line_kind kind;
	uint64_t lineno, last_lineno;
	size_t bytes; /* of the lines that are held */
	size_t phys_len; /* of the last physical line that went in */
	bool ended_blank;

	struct held_prefix last; /* what lines without a prefix inherit */
	bool has_last;
	unsigned columns; /* numeric columns of the table that was announced last */
	size_t width; /* column at which this paste breaks words; 0 unknown */
	bool eof_cut;
	char raw[512]; /* the last line as it stands in the input */
	size_t raw_n; /* 0: none to compare with */
	uint64_t raw_line, twice; /* its number; that of one that was said twice */
	bool once; /* a dump has its like once, */
	bool doubled; /* and it was said twice */
	unsigned pairs; /* such lines, one after the other, that were; PAIRS: all is said twice */

	/* lines alike to the last one that may tell of as many events */
	unsigned again_n;
	struct held_prefix again; /* of the first of them */
	char again_text[512];
	size_t again_len, again_bytes;
	enum ol_line_kind again_kind;
};

struct ol_unwrap *ol_unwrap_new(ol_msg_fn fn, void *arg)
{
	struct ol_unwrap *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->text = malloc(OL_TEXT_MAX);
	if (!u->text) {
		free(u);
		return NULL;
	}
	u->fn = fn;
	u->arg = arg;
	return u;
}

void ol_unwrap_free(struct ol_unwrap *u)
{
	if (!u)
		return;
	free(u->text);
	free(u);
}

void ol_unwrap_reset(struct ol_unwrap *u)
{
	u->held = false;
	u->has_last = false;
	u->columns = 0;
	u->width = 0;
	u->eof_cut = false;
	u->raw_n = u->twice = 0;
	u->once = u->doubled = false;
	u->pairs = u->again_n = 0;
}

bool ol_unwrap_holds(const struct ol_unwrap *u)
{
	/* "Memory cgroup out of memory: Killed" is nothing before "process 11280 (…" has come */
	return u->held && (u->kind != OL_LINE_NONE || ol_scan(OL_SCAN_EVENT, u->text, u->n) < u->n);
}

void ol_unwrap_eof_cut(struct ol_unwrap *u)
{
	u->eof_cut = true;
}

static struct ol_span keep(struct ol_span s, char **to, const char *end)
{
	struct ol_span copy;

	if (!s.p)
		return s;
	if (s.n > (size_t)(end - *to))
		s.n = (size_t)(end - *to);
	ol_bytes_copy(*to, s.p, s.n);
	copy = ol_span(*to, s.n);
	*to += s.n;
	return copy;
}

static void keep_prefix(struct held_prefix *h, const struct ol_line *line)
{
	char *to = h->buf, *end = h->buf + sizeof(h->buf);

	h->line = *line;
	h->line.host = keep(line->host, &to, end);
	h->line.stamp = keep(line->stamp, &to, end);
	h->line.tag = keep(line->tag, &to, end);
	h->line.caller = keep(line->caller, &to, end);
	h->line.boot = keep(line->boot, &to, end);
	/* of the line itself its beginning: klog's prefix names a file of the program */
	h->line.raw = keep(ol_span_head(line->raw, RAW_HEAD), &to, end);
	h->line.text = h->line.source = h->line.outside = (struct ol_span){ NULL, 0 };
	h->line.again = h->line.row_again = false;
	h->line.row = NULL;
}

/* Two lines that are nothing: do they become something? */
static bool together(struct ol_unwrap *u, struct ol_span next)
{
	enum ol_line_kind kind;
	size_t n = u->n;

	if (!n || n + next.n + 1 >= BEGINS_MAX)
		return false;
	u->text[n] = ' ';
	memcpy(u->text + n + 1, next.p, next.n);
	kind = ol_kind_of(ol_span(u->text, n + 1 + next.n));
	return kind != OL_LINE_NONE && (ol_kinds[kind].flag != OL_LF_WEAK || ol_kinds[kind].sure);
}

/* Does @next, itself of @kind, go on with what is held? */
static enum ol_glue glue_of(struct ol_unwrap *u, struct ol_span next, enum ol_line_kind kind,
			    bool indented)
{
	const struct ol_kind *k = &ol_kinds[kind];
	struct ol_seam s = {
		.held = ol_span(u->text, u->n),
		.next = next,
		.blank = u->ended_blank || indented,
		.at_width = u->width && u->phys_len == u->width,
		.columns = u->columns,
	};

	/* a line that is something by itself continues nothing, but for these likenesses */
	if (kind != OL_LINE_NONE && !k->like_rest &&
	    (k->rest_of == OL_LINE_NONE || k->rest_of != u->kind))
		return OL_GLUE_NONE;
	if (u->kind == OL_LINE_NONE)
		return kind == OL_LINE_NONE && together(u, next) ? OL_GLUE_BLANK : OL_GLUE_NONE;
	return ol_line_join(u->kind, &s);
}

static int emit(struct ol_unwrap *u, const struct ol_line *line, struct ol_span text,
		enum ol_line_kind kind, const struct ol_task_row *row, uint64_t first,
		uint64_t last, size_t bytes)
{
	struct ol_msg m = {
		.line = line,
		.text = text,
		.kind = kind,
		.row = row,
		.lineno = (uint32_t)first,
		.last_lineno = (uint32_t)last,
		.bytes = bytes,
		.at_eof = u->eof_cut,
	};
	unsigned cols = kind == OL_LINE_TABLE_HEAD ? ol_table_columns(text) : 0;

	if (cols)
		u->columns = cols;
	return u->fn(u->arg, &m);
}

static int flush_held(struct ol_unwrap *u)
{
	if (!u->held)
		return 0;
	u->held = false;
	return emit(u, &u->prefix.line, ol_span(u->text, u->n), u->kind, NULL, u->lineno,
		    u->last_lineno, u->bytes);
}

/* The further lines of a record take nothing: its first one took all. */
static size_t bytes_of(const struct ol_line *line)
{
	return line->joined ? 0 : line->raw.n + 1;
}

static int take(struct ol_unwrap *u, const struct ol_line *line, struct ol_span text,
		enum ol_line_kind kind, const struct ol_task_row *row)
{
	struct ol_line borrowed;
	/* a record is whole: a line without a prefix goes on with what stood before the record */
	bool between = line->wrapped == OL_WRAP_RECORD && u->has_last &&
		       u->last.line.wrapped != OL_WRAP_RECORD;
	bool whole;

	if (line->prefixed && !line->host.p && !line->stamp.p && !line->wrapped && u->has_last &&
	    u->last.line.host.p) {
		/*
		 * "kernel: …" left over from a prefix that was broken: the host was on the line
		 * above
		 */
		borrowed = *line;
		borrowed.host = u->last.line.host;
		line = &borrowed;
	} else if (between) {
		; /* nothing is learned from it */
	} else if (line->again && u->has_last && u->last.line.stamp.n == line->stamp.n) {
		u->last.line.mono_us = line->mono_us;
		u->last.line.lineno = line->lineno;
		u->last.line.byte = line->byte;
		if (line->stamp.n)
			ol_bytes_copy(u->last.buf + (u->last.line.stamp.p - u->last.buf),
				      line->stamp.p, line->stamp.n);
	} else if (line->prefixed) {
		keep_prefix(&u->last, line);
		u->has_last = true;
	} else if (ol_kinds[kind].flag == OL_LF_HEAD && kind != OL_LINE_INVOKED_OLD &&
		   line->text.p == text.p && !line->joined && !line->quoted &&
		   !(u->has_last && u->last.line.writer == OL_WRITER_USER)) {
		/*
		 * a dump that was pasted without its prefixes begins: it is not the line above's,
		 * unless that is a program's, which may print newlines
		 */
		u->has_last = false;
	} else if (u->has_last) {
		/* an indented or wrapped line belongs to whoever wrote the one above */
		borrowed = u->last.line;
		borrowed.raw = line->raw;
		borrowed.lineno = line->lineno;
		borrowed.byte = line->byte;
		borrowed.quoted = line->quoted;
		borrowed.prefixed = false;
		line = &borrowed;
	}
	whole = row ? ol_row_whole(text, row, u->columns) : ol_line_whole(kind, text, u->columns);
	if (text.n < OL_TEXT_MAX / 2 && !whole) {
		keep_prefix(&u->prefix, line);
		memcpy(u->text, text.p, text.n);
		u->n = text.n;
		u->kind = kind;
		u->lineno = line->lineno;
		u->last_lineno = line->lineno + line->more;
		u->bytes = bytes_of(line);
		u->phys_len = line->raw.n;
		u->ended_blank = line->ended_blank;
		u->held = true;
		return 0;
	}
	return emit(u, line, text, kind, row, line->lineno, line->lineno + line->more,
		    bytes_of(line));
}

static int extend(struct ol_unwrap *u, const struct ol_line *line, struct ol_span text,
		  enum ol_glue g)
{
	bool tight_word = g == OL_GLUE_TIGHT && !u->ended_blank;

	if (u->n + 1 + text.n >= OL_TEXT_MAX)
		return flush_held(u);
	if (tight_word && u->phys_len > WIDTH_MIN)
		u->width = u->phys_len;
	if (g == OL_GLUE_BLANK)
		u->text[u->n++] = ' ';
	memcpy(u->text + u->n, text.p, text.n);
	u->n += text.n;
	u->last_lineno = line->lineno + line->more;
	u->bytes += bytes_of(line);
	u->phys_len = line->raw.n;
	u->ended_blank = line->ended_blank;
	if (u->kind == OL_LINE_NONE)
		u->kind = ol_kind_of(ol_span(u->text, u->n));
	return ol_line_whole(u->kind, ol_span(u->text, u->n), u->columns) ? flush_held(u) : 0;
}

/* ---- what is said twice ---- */

/* Has a dump one such line, or one for each zone, process or function of a trace? */
static bool said_once(enum ol_line_kind kind)
{
	return ol_kinds[kind].phase >= OL_PHASE_CGROUP && ol_kinds[kind].phase < OL_PHASE_KILL &&
	       ol_kinds[kind].part != OL_PART_MEMCG_USAGE;
}

/* A line that was filtered out of dumps, by grep, is as often there as there were dumps. */
static bool tells_of_one(enum ol_line_kind kind)
{
	return ol_kinds[kind].flag == OL_LF_HEAD || kind == OL_LINE_TASK_IN ||
	       kind == OL_LINE_LIMIT_REACHED;
}

/* Does whoever wrote this say all twice? @same: this line is the one before it. */
static void count_pairs(struct ol_unwrap *u, enum ol_line_kind kind, bool same)
{
	if (same) {
		u->doubled = true;
		return;
	}
	if (u->once)
		u->pairs = u->doubled ? u->pairs + (u->pairs < PAIRS) : 0;
	u->once = said_once(kind);
	u->doubled = false;
}

/*
 * The same bytes as the line before, by a copy that went wrong or a console that repeats. Where the
 * kernel's clock is not in the line, a trace may have a function twice, and kills look alike: these
 * are said twice only where all is.
 */
static bool said_twice(struct ol_unwrap *u, const struct ol_line *line, enum ol_line_kind kind)
{
	bool same = u->raw_n && u->raw_line + 1 == line->lineno &&
		    ol_span_eq(line->raw, ol_span(u->raw, u->raw_n));
	bool alike = line->mono_us == OL_TIME_NONE &&
		     (kind == OL_LINE_FRAME || ol_kinds[kind].phase >= OL_PHASE_KILL);

	if (line->joined) /* a record's own further lines have its bytes */
		return u->twice == line->lineno;
	u->raw_n = 0;
	u->twice = 0;
	if (!line->raw.n || line->raw.n > sizeof(u->raw) || kind == OL_LINE_NONE)
		return false;
	count_pairs(u, kind, same);
	u->raw_n = line->raw.n;
	u->raw_line = line->lineno;
	if (!same)
		memcpy(u->raw, line->raw.p, line->raw.n);
	if (same && alike && u->pairs < PAIRS)
		return false;
	if (same)
		u->twice = line->lineno;
	return same;
}

/*
 * A line that may tell of one more event, and was said before: what comes next shows whether it
 * does. It waits for that.
 */
static void wait_for_more(struct ol_unwrap *u, const struct ol_line *line, struct ol_span text,
			  enum ol_line_kind kind)
{
	if (line->mono_us != OL_TIME_NONE || line->joined || u->pairs == PAIRS ||
	    !tells_of_one(kind) || text.n > sizeof(u->again_text))
		return;
	if (!u->again_n++) {
		keep_prefix(&u->again, line);
		memcpy(u->again_text, text.p, text.n);
		u->again_len = text.n;
		u->again_kind = kind;
		u->again_bytes = bytes_of(line);
	}
}

/*
 * A line of @kind comes, or nothing. When the dump goes on behind the lines that were alike, they
 * were one; else they were filtered out of as many dumps.
 */
static int settle(struct ol_unwrap *u, enum ol_line_kind kind)
{
	const struct ol_kind *k = &ol_kinds[kind], *was = &ol_kinds[u->again_kind];
	uint64_t first = u->again.line.lineno;
	unsigned n = u->again_n;
	int r;

	u->again_n = 0;
	if (!n || (kind != OL_LINE_NONE && k->flag != OL_LF_HEAD && kind != u->again_kind &&
		   k->phase >= was->phase && k->phase != OL_PHASE_BESIDE))
		return 0;
	r = flush_held(u);
	for (unsigned i = 0; i < n && !r; i++) {
		u->again.line.lineno = first + i;
		r = emit(u, &u->again.line, ol_span(u->again_text, u->again_len), u->again_kind,
			 NULL, first + i, first + i, u->again_bytes);
	}
	return r;
}

int ol_unwrap_flush(struct ol_unwrap *u)
{
	int r = flush_held(u), x = u->again_n ? settle(u, OL_LINE_NONE) : 0;

	return r ? r : x;
}

int ol_unwrap_push(struct ol_unwrap *u, const struct ol_line *line)
{
	struct ol_span text = ol_span_trim(line->text);
	const struct ol_task_row *row = line->row;
	struct ol_task_row own;
	enum ol_line_kind kind;
	int r;

	if (!text.n) /* a line does not go on behind many of these */
		return u->held && line->lineno - u->last_lineno > APART_MAX ? flush_held(u) : 0;
	/* most lines of a dump are rows: asked for first, and read once */
	if (!row && text.p[0] == '[' && ol_row_parse(text, &own))
		row = &own;
	kind = row ? OL_LINE_TABLE_ROW : ol_kind_of(text);
	if (said_twice(u, line, kind)) {
		wait_for_more(u, line, text, kind);
		return 0;
	}
	/* what is nothing of the kernel's may stand in between */
	if (u->again_n && (kind != OL_LINE_NONE ||
			   line->lineno - u->again.line.lineno > APART_MAX + u->again_n)) {
		r = settle(u, kind);
		if (r)
			return r;
	}
	if (u->held) {
		bool strong = kind != OL_LINE_NONE && ol_kinds[kind].flag != OL_LF_WEAK &&
			      !ol_kinds[kind].like_rest;
		enum ol_glue g = OL_GLUE_NONE;

		if (!line->prefixed && !line->joined && !strong &&
		    line->lineno - u->last_lineno <= APART_MAX)
			g = glue_of(u, text, kind,
				    line->text.p != text.p && u->kind != OL_LINE_COUNTERS);
		if (g != OL_GLUE_NONE)
			return extend(u, line, text, g);
		r = flush_held(u);
		if (r)
			return r;
	}
	return take(u, line, text, kind, row);
}
