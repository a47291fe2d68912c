// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/machine/live.h"

#include <errno.h>
#include <setjmp.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

/*
 * This machine, read by us and by libproc2. Its value is read between two of our ticks: a counter
 * must lie between ours; a gauge that was the same in both must be the same there. A gauge may
 * change and change back between the ticks, so a round in which one differs is tried again: a wrong
 * parser would be wrong in each.
 */
#ifdef OL_HAVE_PROC2
#include <libproc2/meminfo.h>
#include <libproc2/slabinfo.h>
#include <libproc2/vmstat.h>

enum { ROUNDS = 100 };

static struct ol_source *source;
static struct ol_tick *before, *after;

static int setup(void **state)
{
	/* cgroups and processes take long, and what is compared should be read close together */
	struct ol_live_opts opts = {
		.leave_out = UINT32_C(1) << OL_SRC_CGROUPS | UINT32_C(1) << OL_SRC_PROCS,
	};
	struct ol_err err;

	(void)state;
	before = ol_tick_new(NULL);
	after = ol_tick_new(NULL);
	return before && after ? ol_live_new(&opts, &source, &err) : -ENOMEM;
}

static int teardown(void **state)
{
	(void)state;
	source->free(source);
	ol_tick_free(before);
	ol_tick_free(after);
	return 0;
}

static void tick(struct ol_tick *t)
{
	struct ol_err err;

	assert_int_equal(source->next(source, t, &err), 0);
}

struct pair {
	enum ol_metric m;
	int item;
};

static void test_meminfo(void **state)
{
	static const struct pair pairs[] = {
		{ OL_M_mem_total_kb, MEMINFO_MEM_TOTAL },
		{ OL_M_swap_total_kb, MEMINFO_SWAP_TOTAL },
		{ OL_M_commit_limit_kb, MEMINFO_MEM_COMMIT_LIMIT },
		{ OL_M_hugepages_total, MEMINFO_MEM_HUGE_TOTAL },
		{ OL_M_hugepage_size_kb, MEMINFO_MEM_HUGE_SIZE },
		{ OL_M_vmalloc_total_kb, MEMINFO_MEM_VM_ALLOC_TOTAL },
		{ OL_M_mem_free_kb, MEMINFO_MEM_FREE },
		{ OL_M_mem_available_kb, MEMINFO_MEM_AVAILABLE },
		{ OL_M_buffers_kb, MEMINFO_MEM_BUFFERS },
		{ OL_M_cached_kb, MEMINFO_MEM_CACHED },
		{ OL_M_active_anon_kb, MEMINFO_MEM_ACTIVE_ANON },
		{ OL_M_active_file_kb, MEMINFO_MEM_ACTIVE_FILE },
		{ OL_M_anon_pages_kb, MEMINFO_MEM_ANON },
		{ OL_M_shmem_kb, MEMINFO_MEM_SHARED },
		{ OL_M_slab_kb, MEMINFO_MEM_SLAB },
		{ OL_M_slab_reclaimable_kb, MEMINFO_MEM_SLAB_RECLAIM },
		{ OL_M_slab_unreclaimable_kb, MEMINFO_MEM_SLAB_UNRECLAIM },
		{ OL_M_page_tables_kb, MEMINFO_MEM_PAGE_TABLES },
	};
	enum { N = sizeof(pairs) / sizeof(pairs[0]), FIXED = 6 };
	enum meminfo_item items[N];
	bool met[N] = { 0 };
	struct meminfo_info *info = NULL;

	(void)state;
	for (int i = 0; i < N; i++)
		items[i] = (enum meminfo_item)pairs[i].item;
	assert_int_equal(procps_meminfo_new(&info), 0);
	for (int round = 0; round < ROUNDS; round++) {
		struct meminfo_stack *s;
		bool all = true;

		tick(before);
		s = procps_meminfo_select(info, items, N);
		assert_non_null(s);
		tick(after);
		for (int i = 0; i < N; i++) {
			int64_t v = (int64_t)s->head[i].result.ul_int;

			if (sizeof(long) == 4 && v == (int64_t)ULONG_MAX)
				v = ol_val(before, pairs[i].m); /* more than libproc2 can say */
			/* libproc2 says 0 for what this kernel does not print */
			if (!ol_has(before, pairs[i].m))
				met[i] = v == 0;
			else if (ol_val(before, pairs[i].m) == ol_val(after, pairs[i].m))
				met[i] |= ol_val(before, pairs[i].m) == v;
			else if (i < FIXED)
				met[i] = false; /* memory or swap came or went just now */
			if (i < FIXED && !met[i] &&
			    ol_val(before, pairs[i].m) == ol_val(after, pairs[i].m))
				fail_msg("%s: %lld, libproc2 %lld", ol_metrics[pairs[i].m].name,
					 (long long)ol_val(before, pairs[i].m), (long long)v);
			all &= met[i];
		}
		if (all)
			break;
	}
	procps_meminfo_unref(&info);
	for (int i = 0; i < N; i++)
		if (!met[i])
			fail_msg("%s was never the same", ol_metrics[pairs[i].m].name);
}

