// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/watch.h"
#include "analyze/rates.h"
#include "lib/num.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const char *const ol_wall_names[] = { "none", "limit", "ancestor", "machine", "lowmem" };
const char *const ol_pattern_names[] = { "flat",     "steady",   "steps",
					 "doubling", "sawtooth", "irregular" };

int ol_watch_init(struct ol_watch *w, const struct ol_watch_subject *subject)
{
	*w = (struct ol_watch){ .subject = *subject, .every = 1 };
	w->first = ol_tick_new(NULL);
	w->peak_tick = ol_tick_new(NULL);
	w->v = calloc(OL_WATCH_SAMPLES, sizeof(*w->v));
	if (subject->cgroup.p) {
		w->path = malloc(subject->cgroup.n + 1);
		if (w->path) {
			memcpy(w->path, subject->cgroup.p, subject->cgroup.n);
			w->subject.cgroup.p = w->path;
		}
	}
	if (w->first && w->peak_tick && w->v && (w->path || !subject->cgroup.p))
		return 0;
	ol_watch_done(w);
	return -ENOMEM;
}

void ol_watch_done(struct ol_watch *w)
{
	ol_tick_free(w->first);
	ol_tick_free(w->peak_tick);
	free(w->v);
	free(w->path);
	*w = (struct ol_watch){ 0 };
}

/* ---- one look ---- */

static const struct ol_cgview *group_of(const struct ol_watch *w, const struct ol_snap *s)
{
	for (uint32_t i = 0; w->subject.cgroup.p && i < s->now->tab[OL_T_CGROUP].n; i++) {
		const struct ol_row *r = s->views[i].row;

		if (r->id == w->subject.version &&
		    ol_span_eq(ol_tick_span(s->now, r->name), w->subject.cgroup))
			return &s->views[i];
	}
	return NULL;
}

static bool below(struct ol_span path, struct ol_span group)
{
	return ol_span_starts(path, group) &&
	       (path.n == group.n || group.n == 1 || path.p[group.n] == '/');
}

/*
 * Bit per row of OL_T_PROC that belongs to the subject. Children mostly have larger pids than their
 * parents, so few passes find a whole tree.
 */
static uint8_t *members(const struct ol_watch *w, const struct ol_tick *t)
{
	uint32_t n = t->tab[OL_T_PROC].n;
	uint8_t *in = calloc(n + 1, 1);
	bool more = in != NULL;

	for (int pass = 0; more && pass < 64; pass++) {
		more = false;
		for (uint32_t i = 0; i < n; i++) {
			const struct ol_row *p = ol_tick_row(t, OL_T_PROC, i);

			if (in[i])
				continue;
			if (w->subject.cgroup.p) {
				in[i] = below(ol_tick_span(t, p->text), w->subject.cgroup);
				continue;
			}
			in[i] = p->id == w->subject.pid;
			for (uint32_t k = 0; !in[i] && k < n; k++)
				in[i] = in[k] && ol_tick_row(t, OL_T_PROC, k)->id == p->sub;
			more |= in[i];
		}
	}
	return in;
}

static void take_processes(struct ol_watch *w, const struct ol_tick *t, struct ol_watch_sample *m,
			   bool has_group)
{
	uint8_t *in = members(w, t);
	int64_t file = 0, shmem = 0, anon = 0;

	for (uint32_t i = 0; in && i < t->tab[OL_T_PROC].n; i++) {
		const struct ol_row *p = ol_tick_row(t, OL_T_PROC, i);
		int64_t own = ol_row_has(p, OL_PROC_rss_anon_kb)
				      ? ol_row_val(p, OL_PROC_rss_anon_kb)
				      : ol_row_val(p, OL_PROC_rss_kb);

		if (!in[i])
			continue;
		anon = ol_add(anon, own);
		file = ol_max(file, ol_row_val(p, OL_PROC_rss_file_kb));
		shmem = ol_max(shmem, ol_row_val(p, OL_PROC_rss_shmem_kb));
		if (own < m->largest_kb)
			continue;
		m->largest_kb = own;
		if (own >= w->peak.largest_kb) {
			struct ol_span comm =
				ol_span_head(ol_tick_span(t, p->name), sizeof(w->largest_comm) - 1);

			memcpy(w->largest_comm, comm.p ? comm.p : "", comm.n);
			w->largest_comm[comm.n] = 0;
			w->largest_pid = p->id;
		}
	}
	free(in);
	if (!has_group) {
		m->anon_kb = anon;
		m->file_kb = ol_add(file, shmem);
		m->total_kb = ol_add(anon, m->file_kb);
	}
}

