// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/explain_run.h"
#include "cli/interrupt.h"

#include "lib/err.h"
#include "lib/spool.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/*
 * --jobs: threads read and decode, each a log (with its rotated files) at a time; the caller's
 * thread shows what they found in the order of the logs. A job renders its events itself, except
 * where events of several logs become one incident: then the events go over, memory and all.
 *
 * A log is taken apart by one thread from its beginning to its end, for what a line means depends
 * on lines before it. When no log is left, the other jobs search large ones in front of their
 * readers (explain_ahead.h), and of the last log the events go over, too: rendering them is a third
 * of the work.
 *
 * What a log has to show while others are shown waits in memory, and beyond that in a file that has
 * no name. Events do not: their job waits.
 */

#define HELD_BYTES (24u << 20) /* of all logs, waiting in memory; one event may be more */
#define ARENAS     16 /* of events that were shown, for others */
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
	struct ol_ahead *ahead; /* lock: its reader's, when others can help */
	/* behind them: texts in a file, one after the other */
	int fd; /* -1: none yet; -2: there can be none */
	size_t *sizes; /* lock: of the texts */
	size_t n_sizes, cap_sizes, at_size; /* lock: in the file, room, shown so far */
	off_t end, at; /* written by the job, read by the shower */
};

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t found; /* the first part has items or is done, or a job ended */
	pthread_cond_t room; /* something was shown, or all shall stop */
	pthread_cond_t help; /* a part has .ahead, or less is .reading */
	struct ol_logsrc *logs; /* lock: what nobody has taken yet */
	const struct ol_explain_run *model; /* but for its output, which is the shower's */
	bool ascii; /* as that was before the jobs began */
	struct part *first, **last; /* lock: in the order of the logs */
	size_t limit, wake; /* bytes of one log that may wait; worth a change of threads */
	unsigned n_parts, jobs, alive; /* lock */
	unsigned reading; /* lock: parts that are not done */
	struct ol_arena arenas[ARENAS]; /* lock */
	unsigned n_arenas; /* lock */
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

/* Puts the text into the part's file: false when that cannot be. Only the job calls it. */
static bool spill(struct part *p, const struct item *it)
{
	bool kept = false;
	size_t *v;

	if (it->e || p->fd == -2)
		return false;
	if (p->fd == -1)
		p->fd = ol_spool_open();
	if (p->fd < 0)
		p->fd = -2;
	if (p->fd < 0 || ol_spool_write(p->fd, it->text, it->n, (uint64_t)p->end) < 0)
		return false;
	pthread_mutex_lock(&p->pool->lock);
	if (p->n_sizes == p->cap_sizes) {
		size_t cap = p->cap_sizes ? 2 * p->cap_sizes : 256;

		v = reallocarray(p->sizes, cap, sizeof(*v));
		if (v) {
			p->sizes = v;
			p->cap_sizes = cap;
		}
	}
	if (p->n_sizes < p->cap_sizes) {
		p->sizes[p->n_sizes++] = it->n;
		p->end += (off_t)it->n;
		kept = true;
	}
	if (p == p->pool->first)
		pthread_cond_signal(&p->pool->found);
	pthread_mutex_unlock(&p->pool->lock);
	return kept;
}

static void hand_over(struct part *p, struct item *it)
{
	struct pool *pool = p->pool;
	bool wait;

	pthread_mutex_lock(&pool->lock);
	/* in order: what stands in the file must be shown before anything else goes past it */
	while (p->at_size < p->n_sizes || (p->held > pool->limit && !pool->stop)) {
		wait = p == pool->first && p->at_size == p->n_sizes;
		pthread_mutex_unlock(&pool->lock);
		if (!wait && spill(p, it)) {
			item_free(it);
			return;
		}
		pthread_mutex_lock(&pool->lock);
		if (pool->stop && p->at_size < p->n_sizes) {
			/* no file, and nobody will show the one there is while we wait */
			pthread_mutex_unlock(&pool->lock);
			item_free(it);
			return;
		}
		if (p->at_size < p->n_sizes || (p->held > pool->limit && !pool->stop))
			pthread_cond_wait(&pool->room, &pool->lock);
	}
	*p->last = it;
	p->last = &it->next;
	p->held += it->cost;
	if (p == pool->first && p->held >= pool->wake)
		pthread_cond_signal(&pool->found);
	pthread_mutex_unlock(&pool->lock);
}

/*
 * The event goes over as it is: all that it has lies in its arena. The parser goes on with another
 * one.
 */
static int give(struct part *p, struct item *it, struct ol_oom_event *e)
{
	it->e = malloc(sizeof(*e));
	if (!it->e) {
		free(it);
		return -ENOMEM;
	}
	ol_event_move(it->e, e);
	pthread_mutex_lock(&p->pool->lock);
	if (p->pool->n_arenas)
		e->arena = p->pool->arenas[--p->pool->n_arenas];
	pthread_mutex_unlock(&p->pool->lock);
	it->cost = sizeof(*e) + it->e->arena.used;
	hand_over(p, it);
	return 0;
}

