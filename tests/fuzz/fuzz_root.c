// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A root, as tests/fuzz/tree.h writes it: everything that reads it, judges it and prints it. One
 * look or two, between which some files change.
 */
#include "analyze/memory/watch.h"
#include "collect/machine/live.h"
#include "export/snap.h"
#include "export/watch.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/mutate.h"
#include "tests/fuzz/tick_check.h"
#include "tests/fuzz/tree.h"

static struct ol_tick *ticks[2];
static struct ol_out json[2], out;

static void look(struct ol_tick *t, bool pss, int32_t pid)
{
	struct ol_live_opts opts = { .root = tree_dir, .pss = pss, .only_pid = pid };
	struct ol_source *s;
	struct ol_err err;

	must(!ol_live_new(&opts, &s, &err));
	must(s->once && !s->next(s, t, &err) && s->next(s, t, &err) == 1);
	s->free(s);
	check_tick(t);
}

static void check_numbers(const struct ol_snap *s)
{
	int64_t sum = 0;

	if (s->has_ram) {
		for (int p = 0; p < OL_RAM_MAX; p++) {
			must(s->ram.kb[p] >= 0 && (s->ram.has[p] || !s->ram.kb[p]));
			must(!__builtin_add_overflow(sum, s->ram.kb[p], &sum));
		}
		must(sum == s->ram.total_kb && s->ram.overlap_kb >= 0);
		must(s->ram.mapped_least_kb <= s->ram.kb[OL_RAM_FILE_MAPPED]);
	}
	if (s->has_avail) {
		must(s->avail.certain_kb >= 0 && s->avail.certain_kb <= s->avail.likely_kb);
		must(s->avail.probable_kb <= s->avail.likely_kb);
		must(s->avail.n <= OL_AVAIL_MAX);
	}
}

static void check_prints(const struct ol_snap *s, uint32_t h, struct ol_out *save)
{
	static const char *const rows[] = { "slab", "groups", "zones", "processes" };
	struct ol_snap_style style = { .width = 40 + h % 120, .utf8 = h & 1, .full = h >> 1 & 1 };
	const struct ol_table *procs = &s->now->tab[OL_T_PROC];
	struct ol_json j;

	save->n = 0;
	ol_json_init(&j, save);
	ol_snap_json(&j, s);
	check_json(check_all(save));
	out.n = 0;
	ol_json_init(&j, &out);
	ol_tick_json(&j, s, rows[h >> 8 & 3]);
	check_json(check_all(&out));
	out.n = 0;
	ol_snap_text(&out, s, &style);
	if (procs->n)
		must(!ol_snap_pid_text(&out, s, ol_tick_row(s->now, OL_T_PROC, h % procs->n)->id,
				       &style));
	check_text(&out);
	if (!procs->n)
		return;
	out.n = 0;
	ol_json_init(&j, &out);
	must(!ol_snap_pid_json(&j, s, ol_tick_row(s->now, OL_T_PROC, 0)->id));
	check_json(check_all(&out));
}

#ifdef OL_HAVE_CJSON
/* What was saved can be read again, and nothing has changed since. */
static void check_diff(uint32_t h, bool two)
{
	struct ol_snap_style style = { .width = 100, .utf8 = h & 1, .full = h >> 1 & 1 };
	struct ol_span a = check_all(&json[0]), b = check_all(&json[two]);
	struct ol_err err;

	out.n = 0;
	must(!ol_snap_diff(&out, a, a, true, &style, &err));
	must(ol_span_find(check_all(&out), OL_SPAN("\"change\"")) < 0);
	out.n = 0;
	must(!ol_snap_diff(&out, b, a, true, &style, &err));
	must(out.n && out.buf[out.n - 1] == '\n');
	check_json(ol_span(out.buf, out.n - 1));
	out.n = 0;
	must(!ol_snap_diff(&out, b, a, false, &style, &err));
	check_text(&out);
}
#else
static void check_diff(uint32_t h, bool two)
{
	(void)h, (void)two;
}
#endif

static void check_watch(const struct ol_snap looks[2], uint32_t h)
{
	const struct ol_table *g = &ticks[0]->tab[OL_T_CGROUP], *p = &ticks[0]->tab[OL_T_PROC];
	const char *const command[] = { "true", NULL };
	struct ol_snap_style style = { .width = 100, .full = h >> 1 & 1 };
	struct ol_watch_subject subject = { 0 };
	struct ol_watch_end end = { 0 };
	struct ol_watch w;
	struct ol_json j;

	if (g->n && (h & 4)) {
		const struct ol_row *r = ol_tick_row(ticks[0], OL_T_CGROUP, h % g->n);

		subject.cgroup = ol_tick_span(ticks[0], r->name);
		subject.version = r->id;
		subject.own = h & 8;
	} else {
		subject.pid = p->n ? ol_tick_row(ticks[0], OL_T_PROC, h % p->n)->id : 1;
	}
	must(!ol_watch_init(&w, &subject));
	for (int i = 0; i < 2; i++) {
		must(ol_watch_members(&w, ticks[i]));
		must(!ol_watch_tick(&w, &looks[i]));
	}
	end.watch = &w;
	end.command = command;
	end.elapsed_us = 1000000;
	end.end = ticks[1];
	end.after = h & 16 ? ticks[1] : NULL;
	end.exited = h & 32;
	ol_watch_forecast(&w, &end.forecast);
	out.n = 0;
	ol_watch_line(&out, &w, end.elapsed_us, 80);
	ol_watch_text(&out, &end, &style);
	check_text(&out);
	out.n = 0;
	ol_json_init(&j, &out);
	ol_watch_json(&j, &end);
	check_json(check_all(&out));
	ol_watch_done(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ol_span s = ol_span((const char *)data, size);
	struct ol_snap looks[2] = { 0 };
	uint32_t h = hash_of(data, size < 64 ? size : 64);
	bool two;

	if (!ticks[0]) {
		for (int i = 0; i < 2; i++) {
			ticks[i] = ol_tick_new(NULL);
			ol_out_init(&json[i], -1);
			must(ticks[i]);
		}
		ol_out_init(&out, -1);
	}
	tree_write(&s);
	look(ticks[0], h >> 12 & 1, 0);
	must(!ol_snap_of(&looks[0], NULL, ticks[0]));
	check_numbers(&looks[0]);
	check_prints(&looks[0], h, &json[0]);
	two = tree_again(&s);
	if (two) {
		look(ticks[1], h >> 13 & 1, h >> 14 & 1 ? (int32_t)(h % 3 + 1) : 0);
		/* a captured root has no clock; two looks at a machine are a second apart */
		ticks[0]->boot_us = INT64_C(60000000);
		ticks[1]->boot_us = INT64_C(61000000);
		must(!ol_snap_of(&looks[1], ticks[0], ticks[1]));
		check_numbers(&looks[1]);
		check_prints(&looks[1], h, &json[1]);
		check_watch(looks, h);
	}
	check_diff(h, two);
	ol_snap_done(&looks[0]);
	ol_snap_done(&looks[1]);
	return 0;
}
