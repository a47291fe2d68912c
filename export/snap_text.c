// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/machine/container.h"
#include "export/snap.h"
#include "export/note_words.h"
#include "export/textfmt.h"
#include "lib/num.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * One screen for somebody who was woken up: what is wrong, where RAM is, what can still be had, and
 * who holds it. --full leaves nothing out.
 */

struct view {
	struct ol_page pg;
	const struct ol_snap *s;
	const struct ol_tick *t;
	bool full;
};

static struct ol_out *para(struct view *v)
{
	return ol_page_para(&v->pg);
}

static void flow(struct view *v, const char *label)
{
	ol_page_flow(&v->pg, label, OL_STYLE_PLAIN);
}

static void put_head(struct view *v)
{
	const struct ol_tick *t = v->t;
	struct ol_out *o = para(v);
	char when[40];

	ol_out_safe(o, t->host[0] ? ol_span_str(t->host) : OL_SPAN("a machine without a name"));
	if (t->release[0]) {
		ol_out_str(o, ", Linux ");
		ol_out_safe(o, ol_span_str(t->release));
	}
	if (t->boot_us != OL_TIME_NONE)
		ol_out_printf(o, ", up %s", ol_fmt_span_us(t->boot_us).s);
	if (t->real_us != OL_TIME_NONE) {
		ol_time_format(t->real_us / 1000000 * 1000000, true, when);
		ol_out_printf(o, ", %s", when);
	}
	ol_page_flow(&v->pg, NULL, OL_STYLE_DIM);
}

static void put_state(struct view *v)
{
	const struct ol_state *st = &v->s->state;
	bool bad = st->id == OL_THRASHING || st->id == OL_NEAR_OOM;
	char words[OL_NOTE_ROOM];

	ol_out_safe(para(v), ol_span_str(ol_note_words(&st->headline, words)));
	ol_page_flow(&v->pg, NULL, bad ? OL_STYLE_ALERT : OL_STYLE_BOLD);
	for (unsigned i = 0; i < st->n; i++) {
		ol_out_safe(para(v), ol_span_str(ol_note_words(&st->evidence[i], words)));
		ol_page_flow(&v->pg, "", OL_STYLE_PLAIN);
	}
}

static void put_ram(struct view *v)
{
	const struct ol_ram *ram = &v->s->ram;
	int order[OL_RAM_MAX], n = 0, shown = 0;
	char title[64];
	int64_t other = 0;

	if (!v->s->has_ram)
		return;
	snprintf(title, sizeof(title), "RAM: %s", ol_fmt_kb(ram->total_kb).s);
	ol_page_heading(&v->pg, title);
	for (int p = 0; p < OL_RAM_MAX; p++) {
		int k;

		if (!ram->has[p])
			continue;
		for (k = n++; k && ram->kb[order[k - 1]] < ram->kb[p]; k--)
			order[k] = order[k - 1];
		order[k] = p;
	}
	for (int k = 0; k < n; k++) {
		int p = order[k];
		bool is_free = p == OL_RAM_FREE;
		bool large =
			ol_tenths_of_percent((uint64_t)ram->kb[p], (uint64_t)ram->total_kb) >= 10;

		if (v->full ? ram->kb[p] > 0 : is_free || (large && shown < 7)) {
			ol_page_part(&v->pg, ol_ram_parts[p].words, (uint64_t)ram->kb[p],
				     (uint64_t)ram->total_kb, NULL);
			shown += !is_free;
		} else {
			other += ram->kb[p];
		}
	}
	if (other)
		ol_page_part(&v->pg, "all other parts together", (uint64_t)other,
			     (uint64_t)ram->total_kb, NULL);
	for (unsigned i = 0; i < ram->n_hints; i++) {
		if (!v->full && ram->hints[i].kb < ram->total_kb / 100)
			continue;
		ol_out_printf(para(v), "unaccounted may hold: %s, at most %s",
			      ol_hint_words(ram->hints[i].id), ol_fmt_kb(ram->hints[i].kb).s);
		ol_page_flow(&v->pg, "", OL_STYLE_DIM);
	}
	if (v->full && ram->overlap_kb) {
		ol_out_printf(para(v),
			      "the counters hold %s more than there is: some count a page twice",
			      ol_fmt_kb(ram->overlap_kb).s);
		ol_page_flow(&v->pg, "", OL_STYLE_DIM);
	}
}

