/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_TESTS_TUI_UTIL_H
#define OL_TESTS_TUI_UTIL_H

#include "analyze/memory/state.h"
#include "lib/columns.h"
#include "lib/unseen.h"
#include "tui/app.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define MIB INT64_C(1024)
#define GIB INT64_C(1048576)

/* ---- ticks by hand: a machine of 8 GiB, second by second ---- */

struct machine {
	int64_t anon_kb, cache_kb, shmem_kb, slab_kb, kills;
	int64_t second; /* since boot */
	unsigned caches, groups, processes; /* how many rows */
	int64_t slab_grows_kb; /* of cache 0, per second */
	const struct ol_span *names; /* of the rows, in turn; NULL: plain ones */
	unsigned n_names;
	bool no_slabinfo;
};

static inline struct machine machine(void)
{
	return (struct machine){
		.anon_kb = 2 * GIB,
		.cache_kb = 3 * GIB,
		.shmem_kb = 256 * MIB,
		.slab_kb = 512 * MIB,
		.second = 1000,
		.caches = 12,
		.groups = 7,
		.processes = 9,
	};
}

static inline struct ol_str row_name(struct ol_tick *t, const struct machine *m, const char *what,
				     unsigned i)
{
	char plain[32];

	if (m->names)
		return ol_tick_name(t, m->names[i % m->n_names]);
	snprintf(plain, sizeof(plain), "%s%u", what, i);
	return ol_tick_name(t, ol_span_str(plain));
}

static inline void put_scalars(struct ol_tick *t, const struct machine *m)
{
	int64_t free_kb = 8 * GIB - m->anon_kb - m->cache_kb - m->shmem_kb - m->slab_kb;

	t->page_kb = 4;
	t->boot_us = m->second * 1000000;
	t->real_us = 1700000000000000 + t->boot_us;
	ol_set(t, OL_M_mem_total_kb, 8 * GIB);
	ol_set(t, OL_M_mem_free_kb, free_kb);
	ol_set(t, OL_M_anon_pages_kb, m->anon_kb);
	ol_set(t, OL_M_cached_kb, m->cache_kb + m->shmem_kb);
	ol_set(t, OL_M_shmem_kb, m->shmem_kb);
	ol_set(t, OL_M_active_file_kb, m->cache_kb / 2);
	ol_set(t, OL_M_inactive_file_kb, m->cache_kb / 2);
	ol_set(t, OL_M_slab_reclaimable_kb, m->slab_kb / 2);
	ol_set(t, OL_M_slab_unreclaimable_kb, m->slab_kb / 2);
	ol_set(t, OL_M_swap_total_kb, GIB);
	ol_set(t, OL_M_swap_free_kb, 768 * MIB);
	ol_set(t, OL_M_psi_memory_some_avg10, 123);
	ol_set(t, OL_M_psi_memory_full_avg10, 45);
	ol_set(t, OL_M_pgscan_kswapd, m->second * 256); /* 1 MiB/s */
	ol_set(t, OL_M_pgscan_direct, 0);
	ol_set(t, OL_M_refault_file, m->second * 512); /* 2 MiB/s */
	ol_set(t, OL_M_oom_kills, m->kills);
	ol_set(t, OL_M_dentries, 5000);
	ol_set(t, OL_M_dentries_unused, 4000);
	ol_set(t, OL_M_inodes, 6000);
}

