// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "analyze/dump/event.h"

static void test_every_key_is_found(void **state)
{
	(void)state;
#define OL_KEY(id, name) assert_int_equal(ol_key_find(OL_SPAN(name)), OL_K_##id);
#include "analyze/dump/keys.def"
#undef OL_KEY
}

static void test_spellings_of_keys(void **state)
{
	(void)state;
	assert_int_equal(ol_key_find(OL_SPAN("isolated(anon)")), OL_K_ISOLATED_ANON);
	assert_int_equal(ol_key_find(OL_SPAN("isolated(file)")), OL_K_ISOLATED_FILE);
	/* 2.6.18 and 2.6.28 begin the block with a capital */
	assert_int_equal(ol_key_find(OL_SPAN("Active")), OL_K_ACTIVE);
	assert_int_equal(ol_key_find(OL_SPAN("Active_anon")), OL_K_ACTIVE_ANON);
	assert_int_equal(ol_key_find(OL_SPAN("balloon")), OL_K_BALLOON);
}

static void test_near_misses_are_no_keys(void **state)
{
	static const char *const no[] = { "",
					  "f",
					  "fre",
					  "free_",
					  "fREE",
					  "active_Anon",
					  "active-anon",
					  "inactive_anom",
					  "isolated(any)",
					  "\x7f" };

	(void)state;
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		assert_int_equal(ol_key_find(ol_span_str(no[i])), OL_K_NONE);
	assert_int_equal(ol_key_find(ol_span("free\0", 5)), OL_K_NONE);
	assert_int_equal(ol_key_find(ol_span("active\x7f"
					     "anon",
					     11)),
			 OL_K_NONE);
	assert_int_equal(ol_key_find(OL_SPAN("hierarchical_memory_limit_hierarchical_limit")),
			 OL_K_NONE);
	assert_int_equal(ol_key_find((struct ol_span){ NULL, 0 }), OL_K_NONE);
}

/* A list that grew by ol_kv_push() is looked up by its index, any other from its beginning. */
static void test_lists_of_keys(void **state)
{
	struct ol_arena a;
	ol_kv_vec pushed = { 0 }, plain = { 0 };

	(void)state;
	ol_arena_init(&a, 1 << 20);
	for (unsigned i = 0; i < 300; i++) {
		enum ol_key id = i % 3 ? OL_K_NONE : (enum ol_key)(i / 3 % OL_K_MAX);
		struct ol_kv *kv = ol_kv_push(&a, &pushed, id), *other = ol_vec_push(&a, &plain);

		assert_true(kv && other);
		kv->v = other->v = i;
		other->id = (uint16_t)id;
		for (unsigned k = 0; k < OL_K_MAX; k++) {
			const struct ol_kv *x = ol_kv_get(&pushed, k), *y = ol_kv_get(&plain, k);

			assert_int_equal(x != NULL, y != NULL);
			assert_true(!x || x->v == y->v);
		}
	}
	ol_arena_done(&a);
}

