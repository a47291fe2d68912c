// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/memory/rates.h"
#include "export/textfmt.h"
#include "export/watch.h"
#include "lib/num.h"

#include <signal.h>
#include <stdlib.h>

enum { SLABS = 64 };

/* ---- the line ---- */

/* Of the last look: what is slow now matters, not what was in the beginning. */
static void put_fastest(struct ol_out *o, const struct ol_watch *w)
{
	double seconds = ol_tick_seconds(w->old, w->now);
	struct ol_slab_growth v[3];
	uint32_t n = w->old ? ol_watch_slabs(w, w->old, w->now, NULL, v, 3, NULL) : 0;

	for (uint32_t i = 0; i < n && seconds > 0 && (double)v[i].kb / seconds > 64; i++) {
		ol_out_str(o, "  ");
		ol_out_safe(o, v[i].name);
		ol_out_printf(o, " %+.0f/s %s/s", (double)v[i].objects / seconds,
			      ol_fmt_kb((int64_t)((double)v[i].kb / seconds)).s);
	}
}

void ol_watch_line(struct ol_out *o, const struct ol_watch *w, int64_t elapsed_us, unsigned width)
{
	const struct ol_watch_sample *m = &w->last;
	struct ol_out t;
	unsigned used;
	bool has_psi = ol_has(w->now, OL_M_psi_memory_some_avg10);

	ol_out_init(&t, -1);
	t.ascii = o->ascii;
	ol_out_printf(&t, "%s  anon %s  cache %s", ol_fmt_span_us(elapsed_us).s,
		      ol_fmt_kb(m->anon_kb).s, ol_fmt_kb(m->file_kb).s);
	if (w->has_slab || w->has_kernel)
		ol_out_printf(&t, "  %s %s", w->has_slab ? "slab" : "kernel",
			      ol_fmt_kb(m->slab_kb).s);
	if (w->forecast.wall != OL_WALL_NONE) {
		ol_out_str(&t, "  ");
		ol_watch_forecast_words(&t, &w->forecast);
	}
	for (int wall = OL_WALL_SELF; wall <= OL_WALL_MACHINE; wall++)
		if (m->room[wall] >= 0) {
			ol_out_printf(&t, "  room %s", ol_fmt_kb(m->room[wall]).s);
			break;
		}
	put_fastest(&t, w);
	if (m->dentries)
		ol_out_printf(&t, "  dentries %lld inodes %lld", (long long)m->dentries,
			      (long long)m->inodes);
	if (has_psi)
		ol_out_printf(&t, "  waits %.1f%%",
			      (double)ol_val(w->now, OL_M_psi_memory_some_avg10) / 100);
	ol_out_printf(&t, "  (machine: anon %s  cache %s  slab %s)",
		      ol_fmt_kb(m->machine_anon_kb).s, ol_fmt_kb(m->machine_cache_kb).s,
		      ol_fmt_kb(m->machine_slab_kb).s);
	ol_out_bytes(o, t.buf, ol_text_fit(ol_span(t.buf, t.n), width ? width : 100, &used));
	ol_out_done(&t);
}

/* ---- the report ---- */

static const char *signal_name(int sig)
{
	const char *s = sigabbrev_np(sig);

	return s ? s : "?";
}

