// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/machine/container.h"
#include "tui/app_impl.h"
#include "lib/human.h"

#include <errno.h>
#include <stdio.h>

enum { USED, LIMIT, GAUGE, ANON, SHMEM, CACHE, KERNEL, PSI, KILLS, NAME, COLUMNS };

static const struct ol_column columns[COLUMNS] = {
	[USED] = { "used", 9, false, false, 0, 0 },
	[LIMIT] = { "limit", 9, false, false, 0, 0 },
	[GAUGE] = { "full", 10, true, false, 4, 0 },
	[ANON] = { "anon", 9, false, false, 0, 0 },
	[SHMEM] = { "shared", 9, false, false, 3, 0 },
	[CACHE] = { "cache", 9, false, false, 0, 0 },
	[KERNEL] = { "kernel", 9, false, false, 2, 0 },
	[PSI] = { "waits", 6, false, false, 1, 0 },
	[KILLS] = { "kills", 6, false, false, 0, 0 },
	[NAME] = { "group", 0, true, true, 0, 0 },
};

static const struct ol_cgview *view_of(const struct ol_app *a, uint32_t i)
{
	return &a->snap.views[i];
}

static uint32_t rows(const struct ol_app *a)
{
	return a->now->tab[OL_T_CGROUP].n;
}

static struct ol_span text(const struct ol_app *a, uint32_t i)
{
	return ol_tick_span(a->now, view_of(a, i)->row->name);
}

static int32_t parent(const struct ol_app *a, uint32_t i)
{
	int32_t p = view_of(a, i)->row->sub;

	return p >= 0 && (uint32_t)p < i ? p : -1;
}

static double value(const struct ol_app *a, uint32_t i, int column)
{
	const struct ol_cgview *v = view_of(a, i);

	switch (column) {
	case LIMIT:
		return (double)v->limit_kb;
	case GAUGE:
		return v->limit_kb > 0 && v->limit_kb != OL_UNLIMITED
			       ? (double)v->usage_kb / (double)v->limit_kb
			       : 0;
	case ANON:
		return (double)v->anon_kb;
	case SHMEM:
		return (double)v->shmem_kb;
	case CACHE:
		return (double)v->cache_kb;
	case KERNEL:
		return (double)v->kernel_kb;
	case PSI:
		return (double)ol_row_val(v->row, OL_CGROUP_psi_some_avg10);
	case KILLS:
		return (double)ol_row_val(v->row, OL_CGROUP_events_oom_kill);
	default:
		return (double)v->usage_kb;
	}
}

static void name(const struct ol_app *a, uint32_t i, struct ol_content *c)
{
	const struct ol_row *r = view_of(a, i)->row;
	struct ol_span path = text(a, i);
	struct ol_container in;
	ssize_t slash;

	if (r->text.n) {
		c->span = ol_tick_span(a->now, r->text);
		return;
	}
	slash = ol_span_rfind(path, OL_SPAN("/"));
	/* the group of a container itself, not one below it */
	if (ol_container_from_path(path, &in) && in.id.p && in.id.p > path.p + slash &&
	    in.id.p < path.p + path.n) {
		snprintf(c->s, sizeof(c->s), "%s " OL_SPAN_FMT,
			 in.runtime ? in.runtime : "container",
			 OL_SPAN_ARG(ol_span_head(in.id, 12)));
		return;
	}
	/* in the tree the last component says it, in a list the path */
	slash = a->tables[a->view].alt && !a->tables[a->view].filter[0]
			? ol_span_rfind(path, OL_SPAN("/"))
			: -1;
	c->span = path.n > 1 && slash >= 0 ? ol_span_skip(path, (size_t)slash + 1) : path;
}

static void kb_cell(struct ol_content *c, bool has, int64_t kb)
{
	snprintf(c->s, sizeof(c->s), "%s", has ? ol_fmt_kb(kb).s : "-");
}

