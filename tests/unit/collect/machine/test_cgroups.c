// SPDX-License-Identifier: GPL-2.0-or-later
/* Cgroups of captured roots: version 1, version 2, both, and what can be wrong with them. */
#include "captured.h"

#define ONLY (1u << OL_SRC_CGROUPS)
#define ID   "1f0e7bb1c1ad95c4c0a34d6bdb1f3e1b9cf9d5d2c1f0a9b8c7d6e5f4a3b2c1d0"
#define ID2  "2f0e7bb1c1ad95c4c0a34d6bdb1f3e1b9cf9d5d2c1f0a9b8c7d6e5f4a3b2c1d0"

static uint32_t n_rows(const struct captured *c)
{
	return c->t->tab[OL_T_CGROUP].n;
}

static struct ol_row *row(const struct captured *c, const char *name)
{
	for (uint32_t i = 0; i < n_rows(c); i++) {
		struct ol_row *r = ol_tick_row(c->t, OL_T_CGROUP, i);

		if (ol_span_eqs(ol_tick_span(c->t, r->name), name))
			return r;
	}
	fail_msg("no row %s", name);
	return NULL;
}

static bool no_row(const struct captured *c, const char *name)
{
	for (uint32_t i = 0; i < n_rows(c); i++)
		if (ol_span_eqs(ol_tick_span(c->t, ol_tick_row(c->t, OL_T_CGROUP, i)->name), name))
			return false;
	return true;
}

static const struct ol_src_status *status(const struct captured *c)
{
	return &c->t->src[OL_SRC_CGROUPS];
}

static void group(const struct captured *c, const char *base, const char *group, const char *file,
		  const char *text)
{
	char path[8192];

	snprintf(path, sizeof(path), "%s/%s/%s", base, group, file);
	put(c, path, text);
}

/* Every row's parent stands before it and is the path without its last component. */
static void check_parents(const struct captured *c)
{
	for (uint32_t i = 0; i < n_rows(c); i++) {
		const struct ol_row *r = ol_tick_row(c->t, OL_T_CGROUP, i), *up;
		struct ol_span name = ol_tick_span(c->t, r->name), parent;
		size_t n = name.n;

		if (ol_span_eqs(name, "/")) {
			assert_int_equal(r->sub, -1);
			continue;
		}
		assert_in_range(r->sub, 0, i - 1);
		up = ol_tick_row(c->t, OL_T_CGROUP, (uint32_t)r->sub);
		while (name.p[n - 1] != '/')
			n--;
		parent = ol_span_head(name, n > 1 ? n - 1 : 1);
		assert_true(ol_span_eq(ol_tick_span(c->t, up->name), parent));
		assert_int_equal(up->id, r->id);
	}
}

static const char v1_stat[] =
	"cache 1000\nrss 2000\nmapped_file 3\npgfault 4\ninactive_anon 5\nunevictable 6\n"
	"hierarchical_memory_limit 268435456\nhierarchical_memsw_limit 9223372036854771712\n"
	"total_cache 11000\ntotal_rss 12000\ntotal_rss_huge 0\ntotal_shmem 13000\n"
	"total_mapped_file 14000\ntotal_dirty 15000\ntotal_writeback 16000\n"
	"total_workingset_refault_anon 17\ntotal_workingset_refault_file 18\ntotal_swap 19000\n"
	"total_pgfault 20\ntotal_pgmajfault 21\ntotal_inactive_anon 22000\n"
	"total_active_anon 23000\ntotal_inactive_file 24000\ntotal_active_file 25000\n"
	"total_unevictable 26000\n";

