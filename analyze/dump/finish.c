// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/dump_impl.h"
#include "analyze/dump/kver.h"

/*
 * What follows from the facts of a whole event: what is missing, which constraint, which numbering.
 */

#define S(lit)    OL_SPAN(lit)
#define BIT(part) (1u << OL_PART_##part)

/* ---- gfp ---- */

/* One release inside each numbering, oldest first, to ask the era list with. */
static const char *const probes[] = {
	"2.6.18", "2.6.20", "2.6.24", "2.6.32", "2.6.38", "3.0",  "3.4",  "3.6",  "3.10",
	"3.16",   "4.1",    "4.4",    "4.5",    "4.10",   "4.12", "4.13", "4.14", "4.15",
	"4.18",   "5.4",    "5.14",   "5.18",   "6.3",    "6.4",  "6.10", "6.19",
};
enum { PROBES = sizeof(probes) / sizeof(probes[0]), NEIGHBOURS = 3 };

static int probe_index(const char *release)
{
	for (int i = 0; i < PROBES; i++)
		if (ol_span_eqs(ol_span_str(release), probes[i]))
			return i;
	return 0;
}

static bool any_zone_has(const struct ol_oom_event *e, enum ol_key key)
{
	for (uint32_t i = 0; i < e->zones.n; i++)
		if (ol_kv_get(&e->zones.v[i].kv, key))
			return true;
	return false;
}

static bool any_buddy_types(const struct ol_oom_event *e)
{
	for (uint32_t i = 0; i < e->zones.n; i++)
		for (uint32_t k = 0; k < e->zones.v[i].buddy.n; k++)
			if (e->zones.v[i].buddy.v[k].types.p)
				return true;
	return false;
}

static bool line_has(const struct ol_oom_event *e, struct ol_span needle)
{
	for (uint32_t i = 0; i < e->lines.n; i++)
		if (ol_span_find(e->lines.v[i].text, needle) >= 0)
			return true;
	return false;
}

/* Which numberings the shapes of the dump allow: reference, "Feature fingerprints". */
static void era_range(const struct ol_oom_event *e, int *ret_lo, int *ret_hi)
{
	int lo = 0, hi = PROBES - 1;
	bool zones = (e->parts_seen & BIT(ZONES)) != 0;
	bool table = e->table_cols != 0;
#define AT_LEAST(rel) (lo = probe_index(rel) > lo ? probe_index(rel) : lo)
#define BELOW(rel)    (hi = probe_index(rel) - 1 < hi ? probe_index(rel) - 1 : hi)

	if (e->oom_adj.set && !e->oom_score_adj.set)
		BELOW("2.6.38");
	if (e->oom_adj.set)
		BELOW("3.10");
	if (e->oom_score_adj.set)
		AT_LEAST("2.6.32");
	if (e->oom_score_adj.set && !e->oom_adj.set)
		AT_LEAST("3.6");
	if (table) {
		if (e->table_cols & 1u << OL_COL_NR_PTES)
			AT_LEAST("3.6");
		if (e->table_cols & 1u << OL_COL_NR_PMDS)
			AT_LEAST("3.16");
		else if (e->table_cols & 1u << OL_COL_NR_PTES)
			BELOW("4.1");
		if (e->table_cols & 1u << OL_COL_PGTABLES_BYTES)
			AT_LEAST("4.15");
		else
			BELOW("4.15");
		if (e->table_cols & 1u << OL_COL_CPU)
			BELOW("3.6");
		if (e->table_cols & 1u << OL_COL_RSS_ANON)
			AT_LEAST("6.4");
	}
	if (zones) {
		if (any_zone_has(e, OL_K_MANAGED))
			AT_LEAST("3.6");
		else
			BELOW("3.10");
		if (any_zone_has(e, OL_K_SLAB_RECLAIMABLE))
			BELOW("4.13");
		if (any_zone_has(e, OL_K_FREE_PCP))
			AT_LEAST("3.10");
		if (any_zone_has(e, OL_K_BOOST))
			AT_LEAST("5.14");
	}
	if (e->parts_seen & BIT(BUDDY) && any_buddy_types(e))
		AT_LEAST("3.6");
	if (e->constraint_printed)
		AT_LEAST("4.18");
	if (e->gfp_named)
		AT_LEAST("4.5");
	else if (e->gfp_mask.set)
		BELOW("4.10");
	if (line_has(e, S("CPU: ")) && line_has(e, S(" Comm: ")))
		AT_LEAST("3.10");
	else if (line_has(e, S("Pid: ")) && line_has(e, S(", comm: ")))
		BELOW("3.10");
	*ret_lo = lo;
	*ret_hi = hi;
}

