// SPDX-License-Identifier: GPL-2.0-or-later
/* What stands in front of the lines: ordinary logs go through, others are made or turned. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "analyze/dump/front.h"
#include "analyze/dump/turn.h"

static char out[1 << 16];
static size_t out_n, plain_n;
static unsigned made_n, warned;
static uint64_t last;
static bool falls;

static int on_bytes(void *arg, const char *buf, size_t n)
{
	(void)arg;
	assert_int_equal(0, made_n);
	if (out_n + n < sizeof(out)) {
		memcpy(out + out_n, buf, n);
		out_n += n;
		out[out_n] = '\0';
	}
	plain_n += n;
	return 0;
}

static int on_line(void *arg, struct ol_span line, uint64_t lineno, uint64_t byte)
{
	(void)arg;
	(void)byte;
	assert_int_equal(0, plain_n);
	falls &= !made_n || lineno < last;
	last = lineno;
	made_n++;
	if (out_n + line.n + 32 < sizeof(out))
		out_n += (size_t)snprintf(out + out_n, sizeof(out) - out_n, "%llu %.*s\n",
					  (unsigned long long)lineno, OL_SPAN_ARG(line));
	return 0;
}

static void on_warn(void *arg, uint64_t lineno, const char *text)
{
	(void)arg;
	(void)lineno;
	assert_true(strlen(text) < 160);
	warned++;
}

static const struct ol_front_out to = { on_bytes, on_line, on_warn, NULL };

static void run(const char *text, size_t n, size_t piece, bool asks)
{
	struct ol_front *f = ol_front_new(&to);

	assert_non_null(f);
	out_n = plain_n = made_n = warned = 0;
	out[0] = '\0';
	falls = true;
	ol_front_begin(f, asks);
	for (size_t i = 0; i < n; i += piece)
		assert_int_equal(0, ol_front_feed(f, text + i, n - i < piece ? n - i : piece));
	assert_int_equal(0, ol_front_end(f));
	ol_front_free(f);
}

static void check(const char *text, const char *want)
{
	static const size_t pieces[] = { 1, 7, 1u << 20 };
	size_t n = strlen(text);

	print_message("%.60s\n", text);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		run(text, n, pieces[i], true);
		assert_string_equal(want, out);
		assert_int_equal(0, warned);
	}
}

/* As it is, to the byte. */
static void check_plain(const char *text)
{
	check(text, text);
}

static void test_forward(void **state)
{
	(void)state;
	check_plain("");
	check_plain("one line");
	check_plain("Jun  4 03:33:20 w kernel: a\nJun  4 03:33:21 w kernel: b\n");
	/* one clock that is wrong, and two files put together the newer first */
	check_plain("Jun  4 03:33:20 w a: 1\nJun  4 03:33:21 w a: 2\nJun  4 03:30:00 v a: 3\n"
		    "Jun  4 03:33:22 w a: 4\n");
}

static void test_turned(void **state)
{
	(void)state;
	/* what is indented goes on with the line above it */
	check("Jun  4 03:33:24 w a[1]: e\n"
	      "Jun  4 03:33:23 w a[1]: d\n"
	      "                        its second line\n"
	      "Jun  4 03:33:22 w a[1]: c\nJun  4 03:33:21 w a[1]: b\nJun  4 03:33:20 w a[1]: a",
	      "6 Jun  4 03:33:20 w a[1]: a\n5 Jun  4 03:33:21 w a[1]: b\n"
	      "4 Jun  4 03:33:22 w a[1]: c\n2 Jun  4 03:33:23 w a[1]: d\n"
	      "3                         its second line\n1 Jun  4 03:33:24 w a[1]: e\n");
	/* all of one second: the kernel prints this the other way round */
	check("Jun  4 03:33:20 w kernel: Killed process 7 (x) total-vm:1kB, anon-rss:1kB, "
	      "file-rss:1kB\n"
	      "Jun  4 03:33:20 w kernel: Tasks state (memory values in pages):\n"
	      "Jun  4 03:33:20 w kernel: Mem-Info:\n"
	      "Jun  4 03:33:20 w kernel: x invoked oom-killer: gfp_mask=0xcc0, order=0\n",
	      "4 Jun  4 03:33:20 w kernel: x invoked oom-killer: gfp_mask=0xcc0, order=0\n"
	      "3 Jun  4 03:33:20 w kernel: Mem-Info:\n"
	      "2 Jun  4 03:33:20 w kernel: Tasks state (memory values in pages):\n"
	      "1 Jun  4 03:33:20 w kernel: Killed process 7 (x) total-vm:1kB, anon-rss:1kB, "
	      "file-rss:1kB\n");
	check("[{\"message\":\"c\",\"time\":1780544004},{\"message\":\"b\",\"time\":1780544003},"
	      "{\"message\":\"a\",\"time\":1780544002}]",
	      "1 {\"message\":\"a\",\"time\":1780544002}\n"
	      "1 {\"message\":\"b\",\"time\":1780544003}\n"
	      "1 {\"message\":\"c\",\"time\":1780544004}\n");
}