static void take_group(struct ol_watch *w, const struct ol_cgview *g, struct ol_watch_sample *m)
{
	const struct ol_row *r = g->row;

	m->anon_kb = g->anon_kb;
	m->file_kb = g->cache_kb + g->shmem_kb;
	m->total_kb = g->usage_kb;
	w->has_slab = ol_row_has(r, OL_CGROUP_slab_reclaimable_bytes);
	m->slab_kb = (ol_row_val(r, OL_CGROUP_slab_reclaimable_bytes) +
		      ol_row_val(r, OL_CGROUP_slab_unreclaimable_bytes)) /
		     1024;
	w->has_kernel = g->has_kernel;
	if (!w->has_slab && g->has_kernel)
		m->slab_kb = g->kernel_kb;
	if (g->from == OL_FROM_SELF)
		m->room[OL_WALL_SELF] = g->room_kb;
	else if (g->from == OL_FROM_ANCESTOR)
		m->room[OL_WALL_ANCESTOR] = g->room_kb;
	w->has_events =
		ol_row_has(r, OL_CGROUP_events_oom_kill) || ol_row_has(r, OL_CGROUP_events_max);
	w->events_max = ol_row_val(r, OL_CGROUP_events_max);
	w->events_high = ol_row_val(r, OL_CGROUP_events_high);
	w->kills = ol_row_val(r, OL_CGROUP_events_oom_kill);
	w->has_psi = ol_row_has(r, OL_CGROUP_psi_some_total_us);
	w->psi_some_us = ol_row_val(r, OL_CGROUP_psi_some_total_us);
	w->psi_full_us = ol_row_val(r, OL_CGROUP_psi_full_total_us);
	w->refaults = ol_row_val(r, OL_CGROUP_refault_file) + ol_row_val(r, OL_CGROUP_refault_anon);
}

static void take_machine(struct ol_watch *w, const struct ol_snap *s, struct ol_watch_sample *m,
			 bool has_group)
{
	const struct ol_tick *t = s->now;
	int64_t d;

	m->machine_slab_kb =
		ol_add(ol_val(t, OL_M_slab_reclaimable_kb), ol_val(t, OL_M_slab_unreclaimable_kb));
	m->dentries = ol_val(t, OL_M_dentries);
	m->inodes = ol_val(t, OL_M_inodes);
	if (s->has_avail) {
		m->room[OL_WALL_MACHINE] = ol_add(s->avail.likely_kb, ol_val(t, OL_M_swap_free_kb));
		if (s->avail.has_lowmem)
			m->room[OL_WALL_LOWMEM] = s->avail.lowmem_likely_kb;
	}
	/* a group has its own figures only where the kernel keeps them (PSI: version 2) */
	if (w->n || w->skipped) {
		if (!w->has_psi && ol_delta(w->first, t, OL_M_psi_memory_some_total_us, &d)) {
			w->psi_of_machine = true;
			w->psi_some_us = d;
			if (ol_delta(w->first, t, OL_M_psi_memory_full_total_us, &d))
				w->psi_full_us = d;
		}
		if (!has_group && ol_delta(w->first, t, OL_M_refault_file, &d))
			w->refaults = d;
	}
}

static void raise(int64_t *peak, int64_t v)
{
	if (v > *peak)
		*peak = v;
}

/* A long run keeps every second, fourth, … tick, so that its shape stays. */
static void keep(struct ol_watch *w, const struct ol_watch_sample *m)
{
	if (w->n_recent == sizeof(w->recent) / sizeof(w->recent[0])) {
		memmove(&w->recent[0], &w->recent[1], sizeof(w->recent) - sizeof(w->recent[0]));
		w->n_recent--;
	}
	w->recent[w->n_recent++] = *m;
	if (w->skipped + 1 < w->every) {
		w->skipped++;
		return;
	}
	w->skipped = 0;
	if (w->n == OL_WATCH_SAMPLES) {
		for (uint32_t i = 0; i < OL_WATCH_SAMPLES / 2; i++)
			w->v[i] = w->v[2 * i];
		w->n = OL_WATCH_SAMPLES / 2;
		w->every *= 2;
	}
	w->v[w->n++] = *m;
}

