// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/rates.h"
#include "export/textfmt.h"
#include "export/watch.h"
#include "lib/num.h"

#include <stdio.h>
#include <stdlib.h>

enum { SLABS = 64 };

/* ---- the line ---- */

static void put_time(struct ol_out *o, double seconds)
{
	if (seconds < 100)
		ol_out_printf(o, "%.0f s", seconds);
	else
		ol_out_str(o, ol_fmt_span_us((int64_t)(seconds * 1e6)).s);
}

static const char *wall_words(enum ol_wall w)
{
	static const char *const words[] = { "", "its limit", "a limit above it",
					     "the machine's end", "the low zones' end" };

	return words[w];
}

static void put_forecast(struct ol_out *o, const struct ol_forecast *f)
{
	ol_out_printf(o, "%s in ", wall_words(f->wall));
	put_time(o, f->seconds);
	if (f->late < 0) {
		ol_out_str(o, " (");
		put_time(o, f->early);
		ol_out_str(o, " or more)");
	} else if (f->late - f->early > f->seconds / 10) {
		ol_out_str(o, " (");
		put_time(o, f->early);
		ol_out_str(o, " to ");
		put_time(o, f->late);
		ol_out_char(o, ')');
	}
}

void ol_watch_line(struct ol_out *o, const struct ol_watch *w, int64_t elapsed_us, unsigned width)
{
	struct ol_slab_growth slabs[3];
	struct ol_forecast f;
	uint32_t n = ol_watch_slabs(w, w->now, slabs, 3);
	double seconds = (double)(w->last.boot_us - w->first->boot_us) / 1e6;
	struct ol_out t;
	unsigned used;

	ol_out_init(&t, -1);
	t.ascii = o->ascii;
	ol_out_printf(&t, "%s  anon %s  cache %s  slab %s (machine %s)",
		      ol_fmt_span_us(elapsed_us).s, ol_fmt_kb(w->last.anon_kb).s,
		      ol_fmt_kb(w->last.file_kb).s, ol_fmt_kb(w->last.slab_kb).s,
		      ol_fmt_kb(w->last.machine_slab_kb).s);
	ol_watch_forecast(w, &f);
	if (f.wall != OL_WALL_NONE) {
		ol_out_str(&t, "  ");
		put_forecast(&t, &f);
	}
	for (int wall = OL_WALL_SELF; wall <= OL_WALL_ANCESTOR && f.wall == OL_WALL_NONE; wall++)
		if (w->last.room[wall] >= 0)
			ol_out_printf(&t, "  room %s", ol_fmt_kb(w->last.room[wall]).s);
	for (uint32_t i = 0; seconds > 0 && i < n && slabs[i].kb > 64; i++) {
		ol_out_str(&t, "  ");
		ol_out_safe(&t, slabs[i].name);
		ol_out_printf(&t, " %+.0f/s %s/s", (double)slabs[i].objects / seconds,
			      ol_fmt_kb((int64_t)((double)slabs[i].kb / seconds)).s);
	}
	if (w->last.dentries)
		ol_out_printf(&t, "  dentries %lld inodes %lld", (long long)w->last.dentries,
			      (long long)w->last.inodes);
	if (ol_has(w->now, OL_M_psi_memory_some_avg10))
		ol_out_printf(&t, "  waits %.1f%%",
			      (double)ol_val(w->now, OL_M_psi_memory_some_avg10) / 100);
	ol_out_bytes(o, t.buf, ol_text_fit(ol_span(t.buf, t.n), width ? width : 100, &used));
	ol_out_done(&t);
}

/* ---- the report ---- */

static const char *const shapes[] = {
	[OL_PATTERN_FLAT] = NULL,
	[OL_PATTERN_STEADY] = "grew steadily, as a leak or a growing table does",
	[OL_PATTERN_STEPS] = "grew in steps",
	[OL_PATTERN_DOUBLING] =
		"grew by jumps to about twice its size, as a buffer does that is appended to "
		"and copied",
	[OL_PATTERN_SAWTOOTH] =
		"went up and down like a saw, as with a garbage collector or in batches",
	[OL_PATTERN_IRREGULAR] = "grew without a clear shape",
};

static int64_t files_seen(const struct ol_watch_end *e)
{
	const struct ol_tick *a = e->watch->first, *b = e->end;

	if (!ol_has(a, OL_M_dentries) || !ol_has(b, OL_M_dentries))
		return -1;
	return ol_above0(ol_max(ol_val(b, OL_M_dentries) - ol_val(a, OL_M_dentries),
				ol_val(b, OL_M_inodes) - ol_val(a, OL_M_inodes)));
}

