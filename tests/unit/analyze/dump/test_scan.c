// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Each way to search that this processor has, not only the one that ol_scan() would choose. */
#include "analyze/dump/scan.c"

static const struct way {
	const char *name;
	size_t (*scan)(const struct set *set, const char *buf, size_t n);
	uint64_t (*count)(const char *buf, size_t n);
	bool here;
} * ways(size_t *ret_n);

static size_t by_bytes(const struct set *set, const char *buf, size_t n)
{
	return scan_bytes(set, buf, 0, n);
}

static size_t by_choice(const struct set *set, const char *buf, size_t n)
{
	return ol_scan((enum ol_scan_set)(set - sets), buf, n);
}

static const struct way *ways(size_t *ret_n)
{
	static struct way w[5];
	size_t n = 0;

	w[n++] = (struct way){ "ol_scan", by_choice, ol_count_newlines, true };
	w[n++] = (struct way){ "bytes", by_bytes, count_bytes, true };
#if defined(__x86_64__)
	w[n++] = (struct way){ "ssse3", scan_ssse3, count_sse2, __builtin_cpu_supports("ssse3") };
	w[n++] = (struct way){ "avx2", scan_avx2, count_avx2, __builtin_cpu_supports("avx2") };
	w[n++] = (struct way){ "vbmi", scan_vbmi, count_bytes,
			       __builtin_cpu_supports("avx512vbmi") };
#endif
	*ret_n = n;
	return w;
}

