// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/app_impl.h"
#include "lib/human.h"
#include "lib/num.h"

#include <stdio.h>

/*
 * A zone: free against its watermarks, free blocks per order, how much of it is too small to use.
 */

static int64_t zone_kb(const struct ol_tick *t, const struct ol_row *z, enum ol_row_field f)
{
	return ol_mul(ol_above0(ol_row_val(z, f)), t->page_kb);
}

/* The gauge reaches from nothing to four times the high watermark, where the questions are. */
static void gauge(struct ol_grid *g, int x, int y, int w, int64_t free_kb, int64_t min, int64_t low,
		  int64_t high)
{
	int64_t scale = ol_max(ol_mul(high, 4), 1);
	enum ol_ink ink = free_kb < min ? OL_INK_ALERT : free_kb < low ? OL_INK_WARN : OL_INK_GOOD;
	int64_t marks[3] = { min, low, high };

	ol_app_gauge(g, x, y, w, free_kb, scale, ink);
	for (int i = 0; i < 3; i++) {
		int at = (int)((double)marks[i] / (double)scale * w);

		if (high && at < w)
			ol_grid_put(g, x + at, y, (uint32_t) "mlh"[i], OL_INK_BOLD);
	}
}

/* Of 0 … 99999 all digits, of more the thousands. */
static void count(char *ret, size_t size, int64_t n)
{
	if (n < 100000)
		snprintf(ret, size, "%lld", (long long)n);
	else if (n < 100000000)
		snprintf(ret, size, "%lldk", (long long)(n / 1000));
	else
		snprintf(ret, size, "%lldM", (long long)(n / 1000000));
}

static void draw_orders(const struct ol_row *z, struct ol_grid *g, int y, int h)
{
	int width = (g->w - 18) / 11, left = 18;
	char text[32];

	width = width < 5 ? 5 : width > 8 ? 8 : width;
	ol_grid_str(g, 2, y, left - 3, "order", OL_INK_DIM);
	ol_grid_str(g, 2, y + 1, left - 3, "free blocks", OL_INK_DIM);
	if (h > 2)
		ol_grid_str(g, 2, y + 2, left - 3, "free below it", OL_INK_DIM);
	for (unsigned o = 0; o < 16 && ol_row_has(z, OL_ZONE_free_order0 + o); o++) {
		int x = left + (int)o * width, unusable = ol_zone_unusable(z, o);

		snprintf(text, sizeof(text), "%u", o);
		ol_grid_right(g, x, y, width - 1, text, OL_INK_DIM);
		count(text, sizeof(text), ol_row_val(z, OL_ZONE_free_order0 + o));
		ol_grid_right(g, x, y + 1, width - 1, text, OL_INK_TEXT);
		if (h < 3 || !o || unusable < 0)
			continue;
		snprintf(text, sizeof(text), "%d%%", (unusable + 5) / 10);
		ol_grid_right(g, x, y + 2, width - 1, text,
			      unusable >= 950   ? OL_INK_ALERT
			      : unusable >= 700 ? OL_INK_WARN
						: OL_INK_TEXT);
	}
}

static int draw_zone(const struct ol_tick *t, const struct ol_row *z, struct ol_grid *g, int y,
		     int h)
{
	int64_t free_kb = zone_kb(t, z, OL_ZONE_free_pages), min = zone_kb(t, z, OL_ZONE_min_pages);
	int64_t low = zone_kb(t, z, OL_ZONE_low_pages), high = zone_kb(t, z, OL_ZONE_high_pages);
	char title[40];
	int x;

	snprintf(title, sizeof(title), "node %d ", z->id);
	x = ol_grid_str(g, 0, y, g->w, title, OL_INK_BOLD);
	ol_grid_text(g, x, y, 9, ol_tick_span(t, z->name), OL_INK_BOLD);
	x = 14;
	x += ol_grid_printf(g, x, y, OL_INK_TEXT, " %8s, free %8s",
			    ol_fmt_kb(zone_kb(t, z, OL_ZONE_managed_pages)).s,
			    ol_fmt_kb(free_kb).s);
	if (free_kb < min)
		x += ol_grid_str(g, x, y, g->w - x, " BELOW MIN", OL_INK_ALERT);
	else if (free_kb < low)
		x += ol_grid_str(g, x, y, g->w - x, " below low", OL_INK_WARN);
	ol_grid_printf(g, x, y, OL_INK_DIM, " min %s low %s high %s", ol_fmt_kb(min).s,
		       ol_fmt_kb(low).s, ol_fmt_kb(high).s);
	if (h < 2)
		return 1;
	gauge(g, 2, y + 1, g->w - 4, free_kb, min, low, high);
	if (h < 4 || !ol_row_has(z, OL_ZONE_free_order0))
		return 2;
	draw_orders(z, g, y + 2, h - 2);
	return h < 5 ? 4 : 5;
}

