// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/explain_verdict.h"

OL_KEY_INLINE void str(struct ol_json *j, const char *key, const char *s)
{
	if (s)
		ol_json_str(j, key, s);
}

OL_KEY_INLINE void span(struct ol_json *j, const char *key, struct ol_span s)
{
	if (s.p)
		ol_json_span(j, key, s);
}

static bool task_pid(const struct ol_task *t, int64_t *ret)
{
	*ret = t->col[OL_COL_PID];
	return t->mask >> OL_COL_PID & 1;
}

static void task(struct ol_json *j, const char *comm_key, const char *pid_key,
		 const struct ol_task *t)
{
	int64_t pid;

	if (!t)
		return;
	span(j, comm_key, t->comm);
	if (task_pid(t, &pid))
		ol_json_i64(j, pid_key, pid);
}

/* What the judge found, in words that are made in @o. */
struct words {
	struct ol_json *j;
	const struct ol_oom_event *e;
	struct ol_out o;
};

static void said(struct words *w, const char *key)
{
	if (w->o.n)
		ol_json_span(w->j, key, ol_span(w->o.buf, w->o.n));
	w->o.n = 0;
}

static void finding(struct words *w, const char *key, struct ol_finding f)
{
	ol_finding_words(&w->o, w->e, f);
	said(w, key);
}

/* ---- replay ---- */

static void replay_zone(struct ol_json *j, const struct ol_replay_zone *z)
{
	bool decided =
		z->verdict == OL_ZV_BELOW || z->verdict == OL_ZV_NO_BLOCK || z->verdict == OL_ZV_OK;

	ol_json_open(j, NULL, '{');
	if (z->zone) {
		if (z->zone->node >= 0)
			ol_json_i64(j, "node", z->zone->node);
		span(j, "zone", z->zone->name);
	}
	ol_json_bool(j, "eligible", z->verdict != OL_ZV_NOT_ELIGIBLE);
	if (decided || (z->zone && ol_kv_get(&z->zone->kv, OL_K_FREE)))
		ol_json_u64(j, "free_kb", z->free_kb);
	if (decided) {
		ol_json_u64(j, "unusable_kb", z->unusable_kb);
		ol_json_u64(j, "needed_kb", z->needed_kb);
		ol_json_str(j, "watermark", "min");
		ol_json_u64(j, "watermark_kb", z->mark_kb);
	}
	if (z->has_reserve)
		ol_json_u64(j, "reserve_kb", z->reserve_kb);
	if (decided) {
		ol_json_bool(j, "order_ok", z->order_ok);
		ol_json_bool(j, "high_failed", z->high_failed);
		str(j, "verdict", ol_zone_verdict_name(z->verdict));
	}
	if (z->largest_order >= 0)
		ol_json_i64(j, "largest_order", z->largest_order);
	str(j, "why", ol_phrase_words(z->why));
	ol_json_close(j, '}');
}

static void replay_victim(struct words *w, const struct ol_replay_victim *v)
{
	struct ol_json *j = w->j;

	ol_json_open(j, "victim", '{');
	task(j, "expected_comm", "expected_pid", v->expected);
	if (v->expected)
		ol_json_i64(j, "score", v->expected_score);
	task(j, "actual_comm", "actual_pid", v->actual);
	if (v->actual)
		ol_json_i64(j, "actual_score", v->actual_score);
	task(j, "largest_comm", "largest_pid", v->largest);
	if (v->totalpages)
		ol_json_u64(j, "total_pages", v->totalpages);
	if (v->has_actual)
		ol_json_bool(j, "matches", v->matches);
	str(j, "reason", ol_victim_reason_name(v->reason));
	ol_victim_words(&w->o, w->e, v);
	said(w, "words");
	ol_json_close(j, '}');
}

static void put_replay(struct words *w, const struct ol_verdict *v)
{
	struct ol_json *j = w->j;

	if (!v->alloc.done && !v->victim.done)
		return;
	ol_json_open(j, "replay", '{');
	if (v->alloc.done) {
		ol_json_open(j, "zones", '[');
		for (uint32_t i = 0; i < v->alloc.n; i++)
			replay_zone(j, &v->alloc.zones[i]);
		ol_json_close(j, ']');
	}
	if (v->victim.done)
		replay_victim(w, &v->victim);
	ol_json_close(j, '}');
}

