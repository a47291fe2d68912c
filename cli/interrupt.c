// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/interrupt.h"
#include "lib/clock.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define KICK_NS 50000000 /* between two interruptions of a system call */
#define LATE_US 600000 /* no write is waited for any longer */
#define LAST_US 900000

static int asked;
static int64_t asked_us;
static uint64_t read_bytes;
static int pager;
static pthread_t reader;

int ol_interrupted(void)
{
	return __atomic_load_n(&asked, __ATOMIC_ACQUIRE);
}

bool ol_interrupt_asked(void)
{
	return ol_interrupted() != 0;
}

bool ol_interrupt_late(void)
{
	return ol_interrupted() && ol_mono_us() - asked_us >= LATE_US;
}

void ol_interrupt_count(uint64_t bytes)
{
	__atomic_fetch_add(&read_bytes, bytes, __ATOMIC_RELAXED);
}

uint64_t ol_interrupt_bytes(void)
{
	return __atomic_load_n(&read_bytes, __ATOMIC_RELAXED);
}

void ol_interrupt_pager(pid_t pid)
{
	__atomic_store_n(&pager, (int)pid, __ATOMIC_RELAXED);
}

/* In the hearing thread: all others block these. */
static void on_interrupt(int sig)
{
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	asked_us = ol_mono_us();
	__atomic_store_n(&asked, sig, __ATOMIC_RELEASE);
}

static void on_kick(int sig)
{
	(void)sig;
}

/* Whoever holds a lock, or does not read our messages, must not keep this thread. */
static void last_words(void)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };
	char text[120];
	int n = snprintf(text, sizeof(text),
			 "oomlens: interrupted after %llu bytes; not all that was found is told\n",
			 (unsigned long long)ol_interrupt_bytes());

	if (poll(&p, 1, 0) == 1 && p.revents & POLLOUT && n > 0)
		(void)!write(STDERR_FILENO, text, (size_t)n);
}

static void *hear(void *arg __attribute__((unused)))
{
	sigset_t heard;
	int to;

	sigfillset(&heard);
	sigdelset(&heard, SIGINT);
	sigdelset(&heard, SIGTERM);
	while (!ol_interrupted())
		ppoll(NULL, 0, NULL, &heard); /* only here: none is lost before the wait */
	pthread_sigmask(SIG_SETMASK, &heard, NULL);
	while (ol_mono_us() - asked_us < LAST_US) {
		to = __atomic_load_n(&pager, __ATOMIC_RELAXED);
		/* all others block SIGTERM: it is for this thread to die of it */
		while (to && ol_interrupted() == SIGINT)
			pause();
		if (to)
			kill(to, SIGTERM);
		pthread_kill(reader, SIGALRM);
		nanosleep(&(struct timespec){ .tv_nsec = KICK_NS }, NULL);
	}
	last_words();
	_exit(128 + ol_interrupted());
}

void ol_interrupt_catch(void)
{
	struct sigaction kick = { .sa_handler = on_kick }, sa = { .sa_handler = on_interrupt };
	pthread_t thread;
	sigset_t all, old;

	reader = pthread_self();
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	if (pthread_create(&thread, NULL, hear, NULL) == 0) {
		pthread_detach(thread);
		/* without SA_RESTART: a call that waits must come back */
		sigaction(SIGALRM, &kick, NULL);
		sigaction(SIGINT, &sa, NULL);
		sigaction(SIGTERM, &sa, NULL);
		sigaddset(&old, SIGINT);
		sigaddset(&old, SIGTERM);
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}
