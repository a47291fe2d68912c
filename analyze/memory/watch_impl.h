/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_WATCH_IMPL_H
#define OL_ANALYZE_WATCH_IMPL_H

#include "analyze/memory/watch.h"

struct ol_watch_line {
	double slope; /* per second */
	double margin; /* of the slope, to each side, for 95 % */
	double r2;
	double seconds; /* from the first sample to the last */
};

typedef int64_t (*ol_watch_of)(const struct ol_watch_sample *s, int arg);
/* A straight line through one field; false with fewer than 4 samples. */
bool ol_watch_fit(const struct ol_watch_sample *v, uint32_t n, ol_watch_of of, int arg,
		  struct ol_watch_line *ret);

static inline double ol_dmin(double a, double b)
{
	return a < b ? a : b;
}

#endif
