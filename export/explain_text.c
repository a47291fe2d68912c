// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/explain.h"
#include "export/explain_full.h"
#include "export/explain_verdict.h"
#include "export/explain_words.h"

#include <stdio.h>

/*
 * The summary is for somebody who was woken up and has never seen a watermark: one screen, whole
 * sentences, every number with its unit, small tables last. What the log does not say is
 * left out, and the "unsure" line says so.
 */

#define ZONE_ROWS          8
#define GROUP_ROWS         5
#define GROUP_ROWS_VERDICT 3 /* where the verdict takes most of the screen */
#define VICTIM_ROWS        4

/* Between the parts of a list. */
static void comma(struct ol_out *p)
{
	if (p->n)
		ol_out_str(p, ", ");
}

static void part_kb(struct ol_out *p, const char *name, int64_t kb)
{
	comma(p);
	ol_out_printf(p, "%s %s", name, ol_fmt_kb(kb).s);
}

static void part_number(struct ol_out *p, const char *name, struct ol_val v)
{
	if (!v.set)
		return;
	comma(p);
	ol_out_str(p, name);
	ol_out_char(p, ' ');
	ol_out_i64(p, v.v);
}

/* ---- when, who asked, what was allowed ---- */

static void put_when(struct ol_page *pg, const struct ol_oom_event *e)
{
	struct ol_out *p = ol_page_para(pg);
	bool when = ol_words_time(p, e, true);

	if (e->host.p) {
		comma(p);
		ol_out_str(p, "host ");
		ol_out_safe(p, ol_span_head(e->host, 64));
	}
	if (e->release.s.p) {
		comma(p);
		ol_out_str(p, "kernel ");
		ol_out_safe(p, ol_span_head(e->release.s, 80));
	} else if (e->era && e->gfp_decoded) {
		comma(p);
		ol_out_printf(p, "kernel not named%s%s",
			      e->gfp_printed.s.p ? "" : ", flags read as ",
			      e->gfp_printed.s.p ? "" : ol_gfp_era_name(e->era));
	}
	ol_page_flow(pg, when ? "when" : "system", OL_STYLE_PLAIN);
}

static const char *class_words(enum ol_frame_class c)
{
	static const char *const words[OL_FC_MAX] = {
		[OL_FC_PAGE_FAULT] = "to fill a page that it touched",
		[OL_FC_PAGE_CACHE_READ] = "to read a file into the page cache",
		[OL_FC_PAGE_CACHE_WRITE] = "to write to a file",
		[OL_FC_SLAB] = "for a kernel object (slab)",
		[OL_FC_FORK] = "to start a process or thread",
		[OL_FC_SOCKET] = "for network data",
		[OL_FC_DRIVER] = "in a kernel module",
		[OL_FC_HUGE_PAGE] = "for a huge page",
		[OL_FC_PAGE_TABLE] = "for a page table",
		[OL_FC_PIPE] = "for data in a pipe",
		[OL_FC_SHMEM] = "for shared memory or tmpfs",
		[OL_FC_MEMCG_CHARGE] = "charged to its cgroup",
		[OL_FC_VMALLOC] = "for a large kernel buffer (vmalloc)",
		[OL_FC_SWAP] = "to bring a page back from swap",
		[OL_FC_EXEC] = "to start a program",
		[OL_FC_SYSRQ] = "by SysRq",
		[OL_FC_KTHREAD] = "in a kernel thread",
	};

	return (unsigned)c < OL_FC_MAX ? words[c] : NULL;
}

/* "in a kernel module: fastnic_open [fastnic]" */
static void put_module(struct ol_out *p, const struct ol_oom_event *e)
{
	for (uint32_t i = 0; e->trace_class == OL_FC_DRIVER && i < e->trace.n; i++)
		if (e->trace.v[i].module.p && !e->trace.v[i].uncertain) {
			ol_out_str(p, ": ");
			ol_out_safe(p, ol_span_head(e->trace.v[i].func, 64));
			ol_out_str(p, " [");
			ol_out_safe(p, ol_span_head(e->trace.v[i].module, 64));
			ol_out_char(p, ']');
			return;
		}
}

