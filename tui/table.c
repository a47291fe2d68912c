// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/app_impl.h"
#include "lib/columns.h"

#include <stdio.h>
#include <stdlib.h>

uint64_t ol_path_hash(struct ol_span s)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * UINT64_C(1099511628211);
	return h | 1;
}

/* ---- which rows, in which order ---- */

struct keyed {
	uint32_t row;
	double value;
	struct ol_span text;
};

static bool contains(struct ol_span a, const char *needle)
{
	size_t n = strlen(needle);

	for (size_t i = 0; n && i + n <= a.n; i++) {
		size_t k = 0;

		while (k < n && (a.p[i + k] | 32) == (needle[k] | 32))
			k++;
		if (k == n)
			return true;
	}
	return !n;
}

static int by_text(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;
	size_t n = x->text.n < y->text.n ? x->text.n : y->text.n;
	int d = n ? memcmp(x->text.p, y->text.p, n) : 0;

	if (!d)
		d = (x->text.n > y->text.n) - (x->text.n < y->text.n);
	return d ? d : (x->row > y->row) - (x->row < y->row);
}

static int by_value(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;

	if (x->value != y->value)
		return x->value < y->value ? 1 : -1;
	return by_text(a, b);
}

static bool folded(const struct ol_app *a, struct ol_span path)
{
	uint64_t h = ol_path_hash(path);

	for (unsigned i = 0; i < a->n_folded; i++)
		if (a->folded[i] == h)
			return true;
	return false;
}

/* Depth first; siblings in the order of @k. What lies in a folded group is left out. */
static uint32_t as_tree(const struct ol_app *a, const struct ol_view *v, const struct keyed *k,
			uint32_t n, uint32_t rows, uint32_t *ret)
{
	uint32_t *child = malloc(sizeof(*child) * 2 * (rows + 1)), *next, out = 0;
	uint32_t stack_top;

	if (!child)
		return 0;
	next = child + rows + 1;
	memset(child, 0xff, sizeof(*child) * 2 * (rows + 1));
	/* pushed in reverse, so that the first of @k is the first child; slot 0 is the root's */
	for (uint32_t i = n; i--;) {
		int32_t p = v->parent(a, k[i].row);
		uint32_t slot = p >= 0 && (uint32_t)p < rows ? (uint32_t)p + 1 : 0;

		next[k[i].row + 1] = child[slot];
		child[slot] = k[i].row;
	}
	/* next[] doubles as the stack of what is left to do */
	stack_top = child[0];
	while (stack_top != UINT32_MAX && out < n) {
		uint32_t row = stack_top, c = child[row + 1];

		stack_top = next[row + 1];
		ret[out++] = row;
		if (c == UINT32_MAX || folded(a, v->text(a, row)))
			continue;
		/* the last child is followed by what came after the parent */
		for (uint32_t i = c;; i = next[i + 1])
			if (next[i + 1] == UINT32_MAX) {
				next[i + 1] = stack_top;
				break;
			}
		stack_top = c;
	}
	free(child);
	return out;
}

static void arrange(struct ol_app *a, const struct ol_view *v, struct ol_table_state *t)
{
	uint32_t rows = v->rows(a), n = 0;
	struct keyed *k;

	if (rows > t->cap) {
		uint32_t *order = realloc(t->order, sizeof(*order) * rows);

		if (!order)
			rows = t->cap;
		else {
			t->order = order;
			t->cap = rows;
		}
	}
	k = malloc(sizeof(*k) * (rows + 1));
	t->n = 0;
	if (!k)
		return;
	for (uint32_t i = 0; i < rows; i++) {
		struct ol_span text = v->text(a, i);

		if (!contains(text, t->filter))
			continue;
		k[n++] = (struct keyed){ i, v->columns[t->sort].up ? 0 : v->value(a, i, t->sort),
					 text };
	}
	qsort(k, n, sizeof(*k), v->columns[t->sort].up ? by_text : by_value);
	if (t->reverse)
		for (uint32_t i = 0; i < n / 2; i++) {
			struct keyed swap = k[i];

			k[i] = k[n - 1 - i];
			k[n - 1 - i] = swap;
		}
	if (t->alt && v->parent && !t->filter[0]) {
		t->n = as_tree(a, v, k, n, rows, t->order);
	} else {
		for (uint32_t i = 0; i < n; i++)
			t->order[i] = k[i].row;
		t->n = n;
	}
	free(k);
	if (t->sel >= t->n)
		t->sel = t->n ? t->n - 1 : 0;
}

