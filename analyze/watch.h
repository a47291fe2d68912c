/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_WATCH_H
#define OL_ANALYZE_WATCH_H

#include "analyze/snap.h"

/*
 * What a command does to memory while it runs: fed with ticks, asked for the present and, at the
 * end, for the story.
 */

/* What is watched: a control group, or a process and all that descend from it. */
struct ol_watch_subject {
	struct ol_span cgroup; /* its path; absent: by process */
	int version; /* of the hierarchy */
	int32_t pid; /* > 0: the process at the top */
};

enum ol_wall { OL_WALL_NONE, OL_WALL_SELF, OL_WALL_ANCESTOR, OL_WALL_MACHINE, OL_WALL_LOWMEM };
extern const char *const ol_wall_names[]; /* "none", "limit", "ancestor", "machine", "lowmem" */

/* When which wall is reached if things go on as they did in the last half minute. */
struct ol_forecast {
	enum ol_wall wall; /* NONE: nothing runs out that can be seen from here */
	int64_t room_kb; /* what is left until there */
	double kb_per_s; /* how fast it shrinks */
	double seconds; /* until then */
	/* with two standard errors of the slope; late < 0: perhaps never */
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

enum { OL_WATCH_SAMPLES = 4096 };
struct ol_watch_sample {
	int64_t boot_us;
	int64_t anon_kb, file_kb, slab_kb, total_kb; /* of the subject */
	int64_t largest_kb; /* anonymous memory of its largest process */
	int64_t room[OL_WALL_LOWMEM + 1]; /* until each wall; -1: not known */
	int64_t machine_slab_kb, dentries, inodes;
};

struct ol_watch {
	struct ol_watch_subject subject;
	char *path; /* owns subject.cgroup */
	struct ol_tick *first, *peak_tick; /* owned copies; peak: when the subject had most */
	const struct ol_tick *now;
	struct ol_watch_sample *v; /* the whole run, thinned out when it is long */
	uint32_t n, every, skipped; /* every how many-th tick is kept */
	struct ol_watch_sample recent[64]; /* the last ticks, for the forecast */
	uint32_t n_recent;
	struct ol_watch_sample last, peak; /* peak: each field's own maximum */
	struct ol_watch_sample at_peak; /* all fields when .total_kb was largest */
	char largest_comm[64];
	int32_t largest_pid;
	bool has_slab; /* the group says what slab is charged to it */
	bool has_kernel; /* or at least what kernel memory (version 1): then slab_kb is that */
	int64_t events_max, events_high, kills, psi_some_us, psi_full_us; /* since the beginning */
	bool has_events, has_psi, psi_of_machine;
	int64_t refaults; /* pages */
};

int ol_watch_init(struct ol_watch *w, const struct ol_watch_subject *subject); /* 0, -ENOMEM */
void ol_watch_done(struct ol_watch *w);
/* The next look; the first one is what all growth is counted from. */
int ol_watch_tick(struct ol_watch *w, const struct ol_snap *s);
/* Nothing is left of the subject: its row is gone. */
bool ol_watch_gone(const struct ol_watch *w);

void ol_watch_forecast(const struct ol_watch *w, struct ol_forecast *ret);
enum ol_pattern ol_watch_pattern(const struct ol_watch *w);

/* Growth of one slab cache from the first tick to @now. */
struct ol_slab_growth {
	struct ol_span name;
	int64_t objects, kb;
	int64_t kept_kb; /* of it in the tick @after the end; set by the caller */
	const char *charged; /* "self", "other", "unknown" */
};
/* Largest first; returns how many of at most @max. */
uint32_t ol_watch_slabs(const struct ol_watch *w, const struct ol_tick *now,
			struct ol_slab_growth *ret, uint32_t max);

#endif