/* An interrupt asked; the process of that name and pid was on the CPU at the time. */
static void put_asked_in_interrupt(struct ol_page *pg, const struct ol_oom_event *e)
{
	struct ol_out *p = ol_page_para(pg);
	const char *purpose = class_words(e->trace_class);

	ol_out_str(p, "an interrupt needed ");
	ol_words_order(p, e);
	if (purpose)
		ol_out_printf(p, " %s", purpose);
	put_module(p, e);
	if (e->trigger_comm.s.p) {
		ol_out_str(p, ", while ");
		ol_words_comm(p, e->trigger_comm.s);
		if (e->trigger_pid.set) {
			ol_out_str(p, " (pid ");
			ol_out_i64(p, e->trigger_pid.v);
			ol_out_char(p, ')');
		}
		ol_out_str(p, " ran, which has no part in it");
	}
	ol_page_flow(pg, "request", OL_STYLE_PLAIN);
}

static void put_asked(struct ol_page *pg, const struct ol_oom_event *e, bool meaning)
{
	struct ol_out *p = ol_page_para(pg);
	const char *purpose = class_words(e->trace_class);

	if (e->sysrq)
		return; /* nobody asked for memory */
	if (!e->trigger_comm.s.p && !e->trigger_pid.set && !e->order.set && !e->gfp_decoded)
		return;
	if (ol_trace_interrupt(e)) {
		put_asked_in_interrupt(pg, e);
		return;
	}
	if (e->trigger_comm.s.p)
		ol_words_comm(p, e->trigger_comm.s);
	else
		ol_out_str(p, e->trigger_pid.set ? "process" : "some process");
	if (e->trigger_pid.set) {
		ol_out_str(p, " (pid ");
		ol_out_i64(p, e->trigger_pid.v);
		ol_out_char(p, ')');
	}
	ol_out_str(p, " needed ");
	if (e->trace_class == OL_FC_VMALLOC && e->kind == OL_EV_ALLOC_FAILURE)
		ol_out_str(p, "memory");
	else
		ol_words_order(p, e);
	if (purpose)
		ol_out_printf(p, " %s", purpose);
	put_module(p, e);
	if (!meaning) {
		/* the verdict says what of it mattered */
	} else if (e->gfp_decoded) {
		/* names of flags are for --full: here their meaning counts */
		ol_out_str(p, ": ");
		ol_gfp_words(e->gfp, p);
	} else if (e->gfp_mask.set) {
		ol_out_printf(p, ". Flags 0x%llx: the log does not tell which kernel's",
			      (unsigned long long)e->gfp_mask.v);
	}
	ol_page_flow(pg, "request", OL_STYLE_PLAIN);
}

static void usage(struct ol_out *p, const char *name, struct ol_val use, struct ol_val limit,
		  struct ol_val failcnt)
{
	if (!use.set && !limit.set)
		return;
	/* an unused counter without a limit says nothing */
	if (use.set && !use.v && limit.set && limit.v >= OL_UNLIMITED_KB)
		return;
	if (p->n)
		ol_out_str(p, "; ");
	ol_out_str(p, name);
	if (use.set)
		ol_out_printf(p, " %s used", ol_fmt_kb(use.v).s);
	if (limit.set && limit.v >= OL_UNLIMITED_KB)
		ol_out_str(p, ", no limit");
	else if (limit.set)
		ol_out_printf(p, "%s limit %s", use.set ? "," : "", ol_fmt_kb(limit.v).s);
	if (failcnt.set && failcnt.v)
		ol_out_printf(p, ", hit %lld time%s", (long long)failcnt.v,
			      failcnt.v == 1 ? "" : "s");
}

static void put_memcg(struct ol_page *pg, const struct ol_oom_event *e)
{
	unsigned room = pg->width > 30 ? pg->width - 14 : 20;
	struct ol_out *p;

	if (e->constraint == OL_CONSTRAINT_MEMCG || e->oom_memcg.s.p || e->usage_kb.set) {
		p = ol_page_para(pg);
		usage(p, "memory", e->usage_kb, e->limit_kb, e->failcnt);
		usage(p, "memory+swap", e->memsw_usage_kb, e->memsw_limit_kb, e->memsw_failcnt);
		usage(p, "kernel memory", e->kmem_usage_kb, e->kmem_limit_kb, e->kmem_failcnt);
		usage(p, "swap", e->swap_usage_kb, e->swap_limit_kb, e->swap_failcnt);
		ol_page_flow(pg, "limit", OL_STYLE_PLAIN);
		if (e->oom_memcg.s.p) {
			p = ol_page_para(pg);
			ol_page_tail(pg, p, e->oom_memcg.s, room);
			ol_page_flow(pg, "of cgroup", OL_STYLE_PLAIN);
		}
	}
	/* the victim's own cgroup: unless it is the same one, or told better by put_container() */
	if (e->task_memcg.s.p && !e->has_container && !ol_span_eqs(e->task_memcg.s, "/") &&
	    !ol_span_eq(e->task_memcg.s, e->oom_memcg.s)) {
		p = ol_page_para(pg);
		ol_page_tail(pg, p, e->task_memcg.s, room);
		ol_page_flow(pg, "victim in", OL_STYLE_PLAIN);
	}
}

