// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/memory/watch_impl.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "watch_series.h"

#define MIB 1024

/* ---- numbers that are the same everywhere ---- */

static uint64_t seed;

static double uniform(void)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (double)((seed >> 33) + 1) / (double)(1ULL << 31);
}

static double gauss(void)
{
	return sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());
}

static void start(struct ol_watch *w)
{
	struct ol_watch_subject s = { .pid = 1 };

	assert_int_equal(ol_watch_init(w, &s), 0);
}

static struct ol_watch_sample *add(struct ol_watch *w, double seconds)
{
	struct ol_watch_sample *m;

	if (w->n_recent == 64) {
		memmove(w->recent, w->recent + 1, 63 * sizeof(*m));
		w->n_recent--;
	}
	m = &w->recent[w->n_recent++];
	*m = (struct ol_watch_sample){ .boot_us = (int64_t)(seconds * 1e6) };
	for (int i = 0; i <= OL_WALL_LOWMEM; i++)
		m->room[i] = -1;
	return m;
}

/* ---- forecast ---- */

static void exact_slope(void **state)
{
	struct ol_forecast f;
	struct ol_watch w;

	(void)state;
	start(&w);
	for (int i = 0; i < 20; i++)
		add(&w, i)->room[OL_WALL_SELF] = 1000 * MIB - i * 10 * MIB;
	ol_watch_forecast(&w, &f);
	assert_int_equal(f.wall, OL_WALL_SELF);
	assert_int_equal(f.room_kb, 810 * MIB);
	assert_true(fabs(f.seconds - 81) < 0.01);
	assert_true(fabs(f.early - 81) < 0.01 && fabs(f.late - 81) < 0.01);
	ol_watch_done(&w);
}

static void first_wall_wins(void **state)
{
	struct ol_forecast f;
	struct ol_watch w;

	(void)state;
	start(&w);
	for (int i = 0; i < 20; i++) {
		struct ol_watch_sample *m = add(&w, i);

		m->room[OL_WALL_SELF] = 1000 * MIB - i * 10 * MIB;
		m->room[OL_WALL_MACHINE] = 600 * MIB - i * 10 * MIB;
	}
	ol_watch_forecast(&w, &f);
	assert_int_equal(f.wall, OL_WALL_MACHINE);
	ol_watch_done(&w);
}

/* What is left can only be said when the slope is more than noise. */
static void flat_and_noise(void **state)
{
	unsigned told = 0;

	(void)state;
	for (unsigned run = 0; run < 200; run++) {
		struct ol_forecast f;
		struct ol_watch w;

		seed = 77 + run;
		start(&w);
		for (int i = 0; i < 30; i++)
			add(&w, i)->room[OL_WALL_SELF] =
				run ? (int64_t)(1000 * MIB + gauss() * 5 * MIB) : 1000 * MIB;
		ol_watch_forecast(&w, &f);
		told += f.wall != OL_WALL_NONE;
		if (!run)
			assert_int_equal(f.wall, OL_WALL_NONE);
		ol_watch_done(&w);
	}
	/* 95 % two-sided: one of 40 slopes down looks real, fewer reach a wall soon enough */
	assert_true(told <= 12);
}

static void too_little_to_say(void **state)
{
	struct ol_forecast f;
	struct ol_watch w;

	(void)state;
	start(&w);
	for (int i = 0; i < 4; i++)
		add(&w, i)->room[OL_WALL_SELF] = 1000 * MIB - i * 100 * MIB;
	ol_watch_forecast(&w, &f);
	assert_int_equal(f.wall, OL_WALL_NONE);
	/* a second of a small slope says nothing about the next hour */
	w.n_recent = 0;
	for (int i = 0; i < 20; i++)
		add(&w, i * 0.05)->room[OL_WALL_SELF] = 1000 * MIB - i * 4;
	ol_watch_forecast(&w, &f);
	assert_int_equal(f.wall, OL_WALL_NONE);
	ol_watch_done(&w);
}

/* The interval has to contain the truth; @rho: how much of a stray is still there a tick later. */
static unsigned contained(double rho)
{
	unsigned in = 0;

	for (unsigned run = 0; run < 200; run++) {
		double stray = 0, truth;
		struct ol_forecast f;
		struct ol_watch w;

		seed = 1000 + run;
		start(&w);
		for (int i = 0; i < 25; i++) {
			stray = rho * stray + gauss() * 8 * MIB;
			add(&w, i)->room[OL_WALL_SELF] =
				(int64_t)(900 * MIB - i * 10 * MIB + stray);
		}
		ol_watch_forecast(&w, &f);
		assert_int_equal(f.wall, OL_WALL_SELF);
		/* of the room that it was told: the slope is what it estimates */
		truth = (double)f.room_kb / (10 * MIB);
		in += f.early <= truth && (f.late < 0 || truth <= f.late);
		ol_watch_done(&w);
	}
	return in;
}

