// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines that were broken become whole, wherever in the log they stand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "analyze/dump/dump_impl.h"

static char got[2000];
static size_t got_n;

static int on_msg(void *arg, const struct ol_msg *m)
{
	int n = snprintf(got + got_n, sizeof(got) - got_n, "%.*s|", OL_SPAN_ARG(m->text));

	(void)arg;
	assert_in_range(n, 1, sizeof(got) - got_n - 1);
	got_n += (size_t)n;
	return 0;
}

static void push(struct ol_unwrap *u, const char *text, uint64_t lineno)
{
	struct ol_line line = {
		.text = ol_span_str(text),
		.raw = ol_span_str(text),
		.mono_us = OL_TIME_NONE,
		.wall_us = OL_TIME_NONE,
		.lineno = lineno,
		.facility = -1,
		.level = -1,
	};

	assert_int_equal(ol_unwrap_push(u, &line), 0);
}

static const char *joined(uint64_t first, uint64_t second)
{
	struct ol_unwrap *u = ol_unwrap_new(on_msg, NULL);

	assert_non_null(u);
	got_n = 0;
	push(u, "java invoked oom-killer: gfp_mask=0xd0, order=0,", first);
	push(u, "oom_score_adj=0", second);
	assert_int_equal(ol_unwrap_flush(u), 0);
	ol_unwrap_free(u);
	return got;
}

static void test_how_far_apart(void **state)
{
	static const uint64_t lines[] = { 1, UINT32_MAX - 1, UINT32_MAX, UINT64_C(1) << 40 };

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		for (uint64_t more = 1; more <= 3; more++)
			assert_string_equal(joined(lines[i], lines[i] + more),
					    "java invoked oom-killer: gfp_mask=0xd0, order=0, "
					    "oom_score_adj=0|");
		assert_string_equal(joined(lines[i], lines[i] + 4),
				    "java invoked oom-killer: gfp_mask=0xd0, order=0,|"
				    "oom_score_adj=0|");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_how_far_apart) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
