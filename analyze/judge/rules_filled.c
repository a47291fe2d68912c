// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/judge/judge_impl.h"
#include "analyze/judge/mechanism.h"

#include "analyze/dump/kver.h"
#include "lib/num.h"

/*
 * What filled the machine: the largest part of RAM that could not be had back. Anonymous memory has
 * a way out, swap, so there the cause is why that way was closed.
 */

static void advise_top(struct ol_case *c);

/* Parts of RAM that prove one cause, and what is found when they are the largest. */
struct filler {
	enum ol_cause cause;
	uint64_t kb;
	void (*say)(struct ol_case *c);
};

/* Where a share begins to say something. X_NTH: an X-th part of the whole. */
enum {
	/* a part below this fills nothing, and is not worth to be named beside another */
	FILLS_NTH = 5,
	/* certain: half of RAM, and twice what comes next; likely: a third */
	CERTAIN_NTH = 2,
	SECOND_TIMES = 2,
	LIKELY_NTH = 3,
	/* anonymous memory beside another part, with no way out: would have mattered */
	ALSO_ANON_PERCENT = 25,
	/* swap that is full but for what the kernel keeps scattered */
	SWAP_FULL_NTH = 20,
	CRUMB_KB = 2048,
	/* swap with less in it than this, of itself and of what might go there, was not used */
	UNTOUCHED_NTH = 20,
	/* unlocked memory that swap would have taken: enough to make room */
	SWAPPABLE_PERCENT = 20,
	/* of what a process has, swap is told from this on */
	SWAP_WORTH_NTH = 8,
	/* of RAM in no counter, so much may be such a store */
	STORE_NTH = 10,
	/* smaller tasks may just have been started: that they never swapped says nothing */
	HOLDER_NTH = 10,
	/* a shorter list of tasks says nothing about swap */
	TABLE_LEAST = 3,
	/* file cache below this is nothing that dropping would give back */
	CACHE_LEFT_NTH = 10,
	/* the largest cache has less of the slab: it is no cache that grew */
	LARGEST_CACHE_NTH = 4,
	/* idle huge pages of this much can be given back, surplus ones are worth a word */
	HUGE_SOME_NTH = 4,
	/* of file cache: so much dirty or under writeback holds reclaim up */
	UNWRITTEN_NTH = 4,
};

static void less_sure(struct ol_case *c)
{
	if (c->v->confidence == OL_CONF_HIGH)
		c->v->confidence = OL_CONF_MEDIUM;
}

/* Anonymous memory has a way out, swap: which of the causes it is depends on that. */
static bool swap_is_full(const struct ol_case *c)
{
	return c->swap_free_kb * SWAP_FULL_NTH <= c->swap_total_kb || c->swap_free_kb < CRUMB_KB;
}

static bool any_swapped(const struct ol_oom_event *e, bool *ret_known)
{
	*ret_known = false;
	for (uint32_t i = 0; i < e->tasks.n; i++) {
		if (!(e->tasks.v[i].mask & 1u << OL_COL_SWAPENTS))
			continue;
		*ret_known = true;
		if (e->tasks.v[i].col[OL_COL_SWAPENTS] > 0)
			return true;
	}
	return false;
}

/* Kernel threads and unkillable tasks aside: can the swap be used at all? */
static bool swap_broken(const struct ol_case *c)
{
	uint64_t stuck = ol_judge_pages_kb(c, OL_K_WRITEBACK, NULL);

	return c->e->swap_errors > 0 && c->swap_known && c->swap_free_kb * 2 > c->swap_total_kb &&
	       (stuck || c->anon);
}

/*
 * Swap that is all but untouched while anonymous memory fills RAM: the kernel swaps long before it
 * kills, so something forbids it (memory.swap.max=0 of the cgroups, swappiness 0, locked memory).
 */
static bool swap_untouched(const struct ol_case *c)
{
	uint64_t used = c->swap_total_kb - c->swap_free_kb;

	return c->may_sleep && c->swap_known && c->swap_total_kb &&
	       used * UNTOUCHED_NTH < c->swap_total_kb && used * UNTOUCHED_NTH < c->anon;
}

/*
 * Swap that is kept in RAM itself (zram, or zswap in front of a disk) moves memory to a place that
 * most kernels print no counter for. It has two signs. The slab list, when it is printed: the
 * allocator of such stores keeps one word for each page that it holds.
 *
 *   zs_handle                312KB        312KB		a name per store from 6.12 on:
 *   zs_handle-zram0          336KB        336KB
 *
 * And the call trace, when the store itself asked:  zs_malloc+0x180/0x570
 */
static const struct ol_slab_row *swap_store(const struct ol_oom_event *e)
{
	for (uint32_t i = 0; i < e->slabs.n; i++)
		if (ol_span_starts(e->slabs.v[i].name, OL_SPAN("zs_handle")))
			return &e->slabs.v[i];
	return NULL;
}

