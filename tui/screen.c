// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/screen.h"
#include "lib/columns.h"
#include "tui/app.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#ifdef OL_HAVE_CURSES

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <poll.h>
#include <term.h>

struct ol_screen {
	SCREEN *term;
	struct ol_cell *shown; /* what the terminal has */
	int w, h;
	bool utf8, color, awake_set;
	sigset_t awake;
	attr_t attr[OL_INK_MAX];
	short pair[OL_INK_MAX];
};

const char *ol_screen_version(void)
{
	return curses_version();
}

/* Colour of each ink with 256, 16 and 8 colours; the background is the terminal's own. */
static const struct {
	short fg[3], bg;
	attr_t attr; /* with colours */
	attr_t mono; /* without */
} inks[OL_INK_MAX] = {
	[OL_INK_TEXT] = { { -1, -1, -1 }, -1, A_NORMAL, A_NORMAL },
	[OL_INK_DIM] = { { 244, 8, -1 }, -1, A_NORMAL, A_DIM },
	[OL_INK_BOLD] = { { -1, -1, -1 }, -1, A_BOLD, A_BOLD },
	[OL_INK_TITLE] = { { -1, -1, -1 }, -1, A_REVERSE, A_REVERSE },
	[OL_INK_SELECTED] = { { 16, 0, COLOR_BLACK }, COLOR_CYAN, A_NORMAL, A_STANDOUT | A_BOLD },
	[OL_INK_GOOD] = { { 34, 2, COLOR_GREEN }, -1, A_NORMAL, A_NORMAL },
	[OL_INK_WARN] = { { 172, 3, COLOR_YELLOW }, -1, A_BOLD, A_BOLD },
	[OL_INK_ALERT] = { { 160, 9, COLOR_RED }, -1, A_BOLD, A_BOLD | A_REVERSE },
	[OL_INK_ANON] = { { 167, 9, COLOR_RED }, -1, A_NORMAL, A_NORMAL },
	[OL_INK_SHMEM] = { { 134, 13, COLOR_MAGENTA }, -1, A_NORMAL, A_NORMAL },
	[OL_INK_CLEAN] = { { 68, 12, COLOR_BLUE }, -1, A_NORMAL, A_NORMAL },
	[OL_INK_DIRTY] = { { 172, 11, COLOR_YELLOW }, -1, A_NORMAL, A_NORMAL },
	[OL_INK_SLAB] = { { 37, 6, COLOR_CYAN }, -1, A_NORMAL, A_NORMAL },
	[OL_INK_KERNEL] = { { 246, 7, -1 }, -1, A_NORMAL, A_NORMAL },
	[OL_INK_HUGE] = { { 178, 3, COLOR_YELLOW }, -1, A_BOLD, A_NORMAL },
	[OL_INK_UNACCOUNTED] = { { 240, 8, -1 }, -1, A_NORMAL, A_NORMAL },
	[OL_INK_FREE] = { { 71, 2, COLOR_GREEN }, -1, A_DIM, A_NORMAL },
};

static void make_inks(struct ol_screen *s, bool color)
{
	int depth = COLORS >= 256 ? 0 : COLORS >= 16 ? 1 : 2;

	for (short i = 0; i < OL_INK_MAX; i++) {
		s->attr[i] = color ? inks[i].attr : inks[i].mono;
		if (!color || init_pair((short)(i + 1), inks[i].fg[depth], inks[i].bg) == ERR)
			continue;
		s->pair[i] = (short)(i + 1);
	}
}