static int64_t kept_kb(const struct ol_watch_end *e, const struct ol_slab_growth *g)
{
	int64_t before = 0, after = -1;

	for (int k = 0; e->after && k < 2; k++) {
		const struct ol_tick *t = k ? e->after : e->watch->first;

		for (uint32_t i = 0; i < t->tab[OL_T_SLAB].n; i++) {
			const struct ol_row *r = ol_tick_row(t, OL_T_SLAB, i);

			if (ol_span_eq(ol_tick_span(t, r->name), g->name)) {
				*(k ? &after : &before) = ol_row_val(r, OL_SLAB_total_kb);
				break;
			}
		}
	}
	return after < 0 ? -1 : ol_above0(after - before);
}

static uint32_t grown(const struct ol_watch_end *e, struct ol_slab_growth *ret, int64_t *ret_kb)
{
	uint32_t n = ol_watch_slabs(e->watch, e->end, ret, SLABS);

	*ret_kb = 0;
	for (uint32_t i = 0; i < n; i++) {
		ret[i].kept_kb = kept_kb(e, &ret[i]);
		*ret_kb += ret[i].kb;
	}
	return n;
}

static double seconds_of(const struct ol_watch_end *e)
{
	return (double)e->elapsed_us / 1e6;
}

/* What the time went into, as shares of one CPU. */
static void not_memory(const struct ol_watch_end *e, struct ol_out *o)
{
	double s = seconds_of(e), user = (double)e->user_us / 1e6, sys = (double)e->system_us / 1e6;
	int64_t io = 0;
	bool has_io = ol_delta(e->watch->first, e->end, OL_M_psi_io_some_total_us, &io);

	ol_out_str(o, "memory is not what slows this down");
	if (s <= 0)
		return;
	ol_out_printf(o,
		      ": in %s it used %.0f %% of a CPU in the program and %.0f %% in the kernel",
		      ol_fmt_span_us(e->elapsed_us).s, user * 100 / s, sys * 100 / s);
	if (has_io)
		ol_out_printf(o,
			      ", and on this machine some task waited for IO %.0f %% of the time",
			      (double)io / 1e4 / s);
}

/* One paragraph in plain words. */
static void verdict(const struct ol_watch_end *e, struct ol_out *o)
{
	const struct ol_watch *w = e->watch;
	struct ol_slab_growth slabs[SLABS];
	int64_t slab_kb, files = files_seen(e), vfs_kb = 0;
	uint32_t n = grown(e, slabs, &slab_kb);
	double stalled = seconds_of(e) > 0 ? (double)w->psi_some_us / 1e6 / seconds_of(e) : 0;
	enum ol_pattern p = ol_watch_pattern(w);

	if (w->kills > 0)
		ol_out_printf(o, "it ran into a memory limit: %lld of its processes were killed. ",
			      (long long)w->kills);
	for (uint32_t i = 0; i < n; i++)
		if (ol_span_ends(slabs[i].name, OL_SPAN("inode_cache")) ||
		    ol_span_eqs(slabs[i].name, "xfs_inode") || ol_span_eqs(slabs[i].name, "dentry"))
			vfs_kb += slabs[i].kb;
	if (slab_kb > 4096 && vfs_kb > slab_kb / 2 && slab_kb > w->peak.anon_kb / 2 &&
	    files > 1000) {
		double each = (double)slab_kb * 1024 / (double)files;

		ol_out_printf(
			o,
			"%.0f %% of the growth of slab is dentries and inodes: %s for %lld "
			"files, %.2f kB each. 100 million files would need %s if nothing were "
			"reclaimed. ",
			(double)vfs_kb * 100 / (double)slab_kb, ol_fmt_kb(slab_kb).s,
			(long long)files, each / 1000, ol_fmt_bytes((uint64_t)(each * 1e8)).s);
		if (w->events_max > 0 && !w->kills)
			ol_out_printf(o,
				      "under its limit reclaim kept up: the limit was reached %lld "
				      "times, at %.0f files/s. ",
				      (long long)w->events_max,
				      seconds_of(e) > 0 ? (double)files / seconds_of(e) : 0);
		return;
	}
	if (shapes[p])
		ol_out_printf(o, "the largest process, %s (pid %d), %s: up to %s. ",
			      w->largest_comm, w->largest_pid, shapes[p],
			      ol_fmt_kb(w->peak.largest_kb).s);
	if (w->psi_of_machine ? stalled > 0.05 : stalled > 0.01) {
		ol_out_printf(o, "tasks %s waited for memory %.0f %% of the time. ",
			      w->psi_of_machine ? "of this machine" : "of it", stalled * 100);
		return;
	}
	if (!w->kills)
		not_memory(e, o);
}

