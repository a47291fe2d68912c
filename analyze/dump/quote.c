// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/decode_impl.h"
#include "analyze/dump/scan.h"

/*
 * A kill that is told of: the kernel's sentence inside of somebody's words.
 *
 *   default  9m  Warning  OOMKilling  node/b-7  Memory cgroup out of memory: Killed process 7 (a) …
 *     "message": "Memory cgroup out of memory: Killed process 7 (a) total-vm:192600kB, …",
 *   - `Out of memory: Killed process 7 (a) total-vm:90000kB, …`
 *   | 03:33 | oom-kill:constraint=CONSTRAINT_MEMCG,…,task=a,pid=7,uid=0 |
 *
 * Words like "killed process 7" are no evidence: the reason has to stand in front or the sizes
 * behind, as the kernel prints them (__oom_kill_process() and dump_header() in mm/oom_kill.c).
 */

#define S(lit) OL_SPAN(lit)

static const struct ol_span reasons[] = {
	OL_SPAN_INIT("Memory cgroup out of memory: "),
	OL_SPAN_INIT("Out of memory: "),
	OL_SPAN_INIT("Out of Memory: "),
	OL_SPAN_INIT("Out of memory (oom_kill_allocating_task): "),
	OL_SPAN_INIT("No available memory (MPOL_BIND): "),
	OL_SPAN_INIT("No available memory in cpuset: "),
};

static const struct {
	struct ol_span who, words;
} quoters[] = {
#define OL_QUOTER(who, words) { OL_SPAN_INIT(who), OL_SPAN_INIT(words) },
#include "analyze/dump/quotes.def"
};

static const struct ol_span ends[] = {
#define OL_QUOTE_END(words) OL_SPAN_INIT(words),
#include "analyze/dump/quotes.def"
};

/* Bullets, numbers of lists and of lines, rules of tables, quote marks: no word. */
static bool is_decoration(struct ol_span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (ol_is_alpha(s.p[i]) || s.p[i] == '%' || s.p[i] == '=')
			return false;
	return true;
}

struct ol_span ol_quote_by(struct ol_span prefix, struct ol_span *ret_node)
{
	struct ol_span tok, rest = prefix;

	*ret_node = (struct ol_span){ NULL, 0 };
	/* kubectl's column of objects */
	while (!ret_node->p && ol_span_token(&rest, &tok))
		if (ol_span_eat(&tok, S("node/")) && tok.n)
			*ret_node = tok;
	for (size_t i = 0; i < sizeof(quoters) / sizeof(quoters[0]); i++)
		if (ol_span_has(prefix, quoters[i].words))
			return quoters[i].who;
	return (struct ol_span){ NULL, 0 };
}

bool ol_quote_known(struct ol_span who)
{
	for (size_t i = 0; who.n && i < sizeof(quoters) / sizeof(quoters[0]); i++)
		if (ol_span_eq(who, quoters[i].who))
			return true;
	return false;
}

static void look_in_front(struct ol_quote *q)
{
	struct ol_span node;

	q->known_prefix = is_decoration(q->before);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		q->known_prefix |= ol_span_ends(q->before, ends[i]);
	q->by = ol_quote_by(q->before, &node);
	q->known_prefix |= q->by.p != NULL;
}

static void skip_digits(struct ol_span *t)
{
	while (t->n && (ol_is_digit(t->p[0]) || t->p[0] == '-'))
		*t = ol_span_skip(*t, 1);
}

/* Moves *@t behind the last @key, and the number and unit that follow; false: it is not there. */
static bool behind_last(struct ol_span *t, struct ol_span key, struct ol_span unit)
{
	ssize_t at = ol_span_rfind(*t, key);
	struct ol_span rest;

	if (at < 0)
		return false;
	rest = ol_span_skip(*t, (size_t)at + key.n);
	skip_digits(&rest);
	if (!ol_span_eat(&rest, unit))
		return false;
	*t = rest;
	return true;
}

