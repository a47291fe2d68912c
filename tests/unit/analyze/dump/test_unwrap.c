// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "analyze/dump/dump_impl.h"

/* What came out, one text a line. */
static char out[4096];
static enum ol_line_kind last_kind;

static int on_msg(void *arg, const struct ol_msg *m)
{
	size_t n = strlen(out);

	(void)arg;
	assert_true(n + m->text.n + 2 < sizeof(out));
	memcpy(out + n, m->text.p, m->text.n);
	out[n + m->text.n] = '\n';
	out[n + m->text.n + 1] = '\0';
	last_kind = m->kind;
	return 0;
}

/* Lines of a paste, as the framer gives them; the first may have a prefix of its own. */
static const char *unwrapped_at(const char *const *lines, uint64_t first, uint64_t apart,
				bool prefixed)
{
	struct ol_unwrap *u = ol_unwrap_new(on_msg, NULL);

	assert_non_null(u);
	out[0] = '\0';
	for (uint64_t i = 0; lines[i]; i++) {
		struct ol_span raw = ol_span_str(lines[i]);
		struct ol_line l = {
			.text = ol_span_rtrim(raw),
			.raw = raw,
			.lineno = first + i * apart,
			.mono_us = OL_TIME_NONE,
			.wall_us = OL_TIME_NONE,
			.facility = -1,
			.level = -1,
			.prefixed = prefixed && !i,
			.ended_blank = raw.n && ol_is_blank(raw.p[raw.n - 1]),
		};

		assert_int_equal(ol_unwrap_push(u, &l), 0);
	}
	assert_int_equal(ol_unwrap_flush(u), 0);
	ol_unwrap_free(u);
	return out;
}

static const char *unwrapped(const char *const *lines, bool prefixed)
{
	return unwrapped_at(lines, 1, 1, prefixed);
}

