// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/judge/judge_impl.h"

/*
 * A cgroup hit its limit. Which one: the victim's own, its pod's or another ancestor's. Of what its
 * charge consisted decides the cause; the machine's own state has no part in it.
 */

/* Where a share begins to say something. X_NTH: an X-th part of the whole. */
enum {
	/* at its limit: a charge that did not fit leaves usage some pages below it */
	FULL_NTH = 20,
	/* what the counters leave over is kernel memory; below this it is their error */
	REST_NTH = 4,
	/* certain: half of the charge, and three times what comes next */
	CERTAIN_NTH = 2,
	SECOND_TIMES = 3,
	/* the statistics lag by some pages per CPU: a smaller cgroup cannot be sure */
	CERTAIN_LEAST_KB = 4096,
	/* likely: a third of the charge */
	LIKELY_NTH = 3,
	/* counters that explain less than this of the charge explain nothing */
	EXPLAINED_NTH = 3,
	/* the resident sizes of the listed tasks count shared pages for each */
	LISTED_PERCENT = 60,
	/* the victim's memory is anonymous: ten times its file pages, and more than start-up */
	VICTIM_ANON_TIMES = 10,
	VICTIM_LARGE_KB = 16384,
	/* a crowd: so many of one name, none of which costs the kernel more than usual */
	CROWD_LEAST = 16,
	CROWD_KERNEL_KB = 1024,
	/* file cache below this is nothing that dropping would give back */
	CACHE_LEFT_NTH = 20,
	/* a new limit with this much room above the peak */
	ROOM_NTH = 4,
};

struct charge {
	uint64_t total, anon, shmem, file, kernel, swap;
	bool parts; /* the charge's parts are known */
	uint64_t dirty, writeback;
	bool dirty_known;
	enum ol_account_part kernel_most; /* largest named kind of kernel memory */
	uint64_t kernel_most_kb;
};

static uint64_t part(const struct ol_accounting *a, enum ol_account_part p)
{
	return a->has & 1u << p ? a->kb[p] : 0;
}

static uint64_t stat_kb(const struct ol_oom_event *e, enum ol_key id)
{
	const struct ol_kv *kv = ol_kv_get(&e->memcg_stats, id);

	return kv ? kv->v / 1024 : 0;
}

/*
 * file_dirty 4096		memory.stat, 5.3+; on version 1 since 6.11: dirty, total_dirty
 * … dirty:4KB writeback:0KB …	4.2 - 5.2, a line per cgroup: what is charged to it alone
 */
static bool dirty_kb(const struct ol_oom_event *e, const enum ol_key ids[3], uint64_t *ret)
{
	const struct ol_kv *kv = NULL;
	uint64_t sum = 0;

	for (uint32_t i = 0; e->memcg_members.n > 1 && i < e->memcg_members.n; i++) {
		kv = ol_kv_get(&e->memcg_members.v[i].stats, ids[2]);
		if (!kv || __builtin_add_overflow(sum, kv->v / 1024, &sum))
			return false;
	}
	for (int i = 0; i < 3 && !kv; i++) {
		kv = ol_kv_get(&e->memcg_stats, ids[i]);
		sum = kv ? kv->v / 1024 : 0;
	}
	*ret = sum;
	return kv;
}

