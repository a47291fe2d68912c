// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/judge/judge_impl.h"

/*
 * A program killed, not the kernel: which of its thresholds was crossed, by the numbers that it
 * printed itself. They say why it acted; what filled the memory is not in them, so the cause stays
 * unknown.
 */

static const enum ol_phrase measure_words[OL_MEASURE_MAX] = {
#define OL_MEASURE(id, name) [OL_MEASURE_##id] = OL_PHRASE_MEASURE_##id,
	OL_MEASURES(OL_MEASURE)
#undef OL_MEASURE
};

/* What was crossed, all of .measures together; the first row that holds is the reason. */
#define M(id) 1u << OL_MEASURE_##id
static const struct {
	uint32_t measures;
	enum ol_phrase why;
} reasons[] = {
	{ M(PRESSURE), OL_PHRASE_KILLER_PRESSURE },
	{ M(MEM_AVAILABLE) | M(SWAP_FREE), OL_PHRASE_KILLER_BOTH_LOW },
	{ M(MEM_AVAILABLE), OL_PHRASE_KILLER_MEM_LOW },
	{ M(WATERMARK) | M(SWAP_FREE), OL_PHRASE_KILLER_WATERMARK_SWAP },
	{ M(WATERMARK) | M(SWAP_USED), OL_PHRASE_KILLER_WATERMARK_SWAP },
	{ M(WATERMARK) | M(THRASHING), OL_PHRASE_KILLER_WATERMARK_THRASHING },
	{ M(WATERMARK), OL_PHRASE_KILLER_WATERMARK },
	{ M(THRASHING), OL_PHRASE_KILLER_THRASHING },
	{ M(SWAP_FREE), OL_PHRASE_KILLER_SWAP_LOW },
	{ M(MEM_USED) | M(SWAP_USED), OL_PHRASE_KILLER_BOTH_USED },
	{ M(SWAP_USED), OL_PHRASE_KILLER_SWAP_USED },
	{ M(MEM_USED), OL_PHRASE_KILLER_MEM_USED },
	{ M(OWN), OL_PHRASE_KILLER_OWN },
};
#undef M

static const struct {
	struct ol_span who;
	enum ol_phrase advice;
} settings[] = {
	{ OL_SPAN_INIT("systemd-oomd"), OL_PHRASE_SET_OOMD },
	{ OL_SPAN_INIT("earlyoom"), OL_PHRASE_SET_EARLYOOM },
	{ OL_SPAN_INIT("nohang"), OL_PHRASE_SET_NOHANG },
	{ OL_SPAN_INIT("lowmemorykiller"), OL_PHRASE_SET_LMKD },
	{ OL_SPAN_INIT("kubelet"), OL_PHRASE_SET_KUBELET },
	{ OL_SPAN_INIT("slurmstepd"), OL_PHRASE_SET_SLURM },
};

/* Free and available memory are to stay above the threshold, the others below it. */
static bool must_stay_above(enum ol_measure m)
{
	return m == OL_MEASURE_MEM_AVAILABLE || m == OL_MEASURE_SWAP_FREE;
}

static bool told(const struct ol_measured *m)
{
	return m->kb.set || m->percent.set;
}

/*
 * A killer prints its numbers all the time, and what is left in a log may be older than the kill:
 * what it measured counts when it is on the far side of the threshold that is printed beside it.
 */
static bool crossed(const struct ol_threshold *t)
{
	const struct ol_val *v = &t->value.kb, *l = &t->limit.kb;

	if (!v->set || !l->set) {
		v = &t->value.percent;
		l = &t->limit.percent;
	}
	if (!v->set || !l->set)
		return told(&t->limit) || !must_stay_above(t->what);
	return must_stay_above(t->what) ? v->v <= l->v : v->v >= l->v;
}

/* That it acted says that a threshold which it names was crossed, whatever else is left. */
static bool counts(const struct ol_threshold *t)
{
	return told(&t->limit) || !told(&t->value) || crossed(t);
}

static struct ol_amount amount(const struct ol_measured *m)
{
	return (struct ol_amount){ .kb = m->kb.set ? (uint64_t)m->kb.v : 0,
				   .hundredths = m->percent.set ? (uint32_t)m->percent.v : 0,
				   .has_kb = m->kb.set,
				   .has_percent = m->percent.set };
}

static uint32_t line_of(const struct ol_measured *m)
{
	return m->kb.set ? m->kb.line : m->percent.set ? m->percent.line : m->plain.line;
}

/* Said, and shown with the line that states it. */
static void say(struct ol_case *c, const struct ol_threshold *t, struct ol_finding f)
{
	ol_judge_explain(c, f);
	ol_judge_evidence(c, line_of(told(&t->limit) && !crossed(t) ? &t->limit : &t->value), f);
}

static void tell(struct ol_case *c, const struct ol_threshold *t)
{
	enum ol_phrase what = measure_words[t->what];
	struct ol_amount value = amount(&t->value), limit = amount(&t->limit);
	uint64_t total = t->total_kb.set ? (uint64_t)t->total_kb.v : 0;

	if (t->what == OL_MEASURE_PRESSURE)
		say(c, t, FOUND(PRESSURE_OVER, t->of, value, limit));
	else if (t->what == OL_MEASURE_WATERMARK)
		ol_judge_explain(c, FOUND(WATERMARK_BREACHED, t->of));
	else if (t->value.plain.set && t->limit.plain.set)
		say(c, t,
		    FOUND(OVER_PLAIN, (uint64_t)t->value.plain.v, (uint64_t)t->limit.plain.v));
	else if (told(&t->value) && crossed(t))
		say(c, t, FOUND(MEASURED, what, value, total, limit));
	else if (told(&t->limit))
		say(c, t, FOUND(THRESHOLD_ONLY, what, limit));
}

void ol_judge_killer(struct ol_case *c)
{
	const struct ol_oom_event *e = c->e;
	enum ol_phrase why = OL_PHRASE_KILLER_NOT_TOLD;
	uint32_t has = 0;

	for (uint32_t i = 0; i < e->thresholds.n; i++)
		if (counts(&e->thresholds.v[i]))
			has |= 1u << e->thresholds.v[i].what;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if ((has & reasons[i].measures) == reasons[i].measures) {
			why = reasons[i].why;
			break;
		}
	ol_judge_headline(c, FOUND(KILLER_RULE, e->who_killed.s, why));
	for (uint32_t i = 0; i < e->thresholds.n; i++)
		tell(c, &e->thresholds.v[i]);
	for (uint32_t i = 0; i < e->thresholds.n; i++)
		if (e->thresholds.v[i].seconds.set)
			ol_judge_explain(
				c, FOUND(PRESSURE_LASTED, (uint64_t)e->thresholds.v[i].seconds.v));
	if (has & 1u << OL_MEASURE_PRESSURE)
		ol_judge_explain(c, PHRASE(PRESSURE_IS_TIME));
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (ol_span_eq(e->who_killed.s, settings[i].who))
			ol_judge_advise(
				c, (struct ol_finding){ .id = (enum ol_say)settings[i].advice });
	c->v->victim.not_done = OL_PHRASE_PROGRAM_CHOSE;
	c->v->done = true;
}
