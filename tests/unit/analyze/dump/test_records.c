// SPDX-License-Identifier: GPL-2.0-or-later
/* Exports whose records are no lines become lines, however their bytes come in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "analyze/dump/line.h"
#include "analyze/dump/records.h"

static char out[1 << 16];
static size_t out_n;
static size_t longest;
static unsigned lines_n;

static int sink(void *arg, struct ol_span line, uint64_t lineno, uint64_t byte)
{
	(void)arg;
	lines_n++;
	longest = line.n > longest ? line.n : longest;
	if (line.n < 4096 && out_n < sizeof(out) - 8192)
		out_n += (size_t)snprintf(out + out_n, sizeof(out) - out_n, "%llu,%llu %.*s\n",
					  (unsigned long long)lineno, (unsigned long long)byte,
					  OL_SPAN_ARG(line));
	return 0;
}

static void read_as(enum ol_shape shape, const char *text, size_t n, size_t piece)
{
	struct ol_reader *r = ol_records_new(shape, sink, NULL);

	assert_non_null(r);
	out_n = lines_n = longest = 0;
	out[0] = '\0';
	for (size_t i = 0; i < n; i += piece) {
		size_t k = n - i < piece ? n - i : piece;
		char *own = malloc(k); /* for ASan */

		assert_non_null(own);
		memcpy(own, text + i, k);
		assert_int_equal(0, ol_records_feed(r, own, k));
		free(own);
	}
	assert_int_equal(0, ol_records_end(r));
	ol_records_free(r);
}

/* What it is, and what comes of it: in one piece and byte by byte. */
static void check(enum ol_shape shape, const char *text, const char *want)
{
	size_t n = strlen(text);
	enum ol_shape got = ol_shape_of(ol_span_head(ol_span(text, n), OL_SHAPE_HEAD));

	print_message("%.60s\n", text);
	if (got == OL_SHAPE_JSON)
		assert_int_equal(0, ol_shape_json(ol_span(text, n), &got));
	assert_int_equal(shape, got);
	if (shape == OL_SHAPE_LINES)
		return;
	read_as(shape, text, n, n);
	assert_string_equal(want, out);
	if (shape == OL_SHAPE_TABLE)
		return; /* its header comes in one piece */
	read_as(shape, text, n, 1);
	assert_string_equal(want, out);
}

static void test_json(void **state)
{
	(void)state;
	check(OL_SHAPE_JSON,
	      "[\n {\"message\": \"a b\", \"n\": [1, 2]},\n {\"message\":\"c\"}\n]\n",
	      "2,3 {\"message\":\"a b\",\"n\":[1,2]}\n3,37 {\"message\":\"c\"}\n");
	check(OL_SHAPE_JSON, "{\n\t\"MESSAGE\" : \"a\"\n}\n{\n\t\"MESSAGE\" : \"b\"\n}\n",
	      "1,0 {\"MESSAGE\":\"a\"}\n4,21 {\"MESSAGE\":\"b\"}\n");
	check(OL_SHAPE_JSON,
	      "{\"data\":{\"resultType\":\"streams\",\"result\":[{\"stream\":{\"node\":\"w\"},"
	      "\"values\":[[\"17\",\"a\"],[\"18\",\"b\",{\"x\":1}]]},{\"values\":[[\"19\",\"c\"]]}"
	      "]}}",
	      "1,75 {\"timestamp\":\"17\",\"line\":\"a\",\"stream\":{\"node\":\"w\"}}\n"
	      "1,86 {\"timestamp\":\"18\",\"line\":\"b\",\"stream\":{\"node\":\"w\"}}\n"
	      "1,118 {\"timestamp\":\"19\",\"line\":\"c\"}\n");
	check(OL_SHAPE_JSON,
	      "{\"results\":[[{\"field\":\"@message\",\"value\":\"a \\\"b\"},"
	      "{\"field\":\"n\",\"value\":null}]]}",
	      "1,12 {\"@message\":\"a \\\"b\"}\n");
	check(OL_SHAPE_JSON,
	      "{\"tables\":[{\"name\":\"P\",\"columns\":[{\"name\":\"Computer\"},{\"name\":"
	      "\"SyslogMessage\"}],\"rows\":[[\"w\",\"a\"],[\"w\",\"b\"]]}]}",
	      "1,88 {\"Computer\":\"w\",\"SyslogMessage\":\"a\"}\n"
	      "1,98 {\"Computer\":\"w\",\"SyslogMessage\":\"b\"}\n");
	check(OL_SHAPE_JSON,
	      "{\"resourceLogs\":[{\"resource\":{\"a\":1},\"scopeLogs\":[{\"logRecords\":["
	      "{\"body\":{\"stringValue\":\"a\"}}]}]}]}\n",
	      "1,65 {\"body\":{\"stringValue\":\"a\"},\"resource\":{\"a\":1}}\n");
}

/* A record that has a message is one, whatever else it holds. */
static void test_json_lines(void **state)
{
	(void)state;
	check(OL_SHAPE_LINES, "{\"message\":\"a\"}\n{\"message\":\"b\"}\n", NULL);
	check(OL_SHAPE_LINES, "{\"message\":\"a\",\"events\":[{\"message\":\"b\"}]}\n", NULL);
	check(OL_SHAPE_LINES, "{\"a\":[{\"b\":1}]}\n", NULL);
	check(OL_SHAPE_LINES, "[   12.345678] {\"x\": 1}\n", NULL);
	check(OL_SHAPE_LINES,
	      "{\n   \"dmesg\": [\n      {\n         \"pri\": 6\n      }\n   ]\n}\n", NULL);
	check(OL_SHAPE_LINES, "{ not json\n}\n", NULL);
	check(OL_SHAPE_LINES, "", NULL);
	check(OL_SHAPE_LINES, "Jun  4 03:33:20 web1 kernel: text, time\n", NULL);
}

