// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes of captured roots: whole, partly there, hostile, broken. */
#include "captured.h"

#define ONLY (1u << OL_SRC_PROCS)

static const struct ol_src_status *status(const struct captured *c)
{
	return &c->t->src[OL_SRC_PROCS];
}

static struct ol_row *row(const struct captured *c, int32_t pid)
{
	for (uint32_t i = 0; i < c->t->tab[OL_T_PROC].n; i++)
		if (ol_tick_row(c->t, OL_T_PROC, i)->id == pid)
			return ol_tick_row(c->t, OL_T_PROC, i);
	fail_msg("no row of process %d", (int)pid);
	return NULL;
}

static void file(const struct captured *c, int pid, const char *name, const char *text)
{
	char path[80];

	snprintf(path, sizeof(path), "proc/%d/%s", pid, name);
	put(c, path, text);
}

static const char full_status[] =
	"Name:\tcat\\n\\\\) S\nUmask:\t0022\nState:\tD (disk sleep)\nTgid:\t806\nPid:\t806\n"
	"PPid:\t791\nUid:\t1000\t1001\t1002\t1003\nVmPeak:\t    3060 kB\nVmSize:\t    3061 kB\n"
	"VmLck:\t       1 kB\nVmPin:\t       0 kB\nVmHWM:\t    1757 kB\nVmRSS:\t    1756 kB\n"
	"RssAnon:\t     112 kB\nRssFile:\t    1644 kB\nRssShmem:\t       2 kB\n"
	"VmPTE:\t      44 kB\nVmSwap:\t       5 kB\nThreads:\t7\nNoNewPrivs:\t0\n";

static void test_whole(void **state)
{
	struct captured c = captured_new();
	struct ol_row *r;

	(void)state;
	file(&c, 806, "status", full_status);
	file(&c, 806, "stat",
	     "806 (cat\n\\) S) D 791 791 29002 0 -1 4194304 101 0 3 0 20 30 0 0 20 0 1 0 "
	     "1200805 3133440 390 18446744073709551615 1 2 3 0 0 0\n");
	file(&c, 806, "cgroup", "4:cpu,memory:/v1 path\n1:name=systemd:/memory\n0::/v2\n");
	file(&c, 806, "oom_score", "666\n");
	file(&c, 806, "oom_score_adj", "-17\n");
	file(&c, 806, "wchan", "folio_wait_bit_common");
	file(&c, 806, "smaps_rollup",
	     "55d0c0000000-7ffd00000000 ---p 00000000 00:00 0    [rollup]\nRss:  1756 kB\n"
	     "Pss:  900 kB\nPss_Dirty:  1 kB\nPss_Anon:  100 kB\nPss_File:  790 kB\n"
	     "Pss_Shmem:  10 kB\nSwap:  5 kB\nSwapPss:  3 kB\nLocked:  0 kB\n");
	/* a kernel thread: no address space */
	file(&c, 2, "status",
	     "Name:\tkthreadd\nState:\tS (sleeping)\nPPid:\t0\nUid:\t0\t0\t0\t0\nThreads:\t1\n");
	file(&c, 2, "cgroup", "0::/\n");
	file(&c, 2, "wchan", "kthreadd");
	/* no processes */
	file(&c, 0, "status", full_status);
	put(&c, "proc/99999999999/status", full_status);
	put(&c, "proc/007/status", full_status);
	put(&c, "proc/12a/status", full_status);
	put(&c, "proc/4", "a file");
	captured_tick(&c, ONLY);
	assert_int_equal(status(&c)->rc, 0);
	assert_int_equal(status(&c)->broken, 0);
	assert_int_equal(c.t->tab[OL_T_PROC].n, 2);
	assert_int_equal(ol_tick_row(c.t, OL_T_PROC, 0)->id, 2);

	r = row(&c, 806);
	is_text(c.t, r->name, "cat\n\\) S");
	is_text(c.t, r->text, "/v1 path");
	is_text(c.t, r->more, "folio_wait_bit_common");
	assert_int_equal(r->sub, 791);
	has_val(r, OL_PROC_uid, 1001);
	has_val(r, OL_PROC_threads, 7);
	has_val(r, OL_PROC_state, 'D');
	has_val(r, OL_PROC_start_ticks, 1200805);
	has_val(r, OL_PROC_cpu_ticks, 50);
	has_val(r, OL_PROC_minor_faults, 101);
	has_val(r, OL_PROC_major_faults, 3);
	has_val(r, OL_PROC_vm_kb, 3061);
	has_val(r, OL_PROC_rss_kb, 1756);
	has_val(r, OL_PROC_rss_anon_kb, 112);
	has_val(r, OL_PROC_rss_file_kb, 1644);
	has_val(r, OL_PROC_rss_shmem_kb, 2);
	has_val(r, OL_PROC_swap_kb, 5);
	has_val(r, OL_PROC_locked_kb, 1);
	has_val(r, OL_PROC_page_tables_kb, 44);
	has_val(r, OL_PROC_peak_rss_kb, 1757);
	has_val(r, OL_PROC_pss_kb, 900);
	has_val(r, OL_PROC_pss_anon_kb, 100);
	has_val(r, OL_PROC_pss_file_kb, 790);
	has_val(r, OL_PROC_pss_shmem_kb, 10);
	has_val(r, OL_PROC_swap_pss_kb, 3);
	has_val(r, OL_PROC_oom_score, 666);
	has_val(r, OL_PROC_oom_score_adj, -17);

	r = row(&c, 2);
	is_text(c.t, r->name, "kthreadd");
	is_text(c.t, r->text, "/");
	is_text(c.t, r->more, ""); /* not in state D */
	has_val(r, OL_PROC_threads, 1);
	has_not(r, OL_PROC_rss_kb);
	has_not(r, OL_PROC_vm_kb);
	has_not(r, OL_PROC_swap_kb);
	has_not(r, OL_PROC_pss_kb);
	has_not(r, OL_PROC_oom_score);
	has_not(r, OL_PROC_cpu_ticks);
	captured_free(&c);
}

