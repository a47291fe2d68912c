/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_SCAN_H
#define OL_ANALYZE_SCAN_H

#include "lib/span.h"

/*
 * Where in a gigabyte of log could a dump be? The strings of analyze/dump/scan.c stand in the lines
 * of events and in few others; what stands between two of them need not be read line by line.
 */
enum ol_scan_set {
	OL_SCAN_EVENT, /* lines that can begin an event, or end one that waits for its last lines */
	OL_SCAN_DUMP, /* these and all others that can go on with a dump */
	OL_SCAN_SAID, /* those of OL_SCAN_EVENT, and what programs say around a kill */
	OL_SCAN_SETS
};

/*
 * The longest such string with what is looked at around it: a caller that searches piece by piece
 * overlaps by this much. A row of a task table may be longer (its blanks are not counted).
 */
#define OL_SCAN_OVERLAP 48

/*
 * Offset of the first such string in @buf, @n when there is none. What is cut off by the end of
 * @buf counts as there: ask again with the whole line.
 */
size_t ol_scan(enum ol_scan_set which, const char *buf, size_t n);

/*
 * The search of one input, which learns: a string that says trouble, or is the middle of a dump,
 * and that stood in thousands of lines which were nothing, is not looked for any more. So a flood
 * of them costs no more than other lines.
 */
struct ol_scanner;
struct ol_scanner *ol_scanner_new(void); /* free(); NULL: ENOMEM */
void ol_scanner_begin(struct ol_scanner *s); /* a new input */
bool ol_scanner_less(const struct ol_scanner *s); /* does it look for less than ol_scan()? */
/* As ol_scan(). */
size_t ol_scanner_find(const struct ol_scanner *s, enum ol_scan_set which, const char *buf,
		       size_t n);
/*
 * @line, @off bytes into the input, has a string of OL_SCAN_EVENT and was looked at in vain. The
 * string when it is left out from now on, else nothing.
 */
struct ol_span ol_scanner_vain(struct ol_scanner *s, uint64_t off, struct ol_span line);

/* Does the processor have AVX2, and may it be used? */
bool ol_scan_has_avx2(void);

/* Newlines in @buf. */
uint64_t ol_count_newlines(const char *buf, size_t n);

#endif
