/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_TUI_APP_IMPL_H
#define OL_TUI_APP_IMPL_H

#include "analyze/memory/snap.h"
#include "tui/app.h"

enum { OL_VIEWS = 6, OL_EVENTS_MAX = 256 };

/* A column of a table: @width 0 takes what the others leave. */
struct ol_column {
	const char *title;
	int width;
	bool left; /* flush left */
	bool up; /* the natural order is ascending: names */
	int8_t spare; /* left out where there is little room, the largest number first; 0: never */
	char key; /* sorts by it; 0: none */
};

/* What stands in one cell of a table. Either text of ours or a span from outside. */
struct ol_content {
	char s[96];
	struct ol_span span; /* used when .p is set */
	struct ol_span more; /* dim, behind it, where the column is wide enough */
	enum ol_ink ink;
	int indent;
};

struct ol_table_state {
	int sort;
	bool reverse;
	bool alt; /* the other of the two ways that the view has: tree, single */
	uint32_t sel, top;
	char filter[64];
	bool filtering; /* the filter is being typed */
	uint32_t *order; /* rows shown, in order */
	uint32_t n, cap;
};

/*
 * A view: one file that ends in one of these. A view without columns draws everything itself in
 * @above; a table is drawn, sorted, filtered and scrolled in tui/table.c.
 */
struct ol_view {
	const char *name, *title;
	const char *keys; /* the line at the bottom */
	uint32_t sources; /* bit per enum ol_src that must be read at each tick to show it */
	const struct ol_column *columns;
	int n_columns, sort; /* sort: the column that it begins with */
	bool two_ways; /* tree or list, folded or single */
	uint32_t (*rows)(const struct ol_app *a);
	void (*cell)(const struct ol_app *a, uint32_t row, int column, struct ol_content *ret);
	double (*value)(const struct ol_app *a, uint32_t row, int column); /* columns not .up */
	struct ol_span (*text)(const struct ol_app *a, uint32_t row); /* sorted and filtered by */
	/* parent of a row in tree mode, -1: none; NULL: the view has no tree */
	int32_t (*parent)(const struct ol_app *a, uint32_t row);
	/* lines above the table; returns how many it took of the @h from @y on */
	int (*above)(struct ol_app *a, struct ol_grid *g, int y, int h);
	void (*enter)(struct ol_app *a, uint32_t row);
	bool (*key)(struct ol_app *a, int key); /* true when it was one of the view's own */
};
extern const struct ol_view ol_view_overview, ol_view_slab, ol_view_groups, ol_view_zones,
	ol_view_processes, ol_view_events;

struct ol_app_event {
	int64_t boot_us;
	enum ol_mark_kind kind;
	char line[160];
	uint8_t line_n;
	struct ol_span text; /* ours; empty: none */
};

struct ol_app {
	struct ol_app_opts opts;
	struct ol_tick *first, *ticks[2];
	uint64_t n_ticks;
	struct ol_snap snap; /* of the newest tick */
	const struct ol_tick *now, *old; /* old: NULL at the first tick */
	double seconds, seconds_all; /* from old and from first to now */
	struct ol_history history;
	int view;
	struct ol_table_state tables[OL_VIEWS];
	bool paused, help;
	/* overview: width of a column of the chart; moment of the cursor, OL_TIME_NONE: none */
	int64_t step_us, cursor_us;
	int chart_x, chart_y, chart_w,
		chart_h; /* where it was drawn, for the mouse; h 0: it was not */
	int64_t chart_end_us; /* moment behind its right edge */
	const struct ol_sample *columns[2000]; /* of the chart, while it is drawn */
	uint64_t folded[256]; /* hashes of the paths of folded groups */
	unsigned n_folded;
	struct ol_app_event events[OL_EVENTS_MAX]; /* a ring; [events_head]: the next one's place */
	unsigned n_events, events_head;
	int64_t untold_kills; /* counted since the groups were read */
	bool log_read; /* the kernel log's events come through ol_app_event() */
	char log_trouble[600]; /* else: why not */
	const struct ol_app_event *shown; /* its text fills the screen */
	uint32_t shown_top, shown_lines;
	int page; /* lines of the screen below the head */
	/* where things are on the screen, for the mouse */
	int table_y, table_h, tabs_x[OL_VIEWS + 1];
	int head_x[16]; /* left edge of each column of the table, -1: not shown */
	struct ol_app_before *before; /* tui/before.c */
	uint64_t sorted_for; /* what the order of the table was made for */
};

extern const struct ol_view *const ol_views[OL_VIEWS];

/* The @i-th event, oldest first. */
static inline const struct ol_app_event *ol_app_event_at(const struct ol_app *a, uint32_t i)
{
	return &a->events[(a->events_head + OL_EVENTS_MAX - a->n_events + i) % OL_EVENTS_MAX];
}

/* True when rates of that table can be told: both ticks read it anew. */
bool ol_app_rates(const struct ol_app *a, enum ol_src src);
/* "12:34:56" of a moment of the boot clock, or "" when the wall clock is not known. */
void ol_app_clock(const struct ol_app *a, int64_t boot_us, char ret[16]);

/* tui/table.c */
void ol_table_draw(struct ol_app *a, const struct ol_view *v, struct ol_grid *g, int y, int h);
bool ol_table_key(struct ol_app *a, const struct ol_view *v, int key);
uint64_t ol_path_hash(struct ol_span s);

/* tui/chart.c: the groups of RAM over time, with marks, an axis and a cursor. */
void ol_chart_draw(struct ol_app *a, struct ol_grid *g, int y, int h);
bool ol_chart_key(struct ol_app *a, int key);
void ol_chart_click(struct ol_app *a, int x);

/* tui/before.c. 0 or -ENOMEM */
int ol_app_before_init(struct ol_app *a);
void ol_app_before_done(struct ol_app *a);
/* kB in RAM of all processes of that name in the tick before; 0 when there were none. */
int64_t ol_app_rss_before(const struct ol_app *a, struct ol_span comm);
/* The same row in the tick before and in the first one, or NULL; @i is its row now. */
const struct ol_row *ol_app_before(const struct ol_app *a, const struct ol_tick *t,
				   enum ol_table_id id, uint32_t i);

/* A bar of @columns from @x on that is full to @part of @whole. */
void ol_app_gauge(struct ol_grid *g, int x, int y, int columns, int64_t part, int64_t whole,
		  enum ol_ink ink);

#endif
