// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/transport_impl.h"
#include "lib/err.h"

#include <errno.h>

/*
 * A prefix that no transport of ours has:
 *   web-1  | Mem-Info:
 *   10.5.0.2: kern: warning: [2026-11-20T18:51:21.123456789Z]: Mem-Info:
 * Where a candidate stands, the lines behind it tell: some of a dump's lines begin with words that
 * nothing else begins with. What stands before these words, in two lines and in the candidate's, is
 * a prefix when the framer did not find one of them at the front of a message, and did not find out
 * who wrote it.
 */

enum { LOOK_LINES = 128 };

#define LEVEL '\1' /* in a skeleton: the word for a level; '0': digits; ' ': blanks */

static const struct ol_span words[] = {
#define WORDS(s) OL_SPAN_INIT(s),
#define TAG(s)
#define SEE(s)
#define ANCHOR(s, at, bucket, near, role)
#define OL_LINE(kind, part, phase, flag, where, literal, how, marks) marks
#include "analyze/dump/lines.def"
#undef OL_LINE
#undef ANCHOR
#undef SEE
#undef TAG
#undef WORDS
};

/* Where the first of them stands, or -1. */
static ssize_t first_words(struct ol_span line)
{
	ssize_t least = -1;

	line.n = line.n < OL_FOREIGN_MAX + 64 ? line.n : OL_FOREIGN_MAX + 64;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		ssize_t at = ol_span_find(line, words[i]);

		if (at >= 0 && (least < 0 || at < least))
			least = at;
	}
	return least;
}

static size_t alphas(struct ol_span s)
{
	size_t n = 0;

	while (n < s.n && ol_is_alpha(s.p[n]))
		n++;
	return n;
}

/*
 * @line's first bytes, as far as @skel goes; 0 when they are others. Without a @skel (its .n is 0)
 * it is made from all of @line.
 */
static size_t follow(struct ol_foreign *skel, struct ol_span line)
{
	bool make = !skel->n;
	size_t at = 0, k = 0;

	while (make ? at < line.n : k < skel->n) {
		struct ol_span rest = ol_span_skip(line, at);
		size_t run = 0;
		char c;

		if (!rest.n)
			return 0;
		if (ol_is_digit(rest.p[0])) {
			c = '0';
			while (run < rest.n && ol_is_digit(rest.p[run]))
				run++;
		} else if (ol_is_blank(rest.p[0])) {
			c = ' ';
			while (run < rest.n && ol_is_blank(rest.p[run]))
				run++;
			/* the blanks of a message begin where those of the prefix end */
			if (make)
				skel->blanks = (uint8_t)(run < 255 ? run : 255);
			else if (k + 1 == skel->n && run > skel->blanks)
				run = skel->blanks;
		} else {
			run = alphas(rest);
			c = run && ol_transport_level(ol_span_head(rest, run)) >= 0 ? LEVEL
										    : rest.p[0];
			if (c != LEVEL)
				run = 1;
			/* what is quoted has escapes, which are a transport's to undo */
			if (c == '"' || c == '{' || (unsigned char)rest.p[0] < 0x20)
				return 0;
		}
		if (make)
			skel->s[k] = c;
		else if (skel->s[k] != c)
			return 0;
		k++;
		at += run;
	}
	skel->n = k;
	return at;
}

/* Digits and blanks are folded, so what was learned of one line may be another's whole prefix. */
static bool writer_known(struct ol_framer *f, struct ol_span line)
{
	struct ol_line probe;

	ol_transport_line_init(&probe);
	return ol_transport_prefix(f, &probe, &line, 0) && probe.writer != OL_WRITER_UNKNOWN;
}

size_t ol_foreign_len(struct ol_framer *f, struct ol_span line)
{
	size_t n = 0;

	for (unsigned i = 0; i < f->foreign_n && !n; i++)
		n = follow(&f->foreign[i], line);
	return n && writer_known(f, line) ? 0 : n;
}

void ol_foreign_quoter(struct ol_line *l, struct ol_span prefix)
{
	struct ol_span node, by = ol_quote_by(prefix, &node);

	if (!by.p)
		return;
	l->tag = by;
	if (!l->host.p)
		l->host = node;
}

/* ---- learning ---- */

struct probe {
	unsigned known; /* lines that begin with such words */
	/* words of a dump behind others, a head behind more than a name; nothing says whose */
	bool late;
};

