// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/tui/tui_util.h"
#include "tui/app_impl.h"

#include <unistd.h>

#define WIDE "\xe6\xb8\xac\xe8\xa9\xa6"

/* ---- what stands where ---- */

static void test_header(void **state)
{
	struct machine m = machine();
	struct ol_app *a = app_new();
	struct ol_grid g = { .utf8 = true, .color = true };
	int anon = 0, n;

	(void)state;
	feed(a, &m);
	feed(a, &m);
	draw(a, &g, 160, 40);
	SEES(&g, "1 Overview");
	SEES(&g, "anonymous 2.00 GiB");
	SEES(&g, "shared 256 MiB");
	SEES(&g, "swap  256 MiB of 1.00 GiB");
	SEES(&g, "some  1.23% full  0.45%");
	SEES(&g, "reclaim 1.00 MiB/s");
	SEES(&g, "refaults 2.00 MiB/s");
	/* a quarter of the RAM is anonymous: so is a quarter of the bar */
	n = find(&g, 0, "anonymous 2.00 GiB") - 1;
	for (int x = 0; x < g.w; x++)
		anon += g.cells[n * g.w + x].ink == OL_INK_ANON;
	assert_int_equal(anon, 40);
	ol_grid_done(&g);
	ol_app_free(a);
}

/* A kernel without these files: no number stands where none is known. */
static void test_absent(void **state)
{
	struct ol_grid g = { .utf8 = true };
	struct ol_app *a = app_new();

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct ol_tick *t = ol_app_tick(a);

		ol_tick_reset(t);
		t->boot_us = (5 + i) * 1000000;
		ol_set(t, OL_M_mem_total_kb, GIB);
		ol_set(t, OL_M_mem_free_kb, GIB / 2);
		assert_int_equal(ol_app_ticked(a), 0);
	}
	for (int v = 0; v < OL_VIEWS; v++) {
		ol_app_key(a, '1' + v);
		draw(a, &g, 100, 40);
		SEES(&g, "no PSI");
		SEES(&g, "swap not known");
		SEES_NOT(&g, "reclaim      0 B");
		SEES_NOT(&g, "refaults      0 B");
	}
	SEES(&g, "does not count kills");
	ol_grid_done(&g);
	ol_app_free(a);
}

static void test_no_memory_at_all(void **state)
{
	struct ol_grid g = { .utf8 = true };
	struct ol_app *a = app_new();
	struct ol_tick *t;

	(void)state;
	draw(a, &g, 80, 24); /* before the first tick */
	assert_int_equal(ol_app_key(a, 'q'), OL_APP_QUIT);
	for (int i = 0; i < 3; i++) {
		t = ol_app_tick(a);
		ol_tick_reset(t);
		t->boot_us = i ? 1000000 : OL_TIME_NONE;
		if (i == 2)
			ol_set(t, OL_M_mem_total_kb, 0);
		assert_int_equal(ol_app_ticked(a), 0);
		for (int v = 0; v < OL_VIEWS; v++) {
			ol_app_key(a, '1' + v);
			draw(a, &g, 80, 24);
		}
	}
	ol_grid_done(&g);
	ol_app_free(a);
}

/* ---- tables ---- */

/* Text of the column that takes the rest, in the first row of the table. */
static const char *first_row(const struct ol_app *a, const struct ol_grid *g, uint32_t row)
{
	return line(g, a->table_y + (int)row);
}

