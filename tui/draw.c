// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/app_impl.h"
#include "analyze/memory/rates.h"
#include "lib/columns.h"
#include "lib/human.h"
#include "lib/num.h"

#include <stdio.h>
#include <stdlib.h>

/* What all views share: the header, the line of keys, help, the text of an event. */

void ol_app_gauge(struct ol_grid *g, int x, int y, int columns, int64_t part, int64_t whole,
		  enum ol_ink ink)
{
	int n = whole > 0 ? (int)((double)part / (double)whole * columns + 0.5) : 0;

	n = n < 0 ? 0 : n > columns ? columns : n;
	ol_grid_fill(g, x, y, n, g->utf8 ? 0x2588 : '#', ink);
	ol_grid_fill(g, x + n, y, columns - n, g->utf8 ? 0x2591 : '.', OL_INK_DIM);
}

static const char letters[OL_RG_MAX] = {
	[OL_RG_ANON] = 'A',  [OL_RG_SHMEM] = 'H',       [OL_RG_CLEAN] = 'C',
	[OL_RG_DIRTY] = 'D', [OL_RG_SLAB] = 'S',        [OL_RG_KERNEL] = 'K',
	[OL_RG_HUGE] = 'G',  [OL_RG_UNACCOUNTED] = '?', [OL_RG_FREE] = '.',
};

/* "/roots/web1.tar.gz", "/roots/web1/": the last part of a root's path says it: "web1" */
static struct ol_span name_of(const char *path)
{
	struct ol_span s = ol_span_str(path), last;
	ssize_t at;

	while (s.n > 1 && s.p[s.n - 1] == '/')
		s.n--;
	at = ol_span_rfind(s, OL_SPAN("/"));
	last = ol_span_skip(s, (size_t)(at + 1));
	at = ol_span_rfind(last, OL_SPAN(".tar"));
	if (at > 0)
		last.n = (size_t)at;
	return last.n ? last : s;
}

static void draw_tabs(struct ol_app *a, struct ol_grid *g)
{
	struct ol_span what = a->opts.what ? name_of(a->opts.what) : ol_span_str(a->now->host);
	char when[16], right[200];
	int x = 0, all = 0;

	for (int i = 0; i < OL_VIEWS; i++)
		all += 4 + (int)strlen(ol_views[i]->title);
	ol_grid_fill(g, 0, 0, g->w, ' ', OL_INK_TITLE);
	for (int i = 0; i < OL_VIEWS; i++) {
		enum ol_ink ink = i == a->view ? OL_INK_SELECTED : OL_INK_TITLE;

		a->tabs_x[i] = x;
		/* where not all titles fit, that of the view shown */
		if (all <= g->w || i == a->view)
			x += ol_grid_printf(g, x, 0, ink, " %d %s ", i + 1, ol_views[i]->title);
		else
			x += ol_grid_printf(g, x, 0, ink, " %d ", i + 1);
	}
	a->tabs_x[OL_VIEWS] = x;
	ol_app_clock(a, a->now->boot_us, when);
	snprintf(right, sizeof(right), "%s" OL_SPAN_FMT " %s ", a->paused ? "PAUSED  " : "",
		 OL_SPAN_ARG(what), when);
	if (g->w - x > 9)
		ol_grid_right(g, x, 0, g->w - x, right, OL_INK_TITLE);
}

/* Where not all of it fits, the smallest are left out. */
static void draw_legend(struct ol_grid *g, int y, const int64_t *kb)
{
	char items[OL_RG_MAX][64];
	bool shown[OL_RG_MAX] = { false };
	int x = 0, used = 0;

	for (int n = 0; n < OL_RG_MAX; n++) {
		int most = -1, w;

		for (int k = 0; k < OL_RG_MAX; k++)
			if (!shown[k] && kb[k] && (most < 0 || kb[k] > kb[most]))
				most = k;
		if (most < 0)
			break;
		w = snprintf(items[most], sizeof(items[most]), "%s %s", ol_ram_group_words[most],
			     ol_fmt_kb(kb[most]).s);
		if (used + w + 2 > g->w)
			break;
		used += w + 4;
		shown[most] = true;
	}
	for (int k = 0; k < OL_RG_MAX; k++) {
		if (!shown[k])
			continue;
		if (g->color) {
			ol_grid_put(g, x, y, g->utf8 ? 0x2588 : '#', OL_INK_ANON + k);
			x += 2;
		} else {
			ol_grid_put(g, x, y, (uint32_t)letters[k], OL_INK_BOLD);
			ol_grid_put(g, x + 1, y, '=', OL_INK_TEXT);
			x += 2;
		}
		x += ol_grid_str(g, x, y, g->w - x, items[k], OL_INK_TEXT) + 2;
	}
}

