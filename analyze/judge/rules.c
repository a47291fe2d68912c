// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/judge/judge_impl.h"
#include "analyze/judge/mechanism.h"

/*
 * Why the machine (or a zone, or a node) had nothing left. Each rule asks whether its cause, had it
 * been otherwise, would have spared the kill. The order matters: what the request was bound to
 * comes before what filled the rest.
 */

/*
 * Where a share begins to say something. X_NTH: an X-th part of the whole, so that sums stay whole
 * numbers.
 */
enum {
	/* the other nodes: less than this is no help, a quarter would have carried the request */
	OTHERS_FULL_NTH = 8,
	OTHERS_ROOMY_NTH = 4,
	/* the kernel's own "costly": from order 4 on it does not insist */
	COSTLY_ORDER_ABOVE = 4,
	/* the printed zones hold all but this of RAM: rounding and holes, no hidden zone */
	HIDDEN_NTH = 20,
	/* other types of zones count when they have a good part of what is free beyond */
	SEVERAL_NTH = 16,
	/*
	 * Plenty beyond: more than the request's zones had to keep back altogether, and a good part
	 * of their size, so that it would have lasted.
	 */
	BEYOND_TIMES_KEPT = 4,
	BEYOND_NTH = 8,
	/* file cache in the zones themselves: with this much, reclaim had something to take */
	DROPPABLE_NTH = 4,
	/* reclaimable slab of this much of the zones crowds them */
	PINNED_NTH = 4,
	/* file cache in the zone itself below this would not make room */
	CACHE_IN_ZONE_NTH = 20,
	/* smaller parts of a zone are not told */
	PART_OF_ZONE_NTH = 100,
	/* half of RAM is out of reach of reclaim: waiting would not have helped */
	NOTHING_TO_WAIT_FOR_PERCENT = 50,
	/* so many reports that a rate limit held back are no rare event */
	OFTEN_REPORTS = 100,
	/* cache that waiting would have made use of */
	WORTH_WAITING_FOR_PERCENT = 25,
};

/* ---- small questions ---- */

static bool zone_kv(const struct ol_zone *z, enum ol_key key, uint64_t *ret)
{
	const struct ol_kv *kv = ol_kv_get(&z->kv, key);

	if (kv)
		*ret = kv->v;
	return kv != NULL;
}

uint64_t ol_judge_zone_kb(const struct ol_zone *z, enum ol_key key)
{
	uint64_t v = 0;

	zone_kv(z, key, &v);
	return v;
}

static uint64_t zone_file_kb(const struct ol_zone *z)
{
	return ol_judge_zone_kb(z, OL_K_ACTIVE_FILE) + ol_judge_zone_kb(z, OL_K_INACTIVE_FILE);
}

/* free: as stated by the zone's line, else by its free list */
static uint64_t zone_free_kb(const struct ol_zone *z)
{
	uint64_t v;

	if (zone_kv(z, OL_K_FREE, &v))
		return v;
	return z->buddy_total_kb.set ? (uint64_t)z->buddy_total_kb.v : 0;
}

/* "12 % of 33.0 GiB" only makes sense when the whole is RAM */
bool ol_judge_fills(const struct ol_case *c, uint64_t kb, unsigned percent)
{
	return c->base_kb && kb * 100 >= c->base_kb * percent;
}

bool ol_judge_stated(const struct ol_case *c, enum ol_account_part p, uint64_t *ret_kb)
{
	const struct ol_accounting *a = &c->v->account;

	if (!(a->has >> p & 1) || a->absent >> p & 1 || (p == OL_AC_FILE && c->lru_guessed))
		return false;
	*ret_kb = a->kb[p];
	return true;
}

uint64_t ol_judge_ram_kb(const struct ol_case *c)
{
	return c->base_is_ram ? c->base_kb : 0;
}

const struct ol_kv *ol_judge_counter(const struct ol_case *c, enum ol_key key)
{
	return ol_kv_get(&c->e->memory, key);
}

