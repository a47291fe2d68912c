// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/explain.h"
#include "export/explain_full.h"

#include "export/explain_words.h"

#include <stdio.h>

/*
 * A fact per row: its line in the log (dim), its name, its value for people, and what the kernel
 * printed. Everything that would be printed as "absent" is left out.
 */

#define NAME_COLUMNS 26

static void section(struct ol_page *pg, const char *title)
{
	ol_out_char(pg->o, '\n');
	ol_page_style(pg, OL_STYLE_BOLD);
	ol_out_str(pg->o, title);
	ol_page_style(pg, OL_STYLE_PLAIN);
	ol_out_char(pg->o, '\n');
}

/* "    1041  " or as many blanks */
static void line_column(struct ol_page *pg, uint32_t line)
{
	if (!line) {
		ol_out_str(pg->o, "          ");
		return;
	}
	ol_page_style(pg, OL_STYLE_DIM);
	ol_out_printf(pg->o, "%8u", line);
	ol_page_style(pg, OL_STYLE_PLAIN);
	ol_out_str(pg->o, "  ");
}

static void name_column(struct ol_page *pg, uint32_t line, struct ol_span name)
{
	line_column(pg, line);
	ol_page_cell(pg, name, NAME_COLUMNS, OL_CELL_LEFT);
	ol_out_char(pg->o, ' ');
}

static void row_text(struct ol_page *pg, const char *name, struct ol_text t)
{
	if (!t.s.p)
		return;
	name_column(pg, t.line, ol_span_str(name));
	ol_out_safe(pg->o, t.s);
	ol_out_char(pg->o, '\n');
}

static void row_span(struct ol_page *pg, const char *name, struct ol_span s)
{
	row_text(pg, name, (struct ol_text){ .s = s });
}

static void row_str(struct ol_page *pg, const char *name, const char *s)
{
	if (s)
		row_span(pg, name, ol_span_str(s));
}

static void row_number(struct ol_page *pg, const char *name, struct ol_val v)
{
	if (!v.set)
		return;
	name_column(pg, v.line, ol_span_str(name));
	ol_out_i64(pg->o, v.v);
	ol_out_char(pg->o, '\n');
}

static void row_size(struct ol_page *pg, uint32_t line, struct ol_span name, const char *size,
		     int64_t v, const char *unit)
{
	name_column(pg, line, name);
	ol_page_cell_str(pg, size, 12, OL_CELL_RIGHT);
	ol_page_style(pg, OL_STYLE_DIM);
	ol_out_printf(pg->o, "%18lld %s", (long long)v, unit);
	ol_page_style(pg, OL_STYLE_PLAIN);
	ol_out_char(pg->o, '\n');
}

static void row_kb(struct ol_page *pg, const char *name, struct ol_val v)
{
	if (v.set)
		row_size(pg, v.line, ol_span_str(name), ol_fmt_kb(v.v).s, v.v, "kB");
}

static void row_limit(struct ol_page *pg, const char *name, struct ol_val v)
{
	if (v.set && v.v >= OL_UNLIMITED_KB)
		row_size(pg, v.line, ol_span_str(name), "no limit", v.v, "kB");
	else
		row_kb(pg, name, v);
}

static void row_pages(struct ol_page *pg, const struct ol_oom_event *e, const char *name,
		      struct ol_val v)
{
	if (v.set)
		row_size(pg, v.line, ol_span_str(name), e->page_kb ? ol_words_pages(e, v.v).s : "",
			 v.v, "pages");
}

/* One counter in the unit that it was printed in. */
static void row_kv(struct ol_page *pg, const struct ol_oom_event *e, const struct ol_kv *kv,
		   uint32_t line)
{
	int64_t v = kv->v > INT64_MAX ? INT64_MAX : (int64_t)kv->v;

	switch (kv->unit) {
	case OL_U_KB:
		row_size(pg, line, kv->key, ol_fmt_kb(v).s, v, "kB");
		break;
	case OL_U_PAGES:
		row_size(pg, line, kv->key, e->page_kb ? ol_words_pages(e, v).s : "", v, "pages");
		break;
	case OL_U_BYTES:
		row_size(pg, line, kv->key, ol_fmt_bytes(kv->v).s, v, "bytes");
		break;
	default:
		row_size(pg, line, kv->key, "", v, "");
		break;
	}
}

