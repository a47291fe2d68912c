// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/kver.h"
#include "analyze/judge/judge_impl.h"

/*
 * The kernel's choice of a victim, done again from the task table. Three formulas:
 *   - 2.6.35    virtual size, children, CPU time, nice, capabilities: not in the table
 *   2.6.36-3.4  per mille of all memory; 3 % off for CAP_SYS_ADMIN; + oom_score_adj
 *   3.5-        pages; 3 % off for CAP_SYS_ADMIN (until 4.16); + oom_score_adj / 1000 of all memory
 * Until 3.13 the 3 % are of all memory, from 3.14 (and late 3.10 and 3.13) on of the task's own.
 */

#define S(lit)   OL_SPAN(lit)
#define COL(col) (1u << OL_COL_##col)

#define PAGES_MAX (INT64_C(1) << 50)

enum {
	ADJ_NEVER = -1000,
	OLD_ADJ_NEVER = -17,
	/* the kernel's: what root's processes get off, of 100 or of oom_score_adj's 1000 */
	ROOT_PERCENT = 3,
	ROOT_PERMILLE = 30,
	/* scores that differ by less are equal as far as a log can tell: see tolerance() */
	ERROR_NTH = 50,
	ERROR_LEAST_PAGES = 256,
	/* of fewer pages nobody asks where they are */
	SWAPPED_LEAST = 64,
};

/* ---- what the scores are made of ---- */

struct scoring {
	struct ol_oom_event *e;
	struct ol_kver k;
	bool old; /* 2.6.35 and before: rank by virtual size */
	bool permille;
	bool bonus, bonus_possible; /* for uid 0, in place of CAP_SYS_ADMIN */
	bool bonus_of_total,
		bonus_either; /* 3 % of all memory, not of its own; either is possible */
	bool floor; /* no killable task scores less than 1 */
	int64_t total_lo, total_hi; /* pages; 0 unknown; hi > lo: swap of unknown size counts too */
	int64_t swap_hidden; /* pages in swap that the table does not attribute */
};

static int64_t col(const struct ol_task *t, enum ol_col c)
{
	int64_t v = t->mask & 1u << c ? t->col[c] : 0;

	/* broken rows may hold anything: what is beyond any machine is cut */
	return v < 0 ? 0 : v < PAGES_MAX ? v : PAGES_MAX;
}

static int64_t task_adj(const struct ol_task *t)
{
	int64_t v = t->mask & COL(OOM_SCORE_ADJ) ? t->col[OL_COL_OOM_SCORE_ADJ] : 0;

	return v < -1000 ? -1000 : v > 1000 ? 1000 : v;
}

/* Pages that count against a task, whatever its oom_score_adj. */
static int64_t task_pages(const struct scoring *sc, const struct ol_task *t)
{
	int64_t n;

	if (sc->old)
		return col(t, OL_COL_TOTAL_VM);
	n = col(t, OL_COL_RSS) + col(t, OL_COL_SWAPENTS) + col(t, OL_COL_NR_PTES) +
	    col(t, OL_COL_NR_PMDS);
	if (sc->e->page_kb && t->mask & COL(PGTABLES_BYTES))
		n += col(t, OL_COL_PGTABLES_BYTES) / ((int64_t)sc->e->page_kb * 1024);
	return n;
}

/* init and tasks that asked for it are never chosen. */
static bool killable(const struct scoring *sc, const struct ol_task *t)
{
	if (t->col[OL_COL_PID] == 1 || (t->mask & COL(TGID) && t->col[OL_COL_TGID] == 1))
		return false;
	if (sc->old)
		return !(t->mask & COL(OOM_ADJ)) || t->col[OL_COL_OOM_ADJ] != OLD_ADJ_NEVER;
	return task_adj(t) != ADJ_NEVER;
}

