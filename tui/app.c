// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/app_impl.h"
#include "analyze/memory/rates.h"
#include "lib/human.h"
#include "lib/num.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

const struct ol_view *const ol_views[OL_VIEWS] = {
	&ol_view_overview, &ol_view_slab,      &ol_view_groups,
	&ol_view_zones,    &ol_view_processes, &ol_view_events,
};

const char *ol_app_view_name(int i)
{
	return i >= 0 && i < OL_VIEWS ? ol_views[i]->name : NULL;
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
	if (!a->first || !a->ticks[0] || !a->ticks[1] || ol_history_init(&a->history) ||
	    ol_app_before_init(a)) {
		ol_app_free(a);
		return NULL;
	}
	a->view = opts->view >= 0 && opts->view < OL_VIEWS ? opts->view : 0;
	for (int i = 0; i < OL_VIEWS; i++) {
		a->tables[i].sort = ol_views[i]->sort;
		a->tables[i].alt = ol_views[i]->parent != NULL;
	}
	a->cursor_us = OL_TIME_NONE;
	a->step_us = 1000000;
	return a;
}

static void free_event(struct ol_app_event *e)
{
	free((char *)e->text.p);
	*e = (struct ol_app_event){ 0 };
}

void ol_app_free(struct ol_app *a)
{
	if (!a)
		return;
	for (int i = 0; i < OL_VIEWS; i++)
		free(a->tables[i].order);
	for (unsigned i = 0; i < OL_EVENTS_MAX; i++)
		free_event(&a->events[i]);
	ol_snap_done(&a->snap);
	ol_history_done(&a->history);
	ol_tick_free(a->first);
	ol_tick_free(a->ticks[0]);
	ol_tick_free(a->ticks[1]);
	ol_app_before_done(a);
	free(a);
}

/* ---- ticks ---- */

struct ol_tick *ol_app_tick(struct ol_app *a)
{
	return a->n_ticks ? a->ticks[a->n_ticks % 2] : a->first;
}

/*
 * What the kernel counted between two ticks becomes a line and a mark. The groups are not read at
 * every tick: until they are, a kill waits for them to say whose it was.
 */
static void notice_kills(struct ol_app *a)
{
	char line[320];
	int64_t n = 0, told = 0;

	/* the kernel log says more, and only once */
	if (a->log_read)
		return;
	if (ol_delta(a->old, a->now, OL_M_oom_kills, &n))
		a->untold_kills = ol_add(a->untold_kills, n);
	if (a->now->src[OL_SRC_CGROUPS].carried)
		return;
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
		snprintf(line, sizeof(line), "%lld process%s killed in group " OL_SPAN_FMT,
			 (long long)n, n == 1 ? "" : "es",
			 OL_SPAN_ARG(ol_span_head(ol_tick_span(a->now, now->name), 100)));
		ol_app_event(a, a->now->boot_us, OL_MARK_CGROUP, ol_span_str(line), OL_SPAN(""));
		told = ol_add(told, n);
	}
	/* of all kills of the machine, those that no group has told */
	n = a->untold_kills - ol_min(told, a->untold_kills);
	a->untold_kills = 0;
	if (n) {
		snprintf(line, sizeof(line), "%lld process%s killed for lack of memory",
			 (long long)n, n == 1 ? "" : "es");
		ol_app_event(a, a->now->boot_us, OL_MARK_KILL, ol_span_str(line), OL_SPAN(""));
	}
}

/*
 * Read at each tick whatever is shown: what the verdict, the sum of all RAM and the available range
 * are made of. The others are what costs: a directory per process, a lock per slab cache. They
 * change slowly as far as the verdict goes, so they are read every SELDOM ticks unless they are
 * shown.
 */
enum { SELDOM = 30 };
#define BIT(src) (UINT32_C(1) << (src))
#define NOT_ALWAYS                                                                            \
	(BIT(OL_SRC_SLABINFO) | BIT(OL_SRC_SLABSYS) | BIT(OL_SRC_PROCS) | BIT(OL_SRC_NODES) | \
	 BIT(OL_SRC_SYSVM) | BIT(OL_SRC_HOST))

/* The verdict names who is blocked. */
static bool waits_for_io(const struct ol_app *a)
{
	return ol_val(a->now, OL_M_procs_blocked) &&
	       ol_val(a->now, OL_M_psi_io_some_avg10) >= OL_PSI_IO_FELT;
}

int64_t ol_app_turn_us(const struct ol_app *a)
{
	/* other views' ticks tell the states too, and are seldom */
	return ol_views[a->view] != &ol_view_processes || (a->now && waits_for_io(a)) ? 0 : 5000000;
}

