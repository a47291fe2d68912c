// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/transport_impl.h"

#include "lib/arena.h"

#include "lib/err.h"

#include <errno.h>
#include <stdlib.h>

/*
 * Physical lines in, messages out. Most lines of a log are decided on their first bytes and nothing
 * is copied; only a line with bytes that need unescaping goes through the scratch buffer.
 */

const char *ol_transport_name(enum ol_transport t)
{
	static const char *const names[OL_TR_MAX] = {
		[OL_TR_PLAIN] = "plain",
		[OL_TR_DMESG] = "dmesg",
		[OL_TR_DMESG_WALL] = "dmesg-wall",
		[OL_TR_KMSG] = "kmsg",
		[OL_TR_SYSLOG] = "syslog",
		[OL_TR_SYSLOG5424] = "syslog5424",
		[OL_TR_JOURNAL] = "journal",
		[OL_TR_JOURNAL_JSON] = "journal-json",
		[OL_TR_JOURNAL_EXPORT] = "journal-export",
		[OL_TR_METALOG] = "metalog",
		[OL_TR_OPENWRT] = "openwrt",
		[OL_TR_DOCKER_JSON] = "docker-json",
		[OL_TR_CRI] = "cri",
		[OL_TR_OTHER] = "other",
	};

	return (unsigned)t < OL_TR_MAX ? names[t] : "unknown";
}

struct ol_framer *ol_framer_new(ol_line_fn fn, void *arg)
{
	struct ol_framer *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->fn = fn;
	f->arg = arg;
	return f;
}

void ol_framer_free(struct ol_framer *f)
{
	if (!f)
		return;
	free(f->scratch.p);
	free(f->part[0].buf.p);
	free(f->part[1].buf.p);
	free(f->exp.msg.p);
	free(f->qp.buf.p);
	free(f->frag.buf.p);
	free(f);
}

bool ol_transport_reserve(struct ol_transport_buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : 4096;
	char *p;

	if (n <= b->cap)
		return true;
	if (n > OL_LINE_MAX + 4096)
		return false;
	while (cap < n)
		cap *= 2;
	if (cap > OL_LINE_MAX + 4096)
		cap = OL_LINE_MAX + 4096;
	p = realloc(b->p, cap);
	if (!p) {
		ol_no_memory();
		return false;
	}
	b->p = p;
	b->cap = cap;
	return true;
}

bool ol_transport_append(struct ol_transport_buf *b, struct ol_span s)
{
	if (b->n + s.n > OL_LINE_MAX || !ol_transport_reserve(b, b->n + s.n))
		return false;
	if (s.n)
		memcpy(b->p + b->n, s.p, s.n);
	b->n += s.n;
	return true;
}

static bool inside(const struct ol_transport_buf *b, const char *p)
{
	return b->p && p >= b->p && p < b->p + b->cap;
}

/* May the bytes of @s be changed? Only those of our own buffers. */
bool ol_transport_owns(const struct ol_framer *f, struct ol_span s)
{
	return inside(&f->scratch, s.p) || inside(&f->frag.buf, s.p) ||
	       inside(&f->part[0].buf, s.p) || inside(&f->part[1].buf, s.p);
}

void ol_transport_line_init(struct ol_line *l)
{
	_Static_assert(sizeof(*l) <= sizeof(ol_zeros), "more zeros");
	memcpy(l, ol_zeros, sizeof(*l));
	l->mono_us = OL_TIME_NONE;
	l->wall_us = OL_TIME_NONE;
	l->facility = -1;
	l->level = -1;
}

/* The last step, of whatever line. */
static int hand_out(struct ol_framer *f, struct ol_line *l, struct ol_span text)
{
	/* whatever the text of a wrapper's record looks like, it proves nothing */
	if (l->program || f->doubt)
		l->writer = OL_WRITER_USER;
	else if (l->wrapped && l->writer == OL_WRITER_KERNEL)
		l->writer = OL_WRITER_UNKNOWN;
	f->kernel_seen |= l->writer == OL_WRITER_KERNEL;
	if (l->mono_us != OL_TIME_NONE)
		f->kernel_line = l->lineno;
	/* NOLINTNEXTLINE(clang-analyzer-core*): what has a length has bytes */
	while (text.n && text.p[text.n - 1] == '\r')
		text.n--;
	l->ended_blank = text.n && ol_is_blank(text.p[text.n - 1]);
	l->text = ol_span_rtrim(text);
	if (l->text.n && ol_transport_tail_byte[(unsigned char)l->text.p[l->text.n - 1]] &&
	    l->writer != OL_WRITER_USER)
		l->text = ol_transport_tail(f, l->text);
	return f->fn(f->arg, l);
}

