// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/machine/slow_file.h"

#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/unit/collect/emulated.h"

/* A call that does not come back until it was told about, twice; all at the same time. */

struct one {
	pthread_t thread;
	void *(*run)(void *one);
	sem_t go, over;
	int fd[2]; /* a pipe: written when told */
	char file[PATH_MAX];
	int n_told, n_over, n_after;
	int64_t us;
};

/* The callback's own thread is the only one that writes; joined before anything is read. */
static void stuck(void *arg, const char *file, int64_t us, bool over)
{
	struct one *o = arg;

	o->n_after += o->n_over > 0;
	if (over) {
		o->n_over++;
		sem_post(&o->over);
		return;
	}
	if (!o->n_told) {
		snprintf(o->file, sizeof(o->file), "%s", file);
		o->us = us;
	}
	if (++o->n_told == 2) {
		sem_post(&o->go);
		(void)!write(o->fd[1], "x", 1);
	}
}

static void *opening(void *arg)
{
	struct one *o = arg;
	struct ol_guard *g = ol_guard_start(&(struct ol_guard_opts){ .stuck = stuck, .arg = o });

	ol_guard_in(o->fd[0], "deep/file");
	while (sem_wait(&o->go))
		;
	ol_guard_out();
	while (sem_wait(&o->over))
		;
	ol_guard_stop(g);
	return NULL;
}

/* What a library is at is what the kernel says. */
static void *reading(void *arg)
{
	struct one *o = arg;
	struct ol_guard *g = ol_guard_start(&(struct ol_guard_opts){ .stuck = stuck, .arg = o });
	char c;

	ol_guard_call.many = true;
	ol_guard_in(-1, "the library");
	while (read(o->fd[0], &c, 1) != 1)
		;
	ol_guard_out();
	while (sem_wait(&o->over))
		;
	ol_guard_stop(g);
	return NULL;
}

/* Many calls of which each comes back. */
static void *busy(void *arg)
{
	struct one *o = arg;
	struct ol_guard *g = ol_guard_start(&(struct ol_guard_opts){ .stuck = stuck, .arg = o });
	struct timespec ts = { 0, 50000000 };

	for (int i = 0; i < 20 * (2 * OL_GUARD_S - 1); i++) {
		ol_guard_in(-1, "file");
		nanosleep(&ts, NULL);
		ol_guard_out();
	}
	ol_guard_stop(g);
	return NULL;
}

static void test_told(void **state)
{
	static struct one all[] = { { .run = opening }, { .run = reading }, { .run = busy } };
	enum { N = sizeof(all) / sizeof(all[0]) };
	char link[64], want[PATH_MAX], pipes[2][64];
	ssize_t n;

	(void)state;
	not_emulated();
	for (int i = 0; i < N; i++) {
		assert_int_equal(pipe(all[i].fd), 0);
		sem_init(&all[i].go, 0, 0);
		sem_init(&all[i].over, 0, 0);
		assert_int_equal(pthread_create(&all[i].thread, NULL, all[i].run, &all[i]), 0);
	}
	for (int i = 0; i < N; i++)
		pthread_join(all[i].thread, NULL);
	for (int i = 0; i < 2; i++) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", all[i].fd[0]);
		n = readlink(link, pipes[i], sizeof(pipes[i]) - 1);
		assert_true(n > 0);
		pipes[i][n] = 0;
		assert_in_range(all[i].n_told, 2, INT_MAX);
		assert_int_equal(all[i].n_over, 1);
		assert_int_equal(all[i].n_after, 0);
		assert_in_range(all[i].us, OL_GUARD_S * 1000000, INT64_MAX);
	}
	snprintf(want, sizeof(want), "%s/deep/file", pipes[0]);
	assert_string_equal(all[0].file, want);
	assert_string_equal(all[1].file, pipes[1]);
	assert_int_equal(all[2].n_told, 0);
	assert_int_equal(all[2].n_over, 0);
	for (int i = 0; i < N; i++) {
		close(all[i].fd[0]);
		close(all[i].fd[1]);
	}
}

/* The call comes back while the callback takes over: whoever called does not. */
static void takes_over(void *arg, const char *file, int64_t us, bool over)
{
	struct one *o = arg;
	struct timespec ts = { 0, 300000000 };

	(void)us;
	if (over || strcmp(file, "a file") != 0)
		_exit(8);
	sem_post(&o->go);
	nanosleep(&ts, NULL);
}

static pid_t taken;

/* At once, to be waited for at the end. */
static int begin_take_over(void **state)
{
	static struct ol_guard *guard; /* is not given back */
	static struct one o;

	(void)state;
	sem_init(&o.go, 0, 0);
	taken = fork();
	if (!taken) {
		guard = ol_guard_start(&(struct ol_guard_opts){
			.stuck = takes_over, .arg = &o, .take_over = true });
		if (!guard)
			_exit(9);
		ol_guard_in(-1, NULL);
		while (sem_wait(&o.go))
			;
		ol_guard_out();
		_exit(7);
	}
	return taken < 0;
}

static void test_take_over(void **state)
{
	int status;

	(void)state;
	assert_int_equal(waitpid(taken, &status, 0), taken);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_told),
		cmocka_unit_test(test_take_over),
	};

	return cmocka_run_group_tests(tests, begin_take_over, NULL);
}
