// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/explain_words.h"

#include "analyze/judge/limit_owner.h"
#include "export/explain.h"

#include <stdio.h>

/* ---- processes ---- */

static bool speaks_for_itself(struct ol_span s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!ol_is_alpha(c) && !ol_is_digit(c) && !memchr("_-./+@#:[]", c, 10))
			return false;
	}
	return s.n != 0;
}

void ol_words_comm(struct ol_out *o, struct ol_span comm)
{
	if (speaks_for_itself(comm)) {
		ol_out_span(o, comm);
		return;
	}
	ol_out_char(o, '"');
	while (comm.n) {
		ssize_t quote = ol_span_chr(comm, '"');

		ol_out_safe(o, quote < 0 ? comm : ol_span_head(comm, (size_t)quote));
		if (quote < 0)
			break;
		ol_out_str(o, "\\x22");
		comm = ol_span_skip(comm, (size_t)quote + 1);
	}
	ol_out_char(o, '"');
}

bool ol_victim_rss_kb(const struct ol_victim *v, int64_t *ret_kb)
{
	const struct ol_val parts[] = { v->anon_rss_kb, v->file_rss_kb, v->shmem_rss_kb };
	int64_t sum = 0;
	bool any = false;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!parts[i].set)
			continue;
		any = true;
		if (__builtin_add_overflow(sum, parts[i].v, &sum))
			return false;
	}
	if (!any && v->rss_kb.set) {
		any = true;
		sum = v->rss_kb.v;
	}
	*ret_kb = sum;
	return any;
}

static void process(struct ol_out *o, struct ol_text comm, struct ol_val pid, const char *more)
{
	if (comm.s.p)
		ol_words_comm(o, comm.s);
	else
		ol_out_str(o, pid.set ? "process" : "a process");
	if (!pid.set && !*more)
		return;
	ol_out_str(o, " (");
	if (pid.set) {
		ol_out_str(o, "pid ");
		ol_out_i64(o, pid.v);
	}
	if (pid.set && *more)
		ol_out_str(o, ", ");
	ol_out_str(o, more);
	ol_out_char(o, ')');
}

void ol_words_victim(struct ol_out *o, const struct ol_victim *v)
{
	int64_t kb;

	process(o, v->comm, v->pid, ol_victim_rss_kb(v, &kb) ? ol_fmt_kb(kb).s : "");
}

/* ---- sizes and times ---- */

struct ol_fmt ol_words_pages(const struct ol_oom_event *e, int64_t pages)
{
	struct ol_fmt f;
	int64_t kb;

	if (e->page_kb && !__builtin_mul_overflow(pages, (int64_t)e->page_kb, &kb))
		return ol_fmt_kb(kb);
	snprintf(f.s, sizeof(f.s), "%lld page%s", (long long)pages, pages == 1 ? "" : "s");
	return f;
}

void ol_words_order(struct ol_out *o, const struct ol_oom_event *e)
{
	if (!e->order.set || e->order.v < 0 || e->order.v > 40) {
		ol_out_str(o, "memory");
		return;
	}
	ol_out_str(o, ol_words_pages(e, INT64_C(1) << e->order.v).s);
	if (e->order.v)
		ol_out_printf(o, " (order %d)", (int)e->order.v);
}

bool ol_words_time(struct ol_out *o, const struct ol_oom_event *e, bool long_form)
{
	char wall[40];

	if (e->wall_us == OL_TIME_NONE) {
		if (e->stamp.p && e->mono_us == OL_TIME_NONE) {
			ol_out_safe(o, e->stamp);
			return true;
		}
		if (e->mono_us == OL_TIME_NONE)
			return false;
		ol_out_printf(o, "%s%s", ol_fmt_span_us(e->mono_us).s,
			      long_form ? " after boot" : " up");
		return true;
	}
	ol_time_format(e->wall_us, false, wall);
	wall[10] = ' ';
	ol_out_bytes(o, wall, e->wall_minute ? 16 : 19); /* "2026-11-20 18:51", ":21" */
	if (!long_form)
		return true;
	if (e->wall_zone)
		ol_out_str(o, " UTC");
	else
		ol_out_str(o, e->wall_year_inferred ? " (zone not stated, year guessed)"
						    : " (zone not stated)");
	if (e->mono_us != OL_TIME_NONE)
		ol_out_printf(o, ", %s after boot", ol_fmt_span_us(e->mono_us).s);
	return true;
}

