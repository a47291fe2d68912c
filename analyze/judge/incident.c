// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/judge/incident.h"

#include <errno.h>
#include <stdlib.h>

#define OPEN_MAX_INCIDENTS 32
#define ARENA_LIMIT        (128 * 1024)
#define PATH_MAX_KEPT      1024
#define COMM_MAX_KEPT      64

struct ol_incidents {
	struct ol_incident *open[OPEN_MAX_INCIDENTS]; /* in the order in which they began */
	uint32_t n;
	uint64_t clock;
	ol_incident_fn fn;
	void *arg;
};

/* ---- what an event is about ---- */

static enum ol_cause cause_of(const struct ol_oom_event *e)
{
	return e->verdict && e->verdict->done ? e->verdict->cause : OL_CAUSE_UNKNOWN;
}

static const enum ol_incident_family families[OL_CAUSE_MAX] = {
#define OL_CAUSE(id, name, family) [OL_CAUSE_##id] = OL_IF_##family,
#include "analyze/judge/causes.def"
#undef OL_CAUSE
};

static enum ol_incident_family family_of(const struct ol_oom_event *e)
{
	if (e->kind == OL_EV_USERSPACE_KILL || e->kind == OL_EV_KILL_REPORT)
		return OL_IF_USERSPACE;
	if (e->kind == OL_EV_FRAGMENT)
		return OL_IF_FRAGMENT;
	if (e->kind == OL_EV_ALLOC_FAILURE && !e->victims.n)
		return OL_IF_FAILURE;
	if (families[cause_of(e)] != OL_IF_MACHINE)
		return families[cause_of(e)];
	if (e->sysrq)
		return OL_IF_MANUAL;
	switch (e->constraint) {
	case OL_CONSTRAINT_MEMCG:
		return OL_IF_MEMCG;
	case OL_CONSTRAINT_CPUSET:
	case OL_CONSTRAINT_MEMPOLICY:
		return OL_IF_NUMA;
	case OL_CONSTRAINT_NONE:
	case OL_CONSTRAINT_UNKNOWN:
		break;
	}
	return OL_IF_MACHINE;
}

static unsigned order_of(const struct ol_oom_event *e, enum ol_incident_family f)
{
	if ((f != OL_IF_FAILURE && f != OL_IF_FRAGMENTATION) || !e->order.set || e->order.v < 0)
		return 0;
	return e->order.v > 64 ? 64 : (unsigned)e->order.v;
}

static struct ol_val kb_of(const struct ol_oom_event *e, enum ol_key a, enum ol_key b)
{
	const struct ol_kv *x = ol_kv_get(&e->memory, a), *y = ol_kv_get(&e->memory, b);
	const uint64_t most = INT64_MAX / 1024;
	struct ol_val v = { 0 };

	if ((!x && !y) || !e->page_kb || (x && x->v > most) || (y && y->v > most))
		return v;
	v.set = !__builtin_mul_overflow((int64_t)((x ? x->v : 0) + (y ? y->v : 0)),
					(int64_t)e->page_kb, &v.v);
	return v;
}

static uint64_t hash(struct ol_span s)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325) ^ s.n;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001b3);
	return h;
}

static struct ol_incident_moment moment_of(const struct ol_oom_event *e)
{
	struct ol_incident_moment m = {
		.mono_us = e->mono_us,
		.wall_us = e->wall_us,
		.wall_zone = e->wall_zone,
		.wall_year_inferred = e->wall_year_inferred,
		.wall_minute = e->wall_minute,
		.log = hash(e->file),
		.line = e->first_line,
		.boot = e->boot,
		.free_kb = kb_of(e, OL_K_FREE, OL_K_NONE),
		.anon_kb = kb_of(e, OL_K_ACTIVE_ANON, OL_K_INACTIVE_ANON),
		.file_kb = kb_of(e, OL_K_ACTIVE_FILE, OL_K_INACTIVE_FILE),
		.slab_kb = kb_of(e, OL_K_SLAB_RECLAIMABLE, OL_K_SLAB_UNRECLAIMABLE),
		.swap_free_kb = e->swap_free_kb,
		.usage_kb = e->usage_kb,
		.failcnt = e->failcnt,
	};

