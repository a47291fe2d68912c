/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_COLLECT_GUARD_H
#define OL_COLLECT_GUARD_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A file of /proc, /sys or of a mounted root may never answer: smaps_rollup waits for the mmap_lock
 * of a process that is stuck while it holds it, files of cgroups for cgroup_mutex, slabinfo for
 * slab_mutex, a network file system or FUSE for its server. Such a sleep ends by no signal that has
 * a handler (mmap_read_lock_killable(), mutex_lock()), and a call cannot be taken back. So a second
 * thread looks now and then at what the reading one is at; that one only notes it, in memory.
 */
struct ol_guard_call {
	uint32_t n; /* odd: in a call; 0 in one: it is never to come back */
	int fd; /* what is read, or where @path begins */
	const char *path; /* what is opened; NULL: @fd is read */
	bool many; /* calls of a library: only the time it uses tells whether it stands still */
};
extern _Thread_local struct ol_guard_call ol_guard_call;

/* Around each call that may not come back. @path must last as long as the call. */
static inline void ol_guard_in(int fd, const char *path)
{
	struct ol_guard_call *c = &ol_guard_call;

	__atomic_store_n(&c->fd, fd, __ATOMIC_RELAXED);
	__atomic_store_n(&c->path, path, __ATOMIC_RELAXED);
	__atomic_store_n(&c->n, c->n + 1, __ATOMIC_RELEASE);
}
void ol_guard_taken(void) __attribute__((noreturn));
static inline void ol_guard_out(void)
{
	struct ol_guard_call *c = &ol_guard_call;
	uint32_t n = c->n;

	/* errno is the call's */
	if (!(n & 1) || !__atomic_compare_exchange_n(&c->n, &n, n + 1, false, __ATOMIC_ACQ_REL,
						     __ATOMIC_RELAXED))
		ol_guard_taken();
}

enum { OL_GUARD_S = 5 }; /* a call that takes as long does not answer; told up to 2.5 s later */

struct ol_guard_opts {
	/*
	 * Called by the second thread, ten times a second while a call does not come back, and once
	 * more with @over when it did. @file says what it is about. Signals that have handlers are
	 * handled by this thread meanwhile. It may end the process with _exit().
	 */
	void (*stuck)(void *arg, const char *file, int64_t us, bool over);
	void *arg;
	/*
	 * What the reading thread was filling is the callback's from then on: the call never comes
	 * back to its caller, whatever happens. The callback must end the process.
	 */
	bool take_over;
};

struct ol_guard;
/*
 * Guards the calling thread. NULL: there is no second thread, and nobody watches. Threads keep the
 * rights that they were made with: stop it before rights are given up, and start it again.
 */
struct ol_guard *ol_guard_start(const struct ol_guard_opts *opts);
void ol_guard_stop(struct ol_guard *g); /* @g may be NULL */

#endif
