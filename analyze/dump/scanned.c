// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/scanned.h"

#include "analyze/dump/scan.h"

#define HERE UINT32_MAX /* a candidate begins in the block */

_Static_assert(OL_SCANNED_BEHIND >= 2 * OL_SCAN_OVERLAP, "see ol_scanned_find()");

/*
 * ol_scan() tells the string that it notices first, which of two that overlap need not be the one
 * that begins first: none begins before @n bytes when it tells one that begins beyond what two can
 * have in common, or that is cut off further behind.
 */
static bool clean(size_t hit, size_t n)
{
	return hit >= n + OL_SCAN_OVERLAP;
}

void ol_scanned_add(struct ol_scanned *s, const char *buf, size_t n)
{
	size_t look = s->block + OL_SCANNED_BEHIND;

	for (; s->n < OL_SCANNED_BLOCKS && n >= look; n -= s->block, buf += s->block)
		/* of a block that has to be searched again the lines are counted then, too */
		s->lines[s->n++] = clean(ol_scan(OL_SCAN_EVENT, buf, look), s->block)
					   ? (uint32_t)ol_count_newlines(buf, s->block)
					   : HERE;
}

/* The block that @off stands in, and in *@ret_end where it ends; -1 when it was not searched. */
static int block_of(const struct ol_scanned *s, uint64_t off, uint64_t *ret_end)
{
	uint64_t b = s && off >= s->from ? (off - s->from) / s->block : UINT64_MAX;

	if (!s || b >= s->n)
		return -1;
	*ret_end = s->from + (b + 1) * s->block;
	return (int)b;
}

static size_t scan_from(const char *buf, size_t n, size_t at)
{
	return at + ol_scan(OL_SCAN_EVENT, buf + at, n - at);
}

/*
 * A block in which a string begins is searched with what is behind it: none that ends beyond can
 * have been noticed before the one that is told. Where that one begins too near to the block's end
 * all is searched as if nothing were known. What is cut off by the end of @buf counts, in a clean
 * block too.
 */
size_t ol_scanned_find(const struct ol_scanned *s, uint64_t off, const char *buf, size_t n)
{
	size_t at = 0;

	while (at < n) {
		size_t end, look, hit;
		uint64_t to;
		int b = block_of(s, off + at, &to);

		if (b < 0)
			return scan_from(buf, n, at);
		end = to - off < n ? (size_t)(to - off) : n;
		if (s->lines[b] == HERE) {
			look = n - end < OL_SCANNED_BEHIND ? n : end + OL_SCANNED_BEHIND;
			hit = scan_from(buf, look, at);
			if (hit < end)
				return hit;
			if (look == n)
				return hit;
			if (!clean(hit, end))
				return scan_from(buf, n, at);
		} else if (n - at <= OL_SCAN_OVERLAP) {
			return scan_from(buf, n, at);
		} else if (n - end < OL_SCAN_OVERLAP) {
			end = n - OL_SCAN_OVERLAP;
		}
		at = end;
	}
	return n;
}

uint64_t ol_scanned_lines(const struct ol_scanned *s, uint64_t off, const char *buf, size_t n)
{
	uint64_t lines = 0, to;
	size_t at = 0;

	while (at < n) {
		int b = block_of(s, off + at, &to);
		size_t end = b < 0 || to - off > n ? n : (size_t)(to - off);

		if (b >= 0 && end - at == s->block && s->lines[b] != HERE)
			lines += s->lines[b];
		else
			lines += ol_count_newlines(buf + at, end - at);
		at = end;
	}
	return lines;
}
