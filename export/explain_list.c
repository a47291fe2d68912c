// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/explain.h"
#include "export/explain_words.h"

#include <stdio.h>

/*
 * 2026-11-20 18:51:21  web1  oom memcg  java[4242]  498 MiB  nginx[17]  /foo.service  messages:1041
 *
 * Widths of the fixed columns; "where" and the place in the log share what is left of the line.
 */
enum {
	W_TIME = 19,
	W_HOST = 12,
	W_KIND = 9,
	W_VICTIM = 22,
	W_SIZE = 9,
	W_TRIGGER = 18,
	W_GAPS = 14
};
#define W_FIXED (W_TIME + W_HOST + W_KIND + W_VICTIM + W_SIZE + W_TRIGGER + W_GAPS)

/* Columns for "where" and for the place in the log. */
static void last_widths(const struct ol_page *pg, unsigned *ret_where, unsigned *ret_place)
{
	unsigned rest = pg->width > W_FIXED + 40 ? pg->width - W_FIXED : 40;

	if (rest > 120)
		rest = 120;
	*ret_where = rest / 2;
	*ret_place = rest - rest / 2;
}

static const char *kind_word(const struct ol_oom_event *e)
{
	switch (e->kind) {
	case OL_EV_OOM:
		return e->constraint == OL_CONSTRAINT_MEMCG ? "oom memcg" : "oom";
	case OL_EV_ALLOC_FAILURE:
		return e->stall ? "stall" : "failure";
	case OL_EV_KILL_ONLY:
		return "kill";
	case OL_EV_PANIC:
		return "panic";
	case OL_EV_USERSPACE_KILL:
		return "user kill";
	case OL_EV_KILL_REPORT:
		return "reported";
	case OL_EV_FRAGMENT:
		return "fragment";
	case OL_EV_KIND_MAX:
		break;
	}
	return "-";
}

static void gap(struct ol_page *pg)
{
	ol_out_str(pg->o, "  ");
}

/* "comm[pid]": a long comm is cut, the pid never */
static void process_cell(struct ol_page *pg, struct ol_span comm, struct ol_val pid, unsigned width)
{
	char number[32] = "";
	unsigned digits, used;

	if (!comm.p && !pid.set) {
		ol_page_cell_str(pg, "-", width, OL_CELL_LEFT);
		return;
	}
	if (pid.set)
		snprintf(number, sizeof(number), "[%lld]", (long long)pid.v);
	digits = (unsigned)strlen(number);
	ol_page_para(pg);
	ol_words_comm(&pg->para, comm.p ? comm : OL_SPAN("?"));
	used = ol_text_columns(ol_span(pg->para.buf, pg->para.n));
	if (digits + used <= width) {
		ol_out_str(&pg->para, number);
		ol_page_cell(pg, ol_span(pg->para.buf, pg->para.n), width, OL_CELL_LEFT);
		return;
	}
	ol_page_cell(pg, ol_span(pg->para.buf, pg->para.n), width > digits ? width - digits : 1,
		     OL_CELL_LEFT);
	ol_out_str(pg->o, number);
}

static void where_cell(struct ol_page *pg, const struct ol_oom_event *e, unsigned width)
{
	struct ol_out *p = ol_page_para(pg);

	if (e->sysrq)
		ol_out_str(p, "SysRq f");
	else if (e->who_killed.s.p)
		ol_words_comm(p, e->who_killed.s);
	else if (e->kind == OL_EV_ALLOC_FAILURE)
		ol_words_order(p, e);
	else if (e->oom_memcg.s.p)
		ol_page_tail(pg, p, e->oom_memcg.s, width);
	else if (e->constraint != OL_CONSTRAINT_UNKNOWN)
		ol_out_str(p, e->constraint == OL_CONSTRAINT_NONE
				      ? "whole machine"
				      : ol_constraint_name(e->constraint));
	else
		ol_out_str(p, "-");
	ol_page_cell(pg, ol_span(p->buf, p->n), width, OL_CELL_LEFT);
}

void ol_event_list_head(struct ol_out *o, const struct ol_text_opts *opts)
{
	unsigned where, place;
	struct ol_page pg;

	ol_page_init(&pg, o, opts->width, opts->color, opts->utf8);
	last_widths(&pg, &where, &place);
	ol_page_style(&pg, OL_STYLE_DIM);
	ol_page_cell_str(&pg, "time", W_TIME, OL_CELL_LEFT);
	gap(&pg);
	ol_page_cell_str(&pg, "host", W_HOST, OL_CELL_LEFT);
	gap(&pg);
	ol_page_cell_str(&pg, "kind", W_KIND, OL_CELL_LEFT);
	gap(&pg);
	ol_page_cell_str(&pg, "victim", W_VICTIM, OL_CELL_LEFT);
	gap(&pg);
	ol_page_cell_str(&pg, "size", W_SIZE, OL_CELL_RIGHT);
	gap(&pg);
	ol_page_cell_str(&pg, "request by", W_TRIGGER, OL_CELL_LEFT);
	gap(&pg);
	ol_page_cell_str(&pg, "where", where, OL_CELL_LEFT);
	gap(&pg);
	ol_page_cell_str(&pg, "log", place, OL_CELL_LAST);
	ol_page_style(&pg, OL_STYLE_PLAIN);
	ol_out_char(o, '\n');
	ol_page_done(&pg);
}

void ol_event_list_line(struct ol_out *o, const struct ol_oom_event *e,
			const struct ol_text_opts *opts)
{
	const struct ol_victim *v = e->victims.n ? &e->victims.v[0] : NULL;
	unsigned where, place;
	struct ol_page pg;
	struct ol_out *p;
	int64_t kb;

	ol_page_init(&pg, o, opts->width, opts->color, opts->utf8);
	last_widths(&pg, &where, &place);
	p = ol_page_para(&pg);
	ol_words_time(p, e, false);
	ol_page_cell(&pg, p->n ? ol_span(p->buf, p->n) : OL_SPAN("-"), W_TIME, OL_CELL_LEFT);
	gap(&pg);
	ol_page_cell(&pg, e->host.p ? e->host : OL_SPAN("-"), W_HOST, OL_CELL_LEFT);
	gap(&pg);
	ol_page_cell_str(&pg, kind_word(e), W_KIND, OL_CELL_LEFT);
	gap(&pg);
	if (v)
		process_cell(&pg, v->comm.s, v->pid, W_VICTIM);
	else
		ol_page_cell_str(&pg, "-", W_VICTIM, OL_CELL_LEFT);
	gap(&pg);
	ol_page_cell_str(&pg, v && ol_victim_rss_kb(v, &kb) ? ol_fmt_kb(kb).s : "-", W_SIZE,
			 OL_CELL_RIGHT);
	gap(&pg);
	process_cell(&pg, e->trigger_comm.s, e->trigger_pid, W_TRIGGER);
	gap(&pg);
	where_cell(&pg, e, where);
	gap(&pg);
	p = ol_page_para(&pg);
	if (e->file.p) {
		ol_out_safe(p, e->file);
		ol_out_char(p, ':');
	}
	ol_out_u64(p, e->first_line);
	ol_page_cell(&pg, ol_span(p->buf, p->n), place, OL_CELL_LAST_TAIL);
	ol_out_char(o, '\n');
	ol_page_done(&pg);
}

void ol_event_raw(struct ol_out *o, const struct ol_oom_event *e)
{
	for (uint32_t i = 0; i < e->lines.n; i++) {
		ol_out_safe(o, e->lines.v[i].text);
		ol_out_char(o, '\n');
	}
}
