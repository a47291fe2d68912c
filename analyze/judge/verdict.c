// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/judge/judge_impl.h"

#include "lib/num.h"

#include <errno.h>

struct ol_finding ol_judge_keep(struct ol_oom_event *e, struct ol_finding f)
{
	void *args;

	if (!f.args)
		return f;
	args = ol_arena_alloc(&e->arena, ol_say_size(f.id));
	if (!args)
		return (struct ol_finding){ .id = OL_SAY_NONE };
	memcpy(args, f.args, ol_say_size(f.id));
	f.args = args;
	return f;
}

void ol_judge_headline(struct ol_case *c, struct ol_finding f)
{
	c->v->headline = ol_judge_keep(c->e, f);
}

void ol_judge_explain(struct ol_case *c, struct ol_finding f)
{
	struct ol_finding kept = ol_judge_keep(c->e, f);
	struct ol_finding *to = kept.id ? ol_vec_push(&c->e->arena, &c->v->explanation) : NULL;

	if (to)
		*to = kept;
}

void ol_judge_advise(struct ol_case *c, struct ol_finding f)
{
	struct ol_finding kept = ol_judge_keep(c->e, f);
	struct ol_finding *to = kept.id ? ol_vec_push(&c->e->arena, &c->v->advice) : NULL;

	if (to)
		*to = kept;
}

void ol_judge_contributes(struct ol_case *c, enum ol_cause cause)
{
	enum ol_cause *to;

	for (uint32_t i = 0; i < c->v->contributing.n; i++)
		if (c->v->contributing.v[i] == cause)
			return;
	to = ol_vec_push(&c->e->arena, &c->v->contributing);
	if (to)
		*to = cause;
}

void ol_judge_evidence(struct ol_case *c, uint32_t line, struct ol_finding value)
{
	struct ol_finding kept = ol_judge_keep(c->e, value);
	struct ol_evidence *to = kept.id ? ol_vec_push(&c->e->arena, &c->v->evidence) : NULL;

	if (!to)
		return;
	to->line = line;
	to->value = kept;
	for (uint32_t i = 0; line && i < c->e->lines.n; i++) {
		if (c->e->lines.v[i].line != line)
			continue;
		/* a dump over two files of a rotated log has some line numbers twice */
		if (to->text.p && c->e->continued_in.p) {
			to->text = (struct ol_span){ NULL, 0 };
			break;
		}
		if (!to->text.p)
			to->text = c->e->lines.v[i].text;
		if (!c->e->continued_in.p)
			break;
	}
}

uint64_t ol_judge_pages_kb(const struct ol_case *c, enum ol_key key, uint32_t *ret_line)
{
	const struct ol_kv *kv = ol_kv_get(&c->e->memory, key);

	if (ret_line)
		*ret_line = kv ? kv->line : 0;
	/* a counter that underflowed prints near 2^64 and means nothing */
	return kv && c->e->page_kb && kv->v < UINT64_C(1) << 44 && !ol_account_nonsense(kv->v)
		       ? kv->v * c->e->page_kb
		       : 0;
}

/*
 * Pages that "reserved" counts beyond what a kernel keeps for itself: taken back by the hypervisor,
 * or set aside at boot. Its own descriptors, image and firmware are far below an eighth of RAM
 * where there is some.
 */
static uint64_t reserved_excess(const struct ol_accounting *a)
{
	enum { USUAL_NTH = 8, EXCESS_NTH = 3, LEAST_KB = 512 << 10 };
	uint64_t reserved = a->kb[OL_AC_RESERVED], usual = a->total_kb / USUAL_NTH;

	if (a->total_kb < LEAST_KB || reserved < usual + a->total_kb / EXCESS_NTH)
		return 0;
	return reserved - usual;
}

/*
 * Without "pages RAM" nothing can be called a share of the machine: shares are of what is printed.
 */
static void gather_machine(struct ol_case *c)
{
	const struct ol_accounting *a = &c->v->account;
	uint64_t known = 0;

	for (unsigned p = 0; p < OL_AC_MAX; p++) {
		c->part[p] = a->kb[p];
		known = ol_add_u64(known, a->kb[p]);
	}
	c->part[OL_AC_RESERVED] = reserved_excess(a);
	c->base_is_ram = a->total_kb != 0;
	if (c->base_is_ram) {
		/* where lines are missing, what is in no counter may be in these */
		if (!a->done)
			c->part[OL_AC_UNACCOUNTED] = ol_sub_u64(a->total_kb, known);
		c->base_kb = ol_sub_u64(a->total_kb,
					ol_sub_u64(a->kb[OL_AC_RESERVED], c->part[OL_AC_RESERVED]));
	} else {
		c->base_kb = ol_sub_u64(known, a->kb[OL_AC_RESERVED]);
	}
	c->anon = c->part[OL_AC_ANON];
	c->shmem = c->part[OL_AC_SHMEM];
	c->file = c->part[OL_AC_FILE];
	c->slab_r = c->part[OL_AC_SLAB_RECLAIMABLE];
	c->slab_u = c->part[OL_AC_SLAB_UNRECLAIMABLE];
	c->slab = c->part[OL_AC_SLAB];
	c->tables = c->part[OL_AC_PAGE_TABLES];
	c->huge = c->part[OL_AC_HUGEPAGES];
	c->locked = c->part[OL_AC_UNEVICTABLE];
	c->unaccounted = c->part[OL_AC_UNACCOUNTED];
	c->free = c->part[OL_AC_FREE];
}