static void weigh(struct ol_case *c, struct charge *q)
{
	static const enum ol_key dirty[] = { OL_K_FILE_DIRTY, OL_K_TOTAL_DIRTY, OL_K_DIRTY };
	static const enum ol_key writeback[] = { OL_K_FILE_WRITEBACK, OL_K_TOTAL_WRITEBACK,
						 OL_K_WRITEBACK };
	static const enum ol_account_part kernel[] = {
		OL_AC_SLAB_RECLAIMABLE, OL_AC_SLAB_UNRECLAIMABLE, OL_AC_SLAB, OL_AC_KERNEL_MISC,
		OL_AC_PAGE_TABLES,      OL_AC_KERNEL_STACKS,      OL_AC_SOCK, OL_AC_PERCPU,
		OL_AC_VMALLOC,          OL_AC_KERNEL_OTHER,
	};
	const struct ol_accounting *a = &c->v->account;
	uint64_t left, lru, moved;

	*q = (struct charge){ .kernel_most = OL_AC_MAX };
	if (!a->done)
		return;
	q->total = a->total_kb;
	q->anon = part(a, OL_AC_ANON) + part(a, OL_AC_ZSWAP) + part(a, OL_AC_SWAP_CACHE);
	q->shmem = part(a, OL_AC_SHMEM);
	q->file = part(a, OL_AC_FILE);
	q->swap = a->swap_kb;
	left = part(a, OL_AC_UNACCOUNTED);
	for (size_t i = 0; i < sizeof(kernel) / sizeof(kernel[0]); i++) {
		uint64_t kb = part(a, kernel[i]);

		q->kernel += kb;
		if (kb > q->kernel_most_kb) {
			q->kernel_most_kb = kb;
			q->kernel_most = kernel[i];
		}
	}
	/* swap cache is on the anonymous lists and charged, but in no counter before 5.12 */
	lru = stat_kb(c->e, OL_K_ACTIVE_ANON) + stat_kb(c->e, OL_K_INACTIVE_ANON);
	lru = lru > q->shmem ? lru - q->shmem : 0;
	if (lru > q->anon && !c->e->memcg_members.n) {
		moved = lru - q->anon < left ? lru - q->anon : left;
		q->anon += moved;
		left -= moved;
	}
	/*
	 * All that is charged is either on a list of pages or kernel memory, so what the counters
	 * leave
	 * over is kernel memory that this kernel does not itemise (page tables before 5.11, pipe
	 * buffers).
	 */
	if (left * REST_NTH > q->total) {
		q->kernel += left;
		if (left > q->kernel_most_kb) {
			q->kernel_most_kb = left;
			q->kernel_most = OL_AC_UNACCOUNTED;
		}
	}
	/* 3.13 - 4.1 print writeback alone */
	q->dirty_known = dirty_kb(c->e, dirty, &q->dirty);
	q->dirty_known &= dirty_kb(c->e, writeback, &q->writeback);
	q->parts = (a->has & (1u << OL_AC_ANON | 1u << OL_AC_FILE)) != 0;
}

static bool span_same(struct ol_text a, struct ol_text b)
{
	return a.s.p && b.s.p && ol_span_eq(a.s, b.s);
}

/* Is @up an ancestor of @path? */
static bool is_above(struct ol_span up, struct ol_span path)
{
	return up.p && path.p && up.n < path.n && ol_span_starts(path, up) &&
	       (up.n == 1 || path.p[up.n] == '/');
}

static enum ol_phrase whose_limit(const struct ol_oom_event *e)
{
	if (!e->oom_memcg.s.p)
		return OL_PHRASE_LIMIT_OF_SOME;
	if (span_same(e->oom_memcg, e->task_memcg))
		return e->has_container && e->container.id.p ? OL_PHRASE_LIMIT_OF_CONTAINER
							     : OL_PHRASE_LIMIT_OF_CGROUP;
	if (is_above(e->oom_memcg.s, e->task_memcg.s)) {
		if (ol_span_find(e->oom_memcg.s, OL_SPAN("pod")) >= 0 &&
		    ol_span_find(e->oom_memcg.s, OL_SPAN("kubepods")) >= 0 &&
		    e->container.pod_uid.p && !ol_span_ends(e->oom_memcg.s, OL_SPAN("kubepods")) &&
		    !ol_span_ends(e->oom_memcg.s, OL_SPAN("kubepods.slice")))
			return OL_PHRASE_LIMIT_OF_POD;
		return OL_PHRASE_LIMIT_OF_ABOVE;
	}
	return OL_PHRASE_LIMIT_OF_OTHER;
}

static struct ol_span last_component(struct ol_span path)
{
	ssize_t at = ol_span_rfind(path, OL_SPAN("/"));

	return at >= 0 && (size_t)at + 1 < path.n ? ol_span_skip(path, (size_t)at + 1) : path;
}

static bool has_limit(struct ol_val limit)
{
	return limit.set && limit.v < OL_UNLIMITED_KB;
}

static bool at_limit(struct ol_val usage, struct ol_val limit)
{
	return usage.set && has_limit(limit) && limit.v > 0 &&
	       usage.v >= limit.v / FULL_NTH * (FULL_NTH - 1);
}

