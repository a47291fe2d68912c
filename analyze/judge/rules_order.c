// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/judge/judge_impl.h"

#include "analyze/dump/kver.h"
#include "lib/num.h"

/*
 * Free memory that is not in one piece (order > 0), and requests for kernel buffers (vmalloc) that
 * need no piece at all but a size and a range of addresses.
 */

/* Where a share begins to say something. X_NTH: an X-th part of the whole. */
enum {
	/* free or easily freed below this: RAM is full, whatever order was asked for */
	FULL_ANYWAY_NTH = 5,
	/* slab from here on scatters unmovable pages over most blocks */
	SLAB_SCATTERS_PERCENT = 30,
	/* the kernel's own "costly": from order 4 on it does not insist */
	COSTLY_ORDER_ABOVE = 4,
	/* a machine with less has no room for larger reserves */
	SMALL_RAM_KB = 64 << 10,
};

/*
 * Crumbs in a small zone (DMA) say nothing when the one that most memory is in has not enough for
 * a single page either: then memory is full, and the order made no difference.
 */
static bool full_anyway(const struct ol_case *c)
{
	const struct ol_replay_zone *d = ol_judge_decisive_zone(&c->v->alloc);

	/* what is not stated could have been freed */
	if (c->v->account.absent &
	    (1u << OL_AC_FREE | 1u << OL_AC_FILE | 1u << OL_AC_SLAB_RECLAIMABLE))
		return false;
	return d && d->verdict == OL_ZV_BELOW && c->base_kb && c->may_sleep &&
	       (c->free + c->file + c->slab_r) * FULL_ANYWAY_NTH < c->base_kb;
}

/* Why blocks of the size that are free could not be had. */
enum refused {
	NONE_FREE, /* there are none */
	IN_CMA, /* all lie in areas for devices */
	SET_ASIDE, /* all are kept for urgent requests */
	BY_MARK, /* the mark for blocks of this size refuses them (4.3 and older) */
};

static enum refused why_refused(const struct ol_replay_alloc *a, unsigned order)
{
	bool cma = false, aside = false;

	for (uint32_t i = 0; i < a->n; i++) {
		const struct ol_zone *z = a->zones[i].zone;

		if (a->zones[i].verdict != OL_ZV_NO_BLOCK)
			continue;
		if (a->zones[i].order_ok)
			return BY_MARK;
		for (uint32_t k = 0; k < z->buddy.n; k++) {
			if (z->buddy.v[k].order < order || !z->buddy.v[k].count)
				continue;
			cma |= ol_span_chr(z->buddy.v[k].types, 'C') >= 0;
			aside |= ol_span_chr(z->buddy.v[k].types, 'H') >= 0;
		}
	}
	return cma ? IN_CMA : aside ? SET_ASIDE : NONE_FREE;
}

static void say_refused(struct ol_case *c, enum refused why, uint64_t free, uint64_t block)
{
	switch (why) {
	case NONE_FREE:
		ol_judge_headline(c, FOUND(CRUMBS, free, block, c->failure));
		break;
	case IN_CMA:
		ol_judge_headline(c, FOUND(CRUMBS_IN_CMA, free, block, c->failure));
		break;
	case SET_ASIDE:
		ol_judge_headline(c, FOUND(CRUMBS_SET_ASIDE, free, block, c->failure));
		break;
	case BY_MARK:
		ol_judge_headline(c, FOUND(CRUMBS_BY_MARK, free, block, c->failure));
		break;
	}
	if (why == BY_MARK)
		ol_judge_explain(c, FOUND(MARK_OF_ORDER, block, c->v->alloc.order));
	else
		ol_judge_explain(c, FOUND(WANTED_CONTIGUOUS, block, c->v->alloc.order));
}

/* The driver that asked, where one stands nearest to the allocator. */
static void name_driver(struct ol_case *c)
{
	const struct ol_oom_event *e = c->e;

	for (uint32_t i = 0; e->trace_class == OL_FC_DRIVER && i < e->trace.n; i++)
		if (e->trace.v[i].module.p && !e->trace.v[i].uncertain) {
			ol_judge_explain(
				c, FOUND(DRIVER_ASKED, e->trace.v[i].module, e->trace.v[i].func));
			return;
		}
}

/*
 * COMPACTION is disabled!!!
 *
 * dump_header(), mm/oom_kill.c, from 4.10 on, where order > 0 and CONFIG_COMPACTION is not set.
 */
static uint32_t compaction_off(const struct ol_oom_event *e)
{
	for (uint32_t i = 0; i < e->lines.n; i++)
		if (ol_span_starts(ol_span_ltrim(e->lines.v[i].text),
				   OL_SPAN("COMPACTION is disabled")))
			return e->lines.v[i].line;
	return 0;
}

