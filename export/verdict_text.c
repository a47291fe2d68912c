// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/explain_verdict.h"
#include "export/explain_words.h"

#include <stdio.h>

/*
 * What was concluded, for somebody who was woken up: the proof first, then where the memory was,
 * then what to do. The verdict's sentences may quote the log (process names, paths), so they are
 * made safe like everything from outside.
 */

#define ROWS     7 /* of the table of parts, beside free memory and the folded rest */
#define HEAVIEST 5

/* A sentence as a paragraph, with what stands @before it. */
static void para(struct ol_page *pg, const struct ol_oom_event *e, struct ol_finding f,
		 const char *before, const char *label, enum ol_style style)
{
	struct ol_out *p = ol_page_para(pg), words;

	ol_out_init(&words, -1);
	ol_finding_words(&words, e, f);
	ol_out_str(p, before);
	ol_out_safe(p, ol_span(words.buf, words.n));
	if (words.err && !pg->o->err)
		pg->o->err = words.err;
	ol_out_done(&words);
	ol_page_flow(pg, label, style);
}

void ol_text_headline(struct ol_page *pg, const struct ol_oom_event *e)
{
	para(pg, e, e->verdict->headline, "", NULL, OL_STYLE_BOLD);
}

void ol_text_chosen(struct ol_page *pg, const struct ol_oom_event *e, const char *label)
{
	struct ol_out words;

	ol_out_init(&words, -1);
	ol_victim_words(&words, e, &e->verdict->victim);
	ol_out_safe(ol_page_para(pg), ol_span(words.buf, words.n));
	if (words.err && !pg->o->err)
		pg->o->err = words.err;
	ol_out_done(&words);
	ol_page_flow(pg, label, OL_STYLE_PLAIN);
}

void ol_text_proof(struct ol_page *pg, const struct ol_oom_event *e)
{
	const struct ol_verdict *v = e->verdict;

	if (!v->explanation.n)
		return;
	ol_out_char(pg->o, '\n');
	for (uint32_t i = 0; i < v->explanation.n; i++)
		para(pg, e, v->explanation.v[i], "", NULL, OL_STYLE_PLAIN);
}

/* ---- where the memory was ---- */

struct row {
	const char *words;
	uint64_t kb;
	bool estimated;
};

static void put_row(struct ol_page *pg, const struct row *r, uint64_t total)
{
	ol_page_part(pg, r->words, r->kb, total, r->estimated ? "(estimated)" : NULL);
}

/* What the table is of; what has no counter there hides in another part. */
enum table { OF_MACHINE, OF_ZONE, OF_MEMCG };

static const char *row_words(const struct ol_accounting *a, enum ol_account_part p, enum table of)
{
	const uint32_t slab = 1u << OL_AC_SLAB | 1u << OL_AC_SLAB_UNRECLAIMABLE;
	bool no_shmem = !(a->has >> OL_AC_SHMEM & 1);

	if (p == OL_AC_UNACCOUNTED && of == OF_ZONE && !(a->has & slab))
		return "slab and what no counter of zones states";
	if (p == OL_AC_ANON && no_shmem && of != OF_MEMCG)
		return "anonymous and shared memory";
	if (p == OL_AC_FILE && no_shmem && of == OF_MEMCG)
		return "file cache and shared memory";
	return ol_part_words(p);
}

/*
 * Largest first; what is below one percent, or comes after ROWS rows, is folded into one row. Free
 * memory is always shown: how little it is is the point.
 */