/* ---- accounting ---- */

static void parts(struct ol_json *j, const struct ol_accounting *a)
{
	char key[64];

	ol_json_u64(j, "total_kb", a->total_kb);
	for (unsigned p = 0; p < OL_AC_MAX; p++) {
		struct ol_span name = ol_span_str(ol_account_key((enum ol_account_part)p));

		if (!(a->has >> p & 1) || !name.p || name.n > sizeof(key) - 4)
			continue;
		memcpy(key, name.p, name.n);
		memcpy(key + name.n, "_kb", 4);
		ol_json_u64(j, key, a->kb[p]);
	}
	if (!a->estimated)
		return;
	ol_json_open(j, "estimated", '[');
	for (unsigned p = 0; p < OL_AC_MAX; p++)
		if (a->estimated >> p & 1)
			str(j, NULL, ol_account_key((enum ol_account_part)p));
	ol_json_close(j, ']');
}

/*
 * What is no part of the total has no key that looks like one: "exceeds_total_by_kb" and
 * "swapped_out_kb" say themselves what they are.
 */
static void put_accounting(struct ol_json *j, const struct ol_verdict *v)
{
	if (!v->account.done)
		return;
	ol_json_open(j, "accounting", '{');
	ol_json_str(j, "of", v->account_is_memcg ? "memcg" : "machine");
	parts(j, &v->account);
	if (v->account.over_kb)
		ol_json_u64(j, "exceeds_total_by_kb", v->account.over_kb);
	if (v->account_is_memcg)
		ol_json_u64(j, "swapped_out_kb", v->account.swap_kb);
	if (v->zone.done && v->decisive) {
		ol_json_open(j, "zone", '{');
		if (v->decisive->node >= 0)
			ol_json_i64(j, "node", v->decisive->node);
		span(j, "zone", v->decisive->name);
		parts(j, &v->zone);
		if (v->zone.over_kb)
			ol_json_u64(j, "exceeds_total_by_kb", v->zone.over_kb);
		ol_json_close(j, '}');
	}
	ol_json_close(j, '}');
}

/* ---- the verdict ---- */

static void put_verdict(struct words *w, const struct ol_verdict *v)
{
	struct ol_json *j = w->j;

	ol_json_open(j, "verdict", '{');
	str(j, "cause", ol_cause_name(v->cause));
	str(j, "confidence", ol_confidence_name(v->confidence));
	finding(w, "headline", v->headline);
	ol_json_open(j, "explanation", '[');
	for (uint32_t i = 0; i < v->explanation.n; i++)
		finding(w, NULL, v->explanation.v[i]);
	ol_json_close(j, ']');
	ol_json_open(j, "evidence", '[');
	for (uint32_t i = 0; i < v->evidence.n; i++) {
		const struct ol_evidence *ev = &v->evidence.v[i];

		ol_json_open(j, NULL, '{');
		if (ev->line)
			ol_json_u64(j, "line", ev->line);
		span(j, "text", ev->text);
		finding(w, "value", ev->value);
		ol_json_close(j, '}');
	}
	ol_json_close(j, ']');
	ol_json_open(j, "contributing", '[');
	for (uint32_t i = 0; i < v->contributing.n; i++)
		str(j, NULL, ol_cause_name(v->contributing.v[i]));
	ol_json_close(j, ']');
	ol_json_open(j, "advice", '[');
	for (uint32_t i = 0; i < v->advice.n; i++)
		finding(w, NULL, v->advice.v[i]);
	ol_json_close(j, ']');
	str(j, "victim_reason", ol_victim_reason_name(v->victim_reason));
	ol_json_close(j, '}');
}

void ol_json_verdict(struct ol_json *j, const struct ol_oom_event *e)
{
	const struct ol_verdict *v = e->verdict;
	struct words w = { .j = j, .e = e };

	if (!v)
		return;
	ol_out_init(&w.o, -1);
	put_replay(&w, v);
	put_accounting(j, v);
	if (v->done)
		put_verdict(&w, v);
	if (w.o.err && !j->o->err)
		j->o->err = w.o.err;
	ol_out_done(&w.o);
}