static void put_available(struct view *v)
{
	const struct ol_avail *a = &v->s->avail;
	struct ol_out *o;

	if (!v->s->has_avail)
		return;
	ol_page_heading(&v->pg, "Available to one more program, without swap");
	o = para(v);
	ol_out_printf(o, "%s for certain, %s at most", ol_fmt_kb(a->certain_kb).s,
		      ol_fmt_kb(a->likely_kb).s);
	if (a->likely_kb - a->probable_kb > v->s->ram.total_kb / 100)
		ol_out_printf(o, ", probably %s", ol_fmt_kb(a->probable_kb).s);
	if (a->has_kernel)
		ol_out_printf(o, "; the kernel's MemAvailable says %s%s", ol_fmt_kb(a->kernel_kb).s,
			      a->kernel_too_much             ? ", which is too much"
			      : a->kernel_kb < a->certain_kb ? ", which is too little"
							     : "");
	if (a->has_lowmem)
		ol_out_printf(o, "; kernel memory: %s for certain, %s at most",
			      ol_fmt_kb(a->lowmem_certain_kb).s, ol_fmt_kb(a->lowmem_likely_kb).s);
	ol_page_flow(&v->pg, "", OL_STYLE_PLAIN);
	for (unsigned i = 0; i < a->n; i++) {
		if (!v->full && a->reasons[i].kb < v->s->ram.total_kb / 100)
			continue;
		ol_out_printf(para(v), "%s %s", ol_fmt_kb(a->reasons[i].kb).s,
			      ol_avail_words(a->reasons[i].id));
		flow(v, ol_avail_class_names[ol_avail_defs[a->reasons[i].id].class]);
	}
}

static void put_swap(struct view *v)
{
	const struct ol_tick *t = v->t;
	struct ol_out *o = para(v);

	if (!ol_has(t, OL_M_swap_total_kb))
		return;
	if (!ol_val(t, OL_M_swap_total_kb)) {
		ol_out_str(o, "none");
	} else {
		ol_out_printf(o, "%s, %s of it free", ol_fmt_kb(ol_val(t, OL_M_swap_total_kb)).s,
			      ol_fmt_kb(ol_val(t, OL_M_swap_free_kb)).s);
		for (uint32_t i = 0; i < t->tab[OL_T_SWAP].n; i++) {
			const struct ol_row *r = ol_tick_row(t, OL_T_SWAP, i);

			ol_out_str(o, i ? ", " : " (");
			ol_out_safe(o, ol_tick_span(t, r->name));
			ol_out_printf(o, " %s", ol_fmt_kb(ol_row_val(r, OL_SWAP_size_kb)).s);
		}
		if (t->tab[OL_T_SWAP].n)
			ol_out_char(o, ')');
	}
	flow(v, "swap");
	for (uint32_t i = 0; i < t->tab[OL_T_ZRAM].n; i++) {
		const struct ol_row *r = ol_tick_row(t, OL_T_ZRAM, i);

		if (!v->full && !ol_row_val(r, OL_ZRAM_used_bytes))
			continue;
		o = para(v);
		ol_out_safe(o, ol_tick_span(t, r->name));
		ol_out_printf(
			o, " holds %s in %s",
			ol_fmt_bytes((uint64_t)ol_above0(ol_row_val(r, OL_ZRAM_original_bytes))).s,
			ol_fmt_bytes((uint64_t)ol_above0(ol_row_val(r, OL_ZRAM_used_bytes))).s);
		flow(v, "zram");
	}
}

