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
	unsigned onward, back; /* and of the phases of dumps, */
	/* among lines with one stamp: of the kernel's clock, of the phases */
	unsigned mono_onward, mono_back, tied_onward, tied_back;
	int first_phase; /* -1: none was seen */
	bool moved; /* the line that is asked has another stamp than the one before it */
	bool ties; /* what has one stamp stands the right way round */
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

/* The wall clock sorts; the kernel's own where there is no other, and inside of one stamp. */
static void note_clock(struct ol_order *o, const struct clock *now)
{
	const struct clock *a = &o->last;
	bool wall = a->wall != OL_TIME_NONE && now->wall != OL_TIME_NONE &&
		    a->wall_zone == now->wall_zone && a->wall_noyear == now->wall_noyear;
	int mono = sign(a->mono, now->mono), s = wall ? sign(a->wall, now->wall) : mono;

	o->moved = !o->any || s != 0;
	if (o->any) {
		o->rises += s > 0;
		o->falls += s < 0;
		o->mono_onward += !s && mono > 0;
		o->mono_back += !s && mono < 0;
	}
	o->last = *now;
	o->any = o->prefixed = true;
}

static void note_text(struct ol_order *o, struct ol_span text)
{
	enum ol_line_kind kind = ol_kind_of(text);
	int s = ol_kinds[kind].phase;

	if (kind == OL_LINE_NONE || s == OL_PHASE_BESIDE || ol_kinds[kind].flag == OL_LF_WEAK)
		return;
	if (o->first_phase < 0)
		o->first_phase = s;
	o->onward += o->phase >= 0 && s > o->phase;
	o->back += o->phase >= 0 && s < o->phase;
	o->tied_onward += o->phase >= 0 && s > o->phase && !o->moved;
	o->tied_back += o->phase >= 0 && s < o->phase && !o->moved;
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
	*o = (struct ol_order){ .framer = f, .phase = -1, .first_phase = -1 };
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
	o->stamped = o->moved = false;
	if (ask_export(o, line))
		return;
	/* each by itself: what is kept of one would be put in front of the next */
	if (ol_framer_push(o->framer, ol_span_head(line, OL_LINE_MAX), ++o->lines, 0, false) == 0)
		ol_framer_flush(o->framer);
}

/*
 * Dumps that stand the right way round are no matter of stamps: files that were put together
 * newest first, hosts whose clocks differ. Clocks alone must fall, and next to never rise.
 *
 * Who sorts by a clock that shows no more than seconds or milliseconds may leave what has one stamp
 * as it came: then dumps stand the right way round in it, and only the stamps fall.
 */
static enum ol_order_is judge(struct ol_order *o, bool all)
{
	enum ol_order_is unsure = all ? OL_ORDER_FORWARD : OL_ORDER_UNSURE;
	bool still = !o->rises && !o->falls;
	/* a journal's export has its stamp behind what begins a record: journalctl turns all */
	bool tied = !o->walks && o->tied_onward + o->mono_onward > o->tied_back + o->mono_back;

	if (o->rises >= 3 && o->rises > o->falls)
		return OL_ORDER_FORWARD;
	if ((!all && o->lines < 64) || o->rises > o->falls / 8)
		return unsure;
	/* the end of a dump in front of its beginning is proof with one stamp that falls */
	if (tied && (o->falls >= 3 || (all && o->falls && o->first_phase > OL_PHASE_HEAD))) {
		o->ties = true;
		return OL_ORDER_TURNED;
	}
	if (o->onward > o->back)
		return unsure;
	if (o->falls >= 3 || (o->back >= 2 && o->back > 2 * o->onward) ||
	    (still && o->mono_back >= (all ? 1 : 3) && o->mono_back > 8 * o->mono_onward) ||
	    (all && o->falls && o->lines <= 3))
		return OL_ORDER_TURNED;
	return unsure;
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
	o->walks = o->any = false;
	o->at = 0;
}

bool ol_order_ties(const struct ol_order *o)
{
	return o->ties;
}

bool ol_order_moved(const struct ol_order *o)
{
	return o->moved;
}

bool ol_order_record(struct ol_order *o, struct ol_span line)
{
	ask(o, line);
	if (o->ties)
		return o->stamped && o->moved;
	/* where none has a stamp, a message has one line */
	return o->stamped || (!o->prefixed && !o->walks);
}