#define CHOSEN(pid) \
	" w kernel: Out of memory: Kill process " pid " (x) score 9 or sacrifice child\n"
#define KILLED(pid) \
	" w kernel: Killed process " pid " (x) total-vm:9kB, anon-rss:8kB, file-rss:0kB\n"

/* A stamp without a year falls where the year turns; one that falls is a seam of two files. */
static void test_few(void **state)
{
	(void)state;
	check_plain("Dec 30 03:33:20 w app: a\n"
		    "Jan  3 03:33:20" CHOSEN("70") "Jan  3 03:33:20" KILLED("70"));
	check_plain("Nov 20 03:33:20 w app: a\n"
		    "Nov 10 03:33:20" CHOSEN("70") "Nov 10 03:33:20" KILLED("70"));
	check_plain("Nov 20 03:33:20" CHOSEN("70") "Nov 20 03:33:20" KILLED(
		"70") "Nov 10 03:33:20" CHOSEN("70") "Nov 10 03:33:20" KILLED("70"));
	check("[{\"message\":\"b\",\"time\":1780544003},{\"message\":\"a\",\"time\":1780544002}]",
	      "1 {\"message\":\"b\",\"time\":1780544003}\n"
	      "1 {\"message\":\"a\",\"time\":1780544002}\n");
	/* that a victim is dead is said behind who it is to be, */
	check("Jan  3 03:33:20" KILLED("70") "Jan  3 03:33:20" CHOSEN(
		      "70") "Dec 30 03:33:20 w app: a\n",
	      "3 Dec 30 03:33:20 w app: a\n2 Jan  3 03:33:20" CHOSEN(
		      "70") "1 Jan  3 03:33:20" KILLED("70"));
	check("Jan  3 03:33:21" KILLED("70") "Jan  3 03:33:20" CHOSEN("70"),
	      "2 Jan  3 03:33:20" CHOSEN("70") "1 Jan  3 03:33:21" KILLED("70"));
	/* of two it says nothing */
	check_plain("Jan  3 03:33:20" KILLED("70") "Jan  3 03:33:20" CHOSEN("71"));
	/* newest first over the turn of the year */
	check("Jan  2 03:33:20 w a: d\nJan  1 03:33:20 w a: c\nDec 31 03:33:20 w a: b\n"
	      "Dec 30 03:33:20 w a: a\n",
	      "4 Dec 30 03:33:20 w a: a\n3 Dec 31 03:33:20 w a: b\n2 Jan  1 03:33:20 w a: c\n"
	      "1 Jan  2 03:33:20 w a: d\n");
}

/* Hosts write into each other: each has its own dumps, and its own clock. */
static void test_two_hosts(void **state)
{
	static const char *const dump[] = {
		"x invoked oom-killer: gfp_mask=0xcc0, order=0",
		"Mem-Info:",
		"Tasks state (memory values in pages):",
		"Killed process 70 (x) total-vm:9kB, anon-rss:8kB, file-rss:0kB",
	};
	/* whose line comes next, from the newest on */
	static const char *const ways[] = { "vwwvwvwv", "wwvwvvvw", "vvvvwwww", "wvwvwvwv" };
	static char text[2048], want[2048];

	(void)state;
	for (size_t way = 0; way < sizeof(ways) / sizeof(ways[0]); way++) {
		size_t n = 0, k = 0, left[2] = { 4, 4 }, at[8];

		for (size_t i = 0; i < 8; i++) {
			at[i] = n;
			n += (size_t)snprintf(text + n, sizeof(text) - n,
					      "Jun  4 03:33:20 %c kernel: %s\n", ways[way][i],
					      dump[--left[ways[way][i] == 'v']]);
		}
		for (size_t i = 8; i-- > 0;)
			k += (size_t)snprintf(want + k, sizeof(want) - k, "%zu %.*s\n", i + 1,
					      (int)strcspn(text + at[i], "\n"), text + at[i]);
		check(text, want);
	}
}

#define MIX(host, us, text) "Jun  4 03:33:20 " host " kernel: [  7.0000" us "] " text "\n"

