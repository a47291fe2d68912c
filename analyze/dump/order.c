// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/order.h"

#include "analyze/dump/dump_impl.h"
#include "analyze/dump/export_walk.h"

#include <stdlib.h>

enum {
	HOSTS = 64, /* that are told apart; one more takes the place of another */
	HOST_TRIES = 8, /* places that a host may have */
	MIXED = 4, /* steps both ways of a kernel's clock that no printk() makes */
};
#define DAY_US      (INT64_C(86400) * 1000000)
#define DUMP_GAP_US (INT64_C(10) * 1000000) /* between two lines of a dump, at most */

struct clock {
	int64_t wall, mono;
	bool wall_zone, wall_noyear;
};

/* What the last line of a host had: hosts write into each other, each by its own clock. */
struct host {
	uint64_t name; /* its hash; 0: it is not stated */
	bool any; /* .last is known */
	struct clock last;
	int rank; /* of the last line of a dump; -1: none */
	uint64_t victim; /* that it names; 0: none */
};

struct ol_order {
	struct ol_framer *framer;
	enum ol_order_is is;
	struct host host[HOSTS];
	bool any; /* .last is known */
	struct clock last; /* of the line before, whose ever it was */
	unsigned rises, falls; /* from line to line, of stamps */
	unsigned onward, back; /* and of the phases of dumps, */
	unsigned victim_back; /* of which: two lines about one victim */
	unsigned
		cut_back; /* where a stamp fell by no more than it does in a dump, or both clocks */
	/* among lines with one stamp: of the kernel's clock, of the phases */
	unsigned mono_onward, mono_back, tied_onward, tied_back;
	unsigned hosts_onward, hosts_back; /* of the clock, of hosts that are stated */
	int first_phase; /* -1: none was seen */
	bool moved; /* the line that is asked has another stamp than the one before it */
	bool ties; /* what has one stamp stands the right way round */
	bool mixed; /* it stands in no order */
	unsigned lines;
	bool prefixed; /* a line had a stamp: those without one go on */
	bool first, stamped; /* of the line that is asked: the first message of it; what it had */
	struct ol_order_key key; /* of it */
	/* journalctl -o export: what looks like a record may stand in a field */
	bool walks;
	struct ol_export_walk walk;
	uint64_t at; /* bytes before the line */
};

static uint64_t hash(struct ol_span s)
{
	uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * UINT64_C(1099511628211);
	/* its upper bits know little of a short name */
	h = (h ^ (h >> 33)) * UINT64_C(0xff51afd7ed558ccd);
	return s.n ? (h ^ (h >> 33)) | 1 : 0;
}

static struct host *host_of(struct ol_order *o, uint64_t name)
{
	struct host *h;

	for (uint64_t i = 0; i < HOST_TRIES; i++) {
		h = &o->host[((name >> 32) + i) % HOSTS];
		if (h->name == name)
			return h;
		if (!h->name && !h->any && h->rank < 0)
			break;
		if (i == HOST_TRIES - 1)
			h = &o->host[(name >> 32) % HOSTS];
	}
	*h = (struct host){ .name = name, .rank = -1 };
	return h;
}

static int sign(int64_t a, int64_t b)
{
	if (a == OL_TIME_NONE || b == OL_TIME_NONE)
		return 0;
	return (b > a) - (b < a);
}

static bool same_wall(const struct clock *a, const struct clock *b)
{
	return a->wall != OL_TIME_NONE && b->wall != OL_TIME_NONE && a->wall_zone == b->wall_zone &&
	       a->wall_noyear == b->wall_noyear;
}

/* Without a year January comes after December: the shorter way round is meant. */
static int wall_sign(const struct clock *a, const struct clock *b)
{
	int s = sign(a->wall, b->wall);

	if (a->wall_noyear &&
	    (b->wall - a->wall > 183 * DAY_US || a->wall - b->wall > 183 * DAY_US))
		return -s;
	return s;
}

/*
 * The wall clock sorts; the kernel's own where there is no other, and inside of one stamp. A host's
 * clocks are compared with themselves.
 */