static void put_container(struct ol_page *pg, const struct ol_oom_event *e)
{
	const struct ol_container *c = &e->container;
	struct ol_out *p = ol_page_para(pg);
	bool plain_unit = c->unit.p && !c->id.p && !c->name.p && !c->pod_uid.p;

	if (!e->has_container)
		return;
	if (c->runtime && !plain_unit)
		ol_out_str(p, c->runtime);
	if (c->id.p) {
		ol_out_str(p, p->n ? " " : "container ");
		ol_out_safe(p, ol_span_head(c->id, 12)); /* as docker ps and crictl ps show it */
	}
	if (c->name.p) {
		ol_out_str(p, p->n ? " " : "name ");
		ol_words_comm(p, ol_span_head(c->name, 64));
	}
	if (c->container_name.p) {
		comma(p);
		ol_out_str(p, "called ");
		ol_words_comm(p, ol_span_head(c->container_name, 64));
	}
	if (c->pod_name.p) {
		comma(p);
		ol_out_str(p, "pod ");
		if (c->namespace.p) {
			ol_out_safe(p, ol_span_head(c->namespace, 63));
			ol_out_char(p, '/');
		}
		ol_out_safe(p, ol_span_head(c->pod_name, 80));
	} else if (c->pod_uid.p) {
		comma(p);
		ol_out_str(p, "pod ");
		ol_out_safe(p, ol_span_head(c->pod_uid, 40));
	}
	if (c->outer.id.p) {
		comma(p);
		ol_out_printf(p, "inside of %s ",
			      c->outer.runtime ? c->outer.runtime : "container");
		ol_out_safe(p, ol_span_head(c->outer.id, 12));
	}
	if (c->qos) {
		comma(p);
		ol_out_printf(p, "QoS %s", c->qos);
	}
	if (c->unit.p && !c->id.p) { /* the scope of a container only repeats its id */
		comma(p);
		ol_out_str(p, plain_unit ? "" : "unit ");
		ol_out_safe(p, ol_span_head(c->unit, 80));
	}
	ol_page_flow(pg, plain_unit ? "unit" : "container", OL_STYLE_PLAIN);
}

/* Bytes of the first of @ids that the statistics hold. */
static bool stat_bytes(const ol_kv_vec *kvs, enum ol_key a, enum ol_key b, uint64_t *ret)
{
	const struct ol_kv *kv = ol_kv_get(kvs, a);

	if (!kv)
		kv = ol_kv_get(kvs, b);
	if (!kv)
		return false;
	*ret = kv->v;
	return kv->unit != OL_U_KB || !__builtin_mul_overflow(kv->v, UINT64_C(1024), ret);
}

/*
 * What the cgroup held. cgroup v2 counts shmem within file, v1 within cache; the total_ values of
 * v1 include the cgroups below.
 */
static void put_held(struct ol_page *pg, const struct ol_oom_event *e)
{
	const ol_kv_vec *s = &e->memcg_stats;
	struct ol_out *p = ol_page_para(pg);
	uint64_t v, shmem = 0;
	bool v1 = ol_kv_get(s, OL_K_RSS) || ol_kv_get(s, OL_K_TOTAL_RSS);
	bool has_shmem;
	static const struct {
		const char *name;
		enum ol_key id;
	} kernel[] = {
		{ "slab", OL_K_SLAB },           { "page tables", OL_K_PAGETABLES },
		{ "stacks", OL_K_KERNEL_STACK }, { "sockets", OL_K_SOCK },
		{ "percpu", OL_K_PERCPU },       { "vmalloc", OL_K_VMALLOC },
	};

	if (stat_bytes(s, v1 ? OL_K_TOTAL_RSS : OL_K_ANON, v1 ? OL_K_RSS : OL_K_NONE, &v))
		ol_out_printf(p, "anonymous %s", ol_fmt_bytes(v).s);
	has_shmem = stat_bytes(s, v1 ? OL_K_TOTAL_SHMEM : OL_K_SHMEM, OL_K_SHMEM, &shmem);
	if (has_shmem) {
		comma(p);
		ol_out_printf(p, "shared memory and tmpfs %s", ol_fmt_bytes(shmem).s);
	}
	if (stat_bytes(s, v1 ? OL_K_TOTAL_CACHE : OL_K_FILE, v1 ? OL_K_CACHE : OL_K_NONE, &v)) {
		comma(p);
		ol_out_printf(p, "file cache %s%s", ol_fmt_bytes(v > shmem ? v - shmem : 0).s,
			      has_shmem ? "" : " (with shared memory)");
	}
	if (stat_bytes(s, OL_K_KERNEL, OL_K_KERNEL, &v)) {
		comma(p);
		ol_out_printf(p, "kernel %s", ol_fmt_bytes(v).s);
	} else {
		for (size_t i = 0; i < sizeof(kernel) / sizeof(kernel[0]); i++) {
			if (!stat_bytes(s, kernel[i].id, kernel[i].id, &v) || v < 1 << 20)
				continue;
			comma(p);
			ol_out_printf(p, "%s %s", kernel[i].name, ol_fmt_bytes(v).s);
		}
	}
	if (stat_bytes(s, v1 ? OL_K_TOTAL_SWAP : OL_K_SWAP, OL_K_SWAP, &v)) {
		comma(p);
		ol_out_printf(p, "swap %s", ol_fmt_bytes(v).s);
	}
	ol_page_flow(pg, "it held", OL_STYLE_PLAIN);
}

