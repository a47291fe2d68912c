// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "analyze/dump/explain.h"
#include "tests/fuzz/large.h"
#include "tests/fuzz/patience.h"

/*
 * The parser as a machine of states: whatever it is given, in whatever pieces, what it holds stays
 * in order, every byte and line is counted once, and it ends. A test that goes on for ever is
 * stopped by patience.h.
 */

#define COUNT(v) (sizeof(v) / sizeof((v)[0]))

enum { EVENTS = 512 };

struct got {
	struct ol_parser *p;
	struct place {
		uint64_t byte;
		uint32_t first, last;
	} at[EVENTS];
	size_t n; /* of all events */
	uint64_t fed;
};

static int on_event(void *arg, struct ol_oom_event *e)
{
	struct got *g = arg;

	if (g->n < EVENTS)
		g->at[g->n] = (struct place){ e->first_byte, e->first_line, e->last_line };
	g->n++;
	return 0;
}

static void check_state(const struct got *g)
{
	struct ol_parser_stats s = ol_parser_stats(g->p);

	assert_int_equal(s.bytes, g->fed);
	assert_true(s.lines <= s.bytes + 1);
	ol_parser_check(g->p);
}

static void begin(struct got *g)
{
	static const struct ol_parser_opts opts = { .now_us = INT64_C(1773480413000000) };

	*g = (struct got){ 0 };
	g->p = ol_parser_new(&opts, on_event, g);
	assert_non_null(g->p);
	assert_int_equal(ol_parser_begin(g->p, OL_SPAN("unit"), OL_TIME_NONE), 0);
	check_state(g);
}

/* In an allocation of its own: ASan and valgrind see a byte too far. */
static void feed(struct got *g, const char *p, size_t n)
{
	char *own = malloc(n ? n : 1);

	assert_non_null(own);
	memcpy(own, p, n);
	assert_int_equal(ol_parser_feed(g->p, own, n), 0);
	free(own);
	g->fed += n;
	check_state(g);
}

static void end(struct got *g, uint64_t lines)
{
	assert_int_equal(ol_parser_end(g->p), 0);
	check_state(g);
	assert_int_equal(ol_parser_stats(g->p).lines, lines);
	ol_parser_free(g->p);
}

static struct large *large(void)
{
	static struct large l = { .max = LARGE_MAX };

	if (!l.p)
		l.p = malloc(LARGE_MAX);
	assert_non_null(l.p);
	return &l;
}

/* ---- by chance ---- */

static void random_log(struct large *l, uint32_t *seed)
{
	char recipe[1024];
	size_t n = 0;

	for (uint32_t k = 2 + large_random(seed, 8); k; k--)
		n += large_random_line(recipe + n, sizeof(recipe) - n, seed);
	large_make(l, ol_span(recipe, n));
}

static size_t random_piece(uint32_t *seed, size_t left)
{
	static const size_t sizes[] = { 1,    2,     3,     7,      100,    4095,   4096,
					4097, 16384, 65536, 262143, 262144, 262145, 1048576 };
	size_t n = sizes[large_random(seed, COUNT(sizes))];

	/* tiny ones only now and then: there are megabytes */
	if (n < 64 && large_random(seed, 8))
		n = 1 + large_random(seed, 65536);
	return n < left ? n : left;
}

static void test_random_pieces(void **state)
{
	struct large *l = large();
	struct got a, b;

	(void)state;
	for (uint32_t k = 0; k < 60; k++) {
		uint32_t seed = k * 7919 + 1;

		patience("random pieces");
		random_log(l, &seed);
		begin(&a);
		feed(&a, l->p, l->n);
		end(&a, lines_of(l->p, l->n));
		begin(&b);
		for (size_t at = 0, n; at < l->n; at += n) {
			n = random_piece(&seed, l->n - at);
			feed(&b, l->p + at, n);
		}
		end(&b, lines_of(l->p, l->n));
		if (a.n != b.n || memcmp(a.at, b.at, sizeof(a.at)) != 0)
			fail_msg("log %u: %zu events at once, %zu in pieces, or elsewhere", k, a.n,
				 b.n);
	}
	patience(NULL);
}

/* Waiting in between gives out what is open; no line is lost or read twice for it. */
static void test_idle_in_between(void **state)
{
	struct large *l = large();
	struct got g;

	(void)state;
	for (uint32_t k = 0; k < 30; k++) {
		uint32_t seed = k * 104729 + 5;

		patience("idle in between");
		random_log(l, &seed);
		begin(&g);
		for (size_t at = 0, n; at < l->n; at += n) {
			n = random_piece(&seed, l->n - at);
			feed(&g, l->p + at, n);
			if (large_random(&seed, 4) == 0) {
				assert_int_equal(ol_parser_idle(g.p, 0), 0);
				check_state(&g);
			}
		}
		end(&g, lines_of(l->p, l->n));
	}
	patience(NULL);
}

/* A log that goes on in another file: each has lines of its own. */
static void test_turn_anywhere(void **state)
{
	struct large *l = large();
	struct got g;

	(void)state;
	for (uint32_t k = 0; k < 30; k++) {
		uint32_t seed = k * 15485863 + 11;
		size_t cut;

		patience("turn anywhere");
		random_log(l, &seed);
		cut = large_random(&seed, (uint32_t)l->n + 1);
		begin(&g);
		feed(&g, l->p, cut);
		assert_int_equal(ol_parser_turn(g.p), 0);
		check_state(&g);
		assert_int_equal(ol_parser_stats(g.p).lines, lines_of(l->p, cut));
		assert_int_equal(ol_parser_continue(g.p, OL_SPAN("unit.1"), OL_TIME_NONE), 0);
		g.fed = 0;
		feed(&g, l->p + cut, l->n - cut);
		end(&g, lines_of(l->p + cut, l->n - cut));
	}
	patience(NULL);
}

