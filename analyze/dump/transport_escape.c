// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/transport_impl.h"

#include <errno.h>

/*
 * What pages, forums, mail and log daemons put around a line of the kernel's:
 *   [SIZE=2][FONT=monospace][   12.345678] Mem-Info:[/FONT][/SIZE]	BBCode
 *   <tt>[   12.345678] Mem-Info:</tt><br>				HTML
 *   anon 4096 [kern.warning]						a format of rsyslog
 *   anon 4096\	"anon 4096"						strings of programs
 *   gfp_mask=3D0xcc0, order=3D0, oom_=					quoted-printable, its soft
 *   score_adj=3D0							line ends included
 */

/* ---- tags ---- */

static bool in_list(struct ol_span w, const char *const *names)
{
	for (; *names; names++) {
		size_t i = 0;

		while (i < w.n && (*names)[i] && (w.p[i] | 0x20) == (*names)[i])
			i++;
		if (i == w.n && !(*names)[i])
			return true;
	}
	return false;
}

static const char *const forum[] = { "b",     "i",       "u",      "s",     "url",    "code",
				     "quote", "size",    "font",   "color", "colour", "center",
				     "left",  "right",   "indent", "pre",   "tt",     "spoiler",
				     "mono",  "noparse", "icode",  NULL };
static const char *const page[] = { "br",   "p",    "pre", "tt",         "code", "b",
				    "i",    "u",    "em",  "strong",     "span", "div",
				    "font", "samp", "kbd", "small",      "td",   "tr",
				    "th",   "li",   "big", "blockquote", NULL };

static size_t letters(struct ol_span s)
{
	size_t n = 0;

	while (n < s.n && ol_is_alpha(s.p[n]))
		n++;
	return n;
}

/* A tag at the front of @s, with its attributes: its length, or 0. */
static size_t tag_len(struct ol_span s)
{
	bool html = s.n > 2 && s.p[0] == '<';
	struct ol_span t = ol_span_skip(ol_span_head(s, 256), 1);
	ssize_t end = ol_span_chr(t, html ? '>' : ']');
	size_t n;

	if (s.n < 3 || (!html && s.p[0] != '[') || end < 1)
		return 0;
	ol_span_eat(&t, OL_SPAN("/"));
	n = letters(t);
	if (!in_list(ol_span_head(t, n), html ? page : forum))
		return 0;
	t = ol_span_skip(t, n);
	return t.p[0] == (html ? '>' : ']') || t.p[0] == ' ' || t.p[0] == '=' || t.p[0] == '/'
		       ? (size_t)end + 2
		       : 0;
}

size_t ol_transport_tags(struct ol_span s)
{
	size_t all = 0, n;

	for (int i = 0; i < 8 && (n = tag_len(ol_span_skip(s, all))) > 0; i++)
		all += n;
	return all;
}

/* gfp\_mask=0xcc0, \[   12.345678\], 2\*64kB: only where it has been done to an underscore */
int ol_transport_markdown(struct ol_framer *f, struct ol_span *s)
{
	const char *p = s->p, *e = p + s->n;
	char *w, *start = (char *)s->p;

	if (ol_span_find(*s, OL_SPAN("\\_")) < 0 && ol_span_find(*s, OL_SPAN("\\[")) < 0 &&
	    ol_span_find(*s, OL_SPAN("\\*")) < 0)
		return 0;
	if (s->p[0] == '{') /* JSON's, to be undone by who reads that */
		return 0;
	if (!ol_transport_owns(f, *s)) {
		if (!ol_transport_reserve(&f->scratch, s->n))
			return -ENOMEM;
		start = f->scratch.p;
	}
	for (w = start; p < e;) {
		if (*p == '\\' && p + 1 < e && memchr("_*[]<>()#`~|-.!", p[1], 15))
			p++;
		*w++ = *p++;
	}
	*s = ol_span(start, (size_t)(w - start));
	return 0;
}

bool ol_transport_in_quotes(struct ol_span *s)
{
	struct ol_span t = ol_span_rtrim(*s);
	char q = t.p[0];

	if (q != '"' && q != '\'' && q != '`')
		return false;
	while (t.n > 2 && memchr(",;+\\ ", t.p[t.n - 1], 5))
		t.n--;
	if (t.n < 3 || t.p[t.n - 1] != q)
		return false;
	t = ol_span(t.p + 1, t.n - 2);
	if (memchr(t.p, q, t.n))
		return false;
	if (ol_span_ends(t, OL_SPAN("\\n")))
		t.n -= 2;
	*s = t;
	return true;
}

/* ---- behind a line ---- */

const bool ol_transport_tail_byte[256] = {
	[']'] = true, ['>'] = true, ['"'] = true,  ['\\'] = true,
	['`'] = true, ['|'] = true, ['\''] = true, [','] = true,
};

/* "text [kern.warning]" */
static bool facility_behind(struct ol_span s, size_t at)
{
	struct ol_span in = ol_span_head(ol_span_skip(s, at + 1), s.n - at - 2);
	ssize_t dot = at > 0 && at + 2 < s.n ? ol_span_chr(in, '.') : -1;

	return dot > 0 && s.p[at - 1] == ' ' &&
	       ol_transport_facility(ol_span_head(in, (size_t)dot)) >= 0 &&
	       ol_transport_level(ol_span_skip(in, (size_t)dot + 1)) >= 0;
}