static void test_broken(void **state)
{
	struct captured c = captured_new();
	struct ol_row *r;
	char long_name[700] = "Name:\t";

	(void)state;
	/* twice, below zero, no number, no unit, no colon, cut: 8 */
	file(&c, 5, "status",
	     "Name:\tfirst\nName:\tsecond\nVmRSS:\t1 kB\nVmRSS:\t2 kB\nVmSize:\t-3 kB\n"
	     "VmSwap:\tmany kB\nVmLck:\t7\nno colon\nPPid:\t-1\nThreads:\t4");
	/* a state of two letters, a missing field, a missing name, cut: 4 */
	file(&c, 5, "stat", "5 (x) SS 1 1 1 0 -1 0 1 0 3 0 20 30 0 0 20 0 1 0 9 9\n");
	file(&c, 6, "stat", "6 (x) S 1 1 1 0 -1 0 1 0 3 0 20 30 0 0 20\n");
	file(&c, 7, "stat", "7 S 1 1 1 0 -1 0 1 0 3 0 20 30 0 0 20 0 1 0 9 9\n");
	file(&c, 8, "stat", "8 (x) S 1 1 1 0 -1 0 1 0 3 0 20 30 0 0 20 0 1 0 9 9");
	/* times whose sum is no number: 1 */
	file(&c, 9, "stat",
	     "9 (x) S 1 1 1 0 -1 0 1 0 3 0 9223372036854775807 9223372036854775807 0 0 20 0 1 0 9 "
	     "9\n");
	/* 2 */
	file(&c, 10, "oom_score", "99999999999\n");
	file(&c, 10, "oom_score_adj", "");
	/* no path, no id, a version 2 that is none: nothing; cut: 1 */
	file(&c, 11, "cgroup", "4:memory:\nmemory:/a\n3::/b\n4:memory\n0::/cut");
	/* 1 */
	memset(long_name + 6, 'x', 600);
	strcat(long_name, "\n");
	file(&c, 12, "status", long_name);
	captured_tick(&c, ONLY);
	assert_int_equal(status(&c)->broken, 17);
	r = row(&c, 5);
	is_text(c.t, r->name, "x"); /* what stat says, which comes later */
	has_val(r, OL_PROC_rss_kb, 1);
	has_not(r, OL_PROC_vm_kb);
	has_not(r, OL_PROC_swap_kb);
	has_not(r, OL_PROC_locked_kb);
	has_not(r, OL_PROC_threads);
	has_not(r, OL_PROC_state);
	assert_int_equal(r->sub, -1);
	for (int pid = 6; pid <= 9; pid++) {
		has_not(row(&c, pid), OL_PROC_cpu_ticks);
		has_not(row(&c, pid), OL_PROC_start_ticks);
	}
	has_not(row(&c, 10), OL_PROC_oom_score);
	has_not(row(&c, 10), OL_PROC_oom_score_adj);
	is_text(c.t, row(&c, 11)->text, "");
	is_text(c.t, row(&c, 12)->name, "");
	captured_free(&c);
}

static void test_none(void **state)
{
	struct captured c = captured_new();

	(void)state;
	put(&c, "proc/meminfo", "MemTotal: 1 kB\n");
	captured_tick(&c, ONLY);
	assert_int_equal(status(&c)->rc, -ENOENT);
	captured_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