/* The bar of all RAM, and below it where the audited range begins and ends. */
static void draw_bar(struct ol_app *a, struct ol_grid *g, int y)
{
	const struct ol_ram *ram = &a->snap.ram;
	int64_t kb[OL_RG_MAX] = { 0 }, sum = 0;
	int x = 0;

	for (int p = 0; p < OL_RAM_MAX; p++)
		kb[ol_ram_parts[p].group] += ram->kb[p];
	for (int k = 0; k < OL_RG_MAX; k++) {
		int to;

		sum += kb[k];
		to = (int)((double)sum / (double)ram->total_kb * g->w + 0.5);
		ol_grid_fill(g, x, y, to - x,
			     g->color ? (uint32_t)(g->utf8 ? 0x2588 : '#') : (uint32_t)letters[k],
			     OL_INK_ANON + k);
		x = to;
	}
	draw_legend(g, y + 1, kb);
}

/* At the right end of the bar lies what is free; the range is counted from there. */
static void draw_range(struct ol_app *a, struct ol_grid *g, int y)
{
	const struct ol_avail *v = &a->snap.avail;
	int64_t total = a->snap.ram.total_kb;
	int certain = (int)((double)v->certain_kb / (double)total * g->w + 0.5);
	int likely = (int)((double)v->likely_kb / (double)total * g->w + 0.5);
	char text[128];
	int n;

	if (!a->snap.has_avail)
		return;
	certain = certain > g->w ? g->w : certain;
	likely = likely > g->w ? g->w : likely < certain ? certain : likely;
	ol_grid_fill(g, g->w - likely, y, likely - certain, g->utf8 ? 0x2504 : '-', OL_INK_WARN);
	ol_grid_fill(g, g->w - certain, y, certain, g->utf8 ? 0x2501 : '=', OL_INK_GOOD);
	n = snprintf(text, sizeof(text), "available %s certain, %s at most ",
		     ol_fmt_kb(v->certain_kb).s, ol_fmt_kb(v->likely_kb).s);
	ol_grid_str(g, n < g->w - likely ? g->w - likely - n : 0, y, g->w, text, OL_INK_TEXT);
}

/* One field of the line of pressure: its width never changes, so that nothing jumps. */
struct field {
	char s[80];
	int width;
	enum ol_ink ink;
};

static struct field swap_field(const struct ol_tick *t)
{
	struct field f = { .width = 26, .ink = OL_INK_DIM };
	int64_t all = ol_val(t, OL_M_swap_total_kb), used;

	if (!ol_has(t, OL_M_swap_total_kb)) {
		snprintf(f.s, sizeof(f.s), "swap not known");
		f.width = 14;
	} else if (!all) {
		snprintf(f.s, sizeof(f.s), "no swap");
		f.width = 7;
	} else {
		used = ol_above0(all - ol_val(t, OL_M_swap_free_kb));
		snprintf(f.s, sizeof(f.s), "swap %8s of %s", ol_fmt_kb(used).s, ol_fmt_kb(all).s);
		f.ink = used > all / 10 * 9 ? OL_INK_WARN : OL_INK_TEXT;
	}
	return f;
}

static struct field psi_field(const struct ol_tick *t)
{
	struct field f = { .width = 27, .ink = OL_INK_TEXT };
	int64_t some = ol_val(t, OL_M_psi_memory_some_avg10);
	int64_t full = ol_val(t, OL_M_psi_memory_full_avg10);

	if (!ol_has(t, OL_M_psi_memory_some_avg10)) {
		snprintf(f.s, sizeof(f.s), "no PSI: needs CONFIG_PSI, psi=1");
		f.width = 31;
		f.ink = OL_INK_DIM;
		return f;
	}
	snprintf(f.s, sizeof(f.s), "PSI some%6.2f%% full%6.2f%%", (double)some / 100,
		 (double)full / 100);
	f.ink = full >= OL_PSI_FULL_THRASH ? OL_INK_ALERT
		: some >= OL_PSI_SOME_FELT ? OL_INK_WARN
					   : OL_INK_TEXT;
	return f;
}

