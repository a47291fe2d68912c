// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/decode_impl.h"

/* The lines of programs.def: which text is one, and what it tells. */

#define S(lit) OL_SPAN(lit)

static const struct program {
	struct ol_span who, phrase, also;
	bool needs_tag;
	enum { KILLS, REPORTS } does;
} programs[] = {
#define OL_PROGRAM(who, does, phrase, also, needs_tag, marks) \
	{ OL_SPAN_INIT(who), OL_SPAN_INIT(phrase), OL_SPAN_INIT(also), needs_tag, does },
#include "analyze/dump/programs.def"
#undef OL_PROGRAM
};

bool ol_userspace_kill(const struct ol_line *line, struct ol_span text, struct ol_span *ret_who)
{
	text = ol_span_head(text, OL_TEXT_MAX);
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		const struct program *r = &programs[i];

		if (ol_span_find(text, r->phrase) < 0 ||
		    (r->also.n && ol_span_find(text, r->also) < 0))
			continue;
		/* another program that quotes the phrase is not the killer */
		if (line->tag.p ? !ol_span_starts(line->tag, r->who)
				: (r->needs_tag || line->writer == OL_WRITER_USER))
			continue;
		*ret_who = r->who;
		return true;
	}
	return false;
}

static struct ol_span quoted_behind(struct ol_span t, struct ol_span key)
{
	ssize_t end;

	if (!behind(&t, key))
		return (struct ol_span){ NULL, 0 };
	end = ol_span_chr(t, '"');
	return end < 0 ? (struct ol_span){ NULL, 0 } : ol_span_head(t, (size_t)end);
}

static struct ol_span word(struct ol_span t)
{
	size_t n = 0;

	while (n < t.n && !ol_is_blank(t.p[n]) && t.p[n] != '"' && t.p[n] != ',')
		n++;
	return ol_span_head(t, n);
}

void ol_userspace_decode(struct ol_oom_event *e, struct ol_span who, struct ol_span text,
			 uint32_t line)
{
	struct ol_evline *to = ol_vec_push(&e->arena, &e->lines);
	struct ol_victim *v;
	struct ol_span t, comm;
	uint64_t n;

	text = ol_arena_dup(&e->arena, text);
	if (!to || !text.p)
		return;
	*to = (struct ol_evline){ text, line, OL_PART_KILL };
	e->parts_seen |= 1u << OL_PART_KILL;
	e->who_killed = (struct ol_text){ who, line };
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		if (ol_span_eq(programs[i].who, who))
			e->killer_reports = programs[i].does == REPORTS;
	e->userspace_text = (struct ol_text){ text, line };

	t = text;
	if (ol_span_eqs(who, "systemd-oomd") && behind(&t, S("Killed "))) {
		set_text(&e->task_memcg, word(t), line);
		return;
	}
	if (ol_span_eqs(who, "systemd")) {
		ssize_t at = ol_span_find(text, S(": "));

		if (at > 0)
			set_text(&e->task_memcg, ol_span_head(text, (size_t)at), line);
		return;
	}
	if (!ol_span_eqs(who, "earlyoom") || !behind(&t, S(" to process ")))
		return;
	v = ol_vec_push(&e->arena, &e->victims);
	if (!v)
		return;
	v->reaped = -1;
	v->line = line;
	v->why = OL_WHY_CHOSEN;
	if (ol_eat_u64(&t, &n))
		set_u64(&v->pid, n, line);
	if (number_behind(t, S(" uid "), S(""), &n))
		set_u64(&v->uid, n, line);
	comm = quoted_behind(t, S("\""));
	if (comm.p)
		set_text(&v->comm, comm, line);
	if (number_behind(t, S("badness "), S(""), &n))
		set_u64(&v->score, n, line);
}