static void test_slab_sorts(void **state)
{
	struct machine m = machine();
	struct ol_grid g = { .utf8 = true };
	struct ol_app *a = app_new();

	(void)state;
	m.slab_grows_kb = 640;
	feed(a, &m);
	feed(a, &m);
	feed(a, &m);
	ol_app_key(a, '2');
	draw(a, &g, 120, 40);
	assert_non_null(strstr(first_row(a, &g, 0), "cache0"));
	assert_non_null(strstr(first_row(a, &g, 1), "cache1"));
	assert_non_null(strstr(first_row(a, &g, 0), "13.3 MiB")); /* 12 MiB and 2 x 640 KiB */
	assert_non_null(strstr(first_row(a, &g, 0), "+640 KiB")); /* a second */
	assert_non_null(strstr(first_row(a, &g, 0), "+1.25 MiB")); /* since the start */
	assert_non_null(strstr(first_row(a, &g, 0), " 25%"));
	assert_non_null(strstr(first_row(a, &g, 0), " no cache0"));
	assert_non_null(strstr(first_row(a, &g, 1), " yes cache1"));
	SEES(&g, "size\u25bc");
	SEES(&g, "1/12");

	ol_app_key(a, 'r');
	draw(a, &g, 120, 40);
	assert_non_null(strstr(first_row(a, &g, 0), "cache11"));
	SEES(&g, "size\u25b2");
	keys(a, "o"); /* objects: the last cache has most */
	draw(a, &g, 120, 40);
	assert_non_null(strstr(first_row(a, &g, 0), "cache11"));
	keys(a, "n");
	draw(a, &g, 120, 40);
	assert_non_null(strstr(first_row(a, &g, 0), "cache0"));
	assert_non_null(strstr(first_row(a, &g, 1), "cache1"));
	assert_non_null(strstr(first_row(a, &g, 2), "cache10"));
	SEES(&g, "cache\u25b2");
	keys(a, "n"); /* again: the other way */
	draw(a, &g, 120, 40);
	assert_non_null(strstr(first_row(a, &g, 0), "cache9"));
	keys(a, "u");
	draw(a, &g, 120, 40);
	assert_non_null(strstr(first_row(a, &g, 0), "cache1"));
	assert_non_null(strstr(first_row(a, &g, 11), " 25%"));
	/* round the columns and back */
	for (int i = 0; i < a->tables[1].sort + 20; i++)
		keys(a, ">");
	for (int i = 0; i < 40; i++)
		keys(a, "<");
	draw(a, &g, 120, 40);
	ol_grid_done(&g);
	ol_app_free(a);
}

static void test_slab_needs_root(void **state)
{
	struct machine m = machine();
	struct ol_grid g = { .utf8 = true };
	struct ol_app *a = app_new();

	(void)state;
	m.no_slabinfo = true;
	feed(a, &m);
	ol_app_key(a, '2');
	draw(a, &g, 140, 30);
	SEES(&g, "root or CAP_DAC_READ_SEARCH");
	SEES(&g, "sudo");
	SEES(&g, "nothing to show");
	SEES(&g, "256 MiB with a shrinker"); /* what meminfo tells is told */
	ol_grid_done(&g);
	ol_app_free(a);
}

static void test_filter(void **state)
{
	struct machine m = machine();
	struct ol_grid g = { .utf8 = true };
	struct ol_app *a = app_new();

	(void)state;
	feed(a, &m);
	ol_app_key(a, '2');
	keys(a, "/CACHE1q"); /* q is text now */
	draw(a, &g, 100, 30);
	SEES(&g, "filter: CACHE1q_");
	SEES(&g, "no row contains that text");
	ol_app_key(a, OL_KEY_BACKSPACE);
	draw(a, &g, 100, 30);
	assert_int_equal(a->tables[1].n, 3); /* 1, 10, 11 */
	SEES(&g, "1/3");
	ol_app_key(a, OL_KEY_ENTER);
	feed(a, &m); /* it stays at the next tick */
	draw(a, &g, 100, 30);
	assert_int_equal(a->tables[1].n, 3);
	ol_app_key(a, OL_KEY_ESC);
	draw(a, &g, 100, 30);
	assert_int_equal(a->tables[1].n, 12);
	/* longer than there is room for */
	keys(a, "/");
	for (int i = 0; i < 200; i++)
		keys(a, "x");
	draw(a, &g, 60, 30);
	for (int i = 0; i < 200; i++)
		ol_app_key(a, OL_KEY_BACKSPACE);
	ol_app_key(a, OL_KEY_ENTER);
	draw(a, &g, 60, 30);
	assert_int_equal(a->tables[1].n, 12);
	ol_grid_done(&g);
	ol_app_free(a);
}

