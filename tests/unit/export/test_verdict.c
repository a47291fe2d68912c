// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyze/judge/verdict.h"
#include "tests/unit/export/explain_util.h"

/* ---- an event and its verdict by hand ---- */

static void ev_init(struct ol_oom_event *e, struct ol_verdict *v)
{
	*e = (struct ol_oom_event){
		.kind = OL_EV_OOM,
		.mono_us = OL_TIME_NONE,
		.last_mono_us = OL_TIME_NONE,
		.wall_us = OL_TIME_NONE,
		.first_line = 3,
		.last_line = 9,
		.page_kb = 4,
	};
	*v = (struct ol_verdict){ 0 };
	ol_arena_init(&e->arena, 4 << 20);
	e->verdict = v;
}

/* Adds a finding whose arguments stay. */
#define SAY(e, vec, f) (*(struct ol_finding *)ol_vec_push(&(e)->arena, vec) = (f))

static void part(struct ol_accounting *a, enum ol_account_part p, uint64_t kb)
{
	a->kb[p] = kb;
	a->has |= 1u << p;
}

static struct ol_zone *zone(struct ol_oom_event *e, const char *name, enum ol_zone_type t)
{
	struct ol_zone *z = ol_vec_push(&e->arena, &e->zones);

	assert_non_null(z);
	*z = (struct ol_zone){ .node = -1, .name = ol_span_str(name), .type = t };
	z->all_unreclaimable = -1;
	return z;
}

static struct ol_task *task(struct ol_oom_event *e, const char *comm, int64_t pid, int64_t rss)
{
	struct ol_task *t = ol_vec_push(&e->arena, &e->tasks);

	assert_non_null(t);
	t->comm = ol_span_str(comm);
	t->col[OL_COL_PID] = pid;
	t->col[OL_COL_RSS] = rss;
	t->mask = 1u << OL_COL_PID | 1u << OL_COL_RSS;
	return t;
}

/* A 32-bit machine whose low memory is full of inodes. */
static void lowmem(struct ol_oom_event *e, struct ol_verdict *v)
{
	struct ol_replay_zone *z;
	struct ol_evidence *ev;

	ev_init(e, v);
	zone(e, "Normal", OL_ZONE_NORMAL);
	zone(e, "HighMem", OL_ZONE_HIGHMEM);
	task(e, "scanner", 7, 1000);
	task(e, "rsync", 8, 3000);
	v->done = true;
	v->cause = OL_CAUSE_LOWMEM;
	v->confidence = OL_CONF_HIGH;
	v->headline = OL_FOUND_PHRASE(NO_SINGLE_CAUSE);
	SAY(e, &v->explanation, OL_FOUND_PHRASE(PANIC_ON_OOM));
	SAY(e, &v->explanation, OL_FOUND_PHRASE(TABLES_ARE));
	ev = ol_vec_push(&e->arena, &v->evidence);
	*ev = (struct ol_evidence){ 5, OL_SPAN("Normal free:8056kB"),
				    OL_FOUND_PHRASE(MANUAL_ORDER) };
	ev = ol_vec_push(&e->arena, &v->evidence);
	ev->value = OL_FOUND_PHRASE(UNEVICTABLE);
	*(enum ol_cause *)ol_vec_push(&e->arena, &v->contributing) = OL_CAUSE_SLAB_PINNED;
	SAY(e, &v->advice, OL_FOUND_PHRASE(TMPFS_STAYS));
	v->victim_reason = OL_VR_SCORE_ADJUSTED;

	v->alloc.done = true;
	v->alloc.n = 2;
	v->alloc.zones = z = ol_arena_alloc(&e->arena, 2 * sizeof(*z));
	assert_non_null(z);
	z[0] = (struct ol_replay_zone){ .zone = &e->zones.v[0],
					.verdict = OL_ZV_BELOW,
					.free_kb = 8056,
					.mark_kb = 8048,
					.needed_kb = 8060,
					.reserve_kb = 12,
					.has_reserve = true,
					.order_ok = true,
					.high_failed = true,
					.largest_order = 10 };
	z[1] = (struct ol_replay_zone){ .zone = &e->zones.v[1],
					.verdict = OL_ZV_NOT_ELIGIBLE,
					.why = OL_PHRASE_ABOVE_HIGHEST_ZONE,
					.largest_order = -1 };

	v->victim.done = true;
	v->victim.expected = &e->tasks.v[1];
	v->victim.expected_score = 3100;
	v->victim.actual = v->victim.largest = &e->tasks.v[0];
	v->victim.actual_score = 1001;
	v->victim.has_actual = true;
	v->victim.totalpages = 262144;
	v->victim.reason = OL_VR_SCORE_ADJUSTED;
	SAY(e, &v->victim.clauses, OL_FOUND_PHRASE(NONE_LEFT));
	SAY(e, &v->victim.clauses, OL_FOUND_PHRASE(ONLY_ONE_PROTECTED));

	v->account.done = true;
	v->account.total_kb = 34602944;
	part(&v->account, OL_AC_FILE, 32000000);
	part(&v->account, OL_AC_FREE, 602944);
	part(&v->account, OL_AC_UNACCOUNTED, 2000000);
	v->decisive = &e->zones.v[0];
	v->zone.done = true;
	v->zone.total_kb = 890008;
	part(&v->zone, OL_AC_SLAB_RECLAIMABLE, 513008);
	part(&v->zone, OL_AC_SLAB_UNRECLAIMABLE, 0);
	part(&v->zone, OL_AC_STRUCT_PAGES, 263200);
	part(&v->zone, OL_AC_FREE, 8056);
	part(&v->zone, OL_AC_PAGE_TABLES, 3660);
	part(&v->zone, OL_AC_UNACCOUNTED, 102084);
	v->zone.estimated = 1u << OL_AC_STRUCT_PAGES;
}

