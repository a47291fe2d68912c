// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/judge/judge_impl.h"

#include "analyze/dump/kver.h"
#include "lib/num.h"

/*
 * Was memory short at all? A cause that says what filled RAM needs that said first: by the zones of
 * the request, all of them below the mark of the last try; where these cannot be told, by all zones
 * that there are; and where there are none, by how little was free altogether.
 */

/* Where a share begins to say something. X_NTH: an X-th part of the whole. */
enum {
	/* free beyond the marks: less than this is what a dump that comes late finds freed */
	SPARE_NTH = 16,
	/* zones that hold all of RAM but this are all zones: the rest is holes and rounding */
	HIDDEN_NTH = 16,
	/* without zones: free memory that the marks of any kernel may account for */
	MARKS_NTH = 20,
	/* without free lists: how much is free does not say whether a block was there */
	COSTLY_ORDER_ABOVE = 4,
};

/* The zones of the dump are all that the machine has. */
bool ol_judge_zones_are_all(const struct ol_case *c)
{
	const struct ol_oom_event *e = c->e;
	uint64_t ram, present = 0;

	if (!e->ram_pages.set || e->ram_pages.v <= 0 || !e->page_kb)
		return false;
	ram = ol_mul_u64((uint64_t)e->ram_pages.v, e->page_kb);
	for (uint32_t i = 0; i < e->zones.n; i++)
		present = ol_add_u64(present, ol_judge_zone_kb(&e->zones.v[i], OL_K_PRESENT));
	return present >= ram - ram / HIDDEN_NTH;
}

static bool one_node(const struct ol_oom_event *e)
{
	for (uint32_t i = 1; i < e->zones.n; i++)
		if (e->zones.v[i].node != e->zones.v[0].node)
			return false;
	return true;
}

/*
 * Which nodes the request could use is certain: the log says it (nodemask= in the head from 4.9 to
 * 4.19 and of failures, the oom-kill: line from 4.20 on), or there is but one.
 */
bool ol_judge_nodes_known(const struct ol_case *c)
{
	const struct ol_oom_event *e = c->e;
	bool told = e->constraint_printed || e->nodemask.s.p || e->failure.s.p;

	/* a kernel without NUMA does not say "Node 0" (show_node(), mm/page_alloc.c) */
	told |= e->zones.n && e->zones.v[0].node < 0;
	return told || (one_node(e) && ol_judge_zones_are_all(c));
}

/*
 * Free memory that no printed zone has: it lies on nodes that a policy excludes, or in zones that
 * the request cannot use (from 6.1 on neither is printed), or their lines are lost.
 */
static uint64_t free_elsewhere(const struct ol_case *c)
{
	uint64_t zones = 0;

	for (uint32_t i = 0; i < c->e->zones.n; i++)
		zones = ol_add_u64(zones, ol_judge_zone_kb(&c->e->zones.v[i], OL_K_FREE));
	return ol_sub_u64(c->free, zones);
}

/*
 * Before 6.1 all zones are printed, of the nodes that a policy allows (show_free_areas(), mm/
 * page_alloc.c): where they are not all of RAM, lines are lost, and one of them may have had room.
 */
static bool zones_lost(const struct ol_case *c)
{
	const struct ol_oom_event *e = c->e;

	return e->constraint == OL_CONSTRAINT_NONE && e->ram_pages.set && e->page_kb &&
	       !ol_kver_from(ol_event_kver(e), 6001) && !ol_judge_zones_are_all(c);
}

/* The zones of the request. */
static enum ol_shortage by_replay(struct ol_case *c)
{
	const struct ol_replay_alloc *a = &c->v->alloc;
	uint64_t size = 0;
	bool passes = false, cut = false, roomy = false, unsure = a->unknown != 0;
	bool all = ol_judge_zones_are_all(c);

