// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/export_walk.h"
#include "analyze/dump/scan.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* A name of a field is shorter. */
enum { KEY_MOST = 64 };

void ol_export_walk_begin(struct ol_export_walk *w, uint64_t at)
{
	*w = (struct ol_export_walk){ .at = at, .record = at };
}

bool ol_export_walk_binary(const struct ol_export_walk *w)
{
	return w->state >= OL_WALK_LEN;
}

uint64_t ol_export_walk_start(const struct ol_export_walk *w, uint64_t from)
{
	uint64_t first = w->record;

	for (unsigned i = 0; i < OL_WALK_STARTS && i < w->n_starts; i++)
		if (w->starts[i] >= from && w->starts[i] < first)
			first = w->starts[i];
	return first;
}

static bool in_key(char c)
{
	static const bool key[256] = { ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['_'] = true };

	return key[(unsigned char)c];
}

/* The record ends, or never was one: at @at the next may begin. */
static void outside(struct ol_export_walk *w, enum ol_walk_state state, uint64_t at)
{
	w->state = state;
	w->record = at;
}

static void begin_record(struct ol_export_walk *w, uint64_t at)
{
	w->record = at;
	w->starts[w->n_starts++ % OL_WALK_STARTS] = at;
}

/* The name of a field, at its end or at the end of what there is: "__CURSOR=…", "MESSAGE\n" */
static size_t walk_key(struct ol_export_walk *w, struct ol_span s)
{
	bool inside = w->inside;
	struct ol_span key;
	size_t i = 0;

	while (i < s.n && in_key(s.p[i]) && w->key_n < KEY_MOST) {
		if (w->key_n < sizeof(w->key))
			w->key[w->key_n] = s.p[i];
		w->key_n++;
		i++;
	}
	if (i == s.n)
		return i;
	key = ol_span(w->key, w->key_n < sizeof(w->key) ? w->key_n : 0);
	if (s.p[i] == '=' && w->key_n) {
		if (!inside &&
		    (ol_span_eqs(key, "__CURSOR") || ol_span_eqs(key, "__REALTIME_TIMESTAMP"))) {
			begin_record(w, w->at + i - w->key_n);
			inside = true;
		}
		w->state = inside ? OL_WALK_TEXT : OL_WALK_FOREIGN;
	} else if (s.p[i] == '\n' && w->key_n && inside) {
		w->message = ol_span_eqs(key, "MESSAGE");
		w->state = OL_WALK_LEN;
		w->len = w->len_got = 0;
		i++;
	} else if (s.p[i] == '\n') {
		i++;
		outside(w, OL_WALK_BETWEEN, w->at + i);
	} else {
		outside(w, OL_WALK_FOREIGN, w->at + i);
	}
	return i;
}

/* Eats what belongs to the present state, one byte at least. */
static size_t step(struct ol_export_walk *w, struct ol_span s)
{
	const char *nl;
	size_t n;

	switch (w->state) {
	case OL_WALK_TEXT:
	case OL_WALK_FOREIGN:
		nl = memchr(s.p, '\n', s.n);
		n = nl ? (size_t)(nl - s.p) + 1 : s.n;
		if (nl && w->state == OL_WALK_TEXT)
			w->state = OL_WALK_FIELDS;
		else if (nl)
			outside(w, OL_WALK_BETWEEN, w->at + n);
		return n;
	case OL_WALK_LEN:
		w->len |= (uint64_t)(unsigned char)s.p[0] << (8 * w->len_got);
		if (++w->len_got == 8) {
			w->lost |= w->len > OL_EXPORT_FIELD_MAX;
			w->state = w->lost ? OL_WALK_FOREIGN : w->len ? OL_WALK_DATA : OL_WALK_NL;
		}
		return 1;
	case OL_WALK_DATA:
		n = s.n < w->len ? s.n : (size_t)w->len;
		w->len -= n;
		w->state = w->len ? OL_WALK_DATA : OL_WALK_NL;
		return n;
	case OL_WALK_NL:
		w->lost |= s.p[0] != '\n';
		w->state = s.p[0] == '\n' ? OL_WALK_FIELDS : OL_WALK_FOREIGN;
		return 1;
	default:
		return 0;
	}
}

/* Is the blank line at @at behind a record, and in front of the next one's cursor? */
static bool next_record(struct ol_export_walk *w, const char *p, size_t at, size_t n)
{
	static const char cursor[] = "\n__CURSOR=";

	if (n - at < sizeof(cursor) - 1 || memcmp(p + at, cursor, sizeof(cursor) - 1) != 0)
		return false;
	begin_record(w, w->at + at + 1);
	return true;
}

#if defined(__x86_64__)
#define TARGET __attribute__((target("avx2")))