static void v1_group(const struct captured *c, const char *base, const char *name)
{
	group(c, base, name, "memory.usage_in_bytes", "446627840\n");
	group(c, base, name, "memory.max_usage_in_bytes", "500000000\n");
	group(c, base, name, "memory.limit_in_bytes", "9223372036854771712\n");
	group(c, base, name, "memory.soft_limit_in_bytes", "9223372036854710272\n");
	group(c, base, name, "memory.failcnt", "7\n");
	group(c, base, name, "memory.stat", v1_stat);
	group(c, base, name, "memory.oom_control", "oom_kill_disable 0\nunder_oom 1\noom_kill 3\n");
	group(c, base, name, "cgroup.procs", "1\n22\n333\n");
}

static void test_v1(void **state)
{
	static const char base[] = "cg root/memory,x";
	struct captured c = captured_new();
	struct ol_row *r;

	(void)state;
	put(&c, "proc/1/mounts",
	    "tmpfs /sys/fs/cgroup tmpfs ro,mode=755 0 0\n"
	    "cgroup /sys/fs/cgroup/cpu cgroup rw,cpu,cpuacct 0 0\n"
	    "cgroup /nowhere cgroup rw,memory 0 0\n"
	    "cgroup /cg\\040root/memory,x cgroup rw,nosuid,hugetlb,memory 0 0\n");
	v1_group(&c, base, ".");
	v1_group(&c, base, "docker");
	group(&c, base, "docker", "memory.limit_in_bytes", "268435456\n");
	group(&c, base, "docker", "memory.memsw.limit_in_bytes", "536870912\n");
	group(&c, base, "docker", "memory.memsw.usage_in_bytes", "111\n");
	group(&c, base, "docker", "memory.kmem.usage_in_bytes", "222\n");
	group(&c, base, "docker", "memory.kmem.limit_in_bytes", "8796093018112\n");
	group(&c, base, "docker", "memory.soft_limit_in_bytes", "18446744073709551615\n");
	group(&c, base, "docker/" ID, "memory.usage_in_bytes", "5\n");
	captured_tick(&c, ONLY);
	assert_int_equal(status(&c)->rc, 0);
	assert_int_equal(status(&c)->broken, 0);
	assert_int_equal(status(&c)->denied, 0);
	assert_int_equal(n_rows(&c), 3);
	check_parents(&c);

	r = ol_tick_row(c.t, OL_T_CGROUP, 0);
	is_text(c.t, r->name, "/");
	assert_int_equal(r->id, 1);
	has_val(r, OL_CGROUP_current_bytes, 446627840);
	has_val(r, OL_CGROUP_peak_bytes, 500000000);
	has_val(r, OL_CGROUP_max_bytes, OL_UNLIMITED);
	has_val(r, OL_CGROUP_soft_bytes, OL_UNLIMITED);
	has_val(r, OL_CGROUP_events_max, 7);
	has_val(r, OL_CGROUP_local_max, 7);
	has_val(r, OL_CGROUP_file_bytes, 11000);
	has_val(r, OL_CGROUP_anon_bytes, 12000);
	has_val(r, OL_CGROUP_shmem_bytes, 13000);
	has_val(r, OL_CGROUP_file_mapped_bytes, 14000);
	has_val(r, OL_CGROUP_file_dirty_bytes, 15000);
	has_val(r, OL_CGROUP_file_writeback_bytes, 16000);
	has_val(r, OL_CGROUP_refault_anon, 17);
	has_val(r, OL_CGROUP_refault_file, 18);
	has_val(r, OL_CGROUP_swapped_bytes, 19000);
	has_val(r, OL_CGROUP_pgfault, 20);
	has_val(r, OL_CGROUP_pgmajfault, 21);
	has_val(r, OL_CGROUP_inactive_anon_bytes, 22000);
	has_val(r, OL_CGROUP_active_anon_bytes, 23000);
	has_val(r, OL_CGROUP_inactive_file_bytes, 24000);
	has_val(r, OL_CGROUP_active_file_bytes, 25000);
	has_val(r, OL_CGROUP_unevictable_bytes, 26000);
	has_val(r, OL_CGROUP_under_oom, 1);
	has_val(r, OL_CGROUP_oom_kill_disable, 0);
	has_val(r, OL_CGROUP_events_oom_kill, 3);
	has_val(r, OL_CGROUP_local_oom_kill, 3);
	has_val(r, OL_CGROUP_processes, 3);
	has_not(r, OL_CGROUP_memsw_bytes);
	has_not(r, OL_CGROUP_high_bytes);
	has_not(r, OL_CGROUP_events_oom);
	has_not(r, OL_CGROUP_psi_some_avg10);

	r = row(&c, "/docker");
	has_val(r, OL_CGROUP_max_bytes, 268435456);
	has_val(r, OL_CGROUP_memsw_max_bytes, 536870912);
	has_val(r, OL_CGROUP_memsw_bytes, 111);
	has_val(r, OL_CGROUP_kmem_bytes, 222);
	has_val(r, OL_CGROUP_kmem_max_bytes, OL_UNLIMITED);
	has_val(r, OL_CGROUP_soft_bytes, OL_UNLIMITED);
	has_not(row(&c, "/docker/" ID), OL_CGROUP_max_bytes);
	has_not(row(&c, "/docker/" ID), OL_CGROUP_processes);
	captured_free(&c);
}