static int64_t score(const struct scoring *sc, const struct ol_task *t, int64_t pages,
		     int64_t total, bool bonus, bool of_total)
{
	int64_t adj = task_adj(t), points = pages;

	if (sc->old)
		return points;
	if (sc->permille && total) {
		points = pages * 1000 / total + adj - (bonus ? ROOT_PERMILLE : 0);
		return points < 1 ? 1 : points > 1000 ? 1000 : points;
	}
	if (bonus && of_total)
		adj -= ROOT_PERMILLE;
	else if (bonus)
		points -= points * ROOT_PERCENT / 100;
	points += adj * (total / 1000);
	return sc->floor && points < 1 ? 1 : points;
}

static bool is_root(const struct ol_task *t)
{
	return t->mask & COL(UID) && t->col[OL_COL_UID] == 0;
}

/* What the numbers of the log say. */
static int64_t nominal(const struct scoring *sc, const struct ol_task *t, int64_t total)
{
	return score(sc, t, task_pages(sc, t), total, sc->bonus && is_root(t), sc->bonus_of_total);
}

/* The least and the most that it can have been, with what the log does not say. */
static int64_t at_least(const struct scoring *sc, const struct ol_task *t, int64_t total)
{
	bool bonus = sc->bonus_possible && is_root(t);
	int64_t a = score(sc, t, task_pages(sc, t), total, bonus, sc->bonus_of_total), b;

	if (!sc->bonus_either)
		return a;
	b = score(sc, t, task_pages(sc, t), total, bonus, !sc->bonus_of_total);
	return a < b ? a : b;
}

static int64_t at_most(const struct scoring *sc, const struct ol_task *t, int64_t total)
{
	int64_t pages = task_pages(sc, t), more = 0;

	if (sc->swap_hidden && t->mask & COL(TOTAL_VM)) {
		/* nothing is swapped that is not mapped */
		more = col(t, OL_COL_TOTAL_VM) - col(t, OL_COL_RSS);
		more = more < 0 ? 0 : more < sc->swap_hidden ? more : sc->swap_hidden;
	}
	return score(sc, t, pages + more, total, false, false);
}

/*
 * The table's counters are sampled, and each thread keeps up to 64 pages to itself (per-CPU batches
 * from 6.2): two scores that close together are equal as far as a log can tell.
 */
static int64_t tolerance(const struct scoring *sc, const struct ol_task *a, const struct ol_task *b,
			 int64_t total)
{
	int64_t pa = task_pages(sc, a), pb = task_pages(sc, b),
		tol = (pa > pb ? pa : pb) / ERROR_NTH;

	tol = tol > ERROR_LEAST_PAGES ? tol : ERROR_LEAST_PAGES;
	return sc->permille && total ? tol * 1000 / total + 1 : tol;
}

/* ---- all memory ---- */

static int64_t clamp_pages(const struct ol_val *kb, unsigned page_kb)
{
	int64_t v = kb->v / (int64_t)page_kb;

	return v < 0 ? 0 : v < PAGES_MAX ? v : PAGES_MAX;
}

/* Memory of the nodes in the mask, or of all; 0 when the dump does not say. */
static int64_t ram_pages(const struct ol_oom_event *e)
{
	bool bound =
		e->constraint == OL_CONSTRAINT_CPUSET || e->constraint == OL_CONSTRAINT_MEMPOLICY;
	struct ol_span list =
		e->constraint == OL_CONSTRAINT_CPUSET ? e->mems_allowed.s : e->nodemask.s;
	int64_t n = 0;
	bool is_list = false;

	if (!bound && e->ram_pages.set) {
		n = e->ram_pages.v;
		if (n <= 0 || n >= PAGES_MAX)
			return 0;
		if (e->reserved_pages.set && e->reserved_pages.v > 0 && e->reserved_pages.v < n)
			n -= e->reserved_pages.v;
		return n;
	}
	for (uint32_t i = 0; i < e->zones.n && e->page_kb; i++) {
		const struct ol_kv *kv =
			ol_kv_get(&e->zones.v[i].kv, bound ? OL_K_PRESENT : OL_K_MANAGED);

		if (bound && !ol_span_list_has(list, e->zones.v[i].node, &is_list) && is_list)
			continue;
		if (!kv)
			return 0;
		n += (int64_t)(kv->v / e->page_kb % (uint64_t)PAGES_MAX);
		if (n >= PAGES_MAX)
			return 0;
	}
	/* kernels that do not print the nodes of a policy: what it spans is unknown */
	return bound && !is_list ? 0 : n;
}

