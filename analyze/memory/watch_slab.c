// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/memory/vfs.h"
#include "analyze/memory/watch.h"
#include "lib/num.h"

#include <stdlib.h>

static int by_growth(const void *a, const void *b)
{
	const struct ol_slab_growth *x = a, *y = b;

	if (x->kb != y->kb)
		return x->kb < y->kb ? 1 : -1;
	return (x->objects < y->objects) - (x->objects > y->objects);
}

static const struct ol_row *same_cache(struct ol_tick_index *x, const struct ol_tick *t,
				       uint32_t guess, const struct ol_row *r, struct ol_span name)
{
	/* caches come and go rarely: mostly it is the row of the same number */
	if (guess < t->tab[OL_T_SLAB].n) {
		const struct ol_row *g = ol_tick_row(t, OL_T_SLAB, guess);

		if (g->id == r->id && g->sub == r->sub &&
		    ol_span_eq(ol_tick_span(t, g->name), name))
			return g;
	}
	if (!x->t)
		ol_tick_index_make(x, t, OL_T_SLAB);
	return ol_tick_index_find(x, name, r->id, &r->sub);
}

/*
 * Is a cache charged to the group of who allocates from it? Those made with SLAB_ACCOUNT, all
 * kmalloc-cg-* (5.14), and some that are charged call by call (__GFP_ACCOUNT): alloc_buffer_head(),
 * and the nodes of the page cache's trees (xas_alloc() in lib/xarray.c).
 */
static bool chargeable(const struct ol_row *r, struct ol_span name)
{
	return !ol_row_has(r, OL_SLAB_accounted) || ol_row_val(r, OL_SLAB_accounted) ||
	       ol_span_starts(name, OL_SPAN("kmalloc-cg")) || ol_span_eqs(name, "buffer_head") ||
	       ol_span_eqs(name, "radix_tree_node") || ol_span_eqs(name, "xarray_node");
}

/*
 * nr_dentry - nr_unused are held. But a dentry that was unused once stays counted as such when
 * somebody takes it again, until a shrinker comes by (retain_dentry() and dentry_lru_isolate() in
 * fs/dcache.c): of files that are looked up first and opened then, that is all. Each open file
 * holds one, so these are held at least.
 */
double ol_watch_held(const struct ol_tick *from, const struct ol_tick *to)
{
	int64_t grown, held;

	if (!ol_has(from, OL_M_dentries_unused) || !ol_has(to, OL_M_dentries_unused))
		return -1;
	grown = ol_val(to, OL_M_dentries) - ol_val(from, OL_M_dentries);
	held = grown - (ol_val(to, OL_M_dentries_unused) - ol_val(from, OL_M_dentries_unused));
	if (grown < 1000)
		return -1;
	held = ol_max(held, ol_vfs_open_files(to) - ol_vfs_open_files(from));
	return (double)ol_min(ol_above0(held), grown) / (double)grown;
}

/* What a shrinker gets back of what a cache kept. -1: the kernel does not say what kind it is. */
static int64_t reclaimable(const struct ol_slab_growth *g, const struct ol_row *r, double held)
{
	if (!g->kept_kb)
		return 0;
	if (g->vfs)
		return held < 0 ? -1 : (int64_t)((double)g->kept_kb * (1 - held));
	if (!ol_row_has(r, OL_SLAB_reclaimable))
		return -1;
	return ol_row_val(r, OL_SLAB_reclaimable) ? g->kept_kb : 0;
}

/* kB; -1: its size is not stated */
static int64_t used_kb(const struct ol_row *r)
{
	if (!ol_row_has(r, OL_SLAB_object_bytes))
		return -1;
	return ol_mul(ol_row_val(r, OL_SLAB_active_objects), ol_row_val(r, OL_SLAB_object_bytes)) /
	       1024;
}

int64_t ol_watch_slab_used_kb(const struct ol_tick *t)
{
	int64_t kb = 0;

	if (!t->tab[OL_T_SLAB].n)
		return ol_val(t, OL_M_slab_kb);
	for (uint32_t i = 0; i < t->tab[OL_T_SLAB].n; i++)
		kb = ol_add(kb, ol_above0(used_kb(ol_tick_row(t, OL_T_SLAB, i))));
	return kb;
}