/* ---- drawing ---- */

enum { NAME_WIDTH = 20 }; /* that a flexible column should have */

static int width_of_fixed(const struct ol_view *v, uint32_t left_out)
{
	int used = 0;

	for (int i = 0; i < v->n_columns; i++)
		if (!(left_out >> i & 1))
			used += v->columns[i].width ? v->columns[i].width + 1 : 1;
	return used;
}

/* Bit per column that has no room in @w; *@ret_flex: what the flexible column gets. */
static uint32_t fit_columns(const struct ol_view *v, int w, int *ret_flex)
{
	uint32_t left_out = 0;

	while (w - width_of_fixed(v, left_out) < NAME_WIDTH) {
		int most = -1;

		for (int i = 0; i < v->n_columns; i++)
			if (!(left_out >> i & 1) && v->columns[i].spare &&
			    (most < 0 || v->columns[i].spare > v->columns[most].spare))
				most = i;
		if (most < 0)
			break;
		left_out |= 1u << most;
	}
	*ret_flex = w - width_of_fixed(v, left_out);
	if (*ret_flex < 12)
		*ret_flex = 12;
	return left_out;
}

static int depth_of(const struct ol_app *a, const struct ol_view *v, uint32_t row)
{
	int d = 0;

	for (int32_t p = v->parent(a, row); p >= 0 && d < 40; p = v->parent(a, (uint32_t)p))
		d++;
	return d;
}

static void draw_head(const struct ol_view *v, const struct ol_table_state *t, struct ol_grid *g,
		      int y, int flex, uint32_t left_out)
{
	int x = 0;

	ol_grid_fill(g, 0, y, g->w, ' ', OL_INK_TITLE);
	for (int i = 0; i < v->n_columns; i++) {
		int w = v->columns[i].width ? v->columns[i].width : flex;
		char title[48];

		if (left_out >> i & 1)
			continue;
		snprintf(title, sizeof(title), "%s%s", v->columns[i].title,
			 i != t->sort                       ? ""
			 : (v->columns[i].up != t->reverse) ? "^"
							    : "v");
		if (x + w > g->w)
			w = g->w - x;
		if (w <= 0)
			break;
		if (v->columns[i].left)
			ol_grid_str(g, x, y, w, title, OL_INK_TITLE);
		else
			ol_grid_right(g, x, y, w, title, OL_INK_TITLE);
		x += w + 1;
	}
}

static void draw_row(const struct ol_app *a, const struct ol_view *v,
		     const struct ol_table_state *t, struct ol_grid *g, int y, int flex,
		     uint32_t left_out, uint32_t row, bool selected)
{
	int x = 0, indent = t->alt && v->parent && !t->filter[0] ? depth_of(a, v, row) * 2 : 0;

	for (int i = 0; i < v->n_columns && x < g->w; i++) {
		int w = v->columns[i].width ? v->columns[i].width : flex;
		struct ol_content c = { .ink = OL_INK_TEXT };

		if (left_out >> i & 1)
			continue;
		v->cell(a, row, i, &c);
		if (x + w > g->w)
			w = g->w - x;
		if (!v->columns[i].width && indent) {
			int in = indent < w - 4 ? indent : w > 4 ? w - 4 : 0;

			if (c.span.p)
				ol_grid_text(g, x + in, y, w - in, c.span, c.ink);
			else
				ol_grid_str(g, x + in, y, w - in, c.s, c.ink);
		} else if (c.span.p) {
			ol_grid_text(g, x, y, w, c.span, c.ink);
		} else if (v->columns[i].left) {
			ol_grid_str(g, x, y, w, c.s, c.ink);
		} else {
			ol_grid_right(g, x, y, w, c.s, c.ink);
		}
		x += w + 1;
	}
	if (selected)
		ol_grid_ink(g, 0, y, g->w, OL_INK_SELECTED);
}