	if (!m.slab_kb.set)
		m.slab_kb = kb_of(e, OL_K_SLAB, OL_K_NONE);
	return m;
}

static struct ol_span host_of(const struct ol_oom_event *e)
{
	return ol_span_head(e->host, 255);
}

/* ---- how far apart ---- */

static int64_t span_us(int64_t a, int64_t b)
{
	int64_t d;

	if (__builtin_sub_overflow(a, b, &d) || d == INT64_MIN)
		return INT64_MAX;
	return d < 0 ? -d : d;
}

static bool in_span(int64_t from, int64_t to, int64_t now, int64_t limit_us)
{
	return (from <= now && now <= to) || span_us(from, now) <= limit_us ||
	       span_us(to, now) <= limit_us;
}

/*
 * Is @now between @from and @to, or not farther than @limit_us from them? The kernel's clock is
 * exact within a boot of one log; between logs only the wall clock compares. Lines without any time
 * are near each other if they are in the same log.
 */
static bool near(const struct ol_incident_moment *from, const struct ol_incident_moment *to,
		 const struct ol_incident_moment *now, int64_t limit_us)
{
	bool same_log = to->log == now->log, both = from->log == to->log;

	if (same_log && to->boot != now->boot)
		return false;
	if (same_log && to->mono_us != OL_TIME_NONE && now->mono_us != OL_TIME_NONE) {
		if (both && from->mono_us != OL_TIME_NONE)
			return in_span(from->mono_us, to->mono_us, now->mono_us, limit_us);
		return span_us(to->mono_us, now->mono_us) <= limit_us;
	}
	if (to->wall_us != OL_TIME_NONE && now->wall_us != OL_TIME_NONE) {
		if (from->wall_us != OL_TIME_NONE)
			return in_span(from->wall_us, to->wall_us, now->wall_us, limit_us);
		return span_us(to->wall_us, now->wall_us) <= limit_us;
	}
	return same_log;
}

/* ---- which incident ---- */

static bool has_victim(const struct ol_incident *in, const struct ol_oom_event *e)
{
	for (uint32_t i = 0; e->victims.n && i < in->n_victims; i++)
		if (ol_span_eq(in->victims[i].comm, e->victims.v[0].comm.s))
			return true;
	return false;
}

static struct ol_span short_path(struct ol_span path)
{
	return path.n > PATH_MAX_KEPT ? ol_span_skip(path, path.n - PATH_MAX_KEPT) : path;
}

/* The end of a path, as systemd names units without their slices. */
static bool path_ends_with(struct ol_span path, struct ol_span tail)
{
	if (!tail.n || !path.n)
		return false;
	if (ol_span_eq(path, tail))
		return true;
	return path.n > tail.n && ol_span_ends(path, tail) &&
	       (tail.p[0] == '/' || path.p[path.n - tail.n - 1] == '/');
}

/*
 * Is @e, a message of a program, about a process that was killed in this place?
 *
 *   systemd: foo.service: A process of this unit has been killed by the OOM killer.
 *   containerd: … TaskOOM event &TaskOOM{ContainerID:0123…,
 */
static bool is_report_about(const struct ol_incident_place *p, const struct ol_oom_event *e)
{
	if (e->has_container && p->id.n && ol_span_eq(p->id, e->container.id))
		return true;
	if (e->has_container && p->pod_uid.n && ol_span_eq(p->pod_uid, e->container.pod_uid))
		return true;
	if (path_ends_with(p->path, short_path(e->task_memcg.s)))
		return true;
	return p->id.n >= 12 && e->userspace_text.s.n &&
	       ol_span_find(e->userspace_text.s, ol_span_head(p->id, 64)) >= 0;
}

static struct ol_incident *find_reported(struct ol_incidents *s, const struct ol_oom_event *e,
					 const struct ol_incident_moment *now)
{
	for (uint32_t i = s->n; i > 0; i--) {
		struct ol_incident *in = s->open[i - 1];

		if (in->over || in->suspect || in->family >= OL_IF_FAILURE ||
		    !ol_span_eq(in->host, host_of(e)))
			continue;
		for (uint32_t k = 0; k < in->n_places; k++) {
			const struct ol_incident_place *p = &in->places[k];

			if (is_report_about(p, e) &&
			    near(&p->at, &p->at, now, OL_INCIDENT_REPORT_US))
				return in;
		}
	}
	return NULL;
}

