// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "export/explain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * 8 bytes of mask, then "release\nnames". Whatever a mask decodes to must be printed as names that
 * parse to the same flags, and any list of names must survive the same way.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ol_span text, release;
	const struct ol_gfp_era *era;
	uint64_t mask, unknown;
	unsigned n;
	ol_gfp_set set, again;
	struct ol_out o;
	ssize_t nl;

	if (size < sizeof(mask))
		return 0;
	memcpy(&mask, data, sizeof(mask));
	text = ol_span((const char *)data + sizeof(mask), size - sizeof(mask));
	nl = ol_span_chr(text, '\n');
	release = nl < 0 ? text : ol_span_head(text, (size_t)nl);
	text = nl < 0 ? text : ol_span_skip(text, (size_t)nl + 1);

	era = ol_gfp_era_for_release(release);
	ol_gfp_era_from_names(mask, text, era);
	if (!era)
		era = ol_gfp_era_at((unsigned)(mask % 64));
	if (!era)
		return 0;

	ol_out_init(&o, -1);
	set = ol_gfp_decode(era, mask, &unknown);
	ol_gfp_names(era, set, unknown, &o);
	if (ol_gfp_parse_names(era, ol_span(o.buf, o.n), &again, &n) < 0 || again != set ||
	    n != !!unknown)
		abort();
	if (ol_gfp_parse_names(era, text, &set, &n) == 0) {
		o.n = 0;
		ol_gfp_names(era, set, 0, &o);
		if (ol_gfp_parse_names(era, ol_span(o.buf, o.n), &again, &n) < 0 || again != set ||
		    n)
			abort();
		o.n = 0;
		ol_gfp_words(set, &o);
	}
	ol_out_done(&o);
	return 0;
}
