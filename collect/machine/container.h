/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_CONTAINER_H
#define OL_ANALYZE_CONTAINER_H

#include "lib/span.h"

/*
 * What a cgroup path alone says about who lives in it. Spans point into the path or, for unescaped
 * and rewritten text, into .buf. Absent parts have p == NULL.
 */
struct ol_container {
	/* "docker", "containerd", "cri-o", "podman", "lxc", "systemd", … or NULL */
	const char *runtime;
	struct ol_span id; /* container id, as printed */
	struct ol_span pod_uid; /* with dashes, as the API server writes it */
	const char *qos; /* "guaranteed", "burstable", "besteffort" or NULL */
	struct ol_span unit; /* systemd unit or slice: the last component that is one, as systemctl
			      * takes it (escapes and all) */
	struct ol_span name; /* LXC/VM/job/session name */
	/* what others than the path say: the log, the node */
	struct ol_span pod_name, namespace, container_name;
	struct ol_container_outer {
		const char *runtime;
		struct ol_span id; /* absent: it is in no other container */
	} outer; /* the container that this one is in */
	char buf[768]; /* spans may point in here: a copy by value needs ol_container_moved() */
};

/* @c is a copy of @from: its spans into .buf shall be into its own. */
void ol_container_moved(struct ol_container *c, const struct ol_container *from);

/* True when anything at all was recognised. @path may be hostile and cut short. */
bool ol_container_from_path(struct ol_span path, struct ol_container *ret);

#endif