void ol_judge_evidence_counter(struct ol_case *c, enum ol_key key, enum ol_phrase what)
{
	const struct ol_kv *kv = ol_judge_counter(c, key);

	if (kv)
		ol_judge_evidence(c, kv->line,
				  FOUND(COUNTER, what, ol_judge_pages_kb(c, key, NULL)));
}

void ol_judge_evidence_swap(struct ol_case *c)
{
	if (c->swap_known)
		ol_judge_evidence(c, c->e->swap_free_kb.line,
				  FOUND(SWAP_LEFT, c->swap_free_kb, c->swap_total_kb));
}

/* What the last try before the killer had to exceed. */
static uint64_t high_needed(const struct ol_replay_zone *z)
{
	return ol_judge_zone_kb(z->zone, OL_K_HIGH) + z->reserve_kb;
}

/* What of a refusing zone's free memory is the CMA area's; 0 when that is not why it refused. */
static uint64_t cma_aside(const struct ol_replay_zone *z, uint64_t need)
{
	uint64_t cma = ol_judge_zone_kb(z->zone, OL_K_FREE_CMA);

	return z->verdict == OL_ZV_BELOW && z->free_kb > need && cma * 2 > z->unusable_kb ? cma : 0;
}

/* One sentence for each zone that could have served the request. */
void ol_judge_evidence_zones(struct ol_case *c)
{
	enum { REFUSED, NO_BLOCK, LAST_TRY, GRANTED }; /* as the sentence has them */
	const struct ol_replay_alloc *a = &c->v->alloc;

	for (uint32_t i = 0; a->done && i < a->n; i++) {
		const struct ol_replay_zone *z = &a->zones[i];
		bool last_try = z->verdict == OL_ZV_OK && z->high_failed;
		uint64_t need = last_try ? high_needed(z) : z->needed_kb;

		if (z->verdict == OL_ZV_NOT_ELIGIBLE || z->verdict == OL_ZV_UNKNOWN ||
		    !z->zone->line)
			continue;
		ol_judge_evidence(c, z->zone->line,
				  FOUND(ZONE_TEST, z->zone->name, { z->free_kb, need },
					cma_aside(z, need), { need, z->free_kb }, last_try,
					z->reserve_kb != 0,
					z->verdict == OL_ZV_BELOW      ? REFUSED
					: z->verdict == OL_ZV_NO_BLOCK ? NO_BLOCK
					: last_try                     ? LAST_TRY
								       : GRANTED));
	}
}

bool ol_judge_mechanism(struct ol_case *c, enum ol_account_part part, const struct ol_slab_row *row)
{
	enum ol_mechanism m = row ? ol_mechanism_of_cache(c->e, row->name) : OL_MECH_NONE;
	const struct ol_frame *f;

	if (m) {
		ol_judge_explain(c, FOUND(CACHE_HOLDS, row->name, ol_mechanism_what(m)));
		ol_judge_advise(c, (struct ol_finding){ .id = (enum ol_say)ol_mechanism_todo(m) });
		return true;
	}
	m = ol_mechanism_asked(c->e, &f);
	if (!m || !ol_mechanism_in(m, part))
		return false;
	if (f->module.p)
		ol_judge_explain(
			c, FOUND(REQUEST_OF_MODULE, ol_mechanism_what(m), f->module, f->func));
	else
		ol_judge_explain(c, FOUND(REQUEST_FOR, ol_mechanism_what(m)));
	ol_judge_evidence(c, f->line, PHRASE(ASKED_HERE));
	ol_judge_advise(c, (struct ol_finding){ .id = (enum ol_say)ol_mechanism_todo(m) });
	return true;
}

/* ---- manual ---- */

static bool manual(struct ol_case *c)
{
	struct ol_oom_event *e = c->e;

	if (!e->sysrq || c->failure)
		return false;
	c->v->confidence = OL_CONF_HIGH;
	ol_judge_headline(c, PHRASE(MANUAL));
	if (e->order.set && e->order.v == -1)
		ol_judge_evidence(c, e->order.line, PHRASE(MANUAL_ORDER));
	ol_judge_advise(c, PHRASE(FIND_WHO_ASKED));
	return true;
}

