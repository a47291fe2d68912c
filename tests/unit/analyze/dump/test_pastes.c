// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "analyze/dump/explain.h"
#include "analyze/dump/line.h"

/*
 * What pages, mail, forums and collectors of several hosts make of a dump: each line by itself as
 * the framer gives it, and whole dumps as events.
 */

/* ---- lines ---- */

static char out[4096];

static int on_line(void *arg, const struct ol_line *l)
{
	size_t n = strlen(out);

	(void)arg;
	snprintf(out + n, sizeof(out) - n, "%.*s%s%.*s\n", OL_SPAN_ARG(l->host),
		 l->host_outer ? "| " : "", OL_SPAN_ARG(l->text));
	return 0;
}

/* The messages of @text, each behind the host that a prefix which was learned names. */
static const char *framed(const char *text)
{
	struct ol_framer *f = ol_framer_new(on_line, NULL);
	struct ol_span rest = ol_span_str(text);
	uint64_t lineno = 0;

	assert_non_null(f);
	out[0] = '\0';
	while (rest.n) {
		ssize_t nl = ol_span_chr(rest, '\n');
		struct ol_span line = ol_span_head(rest, nl < 0 ? rest.n : (size_t)nl);

		assert_in_range(ol_framer_learn(f, rest, false), 0, 1);
		assert_int_equal(ol_framer_push(f, line, ++lineno, 0, false), 0);
		rest = ol_span_skip(rest, line.n + 1);
	}
	assert_int_equal(ol_framer_flush(f), 0);
	ol_framer_free(f);
	return out;
}

#define USAGE "memory: usage 4096kB, limit 4096kB, failcnt 812"

static void test_what_stands_behind_a_line(void **state)
{
	static const char *const in[] = {
		USAGE " [kern.warning]",
		USAGE "\"",
		USAGE "\",",
		USAGE "\\",
		USAGE "`",
		USAGE " |",
		USAGE "<br>",
		USAGE "<br />",
		USAGE "[/FONT][/SIZE]",
		USAGE "</tt><br>\r",
		USAGE "' \\ ",
		"[B]" USAGE "[/B]",
		"<tt>" USAGE "</tt>",
		"[SIZE=2][FONT=monospace]" USAGE "[/FONT][/SIZE]",
		"[   12.345678] " USAGE "\\",
	};
	/* and what is the line's own */
	static const char *const own[] = {
		"<TASK>", "[ 1234]     0  1234   99   9 0 0 bash\"",
		"x[1]",   "lowmem_reserve[]: 0 0",
		"a 'b'",  "[ 1234]     0  1234   99   9 0 0 [kern.x]",
		"\"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(in) / sizeof(in[0]); i++) {
		print_message("%s\n", in[i]);
		assert_string_equal(framed(in[i]), USAGE "\n");
	}
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		char want[128];

		snprintf(want, sizeof(want), "%s\n", own[i]);
		assert_string_equal(framed(own[i]), want);
	}
	/* a name in a row, when the lines above ended in the same way */
	assert_string_equal(framed(USAGE "\\\n[ 1234]     0  1234   99   9 0 0 bash\\"),
			    USAGE "\n[ 1234]     0  1234   99   9 0 0 bash\n");
}

static void test_quoted_printable(void **state)
{
	(void)state;
	assert_string_equal(framed("a invoked oom-killer: gfp_mask=3D0xcc0(GFP_KERNEL), =\n"
				   "order=3D0, oom_score_=\nadj=3D0\n"
				   "next=\n"
				   "[   12.345678] kernel line\n"),
			    "a invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, "
			    "oom_score_adj=0\nnext\nkernel line\n");
	/* one '=' that is none of its escapes, and nothing is */
	assert_string_equal(framed("a=3D0 b=x=\nc\n"), "a=3D0 b=x=\nc\n");
	/* it ends somewhere */
	assert_string_equal(framed("a=3D0 b=\n"), "a=0 b\n");
}