/* ---- the machine ---- */

static bool sum_pages(const struct ol_oom_event *e, enum ol_key a, enum ol_key b, int64_t *ret)
{
	const struct ol_kv *x = ol_kv_get(&e->memory, a), *y = ol_kv_get(&e->memory, b);

	if ((!x && !y) || (x && x->v > INT64_MAX / 4) || (y && y->v > INT64_MAX / 4))
		return false;
	*ret = (int64_t)((x ? x->v : 0) + (y ? y->v : 0));
	return true;
}

struct part {
	const char *name;
	enum ol_key a, b;
	bool always; /* small values say something too */
	int64_t pages;
};

/*
 * What RAM was used for, largest first. Parts below half a percent are left to --full, but for the
 * free pages and the file cache: how little they are is the point.
 */
static void put_ram(struct ol_page *pg, const struct ol_oom_event *e)
{
	struct part parts[] = {
		{ "free", OL_K_FREE, OL_K_NONE, true, 0 },
		{ "active+inactive", OL_K_ACTIVE, OL_K_INACTIVE, true, 0 }, /* until 2.6.27 */
		{ "anonymous", OL_K_ACTIVE_ANON, OL_K_INACTIVE_ANON, true, 0 },
		{ "file cache", OL_K_ACTIVE_FILE, OL_K_INACTIVE_FILE, true, 0 },
		{ "unevictable", OL_K_UNEVICTABLE, OL_K_NONE, false, 0 },
		{ "shared memory and tmpfs", OL_K_SHMEM, OL_K_NONE, false, 0 },
		{ "slab", OL_K_SLAB, OL_K_NONE, false, 0 }, /* until 2.6.31 */
		{ "reclaimable slab", OL_K_SLAB_RECLAIMABLE, OL_K_NONE, false, 0 },
		{ "unreclaimable slab", OL_K_SLAB_UNRECLAIMABLE, OL_K_NONE, false, 0 },
		{ "page tables", OL_K_PAGETABLES, OL_K_NONE, false, 0 },
	};
	struct ol_out *p = ol_page_para(pg);
	size_t n = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		struct part t = parts[i];
		size_t k;

		if (!sum_pages(e, t.a, t.b, &t.pages))
			continue;
		if (!t.always && t.pages <= (e->ram_pages.set ? e->ram_pages.v / 200 : 0))
			continue;
		for (k = n++; k && parts[k - 1].pages < t.pages; k--)
			parts[k] = parts[k - 1];
		parts[k] = t;
	}
	if (e->ram_pages.set)
		ol_out_printf(p, "%s in all%s", ol_words_pages(e, e->ram_pages.v).s, n ? ": " : "");
	for (size_t k = 0; k < n; k++)
		ol_out_printf(p, "%s%s %s", k ? ", " : "", parts[k].name,
			      ol_words_pages(e, parts[k].pages).s);
	ol_page_flow(pg, "RAM", OL_STYLE_PLAIN);
}

