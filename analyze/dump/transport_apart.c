// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/transport_impl.h"

/*
 * Several lines of the kernel's that stand in one: with their stamps, with "\n", "\x0a" or "<br>"
 * where they ended, with a blank or nothing.
 *   … order=0, oom_score_adj=0 [   12.345679] CPU: 2 PID: 4410 …
 *   anon 126976000\nfile 1048576\nkernel 3145728
 *   … oom_score_adj=0CPU: 2 PID: 4410 Comm: millwright Not tainted 6.6.58 #1memory: usage …
 * A line ends where what stands before is a whole one: a name in the middle of it cannot cut it,
 * and one at its end has no room for another line.
 */

enum {
	SHORT = 200, /* bytes: nobody's dump */
	GLUED_MAX = 256 << 10,
	LONGEST = 4096, /* no line of the kernel's is longer, path and all */
	LOOK = 200, /* bytes that tell what a line is */
	ROW_US = 120 * 1000000, /* between the first and the last line of one dump */
};

struct joint {
	size_t at, skip; /* .skip: bytes of what stands for the line's end */
};

/* ---- prefixes further right ---- */

/*
 * A kernel stamp further right: "Creating journal: [   34.739137] text", "login: [  35.200000] t",
 * "… com.example.vm: [47517.500417] text". It has all six digits, and something that can be a
 * message follows. Returns its offset, or -1.
 */
ssize_t ol_transport_mid_stamp(struct ol_span s)
{
	const char *e = s.p + s.n, *p = s.p;

	while ((p = memchr(p, '[', (size_t)(e - p)))) {
		struct ol_span t = ol_span(p, (size_t)(e - p));
		struct ol_line probe = { 0 };

		if (p > s.p && ol_transport_kstamp(&t, &probe, 6)) {
			ol_transport_caller(&t, &probe);
			if (t.n && ((unsigned char)t.p[0] > 0x7f || ol_is_alpha(t.p[0]) ||
				    ol_is_digit(t.p[0]) || memchr(" [<(/_*-=\"'#", t.p[0], 12)))
				return p - s.p;
		}
		if (++p >= e)
			break;
	}
	return -1;
}

/*
 * A syslog stamp further right: "messages-1:Nov 20 18:51:21 web1 kernel: text" (grep), or mail that
 * was filled again: "order=2 Mar 16 21:40:40 web1 kernel: text". The stamp and the host must stand
 * directly before " kernel:". Returns the offset of the stamp, or -1.
 */
ssize_t ol_transport_mid_syslog(struct ol_span s)
{
	size_t from = 0;

	while (from < s.n) {
		ssize_t k = ol_span_find(ol_span_skip(s, from), OL_SPAN(" kernel:"));
		size_t at, h;
		struct ol_span t;
		struct ol_line probe;

		if (k < 0)
			return -1;
		at = from + (size_t)k;
		h = at;
		while (h > 0 && at - h < 256 && s.p[h - 1] != ' ')
			h--;
		/* with a host, or with none */
		for (int round = 0; round < 2; round++) {
			size_t end = round ? at : h ? h - 1 : 0, b;

			if (end < 15)
				continue;
			t = ol_span(s.p + end - 15, s.n - (end - 15));
			ol_transport_line_init(&probe);
			if (ol_is_alpha(t.p[0]) && ol_transport_date(&t, &probe) &&
			    t.p == s.p + end)
				return (ssize_t)end - 15;
			b = end;
			while (b > 0 && end - b < 36 && s.p[b - 1] != ' ')
				b--;
			/* "file:2026-…": the stamp is the tail of the word */
			for (size_t n = 19; n <= 32 && n <= end - b; n++) {
				t = ol_span(s.p + end - n, s.n - (end - n));
				if (!ol_is_digit(t.p[0]) || t.p[4] != '-')
					continue;
				if (ol_transport_iso(&t, &probe) && t.p == s.p + end)
					return (ssize_t)(end - n);
			}
		}
		from = at + 8;
	}
	return -1;
}