#define SYS     "Nov 20 18:51:21 web1 kernel: "
#define CPU     "CPU: 2 PID: 4410 Comm: a Not tainted 6.6.58 #1"
#define ROW     "[   4410]  1000  4410    62000    31090   279000        0             0 "
#define INVOKED "a invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0"

static void test_lines_in_one(void **state)
{
	static const struct {
		const char *in, *want;
	} t[] = {
		{ SYS "anon 4096\\x0afile 8192\\x0ashmem 0", "anon 4096\nfile 8192\nshmem 0\n" },
		{ SYS "anon 4096\\nfile 8192", "anon 4096\nfile 8192\n" },
		{ "anon 4096<br>file 8192<br/>shmem 0", "anon 4096\nfile 8192\nshmem 0\n" },
		{ SYS "[   12.345678] " USAGE "#012[   12.345679] " CPU, USAGE "\n" CPU "\n" },
		/* names */
		{ ROW "a\\nanon 4096", ROW "a\\nanon 4096\n" },
		{ "Killed process 7 (a\\nMem-Info:) total-vm:4kB, anon-rss:4kB, file-rss:0kB",
		  "Killed process 7 (a\\nMem-Info:) total-vm:4kB, anon-rss:4kB, file-rss:0kB\n" },
		{ SYS "systemd[1]: a\\nb", "systemd[1]: a\\nb\n" },
	};
	static const char *const glue[] = { " ", " [   12.345679] ", "[   12.345679] ", "" };

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		const char *got = framed(t[i].in);

		/* of syslog lines the host is told */
		if (!strncmp(got, "web1", 4))
			got += 4;
		print_message("%s\n", t[i].in);
		for (const char *w = t[i].want; *w; w++, got++) {
			if (w > t[i].want && w[-1] == '\n' && !strncmp(got, "web1", 4))
				got += 4;
			assert_int_equal(*w, *got);
		}
	}
	/* a dump on one line, whatever stands between its lines */
	for (size_t i = 0; i < sizeof(glue) / sizeof(glue[0]); i++) {
		char in[1024];

		snprintf(in, sizeof(in),
			 "[   12.345678] " INVOKED "%s" CPU "%s" USAGE
			 "%sMemory cgroup stats for /a:%sanon 4096%sfile 8192%s[  pid  ]   uid  "
			 "tgid total_vm      rss pgtables_bytes swapents oom_score_adj name%s" ROW
			 "a%sMemory cgroup out of memory: Killed process 4410 (a) total-vm:4kB",
			 glue[i], glue[i], glue[i], glue[i], glue[i], glue[i], glue[i], glue[i]);
		print_message("%s\n", in);
		assert_string_equal(
			framed(in), INVOKED
			"\n" CPU "\n" USAGE "\nMemory cgroup stats for /a:\nanon 4096\nfile 8192\n"
			"[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents "
			"oom_score_adj name\n" ROW
			"a\nMemory cgroup out of memory: Killed process 4410 (a) "
			"total-vm:4kB\n");
	}
}

