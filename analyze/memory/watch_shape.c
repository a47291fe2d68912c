// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/memory/watch_impl.h"
#include "lib/num.h"

#include <stdlib.h>

/*
 * The shape of the largest process's own memory. A buffer that is appended to and copied grows to
 * about twice its size again and again, the old and the new one existing together for a moment; a
 * leak grows by the same all the time; a garbage collector makes a saw.
 */
enum { TURNS = 64, LITTLE_KB = 8 * 1024 };

/* The samples of that one process, without the end, when it goes away. */
static uint32_t series(const struct ol_watch *w, struct ol_watch_sample *ret)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < w->n; i++)
		if (w->v[i].largest_pid == w->largest_pid)
			ret[n++] = w->v[i];
	if (w->waiting && w->candidate.largest_pid == w->largest_pid)
		ret[n++] = w->candidate;
	while (n && ol_mul(ret[n - 1].largest_kb, 4) < w->peak.largest_kb)
		n--;
	/* a last look may have found it half torn down */
	if (n > 5 && ret[n - 1].largest_kb < ret[n - 2].largest_kb - ret[n - 2].largest_kb / 7)
		n--;
	return n;
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int64_t middle(int64_t *v, uint32_t n)
{
	qsort(v, n, sizeof(*v), by_size);
	return n ? v[(n - 1) / 2] : 0;
}

/*
 * What a person would call a step, a doubling, a straight line, found on the curves of programs
 * that do these things on purpose (tests/lab, tests/unit): a fit of the eye, nothing of a kernel's.
 */
enum {
	FEW_TICKS = 5, /* no shape can be told of fewer */
	FLAT_NTH = 4, /* growth below this part of the peak is none */
	STEP_NTH = 50, /* nor is a rise below this one a step */
	DOUBLE_LEAST = 1500, /* permille of what was before: with what is read half-way */
	DOUBLE_MOST = 2800,
	EDGE_NTH = 20, /* a line begins and ends when so much of it was climbed, was left */
	NEARLY_NTH = 10, /* "nearly all": but for this part */
	SOON_NTH = 5, /* "at once": within this part of the time */
};
#define DOUBLES_SHARE    0.6 /* of all growth, in rises that double */
#define TWO_STEPS_SHARE  0.8 /* the same of two steps, and of more: two may be chance */
#define MANY_STEPS_SHARE 0.7
#define STEADY_R2        0.97

/* Where it turned: highs that were followed by a fall of a seventh or more, and the lows behind. */
struct turns {
	int64_t high[TURNS], low[TURNS];
	uint32_t n;
};

static void find_turns(const struct ol_watch_sample *v, uint32_t n, struct turns *t)
{
	int64_t high = v[0].largest_kb, low = high;
	bool falling = false;

	t->n = 0;
	for (uint32_t i = 1; i < n && t->n < TURNS; i++) {
		int64_t y = v[i].largest_kb;

		if (falling) {
			low = ol_min(low, y);
			t->low[t->n - 1] = low;
			if (y > low + low / 6 && y - low > LITTLE_KB / 4) {
				falling = false;
				high = y;
			}
		} else if (y > high) {
			high = y;
		} else if (high - y > high / 7 && high > LITTLE_KB) {
			falling = true;
			low = y;
			t->high[t->n] = high;
			t->low[t->n++] = low;
		}
	}
}

static int64_t permille(int64_t after, int64_t before)
{
	return before > 0 ? (int64_t)((double)after / (double)before * 1000) : INT64_MAX;
}

/* Each low half as large again as the one before, or more: what is left without the old copy. */
static bool copies(const struct turns *t, struct ol_shape *ret)
{
	int64_t ratio[TURNS];
	uint32_t n = 1;

	for (; n < t->n; n++) {
		ratio[n - 1] = permille(t->low[n], t->low[n - 1]);
		if (ratio[n - 1] < DOUBLE_LEAST)
			break;
	}
	/* when it is done all may be freed: one last fall is of another kind */
	if (n < 3 || n + 1 < t->n)
		return false;
	*ret = (struct ol_shape){ .pattern = OL_PATTERN_DOUBLING, .turns = n };
	ret->ratio = (double)middle(ratio, n - 1) / 1000;
	return true;
}

static bool saw(const struct turns *t, struct ol_shape *ret)
{
	int64_t low[TURNS], high[TURNS];

	if (t->n < 3)
		return false;
	memcpy(low, t->low, sizeof(low));
	memcpy(high, t->high, sizeof(high));
	*ret = (struct ol_shape){
		.pattern = OL_PATTERN_SAWTOOTH,
		.turns = t->n,
		.low_kb = middle(low, t->n),
		.high_kb = middle(high, t->n),
	};
	return true;
}

/* Rises that are much faster than the average, one after the other. */
struct rises {
	int64_t before[TURNS], after[TURNS];
	uint32_t n;
	double share; /* of all growth */
};

