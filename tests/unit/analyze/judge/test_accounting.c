// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyze/judge/verdict.h"

/* ---- events by hand ---- */

static void ev_init(struct ol_oom_event *e)
{
	*e = (struct ol_oom_event){ .kind = OL_EV_OOM, .page_kb = 4 };
	ol_arena_init(&e->arena, 1 << 20);
}

static struct ol_val val(int64_t v)
{
	return (struct ol_val){ .v = v, .line = 1, .set = true };
}

static void kv(struct ol_oom_event *e, ol_kv_vec *kvs, const char *key, uint64_t v,
	       enum ol_unit unit)
{
	struct ol_kv *k = ol_vec_push(&e->arena, kvs);

	assert_non_null(k);
	*k = (struct ol_kv){ .key = ol_span_str(key), .v = v, .unit = (uint8_t)unit };
	k->id = (uint16_t)ol_key_find(k->key);
	assert_int_not_equal(k->id, OL_K_NONE);
}

static void pages(struct ol_oom_event *e, const char *key, uint64_t v)
{
	kv(e, &e->memory, key, v, OL_U_PAGES);
}

static void stat(struct ol_oom_event *e, const char *key, uint64_t kb)
{
	kv(e, &e->memcg_stats, key, kb * 1024, OL_U_BYTES);
}

static struct ol_zone *zone(struct ol_oom_event *e, const char *name, enum ol_zone_type t)
{
	struct ol_zone *z = ol_vec_push(&e->arena, &e->zones);

	assert_non_null(z);
	*z = (struct ol_zone){ .node = -1, .name = ol_span_str(name), .type = t };
	return z;
}

static uint64_t sum(const struct ol_accounting *a)
{
	uint64_t n = 0;

	for (unsigned p = 0; p < OL_AC_MAX; p++) {
		assert_true(a->has >> p & 1 || !a->kb[p]);
		n += a->kb[p];
	}
	return n;
}

static struct ol_accounting machine(const struct ol_oom_event *e)
{
	struct ol_accounting a;

	assert_int_equal(ol_account_machine(e, &a), 0);
	if (a.done)
		assert_int_equal(sum(&a), a.total_kb + a.over_kb);
	else
		assert_int_not_equal(a.not_done, OL_PHRASE_NONE);
	return a;
}

static struct ol_accounting memcg(const struct ol_oom_event *e)
{
	struct ol_accounting a;

	assert_int_equal(ol_account_memcg(e, &a), 0);
	if (a.done)
		assert_int_equal(sum(&a), a.total_kb + a.over_kb);
	else
		assert_int_not_equal(a.not_done, OL_PHRASE_NONE);
	return a;
}

static bool has(const struct ol_accounting *a, enum ol_account_part p)
{
	return a->has >> p & 1;
}

/* ---- the machine ---- */

/* 1 GiB; 10000 pages of anonymous LRU, of which 3000 are shared memory */
static void machine_event(struct ol_oom_event *e)
{
	ev_init(e);
	e->ram_pages = val(262144);
	e->reserved_pages = val(8000);
	pages(e, "active_anon", 6000);
	pages(e, "inactive_anon", 4000);
	pages(e, "isolated_anon", 32);
	pages(e, "active_file", 500);
	pages(e, "inactive_file", 700);
	pages(e, "isolated_file", 0);
	pages(e, "unevictable", 100);
	pages(e, "dirty", 300);
	pages(e, "writeback", 60);
	pages(e, "slab_reclaimable", 1000);
	pages(e, "slab_unreclaimable", 2000);
	pages(e, "mapped", 900);
	pages(e, "shmem", 3000);
	pages(e, "pagetables", 150);
	pages(e, "bounce", 0);
	pages(e, "free", 200000);
	pages(e, "free_pcp", 50);
	pages(e, "free_cma", 1000);
}

