// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "lib/span.h"

#if defined(__SSE2__)
#include <emmintrin.h>

static __m128i load(const char *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

/*
 * Log lines are short and the phrases looked for are mostly not there: 16 places at a time are
 * tried for the phrase's first and last byte. At least 16 places; when they are no multiple of 16,
 * some are tried twice at the end.
 */
static ssize_t find_short(struct ol_span a, struct ol_span needle)
{
	const __m128i first = _mm_set1_epi8(needle.p[0]);
	const __m128i last = _mm_set1_epi8(needle.p[needle.n - 1]);
	size_t places = a.n - needle.n + 1;

	for (size_t i = 0; i < places; i += 16) {
		const char *p = a.p + (i < places - 16 ? i : places - 16);
		unsigned bits = (unsigned)_mm_movemask_epi8(
			_mm_and_si128(_mm_cmpeq_epi8(first, load(p)),
				      _mm_cmpeq_epi8(last, load(p + needle.n - 1))));

		for (; bits; bits &= bits - 1) {
			const char *q = p + __builtin_ctz(bits);

			if (ol_bytes_eq(q, needle.p, needle.n))
				return q - a.p;
		}
	}
	return -1;
}
#endif

/* As few places as call for no preparations. */
static ssize_t find_few(struct ol_span a, struct ol_span needle)
{
	char first = needle.p[0], last = needle.p[needle.n - 1];

	for (size_t i = 0; i + needle.n <= a.n; i++)
		if (a.p[i] == first && a.p[i + needle.n - 1] == last &&
		    ol_bytes_eq(a.p + i, needle.p, needle.n))
			return (ssize_t)i;
	return -1;
}

ssize_t ol_span_find(struct ol_span a, struct ol_span needle)
{
	const char *q;

	if (!needle.n || a.n < needle.n)
		return -1;
	if (a.n - needle.n < 15)
		return find_few(a, needle);
#if defined(__SSE2__)
	/* longer ones come only from users, and memmem() is never quadratic */
	if (needle.n <= 64)
		return find_short(a, needle);
#endif
	q = memmem(a.p, a.n, needle.p, needle.n);
	return q ? q - a.p : -1;
}

ssize_t ol_span_rfind(struct ol_span a, struct ol_span needle)
{
	if (!needle.n || a.n < needle.n)
		return -1;
	for (size_t i = a.n - needle.n + 1; i-- > 0;)
		if (a.p[i] == needle.p[0] && memcmp(a.p + i, needle.p, needle.n) == 0)
			return (ssize_t)i;
	return -1;
}

/* Twenty digits may fit and may not. */
bool ol_eat_u64_long(struct ol_span *a, uint64_t *ret)
{
	uint64_t v = 0;
	size_t i = 0;

	for (; i < a->n && ol_is_digit(a->p[i]); i++) {
		uint64_t d = (uint64_t)(a->p[i] - '0');

		if (i >= 19 && (v > UINT64_MAX / 10 || v * 10 > UINT64_MAX - d))
			return false;
		v = v * 10 + d;
	}
	if (!i)
		return false;
	*a = ol_span_skip(*a, i);
	*ret = v;
	return true;
}

bool ol_eat_hex(struct ol_span *a, uint64_t *ret)
{
	struct ol_span t = *a;
	uint64_t v = 0;
	size_t i = 0;

	if (t.n > 2 && t.p[0] == '0' && (t.p[1] == 'x' || t.p[1] == 'X') && ol_is_xdigit(t.p[2]))
		t = ol_span_skip(t, 2);
	for (; i < t.n && ol_is_xdigit(t.p[i]); i++) {
		char c = t.p[i];

		if (v >> 60)
			return false;
		v = v << 4 | (uint64_t)(ol_is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	if (!i)
		return false;
	*a = ol_span_skip(t, i);
	*ret = v;
	return true;
}

bool ol_span_list_has(struct ol_span s, int n, bool *ret_list)
{
	uint64_t a, b;
	bool in = false;

	*ret_list = false;
	while (s.n && ol_eat_u64(&s, &a)) {
		b = a;
		if (ol_span_eat(&s, OL_SPAN("-")) && !ol_eat_u64(&s, &b))
			break;
		*ret_list = true;
		in |= n >= 0 && a <= (uint64_t)n && (uint64_t)n <= b;
		if (!ol_span_eat(&s, OL_SPAN(",")))
			break;
	}
	return in;
}