/* Counters of one list; a line number is printed where it changes. */
static void counters(struct ol_page *pg, const struct ol_oom_event *e, const ol_kv_vec *kvs,
		     uint32_t line_above)
{
	uint32_t last = line_above;

	for (uint32_t i = 0; i < kvs->n; i++) {
		const struct ol_kv *kv = &kvs->v[i];

		row_kv(pg, e, kv, kv->line != last ? kv->line : 0);
		last = kv->line;
	}
}

/* ---- sections ---- */

static void put_source(struct ol_page *pg, const struct ol_oom_event *e)
{
	struct ol_out *p = ol_page_para(pg);

	section(pg, "Event");
	row_str(pg, "kind", ol_event_kind_name(e->kind));
	row_span(pg, "id", ol_span(e->id, strnlen(e->id, sizeof(e->id))));
	row_str(pg, "transport", ol_transport_name(e->transport));
	row_span(pg, "stamp as printed", e->stamp);
	if (e->mono_us != OL_TIME_NONE) {
		ol_out_printf(p, "%lld.%06lld s after boot", (long long)(e->mono_us / 1000000),
			      (long long)(e->mono_us % 1000000));
		row_span(pg, "kernel's stamp", ol_span(p->buf, p->n));
	}
	row_text(pg, "kernel release", e->release);
	row_text(pg, "kernel build", e->build);
	row_text(pg, "taint", e->taint);
	row_text(pg, "hardware", e->hardware);
	if (e->era)
		row_str(pg, "gfp numbering of", ol_gfp_era_name(e->era));
	row_str(pg, "gfp numbering how",
		e->era_how == OL_ERA_PRINTED    ? "release is in the log"
		: e->era_how == OL_ERA_OPTION   ? "given by --kernel"
		: e->era_how != OL_ERA_INFERRED ? NULL
		: e->release.s.p ? "concluded from the mask: that of the release does not fit"
				 : "concluded from the shape of the dump");
}

static void put_trigger(struct ol_page *pg, const struct ol_oom_event *e)
{
	struct ol_out *p;

	section(pg, "Request");
	row_text(pg, "process", e->trigger_comm);
	row_number(pg, "pid", e->trigger_pid);
	row_number(pg, "uid", e->trigger_uid);
	row_number(pg, "cpu", e->cpu);
	if (e->gfp_mask.set) {
		p = ol_page_para(pg);
		ol_out_printf(p, "0x%llx", (unsigned long long)e->gfp_mask.v);
		row_text(pg, "gfp mask",
			 (struct ol_text){ ol_span(p->buf, p->n), e->gfp_mask.line });
	}
	row_text(pg, "gfp as printed", e->gfp_printed);
	if (e->gfp_decoded) {
		p = ol_page_para(pg);
		for (ol_gfp_set left = e->gfp; left; left &= left - 1) {
			unsigned f = (unsigned)__builtin_ctzll(left);

			if (f < OL_GFP_MAX)
				ol_out_printf(p, "%s%s", p->n ? " " : "",
					      ol_gfp_flag_name((enum ol_gfp_flag)f));
		}
		if (e->gfp_unknown)
			ol_out_printf(p, "%sand 0x%llx, which has no name", p->n ? " " : "",
				      (unsigned long long)e->gfp_unknown);
		row_span(pg, "gfp flags", ol_span(p->buf, p->n));
		p = ol_page_para(pg);
		ol_gfp_words(e->gfp, p);
		row_span(pg, "that means", ol_span(p->buf, p->n));
	}
	row_number(pg, "order", e->order);
	row_number(pg, "oom_score_adj", e->oom_score_adj);
	row_number(pg, "oom_adj", e->oom_adj);
	row_text(pg, "cpuset", e->cpuset);
	row_text(pg, "mems_allowed", e->mems_allowed);
	row_text(pg, "nodemask", e->nodemask);
	row_text(pg, "workqueue", e->workqueue);
	row_text(pg, "message", e->failure);
	row_text(pg, "panic", e->panic);
	row_text(pg, "killer", e->who_killed);
	row_text(pg, "killer's words", e->userspace_text);
	for (uint32_t i = 0; i < e->reasons.n; i++)
		row_text(pg, "because", e->reasons.v[i]);
	for (uint32_t i = 0; i < e->reports.n; i++)
		row_text(pg, "reported",
			 (struct ol_text){ e->reports.v[i].text, e->reports.v[i].line });
	if (e->constraint != OL_CONSTRAINT_UNKNOWN) {
		row_str(pg, "constraint", ol_constraint_name(e->constraint));
		row_str(pg, "constraint is", e->constraint_printed ? "printed" : "concluded");
	}
}