static void test_machine_counts_each_page_once(void **state)
{
	struct ol_oom_event e;
	struct ol_accounting a;

	(void)state;
	machine_event(&e);
	a = machine(&e);
	assert_true(a.done);
	assert_int_equal(a.total_kb, 1048576);
	assert_int_equal(a.kb[OL_AC_ANON], 7000 * 4);
	assert_int_equal(a.kb[OL_AC_SHMEM], 3000 * 4);
	assert_int_equal(a.kb[OL_AC_FILE], 1200 * 4); /* dirty, writeback, mapped are part of it */
	assert_int_equal(a.kb[OL_AC_UNEVICTABLE], 100 * 4);
	assert_int_equal(a.kb[OL_AC_ISOLATED], 32 * 4);
	assert_int_equal(a.kb[OL_AC_FREE], 200000 * 4); /* CMA is part of it */
	assert_int_equal(a.kb[OL_AC_PCP], 50 * 4);
	assert_int_equal(a.kb[OL_AC_RESERVED], 8000 * 4);
	assert_false(has(&a, OL_AC_HUGEPAGES));
	assert_false(has(&a, OL_AC_SLAB));
	assert_int_equal(a.over_kb, 0);
	assert_int_equal(a.kb[OL_AC_UNACCOUNTED],
			 4 * (262144 - 8000 - 10032 - 1200 - 100 - 3000 - 150 - 200050));
	assert_int_equal(a.estimated, 0);
	ol_arena_done(&e.arena);
}

static void test_locked_shmem_is_unevictable_once(void **state)
{
	struct ol_oom_event e;
	struct ol_accounting a;

	(void)state;
	ev_init(&e);
	e.ram_pages = val(100000);
	pages(&e, "active_anon", 1000);
	pages(&e, "inactive_anon", 1000);
	pages(&e, "active_file", 0);
	pages(&e, "inactive_file", 0);
	pages(&e, "unevictable", 6000);
	pages(&e, "slab_unreclaimable", 0);
	pages(&e, "shmem", 7000); /* 5000 of them locked */
	pages(&e, "free", 100);
	a = machine(&e);
	assert_int_equal(a.kb[OL_AC_ANON], 0);
	assert_int_equal(a.kb[OL_AC_SHMEM], 7000 * 4);
	assert_int_equal(a.kb[OL_AC_UNEVICTABLE], 1000 * 4);
	ol_arena_done(&e.arena);
}

static void test_machine_from_node_and_zone_lines(void **state)
{
	struct ol_oom_event e;
	struct ol_accounting a;
	struct ol_node *n;
	struct ol_zone *z;
	struct ol_hugepages *h;

	(void)state;
	machine_event(&e);
	e.ram_pages.set = e.reserved_pages.set = false;
	for (int i = 0; i < 2; i++) {
		n = ol_vec_push(&e.arena, &e.nodes);
		n->node = i;
		kv(&e, &n->kv, "active_anon", 99999, OL_U_KB); /* the global block has it */
		kv(&e, &n->kv, "kernel_stack", 1000, OL_U_KB);
		kv(&e, &n->kv, "pagetables", 77, OL_U_KB);
		kv(&e, &n->kv, "sec_pagetables", 8, OL_U_KB);
		kv(&e, &n->kv, "Balloon", 4000, OL_U_KB);
		kv(&e, &n->kv, "gpu_active", 10, OL_U_KB);
		z = zone(&e, "Normal", OL_ZONE_NORMAL);
		z->node = i;
		kv(&e, &z->kv, "present", 524288, OL_U_KB);
		kv(&e, &z->kv, "managed", 516288, OL_U_KB);
		kv(&e, &z->kv, "zspages", 5, OL_U_KB);
		kv(&e, &z->kv, "free", 400000, OL_U_KB);
		h = ol_vec_push(&e.arena, &e.hugepages);
		h->node = i;
		kv(&e, &h->kv, "hugepages_total", 3, OL_U_COUNT);
		kv(&e, &h->kv, "hugepages_free", 3, OL_U_COUNT);
		kv(&e, &h->kv, "hugepages_size", 2048, OL_U_KB);
	}
	a = machine(&e);
	assert_true(a.done);
	assert_int_equal(a.total_kb, 1048576);
	assert_int_equal(a.kb[OL_AC_KERNEL_STACKS], 2000);
	assert_int_equal(a.kb[OL_AC_PAGE_TABLES], 150 * 4 + 16);
	assert_int_equal(a.kb[OL_AC_HUGEPAGES], 6 * 2048);
	assert_int_equal(a.kb[OL_AC_ZSWAP], 10);
	assert_int_equal(a.kb[OL_AC_GPU], 20);
	/* the balloon is part of present - managed */
	assert_int_equal(a.kb[OL_AC_BALLOON], 8000);
	assert_int_equal(a.kb[OL_AC_RESERVED], 16000 - 8000);

	/* a balloon of a driver that leaves "managed" alone */
	e.reserved_pages = val(1000);
	a = machine(&e);
	assert_int_equal(a.kb[OL_AC_BALLOON], 8000);
	assert_int_equal(a.kb[OL_AC_RESERVED], 4000);

	/* a zone line is lost: its size is unknown, and so is the machine's */
	e.parts_missing = 1u << OL_PART_ZONES;
	assert_false(machine(&e).done);
	ol_arena_done(&e.arena);
}

