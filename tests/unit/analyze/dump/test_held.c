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
 * What programs and people say of a kill, beside the kernel's own words and without them; parts of
 * a report without the rest. At the start of an input and where it is searched, in any pieces.
 */

enum { EVENTS = 8, ROOM = 1 << 20, SEARCHED = 300 << 10, NAME = 80 };

struct got {
	struct one {
		enum ol_event_kind kind;
		size_t reports, reasons, victims, lines;
		long long pid, anon_kb, wall_us;
		int reaped;
		bool quoted, forged;
		char comm[NAME], host[NAME], pod[NAME], namespace[NAME], container[NAME],
			unit[NAME], cgroup[NAME];
	} e[EVENTS];
	size_t n, warnings;
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

static void keep(char *to, struct ol_span s)
{
	snprintf(to, NAME, "%.*s", (int)(s.n < NAME ? s.n : NAME - 1), s.p ? s.p : "");
}

static int on_event(void *arg, struct ol_oom_event *e)
{
	struct got *g = arg;
	struct one *o = &g->e[g->n];

	assert_true(g->n < EVENTS);
	g->n++;
	o->kind = e->kind;
	o->reports = e->reports.n;
	o->reasons = e->reasons.n;
	o->victims = e->victims.n;
	o->lines = e->lines.n;
	o->wall_us = e->wall_us;
	o->quoted = e->quoted;
	o->forged = e->forged_suspect;
	o->reaped = -1;
	if (e->victims.n) {
		o->pid = e->victims.v[0].pid.v;
		o->anon_kb = e->victims.v[0].anon_rss_kb.v;
		o->reaped = e->victims.v[0].reaped;
		keep(o->comm, e->victims.v[0].comm.s);
	}
	keep(o->host, e->host);
	keep(o->pod, e->container.pod_name);
	keep(o->namespace, e->container.namespace);
	keep(o->container, e->container.container_name);
	keep(o->unit, e->container.unit);
	keep(o->cgroup, e->task_memcg.s);
	return 0;
}

static struct got parse(size_t piece)
{
	struct ol_parser_opts opts = { .now_us = INT64_C(1790000000000000) };
	struct ol_parser *p;
	struct got g;

