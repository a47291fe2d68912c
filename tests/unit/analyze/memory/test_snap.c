// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/memory/snap.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define MIB 1024
#define GIB (1024 * 1024)

static struct ol_tick *tick(void)
{
	struct ol_tick_size small = { .names = 1 << 16 };
	struct ol_tick *t;

	for (int i = 0; i < OL_T_MAX; i++)
		small.rows[i] = 32;
	t = ol_tick_new(&small);
	assert_non_null(t);
	t->page_kb = 4;
	t->boot_us = 1000000;
	return t;
}

static int64_t sum(const struct ol_ram *r)
{
	int64_t s = 0;

	for (int p = 0; p < OL_RAM_MAX; p++)
		s += r->kb[p];
	return s;
}

/* A machine of 4 GiB: 1 GiB free, 1 GiB anonymous, 1.5 GiB cache of which 256 MiB is tmpfs. */
static struct ol_tick *machine(void)
{
	struct ol_tick *t = tick();

	ol_set(t, OL_M_mem_total_kb, 4 * GIB);
	ol_set(t, OL_M_mem_free_kb, GIB);
	ol_set(t, OL_M_mem_available_kb, 2 * GIB);
	ol_set(t, OL_M_anon_pages_kb, GIB);
	ol_set(t, OL_M_cached_kb, 1536 * MIB);
	ol_set(t, OL_M_buffers_kb, 64 * MIB);
	ol_set(t, OL_M_shmem_kb, 256 * MIB);
	ol_set(t, OL_M_active_file_kb, 600 * MIB);
	ol_set(t, OL_M_inactive_file_kb, 744 * MIB);
	ol_set(t, OL_M_active_anon_kb, GIB);
	ol_set(t, OL_M_inactive_anon_kb, 256 * MIB);
	ol_set(t, OL_M_dirty_kb, 100 * MIB);
	ol_set(t, OL_M_writeback_kb, 20 * MIB);
	ol_set(t, OL_M_mapped_kb, 80 * MIB);
	ol_set(t, OL_M_slab_reclaimable_kb, 200 * MIB);
	ol_set(t, OL_M_slab_unreclaimable_kb, 40 * MIB);
	ol_set(t, OL_M_kernel_stack_kb, 8 * MIB);
	ol_set(t, OL_M_vmalloc_used_kb, 48 * MIB);
	ol_set(t, OL_M_percpu_kb, 4 * MIB);
	return t;
}

static struct ol_row *zone(struct ol_tick *t, const char *name, int index, int64_t managed_mib,
			   int64_t free_mib, int64_t min_mib)
{
	struct ol_row *z = ol_tick_add(t, OL_T_ZONE, NULL);

	z->name = ol_tick_name(t, ol_span_str(name));
	z->sub = index;
	ol_row_set(z, OL_ZONE_managed_pages, managed_mib * 256);
	ol_row_set(z, OL_ZONE_present_pages, managed_mib * 256);
	ol_row_set(z, OL_ZONE_free_pages, free_mib * 256);
	ol_row_set(z, OL_ZONE_min_pages, min_mib * 256);
	ol_row_set(z, OL_ZONE_low_pages, min_mib * 256 * 5 / 4);
	ol_row_set(z, OL_ZONE_high_pages, min_mib * 256 * 3 / 2);
	return z;
}