static void put_memcg(struct ol_page *pg, const struct ol_oom_event *e)
{
	const struct ol_container *c = &e->container;

	if (!e->oom_memcg.s.p && !e->task_memcg.s.p && !e->usage_kb.set && !e->memcg_stats.n)
		return;
	section(pg, "Memory cgroup");
	row_text(pg, "cgroup with the limit", e->oom_memcg);
	row_text(pg, "cgroup of the victim", e->task_memcg);
	if (e->memcg_version)
		row_str(pg, "cgroup version", e->memcg_version == 1 ? "1" : "2");
	if (e->has_container) {
		row_str(pg, "runtime", c->runtime);
		row_span(pg, "container id", c->id);
		row_span(pg, "pod uid", c->pod_uid);
		row_str(pg, "QoS class", c->qos);
		row_span(pg, "unit", c->unit);
		row_span(pg, "name", c->name);
		row_span(pg, "pod", c->pod_name);
		row_span(pg, "namespace", c->namespace);
		row_span(pg, "container", c->container_name);
		row_span(pg, "inside of container", c->outer.id);
	}
	row_kb(pg, "usage", e->usage_kb);
	row_limit(pg, "limit", e->limit_kb);
	row_number(pg, "failcnt", e->failcnt);
	row_kb(pg, "memory+swap usage", e->memsw_usage_kb);
	row_limit(pg, "memory+swap limit", e->memsw_limit_kb);
	row_number(pg, "memory+swap failcnt", e->memsw_failcnt);
	row_kb(pg, "kernel memory usage", e->kmem_usage_kb);
	row_limit(pg, "kernel memory limit", e->kmem_limit_kb);
	row_number(pg, "kernel memory failcnt", e->kmem_failcnt);
	row_kb(pg, "swap usage", e->swap_usage_kb);
	row_limit(pg, "swap limit", e->swap_limit_kb);
	row_number(pg, "swap failcnt", e->swap_failcnt);
	row_kb(pg, "min protection", e->min_protection_kb);
	row_kb(pg, "low protection", e->low_protection_kb);
	row_text(pg, "killed as a group", e->oom_group_path);
	row_text(pg, "statistics of", e->memcg_stats_of);
	counters(pg, e, &e->memcg_stats, 0);
	for (uint32_t i = 0; i < e->memcg_members.n && e->memcg_members.n > 1; i++) {
		const struct ol_memcg_member *m = &e->memcg_members.v[i];

		if (m->path.s.p && ol_span_eq(m->path.s, e->memcg_stats_of.s))
			continue;
		row_text(pg, "statistics of", m->path);
		counters(pg, e, &m->stats, 0);
	}
}