/*
 * The numbering of the release that is printed lacks bits of the mask. A kernel in development
 * carries the number of the one before it, and some vendor's has taken over what came later: the
 * next numbering that knows all bits is the kernel's, else the one before.
 */
static void read_by_neighbour(struct ol_oom_event *e)
{
	const struct ol_gfp_era *era;
	unsigned own = 0, count = 0;
	struct ol_span name;
	uint64_t unknown;
	ol_gfp_set set;

	for (; (era = ol_gfp_era_at(count)); count++)
		if (era == e->era)
			own = count;
	for (unsigned step = 1; step <= NEIGHBOURS; step++)
		for (int later = 1; later >= 0; later--) {
			if (later ? own + step >= count : own < step)
				continue;
			era = ol_gfp_era_at(later ? own + step : own - step);
			name = ol_span_str(ol_gfp_era_name(era));
			/* a vendor's, or with options that nothing speaks for */
			if (ol_span_has(name, S("-el")) || ol_span_has(name, S(" with ")))
				continue;
			set = ol_gfp_decode(era, (uint64_t)e->gfp_mask.v, &unknown);
			/* who may not sleep never gets as far as the OOM killer */
			if (unknown || (e->kind == OL_EV_OOM && !ol_gfp_meaning(set).may_sleep))
				continue;
			e->era = era;
			e->era_how = OL_ERA_INFERRED;
			e->gfp = set;
			e->gfp_unknown = 0;
			return;
		}
}

static void find_gfp(struct ol_oom_event *e, const struct ol_parser_opts *opts)
{
	const struct ol_gfp_era *hint = NULL, *era;
	unsigned unknown = 0;
	ol_gfp_set set = 0;
	uint64_t bits;
	int lo, hi;

	if (e->release.s.p) {
		hint = ol_gfp_era_for_release(e->release.s);
		e->era_how = hint ? OL_ERA_PRINTED : OL_ERA_NONE;
	}
	if (!hint && opts->kernel.p) {
		hint = ol_gfp_era_for_release(opts->kernel);
		e->era_how = hint ? OL_ERA_OPTION : OL_ERA_NONE;
	}
	e->era = hint;
	if (!e->gfp_mask.set)
		return;
	if (e->gfp_printed.s.p) {
		uint64_t mask = (uint64_t)e->gfp_mask.v;

		era = ol_gfp_era_from_names(mask, e->gfp_printed.s, hint);
		if (era && era != hint) {
			e->era = era;
			e->era_how = OL_ERA_INFERRED;
		}
		if (!e->era)
			e->era = ol_gfp_era_for_release(S("6.12"));
		if (ol_gfp_parse_names(e->era, e->gfp_printed.s, &set, &unknown) == 0) {
			e->gfp = set;
			e->gfp_decoded = true;
			if (e->era_how == OL_ERA_NONE)
				e->era_how = OL_ERA_INFERRED;
			return;
		}
	}
	if (!e->era) {
		/*
		 * every numbering that the shapes allow must read the number alike, or it stays
		 * undecoded
		 */
		const struct ol_gfp_era *found = NULL;
		ol_gfp_set first = 0;

		era_range(e, &lo, &hi);
		for (int i = lo; i <= hi; i++) {
			era = ol_gfp_era_for_release(ol_span_str(probes[i]));
			set = era ? ol_gfp_decode(era, (uint64_t)e->gfp_mask.v, &bits) : 0;
			if (!era || bits)
				continue;
			/* who may not sleep never gets as far as the OOM killer */
			if (e->kind == OL_EV_OOM && !ol_gfp_meaning(set).may_sleep)
				continue;
			if (found && set != first)
				return;
			found = era;
			first = set;
		}
		if (!found)
			return;
		e->era = found;
		e->era_how = OL_ERA_INFERRED;
	}
	e->gfp = ol_gfp_decode(e->era, (uint64_t)e->gfp_mask.v, &e->gfp_unknown);
	e->gfp_decoded = true;
	if (e->gfp_unknown && e->era_how == OL_ERA_PRINTED)
		read_by_neighbour(e);
}