static bool same_killer(const struct ol_incident *in, const struct ol_oom_event *e)
{
	return ol_span_eq(in->who, e->who_killed.s) && in->kind == e->kind &&
	       ol_span_eq(in->cgroup, short_path(e->task_memcg.s));
}

/*
 * A kill of a cgroup whose path is lost (the kernel limits how often it prints the head of a dump)
 * belongs to the incident that killed the same program before, or to the only one there is.
 */
static struct ol_incident *find_pathless(struct ol_incidents *s, const struct ol_oom_event *e)
{
	struct ol_incident *only = NULL;
	uint32_t n = 0;

	for (uint32_t i = s->n; i > 0; i--) {
		struct ol_incident *in = s->open[i - 1];

		if (in->over || in->family != OL_IF_MEMCG || in->suspect != e->forged_suspect ||
		    !ol_span_eq(in->host, host_of(e)))
			continue;
		if (has_victim(in, e))
			return in;
		only = in;
		n++;
	}
	return n == 1 ? only : NULL;
}

static uint64_t release_of(const struct ol_oom_event *e)
{
	return e->release.s.n ? hash(e->release.s) | 1 : 0;
}

static bool same_release(const struct ol_incident *in, const struct ol_oom_event *e)
{
	return !in->release || !release_of(e) || in->release == release_of(e);
}

/*
 * A container that is started again has a new id, and with it a new cgroup: the same pod, program
 * and limit tell that it is the same one.
 */
static bool same_container_again(const struct ol_incident *in, const struct ol_oom_event *e)
{
	return e->has_container && e->container.id.p && in->pod_uid.n &&
	       ol_span_eq(in->pod_uid, e->container.pod_uid) && in->limit_kb.set &&
	       e->limit_kb.set && in->limit_kb.v == e->limit_kb.v && has_victim(in, e);
}

/*
 * The page that a process wanted when it was killed: it fails while the process dies, which is a
 * consequence of the kill and no story of its own.
 */
static struct ol_incident *find_dying(struct ol_incidents *s, const struct ol_oom_event *e,
				      const struct ol_incident_moment *now)
{
	enum { DYING_US = 10000000 };

	for (uint32_t i = s->n; i > 0; i--) {
		struct ol_incident *in = s->open[i - 1];

		if (!in->over && in->last_victim.set && e->trigger_pid.set &&
		    in->last_victim.v == e->trigger_pid.v && in->suspect == e->forged_suspect &&
		    ol_span_eq(in->host, host_of(e)) && same_release(in, e) &&
		    near(&in->last, &in->last, now, DYING_US))
			return in;
	}
	return NULL;
}

static struct ol_incident *find(struct ol_incidents *s, const struct ol_oom_event *e,
				enum ol_incident_family f)
{
	struct ol_span path = short_path(e->oom_memcg.s);

	if (f == OL_IF_FRAGMENT)
		return NULL;
	if (f == OL_IF_MEMCG && !path.p)
		return find_pathless(s, e);
	for (uint32_t i = s->n; i > 0; i--) {
		struct ol_incident *in = s->open[i - 1];

		if (in->over || in->family != f || in->suspect != e->forged_suspect ||
		    !ol_span_eq(in->host, host_of(e)) || !same_release(in, e))
			continue;
		if (f == OL_IF_USERSPACE ? same_killer(in, e)
		    : f == OL_IF_MEMCG ? ol_span_eq(in->cgroup, path) || same_container_again(in, e)
				       : in->order == order_of(e, f))
			return in;
	}
	return NULL;
}

/* ---- open, fill, close ---- */

static void incident_free(struct ol_incident *in)
{
	if (!in)
		return;
	ol_arena_done(&in->arena);
	for (uint32_t i = 0; i < in->n_places; i++)
		free(in->places[i].mem);
	free(in->last_file);
	free(in->text);
	free(in);
}