static int draw_nodes(const struct ol_tick *t, struct ol_grid *g, int y, int h)
{
	int n = 0;

	if (t->tab[OL_T_NODE].n < 2)
		return 0;
	for (uint32_t i = 0; i < t->tab[OL_T_NODE].n && n < h; i++, n++) {
		const struct ol_row *r = ol_tick_row(t, OL_T_NODE, i);

		ol_grid_printf(g, 0, y + n, OL_INK_TEXT,
			       "node %d: %s, free %s, anonymous %s, files %s, shared %s, slab %s",
			       r->id, ol_fmt_kb(ol_row_val(r, OL_NODE_mem_total_kb)).s,
			       ol_fmt_kb(ol_row_val(r, OL_NODE_mem_free_kb)).s,
			       ol_fmt_kb(ol_row_val(r, OL_NODE_anon_pages_kb)).s,
			       ol_fmt_kb(ol_row_val(r, OL_NODE_active_file_kb) +
					 ol_row_val(r, OL_NODE_inactive_file_kb))
				       .s,
			       ol_fmt_kb(ol_row_val(r, OL_NODE_shmem_kb)).s,
			       ol_fmt_kb(ol_row_val(r, OL_NODE_slab_reclaimable_kb) +
					 ol_row_val(r, OL_NODE_slab_unreclaimable_kb))
				       .s);
	}
	return n + 1;
}

static int above(struct ol_app *a, struct ol_grid *g, int y, int h)
{
	const struct ol_tick *t = a->now;
	struct ol_table_state *s = &a->tables[a->view];
	int top = y;
	uint32_t shown = 0, zones = 0;

	y += draw_nodes(t, g, y, h);
	if (!t->tab[OL_T_ZONE].n)
		ol_grid_printf(g, 0, y++, OL_INK_WARN, "/proc/zoneinfo could not be read: %s",
			       strerror(-t->src[OL_SRC_ZONEINFO].rc));
	for (uint32_t i = 0; i < t->tab[OL_T_ZONE].n; i++) {
		const struct ol_row *z = ol_tick_row(t, OL_T_ZONE, i);

		zones += ol_row_val(z, OL_ZONE_managed_pages) ||
			 ol_row_val(z, OL_ZONE_present_pages);
	}
	if (s->sel >= zones)
		s->sel = zones ? zones - 1 : 0;
	/* what does not fit is reached by scrolling zone by zone */
	for (uint32_t i = 0; i < t->tab[OL_T_ZONE].n && y < top + h; i++) {
		const struct ol_row *z = ol_tick_row(t, OL_T_ZONE, i);

		if (!ol_row_val(z, OL_ZONE_managed_pages) && !ol_row_val(z, OL_ZONE_present_pages))
			continue;
		if (shown++ < s->sel)
			continue;
		y += draw_zone(t, z, g, y, top + h - y) + 1;
	}
	return y - top;
}

static bool key(struct ol_app *a, int k)
{
	struct ol_table_state *s = &a->tables[a->view];

	switch (k) {
	case OL_KEY_DOWN:
	case OL_KEY_PGDN:
	case 'j':
		s->sel++;
		return true;
	case OL_KEY_UP:
	case OL_KEY_PGUP:
	case 'k':
		s->sel -= s->sel > 0;
		return true;
	case OL_KEY_HOME:
	case 'g':
		s->sel = 0;
		return true;
	case OL_KEY_END:
	case 'G':
		s->sel = UINT32_MAX / 2;
		return true;
	default:
		return false;
	}
}

const struct ol_view ol_view_zones = {
	.name = "zones",
	.title = "Zones",
	.keys = " ?help  1-6 view  Up Down scroll  space pause  q quit",
	.sources = 1u << OL_SRC_NODES,
	.above = above,
	.key = key,
};
