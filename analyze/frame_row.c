// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/frame_impl.h"

/*
 * [84213.558142] [ 2718]  1000  2718   476761   423166       0       0             0 heapgrinder
 * Nov 20 18:51:21 web1 kernel: [84213.558142] [ 2718]  1000  2718   476761   423166 …
 * A table has hundreds of these lines. Everything that a prefix says, but for the stamp, follows
 * from bytes that are the same in the next row; what stands behind it, a bracketed number, is
 * nothing that any prefix goes on with.
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

enum { MICROS = 6 };

/* Six digits, or -1. */
static int32_t micros(const char *p)
{
	int32_t us = 0;
	unsigned bad = 0;

	for (unsigned i = 0; i < MICROS; i++) {
		bad |= (unsigned)(unsigned char)p[i] - '0' > 9;
		us = us * 10 + (p[i] - '0');
	}
	return bad ? -1 : us;
}

/*
 * The last "[84213.557325]" of the prefix, the kernel's stamp: the rows of a table differ in its
 * microseconds. Only what stands for @mono_us is one.
 */
static bool find_stamp(struct ol_frame_row *row, int64_t mono_us)
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

bool ol_frame_row_note(struct ol_frame_row *row, const struct ol_line *l, struct ol_span text)
{
	size_t n = (size_t)(text.p - l->raw.p);

	/* the text may lie in a buffer of ours, or have something of a wrapper's behind it */
	if (text.p < l->raw.p || text.p + text.n != l->raw.p + l->raw.n)
		return false;
	if (!l->prefixed || l->quoted || l->joined || l->cut || l->stamp_delta || l->wall_minute ||
	    n > sizeof(row->prefix) || n < 4 || !ol_row_parse(text, &row->row))
		return false;
	memcpy(row->prefix, l->raw.p, n);
	row->line = *l;
	row->line.ended_blank = false;
	row->n = n;
	if (!rebase_all(&row->line, l->raw.p, n, row->prefix) || !find_stamp(row, l->mono_us))
		row->n = 0;
	return row->n > 0;
}

bool ol_frame_row_like(struct ol_frame_row *row, struct ol_line *l, struct ol_span s)
{
	struct ol_span text = ol_span_skip(s, row->n);
	int64_t us = row->line.mono_us;

	if (!row->n || s.n <= row->n || memcmp(s.p, row->prefix, row->stamp) != 0)
		return false;
	if (row->stamp < row->n) {
		size_t behind = row->stamp + MICROS;

		us = micros(s.p + row->stamp);
		if (us < 0 || memcmp(s.p + behind, row->prefix + behind, row->n - behind) != 0)
			return false;
		us += row->second * 1000000;
	}
	/* the name alone can have something to be cleaned or unescaped */
	if (!ol_row_parse(text, &row->row) || ol_frame_marks(ol_span_skip(text, row->row.name)))
		return false;
	*l = row->line;
	l->raw = s;
	l->mono_us = us;
	l->row = &row->row;
	l->text = text;
	return rebase_all(l, row->prefix, row->n, s.p);
}