/*
 * bpf_out_of_memory+0x6f/0xd0: a function for BPF programs, which declare that memory is out by
 * rules of their own. What the counters say, and whose limit it is, has no part in it.
 */
static bool bpf_ordered(struct ol_case *c)
{
	const struct ol_oom_event *e = c->e;

	for (uint32_t i = 0; i < e->trace.n && !c->failure; i++) {
		if (e->trace.v[i].uncertain ||
		    !ol_span_eqs(e->trace.v[i].func, "bpf_out_of_memory"))
			continue;
		c->v->confidence = OL_CONF_LOW;
		ol_judge_headline(c, PHRASE(BPF_ORDERED));
		ol_judge_evidence(c, e->trace.v[i].line, PHRASE(BPF_ORDERED_HERE));
		ol_judge_advise(c, PHRASE(FIND_BPF_PROGRAM));
		return true;
	}
	return false;
}

/* ---- bound to nodes ---- */

/* What lies on the nodes that the request may not use. */
struct other_nodes {
	bool known;
	uint64_t size, free, file;
};

/*
 * Nodes outside of the policy are not printed, but the machine's totals have them: what the
 * request's own zones do not hold of these is theirs.
 */
static struct other_nodes other_nodes(const struct ol_case *c)
{
	const struct ol_replay_alloc *a = &c->v->alloc;
	const struct ol_oom_event *e = c->e;
	struct other_nodes o = { 0 };
	uint64_t size = 0, free = 0, file = 0, all_free, all_file, all;

	if (!e->ram_pages.set || e->ram_pages.v <= 0 || !e->page_kb || !a->n ||
	    !ol_judge_counter(c, OL_K_FREE) || !ol_judge_counter(c, OL_K_INACTIVE_FILE) ||
	    !ol_judge_counter(c, OL_K_ACTIVE_FILE))
		return o;
	for (uint32_t i = 0; i < a->n; i++) {
		const struct ol_zone *z = a->zones[i].zone;

		if (a->zones[i].verdict == OL_ZV_NOT_ELIGIBLE)
			continue;
		if (!z->line)
			return o;
		size += ol_judge_zone_kb(z, OL_K_PRESENT);
		free += ol_judge_zone_kb(z, OL_K_FREE);
		file += zone_file_kb(z);
	}
	all = (uint64_t)e->ram_pages.v * e->page_kb;
	all_free = ol_judge_pages_kb(c, OL_K_FREE, NULL);
	all_file = ol_judge_pages_kb(c, OL_K_ACTIVE_FILE, NULL) +
		   ol_judge_pages_kb(c, OL_K_INACTIVE_FILE, NULL);
	o.known = size && size < all;
	o.size = all > size ? all - size : 0;
	o.free = all_free > free ? all_free - free : 0;
	o.file = all_file > file ? all_file - file : 0;
	return o;
}

/* Free memory of the allowed nodes in zones that the mask does not reach. */
static uint64_t out_of_reach(const struct ol_case *c, struct ol_span nodes)
{
	const struct ol_replay_alloc *a = &c->v->alloc;
	uint64_t kb = 0;
	bool list;

	for (uint32_t k = 0; k < a->n; k++)
		if (a->zones[k].verdict == OL_ZV_NOT_ELIGIBLE &&
		    ol_span_list_has(nodes, a->zones[k].zone->node, &list))
			kb += zone_free_kb(a->zones[k].zone);
	return kb;
}

