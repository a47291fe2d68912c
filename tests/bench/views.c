// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/memory/watch.h"
#include "export/note_words.h"
#include "tui/app.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * Work of `oomlens top` and `oomlens watch` on machines of any size: views VIEW N KEYS, or
 * views watch N.
 *
 * N processes, slab caches or groups; between two ticks every 50th goes and as many come: no row
 * stands where it stood. Three ticks are drawn at 120x40 with the KEYS pressed at the second.
 */

enum { TICKS = 4, GOES = 50 };

static struct ol_str name(struct ol_tick *t, const char *fmt, uint32_t i)
{
	char s[96];
	int n = snprintf(s, sizeof(s), fmt, i);

	return ol_tick_name(t, ol_span(s, (size_t)n));
}

/* Row @k of tick @at: who it is. Others come at the end. */
static uint32_t who(uint32_t k, uint32_t at)
{
	return k + k / (GOES - 1) * at + at;
}

static void process(struct ol_tick *t, uint32_t i, uint32_t at)
{
	struct ol_row *r = ol_tick_add(t, OL_T_PROC, NULL);

	if (!r)
		return;
	r->id = (int32_t)i + 2;
	r->sub = 2;
	r->name = name(t, "worker%u", i);
	r->text = name(t, "/system.slice/s%u.service", i % 500);
	ol_row_set(r, OL_PROC_rss_kb, 1000 + i % 7 * at);
	ol_row_set(r, OL_PROC_rss_anon_kb, 900 + i % 7 * at);
	ol_row_set(r, OL_PROC_rss_file_kb, 100);
	ol_row_set(r, OL_PROC_start_ticks, i);
	ol_row_set(r, OL_PROC_oom_score, 3);
	ol_row_set(r, OL_PROC_state, 'S');
}

static void group(struct ol_tick *t, uint32_t i, uint32_t at)
{
	struct ol_row *r = ol_tick_add(t, OL_T_CGROUP, NULL);

	if (!r)
		return;
	r->id = 2;
	r->sub = t->tab[OL_T_CGROUP].n > 2 ? 0 : -1;
	r->name = r->sub < 0 ? name(t, "/", 0) : name(t, "/docker-%064x.scope", i);
	ol_row_set(r, OL_CGROUP_current_bytes, 4096 * (i + at));
	ol_row_set(r, OL_CGROUP_max_bytes, i % 3 ? OL_UNLIMITED : 1 << 30);
	ol_row_set(r, OL_CGROUP_local_oom_kill, i % 1000 == 7 ? at : 0);
}

static void cache(struct ol_tick *t, uint32_t i, uint32_t at)
{
	struct ol_row *r = ol_tick_add(t, OL_T_SLAB, NULL);

	if (!r)
		return;
	r->name = name(t, "cache_%06u", i);
	ol_row_set(r, OL_SLAB_objects, 100 + at);
	ol_row_set(r, OL_SLAB_active_objects, 90 + at);
	ol_row_set(r, OL_SLAB_object_bytes, 192);
	ol_row_set(r, OL_SLAB_total_kb, 4 * (i % 100 + at));
}

static void fill(struct ol_tick *t, const char *what, uint32_t n, uint32_t at)
{
	ol_tick_reset(t);
	t->page_kb = 4;
	t->boot_us = (int64_t)(1000 + at) * 1000000;
	t->real_us = 1700000000000000 + t->boot_us;
	ol_set(t, OL_M_mem_total_kb, 8 << 20);
	ol_set(t, OL_M_mem_free_kb, 4 << 20);
	ol_set(t, OL_M_anon_pages_kb, 2 << 20);
	ol_set(t, OL_M_cached_kb, 1 << 20);
	ol_set(t, OL_M_active_file_kb, 1 << 20);
	for (int s = 0; s < OL_SRC_MAX; s++)
		t->src[s].rc = 0;
	for (uint32_t k = 0; k < n; k++) {
		if (what[0] == 'p' || what[0] == 'w')
			process(t, who(k, at), at);
		if (what[0] == 'g' || what[0] == 'w')
			group(t, who(k, at), at);
		if (what[0] == 's' || what[0] == 'w')
			cache(t, who(k, at), at);
	}
}

static int draw(const char *view, uint32_t n, const char *keys)
{
	struct ol_app_opts opts = { .interval_us = 1000000, .words = ol_note_words };
	struct ol_grid g = { .utf8 = true };
	struct ol_app *a;

	while (ol_app_view_name(opts.view) && strcmp(ol_app_view_name(opts.view), view))
		opts.view++;
	a = ol_app_new(&opts);
	if (!a || ol_grid_resize(&g, 120, 40) || !ol_app_view_name(opts.view))
		return 2;
	for (uint32_t at = 0; at < TICKS; at++) {
		fill(ol_app_tick(a), view, n, at);
		if (ol_app_ticked(a))
			return 2;
		for (const char *k = keys; at == 1 && *k; k++)
			ol_app_key(a, *k);
		ol_app_draw(a, &g);
	}
	ol_app_free(a);
	ol_grid_done(&g);
	return 0;
}

static int watch(uint32_t n)
{
	const struct ol_watch_subject subject = { .pid = 2, .version = 2, .reaper = -1 };
	struct ol_tick *t[2] = { ol_tick_new(NULL), ol_tick_new(NULL) };
	struct ol_slab_growth top[10];
	struct ol_snap snap = { 0 };
	struct ol_watch w;

	if (!t[0] || !t[1] || ol_watch_init(&w, &subject))
		return 2;
	for (uint32_t at = 0; at < TICKS; at++) {
		struct ol_tick *now = t[at % 2], *old = at ? t[1 - at % 2] : NULL;

		fill(now, "watch", n, at);
		if (ol_snap_of(&snap, old, now) || !ol_watch_members(&w, now) ||
		    ol_watch_tick(&w, &snap))
			return 2;
		ol_watch_slabs(&w, w.first, now, old, top, 10, NULL);
	}
	ol_watch_done(&w);
	ol_snap_done(&snap);
	ol_tick_free(t[0]);
	ol_tick_free(t[1]);
	return 0;
}

int main(int argc, char **argv)
{
	uint32_t n = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 0;

	if (argc < 3) {
		fprintf(stderr, "usage: views VIEW|watch N [KEYS]\n");
		return 2;
	}
	return strcmp(argv[1], "watch") ? draw(argv[1], n, argc > 3 ? argv[3] : "") : watch(n);
}
