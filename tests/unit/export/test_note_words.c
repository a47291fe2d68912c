// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/note_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

/* Every sentence takes its note's arguments, all of them and in their order. */
static void test_arguments(void **state)
{
	(void)state;
	for (int id = 0; id < OL_NOTE_MAX; id++) {
		const char *t = ol_note_template(id), *args = ol_note_args(id);
		char got[16] = "";
		unsigned n = 0, names = 0;

		for (; (t = strchr(t, '{')); t += 3) {
			assert_non_null(strchr("kpcnts", t[1]));
			assert_int_equal(t[2], '}');
			assert_true(n < sizeof(got) - 1);
			got[n++] = t[1];
			names += t[1] == 's';
		}
		assert_string_equal(got, args);
		assert_true(names <= OL_NOTE_NAMES);
		assert_true(n - names <= OL_NOTE_ARGS);
	}
}

static void check(struct ol_note n, const char *want)
{
	char got[OL_NOTE_ROOM];

	assert_string_equal(ol_note_words(&n, got), want);
}

static void test_words(void **state)
{
	char huge[400];

	(void)state;
	check((struct ol_note){ .id = OL_NOTE_CGROUP_AT_HIGH,
				.v = { 40960 },
				.name = { OL_SPAN("/app/web") } },
	      "reclaiming in control group /app/web, at its memory.high of 40.0 MiB; the machine "
	      "has room");
	check((struct ol_note){ .id = OL_NOTE_CPU_TIME, .v = { 1234, 0, 49, 50, 8667 } },
	      "CPU time: 12 % in programs, 1 % taken by the hypervisor, 87 % idle");
	check((struct ol_note){ .id = OL_NOTE_CPU_TIME, .v = { 0, 10000 } },
	      "CPU time: 100 % in the kernel");
	check((struct ol_note){ .id = OL_NOTE_BLOCKED_IN,
				.v = { 2, 17 },
				.name = { OL_SPAN("dd"), OL_SPAN("io_schedule") } },
	      "2 processes are blocked in the kernel, such as dd (pid 17), waiting in io_schedule");
	check((struct ol_note){ .id = OL_NOTE_CGROUP_WAITED, .v = { 1005 } },
	      "its tasks waited for memory 10.05 % of the last 10 s");
	check((struct ol_note){ .id = OL_NOTE_RECLAIMED, .v = { 2040, 3, 1024, 0 } },
	      "in the last 2.0 s: 3 requests had to reclaim for themselves, 1.00 MiB/s looked at "
	      "by background reclaim, 0 B/s read back soon after it was reclaimed");
	/* a name that is longer than all that may be said */
	memset(huge, 'x', sizeof(huge));
	for (int id = 0; id < OL_NOTE_MAX; id++) {
		struct ol_note n = { .id = (enum ol_note_id)id,
				     .v = { INT64_MAX, INT64_MIN, INT64_MAX, INT64_MAX, INT64_MAX },
				     .name = { ol_span(huge, sizeof(huge)),
					       ol_span(huge, sizeof(huge)) } };
		char got[OL_NOTE_ROOM];

		assert_true(strlen(ol_note_words(&n, got)) < OL_NOTE_ROOM);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
