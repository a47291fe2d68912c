// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/kver.h"

#define S(lit)   OL_SPAN(lit)
#define COL(col) (1u << OL_COL_##col)

/* "6.1.0-18-amd64", "2.6.32-642.el6.x86_64", "5.15-rc3": the number in front. */
unsigned ol_kver_code(struct ol_span release)
{
	uint64_t major, minor, sub;

	if (!ol_eat_u64(&release, &major) || !ol_span_eat(&release, S(".")) ||
	    !ol_eat_u64(&release, &minor))
		return 0;
	if (major < 2 || major > 98 || minor > 99)
		return 0;
	if (major == 2) {
		if (minor != 6 || !ol_span_eat(&release, S(".")) || !ol_eat_u64(&release, &sub) ||
		    sub > 99)
			return 0;
		return (unsigned)(2600 + sub);
	}
	return (unsigned)(major * 1000 + minor);
}

/* The first and the last release in the name of a numbering: "4.15-4.17", "4.5", "3.10-el7". */
static struct ol_kver era_bounds(const struct ol_gfp_era *era, bool newest)
{
	struct ol_span name = ol_span_str(ol_gfp_era_name(era)), tail;
	struct ol_kver k = { ol_kver_code(name), 0 };
	ssize_t dash = ol_span_chr(name, '-');

	tail = dash >= 0 ? ol_span_skip(name, (size_t)dash + 1) : name;
	k.hi = ol_kver_code(tail);
	if (!k.hi)
		k.hi = k.lo;
	/* a kernel newer than this program prints what the newest one known to it prints */
	if (newest || !k.hi)
		k.hi = OL_KVER_MAX;
	return k;
}

static void at_least(struct ol_kver *k, unsigned v)
{
	if (k->lo < v)
		k->lo = v;
}

static void below(struct ol_kver *k, unsigned v)
{
	if (k->hi >= v)
		k->hi = v - 1;
}

/* A number and its names: all numberings in which they agree, not only the one that was picked. */
static void narrow_by_names(const struct ol_oom_event *e, struct ol_kver *k)
{
	unsigned lo = OL_KVER_MAX, hi = 0;
	uint64_t unknown;

	at_least(k, 4006); /* names are printed */
	if (!e->gfp_decoded || !e->gfp_mask.set)
		return;
	for (unsigned i = 0; ol_gfp_era_at(i); i++) {
		const struct ol_gfp_era *era = ol_gfp_era_at(i);
		struct ol_kver b = era_bounds(era, !ol_gfp_era_at(i + 1));

		if (ol_gfp_decode(era, (uint64_t)e->gfp_mask.v, &unknown) != e->gfp || unknown)
			continue;
		lo = b.lo < lo ? b.lo : lo;
		hi = b.hi > hi ? b.hi : hi;
	}
	if (hi >= 4006) {
		at_least(k, lo);
		below(k, hi + 1);
	}
}

static bool zones_have(const struct ol_oom_event *e, enum ol_key key)
{
	for (uint32_t i = 0; i < e->zones.n; i++)
		if (e->zones.v[i].line && ol_kv_get(&e->zones.v[i].kv, key))
			return true;
	return false;
}

static bool nodes_have(const struct ol_oom_event *e, enum ol_key key)
{
	for (uint32_t i = 0; i < e->nodes.n; i++)
		if (ol_kv_get(&e->nodes.v[i].kv, key))
			return true;
	return false;
}

static bool letters(const struct ol_oom_event *e)
{
	for (uint32_t i = 0; i < e->zones.n; i++)
		for (uint32_t k = 0; k < e->zones.v[i].buddy.n; k++)
			if (e->zones.v[i].buddy.v[k].types.p)
				return true;
	return false;
}

static void narrow_by_zones(const struct ol_oom_event *e, struct ol_kver *k)
{
	if (!zones_have(e, OL_K_FREE))
		return;
	if (zones_have(e, OL_K_MANAGED))
		at_least(k, 3008);
	else if (zones_have(e, OL_K_PRESENT))
		below(k, 3008);
	if (zones_have(e, OL_K_FREE_PCP))
		at_least(k, 3010); /* 4.2; el7 has it too */
	if (zones_have(e, OL_K_SLAB_RECLAIMABLE)) {
		at_least(k, 2632);
		below(k, 4013);
	} else if (zones_have(e, OL_K_PRESENT) && !zones_have(e, OL_K_MANAGED)) {
		below(k, 2632);
	}
	if (zones_have(e, OL_K_ACTIVE))
		below(k, 2628);
	if (zones_have(e, OL_K_RESERVED_HIGHATOMIC))
		at_least(k, 5005);
	if (zones_have(e, OL_K_BOOST))
		at_least(k, 5016);
	if (zones_have(e, OL_K_FREE_HIGHATOMIC) || zones_have(e, OL_K_ZSPAGES))
		at_least(k, 6015);
	if (letters(e))
		at_least(k, 3008);
}

static void narrow_by_table(const struct ol_oom_event *e, struct ol_kver *k)
{
	uint32_t cols = e->table_cols;

	if (!cols)
		return;
	if (cols & COL(CPU))
		below(k, 3006);
	if (cols & COL(NR_PTES))
		at_least(k, 3006);
	if (cols & COL(NR_PMDS))
		at_least(k, 4000);
	else if (cols & COL(NR_PTES))
		below(k, 4000);
	if (cols & COL(NR_PTES))
		below(k, 4015);
	if (cols & COL(PGTABLES_BYTES))
		at_least(k, 4015);
	if (cols & COL(RSS_ANON))
		at_least(k, 6008);
	else if (cols & COL(PGTABLES_BYTES))
		below(k, 6008);
	if (cols & COL(OOM_SCORE_ADJ))
		at_least(k, 2632); /* 2.6.36; el6 has it too */
	else if (cols & COL(OOM_ADJ))
		below(k, 2636);
}

struct ol_kver ol_event_kver(const struct ol_oom_event *e)
{
	struct ol_kver k = { 0, OL_KVER_MAX };
	unsigned v = ol_kver_code(e->release.s);

	if (v)
		return (struct ol_kver){ v, v };
	/* an era inferred from a number is one of several that agree: it tells nothing more */
	if (e->era && e->era_how == OL_ERA_OPTION)
		k = era_bounds(e->era, false);
	else if (e->gfp_printed.s.p)
		narrow_by_names(e, &k);
	else if (e->gfp_mask.set)
		below(&k, 4006);
	if (e->oom_score_adj.set)
		at_least(&k, 2632);
	if (e->oom_adj.set)
		below(&k, 3007);
	narrow_by_zones(e, &k);
	narrow_by_table(e, &k);
	if (e->nodes.n && nodes_have(e, OL_K_ACTIVE_ANON))
		at_least(&k, 4008);
	if (nodes_have(e, OL_K_BALLOON) || e->min_protection_kb.set)
		at_least(&k, 6015);
	if (nodes_have(e, OL_K_GPU_ACTIVE))
		at_least(&k, 7000);
	if (ol_kv_get(&e->memory, OL_K_SEC_PAGETABLES))
		at_least(&k, 6001);
	if (ol_kv_get(&e->memory, OL_K_KERNEL_MISC_RECLAIMABLE))
		at_least(&k, 5015);
	if (e->constraint_printed)
		at_least(&k, 4018);
	if (e->cma_reserved_pages.set)
		at_least(&k, 3019);
	/* shapes that contradict each other, edited or mixed: somebody printed the newer one */
	if (k.hi < k.lo)
		k.hi = k.lo;
	return k;
}