static void put_command(struct ol_page *pg, const struct ol_watch_end *e)
{
	const struct ol_watch *w = e->watch;
	struct ol_out *o = ol_page_para(pg);

	for (int i = 0; e->command && e->command[i]; i++) {
		if (i)
			ol_out_char(o, ' ');
		ol_out_safe(o, ol_span_str(e->command[i]));
	}
	if (!e->command && w->subject.cgroup.p)
		ol_out_safe(o, w->subject.cgroup);
	else if (!e->command)
		ol_out_printf(o, "process %d and its descendants", w->subject.pid);
	ol_page_flow(pg, NULL, OL_STYLE_BOLD);
	o = ol_page_para(pg);
	if (e->signal)
		ol_out_printf(o, "killed by SIG%s (%d) after %s", signal_name(e->signal), e->signal,
			      ol_fmt_span_us(e->elapsed_us).s);
	else if (e->exited)
		ol_out_printf(o, "exit status %d after %s", e->exit_status,
			      ol_fmt_span_us(e->elapsed_us).s);
	else
		ol_out_printf(o, "watched for %s", ol_fmt_span_us(e->elapsed_us).s);
	if (e->exited)
		ol_out_printf(o, ", CPU %.1f s in the program, %.1f s in the kernel",
			      (double)e->user_us / 1e6, (double)e->system_us / 1e6);
	if (e->limit_kb)
		ol_out_printf(o, ", under a limit of %s", ol_fmt_kb(e->limit_kb).s);
	ol_page_flow(pg, "", OL_STYLE_PLAIN);
	if (e->charged_how) {
		ol_out_safe(ol_page_para(pg), ol_span_str(e->charged_how));
		ol_out_str(&pg->para,
			   ": followed by its processes instead, so cache and slab are not "
			   "told apart from what others do");
		ol_page_flow(pg, "", OL_STYLE_DIM);
	}
}

static void put_peak(struct ol_page *pg, const struct ol_watch_end *e)
{
	const struct ol_watch *w = e->watch;
	const struct ol_watch_sample *p = &w->at_peak;
	int64_t total = p->total_kb, rest;
	struct ol_out *o;

	ol_page_heading(pg, "When it had most");
	if (total > 0) {
		rest = ol_above0(total - p->anon_kb - p->file_kb - p->slab_kb);
		ol_page_part(pg, "anonymous (heaps, stacks)", (uint64_t)ol_above0(p->anon_kb),
			     (uint64_t)total, NULL);
		ol_page_part(pg, "file cache and shared memory", (uint64_t)ol_above0(p->file_kb),
			     (uint64_t)total, NULL);
		if (w->has_slab || w->has_kernel)
			ol_page_part(pg, w->has_slab ? "slab" : "kernel memory, slab included",
				     (uint64_t)ol_above0(p->slab_kb), (uint64_t)total, NULL);
		if (rest > total / 50)
			ol_page_part(pg, "the rest (page tables, kernel stacks, ...)",
				     (uint64_t)rest, (uint64_t)total, NULL);
	}
	o = ol_page_para(pg);
	ol_out_printf(o, "together %s", ol_fmt_kb(total).s);
	if (w->has_peak)
		ol_out_printf(o, "; the kernel's own count between looks went up to %s",
			      ol_fmt_kb(w->count.peak_kb).s);
	ol_out_printf(o, "; anonymous never over %s, cache never over %s",
		      ol_fmt_kb(w->peak.anon_kb).s, ol_fmt_kb(w->peak.file_kb).s);
	if (e->exited && e->max_rss_kb > 0)
		ol_out_printf(o, "; its largest process had %s resident (files included)",
			      ol_fmt_kb(e->max_rss_kb).s);
	ol_page_flow(pg, "", OL_STYLE_PLAIN);
}