static uint64_t swap_used_kb(const struct ol_case *c)
{
	return c->swap_known && c->swap_total_kb > c->swap_free_kb
		       ? c->swap_total_kb - c->swap_free_kb
		       : 0;
}

/* What is unaccounted for may be what was swapped out: a store holds at most about as much. */
static bool maybe_swap_store(const struct ol_case *c)
{
	return swap_used_kb(c) * 2 >= c->unaccounted;
}

static bool store_asked(const struct ol_oom_event *e)
{
	for (uint32_t i = 0; i < e->trace.n; i++) {
		struct ol_span f = e->trace.v[i].func;

		if (!e->trace.v[i].uncertain &&
		    (ol_span_starts(f, OL_SPAN("zs_malloc")) ||
		     ol_span_starts(f, OL_SPAN("zram_")) || ol_span_starts(f, OL_SPAN("zswap_"))))
			return true;
	}
	return false;
}

/* The pages that a store holds account for most of what no counter names. */
static bool is_swap_store(const struct ol_case *c)
{
	const struct ol_slab_row *row = swap_store(c->e);

	if (!maybe_swap_store(c))
		return false;
	if (row && c->e->page_kb && row->used_kb < UINT64_C(1) << 40)
		return row->used_kb * (1024 / sizeof(uint64_t)) * c->e->page_kb * 2 >=
		       c->unaccounted;
	return store_asked(c->e);
}

static void swap_store_verdict(struct ol_case *c)
{
	const struct ol_slab_row *row = swap_store(c->e);

	c->v->cause = swap_is_full(c) ? OL_CAUSE_ANON_SWAP_FULL : OL_CAUSE_SWAP_UNUSABLE;
	less_sure(c);
	ol_judge_headline(c, FOUND(SWAP_STORE, swap_used_kb(c), c->unaccounted));
	ol_judge_explain(c, FOUND(STORE_GAINS_LITTLE, c->swap_free_kb));
	ol_judge_evidence_swap(c);
	if (row)
		ol_judge_evidence(c, row->line, FOUND(STORE_LIST, row->used_kb));
	advise_top(c);
	ol_judge_advise(c, PHRASE(BOUND_STORE));
}

/* Locked memory that belongs to no file: unlocked, it would have nowhere to go without swap. */
static uint64_t locked_anon_kb(const struct ol_case *c)
{
	uint64_t mlocked = 0, mapped = ol_judge_pages_kb(c, OL_K_MAPPED, NULL);

	for (uint32_t i = 0; i < c->e->zones.n; i++) {
		const struct ol_kv *kv = ol_kv_get(&c->e->zones.v[i].kv, OL_K_MLOCKED);

		if (kv && kv->v < UINT64_C(1) << 50)
			mlocked += kv->v;
	}
	mlocked = mlocked < c->locked ? mlocked : c->locked;
	return mlocked > mapped ? mlocked - mapped : 0;
}

/*
 * Locked and unlocked memory of processes together, no swap: unlocking would not have made room,
 * but swap would have, for the unlocked part.
 */
static bool swap_would_help(const struct ol_case *c)
{
	return c->swap_known && !c->swap_total_kb &&
	       ol_judge_fills(c, c->anon, SWAPPABLE_PERCENT) && locked_anon_kb(c) * 2 >= c->locked;
}

static void advise_top(struct ol_case *c)
{
	struct ol_group *g, *all = NULL;
	uint64_t swap;
	uint32_t n = 0;

	if (ol_event_groups(c->e, &all, &n) < 0 || !n)
		return;
	g = all;
	/* the list is by resident memory; here what was swapped out counts too */
	for (uint32_t i = 1; i < n; i++)
		if (all[i].rss_kb + all[i].swap_kb > g->rss_kb + g->swap_kb)
			g = &all[i];
	if (!(g->rss_kb + g->swap_kb))
		return;
	swap = g->swap_kb > g->rss_kb / SWAP_WORTH_NTH ? g->swap_kb : 0;
	if (g->count > 1)
		ol_judge_advise(c, FOUND(GROUP_HOLDS, g->count, g->comm, g->rss_kb, swap,
					 (g->rss_kb + swap) / g->count, g->rss_kb > c->anon));
	else
		ol_judge_advise(c, FOUND(ONE_HOLDS, g->comm, g->rss_kb, swap));
}

/*
 * Swap is in use and not full, yet those who hold most of RAM have nothing in it: reclaim passes by
 * nobody who may swap, so these may not.
 */
static bool holders_never_swapped(const struct ol_case *c)
{
	const struct ol_oom_event *e = c->e;
	uint64_t kb = 0;

	if (!c->may_sleep || !c->swap_total_kb || swap_is_full(c))
		return false;
	for (uint32_t i = 0; i < e->tasks.n; i++) {
		const struct ol_task *t = &e->tasks.v[i];
		int64_t rss = t->col[OL_COL_RSS];

		if (!(t->mask & 1u << OL_COL_SWAPENTS) || !(t->mask & 1u << OL_COL_RSS) ||
		    t->col[OL_COL_SWAPENTS] != 0 || rss <= 0 || rss >= INT64_C(1) << 40)
			continue;
		if ((uint64_t)rss * e->page_kb * HOLDER_NTH >= c->anon)
			kb += (uint64_t)rss * e->page_kb;
	}
	return kb * 2 >= c->anon && kb;
}