static int emit1(struct ol_framer *f, struct ol_line *l, struct ol_span text)
{
	f->row.last = f->row.last_row = false;
	if (l->source.p && !l->host.p) {
		l->host = l->source;
		l->host_outer = true;
	}
	if (l->raw.p == f->physical) {
		ol_transport_row_note(f, l, text);
		if (l->writer == OL_WRITER_USER && l->prefixed) {
			f->message.lineno = l->lineno;
			f->message.indent = f->indent;
		}
	}
	return hand_out(f, l, text);
}

int ol_transport_emit(struct ol_framer *f, struct ol_line *l, struct ol_span text)
{
	for (;;) {
		ssize_t nl = ol_span_chr(text, '\n');
		int rc = emit1(f, l, nl < 0 ? text : ol_span_head(text, (size_t)nl));

		if (rc < 0)
			return rc;
		if (nl < 0 || (size_t)nl + 1 == text.n)
			return 0;
		text = ol_span_skip(text, (size_t)nl + 1);
		l->joined = true;
		ol_transport_own_prefix(f, l, &text);
	}
}

/* "> ", ">> ", "> > ": how much of @s is quote marks and the one blank behind them */
static size_t quote_len(struct ol_span s)
{
	size_t i = 0, last = 0;

	while (i < s.n && ol_is_blank(s.p[i]))
		i++;
	while (i < s.n) {
		if (s.p[i] == '>') {
			last = ++i;
		} else if (s.p[i] == ' ' && last && i + 1 < s.n && s.p[i + 1] == '>') {
			i++;
		} else {
			break;
		}
	}
	if (last && last < s.n && s.p[last] == ' ')
		last++;
	return last;
}

/* Apache's error log wears the same stamp as dmesg -T: "[Thu Nov 20 18:51:21 2026] [error] …" */
static bool apache_level(struct ol_span t)
{
	ssize_t k;

	ol_span_eat(&t, OL_SPAN(" "));
	if (!ol_span_eat(&t, OL_SPAN("[")))
		return false;
	k = ol_span_chr(ol_span_head(t, 24), ']');
	return k > 0 && ol_transport_level(ol_span_head(t, (size_t)k)) >= 0;
}

/* "tmux: server invoked oom-killer: …": what stands before the colon is a name, and no tag. */
static bool begins_with_name(struct ol_span s)
{
	static const struct ol_span behind[] = { OL_SPAN_INIT(" invoked oom-killer: gfp_mask="),
						 OL_SPAN_INIT(": page allocation failure") };

	s = ol_span_head(s, OL_COMM_MAX + behind[0].n);
	for (size_t i = 0; i < sizeof(behind) / sizeof(behind[0]); i++) {
		ssize_t at = ol_span_find(s, behind[i]);

		if (at > 0 && at <= OL_COMM_MAX &&
		    ol_span_has(ol_span_head(s, (size_t)at), OL_SPAN(": ")))
			return true;
	}
	return false;
}

/* At '[': "[12345.678901] ", "[12345.678901][ T12] ", "[Thu Nov 20 18:51:21 2026] ", … */
static bool bracket_prefix(struct ol_framer *f, struct ol_line *l, struct ol_span *s,
			   unsigned depth)
{
	struct ol_span t = *s, rest;

	if (ol_transport_kstamp(&t, l, 2)) {
		rest = t;
		if (!ol_span_eat(&rest, OL_SPAN(" ")) || !ol_transport_after_kstamp(f, l, &rest)) {
			ol_transport_set(l, OL_TR_DMESG);
			l->writer = OL_WRITER_KERNEL;
			ol_transport_caller(&t, l);
			rest = t;
		}
		*s = rest;
		return true;
	}
	if (ol_transport_bracket_wall(f, &t, l)) {
		ol_transport_set(l, OL_TR_DMESG_WALL);
		l->writer = apache_level(t) ? OL_WRITER_USER : OL_WRITER_KERNEL;
		ol_transport_caller(&t, l);
		*s = t;
		return true;
	}
	if (ol_transport_bracket_iso(&t, l)) {
		ol_transport_set(l, OL_TR_OTHER);
		if (begins_with_name(ol_span_ltrim(t)))
			t = ol_span_ltrim(t);
		else
			ol_transport_after_date(f, l, &t, depth);
		*s = t;
		return true;
	}
	return false;
}