static void test_tree(void **state)
{
	struct machine m = machine();
	struct ol_grid g = { .utf8 = true };
	struct ol_app *a = app_new();

	(void)state;
	feed(a, &m);
	ol_app_key(a, '3');
	draw(a, &g, 120, 30);
	/* depth first, siblings by use: root, g1, its children 3 and 4, g2, its 5 and 6 */
	assert_int_equal(a->tables[2].n, 7);
	assert_non_null(strstr(first_row(a, &g, 0), "- /"));
	assert_non_null(strstr(first_row(a, &g, 1), "  - g1"));
	assert_non_null(strstr(first_row(a, &g, 2), "    g3"));
	assert_non_null(strstr(first_row(a, &g, 3), "    g4"));
	assert_non_null(strstr(first_row(a, &g, 4), "  - g2"));
	ol_app_key(a, OL_KEY_DOWN);
	ol_app_key(a, OL_KEY_ENTER); /* fold g1 */
	draw(a, &g, 120, 30);
	assert_int_equal(a->tables[2].n, 5);
	assert_non_null(strstr(first_row(a, &g, 1), "  + g1"));
	assert_non_null(strstr(first_row(a, &g, 2), "  - g2"));
	keys(a, "-"); /* is folded already */
	draw(a, &g, 120, 30);
	assert_int_equal(a->tables[2].n, 5);
	keys(a, "+");
	draw(a, &g, 120, 30);
	assert_int_equal(a->tables[2].n, 7);
	keys(a, "*");
	draw(a, &g, 120, 30);
	assert_int_equal(a->tables[2].n, 3);
	keys(a, "*");
	keys(a, "t"); /* a list: whole paths */
	draw(a, &g, 120, 30);
	assert_int_equal(a->tables[2].n, 7);
	SEES(&g, " /g1/g3");
	ol_grid_done(&g);
	ol_app_free(a);
}

static void test_processes(void **state)
{
	struct machine m = machine();
	struct ol_grid g = { .utf8 = true };
	struct ol_app *a = app_new();

	(void)state;
	feed(a, &m);
	feed(a, &m);
	ol_app_key(a, '5');
	draw(a, &g, 130, 30);
	/* folded: 100 and 101 are proc0 with 20 and 19 MiB; the kernel thread has no memory */
	assert_int_equal(a->tables[4].n, 4);
	assert_non_null(strstr(first_row(a, &g, 0), "2x"));
	assert_non_null(strstr(first_row(a, &g, 0), "39.0 MiB"));
	assert_non_null(strstr(first_row(a, &g, 0), "proc0"));
	assert_non_null(strstr(first_row(a, &g, 0), "/g1"));
	/* who is next, and why */
	SEES(&g, "killed first: proc3 (pid 107), score 607: 13.0 MiB resident");
	keys(a, "t");
	draw(a, &g, 130, 30);
	assert_int_equal(a->tables[4].n, 9);
	assert_non_null(strstr(first_row(a, &g, 0), "100"));
	assert_non_null(strstr(first_row(a, &g, 0), "20.0 MiB"));
	/* the kernel thread: no memory is not 0 */
	assert_non_null(strstr(first_row(a, &g, 8), "108"));
	assert_non_null(strstr(first_row(a, &g, 8), " - "));
	assert_null(strstr(first_row(a, &g, 8), "0 B"));
	keys(a, "N");
	draw(a, &g, 130, 30);
	assert_non_null(strstr(first_row(a, &g, 0), "108"));
	assert_int_equal(ol_app_key(a, 'p'), OL_APP_PSS);
	keys(a, "1");
	assert_int_equal(ol_app_key(a, 'p'), OL_APP_GO_ON); /* nowhere else */
	ol_grid_done(&g);
	ol_app_free(a);
}