static void anon_no_swap(struct ol_case *c)
{
	c->v->cause = OL_CAUSE_ANON_NO_SWAP;
	ol_judge_headline(c, FOUND(ANON_NO_SWAP, c->anon, ol_judge_ram_kb(c)));
	advise_top(c);
	ol_judge_advise(c, PHRASE(SOME_SWAP));
}

static void anon_swap_full(struct ol_case *c)
{
	c->v->cause = OL_CAUSE_ANON_SWAP_FULL;
	ol_judge_headline(c, FOUND(ANON_SWAP_FULL, c->anon, ol_judge_ram_kb(c), c->swap_free_kb,
				   c->swap_total_kb));
	advise_top(c);
	ol_judge_advise(c, FOUND(MORE_SWAP_DELAYS, c->anon + c->swap_total_kb - c->swap_free_kb));
}

static void anon_swap_broken(struct ol_case *c)
{
	c->v->cause = OL_CAUSE_SWAP_UNUSABLE;
	ol_judge_headline(c, FOUND(SWAP_WRITE_FAILED, c->swap_free_kb, c->swap_total_kb));
	ol_judge_advise(c, PHRASE(SWAP_NEEDS_MEMORY));
}

static void anon_swap_untouched(struct ol_case *c)
{
	c->v->cause = OL_CAUSE_SWAP_UNUSABLE;
	less_sure(c);
	ol_judge_headline(c, FOUND(SWAP_UNTOUCHED, c->anon, ol_judge_ram_kb(c), c->swap_total_kb));
	ol_judge_explain(c, PHRASE(SWAP_NOT_ALLOWED));
	ol_judge_advise(c, PHRASE(ALLOW_SWAP));
}

static void anon_holders_not_swapped(struct ol_case *c)
{
	c->v->cause = OL_CAUSE_SWAP_UNUSABLE;
	less_sure(c);
	ol_judge_headline(c,
			  FOUND(HOLDERS_NOT_SWAPPED, c->anon, ol_judge_ram_kb(c), c->swap_free_kb));
	ol_judge_explain(c, PHRASE(OTHERS_SWAPPED));
	advise_top(c);
	ol_judge_advise(c, PHRASE(ALLOW_SWAP_OR_BOUND));
}

static void anon_swap_slow(struct ol_case *c)
{
	c->v->cause = OL_CAUSE_RECLAIM_STALL;
	c->v->confidence = OL_CONF_LOW;
	ol_judge_headline(c, FOUND(SWAP_TOO_SLOW, c->anon, ol_judge_ram_kb(c), c->swap_free_kb));
	ol_judge_advise(c, PHRASE(LOOK_AT_SWAP));
}

/* The request was made to pin pages: memory of that process can go nowhere. */
static bool pins_asked(const struct ol_case *c)
{
	const struct ol_frame *f;

	return c->may_sleep && ol_mechanism_asked(c->e, &f) == OL_MECH_PINS;
}

static void anon_pinned(struct ol_case *c)
{
	c->v->cause = OL_CAUSE_PINNED;
	less_sure(c);
	ol_judge_headline(c, FOUND(PINNED_SWAP_FREE, c->anon, ol_judge_ram_kb(c), c->swap_free_kb));
	ol_judge_mechanism(c, OL_AC_ANON, NULL);
	advise_top(c);
}

/* The lines about swap are lost: the table may still tell. */
static void anon_swap_unknown(struct ol_case *c)
{
	bool known, swapped = any_swapped(c->e, &known);

	if (known && c->e->tasks.n >= TABLE_LEAST && !swapped && !c->e->table_incomplete) {
		c->v->cause = OL_CAUSE_ANON_NO_SWAP;
		less_sure(c);
		ol_judge_headline(c, FOUND(ANON_NONE_SWAPPED, c->anon));
	} else {
		c->v->cause = OL_CAUSE_UNKNOWN;
		c->v->confidence = OL_CONF_LOW;
		ol_judge_headline(c, FOUND(ANON_SWAP_UNKNOWN, c->anon));
		ol_judge_contributes(c, OL_CAUSE_ANON_NO_SWAP);
		ol_judge_contributes(c, OL_CAUSE_ANON_SWAP_FULL);
	}
	advise_top(c);
}

