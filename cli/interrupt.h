/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_CLI_INTERRUPT_H
#define OL_CLI_INTERRUPT_H

#include "lib/span.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * SIGINT and SIGTERM for a verb that reads for long. A thread of its own hears them, for the others
 * may be kept by a file system. From the first one on it interrupts the calling thread's system
 * calls again and again; if the program is still there after nine tenths of a second, it ends it
 * with 128 + the signal. A second signal kills at once. What was ignored when the program began
 * stays so.
 */

/*
 * Each of these is for what the one before did not end: jobs that do not stop are left behind, and
 * what they had found is written; a write that nobody takes is given up; then all is over, within
 * the second that a user waits. The jobs have theirs from when the thread that shows has noticed.
 */
#define OL_INTERRUPT_JOBS_US 500000
#define OL_INTERRUPT_LATE_US 600000
#define OL_INTERRUPT_LAST_US 900000
_Static_assert(OL_INTERRUPT_JOBS_US < OL_INTERRUPT_LATE_US &&
		       OL_INTERRUPT_LATE_US < OL_INTERRUPT_LAST_US,
	       "what was found would not be written");

/* For the thread that reads, after it has forked. Where no thread can be had, signals kill. */
void ol_interrupt_catch(void);
/* The signal that asked to stop, or 0. For all threads. */
int ol_interrupted(void);
bool ol_interrupt_asked(void); /* the same for whoever asks yes or no */
/* True when that is so long ago that a write that waits is given up. */
bool ol_interrupt_late(void);
/* Bytes that were read, for what is said in the end; of all threads. */
void ol_interrupt_count(uint64_t bytes);
uint64_t ol_interrupt_bytes(void);
/*
 * What is said of it: "interrupted after 7 bytes of @in", which may be empty; @lost: and that not
 * all that was found is told. Returns its length.
 */
size_t ol_interrupt_text(char *to, size_t size, struct ol_span in, bool lost);
/*
 * All is written, and its reader, a pager, is waited for: SIGTERM is passed on to it, SIGINT is
 * between it and its user.
 */
void ol_interrupt_pager(pid_t pid);

#endif
