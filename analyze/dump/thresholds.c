// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/decode_impl.h"

/*
 * By which numbers a program killed. Each prints what it measured and its own threshold, in one
 * line or in two; a number that is not printed stays absent.
 */

#define S(lit) OL_SPAN(lit)

const char *ol_measure_name(enum ol_measure m)
{
	static const char *const names[OL_MEASURE_MAX] = {
#define OL_MEASURE(id, name) [OL_MEASURE_##id] = name,
		OL_MEASURES(OL_MEASURE)
#undef OL_MEASURE
	};

	return (unsigned)m < OL_MEASURE_MAX ? names[m] : NULL;
}

/* The one of @what: a killer states what it measured and its threshold apart. */
static struct ol_threshold *threshold(struct ol_oom_event *e, enum ol_measure what)
{
	struct ol_threshold *t;

	for (uint32_t i = 0; i < e->thresholds.n; i++)
		if (e->thresholds.v[i].what == what)
			return &e->thresholds.v[i];
	t = ol_vec_push(&e->arena, &e->thresholds);
	if (t)
		*t = (struct ol_threshold){ .what = what };
	return t;
}

/* ---- numbers ---- */

/* 12, 12.00: hundredths. No share and no pressure comes near the most that is taken. */
static bool eat_hundredths(struct ol_span *t, uint64_t *ret)
{
	enum { MOST = 1000000 };
	struct ol_span a = ol_span_ltrim(*t);
	uint64_t whole, part = 0, unit = 10;

	if (!ol_eat_u64(&a, &whole) || whole > MOST)
		return false;
	if (a.n > 1 && a.p[0] == '.' && ol_is_digit(a.p[1])) {
		a = ol_span_skip(a, 1);
		for (; a.n && ol_is_digit(a.p[0]); a = ol_span_skip(a, 1)) {
			part += (uint64_t)(a.p[0] - '0') * unit;
			unit /= 10;
		}
	}
	*ret = whole * 100 + part;
	*t = a;
	return true;
}

/* 12.00%, 12 % */
static bool eat_percent(struct ol_span *t, uint64_t *ret)
{
	struct ol_span a = *t;

	if (!eat_hundredths(&a, ret))
		return false;
	a = ol_span_ltrim(a);
	if (!ol_span_eat(&a, S("%")))
		return false;
	*t = a;
	return true;
}

static bool eat_mib(struct ol_span *t, uint64_t *ret_kb)
{
	struct ol_span a = ol_span_ltrim(*t);

	if (!ol_eat_u64(&a, ret_kb) || *ret_kb >= UINT32_MAX)
		return false;
	*ret_kb *= 1024;
	*t = ol_span_ltrim(a);
	return true;
}

/* 301 MiB, 3.9 % */
static void amount(struct ol_measured *m, struct ol_span t, uint32_t line)
{
	uint64_t kb, percent;

	if (!eat_mib(&t, &kb) || !ol_span_eat(&t, S("MiB")))
		return;
	set_u64(&m->kb, kb, line);
	if (ol_span_eat(&t, S(",")) && eat_percent(&t, &percent))
		set_u64(&m->percent, percent, line);
}

/* 100Mi, 3404Ki, 104857600: a quantity of Kubernetes (apimachinery's resource.Quantity) */
static bool quantity(struct ol_span t, uint64_t *ret_kb)
{
	static const struct {
		struct ol_span suffix;
		uint64_t bytes;
	} units[] = {
		{ OL_SPAN_INIT("Ki"), UINT64_C(1) << 10 },
		{ OL_SPAN_INIT("Mi"), UINT64_C(1) << 20 },
		{ OL_SPAN_INIT("Gi"), UINT64_C(1) << 30 },
		{ OL_SPAN_INIT("Ti"), UINT64_C(1) << 40 },
		{ OL_SPAN_INIT("k"), 1000 },
		{ OL_SPAN_INIT("M"), 1000000 },
		{ OL_SPAN_INIT("G"), 1000000000 },
		{ OL_SPAN_INIT("T"), 1000000000000 },
	};
	uint64_t n, bytes = 1;

	if (!ol_eat_u64(&t, &n))
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (ol_span_eat(&t, units[i].suffix)) {
			bytes = units[i].bytes;
			break;
		}
	/* 1.5Gi, 1e9, 1500m: written by hand, and seldom */
	if (t.n && (ol_is_alpha(t.p[0]) || (t.p[0] == '.' && t.n > 1 && ol_is_digit(t.p[1]))))
		return false;
	if (__builtin_mul_overflow(n, bytes, &n))
		return false;
	*ret_kb = n / 1024;
	return true;
}

/* ---- systemd-oomd: src/oom/oomd-manager.c ---- */

