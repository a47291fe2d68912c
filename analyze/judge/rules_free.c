// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/judge/judge_impl.h"

#include "analyze/dump/kver.h"
#include "lib/num.h"

/*
 * Free memory competes with what filled the rest: set aside for devices (CMA), kept back by
 * reserves that somebody raised, or simply there, so that no shortage is shown.
 */

/* Where a share begins to say something. X_NTH: an X-th part of the whole. */
enum {
	/* free memory beside the zones' size: with less the kill came only a little later */
	WORTH_NTH = 16,
	/* a reserve of twice what any kernel sets by itself was set by somebody */
	RAISED_TIMES = 2,
};

/* ---- a policy, not a request ---- */

/*
 * kswapd calls the killer itself, with no allocation in between, in one place: lru_gen_age_node(),
 * which may be inlined into kswapd or balance_pgdat (6.1, mm/vmscan.c), when nothing is older than
 * lru_gen_min_ttl.
 *
 *   out_of_memory+0x1fd/0x4c0
 *   lru_gen_age_node+0x2b1/0x310
 *   balance_pgdat+0x4ee/0x8b0
 *   kswapd+0x15a/0x2a0
 */
bool ol_rule_reclaim_policy(struct ol_case *c)
{
	const struct ol_oom_event *e = c->e;
	bool killer = false, kswapd = false;
	uint32_t line = 0;
	uint64_t free = 0;

	if (c->failure || !ol_span_starts(e->trigger_comm.s, OL_SPAN("kswapd")) ||
	    ol_kver_before(ol_event_kver(e), 6001))
		return false;
	for (uint32_t i = 0; i < e->trace.n && !kswapd; i++) {
		struct ol_span f = e->trace.v[i].func;

		if (e->trace.v[i].uncertain)
			continue;
		if (ol_span_starts(f, OL_SPAN("out_of_memory"))) {
			killer = true;
			line = e->trace.v[i].line;
		} else if (killer && (ol_span_starts(f, OL_SPAN("lru_gen_age_node")) ||
				      ol_span_starts(f, OL_SPAN("balance_pgdat")) ||
				      ol_span_eqs(f, "kswapd"))) {
			kswapd = true;
		} else if (killer) {
			return false;
		}
	}
	if (!kswapd)
		return false;
	c->v->confidence = OL_CONF_HIGH;
	ol_judge_stated(c, OL_AC_FREE, &free);
	ol_judge_headline(c, FOUND(POLICY_KILLED, free));
	ol_judge_explain(c, PHRASE(MIN_TTL_IS));
	ol_judge_evidence(c, line, PHRASE(KILLER_OF_KSWAPD));
	ol_judge_advise(c, PHRASE(LOWER_MIN_TTL));
	return true;
}

/* ---- what the last try leaves out ---- */

static uint64_t zone_high(const struct ol_replay_zone *z)
{
	return ol_add_u64(ol_judge_zone_kb(z->zone, OL_K_HIGH), z->reserve_kb);
}

static uint64_t zone_size(const struct ol_replay_zone *z)
{
	const struct ol_kv *kv = ol_kv_get(&z->zone->kv, OL_K_MANAGED);

	return kv ? kv->v : ol_judge_zone_kb(z->zone, OL_K_PRESENT);
}

static bool eligible(const struct ol_replay_zone *z)
{
	return z->verdict != OL_ZV_NOT_ELIGIBLE && z->verdict != OL_ZV_UNKNOWN && z->zone->line;
}

/*
 * The last try before a kill has no right to CMA, whoever asks; before that pages that can be moved
 * have it. An allocation that failed for a movable page was refused for another reason.
 */
