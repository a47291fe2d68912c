// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/human.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* @v * @times / 2^@shift to the nearest; @v is split, for the product may need over 64 bits. */
static uint64_t rounded(uint64_t v, unsigned times, unsigned shift)
{
	uint64_t half = UINT64_C(1) << (shift - 1);

	return ((v >> 10) * times + (((v & 1023) * times + half) >> 10)) >> (shift - 10);
}

/* @v in units of 1024^@unit bytes */
static struct ol_fmt fmt_scaled(uint64_t v, unsigned unit, bool negative)
{
	static const char *const names[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	const unsigned last = sizeof(names) / sizeof(names[0]) - 1;
	const char *sign = negative ? "-" : "";
	unsigned shift = 0;
	struct ol_fmt f;
	uint64_t n;

	while (unit < last && v >> shift >= 1024) {
		shift += 10;
		unit++;
	}
	if (shift) {
		n = rounded(v, 100, shift);
		if (n < 1000) {
			snprintf(f.s, sizeof(f.s), "%s%u.%02u %s", sign, (unsigned)(n / 100),
				 (unsigned)(n % 100), names[unit]);
			return f;
		}
		n = rounded(v, 10, shift);
		if (n < 1000) {
			snprintf(f.s, sizeof(f.s), "%s%u.%u %s", sign, (unsigned)(n / 10),
				 (unsigned)(n % 10), names[unit]);
			return f;
		}
		n = rounded(v, 1, shift);
		if (n >= 1024 && unit < last) {
			snprintf(f.s, sizeof(f.s), "%s1.00 %s", sign, names[unit + 1]);
			return f;
		}
	} else {
		n = v;
	}
	snprintf(f.s, sizeof(f.s), "%s%llu %s", sign, (unsigned long long)n,
		 n ? names[unit] : names[0]);
	return f;
}

struct ol_fmt ol_fmt_kb(int64_t kb)
{
	return fmt_scaled(kb < 0 ? -(uint64_t)kb : (uint64_t)kb, 1, kb < 0);
}

struct ol_fmt ol_fmt_bytes(uint64_t bytes)
{
	return fmt_scaled(bytes, 0, false);
}

struct ol_fmt ol_fmt_short_kb(int64_t kb)
{
	struct ol_fmt f = ol_fmt_kb(kb);
	char *blank = strchr(f.s, ' ');

	if (kb && blank) {
		blank[0] = blank[1];
		blank[1] = 0;
	} else if (blank) {
		blank[0] = 0;
	}
	return f;
}

struct ol_fmt ol_fmt_span_us(int64_t us)
{
	unsigned long long ms = us < 0 ? 0 : (unsigned long long)us / 1000, s = ms / 1000;
	struct ol_fmt f;

	if (s < 60)
		snprintf(f.s, sizeof(f.s), "%llu.%llu s", s, ms / 100 % 10);
	else if (s < 3600)
		snprintf(f.s, sizeof(f.s), "%llu min %llu s", s / 60, s % 60);
	else if (s < 86400)
		snprintf(f.s, sizeof(f.s), "%llu h %llu min", s / 3600, s / 60 % 60);
	else
		snprintf(f.s, sizeof(f.s), "%llu d %llu h", s / 86400, s / 3600 % 24);
	return f;
}
