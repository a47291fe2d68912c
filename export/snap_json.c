// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/machine/container.h"
#include "analyze/memory/rates.h"
#include "export/json_rows.h"
#include "export/snap.h"
#include "export/note_words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static void put_metric_value(struct ol_json *j, const char *key, unsigned unit, int64_t v)
{
	if (v == OL_UNLIMITED)
		ol_json_str(j, key, "max");
	else if (unit == OL_UNIT_PCT100)
		ol_json_fixed(j, key, v, 2);
	else if (unit == OL_UNIT_FLAG)
		ol_json_bool(j, key, v != 0);
	else
		ol_json_i64(j, key, v);
}

/* Pages become kB where the page size is known, as everywhere in the JSON of events. */
static void put_field(struct ol_json *j, const struct ol_tick *t, const struct ol_field *f,
		      int64_t v)
{
	size_t n = strlen(f->name);
	char key[64];

	if (f->unit == OL_UNIT_PAGES && t->page_kb && n > 6 && !strcmp(f->name + n - 6, "_pages") &&
	    v < INT64_MAX / 256) {
		snprintf(key, sizeof(key), "%.*s_kb", (int)(n - 6), f->name);
		ol_json_i64(j, key, v * t->page_kb);
		return;
	}
	put_metric_value(j, f->name, f->unit, v);
}

/* Fields @from … @to of a row that are present. */
static void put_fields(struct ol_json *j, const struct ol_tick *t, const struct ol_row *r,
		       enum ol_row_field from, enum ol_row_field to)
{
	for (unsigned f = from; f <= to; f++)
		if (ol_row_has(r, (enum ol_row_field)f))
			put_field(j, t, &ol_row_fields[f], ol_row_val(r, (enum ol_row_field)f));
}

static void put_time(struct ol_json *j, const struct ol_tick *t)
{
	char buf[40];

	ol_json_open(j, "time", '{');
	if (t->real_us != OL_TIME_NONE) {
		ol_time_format(t->real_us, true, buf);
		ol_json_str(j, "wall", buf);
	}
	if (t->boot_us != OL_TIME_NONE)
		ol_json_fixed(j, "since_boot_s", t->boot_us, 6);
	ol_json_close(j, '}');
}

void ol_snap_json_ram(struct ol_json *j, const struct ol_snap *s)
{
	if (!s->has_ram)
		return;
	ol_json_open(j, "ram", '{');
	ol_json_i64(j, "total_kb", s->ram.total_kb);
	ol_json_open(j, "parts", '{');
	for (int p = 0; p < OL_RAM_MAX; p++)
		if (s->ram.has[p])
			ol_json_i64(j, ol_ram_parts[p].key, s->ram.kb[p]);
	ol_json_close(j, '}');
	if (s->ram.overlap_kb)
		ol_json_i64(j, "overlap_kb", s->ram.overlap_kb);
	if (s->ram.has[OL_RAM_FILE_MAPPED])
		ol_json_i64(j, "file_mapped_least_kb", s->ram.mapped_least_kb);
	if (s->ram.n_hints) {
		ol_json_open(j, "unaccounted_hints", '[');
		for (unsigned i = 0; i < s->ram.n_hints; i++) {
			ol_json_open(j, NULL, '{');
			ol_json_str(j, "what", ol_hint_words(s->ram.hints[i].id));
			ol_json_i64(j, "at_most_kb", s->ram.hints[i].kb);
			ol_json_close(j, '}');
		}
		ol_json_close(j, ']');
	}
	ol_json_close(j, '}');
}

void ol_snap_json_available(struct ol_json *j, const struct ol_snap *s)
{
	const struct ol_avail *a = &s->avail;

	if (!s->has_avail)
		return;
	ol_json_open(j, "available", '{');
	if (a->has_kernel)
		ol_json_i64(j, "kernel_kb", a->kernel_kb);
	ol_json_i64(j, "certain_kb", a->certain_kb);
	ol_json_i64(j, "likely_kb", a->likely_kb);
	ol_json_i64(j, "probable_kb", a->probable_kb);
	if (a->has_lowmem) {
		ol_json_open(j, "kernel_requests", '{');
		ol_json_i64(j, "certain_kb", a->lowmem_certain_kb);
		ol_json_i64(j, "likely_kb", a->lowmem_likely_kb);
		ol_json_close(j, '}');
	}
	ol_json_open(j, "reasons", '[');
	for (unsigned i = 0; i < a->n; i++) {
		ol_json_open(j, NULL, '{');
		ol_json_str(j, "what", ol_avail_defs[a->reasons[i].id].name);
		ol_json_str(j, "class",
			    ol_avail_class_names[ol_avail_defs[a->reasons[i].id].class]);
		ol_json_i64(j, "kb", a->reasons[i].kb);
		ol_json_str(j, "text", ol_avail_words(a->reasons[i].id));
		ol_json_close(j, '}');
	}
	ol_json_close(j, ']');
	ol_json_close(j, '}');
}