static void interval_holds(void **state)
{
	(void)state;
	assert_true(contained(0) >= 180);
	/* noise that lasts, as memory of others has */
	assert_true(contained(0.4) >= 180);
}

/* ---- shapes ---- */

static struct ol_watch shaped;

static void feed(const int64_t *kb, uint32_t n, double step)
{
	start(&shaped);
	shaped.largest_pid = 7;
	for (uint32_t i = 0; i < n; i++) {
		shaped.v[i] = (struct ol_watch_sample){ .boot_us = (int64_t)(i * step * 1e6),
							.largest_kb = kb[i],
							.largest_pid = 7 };
		if (kb[i] > shaped.peak.largest_kb)
			shaped.peak.largest_kb = kb[i];
	}
	shaped.n = n;
}

static struct ol_shape shape(const int64_t *kb, uint32_t n)
{
	struct ol_shape s;

	feed(kb, n, 0.1);
	ol_watch_shape(&shaped, &s);
	ol_watch_done(&shaped);
	return s;
}

static void steady_leak(void **state)
{
	int64_t v[200];
	struct ol_shape s;

	(void)state;
	seed = 5;
	for (int i = 0; i < 200; i++)
		v[i] = (int64_t)(20 * MIB + i * MIB + gauss() * MIB);
	s = shape(v, 200);
	assert_int_equal(s.pattern, OL_PATTERN_STEADY);
	assert_true(fabs(s.kb_per_s - 10 * MIB) < MIB / 2);
	/* and when it stood still before and after */
	for (int i = 0; i < 200; i++)
		v[i] = i < 60 ? 10 * MIB : i < 150 ? 10 * MIB + (i - 60) * MIB : 100 * MIB;
	assert_int_equal(shape(v, 200).pattern, OL_PATTERN_STEADY);
}

/* The new buffer is filled while the old one is there: S + 2S, then 2S. */
static void doubling_with_copy(void **state)
{
	int64_t v[400], size = MIB;
	uint32_t n = 0;
	struct ol_shape s;

	(void)state;
	for (; size <= 256 * MIB; size *= 2) {
		for (int i = 0; i < 8; i++)
			v[n++] = size;
		for (int i = 1; i <= 3; i++)
			v[n++] = size + 2 * size * i / 3;
	}
	s = shape(v, n);
	assert_int_equal(s.pattern, OL_PATTERN_DOUBLING);
	assert_true(s.ratio > 1.8 && s.ratio < 2.2);
	assert_true(s.turns >= 4);
}

/* The copy falls between two looks. */
static void doubling_in_jumps(void **state)
{
	int64_t v[400], size = MIB;
	uint32_t n = 0;
	struct ol_shape s;

	(void)state;
	for (int hold = 4; size <= 256 * MIB; size *= 2, hold += 3)
		for (int i = 0; i < hold; i++)
			v[n++] = size;
	s = shape(v, n);
	assert_int_equal(s.pattern, OL_PATTERN_DOUBLING);
	assert_true(s.ratio > 1.9 && s.ratio < 2.1);
}

static void saw(void **state)
{
	int64_t v[400];
	struct ol_shape s;

	(void)state;
	seed = 9;
	for (int i = 0; i < 400; i++)
		v[i] = (int64_t)(50 * MIB + (i % 40) * 3 * MIB + uniform() * MIB);
	s = shape(v, 400);
	assert_int_equal(s.pattern, OL_PATTERN_SAWTOOTH);
	assert_int_equal(s.turns, 9);
	assert_true(llabs(s.low_kb - 50 * MIB) < 4 * MIB && llabs(s.high_kb - 167 * MIB) < 4 * MIB);
}

static void steps(void **state)
{
	int64_t v[300];
	struct ol_shape s;

	(void)state;
	for (int i = 0; i < 300; i++)
		v[i] = 40 * MIB + i / 60 * 25 * MIB;
	s = shape(v, 300);
	assert_int_equal(s.pattern, OL_PATTERN_STEPS);
	assert_int_equal(s.turns, 4);
}