/*
 * memcg: the limit and as much swap as it may use. Version 1 limits the sum (memory+swap), version
 * 2 swap alone; how much swap there is a cgroup's dump does not say from 3.9 on.
 */
static void memcg_total(const struct ol_oom_event *e, struct scoring *sc)
{
	int64_t limit, swap = -1;

	if (!e->limit_kb.set || e->limit_kb.v <= 0 || !e->page_kb ||
	    e->limit_kb.v >= OL_UNLIMITED_KB)
		return;
	limit = clamp_pages(&e->limit_kb, e->page_kb);
	if (e->memsw_limit_kb.set && e->memsw_limit_kb.v < OL_UNLIMITED_KB)
		swap = clamp_pages(&e->memsw_limit_kb, e->page_kb) - limit;
	else if (e->swap_limit_kb.set && e->swap_limit_kb.v < OL_UNLIMITED_KB)
		swap = clamp_pages(&e->swap_limit_kb, e->page_kb);
	if (e->swap_total_kb.set) {
		int64_t all = clamp_pages(&e->swap_total_kb, e->page_kb);

		swap = swap < 0 || all < swap ? all : swap;
		sc->total_lo = sc->total_hi = limit + swap;
		return;
	}
	sc->total_lo = limit;
	/* unknown swap: as much again stands for a lot of it */
	sc->total_hi = swap >= 0 ? limit + swap : 2 * limit;
	if (swap <= 0 && swap != -1)
		sc->total_hi = limit;
}

static void find_total(const struct ol_oom_event *e, struct scoring *sc)
{
	int64_t ram;

	if (e->constraint == OL_CONSTRAINT_MEMCG) {
		memcg_total(e, sc);
		return;
	}
	ram = ram_pages(e);
	if (!ram)
		return;
	sc->total_lo = sc->total_hi = ram;
	if (e->swap_total_kb.set && !e->swap_total_kb.v)
		return;
	if (e->swap_total_kb.set && e->page_kb)
		sc->total_lo = sc->total_hi = ram + clamp_pages(&e->swap_total_kb, e->page_kb);
	else
		sc->total_hi = 2 * ram;
}

static void find_scoring(struct ol_oom_event *e, struct scoring *sc)
{
	uint32_t cols = e->table_cols;

	*sc = (struct scoring){ .e = e, .k = ol_event_kver(e) };
	/* the columns decide: el6 is 2.6.32 with the formula of 2.6.36 */
	sc->old = cols ? !(cols & COL(OOM_SCORE_ADJ)) : ol_kver_before(sc->k, 2636);
	sc->permille = !sc->old && (ol_kver_before(sc->k, 3005) ||
				    (cols & COL(CPU) && !ol_kver_from(sc->k, 3005)));
	sc->bonus = ol_kver_before(sc->k, 4017) || (cols && !(cols & COL(PGTABLES_BYTES)));
	sc->bonus_possible = !ol_kver_from(sc->k, 4017);
	/* 3.14, and late releases of the kernels from 3.10 on */
	sc->bonus_of_total = !ol_kver_from(sc->k, 3010) && !(cols & COL(NR_PMDS));
	sc->bonus_either = !ol_kver_from(sc->k, 3014) && !sc->permille;
	sc->floor = !ol_kver_from(sc->k, 5010);
	find_total(e, sc);
	if (!(cols & COL(SWAPENTS)) && e->page_kb && e->swap_total_kb.set && e->swap_free_kb.set)
		sc->swap_hidden = clamp_pages(&e->swap_total_kb, e->page_kb) -
				  clamp_pages(&e->swap_free_kb, e->page_kb);
	if (sc->swap_hidden < 0)
		sc->swap_hidden = 0;
}

/* ---- what there is to say ---- */