/* ---- cgroups ---- */

static bool has_limit(struct ol_val limit)
{
	return limit.set && limit.v < OL_UNLIMITED_KB;
}

struct ol_limit ol_event_limit(const struct ol_oom_event *e)
{
	const struct ol_limit all[] = {
		{ "memory", e->usage_kb, e->limit_kb },
		{ "memory+swap", e->memsw_usage_kb, e->memsw_limit_kb },
		{ "kernel memory", e->kmem_usage_kb, e->kmem_limit_kb },
	};

	switch (ol_limit_reached(e)) {
	case OL_LIMIT_MEMORY:
		return all[0];
	case OL_LIMIT_MEMSW:
		return all[1];
	case OL_LIMIT_KMEM:
		return all[2];
	case OL_LIMIT_NOT_TOLD:
	case OL_LIMIT_NONE:
		break;
	}
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (has_limit(all[i].limit_kb))
			return all[i];
	return (struct ol_limit){ .name = "memory" };
}

void ol_words_limit_owner(struct ol_out *o, const struct ol_oom_event *e)
{
	struct ol_limit_owner owner;
	struct ol_span path;

	ol_limit_owner(e, &owner);
	path = owner.path;
	switch (owner.kind) {
	case OL_OWNER_UNKNOWN:
		ol_out_str(o, "a memory cgroup");
		break;
	case OL_OWNER_CONTAINER:
		/* a pod of a node that is a container: whose limit it was makes a difference */
		ol_out_str(o, e->container.outer.id.p &&
					      ol_span_eq(e->container.outer.id, owner.container.id)
				      ? "the container around its own"
				      : "its container");
		break;
	case OL_OWNER_POD:
		ol_out_str(o, "its pod");
		break;
	case OL_OWNER_NAMED:
		ol_out_printf(o, "%s ", owner.container.runtime);
		ol_out_safe(o, ol_span_head(owner.container.name, 64));
		break;
	case OL_OWNER_PODS:
		ol_out_str(o, "the node's pods together (");
		ol_out_safe(o, ol_span_head(owner.last, 64));
		ol_out_str(o, ")");
		break;
	case OL_OWNER_UNIT:
		ol_out_safe(o, ol_span_head(owner.last, 64));
		break;
	case OL_OWNER_CGROUP:
		ol_out_str(o, "cgroup ");
		if (path.n <= 64) {
			ol_out_safe(o, path);
			break;
		}
		ol_out_str(o, "\"...");
		ol_out_safe(o, ol_span_skip(path, path.n - 60));
		ol_out_str(o, "\"");
		break;
	}
}

/* ---- the headline ---- */

/*
 * The highest zone that was printed and is not above @most; OL_ZONE_MAX when there is none.
 */
static enum ol_zone_type highest_printed(const struct ol_oom_event *e, enum ol_zone_type most)
{
	enum ol_zone_type high = OL_ZONE_MAX;

	for (uint32_t i = 0; i < e->zones.n; i++) {
		enum ol_zone_type t = e->zones.v[i].type;

		if (t <= most && (high == OL_ZONE_MAX || t > high))
			high = t;
	}
	return high;
}

static const char *zone_word(enum ol_zone_type t)
{
	static const char *const names[] = {
		[OL_ZONE_DMA] = "DMA",         [OL_ZONE_DMA32] = "DMA32",
		[OL_ZONE_NORMAL] = "Normal",   [OL_ZONE_HIGHMEM] = "HighMem",
		[OL_ZONE_MOVABLE] = "Movable",
	};

	return t < sizeof(names) / sizeof(names[0]) ? names[t] : "a zone";
}

static void nodes_ran_out(struct ol_out *o, const char *by, struct ol_span nodes)
{
	ol_out_str(o, "the NUMA nodes that the ");
	ol_out_str(o, by);
	ol_out_str(o, " allows");
	if (nodes.p) {
		ol_out_str(o, " (");
		ol_out_safe(o, ol_span_head(nodes, 32));
		ol_out_char(o, ')');
	}
	ol_out_str(o, " ran out of memory");
}

