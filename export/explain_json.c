// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/explain.h"
#include "export/explain_verdict.h"
#include "export/explain_words.h"
#include "export/json_rows.h"

#include <stdio.h>

/* ---- single values: absent ones leave no trace ---- */

OL_KEY_INLINE void val(struct ol_json *j, const char *key, struct ol_val v)
{
	if (v.set)
		ol_json_i64(j, key, v.v);
}

OL_KEY_INLINE void span(struct ol_json *j, const char *key, struct ol_span s)
{
	if (s.p)
		ol_json_span(j, key, s);
}

OL_KEY_INLINE void text(struct ol_json *j, const char *key, struct ol_text t)
{
	span(j, key, t.s);
}

OL_KEY_INLINE void str(struct ol_json *j, const char *key, const char *s)
{
	if (s)
		ol_json_str(j, key, s);
}

/* "key": and the caller writes the value to j->o itself */
static void raw_key(struct ol_json *j, const char *key)
{
	ol_json_key(j, ol_span_str(key));
	j->more |= UINT64_C(1) << j->depth;
}

static void hex(struct ol_json *j, const char *key, uint64_t v)
{
	static const char digits[] = "0123456789abcdef";
	char tmp[18];
	size_t i = sizeof(tmp);

	do
		tmp[--i] = digits[v & 15];
	while (v >>= 4);
	tmp[--i] = 'x';
	tmp[--i] = '0';
	ol_json_span(j, key, ol_span(tmp + i, sizeof(tmp) - i));
}

/* ---- the parts of an event ---- */

/* "mem_info.shmem" */
static void missing_counter(struct ol_json *j, enum ol_counter c)
{
	char name[64];
	int n = snprintf(name, sizeof(name), "%s.%s", ol_part_name(OL_PART_MEMINFO),
			 ol_key_name(ol_counter_key(c)));

	ol_json_span(j, NULL, ol_span(name, (size_t)n));
}

static void put_source(struct ol_json *j, const struct ol_oom_event *e)
{
	ol_json_open(j, "source", '{');
	span(j, "file", e->file);
	ol_json_u64(j, "first_line", e->first_line);
	ol_json_u64(j, "last_line", e->last_line);
	span(j, "continued_in", e->continued_in);
	ol_json_u64(j, "first_byte", e->first_byte);
	span(j, "host", e->host);
	str(j, "transport", ol_transport_name(e->transport));
	ol_json_bool(j, "complete", !e->parts_missing && !e->counters_missing && !e->truncated);
	ol_json_open(j, "missing", '[');
	for (unsigned p = 0; p < OL_PART_MAX; p++)
		if (e->parts_missing >> p & 1)
			str(j, NULL, ol_part_name((enum ol_part)p));
	for (unsigned c = 0; c < OL_C_MAX; c++)
		if (e->counters_missing >> c & 1)
			missing_counter(j, (enum ol_counter)c);
	ol_json_close(j, ']');
	ol_json_bool(j, "interleaved", e->interleaved);
	ol_json_bool(j, "forged_suspect", e->forged_suspect);
	if (e->quoted)
		ol_json_bool(j, "quoted", true);
	if (e->unknown_prefix)
		ol_json_bool(j, "unknown_prefix", true);
	if (e->truncated)
		ol_json_bool(j, "truncated", true);
	if (e->table_incomplete)
		ol_json_bool(j, "process_table_incomplete", true);
	if (e->withheld.lost)
		ol_json_u64(j, "suppressed_messages", e->withheld.lost);
	if (e->withheld.limited)
		ol_json_u64(j, "ratelimited", e->withheld.limited);
	if (*e->withheld.by)
		span(j, "ratelimited_by", ol_span_str(e->withheld.by));
	ol_json_close(j, '}');
}

