// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/dump_impl.h"
#include "analyze/dump/export_walk.h"
#include "analyze/dump/front.h"
#include "analyze/dump/scan.h"
#include "analyze/dump/scanned.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * Bytes in, physical lines out, and past what cannot matter. The stages behind it: framing
 * (transport.c), rejoining (unwrap.c), attribution (assemble.c), decoding (decode.c), conclusions
 * (finish.c).
 */

#define SLICE        (32u << 10) /* of what is fed, copied while what is kept is needed */
#define STRETCH      (128u << 10) /* searched, then counted while it is near */
#define HISTORY      (16u << 10) /* in front of a candidate: searched for lines of a dump */
#define TAIL         (4u << 10) /* in front of a lone kill: the rows that are left of its table */
#define CLOSE        (1u << 10) /* the end of that is read line by line */
#define AHEAD        (8u << 10) /* read behind the beginning of a trace: its frames */
#define HEAD_BYTES   (128u << 10) /* a short paste is read whole, whatever it looks like */
#define BUF_BYTES    (OL_LINE_MAX + HISTORY + SLICE + 64)
#define MADE_BYTES   (64u << 10)
#define WARNINGS_MAX 64
/*
 * Lines that have words in front of them which no transport has are asked, with what stands behind
 * them, what prefix that is: so many of an input, and one more for every so many bytes of it.
 */
#define LEARN_MAX   64
#define ASK_MAX     1024 /* lines that are looked at for it */
#define LEARN_EVERY (64u << 10)
#define NONE        UINT64_MAX

/* What a look at one line tells, in the order of what must be read because of it. */
enum { LOOK_NOTHING, LOOK_LINE, LOOK_SAID, LOOK_KILL, LOOK_EVENT, LOOK_TRACE };

/*
 * All places are offsets in the input, so that one stays right when the buffer moves, and may lie
 * ahead of what has come. ahead() alone turns one into a pointer.
 *
 * Which bytes are read, and which are searched only, follows from what they are and never from the
 * pieces that they come in: at each line's start, should_read() and skip() say.
 */
struct ol_parser {
	struct ol_front *front;
	struct ol_framer *framer;
	struct ol_unwrap *unwrap;
	struct ol_assembler *assembler;
	struct ol_scanner *scanner;
	struct ol_framer *probe; /* has a look at a candidate's line, and remembers nothing */

	char *kept; /* bytes that were fed, BUF_BYTES at most */
	char *line; /* a copy of the line that is looked at or read, OL_LINE_MAX at most */
	const char *view; /* .kept, or what is fed where it lies: others may write to that */
	size_t n; /* bytes in view */
	uint64_t base; /* of view[0] */
	uint64_t pos; /* the first line that was neither read nor passed over */
	uint64_t seen[OL_SCAN_SETS]; /* from pos to here no string of the set begins */
	uint64_t read_until; /* every line that begins before this place is read */
	uint64_t near, near_until; /* the next lines to be read; NONE: not known */
	uint64_t lineno; /* lines before pos */
	uint64_t line_from, line_to; /* where a line starts, and up to where it has no end */
	bool cutting; /* inside a line that was too long */
	bool ends_line; /* the last byte that was fed */
	bool said; /* the line that is being read has given a text */
	uint64_t asked, learned; /* lines, and windows, that were searched for a prefix */
	char host[256]; /* that it names; none when .host_n is 0 */
	size_t host_n;
	uint64_t looked_until; /* lines before it were looked at */
	int looked; /* what the probe found, */
	enum ol_line_kind kind; /* and in a line of which kind */
	bool walks; /* it is a journal export; then */
	struct ol_export_walk walk, ahead; /* at pos, and where a candidate was looked at last */
	const struct ol_scanned *scanned; /* of what is fed: ol_parser_scanned() */
	/* lines that the front made or turned: where in the input those from pos on begin */
	struct place {
		uint64_t lineno, byte;
	} * place;
	size_t n_places, cap_places;
	uint64_t first_place; /* lines before place[0] */
	char *made; /* such lines, with newlines, that are not yet fed: one by one they cost more */
	size_t n_made;
	bool live;
	struct ol_parser_stats stats;
	struct ol_warning warnings[WARNINGS_MAX];
	size_t n_warnings;
};