uint32_t ol_app_leave_out(const struct ol_app *a)
{
	uint32_t out = NOT_ALWAYS & ~ol_views[a->view]->sources;

	if (a->n_ticks % SELDOM == 0)
		return 0;
	/* the groups at every other tick, as long as nothing is wrong */
	if (a->snap.state.id == OL_HEALTHY && a->n_ticks % 2 &&
	    !(ol_views[a->view]->sources & BIT(OL_SRC_CGROUPS)))
		out |= BIT(OL_SRC_CGROUPS);
	if (a->n_ticks % 5 == 0 && waits_for_io(a))
		out &= ~BIT(OL_SRC_PROCS);
	return out;
}

bool ol_app_wants_tick(const struct ol_app *a)
{
	for (int s = 0; a->now && !a->paused && s < OL_SRC_MAX; s++)
		if (ol_views[a->view]->sources >> s & 1 && a->now->src[s].carried)
			return true;
	return false;
}

bool ol_app_rates(const struct ol_app *a, enum ol_src src)
{
	return a->old && a->seconds > 0 && !a->now->src[src].carried && !a->old->src[src].carried;
}

int ol_app_ticked(struct ol_app *a)
{
	struct ol_tick *t = ol_app_tick(a);
	int r;

	a->old = a->n_ticks > 1 ? a->ticks[(a->n_ticks - 1) % 2] : a->n_ticks ? a->first : NULL;
	a->now = t;
	a->n_ticks++;
	for (int s = 0; a->old && s < OL_SRC_MAX; s++)
		if (t->src[s].rc == -ECANCELED && a->old->src[s].rc != -ECANCELED)
			ol_tick_carry(t, a->old, (enum ol_src)s);
	r = ol_snap_of(&a->snap, a->old, a->now);
	if (r)
		return r;
	/* a meminfo that says 0 kB: nothing can be a part of it */
	a->snap.has_ram &= a->snap.ram.total_kb > 0;
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
	struct ol_app_event *e = &a->events[a->events_head];
	char *copy;

	if (a->shown == e)
		a->shown = NULL;
	free_event(e);
	a->events_head = (a->events_head + 1) % OL_EVENTS_MAX;
	if (a->n_events < OL_EVENTS_MAX)
		a->n_events++;
	if (boot_us < 0)
		boot_us = OL_TIME_NONE;
	*e = (struct ol_app_event){ .boot_us = boot_us, .kind = kind };
	/* never half of a character */
	if (line.n >= sizeof(e->line)) {
		size_t n = sizeof(e->line) - 1;

		while (n && ((unsigned char)line.p[n] & 0xc0) == 0x80)
			n--;
		line = ol_span_head(line, n);
	}
	if (line.n)
		memcpy(e->line, line.p, line.n);
	e->line_n = (uint8_t)line.n;
	copy = text.n ? malloc(text.n) : NULL;
	if (text.n && !copy)
		ol_no_memory();
	if (copy)
		e->text = ol_span(memcpy(copy, text.p, text.n), text.n);
	if (boot_us != OL_TIME_NONE)
		ol_history_mark(&a->history, boot_us, kind);
}

void ol_app_log(struct ol_app *a, bool read, const char *trouble)
{
	a->log_read = read;
	snprintf(a->log_trouble, sizeof(a->log_trouble), "%s", trouble);
}

void ol_app_clock(const struct ol_app *a, int64_t boot_us, char ret[16])
{
	char when[40];

	ret[0] = 0;
	if (a->now->real_us == OL_TIME_NONE || a->now->boot_us == OL_TIME_NONE ||
	    boot_us == OL_TIME_NONE)
		return;
	ol_time_format((a->now->real_us - (a->now->boot_us - boot_us)) / 1000000 * 1000000, false,
		       when);
	snprintf(ret, 16, "%.8s", when + 11);
}

const struct ol_snap *ol_app_snap(const struct ol_app *a)
{
	return a->now ? &a->snap : NULL;
}

int64_t ol_app_now_us(const struct ol_app *a)
{
	return a->now ? a->now->boot_us : OL_TIME_NONE;
}

bool ol_app_paused(const struct ol_app *a)
{
	return a->paused;
}

/* ---- keys ---- */

const struct ol_key_help ol_app_keys[] = {
#define OL_TOP_KEY(keys, what) { keys, what },
#include "tui/keys.def"
	{ NULL, NULL },
};

