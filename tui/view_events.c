// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/app_impl.h"
#include "lib/human.h"

#include <stdio.h>

enum { WHEN, CLOCK, WHAT, COLUMNS };

static const struct ol_column columns[COLUMNS] = {
	[WHEN] = { "ago", 13, false, false, 0, 0 },
	[CLOCK] = { "at", 8, false, false, 1, 0 },
	[WHAT] = { "event (Enter explains)", 0, true, true, 0, 0 },
};

static uint32_t rows(const struct ol_app *a)
{
	return a->n_events;
}

static struct ol_span text(const struct ol_app *a, uint32_t i)
{
	const struct ol_app_event *e = ol_app_event_at(a, i);

	return ol_span(e->line, e->line_n);
}

static double value(const struct ol_app *a, uint32_t i, int column)
{
	const struct ol_app_event *e = ol_app_event_at(a, i);

	(void)column;
	/* of the same moment the later one is the newer; without a time, before all */
	return (e->boot_us == OL_TIME_NONE ? -1 : (double)e->boot_us) + (double)i / 1024;
}

static void cell(const struct ol_app *a, uint32_t i, int column, struct ol_content *c)
{
	const struct ol_app_event *e = ol_app_event_at(a, i);
	char clock[16];

	if (column == WHEN) {
		if (a->now->boot_us != OL_TIME_NONE && e->boot_us != OL_TIME_NONE)
			snprintf(c->s, sizeof(c->s), "%s",
				 ol_fmt_span_us(a->now->boot_us - e->boot_us).s);
	} else if (column == CLOCK) {
		ol_app_clock(a, e->boot_us, clock);
		snprintf(c->s, sizeof(c->s), "%s", clock);
		c->ink = OL_INK_DIM;
	} else {
		c->span = text(a, i);
		c->ink = e->kind == OL_MARK_FAILURE ? OL_INK_WARN : OL_INK_ALERT;
		if (!e->text.n)
			c->more = OL_SPAN("(counted by the kernel; its log was not read)");
	}
}

static void enter(struct ol_app *a, uint32_t i)
{
	const struct ol_app_event *e = ol_app_event_at(a, i);

	if (!e->text.n)
		return;
	a->shown = e;
	a->shown_top = 0;
}

static int above(struct ol_app *a, struct ol_grid *g, int y, int h)
{
	if (h < 3)
		return 0;
	if (ol_has(a->now, OL_M_oom_kills))
		ol_grid_printf(g, 0, y, OL_INK_TEXT,
			       "processes killed for lack of memory since boot: %lld",
			       (long long)ol_val(a->now, OL_M_oom_kills));
	else
		ol_grid_str(
			g, 0, y, g->w,
			"this kernel does not count kills (no oom_kill in /proc/vmstat, as before "
			"4.13)",
			OL_INK_DIM);
	if (!a->log_trouble[0] || h < 4)
		return 1;
	ol_grid_str(g, 0, y + 1, g->w, a->log_trouble, OL_INK_WARN);
	return 2;
}

const struct ol_view ol_view_events = {
	.name = "events",
	.title = "Events",
	.columns = columns,
	.n_columns = COLUMNS,
	.sort = WHEN,
	.keys = " ?help  1-6 view  Enter explain  < > sort  r reverse  / filter  q quit",
	.rows = rows,
	.cell = cell,
	.value = value,
	.text = text,
	.above = above,
	.enter = enter,
};
