// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/kver.h"
#include "analyze/judge/verdict.h"

#include <errno.h>

/*
 * The page allocator's own test, done again per zone with the numbers that the dump prints. Where
 * eras (2.6.18 to 7.2) differ, the function says which one does what.
 */

#define S(lit) OL_SPAN(lit)

/* Sizes from a log may be anything: what is beyond any machine is cut, so that sums fit. */
#define PAGES_MAX (INT64_C(1) << 50)

/* What the request may do beyond an ordinary one. */
struct rights {
	struct ol_kver k;
	unsigned order;
	bool high; /* __GFP_HIGH */
	bool harder; /* before 6.3: atomic */
	bool nonblock; /* from 6.3 */
	bool no_watermarks;
	bool cma;
	bool highatomic_counts; /* pages of the highatomic reserve count as free for this request */
	bool highatomic_block; /* and it may take one of its blocks */
	bool halving; /* order test of 4.3 and older */
	bool free_highatomic_only; /* from 6.12: deducts the free part of the reserve */
};

/* ---- zones by index ---- */

/*
 * The zones that a kernel is built with, by index. lowmem_reserve[] has one element for each, empty
 * ones included; the dump names only those with memory.
 */
struct zone_list {
	uint8_t type[OL_ZONE_MAX];
	uint8_t n;
};

enum { LISTS_MAX = 1 << 4 };

static bool list_has(const struct zone_list *l, enum ol_zone_type t, unsigned *ret_index)
{
	for (unsigned i = 0; i < l->n; i++)
		if (l->type[i] == t) {
			*ret_index = i;
			return true;
		}
	return false;
}

/* Every build that fits: @n elements (0: not printed), all of @seen (bit per type) among them. */
static unsigned candidates(unsigned seen, unsigned n, struct ol_kver k, struct zone_list *ret)
{
	const unsigned dma32_high = 1u << OL_ZONE_DMA32 | 1u << OL_ZONE_HIGHMEM;
	unsigned found = 0;

	for (unsigned set = 0; set < 1u << OL_ZONE_MAX && found < LISTS_MAX; set++) {
		struct zone_list l = { .n = 0 };

		if (!(set & 1u << OL_ZONE_NORMAL) || (set & seen) != seen)
			continue;
		/* Movable exists on every build from 2.6.23 on, on none before */
		if (!(set & 1u << OL_ZONE_MOVABLE) && ol_kver_from(k, 2623))
			continue;
		if (set & 1u << OL_ZONE_MOVABLE && ol_kver_before(k, 2623))
			continue;
		if (set & 1u << OL_ZONE_DEVICE &&
		    (ol_kver_before(k, 4003) || !(set & 1u << OL_ZONE_MOVABLE)))
			continue;
		/* 2.6.18 had the same four on every machine; later 64 bit means no HighMem */
		if ((set & dma32_high) == dma32_high && ol_kver_from(k, 2619))
			continue;
		for (unsigned t = 0; t < OL_ZONE_MAX; t++)
			if (set & 1u << t)
				l.type[l.n++] = (uint8_t)t;
		if (!n || l.n == n)
			ret[found++] = l;
	}
	return found;
}

/* The highest zone of @l that the mask allows: what gfp_zone() gives on that build. */
static enum ol_zone_type highest_of(const struct zone_list *l, enum ol_zone_type want)
{
	unsigned i;

	if (want != OL_ZONE_NORMAL && !list_has(l, want, &i))
		/* a build without DMA, DMA32 or HighMem serves the request from Normal */
		return OL_ZONE_NORMAL;
	return want;
}

static unsigned zones_seen(const struct ol_oom_event *e, struct ol_kver k)
{
	unsigned seen = 0;

	for (uint32_t i = 0; i < e->zones.n; i++)
		if (e->zones.v[i].type < OL_ZONE_MAX)
			seen |= 1u << e->zones.v[i].type;
	/* the count of HighMem alone: from 3.11 on it holds Movable too, on 64 bit as well */
	if (e->highmem_pages.set && e->highmem_pages.v > 0 && ol_kver_before(k, 3011))
		seen |= 1u << OL_ZONE_HIGHMEM;
	return seen;
}

