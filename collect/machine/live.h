/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_COLLECT_LIVE_H
#define OL_COLLECT_LIVE_H

#include "collect/machine/tick.h"

/*
 * Ticks of a root: of this machine ("/", every call of next() reads anew), or of a captured root
 * (the first call fills a tick, the second says that there are no more).
 */
struct ol_live_opts {
	const char *root; /* NULL: "/" */
	uint32_t leave_out; /* bit per enum ol_src: sources that are not read */
	bool pss; /* read smaps_rollup of every process: exact, and slow */
	int32_t only_pid; /* > 0: of the processes only this one (and pss for it) */
	/*
	 * > 0: processes whose memory stands still are read anew after this time only
	 * (proc_turns.c). No row has its state then, what it has done or its threads.
	 */
	int64_t turn_us;
};

/*
 * Opens what takes privilege, so that the caller may drop it before the first tick, with .pss
 * behind it; a root that the user named is opened after the drop (collect/machine/priv.h). 0, or <0
 * with a message. Free with (*ret)->free(*ret).
 */
int ol_live_new(const struct ol_live_opts *opts, struct ol_source **ret, struct ol_err *err);

/*
 * Changes what the next ticks read. A source that was in leave_out when this one was made stays
 * out: what takes privilege is opened once.
 */
void ol_live_change(struct ol_source *s, uint32_t leave_out, bool pss, int64_t turn_us);

/*
 * For what has come into @t when its reading was taken over from a thread that does not come back
 * (collect/machine/slow_file.h): the source at which it stands is -ETIMEDOUT, later ones stay
 * -ECANCELED.
 */
void ol_live_stuck(struct ol_source *s, struct ol_tick *t);

/* Microseconds of CLOCK_BOOTTIME. */
int64_t ol_boot_us(void);

#endif
