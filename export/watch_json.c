// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/memory/rates.h"
#include "export/watch.h"

#include <stdlib.h>

enum { SLABS = 64 };

static void put_end(struct ol_json *j, const struct ol_watch_end *e)
{
	const struct ol_watch *w = e->watch;

	if (e->command) {
		ol_json_open(j, "command", '[');
		for (int i = 0; e->command[i]; i++)
			ol_json_str(j, NULL, e->command[i]);
		ol_json_close(j, ']');
	}
	if (w->subject.cgroup.p)
		ol_json_span(j, "cgroup", w->subject.cgroup);
	else
		ol_json_i64(j, "pid", w->subject.pid);
	if (e->charged_how)
		ol_json_str(j, "no_cgroup", e->charged_how);
	if (e->signal)
		ol_json_i64(j, "signal", e->signal);
	else if (e->exited)
		ol_json_i64(j, "exit_status", e->exit_status);
	ol_json_fixed(j, "elapsed_s", e->elapsed_us, 6);
	if (e->exited) {
		ol_json_fixed(j, "user_s", e->user_us, 6);
		ol_json_fixed(j, "system_s", e->system_us, 6);
		ol_json_i64(j, "read_kb", e->read_kb);
		ol_json_i64(j, "written_kb", e->written_kb);
		ol_json_i64(j, "major_faults", e->major_faults);
	}
	if (w->limit_kb != OL_UNLIMITED)
		ol_json_i64(j, "limit_kb", w->limit_kb);
}

static void put_peak(struct ol_json *j, const struct ol_watch_end *e)
{
	const struct ol_watch *w = e->watch;

	ol_json_open(j, "peak", '{');
	ol_json_i64(j, "anon_kb", w->peak.anon_kb);
	ol_json_i64(j, "file_kb", w->peak.file_kb);
	if (w->has_slab || w->has_kernel)
		ol_json_i64(j, w->has_slab ? "slab_kb" : "kernel_kb", w->peak.slab_kb);
	ol_json_i64(j, "total_kb", w->peak.total_kb);
	if (w->has_peak)
		ol_json_i64(j, "kernel_total_kb", w->count.peak_kb);
	ol_json_i64(j, "largest_process_kb", w->peak.largest_kb);
	if (e->exited && e->max_rss_kb > 0)
		ol_json_i64(j, "max_rss_kb", e->max_rss_kb);
	ol_json_close(j, '}');
	ol_json_open(j, "at_peak", '{');
	ol_json_i64(j, "anon_kb", w->at_peak.anon_kb);
	ol_json_i64(j, "file_kb", w->at_peak.file_kb);
	if (w->has_slab || w->has_kernel)
		ol_json_i64(j, w->has_slab ? "slab_kb" : "kernel_kb", w->at_peak.slab_kb);
	ol_json_i64(j, "total_kb", w->at_peak.total_kb);
	ol_json_close(j, '}');
}

static void put_slabs(struct ol_json *j, const struct ol_watch_end *e)
{
	const struct ol_watch *w = e->watch;
	struct ol_slab_growth v[SLABS];
	struct ol_slab_sum s;
	uint32_t n = ol_watch_grown(w, e->after, v, SLABS, &s);
	double held = w->held;

	if (e->end->tab[OL_T_SLAB].n) {
		ol_json_open(j, "slab_growth", '[');
		for (uint32_t i = 0; i < n; i++) {
			ol_json_open(j, NULL, '{');
			ol_json_span(j, "name", v[i].name);
			ol_json_i64(j, "objects", v[i].objects);
			ol_json_i64(j, "kb", v[i].kb);
			ol_json_i64(j, "pages_kb", v[i].pages_kb);
			if (v[i].kept_kb >= 0)
				ol_json_i64(j, "kept_kb", v[i].kept_kb);
			if (v[i].reclaimable_kb >= 0)
				ol_json_i64(j, "reclaimable_kb", v[i].reclaimable_kb);
			ol_json_str(j, "charged", ol_charged_names[v[i].charged]);
			ol_json_close(j, '}');
		}
		ol_json_close(j, ']');
		ol_json_open(j, "slab_sum", '{');
		ol_json_i64(j, "kb", s.kb);
		if (s.has_kept) {
			ol_json_i64(j, "kept_kb", s.kept_kb);
			ol_json_i64(j, "reclaimable_kb", s.reclaimable_kb);
		}
		if (s.charged_kb >= 0)
			ol_json_i64(j, "charged_kb", s.charged_kb);
		ol_json_close(j, '}');
	}
	if (ol_has(w->first, OL_M_dentries)) {
		ol_json_i64(j, "files_seen", w->files);
		ol_json_bool(j, "files_seen_at_least", w->files_at_least);
	}
	if (held >= 0)
		ol_json_fixed(j, "dentries_held_share", (int64_t)(held * 1000), 3);
}