/* curses would exit() or scribble on a terminal that cannot move its cursor. */
static int usable(struct ol_err *err)
{
	const char *name = getenv("TERM");
	int found, r;
	char *move;

	if (!name || !*name)
		return ol_fail(err, -ENOTTY,
			       "TERM is not set: which terminal is this? --batch needs none");
	r = setupterm(name, STDOUT_FILENO, &found);
	if (r == ERR)
		return ol_fail(err, -ENOTTY,
			       "the terminal type '%s' is not known; set TERM, or use --batch",
			       name);
	move = tigetstr("cup");
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): terminfo's word for "no string" */
	r = move && move != (char *)-1 ? 0 : -ENOTTY;
	del_curterm(cur_term);
	return r ? ol_fail(err, r,
			   "a terminal of type '%s' cannot place text; set TERM, or use --batch",
			   name)
		 : 0;
}

int ol_screen_open(const struct ol_screen_opts *opts, struct ol_screen **ret, struct ol_err *err)
{
	struct ol_screen *s;
	bool color;
	int r;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return ol_fail(err, -ENOTTY,
			       "top needs a terminal; --batch prints ticks without one");
	r = usable(err);
	if (r)
		return r;
	s = calloc(1, sizeof(*s));
	if (!s)
		return ol_fail(err, -ENOMEM, "out of memory");
	s->term = newterm(NULL, stdout, stdin);
	if (!s->term) {
		free(s);
		return ol_fail(err, -ENOTTY, "the terminal type '%s' is not known; set TERM",
			       getenv("TERM") ? getenv("TERM") : "");
	}
	set_term(s->term);
	/*
	 * curses 6.4 writes out what it has at every move of the cursor, a dozen times a picture,
	 * until the screen was left once and come back to.
	 */
	endwin();
	refresh();
	s->utf8 = opts->utf8;
	color = opts->color && has_colors();
	if (color) {
		start_color();
		use_default_colors();
	}
	s->color = color;
	if (opts->awake) {
		s->awake = *opts->awake;
		s->awake_set = true;
	}
	make_inks(s, color);
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	curs_set(0);
	set_escdelay(25);
	mousemask(BUTTON1_CLICKED | BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
	mouseinterval(0);
	typeahead(-1); /* it would look for a key at every fifth line */
	*ret = s;
	return 0;
}

void ol_screen_close(struct ol_screen *s)
{
	if (!s)
		return;
	curs_set(1);
	endwin();
	delscreen(s->term);
	free(s->shown);
	free(s);
}

bool ol_screen_color(const struct ol_screen *s)
{
	return s->color;
}

void ol_screen_size(const struct ol_screen *s, int *ret_w, int *ret_h)
{
	(void)s;
	*ret_w = COLS;
	*ret_h = LINES;
}

static void put_cell(struct ol_screen *s, int x, int y, const struct ol_cell *c)
{
	wchar_t wide[2] = { (wchar_t)c->cp, 0 };
	cchar_t cell;

	/* the C library may think otherwise of how wide it is: curses would shift what follows */
	if (c->cp >= 0x80 && wcwidth(wide[0]) != (int)ol_cp_columns(c->cp))
		wide[0] = '?';

	if (setcchar(&cell, wide, s->attr[c->ink], s->pair[c->ink], NULL) == OK)
		mvadd_wch(y, x, &cell);
}

void ol_screen_put(struct ol_screen *s, const struct ol_grid *g)
{
	if (s->w != g->w || s->h != g->h) {
		struct ol_cell *shown = calloc((size_t)g->w * (size_t)g->h, sizeof(*shown));

		if (!shown)
			return;
		free(s->shown);
		s->shown = shown;
		s->w = g->w;
		s->h = g->h;
		erase();
	}
	for (int y = 0; y < g->h; y++)
		for (int x = 0; x < g->w; x++) {
			const struct ol_cell *c = &g->cells[y * g->w + x];
			struct ol_cell *old = &s->shown[y * g->w + x];

			if (c->cp == old->cp && c->ink == old->ink)
				continue;
			*old = *c;
			/* the last cell of all would scroll; nothing is lost there */
			if (c->cp && !(y == g->h - 1 && x == g->w - 1))
				put_cell(s, x, y, c);
		}
	refresh();
}

static int mouse(int *ret_x, int *ret_y)
{
	MEVENT m;

	if (getmouse(&m) != OK)
		return OL_KEY_NONE;
	if (m.bstate & BUTTON4_PRESSED)
		return OL_KEY_UP;
	if (m.bstate & BUTTON5_PRESSED)
		return OL_KEY_DOWN;
	*ret_x = m.x;
	*ret_y = m.y;
	return OL_KEY_MOUSE;
}

int ol_screen_key(struct ol_screen *s, int timeout_ms, int *ret_x, int *ret_y)
{
	static const struct {
		int curses;
		int key;
	} keys[] = {
		{ KEY_UP, OL_KEY_UP },
		{ KEY_DOWN, OL_KEY_DOWN },
		{ KEY_LEFT, OL_KEY_LEFT },
		{ KEY_RIGHT, OL_KEY_RIGHT },
		{ KEY_PPAGE, OL_KEY_PGUP },
		{ KEY_NPAGE, OL_KEY_PGDN },
		{ KEY_HOME, OL_KEY_HOME },
		{ KEY_END, OL_KEY_END },
		{ KEY_BACKSPACE, OL_KEY_BACKSPACE },
		{ KEY_F(1), OL_KEY_F1 },
		{ KEY_F(3), OL_KEY_F3 },
		{ KEY_F(4), OL_KEY_F4 },
		{ KEY_F(5), OL_KEY_F5 },
		{ KEY_F(6), OL_KEY_F6 },
		{ KEY_F(10), OL_KEY_F10 },
		{ KEY_BTAB, OL_KEY_BACKTAB },
		{ KEY_ENTER, OL_KEY_ENTER },
	};
	struct timespec ts = { timeout_ms / 1000, timeout_ms % 1000 * 1000000L };
	struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };
	wint_t c;
	int r;

	/*
	 * curses goes on waiting when a signal comes. Here it ends the wait, and it cannot come
	 * between the look at what it did and the wait.
	 */
	timeout(0);
	r = get_wch(&c);
	if (r == ERR) {
		if (ppoll(&fd, 1, &ts, s->awake_set ? &s->awake : NULL) > 0 &&
		    !(fd.revents & POLLIN))
			return OL_KEY_GONE;
		r = get_wch(&c);
		if (r == ERR)
			return fd.revents & POLLHUP ? OL_KEY_GONE : OL_KEY_NONE;
	}
	if (r == KEY_CODE_YES) {
		if (c == KEY_RESIZE)
			return OL_KEY_RESIZE;
		if (c == KEY_MOUSE)
			return mouse(ret_x, ret_y);
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			if ((int)c == keys[i].curses)
				return keys[i].key;
		return OL_KEY_NONE;
	}
	if (c == '\r')
		return OL_KEY_ENTER;
	if (c == 127 || c == 8)
		return OL_KEY_BACKSPACE;
	return (int)c;
}

#else

int ol_screen_open(const struct ol_screen_opts *opts, struct ol_screen **ret, struct ol_err *err)
{
	(void)opts;
	(void)ret;
	return ol_fail(err, -EOPNOTSUPP, "built without ncurses; --batch prints ticks as text");
}

void ol_screen_close(struct ol_screen *s)
{
	(void)s;
}

bool ol_screen_color(const struct ol_screen *s)
{
	(void)s;
	return false;
}

void ol_screen_size(const struct ol_screen *s, int *ret_w, int *ret_h)
{
	(void)s;
	*ret_w = 80;
	*ret_h = 24;
}

void ol_screen_put(struct ol_screen *s, const struct ol_grid *g)
{
	(void)s;
	(void)g;
}

int ol_screen_key(struct ol_screen *s, int timeout_ms, int *ret_x, int *ret_y)
{
	(void)s;
	(void)timeout_ms;
	(void)ret_x;
	(void)ret_y;
	return OL_KEY_NONE;
}

const char *ol_screen_version(void)
{
	return NULL;
}

#endif
