/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_NAMES_H
#define OL_ANALYZE_NAMES_H

/* Private to analyze/: pods, containers and namespaces that a log names for an id. */

#include "analyze/dump/event.h"

struct ol_names;
/*
 * @c: what a line tells, of the id in .id (.outer.id: the sandbox that it is in), of the pod in
 * .pod_uid, or of both. *@names is made when it is NULL.
 */
void ol_names_add(struct ol_names **names, const struct ol_container *c);
/* The names of the container of @e, a finished event; @names may be NULL. */
void ol_names_apply(struct ol_names *names, struct ol_oom_event *e);
void ol_names_free(struct ol_names *names);

#endif
