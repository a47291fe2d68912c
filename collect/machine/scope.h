/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_COLLECT_SCOPE_H
#define OL_COLLECT_SCOPE_H

#include "lib/err.h"
#include "lib/span.h"

#include <sys/types.h>

/*
 * A control group of our own, in which a command runs: version 2 below a group that may be written
 * (root, or what systemd delegated to the user), or version 1's memory hierarchy. It is removed by
 * ol_scope_done(), and what the command left running goes back to where it came from.
 */
struct ol_scope {
	int version; /* 0: none could be made */
	int dir; /* the group's directory */
	int origin; /* cgroup.procs of the group that we are in */
	int above; /* the directory that holds it */
	char path[4200]; /* in the hierarchy: the name of its row in a tick */
	const char *name; /* last component of @path */
	/* version 2: what holds where we came from, in bytes; UINT64_MAX: none */
	uint64_t own_limit;
	bool enabled; /* the memory controller was switched on for it in @above */
};

/* Below @root, "/". 0, or <0 with a message why none can be made here; then .version is 0. */
int ol_scope_make(struct ol_scope *s, const char *root, struct ol_err *err);
/* Moves @pid into it. 0 or -errno. */
int ol_scope_enter(const struct ol_scope *s, pid_t pid);
/* Its limit of memory. 0 or -errno. */
int ol_scope_limit(const struct ol_scope *s, uint64_t bytes);
/*
 * Who is in it and in groups that were made below it: at most @max, in no order. Returns how many
 * there are, or -errno.
 */
int64_t ol_scope_pids(const struct ol_scope *s, int32_t *ret, uint32_t max);
/* 0, or -errno when the group could not be removed (then .path is left behind). */
int ol_scope_done(struct ol_scope *s);

#endif
