// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "analyze/dump/decode_impl.h"

/* The words of killers in, numbers out. */

typedef void (*thresholds_fn)(struct ol_oom_event *e, struct ol_span text, uint32_t line);

static void add(char *to, size_t size, const char *name, const struct ol_val *v)
{
	size_t n = strlen(to);

	if (v->set)
		snprintf(to + n, size - n, " %s=%lld", name, (long long)v->v);
}

/* "swap_free kb=1100 limit_kb=204800; memory_pressure %=7112 limit_%=6000" */
static const char *told(const struct ol_oom_event *e)
{
	static char to[1024];

	to[0] = '\0';
	for (uint32_t i = 0; i < e->thresholds.n; i++) {
		const struct ol_threshold *t = &e->thresholds.v[i];
		size_t n = strlen(to);

		snprintf(to + n, sizeof(to) - n, "%s%s", i ? "; " : "", ol_measure_name(t->what));
		if (t->of.p) {
			n = strlen(to);
			snprintf(to + n, sizeof(to) - n, " of=%.*s", (int)t->of.n, t->of.p);
		}
		add(to, sizeof(to), "kb", &t->value.kb);
		add(to, sizeof(to), "%", &t->value.percent);
		add(to, sizeof(to), "plain", &t->value.plain);
		add(to, sizeof(to), "limit_kb", &t->limit.kb);
		add(to, sizeof(to), "limit_%", &t->limit.percent);
		add(to, sizeof(to), "limit", &t->limit.plain);
		add(to, sizeof(to), "total_kb", &t->total_kb);
		add(to, sizeof(to), "s", &t->seconds);
	}
	return to;
}

static void test_the_numbers_of_each_killer(void **state)
{
	static const struct {
		thresholds_fn fn;
		const char *text, *more, *tells;
	} rows[] = {
		{ ol_thresholds_oomd,
		  "memory pressure for /a.slice being 88.05% > 60.00% for > 20s with reclaim "
		  "activity",
		  NULL, "memory_pressure of=/a.slice %=8805 limit_%=6000 s=20" },
		/* a threshold without a fraction; a time that is not in seconds alone */
		{ ol_thresholds_oomd,
		  "memory pressure for /a.slice being 88.10% > 60% for > 1min 30s with reclaim "
		  "activity",
		  NULL, "memory_pressure of=/a.slice %=8810 limit_%=6000" },
		{ ol_thresholds_oomd,
		  "memory used (2048000) / total (4096000) and swap used (1024) / total (2048) "
		  "being "
		  "more than 45.50%",
		  NULL,
		  "memory_used kb=2000 limit_%=4550 total_kb=4000; swap_used kb=1 limit_%=4550 "
		  "total_kb=2" },
		{ ol_thresholds_oomd, "swap used (0) / total (2048) being more than 90.00%", NULL,
		  "swap_used kb=0 limit_%=9000 total_kb=2" },
		{ ol_thresholds_oomd, "memory pressure for /a.slice being", NULL, "" },
		{ ol_thresholds_earlyoom,
		  "mem avail:   301 of  7604 MiB ( 3.96%), swap free:   0 of 0 MiB ( 0.00%)",
		  "low memory! at or below SIGKILL limits: mem 5.00%, swap 4.25%",
		  "memory_available kb=308224 %=396 limit_%=500 total_kb=7786496; swap_free "
		  "kb=0 %=0 "
		  "limit_%=425 total_kb=0" },
		{ ol_thresholds_earlyoom,
		  "Low Memory! At or below SIGTERM limits: mem 10 %, swap 9 %", NULL,
		  "memory_available limit_%=1000; swap_free limit_%=900" },
		{ ol_thresholds_earlyoom, "Out of memory! avail: 390 MiB < min: 391 MiB", NULL,
		  "memory_available kb=399360 limit_kb=400384" },
		{ ol_thresholds_nohang,
		  "  MemAvailable [301 MiB, 3.9 %] <= soft_threshold_min_mem [393 MiB, 5.0 %]",
		  "  SwapFree [0 MiB, 0.0 %] <= soft_threshold_min_swap [204 MiB, 10.0 %]",
		  "memory_available kb=308224 %=390 limit_kb=402432 limit_%=500; swap_free kb=0 "
		  "%=0 "
		  "limit_kb=208896 limit_%=1000" },
		{ ol_thresholds_lmkd,
		  "low watermark is breached and swap is low (1100kB < 204800kB)", NULL,
		  "free_memory_watermark of=low; swap_free kb=1100 limit_kb=204800" },
		{ ol_thresholds_lmkd, "device is low on swap (0kB < 204800kB) and thrashing (312%)",
		  NULL, "swap_free kb=0 limit_kb=204800; thrashing %=31200" },
		{ ol_thresholds_lmkd,
		  "min watermark is breached and swap utilization is high (81% > 80%)", NULL,
		  "free_memory_watermark of=min; swap_used %=8100 limit_%=8000" },
		{ ol_thresholds_lmkd, "device is not responding", NULL, "" },
		{ ol_thresholds_slurm, "memory limit (5242880 > 4194304), being killed", NULL,
		  "own_usage plain=5242880 limit=4194304" },
		{ ol_thresholds_kubelet,
		  "The node was low on resource: memory. Threshold quantity: 100Mi, available: "
		  "3404Ki. "
		  "Container beater was using 1843Mi",
		  NULL, "memory_available kb=3404 limit_kb=102400" },
		{ ol_thresholds_kubelet,
		  "The node was low on resource: memory. Threshold quantity: 1048576000, "
		  "available: 1G.",
		  NULL, "memory_available kb=976562 limit_kb=1024000" },
		{ ol_thresholds_kubelet,
		  "The node was low on resource: memory. Threshold quantity: 1.5Gi, available: "
		  "1e9.",
		  NULL, "memory_available" },
		{ ol_thresholds_kubelet, "The node was low on resource: ephemeral-storage.", NULL,
		  "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ol_oom_event e = { .kind = OL_EV_USERSPACE_KILL };

		ol_arena_init(&e.arena, 1 << 20);
		rows[i].fn(&e, ol_span_str(rows[i].text), 7);
		if (rows[i].more)
			rows[i].fn(&e, ol_span_str(rows[i].more), 8);
		assert_string_equal(told(&e), rows[i].tells);
		ol_arena_done(&e.arena);
	}
}

/* A number that no machine has is none, and the end of the text is the end. */
static void test_what_is_cut_or_absurd_is_absent(void **state)
{
	static const char text[] =
		"memory pressure for /a being 99999999999999999999.1% > 60.00% for > 30s ";
	static const char full[] =
		"mem avail: 18446744073709551615 of 7604 MiB ( 3.9%), swap free: 1 of 2 MiB ( "
		"4.2%)";

	(void)state;
	for (size_t n = 0; n < sizeof(full); n++) {
		struct ol_oom_event e = { .kind = OL_EV_USERSPACE_KILL };

		ol_arena_init(&e.arena, 1 << 20);
		ol_thresholds_earlyoom(&e, ol_span(full, n), 1);
		ol_thresholds_nohang(&e, ol_span(full, n), 1);
		ol_thresholds_lmkd(&e, ol_span(full, n), 1);
		ol_thresholds_oomd(&e, ol_span_head(ol_span_str(text), n), 1);
		for (uint32_t i = 0; i < e.thresholds.n; i++)
			assert_int_equal(e.thresholds.v[i].what, OL_MEASURE_SWAP_FREE);
		ol_arena_done(&e.arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_numbers_of_each_killer),
		cmocka_unit_test(test_what_is_cut_or_absurd_is_absent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
