// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "analyze/dump/dump_impl.h"

/* The same, one byte after the other. */
static bool plainly(struct ol_span text, struct ol_task_row *ret)
{
	struct ol_span rest = ol_span_skip(text, 1);
	uint64_t pid;
	int64_t v;

	rest = ol_span_ltrim(rest);
	if (!text.n || text.p[0] != '[' || !ol_eat_u64(&rest, &pid))
		return false;
	rest = ol_span_ltrim(rest);
	if (!ol_span_eat(&rest, OL_SPAN("]")))
		return false;
	ret->v[0] = pid > INT64_MAX ? -1 : (int64_t)pid;
	ret->end[0] = ret->name = (uint32_t)(rest.p - text.p);
	for (ret->n = 1;; ret->n++) {
		rest = ol_span_ltrim(rest);
		if (!ol_eat_i64(&rest, &v) || (rest.n && !ol_is_blank(rest.p[0])))
			break;
		ret->name = (uint32_t)(rest.p - text.p);
		if (ret->n < OL_TABLE_COLS_MAX) {
			ret->v[ret->n] = v;
			ret->end[ret->n] = ret->name;
		}
	}
	return ret->n >= 4;
}

static void same(const char *text, size_t n)
{
	/* a buffer of its own: a sanitizer sees what is read behind it */
	char *own = malloc(n + !n);
	struct ol_task_row a = { 0 }, b = { 0 };
	bool is, should;

	assert_non_null(own);
	memcpy(own, text, n);
	is = ol_row_parse(ol_span(own, n), &a);
	should = plainly(ol_span(own, n), &b);
	if (is != should || (is && (a.n != b.n || a.name != b.name)))
		fail_msg("'%.*s': %d, %u numbers, name at %u; should be %d, %u, %u", (int)n, own,
			 is, a.n, a.name, should, b.n, b.name);
	for (uint32_t i = 0; is && i < a.n && i < OL_TABLE_COLS_MAX; i++)
		if (a.v[i] != b.v[i] || a.end[i] != b.end[i])
			fail_msg("'%.*s': column %u is %lld, ends at %u; should be %lld, %u",
				 (int)n, own, i, (long long)a.v[i], a.end[i], (long long)b.v[i],
				 b.end[i]);
	free(own);
}

/* Behind @before, with what is known of where its numbers end. */
static void same_next(const char *before, const char *text, size_t n)
{
	char *own = malloc(n + !n);
	struct ol_row_places places = { 0 };
	struct ol_task_row a = { 0 }, b = { 0 };
	bool is, should;

	assert_non_null(own);
	memcpy(own, text, n);
	ol_row_parse_next(ol_span_str(before), &places, &a);
	is = ol_row_parse_next(ol_span(own, n), &places, &a);
	should = plainly(ol_span(own, n), &b);
	if (is != should || (is && (a.n != b.n || a.name != b.name)))
		fail_msg("'%.*s' behind '%s': %d, %u numbers, name at %u; should be %d, %u, %u",
			 (int)n, own, before, is, a.n, a.name, should, b.n, b.name);
	for (uint32_t i = 0; is && i < a.n && i < OL_TABLE_COLS_MAX; i++)
		if (a.v[i] != b.v[i] || a.end[i] != b.end[i])
			fail_msg("'%.*s' behind '%s': column %u is %lld, ends at %u; should be "
				 "%lld, %u",
				 (int)n, own, before, i, (long long)a.v[i], a.end[i],
				 (long long)b.v[i], b.end[i]);
	free(own);
}