static unsigned elements(const struct ol_oom_event *e)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < e->zones.n; i++)
		if (e->zones.v[i].lowmem_reserve.n) {
			if (n && n != e->zones.v[i].lowmem_reserve.n)
				return 0;
			n = e->zones.v[i].lowmem_reserve.n;
		}
	return n <= OL_ZONE_MAX ? n : 0;
}

/*
 * Zones that the dump's lines lost, but its reserves prove: element j exceeds element j - 1 by the
 * pages of zone j, divided by a ratio.
 */
static unsigned zones_proven(const struct ol_oom_event *e, const struct zone_list *l)
{
	unsigned proven = 0, own;

	for (uint32_t i = 0; i < e->zones.n; i++) {
		const struct ol_zone *z = &e->zones.v[i];

		if (z->lowmem_reserve.n != l->n || z->type >= OL_ZONE_MAX ||
		    !list_has(l, z->type, &own))
			continue;
		for (unsigned j = own + 1; j < l->n; j++)
			if (z->lowmem_reserve.v[j] > z->lowmem_reserve.v[j - 1])
				proven |= 1u << l->type[j];
	}
	return proven;
}

struct reach {
	struct zone_list list[LISTS_MAX];
	unsigned n;
	enum ol_zone_type want, highest;
	bool highest_known;
	unsigned lost; /* zones of this reach of which not one line is there */
};

static int highest_in(unsigned set, enum ol_zone_type limit)
{
	for (int t = (int)limit; t >= 0; t--)
		if (set & 1u << t)
			return t;
	return -1;
}

static void find_reach(const struct ol_oom_event *e, enum ol_zone_type want, struct ol_kver k,
		       struct reach *r)
{
	unsigned seen = zones_seen(e, k), proven[LISTS_MAX], sure = seen, missing;
	int highest, h;

	*r = (struct reach){ .lost = LISTS_MAX };
	r->n = candidates(seen, elements(e), k, r->list);
	for (unsigned i = 0; i < r->n; i++) {
		proven[i] = zones_proven(e, &r->list[i]);
		sure = i ? sure & (seen | proven[i]) : seen | proven[i];
	}
	if (want != OL_ZONE_NORMAL && want != OL_ZONE_MOVABLE && !(sure & 1u << want))
		want = OL_ZONE_NORMAL;
	r->want = want;
	/* the highest one that has memory, when every build that fits has the same */
	highest = highest_in(sure, want);
	r->highest_known = highest >= 0;
	for (unsigned i = 0; i < r->n; i++) {
		h = highest_in(seen | proven[i], want);
		if (h != highest)
			r->highest_known = false;
		missing = proven[i] & ~seen & ((2u << want) - 1);
		if ((unsigned)__builtin_popcount(missing) < r->lost)
			r->lost = (unsigned)__builtin_popcount(missing);
	}
	if (!r->n)
		r->lost = 0;
	/* none: a cpuset with only a movable node, and a request that must not move */
	r->highest = highest >= 0 ? (enum ol_zone_type)highest : want;
}

/* lowmem_reserve of @z for this request, in pages; false when not exactly one value fits. */
static bool reserve_of(const struct reach *r, const struct ol_zone *z, int64_t *ret)
{
	bool have = false;
	int64_t v = 0, x;
	unsigned i;

	if (!z->lowmem_reserve.n)
		return false;
	for (unsigned c = 0; c < r->n; c++) {
		if (r->list[c].n != z->lowmem_reserve.n ||
		    !list_has(&r->list[c], highest_of(&r->list[c], r->want), &i))
			continue;
		x = z->lowmem_reserve.v[i];
		if (have && x != v)
			return false;
		v = x;
		have = true;
	}
	if (!have || v < 0)
		return false;
	*ret = v < PAGES_MAX ? v : PAGES_MAX;
	return true;
}

/* ---- nodes ---- */

