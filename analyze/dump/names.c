// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/names.h"

#include "lib/err.h"

#include <stdlib.h>

/*
 * The last names that the log told, by the id of the container or of its pod. An id is 64 random
 * digits: whose log it stands in does not matter.
 */

enum { NAMES_MAX = 256 };

/* As long as Kubernetes lets them be: RFC 1123 subdomain, label. */
struct name {
	char s[254];
	uint8_t n; /* 0: not told */
};

struct entry {
	char id[64], sandbox[64], uid[36];
	bool has_id, has_sandbox, has_uid;
	struct name pod, namespace, container;
};

struct ol_names {
	struct entry v[NAMES_MAX]; /* a ring */
	unsigned n;
};

static bool keep(char *to, size_t room, struct ol_span s)
{
	if (s.n != room)
		return false;
	memcpy(to, s.p, room);
	return true;
}

static void keep_name(struct name *to, struct ol_span s)
{
	if (!s.n || s.n > sizeof(to->s))
		return;
	memcpy(to->s, s.p, s.n);
	to->n = (uint8_t)s.n;
}

static struct entry *by_id(struct ol_names *names, struct ol_span id)
{
	for (unsigned i = 0; names && id.n == 64 && i < names->n && i < NAMES_MAX; i++)
		if (names->v[i].has_id && ol_bytes_eq(names->v[i].id, id.p, 64))
			return &names->v[i];
	return NULL;
}

/* The newest that tells of a pod. */
static struct entry *by_uid(struct ol_names *names, struct ol_span uid)
{
	unsigned n = names ? names->n : 0;

	for (unsigned i = n; uid.n == 36 && i > 0 && n - i < NAMES_MAX; i--) {
		struct entry *e = &names->v[(i - 1) % NAMES_MAX];

		if (e->has_uid && e->pod.n && ol_bytes_eq(e->uid, uid.p, 36))
			return e;
	}
	return NULL;
}

void ol_names_add(struct ol_names **names, const struct ol_container *c)
{
	struct entry *to;

	if (!(c->id.n == 64 || c->pod_uid.n == 36) || !(c->pod_name.n || c->container_name.n))
		return;
	if (!*names)
		*names = calloc(1, sizeof(**names));
	if (!*names) {
		ol_no_memory();
		return;
	}
	to = by_id(*names, c->id);
	if (!to) {
		to = &(*names)->v[(*names)->n++ % NAMES_MAX];
		memset(to, 0, sizeof(*to));
	}
	to->has_id |= keep(to->id, 64, c->id);
	to->has_sandbox |= keep(to->sandbox, 64, c->outer.id);
	to->has_uid |= keep(to->uid, 36, c->pod_uid);
	keep_name(&to->pod, c->pod_name);
	keep_name(&to->namespace, c->namespace);
	keep_name(&to->container, c->container_name);
}

static void give(struct ol_oom_event *e, struct ol_span *to, const struct name *name)
{
	if (!to->p && name->n)
		*to = ol_arena_dup(&e->arena, ol_span(name->s, name->n));
}

static void give_pod(struct ol_oom_event *e, const struct entry *from)
{
	if (!from || !from->pod.n || e->container.pod_name.p)
		return;
	give(e, &e->container.pod_name, &from->pod);
	give(e, &e->container.namespace, &from->namespace);
}

void ol_names_apply(struct ol_names *names, struct ol_oom_event *e)
{
	const struct entry *own;

	if (!names || !e->has_container)
		return;
	own = by_id(names, e->container.id);
	if (own) {
		give(e, &e->container.container_name, &own->container);
		give_pod(e, own);
		if (own->has_sandbox)
			give_pod(e, by_id(names, ol_span(own->sandbox, 64)));
	}
	give_pod(e, by_uid(names, e->container.pod_uid));
}

void ol_names_free(struct ol_names *names)
{
	free(names);
}
