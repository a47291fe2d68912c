// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/unseen.h"

#include <stddef.h>

/*
 * First and last, in order. Unicode's categories Cc, Cf, Cs, Co, Zl and Zp, all that is
 * Default_Ignorable_Code_Point, the noncharacters, and letters and symbols whose picture is blank.
 * Blanks that have a width of their own (no-break, ideographic) are seen.
 */
static const struct range {
	uint32_t first, last;
} ranges
	[] = {
		{ 0x0000, 0x001f }, /* C0 */
		{ 0x007f, 0x009f }, /* DEL, C1 */
		{ 0x00ad, 0x00ad }, /* soft hyphen */
		{ 0x034f, 0x034f }, /* combining grapheme joiner */
		{ 0x0600, 0x0605 }, /* Arabic signs that span the digits behind them */
		{ 0x061c, 0x061c }, /* Arabic letter mark */
		{ 0x06dd, 0x06dd },    { 0x070f, 0x070f },
		{ 0x0890, 0x0891 },    { 0x08e2, 0x08e2 },
		{ 0x115f, 0x1160 }, /* Hangul fillers */
		{ 0x17b4, 0x17b5 }, /* Khmer inherent vowels */
		{ 0x180b, 0x180f }, /* Mongolian selectors, vowel separator */
		{ 0x200b, 0x200f }, /* zero width, directions */
		{ 0x2028, 0x202e }, /* ends of lines and paragraphs, directions */
		{ 0x2060, 0x206f }, /* joiners, invisible operators, directions */
		{ 0x2800, 0x2800 }, /* Braille without a dot */
		{ 0x3164, 0x3164 }, /* Hangul filler */
		{ 0xd800, 0xf8ff }, /* surrogates, private use */
		{ 0xfdd0, 0xfdef }, /* noncharacters */
		{ 0xfe00, 0xfe0f }, /* variation selectors */
		{ 0xfeff, 0xfeff }, /* byte order mark */
		{ 0xffa0, 0xffa0 }, /* half width Hangul filler */
		{ 0xfff0, 0xfffb }, /* ignorable, annotations */
		{ 0xfffe, 0xffff },    { 0x110bd, 0x110bd }, /* Kaithi signs that span digits */
		{ 0x110cd, 0x110cd },  { 0x13430, 0x13440 }, /* how hieroglyphs are joined */
		{ 0x16fe4, 0x16fe4 }, /* Khitan filler */
		{ 0x1bca0, 0x1bca3 }, /* shorthand format */
		{ 0x1d159, 0x1d159 }, /* null notehead */
		{ 0x1d173, 0x1d17a }, /* musical beams and slurs */
		{ 0x1fffe, 0x1ffff },  { 0x2fffe, 0x2ffff },
		{ 0x3fffe, 0x10ffff }, /* empty planes, tags, selectors, private use */
	};

bool ol_cp_unseen(uint32_t cp)
{
	size_t lo = 0, hi = sizeof(ranges) / sizeof(ranges[0]);

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (cp > ranges[mid].last)
			lo = mid + 1;
		else if (cp < ranges[mid].first)
			hi = mid;
		else
			return true;
	}
	return false;
}
