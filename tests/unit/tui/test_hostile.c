// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/tui/tui_util.h"
#include "tui/app_impl.h"

#include <unistd.h>

#define X60  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define WIDE "\xe6\xb8\xac\xe8\xa9\xa6"

static const struct ol_span names[] = {
	OL_SPAN("\x1b[2J\x1b]0;owned\x07"),
	OL_SPAN("a\nb\rc\td"),
	OL_SPAN(WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE),
	OL_SPAN("/" WIDE "x" WIDE "/" WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE),
	OL_SPAN("e\xcc\x81\xcc\x81\xcc\x81\xcc\x81 combining"),
	OL_SPAN("\xcc\x81\xcc\x81"),
	OL_SPAN("\xe2\x80\xae"
		"drowssap\xe2\x80\xac\xe2\x80\x8b\xe2\x81\xa6"),
	OL_SPAN("/" X60 "/" X60 "/" X60 "/" X60 "/" X60),
	OL_SPAN("\xff\xfe\x80\xc0\xaf\xed\xa0\x80"),
	OL_SPAN("\xc2\x9b"
		"31m\xc2\x85"),
	OL_SPAN("\0middle\0"),
	OL_SPAN("\xf0\x9f\x92\xa9\xf0\x9f\x92\xa9\xf0\x9f\x92\xa9"),
	OL_SPAN(""),
	OL_SPAN(" "),
	OL_SPAN("%s%n%x"),
};
enum { NAMES = sizeof(names) / sizeof(names[0]) };

static struct machine hostile(void)
{
	struct machine m = machine();

	m.names = names;
	m.n_names = NAMES;
	m.caches = m.processes = 2 * NAMES;
	m.groups = NAMES;
	return m;
}

static void add_events(struct ol_app *a, int64_t at)
{
	for (int i = 0; i < NAMES; i++)
		ol_app_event(a, i % 5 || at < 0 ? at : -at, (enum ol_mark_kind)(i % 3), names[i],
			     names[(i + 1) % NAMES]);
}

/* check_grid() looks at every screen: all views at every width. */
static void test_names(void **state)
{
	static const char *const ways[] = { "", "t", "n", "/a\n", "\033*" };
	struct machine m = hostile();
	struct ol_app *a = app_new();

	(void)state;
	feed(a, &m);
	feed(a, &m);
	add_events(a, m.second * 1000000 - 900000);
	for (int utf8 = 0; utf8 < 2; utf8++)
		for (int v = 0; v < OL_VIEWS; v++)
			for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
				struct ol_grid g = { .utf8 = utf8, .color = utf8 };

				ol_app_key(a, '1' + v);
				keys(a, ways[i]);
				for (int w = 20; w <= 300; w += w < 130 ? 1 : 7)
					draw(a, &g, w, 30);
				ol_app_key(a, OL_KEY_ESC);
				ol_grid_done(&g);
			}
	ol_app_free(a);
}

/* The names are told, as far as they can be. */
static void test_names_are_told(void **state)
{
	struct ol_grid g = { .utf8 = true };
	struct machine m = hostile();
	struct ol_app *a = app_new();

	(void)state;
	feed(a, &m);
	keys(a, "2");
	draw(a, &g, 200, 60);
	SEES(&g, "\\x1b[2J\\x1b]0;owned\\x07");
	SEES(&g, "a\\x0ab\\x0dc\\x09d");
	SEES(&g, "\\xe2\\x80\\xaedrowssap");
	SEES(&g, "\\xc2\\x9b31m");
	SEES(&g, "\\x00middle\\x00");
	SEES(&g, "%s%n%x");
	ol_grid_done(&g);
	ol_app_free(a);
}

/* ---- random keys and sizes; the seed is fixed ---- */

static uint64_t seed = 20240229;

static uint32_t rnd(uint32_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(seed >> 33) % n;
}

