// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/app_impl.h"
#include "lib/num.h"

#include <errno.h>
#include <stdlib.h>

/* What stood at a row in an earlier tick. Found in passing mostly, by an index where rows moved. */

struct sum {
	struct ol_span comm; /* in the old tick */
	int64_t rss_kb;
};

struct ol_app_before {
	struct {
		struct ol_tick_index x;
		uint64_t made_for; /* a->n_ticks then */
	} old[OL_T_MAX], first[OL_T_MAX];
	struct sum *sums; /* by name */
	uint32_t n_sums, cap;
	uint64_t sums_for;
};

int ol_app_before_init(struct ol_app *a)
{
	a->before = calloc(1, sizeof(*a->before));
	return a->before ? 0 : -ENOMEM;
}

void ol_app_before_done(struct ol_app *a)
{
	for (int i = 0; a->before && i < OL_T_MAX; i++) {
		ol_tick_index_done(&a->before->old[i].x);
		ol_tick_index_done(&a->before->first[i].x);
	}
	if (a->before)
		free(a->before->sums);
	free(a->before);
	a->before = NULL;
}

const struct ol_row *ol_app_before(const struct ol_app *a, const struct ol_tick *t,
				   enum ol_table_id id, uint32_t i)
{
	const struct ol_row *now = ol_tick_row(a->now, id, i), *r;
	struct ol_span name = ol_tick_span(a->now, now->name);
	/* who a group or a process belongs to may change */
	const int32_t *sub = id == OL_T_CGROUP || id == OL_T_PROC ? NULL : &now->sub;
	struct ol_app_before *b = a->before;

	if (!t || t == a->now)
		return NULL;
	/* rows keep their order as a rule */
	for (uint32_t k = i > 2 ? i - 2 : 0; k < i + 3 && k < t->tab[id].n; k++) {
		r = ol_tick_row(t, id, k);
		if (r->id == now->id && (!sub || r->sub == *sub) &&
		    ol_span_eq(ol_tick_span(t, r->name), name))
			return r;
	}
	if (t == a->first && b->first[id].x.t != t)
		ol_tick_index_make(&b->first[id].x, t, id);
	if (t == a->first)
		return ol_tick_index_find(&b->first[id].x, name, now->id, sub);
	if (b->old[id].made_for != a->n_ticks)
		ol_tick_index_make(&b->old[id].x, t, id);
	b->old[id].made_for = a->n_ticks;
	return ol_tick_index_find(&b->old[id].x, name, now->id, sub);
}

static int by_comm(const void *a, const void *b)
{
	const struct sum *x = a, *y = b;
	size_t n = x->comm.n < y->comm.n ? x->comm.n : y->comm.n;
	int d = n ? memcmp(x->comm.p, y->comm.p, n) : 0;

	return d ? d : (x->comm.n > y->comm.n) - (x->comm.n < y->comm.n);
}

static void make_sums(const struct ol_app *a, struct ol_app_before *b)
{
	uint32_t n = a->old->tab[OL_T_PROC].n;

	b->n_sums = 0;
	if (n > b->cap) {
		struct sum *more = reallocarray(b->sums, n, sizeof(*more));

		if (!more) {
			ol_no_memory();
			return;
		}
		b->sums = more;
		b->cap = n;
	}
	for (uint32_t i = 0; i < n; i++) {
		const struct ol_row *p = ol_tick_row(a->old, OL_T_PROC, i);

		b->sums[i] = (struct sum){ ol_tick_span(a->old, p->name),
					   ol_row_val(p, OL_PROC_rss_kb) };
	}
	if (n)
		qsort(b->sums, n, sizeof(*b->sums), by_comm);
	for (uint32_t i = 0; i < n; i++) {
		struct sum *last = b->n_sums ? &b->sums[b->n_sums - 1] : NULL;

		if (last && ol_span_eq(last->comm, b->sums[i].comm))
			last->rss_kb = ol_add(last->rss_kb, b->sums[i].rss_kb);
		else
			b->sums[b->n_sums++] = b->sums[i];
	}
}

int64_t ol_app_rss_before(const struct ol_app *a, struct ol_span comm)
{
	struct ol_app_before *b = a->before;
	const struct sum key = { comm, 0 }, *s;

	if (b->sums_for != a->n_ticks)
		make_sums(a, b);
	b->sums_for = a->n_ticks;
	s = b->n_sums ? bsearch(&key, b->sums, b->n_sums, sizeof(key), by_comm) : NULL;
	return s ? s->rss_kb : 0;
}