/* "<4>[12.3] text", "<4>text", "<30>Nov 20 18:51:21 web1 app: text", "<4>1 2026-…" */
static bool pri_prefix(struct ol_framer *f, struct ol_line *l, struct ol_span *s, unsigned depth)
{
	struct ol_span t = *s;

	if (!ol_transport_pri(&t, l))
		return false;
	l->writer = l->facility ? OL_WRITER_USER : OL_WRITER_KERNEL;
	if (!ol_transport_5424(f, l, &t)) {
		if (ol_transport_date(&t, l) || ol_transport_iso(&t, l)) {
			ol_transport_set(l, OL_TR_SYSLOG);
			ol_transport_after_date(f, l, &t, depth);
		} else if (!t.n || t.p[0] != '[' || !bracket_prefix(f, l, &t, depth)) {
			ol_transport_kernel_colon(f, l, &t);
			ol_transport_set(l, OL_TR_DMESG);
		}
	}
	*s = t;
	return true;
}

/*
 * "2026-11-20T18:51:21.123456789Z text": kubectl logs --timestamps, docker logs -t. No syslog
 * counts nanoseconds; what follows is all the container's.
 */
static bool container_stamp(struct ol_span stamp)
{
	if (stamp.n < 30 || stamp.p[19] != '.' || ol_is_digit(stamp.p[29]))
		return false;
	for (size_t i = 20; i < 29; i++)
		if (!ol_is_digit(stamp.p[i]))
			return false;
	return true;
}

/* "2026-11-20T18:51:21…" */
static bool iso_prefix(struct ol_framer *f, struct ol_line *l, struct ol_span *s, unsigned depth)
{
	struct ol_span t = *s, stamp;
	size_t n;

	if (!ol_transport_iso(&t, l))
		return false;
	stamp = ol_span(s->p, (size_t)(t.p - s->p));
	n = stamp.n;
	/* dmesg --time-format=iso: a comma, six digits, a zone */
	if (n == 32 && stamp.p[10] == 'T' && stamp.p[19] == ',') {
		ol_transport_set(l, OL_TR_DMESG_WALL);
		l->writer = OL_WRITER_KERNEL;
		ol_transport_caller(&t, l);
		*s = t;
		return true;
	}
	if (!l->wrapped && container_stamp(stamp))
		l->wrapped = OL_WRAP_RECORD;
	ol_transport_after_date(f, l, &t, depth);
	if (l->tag.p || l->host.p)
		ol_transport_set(l, n == 24 && stamp.p[10] == 'T' && ol_is_digit(stamp.p[20]) &&
						    stamp.p[19] != '.'
					    ? OL_TR_JOURNAL
					    : OL_TR_SYSLOG);
	ol_transport_set(l, OL_TR_OTHER);
	*s = t;
	return true;
}

/* "18:51:21 web1 kernel: text": only the time is left of the stamp */
static bool hms_prefix(struct ol_framer *f, struct ol_line *l, struct ol_span *s, unsigned depth)
{
	struct ol_span t = *s;
	struct ol_line probe = *l;
	unsigned h, m, sec, us;

	if (!ol_transport_hms(&t, &h, &m, &sec, &us) || !ol_span_eat(&t, OL_SPAN(" ")))
		return false;
	ol_transport_set(&probe, OL_TR_SYSLOG);
	if (!ol_transport_after_date(f, &probe, &t, depth) || probe.writer != OL_WRITER_KERNEL)
		return false;
	if (!probe.tag.p)
		probe.transport = l->transport == OL_TR_PLAIN ? OL_TR_OTHER : l->transport;
	*l = probe;
	*s = t;
	return true;
}