static void test_sources(void **state)
{
	static const struct {
		const char *prefix[2], *source[2];
	} t[] = {
		{ { "10.7.0.2: ", "10.7.0.3: " }, { "10.7.0.2", "10.7.0.3" } },
		{ { "[pod/a-x2kqp/tail] ", "[pod/b-9lz4d/tail] " },
		  { "pod/a-x2kqp/tail", "pod/b-9lz4d/tail" } },
		{ { "web-1  | ", "db-1   | " }, { "web-1", "db-1" } },
		{ { "alder: ", "birch: " }, { "alder", "birch" } },
		{ { "alder: [   12.345678] ", "birch: [   12.345679] " }, { "alder", "birch" } },
		{ { "a-7 klog 2026-11-20T18:51:21Z ", "b-8 klog 2026-11-20T18:51:21Z " },
		  { "a-7", "b-8" } },
		{ { "10.7.0.2: kern: warning: [2026-11-20T18:51:21.1Z]: ",
		    "10.7.0.3: kern: warning: [2026-11-20T18:51:21.1Z]: " },
		  { "10.7.0.2", "10.7.0.3" } },
		{ { "<web1> ", "<web2> " }, { "web1", "web2" } },
		{ { "<e><host>web1</host><m>", "<e><host>web2</host><m>" }, { "web1", "web2" } },
		/* nobody's name */
		{ { "<event><time>2026-11-20T18:51:21Z</time><![CDATA[",
		    "<event><time>2026-11-20T18:51:21Z</time><![CDATA[" },
		  { "", "" } },
		{ { "<event>", "<event>" }, { "", "" } },
		{ { "12 | ", "13 | " }, { "", "" } },
		{ { "stdout | ", "stdout | " }, { "", "" } },
	};
	static const char *const lines[] = { "Mem-Info:", "Free swap  = 0kB", "Total swap = 0kB" };
	char far[512] = "";

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		char in[1024] = "", want[1024] = "";
		size_t n = 0, m = 0;

		for (size_t k = 0; k < 6; k++) {
			const char *source = t[i].source[k % 2];

			n += (size_t)snprintf(in + n, sizeof(in) - n, "%s%s\n", t[i].prefix[k % 2],
					      lines[k / 2]);
			m += (size_t)snprintf(want + m, sizeof(want) - m, "%s%s%s\n", source,
					      *source ? "| " : "", lines[k / 2]);
		}
		print_message("%s", in);
		assert_string_equal(framed(in), want);
	}
	/* beside a transport that is known, and none of its lines is changed */
	assert_string_equal(framed(SYS
				   "Mem-Info:\nalder ~ Mem-Info:\nalder ~ Free swap  = 0kB\n" SYS
				   "Free swap  = 0kB\n"),
			    "web1Mem-Info:\nalder| Mem-Info:\nalder| Free swap  = 0kB\n"
			    "web1Free swap  = 0kB\n");
	/* longer than any prefix: nothing is learned of it */
	for (int i = 0; i < 2; i++)
		snprintf(far + strlen(far), sizeof(far) - strlen(far),
			 "%0170d: [   12.345678] Mem-Info:\n", 7);
	assert_string_equal(framed(far), "Mem-Info:\nMem-Info:\n");
	/* what a console had begun to write stands there once */
	assert_string_equal(framed("login: [   12.345678] Mem-Info:\n"
				   "[   12.345679] Free swap  = 0kB\n"),
			    "Mem-Info:\nFree swap  = 0kB\n");
}

static void test_prefixes_that_change(void **state)
{
	(void)state;
	assert_string_equal(framed("[1000.000001s][pid:700,cpu1,nginx]Mem-Info:\n"
				   "[1000.000001s] active_file:81 inactive_file:127\n"),
			    "Mem-Info:\nactive_file:81 inactive_file:127\n");
	assert_string_equal(framed("[2026-06-04 03:33:20.000] tmux: server invoked oom-killer: "
				   "gfp_mask=0xd0, order=0\n"
				   "[2026-06-04 03:33:20.000] app: text\n"),
			    "tmux: server invoked oom-killer: gfp_mask=0xd0, order=0\ntext\n");
}

/* ---- events ---- */

enum { EVENTS = 6 };

static struct got {
	char host[32], comm[16], release[64], stats[64];
	int64_t pid, victim;
	int era_how;
	uint32_t buddies, stat_n, last_line, missing, counters;
	enum ol_event_kind kind;
	bool interleaved;
} got[EVENTS];
static size_t n_got;

static void copy(char *to, size_t cap, struct ol_span s)
{
	snprintf(to, cap, "%.*s", OL_SPAN_ARG(s));
}