	memset(&g, 0, sizeof(g));
	p = ol_parser_new(&opts, on_event, &g);
	assert_non_null(p);
	assert_int_equal(ol_parser_begin(p, OL_SPAN("log"), OL_TIME_NONE), 0);
	for (size_t at = 0; at < text.n; at += piece) {
		size_t k = text.n - at < piece ? text.n - at : piece;

		assert_int_equal(ol_parser_feed(p, text.p + at, k), 0);
		ol_parser_check(p);
	}
	assert_int_equal(ol_parser_end(p), 0);
	ol_parser_warnings(p, &g.warnings);
	ol_parser_free(p);
	return g;
}

/* @make writes, @check looks; @long_log: it is found where nobody reads line by line, too. */
static void both(void (*make)(void), void (*check)(const struct got *g), bool long_log)
{
	static const size_t pieces[] = { ROOM, 4096, 70000 };

	text.p = malloc(ROOM);
	assert_non_null(text.p);
	for (int searched = 0; searched <= (long_log ? 1 : 0); searched++) {
		struct got whole;

		text.n = 0;
		for (unsigned i = 0; searched && text.n < SEARCHED; i++)
			add("Mar 14 07:%02u:%02u web9 sshd[%u]: disconnect from 10.0.0.%u\n",
			    i / 60 % 60, i % 60, 1000 + i % 7000, i % 250);
		make();
		whole = parse(ROOM);
		check(&whole);
		for (size_t k = 1; k < sizeof(pieces) / sizeof(pieces[0]); k++) {
			struct got g = parse(pieces[k]);

			assert_memory_equal(&g, &whole, sizeof(g));
		}
	}
	free(text.p);
}

#define ID  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define BOX "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
#define UID "1b2c3d4e-5f60-4172-8394-a5b6c7d8e9f0"
#define K   "Mar 14 09:26:53 web1 kernel: "

static void head(void)
{
	add(K "java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n");
	add(K "CPU: 2 PID: 4100 Comm: java Not tainted 6.6.58 #1\n");
	add(K "memory: usage 81920kB, limit 81920kB, failcnt 9\n");
}

static void tail(const char *path)
{
	add(K "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,"
	      "oom_memcg=%s,task_memcg=%s,task=java,pid=4100,uid=0\n",
	    path, path);
	add(K "Memory cgroup out of memory: Killed process 4100 (java) total-vm:9000kB, "
	      "anon-rss:800kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:1kB oom_score_adj:0\n");
}

#define UNIT "/system.slice/mill.service"

static void systemd(const char *time, const char *unit)
{
	add("Mar 14 %s web1 systemd[1]: %s: A process of this unit has been killed by the OOM "
	    "killer.\n",
	    time, unit);
	add("Mar 14 %s web1 systemd[1]: %s: Main process exited, code=killed, status=9/KILL\n",
	    time, unit);
	add("Mar 14 %s web1 systemd[1]: %s: Failed with result 'oom-kill'.\n", time, unit);
}

static void nothing(const struct got *g)
{
	assert_int_equal(g->n, 0);
}

/* ---- reports ---- */

static void kernels_alone(const struct got *g)
{
	assert_int_equal(g->n, 1);
	assert_int_equal(g->e[0].kind, OL_EV_OOM);
	assert_int_equal(g->e[0].pid, 4100);
	assert_int_equal(g->e[0].reports, 2);
	assert_false(g->e[0].forged);
}

static void report_inside(void)
{
	head();
	systemd("09:26:53", "mill.service");
	tail(UNIT);
}

static void report_behind(void)
{
	head();
	tail(UNIT);
	systemd("09:26:54", "mill.service");
}

static void report_in_front(void)
{
	systemd("09:26:53", "mill.service");
	head();
	tail(UNIT "/worker");
}

static void test_folds(void **state)
{
	(void)state;
	both(report_inside, kernels_alone, true);
	both(report_behind, kernels_alone, true);
	both(report_in_front, kernels_alone, true);
}

static void others(void)
{
	head();
	tail(UNIT);
	systemd("09:26:54", "other.service");
	systemd("10:26:54", "mill.service");
}

static void three_apart(const struct got *g)
{
	size_t reports = 0;

	assert_int_equal(g->n, 3);
	for (size_t i = 0; i < 3; i++)
		reports += g->e[i].kind == OL_EV_KILL_REPORT && g->e[i].reports == 2;
	assert_int_equal(reports, 2);
}

static void test_another_kill(void **state)
{
	(void)state;
	both(others, three_apart, true);
}

static void alone(void)
{
	systemd("09:26:53", "mill.service");
}

static void one_report(const struct got *g)
{
	assert_int_equal(g->n, 1);
	assert_int_equal(g->e[0].kind, OL_EV_KILL_REPORT);
	assert_int_equal(g->e[0].reports, 2);
	assert_string_equal(g->e[0].unit, "mill.service");
	assert_string_equal(g->e[0].host, "web1");
}

static void test_report_alone(void **state)
{
	(void)state;
	both(alone, one_report, true);
}

/* What systemd calls oom-kill was systemd-oomd's doing. */
static void oomd(void)
{
	add("Mar 14 09:26:53 web1 systemd-oomd[702]: Killed " UNIT " due to memory pressure for "
	    "/system.slice being 71.20%% > 60.00%% for > 30s with reclaim activity\n");
	systemd("09:26:54", "mill.service");
}

static void one_killer(const struct got *g)
{
	assert_int_equal(g->n, 1);
	assert_int_equal(g->e[0].kind, OL_EV_USERSPACE_KILL);
	assert_string_equal(g->e[0].cgroup, UNIT);
	assert_int_equal(g->e[0].reasons, 1);
}

static void test_oomd(void **state)
{
	(void)state;
	both(oomd, one_killer, true);
}

/* ---- killers ---- */

static void reasons_above(void)
{
	for (int i = 0; i < 5; i++)
		add("Mar 14 09:26:5%d web1 earlyoom[688]: mem avail: 301 of 7604 MiB ( 3.9%d%%), "
		    "swap free: 87 of 2047 MiB ( 4.25%%)\n",
		    i, i);
	add("Mar 14 09:26:55 web1 earlyoom[688]: low memory! at or below SIGKILL limits: mem "
	    "5.00%%, swap 5.00%%\n");
	add("Mar 14 09:26:55 web2 earlyoom[688]: low memory! at or below SIGKILL limits: mem "
	    "9.00%%, swap 9.00%%\n");
	add("Mar 14 09:26:55 web1 earlyoom[688]: sending SIGKILL to process 4100 uid 1000 "
	    "\"java\": badness 871, VmRSS 5120 MiB\n");
}

static void two_reasons(const struct got *g)
{
	assert_int_equal(g->n, 1);
	assert_int_equal(g->e[0].kind, OL_EV_USERSPACE_KILL);
	assert_int_equal(g->e[0].pid, 4100);
	assert_int_equal(g->e[0].reasons, 2);
}

static void test_reasons(void **state)
{
	(void)state;
	both(reasons_above, two_reasons, true);
}

/* What earlyoom printed on a terminal: only what stands above tells whose it is. */
static void printed_reason(void)
{
	add("Out of memory! avail: 390 MiB < min: 391 MiB\nKilling process 4100 java\n");
}

static void printed_alone(void)
{
	add("Killing process 4100 java\nKilling process 4101 by request\n");
}

static void one_by_earlyoom(const struct got *g)
{
	assert_int_equal(g->n, 1);
	assert_int_equal(g->e[0].kind, OL_EV_USERSPACE_KILL);
	assert_int_equal(g->e[0].pid, 4100);
	assert_int_equal(g->e[0].reasons, 1);
}

static void test_printed(void **state)
{
	(void)state;
	both(printed_reason, one_by_earlyoom, false);
	both(printed_alone, nothing, false);
}

static void evicted_for(const char *resource)
{
	add("Mar 14 09:26:53 web1 kubelet[9]: I0314 09:26:53.118204 9 eviction_manager.go:369] "
	    "\"Eviction manager: attempting to reclaim\" resourceName=\"%s\"\n",
	    resource);
	add("Mar 14 09:26:53 web1 kubelet[9]: I0314 09:26:53.884120 9 eviction_manager.go:627] "
	    "\"Eviction manager: pod is evicted successfully\" pod=\"mill/loom-0\"\n");
}

static void evicted_for_memory(void)
{
	evicted_for("memory");
}

static void evicted_for_disk(void)
{
	evicted_for("ephemeral-storage");
}

static void one_eviction(const struct got *g)
{
	assert_int_equal(g->n, 1);
	assert_int_equal(g->e[0].kind, OL_EV_USERSPACE_KILL);
	assert_string_equal(g->e[0].pod, "loom-0");
	assert_string_equal(g->e[0].namespace, "mill");
}

static void test_evicted(void **state)
{
	(void)state;
	both(evicted_for_memory, one_eviction, true);
	both(evicted_for_disk, nothing, true);
}

static void logcat(void)
{
	add("Mar 14 09:26:53 web1 app[7]: x\n\n");
	add("03-14 10:40:11.700   412   412 I lowmemorykiller: Kill 'org.example.app' (9121), uid "
	    "10123, oom_score_adj 905 to free 81234kB rss, 4000kB swap; reason: low\n");
}

static void one_lmkd(const struct got *g)
{
	assert_int_equal(g->n, 1);
	assert_int_equal(g->e[0].kind, OL_EV_USERSPACE_KILL);
	assert_int_equal(g->e[0].pid, 9121);
	assert_string_equal(g->e[0].host, "");
	assert_int_equal(g->e[0].wall_us / 1000000 % 3600, 40 * 60 + 11);
}

static void test_logcat(void **state)
{
	(void)state;
	both(logcat, one_lmkd, true);
}

/* ---- names ---- */

static void named_behind(void)
{
	head();
	tail("/kubepods/burstable/pod" UID "/" ID);
	for (int i = 0; i < 300; i++)
		add("Mar 14 09:26:54 web1 app[7]: request %d took 3 ms\n", i);
	add("Mar 14 09:26:55 web1 kubelet[9]: I0314 09:26:55.000000 9 kubelet.go:2421] \"SyncLoop "
	    "(PLEG): event for pod\" pod=\"mill/loom-0\" event={\"ID\":\"" UID
	    "\",\"Type\":\"ContainerDied\",\"Data\":\"" ID "\"}\n");
}

static void named_in_front(void)
{
	add("Mar 14 09:20:53 web1 containerd[9]: time=\"x\" level=info msg=\"RunPodSandbox for "
	    "&PodSandboxMetadata{Name:loom-0,Uid:" UID ",Namespace:mill,Attempt:0,} returns "
	    "sandbox id \\\"" BOX "\\\"\"\n");
	add("Mar 14 09:20:53 web1 containerd[9]: time=\"x\" level=info msg=\"CreateContainer "
	    "within sandbox \\\"" BOX "\\\" for "
	    "&ContainerMetadata{Name:beater,Attempt:2,} returns container id \\\"" ID "\\\"\"\n");
	head();
	tail("/system.slice/cri-containerd-" ID ".scope");
}

static void has_pod(const struct got *g)
{
	assert_int_equal(g->n, 1);
	assert_int_equal(g->e[0].kind, OL_EV_OOM);
	assert_string_equal(g->e[0].pod, "loom-0");
	assert_string_equal(g->e[0].namespace, "mill");
}

static void has_container(const struct got *g)
{
	has_pod(g);
	assert_string_equal(g->e[0].container, "beater");
}

static void test_names(void **state)
{
	(void)state;
	both(named_behind, has_pod, true);
	both(named_in_front, has_container, false);
}

/* ---- quotes ---- */

#define QUOTE                                                                       \
	"Memory cgroup out of memory: Killed process 4100 (java) total-vm:9000kB, " \
	"anon-rss:800kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:1kB oom_score_adj:0"

/* However often the same is said, it is one report. */
static void said_often(void)
{
	for (int i = 0; i < 3000; i++)
		add("Mar 14 09:26:53 web1 systemd[1]: mill.service: A process of this unit has "
		    "been killed by the OOM killer.\n");
}

static void one_of_many(const struct got *g)
{
	assert_int_equal(g->n, 1);
	assert_int_equal(g->e[0].kind, OL_EV_KILL_REPORT);
	assert_int_equal(g->e[0].reports, 1);
}

static void test_often(void **state)
{
	(void)state;
	both(said_often, one_of_many, true);
}

static void quoted_once(void)
{
	add("- `" QUOTE "`\n");
}

static void one_quote(const struct got *g)
{
	assert_int_equal(g->n, 1);
	assert_int_equal(g->e[0].kind, OL_EV_KILL_ONLY);
	assert_true(g->e[0].quoted && !g->e[0].forged);
	assert_int_equal(g->e[0].pid, 4100);
	assert_int_equal(g->e[0].anon_kb, 800);
	assert_int_equal(g->warnings, 0);
}

static void quoted_behind_what(void)
{
	add("%%%%9::ab~7 zz=4 >>> " QUOTE "\n");
}

static void one_warning(const struct got *g)
{
	assert_int_equal(g->n, 1);
	assert_true(g->e[0].quoted);
	assert_int_equal(g->warnings, 1);
}

static void quoted_and_there(void)
{
	add("* the log said \"" QUOTE "\"\n\n");
	head();
	tail(UNIT);
}

static void only_the_dump(const struct got *g)
{
	assert_int_equal(g->n, 1);
	assert_int_equal(g->e[0].kind, OL_EV_OOM);
	assert_false(g->e[0].quoted);
}

static void said_by_two(void)
{
	add("default  9m  Warning  SystemOOM   node/b-7  System OOM encountered, victim process: "
	    "java, pid: 4100\n");
	add("default  9m  Warning  OOMKilling  node/b-7  " QUOTE "\n");
	add("default  9m  Warning  OOMKilling  node/b-8  Out of memory: Killed process 7 (x) "
	    "total-vm:9kB, anon-rss:8kB, file-rss:0kB\n");
}

static void two_nodes(const struct got *g)
{
	assert_int_equal(g->n, 2);
	assert_int_equal(g->e[0].kind, OL_EV_KILL_REPORT);
	assert_int_equal(g->e[0].pid, 4100);
	assert_int_equal(g->e[0].anon_kb, 800);
	assert_int_equal(g->e[0].reports, 2);
	assert_string_equal(g->e[0].host, "b-7");
	assert_int_equal(g->e[1].pid, 7);
	assert_string_equal(g->e[1].host, "b-8");
}

static void pretty_json(void)
{
	add("{\n  \"involvedObject\": {\n    \"kind\": \"Node\",\n    \"name\": \"b-7\"\n  },\n");
	add("  \"message\": \"" QUOTE "\",\n  \"lastTimestamp\": \"2026-06-04T03:33:20Z\",\n}\n");
}

static void yaml(void)
{
	add("- apiVersion: v1\n  lastTimestamp: \"2026-06-04T03:33:20Z\"\n");
	add("  involvedObject:\n    kind: Node\n    name: b-7\n");
	add("  message: 'Memory cgroup out of memory: Killed process 4100 (java) total-vm:9000kB,\n"
	    "    anon-rss:800kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:1kB "
	    "oom_score_adj:0'\n");
}

static void klog(void)
{
	add("I0604 03:33:20.117000       1 log_monitor.go:126] Got new log: &{Message:" QUOTE
	    "}\n");
	add("I0604 03:33:20.118000       1 log_monitor.go:160] New status generated: "
	    "&{Source:kernel-monitor Events:[{Reason:OOMKilling Message:" QUOTE "}]}\n");
}

static void one_by_npd(const struct got *g)
{
	assert_int_equal(g->n, 1);
	assert_int_equal(g->e[0].kind, OL_EV_KILL_REPORT);
	assert_int_equal(g->e[0].reports, 2);
	assert_false(g->e[0].forged);
	assert_int_equal(g->e[0].anon_kb, 800);
}

static void one_member(const struct got *g)
{
	assert_int_equal(g->n, 1);
	assert_int_equal(g->e[0].pid, 4100);
	assert_int_equal(g->e[0].anon_kb, 800);
	assert_string_equal(g->e[0].host, "b-7");
	assert_int_equal(g->e[0].wall_us, 1780544000LL * 1000000);
}

static void by_a_program(void)
{
	add("Mar 14 09:26:53 web1 paperq[9]: job 77: the kernel said \"Out of memory: Killed "
	    "process 99 (x)\"\n");
}

static void test_quotes(void **state)
{
	(void)state;
	both(quoted_once, one_quote, false);
	both(quoted_behind_what, one_warning, false);
	both(quoted_and_there, only_the_dump, false);
	both(said_by_two, two_nodes, false);
	both(pretty_json, one_member, false);
	both(yaml, one_member, false);
	both(klog, one_by_npd, true);
	both(by_a_program, nothing, true);
}

/* ---- parts of reports ---- */

static void zones(void)
{
	add("[ 1000.000000] Node 0 DMA free:3968kB min:60kB low:72kB high:84kB active_anon:0kB\n");
	add("[ 1000.000011] lowmem_reserve[]: 0 962 962\n");
}

static void table(void)
{
	add("[ 1000.000000] [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents "
	    "oom_score_adj name\n");
	add("[ 1000.000011] [   2718]  1000  2718   212111   208111  1872999        0         "
	    "    0 ledgerd\n");
}

static void free_list(void)
{
	add("[ 1000.000000] Node 0 DMA32: 2115*4kB (UME) 0*8kB 0*16kB 0*32kB 0*64kB 0*128kB "
	    "0*256kB 0*512kB 0*1024kB 0*2048kB 0*4096kB = 8460kB\n");
}

static void node(void)
{
	add("[ 1000.000000] Node 0 active_anon:484kB inactive_anon:843960kB active_file:324kB "
	    "inactive_file:508kB unevictable:0kB isolated(anon):0kB isolated(file):0kB "
	    "mapped:308kB dirty:12kB all_unreclaimable? yes\n");
}

static void fragment(const struct got *g)
{
	assert_int_equal(g->n, 1);
	assert_int_equal(g->e[0].kind, OL_EV_FRAGMENT);
	assert_int_equal(g->e[0].victims, 0);
}

static void trace(const char *caller)
{
	add("[ 1000.000000] CPU: 3 PID: 912 Comm: java Not tainted 6.1.90 #1\n");
	add("[ 1000.000011] Call Trace:\n[ 1000.000022]  <TASK>\n");
	add("[ 1000.000033]  dump_stack_lvl+0x44/0x5c\n");
	add("[ 1000.000044]  %s+0x12a/0x160\n", caller);
	add("[ 1000.000055]  __alloc_pages+0x305/0x330\n");
}

static void failed(void)
{
	trace("warn_alloc");
}

static void killing(void)
{
	trace("dump_header");
	add("[ 1000.000066]  oom_kill_process.cold+0xb/0x10\n");
}

static void oops(void)
{
	trace("bad_page.cold");
}

static void hangs(void)
{
	add("[ 1000.000000] INFO: task java:912 blocked for more than 120 seconds.\n");
	add("[ 1000.000011] Call Trace:\n");
	add("[ 1000.000033]  dump_stack_lvl+0x44/0x5c\n");
	add("[ 1000.000044]  dump_header+0x12a/0x160\n");
}

static void failure(const struct got *g)
{
	assert_int_equal(g->n, 1);
	assert_int_equal(g->e[0].kind, OL_EV_ALLOC_FAILURE);
	assert_int_equal(g->e[0].lines, 6);
}

static void kill_without_victim(const struct got *g)
{
	assert_int_equal(g->n, 1);
	assert_int_equal(g->e[0].kind, OL_EV_OOM);
	assert_int_equal(g->e[0].victims, 0);
}

static void reaped(void)
{
	head();
	add(K "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj "
	      "name\n");
	add(K "[   4100]  1000  4100    62000    31090   279000        0             0 java\n");
	add(K "oom_reaper: reaped process 4100 (java), now anon-rss:0kB, file-rss:0kB, "
	      "shmem-rss:0kB\n");
}

static void victim_of_reaper(const struct got *g)
{
	assert_int_equal(g->n, 1);
	assert_int_equal(g->e[0].kind, OL_EV_OOM);
	assert_int_equal(g->e[0].pid, 4100);
	assert_int_equal(g->e[0].reaped, 1);
}

/* One that is in no table of ours was another one's victim. */
static void reaped_other(void)
{
	head();
	add(K "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj "
	      "name\n");
	add(K "[   4100]  1000  4100    62000    31090   279000        0             0 java\n");
	add(K "oom_reaper: reaped process 99 (perl), now anon-rss:0kB, file-rss:0kB, "
	      "shmem-rss:0kB\n");
}

static void test_parts(void **state)
{
	(void)state;
	both(zones, fragment, false);
	both(table, fragment, false);
	both(free_list, fragment, false);
	both(node, fragment, false);
	both(failed, failure, true);
	both(killing, kill_without_victim, true);
	both(oops, nothing, true);
	both(hangs, nothing, true);
	both(reaped, victim_of_reaper, true);
	both(reaped_other, kill_without_victim, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_folds),        cmocka_unit_test(test_another_kill),
		cmocka_unit_test(test_report_alone), cmocka_unit_test(test_oomd),
		cmocka_unit_test(test_reasons),      cmocka_unit_test(test_printed),
		cmocka_unit_test(test_evicted),      cmocka_unit_test(test_logcat),
		cmocka_unit_test(test_names),        cmocka_unit_test(test_often),
		cmocka_unit_test(test_quotes),       cmocka_unit_test(test_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