static void put_parts(struct ol_page *pg, const struct ol_accounting *a, enum table of)
{
	struct row rows[OL_AC_MAX], other = { .words = "all other parts together" };
	unsigned n = 0, shown = 0;

	for (unsigned p = 0; p < OL_AC_MAX; p++) {
		struct row r = { row_words(a, (enum ol_account_part)p, of), a->kb[p],
				 a->estimated >> p & 1 };
		unsigned k;

		if (!(a->has >> p & 1))
			continue;
		for (k = n++; k && rows[k - 1].kb < r.kb; k--)
			rows[k] = rows[k - 1];
		rows[k] = r;
	}
	for (unsigned k = 0; k < n; k++) {
		bool is_free = rows[k].words == ol_part_words(OL_AC_FREE);
		bool large = ol_tenths_of_percent(rows[k].kb, a->total_kb) >= 10;

		if (is_free || (large && shown < ROWS)) {
			put_row(pg, &rows[k], a->total_kb);
			shown += !is_free;
		} else if (__builtin_add_overflow(other.kb, rows[k].kb, &other.kb)) {
			other.kb = UINT64_MAX;
		}
	}
	if (other.kb)
		put_row(pg, &other, a->total_kb);
}

static void put_account(struct ol_page *pg, const struct ol_accounting *a, bool memcg,
			const struct ol_zone *zone)
{
	ol_out_char(pg->o, '\n');
	ol_page_style(pg, OL_STYLE_BOLD);
	ol_out_printf(pg->o, "Where the %s of ", ol_fmt_u64_kb(a->total_kb).s);
	if (zone) {
		ol_out_str(pg->o, "zone ");
		ol_out_safe(pg->o, ol_span_head(zone->name, 8));
		if (zone->node > 0)
			ol_out_printf(pg->o, " of node %d", zone->node);
	} else {
		ol_out_str(pg->o, memcg ? "the cgroup" : "RAM");
	}
	ol_out_str(pg->o, " were");
	ol_page_style(pg, OL_STYLE_PLAIN);
	ol_out_char(pg->o, '\n');
	put_parts(pg, a, zone ? OF_ZONE : memcg ? OF_MEMCG : OF_MACHINE);
	if (a->over_kb <= a->total_kb / 100)
		return;
	ol_out_printf(ol_page_para(pg),
		      "(together %s more than there is: counters are read one after the other)",
		      ol_fmt_u64_kb(a->over_kb).s);
	ol_page_flow(pg, NULL, OL_STYLE_DIM);
}

bool ol_text_shows_zone(const struct ol_verdict *v)
{
	/* only where a part of RAM ran out does its own table say more than the whole one */
	return v->zone.done && v->decisive && !v->account_is_memcg &&
	       (v->cause == OL_CAUSE_LOWMEM || v->cause == OL_CAUSE_NUMA_POLICY);
}

void ol_text_accounts(struct ol_page *pg, const struct ol_verdict *v)
{
	if (ol_text_shows_zone(v)) {
		put_account(pg, &v->zone, false, v->decisive);
		return;
	}
	if (!v->account.done)
		return;
	put_account(pg, &v->account, v->account_is_memcg, NULL);
	if (v->account_is_memcg && v->account.swap_kb)
		ol_out_printf(pg->o, "  and %s more in swap\n",
			      ol_fmt_u64_kb(v->account.swap_kb).s);
}

/* ---- what to do ---- */

static const char *confidence_words(const struct ol_oom_event *e)
{
	if (e->kind == OL_EV_USERSPACE_KILL)
		return e->thresholds.n ? "the killer says so itself; what filled memory it does "
					 "not say"
				       : "the killer does not say more";
	switch (e->verdict->confidence) {
	case OL_CONF_HIGH:
		return "certain: the numbers exclude the other explanations";
	case OL_CONF_MEDIUM:
		return "likely: the numbers fit, but they do not exclude everything else";
	case OL_CONF_LOW:
		break;
	}
	return "a guess: the log does not hold enough to be sure";
}

