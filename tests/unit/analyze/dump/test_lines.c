// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "analyze/dump/lines.h"
#include "analyze/dump/scan.h"

/* A line of each row of lines.def, and what stands in front of its literal and behind it. */
static const struct {
	enum ol_line_kind kind;
	const char *text, *before, *rest;
} examples[] = {
	{ OL_LINE_INVOKED_OLD, "oom-killer: gfp_mask=0xd0, order=0", "", "0xd0, order=0" },
	{ OL_LINE_SLUB_FAIL, "SLUB: Unable to allocate memory on node -1 (gfp=0x20)", "",
	  "node -1 (gfp=0x20)" },
	{ OL_LINE_CPU_LINE, "CPU: 0 PID: 33609 Comm: cc1plus Not tainted 6.9.0-rc3+ #49", "",
	  "0 PID: 33609 Comm: cc1plus Not tainted 6.9.0-rc3+ #49" },
	{ OL_LINE_CPU_LINE_OLD, "Pid: 21832, comm: clamd Tainted: G         C   3.2.59 #21", "",
	  "21832, comm: clamd Tainted: G         C   3.2.59 #21" },
	{ OL_LINE_PROCESS_LINE, "Process basename (pid: 30555, task: 000000007baa6838)", "",
	  "basename (pid: 30555, task: 000000007baa6838)" },
	{ OL_LINE_HARDWARE, "Hardware name: QEMU Standard PC", "", " QEMU Standard PC" },
	{ OL_LINE_WORKQUEUE, "Workqueue: writeback wb_workfn (flush-8:0)", "",
	  " writeback wb_workfn (flush-8:0)" },
	{ OL_LINE_COMPACTION_OFF, "COMPACTION is disabled!!!", "", "" },
	{ OL_LINE_TAINT_WORDS, "Tainted: [O]=OOT_MODULE", "", "O]=OOT_MODULE" },
	{ OL_LINE_TRACE_HEAD, "Call Trace:", "", "" },
	{ OL_LINE_TRACE_HEAD2, "Call trace:", "", "" },
	{ OL_LINE_TRACE_HEAD3, "Backtrace:", "", "" },
	{ OL_LINE_TRACE_TASK, "<TASK>", "", "" },
	{ OL_LINE_TRACE_TASK_END, "</TASK>", "", "" },
	{ OL_LINE_REGS_RIP, "RIP: 0033:0x7f5c", "", "0033:0x7f5c" },
	{ OL_LINE_REGS_RSP, "RSP: 002b:00007ffd", "", "002b:00007ffd" },
	{ OL_LINE_REGS_RAX, "RAX: 0000000000000000", "", "0000000000000000" },
	{ OL_LINE_REGS_CODE, "Code: Bad RIP value.", "", "Bad RIP value." },
	{ OL_LINE_FRAME, "? _raw_spin_lock+0x1c/0x30 [module]", "",
	  "? _raw_spin_lock+0x1c/0x30 [module]" },
	{ OL_LINE_FRAME, "[<c01739ac>] dump_header+0x4d/0x160", "",
	  "[<c01739ac>] dump_header+0x4d/0x160" },
	{ OL_LINE_SLUB_CACHE, "cache: kmalloc-64, object size: 64", "",
	  "kmalloc-64, object size: 64" },
	{ OL_LINE_SLUB_NODE, "node 0: slabs: 53, objs: 1113, free: 0", "",
	  "0: slabs: 53, objs: 1113, free: 0" },
	{ OL_LINE_TASK_IN, "Task in /a killed as a result of limit of /a", "",
	  "/a killed as a result of limit of /a" },
	{ OL_LINE_TASK_IN_LIMIT, "killed as a result of limit of /a", "", " /a" },
	{ OL_LINE_LIMIT_REACHED, "Memory limit reached of cgroup /a/b", "", "/a/b" },
	{ OL_LINE_MEMCG_USAGE, "memory: usage 512kB, limit 512kB, failcnt 3", "",
	  "512kB, limit 512kB, failcnt 3" },
	{ OL_LINE_MEMCG_MEMSW, "memory+swap: usage 0kB, limit 0kB, failcnt 0", "",
	  "0kB, limit 0kB, failcnt 0" },
	{ OL_LINE_MEMCG_KMEM, "kmem: usage 0kB, limit 0kB, failcnt 0", "",
	  "0kB, limit 0kB, failcnt 0" },
	{ OL_LINE_MEMCG_SWAP, "swap: usage 0kB, limit 0kB, failcnt 0", "",
	  "0kB, limit 0kB, failcnt 0" },
	{ OL_LINE_MEMCG_STATS, "Memory cgroup stats for /a:", "", " /a:" },
	{ OL_LINE_MEMCG_STATS_PATH, "/docker/3536ff:", "", "docker/3536ff:" },
	{ OL_LINE_MEMCG_STATS_OLD, "Memory cgroup stats: cache:0KB rss:4KB", "",
	  " cache:0KB rss:4KB" },
	{ OL_LINE_MEMCG_STAT, "anon 5222400", "", "anon 5222400" },
	{ OL_LINE_MEMINFO, "Mem-Info:", "", "" },
	{ OL_LINE_MEMINFO_OLD, "Mem-info:", "", "" },
	{ OL_LINE_PERCPU_ZONE, "Node 0 DMA per-cpu:", "", "Node 0 DMA per-cpu:" },
	{ OL_LINE_PERCPU_CPU, "CPU    0: hi:  186, btch:  31 usd:  70", "",
	  "CPU    0: hi:  186, btch:  31 usd:  70" },
	{ OL_LINE_PERCPU_CPU, "cpu 0 hot: low 2, high 6, batch 1", "",
	  "cpu 0 hot: low 2, high 6, batch 1" },
	{ OL_LINE_FREE_PAGES_OLD, "Free pages:        5032kB (0kB HighMem)", "",
	  "        5032kB (0kB HighMem)" },
	{ OL_LINE_COUNTERS, "active_anon:93051 inactive_anon:31 isolated_anon:0", "",
	  "active_anon:93051 inactive_anon:31 isolated_anon:0" },
	{ OL_LINE_COUNTERS, "free:906 free_pcp:12", "", "free:906 free_pcp:12" },
	{ OL_LINE_NODE, "Node 0 active_anon:2016kB inactive_anon:0kB", "",
	  "0 active_anon:2016kB inactive_anon:0kB" },
	{ OL_LINE_ZONE, "Node 0 DMA free:3624kB min:140kB", "",
	  "Node 0 DMA free:3624kB min:140kB" },
	{ OL_LINE_ZONE, "HighMem free:512kB min:140kB", "", "HighMem free:512kB min:140kB" },
	{ OL_LINE_LOWMEM, "lowmem_reserve[]: 0 869 32487", "", " 0 869 32487" },
	{ OL_LINE_LOWMEM_OLD, "protections[]: 0 0 0", "", " 0 0 0" },
	{ OL_LINE_BUDDY, "Node 0 DMA: 7*4kB (UE) 0*8kB = 28kB", "",
	  "Node 0 DMA: 7*4kB (UE) 0*8kB = 28kB" },
	{ OL_LINE_BUDDY, "Normal: empty", "", "Normal: empty" },
	{ OL_LINE_BUDDY_FRAGMENT, "4761*4kB", "", "4761*4kB" },
	{ OL_LINE_BUDDY_FRAGMENT, "(UMEH)", "", "(UMEH)" },
	{ OL_LINE_HUGEPAGES, "Node 0 hugepages_total=0 hugepages_free=0", "",
	  "Node 0 hugepages_total=0 hugepages_free=0" },
	{ OL_LINE_PAGE_COUNT, "8650736 pages RAM", "", "8650736 pages RAM" },
	{ OL_LINE_PAGE_COUNT, "7891360 total pagecache pages", "",
	  "7891360 total pagecache pages" },
	{ OL_LINE_SWAP_STATS, "Swap cache stats: add 2, delete 1, find 1/2", "",
	  "add 2, delete 1, find 1/2" },
	{ OL_LINE_SWAP_STATS_OLD, "Swap cache: add 2, delete 1, find 1/2, race 0+0", "",
	  "2, delete 1, find 1/2, race 0+0" },
	{ OL_LINE_FREE_SWAP, "Free swap  = 1959892kB", "", "  = 1959892kB" },
	{ OL_LINE_TOTAL_SWAP, "Total swap = 2000000kB", "", " = 2000000kB" },
	{ OL_LINE_ALLOCS_HEAD, "Memory allocations:", "", ":" },
	{ OL_LINE_ALLOC_ROW, "1.21 GiB    32768 mm/slub.c:2319 func:alloc_slab_page", "",
	  "1.21 GiB    32768 mm/slub.c:2319 func:alloc_slab_page" },
	{ OL_LINE_SLABS_HEAD, "Unreclaimable slab info:", "", "" },
	{ OL_LINE_SLABS_COLS, "Name                      Used          Total", "",
	  "                     Used          Total" },
	{ OL_LINE_SLAB_ROW, "dentry            12345KB      12345KB", "",
	  "dentry            12345KB      12345KB" },
	{ OL_LINE_MIN_PROTECTION, "Memory cgroup min protection 0kB -- low protection 0kB", "",
	  "0kB -- low protection 0kB" },
	{ OL_LINE_TABLE_STATE, "Tasks state (memory values in pages):", "", ":" },
	{ OL_LINE_TABLE_HEAD, "[ pid ]   uid  tgid total_vm      rss cpu oom_adj name", "",
	  "[ pid ]   uid  tgid total_vm      rss cpu oom_adj name" },
	{ OL_LINE_TABLE_ROW, "[21832]   113 21832    42469    37403   0       0 clamd", "",
	  "[21832]   113 21832    42469    37403   0       0 clamd" },
	{ OL_LINE_OOM_KILL, "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null)", "",
	  "constraint=CONSTRAINT_NONE,nodemask=(null)" },
	{ OL_LINE_GROUP_SET, "Tasks in /a are going to be killed due to memory.oom.group set", "",
	  "/a are going to be killed due to memory.oom.group set" },
	{ OL_LINE_REAPED, "oom_reaper: reaped process 1039 (netifd), now anon-rss:0kB", "",
	  "1039 (netifd), now anon-rss:0kB" },
	{ OL_LINE_UNREAPED, "oom_reaper: unable to reap pid:1039 (netifd)", "", "1039 (netifd)" },
	{ OL_LINE_NO_KILLABLE, "Out of memory and no killable processes...", "", "..." },
	{ OL_LINE_PANIC, "Kernel panic - not syncing: Out of memory: compulsory panic_on_oom", "",
	  "Out of memory: compulsory panic_on_oom" },
	{ OL_LINE_SHARING, "Kill process 12 (x) sharing same memory", "",
	  "12 (x) sharing same memory" },
	{ OL_LINE_LINUX_VERSION, "Linux version 6.1.0-18-amd64 (x@y)", "", "6.1.0-18-amd64 (x@y)" },
	{ OL_LINE_INVOKED, "my app invoked oom-killer: gfp_mask=0xcc0", "my app",
	  ": gfp_mask=0xcc0" },
	{ OL_LINE_ALLOC_FAIL, "cat: page allocation failure: order:5, mode:0x40dc0",
	  "cat: ", ": order:5, mode:0x40dc0" },
	{ OL_LINE_ALLOC_STALL, "x: page allocation stalls for 10030ms, order:0",
	  "x: ", "s for 10030ms, order:0" },
	{ OL_LINE_VMALLOC_FAIL, "insmod: vmalloc: allocation failure: 52 bytes, mode:0xd2",
	  "insmod", ": allocation failure: 52 bytes, mode:0xd2" },
	{ OL_LINE_VMALLOC_SAID, "vmalloc: allocation failure: 4198400 bytes", "",
	  ": 4198400 bytes" },
	{ OL_LINE_VMALLOC_SAID, "vmalloc: allocation failure, allocated 4096 of 8192 bytes", "",
	  ", allocated 4096 of 8192 bytes" },
	{ OL_LINE_CPUSET, "clamd cpuset=/ mems_allowed=0-1", "clamd cpuset=/", "0-1" },
	{ OL_LINE_KILLED, "Memory cgroup out of memory: Killed process 12 (a) total-vm:1kB",
	  "Memory cgroup out of memory: ", "12 (a) total-vm:1kB" },
	{ OL_LINE_KILLED_UB, "Out of memory in UB 77: OOM killed process 12 (a) score 0 vm:9kB",
	  "Out of memory in UB 77: ", "12 (a) score 0 vm:9kB" },
	{ OL_LINE_CHOSEN, "Out of memory: Kill process 12 (a) score 4 or sacrifice child",
	  "Out of memory: ", "12 (a) score 4 or sacrifice child" },
	{ OL_LINE_CHOSEN_OLD, "No available memory (MPOL_BIND): kill process 12 (a) score 9",
	  "No available memory (MPOL_BIND): ", "12 (a) score 9" },
	{ OL_LINE_EXITING, "OOM victim 12 (a) is already exiting. Skip killing the task",
	  "OOM victim 12 (a) ", "" },
	{ OL_LINE_SYSRQ, "sysrq: Manual OOM execution", "sysrq: ", "" },
	{ OL_LINE_SUPPRESSED, "warn_alloc: 25 callbacks suppressed",
	  "warn_alloc: 25 callbacks suppre", "ed" },
	{ OL_LINE_SWAP_ERROR, "Write-error on swap-device (8:16:1234)", "",
	  "Write-error on swap-device (8:16:1234)" },
	{ OL_LINE_HUNG_TASK, "INFO: task dd:42 blocked for more than 120 seconds.",
	  "INFO: task dd:42", "120 seconds." },
	{ OL_LINE_SOFT_LOCKUP, "watchdog: BUG: soft lockup - CPU#3 stuck for 26s!",
	  "watchdog: BUG: ", "3 stuck for 26s!" },
	{ OL_LINE_RCU_STALL, "rcu: INFO: rcu_sched self-detected stall on CPU",
	  "rcu: INFO: rcu_sched self-", " on CPU" },
	{ OL_LINE_IO_ERROR, "blk_update_request: I/O error, dev sda, sector 1234",
	  "blk_update_request: ", "sda, sector 1234" },
	{ OL_LINE_NOT_RESPONDING, "nfs: server nas not responding, still trying", "nfs: server nas",
	  ", still trying" },
};
enum { EXAMPLES = sizeof(examples) / sizeof(examples[0]) };

