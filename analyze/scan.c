// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/scan.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/*
 * Every string has a window of four bytes, rare in ordinary logs, at @at. A few shuffles per 32
 * bytes tell all places where some window could begin (the "Teddy" idea of vector string search:
 * one bit per bucket, looked up by the low and the high half of each byte); only those are
 * compared. Windows that are alike share a bucket, so that few other bytes look like a mixture of
 * them; windows and buckets were chosen by trying which give the fewest places in web, mail and
 * package logs and in changelogs: one in 3200 bytes.
 */
static const struct anchor {
	struct ol_span s;
	uint8_t at, bucket;
} anchors[] = {
	{ OL_SPAN_INIT("OOM"), 0, 0 }, /* OOM and any fourth byte */
	{ OL_SPAN_INIT("I/O error, dev "), 2, 0 }, /* O er */
	{ OL_SPAN_INIT("oom-kill"), 1, 1 }, /* om-k */
	{ OL_SPAN_INIT("is evicted success"), 5, 1 }, /* icte */
	{ OL_SPAN_INIT("detected stall"), 0, 1 }, /* dete */
	{ OL_SPAN_INIT("sending SIG"), 6, 2 }, /* g SI */
	{ OL_SPAN_INIT("Sending SIG"), 6, 2 }, /* g SI */
	{ OL_SPAN_INIT(" not responding"), 8, 2 }, /* pond */
	{ OL_SPAN_INIT("oom_"), 0, 3 }, /* oom_ */
	{ OL_SPAN_INIT("lowmem_reserve"), 0, 3 }, /* lowm */
	{ OL_SPAN_INIT("Memory cgroup"), 6, 3 }, /*  cgr */
	{ OL_SPAN_INIT("ut of memory"), 4, 4 }, /* f me */
	{ OL_SPAN_INIT("ut of Memory"), 4, 4 }, /* f Me */
	{ OL_SPAN_INIT(" due to mem"), 6, 4 }, /* o me */
	{ OL_SPAN_INIT("ked for more than "), 14, 4 }, /* han  */
	{ OL_SPAN_INIT("Mem-"), 0, 5 }, /* Mem- */
	{ OL_SPAN_INIT("Kill '"), 2, 5 }, /* ll ' */
	{ OL_SPAN_INIT("soft lockup - CPU"), 9, 5 }, /* up - */
	{ OL_SPAN_INIT("illed process "), 7, 6 }, /* roce */
	{ OL_SPAN_INIT("ill process "), 5, 6 }, /* roce */
	{ OL_SPAN_INIT("page allocation "), 6, 6 }, /* lloc */
	{ OL_SPAN_INIT("allocate memory on "), 1, 6 }, /* lloc */
	{ OL_SPAN_INIT(": vmalloc"), 5, 6 }, /* lloc */
	{ OL_SPAN_INIT("emory: usage "), 2, 7 }, /* ory: */
	{ OL_SPAN_INIT("Linux version "), 4, 7 }, /* x ve */
};
enum { ANCHORS = sizeof(anchors) / sizeof(anchors[0]), WINDOW = 4 };

/* @buckets: bit per bucket whose strings can have their window there. */
static bool anchor_at(const char *buf, size_t n, size_t window, unsigned buckets, size_t *ret_start)
{
	for (size_t i = 0; i < ANCHORS; i++) {
		const struct anchor *a = &anchors[i];

		if (!(buckets >> a->bucket & 1) || window < a->at || n - (window - a->at) < a->s.n)
			continue;
		/* two bytes tell most that are not it */
		if (buf[window] == a->s.p[a->at] && buf[window + 1] == a->s.p[a->at + 1] &&
		    memcmp(buf + window - a->at, a->s.p, a->s.n) == 0) {
			*ret_start = window - a->at;
			return true;
		}
	}
	return false;
}

static bool first[256]; /* bytes with which a window begins */

/* Before there are threads: one that saw half of it would miss a dump. */
__attribute__((constructor)) static void fill_first(void)
{
	for (size_t i = 0; i < ANCHORS; i++)
		first[(unsigned char)anchors[i].s.p[anchors[i].at]] = true;
}

