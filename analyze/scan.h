/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_SCAN_H
#define OL_ANALYZE_SCAN_H

#include "lib/span.h"

/*
 * Where in a gigabyte of log could a dump be? The strings of analyze/scan.c stand in every line
 * that can begin an event; between two of them nothing needs to be read line by line.
 */

/* Longest such string; a caller that scans piecewise overlaps by this much. */
#define OL_SCAN_OVERLAP 32

/* Offset of the first candidate in @buf, @n when there is none. */
size_t ol_scan(const char *buf, size_t n);

/* Newlines in @buf. */
uint64_t ol_count_newlines(const char *buf, size_t n);

#endif