static void v2_group(const struct captured *c, const char *base, const char *name)
{
	group(c, base, name, "memory.current", "1000\n");
	group(c, base, name, "memory.peak", "2000\n");
	group(c, base, name, "memory.max", "max\n");
	group(c, base, name, "memory.high", "3000\n");
	group(c, base, name, "memory.low", "0\n");
	group(c, base, name, "memory.min", "max\n");
	group(c, base, name, "memory.swap.current", "4000\n");
	group(c, base, name, "memory.swap.max", "0\n");
	group(c, base, name, "memory.swap.events", "high 0\nmax 5\nfail 6\n");
	group(c, base, name, "memory.zswap.max", "max\n");
	group(c, base, name, "memory.stat",
	      "anon 7\nfile 8\nkernel 9\nkernel_stack 10\npagetables 11\nsec_pagetables 12\n"
	      "percpu 13\nsock 14\nvmalloc 15\nshmem 16\nzswap 17\nzswapped 18\nfile_mapped 19\n"
	      "file_dirty 20\nfile_writeback 21\nswapcached 22\nanon_thp 0\nfile_thp 0\n"
	      "shmem_thp 0\ninactive_anon 23\nactive_anon 24\ninactive_file 25\nactive_file 26\n"
	      "unevictable 27\nslab_reclaimable 28\nslab_unreclaimable 29\nslab 57\n"
	      "workingset_refault_anon 30\nworkingset_refault_file 31\npgscan 32\npgsteal 33\n"
	      "pgfault 34\npgmajfault 35\nlow 99\nnew_key_of_a_later_kernel 1\n");
	group(c, base, name, "memory.events",
	      "low 36\nhigh 37\nmax 38\noom 39\noom_kill 40\noom_group_kill 41\n"
	      "sock_throttled 0\n");
	group(c, base, name, "memory.events.local",
	      "low 42\nhigh 43\nmax 44\noom 45\noom_kill 46\noom_group_kill 47\n");
	group(c, base, name, "memory.oom.group", "1\n");
	group(c, base, name, "memory.pressure",
	      "some avg10=1.23 avg60=0.00 avg300=0.00 total=48\n"
	      "full avg10=0.45 avg60=0.00 avg300=0.00 total=49\n");
	group(c, base, name, "cgroup.procs", "");
}