/* Has the shower nothing to do but what this part finds, and not enough of that? */
static bool shower_has_time(struct part *p)
{
	bool yes;

	pthread_mutex_lock(&p->pool->lock);
	yes = p == p->pool->first && !p->next && p->held < p->pool->limit / 2;
	pthread_mutex_unlock(&p->pool->lock);
	return yes;
}

/* An event that passed the filters, in the job's thread. */
static int deliver(void *job, struct ol_oom_event *e)
{
	struct part *p = job;
	struct item *it = calloc(1, sizeof(*it));
	bool all = shower_has_time(p);
	struct ol_out mem;
	int x = all ? 0 : ol_explain_judge(e);

	if (!it || x) {
		free(it);
		return -ENOMEM;
	}
	if (all || p->pool->model->incidents)
		return give(p, it, e);
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

static void look_ahead(void *job, struct ol_ahead *a)
{
	struct part *p = job;

	pthread_mutex_lock(&p->pool->lock);
	p->ahead = a;
	pthread_cond_broadcast(&p->pool->help);
	pthread_mutex_unlock(&p->pool->lock);
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
		.bare = m->bare,
		.out.ascii = pool->ascii,
		.parse = m->parse,
		.deliver = deliver,
		.job = p,
		.look_ahead = look_ahead,
		.helpers = pool->jobs,
		.stop = &pool->stop,
	};
	p->pool = pool;
	p->src = src;
	p->last = &p->first;
	p->fd = -1;
	return p;
}

static void part_free(struct part *p)
{
	while (p->first) {
		struct item *it = p->first;

		p->first = it->next;
		item_free(it);
	}
	if (p->fd >= 0)
		close(p->fd);
	free(p->sizes);
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
		pool->reading++;
	}
	pthread_mutex_unlock(&pool->lock);
	return p;
}

/* No log is left: helps those who read one, the first first. */
static void help(struct pool *pool)
{
	struct ol_ahead *a;
	struct part *p;

	pthread_mutex_lock(&pool->lock);
	while (pool->reading && !pool->stop) {
		for (p = pool->first; p && !p->ahead; p = p->next)
			;
		if (!p) {
			pthread_cond_wait(&pool->help, &pool->lock);
			continue;
		}
		a = ol_ahead_ref(p->ahead);
		pthread_mutex_unlock(&pool->lock);
		ol_ahead_help(a);
		pthread_mutex_lock(&pool->lock);
		/* there is no more to do there, if it is still there */
		for (p = pool->first; p && p->ahead != a; p = p->next)
			;
		if (p)
			p->ahead = NULL;
		ol_ahead_unref(a);
	}
	pthread_mutex_unlock(&pool->lock);
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
		pool->reading--;
		pthread_cond_signal(&pool->found);
		pthread_cond_broadcast(&pool->help);
		pthread_mutex_unlock(&pool->lock);
	}
	help(pool);
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
	if (!r->only.p) {
		r->only = part->only;
		part->only.p = NULL;
	}
	r->n_read += part->n_read;
	r->n_empty += part->n_empty;
	r->no_log |= part->no_log;
	r->bytes += part->bytes;
	r->lines += part->lines;
	r->overwritten |= part->overwritten;
	r->cut |= part->cut;
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

/* True when nobody had anything to say. */
static bool wait_a_little(struct pool *pool)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += WAIT_US * 1000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return pthread_cond_timedwait(&pool->found, &pool->lock, &t) != 0;
}

/* The memory of an event that was shown: another one will find it warm. */
static void keep_arena(struct pool *pool, struct ol_arena *a)
{
	ol_arena_reset(a);
	pthread_mutex_lock(&pool->lock);
	if (pool->n_arenas < ARENAS) {
		pool->arenas[pool->n_arenas++] = *a;
		ol_arena_init(a, a->limit);
	}
	pthread_mutex_unlock(&pool->lock);
}

/* Shows what stands in @it and behind it, until that fails; frees all. */
static int show_items(struct ol_explain_run *r, struct pool *pool, struct item *it)
{
	struct item *next;
	int x = 0;

	for (; it; it = next) {
		next = it->next;
		if (!x && it->e)
			x = ol_explain_show(r, it->e);
		else if (!x)
			x = ol_explain_show_rendered(r, ol_span(it->text, it->n));
		if (it->e)
			keep_arena(pool, &it->e->arena);
		item_free(it);
	}
	return x;
}

/* The next text of the file. Called with the lock held, which is left meanwhile. */
static int show_spilled(struct ol_explain_run *r, struct part *p)
{
	size_t n = p->sizes[p->at_size], done = 0;
	char *text;
	int x = 0;

	pthread_mutex_unlock(&p->pool->lock);
	text = malloc(n ? n : 1);
	while (text && done < n) {
		ssize_t got = pread(p->fd, text + done, n - done, p->at + (off_t)done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			x = got < 0 ? -errno : -EIO;
			break;
		}
		done += (size_t)got;
	}
	x = !text ? -ENOMEM : x ? x : ol_explain_show_rendered(r, ol_span(text, n));
	free(text);
	p->at += (off_t)n;
	pthread_mutex_lock(&p->pool->lock);
	p->at_size++;
	return x;
}

