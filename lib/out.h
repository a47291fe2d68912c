/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_LIB_OUT_H
#define OL_LIB_OUT_H

#include "lib/span.h"

/*
 * Output that is collected in a buffer and handed to a descriptor when the buffer is full, or kept
 * in memory (fd -1). The first error (EPIPE, ENOSPC, ENOMEM) sticks in @err; what comes later is
 * dropped.
 */
struct ol_out {
	char *buf;
	size_t n, cap;
	int fd;
	int err; /* 0 or negative errno */
	bool ascii; /* the reader's locale has no UTF-8 */
	/* asked when a write took less than all or was interrupted: true ends it, with -EINTR */
	bool (*give_up)(void);
};

void ol_out_init(struct ol_out *o, int fd);
void ol_out_done(struct ol_out *o);
int ol_out_flush(struct ol_out *o); /* 0 or the sticky error */

/* Room for @n bytes at the end of the buffer, or NULL; ol_out_add() says how many were used. */
char *ol_out_more(struct ol_out *o, size_t n);
static inline char *ol_out_room(struct ol_out *o, size_t n)
{
	return o->cap - o->n >= n ? o->buf + o->n : ol_out_more(o, n);
}
static inline void ol_out_add(struct ol_out *o, size_t n)
{
	o->n += n;
}

/* Writes @v's digits at @p, where there is room for OL_U64_ROOM bytes; returns the place behind. */
enum { OL_U64_ROOM = 24 };
char *ol_put_u64(char *p, uint64_t v);

void ol_out_bytes(struct ol_out *o, const void *p, size_t n);
void ol_out_u64(struct ol_out *o, uint64_t v);
void ol_out_i64(struct ol_out *o, int64_t v);
void ol_out_printf(struct ol_out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static inline void ol_out_span(struct ol_out *o, struct ol_span s)
{
	ol_out_bytes(o, s.p, s.n);
}

static inline void ol_out_str(struct ol_out *o, const char *s)
{
	ol_out_bytes(o, s, strlen(s));
}

static inline void ol_out_char(struct ol_out *o, char c)
{
	char *p = ol_out_room(o, 1);

	if (p) {
		*p = c;
		o->n++;
	}
}

/*
 * Text from outside, made safe for a terminal: what is not seen (unseen.h: controls, DEL, bidi
 * controls, fillers, tags ...) and bytes that are not UTF-8 appear as \xNN. Other UTF-8 passes.
 */
void ol_out_safe(struct ol_out *o, struct ol_span s);
/*
 * The same for the inside of a JSON string, there as \uNNNN; bytes that are not UTF-8 become
 * U+FFFD.
 */
void ol_out_json_text(struct ol_out *o, struct ol_span s);
void ol_out_json_quoted(struct ol_out *o, struct ol_span s); /* with its quotes */

/* How many bytes at the front of @s stand for themselves inside a JSON string. */
size_t ol_json_plain(struct ol_span s);

/*
 * JSON, written as it comes. Depth is at most 63. Keys are literals of ours unless they come
 * through ol_json_key(), which escapes.
 */
struct ol_json {
	struct ol_out *o;
	uint64_t more; /* bit per depth: something stands there already */
	unsigned depth;
};

void ol_json_init(struct ol_json *j, struct ol_out *o);
void ol_json_close(struct ol_json *j, char bracket);
void ol_json_key(struct ol_json *j, struct ol_span key);
/* A value that is JSON already. */
void ol_json_raw(struct ol_json *j, struct ol_span value);

/* What the functions below are: @n is the length of the key, which is NULL in an array. */
void ol_json_open_n(struct ol_json *j, const char *key, size_t n, char bracket);
void ol_json_u64_n(struct ol_json *j, const char *key, size_t n, uint64_t v);
void ol_json_i64_n(struct ol_json *j, const char *key, size_t n, int64_t v);
void ol_json_span_n(struct ol_json *j, const char *key, size_t n, struct ol_span s);

/* Inline, so that the length of a literal is none to be counted. */
#define OL_KEY_INLINE static inline __attribute__((always_inline))
OL_KEY_INLINE size_t ol_key_len(const char *key)
{
	return key ? strlen(key) : 0;
}
OL_KEY_INLINE void ol_json_open(struct ol_json *j, const char *key, char bracket)
{
	ol_json_open_n(j, key, ol_key_len(key), bracket);
}
OL_KEY_INLINE void ol_json_u64(struct ol_json *j, const char *key, uint64_t v)
{
	ol_json_u64_n(j, key, ol_key_len(key), v);
}
OL_KEY_INLINE void ol_json_i64(struct ol_json *j, const char *key, int64_t v)
{
	ol_json_i64_n(j, key, ol_key_len(key), v);
}
OL_KEY_INLINE void ol_json_span(struct ol_json *j, const char *key, struct ol_span s)
{
	ol_json_span_n(j, key, ol_key_len(key), s);
}
void ol_json_bool(struct ol_json *j, const char *key, bool v);
void ol_json_str(struct ol_json *j, const char *key, const char *s);
/* @v / 10^@digits as an exact decimal: ol_json_fixed(j, "monotonic_s", us, 6) */
void ol_json_fixed(struct ol_json *j, const char *key, int64_t v, unsigned digits);

/*
 * Length of the UTF-8 sequence at the start of @s and its code point; 0 when the bytes are no valid
 * (shortest, non-surrogate) UTF-8.
 */
size_t ol_utf8_next(struct ol_span s, uint32_t *ret_cp);

#endif