/* ---- constraint ---- */

static bool trace_has(const struct ol_oom_event *e, struct ol_span func)
{
	for (uint32_t i = 0; i < e->trace.n; i++)
		if (ol_span_starts(e->trace.v[i].func, func))
			return true;
	return false;
}

static void find_constraint(struct ol_oom_event *e)
{
	uint32_t seen = e->parts_seen;

	if (e->kind != OL_EV_OOM && e->kind != OL_EV_PANIC && e->kind != OL_EV_KILL_ONLY)
		return;
	if (seen & (BIT(MEMCG_USAGE) | BIT(MEMCG_STATS))) {
		/*
		 * 5.2 development kernels printed CONSTRAINT_NONE for a cgroup's OOM: its counters
		 * say better
		 */
		if (e->constraint == OL_CONSTRAINT_UNKNOWN ||
		    (e->constraint == OL_CONSTRAINT_NONE && !e->global_oom &&
		     !(seen & BIT(MEMINFO)))) {
			e->constraint = OL_CONSTRAINT_MEMCG;
			e->constraint_printed = false;
		}
		return;
	}
	if (e->constraint != OL_CONSTRAINT_UNKNOWN)
		return;
	if (e->global_oom)
		e->constraint = OL_CONSTRAINT_NONE;
	else if (trace_has(e, S("mem_cgroup_o")) || trace_has(e, S("try_charge")) ||
		 trace_has(e, S("mem_cgroup_try_charge")) ||
		 trace_has(e, S("__mem_cgroup_try_charge")))
		e->constraint = OL_CONSTRAINT_MEMCG;
	else if (e->kind == OL_EV_PANIC && ol_span_find(e->panic.s, S("(memcg)")) >= 0)
		e->constraint = OL_CONSTRAINT_MEMCG;
	else if (!e->constraint_printed && (seen & BIT(MEMINFO) || e->kind == OL_EV_PANIC ||
					    (e->kind == OL_EV_OOM && e->said_out_of_memory)))
		/* a cgroup's dump says so in front of Mem-Info, and its kill line does too */
		e->constraint = OL_CONSTRAINT_NONE;
}

/* ---- what is missing ---- */

/* Has any of the victims a row? */
static bool victim_listed(struct ol_oom_event *e)
{
	/* mostly there is one */
	const struct ol_victim *one = e->victims.n == 1 ? &e->victims.v[0] : NULL;

	for (uint32_t i = 0; i < e->tasks.n; i++) {
		const struct ol_task *t = &e->tasks.v[i];
		bool tgid = t->mask & 1u << OL_COL_TGID;

		if (one ? one->pid.set && (t->col[OL_COL_PID] == one->pid.v ||
					   (tgid && t->col[OL_COL_TGID] == one->pid.v))
			: ol_victim_find(e, t->col[OL_COL_PID]) ||
				    (tgid && ol_victim_find(e, t->col[OL_COL_TGID])))
			return true;
	}
	return false;
}

