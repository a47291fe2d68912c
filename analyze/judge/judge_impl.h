/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_JUDGE_IMPL_H
#define OL_ANALYZE_JUDGE_IMPL_H

/* Private to the verdict: what the rules (rules*.c) share. */

#include "analyze/judge/verdict.h"

/* What a rule looks at; gathered once. */
struct ol_case {
	struct ol_oom_event *e;
	struct ol_verdict *v;
	bool memcg, global, failure; /* failure: nothing was killed, an allocation failed */
	bool may_sleep; /* the request could wait for reclaim */
	bool tries_once; /* __GFP_NORETRY: it fails after one round of that */
	bool swap_known;
	uint64_t swap_total_kb, swap_free_kb;

	/* the machine's memory by kind, kB; 0 when not stated */
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

/* rules.c */
bool ol_judge_fills(const struct ol_case *c, uint64_t kb, unsigned percent);
const struct ol_kv *ol_judge_counter(const struct ol_case *c, enum ol_key key);
void ol_judge_evidence_counter(struct ol_case *c, enum ol_key key, enum ol_phrase what);
void ol_judge_evidence_swap(struct ol_case *c);
void ol_judge_evidence_zones(struct ol_case *c);

/* rules_filled.c */
bool ol_rule_filled(struct ol_case *c);

/* rules_memcg.c: the whole verdict of a cgroup's OOM */
bool ol_rule_memcg(struct ol_case *c);

#define FOUND  OL_FOUND
#define PHRASE OL_FOUND_PHRASE

#endif
