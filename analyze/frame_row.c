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

/* The last "[84213.557325]" of the prefix, whose digits are the microseconds. */
static bool find_stamp(struct ol_frame_row *row, int64_t mono_us)
{
	size_t b = row->n, e;
	int64_t us;

	row->stamp = row->stamp_end = 0;
	if (mono_us == OL_TIME_NONE)
		return true;
	while (b && row->prefix[b - 1] != '[')
		b--;
	while (b < row->n && row->prefix[b] == ' ')
		b++;
	us = 0;
	for (e = b; e < row->n && e - b < 18 && row->prefix[e] != ']'; e++) {
		if (row->prefix[e] == '.' && e > b && e + 7 < row->n && row->prefix[e + 7] == ']')
			continue;
		if (!ol_is_digit(row->prefix[e]))
			return false;
		us = us * 10 + (row->prefix[e] - '0');
	}
	row->stamp = b;
	row->stamp_end = e;
	return us == mono_us;
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
	row->n = n;
	if (!rebase_all(&row->line, l->raw.p, n, row->prefix) || !find_stamp(row, l->mono_us))
		row->n = 0;
	return row->n > 0;
}

bool ol_frame_row_like(struct ol_frame_row *row, struct ol_line *l, struct ol_span s)
{
	struct ol_span text = ol_span_skip(s, row->n);
	int64_t us = row->line.mono_us;

	if (!row->n || s.n <= row->n || memcmp(s.p, row->prefix, row->stamp) != 0 ||
	    memcmp(s.p + row->stamp_end, row->prefix + row->stamp_end, row->n - row->stamp_end) !=
		    0)
		return false;
	if (row->stamp_end) {
		us = 0;
		for (size_t i = row->stamp; i < row->stamp_end; i++) {
			if (row->prefix[i] == '.') {
				if (s.p[i] != '.')
					return false;
				continue;
			}
			if (!ol_is_digit(s.p[i]))
				return false;
			us = us * 10 + (s.p[i] - '0');
		}
	}
	/* the name alone can have something to be cleaned or unescaped */
	if (!ol_row_parse(text, &row->row) || ol_frame_marks(ol_span_skip(text, row->row.name)))
		return false;
	*l = (struct ol_line){
		.raw = s,
		.host = row->line.host,
		.tag = row->line.tag,
		.stamp = row->line.stamp,
		.caller = row->line.caller,
		.boot = row->line.boot,
		.mono_us = us,
		.wall_us = row->line.wall_us,
		.lineno = l->lineno,
		.byte = l->byte,
		.facility_text = row->line.facility_text,
		.facility = row->line.facility,
		.level = row->line.level,
		.transport = row->line.transport,
		.writer = row->line.writer,
		.wall_zone = row->line.wall_zone,
		.wall_noyear = row->line.wall_noyear,
		.prefixed = true,
		.row = &row->row,
	};
	l->text = text;
	return rebase_all(l, row->prefix, row->n, s.p);
}
