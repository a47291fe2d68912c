// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/app_impl.h"
#include "analyze/rates.h"
#include "lib/human.h"
#include "lib/num.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const struct ol_view *const views[OL_VIEWS] = {
	&ol_view_overview, &ol_view_slab,      &ol_view_groups,
	&ol_view_zones,    &ol_view_processes, &ol_view_events,
};

const char *ol_app_view_name(int i)
{
	return i >= 0 && i < OL_VIEWS ? views[i]->name : NULL;
}

/* ---- life ---- */

struct ol_app *ol_app_new(const struct ol_app_opts *opts)
{
	struct ol_app *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->opts = *opts;
	a->first = ol_tick_new(NULL);
	a->ticks[0] = ol_tick_new(NULL);
	a->ticks[1] = ol_tick_new(NULL);
	if (!a->first || !a->ticks[0] || !a->ticks[1] || ol_history_init(&a->history)) {
		ol_app_free(a);
		return NULL;
	}
	a->view = opts->view >= 0 && opts->view < OL_VIEWS ? opts->view : 0;
	for (int i = 0; i < OL_VIEWS; i++) {
		a->tables[i].sort = views[i]->sort;
		a->tables[i].alt = views[i]->parent != NULL;
	}
	a->cursor = -1;
	a->step_us = 1000000;
	return a;
}

static void free_event(struct ol_app_event *e)
{
	free(e->text);
	*e = (struct ol_app_event){ 0 };
}

void ol_app_free(struct ol_app *a)
{
	if (!a)
		return;
	for (int i = 0; i < OL_VIEWS; i++)
		free(a->tables[i].order);
	for (unsigned i = 0; i < a->n_events; i++)
		free_event(&a->events[i]);
	ol_snap_done(&a->snap);
	ol_history_done(&a->history);
	ol_tick_free(a->first);
	ol_tick_free(a->ticks[0]);
	ol_tick_free(a->ticks[1]);
	free(a);
}

/* ---- ticks ---- */

struct ol_tick *ol_app_tick(struct ol_app *a)
{
	return a->n_ticks ? a->ticks[a->n_ticks % 2] : a->first;
}

/* What the kernel counted between two ticks becomes a line and a mark. */
static void notice_kills(struct ol_app *a)
{
	char line[320];
	int64_t n;

	for (uint32_t i = 0; i < a->now->tab[OL_T_CGROUP].n; i++) {
		const struct ol_row *now = ol_tick_row(a->now, OL_T_CGROUP, i);
		const struct ol_row *old = ol_app_before(a, a->old, OL_T_CGROUP, i);

		/* of the group itself where the kernel tells, else with its children */
		if (!old || !ol_row_has(now, OL_CGROUP_local_oom_kill) ||
		    !ol_row_has(old, OL_CGROUP_local_oom_kill))
			continue;
		n = ol_row_val(now, OL_CGROUP_local_oom_kill) -
		    ol_row_val(old, OL_CGROUP_local_oom_kill);
		if (n <= 0)
			continue;
		snprintf(line, sizeof(line), "%lld killed in group " OL_SPAN_FMT, (long long)n,
			 OL_SPAN_ARG(ol_span_head(ol_tick_span(a->now, now->name), 100)));
		ol_app_event(a, a->now->boot_us, OL_MARK_CGROUP, ol_span_str(line), OL_SPAN(""));
	}
	if (ol_delta(a->old, a->now, OL_M_oom_kills, &n) && n > 0) {
		snprintf(line, sizeof(line), "%lld processes killed for lack of memory (oom_kill)",
			 (long long)n);
		ol_app_event(a, a->now->boot_us, OL_MARK_KILL, ol_span_str(line), OL_SPAN(""));
	}
}

int ol_app_ticked(struct ol_app *a)
{
	int r;

	a->now = ol_app_tick(a);
	a->old = a->n_ticks > 1 ? a->ticks[(a->n_ticks - 1) % 2] : a->n_ticks ? a->first : NULL;
	a->n_ticks++;
	r = ol_snap_of(&a->snap, a->old, a->now);
	if (r)
		return r;
	a->seconds = ol_tick_seconds(a->old, a->now);
	a->seconds_all = ol_tick_seconds(a->first, a->now);
	if (a->snap.has_ram && a->now->boot_us != OL_TIME_NONE)
		ol_history_add(&a->history, a->now->boot_us, &a->snap.ram);
	if (a->old)
		notice_kills(a);
	return 0;
}

void ol_app_event(struct ol_app *a, int64_t boot_us, enum ol_mark_kind kind, struct ol_span line,
		  struct ol_span text)
{
	struct ol_app_event *e;