/* The parts that the format of this kernel has, of such an event. */
static uint32_t parts_wanted(const struct ol_oom_event *e)
{
	const uint32_t machine = BIT(MEMINFO) | BIT(ZONES) | BIT(BUDDY) | BIT(RAM);
	uint32_t want = BIT(HEADER) | BIT(STACK);
	struct ol_kver k = ol_event_kver(e);

	if (e->kind == OL_EV_FRAGMENT)
		return want | machine;
	if (e->kind == OL_EV_ALLOC_FAILURE) {
		/* the slab allocator's message stands alone */
		if (e->failure.s.p && ol_span_starts(e->failure.s, S("SLUB:")))
			return BIT(HEADER);
		want |= machine;
	} else if (e->constraint == OL_CONSTRAINT_MEMCG) {
		want |= BIT(MEMCG_USAGE) | BIT(MEMCG_STATS) | BIT(TABLE);
	} else {
		want |= machine | BIT(SWAP) | BIT(TABLE);
	}
	/* a line for each node since 4.8, for the page cache since 2.6.28: show_free_areas() */
	if (want & BIT(MEMINFO) && ol_kver_from(k, 4008))
		want |= BIT(NODES);
	if (want & BIT(MEMINFO) && ol_kver_from(k, 2628))
		want |= BIT(PAGECACHE);
	/* dump_oom_summary() in mm/oom_kill.c, since 5.0, when a victim was found */
	if (e->kind == OL_EV_OOM && e->parts_seen & BIT(KILL) && ol_kver_from(k, 5000))
		want |= BIT(OOM_KILL);
	if ((e->kind == OL_EV_OOM && !e->panic.s.p) || e->kind == OL_EV_KILL_ONLY)
		want |= BIT(KILL);
	if (e->kind == OL_EV_PANIC)
		want |= BIT(PANIC);
	return want;
}

/* Counters that were cut off the lines of Mem-Info: 2.6.32 was the first with isolated pages. */
static void find_missing_counters(struct ol_oom_event *e)
{
	if (!(e->parts_seen & BIT(MEMINFO)))
		return;
	if (!e->memory.n)
		e->parts_missing |= BIT(MEMINFO);
	if (!ol_kv_get(&e->memory, OL_K_ISOLATED_ANON) &&
	    !ol_kv_get(&e->memory, OL_K_ISOLATED_FILE) && !ol_kver_from(ol_event_kver(e), 2632))
		return;
	for (unsigned c = 0; c < OL_C_MAX && e->memory.n; c++)
		if (!ol_kv_get(&e->memory, ol_counter_key((enum ol_counter)c)))
			e->counters_missing |= 1u << c;
}

/*
 * A zone's place among those that the kernel was built with, which is its place in lowmem_reserve;
 * -1: that cannot be told. A machine with HighMem has no DMA32, and the other way round.
 */
static int zone_place(enum ol_zone_type type, bool highmem)
{
	static const enum ol_zone_type small[] = { OL_ZONE_DMA, OL_ZONE_NORMAL, OL_ZONE_HIGHMEM,
						   OL_ZONE_MOVABLE };
	static const enum ol_zone_type wide[] = { OL_ZONE_DMA, OL_ZONE_DMA32, OL_ZONE_NORMAL,
						  OL_ZONE_MOVABLE };

	for (int i = 0; i < 4; i++)
		if ((highmem ? small : wide)[i] == type)
			return i;
	return -1;
}

/* Does zone @d, which is below @place, keep pages back for one above it? Then that one has some. */
static bool has_above(const struct ol_zone *d, uint32_t place)
{
	for (uint32_t j = place + 1; j < d->lowmem_reserve.n; j++)
		if (d->lowmem_reserve.v[j] > d->lowmem_reserve.v[j - 1])
			return true;
	return false;
}

/*
 * lowmem_reserve[]: 0 0 0 0 behind the line of Normal is HighMem's, when a zone below keeps pages
 * back for HighMem: the lines between are lost. setup_per_zone_lowmem_reserve() in mm/page_alloc.c:
 * what a zone keeps back grows with the pages of each zone above it.
 */
