// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/explain_run.h"

#include "lib/err.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/*
 * --jobs: threads read and decode, each a log (with its rotated files) at a time; the caller's
 * thread shows what they found in the order of the logs. A job renders its events itself, except
 * where events of several logs become one incident: then the events go over, memory and all.
 */

#define HELD_BYTES (2u << 20) /* of one log, waiting to be shown; one event may be more */
#define WAITING    2 /* logs a job that are read and not shown yet, at most */
#define WAIT_US    200000

struct item {
	struct item *next;
	struct ol_oom_event *e; /* NULL: text */
	char *text;
	size_t n, cost;
};

/* One log. What is not said to be @lock's is the job's until .done, then the shower's. */
struct part {
	struct part *next;
	struct pool *pool;
	struct ol_logsrc *src;
	struct ol_explain_run *run;
	int result;
	struct item *first, **last; /* lock */
	size_t held; /* lock: bytes of them */
	bool done; /* lock */
};

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t found; /* the first part has items or is done, or a job ended */
	pthread_cond_t room; /* something was shown, or all shall stop */
	struct ol_logsrc *logs; /* lock: what nobody has taken yet */
	const struct ol_explain_run *model;
	struct part *first, **last; /* lock: in the order of the logs */
	unsigned n_parts, jobs, alive; /* lock */
	int error; /* lock: -ENOMEM */
	bool stop; /* lock to change it; read by the jobs as they go: atomic */
};

static void item_free(struct item *it)
{
	if (it->e)
		ol_arena_done(&it->e->arena);
	free(it->e);
	free(it->text);
	free(it);
}

static void hand_over(struct part *p, struct item *it)
{
	struct pool *pool = p->pool;

	pthread_mutex_lock(&pool->lock);
	while (p->held > HELD_BYTES && !pool->stop)
		pthread_cond_wait(&pool->room, &pool->lock);
	*p->last = it;
	p->last = &it->next;
	p->held += it->cost;
	if (p == pool->first)
		pthread_cond_signal(&pool->found);
	pthread_mutex_unlock(&pool->lock);
}

/* An event that passed the filters, in the job's thread. */
static int deliver(void *job, struct ol_oom_event *e)
{
	struct part *p = job;
	struct item *it = calloc(1, sizeof(*it));
	struct ol_out mem;

	if (!it)
		return -ENOMEM;
	if (p->pool->model->incidents) {
		it->e = malloc(sizeof(*e));
		if (!it->e) {
			free(it);
			return -ENOMEM;
		}
		/* all that an event has lies in its arena: the parser goes on with an empty one */
		*it->e = *e;
		ol_arena_init(&e->arena, e->arena.limit);
		it->cost = sizeof(*e) + it->e->arena.used;
		hand_over(p, it);
		return 0;
	}
	ol_out_init(&mem, -1);
	mem.ascii = p->run->out.ascii;
	ol_explain_render(p->run, e, &mem);
	/* a buffer has room for much more than one line */
	it->text = mem.n ? realloc(mem.buf, mem.n) : NULL;
	if (!it->text)
		it->text = mem.buf;
	it->n = mem.n;
	it->cost = sizeof(*it) + mem.n;
	if (mem.err) {
		item_free(it);
		return mem.err;
	}
	hand_over(p, it);
	return 0;
}

static struct part *part_new(struct pool *pool, struct ol_logsrc *src)
{
	struct part *p = calloc(1, sizeof(*p));
	const struct ol_explain_run *m = pool->model;

	if (p)
		p->run = calloc(1, sizeof(*p->run));
	if (!p || !p->run) {
		free(p);
		return NULL;
	}
	*p->run = (struct ol_explain_run){
		.form = m->form,
		.text = m->text,
		.since_us = m->since_us,
		.until_us = m->until_us,
		.host = m->host,
		.comm = m->comm,
		.container = m->container,
		.kind = m->kind,
		.out.ascii = m->out.ascii,
		.parse = m->parse,
		.deliver = deliver,
		.job = p,
		.stop = &pool->stop,
	};
	p->pool = pool;
	p->src = src;
	p->last = &p->first;
	return p;
}