static void no_shape(void **state)
{
	int64_t v[300], at = 100 * MIB;
	struct ol_shape s;

	(void)state;
	/* too small, too few, or all at once */
	for (int i = 0; i < 300; i++)
		v[i] = i * 10;
	assert_int_equal(shape(v, 300).pattern, OL_PATTERN_FLAT);
	for (int i = 0; i < 300; i++)
		v[i] = i < 5 ? 2 * MIB : 300 * MIB + i;
	s = shape(v, 300);
	assert_int_equal(s.pattern, OL_PATTERN_FLAT);
	assert_false(s.few);
	assert_true(shape(v, 3).few);
	/* up by odd amounts, now and then a little down */
	for (int i = 0; i < 300; i++) {
		at += i < 140 ? (i % 7) * 20 : i < 170 ? 6 * MIB : i % 3 ? 300 : -200;
		v[i] = at;
	}
	s = shape(v, 300);
	assert_true(s.pattern == OL_PATTERN_IRREGULAR || s.pattern == OL_PATTERN_STEPS);
}

static void recorded(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(recordings) / sizeof(recordings[0]); i++) {
		struct ol_shape s;

		feed(recordings[i].kb, recordings[i].n, 0.05);
		ol_watch_shape(&shaped, &s);
		ol_watch_done(&shaped);
		if (s.pattern != recordings[i].pattern)
			print_error("%s: %s\n", recordings[i].what, ol_pattern_names[s.pattern]);
		assert_int_equal(s.pattern, recordings[i].pattern);
	}
}

/* ---- ticks ---- */

static struct ol_tick *tick(double seconds)
{
	struct ol_tick_size small = { .names = 1 << 16 };
	struct ol_tick *t;

	for (int i = 0; i < OL_T_MAX; i++)
		small.rows[i] = 300;
	t = ol_tick_new(&small);
	assert_non_null(t);
	t->page_kb = 4;
	t->boot_us = (int64_t)(seconds * 1e6);
	ol_set(t, OL_M_mem_total_kb, 1024 * MIB);
	ol_set(t, OL_M_mem_free_kb, 512 * MIB);
	return t;
}

static struct ol_row *process(struct ol_tick *t, int32_t pid, int32_t parent, int64_t began,
			      int64_t kb)
{
	struct ol_row *r = ol_tick_add(t, OL_T_PROC, NULL);

	assert_non_null(r);
	r->id = pid;
	r->sub = parent;
	r->name = ol_tick_name(t, OL_SPAN("worker"));
	ol_row_set(r, OL_PROC_start_ticks, began);
	ol_row_set(r, OL_PROC_rss_kb, kb);
	ol_row_set(r, OL_PROC_rss_anon_kb, kb);
	ol_row_set(r, OL_PROC_state, 'S');
	return r;
}

static uint32_t members(struct ol_watch *w, const struct ol_tick *t, const char *want)
{
	const uint8_t *in = ol_watch_members(w, t);
	uint32_t n = 0;

	assert_non_null(in);
	for (uint32_t i = 0; i < t->tab[OL_T_PROC].n; i++) {
		assert_int_equal(in[i], want[i] == '1');
		n += in[i];
	}
	assert_int_equal(n, w->n_in);
	return n;
}

static void tree(void **state)
{
	struct ol_watch_subject s = { .pid = 100, .reaper = 50 };
	struct ol_tick *t = tick(1);
	struct ol_watch w;

	(void)state;
	assert_int_equal(ol_watch_init(&w, &s), 0);
	process(t, 1, 0, 1, 100);
	process(t, 50, 1, 5, 100); /* us */
	process(t, 90, 102, 900, 100); /* a pid that began anew below its parent's */
	process(t, 100, 50, 6, 100);
	process(t, 101, 100, 7, 100);
	process(t, 102, 101, 8, 100);
	process(t, 103, 50, 9, 100); /* an orphan that came to us */
	process(t, 200, 1, 9, 100);
	process(t, 300, 301, 9, 100); /* read while it changed: a ring, and a parent that is gone */
	process(t, 301, 300, 9, 100);
	process(t, 302, 999, 9, 100);
	process(t, 303, 303, 9, 100);
	assert_int_equal(members(&w, t, "001111100000"), 5);
	ol_tick_free(t);

	/* who belonged to it stays without its parents, a new process of its number does not */
	t = tick(2);
	process(t, 1, 0, 1, 100);
	process(t, 90, 1, 900, 100);
	process(t, 102, 1, 8, 100);
	process(t, 104, 102, 20, 100);
	process(t, 101, 1, 21, 100);
	assert_int_equal(members(&w, t, "01110"), 3);
	ol_tick_free(t);
	ol_watch_done(&w);
}

