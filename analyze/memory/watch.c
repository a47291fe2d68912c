// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/memory/watch.h"
#include "analyze/memory/rates.h"
#include "lib/num.h"

#include <errno.h>
#include <stdlib.h>

const char *const ol_wall_names[] = { "none", "limit", "ancestor", "machine", "lowmem" };
const char *const ol_pattern_names[] = { "flat",     "steady",   "steps",
					 "doubling", "sawtooth", "irregular" };

int ol_watch_init(struct ol_watch *w, const struct ol_watch_subject *subject)
{
	*w = (struct ol_watch){ .subject = *subject, .every = 1, .pss_share = 1, .held = -1 };
	w->limit_kb = OL_UNLIMITED;
	w->first = ol_tick_new(NULL);
	w->peak_tick = ol_tick_new(NULL);
	w->slab_tick = ol_tick_new(NULL);
	w->v = calloc(OL_WATCH_SAMPLES, sizeof(*w->v));
	if (subject->cgroup.p) {
		w->path = malloc(subject->cgroup.n + 1);
		if (w->path) {
			memcpy(w->path, subject->cgroup.p, subject->cgroup.n);
			w->subject.cgroup.p = w->path;
		}
	}
	if (w->first && w->peak_tick && w->slab_tick && w->v && (w->path || !subject->cgroup.p))
		return 0;
	ol_watch_done(w);
	return -ENOMEM;
}

void ol_watch_done(struct ol_watch *w)
{
	ol_tick_free(w->first);
	ol_tick_free(w->peak_tick);
	ol_tick_free(w->slab_tick);
	free(w->peak_in);
	free(w->v);
	free(w->path);
	free(w->in);
	free(w->ids);
	free(w->known);
	*w = (struct ol_watch){ 0 };
}

/* ---- who belongs to it ---- */