static void put_time(struct ol_json *j, const struct ol_oom_event *e)
{
	char wall[40];

	if (e->mono_us == OL_TIME_NONE && e->wall_us == OL_TIME_NONE && !e->stamp.p)
		return;
	ol_json_open(j, "time", '{');
	if (e->mono_us != OL_TIME_NONE)
		ol_json_fixed(j, "monotonic_s", e->mono_us, 6);
	if (e->mono_us != OL_TIME_NONE && e->last_mono_us != OL_TIME_NONE)
		ol_json_fixed(j, "last_monotonic_s", e->last_mono_us, 6);
	if (e->wall_us != OL_TIME_NONE) {
		/*
		 * Most logs do not say their zone. A made-up offset would be wrong by hours without
		 * a sign, so such a time has none, and "zone" warns.
		 */
		ol_time_format(e->wall_us, e->wall_zone, wall);
		ol_json_str(j, "wall", wall);
		if (!e->wall_zone)
			ol_json_str(j, "zone", "unknown");
		if (e->wall_year_inferred)
			ol_json_bool(j, "year_inferred", true);
		if (e->wall_minute)
			ol_json_u64(j, "precision_s", 60);
	}
	/* counts the boots that this input shows for the host; the first has none */
	if (e->boot)
		ol_json_u64(j, "boot", e->boot);
	span(j, "text", e->stamp);
	ol_json_close(j, '}');
}

static void put_kernel(struct ol_json *j, const struct ol_oom_event *e)
{
	static const char *const how[] = {
		[OL_ERA_PRINTED] = "printed",
		[OL_ERA_OPTION] = "option",
		[OL_ERA_INFERRED] = "inferred",
	};
	bool how_known = e->era_how > OL_ERA_NONE && e->era_how <= OL_ERA_INFERRED;

	if (!e->release.s.p && !e->build.s.p && !e->taint.s.p && !e->era && !how_known)
		return;
	ol_json_open(j, "kernel", '{');
	text(j, "release", e->release);
	if (e->release_before)
		ol_json_bool(j, "release_before_event", true);
	text(j, "build", e->build);
	text(j, "taint", e->taint);
	if (e->era)
		str(j, "numbering", ol_gfp_era_name(e->era));
	if (how_known)
		ol_json_str(j, "how", how[e->era_how]);
	ol_json_close(j, '}');
}

static bool has_trigger(const struct ol_oom_event *e)
{
	return e->trigger_comm.s.p || e->trigger_pid.set || e->gfp_mask.set || e->gfp_printed.s.p ||
	       e->gfp_decoded || e->order.set || e->oom_score_adj.set || e->oom_adj.set ||
	       e->cpuset.s.p || e->mems_allowed.s.p || e->nodemask.s.p || e->workqueue.s.p ||
	       e->hardware.s.p || e->trigger_uid.set || e->cpu.set || e->failure.s.p || e->sysrq ||
	       e->stall;
}

static void put_trigger(struct ol_json *j, const struct ol_oom_event *e)
{
	if (!has_trigger(e))
		return;
	ol_json_open(j, "trigger", '{');
	text(j, "comm", e->trigger_comm);
	val(j, "pid", e->trigger_pid);
	val(j, "uid", e->trigger_uid);
	val(j, "cpu", e->cpu);
	if (e->gfp_mask.set)
		hex(j, "gfp_mask", (uint64_t)e->gfp_mask.v);
	if (e->gfp_decoded) {
		ol_json_open(j, "gfp_flags", '[');
		for (ol_gfp_set left = e->gfp; left; left &= left - 1) {
			unsigned f = (unsigned)__builtin_ctzll(left);

			if (f < OL_GFP_MAX)
				str(j, NULL, ol_gfp_flag_name((enum ol_gfp_flag)f));
		}
		ol_json_close(j, ']');
		if (e->era) {
			raw_key(j, "gfp_names");
			ol_out_char(j->o, '"');
			ol_gfp_names(e->era, e->gfp, e->gfp_unknown, j->o);
			ol_out_char(j->o, '"');
		}
		if (e->gfp_unknown)
			hex(j, "gfp_unknown", e->gfp_unknown);
	}
	text(j, "gfp_printed", e->gfp_printed);
	val(j, "order", e->order);
	val(j, "vmalloc_bytes", e->vmalloc_bytes);
	val(j, "oom_score_adj", e->oom_score_adj);
	val(j, "oom_adj", e->oom_adj);
	text(j, "cpuset", e->cpuset);
	text(j, "mems_allowed", e->mems_allowed);
	text(j, "nodemask", e->nodemask);
	text(j, "workqueue", e->workqueue);
	text(j, "hardware", e->hardware);
	text(j, "failure", e->failure);
	if (e->sysrq)
		ol_json_bool(j, "sysrq", true);
	if (e->stall)
		ol_json_bool(j, "stall", true);
	ol_json_close(j, '}');
}

