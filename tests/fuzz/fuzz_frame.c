// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "analyze/dump/line.h"
#include "tests/fuzz/mutate.h"

/*
 * The input is a log. Every physical line is an allocation of its own, so that a read past its end
 * is seen; what the sink gets is read to the last byte.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile unsigned sum;

static void touch(struct ol_span s)
{
	for (size_t i = 0; i < s.n; i++)
		sum += (unsigned char)s.p[i];
}

static int sink(void *arg, const struct ol_line *l)
{
	size_t *lines = arg;

	touch(l->text);
	touch(l->raw);
	touch(l->host);
	touch(l->tag);
	touch(l->stamp);
	touch(l->caller);
	touch(l->boot);
	if (!l->text.p || !l->raw.p || (unsigned)l->transport >= OL_TR_MAX || !l->lineno)
		abort();
	if (memchr(l->text.p, '\n', l->text.n))
		abort();
	if (l->text.n && ol_is_blank(l->text.p[l->text.n - 1]))
		abort();
	if (l->transport != OL_TR_PLAIN && !l->prefixed)
		abort();
	++*lines;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t lines = 0, pushed = 0;
	struct ol_framer *f = ol_framer_new(sink, &lines);
	const char *p = (const char *)data, *e = p + size;

	if (!f)
		return 0;
	while (p < e) {
		const char *nl = memchr(p, '\n', (size_t)(e - p));
		size_t n = nl ? (size_t)(nl - p) : (size_t)(e - p);
		char *own = malloc(n ? n : 1);

		if (!own)
			break;
		memcpy(own, p, n);
		pushed++;
		if (ol_framer_push(f, ol_span(own, n), pushed, (uint64_t)(p - (const char *)data),
				   n == 77) < 0)
			abort();
		free(own);
		p += n + 1;
	}
	if (ol_framer_flush(f) < 0)
		abort();
	ol_framer_free(f);
	/* a physical line gives at most one message per byte, and none twice */
	if (lines > pushed + size)
		abort();
	return 0;
}