void ol_text_advice(struct ol_page *pg, const struct ol_oom_event *e)
{
	const struct ol_verdict *v = e->verdict;
	unsigned label_width = pg->label_width;
	struct ol_out *p;

	if (v->advice.n) {
		ol_page_heading(pg, "What to do");
		pg->label_width = 1;
		for (uint32_t i = 0; i < v->advice.n; i++)
			para(pg, e, v->advice.v[i], "", "-", OL_STYLE_PLAIN);
		pg->label_width = label_width;
	}
	ol_out_char(pg->o, '\n');
	p = ol_page_para(pg);
	for (uint32_t i = 0; i < v->contributing.n; i++) {
		const char *words = ol_cause_words(v->contributing.v[i]);

		if (words)
			ol_out_printf(p, "%s%s", p->n ? "; " : "", words);
	}
	/* beside a cause, what else took part; without one, what it may have been */
	ol_page_flow(pg, v->cause == OL_CAUSE_UNKNOWN ? "perhaps" : "also", OL_STYLE_PLAIN);
	ol_out_str(ol_page_para(pg), confidence_words(e));
	ol_page_flow(pg, "how sure", OL_STYLE_PLAIN);
}

/* ---- --full: the request tried again ---- */

static void zone_name(struct ol_page *pg, const struct ol_zone *z)
{
	char node[32] = "";

	if (z && z->node >= 0)
		snprintf(node, sizeof(node), "node %d ", z->node);
	ol_out_str(pg->o, "  ");
	if (node[0])
		ol_page_cell_str(pg, node, 9, OL_CELL_LEFT);
	ol_page_cell(pg, z ? z->name : OL_SPAN("?"), node[0] ? 9 : 18, OL_CELL_LEFT);
}

static void kb_cell(struct ol_page *pg, uint64_t kb, bool known)
{
	ol_page_cell_str(pg, known ? ol_fmt_u64_kb(kb).s : "-", 12, OL_CELL_RIGHT);
}

static void zone_verdict(struct ol_page *pg, const struct ol_oom_event *e,
			 const struct ol_replay_zone *z, unsigned order)
{
	struct ol_out *p = ol_page_para(pg);
	unsigned label_width = pg->label_width;

	switch (z->verdict) {
	case OL_ZV_NOT_ELIGIBLE:
		ol_out_str(p, "may not be used for this request");
		break;
	case OL_ZV_BELOW:
		ol_out_str(p, "too little: what is usable does not exceed what is needed");
		break;
	case OL_ZV_NO_BLOCK:
		ol_out_str(p, "enough pages, but no free block of ");
		ol_out_str(p, ol_words_pages(e, INT64_C(1) << (order < 40 ? order : 40)).s);
		if (z->largest_order >= 0 && z->largest_order < 40)
			ol_out_printf(p, " that may be used; the largest free one has %s",
				      ol_words_pages(e, INT64_C(1) << z->largest_order).s);
		break;
	case OL_ZV_OK:
		ol_out_str(p, z->high_failed ? "enough for the request itself, yet below the "
					       "stricter mark of the last try before a kill"
					     : "enough by now: memory came free while the dump "
					       "was printed");
		break;
	case OL_ZV_UNKNOWN:
		ol_out_str(p, "cannot be told");
		break;
	}
	if (z->why) {
		ol_out_str(p, z->verdict == OL_ZV_NOT_ELIGIBLE || z->verdict == OL_ZV_UNKNOWN
				      ? ": "
				      : "; ");
		ol_out_str(p, ol_phrase_words(z->why));
	}
	pg->label_width = 18;
	ol_page_flow(pg, "", OL_STYLE_PLAIN);
	pg->label_width = label_width;
}