static int by_pid(const void *a, const void *b)
{
	const struct ol_watch_id *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static const struct ol_watch_id *find_id(const struct ol_watch_id *v, uint32_t n, int32_t pid)
{
	struct ol_watch_id key = { .pid = pid };

	return n ? bsearch(&key, v, n, sizeof(*v), by_pid) : NULL;
}

static bool room_for(struct ol_watch *w, uint32_t n)
{
	uint32_t cap = w->in_cap ? w->in_cap : 512;
	struct ol_watch_id *ids, *known;
	uint8_t *in, *peak_in;

	if (n <= w->in_cap)
		return true;
	while (cap < n)
		cap *= 2;
	in = realloc(w->in, cap);
	w->in = in ? in : w->in;
	peak_in = realloc(w->peak_in, cap);
	w->peak_in = peak_in ? peak_in : w->peak_in;
	ids = realloc(w->ids, cap * sizeof(*ids));
	w->ids = ids ? ids : w->ids;
	known = realloc(w->known, cap * sizeof(*known));
	w->known = known ? known : w->known;
	if (!in || !peak_in || !ids || !known)
		return false;
	w->in_cap = cap;
	return true;
}

static bool below(struct ol_span path, struct ol_span group)
{
	return ol_span_starts(path, group) &&
	       (path.n == group.n || group.n == 1 || path.p[group.n] == '/');
}

/*
 * Up the parents of @id until one says yes or no. The tree may be broken: it was not read in one
 * moment, so parents can be missing and could even form a ring.
 */
static bool in_tree(struct ol_watch *w, uint32_t n, const struct ol_watch_id *id)
{
	const struct ol_watch_id *up = id, *was;
	enum { NO = 2 };
	uint8_t answer = NO;

	for (uint32_t hops = 0; up && hops < n; hops++) {
		if (w->in[up->row]) {
			answer = w->in[up->row];
			break;
		}
		was = find_id(w->known, w->n_known, up->pid);
		if (up->pid == w->subject.pid || (was && was->start == up->start) ||
		    (w->subject.reaper > 0 && up->parent == w->subject.reaper)) {
			answer = 1;
			break;
		}
		up = find_id(w->ids, n, up->parent);
	}
	/* the way up gives all of them the same answer */
	for (const struct ol_watch_id *p = id; p && p != up && !w->in[p->row];
	     p = find_id(w->ids, n, p->parent))
		w->in[p->row] = answer;
	w->in[id->row] = answer;
	return answer == 1;
}

const uint8_t *ol_watch_members(struct ol_watch *w, const struct ol_tick *t)
{
	uint32_t n = t->tab[OL_T_PROC].n, known = 0;

	if (!room_for(w, n + 1))
		return NULL;
	memset(w->in, 0, n + 1);
	w->n_in = 0;
	for (uint32_t i = 0; i < n; i++) {
		const struct ol_row *p = ol_tick_row(t, OL_T_PROC, i);

		w->ids[i] = (struct ol_watch_id){ p->id, (int32_t)i, p->sub,
						  ol_row_val(p, OL_PROC_start_ticks) };
		if (w->subject.cgroup.p) {
			w->in[i] = below(ol_tick_span(t, p->text), w->subject.cgroup);
			w->n_in += w->in[i];
		}
	}
	if (w->subject.cgroup.p)
		return w->in;
	qsort(w->ids, n, sizeof(*w->ids), by_pid);
	for (uint32_t i = 0; i < n; i++)
		w->n_in += in_tree(w, n, &w->ids[i]);
	for (uint32_t i = 0; i < n; i++)
		if (w->in[w->ids[i].row] == 1)
			w->known[known++] = w->ids[i];
	w->n_known = known;
	for (uint32_t i = 0; i < n; i++)
		w->in[i] = w->in[i] == 1;
	return w->in;
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

/* The kernel function that a process waits in, while it waits. */
static void take_wait(struct ol_watch *w, struct ol_span name)
{
	uint32_t i = 0, least = 0;

	/* the parent of all the others only waits for them */
	if (!name.n || ol_span_starts(name, OL_SPAN("do_wait")) ||
	    ol_span_starts(name, OL_SPAN("kernel_wait4")))
		return;
	name = ol_span_head(name, sizeof(w->waits[0].name) - 1);
	for (; i < OL_WATCH_WAITS && w->waits[i].n; i++) {
		if (ol_span_eqs(name, w->waits[i].name)) {
			w->waits[i].n++;
			return;
		}
		if (w->waits[i].n < w->waits[least].n)
			least = i;
	}
	i = i < OL_WATCH_WAITS ? i : least;
	memcpy(w->waits[i].name, name.p, name.n);
	w->waits[i].name[name.n] = 0;
	w->waits[i].n = 1;
}

static void take_state(struct ol_watch *w, const struct ol_tick *t, const struct ol_row *p)
{
	int64_t state = ol_row_val(p, OL_PROC_state);
	struct ol_span wchan = ol_tick_span(t, p->more);

	if (state == 'R') {
		w->looks_run++;
	} else if (state == 'D') {
		w->looks_io++;
		take_wait(w, wchan);
	} else if (state == 'S' && !ol_span_starts(wchan, OL_SPAN("do_wait"))) {
		w->looks_wait++;
		take_wait(w, wchan);
	}
}

static void set_largest(struct ol_watch *w, const struct ol_tick *t, const struct ol_row *p)
{
	struct ol_span comm = ol_span_head(ol_tick_span(t, p->name), sizeof(w->largest_comm) - 1);

	memcpy(w->largest_comm, comm.p ? comm.p : "", comm.n);
	w->largest_comm[comm.n] = 0;
	w->largest_pid = p->id;
}

static void take_processes(struct ol_watch *w, const struct ol_tick *t, struct ol_watch_sample *m,
			   bool has_group, bool held)
{
	int64_t file = 0, shmem = 0, anon = 0, rss = 0, pss = 0, most = 0;
	bool all = true;
	const struct ol_row *largest = NULL;

	for (uint32_t i = 0; w->in && i < t->tab[OL_T_PROC].n; i++) {
		const struct ol_row *p = ol_tick_row(t, OL_T_PROC, i);
		int64_t own = ol_row_has(p, OL_PROC_rss_anon_kb)
				      ? ol_row_val(p, OL_PROC_rss_anon_kb)
				      : ol_row_val(p, OL_PROC_rss_kb);

		if (!w->in[i])
			continue;
		if (!held)
			take_state(w, t, p);
		anon = ol_add(anon, own);
		file = ol_max(file, ol_row_val(p, OL_PROC_rss_file_kb));
		shmem = ol_max(shmem, ol_row_val(p, OL_PROC_rss_shmem_kb));
		if (ol_row_has(p, OL_PROC_pss_anon_kb)) {
			rss = ol_add(rss, own);
			pss = ol_add(pss, ol_row_val(p, OL_PROC_pss_anon_kb));
		} else if (own > 0) {
			all = false;
		}
		most = ol_max(most, own);
		own = ol_add(own, ol_row_val(p, OL_PROC_swap_kb));
		if (held || (largest && own <= m->largest_kb))
			continue;
		largest = p;
		m->largest_kb = own;
		m->largest_pid = p->id;
	}
	if (largest && m->largest_kb >= w->peak.largest_kb)
		set_largest(w, t, largest);
	/* what is shared since a fork counts once: as it was when that was looked at last */
	if (rss > 0 && all)
		w->pss_share = (double)ol_min(pss, rss) / (double)rss;
	if (!has_group) {
		/* some were forked after the shares were read: what they have is the others' too */
		m->anon_kb = rss > 0 && !all ? ol_max(pss, most)
					     : (int64_t)((double)anon * w->pss_share + 0.5);
		m->file_kb = ol_add(file, shmem);
		m->total_kb = ol_add(m->anon_kb, m->file_kb);
	}
}

/*
 * What can still be charged: the limit less what reclaim cannot get. Of dentries and inodes that
 * are held it gets nothing; and version 1 does not say what of a group's kernel memory is slab with
 * a shrinker, so as much as came to all of the machine meanwhile, at most.
 */
static int64_t audited_room(const struct ol_watch *w, const struct ol_cgview *g,
			    const struct ol_tick *now)
{
	int64_t slab = ol_row_val(g->row, OL_CGROUP_slab_reclaimable_bytes) / 1024;
	double held = ol_watch_held(w->first, now);

	if (w->has_slab)
		return held > 0 ? ol_above0(g->room_kb - (int64_t)((double)slab * held))
				: g->room_kb;
	if (held < 0 || !w->subject.own)
		return g->room_kb;
	slab = ol_above0(ol_val(now, OL_M_slab_reclaimable_kb) -
			 ol_val(w->first, OL_M_slab_reclaimable_kb));
	return ol_add(g->room_kb, (int64_t)((double)ol_min(slab, g->kernel_kb) * (1 - held)));
}

static void take_group(struct ol_watch *w, const struct ol_cgview *g, const struct ol_tick *now,
		       struct ol_watch_sample *m, bool first)
{
	const struct ol_row *r = g->row;
	struct ol_watch_counts c = {
		.max = ol_row_val(r, OL_CGROUP_events_max),
		.high = ol_row_val(r, OL_CGROUP_events_high),
		.kills = ol_row_val(r, OL_CGROUP_events_oom_kill),
		.psi_some_us = ol_row_val(r, OL_CGROUP_psi_some_total_us),
		.psi_full_us = ol_row_val(r, OL_CGROUP_psi_full_total_us),
		.refaults = ol_add(ol_row_val(r, OL_CGROUP_refault_file),
				   ol_row_val(r, OL_CGROUP_refault_anon)),
		.peak_kb = ol_row_val(r, OL_CGROUP_peak_bytes) / 1024,
	};

	m->anon_kb = g->anon_kb;
	m->file_kb = ol_add(g->cache_kb, g->shmem_kb);
	m->total_kb = g->usage_kb;
	w->limit_kb = g->limit_kb;
	w->has_slab = ol_row_has(r, OL_CGROUP_slab_reclaimable_bytes);
	m->slab_kb = (ol_row_val(r, OL_CGROUP_slab_reclaimable_bytes) +
		      ol_row_val(r, OL_CGROUP_slab_unreclaimable_bytes)) /
		     1024;
	w->has_kernel = g->has_kernel;
	if (!w->has_slab && g->has_kernel)
		m->slab_kb = g->kernel_kb;
	if (g->from == OL_FROM_SELF)
		m->room[OL_WALL_SELF] = audited_room(w, g, now);
	else if (g->from == OL_FROM_ANCESTOR)
		m->room[OL_WALL_ANCESTOR] = g->room_kb;
	w->has_events =
		ol_row_has(r, OL_CGROUP_events_oom_kill) || ol_row_has(r, OL_CGROUP_events_max);
	w->has_psi = ol_row_has(r, OL_CGROUP_psi_some_total_us);
	if (first)
		w->base = c;
	w->count.max = c.max - w->base.max;
	w->count.high = c.high - w->base.high;
	w->count.kills = c.kills - w->base.kills;
	if (w->has_psi) {
		w->count.psi_some_us = c.psi_some_us - w->base.psi_some_us;
		w->count.psi_full_us = c.psi_full_us - w->base.psi_full_us;
	}
	w->count.refaults = c.refaults - w->base.refaults;
	/* the kernel's peak is that of the group's whole life */
	w->has_peak = ol_row_has(r, OL_CGROUP_peak_bytes) &&
		      (w->subject.own || c.peak_kb > w->base.peak_kb);
	w->count.peak_kb = c.peak_kb;
}

static void take_files(struct ol_watch *w, const struct ol_tick *old, const struct ol_tick *now)
{
	int64_t d, i, scanned = 0;

	if (!old || !ol_has(w->first, OL_M_dentries) || !ol_has(now, OL_M_dentries))
		return;
	w->up_d += ol_above0(ol_val(now, OL_M_dentries) - ol_val(old, OL_M_dentries));
	w->up_i += ol_above0(ol_val(now, OL_M_inodes) - ol_val(old, OL_M_inodes));
	d = ol_val(now, OL_M_dentries) - ol_val(w->first, OL_M_dentries);
	i = ol_val(now, OL_M_inodes) - ol_val(w->first, OL_M_inodes);
	if (w->n_in && d >= w->held_of && ol_watch_held(w->first, now) >= 0) {
		w->held = ol_watch_held(w->first, now);
		w->held_of = d;
	}
	if (ol_delta(w->first, now, OL_M_slabs_scanned, &scanned) && scanned > 1000)
		w->files_at_least = true;
	if (w->files_at_least) {
		d = w->up_d;
		i = w->up_i;
	}
	w->files = ol_max(w->files, ol_max(d, i));
}

static void take_machine(struct ol_watch *w, const struct ol_snap *s, struct ol_watch_sample *m,
			 bool has_group, bool first)
{
	const struct ol_tick *t = s->now;
	int64_t d;

	m->machine_anon_kb = ol_val(t, OL_M_anon_pages_kb);
	m->machine_cache_kb = ol_add(ol_val(t, OL_M_cached_kb), ol_val(t, OL_M_buffers_kb));
	m->machine_slab_kb =
		ol_add(ol_val(t, OL_M_slab_reclaimable_kb), ol_val(t, OL_M_slab_unreclaimable_kb));
	m->dentries = ol_val(t, OL_M_dentries);
	m->inodes = ol_val(t, OL_M_inodes);
	if (s->has_avail) {
		m->room[OL_WALL_MACHINE] = ol_add(s->avail.likely_kb, ol_val(t, OL_M_swap_free_kb));
		if (s->avail.has_lowmem)
			m->room[OL_WALL_LOWMEM] = s->avail.lowmem_likely_kb;
	}
	if (first)
		return;
	/* a group has its own figures only where the kernel keeps them (PSI: version 2) */
	if (!w->has_psi && ol_delta(w->first, t, OL_M_psi_memory_some_total_us, &d)) {
		w->psi_of_machine = true;
		w->count.psi_some_us = d;
		if (ol_delta(w->first, t, OL_M_psi_memory_full_total_us, &d))
			w->count.psi_full_us = d;
	}
	if (!has_group && ol_delta(w->first, t, OL_M_refault_file, &d))
		w->count.refaults = d;
}

static void raise(int64_t *peak, int64_t v)
{
	if (v > *peak)
		*peak = v;
}

/*
 * A long run keeps one of every two, four, … ticks: the one that is farthest from the one kept
 * before it, so that turning points stay what they were.
 */
static void keep(struct ol_watch *w, const struct ol_watch_sample *m)
{
	int64_t base = w->n ? w->v[w->n - 1].largest_kb : 0;

	if (w->n_recent == sizeof(w->recent) / sizeof(w->recent[0])) {
		memmove(&w->recent[0], &w->recent[1], sizeof(w->recent) - sizeof(w->recent[0]));
		w->n_recent--;
	}
	w->recent[w->n_recent++] = *m;
	if (!w->waiting || llabs(m->largest_kb - base) >= llabs(w->candidate.largest_kb - base))
		w->candidate = *m;
	if (++w->waiting < w->every)
		return;
	w->waiting = 0;
	if (w->n == OL_WATCH_SAMPLES) {
		uint32_t n = 1;

		for (uint32_t i = 1; i + 1 < w->n; i += 2) {
			int64_t was = w->v[n - 1].largest_kb;
			bool second = llabs(w->v[i + 1].largest_kb - was) >=
				      llabs(w->v[i].largest_kb - was);

			w->v[n++] = w->v[i + second];
		}
		w->n = n;
		w->every *= 2;
	}
	w->v[w->n++] = w->candidate;
}

static void say(struct ol_watch *w, int64_t boot_us)
{
	if (w->forecast.wall == OL_WALL_NONE || w->said_skipped++ < w->said_every)
		return;
	w->said_skipped = 0;
	if (w->n_said == OL_WATCH_SAID) {
		for (uint32_t i = 0; i < OL_WATCH_SAID / 2; i++)
			w->said[i] = w->said[2 * i];
		w->n_said = OL_WATCH_SAID / 2;
		w->said_every = w->said_every * 2 + 1;
	}
	w->said[w->n_said++] = (struct ol_watch_said){ boot_us, w->forecast };
}

/* Pools of both may be of other sizes; rows that find no room are left out. */
static void copy_tick(struct ol_tick *to, const struct ol_tick *from)
{
	struct ol_tick mine = *to;

	*to = *from;
	for (int i = 0; i < OL_T_MAX; i++) {
		struct ol_table *tab = &to->tab[i];

		tab->rows = mine.tab[i].rows;
		tab->cap = mine.tab[i].cap;
		tab->n = (uint32_t)ol_min(tab->n, tab->cap);
		memcpy(tab->rows, from->tab[i].rows, (size_t)tab->n * tab->stride);
	}
	to->names = mine.names;
	to->names_cap = mine.names_cap;
	if (from->names_n <= to->names_cap) {
		memcpy(to->names, from->names, from->names_n);
		return;
	}
	/* no row may point to what is not there */
	to->names_n = 0;
	for (int i = 0; i < OL_T_MAX; i++)
		to->tab[i].n = 0;
}

/* A look that tells what is shared among them is worth more than one with a little more in it. */
static void keep_peak(struct ol_watch *w, const struct ol_tick *t, int64_t total_kb)
{
	bool pss = false, all = true;

	for (uint32_t i = 0; i < t->tab[OL_T_PROC].n; i++) {
		const struct ol_row *p = ol_tick_row(t, OL_T_PROC, i);

		if (!w->in[i] || ol_row_val(p, OL_PROC_rss_kb) <= 0)
			continue;
		pss |= ol_row_has(p, OL_PROC_pss_kb);
		all &= ol_row_has(p, OL_PROC_pss_kb);
	}
	pss &= all;
	if (w->n_in == 0 ||
	    total_kb < w->peak_tick_kb - (pss && !w->peak_pss ? w->peak_tick_kb / 10 : 0) ||
	    (!pss && w->peak_pss && total_kb < ol_add(w->peak_tick_kb, w->peak_tick_kb / 10)))
		return;
	copy_tick(w->peak_tick, t);
	memcpy(w->peak_in, w->in, t->tab[OL_T_PROC].n);
	w->peak_tick_kb = total_kb;
	w->peak_pss = pss;
}

/* More slab than before: in the group, or in use on the machine where that is unknown. */
static void keep_slab(struct ol_watch *w, const struct ol_tick *t, const struct ol_watch_sample *m)
{
	int64_t kb = w->has_slab || w->has_kernel ? m->slab_kb : ol_watch_slab_used_kb(t);

	if (w->n_recent && kb <= w->slab_tick_kb)
		return;
	copy_tick(w->slab_tick, t);
	w->slab_tick_kb = kb;
}

int ol_watch_tick(struct ol_watch *w, const struct ol_snap *s)
{
	const struct ol_cgview *g = group_of(w, s);
	struct ol_watch_sample m = { .boot_us = s->now->boot_us };
	bool first = !w->n_recent;
	/* a command is not yet itself then, but a copy of us that waits */
	bool held = first && (w->subject.own || w->subject.reaper > 0);

	if (!w->in)
		return -ENOMEM;
	for (int i = 0; i <= OL_WALL_LOWMEM; i++)
		m.room[i] = -1;
	if (first)
		copy_tick(w->first, s->now);
	if (g)
		take_group(w, g, s->now, &m, first);
	take_processes(w, s->now, &m, g != NULL, held);
	take_machine(w, s, &m, g != NULL, first);
	take_files(w, s->old, s->now);
	if (m.total_kb > w->peak.total_kb)
		w->at_peak = m;
	if (!held)
		keep_peak(w, s->now, m.total_kb);
	keep_slab(w, s->now, &m);
	raise(&w->peak.anon_kb, m.anon_kb);
	raise(&w->peak.file_kb, m.file_kb);
	raise(&w->peak.slab_kb, m.slab_kb);
	raise(&w->peak.total_kb, m.total_kb);
	raise(&w->peak.largest_kb, m.largest_kb);
	raise(&w->peak.machine_slab_kb, m.machine_slab_kb);
	w->last = m;
	w->old = s->old;
	w->now = s->now;
	keep(w, &m);
	ol_watch_forecast(w, &w->forecast);
	if (!w->n_in) /* what ended leads nowhere */
		w->forecast.wall = OL_WALL_NONE;
	say(w, m.boot_us);
	return 0;
}

bool ol_watch_gone(const struct ol_watch *w)
{
	return !w->last.total_kb && !w->n_in;
}
