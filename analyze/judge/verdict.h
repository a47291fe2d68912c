/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_VERDICT_H
#define OL_ANALYZE_VERDICT_H

#include "analyze/dump/event.h"
#include "analyze/judge/finding.h"

/*
 * From facts to a cause: the kernel's own decisions done again with the numbers of the dump. All of
 * it lives in the event's arena. Nothing here is printed by the log, so everything says how it was
 * found.
 */

/* ---- replay of the allocation: replay_alloc.c ---- */

enum ol_zone_verdict {
	OL_ZV_UNKNOWN, /* the dump lacks a number that the test needs */
	OL_ZV_NOT_ELIGIBLE, /* the request may not use this zone */
	OL_ZV_BELOW, /* usable free pages do not exceed mark + reserve */
	OL_ZV_NO_BLOCK, /* enough pages, none of them in a usable block of this order */
	OL_ZV_OK, /* the test passes: the dump is printed after the race */
};
const char *ol_zone_verdict_name(enum ol_zone_verdict v); /* "below-watermark", … */

struct ol_replay_zone {
	const struct ol_zone *zone;
	enum ol_zone_verdict verdict;
	enum ol_phrase why; /* a clause: "above the highest zone that the mask allows" */
	uint64_t free_kb; /* as printed */
	uint64_t unusable_kb; /* of it: CMA, highatomic, the 2^order - 1 pages of the test */
	uint64_t mark_kb; /* the min mark as printed (with boost) */
	/* the mark after the reductions that mask and era grant, plus reserve_kb */
	uint64_t needed_kb;
	uint64_t reserve_kb; /* lowmem_reserve for the highest zone of the request */
	bool has_reserve; /* the reserve line is in the dump */
	/* the last try before the killer: same test with the high mark, no reductions */
	bool high_failed;
	bool order_ok; /* a usable block of the order exists, as far as the lists tell */
	int largest_order; /* of any non-empty list, -1: none or unknown */
};

struct ol_replay_alloc {
	/* false: no page request decided this (memcg, SysRq) or facts are missing */
	bool done;
	enum ol_phrase not_done; /* why not, a clause */
	enum ol_zone_type highest; /* highest zone the mask allows among those of this machine */
	bool highest_known;
	unsigned order;
	struct ol_replay_zone *zones;
	uint32_t n;
	uint32_t eligible, below, no_block, ok, unknown; /* counts over eligible zones */
};
/* 0, or -ENOMEM (the event's arena is full). */
int ol_replay_alloc(struct ol_oom_event *e, struct ol_replay_alloc *ret);

/* ---- replay of the choice: replay_victim.c ---- */

enum ol_victim_reason {
	OL_VR_UNKNOWN,
	OL_VR_LARGEST,
	OL_VR_SCORE_ADJUSTED,
	OL_VR_ALLOCATING_TASK,
	OL_VR_GROUP,
	OL_VR_CHILD_OF_LARGEST,
	OL_VR_ONLY_KILLABLE,
	OL_VR_NONE_KILLABLE,
	OL_VR_MAX
};
const char *ol_victim_reason_name(enum ol_victim_reason r); /* causes.md: "score-adjusted", … */

struct ol_replay_victim {
	bool done; /* every task of the (complete) table could be scored */
	enum ol_phrase not_done;
	const struct ol_task *expected; /* highest score; NULL: none killable */
	const struct ol_task *largest; /* highest without oom_score_adj */
	const struct ol_task *actual; /* the row of the chosen victim, NULL when not listed */
	/* the era's own unit: pages, or per mille before 3.5 */
	int64_t expected_score, actual_score;
	uint64_t totalpages; /* what the scores are measured against; 0 unknown */
	bool has_actual, matches;
	enum ol_victim_reason reason;
	OL_VEC(struct ol_finding) clauses; /* of the reason, one sentence together */
};
int ol_replay_victim(struct ol_oom_event *e, struct ol_replay_victim *ret);

/* ---- accounting: accounting.c ---- */