static void put_swap(struct ol_json *j, const struct ol_tick *t)
{
	ol_json_open(j, "swap", '{');
	if (ol_has(t, OL_M_swap_total_kb))
		ol_json_i64(j, "total_kb", ol_val(t, OL_M_swap_total_kb));
	if (ol_has(t, OL_M_swap_free_kb))
		ol_json_i64(j, "free_kb", ol_val(t, OL_M_swap_free_kb));
	if (t->tab[OL_T_SWAP].n) {
		ol_json_open(j, "devices", '[');
		for (uint32_t i = 0; i < t->tab[OL_T_SWAP].n; i++) {
			const struct ol_row *r = ol_tick_row(t, OL_T_SWAP, i);

			ol_json_open(j, NULL, '{');
			ol_json_span(j, "name", ol_tick_span(t, r->name));
			ol_json_span(j, "type", ol_tick_span(t, r->text));
			put_fields(j, t, r, OL_SWAP_size_kb, OL_SWAP_priority);
			ol_json_close(j, '}');
		}
		ol_json_close(j, ']');
	}
	ol_json_close(j, '}');
}

/* {"memory":{"some_avg10":0.12,…},"io":{…}}: from the metrics called psi_RESOURCE_… */
static void put_psi(struct ol_json *j, const struct ol_tick *t)
{
	static const struct {
		const char *name;
		enum ol_src src;
	} resources[] = { { "memory", OL_SRC_PSI_MEMORY },
			  { "io", OL_SRC_PSI_IO },
			  { "cpu", OL_SRC_PSI_CPU } };

	ol_json_open(j, "psi", '{');
	for (size_t i = 0; i < sizeof(resources) / sizeof(resources[0]); i++) {
		size_t skip = strlen("psi__") + strlen(resources[i].name);

		if (t->src[resources[i].src].rc)
			continue;
		ol_json_open(j, resources[i].name, '{');
		for (int m = 0; m < OL_M_MAX; m++)
			if (ol_metrics[m].of == resources[i].src && ol_has(t, m))
				put_metric_value(j, ol_metrics[m].name + skip, ol_metrics[m].unit,
						 ol_val(t, m));
		ol_json_close(j, '}');
	}
	ol_json_close(j, '}');
}

static void put_zones(struct ol_json *j, const struct ol_tick *t)
{
	ol_json_open(j, "zones", '[');
	for (uint32_t i = 0; i < t->tab[OL_T_ZONE].n; i++) {
		const struct ol_row *z = ol_tick_row(t, OL_T_ZONE, i);
		struct ol_span name = ol_tick_span(t, z->name);
		int64_t kb = 0;

		ol_json_open(j, NULL, '{');
		ol_json_i64(j, "node", z->id);
		ol_json_span(j, "zone", name);
		put_fields(j, t, z, OL_ZONE_free_pages, OL_ZONE_write_pending_pages);
		if (ol_row_has(z, OL_ZONE_protection0_pages)) {
			ol_json_open(j, "lowmem_reserve_pages", '[');
			for (unsigned f = OL_ZONE_protection0_pages;
			     f <= OL_ZONE_protection5_pages && ol_row_has(z, f); f++)
				ol_json_i64(j, NULL, ol_row_val(z, f));
			ol_json_close(j, ']');
		}
		if (ol_row_has(z, OL_ZONE_free_order0)) {
			ol_json_open(j, "buddy", '[');
			for (unsigned o = 0; o < 16 && ol_row_has(z, OL_ZONE_free_order0 + o);
			     o++) {
				ol_json_open(j, NULL, '{');
				ol_json_u64(j, "order", o);
				ol_json_i64(j, "count", ol_row_val(z, OL_ZONE_free_order0 + o));
				if (ol_zone_unusable(z, o) >= 0)
					ol_json_fixed(j, "unusable", ol_zone_unusable(z, o), 3);
				ol_json_close(j, '}');
				if (ol_row_val(z, OL_ZONE_free_order0 + o) < INT64_MAX >> 24)
					kb += (ol_row_val(z, OL_ZONE_free_order0 + o) << o) *
					      t->page_kb;
			}
			ol_json_close(j, ']');
			if (t->page_kb)
				ol_json_i64(j, "buddy_total_kb", kb);
		}
		ol_json_open(j, "eligible_for", '[');
		ol_json_str(j, NULL, "user");
		if (ol_zone_serves_kernel(name))
			ol_json_str(j, NULL, "kernel");
		ol_json_close(j, ']');
		ol_json_close(j, '}');
	}
	ol_json_close(j, ']');
}

