/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_LIMIT_OWNER_H
#define OL_ANALYZE_LIMIT_OWNER_H

#include "analyze/dump/event.h"

/*
 * Whose limit a cgroup's OOM hit. The path whose limit it was decides, not the victim's: the limit
 * of a pod or of a whole slice is reached by all that live in it together.
 */

enum ol_owner_kind {
	OL_OWNER_UNKNOWN, /* the log has no path */
	OL_OWNER_CONTAINER,
	OL_OWNER_POD,
	OL_OWNER_NAMED, /* a container, machine or session that its runtime calls by a name */
	OL_OWNER_PODS, /* all pods of the node, or of one class */
	OL_OWNER_UNIT, /* of systemd */
	OL_OWNER_CGROUP,
};

struct ol_limit_owner {
	enum ol_owner_kind kind;
	bool pod; /* no path, but the table lists more than one container of a pod */
	bool own; /* the victim's own cgroup */
	bool above; /* one that it lies in */
	struct ol_span path, last; /* last: the last component of path */
	struct ol_container
		container; /* what is known of it by its path; spans may point into it */
};
void ol_limit_owner(const struct ol_oom_event *e, struct ol_limit_owner *ret);

/* At its limit: a charge that did not fit leaves usage some pages below it. False: or not told. */
bool ol_at_limit(struct ol_val usage, struct ol_val limit);

/* Which limit of it the numbers show to be reached. */
enum ol_limit_reached {
	OL_LIMIT_NOT_TOLD,
	OL_LIMIT_MEMORY,
	OL_LIMIT_MEMSW,
	OL_LIMIT_KMEM, /* version 1 until 5.15: kernel memory's own, below that of all memory */
	OL_LIMIT_NONE, /* none: each is no limit, or far above usage and was never run into */
};
enum ol_limit_reached ol_limit_reached(const struct ol_oom_event *e);

/* The last component of a cgroup's path, without a slash at its end; "/" itself. */
struct ol_span ol_cgroup_last(struct ol_span path);

#endif