/*
 * A limit on memory alone is met by swapping, while there is swap that the cgroup may use. What
 * ended that is the limit on both together (version 1), or that on swap (version 2):
 *
 *   memory+swap: usage 61440kB, limit 61440kB, failcnt 46
 *   swap: usage 16384kB, limit 16384kB, failcnt 12
 */
static void explain_swap_limit(struct ol_case *c)
{
	struct ol_oom_event *e = c->e;

	if (at_limit(e->memsw_usage_kb, e->memsw_limit_kb) &&
	    (!e->limit_kb.set || e->memsw_limit_kb.v > e->limit_kb.v)) {
		ol_judge_explain(c, FOUND(MEMSW_AT_LIMIT, (uint64_t)e->memsw_limit_kb.v));
		ol_judge_evidence(c, e->memsw_usage_kb.line,
				  FOUND(MEMSW_USAGE, (uint64_t)e->memsw_usage_kb.v,
					(uint64_t)e->memsw_limit_kb.v));
	} else if (at_limit(e->swap_usage_kb, e->swap_limit_kb)) {
		ol_judge_explain(c, FOUND(SWAP_AT_LIMIT, (uint64_t)e->swap_limit_kb.v));
		ol_judge_evidence(c, e->swap_usage_kb.line,
				  FOUND(SWAP_USAGE, (uint64_t)e->swap_usage_kb.v,
					(uint64_t)e->swap_limit_kb.v));
	}
}

static void explain_limit(struct ol_case *c)
{
	struct ol_oom_event *e = c->e;

	if (e->usage_kb.set && has_limit(e->limit_kb)) {
		ol_judge_explain(c, FOUND(CGROUP_HELD, e->oom_memcg.s.p != NULL,
					  (uint64_t)e->usage_kb.v, (uint64_t)e->limit_kb.v,
					  e->failcnt.set && e->failcnt.v > 1));
		ol_judge_evidence(c, e->usage_kb.line,
				  FOUND(USAGE, (uint64_t)e->usage_kb.v, (uint64_t)e->limit_kb.v));
	}
	explain_swap_limit(c);
	if (is_above(e->oom_memcg.s, e->task_memcg.s))
		ol_judge_explain(
			c, FOUND(LIMIT_IS_ABOVE, ol_span_head(last_component(e->oom_memcg.s), 80)));
	ol_judge_explain(c, PHRASE(MACHINE_NO_PART));
}

/* The processes of the cgroup, folded: who held it. Returns the largest group, or NULL. */
static const struct ol_group *largest_group(struct ol_case *c, uint32_t *ret_n)
{
	struct ol_group *groups = NULL;

	*ret_n = 0;
	if (ol_event_groups(c->e, &groups, ret_n) < 0 || !*ret_n)
		return NULL;
	return groups;
}

static uint64_t round_up_mib(uint64_t kb)
{
	uint64_t step = kb > 8u << 20 ? 1u << 20 : kb > 1u << 20 ? 256u << 10 : 64u << 10;

	if (kb < 256u << 10)
		step = 16u << 10;
	return (kb + step - 1) / step * step;
}

static void advise_anon(struct ol_case *c, const struct charge *q)
{
	struct ol_oom_event *e = c->e;
	uint64_t both = q->total + q->swap;
	uint32_t n;
	const struct ol_group *g = largest_group(c, &n);

	if (g && g->count > 1 && g->rss_kb)
		ol_judge_advise(c,
				FOUND(ONE_FEWER, g->count, g->comm, g->rss_kb, g->rss_kb / g->count,
				      e->limit_kb.set ? (uint64_t)e->limit_kb.v : q->total));
	ol_judge_advise(c, FOUND(RAISE_LIMIT, q->total, q->swap ? both : 0,
				 round_up_mib(both + both / ROOM_NTH)));
	ol_judge_advise(c, PHRASE(LOOK_FOR_LEAK));
	if (q->file * CACHE_LEFT_NTH < q->total)
		ol_judge_advise(c, FOUND(CGROUP_CACHES_NO_HELP, !q->file, q->file, q->total));
}

/*
 * A crowd of small processes: each costs the kernel some hundred KiB (stack, page tables, task
 * and file structures), which is more than many of them use themselves.
 */