static void put_nodes(struct ol_json *j, const struct ol_tick *t)
{
	ol_json_open(j, "nodes", '[');
	for (uint32_t i = 0; i < t->tab[OL_T_NODE].n; i++) {
		const struct ol_row *r = ol_tick_row(t, OL_T_NODE, i);

		ol_json_open(j, NULL, '{');
		ol_json_i64(j, "node", r->id);
		put_fields(j, t, r, OL_NODE_mem_total_kb, OL_NODE_slab_unreclaimable_kb);
		ol_json_close(j, '}');
	}
	ol_json_close(j, ']');
}

static void put_hugepages(struct ol_json *j, const struct ol_tick *t)
{
	ol_json_open(j, "hugepages", '[');
	for (uint32_t i = 0; i < t->tab[OL_T_HUGE].n; i++) {
		const struct ol_row *r = ol_tick_row(t, OL_T_HUGE, i);

		ol_json_open(j, NULL, '{');
		if (r->id >= 0)
			ol_json_i64(j, "node", r->id);
		ol_json_i64(j, "size_kb", r->sub);
		put_fields(j, t, r, OL_HUGE_total, OL_HUGE_surplus);
		ol_json_close(j, '}');
	}
	ol_json_close(j, ']');
}

static void put_zram(struct ol_json *j, const struct ol_tick *t)
{
	ol_json_open(j, "zram", '[');
	for (uint32_t i = 0; i < t->tab[OL_T_ZRAM].n; i++) {
		const struct ol_row *r = ol_tick_row(t, OL_T_ZRAM, i);

		ol_json_open(j, NULL, '{');
		ol_json_span(j, "name", ol_tick_span(t, r->name));
		if (r->text.n)
			ol_json_span(j, "algorithm", ol_tick_span(t, r->text));
		put_fields(j, t, r, OL_ZRAM_disk_bytes, OL_ZRAM_peak_bytes);
		ol_json_close(j, '}');
	}
	ol_json_close(j, ']');
}

static void put_slab(struct ol_json *j, const struct ol_tick *t)
{
	const struct ol_row **rows = calloc(t->tab[OL_T_SLAB].n + 1, sizeof(*rows));
	uint32_t n;

	if (!rows) {
		j->o->err = -ENOMEM;
		return;
	}
	n = ol_snap_slabs(t, rows);
	ol_json_open(j, "slab", '[');
	for (uint32_t i = 0; i < n; i++) {
		struct ol_span rest = ol_tick_span(t, rows[i]->text), alias;

		ol_json_open(j, NULL, '{');
		ol_json_span(j, "name", ol_tick_span(t, rows[i]->name));
		put_fields(j, t, rows[i], OL_SLAB_active_objects, OL_SLAB_accounted);
		if (rest.n) {
			ol_json_open(j, "aliases", '[');
			while (ol_span_token(&rest, &alias))
				ol_json_span(j, NULL, alias);
			ol_json_close(j, ']');
		}
		ol_json_close(j, '}');
	}
	ol_json_close(j, ']');
	free(rows);
}

