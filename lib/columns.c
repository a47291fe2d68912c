// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/columns.h"
#include "lib/out.h"

unsigned ol_cp_columns(uint32_t cp)
{
	if (cp < 0x300)
		return 1;
	if (cp < 0x370 || (cp >= 0x1ab0 && cp < 0x1b00) || (cp >= 0x20d0 && cp < 0x2100) ||
	    (cp >= 0xfe20 && cp < 0xfe30))
		return 0;
	if ((cp >= 0x1100 && cp < 0x1160) || (cp >= 0x2e80 && cp < 0xa4d0) ||
	    (cp >= 0xac00 && cp < 0xd7a4) || (cp >= 0xf900 && cp < 0xfb00) ||
	    (cp >= 0xfe30 && cp < 0xfe70) || (cp >= 0xff00 && cp < 0xff61) ||
	    (cp >= 0xffe0 && cp < 0xffe7) || (cp >= 0x1f300 && cp < 0x1fb00) ||
	    (cp >= 0x20000 && cp < 0x3fffe))
		return 2;
	return 1;
}

size_t ol_text_fit(struct ol_span s, unsigned columns, unsigned *ret_used)
{
	unsigned used = 0;
	size_t i = 0;

	while (i < s.n) {
		uint32_t cp = 0;
		size_t len = ol_utf8_next(ol_span_skip(s, i), &cp);
		unsigned w = len ? ol_cp_columns(cp) : 1;

		if (used + w > columns)
			break;
		used += w;
		i += len ? len : 1;
	}
	*ret_used = used;
	return i;
}

unsigned ol_text_columns(struct ol_span safe)
{
	unsigned used;

	ol_text_fit(safe, UINT32_MAX / 2, &used);
	return used;
}