/*
 *   0 Normal     free 11.2 GiB  min 49 MiB  low 73 MiB  high 98 MiB  [==========|==   ]  order 3: 2
 * %
 */
static void put_zones(struct view *v)
{
	const struct ol_tick *t = v->t;
	enum { GAUGE = 20 };

	if (!t->tab[OL_T_ZONE].n || !t->page_kb)
		return;
	ol_page_heading(&v->pg,
			"Zones            free       min       low      high   m min, h high mark");
	for (uint32_t i = 0; i < t->tab[OL_T_ZONE].n; i++) {
		const struct ol_row *z = ol_tick_row(t, OL_T_ZONE, i);
		int64_t free_kb = ol_mul(ol_above0(ol_row_val(z, OL_ZONE_free_pages)), t->page_kb);
		int64_t min = ol_mul(ol_above0(ol_row_val(z, OL_ZONE_min_pages)), t->page_kb);
		int64_t low = ol_mul(ol_above0(ol_row_val(z, OL_ZONE_low_pages)), t->page_kb);
		int64_t high = ol_mul(ol_above0(ol_row_val(z, OL_ZONE_high_pages)), t->page_kb);
		int64_t scale = ol_max(ol_mul(high, 4), 1);
		int unusable = ol_zone_unusable(z, 3);

		if (!ol_row_val(z, OL_ZONE_managed_pages) && !ol_row_val(z, OL_ZONE_present_pages))
			continue;
		ol_out_printf(v->pg.o, "  %3d ", z->id);
		ol_page_cell(&v->pg, ol_tick_span(t, z->name), 7, OL_CELL_LEFT);
		ol_page_cell_str(&v->pg, ol_fmt_kb(free_kb).s, 10, OL_CELL_RIGHT);
		ol_page_cell_str(&v->pg, ol_fmt_kb(min).s, 10, OL_CELL_RIGHT);
		ol_page_cell_str(&v->pg, ol_fmt_kb(low).s, 10, OL_CELL_RIGHT);
		ol_page_cell_str(&v->pg, ol_fmt_kb(high).s, 10, OL_CELL_RIGHT);
		ol_out_str(v->pg.o, "   [");
		for (int64_t c = 0; c < GAUGE; c++) {
			int64_t at = scale / GAUGE * c, next = scale / GAUGE * (c + 1);

			if (min >= at && min < next)
				ol_out_char(v->pg.o, 'm');
			else if (high >= at && high < next)
				ol_out_char(v->pg.o, 'h');
			else if (free_kb >= next)
				ol_out_char(v->pg.o, '=');
			else
				ol_out_char(v->pg.o, ' ');
		}
		ol_out_char(v->pg.o, ']');
		if (free_kb < min) {
			ol_page_style(&v->pg, OL_STYLE_ALERT);
			ol_out_str(v->pg.o, " below min");
			ol_page_style(&v->pg, OL_STYLE_PLAIN);
		} else if (unusable >= 0) {
			ol_out_printf(v->pg.o, " %d %% below order 3", (unusable + 5) / 10);
		}
		ol_out_char(v->pg.o, '\n');
	}
}

/* Only where there is more than one: else it is the machine again. */
static void put_nodes(struct view *v)
{
	static const struct {
		enum ol_row_field a, b; /* b: added; the same as a: not */
	} cells[] = {
		{ OL_NODE_mem_total_kb, OL_NODE_mem_total_kb },
		{ OL_NODE_mem_free_kb, OL_NODE_mem_free_kb },
		{ OL_NODE_anon_pages_kb, OL_NODE_anon_pages_kb },
		{ OL_NODE_shmem_kb, OL_NODE_shmem_kb },
		{ OL_NODE_active_file_kb, OL_NODE_inactive_file_kb },
		{ OL_NODE_slab_reclaimable_kb, OL_NODE_slab_unreclaimable_kb },
	};
	const struct ol_tick *t = v->t;

	if (t->tab[OL_T_NODE].n < 2)
		return;
	ol_page_heading(&v->pg,
			"Node       size      free anonymous    shared     files      slab");
	for (uint32_t i = 0; i < t->tab[OL_T_NODE].n; i++) {
		const struct ol_row *r = ol_tick_row(t, OL_T_NODE, i);

		ol_out_printf(v->pg.o, "  %3d", r->id);
		for (size_t k = 0; k < sizeof(cells) / sizeof(cells[0]); k++) {
			int64_t kb = ol_above0(ol_row_val(r, cells[k].a));

			if (cells[k].b != cells[k].a)
				kb = ol_add(kb, ol_above0(ol_row_val(r, cells[k].b)));
			ol_page_cell_str(&v->pg, ol_row_has(r, cells[k].a) ? ol_fmt_kb(kb).s : "-",
					 10, OL_CELL_RIGHT);
		}
		ol_out_char(v->pg.o, '\n');
	}
}