	if (a->n_events == OL_EVENTS_MAX) {
		a->shown = NULL;
		free_event(&a->events[0]);
		memmove(&a->events[0], &a->events[1], sizeof(a->events[0]) * (OL_EVENTS_MAX - 1));
		a->n_events--;
	}
	e = &a->events[a->n_events++];
	*e = (struct ol_app_event){ .boot_us = boot_us, .kind = kind };
	snprintf(e->line, sizeof(e->line), OL_SPAN_FMT, OL_SPAN_ARG(ol_span_head(line, 150)));
	if (text.n) {
		e->text = malloc(text.n);
		if (e->text) {
			memcpy(e->text, text.p, text.n);
			e->text_n = text.n;
		}
	}
	ol_history_mark(&a->history, boot_us, kind);
}

const struct ol_row *ol_app_before(const struct ol_app *a, const struct ol_tick *t,
				   enum ol_table_id id, uint32_t i)
{
	const struct ol_row *now = ol_tick_row(a->now, id, i), *r;
	struct ol_span name = ol_tick_span(a->now, now->name);

	if (!t || t == a->now)
		return NULL;
	/* rows keep their order as a rule */
	for (uint32_t k = i > 2 ? i - 2 : 0; k < i + 3 && k < t->tab[id].n; k++) {
		r = ol_tick_row(t, id, k);
		if (r->id == now->id &&
		    (id == OL_T_CGROUP || id == OL_T_PROC || r->sub == now->sub) &&
		    ol_span_eq(ol_tick_span(t, r->name), name))
			return r;
	}
	for (uint32_t k = 0; k < t->tab[id].n; k++) {
		r = ol_tick_row(t, id, k);
		if (r->id == now->id &&
		    (id == OL_T_CGROUP || id == OL_T_PROC || r->sub == now->sub) &&
		    ol_span_eq(ol_tick_span(t, r->name), name))
			return r;
	}
	return NULL;
}

const struct ol_snap *ol_app_snap(const struct ol_app *a)
{
	return a->now ? &a->snap : NULL;
}

bool ol_app_paused(const struct ol_app *a)
{
	return a->paused;
}

/* ---- drawing ---- */

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

static void draw_tabs(struct ol_app *a, struct ol_grid *g)
{
	char when[40], right[200];
	int x = 0;

	ol_grid_fill(g, 0, 0, g->w, ' ', OL_INK_TITLE);
	for (int i = 0; i < OL_VIEWS; i++) {
		a->tabs_x[i] = x;
		x += ol_grid_printf(g, x, 0, i == a->view ? OL_INK_SELECTED : OL_INK_TITLE,
				    " %d %s ", i + 1, views[i]->title);
	}
	a->tabs_x[OL_VIEWS] = x;
	if (a->now->real_us != OL_TIME_NONE) {
		ol_time_format(a->now->real_us / 1000000 * 1000000, true, when);
		snprintf(right, sizeof(right), "%s%s %.8s ", a->paused ? "PAUSED  " : "",
			 a->now->host, when + 11);
	} else {
		snprintf(right, sizeof(right), "%s%s ", a->paused ? "PAUSED  " : "", a->now->host);
	}
	if (g->w - x > 9)
		ol_grid_right(g, x, 0, g->w - x, right, OL_INK_TITLE);
}