static void test_parts_sum(void **state)
{
	struct ol_tick *t = machine();
	struct ol_ram r;

	(void)state;
	assert_int_equal(ol_ram_of(t, &r), 0);
	assert_int_equal(sum(&r), 4 * GIB);
	assert_int_equal(r.kb[OL_RAM_SHMEM], 256 * MIB);
	assert_int_equal(r.kb[OL_RAM_FILE_DIRTY], 100 * MIB);
	assert_int_equal(r.kb[OL_RAM_FILE_WRITEBACK], 20 * MIB);
	assert_int_equal(r.kb[OL_RAM_FILE_MAPPED], 80 * MIB);
	assert_int_equal(r.kb[OL_RAM_FILE_CLEAN], (1536 - 256 - 100 - 20 - 80) * MIB);
	/* stacks are vmalloc'd and counted twice */
	assert_int_equal(r.kb[OL_RAM_VMALLOC], 40 * MIB);
	assert_int_equal(r.overlap_kb, 0);
	assert_int_equal(r.kb[OL_RAM_UNACCOUNTED],
			 4 * GIB - (1024 + 1024 + 1536 + 64 + 200 + 40 + 8 + 40 + 4) * MIB);
	/* no counter is not zero */
	assert_false(r.has[OL_RAM_ZSWAP]);
	assert_false(r.has[OL_RAM_FREE_PCP]);
	ol_tick_free(t);
}

/* More than there is: the first chunk of per-CPU memory is no part of MemTotal. */
static void test_overlap(void **state)
{
	struct ol_tick *t = machine();
	struct ol_ram r;

	(void)state;
	ol_set(t, OL_M_page_tables_kb,
	       4 * GIB - (1024 + 1024 + 1536 + 64 + 200 + 40 + 8 + 40 + 1) * MIB);
	assert_int_equal(ol_ram_of(t, &r), 0);
	assert_int_equal(r.overlap_kb, 3 * MIB);
	assert_int_equal(r.kb[OL_RAM_PERCPU], 1 * MIB);
	assert_int_equal(r.kb[OL_RAM_UNACCOUNTED], 0);
	assert_int_equal(sum(&r), 4 * GIB);
	ol_tick_free(t);
}

/* Counters that contradict each other wildly still make parts that sum, none of them negative. */
static void test_absurd(void **state)
{
	struct ol_ram r;

	(void)state;
	for (unsigned seed = 1; seed < 2000; seed++) {
		struct ol_tick *t = tick();

		srandom(seed);
		for (int m = 0; m < OL_M_MAX; m++)
			if (random() % 3)
				ol_set(t, m, random() % 5 ? random() : INT64_MAX - random() % 2);
		ol_set(t, OL_M_mem_total_kb, 1 + random() % (64 * GIB));
		assert_int_equal(ol_ram_of(t, &r), 0);
		assert_int_equal(sum(&r), r.total_kb);
		for (int p = 0; p < OL_RAM_MAX; p++)
			assert_true(r.kb[p] >= 0 && (r.has[p] || !r.kb[p]));
		ol_tick_free(t);
	}
}

static void test_old_vmalloc(void **state)
{
	struct ol_tick *t = machine();
	struct ol_ram r;

	(void)state;
	/* before 4.4 VmallocUsed is address space, with device memory in it */
	ol_set(t, OL_M_vmalloc_chunk_kb, 34359738367);
	assert_int_equal(ol_ram_of(t, &r), 0);
	assert_false(r.has[OL_RAM_VMALLOC]);
	ol_tick_free(t);
}

static void test_hugetlb(void **state)
{
	struct ol_tick *t = machine();
	struct ol_row *h;
	struct ol_ram r;

	(void)state;
	ol_set(t, OL_M_hugepage_size_kb, 2048);
	ol_set(t, OL_M_hugepages_total, 50);
	ol_set(t, OL_M_hugepages_free, 20);
	assert_int_equal(ol_ram_of(t, &r), 0);
	assert_int_equal(r.kb[OL_RAM_HUGETLB_USED], 60 * MIB);
	assert_int_equal(r.kb[OL_RAM_HUGETLB_FREE], 40 * MIB);
	/* two sizes: sysfs knows both, Hugetlb sums them */
	ol_set(t, OL_M_hugetlb_kb, 100 * MIB + 32 * MIB);
	for (int i = 0; i < 2; i++) {
		h = ol_tick_add(t, OL_T_HUGE, NULL);
		h->id = -1;
		h->sub = i ? 32768 : 2048;
		ol_row_set(h, OL_HUGE_total, i ? 1 : 50);
		ol_row_set(h, OL_HUGE_free, i ? 1 : 20);
	}
	assert_int_equal(ol_ram_of(t, &r), 0);
	assert_int_equal(r.kb[OL_RAM_HUGETLB_USED], 60 * MIB);
	assert_int_equal(r.kb[OL_RAM_HUGETLB_FREE], 72 * MIB);
	ol_tick_free(t);
}