static void note_clock(struct ol_order *o, struct host *h, const struct clock *now)
{
	const struct clock *a = h->any ? &h->last : &o->last;
	bool wall = o->any && same_wall(a, now);
	int mono = h->any ? sign(h->last.mono, now->mono) : 0;
	int s = wall ? wall_sign(a, now) : mono;

	o->moved = !o->any || (same_wall(&o->last, now) ? o->last.wall != now->wall : s != 0);
	o->rises += s > 0;
	o->falls += s < 0;
	o->mono_onward += !s && mono > 0;
	o->mono_back += !s && mono < 0;
	o->cut_back += mono < 0 && wall && s < 0 && a->wall - now->wall <= DUMP_GAP_US;
	o->hosts_onward += h->name && wall && !s && mono > 0;
	o->hosts_back += h->name && wall && !s && mono < 0;
	o->last = *now;
	o->any = o->prefixed = true;
}

/* "process 4711 (", ",pid=4711," */
static uint64_t victim_of(struct ol_span text)
{
	struct ol_span name = OL_SPAN("process ");
	ssize_t at = ol_span_find(text, name);
	uint64_t pid = 0;
	size_t n = 0;

	if (at < 0) {
		name = OL_SPAN(",pid=");
		at = ol_span_find(text, name);
	}
	if (at < 0)
		return 0;
	text = ol_span_skip(text, (size_t)at + name.n);
	while (n < text.n && ol_is_digit(text.p[n]))
		n++;
	return ol_span_u64(ol_span_head(text, n), &pid) ? pid : 0;
}

/*
 * In the order of a dump; of what was done, first who is to be killed: oom_kill_process() says it,
 * __oom_kill_process() that it was done. Both are about one victim, or say nothing of each other.
 */
static int rank_of(enum ol_line_kind kind)
{
	return 2 * (int)ol_kinds[kind].phase + (kind == OL_LINE_KILLED);
}

/* @tied: no stamp says that it is of another time than the host's line before; @gap: how far. */
static void note_text(struct ol_order *o, struct host *h, struct ol_span text, bool tied,
		      int64_t gap)
{
	enum ol_line_kind kind = ol_kind_of(text);
	int rank = rank_of(kind), last = h->rank;
	uint64_t victim = 0, before = h->victim;
	bool onward, back, both;

	if (kind == OL_LINE_NONE || ol_kinds[kind].phase == OL_PHASE_BESIDE ||
	    ol_kinds[kind].flag == OL_LF_WEAK)
		return;
	if (o->first_phase < 0)
		o->first_phase = ol_kinds[kind].phase;
	if (ol_kinds[kind].phase >= OL_PHASE_KILL)
		victim = victim_of(text);
	h->rank = rank;
	h->victim = victim;
	both = victim && victim == before;
	if (last < 0 || (last / 2 == rank / 2 && !both))
		return;
	onward = rank > last;
	back = rank < last;
	o->onward += onward;
	o->back += back;
	o->victim_back += back && both;
	o->cut_back += back && !tied && gap < 0 && gap >= -DUMP_GAP_US;
	o->tied_onward += onward && tied;
	o->tied_back += back && tied;
}

/* A message; @now: NULL, it has no stamp. */
static void note(struct ol_order *o, struct host *h, const struct clock *now, struct ol_span text)
{
	int64_t gap = 0;
	bool tied = true;

	if (now && h->any && same_wall(&h->last, now))
		gap = now->wall - h->last.wall;
	else if (now && h->any)
		tied = sign(h->last.mono, now->mono) == 0;
	if (now)
		note_clock(o, h, now);
	note_text(o, h, text, now ? tied && !gap : !o->moved, gap);
	if (now) {
		int64_t mono = h->last.mono;

		/* a daemon's line stands between two of the kernel's */
		if (now->mono != OL_TIME_NONE || gap || !h->any)
			mono = now->mono;
		h->last = *now;
		h->last.mono = mono;
		h->any = true;
	}
}