/* Where not all of it fits, the smallest are left out. */
static void draw_legend(struct ol_grid *g, int y, const int64_t *kb)
{
	char items[OL_RG_MAX][48];
	bool shown[OL_RG_MAX] = { false };
	int x = 0, used = 0;

	for (int n = 0; n < OL_RG_MAX; n++) {
		int most = -1, w;

		for (int k = 0; k < OL_RG_MAX; k++)
			if (!shown[k] && kb[k] && (most < 0 || kb[k] > kb[most]))
				most = k;
		if (most < 0)
			break;
		w = snprintf(items[most], sizeof(items[most]), "%s%s %s  ",
			     g->color ? "" : (char[]){ letters[most], '=', 0 },
			     ol_ram_group_words[most], ol_fmt_kb(kb[most]).s);
		if (used + w > g->w + 2)
			break;
		used += w;
		shown[most] = true;
	}
	for (int k = 0; k < OL_RG_MAX; k++)
		if (shown[k])
			x += ol_grid_str(g, x, y, g->w - x, items[k], OL_INK_ANON + k);
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

static void draw_pressure(struct ol_app *a, struct ol_grid *g, int y)
{
	const struct ol_tick *t = a->now;
	int64_t d = 0;
	int x = 0;

	if (ol_val(t, OL_M_swap_total_kb))
		x += ol_grid_printf(
			g, x, y, OL_INK_TEXT, "swap %s of %s  ",
			ol_fmt_kb(ol_val(t, OL_M_swap_total_kb) - ol_val(t, OL_M_swap_free_kb)).s,
			ol_fmt_kb(ol_val(t, OL_M_swap_total_kb)).s);
	else if (ol_has(t, OL_M_swap_total_kb))
		x += ol_grid_str(g, x, y, g->w, "no swap  ", OL_INK_DIM);
	if (ol_has(t, OL_M_psi_memory_some_avg10)) {
		int64_t some = ol_val(t, OL_M_psi_memory_some_avg10);
		int64_t full = ol_val(t, OL_M_psi_memory_full_avg10);

		x += ol_grid_printf(g, x, y,
				    full >= 1000  ? OL_INK_ALERT
				    : some >= 100 ? OL_INK_WARN
						  : OL_INK_TEXT,
				    "waiting for memory: some %.2f%% full %.2f%%  ",
				    (double)some / 100, (double)full / 100);
	} else {
		x += ol_grid_str(g, x, y, g->w - x, "no pressure figures (PSI)  ", OL_INK_DIM);
	}
	if (!a->seconds)
		return;
	if (ol_delta(a->old, t, OL_M_pgscan_kswapd, &d))
		x += ol_grid_printf(g, x, y, d ? OL_INK_WARN : OL_INK_TEXT, "reclaim %s/s ",
				    ol_fmt_kb((int64_t)((double)d * t->page_kb / a->seconds)).s);
	if (ol_delta(a->old, t, OL_M_pgscan_direct, &d))
		x += ol_grid_printf(g, x, y, d ? OL_INK_ALERT : OL_INK_TEXT, "direct %s/s  ",
				    ol_fmt_kb((int64_t)((double)d * t->page_kb / a->seconds)).s);
	if (ol_delta(a->old, t, OL_M_refault_file, &d))
		ol_grid_printf(g, x, y, d ? OL_INK_WARN : OL_INK_TEXT, "refaults %s/s",
			       ol_fmt_kb((int64_t)((double)d * t->page_kb / a->seconds)).s);
}

static void draw_bottom(struct ol_app *a, struct ol_grid *g)
{
	struct ol_table_state *t = &a->tables[a->view];
	int y = g->h - 1;

	ol_grid_fill(g, 0, y, g->w, ' ', OL_INK_TITLE);
	if (t->filtering || t->filter[0])
		ol_grid_printf(g, 0, y, OL_INK_TITLE, "/%s%s", t->filter, t->filtering ? "_" : "");
	else if (a->view == 0)
		ol_grid_str(g, 0, y, g->w,
			    "?help  1-6 view  left/right cursor  +/- zoom  space pause  q quit",
			    OL_INK_TITLE);
	else
		ol_grid_str(g, 0, y, g->w,
			    "?help  1-6 view  </> sort  r reverse  t tree  / filter  "
			    "space pause  q quit",
			    OL_INK_TITLE);
}

/* Words from (@x, @y) on, broken at the right edge; returns the line behind them. */
static int draw_wrapped(struct ol_grid *g, int x, int y, const char *words)
{
	struct ol_span rest = ol_span_str(words), word;
	int at = x;

	while (ol_span_token(&rest, &word)) {
		if (at > x && at + 1 + (int)word.n > g->w) {
			y++;
			at = x;
		}
		at += at > x;
		at += ol_grid_text(g, at, y, g->w - at, word, OL_INK_TEXT);
	}
	return y + 1;
}

static void draw_help(struct ol_grid *g)
{
	static const struct {
		const char *keys, *what;
	} rows[] = {
#define OL_TOP_KEY(keys, what) { keys, what },
#include "tui/keys.def"
	};
	int y = 2;

	ol_grid_clear(g);
	ol_grid_str(g, 0, 0, g->w, "Keys of oomlens top (any key goes back)", OL_INK_BOLD);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ol_grid_str(g, 1, y, 26, rows[i].keys, OL_INK_BOLD);
		y = draw_wrapped(g, 28, y, rows[i].what);
	}
	y++;
	ol_grid_str(g, 2, y++, g->w - 2,
		    "The bar is all RAM. Under it: what one more program can get for certain (=),",
		    OL_INK_DIM);
	ol_grid_str(g, 2, y++, g->w - 2,
		    "and at most (-), if dirty, mapped and unused kernel caches come back as well.",
		    OL_INK_DIM);
	ol_grid_str(g, 2, y, g->w - 2,
		    "On the time axis: K kill, k kill in a group, F failed allocation.",
		    OL_INK_DIM);
}

