// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/front.h"

#include "analyze/dump/line.h"
#include "analyze/dump/order.h"
#include "analyze/dump/scan.h"
#include "analyze/dump/turn.h"

#include "lib/err.h"

#include <errno.h>
#include <stdlib.h>

#define HEAD ((size_t)128 << 10) /* that is asked what it is, and which way round */
_Static_assert(HEAD >= OL_SHAPE_JSON_HEAD, "all that tells lies in it");

enum state {
	SHAPE, /* too little has come to tell what it is */
	ORDER, /* or, of lines, which way round */
	PLAIN, /* as it is */
	MADE_ORDER, /* lines are made of records; too few to tell which way round */
	MADE,
	TURNED,
	SORTED, /* as it is, but what has one stamp by the kernel's clock */
};

struct ol_front {
	struct ol_front_out out;
	enum state state;
	struct ol_order *order;
	char *head; /* HEAD bytes that were held */
	size_t n, asked; /* of it; up to where its lines were asked */
	/* of what is no ordinary log */
	struct ol_reader *records; /* NULL: its lines are records */
	struct ol_turn *turn; /* lines that are kept */
	size_t made; /* bytes of lines until it was known which way round */
	struct { /* of a log of lines that is turned: the one that has no end yet */
		char *p;
		size_t n;
		uint64_t byte; /* where it begins */
	} line;
	uint64_t at; /* bytes that were taken apart */
	uint64_t lines; /* that came, */
	bool open; /* and one without a newline */
};

struct ol_front *ol_front_new(const struct ol_front_out *out)
{
	struct ol_front *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->out = *out;
	f->order = ol_order_new();
	f->head = malloc(HEAD);
	if (!f->order || !f->head) {
		ol_front_free(f);
		return NULL;
	}
	return f;
}

static void drop(struct ol_front *f)
{
	ol_records_free(f->records);
	ol_turn_free(f->turn);
	free(f->line.p);
	f->records = NULL;
	f->turn = NULL;
	memset(&f->line, 0, sizeof(f->line));
}

void ol_front_free(struct ol_front *f)
{
	if (!f)
		return;
	drop(f);
	ol_order_free(f->order);
	free(f->head);
	free(f);
}

void ol_front_begin(struct ol_front *f, bool asks)
{
	drop(f);
	ol_order_begin(f->order);
	f->state = asks ? SHAPE : PLAIN;
	f->n = f->asked = f->made = 0;
	f->at = f->lines = 0;
	f->open = false;
}

bool ol_front_plain(const struct ol_front *f)
{
	return f->state == PLAIN;
}

uint64_t ol_front_lines(const struct ol_front *f)
{
	return f->lines + f->open;
}

/* ---- turned ---- */

static int turn_line(struct ol_front *f, struct ol_span line, unsigned begins, uint64_t lineno,
		     uint64_t byte)
{
	struct ol_order_key key = ol_order_key(f->order);
	int r = 0;

	/* another stamp: what the one before it had is whole */
	if (f->state == SORTED && ((begins & OL_BEGINS_STAMP) || !ol_turn_fits(f->turn, line)))
		r = ol_turn_out_forward(f->turn);
	if (!r)
		r = ol_turn_add_by(f->turn, line, begins, key, lineno, byte);
	if (r <= 0)
		return r;
	f->out.warn(f->out.arg, lineno,
		    "newest first, and there was no room to turn all of it at once: a dump that "
		    "stands here may come in two parts");
	r = ol_turn_out(f->turn);
	return r ? r : ol_turn_add_by(f->turn, line, begins, key, lineno, byte);
}

static int end_line(struct ol_front *f)
{
	struct ol_span line = ol_span(f->line.p, f->line.n);
	unsigned begins = ol_order_record(f->order, line) ? OL_BEGINS_RECORD : 0;
	int r;

	if (begins && ol_order_moved(f->order))
		begins |= OL_BEGINS_STAMP;
	r = turn_line(f, line, begins, f->lines + 1, f->line.byte);
	f->line.n = 0;
	return r;
}

/* Of a log of lines; of one that is too long only the beginning is kept. */
static int turn_bytes(struct ol_front *f, const char *buf, size_t n)
{
	struct ol_span s = ol_span(buf, n);
	int r = 0;

	while (s.n && !r) {
		ssize_t nl = ol_span_chr(s, '\n');
		size_t k = nl < 0 ? s.n : (size_t)nl, room = OL_LINE_MAX - f->line.n;

		if (!f->open)
			f->line.byte = f->at;
		ol_bytes_copy(f->line.p + f->line.n, s.p, k < room ? k : room);
		f->line.n += k < room ? k : room;
		f->open = nl < 0;
		if (nl >= 0) {
			r = end_line(f);
			f->lines++;
			k++;
		}
		f->at += k;
		s = ol_span_skip(s, k);
	}
	return r;
}

/* Which way the lines that are kept go is known. */
static int know_turn(struct ol_front *f, enum ol_order_is is)
{
	f->state = is == OL_ORDER_MIXED ? SORTED : TURNED;
	if (ol_order_mixed(f->order))
		return ol_turn_sort(f->turn);
	ol_turn_by(f->turn, ol_order_ties(f->order) ? OL_BEGINS_STAMP : OL_BEGINS_RECORD);
	return 0;
}

static int begin_turned(struct ol_front *f, enum ol_order_is is)
{
	int r;

	ol_order_again(f->order);
	f->turn = ol_turn_new(f->out.line, f->out.arg);
	f->line.p = malloc(OL_LINE_MAX);
	r = f->turn && f->line.p ? know_turn(f, is) : ol_no_memory();
	return r ? r : turn_bytes(f, f->head, f->n);
}