static void put_swap(struct ol_page *pg, const struct ol_oom_event *e)
{
	struct ol_out *p = ol_page_para(pg);

	if (e->swap_total_kb.set && !e->swap_total_kb.v)
		ol_out_str(p, "none");
	else if (e->swap_total_kb.set)
		ol_out_printf(p, "%s in all", ol_fmt_kb(e->swap_total_kb.v).s);
	if (e->swap_free_kb.set && !(e->swap_total_kb.set && !e->swap_total_kb.v))
		part_kb(p, "free", e->swap_free_kb.v);
	ol_page_flow(pg, "swap", OL_STYLE_PLAIN);
}

static const struct ol_kv *zone_kv(const struct ol_zone *z, enum ol_key id)
{
	return ol_kv_get(&z->kv, id);
}

static void kb_cell(struct ol_page *pg, const struct ol_kv *kv)
{
	bool fits = kv && kv->v <= INT64_MAX;

	ol_page_cell_str(pg, fits ? ol_fmt_kb((int64_t)kv->v).s : "-", 10, OL_CELL_RIGHT);
}

/* Zones that hold nothing are printed by kernels all the same; they only take up room here. */
static bool zone_is_empty(const struct ol_zone *z)
{
	const struct ol_kv *kv = zone_kv(z, OL_K_MANAGED);

	if (!kv)
		kv = zone_kv(z, OL_K_PRESENT);
	return kv && !kv->v;
}

static void put_zones(struct ol_page *pg, const struct ol_oom_event *e)
{
	uint32_t shown = 0, left = 0;

	for (uint32_t i = 0; i < e->zones.n; i++) {
		const struct ol_zone *z = &e->zones.v[i];
		const struct ol_kv *free = zone_kv(z, OL_K_FREE), *min = zone_kv(z, OL_K_MIN),
				   *low = zone_kv(z, OL_K_LOW), *size = zone_kv(z, OL_K_MANAGED);
		char name[32] = "";

		if (!z->kv.n || zone_is_empty(z))
			continue;
		if (shown == ZONE_ROWS) {
			left++;
			continue;
		}
		if (!shown++) {
			ol_out_char(pg->o, '\n');
			ol_page_style(pg, OL_STYLE_DIM);
			ol_out_str(pg->o,
				   "  zone                    free    minimum        size\n");
			ol_page_style(pg, OL_STYLE_PLAIN);
		}
		if (z->node >= 0)
			snprintf(name, sizeof(name), "node %d", z->node);
		ol_out_str(pg->o, "  ");
		if (z->node >= 0)
			ol_page_cell_str(pg, name, 9, OL_CELL_LEFT);
		ol_page_cell(pg, z->name, z->node >= 0 ? 8 : 17, OL_CELL_LEFT);
		kb_cell(pg, free);
		ol_out_char(pg->o, ' ');
		kb_cell(pg, min);
		ol_out_str(pg->o, "  ");
		kb_cell(pg, size ? size : zone_kv(z, OL_K_PRESENT));
		if (free && min && free->v < min->v) {
			ol_out_str(pg->o, "  ");
			ol_page_style(pg, OL_STYLE_ALERT);
			ol_out_str(pg->o, "below its minimum");
			ol_page_style(pg, OL_STYLE_PLAIN);
		} else if (free && low && free->v < low->v) {
			ol_out_str(pg->o, "  nearly empty");
		}
		if (z->all_unreclaimable > 0)
			ol_out_str(pg->o, "  kernel gave up reclaiming");
		ol_out_char(pg->o, '\n');
	}
	if (left)
		ol_out_printf(pg->o, "  and %u more zones (--full)\n", left);
}

/* ---- processes ---- */

