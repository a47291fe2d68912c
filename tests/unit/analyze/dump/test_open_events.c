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

/*
 * How long an event stays open, for whose lines, and that this is the same in the part of an input
 * that is read line by line and in the part that is searched.
 */

enum { EVENTS = 8, ROOM = 8 << 20, SEARCHED = 300 << 10 };

struct got {
	struct {
		size_t zones, victims, trace, lines;
		int reaped; /* of the first victim */
		enum ol_event_kind kind;
		uint32_t first_line;
		int64_t vmalloc; /* bytes; -1: not told */
		char id[17], consequence_of[17];
	} e[EVENTS];
	size_t n;
};

static struct log {
	char *p;
	size_t n;
} text;

__attribute__((format(printf, 1, 2))) static void add(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	text.n += (size_t)vsnprintf(text.p + text.n, ROOM - text.n, fmt, ap);
	va_end(ap);
	assert_true(text.n < ROOM);
}

static int on_event(void *arg, struct ol_oom_event *e)
{
	struct got *g = arg;

	assert_true(g->n < EVENTS);
	g->e[g->n].zones = e->zones.n;
	g->e[g->n].victims = e->victims.n;
	g->e[g->n].trace = e->trace.n;
	g->e[g->n].lines = e->lines.n;
	g->e[g->n].reaped = e->victims.n ? e->victims.v[0].reaped : -1;
	g->e[g->n].kind = e->kind;
	g->e[g->n].first_line = e->first_line;
	g->e[g->n].vmalloc = e->vmalloc_bytes.set ? e->vmalloc_bytes.v : -1;
	memcpy(g->e[g->n].id, e->id, sizeof(e->id));
	memcpy(g->e[g->n].consequence_of, e->consequence_of, sizeof(e->consequence_of));
	g->n++;
	return 0;
}

static struct got parse(size_t piece)
{
	struct ol_parser_opts opts = { .now_us = INT64_C(1790000000000000) };
	struct got g;
	struct ol_parser *p = ol_parser_new(&opts, on_event, &g);

	assert_non_null(p);
	memset(&g, 0, sizeof(g));
	assert_int_equal(ol_parser_begin(p, OL_SPAN("log"), OL_TIME_NONE), 0);
	for (size_t at = 0; at < text.n; at += piece) {
		size_t k = text.n - at < piece ? text.n - at : piece;

		assert_int_equal(ol_parser_feed(p, text.p + at, k), 0);
		ol_parser_check(p);
	}
	assert_int_equal(ol_parser_end(p), 0);
	ol_parser_free(p);
	return g;
}

/* The log that @make writes, at the start of an input and behind so much that it is searched. */
static void both(void (*make)(void), void (*check)(const struct got *g))
{
	static const size_t pieces[] = { ROOM, 4096, 70000 };

	for (int searched = 0; searched < 2; searched++) {
		text.n = 0;
		for (unsigned i = 0; searched && text.n < SEARCHED; i++)
			add("Mar 14 07:%02u:%02u web9 sshd[%u]: disconnect from 10.0.0.%u\n",
			    i / 60 % 60, i % 60, 1000 + i % 7000, i % 250);
		make();
		for (size_t k = 0; k < sizeof(pieces) / sizeof(pieces[0]); k++) {
			struct got g = parse(pieces[k]), whole = parse(ROOM);

			check(&g);
			/* what is read is what the bytes are, not how they come */
			assert_memory_equal(&g, &whole, sizeof(g));
		}
	}
}

static void noise(unsigned n, const char *host)
{
	for (unsigned i = 0; i < n; i++)
		add("Mar 14 09:26:53 %s app[%u]: request %u took %u ms\n", host, i % 900, i,
		    i % 77);
}

#define K "Mar 14 09:26:53 web1 kernel: "

static void head(void)
{
	add(K "java invoked oom-killer: gfp_mask=0xd0, order=0, oom_adj=0\n");
	add(K "Mem-Info:\n");
	add(K "active_anon:100 inactive_anon:5 isolated_anon:0\n");
	add(K "Node 0 DMA free:15904kB min:40kB low:48kB high:60kB\n");
}