void ol_transport_own_prefix(struct ol_framer *f, struct ol_line *l, struct ol_span *s)
{
	struct ol_span t = ol_span_ltrim(*s);
	struct ol_line probe;

	l->own_stamp = false;
	/* in records of the kernel's own it stands elsewhere: this is what somebody is called */
	if (l->writer == OL_WRITER_USER || !t.n || l->transport == OL_TR_KMSG ||
	    l->transport == OL_TR_JOURNAL_JSON || l->transport == OL_TR_JOURNAL_EXPORT)
		return;
	ol_transport_line_init(&probe);
	if (ol_transport_kstamp(&t, &probe, 6))
		ol_transport_caller(&t, &probe);
	else if (!ol_transport_prefix(f, &probe, &t, OL_TRANSPORT_DEPTH) || !probe.tag.p ||
		 probe.writer != OL_WRITER_KERNEL || !ol_span_eq(probe.host, l->host))
		return;
	if (probe.mono_us != OL_TIME_NONE) {
		l->mono_us = probe.mono_us;
		l->own_stamp = true;
	}
	if (probe.wall_us != OL_TIME_NONE)
		l->wall_us = probe.wall_us;
	if (probe.caller.p)
		l->caller = probe.caller;
	*s = t;
}

/* free:906, order=0, 2*64kB */
static bool states_number(struct ol_span tok)
{
	for (size_t i = 1; i + 1 < tok.n; i++)
		if (memchr(":=*", tok.p[i], 3) && ol_is_digit(tok.p[i + 1]))
			return true;
	return false;
}

/*
 * Is what stands in front of a stamp the end of the line above, which a mail program has broken and
 * filled again? "gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0 [   12.345679] CPU: …"
 */
bool ol_transport_ends_line(const struct ol_framer *f, const struct ol_line *l,
			    struct ol_span noise)
{
	struct ol_span rest = noise, tok;
	unsigned facts = 0, others = 0;

	if (!f->kernel_line || f->kernel_line + 1 != l->lineno)
		return false;
	while (ol_span_token(&rest, &tok))
		*(states_number(tok) ? &facts : &others) += 1;
	return facts > others;
}

/* ---- where a line ends ---- */

/* Is @s a line that no kernel goes on with? */
static bool whole(struct ol_span s)
{
	enum ol_line_kind kind;

	s = ol_span_trim(s);
	kind = ol_kind_of(s);
	if (kind == OL_LINE_LOWMEM) /* how many zones there are nobody says */
		return ol_is_digit(s.p[s.n - 1]);
	return kind != OL_LINE_NONE && ol_line_whole(kind, s, 0);
}

/* The name at the end of a row has room for a few bytes only. */
static bool in_name(struct ol_span before, struct ol_span rest)
{
	before = ol_span_trim(before);
	return before.n && before.p[0] == '[' && ol_kind_of(before) == OL_LINE_TABLE_ROW &&
	       rest.n <= OL_COMM_MAX;
}

/* Length of what stands for a newline at the front of @s, or 0. */
static size_t escape_len(struct ol_span s)
{
	static const char *const ends[] = { "\\r\\n", "\\n",   "\\x0a",  "\\x0A", "\\012",
					    "<br>",   "<br/>", "<br />", "<BR>",  NULL };

	for (const char *const *e = ends; *e; e++)
		if (ol_span_starts_str(s, *e))
			return strlen(*e);
	return 0;
}

static bool by_escape(struct ol_span s, struct joint *ret)
{
	for (size_t i = 1; i < s.n; i++) {
		size_t n = s.p[i] == '\\' || s.p[i] == '<' ? escape_len(ol_span_skip(s, i)) : 0;

		if (!n)
			continue;
		/* at the end it stands for nothing */
		if (!ol_span_trim(ol_span_skip(s, i + n)).n || !whole(ol_span_head(s, i)) ||
		    in_name(ol_span_head(s, i), ol_span_skip(s, i)))
			return false;
		*ret = (struct joint){ i, n };
		return true;
	}
	return false;
}

/* The head of the next syslog line in @s */
static bool by_head(struct ol_span s, struct joint *ret)
{
	ssize_t at = ol_transport_mid_syslog(s);

	*ret = (struct joint){ (size_t)at, 0 };
	return at > 0 && whole(ol_span_head(s, (size_t)at));
}

/* The next kernel's stamp in @s, with the head of a syslog line that it may stand behind */
static bool by_stamp(const struct ol_line *l, struct ol_span s, struct joint *ret)
{
	ssize_t at = ol_transport_mid_stamp(s);
	struct ol_span rest;
	struct ol_line probe;

	if (at <= 0)
		return false;
	if (by_head(ol_span_head(s, (size_t)at), ret))
		return true;
	rest = ol_span_skip(s, (size_t)at);
	ol_transport_line_init(&probe);
	ol_transport_kstamp(&rest, &probe, 6);
	if (l->mono_us != OL_TIME_NONE &&
	    (probe.mono_us < l->mono_us - ROW_US || probe.mono_us > l->mono_us + ROW_US))
		return false;
	*ret = (struct joint){ (size_t)at, 0 };
	if (in_name(ol_span_head(s, (size_t)at), ol_span_skip(s, (size_t)at)))
		return false;
	/* "web1 x kernel: [12.345678] text": behind such a header all is its writer's */
	return whole(ol_span_head(s, (size_t)at)) ||
	       ((l->writer == OL_WRITER_KERNEL || !l->prefixed) &&
		ol_kind_of(ol_span_head(ol_span_ltrim(rest), LOOK)) != OL_LINE_NONE);
}