static int64_t reason(const struct ol_avail *a, const char *id)
{
	for (unsigned i = 0; i < a->n; i++)
		if (!strcmp(ol_avail_defs[a->reasons[i].id].name, id))
			return a->reasons[i].kb;
	return -1;
}

static void test_available(void **state)
{
	struct ol_tick *t = machine();
	struct ol_row *z;
	struct ol_avail a;
	struct ol_ram r;

	(void)state;
	zone(t, "Normal", 2, 4096, 1024, 40);
	z = zone(t, "DMA", 0, 16, 15, 1);
	/* all of it is kept for those who can use nothing else */
	ol_row_set(z, OL_ZONE_protection2_pages, 4096 * 256);
	ol_ram_of(t, &r);
	assert_int_equal(ol_avail_of(t, &r, &a), 0);
	/* 1 % of 4 GiB is more than 16 MiB */
	assert_int_equal(reason(&a, "free"), (1024 - 60 - 16) * MIB);
	assert_int_equal(reason(&a, "free_reserve"), (20 + 16) * MIB);
	assert_int_equal(reason(&a, "free_kept"), (40 + 15) * MIB);
	/* 1344 MiB on the lists; the low watermarks (50 + 1.25) stay behind */
	assert_int_equal(reason(&a, "file_clean"), (1344 - 120 - 80) * MIB - 51 * MIB - 256);
	assert_int_equal(reason(&a, "file_dirty"), 120 * MIB);
	assert_int_equal(reason(&a, "file_mapped"), 80 * MIB);
	assert_int_equal(reason(&a, "slab_unused"), 200 * MIB);
	assert_int_equal(reason(&a, "shmem"), 256 * MIB);
	assert_int_equal(a.certain_kb, reason(&a, "free") + reason(&a, "file_clean"));
	assert_int_equal(a.likely_kb,
			 a.certain_kb + 36 * MIB + 51 * MIB + 256 + (120 + 80 + 200) * MIB);
	assert_false(a.has_lowmem);
	ol_tick_free(t);
}

