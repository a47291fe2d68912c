// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "analyze/dump/dump_impl.h"

/* One line after the other into one event: what it states, and what it does not. */

static struct ol_oom_event event;
static struct ol_open open_event;

static int begin(void **state)
{
	(void)state;
	event = (struct ol_oom_event){ 0 };
	ol_arena_init(&event.arena, 1u << 20);
	open_event = (struct ol_open){ .e = &event };
	return 0;
}

static int end(void **state)
{
	(void)state;
	ol_arena_done(&event.arena);
	return 0;
}

/* Line @n of the input; false when the event refuses it. */
static bool line_at(uint32_t n, const char *text, bool at_eof)
{
	struct ol_span s = ol_span_str(text);
	enum ol_line_kind kind = ol_kind_of(s);

	if (kind == OL_LINE_NONE)
		fail_msg("'%s' is no line", text);
	if (!ol_decode_fits(&open_event, kind, s))
		return false;
	ol_decode(&open_event, kind, s, n, at_eof, NULL);
	return true;
}

static bool line(const char *text)
{
	return line_at(7, text, false);
}

static void is_val(const struct ol_val *v, int64_t want)
{
	assert_true(v->set);
	assert_int_equal(v->v, want);
	assert_int_equal(v->line, 7);
}

static void is_text(const struct ol_text *t, const char *want)
{
	if (!t->s.p || !ol_span_eqs(t->s, want))
		fail_msg("'%.*s', not '%s'", OL_SPAN_ARG(t->s), want);
	assert_int_equal(t->line, 7);
}

static void test_invoked(void **state)
{
	(void)state;
	assert_true(line("my app invoked oom-killer: gfp_mask=0x140dca(GFP_HIGHUSER|__GFP_ZERO), "
			 "nodemask=0-1,  order=2, oom_score_adj=-17"));
	assert_int_equal(event.kind, OL_EV_OOM);
	is_text(&event.trigger_comm, "my app");
	is_text(&event.gfp_printed, "GFP_HIGHUSER|__GFP_ZERO");
	is_val(&event.gfp_mask, 0x140dca);
	is_val(&event.order, 2);
	is_val(&event.oom_score_adj, -17);
	is_text(&event.nodemask, "0-1");
	assert_false(event.oom_adj.set);
}

static void test_invoked_old(void **state)
{
	(void)state;
	assert_true(line("oom-killer: gfp_mask=0xd0, order=-1"));
	assert_null(event.trigger_comm.s.p);
	is_val(&event.gfp_mask, 0xd0);
	assert_true(event.sysrq);
}

static void test_alloc_fail(void **state)
{
	(void)state;
	assert_true(
		line("cat: page allocation stalls for 10030ms, order:5, mode:0x40dc0(GFP_KERNEL), "
		     "nodemask=(null),cpuset=/a,mems_allowed=0"));
	assert_int_equal(event.kind, OL_EV_ALLOC_FAILURE);
	assert_true(event.stall);
	is_text(&event.trigger_comm, "cat");
	is_val(&event.order, 5);
	is_text(&event.cpuset, "/a");
	is_text(&event.mems_allowed, "0");
}

/* The slab allocator's message takes nothing but its own lines. */
static void test_slub(void **state)
{
	(void)state;
	assert_true(line("SLUB: Unable to allocate memory on node -1, gfp=0x820(GFP_ATOMIC)"));
	is_val(&event.gfp_mask, 0x820);
	assert_false(line("Mem-Info:"));
	assert_true(line("cache: kmalloc-64, object size: 64"));
	assert_true(line("node 0: slabs: 53, objs: 1113, free: 0"));
}

static void test_who_ran(void **state)
{
	(void)state;
	event.release.s = OL_SPAN("5.10");
	event.release_before = true; /* what the boot said goes behind what the dump says */
	assert_true(line("CPU: 1 UID: 33 PID: 946 Comm: php fpm Kdump: loaded Not tainted "
			 "6.14.0-rc5 #1 SMP"));
	is_val(&event.cpu, 1);
	is_val(&event.trigger_uid, 33);
	is_val(&event.trigger_pid, 946);
	is_text(&event.trigger_comm, "php fpm");
	is_text(&event.release, "6.14.0-rc5");
	is_text(&event.build, "#1 SMP");
	is_text(&event.taint, "Not tainted");
	assert_false(line("CPU: 1 PID: 946 Comm: a Not tainted 6.14.0-rc5 #1"));
	assert_false(line("Process a (pid: 946, task: 000000007baa6838)"));
	assert_true(line("Workqueue: writeback wb_workfn (flush-8:0)"));
	is_text(&event.workqueue, "writeback wb_workfn (flush-8:0)");
}