static void test_old_kernels(void **state)
{
	struct ol_oom_event e;
	struct ol_accounting a;

	(void)state;
	ev_init(&e);
	e.ram_pages = val(10000);
	pages(&e, "Active", 3000);
	pages(&e, "inactive", 2000);
	pages(&e, "free", 500);
	pages(&e, "slab", 1500);
	pages(&e, "mapped", 1000);
	pages(&e, "pagetables", 10);
	a = machine(&e);
	assert_true(a.done);
	assert_int_equal(a.kb[OL_AC_LRU], 20000);
	assert_int_equal(a.kb[OL_AC_SLAB], 6000);
	assert_false(has(&a, OL_AC_ANON));
	assert_false(has(&a, OL_AC_FILE));
	assert_int_equal(a.kb[OL_AC_UNACCOUNTED], (10000 - 5000 - 500 - 1500 - 10) * 4);
	ol_arena_done(&e.arena);
}

static void test_counters_may_exceed_the_total(void **state)
{
	struct ol_oom_event e;
	struct ol_accounting a;

	(void)state;
	machine_event(&e);
	e.ram_pages = val(200000);
	a = machine(&e);
	assert_true(a.done);
	assert_int_equal(a.kb[OL_AC_UNACCOUNTED], 0);
	assert_int_equal(a.over_kb, sum(&a) - 800000);
	/* nonsense does not wrap */
	for (uint32_t i = 0; i < e.memory.n; i++)
		e.memory.v[i].v = (UINT64_C(1) << 60) - 1;
	e.page_kb = 64;
	assert_int_equal(ol_account_machine(&e, &a), 0);
	assert_int_equal(a.over_kb, UINT64_MAX - 12800000);
	e.page_kb = 4;
	/* a counter below zero */
	e.memory.v[0].v = UINT64_MAX - 7;
	e.memory.v[1].v = 3;
	e.memory.v[12].v = 0; /* shmem */
	assert_int_equal(ol_account_machine(&e, &a), 0);
	assert_int_equal(a.kb[OL_AC_ANON], 12);
	e.ram_pages = val(INT64_MAX);
	assert_int_equal(ol_account_machine(&e, &a), 0);
	e.ram_pages = val(-5);
	assert_false(machine(&e).done);
	ol_arena_done(&e.arena);
}

static void test_machine_not_in_the_log(void **state)
{
	struct ol_oom_event e;

	(void)state;
	ev_init(&e);
	assert_false(machine(&e).done);
	pages(&e, "free", 1);
	assert_false(machine(&e).done);
	e.ram_pages = val(100);
	assert_false(machine(&e).done); /* anonymous memory and slab unknown */
	e.page_kb = 0;
	assert_int_equal(machine(&e).not_done, OL_PHRASE_ACCOUNT_NO_PAGE_SIZE);
	ol_arena_done(&e.arena);
}