/* "  12: [ 1.234567] text", "12 [ 1.234567] text", "812:Nov 20 …": grep -n, cat -n, paste sites */
static bool numbered_prefix(struct ol_framer *f, struct ol_line *l, struct ol_span *s,
			    unsigned depth)
{
	struct ol_span t = *s;
	struct ol_line probe = *l;
	size_t d = 0;
	bool colon;

	while (d < t.n && d < 8 && ol_is_digit(t.p[d]))
		d++;
	t = ol_span_skip(t, d);
	colon = ol_span_eat(&t, OL_SPAN(":"));
	if (!colon && t.n && (t.p[0] == '-' || t.p[0] == '|' || t.p[0] == '.'))
		t = ol_span_skip(t, 1);
	t = ol_span_ltrim(t);
	if (!t.n || depth >= OL_TRANSPORT_DEPTH)
		return false;
	if (t.p[0] != '[' && !(colon && (ol_is_alpha(t.p[0]) || t.p[0] == '<')))
		return false;
	if (!ol_transport_prefix(f, &probe, &t, depth + 1) || !probe.stamp.p)
		return false;
	*l = probe;
	*s = t;
	return true;
}

/* "Nov 20 18:51:21 ", the same as on the line before more often than not */
static bool date_prefix(struct ol_framer *f, struct ol_line *l, struct ol_span *s)
{
	const char *p = s->p;

	if (s->n > 16 && memcmp(p, f->date, 16) == 0 && l->wall_us == OL_TIME_NONE) {
		l->wall_us = f->date_us;
		l->wall_noyear = f->date_us != OL_TIME_NONE;
		l->stamp = ol_span(p, 15);
		*s = ol_span_skip(*s, 15);
		return true;
	}
	if (!ol_transport_date(s, l))
		return false;
	if (s->p == p + 15 && s->n > 1 && *s->p == ' ' && l->wall_noyear) {
		memcpy(f->date, p, 16);
		f->date_us = l->wall_us;
	}
	return true;
}

static bool word_prefix(struct ol_framer *f, struct ol_line *l, struct ol_span *s, unsigned depth)
{
	struct ol_span t = *s;

	if (date_prefix(f, l, &t)) {
		ol_transport_set(l, OL_TR_SYSLOG);
		ol_transport_after_date(f, l, &t, depth);
		*s = t;
		return true;
	}
	if (ol_transport_weekday(&t, l)) {
		if (!ol_transport_after_date(f, l, &t, depth) && l->transport == OL_TR_OPENWRT)
			l->transport = OL_TR_OTHER;
		*s = t;
		return true;
	}
	if (ol_transport_kernel_colon(f, l, s))
		return true;
	if (ol_transport_talos(l, s))
		return true;
	if (ol_transport_x(&t, l)) {
		l->writer = l->facility ? OL_WRITER_USER : OL_WRITER_KERNEL;
		if (!t.n || t.p[0] != '[' || !bracket_prefix(f, l, &t, depth))
			if (!t.n || !ol_is_digit(t.p[0]) || !iso_prefix(f, l, &t, depth))
				ol_transport_set(l, OL_TR_DMESG);
		*s = t;
		return true;
	}
	if (ol_transport_klog(l, &t)) {
		*s = t;
		if (depth < OL_TRANSPORT_DEPTH && ol_transport_prefix(f, l, s, depth + 1))
			l->wrapped = OL_WRAP_PREFIX; /* a copy of somebody's line */
		return true;
	}
	return ol_transport_talos_node(l, s);
}

/*
 * Eats whatever stands before the message, with the indentation before it. The first byte decides
 * which shapes are tried.
 */