#define TAIL(k)                                                                          \
	add(k "Node 0 Normal free:904kB min:4000kB low:4800kB high:6000kB\n");           \
	add(k "Out of memory: Kill process 2718 (java) score 900 or sacrifice child\n"); \
	add(k "Killed process 2718 (java) total-vm:9000kB, anon-rss:800kB, file-rss:0kB\n")

static void one(const struct got *g)
{
	assert_int_equal(g->n, 1);
	assert_int_equal(g->e[0].kind, OL_EV_OOM);
	assert_int_equal(g->e[0].zones, 2);
	assert_int_equal(g->e[0].victims, 1);
}

static void two(const struct got *g)
{
	assert_int_equal(g->n, 2);
	assert_int_equal(g->e[0].kind, OL_EV_OOM);
	assert_int_equal(g->e[0].zones, 1);
	assert_int_equal(g->e[0].victims, 0);
	assert_int_equal(g->e[1].victims, 1);
}

static void make_noise_of_others(void)
{
	head();
	noise(700, "web2");
	TAIL(K);
}

static void make_own_noise(void)
{
	head();
	noise(700, "web1");
	TAIL(K);
}

static void make_noise_without_end(void)
{
	head();
	noise(3000, "web2");
	TAIL(K);
}

static void make_blank_lines(void)
{
	head();
	for (unsigned i = 0; i < 140 << 10; i++)
		add(i % 3 ? "\n" : "\r\n");
	TAIL(K);
}

static unsigned shift;

/* A record of an export was seen: a line may be part of one that begins far before it. */
static void make_behind_export(void)
{
	add("__CURSOR=s=1\nMESSAGE=all is well\n_TRANSPORT=syslog\n\n");
	noise(3000 + shift, "web1");
	head();
	noise(180, "web2");
	add(K "protections[]: 0 0 0\n");
	noise(330, "web2");
	TAIL(K);
}

/* Between two lines of one dump hundreds of others may stand, and no thousands. */
static void test_lines_between(void **state)
{
	(void)state;
	both(make_noise_of_others, one);
	both(make_own_noise, one);
	both(make_noise_without_end, two);
	both(make_blank_lines, two);
	/* wherever the parser's slices end */
	for (shift = 0; shift < 700; shift += 100)
		both(make_behind_export, one);
}

static void make_hours_apart(void)
{
	head();
	TAIL("Mar 14 19:26:53 web1 kernel: ");
}

static void make_minutes_apart(void)
{
	head();
	noise(3, "web2");
	TAIL("Mar 14 09:28:13 web1 kernel: ");
}

static void make_strange_stamp(void)
{
	head();
	add("Mar 15 09:26:53 web1 app[3]: a clock that is wrong\n");
	TAIL(K);
}

static void make_seconds_apart(void)
{
	head();
	TAIL("Mar 14 09:27:00 web1 kernel: ");
}

static void make_too_many_seconds_apart(void)
{
	head();
	TAIL("Mar 14 09:27:07 web1 kernel: ");
}

/* The wall clock counts where the kernel's does not stand there; one wrong stamp cuts nothing. */
static void test_time_between(void **state)
{
	(void)state;
	both(make_hours_apart, two);
	both(make_minutes_apart, two);
	both(make_strange_stamp, one);
	both(make_seconds_apart, one);
	both(make_too_many_seconds_apart, two);
}

#define REAPED \
	"oom_reaper: reaped process 2718 (java), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB\n"

static void make_reaper(void)
{
	head();
	TAIL(K);
	noise(5000, "web2");
	add(K REAPED);
}

static void reaped(const struct got *g)
{
	one(g);
	assert_int_equal(g->e[0].reaped, 1);
}

/* What only waits for the reaper waits longer: it costs nothing. */
static void test_the_reaper_comes_late(void **state)
{
	(void)state;
	both(make_reaper, reaped);
}

#define S "Mar 14 09:26:53 web1 kernel: [84213.55"

