// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/dump_impl.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* A task table: the columns that its header names, and the numbers of its rows. */

#define S(lit) OL_SPAN(lit)

static const struct {
	struct ol_span name;
	enum ol_col col;
} columns[] = {
#define OL_COLUMN(id, name, json) { OL_SPAN_INIT(name), OL_COL_##id },
#include "analyze/dump/columns.def"
#undef OL_COLUMN
	{ OL_SPAN_INIT("name"), OL_COL_MAX },
};

static int column_find(struct ol_span name)
{
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		if (ol_span_eq(name, columns[i].name))
			return (int)columns[i].col;
	return -1;
}

bool ol_token_table_head(struct ol_span name)
{
	return column_find(name) >= 0;
}

/* Eats "[ pid ]". */
static bool eat_pid_column(struct ol_span *s)
{
	struct ol_span t = ol_span_ltrim(*s);

	if (!ol_span_eat(&t, S("[")))
		return false;
	t = ol_span_ltrim(t);
	if (!ol_span_eat(&t, S("pid")))
		return false;
	t = ol_span_ltrim(t);
	if (!ol_span_eat(&t, S("]")))
		return false;
	*s = t;
	return true;
}

/*
 * [ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name
 * The names decide, not the version: vendors add columns ("(01)nrss").
 */
bool ol_table_layout_parse(struct ol_span t, struct ol_table_layout *ret)
{
	struct ol_table_layout l = { .n = 1, .cols = { OL_COL_PID }, .mask = 1u << OL_COL_PID };
	struct ol_span tok;

	if (!eat_pid_column(&t))
		return false;
	while (ol_span_token(&t, &tok)) {
		int col;

		if (ol_span_eqs(tok, "name"))
			break;
		col = column_find(tok);
		if (l.n == OL_TABLE_COLS_MAX)
			return false;
		/* one that stands there twice is broken text: the first one counts */
		if (col >= 0 && l.mask >> col & 1)
			col = -1;
		l.cols[l.n++] = (uint8_t)(col < 0 ? OL_COL_MAX : col);
		l.mask |= col >= 0 && col < OL_COL_MAX ? 1u << col : 0;
	}
	*ret = l;
	return true;
}

unsigned ol_table_columns(struct ol_span header)
{
	struct ol_span t = header, tok;
	unsigned n = 1;

	if (!eat_pid_column(&t))
		return 0;
	while (ol_span_token(&t, &tok) && !ol_span_eqs(tok, "name"))
		if (n++ == OL_TABLE_COLS_MAX)
			return 0;
	return n;
}

/* ---- rows: half of a dump's bytes are these numbers ---- */

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
static const char *window(struct ol_task_row *ret, struct ol_span text, const char *p, bool *more)
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
bool ol_row_parse(struct ol_span text, struct ol_task_row *ret)
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
	ret->like = 0;
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

#ifdef __SSE2__
/* A bit each of the bytes of a text before its .end: is it a blank, a digit? */
struct looks {
	uint64_t blank[2], digit[2];
};

static inline void look16(struct looks *to, const char *p, unsigned at)
{
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + at));
	__m128i d = _mm_sub_epi8(v, _mm_set1_epi8('0'));
	uint64_t b = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8(' '))), k;

	k = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(d, _mm_set1_epi8(9)), d));
	to->blank[at / 64] |= b << at % 64;
	to->digit[at / 64] |= k << at % 64;
	if (at % 64 > 48) {
		to->blank[1] |= b >> (64 - at % 64);
		to->digit[1] |= k >> (64 - at % 64);
	}
}

/* The numbers of two columns at @a and @b. */
static inline __m128i two_numbers(const char *a, const char *b, const uint64_t *digits)
{
	const __m128i byte = _mm_set1_epi16(0x00ff), ten = _mm_set1_epi16(10);
	const __m128i hundred = _mm_set1_epi32(1 << 16 | 100);
	__m128i v = _mm_unpacklo_epi64(_mm_loadl_epi64((const __m128i *)(const void *)a),
				       _mm_loadl_epi64((const __m128i *)(const void *)b));

	v = _mm_and_si128(v, _mm_loadu_si128((const __m128i *)(const void *)digits));
	v = _mm_and_si128(_mm_add_epi16(_mm_mullo_epi16(v, ten), _mm_srli_epi16(v, 8)), byte);
	v = _mm_madd_epi16(v, hundred);
	return _mm_add_epi64(_mm_mul_epu32(v, _mm_set1_epi32(10000)), _mm_srli_epi64(v, 32));
}

static void put_bit(uint64_t bits[2], uint32_t i)
{
	bits[i / 64] |= UINT64_C(1) << i % 64;
}