static void put_processes(struct ol_json *j, const struct ol_watch *w)
{
	uint32_t n = w->peak_tick->tab[OL_T_PROC].n;
	struct ol_fold *f = w->peak_in && n ? calloc(n, sizeof(*f)) : NULL;
	struct ol_shape s;

	if (w->peak_in && n && !f)
		ol_no_memory();
	ol_watch_shape(w, &s);
	ol_json_open(j, "largest_process", '{');
	ol_json_str(j, "comm", w->largest_comm);
	ol_json_i64(j, "pid", w->largest_pid);
	if (!s.few)
		ol_json_str(j, "pattern", ol_pattern_names[s.pattern]);
	if (s.pattern == OL_PATTERN_STEADY) {
		ol_json_i64(j, "kb_per_s", (int64_t)s.kb_per_s);
		ol_json_fixed(j, "fit", (int64_t)(s.fit * 1000), 3);
	}
	if (s.turns)
		ol_json_u64(j, "turns", s.turns);
	if (s.ratio > 0)
		ol_json_fixed(j, "ratio", (int64_t)(s.ratio * 100), 2);
	ol_json_close(j, '}');
	if (!f)
		return;
	n = ol_fold_some(w->peak_tick, w->peak_in, f);
	ol_json_open(j, "processes", '[');
	for (uint32_t i = 0; i < n; i++) {
		ol_json_open(j, NULL, '{');
		ol_json_span(j, "comm", f[i].comm);
		ol_json_u64(j, "count", f[i].count);
		ol_json_i64(j, f[i].has_pss ? "pss_kb" : "at_least_kb", f[i].total_kb);
		ol_json_i64(j, "anon_kb", f[i].anon_kb);
		ol_json_i64(j, "file_kb", f[i].file_kb);
		ol_json_i64(j, "shmem_kb", f[i].shmem_kb);
		ol_json_i64(j, "rss_sum_kb", f[i].rss_sum_kb);
		ol_json_close(j, '}');
	}
	ol_json_close(j, ']');
	free(f);
}

static void put_stalls(struct ol_json *j, const struct ol_watch_end *e)
{
	const struct ol_watch *w = e->watch;
	int64_t d;

	ol_json_open(j, "stalls", '{');
	if (w->has_psi || w->psi_of_machine) {
		ol_json_fixed(j, "psi_some_s", w->count.psi_some_us, 6);
		ol_json_fixed(j, "psi_full_s", w->count.psi_full_us, 6);
		ol_json_str(j, "of", w->psi_of_machine ? "machine" : "cgroup");
	}
	if (w->has_events) {
		ol_json_i64(j, "limit_reached", w->count.max);
		ol_json_i64(j, "throttled", w->count.high);
		ol_json_i64(j, "killed", w->count.kills);
	}
	ol_json_i64(j, "refaults", w->count.refaults);
	if (ol_delta(w->first, e->end, OL_M_allocstall, &d))
		ol_json_i64(j, "machine_allocstalls", d);
	if (ol_delta(w->first, e->end, OL_M_pswpin, &d))
		ol_json_i64(j, "machine_swapped_in_pages", d);
	ol_json_close(j, '}');
	ol_json_open(j, "looks", '{');
	ol_json_u64(j, "running", w->looks_run);
	ol_json_u64(j, "asleep", w->looks_wait);
	ol_json_u64(j, "io", w->looks_io);
	ol_json_open(j, "waits", '{');
	for (uint32_t i = 0; i < OL_WATCH_WAITS && w->waits[i].n; i++) {
		ol_json_key(j, ol_span_str(w->waits[i].name));
		ol_json_u64(j, NULL, w->waits[i].n);
	}
	ol_json_close(j, '}');
	ol_json_close(j, '}');
}

static void put_forecast(struct ol_json *j, const struct ol_forecast *f)
{
	if (f->wall == OL_WALL_NONE)
		return;
	ol_json_open(j, "forecast", '{');
	ol_json_str(j, "wall", ol_wall_names[f->wall]);
	ol_json_i64(j, "room_kb", f->room_kb);
	ol_json_i64(j, "kb_per_s", (int64_t)f->kb_per_s);
	ol_json_fixed(j, "seconds", (int64_t)(f->seconds * 1000), 3);
	ol_json_fixed(j, "early_s", (int64_t)(f->early * 1000), 3);
	if (f->late >= 0)
		ol_json_fixed(j, "late_s", (int64_t)(f->late * 1000), 3);
	ol_json_close(j, '}');
}

/* What was said while it ran, so that it can be held against what came. */
static void put_said(struct ol_json *j, const struct ol_watch *w)
{
	ol_json_open(j, "forecasts", '[');
	for (uint32_t i = 0; i < w->n_said; i++) {
		const struct ol_watch_said *s = &w->said[i];

		ol_json_open(j, NULL, '{');
		ol_json_fixed(j, "at_s", s->boot_us - w->first->boot_us, 6);
		ol_json_str(j, "wall", ol_wall_names[s->f.wall]);
		ol_json_fixed(j, "seconds", (int64_t)(s->f.seconds * 1000), 3);
		ol_json_fixed(j, "early_s", (int64_t)(s->f.early * 1000), 3);
		if (s->f.late >= 0)
			ol_json_fixed(j, "late_s", (int64_t)(s->f.late * 1000), 3);
		ol_json_close(j, '}');
	}
	ol_json_close(j, ']');
}

void ol_watch_json(struct ol_json *j, const struct ol_watch_end *e)
{
	struct ol_out words;

	ol_json_open(j, NULL, '{');
	ol_json_str(j, "schema", "oomlens.watch/1");
	put_end(j, e);
	put_peak(j, e);
	put_slabs(j, e);
	put_processes(j, e->watch);
	put_stalls(j, e);
	/* where something that ended would have been led is of no use */
	if (!e->exited)
		put_forecast(j, &e->forecast);
	put_said(j, e->watch);
	if (e->more)
		e->more(e->more_arg, j);
	ol_out_init(&words, -1);
	ol_watch_verdict(&words, e);
	ol_json_span(j, "verdict", ol_span_trim(ol_span(words.buf, words.n)));
	ol_out_done(&words);
	ol_json_close(j, '}');
}