static struct field rate_field(const struct ol_app *a, const char *words, enum ol_metric m,
			       enum ol_ink ink)
{
	struct field f = { .width = (int)strlen(words) + 11, .ink = OL_INK_TEXT };
	int64_t d;

	if (!a->seconds || !a->now->page_kb || !ol_delta(a->old, a->now, m, &d)) {
		snprintf(f.s, sizeof(f.s), "%s        - ", words);
		f.ink = OL_INK_DIM;
		return f;
	}
	snprintf(f.s, sizeof(f.s), "%s %8s/s", words,
		 ol_fmt_kb((int64_t)((double)d * a->now->page_kb / a->seconds)).s);
	f.ink = d ? ink : OL_INK_TEXT;
	return f;
}

/* Swap, waiting, reclaim and refaults: a line, or two where one is too narrow. Returns how many. */
static int draw_pressure(struct ol_app *a, struct ol_grid *g, int y, int h)
{
	struct field f[] = {
		swap_field(a->now),
		psi_field(a->now),
		rate_field(a, "reclaim", OL_M_pgscan_kswapd, OL_INK_WARN),
		rate_field(a, "direct", OL_M_pgscan_direct, OL_INK_ALERT),
		rate_field(a, "refaults", OL_M_refault_file, OL_INK_WARN),
	};
	int x = 0, lines = 1;

	for (size_t i = 0; i < sizeof(f) / sizeof(f[0]); i++) {
		if (x && x + f[i].width > g->w) {
			if (lines == h)
				break;
			lines++;
			x = 0;
		}
		ol_grid_str(g, x, y + lines - 1, g->w - x, f[i].s, f[i].ink);
		x += f[i].width + 2;
	}
	return lines;
}

static void draw_bottom(struct ol_app *a, struct ol_grid *g)
{
	struct ol_table_state *t = &a->tables[a->view];
	const struct ol_view *v = ol_views[a->view];
	int y = g->h - 1;
	char right[64] = "";

	ol_grid_fill(g, 0, y, g->w, ' ', OL_INK_TITLE);
	if (v->columns && t->n && g->w > 60)
		snprintf(right, sizeof(right), " %u/%u ", t->sel + 1, t->n);
	ol_grid_right(g, 0, y, g->w, right, OL_INK_TITLE);
	if (v->columns && (t->filtering || t->filter[0]))
		ol_grid_printf(g, 0, y, OL_INK_TITLE, "filter: %s%s", t->filter,
			       t->filtering ? "_   (Enter keeps it, Esc drops it)"
					    : "   (Esc drops it)");
	else
		ol_grid_str(g, 0, y, g->w - (int)strlen(right), v->keys, OL_INK_TITLE);
}

/* Words from (@x, @y) on, broken at the right edge; returns the line behind them. */
static int draw_wrapped(struct ol_grid *g, int x, int y, const char *words, enum ol_ink ink)
{
	struct ol_span rest = ol_span_str(words), word;
	int at = x;

	while (ol_span_token(&rest, &word)) {
		if (at > x && at + 1 + (int)word.n > g->w) {
			y++;
			at = x;
		}
		at += at > x;
		at += ol_grid_text(g, at, y, g->w - at, word, ink);
	}
	return y + 1;
}

static void draw_help(struct ol_app *a, struct ol_grid *g)
{
	static const char *const notes[] = {
		"The bar is all RAM. The line under it reaches, from the right end, over what one "
		"more program can get: for certain (thick, =), and at most (thin, -), if dirty, "
		"mapped and unused kernel caches come back as well.",
		"On the time axis: K a kill, k a kill in a control group, F a failed allocation.",
	};
	int y = 2 - (int)ol_min(a->shown_top, 200), keys = g->w >= 70 ? 27 : g->w / 3, end;

	for (const struct ol_key_help *k = ol_app_keys; k->keys; k++) {
		int left = y;

		ol_grid_str(g, 1, left, keys - 2, k->keys, OL_INK_BOLD);
		y = draw_wrapped(g, keys, y, k->what, OL_INK_TEXT);
	}
	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++)
		y = draw_wrapped(g, 1, y + 1, notes[i], OL_INK_DIM);
	end = y + (int)ol_min(a->shown_top, 200);
	if (y < g->h - 1 && a->shown_top) /* scrolled too far: at the next time it is right */
		a->shown_top = (uint32_t)(end > g->h - 1 ? end - (g->h - 1) : 0);
	ol_grid_fill(g, 0, 0, g->w, ' ', OL_INK_TITLE);
	ol_grid_str(g, 0, 0, g->w, " Keys of oomlens top", OL_INK_TITLE);
	ol_grid_fill(g, 0, 1, g->w, ' ', OL_INK_TEXT);
	ol_grid_fill(g, 0, g->h - 1, g->w, ' ', OL_INK_TITLE);
	ol_grid_str(g, 0, g->h - 1, g->w,
		    end > g->h - 1 ? " Up Down scroll  any other key: back" : " any key: back",
		    OL_INK_TITLE);
}

