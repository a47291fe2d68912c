// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "export/watch.h"

static void forecast(struct ol_forecast f, const char *want)
{
	struct ol_out o;

	ol_out_init(&o, -1);
	ol_watch_forecast_words(&o, &f);
	ol_out_char(&o, 0);
	assert_int_equal(o.err, 0);
	assert_string_equal(o.buf, want);
	ol_out_done(&o);
}

/* As exact as is known: a range only where it is wide, no end where there may be none. */
static void test_forecast(void **state)
{
	struct ol_forecast f = { .wall = OL_WALL_SELF, .seconds = 50, .early = 48, .late = 53 };

	(void)state;
	forecast(f, "its limit in 50 s");
	f.late = 53.1;
	forecast(f, "its limit in 50 s (48 s to 53 s)");
	f.late = -1;
	forecast(f, "its limit in 50 s (48 s or more)");
	f = (struct ol_forecast){
		.wall = OL_WALL_ANCESTOR, .seconds = 2.96, .early = 1.04, .late = 3.6
	};
	forecast(f, "a limit above it in 3.0 s (1.0 s to 4 s)");
	f = (struct ol_forecast){
		.wall = OL_WALL_MACHINE, .seconds = 99.4, .early = 99.4, .late = 99.4
	};
	forecast(f, "the machine's end in 99 s");
	f = (struct ol_forecast){
		.wall = OL_WALL_LOWMEM, .seconds = 7260, .early = 7260, .late = 7260
	};
	forecast(f, "the low zones' end in 2 h 1 min");
}

static void verdict(const struct ol_watch_end *e, const char *want)
{
	struct ol_out o;

	ol_out_init(&o, -1);
	ol_watch_verdict(&o, e);
	ol_out_char(&o, 0);
	assert_int_equal(o.err, 0);
	assert_string_equal(o.buf, want);
	ol_out_done(&o);
}

/* A run of a few ticks has no shares, whatever the counters say. */
static void test_too_short(void **state)
{
	struct ol_watch *w = calloc(1, sizeof(*w));
	struct ol_tick tick;
	struct ol_watch_end e = {
		.watch = w, .end = &tick, .exited = true, .elapsed_us = 400, .user_us = 10032
	};

	(void)state;
	assert_non_null(w);
	memset(&tick, 0, sizeof(tick));
	w->first = w->slab_tick = &tick;
	w->limit_kb = OL_UNLIMITED;
	verdict(&e, "It ran for less than 0.1 s: too short to judge what its time went into. ");
	e.elapsed_us = 99999;
	verdict(&e, "It ran for less than 0.1 s: too short to judge what its time went into. ");
	e.elapsed_us = 100000;
	verdict(&e, "Memory is not what slows this down. It did not run most of the time: it used "
		    "10 % of a CPU in the program and 0 % in the kernel. ");
	free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forecast),
		cmocka_unit_test(test_too_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