static void put_victims(struct ol_page *pg, const struct ol_oom_event *e)
{
	static const char *const why[] = {
		[OL_WHY_OOM_GROUP] = "same group (memory.oom.group)",
		[OL_WHY_SHARED_MM] = "shared the victim's memory",
		[OL_WHY_CHILD] = "child of the chosen process",
		[OL_WHY_ALLOCATING_TASK] = "it had made the request (oom_kill_allocating_task)",
	};

	const struct ol_victim *v = e->victims.v;
	struct ol_out *p = ol_page_para(pg);
	bool same_why = true;

	if (!e->victims.n)
		return;
	/* the headline has its name; parts that are zero are left to --full */
	if (v->anon_rss_kb.set)
		part_kb(p, "anonymous", v->anon_rss_kb.v);
	if (v->file_rss_kb.set && v->file_rss_kb.v)
		part_kb(p, "file", v->file_rss_kb.v);
	if (v->shmem_rss_kb.set && v->shmem_rss_kb.v)
		part_kb(p, "shared", v->shmem_rss_kb.v);
	if (v->pgtables_kb.set && v->pgtables_kb.v >= 1024)
		part_kb(p, "page tables", v->pgtables_kb.v);
	part_number(p, "uid", v->uid);
	part_number(p, "oom_score_adj", v->oom_score_adj);
	part_number(p, "score", v->score);
	if (v->why > OL_WHY_CHOSEN && v->why <= OL_WHY_ALLOCATING_TASK) {
		comma(p);
		ol_out_str(p, why[v->why]);
	}
	if (v->reaped == 0) {
		comma(p);
		ol_out_str(p, "its memory could not be taken back at once");
	}
	ol_page_flow(pg, "victim", OL_STYLE_PLAIN);

	p = ol_page_para(pg);
	if (e->victims.n == 2 && ol_words_spared(e, 1)) {
		ol_words_victim(p, &v[1]);
		ol_page_flow(pg, "instead of", OL_STYLE_PLAIN);
		return;
	}
	for (uint32_t i = 1; i < e->victims.n; i++)
		same_why &= v[i].why == v[1].why;
	for (uint32_t i = 1; i < e->victims.n && i < VICTIM_ROWS; i++) {
		comma(p);
		ol_words_victim(p, &v[i]);
	}
	if (e->victims.n > VICTIM_ROWS)
		ol_out_printf(p, " and %u more", e->victims.n - VICTIM_ROWS);
	if (p->n && same_why && v[1].why > OL_WHY_CHOSEN && v[1].why <= OL_WHY_ALLOCATING_TASK)
		ol_out_printf(p, ": %s", why[v[1].why]);
	ol_page_flow(pg, "and", OL_STYLE_PLAIN);
}

static void table_head(struct ol_page *pg, const char *who, bool swap)
{
	ol_out_char(pg->o, '\n');
	ol_page_style(pg, OL_STYLE_DIM);
	ol_out_str(pg->o, "  ");
	ol_page_cell_str(pg, who, 24, OL_CELL_LEFT);
	ol_out_printf(pg->o, "%10s%12s%8s", "processes", "resident", "share");
	if (swap)
		ol_out_printf(pg->o, "%12s", "swap");
	ol_out_char(pg->o, '\n');
	ol_page_style(pg, OL_STYLE_PLAIN);
}