static void cell(const struct ol_app *a, uint32_t i, int column, struct ol_content *c)
{
	const struct ol_cgview *v = view_of(a, i);
	double full;
	int n;

	switch (column) {
	case NAME:
		name(a, i, c);
		break;
	case USED:
		kb_cell(c, v->has_usage, v->usage_kb);
		break;
	case LIMIT:
		kb_cell(c, v->limit_kb != OL_UNLIMITED, v->limit_kb);
		/* somebody else's limit */
		if (v->limit_row != (int32_t)i)
			c->ink = OL_INK_DIM;
		break;
	case GAUGE:
		full = value(a, i, GAUGE);
		n = (int)(full * 10 + 0.5);
		n = n > 10 ? 10 : n < 0 ? 0 : n;
		if (v->limit_kb != OL_UNLIMITED && v->has_usage)
			snprintf(c->s, sizeof(c->s), "%.*s%.*s", n, "##########", 10 - n,
				 "..........");
		c->ink = v->from == OL_FROM_SELF && v->room_kb < v->limit_kb / 10 ? OL_INK_ALERT
			 : full > 0.9                                             ? OL_INK_WARN
										  : OL_INK_TEXT;
		break;
	case KERNEL:
		kb_cell(c, v->has_kernel, v->kernel_kb);
		break;
	case PSI:
		if (ol_row_has(v->row, OL_CGROUP_psi_some_avg10))
			snprintf(c->s, sizeof(c->s), "%.1f%%", value(a, i, PSI) / 100);
		c->ink = value(a, i, PSI) >= 1000 ? OL_INK_ALERT : OL_INK_TEXT;
		break;
	case KILLS:
		if (ol_row_has(v->row, OL_CGROUP_events_oom_kill))
			snprintf(c->s, sizeof(c->s), "%lld",
				 (long long)ol_row_val(v->row, OL_CGROUP_events_oom_kill));
		if (value(a, i, KILLS) > 0)
			c->ink = OL_INK_ALERT;
		break;
	default:
		kb_cell(c, true, (int64_t)value(a, i, column));
	}
}

static bool is_folded(const struct ol_app *a, uint32_t i)
{
	uint64_t h = ol_path_hash(text(a, i));

	for (unsigned k = 0; k < a->n_folded; k++)
		if (a->folded[k] == h)
			return true;
	return false;
}

static void enter(struct ol_app *a, uint32_t i)
{
	uint64_t h = ol_path_hash(text(a, i));

	for (unsigned k = 0; k < a->n_folded; k++)
		if (a->folded[k] == h) {
			a->folded[k] = a->folded[--a->n_folded];
			return;
		}
	if (a->n_folded < sizeof(a->folded) / sizeof(a->folded[0]))
		a->folded[a->n_folded++] = h;
}

static void toggle_all(struct ol_app *a)
{
	if (a->n_folded) {
		a->n_folded = 0;
		return;
	}
	for (uint32_t i = 0; i < rows(a); i++)
		if (parent(a, i) >= 0 && a->n_folded < sizeof(a->folded) / sizeof(a->folded[0]))
			a->folded[a->n_folded++] = ol_path_hash(text(a, i));
}

static bool key(struct ol_app *a, int k)
{
	struct ol_table_state *t = &a->tables[a->view];
	uint32_t row;

	if (k == '*') {
		toggle_all(a);
		return true;
	}
	if ((k != '+' && k != '-' && k != '=') || t->sel >= t->n)
		return false;
	row = t->order[t->sel];
	if (row < rows(a) && is_folded(a, row) != (k == '-'))
		enter(a, row);
	return true;
}

/* Whose limit would kill in the selected group, and how far away that is. */
static int above(struct ol_app *a, struct ol_grid *g, int y, int h)
{
	static const char *const from[] = { NULL, "its own limit kills", "a limit above it kills",
					    "the machine runs out" };
	const struct ol_table_state *t = &a->tables[a->view];
	const struct ol_cgview *v;
	int x, rc = a->now->src[OL_SRC_CGROUPS].rc;

	if (h < 5)
		return 0;
	if (!rows(a)) {
		ol_grid_str(g, 0, y, g->w,
			    rc == -EACCES || rc == -EPERM
				    ? "the control groups may not be read: sudo oomlens top"
				    : "no memory controller is mounted below /sys/fs/cgroup",
			    OL_INK_WARN);
		return 1;
	}
	if (t->sel >= t->n || t->order[t->sel] >= rows(a))
		return 1;
	v = view_of(a, t->order[t->sel]);
	if (!from[v->from]) {
		ol_grid_text(g, 0, y, g->w, text(a, t->order[t->sel]), OL_INK_BOLD);
		return 1;
	}
	x = ol_grid_printf(g, 0, y, OL_INK_TEXT, "%8s more until %s: ", ol_fmt_kb(v->room_kb).s,
			   from[v->from]);
	ol_grid_text(g, x, y, g->w - x, text(a, t->order[t->sel]), OL_INK_BOLD);
	return 1;
}

const struct ol_view ol_view_groups = {
	.name = "groups",
	.title = "Groups",
	.columns = columns,
	.n_columns = COLUMNS,
	.sort = USED,
	.rows = rows,
	.cell = cell,
	.value = value,
	.text = text,
	.parent = parent,
	.above = above,
	.enter = enter,
	.key = key,
	.keys = " ?help  1-6 view  < > sort  r reverse  t list  Enter fold  / filter  q quit",
	.sources = 1u << OL_SRC_CGROUPS,
	.two_ways = true,
};