bool ol_rule_cma(struct ol_case *c)
{
	const struct ol_replay_alloc *a = &c->v->alloc;
	const struct ol_replay_zone *best = NULL;
	uint64_t size = 0, cma = 0, most = 0;

	if (!a->done || c->shortage < OL_SHORTAGE_LIKELY)
		return false;
	for (uint32_t i = 0; i < a->n; i++) {
		const struct ol_replay_zone *z = &a->zones[i];
		uint64_t in_cma = ol_judge_zone_kb(z->zone, OL_K_FREE_CMA);
		uint64_t need = c->failure ? z->needed_kb : zone_high(z);

		if (!eligible(z))
			continue;
		size = ol_add_u64(size, zone_size(z));
		if (z->verdict != OL_ZV_BELOW || z->free_kb <= need ||
		    ol_sub_u64(z->free_kb, in_cma) > need)
			continue;
		cma = ol_add_u64(cma, ol_min_u64(in_cma, z->free_kb - need));
		if (in_cma > most) {
			most = in_cma;
			best = z;
		}
	}
	if (!best || cma * WORTH_NTH < size)
		return false;
	c->v->confidence =
		c->shortage == OL_SHORTAGE_SHOWN && !c->failure ? OL_CONF_HIGH : OL_CONF_MEDIUM;
	ol_judge_headline(c, FOUND(CMA_FULL, best->zone->name, best->free_kb, most));
	ol_judge_explain(c, FOUND(CMA_HELD, best->zone->name, ol_sub_u64(best->free_kb, most),
				  c->failure ? best->needed_kb : zone_high(best)));
	ol_judge_evidence_zones(c);
	ol_judge_advise(c, FOUND(SMALLER_CMA, best->zone->name));
	return true;
}

/* ---- reserves ---- */

static uint64_t root(uint64_t v)
{
	uint64_t r = 0;

	for (uint64_t bit = UINT64_C(1) << 31; bit; bit >>= 1)
		if ((r | bit) * (r | bit) <= v)
			r |= bit;
	return r;
}

/*
 * The largest vm.min_free_kbytes that a kernel sets by itself: 4 * sqrt(lowmem), at most 64 MiB
 * (256 MiB from 5.8 on: init_per_zone_wmark_min(), mm/page_alloc.c), or what huge pages want, two
 * blocks and nine more per zone but no more than 5 % of lowmem (set_recommended_min_free_kbytes(),
 * mm/khugepaged.c).
 */
static uint64_t usual_min_free(const struct ol_oom_event *e, uint64_t low_kb, unsigned zones)
{
	enum { BLOCKS = 11, BLOCK_KB = 2048, BLOCK_PAGES_MAX = 8192 };
	uint64_t usual = root(ol_mul_u64(low_kb, 16));
	uint64_t most = ol_kver_before(ol_event_kver(e), 5008) ? 65536 : 262144;
	uint64_t block = e->page_kb <= 4 ? BLOCK_KB : (uint64_t)e->page_kb * BLOCK_PAGES_MAX;

	return ol_max_u64(ol_min_u64(usual, most), ol_min_u64(block * BLOCKS * zones, low_kb / 20));
}

struct reserves {
	uint64_t min_free, boost, low_kb; /* of the zones that share vm.min_free_kbytes */
	unsigned zones;
};

/* False: a zone's line is lost, or one does not say its mark. */
static bool reserves_of(const struct ol_oom_event *e, struct reserves *r)
{
	*r = (struct reserves){ 0 };
	for (uint32_t i = 0; i < e->zones.n; i++) {
		const struct ol_zone *z = &e->zones.v[i];
		const struct ol_kv *min = ol_kv_get(&z->kv, OL_K_MIN);
		const struct ol_kv *size = ol_kv_get(&z->kv, OL_K_MANAGED);
		uint64_t boost = ol_judge_zone_kb(z, OL_K_BOOST);

		if (!min || !z->line || (!size && !ol_kv_get(&z->kv, OL_K_PRESENT)))
			return false;
		if (z->type == OL_ZONE_HIGHMEM || z->type == OL_ZONE_MOVABLE)
			continue;
		r->boost = ol_add_u64(r->boost, ol_min_u64(boost, min->v));
		r->min_free = ol_add_u64(r->min_free, ol_sub_u64(min->v, boost));
		r->low_kb =
			ol_add_u64(r->low_kb, size ? size->v : ol_judge_zone_kb(z, OL_K_PRESENT));
		r->zones++;
	}
	return r->low_kb != 0;
}