static void put_alloc(struct ol_page *pg, const struct ol_oom_event *e,
		      const struct ol_replay_alloc *a)
{
	ol_page_heading(pg, "The request, tried again with these numbers");
	if (!a->done) {
		ol_out_str(ol_page_para(pg), "not possible: ");
		ol_out_str(&pg->para,
			   a->not_done ? ol_phrase_words(a->not_done) : "facts are missing");
		ol_page_flow(pg, "zones", OL_STYLE_PLAIN);
		return;
	}
	ol_page_style(pg, OL_STYLE_DIM);
	ol_out_str(pg->o, "  zone                      free    unusable        mark     reserve"
			  "      needed\n");
	ol_page_style(pg, OL_STYLE_PLAIN);
	for (uint32_t i = 0; i < a->n; i++) {
		const struct ol_replay_zone *z = &a->zones[i];
		bool decided = z->verdict == OL_ZV_BELOW || z->verdict == OL_ZV_NO_BLOCK ||
			       z->verdict == OL_ZV_OK;

		zone_name(pg, z->zone);
		kb_cell(pg, z->free_kb, decided || (z->zone && ol_kv_get(&z->zone->kv, OL_K_FREE)));
		kb_cell(pg, z->unusable_kb, decided);
		kb_cell(pg, z->mark_kb, decided);
		kb_cell(pg, z->reserve_kb, z->has_reserve);
		kb_cell(pg, z->needed_kb, decided);
		ol_out_char(pg->o, '\n');
		zone_verdict(pg, e, z, a->order);
	}
	ol_out_str(
		ol_page_para(pg),
		"mark: what the kernel keeps free for emergencies, as printed. reserve: what it "
		"keeps for requests that have no other zone. needed: the mark, lowered for urgent "
		"requests, plus the reserve; free minus unusable must exceed it.");
	ol_page_flow(pg, NULL, OL_STYLE_DIM);
}

/* ---- --full: the choice of the victim ---- */

static void task_line(struct ol_page *pg, const char *label, const struct ol_task *t,
		      const int64_t *score)
{
	struct ol_out *p = ol_page_para(pg);

	if (!t)
		return;
	ol_words_comm(p, t->comm);
	if (t->mask >> OL_COL_PID & 1)
		ol_out_printf(p, " (pid %lld)", (long long)t->col[OL_COL_PID]);
	if (score)
		ol_out_printf(p, ", score %lld", (long long)*score);
	if (t->mask >> OL_COL_OOM_SCORE_ADJ & 1)
		ol_out_printf(p, ", oom_score_adj %lld", (long long)t->col[OL_COL_OOM_SCORE_ADJ]);
	ol_page_flow(pg, label, OL_STYLE_PLAIN);
}

/* What the score is made of since 3.5, before oom_score_adj: all in pages. */
static uint64_t weight(const struct ol_task *t, unsigned page_kb)
{
	static const enum ol_col cols[] = { OL_COL_RSS, OL_COL_SWAPENTS, OL_COL_NR_PTES,
					    OL_COL_NR_PMDS };
	uint64_t sum = 0;

	for (size_t i = 0; i < sizeof(cols) / sizeof(cols[0]); i++)
		if (t->mask >> cols[i] & 1 && t->col[cols[i]] > 0 &&
		    __builtin_add_overflow(sum, (uint64_t)t->col[cols[i]], &sum))
			return UINT64_MAX;
	if (page_kb && t->mask >> OL_COL_PGTABLES_BYTES & 1 && t->col[OL_COL_PGTABLES_BYTES] > 0)
		sum += (uint64_t)t->col[OL_COL_PGTABLES_BYTES] / 1024 / page_kb;
	return sum;
}