void ol_table_draw(struct ol_app *a, const struct ol_view *v, struct ol_grid *g, int y, int h)
{
	struct ol_table_state *t = &a->tables[a->view];
	uint32_t left_out;
	int flex, lines = h - 1;

	arrange(a, v, t);
	a->table_y = y + 1;
	a->table_h = lines > 0 ? lines : 0;
	if (h < 2)
		return;
	left_out = fit_columns(v, g->w, &flex);
	draw_head(v, t, g, y, flex, left_out);
	if (t->sel < t->top)
		t->top = t->sel;
	if (t->sel >= t->top + (uint32_t)lines)
		t->top = t->sel - (uint32_t)lines + 1;
	if (t->top + (uint32_t)lines > t->n)
		t->top = t->n > (uint32_t)lines ? t->n - (uint32_t)lines : 0;
	for (int i = 0; i < lines && t->top + (uint32_t)i < t->n; i++)
		draw_row(a, v, t, g, y + 1 + i, flex, left_out, t->order[t->top + (uint32_t)i],
			 t->top + (uint32_t)i == t->sel);
	if (!t->n)
		ol_grid_str(g, 2, y + 1, g->w - 2,
			    t->filter[0] ? "no row contains that text" : "nothing to show",
			    OL_INK_DIM);
}

/* ---- keys ---- */

static bool filter_key(struct ol_table_state *t, int key)
{
	size_t n = strlen(t->filter);

	if (key == OL_KEY_ESC) {
		t->filter[0] = 0;
		t->filtering = false;
	} else if (key == OL_KEY_ENTER) {
		t->filtering = false;
	} else if (key == OL_KEY_BACKSPACE) {
		if (n)
			t->filter[n - 1] = 0;
	} else if (key >= ' ' && key < 127 && n + 1 < sizeof(t->filter)) {
		t->filter[n] = (char)key;
		t->filter[n + 1] = 0;
	}
	return true;
}

static void move(struct ol_table_state *t, int64_t by)
{
	int64_t to = (int64_t)t->sel + by;

	if (to < 0)
		to = 0;
	if (to >= t->n)
		to = t->n ? (int64_t)t->n - 1 : 0;
	t->sel = (uint32_t)to;
}

bool ol_table_key(struct ol_app *a, const struct ol_view *v, int key)
{
	struct ol_table_state *t = &a->tables[a->view];
	int page = a->table_h > 1 ? a->table_h - 1 : 1;

	if (t->filtering)
		return filter_key(t, key);
	switch (key) {
	case OL_KEY_UP:
	case 'k':
		move(t, -1);
		return true;
	case OL_KEY_DOWN:
	case 'j':
		move(t, 1);
		return true;
	case OL_KEY_PGUP:
		move(t, -page);
		return true;
	case OL_KEY_PGDN:
		move(t, page);
		return true;
	case OL_KEY_HOME:
	case 'g':
		move(t, INT32_MIN);
		return true;
	case OL_KEY_END:
	case 'G':
		move(t, INT32_MAX);
		return true;
	case '<':
	case '>':
	case 's':
		t->sort = (t->sort + (key == '<' ? v->n_columns - 1 : 1)) % v->n_columns;
		t->reverse = false;
		return true;
	case 'r':
		t->reverse = !t->reverse;
		return true;
	case 't':
		t->alt = !t->alt;
		t->sel = t->top = 0;
		return true;
	case '/':
		t->filtering = true;
		t->filter[0] = 0;
		return true;
	case OL_KEY_ESC:
		t->filter[0] = 0;
		return true;
	case OL_KEY_ENTER:
		if (v->enter && t->sel < t->n)
			v->enter(a, t->order[t->sel]);
		return v->enter != NULL;
	default:
		return false;
	}
}