/* ---- zones ---- */

static struct ol_accounting of_zone(const struct ol_oom_event *e, const struct ol_zone *z)
{
	struct ol_accounting a;

	assert_int_equal(ol_account_zone(e, z, &a), 0);
	if (a.done)
		assert_int_equal(sum(&a), a.total_kb + a.over_kb);
	return a;
}

/* The shape of a 32-bit server with 32 GiB. */
static void test_lowmem_holds_the_descriptors_of_highmem(void **state)
{
	struct ol_oom_event e;
	struct ol_accounting a;
	struct ol_zone *z;

	(void)state;
	ev_init(&e);
	e.ram_pages = val(8650736);
	e.highmem_pages = val(8422402);
	z = zone(&e, "Normal", OL_ZONE_NORMAL);
	kv(&e, &z->kv, "free", 8056, OL_U_KB);
	kv(&e, &z->kv, "active_anon", 0, OL_U_KB);
	kv(&e, &z->kv, "active_file", 248, OL_U_KB);
	kv(&e, &z->kv, "inactive_file", 388, OL_U_KB);
	kv(&e, &z->kv, "present", 890008, OL_U_KB);
	kv(&e, &z->kv, "slab_reclaimable", 513008, OL_U_KB);
	kv(&e, &z->kv, "slab_unreclaimable", 16356, OL_U_KB);
	kv(&e, &z->kv, "kernel_stack", 1888, OL_U_KB);
	kv(&e, &z->kv, "pagetables", 3660, OL_U_KB);
	a = of_zone(&e, z);
	assert_int_equal(a.total_kb, 890008);
	assert_int_equal(a.kb[OL_AC_STRUCT_PAGES], 8422402 * 32 / 1024);
	assert_int_equal(a.estimated, 1u << OL_AC_STRUCT_PAGES);
	assert_int_equal(a.kb[OL_AC_UNACCOUNTED],
			 890008 - 8056 - 636 - 513008 - 16356 - 1888 - 3660 - 8422402 / 32);

	/* from 3.8 on it is part of what is reserved, which is known */
	kv(&e, &z->kv, "managed", 600008, OL_U_KB);
	a = of_zone(&e, z);
	assert_int_equal(a.kb[OL_AC_STRUCT_PAGES], 8650736 / 32);
	assert_int_equal(a.kb[OL_AC_RESERVED] + a.kb[OL_AC_STRUCT_PAGES], 290000);

	/* other zones, and 64 bits: nothing is estimated */
	z->type = OL_ZONE_DMA;
	assert_false(has(&(struct ol_accounting){ .has = of_zone(&e, z).has }, OL_AC_STRUCT_PAGES));
	z->type = OL_ZONE_NORMAL;
	e.highmem_pages = val(0);
	assert_int_equal(of_zone(&e, z).estimated, 0);
	ol_arena_done(&e.arena);
}

static void test_zone_without_its_line(void **state)
{
	struct ol_oom_event e;
	struct ol_zone *z;

	(void)state;
	ev_init(&e);
	z = zone(&e, "Normal", OL_ZONE_NORMAL);
	assert_false(of_zone(&e, z).done);
	kv(&e, &z->kv, "free", 1, OL_U_KB);
	assert_false(of_zone(&e, z).done);
	kv(&e, &z->kv, "managed", 100, OL_U_KB);
	assert_int_equal(of_zone(&e, z).kb[OL_AC_UNACCOUNTED], 99);
	ol_arena_done(&e.arena);
}

/* ---- cgroups ---- */