static void copy_tick(struct ol_tick *to, const struct ol_tick *from)
{
	char *rows[OL_T_MAX], *names = to->names;

	for (int i = 0; i < OL_T_MAX; i++) {
		rows[i] = to->tab[i].rows;
		memcpy(rows[i], from->tab[i].rows, (size_t)from->tab[i].n * from->tab[i].stride);
	}
	memcpy(names, from->names, from->names_n);
	*to = *from;
	for (int i = 0; i < OL_T_MAX; i++)
		to->tab[i].rows = rows[i];
	to->names = names;
}

int ol_watch_tick(struct ol_watch *w, const struct ol_snap *s)
{
	const struct ol_cgview *g = group_of(w, s);
	struct ol_watch_sample m = { .boot_us = s->now->boot_us };
	bool first = !w->n && !w->n_recent;

	for (int i = 0; i <= OL_WALL_LOWMEM; i++)
		m.room[i] = -1;
	if (first)
		copy_tick(w->first, s->now);
	if (g)
		take_group(w, g, &m);
	take_processes(w, s->now, &m, g != NULL);
	take_machine(w, s, &m, g != NULL);
	if (m.total_kb > w->peak.total_kb) {
		copy_tick(w->peak_tick, s->now);
		w->at_peak = m;
	}
	raise(&w->peak.anon_kb, m.anon_kb);
	raise(&w->peak.file_kb, m.file_kb);
	raise(&w->peak.slab_kb, m.slab_kb);
	raise(&w->peak.total_kb, m.total_kb);
	raise(&w->peak.largest_kb, m.largest_kb);
	raise(&w->peak.machine_slab_kb, m.machine_slab_kb);
	w->last = m;
	w->now = s->now;
	keep(w, &m);
	return 0;
}

bool ol_watch_gone(const struct ol_watch *w)
{
	return !w->last.total_kb && !w->last.largest_kb;
}

/* ---- where it leads ---- */

struct line {
	double slope, se; /* per second */
	double at_end; /* of the line, at the last sample */
	double r2;
};

static bool fit(const struct ol_watch_sample *v, uint32_t n, int64_t (*of)(const void *, int),
		int arg, struct line *ret)
{
	double mean_t = 0, mean_y = 0, stt = 0, sty = 0, syy = 0, rest, t0;

	if (n < 4)
		return false;
	t0 = (double)v[0].boot_us;
	for (uint32_t i = 0; i < n; i++) {
		mean_t += ((double)v[i].boot_us - t0) / 1e6 / n;
		mean_y += (double)of(&v[i], arg) / n;
	}
	for (uint32_t i = 0; i < n; i++) {
		double t = ((double)v[i].boot_us - t0) / 1e6 - mean_t;
		double y = (double)of(&v[i], arg) - mean_y;

		stt += t * t;
		sty += t * y;
		syy += y * y;
	}
	if (stt <= 0)
		return false;
	ret->slope = sty / stt;
	rest = syy - ret->slope * sty;
	ret->se = rest > 0 ? sqrt(rest / (n - 2) / stt) : 0;
	ret->r2 = syy > 0 ? 1 - rest / syy : 1;
	ret->at_end = mean_y + ret->slope * (((double)v[n - 1].boot_us - t0) / 1e6 - mean_t);
	return true;
}

static int64_t room_of(const void *s, int wall)
{
	return ((const struct ol_watch_sample *)s)->room[wall];
}

static int64_t largest_of(const void *s, int unused)
{
	(void)unused;
	return ((const struct ol_watch_sample *)s)->largest_kb;
}

void ol_watch_forecast(const struct ol_watch *w, struct ol_forecast *ret)
{
	struct ol_forecast best = { .wall = OL_WALL_NONE };

	for (int wall = OL_WALL_SELF; wall <= OL_WALL_LOWMEM; wall++) {
		const struct ol_watch_sample *v = w->recent;
		uint32_t n = w->n_recent;
		struct ol_forecast f = { .wall = wall };
		struct line l;

		while (n && v->room[wall] < 0) {
			v++;
			n--;
		}
		/* the last half minute, or 16 ticks where these are longer */
		while (n > 16 && v[n - 1].boot_us - v[0].boot_us > 30000000) {
			v++;
			n--;
		}
		if (!fit(v, n, room_of, wall, &l) || l.slope >= 0)
			continue;
		/* a slope that could as well be none, or takes more than a week, is no forecast */
		f.room_kb = ol_max(v[n - 1].room[wall], 0);
		f.kb_per_s = -l.slope;
		f.seconds = (double)f.room_kb / f.kb_per_s;
		if (f.kb_per_s < 2 * l.se || f.seconds > 7 * 86400.0)
			continue;
		f.early = (double)f.room_kb / (f.kb_per_s + 2 * l.se);
		f.late = f.kb_per_s > 2 * l.se * 1.0001
				 ? (double)f.room_kb / (f.kb_per_s - 2 * l.se)
				 : -1;
		if (best.wall == OL_WALL_NONE || f.seconds < best.seconds)
			best = f;
	}
	*ret = best;
}

