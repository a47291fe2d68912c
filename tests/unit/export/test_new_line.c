// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

/*
 * What a new kernel line takes: one row (quux.def) and one decoder, here. Everything else has it
 * from the row: the scan, the kind, what a broken line goes on with, the event, so the outputs.
 * The files that read the rows are built here once more, with that row.
 */
#define OL_MORE_LINES "tests/unit/export/quux.def"
#include "analyze/dump/decode_impl.h"

void ol_decode_quux(struct ol_open *o, const struct ol_dump_line *l)
{
	struct ol_span t = l->rest;
	uint64_t n;

	if (ol_eat_u64(&t, &n))
		ol_add_kv(o->e, &o->e->memory, &o->memory_seen, OL_SPAN("quux_pool"), n, OL_U_PAGES,
			  l->line);
}

#include "analyze/dump/lines.c"
#include "analyze/dump/scan.c"
#include "tests/unit/export/explain_util.h"

static const char head[] =
	"[  100.000001] stress invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, "
	"oom_score_adj=0\n"
	"[  100.000002] Mem-Info:\n"
	"[  100.000003] active_anon:93051 inactive_anon:31 isolated_anon:0\n";
static const char tail[] =
	"[  100.000009] 8650736 pages RAM\n"
	"[  100.000010] Out of memory: Killed process 12 (stress) total-vm:1692kB, anon-rss:900kB, "
	"file-rss:4kB, shmem-rss:0kB, UID:0 pgtables:40kB oom_score_adj:0\n";

static char json[1 << 18];
static uint32_t lines_of_ram;

static int on_event(void *arg, struct ol_oom_event *e)
{
	(void)arg;
	for (uint32_t i = 0; i < e->lines.n; i++)
		lines_of_ram += e->lines.v[i].part == OL_PART_RAM;
	assert_true(snprintf(json, sizeof(json), "%s", json_of(e)) < (int)sizeof(json));
	return 0;
}

static void feed(struct ol_parser *p, const char *text)
{
	assert_int_equal(ol_parser_feed(p, text, strlen(text)), 0);
}

static void feed_others(struct ol_parser *p, unsigned n)
{
	char other[100];

	while (n--) {
		snprintf(other, sizeof(other), "[  100.000000] usb 1-%u: new device found\n", n);
		feed(p, other);
	}
}

/* A dump with that line, or its two halves, inside, behind @before and @between other lines. */
static void explain(const char *line, unsigned before, unsigned between)
{
	struct ol_parser_opts opts = { .now_us = OL_TIME_NONE };
	struct ol_parser *p = ol_parser_new(&opts, on_event, NULL);

	assert_non_null(p);
	json[0] = '\0';
	lines_of_ram = 0;
	assert_int_equal(ol_parser_begin(p, OL_SPAN("log"), OL_TIME_NONE), 0);
	feed_others(p, before);
	feed(p, head);
	feed_others(p, between);
	feed(p, line);
	feed(p, tail);
	assert_int_equal(ol_parser_end(p), 0);
	ol_parser_free(p);
}

static void test_kind(void **state)
{
	struct ol_span text = OL_SPAN(" quux pool: 12 pages");
	struct ol_dump_line l;

	(void)state;
	assert_int_equal(ol_kind_of(text), OL_LINE_QUUX);
	l = ol_line_split(OL_LINE_QUUX, ol_span_ltrim(text));
	assert_true(ol_span_eqs(l.rest, "12 pages"));
	assert_true(ol_scan(OL_SCAN_DUMP, text.p, text.n) < text.n);
	assert_int_equal(ol_scan(OL_SCAN_EVENT, text.p, text.n), text.n);
}

static void is_kept(void)
{
	if (!strstr(json, "\"quux_pool_pages\":12"))
		fail_msg("not in %s", json);
	assert_int_equal(lines_of_ram, 2); /* and "pages RAM" */
}

static void test_kept(void **state)
{
	(void)state;
	explain("[  100.000005] quux pool: 12 pages\n", 0, 0);
	is_kept();
	explain("", 0, 0);
	assert_null(strstr(json, "quux"));
}

/* So many lines that nothing is read but what the scan finds. */
static void test_found(void **state)
{
	(void)state;
	explain("[  100.000005] quux pool: 12 pages\n", 4000, 200);
	is_kept();
}

static void test_unwrapped(void **state)
{
	(void)state;
	explain("[  100.000005] quux pool: 12\npages\n", 0, 0);
	is_kept();
	explain("[  100.000005] quux pool: 12 pa\nges\n", 0, 0);
	is_kept();
	explain("[  100.000005] quux pool:\n12 pages\n", 0, 0);
	is_kept();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kind),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_unwrapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
