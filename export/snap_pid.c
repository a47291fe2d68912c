// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/memory/rates.h"
#include "export/snap.h"
#include "export/textfmt.h"
#include "lib/num.h"

#include <errno.h>

/* One process: what it consists of, how it grows, what its control group leaves it. */

struct subject {
	const struct ol_row *now, *old; /* old: the same process in the earlier look, or NULL */
	const struct ol_cgview *group; /* NULL: not known */
	double seconds;
};

static const struct ol_row *process(const struct ol_tick *t, int32_t pid)
{
	for (uint32_t i = 0; t && i < t->tab[OL_T_PROC].n; i++)
		if (ol_tick_row(t, OL_T_PROC, i)->id == pid)
			return ol_tick_row(t, OL_T_PROC, i);
	return NULL;
}

static bool find(const struct ol_snap *s, int32_t pid, struct subject *ret)
{
	struct subject p = { .now = process(s->now, pid), .old = process(s->old, pid) };
	struct ol_span path;

	if (!p.now)
		return false;
	/* a pid can be given to another process in between */
	if (p.old &&
	    ol_row_val(p.old, OL_PROC_start_ticks) != ol_row_val(p.now, OL_PROC_start_ticks))
		p.old = NULL;
	p.seconds = p.old ? ol_tick_seconds(s->old, s->now) : 0;
	path = ol_tick_span(s->now, p.now->text);
	for (uint32_t i = 0; path.n && i < s->now->tab[OL_T_CGROUP].n; i++)
		if (ol_span_eq(ol_tick_span(s->now, s->views[i].row->name), path))
			p.group = &s->views[i];
	*ret = p;
	return true;
}

/* Present in both looks: how much more it is, per second. */
static bool growth(const struct subject *p, enum ol_row_field f, double *ret)
{
	if (!p->old || !p->seconds || !ol_row_has(p->old, f) || !ol_row_has(p->now, f))
		return false;
	*ret = (double)(ol_row_val(p->now, f) - ol_row_val(p->old, f)) / p->seconds;
	return true;
}

static const char *state_words(int64_t letter)
{
	switch (letter) {
	case 'R':
		return "runs or wants to";
	case 'S':
		return "sleeps";
	case 'D':
		return "is blocked in the kernel";
	case 'T':
	case 't':
		return "is stopped";
	case 'Z':
		return "is dead, and its parent has not noticed (zombie)";
	case 'X':
		return "is dead";
	case 'I':
		return "is an idle kernel thread";
	default:
		return NULL;
	}
}

static const struct {
	enum ol_row_field field;
	const char *words;
} parts[] = {
	{ OL_PROC_rss_anon_kb, "anonymous (heap, stacks)" },
	{ OL_PROC_rss_file_kb, "file pages (programs, libraries, mmap)" },
	{ OL_PROC_rss_shmem_kb, "shared memory" },
};
enum { N_PARTS = sizeof(parts) / sizeof(parts[0]) };

static void put_size(struct ol_page *pg, const struct subject *p, enum ol_row_field f,
		     const char *label, const char *words)
{
	double per_s;

	if (!ol_row_has(p->now, f))
		return;
	ol_out_printf(ol_page_para(pg), "%s%s", ol_fmt_kb(ol_row_val(p->now, f)).s, words);
	if (growth(p, f, &per_s) && (per_s >= 1 || per_s <= -1))
		ol_out_printf(&pg->para, ", %s%s/s in the last %.1f s", per_s > 0 ? "+" : "",
			      ol_fmt_kb((int64_t)per_s).s, p->seconds);
	ol_page_flow(pg, label, OL_STYLE_PLAIN);
}

static void put_group(struct ol_page *pg, const struct ol_snap *s, const struct subject *p)
{
	static const char *const from[] = { NULL, "its own limit", "the limit of a group above it",
					    "the machine" };
	const struct ol_cgview *g = p->group;
	struct ol_out *o = ol_page_para(pg);

	ol_out_safe(o, ol_tick_span(s->now, p->now->text));
	ol_page_flow(pg, "cgroup", OL_STYLE_PLAIN);
	if (!g)
		return;
	o = ol_page_para(pg);
	if (g->has_usage)
		ol_out_printf(o, "%s used", ol_fmt_kb(g->usage_kb).s);
	if (g->limit_kb != OL_UNLIMITED)
		ol_out_printf(o, " of %s", ol_fmt_kb(g->limit_kb).s);
	if (from[g->from])
		ol_out_printf(o, "; %s more until %s kills", ol_fmt_kb(g->room_kb).s,
			      from[g->from]);
	ol_page_flow(pg, "room", OL_STYLE_PLAIN);
}