/* Adds a clause to the reason. */
static void say(const struct scoring *sc, struct ol_replay_victim *rv, struct ol_finding f)
{
	struct ol_finding kept = ol_judge_keep(sc->e, f);
	struct ol_finding *to = kept.id ? ol_vec_push(&sc->e->arena, &rv->clauses) : NULL;

	if (to)
		*to = kept;
}

/* "java (3.2 GiB)", "java (3.2 GiB, oom_score_adj 500)" */
static void say_scored(const struct scoring *sc, struct ol_replay_victim *rv,
		       const struct ol_task *t)
{
	if (t->mask & COL(OOM_SCORE_ADJ))
		say(sc, rv, FOUND(SCORED_ADJ, t->comm, task_pages(sc, t), task_adj(t)));
	else
		say(sc, rv, FOUND(SCORED, t->comm, task_pages(sc, t)));
}

static const struct ol_task *row_of(const struct ol_oom_event *e, const struct ol_victim *v)
{
	if (!v || !v->pid.set)
		return NULL;
	for (uint32_t i = 0; i < e->tasks.n; i++)
		if (e->tasks.v[i].col[OL_COL_PID] == v->pid.v)
			return &e->tasks.v[i];
	/* the bracket may hold the thread that had the memory */
	for (uint32_t i = 0; i < e->tasks.n; i++)
		if (e->tasks.v[i].mask & COL(TGID) && e->tasks.v[i].col[OL_COL_TGID] == v->pid.v)
			return &e->tasks.v[i];
	return NULL;
}

/*
 * Whom the kernel chose: the first of the list, unless a child died for it. A cgroup's OOM on 3.x
 * chooses among threads: a "Kill process" whose pid no row has, and which bears the name of the one
 * that was killed, is a thread of it and not its parent.
 */
static const struct ol_victim *chosen_victim(const struct ol_oom_event *e, bool *ret_child)
{
	const struct ol_victim *killed = e->victims.n ? &e->victims.v[0] : NULL, *v;

	*ret_child = false;
	for (uint32_t i = 0; i < e->victims.n; i++)
		if (e->victims.v[i].why == OL_WHY_CHILD)
			*ret_child = true;
	for (uint32_t i = 0; i < e->victims.n && *ret_child; i++) {
		v = &e->victims.v[i];
		if (v->why == OL_WHY_CHILD || !v->score.set)
			continue;
		if (e->constraint == OL_CONSTRAINT_MEMCG && !row_of(e, v) && row_of(e, killed) &&
		    ol_span_eq(v->comm.s, killed->comm.s))
			break;
		return v;
	}
	*ret_child = false;
	return killed;
}

/* "java was the largest killable process: 2.3 GiB of 3.8 GiB of RAM (score 600 of 1000)" */
static void say_size(const struct scoring *sc, struct ol_replay_victim *rv, int64_t points)
{
	enum { RAM, RAM_AND_SWAP, CGROUP }; /* as the sentence has them */
	const struct ol_oom_event *e = sc->e;
	const struct ol_task *t = rv->actual;
	int64_t total = sc->total_lo, pages = task_pages(sc, t);
	bool exact = total && sc->total_hi == total, memcg = e->constraint == OL_CONSTRAINT_MEMCG;

	if (sc->old) {
		say(sc, rv, FOUND(LARGEST_VM, t->comm, pages));
		return;
	}
	say(sc, rv, FOUND(LARGEST, t->comm, pages));
	if (pages > SWAPPED_LEAST && col(t, OL_COL_SWAPENTS) > pages / 2)
		say(sc, rv, PHRASE(MOSTLY_SWAPPED));
	/* what it has in swap may count elsewhere, and a cgroup may hold more than its limit */
	if (total && memcg && !exact && pages <= total)
		say(sc, rv, FOUND(UNDER_LIMIT, total));
	else if (exact && pages <= total)
		say(sc, rv,
		    FOUND(OF_TOTAL, total,
			  memcg                    ? CGROUP
			  : e->swap_total_kb.v > 0 ? RAM_AND_SWAP
						   : RAM));
	/* of a cgroup that held more than its limit, or with an adjustment, it may be above */
	if (points > 1000)
		say(sc, rv, FOUND(SCORE_BEYOND, points));
	else if (points >= 0)
		say(sc, rv, FOUND(SCORE, points));
}

