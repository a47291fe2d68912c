/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_TESTS_FUZZ_PATIENCE_H
#define OL_TESTS_FUZZ_PATIENCE_H

/* Who goes on for ever is stopped, and it is said who it was. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

/*
 * Of processor time, so that a machine that is busy with others does not matter; what is asked
 * takes a hundredth of it, a tenth with sanitizers.
 */
enum { PATIENCE_SECONDS = 20 };

static const char *volatile patience_of;

static void patience_lost(int sig)
{
	static const char text[] = ": goes on for ever\n";
	const char *who = patience_of;

	(void)sig;
	if (write(STDERR_FILENO, who, strlen(who)) < 0 ||
	    write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(99);
	abort();
}

/* What is done from here on is @who's; NULL: it is done. */
static inline void patience(const char *who)
{
	struct itimerval it = { .it_value = { .tv_sec = who ? PATIENCE_SECONDS : 0 } };

	patience_of = who;
	signal(SIGPROF, patience_lost);
	if (setitimer(ITIMER_PROF, &it, NULL))
		abort();
}

#endif
