// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "lib/span.h"

ssize_t ol_span_find(struct ol_span a, struct ol_span needle)
{
	const char *q;

	if (!needle.n || a.n < needle.n)
		return -1;
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