static void say_largest(const struct scoring *sc, const struct ol_victim *v,
			struct ol_replay_victim *rv)
{
	const struct ol_task *t = rv->actual, *l = rv->largest;
	int64_t total = sc->total_lo, pages = task_pages(sc, t), points = -1;
	bool exact = total && sc->total_hi == total;

	if (v->score.set && !sc->old)
		points = v->score.v;
	else if (exact && !sc->old)
		points = sc->permille ? rv->actual_score : rv->actual_score * 1000 / total;
	if (sc->swap_hidden && !sc->old && rv->expected != t) {
		say(sc, rv, FOUND(HIGHEST_SCORE, t->comm));
		if (points >= 0 && points <= 1000)
			say(sc, rv, FOUND(OF_1000, points));
		say(sc, rv, FOUND(IN_RAM_AND_SWAP, pages));
		return;
	}
	say_size(sc, rv, points);
	if (sc->old)
		return;
	if (l != t && task_pages(sc, l) > pages && killable(sc, l) && rv->expected == t &&
	    sc->bonus_possible && is_root(l) && task_adj(l) == task_adj(t))
		say(sc, rv, FOUND(ROOT_LARGER, l->comm, task_pages(sc, l)));
	else if (rv->expected && rv->expected != t && rv->matches)
		say(sc, rv,
		    FOUND(EQUAL_WITHIN_ERROR, rv->expected->comm, task_pages(sc, rv->expected)));
}

static void say_adjusted(const struct scoring *sc, struct ol_replay_victim *rv)
{
	const struct ol_task *a = rv->actual, *l = rv->largest;
	int64_t pages = task_pages(sc, l), adj = task_adj(l);

	if (adj == ADJ_NEVER)
		say(sc, rv, FOUND(LARGER_FORBIDDEN, l->comm, pages));
	else if (adj < 0)
		say(sc, rv, FOUND(LARGER_PROTECTED, l->comm, pages, adj));
	else
		say(sc, rv, FOUND(LARGER_OFFERED_LESS, l->comm, pages, adj));
	if (task_adj(a) > 0)
		say(sc, rv, FOUND(OFFERED, a->comm, task_pages(sc, a), task_adj(a)));
	else
		say(sc, rv, FOUND(CAME_NEXT, a->comm, task_pages(sc, a), task_adj(a)));
}

/* ---- the reason ---- */

static bool none_killable(const struct ol_oom_event *e)
{
	if (ol_span_find(e->panic.s, S("no killable process")) >= 0 ||
	    ol_span_find(e->panic.s, S("deadlocked on memory")) >= 0)
		return true;
	if (e->victims.n)
		return false;
	for (uint32_t i = 0; i < e->lines.n; i++)
		if (ol_span_starts(ol_span_ltrim(e->lines.v[i].text),
				   S("Out of memory and no killable processes")))
			return true;
	return false;
}

/* No list, or half of one: certain only when the victim alone held most of what there was. */
static void reason_without_table(const struct scoring *sc, const struct ol_victim *v,
				 struct ol_replay_victim *rv)
{
	const struct ol_oom_event *e = sc->e;
	int64_t held = 0, held_kb;