static void part_free(struct part *p)
{
	while (p->first) {
		struct item *it = p->first;

		p->first = it->next;
		item_free(it);
	}
	ol_logsrc_free(p->src);
	ol_explain_run_free(p->run);
	free(p);
}

/* The next log, at the end of the list; NULL: there is none, or nobody wants it. */
static struct part *take(struct pool *pool)
{
	struct ol_logsrc *src = NULL;
	struct part *p = NULL;

	pthread_mutex_lock(&pool->lock);
	while (pool->n_parts >= WAITING * pool->jobs && !pool->stop)
		pthread_cond_wait(&pool->room, &pool->lock);
	if (!pool->stop) {
		src = ol_logsrc_take(pool->logs);
		p = src ? part_new(pool, src) : NULL;
		if (src ? !p : errno == ENOMEM)
			pool->error = -ENOMEM;
		if (src && !p)
			ol_logsrc_free(src);
	}
	if (p) {
		*pool->last = p;
		pool->last = &p->next;
		pool->n_parts++;
	}
	pthread_mutex_unlock(&pool->lock);
	return p;
}

static void *job(void *arg)
{
	struct pool *pool = arg;
	struct part *p;

	while ((p = take(pool))) {
		p->result = ol_explain_read(p->run, p->src);
		if (!p->result && ol_had_no_memory())
			p->result = -ENOMEM;
		pthread_mutex_lock(&pool->lock);
		p->done = true;
		pthread_cond_signal(&pool->found);
		pthread_mutex_unlock(&pool->lock);
	}
	pthread_mutex_lock(&pool->lock);
	pool->alive--;
	pthread_cond_signal(&pool->found);
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

/* ---- the shower's side ---- */

/* A log is read to its end: what is told about it. */
static void merge(struct ol_explain_run *r, struct ol_explain_run *part)
{
	struct ol_explain_file *f;

	r->events += part->events;
	r->trouble |= part->trouble;
	r->consumed += part->consumed;
	for (size_t i = 0; i < part->n_warnings; i++) {
		const struct ol_explain_warning *w = &part->warnings[i];

		if (!w->line) {
			ol_explain_clear_progress(r);
			ol_say("%.*s", OL_SPAN_ARG(w->text));
		}
		ol_explain_add_warning(r, w->file, w->line, w->text);
	}
	if (!part->n_files || r->n_files + part->n_files > FILES_MAX)
		return;
	f = reallocarray(r->files, r->n_files + part->n_files, sizeof(*f));
	if (!f) {
		ol_no_memory();
		return;
	}
	r->files = f;
	memcpy(f + r->n_files, part->files, part->n_files * sizeof(*f));
	r->n_files += part->n_files;
	part->n_files = 0; /* their texts are ours now */
}

static void wait_a_little(struct pool *pool)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += WAIT_US * 1000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	pthread_cond_timedwait(&pool->found, &pool->lock, &t);
}

/* Shows what stands in @it and behind it, until that fails; frees all. */
static int show_items(struct ol_explain_run *r, struct item *it)
{
	struct item *next;
	int x = 0;

	for (; it; it = next) {
		next = it->next;
		if (!x && it->e)
			x = ol_explain_show(r, it->e);
		else if (!x)
			x = ol_explain_show_rendered(r, ol_span(it->text, it->n));
		item_free(it);
	}
	return x;
}