static void filled_by_anon(struct ol_case *c)
{
	uint64_t file;

	if (!c->swap_known)
		anon_swap_unknown(c);
	else if (!c->swap_total_kb)
		anon_no_swap(c);
	else if (swap_is_full(c))
		anon_swap_full(c);
	else if (pins_asked(c))
		anon_pinned(c);
	else if (swap_broken(c))
		anon_swap_broken(c);
	else if (swap_untouched(c))
		anon_swap_untouched(c);
	else if (!c->failure && holders_never_swapped(c))
		anon_holders_not_swapped(c);
	else
		anon_swap_slow(c);
	/* a store of swapped pages in RAM is in no counter of most kernels */
	if (c->unaccounted * STORE_NTH >= c->base_kb && maybe_swap_store(c) && c->base_is_ram)
		ol_judge_explain(c, FOUND(SWAP_IN_RAM, swap_used_kb(c), c->unaccounted));
	ol_judge_evidence_counter(c, OL_K_ACTIVE_ANON, OL_PHRASE_ACTIVE_ANON);
	ol_judge_evidence_counter(c, OL_K_INACTIVE_ANON, OL_PHRASE_INACTIVE_ANON);
	ol_judge_evidence_swap(c);
	if (ol_judge_stated(c, OL_AC_FILE, &file) && file * CACHE_LEFT_NTH < c->base_kb)
		ol_judge_advise(c, FOUND(CACHES_NO_HELP, file));
}

static const struct ol_slab_row *largest_slab(const struct ol_oom_event *e)
{
	const struct ol_slab_row *best = NULL;

	for (uint32_t i = 0; i < e->slabs.n; i++)
		if (!best || e->slabs.v[i].total_kb > best->total_kb)
			best = &e->slabs.v[i];
	return best;
}

static void filled_by_pinned_slab(struct ol_case *c)
{
	ol_judge_headline(c, FOUND(SLAB_PINNED, c->slab_r, ol_judge_ram_kb(c)));
	ol_judge_explain(c, PHRASE(RECLAIMABLE_IS_A_PROMISE));
	ol_judge_evidence_counter(c, OL_K_SLAB_RECLAIMABLE, OL_PHRASE_RECLAIMABLE_SLAB);
	ol_judge_mechanism(c, OL_AC_SLAB_RECLAIMABLE, NULL);
	ol_judge_advise(c, PHRASE(FIND_PINNED_CACHE));
}

static void filled_by_slab(struct ol_case *c)
{
	const struct ol_slab_row *row = largest_slab(c->e);

	ol_judge_headline(
		c, FOUND(SLAB_UNRECLAIMABLE, c->slab_u ? c->slab_u : c->slab, ol_judge_ram_kb(c)));
	ol_judge_evidence_counter(c, c->slab_u ? OL_K_SLAB_UNRECLAIMABLE : OL_K_SLAB,
				  OL_PHRASE_UNRECLAIMABLE_SLAB);
	if (row && row->total_kb * LARGEST_CACHE_NTH < c->slab_u) {
		ol_judge_explain(c, FOUND(NO_LARGE_CACHE, row->name, row->total_kb));
	} else if (row) {
		ol_judge_explain(c, FOUND(LARGEST_CACHE, row->name, row->total_kb));
		ol_judge_evidence(c, row->line, FOUND(IN_THIS_CACHE, row->total_kb));
	}
	if (row && row->total_kb * LARGEST_CACHE_NTH < c->slab_u)
		row = NULL;
	if (!ol_judge_mechanism(c, c->slab_u ? OL_AC_SLAB_UNRECLAIMABLE : OL_AC_SLAB, row))
		ol_judge_advise(c, PHRASE(FIND_SLAB_OWNER));
	ol_judge_advise(c, PHRASE(SLAB_KILL_NO_HELP));
}

/* Of the huge pages, those that @what counts. */
static uint64_t huge_kb(const struct ol_oom_event *e, enum ol_key what)
{
	uint64_t sum = 0, kb;

	for (uint32_t i = 0; i < e->hugepages.n; i++) {
		const struct ol_kv *n = ol_kv_get(&e->hugepages.v[i].kv, what);
		const struct ol_kv *size = ol_kv_get(&e->hugepages.v[i].kv, OL_K_HUGE_SIZE);

		if (n && size && !__builtin_mul_overflow(n->v, size->v, &kb) &&
		    kb < UINT64_C(1) << 44)
			sum += kb;
	}
	return sum;
}

/* Is a good part of the file cache dirty or under writeback? Unknown counts as yes. */
static bool waits_for_disk(const struct ol_case *c)
{
	uint64_t unwritten = ol_judge_pages_kb(c, OL_K_DIRTY, NULL) +
			     ol_judge_pages_kb(c, OL_K_WRITEBACK, NULL) +
			     ol_judge_pages_kb(c, OL_K_UNSTABLE, NULL);

	return !ol_judge_counter(c, OL_K_DIRTY) || unwritten * UNWRITTEN_NTH >= c->file;
}

/*
 * Unevictable is more than mlock(): the zones count what processes locked (mlocked:, from 2.6.32
 * on), and where that is less than half, the rest is a ramfs, SHM_LOCK or a driver.
 */
enum locked_by { BY_PROCESSES, BY_OTHERS, BY_UNKNOWN };

