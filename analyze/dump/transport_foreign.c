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

const struct ol_span ol_dump_words[] = {
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
const size_t ol_n_dump_words = sizeof(ol_dump_words) / sizeof(ol_dump_words[0]);

/* Where the first of them stands, or -1. */
static ssize_t first_words(struct ol_span line)
{
	ssize_t least = -1;

	line.n = line.n < OL_FOREIGN_MAX + 64 ? line.n : OL_FOREIGN_MAX + 64;
	for (size_t i = 0; i < ol_n_dump_words; i++) {
		ssize_t at = ol_span_find(line, ol_dump_words[i]);

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

/* Is the word of @n bytes at @line[@at] one for a level: "warning", "WARN", logcat's "W"? */
static bool is_level(struct ol_span line, size_t at, size_t n)
{
	char low[16];

	if (n == 1)
		return memchr("VDIWEF", line.p[at], 6) && (!at || ol_is_blank(line.p[at - 1])) &&
		       at + 1 < line.n && memchr(" /:", line.p[at + 1], 3);
	if (n > sizeof(low))
		return false;
	for (size_t i = 0; i < n; i++)
		low[i] = (char)(line.p[at + i] | 0x20);
	return ol_transport_level(ol_span(low, n)) >= 0;
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
			c = run && is_level(line, at, run) ? LEVEL : rest.p[0];
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

/* ---- whom a prefix names ---- */

/* 10.7.0.2, fd00::17; "12", "03:33:20" and "1000.25" are none. */
static bool is_address(struct ol_span w)
{
	unsigned dots = 0, colons = 0, hex = 0;

	for (size_t i = 0; i < w.n; i++) {
		dots += w.p[i] == '.';
		colons += w.p[i] == ':';
		hex += ol_is_alpha(w.p[i]);
		if (w.p[i] != '.' && w.p[i] != ':' && !ol_is_xdigit(w.p[i]))
			return false;
	}
	return colons ? colons >= 2 && (hex || ol_span_has(w, OL_SPAN("::"))) : dots == 3 && !hex;
}

/* A word that a prefix may have and that is nobody's name */
static bool names_nobody(struct ol_span w)
{
	static const char *const nobody[] = { "stdout",  "stderr", "out",     "err",     "log",
					      "console", "kernel", "dmesg",   "kmsg",    "syslog",
					      "guest",   "line",   "message", "journald" };
	bool letters = false;

	for (size_t i = 0; i < w.n; i++)
		letters |= ol_is_alpha(w.p[i]) || (unsigned char)w.p[i] >= 0x80;
	if (!letters && !is_address(w))
		return true;
	for (size_t i = 0; i < sizeof(nobody) / sizeof(nobody[0]); i++)
		if (ol_span_eqs(w, nobody[i]))
			return true;
	return is_level(w, 0, w.n) || ol_transport_facility(w) >= 0;
}

/* Bytes of a stamp at the front of @s, 0 when none is there. */
static size_t stamp_len(struct ol_span s)
{
	struct ol_span end = s;
	struct ol_line probe;
	size_t n = 0;

	ol_transport_line_init(&probe);
	if (ol_is_alpha(s.p[0]))
		return ol_transport_weekday(&end, &probe) || ol_transport_date(&end, &probe)
			       ? s.n - end.n
			       : 0;
	if (!ol_is_digit(s.p[0]))
		return 0;
	/* the word alone: what an ISO stamp is glued to may go on */
	while (n < s.n && !memchr(" ],|)<", s.p[n], 6))
		n++;
	end.n = n;
	return ol_transport_iso(&end, &probe) ? n - end.n : 0;
}

/*
 * "<event>", "</time>", "<![CDATA[": bytes of a tag at the front of @s, whose name is nobody's; 0
 * when none is there. "<web1> text" and "<web1>: text" have a sender's name, unless @markup.
 */
static size_t tag_len(struct ol_span s, bool markup)
{
	ssize_t end;

	if (ol_span_starts(s, OL_SPAN("<![CDATA[")))
		return sizeof("<![CDATA[") - 1;
	if (s.n < 3 || s.p[0] != '<' || !(ol_is_alpha(s.p[1]) || s.p[1] == '/' || s.p[1] == '!'))
		return 0;
	end = ol_span_chr(s, '>');
	if (end < 0)
		return 0;
	if (!markup && (size_t)end + 1 < s.n && memchr(" \t:", s.p[end + 1], 3))
		return 0;
	return (size_t)end + 1;
}

static bool is_markup(struct ol_span s)
{
	return ol_span_has(s, OL_SPAN("</")) || ol_span_has(s, OL_SPAN("/>")) ||
	       ol_span_has(s, OL_SPAN("<!"));
}

struct ol_span ol_foreign_source(struct ol_span prefix)
{
	static const char apart[] = " \t[]{}()<>|,;'\"=~";
	bool markup = is_markup(prefix);

	while (prefix.n) {
		size_t n = stamp_len(prefix);
		struct ol_span w;

		if (!n)
			n = tag_len(prefix, markup);
		if (n) {
			prefix = ol_span_skip(prefix, n);
			continue;
		}
		while (n < prefix.n && !memchr(apart, prefix.p[n], sizeof(apart) - 1))
			n++;
		w = ol_span_head(prefix, n);
		while (w.n && memchr(":.-", w.p[w.n - 1], 3))
			w.n--;
		if (w.n > 2 && w.p[1] == '/' && memchr("VDIWEF", w.p[0], 6)) /* logcat's */
			w = ol_span_skip(w, 2);
		if (w.n == 1 && memchr("VDIWEF", w.p[0], 6))
			w.n = 0;
		if (w.n && !names_nobody(w))
			return w;
		prefix = ol_span_skip(prefix, n ? n : 1);
	}
	return (struct ol_span){ NULL, 0 };
}

/* ---- learning ---- */

struct probe {
	struct ol_span line; /* that is looked at, when it is one */
	unsigned known; /* lines without any prefix that begin with such words */
	bool begins; /* the last line's message begins with them, */
	size_t at; /* where that stands in the line, */
	size_t outside; /* and words of nobody's stand in front of its own prefix, so many bytes */
	/* words of a dump behind others, a head behind more than a name; nothing says whose */
	bool late;
};

/* A name can have these as well ("tmux: server"): the lines that follow will tell. */
static bool is_name(struct ol_span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (memchr("|,;])>\t ", s.p[i], 8))
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
	p->begins = words_at == 0;
	p->known += p->begins && !l->prefixed;
	p->at = text.p >= p->line.p && text.p <= p->line.p + p->line.n
			? (size_t)(text.p - p->line.p)
			: 0;
	/* where the host is named, it is another one's line that was copied with a word in front */
	if (l->outside.n && l->outside.p == p->line.p && !l->host.p &&
	    l->writer != OL_WRITER_USER && l->wrapped != OL_WRAP_RECORD)
		p->outside = l->outside.n;
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

	*ret = (struct probe){ .line = text };
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

/*
 * "10.7.0.2: kern: warning: [2026-11-20T18:51:21.12Z]: Mem-Info:": words stand at @at. As little of
 * what is in front of them as leaves a transport of ours, else all.
 */
static size_t shortest(struct ol_span line, size_t at)
{
	struct probe p;

	for (size_t i = 1; i < at; i++)
		if (ol_is_blank(line.p[i - 1]) && !ol_is_blank(line.p[i]) &&
		    try_plain(ol_span_skip(line, i), 1, &p) && p.begins && i + p.at == at)
			return i;
	return at;
}

/* What stands before words of a dump in @line is added to @v, or counted there. */
static unsigned note(struct ol_foreign v[static OL_FOREIGN], unsigned n, struct ol_span line)
{
	ssize_t at = first_words(line);
	struct probe p;

	if (at < 2 || at > OL_FOREIGN_MAX || ol_is_alpha(line.p[at - 1]) ||
	    ol_is_digit(line.p[at - 1]) || !try_plain(line, 1, &p))
		return n;
	if (p.outside && p.begins)
		at = (ssize_t)p.outside;
	else if (p.late)
		at = (ssize_t)shortest(line, (size_t)at);
	else
		return n;
	if (at < 1 || at > OL_FOREIGN_MAX)
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

/* Into the framer's list; the oldest goes when there are too many. */
static void remember(struct ol_framer *f, const struct ol_foreign *v)
{
	for (unsigned i = 0; i < f->foreign_n; i++)
		if (f->foreign[i].n == v->n && memcmp(f->foreign[i].s, v->s, v->n) == 0)
			return;
	if (f->foreign_n < OL_FOREIGN)
		f->foreign[f->foreign_n++] = *v;
	else
		f->foreign[f->foreign_next++ % OL_FOREIGN] = *v;
	f->row.n = 0; /* what is kept was taken without it */
}

bool ol_framer_knows(const struct ol_framer *f, struct ol_span line)
{
	if (line.n && line.p[0] == '{')
		return true;
	return f->row.n && ol_span_starts(line, ol_span(f->row.prefix, f->row.stamp));
}

bool ol_framer_may_learn(struct ol_framer *f, struct ol_span line)
{
	struct probe p;

	/* what these say is not in the line alone */
	if (f->exp.state != OL_EXP_OFF || f->dj.on || f->after_kmsg)
		return false;
	if (f->foreign_n && ol_foreign_len(f, line))
		return false;
	return try_plain(line, 1, &p) && (p.late || p.outside);
}

int ol_framer_learn(struct ol_framer *f, struct ol_span text, bool more)
{
	struct ol_foreign v[OL_FOREIGN];
	struct ol_span rest, line, head = { 0 };
	unsigned n = 0, kept = 0;
	struct probe p;

	text = ol_span_head(text, OL_LEARN_BYTES);
	more = more && text.n < OL_LEARN_BYTES; /* a full window decides, whatever stands in it */
	if (more && ol_span_chr(text, '\n') < 0)
		return -EAGAIN;
	rest = text;
	if (!next_line(&rest, &head) || !ol_framer_may_learn(f, head))
		return 0;
	/* however the input comes in, as much of it decides */
	if (more)
		return -EAGAIN;
	rest = text;
	for (unsigned i = 0; i < LOOK_LINES && next_line(&rest, &line); i++)
		n = note(v, n, line);
	for (unsigned i = 0; i < n; i++)
		if (v[i].seen > 1)
			v[kept++] = v[i];
	for (n = kept, kept = 0; kept < n && !follow(&v[kept], head);)
		kept++;
	if (kept == n || !try_plain(text, LOOK_LINES, &p) || p.known)
		return 0;
	for (unsigned i = 0; i < n; i++)
		remember(f, &v[i]);
	return 1;
}