/* Shows the next things of the first log, or is done with it. 0 or what showing returned. */
static int show_first(struct ol_explain_run *r, struct pool *pool)
{
	struct part *p = pool->first;
	struct item *it = p->first;
	int x;

	if (it) {
		p->first = NULL;
		p->last = &p->first;
		p->held = 0;
	} else {
		pool->first = p->next;
		if (!pool->first)
			pool->last = &pool->first;
		pool->n_parts--;
	}
	pthread_cond_broadcast(&pool->room);
	pthread_mutex_unlock(&pool->lock);
	if (it) {
		x = show_items(r, it);
	} else {
		x = p->result;
		merge(r, p->run);
		part_free(p);
	}
	pthread_mutex_lock(&pool->lock);
	return x;
}

/* Until all is shown, something fails or somebody interrupts. */
static int show_all(struct ol_explain_run *r, struct pool *pool, uint64_t total)
{
	int64_t started = ol_mono_us();
	int x = 0;

	while (!x && !ol_explain_stopped()) {
		const struct part *p = pool->first;
		uint64_t consumed = r->consumed;

		if (!p && !pool->alive)
			return pool->error;
		if (p && (p->first || p->done)) {
			x = show_first(r, pool);
			continue;
		}
		for (; p; p = p->next)
			consumed += __atomic_load_n(&p->run->consumed, __ATOMIC_RELAXED);
		ol_explain_progress(r, consumed, total, started);
		wait_a_little(pool);
	}
	return x;
}

static void nothing(int sig)
{
	(void)sig;
}

/*
 * Ends the jobs: those that wait for a pipe are woken by a signal until they look up. One that a
 * file system keeps longer than a second is left behind: then nothing it uses may be freed.
 */
static bool stop_all(struct pool *pool, const pthread_t *threads, unsigned n)
{
	struct sigaction sa = { .sa_handler = nothing };
	int64_t until = ol_mono_us() + 1000000;

	sigaction(SIGUSR1, &sa, NULL); /* without SA_RESTART */
	__atomic_store_n(&pool->stop, true, __ATOMIC_RELAXED);
	pthread_cond_broadcast(&pool->room);
	while (pool->alive && ol_mono_us() < until) {
		for (unsigned i = 0; i < n && ol_explain_stopped(); i++)
			pthread_kill(threads[i], SIGUSR1);
		wait_a_little(pool);
	}
	return !pool->alive;
}

int ol_explain_jobs(struct ol_explain_run *r, struct ol_logsrc *src)
{
	struct pool *pool = calloc(1, sizeof(*pool));
	pthread_t threads[OL_EXPLAIN_JOBS];
	uint64_t total = ol_logsrc_total(src);
	sigset_t asks, old;
	unsigned n = 0;
	bool ended;
	int x;

	if (!pool)
		return -ENOMEM;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->found, NULL);
	pthread_cond_init(&pool->room, NULL);
	pool->logs = src;
	pool->model = r;
	pool->last = &pool->first;
	pool->jobs = r->jobs;
	/* whoever wants to stop us is heard by the thread that shows */
	sigemptyset(&asks);
	sigaddset(&asks, SIGINT);
	sigaddset(&asks, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &asks, &old);
	pthread_mutex_lock(&pool->lock);
	for (; n < r->jobs && pthread_create(&threads[n], NULL, job, pool) == 0; n++)
		pool->alive++;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	x = n ? show_all(r, pool, total) : -EAGAIN;
	ended = stop_all(pool, threads, n);
	/* interrupted: what was found so far is shown, as far as it goes */
	while (ended && pool->first && !x)
		x = show_first(r, pool);
	pthread_mutex_unlock(&pool->lock);
	ol_explain_clear_progress(r);
	if (!ended) {
		ol_out_flush(&r->out);
		_exit(ol_explain_stopped() ? 128 + ol_explain_stopped() : OL_EXIT_TROUBLE);
	}
	for (unsigned i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	while (pool->first) {
		struct part *p = pool->first;

		pool->first = p->next;
		part_free(p);
	}
	pthread_cond_destroy(&pool->room);
	pthread_cond_destroy(&pool->found);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
	return x;
}