static void doubt_reserves(struct ol_oom_event *e)
{
	bool highmem = false;

	for (uint32_t i = 0; i < e->zones.n; i++)
		highmem |= e->zones.v[i].type == OL_ZONE_HIGHMEM;
	for (uint32_t i = 0; i < e->zones.n; i++) {
		struct ol_zone *z = &e->zones.v[i];
		int place = zone_place(z->type, highmem);
		int64_t most = 0;

		for (uint32_t j = 0; j < z->lowmem_reserve.n; j++)
			most |= z->lowmem_reserve.v[j];
		for (uint32_t k = 0; k < i && place > 0 && !most; k++) {
			const struct ol_zone *d = &e->zones.v[k];

			if (d->node == z->node && zone_place(d->type, highmem) < place &&
			    has_above(d, (uint32_t)place)) {
				z->lowmem_reserve.n = 0;
				z->reserve_line = 0;
			}
		}
	}
}

/*
 * Lines that were cut at some width: a zone's states its size, a node's whether it was given up,
 * and a free list their sum, behind all the rest (show_free_areas(), all kernels).
 */
static void find_cut_lines(struct ol_oom_event *e)
{
	for (uint32_t i = 0; i < e->zones.n; i++) {
		const struct ol_zone *z = &e->zones.v[i];

		if (z->line && ol_kv_get(&z->kv, OL_K_FREE) && !ol_kv_get(&z->kv, OL_K_PRESENT))
			e->parts_cut |= BIT(ZONES);
		if (z->buddy_line && !z->buddy_total_kb.set)
			e->parts_cut |= BIT(BUDDY);
	}
	/* among messages of others its end may be one that was not known for it */
	for (uint32_t i = 0; i < e->nodes.n && !e->interleaved; i++)
		if (e->nodes.v[i].line && e->nodes.v[i].all_unreclaimable < 0)
			e->parts_cut |= BIT(NODES);
	e->parts_missing |= e->parts_cut;
}

static void find_missing(struct ol_oom_event *e)
{
	uint32_t seen = e->parts_seen, want;

	if (e->kind == OL_EV_USERSPACE_KILL || e->kind == OL_EV_KILL_REPORT)
		return;
	want = parts_wanted(e);
	e->parts_missing = want & ~seen;
	if (want & BIT(MEMINFO)) {
		find_missing_counters(e);
		find_cut_lines(e);
	}

	if (seen & BIT(TABLE) &&
	    (!e->table_cols || !e->tasks.n || (e->victims.n && !victim_listed(e))))
		e->table_incomplete = true;
	if (e->table_incomplete)
		e->parts_missing |= BIT(TABLE);
	/* a zone that has a free list and no line of its own was lost */
	for (uint32_t i = 0; i < e->zones.n && want & BIT(ZONES); i++) {
		if (!e->zones.v[i].line && e->zones.v[i].buddy.n)
			e->parts_missing |= BIT(ZONES);
		if (e->zones.v[i].line && !e->zones.v[i].buddy_line)
			e->parts_missing |= BIT(BUDDY);
	}
}

/* ---- kind, id ---- */

/*
 * "Node 0 DMA free:15904kB min:40kB low:48kB high:60kB …": a line that only one function of the
 * kernel prints (show_free_areas()) is no accident, of the others there have to be two.
 */
static bool whole_zone(const struct ol_oom_event *e)
{
	static const enum ol_key keys[] = { OL_K_FREE, OL_K_MIN, OL_K_LOW, OL_K_HIGH };

	for (uint32_t i = 0; i < e->zones.n; i++) {
		size_t k = 0;

		while (k < sizeof(keys) / sizeof(keys[0]) && ol_kv_get(&e->zones.v[i].kv, keys[k]))
			k++;
		if (k == sizeof(keys) / sizeof(keys[0]))
			return true;
	}
	return false;
}

