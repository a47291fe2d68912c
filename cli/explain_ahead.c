// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/explain_ahead.h"

#include "collect/log/logsrc.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * The file is searched in stripes. Whoever has time takes the next one; the reader, when it comes
 * to one that nobody has taken, reads it as it would without help, and when it comes to one that is
 * still being searched, searches another one meanwhile.
 */

#define STRIPE     OL_LOG_PIECE
#define STRIPE_MIN (1u << 20)
#define RING_MAX   64 /* stripes in front of the reader that may be known */
#define READ       (512u << 10) /* at a time: it stays in a core's own cache */
#define PAGE       4096

enum state { IDLE, TAKEN, KNOWN };

struct stripe {
	enum state state;
	struct ol_scanned s;
};

struct ol_ahead {
	pthread_mutex_t lock;
	pthread_cond_t change; /* of anything below */
	unsigned refs; /* lock */
	int fd;
	size_t bytes; /* of a stripe */
	uint64_t n; /* stripes of the file; what stands behind them is not searched here */
	unsigned ring_n;
	uint64_t next; /* lock: all before were taken */
	uint64_t here; /* lock: where the reader is */
	bool done; /* lock */
	char *buf; /* of the reader */
	/* lock: number k is ring[k % ring_n], from @here up to @next; TAKEN: its taker's */
	struct stripe ring[RING_MAX];
};

/* OOMLENS_CHUNK=BYTES makes stripes small: for tests, whose logs are. */
static size_t stripe_bytes(void)
{
	const char *s = secure_getenv("OOMLENS_CHUNK");
	uint64_t n;

	if (!s || !ol_span_u64(ol_span_str(s), &n) || n > STRIPE)
		return STRIPE;
	return n < STRIPE_MIN ? STRIPE_MIN : (size_t)n / STRIPE_MIN * STRIPE_MIN;
}

/* For READ bytes and the OL_SCANNED_BEHIND that must be seen with them. */
static char *search_buf(void)
{
	_Static_assert(OL_SCANNED_BEHIND <= PAGE, "its size must be one of whole pages");
	return aligned_alloc(PAGE, READ + PAGE);
}

struct ol_ahead *ol_ahead_new(int fd, uint64_t size, unsigned jobs)
{
	size_t bytes = stripe_bytes();
	struct ol_ahead *a;

	/* threads have to be woken for it */
	if (size < 4 * bytes)
		return NULL;
	a = calloc(1, sizeof(*a));
	if (a)
		a->buf = search_buf();
	if (!a || !a->buf) {
		free(a);
		return NULL;
	}
	/* a helper may still be in it when the reader has closed its own */
	a->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (a->fd < 0) {
		free(a->buf);
		free(a);
		return NULL;
	}
	a->refs = 1;
	a->bytes = bytes;
	a->n = (size - OL_SCANNED_BEHIND) / bytes;
	a->ring_n = 4 * jobs < RING_MAX ? 4 * jobs : RING_MAX;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->change, NULL);
	return a;
}

struct ol_ahead *ol_ahead_ref(struct ol_ahead *a)
{
	pthread_mutex_lock(&a->lock);
	a->refs++;
	pthread_mutex_unlock(&a->lock);
	return a;
}

void ol_ahead_unref(struct ol_ahead *a)
{
	bool last;

	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	last = !--a->refs;
	pthread_mutex_unlock(&a->lock);
	if (!last)
		return;
	close(a->fd);
	pthread_cond_destroy(&a->change);
	pthread_mutex_destroy(&a->lock);
	free(a->buf);
	free(a);
}

/*
 * Reads and searches. Not through a window: threads that map and unmap wait for each other. What
 * cannot be read is not known, and the reader will see for itself.
 */
static void search(const struct ol_ahead *a, struct ol_scanned *s, char *buf)
{
	size_t n = READ / s->block * s->block, got, done;
	ssize_t r = 1;

	for (done = 0; done < a->bytes && r > 0; done += n) {
		n = a->bytes - done < n ? a->bytes - done : n;
		for (got = 0; got < n + OL_SCANNED_BEHIND && r > 0; got += r > 0 ? (size_t)r : 0)
			do
				r = pread(a->fd, buf + got, n + OL_SCANNED_BEHIND - got,
					  (off_t)(s->from + done + got));
			while (r < 0 && errno == EINTR);
		if (r > 0)
			ol_scanned_add(s, buf, got);
	}
}

/*
 * Takes the next stripe and searches it; false: there is none to take. @buf: search_buf(). The lock
 * is held.
 */
static bool search_one(struct ol_ahead *a, char *buf)
{
	uint64_t k = a->next;
	struct stripe *st = &a->ring[k % a->ring_n];

	if (a->done || k >= a->n || k >= a->here + a->ring_n || st->state == TAKEN)
		return false;
	a->next++;
	st->state = TAKEN;
	pthread_mutex_unlock(&a->lock);
	st->s.from = k * a->bytes;
	st->s.block = a->bytes / OL_SCANNED_BLOCKS;
	st->s.n = 0;
	search(a, &st->s, buf);
	pthread_mutex_lock(&a->lock);
	st->state = KNOWN;
	pthread_cond_broadcast(&a->change);
	return true;
}

void ol_ahead_help(struct ol_ahead *a)
{
	char *buf = search_buf();

	/* the reader does it alone */
	if (!buf)
		return;
	pthread_mutex_lock(&a->lock);
	while (!a->done && a->next < a->n)
		if (!search_one(a, buf))
			pthread_cond_wait(&a->change, &a->lock);
	pthread_mutex_unlock(&a->lock);
	free(buf);
}

const struct ol_scanned *ol_ahead_at(struct ol_ahead *a, uint64_t off, size_t *n)
{
	const struct ol_scanned *s = NULL;
	uint64_t k = off / a->bytes;
	struct stripe *st = &a->ring[k % a->ring_n];

	if (k >= a->n)
		return NULL;
	if (*n > (k + 1) * a->bytes - off)
		*n = (size_t)((k + 1) * a->bytes - off);
	pthread_mutex_lock(&a->lock);
	if (k != a->here) {
		/* there is room for more */
		for (uint64_t i = a->here; i < k && i < a->next; i++)
			if (a->ring[i % a->ring_n].state == KNOWN)
				a->ring[i % a->ring_n].state = IDLE;
		a->here = k;
		pthread_cond_broadcast(&a->change);
	}
	if (a->next <= k) {
		a->next = k + 1;
		st->state = IDLE;
	}
	while (st->state == TAKEN)
		if (!search_one(a, a->buf))
			pthread_cond_wait(&a->change, &a->lock);
	if (st->state == KNOWN)
		s = &st->s;
	pthread_mutex_unlock(&a->lock);
	return s;
}

void ol_ahead_done(struct ol_ahead *a)
{
	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	a->done = true;
	pthread_cond_broadcast(&a->change);
	pthread_mutex_unlock(&a->lock);
}