static int on_event(void *arg, struct ol_oom_event *e)
{
	struct got *g = &got[n_got++];

	(void)arg;
	assert_in_range(n_got, 1, EVENTS);
	memset(g, 0, sizeof(*g));
	copy(g->host, sizeof(g->host), e->host);
	copy(g->comm, sizeof(g->comm), e->trigger_comm.s);
	copy(g->release, sizeof(g->release), e->release.s);
	copy(g->stats, sizeof(g->stats), e->memcg_stats_of.s);
	g->pid = e->trigger_pid.set ? e->trigger_pid.v : -1;
	g->victim = e->victims.n ? e->victims.v[0].pid.v : -1;
	g->buddies = e->zones.n ? e->zones.v[0].buddy.n : 0;
	g->stat_n = e->memcg_stats.n;
	g->last_line = e->last_line;
	g->missing = e->parts_missing;
	g->counters = e->counters_missing;
	g->kind = e->kind;
	g->era_how = (int)e->era_how;
	g->interleaved = e->interleaved;
	return 0;
}

static size_t events(const char *text)
{
	struct ol_parser_opts opts = { .now_us = INT64_C(1790000000000000) };
	struct ol_parser *p = ol_parser_new(&opts, on_event, NULL);

	assert_non_null(p);
	n_got = 0;
	assert_int_equal(ol_parser_begin(p, OL_SPAN("log"), OL_TIME_NONE), 0);
	assert_int_equal(ol_parser_feed(p, text, strlen(text)), 0);
	assert_int_equal(ol_parser_end(p), 0);
	ol_parser_free(p);
	return n_got;
}

#define MEMCG(p, comm, pid)                                                                     \
	p comm " invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n" p  \
	       "CPU: 2 PID: " pid " Comm: " comm " Not tainted 6.6.58 #1\n" p USAGE "\n" p      \
	       "Memory cgroup stats for /" comm ":\n" p "anon 4096\n" p "file 0\n" p            \
	       "Memory cgroup out of memory: Killed process " pid " (" comm                     \
	       ") total-vm:8kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB " \
	       "oom_score_adj:0\n"

/* Two nodes, line by line. */
static void test_sources_share_no_event(void **state)
{
	static const char a[] = MEMCG("10.7.0.2: ", "ash", "11"),
			  b[] = MEMCG("10.7.0.3: ", "elm", "22");
	char both[2048] = "";
	const char *s = a, *t = b;
	size_t n = 0;

	(void)state;
	while (*s || *t) {
		while (*s && (both[n++] = *s++) != '\n')
			;
		while (*t && (both[n++] = *t++) != '\n')
			;
	}
	assert_int_equal(events(both), 2);
	for (size_t i = 0; i < 2; i++) {
		bool ash = !strcmp(got[i].comm, "ash");

		assert_string_equal(got[i].host, ash ? "10.7.0.2" : "10.7.0.3");
		assert_int_equal(got[i].pid, ash ? 11 : 22);
		assert_int_equal(got[i].victim, ash ? 11 : 22);
		assert_string_equal(got[i].stats, ash ? "/ash" : "/elm");
	}
}

#define K "[ 1000.000001] "

/* A head that somebody quotes above or below its own dump is no event of its own. */
static void test_quoted_heads(void **state)
{
	static const char head[] = "> " K "ash invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), "
				   "order=0, oom_score_adj=0\n\nWhat is this?\n";
	char text[2048];

	(void)state;
	snprintf(text, sizeof(text), "%s%s", head, MEMCG(K, "ash", "11"));
	assert_int_equal(events(text), 1);
	assert_int_equal(got[0].victim, 11);
	snprintf(text, sizeof(text), "%s%s", MEMCG(K, "ash", "11"), head);
	assert_int_equal(events(text), 1);
	assert_int_equal(got[0].victim, 11);
	/* another one's is */
	snprintf(text, sizeof(text), "%s%s", head, MEMCG(K, "elm", "22"));
	assert_int_equal(events(text), 2);
	/* without a quote, and by a clock that ticks a hundred times a second, nobody knows */
	assert_int_equal(events("[   12.340000] a: page allocation failure: order:0, mode:0x20\n"
				"[   12.340000] x\n"
				"[   12.340000] a: page allocation failure: order:0, mode:0x20\n"),
			 2);
}

