// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/transport_impl.h"

#include "analyze/dump/export_walk.h"

/*
 * journalctl -o export:
 *   __CURSOR=…
 *   __REALTIME_TIMESTAMP=1763664681123456
 *   MESSAGE=text
 *   _TRANSPORT=kernel
 *   MESSAGE                       a field with control bytes: the name, then
 *   <8 bytes length><bytes>       which may hold newlines, so that they cross physical lines
 *                                 an empty line ends the record
 */

bool ol_transport_journal_process(struct ol_span key)
{
	static const char *const names[] = { "_PID",          "_UID",
					     "_GID",          "_COMM",
					     "_EXE",          "_CMDLINE",
					     "_SYSTEMD_UNIT", "_SYSTEMD_CGROUP",
					     "SYSLOG_PID" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (ol_span_eqs(key, names[i]))
			return true;
	return false;
}

/*
 * Writes to /dev/kmsg come with _TRANSPORT=kernel, too, but never with facility 0, and only they
 * can have another identifier than the kernel's. Without _TRANSPORT an identifier is all that there
 * is, and any program can choose its own.
 */
enum ol_writer ol_transport_journal_writer(struct ol_span transport, int facility,
					   struct ol_span tag, bool process)
{
	bool other = tag.n && !ol_transport_is_kernel_tag(tag);

	if (facility > 0 || other)
		return OL_WRITER_USER;
	if (transport.p)
		return ol_span_eqs(transport, "kernel") ? OL_WRITER_KERNEL : OL_WRITER_USER;
	if (process)
		return OL_WRITER_USER;
	return tag.n ? OL_WRITER_KERNEL : OL_WRITER_UNKNOWN;
}

static void keep(char *dst, size_t cap, struct ol_span s)
{
	size_t n = s.n < cap ? s.n : cap - 1;

	if (n)
		memcpy(dst, s.p, n);
	dst[n] = '\0';
}

static struct ol_span kept(const char *s)
{
	return s[0] ? ol_span_str(s) : ol_span(NULL, 0);
}

static void begin(struct ol_framer *f)
{
	struct ol_transport_export *x = &f->exp;

	f->exports = true;
	x->state = OL_EXP_FIELDS;
	x->have_message = x->is_message = x->process = false;
	x->msg.n = 0;
	x->cut_at = 0;
	x->host[0] = x->tag[0] = x->boot[0] = x->stamp[0] = x->transport[0] = '\0';
	x->mono_source = x->mono_entry = OL_TIME_NONE;
	ol_transport_line_init(&x->line);
}

int ol_transport_export_end(struct ol_framer *f)
{
	struct ol_transport_export *x = &f->exp;
	struct ol_line l = x->line;

	if (x->state == OL_EXP_OFF)
		return 0;
	x->state = OL_EXP_OFF;
	if (!x->have_message)
		return 0;
	x->have_message = false;
	l.raw = ol_transport_buf_span(&x->msg);
	l.transport = OL_TR_JOURNAL_EXPORT;
	l.prefixed = true;
	l.host = kept(x->host);
	l.tag = kept(x->tag);
	l.boot = kept(x->boot);
	l.stamp = kept(x->stamp);
	l.mono_us = x->mono_source != OL_TIME_NONE ? x->mono_source : x->mono_entry;
	l.writer = ol_transport_journal_writer(kept(x->transport), l.facility, l.tag, x->process);
	if (l.writer == OL_WRITER_UNKNOWN)
		l.wrapped = OL_WRAP_RECORD;
	return ol_transport_emit(f, &l, l.raw);
}

static void set_time(int64_t *ret, struct ol_span value)
{
	uint64_t v;

	if (ol_span_u64(value, &v) && v < INT64_MAX)
		*ret = (int64_t)v;
}

static void field(struct ol_framer *f, struct ol_span key, struct ol_span value,
		  const struct ol_line *l)
{
	struct ol_transport_export *x = &f->exp;
	uint64_t v;

	if (ol_span_eqs(key, "MESSAGE")) {
		x->msg.n = 0;
		x->have_message = true;
		x->line.cut = l->cut | (!ol_transport_append(&x->msg, value));
	} else if (ol_span_eqs(key, "_HOSTNAME")) {
		keep(x->host, sizeof(x->host), value);
	} else if (ol_span_eqs(key, "SYSLOG_IDENTIFIER")) {
		/* programs can state it twice, the kernel's records never do */
		x->process |= x->tag[0] && !ol_span_eq(ol_span_str(x->tag), value);
		keep(x->tag, sizeof(x->tag), value);
	} else if (ol_span_eqs(key, "_BOOT_ID")) {
		keep(x->boot, sizeof(x->boot), value);
	} else if (ol_span_eqs(key, "_TRANSPORT")) {
		keep(x->transport, sizeof(x->transport), value);
	} else if (ol_span_eqs(key, "SYSLOG_FACILITY")) {
		if (ol_span_u64(value, &v) && v < 1024)
			x->line.facility = (int)v;
	} else if (ol_span_eqs(key, "PRIORITY")) {
		if (ol_span_u64(value, &v) && v < 8)
			x->line.level = (int)v;
	} else if (ol_span_eqs(key, "_SOURCE_MONOTONIC_TIMESTAMP")) {
		set_time(&x->mono_source, value);
	} else if (ol_span_eqs(key, "__MONOTONIC_TIMESTAMP")) {
		set_time(&x->mono_entry, value);
	} else if (ol_span_eqs(key, "__REALTIME_TIMESTAMP")) {
		set_time(&x->line.wall_us, value);
		x->line.wall_zone = x->line.wall_us != OL_TIME_NONE;
		keep(x->stamp, sizeof(x->stamp), value);
	} else {
		x->process |= ol_transport_journal_process(key);
	}
}

/* Bytes of a binary field. true: all of @s was eaten. */
static bool binary(struct ol_framer *f, struct ol_span s)
{
	struct ol_transport_export *x = &f->exp;

	while (s.n) {
		if (x->state == OL_EXP_LEN) {
			x->len |= (uint64_t)(unsigned char)s.p[0] << (8 * x->len_got);
			s = ol_span_skip(s, 1);
			if (++x->len_got < 8)
				continue;
			if (x->len > OL_EXPORT_FIELD_MAX) {
				/* which of what follows is a program's field, nobody can tell */
				f->doubt = true;
				return false;
			}
			x->left = x->len;
			x->state = x->left ? OL_EXP_DATA : OL_EXP_NL;
		} else if (x->state == OL_EXP_DATA) {
			size_t n = s.n < x->left ? s.n : (size_t)x->left;

			if (x->is_message && !ol_transport_append(&x->msg, ol_span_head(s, n)))
				x->line.cut = true;
			s = ol_span_skip(s, n);
			x->left -= n;
			if (!x->left)
				x->state = OL_EXP_NL;
		} else if (s.p[0] == '\n') { /* OL_EXP_NL */
			x->state = OL_EXP_FIELDS;
			return s.n == 1;
		} else {
			f->doubt = true;
			return false;
		}
	}
	return true;
}

/*
 * The line before was too long, and its rest was dropped; the field goes on where it ends, else a
 * program could write a long line and behind it the records that it likes. False: it ended before.
 */
static bool skip_dropped(struct ol_transport_export *x, uint64_t byte)
{
	uint64_t n = byte - x->cut_at;

	if (!x->cut_at)
		return true;
	x->cut_at = 0;
	if (x->state == OL_EXP_DATA && n <= x->left) {
		x->left -= n;
		x->state = x->left ? OL_EXP_DATA : OL_EXP_NL;
		return true;
	}
	if (n != x->left + 1)
		return false;
	x->state = OL_EXP_FIELDS; /* the newline behind it was dropped as well */
	return true;
}

static size_t key_len(struct ol_span s)
{
	size_t i = 0;

	while (i < s.n && i < 64 &&
	       ((s.p[i] >= 'A' && s.p[i] <= 'Z') || ol_is_digit(s.p[i]) || s.p[i] == '_'))
		i++;
	return i;
}

/* One physical line while a record is open, or its first line. 1: it was no part of an export. */
int ol_transport_export(struct ol_framer *f, struct ol_line *l, struct ol_span s)
{
	struct ol_transport_export *x = &f->exp;
	size_t k;
	int rc;

	if (x->state == OL_EXP_OFF) {
		if (!ol_span_starts(s, OL_SPAN("__CURSOR=")) &&
		    !ol_span_starts(s, OL_SPAN("__REALTIME_TIMESTAMP=")))
			return 1;
		begin(f);
		x->line.lineno = l->lineno;
		x->line.byte = l->byte;
	} else if (!skip_dropped(x, l->byte)) {
		rc = ol_transport_export_end(f);
		return rc < 0 ? rc : 1;
	}
	if (x->state != OL_EXP_FIELDS) {
		/* the newline that the reader took away belongs to the data */
		if (binary(f, s) && (l->cut || binary(f, OL_SPAN("\n")))) {
			x->cut_at = l->cut ? l->byte + s.n : 0;
			x->line.cut |= l->cut && x->is_message;
			return 0;
		}
		rc = ol_transport_export_end(f);
		return rc < 0 ? rc : 1;
	}
	if (!s.n)
		return ol_transport_export_end(f);
	k = key_len(s);
	if (k && k < s.n && s.p[k] == '=') {
		field(f, ol_span_head(s, k), ol_span_skip(s, k + 1), l);
		return 0;
	}
	if (k && k == s.n) {
		x->process |= ol_transport_journal_process(s);
		x->state = OL_EXP_LEN;
		x->len = x->len_got = 0;
		x->is_message = ol_span_eqs(s, "MESSAGE");
		if (x->is_message)
			field(f, s, ol_span("", 0), l);
		return 0;
	}
	rc = ol_transport_export_end(f);
	return rc < 0 ? rc : 1;
}