	if (rv->actual && rv->largest && rv->largest != rv->actual && !sc->old &&
	    task_pages(sc, rv->largest) >
		    task_pages(sc, rv->actual) + tolerance(sc, rv->largest, rv->actual, 0) &&
	    task_adj(rv->largest) < task_adj(rv->actual)) {
		rv->reason = OL_VR_SCORE_ADJUSTED;
		say_adjusted(sc, rv);
		return;
	}
	if (v->anon_rss_kb.set && e->page_kb)
		held = clamp_pages(&v->anon_rss_kb, e->page_kb);
	if (rv->actual && !sc->old && task_pages(sc, rv->actual) > held)
		held = task_pages(sc, rv->actual);
	if (sc->total_lo && sc->total_hi == sc->total_lo && held > sc->total_lo / 2) {
		rv->reason = OL_VR_LARGEST;
		say(sc, rv, FOUND(ALONE_HELD, v->comm.s, held, sc->total_lo));
		return;
	}
	/* neither needs the size of a page, which without a list nothing tells */
	held_kb = e->page_kb ? held * e->page_kb : v->anon_rss_kb.set ? v->anon_rss_kb.v : 0;
	if (e->constraint == OL_CONSTRAINT_MEMCG && e->limit_kb.set && e->usage_kb.set &&
	    held_kb > e->usage_kb.v / 2) {
		rv->reason = OL_VR_LARGEST;
		/* of shared pages some are charged to others */
		if (held_kb > e->usage_kb.v)
			held_kb = e->usage_kb.v;
		say(sc, rv,
		    FOUND(ALONE_HELD_OF_CGROUP, v->comm.s, (uint64_t)held_kb,
			  (uint64_t)e->usage_kb.v));
		return;
	}
	if (v->score.set && rv->actual && !sc->old && rv->actual->mask & COL(OOM_SCORE_ADJ) &&
	    !task_adj(rv->actual))
		say(sc, rv, FOUND(HIGHEST_FOR_SIZE, v->comm.s, v->score.v, rv->not_done));
	else
		say(sc, rv, FOUND(CANNOT_TELL_WHY, v->comm.s, rv->not_done));
}

static void reason_of_old(const struct scoring *sc, const struct ol_victim *v,
			  struct ol_replay_victim *rv)
{
	const struct ol_task *t = rv->actual, *l = rv->largest;
	int64_t adj = t->mask & COL(OOM_ADJ) ? t->col[OL_COL_OOM_ADJ] : 0;
	int64_t adj_l = l->mask & COL(OOM_ADJ) ? l->col[OL_COL_OOM_ADJ] : 0;
	int64_t pages = task_pages(sc, t), pages_l = task_pages(sc, l);

	if (l == t || pages + tolerance(sc, t, l, 0) >= pages_l) {
		rv->reason = OL_VR_LARGEST;
		say_largest(sc, v, rv);
		say(sc, rv, PHRASE(ALSO_CPU_TIME));
	} else if (adj_l < adj) {
		rv->reason = OL_VR_SCORE_ADJUSTED;
		say(sc, rv, FOUND(OLD_ADJ, l->comm, pages_l, adj_l, adj, t->comm, pages));
	} else {
		say(sc, rv, FOUND(OLD_UNKNOWN, l->comm, pages_l, t->comm, pages));
	}
}

/* The table is complete, the victim is in it. */
static void reason_of_scores(const struct scoring *sc, const struct ol_victim *v,
			     unsigned n_killable, struct ol_replay_victim *rv)
{
	const struct ol_task *a = rv->actual, *l = rv->largest;
	int64_t pa = task_pages(sc, a), pl = task_pages(sc, l);

	if (!rv->matches) {
		say_scored(sc, rv, rv->expected);
		say(sc, rv, PHRASE(HAS_HIGHEST_YET));
		say_scored(sc, rv, a);
		say(sc, rv, PHRASE(KILLED_INSTEAD));
		if (l == a)
			rv->reason = OL_VR_LARGEST;
		else if (task_adj(a) > task_adj(l))
			rv->reason = OL_VR_SCORE_ADJUSTED;
	} else if (l == a || pa + tolerance(sc, a, l, 0) >= pl ||
		   (sc->bonus_possible && task_adj(a) == task_adj(l))) {
		/* the bonus for root explains what is left of a difference */
		rv->reason = OL_VR_LARGEST;
		say_largest(sc, v, rv);
	} else if (n_killable == 1) {
		rv->reason = OL_VR_ONLY_KILLABLE;
		say(sc, rv, FOUND(ONLY_KILLABLE, a->comm));
		say_scored(sc, rv, l);
		say(sc, rv, PHRASE(WAS_LARGER));
	} else {
		rv->reason = OL_VR_SCORE_ADJUSTED;
		say_adjusted(sc, rv);
	}
}