/* What is near to a kernel's line and none. */
static const char *const others[] = {
	"",
	"   ",
	"invoked oom-killer: gfp_mask=0xcc0",
	"the oom-killer may have come",
	"oom-kill:task",
	"app: Killed process 12 (a)",
	"Killed process group",
	"node gc: 12ms",
	"node: 12",
	"page allocation failure",
	"Node 0",
	"Node 0 is up",
	"Swap cache",
	"Process started",
	"CPU: busy",
	"an 5",
	"anon 5 6",
	"free:906kB",
	"[1] 1 2",
	"[ pid ] uid name",
	"Kernel panic - not syncing: VFS: Unable to mount root fs",
	"Tasks in /a are going to sleep",
	"task sda: I/O error",
};

static const char *name_of(enum ol_line_kind kind)
{
	static const char *const names[OL_LINE_KINDS] = {
		"NONE",
#define OL_LINE(kind, part, phase, flag, where, literal, how, marks) #kind,
#include "analyze/dump/lines.def"
#undef OL_LINE
	};

	return names[kind];
}

static void test_kinds(void **state)
{
	bool seen[OL_LINE_KINDS] = { true };

	(void)state;
	for (size_t i = 0; i < EXAMPLES; i++) {
		struct ol_span text = ol_span_str(examples[i].text);
		enum ol_line_kind kind = ol_kind_of(text);
		struct ol_dump_line l = ol_line_split(kind, text);
		char indented[200];

		seen[examples[i].kind] = true;
		if (kind != examples[i].kind)
			fail_msg("'%s' is %s, not %s", examples[i].text, name_of(kind),
				 name_of(examples[i].kind));
		if (!ol_span_eqs(l.before, examples[i].before) ||
		    !ol_span_eqs(l.rest, examples[i].rest))
			fail_msg("'%s': '%.*s' in front, '%.*s' behind", examples[i].text,
				 OL_SPAN_ARG(l.before), OL_SPAN_ARG(l.rest));
		snprintf(indented, sizeof(indented), " \t %s", examples[i].text);
		assert_int_equal(ol_kind_of(ol_span_str(indented)), kind);
	}
	for (unsigned k = 0; k < OL_LINE_KINDS; k++)
		if (!seen[k])
			fail_msg("no example of %s", name_of(k));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (ol_kind_of(ol_span_str(others[i])) != OL_LINE_NONE)
			fail_msg("'%s' is %s", others[i],
				 name_of(ol_kind_of(ol_span_str(others[i]))));
}

