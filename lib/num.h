/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_LIB_NUM_H
#define OL_LIB_NUM_H

#include <stdint.h>

static inline int64_t ol_min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static inline int64_t ol_max(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Counters that were read one after the other can differ the wrong way by a little. */
static inline int64_t ol_above0(int64_t a)
{
	return a > 0 ? a : 0;
}

/* Sums and products of numbers from outside: too large is INT64_MAX. Both are not negative. */
static inline int64_t ol_add(int64_t a, int64_t b)
{
	int64_t r;

	return __builtin_add_overflow(a, b, &r) ? INT64_MAX : r;
}

static inline int64_t ol_mul(int64_t a, int64_t b)
{
	int64_t r;

	return __builtin_mul_overflow(a, b, &r) ? INT64_MAX : r;
}

/*
 * The same for numbers that have no sign: sums and products stick at the maximum, differences at 0.
 */
static inline uint64_t ol_add_u64(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static inline uint64_t ol_mul_u64(uint64_t a, uint64_t b)
{
	uint64_t r;

	return __builtin_mul_overflow(a, b, &r) ? UINT64_MAX : r;
}

static inline uint64_t ol_sub_u64(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static inline uint64_t ol_min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t ol_max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

#endif