static void test_vmstat(void **state)
{
	static const struct pair pairs[] = {
		{ OL_M_pgfault, VMSTAT_PGFAULT },     { OL_M_pgmajfault, VMSTAT_PGMAJFAULT },
		{ OL_M_pgpgin_kb, VMSTAT_PGPGIN },    { OL_M_pgpgout_kb, VMSTAT_PGPGOUT },
		{ OL_M_pswpin, VMSTAT_PSWPIN },       { OL_M_oom_kills, VMSTAT_OOM_KILL },
		{ OL_M_drop_slab, VMSTAT_DROP_SLAB }, { OL_M_slabs_scanned, VMSTAT_SLABS_SCANNED },
		{ OL_M_dirtied, VMSTAT_NR_DIRTIED },  { OL_M_written, VMSTAT_NR_WRITTEN },
	};
	enum { N = sizeof(pairs) / sizeof(pairs[0]) };
	enum vmstat_item items[N];
	struct vmstat_info *info = NULL;

	(void)state;
	for (int i = 0; i < N; i++)
		items[i] = (enum vmstat_item)pairs[i].item;
	assert_int_equal(procps_vmstat_new(&info), 0);
	for (int round = 0; round < 10; round++) {
		struct vmstat_stack *s;

		tick(before);
		s = procps_vmstat_select(info, items, N);
		assert_non_null(s);
		tick(after);
		for (int i = 0; i < N; i++) {
			int64_t v = (int64_t)s->head[i].result.ul_int;

			if (v < ol_val(before, pairs[i].m) || v > ol_val(after, pairs[i].m))
				fail_msg("%s: %lld is not between %lld and %lld",
					 ol_metrics[pairs[i].m].name, (long long)v,
					 (long long)ol_val(before, pairs[i].m),
					 (long long)ol_val(after, pairs[i].m));
		}
	}
	procps_vmstat_unref(&info);
}

static bool same_slab(const struct slabinfo_stack *s, enum ol_row_field f, int item)
{
	const struct slabinfo_result *x = &s->head[item];
	struct ol_span name = ol_span_str(s->head[0].result.str);
	const struct ol_row *a = ol_tick_find(before, OL_T_SLAB, name, 0, 0);
	const struct ol_row *b = ol_tick_find(after, OL_T_SLAB, name, 0, 0);

	if (!a || !b)
		return false;
	/* which of several caches with one name it is, libproc2 does not say */
	if (ol_tick_find(before, OL_T_SLAB, name, 0, 1))
		return true;
	return ol_row_has(a, f) && (ol_row_val(a, f) != ol_row_val(b, f) ||
				    ol_row_val(a, f) == (int64_t)x->result.u_int);
}

static void test_slabinfo(void **state)
{
	/* objects and slabs may move; the rest never does */
	static const struct {
		enum ol_row_field f;
		enum slabinfo_item item;
	} cols[] = {
		{ OL_SLAB_object_bytes, SLAB_OBJ_SIZE },
		{ OL_SLAB_objects_per_slab, SLAB_OBJ_PER_SLAB },
		{ OL_SLAB_pages_per_slab, SLAB_PAGES_PER_SLAB },
		{ OL_SLAB_slabs, SLAB_NUMS_SLABS },
		{ OL_SLAB_objects, SLAB_NUM_OBJS },
		{ OL_SLAB_active_objects, SLAB_ACTIVE_OBJS },
	};
	enum { N = sizeof(cols) / sizeof(cols[0]), FIXED = 3 };
	enum slabinfo_item items[N + 1] = { SLAB_NAME };
	struct slabinfo_info *info = NULL;
	bool good = false;

	(void)state;
	tick(before);
	if (before->src[OL_SRC_SLABINFO].rc) {
		printf("skip: /proc/slabinfo cannot be read here: %s\n",
		       strerror(-before->src[OL_SRC_SLABINFO].rc));
		skip();
	}
	for (int i = 0; i < N; i++)
		items[i + 1] = cols[i].item;
	assert_int_equal(procps_slabinfo_new(&info), 0);
	for (int round = 0; round < ROUNDS && !good; round++) {
		struct slabinfo_reaped *r;

		tick(before);
		r = procps_slabinfo_reap(info, items, N + 1);
		assert_non_null(r);
		tick(after);
		if (before->tab[OL_T_SLAB].n != after->tab[OL_T_SLAB].n)
			continue; /* a cache was made or destroyed */
		assert_int_equal(r->total, before->tab[OL_T_SLAB].n);
		good = true;
		for (int k = 0; k < r->total; k++)
			for (int i = 0; i < N; i++) {
				if (same_slab(r->stacks[k], cols[i].f, i + 1))
					continue;
				good = false;
				if (i < FIXED)
					fail_msg("%s of %s", ol_row_fields[cols[i].f].name,
						 r->stacks[k]->head[0].result.str);
			}
	}
	procps_slabinfo_unref(&info);
	assert_true(good);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_meminfo, setup, teardown),
		cmocka_unit_test_setup_teardown(test_vmstat, setup, teardown),
		cmocka_unit_test_setup_teardown(test_slabinfo, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

static void test_proc2(void **state)
{
	(void)state;
	printf("skip: built without libproc2\n");
	skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_proc2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
#endif
