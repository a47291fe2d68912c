// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/order.h"

#include "analyze/dump/dump_impl.h"
#include "analyze/dump/export_walk.h"

#include <stdlib.h>

struct clock {
	int64_t wall, mono;
	bool wall_zone, wall_noyear;
};

struct ol_order {
	struct ol_framer *framer;
	enum ol_order_is is;
	bool any; /* .last is known */
	struct clock last;
	int phase; /* of the last line of a dump; -1: none */
	unsigned rises, falls; /* from line to line, of stamps */
	unsigned onward, back; /* and of the phases of dumps */
	unsigned lines;
	bool prefixed; /* a line had a stamp: those without one go on */
	bool first, stamped; /* of the line that is asked: the first message of it; what it had */
	/* journalctl -o export: what looks like a record may stand in a field */
	bool walks;
	struct ol_export_walk walk;
	uint64_t at; /* bytes before the line */
};

static int sign(int64_t a, int64_t b)
{
	if (a == OL_TIME_NONE || b == OL_TIME_NONE)
		return 0;
	return (b > a) - (b < a);
}

/* Which way the clock went; the kernel's own where the other one shows no difference. */
static int step(const struct clock *a, const struct clock *b)
{
	int s = a->wall_zone == b->wall_zone && a->wall_noyear == b->wall_noyear
			? sign(a->wall, b->wall)
			: 0;

	return s ? s : sign(a->mono, b->mono);
}

static void note_clock(struct ol_order *o, const struct clock *now)
{
	int s = o->any ? step(&o->last, now) : 0;

	o->rises += s > 0;
	o->falls += s < 0;
	o->last = *now;
	o->any = o->prefixed = true;
}

static void note_text(struct ol_order *o, struct ol_span text)
{
	enum ol_line_kind kind = ol_kind_of(text);
	int s = ol_kinds[kind].phase;

	if (kind == OL_LINE_NONE || s == OL_PHASE_BESIDE || ol_kinds[kind].flag == OL_LF_WEAK)
		return;
	o->onward += o->phase >= 0 && s > o->phase;
	o->back += o->phase >= 0 && s < o->phase;
	o->phase = s;
}

static int on_line(void *arg, const struct ol_line *line)
{
	struct ol_order *o = arg;
	struct clock now = { line->wall_us, line->mono_us, line->wall_zone, line->wall_noyear };
	struct ol_span text = ol_span_ltrim(line->text);

	if (!o->first || !text.n)
		return 0;
	o->first = false;
	o->stamped = line->prefixed && (now.wall != OL_TIME_NONE || now.mono != OL_TIME_NONE);
	if (o->stamped)
		note_clock(o, &now);
	note_text(o, text);
	return 0;
}

struct ol_order *ol_order_new(void)
{
	struct ol_order *o = calloc(1, sizeof(*o));

	if (o)
		o->framer = ol_framer_new(on_line, o);
	if (!o || !o->framer) {
		ol_order_free(o);
		return NULL;
	}
	ol_order_begin(o);
	return o;
}

void ol_order_free(struct ol_order *o)
{
	if (!o)
		return;
	ol_framer_free(o->framer);
	free(o);
}

void ol_order_begin(struct ol_order *o)
{
	struct ol_framer *f = o->framer;

	ol_framer_begin(f);
	*o = (struct ol_order){ .framer = f, .phase = -1 };
}

/* A line of a journal's export: does it begin a record? False: it is of none. */
static bool ask_export(struct ol_order *o, struct ol_span line)
{
	struct clock now = { OL_TIME_NONE, OL_TIME_NONE, true, false };
	struct ol_span value = line;
	bool stamp = ol_span_eat(&value, OL_SPAN("__REALTIME_TIMESTAMP=")), data;
	uint64_t us;

	if (!o->walks && (stamp || ol_span_starts(line, OL_SPAN("__CURSOR=")))) {
		o->walks = true;
		ol_export_walk_begin(&o->walk, o->at);
	}
	if (!o->walks)
		return false;
	o->lines++;
	data = ol_export_walk_binary(&o->walk);
	ol_export_walk(&o->walk, line);
	ol_export_walk(&o->walk, OL_SPAN("\n"));
	o->stamped = !data && line.n && o->walk.record == o->at;
	o->at += line.n + 1;
	if (!data && stamp && ol_span_u64(value, &us) && us < INT64_MAX) {
		now.wall = (int64_t)us;
		note_clock(o, &now);
	} else if (!data && ol_span_eat(&value, OL_SPAN("MESSAGE="))) {
		note_text(o, value);
	}
	return true;
}

static void ask(struct ol_order *o, struct ol_span line)
{
	o->first = true;
	o->stamped = false;
	if (ask_export(o, line))
		return;
	/* each by itself: what is kept of one would be put in front of the next */
	if (ol_framer_push(o->framer, ol_span_head(line, OL_LINE_MAX), ++o->lines, 0, false) == 0)
		ol_framer_flush(o->framer);
}

/*
 * Dumps that stand the right way round are no matter of stamps: files that were put together
 * newest first, hosts whose clocks differ. Clocks alone must fall, and next to never rise.
 */
static enum ol_order_is judge(const struct ol_order *o, bool all)
{
	if (o->rises >= 3 && o->rises > o->falls)
		return OL_ORDER_FORWARD;
	if (o->onward > o->back + 2 && !o->falls)
		return OL_ORDER_FORWARD;
	if (!all && o->lines < 64)
		return OL_ORDER_UNSURE;
	if (o->onward > o->back || o->rises > o->falls / 8)
		return all ? OL_ORDER_FORWARD : OL_ORDER_UNSURE;
	if (o->falls >= 3 || (o->back >= 2 && o->back > 2 * o->onward) ||
	    (all && o->falls && o->lines <= 3))
		return OL_ORDER_TURNED;
	return all ? OL_ORDER_FORWARD : OL_ORDER_UNSURE;
}

enum ol_order_is ol_order_push(struct ol_order *o, struct ol_span line)
{
	if (o->is != OL_ORDER_UNSURE)
		return o->is;
	ask(o, line);
	o->is = judge(o, o->lines == OL_ORDER_LINES);
	return o->is;
}

enum ol_order_is ol_order_end(struct ol_order *o)
{
	if (o->is == OL_ORDER_UNSURE)
		o->is = judge(o, true);
	return o->is;
}

void ol_order_again(struct ol_order *o)
{
	o->walks = false;
	o->at = 0;
}

bool ol_order_record(struct ol_order *o, struct ol_span line)
{
	ask(o, line);
	/* where none has a stamp, a message has one line */
	return o->stamped || (!o->prefixed && !o->walks);
}
