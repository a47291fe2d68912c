// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/app_impl.h"
#include "lib/human.h"

#include <stdio.h>

/* Folded by command and group, or single (t). */

enum { NAME, COUNT, TOTAL, ANON, FILES, SHMEM, SWAP, GROWTH, SCORE, COLUMNS };

static const struct ol_column columns[COLUMNS] = {
	[NAME] = { "command", 0, true, true },     [COUNT] = { "count/pid", 9, false, false },
	[TOTAL] = { "together", 9, false, false }, [ANON] = { "anon", 9, false, false },
	[FILES] = { "files", 9, false, false, 1 }, [SHMEM] = { "shared", 9, false, false, 3 },
	[SWAP] = { "swap", 9, false, false, 2 },   [GROWTH] = { "growth/s", 10, false, false },
	[SCORE] = { "score", 6, false, false },
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

static struct ol_span text(const struct ol_app *a, uint32_t i)
{
	return single(a) ? ol_tick_span(a->now, row_of(a, i)->name) : a->snap.folds[i].comm;
}

/* RSS that came since the tick before, per second; of all processes of that command and group. */
static double growth(const struct ol_app *a, uint32_t i)
{
	const struct ol_fold *f = &a->snap.folds[i];
	int64_t before = 0;

	if (!a->old || !a->seconds)
		return 0;
	if (single(a)) {
		const struct ol_row *b = ol_app_before(a, a->old, OL_T_PROC, i);

		return b ? (double)(ol_row_val(row_of(a, i), OL_PROC_rss_kb) -
				    ol_row_val(b, OL_PROC_rss_kb)) /
				       a->seconds
			 : 0;
	}
	for (uint32_t k = 0; k < a->old->tab[OL_T_PROC].n; k++) {
		const struct ol_row *p = ol_tick_row(a->old, OL_T_PROC, k);

		if (ol_span_eq(ol_tick_span(a->old, p->name), f->comm) &&
		    ol_span_eq(ol_tick_span(a->old, p->text), f->cgroup))
			before += ol_row_val(p, OL_PROC_rss_kb);
	}
	return (double)(f->rss_sum_kb - before) / a->seconds;
}

static double value_single(const struct ol_app *a, uint32_t i, int column)
{
	const struct ol_row *r = row_of(a, i);

	switch (column) {
	case COUNT:
		return -(double)r->id;
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

static void cell(const struct ol_app *a, uint32_t i, int column, struct ol_content *c)
{
	bool thread = single(a) && !ol_row_has(row_of(a, i), OL_PROC_rss_kb);
	double v;

	switch (column) {
	case NAME:
		c->span = text(a, i);
		if (thread)
			c->ink = OL_INK_DIM;
		break;
	case COUNT:
		snprintf(c->s, sizeof(c->s), "%u",
			 single(a) ? (unsigned)row_of(a, i)->id : a->snap.folds[i].count);
		break;
	case SCORE:
		v = value(a, i, column);
		if (v >= 0 && !thread)
			snprintf(c->s, sizeof(c->s), "%.0f", v);
		break;
	case GROWTH:
		v = value(a, i, column);
		if (v >= 1 || v <= -1)
			snprintf(c->s, sizeof(c->s), "%s%s", v > 0 ? "+" : "",
				 ol_fmt_kb((int64_t)v).s);
		c->ink = v > 1 ? OL_INK_WARN : OL_INK_TEXT;
		break;
	default:
		if (!thread)
			snprintf(c->s, sizeof(c->s), "%s",
				 ol_fmt_kb((int64_t)value(a, i, column)).s);
	}
}

/* Who would be killed next if the machine ran out, and why. */
static int above(struct ol_app *a, struct ol_grid *g, int y, int h)
{
	const struct ol_row *next = NULL;

	if (h < 4)
		return 0;
	for (uint32_t i = 0; i < a->now->tab[OL_T_PROC].n; i++) {
		const struct ol_row *r = row_of(a, i);

		if (ol_row_has(r, OL_PROC_oom_score) && ol_row_has(r, OL_PROC_rss_kb) &&
		    ol_row_val(r, OL_PROC_oom_score_adj) > -1000 &&
		    (!next ||
		     ol_row_val(r, OL_PROC_oom_score) > ol_row_val(next, OL_PROC_oom_score)))
			next = r;
	}
	if (next) {
		int x = ol_grid_str(g, 0, y, g->w,
				    "if the machine ran out, killed first: ", OL_INK_DIM);

		x += ol_grid_text(g, x, y, 20, ol_tick_span(a->now, next->name), OL_INK_BOLD);
		ol_grid_printf(g, x, y, OL_INK_TEXT,
			       " (pid %d): score %lld, resident %s, swap %s, adj %lld", next->id,
			       (long long)ol_row_val(next, OL_PROC_oom_score),
			       ol_fmt_kb(ol_row_val(next, OL_PROC_rss_kb)).s,
			       ol_fmt_kb(ol_row_val(next, OL_PROC_swap_kb)).s,
			       (long long)ol_row_val(next, OL_PROC_oom_score_adj));
	}
	return 1;
}

const struct ol_view ol_view_processes = {
	.name = "processes",
	.title = "Processes",
	.columns = columns,
	.n_columns = COLUMNS,
	.sort = TOTAL,
	.rows = rows,
	.cell = cell,
	.value = value,
	.text = text,
	.above = above,
};