/* Compaction came with 2.6.35, its sysctl with 5.9; a tiny machine has nothing to spare for it. */
static void advise_order(struct ol_case *c)
{
	const struct ol_oom_event *e = c->e;

	if (e->order.v >= COSTLY_ORDER_ABOVE || c->failure)
		ol_judge_advise(c, PHRASE(LARGE_MAY_FAIL));
	if (c->base_is_ram && c->base_kb < SMALL_RAM_KB)
		ol_judge_advise(c, PHRASE(ASK_AT_BOOT));
	else if (compaction_off(e))
		ol_judge_advise(c, PHRASE(BUILD_WITH_COMPACTION));
	else if (ol_kver_before(ol_event_kver(e), 2635))
		ol_judge_advise(c, PHRASE(HELP_RESERVE));
	else if (ol_kver_before(ol_event_kver(e), 5009))
		ol_judge_advise(c, PHRASE(HELP_COMPACTION_OLD));
	else
		ol_judge_advise(c, PHRASE(HELP_COMPACTION));
	ol_judge_advise(c, PHRASE(PAGES_WERE_THERE));
}

bool ol_rule_fragmentation(struct ol_case *c)
{
	const struct ol_replay_alloc *a = &c->v->alloc;
	const struct ol_oom_event *e = c->e;
	uint64_t block, free = 0;
	enum refused why;

	if (!a->done || !a->order || a->ok || !a->no_block || !e->page_kb || full_anyway(c))
		return false;
	block = (uint64_t)e->page_kb << a->order;
	why = why_refused(a, a->order);
	for (uint32_t i = 0; i < a->n; i++)
		if (a->zones[i].verdict == OL_ZV_NO_BLOCK)
			free += a->zones[i].free_kb;
	c->v->confidence = a->unknown ? OL_CONF_MEDIUM : OL_CONF_HIGH;
	say_refused(c, why, free, block);
	if (compaction_off(e)) {
		ol_judge_explain(c, PHRASE(NO_COMPACTION));
		ol_judge_evidence(c, compaction_off(e), PHRASE(NO_COMPACTION_LINE));
	}
	name_driver(c);
	ol_judge_evidence_zones(c);
	for (uint32_t i = 0; i < a->n; i++)
		if (a->zones[i].verdict == OL_ZV_NO_BLOCK && !a->zones[i].order_ok &&
		    a->zones[i].zone->buddy_line)
			ol_judge_evidence(c, a->zones[i].zone->buddy_line,
					  FOUND(NO_BLOCK, a->zones[i].zone->name, block));
	if (ol_judge_fills(c, c->slab_u, SLAB_SCATTERS_PERCENT))
		ol_judge_contributes(c, OL_CAUSE_SLAB_UNRECLAIMABLE);
	if (ol_judge_fills(c, c->slab_r, SLAB_SCATTERS_PERCENT))
		ol_judge_contributes(c, OL_CAUSE_SLAB_PINNED);
	if (why == IN_CMA)
		ol_judge_contributes(c, OL_CAUSE_CMA);
	advise_order(c);
	return true;
}

/* ---- vmalloc ---- */

/*
 * The report is vmalloc's own: nothing of the page allocator is between the two in the trace. It
 * makes one when it finds no range of addresses, or when a page of the buffer was refused.
 */
static bool reported_by_vmalloc(const struct ol_oom_event *e)
{
	bool warned = false;

	/* its own words above the head, which may be all that is left of it */
	if (e->vmalloc_bytes.set && e->vmalloc_bytes.line != e->failure.line)
		return true;
	for (uint32_t i = 0; i < e->trace.n; i++) {
		struct ol_span f = e->trace.v[i].func;

		if (e->trace.v[i].uncertain)
			continue;
		if (ol_span_starts(f, OL_SPAN("warn_alloc")))
			warned = true;
		else if (warned)
			return ol_span_starts(f, OL_SPAN("__vmalloc")) ||
			       ol_span_starts(f, OL_SPAN("vmalloc"));
	}
	return false;
}

/*
 * More than the machine has is never granted, and a range of addresses can run out while memory is
 * free (modules, 32 bits): neither is a shortage of memory.
 */
bool ol_rule_vmalloc(struct ol_case *c)
{
	const struct ol_oom_event *e = c->e;
	const struct ol_replay_alloc *a = &c->v->alloc;
	struct ol_span t = e->failure.s;
	uint64_t bytes = e->vmalloc_bytes.set ? (uint64_t)e->vmalloc_bytes.v : 0;
	bool said, range;

	if (!c->failure || !t.p)
		return false;
	said = ol_span_find(t, OL_SPAN("exceeds total pages")) >= 0;
	if (bytes && (said || (c->base_is_ram && bytes / 1024 >= c->base_kb))) {
		c->v->cause = OL_CAUSE_TOO_LARGE;
		c->v->confidence = OL_CONF_HIGH;
		ol_judge_headline(c, FOUND(LARGER_THAN_RAM, bytes, ol_judge_ram_kb(c)));
		name_driver(c);
		ol_judge_evidence(c, e->vmalloc_bytes.line, FOUND(ASKED_BYTES, bytes));
		ol_judge_advise(c, PHRASE(WRONG_SIZE));
		return true;
	}
	range = ol_span_find(t, OL_SPAN("vm_struct allocation failed")) >= 0;
	if (!range &&
	    (!reported_by_vmalloc(e) || !a->done || a->order || !a->ok || a->below || a->unknown))
		return false;
	c->v->cause = OL_CAUSE_ADDRESS_SPACE;
	c->v->confidence = OL_CONF_MEDIUM;
	ol_judge_headline(c, FOUND(NO_ADDRESSES, bytes, c->free));
	name_driver(c);
	ol_judge_evidence_zones(c);
	ol_judge_advise(c, PHRASE(MORE_ADDRESSES));
	return true;
}