static int on_line(void *arg, const struct ol_line *line)
{
	struct ol_parser *p = arg;

	p->said |= ol_span_trim(line->text).n > 0;
	return ol_unwrap_push(p->unwrap, line);
}

static void warn(struct ol_parser *p, uint64_t line, const char *text)
{
	struct ol_warning *w;

	if (p->n_warnings == WARNINGS_MAX)
		return;
	w = &p->warnings[p->n_warnings++];
	w->line = line;
	memcpy(w->text, text, strlen(text) + 1);
}

static int on_msg(void *arg, const struct ol_msg *m)
{
	struct ol_parser *p = arg;

	int r = ol_assembler_push(p->assembler, m);
	uint32_t line = m->kind == OL_LINE_NONE ? ol_assembler_unknown_prefix(p->assembler) : 0;
	char text[sizeof(p->warnings->text)];

	if (line) {
		snprintf(text, sizeof(text), "line %u quotes a kill behind an unknown prefix",
			 line);
		warn(p, line, text);
	}
	return r;
}

/* A line that is none of the kernel's: does it tell of a kill? */
static int look_at_words(const struct ol_line *line, struct ol_span text)
{
	struct ol_span host;
	struct ol_quote q;
	int program = ol_program_of(line, text, &host);

	if (program >= 0)
		return ol_program_says(program) < OL_SAYS_REASON ? LOOK_SAID : LOOK_LINE;
	return line->writer != OL_WRITER_KERNEL && ol_quote_find(text, &q) ? LOOK_SAID
									   : LOOK_NOTHING;
}

/* Of a candidate's line that is looked at by itself. */
static int on_probe(void *arg, const struct ol_line *line)
{
	struct ol_parser *p = arg;
	struct ol_span text = ol_span_ltrim(line->text);
	enum ol_line_kind kind = ol_kind_of(text);
	int found;

	if (line->writer == OL_WRITER_USER && !ol_kind_starts(kind, true))
		found = look_at_words(line, text);
	else if (kind == OL_LINE_FRAME || kind == OL_LINE_HUNG_TASK)
		found = LOOK_TRACE;
	else if (!line->prefixed || line->cut)
		found = LOOK_EVENT; /* what stands around it may tell what it is */
	else if (ol_kinds[kind].phase == OL_PHASE_BESIDE)
		found = LOOK_LINE;
	else if (ol_kinds[kind].phase >= OL_PHASE_KILL)
		found = LOOK_KILL;
	else if (kind != OL_LINE_NONE)
		found = LOOK_EVENT;
	else
		found = look_at_words(line, text);
	if (found <= p->looked)
		return 0;
	p->looked = found;
	p->kind = kind;
	p->host_n = line->host.n < sizeof(p->host) ? line->host.n : 0;
	if (p->host_n)
		memcpy(p->host, line->host.p, p->host_n);
	return 0;
}

static int feed_bytes(void *arg, const char *buf, size_t n);
static int feed_line(void *arg, struct ol_span line, uint64_t lineno, uint64_t byte);
static void on_warning(void *arg, uint64_t line, const char *text);

struct ol_parser *ol_parser_new(const struct ol_parser_opts *opts, ol_event_fn fn, void *arg)
{
	struct ol_parser *p = calloc(1, sizeof(*p));
	struct ol_front_out out = { feed_bytes, feed_line, on_warning, p };

	if (!p)
		return NULL;
	p->live = opts && opts->live;
	p->front = ol_front_new(&out);
	p->view = p->kept = malloc(BUF_BYTES);
	p->line = malloc(OL_LINE_MAX);
	p->framer = ol_framer_new(on_line, p);
	p->unwrap = ol_unwrap_new(on_msg, p);
	p->assembler = ol_assembler_new(opts, fn, arg);
	p->probe = ol_framer_new(on_probe, p);
	p->scanner = ol_scanner_new();
	if (!p->front || !p->scanner || !p->kept || !p->line || !p->framer || !p->unwrap ||
	    !p->assembler || !p->probe) {
		ol_parser_free(p);
		return NULL;
	}
	return p;
}