static void put_command(struct ol_page *pg, const struct ol_watch_end *e)
{
	struct ol_out *o = ol_page_para(pg);

	for (int i = 0; e->command && e->command[i]; i++) {
		if (i)
			ol_out_char(o, ' ');
		ol_out_safe(o, ol_span_str(e->command[i]));
	}
	if (!e->command)
		ol_out_safe(o, e->watch->subject.cgroup.p ? e->watch->subject.cgroup
							  : ol_span_str(e->watch->largest_comm));
	ol_page_flow(pg, NULL, OL_STYLE_BOLD);
	o = ol_page_para(pg);
	if (e->signal)
		ol_out_printf(o, "died of signal %d after %s", e->signal,
			      ol_fmt_span_us(e->elapsed_us).s);
	else if (e->exited)
		ol_out_printf(o, "exit status %d after %s", e->exit_status,
			      ol_fmt_span_us(e->elapsed_us).s);
	else
		ol_out_printf(o, "watched for %s", ol_fmt_span_us(e->elapsed_us).s);
	if (e->exited)
		ol_out_printf(o, ", CPU %.1f s in the program, %.1f s in the kernel",
			      (double)e->user_us / 1e6, (double)e->system_us / 1e6);
	ol_page_flow(pg, "", OL_STYLE_PLAIN);
	if (e->charged_how) {
		ol_out_safe(ol_page_para(pg), ol_span_str(e->charged_how));
		ol_out_str(&pg->para,
			   ": followed by its processes instead, so cache and slab are not "
			   "told apart from what others do");
		ol_page_flow(pg, "", OL_STYLE_DIM);
	}
}

static void put_peak(struct ol_page *pg, const struct ol_watch *w)
{
	const struct ol_watch_sample *p = &w->at_peak;

	ol_page_heading(pg, "When it had most");
	if (!p->total_kb)
		return;
	ol_page_part(pg, "anonymous (heaps, stacks)", (uint64_t)ol_above0(p->anon_kb),
		     (uint64_t)p->total_kb, NULL);
	ol_page_part(pg, "file cache and shared memory", (uint64_t)ol_above0(p->file_kb),
		     (uint64_t)p->total_kb, NULL);
	if (p->slab_kb)
		ol_page_part(pg, w->has_slab ? "slab" : "kernel memory",
			     (uint64_t)ol_above0(p->slab_kb), (uint64_t)p->total_kb, NULL);
	ol_out_printf(pg->o, "  together %s; at other times up to %s anonymous, %s cache\n",
		      ol_fmt_kb(p->total_kb).s, ol_fmt_kb(w->peak.anon_kb).s,
		      ol_fmt_kb(w->peak.file_kb).s);
}

static void put_slabs(struct ol_page *pg, const struct ol_watch_end *e, bool full)
{
	struct ol_slab_growth slabs[SLABS];
	int64_t total;
	uint32_t n = grown(e, slabs, &total), shown = 0;
	int64_t files = files_seen(e);

	if (!n || total < 256)
		return;
	ol_page_heading(pg,
			"Slab growth                 objects      size   kept after   charged to");
	for (uint32_t i = 0; i < n && (full || (shown < 6 && slabs[i].kb * 100 > total));
	     i++, shown++) {
		ol_out_str(pg->o, "  ");
		ol_page_cell(pg, slabs[i].name, 22, OL_CELL_LEFT);
		ol_out_printf(pg->o, "%11lld", (long long)slabs[i].objects);
		ol_page_cell_str(pg, ol_fmt_kb(slabs[i].kb).s, 10, OL_CELL_RIGHT);
		ol_page_cell_str(pg, slabs[i].kept_kb < 0 ? "-" : ol_fmt_kb(slabs[i].kept_kb).s, 13,
				 OL_CELL_RIGHT);
		ol_out_printf(pg->o, "   %s\n",
			      !strcmp(slabs[i].charged, "self") ? "the command" : slabs[i].charged);
	}
	ol_out_printf(pg->o, "  all caches: %s", ol_fmt_kb(total).s);
	if (files > 0)
		ol_out_printf(pg->o, "; %lld new dentries or inodes, %lld bytes of slab each",
			      (long long)files, (long long)(total * 1024 / files));
	ol_out_char(pg->o, '\n');
}