static void put_machine(struct ol_page *pg, const struct ol_oom_event *e)
{
	if (e->memory.n || e->ram_pages.set) {
		section(pg, "Machine");
		counters(pg, e, &e->memory, 0);
		row_pages(pg, e, "total pagecache", e->total_pagecache_pages);
		row_pages(pg, e, "RAM", e->ram_pages);
		row_pages(pg, e, "HighMem", e->highmem_pages);
		row_pages(pg, e, "reserved", e->reserved_pages);
		row_pages(pg, e, "cma reserved", e->cma_reserved_pages);
		row_pages(pg, e, "hwpoisoned", e->hwpoisoned_pages);
	}
	if (e->swap_total_kb.set || e->swap_free_kb.set || e->swap_cache_pages.set) {
		section(pg, "Swap");
		row_kb(pg, "total", e->swap_total_kb);
		row_kb(pg, "free", e->swap_free_kb);
		row_pages(pg, e, "in swap cache", e->swap_cache_pages);
		row_number(pg, "added to swap cache", e->swap_cache_add);
		row_number(pg, "deleted from swap cache", e->swap_cache_delete);
	}
	for (uint32_t i = 0; i < e->nodes.n; i++) {
		const struct ol_node *n = &e->nodes.v[i];
		char title[32];

		snprintf(title, sizeof(title), "Node %d", n->node < 0 ? 0 : n->node);
		section(pg, title);
		counters(pg, e, &n->kv, 0);
		if (n->all_unreclaimable >= 0)
			row_str(pg, "all_unreclaimable?", n->all_unreclaimable ? "yes" : "no");
	}
}

static void put_reserve(struct ol_page *pg, const struct ol_zone *z)
{
	if (!z->lowmem_reserve.n)
		return;
	name_column(pg, z->reserve_line, OL_SPAN("lowmem_reserve"));
	for (uint32_t k = 0; k < z->lowmem_reserve.n; k++) {
		ol_out_str(pg->o, k ? " " : "");
		ol_out_i64(pg->o, z->lowmem_reserve.v[k]);
	}
	ol_out_str(pg->o, " pages\n");
}

/* Free blocks of each order, with the letters of the lists that they are on. */
static void put_buddy(struct ol_page *pg, const struct ol_oom_event *e, const struct ol_zone *z)
{
	for (uint32_t k = 0; k < z->buddy.n; k++) {
		const struct ol_buddy *b = &z->buddy.v[k];
		char name[48];

		if (b->order <= 40)
			snprintf(name, sizeof(name), "free %s blocks",
				 ol_words_pages(e, INT64_C(1) << b->order).s);
		else
			snprintf(name, sizeof(name), "free blocks, order %u", b->order);
		name_column(pg, k ? 0 : z->buddy_line, ol_span_str(name));
		ol_out_u64(pg->o, b->count);
		if (b->types.p) {
			ol_out_str(pg->o, " (");
			ol_out_safe(pg->o, b->types);
			ol_out_char(pg->o, ')');
		}
		ol_out_char(pg->o, '\n');
	}
	row_kb(pg, "free blocks together", z->buddy_total_kb);
}

static void put_zones(struct ol_page *pg, const struct ol_oom_event *e)
{
	for (uint32_t i = 0; i < e->zones.n; i++) {
		const struct ol_zone *z = &e->zones.v[i];

		ol_out_char(pg->o, '\n');
		ol_page_style(pg, OL_STYLE_BOLD);
		if (z->node >= 0)
			ol_out_printf(pg->o, "Node %d ", z->node);
		ol_out_str(pg->o, "zone ");
		ol_out_safe(pg->o, z->name);
		ol_page_style(pg, OL_STYLE_PLAIN);
		ol_out_char(pg->o, '\n');
		counters(pg, e, &z->kv, 0);
		if (z->all_unreclaimable >= 0)
			row_str(pg, "all_unreclaimable?", z->all_unreclaimable ? "yes" : "no");
		put_reserve(pg, z);
		put_buddy(pg, e, z);
	}
}

