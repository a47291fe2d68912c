// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/judge/judge_impl.h"
#include "analyze/judge/limit_owner.h"

/*
 * A cgroup hit its limit. Which one: the victim's own, its pod's or another ancestor's. Of what its
 * charge consisted decides the cause; the machine's own state has no part in it.
 */

/* Where a share begins to say something. X_NTH: an X-th part of the whole. */
enum {
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
	uint64_t total; /* 0: the log does not say how much it held */
	uint64_t known; /* all of it, or all that is printed */
	uint64_t anon, shmem, file, kernel, swap;
	uint64_t zswap; /* of its own memory, what is compressed in RAM */
	uint64_t locked; /* of all of it, what is on no list that reclaim looks at */
	uint64_t rest; /* in no counter, and no kernel memory for certain */
	bool parts; /* the charge's parts are known */
	uint64_t dirty, writeback;
	bool dirty_known;
	enum ol_account_part kernel_most; /* largest named kind of kernel memory */
	uint64_t kernel_most_kb;
	uint64_t by_cause[OL_CAUSE_MAX];
};

/* What each part proves when it is the largest of a charge. */
static const uint8_t charged[OL_AC_MAX] = {
#define OL_ACCOUNT(id, key, fills, charged, from, until) [OL_AC_##id] = OL_CAUSE_##charged,
#include "analyze/judge/account_parts.def"
#undef OL_ACCOUNT
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

/*
 * All that version 2 charges is on a list of pages, in huge pages or kernel memory. Where it prints
 * no sum of the kernel's (before 5.18), what is left over is kernel memory that it does not
 * itemise: page tables before 5.11, pipe buffers. Elsewhere that sum says what the kernel holds
 * (version 1: the kmem: line), and the rest is something else.
 */
static bool rest_is_kernel(const struct ol_oom_event *e, const struct ol_accounting *a)
{
	const uint32_t lists = 1u << OL_AC_ANON | 1u << OL_AC_FILE;

	return (a->has & lists) == lists && !(a->absent & lists) &&
	       !ol_kv_get(&e->memcg_stats, OL_K_KERNEL) && !e->kmem_usage_kb.set;
}

static void weigh_kernel(const struct ol_accounting *a, struct charge *q)
{
	for (unsigned p = 0; p < OL_AC_MAX; p++) {
		if (charged[p] != OL_CAUSE_MEMCG_KERNEL || p == OL_AC_UNACCOUNTED)
			continue;
		q->kernel += part(a, (enum ol_account_part)p);
		if (part(a, (enum ol_account_part)p) > q->kernel_most_kb) {
			q->kernel_most_kb = part(a, (enum ol_account_part)p);
			q->kernel_most = (enum ol_account_part)p;
		}
	}
}

static void weigh(struct ol_case *c, struct charge *q)
{
	static const enum ol_key dirty[] = { OL_K_FILE_DIRTY, OL_K_TOTAL_DIRTY, OL_K_DIRTY };
	static const enum ol_key writeback[] = { OL_K_FILE_WRITEBACK, OL_K_TOTAL_WRITEBACK,
						 OL_K_WRITEBACK };
	const struct ol_accounting *a = &c->v->account;
	uint64_t left, lru, moved;

	*q = (struct charge){ .kernel_most = OL_AC_MAX };
	if (!a->done)
		return;
	q->known = a->total_kb;
	q->total = c->e->usage_kb.set ? a->total_kb : 0;
	q->anon = part(a, OL_AC_ANON) + part(a, OL_AC_SWAP_CACHE);
	q->zswap = part(a, OL_AC_ZSWAP);
	q->shmem = part(a, OL_AC_SHMEM);
	q->file = part(a, OL_AC_FILE);
	q->swap = a->swap_kb;
	q->locked = stat_kb(c->e, OL_K_UNEVICTABLE);
	left = part(a, OL_AC_UNACCOUNTED);
	weigh_kernel(a, q);
	/* swap cache is on the anonymous lists and charged, but in no counter before 5.12 */
	lru = stat_kb(c->e, OL_K_ACTIVE_ANON) + stat_kb(c->e, OL_K_INACTIVE_ANON);
	lru = lru > q->shmem ? lru - q->shmem : 0;
	if (lru > q->anon && !c->e->memcg_members.n) {
		moved = lru - q->anon < left ? lru - q->anon : left;
		q->anon += moved;
		left -= moved;
	}
	if (!rest_is_kernel(c->e, a)) {
		q->rest = left;
	} else if (left * REST_NTH > q->known) {
		q->kernel += left;
		if (left > q->kernel_most_kb) {
			q->kernel_most_kb = left;
			q->kernel_most = OL_AC_UNACCOUNTED;
		}
	}
	q->by_cause[OL_CAUSE_MEMCG_ANON] = q->anon + q->zswap;
	q->by_cause[OL_CAUSE_MEMCG_SHMEM] = q->shmem;
	q->by_cause[OL_CAUSE_MEMCG_PAGE_CACHE] = q->file;
	q->by_cause[OL_CAUSE_MEMCG_KERNEL] = q->kernel;
	q->by_cause[OL_CAUSE_MEMCG_HUGETLB] = part(a, OL_AC_HUGEPAGES);
	q->by_cause[OL_CAUSE_MEMCG] = q->rest;
	/* 3.13 - 4.1 print writeback alone */
	q->dirty_known = dirty_kb(c->e, dirty, &q->dirty);
	q->dirty_known &= dirty_kb(c->e, writeback, &q->writeback);
	q->parts = (a->has & (1u << OL_AC_ANON | 1u << OL_AC_FILE)) != 0;
}

static enum ol_phrase whose_limit(const struct ol_limit_owner *o)
{
	if (o->kind == OL_OWNER_UNKNOWN)
		return o->pod ? OL_PHRASE_LIMIT_OF_POD : OL_PHRASE_LIMIT_OF_SOME;
	if (o->own)
		return o->kind == OL_OWNER_CONTAINER ? OL_PHRASE_LIMIT_OF_CONTAINER
						     : OL_PHRASE_LIMIT_OF_CGROUP;
	if (o->above)
		return o->kind == OL_OWNER_POD ? OL_PHRASE_LIMIT_OF_POD : OL_PHRASE_LIMIT_OF_ABOVE;
	return OL_PHRASE_LIMIT_OF_OTHER;
}

static bool has_limit(struct ol_val limit)
{
	return limit.set && limit.v < OL_UNLIMITED_KB;
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

	if (ol_at_limit(e->memsw_usage_kb, e->memsw_limit_kb) &&
	    (!e->limit_kb.set || e->memsw_limit_kb.v > e->limit_kb.v)) {
		ol_judge_explain(c, FOUND(MEMSW_AT_LIMIT, (uint64_t)e->memsw_limit_kb.v));
		ol_judge_evidence(c, e->memsw_usage_kb.line,
				  FOUND(MEMSW_USAGE, (uint64_t)e->memsw_usage_kb.v,
					(uint64_t)e->memsw_limit_kb.v));
	} else if (ol_at_limit(e->swap_usage_kb, e->swap_limit_kb)) {
		ol_judge_explain(c, FOUND(SWAP_AT_LIMIT, (uint64_t)e->swap_limit_kb.v));
		ol_judge_evidence(c, e->swap_usage_kb.line,
				  FOUND(SWAP_USAGE, (uint64_t)e->swap_usage_kb.v,
					(uint64_t)e->swap_limit_kb.v));
	}
}

/*
 * Memory alone was below its limit, memory and swap together were not: that limit killed. A charge
 * counts against it first (try_charge(), mm/memcontrol.c), so that its own failcnt need not move.
 */
static bool memsw_decided(const struct ol_oom_event *e)
{
	return ol_at_limit(e->memsw_usage_kb, e->memsw_limit_kb) &&
	       !ol_at_limit(e->usage_kb, e->limit_kb);
}

/*
 * A charge that fails adds one to failcnt with each of its retries (16 since 4.20, 5 before, and
 * some for batches and for swap): only what is far beyond is an earlier one's.
 */
static bool failed_before(struct ol_val failcnt)
{
	enum { ONE_CHARGE_MAX = 64 };

	return failcnt.set && failcnt.v > ONE_CHARGE_MAX;
}

static void explain_limit(struct ol_case *c, const struct ol_limit_owner *o)
{
	struct ol_oom_event *e = c->e;

	if (memsw_decided(e)) {
		ol_judge_explain(c,
				 FOUND(CGROUP_HELD_MEMSW, e->oom_memcg.s.p != NULL,
				       (uint64_t)e->memsw_usage_kb.v, (uint64_t)e->memsw_limit_kb.v,
				       e->usage_kb.set ? (uint64_t)e->usage_kb.v : 0,
				       failed_before(e->memsw_failcnt)));
		ol_judge_evidence(c, e->memsw_usage_kb.line,
				  FOUND(MEMSW_USAGE, (uint64_t)e->memsw_usage_kb.v,
					(uint64_t)e->memsw_limit_kb.v));
	} else if (e->usage_kb.set && has_limit(e->limit_kb)) {
		ol_judge_explain(c, FOUND(CGROUP_HELD, e->oom_memcg.s.p != NULL,
					  (uint64_t)e->usage_kb.v, (uint64_t)e->limit_kb.v,
					  failed_before(e->failcnt)));
		ol_judge_evidence(c, e->usage_kb.line,
				  FOUND(USAGE, (uint64_t)e->usage_kb.v, (uint64_t)e->limit_kb.v));
		explain_swap_limit(c);
	} else {
		explain_swap_limit(c);
	}
	if (o->above)
		ol_judge_explain(c, FOUND(LIMIT_IS_ABOVE, ol_span_head(o->last, 80)));
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
				      has_limit(e->limit_kb) ? (uint64_t)e->limit_kb.v : 0));
	if (q->total)
		ol_judge_advise(c, FOUND(RAISE_LIMIT, q->total, q->swap ? both : 0,
					 round_up_mib(both + both / ROOM_NTH)));
	ol_judge_advise(c, PHRASE(LOOK_FOR_LEAK));
	if (q->file * CACHE_LEFT_NTH < q->total && !(c->v->account.absent >> OL_AC_FILE & 1))
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
	ol_judge_headline(c, FOUND(CGROUP_ANON, limit, q->anon, q->total, q->zswap));
	if (q->zswap)
		ol_judge_explain(c, FOUND(ZSWAP_COUNTS, stat_kb(c->e, OL_K_ZSWAPPED), q->zswap));
	/* what is neither dropped nor swapped is on no list but that one */
	if (q->locked * 2 >= q->known) {
		ol_judge_explain(c, FOUND(CGROUP_LOCKED, q->locked));
		ol_judge_advise(c, PHRASE(BOUND_MLOCK));
		ol_judge_contributes(c, OL_CAUSE_MLOCKED);
	}
	advise_anon(c, q);
}