/* What is not a matter of scores at all. true: the reason is found. */
static bool reason_of_rules(const struct scoring *sc, const struct ol_victim *v, bool child,
			    unsigned n_killable, struct ol_replay_victim *rv)
{
	const struct ol_oom_event *e = sc->e;
	const struct ol_task *l = rv->largest;

	if (none_killable(e)) {
		rv->reason = OL_VR_NONE_KILLABLE;
		say(sc, rv, PHRASE(NONE_LEFT));
		if (e->tasks.n == 1 && !n_killable)
			say(sc, rv, PHRASE(ONLY_ONE_PROTECTED));
		else if (e->tasks.n && !n_killable)
			say(sc, rv, FOUND(ALL_PROTECTED, e->tasks.n));
		else if (e->tasks.n)
			say(sc, rv, FOUND(SOME_PROTECTED, e->tasks.n, e->tasks.n - n_killable));
		return true;
	}
	if (!v)
		return false;
	if (v->why == OL_WHY_ALLOCATING_TASK || e->victims.v[0].why == OL_WHY_ALLOCATING_TASK) {
		rv->reason = OL_VR_ALLOCATING_TASK;
		say(sc, rv, FOUND(ALLOCATING_TASK, v->comm.s));
		if (l && l != rv->actual)
			say(sc, rv, FOUND(LARGEST_WAS, l->comm, task_pages(sc, l), sc->old));
		return true;
	}
	if (e->oom_group) {
		rv->reason = OL_VR_GROUP;
		say(sc, rv, FOUND(OOM_GROUP, v->comm.s));
		if (e->victims.n > 1)
			say(sc, rv, FOUND(OOM_GROUP_SIZE, e->victims.n));
		return true;
	}
	if (child) {
		rv->reason = OL_VR_CHILD_OF_LARGEST;
		say(sc, rv, FOUND(CHILD_KILLED, v->comm.s, e->victims.v[0].comm.s));
		return true;
	}
	return false;
}

/* ---- all of it ---- */

static enum ol_phrase cannot(const struct scoring *sc, const struct ol_victim *v)
{
	const struct ol_oom_event *e = sc->e;
	bool adjusted = false;

	if (e->kind == OL_EV_ALLOC_FAILURE)
		return OL_PHRASE_NOTHING_KILLED;
	if (e->kind == OL_EV_USERSPACE_KILL)
		return OL_PHRASE_PROGRAM_CHOSE;
	if (!e->tasks.n)
		return OL_PHRASE_NO_TABLE;
	if (e->parts_missing & 1u << OL_PART_TABLE || e->table_incomplete || e->truncated ||
	    !e->table_cols)
		return OL_PHRASE_TABLE_INCOMPLETE;
	for (uint32_t i = 0; i < e->tasks.n; i++) {
		if (!(e->tasks.v[i].mask & COL(RSS)))
			return OL_PHRASE_TABLE_DAMAGED;
		adjusted |= task_adj(&e->tasks.v[i]) != 0 && task_adj(&e->tasks.v[i]) != ADJ_NEVER;
	}
	if (sc->old)
		return OL_PHRASE_CPU_TIME_COUNTS;
	if (adjusted && !sc->total_lo)
		return e->constraint == OL_CONSTRAINT_MEMCG ? OL_PHRASE_ALLOWANCE_UNKNOWN
							    : OL_PHRASE_TOTAL_UNKNOWN;
	if (!v && e->kind != OL_EV_PANIC)
		return OL_PHRASE_VICTIM_NOT_NAMED;
	return OL_PHRASE_NONE;
}

/* Could the actual victim have had the highest score, with all that the log leaves open? */
static bool possible(const struct scoring *sc, const struct ol_task *actual, int64_t total)
{
	int64_t have = at_most(sc, actual, total);

	if (!killable(sc, actual))
		return false;
	for (uint32_t i = 0; i < sc->e->tasks.n; i++) {
		const struct ol_task *t = &sc->e->tasks.v[i];

		if (t != actual && killable(sc, t) &&
		    at_least(sc, t, total) > have + tolerance(sc, t, actual, total))
			return false;
	}
	return true;
}