static enum locked_by who_locked(const struct ol_case *c)
{
	bool all = !c->base_is_ram || ol_judge_zones_are_all(c), stated = false;
	uint64_t locked = 0;

	for (uint32_t i = 0; i < c->e->zones.n; i++) {
		const struct ol_zone *z = &c->e->zones.v[i];
		const struct ol_kv *kv = ol_kv_get(&z->kv, OL_K_MLOCKED);

		all &= kv != NULL;
		if (kv && !__builtin_add_overflow(locked, kv->v, &locked))
			stated = true;
	}
	if (stated && locked >= c->locked / 2)
		return BY_PROCESSES;
	return stated && all ? BY_OTHERS : BY_UNKNOWN;
}

static void filled_by_shmem(struct ol_case *c)
{
	enum { OTHER, NO_SWAP, SWAP_FULL }; /* as the sentence has them */
	bool full = c->swap_known && swap_is_full(c), none = c->swap_known && !c->swap_total_kb;

	ol_judge_headline(c, FOUND(SHMEM_FILLED, c->shmem, ol_judge_ram_kb(c),
				   none   ? NO_SWAP
				   : full ? SWAP_FULL
					  : OTHER));
	ol_judge_evidence_counter(c, OL_K_SHMEM, OL_PHRASE_SHARED_MEMORY);
	if (c->may_sleep && c->swap_known && !none && !full) {
		less_sure(c);
		ol_judge_explain(c, FOUND(SHMEM_NOT_SWAPPED, c->swap_free_kb));
		ol_judge_evidence_swap(c);
		ol_judge_contributes(c, OL_CAUSE_SWAP_UNUSABLE);
	}
	ol_judge_mechanism(c, OL_AC_SHMEM, NULL);
	ol_judge_advise(c, PHRASE(BOUND_TMPFS));
	ol_judge_advise(c, PHRASE(TMPFS_STAYS));
}

static void filled_by_tables(struct ol_case *c)
{
	ol_judge_headline(c, FOUND(TABLES_FILLED, c->tables, ol_judge_ram_kb(c)));
	ol_judge_explain(c, PHRASE(TABLES_ARE));
	ol_judge_evidence_counter(c, OL_K_PAGETABLES, OL_PHRASE_PAGE_TABLES);
	ol_judge_advise(c, PHRASE(SHRINK_TABLES));
}

/* Of all huge pages, those that were taken on demand beyond vm.nr_hugepages. */
static uint64_t huge_surplus_kb(const struct ol_oom_event *e)
{
	return huge_kb(e, OL_K_HUGE_SURP);
}

/*
 * Idle ones are set aside for nothing; those in use are memory of programs, whether they were set
 * aside before or taken on demand.
 */
static void filled_by_hugepages(struct ol_case *c)
{
	uint64_t idle = huge_kb(c->e, OL_K_HUGE_FREE), surplus = huge_surplus_kb(c->e);

	if (c->e->hugepages.n)
		ol_judge_evidence(c, c->e->hugepages.v[0].line, FOUND(HUGEPAGES_RESERVED, c->huge));
	if (idle * 2 >= c->huge) {
		ol_judge_headline(c, FOUND(HUGEPAGES_FILLED, c->huge, ol_judge_ram_kb(c)));
		ol_judge_advise(c, FOUND(HUGEPAGES_IDLE, idle));
		return;
	}
	c->v->cause = OL_CAUSE_HUGEPAGES_USED;
	ol_judge_headline(c, FOUND(HUGEPAGES_USED, c->huge - idle, ol_judge_ram_kb(c)));
	if (surplus * HUGE_SOME_NTH >= c->huge) {
		ol_judge_explain(c, FOUND(HUGEPAGES_SURPLUS, surplus));
		ol_judge_advise(c, PHRASE(BOUND_SURPLUS));
	} else {
		ol_judge_advise(c, PHRASE(HUGEPAGES_IN_USE));
	}
	if (idle * HUGE_SOME_NTH >= c->huge)
		ol_judge_advise(c, FOUND(HUGEPAGES_IDLE, idle));
}

/* One row of the slab list, whole name. */
static const struct ol_slab_row *slab_named(const struct ol_oom_event *e, const char *name)
{
	for (uint32_t i = 0; i < e->slabs.n; i++)
		if (ol_span_eqs(e->slabs.v[i].name, name))
			return &e->slabs.v[i];
	return NULL;
}

/*
 * What one thread's stack takes (THREAD_SIZE): 16 KiB on 64 bits, a page where pages are larger, 8
 * KiB on 32 bits and on x86-64 before 3.15.
 */
static uint64_t stack_kb(const struct ol_oom_event *e)
{
	bool small = ol_kver_before(ol_event_kver(e), 3015);

	for (uint32_t i = 0; i < e->zones.n; i++)
		small |= e->zones.v[i].type == OL_ZONE_HIGHMEM;
	return e->page_kb > 16 ? e->page_kb : small ? 8 : 16;
}