void ol_parser_free(struct ol_parser *p)
{
	if (!p)
		return;
	ol_front_free(p->front);
	free(p->place);
	free(p->made);
	ol_framer_free(p->framer);
	ol_framer_free(p->probe);
	ol_unwrap_free(p->unwrap);
	ol_assembler_free(p->assembler);
	free(p->scanner);
	free(p->kept);
	free(p->line);
	free(p);
}

static void rewind_input(struct ol_parser *p)
{
	p->view = p->kept;
	p->n = 0;
	p->base = p->pos = p->lineno = p->looked_until = 0;
	p->line_from = p->line_to = 0;
	memset(p->seen, 0, sizeof(p->seen));
	p->read_until = HEAD_BYTES;
	p->near = p->near_until = NONE;
	p->cutting = p->walks = false;
	p->stats = (struct ol_parser_stats){ 0 };
	p->n_warnings = 0;
	p->n_places = 0;
	p->n_made = 0;
	ol_scanner_begin(p->scanner);
	ol_unwrap_reset(p->unwrap);
}

int ol_parser_begin(struct ol_parser *p, struct ol_span name, int64_t mtime_us)
{
	rewind_input(p);
	ol_front_begin(p->front, !p->live);
	ol_framer_begin(p->framer);
	p->asked = p->learned = 0;
	return ol_assembler_begin(p->assembler, name, mtime_us);
}

int ol_parser_continue(struct ol_parser *p, struct ol_span name, int64_t mtime_us)
{
	rewind_input(p);
	/* as the file before: records of several lines, or turned, is no log that is rotated */
	ol_front_begin(p->front, false);
	ol_assembler_file(p->assembler, name, mtime_us);
	return 0;
}

static void on_warning(void *arg, uint64_t line, const char *text)
{
	warn(arg, line, text);
}

/* Where the line behind @before lines begins in the input; @byte: in what is read. */
static struct place place_of(const struct ol_parser *p, uint64_t before, uint64_t byte)
{
	uint64_t i = before - p->first_place;

	return p->n_places && i < p->n_places ? p->place[i] : (struct place){ before + 1, byte };
}

static int flush_stages(struct ol_parser *p)
{
	int r = ol_framer_flush(p->framer), x = ol_unwrap_flush(p->unwrap);

	return r ? r : x;
}

/* ---- what is read, and what is passed over ---- */

static uint64_t end_of(const struct ol_parser *p)
{
	return p->base + p->n;
}

/* What is in view from @from up to @to; nothing where that is past the end. */
static struct ol_span ahead(const struct ol_parser *p, uint64_t from, uint64_t to)
{
	uint64_t end = end_of(p);

	if (to > end)
		to = end;
	if (from < p->base || from >= to)
		return ol_span(p->view, 0);
	return ol_span(p->view + (from - p->base), (size_t)(to - from));
}

/*
 * A copy of it that stays as it is, of OL_LINE_MAX at most: a file that is mapped may change
 * while it is read, so nothing but searching is done in the view itself.
 */
static struct ol_span copy(const struct ol_parser *p, uint64_t from, uint64_t to)
{
	struct ol_span s = ol_span_head(ahead(p, from, to), OL_LINE_MAX);

