// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/app_impl.h"
#include "lib/human.h"
#include "lib/num.h"

#include <stdio.h>

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
	{ OL_RG_ANON, OL_INK_ANON, 'A', "anon" },
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

/* Moves the cursor to the sample next to a moment; on the newest one there is no cursor. */
static void go(struct ol_app *a, int64_t us)
{
	const struct ol_sample *s;

	if (us == OL_TIME_NONE)
		return;
	s = ol_history_near(&a->history, us);
	a->cursor_us = s->boot_us == ol_history_end(&a->history) ? OL_TIME_NONE : s->boot_us;
}

/* By @columns, and by one sample at least. */
static void step(struct ol_app *a, int64_t from, int64_t columns)
{
	const struct ol_sample *near = ol_history_near(&a->history, from + columns * a->step_us);
	const struct ol_sample *next = ol_history_beside(&a->history, from, columns > 0 ? 1 : -1);

	if (near->boot_us != from)
		go(a, near->boot_us);
	else if (next)
		go(a, next->boot_us);
}

static void zoom(struct ol_app *a, int by)
{
	int i = 0;

	while (i < STEPS - 1 && steps_us[i] < a->step_us)
		i++;
	i += by;
	a->step_us = steps_us[i < 0 ? 0 : i >= STEPS ? STEPS - 1 : i];
}

bool ol_chart_key(struct ol_app *a, int key)
{
	int64_t end = ol_history_end(&a->history), at = a->cursor_us, page = a->chart_w / 2;

	if (end == OL_TIME_NONE)
		return false;
	if (at == OL_TIME_NONE)
		at = end;
	switch (key) {
	case '+':
	case '=':
		zoom(a, -1);
		return true;
	case '-':
	case '_':
		zoom(a, 1);
		return true;
	case OL_KEY_LEFT:
		step(a, at, -1);
		return true;
	case OL_KEY_RIGHT:
		step(a, at, 1);
		return true;
	case OL_KEY_PGUP:
		step(a, at, -ol_max(page, 1));
		return true;
	case OL_KEY_PGDN:
		step(a, at, ol_max(page, 1));
		return true;
	case OL_KEY_HOME:
		go(a, ol_history_begin(&a->history));
		return true;
	case '[':
		go(a, ol_history_next_mark(&a->history, at, -1));
		return true;
	case ']':
		go(a, ol_history_next_mark(&a->history, at, 1));
		return true;
	case OL_KEY_END:
	case OL_KEY_ESC:
		a->cursor_us = OL_TIME_NONE;
		return true;
	default:
		return false;
	}
}

void ol_chart_click(struct ol_app *a, int x)
{
	if (x >= a->chart_x && x < a->chart_x + a->chart_w)
		go(a, a->chart_end_us - (a->chart_x + a->chart_w - 1 - x) * a->step_us -
			      a->step_us / 2);
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
	int last = -1, per = g->utf8 ? 4 : 1, end = n - 1;

	while (end > 0 && !s[end])
		end--;

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
		/* without colours, lines of dots are told apart by a letter now and then */
		if (!g->color && (end - i) % 48 == 0)
			ol_grid_put(g, left + i / 2, top + y / 4, (uint32_t)series[k].letter,
				    series[k].ink);
	}
}

static void label(struct ol_grid *g, int x, int y, int64_t back_us)
{
	long long s = back_us / 1000000;

	if (s < 120)
		ol_grid_printf(g, x, y, OL_INK_DIM, "-%lld s", s);
	else if (s < 7200)
		ol_grid_printf(g, x, y, OL_INK_DIM, s % 60 ? "-%lld min %lld s" : "-%lld min",
			       s / 60, s % 60);
	else
		ol_grid_printf(g, x, y, OL_INK_DIM, s / 60 % 60 ? "-%lld h %lld min" : "-%lld h",
			       s / 3600, s / 60 % 60);
}

/* @end: moment of the right edge, @now: the newest one. */
static void axis(const struct ol_app *a, struct ol_grid *g, int left, int y, int columns,
		 int64_t end, int64_t now)
{
	static const char marks[] = {
		[OL_MARK_KILL] = 'K', [OL_MARK_CGROUP] = 'k', [OL_MARK_FAILURE] = 'F'
	};
	int64_t step = a->step_us, late = (now - end) / step * step;

	ol_grid_fill(g, left, y, columns, g->utf8 ? 0x2500 : '-', OL_INK_DIM);
	for (int x = columns - 20; x >= 0; x -= 20) {
		ol_grid_put(g, left + x, y, g->utf8 ? 0x2534 : '+', OL_INK_DIM);
		label(g, left + x + 1, y, (columns - x) * step + ol_above0(late));
	}
	if (late <= 0)
		ol_grid_right(g, left, y, columns, "now", OL_INK_DIM);
	for (int x = 0; x < columns; x++) {
		enum ol_mark_kind kind;

		if (ol_history_marked(&a->history, end - 1 - (columns - x) * step,
				      end - 1 - (columns - x - 1) * step, &kind))
			ol_grid_put(g, left + x, y, (uint32_t)marks[kind], OL_INK_ALERT);
	}
}