/* The largest of the list and the one with the highest score; how many could be killed. */
static unsigned choose(const struct scoring *sc, struct ol_replay_victim *rv)
{
	unsigned n_killable = 0;
	int64_t most = 0, pages, s;

	for (uint32_t i = 0; i < sc->e->tasks.n; i++) {
		const struct ol_task *t = &sc->e->tasks.v[i];
		bool can = killable(sc, t);

		if (!(t->mask & (sc->old ? COL(TOTAL_VM) : COL(RSS))))
			continue;
		pages = task_pages(sc, t);
		/* init is no candidate, whatever its adjustment */
		if ((can || task_adj(t) == ADJ_NEVER) && (!rv->largest || pages > most)) {
			rv->largest = t;
			most = pages;
		}
		if (!can)
			continue;
		n_killable++;
		if (sc->old)
			continue;
		s = score(sc, t, pages, sc->total_lo, sc->bonus && is_root(t), sc->bonus_of_total);
		if (!rv->expected || s > rv->expected_score) {
			rv->expected = t;
			rv->expected_score = s;
		}
	}
	return n_killable;
}

/* Which of the ways to find the reason applies. */
static void find_reason(const struct scoring *sc, const struct ol_victim *v, bool child,
			unsigned n_killable, struct ol_replay_victim *rv)
{
	const struct ol_oom_event *e = sc->e;

	if (reason_of_rules(sc, v, child, n_killable, rv))
		return;
	if (!v && e->kind == OL_EV_PANIC && rv->done && rv->expected) {
		say(sc, rv, PHRASE(STOPPED_INSTEAD));
		say_scored(sc, rv, rv->expected);
		say(sc, rv, PHRASE(HAS_HIGHEST));
	} else if (!v || e->kind == OL_EV_USERSPACE_KILL || e->kind == OL_EV_ALLOC_FAILURE) {
		say(sc, rv,
		    (struct ol_finding){
			    (enum ol_say)(rv->not_done ? rv->not_done : OL_PHRASE_NO_VICTIM),
			    NULL });
	} else if (sc->old && rv->actual && rv->largest && !e->table_incomplete && e->table_cols) {
		reason_of_old(sc, v, rv);
	} else if (sc->swap_hidden && rv->expected && rv->expected != rv->actual && rv->actual &&
		   rv->largest && !cannot(sc, v) && task_adj(rv->actual) == task_adj(rv->largest)) {
		rv->reason = OL_VR_LARGEST;
		say_largest(sc, v, rv);
	} else if (!rv->done || !rv->actual || !rv->expected) {
		reason_without_table(sc, v, rv);
	} else {
		reason_of_scores(sc, v, n_killable, rv);
	}
}

int ol_replay_victim(struct ol_oom_event *e, struct ol_replay_victim *ret)
{
	struct ol_replay_victim rv = { 0 };
	const struct ol_victim *v;
	struct scoring sc;
	unsigned n_killable;
	bool child;

	find_scoring(e, &sc);
	v = chosen_victim(e, &child);
	rv.actual = row_of(e, v);
	rv.has_actual = rv.actual != NULL;
	rv.not_done = cannot(&sc, v);
	rv.done = !rv.not_done;
	rv.totalpages = sc.total_lo == sc.total_hi ? (uint64_t)sc.total_lo : 0;

	n_killable = choose(&sc, &rv);
	if (rv.actual && rv.actual->mask & COL(RSS))
		rv.actual_score = nominal(&sc, rv.actual, sc.total_lo);
	if (rv.done && sc.swap_hidden && rv.actual && rv.expected != rv.actual) {
		rv.done = false;
		rv.not_done = OL_PHRASE_SWAPPED_NOT_LISTED;
	}
	if (rv.done && rv.actual && rv.expected)
		rv.matches = rv.actual == rv.expected || possible(&sc, rv.actual, sc.total_lo) ||
			     (sc.total_hi > sc.total_lo && possible(&sc, rv.actual, sc.total_hi));
	else if (rv.done && !v)
		rv.matches = !rv.expected && none_killable(e);
	find_reason(&sc, v, child, n_killable, &rv);
	*ret = rv;
	return 0;
}