/* The explanation of an event, as a pager would show it. */
static void draw_event(struct ol_app *a, struct ol_grid *g)
{
	struct ol_span rest = ol_span(a->shown->text, a->shown->text_n), line;
	uint32_t n = 0;

	ol_grid_clear(g);
	for (int y = 0; rest.n && y < g->h - 1; n++) {
		ssize_t nl = ol_span_chr(rest, '\n');

		line = ol_span_head(rest, nl < 0 ? rest.n : (size_t)nl);
		rest = ol_span_skip(rest, nl < 0 ? rest.n : (size_t)nl + 1);
		if (n < a->shown_top)
			continue;
		ol_grid_text(g, 0, y++, g->w, line, OL_INK_TEXT);
	}
	ol_grid_fill(g, 0, g->h - 1, g->w, ' ', OL_INK_TITLE);
	ol_grid_str(g, 0, g->h - 1, g->w, "up/down scroll  q or Esc back", OL_INK_TITLE);
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
	const struct ol_view *v = views[a->view];
	int y = 1;

	ol_grid_clear(g);
	if (!a->now)
		return;
	if (a->help) {
		draw_help(g);
		return;
	}
	if (a->shown) {
		draw_event(a, g);
		return;
	}
	draw_tabs(a, g);
	ol_grid_str(g, 0, y++, g->w, a->snap.state.headline, state_ink(a->snap.state.id));
	if (a->snap.has_ram && g->h >= 14) {
		draw_bar(a, g, y);
		draw_range(a, g, y + 2);
		y += 3;
	}
	draw_pressure(a, g, y++);
	a->table_h = 0;
	if (v->above)
		y += v->above(a, g, y, g->h - 1 - y);
	if (v->columns)
		ol_table_draw(a, v, g, y, g->h - 1 - y);
	draw_bottom(a, g);
}

/* ---- keys ---- */

static bool event_key(struct ol_app *a, int key)
{
	switch (key) {
	case OL_KEY_DOWN:
	case 'j':
		a->shown_top++;
		return true;
	case OL_KEY_UP:
	case 'k':
		a->shown_top -= a->shown_top > 0;
		return true;
	case OL_KEY_PGDN:
	case ' ':
		a->shown_top += 20;
		return true;
	case OL_KEY_PGUP:
		a->shown_top -= a->shown_top < 20 ? a->shown_top : 20;
		return true;
	default:
		a->shown = NULL;
		return true;
	}
}

enum ol_app_act ol_app_key(struct ol_app *a, int key)
{
	const struct ol_view *v = views[a->view];

	if (key == OL_KEY_NONE)
		return OL_APP_GO_ON;
	if (a->help) {
		a->help = false;
		return OL_APP_GO_ON;
	}
	if (a->shown && event_key(a, key))
		return OL_APP_GO_ON;
	if (a->tables[a->view].filtering) {
		ol_table_key(a, v, key);
		return OL_APP_GO_ON;
	}
	if (key >= '1' && key < '1' + OL_VIEWS) {
		a->view = key - '1';
		return OL_APP_GO_ON;
	}
	switch (key) {
	case 'q':
	case OL_KEY_F10:
		return OL_APP_QUIT;
	case '?':
	case 'h':
	case OL_KEY_F1:
		a->help = true;
		return OL_APP_GO_ON;
	case ' ':
		a->paused = !a->paused;
		return OL_APP_GO_ON;
	case OL_KEY_TAB:
		a->view = (a->view + 1) % OL_VIEWS;
		return OL_APP_GO_ON;
	case 'p':
		return v == &ol_view_processes ? OL_APP_PSS : OL_APP_GO_ON;
	default:
		break;
	}
	if (v->key && v->key(a, key))
		return OL_APP_GO_ON;
	if (v->columns)
		ol_table_key(a, v, key);
	return OL_APP_GO_ON;
}

enum ol_app_act ol_app_click(struct ol_app *a, int x, int y)
{
	struct ol_table_state *t = &a->tables[a->view];

	if (a->help || a->shown)
		return ol_app_key(a, OL_KEY_ESC);
	if (y == 0) {
		for (int i = 0; i < OL_VIEWS; i++)
			if (x >= a->tabs_x[i] && x < a->tabs_x[i + 1])
				a->view = i;
	} else if (a->table_h && y >= a->table_y && y < a->table_y + a->table_h) {
		uint32_t row = t->top + (uint32_t)(y - a->table_y);

		if (row < t->n && row == t->sel)
			return ol_app_key(a, OL_KEY_ENTER);
		if (row < t->n)
			t->sel = row;
	}
	return OL_APP_GO_ON;
}