static void test_strings(void **state)
{
	(void)state;
	check(OL_SHAPE_STRINGS,
	      "{\"v\": 1,\n \"x\": [\n  {\"id\": \"anon 1\", \"t\": \"x invoked oom-killer: "
	      "gfp_mask=0xcc0\"},\n  {\"id\": \"no\", \"t\": \"anon \\\"4096\"}]}\n",
	      "3,41 {\"text\":\"x invoked oom-killer: gfp_mask=0xcc0\"}\n"
	      "4,102 {\"text\":\"anon \\\"4096\"}\n");
	/* the state of a container tells by its name */
	check(OL_SHAPE_STRINGS,
	      "[{\"reason\": \"Error\",\n\"why\": \"reason\",\n\"reason\": \"OOMKilled\"},\n"
	      "{\"OOMKilled\": false, \"Dead\": true,\n\"OOMKilled\" : true, \"n\": 1,"
	      "\"true\":[true]}]\n",
	      "3,48 {\"text\":\"\\\"reason\\\": \\\"OOMKilled\\\"\"}\n"
	      "5,111 {\"text\":\"\\\"OOMKilled\\\": true\"}\n");
}

/* Behind the JSON, and where it is none: lines as they are. */
static void test_no_json(void **state)
{
	(void)state;
	check(OL_SHAPE_JSON, "[\n{\"message\":\"a\"}\n]\n$ exit\nbye",
	      "2,2 {\"message\":\"a\"}\n4,20 $ exit\n5,27 bye\n");
	check(OL_SHAPE_JSON, "[\n{\"message\":\"a\"},{\"message\":\"b\nJun  4 x\n",
	      "2,2 {\"message\":\"a\"}\n2,18 {\"message\":\"b\n2,31 \n3,32 Jun  4 x\n");
	check(OL_SHAPE_JSON, "[{\"message\":\"a\"},{\"message\":\"b\"]}\nx\n",
	      "1,1 {\"message\":\"a\"}\n1,17 {\"message\":\"b\"]\n1,31 ]}\n2,34 x\n");
	/* what is cut off is a line that is cut off */
	check(OL_SHAPE_JSON, "[{\"message\":\"a\"},{\"message\":\"b",
	      "1,1 {\"message\":\"a\"}\n1,17 {\"message\":\"b\n");
}

static void test_table(void **state)
{
	(void)state;
	check(OL_SHAPE_TABLE,
	      "\"Date\",\"Host\",\"Message\"\r\n1,w,\"a \"\"b\"\", c\nd\"\r\n\r\n2,w,plain\n3,w\n",
	      "2,25 {\"Date\":\"1\",\"Host\":\"w\",\"Message\":\"a \\\"b\\\", c\\nd\"}\n"
	      "5,47 {\"Date\":\"2\",\"Host\":\"w\",\"Message\":\"plain\"}\n"
	      "6,57 {\"Date\":\"3\",\"Host\":\"w\"}\n");
	check(OL_SHAPE_TABLE, "\357\273\277timestamp;message\n1;a\\b",
	      "2,21 {\"timestamp\":\"1\",\"message\":\"a\\\\b\"}\n");
	check(OL_SHAPE_TABLE, "Time,Line,labels\n1,a,\"{\"\"node\"\": \"\"w\"\"}\"\n",
	      "2,17 {\"Time\":\"1\",\"Line\":\"a\",\"labels\":{\"node\":\"w\"}}\n");
	check(OL_SHAPE_TABLE,
	      "7\t2026-06-04T03:33:20Z\t2026-06-04T03:33:20Z\t4\tw\t203.0.113.9\tKern\tInfo\tk\ta"
	      "\"b\n",
	      "1,0 {\"id\":\"7\",\"generated_at\":\"2026-06-04T03:33:20Z\",\"received_at\":"
	      "\"2026-06-04T03:33:20Z\",\"source_id\":\"4\",\"source_name\":\"w\",\"source_ip\":"
	      "\"203.0.113.9\",\"facility\":\"Kern\",\"severity\":\"Info\",\"program\":\"k\","
	      "\"message\":\"a\\\"b\"}\n");
	check(OL_SHAPE_LINES, "message,other\n", NULL);
	check(OL_SHAPE_LINES, "timestamp,value\n1,2\n", NULL);
}

/* A value, a quote or brackets without an end: bounded, and over in time. */
static void test_bounds(void **state)
{
	size_t n = 8u << 20;
	char *text = malloc(n);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', n);
	memcpy(text, "[{\"message\":\"", 13);
	read_as(OL_SHAPE_JSON, text, n, 64u << 10);
	assert_int_equal(1, lines_n);
	assert_in_range(longest, 1, OL_LINE_MAX);
	read_as(OL_SHAPE_STRINGS, text, n, 64u << 10);
	assert_int_equal(0, lines_n);
	memcpy(text, "time,message\n1,\"", 16);
	read_as(OL_SHAPE_TABLE, text, n, 64u << 10);
	assert_int_equal(1, lines_n);
	assert_in_range(longest, 0, OL_LINE_MAX);
	memset(text, '[', n);
	read_as(OL_SHAPE_JSON, text, n, 64u << 10);
	assert_in_range(longest, 1, OL_LINE_MAX);
	/* as many columns as there are commas */
	memset(text, ',', n);
	memcpy(text, "time,message\n", 13);
	read_as(OL_SHAPE_TABLE, text, n, 64u << 10);
	assert_int_equal(1, lines_n);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json),    cmocka_unit_test(test_json_lines),
		cmocka_unit_test(test_strings), cmocka_unit_test(test_no_json),
		cmocka_unit_test(test_table),   cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