static inline void put_rows(struct ol_tick *t, const struct machine *m)
{
	for (unsigned i = 0; i < m->caches && !m->no_slabinfo; i++) {
		struct ol_row *r = ol_tick_add(t, OL_T_SLAB, NULL);

		r->name = row_name(t, m, "cache", i);
		r->sub = m->names ? (int32_t)i : 0;
		ol_row_set(r, OL_SLAB_total_kb,
			   (int64_t)(m->caches - i) * MIB +
				   (i ? 0 : m->slab_grows_kb * (m->second - 1000)));
		ol_row_set(r, OL_SLAB_objects, 1000 + i);
		ol_row_set(r, OL_SLAB_active_objects, i % 3 ? 1000 : 250);
		ol_row_set(r, OL_SLAB_object_bytes, 64 + 8 * i);
		ol_row_set(r, OL_SLAB_reclaimable, i % 2);
	}
	/* 0 is the root, 1 and 2 its children, 3 and 4 those of 1, … */
	for (unsigned i = 0; i < m->groups; i++) {
		struct ol_row *r = ol_tick_add(t, OL_T_CGROUP, NULL);
		char path[64] = "/";

		if (i)
			snprintf(path, sizeof(path), i > 2 ? "/g%u/g%u" : "/g%u",
				 i > 2 ? (i - 1) / 2 : i, i);
		r->name =
			m->names && i ? row_name(t, m, "", i) : ol_tick_name(t, ol_span_str(path));
		r->sub = i ? (int32_t)(i - 1) / 2 : -1;
		ol_row_set(r, OL_CGROUP_current_bytes, (int64_t)(10 - (i > 9 ? 9 : i)) << 20);
		ol_row_set(r, OL_CGROUP_local_oom_kill, 0);
		ol_row_set(r, OL_CGROUP_events_oom_kill, 0);
	}
	for (unsigned i = 0; i < m->processes; i++) {
		struct ol_row *r = ol_tick_add(t, OL_T_PROC, NULL);

		/* two of each command, a kernel thread at the end */
		r->name = row_name(t, m, "proc", i / 2);
		r->text =
			m->names ? row_name(t, m, "", i / 2 + 1) : ol_tick_name(t, OL_SPAN("/g1"));
		r->id = 100 + (int32_t)i;
		r->sub = 1;
		ol_row_set(r, OL_PROC_state, 'S');
		ol_row_set(r, OL_PROC_oom_score_adj, 0);
		if (i + 1 == m->processes)
			continue;
		ol_row_set(r, OL_PROC_rss_kb, (20 - i) * MIB);
		ol_row_set(r, OL_PROC_rss_anon_kb, (20 - i) * MIB);
		ol_row_set(r, OL_PROC_rss_file_kb, 0);
		ol_row_set(r, OL_PROC_rss_shmem_kb, 0);
		ol_row_set(r, OL_PROC_swap_kb, 0);
		ol_row_set(r, OL_PROC_oom_score, 600 + i);
	}
	for (unsigned i = 0; i < 2; i++) {
		struct ol_row *z = ol_tick_add(t, OL_T_ZONE, NULL);

		z->name = m->names ? row_name(t, m, "", i)
				   : ol_tick_name(t, i ? OL_SPAN("Normal") : OL_SPAN("DMA32"));
		z->sub = (int32_t)i;
		ol_row_set(z, OL_ZONE_managed_pages, 1 << 20);
		ol_row_set(z, OL_ZONE_present_pages, 1 << 20);
		ol_row_set(z, OL_ZONE_free_pages, 100000);
		ol_row_set(z, OL_ZONE_min_pages, 4000);
		ol_row_set(z, OL_ZONE_low_pages, 5000);
		ol_row_set(z, OL_ZONE_high_pages, 6000);
		for (unsigned o = 0; o < 11; o++)
			ol_row_set(z, (enum ol_row_field)(OL_ZONE_free_order0 + o), 10 * o);
	}
}

/* The next tick of @m, a second later; what @leave_out says is not read. */
static inline void feed_without(struct ol_app *a, struct machine *m, uint32_t leave_out)
{
	struct ol_tick *t = ol_app_tick(a);
	struct machine without = *m;

	ol_tick_reset(t);
	for (int s = 0; s < OL_SRC_MAX; s++)
		t->src[s].rc = leave_out >> s & 1 ? -ECANCELED : 0;
	if (m->no_slabinfo)
		t->src[OL_SRC_SLABINFO].rc = -EACCES;
	if (leave_out >> OL_SRC_SLABINFO & 1)
		without.caches = 0;
	if (leave_out >> OL_SRC_PROCS & 1)
		without.processes = 0;
	put_scalars(t, m);
	put_rows(t, &without);
	assert_int_equal(ol_app_ticked(a), 0);
	m->second++;
}