static size_t scan_bytes(const char *buf, size_t from, size_t n)
{
	size_t start;

	for (size_t i = from; i < n; i++)
		if (first[(unsigned char)buf[i]] && anchor_at(buf, n, i, 255, &start))
			return start;
	return n;
}

static uint64_t count_bytes(const char *buf, size_t n)
{
	uint64_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += buf[i] == '\n';
	return count;
}

#if defined(__x86_64__)
/* Of the 64 places from @i on: the first that is one, or @n. @at: the buckets of each. */
static size_t check_block(const char *buf, size_t n, size_t i, const uint8_t at[64])
{
	uint64_t eight;
	size_t start;

	for (size_t k = 0; k < 64; k++) {
		if (k % 8 == 0) {
			memcpy(&eight, at + k, 8);
			if (!eight) {
				k += 7;
				continue;
			}
		}
		if (at[k] && anchor_at(buf, n, i + k, at[k], &start))
			return start;
	}
	return n;
}

/*
 * Looked up by its halves, or, where one instruction looks up 64 entries, by its low six bits: of
 * the buckets that a byte @k of a window stands for, one bit each. Both only sort out most places:
 * what they let pass is compared.
 */
static uint8_t lo_half[WINDOW][16] __attribute__((aligned(16)));
static uint8_t hi_half[WINDOW][16] __attribute__((aligned(16)));
static uint8_t six_bits[WINDOW][64] __attribute__((aligned(64)));

__attribute__((constructor)) static void fill_tables(void)
{
	for (size_t i = 0; i < ANCHORS; i++)
		for (size_t k = 0; k < WINDOW; k++) {
			uint8_t bit = (uint8_t)(1u << anchors[i].bucket);
			bool any = anchors[i].at + k >= anchors[i].s.n;
			unsigned char c =
				any ? 0 : (unsigned char)anchors[i].s.p[anchors[i].at + k];

			for (size_t h = 0; h < 16; h++) {
				lo_half[k][h] |= any || (c & 15) == h ? bit : 0;
				hi_half[k][h] |= any || c >> 4 == (int)h ? bit : 0;
			}
			for (size_t h = 0; h < 64; h++)
				six_bits[k][h] |= any || (c & 63) == h ? bit : 0;
		}
}

/* Bytes that are looked at between two branches: one per block would cost more than the search. */
#define STRIDE 256

#define TARGET_VBMI __attribute__((target("avx512f,avx512bw,avx512vbmi")))

/* Of the 64 places from @p on, the buckets whose windows can stand there. */
TARGET_VBMI static inline __m512i places_vbmi(const char *p, const __m512i t[WINDOW])
{
	return _mm512_and_si512(
		_mm512_and_si512(_mm512_permutexvar_epi8(_mm512_loadu_si512(p), t[0]),
				 _mm512_permutexvar_epi8(_mm512_loadu_si512(p + 1), t[1])),
		_mm512_and_si512(_mm512_permutexvar_epi8(_mm512_loadu_si512(p + 2), t[2]),
				 _mm512_permutexvar_epi8(_mm512_loadu_si512(p + 3), t[3])));
}

TARGET_VBMI static size_t scan_vbmi(const char *buf, size_t n)
{
	const __m512i t[WINDOW] = { _mm512_load_si512(six_bits[0]), _mm512_load_si512(six_bits[1]),
				    _mm512_load_si512(six_bits[2]),
				    _mm512_load_si512(six_bits[3]) };
	uint8_t at[64] __attribute__((aligned(64)));
	size_t i = 0, hit;

	for (; i + STRIDE + WINDOW - 1 <= n; i += STRIDE) {
		const char *p = buf + i;
		__m512i any = _mm512_or_si512(
			_mm512_or_si512(places_vbmi(p, t), places_vbmi(p + 64, t)),
			_mm512_or_si512(places_vbmi(p + 128, t), places_vbmi(p + 192, t)));

		if (__builtin_expect(!_mm512_test_epi8_mask(any, any), 1))
			continue;
		for (size_t k = 0; k < STRIDE; k += 64) {
			_mm512_store_si512(at, places_vbmi(p + k, t));
			hit = check_block(buf, n, i + k, at);
			if (hit < n)
				return hit;
		}
	}
	return scan_bytes(buf, i, n);
}