/*
 * The shape of the largest process's anonymous memory. A buffer that is appended to by realloc()
 * grows in jumps to about twice its size; a leak grows by the same all the time; a garbage
 * collector makes a saw.
 */
enum ol_pattern ol_watch_pattern(const struct ol_watch *w)
{
	int64_t top = 0, growth = 0, large = 0, mean;
	uint32_t falls = 0, doublings = 0, n = w->n, jumps = 0;
	struct line l;

	/* the end, when the process goes away, is no fall */
	while (n && w->v[n - 1].largest_kb * 4 < w->peak.largest_kb)
		n--;
	if (n < 5 || w->peak.largest_kb < 8 * 1024)
		return OL_PATTERN_FLAT;
	for (uint32_t i = 1; i < n; i++) {
		int64_t a = w->v[i - 1].largest_kb, b = w->v[i].largest_kb;

		top = ol_max(top, a);
		if (b > a)
			growth += b - a;
		if (a - b > top / 5)
			falls++;
		if (a > 1024 && b > a + a * 6 / 10)
			doublings++;
	}
	if (growth < w->peak.largest_kb / 4)
		return OL_PATTERN_FLAT;
	if (falls >= 3)
		return OL_PATTERN_SAWTOOTH;
	mean = growth / (n - 1);
	for (uint32_t i = 1; i < n; i++) {
		int64_t d = w->v[i].largest_kb - w->v[i - 1].largest_kb;

		if (d > 4 * mean) {
			jumps++;
			large += d;
		}
	}
	if (doublings >= 3 && large > growth / 2)
		return OL_PATTERN_DOUBLING;
	if (fit(w->v, n, largest_of, 0, &l) && l.r2 > 0.97)
		return OL_PATTERN_STEADY;
	if (jumps >= 2 && large > growth * 8 / 10)
		return OL_PATTERN_STEPS;
	return OL_PATTERN_IRREGULAR;
}

/* ---- slab ---- */

static int by_growth(const void *a, const void *b)
{
	const struct ol_slab_growth *x = a, *y = b;

	return x->kb != y->kb ? (x->kb < y->kb ? 1 : -1) : (x->objects < y->objects) * 2 - 1;
}

uint32_t ol_watch_slabs(const struct ol_watch *w, const struct ol_tick *now,
			struct ol_slab_growth *ret, uint32_t max)
{
	uint32_t rows = now->tab[OL_T_SLAB].n, n = 0;
	struct ol_slab_growth *all = calloc(rows + 1, sizeof(*all));
	int64_t chargeable = 0;

	for (uint32_t i = 0; all && i < rows; i++) {
		const struct ol_row *r = ol_tick_row(now, OL_T_SLAB, i);
		struct ol_slab_growth g = { .name = ol_tick_span(now, r->name) };
		const struct ol_row *b = ol_tick_find(w->first, OL_T_SLAB, g.name, r->id, r->sub);

		g.objects = ol_row_val(r, OL_SLAB_active_objects) -
			    (b ? ol_row_val(b, OL_SLAB_active_objects) : 0);
		g.kb = ol_row_val(r, OL_SLAB_total_kb) - (b ? ol_row_val(b, OL_SLAB_total_kb) : 0);
		g.charged = ol_row_has(r, OL_SLAB_accounted) && !ol_row_val(r, OL_SLAB_accounted)
				    ? "other"
				    : "unknown";
		if (g.kb <= 0)
			continue;
		if (!strcmp(g.charged, "unknown"))
			chargeable = ol_add(chargeable, g.kb);
		all[n++] = g;
	}
	if (!all)
		return 0;
	/* the kernel says how much slab is charged to the group, not of which cache */
	for (uint32_t i = 0; i < n; i++)
		if (!strcmp(all[i].charged, "unknown") && (w->has_slab || w->has_kernel)) {
			if (w->peak.slab_kb > chargeable / 10 * 7)
				all[i].charged = "self";
			else if (w->peak.slab_kb < chargeable / 10)
				all[i].charged = "other";
		}
	qsort(all, n, sizeof(*all), by_growth);
	n = n < max ? n : max;
	memcpy(ret, all, n * sizeof(*ret));
	free(all);
	return n;
}
