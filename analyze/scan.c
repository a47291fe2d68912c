// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/scan.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/*
 * Every string has a window of three bytes, rare in ordinary logs, at @at. Three shuffles per 32 bytes
 * tell all places where some window could begin (the "Teddy" idea of vector string search: one bit per
 * bucket, looked up by the low and the high half of each byte); only those are compared.
 */
static const struct anchor {
	struct ol_span s;
	uint8_t at;
} anchors[] = {
	{ OL_SPAN_INIT("oom-kill"), 1 }, /* om- */
	{ OL_SPAN_INIT("oom_"), 1 }, /* om_ */
	{ OL_SPAN_INIT("OOM"), 0 },
	{ OL_SPAN_INIT("ut of memory"), 3 }, /* of_ */
	{ OL_SPAN_INIT("ut of Memory"), 3 },
	{ OL_SPAN_INIT("illed process "), 4 }, /* d p */
	{ OL_SPAN_INIT("ill process "), 2 }, /* l p */
	{ OL_SPAN_INIT("page allocation "), 3 }, /* e a */
	{ OL_SPAN_INIT("Mem-"), 1 }, /* em- */
	{ OL_SPAN_INIT("lowmem_reserve"), 4 }, /* em_ */
	{ OL_SPAN_INIT("Memory cgroup"), 5 }, /* y c */
	{ OL_SPAN_INIT("emory: usage "), 4 }, /* y:  */
	{ OL_SPAN_INIT("Linux version "), 4 }, /* x v */
	{ OL_SPAN_INIT("allocate memory on "), 7 }, /* e m */
	{ OL_SPAN_INIT(": vmalloc"), 1 }, /*  vm */
	{ OL_SPAN_INIT("is evicted success"), 9 }, /* d s */
	{ OL_SPAN_INIT(" due to mem"), 4 }, /*  to */
	{ OL_SPAN_INIT("sending SIG"), 7 }, /*  SI */
	{ OL_SPAN_INIT("Kill '"), 3 }, /* l ' */
	{ OL_SPAN_INIT("Sending SIG"), 7 },
	{ OL_SPAN_INIT("ked for more than "), 3 },
	{ OL_SPAN_INIT("soft lockup - CPU"), 10 },
	{ OL_SPAN_INIT("detected stall"), 5 },
	{ OL_SPAN_INIT("I/O error, dev "), 0 },
	{ OL_SPAN_INIT(" not responding"), 4 },
};
enum { ANCHORS = sizeof(anchors) / sizeof(anchors[0]) };

static bool anchor_at(const char *buf, size_t n, size_t window, size_t *ret_start)
{
	for (size_t i = 0; i < ANCHORS; i++) {
		const struct anchor *a = &anchors[i];

		if (window >= a->at && n - (window - a->at) >= a->s.n &&
		    memcmp(buf + window - a->at, a->s.p, a->s.n) == 0) {
			*ret_start = window - a->at;
			return true;
		}
	}
	return false;
}

static size_t scan_bytes(const char *buf, size_t from, size_t n)
{
	static bool first[256];
	size_t start;

	if (!first[(unsigned char)anchors[0].s.p[anchors[0].at]])
		for (size_t i = 0; i < ANCHORS; i++)
			first[(unsigned char)anchors[i].s.p[anchors[i].at]] = true;
	for (size_t i = from; i < n; i++)
		if (first[(unsigned char)buf[i]] && anchor_at(buf, n, i, &start))
			return start;
	return n;
}

#if defined(__x86_64__)
static uint8_t lo_half[3][16] __attribute__((aligned(16)));
static uint8_t hi_half[3][16] __attribute__((aligned(16)));

__attribute__((constructor)) static void fill_halves(void)
{
	for (size_t i = 0; i < ANCHORS; i++)
		for (size_t k = 0; k < 3; k++) {
			unsigned char c = (unsigned char)anchors[i].s.p[anchors[i].at + k];

			lo_half[k][c & 15] |= (uint8_t)(1u << (i & 7));
			hi_half[k][c >> 4] |= (uint8_t)(1u << (i & 7));
		}
}

__attribute__((target("avx2"))) static size_t scan_avx2(const char *buf, size_t n)
{
	const __m256i half = _mm256_set1_epi8(15);
	__m256i lo[3], hi[3];
	size_t i = 0, start;

	for (int k = 0; k < 3; k++) {
		lo[k] = _mm256_broadcastsi128_si256(_mm_load_si128((const __m128i *)lo_half[k]));
		hi[k] = _mm256_broadcastsi128_si256(_mm_load_si128((const __m128i *)hi_half[k]));
	}
	for (; i + 34 <= n; i += 32) {
		__m256i all = _mm256_set1_epi8(-1);
		uint32_t bits;

		for (int k = 0; k < 3; k++) {
			__m256i v =
				_mm256_loadu_si256((const __m256i *)(const void *)(buf + i + k));
			__m256i l = _mm256_shuffle_epi8(lo[k], _mm256_and_si256(v, half));
			__m256i h = _mm256_shuffle_epi8(
				hi[k], _mm256_and_si256(_mm256_srli_epi16(v, 4), half));

			all = _mm256_and_si256(all, _mm256_and_si256(l, h));
		}
		bits = ~(uint32_t)_mm256_movemask_epi8(
			_mm256_cmpeq_epi8(all, _mm256_setzero_si256()));
		for (; bits; bits &= bits - 1)
			if (anchor_at(buf, n, i + (size_t)__builtin_ctz(bits), &start))
				return start;
	}
	return scan_bytes(buf, i, n);
}
#endif

size_t ol_scan(const char *buf, size_t n)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2"))
		return scan_avx2(buf, n);
#endif
	return scan_bytes(buf, 0, n);
}

uint64_t ol_count_newlines(const char *buf, size_t n)
{
	uint64_t count = 0;

	/* plain enough for the compiler to turn into vector code */
	for (size_t i = 0; i < n;) {
		size_t end = n - i > 255 ? i + 255 : n;
		uint8_t part = 0;

		for (; i < end; i++)
			part = (uint8_t)(part + (buf[i] == '\n'));
		count += part;
	}
	return count;
}
