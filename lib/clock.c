// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "lib/clock.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#define US INT64_C(1000000)

/* Howard Hinnant's arithmetic: eras of 400 years that begin in March. */
int64_t ol_days_from_civil(int64_t year, unsigned month, unsigned day)
{
	int64_t y = year - (month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	unsigned yoe = (unsigned)(y - era * 400);
	unsigned doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + (int64_t)doe - 719468;
}

void ol_civil_from_days(int64_t days, int64_t *ret_year, unsigned *ret_month, unsigned *ret_day)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	unsigned doe = (unsigned)(z - era * 146097);
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned mp = (5 * doy + 2) / 153;
	unsigned month = mp < 10 ? mp + 3 : mp - 9;

	*ret_day = doy - (153 * mp + 2) / 5 + 1;
	*ret_month = month;
	*ret_year = (int64_t)yoe + era * 400 + (month <= 2);
}

int64_t ol_time_us(int64_t year, unsigned mon, unsigned day, unsigned h, unsigned m, unsigned s,
		   unsigned us)
{
	if (mon < 1 || mon > 12 || day < 1 || day > 31 || h > 23 || m > 59 || s > 60 || us >= US ||
	    year < 0 || year > 9999)
		return OL_TIME_NONE;
	return ((ol_days_from_civil(year, mon, day) * 24 + h) * 60 + m) * 60 * US + s * US + us;
}

static bool eat_digits(struct ol_span *a, unsigned width, unsigned *ret)
{
	unsigned v = 0;

	if (a->n < width)
		return false;
	for (unsigned i = 0; i < width; i++) {
		if (!ol_is_digit(a->p[i]))
			return false;
		v = v * 10 + (unsigned)(a->p[i] - '0');
	}
	*a = ol_span_skip(*a, width);
	*ret = v;
	return true;
}

static unsigned eat_fraction_us(struct ol_span *a)
{
	unsigned us = 0, unit = 100000;

	if (a->n < 2 || (a->p[0] != '.' && a->p[0] != ',') || !ol_is_digit(a->p[1]))
		return 0;
	*a = ol_span_skip(*a, 1);
	while (a->n && ol_is_digit(a->p[0])) {
		us += unit * (unsigned)(a->p[0] - '0');
		unit /= 10;
		*a = ol_span_skip(*a, 1);
	}
	return us;
}

bool ol_eat_iso_time(struct ol_span *a, int64_t *ret_us, bool *ret_zone)
{
	struct ol_span t = *a, z;
	unsigned y, mo, d, h, mi, s, us, zh, zm;
	bool zone = false;
	int64_t v;

	if (!eat_digits(&t, 4, &y) || !ol_span_eat(&t, OL_SPAN("-")) || !eat_digits(&t, 2, &mo) ||
	    !ol_span_eat(&t, OL_SPAN("-")) || !eat_digits(&t, 2, &d))
		return false;
	if (!ol_span_eat(&t, OL_SPAN("T")) && !ol_span_eat(&t, OL_SPAN(" ")))
		return false;
	if (!eat_digits(&t, 2, &h) || !ol_span_eat(&t, OL_SPAN(":")) || !eat_digits(&t, 2, &mi) ||
	    !ol_span_eat(&t, OL_SPAN(":")) || !eat_digits(&t, 2, &s))
		return false;
	us = eat_fraction_us(&t);
	v = ol_time_us(y, mo, d, h, mi, s, us);
	if (v == OL_TIME_NONE)
		return false;
	z = t;
	if (ol_span_eat(&z, OL_SPAN("Z"))) {
		zone = true;
		t = z;
	} else if (z.n && (z.p[0] == '+' || z.p[0] == '-')) {
		int sign = z.p[0] == '-' ? -1 : 1;

		z = ol_span_skip(z, 1);
		if (eat_digits(&z, 2, &zh)) {
			ol_span_eat(&z, OL_SPAN(":"));
			if (eat_digits(&z, 2, &zm) && zh < 24 && zm < 60) {
				v -= sign * (int64_t)(zh * 60 + zm) * 60 * US;
				zone = true;
				t = z;
			}
		}
	}
	*a = t;
	*ret_us = v;
	*ret_zone = zone;
	return true;
}

void ol_time_format(int64_t us, bool utc, char ret[static 40])
{
	int64_t sec = us / US, days;
	unsigned frac, mon, day, rest;
	int64_t year;

	if (us % US < 0)
		sec--;
	frac = (unsigned)(us - sec * US);
	days = sec / 86400;
	if (sec % 86400 < 0)
		days--;
	rest = (unsigned)(sec - days * 86400);
	ol_civil_from_days(days, &year, &mon, &day);
	if (year < 0 || year > 9999)
		year = 0;
	if (frac)
		snprintf(ret, 40, "%04u-%02u-%02uT%02u:%02u:%02u.%06u%s", (unsigned)year, mon, day,
			 rest / 3600, rest / 60 % 60, rest % 60, frac, utc ? "Z" : "");
	else
		snprintf(ret, 40, "%04u-%02u-%02uT%02u:%02u:%02u%s", (unsigned)year, mon, day,
			 rest / 3600, rest / 60 % 60, rest % 60, utc ? "Z" : "");
}

