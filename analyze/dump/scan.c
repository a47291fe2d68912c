// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/scan.h"

#include <stdlib.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/*
 * Every string has a window of four bytes, rare in ordinary logs, at @at. A few shuffles per 32
 * bytes tell all places where some window could begin (the "Teddy" idea of vector string search:
 * one bit per bucket, looked up by the low and the high half of each byte); only those are
 * compared. Windows that are alike share a bucket, so that few other bytes look like a mixture of
 * them; windows and buckets were chosen by trying which give the fewest places in web, mail and
 * package logs and in changelogs.
 *
 * Words like "oom" stand in many an ordinary line, so what the kernel writes around a string is
 * looked at, too. Where the bytes end, that counts as there: a line that is cut may be one.
 */
enum near {
	ANY, /* whatever stands there */
	NUMBER, /* a digit follows */
	KILLING, /* "Out of memory" as the kernel goes on with it */
	KILLER, /* "oom-kill:", "invoked oom-killer", "oom-killer:" */
	FAILED, /* "page allocation failure", "… stall" */
	ROW, /* "[ 2718]  1000 " */
	KBYTES, /* a number in front, nothing behind */
};

enum role {
	STRONG, /* begins an event, or ends it */
	WEAK, /* the middle of a dump whose beginning is lost; trouble that is no lack of memory */
	GOES_ON, /* stands in lines that only go on with an event */
	SAID, /* in lines of programs that only go on with what another line tells */
};

static const struct anchor {
	struct ol_span s;
	uint8_t at, bucket;
	uint8_t near; /* enum near */
	uint8_t role; /* enum role */
} anchors[] = {
#define ANCHOR(s, at, bucket, near, role) { OL_SPAN_INIT(s), at, bucket, near, role },
#define SEE(s)
#define WORDS(s)
#define TAG(s)
#define OL_LINE(kind, part, phase, flag, where, literal, how, marks)              marks
#define OL_PROGRAM(who, does, proof, phrase, also, decode, example, tells, marks) marks
#include "analyze/dump/lines.def"
#include "analyze/dump/programs.def"
#undef OL_PROGRAM
#undef OL_LINE
#undef TAG
#undef WORDS
#undef SEE
#undef ANCHOR
};
enum { ANCHORS = sizeof(anchors) / sizeof(anchors[0]), WINDOW = 4, BUCKETS = 8 };

static bool starts_at(struct ol_span rest, const char *word)
{
	size_t k = strlen(word);

	/* bytes that end inside of it may go on with it */
	return memcmp(rest.p, word, rest.n < k ? rest.n : k) == 0;
}

static bool row_here(const char *buf, size_t n, size_t close)
{
	size_t i = close, digits = 0;

	while (i && ol_is_digit(buf[i - 1])) {
		digits++;
		i--;
	}
	while (i && buf[i - 1] == ' ')
		i--;
	if (!digits || !i || buf[i - 1] != '[')
		return false;
	for (i = close + 1; i < n && buf[i] == ' ';)
		i++;
	return i == n || ol_is_digit(buf[i]);
}

static bool fits_in(const char *buf, size_t n, size_t at, const struct anchor *a)
{
	struct ol_span rest = ol_span(buf + at + a->s.n, n - at - a->s.n);

	switch ((enum near)a->near) {
	case NUMBER:
		return !rest.n || ol_is_digit(rest.p[0]);
	case KILLING:
		if (!rest.n || rest.p[0] == ':')
			return rest.n < 3 || (rest.p[1] == ' ' && memchr("KkSsCc", rest.p[2], 6));
		return starts_at(rest, " and no killable") || starts_at(rest, " (oom_kill");
	case KILLER:
		if (!rest.n || rest.p[0] == ':')
			return true;
		if (!starts_at(rest, "er"))
			return false;
		return rest.n < 3 || rest.p[2] == ':' ||
		       (at >= 8 && memcmp(buf + at - 8, "invoked ", 8) == 0);
	case FAILED:
		return starts_at(rest, "failure") || starts_at(rest, "stall");
	case ROW:
		return row_here(buf, n, at);
	case KBYTES:
		return at && ol_is_digit(buf[at - 1]) &&
		       (!rest.n || memchr(" \r\n\"\\#", rest.p[0], 6));
	default:
		return true;
	}
}