/* As less does. */
static void event_key(struct ol_app *a, int key)
{
	int64_t to = a->shown_top, page = a->page > 1 ? a->page - 1 : 1;

	switch (key) {
	case OL_KEY_DOWN:
	case OL_KEY_ENTER:
	case 'j':
	case 'e':
		to++;
		break;
	case OL_KEY_UP:
	case 'k':
	case 'y':
		to--;
		break;
	case OL_KEY_PGDN:
	case ' ':
	case 'f':
	case 'F' - '@':
		to += page;
		break;
	case OL_KEY_PGUP:
	case 'b':
	case 'B' - '@':
		to -= page;
		break;
	case 'd':
	case 'D' - '@':
		to += page / 2;
		break;
	case 'u':
	case 'U' - '@':
		to -= page / 2;
		break;
	case OL_KEY_HOME:
	case 'g':
		to = 0;
		break;
	case OL_KEY_END:
	case 'G':
		to = UINT32_MAX;
		break;
	case OL_KEY_ESC:
	case OL_KEY_LEFT:
	case OL_KEY_BACKSPACE:
	case OL_KEY_F10:
	case 'q':
		a->shown = NULL;
		return;
	default:
		return;
	}
	/* the end is known where it is drawn */
	a->shown_top = to < 0 ? 0 : to > UINT32_MAX ? UINT32_MAX : (uint32_t)to;
}

static void choose(struct ol_app *a, int view)
{
	a->view = (view + OL_VIEWS) % OL_VIEWS;
}

/* Keys that mean the same in every view; false for others. */
static bool common_key(struct ol_app *a, int key, enum ol_app_act *ret)
{
	*ret = OL_APP_GO_ON;
	if (key >= '1' && key < '1' + OL_VIEWS) {
		choose(a, key - '1');
		return true;
	}
	switch (key) {
	case 'q':
	case 'Q':
	case OL_KEY_F10:
		*ret = OL_APP_QUIT;
		return true;
	case '?':
	case 'h':
	case OL_KEY_F1:
		a->help = true;
		a->shown_top = 0;
		return true;
	case ' ':
		a->paused = !a->paused;
		return true;
	case OL_KEY_TAB:
		choose(a, a->view + 1);
		return true;
	case OL_KEY_BACKTAB:
		choose(a, a->view - 1);
		return true;
	default:
		return false;
	}
}

enum ol_app_act ol_app_key(struct ol_app *a, int key)
{
	const struct ol_view *v = ol_views[a->view];
	enum ol_app_act act = OL_APP_GO_ON;

	if (key == OL_KEY_NONE || !a->now)
		return key == 'q' || key == OL_KEY_F10 ? OL_APP_QUIT : OL_APP_GO_ON;
	if (a->help) {
		if (key == OL_KEY_DOWN || key == OL_KEY_PGDN || key == 'j')
			a->shown_top += key == OL_KEY_PGDN ? 10 : 1;
		else if (key == OL_KEY_UP || key == OL_KEY_PGUP || key == 'k')
			a->shown_top -= ol_min(a->shown_top, key == OL_KEY_PGUP ? 10 : 1);
		else
			a->help = false;
		return act;
	}
	if (a->shown) {
		event_key(a, key);
		return act;
	}
	if (v->columns && a->tables[a->view].filtering) {
		ol_table_key(a, v, key);
		return act;
	}
	if (common_key(a, key, &act))
		return act;
	if (key == 'p' && v == &ol_view_processes)
		return OL_APP_PSS;
	if (v->key && v->key(a, key))
		return act;
	if (v->columns)
		ol_table_key(a, v, key);
	return act;
}

static void click_head(struct ol_app *a, const struct ol_view *v, int x)
{
	struct ol_table_state *t = &a->tables[a->view];
	int hit = -1;

	for (int i = 0; i < v->n_columns; i++)
		if (a->head_x[i] >= 0 && x >= a->head_x[i] &&
		    (hit < 0 || a->head_x[i] > a->head_x[hit]))
			hit = i;
	if (hit < 0)
		return;
	t->reverse = hit == t->sort ? !t->reverse : false;
	t->sort = hit;
}

enum ol_app_act ol_app_click(struct ol_app *a, int x, int y)
{
	struct ol_table_state *t = &a->tables[a->view];
	const struct ol_view *v = ol_views[a->view];

	if (!a->now || a->help || a->shown)
		return ol_app_key(a, OL_KEY_ESC);
	if (y == 0) {
		for (int i = 0; i < OL_VIEWS; i++)
			if (x >= a->tabs_x[i] && x < a->tabs_x[i + 1])
				choose(a, i);
	} else if (v->columns && a->table_h && y == a->table_y - 1) {
		click_head(a, v, x);
	} else if (v->columns && a->table_h && y >= a->table_y && y < a->table_y + a->table_h) {
		uint32_t row = t->top + (uint32_t)(y - a->table_y);

		if (row < t->n && row == t->sel)
			return ol_app_key(a, OL_KEY_ENTER);
		if (row < t->n)
			t->sel = row;
	} else if (v == &ol_view_overview && a->chart_h && y >= a->chart_y &&
		   y < a->chart_y + a->chart_h) {
		ol_chart_click(a, x);
	}
	return OL_APP_GO_ON;
}