static bool unit_us(struct ol_span u, int64_t *ret)
{
	static const struct {
		const char *name;
		int64_t us;
	} units[] = {
		{ "us", 1 },
		{ "usec", 1 },
		{ "ms", 1000 },
		{ "msec", 1000 },
		{ "", US },
		{ "s", US },
		{ "sec", US },
		{ "secs", US },
		{ "second", US },
		{ "seconds", US },
		{ "m", 60 * US },
		{ "min", 60 * US },
		{ "mins", 60 * US },
		{ "minute", 60 * US },
		{ "minutes", 60 * US },
		{ "h", 3600 * US },
		{ "hr", 3600 * US },
		{ "hour", 3600 * US },
		{ "hours", 3600 * US },
		{ "d", 86400 * US },
		{ "day", 86400 * US },
		{ "days", 86400 * US },
		{ "w", 7 * 86400 * US },
		{ "week", 7 * 86400 * US },
		{ "weeks", 7 * 86400 * US },
		{ "month", 2629800 * US },
		{ "months", 2629800 * US },
		{ "y", 31557600 * US },
		{ "year", 31557600 * US },
		{ "years", 31557600 * US },
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (ol_span_eqs(u, units[i].name)) {
			*ret = units[i].us;
			return true;
		}
	}
	return false;
}

/* "10 min", "1h 30min", "90": the sum in microseconds */
static bool parse_duration(struct ol_span s, int64_t *ret)
{
	int64_t sum = 0;
	bool any = false;

	for (s = ol_span_trim(s); s.n; s = ol_span_ltrim(s)) {
		size_t k = 0;
		uint64_t v;
		int64_t us;

		if (!ol_eat_u64(&s, &v))
			return false;
		s = ol_span_ltrim(s);
		while (k < s.n && ol_is_alpha(s.p[k]))
			k++;
		if (!unit_us(ol_span_head(s, k), &us) || v > (uint64_t)(INT64_MAX / 4 / us))
			return false;
		sum += (int64_t)v * us;
		if (sum > INT64_MAX / 4)
			return false;
		s = ol_span_skip(s, k);
		any = true;
	}
	*ret = sum;
	return any;
}

int64_t ol_local_us(int64_t naive_us)
{
	time_t sec = (time_t)(naive_us / US);
	struct tm tm;

	gmtime_r(&sec, &tm);
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm) * US + naive_us % US;
}

int ol_time_parse(struct ol_span s, int64_t now_us, int64_t *ret_us)
{
	struct ol_span t = ol_span_trim(s), day;
	int64_t v;
	bool zone;

	if (ol_span_eqs(t, "now")) {
		*ret_us = now_us;
		return 0;
	}
	if (ol_span_eqs(t, "today") || ol_span_eqs(t, "yesterday") || ol_span_eqs(t, "tomorrow")) {
		int shift = t.p[0] == 'y' ? -1 : t.p[2] == 'm' ? 1 : 0;
		time_t sec = (time_t)(now_us / US);
		struct tm tm;

		localtime_r(&sec, &tm);
		tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
		tm.tm_mday += shift;
		tm.tm_isdst = -1;
		*ret_us = (int64_t)mktime(&tm) * US;
		return 0;
	}
	day = t;
	if (ol_span_eat(&day, OL_SPAN("@"))) {
		uint64_t sec;

		if (!ol_eat_u64(&day, &sec) || sec > (uint64_t)(INT64_MAX / US - 1))
			return -EINVAL;
		v = (int64_t)sec * US + eat_fraction_us(&day);
		if (day.n)
			return -EINVAL;
		*ret_us = v;
		return 0;
	}
	if (ol_span_ends(t, OL_SPAN(" ago"))) {
		if (!parse_duration(ol_span_head(t, t.n - 4), &v))
			return -EINVAL;
		*ret_us = now_us - v;
		return 0;
	}
	if (t.n && (t.p[0] == '-' || t.p[0] == '+')) {
		if (!parse_duration(ol_span_skip(t, 1), &v))
			return -EINVAL;
		*ret_us = t.p[0] == '-' ? now_us - v : now_us + v;
		return 0;
	}
	day = t;
	if (ol_eat_iso_time(&day, &v, &zone) && !day.n) {
		*ret_us = zone ? v : ol_local_us(v);
		return 0;
	}
	/* a date alone, or a date and hh:mm */
	if (t.n == 10 || t.n == 16) {
		char full[20] = "0000-00-00 00:00:00";

		memcpy(full, t.p, t.n);
		day = ol_span(full, 19);
		if (ol_eat_iso_time(&day, &v, &zone) && !day.n) {
			*ret_us = ol_local_us(v);
			return 0;
		}
	}
	return -EINVAL;
}

static int64_t clock_us(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * US + ts.tv_nsec / 1000;
}

int64_t ol_now_us(void)
{
	return clock_us(CLOCK_REALTIME);
}

int64_t ol_mono_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}
