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

static const int stops[] = { SIGINT, SIGTERM };
enum { N_STOPS = sizeof(stops) / sizeof(stops[0]) };

static int asked;
static int64_t asked_us;
static uint64_t read_bytes;
static int pager;
static pthread_t reader;
static sigset_t heard; /* those of @stops that were not ignored */

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
	return ol_interrupted() && ol_mono_us() - asked_us >= OL_INTERRUPT_LATE_US;
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

size_t ol_interrupt_text(char *to, size_t size, struct ol_span in, bool lost)
{
	struct ol_span name = ol_span_head(in, 400);
	int n = snprintf(to, size, "interrupted after %llu bytes%s%.*s%s",
			 (unsigned long long)ol_interrupt_bytes(), name.n ? " of " : "",
			 OL_SPAN_ARG(name), lost ? "; not all that was found is told" : "");

	return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
}

static void set_heard(void (*to)(int))
{
	struct sigaction sa = { .sa_handler = to };

	for (size_t i = 0; i < N_STOPS; i++)
		if (sigismember(&heard, stops[i]) == 1)
			sigaction(stops[i], &sa, NULL);
}

/* In the hearing thread: all others block these. */
static void on_interrupt(int sig)
{
	set_heard(SIG_DFL);
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
	char text[120] = "oomlens: ";
	size_t n = strlen(text);

	n += ol_interrupt_text(text + n, sizeof(text) - n - 1, (struct ol_span){ NULL, 0 }, true);
	text[n++] = '\n';
	if (poll(&p, 1, 0) == 1 && p.revents & POLLOUT)
		(void)!write(STDERR_FILENO, text, n);
}

static void *hear(void *arg __attribute__((unused)))
{
	sigset_t others;
	int to;

	sigfillset(&others);
	sigdelset(&others, SIGINT);
	sigdelset(&others, SIGTERM);
	while (!ol_interrupted())
		ppoll(NULL, 0, NULL, &others); /* only here: none is lost before the wait */
	pthread_sigmask(SIG_SETMASK, &others, NULL);
	while (ol_mono_us() - asked_us < OL_INTERRUPT_LAST_US) {
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
	struct sigaction kick = { .sa_handler = on_kick }, was;
	sigset_t all, old, blocked;
	pthread_t thread;

	/* "trap '' INT", nohup: who began us wants that it stays ignored */
	sigemptyset(&heard);
	for (size_t i = 0; i < N_STOPS; i++)
		if (!sigaction(stops[i], NULL, &was) && was.sa_handler != SIG_IGN)
			sigaddset(&heard, stops[i]);
	reader = pthread_self();
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	if (pthread_create(&thread, NULL, hear, NULL) == 0) {
		pthread_detach(thread);
		/* without SA_RESTART: a call that waits must come back */
		sigaction(SIGALRM, &kick, NULL);
		set_heard(on_interrupt);
		sigorset(&blocked, &old, &heard);
		old = blocked;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}