static void put_victims(struct ol_json *j, const struct ol_oom_event *e)
{
	static const char *const why[] = {
		[OL_WHY_CHOSEN] = "chosen",
		[OL_WHY_OOM_GROUP] = "oom_group",
		[OL_WHY_SHARED_MM] = "shared_mm",
		[OL_WHY_CHILD] = "child",
		[OL_WHY_ALLOCATING_TASK] = "allocating_task",
	};

	if (!e->victims.n)
		return;
	ol_json_open(j, "victims", '[');
	for (uint32_t i = 0; i < e->victims.n; i++) {
		const struct ol_victim *v = &e->victims.v[i];

		ol_json_open(j, NULL, '{');
		text(j, "comm", v->comm);
		val(j, "pid", v->pid);
		val(j, "uid", v->uid);
		val(j, "total_vm_kb", v->total_vm_kb);
		val(j, "anon_rss_kb", v->anon_rss_kb);
		val(j, "file_rss_kb", v->file_rss_kb);
		val(j, "shmem_rss_kb", v->shmem_rss_kb);
		val(j, "pgtables_kb", v->pgtables_kb);
		val(j, "rss_kb", v->rss_kb);
		val(j, "oom_score_adj", v->oom_score_adj);
		val(j, "score", v->score);
		if (v->reaped >= 0)
			ol_json_bool(j, "reaped", v->reaped > 0);
		val(j, "reaped_anon_rss_kb", v->reaped_anon_kb);
		val(j, "reaped_file_rss_kb", v->reaped_file_kb);
		val(j, "reaped_shmem_rss_kb", v->reaped_shmem_kb);
		if (v->why > OL_WHY_UNKNOWN && v->why <= OL_WHY_ALLOCATING_TASK)
			ol_json_str(j, "why_killed", why[v->why]);
		ol_json_close(j, '}');
	}
	ol_json_close(j, ']');
}

/* A limit is given as printed; the kernel's way of saying "none" is a number: that is told too. */
static void limit(struct ol_json *j, const char *key, const char *unlimited_key, struct ol_val v)
{
	val(j, key, v);
	if (v.set && v.v >= OL_UNLIMITED_KB)
		ol_json_bool(j, unlimited_key, true);
}

static bool has_memcg(const struct ol_oom_event *e)
{
	return e->oom_memcg.s.p || e->task_memcg.s.p || e->memcg_version || e->usage_kb.set ||
	       e->limit_kb.set || e->failcnt.set || e->memsw_usage_kb.set ||
	       e->memsw_limit_kb.set || e->kmem_usage_kb.set || e->kmem_limit_kb.set ||
	       e->swap_usage_kb.set || e->swap_limit_kb.set || e->min_protection_kb.set ||
	       e->low_protection_kb.set || e->memcg_stats.n || e->memcg_stats_of.s.p ||
	       e->oom_group || e->oom_group_path.s.p || e->memsw_failcnt.set ||
	       e->kmem_failcnt.set || e->swap_failcnt.set;
}