/*
 * Looked up by its halves, or, where one instruction looks up 64 entries, by its low six bits: of
 * the buckets that a byte @k of a window stands for, one bit each. Both only sort out most places:
 * what they let pass is compared.
 */
struct set {
	uint8_t lo_half[WINDOW][16] __attribute__((aligned(16)));
	uint8_t hi_half[WINDOW][16] __attribute__((aligned(16)));
	uint8_t six_bits[WINDOW][64] __attribute__((aligned(64)));
	uint8_t bytes[WINDOW]
		     [256]; /* the same for whole bytes, where there are too few for those */
	struct window {
		uint32_t bytes, mask; /* as they lie in memory; 0x80: any byte of ASCII */
		const struct anchor *a; /* NULL ends them */
	} in_bucket[BUCKETS][ANCHORS + 1];
};
static struct set sets[OL_SCAN_SETS];

static void fill_set(struct set *set, const struct anchor *a)
{
	uint8_t bit = (uint8_t)(1u << a->bucket), bytes[WINDOW] = { 0 }, mask[WINDOW] = { 0 };
	struct window *w = set->in_bucket[a->bucket];

	while (w->a)
		w++;
	w->a = a;
	for (size_t k = 0; k < WINDOW; k++) {
		bool any = a->at + k >= a->s.n;
		unsigned char c = any ? 0 : (unsigned char)a->s.p[a->at + k];

		bytes[k] = c;
		mask[k] = any ? 0x80 : 255;
		if (!any) {
			set->lo_half[k][c & 15] |= bit;
			set->hi_half[k][c >> 4] |= bit;
			set->six_bits[k][c & 63] |= bit;
			set->bytes[k][c] |= bit;
			continue;
		}
		for (size_t h = 0; h < 128; h++) {
			set->lo_half[k][h & 15] |= bit;
			set->hi_half[k][h >> 4] |= bit;
			set->six_bits[k][h & 63] |= bit;
			set->bytes[k][h] |= bit;
		}
	}
	memcpy(&w->bytes, bytes, WINDOW);
	memcpy(&w->mask, mask, WINDOW);
}

/* @out: strings that are left out, by index; NULL: none */
static void fill_sets(struct set to[OL_SCAN_SETS], const bool *out)
{
	memset(to, 0, OL_SCAN_SETS * sizeof(*to));
	for (size_t i = 0; i < ANCHORS; i++) {
		if (out && out[i])
			continue;
		if (anchors[i].role != SAID)
			fill_set(&to[OL_SCAN_DUMP], &anchors[i]);
		if (anchors[i].role != GOES_ON)
			fill_set(&to[OL_SCAN_SAID], &anchors[i]);
		if (anchors[i].role != GOES_ON && anchors[i].role != SAID)
			fill_set(&to[OL_SCAN_EVENT], &anchors[i]);
	}
}

/* Before there are threads: one that saw half of it would miss a dump. */
__attribute__((constructor)) static void fill_shared_sets(void)
{
	fill_sets(sets, NULL);
}

/* @buckets: bit per bucket whose strings can have their window there. */
static bool anchor_at(const struct set *set, const char *buf, size_t n, size_t window,
		      unsigned buckets, size_t *ret_start)
{
	uint32_t here = 0;

	memcpy(&here, buf + window, n - window < WINDOW ? n - window : WINDOW);
	for (; buckets; buckets &= buckets - 1) {
		const struct window *w = set->in_bucket[__builtin_ctz(buckets)];

		for (; w->a; w++) {
			const struct anchor *a = w->a;

			if ((here & w->mask) != w->bytes || window < a->at ||
			    n - (window - a->at) < a->s.n ||
			    memcmp(buf + window - a->at, a->s.p, a->s.n) != 0 ||
			    !fits_in(buf, n, window - a->at, a))
				continue;
			*ret_start = window - a->at;
			return true;
		}
	}
	return false;
}

