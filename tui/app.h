/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_TUI_APP_H
#define OL_TUI_APP_H

#include "tui/grid.h"
#include "tui/history.h"

/*
 * `oomlens top` without a terminal: ticks and keys go in, a grid comes out. tui/screen.c has the
 * terminal, cli/verb_top.c the sources.
 */
struct ol_app;
struct ol_note;

/* Keys that are no characters. */
enum ol_press {
	OL_KEY_NONE = 0x110000,
	OL_KEY_UP,
	OL_KEY_DOWN,
	OL_KEY_LEFT,
	OL_KEY_RIGHT,
	OL_KEY_PGUP,
	OL_KEY_PGDN,
	OL_KEY_HOME,
	OL_KEY_END,
	OL_KEY_BACKSPACE,
	OL_KEY_F1,
	OL_KEY_F3,
	OL_KEY_F4,
	OL_KEY_F5,
	OL_KEY_F6,
	OL_KEY_F10,
	OL_KEY_BACKTAB,
	OL_KEY_ENTER = '\n',
	OL_KEY_TAB = '\t',
	OL_KEY_ESC = 27,
};

struct ol_app_opts {
	int64_t interval_us; /* between ticks, for the words on the screen */
	const char *what; /* root that is looked at; NULL: this machine */
	int view; /* the first one shown, 0 … */
	/* the sentence of a note, at @to: export's, which nothing here may see */
	const char *(*words)(const struct ol_note *n, char *to);
};

struct ol_app *ol_app_new(const struct ol_app_opts *opts); /* NULL: ENOMEM */
void ol_app_free(struct ol_app *a);

/* Where the next tick goes; then ol_app_ticked() takes it in. 0 or -ENOMEM. */
struct ol_tick *ol_app_tick(struct ol_app *a);
int ol_app_ticked(struct ol_app *a);

/*
 * Something that happened: a line for the list of events, and the text that Enter shows (may be
 * absent). Both are copied; the newest 256 are kept.
 */
void ol_app_event(struct ol_app *a, int64_t boot_us, enum ol_mark_kind kind, struct ol_span line,
		  struct ol_span text);

/* Whether the kernel log's events come through ol_app_event(), or why not and what helps. */
void ol_app_log(struct ol_app *a, bool read, const char *trouble);

/*
 * Sources (bit per enum ol_src) that the next tick need not read: what the shown view does not show
 * is looked at now and then, and what was read last stands in the ticks between.
 */
uint32_t ol_app_leave_out(const struct ol_app *a);
/*
 * For how long what the next tick reads of a process may last while its memory stands still; 0: not
 * at all.
 */
int64_t ol_app_turn_us(const struct ol_app *a);
/* True when the view shows what the newest tick did not read: a tick is due at once. */
bool ol_app_wants_tick(const struct ol_app *a);

enum ol_app_act { OL_APP_GO_ON, OL_APP_QUIT, OL_APP_PSS };
enum ol_app_act ol_app_key(struct ol_app *a, int key);
enum ol_app_act ol_app_click(struct ol_app *a, int x, int y);
int64_t ol_app_now_us(const struct ol_app *a); /* boot clock of the newest tick, OL_TIME_NONE */
bool ol_app_paused(const struct ol_app *a); /* no ticks are wanted */

/* Draws everything; the grid has its size. */
void ol_app_draw(struct ol_app *a, struct ol_grid *g);

/* What is known about the newest tick; valid until the next one. NULL before the first. */
struct ol_snap;
const struct ol_snap *ol_app_snap(const struct ol_app *a);

/* What the keys do: for the help on the screen and for the man page. Ends with .keys NULL. */
struct ol_key_help {
	const char *keys, *what;
};
extern const struct ol_key_help ol_app_keys[];

/* Names of the views, in the order of their keys; NULL behind the last. For options and JSON. */
const char *ol_app_view_name(int i);

#endif
