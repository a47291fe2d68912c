/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_CLI_WATCH_RUN_H
#define OL_CLI_WATCH_RUN_H

#include "collect/machine/scope.h"

#include <signal.h>
#include <sys/resource.h>

/* A command that is run and waited for, in a control group of its own where one can be made. */
struct ol_run {
	struct ol_scope scope;
	struct ol_err why_no_scope; /* .msg[0]: why the command has no group */
	pid_t child; /* -1: none */
	pid_t keeper; /* > 0: removes the group when we end, however we end */
	int go_fd, failed_fd; /* lets the child go; says why it could not */
	int exec_errno; /* > 0: the command could not be run */
	bool ended;
	int status; /* of wait() */
	struct rusage use;
	int64_t started_us, ended_us; /* CLOCK_MONOTONIC */
	sigset_t outside; /* what was blocked when we were started */
};

/*
 * What comes to stop us is meant for the command: it decides, we report. From here on signals come
 * only inside ol_run_wait(), so none is missed. First of all calls.
 */
void ol_run_signals(struct ol_run *r);
/* Somebody wants us to end, and there is no command to decide. */
bool ol_run_stopped(void);

/*
 * Forks, and holds the child until ol_run_go(): so nothing that it does is charged elsewhere or
 * missed by a first look. @limit: 0 for none. 0, or -errno after the user was told.
 */
int ol_run_hold(struct ol_run *r, char **command, uint64_t limit);
/* 0, or -errno (also in .exec_errno) after the user was told. */
int ol_run_go(struct ol_run *r, const char *command);
/* Until the command ends, a signal stops us, or @deadline_us comes (< 0: none). */
void ol_run_wait(struct ol_run *r, int64_t deadline_us);
/* What a shell would say: the command's exit status, 128 + N for signal N. */
int ol_run_status(const struct ol_run *r);
/* Removes the group; what still runs in it goes back to where it came from. */
void ol_run_done(struct ol_run *r);

#endif