/* A name can have these as well ("tmux: server"): then the lines that follow will tell. */
static bool is_name(struct ol_span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (memchr("|,;])>\t", s.p[i], 7))
			return false;
	return s.n <= OL_COMM_MAX && ol_span_find(s, OL_SPAN(": ")) < 0;
}

static int look_at(void *arg, const struct ol_line *l)
{
	struct probe *p = arg;
	struct ol_span text = ol_span_ltrim(l->text);
	ssize_t words_at = first_words(text),
		head = ol_span_find(text, OL_SPAN(" invoked oom-killer"));

	if (head < 0)
		head = ol_span_find(text, OL_SPAN(": page allocation failure"));
	p->known += words_at == 0;
	/* where the writer is known the prefix is; a container's record is not its text's prefix */
	if (l->writer == OL_WRITER_UNKNOWN && l->wrapped != OL_WRAP_RECORD)
		p->late |=
			words_at > 0 || (head >= 0 && !is_name(ol_span_head(text, (size_t)head)));
	return 0;
}

static bool next_line(struct ol_span *rest, struct ol_span *ret)
{
	ssize_t nl = ol_span_chr(*rest, '\n');

	if (!rest->n)
		return false;
	*ret = ol_span_head(*rest, nl < 0 ? rest->n : (size_t)nl);
	*rest = ol_span_skip(*rest, ret->n + 1);
	return true;
}

/* What a framer that knows nothing makes of the first @max lines of @text; false: ENOMEM. */
static bool try_plain(struct ol_span text, unsigned max, struct probe *ret)
{
	struct ol_framer *f = ol_framer_new(look_at, ret);
	struct ol_span line;
	int rc = 0;

	*ret = (struct probe){ 0 };
	if (!f) {
		ol_no_memory();
		return false;
	}
	for (unsigned i = 0; i < max && !rc && next_line(&text, &line); i++)
		rc = ol_framer_push(f, line, i + 1, 0, false);
	rc = rc ? rc : ol_framer_flush(f);
	ol_framer_free(f);
	return rc == 0;
}

/* What stands before words of a dump in @line is added to @v, or counted there. */
static unsigned note(struct ol_foreign v[static OL_FOREIGN], unsigned n, struct ol_span line)
{
	ssize_t at = first_words(line);
	struct probe p;

	if (at < 2 || at > OL_FOREIGN_MAX || ol_is_alpha(line.p[at - 1]) ||
	    ol_is_digit(line.p[at - 1]) || !try_plain(line, 1, &p) || !p.late)
		return n;
	for (unsigned i = 0; i < n; i++)
		if (follow(&v[i], line) == (size_t)at) {
			v[i].seen++;
			return n;
		}
	if (n == OL_FOREIGN)
		return n;
	v[n] = (struct ol_foreign){ .seen = 1 };
	return n + (follow(&v[n], ol_span_head(line, (size_t)at)) > 0);
}

int ol_framer_learn(struct ol_framer *f, struct ol_span text, bool more)
{
	struct ol_foreign v[OL_FOREIGN];
	struct ol_span rest, line, head = { 0 };
	unsigned n = 0, kept = 0;
	struct probe p;

	/* what these say is not in the line alone */
	if (f->exp.state != OL_EXP_OFF || f->dj.on || f->after_kmsg)
		return 0;
	text = ol_span_head(text, OL_LEARN_BYTES);
	more = more && text.n < OL_LEARN_BYTES; /* a full window decides, whatever stands in it */
	if (more && ol_span_chr(text, '\n') < 0)
		return -EAGAIN;
	if (!try_plain(text, 1, &p) || !p.late)
		return 0;
	/* however the input comes in, as much of it decides */
	if (more)
		return -EAGAIN;
	rest = text;
	for (unsigned i = 0; i < LOOK_LINES && next_line(&rest, &line); i++) {
		head = i ? head : line;
		n = note(v, n, line);
	}
	for (unsigned i = 0; i < n; i++)
		if (v[i].seen > 1)
			v[kept++] = v[i];
	for (n = kept, kept = 0; kept < n && !follow(&v[kept], head);)
		kept++;
	if (kept == n || !try_plain(text, LOOK_LINES, &p) || p.known)
		return 0;
	memcpy(f->foreign, v, n * sizeof(*v));
	f->foreign_n = n;
	return 1;
}