/* One line in two pieces; the joined text, or NULL where the second piece is no part of it. */
static const struct {
	const char *held, *next, *joined;
} seams[] = {
	/* heads: in a mask, between fields */
	{ "a invoked oom-killer: gfp_mask=0x84d0(GFP_KERNEL|__GFP_HIGH", "MEM), order=0, adj=0",
	  "a invoked oom-killer: gfp_mask=0x84d0(GFP_KERNEL|__GFP_HIGHMEM), order=0, adj=0" },
	{ "a invoked oom-killer: gfp_mask=0xd0,", "order=0, oom_adj=0",
	  "a invoked oom-killer: gfp_mask=0xd0, order=0, oom_adj=0" },
	{ "a invoked oom-killer: gfp_mask=0xd0, ord", "er=0, oom_adj=0",
	  "a invoked oom-killer: gfp_mask=0xd0, order=0, oom_adj=0" },
	{ "a invoked oom-killer: gfp_mask=0xd0, order=0, oom_adj=0", "and then?", NULL },
	{ "x: page allocation failure: order:0, mode:0x20, nodemask=(null),cpuset=/,",
	  "mems_allowed=0",
	  "x: page allocation failure: order:0, mode:0x20, nodemask=(null),cpuset=/,"
	  "mems_allowed=0" },
	/* who ran */
	{ "CPU: 0 PID: 9 Comm: a Not", "tainted 6.1.0-9-amd64 #1",
	  "CPU: 0 PID: 9 Comm: a Not tainted 6.1.0-9-amd64 #1" },
	{ "CPU: 0 PID: 9 Comm: a Not tainted", "6.1.0-9-amd64 #1",
	  "CPU: 0 PID: 9 Comm: a Not tainted 6.1.0-9-amd64 #1" },
	/* the cgroup */
	{ "Task in /tenants/blue/a killed as a result of limit of /tenants/bl", "ue",
	  "Task in /tenants/blue/a killed as a result of limit of /tenants/blue" },
	{ "Task in /a killed as a result", "of limit of /a",
	  "Task in /a killed as a result of limit of /a" },
	{ "memory: usage 512kB, limit", "512kB, failcnt 12",
	  "memory: usage 512kB, limit 512kB, failcnt 12" },
	{ "memory: usage 512kB, limit 512k", "B, failcnt 12",
	  "memory: usage 512kB, limit 512kB, failcnt 12" },
	{ "memory: usage 512kB, limit 512kB, failcnt 12", "12 bytes", NULL },
	{ "Memory cgroup stats for /a: cache:0KB rss:4", "6952KB rss_huge:0KB unevictable:0KB",
	  "Memory cgroup stats for /a: cache:0KB rss:46952KB rss_huge:0KB unevictable:0KB" },
	/* Mem-Info */
	{ "active_anon:93051 inactive_anon:", "31 isolated_anon:0",
	  "active_anon:93051 inactive_anon:31 isolated_anon:0" },
	{ "Node 0 DMA free:3624kB min:140", "kB low:172kB all_unreclaimable? no",
	  "Node 0 DMA free:3624kB min:140kB low:172kB all_unreclaimable? no" },
	{ "Node 0 DMA free:3624kB min:140kB all_unreclaimable?", "yes",
	  "Node 0 DMA free:3624kB min:140kB all_unreclaimable? yes" },
	{ "Node 0 DMA free:3624kB all_unreclaimable? no", "kB", NULL },
	{ "lowmem_reserve[]: 0 869", "32487", "lowmem_reserve[]: 0 869 32487" },
	{ "lowmem_reserve[]: 0 869", "Killed", NULL },
	{ "Node 0 DMA: 7*4kB (UE) 0*8", "kB = 28kB", "Node 0 DMA: 7*4kB (UE) 0*8kB = 28kB" },
	{ "Node 0 DMA: 7*4kB", "(UE) 0*8kB = 28kB", "Node 0 DMA: 7*4kB (UE) 0*8kB = 28kB" },
	{ "Node 0 hugepages_total=0 hugepages_free=0", "hugepages_size=2048kB",
	  "Node 0 hugepages_total=0 hugepages_free=0 hugepages_size=2048kB" },
	{ "Swap cache stats: add 2, delete", "1, find 1/2",
	  "Swap cache stats: add 2, delete 1, find 1/2" },
	{ "Free swap  =", "1959892kB", "Free swap  = 1959892kB" },
	{ "8650736", "pages RAM", "8650736 pages RAM" },
	/* the task table */
	{ "[ pid ]   uid  tgid total_vm      rss nr_", "ptes swapents oom_score_adj name",
	  "[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name" },
	{ "[21832]   113 21832    42469    37403   0       0", "clamd",
	  "[21832]   113 21832    42469    37403   0       0 clamd" },
	/* the kill */
	{ "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_al",
	  "lowed=0,task=a,pid=1,uid=0",
	  "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,task=a,"
	  "pid=1,uid=0" },
	{ "Out of memory: Killed process 12 (a) total-vm:1692", "04kB, oom_score_adj:0",
	  "Out of memory: Killed process 12 (a) total-vm:169204kB, oom_score_adj:0" },
	{ "Out of memory: Killed", "process 12 (a) total-vm:169204kB, oom_score_adj:0",
	  "Out of memory: Killed process 12 (a) total-vm:169204kB, oom_score_adj:0" },
	{ "Out of memory: Kill process 12 (a) score 9 or sacrifice", "child",
	  "Out of memory: Kill process 12 (a) score 9 or sacrifice child" },
	{ "oom_reaper: reaped process 12 (a), now anon-rss:0kB,", "file-rss:0kB, shmem-rss:0kB",
	  "oom_reaper: reaped process 12 (a), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB" },
	/* nothing, and nothing */
	{ "a program", "says something", NULL },
	/* whole lines of kinds that nothing goes on with */
	{ "Mem-Info:", "active", NULL },
	{ "Call Trace:", "what?", NULL },
};

