// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/grid.h"
#include "lib/columns.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int ol_grid_resize(struct ol_grid *g, int w, int h)
{
	struct ol_cell *cells;

	if (w < 1 || h < 1 || w > 1000 || h > 1000)
		return -EINVAL;
	if (w * h > g->cells_n) {
		cells = realloc(g->cells, sizeof(*cells) * (size_t)(w * h));
		if (!cells)
			return -ENOMEM;
		g->cells = cells;
		g->cells_n = w * h;
	}
	g->w = w;
	g->h = h;
	ol_grid_clear(g);
	return 0;
}

void ol_grid_clear(struct ol_grid *g)
{
	for (int i = 0; i < g->w * g->h; i++)
		g->cells[i] = (struct ol_cell){ ' ', OL_INK_TEXT };
}

void ol_grid_done(struct ol_grid *g)
{
	free(g->cells);
	g->cells = NULL;
	g->cells_n = g->w = g->h = 0;
}

static struct ol_cell *at(struct ol_grid *g, int x, int y)
{
	return x >= 0 && y >= 0 && x < g->w && y < g->h ? &g->cells[y * g->w + x] : NULL;
}

void ol_grid_put(struct ol_grid *g, int x, int y, uint32_t cp, enum ol_ink ink)
{
	struct ol_cell *c = at(g, x, y), *left = at(g, x - 1, y), *right = at(g, x + 1, y);

	if (!c)
		return;
	/* never half of a wide character */
	if (!c->cp && left)
		left->cp = ' ';
	if (right && !right->cp)
		right->cp = ' ';
	*c = (struct ol_cell){ cp, (uint8_t)ink };
}

void ol_grid_fill(struct ol_grid *g, int x, int y, int n, uint32_t cp, enum ol_ink ink)
{
	for (int i = 0; i < n; i++)
		ol_grid_put(g, x + i, y, cp, ink);
}

void ol_grid_ink(struct ol_grid *g, int x, int y, int n, enum ol_ink ink)
{
	for (int i = 0; i < n; i++) {
		struct ol_cell *c = at(g, x + i, y);

		if (c)
			c->ink = (uint8_t)ink;
	}
}

/* Cells of text that is safe already. */
static int put_safe(struct ol_grid *g, int x, int y, int columns, struct ol_span s, enum ol_ink ink)
{
	int used = 0;

	while (s.n) {
		uint32_t cp;
		size_t len = ol_utf8_next(s, &cp);
		int w;

		if (!len)
			break;
		w = (int)ol_cp_columns(cp);
		if (used + w > columns)
			break;
		s = ol_span_skip(s, len);
		if (!w) /* a combining mark has no cell of its own */
			continue;
		if (cp >= 0x80 && !g->utf8)
			cp = '?';
		ol_grid_put(g, x + used, y, cp, ink);
		if (w == 2) {
			ol_grid_put(g, x + used + 1, y, ' ', ink);
			if (cp != '?' && at(g, x + used + 1, y))
				at(g, x + used + 1, y)->cp = 0;
			else if (cp != '?')
				ol_grid_put(g, x + used, y, ' ', ink);
		}
		used += w;
	}
	return used;
}

int ol_grid_text(struct ol_grid *g, int x, int y, int columns, struct ol_span s, enum ol_ink ink)
{
	struct ol_out safe;
	struct ol_span t;
	int used;

	if (columns <= 0)
		return 0;
	ol_out_init(&safe, -1);
	ol_out_safe(&safe, ol_span_head(s, 1024));
	t = ol_span(safe.buf, safe.n);
	if (ol_text_columns(t) > (unsigned)columns) {
		used = put_safe(g, x, y, columns - 1, t, ink);
		ol_grid_put(g, x + used, y, g->utf8 ? 0x2026 : '~', ink);
		used++;
	} else {
		used = put_safe(g, x, y, columns, t, ink);
	}
	ol_out_done(&safe);
	return used;
}

int ol_grid_str(struct ol_grid *g, int x, int y, int columns, const char *s, enum ol_ink ink)
{
	return ol_grid_text(g, x, y, columns, ol_span_str(s), ink);
}

void ol_grid_right(struct ol_grid *g, int x, int y, int columns, const char *s, enum ol_ink ink)
{
	int n = (int)ol_text_columns(ol_span_str(s));

	ol_grid_str(g, n < columns ? x + columns - n : x, y, columns, s, ink);
}

int ol_grid_printf(struct ol_grid *g, int x, int y, enum ol_ink ink, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return ol_grid_str(g, x, y, g->w - x, text, ink);
}

