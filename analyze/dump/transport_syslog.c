// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/gfp.h"
#include "analyze/dump/transport_impl.h"

#include <errno.h>

/* What stands between the wall stamp and the message: host, tag, facility, kernel stamp. */

static struct ol_span token(struct ol_span s)
{
	const char *q;
	size_t n = s.n < 512 ? s.n : 512;

	if (!n)
		return s;
	q = memchr(s.p, ' ', n);
	return ol_span_head(s, q ? (size_t)(q - s.p) : s.n);
}

static bool same_nocase(struct ol_span a, const char *lower)
{
	size_t i = 0;

	for (; i < a.n && lower[i]; i++) {
		char c = a.p[i];

		if (c >= 'A' && c <= 'Z')
			c |= 0x20;
		if (c != lower[i])
			return false;
	}
	return i == a.n && !lower[i];
}

bool ol_transport_is_kernel_tag(struct ol_span tag)
{
	if (!tag.n)
		return false;
	switch (tag.p[0] | 0x20) {
	case 'k':
		return same_nocase(tag, "kernel") || same_nocase(tag, "kern") ||
		       same_nocase(tag, "klogd");
	case 'v':
		return same_nocase(tag, "vmunix");
	case 'i':
		return same_nocase(tag, "imklog");
	default:
		return same_nocase(tag, "(kernel)");
	}
}