static void bound_to_nodes(struct ol_case *c, struct ol_span nodes, const struct other_nodes *o)
{
	enum { SOME, ONE, SEVERAL }; /* as the sentence has them */
	bool cpuset = c->e->constraint == OL_CONSTRAINT_CPUSET;
	bool several =
		ol_span_find(nodes, OL_SPAN("-")) >= 0 || ol_span_find(nodes, OL_SPAN(",")) >= 0;

	ol_judge_headline(c, FOUND(NODES_FULL,
				   !nodes.n  ? SOME
				   : several ? SEVERAL
					     : ONE,
				   nodes, cpuset));
	if (o->known)
		ol_judge_explain(c, FOUND(OTHER_NODES_HAD, o->free, o->file, o->size));
	ol_judge_evidence_zones(c);
	if (o->known && o->free)
		ol_judge_evidence_counter(c, OL_K_FREE, OL_PHRASE_FREE_ON_ALL_NODES);
	ol_judge_advise(c, FOUND(ALLOW_NODES, nodes.n != 0, nodes));
	ol_judge_advise(c, PHRASE(POLICY_STANDS));
}

static bool numa_policy(struct ol_case *c)
{
	struct ol_oom_event *e = c->e;
	bool cpuset = e->constraint == OL_CONSTRAINT_CPUSET;
	struct ol_span nodes = cpuset ? e->mems_allowed.s : e->nodemask.s;
	struct other_nodes o;
	uint64_t own;

	if (!cpuset && e->constraint != OL_CONSTRAINT_MEMPOLICY)
		return false;
	o = other_nodes(c);
	/* the others are full as well: without the policy the kernel would have had to kill too */
	if (o.known && (o.free + o.file) * OTHERS_FULL_NTH < o.size) {
		ol_judge_explain(c, FOUND(OTHER_NODES_FULL, nodes, cpuset, o.free, o.file, o.size));
		return false;
	}
	c->v->confidence =
		e->constraint_printed && o.known && (o.free + o.file) * OTHERS_ROOMY_NTH >= o.size
			? OL_CONF_HIGH
			: OL_CONF_MEDIUM;
	own = out_of_reach(c, nodes);
	if (own && !c->v->alloc.eligible) {
		ol_judge_headline(c, FOUND(NODE_OUT_OF_REACH, nodes, cpuset, own));
		ol_judge_advise(c, PHRASE(ADD_ORDINARY_NODE));
		return true;
	}
	bound_to_nodes(c, nodes, &o);
	return true;
}

/* ---- which zone decides ---- */

static uint64_t zone_size_kb(const struct ol_zone *z)
{
	uint64_t kb = 0;

	if (!zone_kv(z, OL_K_MANAGED, &kb))
		zone_kv(z, OL_K_PRESENT, &kb);
	return kb;
}

/* The largest eligible zone: what fills it decides. */
const struct ol_replay_zone *ol_judge_decisive_zone(const struct ol_replay_alloc *a)
{
	const struct ol_replay_zone *best = NULL;
	uint64_t size = 0;

	for (uint32_t i = 0; i < a->n; i++) {
		const struct ol_replay_zone *z = &a->zones[i];
		uint64_t kb;

		if (z->verdict == OL_ZV_NOT_ELIGIBLE || !z->zone->line)
			continue;
		kb = zone_size_kb(z->zone);
		if (!best || kb > size) {
			best = z;
			size = kb;
		}
	}
	return best;
}

/* ---- the right zone ---- */

/* What lies beyond the zones that the request may use. */
struct beyond {
	uint64_t free, file;
	enum ol_zone_type type;
	struct ol_span name;
	uint32_t line; /* where its free memory is stated */
	bool several; /* zones of other types have a good part of it as well */
	bool hidden; /* the dump leaves the zone out: known from the machine's totals */
};

/*
 * Since 6.1 zones above the highest one that the request may use are not printed at all. They are
 * still in the machine's totals: what the printed zones do not hold of these lies in the hidden
 * ones.
 */
