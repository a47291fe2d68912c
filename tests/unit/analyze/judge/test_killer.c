// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "analyze/judge/verdict.h"

/* A program killed: the numbers that it stated in, which threshold it was out. */

static void ev_init(struct ol_oom_event *e)
{
	*e = (struct ol_oom_event){ .kind = OL_EV_OOM,
				    .constraint = OL_CONSTRAINT_NONE,
				    .page_kb = 4 };
	ol_arena_init(&e->arena, 1 << 20);
}

static struct ol_val val(int64_t v)
{
	return (struct ol_val){ .v = v, .line = 1, .set = true };
}

static const struct ol_verdict *judge(struct ol_oom_event *e)
{
	assert_int_equal(ol_event_judge(e), 0);
	assert_non_null(e->verdict);
	assert_true(e->verdict->done);
	assert_int_not_equal(e->verdict->headline.id, OL_SAY_NONE);
	return e->verdict;
}

/* An argument of a finding that is known to be of this id. */
#define ARG(f, id, arg) (((const struct ol_say_##id *)(f).args)->arg)

static struct ol_threshold *measured(struct ol_oom_event *e, enum ol_measure what, int64_t percent,
				     int64_t limit)
{
	struct ol_threshold *t = ol_vec_push(&e->arena, &e->thresholds);

	assert_non_null(t);
	*t = (struct ol_threshold){ .what = what };
	if (percent >= 0)
		t->value.percent = val(percent);
	if (limit >= 0)
		t->limit.percent = val(limit);
	return t;
}

static void test_which_threshold_of_a_killer(void **state)
{
	static const struct {
		const char *who;
		struct {
			enum ol_measure what;
			int64_t percent, limit; /* -1: not in the log */
		} m[2];
		unsigned n;
		enum ol_phrase why;
		enum ol_say first; /* of the explanation */
	} rows[] = {
		{ "earlyoom",
		  { { OL_MEASURE_MEM_AVAILABLE, 1090, 1200 }, { OL_MEASURE_SWAP_FREE, 0, 1500 } },
		  2,
		  OL_PHRASE_KILLER_BOTH_LOW,
		  OL_SAY_MEASURED },
		/* what was measured is of another time: it had not fallen so far */
		{ "earlyoom",
		  { { OL_MEASURE_MEM_AVAILABLE, 5800, 1000 } },
		  1,
		  OL_PHRASE_KILLER_MEM_LOW,
		  OL_SAY_THRESHOLD_ONLY },
		/* and beside no threshold it says nothing */
		{ "earlyoom",
		  { { OL_MEASURE_MEM_AVAILABLE, 5800, -1 } },
		  1,
		  OL_PHRASE_KILLER_NOT_TOLD,
		  OL_SAY_NONE },
		{ "earlyoom",
		  { { OL_MEASURE_MEM_AVAILABLE, -1, 1000 } },
		  1,
		  OL_PHRASE_KILLER_MEM_LOW,
		  OL_SAY_THRESHOLD_ONLY },
		{ "systemd-oomd",
		  { { OL_MEASURE_PRESSURE, 7112, 6000 } },
		  1,
		  OL_PHRASE_KILLER_PRESSURE,
		  OL_SAY_PRESSURE_OVER },
		{ "lowmemorykiller",
		  { { OL_MEASURE_WATERMARK, -1, -1 }, { OL_MEASURE_THRASHING, 31200, -1 } },
		  2,
		  OL_PHRASE_KILLER_WATERMARK_THRASHING,
		  OL_SAY_WATERMARK_BREACHED },
		{ "talos", { { 0 } }, 0, OL_PHRASE_KILLER_NOT_TOLD, OL_SAY_NONE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct ol_verdict *v;
		struct ol_oom_event e;

		ev_init(&e);
		e.kind = OL_EV_USERSPACE_KILL;
		e.who_killed.s = ol_span_str(rows[i].who);
		for (unsigned k = 0; k < rows[i].n; k++)
			measured(&e, rows[i].m[k].what, rows[i].m[k].percent, rows[i].m[k].limit);
		v = judge(&e);
		assert_int_equal(v->cause, OL_CAUSE_UNKNOWN);
		assert_int_equal(v->headline.id, OL_SAY_KILLER_RULE);
		assert_int_equal(ARG(v->headline, KILLER_RULE, why), rows[i].why);
		if (rows[i].first)
			assert_int_equal(v->explanation.v[0].id, rows[i].first);
		else
			assert_int_equal(v->explanation.n, 0);
		ol_arena_done(&e.arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_which_threshold_of_a_killer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