static void find_rises(const struct ol_watch_sample *v, uint32_t n, int64_t peak, struct rises *r)
{
	double all = 0, covered = 0, whole = (double)(v[n - 1].boot_us - v[0].boot_us);
	bool rising = false;

	r->n = 0;
	for (uint32_t i = 1; i < n; i++)
		all += (double)ol_above0(v[i].largest_kb - v[i - 1].largest_kb);
	for (uint32_t i = 1; i < n && whole > 0; i++) {
		int64_t a = v[i - 1].largest_kb, b = v[i].largest_kb;
		double usual = all * (double)(v[i].boot_us - v[i - 1].boot_us) / whole;
		bool large = b > a + a / 2 && b - a > peak / STEP_NTH;

		if (!large && (double)(b - a) <= 3 * usual + (double)peak / 100) {
			rising = false;
			continue;
		}
		covered += (double)(b - a);
		/* a rise that was seen half-way through is one */
		if (rising && permille(b, r->before[r->n - 1]) < DOUBLE_MOST &&
		    permille(a, r->before[r->n - 1]) < DOUBLE_LEAST) {
			r->after[r->n - 1] = b;
			continue;
		}
		if (r->n == TURNS)
			break;
		r->before[r->n] = a;
		r->after[r->n++] = b;
		rising = true;
	}
	r->share = all > 0 ? covered / all : 0;
}

static bool doubles(const struct rises *r, struct ol_shape *ret)
{
	int64_t ratio[TURNS];
	uint32_t n = 0;

	for (uint32_t i = 0; i < r->n; i++) {
		int64_t p = permille(r->after[i], r->before[i]);

		if (r->before[i] < 1024)
			continue;
		if (p < DOUBLE_LEAST || p > DOUBLE_MOST)
			return false;
		ratio[n++] = p;
	}
	if (n < 3 || r->share < DOUBLES_SHARE)
		return false;
	*ret = (struct ol_shape){ .pattern = OL_PATTERN_DOUBLING, .turns = n };
	ret->ratio = (double)middle(ratio, n) / 1000;
	return true;
}

static int64_t largest_of(const struct ol_watch_sample *s, int unused)
{
	(void)unused;
	return s->largest_kb;
}

/* A straight line from where it began to grow to where it stopped. */
static bool steady(const struct ol_watch_sample *v, uint32_t n, int64_t low, int64_t peak,
		   struct ol_shape *ret)
{
	struct ol_watch_line l;
	uint32_t a = 0, b = n;

	while (a + 1 < n && v[a + 1].largest_kb < low + (peak - low) / EDGE_NTH)
		a++;
	while (b > a + 1 && v[b - 2].largest_kb > peak - (peak - low) / EDGE_NTH)
		b--;
	if (b - a < 4 || !ol_watch_fit(v + a, b - a, largest_of, 0, &l) || l.r2 < STEADY_R2 ||
	    l.slope <= 0)
		return false;
	*ret = (struct ol_shape){ .pattern = OL_PATTERN_STEADY, .kb_per_s = l.slope, .fit = l.r2 };
	return true;
}

/* Nearly all of it was there after a fifth of the time, and stayed. */
static bool at_once(const struct ol_watch_sample *v, uint32_t n, int64_t peak)
{
	int64_t whole = v[n - 1].boot_us - v[0].boot_us;
	uint32_t i = 0;

	while (i < n && v[i].largest_kb < peak - peak / NEARLY_NTH)
		i++;
	if (i == n || v[i].boot_us - v[0].boot_us > whole / SOON_NTH)
		return false;
	for (; i < n; i++)
		if (v[i].largest_kb < peak - peak / FLAT_NTH)
			return false;
	return true;
}

void ol_watch_shape(const struct ol_watch *w, struct ol_shape *ret)
{
	struct ol_watch_sample *v = calloc(OL_WATCH_SAMPLES + 1, sizeof(*v));
	uint32_t n = v ? series(w, v) : 0;
	int64_t low = INT64_MAX, peak = 0;
	struct turns *t = calloc(1, sizeof(*t));
	struct rises *r = calloc(1, sizeof(*r));

	*ret = (struct ol_shape){ .pattern = OL_PATTERN_FLAT, .few = n < FEW_TICKS };
	if (!v || !t || !r)
		ol_no_memory();
	for (uint32_t i = 0; i < n; i++) {
		low = ol_min(low, v[i].largest_kb);
		peak = ol_max(peak, v[i].largest_kb);
	}
	if (!t || !r || n < FEW_TICKS || peak < LITTLE_KB || peak - low < peak / FLAT_NTH ||
	    at_once(v, n, peak))
		goto out;
	find_turns(v, n, t);
	if (copies(t, ret) || saw(t, ret))
		goto out;
	find_rises(v, n, peak, r);
	if (doubles(r, ret))
		goto out;
	if ((r->n == 2 && r->share > TWO_STEPS_SHARE) || (r->n >= 3 && r->share > MANY_STEPS_SHARE))
		*ret = (struct ol_shape){ .pattern = OL_PATTERN_STEPS, .turns = r->n };
	else if (!steady(v, n, low, peak, ret))
		ret->pattern = OL_PATTERN_IRREGULAR;
out:
	if (ret->pattern != OL_PATTERN_SAWTOOTH) {
		ret->low_kb = n ? v[0].largest_kb : 0;
		ret->high_kb = peak;
	}
	free(v);
	free(t);
	free(r);
}