/* The copy job of the NFS story: the kernel counts all of SReclaimable, most of it is held. */
static void test_dentries_in_use(void **state)
{
	struct ol_tick *t = machine();
	struct ol_row *s;
	struct ol_avail a;
	struct ol_ram r;

	(void)state;
	zone(t, "Normal", 2, 4096, 1024, 40);
	ol_set(t, OL_M_dentries, 100000);
	ol_set(t, OL_M_dentries_unused, 20000);
	ol_set(t, OL_M_inodes, 90000);
	s = ol_tick_add(t, OL_T_SLAB, NULL);
	s->name = ol_tick_name(t, OL_SPAN("dentry"));
	ol_row_set(s, OL_SLAB_total_kb, 20 * MIB);
	s = ol_tick_add(t, OL_T_SLAB, NULL);
	s->name = ol_tick_name(t, OL_SPAN("nfs_inode_cache"));
	ol_row_set(s, OL_SLAB_total_kb, 60 * MIB);
	ol_row_set(s, OL_SLAB_objects, 60000);
	ol_row_set(s, OL_SLAB_object_bytes, 1024);
	s = ol_tick_add(t, OL_T_SLAB, NULL);
	s->name = ol_tick_name(t, OL_SPAN("inode_cache"));
	ol_row_set(s, OL_SLAB_total_kb, 15 * MIB);
	ol_row_set(s, OL_SLAB_objects, 24576);
	ol_row_set(s, OL_SLAB_object_bytes, 640);
	s = ol_tick_add(t, OL_T_SLAB, NULL);
	s->name = ol_tick_name(t, OL_SPAN("shmem_inode_cache"));
	ol_row_set(s, OL_SLAB_total_kb, 4 * MIB);
	ol_row_set(s, OL_SLAB_objects, 5000);
	ol_row_set(s, OL_SLAB_object_bytes, 768);
	ol_row_set(s, OL_SLAB_reclaimable, 0);
	s = ol_tick_add(t, OL_T_SLAB, NULL);
	s->name = ol_tick_name(t, OL_SPAN("lsm_inode_cache"));
	ol_row_set(s, OL_SLAB_total_kb, 9 * MIB);
	ol_row_set(s, OL_SLAB_objects, 90000); /* these are no inodes */
	ol_row_set(s, OL_SLAB_object_bytes, 88);
	ol_row_set(s, OL_SLAB_reclaimable, 0);
	ol_ram_of(t, &r);
	ol_avail_of(t, &r, &a);
	/* of 80000 that are not unused 20000 may be the parents of unused ones */
	assert_int_equal(reason(&a, "dentries_in_use"), 12 * MIB);
	/* 5000 in tmpfs, 24576 of the smallest kind, the rest of the next one */
	assert_int_equal(reason(&a, "inodes_in_use"), 15 * MIB + 60000 - 5000 - 24576);
	assert_int_equal(reason(&a, "slab_unused"), (200 - 12 - 15) * MIB - (60000 - 5000 - 24576));
	assert_int_equal(reason(&a, "inode_security"), 3 * MIB);
	/* as many unused as others: all of them may be parents */
	ol_set(t, OL_M_dentries_unused, 50000);
	ol_ram_of(t, &r);
	ol_avail_of(t, &r, &a);
	assert_int_equal(reason(&a, "slab_unused"), 200 * MIB);
	assert_int_equal(reason(&a, "inode_security"), 9 * MIB);
	ol_tick_free(t);
}

static void test_highmem(void **state)
{
	struct ol_tick *t = machine();
	struct ol_row *z;
	struct ol_avail a;
	struct ol_ram r;

	(void)state;
	ol_set(t, OL_M_low_total_kb, 880 * MIB);
	z = zone(t, "Normal", 1, 880, 4, 4);
	ol_row_set(z, OL_ZONE_protection2_pages, 8 * 256);
	ol_row_set(z, OL_ZONE_inactive_file_pages, 2 * 256);
	z = zone(t, "HighMem", 2, 3200, 1020, 1);
	ol_row_set(z, OL_ZONE_inactive_file_pages, 1300 * 256);
	ol_ram_of(t, &r);
	ol_avail_of(t, &r, &a);
	assert_true(a.has_lowmem);
	assert_int_equal(a.lowmem_certain_kb, 0);
	assert_int_equal(a.lowmem_likely_kb, (2 + 200) * MIB);
	assert_true(reason(&a, "wrong_zone") > 2 * GIB);
	assert_true(a.certain_kb > 2 * GIB - 120 * MIB);
	ol_tick_free(t);
}

static struct ol_row *group(struct ol_tick *t, const char *path, int parent, int64_t used_mib,
			    int64_t max_mib, int64_t file_mib)
{
	struct ol_row *c = ol_tick_add(t, OL_T_CGROUP, NULL);

	c->name = ol_tick_name(t, ol_span_str(path));
	c->id = 2;
	c->sub = parent;
	ol_row_set(c, OL_CGROUP_current_bytes, used_mib << 20);
	ol_row_set(c, OL_CGROUP_max_bytes, max_mib < 0 ? OL_UNLIMITED : max_mib << 20);
	ol_row_set(c, OL_CGROUP_inactive_file_bytes, file_mib << 20);
	ol_row_set(c, OL_CGROUP_file_bytes, file_mib << 20);
	ol_row_set(c, OL_CGROUP_anon_bytes, (used_mib - file_mib) << 20);
	return c;
}