static void put_blocked(struct ol_page *pg, const struct ol_snap *s, const struct subject *p)
{
	const char *words = state_words(ol_row_val(p->now, OL_PROC_state));
	struct ol_span in = ol_tick_span(s->now, p->now->more);
	struct ol_out *o = ol_page_para(pg);

	if (!ol_row_has(p->now, OL_PROC_state) || !words)
		return;
	ol_out_str(o, words);
	if (in.n) {
		ol_out_str(o, ", waiting in ");
		ol_out_safe(o, in);
	}
	ol_page_flow(pg, "state", OL_STYLE_PLAIN);
}

int ol_snap_pid_text(struct ol_out *o, const struct ol_snap *s, int32_t pid,
		     const struct ol_snap_style *style)
{
	struct ol_page pg;
	struct subject p;
	int64_t rss;

	if (!find(s, pid, &p))
		return -ESRCH;
	rss = ol_above0(ol_row_val(p.now, OL_PROC_rss_kb));
	ol_page_init(&pg, o, style->width, style->color, style->utf8);
	ol_out_safe(ol_page_para(&pg), ol_tick_span(s->now, p.now->name));
	ol_out_printf(&pg.para, " (pid %d)", pid);
	if (ol_row_has(p.now, OL_PROC_uid))
		ol_out_printf(&pg.para, ", uid %lld", (long long)ol_row_val(p.now, OL_PROC_uid));
	if (ol_row_has(p.now, OL_PROC_threads))
		ol_out_printf(&pg.para, ", %lld threads",
			      (long long)ol_row_val(p.now, OL_PROC_threads));
	ol_page_flow(&pg, NULL, OL_STYLE_BOLD);
	put_blocked(&pg, s, &p);
	if (!ol_row_has(p.now, OL_PROC_rss_kb)) {
		ol_out_str(ol_page_para(&pg), "a kernel thread: it has no memory of its own");
		ol_page_flow(&pg, "", OL_STYLE_PLAIN);
	}
	put_size(&pg, &p, OL_PROC_rss_kb, "resident", "");
	put_size(&pg, &p, OL_PROC_peak_rss_kb, "", " at most so far");
	put_size(&pg, &p, OL_PROC_pss_kb, "its share", " when shared pages are divided (PSS)");
	put_size(&pg, &p, OL_PROC_swap_kb, "in swap", "");
	put_size(&pg, &p, OL_PROC_locked_kb, "locked", "");
	put_size(&pg, &p, OL_PROC_page_tables_kb, "tables", " of page tables");
	if (ol_row_has(p.now, OL_PROC_oom_score))
		ol_out_printf(ol_page_para(&pg), "%lld, oom_score_adj %lld",
			      (long long)ol_row_val(p.now, OL_PROC_oom_score),
			      (long long)ol_row_val(p.now, OL_PROC_oom_score_adj));
	ol_page_flow(&pg, "oom score", OL_STYLE_PLAIN);
	put_group(&pg, s, &p);
	if (rss) {
		ol_page_heading(&pg, "What is resident");
		for (int i = 0; i < N_PARTS; i++)
			if (ol_row_has(p.now, parts[i].field))
				ol_page_part(&pg, parts[i].words,
					     (uint64_t)ol_above0(ol_row_val(p.now, parts[i].field)),
					     (uint64_t)rss, NULL);
	}
	ol_page_done(&pg);
	return 0;
}

int ol_snap_pid_json(struct ol_json *j, const struct ol_snap *s, int32_t pid)
{
	unsigned first, n = ol_table_fields(OL_T_PROC, &first);
	struct subject p;
	double per_s;

	if (!find(s, pid, &p))
		return -ESRCH;
	ol_json_open(j, NULL, '{');
	ol_json_str(j, "schema", "oomlens.process/1");
	ol_json_i64(j, "pid", pid);
	ol_json_i64(j, "ppid", p.now->sub);
	ol_json_span(j, "comm", ol_tick_span(s->now, p.now->name));
	for (unsigned f = first; f < first + n; f++) {
		char letter = (char)ol_row_val(p.now, f);

		if (!ol_row_has(p.now, f))
			continue;
		if (f == OL_PROC_state)
			ol_json_span(j, "state", ol_span(&letter, 1));
		else
			ol_json_i64(j, ol_row_fields[f].name, ol_row_val(p.now, f));
	}
	if (p.now->more.n)
		ol_json_span(j, "waits_in", ol_tick_span(s->now, p.now->more));
	if (growth(&p, OL_PROC_rss_kb, &per_s))
		ol_json_i64(j, "rss_growth_kb_per_s", (int64_t)per_s);
	if (growth(&p, OL_PROC_rss_anon_kb, &per_s))
		ol_json_i64(j, "rss_anon_growth_kb_per_s", (int64_t)per_s);
	if (p.now->text.n)
		ol_json_span(j, "cgroup", ol_tick_span(s->now, p.now->text));
	if (p.group && ol_oom_from_names[p.group->from]) {
		ol_json_i64(j, "room_kb", p.group->room_kb);
		ol_json_str(j, "oom_from", ol_oom_from_names[p.group->from]);
	}
	ol_json_close(j, '}');
	return 0;
}