/* Length of a statistic at the front of @s, or 0: up to where its number ends. */
static size_t stat_len(struct ol_span s)
{
	size_t n = 0;

	while (n < s.n && ((s.p[n] >= 'a' && s.p[n] <= 'z') || s.p[n] == '_'))
		n++;
	if (n < 3 || n + 1 >= s.n || s.p[n] != ' ' || !ol_is_digit(s.p[n + 1]))
		return 0;
	for (n++; n < s.n && ol_is_digit(s.p[n]);)
		n++;
	return n;
}

/* May a line begin at @s[@i], by what stands on both sides? */
static bool may_begin(struct ol_span s, size_t i)
{
	char c = s.p[i], before = s.p[i - 1];

	if (ol_is_blank(c))
		return false;
	if (ol_is_blank(before) || c == '[')
		return true;
	if ((ol_is_digit(before) || before == ':' || before == ')') && (ol_is_alpha(c) || c == '<'))
		return true;
	for (size_t k = 0; k < ol_n_dump_words; k++)
		if (c == ol_dump_words[k].p[0] &&
		    ol_span_starts(ol_span_skip(s, i), ol_dump_words[k]))
			return true;
	return false;
}

/* Lines that have nothing left between them but a blank, or not even that. */
static bool by_words(struct ol_span s, struct joint *ret)
{
	size_t n = stat_len(s);

	if (n && n < s.n) {
		*ret = (struct joint){ n, ol_is_blank(s.p[n]) };
		return true;
	}
	for (size_t i = 1; i < s.n; i++) {
		struct ol_span rest = ol_span_head(ol_span_skip(s, i), LOOK);

		if (!may_begin(s, i) ||
		    (ol_kind_of(rest) == OL_LINE_NONE &&
		     !(s.p[0] == 'M' && stat_len(rest) && whole(ol_span_head(s, i)))))
			continue;
		if (!whole(ol_span_head(s, i)))
			continue;
		*ret = (struct joint){ i, 0 };
		return true;
	}
	return false;
}

/* Does a dump begin in @s, and go on in it? */
static bool is_glued(struct ol_span s)
{
	ssize_t head = ol_span_find(ol_span_head(s, 64), OL_SPAN(" invoked oom-killer: "));
	unsigned n = 0;

	if (s.n > GLUED_MAX)
		return false;
	if (head < 0)
		head = ol_span_find(ol_span_head(s, 64), OL_SPAN(": page allocation failure"));
	for (size_t k = 0; k < ol_n_dump_words && head >= 0; k++)
		n += ol_span_find(s, ol_dump_words[k]) > 0;
	return n >= 3;
}

/* @glued: of a line that a whole dump may stand in */
static bool next_joint(const struct ol_line *l, struct ol_span s, bool glued, struct joint *ret)
{
	/* so that many lines in one are looked at once, and not each of them to the end of all */
	s = ol_span_head(s, LONGEST);
	if (memchr(s.p, '\\', s.n) || memchr(s.p, '<', s.n))
		if (by_escape(s, ret))
			return true;
	return (memchr(s.p, '[', s.n) && by_stamp(l, s, ret)) || (s.n > SHORT && by_head(s, ret)) ||
	       (glued && by_words(s, ret));
}

bool ol_transport_joined(const struct ol_line *l, struct ol_span s)
{
	struct joint j;

	if (l->writer == OL_WRITER_USER || !s.n || memchr(s.p, '\n', s.n))
		return false;
	return next_joint(l, s, s.n > SHORT && is_glued(s), &j);
}

int ol_transport_apart(struct ol_framer *f, struct ol_line *l, struct ol_span s)
{
	bool glued = is_glued(s);
	struct joint j;
	int rc;

	f->apart = true;
	while (s.n && next_joint(l, s, glued, &j)) {
		rc = ol_transport_emit(f, l, ol_span_head(s, j.at));
		if (rc < 0)
			return rc;
		s = ol_span_skip(s, j.at + j.skip);
		l->joined = true;
		ol_transport_own_prefix(f, l, &s);
	}
	return ol_transport_emit(f, l, s);
}