static void test_whose_limit(void **state)
{
	struct ol_tick *t = machine();
	struct ol_avail a = { .certain_kb = 800 * MIB, .likely_kb = 900 * MIB };
	struct ol_cgview v[8];

	(void)state;
	group(t, "/", -1, 0, -1, 0);
	group(t, "/pod", 0, 1000, 1024, 100);
	group(t, "/pod/a", 1, 100, 512, 0);
	group(t, "/pod/b", 1, 900, -1, 100);
	group(t, "/free", 0, 50, -1, 10);
	group(t, "/tight", 0, 63, 64, 1);
	ol_cgviews(t, &a, v);
	assert_int_equal(v[1].from, OL_FROM_SELF);
	assert_int_equal(v[1].room_kb, 124 * MIB);
	/* its own limit is far, the pod's is near */
	assert_int_equal(v[2].from, OL_FROM_ANCESTOR);
	assert_int_equal(v[2].from_row, 1);
	assert_int_equal(v[2].room_kb, 124 * MIB);
	assert_int_equal(v[2].limit_kb, 512 * MIB);
	assert_int_equal(v[3].limit_kb, 1024 * MIB);
	assert_int_equal(v[3].limit_row, 1);
	assert_int_equal(v[4].from, OL_FROM_MACHINE);
	assert_int_equal(v[4].limit_kb, OL_UNLIMITED);
	assert_int_equal(v[4].limit_row, -1);
	assert_int_equal(v[5].room_kb, 2 * MIB);
	assert_false(v[0].listed || v[1].listed);
	assert_true(v[2].listed && v[3].listed && v[4].listed && v[5].listed);
	ol_tick_free(t);
}

static struct ol_row *proc(struct ol_tick *t, const char *comm, int pid, int64_t anon, int64_t file,
			   int64_t shm)
{
	struct ol_row *p = ol_tick_add(t, OL_T_PROC, NULL);

	p->name = ol_tick_name(t, ol_span_str(comm));
	p->id = pid;
	ol_row_set(p, OL_PROC_rss_kb, anon + file + shm);
	ol_row_set(p, OL_PROC_rss_anon_kb, anon);
	ol_row_set(p, OL_PROC_rss_file_kb, file);
	ol_row_set(p, OL_PROC_rss_shmem_kb, shm);
	return p;
}

static void test_fold(void **state)
{
	struct ol_tick *t = machine();
	struct ol_fold f[32];
	struct ol_row *k;

	(void)state;
	for (int i = 0; i < 8; i++)
		proc(t, "worker", 100 + i, 1000 + i, 400, 5000)->text =
			ol_tick_name(t, i < 3   ? OL_SPAN("/a")
					: i < 5 ? OL_SPAN("/b")
						: OL_SPAN("/c"));
	proc(t, "db", 50, 9000, 100, 0);
	k = ol_tick_add(t, OL_T_PROC, NULL); /* a kernel thread */
	k->name = ol_tick_name(t, OL_SPAN("kswapd0"));
	assert_int_equal(ol_fold_processes(t, f), 2);
	assert_true(ol_span_eqs(f[0].comm, "worker"));
	assert_int_equal(f[0].count, 8);
	assert_int_equal(f[0].cgroups, 3);
	assert_null(f[0].cgroup.p);
	assert_int_equal(f[1].cgroups, 1);
	assert_int_equal(f[0].anon_kb, 8028);
	assert_int_equal(f[0].shmem_kb, 5000);
	assert_int_equal(f[0].total_kb, 8028 + 400 + 5000);
	assert_int_equal(f[0].rss_sum_kb, 8028 + 8 * 5400);
	assert_int_equal(f[0].shared_kb, 7 * 5400);
	assert_int_equal(f[0].largest_pid, 107);
	ol_tick_free(t);
}

