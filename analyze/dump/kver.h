/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_KVER_H
#define OL_ANALYZE_KVER_H

#include "analyze/dump/event.h"

/*
 * Which kernel wrote a dump, as far as the rules of its memory management go: major * 1000 + minor,
 * 2.6.N is 2600 + N. lo == hi when the log names the release, else the oldest and the newest kernel
 * that print such shapes; 0 and OL_KVER_MAX are "no bound". Distributions keep the number of their
 * base (el6 2632, el7 3010, el8 4018): where they backported, shapes decide and not this.
 */
#define OL_KVER_MAX 99999u

struct ol_kver {
	unsigned lo, hi;
};

struct ol_kver ol_event_kver(const struct ol_oom_event *e);
unsigned ol_kver_code(struct ol_span release); /* 0: no version in front */

/* Certainly that version or a later one. */
static inline bool ol_kver_from(struct ol_kver k, unsigned version)
{
	return k.lo >= version;
}

/* Certainly an older one. */
static inline bool ol_kver_before(struct ol_kver k, unsigned version)
{
	return k.hi < version;
}

#endif
