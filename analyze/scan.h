/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_SCAN_H
#define OL_ANALYZE_SCAN_H

#include "lib/span.h"

/*
 * Where in a gigabyte of log could a dump be? The strings of analyze/scan.c stand in the lines of
 * events and in few others; what stands between two of them need not be read line by line.
 */
enum ol_scan_set {
	OL_SCAN_EVENT, /* lines that can begin an event, or end one that waits for its last lines */
	OL_SCAN_DUMP, /* these and all others that can go on with a dump */
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

/* Newlines in @buf. */
uint64_t ol_count_newlines(const char *buf, size_t n);

#endif