/*
 * By how much a cache grew from @from (NULL: it was not there). New objects fill the free slots of
 * slabs that are there already: then no page is added, but a control group is charged for each
 * object (obj_full_size() in mm/slub.c). SLUB counts each slab of a CPU as full (get_slabinfo()):
 * a few pages more or less are no growth.
 */
static int64_t growth_kb(const struct ol_row *from, const struct ol_row *to)
{
	int64_t pages =
		ol_row_val(to, OL_SLAB_total_kb) - (from ? ol_row_val(from, OL_SLAB_total_kb) : 0);
	int64_t was = from ? used_kb(from) : 0, used = used_kb(to);

	return was < 0 || used < 0 || used - was < 64 ? pages : ol_max(pages, used - was);
}

const char *const ol_charged_names[] = { "unknown", "self", "other" };

/* Of what could be charged (per cent) so much was: then each such cache was, or none. */
enum { MOST = 70, LEAST = 10 };

uint32_t ol_watch_slabs(const struct ol_watch *w, const struct ol_tick *from,
			const struct ol_tick *to, const struct ol_tick *after,
			struct ol_slab_growth *ret, uint32_t max, struct ol_slab_sum *sum)
{
	uint32_t rows = to->tab[OL_T_SLAB].n, n = 0;
	struct ol_slab_growth *all = calloc(rows + 1, sizeof(*all));
	struct ol_slab_sum s = { .charged_kb = -1, .has_kept = after && after->tab[OL_T_SLAB].n };
	struct ol_tick_index before = { 0 }, behind = { 0 };
	double held = s.has_kept ? ol_watch_held(from, after) : -1;

	if (!all)
		ol_no_memory();
	for (uint32_t i = 0; all && i < rows; i++) {
		const struct ol_row *r = ol_tick_row(to, OL_T_SLAB, i), *b, *a;
		struct ol_slab_growth g = { .name = ol_tick_span(to, r->name),
					    .kept_kb = -1,
					    .reclaimable_kb = -1 };

		b = same_cache(&before, from, i, r, g.name);
		g.kb = growth_kb(b, r);
		g.pages_kb =
			ol_row_val(r, OL_SLAB_total_kb) - (b ? ol_row_val(b, OL_SLAB_total_kb) : 0);
		g.objects = ol_row_val(r, OL_SLAB_active_objects) -
			    (b ? ol_row_val(b, OL_SLAB_active_objects) : 0);
		if (g.kb <= 0)
			continue;
		g.vfs = ol_vfs_cache(g.name) != OL_VFS_NONE;
		g.charged = chargeable(r, g.name) ? OL_CHARGED_UNKNOWN : OL_CHARGED_OTHER;
		a = s.has_kept ? same_cache(&behind, after, i, r, g.name) : NULL;
		if (a) {
			g.kept_kb = ol_above0(growth_kb(b, a));
			g.reclaimable_kb = reclaimable(&g, r, held);
			s.kept_kb = ol_add(s.kept_kb, g.kept_kb);
			s.reclaimable_kb = ol_add(s.reclaimable_kb, ol_above0(g.reclaimable_kb));
		}
		s.kb = ol_add(s.kb, g.kb);
		s.filled_kb = ol_add(s.filled_kb, g.kb - ol_above0(g.pages_kb));
		if (g.vfs)
			s.vfs_kb = ol_add(s.vfs_kb, g.kb);
		if (g.charged == OL_CHARGED_UNKNOWN)
			s.chargeable_kb = ol_add(s.chargeable_kb, g.kb);
		all[n++] = g;
	}
	ol_tick_index_done(&before);
	ol_tick_index_done(&behind);
	if (w->has_slab || w->has_kernel)
		s.charged_kb = w->slab_tick_kb;
	/* the kernel says how much slab is charged to the group, not of which cache */
	for (uint32_t i = 0; i < n && s.charged_kb >= 0; i++)
		if (all[i].charged == OL_CHARGED_UNKNOWN) {
			if (s.charged_kb > s.chargeable_kb / 100 * MOST)
				all[i].charged = OL_CHARGED_SELF;
			else if (s.charged_kb < s.chargeable_kb / 100 * LEAST)
				all[i].charged = OL_CHARGED_OTHER;
		}
	if (sum)
		*sum = s;
	if (!all)
		return 0;
	qsort(all, n, sizeof(*all), by_growth);
	n = n < max ? n : max;
	memcpy(ret, all, n * sizeof(*ret));
	free(all);
	return n;
}