/* Is the last byte of @s one of a pair whose other one is not there? */
static bool lonely(struct ol_span s)
{
	char c = s.p[s.n - 1];
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == c;
	return n % 2;
}

/* @s without one thing that no kernel printed at its end, or @s. */
static struct ol_span less(struct ol_framer *f, struct ol_span s)
{
	char c = s.p[s.n - 1];
	size_t at = s.n - 1;
	struct ol_span end;

	if (!ol_transport_tail_byte[(unsigned char)c])
		return s;
	if (c == ']' || c == '>') {
		while (at > 0 && s.n - at < 48 && s.p[at] != (c == ']' ? '[' : '<'))
			at--;
		end = ol_span_skip(s, at);
		/* those that open something stand in front */
		if (tag_len(end) == end.n && (end.p[1] == '/' || (end.p[1] | 0x20) == 'b'))
			return ol_span_head(s, at);
		return c == ']' && facility_behind(s, at) ? ol_span_head(s, at) : s;
	}
	if (c == ',') /* of a list of strings */
		return s.n > 1 && s.p[s.n - 2] == '"' ? ol_span_head(s, at) : s;
	if (!at || (!ol_is_alpha(s.p[at - 1]) && !ol_is_digit(s.p[at - 1]) &&
		    !memchr(" :)]>", s.p[at - 1], 5)))
		return s;
	/* a process may be called so, but not when the line before ended in the same way */
	if (s.p[0] == '[' && f->tail != c)
		return s;
	if (c != '\\' && c != '|' && !lonely(s))
		return s;
	f->tail = c;
	return ol_span_head(s, at);
}

struct ol_span ol_transport_tail(struct ol_framer *f, struct ol_span s)
{
	for (int i = 0; i < 8 && s.n; i++) {
		struct ol_span t = less(f, s);

		if (t.n == s.n)
			break;
		s = ol_span_rtrim(t);
	}
	return s;
}

/* ---- quoted-printable (RFC 2045, 6.7) ---- */

enum { QP_LINE = 78 /* bytes of a line of it, and some that a program has added */ };

static int hex_up(char c)
{
	return ol_is_digit(c) ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Is each '=' followed by two digits or by the end? *@ret_equals: is one of them a '='? */
static bool is_qp(struct ol_span s, bool *ret_equals)
{
	*ret_equals = false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '=' || i + 1 == s.n)
			continue;
		if (i + 2 >= s.n || hex_up(s.p[i + 1]) < 0 || hex_up(s.p[i + 2]) < 0)
			return false;
		*ret_equals |= s.p[i + 1] == '3' && s.p[i + 2] == 'D';
	}
	return true;
}

static bool add_decoded(struct ol_transport_buf *b, struct ol_span s)
{
	size_t n = b->n;

	if (!ol_transport_append(b, s))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '=' && i + 1 == s.n)
			break;
		if (s.p[i] == '=' && i + 2 < s.n && hex_up(s.p[i + 1]) >= 0 &&
		    hex_up(s.p[i + 2]) >= 0) {
			b->p[n++] = (char)(hex_up(s.p[i + 1]) << 4 | hex_up(s.p[i + 2]));
			i += 2;
		} else {
			b->p[n++] = s.p[i];
		}
	}
	b->n = n;
	return true;
}

/* Has @s a prefix of its own? Then it goes on with nothing. */
static bool begins_anew(struct ol_framer *f, struct ol_span s)
{
	struct ol_line probe;

	ol_transport_line_init(&probe);
	return ol_transport_prefix(f, &probe, &s, 0) &&
	       (probe.writer != OL_WRITER_UNKNOWN || probe.stamp.p);
}

int ol_transport_qp_flush(struct ol_framer *f)
{
	struct ol_line l;

	if (!f->qp.open)
		return 0;
	f->qp.open = false;
	ol_transport_line_init(&l);
	l.raw = ol_transport_buf_span(&f->qp.buf);
	l.lineno = f->qp.lineno;
	l.byte = f->qp.byte;
	l.more = f->qp.more;
	f->physical = l.raw.p;
	return ol_transport_text(f, &l, l.raw, 0);
}

int ol_transport_qp(struct ol_framer *f, struct ol_line *l, struct ol_span *s)
{
	bool equals, qp = is_qp(*s, &equals), soft, first;
	int rc = 0;

	if (f->qp.open && begins_anew(f, *s))
		rc = ol_transport_qp_flush(f);
	if (rc < 0)
		return rc;
	f->qp.on = qp && (f->qp.on || equals);
	first = !f->qp.open;
	if (first && (!f->qp.on || !memchr(s->p, '=', s->n)))
		return 0;
	soft = f->qp.on && s->n && s->p[s->n - 1] == '=' && s->n <= QP_LINE;
	if (first) {
		f->qp.buf.n = 0;
		f->qp.lineno = l->lineno;
		f->qp.byte = l->byte;
	}
	f->qp.more = (uint32_t)(l->lineno - f->qp.lineno);
	f->qp.open = add_decoded(&f->qp.buf, *s) && soft;
	if (f->qp.open) {
		f->piece = true;
		return 1;
	}
	*s = l->raw = ol_transport_buf_span(&f->qp.buf);
	f->physical = l->raw.p;
	l->lineno = f->qp.lineno;
	l->byte = f->qp.byte;
	l->more = f->qp.more;
	return 0;
}
