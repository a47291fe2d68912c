// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/app_impl.h"
#include "lib/human.h"

#include <stdio.h>

/* Folded by command and group, or single (t). */

enum { COUNT, TOTAL, ANON, FILES, SHMEM, SWAP, GROWTH, SCORE, NAME, GROUP, COLUMNS };

static const struct ol_column columns[COLUMNS] = {
	[COUNT] = { "pid/count", 9, false, false, 0, 'N' },
	[TOTAL] = { "memory", 9, false, false, 0, 'M' },
	[ANON] = { "anon", 9, false, false, 0, 0 },
	[FILES] = { "files", 9, false, false, 2, 0 },
	[SHMEM] = { "shared", 9, false, false, 4, 0 },
	[SWAP] = { "swap", 9, false, false, 3, 0 },
	[GROWTH] = { "growth/s", 10, false, false, 0, 0 },
	[SCORE] = { "score", 6, false, false, 0, 0 },
	[NAME] = { "command", 17, true, true, 0, 'c' },
	[GROUP] = { "control group", 0, true, true, 1, 0 },
};

static bool single(const struct ol_app *a)
{
	return a->tables[a->view].alt;
}

static const struct ol_row *row_of(const struct ol_app *a, uint32_t i)
{
	return ol_tick_row(a->now, OL_T_PROC, i);
}

static uint32_t rows(const struct ol_app *a)
{
	return single(a) ? a->now->tab[OL_T_PROC].n : a->snap.n_folds;
}

static struct ol_span group(const struct ol_app *a, uint32_t i)
{
	return single(a) ? ol_tick_span(a->now, row_of(a, i)->text) : a->snap.folds[i].cgroup;
}

static struct ol_span text(const struct ol_app *a, uint32_t i)
{
	return single(a) ? ol_tick_span(a->now, row_of(a, i)->name) : a->snap.folds[i].comm;
}

/* RSS that came since the tick before, per second; of all processes of that command. */
static double growth(const struct ol_app *a, uint32_t i)
{
	const struct ol_fold *f = &a->snap.folds[i];

	if (!ol_app_rates(a, OL_SRC_PROCS))
		return 0;
	if (single(a)) {
		const struct ol_row *b = ol_app_before(a, a->old, OL_T_PROC, i);

		return b ? (double)(ol_row_val(row_of(a, i), OL_PROC_rss_kb) -
				    ol_row_val(b, OL_PROC_rss_kb)) /
				       a->seconds
			 : 0;
	}
	return (double)(f->rss_sum_kb - ol_app_rss_before(a, f->comm)) / a->seconds;
}

static double value_single(const struct ol_app *a, uint32_t i, int column)
{
	const struct ol_row *r = row_of(a, i);

	switch (column) {
	case COUNT:
		return (double)r->id;
	case ANON:
		return (double)ol_row_val(r, OL_PROC_rss_anon_kb);
	case FILES:
		return (double)ol_row_val(r, OL_PROC_rss_file_kb);
	case SHMEM:
		return (double)ol_row_val(r, OL_PROC_rss_shmem_kb);
	case SWAP:
		return (double)ol_row_val(r, OL_PROC_swap_kb);
	case SCORE:
		return (double)ol_row_val(r, OL_PROC_oom_score);
	default:
		return (double)(ol_row_has(r, OL_PROC_pss_kb) ? ol_row_val(r, OL_PROC_pss_kb)
							      : ol_row_val(r, OL_PROC_rss_kb));
	}
}

static double value(const struct ol_app *a, uint32_t i, int column)
{
	const struct ol_fold *f = &a->snap.folds[i];

	if (column == GROWTH)
		return growth(a, i);
	if (single(a))
		return value_single(a, i, column);
	switch (column) {
	case COUNT:
		return f->count;
	case ANON:
		return (double)f->anon_kb;
	case FILES:
		return (double)f->file_kb;
	case SHMEM:
		return (double)f->shmem_kb;
	case SWAP:
		return (double)f->swap_kb;
	case SCORE:
		return (double)f->score_max;
	default:
		return (double)f->total_kb;
	}
}

/* Kernel threads have no memory, kernels before 4.5 do not divide it: a dash is not a zero. */
static bool known(const struct ol_app *a, uint32_t i, int column)
{
	const struct ol_row *r;

	if (!single(a))
		return column != SCORE || a->snap.folds[i].score_max >= 0;
	r = row_of(a, i);
	switch (column) {
	case ANON:
		return ol_row_has(r, OL_PROC_rss_anon_kb);
	case FILES:
		return ol_row_has(r, OL_PROC_rss_file_kb);
	case SHMEM:
		return ol_row_has(r, OL_PROC_rss_shmem_kb);
	case SWAP:
		return ol_row_has(r, OL_PROC_swap_kb);
	case SCORE:
		return ol_row_has(r, OL_PROC_oom_score) && ol_row_has(r, OL_PROC_rss_kb);
	default:
		return ol_row_has(r, OL_PROC_rss_kb);
	}
}