/* Of a dump that prints the counters of more groups than the one whose limit was hit. */
static void put_memcg_members(struct ol_json *j, const struct ol_oom_event *e)
{
	if (e->memcg_members.n < 2)
		return;
	ol_json_open(j, "children", '[');
	for (uint32_t i = 0; i < e->memcg_members.n; i++) {
		const struct ol_memcg_member *m = &e->memcg_members.v[i];

		ol_json_open(j, NULL, '{');
		text(j, "path", m->path);
		ol_json_open(j, "stats", '{');
		ol_json_counters(j, &m->stats, OL_JC_STATS);
		ol_json_close(j, '}');
		ol_json_close(j, '}');
	}
	ol_json_close(j, ']');
}

static void put_memcg(struct ol_json *j, const struct ol_oom_event *e)
{
	if (!has_memcg(e))
		return;
	ol_json_open(j, "memcg", '{');
	text(j, "oom_path", e->oom_memcg);
	text(j, "task_path", e->task_memcg);
	if (e->memcg_version)
		ol_json_i64(j, "version", e->memcg_version);
	val(j, "usage_kb", e->usage_kb);
	limit(j, "limit_kb", "limit_unlimited", e->limit_kb);
	val(j, "failcnt", e->failcnt);
	val(j, "memsw_usage_kb", e->memsw_usage_kb);
	limit(j, "memsw_limit_kb", "memsw_limit_unlimited", e->memsw_limit_kb);
	val(j, "memsw_failcnt", e->memsw_failcnt);
	val(j, "kmem_usage_kb", e->kmem_usage_kb);
	limit(j, "kmem_limit_kb", "kmem_limit_unlimited", e->kmem_limit_kb);
	val(j, "kmem_failcnt", e->kmem_failcnt);
	val(j, "swap_usage_kb", e->swap_usage_kb);
	limit(j, "swap_limit_kb", "swap_limit_unlimited", e->swap_limit_kb);
	val(j, "swap_failcnt", e->swap_failcnt);
	val(j, "min_protection_kb", e->min_protection_kb);
	val(j, "low_protection_kb", e->low_protection_kb);
	if (e->oom_group)
		ol_json_bool(j, "oom_group", true);
	text(j, "oom_group_path", e->oom_group_path);
	text(j, "stats_of", e->memcg_stats_of);
	if (e->memcg_stats.n) {
		ol_json_open(j, "stats", '{');
		ol_json_counters(j, &e->memcg_stats, OL_JC_STATS);
		ol_json_close(j, '}');
	}
	put_memcg_members(j, e);
	ol_json_close(j, '}');
}

static void put_reports(struct ol_json *j, const struct ol_oom_event *e)
{
	if (!e->reports.n)
		return;
	ol_json_open(j, "reports", '[');
	for (uint32_t i = 0; i < e->reports.n; i++) {
		const struct ol_report *r = &e->reports.v[i];

		ol_json_open(j, NULL, '{');
		span(j, "who", r->who);
		ol_json_u64(j, "line", r->line);
		span(j, "text", r->text);
		ol_json_close(j, '}');
	}
	ol_json_close(j, ']');
}

static void put_memory(struct ol_json *j, const struct ol_oom_event *e)
{
	if (!e->memory.n && !e->total_pagecache_pages.set && !e->ram_pages.set &&
	    !e->highmem_pages.set && !e->reserved_pages.set && !e->cma_reserved_pages.set &&
	    !e->hwpoisoned_pages.set && !e->page_kb)
		return;
	ol_json_open(j, "memory", '{');
	ol_json_counters(j, &e->memory, OL_JC_SCALED);
	val(j, "total_pagecache_pages", e->total_pagecache_pages);
	val(j, "ram_pages", e->ram_pages);
	val(j, "highmem_pages", e->highmem_pages);
	val(j, "reserved_pages", e->reserved_pages);
	val(j, "cma_reserved_pages", e->cma_reserved_pages);
	val(j, "hwpoisoned_pages", e->hwpoisoned_pages);
	if (e->page_kb)
		ol_json_u64(j, "page_size_bytes", (uint64_t)e->page_kb * 1024);
	ol_json_close(j, '}');
}