static void test_who_ran_old(void **state)
{
	(void)state;
	assert_true(line("Pid: 21832, comm: clamd Tainted: G         C   3.2.59 #21"));
	is_val(&event.trigger_pid, 21832);
	is_text(&event.trigger_comm, "clamd");
	is_text(&event.release, "3.2.59");
	is_text(&event.taint, "Tainted: G         C");
}

static void test_cpuset(void **state)
{
	(void)state;
	assert_true(line("clamd cpuset=/a b mems_allowed=0-1"));
	is_text(&event.cpuset, "/a b");
	is_text(&event.mems_allowed, "0-1");
	assert_false(line("clamd cpuset=/ mems_allowed=0"));
}

static void test_trace(void **state)
{
	static const char *const lines[] = { "dump_stack_lvl+0x44/0x57",
					     "? f2fs_write+0x1/0x2 [f2fs]",
					     "[<c01739ac>] ? oom_kill_process+0x4d/0x160",
					     "unwind_backtrace from show_stack+0x10/0x14" };
	static const char *const funcs[] = { "dump_stack_lvl", "f2fs_write", "oom_kill_process",
					     "unwind_backtrace" };

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_true(line(lines[i]));
	assert_int_equal(event.trace.n, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_true(ol_span_eqs(event.trace.v[i].func, funcs[i]));
		assert_int_equal(event.trace.v[i].uncertain, i == 1 || i == 2);
	}
	assert_true(ol_span_eqs(event.trace.v[1].module, "f2fs"));
}

static void test_task_in(void **state)
{
	(void)state;
	assert_true(line("Task in /a/b killed as a result of limit of /a"));
	is_text(&event.task_memcg, "/a/b");
	is_text(&event.oom_memcg, "/a");
	assert_false(line("Task in /a/b killed as a result of limit of /a"));
	assert_false(line("killed as a result of limit of /a"));
}

/* 3.14 - 3.17 print it as two records; a path that was cut inside a name is none. */
static void test_task_in_parts(void **state)
{
	(void)state;
	assert_true(line("Task in /a/b killed as a resu"));
	is_text(&event.task_memcg, "/a/b");
	assert_true(line("killed as a result of limit of /a/")); /* inside a name */
	assert_null(event.oom_memcg.s.p);
	assert_true(line("killed as a result of limit of /a"));
	is_text(&event.oom_memcg, "/a");
}

static void test_usage(void **state)
{
	(void)state;
	assert_true(line("memory: usage 512kB, limit 1024kB, failcnt 3"));
	assert_true(line("memory+swap: usage 600kB, limit 9007199254740988kB, failcnt 0"));
	assert_true(line("kmem: usage 7"));
	is_val(&event.usage_kb, 512);
	is_val(&event.limit_kb, 1024);
	is_val(&event.failcnt, 3);
	is_val(&event.memsw_usage_kb, 600);
	assert_false(event.kmem_usage_kb.set); /* cut */
	assert_false(line("memory: usage 513kB, limit 1024kB, failcnt 3"));
}

static void test_memcg_stats(void **state)
{
	(void)state;
	assert_false(line("anon 5222400")); /* of no list */
	assert_true(line("Memory cgroup stats for /a:"));
	is_text(&event.memcg_stats_of, "/a");
	assert_true(line("anon 5222400"));
	assert_true(line("pgfault 12"));
	assert_false(line("anon 5222401"));
	assert_int_equal(event.memcg_stats.n, 2);
	assert_int_equal(event.memcg_stats.v[0].v, 5222400);
	assert_int_equal(event.memcg_stats.v[0].unit, OL_U_BYTES);
	assert_int_equal(event.memcg_stats.v[1].unit, OL_U_COUNT);
	assert_true(line("Mem-Info:"));
	assert_false(line("file 1")); /* the list has ended */
}