bool ol_transport_prefix(struct ol_framer *f, struct ol_line *l, struct ol_span *s, unsigned depth)
{
	struct ol_span t = ol_span_ltrim(*s);
	bool ok = false;
	unsigned char c;

	if (!t.n)
		return false;
	c = (unsigned char)t.p[0];
	if (c == '[') {
		ok = bracket_prefix(f, l, &t, depth);
	} else if (ol_is_alpha((char)c) || c >= 0x80) {
		ok = word_prefix(f, l, &t, depth);
	} else if (c == '<') {
		ok = pri_prefix(f, l, &t, depth);
	} else if (ol_is_digit((char)c)) {
		if (t.n >= 19 && t.p[4] == '-')
			ok = iso_prefix(f, l, &t, depth);
		else if (t.n >= 10 && t.p[2] == ':')
			ok = hms_prefix(f, l, &t, depth) || numbered_prefix(f, l, &t, depth);
		else if (ol_transport_date(&t, l)) { /* months that begin with a digit */
			ol_transport_set(l, OL_TR_SYSLOG);
			ol_transport_after_date(f, l, &t, depth);
			ok = true;
		} else
			ok = ol_transport_unix(f, l, &t) || numbered_prefix(f, l, &t, depth) ||
			     ol_transport_talos_node(l, &t);
	} else if (c == '+' || c == '-' || c == '|' || c == '*') {
		struct ol_line probe = *l;

		t = ol_span_ltrim(ol_span_skip(t, 1));
		if (t.n && (t.p[0] == '[' || t.p[0] == '<' || ol_is_alpha(t.p[0])) &&
		    depth < OL_TRANSPORT_DEPTH && ol_transport_prefix(f, &probe, &t, depth + 1) &&
		    probe.stamp.p) {
			*l = probe;
			ok = true;
		}
	}
	if (!ok)
		return false;
	l->prefixed = true;
	if (l->facility > 0 && !(l->facility_text && l->writer == OL_WRITER_UNKNOWN))
		l->writer = OL_WRITER_USER;
	*s = t;
	return true;
}

/*
 * Mail that was filled again also breaks inside the prefix, whose beginning is then left at the end
 * of the line above: "bounce:0 Mar 16", "… Mar 16 21:40:40 web1".
 */
static struct ol_span drop_tail(const struct ol_framer *f, struct ol_span text)
{
	struct ol_span s = ol_span_rtrim(text), t, end;
	struct ol_line probe;

	ol_transport_line_init(&probe);
	if (s.n > f->host_n + 16 && ol_span_ends(s, ol_span(f->host, f->host_n)) &&
	    s.p[s.n - f->host_n - 1] == ' ') {
		t = ol_span_head(s, s.n - f->host_n - 1);
		end = ol_span_skip(t, t.n - 15);
		return ol_is_alpha(end.p[0]) && ol_transport_date(&end, &probe) && !end.n
			       ? ol_span_head(t, t.n - 15)
			       : text;
	}
	for (int round = 0; round < 2; round++) {
		char full[] = "Mmm dd 00:00:00";
		size_t n = round ? 6 : 15; /* without the time, with it */

		if (s.n <= n || s.p[s.n - n - 1] != ' ' || !ol_is_alpha(s.p[s.n - n]))
			continue;
		memcpy(full, s.p + s.n - n, n);
		end = ol_span(full, 15);
		if (ol_transport_date(&end, &probe) && !end.n && probe.wall_us != OL_TIME_NONE)
			return ol_span_head(s, s.n - n);
	}
	return text;
}

static int emit_prefixed(struct ol_framer *f, struct ol_line *l, struct ol_span t, unsigned depth)
{
	bool many = depth > 0;

	if (l->quoted && f->host_n)
		t = drop_tail(f, t);
	if (l->prefixed)
		f->kmsg_paste = false;
	/* what a wrapped paste left of records whose newlines were written as \x0a or #012 */
	if (!l->prefixed && f->kmsg_paste && ol_span_find(t, OL_SPAN("\\x0a")) >= 0) {
		int rc = ol_transport_unescape(f, &t);

		if (rc < 0)
			return rc;
		many = true;
	}
	if (l->transport >= OL_TR_SYSLOG ? memchr(t.p ? t.p : "", '#', t.n) != NULL
					 : !l->prefixed && ol_span_find(t, OL_SPAN("#012")) >= 0) {
		int rc = ol_transport_unhash(f, &t);

		if (rc < 0)
			return rc;
		many = true;
	}
	if (ol_transport_joined(l, t))
		return ol_transport_apart(f, l, t);
	return many ? ol_transport_emit(f, l, t) : emit1(f, l, t);
}

/* Is what stands before a stamp the head of a copy by grep: one word that ends in ':' or '-'? */
static bool grep_head(struct ol_span noise)
{
	return noise.n && ol_span_chr(noise, ' ') < 0 &&
	       (noise.p[noise.n - 1] == ':' || noise.p[noise.n - 1] == '-');
}

/* kubectl's "[pod/web-0/app] ", compose's "web-1  | ": no console has that */
static bool container_head(struct ol_span noise)
{
	return ol_span_starts(noise, OL_SPAN("[pod/")) || ol_span_ends(noise, OL_SPAN("|"));
}

