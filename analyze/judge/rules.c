// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/judge/judge_impl.h"

#include <stdio.h>

/*
 * Why the machine (or a zone, or a node) had nothing left. Each rule asks whether its cause, had it
 * been otherwise, would have spared the kill. The order matters: what the request was bound to
 * comes before what filled the rest.
 */

/* ---- small questions ---- */

static bool zone_kv(const struct ol_zone *z, enum ol_key key, uint64_t *ret)
{
	const struct ol_kv *kv = ol_kv_get(&z->kv, key);

	if (kv)
		*ret = kv->v;
	return kv != NULL;
}

static uint64_t zone_kb(const struct ol_zone *z, enum ol_key key)
{
	uint64_t v = 0;

	zone_kv(z, key, &v);
	return v;
}

static uint64_t zone_file_kb(const struct ol_zone *z)
{
	return zone_kb(z, OL_K_ACTIVE_FILE) + zone_kb(z, OL_K_INACTIVE_FILE);
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

const struct ol_kv *ol_judge_counter(const struct ol_case *c, enum ol_key key)
{
	return ol_kv_get(&c->e->memory, key);
}

void ol_judge_evidence_counter(struct ol_case *c, enum ol_key key, const char *what)
{
	const struct ol_kv *kv = ol_judge_counter(c, key);

	if (kv)
		ol_judge_evidence(
			c, kv->line,
			ol_judge_text(c->e, "%s %s", what, KB(ol_judge_pages_kb(c, key, NULL))));
}

void ol_judge_evidence_swap(struct ol_case *c)
{
	if (c->swap_known)
		ol_judge_evidence(c, c->e->swap_free_kb.line,
				  ol_judge_text(c->e, "swap: %s free of %s", KB(c->swap_free_kb),
						KB(c->swap_total_kb)));
}

/* Two amounts that a person compares: exact where rounding would make them look equal. */
struct pair {
	char a[32], b[32];
};

static struct pair compare(uint64_t a, uint64_t b)
{
	uint64_t more = a > b ? a : b, less = a > b ? b : a;
	struct pair p;

	if ((more - less) * 20 < more && more < 10u << 20) {
		snprintf(p.a, sizeof(p.a), "%llu KiB", (unsigned long long)a);
		snprintf(p.b, sizeof(p.b), "%llu KiB", (unsigned long long)b);
	} else {
		snprintf(p.a, sizeof(p.a), "%s", KB(a));
		snprintf(p.b, sizeof(p.b), "%s", KB(b));
	}
	return p;
}

/* What the last try before the killer had to exceed. */
static uint64_t high_needed(const struct ol_replay_zone *z)
{
	return zone_kb(z->zone, OL_K_HIGH) + z->reserve_kb;
}

/* What of a refusing zone's free memory is the CMA area's; 0 when that is not why it refused. */
static uint64_t cma_aside(const struct ol_replay_zone *z, uint64_t need)
{
	uint64_t cma = zone_kb(z->zone, OL_K_FREE_CMA);

	return z->verdict == OL_ZV_BELOW && z->free_kb > need && cma * 2 > z->unusable_kb ? cma : 0;
}

static struct ol_span cma_words(const struct ol_case *c, uint64_t cma)
{
	if (!cma)
		return OL_SPAN("");
	return ol_judge_text(c->e, " (%s of it in the CMA area, which only movable pages may use)",
			     KB(cma));
}

/* One sentence for each zone that could have served the request. */
void ol_judge_evidence_zones(struct ol_case *c)
{
	const struct ol_replay_alloc *a = &c->v->alloc;

	for (uint32_t i = 0; a->done && i < a->n; i++) {
		const struct ol_replay_zone *z = &a->zones[i];
		bool last_try = z->verdict == OL_ZV_OK && z->high_failed;
		uint64_t need = last_try ? high_needed(z) : z->needed_kb;
		struct pair p = compare(z->free_kb, need);
		struct ol_span aside = cma_words(c, cma_aside(z, need));

		if (z->verdict == OL_ZV_NOT_ELIGIBLE || z->verdict == OL_ZV_UNKNOWN ||
		    !z->zone->line)
			continue;
		ol_judge_evidence(
			c, z->zone->line,
			ol_judge_text(c->e, "zone %.*s: %s free%.*s, must stay above %s%s%s: %s",
				      OL_SPAN_ARG(z->zone->name), p.a, OL_SPAN_ARG(aside), p.b,
				      last_try ? " (high mark)" : " (min mark)",
				      z->reserve_kb ? " with reserve" : "",
				      z->verdict == OL_ZV_BELOW ? "refused"
				      : z->verdict == OL_ZV_NO_BLOCK
					      ? "enough, but no block of the size"
				      : last_try ? "refused at the last try before the kill"
						 : "would be granted now"));
	}
}

const char *ol_judge_whom(const struct ol_case *c)
{
	return c->failure ? "the allocation failed" : "the kernel had to kill";
}

/* ---- manual ---- */

static bool manual(struct ol_case *c)
{
	struct ol_oom_event *e = c->e;

	if (!e->sysrq || c->failure)
		return false;
	c->v->confidence = OL_CONF_HIGH;
	ol_judge_headline(c,
			  ol_judge_text(e, "Somebody asked for this kill: SysRq-f (or a write to "
					   "/proc/sysrq-trigger). It says nothing about memory."));
	if (e->order.set && e->order.v == -1)
		ol_judge_evidence(c, e->order.line,
				  ol_judge_text(e, "order -1: the mark of a manual kill"));
	ol_judge_advise(
		c, ol_judge_text(e, "Find out who has the keyboard, the serial console or root: "
				    "sysctl kernel.sysrq says what is allowed."));
	return true;
}

/* ---- a request that no machine could grant ---- */

static bool impossible(struct ol_case *c)
{
	struct ol_oom_event *e = c->e;
	struct ol_span t = e->failure.s;
	uint64_t bytes;
	ssize_t at;

	if (!c->failure || !t.p)
		return false;
	at = ol_span_find(t, OL_SPAN("allocation failure: "));
	if (at < 0)
		return false;
	t = ol_span_skip(t, (size_t)at + 20);
	if (!ol_eat_u64(&t, &bytes) || !ol_span_starts(t, OL_SPAN(" bytes")) || !c->base_is_ram ||
	    bytes / 1024 < c->base_kb)
		return false;
	c->v->cause = OL_CAUSE_UNKNOWN;
	c->v->confidence = OL_CONF_MEDIUM;
	ol_judge_headline(
		c, ol_judge_text(e,
				 "Somebody asked for %s at once, more than the machine has: no "
				 "shortage, but a wrong size.",
				 ol_fmt_bytes(bytes).s));
	return true;
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
	    !ol_judge_counter(c, OL_K_FREE) || !ol_judge_counter(c, OL_K_INACTIVE_FILE))
		return o;
	for (uint32_t i = 0; i < a->n; i++) {
		const struct ol_zone *z = a->zones[i].zone;

		if (a->zones[i].verdict == OL_ZV_NOT_ELIGIBLE)
			continue;
		if (!z->line)
			return o;
		size += zone_kb(z, OL_K_PRESENT);
		free += zone_kb(z, OL_K_FREE);
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

static bool numa_policy(struct ol_case *c)
{
	struct ol_oom_event *e = c->e;
	struct ol_span nodes =
		e->constraint == OL_CONSTRAINT_MEMPOLICY ? e->nodemask.s : e->mems_allowed.s;
	struct other_nodes o;
	uint64_t own;

	if (e->constraint != OL_CONSTRAINT_CPUSET && e->constraint != OL_CONSTRAINT_MEMPOLICY)
		return false;
	o = other_nodes(c);
	/* the others are full as well: without the policy the kernel would have had to kill too */
	if (o.known && (o.free + o.file) * 8 < o.size) {
		ol_judge_explain(
			c, ol_judge_text(
				   e,
				   "The request was bound to node %.*s (%s), but the others had no "
				   "more to give: %s free and %s of file cache, of %s.",
				   OL_SPAN_ARG(nodes),
				   e->constraint == OL_CONSTRAINT_CPUSET ? "a cpuset"
									 : "a memory policy",
				   KB(o.free), KB(o.file), KB(o.size)));
		return false;
	}
	c->v->confidence = e->constraint_printed && o.known && (o.free + o.file) * 4 >= o.size
				   ? OL_CONF_HIGH
				   : OL_CONF_MEDIUM;
	own = out_of_reach(c, nodes);
	if (own && !c->v->alloc.eligible) {
		ol_judge_headline(
			c, ol_judge_text(
				   e,
				   "The request could only use node %.*s (%s), and all that this "
				   "node has, %s of it free, is in a zone (Movable, HighMem) that "
				   "the request may not use.",
				   OL_SPAN_ARG(nodes),
				   e->constraint == OL_CONSTRAINT_CPUSET ? "a cpuset"
									 : "a memory policy",
				   KB(own)));
		ol_judge_advise(
			c, ol_judge_text(e, "Give the cpuset or policy at least one node that has "
					    "ordinary memory for the kernel's own use."));
		return true;
	}
	ol_judge_headline(
		c,
		ol_judge_text(e,
			      "The request could only use the memory of %s%.*s (%s), and that had "
			      "nothing left; the rest of the machine was not allowed to help.",
			      !nodes.n ? "some nodes"
			      : ol_span_find(nodes, OL_SPAN("-")) >= 0 ||
					      ol_span_find(nodes, OL_SPAN(",")) >= 0
				      ? "nodes "
				      : "node ",
			      OL_SPAN_ARG(nodes),
			      e->constraint == OL_CONSTRAINT_CPUSET
				      ? "a cpuset"
				      : "a memory policy, mbind or numactl"));
	if (o.known)
		ol_judge_explain(
			c,
			ol_judge_text(e, "The other nodes had %s free and %s of file cache, of %s.",
				      KB(o.free), KB(o.file), KB(o.size)));
	ol_judge_evidence_zones(c);
	if (o.known && o.free)
		ol_judge_evidence_counter(c, OL_K_FREE, "free on all nodes");
	ol_judge_advise(
		c, ol_judge_text(e,
				 "Allow more nodes (cpuset.mems, numactl --preferred instead of "
				 "--membind), or ask less of %s%.*s.",
				 nodes.n ? "node " : "those that are allowed", OL_SPAN_ARG(nodes)));
	ol_judge_advise(
		c, ol_judge_text(
			   e, "More memory on other nodes will not help while the policy stands."));
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
static const struct ol_replay_zone *decisive_zone(const struct ol_replay_alloc *a)
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

/* ---- order > 0 ---- */

/*
 * Crumbs in a small zone (DMA) say nothing when the one that most memory is in has not enough for
 * a single page either: then memory is full, and the order made no difference.
 */
static bool full_anyway(const struct ol_case *c)
{
	const struct ol_replay_zone *d = decisive_zone(&c->v->alloc);

	return d && d->verdict == OL_ZV_BELOW && c->base_kb && c->may_sleep &&
	       (c->free + c->file + c->slab_r) * 5 < c->base_kb;
}

static bool fragmentation(struct ol_case *c)
{
	const struct ol_replay_alloc *a = &c->v->alloc;
	struct ol_oom_event *e = c->e;
	uint64_t block, free = 0;

	if (!a->done || !a->order || a->ok || !a->no_block || !e->page_kb || full_anyway(c))
		return false;
	block = (uint64_t)e->page_kb << a->order;
	for (uint32_t i = 0; i < a->n; i++)
		if (a->zones[i].verdict == OL_ZV_NO_BLOCK)
			free += a->zones[i].free_kb;
	c->v->confidence = a->unknown ? OL_CONF_MEDIUM : OL_CONF_HIGH;
	ol_judge_headline(
		c, ol_judge_text(
			   e,
			   "%s were free, but nowhere %s in one piece: free memory is in crumbs, "
			   "and %s.",
			   KB(free), KB(block), ol_judge_whom(c)));
	ol_judge_explain(
		c, ol_judge_text(
			   e,
			   "The kernel wanted %s of physically contiguous memory (order %u). The "
			   "zones had enough for single pages, but no usable free block of that "
			   "size.",
			   KB(block), a->order));
	ol_judge_evidence_zones(c);
	for (uint32_t i = 0; i < a->n; i++)
		if (a->zones[i].verdict == OL_ZV_NO_BLOCK && a->zones[i].zone->buddy_line)
			ol_judge_evidence(
				c, a->zones[i].zone->buddy_line,
				ol_judge_text(e, "zone %.*s: no usable block of %s or more",
					      OL_SPAN_ARG(a->zones[i].zone->name), KB(block)));
	if (ol_judge_fills(c, c->slab_u, 30))
		ol_judge_contributes(c, OL_CAUSE_SLAB_UNRECLAIMABLE);
	if (ol_judge_fills(c, c->slab_r, 30))
		ol_judge_contributes(c, OL_CAUSE_SLAB_PINNED);
	if (e->order.v >= 4 || c->failure)
		ol_judge_advise(
			c, ol_judge_text(
				   e, "Requests of this size may fail; good code falls back. If "
				      "something broke, name the driver or the system call in the "
				      "trace to its vendor: it should use vmalloc or smaller "
				      "pieces."));
	ol_judge_advise(
		c,
		ol_judge_text(
			e, "More room for compaction helps: raise vm.min_free_kbytes moderately, "
			   "try vm.compaction_proactiveness (5.9+), and keep some memory free."));
	ol_judge_advise(
		c, ol_judge_text(e, "Adding swap or limiting processes will not help: single pages "
				    "were there."));
	return true;
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
		present += zone_kb(z, OL_K_PRESENT);
		zfree += zone_kb(z, OL_K_FREE);
		zfile += zone_file_kb(z);
	}
	if (!present || present * 20 > (uint64_t)e->ram_pages.v * e->page_kb * 19 || free < zfree)
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
	b->several = others > b->free / 16;
	b->name = best->name;
	b->line = best->buddy_line ? best->buddy_line : best->line;
	return true;
}

static const char *zone_words(enum ol_zone_type t)
{
	switch (t) {
	case OL_ZONE_HIGHMEM:
		return "HighMem, which only user pages and file cache may use";
	case OL_ZONE_MOVABLE:
		return "Movable, which only movable pages may use";
	case OL_ZONE_NORMAL:
		return "Normal, above what this request can reach";
	default:
		return "zones above what this request can reach";
	}
}

/*
 * What fills the decisive zone, largest first, in words; its own share of file cache tells reclaim
 * apart.
 */
static void explain_zone(struct ol_case *c, const struct ol_zone *z)
{
	const struct ol_accounting *a = &c->v->zone;
	uint32_t left = a->has;
	struct ol_out o;
	bool first = true;

	if (!a->done)
		return;
	ol_out_init(&o, -1);
	for (int round = 0; round < 5; round++) {
		int best = -1;

		for (int i = 0; i < OL_AC_MAX; i++)
			if (left & 1u << i && (best < 0 || a->kb[i] > a->kb[best]))
				best = i;
		if (best < 0 || a->kb[best] * 100 < a->total_kb)
			break;
		left &= ~(1u << best);
		ol_out_printf(&o, "%s%s %s%s", first ? "" : ", ", KB(a->kb[best]),
			      ol_account_words((enum ol_account_part)best),
			      a->estimated & 1u << best ? " (estimate)" : "");
		first = false;
	}
	if (!first && !o.err)
		ol_judge_explain(c, ol_judge_text(c->e, "Zone %.*s (%s) held: %.*s.",
						  OL_SPAN_ARG(z->name), KB(a->total_kb), (int)o.n,
						  o.buf));
	ol_out_done(&o);
}

static bool lowmem(struct ol_case *c)
{
	const struct ol_replay_alloc *a = &c->v->alloc;
	const struct ol_replay_zone *d;
	struct ol_oom_event *e = c->e;
	uint64_t inside = 0, size = 0, cma;
	struct beyond b;
	struct ol_span aside;
	struct pair p;

	if (!a->done || !a->eligible || a->unknown == a->eligible)
		return false;
	/* below the mark at the request's own test, or at the last try before the killer */
	for (uint32_t i = 0; i < a->n; i++) {
		const struct ol_replay_zone *z = &a->zones[i];

		if (z->verdict == OL_ZV_NOT_ELIGIBLE)
			continue;
		if (z->verdict == OL_ZV_OK && !z->high_failed)
			return false;
		inside += zone_file_kb(z->zone);
		size += zone_size_kb(z->zone);
	}
	d = decisive_zone(a);
	if (!d || !look_beyond(c, &b))
		return false;
	/*
	 * Plenty beyond: more than the request's zones had to keep back altogether, and a good part
	 * of
	 * their size, so that it would have lasted.
	 */
	if (b.free + b.file < d->needed_kb * 4 || (b.free + b.file) * 8 < size)
		return false;
	/*
	 * cache inside the zones themselves could have been dropped: then reclaim is the question
	 */
	if (c->may_sleep && inside * 4 > size)
		return false;
	c->v->decisive = d->zone;
	if (ol_account_zone(e, d->zone, &c->v->zone) < 0)
		return false;
	c->v->confidence = a->below == a->eligible && !a->unknown ? OL_CONF_HIGH : OL_CONF_MEDIUM;
	if (b.type == OL_ZONE_HIGHMEM)
		c->v->confidence = OL_CONF_HIGH;
	ol_judge_headline(
		c,
		ol_judge_text(
			e,
			"The part of memory that this request may use (zone %.*s%s) was used up, "
			"while %s "
			"lay free in %s.",
			OL_SPAN_ARG(d->zone->name),
			d->zone->type == OL_ZONE_DMA ? "" : " and below", KB(b.free),
			zone_words(b.several ? OL_ZONE_MAX : b.type)));
	p = compare(d->free_kb, d->verdict == OL_ZV_OK ? high_needed(d) : d->needed_kb);
	cma = cma_aside(d, d->needed_kb);
	aside = cma_words(c, cma);
	ol_judge_explain(
		c,
		ol_judge_text(e,
			      "Zone %.*s had %s free%.*s and must stay above %s%s; %s asked for "
			      "kernel memory, which cannot come from %.*s.",
			      OL_SPAN_ARG(d->zone->name), p.a, OL_SPAN_ARG(aside), p.b,
			      d->verdict == OL_ZV_OK ? " (the mark of the last try before a kill)"
						     : "",
			      c->failure ? "the caller" : "the process", OL_SPAN_ARG(b.name)));
	explain_zone(c, d->zone);
	ol_judge_evidence_zones(c);
	ol_judge_evidence(
		c, b.line,
		ol_judge_text(e,
			      b.hidden ? "zone %.*s, which the report leaves out: %s free, the "
					 "rest of the machine's total"
				       : "zone %.*s: %s free, out of reach",
			      OL_SPAN_ARG(b.name), KB(b.free)));
	if (c->swap_known && c->swap_free_kb * 2 > c->swap_total_kb && c->swap_total_kb)
		ol_judge_evidence_swap(c);
	if (zone_kb(d->zone, OL_K_SLAB_RECLAIMABLE) * 4 > size)
		ol_judge_contributes(c, OL_CAUSE_SLAB_PINNED);
	if (cma)
		ol_judge_advise(
			c, ol_judge_text(e,
					 "Make the CMA area smaller (cma= on the kernel's command "
					 "line, or the device tree): it takes most of what zone "
					 "%.*s has free.",
					 OL_SPAN_ARG(d->zone->name)));
	if (b.type == OL_ZONE_HIGHMEM) {
		ol_judge_advise(
			c,
			ol_judge_text(
				e, "Run a 64-bit kernel (32-bit programs keep working on it): it "
				   "has no HighMem, and all RAM can hold what is crowded here. "
				   "On 32 bits, use less RAM or a kernel with another split "
				   "(2G/2G): more RAM makes it worse, since its bookkeeping "
				   "also lives in this zone."));
		if (zone_kb(d->zone, OL_K_SLAB_RECLAIMABLE) * 4 > size)
			ol_judge_advise(
				c,
				ol_judge_text(
					e,
					"Until then keep the dentry and inode caches small while "
					"many files are scanned: vm.vfs_cache_pressure above "
					"100, vm.lowmem_reserve_ratio smaller, the scan in "
					"portions; as a stopgap, echo 2 > "
					"/proc/sys/vm/drop_caches during it."));
		ol_judge_advise(
			c, ol_judge_text(
				   e,
				   "What will not help: freeing page cache (it is in HighMem, the "
				   "request needs %.*s), more swap (kernel memory cannot be "
				   "swapped), killing processes (their pages are in HighMem "
				   "too).",
				   OL_SPAN_ARG(d->zone->name)));
	} else {
		ol_judge_advise(
			c,
			ol_judge_text(
				e, "The request insists on low memory: find the device or driver "
				   "in the trace; a larger mask (64-bit DMA) or a CMA area "
				   "frees it from this zone."));
		ol_judge_advise(c,
				ol_judge_text(e, "More RAM or swap will not help this request."));
	}
	return true;
}

/* ---- failed allocations that need no cause ---- */

static bool in_passing(struct ol_case *c)
{
	const struct ol_replay_alloc *a = &c->v->alloc;
	struct ol_oom_event *e = c->e;
	bool kswapd = e->trigger_comm.s.p && ol_span_starts(e->trigger_comm.s, OL_SPAN("kswapd"));
	bool passes = a->done && a->ok, network = ol_trace_network(e);
	bool large = e->order.set && e->order.v >= 4 && !network;

	if (!c->failure || (c->may_sleep && !kswapd && !passes) || e->swap_errors)
		return false;
	/* in the zones of the request there is nothing to wait for either */
	if (!passes && !kswapd &&
	    (ol_judge_fills(c, c->slab_u, 50) || ol_judge_fills(c, c->unaccounted, 50)))
		return false;
	c->v->cause = OL_CAUSE_UNKNOWN;
	c->v->confidence = OL_CONF_LOW;
	if (passes)
		ol_judge_headline(
			c,
			ol_judge_text(e, "An allocation failed at a moment that is already over: "
					 "when the report was printed, the same request would "
					 "have been granted. Nothing was killed, and memory is "
					 "not proven to be the cause of any trouble."));
	else
		ol_judge_headline(
			c,
			ol_judge_text(e,
				      "A request that may not wait for memory to be freed found "
				      "none at that moment. Nothing was killed; %s, so memory is "
				      "not proven to be the cause of any trouble.",
				      network ? "such code normally tries again (a network card "
						"drops a packet)"
				      : large ? "the log does not say what its caller does "
						"without it"
					      : "such code normally tries again, or does without"));
	if (ol_judge_fills(c, c->file, 25) && !passes) {
		ol_judge_explain(
			c, ol_judge_text(e,
					 "%s of file cache could have been dropped, but only by "
					 "somebody who may wait.",
					 KB(c->file)));
		ol_judge_contributes(c, OL_CAUSE_RECLAIM_STALL);
	}
	ol_judge_evidence_zones(c);
	if (large && !passes)
		ol_judge_advise(
			c, ol_judge_text(e, "So large a piece is seldom free without waiting: if a "
					    "driver in the trace fails for it, it should ask "
					    "early, ask for smaller pieces, or where it may "
					    "wait."));
	else
		ol_judge_advise(
			c, ol_judge_text(e, "Now and then this is harmless. If it comes often, a "
					    "larger reserve (vm.min_free_kbytes, "
					    "vm.watermark_scale_factor) makes the kernel free "
					    "memory earlier."));
	return true;
}

/* ---- nothing else holds ---- */

static bool unknown(struct ol_case *c)
{
	struct ol_oom_event *e = c->e;

	if (c->v->cause != OL_CAUSE_UNKNOWN || c->v->headline.p)
		return true;
	if (!e->memory.n && !e->zones.n)
		ol_judge_headline(
			c, ol_judge_text(e,
					 "The log does not carry enough to tell why: the memory "
					 "counters of this %s are missing.",
					 c->failure ? "report" : "kill"));
	else
		ol_judge_headline(
			c, ol_judge_text(e, "The numbers in the log do not single out one cause."));
	ol_judge_evidence_zones(c);
	return true;
}

const struct ol_rule ol_rules[] = {
	{ OL_CAUSE_MANUAL, manual },
	{ OL_CAUSE_UNKNOWN, ol_rule_memcg },
	{ OL_CAUSE_UNKNOWN, impossible },
	{ OL_CAUSE_NUMA_POLICY, numa_policy },
	{ OL_CAUSE_FRAGMENTATION, fragmentation },
	{ OL_CAUSE_LOWMEM, lowmem },
	{ OL_CAUSE_UNKNOWN, in_passing },
	{ OL_CAUSE_UNKNOWN, ol_rule_filled },
	{ OL_CAUSE_UNKNOWN, unknown },
	{ OL_CAUSE_UNKNOWN, NULL },
};