static void test_v2(void **state)
{
	static const struct {
		enum ol_row_field f;
		int64_t v;
	} want[] = {
		{ OL_CGROUP_current_bytes, 1000 },
		{ OL_CGROUP_peak_bytes, 2000 },
		{ OL_CGROUP_max_bytes, OL_UNLIMITED },
		{ OL_CGROUP_high_bytes, 3000 },
		{ OL_CGROUP_low_bytes, 0 },
		{ OL_CGROUP_min_bytes, OL_UNLIMITED },
		{ OL_CGROUP_swap_bytes, 4000 },
		{ OL_CGROUP_swap_max_bytes, 0 },
		{ OL_CGROUP_swap_events_max, 5 },
		{ OL_CGROUP_swap_events_fail, 6 },
		{ OL_CGROUP_zswap_limit_bytes, OL_UNLIMITED },
		{ OL_CGROUP_anon_bytes, 7 },
		{ OL_CGROUP_file_bytes, 8 },
		{ OL_CGROUP_kernel_bytes, 9 },
		{ OL_CGROUP_kernel_stack_bytes, 10 },
		{ OL_CGROUP_page_tables_bytes, 11 },
		{ OL_CGROUP_sec_page_tables_bytes, 12 },
		{ OL_CGROUP_percpu_bytes, 13 },
		{ OL_CGROUP_sock_bytes, 14 },
		{ OL_CGROUP_vmalloc_bytes, 15 },
		{ OL_CGROUP_shmem_bytes, 16 },
		{ OL_CGROUP_zswap_bytes, 17 },
		{ OL_CGROUP_zswapped_bytes, 18 },
		{ OL_CGROUP_file_mapped_bytes, 19 },
		{ OL_CGROUP_file_dirty_bytes, 20 },
		{ OL_CGROUP_file_writeback_bytes, 21 },
		{ OL_CGROUP_swapcached_bytes, 22 },
		{ OL_CGROUP_inactive_anon_bytes, 23 },
		{ OL_CGROUP_active_anon_bytes, 24 },
		{ OL_CGROUP_inactive_file_bytes, 25 },
		{ OL_CGROUP_active_file_bytes, 26 },
		{ OL_CGROUP_unevictable_bytes, 27 },
		{ OL_CGROUP_slab_reclaimable_bytes, 28 },
		{ OL_CGROUP_slab_unreclaimable_bytes, 29 },
		{ OL_CGROUP_refault_anon, 30 },
		{ OL_CGROUP_refault_file, 31 },
		{ OL_CGROUP_pgscan, 32 },
		{ OL_CGROUP_pgsteal, 33 },
		{ OL_CGROUP_pgfault, 34 },
		{ OL_CGROUP_pgmajfault, 35 },
		{ OL_CGROUP_events_low, 36 },
		{ OL_CGROUP_events_high, 37 },
		{ OL_CGROUP_events_max, 38 },
		{ OL_CGROUP_events_oom, 39 },
		{ OL_CGROUP_events_oom_kill, 40 },
		{ OL_CGROUP_events_oom_group_kill, 41 },
		{ OL_CGROUP_local_max, 44 },
		{ OL_CGROUP_local_oom, 45 },
		{ OL_CGROUP_local_oom_kill, 46 },
		{ OL_CGROUP_oom_group, 1 },
		{ OL_CGROUP_psi_some_avg10, 123 },
		{ OL_CGROUP_psi_some_total_us, 48 },
		{ OL_CGROUP_psi_full_avg10, 45 },
		{ OL_CGROUP_psi_full_total_us, 49 },
		{ OL_CGROUP_processes, 0 },
	};
	static const char base[] = "sys/fs/cgroup";
	static const char service[] = "/user.slice/user-1000.slice/user@1000.service";
	struct captured c = captured_new();
	struct ol_row *r;

	(void)state;
	/* no mounts: found by its layout */
	put(&c, "sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory pids\n");
	put(&c, "sys/fs/cgroup/memory.stat", "anon 70\nfile 80\n");
	put(&c, "sys/fs/cgroup/cgroup.procs", "2\n");
	v2_group(&c, base, "system.slice");
	v2_group(&c, base, "user.slice");
	v2_group(&c, base, "user.slice/user-1000.slice");
	v2_group(&c, base, service + 1);
	/* the memory controller is not passed on to these */
	group(&c, base, "user.slice/user-1000.slice/app", "cgroup.procs", "5\n");
	group(&c, base, "user.slice/user-1000.slice/app/below", "cgroup.procs", "6\n");
	captured_tick(&c, ONLY);
	assert_int_equal(status(&c)->rc, 0);
	assert_int_equal(status(&c)->broken, 0);
	assert_int_equal(n_rows(&c), 5);
	check_parents(&c);
	r = ol_tick_row(c.t, OL_T_CGROUP, 0);
	is_text(c.t, r->name, "/");
	has_val(r, OL_CGROUP_anon_bytes, 70);
	has_val(r, OL_CGROUP_processes, 1);
	has_not(r, OL_CGROUP_current_bytes);
	has_not(r, OL_CGROUP_max_bytes);
	has_not(r, OL_CGROUP_events_oom_kill);
	r = row(&c, service);
	assert_int_equal(r->id, 2);
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		has_val(r, want[i].f, want[i].v);
	has_not(r, OL_CGROUP_soft_bytes);
	has_not(r, OL_CGROUP_memsw_bytes);
	has_not(r, OL_CGROUP_under_oom);
	/* beside "low 99" of memory.stat and "low 42" of the local events */
	has_val(r, OL_CGROUP_events_low, 36);
	captured_free(&c);
}

