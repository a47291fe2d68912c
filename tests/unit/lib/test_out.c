// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "lib/out.h"

static void as_printf(uint64_t v)
{
	char want[32], got[OL_U64_ROOM + 1];
	char *end;

	memset(got, 'x', sizeof(got));
	end = ol_put_u64(got, v);
	assert_int_equal(end - got, snprintf(want, sizeof(want), "%llu", (unsigned long long)v));
	assert_memory_equal(got, want, (size_t)(end - got));
	assert_int_equal(got[OL_U64_ROOM], 'x');
}

static void test_decimal(void **state)
{
	uint64_t ten = 1;

	(void)state;
	for (uint64_t v = 0; v < 20000; v++)
		as_printf(v);
	for (int digits = 0; digits < 20; digits++, ten *= 10)
		for (uint64_t lead = 1; lead < 10; lead++) {
			as_printf(ten * lead - 1);
			as_printf(ten * lead);
			as_printf(ten * lead + 1);
			as_printf(ten * lead + ten / 2);
		}
	for (uint64_t v = 88172645463325252, i = 0; i < 200000; i++) {
		v ^= v << 13, v ^= v >> 7, v ^= v << 17;
		as_printf(v >> i % 64);
	}
	as_printf(UINT64_MAX);
}

/* One byte that is not plain, at each place of texts of each length. */
static void test_plain(void **state)
{
	static const char odd[] = { '"', '\\', 0x1f, 0x7f, '\0', '\n', (char)0x80, (char)0xff };
	char text[70];

	(void)state;
	memset(text, '~', sizeof(text));
	for (size_t n = 0; n <= sizeof(text); n++) {
		assert_int_equal(ol_json_plain(ol_span(text, n)), n);
		for (size_t at = 0; at < n; at++)
			for (size_t k = 0; k < sizeof(odd); k++) {
				text[at] = odd[k];
				assert_int_equal(ol_json_plain(ol_span(text, n)), at);
				text[at] = ' ';
				assert_int_equal(ol_json_plain(ol_span(text, n)), n);
			}
		memset(text, '~', sizeof(text));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decimal),
		cmocka_unit_test(test_plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
