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
#define QUIET_US      (10 * 1000000LL)
#define ROWS_QUIET_US (60 * 1000000LL)

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

/* The tail of a dump: kill lines come once per event, the reaper's by another task and later. */
static bool tail_fits(const struct ol_open *o, const struct ol_msg *m)
{
	struct ol_oom_event *e = o->e;
	int64_t pid = -1;
	bool has_pid = ol_decode_kill_pid(m->kind, m->text, &pid);

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