static int victim_cmp(const void *pa, const void *pb)
{
	const struct ol_incident_victim *a = pa, *b = pb;

	if (a->count != b->count)
		return a->count < b->count ? 1 : -1;
	if (a->rss_kb != b->rss_kb)
		return a->rss_kb < b->rss_kb ? 1 : -1;
	return 0;
}

/* Takes number @i out of the list and gives it to the callback. */
static int close_one(struct ol_incidents *s, uint32_t i)
{
	struct ol_incident *in = s->open[i];
	int x;

	memmove(&s->open[i], &s->open[i + 1], (s->n - i - 1) * sizeof(s->open[0]));
	s->n--;
	qsort(in->victims, in->n_victims, sizeof(in->victims[0]), victim_cmp);
	x = s->fn(s->arg, in);
	incident_free(in);
	return x < 0 ? x : 0;
}

/* A service that is started again runs into its limit again: that is one story for a day. */
static int64_t gap_of(const struct ol_incident *in)
{
	return in->family == OL_IF_MEMCG && in->cgroup.n ? OL_INCIDENT_AGAIN_US
							 : OL_INCIDENT_GAP_US;
}

/* Ends what is too long ago, seen from an event of the same host. They close as they began. */
static int close_old(struct ol_incidents *s, const struct ol_oom_event *e,
		     const struct ol_incident_moment *now)
{
	bool older = false; /* one of this host that goes on */
	int x = 0;

	for (uint32_t i = 0; i < s->n && !x;) {
		struct ol_incident *in = s->open[i];

		if (!ol_span_eq(in->host, host_of(e))) {
			i++;
			continue;
		}
		in->over |= !near(&in->first, &in->last, now, gap_of(in));
		older |= !in->over;
		if (older)
			i++;
		else
			x = close_one(s, i);
	}
	return x;
}

/* The one that has been quiet for longest goes. */
static int make_room(struct ol_incidents *s)
{
	uint32_t oldest = 0;

	if (s->n < OPEN_MAX_INCIDENTS)
		return 0;
	for (uint32_t i = 1; i < s->n; i++)
		if (s->open[i]->touched < s->open[oldest]->touched)
			oldest = i;
	return close_one(s, oldest);
}

/* How much an event holds to be told: no counters, or these, the request, the table besides. */
static unsigned fullness(const struct ol_oom_event *e)
{
	const uint32_t counters =
		1u << OL_PART_MEMINFO | 1u << OL_PART_MEMCG_STATS | 1u << OL_PART_ZONES;

	if (!(e->parts_seen & counters))
		return 0;
	return 1 + (e->parts_seen >> OL_PART_HEADER & 1) + (e->parts_seen >> OL_PART_TABLE & 1);
}

static struct ol_incident *open_one(struct ol_incidents *s, const struct ol_oom_event *e,
				    enum ol_incident_family f, const struct ol_incident_moment *now)
{
	struct ol_incident *in = calloc(1, sizeof(*in));
	struct ol_span path = short_path(f == OL_IF_USERSPACE ? e->task_memcg.s
					 : f == OL_IF_MEMCG   ? e->oom_memcg.s
							      : (struct ol_span){ NULL, 0 });

	if (!in)
		return NULL;
	ol_arena_init(&in->arena, ARENA_LIMIT);
	in->family = f;
	in->kind = e->kind;
	in->cause = cause_of(e);
	in->fullness = fullness(e);
	in->release = release_of(e);
	in->limit_kb = e->limit_kb;
	in->last_group = hash(path);
	if (e->has_container && e->container.pod_uid.p)
		in->pod_uid = ol_arena_dup(&in->arena, ol_span_head(e->container.pod_uid, 64));
	in->order = order_of(e, f);
	in->suspect = e->forged_suspect;
	if (e->host.p)
		in->host = ol_arena_dup(&in->arena, host_of(e));
	if (path.p)
		in->cgroup = ol_arena_dup(&in->arena, path);
	if (e->who_killed.s.p)
		in->who = ol_arena_dup(&in->arena, ol_span_head(e->who_killed.s, COMM_MAX_KEPT));
	in->reported = e->kind == OL_EV_KILL_REPORT;
	in->first = in->last = *now;
	if (e->file.p)
		in->first_file = ol_arena_dup(&in->arena, short_path(e->file));
	/* what cannot be kept cannot be compared with: such an event stays alone */
	if ((e->host.p && !in->host.p) || (path.p && !in->cgroup.p)) {
		incident_free(in);
		return NULL;
	}
	s->open[s->n++] = in;
	return in;
}

