// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/decode_impl.h"

/*
 * Programs that kill for memory themselves, or that report that somebody did. Their lines are known
 * by tag where the transport has one, and by a phrase that only they write.
 */

#define S(lit) OL_SPAN(lit)

static const struct row {
	struct ol_span who; /* name in the output, and tag in the log */
	struct ol_span phrase; /* must stand in the text */
	struct ol_span also; /* too, unless empty */
	bool needs_tag; /* the phrase alone is not enough */
} rows[] = {
	/* Killed /system.slice/foo.service due to memory used (…) / total (…) and swap used … */
	{ OL_SPAN_INIT("systemd-oomd"), OL_SPAN_INIT("Killed /"), OL_SPAN_INIT(" due to "), false },
	/* sending SIGTERM to process 4242 uid 1000 "chrome": badness 980, VmRSS 812 MiB */
	{ OL_SPAN_INIT("earlyoom"), OL_SPAN_INIT("sending SIG"), OL_SPAN_INIT(" to process "),
	  false },
	/* "Eviction manager: pod is evicted successfully" pod="ns/name" */
	{ OL_SPAN_INIT("kubelet"),
	  OL_SPAN_INIT("pod is evicted successfully"),
	  { NULL, 0 },
	  false },
	{ OL_SPAN_INIT("kubelet"), OL_SPAN_INIT("pod "), OL_SPAN_INIT(" is evicted successfully"),
	  false },
	/* time="…" level=info msg="TaskOOM event &TaskOOM{ContainerID:…}" */
	{ OL_SPAN_INIT("containerd"), OL_SPAN_INIT("TaskOOM event"), { NULL, 0 }, false },
	{ OL_SPAN_INIT("dockerd"), OL_SPAN_INIT("container oom "), { NULL, 0 }, false },
	/* foo.service: A process of this unit has been killed by the OOM killer. */
	{ OL_SPAN_INIT("systemd"),
	  OL_SPAN_INIT("has been killed by the OOM killer"),
	  { NULL, 0 },
	  false },
	/* lmkd: Kill 'com.app' (1234), uid 10123, oom_score_adj 900 to free 45678kB … */
	{ OL_SPAN_INIT("lowmemorykiller"), OL_SPAN_INIT("Kill '"), OL_SPAN_INIT(" to free "),
	  true },
	/* nohang: Sending SIGTERM to the victim … */
	{ OL_SPAN_INIT("nohang"), OL_SPAN_INIT("Sending SIG"), OL_SPAN_INIT("victim"), true },
};

bool ol_userspace_kill(const struct ol_line *line, struct ol_span text, struct ol_span *ret_who)
{
	text = ol_span_head(text, OL_TEXT_MAX);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];

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