/* The verdict says that memory was there, or that a policy asked. */
static bool shortage_shown(const struct ol_oom_event *e)
{
	const uint32_t told = 1u << OL_PART_HEADER | 1u << OL_PART_KILL | 1u << OL_PART_OOM_KILL |
			      1u << OL_PART_PANIC | 1u << OL_PART_STACK;
	const struct ol_verdict *v = e->verdict;

	if (!v || !v->done)
		return true;
	if (v->cause == OL_CAUSE_UNKNOWN && !(e->parts_seen & told))
		return false;
	return v->cause != OL_CAUSE_MEMORY_WAS_FREE && v->cause != OL_CAUSE_RECLAIM_POLICY &&
	       v->headline.id != OL_SAY_SHORTAGE_NOT_SHOWN &&
	       v->headline.id != (enum ol_say)OL_PHRASE_FREE_NOT_TOLD;
}

/* Single pages were there: the size of the block decided. Without a verdict its size says so. */
static bool order_decided(const struct ol_oom_event *e)
{
	const struct ol_verdict *v = e->verdict;
	bool large = e->order.set && e->order.v > 0 && e->order.v <= 40;

	return large && (!v || !v->done || v->cause == OL_CAUSE_FRAGMENTATION);
}

/* What had run out: "foo.service reached its memory limit of 512 MiB" */
static void reason(struct ol_out *o, const struct ol_oom_event *e)
{
	struct ol_limit limit;
	struct ol_gfp_meaning m;

	if (e->sysrq) {
		ol_out_str(o, "somebody asked for it (SysRq f), memory need not have run out");
		return;
	}
	if (e->verdict && e->verdict->headline.id == (enum ol_say)OL_PHRASE_BPF_ORDERED) {
		ol_out_str(o, "a BPF program ordered it");
		return;
	}
	switch (e->constraint) {
	case OL_CONSTRAINT_MEMCG:
		limit = ol_event_limit(e);
		if (ol_limit_reached(e) == OL_LIMIT_NONE) {
			ol_out_str(o, "no limit of ");
			ol_words_limit_owner(o, e);
			ol_out_str(o, " is shown to be reached");
			return;
		}
		ol_words_limit_owner(o, e);
		ol_out_printf(o, " reached the %s limit", limit.name);
		if (limit.limit_kb.set)
			ol_out_printf(o, " of %s", ol_fmt_kb(limit.limit_kb.v).s);
		return;
	case OL_CONSTRAINT_CPUSET:
		nodes_ran_out(o, "cpuset", e->mems_allowed.s);
		return;
	case OL_CONSTRAINT_MEMPOLICY:
		nodes_ran_out(o, "memory policy", e->nodemask.s);
		return;
	case OL_CONSTRAINT_NONE:
	case OL_CONSTRAINT_UNKNOWN:
		break;
	}
	if (e->constraint == OL_CONSTRAINT_UNKNOWN) {
		ol_out_str(o, "out of memory");
		return;
	}
	/* pagefault_out_of_memory(): it need not have been the machine's memory that was short */
	if (e->gfp_mask.set && !e->gfp_mask.v) {
		ol_out_str(o, "a page fault was refused memory");
		return;
	}
	if (!shortage_shown(e)) {
		ol_out_str(o, "no shortage of memory is shown");
		return;
	}
	if (order_decided(e)) {
		ol_out_str(o, "the machine had no block of ");
		ol_words_order(o, e);
		ol_out_str(o, " to give");
		return;
	}
	/* the zones above it need not be in the dump: since 6.1 the kernel leaves them out */
	if (e->verdict && e->verdict->cause == OL_CAUSE_LOWMEM && e->verdict->decisive) {
		const struct ol_zone *z = e->verdict->decisive;

		ol_out_printf(o, "no memory was left in zone %s%s", zone_word(z->type),
			      z->type == OL_ZONE_DMA ? "" : " and below");
		return;
	}
	if (e->gfp_decoded && e->zones.n) {
		enum ol_zone_type usable, top = highest_printed(e, OL_ZONE_MOVABLE);

		m = ol_gfp_meaning(e->gfp);
		usable = highest_printed(e, m.highest);
		if (!m.zone_invalid && usable < top) {
			ol_out_printf(o, "no memory was left in zone %s and below",
				      zone_word(usable));
			return;
		}
	}
	ol_out_str(o, "the machine ran out of memory");
}

