/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_RATES_H
#define OL_ANALYZE_RATES_H

#include "collect/machine/tick.h"

/* Seconds from @old to @now by the clock that runs in suspend; 0 when unknown or not positive. */
static inline double ol_tick_seconds(const struct ol_tick *old, const struct ol_tick *now)
{
	if (!old || old->boot_us == OL_TIME_NONE || now->boot_us == OL_TIME_NONE ||
	    now->boot_us <= old->boot_us)
		return 0;
	return (double)(now->boot_us - old->boot_us) / 1e6;
}

/*
 * How much a counter moved from @old to @now: false without a first look, when the kernel does not
 * have it, and when it ran backwards.
 */
static inline bool ol_delta(const struct ol_tick *old, const struct ol_tick *now, enum ol_metric m,
			    int64_t *ret)
{
	if (!old || !ol_has(old, m) || !ol_has(now, m) || ol_val(now, m) < ol_val(old, m))
		return false;
	*ret = ol_val(now, m) - ol_val(old, m);
	return true;
}

#endif