static inline void feed(struct ol_app *a, struct machine *m)
{
	feed_without(a, m, 0);
}

/* ---- grids ---- */

/* Not the words of the program: those are export's, and cli hands them over. */
static inline const char *note_number(const struct ol_note *n, char *to)
{
	snprintf(to, OL_NOTE_ROOM, "note %d", (int)n->id);
	return to;
}

static inline struct ol_app *app_new(void)
{
	struct ol_app_opts opts = { .interval_us = 1000000, .words = note_number };
	struct ol_app *a = ol_app_new(&opts);

	assert_non_null(a);
	return a;
}

/* Line @y as text, with a blank for the right half of what is wide. */
static inline const char *line(const struct ol_grid *g, int y)
{
	static char text[8][4200];
	static int turn;
	char *s = text[turn++ % 8];
	size_t n = 0;

	for (int x = 0; x < g->w; x++) {
		uint32_t cp = g->cells[y * g->w + x].cp;

		if (cp < 0x80) {
			s[n++] = cp ? (char)cp : ' ';
		} else if (cp < 0x800) {
			s[n++] = (char)(0xc0 | cp >> 6);
			s[n++] = (char)(0x80 | (cp & 0x3f));
		} else {
			s[n++] = (char)(0xe0 | (cp >> 12 & 15));
			s[n++] = (char)(0x80 | (cp >> 6 & 0x3f));
			s[n++] = (char)(0x80 | (cp & 0x3f));
		}
	}
	while (n && s[n - 1] == ' ')
		n--;
	s[n] = 0;
	return s;
}

/* Number of the first line from @y on that contains @s, or -1. */
static inline int find(const struct ol_grid *g, int y, const char *s)
{
	for (; y < g->h; y++)
		if (strstr(line(g, y), s))
			return y;
	return -1;
}

static inline void dump(const struct ol_grid *g)
{
	for (int y = 0; y < g->h; y++)
		printf("|%s\n", line(g, y));
}

#define SEES(g, s)                                                   \
	do {                                                         \
		if (find(g, 0, s) < 0) {                             \
			dump(g);                                     \
			fail_msg("the screen does not say '%s'", s); \
		}                                                    \
	} while (0)
#define SEES_NOT(g, s)                                       \
	do {                                                 \
		if (find(g, 0, s) >= 0) {                    \
			dump(g);                             \
			fail_msg("the screen says '%s'", s); \
		}                                            \
	} while (0)

/* No control character, none that reorders, no half of a wide one; every line has its width. */
static inline void check_grid(const struct ol_grid *g)
{
	for (int y = 0; y < g->h; y++) {
		const struct ol_cell *c = &g->cells[y * g->w];
		int columns = 0;

		for (int x = 0; x < g->w; x++) {
			uint32_t cp = c[x].cp;

			assert_true(c[x].ink < OL_INK_MAX);
			if (!cp) {
				assert_true(x > 0 && ol_cp_columns(c[x - 1].cp) == 2);
				continue;
			}
			assert_false(ol_cp_unseen(cp));
			assert_true(cp < 0x80 || g->utf8);
			assert_true(ol_cp_columns(cp) > 0);
			if (ol_cp_columns(cp) == 2)
				assert_true(x + 1 < g->w && !c[x + 1].cp);
			columns += (int)ol_cp_columns(cp);
		}
		assert_int_equal(columns, g->w);
	}
}

static inline void draw(struct ol_app *a, struct ol_grid *g, int w, int h)
{
	assert_int_equal(ol_grid_resize(g, w, h), 0);
	ol_app_draw(a, g);
	check_grid(g);
}

static inline void keys(struct ol_app *a, const char *s)
{
	for (; *s; s++)
		ol_app_key(a, *s);
}

#endif
