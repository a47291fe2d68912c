// SPDX-License-Identifier: GPL-2.0-or-later
/* The fields of a record by the names that products give them, and the times that they write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <cjson/cJSON.h>

#include "analyze/dump/export_fields.h"

static void test_times(void **state)
{
	static const struct {
		const char *in, *want; /* NULL: it is none */
	} rows[] = {
		{ "1780544000", "2026-06-04T03:33:20Z" },
		{ "1780544000.25", "2026-06-04T03:33:20.250000Z" },
		{ "1780544000250", "2026-06-04T03:33:20.250000Z" },
		{ "1780544000250001", "2026-06-04T03:33:20.250001Z" },
		{ "1780544000249999872", "2026-06-04T03:33:20.249999Z" },
		{ "2026-06-04T03:33:20.250Z", "2026-06-04T03:33:20.250000Z" },
		{ "2026-06-04 03:33:20.250", "2026-06-04T03:33:20.250000" },
		{ "2026-06-04 03:33:20 UTC", "2026-06-04T03:33:20Z" },
		{ "2026-06-04 05:33:20 +0200", "2026-06-04T03:33:20Z" },
		{ "2026-06-04T05:33:20+02:00", "2026-06-04T03:33:20Z" },
		{ "Jun 4, 2026 @ 03:33:20.250", "2026-06-04T03:33:20.250000" },
		{ "June 4th 2026, 03:33:20.250", "2026-06-04T03:33:20.250000" },
		{ "04/Jun/2026:03:33:20 +0000", "2026-06-04T03:33:20Z" },
		{ "6/4/2026, 3:33:20.250 AM", "2026-06-04T03:33:20.250000" },
		{ "6/4/2026, 3:33:20 PM", "2026-06-04T15:33:20" },
		{ "6/4/2026, 12:33:20 AM", "2026-06-04T00:33:20" },
		{ "13/4/2026 03:33", "2026-04-13T03:33:00" },
		{ "2026/06/04 03:33:20", "2026-06-04T03:33:20" },
		{ "13/13/2026, 3:33:20 AM", NULL },
		{ "6/4/2026, 13:33:20 AM", NULL },
		{ "6/4/2026", NULL },
		{ "0/0/2026 03:33:20", NULL },
		{ "12345", NULL },
		{ "17:03", NULL },
		{ "2026-06-04T03:33:20Z and more", NULL },
		{ "99999999999999999999", NULL },
		{ "Jun 4 03:33:20", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t us;
		bool zone;
		char wall[40];
		bool ok = ol_export_time(ol_span_str(rows[i].in), &us, &zone);

		print_message("%s\n", rows[i].in);
		assert_int_equal(rows[i].want != NULL, ok);
		if (!ok)
			continue;
		ol_time_format(us, zone, wall);
		assert_string_equal(rows[i].want, wall);
	}
}

static void test_names(void **state)
{
	static const struct {
		const char *in, *message, *host;
		bool time;
	} rows[] = {
		{ "{\"message\":\"a\",\"host\":\"w\",\"timestamp\":1780544000250}", "a", "w",
		  true },
		{ "{\"_source\":{\"@timestamp\":\"2026-06-04T03:33:20Z\",\"message\":\"a\","
		  "\"host\":{\"name\":\"w\"}}}",
		  "a", "w", true },
		{ "{\"fields\":{\"message\":[\"a\"],\"host.name\":[\"w\"]}}", "a", "w", false },
		{ "{\"jsonPayload.MESSAGE\":\"a\",\"resource.labels.node_name\":\"w\"}", "a", "w",
		  false },
		{ "{\"body\":{\"stringValue\":\"a\"},\"resource\":{\"attributes\":[{\"key\":"
		  "\"host.name\",\"value\":{\"stringValue\":\"w\"}}]}}",
		  "a", "w", false },
		{ "{\"result\":{\"_raw\":\"a\",\"message\":\"b\",\"host\":\"w\",\"source\":"
		  "\"/var/log/messages\"}}",
		  "a", "w", false },
		{ "{\"message\":\"a\",\"source\":\"/var/log/messages\"}", "a", NULL, false },
		{ "{\"message\":{\"message\":\"a\",\"source\":\"w\"},\"index\":\"g\"}", "a", "w",
		  false },
		{ "{\"line\":\"app.go:12\",\"msg\":\"a\"}", "a", NULL, false },
		{ "{\"message\":7,\"host\":\"w\"}", NULL, NULL, false },
		{ "{}", NULL, NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cJSON *root = cJSON_Parse(rows[i].in);
		struct ol_export_fields f;
		bool ok = ol_export_fields(root, &f);

		print_message("%s\n", rows[i].in);
		assert_int_equal(rows[i].message != NULL, ok);
		if (ok) {
			assert_true(ol_span_eqs(f.text[OL_FIELD_MESSAGE], rows[i].message));
			assert_int_equal(rows[i].host != NULL, f.text[OL_FIELD_HOST].n > 0);
			assert_true(!rows[i].host ||
				    ol_span_eqs(f.text[OL_FIELD_HOST], rows[i].host));
			assert_int_equal(rows[i].time, f.wall_us != OL_TIME_NONE);
		}
		cJSON_Delete(root);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