/* Version 1 has the memory controller; the tree of version 2 beside it only has processes. */
static void test_hybrid(void **state)
{
	struct captured c = captured_new();

	(void)state;
	put(&c, "proc/self/mounts",
	    "cgroup2 /sys/fs/cgroup/unified cgroup2 rw,nsdelegate 0 0\n"
	    "cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\n");
	put(&c, "sys/fs/cgroup/unified/cgroup.controllers", "hugetlb\n");
	put(&c, "sys/fs/cgroup/unified/memory.pressure",
	    "some avg10=1.00 avg60=0.00 avg300=0.00 total=48\n");
	put(&c, "sys/fs/cgroup/unified/system.slice/cgroup.procs", "4\n");
	v1_group(&c, "sys/fs/cgroup/memory", ".");
	v1_group(&c, "sys/fs/cgroup/memory", "system.slice");
	captured_tick(&c, ONLY);
	assert_int_equal(status(&c)->rc, 0);
	assert_int_equal(n_rows(&c), 2);
	assert_int_equal(ol_tick_row(c.t, OL_T_CGROUP, 0)->id, 1);
	assert_int_equal(ol_tick_row(c.t, OL_T_CGROUP, 1)->id, 1);
	is_text(c.t, ol_tick_row(c.t, OL_T_CGROUP, 1)->name, "/system.slice");
	captured_free(&c);
}

static void test_none(void **state)
{
	struct captured c = captured_new();

	(void)state;
	put(&c, "proc/mounts",
	    "proc /proc proc rw 0 0\ncgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0");
	put(&c, "sys/fs/cgroup/cpu/cgroup.procs", "1\n");
	captured_tick(&c, ONLY);
	assert_int_equal(status(&c)->rc, -ENOENT);
	assert_int_equal(n_rows(&c), 0);
	captured_free(&c);
}

