// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/arena.h"
#include "lib/err.h"

#include <stdlib.h>

#define CHUNK_MIN (64 * 1024)

struct ol_arena_chunk {
	struct ol_arena_chunk *next;
	size_t size;
	char data[] __attribute__((aligned(16)));
};

void ol_arena_init(struct ol_arena *a, size_t limit)
{
	*a = (struct ol_arena){ .limit = limit };
}

void ol_arena_done(struct ol_arena *a)
{
	for (struct ol_arena_chunk *c = a->head, *next; c; c = next) {
		next = c->next;
		free(c);
	}
	*a = (struct ol_arena){ .limit = a->limit };
}

void ol_arena_reset(struct ol_arena *a)
{
	struct ol_arena_chunk *keep = NULL;

	for (struct ol_arena_chunk *c = a->head, *next; c; c = next) {
		next = c->next;
		if (!keep && c->size == CHUNK_MIN) {
			keep = c;
			keep->next = NULL;
		} else {
			free(c);
		}
	}
	a->head = keep;
	a->cur = keep ? keep->data : NULL;
	a->end = keep ? keep->data + keep->size : NULL;
	a->used = keep ? keep->size : 0;
}

static bool more(struct ol_arena *a, size_t n)
{
	size_t size = n > CHUNK_MIN ? n : CHUNK_MIN;
	struct ol_arena_chunk *c;

	if (size > a->limit || a->used > a->limit - size)
		return false;
	c = malloc(sizeof(*c) + size);
	if (!c) {
		ol_no_memory(); /* unlike what the limit refuses, nobody is told of it */
		return false;
	}
	c->size = size;
	c->next = a->head;
	a->head = c;
	a->cur = c->data;
	a->end = c->data + size;
	a->used += size;
	return true;
}

char *ol_arena_bytes(struct ol_arena *a, size_t n)
{
	char *p;

	if ((size_t)(a->end - a->cur) < n && !more(a, n))
		return NULL;
	p = a->cur;
	a->cur += n;
	return p;
}

/* For anything: aligned to 8, not cleared. */
static void *room(struct ol_arena *a, size_t n)
{
	size_t pad = -(uintptr_t)a->cur & 7;
	char *p;

	n = (n + 7) & ~(size_t)7;
	if ((size_t)(a->end - a->cur) < n + pad) {
		if (!more(a, n))
			return NULL;
		pad = 0;
	}
	p = a->cur + pad;
	a->cur = p + n;
	return p;
}

void *ol_arena_alloc(struct ol_arena *a, size_t n)
{
	void *p = room(a, n);

	return p ? memset(p, 0, n) : NULL;
}

struct ol_span ol_arena_dup(struct ol_arena *a, struct ol_span s)
{
	char *p = ol_arena_bytes(a, s.n ? s.n : 1);

	if (!p)
		return (struct ol_span){ NULL, 0 };
	if (s.n)
		memcpy(p, s.p, s.n);
	return ol_span(p, s.n);
}

void *ol_arena_push(struct ol_arena *a, void *array_ptr, uint32_t *n, uint32_t *cap, size_t elem)
{
	void *v;

	memcpy(&v, array_ptr, sizeof(v));
	if (*n == *cap) {
		uint32_t want = *cap ? *cap * 2 : 8;
		char *grown = room(a, want * elem);

		if (!grown)
			return NULL;
		if (*n)
			memcpy(grown, v, *n * elem);
		memset(grown + *n * elem, 0, (want - *n) * elem);
		memcpy(array_ptr, &grown, sizeof(grown));
		v = grown;
		*cap = want;
	}
	return (char *)v + elem * (*n)++;
}