static bool advise_crowd(struct ol_case *c, const struct charge *q)
{
	uint32_t n;
	const struct ol_group *g = largest_group(c, &n);

	if (!g || g->count < CROWD_LEAST || q->kernel / g->count > CROWD_KERNEL_KB)
		return false;
	ol_judge_advise(c, FOUND(CROWD, g->count, g->comm));
	return true;
}

static unsigned why_not_dropped(const struct charge *q)
{
	enum { NOT_WRITTEN, IN_USE, CANNOT_TELL }; /* as the sentence has them */

	if (q->dirty + q->writeback > q->file / 2)
		return NOT_WRITTEN;
	return q->dirty_known ? IN_USE : CANNOT_TELL;
}

static void filled_by_anon(struct ol_case *c, const struct charge *q, enum ol_phrase limit)
{
	ol_judge_headline(c, FOUND(CGROUP_ANON, limit, q->anon, q->total));
	advise_anon(c, q);
}

static void filled_by_shmem(struct ol_case *c, const struct charge *q, enum ol_phrase limit)
{
	ol_judge_headline(c, FOUND(CGROUP_SHMEM, limit, q->shmem, q->total));
	ol_judge_explain(c, PHRASE(TMPFS_IN_CGROUP));
	ol_judge_advise(c, FOUND(BOUND_CGROUP_TMPFS, q->shmem));
}

static void filled_by_cache(struct ol_case *c, const struct charge *q, enum ol_phrase limit)
{
	ol_judge_headline(c, FOUND(CGROUP_CACHE, limit, q->file, q->total, why_not_dropped(q)));
	if (q->dirty_known && q->dirty + q->writeback)
		ol_judge_explain(c, FOUND(CACHE_DIRTY, q->dirty, q->writeback));
	ol_judge_advise(c, PHRASE(WRITE_SLOWER));
}

static void filled_by_kernel(struct ol_case *c, const struct charge *q, enum ol_phrase limit)
{
	ol_judge_headline(c, FOUND(CGROUP_KERNEL, limit, q->kernel, q->total, q->kernel_most));
	ol_judge_explain(c, PHRASE(KERNEL_FOR_PROCESSES));
	if (advise_crowd(c, q))
		return;
	if (q->kernel_most == OL_AC_SLAB_RECLAIMABLE)
		ol_judge_advise(c, PHRASE(SCAN_FEWER));
	else if (q->kernel_most == OL_AC_PAGE_TABLES)
		ol_judge_advise(c, FOUND(CGROUP_TABLES, q->kernel_most_kb));
	else if (q->kernel_most == OL_AC_SOCK)
		ol_judge_advise(c, PHRASE(SOCKET_BUFFERS));
	else
		ol_judge_advise(c, PHRASE(SEE_WHAT_GROWS));
}

static void judge_parts(struct ol_case *c, const struct charge *q)
{
	const struct {
		enum ol_cause cause;
		uint64_t kb;
		void (*say)(struct ol_case *c, const struct charge *q, enum ol_phrase limit);
	} parts[] = {
		{ OL_CAUSE_MEMCG_ANON, q->anon, filled_by_anon },
		{ OL_CAUSE_MEMCG_SHMEM, q->shmem, filled_by_shmem },
		{ OL_CAUSE_MEMCG_PAGE_CACHE, q->file, filled_by_cache },
		{ OL_CAUSE_MEMCG_KERNEL, q->kernel, filled_by_kernel },
	};
	const size_t n = sizeof(parts) / sizeof(parts[0]);
	struct ol_oom_event *e = c->e;
	struct ol_verdict *v = c->v;
	uint64_t most, second = 0;
	size_t top = 0;
	bool full = !e->usage_kb.set || !has_limit(e->limit_kb) ||
		    (uint64_t)e->usage_kb.v * FULL_NTH >= (uint64_t)e->limit_kb.v * (FULL_NTH - 1);

	for (size_t i = 1; i < n; i++)
		if (parts[i].kb > parts[top].kb)
			top = i;
	most = parts[top].kb;
	for (size_t i = 0; i < n; i++)
		if (i != top && parts[i].kb > second)
			second = parts[i].kb;
	v->cause = parts[top].cause;
	v->confidence = most * CERTAIN_NTH >= q->total && second * SECOND_TIMES <= most && full &&
					q->total >= CERTAIN_LEAST_KB
				? OL_CONF_HIGH
			: most * LIKELY_NTH >= q->total && second < most ? OL_CONF_MEDIUM
									 : OL_CONF_LOW;
	parts[top].say(c, q, whose_limit(e));
	explain_limit(c);
	if (e->memcg_stats.n)
		ol_judge_evidence(c, e->memcg_stats.v[0].line,
				  FOUND(CHARGE, q->total, q->anon, q->shmem, q->file, q->kernel));
	else if (e->memcg_members.n)
		ol_judge_evidence(c, e->memcg_members.v[0].path.line,
				  FOUND(CHARGE_OF_MEMBERS, q->total, q->anon, q->shmem, q->file));
}

