// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/oom_impl.h"
#include "analyze/scan.h"

#include <errno.h>
#include <stdlib.h>

/*
 * Bytes in, physical lines out, and past what cannot matter. The stages behind it: framing
 * (frame.c), rejoining (unwrap.c), attribution (assemble.c), decoding (decode.c), conclusions
 * (finish.c).
 */

#define LINE_MAX_BYTES (1u << 20)
#define SLICE          (256u << 10)
#define HISTORY        (16u << 10) /* read line by line again in front of a candidate */
#define AHEAD          (32u << 10) /* and behind it, until no event is open */
#define HEAD_BYTES     (512u << 10) /* a short paste is read whole, whatever it looks like */
#define BUF_BYTES      (LINE_MAX_BYTES + HISTORY + SLICE + 64)
#define WARNINGS_MAX   64
#define LEARN_MAX      16 /* candidates of an input that are asked what prefix they have */

struct ol_parser {
	struct ol_framer *framer;
	struct ol_unwrap *unwrap;
	struct ol_assembler *assembler;

	char *buf;
	size_t n; /* bytes in buf */
	size_t pos; /* start of the first line that was not read; history stands before it */
	size_t scanned; /* no candidate begins before this place in buf */
	uint64_t base; /* offset of buf[0] in the input */
	uint64_t active_until; /* offset up to which every line is read */
	uint64_t lineno; /* lines before pos */
	bool cutting; /* inside a line that was too long */
	unsigned learn_left; /* of LEARN_MAX */
	uint64_t learn_from; /* offset up to which they were asked */
	uint64_t asked; /* offset of the line of the next one */
	struct ol_parser_stats stats;
	struct ol_warning warnings[WARNINGS_MAX];
	size_t n_warnings;
};

static int on_line(void *arg, const struct ol_line *line)
{
	struct ol_parser *p = arg;

	return ol_unwrap_push(p->unwrap, line);
}

static int on_msg(void *arg, const struct ol_msg *m)
{
	struct ol_parser *p = arg;

	return ol_assembler_push(p->assembler, m);
}

struct ol_parser *ol_parser_new(const struct ol_parser_opts *opts, ol_event_fn fn, void *arg)
{
	struct ol_parser *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->buf = malloc(BUF_BYTES);
	p->framer = ol_framer_new(on_line, p);
	p->unwrap = ol_unwrap_new(on_msg, p);
	p->assembler = ol_assembler_new(opts, fn, arg);
	if (!p->buf || !p->framer || !p->unwrap || !p->assembler) {
		ol_parser_free(p);
		return NULL;
	}
	return p;
}

void ol_parser_free(struct ol_parser *p)
{
	if (!p)
		return;
	ol_framer_free(p->framer);
	ol_unwrap_free(p->unwrap);
	ol_assembler_free(p->assembler);
	free(p->buf);
	free(p);
}

static void rewind_input(struct ol_parser *p)
{
	p->n = p->pos = p->scanned = 0;
	p->base = p->lineno = 0;
	p->active_until = HEAD_BYTES;
	p->learn_from = 0;
	p->asked = UINT64_MAX;
	p->cutting = false;
	p->stats = (struct ol_parser_stats){ 0 };
	p->n_warnings = 0;
	ol_unwrap_reset(p->unwrap);
}

int ol_parser_begin(struct ol_parser *p, struct ol_span name, int64_t mtime_us)
{
	rewind_input(p);
	ol_framer_begin(p->framer);
	p->learn_left = LEARN_MAX;
	return ol_assembler_begin(p->assembler, name, mtime_us);
}