/* The strings that each row says the scan finds its lines by. */
struct marks {
	const char *own[16], *others[8];
};
static const struct marks marks_of[OL_LINE_KINDS] = {
#define WORDS(s)
#define TAG(s)
#define SEE(s)
#define ANCHOR(s, at, bucket, near, role) s,
#define OL_LINE(kind, part, phase, flag, where, literal, how, marks) \
	[OL_LINE_##kind] = { .own = { marks NULL } },
#include "analyze/dump/lines.def"
#undef OL_LINE
#undef ANCHOR
#undef SEE
};
static const struct marks seen_by[OL_LINE_KINDS] = {
#define SEE(s) s,
#define ANCHOR(s, at, bucket, near, role)
#define OL_LINE(kind, part, phase, flag, where, literal, how, marks) \
	[OL_LINE_##kind] = { .others = { marks NULL } },
#include "analyze/dump/lines.def"
#undef OL_LINE
#undef ANCHOR
#undef SEE
#undef TAG
#undef WORDS
};

static bool is_anchor(const char *s)
{
	for (unsigned k = 0; k < OL_LINE_KINDS; k++)
		for (unsigned i = 0; marks_of[k].own[i]; i++)
			if (!strcmp(marks_of[k].own[i], s))
				return true;
	return false;
}

/* A string belongs to one row, the others refer to it; and an example has one of its row's. */
static void test_marks(void **state)
{
	(void)state;
	for (unsigned k = 0; k < OL_LINE_KINDS; k++) {
		for (unsigned i = 0; seen_by[k].others[i]; i++)
			if (!is_anchor(seen_by[k].others[i]))
				fail_msg("%s: no row has \"%s\"", name_of(k), seen_by[k].others[i]);
		for (unsigned i = 0; marks_of[k].own[i]; i++)
			for (unsigned j = k + 1; j < OL_LINE_KINDS; j++)
				for (unsigned n = 0; marks_of[j].own[n]; n++)
					assert_string_not_equal(marks_of[k].own[i],
								marks_of[j].own[n]);
	}
	for (size_t i = 0; i < EXAMPLES; i++) {
		const char *text = examples[i].text;
		const char *const *own = marks_of[examples[i].kind].own,
				  *const *others = seen_by[examples[i].kind].others;
		bool has = !own[0] && !others[0]; /* found by the lines around it */

		for (; *own; own++)
			has |= strstr(text, *own) != NULL;
		for (; *others; others++)
			has |= strstr(text, *others) != NULL;
		/* of the old kernels' lists, some lines have none */
		if (!has && examples[i].kind != OL_LINE_BUDDY &&
		    examples[i].kind != OL_LINE_BUDDY_FRAGMENT &&
		    examples[i].kind != OL_LINE_PERCPU_CPU && examples[i].kind != OL_LINE_FRAME)
			fail_msg("'%s' has no string of %s", text, name_of(examples[i].kind));
		if (has &&
		    (marks_of[examples[i].kind].own[0] || seen_by[examples[i].kind].others[0]))
			assert_true(ol_scan(OL_SCAN_DUMP, text, strlen(text)) < strlen(text));
	}
}

static void test_rows(void **state)
{
	(void)state;
	for (unsigned i = 1; i < OL_LINE_KINDS; i++) {
		const struct ol_kind *k = &ol_kinds[i];
		bool bad = !k->literal.n && (k->anywhere || !k->begins || !k->check);

		bad |= k->literal.n && k->begins;
		bad |= k->sure && k->flag != OL_LF_WEAK;
		bad |= k->sign && k->phase != OL_PHASE_BESIDE;
		bad |= (k->join || k->token) && !k->whole && !k->ends_in.p;
		bad |= k->whole && (k->ends_in.p || !(k->join || k->token));
		bad |= k->once && k->fits;
		if (bad)
			fail_msg("the row of %s contradicts itself", name_of(i));
	}
}

/* The head of a dump begins an event whoever writes it, its middle only when the kernel does. */
static void test_starts(void **state)
{
	(void)state;
	assert_true(ol_kind_starts(OL_LINE_INVOKED, true));
	assert_true(ol_kind_starts(OL_LINE_MEMINFO, false) &&
		    !ol_kind_starts(OL_LINE_MEMINFO, true));
	assert_true(ol_kind_starts(OL_LINE_KILLED, true));
	assert_false(ol_kind_starts(OL_LINE_FRAME, false) || ol_kind_starts(OL_LINE_NONE, false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_starts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