static void test_scroll(void **state)
{
	struct ol_grid g = { .utf8 = true };
	struct machine m = machine();
	struct ol_app *a = app_new();

	(void)state;
	m.caches = 200;
	feed(a, &m);
	ol_app_key(a, '2');
	draw(a, &g, 100, 30);
	ol_app_key(a, OL_KEY_END);
	draw(a, &g, 100, 30);
	SEES(&g, "200/200");
	assert_non_null(strstr(first_row(a, &g, (uint32_t)a->table_h - 1), "cache199"));
	assert_int_equal(g.cells[(a->table_y + a->table_h - 1) * g.w].ink, OL_INK_SELECTED);
	ol_app_key(a, OL_KEY_PGUP);
	draw(a, &g, 100, 30);
	assert_int_equal(a->tables[1].sel, 199 - (a->table_h - 1));
	keys(a, "g");
	draw(a, &g, 100, 30);
	assert_non_null(strstr(first_row(a, &g, 0), "cache0"));
	keys(a, "jjk");
	draw(a, &g, 100, 30);
	SEES(&g, "2/200");
	/* a smaller screen keeps the selection in sight */
	ol_app_key(a, OL_KEY_END);
	draw(a, &g, 100, 60);
	draw(a, &g, 100, 12);
	SEES(&g, "cache199");
	/* and less rows */
	m.caches = 3;
	feed(a, &m);
	draw(a, &g, 100, 30);
	SEES(&g, "3/3");
	ol_grid_done(&g);
	ol_app_free(a);
}

/* ---- the mouse ---- */

static void test_mouse(void **state)
{
	struct ol_grid g = { .utf8 = true };
	struct machine m = machine();
	struct ol_app *a = app_new();

	(void)state;
	feed(a, &m);
	draw(a, &g, 120, 30);
	ol_app_click(a, a->tabs_x[2] + 1, 0);
	assert_int_equal(a->view, 2);
	draw(a, &g, 120, 30);
	ol_app_click(a, 5, a->table_y + 1);
	assert_int_equal(a->tables[2].sel, 1);
	ol_app_click(a, 5, a->table_y + 1); /* the selected one: Enter */
	draw(a, &g, 120, 30);
	assert_int_equal(a->tables[2].n, 5);
	ol_app_click(a, a->tabs_x[1], 0);
	draw(a, &g, 120, 30);
	/* the title of a column sorts, once more reverses */
	ol_app_click(a, a->head_x[1] + 3, a->table_y - 1);
	assert_int_equal(a->tables[1].sort, 1);
	ol_app_click(a, a->head_x[1] + 3, a->table_y - 1);
	assert_true(a->tables[1].reverse);
	ol_app_click(a, 119, 29);
	ol_app_click(a, -1, -1);
	ol_app_click(a, 5000, 5000);
	keys(a, "?");
	ol_app_click(a, 1, 1);
	assert_false(a->help);
	ol_grid_done(&g);
	ol_app_free(a);
}

/* ---- events ---- */

static void test_events(void **state)
{
	struct ol_grid g = { .utf8 = true };
	struct machine m = machine();
	struct ol_app *a = app_new();
	char text[4000] = "";

	(void)state;
	feed(a, &m);
	ol_app_log(a, false, "only counted: try sudo");
	m.kills = 2;
	feed(a, &m);
	ol_app_key(a, '6');
	draw(a, &g, 120, 30);
	SEES(&g, "2 processes killed for lack of memory");
	SEES(&g, "since boot: 2");
	SEES(&g, "only counted: try sudo");
	ol_app_key(a, OL_KEY_ENTER); /* there is nothing to open */
	assert_null(a->shown);

	for (int i = 0; i < 100; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "line %d of the text\n",
			 i);
	ol_app_event(a, m.second * 1000000 - 400000, OL_MARK_FAILURE,
		     OL_SPAN("a failure \x1b[31m\n of \xff order 3"), ol_span_str(text));
	feed(a, &m);
	draw(a, &g, 120, 30);
	/* the newest first */
	assert_non_null(strstr(first_row(a, &g, 0), "a failure \\x1b[31m\\x0a of \\xff order 3"));
	assert_non_null(strstr(first_row(a, &g, 0), "0.4 s"));
	ol_app_key(a, OL_KEY_ENTER);
	draw(a, &g, 120, 30);
	SEES(&g, "line 0 of");
	SEES(&g, "line 28 of");
	SEES_NOT(&g, "line 29 of");
	SEES(&g, "more");
	ol_app_key(a, OL_KEY_DOWN);
	draw(a, &g, 120, 30);
	SEES_NOT(&g, "line 0 of");
	SEES(&g, "line 29 of");
	keys(a, "G");
	draw(a, &g, 120, 30);
	draw(a, &g, 120, 30);
	SEES(&g, "line 99 of");
	SEES(&g, "line 71 of");
	SEES(&g, "END");
	keys(a, "b");
	draw(a, &g, 120, 30);
	SEES(&g, "line 70 of");
	keys(a, "g fdu");
	draw(a, &g, 120, 30);
	assert_int_equal(ol_app_key(a, 'q'), OL_APP_GO_ON); /* back, not out */
	draw(a, &g, 120, 30);
	SEES(&g, "a failure");
	ol_grid_done(&g);
	ol_app_free(a);
}