static void assert_in_order(const char *text, const char *const *pieces, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *at = strstr(text, pieces[i]);

		if (!at)
			fail_msg("missing, or in the wrong place: '%s' in\n%s", pieces[i], text);
		text = at;
	}
}

/* ---- JSON ---- */

static void test_json(void **state)
{
	struct ol_oom_event e;
	struct ol_verdict v;
	const char *json;

	(void)state;
	lowmem(&e, &v);
	json = strstr(json_of(&e), ",\"replay\"");
	assert_non_null(json);
	assert_string_equal(
		json,
		",\"replay\":{\"zones\":[{\"zone\":\"Normal\",\"eligible\":true,\"free_kb\":8056,"
		"\"unusable_kb\":0,\"needed_kb\":8060,\"watermark\":\"min\",\"watermark_kb\":8048,"
		"\"reserve_kb\":12,\"order_ok\":true,\"high_failed\":true,"
		"\"verdict\":\"below-watermark\",\"largest_order\":10},{\"zone\":\"HighMem\","
		"\"eligible\":false,\"why\":\"above the highest zone that the mask allows\"}],"
		"\"victim\":{"
		"\"expected_comm\":\"rsync\",\"expected_pid\":8,\"score\":3100,"
		"\"actual_comm\":\"scanner\",\"actual_pid\":7,\"actual_score\":1001,"
		"\"largest_comm\":\"scanner\",\"largest_pid\":7,\"total_pages\":262144,"
		"\"matches\":false,\"reason\":\"score-adjusted\","
		"\"words\":\"no process was left to kill: the only one of the list is protected by "
		"its oom_score_adj\"}}"
		",\"accounting\":{\"of\":\"machine\",\"total_kb\":34602944,\"file_kb\":32000000,"
		"\"free_kb\":602944,\"unaccounted_kb\":2000000,\"zone\":{\"zone\":\"Normal\","
		"\"total_kb\":890008,\"slab_reclaimable_kb\":513008,\"slab_unreclaimable_kb\":0,"
		"\"page_tables_kb\":3660,"
		"\"struct_pages_kb\":263200,\"free_kb\":8056,\"unaccounted_kb\":102084,"
		"\"estimated\":[\"struct_pages\"]}},\"verdict\":{\"cause\":\"lowmem-exhaustion\","
		"\"confidence\":\"high\",\"headline\":\"The numbers in the log "
		"do not single out one cause.\","
		"\"explanation\":[\"That the machine stopped instead of killing one process is the "
		"doing of vm.panic_on_oom.\",\"Page tables are the kernel's map of what each "
		"process "
		"has mapped; many processes that map one large shared area need a copy of its map "
		"each.\"],\"evidence\":[{\"line\":5,"
		"\"text\":\"Normal free:8056kB\",\"value\":\"order -1: "
		"the mark of a manual kill\"},"
		"{\"value\":\"unevictable\"}],\"contributing\":[\"slab-pinned\"],"
		"\"advice\":[\"Killing processes does not free files in tmpfs.\"],"
		"\"victim_reason\":\"score-adjusted\"}}");
	ol_arena_done(&e.arena);
}