/*
 * A thread's task_struct is in the slab, and goes with its stack. Where the list of caches does not
 * say how much that is, six tenths of the stack: 9 to 10 KiB since 4.x.
 */
static uint64_t tasks_kb(const struct ol_case *c)
{
	const struct ol_slab_row *row = slab_named(c->e, "task_struct");
	uint64_t kb = row ? row->total_kb : c->part[OL_AC_KERNEL_STACKS] / 10 * 6;

	return ol_min_u64(kb, c->slab_u);
}

static void filled_by_stacks(struct ol_case *c)
{
	uint64_t stacks = c->part[OL_AC_KERNEL_STACKS];
	const struct ol_slab_row *tasks = slab_named(c->e, "task_struct");

	ol_judge_headline(c, FOUND(STACKS_FILLED, stacks, ol_judge_ram_kb(c)));
	ol_judge_explain(c, FOUND(STACKS_ARE, stacks / stack_kb(c->e)));
	if (tasks) {
		ol_judge_explain(c, FOUND(TASKS_HOLD, tasks->total_kb));
		ol_judge_evidence(c, tasks->line, FOUND(IN_THIS_CACHE, tasks->total_kb));
	}
	ol_judge_advise(c, PHRASE(FEWER_THREADS));
}

static void filled_by_balloon(struct ol_case *c)
{
	uint64_t balloon = c->part[OL_AC_BALLOON];
	bool counted = balloon >= c->part[OL_AC_RESERVED];

	ol_judge_headline(c, FOUND(BALLOON_TOOK, counted ? balloon : c->part[OL_AC_RESERVED],
				   ol_judge_ram_kb(c)));
	if (!counted) {
		less_sure(c);
		ol_judge_explain(c, PHRASE(RESERVED_IS));
		if (c->e->reserved_pages.set)
			ol_judge_evidence(c, c->e->reserved_pages.line,
					  FOUND(RESERVED_BEYOND, c->v->account.kb[OL_AC_RESERVED]));
	}
	ol_judge_advise(c, PHRASE(ASK_HYPERVISOR));
}

/*
 * Free memory is the largest part, and yet no zone of the request had enough: it lies elsewhere.
 */
static void filled_by_free(struct ol_case *c)
{
	c->v->cause = OL_CAUSE_UNKNOWN;
	c->v->confidence = OL_CONF_LOW;
	ol_judge_headline(c, FOUND(FREE_OUT_OF_REACH, c->free, ol_judge_ram_kb(c)));
}

static void filled_by_locked(struct ol_case *c)
{
	enum locked_by who = who_locked(c);

	if (who == BY_OTHERS) {
		c->v->cause = OL_CAUSE_UNEVICTABLE;
		less_sure(c);
		ol_judge_headline(c, FOUND(UNEVICTABLE_FILLED, c->locked, ol_judge_ram_kb(c)));
		if (!ol_judge_mechanism(c, OL_AC_UNEVICTABLE, NULL))
			ol_judge_explain(c, PHRASE(UNEVICTABLE_ARE));
		ol_judge_evidence_counter(c, OL_K_UNEVICTABLE, OL_PHRASE_UNEVICTABLE);
		return;
	}
	if (swap_would_help(c)) {
		c->anon += c->locked;
		filled_by_anon(c);
		ol_judge_explain(c, FOUND(SOME_LOCKED, c->locked));
		ol_judge_evidence_counter(c, OL_K_UNEVICTABLE, OL_PHRASE_UNEVICTABLE);
		ol_judge_contributes(c, OL_CAUSE_MLOCKED);
		return;
	}
	/* whose it is, or whether it could have been swapped, is not in the log */
	if (who == BY_UNKNOWN || (!c->swap_known && ol_judge_fills(c, c->anon, SWAPPABLE_PERCENT)))
		c->v->confidence = OL_CONF_LOW;
	ol_judge_headline(c, FOUND(MLOCKED, c->locked, ol_judge_ram_kb(c)));
	ol_judge_evidence_counter(c, OL_K_UNEVICTABLE, OL_PHRASE_UNEVICTABLE);
	ol_judge_advise(c, PHRASE(BOUND_MLOCK));
}

static void filled_by_unaccounted(struct ol_case *c)
{
	struct ol_oom_event *e = c->e;

	if (is_swap_store(c)) {
		swap_store_verdict(c);
		return;
	}
	ol_judge_headline(c, FOUND(UNACCOUNTED, c->unaccounted, ol_judge_ram_kb(c)));
	ol_judge_explain(c, FOUND(EXPLAIN_ONLY, c->base_kb - c->unaccounted));
	if (e->ram_pages.set)
		ol_judge_evidence(c, e->ram_pages.line, FOUND(RAM_UNEXPLAINED, c->unaccounted));
	ol_judge_advise(c, PHRASE(FIND_PAGE_OWNER));
	ol_judge_mechanism(c, OL_AC_UNACCOUNTED, NULL);
	if (!maybe_swap_store(c)) {
		ol_judge_advise(c, PHRASE(UNACCOUNTED_KILL));
		return;
	}
	less_sure(c);
	ol_judge_explain(c, FOUND(MAYBE_SWAP_STORE, swap_used_kb(c)));
	ol_judge_evidence_swap(c);
	ol_judge_contributes(c, swap_is_full(c) ? OL_CAUSE_ANON_SWAP_FULL : OL_CAUSE_SWAP_UNUSABLE);
}

