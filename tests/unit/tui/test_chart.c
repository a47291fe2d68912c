// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/tui/tui_util.h"
#include "tui/app_impl.h"

/* The line, counted from the top of the chart, in which series of @ink is in column @x; -1. */
static int level(const struct ol_app *a, const struct ol_grid *g, int x, enum ol_ink ink)
{
	for (int y = 0; y < a->chart_h; y++)
		if (g->cells[(a->chart_y + y) * g->w + x].ink == ink &&
		    g->cells[(a->chart_y + y) * g->w + x].cp != ' ')
			return y;
	return -1;
}

/* Where a value must be: line 0 is the largest of the scale, the last one is 0. */
static int expected(const struct ol_app *a, double kb, double max)
{
	return a->chart_h - 1 - (int)(kb / max * (a->chart_h - 1) + 0.5);
}

static void ticks(struct ol_app *a, struct machine *m, int n)
{
	for (int i = 0; i < n; i++)
		feed(a, m);
}

static void test_lines(void **state)
{
	struct machine m = machine();
	struct ol_app *a = app_new();
	int right;

	(void)state;
	ticks(a, &m, 30);
	m.anon_kb = GIB;
	ticks(a, &m, 10);
	for (int ascii = 0; ascii < 2; ascii++) {
		struct ol_grid g = { .utf8 = !ascii, .color = true };

		draw(a, &g, 100, 40);
		right = a->chart_x + a->chart_w - 1;
		assert_int_equal(right, 99);
		assert_true(a->chart_h > 10);
		/* 3 GiB of cache is the most: the scale ends at 3.5 */
		SEES(&g, "3.50 GiB");
		for (int x = right - 8; x < right; x++) {
			int most = ascii ? 0 : 1; /* four dots a line: another rounding */

			assert_in_range(level(a, &g, x, OL_INK_ANON), expected(a, 1, 3.5) - most,
					expected(a, 1, 3.5) + most);
			assert_in_range(level(a, &g, x, OL_INK_CLEAN), expected(a, 3, 3.5) - most,
					expected(a, 3, 3.5) + most);
		}
		for (int x = right - 35; x < right - 12; x++)
			assert_in_range(level(a, &g, x, OL_INK_ANON), expected(a, 2, 3.5) - 1,
					expected(a, 2, 3.5) + 1);
		/* nothing is told of what was not seen */
		for (int x = a->chart_x; x < right - 45; x++)
			for (int k = OL_INK_ANON; k < OL_INK_MAX; k++)
				assert_int_equal(level(a, &g, x, (enum ol_ink)k), -1);
		if (ascii) {
			int y = a->chart_y + expected(a, 1, 3.5);

			assert_int_equal(g.cells[y * g.w + right - 3].cp, 'A');
			SEES(&g, "-20 s");
		} else {
			int y = a->chart_y + level(a, &g, right - 3, OL_INK_ANON);

			assert_in_range(g.cells[y * g.w + right - 3].cp, 0x2801, 0x28ff);
		}
		ol_grid_done(&g);
	}
	ol_app_free(a);
}

/* Without colours lines of dots have a letter each. */
static void test_mono(void **state)
{
	struct ol_grid g = { .utf8 = true };
	struct machine m = machine();
	struct ol_app *a = app_new();
	const char *all = "ACHS";

	(void)state;
	ticks(a, &m, 5);
	draw(a, &g, 100, 40);
	SEES(&g, "A=anon 2.00 GiB");
	for (int i = 0; all[i]; i++) {
		bool found = false;

		for (int y = a->chart_y; y < a->chart_y + a->chart_h; y++)
			for (int x = a->chart_x; x < g.w; x++)
				found |= g.cells[y * g.w + x].cp == (uint32_t)all[i];
		assert_true(found);
	}
	ol_grid_done(&g);
	ol_app_free(a);
}

