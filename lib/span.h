/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_LIB_SPAN_H
#define OL_LIB_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

/*
 * Text is a span: bytes that somebody else owns, with a length and without a NUL.
 * p == NULL means "absent", which is not the same as empty.
 */
struct ol_span {
	const char *p;
	size_t n;
};

#define OL_SPAN_INIT(lit)               \
	{                               \
		"" lit, sizeof(lit) - 1 \
	} /* in static tables */
#define OL_SPAN(lit)   ((struct ol_span)OL_SPAN_INIT(lit))
#define OL_SPAN_FMT    "%.*s"
#define OL_SPAN_ARG(s) (int)(s).n, (s).p ? (s).p : ""

static inline struct ol_span ol_span(const char *p, size_t n)
{
	return (struct ol_span){ p, n };
}

static inline struct ol_span ol_span_str(const char *s)
{
	return (struct ol_span){ s, s ? strlen(s) : 0 };
}

/*
 * Are the @n bytes the same? Log lines are compared with words of a few bytes all the time: less
 * than a call of memcmp() costs. The last bytes may be looked at twice.
 */
/* NOLINTBEGIN(clang-analyzer-core*): what has a length has bytes */
static inline bool ol_bytes_eq(const char *a, const char *b, size_t n)
{
	uint64_t x, y;
	uint32_t v, w;

	if (n >= 8) {
		for (size_t i = 0; n - i > 8; i += 8) {
			memcpy(&x, a + i, 8);
			memcpy(&y, b + i, 8);
			if (x != y)
				return false;
		}
		memcpy(&x, a + n - 8, 8);
		memcpy(&y, b + n - 8, 8);
		return x == y;
	}
	if (n >= 4) {
		memcpy(&v, a, 4);
		memcpy(&w, b, 4);
		if (v != w)
			return false;
		memcpy(&v, a + n - 4, 4);
		memcpy(&w, b + n - 4, 4);
		return v == w;
	}
	return !n || (a[0] == b[0] && a[n / 2] == b[n / 2] && a[n - 1] == b[n - 1]);
}
/* NOLINTEND(clang-analyzer-core*) */

/* memcpy() of what is mostly a few bytes. */
static inline void ol_bytes_copy(char *to, const char *from, size_t n)
{
	struct {
		char s[16];
	} a, b, c, d;
	uint64_t x, y;
	uint32_t v, w;

	if (n > 64) {
		memcpy(to, from, n);
	} else if (n > 32) {
		memcpy(&a, from, 16);
		memcpy(&b, from + 16, 16);
		memcpy(&c, from + n - 32, 16);
		memcpy(&d, from + n - 16, 16);
		memcpy(to, &a, 16);
		memcpy(to + 16, &b, 16);
		memcpy(to + n - 32, &c, 16);
		memcpy(to + n - 16, &d, 16);
	} else if (n >= 16) {
		memcpy(&a, from, 16);
		memcpy(&b, from + n - 16, 16);
		memcpy(to, &a, 16);
		memcpy(to + n - 16, &b, 16);
	} else if (n >= 8) {
		memcpy(&x, from, 8);
		memcpy(&y, from + n - 8, 8);
		memcpy(to, &x, 8);
		memcpy(to + n - 8, &y, 8);
	} else if (n >= 4) {
		memcpy(&v, from, 4);
		memcpy(&w, from + n - 4, 4);
		memcpy(to, &v, 4);
		memcpy(to + n - 4, &w, 4);
	} else if (n) {
		to[0] = from[0];
		to[n / 2] = from[n / 2];
		to[n - 1] = from[n - 1];
	}
}

static inline bool ol_span_eq(struct ol_span a, struct ol_span b)
{
	return a.n == b.n && ol_bytes_eq(a.p, b.p, a.n);
}

static inline bool ol_span_eqs(struct ol_span a, const char *s)
{
	/* most that are compared differ in their first byte */
	/* NOLINTNEXTLINE(clang-analyzer-core*): what has a length has bytes */
	if (a.n && s && a.p[0] != s[0])
		return false;
	return ol_span_eq(a, ol_span_str(s));
}

static inline bool ol_span_starts(struct ol_span a, struct ol_span head)
{
	return a.n >= head.n && (!head.n || a.p[0] == head.p[0]) &&
	       ol_bytes_eq(a.p, head.p, head.n);
}

static inline bool ol_span_starts_str(struct ol_span a, const char *head)
{
	/* of the words in a list most differ in their first byte */
	return (!*head || (a.n && a.p[0] == *head)) && ol_span_starts(a, ol_span_str(head));
}

static inline bool ol_span_ends(struct ol_span a, struct ol_span tail)
{
	return a.n >= tail.n && ol_bytes_eq(a.p + (a.n - tail.n), tail.p, tail.n);
}

/* a without its first k bytes (all of it gone when it is shorter) */
static inline struct ol_span ol_span_skip(struct ol_span a, size_t k)
{
	if (k > a.n)
		k = a.n;
	/* an absent span has no address to add to */
	return k ? (struct ol_span){ a.p + k, a.n - k } : a;
}