/* First words of kernel messages that end in a colon and so look like a tag when none is there. */
static bool kernel_word(struct ol_span w)
{
	static const char *const words[] = {
#define OL_ZONE(id, name, lower) lower,
		OL_ZONES(OL_ZONE)
#undef OL_ZONE
#define TAG(s) s,
#define WORDS(s)
#define SEE(s)
#define ANCHOR(s, at, bucket, near, role)
#define OL_LINE(kind, part, phase, flag, where, literal, how, marks) marks
#include "analyze/dump/lines.def"
#undef OL_LINE
#undef ANCHOR
#undef SEE
#undef WORDS
#undef TAG
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (same_nocase(w, words[i]))
			return true;
	return false;
}

struct tag {
	struct ol_span name, pid; /* .pid: absent when there is none */
};

/*
 * "kernel: ", "kernel[123]: ", "kernel:[12.3] ", "sshd[123]: ", "(kernel): ". Eats the colon and
 * one blank. The host before it is not part of this.
 */
static bool eat_tag(struct ol_span *s, struct tag *ret)
{
	const char *p = s->p, *e = p + (s->n < 256 ? s->n : 256), *q;
	struct ol_span tag, pid = { NULL, 0 };

	for (q = p; q < e && *q != ':' && *q != '[' && *q != ' ' && *q != '=' && *q != '"'; q++)
		;
	if (q == p || q == e || q - p > 128)
		return false;
	tag = ol_span(p, (size_t)(q - p));
	if (*q == '[') {
		const char *b = ++q;

		for (; q < e && *q != ']' && *q != ' ' && *q != ':'; q++)
			;
		if (q == e || *q != ']' || q == b || ++q == e)
			return false;
		pid = ol_span(b, (size_t)(q - 1 - b));
	}
	if (*q != ':')
		return false;
	q++;
	if (q < s->p + s->n && *q != ' ') {
		/* imklog with a format of its own leaves the blank out */
		if (!ol_transport_is_kernel_tag(tag))
			return false;
	} else if (q < s->p + s->n) {
		q++;
	}
	*s = ol_span_skip(*s, (size_t)(q - p));
	*ret = (struct tag){ tag, pid };
	return true;
}

/*
 * "kernel[123]: " is what a program writes that calls itself so: the kernel is no process. Only
 * that of macOS signs as number 0.
 */
static bool is_kernels(const struct tag *tag)
{
	return ol_transport_is_kernel_tag(tag->name) && (!tag->pid.p || ol_span_eqs(tag->pid, "0"));
}

static bool is_host(struct ol_span w)
{
	if (!w.n || w.n > 255)
		return false;
	for (size_t i = 0; i < w.n; i++) {
		char c = w.p[i];

		if (!ol_is_alpha(c) && !ol_is_digit(c) && c != '-' && c != '.' && c != '_' &&
		    c != ':' && c != '/' && c != '@' && c != '%' && !((unsigned char)c & 0x80))
			return false;
	}
	return w.p[w.n - 1] != ':';
}

/* 10.0.0.9, fe80::1: what stands for a relay whose name is not known */
static bool is_address(struct ol_span w)
{
	bool v6 = ol_span_chr(w, ':') >= 0;

	for (size_t i = 0; i < w.n; i++)
		if (w.p[i] != '.' && w.p[i] != ':' &&
		    !(v6 ? ol_is_xdigit(w.p[i]) : ol_is_digit(w.p[i])))
			return false;
	return v6 || ol_span_chr(w, '.') > 0;
}

static void learn_host(struct ol_framer *f, struct ol_span host)
{
	if (host.n > sizeof(f->host) || ol_span_eq(ol_span(f->host, f->host_n), host))
		return;
	memcpy(f->host, host.p, host.n);
	f->host_n = host.n;
}

static bool known_host(const struct ol_framer *f, struct ol_span w)
{
	return f->host_n && ol_span_eq(ol_span(f->host, f->host_n), w);
}

/* "message repeated 3 times: [ text]" -> "text" */
static void eat_repeated(struct ol_span *s)
{
	struct ol_span t = *s;
	uint64_t n;

	if (!ol_span_eat(&t, OL_SPAN("message repeated ")) || !ol_eat_u64(&t, &n) ||
	    !ol_span_eat(&t, OL_SPAN(" times: [")))
		return;
	t = ol_span_rtrim(t);
	if (!t.n || t.p[t.n - 1] != ']')
		return;
	t.n--;
	ol_span_eat(&t, OL_SPAN(" "));
	*s = t;
}

/* What may stand between "kernel: " and the message: "<4>" (old klogd), "[12.345678] ", caller. */
void ol_transport_kernel_body(struct ol_line *l, struct ol_span *s)
{
	struct ol_span t = *s;

	if (!t.n)
		return;
	if (t.p[0] == 'm')
		eat_repeated(&t);
	if (t.n && t.p[0] == '<')
		ol_transport_pri(&t, l);
	if (ol_transport_kstamp(&t, l, 1))
		ol_transport_caller(&t, l);
	*s = t;
}

/*
 * "foo: <4>[39291577.009340] text": a program that passes a console or /dev/kmsg on. The stamp is
 * what tells it; whose line it is stays as the transport says.
 */
static void eat_copy(struct ol_line *l, struct ol_span *s)
{
	struct ol_span t = *s;
	struct ol_line level;

	ol_transport_pri(&t, &level);
	if (!ol_transport_kstamp(&t, l, 6))
		return;
	ol_transport_caller(&t, l);
	*s = t;
}

/* A tag was found: whose is it, and what does the rest say? */
static void take_tag(struct ol_framer *f, struct ol_line *l, struct ol_span *s,
		     const struct tag *tag)
{
	l->tag = tag->name;
	if (is_kernels(tag)) {
		l->writer = OL_WRITER_KERNEL;
		if (l->host.p && !(l->wrapped && f->kernel_seen))
			learn_host(f, l->host);
		ol_transport_kernel_body(l, s);
		/*
		 * glibc's syslog() turns facility kern into user, and so do busybox klogd's
		 * records: text logs of such systems say "user.warn kernel:" on each kernel
		 * line. There the facility proves nothing; elsewhere ("<12>…", /dev/kmsg, a log
		 * that says "kern.warn" as well) it is what gives a forger away.
		 */
		if (l->facility > 0)
			l->writer = l->facility_text && l->facility == 1 &&
						    l->mono_us != OL_TIME_NONE && !f->kern_seen
					    ? OL_WRITER_UNKNOWN
					    : OL_WRITER_USER;
		if (!f->kern_seen && l->facility_text && l->facility == 0 && !l->wrapped) {
			f->kern_seen = true;
			f->row.n = 0; /* what is kept may be such a line's */
		}
	} else {
		l->writer = OL_WRITER_USER;
		eat_repeated(s);
		eat_copy(l, s);
	}
}

/* "kern.warn", "<kern.warn>": busybox and OpenWrt */
static bool eat_fac_level(struct ol_span *s, struct ol_line *l)
{
	struct ol_span w = token(*s), rest = ol_span_skip(*s, w.n + 1);
	ssize_t dot;
	int fac, lev;

	if (w.n > 2 && w.p[0] == '<' && w.p[w.n - 1] == '>')
		w = ol_span(w.p + 1, w.n - 2);
	if (w.n < 7 || w.n > 24)
		return false;
	dot = ol_span_chr(w, '.');
	if (dot < 3)
		return false;
	fac = ol_transport_facility(ol_span_head(w, (size_t)dot));
	lev = ol_transport_level(ol_span_skip(w, (size_t)dot + 1));
	if (fac < 0 || lev < 0)
		return false;
	l->facility = fac;
	l->facility_text = true;
	l->level = lev;
	*s = rest;
	return true;
}

/* metalog: "[kernel] text", or a stamp: "[12.345678] text"; not a task row "[ 1234]" */
static bool in_brackets(struct ol_framer *f, struct ol_line *l, struct ol_span *s)
{
	struct ol_span t = *s;
	ssize_t close = ol_span_chr(ol_span_head(t, 64), ']');
	struct tag tag;

	if (ol_transport_kstamp(&t, l, 1)) {
		ol_transport_caller(&t, l);
		l->writer = OL_WRITER_KERNEL;
		*s = t;
		return true;
	}
	if (close <= 1 || (size_t)close + 1 >= t.n || t.p[close + 1] != ' ' ||
	    (!ol_is_alpha(t.p[1]) && t.p[1] != '('))
		return false;
	tag = (struct tag){ .name = ol_span(t.p + 1, (size_t)close - 1) };
	if (!is_host(tag.name) && !ol_transport_is_kernel_tag(tag.name))
		return false;
	*s = ol_span_skip(t, (size_t)close + 2);
	if (l->transport == OL_TR_SYSLOG)
		l->transport = OL_TR_METALOG;
	take_tag(f, l, s, &tag);
	return true;
}

/* "kern.warn kernel: text", "kern.warn text" */
static bool facility_and_tag(struct ol_framer *f, struct ol_line *l, struct ol_span *s)
{
	struct tag tag;

	if (!eat_fac_level(s, l))
		return false;
	if (eat_tag(s, &tag))
		take_tag(f, l, s, &tag);
	else
		l->writer = l->facility ? OL_WRITER_USER : OL_WRITER_KERNEL;
	return true;
}

/* A relay's address before the host: "10.0.0.9 web1 kernel: "; *@s is behind @relay. */
static bool behind_relay(struct ol_framer *f, struct ol_line *l, struct ol_span *s,
			 struct ol_span relay)
{
	struct ol_span host = token(*s), t = ol_span_ltrim(ol_span_skip(*s, host.n));
	bool address;
	struct tag tag;

	if (!is_host(host) || !eat_tag(&t, &tag) || !ol_transport_is_kernel_tag(tag.name))
		return false;
	address = is_address(relay);
	l->host = address ? host : relay;
	*s = t;
	if (!address) /* a program that calls itself "x kernel" */
		tag.name = ol_span(host.p, (size_t)(tag.name.p + tag.name.n - host.p));
	take_tag(f, l, s, &tag);
	return true;
}

/* *@s is behind @host, if it is one. */
static bool behind_host(struct ol_framer *f, struct ol_line *l, struct ol_span *s,
			struct ol_span host)
{
	struct ol_span t = *s;
	struct tag tag;

	if (facility_and_tag(f, l, &t)) {
		l->host = host;
		*s = t;
		return true;
	}
	if (eat_tag(&t, &tag)) {
		bool text = !ol_transport_is_kernel_tag(tag.name) && kernel_word(tag.name);

		if (text && !known_host(f, host))
			return false; /* "Call Trace:", "Hardware name:" behind a date alone */
		l->host = host;
		if (text)
			return true;
		*s = t;
		take_tag(f, l, s, &tag);
		return true;
	}
	if (t.n && t.p[0] == '[' && ol_transport_kstamp(&t, l, 6)) {
		ol_transport_caller(&t, l);
		l->host = host;
		l->writer = OL_WRITER_KERNEL;
		*s = t;
		return true;
	}
	if (known_host(f, host) || ol_span_starts(t, OL_SPAN("last message repeated ")) ||
	    ol_span_starts(t, OL_SPAN("-- MARK --"))) {
		l->host = host;
		return true;
	}
	return behind_relay(f, l, s, host);
}

/* Behind a wall stamp, at the first byte that is not a blank. What it eats it describes in @l. */
static bool host_and_tag(struct ol_framer *f, struct ol_line *l, struct ol_span *s)
{
	struct ol_span t = *s, host;
	struct tag tag;

	if (t.n > 3 && t.p[0] == '[')
		return in_brackets(f, l, s);
	if (facility_and_tag(f, l, s))
		return true;
	if (eat_tag(&t, &tag)) { /* no host */
		if (kernel_word(tag.name))
			return false;
		*s = t;
		take_tag(f, l, s, &tag);
		return true;
	}
	host = token(t);
	t = ol_span_ltrim(ol_span_skip(t, host.n));
	if (!is_host(host) || !behind_host(f, l, &t, host))
		return false;
	*s = t;
	return true;
}

/* VMware's vmware.log, what the guest's kernel said: "In(05) vcpu-5 - Guest: text" */
static bool eat_vmware(struct ol_line *l, struct ol_span *s)
{
	struct ol_span t = *s;

	if (t.n < 8 || !ol_is_alpha(t.p[0]) || !ol_is_alpha(t.p[1]) || t.p[2] != '(' ||
	    !ol_is_digit(t.p[3]) || !ol_is_digit(t.p[4]) || t.p[5] != ')' || t.p[6] != ' ')
		return false;
	t = ol_span_skip(t, 7);
	t = ol_span_skip(t, token(t).n);
	if (!ol_span_eat(&t, OL_SPAN(" - Guest: ")))
		return false;
	ol_transport_set(l, OL_TR_OTHER);
	l->tag = ol_span(t.p - 7, 5);
	eat_copy(l, &t);
	*s = t;
	return true;
}

/*
 * Behind "Nov 20 18:51:21", an ISO stamp or the like:
 *   web1 kernel: [12345.678901] text      web1 kernel: text        kernel: [12345.678901] text
 *   web1 sshd[812]: text                  cron[77]: text           web1 kern.warn kernel: text
 *   [kernel] [12345.678901] text          [12345.678901] text      text
 * and a second wrapper inside. Never fails: what it does not know stays in *@s.
 */
bool ol_transport_after_date(struct ol_framer *f, struct ol_line *l, struct ol_span *s,
			     unsigned depth)
{
	struct ol_span t = ol_span_ltrim(*s), in;

	/* logread -t: "[1706314472.123] " between stamp and facility */
	if (l->transport == OL_TR_OPENWRT && t.n && t.p[0] == '[') {
		struct ol_line probe = *l;

		in = t;
		if (ol_transport_kstamp(&in, &probe, 3)) {
			in = ol_span_ltrim(in);
			if (eat_fac_level(&in, &probe))
				t = ol_span_ltrim(ol_span_skip(t, (size_t)ol_span_chr(t, ']') + 1));
		}
	}
	if (host_and_tag(f, l, &t) || eat_vmware(l, &t)) {
		*s = t;
		return true;
	}
	/* a relay that puts its stamp and the sender's address before the whole line */
	in = token(t);
	if (depth < OL_TRANSPORT_DEPTH && is_host(in) && in.n < t.n) {
		struct ol_line probe = *l;

		in = ol_span_ltrim(ol_span_skip(t, in.n));
		if (ol_transport_date(&in, &probe)) {
			ol_transport_after_date(f, l, &in, depth + 1);
			*s = in;
			return true;
		}
	}
	in = t;
	if (depth < OL_TRANSPORT_DEPTH && ol_transport_prefix(f, l, &in, depth + 1)) {
		*s = in;
		return true;
	}
	/* the one blank of the prefix is gone, indentation behind it belongs to the text */
	ol_span_eat(s, OL_SPAN(" "));
	return false;
}

/*
 * journalctl -o short-monotonic: "[ 12345.678901] web1 kernel: text". *@s is behind the stamp. A
 * tag other than the kernel's counts only behind a host that has already said "kernel:", as "Web
 * Content[77]: segfault at …" is the kernel's own text.
 */
bool ol_transport_after_kstamp(struct ol_framer *f, struct ol_line *l, struct ol_span *s)
{
	struct ol_span t = *s, host;
	ssize_t k = ol_span_chr(ol_span_head(t, 256), ' ');
	struct tag tag;

	if (k < 1 || (size_t)k + 2 > t.n)
		return false;
	host = ol_span_head(t, (size_t)k);
	t = ol_span_skip(t, (size_t)k + 1);
	if ((t.p[0] | 0x20) != 'k' && !known_host(f, host))
		return false;
	if (!is_host(host) || !eat_tag(&t, &tag))
		return false;
	if (!ol_transport_is_kernel_tag(tag.name) && !known_host(f, host))
		return false;
	if (!ol_span_eqs(tag.name, "kernel") && ol_transport_is_kernel_tag(tag.name))
		return false;
	if (kernel_word(tag.name))
		return false;
	l->host = host;
	ol_transport_set(l, OL_TR_JOURNAL);
	*s = t;
	take_tag(f, l, s, &tag);
	return true;
}

/* journalctl -o short-unix: "1763664681.123456 web1 kernel: text" */
bool ol_transport_unix(struct ol_framer *f, struct ol_line *l, struct ol_span *s)
{
	struct ol_span t = *s, stamp, host;
	struct tag tag;
	uint64_t sec, us;

	if (!ol_eat_u64(&t, &sec) || sec > 99999999999 || !ol_span_eat(&t, OL_SPAN(".")))
		return false;
	stamp = ol_span_head(t, 6);
	if (!ol_span_u64(stamp, &us) || stamp.n != 6)
		return false;
	t = ol_span_skip(t, 6);
	stamp = ol_span(s->p, (size_t)(t.p - s->p));
	if (!ol_span_eat(&t, OL_SPAN(" ")))
		return false;
	host = token(t);
	if (!is_host(host))
		return false;
	t = ol_span_ltrim(ol_span_skip(t, host.n));
	if (!eat_tag(&t, &tag) || kernel_word(tag.name))
		return false;
	if (sec >= 100000000) {
		l->wall_us = (int64_t)(sec * 1000000 + us);
		l->wall_zone = true;
		l->wall_noyear = false;
	} else {
		l->mono_us = (int64_t)(sec * 1000000 + us);
	}
	if (!l->stamp.p)
		l->stamp = stamp;
	l->host = host;
	ol_transport_set(l, OL_TR_JOURNAL);
	*s = t;
	take_tag(f, l, s, &tag);
	return true;
}

static bool eat_sd(struct ol_span *s)
{
	struct ol_span t = *s;

	if (ol_span_eat(&t, OL_SPAN("-"))) {
		*s = t;
		return true;
	}
	if (!t.n || t.p[0] != '[')
		return false;
	while (t.n && t.p[0] == '[') {
		bool quote = false;
		size_t i = 1;

		for (; i < t.n && (quote || t.p[i] != ']'); i++) {
			if (quote && t.p[i] == '\\')
				i++;
			else if (t.p[i] == '"')
				quote = !quote;
		}
		if (i >= t.n)
			return false;
		t = ol_span_skip(t, i + 1);
	}
	*s = t;
	return true;
}

/*
 * RFC 5424, behind "<4>":
 *   1 2026-11-20T18:51:21.123456Z web1 kernel - - - [12345.678901] text
 *   1 2026-11-20T18:51:21Z web1 app 812 ID47 [a@1 k="v"][b@2] BOM text
 */
bool ol_transport_5424(struct ol_framer *f, struct ol_line *l, struct ol_span *s)
{
	struct ol_span t = *s, field[4], none = { NULL, 0 };
	struct ol_line at = *l;

	if (!ol_span_eat(&t, OL_SPAN("1 ")))
		return false;
	if (!ol_span_eat(&t, OL_SPAN("-")) && !ol_transport_iso(&t, &at))
		return false;
	for (int i = 0; i < 4; i++) { /* host, app, procid, msgid */
		if (!ol_span_eat(&t, OL_SPAN(" ")))
			return false;
		field[i] = token(t);
		if (!field[i].n || field[i].n > 255)
			return false;
		t = ol_span_skip(t, field[i].n);
	}
	if (!ol_span_eat(&t, OL_SPAN(" ")) || !eat_sd(&t))
		return false;
	ol_span_eat(&t, OL_SPAN(" "));
	ol_span_eat(&t, OL_SPAN("\357\273\277"));
	*l = at;
	ol_transport_set(l, OL_TR_SYSLOG5424);
	if (!ol_span_eqs(field[0], "-"))
		l->host = field[0];
	*s = t;
	if (!ol_span_eqs(field[1], "-"))
		take_tag(f, l, s,
			 &(struct tag){ field[1], ol_span_eqs(field[2], "-") ? none : field[2] });
	else if (l->facility == 0)
		ol_transport_kernel_body(l, s);
	return true;
}

/* Kubernetes' klog: "I0102 15:04:05.000000    1 file.go:12] text" */
bool ol_transport_klog(struct ol_line *l, struct ol_span *s)
{
	struct ol_span t = *s, head;
	unsigned h, m, sec, us, mon, day;
	ssize_t close;

	if (t.n < 30 || !memchr("IWEF", t.p[0], 4))
		return false;
	for (int i = 1; i < 5; i++)
		if (!ol_is_digit(t.p[i]))
			return false;
	mon = (unsigned)(t.p[1] - '0') * 10 + (unsigned)(t.p[2] - '0');
	day = (unsigned)(t.p[3] - '0') * 10 + (unsigned)(t.p[4] - '0');
	t = ol_span_skip(t, 5);
	if (!ol_span_eat(&t, OL_SPAN(" ")) || !ol_transport_hms(&t, &h, &m, &sec, &us))
		return false;
	head = ol_span_head(t, 160);
	close = ol_span_chr(head, ']');
	if (close < 4)
		return false;
	head = ol_span_trim(ol_span_head(t, (size_t)close));
	if (!head.n || !ol_is_digit(head.p[0]) || ol_span_chr(head, ':') < 0 ||
	    !ol_is_digit(head.p[head.n - 1]))
		return false;
	if (l->wall_us == OL_TIME_NONE) {
		l->wall_us = ol_time_us(1972, mon, day, h, m, sec, us);
		l->wall_noyear = l->wall_us != OL_TIME_NONE;
	}
	if (!l->stamp.p)
		l->stamp = ol_span(s->p, (size_t)(t.p - s->p));
	ol_transport_set(l, OL_TR_OTHER);
	l->writer = OL_WRITER_USER;
	t = ol_span_skip(t, (size_t)close + 1);
	ol_span_eat(&t, OL_SPAN(" "));
	*s = t;
	return true;
}

/* What is left of a pasted line: "kernel: text", "kernel:[12.3] text", "web1 kernel: text" */
bool ol_transport_kernel_colon(struct ol_framer *f, struct ol_line *l, struct ol_span *s)
{
	struct ol_span t = *s, host = ol_span(NULL, 0);
	struct tag tag;

	if (!ol_span_starts(t, OL_SPAN("kernel")) && !ol_span_starts(t, OL_SPAN("KERNEL"))) {
		if (!f->host_n || !ol_span_starts(t, ol_span(f->host, f->host_n)))
			return false;
		host = ol_span_head(t, f->host_n);
		t = ol_span_skip(t, f->host_n);
		if (!ol_span_eat(&t, OL_SPAN(" ")) || !ol_span_starts(t, OL_SPAN("kernel")))
			return false;
	}
	if (!eat_tag(&t, &tag) || !ol_transport_is_kernel_tag(tag.name))
		return false;
	if (host.p)
		l->host = host;
	ol_transport_set(l, OL_TR_JOURNAL);
	*s = t;
	take_tag(f, l, s, &tag);
	return true;
}

static int octal2(const char *p)
{
	if (p[0] < '0' || p[0] > '3' || p[1] < '0' || p[1] > '7')
		return -1;
	return (p[0] - '0') * 8 + (p[1] - '0');
}

/*
 * rsyslog's #012 for control bytes. Only those below 0x20: "#212-Ubuntu" is a build number. #000 is
 * dropped as a NUL in a file would be.
 */
int ol_transport_unhash(struct ol_framer *f, struct ol_span *s)
{
	struct ol_span t = *s;
	ssize_t k = ol_span_find(t, OL_SPAN("#0"));
	char *w;

	while (k >= 0 && ((size_t)k + 4 > t.n || octal2(t.p + k + 2) < 0)) {
		ssize_t next = ol_span_find(ol_span_skip(t, (size_t)k + 1), OL_SPAN("#0"));

		k = next < 0 ? -1 : k + 1 + next;
	}
	if (k < 0)
		return 0;
	if (!ol_transport_owns(f, t)) {
		if (!ol_transport_reserve(&f->scratch, t.n))
			return -ENOMEM;
		memcpy(f->scratch.p, t.p, t.n);
		t.p = f->scratch.p;
	}
	w = (char *)t.p + k;
	for (size_t i = (size_t)k; i < t.n;) {
		int c = -1;

		if (t.p[i] == '#' && i + 4 <= t.n && t.p[i + 1] == '0')
			c = octal2(t.p + i + 2);
		if (c < 0) {
			*w++ = t.p[i++];
			continue;
		}
		if (c)
			*w++ = (char)c;
		i += 4;
	}
	*s = ol_span(t.p, (size_t)(w - t.p));
	return 0;
}
