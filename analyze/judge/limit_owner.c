// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/judge/limit_owner.h"

struct ol_span ol_cgroup_last(struct ol_span path)
{
	size_t i;

	while (path.n > 1 && path.p[path.n - 1] == '/')
		path.n--;
	for (i = path.n; i && path.p[i - 1] != '/';)
		i--;
	return i < path.n ? ol_span_skip(path, i) : path;
}

/* Is @up an ancestor of @path? */
static bool is_above(struct ol_span up, struct ol_span path)
{
	return up.p && path.p && up.n < path.n && ol_span_starts(path, up) &&
	       (up.n == 1 || path.p[up.n] == '/');
}

static enum ol_owner_kind kind_of(const struct ol_limit_owner *o, bool known)
{
	const struct ol_container *c = &o->container;

	if (known && c->id.p)
		return OL_OWNER_CONTAINER;
	if (known && c->pod_uid.p)
		return OL_OWNER_POD;
	if (known && c->name.p && c->runtime && strcmp(c->runtime, "systemd") != 0)
		return OL_OWNER_NAMED;
	if (ol_span_starts(o->last, OL_SPAN("kubepods")))
		return OL_OWNER_PODS;
	if (ol_span_ends(o->last, OL_SPAN(".service")) ||
	    ol_span_ends(o->last, OL_SPAN(".slice")) || ol_span_ends(o->last, OL_SPAN(".scope")))
		return OL_OWNER_UNIT;
	return OL_OWNER_CGROUP;
}

/*
 * Every pod of Kubernetes has a process "pause", in a cgroup of its own: a table that lists it
 * beside others is that of the pod, or of something above it.
 */
static bool lists_pod(const struct ol_oom_event *e)
{
	bool pause = false, other = false;

	for (uint32_t i = 0; i < e->tasks.n; i++) {
		bool is_pause = ol_span_eqs(e->tasks.v[i].comm, "pause");

		pause |= is_pause;
		other |= !is_pause;
	}
	return pause && other;
}

bool ol_at_limit(struct ol_val usage, struct ol_val limit)
{
	enum { FULL_NTH = 20 };

	return usage.set && limit.set && limit.v < OL_UNLIMITED_KB && limit.v > 0 &&
	       usage.v >= limit.v / FULL_NTH * (FULL_NTH - 1);
}

/*
 * Each charge that does not fit counts (page_counter_try_charge(), mm/page_counter.c): without one,
 * and with room, this limit refused nothing.
 */
static bool not_reached(struct ol_val usage, struct ol_val limit, struct ol_val failcnt)
{
	if (!limit.set)
		return false;
	return limit.v >= OL_UNLIMITED_KB ||
	       (usage.set && failcnt.set && !failcnt.v && !ol_at_limit(usage, limit));
}

enum ol_limit_reached ol_limit_reached(const struct ol_oom_event *e)
{
	bool none;

	if (ol_at_limit(e->usage_kb, e->limit_kb))
		return OL_LIMIT_MEMORY;
	if (ol_at_limit(e->memsw_usage_kb, e->memsw_limit_kb))
		return OL_LIMIT_MEMSW;
	none = not_reached(e->usage_kb, e->limit_kb, e->failcnt);
	if (ol_at_limit(e->kmem_usage_kb, e->kmem_limit_kb) &&
	    (none || (e->kmem_failcnt.set && e->kmem_failcnt.v > 0)))
		return OL_LIMIT_KMEM;
	none &= !e->memsw_limit_kb.set ||
		not_reached(e->memsw_usage_kb, e->memsw_limit_kb, e->memsw_failcnt);
	none &= !e->kmem_limit_kb.set ||
		not_reached(e->kmem_usage_kb, e->kmem_limit_kb, e->kmem_failcnt);
	return none ? OL_LIMIT_NONE : OL_LIMIT_NOT_TOLD;
}

void ol_limit_owner(const struct ol_oom_event *e, struct ol_limit_owner *ret)
{
	struct ol_span path = e->oom_memcg.s, victim = e->task_memcg.s;

	ret->kind = OL_OWNER_UNKNOWN;
	ret->path = ret->last = path;
	ret->own = path.p && victim.p && ol_span_eq(path, victim);
	ret->above = is_above(path, victim);
	ret->pod = !path.p && lists_pod(e);
	if (!path.p)
		return;
	ret->last = ol_cgroup_last(path);
	ret->kind = kind_of(ret, ol_container_from_path(path, &ret->container));
}