static void failure_headline(struct ol_out *o, const struct ol_oom_event *e)
{
	struct ol_span f = e->failure.s;
	const char *what = "page allocation";

	if (ol_span_find(f, OL_SPAN("vmalloc")) >= 0)
		what = "vmalloc";
	else if (ol_span_starts(f, OL_SPAN("SLUB")) || ol_span_starts(f, OL_SPAN("SLAB")))
		what = "slab allocation";
	ol_out_printf(o, "%s %s", what, e->stall ? "stall" : "failure");
	if (e->order.set && e->order.v >= 0 && e->order.v <= 40)
		ol_out_printf(o, ": order %d (%s)", (int)e->order.v,
			      ol_words_pages(e, INT64_C(1) << e->order.v).s);
	if (e->trigger_comm.s.p || e->trigger_pid.set) {
		ol_out_str(o, " for ");
		process(o, e->trigger_comm, e->trigger_pid, "");
	}
	if (!e->victims.n)
		ol_out_str(o, e->stall ? ": it had to wait, nothing was killed"
				       : ": nothing was killed");
}

/*
 * "Kill process P (parent) … or sacrifice child", then "Killed process C (child)": P was
 * chosen, and lives. A parent that was killed too has a line of its own.
 */
bool ol_words_spared(const struct ol_oom_event *e, uint32_t i)
{
	const struct ol_victim *v = &e->victims.v[i];

	return i && v->why == OL_WHY_CHOSEN && !v->line && e->victims.v[0].why == OL_WHY_CHILD;
}

/* Whom, as far as a program's words tell: "sawyer (pid 7)", "a process of foo.service" */
static void said_victim(struct ol_out *o, const struct ol_oom_event *e, const char *some)
{
	const struct ol_container *c = &e->container;

	if (e->victims.n && (e->victims.v[0].comm.s.p || e->victims.v[0].pid.set)) {
		ol_words_victim(o, &e->victims.v[0]);
	} else if (e->task_memcg.s.p) {
		ol_out_str(o, some);
		ol_out_safe(o, ol_span_head(ol_cgroup_last(e->task_memcg.s), 80));
	} else if (c->pod_name.p) {
		ol_out_str(o, some);
		ol_out_str(o, "pod ");
		if (c->namespace.p) {
			ol_out_safe(o, ol_span_head(c->namespace, 63));
			ol_out_char(o, '/');
		}
		ol_out_safe(o, ol_span_head(c->pod_name, 80));
	} else if (c->id.p) {
		ol_out_str(o, some);
		ol_out_str(o, "container ");
		ol_out_safe(o, ol_span_head(c->id, 12));
	} else if (c->name.p) {
		ol_out_str(o, some);
		ol_out_str(o, "job ");
		ol_out_safe(o, ol_span_head(c->name, 64));
	} else {
		ol_out_str(o, *some ? "a process" : "something");
	}
}

static void said_headline(struct ol_out *o, const struct ol_oom_event *e)
{
	if (e->who_killed.s.p)
		ol_words_comm(o, ol_span_head(e->who_killed.s, 64));
	else
		ol_out_str(o, "a user-space program");
	if (e->kind == OL_EV_KILL_REPORT) {
		ol_out_str(o, " reports that the kernel's OOM killer killed ");
		said_victim(o, e, "a process of ");
		return;
	}
	ol_out_str(o, " killed ");
	said_victim(o, e, "");
	ol_out_str(o, " (the kernel's OOM killer did not run)");
}