static void test_memcg_members(void **state)
{
	(void)state;
	assert_true(line("Memory cgroup stats for /a: cache:4KB rss:46952KB rss_huge:0K"));
	assert_int_equal(event.memcg_members.n, 1);
	is_text(&event.memcg_members.v[0].path, "/a");
	assert_int_equal(event.memcg_members.v[0].stats.n, 2);
	assert_int_equal(event.memcg_members.v[0].stats.v[0].v, 4096);
}

static void test_memory(void **state)
{
	const struct ol_kv *kv;

	(void)state;
	assert_true(line("active_anon:93051 inactive_anon:31 isolated_anon:0"));
	assert_true(line_at(7, "free:906 new_counter:5 free_cma:12", true));
	kv = ol_kv_get(&event.memory, OL_K_ACTIVE_ANON);
	assert_true(kv && kv->v == 93051 && kv->unit == OL_U_PAGES);
	assert_non_null(ol_kv_get(&event.memory, OL_K_FREE));
	assert_null(ol_kv_get(&event.memory, OL_K_FREE_CMA)); /* perhaps half a number */
	assert_int_equal(event.memory.n, 5);
	assert_false(line("free:907 free_pcp:1"));
}

static void test_zones(void **state)
{
	struct ol_zone *z;

	(void)state;
	assert_false(line("lowmem_reserve[]: 0 869")); /* whose? */
	assert_true(line("Node 1 DMA32 free:3624kB min:140kB shmem_thp: 0kB pages_scanned:7 "
			 "all_unreclaimable? yes"));
	assert_true(line("lowmem_reserve[]: 0 869 32487"));
	assert_true(line("Node 1 DMA32: 7*4kB (UE) 2*8kB (M) = 44kB"));
	assert_int_equal(event.zones.n, 1);
	z = &event.zones.v[0];
	assert_int_equal(z->node, 1);
	assert_int_equal(z->type, OL_ZONE_DMA32);
	assert_int_equal(ol_kv_get(&z->kv, OL_K_MIN)->v, 140);
	assert_int_equal(z->all_unreclaimable, 1);
	assert_int_equal(z->lowmem_reserve.n, 3);
	assert_int_equal(z->buddy.n, 2);
	assert_int_equal(z->buddy.v[1].count, 2);
	assert_true(ol_span_eqs(z->buddy.v[0].types, "UE"));
	is_val(&z->buddy_total_kb, 44);
	assert_int_equal(ol_event_infer_page_kb(&event), 4);
	assert_false(line("Node 1 DMA32 free:3624kB min:140kB"));
	assert_false(line("Node 1 DMA32: 7*4kB = 28kB"));
	assert_true(line("Node 1 Normal free:3624kB min:140kB"));
	assert_true(line("Node 1 active_anon:2016kB inactive_anon:0kB"));
	assert_false(line("Node 1 active_anon:2016kB inactive_anon:0kB"));
}

/* What most of the log agrees on, whatever one line lost. */
static void test_page_size(void **state)
{
	struct ol_zone *z;

	(void)state;
	/* a list that lost its first entry, and nothing else: not known */
	assert_true(line("Node 0 Normal: 3*8kB (U) 0*16kB 2*32kB (M) = 88kB"));
	ol_event_settle_pages(&event);
	assert_int_equal(event.page_kb, 0);
	z = &event.zones.v[0];
	assert_int_equal(z->buddy.n, 3);

	/* one whole list more contradicts: still nothing settles it */
	assert_true(line("Node 0 DMA32: 5*4kB (U) 0*8kB 1*16kB (M) = 36kB"));
	ol_event_settle_pages(&event);
	assert_int_equal(event.page_kb, 0);

	/* counters in both units do, and the blocks get the orders that they have */
	assert_true(line("Mem-Info:"));
	assert_true(line("active_anon:3000 inactive_anon:5000 isolated_anon:0"));
	assert_true(line("Node 0 active_anon:12000kB inactive_anon:20000kB"));
	ol_event_settle_pages(&event);
	assert_int_equal(event.page_kb, 4);
	assert_int_equal(z->buddy.v[0].order, 1);
	assert_int_equal(z->buddy.v[2].order, 3);
}