static void put_rest(struct ol_page *pg, const struct ol_watch_end *e)
{
	const struct ol_watch *w = e->watch;
	int64_t in = 0, out = 0, d = 0;
	struct ol_out *o;

	o = ol_page_para(pg);
	if (ol_delta(w->first, e->end, OL_M_pgpgin_kb, &in) &&
	    ol_delta(w->first, e->end, OL_M_pgpgout_kb, &out))
		ol_out_printf(o, "%s read from disks, %s written, by all of the machine",
			      ol_fmt_kb(in).s, ol_fmt_kb(out).s);
	if (w->refaults > 0)
		ol_out_printf(o, "; %lld pages read back soon after they were reclaimed",
			      (long long)w->refaults);
	ol_page_flow(pg, "IO", OL_STYLE_PLAIN);
	o = ol_page_para(pg);
	if (w->has_psi || w->psi_of_machine)
		ol_out_printf(o, "%s waited for memory %.2f s, all of them at once %.2f s",
			      w->psi_of_machine ? "tasks of this machine" : "its tasks",
			      (double)w->psi_some_us / 1e6, (double)w->psi_full_us / 1e6);
	if (ol_delta(w->first, e->end, OL_M_allocstall, &d) && d)
		ol_out_printf(o, "; %lld requests of the machine had to reclaim for themselves",
			      (long long)d);
	if (w->events_high > 0)
		ol_out_printf(o, "; slowed %lld times at memory.high", (long long)w->events_high);
	if (w->events_max > 0)
		ol_out_printf(o, "; limit reached %lld times", (long long)w->events_max);
	ol_page_flow(pg, "stalls", OL_STYLE_PLAIN);
	if (e->forecast.wall != OL_WALL_NONE && !e->exited) {
		ol_out_str(ol_page_para(pg), "at this rate ");
		put_forecast(&pg->para, &e->forecast);
		ol_page_flow(pg, "forecast", OL_STYLE_PLAIN);
	}
}

/* The processes of the subject when it had most. */
static void put_processes(struct ol_page *pg, const struct ol_watch *w, bool full)
{
	struct ol_fold *f = NULL;
	uint32_t n, shown = 0;

	if (!w->peak_tick->tab[OL_T_PROC].n)
		return;
	f = calloc(w->peak_tick->tab[OL_T_PROC].n, sizeof(*f));
	if (!f)
		return;
	n = ol_fold_processes(w->peak_tick, f);
	for (uint32_t i = 0; i < n && (full || shown < 4); i++) {
		/* without a group of its own others cannot be told apart here */
		if (!w->subject.cgroup.p || !ol_span_starts(f[i].cgroup, w->subject.cgroup))
			continue;
		if (!shown++)
			ol_page_heading(pg,
					"Its processes then       count  together  anonymous     "
					"files    shared   RSS added up");
		ol_out_str(pg->o, "  ");
		ol_page_cell(pg, f[i].comm, 18, OL_CELL_LEFT);
		ol_out_printf(pg->o, "%10u", f[i].count);
		ol_page_cell_str(pg, ol_fmt_kb(f[i].total_kb).s, 10, OL_CELL_RIGHT);
		ol_page_cell_str(pg, ol_fmt_kb(f[i].anon_kb).s, 11, OL_CELL_RIGHT);
		ol_page_cell_str(pg, ol_fmt_kb(f[i].file_kb).s, 10, OL_CELL_RIGHT);
		ol_page_cell_str(pg, ol_fmt_kb(f[i].shmem_kb).s, 10, OL_CELL_RIGHT);
		ol_page_cell_str(pg, ol_fmt_kb(f[i].rss_sum_kb).s, 15, OL_CELL_RIGHT);
		ol_out_char(pg->o, '\n');
	}
	free(f);
}

void ol_watch_text(struct ol_out *o, const struct ol_watch_end *e,
		   const struct ol_snap_style *style)
{
	struct ol_page pg;
	struct ol_out words;

	ol_page_init(&pg, o, style->width, style->color, style->utf8);
	put_command(&pg, e);
	ol_out_init(&words, -1);
	verdict(e, &words);
	ol_out_safe(ol_page_para(&pg), ol_span(words.buf, words.n));
	ol_page_flow(&pg, NULL, OL_STYLE_BOLD);
	ol_out_done(&words);
	put_peak(&pg, e->watch);
	put_slabs(&pg, e, style->full);
	put_processes(&pg, e->watch, style->full);
	ol_out_char(o, '\n');
	put_rest(&pg, e);
	ol_page_done(&pg);
}

