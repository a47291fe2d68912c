/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_TUI_GRID_H
#define OL_TUI_GRID_H

#include "collect/machine/tick.h"
#include "lib/out.h"

/*
 * What is on the screen, as cells in memory. Views draw here; tui/screen.c puts it to curses, tests
 * compare it, and it prints itself as text or SVG. Nothing here knows a terminal.
 */
enum ol_ink {
	OL_INK_TEXT,
	OL_INK_DIM,
	OL_INK_BOLD,
	OL_INK_TITLE, /* reverse line: the tabs, heads of tables, the keys at the bottom */
	OL_INK_SELECTED,
	OL_INK_GOOD,
	OL_INK_WARN,
	OL_INK_ALERT,
	/* what RAM is used for, in the order of enum ol_ram_group */
	OL_INK_ANON,
	OL_INK_SHMEM,
	OL_INK_CLEAN,
	OL_INK_DIRTY,
	OL_INK_SLAB,
	OL_INK_KERNEL,
	OL_INK_HUGE,
	OL_INK_UNACCOUNTED,
	OL_INK_FREE,
	OL_INK_MAX
};

struct ol_cell {
	uint32_t cp; /* 0: the right half of a wide character */
	uint8_t ink;
};

struct ol_grid {
	int w, h;
	struct ol_cell *cells; /* h lines of w */
	int cells_n; /* room */
	bool utf8; /* the terminal can show more than ASCII */
	bool color; /* and colours; without them, parts of a bar are letters */
};

/* Sets the size and clears; 0 or -ENOMEM (then the old size stays). At most 1000 x 1000. */
int ol_grid_resize(struct ol_grid *g, int w, int h);
void ol_grid_clear(struct ol_grid *g);
void ol_grid_done(struct ol_grid *g);

/* One character; outside of the grid nothing happens. */
void ol_grid_put(struct ol_grid *g, int x, int y, uint32_t cp, enum ol_ink ink);
void ol_grid_fill(struct ol_grid *g, int x, int y, int n, uint32_t cp, enum ol_ink ink);
/*
 * Text from @x on, cut after @columns with an ellipsis, made safe: no control character, escape or
 * bidi control is ever in a cell. Returns the columns used.
 */
int ol_grid_text(struct ol_grid *g, int x, int y, int columns, struct ol_span s, enum ol_ink ink);
int ol_grid_str(struct ol_grid *g, int x, int y, int columns, const char *s, enum ol_ink ink);
/* The same with its last column at x + columns - 1. */
void ol_grid_right(struct ol_grid *g, int x, int y, int columns, const char *s, enum ol_ink ink);
int ol_grid_printf(struct ol_grid *g, int x, int y, enum ol_ink ink, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
/* Changes the ink of cells that are there. */
void ol_grid_ink(struct ol_grid *g, int x, int y, int n, enum ol_ink ink);

/* Lines of text without trailing blanks: for tests, and for reading without a terminal. */
void ol_grid_print(const struct ol_grid *g, struct ol_out *o);
/* A picture for documents, in dark or light colours. */
void ol_grid_svg(const struct ol_grid *g, struct ol_out *o, bool light);

#endif