/* An entry that is damaged shifts none of the others; one of no order is nothing. */
static void test_orders_of_blocks(void **state)
{
	struct ol_zone *z;

	(void)state;
	assert_true(line("Node 0 DMA: 1*4kB (U) 0*8kB 0*1*16kB 2*32kB (M) 1*48kB 0*128kB = 68kB"));
	ol_event_settle_pages(&event);
	assert_int_equal(event.page_kb, 4);
	z = &event.zones.v[0];
	assert_int_equal(z->buddy.n, 4);
	assert_int_equal(z->buddy.v[2].order, 3);
	assert_int_equal(z->buddy.v[2].count, 2);
	assert_int_equal(z->buddy.v[3].order, 5);
}

static void test_page_size_of_many_lists(void **state)
{
	(void)state;
	/* 64 kB pages: two lists agree; no x86 kernel has them, whatever its lists say */
	assert_true(line("Node 0 DMA: 1*64kB (U) 0*128kB 2*256kB (M) = 576kB"));
	assert_true(line("Node 0 Normal: 1*64kB (U) 0*128kB 2*256kB (M) = 576kB"));
	assert_int_equal(ol_event_infer_page_kb(&event), 64);
	event.release.s = OL_SPAN("6.1.0-18-amd64");
	assert_int_equal(ol_event_infer_page_kb(&event), 4);
}

/* Lines that end where a terminal did are there, and not whole. */
static void test_cut_lines(void **state)
{
	const uint32_t cut = 1u << OL_PART_ZONES | 1u << OL_PART_BUDDY | 1u << OL_PART_NODES;
	const struct ol_parser_opts opts = { 0 };

	(void)state;
	assert_true(line("java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0"));
	assert_true(line("Mem-Info:"));
	assert_true(line("active_anon:3000 inactive_anon:5000 isolated_anon:0"));
	assert_true(line("Node 0 active_anon:12000kB inactive_anon:20000kB"));
	assert_true(line("Node 0 Normal free:3624kB min:140kB low:175kB high:210kB"));
	assert_true(line("Node 0 Normal: 7*4kB (UE) 2*8kB (M) 0*16"));
	event.kind = OL_EV_OOM;
	event.parts_seen |= 1u << OL_PART_HEADER | 1u << OL_PART_MEMINFO;
	assert_true(ol_event_finish(&event, &opts));
	assert_int_equal(event.parts_cut, cut);
	assert_int_equal(event.parts_missing & cut, cut);
}

/* One record per pr_cont(). */
static void test_buddy_parts(void **state)
{
	(void)state;
	assert_false(line("4761*4kB"));
	assert_true(line("Node 0 DMA:"));
	assert_true(line("4761*4kB"));
	assert_true(line("(UMEH)"));
	assert_true(line("= 19044kB"));
	is_val(&event.zones.v[0].buddy_total_kb, 19044);
	assert_false(line("1*8kB"));
}

static void test_lists(void **state)
{
	(void)state;
	assert_true(line("Node 0 hugepages_total=2 hugepages_free=1 hugepages_size=2048kB"));
	assert_true(line("7891360 total pagecache pages"));
	assert_true(line("12 pages in swap cache"));
	assert_true(line("Swap cache stats: add 20, delete 10, find 1/2"));
	assert_true(line("Free swap  = 1959892kB"));
	assert_true(line("Total swap = 2000000kB"));
	assert_true(line("8650736 pages RAM"));
	assert_true(line("5 pages of a new sort"));
	assert_int_equal(event.hugepages.n, 1);
	assert_int_equal(ol_kv_get(&event.hugepages.v[0].kv, OL_K_HUGE_SIZE)->v, 2048);
	is_val(&event.total_pagecache_pages, 7891360);
	is_val(&event.swap_cache_pages, 12);
	is_val(&event.swap_cache_add, 20);
	is_val(&event.swap_cache_delete, 10);
	is_val(&event.swap_free_kb, 1959892);
	is_val(&event.swap_total_kb, 2000000);
	is_val(&event.ram_pages, 8650736);
	assert_false(line("8650736 pages RAM"));
	assert_false(line("Total swap = 2000000kB"));
}