static void put_groups(struct ol_page *pg, struct ol_oom_event *e, uint32_t max)
{
	struct ol_group *g;
	uint32_t n;
	bool swap = false;

	if (ol_event_groups(e, &g, &n) < 0 || !n) {
		if (e->tasks.n) {
			ol_out_printf(
				ol_page_para(pg),
				"%u in the table; their sizes are in pages of a size that the "
				"log does not tell (--full lists them)",
				e->tasks.n);
			ol_page_flow(pg, "processes", OL_STYLE_PLAIN);
		}
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		swap |= g[i].has_swap && g[i].swap_kb;
	table_head(pg, "largest users of memory", swap);
	for (uint32_t i = 0; i < n && i < max; i++) {
		unsigned tenths = (unsigned)(g[i].share * 1000 + 0.5);

		ol_out_str(pg->o, "  ");
		ol_page_cell(pg, g[i].comm, 24, OL_CELL_LEFT);
		ol_out_printf(
			pg->o, "%10u%12s%4u.%u %%", g[i].count,
			ol_fmt_kb((int64_t)(g[i].rss_kb > INT64_MAX ? INT64_MAX : g[i].rss_kb)).s,
			tenths / 10, tenths % 10);
		if (swap && g[i].has_swap)
			ol_out_printf(pg->o, "%12s",
				      ol_fmt_kb((int64_t)(g[i].swap_kb > INT64_MAX ? INT64_MAX
										   : g[i].swap_kb))
					      .s);
		ol_out_char(pg->o, '\n');
	}
}

/* ---- what this knowledge is worth, and where it is from ---- */

/* A rate limit holds back whole reports of a function: only of some functions is that a dump. */
static void put_limited(struct ol_out *p, const struct ol_oom_event *e)
{
	static const char *const dumps[] = { "dump_header",       "oom_kill_process",
					     "show_mem",          "warn_alloc",
					     "warn_alloc_failed", "warn_alloc_show_mem" };
	const struct ol_withheld *w = &e->withheld;
	const char *what = "message";

	if (!w->limited)
		return;
	for (size_t i = 0; i < sizeof(dumps) / sizeof(dumps[0]); i++)
		if (!strcmp(w->by, dumps[i]))
			what = "dump";
	ol_out_str(p, p->n ? "; " : "");
	ol_out_printf(p, "a rate limit held back %llu %s%s%s", (unsigned long long)w->limited, what,
		      w->limited == 1 ? "" : "s", *w->by ? " of " : "");
	ol_out_safe(p, ol_span_str(w->by));
}

static void put_parts_of(struct ol_out *p, const char *what, uint32_t parts)
{
	bool first = true;

	for (unsigned i = 0; i < OL_PART_MAX; i++) {
		const char *name = ol_part_name((enum ol_part)i);

		if (!(parts >> i & 1) || !name)
			continue;
		if (first)
			ol_out_printf(p, "%s%s", p->n ? "; " : "", what);
		ol_out_str(p, first ? " " : ", ");
		first = false;
		for (; *name; name++)
			ol_out_char(p, *name == '_' ? ' ' : *name);
	}
}

static void put_unsure(struct ol_page *pg, const struct ol_oom_event *e)
{
	struct ol_out *p = ol_page_para(pg);

	if (e->forged_suspect) {
		ol_out_str(p, "a program other than the kernel wrote some of these lines: "
			      "they may be forged");
		ol_page_flow(pg, "BEWARE", OL_STYLE_ALERT);
		p = ol_page_para(pg);
	}
	put_parts_of(p, "not in the log:", e->parts_missing & ~e->parts_cut);
	put_parts_of(p, "cut off before their end:", e->parts_cut);
	if (e->counters_missing) {
		ol_out_str(p, p->n ? "; cut off Mem-Info:" : "cut off Mem-Info:");
		for (unsigned c = 0; c < OL_C_MAX; c++)
			if (e->counters_missing >> c & 1)
				ol_out_printf(p, " %s",
					      ol_key_name(ol_counter_key((enum ol_counter)c)));
	}
	if (e->truncated) {
		ol_out_str(p, p->n ? "; " : "");
		ol_out_str(p, "longer than what is kept: the rest was dropped");
	}
	if (e->table_incomplete) {
		ol_out_str(p, p->n ? "; " : "");
		ol_out_str(p, "the process table is incomplete");
	}
	if (e->withheld.lost) {
		ol_out_str(p, p->n ? "; " : "");
		ol_out_printf(p, "lines of the kernel's log are lost here: %llu",
			      (unsigned long long)e->withheld.lost);
	}
	put_limited(p, e);
	if (e->quoted) {
		ol_out_str(p, p->n ? "; " : "");
		ol_out_str(
			p,
			e->unknown_prefix
				? "quoted in another text, behind words of which it is not known "
				  "what they are"
				: "quoted in another text");
	}
	if (e->interleaved) {
		ol_out_str(p, p->n ? "; " : "");
		ol_out_str(p, "messages of others stood in between");
	}
	if (e->constraint != OL_CONSTRAINT_UNKNOWN && !e->constraint_printed &&
	    e->constraint != OL_CONSTRAINT_NONE && !e->oom_memcg.s.p) {
		ol_out_str(p, p->n ? "; " : "");
		ol_out_str(p, "whose limit it was is concluded, not printed");
	}
	ol_page_flow(pg, "unsure", OL_STYLE_PLAIN);
}

/* The kernel's or the killer's own sentence, where the headline does not hold it. */
static void put_message(struct ol_page *pg, const struct ol_oom_event *e)
{
	struct ol_span s = e->failure.s.p ? e->failure.s : e->userspace_text.s;

	if (!s.p || (ol_span_find(s, OL_SPAN("page allocation ")) >= 0 && e->order.set))
		return;
	ol_out_safe(ol_page_para(pg), ol_span_head(s, 400));
	if (s.n > 400)
		ol_out_str(&pg->para, ol_page_ellipsis(pg));
	ol_page_flow(pg, "message", OL_STYLE_PLAIN);
}

/* Why a program killed, by which numbers, in its own words. */
static void put_reasons(struct ol_page *pg, const struct ol_oom_event *e)
{
	bool any = false;

	for (uint32_t i = 0; i < e->reasons.n; i++) {
		/* what the message says is not said twice */
		if (ol_span_find(e->userspace_text.s, e->reasons.v[i].s) >= 0)
			continue;
		ol_out_safe(ol_page_para(pg), ol_span_head(e->reasons.v[i].s, 300));
		ol_page_flow(pg, any ? "" : "because", OL_STYLE_PLAIN);
		any = true;
	}
}

#define REPORT_ROWS 4

/* What others say of the kernel's kill; of a report by itself the first one is the message. */
static void put_reports(struct ol_page *pg, const struct ol_oom_event *e)
{
	uint32_t from = e->kind == OL_EV_KILL_REPORT && e->userspace_text.s.p;

	for (uint32_t i = from; i < e->reports.n && i - from < REPORT_ROWS; i++) {
		struct ol_out *p = ol_page_para(pg);

		ol_words_comm(p, ol_span_head(e->reports.v[i].who, 64));
		ol_out_str(p, ": ");
		ol_out_safe(p, ol_span_head(e->reports.v[i].text, 200));
		if (e->reports.v[i].text.n > 200)
			ol_out_str(p, ol_page_ellipsis(pg));
		ol_page_flow(pg, i == from ? "reported" : "", OL_STYLE_PLAIN);
	}
}

/* What follows from a part of a report, though not what it was printed for. */
static void put_follows(struct ol_page *pg, const struct ol_oom_event *e)
{
	struct ol_out *p = ol_page_para(pg);
	bool marks = false;

	if (e->kind != OL_EV_FRAGMENT)
		return;
	for (uint32_t i = 0; i < e->zones.n; i++) {
		const struct ol_zone *z = &e->zones.v[i];
		const struct ol_kv *free = zone_kv(z, OL_K_FREE), *min = zone_kv(z, OL_K_MIN);

		if (!free || !min || zone_is_empty(z) || free->v > INT64_MAX || min->v > INT64_MAX)
			continue;
		marks = true;
		if (free->v >= min->v)
			continue;
		comma(p);
		ol_out_str(p, "zone ");
		ol_out_safe(p, z->name);
		ol_out_printf(p, " was below its minimum (%s of %s)", ol_fmt_kb((int64_t)free->v).s,
			      ol_fmt_kb((int64_t)min->v).s);
	}
	if (marks && !p->n)
		ol_out_str(p, e->parts_missing & 1u << OL_PART_ZONES
				      ? "none of the zones in the log was below its minimum"
				      : "no zone was below its minimum");
	/* dump_header() in mm/oom_kill.c */
	if (e->parts_seen & (1u << OL_PART_TABLE | 1u << OL_PART_SLABS)) {
		comma(p);
		ol_out_str(p, "the OOM killer ran: nothing else in the kernel prints such a table");
	}
	ol_page_flow(pg, "follows", OL_STYLE_PLAIN);
}

/* The facts behind the verdict, or alone when there is none. */
static void put_facts(struct ol_page *pg, const struct ol_oom_event *e, const struct ol_verdict *v)
{
	bool table = v && v->account.done, zone = v && ol_text_shows_zone(v);

	put_when(pg, e);
	put_asked(pg, e, !v);
	put_message(pg, e);
	put_reasons(pg, e);
	put_follows(pg, e);
	put_memcg(pg, e);
	put_container(pg, e);
	/* a table below says the same, and better */
	if (!table || !v->account_is_memcg)
		put_held(pg, e);
	if (!table || zone)
		put_ram(pg, e);
	put_swap(pg, e);
	put_victims(pg, e);
	if (v && e->kind != OL_EV_ALLOC_FAILURE)
		ol_text_chosen(pg, e, "chosen");
	put_reports(pg, e);
	put_unsure(pg, e);
	ol_words_place(pg, &(struct ol_place){ .file = e->file,
					       .first = e->first_line,
					       .last_file = e->continued_in,
					       .last = e->last_line,
					       .most = 120 });
}

void ol_event_text(struct ol_out *o, struct ol_oom_event *e, const struct ol_text_opts *opts)
{
	/* of a part of a report the headline says that there is none */
	const struct ol_verdict *v = e->kind == OL_EV_FRAGMENT ? NULL : ol_event_verdict(e);
	struct ol_page pg;

	ol_page_init(&pg, o, opts->width, opts->color, opts->utf8);
	ol_event_headline(ol_page_para(&pg), e);
	ol_page_flow(&pg, NULL, OL_STYLE_BOLD);
	if (v) {
		ol_out_char(o, '\n');
		ol_text_headline(&pg, e);
		ol_text_proof(&pg, e);
	}
	ol_out_char(o, '\n');

	put_facts(&pg, e, v);
	if (v)
		ol_text_accounts(&pg, v);
	else
		put_zones(&pg, e); /* the verdict has read them */
	put_groups(&pg, e, v ? GROUP_ROWS_VERDICT : GROUP_ROWS);
	if (v)
		ol_text_advice(&pg, e);
	if (opts->full) {
		if (v)
			ol_text_replay(&pg, e);
		ol_event_full(&pg, e);
	}
	ol_page_done(&pg);
}
