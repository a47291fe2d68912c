/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_WATCH_H
#define OL_ANALYZE_WATCH_H

#include "analyze/memory/snap.h"

/*
 * What a command does to memory while it runs: fed with ticks, asked for the present and, at the
 * end, for the story.
 */

/* What is watched: a control group, or a process and all that descend from it. */
struct ol_watch_subject {
	struct ol_span cgroup; /* its path; absent: by process */
	int version; /* of the hierarchy */
	bool own; /* the group was made for this: what it counts began with us */
	int32_t pid; /* > 0: the process at the top */
	int32_t reaper; /* > 0: orphans become children of this one, which is not in it */
};

enum ol_wall { OL_WALL_NONE, OL_WALL_SELF, OL_WALL_ANCESTOR, OL_WALL_MACHINE, OL_WALL_LOWMEM };
extern const char *const ol_wall_names[]; /* "none", "limit", "ancestor", "machine", "lowmem" */

/* When which wall is reached if things go on as they did lately. */
struct ol_forecast {
	enum ol_wall wall; /* NONE: nothing runs out that can be seen from here */
	int64_t room_kb; /* what is left until there */
	double kb_per_s; /* how fast it shrinks */
	double seconds; /* until then */
	/* 95 % of the slope's uncertainty; late < 0: perhaps never */
	double early, late;
};

enum ol_pattern {
	OL_PATTERN_FLAT,
	OL_PATTERN_STEADY,
	OL_PATTERN_STEPS,
	OL_PATTERN_DOUBLING,
	OL_PATTERN_SAWTOOTH,
	OL_PATTERN_IRREGULAR,
};
extern const char *const ol_pattern_names[];

/* The pattern and what it was seen by. */
struct ol_shape {
	enum ol_pattern pattern;
	bool few; /* too few looks to say anything; then FLAT */
	double kb_per_s; /* STEADY: slope */
	double fit; /* STEADY: share of the variance that a straight line explains */
	uint32_t turns; /* STEPS, DOUBLING: rises; SAWTOOTH: falls */
	double ratio; /* DOUBLING: size after a rise to size before, in the middle */
	int64_t low_kb, high_kb; /* SAWTOOTH: where it turns, in the middle; else start and peak */
};

enum { OL_WATCH_SAMPLES = 4096, OL_WATCH_WAITS = 24 };
struct ol_watch_sample {
	int64_t boot_us;
	int64_t anon_kb, file_kb, slab_kb, total_kb; /* of the subject */
	int64_t largest_kb; /* anonymous memory and swap of its largest process */
	int32_t largest_pid;
	int64_t room[OL_WALL_LOWMEM + 1]; /* until each wall; -1: not known */
	int64_t machine_anon_kb, machine_cache_kb, machine_slab_kb, dentries, inodes;
};

/* In what its processes were found waiting: looks, summed over processes. */
struct ol_watch_wait {
	char name[64]; /* kernel function */
	uint32_t n;
};

/* Counters that the group or the kernel keeps; what is counted is the difference. */
struct ol_watch_counts {
	int64_t max, high, kills, psi_some_us, psi_full_us, refaults, peak_kb;
};

/* A forecast and when it was made. */
struct ol_watch_said {
	int64_t boot_us;
	struct ol_forecast f;
};
enum { OL_WATCH_SAID = 128 };

struct ol_watch {
	struct ol_watch_subject subject;
	char *path; /* owns subject.cgroup */
	/* owned copies; peak: when the subject had most; slab: when most slab had come */
	struct ol_tick *first, *peak_tick, *slab_tick;
	int64_t slab_tick_kb; /* slab of the subject then; without one in use on the machine */
	uint8_t *peak_in; /* bit per process of peak_tick: is it the subject's? */
	bool peak_pss; /* peak_tick has PSS of them */
	int64_t peak_tick_kb;
	const struct ol_tick *old, *now; /* the last two looks */

	struct ol_watch_sample *v; /* the whole run, thinned out when it is long */
	uint32_t n, every, waiting; /* of every how many ticks one is kept */
	struct ol_watch_sample candidate;
	struct ol_watch_sample recent[64]; /* the last ticks, for the forecast */
	uint32_t n_recent;
	struct ol_watch_sample last, peak; /* peak: each field's own maximum */
	struct ol_watch_sample at_peak; /* all fields when .total_kb was largest */