static bool many_nodes(const struct ol_oom_event *e)
{
	for (uint32_t i = 1; i < e->zones.n; i++)
		if (e->zones.v[i].node != e->zones.v[0].node)
			return true;
	return false;
}

/* NONE: allowed. *@ret_unsure: whether the node is allowed is not in the log. */
static enum ol_phrase node_barred(const struct ol_oom_event *e, const struct ol_gfp_meaning *m,
				  bool atomic, int node, enum ol_phrase *ret_unsure)
{
	bool oom = e->kind != OL_EV_ALLOC_FAILURE, list;

	*ret_unsure = OL_PHRASE_NONE;
	if (node < 0)
		return OL_PHRASE_NONE;
	if (!ol_span_list_has(e->nodemask.s, node, &list) && list)
		return OL_PHRASE_POLICY_EXCLUDES_NODE;
	if (m->thisnode && !list) {
		*ret_unsure = OL_PHRASE_BOUND_TO_UNKNOWN_NODE;
		return OL_PHRASE_NONE;
	}
	/*
	 * The last try before the OOM killer enforces the cpuset for every request; before that
	 * only requests for user memory have to stay inside, and atomic ones never.
	 */
	if ((oom || (m->hardwall && !atomic)) && e->constraint != OL_CONSTRAINT_MEMPOLICY &&
	    !ol_span_list_has(e->mems_allowed.s, node, &list) && list)
		return OL_PHRASE_CPUSET_EXCLUDES_NODE;
	return OL_PHRASE_NONE;
}

/* ---- rights ---- */

/*
 * kswapd may use the last page (PF_MEMALLOC); an interrupt that hits it while it runs may not. A
 * request that may sleep is kswapd's own.
 */
static bool is_reclaimer(const struct ol_oom_event *e)
{
	return ol_span_starts(e->trigger_comm.s, S("kswapd"));
}

/* 'H' came with 4.4, which dropped 'R' and the halving loop. */
static bool has_letter(const struct ol_oom_event *e, char c)
{
	for (uint32_t i = 0; i < e->zones.n; i++)
		for (uint32_t k = 0; k < e->zones.v[i].buddy.n; k++)
			if (ol_span_chr(e->zones.v[i].buddy.v[k].types, c) >= 0)
				return true;
	return false;
}

static void find_rights(const struct ol_oom_event *e, const struct ol_gfp_meaning *m,
			struct rights *r)
{
	bool names = e->gfp_printed.s.p;

	*r = (struct rights){ .k = ol_event_kver(e), .order = (unsigned)e->order.v };
	r->high = m->atomic_reserve;
	r->halving =
		has_letter(e, 'R') || (!has_letter(e, 'H') && !names && !ol_kver_from(r->k, 4004));
	r->no_watermarks = (m->memalloc || (m->may_sleep && is_reclaimer(e))) && !m->nomemalloc;
	r->cma = m->movable && !ol_kver_before(r->k, 3007);
	if (ol_kver_from(r->k, 6003) ||
	    (!ol_kver_before(r->k, 6003) && !(e->gfp & OL_GFP_BIT(ATOMIC)) && r->high)) {
		/* GFP_ATOMIC lost its own flag in 6.3: who cannot sleep is not blocked instead */
		r->nonblock = !m->may_sleep && !m->nomemalloc;
		r->highatomic_counts = r->high || r->nonblock;
		r->highatomic_block = r->high && r->nonblock && r->order > 0;
	} else if (ol_kver_from(r->k, 4004) || names) {
		r->harder = e->gfp & OL_GFP_BIT(ATOMIC) && !m->nomemalloc;
		r->highatomic_counts = r->highatomic_block = r->harder;
	} else {
		/* huge pages that do not wake kswapd are not atomic, only unwilling to wait */
		r->harder = !m->may_sleep && !m->nomemalloc && !(e->gfp & OL_GFP_BIT(NO_KSWAPD));
		r->highatomic_counts = r->highatomic_block = r->harder;
	}
	r->free_highatomic_only = ol_kver_from(r->k, 6012);
}

