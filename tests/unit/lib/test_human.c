// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "lib/human.h"
#include "lib/span.h"

/* Sentences come out as vsnprintf() writes them, however little room there is. */
static void __attribute__((format(printf, 1, 2))) same(const char *fmt, ...)
{
	char a[200], b[200];
	va_list ap;

	for (size_t cap = 0; cap < sizeof(a); cap += cap < 40 ? 1 : 53) {
		int n, want;

		memset(a, 'x', sizeof(a));
		memset(b, 'x', sizeof(b));
		va_start(ap, fmt);
		n = ol_vformat(a, cap, fmt, ap);
		va_end(ap);
		va_start(ap, fmt);
		want = vsnprintf(b, cap, fmt, ap);
		va_end(ap);
		assert_int_equal(n, want);
		assert_memory_equal(a, b, sizeof(a));
	}
}

static void test_format(void **state)
{
	const char *volatile absent = NULL; /* an absent span; the compiler would warn */

	(void)state;
	same("%s", "");
	same("no conversion at all, and longer than the least of the rooms");
	same("%s and %s", "one", "another that is longer than sixteen bytes");
	same("%.*s|%.*s|%.*s", 3, "abcdef", 0, "abc", 10, "abc");
	same("<%.*s>", 0, absent);
	same("%d %d %d %d", 0, -1, INT32_MAX, INT32_MIN);
	same("%u %u", 0u, UINT32_MAX);
	same("%lld %lld %lld", 0LL, (long long)INT64_MAX, (long long)INT64_MIN);
	same("%llu %llu", 0ULL, (unsigned long long)UINT64_MAX);
	same("100 %% of %s%%", "it");
	/* these are left to it */
	same("%5d|%-5s|%05.1f|%lx|%c %s", 42, "ab", 3.25, 255L, 'c', "rest");
	same("%zu of %ld %s", (size_t)7, -7L, "rest");
}

/* What is compared and copied in pieces that overlap: each length, in memory of just that. */
static void test_bytes(void **state)
{
	(void)state;
	for (size_t n = 0; n < 150; n++) {
		char *a = malloc(n + !n), *b = malloc(n + !n);

		assert_true(a && b);
		for (size_t i = 0; i < n; i++)
			a[i] = (char)(i * 7 + n);
		memset(b, 0, n + !n);
		ol_bytes_copy(b, a, n);
		assert_memory_equal(a, b, n);
		assert_true(ol_bytes_eq(a, b, n));
		for (size_t i = 0; i < n; i++) {
			b[i] ^= 0x40;
			assert_false(ol_bytes_eq(a, b, n));
			b[i] ^= 0x40;
		}
		free(a);
		free(b);
	}
}

static void test_find(void **state)
{
	static const char hay[] = "aab aabaab [aab] aaabb ab";

	(void)state;
	for (size_t from = 0; from < sizeof(hay); from++)
		for (size_t to = from; to < sizeof(hay); to++)
			for (size_t at = 0; at < sizeof(hay) - 1; at++)
				for (size_t n = 1; at + n < sizeof(hay); n++) {
					struct ol_span h = ol_span(hay + from, to - from);
					const char *q = memmem(h.p, h.n, hay + at, n);

					assert_int_equal(ol_span_find(h, ol_span(hay + at, n)),
							 q ? q - h.p : -1);
				}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