static int on_line(void *arg, const struct ol_line *line)
{
	struct ol_order *o = arg;
	struct clock now = { line->wall_us, line->mono_us, line->wall_zone, line->wall_noyear };
	struct ol_span text = ol_span_ltrim(line->text);
	struct host *h;

	if (!o->first || !text.n)
		return 0;
	o->first = false;
	o->stamped = line->prefixed && (now.wall != OL_TIME_NONE || now.mono != OL_TIME_NONE);
	h = host_of(o, hash(line->host));
	if (o->stamped)
		o->key = (struct ol_order_key){ h->name, now.mono };
	note(o, h, o->stamped ? &now : NULL, text);
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
	*o = (struct ol_order){ .framer = f, .first_phase = -1 };
	for (size_t i = 0; i < HOSTS; i++)
		o->host[i].rank = -1;
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
		note(o, host_of(o, 0), &now, OL_SPAN(""));
	} else if (!data && ol_span_eat(&value, OL_SPAN("MESSAGE="))) {
		note_text(o, host_of(o, 0), value, false, 0);
	}
	return true;
}

static void ask(struct ol_order *o, struct ol_span line)
{
	o->first = true;
	o->stamped = o->moved = false;
	o->key = (struct ol_order_key){ 0, OL_TIME_NONE };
	if (ask_export(o, line))
		return;
	/* each by itself: what is kept of one would be put in front of the next */
	if (ol_framer_push(o->framer, ol_span_head(line, OL_LINE_MAX), ++o->lines, 0, false) == 0)
		ol_framer_flush(o->framer);
}

/*
 * Does the kernel's clock go both ways inside of one stamp? What was sorted by the stamp alone has
 * lost the order in which it was written; of hosts that are not told apart it says nothing.
 */
static bool is_mixed(const struct ol_order *o)
{
	unsigned a = o->hosts_onward, b = o->hosts_back;

	return !o->walks && a >= MIXED && b >= MIXED && a <= 4 * b && b <= 4 * a;
}

/*
 * All that was said, in few lines. One stamp that falls is a seam between two files; the end of a
 * dump in front of its beginning is none. In doubt it is as it came.
 */
static bool few_turned(const struct ol_order *o)
{
	if (o->rises || o->onward > o->back)
		return false;
	if (o->falls >= 2 && o->lines <= 3)
		return true;
	return o->back > o->onward && (o->victim_back || (o->falls && o->tied_back));
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

	/* a clock that went back once may do it again: it takes some lines to see that */
	if (o->rises >= 3 && o->rises > o->falls && !is_mixed(o) &&
	    (all || !o->hosts_back || o->lines >= 64))
		return OL_ORDER_FORWARD;
	if (!all && o->lines < 64)
		return unsure;
	if (is_mixed(o)) {
		if (!all && o->rises + o->falls < 3)
			return unsure; /* which way its stamps go */
		o->mixed = true;
		o->ties = o->falls >= 3 && o->rises <= o->falls / 8;
		return o->ties ? OL_ORDER_TURNED : OL_ORDER_MIXED;
	}
	if (o->rises > o->falls / 8)
		return unsure;
	/* the end of a dump in front of its beginning is proof with one stamp that falls */
	if (tied && (o->falls >= 3 || (all && o->cut_back && o->first_phase > OL_PHASE_HEAD))) {
		o->ties = true;
		return OL_ORDER_TURNED;
	}
	if (o->onward > o->back)
		return unsure;
	if (o->falls >= 3 || (o->back >= 2 && o->back > 2 * o->onward) ||
	    (still && o->mono_back >= (all ? 1 : 3) && o->mono_back > 8 * o->mono_onward) ||
	    (all && few_turned(o)))
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
	for (size_t i = 0; i < HOSTS; i++)
		o->host[i].any = false;
}

bool ol_order_ties(const struct ol_order *o)
{
	return o->ties;
}

bool ol_order_mixed(const struct ol_order *o)
{
	return o->mixed;
}

struct ol_order_key ol_order_key(const struct ol_order *o)
{
	return o->key;
}

bool ol_order_moved(const struct ol_order *o)
{
	return o->moved;
}

bool ol_order_record(struct ol_order *o, struct ol_span line)
{
	ask(o, line);
	/* where none has a stamp, a message has one line */
	return o->stamped || (!o->prefixed && !o->walks);
}