static void test_json_leaves_out_what_was_not_done(void **state)
{
	struct ol_oom_event e;
	struct ol_verdict v;

	(void)state;
	lowmem(&e, &v);
	v.done = v.alloc.done = v.victim.done = v.account.done = false;
	assert_null(strstr(json_of(&e), "replay"));
	assert_null(strstr(json_of(&e), "accounting"));
	assert_null(strstr(json_of(&e), "verdict"));
	v.victim.done = true;
	v.victim.expected = v.victim.actual = v.victim.largest = NULL;
	v.victim.has_actual = false;
	v.victim.totalpages = 0;
	v.victim.clauses.n = 0;
	v.victim.reason = OL_VR_NONE_KILLABLE;
	assert_non_null(strstr(json_of(&e), ",\"replay\":{\"victim\":{\"reason\":"
					    "\"none-killable\"}}}"));
	/* a cgroup: what is in swap is not in the total, and says so */
	v.account.done = v.account_is_memcg = true;
	v.zone.done = false;
	v.account.swap_kb = 17;
	v.account.over_kb = 3;
	assert_non_null(strstr(json_of(&e), ",\"exceeds_total_by_kb\":3,\"swapped_out_kb\":17}}"));
	ol_arena_done(&e.arena);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(ol_cause_name(OL_CAUSE_UNKNOWN), "unknown");
	assert_string_equal(ol_cause_name(OL_CAUSE_MANUAL), "manual");
	assert_null(ol_cause_name(OL_CAUSE_MAX));
	for (unsigned r = 0; r < OL_VR_MAX; r++)
		assert_non_null(ol_victim_reason_name((enum ol_victim_reason)r));
	assert_string_equal(ol_victim_reason_name(OL_VR_MAX), "unknown");
	assert_string_equal(ol_zone_verdict_name(OL_ZV_NO_BLOCK), "no-block");
	assert_string_equal(ol_confidence_name(OL_CONF_MEDIUM), "medium");
}

/* ---- text ---- */

static void test_text(void **state)
{
	struct ol_oom_event e;
	struct ol_verdict v;

	(void)state;
	lowmem(&e, &v);
	assert_string_equal(
		text_of(&e, (struct ol_text_opts){ .width = 100 }),
		"OOM kill, victim not in the log: out of memory\n"
		"\n"
		"The numbers in the log do not single out one cause.\n"
		"\n"
		"That the machine stopped instead of killing one process is the doing of "
		"vm.panic_on_oom.\n"
		"Page tables are the kernel's map of what each process has mapped; many "
		"processes that map one large\n"
		"shared area need a copy of its map each.\n"
		"\n"
		"  chosen     no process was left to kill: the only one of the list is "
		"protected by its oom_score_adj\n"
		"  log        line 3-9\n"
		"\n"
		"Where the 869 MiB of zone Normal were\n"
		"  reclaimable slab (dentries, inodes)            501 MiB  58 %  "
		"################\n"
		"  the kernel's own page descriptors              257 MiB  30 %  "
		"########  (estimated)\n"
		"  in none of the printed counters               99.7 MiB  11 %  ###\n"
		"  free                                          7.87 MiB <1 %\n"
		"  all other parts together                      3.57 MiB <1 %\n"
		"\n"
		"  largest users of memory  processes    resident   share\n"
		"  rsync                            1    11.7 MiB  75.0 %\n"
		"  scanner                          1    3.91 MiB  25.0 %\n"
		"\n"
		"What to do\n"
		"  - Killing processes does not free files in tmpfs.\n"
		"\n"
		"  also       kernel caches of files and directories took much RAM\n"
		"  how sure   certain: the numbers exclude the other explanations\n");
	/* kernels that say nothing about slab by zone */
	v.zone.has &= ~(1u << OL_AC_SLAB_UNRECLAIMABLE);
	assert_non_null(strstr(text_of(&e, (struct ol_text_opts){ .width = 100 }),
			       "\n  slab and what no counter of zones states      99.7 MiB"));
	/* another cause: all of RAM is what matters */
	v.cause = OL_CAUSE_RECLAIM_STALL;
	v.confidence = OL_CONF_LOW;
	assert_non_null(strstr(text_of(&e, (struct ol_text_opts){ .utf8 = true }),
			       "\nWhere the 33.0 GiB of RAM were\n  file cache      "));
	assert_non_null(strstr(text_of(&e, (struct ol_text_opts){ 0 }), "how sure   a guess: "));
	/* nothing concluded: as if there were no verdict */
	v.done = false;
	assert_true(ol_span_starts(ol_span_str(text_of(&e, (struct ol_text_opts){ 0 })),
				   OL_SPAN("OOM kill, victim not in the log: ")));
	ol_arena_done(&e.arena);
}