enum ol_account_part {
#define OL_ACCOUNT(id, key, fills, charged, from, until) OL_AC_##id,
#include "analyze/judge/account_parts.def"
#undef OL_ACCOUNT
	OL_AC_MAX
};
const char *ol_account_key(enum ol_account_part p); /* "slab_reclaimable" (JSON adds _kb) */

/* How old a kernel printed the machine's counters, as far as what it counts goes. */
enum ol_dump_shape {
	OL_SHAPE_LISTS, /* one pair of lists */
	OL_SHAPE_SPLIT, /* 2.6.28: anonymous and file lists, unevictable */
	OL_SHAPE_SHMEM, /* 2.6.32: shmem, both kinds of slab, kernel stacks */
	OL_SHAPE_HUGEPAGES, /* 3.10: a line for huge pages */
	OL_SHAPE_NEWEST = OL_SHAPE_HUGEPAGES,
	OL_SHAPE_NEVER, /* no dump must have it */
};

/*
 * Where all of it was. Parts that the dump does not state are absent (bit clear) and end up in
 * unaccounted; parts sum to total_kb exactly. over_kb: the printed counters exceed the total (they
 * are sampled without a lock), then unaccounted is 0 and the parts are as printed. Where it is not
 * done, kb and has are still what is stated, and total_kb is 0 unless that is.
 */
struct ol_accounting {
	bool done;
	enum ol_phrase not_done;
	uint64_t total_kb;
	uint64_t kb[OL_AC_MAX];
	uint32_t has; /* bit per part */
	/* bit per part: dumps of this shape state it, and here it is missing, whole or by half */
	uint32_t absent;
	/* bit per part: computed by us, not printed (struct page array, …) */
	uint32_t estimated;
	uint64_t over_kb;
	uint64_t swap_kb; /* memcg: swapped out, not part of the total */
};
/*
 * Has a counter of pages gone below zero? It is printed near 2^64 then, or near 2^32 where a long
 * has 32 bits (which would be 16 TiB).
 */
bool ol_account_nonsense(uint64_t pages);
int ol_account_machine(const struct ol_oom_event *e, struct ol_accounting *ret);
int ol_account_memcg(const struct ol_oom_event *e, struct ol_accounting *ret);
/* One zone: dumps before 4.8 print nearly all of it, later ones the LRU lists. */
int ol_account_zone(const struct ol_oom_event *e, const struct ol_zone *z,
		    struct ol_accounting *ret);

/* ---- the verdict: verdict.c and rules.c ---- */

enum ol_cause {
#define OL_CAUSE(id, name, family) OL_CAUSE_##id,
#include "analyze/judge/causes.def"
#undef OL_CAUSE
	OL_CAUSE_MAX
};
const char *ol_cause_name(enum ol_cause c); /* "memcg-limit-anon" */

enum ol_confidence { OL_CONF_LOW, OL_CONF_MEDIUM, OL_CONF_HIGH };
const char *ol_confidence_name(enum ol_confidence c);

struct ol_evidence {
	uint32_t line; /* 0: follows from several */
	struct ol_span text; /* the log's words */
	struct ol_finding value; /* what it shows */
};

struct ol_verdict {
	bool done;
	enum ol_cause cause;
	enum ol_confidence confidence;
	/* one sentence for somebody who never saw a watermark */
	struct ol_finding headline;
	OL_VEC(struct ol_finding) explanation; /* the proof */
	OL_VEC(struct ol_evidence) evidence;
	OL_VEC(enum ol_cause) contributing;
	/* what to change, by how much; what will not help and why */
	OL_VEC(struct ol_finding) advice;
	enum ol_victim_reason victim_reason;

	struct ol_replay_alloc alloc;
	struct ol_replay_victim victim;
	struct ol_accounting account; /* the machine, or the cgroup that hit its limit */
	bool account_is_memcg;
	struct ol_accounting zone; /* of the zone that decided, when one did */
	const struct ol_zone *decisive;
};

/* Fills e->verdict (arena-owned). 0 or -ENOMEM. Called once, when the event is finished. */
int ol_event_judge(struct ol_oom_event *e);

#endif