static void find_places(struct ol_span text, struct ol_task_row *row, struct ol_row_places *ret)
{
	struct ol_row_places p = { .n = row->n, .like = ret->like + 1 };

	ret->n = 0;
	if (row->n >= OL_PLACES_MAX || row->v[0] < 0 || row->end[1] < 8)
		return;
	p.last = row->end[row->n - 1];
	p.bracket = row->end[0] - 1;
	if (p.bracket >= 64 || p.last < 15 || p.last >= 128 || p.last >= text.n)
		return;
	for (uint32_t k = 0, from = 1, end; k < p.n; from = end + 1, k++) {
		end = k ? row->end[k] : p.bracket;
		put_bit(p.ends, end);
		p.at[k] = end < 8 ? 0 : (int32_t)end - 8;
		/* the bytes of it, the first in the lowest */
		for (uint32_t i = from; i < end; i++)
			if (i + 8 < end)
				put_bit(p.wide, i);
			else
				p.digits[k] |= UINT64_C(0x0f) << 8 * (i - (uint32_t)p.at[k]);
	}
	*ret = p;
	row->like = p.like;
}

/* Minus signs stand at @odd: of the numbers behind them. */
static void negate(struct ol_span text, uint64_t odd, uint32_t from, struct ol_task_row *row)
{
	for (uint32_t k = 1; odd; odd &= odd - 1) {
		uint32_t at = from + (uint32_t)__builtin_ctzll(odd) + 1;
		struct ol_span s = ol_span_skip(text, at);
		uint64_t v;

		while (row->end[k] < at)
			k++;
		if (ol_eat_u64(&s, &v))
			row->v[k] = -(int64_t)v;
	}
}

/* Is @text, of more than @p->last bytes, like the row whose @p it is? Then its values. */
static bool same_places(struct ol_span text, const struct ol_row_places *p, struct ol_task_row *row)
{
	struct looks l = { { 0 }, { 0 } };
	uint64_t odd[2], word[2], behind[2], all[2], v;
	const char *t = text.p;
	char next = t[p->last + 1];
	unsigned at = 0;

	if (t[0] != '[' || t[p->bracket] != ']' || ol_is_blank(next) || ol_is_digit(next) ||
	    next == '-')
		return false;
	for (; at + 16 <= p->last; at += 16)
		look16(&l, t, at);
	look16(&l, t, p->last - 15);
	put_bit(l.blank, 0);
	put_bit(l.blank, p->bracket);
	all[0] = p->last < 63 ? (UINT64_C(2) << p->last) - 1 : UINT64_MAX;
	all[1] = p->last < 64 ? 0 : p->last < 127 ? (UINT64_C(2) << p->last % 64) - 1 : UINT64_MAX;
	word[0] = ~l.blank[0] & all[0];
	word[1] = ~l.blank[1] & all[1];
	behind[0] = word[0] << 1;
	behind[1] = word[1] << 1 | word[0] >> 63;
	odd[0] = word[0] & ~l.digit[0];
	odd[1] = word[1] & ~l.digit[1];
	if ((l.blank[0] & behind[0] & all[0]) != p->ends[0] ||
	    (l.blank[1] & behind[1] & all[1]) != p->ends[1] ||
	    (word[0] & p->wide[0]) | (word[1] & p->wide[1]))
		return false;
	if (odd[0] | odd[1]) {
		/* a minus in front of a digit, and not in the brackets */
		uint64_t follow[2] = { odd[0] << 1, odd[1] << 1 | odd[0] >> 63 };

		if ((odd[0] & behind[0]) | (odd[1] & behind[1]) | (follow[0] & ~l.digit[0]) |
		    (follow[1] & ~l.digit[1]) | (odd[0] & ((UINT64_C(1) << p->bracket % 64) - 1)))
			return false;
		for (unsigned h = 0; h < 2; h++)
			for (v = odd[h]; v; v &= v - 1)
				if (t[64 * h + (unsigned)__builtin_ctzll(v)] != '-')
					return false;
	}
	memcpy(&v, t + p->at[0], 8);
	v &= p->digits[0];
	row->v[0] = digits8(v, p->bracket < 8 ? p->bracket : 8);
	for (uint32_t k = 1; k < p->n; k += 2)
		_mm_storeu_si128((__m128i *)(void *)(row->v + k),
				 two_numbers(t + p->at[k], t + p->at[k + 1], p->digits + k));
	if (odd[0] | odd[1]) {
		negate(text, odd[0], 0, row);
		negate(text, odd[1], 64, row);
	}
	return true;
}
#endif

bool ol_row_parse_next(struct ol_span text, struct ol_row_places *places, struct ol_task_row *row)
{
#ifdef __SSE2__
	if (places->n && text.n > places->last + 1 && same_places(text, places, row))
		return true;
	places->n = 0;
	if (!ol_row_parse(text, row))
		return false;
	find_places(text, row, places);
	return true;
#else
	(void)places;
	return ol_row_parse(text, row);
#endif
}