#define ANY OL_NOTE_MAX

static void check_state(struct ol_tick *old, struct ol_tick *now, enum ol_state_id want,
			const char *where, enum ol_note_id headline)
{
	struct ol_snap s = { 0 };

	assert_int_equal(ol_snap_of(&s, old, now), 0);
	if (s.state.id != want)
		fail_msg("%s: headline %d", ol_state_names[s.state.id], s.state.headline.id);
	if (where)
		assert_string_equal(s.state.where, where);
	if (headline != ANY)
		assert_int_equal(s.state.headline.id, headline);
	ol_snap_done(&s);
}

static struct ol_tick *calm(void)
{
	struct ol_tick *t = machine();

	zone(t, "Normal", 2, 4096, 1024, 40);
	ol_set(t, OL_M_psi_memory_some_avg10, 0);
	ol_set(t, OL_M_psi_memory_full_avg10, 0);
	return t;
}

static void test_states(void **state)
{
	struct ol_tick *t = calm(), *old;

	(void)state;
	check_state(NULL, t, OL_HEALTHY, NULL, OL_NOTE_NOT_MEMORY);
	ol_set(t, OL_M_psi_io_some_avg10, 6000);
	check_state(NULL, t, OL_HEALTHY, NULL, OL_NOTE_NOT_MEMORY_BUT_IO);
	ol_set(t, OL_M_psi_memory_some_avg10, 500);
	check_state(NULL, t, OL_RECLAIMING, NULL, OL_NOTE_PROGRAMS_RECLAIM);
	ol_set(t, OL_M_psi_memory_full_avg10, 2500);
	check_state(NULL, t, OL_THRASHING, "machine", OL_NOTE_THRASHES);
	group(t, "/", -1, 0, -1, 0);
	group(t, "/box", 0, 64, 64, 0);
	check_state(NULL, t, OL_NEAR_OOM, "cgroup", OL_NOTE_NEAR_CGROUP);
	ol_set(t, OL_M_swap_total_kb, GIB);
	ol_set(t, OL_M_swap_free_kb, GIB); /* the group may swap: it thrashes before it is killed */
	check_state(NULL, t, OL_THRASHING, "machine", OL_NOTE_THRASHES);
	ol_tick_free(t);

	t = calm();
	old = calm();
	t->boot_us = old->boot_us + 2000000;
	ol_set(old, OL_M_pgscan_kswapd, 10);
	ol_set(t, OL_M_pgscan_kswapd, 5010);
	ol_set(old, OL_M_allocstall, 3);
	ol_set(t, OL_M_allocstall, 3);
	check_state(old, t, OL_RECLAIMING, NULL, OL_NOTE_KSWAPD_RECLAIMS);
	ol_set(t, OL_M_allocstall, 9);
	check_state(old, t, OL_RECLAIMING, NULL, OL_NOTE_PROGRAMS_RECLAIM);
	ol_tick_free(old);
	ol_tick_free(t);

	t = machine();
	ol_set(t, OL_M_mem_free_kb, 30 * MIB);
	ol_set(t, OL_M_cached_kb, 256 * MIB);
	ol_set(t, OL_M_active_file_kb, 5 * MIB);
	ol_set(t, OL_M_inactive_file_kb, 5 * MIB);
	ol_set(t, OL_M_slab_reclaimable_kb, 5 * MIB);
	zone(t, "Normal", 2, 4096, 30, 40);
	check_state(NULL, t, OL_NEAR_OOM, "machine", OL_NOTE_NEAR_MACHINE);
	ol_tick_free(t);

	/* a group waits at its memory.high, and the machine has room */
	t = calm();
	ol_set(t, OL_M_psi_memory_some_avg10, 180);
	group(t, "/", -1, 0, -1, 0);
	ol_row_set(group(t, "/app", 0, 40, -1, 0), OL_CGROUP_psi_some_avg10, 150);
	{
		struct ol_row *web = group(t, "/app/web", 1, 40, 90, 0);

		ol_row_set(web, OL_CGROUP_psi_some_avg10, 150);
		ol_row_set(web, OL_CGROUP_high_bytes, 40 << 20);
	}
	check_state(NULL, t, OL_RECLAIMING, "cgroup", OL_NOTE_CGROUP_AT_HIGH);
	ol_tick_free(t);

	/* one look at a machine without PSI says nothing about waiting */
	t = machine();
	zone(t, "Normal", 2, 4096, 1024, 40);
	check_state(NULL, t, OL_STATE_UNKNOWN, NULL, OL_NOTE_CANNOT_BE_TOLD);
	ol_tick_free(t);

	/* nobody waits: nearly full, and full with swap in use */
	t = machine();
	ol_set(t, OL_M_psi_memory_some_avg10, 0);
	ol_set(t, OL_M_mem_free_kb, 300 * MIB);
	ol_set(t, OL_M_cached_kb, 300 * MIB);
	ol_set(t, OL_M_active_file_kb, 20 * MIB);
	ol_set(t, OL_M_inactive_file_kb, 20 * MIB);
	zone(t, "Normal", 2, 4096, 300, 40);
	check_state(NULL, t, OL_HEALTHY, NULL, OL_NOTE_LITTLE_LEFT);
	ol_set(t, OL_M_swap_total_kb, GIB);
	ol_set(t, OL_M_swap_free_kb, 600 * MIB);
	check_state(NULL, t, OL_RECLAIMING, NULL, OL_NOTE_RAM_IS_FULL);
	ol_tick_free(t);

	t = tick();
	check_state(NULL, t, OL_STATE_UNKNOWN, NULL, OL_NOTE_NO_MEMINFO);
	ol_tick_free(t);
}

