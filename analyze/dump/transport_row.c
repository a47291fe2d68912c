// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/transport_impl.h"

/*
 * [84213.558142] [ 2718]  1000  2718   476761   423166       0       0             0 heapgrinder
 * Nov 20 18:51:21 web1 kernel: [84213.558142] [ 2718]  1000  2718   476761   423166 …
 * [84213.558150] Mem-Info:
 * A dump has hundreds of these lines. Everything that a prefix says, but for the stamp, follows
 * from bytes that are the same in the next line. What stands behind it in a row, a bracketed
 * number, is nothing that the prefix of a known transport goes on with. Of those that were learnt
 * (transport_foreign.c) one may: there a row that is taken anew can lose its pid to a longer one,
 * and what is said here, that it is a row, is the better answer. With any other text only prefixes
 * are taken of which it is known what they may go on with.
 */

static bool rebase(struct ol_span *s, const char *from, size_t n, const char *to)
{
	if (!s->p)
		return true;
	if (s->p < from || s->p + s->n > from + n)
		return false;
	s->p = to + (s->p - from);
	return true;
}

static bool rebase_all(struct ol_line *l, const char *from, size_t n, const char *to)
{
	return rebase(&l->host, from, n, to) && rebase(&l->tag, from, n, to) &&
	       rebase(&l->stamp, from, n, to) && rebase(&l->caller, from, n, to) &&
	       rebase(&l->boot, from, n, to);
}

enum {
	MICROS = 6,
	LONGEST = 1024, /* bytes: no record of the kernel's is longer, so it may be several */
};

