// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/app_impl.h"
#include "lib/human.h"

#include <stdio.h>

static int draw_evidence(struct ol_app *a, struct ol_grid *g, int y, int h)
{
	const struct ol_state *s = &a->snap.state;
	int n = 0;

	for (unsigned i = 0; i < s->n && n < h; i++, n++)
		ol_grid_str(g, 1, y + n, g->w - 1, s->evidence[i], OL_INK_DIM);
	return n;
}

/* The largest parts of RAM, in two columns where there is room. */
static int draw_parts(struct ol_app *a, struct ol_grid *g, int y, int h)
{
	const struct ol_ram *ram = &a->snap.ram;
	int columns = g->w >= 120 ? 2 : 1, width = g->w / columns, order[OL_RAM_MAX], n = 0;

	for (int p = 0; p < OL_RAM_MAX; p++) {
		int k;

		if (!ram->has[p] || !ram->kb[p])
			continue;
		for (k = n++; k && ram->kb[order[k - 1]] < ram->kb[p]; k--)
			order[k] = order[k - 1];
		order[k] = p;
	}
	if (n > h * columns)
		n = h * columns;
	for (int i = 0; i < n; i++) {
		int p = order[i], lines = (n + columns - 1) / columns;
		int x = i / lines * width, row = y + i % lines;
		enum ol_ink ink = OL_INK_ANON + ol_ram_parts[p].group;

		ol_grid_str(g, x + 1, row, 40, ol_ram_parts[p].words, OL_INK_TEXT);
		ol_grid_right(g, x + 41, row, 10, ol_fmt_kb(ram->kb[p]).s, OL_INK_TEXT);
		if (width > 60)
			ol_app_gauge(g, x + 53, row, width - 55, ram->kb[p], ram->total_kb, ink);
	}
	return (n + columns - 1) / columns;
}

static int above(struct ol_app *a, struct ol_grid *g, int y, int h)
{
	int top = y, chart = h / 2 > 20 ? h / 2 : h > 14 ? h - 7 : h - 4;

	if (chart > h)
		chart = h;
	if (chart >= 5) {
		ol_chart_draw(a, g, y, chart);
		y += chart;
		h -= chart;
	}
	if (a->snap.has_ram)
		y += draw_parts(a, g, y, h > 10 ? h - (int)a->snap.state.n - 1 : h);
	h -= y - top - chart;
	if (h > 1)
		y += draw_evidence(a, g, y + 1, h - 1);
	return y - top;
}

const struct ol_view ol_view_overview = {
	.name = "overview",
	.title = "Overview",
	.above = above,
	.key = ol_chart_key,
};
