// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/app_impl.h"
#include "lib/human.h"
#include "lib/num.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * Cache against anonymous memory over time, with slab and shared memory; free is read at the
 * cursor.
 */
static const struct {
	enum ol_ram_group group;
	enum ol_ink ink;
	char letter;
	const char *words;
} series[] = {
	/* drawn in this order: what comes later covers what came before */
	{ OL_RG_SLAB, OL_INK_SLAB, 'S', "slab" },
	{ OL_RG_SHMEM, OL_INK_SHMEM, 'H', "shared" },
	{ OL_RG_CLEAN, OL_INK_CLEAN, 'C', "cache" },
	{ OL_RG_ANON, OL_INK_ANON, 'A', "anonymous" },
};
enum { SERIES = sizeof(series) / sizeof(series[0]), AXIS = 9 };

static int64_t value(const struct ol_sample *s, int k)
{
	/* dirty cache is cache too */
	return ol_sample_kb(s, series[k].group) +
	       (series[k].group == OL_RG_CLEAN ? ol_sample_kb(s, OL_RG_DIRTY) : 0);
}

static const int64_t steps_us[] = {
	250000,   500000,   1000000,   2000000,   5000000,   10000000,
	30000000, 60000000, 120000000, 300000000, 600000000,
};
enum { STEPS = sizeof(steps_us) / sizeof(steps_us[0]) };

bool ol_chart_key(struct ol_app *a, int key)
{
	int i = 0;

	while (i < STEPS - 1 && steps_us[i] < a->step_us)
		i++;
	switch (key) {
	case '+':
	case '=':
		a->step_us = steps_us[i > 0 ? i - 1 : 0];
		return true;
	case '-':
	case '_':
		a->step_us = steps_us[i < STEPS - 1 ? i + 1 : i];
		return true;
	case OL_KEY_LEFT:
		a->cursor++;
		return true;
	case OL_KEY_RIGHT:
		if (a->cursor >= 0)
			a->cursor--;
		return true;
	case OL_KEY_ESC:
		a->cursor = -1;
		return true;
	default:
		return false;
	}
}

/* Dots of a braille cell: left column 1 2 3 7, right column 4 5 6 8, from above. */
static const uint8_t dots[4][2] = {
	{ 0x01, 0x08 }, { 0x02, 0x10 }, { 0x04, 0x20 }, { 0x40, 0x80 }
};

/* The dot (@x, @y) of the plot whose upper left cell is (@left, @top). */
static void dot(struct ol_grid *g, int left, int top, int x, int y, enum ol_ink ink)
{
	int cx = left + x / 2, cy = top + y / 4;
	uint32_t old;

	if (cx < 0 || cy < 0 || cx >= g->w || cy >= g->h)
		return;
	old = g->cells[cy * g->w + cx].cp;
	ol_grid_put(g, cx, cy, (old >= 0x2800 && old < 0x2900 ? old : 0x2800) | dots[y % 4][x % 2],
		    ink);
}

static void plot(struct ol_grid *g, int left, int top, int h, const struct ol_sample **s, int n,
		 int k, int64_t max)
{
	int last = -1, per = g->utf8 ? 4 : 1;

	for (int i = 0; i < n; i++) {
		int level, y;

		if (!s[i]) {
			last = -1;
			continue;
		}
		level = (int)((double)value(s[i], k) / (double)max * (h * per - 1) + 0.5);
		y = h * per - 1 - (level < 0 ? 0 : level > h * per - 1 ? h * per - 1 : level);
		if (!g->utf8) {
			ol_grid_put(g, left + i, top + y, (uint32_t)series[k].letter,
				    series[k].ink);
			continue;
		}
		dot(g, left, top, i, y, series[k].ink);
		for (int to = last; to >= 0 && to != y; to += to < y ? 1 : -1)
			dot(g, left, top, i, to, series[k].ink);
		last = y;
	}
}