/* Names are any bytes but a slash; what is no directory is no group, a link leads nowhere. */
static void test_names(void **state)
{
	static const char *const names[] = {
		"a b\tc",
		"\xff\xfe\x80",
		"\033[31mred\033[0m",
		"line\nbreak",
		"\"q\\x2d'",
		"%s%n",
		"...",
		"z",
		"-rf",
	};
	struct captured c = captured_new();
	char path[200], deep[4200] = "sys/fs/cgroup";
	uint32_t n;

	(void)state;
	put(&c, "sys/fs/cgroup/cgroup.controllers", "memory\n");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		group(&c, "sys/fs/cgroup", names[i], "memory.current", "1\n");
	put(&c, "secret/memory.current", "666\n");
	snprintf(path, sizeof(path), "%s/sys/fs/cgroup/link", c.dir);
	assert_int_equal(symlink("../../../secret", path), 0);
	put(&c, "sys/fs/cgroup/deep/memory.current", "1\n");
	for (int i = 0; i < 200; i++) {
		strcat(deep, i ? "/d" : "/deep");
		snprintf(path, sizeof(path), "%s", "memory.current");
		group(&c, deep, ".", path, "1\n");
	}
	captured_tick(&c, ONLY);
	assert_int_equal(status(&c)->rc, 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "/%s", names[i]);
		has_val(row(&c, path), OL_CGROUP_current_bytes, 1);
	}
	assert_true(no_row(&c, "/link"));
	n = n_rows(&c);
	assert_int_equal(n, 1 + sizeof(names) / sizeof(names[0]) + 128);
	assert_int_equal(status(&c)->dropped, 1); /* the 129th level */
	check_parents(&c);
	/* siblings in the order of their bytes, whatever the directory's own order was */
	for (uint32_t i = 1; i < n; i++) {
		struct ol_row *a = ol_tick_row(c.t, OL_T_CGROUP, i - 1);
		struct ol_row *b = ol_tick_row(c.t, OL_T_CGROUP, i);
		struct ol_span x = ol_tick_span(c.t, a->name), y = ol_tick_span(c.t, b->name);

		if (a->sub == b->sub && memcmp(x.p, y.p, x.n < y.n ? x.n : y.n) >= 0)
			fail_msg("row %u is out of order", i);
	}
	captured_free(&c);
}

/* Cut, empty, absurd and double values are left out and counted; the others stay. */
static void test_broken(void **state)
{
	static const char base[] = "sys/fs/cgroup/memory";
	struct captured c = captured_new();
	struct ol_row *r;

	(void)state;
	v1_group(&c, base, ".");
	v1_group(&c, base, "bad");
	group(&c, base, "bad", "memory.usage_in_bytes", "12345"); /* cut: 1 */
	group(&c, base, "bad", "memory.max_usage_in_bytes", "99999999999999999999999\n"); /* 2 */
	group(&c, base, "bad", "memory.limit_in_bytes", "-1\n"); /* 3 */
	group(&c, base, "bad", "memory.soft_limit_in_bytes", ""); /* 4 */
	group(&c, base, "bad", "memory.failcnt", "max\n"); /* 5 */
	group(&c, base, "bad", "memory.kmem.limit_in_bytes", "12 kB\n"); /* 6 */
	group(&c, base, "bad", "memory.kmem.usage_in_bytes", "0x10\n"); /* 7 */
	group(&c, base, "bad",
	      "memory.stat", /* twice, below zero, too large, no number, cut: 8-12 */
	      "cache 5\ntotal_cache 1\ntotal_cache 2\ntotal_rss -3\n"
	      "total_swap 9223372036854775808\ntotal_dirty\ntotal_pgfault 7\ntotal_shmem 88");
	group(&c, base, "bad", "memory.oom_control", "oom_kill_disable 0\nunder_oom x\n"); /* 13 */
	group(&c, base, "bad", "cgroup.procs", "1\n2"); /* 14 */
	put_bytes(&c, "sys/fs/cgroup/memory/nul/memory.usage_in_bytes", "1\0002\n", 4); /* 15 */
	put_bytes(&c, "sys/fs/cgroup/memory/isdir/memory.usage_in_bytes", NULL, 0);
	captured_tick(&c, ONLY);
	assert_int_equal(status(&c)->rc, 0);
	assert_int_equal(status(&c)->broken, 15);
	r = row(&c, "/bad");
	has_not(r, OL_CGROUP_current_bytes);
	has_not(r, OL_CGROUP_peak_bytes);
	has_not(r, OL_CGROUP_max_bytes);
	has_not(r, OL_CGROUP_soft_bytes);
	has_not(r, OL_CGROUP_events_max);
	has_not(r, OL_CGROUP_kmem_max_bytes);
	has_not(r, OL_CGROUP_kmem_bytes);
	has_val(r, OL_CGROUP_file_bytes, 1);
	has_not(r, OL_CGROUP_anon_bytes);
	has_not(r, OL_CGROUP_swapped_bytes);
	has_not(r, OL_CGROUP_file_dirty_bytes);
	has_not(r, OL_CGROUP_shmem_bytes);
	has_val(r, OL_CGROUP_pgfault, 7);
	has_val(r, OL_CGROUP_oom_kill_disable, 0);
	has_not(r, OL_CGROUP_under_oom);
	has_not(r, OL_CGROUP_processes);
	has_not(row(&c, "/nul"), OL_CGROUP_current_bytes);
	has_not(row(&c, "/isdir"), OL_CGROUP_current_bytes);
	has_val(row(&c, "/"), OL_CGROUP_current_bytes, 446627840);
	captured_free(&c);
}