/* ---- one zone ---- */

static bool pages_of(const struct ol_oom_event *e, const struct ol_zone *z, enum ol_key key,
		     int64_t *ret)
{
	const struct ol_kv *kv = ol_kv_get(&z->kv, key);

	if (!kv)
		return false;
	*ret = (int64_t)(kv->v / e->page_kb < (uint64_t)PAGES_MAX ? kv->v / e->page_kb
								  : (uint64_t)PAGES_MAX);
	return true;
}

static int64_t block_pages(const struct ol_buddy *b)
{
	if (b->order > 20 || b->count >= (uint64_t)PAGES_MAX >> b->order)
		return PAGES_MAX;
	return (int64_t)(b->count << b->order);
}

/* Free pages that only atomic requests may have. */
static int64_t highatomic(const struct ol_oom_event *e, const struct ol_zone *z,
			  const struct rights *r)
{
	int64_t reserved = 0, free_part = 0;

	if (pages_of(e, z, OL_K_FREE_HIGHATOMIC, &free_part))
		return free_part;
	if (!pages_of(e, z, OL_K_RESERVED_HIGHATOMIC, &reserved))
		return 0; /* 4.4 to 5.4 deduct it and do not print it: at most 1 % of the zone */
	if (!r->free_highatomic_only)
		return reserved;
	/* 6.12 deducts the free part without printing it: it lies in blocks that say 'H' */
	for (uint32_t i = 0; i < z->buddy.n && free_part < reserved; i++)
		if (ol_span_chr(z->buddy.v[i].types, 'H') >= 0)
			free_part += block_pages(&z->buddy.v[i]);
	return free_part < reserved ? free_part : reserved;
}

/* Blocks of one order: usable for a request with these rights, as far as the letters tell. */
static bool block_usable(const struct ol_buddy *b, bool letters, bool cma, bool highatomic_block)
{
	if (!b->count)
		return false;
	if (!letters)
		return true; /* before 3.8 nothing was set apart that is printed */
	for (size_t i = 0; i < b->types.n; i++)
		switch (b->types.p[i]) {
		case 'U':
		case 'M':
		case 'E':
		case 'R': /* up to 4.3: the last resort of every type */
			return true;
		case 'C':
			if (cma)
				return true;
			break;
		case 'H':
			if (highatomic_block)
				return true;
			break;
		default:
			break;
		}
	return false;
}

struct test {
	int64_t free, unusable, cma, mark, reserve;
	bool may_cma, may_highatomic;
};

enum outcome { PASS, TOO_FEW, NO_BLOCK, CANNOT_TELL };

static bool zone_letters(const struct ol_zone *z)
{
	for (uint32_t i = 0; i < z->buddy.n; i++)
		if (z->buddy.v[i].types.p)
			return true;
	return false;
}

/*
 * The free lists. 4.3 and older take away what is free in the orders below, and each time half of
 * the mark; 4.4 and newer look for one block. In the end a block has to exist in both.
 */
static enum outcome test_order(const struct ol_zone *z, const struct rights *r,
			       const struct test *t)
{
	bool letters = zone_letters(z), usable = false;
	int64_t f = t->free - t->unusable, m = t->mark;
	uint32_t below = 0;

	if (!r->order)
		return PASS;
	if (!z->buddy.n)
		return CANNOT_TELL;
	if (r->halving) {
		/* up to 4.3 CMA pages are left out of the first test only, here they count */
		for (uint32_t i = 0; i < z->buddy.n; i++) {
			if (z->buddy.v[i].order >= r->order)
				continue;
			if (z->buddy.v[i].order != below++)
				return CANNOT_TELL;
			f -= block_pages(&z->buddy.v[i]);
			m >>= 1;
			if (f <= m)
				return NO_BLOCK;
		}
		if (below < r->order)
			return CANNOT_TELL;
	}
	for (uint32_t i = 0; i < z->buddy.n && !usable; i++)
		usable = z->buddy.v[i].order >= r->order &&
			 block_usable(&z->buddy.v[i], letters, t->may_cma, t->may_highatomic);
	return usable ? PASS : NO_BLOCK;
}