/* A chain of a thousand, each the child of the one before, in the worst order. */
static void deep_tree(void **state)
{
	struct ol_watch_subject s = { .pid = 10 };
	struct ol_tick *t = ol_tick_new(NULL);
	struct ol_watch w;

	(void)state;
	assert_non_null(t);
	assert_int_equal(ol_watch_init(&w, &s), 0);
	for (int32_t i = 1000; i >= 0; i--)
		process(t, 10 + i, i ? 9 + i : 1, 1, 4);
	assert_non_null(ol_watch_members(&w, t));
	assert_int_equal(w.n_in, 1001);
	ol_tick_free(t);
	ol_watch_done(&w);
}

static void groups(void **state)
{
	struct ol_watch_subject s = { .cgroup = OL_SPAN("/a/b"), .version = 2 };
	static const char *const paths[] = { "/a/b", "/a/b/c", "/a/bc", "/a", "/", "/x/a/b" };
	struct ol_tick *t = tick(1);
	struct ol_watch w;

	(void)state;
	assert_int_equal(ol_watch_init(&w, &s), 0);
	for (int i = 0; i < 6; i++)
		process(t, 10 + i, 1, 1, 4)->text = ol_tick_name(t, ol_span_str(paths[i]));
	members(&w, t, "110000");
	ol_tick_free(t);
	ol_watch_done(&w);
}

static void look(struct ol_watch *w, struct ol_snap *s, const struct ol_tick *old,
		 const struct ol_tick *t)
{
	assert_non_null(ol_watch_members(w, t));
	assert_int_equal(ol_snap_of(s, old, t), 0);
	assert_int_equal(ol_watch_tick(w, s), 0);
}

/* Anonymous memory that 60 processes share since a fork counts once where PSS is known. */
static void shared_since_fork(void **state)
{
	struct ol_watch_subject s = { .pid = 10 };
	struct ol_tick *t = tick(1), *later = tick(2);
	struct ol_snap snap = { 0 };
	struct ol_watch w;

	(void)state;
	assert_int_equal(ol_watch_init(&w, &s), 0);
	for (int i = 0; i < 61; i++) {
		struct ol_row *r = process(t, 10 + i, i ? 10 : 1, 1, 61 * 100);

		ol_row_set(r, OL_PROC_pss_kb, 100);
		ol_row_set(r, OL_PROC_pss_anon_kb, 100);
		process(later, 10 + i, i ? 10 : 1, 1, 61 * 100);
	}
	look(&w, &snap, NULL, t);
	assert_int_equal(w.last.anon_kb, 6100);
	/* and in between looks at the shares they are taken to be the same */
	look(&w, &snap, t, later);
	assert_true(llabs(w.last.anon_kb - 6100) <= 1);
	ol_snap_done(&snap);
	ol_tick_free(t);
	ol_tick_free(later);
	ol_watch_done(&w);
}

/* Three were forked after the shares had been read: that is no moment with four times as much. */
static void forked_in_between(void **state)
{
	struct ol_watch_subject s = { .pid = 10 };
	struct ol_tick *t = tick(1), *later = tick(2);
	struct ol_snap snap = { 0 };
	struct ol_watch w;

	(void)state;
	assert_int_equal(ol_watch_init(&w, &s), 0);
	for (int i = 0; i < 4; i++) {
		struct ol_row *r = process(t, 10 + i, i ? 10 : 1, 1, 6000);

		ol_row_set(r, OL_PROC_rss_kb, 6000);
		if (i)
			continue;
		ol_row_set(r, OL_PROC_pss_kb, 6000);
		ol_row_set(r, OL_PROC_pss_anon_kb, 6000);
	}
	look(&w, &snap, NULL, t);
	assert_int_equal(w.last.anon_kb, 6000);
	for (int i = 0; i < 61; i++) {
		struct ol_row *r = process(later, 10 + i, i ? 10 : 1, 1, 6000);

		ol_row_set(r, OL_PROC_rss_kb, 6000);
		ol_row_set(r, OL_PROC_pss_kb, 100);
		ol_row_set(r, OL_PROC_pss_anon_kb, 100);
	}
	look(&w, &snap, t, later);
	assert_true(llabs(w.last.anon_kb - 6100) <= 1);
	assert_int_equal(w.peak_tick->tab[OL_T_PROC].n, 61);
	ol_snap_done(&snap);
	ol_tick_free(t);
	ol_tick_free(later);
	ol_watch_done(&w);
}