static void put_cgroup(struct ol_json *j, const struct ol_snap *s, const struct ol_cgview *v)
{
	const struct ol_tick *t = s->now;
	const struct ol_row *r = v->row;
	struct ol_span path = ol_tick_span(t, r->name);
	struct ol_container c;

	ol_json_open(j, NULL, '{');
	ol_json_span(j, "path", path);
	ol_json_i64(j, "version", r->id);
	if (ol_container_from_path(path, &c) || r->text.n) {
		if (r->text.n)
			c.name = ol_tick_span(t, r->text);
		ol_json_container(j, "container", &c);
	}
	if (v->has_usage)
		ol_json_i64(j, "usage_kb", v->usage_kb);
	if (v->limit_kb != OL_UNLIMITED) {
		ol_json_i64(j, "limit_kb", v->limit_kb);
		ol_json_span(
			j, "limit_path",
			ol_tick_span(t, ol_tick_row(t, OL_T_CGROUP, (uint32_t)v->limit_row)->name));
	}
	ol_json_open(j, "parts", '{');
	if (ol_row_has(r, OL_CGROUP_anon_bytes))
		ol_json_i64(j, "anon_kb", v->anon_kb);
	if (ol_row_has(r, OL_CGROUP_shmem_bytes))
		ol_json_i64(j, "shmem_kb", v->shmem_kb);
	if (ol_row_has(r, OL_CGROUP_file_bytes))
		ol_json_i64(j, "file_kb", v->cache_kb);
	if (v->has_kernel)
		ol_json_i64(j, "kernel_kb", v->kernel_kb);
	ol_json_close(j, '}');
	ol_json_i64(j, "reclaimable_kb", v->reclaimable_kb);
	if (ol_oom_from_names[v->from]) {
		ol_json_i64(j, "room_kb", v->room_kb);
		ol_json_str(j, "oom_from", ol_oom_from_names[v->from]);
		if (v->from_row >= 0)
			ol_json_span(
				j, "oom_from_path",
				ol_tick_span(
					t,
					ol_tick_row(t, OL_T_CGROUP, (uint32_t)v->from_row)->name));
	}
	ol_json_open(j, "psi", '{');
	put_fields(j, t, r, OL_CGROUP_psi_some_avg10, OL_CGROUP_psi_full_total_us);
	ol_json_close(j, '}');
	ol_json_open(j, "events", '{');
	put_fields(j, t, r, OL_CGROUP_events_low, OL_CGROUP_local_oom_kill);
	ol_json_close(j, '}');
	ol_json_open(j, "memory", '{');
	put_fields(j, t, r, OL_CGROUP_current_bytes, OL_CGROUP_pgmajfault);
	put_fields(j, t, r, OL_CGROUP_oom_group, OL_CGROUP_processes);
	ol_json_close(j, '}');
	ol_json_close(j, '}');
}

static void put_cgroups(struct ol_json *j, const struct ol_snap *s)
{
	ol_json_open(j, "cgroups", '[');
	for (uint32_t i = 0; i < s->now->tab[OL_T_CGROUP].n; i++)
		put_cgroup(j, s, &s->views[i]);
	ol_json_close(j, ']');
}

static void put_processes(struct ol_json *j, const struct ol_snap *s)
{
	ol_json_open(j, "processes", '[');
	for (uint32_t i = 0; i < s->n_folds; i++) {
		const struct ol_fold *f = &s->folds[i];

		ol_json_open(j, NULL, '{');
		ol_json_span(j, "comm", f->comm);
		if (f->cgroup.n)
			ol_json_span(j, "cgroup", f->cgroup);
		else if (f->cgroups > 1)
			ol_json_u64(j, "cgroups", f->cgroups);
		ol_json_u64(j, "count", f->count);
		ol_json_i64(j, "total_kb", f->total_kb);
		ol_json_str(j, "shared", f->has_pss ? "exact" : "estimated");
		ol_json_i64(j, "anon_kb", f->anon_kb);
		ol_json_i64(j, "file_kb", f->file_kb);
		ol_json_i64(j, "shmem_kb", f->shmem_kb);
		ol_json_i64(j, "rss_sum_kb", f->rss_sum_kb);
		ol_json_i64(j, "shared_kb", f->shared_kb);
		ol_json_i64(j, "swap_kb", f->swap_kb);
		ol_json_i64(j, "largest_kb", f->largest_kb);
		ol_json_i64(j, "largest_pid", f->largest_pid);
		if (f->score_max >= 0)
			ol_json_i64(j, "oom_score_max", f->score_max);
		ol_json_close(j, '}');
	}
	ol_json_close(j, ']');
}

static const char *status_word(int rc)
{
	switch (rc) {
	case 0:
		return "ok";
	case -ENOENT:
	case -ENOTDIR:
		return "absent";
	case -EACCES:
	case -EPERM:
		return "denied";
	case -EOPNOTSUPP:
		return "off";
	case -ECANCELED:
		return "not asked";
	default:
		return "error";
	}
}

