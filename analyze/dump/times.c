// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/dump_impl.h"

static struct ol_span own(struct ol_oom_event *e, struct ol_span s)
{
	return s.p ? ol_arena_dup(&e->arena, s) : s;
}

/*
 * When, where and by whom, from the first line that says so. A stamp without a year is put into the
 * year in which it lies at or before the file's last change.
 */
void ol_event_times(struct ol_open *o, const struct ol_line *line, int64_t mtime_us, int64_t now_us)
{
	struct ol_oom_event *e = o->e;

	if (line->mono_us != OL_TIME_NONE) {
		if (e->mono_us == OL_TIME_NONE)
			e->mono_us = line->mono_us;
		e->last_mono_us = o->last_mono_us = line->mono_us;
	}
	if (!e->stamp.p && line->stamp.p && !line->stamp_delta)
		e->stamp = own(e, line->stamp);
	if (e->wall_us == OL_TIME_NONE && line->wall_us != OL_TIME_NONE) {
		e->wall_us = line->wall_us;
		e->wall_zone = line->wall_zone;
		e->wall_minute = line->wall_minute;
		if (line->wall_noyear) {
			/* the year that puts the line at or before the file's last change */
			int64_t ref = mtime_us != OL_TIME_NONE ? mtime_us : now_us;
			int64_t year, y72;
			unsigned mon, day, m2, d2;
			int64_t in_day = line->wall_us % 86400000000LL;

			e->wall_us = OL_TIME_NONE;
			if (ref == OL_TIME_NONE)
				return;
			ol_civil_from_days(ref / 86400000000LL, &year, &mon, &day);
			ol_civil_from_days(line->wall_us / 86400000000LL, &y72, &m2, &d2);
			/* a day of grace: the writer's zone is not known */
			if (ol_days_from_civil(year, m2, d2) > ref / 86400000000LL + 1)
				year--;
			e->wall_us = ol_days_from_civil(year, m2, d2) * 86400000000LL + in_day;
			e->wall_year_inferred = true;
		}
	}
	if (!e->host.p && line->host.p)
		e->host = own(e, line->host);
	if (e->transport == OL_TR_PLAIN)
		e->transport = line->transport;
	if (!o->caller[0] && line->caller.n && line->caller.n < sizeof(o->caller))
		memcpy(o->caller, line->caller.p, line->caller.n);
}
