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

static int lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

static bool contains(struct ol_span a, const char *needle)
{
	size_t n = strlen(needle);

	for (size_t i = 0; n && i + n <= a.n; i++) {
		size_t k = 0;

		while (k < n && lower(a.p[i + k]) == lower(needle[k]))
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

	if (!child) {
		ol_no_memory();
		return 0;
	}
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

		if (!order) {
			ol_no_memory();
			rows = t->cap;
		} else {
			t->order = order;
			t->cap = rows;
		}
	}
	k = malloc(sizeof(*k) * (rows + 1));
	t->n = 0;
	if (!k) {
		ol_no_memory();
		return;
	}
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

enum { NAME_WIDTH = 20 }; /* that the column that takes the rest should have */

/* The column that takes what the others leave: the one without a width, else the last. */
static int flexible(const struct ol_view *v, uint32_t left_out)
{
	int last = 0;

	for (int i = 0; i < v->n_columns; i++)
		if (!v->columns[i].width && !(left_out >> i & 1))
			return i;
	for (int i = 0; i < v->n_columns; i++)
		if (!(left_out >> i & 1))
			last = i;
	return last;
}

static int width_of_fixed(const struct ol_view *v, uint32_t left_out)
{
	int used = 0, flex = flexible(v, left_out);

	for (int i = 0; i < v->n_columns; i++)
		if (!(left_out >> i & 1))
			used += i == flex ? 1 : v->columns[i].width + 1;
	return used - 1;
}

/* Bit per column that has no room in @w; widths[]: what each of the others gets. */
static uint32_t fit_columns(const struct ol_view *v, int w, int *widths)
{
	uint32_t left_out = 0;
	int flex;

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
	flex = flexible(v, left_out);
	for (int i = 0; i < v->n_columns; i++)
		widths[i] = v->columns[i].width;
	widths[flex] = w - width_of_fixed(v, left_out);
	if (widths[flex] < 12)
		widths[flex] = 12;
	return left_out;
}

static int depth_of(const struct ol_app *a, const struct ol_view *v, uint32_t row)
{
	int d = 0;

	for (int32_t p = v->parent(a, row); p >= 0 && d < 40; p = v->parent(a, (uint32_t)p))
		d++;
	return d;
}

static void draw_head(struct ol_app *a, const struct ol_view *v, const struct ol_table_state *t,
		      struct ol_grid *g, int y, const int *widths, uint32_t left_out)
{
	int x = 0;

	ol_grid_fill(g, 0, y, g->w, ' ', OL_INK_TITLE);
	for (int i = 0; i < v->n_columns; i++) {
		enum ol_ink ink = i == t->sort ? OL_INK_SELECTED : OL_INK_TITLE;
		bool ascends = v->columns[i].up != t->reverse;
		char title[48];
		int w = widths[i];

		a->head_x[i] = -1;
		if (left_out >> i & 1 || x >= g->w)
			continue;
		if (x + w > g->w)
			w = g->w - x;
		a->head_x[i] = x;
		snprintf(title, sizeof(title), "%s%s", v->columns[i].title,
			 i != t->sort ? ""
			 : !g->utf8   ? ascends ? "^" : "v"
			 : ascends    ? "\u25b2"
				      : "\u25bc");
		if (i == t->sort)
			ol_grid_fill(g, x, y, w, ' ', ink);
		if (v->columns[i].left)
			ol_grid_str(g, x, y, w, title, ink);
		else
			ol_grid_right(g, x, y, w, title, ink);
		x += w + 1;
	}
}

/* In a tree, what can be folded begins with a minus, what is folded with a plus. */
static uint32_t fold_mark(const struct ol_app *a, const struct ol_view *v,
			  const struct ol_table_state *t, uint32_t at)
{
	uint32_t row = t->order[at], rows;

	if (at + 1 < t->n && v->parent(a, t->order[at + 1]) == (int32_t)row)
		return '-';
	if (!a->n_folded || !folded(a, v->text(a, row)))
		return ' ';
	rows = v->rows(a);
	for (uint32_t i = row + 1; i < rows; i++)
		if (v->parent(a, i) == (int32_t)row)
			return '+';
	return ' ';
}

static void draw_cell(struct ol_grid *g, int x, int y, int w, const struct ol_content *c, bool left)
{
	int used;

	if (!c->span.p && !left) {
		ol_grid_right(g, x, y, w, c->s, c->ink);
		return;
	}
	used = ol_grid_text(g, x, y, w, c->span.p ? c->span : ol_span_str(c->s), c->ink);
	if (c->more.n && w - used > 8)
		ol_grid_text(g, x + used + 2, y, w - used - 2, c->more, OL_INK_DIM);
}

static void draw_row(const struct ol_app *a, const struct ol_view *v,
		     const struct ol_table_state *t, struct ol_grid *g, int y, const int *widths,
		     uint32_t left_out, uint32_t at)
{
	bool tree = t->alt && v->parent && !t->filter[0];
	int x = 0, flex = flexible(v, left_out);
	uint32_t row = t->order[at];

	for (int i = 0; i < v->n_columns && x < g->w; i++) {
		struct ol_content c = { .ink = OL_INK_TEXT };
		/* NOLINTNEXTLINE(clang-analyzer-core*): set for all n_columns */
		int w = widths[i];

		if (left_out >> i & 1)
			continue;
		v->cell(a, row, i, &c);
		if (x + w > g->w)
			w = g->w - x;
		if (i == flex && tree) {
			int in = depth_of(a, v, row) * (w < 40 ? 1 : 2);

			in = in < w - 12 ? in : w > 12 ? w - 12 : 0;
			ol_grid_put(g, x + in, y, fold_mark(a, v, t, at), OL_INK_DIM);
			draw_cell(g, x + in + 2, y, w - in - 2, &c, true);
		} else {
			draw_cell(g, x, y, w, &c, v->columns[i].left);
		}
		x += w + 1;
	}
	if (at == t->sel)
		ol_grid_ink(g, 0, y, g->w, OL_INK_SELECTED);
}

/* The order stays as long as there is no other tick, view, filter or way to sort. */
static uint64_t arrangement(const struct ol_app *a, const struct ol_table_state *t)
{
	uint64_t h = ol_path_hash(ol_span_str(t->filter)) ^ a->n_ticks << 20;

	for (unsigned i = 0; i < a->n_folded; i++)
		h ^= a->folded[i];
	return h * 31 + (uint64_t)(a->view << 8 | t->sort << 2 | t->reverse << 1 | t->alt) +
	       ((uint64_t)a->events_head << 40) + ((uint64_t)a->n_events << 32);
}

void ol_table_draw(struct ol_app *a, const struct ol_view *v, struct ol_grid *g, int y, int h)
{
	struct ol_table_state *t = &a->tables[a->view];
	int widths[16], lines = h - 1;
	uint32_t left_out;

	if (a->sorted_for != arrangement(a, t))
		arrange(a, v, t);
	a->sorted_for = arrangement(a, t);
	a->table_y = y + 1;
	a->table_h = lines > 0 ? lines : 0;
	if (h < 2) {
		a->table_h = 0;
		return;
	}
	left_out = fit_columns(v, g->w, widths);
	draw_head(a, v, t, g, y, widths, left_out);
	if (t->sel < t->top)
		t->top = t->sel;
	if (t->sel >= t->top + (uint32_t)lines)
		t->top = t->sel - (uint32_t)lines + 1;
	if (t->top + (uint32_t)lines > t->n)
		t->top = t->n > (uint32_t)lines ? t->n - (uint32_t)lines : 0;
	for (int i = 0; i < lines && t->top + (uint32_t)i < t->n; i++)
		draw_row(a, v, t, g, y + 1 + i, widths, left_out, t->top + (uint32_t)i);
	if (!t->n)
		ol_grid_str(g, 2, y + 1, g->w - 2,
			    t->filter[0] ? "no row contains that text" : "nothing to show",
			    OL_INK_DIM);
}

/* ---- keys ---- */

static void filter_key(struct ol_table_state *t, int key)
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

	if (t->filtering) {
		filter_key(t, key);
		return true;
	}
	for (int i = 0; i < v->n_columns; i++)
		if (key && v->columns[i].key == key) {
			t->reverse = t->sort == i ? !t->reverse : false;
			t->sort = i;
			return true;
		}
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
	case 'B' - '@':
		move(t, -page);
		return true;
	case OL_KEY_PGDN:
	case 'F' - '@':
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
	case OL_KEY_F6:
		t->sort = (t->sort + (key == '<' ? v->n_columns - 1 : 1)) % v->n_columns;
		t->reverse = false;
		return true;
	case 'r':
	case 'I':
		t->reverse = !t->reverse;
		return true;
	case 't':
	case OL_KEY_F5:
		if (!v->two_ways)
			return false;
		t->alt = !t->alt;
		t->sel = t->top = 0;
		return true;
	case '/':
	case '\\':
	case OL_KEY_F3:
	case OL_KEY_F4:
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
