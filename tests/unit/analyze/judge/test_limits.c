// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "analyze/judge/verdict.h"

/* Which limit of a cgroup the numbers show to be reached; none is named that they do not. */

static void ev_init(struct ol_oom_event *e)
{
	*e = (struct ol_oom_event){ .kind = OL_EV_OOM,
				    .constraint = OL_CONSTRAINT_NONE,
				    .page_kb = 4 };
	ol_arena_init(&e->arena, 1 << 20);
}

static struct ol_val val(int64_t v)
{
	return (struct ol_val){ .v = v, .line = 1, .set = true };
}

static void kv(struct ol_oom_event *e, ol_kv_vec *kvs, enum ol_key id, uint64_t v)
{
	struct ol_kv *k = ol_vec_push(&e->arena, kvs);

	assert_non_null(k);
	*k = (struct ol_kv){ .v = v, .unit = OL_U_PAGES, .id = (uint16_t)id, .line = 2 };
}

static const struct ol_verdict *judge(struct ol_oom_event *e)
{
	assert_int_equal(ol_event_judge(e), 0);
	assert_non_null(e->verdict);
	assert_true(e->verdict->done);
	assert_int_not_equal(e->verdict->headline.id, OL_SAY_NONE);
	return e->verdict;
}

static bool advises(const struct ol_verdict *v, enum ol_say id)
{
	for (uint32_t i = 0; i < v->advice.n; i++)
		if (v->advice.v[i].id == id)
			return true;
	return false;
}

/* An argument of a finding that is known to be of this id. */
#define ARG(f, id, arg) (((const struct ol_say_##id *)(f).args)->arg)

static void memcg(struct ol_oom_event *e, uint64_t anon, uint64_t file, uint64_t shmem,
		  uint64_t slab)
{
	const uint64_t mib = 1 << 20;

	ev_init(e);
	e->constraint = OL_CONSTRAINT_MEMCG;
	e->memcg_version = 2;
	e->oom_memcg.s = e->task_memcg.s = OL_SPAN("/system.slice/x.service");
	e->usage_kb = e->limit_kb = val(100 * 1024);
	kv(e, &e->memcg_stats, OL_K_ANON, anon * mib);
	kv(e, &e->memcg_stats, OL_K_FILE, (file + shmem) * mib);
	kv(e, &e->memcg_stats, OL_K_SHMEM, shmem * mib);
	kv(e, &e->memcg_stats, OL_K_SLAB_UNRECLAIMABLE, slab * mib);
	for (uint32_t i = 0; i < e->memcg_stats.n; i++)
		e->memcg_stats.v[i].unit = OL_U_BYTES;
}

/* A limit that no charge ever ran into filled nothing. */
static void test_memcg_limits(void **state)
{
	const struct ol_verdict *v;
	struct ol_oom_event e;

	(void)state;
	/* none at all */
	memcg(&e, 90, 5, 3, 2);
	e.limit_kb = val(INT64_C(9007199254740988));
	e.failcnt = val(0);
	v = judge(&e);
	assert_int_equal(v->cause, OL_CAUSE_UNKNOWN);
	assert_int_equal(v->confidence, OL_CONF_LOW);
	assert_int_equal(v->headline.id, OL_SAY_CGROUP_NO_LIMIT);
	assert_false(advises(v, OL_SAY_RAISE_LIMIT));
	ol_arena_done(&e.arena);

	/* far above what it held, and nothing failed */
	memcg(&e, 90, 5, 3, 2);
	e.limit_kb = val(200 * 1024);
	e.failcnt = val(0);
	v = judge(&e);
	assert_int_equal(v->headline.id, OL_SAY_CGROUP_BELOW_LIMIT);
	assert_false(advises(v, OL_SAY_RAISE_LIMIT));
	ol_arena_done(&e.arena);
	/* something failed: then it had been there */
	memcg(&e, 90, 5, 3, 2);
	e.limit_kb = val(200 * 1024);
	e.failcnt = val(9);
	assert_int_equal(judge(&e)->cause, OL_CAUSE_MEMCG_ANON);
	ol_arena_done(&e.arena);

	/* kernel memory's own */
	memcg(&e, 70, 5, 3, 0);
	e.memcg_version = 1;
	e.limit_kb = val(800 * 1024);
	e.failcnt = val(0);
	e.kmem_usage_kb = e.kmem_limit_kb = val(20 * 1024);
	e.kmem_failcnt = val(31);
	v = judge(&e);
	assert_int_equal(v->cause, OL_CAUSE_MEMCG_KERNEL);
	assert_int_equal(v->confidence, OL_CONF_MEDIUM);
	assert_int_equal(v->headline.id, OL_SAY_KMEM_AT_LIMIT);
	assert_int_equal(ARG(v->headline, KMEM_AT_LIMIT, limit), 20 * 1024);
	assert_true(advises(v, (enum ol_say)OL_PHRASE_RAISE_KMEM_LIMIT));
	assert_false(advises(v, OL_SAY_RAISE_LIMIT));
	ol_arena_done(&e.arena);

	/* statistics of twice its usage are damaged, and no shares are made of them */
	memcg(&e, 290, 5, 3, 2);
	v = judge(&e);
	assert_false(v->account.done);
	assert_int_not_equal(v->confidence, OL_CONF_HIGH);
	ol_arena_done(&e.arena);

	/* a BPF program's rules are not the kernel's */
	memcg(&e, 90, 5, 3, 2);
	*(struct ol_frame *)ol_vec_push(&e.arena, &e.trace) =
		(struct ol_frame){ .func = OL_SPAN("bpf_out_of_memory"), .line = 4 };
	v = judge(&e);
	assert_int_equal(v->cause, OL_CAUSE_UNKNOWN);
	assert_int_equal(v->headline.id, OL_PHRASE_BPF_ORDERED);
	assert_false(advises(v, OL_SAY_RAISE_LIMIT));
	ol_arena_done(&e.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_memcg_limits) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