/* No prefix at the front: perhaps one further right, else plain text. */
static int emit_unprefixed(struct ol_framer *f, struct ol_line *l, struct ol_span s, unsigned depth)
{
	struct ol_line in = *l;
	struct ol_span noise, t;
	ssize_t at = ol_transport_mid_syslog(s);
	bool wrapped = l->prefixed, sure;
	int rc;

	if (at < 0)
		at = ol_transport_mid_stamp(s);
	if (at < 0)
		return emit_prefixed(f, l, s, depth);
	t = ol_span_skip(s, (size_t)at);
	noise = ol_span_rtrim(ol_span_head(s, (size_t)at));
	in.outside = ol_span_head(s, (size_t)at);
	if (wrapped)
		in.transport = in.transport == OL_TR_PLAIN ? OL_TR_OTHER : in.transport;
	if (!ol_transport_prefix(f, &in, &t, depth + 1))
		return emit_prefixed(f, l, s, depth);
	/* what stands behind a stamp or a head of its own is no file's name */
	sure = !noise.n || (!wrapped && noise.n == (size_t)at && grep_head(noise)) || l->quoted;
	/* nor has it syslog lines */
	if (!sure && !in.wrapped)
		in.wrapped = in.tag.p || in.host.p || container_head(noise) ? OL_WRAP_PREFIX
									    : OL_WRAP_NOISE;
	if (in.transport == OL_TR_SYSLOG && noise.n && !l->quoted)
		in.transport = OL_TR_OTHER;
	if ((l->quoted || f->apart || ol_transport_ends_line(f, l, noise)) && noise.n && !wrapped) {
		/* filled again: what stands before is the end of the line above */
		f->apart = true;
		rc = emit_prefixed(f, l, ol_span_head(s, (size_t)at), depth);
		if (rc < 0)
			return rc;
		in.joined = true;
		in.own_stamp = in.mono_us != OL_TIME_NONE;
	}
	return emit_prefixed(f, &in, t, depth);
}

/* The first time that stands in a prefix of which nothing else is known. */
static void foreign_stamp(struct ol_line *l, struct ol_span prefix)
{
	for (; prefix.n; prefix = ol_span_skip(prefix, 1)) {
		struct ol_span end = prefix;
		struct ol_line probe;

		ol_transport_line_init(&probe);
		if (ol_is_digit(end.p[0])) {
			size_t n = 0;

			while (n < end.n && !memchr(" ],|)<", end.p[n], 6))
				n++;
			end.n = n;
			if (!ol_transport_iso(&end, &probe))
				continue;
		} else if (!ol_is_alpha(end.p[0]) || !ol_transport_date(&end, &probe)) {
			continue;
		}
		l->wall_us = probe.wall_us;
		l->wall_zone = probe.wall_zone;
		l->wall_noyear = probe.wall_noyear;
		l->stamp = ol_span(prefix.p, (size_t)(end.p - prefix.p));
		return;
	}
}

/*
 * @s, whose first @n bytes are a prefix that was learned. Whom it names is who sent the line, as
 * long as nothing behind it says more. A file's name in front of the kernel's own stamp, by grep,
 * takes nothing from what that proves.
 */
static int behind_foreign(struct ol_framer *f, struct ol_line *l, struct ol_span s, size_t n)
{
	struct ol_span prefix = ol_span_head(s, n), rest = ol_span_skip(s, n), t = rest;
	struct ol_line probe;

	foreign_stamp(l, prefix);
	ol_foreign_quoter(l, prefix);
	ol_transport_set(l, OL_TR_OTHER);
	l->prefixed = true;
	l->source = ol_foreign_source(prefix);
	ol_transport_line_init(&probe);
	if (!grep_head(ol_span_rtrim(prefix)) || !ol_transport_kstamp(&t, &probe, 6))
		l->wrapped = OL_WRAP_PREFIX;
	return ol_transport_text(f, l, rest, 1);
}