/* What was sorted by a stamp that many lines share: the kernel's clock knows their order. */
static void test_mixed(void **state)
{
	static const char *const lines[] = {
		"Jun  4 03:33:19 w kernel: [  6.000000] first\n",
		MIX("w", "05", "e"),
		MIX("w", "02", "b"),
		MIX("w", "09", "i"),
		MIX("w", "01", "a"),
		"Jun  4 03:33:20 w app: stays\n",
		MIX("w", "08", "h"),
		MIX("w", "03", "c"),
		MIX("v", "02", "of another"),
		MIX("w", "07", "g"),
		MIX("w", "04", "d"),
		MIX("w", "06", "f"),
		"Jun  4 03:33:21 w kernel: [  8.000000] last\n",
	};
	static const unsigned sorted[] = { 1, 5, 3, 8, 11, 6, 2, 12, 9, 10, 7, 4, 13 };
	static char text[2048], want[2048];
	size_t n = 0, k = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s", lines[i]);
		k += (size_t)snprintf(want + k, sizeof(want) - k, "%u %s", sorted[i],
				      lines[sorted[i] - 1]);
	}
	check(text, want);
	/* one step back is what two CPUs do */
	check_plain(MIX("w", "01", "a") MIX("w", "02", "b") MIX("w", "04", "c") MIX("w", "03", "d")
			    MIX("w", "05", "e") MIX("w", "06", "f"));
	/* and without a host there may be two of them */
	check_plain(
		"Jun  4 03:33:20 kernel: [  7.000001] a\nJun  4 03:33:20 kernel: [  9.000001] A\n"
		"Jun  4 03:33:20 kernel: [  7.000002] b\nJun  4 03:33:20 kernel: [  9.000002] B\n"
		"Jun  4 03:33:20 kernel: [  7.000003] c\nJun  4 03:33:20 kernel: [  9.000003] C\n"
		"Jun  4 03:33:20 kernel: [  7.000004] d\nJun  4 03:33:20 kernel: [  9.000004] D\n"
		"Jun  4 03:33:20 kernel: [  7.000005] e\nJun  4 03:33:20 kernel: [  9.000005] E\n");
}

/* Records, newest first, and in no order inside of a stamp. */
static void test_mixed_made(void **state)
{
	static const unsigned us[] = { 5, 2, 9, 1, 8, 3, 7, 4, 6 };
	static char text[8192], want[8192];
	size_t n = 0, k = 0;

	(void)state;
	for (unsigned s = 5; s-- > 0;)
		for (size_t i = 0; i < 9; i++)
			n += (size_t)snprintf(text + n, sizeof(text) - n,
					      "%s{\"host\":\"w\",\"message\":\"[  %u.%06u] "
					      "x\",\"time\":178054400%u}",
					      n ? "," : "[", s, us[i], s);
	snprintf(text + n, sizeof(text) - n, "]");
	for (unsigned s = 0; s < 5; s++)
		for (unsigned i = 1; i < 10; i++)
			k += (size_t)snprintf(want + k, sizeof(want) - k,
					      "1 {\"host\":\"w\",\"message\":\"[  %u.%06u] "
					      "x\",\"time\":178054400%u}\n",
					      s, i, s);
	check(text, want);
}

/* Who sorts by a clock that shows seconds may leave what is of one second as it was. */
static void test_ties(void **state)
{
	(void)state;
	/* so stand files that were put together the newer first */
	check("Jun  4 03:33:20 w kernel: x invoked oom-killer: gfp_mask=0xcc0, order=0\n"
	      "Jun  4 03:33:20 w kernel: Mem-Info:\n"
	      "Jun  4 03:33:20 w kernel: Tasks state (memory values in pages):\n"
	      "Jun  3 03:33:20 w kernel: x invoked oom-killer: gfp_mask=0xcc0, order=0\n"
	      "Jun  3 03:33:20 w kernel: Mem-Info:\n"
	      "Jun  2 03:33:20 w kernel: x invoked oom-killer: gfp_mask=0xcc0, order=0\n"
	      "Jun  1 03:33:20 w kernel: x invoked oom-killer: gfp_mask=0xcc0, order=0\n"
	      "Jun  1 03:33:20 w kernel: Mem-Info:\n",
	      "7 Jun  1 03:33:20 w kernel: x invoked oom-killer: gfp_mask=0xcc0, order=0\n"
	      "8 Jun  1 03:33:20 w kernel: Mem-Info:\n"
	      "6 Jun  2 03:33:20 w kernel: x invoked oom-killer: gfp_mask=0xcc0, order=0\n"
	      "4 Jun  3 03:33:20 w kernel: x invoked oom-killer: gfp_mask=0xcc0, order=0\n"
	      "5 Jun  3 03:33:20 w kernel: Mem-Info:\n"
	      "1 Jun  4 03:33:20 w kernel: x invoked oom-killer: gfp_mask=0xcc0, order=0\n"
	      "2 Jun  4 03:33:20 w kernel: Mem-Info:\n"
	      "3 Jun  4 03:33:20 w kernel: Tasks state (memory values in pages):\n");
	/* the kernel's own clock says it, too; and a dump's end stands in front of its beginning */
	check("[{\"message\":\"[7.000003] Tasks state\",\"ts\":1780544001},"
	      "{\"message\":\"[7.000004] b\",\"ts\":1780544001},"
	      "{\"message\":\"[7.000001] Mem-Info:\",\"ts\":1780544000},"
	      "{\"message\":\"[7.000002] a\",\"ts\":1780544000}]",
	      "1 {\"message\":\"[7.000001] Mem-Info:\",\"ts\":1780544000}\n"
	      "1 {\"message\":\"[7.000002] a\",\"ts\":1780544000}\n"
	      "1 {\"message\":\"[7.000003] Tasks state\",\"ts\":1780544001}\n"
	      "1 {\"message\":\"[7.000004] b\",\"ts\":1780544001}\n");
}

