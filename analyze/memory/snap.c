// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/memory/snap.h"

#include <errno.h>
#include <stdlib.h>

static int room_for(void *array, uint32_t *cap, uint32_t n, size_t size)
{
	void *p;

	if (n <= *cap)
		return 0;
	p = realloc(*(void **)array, (size_t)n * size);
	if (!p)
		return -ENOMEM;
	*(void **)array = p;
	*cap = n;
	return 0;
}

int ol_snap_of(struct ol_snap *s, const struct ol_tick *old, const struct ol_tick *now)
{
	if (room_for(&s->views, &s->views_cap, now->tab[OL_T_CGROUP].n, sizeof(*s->views)) ||
	    room_for(&s->folds, &s->folds_cap, now->tab[OL_T_PROC].n, sizeof(*s->folds)))
		return -ENOMEM;
	s->now = now;
	s->old = old;
	s->has_ram = !ol_ram_of(now, &s->ram);
	s->has_avail = s->has_ram && !ol_avail_of(now, &s->ram, &s->avail);
	ol_cgviews(now, s->has_avail ? &s->avail : NULL, s->views);
	s->n_folds = ol_fold_processes(now, s->folds);
	if (s->has_avail)
		ol_state_of(old, now, &s->ram, &s->avail, s->views, &s->state);
	else
		s->state = (struct ol_state){
			.id = OL_STATE_UNKNOWN,
			.cgroup = -1,
			.headline = { .id = OL_NOTE_NO_MEMINFO },
		};
	return 0;
}

void ol_snap_done(struct ol_snap *s)
{
	free(s->views);
	free(s->folds);
	*s = (struct ol_snap){ 0 };
}

static int by_slab_size(const void *a, const void *b)
{
	const struct ol_row *x = *(const struct ol_row *const *)a;
	const struct ol_row *y = *(const struct ol_row *const *)b;
	int64_t p = ol_row_val(x, OL_SLAB_total_kb), q = ol_row_val(y, OL_SLAB_total_kb);

	/* rows of one pool: their order is the kernel's */
	return p != q ? (p < q ? 1 : -1) : (x > y) - (x < y);
}

uint32_t ol_snap_slabs(const struct ol_tick *t, const struct ol_row **ret)
{
	uint32_t n = t->tab[OL_T_SLAB].n;

	for (uint32_t i = 0; i < n; i++)
		ret[i] = ol_tick_row(t, OL_T_SLAB, i);
	qsort(ret, n, sizeof(*ret), by_slab_size);
	return n;
}

static int by_usage(const void *a, const void *b)
{
	const struct ol_cgview *x = *(const struct ol_cgview *const *)a;
	const struct ol_cgview *y = *(const struct ol_cgview *const *)b;

	if (x->usage_kb != y->usage_kb)
		return x->usage_kb < y->usage_kb ? 1 : -1;
	return (x > y) - (x < y);
}

uint32_t ol_snap_listed(const struct ol_snap *s, const struct ol_cgview **ret)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->now->tab[OL_T_CGROUP].n; i++)
		if (s->views[i].listed)
			ret[n++] = &s->views[i];
	qsort(ret, n, sizeof(*ret), by_usage);
	return n;
}

int ol_zone_unusable(const struct ol_row *zone, unsigned order)
{
	double all = 0, large = 0;
	bool known = false;

	for (unsigned o = 0; o < 16; o++) {
		enum ol_row_field f = (enum ol_row_field)(OL_ZONE_free_order0 + o);
		double pages = (double)ol_row_val(zone, f) * (double)(1u << o);

		if (!ol_row_has(zone, f))
			continue;
		known = true;
		all += pages;
		if (o >= order)
			large += pages;
	}
	return known && all > 0 ? (int)((all - large) * 1000 / all + 0.5) : -1;
}

bool ol_zone_serves_kernel(struct ol_span zone)
{
	return !ol_span_eqs(zone, "HighMem") && !ol_span_eqs(zone, "Movable") &&
	       !ol_span_eqs(zone, "Device");
}