/* What stands behind the sentence that @t begins with. */
static struct ol_span tail_of(enum ol_line_kind kind, struct ol_span t)
{
	struct ol_span rest = t;

	if (kind == OL_LINE_OOM_KILL) {
		if (!behind_last(&rest, S(",uid="), S("")))
			rest = ol_span_skip(t, t.n);
		return rest;
	}
	if (behind_last(&rest, S("oom_score_adj:"), S("")) ||
	    behind_last(&rest, S("shmem-rss:"), S("kB")) ||
	    behind_last(&rest, S("file-rss:"), S("kB")) ||
	    (behind(&rest, S("or sacrifice child"))) || behind_last(&rest, S(") score "), S("")))
		return rest;
	/* broken off between two sizes */
	if (ol_span_rfind(rest, S("kB")) > 0)
		return ol_span_skip(rest, (size_t)ol_span_rfind(rest, S("kB")) + 2);
	return behind(&rest, S(")")) ? rest : ol_span_skip(t, t.n);
}

/* A line of the kernel goes no further than its next one does begin. */
static struct ol_span until_next(struct ol_span t)
{
	ssize_t at = ol_span_find(ol_span_skip(t, 8), S("ill process ")), nl;

	if (at >= 0)
		t = ol_span_head(t, (size_t)at + 8);
	at = ol_span_find(ol_span_skip(t, 8), S("illed process "));
	if (at >= 0)
		t = ol_span_head(t, (size_t)at + 8);
	nl = ol_span_find(t, S("\\n"));
	return nl > 0 ? ol_span_head(t, (size_t)nl) : t;
}

/* At @at of @text the words begin; is it such a sentence? */
static bool sentence(struct ol_span text, size_t at, struct ol_quote *ret)
{
	struct ol_span t = until_next(ol_span_skip(text, at)), before = ol_span_head(text, at);
	struct ol_quote q = { .kind = OL_LINE_NONE };
	bool reason = false;

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]) && !reason; i++)
		if (ol_span_ends(before, reasons[i])) {
			reason = true;
			before.n -= reasons[i].n;
		}
	q.text = ol_span(before.p + before.n, at - before.n + t.n);
	q.kind = ol_kind_of(q.text);
	q.sizes = ol_span_has(t, S(" total-vm:")) || ol_span_has(t, S(" vsz:")) ||
		  ol_span_has(t, S(") score ")) || q.kind == OL_LINE_OOM_KILL;
	if (q.kind != OL_LINE_KILLED && q.kind != OL_LINE_CHOSEN && q.kind != OL_LINE_CHOSEN_OLD &&
	    q.kind != OL_LINE_OOM_KILL)
		return false;
	if (q.kind != OL_LINE_OOM_KILL && !reason && !q.sizes)
		return false;
	q.before = before;
	q.behind = tail_of(q.kind, t);
	q.text.n = (size_t)(q.behind.p - q.text.p);
	q.behind = ol_span_skip(text, (size_t)(q.behind.p - text.p));
	look_in_front(&q);
	*ret = q;
	return true;
}

bool ol_quote_find(struct ol_span text, struct ol_quote *ret)
{
	static const struct ol_span words[] = { OL_SPAN_INIT("Killed process "),
						OL_SPAN_INIT("Kill process "),
						OL_SPAN_INIT("kill process "),
						OL_SPAN_INIT("oom-kill:constraint=") };
	struct ol_span rest;
	size_t from = 0;

	text = ol_span_head(text, OL_TEXT_MAX);
	for (rest = text; rest.n; rest = ol_span_skip(text, from)) {
		size_t hit = ol_scan(OL_SCAN_EVENT, rest.p, rest.n), least = SIZE_MAX;

		/* most texts have none of the words */
		if (hit == rest.n)
			return false;
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
			ssize_t at = ol_span_find(rest, words[i]);

			if (at >= 0 && (size_t)at < least)
				least = (size_t)at;
		}
		if (least == SIZE_MAX)
			return false;
		if (sentence(text, from + least, ret))
			return true;
		from += least + 1;
	}
	return false;
}