/* memory used (7834112000) / total (8201396224) */
static void used_of(struct ol_oom_event *e, enum ol_measure what, struct ol_span t,
		    struct ol_span key, uint64_t limit, uint32_t line)
{
	struct ol_threshold *h;
	uint64_t used, total;

	if (!behind(&t, key) || !ol_eat_u64(&t, &used) || !ol_span_eat(&t, S(") / total (")) ||
	    !ol_eat_u64(&t, &total) || !ol_span_starts(t, S(")")))
		return;
	h = threshold(e, what);
	if (!h)
		return;
	set_u64(&h->value.kb, used / 1024, line);
	set_u64(&h->total_kb, total / 1024, line);
	set_u64(&h->limit.percent, limit, line);
}

/*
 * memory pressure for /a.slice being 61.07% > 50.00% for > 20s with reclaim activity
 * swap used (2104426496) / total (2147479552) being more than 90.00%
 */
void ol_thresholds_oomd(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	struct ol_span t = text, of;
	struct ol_threshold *h;
	uint64_t value, limit, seconds;

	if (behind(&t, S(" being more than ")) && eat_percent(&t, &limit)) {
		used_of(e, OL_MEASURE_MEM_USED, text, S("memory used ("), limit, line);
		used_of(e, OL_MEASURE_SWAP_USED, text, S("swap used ("), limit, line);
		return;
	}
	t = text;
	if (!behind(&t, S("memory pressure for ")))
		return;
	of = t;
	if (!cut_at(&of, S(" being "), &t) || !eat_percent(&t, &value) ||
	    !ol_span_eat(&t, S(" > ")) || !eat_percent(&t, &limit))
		return;
	h = threshold(e, OL_MEASURE_PRESSURE);
	if (!h)
		return;
	set_u64(&h->value.percent, value, line);
	set_u64(&h->limit.percent, limit, line);
	h->of = of;
	/* "1min 30s" is not taken apart */
	if (ol_span_eat(&t, S(" for > ")) && ol_eat_u64(&t, &seconds) && ol_span_starts(t, S("s ")))
		set_u64(&h->seconds, seconds, line);
}

/* ---- earlyoom: main.c, meminfo.c ---- */

/* mem avail:   701 of  7604 MiB ( 9.22%), swap free:  187 of 2047 MiB ( 9.14%) */
static void avail(struct ol_oom_event *e, enum ol_measure what, struct ol_span t,
		  struct ol_span key, uint32_t line)
{
	struct ol_threshold *h;
	uint64_t value, total, percent;

	if (!behind(&t, key) || !eat_mib(&t, &value) || !ol_span_eat(&t, S("of ")) ||
	    !eat_mib(&t, &total) || !ol_span_eat(&t, S("MiB")))
		return;
	h = threshold(e, what);
	if (!h)
		return;
	set_u64(&h->value.kb, value, line);
	set_u64(&h->total_kb, total, line);
	t = ol_span_ltrim(t);
	if (ol_span_eat(&t, S("(")) && eat_percent(&t, &percent))
		set_u64(&h->value.percent, percent, line);
}

/* low memory! at or below SIGTERM limits: mem 10.00%, swap 10.00% */
static void limit_of(struct ol_oom_event *e, enum ol_measure what, struct ol_span t,
		     struct ol_span key, uint32_t line)
{
	struct ol_threshold *h;
	uint64_t percent;

	if (!behind(&t, key) || !eat_percent(&t, &percent))
		return;
	h = threshold(e, what);
	if (h)
		set_u64(&h->limit.percent, percent, line);
}

void ol_thresholds_earlyoom(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	struct ol_threshold *h;
	struct ol_span t = text;
	uint64_t kb;

	avail(e, OL_MEASURE_MEM_AVAILABLE, text, S("mem avail: "), line);
	avail(e, OL_MEASURE_SWAP_FREE, text, S("swap free: "), line);
	if (behind(&t, S(" limits: "))) {
		limit_of(e, OL_MEASURE_MEM_AVAILABLE, t, S("mem "), line);
		limit_of(e, OL_MEASURE_SWAP_FREE, t, S("swap "), line);
		return;
	}
	/* before 1.0: Out of memory! avail: 390 MiB < min: 391 MiB */
	if (!behind(&t, S("Out of memory! avail: ")) || !eat_mib(&t, &kb) ||
	    !ol_span_eat(&t, S("MiB < min: ")))
		return;
	h = threshold(e, OL_MEASURE_MEM_AVAILABLE);
	if (!h)
		return;
	set_u64(&h->value.kb, kb, line);
	if (eat_mib(&t, &kb) && ol_span_starts(t, S("MiB")))
		set_u64(&h->limit.kb, kb, line);
}