/* One stamp of another clock, in front or inside, and two dumps of one log. */
static void test_strange_stamps(void **state)
{
	char text[2048];
	const char *dump = MEMCG(K, "ash", "11");
	const char *half = strstr(dump, K "anon");

	(void)state;
	snprintf(text, sizeof(text), "%.*s[98765.432100] usb 1-1: new device\n%s",
		 (int)(half - dump), dump, half);
	assert_int_equal(events(text), 1);
	assert_int_equal(got[0].victim, 11);
	assert_true(got[0].interleaved);
	snprintf(text, sizeof(text), "%.*s[    3.432100] usb 1-1: new device\n%s",
		 (int)(half - dump), dump, half);
	assert_int_equal(events(text), 1);
	/* head of one and tail of another */
	snprintf(text, sizeof(text), "%.*s%s", (int)(half - dump), dump,
		 strstr(MEMCG("[ 1014.000001] ", "elm", "22"), "[ 1014.000001] anon"));
	assert_int_equal(events(text), 2);
	assert_int_equal(got[0].victim, -1);
}

#define AT(sec) "[ 10" sec ".000001] "
#define TABLE                                                                                    \
	AT("00")                                                                                 \
	INVOKED "\n" AT("00") CPU "\n" AT("00") USAGE                                            \
		"\n" AT("00") "Memory cgroup stats for /ash:\n" AT("00") "anon 4096\n" AT(       \
			"00") "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents " \
			      "oom_score_adj name\n" AT("00") ROW "a\n"
#define CHOSEN(memcg, pid)                                                              \
	"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0," \
	"oom_memcg=" memcg ",task_memcg=" memcg ",task=a,pid=" pid ",uid=0\n"

/* What cannot be of the dump above it, though hardly any time has passed. */
static void test_what_contradicts(void **state)
{
	(void)state;
	assert_int_equal(events(TABLE AT("00") CHOSEN("/ash", "4410")), 1);
	assert_int_equal(got[0].victim, 4410);
	/* another cgroup's */
	assert_int_equal(events(TABLE AT("00") CHOSEN("/elm", "22")), 2);
	assert_int_equal(got[0].victim, -1);
	/* nobody of the table, seconds later; at once it is one whose row was lost */
	assert_int_equal(events(TABLE AT("04") CHOSEN("/ash", "22")), 2);
	assert_int_equal(events(TABLE AT("04") CHOSEN("/ash", "4410")), 1);
	assert_int_equal(events(TABLE AT("00") CHOSEN("/ash", "22")), 1);
}

/* A kernel in development has the number of the one before it. */
static void test_masks_of_the_next_kernel(void **state)
{
	(void)state;
	/* 0x1000000 is no flag of 3.2; the numbering of 3.3 is the next that has it */
	events(K "a: page allocation failure: order:2, mode:0x1000020\n" K
		 "CPU: 5 PID: 17 Comm: a Not tainted 3.2.0-next #1\n");
	assert_int_equal(got[0].era_how, OL_ERA_INFERRED);
	events(K "a: page allocation failure: order:2, mode:0x20\n" K
		 "CPU: 5 PID: 17 Comm: a Not tainted 3.2.0-next #1\n");
	assert_int_equal(got[0].era_how, OL_ERA_PRINTED);
}

/* Filtered out of three dumps of one second, or said twice by a console. */
static void test_alike_lines(void **state)
{
#define TASK SYS "Task in /a/b killed as a result of limit of /a/b\n"
	(void)state;
	assert_int_equal(events(TASK TASK TASK), 3);
	assert_int_equal(events(TASK TASK SYS USAGE "\n"), 1);
#undef TASK
}