/*
 * Free memory that the request would have been given if the marks were @usual where they are now
 * @actual; they grow with vm.min_free_kbytes.
 */
static uint64_t would_be_spare(const struct ol_case *c, const struct reserves *r, uint64_t usual)
{
	const struct ol_replay_alloc *a = &c->v->alloc;
	uint64_t spare = 0;

	for (uint32_t i = 0; i < a->n; i++) {
		const struct ol_replay_zone *z = &a->zones[i];
		uint64_t boost = ol_judge_zone_kb(z->zone, OL_K_BOOST);
		uint64_t high = ol_sub_u64(ol_judge_zone_kb(z->zone, OL_K_HIGH), boost);
		uint64_t free = ol_sub_u64(z->free_kb, z->unusable_kb);

		if (!eligible(z) || z->verdict == OL_ZV_NO_BLOCK)
			continue;
		if (usual < r->min_free && high < UINT64_MAX / (usual | 1))
			high = high * usual / r->min_free;
		spare = ol_add_u64(spare, ol_sub_u64(free, ol_add_u64(high, z->reserve_kb)));
	}
	return spare;
}

bool ol_rule_watermarks(struct ol_case *c)
{
	const struct ol_replay_alloc *a = &c->v->alloc;
	uint64_t size = 0, high = 0, usual, free = 0;
	struct reserves r;
	bool raised, boosted;

	if (!a->done || c->shortage < OL_SHORTAGE_LIKELY || !reserves_of(c->e, &r))
		return false;
	usual = usual_min_free(c->e, r.low_kb, r.zones);
	raised = r.min_free > usual * RAISED_TIMES;
	boosted = !raised && r.boost > usual * RAISED_TIMES;
	for (uint32_t i = 0; i < a->n; i++) {
		if (!eligible(&a->zones[i]))
			continue;
		size = ol_add_u64(size, zone_size(&a->zones[i]));
		high = ol_add_u64(high, zone_high(&a->zones[i]));
		free = ol_add_u64(free, a->zones[i].free_kb);
	}
	if ((!raised && !boosted) ||
	    would_be_spare(c, &r, raised ? usual : r.min_free) * WORTH_NTH < size)
		return false;
	c->v->confidence =
		c->shortage == OL_SHORTAGE_SHOWN && !c->failure ? OL_CONF_HIGH : OL_CONF_MEDIUM;
	if (raised)
		ol_judge_headline(c, FOUND(MARKS_RAISED, free, r.min_free, usual));
	else
		ol_judge_headline(c, FOUND(MARKS_BOOSTED, free, r.boost));
	ol_judge_explain(c, FOUND(MARKS_REFUSE, high));
	ol_judge_evidence_zones(c);
	if (raised)
		ol_judge_advise(c, FOUND(LOWER_MIN_FREE, r.min_free, usual));
	else
		ol_judge_advise(c, PHRASE(BOOST_PASSES));
	return true;
}

/* ---- no shortage at all ---- */

bool ol_rule_memory_was_free(struct ol_case *c)
{
	uint64_t free = 0;

	if (c->failure || c->shortage != OL_SHORTAGE_NONE)
		return false;
	/* the report is printed after the decision: what came free meanwhile looks the same */
	c->v->confidence = OL_CONF_MEDIUM;
	if (!ol_judge_stated(c, OL_AC_FREE, &free))
		free = c->spare_kb;
	ol_judge_headline(c, FOUND(MEMORY_WAS_FREE, free, ol_judge_ram_kb(c)));
	ol_judge_explain(c, FOUND(ZONES_HAD_SPARE, c->spare_kb));
	ol_judge_evidence_zones(c);
	ol_judge_advise(c, PHRASE(NO_SHORTAGE_ADVICE));
	return true;
}