/* How much of @s, one line that is safe, goes on a line of @columns: whole words if possible. */
static size_t line_part(struct ol_span s, int columns)
{
	unsigned used;
	size_t n = ol_text_fit(s, (unsigned)columns, &used), cut = n;

	if (n >= s.n || !n)
		return n ? n : s.n;
	while (cut && s.p[cut] != ' ')
		cut--;
	return cut > n / 2 ? cut : n;
}

/* The explanation of an event, as a pager would show it. */
static void draw_event(struct ol_app *a, struct ol_grid *g)
{
	struct ol_span rest = a->shown->text;
	uint32_t n = 0, room = (uint32_t)(g->h > 1 ? g->h - 1 : 0);
	struct ol_out safe;

	if (a->shown_top && a->shown_lines <= (uint64_t)room + a->shown_top)
		a->shown_top = a->shown_lines > room ? a->shown_lines - room : 0;
	ol_out_init(&safe, -1);
	while (rest.n) {
		ssize_t nl = ol_span_chr(rest, '\n');
		struct ol_span line = ol_span_head(rest, nl < 0 ? rest.n : (size_t)nl);

		rest = ol_span_skip(rest, nl < 0 ? rest.n : (size_t)nl + 1);
		safe.n = 0;
		ol_out_safe(&safe, line);
		line = ol_span(safe.buf, safe.n);
		do {
			size_t part = line_part(line, g->w);

			if (n >= a->shown_top && n - a->shown_top < room)
				ol_grid_text(g, 0, (int)(n - a->shown_top), g->w,
					     ol_span_head(line, part), OL_INK_TEXT);
			n++;
			line = ol_span_skip(line, part);
			while (line.n && line.p[0] == ' ')
				line = ol_span_skip(line, 1);
		} while (line.n);
	}
	ol_out_done(&safe);
	a->shown_lines = n;
	ol_grid_fill(g, 0, g->h - 1, g->w, ' ', OL_INK_TITLE);
	ol_grid_str(g, 0, g->h - 1, g->w, " Up Down PgUp PgDn Home End scroll  q Esc back",
		    OL_INK_TITLE);
	if (n > room)
		ol_grid_right(g, 0, g->h - 1, g->w, a->shown_top + room >= n ? " END " : " more ",
			      OL_INK_TITLE);
}

static enum ol_ink state_ink(enum ol_state_id id)
{
	switch (id) {
	case OL_HEALTHY:
		return OL_INK_GOOD;
	case OL_RECLAIMING:
		return OL_INK_WARN;
	case OL_THRASHING:
	case OL_NEAR_OOM:
		return OL_INK_ALERT;
	default:
		return OL_INK_BOLD;
	}
}

void ol_app_draw(struct ol_app *a, struct ol_grid *g)
{
	const struct ol_view *v = ol_views[a->view];
	char words[OL_NOTE_ROOM];
	int y = 1;

	ol_grid_clear(g);
	a->page = g->h - 1;
	a->table_h = a->chart_h = 0;
	if (!a->now)
		return;
	if (a->help) {
		draw_help(a, g);
		return;
	}
	if (a->shown) {
		draw_event(a, g);
		return;
	}
	draw_tabs(a, g);
	ol_grid_str(g, 0, y++, g->w, a->opts.words(&a->snap.state.headline, words),
		    state_ink(a->snap.state.id));
	if (a->snap.has_ram && g->h >= 14) {
		draw_bar(a, g, y);
		draw_range(a, g, y + 2);
		y += 3;
	}
	y += draw_pressure(a, g, y, g->h >= 20 ? 2 : 1);
	if (v->above)
		y += v->above(a, g, y, g->h - 1 - y);
	if (v->columns)
		ol_table_draw(a, v, g, y, g->h - 1 - y);
	draw_bottom(a, g);
}