static void put_swap(struct ol_json *j, const struct ol_oom_event *e)
{
	if (!e->swap_total_kb.set && !e->swap_free_kb.set && !e->swap_cache_pages.set &&
	    !e->swap_cache_add.set && !e->swap_cache_delete.set)
		return;
	ol_json_open(j, "swap", '{');
	val(j, "total_kb", e->swap_total_kb);
	val(j, "free_kb", e->swap_free_kb);
	val(j, "cache_pages", e->swap_cache_pages);
	val(j, "cache_add", e->swap_cache_add);
	val(j, "cache_delete", e->swap_cache_delete);
	ol_json_close(j, '}');
}

static void put_nodes(struct ol_json *j, const struct ol_oom_event *e)
{
	if (!e->nodes.n)
		return;
	ol_json_open(j, "nodes", '[');
	for (uint32_t i = 0; i < e->nodes.n; i++) {
		const struct ol_node *n = &e->nodes.v[i];

		ol_json_open(j, NULL, '{');
		if (n->node >= 0)
			ol_json_i64(j, "node", n->node);
		ol_json_counters(j, &n->kv, OL_JC_SCALED);
		if (n->all_unreclaimable >= 0)
			ol_json_bool(j, "all_unreclaimable", n->all_unreclaimable > 0);
		ol_json_close(j, '}');
	}
	ol_json_close(j, ']');
}

static void put_zones(struct ol_json *j, const struct ol_oom_event *e)
{
	if (!e->zones.n)
		return;
	ol_json_open(j, "zones", '[');
	for (uint32_t i = 0; i < e->zones.n; i++) {
		const struct ol_zone *z = &e->zones.v[i];

		ol_json_open(j, NULL, '{');
		if (z->node >= 0)
			ol_json_i64(j, "node", z->node);
		span(j, "zone", z->name);
		ol_json_counters(j, &z->kv, OL_JC_SCALED);
		if (z->all_unreclaimable >= 0)
			ol_json_bool(j, "all_unreclaimable", z->all_unreclaimable > 0);
		if (z->lowmem_reserve.n) {
			ol_json_open(j, "lowmem_reserve_pages", '[');
			for (uint32_t k = 0; k < z->lowmem_reserve.n; k++)
				ol_json_i64(j, NULL, z->lowmem_reserve.v[k]);
			ol_json_close(j, ']');
		}
		ol_json_buddy(j, z);
		val(j, "buddy_total_kb", z->buddy_total_kb);
		ol_json_close(j, '}');
	}
	ol_json_close(j, ']');
}

static void put_hugepages(struct ol_json *j, const struct ol_oom_event *e)
{
	static const struct {
		const char *key;
		enum ol_key id;
	} fields[] = {
		{ "total", OL_K_HUGE_TOTAL },
		{ "free", OL_K_HUGE_FREE },
		{ "surplus", OL_K_HUGE_SURP },
		{ "size_kb", OL_K_HUGE_SIZE },
	};

	if (!e->hugepages.n)
		return;
	ol_json_open(j, "hugepages", '[');
	for (uint32_t i = 0; i < e->hugepages.n; i++) {
		const struct ol_hugepages *h = &e->hugepages.v[i];

		ol_json_open(j, NULL, '{');
		if (h->node >= 0)
			ol_json_i64(j, "node", h->node);
		for (size_t f = 0; f < sizeof(fields) / sizeof(fields[0]); f++) {
			const struct ol_kv *kv = ol_kv_get(&h->kv, fields[f].id);

			if (kv)
				ol_json_u64(j, fields[f].key, kv->v);
		}
		for (uint32_t k = 0; k < h->kv.n; k++) {
			ol_kv_vec one = { .v = &h->kv.v[k], .n = 1 };

			if (one.v->id == OL_K_NONE)
				ol_json_counters(j, &one, OL_JC_SCALED);
		}
		ol_json_close(j, '}');
	}
	ol_json_close(j, ']');
}

