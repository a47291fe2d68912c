/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_LIB_HUMAN_H
#define OL_LIB_HUMAN_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Numbers for people: pass ol_fmt_kb(x).s to printf. */
struct ol_fmt {
	char s[32];
};

/* IEC units, three significant digits: "0 B", "64 KiB", "1.50 GiB", "-4 KiB". */
struct ol_fmt ol_fmt_kb(int64_t kb);
struct ol_fmt ol_fmt_u64_kb(uint64_t kb);
struct ol_fmt ol_fmt_bytes(uint64_t bytes);
/* For tables with many columns, at most five characters: "0", "64K", "1.50G". */
struct ol_fmt ol_fmt_short_kb(int64_t kb);
/* "3.2 s", "14 min 3 s", "2 h 22 min", "20 d 12 h" */
struct ol_fmt ol_fmt_span_us(int64_t us);

/*
 * vsnprintf() for sentences: %s, %.*s, %d, %u, %lld, %llu and %% are written here, which takes a
 * fraction of the time; a format with anything else is left to it.
 */
int ol_vformat(char *to, size_t cap, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

#endif