static void filled_by_cache(struct ol_case *c)
{
	ol_judge_headline(c, FOUND(CACHE_NOT_FREED, c->file, ol_judge_ram_kb(c), c->failure));
	ol_judge_evidence_counter(c, OL_K_INACTIVE_FILE, OL_PHRASE_INACTIVE_FILE);
	ol_judge_evidence_counter(c, OL_K_DIRTY, OL_PHRASE_DIRTY);
	ol_judge_evidence_counter(c, OL_K_WRITEBACK, OL_PHRASE_WRITEBACK);
	if (waits_for_disk(c)) {
		ol_judge_advise(c, PHRASE(DIRTY_FIRST));
		return;
	}
	/* clean: what kept reclaim from it is not in the log */
	less_sure(c);
	if (c->tries_once && c->failure) {
		ol_judge_explain(c, PHRASE(TRIED_ONCE));
		ol_judge_advise(c, PHRASE(HAS_ANOTHER_WAY));
		return;
	}
	ol_judge_explain(c, PHRASE(HARDLY_DIRTY));
	ol_judge_advise(c, PHRASE(ADD_UP_PROTECTION));
}

/* Before the allocator runs, and where a paste lost its numbers, all counters are 0: no leak. */
static bool counters_idle(const struct ol_case *c)
{
	for (uint32_t i = 0; i < c->e->memory.n; i++)
		if (c->e->memory.v[i].v)
			return false;
	return true;
}

static void also_large(struct ol_case *c, const struct filler *f, unsigned n, unsigned most)
{
	bool swap_closed = c->swap_known && (!c->swap_total_kb || swap_is_full(c));

	if (f[most].cause != OL_CAUSE_ANON_NO_SWAP && f[most].cause != OL_CAUSE_RECLAIM_STALL &&
	    ol_judge_fills(c, c->anon, ALSO_ANON_PERCENT) && swap_closed &&
	    c->v->cause != OL_CAUSE_ANON_NO_SWAP)
		ol_judge_contributes(c, c->swap_total_kb ? OL_CAUSE_ANON_SWAP_FULL
							 : OL_CAUSE_ANON_NO_SWAP);
	for (unsigned i = 0; i < n; i++)
		if (i != most && f[i].kb * FILLS_NTH >= c->base_kb &&
		    f[i].cause != OL_CAUSE_RECLAIM_STALL && f[i].cause != OL_CAUSE_ANON_NO_SWAP &&
		    f[i].cause != OL_CAUSE_MEMORY_WAS_FREE)
			ol_judge_contributes(c, f[i].cause);
}

/* ---- which part it was, and how sure that is ---- */

/* What each part proves when it is the largest. */
static const uint8_t proves[OL_AC_MAX] = {
#define OL_ACCOUNT(id, key, fills, charged, from, until) [OL_AC_##id] = OL_CAUSE_##fills,
#include "analyze/judge/account_parts.def"
#undef OL_ACCOUNT
};

static enum ol_confidence cap(enum ol_confidence c, enum ol_confidence most)
{
	return c < most ? c : most;
}

/*
 * A counter that is lost may be as large as what is left over, which competes like any other part.
 * What rests on the rest itself, or may hold a lost one inside of it, is a guess then.
 */
static enum ol_confidence cap_by_absent(const struct ol_case *c, enum ol_cause cause,
					enum ol_confidence most)
{
	const struct ol_accounting *a = &c->v->account;
	bool has_shmem = a->has >> OL_AC_SHMEM & 1;

	switch (cause) {
	case OL_CAUSE_UNACCOUNTED:
		return a->absent ? OL_CONF_LOW : most;
	case OL_CAUSE_ANON_NO_SWAP:
		/* these lists hold shared memory as well, and 2.6.28 to 2.6.31 do not count it */
		if (has_shmem)
			return most;
		return a->absent >> OL_AC_SHMEM & 1 ? OL_CONF_LOW : cap(most, OL_CONF_MEDIUM);
	case OL_CAUSE_RECLAIM_STALL:
		return ol_judge_counter(c, OL_K_DIRTY) && ol_judge_counter(c, OL_K_WRITEBACK)
			       ? most
			       : OL_CONF_LOW;
	default:
		return most;
	}
}

/* More than a page was asked for, and what pieces were free is not in the log. */
static bool blocks_unknown(const struct ol_case *c)
{
	const struct ol_replay_alloc *a = &c->v->alloc;

	return c->e->order.set && c->e->order.v > 0 && (!a->done || a->unknown);
}

static enum ol_confidence how_sure(const struct ol_case *c, const struct filler *f, uint64_t second)
{
	enum ol_confidence conf = OL_CONF_LOW;