static inline struct ol_span ol_span_head(struct ol_span a, size_t k)
{
	return (struct ol_span){ a.p, k < a.n ? k : a.n };
}

/* Eats @head from the front of *@a when it is there. */
static inline bool ol_span_eat(struct ol_span *a, struct ol_span head)
{
	if (!ol_span_starts(*a, head))
		return false;
	*a = ol_span_skip(*a, head.n);
	return true;
}

static inline bool ol_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static inline bool ol_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool ol_is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool ol_is_xdigit(char c)
{
	return ol_is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static inline struct ol_span ol_span_ltrim(struct ol_span a)
{
	size_t i = 0;

	while (i < a.n && ol_is_blank(a.p[i]))
		i++;
	return ol_span_skip(a, i);
}

static inline struct ol_span ol_span_rtrim(struct ol_span a)
{
	while (a.n && (ol_is_blank(a.p[a.n - 1]) || a.p[a.n - 1] == '\r' || a.p[a.n - 1] == '\n'))
		a.n--;
	return a;
}

static inline struct ol_span ol_span_trim(struct ol_span a)
{
	return ol_span_rtrim(ol_span_ltrim(a));
}

/* Offset of the first / last @needle in @a, or -1. Offsets fit: a line is at most 1 MiB. */
ssize_t ol_span_find(struct ol_span a, struct ol_span needle);
ssize_t ol_span_rfind(struct ol_span a, struct ol_span needle);

static inline bool ol_span_has(struct ol_span a, struct ol_span needle)
{
	return ol_span_find(a, needle) >= 0;
}

static inline ssize_t ol_span_chr(struct ol_span a, char c)
{
	const char *q = a.n ? memchr(a.p, c, a.n) : NULL;

	return q ? q - a.p : -1;
}

/* Next token between blanks: false at the end. *@rest is moved behind the token. */
static inline bool ol_span_token(struct ol_span *rest, struct ol_span *ret_token)
{
	struct ol_span a = ol_span_ltrim(*rest);
	size_t i = 0;

	while (i < a.n && !ol_is_blank(a.p[i]))
		i++;
	if (!i)
		return false;
	*ret_token = ol_span_head(a, i);
	*rest = ol_span_skip(a, i);
	return true;
}

/*
 * Numbers at the front of *@a: on success the digits are eaten and *@ret set, otherwise both stay
 * as they were. Values that do not fit are broken, not clamped: false.
 * Here and not in span.c because half of a task table is numbers.
 */
bool ol_eat_u64_long(struct ol_span *a, uint64_t *ret);
static inline bool ol_eat_u64(struct ol_span *a, uint64_t *ret)
{
	uint64_t v = 0;
	size_t i = 0;

	for (; i < a->n && ol_is_digit(a->p[i]); i++) {
		if (i == 19) /* 19 digits always fit */
			return ol_eat_u64_long(a, ret);
		v = v * 10 + (uint64_t)(a->p[i] - '0');
	}
	if (!i)
		return false;
	*a = ol_span_skip(*a, i);
	*ret = v;
	return true;
}

static inline bool ol_eat_i64(struct ol_span *a, int64_t *ret) /* optional '-' */
{
	/* NOLINTNEXTLINE(clang-analyzer-core*): what has a length has bytes */
	bool neg = a->n && a->p[0] == '-';
	struct ol_span t = ol_span_skip(*a, neg);
	uint64_t v;

	if (!ol_eat_u64(&t, &v) || v > (uint64_t)INT64_MAX)
		return false;
	*a = t;
	*ret = neg ? -(int64_t)v : (int64_t)v;
	return true;
}

bool ol_eat_hex(struct ol_span *a, uint64_t *ret); /* optional 0x */

/* A node or CPU list ("0-1,8") holds @n. *@ret_list: it is a list at all ("(null)" is none). */
bool ol_span_list_has(struct ol_span list, int n, bool *ret_list);

/* The whole span is one number. */
static inline bool ol_span_u64(struct ol_span a, uint64_t *ret)
{
	uint64_t v;

	if (!ol_eat_u64(&a, &v) || a.n)
		return false;
	*ret = v;
	return true;
}

static inline bool ol_span_i64(struct ol_span a, int64_t *ret)
{
	int64_t v;

	if (!ol_eat_i64(&a, &v) || a.n)
		return false;
	*ret = v;
	return true;
}

/* The next token when it is one whole number; otherwise nothing is eaten. */
static inline bool ol_span_token_i64(struct ol_span *rest, int64_t *ret)
{
	struct ol_span a = ol_span_ltrim(*rest);
	int64_t v;

	if (!ol_eat_i64(&a, &v) || (a.n && !ol_is_blank(a.p[0])))
		return false;
	*rest = a;
	*ret = v;
	return true;
}

#endif
