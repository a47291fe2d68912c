/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_SCANNED_H
#define OL_ANALYZE_SCANNED_H

#include "lib/span.h"

/*
 * What a search of a stretch of an input has found, block by block, so that others can search it
 * while the reader is still in front of it. Asking this gives what ol_scan() and
 * ol_count_newlines() give, to the byte: what a log is told to hold does not depend on who searched
 * it.
 */
#define OL_SCANNED_BLOCKS 64
/* Bytes behind a block that must be seen with it. */
#define OL_SCANNED_BEHIND 128

struct ol_scanned {
	uint64_t from; /* offset in the input of the first block */
	size_t block; /* bytes of one */
	uint32_t n; /* blocks that were searched */
	/* newlines of a block in which no string of OL_SCAN_EVENT begins, else UINT32_MAX */
	uint32_t lines[OL_SCANNED_BLOCKS];
};

/*
 * @buf is what stands behind the blocks that were searched: searches those that lie in it with what
 * must be behind them.
 */
void ol_scanned_add(struct ol_scanned *s, const char *buf, size_t n);

/* As ol_scan(OL_SCAN_EVENT, @buf, @n), where @buf stands at @off of the input. @s may be NULL. */
size_t ol_scanned_find(const struct ol_scanned *s, uint64_t off, const char *buf, size_t n);
/* As ol_count_newlines(@buf, @n). */
uint64_t ol_scanned_lines(const struct ol_scanned *s, uint64_t off, const char *buf, size_t n);

#endif
