// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/export_walk.h"
#include "lib/out.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static uint64_t seed = 1;

static unsigned below(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

static void put_name(struct ol_out *o, unsigned n)
{
	static const char of[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

	for (unsigned i = 0; i < n; i++)
		ol_out_char(o, of[below(sizeof(of) - 1)]);
}

/* A line of a record as journald writes it, and now and then one that it does not. */
static void put_line(struct ol_out *o)
{
	unsigned kind = below(40);

	put_name(o, kind == 0 ? 0 : kind < 4 ? 60 + below(10) : 1 + below(30));
	if (kind == 5)
		ol_out_char(o, "@[`/:a\x80 "[below(8)]);
	if (kind == 6) {
		uint64_t n = below(200);

		ol_out_char(o, '\n');
		for (unsigned i = 0; i < 8; i++)
			ol_out_char(o, (char)(n >> 8 * i));
		while (n--)
			ol_out_char(o, "\n=A\x01"[below(4)]);
	} else if (kind != 7) {
		ol_out_char(o, '=');
		for (unsigned n = below(100); n; n--)
			ol_out_char(o, "aA= \xc3"[below(5)]);
	}
	ol_out_char(o, '\n');
	if (!below(12))
		ol_out_str(o, "\n__CURSOR=s=1;i=2\n");
}

static void same(const struct ol_export_walk *a, const struct ol_export_walk *b)
{
	assert_int_equal(a->state, b->state);
	assert_int_equal(a->at, b->at);
	assert_int_equal(a->record, b->record);
	assert_int_equal(a->len, b->len);
	assert_int_equal(a->n_starts, b->n_starts);
	assert_int_equal(a->lost, b->lost);
	assert_int_equal(ol_export_walk_binary(a), ol_export_walk_binary(b));
}

/* Many bytes at once, where 64 are looked at together, are the same as one after the other. */
static void test_whole_and_bytes(void **state)
{
	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct ol_export_walk whole, bytes, pieces;
		struct ol_out o;

		ol_out_init(&o, -1);
		ol_out_str(&o, "__CURSOR=s=1;i=1\n");
		for (unsigned n = 1 + below(40); n; n--)
			put_line(&o);
		ol_export_walk_begin(&whole, 0);
		ol_export_walk(&whole, ol_span(o.buf, o.n));
		ol_export_walk_begin(&bytes, 0);
		for (size_t i = 0; i < o.n; i++)
			ol_export_walk(&bytes, ol_span(o.buf + i, 1));
		same(&whole, &bytes);
		ol_export_walk_begin(&pieces, 0);
		for (size_t i = 0, n; i < o.n; i += n) {
			n = 1 + below(300);
			n = n < o.n - i ? n : o.n - i;
			ol_export_walk(&pieces, ol_span(o.buf + i, n));
		}
		same(&whole, &pieces);
		ol_out_done(&o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_whole_and_bytes) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