	for (uint32_t i = 0; i < a->n; i++) {
		const struct ol_replay_zone *z = &a->zones[i];
		uint64_t mark = ol_add_u64(ol_judge_zone_kb(z->zone, OL_K_HIGH), z->reserve_kb);
		bool has_high = ol_kv_get(&z->zone->kv, OL_K_HIGH);

		if (z->verdict == OL_ZV_NOT_ELIGIBLE)
			continue;
		size = ol_add_u64(size, ol_judge_zone_kb(z->zone, OL_K_PRESENT));
		cut |= z->zone->line && !ol_kv_get(&z->zone->kv, OL_K_PRESENT);
		unsure |= !has_high;
		if (z->verdict != OL_ZV_OK || (!c->failure && (z->high_failed || !has_high)))
			continue;
		/* what a lost line keeps back of it is not known */
		if (!z->has_reserve && !all) {
			unsure = true;
			roomy |= ol_sub_u64(z->free_kb, mark) * SPARE_NTH >= c->base_kb;
			continue;
		}
		passes = true;
		c->spare_kb = ol_add_u64(c->spare_kb, ol_sub_u64(z->free_kb, mark));
	}
	if (!a->eligible)
		return OL_SHORTAGE_NOT_TOLD;
	/* what is much of a zone, and what of it is set aside, stands where its line is cut off */
	if (roomy && !passes)
		return OL_SHORTAGE_NOT_TOLD;
	if (passes && cut)
		return c->spare_kb * SPARE_NTH >= c->base_kb ? OL_SHORTAGE_NOT_TOLD
							     : OL_SHORTAGE_WEAK;
	if (passes && c->spare_kb * SPARE_NTH >= size)
		return ol_judge_nodes_known(c) ? OL_SHORTAGE_NONE : OL_SHORTAGE_NOT_TOLD;
	if (passes)
		return OL_SHORTAGE_LIKELY;
	/* with plenty elsewhere, whether the request could go there is not in the log */
	if (!ol_judge_nodes_known(c) || zones_lost(c))
		return c->base_kb && free_elsewhere(c) * SPARE_NTH >= c->base_kb
			       ? OL_SHORTAGE_NOT_TOLD
			       : OL_SHORTAGE_WEAK;
	return unsure ? OL_SHORTAGE_LIKELY : OL_SHORTAGE_SHOWN;
}

/*
 * All zones, or those that the mask reaches where that is known, as for the request that is the
 * easiest to serve: if one passes, nothing is shown.
 */
static enum ol_shortage by_zones(struct ol_case *c)
{
	const struct ol_oom_event *e = c->e;
	struct ol_gfp_meaning m = ol_gfp_meaning(e->gfp);
	bool reach = e->gfp_decoded && e->gfp_mask.set && e->gfp_mask.v && !m.zone_invalid;
	uint64_t size = 0;
	bool unsure = !ol_judge_zones_are_all(c), passes = false;

	for (uint32_t i = 0; i < e->zones.n; i++) {
		const struct ol_zone *z = &e->zones.v[i];
		uint64_t free = ol_judge_zone_kb(z, OL_K_FREE),
			 high = ol_judge_zone_kb(z, OL_K_HIGH), reserve = 0;

		if (reach && z->type < OL_ZONE_MAX && z->type > m.highest)
			continue;
		/* what the highest zones may not have of the lower ones is not theirs */
		for (uint32_t k = 0; k < z->lowmem_reserve.n; k++)
			if (z->lowmem_reserve.v[k] > 0)
				reserve = ol_max_u64(reserve, (uint64_t)z->lowmem_reserve.v[k]);
		high = ol_add_u64(high, ol_mul_u64(reserve, e->page_kb));
		size = ol_add_u64(size, ol_judge_zone_kb(z, OL_K_PRESENT));
		if (!z->line || !ol_kv_get(&z->kv, OL_K_HIGH)) {
			unsure = true;
			continue;
		}
		if (free <= high)
			continue;
		passes = true;
		c->spare_kb = ol_add_u64(c->spare_kb, free - high);
	}
	if (passes && c->spare_kb * SPARE_NTH >= size)
		return OL_SHORTAGE_NOT_TOLD;
	return unsure || passes ? OL_SHORTAGE_WEAK : OL_SHORTAGE_LIKELY;
}

static bool zones_with_marks(const struct ol_oom_event *e)
{
	for (uint32_t i = 0; i < e->zones.n; i++)
		if (e->zones.v[i].line && ol_kv_get(&e->zones.v[i].kv, OL_K_HIGH))
			return true;
	return false;
}

void ol_judge_shortage(struct ol_case *c)
{
	if (c->v->alloc.done)
		c->shortage = by_replay(c);
	else if (zones_with_marks(c->e))
		c->shortage = by_zones(c);
	else if (!ol_judge_counter(c, OL_K_FREE) || c->free * MARKS_NTH > c->base_kb ||
		 (c->e->order.set && c->e->order.v >= COSTLY_ORDER_ABOVE))
		c->shortage = OL_SHORTAGE_NOT_TOLD;
	else
		c->shortage = OL_SHORTAGE_WEAK;
}