static bool hidden_beyond(const struct ol_case *c, struct beyond *b)
{
	const struct ol_oom_event *e = c->e;
	const struct ol_kv *total = ol_judge_counter(c, OL_K_FREE);
	uint64_t free = ol_judge_pages_kb(c, OL_K_FREE, NULL), file = 0, present = 0, zfree = 0,
		 zfile = 0;
	bool has_dma32 = false;

	if (!total || !e->ram_pages.set || !e->page_kb || e->constraint != OL_CONSTRAINT_NONE)
		return false;
	file = ol_judge_pages_kb(c, OL_K_ACTIVE_FILE, NULL) +
	       ol_judge_pages_kb(c, OL_K_INACTIVE_FILE, NULL);
	for (uint32_t i = 0; i < e->zones.n; i++) {
		const struct ol_zone *z = &e->zones.v[i];

		/* a zone whose line is lost is lost, not hidden */
		if (!z->line)
			return false;
		has_dma32 |= z->type == OL_ZONE_DMA32;
		present += ol_judge_zone_kb(z, OL_K_PRESENT);
		zfree += ol_judge_zone_kb(z, OL_K_FREE);
		zfile += zone_file_kb(z);
	}
	/* a policy hides zones, too: HighMem is none of its, and its size is printed */
	if (!ol_judge_nodes_known(c) &&
	    (!e->highmem_pages.set || e->highmem_pages.v <= 0 ||
	     present + (uint64_t)e->highmem_pages.v * e->page_kb <
		     (uint64_t)e->ram_pages.v * e->page_kb / HIDDEN_NTH * (HIDDEN_NTH - 1)))
		return false;
	if (!present ||
	    present * HIDDEN_NTH > (uint64_t)e->ram_pages.v * e->page_kb * (HIDDEN_NTH - 1) ||
	    free < zfree)
		return false;
	*b = (struct beyond){
		.free = free - zfree,
		.file = file > zfile ? file - zfile : 0,
		.line = total->line,
		.type = has_dma32 ? OL_ZONE_MOVABLE : OL_ZONE_HIGHMEM,
		.name = has_dma32 ? OL_SPAN("Movable") : OL_SPAN("HighMem"),
		.hidden = true,
	};
	return true;
}

static bool look_beyond(const struct ol_case *c, struct beyond *b)
{
	const struct ol_replay_alloc *a = &c->v->alloc;
	const struct ol_zone *best = NULL;
	uint64_t others = 0;

	*b = (struct beyond){ 0 };
	for (uint32_t i = 0; i < a->n; i++) {
		const struct ol_zone *z = a->zones[i].zone;

		if (a->zones[i].verdict != OL_ZV_NOT_ELIGIBLE)
			continue;
		b->free += zone_free_kb(z);
		b->file += zone_file_kb(z);
		if (!best || zone_free_kb(z) >= zone_free_kb(best))
			best = z;
	}
	if (!best)
		return hidden_beyond(c, b);
	b->type = best->type;
	for (uint32_t i = 0; i < a->n; i++)
		if (a->zones[i].verdict == OL_ZV_NOT_ELIGIBLE && a->zones[i].zone->type != b->type)
			others += zone_free_kb(a->zones[i].zone);
	b->several = others > b->free / SEVERAL_NTH;
	b->name = best->name;
	b->line = best->buddy_line ? best->buddy_line : best->line;
	return true;
}

static unsigned where_free(const struct beyond *b)
{
	enum { ABOVE, HIGHMEM, MOVABLE, NORMAL }; /* as the sentence has them */

	switch (b->several ? OL_ZONE_MAX : b->type) {
	case OL_ZONE_HIGHMEM:
		return HIGHMEM;
	case OL_ZONE_MOVABLE:
		return MOVABLE;
	case OL_ZONE_NORMAL:
		return NORMAL;
	default:
		return ABOVE;
	}
}

/*
 * What fills the decisive zone, largest first, in words; its own share of file cache tells reclaim
 * apart.
 */
static void explain_zone(struct ol_case *c, const struct ol_zone *z)
{
	const struct ol_accounting *a = &c->v->zone;
	bool any = false;

	for (int i = 0; i < OL_AC_MAX; i++)
		any |= a->has & 1u << i && a->kb[i] * PART_OF_ZONE_NTH >= a->total_kb;
	if (a->done && any)
		ol_judge_explain(c, FOUND(ZONE_HELD, z->name, a->total_kb, a));
}

/*
 * All zones of the request are below the mark, at its own test or at the last try before the
 * killer; their size, and the file cache in them.
 */
