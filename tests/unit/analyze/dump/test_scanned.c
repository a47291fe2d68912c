// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analyze/dump/scan.h"
#include "analyze/dump/scanned.h"

/* Asked with and without what a search of a stretch has found: the same answer, whatever it is. */

enum { BLOCK = 512, BLOCKS = 9, FROM = 1000, N = FROM + BLOCK * (BLOCKS + 2) };

static char buf[N];

static unsigned rnd(unsigned n)
{
	static unsigned x = 1;

	x = x * 1103515245 + 12345;
	return (x >> 8) % n;
}

/* Strings that overlap in all ways, some of them cut. */
static void put_some(unsigned howmany)
{
	static const char *const strings[] = {
		"blocked for more than ",  "OOM kill",
		"Out of memory: ",         "oom-kill:",
		"Memory cgroup ",          "Killed process 12",
		"is evicted successfully", "Mem-Info:",
		"soft lockup - CPU",       "container oom ",
		" invoked oom-killer",     "I/O error, dev ",
	};

	for (size_t i = 0; i < N; i++)
		buf[i] = rnd(40) ? 'x' : '\n';
	while (howmany--) {
		const char *s = strings[rnd(sizeof(strings) / sizeof(strings[0]))];
		/* near the end of a block more often than not */
		size_t at = rnd(3) ? FROM + BLOCK * (1 + rnd(BLOCKS)) - rnd(40) : rnd(N - 40);
		size_t n = strlen(s) - (rnd(8) ? 0 : rnd(3));

		memcpy(buf + at, s, n);
	}
}

static void same(const struct ol_scanned *s, size_t off, size_t n)
{
	assert_int_equal(ol_scanned_find(s, off, buf + off, n),
			 ol_scan(OL_SCAN_EVENT, buf + off, n));
	assert_int_equal(ol_scanned_lines(s, off, buf + off, n), ol_count_newlines(buf + off, n));
}

static void test_same_answer(void **state)
{
	(void)state;
	for (int round = 0; round < 4000; round++) {
		struct ol_scanned s = { .from = FROM, .block = BLOCK };
		size_t half = BLOCK * rnd(BLOCKS) + OL_SCANNED_BEHIND;

		put_some(round % 7);
		/* in two pieces, as a file is read */
		ol_scanned_add(&s, buf + FROM, half);
		ol_scanned_add(&s, buf + FROM + s.n * BLOCK,
			       (BLOCKS - s.n) * BLOCK + OL_SCANNED_BEHIND);
		assert_int_equal(s.n, BLOCKS);
		same(&s, 0, N);
		same(&s, FROM, BLOCK * BLOCKS);
		for (int i = 0; i < 40; i++) {
			size_t off = rnd(N);

			same(&s, off, rnd(N - off + 1));
		}
	}
}

/* What was not searched is not known: neither what is cut off nor more than there is room for. */
static void test_what_is_known(void **state)
{
	struct ol_scanned s = { .from = 0, .block = 64 };

	(void)state;
	memset(buf, 'x', N);
	ol_scanned_add(&s, buf, 64 + OL_SCANNED_BEHIND - 1);
	assert_int_equal(s.n, 0);
	ol_scanned_add(&s, buf, 64 + OL_SCANNED_BEHIND);
	assert_int_equal(s.n, 1);
	ol_scanned_add(&s, buf, N);
	assert_int_equal(s.n, OL_SCANNED_BLOCKS);
	assert_int_equal(ol_scanned_find(NULL, 5, "xoom-kill:", 10),
			 ol_scan(OL_SCAN_EVENT, "xoom-kill:", 10));
	assert_int_equal(ol_scanned_lines(NULL, 5, "\n\n", 2), 2);
}

/* The answer comes from the index: bytes that nobody has searched are not looked at. */
static void test_it_is_used(void **state)
{
	struct ol_scanned s = { .from = 0, .block = 64 };

	(void)state;
	memset(buf, 'x', N);
	ol_scanned_add(&s, buf, N);
	memcpy(buf + 100, "oom-kill\n", 9);
	assert_int_equal(ol_scanned_find(&s, 0, buf, 64 * OL_SCANNED_BLOCKS),
			 64 * OL_SCANNED_BLOCKS);
	assert_int_equal(ol_scanned_lines(&s, 0, buf, 64 * OL_SCANNED_BLOCKS), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_answer),
		cmocka_unit_test(test_what_is_known),
		cmocka_unit_test(test_it_is_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
