// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "analyze/dump/no_log.h"

static const struct ol_span lines[] = {
#define OL_NO_LOG(id, name, line) OL_SPAN_INIT(line),
#include "analyze/dump/no_log.def"
#undef OL_NO_LOG
};

static void test_rows(void **state)
{
	uint64_t line;

	(void)state;
	for (unsigned i = 0; i < OL_NO_LOG_MAX; i++) {
		char text[100] = "$ x\n  ";

		memcpy(text + 6, lines[i].p, lines[i].n);
		memcpy(text + 6 + lines[i].n, "9", 2);
		assert_int_equal(ol_no_log_in(ol_span_str(text), &line), 1u << i);
		assert_int_equal(line, 2);
		assert_non_null(ol_no_log_name((enum ol_no_log)i));
	}
}

static void test_texts(void **state)
{
	uint64_t line;

	(void)state;
	assert_int_equal(
		ol_no_log_in(OL_SPAN("MemTotal:   8049012 kB\n"
				     "              total        used        free   shared\n"),
			     &line),
		1u << OL_NO_LOG_MEMINFO | 1u << OL_NO_LOG_FREE);
	assert_int_equal(line, 1);
	assert_int_equal(
		ol_no_log_in(OL_SPAN("kernel: MemTotal: 5\nMemTotal:5\ntotal usedfree"), &line), 0);
	assert_int_equal(ol_no_log_in(OL_SPAN(""), &line), 0);
	assert_null(ol_no_log_name(OL_NO_LOG_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