	struct ol_forecast forecast; /* as of the last look */
	struct ol_watch_said said[OL_WATCH_SAID]; /* thinned out like the samples */
	uint32_t n_said, said_every, said_skipped;

	char largest_comm[64];
	int32_t largest_pid;
	/* who belongs to the subject: of the tick given to ol_watch_members() last */
	uint8_t *in;
	uint32_t in_cap, n_in;
	struct ol_watch_id {
		int32_t pid, row, parent;
		int64_t start;
	} * ids, *known;
	uint32_t n_known;
	double pss_share; /* PSS of anonymous memory to its RSS, when it was read last */

	bool has_slab; /* the group says what slab is charged to it */
	bool has_kernel; /* or at least what kernel memory (version 1): then slab_kb is that */
	bool has_events, has_psi, psi_of_machine, has_peak;
	struct ol_watch_counts base, count; /* count: since the beginning; .peak_kb: the kernel's */
	int64_t limit_kb; /* the smallest that holds for the group; OL_UNLIMITED */
	int64_t files; /* new dentries or inodes, or more when some were reclaimed on the way */
	int64_t up_d, up_i;
	bool files_at_least;
	double held; /* ol_watch_held() when most had come and somebody could hold them */
	int64_t held_of;

	struct ol_watch_wait waits[OL_WATCH_WAITS];
	uint32_t looks_run, looks_wait, looks_io; /* states R; S; D */
};

int ol_watch_init(struct ol_watch *w, const struct ol_watch_subject *subject); /* 0, -ENOMEM */
void ol_watch_done(struct ol_watch *w);

/*
 * Bit per row of OL_T_PROC: does it belong to the subject? NULL: no memory. To be called for each
 * tick before ol_watch_tick(): who belonged to a tree stays in it when its parent ends.
 */
const uint8_t *ol_watch_members(struct ol_watch *w, const struct ol_tick *t);
/* The next look; the first one is what all growth is counted from. 0, -ENOMEM. */
int ol_watch_tick(struct ol_watch *w, const struct ol_snap *s);
/* Nothing is left of the subject. */
bool ol_watch_gone(const struct ol_watch *w);

void ol_watch_forecast(const struct ol_watch *w, struct ol_forecast *ret);
void ol_watch_shape(const struct ol_watch *w, struct ol_shape *ret);

/* To whose control group a cache's growth was charged. */
enum ol_charged { OL_CHARGED_UNKNOWN, OL_CHARGED_SELF, OL_CHARGED_OTHER };
extern const char *const ol_charged_names[]; /* "unknown", … as in the JSON */

/* Growth of one slab cache. */
struct ol_slab_growth {
	struct ol_span name;
	int64_t objects;
	/* its pages, or what its objects take if that grew more: they fill free slots first */
	int64_t kb;
	int64_t pages_kb; /* what its pages grew by; at most kb, may be negative */
	int64_t kept_kb; /* of it a moment after the end; -1: not known */
	int64_t reclaimable_kb; /* of that what a shrinker gets back; -1: not known */
	enum ol_charged charged;
	bool vfs; /* dentries or inodes */
};
struct ol_slab_sum {
	int64_t kb, filled_kb, kept_kb, reclaimable_kb, vfs_kb, chargeable_kb, charged_kb;
	bool has_kept;
};
/*
 * Caches that grew from @from to @to, largest first; returns how many of at most @max. @after: a
 * look after the end, or NULL. *@sum (may be NULL) is of all of them, not only of @max.
 */
uint32_t ol_watch_slabs(const struct ol_watch *w, const struct ol_tick *from,
			const struct ol_tick *to, const struct ol_tick *after,
			struct ol_slab_growth *ret, uint32_t max, struct ol_slab_sum *sum);
/* The same from the beginning to when there was most: reclaim may have taken it back since. */
static inline uint32_t ol_watch_grown(const struct ol_watch *w, const struct ol_tick *after,
				      struct ol_slab_growth *ret, uint32_t max,
				      struct ol_slab_sum *sum)
{
	return ol_watch_slabs(w, w->first, w->slab_tick, after, ret, max, sum);
}
/* What the objects of the caches take; of the pages in @t's meminfo where no cache can be seen. */
int64_t ol_watch_slab_used_kb(const struct ol_tick *t);
/*
 * Share of the dentries that came between the ticks that somebody holds: they and their inodes do
 * not go, whatever the shrinkers do. At least that share; -1: not known, or too few came.
 */
double ol_watch_held(const struct ol_tick *from, const struct ol_tick *to);

#endif