/* ---- one long line ---- */

enum {
	BUF_BYTES = OL_LINE_MAX + (16 << 10) + (32 << 10) + 64, /* the parser's */
};

static const size_t lengths[] = { 6 << 10,   16 << 10,  32 << 10,    64 << 10, 128 << 10,
				  256 << 10, 512 << 10, OL_LINE_MAX, BUF_BYTES };

static const size_t offsets[] = {
	0, (512 << 10) - 1, 512 << 10, (512 << 10) + 1, 1 << 20, 3 << 20
};

/* At once, and in one way of many. */
static void in_two_ways(struct large *l, size_t way, const char *what, uint64_t line, uint64_t byte)
{
	static const size_t sizes[] = { 4096, 65536, 262144, 1048576, 262145, 4097, 333333 };
	size_t size[] = { l->n, sizes[way % COUNT(sizes)] };
	struct got g;

	for (size_t w = 0; w < COUNT(size); w++) {
		patience(what);
		begin(&g);
		for (size_t at = 0, n; at < l->n; at += n) {
			n = l->n - at < size[w] ? l->n - at : size[w];
			feed(&g, l->p + at, n);
		}
		end(&g, lines_of(l->p, l->n));
		if (g.n != 1 || g.at[0].first != line || g.at[0].byte != byte)
			fail_msg(
				"%s, pieces of %zu: %zu events, the first in line %u at byte %llu, "
				"not in line %llu at byte %llu",
				what, size[w], g.n, g.n ? g.at[0].first : 0,
				(unsigned long long)(g.n ? g.at[0].byte : 0),
				(unsigned long long)line, (unsigned long long)byte);
	}
	patience(NULL);
}

static void one_long_line(size_t n, size_t offset, bool own, size_t way)
{
	static const unsigned char bytes[] = { 'x', ' ', 0, '{', 0xff };
	struct large *l = large();
	char what[128];

	snprintf(what, sizeof(what), "%zu bytes of 0x%02x behind %zu, %s", n,
		 bytes[way % COUNT(bytes)], offset, own ? "in a line of its own" : "in a line");
	large_make(l, OL_SPAN(""));
	large_fill(l, 0, offset);
	l->n -= !own && l->n; /* its newline */
	large_run(l, bytes[way % COUNT(bytes)], n);
	large_run(l, '\n', 1);
	offset = l->n;
	large_part(l, 1);
	if (way % 3 == 0)
		large_fill(l, 0, 300 << 10);
	in_two_ways(l, way, what, lines_of(l->p, offset) + 1, offset);
}

static void test_one_long_line(void **state)
{
	size_t way = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(lengths); i++)
		for (size_t k = 0; k < COUNT(offsets); k++)
			for (size_t d = 0; d < 3; d++, way++) {
				one_long_line(lengths[i] + d - 1, offsets[k], true, way);
				one_long_line(lengths[i] + d - 1, offsets[k], false, way + 2);
			}
}

/* ---- every stage with a full buffer ---- */

/*
 * What begins something whose end is awaited (a prefix that is to be learnt, a record, a value, a
 * message in parts), and then more than anybody keeps.
 */
static void test_full_buffers(void **state)
{
	static const char *const fronts[] = {
		"Out of memory",
		"klog-1   | Mem-Info:",
		"10.5.0.2: kern: Killed process 1",
		"Mem-Info:",
		"{\"log\":\"Out of memory",
		"{\"MESSAGE\":\"Out of memory",
		"2026-03-12T11:02:33.123456789Z stdout P Out of memory",
		"4,4711,84213557315,-;Out of memory",
		"Mar 12 11:02:33 fenwick kernel: [84213.557315] Out of memory",
		"[84213.557315] big invoked oom-killer: gfp_mask=0x",
		"[84213.557315] Node 0 DMA: ",
	};
	struct large *l = large();
	char what[128];
	size_t way = 0;

	(void)state;
	for (size_t f = 0; f < COUNT(fronts); f++)
		for (size_t i = 0; i < COUNT(lengths); i++, way++) {
			size_t n = lengths[i] + way % 3 - 1, at;

			snprintf(what, sizeof(what), "%.60s and more, %zu bytes", fronts[f], n);
			large_make(l, OL_SPAN(""));
			large_fill(l, 0, offsets[way % COUNT(offsets)]);
			large_put(l, fronts[f], strlen(fronts[f]));
			large_run(l, 'x', n - strlen(fronts[f]));
			large_run(l, '\n', 1);
			/* far enough that nothing of it can belong to the dump */
			large_fill(l, 3, 400 << 10);
			at = l->n;
			large_part(l, 1);
			/* a head is an event of its own */
			if (!strstr(fronts[f], "invoked"))
				in_two_ways(l, way, what, lines_of(l->p, at) + 1, at);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_pieces), cmocka_unit_test(test_idle_in_between),
		cmocka_unit_test(test_turn_anywhere), cmocka_unit_test(test_one_long_line),
		cmocka_unit_test(test_full_buffers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