static void test_memcg_v2(void **state)
{
	struct ol_oom_event e;
	struct ol_accounting a;

	(void)state;
	ev_init(&e);
	e.memcg_version = 2;
	e.usage_kb = val(10240);
	e.swap_usage_kb = val(500);
	stat(&e, "anon", 3000);
	stat(&e, "file", 4000); /* 2500 shmem, 100 swap cache */
	stat(&e, "kernel", 1500);
	stat(&e, "kernel_stack", 100);
	stat(&e, "pagetables", 200);
	stat(&e, "sec_pagetables", 10);
	stat(&e, "percpu", 20);
	stat(&e, "sock", 700);
	stat(&e, "vmalloc", 30);
	stat(&e, "shmem", 2500);
	stat(&e, "zswap", 40);
	stat(&e, "zswapped", 900);
	stat(&e, "file_dirty", 300);
	stat(&e, "swapcached", 100);
	stat(&e, "inactive_anon", 2000);
	stat(&e, "active_anon", 3560);
	stat(&e, "slab_reclaimable", 400);
	stat(&e, "slab_unreclaimable", 300);
	stat(&e, "slab", 700);
	a = memcg(&e);
	assert_true(a.done);
	assert_int_equal(a.kb[OL_AC_ANON], 3000);
	assert_int_equal(a.kb[OL_AC_SHMEM], 2500);
	assert_int_equal(a.kb[OL_AC_SWAP_CACHE], 60); /* the other 40 are mapped, so in anon */
	assert_int_equal(a.kb[OL_AC_FILE], 1400);
	assert_int_equal(a.kb[OL_AC_SOCK], 700);
	assert_int_equal(a.kb[OL_AC_PAGE_TABLES], 210);
	assert_int_equal(a.kb[OL_AC_SLAB], 0);
	assert_int_equal(a.kb[OL_AC_KERNEL_OTHER], 1500 - 100 - 210 - 20 - 30 - 40 - 700);
	assert_int_equal(a.kb[OL_AC_UNACCOUNTED], 10240 - 3000 - 2500 - 60 - 1400 - 700 - 1500);
	assert_int_equal(a.swap_kb, 500);
	ol_arena_done(&e.arena);
}

static void test_memcg_v2_without_kernel(void **state)
{
	struct ol_oom_event e;
	struct ol_accounting a;

	(void)state;
	ev_init(&e);
	e.memcg_version = 2;
	e.usage_kb = val(1000);
	e.kmem_usage_kb = val(0); /* printed, never filled */
	stat(&e, "anon", 100);
	stat(&e, "file", 50);
	stat(&e, "kernel_stack", 36);
	stat(&e, "slab", 268);
	stat(&e, "sock", 4);
	stat(&e, "shmem", 60); /* batched statistics: more than all of "file" */
	a = memcg(&e);
	assert_int_equal(a.kb[OL_AC_FILE], 0);
	assert_int_equal(a.kb[OL_AC_SLAB], 268);
	assert_false(has(&a, OL_AC_KERNEL_OTHER));
	assert_int_equal(a.kb[OL_AC_UNACCOUNTED], 1000 - 100 - 60 - 36 - 268 - 4);
	/* the same names on cgroup v1: kmem is real, sockets are charged elsewhere */
	e.memcg_version = 1;
	e.kmem_usage_kb = val(800);
	a = memcg(&e);
	assert_false(has(&a, OL_AC_SOCK));
	assert_int_equal(a.kb[OL_AC_KERNEL_OTHER], 800 - 36 - 268);
	ol_arena_done(&e.arena);
}

static void member(struct ol_oom_event *e, uint64_t cache, uint64_t rss, uint64_t anon_lru)
{
	struct ol_memcg_member *m = ol_vec_push(&e->arena, &e->memcg_members);

	assert_non_null(m);
	kv(e, &m->stats, "cache", cache * 1024, OL_U_BYTES);
	kv(e, &m->stats, "rss", rss * 1024, OL_U_BYTES);
	kv(e, &m->stats, "swap", 8 * 1024, OL_U_BYTES);
	kv(e, &m->stats, "inactive_anon", 0, OL_U_BYTES);
	kv(e, &m->stats, "active_anon", anon_lru * 1024, OL_U_BYTES);
}