int ol_transport_text(struct ol_framer *f, struct ol_line *l, struct ol_span s, unsigned depth)
{
	struct ol_span t;
	size_t k;
	int rc;

	while (s.n && s.p[0] == '\r')
		s = ol_span_skip(s, 1);
	ol_span_eat(&s, OL_SPAN("\357\273\277"));
	k = f->foreign_n && !depth ? ol_foreign_len(f, s) : 0;
	if (k)
		return behind_foreign(f, l, s, k);
	k = s.n && (s.p[0] == '>' || ol_is_blank(s.p[0])) ? quote_len(s) : 0;
	if (k) {
		l->quoted = true;
		s = ol_span_skip(s, k);
	}
	t = ol_span_ltrim(s);
	k = t.n && !f->dj.on ? ol_transport_in_quotes(&t) : 0;
	if (k)
		s = t;
	if (t.n > 2 && (t.p[0] == '[' || t.p[0] == '<') && (ol_is_alpha(t.p[1]) || t.p[1] == '/')) {
		k = ol_transport_tags(t);
		s = k ? ol_span_skip(t, k) : s;
		t = ol_span_ltrim(s);
	}
	if (t.n && depth < OL_TRANSPORT_DEPTH) {
		rc = 1;
		if (ol_is_digit(t.p[0])) {
			rc = ol_transport_kmsg(f, l, t);
			if (rc == 1)
				rc = ol_transport_cri(f, l, t, depth);
			if (rc == 1)
				rc = ol_transport_fluentd(f, l, t, depth);
		} else if (t.p[0] == '{') {
			rc = ol_transport_json(f, l, t, depth);
		} else if (ol_is_alpha(t.p[0]) || t.p[0] == '@' || t.p[0] == '[') {
			rc = t.p[0] == '[' ? 1 : ol_transport_logfmt(f, l, t, depth);
			if (rc == 1)
				rc = ol_transport_fluentbit(f, l, t, depth);
		}
		if (rc == 1 && (f->dj.on || t.p[0] == '"'))
			rc = ol_transport_dmesg_json(f, l, t);
		if (rc != 1)
			return rc;
	}
	if (!ol_transport_prefix(f, l, &s, depth))
		return emit_unprefixed(f, l, s, depth);
	/* a wrapper whose end we do not know: "2026-… 0x1f0f Default vm.hyper: [12.345678] …" */
	if (l->transport == OL_TR_OTHER && l->writer == OL_WRITER_UNKNOWN && !l->tag.p)
		return emit_unprefixed(f, l, s, depth);
	while (l->quoted && l->tag.p && l->writer == OL_WRITER_KERNEL) {
		struct ol_line head = *l;
		ssize_t at = ol_transport_mid_syslog(s);

		if (at < 0)
			break;
		rc = emit_prefixed(f, &head, ol_span_head(s, (size_t)at), depth);
		if (rc < 0)
			return rc;
		s = ol_span_skip(s, (size_t)at);
		l->stamp = l->host = l->tag = l->caller = ol_span(NULL, 0);
		l->mono_us = OL_TIME_NONE;
		if (!ol_transport_prefix(f, l, &s, depth))
			break;
		l->joined = true;
	}
	return emit_prefixed(f, l, s, depth);
}

/* Text that came out of a wrapper's own escaping: newlines in it separate lines. */
int ol_transport_inner(struct ol_framer *f, struct ol_line *l, struct ol_span text, unsigned depth)
{
	for (;;) {
		ssize_t nl = ol_span_chr(text, '\n');
		struct ol_span piece = nl < 0 ? text : ol_span_head(text, (size_t)nl);
		struct ol_line one = *l;
		int rc = 0;

		if (ol_transport_marks(piece) & OL_MARK_RAW)
			rc = ol_transport_clean(f, &piece);
		if (rc == 0)
			rc = ol_transport_text(f, &one, piece, depth);
		if (rc < 0)
			return rc;
		if (nl < 0 || (size_t)nl + 1 == text.n)
			return 0;
		text = ol_span_skip(text, (size_t)nl + 1);
		l->joined = true;
	}
}

static size_t indent_of(struct ol_span s)
{
	size_t n = 0;

	while (n < s.n && ol_is_blank(s.p[n]))
		n++;
	return n;
}

/*
 *	Nov 20 18:51:21 web1 app[812]: text
 *				       its second line
 * What is deeper than a program's line goes on with it, whatever it looks like. Where all of a
 * paste is indented, or what the kernel said is, no program's line stands before it that is less
 * so.
 */