/* Six digits at @p, where eight bytes can be read, or -1. */
static int32_t micros(const char *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	v = (v ^ UINT64_C(0x303030303030)) << 16;
	if ((v | (v + UINT64_C(0x7676767676760000))) & UINT64_C(0x8080808080800000))
		return -1;
	v = (v * 10 + (v >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
	v = (v * 100 + (v >> 16)) & UINT64_C(0x0000ffff0000ffff);
	return (int32_t)(v * 10000 + (v >> 32));
}

/*
 * The last "[84213.557325]" of the prefix, the kernel's stamp: the rows of a table differ in its
 * microseconds. Only what stands for @mono_us is one.
 */
static bool find_stamp(struct ol_transport_row *row, int64_t mono_us)
{
	struct ol_span sec;
	ssize_t open, dot;
	uint64_t s;

	row->stamp = row->n;
	if (mono_us == OL_TIME_NONE)
		return true;
	open = ol_span_rfind(ol_span(row->prefix, row->n), OL_SPAN("["));
	sec = ol_span_ltrim(ol_span_skip(ol_span(row->prefix, row->n), (size_t)open + 1));
	dot = ol_span_chr(sec, '.');
	if (open < 0 || dot < 0 || sec.n < (size_t)dot + 1 + MICROS + 1 ||
	    sec.p[dot + 1 + MICROS] != ']' || !ol_span_u64(ol_span_head(sec, (size_t)dot), &s))
		return false;
	row->stamp = (size_t)(sec.p + dot + 1 - row->prefix);
	row->second = mono_us / 1000000;
	return s == (uint64_t)row->second && micros(row->prefix + row->stamp) == mono_us % 1000000;
}

/*
 * Prefixes that end behind the kernel's stamp, or behind the caller that follows it, and the blank
 * there. What could go on is asked of each line (goes_on()), with a caller there is nothing.
 */
static bool ends_known(const struct ol_transport_row *row, const struct ol_line *l)
{
	const char *end = row->prefix + row->n;
	bool caller = l->caller.p != NULL;

	if (row->stamp == row->n || end[-1] != ' ' || end[-2] != ']' ||
	    (!caller && row->stamp + MICROS + 2 != row->n))
		return false;
	if (l->transport == OL_TR_SYSLOG)
		return ol_is_alpha(row->prefix[0]) && l->writer != OL_WRITER_USER && l->tag.p &&
		       l->host.p;
	return l->transport == OL_TR_DMESG && (row->prefix[0] == '[' || row->prefix[0] == '<') &&
	       l->writer == OL_WRITER_KERNEL && !l->tag.p && !l->host.p;
}

/* Does the prefix of @l, a line with a known one, go on in @text? */
static bool goes_on(struct ol_framer *f, const struct ol_line *l, struct ol_span text)
{
	struct ol_line probe;
	ssize_t blank;
	char c = text.p[0];

	/* another host's line was taken apart since: that one is known by now */
	if (l->host.p && !ol_span_eq(ol_span(f->host, f->host_n), l->host))
		return true;
	if (l->caller.p || c == ' ')
		return false;
	/* a caller */
	if (c == '[' || c == '(')
		return true;
	if (l->transport == OL_TR_SYSLOG)
		return false;
	/* "[12345.678901] web1 kernel: text": the second word tells most, or the host's name */
	blank = ol_span_chr(text, ' ');
	if (blank < 1 || (size_t)blank + 1 >= text.n ||
	    ((text.p[blank + 1] | 0x20) != 'k' && (size_t)blank != f->host_n))
		return false;
	ol_transport_line_init(&probe);
	return ol_transport_after_kstamp(f, &probe, &text);
}

/* What must not stand in the text: '#' means something to some transports only. */
static unsigned special(const struct ol_line *l)
{
	return OL_MARK_RAW | OL_MARK_BSLASH | (l->transport == OL_TR_DMESG ? 0 : OL_MARK_HASH);
}

/* Does anything come out of it? Nobody remembers the prefix of a line without text. */
static bool has_text(struct ol_span text)
{
	return ol_span_rtrim(text).n > 0;
}

void ol_transport_row_note(struct ol_framer *f, const struct ol_line *l, struct ol_span text)
{
	struct ol_transport_row *row = &f->row;
	size_t n = (size_t)(text.p - l->raw.p);
	bool is_row;

	/* the text may lie in a buffer of ours, or have something of a wrapper's behind it */
	if (text.p < l->raw.p || text.p + text.n != l->raw.p + l->raw.n || !has_text(text))
		return;
	if (!l->prefixed || l->quoted || l->joined || l->cut || l->stamp_delta || l->wall_minute ||
	    n > OL_ROW_PREFIX || n < 4)
		return;
	is_row = text.p[0] == '[' && ol_row_parse_next(text, &row->places, &row->row);
	if (!is_row && (l->mono_us == OL_TIME_NONE || l->raw.p[n - 1] != ' ' || f->foreign_n))
		return;
	memcpy(row->prefix, l->raw.p, n);
	row->line = *l;
	row->line.ended_blank = false;
	row->line.source = row->line.outside = ol_span(NULL, 0);
	row->n = n;
	if (!rebase_all(&row->line, l->raw.p, n, row->prefix) || !find_stamp(row, l->mono_us)) {
		row->n = 0;
		return;
	}
	row->any = !f->foreign_n && ends_known(row, l);
	if (!is_row && !row->any)
		row->n = 0;
	row->last = row->n > 0;
	row->last_row = row->last && is_row;
}

bool ol_transport_row_like(struct ol_framer *f, struct ol_line *l, struct ol_span s)
{
	struct ol_transport_row *row = &f->row;
	struct ol_span text = ol_span_skip(s, row->n);
	int64_t us = row->line.mono_us;
	bool is_row;

	if (!row->n || s.n <= row->n || !ol_bytes_eq(s.p, row->prefix, row->stamp))
		return false;
	if (row->stamp < row->n) {
		size_t behind = row->stamp + MICROS;

		us = micros(s.p + row->stamp);
		if (us < 0 || !ol_bytes_eq(s.p + behind, row->prefix + behind, row->n - behind))
			return false;
		us += row->second * 1000000;
	}
	is_row = text.p[0] == '[' && ol_row_parse_next(text, &row->places, &row->row);
	/* of a row the name alone can have something to be cleaned or unescaped */
	if (is_row ? ol_transport_marks(ol_span_skip(text, row->row.name)) != 0
		   : !row->any || f->foreign_n || !has_text(text) || text.n > LONGEST ||
			     (f->apart && memchr(text.p, '[', text.n)) ||
			     ol_transport_marks(text) & special(&row->line) ||
			     goes_on(f, &row->line, text))
		return false;
	*l = row->line;
	l->raw = s;
	l->mono_us = us;
	l->row = is_row ? &row->row : NULL;
	l->text = text;
	return rebase_all(l, row->prefix, row->n, s.p);
}