static enum outcome test_zone(const struct ol_zone *z, const struct rights *r, const struct test *t)
{
	if (t->free - t->unusable - t->cma <= t->mark + t->reserve)
		return TOO_FEW;
	return test_order(z, r, t);
}

static enum ol_phrase why_below(const struct ol_replay_zone *rz, const struct test *t)
{
	int64_t lean = t->free - t->unusable - t->cma;

	if (t->free <= t->mark)
		return OL_PHRASE_FREE_BELOW_MARK;
	if (lean <= t->mark && t->cma > t->unusable)
		return OL_PHRASE_SET_ASIDE_CMA;
	if (lean <= t->mark)
		return OL_PHRASE_SET_ASIDE_ATOMIC;
	if (rz->reserve_kb)
		return OL_PHRASE_HELD_BACK;
	return OL_PHRASE_USABLE_BELOW_MARK;
}

/* The reductions of the mark that mask and era grant, in the kernel's order and integers. */
static int64_t reduced(int64_t m, const struct rights *r)
{
	if (r->no_watermarks)
		return 0;
	if (r->high)
		m -= m / 2;
	if (r->harder || (r->high && r->nonblock))
		m -= m / 4;
	return m;
}

/* The last try before the killer: high mark, no rights at all, cpuset enforced. */
static void last_try(const struct ol_oom_event *e, const struct ol_zone *z, const struct test *t,
		     const struct rights *r, struct ol_replay_zone *rz)
{
	enum outcome o = test_zone(z, r, t);

	rz->high_failed = o == TOO_FEW || o == NO_BLOCK;
	if (rz->verdict != OL_ZV_OK)
		return;
	if (e->kind == OL_EV_ALLOC_FAILURE)
		rz->why = OL_PHRASE_CAME_BACK;
	else
		rz->why = rz->high_failed ? OL_PHRASE_BELOW_HIGH_MARK
					  : OL_PHRASE_CAME_BACK_OR_OTHER_ZONE;
}

static void judge_zone(const struct ol_oom_event *e, const struct rights *r,
		       const struct reach *reach, struct ol_replay_zone *rz)
{
	const struct ol_zone *z = rz->zone;
	int64_t free = 0, min = 0, high = 0, boost = 0, cma = 0, ha, reserve = 0;
	bool has_min, has_high, reserve_known;
	int64_t need = (INT64_C(1) << r->order) - 1;
	struct test t;

	if (!pages_of(e, z, OL_K_FREE, &free)) {
		rz->why = OL_PHRASE_NO_FREE_LINE;
		return;
	}
	has_min = pages_of(e, z, OL_K_MIN, &min);
	has_high = pages_of(e, z, OL_K_HIGH, &high);
	pages_of(e, z, OL_K_FREE_CMA, &cma);
	pages_of(e, z, OL_K_BOOST, &boost);
	rz->free_kb = (uint64_t)free * e->page_kb;
	rz->mark_kb = (uint64_t)min * e->page_kb;
	if (!has_min) {
		rz->why = OL_PHRASE_NO_WATERMARK;
		return;
	}
	rz->has_reserve = reserve_known = reserve_of(reach, z, &reserve);
	/* nothing is held back in the highest zone itself */
	if (!reserve_known && reach->highest_known && z->type == reach->highest)
		reserve_known = true;
	rz->reserve_kb = (uint64_t)reserve * e->page_kb;
	ha = highatomic(e, z, r);

	/* the slow path's test: min mark, the request's own rights */
	t = (struct test){ .free = free, .reserve = reserve, .mark = reduced(min, r) };
	t.may_cma = r->cma;
	t.may_highatomic = r->highatomic_block;
	t.unusable = need + (r->highatomic_counts ? 0 : ha);
	t.cma = r->cma ? 0 : cma;
	/* 5.9: an atomic request for one page may ignore the boost */
	if (!r->order && r->high && boost && boost <= min && !ol_kver_before(r->k, 5009))
		t.mark = reduced(min - boost, r);
	if (r->no_watermarks)
		t = (struct test){ .free = free, .may_cma = r->cma };
	rz->unusable_kb = (uint64_t)(t.unusable + t.cma) * e->page_kb;
	rz->needed_kb = (uint64_t)(t.mark + t.reserve) * e->page_kb;
	rz->order_ok = test_order(z, &(struct rights){ .order = r->order },
				  &(struct test){ .may_cma = t.may_cma,
						  .may_highatomic = t.may_highatomic }) == PASS;

	switch (test_zone(z, r, &t)) {
	case TOO_FEW:
		rz->verdict = OL_ZV_BELOW;
		rz->why = why_below(rz, &t);
		break;
	case NO_BLOCK:
		rz->verdict = OL_ZV_NO_BLOCK;
		rz->why = !rz->order_ok ? OL_PHRASE_IN_NO_BLOCK : OL_PHRASE_TOO_LITTLE_IN_BLOCKS;
		break;
	case CANNOT_TELL:
		rz->why = OL_PHRASE_NO_FREE_LIST;
		break;
	case PASS:
		rz->verdict = OL_ZV_OK;
		rz->why = OL_PHRASE_ENOUGH_FREE;
		break;
	}
	if (!reserve_known && rz->verdict != OL_ZV_BELOW) {
		rz->verdict = OL_ZV_UNKNOWN;
		rz->why = z->lowmem_reserve.n ? OL_PHRASE_RESERVE_AMBIGUOUS
					      : OL_PHRASE_NO_RESERVE_LINE;
	}

	if (has_high)
		last_try(e, z,
			 &(struct test){ .free = free,
					 .reserve = reserve,
					 .mark = high,
					 .cma = cma,
					 .unusable = need + ha },
			 r, rz);
}

