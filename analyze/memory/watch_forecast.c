// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/memory/watch_impl.h"
#include "lib/num.h"

#include <math.h>

enum {
	FIT_LEAST = 4, /* ticks that a line takes; one more before it is a forecast */
	NEAR_US = 30000000, /* what lies ahead follows from the last half minute, */
	NEAR_LEAST = 16, /* or from so many ticks, where these are longer, */
	WHOLE_LEAST = 32, /* or from the whole run, when it is long and straight */
	FAR_S = 7 * 86400, /* nobody plans further */
};
#define WHOLE_R2  0.9
#define LOOK_BACK 10 /* seconds ahead for each second squared behind */

/* 97.5 % of Student's t: few ticks say little about a slope. */
static double t_quantile(uint32_t df)
{
	static const double t[] = { 12.71, 12.71, 4.303, 3.182, 2.776, 2.571, 2.447,
				    2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
				    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086 };

	return df < sizeof(t) / sizeof(t[0]) ? t[df] : 1.96 + 2.6 / df;
}

bool ol_watch_fit(const struct ol_watch_sample *v, uint32_t n, ol_watch_of of, int arg,
		  struct ol_watch_line *ret)
{
	double mean_t = 0, mean_y = 0, stt = 0, sty = 0, syy = 0, rest = 0, lag = 0, last = 0, t0;

	if (n < FIT_LEAST)
		return false;
	t0 = (double)v[0].boot_us;
	for (uint32_t i = 0; i < n; i++) {
		mean_t += ((double)v[i].boot_us - t0) / 1e6 / n;
		mean_y += (double)of(&v[i], arg) / n;
	}
	for (uint32_t i = 0; i < n; i++) {
		double t = ((double)v[i].boot_us - t0) / 1e6 - mean_t;
		double y = (double)of(&v[i], arg) - mean_y;

		stt += t * t;
		sty += t * y;
		syy += y * y;
	}
	if (stt <= 0)
		return false;
	ret->slope = sty / stt;
	for (uint32_t i = 0; i < n; i++) {
		double t = ((double)v[i].boot_us - t0) / 1e6 - mean_t;
		double e = (double)of(&v[i], arg) - mean_y - ret->slope * t;

		rest += e * e;
		lag += i ? e * last : 0;
		last = e;
	}
	ret->margin = sqrt(rest / (n - 2) / stt) * t_quantile(n - 2);
	/*
	 * What strays and stays astray for a while is worth fewer ticks than there are. The
	 * correlation of what is left of a fit is too low, the more so the fewer ticks there are.
	 */
	if (rest > 0 && lag / rest > 0.1) {
		double rho = ol_dmin(lag / rest + (2 + 4 * lag / rest) / n, 0.95);

		ret->margin *= sqrt((1 + rho) / (1 - rho));
	}
	ret->r2 = syy > 0 ? 1 - rest / syy : 1;
	ret->seconds = ((double)v[n - 1].boot_us - t0) / 1e6;
	return true;
}

static int64_t room_of(const struct ol_watch_sample *s, int wall)
{
	return s->room[wall];
}

/*
 * A slope that could as well be none is no forecast, nor one that looks much further ahead than it
 * has looked back: a second says nothing about the next hour, half a minute does.
 */
static bool forecast(const struct ol_watch_sample *v, uint32_t n, enum ol_wall wall,
		     struct ol_forecast *ret)
{
	struct ol_forecast f = { .wall = wall };
	struct ol_watch_line l;

	if (n <= FIT_LEAST || !ol_watch_fit(v, n, room_of, wall, &l) || l.slope >= 0 ||
	    -l.slope <= l.margin)
		return false;
	f.room_kb = ol_max(v[n - 1].room[wall], 0);
	f.kb_per_s = -l.slope;
	f.seconds = (double)f.room_kb / f.kb_per_s;
	if (f.seconds > FAR_S || f.seconds > LOOK_BACK * l.seconds * l.seconds)
		return false;
	f.early = (double)f.room_kb / (f.kb_per_s + l.margin);
	f.late = f.kb_per_s > l.margin * 1.01 ? (double)f.room_kb / (f.kb_per_s - l.margin) : -1;
	*ret = f;
	return true;
}

void ol_watch_forecast(const struct ol_watch *w, struct ol_forecast *ret)
{
	struct ol_forecast best = { .wall = OL_WALL_NONE }, f;

	for (int wall = OL_WALL_SELF; wall <= OL_WALL_LOWMEM; wall++) {
		const struct ol_watch_sample *v = w->recent;
		uint32_t n = w->n_recent;
		struct ol_watch_line whole;
		bool found;

		while (n && v->room[wall] < 0) {
			v++;
			n--;
		}
		while (n > NEAR_LEAST && v[n - 1].boot_us - v[0].boot_us > NEAR_US) {
			v++;
			n--;
		}
		found = forecast(v, n, wall, &f);
		if (!found && w->n >= WHOLE_LEAST && w->v[0].room[wall] >= 0 &&
		    ol_watch_fit(w->v, w->n, room_of, wall, &whole) && whole.r2 > WHOLE_R2)
			found = forecast(w->v, w->n, wall, &f);
		if (found && (best.wall == OL_WALL_NONE || f.seconds < best.seconds))
			best = f;
	}
	*ret = best;
}