static bool goes_on(struct ol_framer *f, struct ol_line *l, struct ol_span s)
{
	struct ol_transport_row *row = &f->row;

	f->indent = indent_of(s);
	if (row->n && row->last && row->line.writer == OL_WRITER_USER) {
		f->message.lineno = l->lineno - 1;
		f->message.indent = indent_of(ol_span(row->prefix, row->n));
	}
	if (!f->message.lineno || l->lineno != f->message.lineno + 1)
		return false;
	if (f->indent < s.n && f->indent <= f->message.indent)
		return false;
	f->message.lineno = l->lineno;
	if (f->indent == s.n)
		return false;
	l->writer = OL_WRITER_USER;
	return true;
}

static bool is_dictionary(struct ol_span s)
{
	size_t i = 1;

	while (i < s.n && ((s.p[i] >= 'A' && s.p[i] <= 'Z') || s.p[i] == '_'))
		i++;
	return s.n > 2 && s.p[0] == ' ' && i > 2 && i < s.n && s.p[i] == '=';
}

int ol_framer_push(struct ol_framer *f, struct ol_span physical, uint64_t lineno, uint64_t byte,
		   bool cut)
{
	struct ol_line l;
	struct ol_span s = physical;
	unsigned marks;
	int rc;

	f->piece = false;
	if (f->row.n && !cut && !f->qp.on && f->exp.state == OL_EXP_OFF && !f->after_kmsg &&
	    !f->dj.on && ol_transport_row_like(f, &l, s)) {
		l.lineno = lineno;
		l.byte = byte;
		l.again = f->row.last;
		l.row_again = l.row && f->row.last_row;
		f->row.last = true;
		f->row.last_row = l.row != NULL;
		f->kmsg_paste = false;
		return hand_out(f, &l, l.text);
	}
	ol_transport_line_init(&l);
	l.raw = physical;
	l.lineno = lineno;
	l.byte = byte;
	l.cut = cut;
	if (!s.n)
		s = l.raw = ol_span(physical.p ? physical.p : "", 0);
	f->physical = l.raw.p;
	if (s.n > OL_LINE_MAX) {
		s.n = OL_LINE_MAX;
		l.cut = true;
	}
	if (f->exp.state != OL_EXP_OFF || (s.n > 9 && s.p[0] == '_' && s.p[1] == '_')) {
		rc = ol_transport_export(f, &l, s);
		if (rc != 1)
			return rc;
	}
	if (f->qp.open || memchr(s.p, '=', s.n)) {
		rc = ol_transport_qp(f, &l, &s);
		if (rc)
			return rc < 0 ? rc : 0;
	}
	marks = ol_transport_marks(s);
	if (marks & OL_MARK_RAW) {
		rc = ol_transport_clean(f, &s);
		if (rc < 0)
			return rc;
	}
	if (marks & OL_MARK_BSLASH) {
		rc = ol_transport_markdown(f, &s);
		if (rc < 0)
			return rc;
	}
	if (f->after_kmsg) {
		if (is_dictionary(s))
			return 0;
		f->after_kmsg = false;
	}
	if (goes_on(f, &l, s))
		return emit_prefixed(f, &l, s, 0);
	return ol_transport_text(f, &l, s, 0);
}

void ol_framer_begin(struct ol_framer *f)
{
	f->host_n = 0;
	f->foreign_n = f->foreign_next = 0;
	f->leaf[0] = '\0';
	f->exports = f->doubt = f->piece = false;
	f->message.lineno = 0;
	f->kmsg_paste = f->after_kmsg = f->dj.on = false;
	f->qp.on = f->qp.open = f->apart = false;
	f->kernel_line = 0;
	f->tail = 0;
	f->kernel_seen = f->kern_seen = false;
}

void ol_framer_doubt(struct ol_framer *f)
{
	f->doubt = true;
}

enum ol_records ol_framer_records(const struct ol_framer *f)
{
	return f->exports ? OL_RECORDS_EXPORT : f->dj.on ? OL_RECORDS_DMESG_JSON : OL_RECORDS_LINES;
}

bool ol_framer_inside(const struct ol_framer *f)
{
	return f->piece || f->exp.state != OL_EXP_OFF;
}

int ol_framer_flush(struct ol_framer *f)
{
	int rc = ol_transport_export_end(f);

	f->piece = false;
	f->message.lineno = 0;
	f->row.n = 0;
	f->rel.n = 0; /* what is skipped here may hold the next full stamp */
	if (rc >= 0)
		rc = ol_transport_qp_flush(f);
	if (rc < 0)
		return rc;
	return ol_transport_record_flush(f);
}
