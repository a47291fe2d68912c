// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "analyze/dump/explain.h"
#include "analyze/dump/kver.h"
#include "analyze/judge/verdict.h"

/* Dumps are written here as a kernel prints them, read by the parser, and replayed in its sink. */

struct got {
	unsigned events;
	struct ol_kver k;
	struct ol_replay_alloc a;
	struct ol_replay_victim v;
	struct ol_replay_zone z[8]; /* copies: the event's arena goes with it */
	char expected[32], actual[32], largest[32];
	enum ol_event_kind kind;
	/* the clauses of the reason, and copies of their arguments */
	enum ol_say said[8];
	uint64_t args[8][16];
	unsigned n_said;
};

/* The place of a clause in the reason, which has it. */
static unsigned said(const struct got *g, enum ol_say id)
{
	for (unsigned i = 0; i < g->n_said; i++)
		if (g->said[i] == id)
			return i;
	fail_msg("clause %d is missing", (int)id);
	return 0;
}

/* One of its arguments. */
#define SAID(g, id, arg)                                                      \
	({                                                                    \
		struct ol_say_##id its;                                       \
		memcpy(&its, (g).args[said(&(g), OL_SAY_##id)], sizeof(its)); \
		its.arg;                                                      \
	})

static void name_of(char *to, const struct ol_task *t)
{
	snprintf(to, 32, OL_SPAN_FMT, OL_SPAN_ARG(t ? t->comm : ((struct ol_span){ NULL, 0 })));
}

static int sink(void *arg, struct ol_oom_event *e)
{
	struct got *g = arg;

	g->events++;
	g->kind = e->kind;
	g->k = ol_event_kver(e);
	assert_int_equal(ol_replay_alloc(e, &g->a), 0);
	assert_int_equal(ol_replay_victim(e, &g->v), 0);
	assert_true(g->a.done == (g->a.not_done == OL_PHRASE_NONE));
	assert_true(g->v.done == (g->v.not_done == OL_PHRASE_NONE));
	assert_in_range(g->v.clauses.n, 1, 8);
	for (g->n_said = 0; g->n_said < g->v.clauses.n; g->n_said++) {
		const struct ol_finding *f = &g->v.clauses.v[g->n_said];

		g->said[g->n_said] = f->id;
		if (f->args)
			memcpy(g->args[g->n_said], f->args, ol_say_size(f->id));
	}
	assert_int_equal(g->a.eligible, g->a.below + g->a.no_block + g->a.ok + g->a.unknown);
	for (uint32_t i = 0; i < g->a.n && i < 8; i++) {
		g->z[i] = g->a.zones[i];
		assert_int_not_equal(g->z[i].why, OL_PHRASE_NONE);
	}
	name_of(g->expected, g->v.expected);
	name_of(g->actual, g->v.actual);
	name_of(g->largest, g->v.largest);
	return 0;
}

static struct got replay(const char *text)
{
	struct ol_parser_opts opts = { 0 };
	struct got g = { 0 };
	struct ol_parser *p = ol_parser_new(&opts, sink, &g);

	assert_non_null(p);
	assert_int_equal(ol_parser_begin(p, OL_SPAN("test"), OL_TIME_NONE), 0);
	assert_int_equal(ol_parser_feed(p, text, strlen(text)), 0);
	assert_int_equal(ol_parser_end(p), 0);
	ol_parser_free(p);
	assert_int_equal(g.events, 1);
	return g;
}

/* ---- pieces of dumps ---- */

#define HEAD(gfp, order, release)                                                 \
	"[  100.000000] probe invoked oom-killer: gfp_mask=" gfp ", order=" order \
	", oom_score_adj=0\n"                                                     \
	"[  100.000001] CPU: 0 PID: 77 Comm: probe Not tainted " release " #1\n"  \
	"[  100.000002] Call Trace:\n"                                            \
	"[  100.000003]  dump_stack+0x10/0x20\n"                                  \
	"[  100.000004]  out_of_memory+0x10/0x20\n"                               \
	"[  100.000005] Mem-Info:\n"
#define FAIL(gfp, order, release)                                                   \
	"[  100.000000] probe: page allocation failure: order:" order ", mode:" gfp \
	", nodemask=(null),cpuset=/,mems_allowed=0\n"                               \
	"[  100.000001] CPU: 0 PID: 77 Comm: probe Not tainted " release " #1\n"    \
	"[  100.000002] Call Trace:\n"                                              \
	"[  100.000003]  warn_alloc+0x10/0x20\n"                                    \
	"[  100.000005] Mem-Info:\n"
#define MOVABLE_NEW "0x100cca(GFP_HIGHUSER_MOVABLE)"
#define KERNEL_NEW  "0xcc0(GFP_KERNEL)"
#define ATOMIC_NEW  "0x820(GFP_ATOMIC)"

/* a zone line of 5.16 to 6.18 */
#define ZONE(zone, free, boost, min, high, highatomic, cma)                                       \
	"[  100.000010] Node 0 " zone " free:" free "kB boost:" boost "kB min:" min "kB low:" min \
	"kB high:" high "kB reserved_highatomic:" highatomic                                      \
	"KB active_anon:0kB inactive_anon:0kB active_file:0kB inactive_file:0kB "                 \
	"unevictable:0kB writepending:0kB present:2097152kB managed:2000000kB mlocked:0kB "       \
	"bounce:0kB free_pcp:0kB local_pcp:0kB free_cma:" cma "kB\n"
#define RESERVE(list)     "[  100.000011] lowmem_reserve[]: " list "\n"
#define BUDDY(zone, list) "[  100.000012] Node 0 " zone ": " list "\n"
#define TOTALS                                         \
	"[  100.000020] 0 total pagecache pages\n"     \
	"[  100.000021] 0 pages in swap cache\n"       \
	"[  100.000022] Free swap  = 0kB\n"            \
	"[  100.000023] Total swap = 0kB\n"            \
	"[  100.000024] 1100000 pages RAM\n"           \
	"[  100.000025] 0 pages HighMem/MovableOnly\n" \
	"[  100.000026] 100000 pages reserved\n"
#define TABLE                                                                             \
	"[  100.000030] Tasks state (memory values in pages):\n"                          \
	"[  100.000031] [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents " \
	"oom_score_adj name\n"
#define ROW(pid, uid, rss, swap, adj, name) \
	"[  100.000032] [ " pid "] " uid " " pid " 900000 " rss " 40960 " swap " " adj " " name "\n"
#define KILLED(constraint, pid, name)                                                        \
	"[  100.000040] oom-kill:constraint=" constraint                                     \
	",nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/a.slice,task=" name \
	",pid=" pid ",uid=0\n"                                                               \
	"[  100.000041] Out of memory: Killed process " pid " (" name                        \
	") total-vm:3600000kB, anon-rss:400kB, file-rss:0kB, shmem-rss:0kB, UID:0 "          \
	"pgtables:40kB oom_score_adj:0\n"

#define LINE_OF_BLOCKS                                                                       \
	"100*4kB (UM) 0*8kB 0*16kB 0*32kB 0*64kB 0*128kB 0*256kB 0*512kB 0*1024kB 0*2048kB " \
	"0*4096kB = 400kB"

/* ---- replay of the allocation ---- */

static void test_low_zones_keep_their_reserve(void **state)
{
	/* 8000 kB free, mark 44, reserve 1990 pages = 7960 kB: 8000 <= 8004 */
	struct got g = replay(
		HEAD(MOVABLE_NEW, "0", "6.1.0-18-amd64") ZONE("DMA", "8000", "0", "44", "68", "0",
							      "0") RESERVE("0 1990 1990 1990 1990")
			ZONE("DMA32", "5704", "0", "6096", "10120", "0", "0") RESERVE("0 0 0 0 0")
				BUDDY("DMA", LINE_OF_BLOCKS) BUDDY("DMA32", LINE_OF_BLOCKS) TOTALS);

	(void)state;
	assert_true(g.a.done);
	assert_true(g.a.highest_known);
	assert_int_equal(g.a.highest, OL_ZONE_DMA32);
	assert_int_equal(g.a.eligible, 2);
	assert_int_equal(g.a.below, 2);
	assert_true(g.z[0].has_reserve);
	assert_int_equal(g.z[0].reserve_kb, 7960);
	assert_int_equal(g.z[0].needed_kb, 8004);
	assert_int_equal(g.z[0].verdict, OL_ZV_BELOW);
	assert_true(g.z[0].high_failed);
	assert_int_equal(g.z[0].why, OL_PHRASE_HELD_BACK);
	assert_int_equal(g.z[1].needed_kb, 6096);
	assert_int_equal(g.z[1].why, OL_PHRASE_FREE_BELOW_MARK);
	assert_int_equal(g.k.lo, 6001);
	assert_int_equal(g.k.hi, 6001);
}

/* A dump with one zone: @free of the mark's 1000 kB, and a high mark of 1500. */
#define ONE(head, order, free, blocks)                                              \
	head ZONE("Normal", free, "0", "1000", "1500", "0", "0") RESERVE("0 0 0 0") \
		BUDDY("Normal", blocks) TOTALS

static void test_the_mark_is_exclusive(void **state)
{
	struct got g;

	(void)state;
	g = replay(ONE(HEAD(KERNEL_NEW, "0", "5.15.0"), "0", "1000", LINE_OF_BLOCKS));
	assert_int_equal(g.z[0].verdict, OL_ZV_BELOW);
	g = replay(ONE(HEAD(KERNEL_NEW, "0", "5.15.0"), "0", "1004", LINE_OF_BLOCKS));
	assert_int_equal(g.z[0].verdict, OL_ZV_OK);
	assert_true(g.z[0].high_failed);
	g = replay(ONE(HEAD(KERNEL_NEW, "0", "5.15.0"), "0", "1500", LINE_OF_BLOCKS));
	assert_true(g.z[0].high_failed);
	g = replay(ONE(HEAD(KERNEL_NEW, "0", "5.15.0"), "0", "1504", LINE_OF_BLOCKS));
	assert_false(g.z[0].high_failed);
	/* order 2 wants three pages more: 253 - 3 <= 250 */
	g = replay(ONE(HEAD(KERNEL_NEW, "2", "5.15.0"), "2", "1012", LINE_OF_BLOCKS));
	assert_int_equal(g.z[0].verdict, OL_ZV_BELOW);
	assert_int_equal(g.z[0].unusable_kb, 12);
}

static void test_atomic_requests_get_a_lower_mark(void **state)
{
	static const struct {
		const char *text;
		unsigned needed;
	} t[] = {
		/* 250 pages: less a half, less a quarter of the rest (integers): 125 - 31 = 94 */
		{ ONE(FAIL(ATOMIC_NEW, "0", "6.12.1"), "0", "800", LINE_OF_BLOCKS), 376 },
		{ ONE(FAIL("0xa20(GFP_ATOMIC)", "0", "5.15.0"), "0", "800", LINE_OF_BLOCKS), 376 },
		{ ONE(FAIL("0x20", "0", "3.10.0"), "0", "800", LINE_OF_BLOCKS), 376 },
		/* who only may not sleep: a quarter before 4.4, nothing after */
		{ ONE(FAIL("0x0", "0", "3.10.0"), "0", "800", LINE_OF_BLOCKS), 752 },
		{ ONE(FAIL("0x800(GFP_NOWAIT)", "0", "5.15.0"), "0", "800", LINE_OF_BLOCKS), 1000 },
		{ ONE(FAIL(KERNEL_NEW, "0", "5.15.0"), "0", "800", LINE_OF_BLOCKS), 1000 },
		/* the last page is for those who free memory */
		{ ONE(FAIL("0x20cc0(GFP_KERNEL|__GFP_MEMALLOC)", "0", "5.15.0"), "0", "800",
		      LINE_OF_BLOCKS),
		  0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct got g = replay(t[i].text);

		assert_int_equal(g.kind, OL_EV_ALLOC_FAILURE);
		assert_true(g.a.done);
		assert_int_equal(g.z[0].needed_kb, t[i].needed);
		assert_int_equal(g.z[0].verdict, t[i].needed < 800 ? OL_ZV_OK : OL_ZV_BELOW);
		assert_int_equal(g.v.reason, OL_VR_UNKNOWN);
	}
}

static void test_boost_is_part_of_the_mark(void **state)
{
	/* 5.9 and later: an atomic request for one page may ignore it, 150 pages - 75 - 18 = 57 */
	struct got g = replay(FAIL(ATOMIC_NEW, "0", "6.8.0")
				      ZONE("Normal", "800", "400", "1000", "1500", "0", "0")
					      RESERVE("0 0 0 0") BUDDY("Normal", LINE_OF_BLOCKS));

	(void)state;
	assert_int_equal(g.z[0].needed_kb, 228);
	assert_int_equal(g.z[0].mark_kb, 1000);
	g = replay(FAIL(KERNEL_NEW, "0", "6.8.0")
			   ZONE("Normal", "800", "400", "1000", "1500", "0", "0") RESERVE("0 0 0 0")
				   BUDDY("Normal", LINE_OF_BLOCKS));
	assert_int_equal(g.z[0].needed_kb, 1000);
}

static void test_cma_and_highatomic_are_not_for_all(void **state)
{
	struct got g;

	(void)state;
	/* GFP_KERNEL: neither */
	g = replay(HEAD(KERNEL_NEW, "0", "6.8.0")
			   ZONE("Normal", "4000", "0", "1000", "1500", "400", "2800")
				   RESERVE("0 0 0 0") BUDDY("Normal", LINE_OF_BLOCKS));
	assert_int_equal(g.z[0].unusable_kb, 3200);
	assert_int_equal(g.z[0].verdict, OL_ZV_BELOW);
	assert_int_equal(g.z[0].why, OL_PHRASE_SET_ASIDE_CMA);
	/* movable: CMA counts, but not in the last try */
	g = replay(HEAD(MOVABLE_NEW, "0", "6.8.0")
			   ZONE("Normal", "4000", "0", "1000", "1500", "400", "2800")
				   RESERVE("0 0 0 0") BUDDY("Normal", LINE_OF_BLOCKS));
	assert_int_equal(g.z[0].unusable_kb, 400);
	assert_int_equal(g.z[0].verdict, OL_ZV_OK);
	assert_true(g.z[0].high_failed);
	/* atomic: the reserve counts */
	g = replay(FAIL(ATOMIC_NEW, "0", "6.8.0")
			   ZONE("Normal", "4000", "0", "1000", "1500", "400", "2800")
				   RESERVE("0 0 0 0") BUDDY("Normal", LINE_OF_BLOCKS));
	assert_int_equal(g.z[0].unusable_kb, 2800);
	/* 6.12: only what of the reserve is free, seen from its blocks: none */
	g = replay(HEAD(KERNEL_NEW, "0", "6.12.9")
			   ZONE("Normal", "4000", "0", "1000", "1500", "400", "0")
				   RESERVE("0 0 0 0") BUDDY("Normal", LINE_OF_BLOCKS));
	assert_int_equal(g.z[0].unusable_kb, 0);
}

static void test_free_blocks_of_the_order(void **state)
{
	static const struct {
		const char *text;
		enum ol_zone_verdict verdict;
		bool order_ok;
		int largest;
	} t[] = {
#define NEW(blocks) ONE(HEAD(KERNEL_NEW, "2", "6.8.0"), "2", "4000", blocks)
#define OLD(blocks) ONE(HEAD("0xd0", "2", "3.10.9"), "2", "4000", blocks)
#define MOV(blocks) ONE(HEAD(MOVABLE_NEW, "2", "6.8.0"), "2", "4000", blocks)
#define ATO(blocks) ONE(FAIL(ATOMIC_NEW, "2", "6.8.0"), "2", "4000", blocks)
		{ NEW("900*4kB (UM) 50*8kB (U) 0*16kB 0*32kB = 4000kB"), OL_ZV_NO_BLOCK, false, 1 },
		{ NEW("900*4kB (UM) 46*8kB (U) 2*16kB (E) 0*32kB = 4000kB"), OL_ZV_OK, true, 2 },
		{ NEW("900*4kB (UM) 46*8kB (U) 0*16kB 1*32kB (C) = 4000kB"), OL_ZV_NO_BLOCK, false,
		  3 },
		{ NEW("900*4kB (UM) 46*8kB (U) 0*16kB 1*32kB (H) = 4000kB"), OL_ZV_NO_BLOCK, false,
		  3 },
		{ NEW("900*4kB (UM) 46*8kB (U) 0*16kB 1*32kB (I) = 4000kB"), OL_ZV_NO_BLOCK, false,
		  3 },
		{ NEW("900*4kB (UM) 46*8kB (U) 0*16kB 1*32kB (HC) = 4000kB"), OL_ZV_NO_BLOCK, false,
		  3 },
		{ NEW("900*4kB (UM) 46*8kB (U) 0*16kB 1*32kB (UC) = 4000kB"), OL_ZV_OK, true, 3 },
		{ MOV("900*4kB (UM) 46*8kB (U) 0*16kB 1*32kB (C) = 4000kB"), OL_ZV_OK, true, 3 },
		{ ATO("900*4kB (UM) 46*8kB (U) 0*16kB 1*32kB (H) = 4000kB"), OL_ZV_OK, true, 3 },
		/* 997 - 900 = 97 <= 250 / 2: one block is there, and it does not help */
		{ OLD("900*4kB (UEM) 46*8kB (U) 2*16kB (R) 0*32kB = 4000kB"), OL_ZV_NO_BLOCK, true,
		  2 },
		/* 997 - 100 = 897 > 125, - 200 = 697 > 62 */
		{ OLD("100*4kB (UEM) 100*8kB (U) 175*16kB (R) 0*32kB = 4000kB"), OL_ZV_OK, true,
		  2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct got g = replay(t[i].text);

		assert_int_equal(g.z[0].verdict, t[i].verdict);
		assert_int_equal(g.z[0].order_ok, t[i].order_ok);
		assert_int_equal(g.z[0].largest_order, t[i].largest);
	}
}

/* i386 3.2: HighMem is there, the request may not use it; its line may be lost. */
#define I386_HEAD                                                                      \
	"[  100.000000] probe invoked oom-killer: gfp_mask=0xd0, order=0, oom_adj=0, " \
	"oom_score_adj=0\n"                                                            \
	"[  100.000001] Pid: 77, comm: probe Not tainted 3.2.0-4-686-pae #1\n"         \
	"[  100.000002] Call Trace:\n"                                                 \
	"[  100.000003]  [<c1000000>] ? out_of_memory+0x10/0x20\n"                     \
	"[  100.000004] Mem-Info:\n"
#define I386_ZONE(zone, free, min, high)                                                      \
	"[  100.000010] " zone " free:" free "kB min:" min "kB low:" min "kB high:" high      \
	"kB active_anon:0kB inactive_anon:0kB active_file:0kB inactive_file:0kB "             \
	"unevictable:0kB isolated(anon):0kB isolated(file):0kB present:900000kB mlocked:0kB " \
	"dirty:0kB writeback:0kB mapped:0kB shmem:0kB slab_reclaimable:0kB "                  \
	"slab_unreclaimable:0kB kernel_stack:0kB pagetables:0kB unstable:0kB bounce:0kB "     \
	"writeback_tmp:0kB pages_scanned:0 all_unreclaimable? yes\n"
#define I386_BUDDY(zone) "[  100.000012] " zone ": 100*4kB 10*8kB = 480kB\n"

static void test_highmem_is_out_of_reach(void **state)
{
	struct got g = replay(
		I386_HEAD I386_ZONE("DMA", "3600", "140", "208") RESERVE("0 869 32487 32487")
			I386_ZONE("Normal", "3600", "3700", "5000") RESERVE("0 0 252949 252949")
				I386_BUDDY("DMA") I386_BUDDY("Normal") I386_BUDDY("HighMem"));

	(void)state;
	assert_true(g.a.done);
	assert_int_equal(g.a.highest, OL_ZONE_NORMAL);
	assert_int_equal(g.a.n, 3);
	assert_int_equal(g.a.eligible, 2);
	assert_int_equal(g.a.below, 2);
	assert_int_equal(g.z[0].reserve_kb, 869 * 4); /* element of Normal, not of HighMem */
	assert_int_equal(g.z[1].reserve_kb, 0);
	assert_int_equal(g.z[2].verdict, OL_ZV_NOT_ELIGIBLE);
}

static void test_a_lost_zone_is_unknown(void **state)
{
	struct got g;

	(void)state;
	/* its buddy line is left */
	g = replay(I386_HEAD I386_ZONE("DMA", "3600", "140", "208") RESERVE("0 869 32487 32487")
			   I386_BUDDY("DMA") I386_BUDDY("Normal") I386_BUDDY("HighMem"));
	assert_int_equal(g.a.eligible, 2);
	assert_int_equal(g.a.unknown, 1);
	assert_int_equal(g.z[0].verdict, OL_ZV_BELOW);
	assert_int_equal(g.z[1].verdict, OL_ZV_UNKNOWN);
	/* without HighMem the second element may be Normal's or DMA32's: no guess */
	g = replay(I386_HEAD I386_ZONE("DMA", "3600", "140", "208") RESERVE("0 869 32487 32487")
			   I386_BUDDY("DMA") I386_BUDDY("Normal"));
	assert_false(g.z[0].has_reserve);
	assert_int_equal(g.z[0].verdict, OL_ZV_UNKNOWN);
	/* unless the totals tell which machine it is */
	g = replay(I386_HEAD I386_ZONE("DMA", "3600", "140", "208") RESERVE("0 869 32487 32487")
			   I386_BUDDY("DMA")
				   I386_BUDDY("Normal") "[  100.000024] 2000000 pages RAM\n"
							"[  100.000025] 1700000 pages HighMem\n");
	assert_true(g.z[0].has_reserve);
	assert_int_equal(g.z[0].reserve_kb, 869 * 4);
	/* nothing is left, but the reserve of DMA grows by it */
	g = replay(I386_HEAD I386_ZONE("DMA", "3600", "140", "208") RESERVE("0 869 869 869")
			   I386_BUDDY("DMA"));
	assert_int_equal(g.a.eligible, 2);
	assert_int_equal(g.a.unknown, 1);
	assert_int_equal(g.a.n, 1);
}

static void test_the_reserve_line_is_lost(void **state)
{
	struct got g;

	(void)state;
	g = replay(
		HEAD(KERNEL_NEW, "0", "6.8.0") ZONE("DMA32", "9000", "0", "1000", "1500", "0", "0")
			ZONE("Normal", "900", "0", "1000", "1500", "0", "0")
				BUDDY("DMA32", LINE_OF_BLOCKS) BUDDY("Normal", LINE_OF_BLOCKS));
	assert_false(g.z[0].has_reserve);
	assert_int_equal(g.z[0].verdict, OL_ZV_UNKNOWN);
	/* nothing is held back in the highest zone */
	assert_int_equal(g.z[1].verdict, OL_ZV_BELOW);
}

static void test_what_no_request_decided(void **state)
{
	struct got g;

	(void)state;
	g = replay(ONE(HEAD("0x0()", "0", "5.15.0"), "0", "800", LINE_OF_BLOCKS));
	assert_false(g.a.done);
	assert_int_equal(g.a.not_done, OL_PHRASE_PAGE_FAULT);
	g = replay(ONE(HEAD(KERNEL_NEW, "-1", "5.15.0"), "-1", "800", LINE_OF_BLOCKS));
	assert_false(g.a.done);
	assert_int_equal(g.a.not_done, OL_PHRASE_BY_HAND);
	g = replay("[  1.000000] Out of memory: Killed process 9 (x) total-vm:1kB, anon-rss:1kB, "
		   "file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:40kB oom_score_adj:0\n");
	assert_false(g.a.done);
	assert_false(g.v.done);
	assert_int_equal(g.v.reason, OL_VR_UNKNOWN);
}

#define NODE_ZONE(node, free)                                                     \
	"[  100.000010] Node " node " Normal free:" free                          \
	"kB boost:0kB min:1000kB low:1200kB high:1500kB reserved_highatomic:0KB " \
	"active_anon:0kB present:2097152kB managed:2000000kB free_cma:0kB\n"      \
	"[  100.000011] lowmem_reserve[]: 0 0 0 0 0\n"
#define NODE_BUDDY(node) "[  100.000012] Node " node " Normal: 100*4kB (U) = 400kB\n"
#define NODES                           \
	HEAD(MOVABLE_NEW, "0", "6.8.0") \
	NODE_ZONE("0", "900000") NODE_ZONE("1", "800") NODE_BUDDY("0") NODE_BUDDY("1") TOTALS

static void test_nodes_out_of_reach(void **state)
{
	struct got g;

	(void)state;
	g = replay(NODES "[  100.000040] oom-kill:constraint=CONSTRAINT_CPUSET,nodemask=(null),"
			 "cpuset=b,mems_allowed=1,global_oom,task_memcg=/,task=x,pid=5,uid=0\n");
	assert_int_equal(g.z[0].verdict, OL_ZV_NOT_ELIGIBLE);
	assert_int_equal(g.z[0].why, OL_PHRASE_CPUSET_EXCLUDES_NODE);
	assert_int_equal(g.z[1].verdict, OL_ZV_BELOW);
	g = replay(NODES "[  100.000040] oom-kill:constraint=CONSTRAINT_MEMORY_POLICY,nodemask=1,"
			 "cpuset=/,mems_allowed=0-1,global_oom,task_memcg=/,task=x,pid=5,uid=0\n");
	assert_int_equal(g.z[0].verdict, OL_ZV_NOT_ELIGIBLE);
	assert_int_equal(g.z[0].why, OL_PHRASE_POLICY_EXCLUDES_NODE);
	assert_int_equal(g.a.eligible, 1);
	g = replay(NODES "[  100.000040] oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),"
			 "cpuset=/,mems_allowed=0-1,global_oom,task_memcg=/,task=x,pid=5,uid=0\n");
	assert_int_equal(g.a.eligible, 2);
	assert_int_equal(g.z[0].verdict, OL_ZV_OK);
}

/* ---- replay of the choice ---- */

#define DUMP(rows, kill) HEAD(MOVABLE_NEW, "0", "6.1.0") TOTALS TABLE rows kill

static void test_the_largest(void **state)
{
	struct got g = replay(DUMP(ROW("10", "0", "400", "0", "-1000", "guard")
					   ROW("20", "0", "500000", "100000", "0", "java")
						   ROW("30", "5", "3000", "0", "0", "cron"),
				   KILLED("CONSTRAINT_NONE", "20", "java")));

	(void)state;
	assert_true(g.v.done);
	assert_true(g.v.matches);
	assert_true(g.v.has_actual);
	assert_int_equal(g.v.reason, OL_VR_LARGEST);
	assert_int_equal(g.v.totalpages, 1000000);
	assert_int_equal(g.v.expected_score, 600010); /* no bonus for root from 4.17 on */
	assert_int_equal(g.n_said, 3);
	assert_int_equal(SAID(g, LARGEST, size), 600010);
	assert_int_equal(SAID(g, OF_TOTAL, total), 1000000);
	assert_int_equal(SAID(g, SCORE, points), 600);
}

static void test_adjusted(void **state)
{
	struct got g;

	(void)state;
	g = replay(DUMP(ROW("10", "0", "800000", "0", "-900", "postgres")
				ROW("20", "0", "50000", "0", "0", "java"),
			KILLED("CONSTRAINT_NONE", "20", "java")));
	assert_true(g.v.matches);
	assert_int_equal(g.v.reason, OL_VR_SCORE_ADJUSTED);
	assert_string_equal(g.largest, "postgres");
	said(&g, OL_SAY_LARGER_PROTECTED);
	assert_int_equal(SAID(g, LARGER_PROTECTED, adj), -900);
	g = replay(DUMP(ROW("10", "0", "80000", "0", "0", "big")
				ROW("20", "0", "500", "0", "600", "pod"),
			KILLED("CONSTRAINT_NONE", "20", "pod")));
	assert_int_equal(g.v.reason, OL_VR_SCORE_ADJUSTED);
	said(&g, OL_SAY_OFFERED);
	assert_int_equal(SAID(g, OFFERED, adj), 600);
	g = replay(DUMP(ROW("10", "0", "80000", "0", "-1000", "big")
				ROW("20", "0", "500", "0", "0", "pod"),
			KILLED("CONSTRAINT_NONE", "20", "pod")));
	assert_int_equal(g.v.reason, OL_VR_ONLY_KILLABLE);
	/* adjusted, and the largest all the same */
	g = replay(DUMP(ROW("10", "0", "80000", "0", "500", "big")
				ROW("20", "0", "500", "0", "0", "pod"),
			KILLED("CONSTRAINT_NONE", "10", "big")));
	assert_int_equal(g.v.reason, OL_VR_LARGEST);
}

static void test_not_what_the_table_says(void **state)
{
	struct got g;

	(void)state;
	g = replay(DUMP(ROW("10", "0", "80000", "0", "0", "big")
				ROW("20", "0", "500", "0", "0", "small"),
			KILLED("CONSTRAINT_NONE", "20", "small")));
	assert_true(g.v.done);
	assert_false(g.v.matches);
	assert_int_equal(g.v.reason, OL_VR_UNKNOWN);
	assert_string_equal(g.expected, "big");
	assert_string_equal(g.actual, "small");
	/* counters are sampled: a percent is no difference */
	g = replay(DUMP(ROW("10", "0", "80000", "0", "0", "one")
				ROW("20", "0", "79500", "0", "0", "two"),
			KILLED("CONSTRAINT_NONE", "20", "two")));
	assert_true(g.v.matches);
	assert_int_equal(g.v.reason, OL_VR_LARGEST);
	assert_string_equal(g.expected, "one");
	said(&g, OL_SAY_EQUAL_WITHIN_ERROR);
}

static void test_incomplete(void **state)
{
	struct got g;

	(void)state;
	/* the victim is not in the list */
	g = replay(DUMP(ROW("10", "0", "400", "0", "0", "cron"),
			KILLED("CONSTRAINT_NONE", "20", "java")));
	assert_false(g.v.done);
	assert_int_equal(g.v.reason, OL_VR_UNKNOWN);
	/* but it may have been most of the machine */
	g = replay(HEAD(MOVABLE_NEW, "0", "6.1.0")
			   ZONE("Normal", "800", "0", "1000", "1500", "0", "0") RESERVE("0 0 0 0")
				   BUDDY("Normal", LINE_OF_BLOCKS) TOTALS
		   "[  100.000041] Out of memory: Killed process 20 (java) total-vm:3600000kB, "
		   "anon-rss:3000000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:40kB "
		   "oom_score_adj:0\n");
	assert_false(g.v.done);
	assert_int_equal(g.v.reason, OL_VR_LARGEST);
	/* a row that lost its numbers */
	g = replay(DUMP("[  100.000032] [ 10] 0 10 400 x\n" ROW("20", "0", "400", "0", "0", "java"),
			KILLED("CONSTRAINT_NONE", "20", "java")));
	assert_false(g.v.done);
}

static void test_rules_that_are_no_scores(void **state)
{
	struct got g;

	(void)state;
	g = replay(DUMP(ROW("10", "0", "400", "0", "-1000", "guard"),
			"[  100.000040] Out of memory and no killable processes...\n"
			"[  100.000041] Kernel panic - not syncing: System is deadlocked on "
			"memory\n"));
	assert_int_equal(g.kind, OL_EV_PANIC);
	assert_int_equal(g.v.reason, OL_VR_NONE_KILLABLE);
	assert_true(g.v.matches);
	g = replay(DUMP(
		ROW("10", "0", "80000", "0", "0", "big") ROW("77", "0", "400", "0", "0", "probe"),
		"[  100.000041] Out of memory (oom_kill_allocating_task): Killed process 77 "
		"(probe) total-vm:3600kB, anon-rss:400kB, file-rss:0kB, shmem-rss:0kB, "
		"UID:0 pgtables:40kB oom_score_adj:0\n"));
	assert_int_equal(g.v.reason, OL_VR_ALLOCATING_TASK);
	said(&g, OL_SAY_LARGEST_WAS);
}

/* 3.6: root pays 3 % of all memory less; a child dies for its parent. */
#define HEAD_36                                                                \
	"[  100.000000] probe invoked oom-killer: gfp_mask=0x201da, order=0, " \
	"oom_score_adj=0\n"                                                    \
	"[  100.000001] Pid: 77, comm: probe Not tainted 3.6.11 #1\n"          \
	"[  100.000002] Call Trace:\n"                                         \
	"[  100.000003]  [<ffffffff81000000>] ? out_of_memory+0x10/0x20\n"     \
	"[  100.000004] Mem-Info:\n"
#define TABLE_36                                                                 \
	"[  100.000031] [ pid ]   uid  tgid total_vm      rss nr_ptes swapents " \
	"oom_score_adj name\n"
#define ROW_36(pid, uid, rss, name) \
	"[  100.000032] [ " pid "] " uid " " pid " 900000 " rss " 10 0 0 " name "\n"

#define CHOSE_36(pid, name)                                         \
	"[  100.000040] Out of memory: Kill process " pid " (" name \
	") score 95 or sacrifice child\n"
#define KILLED_36(pid, name)                           \
	"[  100.000041] Killed process " pid " (" name \
	") total-vm:3600000kB, anon-rss:380000kB, file-rss:0kB\n"
#define DUMP_36(rows, kill) HEAD_36 TOTALS TABLE_36 rows kill

static void test_older_formulas(void **state)
{
	struct got g;

	(void)state;
	g = replay(DUMP_36(ROW_36("10", "0", "120000", "rootbig")
				   ROW_36("20", "7", "95000", "user"),
			   CHOSE_36("20", "user") KILLED_36("20", "user")));
	assert_true(g.v.done);
	assert_true(g.v.matches);
	assert_string_equal(g.expected, "user");
	assert_int_equal(g.v.expected_score, 95010);
	assert_int_equal(g.v.reason, OL_VR_LARGEST);
	said(&g, OL_SAY_ROOT_LARGER);
	/* a daemon of uid 0 without CAP_SYS_ADMIN has no bonus, and no log says so */
	g = replay(DUMP_36(ROW_36("10", "0", "100000", "rootbig")
				   ROW_36("20", "7", "95000", "user"),
			   CHOSE_36("10", "rootbig") KILLED_36("10", "rootbig")));
	assert_true(g.v.matches);
	assert_int_equal(g.v.reason, OL_VR_LARGEST);
	g = replay(DUMP_36(ROW_36("20", "7", "95000", "parent") ROW_36("30", "7", "9000", "child"),
			   CHOSE_36("20", "parent") KILLED_36("30", "child")));
	assert_true(g.v.matches);
	assert_string_equal(g.actual, "parent");
	assert_int_equal(g.v.reason, OL_VR_CHILD_OF_LARGEST);
}

static void test_before_2_6_36(void **state)
{
	struct got g =
		replay("[  100.000000] probe invoked oom-killer: gfp_mask=0x1200d2, order=0, "
		       "oomkilladj=0\n"
		       "[  100.000001] Pid: 77, comm: probe Not tainted 2.6.28.7 #1\n"
		       "[  100.000004] Mem-Info:\n" TOTALS
		       "[  100.000031] [ pid ]   uid  tgid total_vm      rss cpu oom_adj name\n"
		       "[  100.000032] [ 10]  0  10  400000  300000   0       0 big\n"
		       "[  100.000033] [ 20]  0  20  500000  400000   0     -17 guard\n"
		       "[  100.000040] Out of memory: kill process 10 (big) score 400 or a child\n"
		       "[  100.000041] Killed process 10 (big)\n");

	(void)state;
	assert_false(g.v.done);
	assert_int_equal(g.v.not_done, OL_PHRASE_CPU_TIME_COUNTS);
	assert_true(g.v.reason == OL_VR_LARGEST || g.v.reason == OL_VR_SCORE_ADJUSTED);
}

/* A cgroup: the limit, and as much swap as the log leaves open. */
#define MEMCG(limit, rows, pid, name)                                                     \
	"[  100.000000] probe invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, "  \
	"oom_score_adj=0\n"                                                               \
	"[  100.000001] CPU: 0 PID: 77 Comm: probe Not tainted 6.1.0 #1\n"                \
	"[  100.000002] Call Trace:\n"                                                    \
	"[  100.000003]  mem_cgroup_out_of_memory+0x10/0x20\n"                            \
	"[  100.000005] memory: usage " limit "kB, limit " limit "kB, failcnt 9\n"        \
	"[  100.000006] swap: usage 0kB, limit 0kB, failcnt 0\n"                          \
	"[  100.000007] Memory cgroup stats for /a:\n"                                    \
	"[  100.000008] anon 400000000\n" TABLE rows                                      \
	"[  100.000040] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,"   \
	"mems_allowed=0,oom_memcg=/a,task_memcg=/a/b,task=" name ",pid=" pid ",uid=0\n"   \
	"[  100.000041] Memory cgroup out of memory: Killed process " pid " (" name       \
	") total-vm:3600000kB, anon-rss:396000kB, file-rss:4000kB, shmem-rss:0kB, UID:0 " \
	"pgtables:40kB oom_score_adj:0\n"

static void test_a_cgroup(void **state)
{
	struct got g = replay(MEMCG("400000",
				    ROW("20", "0", "100000", "0", "0", "web")
					    ROW("30", "0", "9000", "0", "0", "sh"),
				    "20", "web"));

	(void)state;
	assert_false(g.a.done);
	assert_int_equal(g.a.not_done, OL_PHRASE_CGROUP_DECIDED);
	assert_true(g.v.done);
	assert_true(g.v.matches);
	assert_int_equal(g.v.reason, OL_VR_LARGEST);
	/* 250 / 1000 of the limit outweigh 9000 pages more */
	g = replay(MEMCG("400000",
			 ROW("20", "0", "9000", "0", "0", "web")
				 ROW("30", "0", "1000", "0", "250", "sh"),
			 "30", "sh"));
	assert_true(g.v.matches);
	assert_int_equal(g.v.reason, OL_VR_SCORE_ADJUSTED);
}

/* ---- hostile ---- */

static void test_numbers_beyond_any_machine(void **state)
{
	struct got g =
		replay(HEAD(KERNEL_NEW, "2", "6.1.0")
			       ZONE("Normal", "18446744073709551615", "0", "18446744073709551615",
				    "18446744073709551615", "18446744073709551615",
				    "9") RESERVE("9223372036854775807 0 -9223372036854775808 0")
				       BUDDY("Normal", "18446744073709551615*4kB (U) "
						       "18446744073709551615*8kB (U) 0*16kB = 1kB")
					       TOTALS TABLE
		       "[  100.000032] [ 10] 0 10 9223372036854775807 9223372036854775807 "
		       "9223372036854775807 9223372036854775807 9223372036854775807 x\n"
		       "[  100.000033] [ 11] 0 11 -9223372036854775808 -9223372036854775808 -1 -1 "
		       "-9223372036854775808 y\n" KILLED("CONSTRAINT_NONE", "10", "x"));

	(void)state;
	assert_int_equal(g.events, 1);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(ol_zone_verdict_name(OL_ZV_BELOW), "below-watermark");
	assert_string_equal(ol_zone_verdict_name(OL_ZV_NO_BLOCK), "no-block");
	assert_string_equal(ol_zone_verdict_name(OL_ZV_OK), "ok");
	assert_string_equal(ol_zone_verdict_name((enum ol_zone_verdict)99), "unknown");
	assert_string_equal(ol_victim_reason_name(OL_VR_SCORE_ADJUSTED), "score-adjusted");
	assert_string_equal(ol_victim_reason_name(OL_VR_NONE_KILLABLE), "none-killable");
	for (int r = 0; r < OL_VR_MAX; r++)
		assert_non_null(ol_victim_reason_name((enum ol_victim_reason)r));
	assert_string_equal(ol_victim_reason_name(OL_VR_MAX), "unknown");
}

static void test_versions(void **state)
{
	static const struct {
		const char *s;
		unsigned v;
	} t[] = {
		{ "6.1.0-18-amd64", 6001 },
		{ "2.6.32-642.el6.x86_64", 2632 },
		{ "3.10.0-1160.el7.x86_64", 3010 },
		{ "5.15-rc3", 5015 },
		{ "64", 0 },
		{ "2.4.37", 0 },
		{ "", 0 },
		{ "4.", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		assert_int_equal(ol_kver_code(ol_span_str(t[i].s)), t[i].v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_low_zones_keep_their_reserve),
		cmocka_unit_test(test_the_mark_is_exclusive),
		cmocka_unit_test(test_atomic_requests_get_a_lower_mark),
		cmocka_unit_test(test_boost_is_part_of_the_mark),
		cmocka_unit_test(test_cma_and_highatomic_are_not_for_all),
		cmocka_unit_test(test_free_blocks_of_the_order),
		cmocka_unit_test(test_highmem_is_out_of_reach),
		cmocka_unit_test(test_a_lost_zone_is_unknown),
		cmocka_unit_test(test_the_reserve_line_is_lost),
		cmocka_unit_test(test_what_no_request_decided),
		cmocka_unit_test(test_nodes_out_of_reach),
		cmocka_unit_test(test_the_largest),
		cmocka_unit_test(test_adjusted),
		cmocka_unit_test(test_not_what_the_table_says),
		cmocka_unit_test(test_incomplete),
		cmocka_unit_test(test_rules_that_are_no_scores),
		cmocka_unit_test(test_older_formulas),
		cmocka_unit_test(test_before_2_6_36),
		cmocka_unit_test(test_a_cgroup),
		cmocka_unit_test(test_numbers_beyond_any_machine),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_versions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