static void test_seams(void **state)
{
	unsigned failed = 0;
	char apart[600];

	(void)state;
	for (size_t i = 0; i < sizeof(seams) / sizeof(seams[0]); i++) {
		const char *lines[] = { seams[i].held, seams[i].next, NULL };
		const char *got = unwrapped(lines, i % 2);

		if (seams[i].joined)
			snprintf(apart, sizeof(apart), "%s\n", seams[i].joined);
		else
			snprintf(apart, sizeof(apart), "%s\n%s\n", seams[i].held, seams[i].next);
		if (!strcmp(got, apart))
			continue;
		print_error("'%s' + '%s' is\n%s", seams[i].held, seams[i].next, got);
		failed++;
	}
	assert_int_equal(failed, 0);
}

/* In three pieces, with an empty line in between; a line with a prefix goes on with nothing. */
static void test_pieces(void **state)
{
	static const char *const three[] = { "Out of memory: Killed process 12 (a) total-vm:1692",
					     "04kB, anon-rss:4kB,", "", "oom_score_adj:0", NULL },
				 *const far[] = { "Free swap  = 195", "", "", "", "9892kB", NULL };

	(void)state;
	assert_string_equal(unwrapped(three, true),
			    "Out of memory: Killed process 12 (a) total-vm:169204kB, anon-rss:4kB, "
			    "oom_score_adj:0\n");
	assert_int_equal(last_kind, OL_LINE_KILLED);
	assert_string_equal(unwrapped(far, true), "Free swap  = 195\n9892kB\n");
}

/* Where both ways give a number, the column at which other lines were broken decides. */
static void test_width(void **state)
{
	static const char *const known[] = { "Node 0 DMA free:3624kB min:140",
					     "kB low:172kB all_unreclaimable? no",
					     "memory: usage 512kB, limit 512", "000kB, failcnt 12",
					     NULL },
				 *const unknown[] = { "memory: usage 512kB, limit 512",
						      "000kB, failcnt 12", NULL };

	(void)state;
	assert_string_equal(unwrapped(known, true),
			    "Node 0 DMA free:3624kB min:140kB low:172kB all_unreclaimable? no\n"
			    "memory: usage 512kB, limit 512000kB, failcnt 12\n");
	assert_string_equal(unwrapped(unknown, true),
			    "memory: usage 512kB, limit 512 000kB, failcnt 12\n");
}

/* A row is whole when it has as many numbers as the header that was seen last. */
static void test_columns(void **state)
{
	static const char *const nine[] = {
		"[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name",
		"[21832]   113 21832    42469    37403   0       0", "             0 clamd", NULL
	};

	(void)state;
	assert_string_equal(unwrapped(nine, true),
			    "[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj "
			    "name\n"
			    "[21832]   113 21832    42469    37403   0       0 0 clamd\n");
}

/* How far apart two pieces may stand, wherever in the log. */
static void test_how_far_apart(void **state)
{
	static const uint64_t numbers[] = { 1, UINT32_MAX - 1, UINT32_MAX, UINT64_C(1) << 40 };
	static const char *const lines[] = { "java invoked oom-killer: gfp_mask=0xd0, order=0,",
					     "oom_score_adj=0", NULL };

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		for (uint64_t more = 1; more <= 3; more++)
			assert_string_equal(unwrapped_at(lines, numbers[i], more, false),
					    "java invoked oom-killer: gfp_mask=0xd0, order=0, "
					    "oom_score_adj=0\n");
		assert_string_equal(unwrapped_at(lines, numbers[i], 4, false),
				    "java invoked oom-killer: gfp_mask=0xd0, order=0,\n"
				    "oom_score_adj=0\n");
	}
}

/* The same bytes twice are said once; a trace without stamps may repeat itself. */
static void test_twice(void **state)
{
	static const char *const twice[] = { "Mem-Info:", "Mem-Info:", NULL }, *const frames[] = {
		" a+0x1/0x2", " a+0x1/0x2", NULL
	};

	(void)state;
	assert_string_equal(unwrapped(twice, false), "Mem-Info:\n");
	assert_string_equal(unwrapped(frames, false), "a+0x1/0x2\na+0x1/0x2\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seams),         cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_width),         cmocka_unit_test(test_columns),
		cmocka_unit_test(test_how_far_apart), cmocka_unit_test(test_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
