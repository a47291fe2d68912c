// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/explain.h"
#include "export/explain_words.h"
#include "export/sentences.h"

#include <stdio.h>

/*
 * Somebody who finds a hundred kills in a log wants to read one explanation and to know that the
 * other ninety-nine have the same: how many in which time, who was hit again and again, and whether
 * things got better or worse from the first to the last.
 */

#define VICTIM_ROWS 8

static void comma(struct ol_out *p)
{
	if (p->n)
		ol_out_str(p, ", ");
}

/* The time from the first to the last, if the log tells it. */
static bool duration(const struct ol_incident *in, int64_t *ret_us)
{
	const struct ol_incident_moment *a = &in->first, *b = &in->last;

	if (a->log == b->log && a->boot == b->boot && a->mono_us != OL_TIME_NONE &&
	    b->mono_us != OL_TIME_NONE)
		return !__builtin_sub_overflow(b->mono_us, a->mono_us, ret_us) && *ret_us >= 0;
	if (a->wall_us != OL_TIME_NONE && b->wall_us != OL_TIME_NONE)
		return !__builtin_sub_overflow(b->wall_us, a->wall_us, ret_us) && *ret_us >= 0;
	return false;
}

/* "37 kills", "12 times out of memory, 40 processes killed", "3 failed or delayed allocations" */
static void put_count(struct ol_out *p, const struct ol_incident *in)
{
	bool failure = in->family == OL_IF_FAILURE;

	ol_out_u64(p, in->events);
	if (failure) {
		ol_out_str(p, " failed or delayed allocations");
	} else if (in->kills == in->events) {
		ol_out_str(p, " kills");
	} else {
		ol_out_printf(p, " times out of memory, %llu process%s killed",
			      (unsigned long long)in->kills, in->kills == 1 ? "" : "es");
	}
}

static void put_duration(struct ol_out *p, const struct ol_incident *in)
{
	int64_t us;

	if (duration(in, &us))
		ol_out_printf(p, " in %s", ol_fmt_span_us(us).s);
	if (in->limited)
		ol_out_printf(p, " (a rate limit held back %llu more)",
			      (unsigned long long)in->limited);
}

static const char *family_words(enum ol_incident_family f)
{
	static const char *const words[] = {
		[OL_IF_MACHINE] = "the machine's memory was full",
		[OL_IF_LOWMEM] = "the part of RAM that the kernel can use for itself was full",
		[OL_IF_FRAGMENTATION] = "free memory was in pieces that were too small",
		[OL_IF_NUMA] = "the nodes that the requests were bound to were full",
		[OL_IF_MANUAL] = "somebody asked for it (SysRq f)",
	};

	return (unsigned)f < sizeof(words) / sizeof(words[0]) ? words[f] : NULL;
}

/* What the headline of many kills may say only where the fullest of them proves it. */
static bool machine_was_full(enum ol_cause c)
{
	return c != OL_CAUSE_UNKNOWN && c != OL_CAUSE_MEMORY_WAS_FREE &&
	       c != OL_CAUSE_RECLAIM_POLICY && c != OL_CAUSE_WATERMARKS &&
	       c != OL_CAUSE_TOO_LARGE && c != OL_CAUSE_ADDRESS_SPACE;
}

static void put_owner(struct ol_page *pg, struct ol_out *p, struct ol_span path)
{
	struct ol_container c;

	if (ol_container_from_path(path, &c)) {
		if (c.id.p || c.pod_uid.p) {
			ol_out_str(p, c.id.p ? "container " : "pod ");
			ol_out_safe(p,
				    c.id.p ? ol_span_head(c.id, 12) : ol_span_head(c.pod_uid, 40));
			return;
		}
		if (c.unit.p) {
			ol_out_safe(p, ol_span_head(c.unit, 80));
			return;
		}
	}
	ol_out_str(p, "cgroup ");
	ol_page_tail(pg, p, path, 48);
}

