// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Each way to search that this processor has, not only the one that ol_scan() would choose. */
#include "analyze/scan.c"

static const struct way {
	const char *name;
	size_t (*scan)(const char *buf, size_t n);
	uint64_t (*count)(const char *buf, size_t n);
	bool here;
} * ways(size_t *ret_n)
{
	static struct way w[4];
	size_t n = 0;

	w[n++] = (struct way){ "ol_scan", ol_scan, ol_count_newlines, true };
#if defined(__x86_64__)
	w[n++] = (struct way){ "avx2", scan_avx2, count_avx2, __builtin_cpu_supports("avx2") };
	w[n++] = (struct way){ "vbmi", scan_vbmi, count_bytes,
			       __builtin_cpu_supports("avx512vbmi") };
#endif
	*ret_n = n;
	return w;
}

static size_t plainly(const char *buf, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < ANCHORS; k++)
			if (ol_span_starts(ol_span(buf + i, n - i), anchors[k].s))
				return i;
	return n;
}

/* Commas in between, so that few strings arise by themselves. */
static void noise(char *buf, size_t n)
{
	static unsigned rnd = 1;

	for (size_t i = 0; i < n; i++) {
		const struct ol_span *s;

		rnd = rnd * 1103515245 + 12345;
		s = &anchors[(rnd >> 16) % ANCHORS].s;
		buf[i] = ',';
		if (i % 3)
			buf[i] = s->p[(rnd >> 8) % s->n];
	}
}

/* Every string at every place, whole and one byte short, in noise of their own bytes. */
static void test_every_place(void **state)
{
	enum { N = 330 }; /* a stride and its rest */
	size_t n_ways;
	const struct way *w = ways(&n_ways);
	/* an allocation of its own: ASan sees a byte too far */
	char *buf = malloc(N);

	(void)state;
	assert_non_null(buf);
	for (size_t k = 0; k < ANCHORS; k++) {
		struct ol_span s = anchors[k].s;

		for (size_t at = 0; at + s.n <= N; at++)
			for (int whole = 0; whole < 2; whole++) {
				noise(buf, N);
				memcpy(buf + at, s.p, s.n - !whole);
				for (size_t v = 0; v < n_ways; v++)
					if (w[v].here)
						assert_int_equal(w[v].scan(buf, N),
								 plainly(buf, N));
			}
	}
	free(buf);
}

static void test_newlines(void **state)
{
	enum { N = 20000 };
	size_t n_ways;
	const struct way *w = ways(&n_ways);
	char *buf = malloc(N);

	(void)state;
	assert_non_null(buf);
	for (size_t n = 0; n < N; n = n * 2 + 1) {
		uint64_t want = 0;

		memset(buf, '\n', N);
		for (size_t i = 0; i < n; i += 7)
			buf[i] = 'x';
		for (size_t i = 0; i < n; i++)
			want += i % 7 != 0;
		for (size_t v = 0; v < n_ways; v++)
			if (w[v].here)
				assert_int_equal(w[v].count(buf, n), want);
	}
	free(buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_place),
		cmocka_unit_test(test_newlines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