static void axis(const struct ol_app *a, struct ol_grid *g, int left, int y, int columns,
		 int64_t end, int64_t step)
{
	static const char marks[] = {
		[OL_MARK_KILL] = 'K', [OL_MARK_CGROUP] = 'k', [OL_MARK_FAILURE] = 'F'
	};

	ol_grid_fill(g, left, y, columns, g->utf8 ? 0x2500 : '-', OL_INK_DIM);
	for (int x = columns - 20; x >= 0; x -= 20) {
		int64_t back = (columns - x) * step;

		ol_grid_printf(g, left + x, y, OL_INK_DIM, "%s-%s", g->utf8 ? "\u2534" : "+",
			       ol_fmt_span_us(back).s);
	}
	ol_grid_right(g, left, y, columns, "now", OL_INK_DIM);
	for (int x = 0; x < columns; x++) {
		enum ol_mark_kind kind;

		if (ol_history_marked(&a->history, end - (columns - x) * step,
				      end - (columns - x - 1) * step, &kind))
			ol_grid_put(g, left + x, y, (uint32_t)marks[kind], OL_INK_ALERT);
	}
}

static void values(struct ol_app *a, struct ol_grid *g, int y, const struct ol_sample *s,
		   int64_t end)
{
	int x;

	if (a->cursor < 0 || !s)
		x = ol_grid_str(g, 0, y, g->w, s ? "now: " : "no samples yet", OL_INK_DIM);
	else
		x = ol_grid_printf(g, 0, y, OL_INK_BOLD,
				   "%s ago: ", ol_fmt_span_us(end - s->boot_us).s);
	for (int k = SERIES - 1; s && k >= 0; k--)
		x += ol_grid_printf(g, x, y, series[k].ink, "%s%s %s  ",
				    g->color ? "" : (char[]){ series[k].letter, '=', 0 },
				    series[k].words, ol_fmt_kb(value(s, k)).s);
	if (s)
		ol_grid_printf(g, x, y, OL_INK_FREE, "free %s",
			       ol_fmt_kb(ol_sample_kb(s, OL_RG_FREE)).s);
}

void ol_chart_draw(struct ol_app *a, struct ol_grid *g, int y, int h)
{
	int columns = g->w - AXIS, per = g->utf8 ? 2 : 1, n = columns * per, plot_h = h - 2, at;
	int64_t end = ol_history_end(&a->history), max = 1024;
	const struct ol_sample **s;

	if (columns < 10 || plot_h < 2)
		return;
	s = malloc(sizeof(*s) * (size_t)n);
	if (!s)
		return;
	if (end == OL_TIME_NONE)
		end = 0;
	ol_history_columns(&a->history, end, a->step_us / per, n, s);
	/* a value holds until the next tick is due */
	for (int i = 1; i < n; i++)
		if (!s[i] && s[i - 1] &&
		    end - (n - 1 - i) * (a->step_us / per) - s[i - 1]->boot_us <
			    a->opts.interval_us * 5 / 2)
			s[i] = s[i - 1];
	for (int i = 0; i < n; i++)
		for (int k = 0; s[i] && k < SERIES; k++)
			max = ol_max(max, value(s[i], k));
	max += max / 16;
	if (a->cursor >= columns)
		a->cursor = columns - 1;
	at = a->cursor < 0 ? n - 1 : n - 1 - a->cursor * per;
	values(a, g, y, at >= 0 ? s[at] : NULL, end);
	ol_grid_right(g, 0, y + 1, AXIS - 1, ol_fmt_kb(max).s, OL_INK_DIM);
	ol_grid_right(g, 0, y + plot_h, AXIS - 1, "0", OL_INK_DIM);
	for (int k = 0; k < SERIES; k++)
		plot(g, AXIS, y + 1, plot_h, s, n, k, max);
	for (int i = 0; a->cursor >= 0 && i < plot_h; i++) {
		int x = g->w - 1 - a->cursor;

		if (g->cells[(y + 1 + i) * g->w + x].cp == ' ')
			ol_grid_put(g, x, y + 1 + i, g->utf8 ? 0x2502 : '|', OL_INK_DIM);
	}
	axis(a, g, AXIS, y + h - 1, columns, end, a->step_us);
	free(s);
}
