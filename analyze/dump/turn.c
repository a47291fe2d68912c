// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/turn.h"

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/spool.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define TURN_BLOCK ((size_t)4 << 20) /* of text; a line is at most OL_LINE_MAX */
#define TURN_LINES ((size_t)64 << 10) /* of them: 48 bytes each are beside the text */

struct turn_line {
	uint32_t off, n;
	uint64_t lineno, byte;
	uint64_t begins;
	struct ol_order_key key; /* where it begins a record */
};

/* A record of a stamp's lines, to be sorted. */
struct place {
	uint32_t from, to; /* its lines */
	uint64_t host;
	int64_t mono_us;
};

struct block {
	uint64_t off; /* in the file: the text, then its lines */
	size_t n, lines;
};

struct ol_turn {
	ol_record_fn fn;
	void *arg;
	unsigned by; /* OL_BEGINS_… */
	char *text;
	struct turn_line *line;
	size_t n, lines;
	bool sorts; /* what has one stamp, by the kernel's clock */
	struct place *place; /* two of TURN_LINES then: as they came, and sorted */
	struct block *block; /* in the file */
	size_t n_blocks, cap_blocks;
	int fd; /* -1: none yet */
	uint64_t end; /* of the file */
};

struct ol_turn *ol_turn_new(ol_record_fn fn, void *arg)
{
	struct ol_turn *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->fn = fn;
	t->arg = arg;
	t->fd = -1;
	t->by = OL_BEGINS_RECORD;
	t->text = malloc(TURN_BLOCK);
	t->line = malloc(TURN_LINES * sizeof(*t->line));
	if (!t->text || !t->line) {
		ol_turn_free(t);
		return NULL;
	}
	return t;
}

void ol_turn_free(struct ol_turn *t)
{
	if (!t)
		return;
	if (t->fd >= 0)
		close(t->fd);
	free(t->text);
	free(t->line);
	free(t->place);
	free(t->block);
	free(t);
}

/* The block goes to the file. 1: it cannot. */
static int put_away(struct ol_turn *t)
{
	size_t meta = t->lines * sizeof(*t->line);
	struct block *v;

	if (t->n_blocks == t->cap_blocks) {
		size_t cap = t->cap_blocks ? 2 * t->cap_blocks : 64;

		v = reallocarray(t->block, cap, sizeof(*v));
		if (!v)
			return ol_no_memory();
		t->block = v;
		t->cap_blocks = cap;
	}
	if (t->fd < 0)
		t->fd = ol_spool_open();
	if (t->fd < 0 || ol_spool_write(t->fd, t->text, t->n, t->end) < 0 ||
	    ol_spool_write(t->fd, t->line, meta, t->end + t->n) < 0)
		return 1;
	t->block[t->n_blocks++] = (struct block){ t->end, t->n, t->lines };
	t->end += t->n + meta;
	t->n = t->lines = 0;
	return 0;
}

void ol_turn_by(struct ol_turn *t, unsigned begins)
{
	t->by = begins;
}

int ol_turn_sort(struct ol_turn *t)
{
	t->by = OL_BEGINS_STAMP;
	t->sorts = true;
	if (!t->place)
		t->place = calloc(2 * TURN_LINES, sizeof(*t->place));
	return t->place ? 0 : ol_no_memory();
}

bool ol_turn_fits(const struct ol_turn *t, struct ol_span line)
{
	return t->n + line.n <= TURN_BLOCK && t->lines < TURN_LINES;
}

int ol_turn_add(struct ol_turn *t, struct ol_span line, unsigned begins, uint64_t lineno,
		uint64_t byte)
{
	return ol_turn_add_by(t, line, begins, (struct ol_order_key){ 0, OL_TIME_NONE }, lineno,
			      byte);
}

int ol_turn_add_by(struct ol_turn *t, struct ol_span line, unsigned begins, struct ol_order_key key,
		   uint64_t lineno, uint64_t byte)
{
	int r;

	/* what is not turned is not parted between blocks, unless it is a block itself */
	if (t->n + line.n > TURN_BLOCK || t->lines == TURN_LINES ||
	    ((begins & t->by) && (t->n > TURN_BLOCK / 2 || t->lines > TURN_LINES / 2))) {
		r = put_away(t);
		if (r)
			return r;
	}
	if (line.n)
		memcpy(t->text + t->n, line.p, line.n);
	t->line[t->lines++] =
		(struct turn_line){ (uint32_t)t->n, (uint32_t)line.n, lineno, byte, begins, key };
	t->n += line.n;
	return 0;
}