static void put_slabs(struct ol_page *pg, const struct ol_watch_end *e, bool full)
{
	const struct ol_watch *w = e->watch;
	struct ol_slab_growth v[SLABS];
	struct ol_slab_sum s;
	uint32_t n = ol_watch_grown(w, e->after, v, SLABS, &s), shown = 0;
	struct ol_out *o;

	if (!n || s.kb < 256)
		return;
	ol_page_heading(pg, "Slab growth, at most        objects      size  kept after  can go  "
			    "charged to");
	for (uint32_t i = 0; i < n && (full || (shown < 6 && v[i].kb * 100 > s.kb)); i++, shown++) {
		ol_out_str(pg->o, "  ");
		ol_page_cell(pg, v[i].name, 22, OL_CELL_LEFT);
		ol_out_printf(pg->o, "%11lld", (long long)v[i].objects);
		ol_page_cell_str(pg, ol_fmt_kb(v[i].kb).s, 10, OL_CELL_RIGHT);
		ol_page_cell_str(pg, v[i].kept_kb < 0 ? "-" : ol_fmt_kb(v[i].kept_kb).s, 12,
				 OL_CELL_RIGHT);
		if (v[i].reclaimable_kb < 0 || v[i].kept_kb <= 0)
			ol_out_str(pg->o, "       -");
		else
			ol_out_printf(pg->o, "  %4lld %%",
				      (long long)(v[i].reclaimable_kb * 100 / v[i].kept_kb));
		ol_out_printf(pg->o, "  %s\n",
			      v[i].charged == OL_CHARGED_SELF    ? "the command"
			      : v[i].charged == OL_CHARGED_OTHER ? "no group"
								 : "-");
	}
	o = ol_page_para(pg);
	ol_out_printf(o, "all caches: %s", ol_fmt_kb(s.kb).s);
	if (s.filled_kb > 1024 && s.filled_kb > s.kb / 10)
		ol_out_printf(o, ", %s of it in slots that were free before",
			      ol_fmt_kb(s.filled_kb).s);
	if (w->last.dentries - ol_val(w->first, OL_M_dentries) > 100 && w->files > 0)
		ol_out_printf(o, "; %s%lld new dentries or inodes",
			      w->files_at_least ? "at least " : "", (long long)w->files);
	if (s.charged_kb >= 0)
		ol_out_printf(o, "; %s of %s is charged to its group", ol_fmt_kb(s.charged_kb).s,
			      w->has_slab ? "slab" : "kernel memory");
	if (s.has_kept)
		ol_out_printf(o,
			      "; a moment after the end %s are still there, of which %s can be "
			      "reclaimed",
			      ol_fmt_kb(s.kept_kb).s, ol_fmt_kb(s.reclaimable_kb).s);
	ol_page_flow(pg, "", OL_STYLE_PLAIN);
}

static void put_io(struct ol_page *pg, const struct ol_watch_end *e)
{
	const struct ol_watch *w = e->watch;
	struct ol_out *o = ol_page_para(pg);
	int64_t in = 0, out = 0;

	if (e->exited)
		ol_out_printf(o, "%s read from disks by it, %s written; ", ol_fmt_kb(e->read_kb).s,
			      ol_fmt_kb(e->written_kb).s);
	if (ol_delta(w->first, e->end, OL_M_pgpgin_kb, &in) &&
	    ol_delta(w->first, e->end, OL_M_pgpgout_kb, &out))
		ol_out_printf(o, "%s read, %s written by all of the machine", ol_fmt_kb(in).s,
			      ol_fmt_kb(out).s);
	if (w->count.refaults > 0)
		ol_out_printf(o, "; %lld pages read back soon after they were reclaimed",
			      (long long)w->count.refaults);
	if (e->exited && e->major_faults > 0)
		ol_out_printf(o, "; %lld page faults had to read", (long long)e->major_faults);
	ol_page_flow(pg, "IO", OL_STYLE_PLAIN);
}

static void put_stalls(struct ol_page *pg, const struct ol_watch_end *e)
{
	const struct ol_watch *w = e->watch;
	struct ol_out *o = ol_page_para(pg);
	int64_t d = 0;

	if (w->has_psi || w->psi_of_machine)
		ol_out_printf(o, "%s waited for memory %.2f s, all of them at once %.2f s",
			      w->psi_of_machine ? "tasks of this machine" : "its tasks",
			      (double)w->count.psi_some_us / 1e6,
			      (double)w->count.psi_full_us / 1e6);
	else
		ol_out_str(o, "this kernel keeps no account of waiting for memory (PSI)");
	if (ol_delta(w->first, e->end, OL_M_allocstall, &d) && d)
		ol_out_printf(o, "; %lld requests of the machine had to reclaim for themselves",
			      (long long)d);
	if (ol_delta(w->first, e->end, OL_M_pswpin, &d) && d)
		ol_out_printf(o, "; %lld pages of the machine came back from swap", (long long)d);
	if (w->count.high > 0)
		ol_out_printf(o, "; slowed %lld times at memory.high", (long long)w->count.high);
	if (w->count.max > 0)
		ol_out_printf(o, "; limit reached %lld times", (long long)w->count.max);
	ol_page_flow(pg, "stalls", OL_STYLE_PLAIN);
}