static void put_slabs(struct ol_json *j, const struct ol_oom_event *e)
{
	if (e->slabs.n) {
		ol_json_open(j, "slabs", '[');
		for (uint32_t i = 0; i < e->slabs.n; i++) {
			const struct ol_slab_row *r = &e->slabs.v[i];

			ol_json_open(j, NULL, '{');
			span(j, "name", r->name);
			ol_json_u64(j, "used_kb", r->used_kb);
			ol_json_u64(j, "total_kb", r->total_kb);
			ol_json_close(j, '}');
		}
		ol_json_close(j, ']');
	}
	if (e->allocs.n) {
		ol_json_open(j, "allocations", '[');
		for (uint32_t i = 0; i < e->allocs.n; i++) {
			const struct ol_alloc_row *r = &e->allocs.v[i];

			ol_json_open(j, NULL, '{');
			span(j, "site", r->site);
			ol_json_u64(j, "bytes", r->bytes);
			span(j, "size_printed", r->size);
			ol_json_u64(j, "calls", r->calls);
			ol_json_close(j, '}');
		}
		ol_json_close(j, ']');
	}
}

static void put_groups(struct ol_json *j, struct ol_oom_event *e)
{
	struct ol_group *groups;
	uint32_t n;

	if (ol_event_groups(e, &groups, &n) < 0 || !n)
		return;
	ol_json_groups(j, groups, n);
}

static void percent(struct ol_json *j, const char *key, const struct ol_val *v)
{
	if (v->set)
		ol_json_fixed(j, key, v->v, 2);
}

/* By which numbers a program killed. */
static void put_thresholds(struct ol_json *j, const struct ol_oom_event *e)
{
	if (!e->thresholds.n)
		return;
	ol_json_open(j, "thresholds", '[');
	for (uint32_t i = 0; i < e->thresholds.n; i++) {
		const struct ol_threshold *t = &e->thresholds.v[i];

		ol_json_open(j, NULL, '{');
		str(j, "what", ol_measure_name(t->what));
		if (t->of.p)
			ol_json_span(j, "of", t->of);
		val(j, "value_kb", t->value.kb);
		percent(j, "value_percent", &t->value.percent);
		val(j, "value", t->value.plain);
		val(j, "limit_kb", t->limit.kb);
		percent(j, "limit_percent", &t->limit.percent);
		val(j, "limit", t->limit.plain);
		val(j, "total_kb", t->total_kb);
		val(j, "for_s", t->seconds);
		ol_json_close(j, '}');
	}
	ol_json_close(j, ']');
}

void ol_event_json(struct ol_json *j, struct ol_oom_event *e)
{
	ol_json_open(j, NULL, '{');
	if (e->id[0])
		ol_json_span(j, "id", ol_span(e->id, strnlen(e->id, sizeof(e->id))));
	str(j, "kind", ol_event_kind_name(e->kind));
	if (e->consequence_of[0])
		ol_json_str(j, "consequence_of", e->consequence_of);
	put_source(j, e);
	put_time(j, e);
	put_kernel(j, e);
	put_trigger(j, e);
	if (e->constraint != OL_CONSTRAINT_UNKNOWN) {
		str(j, "constraint", ol_constraint_name(e->constraint));
		ol_json_str(j, "constraint_how", e->constraint_printed ? "printed" : "inferred");
	}
	put_victims(j, e);
	if (e->who_killed.s.p || e->userspace_text.s.p) {
		ol_json_open(j, "userspace", '{');
		text(j, "killer", e->who_killed);
		text(j, "text", e->userspace_text);
		if (e->reasons.n) {
			ol_json_open(j, "reasons", '[');
			for (uint32_t i = 0; i < e->reasons.n; i++)
				ol_json_span(j, NULL, e->reasons.v[i].s);
			ol_json_close(j, ']');
		}
		put_thresholds(j, e);
		ol_json_close(j, '}');
	}
	put_reports(j, e);
	text(j, "panic", e->panic);
	put_memcg(j, e);
	if (e->has_container)
		ol_json_container(j, "container", &e->container);
	put_memory(j, e);
	put_swap(j, e);
	put_nodes(j, e);
	put_zones(j, e);
	put_hugepages(j, e);
	put_slabs(j, e);
	ol_json_processes(j, e);
	put_groups(j, e);
	str(j, "trace_class", ol_frame_class_name(e->trace_class));
	ol_json_trace(j, e);
	ol_json_verdict(j, e);
	ol_json_close(j, '}');
}