/* Shows the next things of the first log, or is done with it. 0 or what showing returned. */
static int show_first(struct ol_explain_run *r, struct pool *pool)
{
	struct part *p = pool->first;
	struct item *it = p->first;
	int x = 0;

	if (!it && p->at_size < p->n_sizes) {
		x = show_spilled(r, p);
		if (p->at_size == p->n_sizes)
			pthread_cond_broadcast(&pool->room);
		return x;
	}
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
		x = show_items(r, pool, it);
	} else {
		x = p->result;
		merge(r, p->run);
		part_free(p);
	}
	pthread_mutex_lock(&pool->lock);
	return x;
}

static bool something_to_show(const struct part *p, bool waited)
{
	return p && (p->done || p->at_size < p->n_sizes || p->held >= p->pool->wake ||
		     (p->first && waited));
}

/* Until all is shown, something fails or somebody interrupts. */
static int show_all(struct ol_explain_run *r, struct pool *pool, uint64_t total)
{
	int64_t started = ol_mono_us();
	bool waited = false;
	int x = 0;

	while (!x && !ol_interrupted()) {
		const struct part *p = pool->first;
		uint64_t consumed = r->consumed;

		if (!p && !pool->alive)
			return pool->error;
		if (something_to_show(p, waited)) {
			x = show_first(r, pool);
			waited = false;
			continue;
		}
		for (; p; p = p->next)
			consumed += __atomic_load_n(&p->run->consumed, __ATOMIC_RELAXED);
		ol_explain_progress(r, consumed, total, started);
		waited = wait_a_little(pool);
	}
	return x;
}

/* What jobs that do not end have handed over so far, in the order of the logs. */
static int show_unfinished(struct ol_explain_run *r, struct pool *pool)
{
	int x = 0;

	for (struct part *p = pool->first; p && !x; p = p->next) {
		struct item *it = p->first;

		while (!it && !x && p->at_size < p->n_sizes)
			x = show_spilled(r, p);
		p->first = NULL;
		p->last = &p->first;
		p->held = 0;
		pthread_mutex_unlock(&pool->lock);
		x = it ? show_items(r, pool, it) : x;
		pthread_mutex_lock(&pool->lock);
	}
	return x;
}

static void nothing(int sig)
{
	(void)sig;
}

/*
 * Ends the jobs: those that wait for a pipe are woken by a signal until they look up. One that a
 * file system keeps longer than half a second is left behind: then nothing it uses may be freed.
 */
static bool stop_all(struct pool *pool, const pthread_t *threads, unsigned n)
{
	struct sigaction sa = { .sa_handler = nothing };
	int64_t until = ol_mono_us() + (ol_interrupted() ? OL_INTERRUPT_JOBS_US : 1000000);

	sigaction(SIGUSR1, &sa, NULL); /* without SA_RESTART */
	__atomic_store_n(&pool->stop, true, __ATOMIC_RELAXED);
	pthread_cond_broadcast(&pool->room);
	pthread_cond_broadcast(&pool->help);
	while (pool->alive && ol_mono_us() < until) {
		for (unsigned i = 0; i < n && ol_interrupted(); i++)
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
	unsigned n = 0;
	bool ended;
	int x;

	if (!pool)
		return -ENOMEM;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->found, NULL);
	pthread_cond_init(&pool->room, NULL);
	pthread_cond_init(&pool->help, NULL);
	pool->logs = src;
	pool->model = r;
	pool->ascii = r->out.ascii;
	pool->last = &pool->first;
	pool->jobs = r->jobs;
	pool->limit = HELD_BYTES / (WAITING * r->jobs);
	pool->wake = pool->limit / 4;
	pthread_mutex_lock(&pool->lock);
	for (; n < r->jobs && pthread_create(&threads[n], NULL, job, pool) == 0; n++)
		pool->alive++;
	/* where no thread can be had, one does */
	x = n ? show_all(r, pool, total) : ol_explain_read(r, src);
	ended = stop_all(pool, threads, n);
	/* interrupted: what was found so far is shown, as far as it goes */
	while (ended && pool->first && !x)
		x = show_first(r, pool);
	if (!ended && !x)
		x = show_unfinished(r, pool);
	pthread_mutex_unlock(&pool->lock);
	ol_explain_clear_progress(r);
	if (!ended) {
		r->in_use = true;
		return x ? x : -EINTR;
	}
	for (unsigned i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	while (pool->first) {
		struct part *p = pool->first;

		pool->first = p->next;
		part_free(p);
	}
	while (pool->n_arenas)
		ol_arena_done(&pool->arenas[--pool->n_arenas]);
	pthread_cond_destroy(&pool->help);
	pthread_cond_destroy(&pool->room);
	pthread_cond_destroy(&pool->found);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
	return x;
}
