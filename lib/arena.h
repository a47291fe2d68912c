/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_LIB_ARENA_H
#define OL_LIB_ARENA_H

#include "lib/span.h"

/*
 * Memory that is given back as a whole. An arena has a limit: what does not fit is refused (NULL),
 * so a hostile log can make an event incomplete but cannot make the program grow.
 */
struct ol_arena_chunk;

struct ol_arena {
	struct ol_arena_chunk *head;
	char *cur, *end;
	size_t used, limit; /* used: bytes of all chunks */
	size_t first; /* size of the first chunk, when there is none */
};

void ol_arena_init(struct ol_arena *a, size_t limit);
void ol_arena_done(struct ol_arena *a);
/* Empties the arena; its next user finds as much memory in one piece, up to 512 KiB. */
void ol_arena_reset(struct ol_arena *a);

/* Zeroed, aligned to 8; NULL when the limit is reached or memory is out. */
void *ol_arena_alloc(struct ol_arena *a, size_t n);
/* Not zeroed, not aligned: for text. */
char *ol_arena_bytes(struct ol_arena *a, size_t n);
/* A copy of @s; {NULL, 0} when it does not fit. */
struct ol_span ol_arena_dup(struct ol_arena *a, struct ol_span s);

/* A larger copy of the array @v of @n elements; NULL when there is no room. */
void *ol_arena_grow(struct ol_arena *a, const void *v, uint32_t n, uint32_t *cap, size_t elem);

/* Room for @n elements, none of them there yet, when there is none so far; else nothing happens. */
void ol_arena_reserve(struct ol_arena *a, void *array_ptr, uint32_t n, uint32_t *cap, size_t elem);

/* To be copied: what gcc makes of clearing 100 to 500 bytes takes longer. */
extern const char ol_zeros[512];

/* Room for one more element in an arena-owned array: the new element (zeroed) or NULL. */
static inline void *ol_arena_push(struct ol_arena *a, void *array_ptr, uint32_t *n, uint32_t *cap,
				  size_t elem)
{
	char *v;

	memcpy(&v, array_ptr, sizeof(v));
	if (*n == *cap) {
		v = ol_arena_grow(a, v, *n, cap, elem);
		if (!v)
			return NULL;
		memcpy(array_ptr, &v, sizeof(v));
	}
	v += elem * (*n)++;
	if (elem > 96 && elem <= sizeof(ol_zeros))
		return memcpy(v, ol_zeros, elem);
	return memset(v, 0, elem);
}

#define OL_VEC(type)             \
	struct {                 \
		type *v;         \
		uint32_t n, cap; \
	}
#define ol_vec_push(a, vec)                                                          \
	((__typeof__((vec)->v))ol_arena_push((a), &(vec)->v, &(vec)->n, &(vec)->cap, \
					     sizeof(*(vec)->v)))

/* An array that will have @count elements grows but once. */
#define ol_vec_reserve(a, vec, count) \
	ol_arena_reserve((a), &(vec)->v, (count), &(vec)->cap, sizeof(*(vec)->v))

#endif