/* ---- the document ---- */

void ol_explain_json_begin(struct ol_explain_json *x, struct ol_out *o, bool lines)
{
	ol_json_init(&x->j, o);
	x->lines = lines;
	if (lines)
		return;
	ol_json_open(&x->j, NULL, '{');
	ol_json_str(&x->j, "schema", "oomlens.explain/1");
	ol_json_open(&x->j, "events", '[');
}

void ol_explain_json_event(struct ol_explain_json *x, struct ol_oom_event *e)
{
	if (x->lines)
		ol_json_init(&x->j, x->j.o);
	ol_event_json(&x->j, e);
	if (x->lines)
		ol_out_char(x->j.o, '\n');
}

void ol_explain_json_rendered(struct ol_explain_json *x, struct ol_span event)
{
	if (x->lines) {
		ol_out_span(x->j.o, event);
		ol_out_char(x->j.o, '\n');
		return;
	}
	ol_json_raw(&x->j, event);
}

static void put_signs(struct ol_json *j, const struct ol_sign *signs)
{
	if (!signs)
		return;
	ol_json_open(j, "signs", '[');
	for (int k = 0; k < OL_SIGN_MAX; k++) {
		const struct ol_sign *s = &signs[k];

		if (!s->count)
			continue;
		ol_json_open(j, NULL, '{');
		ol_json_str(j, "sign", ol_sign_name((enum ol_sign_kind)k));
		ol_json_u64(j, "count", s->count);
		if (s->at_least)
			ol_json_bool(j, "at_least", true);
		ol_json_u64(j, "first_line", s->first_line);
		ol_json_u64(j, "last_line", s->last_line);
		ol_json_str(j, "text", s->text);
		if (s->where[0]) {
			ol_json_str(j, "waits_in", s->where);
			ol_json_bool(j, "waits_for_io", s->io);
		}
		ol_json_close(j, '}');
	}
	ol_json_close(j, ']');
}

void ol_explain_json_end(struct ol_explain_json *x, const struct ol_explain_file *files,
			 size_t n_files, const struct ol_explain_warning *warnings,
			 size_t n_warnings)
{
	struct ol_json *j = &x->j;

	if (x->lines)
		return;
	ol_json_close(j, ']');
	ol_json_open(j, "input", '{');
	ol_json_open(j, "files", '[');
	for (size_t i = 0; i < n_files; i++) {
		ol_json_open(j, NULL, '{');
		span(j, "name", files[i].name);
		ol_json_u64(j, "bytes", files[i].bytes);
		ol_json_u64(j, "lines", files[i].lines);
		ol_json_u64(j, "events", files[i].events);
		put_signs(j, files[i].signs);
		ol_json_close(j, '}');
	}
	ol_json_close(j, ']');
	ol_json_open(j, "warnings", '[');
	for (size_t i = 0; i < n_warnings; i++) {
		ol_json_open(j, NULL, '{');
		span(j, "file", warnings[i].file);
		if (warnings[i].line)
			ol_json_u64(j, "line", warnings[i].line);
		span(j, "text", warnings[i].text);
		ol_json_close(j, '}');
	}
	ol_json_close(j, ']');
	ol_json_close(j, '}');
	ol_json_close(j, '}');
	ol_out_char(j->o, '\n');
}