/* One piece of evidence, and only one, has @what in it. */
/* Once, and with @value as its first argument. */
static void check_evidence(struct ol_tick *old, struct ol_tick *now, enum ol_note_id id,
			   int64_t value)
{
	struct ol_snap s = { 0 };
	int n = 0;

	assert_int_equal(ol_snap_of(&s, old, now), 0);
	for (unsigned i = 0; i < s.state.n; i++) {
		if (s.state.evidence[i].id != id)
			continue;
		assert_int_equal(s.state.evidence[i].v[0], value);
		n++;
	}
	assert_int_equal(n, 1);
	ol_snap_done(&s);
}

static void test_states_of_groups(void **state)
{
	struct ol_tick *t = calm();
	struct ol_row *box;

	(void)state;
	group(t, "/", -1, 0, -1, 0);
	box = group(t, "/box", 0, 64, 64, 0);
	ol_set(t, OL_M_swap_total_kb, GIB);
	ol_set(t, OL_M_swap_free_kb, GIB);
	check_state(NULL, t, OL_HEALTHY, NULL, ANY);
	/* the machine's swap is not all the group's: v2, then v1 with memory and swap together */
	ol_row_set(box, OL_CGROUP_swap_max_bytes, 8 << 20);
	ol_row_set(box, OL_CGROUP_swap_bytes, 7 << 20);
	check_state(NULL, t, OL_NEAR_OOM, "cgroup", OL_NOTE_NEAR_CGROUP);
	ol_row_set(box, OL_CGROUP_swap_bytes, 1 << 20);
	check_state(NULL, t, OL_HEALTHY, NULL, ANY);
	ol_row_set(box, OL_CGROUP_swap_max_bytes, OL_UNLIMITED);
	ol_row_set(box, OL_CGROUP_memsw_max_bytes, 72 << 20);
	ol_row_set(box, OL_CGROUP_memsw_bytes, 71 << 20);
	check_state(NULL, t, OL_NEAR_OOM, "cgroup", OL_NOTE_NEAR_CGROUP);
	ol_row_set(box, OL_CGROUP_events_oom_kill, 3);
	check_evidence(NULL, t, OL_NOTE_CGROUP_KILLED, 3);
	ol_row_set(box, OL_CGROUP_memsw_bytes, 64 << 20);
	check_state(NULL, t, OL_HEALTHY, NULL, ANY);
	/* its tasks wait for a kill that does not come, whatever may be swapped */
	ol_row_set(box, OL_CGROUP_under_oom, 1);
	check_state(NULL, t, OL_NEAR_OOM, "cgroup", OL_NOTE_NEAR_CGROUP);
	check_evidence(NULL, t, OL_NOTE_CGROUP_UNDER_OOM, 0);
	ol_tick_free(t);

	t = calm();
	group(t, "/", -1, 0, -1, 0);
	ol_row_set(group(t, "/", -1, 0, -1, 0), OL_CGROUP_psi_full_avg10, 9000);
	check_state(NULL, t, OL_HEALTHY, NULL,
		    ANY); /* the root is the machine, which has its own */
	ol_row_set(group(t, "/scan", 0, 64, -1, 0), OL_CGROUP_psi_full_avg10, 999);
	check_state(NULL, t, OL_HEALTHY, NULL, ANY);
	ol_row_set(group(t, "/disk", 0, 64, -1, 0), OL_CGROUP_psi_full_avg10, 1000);
	check_state(NULL, t, OL_THRASHING, "cgroup", OL_NOTE_CGROUP_THRASHES);
	ol_tick_free(t);
}