static void put_heaviest(struct ol_page *pg, const struct ol_oom_event *e)
{
	const struct ol_task *top[HEAVIEST] = { NULL };
	uint64_t w[HEAVIEST] = { 0 };

	for (uint32_t i = 0; i < e->tasks.n; i++) {
		uint64_t mine = weight(&e->tasks.v[i], e->page_kb);
		unsigned k = HEAVIEST;

		while (k && (!top[k - 1] || w[k - 1] < mine))
			k--;
		if (k == HEAVIEST)
			continue;
		for (unsigned m = HEAVIEST - 1; m > k; m--) {
			top[m] = top[m - 1];
			w[m] = w[m - 1];
		}
		top[k] = &e->tasks.v[i];
		w[k] = mine;
	}
	if (!top[0])
		return;
	ol_page_style(pg, OL_STYLE_DIM);
	ol_out_str(pg->o, "  largest (resident, swap, page tables)            size   "
			  "oom_score_adj\n");
	ol_page_style(pg, OL_STYLE_PLAIN);
	for (unsigned k = 0; k < HEAVIEST && top[k]; k++) {
		const struct ol_task *t = top[k];
		struct ol_out *p = ol_page_para(pg);

		ol_words_comm(p, t->comm);
		if (t->mask >> OL_COL_PID & 1)
			ol_out_printf(p, " (pid %lld)", (long long)t->col[OL_COL_PID]);
		ol_out_str(pg->o, "  ");
		ol_page_cell(pg, ol_span(p->buf, p->n), 36, OL_CELL_LEFT);
		ol_page_cell_str(pg,
				 ol_words_pages(e, w[k] > INT64_MAX ? INT64_MAX : (int64_t)w[k]).s,
				 18, OL_CELL_RIGHT);
		if (t->mask >> OL_COL_OOM_SCORE_ADJ & 1)
			ol_out_printf(pg->o, "%16lld", (long long)t->col[OL_COL_OOM_SCORE_ADJ]);
		ol_out_char(pg->o, '\n');
	}
}

static void put_victim(struct ol_page *pg, const struct ol_oom_event *e,
		       const struct ol_replay_victim *v)
{
	struct ol_out *p;

	if (!e->tasks.n && !e->victims.n)
		return;
	ol_page_heading(pg, "The choice of the victim");
	if (v->done) {
		task_line(pg, "expected", v->expected, &v->expected_score);
		task_line(pg, "chosen", v->actual, &v->actual_score);
		if (v->largest != v->expected)
			task_line(pg, "largest", v->largest, NULL);
		if (v->has_actual) {
			ol_out_str(ol_page_para(pg),
				   v->matches ? "as expected" : "not as expected");
			ol_page_flow(pg, "so", OL_STYLE_PLAIN);
		}
		if (v->totalpages && v->totalpages <= INT64_MAX) {
			p = ol_page_para(pg);
			ol_out_str(p, "scores are measured against ");
			ol_out_str(p, ol_words_pages(e, (int64_t)v->totalpages).s);
			ol_page_flow(pg, "total", OL_STYLE_PLAIN);
		}
	} else {
		ol_out_str(ol_page_para(pg), "could not be made again: ");
		ol_out_str(&pg->para,
			   v->not_done ? ol_phrase_words(v->not_done) : "facts are missing");
		ol_page_flow(pg, "choice", OL_STYLE_PLAIN);
	}
	ol_text_chosen(pg, e, "reason");
	put_heaviest(pg, e);
}

void ol_text_replay(struct ol_page *pg, const struct ol_oom_event *e)
{
	const struct ol_verdict *v = e->verdict;

	if (v->evidence.n)
		ol_page_heading(pg, "Evidence (line, what it says, what that means)");
	for (uint32_t i = 0; i < v->evidence.n; i++) {
		const struct ol_evidence *ev = &v->evidence.v[i];
		unsigned label_width = pg->label_width;
		char line[16] = "";

		if (ev->line)
			snprintf(line, sizeof(line), "%8u", ev->line);
		pg->label_width = 8;
		if (ev->text.p) {
			ol_out_safe(ol_page_para(pg), ev->text);
			ol_page_flow(pg, line, OL_STYLE_PLAIN);
		}
		if (ev->value.id)
			para(pg, e, ev->value, ev->text.p ? "= " : "", ev->text.p ? "" : line,
			     OL_STYLE_PLAIN);
		pg->label_width = label_width;
	}
	if (e->gfp_mask.set || v->alloc.done)
		put_alloc(pg, e, &v->alloc);
	put_victim(pg, e, &v->victim);
}