static void gather(struct ol_case *c)
{
	struct ol_oom_event *e = c->e;

	c->failure = e->kind == OL_EV_ALLOC_FAILURE;
	c->memcg = e->constraint == OL_CONSTRAINT_MEMCG;
	c->global = !c->memcg;
	c->may_sleep = !e->gfp_decoded || ol_gfp_meaning(e->gfp).may_sleep;
	c->tries_once = e->gfp_decoded && ol_gfp_meaning(e->gfp).noretry;
	c->swap_known = e->swap_total_kb.set && e->swap_free_kb.set;
	if (c->swap_known) {
		c->swap_total_kb = (uint64_t)e->swap_total_kb.v;
		c->swap_free_kb = (uint64_t)e->swap_free_kb.v;
	}
	if (c->global)
		gather_machine(c);
}

/*
 * Before 2.6.28 one pair of lists held both kinds of pages. Clean unmapped file pages would have
 * gone first, so when little is dirty or mapped and swap is full or absent, what is left is
 * anonymous.
 */
static void split_old_lists(struct ol_case *c)
{
	uint64_t lru =
		ol_judge_pages_kb(c, OL_K_ACTIVE, NULL) + ol_judge_pages_kb(c, OL_K_INACTIVE, NULL);
	uint64_t other =
		ol_judge_pages_kb(c, OL_K_DIRTY, NULL) + ol_judge_pages_kb(c, OL_K_WRITEBACK, NULL);

	if (!lru || ol_kv_get(&c->e->memory, OL_K_ACTIVE_ANON) || !c->swap_known ||
	    c->swap_free_kb * 20 > c->swap_total_kb || other * 4 > lru)
		return;
	c->part[OL_AC_ANON] = c->anon = lru - other;
	c->part[OL_AC_FILE] = c->file = other;
	c->part[OL_AC_LRU] = 0;
	c->lru_guessed = true;
}

/*
 * Kernel panic - not syncing: Out of memory: system-wide panic_on_oom is enabled
 * Kernel panic - not syncing: Out of memory: compulsory panic_on_oom is enabled
 * Kernel panic - not syncing: out of memory. panic_on_oom is selected
 */
static void explain_panic(struct ol_case *c)
{
	struct ol_oom_event *e = c->e;
	bool always = ol_span_find(e->panic.s, OL_SPAN("compulsory")) >= 0;

	if (e->kind != OL_EV_PANIC || ol_span_find(e->panic.s, OL_SPAN("panic_on_oom")) < 0)
		return;
	ol_judge_explain(c, PHRASE(PANIC_ON_OOM));
	if (always && e->constraint != OL_CONSTRAINT_NONE)
		ol_judge_advise(c, PHRASE(PANIC_ALWAYS));
}

int ol_event_judge(struct ol_oom_event *e)
{
	struct ol_verdict *v = ol_arena_alloc(&e->arena, sizeof(*v));
	struct ol_case c = { .e = e, .v = v };
	int r;

	if (!v)
		return -ENOMEM;
	e->verdict = v;
	v->cause = OL_CAUSE_UNKNOWN;
	v->confidence = OL_CONF_LOW;
	if (e->kind == OL_EV_USERSPACE_KILL) {
		ol_judge_killer(&c);
		return 0;
	}
	/* what the kernel saw is not in it */
	if (e->kind == OL_EV_KILL_REPORT)
		return 0;
	/* of whose request these counters are, nobody knows */
	if (e->kind == OL_EV_FRAGMENT) {
		ol_judge_headline(&c, PHRASE(ONLY_A_FRAGMENT));
		v->done = true;
		return 0;
	}
	r = ol_replay_alloc(e, &v->alloc);
	if (!r)
		r = ol_replay_victim(e, &v->victim);
	if (!r) {
		v->account_is_memcg = e->constraint == OL_CONSTRAINT_MEMCG;
		r = v->account_is_memcg ? ol_account_memcg(e, &v->account)
					: ol_account_machine(e, &v->account);
	}
	if (r)
		return r;
	v->victim_reason = v->victim.reason;
	gather(&c);
	if (c.global) {
		split_old_lists(&c);
		ol_judge_shortage(&c);
	}
	for (const struct ol_rule *rule = ol_rules; rule->holds; rule++)
		if (rule->holds(&c)) {
			if (v->cause == OL_CAUSE_UNKNOWN)
				v->cause = rule->cause;
			break;
		}
	explain_panic(&c);
	v->done = true;
	return 0;
}
