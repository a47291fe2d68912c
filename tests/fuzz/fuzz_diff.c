// SPDX-License-Identifier: GPL-2.0-or-later
/* Two saved snapshots, with a NUL between them: anything that somebody may have put in a file. */
#include "export/snap.h"
#include "tests/fuzz/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ol_span all = ol_span((const char *)data, size), a, b;
	uint32_t h = hash_of(data, size);
	struct ol_snap_style style = { .width = 40 + h % 120,
				       .utf8 = h >> 8 & 1,
				       .full = h >> 9 & 1 };
	ssize_t nul = ol_span_chr(all, 0);
	struct ol_err err = { "" };
	struct ol_out o;
	int r[2];

	a = ol_span_head(all, nul < 0 ? size : (size_t)nul);
	b = nul < 0 ? a : ol_span_skip(all, (size_t)nul + 1);
	for (int json = 0; json < 2; json++) {
		ol_out_init(&o, -1);
		r[json] = ol_snap_diff(&o, a, b, json, &style, &err);
		if (r[json]) {
			must(!o.n && err.msg[0]);
		} else if (json) {
			must(o.n && o.buf[o.n - 1] == '\n');
			check_json(ol_span_head(check_all(&o), o.n - 1));
		} else {
			check_text(&o);
		}
		ol_out_done(&o);
	}
	must(r[0] == r[1]);
	return 0;
}