/* A field of a journal's export may hold what looks like a record: it stays where it is. */
static void test_turned_export(void **state)
{
	static const char text[] =
		"__CURSOR=c\n__REALTIME_TIMESTAMP=1780544003000000\nMESSAGE=c\n\n"
		"__CURSOR=b\n__REALTIME_TIMESTAMP=1780544002000000\nMESSAGE\n"
		"\x19\0\0\0\0\0\0\0b\n__CURSOR=x\n_TRANSPORT=k\n\n"
		"__CURSOR=a\n__REALTIME_TIMESTAMP=1780544001000000\nMESSAGE=a\n\n"
		"__CURSOR=z\n__REALTIME_TIMESTAMP=1780544000000000\nMESSAGE=z\n\n";
	static const unsigned want[] = { 16, 17, 18, 19, 12, 13, 14, 15, 5, 6,
					 7,  8,  9,  10, 11, 1,  2,  3,  4 };
	unsigned lineno;
	char *at = out;
	int n;

	(void)state;
	run(text, sizeof(text) - 1, 1u << 20, true);
	assert_int_equal(sizeof(want) / sizeof(want[0]), made_n);
	for (size_t i = 0; i < made_n && i < 9; i++) {
		assert_int_equal(1, sscanf(at, "%u%n", &lineno, &n));
		assert_int_equal(want[i], lineno);
		at = strchr(at + n, '\n') + 1;
	}
	assert_int_equal(4, last);
}

/* Who follows a log gets its lines as they come, whatever they look like. */
static void test_not_asked(void **state)
{
	static const char text[] = "Jun  4 03:33:24 w a: e\nJun  4 03:33:23 w a: d\n"
				   "Jun  4 03:33:22 w a: c\nJun  4 03:33:21 w a: b\n";

	(void)state;
	run(text, sizeof(text) - 1, 5, false);
	assert_string_equal(text, out);
}

static void test_idle(void **state)
{
	struct ol_front *f = ol_front_new(&to);

	(void)state;
	out_n = plain_n = made_n = 0;
	ol_front_begin(f, true);
	assert_int_equal(0, ol_front_feed(f, "held", 4));
	assert_int_equal(0, plain_n);
	assert_int_equal(0, ol_front_idle(f));
	assert_int_equal(4, plain_n);
	assert_int_equal(0, ol_front_feed(f, "on", 2));
	assert_int_equal(6, plain_n);
	ol_front_free(f);
}

/* More than a block of it goes through a file. */
static void test_large(void **state)
{
	size_t cap = 24u << 20, n = 0, count = 0;
	char *text = malloc(cap);

	(void)state;
	assert_non_null(text);
	for (; n + 256 < cap; count++) {
		unsigned t = 30 * 86400 - 1 - (unsigned)count;

		n += (size_t)snprintf(text + n, 256, "2026-06-%02uT%02u:%02u:%02uZ w a[7]: %0*zu\n",
				      t / 86400 + 1, t / 3600 % 24, t / 60 % 60, t % 60,
				      (int)(count % 190) + 8, count);
	}
	run(text, n, 1u << 20, true);
	assert_int_equal(count, made_n);
	assert_true(falls);
	assert_int_equal(1, last);
	assert_int_equal(0, warned);
	/* no file can be had: in parts, and that is said */
	setenv("TMPDIR", "/nonexistent", 1);
	run(text, n, 1u << 20, true);
	unsetenv("TMPDIR");
	assert_int_equal(count, made_n);
	assert_true(warned > 0);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forward),       cmocka_unit_test(test_turned),
		cmocka_unit_test(test_turned_export), cmocka_unit_test(test_ties),
		cmocka_unit_test(test_not_asked),     cmocka_unit_test(test_idle),
		cmocka_unit_test(test_few),           cmocka_unit_test(test_two_hosts),
		cmocka_unit_test(test_mixed),         cmocka_unit_test(test_mixed_made),
		cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