static void put_slab(struct view *v)
{
	const struct ol_tick *t = v->t;
	const struct ol_row **rows;
	uint32_t n;

	if (!t->tab[OL_T_SLAB].n)
		return;
	rows = calloc(t->tab[OL_T_SLAB].n, sizeof(*rows));
	if (!rows) {
		v->pg.o->err = -ENOMEM;
		return;
	}
	n = ol_snap_slabs(t, rows);
	ol_page_heading(&v->pg, "Slab cache                     size    objects  used   each");
	for (uint32_t i = 0; i < n && (v->full || i < 5); i++) {
		const struct ol_row *r = rows[i];
		int64_t objects = ol_row_val(r, OL_SLAB_objects);
		int64_t active = ol_row_val(r, OL_SLAB_active_objects);

		if (!objects && v->full)
			continue;
		ol_out_str(v->pg.o, "  ");
		ol_page_cell(&v->pg, ol_tick_span(t, r->name), 24, OL_CELL_LEFT);
		ol_page_cell_str(&v->pg, ol_fmt_kb(ol_row_val(r, OL_SLAB_total_kb)).s, 10,
				 OL_CELL_RIGHT);
		ol_out_printf(v->pg.o, "%11lld %4d %% %6lld", (long long)objects,
			      objects > 0 ? (int)((double)active * 100 / (double)objects + 0.5) : 0,
			      (long long)ol_row_val(r, OL_SLAB_object_bytes));
		if (ol_row_has(r, OL_SLAB_reclaimable))
			ol_out_str(v->pg.o, ol_row_val(r, OL_SLAB_reclaimable) ? "  reclaimable"
									       : "  unreclaimable");
		if (r->text.n) {
			ol_out_str(v->pg.o, "  also ");
			ol_page_cell(&v->pg, ol_tick_span(t, r->text), 30, OL_CELL_LAST);
		}
		ol_out_char(v->pg.o, '\n');
	}
	free(rows);
}

static void put_cgroup_name(struct view *v, const struct ol_cgview *c, unsigned columns)
{
	const struct ol_tick *t = v->t;
	struct ol_span path = ol_tick_span(t, c->row->name);
	struct ol_container in;
	struct ol_out *o = para(v);

	if (c->row->text.n) {
		ol_out_span(o, ol_tick_span(t, c->row->text));
	} else if (ol_container_from_path(path, &in) && in.id.p) {
		ol_out_printf(o, "%s " OL_SPAN_FMT, in.runtime ? in.runtime : "container",
			      OL_SPAN_ARG(ol_span_head(in.id, 12)));
	} else {
		ol_out_span(o, path);
	}
	/* the cell makes it safe */
	ol_page_cell(&v->pg, ol_span(o->buf, o->n), columns, OL_CELL_LEFT);
	v->pg.para.n = 0;
}

static const char *percent(const struct ol_row *r, enum ol_row_field f, char *buf, size_t size)
{
	if (!ol_row_has(r, f))
		return "-";
	snprintf(buf, size, "%.1f%%", (double)ol_row_val(r, f) / 100);
	return buf;
}