static size_t scan_bytes(const struct set *set, const char *buf, size_t from, size_t n)
{
	const unsigned char *p = (const unsigned char *)buf;
	size_t start;

	for (size_t i = from; i < n; i++) {
		unsigned at = set->bytes[0][p[i]];

		for (size_t k = 1; at && k < WINDOW && i + k < n; k++)
			at &= set->bytes[k][p[i + k]];
		if (at && anchor_at(set, buf, n, i, at, &start))
			return start;
	}
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
/*
 * Of the 64 places from @i on, of which only @some can be one: the first that is, or @n. @at: the
 * buckets of each.
 */
static size_t check_block(const struct set *set, const char *buf, size_t n, size_t i, uint64_t some,
			  const uint8_t at[64])
{
	size_t start;

	for (; some; some &= some - 1) {
		size_t k = (size_t)__builtin_ctzll(some);

		if (anchor_at(set, buf, n, i + k, at[k], &start))
			return start;
	}
	return n;
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

TARGET_VBMI static size_t scan_vbmi(const struct set *set, const char *buf, size_t n)
{
	const __m512i t[WINDOW] = { _mm512_load_si512(set->six_bits[0]),
				    _mm512_load_si512(set->six_bits[1]),
				    _mm512_load_si512(set->six_bits[2]),
				    _mm512_load_si512(set->six_bits[3]) };
	uint8_t at[64] __attribute__((aligned(64)));
	size_t i = 0, hit;

	if (n < 64 + WINDOW - 1)
		return scan_bytes(set, buf, 0, n);
	for (; i + STRIDE + WINDOW - 1 <= n; i += STRIDE) {
		const char *p = buf + i;
		__m512i any = _mm512_or_si512(
			_mm512_or_si512(places_vbmi(p, t), places_vbmi(p + 64, t)),
			_mm512_or_si512(places_vbmi(p + 128, t), places_vbmi(p + 192, t)));

		if (__builtin_expect(!_mm512_test_epi8_mask(any, any), 1))
			continue;
		for (size_t k = 0; k < STRIDE; k += 64) {
			__m512i v = places_vbmi(p + k, t);

			_mm512_store_si512(at, v);
			hit = check_block(set, buf, n, i + k, _mm512_test_epi8_mask(v, v), at);
			if (hit < n)
				return hit;
		}
	}
	/* the last block looks at some places again */
	for (; i + WINDOW - 1 < n; i += 64) {
		__m512i v;

		if (i + 64 + WINDOW - 1 > n)
			i = n - 64 - WINDOW + 1;
		v = places_vbmi(buf + i, t);
		_mm512_store_si512(at, v);
		hit = check_block(set, buf, n, i, _mm512_test_epi8_mask(v, v), at);
		if (hit < n)
			return hit;
	}
	return scan_bytes(set, buf, i, n);
}

#define TARGET_AVX2 __attribute__((target("avx2")))

/* Of 32 places, the buckets whose windows' byte @k may stand there. */
TARGET_AVX2 static inline __m256i buckets(const char *p, __m256i lo, __m256i hi)
{
	const __m256i half = _mm256_set1_epi8(15);
	__m256i v = _mm256_loadu_si256((const __m256i *)(const void *)p);

	/* what is not ASCII is in no window, and that is what the first shuffle says of it */
	return _mm256_and_si256(
		_mm256_shuffle_epi8(lo, v),
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

TARGET_AVX2 static size_t scan_avx2(const struct set *set, const char *buf, size_t n)
{
	const __m256i t[2 * WINDOW] = { twice(set->lo_half[0]), twice(set->hi_half[0]),
					twice(set->lo_half[1]), twice(set->hi_half[1]),
					twice(set->lo_half[2]), twice(set->hi_half[2]),
					twice(set->lo_half[3]), twice(set->hi_half[3]) };
	const __m256i zero = _mm256_setzero_si256();
	uint8_t at[64] __attribute__((aligned(64)));
	uint64_t some;
	size_t i = 0, hit;

	if (n < 64 + WINDOW - 1)
		return scan_bytes(set, buf, 0, n);
	for (; i + WINDOW - 1 < n; i += 64) {
		__m256i a, b, any;

		/* the last block looks at some places again */
		if (i + 64 + WINDOW - 1 > n)
			i = n - 64 - WINDOW + 1;
		a = places_avx2(buf + i, t);
		b = places_avx2(buf + i + 32, t);
		any = _mm256_or_si256(a, b);

		if (__builtin_expect(_mm256_testz_si256(any, any), 1))
			continue;
		_mm256_store_si256((__m256i *)(void *)at, a);
		_mm256_store_si256((__m256i *)(void *)(at + 32), b);
		some = ~(uint64_t)((uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, zero)) |
				   (uint64_t)(uint32_t)_mm256_movemask_epi8(
					   _mm256_cmpeq_epi8(b, zero))
					   << 32);
		hit = check_block(set, buf, n, i, some, at);
		if (hit < n)
			return hit;
	}
	return scan_bytes(set, buf, i, n);
}

#define TARGET_SSSE3 __attribute__((target("ssse3")))

TARGET_SSSE3 static inline __m128i buckets_ssse3(const char *p, const uint8_t *lo,
						 const uint8_t *hi)
{
	const __m128i half = _mm_set1_epi8(15);
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);

	return _mm_and_si128(_mm_shuffle_epi8(_mm_load_si128((const __m128i *)(const void *)lo), v),
			     _mm_shuffle_epi8(_mm_load_si128((const __m128i *)(const void *)hi),
					      _mm_and_si128(_mm_srli_epi16(v, 4), half)));
}

TARGET_SSSE3 static inline __m128i places_ssse3(const char *p, const struct set *set)
{
	return _mm_and_si128(_mm_and_si128(buckets_ssse3(p, set->lo_half[0], set->hi_half[0]),
					   buckets_ssse3(p + 1, set->lo_half[1], set->hi_half[1])),
			     _mm_and_si128(buckets_ssse3(p + 2, set->lo_half[2], set->hi_half[2]),
					   buckets_ssse3(p + 3, set->lo_half[3], set->hi_half[3])));
}

TARGET_SSSE3 static size_t scan_ssse3(const struct set *set, const char *buf, size_t n)
{
	const __m128i zero = _mm_setzero_si128();
	uint8_t at[64] __attribute__((aligned(64)));
	uint64_t some;
	size_t i = 0, hit;

	if (n < 64 + WINDOW - 1)
		return scan_bytes(set, buf, 0, n);
	for (; i + WINDOW - 1 < n; i += 64) {
		__m128i v[4], any;

		if (i + 64 + WINDOW - 1 > n)
			i = n - 64 - WINDOW + 1;
		for (size_t k = 0; k < 4; k++)
			v[k] = places_ssse3(buf + i + 16 * k, set);
		any = _mm_or_si128(_mm_or_si128(v[0], v[1]), _mm_or_si128(v[2], v[3]));
		if (__builtin_expect(_mm_movemask_epi8(_mm_cmpeq_epi8(any, zero)) == 0xffff, 1))
			continue;
		some = 0;
		for (size_t k = 0; k < 4; k++) {
			_mm_store_si128((__m128i *)(void *)(at + 16 * k), v[k]);
			some |= (uint64_t)(~_mm_movemask_epi8(_mm_cmpeq_epi8(v[k], zero)) & 0xffff)
				<< 16 * k;
		}
		hit = check_block(set, buf, n, i, some, at);
		if (hit < n)
			return hit;
	}
	return scan_bytes(set, buf, i, n);
}

TARGET_SSSE3 static uint64_t count_sse2(const char *buf, size_t n)
{
	const __m128i nl = _mm_set1_epi8('\n'), zero = _mm_setzero_si128();
	uint64_t sum = 0;
	size_t i = 0;

	while (n - i >= 16) {
		/* a byte counts up to 255 */
		size_t end = n - i < 255 * 16 ? n - 15 : i + 255 * 16;
		__m128i part = zero, both;

		for (; i < end; i += 16)
			part = _mm_sub_epi8(
				part,
				_mm_cmpeq_epi8(
					nl,
					_mm_loadu_si128((const __m128i *)(const void *)(buf + i))));
		both = _mm_sad_epu8(part, zero);
		sum += (uint64_t)_mm_cvtsi128_si32(both) +
		       (uint64_t)_mm_cvtsi128_si32(_mm_srli_si128(both, 8));
	}
	return sum + count_bytes(buf + i, n - i);
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

/*
 * What the processor has and may be used: glibc takes away what the administrator forbids with
 * GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2 and the like.
 */
#if defined(__x86_64__) && __has_include(<sys/platform/x86.h>)
#include <sys/platform/x86.h>
#define USABLE(glibc, gcc) CPU_FEATURE_ACTIVE(glibc)
#elif defined(__x86_64__)
#define USABLE(glibc, gcc) __builtin_cpu_supports(gcc)
#endif

#if defined(__x86_64__)
static bool has_vbmi, has_avx2, has_ssse3;

__attribute__((constructor)) static void look_at_processor(void)
{
	has_vbmi = USABLE(AVX512F, "avx512f") && USABLE(AVX512BW, "avx512bw") &&
		   USABLE(AVX512_VBMI, "avx512vbmi");
	has_avx2 = USABLE(AVX2, "avx2");
	has_ssse3 = USABLE(SSSE3, "ssse3");
}
#endif

bool ol_scan_has_avx2(void)
{
#if defined(__x86_64__)
	return has_avx2;
#else
	return false;
#endif
}

static size_t scan(const struct set *set, const char *buf, size_t n)
{
#if defined(__x86_64__)
	if (has_vbmi)
		return scan_vbmi(set, buf, n);
	if (has_avx2)
		return scan_avx2(set, buf, n);
	if (has_ssse3)
		return scan_ssse3(set, buf, n);
#endif
	return scan_bytes(set, buf, 0, n);
}

size_t ol_scan(enum ol_scan_set which, const char *buf, size_t n)
{
	return scan(&sets[which], buf, n);
}

/* ---- a search that learns ---- */

/*
 * Lines that a weak string may find in vain: so many, and one more for each so many bytes of the
 * input. A look takes as long as the search of some 16 KiB.
 */
#define VAIN_LINES 1000
#define VAIN_BYTES (64u << 10)

struct ol_scanner {
	bool less; /* some are left out */
	uint32_t vain[ANCHORS];
	bool out[ANCHORS];
	struct set sets[OL_SCAN_SETS]; /* when .less */
};

struct ol_scanner *ol_scanner_new(void)
{
	struct ol_scanner *s = aligned_alloc(_Alignof(struct ol_scanner), sizeof(*s));

	if (s)
		memset(s, 0, sizeof(*s));
	return s;
}

void ol_scanner_begin(struct ol_scanner *s)
{
	s->less = false;
	memset(s->vain, 0, sizeof(s->vain));
	memset(s->out, 0, sizeof(s->out));
}

bool ol_scanner_less(const struct ol_scanner *s)
{
	return s->less;
}

size_t ol_scanner_find(const struct ol_scanner *s, enum ol_scan_set which, const char *buf,
		       size_t n)
{
	return scan(s->less ? &s->sets[which] : &sets[which], buf, n);
}

struct ol_span ol_scanner_vain(struct ol_scanner *s, uint64_t off, struct ol_span line)
{
	size_t at = ol_scanner_find(s, OL_SCAN_EVENT, line.p, line.n);

	for (size_t i = 0; i < ANCHORS && at < line.n; i++) {
		const struct anchor *a = &anchors[i];

		if (a->role != WEAK || s->out[i] || !ol_span_starts(ol_span_skip(line, at), a->s) ||
		    !fits_in(line.p, line.n, at, a))
			continue;
		if (++s->vain[i] <= VAIN_LINES + off / VAIN_BYTES)
			break;
		s->out[i] = s->less = true;
		fill_sets(s->sets, s->out);
		return a->s;
	}
	return ol_span(NULL, 0);
}

uint64_t ol_count_newlines(const char *buf, size_t n)
{
#if defined(__x86_64__)
	if (has_avx2)
		return count_avx2(buf, n);
	if (has_ssse3)
		return count_sse2(buf, n);
#endif
	return count_bytes(buf, n);
}
