// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/machine/live.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

/* This machine: what every Linux has is there, and what is not says why. */
static void test_this_machine(void **state)
{
	struct ol_live_opts opts = { 0 };
	struct ol_tick *t = ol_tick_new(NULL);
	struct ol_source *s;
	struct ol_err err;

	(void)state;
	assert_non_null(t);
	assert_int_equal(ol_live_new(&opts, &s, &err), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(s->next(s, t, &err), 0);
		assert_true(ol_has(t, OL_M_mem_total_kb) && ol_val(t, OL_M_mem_total_kb) > 0);
		assert_true(ol_has(t, OL_M_pgfault) && ol_val(t, OL_M_pgfault) > 0);
		assert_true(ol_val(t, OL_M_mem_free_kb) < ol_val(t, OL_M_mem_total_kb));
		assert_true(t->page_kb >= 4);
		assert_true(t->release[0] && t->boot_us > 0 && t->real_us > 0);
		for (int k = 0; k < OL_SRC_MAX; k++)
			if (t->src[k].broken)
				fail_msg("%s: %u broken", ol_sources[k].name, t->src[k].broken);
	}
	s->free(s);
	ol_tick_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_this_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
