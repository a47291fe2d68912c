// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/memory/fold.h"
#include "lib/num.h"

#include <stdlib.h>

static int by_group(const void *a, const void *b)
{
	const struct ol_fold *x = a, *y = b;
	size_t n = x->comm.n < y->comm.n ? x->comm.n : y->comm.n;
	int d = n ? memcmp(x->comm.p, y->comm.p, n) : 0;

	if (d || x->comm.n != y->comm.n)
		return d ? d : x->comm.n < y->comm.n ? -1 : 1;
	n = x->cgroup.n < y->cgroup.n ? x->cgroup.n : y->cgroup.n;
	d = n ? memcmp(x->cgroup.p, y->cgroup.p, n) : 0;
	if (d || x->cgroup.n != y->cgroup.n)
		return d ? d : x->cgroup.n < y->cgroup.n ? -1 : 1;
	return x->largest_pid < y->largest_pid ? -1 : x->largest_pid > y->largest_pid;
}

static int by_size(const void *a, const void *b)
{
	const struct ol_fold *x = a, *y = b;

	if (x->total_kb != y->total_kb)
		return x->total_kb < y->total_kb ? 1 : -1;
	return by_group(a, b);
}

static struct ol_fold one(const struct ol_tick *t, const struct ol_row *p)
{
	struct ol_fold f = {
		.comm = ol_tick_span(t, p->name),
		.cgroup = ol_tick_span(t, p->text),
		.count = 1,
		.cgroups = 1,
		.has_pss = ol_row_has(p, OL_PROC_pss_kb),
		.rss_sum_kb = ol_row_val(p, OL_PROC_rss_kb),
		.swap_kb = ol_row_val(p, OL_PROC_swap_kb),
		.largest_kb = ol_row_val(p, OL_PROC_rss_kb),
		.largest_pid = p->id,
		.score_max =
			ol_row_has(p, OL_PROC_oom_score) ? ol_row_val(p, OL_PROC_oom_score) : -1,
	};

	if (f.has_pss && ol_row_has(p, OL_PROC_pss_anon_kb)) {
		f.anon_kb = ol_row_val(p, OL_PROC_pss_anon_kb);
		f.file_kb = ol_row_val(p, OL_PROC_pss_file_kb);
		f.shmem_kb = ol_row_val(p, OL_PROC_pss_shmem_kb);
	} else if (ol_row_has(p, OL_PROC_rss_anon_kb)) {
		f.anon_kb = ol_row_val(p, OL_PROC_rss_anon_kb);
		f.file_kb = ol_row_val(p, OL_PROC_rss_file_kb);
		f.shmem_kb = ol_row_val(p, OL_PROC_rss_shmem_kb);
	} else { /* before 4.5 RSS is one number */
		f.anon_kb = f.rss_sum_kb;
	}
	f.total_kb = f.has_pss ? ol_row_val(p, OL_PROC_pss_kb) : 0;
	return f;
}

static void add(struct ol_fold *to, const struct ol_fold *f)
{
	to->count++;
	to->rss_sum_kb = ol_add(to->rss_sum_kb, f->rss_sum_kb);
	to->swap_kb = ol_add(to->swap_kb, f->swap_kb);
	to->anon_kb = ol_add(to->anon_kb, f->anon_kb);
	to->total_kb = ol_add(to->total_kb, f->total_kb);
	if (to->has_pss && f->has_pss) {
		to->file_kb = ol_add(to->file_kb, f->file_kb);
		to->shmem_kb = ol_add(to->shmem_kb, f->shmem_kb);
	} else {
		to->has_pss = false;
		to->file_kb = ol_max(to->file_kb, f->file_kb);
		to->shmem_kb = ol_max(to->shmem_kb, f->shmem_kb);
	}
	if (f->largest_kb > to->largest_kb) {
		to->largest_kb = f->largest_kb;
		to->largest_pid = f->largest_pid;
	}
	to->score_max = ol_max(to->score_max, f->score_max);
}

uint32_t ol_fold_processes(const struct ol_tick *t, struct ol_fold *ret)
{
	return ol_fold_some(t, NULL, ret);
}

uint32_t ol_fold_some(const struct ol_tick *t, const uint8_t *in, struct ol_fold *ret)
{
	uint32_t n = 0, groups = 0;
	struct ol_span last = { NULL, 0 };

	for (uint32_t i = 0; i < t->tab[OL_T_PROC].n; i++) {
		const struct ol_row *p = ol_tick_row(t, OL_T_PROC, i);

		if (ol_row_has(p, OL_PROC_rss_kb) && (!in || in[i]))
			ret[n++] = one(t, p);
	}
	if (!n) /* there may be no array at all */
		return 0;
	qsort(ret, n, sizeof(*ret), by_group);
	for (uint32_t i = 0; i < n; i++) {
		struct ol_fold *f = groups ? &ret[groups - 1] : NULL;
		struct ol_span cgroup = ret[i].cgroup;

		if (f && ol_span_eq(f->comm, ret[i].comm)) {
			f->cgroups += !ol_span_eq(last, cgroup);
			add(f, &ret[i]);
		} else {
			ret[groups++] = ret[i];
		}
		last = cgroup;
	}
	for (uint32_t i = 0; i < groups; i++) {
		struct ol_fold *f = &ret[i];

		if (f->cgroups > 1)
			f->cgroup = (struct ol_span){ NULL, 0 };
		if (!f->has_pss)
			f->total_kb = ol_add(f->anon_kb, ol_add(f->file_kb, f->shmem_kb));
		f->shared_kb = ol_above0(f->rss_sum_kb - f->total_kb);
	}
	qsort(ret, groups, sizeof(*ret), by_size);
	return groups;
}
