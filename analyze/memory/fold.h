/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_FOLD_H
#define OL_ANALYZE_FOLD_H

#include "collect/machine/tick.h"

/*
 * Processes of one command, as one line. What they share is counted once as
 * far as the kernel tells: with PSS exactly, else file and shared memory as the most that one of
 * them maps (a lower bound). Anonymous memory that was shared by fork counts in each without PSS.
 */
struct ol_fold {
	struct ol_span comm; /* into the tick's names */
	struct ol_span cgroup; /* absent when they are in several */
	uint32_t count, cgroups; /* cgroups: in how many they are */
	bool has_pss;
	int64_t anon_kb, file_kb, shmem_kb; /* shared counted once, as said above */
	int64_t total_kb; /* their sum, or the sum of PSS */
	int64_t rss_sum_kb; /* what adding up RSS would say */
	int64_t shared_kb; /* rss_sum_kb - total_kb */
	int64_t swap_kb, largest_kb; /* largest: RSS of one of them */
	int32_t largest_pid;
	int64_t score_max; /* oom_score; -1 unknown */
};

/*
 * Fills @ret (room for as many as there are processes) and returns how many, largest first.
 * Kernel threads, which have no memory of their own, are left out.
 */
uint32_t ol_fold_processes(const struct ol_tick *t, struct ol_fold *ret);
/* Only rows for which @in has a 1. */
uint32_t ol_fold_some(const struct ol_tick *t, const uint8_t *in, struct ol_fold *ret);

#endif