/* The same of the lines of counters, of a node, of free lists: each with most of what it has. */
static bool whole_list(const struct ol_oom_event *e)
{
	bool whole = whole_zone(e) || (e->memory.n >= 8 && ol_kv_get(&e->memory, OL_K_FREE) &&
				       ol_kv_get(&e->memory, OL_K_ACTIVE_ANON));

	for (uint32_t i = 0; i < e->nodes.n; i++)
		whole |= e->nodes.v[i].kv.n >= 8;
	for (uint32_t i = 0; i < e->zones.n; i++)
		whole |= e->zones.v[i].buddy_total_kb.set && e->zones.v[i].buddy.n >= 8;
	return whole;
}

/*
 * A part of a report by itself: what it was printed for is not in it. The counters are those of a
 * kill, of a failed allocation, or of SysRq m.
 */
static bool find_fragment(struct ol_oom_event *e)
{
	const uint32_t lists = BIT(MEMINFO) | BIT(ZONES) | BIT(BUDDY) | BIT(HUGEPAGES);
	const uint32_t more = lists | BIT(NODES) | BIT(PAGECACHE) | BIT(RAM) | BIT(SWAP);
	uint32_t seen = e->parts_seen;

	e->kind = OL_EV_FRAGMENT;
	if (seen & (BIT(TABLE) | BIT(SLABS)))
		return true;
	/* SysRq-m and drivers show memory too; a trace that ends in neither is theirs */
	if (e->trace.n || e->sysrq)
		return false;
	return whole_list(e) || ((seen & lists) != 0 && __builtin_popcount(seen & more) >= 2);
}

/* What an event without its head is; false: no failure's, only somebody's look at memory */
static bool find_kind(struct ol_oom_event *e)
{
	const uint32_t dump = BIT(HEADER) | BIT(STACK) | BIT(MEMCG_USAGE) | BIT(MEMCG_STATS) |
			      BIT(MEMINFO) | BIT(NODES) | BIT(ZONES) | BIT(BUDDY) | BIT(HUGEPAGES) |
			      BIT(TABLE) | BIT(SLABS);
	const uint32_t lists = BIT(MEMINFO) | BIT(ZONES) | BIT(BUDDY) | BIT(HUGEPAGES);
	const uint32_t killers = BIT(TABLE) | BIT(SLABS);
	uint32_t seen = e->parts_seen;

	if (e->panic.s.p && !(seen & BIT(KILL))) {
		e->kind = OL_EV_PANIC;
		return true;
	}
	if (e->kind == OL_EV_USERSPACE_KILL || e->kind == OL_EV_KILL_REPORT ||
	    e->kind == OL_EV_ALLOC_FAILURE || seen & BIT(HEADER))
		return true;
	if (!(seen & dump)) {
		e->kind = OL_EV_KILL_ONLY;
		return (seen & (BIT(KILL) | BIT(OOM_KILL) | BIT(REAP))) != 0;
	}
	if (seen & (BIT(KILL) | BIT(OOM_KILL) | BIT(REAP) | BIT(MEMCG_USAGE) | BIT(MEMCG_STATS)))
		return true;
	/* the killer alone lists tasks and slabs behind Mem-Info (dump_header()) */
	if (seen & killers && seen & (lists | BIT(STACK)))
		return true;
	if (trace_has(e, S("warn_alloc")) || trace_has(e, S("__vmalloc"))) {
		e->kind = OL_EV_ALLOC_FAILURE;
		return true;
	}
	if (trace_has(e, S("out_of_memory")) || trace_has(e, S("dump_header")) ||
	    trace_has(e, S("oom_kill_process")))
		return true;
	return find_fragment(e);
}

static uint64_t hash_text(uint64_t h, struct ol_span s)
{
	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001b3);
	return h;
}

