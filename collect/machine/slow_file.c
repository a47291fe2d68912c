// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/machine/slow_file.h"
#include "lib/clock.h"
#include "lib/span.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
	LOOK_US = OL_GUARD_S * 1000000 / 2, /* two looks at the same call */
	STUCK_US = 100000,
};
#define TAKEN 0u /* even, as outside of a call: what ol_guard_out() finds it by */

_Thread_local struct ol_guard_call ol_guard_call;

struct ol_guard {
	struct ol_guard_opts opts;
	struct ol_guard_call *call; /* of the thread that is guarded */
	pid_t tid;
	clockid_t clock;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;
};

void ol_guard_taken(void)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	for (;;)
		pause();
}

/* True: it is to stop. */
static bool sleep_us(struct ol_guard *g, int64_t us)
{
	struct timespec ts;
	bool stop;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	us += (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
	ts = (struct timespec){ us / 1000000, us % 1000000 * 1000 };
	pthread_mutex_lock(&g->lock);
	while (!g->stop && pthread_cond_timedwait(&g->wake, &g->lock, &ts) != ETIMEDOUT)
		;
	stop = g->stop;
	pthread_mutex_unlock(&g->lock);
	return stop;
}

static uint32_t number(const struct ol_guard *g)
{
	return __atomic_load_n(&g->call->n, __ATOMIC_ACQUIRE);
}

static int64_t used_us(const struct ol_guard *g)
{
	struct timespec ts;

	return clock_gettime(g->clock, &ts) ? 0 : (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/*
 * 0 0x5 0x7ffd… 0x400 …		of a call that waits; "running" of one that does not
 * /proc/PID/task/TID/syscall, since 2.6.27; not for users whose program had privileges
 */
static int fd_of_library(const struct ol_guard *g)
{
	char path[64], text[64];
	long nr;
	int fd, at;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/task/%d/syscall", (int)g->tid);
	at = open(path, O_RDONLY | O_CLOEXEC);
	n = at < 0 ? -1 : read(at, text, sizeof(text) - 1);
	if (at >= 0)
		close(at);
	if (n <= 0)
		return -1;
	text[n] = 0;
	/* NOLINTNEXTLINE(cert-err34-c): the kernel writes numbers */
	if (sscanf(text, "%ld %x", &nr, (unsigned *)&fd) != 2 ||
	    (nr != SYS_read && nr != SYS_pread64 && nr != SYS_getdents64))
		return -1;
	return fd;
}

static void name_of(const struct ol_guard *g, char *to, size_t size)
{
	const char *path = __atomic_load_n(&g->call->path, __ATOMIC_RELAXED);
	int fd = __atomic_load_n(&g->call->fd, __ATOMIC_RELAXED);
	char link[64];
	ssize_t n = 0;

	if (g->call->many) {
		int inner = fd_of_library(g);

		if (inner >= 0) {
			fd = inner;
			path = NULL;
		}
	}
	if (fd >= 0) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		n = readlink(link, to, size - 1);
		n = n > 0 ? n : 0;
	}
	to[n] = 0;
	if (path)
		snprintf(to + n, size - (size_t)n, "%s%s", n && to[n - 1] != '/' ? "/" : "", path);
	if (!to[0])
		snprintf(to, size, "a file");
}

static void signals(int how)
{
	static const int handled[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2 };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(handled) / sizeof(handled[0]); i++)
		sigaddset(&set, handled[i]);
	pthread_sigmask(how, &set, NULL);
}

/* Call @n does not come back. True: the guard is to stop. */
static bool tell(struct ol_guard *g, uint32_t n, int64_t since_us)
{
	const struct ol_guard_opts *o = &g->opts;
	uint32_t was = n;
	char file[PATH_MAX + 300];
	bool stop = false;

	name_of(g, file, sizeof(file));
	if (o->take_over) {
		if (!__atomic_compare_exchange_n(&g->call->n, &was, TAKEN, false, __ATOMIC_ACQ_REL,
						 __ATOMIC_RELAXED))
			return false;
		o->stuck(o->arg, file, ol_mono_us() - since_us, false);
		_exit(2);
	}
	if (number(g) != n) /* what was read of it may be another's */
		return false;
	signals(SIG_UNBLOCK);
	do
		o->stuck(o->arg, file, ol_mono_us() - since_us, false);
	while (!(stop = sleep_us(g, STUCK_US)) && number(g) == n);
	signals(SIG_BLOCK);
	o->stuck(o->arg, file, ol_mono_us() - since_us, true);
	return stop;
}

static void *guard(void *arg)
{
	struct ol_guard *g = arg;
	uint32_t was = 0;
	int64_t used = -1, since = 0;
	unsigned looks = 0;
	bool stop = false;

	while (!stop && !sleep_us(g, LOOK_US)) {
		uint32_t n = number(g);
		int64_t now_used = n & 1 && g->call->many ? used_us(g) : 0;

		if (!(n & 1) || n != was || now_used != used) {
			was = n;
			used = now_used;
			since = ol_mono_us();
			looks = 0;
		} else if (++looks == 2) {
			stop = tell(g, n, since);
			looks = 0;
		}
	}
	return NULL;
}

struct ol_guard *ol_guard_start(const struct ol_guard_opts *opts)
{
	struct ol_guard *g = calloc(1, sizeof(*g));
	pthread_condattr_t attr;
	sigset_t all, old;
	int rc;

	if (!g)
		return NULL;
	g->opts = *opts;
	g->call = &ol_guard_call;
	g->tid = (pid_t)syscall(SYS_gettid);
	pthread_getcpuclockid(pthread_self(), &g->clock);
	pthread_mutex_init(&g->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&g->wake, &attr);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&g->thread, NULL, guard, g);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!rc)
		return g;
	free(g);
	return NULL;
}

void ol_guard_stop(struct ol_guard *g)
{
	if (!g)
		return;
	pthread_mutex_lock(&g->lock);
	g->stop = true;
	pthread_cond_signal(&g->wake);
	pthread_mutex_unlock(&g->lock);
	pthread_join(g->thread, NULL);
	free(g);
}