static int random_key(void)
{
	static const int all[] = {
		'1',
		'2',
		'3',
		'4',
		'5',
		'6',
		't',
		's',
		'r',
		'<',
		'>',
		'/',
		'+',
		'-',
		'*',
		'p',
		' ',
		'?',
		'h',
		'j',
		'k',
		'g',
		'G',
		'n',
		'c',
		'o',
		'u',
		'v',
		'M',
		'N',
		'I',
		'[',
		']',
		'b',
		'd',
		'f',
		'q',
		'x',
		0,
		7,
		0xe9,
		0x6e2c,
		0x10ffff,
		-1,
		OL_KEY_NONE,
		OL_KEY_UP,
		OL_KEY_DOWN,
		OL_KEY_LEFT,
		OL_KEY_RIGHT,
		OL_KEY_PGUP,
		OL_KEY_PGDN,
		OL_KEY_HOME,
		OL_KEY_END,
		OL_KEY_BACKSPACE,
		OL_KEY_F1,
		OL_KEY_F3,
		OL_KEY_F4,
		OL_KEY_F5,
		OL_KEY_F6,
		OL_KEY_F10,
		OL_KEY_BACKTAB,
		OL_KEY_ENTER,
		OL_KEY_TAB,
		OL_KEY_ESC,
	};

	return all[rnd(sizeof(all) / sizeof(all[0]))];
}

static void test_storm(void **state)
{
	struct ol_grid g = { .utf8 = true, .color = true };
	struct machine m = hostile();
	struct ol_app *a = app_new();

	(void)state;
	for (int i = 0; i < 8000; i++) {
		int w = 1 + (int)rnd(rnd(4) ? 120 : 300), h = 1 + (int)rnd(rnd(4) ? 40 : 100);

		switch (rnd(8)) {
		case 0:
			/* rows come and go, and so do names, sources, time */
			m.caches = rnd(60);
			m.groups = rnd(40);
			m.processes = rnd(60);
			m.anon_kb = rnd(3 * GIB);
			m.kills += rnd(2);
			m.names = rnd(2) ? names : NULL;
			m.no_slabinfo = rnd(2);
			feed_without(a, &m, rnd(2) ? ol_app_leave_out(a) : 0);
			break;
		case 1:
			add_events(a, rnd(2) ? OL_TIME_NONE : (int64_t)rnd(2000) * 1000000);
			break;
		case 2:
			ol_app_click(a, (int)rnd(310) - 5, (int)rnd(110) - 5);
			break;
		default:
			ol_app_key(a, random_key());
		}
		g.utf8 = rnd(5) > 0;
		g.color = rnd(5) > 0;
		draw(a, &g, w, h);
	}
	ol_grid_done(&g);
	ol_app_free(a);
}

/* ---- hours of ticks ---- */

static long rss_kb(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	long size, rss = 0;

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%ld %ld", &size, &rss), 2);
	fclose(f);
	return rss * (sysconf(_SC_PAGESIZE) / 1024);
}

static void many(struct ol_app *a, struct machine *m, struct ol_grid *g, int n)
{
	for (int i = 0; i < n; i++) {
		feed(a, m);
		if (i % 50 == 0)
			ol_app_key(a, '1' + i / 50 % OL_VIEWS);
		if (i % 200 == 0)
			add_events(a, m->second * 1000000);
		ol_app_draw(a, g);
	}
}

static void test_stable(void **state)
{
	struct ol_grid g = { .utf8 = true, .color = true };
	struct machine m = hostile();
	struct ol_app *a = app_new();
	long before, after;

	(void)state;
	/* the history has its size from the start; touched, it stays */
	memset(a->history.v, 0, sizeof(*a->history.v) * OL_HISTORY_MAX);
	assert_int_equal(ol_grid_resize(&g, 120, 40), 0);
	many(a, &m, &g, 5200); /* all 256 events */
	before = rss_kb();
	many(a, &m, &g, 20000);
	after = rss_kb();
	check_grid(&g);
	ol_grid_done(&g);
	ol_app_free(a);
#ifdef __SANITIZE_ADDRESS__
	print_message("skip: what is freed stays in the sanitizer's quarantine\n");
	skip();
#endif
	if (after - before >= 1024)
		fail_msg("20000 ticks made it %ld kB larger", after - before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_names_are_told),
		cmocka_unit_test(test_storm),
		cmocka_unit_test(test_stable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
