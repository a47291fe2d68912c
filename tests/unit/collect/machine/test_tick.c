// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows of another tick, found by name and id. */
#include "collect/machine/tick.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

static void add(struct ol_tick *t, unsigned i, int32_t id, int32_t sub)
{
	struct ol_row *r = ol_tick_add(t, OL_T_SLAB, NULL);
	char name[16];
	int n = snprintf(name, sizeof(name), "cache%u", i);

	assert_non_null(r);
	r->name = ol_tick_name(t, ol_span(name, (size_t)n));
	r->id = id;
	r->sub = sub;
}

static const struct ol_row *find(const struct ol_tick_index *x, unsigned i, int32_t id, int32_t sub)
{
	char name[16];
	int n = snprintf(name, sizeof(name), "cache%u", i);

	return ol_tick_index_find(x, ol_span(name, (size_t)n), id, sub < 0 ? NULL : &sub);
}

static void check(struct ol_tick_index *x, const struct ol_tick *t, unsigned rows)
{
	for (unsigned i = 0; i < rows; i++) {
		assert_ptr_equal(find(x, i, 1, 0), ol_tick_row(t, OL_T_SLAB, 2 * i));
		assert_ptr_equal(find(x, i, 1, 1), ol_tick_row(t, OL_T_SLAB, 2 * i + 1));
		assert_ptr_equal(find(x, i, 1, -1), ol_tick_row(t, OL_T_SLAB, 2 * i));
		assert_null(find(x, i, 2, -1));
		assert_null(find(x, i, 1, 2));
	}
	assert_null(find(x, rows, 1, -1));
}

/* Two caches of each name, then an other tick with fewer rows, then none. */
static void test_index(void **state)
{
	struct ol_tick *t = ol_tick_new(NULL);
	struct ol_tick_index x = { 0 };
	const unsigned sizes[] = { 1000, 3, 4000, 0 };

	(void)state;
	for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
		ol_tick_reset(t);
		for (unsigned i = 0; i < 2 * sizes[k]; i++)
			add(t, i / 2, 1, (int32_t)i % 2);
		ol_tick_index_make(&x, t, OL_T_SLAB);
		check(&x, t, sizes[k]);
	}
	ol_tick_index_done(&x);
	/* as it is when there was no memory */
	ol_tick_reset(t);
	for (unsigned i = 0; i < 20; i++)
		add(t, i / 2, 1, (int32_t)i % 2);
	x = (struct ol_tick_index){ .t = t, .id = OL_T_SLAB };
	check(&x, t, 10);
	ol_tick_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_index),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