/*
 *   docker 4f1c0f7e8a21      1.20G  2.00G  1.05G      0   120M  30.1M  22.0M    2   0.4%   840M
 * self
 */
static void put_cgroups(struct view *v)
{
	static const char *const from[] = { "", "self", "above", "machine" };
	enum { NUMBERS = 76 };
	unsigned name = v->pg.width > NUMBERS + 16 ? v->pg.width - NUMBERS : 16;
	const struct ol_cgview **list;
	uint32_t n, lines = 0;

	if (!v->t->tab[OL_T_CGROUP].n)
		return;
	list = calloc(v->t->tab[OL_T_CGROUP].n, sizeof(*list));
	if (!list) {
		v->pg.o->err = -ENOMEM;
		return;
	}
	if (name > 72)
		name = 72;
	n = ol_snap_listed(v->s, list);
	ol_out_printf(para(v), "%-*s", (int)name + 2, "Container, service");
	ol_out_str(&v->pg.para,
		   "   used  limit   anon shared  cache kernel   (slab) kills  waits   "
		   "room from");
	ol_out_char(&v->pg.para, 0);
	ol_page_heading(&v->pg, v->pg.para.err ? "" : v->pg.para.buf);
	v->pg.para.n = 0;
	for (uint32_t i = 0; i < n; i++) {
		const struct ol_cgview *c = list[i];
		const struct ol_row *r = c->row;
		bool slab = ol_row_has(r, OL_CGROUP_slab_reclaimable_bytes);
		const struct {
			bool has;
			int64_t kb;
			unsigned columns;
		} cells[] = {
			{ c->has_usage, c->usage_kb, 7 },
			{ c->limit_kb != OL_UNLIMITED, c->limit_kb, 7 },
			{ true, c->anon_kb, 7 },
			{ true, c->shmem_kb, 7 },
			{ true, c->cache_kb, 7 },
			{ c->has_kernel, c->kernel_kb, 7 },
			{ slab, ol_above0(ol_row_val(r, OL_CGROUP_slab_reclaimable_bytes)) / 1024,
			  9 },
		};
		char buf[32];

		if (!v->full && (lines >= 6 || (i && !c->usage_kb)))
			break;
		lines++;
		ol_out_str(v->pg.o, "  ");
		put_cgroup_name(v, c, name);
		for (size_t k = 0; k < sizeof(cells) / sizeof(cells[0]); k++)
			ol_page_cell_str(&v->pg,
					 cells[k].has ? ol_fmt_short_kb(cells[k].kb).s : "-",
					 cells[k].columns, OL_CELL_RIGHT);
		if (ol_row_has(r, OL_CGROUP_events_oom_kill))
			ol_out_printf(v->pg.o, "%6lld",
				      (long long)ol_row_val(r, OL_CGROUP_events_oom_kill));
		else
			ol_out_str(v->pg.o, "     -");
		ol_page_cell_str(&v->pg, percent(r, OL_CGROUP_psi_some_avg10, buf, sizeof(buf)), 7,
				 OL_CELL_RIGHT);
		ol_page_cell_str(&v->pg,
				 c->from == OL_FROM_UNKNOWN ? "-" : ol_fmt_short_kb(c->room_kb).s,
				 7, OL_CELL_RIGHT);
		ol_out_printf(v->pg.o, " %s\n", from[c->from]);
	}
	if (lines < n)
		ol_out_printf(v->pg.o, "  and %u more (--full)\n", n - lines);
	ol_out_str(para(v),
		   "(slab): of the kernel memory, dentries, inodes and other slab with a "
		   "shrinker; waits: for memory, last 10 s; room: until a kill; from: whose "
		   "limit that is, its own, one above it, the machine's");
	ol_page_flow(&v->pg, "", OL_STYLE_DIM);
	free(list);
}