static void put_sources(struct ol_json *j, const struct ol_tick *t)
{
	ol_json_open(j, "sources", '{');
	for (int i = 0; i < OL_SRC_MAX; i++) {
		const struct ol_src_status *st = &t->src[i];

		ol_json_open(j, ol_sources[i].name, '{');
		ol_json_str(j, "file", ol_sources[i].file);
		ol_json_str(j, "status", status_word(st->rc));
		if (!strcmp(status_word(st->rc), "error"))
			ol_json_str(j, "error",
				    st->rc == -ETIMEDOUT ? "does not answer" : strerror(-st->rc));
		if (st->rc && st->rc != -ECANCELED && ol_sources[i].needs[0])
			ol_json_str(j, "needs", ol_sources[i].needs);
		if (st->broken)
			ol_json_u64(j, "broken", st->broken);
		if (st->dropped)
			ol_json_u64(j, "dropped", st->dropped);
		if (st->denied)
			ol_json_u64(j, "denied", st->denied);
		ol_json_close(j, '}');
	}
	ol_json_close(j, '}');
}

static void put_state(struct ol_json *j, const struct ol_snap *s)
{
	const struct ol_state *st = &s->state;
	char words[OL_NOTE_ROOM];

	ol_json_open(j, "verdict", '{');
	ol_json_str(j, "state", ol_state_names[st->id]);
	if (st->where)
		ol_json_str(j, "where", st->where);
	if (st->cgroup >= 0)
		ol_json_span(
			j, "cgroup",
			ol_tick_span(s->now,
				     ol_tick_row(s->now, OL_T_CGROUP, (uint32_t)st->cgroup)->name));
	ol_json_str(j, "headline", ol_note_words(&st->headline, words));
	ol_json_open(j, "evidence", '[');
	for (unsigned i = 0; i < st->n; i++)
		ol_json_str(j, NULL, ol_note_words(&st->evidence[i], words));
	ol_json_close(j, ']');
	ol_json_close(j, '}');
}

void ol_snap_json(struct ol_json *j, const struct ol_snap *s)
{
	const struct ol_tick *t = s->now;

	ol_json_open(j, NULL, '{');
	ol_json_str(j, "schema", "oomlens.snap/1");
	put_time(j, t);
	if (t->host[0])
		ol_json_str(j, "host", t->host);
	if (t->release[0])
		ol_json_str(j, "kernel", t->release);
	if (t->page_kb)
		ol_json_u64(j, "page_size_bytes", (uint64_t)t->page_kb * 1024);
	put_state(j, s);
	ol_snap_json_ram(j, s);
	ol_snap_json_available(j, s);
	put_swap(j, t);
	put_psi(j, t);
	put_zones(j, t);
	put_nodes(j, t);
	put_hugepages(j, t);
	put_zram(j, t);
	put_slab(j, t);
	put_cgroups(j, s);
	put_processes(j, s);
	ol_json_open(j, "metrics", '{');
	for (int m = 0; m < OL_M_MAX; m++)
		if (ol_has(t, m))
			put_metric_value(j, ol_metrics[m].name, ol_metrics[m].unit, ol_val(t, m));
	ol_json_close(j, '}');
	put_sources(j, t);
	ol_json_close(j, '}');
}

static void put_rates(struct ol_json *j, const struct ol_snap *s)
{
	double seconds = ol_tick_seconds(s->old, s->now);
	int64_t d;

	ol_json_open(j, "rates", '{');
	for (int m = 0; seconds > 0 && m < OL_M_MAX; m++) {
		char key[80];

		if (ol_metrics[m].kind != OL_KIND_COUNTER || !ol_delta(s->old, s->now, m, &d))
			continue;
		snprintf(key, sizeof(key), "%s_per_s", ol_metrics[m].name);
		ol_json_fixed(j, key, (int64_t)((double)d * 1000 / seconds + 0.5), 3);
	}
	ol_json_close(j, '}');
}

void ol_tick_json(struct ol_json *j, const struct ol_snap *s, const char *rows)
{
	ol_json_open(j, NULL, '{');
	ol_json_str(j, "schema", "oomlens.tick/1");
	put_time(j, s->now);
	put_state(j, s);
	ol_snap_json_ram(j, s);
	ol_snap_json_available(j, s);
	put_swap(j, s->now);
	put_psi(j, s->now);
	put_rates(j, s);
	if (!strcmp(rows, "slab"))
		put_slab(j, s->now);
	else if (!strcmp(rows, "groups"))
		put_cgroups(j, s);
	else if (!strcmp(rows, "zones"))
		put_zones(j, s->now);
	else if (!strcmp(rows, "processes"))
		put_processes(j, s);
	ol_json_close(j, '}');
}