/* Words of fixed width: a number that grows moves nothing. */
static void values(struct ol_app *a, struct ol_grid *g, int y, const struct ol_sample *s)
{
	bool past = a->cursor_us != OL_TIME_NONE;
	char clock[16];
	int x = 0;

	if (!s) {
		ol_grid_str(g, 0, y, g->w, "no samples yet", OL_INK_DIM);
		return;
	}
	if (past && g->w >= 110) {
		ol_app_clock(a, s->boot_us, clock);
		x = ol_grid_printf(g, 0, y, OL_INK_BOLD, "%s, %s ago:", clock,
				   ol_fmt_span_us(a->now->boot_us - s->boot_us).s);
		x = x < 28 ? 28 : x + 2;
	} else if (g->w >= 110) {
		ol_grid_str(g, 0, y, g->w, "cache versus programs, now:", OL_INK_TEXT);
		x = 28;
	}
	for (int k = SERIES - 1; k >= -1; k--) {
		int64_t kb = k < 0 ? ol_sample_kb(s, OL_RG_FREE) : value(s, k);
		enum ol_ink ink = k < 0 ? OL_INK_FREE : series[k].ink;

		if (!g->color && k >= 0)
			x += ol_grid_printf(g, x, y, OL_INK_BOLD, "%c=", series[k].letter);
		x += ol_grid_printf(g, x, y, ink, "%s %8s", k < 0 ? "free" : series[k].words,
				    ol_fmt_kb(kb).s) +
		     1 + (g->w >= 90);
	}
}

/* The next of 1, 1.25, 1.5, 1.75, 2, 2.5, … times a power of two: the scale changes seldom. */
static int64_t round_up(int64_t kb)
{
	int64_t unit = 256;

	while (unit * 8 < kb && unit < INT64_MAX / 16)
		unit *= 2;
	return (kb + unit - 1) / unit * unit;
}

static void scale(struct ol_grid *g, int y, int plot_h, int64_t max)
{
	int parts = plot_h >= 16 ? 4 : plot_h >= 6 ? 2 : 1;

	for (int i = 0; i <= parts; i++)
		ol_grid_right(g, 0, y + (plot_h - 1) * i / parts, AXIS - 1,
			      i == parts ? "0" : ol_fmt_kb(max / parts * (parts - i)).s,
			      OL_INK_DIM);
}

static void cursor(struct ol_app *a, struct ol_grid *g, int y, int plot_h, int columns)
{
	int x = a->chart_x + columns - 1 - (int)((a->chart_end_us - 1 - a->cursor_us) / a->step_us);
	char text[64], clock[16];
	int n;

	if (x < a->chart_x || x >= a->chart_x + columns)
		return;
	for (int i = 0; i < plot_h; i++)
		if (g->cells[(y + i) * g->w + x].cp == ' ')
			ol_grid_put(g, x, y + i, g->utf8 ? 0x2502 : '|', OL_INK_BOLD);
	ol_app_clock(a, a->cursor_us, clock);
	n = snprintf(text, sizeof(text), " %s, %s ago ", clock,
		     ol_fmt_span_us(a->now->boot_us - a->cursor_us).s);
	ol_grid_str(g, x + n >= g->w ? x - n : x + 1, y, n, text, OL_INK_BOLD);
}

/*
 * The columns lie on a raster of moments that does not move with the newest one: else samples would
 * hop from column to column at every tick.
 */
void ol_chart_draw(struct ol_app *a, struct ol_grid *g, int y, int h)
{
	int columns = g->w - AXIS, per = g->utf8 ? 2 : 1, n = columns * per, plot_h = h - 2;
	int64_t now = ol_history_end(&a->history), max = 1024, end, sub = a->step_us / per;
	const struct ol_sample **s;

	if (columns < 10 || plot_h < 2 || now == OL_TIME_NONE ||
	    n > (int)(sizeof(a->columns) / sizeof(a->columns[0])))
		return;
	s = a->columns;
	end = now;
	/* a cursor that is further back than the screen is wide takes the screen with it */
	if (a->cursor_us != OL_TIME_NONE && a->cursor_us <= now - (columns - 1) * a->step_us)
		end = a->cursor_us + (columns - 1) / 2 * a->step_us;
	end = (end / a->step_us + 1) * a->step_us;
	a->chart_x = AXIS;
	a->chart_y = y + 1;
	a->chart_w = columns;
	a->chart_h = plot_h;
	a->chart_end_us = end;
	ol_history_columns(&a->history, end - 1, sub, n, s);
	/* a value holds until the next tick is due */
	for (int i = 1; i < n; i++)
		if (!s[i] && s[i - 1] && end - (n - i) * sub <= now &&
		    end - (n - i) * sub - s[i - 1]->boot_us < a->opts.interval_us * 5 / 2)
			s[i] = s[i - 1];
	for (int i = 0; i < n; i++)
		for (int k = 0; s[i] && k < SERIES; k++)
			max = ol_max(max, value(s[i], k));
	max = round_up(max + max / 32);
	values(a, g, y,
	       ol_history_near(&a->history, a->cursor_us == OL_TIME_NONE ? now : a->cursor_us));
	scale(g, y + 1, plot_h, max);
	for (int k = 0; k < SERIES; k++)
		plot(g, AXIS, y + 1, plot_h, s, n, k, max);
	axis(a, g, AXIS, y + h - 1, columns, end, now);
	if (a->cursor_us != OL_TIME_NONE)
		cursor(a, g, y + 1, plot_h, columns);
}