static void add_victim(struct ol_incident *in, const struct ol_victim *v)
{
	const struct ol_val parts[] = { v->anon_rss_kb, v->file_rss_kb, v->shmem_rss_kb };
	struct ol_span comm = ol_span_head(v->comm.s, COMM_MAX_KEPT);
	struct ol_incident_victim *to = NULL;

	for (uint32_t i = 0; i < in->n_victims && !to; i++)
		if (ol_span_eq(in->victims[i].comm, comm))
			to = &in->victims[i];
	if (!to && in->n_victims < OL_INCIDENT_COMMS) {
		struct ol_span copy = comm;

		if (comm.p)
			copy = ol_arena_dup(&in->arena, comm);
		if (!comm.p || copy.p) {
			to = &in->victims[in->n_victims++];
			to->comm = copy;
		}
	}
	if (!to)
		to = &in->others;
	to->count++;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!parts[i].set || parts[i].v < 0)
			continue;
		to->has_rss = true;
		if (__builtin_add_overflow(to->rss_kb, (uint64_t)parts[i].v, &to->rss_kb))
			to->rss_kb = UINT64_MAX;
	}
}

/* Room for three texts is taken at once, and given back when the place makes way for another. */
static void add_place(struct ol_incident *in, const struct ol_oom_event *e, struct ol_span path,
		      const struct ol_incident_moment *now)
{
	struct ol_span id = { NULL, 0 }, pod = { NULL, 0 };
	struct ol_incident_place *p;
	char *mem;

	path = short_path(path);
	if (!path.n || ol_span_eqs(path, "/"))
		return;
	for (uint32_t i = 0; i < in->n_places; i++)
		if (ol_span_eq(in->places[i].path, path)) {
			in->places[i].at = *now;
			return;
		}
	if (e->has_container) {
		id = ol_span_head(e->container.id, 128);
		pod = ol_span_head(e->container.pod_uid, 64);
	}
	mem = malloc(path.n + id.n + pod.n);
	if (!mem) {
		ol_no_memory();
		return;
	}
	p = &in->places[in->next_place++ % OL_INCIDENT_PLACES];
	if (in->n_places < OL_INCIDENT_PLACES)
		in->n_places++;
	free(p->mem);
	*p = (struct ol_incident_place){
		.path = { mem, path.n },
		.id = { mem + path.n, id.n },
		.pod_uid = { mem + path.n + id.n, pod.n },
		.at = *now,
		.mem = mem,
	};
	memcpy(mem, path.p, path.n);
	if (id.n)
		memcpy(mem + path.n, id.p, id.n);
	if (pod.n)
		memcpy(mem + path.n + id.n, pod.p, pod.n);
}

/* True when this event was counted already. */
static bool seen(struct ol_incident *in, const struct ol_oom_event *e)
{
	if (!e->id[0])
		return false;
	for (uint32_t i = 0; i < in->n_ids; i++)
		if (!memcmp(in->ids[i], e->id, sizeof(e->id)))
			return true;
	memcpy(in->ids[in->next_id++ % OL_INCIDENT_IDS], e->id, sizeof(e->id));
	if (in->n_ids < OL_INCIDENT_IDS)
		in->n_ids++;
	return false;
}

static void add_report(struct ol_incident *in, const struct ol_oom_event *e)
{
	struct ol_span who = ol_span_head(e->who_killed.s, COMM_MAX_KEPT);
	const uint32_t most = sizeof(in->reporters) / sizeof(in->reporters[0]);

	in->reports++;
	for (uint32_t i = 0; i < in->n_reporters; i++)
		if (ol_span_eq(in->reporters[i], who))
			return;
	if (!who.n || in->n_reporters == most)
		return;
	who = ol_arena_dup(&in->arena, who);
	if (who.p)
		in->reporters[in->n_reporters++] = who;
}

