// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/transport_impl.h"

#include <errno.h>

/* Records that may need more than one physical line, or give more than one: kmsg, containers. */

static int hex1(char c)
{
	if (ol_is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The kernel's own escaping: "\x0a", "\x5c" */
int ol_transport_unescape(struct ol_framer *f, struct ol_span *s)
{
	struct ol_span t = *s;
	const char *p, *e;
	char *w;

	if (!t.n || !memchr(t.p, '\\', t.n))
		return 0;
	if (!ol_transport_owns(f, t)) {
		if (!ol_transport_reserve(&f->scratch, t.n))
			return -ENOMEM;
		memcpy(f->scratch.p, t.p, t.n);
		t.p = f->scratch.p;
	}
	w = (char *)t.p;
	for (p = t.p, e = p + t.n; p < e;) {
		if (e - p >= 4 && p[0] == '\\' && p[1] == 'x') {
			int hi = hex1(p[2]), lo = hex1(p[3]);

			if (hi >= 0 && lo >= 0) {
				*w++ = (char)(hi << 4 | lo);
				p += 4;
				continue;
			}
		}
		*w++ = *p++;
	}
	*s = ol_span(t.p, (size_t)(w - t.p));
	return 0;
}

struct kmsg_head {
	uint64_t pri, seq, usec;
	uint64_t frag_off, frag_len;
	bool frag;
	struct ol_span clock, caller, host, boot, wall, tag, text; /* clock: .usec as printed */
	size_t frag_at; /* offset of the number behind "ncfrag=" */
};

static bool eat_field(struct ol_span *s, struct ol_span *ret)
{
	size_t i = 0;

	while (i < s->n && i < 512 && s->p[i] != ',' && s->p[i] != ';')
		i++;
	if (i == s->n || i == 512)
		return false;
	*ret = ol_span_head(*s, i);
	*s = ol_span_skip(*s, i);
	return true;
}

/*
 * 6,1234,5678901,-;text
 * 4,1235,5678905,-,caller=T77;text
 * 4,1236,5678909,-,caller=C1,host=web1,boot=<32 hex>,wall=<usec>,tag=kernel;text
 * 6,1237,5678910,-,ncfrag=0/1800;first part of text            (extended netconsole)
 * 6.9.1-rc2,6,1238,5678911,-;text                               (the same with the release)
 * False: what *@ret holds means nothing.
 */
static bool parse_head(struct ol_span s, struct kmsg_head *ret)
{
	struct ol_span t = s, flags, field;
	ssize_t comma;

	memcpy(ret, ol_zeros, sizeof(*ret));
	if (!ol_eat_u64(&t, &ret->pri))
		return false;
	if (t.n && t.p[0] == '.') {
		comma = ol_span_chr(ol_span_head(t, 80), ',');
		if (comma < 2)
			return false;
		t = ol_span_skip(t, (size_t)comma + 1);
		if (!ol_eat_u64(&t, &ret->pri))
			return false;
	}
	if (!ol_span_eat(&t, OL_SPAN(",")) || !ol_eat_u64(&t, &ret->seq) ||
	    !ol_span_eat(&t, OL_SPAN(",")))
		return false;
	ret->clock = t;
	if (!ol_eat_u64(&t, &ret->usec))
		return false;
	ret->clock = ol_span_head(ret->clock, ret->clock.n - t.n);
	if (!ol_span_eat(&t, OL_SPAN(",")) || !eat_field(&t, &flags))
		return false;
	if (ret->pri > INT32_MAX || ret->usec > (uint64_t)INT64_MAX || !flags.n || flags.n > 4)
		return false;
	for (size_t i = 0; i < flags.n; i++)
		if (flags.p[i] != '-' && flags.p[i] != 'c' && flags.p[i] != '+')
			return false;
	while (ol_span_eat(&t, OL_SPAN(","))) {
		if (!eat_field(&t, &field))
			return false;
		if (ol_span_eat(&field, OL_SPAN("caller="))) {
			ret->caller = field;
		} else if (ol_span_eat(&field, OL_SPAN("host="))) {
			ret->host = field;
		} else if (ol_span_eat(&field, OL_SPAN("boot="))) {
			ret->boot = field;
		} else if (ol_span_eat(&field, OL_SPAN("wall="))) {
			ret->wall = field;
		} else if (ol_span_eat(&field, OL_SPAN("tag="))) {
			ret->tag = field;
		} else if (ol_span_eat(&field, OL_SPAN("ncfrag="))) {
			ret->frag_at = (size_t)(field.p - s.p);
			ret->frag = ol_eat_u64(&field, &ret->frag_off) &&
				    ol_span_eat(&field, OL_SPAN("/")) &&
				    ol_span_u64(field, &ret->frag_len) &&
				    ret->frag_len <= OL_LINE_MAX && ret->frag_off < ret->frag_len;
		}
	}
	if (!ol_span_eat(&t, OL_SPAN(";")))
		return false;
	ret->text = t;
	return true;
}

static void describe(struct ol_framer *f, struct ol_line *l, const struct kmsg_head *h)
{
	int64_t wall;
	struct ol_span w = h->wall;

	ol_transport_set(l, OL_TR_KMSG);
	l->prefixed = true;
	l->facility = (int)(h->pri >> 3);
	l->level = (int)(h->pri & 7);
	l->mono_us = (int64_t)h->usec;
	l->caller = h->caller;
	l->boot = h->boot;
	if (h->host.p)
		l->host = h->host;
	l->tag = h->tag;
	/* the wall clock that our collector adds, or the kernel's own */
	if (ol_eat_i64(&w, &wall) && !w.n && wall > 0) {
		l->wall_us = wall;
		l->wall_zone = true;
		l->wall_noyear = false;
		l->stamp = h->wall;
	} else if (!l->stamp.p) {
		l->stamp = h->clock;
	}
	if (l->facility > 0 || (h->tag.n && !ol_transport_is_kernel_tag(h->tag)))
		l->writer = OL_WRITER_USER;
	else
		l->writer = OL_WRITER_KERNEL;
	if (!l->wrapped)
		f->after_kmsg = f->kmsg_paste = true;
}

static int emit_text(struct ol_framer *f, struct ol_line *l, struct ol_span text)
{
	int rc = ol_transport_unescape(f, &text);

	return rc < 0 ? rc : ol_transport_emit(f, l, text);
}

/* What has come of a fragmented record, whole or not. */
static int frag_flush(struct ol_framer *f, struct ol_span raw)
{
	struct ol_line l = f->frag.line;
	struct ol_span text = ol_transport_buf_span(&f->frag.buf);
	int rc;

	if (!f->frag.open)
		return 0;
	f->frag.open = false;
	l.raw = raw.p ? raw : text;
	l.stamp = l.tag = l.boot = ol_span(NULL, 0);
	l.host = f->frag.host[0] ? ol_span_str(f->frag.host) : ol_span(NULL, 0);
	l.caller = f->frag.caller[0] ? ol_span_str(f->frag.caller) : ol_span(NULL, 0);
	l.cut |= f->frag.buf.n < f->frag.total;
	rc = emit_text(f, &l, text);
	f->frag.buf.n = 0;
	return rc;
}

static void keep(char *dst, size_t cap, struct ol_span s)
{
	size_t n = s.n < cap ? s.n : cap - 1;

	if (n)
		memcpy(dst, s.p, n);
	dst[n] = '\0';
}

/* One fragment; *@ret_rest is what a capture without newlines glued behind it. */
static int frag_add(struct ol_framer *f, struct ol_line *l, struct ol_span s,
		    const struct kmsg_head *h, struct ol_span *ret_rest)
{
	struct ol_span body = h->text;
	ssize_t glued = ol_span_find(body, ol_span_head(s, h->frag_at));
	int rc = 0;

	*ret_rest = ol_span(NULL, 0);
	if (glued >= 0) {
		*ret_rest = ol_span_skip(body, (size_t)glued);
		body = ol_span_head(body, (size_t)glued);
	}
	if (!h->frag_off) {
		rc = frag_flush(f, l->raw);
		if (rc < 0)
			return rc;
		f->frag.open = true;
		f->frag.seq = h->seq;
		f->frag.total = h->frag_len;
		f->frag.buf.n = 0;
		f->frag.line = *l;
		keep(f->frag.caller, sizeof(f->frag.caller), l->caller);
		keep(f->frag.host, sizeof(f->frag.host), l->host);
	} else if (!f->frag.open || f->frag.seq != h->seq || f->frag.buf.n != h->frag_off) {
		/* its beginning is lost: better this much than nothing */
		rc = frag_flush(f, l->raw);
		l->cut = true;
		return rc < 0 ? rc : emit_text(f, l, body);
	}
	if (!ol_transport_append(&f->frag.buf, body))
		return frag_flush(f, l->raw);
	f->piece = f->frag.buf.n < f->frag.total;
	if (!f->piece)
		rc = frag_flush(f, l->raw);
	return rc;
}

int ol_transport_kmsg(struct ol_framer *f, struct ol_line *l, struct ol_span s)
{
	struct kmsg_head h;
	int rc;

	if (!parse_head(s, &h))
		return 1;
	for (;;) {
		struct ol_line one = *l;
		struct ol_span rest;

		describe(f, &one, &h);
		/* what a container printed neither ends nor goes into another one's record */
		if (l->wrapped)
			return emit_text(f, &one, h.text);
		if (!h.frag) {
			rc = f->frag.open ? frag_flush(f, ol_span(NULL, 0)) : 0;
			return rc < 0 ? rc : emit_text(f, &one, h.text);
		}
		rc = frag_add(f, &one, s, &h, &rest);
		if (rc < 0 || !rest.n)
			return rc;
		s = rest;
		if (!parse_head(s, &h))
			return ol_transport_emit(f, &one, s);
	}
}

/* The joined text lies in the buffer of its part: records inside of it are not joined once more. */
static int part_emit(struct ol_framer *f, struct ol_line *l, struct ol_transport_part *part,
		     unsigned depth)
{
	int rc;

	part->open = false;
	f->in_part = true;
	rc = ol_transport_inner(f, l, ol_transport_buf_span(&part->buf), depth);
	f->in_part = false;
	part->buf.n = 0;
	return rc;
}

/* A piece of a container's line: docker and the kubelet cut at 16 KiB. */
int ol_transport_part_add(struct ol_framer *f, struct ol_line *l, struct ol_span s, bool err,
			  bool full, unsigned depth)
{
	struct ol_transport_part *part = &f->part[err];

	if ((full && !part->open) || f->in_part)
		return ol_transport_inner(f, l, s, depth + 1);
	if (!part->open) {
		part->open = true;
		part->buf.n = 0;
		part->line = *l;
	}
	part->line.program |= l->program;
	if (!ol_transport_append(&part->buf, s))
		part->line.cut = true;
	f->piece = !full;
	if (!full)
		return 0;
	l->lineno = part->line.lineno;
	l->byte = part->line.byte;
	l->wall_us = part->line.wall_us;
	l->cut |= part->line.cut;
	l->program = part->line.program;
	return part_emit(f, l, part, depth + 1);
}

/* CRI: "2026-11-20T18:51:21.123456789Z stdout F text"; P is a part, F the last or only one */
int ol_transport_cri(struct ol_framer *f, struct ol_line *l, struct ol_span s, unsigned depth)
{
	struct ol_span t = s, flag;
	struct ol_line probe;
	bool err;
	size_t i = 0;

	if (s.n < 30 || s.p[4] != '-')
		return 1;
	/* cheap: the shape has "std" behind the first blank */
	while (i < t.n && i < 40 && t.p[i] != ' ')
		i++;
	if (i + 9 > t.n || i == 40 || memcmp(t.p + i + 1, "std", 3) != 0)
		return 1;
	probe = *l;
	if (!ol_transport_iso(&t, &probe) || !ol_span_eat(&t, OL_SPAN(" ")))
		return 1;
	err = ol_span_starts(t, OL_SPAN("stderr "));
	if (!err && !ol_span_starts(t, OL_SPAN("stdout ")))
		return 1;
	t = ol_span_skip(t, 7);
	for (i = 0; i < t.n && i < 16 && t.p[i] != ' '; i++)
		;
	flag = ol_span_head(t, i);
	if (!flag.n || (flag.p[0] != 'F' && flag.p[0] != 'P') || (flag.n > 1 && flag.p[1] != ':'))
		return 1;
	t = ol_span_skip(t, i);
	ol_span_eat(&t, OL_SPAN(" "));
	*l = probe;
	ol_transport_set(l, OL_TR_CRI);
	l->prefixed = true;
	l->wrapped = OL_WRAP_RECORD;
	return ol_transport_part_add(f, l, t, err, flag.p[0] == 'F', depth);
}

int ol_transport_record_flush(struct ol_framer *f)
{
	int rc = frag_flush(f, ol_span(NULL, 0));

	for (int i = 0; i < 2 && rc >= 0; i++) {
		struct ol_transport_part *part = &f->part[i];
		struct ol_line l;

		if (!part->open)
			continue;
		ol_transport_line_init(&l);
		l.raw = ol_transport_buf_span(&part->buf);
		l.lineno = part->line.lineno;
		l.byte = part->line.byte;
		l.wall_us = part->line.wall_us;
		l.wall_zone = part->line.wall_zone;
		l.transport = part->line.transport;
		l.prefixed = true;
		l.wrapped = OL_WRAP_RECORD;
		l.program = part->line.program;
		l.cut = true;
		rc = part_emit(f, &l, part, 1);
	}
	return rc;
}