/* Every line twice, but for the frames of the trace, of which a real one may have two. */
static void make_said_twice(void)
{
	static const char *const lines[] = {
		S "7001] java invoked oom-killer: gfp_mask=0xd0, order=0, oom_adj=0",
		S "7002] Mem-Info:",
		S "7003] active_anon:100 inactive_anon:5 isolated_anon:0",
		S "7004] Node 0 DMA free:15904kB min:40kB low:48kB high:60kB",
		S "7005] Node 0 Normal free:904kB min:4000kB low:4800kB high:6000kB",
		S "7006] Out of memory: Kill process 2718 (java) score 900 or sacrifice child",
		S "7007] Killed process 2718 (java) total-vm:9kB, anon-rss:8kB, file-rss:0kB",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		add("%s\n%s\n", lines[i], lines[i]);
}

static void make_two_kills(void)
{
	add(K "Killed process 9 (a) total-vm:9000kB, anon-rss:800kB, file-rss:0kB\n");
	add(K "Killed process 9 (a) total-vm:9000kB, anon-rss:800kB, file-rss:0kB\n");
}

static void two_kills(const struct got *g)
{
	assert_int_equal(g->n, 2);
}

/* The same bytes with the kernel's clock in them are the same line; without it nobody knows. */
static void test_said_twice(void **state)
{
	(void)state;
	both(make_said_twice, one);
	both(make_two_kills, two_kills);
}

static void make_vmalloc(void)
{
	static const char *const said[] = {
		"vmalloc: allocation failure: 9441280 bytes",
		"vmalloc: allocation failure, allocated 4096 of 8192 bytes",
		"vmalloc: allocation failure: bytes"
	};

	for (size_t i = 0; i < 4; i++) {
		if (i < 3)
			add(K "%s\n", said[i]);
		add(K "x%zu: page allocation failure: order:0, mode:0x24000c2\n", i);
		add(K "Mem-Info:\n");
		add(K "Node 0 DMA free:15904kB min:40kB low:48kB high:60kB\n");
		noise(20, "web2");
	}
	/* what stands between is too much */
	add(K "%s\n", said[0]);
	add(K "usb 1-1: new device\n" K "usb 1-1: a\n" K "usb 1-1: b\n" K "usb 1-1: c\n");
	add(K "y: page allocation failure: order:0, mode:0x24000c2\n");
	add(K "Mem-Info:\n");
}

static void vmalloc_told(const struct got *g)
{
	static const int64_t bytes[] = { 9441280, 8192, -1, -1, -1 };

	assert_int_equal(g->n, 5);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(g->e[i].kind, OL_EV_ALLOC_FAILURE);
		assert_int_equal(g->e[i].vmalloc, bytes[i]);
	}
}

/* Before 4.9 vmalloc tells the bytes on a line of its own above the head, and of that head only. */
static void test_vmalloc_says_its_bytes(void **state)
{
	(void)state;
	both(make_vmalloc, vmalloc_told);
}

static void make_dying(void)
{
	static const struct {
		unsigned at, pid;
	} failures[] = { { 101, 2718 }, { 102, 2719 }, { 130, 2718 } };

	add("[  100.000001] java invoked oom-killer: gfp_mask=0xd0, order=0, oom_adj=0\n");
	add("[  100.000002] Mem-Info:\n");
	add("[  100.000003] Node 0 DMA free:15904kB min:40kB low:48kB high:60kB\n");
	add("[  100.000004] Killed process 2718 (java) total-vm:9000kB, anon-rss:800kB, "
	    "file-rss:0kB\n");
	for (size_t i = 0; i < 3; i++) {
		unsigned at = failures[i].at;

		add("[  %u.000001] java: page allocation failure: order:0, mode:0x24000c2\n", at);
		add("[  %u.000002] CPU: 1 PID: %u Comm: java Not tainted 4.4.84 #3\n", at,
		    failures[i].pid);
		add("[  %u.000003] Mem-Info:\n", at);
		add("[  %u.000004] Node 0 DMA free:15904kB min:40kB low:48kB high:60kB\n", at);
	}
}

/* Neither another process's nor one of a process that has long been gone. */
static void one_consequence(const struct got *g)
{
	assert_int_equal(g->n, 4);
	assert_int_equal(g->e[0].kind, OL_EV_OOM);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(g->e[i].consequence_of, i == 1 ? g->e[0].id : "");
}

static void test_a_dying_victim_fails(void **state)
{
	(void)state;
	both(make_dying, one_consequence);
}