/* Names that are not told apart by their bit are none that have an id. */
static void test_bits_of_keys(void **state)
{
	unsigned bit;

	(void)state;
#define OL_KEY(id, name)                                                   \
	assert_int_equal(ol_key_find_bit(OL_SPAN(name), &bit), OL_K_##id); \
	assert_int_equal(bit, OL_K_##id);
#include "analyze/dump/keys.def"
#undef OL_KEY
	assert_int_equal(ol_key_find_bit(OL_SPAN("no_such_key"), &bit), OL_K_NONE);
	assert_in_range(bit, 128, 255);
	assert_int_equal(ol_key_find_bit(OL_SPAN(""), &bit), OL_K_NONE);
	assert_in_range(bit, 128, 255);
}

static void test_names(void **state)
{
	(void)state;
	for (int c = 0; c < OL_COL_MAX; c++)
		assert_non_null(ol_col_json_name((enum ol_col)c));
	for (int p = 0; p < OL_PART_MAX; p++)
		assert_non_null(ol_part_name((enum ol_part)p));
	for (int k = 0; k < OL_EV_KIND_MAX; k++)
		assert_non_null(ol_event_kind_name((enum ol_event_kind)k));
	assert_null(ol_frame_class_name(OL_FC_NONE));
	for (int f = OL_FC_NONE + 1; f < OL_FC_MAX; f++)
		assert_non_null(ol_frame_class_name((enum ol_frame_class)f));
	assert_null(ol_constraint_name(OL_CONSTRAINT_UNKNOWN));
	assert_string_equal(ol_constraint_name(OL_CONSTRAINT_MEMPOLICY), "mempolicy");
	assert_null(ol_col_json_name(OL_COL_MAX));
	assert_null(ol_part_name(OL_PART_MAX));
}

/* ---- groups ---- */

static struct ol_task *task(struct ol_oom_event *e, struct ol_span comm, int64_t rss, int64_t swap)
{
	struct ol_task *t = ol_vec_push(&e->arena, &e->tasks);

	assert_non_null(t);
	t->comm = comm;
	t->col[OL_COL_RSS] = rss;
	t->mask = 1u << OL_COL_RSS;
	if (swap >= 0) {
		t->col[OL_COL_SWAPENTS] = swap;
		t->mask |= 1u << OL_COL_SWAPENTS;
	}
	return t;
}

static void test_groups_fold_and_sort(void **state)
{
	struct ol_oom_event e = { .page_kb = 4 };
	struct ol_group *g;
	uint32_t n;

	(void)state;
	ol_arena_init(&e.arena, 1 << 20);
	task(&e, OL_SPAN("b"), 100, -1);
	task(&e, OL_SPAN("worker with a long name"), 150, 5);
	task(&e, OL_SPAN("a"), 100, -1);
	task(&e, OL_SPAN("worker with a long name"), 50, 0);
	task(&e, OL_SPAN("worker with a long nam"), -7, -1); /* no sum goes below zero */
	assert_int_equal(ol_event_groups(&e, &g, &n), 0);
	assert_int_equal(n, 4);
	assert_true(ol_span_eqs(g[0].comm, "worker with a long name"));
	assert_int_equal(g[0].count, 2);
	assert_int_equal(g[0].rss_kb, 800);
	assert_true(g[0].has_swap);
	assert_int_equal(g[0].swap_kb, 20);
	assert_true(g[0].share > 0.4999 && g[0].share < 0.5001);
	/* equal sizes: by name, whatever the order in the table */
	assert_true(ol_span_eqs(g[1].comm, "a") && ol_span_eqs(g[2].comm, "b"));
	assert_false(g[1].has_swap);
	assert_int_equal(g[3].rss_kb, 0);
	ol_arena_done(&e.arena);
}

static void test_groups_need_a_page_size(void **state)
{
	struct ol_oom_event e = { 0 };
	struct ol_victim *v;
	struct ol_group *g;
	struct ol_task *t;
	uint32_t n;

	(void)state;
	ol_arena_init(&e.arena, 1 << 20);
	t = task(&e, OL_SPAN("java"), 10, -1);
	assert_int_equal(ol_event_groups(&e, &g, &n), 0);
	assert_int_equal(n, 0);

	t->col[OL_COL_PID] = 42;
	t->col[OL_COL_TOTAL_VM] = 100;
	t->mask |= 1u << OL_COL_PID | 1u << OL_COL_TOTAL_VM;
	v = ol_vec_push(&e.arena, &e.victims);
	v->pid = (struct ol_val){ .v = 42, .set = true };
	v->total_vm_kb = (struct ol_val){ .v = 6400, .set = true };
	assert_int_equal(ol_event_infer_page_kb(&e), 64);
	assert_int_equal(ol_event_groups(&e, &g, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(g[0].rss_kb, 640);
	/* the process grew in between: no answer is better than a wrong one */
	v->total_vm_kb.v = 6404;
	assert_int_equal(ol_event_infer_page_kb(&e), 0);
	ol_arena_done(&e.arena);
}

static void test_groups_from_the_parts_of_rss(void **state)
{
	struct ol_oom_event e = { .page_kb = 4 };
	struct ol_group *g;
	struct ol_task *t;
	uint32_t n;

	(void)state;
	ol_arena_init(&e.arena, 1 << 20);
	t = task(&e, OL_SPAN("x"), 0, -1);
	t->mask = 1u << OL_COL_RSS_ANON | 1u << OL_COL_RSS_SHMEM;
	t->col[OL_COL_RSS_ANON] = 3;
	t->col[OL_COL_RSS_SHMEM] = INT64_MAX;
	assert_int_equal(ol_event_groups(&e, &g, &n), 0);
	assert_true(g[0].rss_kb == UINT64_MAX); /* saturated, not wrapped */
	ol_arena_done(&e.arena);
}

static void test_groups_of_many_names(void **state)
{
	struct ol_oom_event e = { .page_kb = 4 };
	static char names[20000][8];
	struct ol_group *g;
	uint32_t n;

	(void)state;
	ol_arena_init(&e.arena, 64 << 20);
	for (unsigned i = 0; i < 20000; i++) {
		int k = snprintf(names[i], sizeof(names[i]), "p%u", i % 10000);

		task(&e, ol_span(names[i], (size_t)k), i % 10000, -1);
	}
	assert_int_equal(ol_event_groups(&e, &g, &n), 0);
	assert_int_equal(n, 10000);
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(g[i].count, 2);
	assert_int_equal(g[0].rss_kb, 9999 * 2 * 4);
	ol_arena_done(&e.arena);
}

static void test_groups_without_memory(void **state)
{
	struct ol_oom_event e = { .page_kb = 4 };
	struct ol_task some[2000] = { 0 };
	struct ol_group *g;
	uint32_t n = 7;

	(void)state;
	for (unsigned i = 0; i < 2000; i++)
		some[i].comm = OL_SPAN("x");
	e.tasks.v = some;
	e.tasks.n = 2000;
	ol_arena_init(&e.arena, 64 * 1024);
	assert_true(ol_event_groups(&e, &g, &n) < 0);
	assert_int_equal(n, 0);
	ol_arena_done(&e.arena);
}

/* A cgroup of thousands is killed as a whole: each is found, the first of two with one pid. */
static void test_victims_are_found_by_pid(void **state)
{
	struct ol_oom_event e = { .page_kb = 4 };

	(void)state;
	ol_arena_init(&e.arena, 8 << 20);
	for (int64_t i = 0; i < 3000; i++) {
		struct ol_victim *v = ol_vec_push(&e.arena, &e.victims);

		assert_non_null(v);
		/* one without a pid, and pids that come back */
		if (i != 7)
			v->pid = (struct ol_val){ .v = i % 2500 * 4096, .set = true };
		assert_ptr_equal(ol_victim_find(&e, i % 2500 * 4096),
				 i == 7      ? NULL
				 : i == 2507 ? &e.victims.v[i]
					     : &e.victims.v[i % 2500]);
		assert_null(ol_victim_find(&e, i * 4096 + 1));
	}
	for (int64_t i = 0; i < 2500; i++)
		assert_ptr_equal(ol_victim_find(&e, i * 4096), &e.victims.v[i == 7 ? 2507 : i]);
	/* pid 0 of nobody is no pid */
	assert_null(ol_victim_find(&e, -1));
	ol_arena_done(&e.arena);
}

/* Without memory for the hash they are searched. */
static void test_victims_without_memory(void **state)
{
	struct ol_oom_event e = { .page_kb = 4 };
	struct ol_victim some[40] = { 0 };

	(void)state;
	for (int64_t i = 0; i < 40; i++)
		some[i].pid = (struct ol_val){ .v = 100 + i, .set = true };
	e.victims.v = some;
	e.victims.n = 40;
	ol_arena_init(&e.arena, 0);
	assert_ptr_equal(ol_victim_find(&e, 139), &some[39]);
	assert_null(ol_victim_find(&e, 140));
	ol_arena_done(&e.arena);
}

/* Behind a move nothing of it leads to where it was. */
static void test_an_event_that_moved(void **state)
{
	static struct ol_oom_event e, to;
	struct ol_victim *v;

	(void)state;
	e = to = (struct ol_oom_event){ 0 };
	ol_arena_init(&e.arena, 1 << 20);
	for (int64_t i = 0; i < 100; i++) {
		v = ol_vec_push(&e.arena, &e.victims);
		assert_non_null(v);
		v->pid = (struct ol_val){ .v = 1000 + 7 * i, .set = true };
	}
	assert_non_null(ol_victim_find(&e, 1000));
	assert_true(ol_container_from_path(
		OL_SPAN("/kubepods.slice/kubepods-burstable.slice/"
			"kubepods-burstable-pod6e1b0a52_93c4_4d0f_8a77_0f5c2d9be318.slice/x"),
		&e.container));
	ol_event_move(&to, &e);
	memset(&e.container, 'x', sizeof(e.container));
	assert_true(ol_span_eqs(to.container.pod_uid, "6e1b0a52-93c4-4d0f-8a77-0f5c2d9be318"));
	for (uint32_t i = 0; i < 100; i++)
		assert_ptr_equal(ol_victim_find(&to, 1000 + 7 * i), &to.victims.v[i]);
	assert_null(ol_victim_find(&to, 1001));
	assert_int_equal(e.arena.used, 0);
	ol_arena_done(&to.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_key_is_found),
		cmocka_unit_test(test_spellings_of_keys),
		cmocka_unit_test(test_near_misses_are_no_keys),
		cmocka_unit_test(test_lists_of_keys),
		cmocka_unit_test(test_bits_of_keys),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_groups_fold_and_sort),
		cmocka_unit_test(test_groups_need_a_page_size),
		cmocka_unit_test(test_groups_from_the_parts_of_rss),
		cmocka_unit_test(test_groups_of_many_names),
		cmocka_unit_test(test_groups_without_memory),
		cmocka_unit_test(test_victims_are_found_by_pid),
		cmocka_unit_test(test_victims_without_memory),
		cmocka_unit_test(test_an_event_that_moved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