static void filled_by_shmem(struct ol_case *c, const struct charge *q, enum ol_phrase limit)
{
	ol_judge_headline(c, FOUND(CGROUP_SHMEM, limit, q->shmem, q->total));
	ol_judge_mechanism(c, OL_AC_SHMEM, NULL);
	ol_judge_explain(c, PHRASE(TMPFS_IN_CGROUP));
	ol_judge_advise(c, FOUND(BOUND_CGROUP_TMPFS, q->shmem));
}

static void filled_by_cache(struct ol_case *c, const struct charge *q, enum ol_phrase limit)
{
	ol_judge_headline(c, FOUND(CGROUP_CACHE, limit, q->file, q->total, why_not_dropped(q)));
	if (q->dirty_known && q->dirty + q->writeback)
		ol_judge_explain(c, FOUND(CACHE_DIRTY, q->dirty, q->writeback));
	if (q->dirty_known && !(q->dirty + q->writeback)) {
		uint64_t mapped = stat_kb(c->e, OL_K_FILE_MAPPED);

		if (mapped * 2 > q->file)
			ol_judge_explain(c, FOUND(CACHE_MAPPED, mapped));
		ol_judge_advise(c, PHRASE(CACHE_IN_USE));
		return;
	}
	ol_judge_advise(c, PHRASE(WRITE_SLOWER));
}