static void put_reason(struct ol_page *pg, struct ol_out *p, const struct ol_incident *in)
{
	const char *words = family_words(in->family);

	if (in->family == OL_IF_MEMCG) {
		ol_out_str(p, " because ");
		if (in->groups) {
			ol_out_printf(p, "%llu containers of pod ",
				      (unsigned long long)in->groups + 1);
			ol_out_safe(p, ol_span_head(in->pod_uid, 40));
			ol_out_str(p, ", one after the other,");
			ol_out_str(p, " reached their limit");
		} else if (in->cgroup.n) {
			put_owner(pg, p, in->cgroup);
			ol_out_str(p, " reached its limit");
		} else {
			ol_out_str(p, "a memory cgroup reached its limit");
		}
	} else if (in->family == OL_IF_USERSPACE) {
		ol_out_str(p, in->reported ? ", as reported by " : " by ");
		if (in->who.n)
			ol_words_comm(p, in->who);
		else
			ol_out_str(p, "a user-space program");
	} else if (in->family == OL_IF_FAILURE) {
		ol_out_printf(p, ", each of order %u", in->order);
	} else if (words && (in->family != OL_IF_MACHINE || machine_was_full(in->cause))) {
		ol_out_printf(p, " because %s", words);
	}
}

static bool moment_time(struct ol_out *p, const struct ol_incident_moment *m, bool with_date)
{
	char wall[40];

	if (m->wall_us == OL_TIME_NONE) {
		if (m->mono_us == OL_TIME_NONE)
			return false;
		ol_out_printf(p, "%s after boot", ol_fmt_span_us(m->mono_us).s);
		return true;
	}
	ol_time_format(m->wall_us, false, wall);
	wall[10] = ' ';
	ol_out_bytes(p, with_date ? wall : wall + 11,
		     (with_date ? 19 : 8) - (m->wall_minute ? 3 : 0));
	return true;
}

static void put_times(struct ol_page *pg, const struct ol_incident *in)
{
	const struct ol_incident_moment *a = &in->first, *b = &in->last;
	struct ol_out *p = ol_page_para(pg);
	bool same_day = a->wall_us != OL_TIME_NONE && b->wall_us != OL_TIME_NONE &&
			a->wall_us / 86400000000 == b->wall_us / 86400000000;

	if (moment_time(p, a, true)) {
		ol_out_str(p, " to ");
		if (!moment_time(p, b, !same_day))
			ol_out_str(p, "an unknown time");
		if (a->wall_us != OL_TIME_NONE)
			ol_out_str(p, a->wall_zone ? " UTC" : " (zone not stated)");
	}
	if (in->host.p) {
		comma(p);
		ol_out_str(p, "host ");
		ol_out_safe(p, ol_span_head(in->host, 64));
	}
	ol_page_flow(pg, "from", OL_STYLE_PLAIN);
}

static void put_reports(struct ol_page *pg, const struct ol_incident *in)
{
	struct ol_out *p = ol_page_para(pg);

	if (in->reports) {
		ol_out_printf(p, "%llu message%s", (unsigned long long)in->reports,
			      in->reports == 1 ? "" : "s");
		for (uint32_t i = 0; i < in->n_reporters; i++) {
			ol_out_str(p, i ? ", " : " by ");
			ol_words_comm(p, in->reporters[i]);
		}
	}
	ol_page_flow(pg, "reported", OL_STYLE_PLAIN);
	if (in->consequences)
		ol_out_printf(ol_page_para(pg),
			      "%llu failed allocation%s of the process that was being killed: a "
			      "consequence of the kill, no cause",
			      (unsigned long long)in->consequences,
			      in->consequences == 1 ? "" : "s");
	ol_page_flow(pg, "then", OL_STYLE_PLAIN);
	if (in->copies)
		ol_out_printf(ol_page_para(pg), "%llu of these are in the input more than once",
			      (unsigned long long)in->copies);
	ol_page_flow(pg, "copies", OL_STYLE_PLAIN);
}

