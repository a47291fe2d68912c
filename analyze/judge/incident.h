/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_INCIDENT_H
#define OL_ANALYZE_INCIDENT_H

#include "analyze/judge/verdict.h"

/*
 * Many kills for one reason are one incident: on one host, in one boot, no more than 10 minutes
 * (the limit of one cgroup: a day) apart, for the same family of causes and, where a limit was
 * hit, the limit of the same cgroup, or of the containers of one pod that follow one another (same
 * program, same limit). Logs of two kernel releases are of two machines or boots.
 * Only summaries are kept, so memory is bounded whatever the number of events.
 */

#define OL_INCIDENT_GAP_US    INT64_C(600000000)
#define OL_INCIDENT_AGAIN_US  INT64_C(86400000000)
#define OL_INCIDENT_REPORT_US INT64_C(60000000)
#define OL_INCIDENT_COMMS     24 /* the rest is counted as others */
#define OL_INCIDENT_PLACES    16 /* cgroups of victims that reports are matched with */
#define OL_INCIDENT_IDS       64
#define OL_INCIDENT_TEXT      (256 * 1024)

/* Causes that turn into one another while an incident goes on are one family. */
enum ol_incident_family {
	OL_IF_MACHINE, /* RAM and swap filled up */
	OL_IF_MEMCG, /* a cgroup hit its limit */
	OL_IF_LOWMEM,
	OL_IF_FRAGMENTATION,
	OL_IF_NUMA,
	OL_IF_MANUAL,
	OL_IF_FAILURE, /* allocations failed, nothing was killed */
	OL_IF_USERSPACE, /* somebody else than the kernel killed, or says that it did */
	OL_IF_FRAGMENT, /* nobody knows: each is alone */
};

/* What one event said about the state of things; !set: it did not. */
struct ol_incident_moment {
	int64_t mono_us, wall_us; /* OL_TIME_NONE */
	bool wall_zone, wall_year_inferred, wall_minute;
	uint64_t log; /* hash of the name of the file: the kernel's clock compares within one log */
	uint32_t line;
	uint32_t boot;
	struct ol_val free_kb, anon_kb, file_kb, slab_kb, swap_free_kb, usage_kb, failcnt;
};

struct ol_incident_victim {
	struct ol_span comm; /* absent: the log does not name it */
	uint64_t count;
	uint64_t rss_kb; /* of all of them, at the time of each kill */
	bool has_rss;
};

struct ol_incident {
	struct ol_arena arena;
	enum ol_incident_family family;
	enum ol_event_kind kind; /* of the first event */
	/* of the event that is told: UNKNOWN without a verdict */
	enum ol_cause cause;
	bool suspect; /* its events may be forged: none of the kernel's is among them */
	struct ol_span host;
	struct ol_span cgroup; /* whose limit was hit, or who was killed by user space */
	struct ol_span who; /* user-space killer, */
	bool reported; /* or who says what the kernel did */
	unsigned order; /* of failures and fragmentation */
	struct ol_incident_moment first, last;
	struct ol_span first_file; /* absent: the input has no name */
	char *last_file; /* NULL: the same; not ended by a NUL */
	size_t last_file_n;
	uint32_t last_line; /* the last line of the last event */
	uint64_t events; /* of the kernel, or of the user-space killer */
	uint64_t limited; /* more of them that a rate limit held back */
	uint64_t consequences; /* failed allocations of processes that were being killed */
	uint64_t groups; /* of one pod, beside the first: containers that followed one another */
	bool told_later; /* .text is of an event after the first one, which holds more */
	uint64_t kills; /* processes */
	uint64_t reports; /* of others about these kills */
	uint64_t copies; /* events that were read before, from another copy of the log */
	struct ol_span reporters[4];
	uint32_t n_reporters;
	struct ol_incident_victim victims[OL_INCIDENT_COMMS]; /* most kills first when closed */
	uint32_t n_victims;
	struct ol_incident_victim others;
	char *text; /* what the caller keeps with it; NULL: nothing */
	size_t text_n;

	/* nothing more belongs to it; it waits for those that began before it */
	bool over;
	/* for matching */
	uint64_t release; /* hash of the kernel's; 0: not named */
	struct ol_span pod_uid; /* of the first one's container */
	struct ol_val limit_kb;
	uint64_t last_group; /* hash of the path */
	struct ol_val last_victim; /* pid */
	unsigned fullness; /* of the event that is told */
	struct ol_incident_place {
		struct ol_span path, id, pod_uid; /* in .mem */
		struct ol_incident_moment at;
		char *mem;
	} places[OL_INCIDENT_PLACES];
	uint32_t n_places, next_place;
	char ids[OL_INCIDENT_IDS][17];
	uint32_t n_ids, next_id;
	uint64_t touched;
};

/* Called with each incident that nothing more can belong to. <0 stops, and is returned. */
typedef int (*ol_incident_fn)(void *arg, const struct ol_incident *in);

struct ol_incidents;
struct ol_incidents *ol_incidents_new(ol_incident_fn fn, void *arg);
void ol_incidents_free(struct ol_incidents *s); /* what is open is dropped */

/*
 * A finished event, in the order of the log. *@ret_told: the incident that is to be given the text
 * of this event, because it is the first or holds more than the one that was told; else NULL. 0,
 * what the callback returned, or -ENOMEM.
 */
int ol_incidents_add(struct ol_incidents *s, const struct ol_oom_event *e,
		     struct ol_incident **ret_told);
/* Keeps a copy of @text, the event as it is to be printed. -E2BIG beyond OL_INCIDENT_TEXT. */
int ol_incident_set_text(struct ol_incident *in, struct ol_span text);
/*
 * Those that are open, in the order in which they began; valid until the next call. *@ret_n: how
 * many.
 */
struct ol_incident *const *ol_incidents_open(const struct ol_incidents *s, uint32_t *ret_n);
/* Nothing more comes: closes all, in the order in which they began. */
int ol_incidents_end(struct ol_incidents *s);

#endif