#define TARGET_AVX2 __attribute__((target("avx2")))

/* Of 32 places, the buckets whose windows' byte @k may stand there. */
TARGET_AVX2 static inline __m256i buckets(const char *p, __m256i lo, __m256i hi)
{
	const __m256i half = _mm256_set1_epi8(15);
	__m256i v = _mm256_loadu_si256((const __m256i *)(const void *)p);

	return _mm256_and_si256(
		_mm256_shuffle_epi8(lo, _mm256_and_si256(v, half)),
		_mm256_shuffle_epi8(hi, _mm256_and_si256(_mm256_srli_epi16(v, 4), half)));
}

TARGET_AVX2 static inline __m256i twice(const uint8_t *half)
{
	return _mm256_broadcastsi128_si256(_mm_load_si128((const __m128i *)(const void *)half));
}

TARGET_AVX2 static inline __m256i places_avx2(const char *p, const __m256i t[2 * WINDOW])
{
	return _mm256_and_si256(
		_mm256_and_si256(buckets(p, t[0], t[1]), buckets(p + 1, t[2], t[3])),
		_mm256_and_si256(buckets(p + 2, t[4], t[5]), buckets(p + 3, t[6], t[7])));
}

TARGET_AVX2 static size_t scan_avx2(const char *buf, size_t n)
{
	const __m256i t[2 * WINDOW] = { twice(lo_half[0]), twice(hi_half[0]), twice(lo_half[1]),
					twice(hi_half[1]), twice(lo_half[2]), twice(hi_half[2]),
					twice(lo_half[3]), twice(hi_half[3]) };
	uint8_t at[64] __attribute__((aligned(64)));
	size_t i = 0, hit;

	for (; i + 64 + WINDOW - 1 <= n; i += 64) {
		__m256i a = places_avx2(buf + i, t), b = places_avx2(buf + i + 32, t);
		__m256i any = _mm256_or_si256(a, b);

		if (__builtin_expect(_mm256_testz_si256(any, any), 1))
			continue;
		_mm256_store_si256((__m256i *)(void *)at, a);
		_mm256_store_si256((__m256i *)(void *)(at + 32), b);
		hit = check_block(buf, n, i, at);
		if (hit < n)
			return hit;
	}
	return scan_bytes(buf, i, n);
}

TARGET_AVX2 static uint64_t count_avx2(const char *buf, size_t n)
{
	const __m256i nl = _mm256_set1_epi8('\n'), zero = _mm256_setzero_si256();
	__m256i sum = zero;
	uint64_t parts[4];
	size_t i = 0;

	while (n - i >= 32) {
		/* a byte counts up to 255 */
		size_t end = n - i < 255 * 32 ? n - 31 : i + 255 * 32;
		__m256i part = zero;

		for (; i < end; i += 32)
			part = _mm256_sub_epi8(
				part,
				_mm256_cmpeq_epi8(
					nl, _mm256_loadu_si256(
						    (const __m256i *)(const void *)(buf + i))));
		sum = _mm256_add_epi64(sum, _mm256_sad_epu8(part, zero));
	}
	memcpy(parts, &sum, sizeof(parts));
	return parts[0] + parts[1] + parts[2] + parts[3] + count_bytes(buf + i, n - i);
}
#endif

size_t ol_scan(const char *buf, size_t n)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx512vbmi"))
		return scan_vbmi(buf, n);
	if (__builtin_cpu_supports("avx2"))
		return scan_avx2(buf, n);
#endif
	return scan_bytes(buf, 0, n);
}

uint64_t ol_count_newlines(const char *buf, size_t n)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2"))
		return count_avx2(buf, n);
#endif
	return count_bytes(buf, n);
}