/* What of a report there is, and not a word of what it was printed for */
static void fragment_headline(struct ol_out *o, const struct ol_oom_event *e)
{
	static const struct {
		uint32_t part;
		const char *words;
	} parts[] = {
		{ 1u << OL_PART_STACK, "a call trace" },
		{ 1u << OL_PART_MEMINFO, "counters of memory" },
		{ 1u << OL_PART_NODES, "nodes" },
		{ 1u << OL_PART_ZONES, "zones" },
		{ 1u << OL_PART_BUDDY, "free lists" },
		{ 1u << OL_PART_HUGEPAGES, "huge pages" },
		{ 1u << OL_PART_SWAP, "swap" },
		{ 1u << OL_PART_RAM, "sizes of RAM" },
		{ 1u << OL_PART_SLABS, "slab caches" },
		{ 1u << OL_PART_TABLE, "a table of processes" },
	};
	const char *comma = "";

	ol_out_str(o, "part of a memory report (");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!(e->parts_seen & parts[i].part))
			continue;
		ol_out_printf(o, "%s%s", comma, parts[i].words);
		comma = ", ";
	}
	ol_out_str(o, e->parts_seen & (1u << OL_PART_TABLE | 1u << OL_PART_SLABS)
			      ? "): whom it was printed for is not in the log"
			      : "): whether of an OOM kill or of a failed allocation is not in the "
				"log");
}

void ol_event_headline(struct ol_out *o, const struct ol_oom_event *e)
{
	const struct ol_victim *v = e->victims.n ? &e->victims.v[0] : NULL;
	uint32_t others = 0;
	bool group = false;

	switch (e->kind) {
	case OL_EV_ALLOC_FAILURE:
		failure_headline(o, e);
		return;
	case OL_EV_PANIC:
		ol_out_str(o, "the kernel panicked");
		if (e->panic.s.p) {
			ol_out_str(o, ": ");
			ol_out_safe(o, ol_span_head(e->panic.s, 200));
		} else {
			ol_out_str(o, " because it was out of memory");
		}
		return;
	case OL_EV_USERSPACE_KILL:
	case OL_EV_KILL_REPORT:
		said_headline(o, e);
		return;
	case OL_EV_FRAGMENT:
		fragment_headline(o, e);
		return;
	case OL_EV_OOM:
	case OL_EV_KILL_ONLY:
	case OL_EV_KIND_MAX:
		break;
	}
	if (v) {
		ol_words_victim(o, v);
		for (uint32_t i = 1; i < e->victims.n; i++) {
			group |= e->victims.v[i].why == OL_WHY_OOM_GROUP;
			others += !ol_words_spared(e, i);
		}
		if (others)
			ol_out_printf(o, " and %u other process%s%s", others,
				      others > 1 ? "es" : "", group ? " of its group" : "");
		if (!others && !v->line && !e->constraint_printed && v->why == OL_WHY_CHOSEN)
			/* "Kill process P … or sacrifice child", and no "Killed process" */
			ol_out_str(o, " was chosen (whether it or a child of it died is not in the "
				      "log): ");
		else
			ol_out_str(o, others ? " were killed: " : " was killed: ");
	} else if (e->panic.s.p) {
		/* for a cgroup that is a warning only: the request fails and the machine goes on */
		ol_out_str(o, "nothing was killed: a memory cgroup was at its limit and had no "
			      "process that may be killed");
		return;
	} else {
		ol_out_str(o, "OOM kill, victim not in the log: ");
	}
	reason(o, e);
	if (e->kind == OL_EV_KILL_ONLY)
		ol_out_str(o, " (only the kill itself is in the log)");
}

void ol_words_place(struct ol_page *pg, const struct ol_place *at)
{
	struct ol_out *p = ol_page_para(pg);

	if (at->file.p) {
		ol_page_tail(pg, p, at->file, at->most);
		ol_out_char(p, ':');
	} else {
		ol_out_str(p, "line ");
	}
	ol_out_u64(p, at->first);
	if (at->last_file.p) {
		ol_out_str(p, " to ");
		ol_page_tail(pg, p, at->last_file, at->most);
		ol_out_char(p, ':');
		ol_out_u64(p, at->last);
	} else if (at->last > at->first) {
		ol_out_char(p, '-');
		ol_out_u64(p, at->last);
	}
	ol_page_flow(pg, "log", OL_STYLE_DIM);
}
