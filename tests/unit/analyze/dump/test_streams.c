// SPDX-License-Identifier: GPL-2.0-or-later
/* Hosts whose lines interleave: found by name, and who was quiet for longest makes way. */
#include "analyze/dump/streams.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static struct ol_streams s;
static struct ol_stream_id ids[OL_STREAMS_MAX + 1];

static struct ol_span host(char buf[16], unsigned i)
{
	int n = snprintf(buf, 16, "host%u", i);

	return ol_span(buf, (size_t)n);
}

static int fill(void **state)
{
	char b[16];

	(void)state;
	memset(&s, 0, sizeof(s));
	memset(ids, 0, sizeof(ids));
	for (unsigned i = 0; i < OL_STREAMS_MAX; i++) {
		assert_false(ol_streams_full(&s));
		ol_streams_add(&s, &ids[i], host(b, i / 2), i % 2);
	}
	return 0;
}

static void test_each_is_found(void **state)
{
	char b[16];

	(void)state;
	assert_true(ol_streams_full(&s));
	for (unsigned i = 0; i < OL_STREAMS_MAX; i++) {
		assert_ptr_equal(ol_streams_find(&s, host(b, i / 2), i % 2), &ids[i]);
		assert_ptr_equal(s.slot[i], &ids[i]);
	}
	assert_null(ol_streams_find(&s, OL_SPAN("host"), false));
	assert_null(ol_streams_find(&s, host(b, OL_STREAMS_MAX), false));
	assert_null(ol_streams_find(&s, (struct ol_span){ NULL, 0 }, false));
}

static void test_quiet_ones_go_first(void **state)
{
	char b[16];

	(void)state;
	/* all but number 6 are heard of again, the first of them twice */
	for (unsigned i = 0; i < OL_STREAMS_MAX; i++)
		if (i != 6)
			assert_non_null(ol_streams_get(&s, host(b, i / 2), i % 2));
	assert_ptr_equal(ol_streams_get(&s, host(b, 0), false), &ids[0]);
	assert_ptr_equal(s.newest, &ids[0]);
	assert_ptr_equal(s.oldest, &ids[6]);
	/* who is only looked for is no younger for it */
	assert_ptr_equal(ol_streams_find(&s, host(b, 3), false), &ids[6]);
	assert_ptr_equal(s.oldest, &ids[6]);
	ol_streams_remove(&s, &ids[6]);
	assert_null(ol_streams_find(&s, host(b, 3), false));
	assert_ptr_equal(ol_streams_find(&s, host(b, 3), true), &ids[7]);
	assert_ptr_equal(s.oldest, &ids[1]);
	assert_false(ol_streams_full(&s));
	ol_streams_add(&s, &ids[OL_STREAMS_MAX], OL_SPAN("new"), false);
	assert_ptr_equal(s.slot[6], &ids[OL_STREAMS_MAX]);
	assert_ptr_equal(s.newest, &ids[OL_STREAMS_MAX]);
	assert_true(ol_streams_full(&s));
	for (unsigned i = 1; i < OL_STREAMS_MAX; i++)
		if (i != 6) {
			assert_ptr_equal(s.oldest, &ids[i]);
			ol_streams_remove(&s, &ids[i]);
			ol_streams_add(&s, &ids[i], host(b, 100000 + i), false);
		}
}

static void test_long_names_are_cut(void **state)
{
	char name[600];

	(void)state;
	memset(name, 'a', sizeof(name));
	ol_streams_remove(&s, &ids[0]);
	ol_streams_add(&s, &ids[0], ol_span(name, sizeof(name)), true);
	assert_int_equal(ids[0].host_n, sizeof(ids[0].host));
	assert_ptr_equal(ol_streams_get(&s, ol_span(name, sizeof(name)), true), &ids[0]);
	assert_ptr_equal(ol_streams_find(&s, ol_span(name, 256), true), &ids[0]);
	assert_null(ol_streams_find(&s, ol_span(name, 255), true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_each_is_found, fill),
		cmocka_unit_test_setup(test_quiet_ones_go_first, fill),
		cmocka_unit_test_setup(test_long_names_are_cut, fill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
