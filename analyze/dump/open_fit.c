// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/dump_impl.h"

/* Does a line belong to an event that is open? */

bool ol_open_caller_differs(const struct ol_open *o, struct ol_span caller)
{
	return o->caller[0] && caller.n && !ol_span_eqs(caller, o->caller);
}

/*
 * A dump is printed in one go: dump_header() in mm/oom_kill.c sleeps nowhere, and the slowest
 * console takes a tenth of a second for a line. Only the rows of a table, thousands of them, may
 * wait for longer in between, when the printing CPU writes out what others have said, too.
 */
#define APART_US      1000000LL /* what is printed at once is never so far apart */
#define QUIET_US      (10 * 1000000LL)
#define ROWS_QUIET_US (15 * 1000000LL)

int64_t ol_open_quiet_us(const struct ol_open *o, const struct ol_line *line)
{
	if (line->mono_us != OL_TIME_NONE && o->last_mono_us != OL_TIME_NONE)
		return line->mono_us - o->last_mono_us;
	if (line->wall_us != OL_TIME_NONE && o->last_wall_us != OL_TIME_NONE &&
	    line->wall_noyear == o->wall_noyear)
		return line->wall_us - o->last_wall_us;
	return 0;
}

bool ol_open_late(const struct ol_open *o, const struct ol_line *line, bool row)
{
	int64_t most = o->done                             ? OL_LINGER_US
		       : row && o->phase == OL_PHASE_TASKS ? ROWS_QUIET_US
							   : QUIET_US;

	return ol_open_quiet_us(o, line) > most;
}

/* Is one of two paths the beginning of the other, whatever blanks a paste has put into them? */
static bool same_path(struct ol_span a, struct ol_span b)
{
	for (;;) {
		a = ol_span_ltrim(a);
		b = ol_span_ltrim(b);
		if (!a.n || !b.n)
			return true;
		if (a.p[0] != b.p[0])
			return false;
		a = ol_span_skip(a, 1);
		b = ol_span_skip(b, 1);
	}
}

/*
 * oom-kill:constraint=CONSTRAINT_MEMCG,…,oom_memcg=/a: the cgroup whose statistics stand above, for
 * both are oc->memcg of dump_header() in mm/oom_kill.c.
 */
static bool another_cgroup(const struct ol_oom_event *e, const struct ol_msg *m)
{
	struct ol_span path = ol_field(m->text, OL_SPAN(",oom_memcg="));

	return m->kind == OL_LINE_OOM_KILL && path.n && e->memcg_stats_of.s.n &&
	       !same_path(path, e->memcg_stats_of.s);
}

/* oom-kill:…,task=a,pid=1122,uid=0: who was chosen, or -1 */
static int64_t chosen(const struct ol_msg *m)
{
	ssize_t at = m->kind == OL_LINE_OOM_KILL ? ol_span_rfind(m->text, OL_SPAN(",pid=")) : -1;
	struct ol_span rest = ol_span_skip(m->text, (size_t)(at + 5));
	uint64_t pid;

	return at >= 0 && ol_eat_u64(&rest, &pid) && pid <= INT32_MAX ? (int64_t)pid : -1;
}

/*
 * Who is killed has a row in the table, unless it was lost, or a setting chose whoever asked. The
 * kernel prints the kill at once; when time has passed it is that of another dump.
 */
static bool not_listed(const struct ol_open *o, const struct ol_msg *m, int64_t pid)
{
	const struct ol_oom_event *e = o->e;

	if (pid < 0 || o->phase != OL_PHASE_TASKS || !e->table_cols || !e->tasks.n ||
	    ol_open_quiet_us(o, m->line) < APART_US ||
	    (e->trigger_pid.set && e->trigger_pid.v == pid))
		return false;
	for (uint32_t i = 0; i < e->tasks.n; i++)
		if (e->tasks.v[i].col[OL_COL_PID] == pid || e->tasks.v[i].col[OL_COL_TGID] == pid)
			return false;
	return true;
}

/* The tail of a dump: kill lines come once per event, the reaper's by another task and later. */
static bool tail_fits(const struct ol_open *o, const struct ol_msg *m)
{
	struct ol_oom_event *e = o->e;
	int64_t pid = -1;
	bool has_pid = ol_decode_kill_pid(m->kind, m->text, &pid);

	if (another_cgroup(e, m) || (!o->done && not_listed(o, m, has_pid ? pid : chosen(m))))
		return false;
	switch (m->kind) {
	case OL_LINE_REAPED:
	case OL_LINE_UNREAPED:
	case OL_LINE_EXITING:
		return has_pid && ol_victim_find(e, pid);
	case OL_LINE_SHARING:
		return o->done && !o->gap;
	case OL_LINE_GROUP_SET:
		return o->done && !e->oom_group;
	case OL_LINE_PANIC:
		return !o->done || e->panic.s.p;
	case OL_LINE_CHOSEN:
	case OL_LINE_CHOSEN_OLD:
		if (o->done || !has_pid)
			return false;
		for (uint32_t i = 0; i < e->victims.n; i++)
			if (e->victims.v[i].score.set)
				return false;
		return !e->victims.n || ol_victim_find(e, pid);
	case OL_LINE_KILLED:
	case OL_LINE_KILLED_UB:
		if (!has_pid)
			return false;
		if (o->done)
			return e->oom_group;
		/* another pid than the chosen one is its child, and then nothing stands between */
		return !e->victims.n || ol_victim_find(e, pid) ||
		       (e->victims.v[0].score.set && !o->gap);
	default:
		return !o->done;
	}
}

bool ol_open_fits(const struct ol_open *o, const struct ol_msg *m)
{
	const struct ol_kind *info = &ol_kinds[m->kind];

	if (ol_open_late(o, m->line, m->kind == OL_LINE_TABLE_ROW))
		return false;
	if (info->phase >= OL_PHASE_KILL)
		return (o->e->kind != OL_EV_ALLOC_FAILURE) && tail_fits(o, m) &&
		       (info->phase == OL_PHASE_AFTER ||
			!ol_open_caller_differs(o, m->line->caller)) &&
		       ol_decode_fits(o, m->kind, m->text);
	bool goes_on = info->inside != OL_SEC_NONE && info->inside == o->section;

	if (o->done || (info->phase < o->phase && !goes_on) ||
	    ol_open_caller_differs(o, m->line->caller))
		return false;
	/*
	 * a failed allocation has neither victim nor task table; what cgroups are protected it says
	 * since 6.19 (warn_alloc_show_mem() in mm/page_alloc.c)
	 */
	if (o->e->kind == OL_EV_ALLOC_FAILURE && info->phase >= OL_PHASE_SLABS &&
	    m->kind != OL_LINE_MIN_PROTECTION)
		return false;
	return ol_decode_fits(o, m->kind, m->text);
}