static void put_cp(struct ol_out *o, uint32_t cp)
{
	char b[4];
	size_t n = 0;

	if (cp < 0x80) {
		b[n++] = (char)cp;
	} else if (cp < 0x800) {
		b[n++] = (char)(0xc0 | cp >> 6);
		b[n++] = (char)(0x80 | (cp & 0x3f));
	} else if (cp < 0x10000) {
		b[n++] = (char)(0xe0 | cp >> 12);
		b[n++] = (char)(0x80 | (cp >> 6 & 0x3f));
		b[n++] = (char)(0x80 | (cp & 0x3f));
	} else {
		b[n++] = (char)(0xf0 | cp >> 18);
		b[n++] = (char)(0x80 | (cp >> 12 & 0x3f));
		b[n++] = (char)(0x80 | (cp >> 6 & 0x3f));
		b[n++] = (char)(0x80 | (cp & 0x3f));
	}
	ol_out_bytes(o, b, n);
}

void ol_grid_print(const struct ol_grid *g, struct ol_out *o)
{
	for (int y = 0; y < g->h; y++) {
		int last = g->w;

		while (last && g->cells[y * g->w + last - 1].cp == ' ')
			last--;
		for (int x = 0; x < last; x++)
			if (g->cells[y * g->w + x].cp)
				put_cp(o, g->cells[y * g->w + x].cp);
		ol_out_char(o, '\n');
	}
}

/* Foreground and background of each ink; "" is the page's own. */
static const struct {
	const char *fg[2], *bg[2]; /* dark, light */
	bool bold;
} svg_inks[OL_INK_MAX] = {
	[OL_INK_DIM] = { { "#888", "#777" }, { "", "" }, false },
	[OL_INK_BOLD] = { { "#fff", "#000" }, { "", "" }, true },
	[OL_INK_TITLE] = { { "#111", "#fff" }, { "#9cf", "#357" }, false },
	[OL_INK_SELECTED] = { { "#111", "#fff" }, { "#ccc", "#444" }, false },
	[OL_INK_GOOD] = { { "#6d6", "#070" }, { "", "" }, false },
	[OL_INK_WARN] = { { "#fc4", "#950" }, { "", "" }, true },
	[OL_INK_ALERT] = { { "#f66", "#b00" }, { "", "" }, true },
	[OL_INK_ANON] = { { "#f77", "#c33" }, { "", "" }, false },
	[OL_INK_SHMEM] = { { "#d7f", "#84a" }, { "", "" }, false },
	[OL_INK_CLEAN] = { { "#6ae", "#27b" }, { "", "" }, false },
	[OL_INK_DIRTY] = { { "#fb5", "#b70" }, { "", "" }, false },
	[OL_INK_SLAB] = { { "#5cc", "#088" }, { "", "" }, false },
	[OL_INK_KERNEL] = { { "#ccc", "#555" }, { "", "" }, false },
	[OL_INK_HUGE] = { { "#ff8", "#880" }, { "", "" }, false },
	[OL_INK_UNACCOUNTED] = { { "#999", "#888" }, { "", "" }, false },
	[OL_INK_FREE] = { { "#585", "#7a7" }, { "", "" }, false },
};

static void svg_char(struct ol_out *o, uint32_t cp)
{
	if (cp == '<')
		ol_out_str(o, "&lt;");
	else if (cp == '&')
		ol_out_str(o, "&amp;");
	else if (cp == '>')
		ol_out_str(o, "&gt;");
	else
		put_cp(o, cp);
}

void ol_grid_svg(const struct ol_grid *g, struct ol_out *o, bool light)
{
	enum { CW = 8, CH = 17, PAD = 8 };

	ol_out_printf(o,
		      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
		      "font-family=\"DejaVu Sans Mono, monospace\" font-size=\"13\">\n"
		      "<rect width=\"100%%\" height=\"100%%\" fill=\"%s\"/>\n",
		      g->w * CW + 2 * PAD, g->h * CH + 2 * PAD, light ? "#fff" : "#111");
	for (int y = 0; y < g->h; y++) {
		for (int x = 0; x < g->w;) {
			const struct ol_cell *c = &g->cells[y * g->w + x];
			const char *fg = svg_inks[c->ink].fg[light],
				   *bg = svg_inks[c->ink].bg[light];
			bool blank = true;
			int end = x;

			for (; end < g->w && c[end - x].ink == c->ink; end++)
				blank &= c[end - x].cp == ' ' || !c[end - x].cp;
			if (bg && bg[0])
				ol_out_printf(o,
					      "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
					      "fill=\"%s\"/>\n",
					      PAD + x * CW, PAD + y * CH, (end - x) * CW, CH, bg);
			if (!blank) {
				ol_out_printf(o,
					      "<text x=\"%d\" y=\"%d\" xml:space=\"preserve\" "
					      "textLength=\"%d\" fill=\"%s\"%s>",
					      PAD + x * CW, PAD + y * CH + 13, (end - x) * CW,
					      fg && fg[0] ? fg
					      : light     ? "#222"
							  : "#ddd",
					      svg_inks[c->ink].bold ? " font-weight=\"bold\"" : "");
				for (int i = x; i < end; i++)
					if (g->cells[y * g->w + i].cp)
						svg_char(o, g->cells[y * g->w + i].cp);
				ol_out_str(o, "</text>\n");
			}
			x = end;
		}
	}
	ol_out_str(o, "</svg>\n");
}