static void test_text_of_a_cgroup(void **state)
{
	struct ol_oom_event e;
	struct ol_verdict v;
	char *got;

	(void)state;
	lowmem(&e, &v);
	v.account_is_memcg = true;
	v.account.total_kb = 1000;
	v.account.swap_kb = 2048;
	v.account.has = 0;
	memset(v.account.kb, 0, sizeof(v.account.kb));
	part(&v.account, OL_AC_ANON, 985); /* 98.5 % */
	part(&v.account, OL_AC_FILE, 5);
	part(&v.account, OL_AC_SOCK, 4);
	got = text_of(&e, (struct ol_text_opts){ .width = 100 });
	assert_non_null(strstr(got,
			       "\nWhere the 1000 KiB of the cgroup were\n"
			       "  anonymous (heaps, stacks)                      985 KiB  99 %  "
			       "############################\n"
			       "  all other parts together                         9 KiB <1 %\n"
			       "  and 2.00 MiB more in swap\n"));
	/* shared memory without a counter of its own */
	v.account.kb[OL_AC_FILE] = 985;
	assert_non_null(strstr(text_of(&e, (struct ol_text_opts){ .width = 100 }),
			       "\n  file cache and shared memory "));
	v.account_is_memcg = false;
	v.zone.done = false;
	assert_non_null(strstr(text_of(&e, (struct ol_text_opts){ .width = 100 }),
			       "\n  anonymous and shared memory "));
	ol_arena_done(&e.arena);
}

static void test_full(void **state)
{
	static const char *const pieces[] = {
		"\nEvidence (line, what it says, what that means)\n",
		"\n         5 Normal free:8056kB\n"
		"           = order -1: the mark of a manual kill\n",
		"\n           unevictable\n",
		"\nThe request, tried again with these numbers\n",
		"\n  Normal                7.87 MiB         0 B    7.86 MiB      12 KiB    7.87 MiB"
		"\n",
		"too little: what is usable does not exceed what is needed\n",
		"\n  HighMem                      -           -           -           -           -"
		"\n",
		"may not be used for this request: above the highest zone that",
		"\nThe choice of the victim\n",
		"\n  expected   rsync (pid 8), score 3100\n",
		"\n  chosen     scanner (pid 7), score 1001\n",
		"\n  so         not as expected\n",
		"\n  total      scores are measured against 1.00 GiB\n",
		"\n  rsync (pid 8)                                 11.7 MiB\n",
		"\n  scanner (pid 7)                               3.91 MiB\n",
		"\nEvent\n",
	};
	struct ol_oom_event e;
	struct ol_verdict v;

	(void)state;
	lowmem(&e, &v);
	assert_in_order(text_of(&e, (struct ol_text_opts){ .width = 100, .full = true }), pieces,
			sizeof(pieces) / sizeof(pieces[0]));
	v.alloc.zones[0].verdict = OL_ZV_NO_BLOCK;
	v.alloc.order = 4;
	v.alloc.zones[0].largest_order = 2;
	assert_non_null(strstr(text_of(&e, (struct ol_text_opts){ .width = 100, .full = true }),
			       "no free block of 64 KiB that may be used; the "));
	ol_arena_done(&e.arena);
}

/* ---- hostile ---- */

#define EVIL "\x1b[2J\n\r\t\"\xff\xc2\x9b\xe2\x80\xae) was killed: \xe2\x80\xa8"

static void test_hostile(void **state)
{
	const struct ol_finding evil = OL_FOUND(LIMIT_IS_ABOVE, OL_SPAN(EVIL));
	struct ol_oom_event e;
	struct ol_verdict v;
	char *got;

	(void)state;
	lowmem(&e, &v);
	v.headline = v.explanation.v[0] = v.advice.v[0] = v.evidence.v[0].value = evil;
	v.evidence.v[0].text = OL_SPAN(EVIL);
	e.zones.v[0].name = e.tasks.v[0].comm = OL_SPAN(EVIL);
	v.victim.clauses.v[0] = OL_FOUND(ALLOCATING_TASK, OL_SPAN(EVIL));
	v.alloc.zones[0].largest_order = 100;
	v.alloc.order = UINT32_MAX;
	v.account.total_kb = 0;
	part(&v.zone, OL_AC_ANON, UINT64_MAX);
	part(&v.zone, OL_AC_SOCK, UINT64_MAX);
	v.zone.over_kb = UINT64_MAX;
	for (int verdict = 0; verdict <= OL_ZV_OK; verdict++) {
		v.alloc.zones[0].verdict = (enum ol_zone_verdict)verdict;
		for (unsigned width = 72; width < 160; width += 11) {
			struct ol_span rest;

			got = text_of(&e, (struct ol_text_opts){ .width = width, .full = true });
			for (const char *c = got; *c; c++)
				assert_true(*c == '\n' || (*c >= 0x20 && *c < 0x7f));
			got = text_of(&e, (struct ol_text_opts){ .width = width });
			rest = ol_span_str(got);
			while (rest.n) {
				ssize_t nl = ol_span_chr(rest, '\n');

				if (nl < 0 || (unsigned)nl > width)
					fail_msg("%u: %.*s", width, 150, rest.p);
				rest = ol_span_skip(rest, (size_t)nl + 1);
			}
		}
		json_of(&e);
	}
	ol_arena_done(&e.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_leaves_out_what_was_not_done),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_text_of_a_cgroup),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