/* ---- what changed ---- */

static void change(struct ol_page *pg, struct ol_out *p, const char *name, struct ol_val a,
		   struct ol_val b)
{
	if (!a.set || !b.set || a.v == b.v)
		return;
	comma(p);
	ol_out_printf(p, "%s %s", name, ol_fmt_kb(a.v).s);
	ol_out_str(p, pg->utf8 ? " \u2192 " : " -> ");
	ol_out_str(p, ol_fmt_kb(b.v).s);
}

static void put_changes(struct ol_page *pg, const struct ol_incident *in)
{
	const struct ol_incident_moment *a = &in->first, *b = &in->last;
	struct ol_out *p = ol_page_para(pg);

	if (in->family == OL_IF_MEMCG) {
		/* the machine's counters say nothing about a cgroup */
		change(pg, p, "charged to the cgroup", a->usage_kb, b->usage_kb);
		if (a->failcnt.set && b->failcnt.set && b->failcnt.v > a->failcnt.v) {
			comma(p);
			ol_out_printf(p, "limit hit %lld times more",
				      (long long)b->failcnt.v - (long long)a->failcnt.v);
		}
	} else {
		change(pg, p, "free", a->free_kb, b->free_kb);
		change(pg, p, "anonymous", a->anon_kb, b->anon_kb);
		change(pg, p, "file cache", a->file_kb, b->file_kb);
		change(pg, p, "slab", a->slab_kb, b->slab_kb);
		change(pg, p, "swap free", a->swap_free_kb, b->swap_free_kb);
	}
	ol_page_flow(pg, "changed", OL_STYLE_PLAIN);
}

/* ---- who was hit ---- */

static void victim_row(struct ol_page *pg, struct ol_span name, const struct ol_incident_victim *v)
{
	ol_out_str(pg->o, "  ");
	ol_page_cell(pg, name, 24, OL_CELL_LEFT);
	ol_out_printf(pg->o, "%10llu", (unsigned long long)v->count);
	if (v->has_rss) {
		ol_page_cell_str(pg, ol_fmt_u64_kb(v->rss_kb).s, 14, OL_CELL_RIGHT);
		ol_page_cell_str(pg, ol_fmt_u64_kb(v->count ? v->rss_kb / v->count : 0).s, 14,
				 OL_CELL_RIGHT);
	}
	ol_out_char(pg->o, '\n');
}

static void put_victims(struct ol_page *pg, const struct ol_incident *in)
{
	struct ol_incident_victim others = in->others;
	uint32_t shown = in->n_victims;

	if (!in->n_victims)
		return;
	/* a table does not end with one row of "others" in place of one victim */
	if (shown > VICTIM_ROWS)
		shown = VICTIM_ROWS - 1;
	ol_out_char(pg->o, '\n');
	ol_page_style(pg, OL_STYLE_DIM);
	ol_out_str(pg->o, "  killed                       times        memory      each time\n");
	ol_page_style(pg, OL_STYLE_PLAIN);
	for (uint32_t i = 0; i < in->n_victims; i++) {
		const struct ol_incident_victim *v = &in->victims[i];

		if (i < shown) {
			victim_row(pg, v->comm.p ? v->comm : OL_SPAN("(not named)"), v);
			continue;
		}
		others.count += v->count;
		others.has_rss |= v->has_rss;
		if (__builtin_add_overflow(others.rss_kb, v->rss_kb, &others.rss_kb))
			others.rss_kb = UINT64_MAX;
	}
	if (others.count)
		victim_row(pg, OL_SPAN("(all others)"), &others);
}

/* ---- several incidents at a glance ---- */