static void slab(struct ol_tick *t, const char *name, int64_t objects, int64_t kb, int accounted,
		 int shrinks)
{
	struct ol_row *r = ol_tick_add(t, OL_T_SLAB, NULL);

	r->name = ol_tick_name(t, ol_span_str(name));
	ol_row_set(r, OL_SLAB_active_objects, objects);
	ol_row_set(r, OL_SLAB_total_kb, kb);
	ol_row_set(r, OL_SLAB_accounted, accounted);
	ol_row_set(r, OL_SLAB_reclaimable, shrinks);
}

static void vfs(struct ol_tick *t, int64_t dentries, int64_t unused)
{
	ol_set(t, OL_M_dentries, dentries);
	ol_set(t, OL_M_dentries_unused, unused);
	ol_set(t, OL_M_inodes, dentries);
}

static void slab_growth(void **state)
{
	struct ol_tick *a = tick(1), *b = tick(2), *c = tick(3);
	struct ol_slab_growth v[8];
	struct ol_slab_sum s;
	struct ol_watch w;

	(void)state;
	start(&w);
	vfs(a, 1000, 900);
	vfs(b, 11000, 900);
	vfs(c, 11000, 8400);
	slab(a, "dentry", 1000, 200, 1, 1);
	slab(a, "shrank", 1000, 800, 1, 0);
	slab(b, "new_first", 10, 40, 0, 0); /* other rows in another order */
	slab(b, "shrank", 10, 80, 1, 0);
	slab(b, "dentry", 11000, 2200, 1, 1);
	slab(b, "ext4_inode_cache", 10000, 10000, 1, 1);
	slab(b, "filp", 100, 50, 1, 0);
	slab(b, "buffer_head", 100, 10, 0, 1);
	slab(c, "dentry", 11000, 2200, 1, 1);
	slab(c, "ext4_inode_cache", 10000, 10000, 1, 1);
	slab(c, "filp", 50, 30, 1, 0);
	slab(c, "new_first", 10, 40, 0, 0);
	assert_true(ol_watch_held(a, b) > 0.999);
	assert_true(fabs(ol_watch_held(a, c) - 0.25) < 0.001);
	assert_true(ol_watch_held(b, c) < 0);
	/* counted as unused, and open all the same */
	ol_set(b, OL_M_dentries_unused, 10900);
	assert_true(fabs(ol_watch_held(a, b) - 0.01) < 0.001); /* its 100 open files */
	ol_set(b, OL_M_dentries_unused, 900);

	w.has_slab = true;
	w.slab_tick_kb = 12000;
	assert_int_equal(ol_watch_slabs(&w, a, b, c, v, 8, &s), 5);
	assert_int_equal(s.kb, 12100);
	assert_int_equal(s.vfs_kb, 12000);
	assert_int_equal(s.chargeable_kb, 12060);
	assert_true(ol_span_eqs(v[0].name, "ext4_inode_cache"));
	assert_int_equal(v[0].kb, 10000);
	assert_int_equal(v[0].kept_kb, 10000);
	assert_int_equal(v[0].reclaimable_kb, 7500); /* a quarter is held */
	assert_int_equal(v[0].charged, OL_CHARGED_SELF);
	assert_int_equal(v[1].kb, 2000);
	assert_int_equal(v[1].objects, 10000);
	assert_true(ol_span_eqs(v[2].name, "filp"));
	assert_int_equal(v[2].kept_kb, 30);
	assert_int_equal(v[2].reclaimable_kb, 0);
	assert_true(ol_span_eqs(v[3].name, "new_first"));
	assert_int_equal(v[3].charged, OL_CHARGED_OTHER);
	assert_int_equal(v[4].charged, OL_CHARGED_SELF); /* buffer_head: charged call by call */
	assert_int_equal(v[4].kept_kb, -1); /* the cache is gone */

	/* half of the new dentries fill free slots; a few objects on a CPU's slab are no growth */
	ol_row_set(ol_tick_row(a, OL_T_SLAB, 0), OL_SLAB_object_bytes, 192);
	ol_row_set(ol_tick_row(b, OL_T_SLAB, 2), OL_SLAB_object_bytes, 192);
	ol_row_set(ol_tick_row(b, OL_T_SLAB, 2), OL_SLAB_total_kb, 1137);
	ol_row_set(ol_tick_row(b, OL_T_SLAB, 4), OL_SLAB_object_bytes, 192);
	assert_int_equal(ol_watch_slabs(&w, a, b, c, v, 8, &s), 5);
	assert_int_equal(v[1].kb, 2062 - 187);
	assert_int_equal(v[1].pages_kb, 937);
	assert_int_equal(s.filled_kb, 2062 - 187 - 937);
	assert_int_equal(s.kb, 12100 - 125);
	assert_int_equal(ol_watch_slab_used_kb(b), 2062 + 18);

	/* in between nobody can tell; far below it is others'; unknown without a figure */
	w.slab_tick_kb = 5000;
	ol_watch_slabs(&w, a, b, c, v, 8, &s);
	assert_int_equal(v[0].charged, OL_CHARGED_UNKNOWN);
	w.slab_tick_kb = 500;
	ol_watch_slabs(&w, a, b, NULL, v, 1, &s);
	assert_int_equal(v[0].charged, OL_CHARGED_OTHER);
	assert_int_equal(v[0].kept_kb, -1);
	assert_false(s.has_kept);
	w.has_slab = false;
	ol_watch_slabs(&w, a, b, c, v, 8, &s);
	assert_int_equal(v[0].charged, OL_CHARGED_UNKNOWN);
	assert_int_equal(s.charged_kb, -1);
	ol_tick_free(a);
	ol_tick_free(b);
	ol_tick_free(c);
	ol_watch_done(&w);
}

