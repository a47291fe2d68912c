// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/oom_impl.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* The numbers of a row of a task table. Half of a dump's bytes are these columns. */

#define BYTES(c) (UINT64_C(0x0101010101010101) * (c))

#ifdef __SSE2__
enum { WINDOW = 64 };

/* The @n digits, 1 to 8, at the front of the 8 bytes @v. */
static inline int64_t digits8(uint64_t v, unsigned n)
{
	/* zeros in front, then pairs, fours and eights of digits are added up */
	v = (v & BYTES(0x0f)) << (64 - 8 * n);
	v = (v * 10 + (v >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
	v = (v * 100 + (v >> 16)) & UINT64_C(0x0000ffff0000ffff);
	v = (v * 10000 + (v >> 32)) & UINT64_C(0xffffffff);
	return (int64_t)v;
}

struct marks {
	uint64_t digit, blank, minus; /* a bit for each of 64 bytes */
};

static inline struct marks look(const char *p)
{
	struct marks m = { 0 };

	for (unsigned i = 0; i < WINDOW; i += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(p + i));
		__m128i d = _mm_sub_epi8(v, _mm_set1_epi8('0'));
		__m128i b = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8(' ')),
					 _mm_cmpeq_epi8(v, _mm_set1_epi8('\t')));

		d = _mm_cmpeq_epi8(_mm_min_epu8(d, _mm_set1_epi8(9)), d);
		v = _mm_cmpeq_epi8(v, _mm_set1_epi8('-'));
		m.digit |= (uint64_t)(uint32_t)_mm_movemask_epi8(d) << i;
		m.blank |= (uint64_t)(uint32_t)_mm_movemask_epi8(b) << i;
		m.minus |= (uint64_t)(uint32_t)_mm_movemask_epi8(v) << i;
	}
	return m;
}

/*
 * Reads the columns that lie, with the blank behind them, within the 64 bytes at @p, and returns
 * the place behind; *@more: others may follow.
 */
static const char *window(struct ol_row *ret, struct ol_span text, const char *p, bool *more)
{
	size_t left = (size_t)(text.p + text.n - p);
	uint64_t starts, ends, other, v;
	uint32_t col = ret->n;
	char copy[WINDOW + 8];
	const char *w = p;
	struct marks m;
	unsigned end = 0;

	if (left < sizeof(copy)) {
		memset(copy, 0, sizeof(copy));
		memcpy(copy, p, left);
		w = copy;
	}
	m = look(w);
	starts = ~m.blank & (m.blank << 1 | 1);
	ends = m.blank & ~(m.blank << 1 | 1);
	/* what stands in no number: the word that has the first such byte ends the columns */
	other = ~(m.blank | m.digit | (m.minus & starts));
	for (ends &= (other & -other) - 1; ends; ends &= ends - 1, starts &= starts - 1) {
		unsigned from = (unsigned)__builtin_ctzll(starts), n;
		bool minus = w[from] == '-';

		n = (unsigned)__builtin_ctzll(ends) - from - minus;
		if (n - 1 > 7) {
			other = 1;
			break;
		}
		memcpy(&v, w + from + minus, 8);
		end = from + minus + n;
		if (col < OL_TABLE_COLS_MAX) {
			ret->v[col] = minus ? -digits8(v, n) : digits8(v, n);
			ret->end[col] = (uint32_t)(p + end - text.p);
		}
		col++;
	}
	ret->n = col;
	*more = end && !other;
	return p + end;
}
#endif

/* The blanks and the number at @p: the place behind it, or NULL when no number stands there. */
static const char *row_number(const char *p, const char *e, int64_t *ret)
{
	struct ol_span s = ol_span_ltrim(ol_span(p, (size_t)(e - p)));

	return ol_eat_i64(&s, ret) && (!s.n || ol_is_blank(s.p[0])) ? s.p : NULL;
}

/* [21832]   113 21832    42469    37403   0       0             0 clamd */
bool ol_row_parse(struct ol_span text, struct ol_row *ret)
{
	const char *p = text.p, *e = p + text.n, *next;
	struct ol_span pid;
	uint64_t v;
	int64_t num;

	if (p == e || *p != '[')
		return false;
	pid = ol_span_ltrim(ol_span_skip(text, 1));
	if (!ol_eat_u64(&pid, &v))
		return false;
	pid = ol_span_ltrim(pid);
	if (!ol_span_eat(&pid, OL_SPAN("]")))
		return false;
	p = pid.p;
	ret->v[0] = v > INT64_MAX ? -1 : (int64_t)v;
	ret->end[0] = (uint32_t)(p - text.p);
	ret->n = 1;
#ifdef __SSE2__
	for (bool more = true; more;)
		p = window(ret, text, p, &more);
#endif
	while ((next = row_number(p, e, &num))) {
		p = next;
		if (ret->n < OL_TABLE_COLS_MAX) {
			ret->v[ret->n] = num;
			ret->end[ret->n] = (uint32_t)(p - text.p);
		}
		ret->n++;
	}
	ret->name = (uint32_t)(p - text.p);
	return ret->n >= 4;
}