/* A log that goes on in the next file. */
static void keep_file(struct ol_incident *in, const struct ol_oom_event *e,
		      const struct ol_incident_moment *now)
{
	struct ol_span name = short_path(e->file);

	free(in->last_file);
	in->last_file = NULL;
	in->last_file_n = 0;
	if (!name.n || in->first.log == now->log)
		return;
	in->last_file = malloc(name.n);
	if (!in->last_file) {
		ol_no_memory();
		return;
	}
	memcpy(in->last_file, name.p, name.n);
	in->last_file_n = name.n;
}

static void add_event(struct ol_incident *in, const struct ol_oom_event *e,
		      const struct ol_incident_moment *now)
{
	in->events++;
	in->limited += e->withheld.limited;
	if (in->family == OL_IF_MEMCG && e->oom_memcg.s.p) {
		uint64_t group = hash(short_path(e->oom_memcg.s));

		in->groups += group != in->last_group;
		in->last_group = group;
	}
	if (e->victims.n && e->victims.v[0].pid.set)
		in->last_victim = e->victims.v[0].pid;
	/* systemd-oomd and others name a cgroup, not its processes */
	in->kills += e->victims.n ? e->victims.n : in->family == OL_IF_USERSPACE;
	for (uint32_t i = 0; i < e->victims.n; i++)
		add_victim(in, &e->victims.v[i]);
	if (in->last.log != now->log)
		keep_file(in, e, now);
	in->last = *now;
	in->last_line = e->last_line;
	add_place(in, e, e->task_memcg.s, now);
	add_place(in, e, e->oom_memcg.s, now);
}

int ol_incidents_add(struct ol_incidents *s, const struct ol_oom_event *e,
		     struct ol_incident **ret_told)
{
	struct ol_incident_moment now = moment_of(e);
	enum ol_incident_family f = family_of(e);
	struct ol_incident *in;
	int x;

	*ret_told = NULL;
	x = close_old(s, e, &now);
	if (x)
		return x;
	if (f == OL_IF_USERSPACE) {
		in = find_reported(s, e, &now);
		if (in) {
			add_report(in, e);
			return 0;
		}
	}
	if (f == OL_IF_FAILURE) {
		in = find_dying(s, e, &now);
		if (in) {
			in->consequences++;
			return 0;
		}
	}
	in = find(s, e, f);
	if (!in) {
		x = make_room(s);
		if (x)
			return x;
		in = open_one(s, e, f, &now);
		if (!in)
			return -ENOMEM;
		*ret_told = in;
	}
	in->touched = ++s->clock;
	if (seen(in, e))
		in->copies++;
	else
		add_event(in, e, &now);
	/* the kill that is explained is the one that holds most, not the emptiest */
	if (fullness(e) > in->fullness) {
		in->fullness = fullness(e);
		in->cause = cause_of(e);
		in->told_later = true;
		*ret_told = in;
	}
	return 0;
}

/* ---- the rest of the interface ---- */

int ol_incident_set_text(struct ol_incident *in, struct ol_span text)
{
	if (text.n > OL_INCIDENT_TEXT)
		return -E2BIG;
	free(in->text);
	in->text_n = 0;
	in->text = malloc(text.n ? text.n : 1);
	if (!in->text)
		return -ENOMEM;
	if (text.n)
		memcpy(in->text, text.p, text.n);
	in->text_n = text.n;
	return 0;
}

struct ol_incidents *ol_incidents_new(ol_incident_fn fn, void *arg)
{
	struct ol_incidents *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->fn = fn;
	s->arg = arg;
	return s;
}

struct ol_incident *const *ol_incidents_open(const struct ol_incidents *s, uint32_t *ret_n)
{
	*ret_n = s->n;
	return s->open;
}

int ol_incidents_end(struct ol_incidents *s)
{
	int ret = 0;

	while (s->n) {
		int x = close_one(s, 0);

		ret = ret ? ret : x;
	}
	return ret;
}

void ol_incidents_free(struct ol_incidents *s)
{
	if (!s)
		return;
	for (uint32_t i = 0; i < s->n; i++)
		incident_free(s->open[i]);
	free(s);
}