static bool all_below(const struct ol_replay_alloc *a, uint64_t *ret_size, uint64_t *ret_file)
{
	*ret_size = *ret_file = 0;
	for (uint32_t i = 0; i < a->n; i++) {
		const struct ol_replay_zone *z = &a->zones[i];

		if (z->verdict == OL_ZV_NOT_ELIGIBLE)
			continue;
		if (z->verdict == OL_ZV_OK && !z->high_failed)
			return false;
		*ret_file += zone_file_kb(z->zone);
		*ret_size += zone_size_kb(z->zone);
	}
	return true;
}

static void advise_lowmem(struct ol_case *c, const struct ol_zone *z, const struct beyond *b,
			  bool pinned)
{
	if (b->type != OL_ZONE_HIGHMEM) {
		ol_judge_advise(c, PHRASE(INSISTS_ON_LOW));
		ol_judge_advise(c, PHRASE(MORE_RAM_NO_HELP));
		return;
	}
	ol_judge_advise(c, PHRASE(RUN_64_BIT));
	if (pinned)
		ol_judge_advise(c, PHRASE(KEEP_CACHES_SMALL));
	ol_judge_advise(c, FOUND(HIGHMEM_NO_HELP, z->name,
				 zone_file_kb(z) * CACHE_IN_ZONE_NTH < zone_size_kb(z)));
}

static void say_lowmem(struct ol_case *c, const struct ol_replay_zone *d, const struct beyond *b,
		       uint64_t size)
{
	uint64_t need = d->verdict == OL_ZV_OK ? high_needed(d) : d->needed_kb;
	uint64_t cma = cma_aside(d, d->needed_kb);
	bool pinned = ol_judge_zone_kb(d->zone, OL_K_SLAB_RECLAIMABLE) * PINNED_NTH > size;

	ol_judge_headline(c, FOUND(ZONES_FULL, d->zone->name, d->zone->type == OL_ZONE_DMA, b->free,
				   where_free(b)));
	ol_judge_explain(c,
			 FOUND(ZONE_HAD, d->zone->name, { d->free_kb, need }, cma,
			       { need, d->free_kb }, d->verdict == OL_ZV_OK, c->failure, b->name));
	explain_zone(c, d->zone);
	ol_judge_evidence_zones(c);
	if (b->hidden)
		ol_judge_evidence(c, b->line, FOUND(BEYOND_HIDDEN, b->name, b->free));
	else
		ol_judge_evidence(c, b->line, FOUND(BEYOND_FREE, b->name, b->free));
	if (c->swap_known && c->swap_free_kb * 2 > c->swap_total_kb && c->swap_total_kb)
		ol_judge_evidence_swap(c);
	if (pinned)
		ol_judge_contributes(c, OL_CAUSE_SLAB_PINNED);
	if (cma)
		ol_judge_advise(c, FOUND(SMALLER_CMA, d->zone->name));
	advise_lowmem(c, d->zone, b, pinned);
}

static bool lowmem(struct ol_case *c)
{
	const struct ol_replay_alloc *a = &c->v->alloc;
	const struct ol_replay_zone *d;
	uint64_t inside, size;
	struct beyond b;

	if (!a->done || !a->eligible || a->unknown == a->eligible || !all_below(a, &size, &inside))
		return false;
	d = ol_judge_decisive_zone(a);
	if (!d || !look_beyond(c, &b))
		return false;
	if (b.free + b.file < d->needed_kb * BEYOND_TIMES_KEPT ||
	    (b.free + b.file) * BEYOND_NTH < size)
		return false;
	/*
	 * cache inside the zones themselves could have been dropped: then reclaim is the question
	 */
	if (c->may_sleep && inside * DROPPABLE_NTH > size)
		return false;
	c->v->decisive = d->zone;
	if (ol_account_zone(c->e, d->zone, &c->v->zone) < 0)
		return false;
	c->v->confidence = a->below == a->eligible && !a->unknown ? OL_CONF_HIGH : OL_CONF_MEDIUM;
	if (b.type == OL_ZONE_HIGHMEM)
		c->v->confidence = OL_CONF_HIGH;
	say_lowmem(c, d, &b, size);
	return true;
}

