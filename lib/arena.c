// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/arena.h"
#include "lib/err.h"

#include <stdlib.h>

/* Chunks grow with what is there: many small arenas, or a large one of few chunks. */
#define CHUNK_MIN (8 * 1024)
#define CHUNK_MAX (64 * 1024)
#define KEEP_MAX  (512 * 1024) /* of the one that _reset() keeps */

const char ol_zeros[512];

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
	size_t had = a->used < KEEP_MAX ? a->used : KEEP_MAX;

	if (!a->head || a->head->next || a->head->size > KEEP_MAX) {
		/* the next user shall have it in one piece */
		ol_arena_done(a);
		a->first = had;
		return;
	}
	a->cur = a->head->data;
	a->end = a->head->data + a->head->size;
}

static bool more(struct ol_arena *a, size_t n)
{
	size_t left = a->limit - a->used, size = a->head ? a->used : a->first;
	struct ol_arena_chunk *c;

	if (a->head && size > CHUNK_MAX)
		size = CHUNK_MAX;
	if (size < CHUNK_MIN)
		size = CHUNK_MIN;
	if (size < n)
		size = n;
	if (size > left)
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
	ol_bytes_copy(p, s.p, s.n);
	return ol_span(p, s.n);
}

void *ol_arena_grow(struct ol_arena *a, const void *v, uint32_t n, uint32_t *cap, size_t elem)
{
	/* what is outgrown stays in the arena: few steps, and large ones only when known */
	uint32_t want = *cap < 8 ? 8 : *cap < 512 ? *cap * 4 : *cap * 2;
	void *grown = room(a, want * elem);

	if (!grown)
		return NULL;
	if (n)
		memcpy(grown, v, n * elem);
	*cap = want;
	return grown;
}

void ol_arena_reserve(struct ol_arena *a, void *array_ptr, uint32_t n, uint32_t *cap, size_t elem)
{
	void *v = *cap || n < 8 ? NULL : room(a, n * elem);

	if (!v)
		return;
	memcpy(array_ptr, &v, sizeof(v));
	*cap = n;
}
