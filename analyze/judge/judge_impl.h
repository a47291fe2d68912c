/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_JUDGE_IMPL_H
#define OL_ANALYZE_JUDGE_IMPL_H

/* Private to the verdict: what the rules (rules*.c) share. */

#include "analyze/judge/verdict.h"

/* Do the numbers show that memory was short? Each caps how sure a cause that filled it can be. */
enum ol_shortage {
	OL_SHORTAGE_NOT_TOLD, /* it is not in the log: no cause */
	OL_SHORTAGE_NONE, /* a zone of the request had plenty */
	OL_SHORTAGE_WEAK, /* little was free, but zones or RAM are missing: low */
	OL_SHORTAGE_LIKELY, /* medium */
	OL_SHORTAGE_SHOWN, /* every zone that the request could use is below its mark */
};

/* What a rule looks at; gathered once. */
struct ol_case {
	struct ol_oom_event *e;
	struct ol_verdict *v;
	bool memcg, global, failure; /* failure: nothing was killed, an allocation failed */
	bool may_sleep; /* the request could wait for reclaim */
	bool tries_once; /* __GFP_NORETRY: it fails after one round of that */
	bool swap_known;
	uint64_t swap_total_kb, swap_free_kb;

	enum ol_shortage shortage;
	uint64_t spare_kb; /* free beyond the marks, in zones that would have served the request */

	/*
	 * The machine's memory by kind, kB, to be weighed: what is not stated weighs nothing. What
	 * is to be told must be stated: ol_judge_stated().
	 */
	uint64_t part[OL_AC_MAX];
	uint64_t base_kb; /* what shares are of: RAM without reserved, else the sum of the known */
	bool base_is_ram;
	bool lru_guessed; /* kernels before 2.6.28 do not tell anonymous pages from file pages */
	uint64_t anon, shmem, file, slab_r, slab_u, slab, tables, huge, locked, unaccounted, free;
};

/* One row per rule, in the order in which they are asked; the first that holds names the cause. */
struct ol_rule {
	enum ol_cause cause;
	bool (*holds)(struct ol_case *c);
};
extern const struct ol_rule ol_rules[]; /* ends with .holds NULL */

/* Each keeps a copy of @f in the event's arena; when that is full, it is not said. */
void ol_judge_headline(struct ol_case *c, struct ol_finding f);
void ol_judge_explain(struct ol_case *c, struct ol_finding f);
void ol_judge_advise(struct ol_case *c, struct ol_finding f);
void ol_judge_contributes(struct ol_case *c, enum ol_cause cause);
/* @line is looked up among the event's own lines for its text; 0: none. */
void ol_judge_evidence(struct ol_case *c, uint32_t line, struct ol_finding value);

/* A copy of @f in the arena of @e; OL_SAY_NONE when it is full. */
struct ol_finding ol_judge_keep(struct ol_oom_event *e, struct ol_finding f);
/* First kv of the machine-wide counters in kB, 0 when absent. */
uint64_t ol_judge_pages_kb(const struct ol_case *c, enum ol_key key, uint32_t *ret_line);

/* shortage.c */
void ol_judge_shortage(struct ol_case *c);
bool ol_judge_nodes_known(const struct ol_case *c);
bool ol_judge_zones_are_all(const struct ol_case *c);

/* rules.c */
uint64_t ol_judge_zone_kb(const struct ol_zone *z, enum ol_key key); /* 0: not stated */
/* How much of RAM this part is; false: the dump does not say, or only by half. */
bool ol_judge_stated(const struct ol_case *c, enum ol_account_part p, uint64_t *ret_kb);
/* RAM, where the log states it, for a finding that says "of RAM"; 0 is not told. */
uint64_t ol_judge_ram_kb(const struct ol_case *c);
bool ol_judge_fills(const struct ol_case *c, uint64_t kb, unsigned percent);
const struct ol_kv *ol_judge_counter(const struct ol_case *c, enum ol_key key);
void ol_judge_evidence_counter(struct ol_case *c, enum ol_key key, enum ol_phrase what);
void ol_judge_evidence_swap(struct ol_case *c);
void ol_judge_evidence_zones(struct ol_case *c);

/* The largest zone of the request, NULL: none; what fills it decides. */
const struct ol_replay_zone *ol_judge_decisive_zone(const struct ol_replay_alloc *a);

/* rules_order.c */
bool ol_rule_fragmentation(struct ol_case *c);
bool ol_rule_vmalloc(struct ol_case *c);

/* rules_free.c: memory was free, and why that did not help */
bool ol_rule_reclaim_policy(struct ol_case *c);
bool ol_rule_cma(struct ol_case *c);
bool ol_rule_watermarks(struct ol_case *c);
bool ol_rule_memory_was_free(struct ol_case *c);

/*
 * Says what holds the memory of @part, as the largest cache (@row, or NULL) or the trace tell, and
 * what to do about it. False: they do not.
 */
bool ol_judge_mechanism(struct ol_case *c, enum ol_account_part part,
			const struct ol_slab_row *row);

/* rules_filled.c */
bool ol_rule_filled(struct ol_case *c);

/* rules_killer.c: the whole verdict of a program's kill */
void ol_judge_killer(struct ol_case *c);

/* rules_memcg.c: the whole verdict of a cgroup's OOM */
bool ol_rule_memcg(struct ol_case *c);

#define FOUND  OL_FOUND
#define PHRASE OL_FOUND_PHRASE

#endif
