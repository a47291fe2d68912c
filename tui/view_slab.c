// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/app_impl.h"
#include "lib/human.h"
#include "lib/num.h"

#include <errno.h>
#include <stdio.h>

enum { SIZE, OBJECTS, USED, EACH, PER_S, OBJ_PER_S, SINCE, KIND, NAME, COLUMNS };

static const struct ol_column columns[COLUMNS] = {
	[SIZE] = { "size", 10, false, false, 0, 'c' },
	[OBJECTS] = { "objects", 10, false, false, 0, 'o' },
	[USED] = { "used", 5, false, false, 0, 'u' },
	[EACH] = { "each", 6, false, false, 1, 0 },
	[PER_S] = { "growth/s", 10, false, false, 0, 'v' },
	[OBJ_PER_S] = { "objects/s", 10, false, false, 2, 0 },
	[SINCE] = { "since start", 12, false, false, 0, 0 },
	[KIND] = { "reclaim", 8, false, false, 3, 0 },
	[NAME] = { "cache", 0, true, true, 0, 'n' },
};

static const struct ol_row *row_of(const struct ol_app *a, uint32_t i)
{
	return ol_tick_row(a->now, OL_T_SLAB, i);
}

static uint32_t rows(const struct ol_app *a)
{
	return a->now->tab[OL_T_SLAB].n;
}

static struct ol_span text(const struct ol_app *a, uint32_t i)
{
	return ol_tick_span(a->now, row_of(a, i)->name);
}

static double growth(const struct ol_app *a, uint32_t i, enum ol_row_field f, bool since_start)
{
	const struct ol_row *r = row_of(a, i);
	const struct ol_row *b = ol_app_before(a, since_start ? a->first : a->old, OL_T_SLAB, i);
	double d;

	if (since_start ? a->first == a->now || a->first->src[OL_SRC_SLABINFO].rc
			: !ol_app_rates(a, OL_SRC_SLABINFO))
		return 0;
	/* a cache that was not there before has all of its size as growth */
	d = (double)(ol_row_val(r, f) - (b ? ol_row_val(b, f) : 0));
	return since_start ? d : a->seconds > 0 ? d / a->seconds : 0;
}

static double value(const struct ol_app *a, uint32_t i, int column)
{
	const struct ol_row *r = row_of(a, i);

	switch (column) {
	case OBJECTS:
		return (double)ol_row_val(r, OL_SLAB_objects);
	case USED:
		return ol_row_val(r, OL_SLAB_objects) > 0
			       ? (double)ol_row_val(r, OL_SLAB_active_objects) /
					 (double)ol_row_val(r, OL_SLAB_objects)
			       : 0;
	case EACH:
		return (double)ol_row_val(r, OL_SLAB_object_bytes);
	case PER_S:
		return growth(a, i, OL_SLAB_total_kb, false);
	case OBJ_PER_S:
		return growth(a, i, OL_SLAB_active_objects, false);
	case SINCE:
		return growth(a, i, OL_SLAB_total_kb, true);
	case KIND:
		return (double)ol_row_val(r, OL_SLAB_reclaimable);
	default:
		return (double)ol_row_val(r, OL_SLAB_total_kb);
	}
}

static void signed_kb(struct ol_content *c, double kb)
{
	if (kb >= 0.5 || kb <= -0.5)
		snprintf(c->s, sizeof(c->s), "%s%s", kb > 0 ? "+" : "", ol_fmt_kb((int64_t)kb).s);
	if (kb > 0.5)
		c->ink = OL_INK_WARN;
}

static void cell(const struct ol_app *a, uint32_t i, int column, struct ol_content *c)
{
	const struct ol_row *r = row_of(a, i);
	double v = column == NAME ? 0 : value(a, i, column);

	switch (column) {
	case NAME:
		c->span = text(a, i);
		break;
	case SIZE:
		snprintf(c->s, sizeof(c->s), "%s", ol_fmt_kb(ol_row_val(r, OL_SLAB_total_kb)).s);
		break;
	case OBJECTS:
		snprintf(c->s, sizeof(c->s), "%lld", (long long)ol_row_val(r, OL_SLAB_objects));
		break;
	case USED:
		if (ol_row_val(r, OL_SLAB_objects) > 0)
			snprintf(c->s, sizeof(c->s), "%.0f%%", v * 100);
		break;
	case EACH:
		snprintf(c->s, sizeof(c->s), "%lld",
			 (long long)ol_row_val(r, OL_SLAB_object_bytes));
		break;
	case OBJ_PER_S:
		if (v >= 0.5 || v <= -0.5)
			snprintf(c->s, sizeof(c->s), "%+.0f", v);
		break;
	case KIND:
		if (ol_row_has(r, OL_SLAB_reclaimable))
			snprintf(c->s, sizeof(c->s), "%s",
				 ol_row_val(r, OL_SLAB_reclaimable) ? "yes" : "no");
		c->ink = OL_INK_DIM;
		break;
	default:
		signed_kb(c, v);
	}
}

/* Who may read it, where we may not. */
static const char *trouble(const struct ol_tick *t)
{
	int rc = t->src[OL_SRC_SLABINFO].rc;

	if (rc == -EACCES || rc == -EPERM)
		return "the caches themselves are in /proc/slabinfo: root or "
		       "CAP_DAC_READ_SEARCH may read it (sudo oomlens top)";
	if (rc == -ENOENT)
		return "there is no /proc/slabinfo here: a kernel without CONFIG_SLUB_DEBUG, or a "
		       "root that was captured without it";
	return rc ? strerror(-rc) : NULL;
}

static int above(struct ol_app *a, struct ol_grid *g, int y, int h)
{
	const struct ol_tick *t = a->now;
	const char *why = trouble(t);
	int x = 0;

	if (h < 4)
		return 0;
	if (ol_has(t, OL_M_slab_reclaimable_kb))
		x = ol_grid_printf(g, 0, y, OL_INK_TEXT, "slab: %8s with a shrinker, %8s without  ",
				   ol_fmt_kb(ol_val(t, OL_M_slab_reclaimable_kb)).s,
				   ol_fmt_kb(ol_val(t, OL_M_slab_unreclaimable_kb)).s);
	if (ol_has(t, OL_M_dentries) && g->w - x > 36)
		x += ol_grid_printf(g, x, y, OL_INK_TEXT, "dentries %9lld, in use %9lld  ",
				    (long long)ol_val(t, OL_M_dentries),
				    (long long)ol_above0(ol_val(t, OL_M_dentries) -
							 ol_val(t, OL_M_dentries_unused)));
	if (ol_has(t, OL_M_inodes) && g->w - x > 17)
		ol_grid_printf(g, x, y, OL_INK_TEXT, "inodes %9lld",
			       (long long)ol_val(t, OL_M_inodes));
	if (why)
		ol_grid_str(g, 0, y + 1, g->w, why, OL_INK_WARN);
	return why ? 2 : 1;
}

const struct ol_view ol_view_slab = {
	.name = "slab",
	.title = "Slab",
	.keys = " ?help  1-6 view  < > sort  r reverse  / filter  space pause  q quit",
	.sources = 1u << OL_SRC_SLABINFO | 1u << OL_SRC_SLABSYS,
	.columns = columns,
	.n_columns = COLUMNS,
	.sort = SIZE,
	.rows = rows,
	.cell = cell,
	.value = value,
	.text = text,
	.above = above,
};