/*
 * Kernels before 3.9 print no statistics: the resident memory of the listed tasks is what is left.
 */
static bool table_says_anon(struct ol_case *c, const struct charge *q)
{
	struct ol_oom_event *e = c->e;
	uint64_t rss = 0, limit;

	if (q->parts || !has_limit(e->limit_kb) || !e->page_kb)
		return false;
	limit = (uint64_t)e->limit_kb.v;
	for (uint32_t i = 0; i < e->tasks.n; i++)
		if (e->tasks.v[i].mask & 1u << OL_COL_RSS && e->tasks.v[i].col[OL_COL_RSS] > 0)
			rss += (uint64_t)e->tasks.v[i].col[OL_COL_RSS] * e->page_kb;
	if (rss * 100 < limit * LISTED_PERCENT)
		return false;
	c->v->cause = OL_CAUSE_MEMCG_ANON;
	c->v->confidence = OL_CONF_MEDIUM;
	ol_judge_headline(c, FOUND(LISTED_HELD, rss, whose_limit(e), limit));
	explain_limit(c);
	ol_judge_explain(c, PHRASE(NO_STATISTICS));
	return true;
}

/* What the victim alone held may say it, when the statistics are cut. */
static void victims_held(const struct ol_oom_event *e, uint64_t *ret_anon, uint64_t *ret_file)
{
	*ret_anon = *ret_file = 0;
	for (uint32_t i = 0; i < e->victims.n; i++) {
		if (e->victims.v[i].anon_rss_kb.set)
			*ret_anon += (uint64_t)e->victims.v[i].anon_rss_kb.v;
		if (e->victims.v[i].file_rss_kb.set)
			*ret_file += (uint64_t)e->victims.v[i].file_rss_kb.v;
	}
}

bool ol_rule_memcg(struct ol_case *c)
{
	struct ol_oom_event *e = c->e;
	uint64_t anon, file, explained;
	struct charge q;

	if (!c->memcg)
		return false;
	weigh(c, &q);
	explained = q.anon + q.shmem + q.file + q.kernel;
	if (q.parts && explained > 0 && explained * EXPLAINED_NTH >= q.total) {
		judge_parts(c, &q);
		return true;
	}
	victims_held(e, &anon, &file);
	if (has_limit(e->limit_kb) && anon * 2 > (uint64_t)e->limit_kb.v) {
		c->v->cause = OL_CAUSE_MEMCG_ANON;
		c->v->confidence = OL_CONF_MEDIUM;
		ol_judge_headline(
			c, FOUND(VICTIM_HELD, anon, whose_limit(e), (uint64_t)e->limit_kb.v));
		explain_limit(c);
		return true;
	}
	if (table_says_anon(c, &q))
		return true;
	c->v->cause = OL_CAUSE_UNKNOWN;
	if (q.parts && q.total) {
		/* hardly anything of the charge is in the printed counters */
		ol_judge_headline(c, FOUND(CHARGE_UNEXPLAINED,
					   e->limit_kb.set ? (uint64_t)e->limit_kb.v : q.total,
					   explained));
		explain_limit(c);
		return true;
	}
	/* without the limit a large anonymous victim makes anonymous memory likely, no more */
	if (anon > VICTIM_ANON_TIMES * file && anon > VICTIM_LARGE_KB)
		ol_judge_contributes(c, OL_CAUSE_MEMCG_ANON);
	ol_judge_headline(c, PHRASE(CHARGE_UNKNOWN));
	return true;
}