static void filled_by_kernel(struct ol_case *c, const struct charge *q, enum ol_phrase limit)
{
	ol_judge_headline(c, FOUND(CGROUP_KERNEL, limit, q->kernel, q->total, q->kernel_most));
	ol_judge_explain(c, PHRASE(KERNEL_FOR_PROCESSES));
	if (advise_crowd(c, q) ||
	    (q->kernel_most < OL_AC_MAX && ol_judge_mechanism(c, q->kernel_most, NULL)))
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

static void filled_by_hugetlb(struct ol_case *c, const struct charge *q, enum ol_phrase limit)
{
	ol_judge_headline(
		c, FOUND(CGROUP_HUGETLB, limit, q->by_cause[OL_CAUSE_MEMCG_HUGETLB], q->total));
	ol_judge_explain(c, PHRASE(HUGETLB_CHARGED));
	ol_judge_advise(c, PHRASE(FEWER_HUGE_PAGES));
}

/* In no counter, and not the kernel's: the log does not say what it was. */
static void filled_by_rest(struct ol_case *c, const struct charge *q, enum ol_phrase limit)
{
	(void)limit;
	c->v->confidence = OL_CONF_LOW;
	ol_judge_headline(c, FOUND(CHARGE_UNEXPLAINED, q->known, q->known - q->rest));
}

/*
 * Without shmem, file cache and shared memory are one number; with lines of cgroups lost, what they
 * held is in none.
 */
static enum ol_confidence cap_by_absent(const struct ol_case *c, enum ol_cause cause,
					enum ol_confidence most)
{
	uint32_t absent = c->v->account.absent;
	bool lists = absent & (1u << OL_AC_ANON | 1u << OL_AC_FILE);

	/* without the usage, what the kernel holds beyond the printed counters is not known */
	if (!c->e->usage_kb.set && !ol_kv_get(&c->e->memcg_stats, OL_K_KERNEL))
		return OL_CONF_LOW;

	if (lists || (absent >> OL_AC_SHMEM & 1 &&
		      (cause == OL_CAUSE_MEMCG_PAGE_CACHE || cause == OL_CAUSE_MEMCG_SHMEM)))
		return OL_CONF_LOW;
	return most;
}

/* File cache, of which as much as there is may be shared memory: that is not told. */
static bool cache_or_shmem(struct ol_case *c, const struct charge *q,
			   const struct ol_limit_owner *o)
{
	uint32_t absent = c->v->account.absent;

	if (!(absent >> OL_AC_SHMEM & 1) || absent >> OL_AC_FILE & 1 ||
	    c->v->account.estimated >> OL_AC_SHMEM & 1)
		return false;
	c->v->cause = OL_CAUSE_MEMCG;
	c->v->confidence = OL_CONF_LOW;
	ol_judge_headline(c, FOUND(CACHE_OR_SHMEM, whose_limit(o), q->file, q->total));
	ol_judge_contributes(c, OL_CAUSE_MEMCG_PAGE_CACHE);
	ol_judge_contributes(c, OL_CAUSE_MEMCG_SHMEM);
	return true;
}

static void charge_evidence(struct ol_case *c, const struct charge *q)
{
	struct ol_oom_event *e = c->e;

	if (e->memcg_stats.n)
		ol_judge_evidence(c, e->memcg_stats.v[0].line,
				  FOUND(CHARGE, q->total, q->anon, q->shmem, q->file, q->kernel));
	else if (e->memcg_members.n)
		ol_judge_evidence(c, e->memcg_members.v[0].path.line,
				  FOUND(CHARGE_OF_MEMBERS, q->total, q->anon, q->shmem, q->file));
}

static void judge_parts(struct ol_case *c, const struct charge *q, const struct ol_limit_owner *o)
{
	static const struct {
		enum ol_cause cause;
		void (*say)(struct ol_case *c, const struct charge *q, enum ol_phrase limit);
	} parts[] = {
		{ OL_CAUSE_MEMCG_ANON, filled_by_anon },
		{ OL_CAUSE_MEMCG_SHMEM, filled_by_shmem },
		{ OL_CAUSE_MEMCG_PAGE_CACHE, filled_by_cache },
		{ OL_CAUSE_MEMCG_KERNEL, filled_by_kernel },
		{ OL_CAUSE_MEMCG_HUGETLB, filled_by_hugetlb },
		{ OL_CAUSE_MEMCG, filled_by_rest },
	};
	const size_t n = sizeof(parts) / sizeof(parts[0]);
	struct ol_oom_event *e = c->e;
	struct ol_verdict *v = c->v;
	uint64_t most, second = 0;
	size_t top = 0;
	bool full = ol_at_limit(e->usage_kb, e->limit_kb) || memsw_decided(e);

	for (size_t i = 1; i < n; i++)
		if (q->by_cause[parts[i].cause] > q->by_cause[parts[top].cause])
			top = i;
	most = q->by_cause[parts[top].cause];
	for (size_t i = 0; i < n; i++)
		if (i != top && q->by_cause[parts[i].cause] > second)
			second = q->by_cause[parts[i].cause];
	v->cause = parts[top].cause;
	v->confidence = OL_CONF_LOW;
	if (most * CERTAIN_NTH >= q->known && second * SECOND_TIMES <= most && full &&
	    q->known >= CERTAIN_LEAST_KB)
		v->confidence = OL_CONF_HIGH;
	else if (most * LIKELY_NTH >= q->known && second < most)
		v->confidence = OL_CONF_MEDIUM;
	v->confidence = cap_by_absent(c, v->cause, v->confidence);
	if ((v->cause != OL_CAUSE_MEMCG_PAGE_CACHE && v->cause != OL_CAUSE_MEMCG_SHMEM) ||
	    !cache_or_shmem(c, q, o))
		parts[top].say(c, q, whose_limit(o));
	explain_limit(c, o);
	charge_evidence(c, q);
}

/*
 * Kernels before 3.9 print no statistics: the resident memory of the listed tasks is what is left.
 */
static bool table_says_anon(struct ol_case *c, const struct charge *q,
			    const struct ol_limit_owner *o)
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
	ol_judge_headline(c, FOUND(LISTED_HELD, rss, whose_limit(o), limit));
	explain_limit(c, o);
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

/* Lines of cgroups below the limit are lost, and what they held is in no other. */
static bool lists_lost(const struct ol_case *c)
{
	return c->v->account.absent >> OL_AC_ANON & 1;
}

/*
 * A limit that was written below what the cgroup holds: the writer reclaims, and kills when that
 * does not help (memory_max_write(), mm/memcontrol.c; version 1 answers EBUSY instead). A charge
 * stops at the limit but for a few pages that must not fail, so that usage far above it says the
 * same where the trace is lost.
 */
static bool limit_lowered(struct ol_case *c, const struct ol_limit_owner *o)
{
	enum { FAR_ABOVE_NTH = 8 };
	struct ol_oom_event *e = c->e;
	uint32_t line = 0;
	uint64_t usage, limit;

	if (!e->usage_kb.set || !has_limit(e->limit_kb) || e->usage_kb.v <= e->limit_kb.v)
		return false;
	usage = (uint64_t)e->usage_kb.v;
	limit = (uint64_t)e->limit_kb.v;
	for (uint32_t i = 0; i < e->trace.n && !line; i++)
		if (ol_span_starts(e->trace.v[i].func, OL_SPAN("memory_max_write")) &&
		    !e->trace.v[i].uncertain)
			line = e->trace.v[i].line;
	if (!line && (e->memcg_version == 1 || e->trace.n || usage - limit < limit / FAR_ABOVE_NTH))
		return false;
	c->v->cause = OL_CAUSE_MEMCG_LOWERED;
	c->v->confidence = line ? OL_CONF_HIGH : OL_CONF_MEDIUM;
	ol_judge_headline(c, FOUND(LIMIT_LOWERED, limit, usage, usage - limit));
	if (line) {
		ol_judge_explain(c, FOUND(LIMIT_WRITER, e->trigger_comm.s));
		ol_judge_evidence(c, line, PHRASE(WRITES_LIMIT));
	}
	if (o->kind != OL_OWNER_UNKNOWN)
		ol_judge_explain(c, PHRASE(MACHINE_NO_PART));
	ol_judge_evidence(c, e->usage_kb.line, FOUND(USAGE, usage, limit));
	ol_judge_advise(c, PHRASE(LOWER_SLOWLY));
	return true;
}

/*
 * kmem: usage 51200kB, limit 51200kB, failcnt 3000
 *
 * Kernel memory has a limit of its own on version 1 (memory.kmem.limit_in_bytes, 3.8 to 5.15),
 * while there is room below that of all memory. The kernel kills for the latter only: that the
 * former led to it is likely, no more.
 */
static void kmem_at_limit(struct ol_case *c, const struct charge *q)
{
	struct ol_oom_event *e = c->e;
	uint64_t usage = (uint64_t)e->kmem_usage_kb.v, limit = (uint64_t)e->kmem_limit_kb.v;

	c->v->cause = OL_CAUSE_MEMCG_KERNEL;
	c->v->confidence =
		e->kmem_failcnt.set && e->kmem_failcnt.v > 0 ? OL_CONF_MEDIUM : OL_CONF_LOW;
	ol_judge_headline(c, FOUND(KMEM_AT_LIMIT, usage, limit));
	if (e->usage_kb.set && has_limit(e->limit_kb))
		ol_judge_explain(c, FOUND(MEMORY_HAD_ROOM, (uint64_t)e->usage_kb.v,
					  (uint64_t)e->limit_kb.v));
	ol_judge_explain(c, PHRASE(KERNEL_FOR_PROCESSES));
	ol_judge_explain(c, PHRASE(MACHINE_NO_PART));
	ol_judge_evidence(c, e->kmem_usage_kb.line, FOUND(KMEM_USAGE, usage, limit));
	charge_evidence(c, q);
	ol_judge_advise(c, PHRASE(RAISE_KMEM_LIMIT));
	advise_crowd(c, q);
	ol_judge_advise(c, PHRASE(SEE_WHAT_GROWS));
}

/* Its counters contradict that any limit was reached: what the kill was for is not in them. */
static void no_limit_reached(struct ol_case *c)
{
	struct ol_oom_event *e = c->e;
	uint64_t usage = e->usage_kb.set ? (uint64_t)e->usage_kb.v : 0;

	c->v->cause = OL_CAUSE_UNKNOWN;
	c->v->confidence = OL_CONF_LOW;
	if (has_limit(e->limit_kb)) {
		ol_judge_headline(c, FOUND(CGROUP_BELOW_LIMIT, usage, (uint64_t)e->limit_kb.v));
		ol_judge_evidence(c, e->usage_kb.line,
				  FOUND(USAGE, usage, (uint64_t)e->limit_kb.v));
	} else {
		ol_judge_headline(c, FOUND(CGROUP_NO_LIMIT, usage));
		ol_judge_evidence(c, e->limit_kb.line, PHRASE(NO_LIMIT_SET));
	}
	ol_judge_advise(c, PHRASE(LOOK_WHO_ORDERED));
}

static void judge_memcg(struct ol_case *c, const struct ol_limit_owner *o)
{
	struct ol_oom_event *e = c->e;
	uint64_t anon, file, explained;
	enum ol_limit_reached reached = ol_limit_reached(e);
	struct charge q;

	weigh(c, &q);
	if (limit_lowered(c, o))
		return;
	if (reached == OL_LIMIT_KMEM) {
		kmem_at_limit(c, &q);
		return;
	}
	if (reached == OL_LIMIT_NONE) {
		no_limit_reached(c);
		return;
	}
	explained = q.known - q.rest;
	if (q.parts && !lists_lost(c) && explained > 0 && explained * EXPLAINED_NTH >= q.known) {
		judge_parts(c, &q, o);
		return;
	}
	victims_held(e, &anon, &file);
	if (has_limit(e->limit_kb) && anon * 2 > (uint64_t)e->limit_kb.v) {
		c->v->cause = OL_CAUSE_MEMCG_ANON;
		c->v->confidence = OL_CONF_MEDIUM;
		ol_judge_headline(
			c, FOUND(VICTIM_HELD, anon, whose_limit(o), (uint64_t)e->limit_kb.v));
		explain_limit(c, o);
		return;
	}
	if (table_says_anon(c, &q, o))
		return;
	c->v->cause = OL_CAUSE_MEMCG;
	if (q.parts && q.total) {
		/* hardly anything of the charge is in the printed counters */
		ol_judge_headline(c,
				  FOUND(CHARGE_UNEXPLAINED,
					has_limit(e->limit_kb) ? (uint64_t)e->limit_kb.v : q.total,
					explained));
		explain_limit(c, o);
		return;
	}
	/* without the limit a large anonymous victim makes anonymous memory likely, no more */
	if (anon > VICTIM_ANON_TIMES * file && anon > VICTIM_LARGE_KB)
		ol_judge_contributes(c, OL_CAUSE_MEMCG_ANON);
	ol_judge_headline(c, PHRASE(CHARGE_UNKNOWN));
}

/*
 * runc names its second stage so (libcontainer/nsenter/nsexec.c), until it executes the program of
 * the container.
 */
static bool is_runc_init(const struct ol_oom_event *e)
{
	struct ol_span comm = e->victims.n ? e->victims.v[0].comm.s : e->trigger_comm.s;

	return ol_span_starts(comm, OL_SPAN("runc:["));
}

bool ol_rule_memcg(struct ol_case *c)
{
	struct ol_limit_owner o;

	if (!c->memcg)
		return false;
	ol_limit_owner(c->e, &o);
	judge_memcg(c, &o);
	if (is_runc_init(c->e)) {
		ol_judge_explain(c, PHRASE(CONTAINER_NEVER_RAN));
		ol_judge_advise(c, PHRASE(ROOM_TO_START));
	}
	if (c->v->victim_reason == OL_VR_NONE_KILLABLE) {
		ol_judge_explain(c, PHRASE(NOBODY_LEFT));
		ol_judge_advise(c, PHRASE(LET_ONE_BE_KILLED));
	}
	return true;
}