static void test_cursor(void **state)
{
	struct ol_grid g = { .utf8 = true, .color = true };
	struct machine m = machine();
	struct ol_app *a = app_new();

	(void)state;
	/* 400 s: anonymous memory is 1 GiB and a MiB per second */
	for (int i = 0; i < 400; i++) {
		m.anon_kb = GIB + i * MIB;
		feed(a, &m);
	}
	draw(a, &g, 120, 40);
	SEES(&g, "now:");
	SEES(&g, "anon 1.39 GiB"); /* 1024 + 399 MiB */
	for (int i = 0; i < 9; i++)
		ol_app_key(a, OL_KEY_LEFT);
	draw(a, &g, 120, 40);
	SEES(&g, "9.0 s ago:");
	SEES(&g, "anon 1.38 GiB"); /* 1414 MiB */
	/* at a tick it stays where it is */
	m.anon_kb = 3 * GIB;
	feed(a, &m);
	draw(a, &g, 120, 40);
	SEES(&g, "10.0 s ago:");
	SEES(&g, "anon 1.38 GiB");
	ol_app_key(a, OL_KEY_RIGHT);
	draw(a, &g, 120, 40);
	SEES(&g, "9.0 s ago");
	ol_app_key(a, OL_KEY_ESC);
	draw(a, &g, 120, 40);
	SEES(&g, "now:");
	SEES(&g, "anon 3.00 GiB");
	/* the oldest moment: the chart goes there */
	ol_app_key(a, OL_KEY_HOME);
	draw(a, &g, 120, 40);
	SEES(&g, "6 min 40 s ago:");
	SEES(&g, "anon 1.00 GiB");
	SEES_NOT(&g, "\u2500now");
	assert_true(a->chart_end_us - a->chart_w * a->step_us <= a->cursor_us);
	ol_app_key(a, OL_KEY_LEFT); /* there is nothing before it */
	draw(a, &g, 120, 40);
	SEES(&g, "6 min 40 s ago:");
	SEES(&g, "anon 1.00 GiB");
	ol_app_key(a, OL_KEY_PGDN);
	draw(a, &g, 120, 40);
	SEES(&g, "5 min 45 s ago:");
	SEES(&g, "anon 1.05 GiB"); /* half of 111 columns */
	/* a click reads that moment */
	ol_app_key(a, OL_KEY_END);
	draw(a, &g, 120, 40);
	ol_app_click(a, 119 - 30, a->chart_y + 2);
	draw(a, &g, 120, 40);
	SEES(&g, "30.0 s ago");
	ol_app_click(a, 119, a->chart_y + 2);
	draw(a, &g, 120, 40);
	SEES(&g, "now:");
	ol_grid_done(&g);
	ol_app_free(a);
}

static void test_zoom(void **state)
{
	struct ol_grid g = { .utf8 = true, .color = true };
	struct machine m = machine();
	struct ol_app *a = app_new();
	int64_t last;

	(void)state;
	/* four hours; the second half has twice the anonymous memory */
	for (int i = 0; i < 14400; i++) {
		m.anon_kb = i < 7200 ? GIB : 2 * GIB;
		feed(a, &m);
	}
	draw(a, &g, 109, 40); /* 100 columns */
	SEES(&g, "-40 s");
	for (int i = 0; i < 20; i++)
		keys(a, "+");
	draw(a, &g, 109, 40);
	assert_int_equal(a->step_us, 250000);
	SEES(&g, "-10 s");
	for (last = 0; a->step_us < 300000000; keys(a, "-")) {
		assert_true(a->step_us > last);
		last = a->step_us;
		draw(a, &g, 109, 40);
	}
	draw(a, &g, 109, 40); /* 5 minutes a column: 24 columns are two hours */
	SEES(&g, "-5 h");
	for (int x = 0; x < 100; x++) {
		int from_right = 99 - x, y = level(a, &g, a->chart_x + x, OL_INK_ANON);

		if (from_right < 22)
			assert_in_range(y, expected(a, 2, 3.5) - 1, expected(a, 2, 3.5) + 1);
		else if (from_right > 26 && from_right < 46)
			assert_in_range(y, expected(a, 1, 3.5) - 1, expected(a, 1, 3.5) + 1);
		else if (from_right > 50)
			assert_int_equal(y, -1);
	}
	ol_grid_done(&g);
	ol_app_free(a);
}