static void test_sections(void **state)
{
	(void)state;
	assert_false(line("dentry            12345KB      12345KB"));
	assert_true(line("Unreclaimable slab info:"));
	assert_true(line("Name                      Used          Total"));
	assert_true(line("dentry            12345KB      12400KB"));
	assert_int_equal(event.slabs.n, 1);
	assert_int_equal(event.slabs.v[0].total_kb, 12400);
	assert_false(line("1.50 GiB    32768 mm/slub.c:2319 func:alloc_slab_page"));
	assert_true(line("Memory allocations:"));
	assert_true(line("1.50 GiB    32768 mm/slub.c:2319 func:alloc_slab_page"));
	assert_int_equal(event.allocs.v[0].bytes, UINT64_C(3) << 29);
	assert_int_equal(event.allocs.v[0].calls, 32768);
	assert_false(line("dentry            12345KB      12400KB"));
}

static void test_tasks(void **state)
{
	(void)state;
	assert_true(
		line("[ pid ]   uid  tgid total_vm      rss (01)nrss swapents oom_score_adj name"));
	assert_true(
		line("[21832]   113 21832    42469    37403   9       5          -17 my clamd"));
	assert_true(line("[    1]     0     1    42469    37403   9")); /* damaged */
	assert_false(line("[ pid ]   uid  tgid total_vm      rss cpu oom_adj name"));
	assert_int_equal(event.tasks.n, 2);
	assert_int_equal(event.tasks.v[0].col[OL_COL_RSS], 37403);
	assert_int_equal(event.tasks.v[0].col[OL_COL_OOM_SCORE_ADJ], -17);
	assert_true(ol_span_eqs(event.tasks.v[0].comm, "my clamd"));
	assert_int_equal(event.tasks.v[1].mask, 1u << OL_COL_PID);
	assert_null(event.tasks.v[1].comm.p);
}

static void test_oom_kill(void **state)
{
	(void)state;
	assert_true(
		line("oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=c,"
		     "mems_allowed=0-1,oom_memcg=/a,task_memcg=/a/b,task=x,task=y,pid=1122,uid=5"));
	assert_int_equal(event.constraint, OL_CONSTRAINT_MEMCG);
	is_text(&event.cpuset, "c");
	is_text(&event.mems_allowed, "0-1");
	is_text(&event.oom_memcg, "/a");
	is_text(&event.task_memcg, "/a/b");
	assert_int_equal(event.victims.n, 1);
	is_val(&event.victims.v[0].pid, 1122);
	is_val(&event.victims.v[0].uid, 5);
	is_text(&event.victims.v[0].comm, "x,task=y");
	assert_false(line("oom-kill:constraint=CONSTRAINT_NONE"));
}

/* Where it was cut, a path and a number may be half of one. */
static void test_oom_kill_cut(void **state)
{
	(void)state;
	assert_true(line("oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/a,task_memcg=/a/b,task=x,"
			 "pid=11"));
	assert_int_equal(event.victims.n, 0);
	is_text(&event.task_memcg, "/a/b");
	begin(NULL);
	assert_true(line("oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/a,task_memcg=/a/b"));
	assert_null(event.task_memcg.s.p);
	is_text(&event.oom_memcg, "/a");
}

static void test_killed(void **state)
{
	struct ol_victim *v;

	(void)state;
	assert_true(line("Memory cgroup out of memory: Killed process 12 (a) b) total-vm:100kB, "
			 "anon-rss:90kB, file-rss:8kB, shmem-rss:1kB, UID:33 pgtables:7kB "
			 "oom_score_adj:-998"));
	assert_int_equal(event.constraint, OL_CONSTRAINT_MEMCG);
	assert_int_equal(event.victims.n, 1);
	v = &event.victims.v[0];
	is_text(&v->comm, "a) b");
	is_val(&v->total_vm_kb, 100);
	is_val(&v->anon_rss_kb, 90);
	is_val(&v->uid, 33);
	is_val(&v->oom_score_adj, -998);
	assert_true(line("oom_reaper: reaped process 12 (a) b), now anon-rss:2kB, file-rss:0kB, "
			 "shmem-rss:0kB"));
	assert_int_equal(event.victims.n, 1);
	assert_int_equal(event.victims.v[0].reaped, 1);
	is_val(&event.victims.v[0].reaped_anon_kb, 2);
}