static void test_memcg_v1_adds_up_the_subtree(void **state)
{
	struct ol_oom_event e;
	struct ol_accounting a;

	(void)state;
	ev_init(&e);
	e.memcg_version = 1;
	e.usage_kb = val(5000);
	e.kmem_usage_kb = val(600);
	member(&e, 48, 1000, 1000);
	member(&e, 1000, 2000, 2700);
	stat(&e, "cache", 48);
	stat(&e, "rss", 1000);
	a = memcg(&e);
	assert_int_equal(a.kb[OL_AC_ANON], 3000);
	/* on the anonymous lists, yet not rss */
	assert_int_equal(a.kb[OL_AC_SHMEM], 700);
	assert_int_equal(a.estimated, 1u << OL_AC_SHMEM);
	assert_int_equal(a.kb[OL_AC_FILE], 348);
	assert_int_equal(a.kb[OL_AC_KERNEL_OTHER], 600);
	assert_int_equal(a.kb[OL_AC_UNACCOUNTED], 5000 - 3000 - 1048 - 600);
	assert_int_equal(a.swap_kb, 16);
	ol_arena_done(&e.arena);
}

static void test_memcg_v1_hierarchical_totals(void **state)
{
	struct ol_oom_event e;
	struct ol_accounting a;

	(void)state;
	ev_init(&e);
	e.usage_kb = val(900);
	e.memsw_usage_kb = val(1000);
	stat(&e, "cache", 1);
	stat(&e, "rss", 2);
	stat(&e, "shmem", 1);
	stat(&e, "total_cache", 300);
	stat(&e, "total_rss", 500);
	stat(&e, "total_shmem", 100);
	a = memcg(&e);
	assert_int_equal(a.kb[OL_AC_ANON], 500);
	assert_int_equal(a.kb[OL_AC_SHMEM], 100);
	assert_int_equal(a.kb[OL_AC_FILE], 200);
	assert_int_equal(a.kb[OL_AC_UNACCOUNTED], 100);
	assert_int_equal(a.swap_kb, 100); /* memory+swap minus memory */
	ol_arena_done(&e.arena);
}

static void test_memcg_not_in_the_log(void **state)
{
	struct ol_oom_event e;
	struct ol_accounting a;

	(void)state;
	ev_init(&e);
	e.usage_kb = val(900);
	assert_false(memcg(&e).done);
	stat(&e, "sock", 1);
	assert_int_equal(memcg(&e).not_done, OL_PHRASE_ACCOUNT_STATISTICS_CUT);
	stat(&e, "anon", 70);
	e.usage_kb.set = false;
	a = memcg(&e);
	assert_int_equal(a.total_kb, 71);
	assert_false(has(&a, OL_AC_UNACCOUNTED));
	ol_arena_done(&e.arena);
}

static void test_names(void **state)
{
	(void)state;
	for (unsigned p = 0; p < OL_AC_MAX; p++)
		assert_non_null(ol_account_key((enum ol_account_part)p));
	assert_null(ol_account_key(OL_AC_MAX));
	assert_string_equal(ol_account_key(OL_AC_SLAB_RECLAIMABLE), "slab_reclaimable");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_machine_counts_each_page_once),
		cmocka_unit_test(test_locked_shmem_is_unevictable_once),
		cmocka_unit_test(test_machine_from_node_and_zone_lines),
		cmocka_unit_test(test_old_kernels),
		cmocka_unit_test(test_counters_may_exceed_the_total),
		cmocka_unit_test(test_machine_not_in_the_log),
		cmocka_unit_test(test_lowmem_holds_the_descriptors_of_highmem),
		cmocka_unit_test(test_zone_without_its_line),
		cmocka_unit_test(test_memcg_v2),
		cmocka_unit_test(test_memcg_v2_without_kernel),
		cmocka_unit_test(test_memcg_v1_adds_up_the_subtree),
		cmocka_unit_test(test_memcg_v1_hierarchical_totals),
		cmocka_unit_test(test_memcg_not_in_the_log),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
