/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_TESTS_FUZZ_CHECK_H
#define OL_TESTS_FUZZ_CHECK_H

/* What must hold of every output, whatever went in. A broken promise aborts. */

#include "lib/out.h"
#include "lib/unseen.h"

#include <stdio.h>
#include <stdlib.h>
#ifdef OL_HAVE_CJSON
#include <cjson/cJSON.h>
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define must(x)                                                                 \
	do {                                                                    \
		if (!(x)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x); \
			abort();                                                \
		}                                                               \
	} while (0)

static inline struct ol_span check_all(const struct ol_out *o)
{
	must(!o->err);
	return ol_span(o->buf, o->n);
}

/* Valid UTF-8 with newlines as the only characters that are not seen. */
static inline void check_text(const struct ol_out *o)
{
	struct ol_span s = check_all(o);

	while (s.n) {
		uint32_t cp;
		size_t n = ol_utf8_next(s, &cp);

		must(n > 0);
		must(cp == '\n' || !ol_cp_unseen(cp));
		s = ol_span_skip(s, n);
	}
}

/* One JSON value on one line: valid UTF-8 of what is seen, and a parser takes it. */
static inline void check_json(struct ol_span s)
{
#ifdef OL_HAVE_CJSON
	cJSON *j = cJSON_ParseWithLengthOpts(s.p, s.n, NULL, false);

	must(j);
	cJSON_Delete(j);
#endif
	while (s.n) {
		uint32_t cp;
		size_t n = ol_utf8_next(s, &cp);

		must(n > 0 && !ol_cp_unseen(cp));
		s = ol_span_skip(s, n);
	}
}

/* A number from the bytes, to choose by; the same bytes, the same choice. */
static inline uint32_t hash_of(const uint8_t *p, size_t n)
{
	uint32_t h = 2166136261u;

	while (n--)
		h = (h ^ *p++) * 16777619u;
	return h ^ h >> 15;
}

#endif