/* Hours at a short interval: what is kept is bounded, and the turning points are still there. */
static void long_run(void **state)
{
	struct ol_watch_subject s = { .pid = 10 };
	struct ol_tick *t[2] = { tick(0), tick(0) };
	struct ol_snap snap = { 0 };
	struct ol_shape shape;
	struct ol_watch w;
	int64_t most = 0, least = INT64_MAX;

	(void)state;
	assert_int_equal(ol_watch_init(&w, &s), 0);
	process(t[0], 10, 1, 1, 0);
	process(t[1], 10, 1, 1, 0);
	for (int i = 0; i < 40000; i++) {
		struct ol_tick *now = t[i % 2];
		/* a saw of 500 ticks whose highest point is one tick wide */
		int64_t kb = 100 * MIB + (i % 500) * 200 + (i % 500 == 499 ? 200 * MIB : 0);

		now->boot_us = i * 1000000LL;
		ol_row_set(ol_tick_row(now, OL_T_PROC, 0), OL_PROC_rss_anon_kb, kb);
		ol_row_set(ol_tick_row(now, OL_T_PROC, 0), OL_PROC_rss_kb, kb);
		look(&w, &snap, i ? t[(i + 1) % 2] : NULL, now);
		assert_true(w.n <= OL_WATCH_SAMPLES);
	}
	assert_true(w.n > OL_WATCH_SAMPLES / 4);
	for (uint32_t i = 1; i < w.n; i++) {
		assert_true(w.v[i].boot_us > w.v[i - 1].boot_us);
		if (w.v[i].largest_kb > most)
			most = w.v[i].largest_kb;
		if (w.v[i].largest_kb < least)
			least = w.v[i].largest_kb;
	}
	assert_int_equal(most, 100 * MIB + 499 * 200 + 200 * MIB);
	assert_true(least < 102 * MIB);
	ol_watch_shape(&w, &shape);
	assert_int_equal(shape.pattern, OL_PATTERN_SAWTOOTH);
	assert_true(shape.turns >= 60);
	ol_snap_done(&snap);
	ol_tick_free(t[0]);
	ol_tick_free(t[1]);
	ol_watch_done(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact_slope),
		cmocka_unit_test(first_wall_wins),
		cmocka_unit_test(flat_and_noise),
		cmocka_unit_test(too_little_to_say),
		cmocka_unit_test(interval_holds),
		cmocka_unit_test(steady_leak),
		cmocka_unit_test(doubling_with_copy),
		cmocka_unit_test(doubling_in_jumps),
		cmocka_unit_test(saw),
		cmocka_unit_test(steps),
		cmocka_unit_test(no_shape),
		cmocka_unit_test(recorded),
		cmocka_unit_test(tree),
		cmocka_unit_test(deep_tree),
		cmocka_unit_test(groups),
		cmocka_unit_test(shared_since_fork),
		cmocka_unit_test(forked_in_between),
		cmocka_unit_test(slab_growth),
		cmocka_unit_test(long_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