static void test_marks(void **state)
{
	struct ol_grid g = { .utf8 = true, .color = true };
	struct machine m = machine();
	struct ol_app *a = app_new();
	int y;

	(void)state;
	ticks(a, &m, 60);
	/* the newest tick was at second 1059 */
	ol_app_event(a, 1039 * 1000000, OL_MARK_KILL, OL_SPAN("kill"), OL_SPAN(""));
	ol_app_event(a, 1029 * 1000000, OL_MARK_CGROUP, OL_SPAN("kill"), OL_SPAN(""));
	ol_app_event(a, 1019 * 1000000, OL_MARK_FAILURE, OL_SPAN("failure"), OL_SPAN(""));
	ol_app_event(a, OL_TIME_NONE, OL_MARK_KILL, OL_SPAN("of an unknown time"), OL_SPAN(""));
	draw(a, &g, 120, 40);
	y = a->chart_y + a->chart_h;
	assert_int_equal(g.cells[y * g.w + 119 - 20].cp, 'K');
	assert_int_equal(g.cells[y * g.w + 119 - 30].cp, 'k');
	assert_int_equal(g.cells[y * g.w + 119 - 40].cp, 'F');
	/* from event to event */
	keys(a, "[");
	draw(a, &g, 120, 40);
	SEES(&g, "20.0 s ago");
	keys(a, "[[");
	draw(a, &g, 120, 40);
	SEES(&g, "40.0 s ago");
	keys(a, "[");
	draw(a, &g, 120, 40);
	SEES(&g, "40.0 s ago");
	keys(a, "]");
	draw(a, &g, 120, 40);
	SEES(&g, "30.0 s ago");
	ol_app_key(a, '6');
	draw(a, &g, 120, 40);
	assert_int_equal(a->tables[5].n, 4);
	ol_grid_done(&g);
	ol_app_free(a);
}

static void test_pause(void **state)
{
	struct ol_grid g = { .utf8 = true, .color = true };
	struct machine m = machine();
	struct ol_app *a = app_new();

	(void)state;
	ticks(a, &m, 5);
	assert_false(ol_app_paused(a));
	keys(a, " ");
	assert_true(ol_app_paused(a));
	draw(a, &g, 120, 40);
	SEES(&g, "PAUSED");
	ol_app_key(a, OL_KEY_LEFT);
	draw(a, &g, 120, 40);
	SEES(&g, "1.0 s ago");
	keys(a, "2");
	assert_false(ol_app_wants_tick(a));
	keys(a, " ");
	assert_false(ol_app_paused(a));
	ol_grid_done(&g);
	ol_app_free(a);
}

/* A day and more: the ring goes round, the cursor of a moment that is forgotten stays sane. */
static void test_ring(void **state)
{
	struct ol_history h;
	struct ol_ram ram = { .total_kb = 16 };
	const struct ol_sample *s[10];

	(void)state;
	assert_int_equal(ol_history_init(&h), 0);
	assert_null(ol_history_near(&h, 5));
	assert_null(ol_history_beside(&h, 5, 1));
	for (int64_t i = 0; i < OL_HISTORY_MAX + 1000; i++) {
		ram.kb[OL_RAM_ANON] = i * 16;
		ol_history_add(&h, i * 1000000, &ram);
	}
	assert_int_equal(ol_history_begin(&h), INT64_C(1000) * 1000000);
	assert_int_equal(ol_history_end(&h), INT64_C(87399) * 1000000);
	for (int64_t at = 1000; at < 87400; at += 77) {
		assert_int_equal(ol_history_near(&h, at * 1000000 - 400000)->in_16kb[OL_RG_ANON],
				 at);
		assert_int_equal(ol_history_near(&h, at * 1000000 + 400000)->in_16kb[OL_RG_ANON],
				 at);
		if (at > 1000)
			assert_int_equal(
				ol_history_beside(&h, at * 1000000, -1)->in_16kb[OL_RG_ANON],
				at - 1);
	}
	assert_int_equal(ol_history_near(&h, 0)->in_16kb[OL_RG_ANON], 1000);
	assert_int_equal(ol_history_near(&h, INT64_C(90000) * 1000000)->in_16kb[OL_RG_ANON], 87399);
	assert_null(ol_history_beside(&h, 0, -1));
	assert_null(ol_history_beside(&h, INT64_C(90000) * 1000000, 1));
	ol_history_columns(&h, INT64_C(87399) * 1000000, 600000000, 10, s);
	for (int i = 0; i < 10; i++)
		assert_int_equal(s[i]->in_16kb[OL_RG_ANON], 87399 - (9 - i) * 600);
	ol_history_done(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),  cmocka_unit_test(test_mono),
		cmocka_unit_test(test_cursor), cmocka_unit_test(test_zoom),
		cmocka_unit_test(test_marks),  cmocka_unit_test(test_pause),
		cmocka_unit_test(test_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