static int by_number(const void *a, const void *b)
{
	const struct ol_watch_wait *x = a, *y = b;

	return (x->n < y->n) - (x->n > y->n);
}

static void put_waits(struct ol_page *pg, const struct ol_watch *w)
{
	struct ol_watch_wait v[OL_WATCH_WAITS];
	uint32_t all = w->looks_run + w->looks_wait + w->looks_io;
	struct ol_out *o = ol_page_para(pg);

	if (!all)
		return;
	memcpy(v, w->waits, sizeof(v));
	qsort(v, OL_WATCH_WAITS, sizeof(v[0]), by_number);
	ol_out_printf(o,
		      "of %u looks at its processes %u found one running, %u asleep, %u waiting "
		      "for IO",
		      all, w->looks_run, w->looks_wait, w->looks_io);
	for (uint32_t i = 0; i < 3 && v[i].n; i++) {
		const char *words = ol_watch_wait_words(v[i].name);

		ol_out_str(o, i ? ", " : "; in ");
		ol_out_safe(o, ol_span_str(v[i].name));
		ol_out_printf(o, " %u", v[i].n);
		if (words)
			ol_out_printf(o, " (%s)", words);
	}
	ol_page_flow(pg, "waits", OL_STYLE_PLAIN);
}

static void put_rest(struct ol_page *pg, const struct ol_watch_end *e)
{
	put_io(pg, e);
	put_stalls(pg, e);
	put_waits(pg, e->watch);
	if (e->forecast.wall != OL_WALL_NONE && !e->exited) {
		ol_out_str(ol_page_para(pg), "at this rate ");
		ol_watch_forecast_words(&pg->para, &e->forecast);
		ol_page_flow(pg, "forecast", OL_STYLE_PLAIN);
	}
}

/* The processes of the subject when it had most. */
static void put_processes(struct ol_page *pg, const struct ol_watch *w, bool full)
{
	struct ol_fold *f = NULL;
	uint32_t n = w->peak_tick->tab[OL_T_PROC].n, shown = 0;

	f = w->peak_in && n ? calloc(n, sizeof(*f)) : NULL;
	if (w->peak_in && n && !f)
		ol_no_memory();
	if (!f)
		return;
	n = ol_fold_some(w->peak_tick, w->peak_in, f);
	for (uint32_t i = 0; i < n && (full || shown < 4); i++) {
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
	if (shown && w->peak_pss)
		ol_out_str(pg->o, "  what they share is counted once (PSS)\n");
	free(f);
}

void ol_watch_text(struct ol_out *o, const struct ol_watch_end *e,
		   const struct ol_snap_style *style)
{
	struct ol_page pg;
	struct ol_out words;

	ol_page_init(&pg, o, style->width, style->color, style->utf8);
	put_command(&pg, e);
	ol_out_char(o, '\n');
	ol_out_init(&words, -1);
	ol_watch_verdict(&words, e);
	ol_out_safe(ol_page_para(&pg), ol_span_trim(ol_span(words.buf, words.n)));
	ol_page_flow(&pg, NULL, OL_STYLE_BOLD);
	ol_out_done(&words);
	put_peak(&pg, e);
	put_slabs(&pg, e, style->full);
	put_processes(&pg, e->watch, style->full);
	ol_out_char(o, '\n');
	put_rest(&pg, e);
	ol_page_done(&pg);
}
