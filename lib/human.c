// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "lib/human.h"
#include "lib/span.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* @v * @times / 2^@shift to the nearest; @v is split, for the product may need over 64 bits. */
static uint64_t rounded(uint64_t v, unsigned times, unsigned shift)
{
	uint64_t half = UINT64_C(1) << (shift - 1);

	return ((v >> 10) * times + (((v & 1023) * times + half) >> 10)) >> (shift - 10);
}

/* "-12.3 GiB": @n has @decimals of them. Reports have thousands of these, so not by printf. */
static struct ol_fmt fmt_unit(bool negative, uint64_t n, unsigned decimals, const char *unit)
{
	char digits[24];
	size_t d = sizeof(digits), k = 0;
	struct ol_fmt f;

	for (unsigned i = 0; n || i <= decimals; i++, n /= 10) {
		if (i && i == decimals)
			digits[--d] = '.';
		digits[--d] = (char)('0' + n % 10);
	}
	if (negative)
		f.s[k++] = '-';
	memcpy(f.s + k, digits + d, sizeof(digits) - d);
	k += sizeof(digits) - d;
	f.s[k++] = ' ';
	/* NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.strcpy): it fits */
	strcpy(f.s + k, unit);
	return f;
}

/* @v in units of 1024^@unit bytes */
static struct ol_fmt fmt_scaled(uint64_t v, unsigned unit, bool negative)
{
	static const char *const names[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	const unsigned last = sizeof(names) / sizeof(names[0]) - 1;
	unsigned shift = 0;
	uint64_t n;

	while (unit < last && v >> shift >= 1024) {
		shift += 10;
		unit++;
	}
	if (shift) {
		n = rounded(v, 100, shift);
		if (n < 1000)
			return fmt_unit(negative, n, 2, names[unit]);
		n = rounded(v, 10, shift);
		if (n < 1000)
			return fmt_unit(negative, n, 1, names[unit]);
		n = rounded(v, 1, shift);
		if (n >= 1024 && unit < last)
			return fmt_unit(negative, 100, 2, names[unit + 1]);
	} else {
		n = v;
	}
	return fmt_unit(negative, n, 0, n ? names[unit] : names[0]);
}

struct ol_fmt ol_fmt_kb(int64_t kb)
{
	return fmt_scaled(kb < 0 ? -(uint64_t)kb : (uint64_t)kb, 1, kb < 0);
}

struct ol_fmt ol_fmt_u64_kb(uint64_t kb)
{
	return fmt_scaled(kb, 1, false);
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

struct into {
	char *to;
	size_t n, cap; /* n: also of what did not fit */
};

static void put(struct into *o, const char *s, size_t n)
{
	size_t room = o->n + 1 < o->cap ? o->cap - 1 - o->n : 0;

	if (room)
		ol_bytes_copy(o->to + o->n, s, n < room ? n : room);
	o->n += n;
}

static void put_number(struct into *o, uint64_t v, bool negative)
{
	char digits[24];
	size_t d = sizeof(digits);

	do
		digits[--d] = (char)('0' + v % 10);
	while (v /= 10);
	if (negative)
		digits[--d] = '-';
	put(o, digits + d, sizeof(digits) - d);
}

static void put_signed(struct into *o, int64_t v)
{
	put_number(o, v < 0 ? -(uint64_t)v : (uint64_t)v, v < 0);
}

/* The length of the conversion at @f, behind its '%', when it is one of ours, else 0. */
static size_t known(const char *f)
{
	switch (*f) {
	case 's':
	case 'd':
	case 'u':
	case '%':
		return 1;
	case '.':
		return f[1] == '*' && f[2] == 's' ? 3 : 0;
	case 'l':
		return f[1] == 'l' && (f[2] == 'd' || f[2] == 'u') ? 3 : 0;
	default:
		return 0;
	}
}

int ol_vformat(char *to, size_t cap, const char *fmt, va_list ap)
{
	struct into o = { to, 0, cap };
	const char *f, *s;
	size_t n;
	int width;

	for (f = strchr(fmt, '%'); f; f = strchr(f + 1 + n, '%')) {
		n = known(f + 1);
		if (!n)
			return vsnprintf(to, cap, fmt, ap);
	}
	for (;; fmt = f + 1 + n) {
		f = strchrnul(fmt, '%');
		put(&o, fmt, (size_t)(f - fmt));
		if (!*f)
			break;
		n = known(f + 1);
		switch (f[1]) {
		case 's':
			s = va_arg(ap, const char *);
			put(&o, s ? s : "(null)", s ? strlen(s) : 6);
			break;
		case '.':
			width = va_arg(ap, int);
			s = va_arg(ap, const char *);
			if (s) /* what is absent has no bytes */
				put(&o, s, width < 0 ? strlen(s) : strnlen(s, (size_t)width));
			break;
		case 'd':
			put_signed(&o, va_arg(ap, int));
			break;
		case 'u':
			put_number(&o, va_arg(ap, unsigned), false);
			break;
		case 'l':
			if (f[3] == 'd')
				put_signed(&o, va_arg(ap, long long));
			else
				put_number(&o, va_arg(ap, unsigned long long), false);
			break;
		default:
			put(&o, "%", 1);
		}
	}
	if (cap)
		to[o.n < cap ? o.n : cap - 1] = 0;
	return (int)o.n;
}