static int out_lines(struct ol_turn *t, size_t from, size_t to)
{
	int r = 0;

	for (size_t i = from; i < to && !r; i++) {
		const struct turn_line *l = &t->line[i];

		r = t->fn(t->arg, ol_span(t->text + l->off, l->n), l->lineno, l->byte);
	}
	return r;
}

static int by_clock(const void *va, const void *vb)
{
	const struct place *a = va, *b = vb;

	if (a->host != b->host)
		return a->host < b->host ? -1 : 1;
	if (a->mono_us != b->mono_us)
		return a->mono_us < b->mono_us ? -1 : 1;
	return (a->from > b->from) - (a->from < b->from);
}

static int by_host(const void *va, const void *vb)
{
	const struct place *a = va, *b = vb;

	if (a->host != b->host)
		return a->host < b->host ? -1 : 1;
	return (a->from > b->from) - (a->from < b->from);
}

static int by_line(const void *va, const void *vb)
{
	const struct place *a = va, *b = vb;

	return (a->from > b->from) - (a->from < b->from);
}

/*
 * The lines [@from, @to) of one stamp: the places that a host's records have are filled in the
 * order of its kernel's clock. What has no such clock, or no host, stays where it is.
 */
static int out_sorted(struct ol_turn *t, size_t from, size_t to)
{
	struct place *was = t->place, *sorted = t->place + TURN_LINES;
	size_t n = 0;
	int r = 0;

	for (size_t i = from, next; i < to; i = next) {
		const struct ol_order_key *k = &t->line[i].key;

		for (next = i + 1; next < to && !(t->line[next].begins & OL_BEGINS_RECORD); next++)
			;
		if (k->host && k->mono_us != OL_TIME_NONE)
			was[n++] =
				(struct place){ (uint32_t)i, (uint32_t)next, k->host, k->mono_us };
	}
	if (n < 2)
		return out_lines(t, from, to);
	memcpy(sorted, was, n * sizeof(*was));
	qsort(sorted, n, sizeof(*sorted), by_clock);
	qsort(was, n, sizeof(*was), by_host);
	/* of a place its first line stays; which record fills it changes */
	for (size_t i = 0; i < n; i++) {
		was[i].host = sorted[i].from;
		was[i].mono_us = sorted[i].to;
	}
	qsort(was, n, sizeof(*was), by_line);
	for (size_t i = 0; i < n && !r; i++) {
		r = out_lines(t, from, was[i].from);
		if (!r)
			r = out_lines(t, (size_t)was[i].host, (size_t)was[i].mono_us);
		from = was[i].to;
	}
	return r ? r : out_lines(t, from, to);
}

/* Lines of one stamp, or of one record. */
static int out_group(struct ol_turn *t, size_t from, size_t to)
{
	return t->sorts ? out_sorted(t, from, to) : out_lines(t, from, to);
}

int ol_turn_out_forward(struct ol_turn *t)
{
	int r = 0;

	for (size_t from = 0, to; from < t->lines && !r; from = to) {
		for (to = from + 1; to < t->lines && !(t->line[to].begins & t->by); to++)
			;
		r = out_group(t, from, to);
	}
	t->n = t->lines = 0;
	return r;
}

static int out_block(struct ol_turn *t)
{
	size_t to = t->lines, from;
	int r = 0;

	while (to && !r) {
		for (from = to - 1; from && !(t->line[from].begins & t->by); from--)
			;
		r = out_group(t, from, to);
		to = from;
	}
	t->n = t->lines = 0;
	return r;
}

int ol_turn_out(struct ol_turn *t)
{
	int r = out_block(t);

	while (t->n_blocks && !r) {
		const struct block *b = &t->block[--t->n_blocks];

		r = ol_spool_read(t->fd, t->text, b->n, b->off);
		if (!r)
			r = ol_spool_read(t->fd, t->line, b->lines * sizeof(*t->line),
					  b->off + b->n);
		t->n = b->n;
		t->lines = b->lines;
		/* what was read is not needed any more */
		if (!r)
			r = ftruncate(t->fd, (off_t)b->off) < 0 ? -errno : out_block(t);
	}
	t->n_blocks = 0;
	t->end = 0;
	return r;
}