#define MEMINFO                                                                            \
	K "a invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n" K \
	  "CPU: 1 PID: 7 Comm: a Not tainted 6.1.90 #1\n" K "Mem-Info:\n" K                \
	  "active_anon:1 inactive_anon:2 isolated_anon:0\n" K                              \
	  " active_file:1 inactive_file:2 isolated_file:0\n" K                             \
	  " unevictable:0 dirty:3 writeback:0\n" K " slab_reclaimable:5 slab_unreclaimable:6\n"

static void test_what_is_missing(void **state)
{
	const uint32_t all = 1u << OL_C_SHMEM | 1u << OL_C_PAGETABLES | 1u << OL_C_FREE;

	(void)state;
	assert_int_equal(events(MEMINFO K " mapped:77\n"), 1);
	assert_int_equal(got[0].counters, all);
	assert_true(got[0].missing & 1u << OL_PART_NODES);
	assert_true(got[0].missing & 1u << OL_PART_PAGECACHE);
	assert_false(got[0].missing & 1u << OL_PART_MEMINFO);
	assert_false(got[0].interleaved);
	assert_int_equal(events(MEMINFO K " mapped:77 shmem:1 pagetables:2\n" K " free:9\n"), 1);
	assert_int_equal(got[0].counters, 0);
	/* filled anew by a mail program */
	assert_int_equal(events(MEMINFO "mapped:77 shmem:1 pagetables:2 bounce:0 free:9\n"), 1);
	assert_int_equal(got[0].counters, 0);
}

static void test_shapes(void **state)
{
	(void)state;
	/* Markdown's stars */
	events(MEMINFO K "Node 0 DMA: 1_4kB (U) 0_8kB 2_16kB = 36kB\n");
	assert_int_equal(got[0].buddies, 3);
	/* another CPU's line inside of one that is printed in parts */
	events(K INVOKED "\n" K USAGE "\n" K "Memory cgroup stats for\n" K "eth0: link up\n" K
			 "/docker/3536ff:\n" K "anon 4096\n" K "file 0\n");
	assert_string_equal(got[0].stats, "/docker/3536ff");
	assert_int_equal(got[0].stat_n, 2);
	/* builds with a name */
	events(K "a: page allocation failure: order:2, mode:0x24000c0\n" K
		 "CPU: 5 PID: 17 Comm: a Tainted: P  OE   4.4.131-2.server #kylin\n");
	assert_string_equal(got[0].release, "4.4.131-2.server");
	/* the slab allocator speaks last */
	events(K "a: page allocation failure: order:0, mode:0x2280020\n" K
		 "CPU: 1 PID: 77 Comm: a Not tainted 4.4.190 #1\n" K "Mem-Info:\n" K
		 "active_anon:1 inactive_anon:2 isolated_anon:0\n" K
		 "SLUB: Unable to allocate memory on node -1 (gfp=0x2080020)\n" K
		 "  cache: kmalloc-512, object size: 512\n" K
		 "  node 0: slabs: 2, objs: 3, free: 0\n");
	assert_int_equal(n_got, 1);
	assert_int_equal(got[0].last_line, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_stands_behind_a_line),
		cmocka_unit_test(test_quoted_printable),
		cmocka_unit_test(test_lines_in_one),
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_prefixes_that_change),
		cmocka_unit_test(test_sources_share_no_event),
		cmocka_unit_test(test_quoted_heads),
		cmocka_unit_test(test_strange_stamps),
		cmocka_unit_test(test_what_contradicts),
		cmocka_unit_test(test_masks_of_the_next_kernel),
		cmocka_unit_test(test_alike_lines),
		cmocka_unit_test(test_what_is_missing),
		cmocka_unit_test(test_shapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