static size_t plainly(const struct set *set, const char *buf, size_t n)
{
	enum ol_scan_set which = (enum ol_scan_set)(set - sets);
	size_t best_window = n, best = n;

	/* the place that is told is that of the string whose window stands first */
	for (size_t k = 0; k < ANCHORS; k++) {
		const struct anchor *a = &anchors[k];

		if ((which != OL_SCAN_DUMP && a->role == GOES_ON) ||
		    (which != OL_SCAN_SAID && a->role == SAID))
			continue;
		for (size_t i = 0; i + a->s.n <= n && i + a->at < best_window; i++)
			if (memcmp(buf + i, a->s.p, a->s.n) == 0 && fits_in(buf, n, i, a)) {
				best_window = i + a->at;
				best = i;
			}
	}
	return best;
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

/*
 * Two strings may overlap; then any of the two places is right: the line is looked at.
 */
static void same_place(const struct way *w, const struct set *set, const char *buf, size_t n)
{
	size_t got = w->scan(set, buf, n), want = plainly(set, buf, n);

	if (got != want && (got == n || want == n || got > want + OL_SCAN_OVERLAP))
		fail_msg("%s: %zu, not %zu", w->name, got, want);
}

/* Every string at every place, whole and one byte short, in noise of their own bytes. */
static void test_every_place(void **state)
{
	enum { N = 330, STEP = 23 }; /* a stride and its rest */
	size_t n_ways;
	const struct way *w = ways(&n_ways);
	/* an allocation of its own: ASan sees a byte too far */
	char *buf = malloc(N);

	(void)state;
	assert_non_null(buf);
	for (size_t k = 0; k < ANCHORS; k++) {
		struct ol_span s = anchors[k].s;

		/* over all strings, every place of a stride */
		for (size_t at = k % STEP; at + s.n <= N; at += STEP)
			for (int whole = 0; whole < 2; whole++) {
				noise(buf, N);
				memcpy(buf + at, s.p, s.n - !whole);
				for (size_t v = 0; v < n_ways; v++)
					for (size_t set = 0; w[v].here && set < OL_SCAN_SETS; set++)
						same_place(&w[v], &sets[set], buf, N);
			}
	}
	free(buf);
}

static bool found(enum ol_scan_set set, const char *line)
{
	size_t n = strlen(line);
	char buf[400];
	bool alone = ol_scan(set, line, n) < n;

	/* behind an ordinary line that is longer than a block, and with another one behind it */
	memset(buf, 'y', sizeof(buf));
	memcpy(buf + 130, line, n);
	buf[129] = buf[130 + n] = '\n';
	assert_int_equal(ol_scan(set, buf, sizeof(buf)) < sizeof(buf), alone);
	return alone;
}

/* What a program says of memory is no candidate; what the kernel says is. */
static void test_words(void **state)
{
	static const char *const program[] = {
		"java.lang.OutOfMemoryError: Java heap space",
		"Out of memory error in worker 4",
		"app: oom_score_adj=0 set for child",
		"unit: Failed with result 'exit-code'.",
		"the oom-killer may have come",
		"Killed process group of job 7",
		"page allocation of 12 pages",
		"OOM",
	};
	static const char *const kernel[] = {
		"java invoked oom-killer: gfp_mask=0xcc0",
		"oom-killer: gfp_mask=0xd0, order=0",
		"java invoked oom-killer",
		"oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null)",
		"Out of memory: Killed process 12 (a)",
		"Out of Memory: Kill process 12 (a) score 9 and children.",
		"Out of memory and no killable processes...",
		"Out of memory (oom_kill_allocating_task): Kill process 4 (a)",
		"Killed process 12 (a) total-vm:1kB",
		"swapper: page allocation failure. order:1, mode:0x20",
		"x: page allocation stalls for 10020ms, order:0",
		"oom_reaper: reaped process 12 (a), now anon-rss:0kB",
	};
	static const char *const middle[] = {
		"[ 2718]  1000  2718   476761   423166 32960512        0             0 a",
		"[   2718] 100999  2718   476761   423166 32960512        0             0 a",
		" oom_kill_process+0xf5/0x1c0",
		"dentry              12345KB      12345KB",
		"8650736 pages RAM",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(program) / sizeof(program[0]); i++)
		if (found(OL_SCAN_EVENT, program[i]))
			fail_msg("%s", program[i]);
	for (size_t i = 0; i < sizeof(kernel) / sizeof(kernel[0]); i++)
		if (!found(OL_SCAN_EVENT, kernel[i]) || !found(OL_SCAN_DUMP, kernel[i]))
			fail_msg("%s", kernel[i]);
	for (size_t i = 0; i < sizeof(middle) / sizeof(middle[0]); i++)
		if (!found(OL_SCAN_DUMP, middle[i]))
			fail_msg("%s", middle[i]);
}

static bool still_found(const struct ol_scanner *s, struct ol_span line)
{
	bool in_event = ol_scanner_find(s, OL_SCAN_EVENT, line.p, line.n) < line.n;

	/* the larger set has what the smaller one has */
	assert_true(!in_event || ol_scanner_find(s, OL_SCAN_DUMP, line.p, line.n) < line.n);
	return in_event;
}

static void test_in_vain(void **state)
{
	static const struct ol_span weak = OL_SPAN_INIT("agent: active_anon:17 pages"),
				    other = OL_SPAN_INIT("nfs: server nas not responding"),
				    strong = OL_SPAN_INIT("app: Killed process 17, says the app");
	struct ol_scanner *s = ol_scanner_new();
	struct ol_span out = { 0 };
	uint64_t off = VAIN_BYTES * 10;
	size_t n = 0;

	(void)state;
	assert_non_null(s);
	ol_scanner_begin(s);
	for (; !out.n && n < 5000; n++) {
		assert_true(still_found(s, weak) && !ol_scanner_less(s));
		out = ol_scanner_vain(s, off, weak);
	}
	assert_int_equal(n, VAIN_LINES + 10 + 1);
	assert_true(ol_span_eqs(out, "active_anon:"));
	assert_true(ol_scanner_less(s) && !still_found(s, weak) && still_found(s, other));
	/* nothing is counted for a line that is not found */
	assert_int_equal(ol_scanner_vain(s, off, weak).n, 0);
	/* what begins an event is looked for whatever stands in the log */
	for (n = 0; n < 5000; n++)
		assert_int_equal(ol_scanner_vain(s, 0, strong).n, 0);
	assert_true(still_found(s, strong));
	/* of trouble the same */
	for (n = 0; n < 5000; n++)
		if (ol_scanner_vain(s, 0, other).n)
			break;
	assert_int_equal(n, VAIN_LINES);
	assert_true(!still_found(s, other) && !still_found(s, weak) && still_found(s, strong));
	ol_scanner_begin(s);
	assert_true(!ol_scanner_less(s) && still_found(s, weak) && still_found(s, other));
	free(s);
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
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_in_vain),
		cmocka_unit_test(test_newlines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