/* A text wider than the screen is wrapped: nothing of it is lost. */
static void test_event_wraps(void **state)
{
	struct ol_grid g = { .utf8 = true };
	struct machine m = machine();
	struct ol_app *a = app_new();

	(void)state;
	feed(a, &m);
	ol_app_event(a, 5, OL_MARK_KILL, OL_SPAN("one"),
		     OL_SPAN("alpha beta gamma delta epsilon zeta eta theta\n\n" WIDE WIDE WIDE WIDE
				     WIDE WIDE "\n"));
	ol_app_key(a, '6');
	draw(a, &g, 21, 24);
	ol_app_key(a, OL_KEY_ENTER);
	draw(a, &g, 21, 24);
	assert_string_equal(line(&g, 0), "alpha beta gamma");
	assert_string_equal(line(&g, 1), "delta epsilon zeta");
	assert_string_equal(line(&g, 2), "eta theta");
	assert_string_equal(line(&g, 3), "");
	assert_int_equal(g.cells[4 * g.w].cp, 0x6e2c);
	assert_int_equal(g.cells[5 * g.w].cp, 0x6e2c); /* ten on a line, then two */
	for (int w = 1; w < 60; w++)
		draw(a, &g, w, 24);
	ol_grid_done(&g);
	ol_app_free(a);
}

/* More events than there is room for: the oldest go, the text that is read goes with its event. */
static void test_event_ring(void **state)
{
	struct ol_grid g = { .utf8 = true };
	struct machine m = machine();
	struct ol_app *a = app_new();
	char text[32];

	(void)state;
	feed(a, &m);
	ol_app_key(a, '6');
	for (int i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "event %d.", i);
		ol_app_event(a, i, OL_MARK_KILL, ol_span_str(text), ol_span_str(text));
		if (i == 500) {
			draw(a, &g, 80, 24);
			ol_app_key(a, OL_KEY_ENTER);
			assert_non_null(a->shown);
		}
		if (i == 500 + OL_EVENTS_MAX - 1)
			assert_non_null(a->shown);
		if (i == 500 + OL_EVENTS_MAX)
			assert_null(a->shown);
	}
	draw(a, &g, 80, 24);
	SEES(&g, "event 999.");
	SEES(&g, "1/256");
	ol_app_key(a, OL_KEY_END);
	draw(a, &g, 80, 24);
	SEES(&g, "event 744.");
	ol_grid_done(&g);
	ol_app_free(a);
}

/* With the kernel log at hand a kill is one event, not two. */
static void test_log_read(void **state)
{
	struct machine m = machine();
	struct ol_app *a = app_new();

	(void)state;
	ol_app_log(a, true, "");
	feed(a, &m);
	m.kills = 1;
	feed(a, &m);
	assert_int_equal(a->n_events, 0);
	ol_app_free(a);
}

/* ---- help ---- */

static void test_help(void **state)
{
	struct ol_grid g = { .utf8 = true };
	struct machine m = machine();
	struct ol_app *a = app_new();

	(void)state;
	feed(a, &m);
	keys(a, "?");
	draw(a, &g, 100, 50);
	for (const struct ol_key_help *k = ol_app_keys; k->keys; k++)
		SEES(&g, k->keys);
	SEES(&g, "any key: back");
	draw(a, &g, 60, 14);
	SEES_NOT(&g, "On the time axis");
	for (int i = 0; i < 60; i++)
		ol_app_key(a, OL_KEY_DOWN);
	draw(a, &g, 60, 14);
	draw(a, &g, 60, 14);
	SEES(&g, "a failed allocation");
	for (int i = 0; i < 60; i++)
		ol_app_key(a, OL_KEY_UP);
	draw(a, &g, 60, 14);
	SEES(&g, "choose a view");
	assert_int_equal(ol_app_key(a, 'q'), OL_APP_GO_ON);
	draw(a, &g, 100, 30);
	SEES(&g, "1 Overview");
	assert_int_equal(ol_app_key(a, 'q'), OL_APP_QUIT);
	ol_grid_done(&g);
	ol_app_free(a);
}

