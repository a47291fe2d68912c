/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_LIB_CLOCK_H
#define OL_LIB_CLOCK_H

#include "lib/span.h"

#define OL_TIME_NONE INT64_MIN /* "not stated": microseconds are signed everywhere */

/* Days since 1970-01-01 in the proleptic Gregorian calendar; month 1…12, day 1…31. */
int64_t ol_days_from_civil(int64_t year, unsigned month, unsigned day);
void ol_civil_from_days(int64_t days, int64_t *ret_year, unsigned *ret_month, unsigned *ret_day);

/* Microseconds of a file's time; OL_TIME_NONE beyond year 9999: file systems can hold that. */
static inline int64_t ol_file_us(int64_t sec, int64_t nsec)
{
	const int64_t year_9999 = 253402300799;

	return sec < -year_9999 || sec > year_9999 ? OL_TIME_NONE : sec * 1000000 + nsec / 1000;
}

/* Microseconds since the epoch (UTC) of a broken-down time; OL_TIME_NONE for impossible dates. */
int64_t ol_time_us(int64_t year, unsigned mon, unsigned day, unsigned h, unsigned m, unsigned s,
		   unsigned us);

/*
 * Eats an RFC 3339 / ISO 8601 stamp: 2026-11-20T18:51:21[.,frac][Z|+hh[:]mm], 'T' or one blank.
 * *@ret_us is UTC when a zone stood there (*@ret_zone true), else the local clock of the writer.
 */
bool ol_eat_iso_time(struct ol_span *a, int64_t *ret_us, bool *ret_zone);

/* "2026-11-20T18:51:21.123456Z" (@utc) or without the Z: at most 32 bytes with the NUL. */
void ol_time_format(int64_t us, bool utc, char ret[static 40]);

/*
 * A point in time as journalctl takes them: "now", "today", "yesterday", "-10min", "10 min ago",
 * "2026-11-20", "2026-11-20 18:51[:21]", RFC 3339, "@1763664681". @now_us is the clock's UTC now;
 * stamps without a zone are the local zone of this machine. 0 or -EINVAL.
 */
int ol_time_parse(struct ol_span s, int64_t now_us, int64_t *ret_us);

/* What a clock of the local zone that shows @naive_us ("18:51" as if it were UTC) means in UTC. */
int64_t ol_local_us(int64_t naive_us);

int64_t ol_now_us(void); /* CLOCK_REALTIME */
int64_t ol_mono_us(void); /* CLOCK_MONOTONIC */

#endif