static void text_is(const struct captured *c, const char *name, const char *want)
{
	is_text(c->t, row(c, name)->text, want);
}

static void test_containers(void **state)
{
#ifndef OL_HAVE_CJSON
	(void)state;
	skip();
#else
#define CRI(n) "cri-containerd-" n ".scope"
	static const char base[] = "sys/fs/cgroup";
	/* last digit of each id tells them apart */
	static const char id[] = "1f0e7bb1c1ad95c4c0a34d6bdb1f3e1b9cf9d5d2c1f0a9b8c7d6e5f4a3b2c1d";
	struct captured c = captured_new();
	char path[400], *big;

	(void)state;
	put(&c, "sys/fs/cgroup/cgroup.controllers", "memory\n");
	group(&c, base, "system.slice", "memory.current", "1\n");
#define PUT(fmt, n, text)                                  \
	do {                                               \
		char id_[80];                              \
		snprintf(id_, sizeof(id_), "%s%s", id, n); \
		snprintf(path, sizeof(path), fmt, id_);    \
		put(&c, path, text);                       \
	} while (0)
	PUT("sys/fs/cgroup/system.slice/docker-%s.scope/memory.current", "1", "1\n");
	PUT("var/lib/docker/containers/%s/config.v2.json", "1",
	    "{\"ID\":\"x\",\"Name\":\"/web\\n1\",\"Config\":{}}");
	PUT("sys/fs/cgroup/cri-containerd-%s.scope/memory.current", "2", "1\n");
	PUT("run/containerd/io.containerd.runtime.v2.task/k8s.io/%s/config.json", "2",
	    "{\"annotations\":{\"io.kubernetes.cri.container-name\":\"app\","
	    "\"io.kubernetes.cri.sandbox-name\":\"pod-7\","
	    "\"io.kubernetes.cri.sandbox-namespace\":\"prod\"}}");
	PUT("sys/fs/cgroup/%s/memory.current", "3", "1\n");
	PUT("run/containerd/io.containerd.runtime.v2.task/k8s.io/%s/config.json", "3",
	    "{\"annotations\":{\"io.kubernetes.cri.sandbox-name\":\"pod-7\","
	    "\"io.kubernetes.cri.sandbox-namespace\":\"prod\"}}");
	PUT("sys/fs/cgroup/crio-%s.scope/memory.current", "4", "1\n");
	PUT("run/containers/storage/overlay-containers/%s/userdata/config.json", "4",
	    "{\"annotations\":{\"io.kubernetes.container.name\":\"db\","
	    "\"io.kubernetes.pod.name\":\"pg-0\",\"io.kubernetes.pod.namespace\":\"data\"}}");
	PUT("sys/fs/cgroup/libpod-%s.scope/memory.current", "5", "1\n");
	snprintf(path, sizeof(path),
		 "[{\"id\":\"none\"},{\"id\":\"%s5\",\"names\":[\"amber\"]},7,{\"id\":9}]", id);
	put(&c, "var/lib/containers/storage/overlay-containers/containers.json", path);
	PUT("sys/fs/cgroup/%s/memory.current", "6", "1\n");
	snprintf(path, sizeof(path), "[{\"id\":\"%s6\",\"names\":[\"brief\"]}]", id);
	put(&c, "var/lib/containers/storage/overlay-containers/volatile-containers.json", path);
	/* no JSON, a name that is none, nothing that tells, a file beyond the bound, no id */
	PUT("sys/fs/cgroup/%s/memory.current", "7", "1\n");
	PUT("var/lib/docker/containers/%s/config.v2.json", "7", "{\"Name\":\"cut");
	PUT("sys/fs/cgroup/%s/memory.current", "8", "1\n");
	PUT("var/lib/docker/containers/%s/config.v2.json", "8", "{\"Name\":[1]}");
	PUT("sys/fs/cgroup/%s/memory.current", "9", "1\n");
	PUT("sys/fs/cgroup/%s/memory.current", "a", "1\n");
	big = malloc((1 << 20) + 64);
	assert_non_null(big);
	memset(big, ' ', (1 << 20) + 63);
	memcpy(big, "{\"Name\":\"/big\"}", 15);
	big[(1 << 20) + 63] = 0;
	PUT("var/lib/docker/containers/%s/config.v2.json", "a", big);
	free(big);
	PUT("sys/fs/cgroup/%s/memory.current", "b0", "1\n");
	PUT("var/lib/docker/containers/%s/config.v2.json", "b0", "{\"Name\":\"/toolong\"}");
	captured_tick(&c, ONLY);
#define NAME(head, n, tail) (snprintf(path, sizeof(path), head "%s" n tail, id), path)
	text_is(&c, NAME("/system.slice/docker-", "1", ".scope"), "web\n1");
	text_is(&c, NAME("/cri-containerd-", "2", ".scope"), "prod/pod-7/app");
	text_is(&c, NAME("/", "3", ""), "prod/pod-7");
	text_is(&c, NAME("/crio-", "4", ".scope"), "data/pg-0/db");
	text_is(&c, NAME("/libpod-", "5", ".scope"), "amber");
	text_is(&c, NAME("/", "6", ""), "brief");
	for (const char *n = "789a"; *n; n++) {
		snprintf(path, sizeof(path), "/%s%c", id, *n);
		text_is(&c, path, "");
	}
	text_is(&c, NAME("/", "b0", ""), "");
	text_is(&c, "/system.slice", "");
	assert_int_equal(status(&c)->broken, 0);
	captured_free(&c);
#endif
}

