// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/decode_impl.h"

/*
 * Every decoder gets one whole line, free of transport, that already lies in the event's arena. It
 * states only what the line states; a broken number is no number.
 */

/* Does the event have the fact that such a line states? */
static bool has_fact(const struct ol_oom_event *e, const struct ol_kind *k)
{
	const void *fact = (const char *)e + k->once_at;

	switch (k->once) {
	case OL_ONCE_VAL:
		return ((const struct ol_val *)fact)->set;
	case OL_ONCE_TEXT:
		return ((const struct ol_text *)fact)->s.p != NULL;
	default:
		return false;
	}
}

bool ol_decode_fits(const struct ol_open *o, enum ol_line_kind kind, struct ol_span text)
{
	const struct ol_kind *k = &ol_kinds[kind];
	struct ol_dump_line l;

	/* the slab allocator's message stands alone: the report that follows is another's */
	if (ol_span_starts(o->e->failure.s, ol_kinds[OL_LINE_SLUB_FAIL].literal) &&
	    k->inside != OL_SEC_SLUB)
		return false;
	if (k->inside != OL_SEC_NONE && o->section != k->inside)
		return false;
	if (has_fact(o->e, k))
		return false;
	if (!k->fits)
		return true;
	l = ol_line_split(kind, text);
	return k->fits(o, &l);
}

void ol_decode(struct ol_open *o, enum ol_line_kind kind, struct ol_span text, uint32_t line,
	       bool at_eof, const struct ol_task_row *row)
{
	const struct ol_kind *k = &ol_kinds[kind];
	struct ol_dump_line l;

	if (k->opens != OL_SEC_NONE)
		o->section = k->opens;
	else if (o->section != k->inside) /* it ends with the first line of another kind */
		o->section = OL_SEC_NONE;
	if (!k->decode)
		return;
	l = ol_line_split(kind, text);
	l.line = line;
	l.at_eof = at_eof;
	l.row = row;
	k->decode(o, &l);
}