static const char *const rows[] = {
	"[21832]   113 21832    42469    37403   0       0             0 clamd",
	"[ 2718]  1000  2718   476761   423166       0       0             0 heapgrinder",
	"[   1438]   106  1438     1010      276      201       75         0    49152        "
	"0           999 php-fpm7.4",
	"[    712]     0   712     3902     1152        0     1152         0    65536        "
	"0         -1000 sshd",
	"[ 12345]     0 12345 12345678 123456789 1234567890123 9223372036854775807 "
	"9223372036854775808 x",
	"[  1]\t0\t1  2 3\t-4 - 5",
	"[1] 1 2 3",
	"[1] 1 2 3 ",
	"[1] 1 2 --3 4 5",
	"[ 99999999999999999999] 0 1 2 3 x",
	"[1] 1 2 3 4 5 6 7 8 9 1 2 3 4 5 6 7 8 9 1 2 3 4 5 6 7 8 9 1 2 3 4 5 6 7 8 9 1 2 3 name",
};

/* Each row, cut at each place, moved by each number of blanks, with each byte changed. */
static void test_damaged(void **state)
{
	static const char odd[] = "0 9-]x\t\"\xb9";
	char text[300];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = strlen(rows[i]);

		for (size_t len = 0; len <= n; len++)
			same(rows[i], len);
		for (size_t at = 0; at < n; at++)
			for (size_t k = 0; k < sizeof(odd); k++) {
				memcpy(text, rows[i], n);
				text[at] = odd[k];
				same(text, n);
			}
		for (size_t at = 0; at < n; at++)
			for (size_t more = 1; more < 80; more += 3) {
				memcpy(text, rows[i], at);
				memset(text + at, ' ', more);
				memcpy(text + at + more, rows[i] + at, n - at);
				same(text, n + more);
			}
	}
}

/* Rows behind rows: all of the list, each with bytes changed, cut and moved. */
static void test_next(void **state)
{
	static const char odd[] = "0 9-]x\t\"\xb9";
	char text[300];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = strlen(rows[i]);

		for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++)
			same_next(rows[k], rows[i], n);
		for (size_t len = 0; len <= n; len++)
			same_next(rows[i], rows[i], len);
		for (size_t at = 0; at < n; at++)
			for (size_t k = 0; k < sizeof(odd); k++) {
				memcpy(text, rows[i], n);
				text[at] = odd[k];
				same_next(rows[i], text, n);
				/* two of them: a longer number with a sign, a shorter one */
				text[(at + 1) % n] = odd[(k + at) % sizeof(odd)];
				same_next(rows[i], text, n);
			}
		for (size_t at = 0; at < n; at++) {
			memcpy(text, rows[i], at);
			text[at] = ' ';
			memcpy(text + at + 1, rows[i] + at, n - at);
			same_next(rows[i], text, n + 1);
		}
	}
}

static void test_next_values(void **state)
{
	static const char before[] = "[   1438]   106  1438 99999999      276      201       75"
				     "         0    49152        0           999 php";
	static const char after[] = "[     77]     0    77     1010 12345678        0        0"
				    "         0 87654321        0         -1000 a";
	struct ol_row_places places = { 0 };
	struct ol_task_row row;

	(void)state;
	assert_true(ol_row_parse_next(ol_span_str(before), &places, &row));
	assert_int_equal(row.v[3], 99999999);
#ifdef __SSE2__
	assert_int_equal(places.n, 11);
#endif
	assert_true(ol_row_parse_next(ol_span_str(after), &places, &row));
	assert_int_equal(row.v[0], 77);
	assert_int_equal(row.v[3], 1010);
	assert_int_equal(row.v[4], 12345678);
	assert_int_equal(row.v[8], 87654321);
	assert_int_equal(row.v[10], -1000);
	assert_string_equal(after + row.name, " a");
}

static void test_values(void **state)
{
	struct ol_task_row r;

	(void)state;
	assert_true(ol_row_parse(ol_span_str(rows[3]), &r));
	assert_int_equal(r.n, 11);
	assert_int_equal(r.v[0], 712);
	assert_int_equal(r.v[3], 3902);
	assert_int_equal(r.v[10], -1000);
	assert_string_equal(rows[3] + r.name, " sshd");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_next_values),
		cmocka_unit_test(test_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