static void put_processes(struct view *v)
{
	uint32_t shown = 0;

	if (!v->s->n_folds)
		return;
	ol_page_heading(&v->pg,
			"Processes by command   count  together  anonymous     files    shared   "
			"RSS added up      swap");
	for (uint32_t i = 0; i < v->s->n_folds && (v->full || i < 6); i++, shown++) {
		const struct ol_fold *f = &v->s->folds[i];

		ol_out_str(v->pg.o, "  ");
		ol_page_cell(&v->pg, f->comm, 18, OL_CELL_LEFT);
		ol_out_printf(v->pg.o, "%8u", f->count);
		ol_page_cell_str(&v->pg, ol_fmt_kb(f->total_kb).s, 10, OL_CELL_RIGHT);
		ol_page_cell_str(&v->pg, ol_fmt_kb(f->anon_kb).s, 11, OL_CELL_RIGHT);
		ol_page_cell_str(&v->pg, ol_fmt_kb(f->file_kb).s, 10, OL_CELL_RIGHT);
		ol_page_cell_str(&v->pg, ol_fmt_kb(f->shmem_kb).s, 10, OL_CELL_RIGHT);
		ol_page_cell_str(&v->pg, ol_fmt_kb(f->rss_sum_kb).s, 15, OL_CELL_RIGHT);
		ol_page_cell_str(&v->pg, ol_fmt_kb(f->swap_kb).s, 10, OL_CELL_RIGHT);
		if (f->cgroups > 1)
			ol_out_printf(v->pg.o, "  in %u groups", f->cgroups);
		ol_out_char(v->pg.o, '\n');
	}
	if (shown < v->s->n_folds)
		ol_out_printf(v->pg.o, "  and %u more commands (--full)\n", v->s->n_folds - shown);
}

/* What could not be read, and what it would take. */
static void put_missing(struct view *v)
{
	bool any = false, stuck = false;

	for (int i = 0; i < OL_SRC_MAX; i++)
		stuck |= v->t->src[i].rc == -ETIMEDOUT;
	for (int i = 0; i < OL_SRC_MAX; i++) {
		const struct ol_src_status *st = &v->t->src[i];
		bool denied = st->rc == -EACCES || st->rc == -EPERM || st->denied;

		/* what this kernel does not have is only told in full */
		if ((st->rc == -ECANCELED && !stuck) ||
		    (!st->rc && !st->denied && !st->broken && !st->dropped) ||
		    ((st->rc == -ENOENT || st->rc == -ENOTDIR || st->rc == -EOPNOTSUPP) &&
		     !denied && !st->broken && !st->dropped && !v->full))
			continue;
		if (!any)
			ol_page_heading(&v->pg, "Not in this picture");
		any = true;
		ol_out_printf(para(v), "/%s", ol_sources[i].file);
		if (st->rc)
			ol_out_printf(&v->pg.para, ": %s",
				      st->rc == -ETIMEDOUT   ? "does not answer"
				      : st->rc == -ECANCELED ? "not read any more"
							     : strerror(-st->rc));
		if (st->denied)
			ol_out_printf(&v->pg.para, ": %u files below it could not be read",
				      st->denied);
		if (st->broken)
			ol_out_printf(&v->pg.para, "; %u lines of it make no sense", st->broken);
		if (st->dropped)
			ol_out_printf(&v->pg.para, "; %u rows were too many", st->dropped);
		if ((denied || st->rc == -EOPNOTSUPP) && ol_sources[i].needs[0])
			ol_out_printf(&v->pg.para, "; it takes %s", ol_sources[i].needs);
		flow(v, "");
	}
}

void ol_snap_text(struct ol_out *o, const struct ol_snap *s, const struct ol_snap_style *style)
{
	struct view v = { .s = s, .t = s->now, .full = style->full };

	ol_page_init(&v.pg, o, style->width, style->color, style->utf8);
	put_head(&v);
	put_state(&v);
	put_ram(&v);
	put_available(&v);
	put_swap(&v);
	put_zones(&v);
	put_nodes(&v);
	put_slab(&v);
	put_cgroups(&v);
	put_processes(&v);
	put_missing(&v);
	ol_page_done(&v.pg);
}