static void find_id(struct ol_oom_event *e)
{
	static const char hex[] = "0123456789abcdef";
	uint64_t h = UINT64_C(0xcbf29ce484222325), words[4];

	words[0] = (uint64_t)(e->mono_us != OL_TIME_NONE ? e->mono_us : e->wall_us);
	words[1] = e->trigger_pid.set ? (uint64_t)e->trigger_pid.v : 0;
	words[2] = e->victims.n && e->victims.v[0].pid.set ? (uint64_t)e->victims.v[0].pid.v : 0;
	words[3] = (uint64_t)e->kind;
	h = hash_text(h, e->host);
	/* the lowest byte first: an event's id does not depend on the machine that reads it */
	for (size_t i = 0; i < sizeof(words); i++)
		h = (h ^ (words[i / 8] >> i % 8 * 8 & 0xff)) * UINT64_C(0x100000001b3);
	if (e->mono_us == OL_TIME_NONE && e->wall_us == OL_TIME_NONE && e->lines.n)
		h = hash_text(h, e->lines.v[0].text);
	/* who names no process is told apart by who speaks, and of what */
	if (!words[1] && !words[2]) {
		h = hash_text(h, e->who_killed.s);
		h = hash_text(h, e->userspace_text.s);
	}
	for (int i = 0; i < 16; i++)
		e->id[i] = hex[h >> (60 - 4 * i) & 15];
	e->id[16] = 0;
}

static void find_container(struct ol_oom_event *e)
{
	/*
	 * without a memcg path the cpuset's name is all there is: the last component of the
	 * trigger's
	 */
	const struct ol_text *from[] = { &e->task_memcg, &e->oom_memcg, &e->cpuset,
					 &e->cache_group };

	/* what a cpuset confines is the cpuset's */
	if (e->constraint == OL_CONSTRAINT_CPUSET) {
		from[0] = &e->cpuset;
		from[2] = &e->task_memcg;
	}
	for (int i = 0; i < 4 && !e->has_container; i++)
		if (from[i]->s.p)
			e->has_container = ol_container_from_path(from[i]->s, &e->container);
}

/* The stats of the cgroup that hit its limit, among the lines of its whole subtree. */
static void find_memcg_stats(struct ol_oom_event *e)
{
	if (!e->memcg_stats_of.s.p && e->memcg_members.n) {
		struct ol_memcg_member *m = &e->memcg_members.v[0];

		for (uint32_t i = 0; i < e->memcg_members.n && e->oom_memcg.s.p; i++)
			if (ol_span_eq(e->memcg_members.v[i].path.s, e->oom_memcg.s))
				m = &e->memcg_members.v[i];
		e->memcg_stats = m->stats;
		e->memcg_stats_of = m->path;
	}
	if (!e->oom_memcg.s.p && e->memcg_stats_of.s.p && e->constraint == OL_CONSTRAINT_MEMCG)
		e->oom_memcg = e->memcg_stats_of;
	/* before 5.3 both versions print the same text; a memory+swap limit only v1 can set */
	if (!e->memcg_members.n &&
	    (e->memsw_usage_kb.set || ol_kv_get(&e->memcg_stats, OL_K_CACHE)))
		e->memcg_version = 1;
	else if (e->swap_usage_kb.set || ol_kv_get(&e->memcg_stats, OL_K_ANON))
		e->memcg_version = 2;
	else if (e->memsw_limit_kb.set && e->memsw_limit_kb.v < OL_UNLIMITED_KB)
		e->memcg_version = 1;
}

bool ol_event_finish(struct ol_oom_event *e, const struct ol_parser_opts *opts)
{
	if (!find_kind(e))
		return false;
	find_constraint(e);
	/*
	 * out_of_memory() panics for the whole machine only: for a cgroup "no killable processes"
	 * is a warning (mm/oom_kill.c, from 4.6 on)
	 */
	if (e->kind == OL_EV_PANIC && e->constraint == OL_CONSTRAINT_MEMCG &&
	    ol_span_starts(e->panic.s, S("Out of memory and no killable processes")))
		e->kind = OL_EV_OOM;
	find_memcg_stats(e);
	ol_event_settle_pages(e);
	find_gfp(e, opts);
	e->trace_class = ol_trace_class(e);
	if (e->trace_class == OL_FC_SYSRQ)
		e->sysrq = true;
	find_container(e);
	doubt_reserves(e);
	find_missing(e);
	find_id(e);
	return true;
}