/* ---- JSON ---- */

void ol_watch_json(struct ol_json *j, const struct ol_watch_end *e)
{
	const struct ol_watch *w = e->watch;
	struct ol_slab_growth slabs[SLABS];
	struct ol_out words;
	int64_t total;
	uint32_t n = grown(e, slabs, &total);

	ol_json_open(j, NULL, '{');
	ol_json_str(j, "schema", "oomlens.watch/1");
	if (e->command) {
		ol_json_open(j, "command", '[');
		for (int i = 0; e->command[i]; i++)
			ol_json_str(j, NULL, e->command[i]);
		ol_json_close(j, ']');
	}
	if (w->subject.cgroup.p)
		ol_json_span(j, "cgroup", w->subject.cgroup);
	if (e->signal)
		ol_json_i64(j, "signal", e->signal);
	else if (e->exited)
		ol_json_i64(j, "exit_status", e->exit_status);
	ol_json_fixed(j, "elapsed_s", e->elapsed_us, 6);
	if (e->exited) {
		ol_json_fixed(j, "user_s", e->user_us, 6);
		ol_json_fixed(j, "system_s", e->system_us, 6);
	}
	ol_json_open(j, "peak", '{');
	ol_json_i64(j, "anon_kb", w->peak.anon_kb);
	ol_json_i64(j, "file_kb", w->peak.file_kb);
	if (w->subject.cgroup.p)
		ol_json_i64(j, w->has_slab ? "slab_kb" : "kernel_kb", w->peak.slab_kb);
	ol_json_i64(j, "total_kb", w->peak.total_kb);
	ol_json_i64(j, "largest_process_kb", w->peak.largest_kb);
	ol_json_close(j, '}');
	ol_json_open(j, "slab_growth", '[');
	for (uint32_t i = 0; i < n; i++) {
		ol_json_open(j, NULL, '{');
		ol_json_span(j, "name", slabs[i].name);
		ol_json_i64(j, "objects", slabs[i].objects);
		ol_json_i64(j, "kb", slabs[i].kb);
		if (slabs[i].kept_kb >= 0)
			ol_json_i64(j, "kept_kb", slabs[i].kept_kb);
		ol_json_str(j, "charged", slabs[i].charged);
		ol_json_close(j, '}');
	}
	ol_json_close(j, ']');
	if (files_seen(e) >= 0)
		ol_json_i64(j, "files_seen", files_seen(e));
	ol_json_open(j, "largest_process", '{');
	ol_json_str(j, "comm", w->largest_comm);
	ol_json_i64(j, "pid", w->largest_pid);
	ol_json_str(j, "pattern", ol_pattern_names[ol_watch_pattern(w)]);
	ol_json_close(j, '}');
	ol_json_open(j, "stalls", '{');
	if (w->has_psi || w->psi_of_machine) {
		ol_json_fixed(j, "psi_some_s", w->psi_some_us, 6);
		ol_json_fixed(j, "psi_full_s", w->psi_full_us, 6);
		ol_json_str(j, "of", w->psi_of_machine ? "machine" : "cgroup");
	}
	if (w->has_events) {
		ol_json_i64(j, "limit_reached", w->events_max);
		ol_json_i64(j, "killed", w->kills);
	}
	ol_json_close(j, '}');
	if (e->forecast.wall != OL_WALL_NONE) {
		ol_json_open(j, "forecast", '{');
		ol_json_str(j, "wall", ol_wall_names[e->forecast.wall]);
		ol_json_i64(j, "room_kb", e->forecast.room_kb);
		ol_json_i64(j, "kb_per_s", (int64_t)e->forecast.kb_per_s);
		ol_json_fixed(j, "seconds", (int64_t)(e->forecast.seconds * 1000), 3);
		ol_json_fixed(j, "early_s", (int64_t)(e->forecast.early * 1000), 3);
		if (e->forecast.late >= 0)
			ol_json_fixed(j, "late_s", (int64_t)(e->forecast.late * 1000), 3);
		ol_json_close(j, '}');
	}
	ol_out_init(&words, -1);
	verdict(e, &words);
	ol_json_span(j, "verdict", ol_span_trim(ol_span(words.buf, words.n)));
	ol_out_done(&words);
	ol_json_close(j, '}');
}