int ol_parser_continue(struct ol_parser *p, struct ol_span name, int64_t mtime_us)
{
	rewind_input(p);
	ol_assembler_file(p->assembler, name, mtime_us);
	return 0;
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

static int flush_stages(struct ol_parser *p)
{
	int r = ol_framer_flush(p->framer), x = ol_unwrap_flush(p->unwrap);

	return r ? r : x;
}

/*
 * Nothing is open: goes on at the line that stands HISTORY bytes before the next candidate, or at
 * the end of the buffer. True when there is something to read.
 */
static bool skip_ahead(struct ol_parser *p, int *ret_r)
{
	size_t from = p->scanned > p->pos ? p->scanned : p->pos;
	size_t at = from + ol_scan(p->buf + from, p->n - from), to;
	const char *nl;

	*ret_r = 0;
	if (at < p->n) {
		p->active_until = p->base + at + AHEAD;
		p->scanned = at;
		to = at > p->pos + HISTORY ? at - HISTORY : p->pos;
	} else {
		p->scanned = p->n > OL_SCAN_OVERLAP + from ? p->n - OL_SCAN_OVERLAP : from;
		to = p->n;
	}
	if (to > p->pos) {
		/* back to the start of the line that @to stands in */
		nl = memrchr(p->buf + p->pos, '\n', to - p->pos);
		to = nl ? (size_t)(nl - p->buf) + 1 : p->pos;
	}
	/* what may still be wanted as history is kept unread, unless the buffer is full of it */
	if (at >= p->n && to - p->pos <= HISTORY)
		return false;
	if (at >= p->n) {
		size_t keep = to > HISTORY ? to - HISTORY : 0;

		nl = keep > p->pos ? memchr(p->buf + keep, '\n', to - keep) : NULL;
		to = nl ? (size_t)(nl - p->buf) + 1 : p->pos;
	}
	if (to > p->pos) {
		*ret_r = flush_stages(p);
		p->lineno += ol_count_newlines(p->buf + p->pos, to - p->pos);
		p->pos = to;
	}
	return at < p->n;
}

/* Where the line of the next candidate begins that is in the buffer and was not asked. */
static void find_candidate(struct ol_parser *p)
{
	uint64_t done = p->learn_from > p->base ? p->learn_from - p->base : 0;
	size_t from = done > p->pos ? (size_t)done : p->pos, at;
	const char *nl;

	p->asked = UINT64_MAX;
	if (!p->learn_left || from >= p->n)
		return;
	at = from + ol_scan(p->buf + from, p->n - from);
	if (at >= p->n) {
		if (p->n - from > OL_SCAN_OVERLAP)
			p->learn_from = p->base + p->n - OL_SCAN_OVERLAP;
		return;
	}
	nl = memrchr(p->buf + p->pos, '\n', at - p->pos);
	p->asked = p->base + (nl ? (size_t)(nl - p->buf) + 1 : p->pos);
	nl = memchr(p->buf + at, '\n', p->n - at);
	p->learn_from = p->base + (nl ? (size_t)(nl - p->buf) : p->n);
}

/*
 * At a candidate's line: does it have a prefix that is not known? False: that cannot be told before
 * more has come, and with @wait it will.
 */
static bool learn(struct ol_parser *p, bool wait)
{
	int r = ol_framer_learn(p->framer, ol_span(p->buf + p->pos, p->n - p->pos), wait);

	if (r < 0)
		return false;
	p->learn_left = r ? 0 : p->learn_left - 1;
	find_candidate(p);
	return true;
}

/* @last: the input ends here; @wait: more comes soon */
static int read_lines(struct ol_parser *p, bool last, bool wait)
{
	int r = 0;

	while (p->pos < p->n && !r) {
		char *nl;
		size_t end;

		if (p->base + p->pos >= p->active_until && !p->cutting) {
			if (ol_assembler_busy(p->assembler))
				p->active_until = p->base + p->pos + 4096;
			else if (!skip_ahead(p, &r))
				break;
			if (r)
				break;
		}
		nl = memchr(p->buf + p->pos, '\n', p->n - p->pos);
		end = nl ? (size_t)(nl - p->buf) : p->n;
		if (!nl && !last && end - p->pos < LINE_MAX_BYTES)
			break;
		if (p->cutting) {
			/* the rest of a line whose beginning was read */
			p->cutting = !nl;
			p->pos = nl ? end + 1 : end;
			p->lineno += nl != NULL;
			continue;
		}
		if (p->learn_left && (p->asked == UINT64_MAX || p->asked < p->base + p->pos))
			find_candidate(p);
		if (p->asked == p->base + p->pos && !learn(p, wait))
			break;
		if (end - p->pos > LINE_MAX_BYTES)
			end = p->pos + LINE_MAX_BYTES;
		p->cutting = !nl && !last;
		if (p->cutting || end - p->pos == LINE_MAX_BYTES)
			warn(p, p->lineno + 1,
			     "line longer than 1 MiB: only its beginning was read");
		if (!nl && last)
			ol_unwrap_eof_cut(p->unwrap);
		r = ol_framer_push(p->framer, ol_span(p->buf + p->pos, end - p->pos), p->lineno + 1,
				   p->base + p->pos, end - p->pos == LINE_MAX_BYTES);
		if (nl) {
			p->lineno++;
			p->pos = (size_t)(nl - p->buf) + 1;
		} else {
			p->pos = end;
		}
	}
	return r;
}

/*
 * Nothing is open and nothing waits but history: how many bytes of @buf can be passed over where
 * they lie? Up to a line that stands HISTORY bytes before the next candidate or the end. Most of a
 * log is never copied that way.
 */
static size_t pass_over(struct ol_parser *p, const char *buf, size_t n, int *ret_r)
{
	char seam[2 * OL_SCAN_OVERLAP];
	size_t from = p->scanned > p->pos ? p->scanned : p->pos, left = p->n - from, at;
	const char *nl;

	*ret_r = 0;
	if (p->base + p->pos < p->active_until || p->cutting || left > OL_SCAN_OVERLAP ||
	    n < 2 * HISTORY || ol_assembler_busy(p->assembler))
		return 0;
	/* a candidate may begin in what we have and end in @buf */
	memcpy(seam, p->buf + from, left);
	memcpy(seam + left, buf, OL_SCAN_OVERLAP);
	if (ol_scan(seam, left + OL_SCAN_OVERLAP) < left + OL_SCAN_OVERLAP)
		return 0;
	at = ol_scan(buf, n);
	nl = at > HISTORY ? memrchr(buf, '\n', at - HISTORY) : NULL;
	if (!nl)
		return 0;
	*ret_r = flush_stages(p);
	p->lineno += ol_count_newlines(p->buf + p->pos, p->n - p->pos);
	p->lineno += ol_count_newlines(buf, (size_t)(nl + 1 - buf));
	p->base += p->n + (size_t)(nl + 1 - buf);
	p->n = p->pos = 0;
	/* what is left of @buf has been looked at, but for its end */
	at -= (size_t)(nl + 1 - buf);
	p->scanned = at > OL_SCAN_OVERLAP ? at - OL_SCAN_OVERLAP : 0;
	return (size_t)(nl + 1 - buf);
}

int ol_parser_feed(struct ol_parser *p, const char *buf, size_t n)
{
	int r = 0;

	p->stats.bytes += n;
	while (n && !r) {
		size_t k, drop;

		k = pass_over(p, buf, n, &r);
		buf += k;
		n -= k;

		/* nothing before pos is needed any more: what waits as history stands behind it */
		drop = p->pos;
		if (drop && BUF_BYTES - p->n < SLICE) {
			memmove(p->buf, p->buf + drop, p->n - drop);
			p->n -= drop;
			p->pos = 0;
			p->scanned = p->scanned > drop ? p->scanned - drop : 0;
			p->base += drop;
		}
		k = BUF_BYTES - p->n < n ? BUF_BYTES - p->n : n;
		if (k > SLICE)
			k = SLICE;
		memcpy(p->buf + p->n, buf, k);
		p->n += k;
		buf += k;
		n -= k;
		r = read_lines(p, false, true);
	}
	return r;
}

static int finish_input(struct ol_parser *p)
{
	int r = read_lines(p, true, false), x;

	/* what waited as history was never needed */
	if (p->pos < p->n) {
		p->lineno += ol_count_newlines(p->buf + p->pos, p->n - p->pos);
		p->lineno += p->buf[p->n - 1] != '\n';
		p->pos = p->n;
	} else if (p->n && p->buf[p->n - 1] != '\n') {
		p->lineno++;
	}
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
	int r = read_lines(p, false, false);
	int u = ol_unwrap_flush(p->unwrap), x = ol_assembler_idle(p->assembler, idle_us);

	return r ? r : u ? u : x;
}

struct ol_parser_stats ol_parser_stats(const struct ol_parser *p)
{
	struct ol_parser_stats s = p->stats;

	s.lines = p->lineno;
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