static void cell(const struct ol_app *a, uint32_t i, int column, struct ol_content *c)
{
	double v;

	if (column == NAME || column == GROUP) {
		c->span = column == NAME ? text(a, i) : group(a, i);
		if (column == GROUP || !known(a, i, TOTAL))
			c->ink = OL_INK_DIM;
	} else if (column == COUNT) {
		snprintf(c->s, sizeof(c->s), single(a) ? "%u" : "%ux",
			 single(a) ? (unsigned)row_of(a, i)->id : a->snap.folds[i].count);
	} else if (!known(a, i, column)) {
		snprintf(c->s, sizeof(c->s), "-");
		c->ink = OL_INK_DIM;
	} else if (column == SCORE) {
		snprintf(c->s, sizeof(c->s), "%.0f", value(a, i, column));
	} else if (column == GROWTH) {
		v = value(a, i, column);
		if (v >= 1 || v <= -1)
			snprintf(c->s, sizeof(c->s), "%s%s", v > 0 ? "+" : "",
				 ol_fmt_kb((int64_t)v).s);
		c->ink = v > 1 ? OL_INK_WARN : OL_INK_TEXT;
	} else {
		v = value(a, i, column);
		snprintf(c->s, sizeof(c->s), "%s", ol_fmt_kb((int64_t)v).s);
		if (column == SWAP && v < 1)
			c->ink = OL_INK_DIM;
	}
}

static bool may_die(const struct ol_row *r)
{
	return ol_row_has(r, OL_PROC_oom_score) && ol_row_has(r, OL_PROC_rss_kb) && r->id != 1 &&
	       ol_row_val(r, OL_PROC_oom_score_adj) > -1000;
}

/* Who would be killed next if the machine ran out, and why. */
static void draw_next(struct ol_app *a, struct ol_grid *g, int y)
{
	const struct ol_row *next = NULL;
	int64_t adj, all;
	int x;

	for (uint32_t i = 0; i < a->now->tab[OL_T_PROC].n; i++) {
		const struct ol_row *r = row_of(a, i);

		if (may_die(r) && (!next || ol_row_val(r, OL_PROC_oom_score) >
						    ol_row_val(next, OL_PROC_oom_score)))
			next = r;
	}
	if (!next) {
		ol_grid_str(g, 0, y, g->w, "no process here could be killed for memory",
			    OL_INK_DIM);
		return;
	}
	adj = ol_row_val(next, OL_PROC_oom_score_adj);
	all = ol_row_val(next, OL_PROC_rss_kb) + ol_row_val(next, OL_PROC_swap_kb) +
	      ol_row_val(next, OL_PROC_page_tables_kb);
	x = ol_grid_str(g, 0, y, g->w, "killed first: ", OL_INK_DIM);
	x += ol_grid_text(g, x, y, 20, ol_tick_span(a->now, next->name), OL_INK_BOLD);
	x += ol_grid_printf(g, x, y, OL_INK_TEXT, " (pid %d), score %lld: ", next->id,
			    (long long)ol_row_val(next, OL_PROC_oom_score));
	x += ol_grid_printf(g, x, y, OL_INK_TEXT, "%s resident, in swap and page tables",
			    ol_fmt_kb(all).s);
	if (adj)
		ol_grid_printf(g, x, y, OL_INK_WARN, ", %s by oom_score_adj %lld",
			       adj > 0 ? "pushed forward" : "held back", (long long)adj);
}

static int above(struct ol_app *a, struct ol_grid *g, int y, int h)
{
	const struct ol_src_status *st = &a->now->src[OL_SRC_PROCS];
	bool pss = false;
	int n = 1;

	if (h < 5)
		return 0;
	if (st->rc) {
		ol_grid_printf(g, 0, y, OL_INK_WARN, "the processes cannot be read: %s",
			       strerror(-st->rc));
		return 1;
	}
	for (uint32_t i = 0; !pss && i < a->snap.n_folds; i++)
		pss = a->snap.folds[i].has_pss;
	draw_next(a, g, y);
	if (h >= 8)
		ol_grid_printf(g, 0, y + n++, OL_INK_DIM, "%s%s",
			       single(a) ? "single processes (t: by command and group), "
					 : "by command and group (t: single), ",
			       pss         ? "memory is PSS (p: stop)"
			       : single(a) ? "memory is RSS (p: PSS)"
					   : "shared pages counted once (p: exactly, PSS)");
	if (st->denied && h >= 9)
		ol_grid_printf(g, 0, y + n++, OL_INK_WARN,
			       "%u files of processes may not be read; 'sudo oomlens snap --pss' "
			       "looks at them once",
			       st->denied);
	return n;
}

const struct ol_view ol_view_processes = {
	.name = "processes",
	.title = "Processes",
	.keys = " ?help  1-6 view  < > sort  r reverse  t single  p PSS  / filter  q quit",
	.sources = 1u << OL_SRC_PROCS,
	.two_ways = true,
	.columns = columns,
	.n_columns = COLUMNS,
	.sort = TOTAL,
	.rows = rows,
	.cell = cell,
	.value = value,
	.text = text,
	.above = above,
};