static void put_tables(struct ol_page *pg, const struct ol_oom_event *e)
{
	for (uint32_t i = 0; i < e->hugepages.n; i++) {
		const struct ol_hugepages *h = &e->hugepages.v[i];

		if (!i)
			section(pg, "Huge pages");
		if (h->node >= 0) {
			line_column(pg, 0);
			ol_out_printf(pg->o, "node %d\n", h->node);
		}
		counters(pg, e, &h->kv, 0);
	}
	if (e->slabs.n)
		section(pg, "Unreclaimable slab");
	for (uint32_t i = 0; i < e->slabs.n; i++) {
		const struct ol_slab_row *r = &e->slabs.v[i];

		name_column(pg, r->line, r->name);
		ol_out_printf(pg->o, "%12s used of ",
			      ol_fmt_kb((int64_t)(r->used_kb & INT64_MAX)).s);
		ol_out_printf(pg->o, "%12s\n", ol_fmt_kb((int64_t)(r->total_kb & INT64_MAX)).s);
	}
	if (e->allocs.n)
		section(pg, "Memory allocations by place in the kernel");
	for (uint32_t i = 0; i < e->allocs.n; i++) {
		const struct ol_alloc_row *r = &e->allocs.v[i];

		line_column(pg, r->line);
		ol_out_printf(pg->o, "%12s in %llu calls  ", ol_fmt_bytes(r->bytes).s,
			      (unsigned long long)r->calls);
		ol_out_safe(pg->o, r->site);
		ol_out_char(pg->o, '\n');
	}
}

/* ---- processes ---- */

static const struct {
	const char *head;
	unsigned width;
	enum { AS_IS, AS_PAGES, AS_BYTES } how;
} columns[OL_COL_MAX] = {
	[OL_COL_PID] = { "pid", 8, AS_IS },
	[OL_COL_UID] = { "uid", 6, AS_IS },
	[OL_COL_TGID] = { "tgid", 8, AS_IS },
	[OL_COL_TOTAL_VM] = { "mapped", 11, AS_PAGES },
	[OL_COL_RSS] = { "resident", 11, AS_PAGES },
	[OL_COL_RSS_ANON] = { "anon", 11, AS_PAGES },
	[OL_COL_RSS_FILE] = { "file", 11, AS_PAGES },
	[OL_COL_RSS_SHMEM] = { "shmem", 11, AS_PAGES },
	[OL_COL_NR_PTES] = { "ptes", 7, AS_IS },
	[OL_COL_NR_PMDS] = { "pmds", 7, AS_IS },
	[OL_COL_PGTABLES_BYTES] = { "pgtables", 10, AS_BYTES },
	[OL_COL_SWAPENTS] = { "swap", 11, AS_PAGES },
	[OL_COL_OOM_SCORE_ADJ] = { "score_adj", 10, AS_IS },
	[OL_COL_OOM_ADJ] = { "oom_adj", 8, AS_IS },
	[OL_COL_CPU] = { "cpu", 4, AS_IS },
};

static void task_cell(struct ol_page *pg, const struct ol_oom_event *e, const struct ol_task *t,
		      unsigned c)
{
	struct ol_fmt f = { "" };

	if (t->mask >> c & 1) {
		if (columns[c].how == AS_PAGES && e->page_kb)
			f = ol_words_pages(e, t->col[c]);
		else if (columns[c].how == AS_BYTES && t->col[c] >= 0)
			f = ol_fmt_bytes((uint64_t)t->col[c]);
		else
			snprintf(f.s, sizeof(f.s), "%lld", (long long)t->col[c]);
	}
	ol_out_printf(pg->o, " %*s", (int)columns[c].width, f.s);
}

