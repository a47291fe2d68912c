// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/app_impl.h"
#include "lib/human.h"

#include <stdio.h>

enum { WHEN, WHAT, COLUMNS };

static const struct ol_column columns[COLUMNS] = {
	[WHEN] = { "ago", 14, false, false },
	[WHAT] = { "event (Enter explains)", 0, true, true },
};

static uint32_t rows(const struct ol_app *a)
{
	return a->n_events;
}

static struct ol_span text(const struct ol_app *a, uint32_t i)
{
	return ol_span_str(a->events[i].line);
}

static double value(const struct ol_app *a, uint32_t i, int column)
{
	(void)column;
	return (double)a->events[i].boot_us;
}

static void cell(const struct ol_app *a, uint32_t i, int column, struct ol_content *c)
{
	const struct ol_app_event *e = &a->events[i];

	if (column == WHEN) {
		if (a->now->boot_us != OL_TIME_NONE && e->boot_us != OL_TIME_NONE)
			snprintf(c->s, sizeof(c->s), "%s",
				 ol_fmt_span_us(a->now->boot_us - e->boot_us).s);
		return;
	}
	c->span = text(a, i);
	c->ink = e->kind == OL_MARK_FAILURE ? OL_INK_WARN : OL_INK_ALERT;
}

static void enter(struct ol_app *a, uint32_t i)
{
	if (!a->events[i].text)
		return;
	a->shown = &a->events[i];
	a->shown_top = 0;
}

static int above(struct ol_app *a, struct ol_grid *g, int y, int h)
{
	(void)h;
	ol_grid_printf(g, 0, y, OL_INK_TEXT, "kills since boot: %lld",
		       (long long)ol_val(a->now, OL_M_oom_kills));
	return 1;
}

const struct ol_view ol_view_events = {
	.name = "events",
	.title = "Events",
	.columns = columns,
	.n_columns = COLUMNS,
	.sort = WHEN,
	.rows = rows,
	.cell = cell,
	.value = value,
	.text = text,
	.above = above,
	.enter = enter,
};