	if (f->kb * CERTAIN_NTH >= c->base_kb && second * SECOND_TIMES <= f->kb)
		conf = OL_CONF_HIGH;
	else if (f->kb * LIKELY_NTH >= c->base_kb)
		conf = OL_CONF_MEDIUM;
	if (c->failure || c->lru_guessed || c->shortage == OL_SHORTAGE_LIKELY)
		conf = cap(conf, OL_CONF_MEDIUM);
	/*
	 * whether a failed request could have waited says its mask, and whether a large one found
	 * only crumbs say the zones and their lists
	 */
	if (blocks_unknown(c) || !c->base_is_ram || c->shortage == OL_SHORTAGE_WEAK ||
	    (c->failure && !c->e->gfp_decoded))
		conf = OL_CONF_LOW;
	return cap_by_absent(c, f->cause, conf);
}

/* The log does not show that memory was short: then nothing has filled it. */
static void shortage_not_told(struct ol_case *c, const struct filler *f)
{
	uint64_t free = 0;

	c->v->cause = OL_CAUSE_UNKNOWN;
	c->v->confidence = OL_CONF_LOW;
	if (ol_judge_stated(c, OL_AC_FREE, &free))
		ol_judge_headline(c, FOUND(SHORTAGE_NOT_SHOWN, free, ol_judge_ram_kb(c)));
	else
		ol_judge_headline(c, PHRASE(FREE_NOT_TOLD));
	if (f->kb * FILLS_NTH >= c->base_kb && f->cause != OL_CAUSE_MEMORY_WAS_FREE &&
	    (f->cause != OL_CAUSE_ANON_NO_SWAP || !c->swap_total_kb))
		ol_judge_contributes(c, f->cause);
	ol_judge_evidence_zones(c);
}

/* What the slab holds of threads weighs with their stacks. */
static void threads_together(const struct ol_case *c, struct filler *f, unsigned n)
{
	uint64_t kb = tasks_kb(c);

	for (unsigned i = 0; i < n; i++) {
		if (f[i].cause == OL_CAUSE_KERNEL_STACKS)
			f[i].kb = ol_add_u64(f[i].kb, kb);
		else if (f[i].cause == OL_CAUSE_SLAB_UNRECLAIMABLE)
			f[i].kb = ol_sub_u64(f[i].kb, kb);
	}
}

static unsigned largest_of(const struct filler *f, unsigned n, uint64_t *ret_second)
{
	unsigned most = 0;

	*ret_second = 0;
	for (unsigned i = 1; i < n; i++)
		if (f[i].kb > f[most].kb)
			most = i;
	for (unsigned i = 0; i < n; i++)
		if (i != most && f[i].kb > *ret_second)
			*ret_second = f[i].kb;
	return most;
}

/* The largest but for number @but, when it has at least so much; else @but. */
static unsigned other_than(const struct filler *f, unsigned n, unsigned but, uint64_t least)
{
	unsigned most = but;

	for (unsigned i = 0; i < n; i++)
		if (i != but && f[i].kb >= least && (most == but || f[i].kb > f[most].kb))
			most = i;
	return most;
}

bool ol_rule_filled(struct ol_case *c)
{
	struct filler f[] = {
#define OL_CAUSE(id, name, family)
#define OL_CAUSE_FILLS(id, name, family, say) { OL_CAUSE_##id, 0, say },
#include "analyze/judge/causes.def"
#undef OL_CAUSE
	};
	const unsigned n = sizeof(f) / sizeof(f[0]);
	uint64_t second;
	unsigned most;

	if (!c->base_kb || counters_idle(c))
		return false;
	for (unsigned i = 0; i < n; i++)
		for (unsigned p = 0; p < OL_AC_MAX; p++)
			if (proves[p] == f[i].cause)
				f[i].kb = ol_add_u64(f[i].kb, c->part[p]);
	threads_together(c, f, n);
	most = largest_of(f, n, &second);
	/* free memory that this request could not have: of what it could, the largest part */
	if (f[most].cause == OL_CAUSE_MEMORY_WAS_FREE && c->shortage != OL_SHORTAGE_NOT_TOLD)
		most = other_than(f, n, most, c->base_kb / FILLS_NTH);
	/* the largest of many small parts fills nothing; one that nobody can tell apart is none */
	if (f[most].kb * FILLS_NTH < c->base_kb || f[most].kb < c->part[OL_AC_LRU])
		return false;
	if (c->shortage == OL_SHORTAGE_NOT_TOLD) {
		shortage_not_told(c, &f[most]);
		return true;
	}
	c->v->cause = f[most].cause;
	c->v->confidence = how_sure(c, &f[most], second);
	f[most].say(c);
	if (!c->base_is_ram)
		ol_judge_explain(c, PHRASE(RAM_NOT_TOLD));
	ol_judge_evidence_zones(c);
	also_large(c, f, n, most);
	return true;
}
