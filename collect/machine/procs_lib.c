// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/machine/slow_file.h"
#include "collect/machine/procs_impl.h"

#include <errno.h>

/*
 * The process table of this machine by libproc2: what stands in stat, cgroup, oom_score and
 * oom_score_adj. What stands in status is read by us, because libproc2 (4.0.2)
 *   - gives 0 for what is absent: a kernel thread has no VmRSS, kernels before 4.5 no RssAnon;
 *   - has no VmHWM and no VmPTE;
 *   - gives names with their control bytes replaced by dots.
 * Nor can it tell an unreadable smaps_rollup from one of zeros, and wchan it would read of every
 * process, not only of those in state D. No file is read twice.
 */
#ifdef OL_HAVE_PROC2
#include <libproc2/pids.h>

enum { PID, PPID, STATE, MIN_FLT, MAJ_FLT, TICS, BEGAN, SCORE, ADJ, CGROUP, ITEMS };

static enum pids_item items[ITEMS] = {
	[PID] = PIDS_ID_PID,       [PPID] = PIDS_ID_PPID,    [STATE] = PIDS_STATE,
	[MIN_FLT] = PIDS_FLT_MIN,  [MAJ_FLT] = PIDS_FLT_MAJ, [TICS] = PIDS_TICS_ALL,
	[BEGAN] = PIDS_TICS_BEGAN, [SCORE] = PIDS_OOM_SCORE, [ADJ] = PIDS_OOM_ADJ,
	[CGROUP] = PIDS_CGROUP_V,
};

static int64_t cap(unsigned long long v)
{
	return v > INT64_MAX ? INT64_MAX : (int64_t)v;
}

static struct ol_str cgroup(struct ol_tick *t, char **lines)
{
	struct ol_span best = { NULL, 0 }, path;
	bool v1 = false, found_v1 = false;

	for (; lines && *lines; lines++) {
		/* the name of the hierarchy may stand before it, and an empty string at the end */
		if (!ol_proc_cgroup_line(ol_span_str(*lines), &path, &v1) || found_v1)
			continue;
		best = path;
		found_v1 = v1;
	}
	return ol_tick_name(t, best);
}

static void row(struct ol_procs *p, struct ol_tick *t, const struct pids_stack *s,
		struct ol_src_status *st)
{
	const struct pids_result *v = s->head;
	struct ol_proc x;

	if (!ol_proc_begin(&x, p, t, v[PID].result.s_int, st))
		return;
	x.row->sub = v[PPID].result.s_int;
	ol_row_set(x.row, OL_PROC_state, v[STATE].result.s_ch);
	ol_row_set(x.row, OL_PROC_minor_faults, cap(v[MIN_FLT].result.ul_int));
	ol_row_set(x.row, OL_PROC_major_faults, cap(v[MAJ_FLT].result.ul_int));
	ol_row_set(x.row, OL_PROC_cpu_ticks, cap(v[TICS].result.ull_int));
	ol_row_set(x.row, OL_PROC_start_ticks, cap(v[BEGAN].result.ull_int));
	ol_row_set(x.row, OL_PROC_oom_score, v[SCORE].result.s_int);
	ol_row_set(x.row, OL_PROC_oom_score_adj, v[ADJ].result.s_int);
	x.row->text = cgroup(t, v[CGROUP].result.strv);
	ol_proc_end(&x);
}

int ol_procs_lib_read(struct ol_procs *p, struct ol_tick *t, struct ol_src_status *st)
{
	unsigned only = (unsigned)p->c->opts.only_pid;
	struct pids_info *info = p->lib;
	struct pids_fetch *f;
	int rc;

	if (!info) {
		rc = procps_pids_new(&info, items, ITEMS);
		if (rc < 0)
			return rc;
		p->lib = info;
	}
	ol_guard_call.many = true;
	ol_guard_in(p->proc, NULL);
	errno = 0;
	f = p->c->opts.only_pid > 0 ? procps_pids_select(info, &only, 1, PIDS_SELECT_PID)
				    : procps_pids_reap(info, PIDS_FETCH_TASKS_ONLY);
	rc = f ? 0 : errno ? -errno : -EIO;
	ol_guard_out();
	ol_guard_call.many = false;
	if (rc)
		return rc;
	/* NOLINTNEXTLINE(clang-analyzer-core*): rc is not 0 without it */
	for (int i = 0; i < f->counts->total; i++)
		row(p, t, f->stacks[i], st);
	return 0;
}

void ol_procs_lib_done(struct ol_procs *p)
{
	struct pids_info *info = p->lib;

	if (info)
		procps_pids_unref(&info);
	p->lib = NULL;
}

#else

int ol_procs_lib_read(struct ol_procs *p, struct ol_tick *t, struct ol_src_status *st)
{
	(void)p;
	(void)t;
	(void)st;
	return -ENOSYS;
}

void ol_procs_lib_done(struct ol_procs *p)
{
	(void)p;
}

#endif