static void make_many_hosts(void)
{
	static const char *const lines[] = {
		"java invoked oom-killer: gfp_mask=0xd0, order=0, oom_adj=0",
		"Mem-Info:",
		"Node 0 DMA free:15904kB min:40kB low:48kB high:60kB",
		"Node 0 Normal free:904kB min:4000kB low:4800kB high:6000kB",
		"Killed process 2718 (java) total-vm:9000kB, anon-rss:800kB, file-rss:0kB",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		for (unsigned h = 0; h < EVENTS; h++) {
			add("Mar 14 09:26:53 node%u kernel: %s\n", h, lines[i]);
			noise(20, "web2");
		}
}

static void all_hosts(const struct got *g)
{
	assert_int_equal(g->n, EVENTS);
	for (size_t i = 0; i < g->n; i++) {
		assert_int_equal(g->e[i].zones, 2);
		assert_int_equal(g->e[i].victims, 1);
	}
}

static void test_many_hosts_at_once(void **state)
{
	(void)state;
	both(make_many_hosts, all_hosts);
}

static void make_headless(void)
{
	add(K "CPU: 3 PID: 2718 Comm: java Not tainted 4.4.0-21-generic #37-Ubuntu\n");
	add(K "Call Trace:\n");
	for (unsigned i = 0; i < 20; i++) {
		add(K "[<ffffffff81187%03x>] oom_kill_process+0x2%02x/0x3b0\n", i, i);
		noise(2, "web2");
	}
	add(K "Mem-Info:\n");
	add(K "Node 0 DMA free:15904kB min:40kB low:48kB high:60kB\n");
	TAIL(K);
}

static void with_trace(const struct got *g)
{
	one(g);
	assert_int_equal(g->e[0].trace, 20);
}

/* Where the first line is lost, the trace in front of Mem-Info is the event's. */
static void test_trace_in_front(void **state)
{
	(void)state;
	both(make_headless, with_trace);
}

#define WAITING 64 /* hosts whose traces wait for their dump */

static void trace_of(unsigned h)
{
	add("Mar 14 09:26:53 node%u kernel: CPU: 3 PID: 2718 Comm: java Not tainted 4.4.0 #1\n", h);
	add("Mar 14 09:26:53 node%u kernel: Call Trace:\n", h);
	add("Mar 14 09:26:53 node%u kernel: [<ffffffff81187001>] dump_header+0x12/0x3b0\n", h);
}

static void rest_of(unsigned h)
{
	add("Mar 14 09:26:53 node%u kernel: Mem-Info:\n", h);
	add("Mar 14 09:26:53 node%u kernel: Killed process 2718 (java) total-vm:9000kB, "
	    "anon-rss:800kB, file-rss:0kB\n",
	    h);
}

/* One trace too many: the host that was quiet for longest loses its own. */
static void test_traces_of_many_hosts(void **state)
{
	static const struct {
		unsigned host;
		size_t trace;
	} want[] = { { 0, 2 }, { 1, 0 }, { 2, 1 }, { WAITING - 1, 1 }, { WAITING, 1 } };
	struct got g;

	(void)state;
	text.n = 0;
	for (unsigned h = 0; h < WAITING; h++)
		trace_of(h);
	add("Mar 14 09:26:53 node0 kernel: [<ffffffff81187002>] oom_kill_process+0x22/0x3b0\n");
	trace_of(WAITING);
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		rest_of(want[i].host);
	g = parse(4096);
	assert_int_equal(g.n, sizeof(want) / sizeof(want[0]));
	for (size_t i = 0; i < g.n; i++)
		assert_int_equal(g.e[i].trace, want[i].trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_between),
		cmocka_unit_test(test_time_between),
		cmocka_unit_test(test_the_reaper_comes_late),
		cmocka_unit_test(test_said_twice),
		cmocka_unit_test(test_vmalloc_says_its_bytes),
		cmocka_unit_test(test_a_dying_victim_fails),
		cmocka_unit_test(test_many_hosts_at_once),
		cmocka_unit_test(test_trace_in_front),
		cmocka_unit_test(test_traces_of_many_hosts),
	};

	text.p = malloc(ROOM);
	if (!text.p)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