static void put_tasks(struct ol_page *pg, const struct ol_oom_event *e)
{
	uint32_t any = 0;

	if (!e->tasks.n)
		return;
	for (uint32_t i = 0; i < e->tasks.n; i++)
		any |= e->tasks.v[i].mask;
	any &= (1u << OL_COL_MAX) - 1;
	section(pg, e->page_kb ? "Processes" : "Processes (sizes in pages)");
	line_column(pg, e->table_line);
	ol_page_style(pg, OL_STYLE_DIM);
	for (unsigned c = 0; c < OL_COL_MAX; c++)
		if (any >> c & 1)
			ol_out_printf(pg->o, " %*s", (int)columns[c].width, columns[c].head);
	ol_out_str(pg->o, "  name");
	ol_page_style(pg, OL_STYLE_PLAIN);
	ol_out_char(pg->o, '\n');
	for (uint32_t i = 0; i < e->tasks.n; i++) {
		line_column(pg, e->tasks.v[i].line);
		for (unsigned c = 0; c < OL_COL_MAX; c++)
			if (any >> c & 1)
				task_cell(pg, e, &e->tasks.v[i], c);
		ol_out_str(pg->o, "  ");
		ol_out_safe(pg->o, e->tasks.v[i].comm);
		ol_out_char(pg->o, '\n');
	}
}

static void put_victims(struct ol_page *pg, const struct ol_oom_event *e)
{
	static const char *const why[] = {
		[OL_WHY_CHOSEN] = "chosen",
		[OL_WHY_OOM_GROUP] = "memory.oom.group",
		[OL_WHY_SHARED_MM] = "shares the victim's memory",
		[OL_WHY_CHILD] = "child of the chosen process",
		[OL_WHY_ALLOCATING_TASK] = "made the request (oom_kill_allocating_task)",
	};

	for (uint32_t i = 0; i < e->victims.n; i++) {
		const struct ol_victim *v = &e->victims.v[i];

		section(pg, i ? "Also killed" : "Killed");
		row_text(pg, "process", v->comm);
		row_number(pg, "pid", v->pid);
		row_number(pg, "uid", v->uid);
		row_kb(pg, "address space", v->total_vm_kb);
		row_kb(pg, "anonymous", v->anon_rss_kb);
		row_kb(pg, "file", v->file_rss_kb);
		row_kb(pg, "shared memory", v->shmem_rss_kb);
		row_kb(pg, "page tables", v->pgtables_kb);
		row_number(pg, "oom_score_adj", v->oom_score_adj);
		row_number(pg, "score", v->score);
		if (v->why > OL_WHY_UNKNOWN && v->why <= OL_WHY_ALLOCATING_TASK)
			row_str(pg, "why", why[v->why]);
		if (v->reaped >= 0)
			row_str(pg, "reaped", v->reaped ? "yes" : "no: unable to reap");
		row_kb(pg, "anonymous after reaping", v->reaped_anon_kb);
		row_kb(pg, "file after reaping", v->reaped_file_kb);
		row_kb(pg, "shared after reaping", v->reaped_shmem_kb);
	}
}

static void put_trace(struct ol_page *pg, const struct ol_oom_event *e)
{
	if (!e->trace.n)
		return;
	section(pg, "Call trace (innermost first)");
	for (uint32_t i = 0; i < e->trace.n; i++) {
		const struct ol_frame *f = &e->trace.v[i];

		line_column(pg, f->line);
		ol_out_str(pg->o, f->uncertain ? "? " : "  ");
		ol_out_safe(pg->o, f->func);
		if (f->module.p) {
			ol_out_str(pg->o, " [");
			ol_out_safe(pg->o, f->module);
			ol_out_char(pg->o, ']');
		}
		ol_out_char(pg->o, '\n');
	}
}

void ol_event_full(struct ol_page *pg, struct ol_oom_event *e)
{
	put_source(pg, e);
	put_trigger(pg, e);
	put_memcg(pg, e);
	put_machine(pg, e);
	put_zones(pg, e);
	put_tables(pg, e);
	put_tasks(pg, e);
	put_victims(pg, e);
	put_trace(pg, e);
}
