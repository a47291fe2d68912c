/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_TUI_SCREEN_H
#define OL_TUI_SCREEN_H

#include "lib/err.h"
#include "tui/grid.h"

#include <signal.h>

/* The terminal: a grid goes out, keys come in. The only place that knows curses. */
struct ol_screen;

enum { OL_KEY_MOUSE = 0x120000, OL_KEY_RESIZE, OL_KEY_GONE /* the terminal is */ };

struct ol_screen_opts {
	bool color, utf8;
	const sigset_t *awake; /* signal mask while a key is waited for; NULL: as it is */
};

/* 0, or <0 with a message (no terminal, unknown TERM, built without curses). */
int ol_screen_open(const struct ol_screen_opts *opts, struct ol_screen **ret, struct ol_err *err);
/* Gives the terminal back as it was. */
void ol_screen_close(struct ol_screen *s);

bool ol_screen_color(const struct ol_screen *s); /* it was asked for, and the terminal has some */
void ol_screen_size(const struct ol_screen *s, int *ret_w, int *ret_h);
/* Sends what changed since the last time. */
void ol_screen_put(struct ol_screen *s, const struct ol_grid *g);
/*
 * Waits up to @timeout_ms for a key: a character, enum ol_press, OL_KEY_RESIZE, or OL_KEY_MOUSE
 * with the cell in *@ret_x, *@ret_y. OL_KEY_NONE when there was none, or a signal came.
 */
int ol_screen_key(struct ol_screen *s, int timeout_ms, int *ret_x, int *ret_y);

const char *ol_screen_version(void); /* "ncurses 6.4", NULL when left out */

#endif