static void overview_row(struct ol_page *pg, const struct ol_incident *in)
{
	const char *words = ol_cause_words(in->cause);
	struct ol_out *p = ol_page_para(pg);

	if (in->family == OL_IF_MEMCG && in->cgroup.n)
		put_owner(pg, p, in->cgroup);
	else if (in->family == OL_IF_MEMCG)
		ol_out_str(p, "a memory cgroup");
	else if (in->family == OL_IF_FAILURE)
		ol_out_str(p, "failed allocations");
	else
		ol_out_str(p, "the machine");
	ol_out_str(pg->o, "  ");
	ol_page_cell(pg, ol_span(p->buf, p->n), 34, OL_CELL_LEFT);
	p->n = 0;
	ol_out_printf(pg->o, "%6llu", (unsigned long long)in->events);
	ol_page_cell_str(pg,
			 in->limit_kb.set && in->limit_kb.v < OL_UNLIMITED_KB
				 ? ol_fmt_kb(in->limit_kb.v).s
				 : "-",
			 12, OL_CELL_RIGHT);
	ol_out_printf(pg->o, "  %s\n", words ? words : "not told by the log");
}

void ol_incidents_overview(struct ol_out *o, struct ol_incident *const *in, uint32_t n,
			   const struct ol_text_opts *opts)
{
	uint64_t events = 0;
	struct ol_page pg;

	for (uint32_t i = 0; i < n; i++)
		events += in[i]->family == OL_IF_FAILURE ? 0 : in[i]->events;
	if (n < 2 || events < OL_OVERVIEW_LEAST)
		return;
	ol_page_init(&pg, o, opts->width, opts->color, opts->utf8);
	ol_out_printf(ol_page_para(&pg), "%llu kills in %u places:", (unsigned long long)events, n);
	ol_page_flow(&pg, NULL, OL_STYLE_BOLD);
	ol_out_char(o, '\n');
	ol_page_style(&pg, OL_STYLE_DIM);
	ol_out_str(o, "  where                               times       limit  cause\n");
	ol_page_style(&pg, OL_STYLE_PLAIN);
	for (uint32_t i = 0; i < n; i++)
		overview_row(&pg, in[i]);
	ol_out_char(o, '\n');
	ol_page_done(&pg);
}

void ol_incident_text(struct ol_out *o, const struct ol_incident *in,
		      const struct ol_text_opts *opts)
{
	struct ol_page pg;
	struct ol_out *p;

	if (in->events < 2) {
		if (in->text)
			ol_out_bytes(o, in->text, in->text_n);
		if (!in->reports && !in->copies && !in->consequences)
			return;
		ol_page_init(&pg, o, opts->width, opts->color, opts->utf8);
		ol_out_char(o, '\n');
		put_reports(&pg, in);
		ol_page_done(&pg);
		return;
	}
	ol_page_init(&pg, o, opts->width, opts->color, opts->utf8);
	p = ol_page_para(&pg);
	put_count(p, in);
	put_duration(p, in);
	put_reason(&pg, p, in);
	ol_out_printf(p, ": one incident. The %s of them:", in->told_later ? "fullest" : "first");
	ol_page_flow(&pg, NULL, OL_STYLE_BOLD);
	ol_out_char(o, '\n');
	if (in->text)
		ol_out_bytes(o, in->text, in->text_n);
	else
		ol_out_str(o, "  (too long to be kept: --events shows it)\n");
	ol_out_char(o, '\n');
	p = ol_page_para(&pg);
	ol_out_str(p, "All of them: ");
	put_count(p, in);
	put_duration(p, in);
	ol_page_flow(&pg, NULL, OL_STYLE_BOLD);
	ol_out_char(o, '\n');
	put_times(&pg, in);
	put_changes(&pg, in);
	put_reports(&pg, in);
	ol_words_place(&pg,
		       &(struct ol_place){ .file = in->first_file,
					   .first = in->first.line,
					   .last_file = ol_span(in->last_file, in->last_file_n),
					   .last = in->last_line,
					   .most = 80 });
	put_victims(&pg, in);
	ol_page_done(&pg);
}