/* 32 bits: what HighMem has is nothing for the kernel's own. */
static void test_state_of_the_low_zones(void **state)
{
	struct ol_tick *t = machine();
	struct ol_row *z;

	(void)state;
	ol_set(t, OL_M_psi_memory_some_avg10, 0);
	ol_set(t, OL_M_psi_memory_full_avg10, 0);
	z = zone(t, "Normal", 1, 880, 4, 4);
	ol_row_set(z, OL_ZONE_protection2_pages, 8 * 256);
	z = zone(t, "HighMem", 2, 3200, 1020, 1);
	ol_row_set(z, OL_ZONE_inactive_file_pages, 1300 * 256);
	ol_set(t, OL_M_low_total_kb, 880 * MIB);
	check_state(NULL, t, OL_HEALTHY, NULL, ANY); /* 200 MiB of slab can go */
	ol_set(t, OL_M_slab_reclaimable_kb, 0);
	check_state(NULL, t, OL_NEAR_OOM, "lowmem", OL_NOTE_NEAR_LOWMEM);
	ol_tick_free(t);
}

static void test_unusable(void **state)
{
	struct ol_tick *t = tick();
	struct ol_row *z = zone(t, "Normal", 2, 4096, 30, 40);

	(void)state;
	assert_int_equal(ol_zone_unusable(z, 3), -1);
	for (int o = 0; o < 11; o++)
		ol_row_set(z, OL_ZONE_free_order0 + o, 0);
	assert_int_equal(ol_zone_unusable(z, 3), -1);
	ol_row_set(z, OL_ZONE_free_order0, 24);
	ol_row_set(z, OL_ZONE_free_order0 + 3, 1);
	assert_int_equal(ol_zone_unusable(z, 3), 750);
	assert_int_equal(ol_zone_unusable(z, 0), 0);
	ol_tick_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts_sum),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_absurd),
		cmocka_unit_test(test_old_vmalloc),
		cmocka_unit_test(test_hugetlb),
		cmocka_unit_test(test_available),
		cmocka_unit_test(test_dentries_in_use),
		cmocka_unit_test(test_highmem),
		cmocka_unit_test(test_whose_limit),
		cmocka_unit_test(test_fold),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_states_of_groups),
		cmocka_unit_test(test_state_of_the_low_zones),
		cmocka_unit_test(test_unusable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