/* More groups than rows: what has no room is counted, what stands there is whole. */
static void test_no_room(void **state)
{
	struct ol_tick_size size = { .rows = { [OL_T_CGROUP] = 5 }, .names = 64 };
	struct captured c = captured_new();
	struct ol_live_opts o = { .root = c.dir, .leave_out = ~ONLY };
	struct ol_source *s;
	struct ol_err err;
	char path[80];

	(void)state;
	put(&c, "sys/fs/cgroup/cgroup.controllers", "memory\n");
	for (int i = 0; i < 9; i++) {
		snprintf(path, sizeof(path), "g%d/below", i);
		group(&c, "sys/fs/cgroup", path, "memory.current", "1\n");
		snprintf(path, sizeof(path), "g%d", i);
		group(&c, "sys/fs/cgroup", path, "memory.current", "1\n");
	}
	c.t = ol_tick_new(&size);
	assert_int_equal(ol_live_new(&o, &s, &err), 0);
	assert_int_equal(s->next(s, c.t, &err), 0);
	s->free(s);
	assert_int_equal(n_rows(&c), 5);
	check_parents(&c);
	assert_int_equal(status(&c)->dropped, 7); /* g2 … g8, and nothing below them is tried */
	captured_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_v1),         cmocka_unit_test(test_v2),
		cmocka_unit_test(test_hybrid),     cmocka_unit_test(test_none),
		cmocka_unit_test(test_names),      cmocka_unit_test(test_broken),
		cmocka_unit_test(test_containers), cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