/* ---- which way round ---- */

static int plain(struct ol_front *f)
{
	f->state = PLAIN;
	return f->n ? f->out.bytes(f->out.arg, f->head, f->n) : 0;
}

/* The lines that are held; @last: no more of them are waited for. */
static int ask_order(struct ol_front *f, bool last)
{
	enum ol_order_is is = OL_ORDER_UNSURE;

	while (is == OL_ORDER_UNSURE && f->asked < f->n) {
		struct ol_span rest = ol_span(f->head + f->asked, f->n - f->asked);
		ssize_t nl = ol_span_chr(rest, '\n');

		if (nl < 0 && !last)
			break;
		is = ol_order_push(f->order, nl < 0 ? rest : ol_span_head(rest, (size_t)nl));
		f->asked += nl < 0 ? rest.n : (size_t)nl + 1;
	}
	if (is == OL_ORDER_UNSURE && last)
		is = ol_order_end(f->order);
	if (is == OL_ORDER_UNSURE)
		return 0;
	return is == OL_ORDER_FORWARD ? plain(f) : begin_turned(f, is);
}

/* A line that was made of a record. */
static int made_line(void *arg, struct ol_span line, uint64_t lineno, uint64_t byte)
{
	struct ol_front *f = arg;
	enum ol_order_is is = OL_ORDER_TURNED;
	unsigned begins = OL_BEGINS_RECORD;
	int r;

	if (f->state == MADE)
		return f->out.line(f->out.arg, line, lineno, byte);
	if (f->state == MADE_ORDER)
		is = ol_order_push(f->order, line);
	else if (ol_order_ties(f->order) || ol_order_mixed(f->order))
		ol_order_record(f->order, line);
	if (ol_order_moved(f->order))
		begins |= OL_BEGINS_STAMP;
	r = turn_line(f, line, begins, lineno, byte);
	if (r || f->state != MADE_ORDER)
		return r;
	f->made += line.n;
	if (is == OL_ORDER_UNSURE && f->made >= HEAD)
		is = ol_order_end(f->order);
	if (is == OL_ORDER_TURNED || is == OL_ORDER_MIXED)
		return know_turn(f, is);
	if (is != OL_ORDER_FORWARD)
		return 0;
	f->state = MADE;
	return ol_turn_out_forward(f->turn);
}

static int feed_records(struct ol_front *f, const char *buf, size_t n)
{
	f->lines += ol_count_newlines(buf, n);
	f->open = buf[n - 1] != '\n';
	return ol_records_feed(f->records, buf, n);
}

/* ---- what it is ---- */

/* @whole: nothing stands behind what is held. */
static int ask_shape(struct ol_front *f, bool whole)
{
	struct ol_span head = ol_span(f->head, f->n);
	enum ol_shape shape;
	int r = 0;

	if (f->n < OL_SHAPE_HEAD && !whole)
		return 0;
	shape = ol_shape_of(ol_span_head(head, OL_SHAPE_HEAD));
	if (shape == OL_SHAPE_JSON) {
		if (f->n < OL_SHAPE_JSON_HEAD && !whole)
			return 0;
		r = ol_shape_json(ol_span_head(head, OL_SHAPE_JSON_HEAD), &shape);
	}
	if (r)
		return r;
	f->state = ORDER;
	if (shape == OL_SHAPE_LINES)
		return ask_order(f, whole || f->n == HEAD);
	f->state = MADE_ORDER;
	f->records = ol_records_new(shape, made_line, f);
	f->turn = ol_turn_new(f->out.line, f->out.arg);
	return f->records && f->turn ? feed_records(f, f->head, f->n) : ol_no_memory();
}

int ol_front_feed(struct ol_front *f, const char *buf, size_t n)
{
	size_t k;
	int r = 0;

	while (n && !r && (f->state == SHAPE || f->state == ORDER)) {
		k = HEAD - f->n < n ? HEAD - f->n : n;
		memcpy(f->head + f->n, buf, k);
		f->n += k;
		buf += k;
		n -= k;
		r = f->state == SHAPE ? ask_shape(f, f->n == HEAD) : ask_order(f, f->n == HEAD);
	}
	if (!n || r)
		return r;
	if (f->state == PLAIN)
		return f->out.bytes(f->out.arg, buf, n);
	return f->records ? feed_records(f, buf, n) : turn_bytes(f, buf, n);
}

int ol_front_idle(struct ol_front *f)
{
	if (f->state == SHAPE || f->state == ORDER)
		return plain(f);
	if (f->state != MADE_ORDER)
		return 0;
	f->state = MADE;
	return ol_turn_out_forward(f->turn);
}

int ol_front_end(struct ol_front *f)
{
	enum ol_order_is is;
	int r = 0;

	if (f->state == SHAPE)
		r = f->n ? ask_shape(f, true) : plain(f);
	else if (f->state == ORDER)
		r = ask_order(f, true);
	if (!r && f->records)
		r = ol_records_end(f->records);
	else if (!r && (f->state == TURNED || f->state == SORTED) && f->open)
		r = end_line(f);
	if (!r && f->state == MADE_ORDER) {
		is = ol_order_end(f->order);
		if (is == OL_ORDER_FORWARD)
			r = ol_turn_out_forward(f->turn);
		else
			r = know_turn(f, is);
	}
	if (!r && f->state == TURNED)
		r = ol_turn_out(f->turn);
	else if (!r && f->state == SORTED)
		r = ol_turn_out_forward(f->turn);
	drop(f);
	return r;
}