	memcpy(p->line, s.p, s.n);
	return ol_span(p->line, s.n);
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* The start of the line that @at stands in, not before pos. */
static uint64_t line_start(struct ol_parser *p, uint64_t at)
{
	/* a line of a megabyte is not searched again with each stretch of it */
	bool known = p->line_from >= p->pos && p->line_to <= at;
	struct ol_span s = ahead(p, known ? p->line_to : p->pos, at);
	const char *nl = s.n ? memrchr(s.p, '\n', s.n) : NULL;

	if (nl || !known)
		p->line_from = nl ? p->base + (uint64_t)(nl + 1 - p->view) : p->pos;
	p->line_to = at;
	return p->line_from;
}

/* The newline at or behind @at, NONE when it has not come. */
static uint64_t line_end(const struct ol_parser *p, uint64_t at)
{
	struct ol_span s = ahead(p, at, NONE);
	const char *nl = s.n ? memchr(s.p, '\n', s.n) : NULL;

	return nl ? p->base + (uint64_t)(nl - p->view) : NONE;
}

/* The first line start that is less than @bytes in front of @line, itself one. */
static uint64_t lines_before(const struct ol_parser *p, uint64_t line, uint64_t bytes)
{
	uint64_t nl;

	if (line - p->pos < bytes)
		return p->pos;
	nl = line_end(p, line - bytes);
	return nl < line ? nl + 1 : line;
}

/* Goes on at @to, and keeps in mind what of an export it is. */
static void go_to(struct ol_parser *p, uint64_t to)
{
	if (p->walks)
		ol_export_walk(&p->walk, ahead(p, p->pos, to));
	p->pos = to;
	if (p->walks && p->walk.lost)
		ol_framer_doubt(p->framer);
}

/* What of an export the line at @line is; NULL: this is none. */
static const struct ol_export_walk *walked(struct ol_parser *p, uint64_t line)
{
	if (!p->walks)
		return NULL;
	if (p->ahead.at < p->pos || p->ahead.at > line)
		p->ahead = p->walk;
	ol_export_walk(&p->ahead, ahead(p, p->ahead.at, line));
	return &p->ahead;
}

/*
 * Is the line at @line in a record whose start is out of sight, or in a binary field that is no
 * message? The kernel's records are shorter than HISTORY (8 KiB of text at most, and some fields),
 * and what a program has put into a field of its own is no log, whatever it looks like.
 */
static bool in_long_record(struct ol_parser *p, uint64_t line)
{
	const struct ol_export_walk *w = walked(p, line);

	/* not only by what is left: that may be more or less, as the pieces came */
	return w && (w->record < p->pos || line - w->record >= HISTORY ||
		     (ol_export_walk_binary(w) && !w->message));
}

/* The start of the record that the line at @line is part of, where records have several lines. */
static uint64_t record_start(struct ol_parser *p, uint64_t line)
{
	/* no further than what is kept anyway: more may lie there or not, as the pieces came */
	uint64_t from = lines_before(p, line, HISTORY);
	struct ol_span s = ahead(p, from, line);
	const struct ol_export_walk *w;

	switch (ol_framer_records(p->framer)) {
	case OL_RECORDS_EXPORT:
		w = walked(p, line);
		return w ? w->record : line;
	case OL_RECORDS_DMESG_JSON:
		return lines_before(p, line, CLOSE);
	default:
		/* journalctl indents the further lines of a message */
		while (s.n && ol_is_blank(p->view[line - p->base])) {
			const char *nl = memrchr(s.p, '\n', s.n - 1);

			s.n = nl ? (size_t)(nl + 1 - s.p) : 0;
			line = from + s.n;
		}
		return line;
	}
}

/* Goes on at @to, the start of a line: what lies before it is not read. */
static int pass(struct ol_parser *p, uint64_t to)
{
	struct ol_span s = ahead(p, p->pos, to);
	uint64_t lines;
	int r, x;

	if (to <= p->pos)
		return 0;
	r = flush_stages(p);
	lines = ol_scanned_lines(p->scanned, p->pos, s.p, s.n);
	p->lineno += lines;
	go_to(p, to);
	x = ol_assembler_passed(p->assembler, lines, s.n);
	return r ? r : x;
}

/*
 * Is this line, which has a string of OL_SCAN_EVENT, what it looks like? Most that are not are the
 * words of a program, and cost no more than this look.
 */
static int look(struct ol_parser *p, struct ol_span line)
{
	struct ol_span message = line;

	p->looked = LOOK_NOTHING;
	if (ol_framer_records(p->framer) == OL_RECORDS_EXPORT) {
		/* the other fields stand on lines of their own */
		if (!ol_span_eat(&message, OL_SPAN("MESSAGE=")) &&
		    ol_span_starts(line, OL_SPAN("_")))
			return LOOK_NOTHING;
		line = message;
	}
	ol_framer_begin(p->probe);
	if (ol_framer_push(p->probe, line, 0, 0, false) < 0 || ol_framer_flush(p->probe) < 0)
		return LOOK_EVENT;
	return p->looked;
}

/* Must the line at pos be read, whatever it is? */
static bool should_read(const struct ol_parser *p)
{
	return p->cutting || p->pos < p->read_until || ol_framer_inside(p->framer) ||
	       ol_unwrap_holds(p->unwrap) || ol_assembler_fresh(p->assembler);
}

/* What lies before the line at @line is only wanted as its history. */
static int pass_all_but_history(struct ol_parser *p, uint64_t line)
{
	/* from a line's start on: with a long line in front there would be no room */
	return pass(p, lines_before(p, line, HISTORY));
}

/* Nothing is to be found before @limit. */
static int pass_all(struct ol_parser *p, uint64_t limit)
{
	uint64_t last = line_start(p, limit);
	int r;

	if (limit - last < OL_LINE_MAX + OL_SCAN_OVERLAP)
		return pass_all_but_history(p, last);
	/* too long to be anything: its beginning was searched */
	r = pass(p, limit);
	p->cutting = true;
	return r;
}

/* The line @s at @line is no part of a dump. */
static void in_vain(struct ol_parser *p, uint64_t line, struct ol_span s, int found)
{
	struct ol_span out = ol_scanner_vain(p->scanner, line, s);
	struct ol_span before = ahead(p, p->pos, line);
	char text[sizeof(p->warnings->text)];

	if (out.n && !(found == LOOK_LINE && ol_assembler_sign_more(p->assembler, p->kind))) {
		snprintf(text, sizeof(text),
			 "too many lines have \"%.*s\" and tell nothing: from here on it is not "
			 "looked for",
			 OL_SPAN_ARG(out));
		warn(p, place_of(p, p->lineno + ol_count_newlines(before.p, before.n), 0).lineno,
		     text);
	}
}

/* A line that only says something of the container of a kill. */
static bool names_it(const struct ol_parser *p, struct ol_span line)
{
	struct ol_span id = ol_assembler_unnamed(p->assembler);

	return id.p && ol_span_has(line, id);
}

/* @s: a line with a string that was searched for, from @line to @end. 1: go on from there. */
static int candidate(struct ol_parser *p, struct ol_span s, uint64_t line, uint64_t end, bool open)
{
	const struct ol_export_walk *w;
	int found = LOOK_NOTHING, r;
	uint64_t before;
	bool event;

	if (in_long_record(p, line))
		return 0;
	event = ol_scanner_find(p->scanner, OL_SCAN_EVENT, s.p, s.n) < s.n;
	if (p->near == NONE && (event || (!open && names_it(p, s)))) {
		found = look(p, s);
		if (event && found <= LOOK_LINE && line >= p->looked_until)
			in_vain(p, line, s, found);
		p->looked_until = later(p->looked_until, end);
	}
	/* one that goes on with an event has nothing before it */
	if (found == LOOK_KILL && ol_assembler_waiting(p->assembler))
		found = LOOK_LINE;
	/* why a program kills it has said before */
	if (found == LOOK_SAID) {
		r = pass(p, lines_before(p, record_start(p, line), TAIL));
		p->read_until = later(p->read_until, end + 1);
		return r ? r : 1;
	}
	if (found > LOOK_SAID) {
		before = lines_before(p, line, found == LOOK_KILL ? TAIL : HISTORY);
		w = walked(p, line);
		if (w && w->record < before)
			before = w->record;
		p->near = record_start(p, line);
		r = pass(p, p->near < before ? p->near : before);
		p->near = later(p->near, p->pos);
		/* a line that names its host needs none around it to tell whose it is */
		if (!p->host_n)
			p->near = later(lines_before(p, p->near, CLOSE), p->pos);
		/* what is read begins with a record, not inside of a field */
		w = walked(p, line);
		if (w)
			p->near = ol_export_walk_start(w, p->near);
		p->near_until = later(end + 1, found == LOOK_TRACE ? line + AHEAD : 0);
		return r ? r : 1;
	}
	if (p->near != NONE && p->host_n && ol_framer_records(p->framer) == OL_RECORDS_LINES &&
	    ol_span_find(s, ol_span(p->host, p->host_n)) < 0)
		return 0; /* another one's history */
	if (!found && p->near == NONE &&
	    (!open || !ol_assembler_may_continue(p->assembler, s, ol_framer_records(p->framer))))
		return 0;
	r = pass(p, record_start(p, line));
	p->read_until = end + 1;
	return r ? r : 1;
}

/* As ol_scan(), of @s, which stands at @from. */
static size_t search(const struct ol_parser *p, enum ol_scan_set set, uint64_t from,
		     struct ol_span s)
{
	if (set == OL_SCAN_EVENT && !ol_scanner_less(p->scanner))
		return ol_scanned_find(p->scanned, from, s.p, s.n);
	return ol_scanner_find(p->scanner, set, s.p, s.n);
}

/*
 * Goes on at the next line that is worth reading. 1: there it is, or look again what should be
 * done; 0: it is not in what has come; <0: what the sink returned.
 */
static int skip(struct ol_parser *p, bool last)
{
	bool open = ol_assembler_open(p->assembler), near = p->near != NONE;
	enum ol_scan_set set = open || near                           ? OL_SCAN_DUMP
			       : ol_assembler_unnamed(p->assembler).p ? OL_SCAN_SAID
								      : OL_SCAN_EVENT;
	uint64_t from = near ? p->pos : later(p->pos, p->seen[set]);
	int r;

	if (near && p->pos >= p->near) {
		p->read_until = later(p->read_until, p->near_until);
		p->near = NONE;
		return 1;
	}
	for (;;) {
		uint64_t limit = near ? p->near : from + STRETCH, line, end;
		struct ol_span s = ahead(p, from, limit);
		size_t hit = search(p, set, from, s);

		if (hit == s.n && near)
			return (r = pass(p, p->near)) ? r : 1;
		if (hit == s.n) {
			if (s.n > OL_SCAN_OVERLAP)
				p->seen[set] = from + s.n - OL_SCAN_OVERLAP;
			r = pass_all(p, from + s.n);
			return r ? r : limit < end_of(p);
		}
		line = line_start(p, from + hit);
		end = line_end(p, from + hit);
		/* as much of a line that is too long decides, however it comes in */
		if (end == NONE && !last && end_of(p) - line < OL_LINE_MAX + OL_SCAN_OVERLAP) {
			p->seen[set] = from + hit;
			return pass_all_but_history(p, line);
		}
		if (end == NONE)
			end = end_of(p);
		s = from + hit - line < OL_LINE_MAX ? copy(p, line, end) : ol_span(p->line, 0);
		if (ol_scanner_find(p->scanner, set, s.p, s.n) < s.n) {
			r = open ? ol_assembler_retire(p->assembler, line - p->pos) : 0;
			if (r || open != ol_assembler_open(p->assembler))
				return r ? r : 1;
			r = candidate(p, s, line, end, open);
			if (r)
				return r;
		}
		from = end;
		if (!near)
			p->seen[set] = from;
	}
}

/* ---- lines ---- */

/*
 * At a candidate's line: does it have a prefix that is not known? False: that cannot be told before
 * more has come, and with @wait it will.
 */
static bool learn(struct ol_parser *p, struct ol_span line, bool wait)
{
	int r;

	if (p->learned >= LEARN_MAX + p->pos / LEARN_EVERY ||
	    p->asked >= ASK_MAX + p->pos / LEARN_EVERY || ol_framer_knows(p->framer, line) ||
	    ol_scan(OL_SCAN_EVENT, line.p, line.n) == line.n)
		return true;
	p->asked++;
	if (!ol_framer_may_learn(p->framer, copy(p, p->pos, p->pos + line.n)))
		return true;
	r = ol_framer_learn(p->framer, copy(p, p->pos, p->pos + OL_LEARN_BYTES), wait);
	p->learned += r >= 0;
	return r >= 0;
}

/* The line at pos, up to @end, with a newline behind it or not. */
static int read_line(struct ol_parser *p, uint64_t end, bool nl, bool last)
{
	bool cut = end - p->pos >= OL_LINE_MAX;
	uint64_t byte = p->pos;
	struct place at = place_of(p, p->lineno, byte);
	struct ol_span line;
	int r;

	if (end - p->pos > OL_LINE_MAX) {
		end = p->pos + OL_LINE_MAX;
		nl = false;
	}
	p->cutting = !nl && !last;
	if (cut) {
		p->cutting = !nl;
		warn(p, at.lineno, "line longer than 1 MiB: only its beginning was read");
	}
	if (!nl && last)
		ol_unwrap_eof_cut(p->unwrap);
	line = copy(p, p->pos, end);
	go_to(p, nl ? end + 1 : end);
	p->lineno += nl;
	p->said = false;
	r = ol_framer_push(p->framer, line, at.lineno, at.byte, cut);
	if (!p->walks && ol_framer_records(p->framer) == OL_RECORDS_EXPORT) {
		p->walks = true;
		ol_export_walk_begin(&p->walk, byte);
		ol_export_walk(&p->walk, ahead(p, byte, p->pos));
		p->ahead = p->walk;
	}
	/* a line that says nothing goes on with no event; of a record it is one line of several */
	if (!r && !p->said && !ol_framer_inside(p->framer))
		r = ol_assembler_noise(p->assembler,
				       !ol_span_trim(line).n ||
					       ol_framer_records(p->framer) == OL_RECORDS_LINES,
				       line.n + 1);
	return r;
}

/* @last: the input ends here; @wait: more comes soon */
static int read_lines(struct ol_parser *p, bool last, bool wait)
{
	int r = 0;

	while (p->pos < end_of(p) && !r) {
		uint64_t end;

		if (!should_read(p)) {
			/* now, not when more has come: what is held counts before what is passed */
			r = flush_stages(p);
			if (r || should_read(p)) /* an event of it */
				continue;
			r = skip(p, last);
			if (!r)
				break;
			r = r > 0 ? 0 : r;
			continue;
		}
		end = line_end(p, p->pos);
		if (p->cutting) {
			/* the rest of a line whose beginning was read */
			uint64_t rest = end == NONE ? end_of(p) : end + 1;

			r = ol_assembler_passed(p->assembler, end != NONE, rest - p->pos);
			p->cutting = end == NONE;
			go_to(p, rest);
			p->lineno += end != NONE;
			continue;
		}
		if (end == NONE && !last && end_of(p) - p->pos < OL_LINE_MAX)
			break;
		if (!learn(p, ahead(p, p->pos, end), wait))
			break;
		r = read_line(p, end == NONE ? end_of(p) : end, end != NONE, last);
	}
	return r;
}

/* ---- feeding ---- */

/* Keeps what is needed yet, from pos on, with room behind it. */
static int keep(struct ol_parser *p)
{
	struct ol_span s = ahead(p, p->pos, NONE);

	if (p->view == p->kept && BUF_BYTES - p->n >= SLICE)
		return 0;
	if (s.n > BUF_BYTES - SLICE) {
		/* cannot be: each stage takes what there is or waits for less */
		p->view = p->kept;
		p->base = p->pos;
		p->n = 0;
		return -ENOBUFS;
	}
	memmove(p->kept, s.p, s.n);
	p->view = p->kept;
	p->n = s.n;
	p->base = p->pos;
	return 0;
}

void ol_parser_check(const struct ol_parser *p)
{
	bool ok = p->view == p->kept && p->n <= BUF_BYTES && p->base <= p->pos &&
		  p->pos <= end_of(p) &&
		  /* or nothing could come in */
		  p->pos + BUF_BYTES > end_of(p) && p->lineno <= p->pos &&
		  (p->near == NONE || p->near < p->near_until);

	if (!ok)
		abort();
}

static int feed_bytes(void *arg, const char *buf, size_t n)
{
	struct ol_parser *p = arg;
	uint64_t from = end_of(p);
	size_t copied = 0, k;
	int r = 0, x;

	if (n)
		p->ends_line = buf[n - 1] == '\n';
	while (copied < n && p->pos < from && !r) {
		r = keep(p);
		if (r)
			return r;
		k = SLICE < n - copied ? SLICE : n - copied;
		memcpy(p->kept + p->n, buf + copied, k);
		p->n += k;
		copied += k;
		r = read_lines(p, false, true);
	}
	if (copied == n || r)
		return r;
	/* what was kept is done with: the rest of @buf is read where it lies */
	p->view = buf;
	p->n = n;
	p->base = from;
	r = read_lines(p, false, true);
	x = keep(p);
	return r ? r : x;
}

static int feed_made(struct ol_parser *p)
{
	size_t n = p->n_made;

	p->n_made = 0;
	return n ? feed_bytes(p, p->made, n) : 0;
}

static int feed_line(void *arg, struct ol_span line, uint64_t lineno, uint64_t byte)
{
	struct ol_parser *p = arg;
	uint64_t done = p->n_places ? p->lineno - p->first_place : 0;
	struct place *v;
	int r;

	p->scanned = NULL; /* other bytes, at other places */
	if (!p->n_places)
		p->first_place = p->lineno;
	if (p->n_places == p->cap_places && done >= p->n_places / 2 && done) {
		p->n_places -= done;
		memmove(p->place, p->place + done, p->n_places * sizeof(*v));
		p->first_place = p->lineno;
	} else if (p->n_places == p->cap_places) {
		p->cap_places = p->cap_places ? 2 * p->cap_places : 1024;
		v = reallocarray(p->place, p->cap_places, sizeof(*v));
		if (!v)
			return -ENOMEM;
		p->place = v;
	}
	p->place[p->n_places++] = (struct place){ lineno, byte };
	if (!p->made && !(p->made = malloc(MADE_BYTES)))
		return -ENOMEM;
	r = line.n >= MADE_BYTES - p->n_made ? feed_made(p) : 0;
	if (!r && line.n >= MADE_BYTES) {
		r = feed_bytes(p, line.p, line.n);
		return r ? r : feed_bytes(p, "\n", 1);
	}
	if (r)
		return r;
	ol_bytes_copy(p->made + p->n_made, line.p, line.n);
	p->n_made += line.n;
	p->made[p->n_made++] = '\n';
	return 0;
}

int ol_parser_feed(struct ol_parser *p, const char *buf, size_t n)
{
	int r;

	p->stats.bytes += n;
	r = ol_front_feed(p->front, buf, n);
	return r ? r : feed_made(p);
}

static int finish_input(struct ol_parser *p)
{
	int front = ol_front_end(p->front), made = feed_made(p);
	int r = read_lines(p, true, false), x;
	struct ol_span rest = ahead(p, p->pos, NONE);

	r = front ? front : made ? made : r;

	/* what waited as history was never needed */
	p->lineno += ol_count_newlines(rest.p, rest.n);
	p->pos = end_of(p);
	if (end_of(p) && !p->ends_line)
		p->lineno++;
	x = flush_stages(p);
	p->stats.lines = p->lineno;
	return r ? r : x;
}

int ol_parser_turn(struct ol_parser *p)
{
	int r = finish_input(p), x = ol_assembler_turn(p->assembler);

	return r ? r : x;
}

int ol_parser_end(struct ol_parser *p)
{
	int r = finish_input(p), x = ol_assembler_flush(p->assembler);

	return r ? r : x;
}

int ol_parser_idle(struct ol_parser *p, int64_t idle_us)
{
	int f = ol_front_idle(p->front), r = read_lines(p, false, false);
	int u = ol_unwrap_flush(p->unwrap), x = ol_assembler_idle(p->assembler, idle_us);

	return f ? f : r ? r : u ? u : x;
}

struct ol_parser_stats ol_parser_stats(const struct ol_parser *p)
{
	struct ol_parser_stats s = p->stats;

	s.lines = ol_front_plain(p->front) ? p->lineno : ol_front_lines(p->front);
	s.events = ol_assembler_events(p->assembler);
	return s;
}

const struct ol_sign *ol_parser_signs(const struct ol_parser *p)
{
	return ol_assembler_signs(p->assembler);
}

const struct ol_warning *ol_parser_warnings(const struct ol_parser *p, size_t *ret_n)
{
	*ret_n = p->n_warnings;
	return p->warnings;
}

void ol_parser_scanned(struct ol_parser *p, const struct ol_scanned *s)
{
	p->scanned = s;
}