/* ---- sources that are read now and then ---- */

static void test_seldom(void **state)
{
	struct machine m = machine();
	struct ol_grid g = { .utf8 = true };
	struct ol_app *a = app_new();
	uint32_t out, slab = 1u << OL_SRC_SLABINFO, procs = 1u << OL_SRC_PROCS;
	const char *row;

	(void)state;
	assert_int_equal(ol_app_leave_out(a), 0); /* the first tick has all */
	feed(a, &m);
	out = ol_app_leave_out(a);
	assert_true(out & slab && out & procs);
	assert_false(out & 1u << OL_SRC_MEMINFO);
	m.slab_grows_kb = 1000;
	for (int i = 0; i < 3; i++)
		feed_without(a, &m, out);
	assert_false(ol_app_wants_tick(a));
	ol_app_key(a, '2');
	assert_true(ol_app_wants_tick(a)); /* what it shows is old: read it now */
	draw(a, &g, 120, 30);
	assert_non_null(strstr(first_row(a, &g, 0), "12.0 MiB")); /* what was read last */
	out = ol_app_leave_out(a);
	assert_false(out & slab);
	assert_true(out & procs);
	feed_without(a, &m, out);
	assert_false(ol_app_wants_tick(a));
	draw(a, &g, 120, 30);
	/* that much since the start; but 4 s of growth are no rate of one second */
	row = strstr(first_row(a, &g, 0), "+3.91 MiB");
	assert_non_null(row);
	assert_null(strstr(row + 1, "+3.91 MiB"));
	feed_without(a, &m, out);
	draw(a, &g, 120, 30);
	assert_non_null(strstr(first_row(a, &g, 0), "+1000 KiB"));
	/* the processes of long ago are still there for the verdict, with their names */
	assert_int_equal(a->now->tab[OL_T_PROC].n, 9);
	assert_true(a->now->src[OL_SRC_PROCS].carried);
	assert_true(ol_span_eqs(ol_tick_span(a->now, ol_tick_row(a->now, OL_T_PROC, 8)->name),
				"proc4"));
	/* and every now and then they are read */
	out = 1;
	for (int i = 0; i < 60 && out; i++) {
		out = ol_app_leave_out(a);
		feed_without(a, &m, out);
	}
	assert_int_equal(out, 0);
	ol_grid_done(&g);
	ol_app_free(a);
}

/* Processes are read in turns where the view shows them, but not while the verdict tells states. */
static void test_turns(void **state)
{
	struct machine m = machine();
	struct ol_app *a = app_new();
	struct ol_tick *t;

	(void)state;
	assert_int_equal(ol_app_turn_us(a), 0);
	feed(a, &m);
	assert_int_equal(ol_app_turn_us(a), 0);
	ol_app_key(a, '5');
	assert_int_equal(ol_app_turn_us(a), 5000000);
	t = a->first;
	assert_ptr_equal(a->now, t);
	ol_set(t, OL_M_procs_blocked, 1);
	assert_int_equal(ol_app_turn_us(a), 5000000);
	ol_set(t, OL_M_psi_io_some_avg10, 1000);
	assert_int_equal(ol_app_turn_us(a), 0);
	ol_set(t, OL_M_procs_blocked, 0);
	assert_int_equal(ol_app_turn_us(a), 5000000);
	ol_app_key(a, '1');
	assert_int_equal(ol_app_turn_us(a), 0);
	ol_app_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_no_memory_at_all),
		cmocka_unit_test(test_slab_sorts),
		cmocka_unit_test(test_slab_needs_root),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_processes),
		cmocka_unit_test(test_scroll),
		cmocka_unit_test(test_mouse),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_event_wraps),
		cmocka_unit_test(test_event_ring),
		cmocka_unit_test(test_log_read),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_seldom),
		cmocka_unit_test(test_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