/* ---- nohang ---- */

static void nohang_pair(struct ol_oom_event *e, enum ol_measure what, struct ol_span t,
			struct ol_span key, uint32_t line)
{
	struct ol_threshold *h;

	if (!behind(&t, key))
		return;
	h = threshold(e, what);
	if (!h)
		return;
	amount(&h->value, t, line);
	if (behind(&t, S("] <= ")) && behind(&t, S(" [")))
		amount(&h->limit, t, line);
}

/* MemAvailable [301 MiB, 3.9 %] <= soft_threshold_min_mem [393 MiB, 5.0 %] */
void ol_thresholds_nohang(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	nohang_pair(e, OL_MEASURE_MEM_AVAILABLE, text, S("MemAvailable ["), line);
	nohang_pair(e, OL_MEASURE_SWAP_FREE, text, S("SwapFree ["), line);
}

/* ---- lmkd: mp_event_psi() in lmkd.cpp ---- */

/* (1100kB < 204800kB), (0kB): what is in parentheses behind @key */
static void lmkd_swap(struct ol_oom_event *e, struct ol_span t, struct ol_span key, uint32_t line)
{
	struct ol_threshold *h;
	uint64_t kb;

	if (!behind(&t, key))
		return;
	h = threshold(e, OL_MEASURE_SWAP_FREE);
	if (!h || !ol_span_eat(&t, S(" (")) || !ol_eat_u64(&t, &kb) || !ol_span_eat(&t, S("kB")))
		return;
	set_u64(&h->value.kb, kb, line);
	if (ol_span_eat(&t, S(" < ")) && ol_eat_u64(&t, &kb) && ol_span_starts(t, S("kB")))
		set_u64(&h->limit.kb, kb, line);
}

static void lmkd_percent(struct ol_oom_event *e, enum ol_measure what, struct ol_span t,
			 struct ol_span key, uint32_t line)
{
	struct ol_threshold *h;
	uint64_t percent;

	if (!behind(&t, key))
		return;
	h = threshold(e, what);
	if (!h || !ol_span_eat(&t, S(" (")) || !eat_percent(&t, &percent))
		return;
	set_u64(&h->value.percent, percent, line);
	if (ol_span_eat(&t, S(" > ")) && eat_percent(&t, &percent))
		set_u64(&h->limit.percent, percent, line);
}

/* @text: what stands behind "reason: " */
void ol_thresholds_lmkd(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	struct ol_span t = text, rest;
	struct ol_threshold *h;

	if (cut_at(&t, S(" watermark is breached"), &rest) &&
	    (ol_span_eqs(t, "min") || ol_span_eqs(t, "low"))) {
		h = threshold(e, OL_MEASURE_WATERMARK);
		if (h)
			h->of = t;
	}
	lmkd_swap(e, text, S("swap is low"), line);
	lmkd_swap(e, text, S("low on swap"), line);
	lmkd_percent(e, OL_MEASURE_SWAP_USED, text, S("swap utilization is high"), line);
	lmkd_percent(e, OL_MEASURE_THRASHING, text, S("thrashing"), line);
}

/* ---- slurmstepd: jobacct_gather ---- */

/* exceeded memory limit (5242880 > 4194304): kB before 18.08, bytes since; it prints no unit */
void ol_thresholds_slurm(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	struct ol_threshold *h;
	uint64_t used, limit;

	if (!behind(&text, S("memory limit (")) || !ol_eat_u64(&text, &used) ||
	    !ol_span_eat(&text, S(" > ")) || !ol_eat_u64(&text, &limit))
		return;
	h = threshold(e, OL_MEASURE_OWN);
	if (!h)
		return;
	set_u64(&h->value.plain, used, line);
	set_u64(&h->limit.plain, limit, line);
}

/* ---- kubelet: evictionMessage() in pkg/kubelet/eviction/helpers.go ---- */

/*
 * The node was low on resource: memory. Threshold quantity: 100Mi, available: 52Mi.
 * "Eviction manager: attempting to reclaim" resourceName="memory"
 */
void ol_thresholds_kubelet(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	struct ol_threshold *h;
	struct ol_span t = text;
	uint64_t kb;

	if (!behind(&t, S("low on resource: memory")) &&
	    !behind(&t, S("resourceName=\"memory\"")) &&
	    !behind(&t, S("attempting to reclaim memory")))
		return;
	h = threshold(e, OL_MEASURE_MEM_AVAILABLE);
	if (!h)
		return;
	if (behind(&t, S("Threshold quantity: ")) && quantity(t, &kb))
		set_u64(&h->limit.kb, kb, line);
	if (behind(&t, S(", available: ")) && quantity(t, &kb))
		set_u64(&h->value.kb, kb, line);
}