/* ---- failed allocations that need no cause ---- */

static bool in_passing(struct ol_case *c)
{
	enum { OTHER, NETWORK, LARGE }; /* as the sentence has them */
	const struct ol_replay_alloc *a = &c->v->alloc;
	struct ol_oom_event *e = c->e;
	bool kswapd = e->trigger_comm.s.p && ol_span_starts(e->trigger_comm.s, OL_SPAN("kswapd"));
	bool passes = a->done && a->ok, network = ol_trace_network(e);
	bool large = e->order.set && e->order.v >= COSTLY_ORDER_ABOVE && !network;

	if (!c->failure || (c->may_sleep && !kswapd && !passes) || e->swap_errors)
		return false;
	/* in the zones of the request there is nothing to wait for either */
	if (!passes && !kswapd &&
	    (ol_judge_fills(c, c->slab_u, NOTHING_TO_WAIT_FOR_PERCENT) ||
	     ol_judge_fills(c, c->unaccounted, NOTHING_TO_WAIT_FOR_PERCENT)))
		return false;
	c->v->cause = OL_CAUSE_UNKNOWN;
	c->v->confidence = OL_CONF_LOW;
	if (passes)
		ol_judge_headline(c, PHRASE(OVER_ALREADY));
	else
		ol_judge_headline(c, FOUND(COULD_NOT_WAIT, network ? NETWORK
							   : large ? LARGE
								   : OTHER));
	if (ol_judge_fills(c, c->file, WORTH_WAITING_FOR_PERCENT) && !passes) {
		ol_judge_explain(c, FOUND(CACHE_NEEDS_WAITING, c->file));
		ol_judge_contributes(c, OL_CAUSE_RECLAIM_STALL);
	}
	ol_judge_evidence_zones(c);
	if (large && !passes)
		ol_judge_advise(c, PHRASE(LARGE_ATOMIC));
	else if (e->withheld.limited > OFTEN_REPORTS)
		ol_judge_advise(c, FOUND(COMES_OFTEN, e->withheld.limited));
	else
		ol_judge_advise(c, PHRASE(LARGER_RESERVE));
	return true;
}

/* ---- nothing else holds ---- */

static bool unknown(struct ol_case *c)
{
	struct ol_oom_event *e = c->e;

	if (c->v->cause != OL_CAUSE_UNKNOWN || c->v->headline.id)
		return true;
	if (!e->memory.n && !e->zones.n)
		ol_judge_headline(c, FOUND(NO_COUNTERS, c->failure));
	else
		ol_judge_headline(c, PHRASE(NO_SINGLE_CAUSE));
	ol_judge_evidence_zones(c);
	return true;
}

const struct ol_rule ol_rules[] = {
	{ OL_CAUSE_MANUAL, manual },
	{ OL_CAUSE_UNKNOWN, bpf_ordered },
	{ OL_CAUSE_UNKNOWN, ol_rule_memcg },
	{ OL_CAUSE_UNKNOWN, ol_rule_vmalloc },
	{ OL_CAUSE_RECLAIM_POLICY, ol_rule_reclaim_policy },
	{ OL_CAUSE_NUMA_POLICY, numa_policy },
	{ OL_CAUSE_FRAGMENTATION, ol_rule_fragmentation },
	{ OL_CAUSE_LOWMEM, lowmem },
	{ OL_CAUSE_CMA, ol_rule_cma },
	{ OL_CAUSE_WATERMARKS, ol_rule_watermarks },
	{ OL_CAUSE_UNKNOWN, in_passing },
	{ OL_CAUSE_MEMORY_WAS_FREE, ol_rule_memory_was_free },
	{ OL_CAUSE_UNKNOWN, ol_rule_filled },
	{ OL_CAUSE_UNKNOWN, unknown },
	{ OL_CAUSE_UNKNOWN, NULL },
};