/* ---- all of it ---- */

static enum ol_phrase cannot(const struct ol_oom_event *e, const struct ol_gfp_meaning *m)
{
	if (e->kind == OL_EV_KILL_ONLY || e->kind == OL_EV_USERSPACE_KILL)
		return OL_PHRASE_ONLY_KILL;
	if (e->constraint == OL_CONSTRAINT_MEMCG)
		return OL_PHRASE_CGROUP_DECIDED;
	if (e->sysrq)
		return OL_PHRASE_BY_HAND;
	if (ol_span_starts(e->failure.s, S("SLUB:")))
		return OL_PHRASE_SLAB_MESSAGE;
	if (!e->zones.n)
		return OL_PHRASE_NO_ZONES;
	if (!e->gfp_mask.set && !e->gfp_decoded)
		return OL_PHRASE_NO_MASK;
	if (!e->gfp_decoded)
		return OL_PHRASE_MASK_NEEDS_VERSION;
	if (!e->order.set)
		return OL_PHRASE_NO_ORDER;
	if (e->order.v < 0 || e->order.v > 20)
		return OL_PHRASE_BAD_ORDER;
	/* pagefault_out_of_memory(): whoever failed has given up before, and its mask is gone */
	if (e->kind != OL_EV_ALLOC_FAILURE && e->gfp_mask.set && !e->gfp_mask.v)
		return OL_PHRASE_PAGE_FAULT;
	if (m->zone_invalid)
		return OL_PHRASE_BAD_MASK;
	if (!e->page_kb)
		return OL_PHRASE_NO_PAGE_SIZE;
	return OL_PHRASE_NONE;
}

static void count(struct ol_replay_alloc *a, enum ol_zone_verdict v)
{
	if (v == OL_ZV_NOT_ELIGIBLE)
		return;
	a->eligible++;
	if (v == OL_ZV_BELOW)
		a->below++;
	else if (v == OL_ZV_NO_BLOCK)
		a->no_block++;
	else if (v == OL_ZV_OK)
		a->ok++;
	else
		a->unknown++;
}

/*
 * Kernels before 4.9 do not print which nodes a memory policy allows, and those before 2.6.29 not
 * those of a cpuset. A node with room in a zone that the request may use cannot be one of them.
 */