/* A beancounter's limit is no memory cgroup's, and what its line does not state stays absent. */
static void test_killed_ub(void **state)
{
	struct ol_victim *v;

	(void)state;
	assert_true(line("Out of memory in UB 4077: OOM killed process 913 (a) b) score 12 "
			 "vm:900kB, rss:80kB, swap:7kB"));
	assert_int_equal(event.constraint, OL_CONSTRAINT_UNKNOWN);
	assert_false(event.said_out_of_memory);
	assert_int_equal(event.victims.n, 1);
	v = &event.victims.v[0];
	is_text(&v->comm, "a) b");
	is_val(&v->pid, 913);
	is_val(&v->score, 12);
	is_val(&v->total_vm_kb, 900);
	is_val(&v->rss_kb, 80);
	assert_false(v->anon_rss_kb.set);
	assert_true(event.has_container);
	assert_string_equal(event.container.runtime, "openvz");
	assert_true(ol_span_eqs(event.container.name, "4077"));
}

/* Earlier kernels of OpenVZ; the host itself has number 0. */
static void test_killed_ub_old(void **state)
{
	(void)state;
	assert_true(line("OOM killed process 913 (a) vm:900kB, rss:80kB, swap:7kB"));
	is_val(&event.victims.v[0].total_vm_kb, 900);
	assert_false(event.victims.v[0].score.set);
	assert_false(event.has_container);
	assert_int_equal(ol_kind_of(OL_SPAN("Out of memory in UB 0: OOM killed process 9 (a) "
					    "score 0 vm:9kB, rss:8kB, swap:0kB")),
			 OL_LINE_KILLED_UB);
	assert_int_equal(ol_kind_of(OL_SPAN("OOM killed process a (pid=913, ve=4077) exited, "
					    "free=1024 gen=3.")),
			 OL_LINE_NONE);
	assert_int_equal(ol_kind_of(OL_SPAN("app: OOM killed process 913 (a) vm:900kB")),
			 OL_LINE_NONE);
}

/* The chosen one's child dies first. */
static void test_child(void **state)
{
	(void)state;
	assert_true(line("Out of memory: Kill process 12 (a) score 9 or sacrifice child"));
	assert_true(line("Killed process 13, UID 48, (php) total-vm:100kB"));
	assert_true(event.said_out_of_memory);
	assert_int_equal(event.victims.n, 2);
	is_val(&event.victims.v[0].pid, 13);
	is_val(&event.victims.v[0].uid, 48);
	assert_int_equal(event.victims.v[0].why, OL_WHY_CHILD);
	is_val(&event.victims.v[1].score, 9);
}

static void test_pids(void **state)
{
	static const struct {
		const char *text;
		int64_t pid; /* -1: none */
	} lines[] = {
		{ "Killed process 12 (a) total-vm:1kB", 12 },
		{ "Out of memory: Kill process 13 (a) score 9 or sacrifice child", 13 },
		{ "oom_reaper: reaped process 14 (a), now anon-rss:0kB", 14 },
		{ "oom_reaper: unable to reap pid:15 (a)", 15 },
		{ "OOM victim 16 (a) is already exiting. Skip killing the task", 16 },
		{ "process 17 invoked oom-killer: gfp_mask=0xd0", -1 },
		{ "oom_reaper: unable to reap pid:99999999999 (a)", -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct ol_span text = ol_span_str(lines[i].text);
		int64_t pid = -1;
		bool has = ol_decode_kill_pid(ol_kind_of(text), text, &pid);

		assert_int_equal(has, lines[i].pid >= 0);
		assert_int_equal(pid, lines[i].pid);
	}
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_invoked),
		CASE(test_invoked_old),
		CASE(test_alloc_fail),
		CASE(test_slub),
		CASE(test_who_ran),
		CASE(test_who_ran_old),
		CASE(test_cpuset),
		CASE(test_trace),
		CASE(test_task_in),
		CASE(test_task_in_parts),
		CASE(test_usage),
		CASE(test_memcg_stats),
		CASE(test_memcg_members),
		CASE(test_memory),
		CASE(test_zones),
		CASE(test_buddy_parts),
		CASE(test_lists),
		CASE(test_sections),
		CASE(test_tasks),
		CASE(test_oom_kill),
		CASE(test_oom_kill_cut),
		CASE(test_killed),
		CASE(test_killed_ub),
		CASE(test_killed_ub_old),
		CASE(test_child),
		CASE(test_pids),
		CASE(test_page_size),
		CASE(test_cut_lines),
		CASE(test_orders_of_blocks),
		CASE(test_page_size_of_many_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