TARGET static inline uint32_t bits_of(__m256i v)
{
	return (uint32_t)_mm256_movemask_epi8(v);
}

/* Of 64 bytes a bit for each that is @c. */
TARGET static inline uint64_t equal(__m256i a, __m256i b, char c)
{
	const __m256i all = _mm256_set1_epi8(c);

	return bits_of(_mm256_cmpeq_epi8(a, all)) | (uint64_t)bits_of(_mm256_cmpeq_epi8(b, all))
							    << 32;
}

/* 0-9 A-Z _: each has its bit in the set of its high half and in that of its low one. */
TARGET static inline uint32_t name_bits(__m256i v)
{
	const __m128i low = _mm_setr_epi8(5, 7, 7, 7, 7, 7, 7, 7, 7, 7, 6, 2, 2, 2, 2, 10);
	const __m128i high = _mm_setr_epi8(0, 0, 0, 1, 2, 4 + 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
	const __m256i half = _mm256_set1_epi8(15);
	__m256i in = _mm256_and_si256(
		_mm256_shuffle_epi8(_mm256_broadcastsi128_si256(low), _mm256_and_si256(v, half)),
		_mm256_shuffle_epi8(_mm256_broadcastsi128_si256(high),
				    _mm256_and_si256(_mm256_srli_epi16(v, 4), half)));

	return ~bits_of(_mm256_cmpeq_epi8(in, _mm256_setzero_si256()));
}

/*
 * The same as walk_line() for as many lines as it is sure of, 64 bytes at a time, and from record
 * to record. A bit is added where a line starts: it is carried through the bits of the name and
 * stays at the byte behind it, which is the '='.
 */
TARGET static size_t walk_avx2(struct ol_export_walk *w, const char *p, size_t n)
{
	uint64_t starts = 1, sum;
	unsigned char carry = 0;
	size_t line = 0; /* the last one that starts before @i */

	for (size_t i = 0; n - i >= 64; i += 64) {
		__m256i a = _mm256_loadu_si256((const __m256i *)(const void *)(p + i));
		__m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(p + i + 32));
		uint64_t nl = equal(a, b, '\n'), eq = equal(a, b, '=');
		uint64_t name = name_bits(a) | (uint64_t)name_bits(b) << 32;
		bool goes_on = carry;
		uint64_t ends;

		starts |= nl << 1;
		carry = _addcarry_u64(carry, name, starts, (unsigned long long *)&sum);
		ends = sum & ~name;
		if (goes_on && (!ends || i + (size_t)__builtin_ctzll(ends) - line >= KEY_MOST))
			return line;
		for (uint64_t other = ends & (~eq | starts); other; other &= other - 1) {
			size_t k = (size_t)__builtin_ctzll(other);
			uint64_t before = starts & (((uint64_t)2 << k) - 1);

			if (!next_record(w, p, i + k, n))
				return before ? i + 63 - (size_t)__builtin_clzll(before) : line;
		}
		if (starts)
			line = i + 63 - (size_t)__builtin_clzll(starts);
		starts = nl >> 63;
		if (starts)
			line = i + 64;
	}
	return line;
}
#endif

/* The line @s begins with, when it is whole and "KEY=text"; 0: it is not. */
static size_t walk_line(struct ol_span s)
{
	const char *nl;
	size_t i = 0;

	while (i < s.n && i < KEY_MOST && in_key(s.p[i]))
		i++;
	if (!i || i == s.n || s.p[i] != '=')
		return 0;
	nl = memchr(s.p + i, '\n', s.n - i);
	return nl ? (size_t)(nl - s.p) + 1 : 0;
}

static struct ol_span eat(struct ol_export_walk *w, struct ol_span s, size_t n)
{
	w->at += n;
	return ol_span_skip(s, n);
}

/* Such lines, of which an export consists but for a few. Returns what is behind them. */
static struct ol_span walk_fields(struct ol_export_walk *w, struct ol_span s)
{
	size_t n;

	do {
#if defined(__x86_64__)
		if (ol_scan_has_avx2())
			s = eat(w, s, walk_avx2(w, s.p, s.n));
#endif
		n = walk_line(s);
		s = eat(w, s, n);
	} while (n);
	return s;
}

void ol_export_walk(struct ol_export_walk *w, struct ol_span s)
{
	while (s.n) {
		if (w->state == OL_WALK_FIELDS)
			s = walk_fields(w, s);
		if (!s.n)
			break;
		if (w->state == OL_WALK_BETWEEN || w->state == OL_WALK_FIELDS) {
			w->inside = w->state == OL_WALK_FIELDS;
			w->state = OL_WALK_KEY;
			w->key_n = 0;
		}
		s = eat(w, s, w->state == OL_WALK_KEY ? walk_key(w, s) : step(w, s));
	}
}