static void bar_roomy_nodes(const struct ol_oom_event *e, struct ol_replay_alloc *a)
{
	bool list, cpuset = e->constraint == OL_CONSTRAINT_CPUSET;

	ol_span_list_has(cpuset ? e->mems_allowed.s : e->nodemask.s, 0, &list);
	if (list || (!cpuset && e->constraint != OL_CONSTRAINT_MEMPOLICY) || !many_nodes(e))
		return;
	for (uint32_t i = 0; i < a->n; i++) {
		int node = a->zones[i].zone->node;

		if (a->zones[i].verdict != OL_ZV_OK || a->zones[i].high_failed)
			continue;
		/* zones of one node stand together; a few thousand lines at most */
		for (uint32_t k = 0; k < a->n; k++)
			if (a->zones[k].zone->node == node) {
				a->zones[k].verdict = OL_ZV_NOT_ELIGIBLE;
				a->zones[k].why = cpuset ? OL_PHRASE_ROOM_OUTSIDE_CPUSET
							 : OL_PHRASE_ROOM_OUTSIDE_POLICY;
			}
	}
}

int ol_replay_alloc(struct ol_oom_event *e, struct ol_replay_alloc *ret)
{
	struct ol_gfp_meaning m = ol_gfp_meaning(e->gfp);
	struct ol_replay_alloc a = { .not_done = cannot(e, &m) };
	struct reach reach;
	struct rights r;
	bool nodes;

	if (a.not_done) {
		*ret = a;
		return 0;
	}
	a.order = (unsigned)e->order.v;
	find_rights(e, &m, &r);
	find_reach(e, m.highest, r.k, &reach);
	a.highest = reach.highest;
	a.highest_known = reach.highest_known;
	a.zones = ol_arena_alloc(&e->arena, e->zones.n * sizeof(*a.zones));
	if (!a.zones)
		return -ENOMEM;
	a.n = e->zones.n;
	/* a dump with one node shows the only one or was filtered to it */
	nodes = many_nodes(e);
	for (uint32_t i = 0; i < a.n; i++) {
		struct ol_replay_zone *rz = &a.zones[i];
		const struct ol_zone *z = &e->zones.v[i];
		enum ol_phrase barred = OL_PHRASE_NONE, unsure = OL_PHRASE_NONE;

		*rz = (struct ol_replay_zone){ .zone = z, .largest_order = -1 };
		for (uint32_t k = 0; k < z->buddy.n; k++)
			if (z->buddy.v[k].count && z->buddy.v[k].order > rz->largest_order)
				rz->largest_order = z->buddy.v[k].order;
		judge_zone(e, &r, &reach, rz);
		if (z->type >= OL_ZONE_MAX) {
			rz->verdict = OL_ZV_UNKNOWN;
			rz->why = OL_PHRASE_UNKNOWN_ZONE;
		} else if (z->type == OL_ZONE_DEVICE) {
			rz->verdict = OL_ZV_NOT_ELIGIBLE;
			rz->why = OL_PHRASE_DEVICE_ZONE;
		} else if (z->type > reach.want) {
			rz->verdict = OL_ZV_NOT_ELIGIBLE;
			rz->why = OL_PHRASE_ABOVE_HIGHEST_ZONE;
		} else {
			if (nodes)
				barred = node_barred(e, &m, r.harder || (r.nonblock && r.high),
						     z->node, &unsure);
			if (barred || unsure) {
				rz->verdict = barred ? OL_ZV_NOT_ELIGIBLE : OL_ZV_UNKNOWN;
				rz->why = barred ? barred : unsure;
			}
		}
	}
	bar_roomy_nodes(e, &a);
	for (uint32_t i = 0; i < a.n; i++)
		count(&a, a.zones[i].verdict);
	/* known from the reserves of the others alone */
	for (unsigned i = 0; i < reach.lost; i++)
		count(&a, OL_ZV_UNKNOWN);
	a.done = true;
	*ret = a;
	return 0;
}
