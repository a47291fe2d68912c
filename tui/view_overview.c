// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/app_impl.h"
#include "lib/human.h"

#include <stdio.h>

static int draw_evidence(struct ol_app *a, struct ol_grid *g, int y, int h)
{
	const struct ol_state *s = &a->snap.state;
	char to[OL_NOTE_ROOM];
	int n = 0;

	for (unsigned i = 0; i < s->n && n < h; i++, n++)
		ol_grid_str(g, 1, y + n, g->w - 1, a->opts.words(&s->evidence[i], to), OL_INK_DIM);
	return n;
}

/* The largest parts of RAM, in as many columns as have room. Returns the lines. */
static int draw_parts(struct ol_app *a, struct ol_grid *g, int y, int h)
{
	const struct ol_ram *ram = &a->snap.ram;
	int columns = g->w >= 240 ? 3 : g->w >= 120 ? 2 : 1, width = g->w / columns;
	int order[OL_RAM_MAX], n = 0, lines;

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
	lines = (n + columns - 1) / columns;
	for (int i = 0; i < n; i++) {
		int p = order[i], x = i / lines * width, row = y + i % lines;
		double share = 100.0 * (double)ram->kb[p] / (double)ram->total_kb;

		ol_grid_str(g, x + 1, row, 39, ol_ram_parts[p].words, OL_INK_TEXT);
		ol_grid_right(g, x + 40, row, 9, ol_fmt_kb(ram->kb[p]).s, OL_INK_TEXT);
		ol_grid_printf(g, x + 50, row, OL_INK_DIM, "%5.1f%%", share);
		if (width >= 70)
			ol_app_gauge(g, x + 57, row, width - 59, ram->kb[p], ram->total_kb,
				     OL_INK_ANON + ol_ram_parts[p].group);
	}
	return lines;
}

static int parts_lines(const struct ol_app *a, const struct ol_grid *g)
{
	int columns = g->w >= 240 ? 3 : g->w >= 120 ? 2 : 1, n = 0;

	for (int p = 0; p < OL_RAM_MAX; p++)
		n += a->snap.ram.has[p] && a->snap.ram.kb[p];
	return a->snap.has_ram ? (n + columns - 1) / columns : 0;
}

/* The chart takes what the lists leave; where that is little, the lists are cut. */
static int above(struct ol_app *a, struct ol_grid *g, int y, int h)
{
	int evidence = (int)a->snap.state.n, parts = parts_lines(a, g), chart, top = y;

	chart = h - parts - 1 - evidence - 1;
	if (chart < 10) {
		evidence = 0;
		chart = h - parts;
	}
	if (chart < 9)
		chart = h - 6 > 9 ? 9 : h - 6;
	if (chart < 5)
		chart = h;
	if (chart >= 5) {
		ol_chart_draw(a, g, y, chart);
		y += chart;
		h -= chart;
	}
	if (parts && h > 0) {
		parts = draw_parts(a, g, y, evidence ? h - evidence - 1 : h);
		y += parts;
		h -= parts;
	}
	if (evidence && h > 1)
		y += 1 + draw_evidence(a, g, y + 1, h - 1);
	return y - top;
}

const struct ol_view ol_view_overview = {
	.name = "overview",
	.title = "Overview",
	.keys = " ?help  1-6 view  left/right past  + - zoom  [ ] event  space pause  q quit",
	.above = above,
	.key = ol_chart_key,
};
