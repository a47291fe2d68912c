// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/machine/container.h"

/*
 * A path is read component by component, from the root down, in one pass. The deepest statement
 * wins: a pod in a docker container in an LXC is that pod; what only the outer layer knows (the
 * name of the LXC) stays. Most components speak for themselves ("docker-<id>.scope"); some only
 * open a place whose next component is meaningful ("/docker/<id>"): enum expect remembers it.
 *
 * A path may be cut anywhere. What has a fixed length is taken only when it is whole: container
 * ids are 64 lower-case hex digits with every runtime below a pod, "/docker/" and the like, so a
 * shorter component there is a cut id (or none) and is left out, even where something follows it.
 * Nothing tells a cut name from a whole one; names are given as they stand.
 */

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define S(s)                     \
	{                        \
		s, sizeof(s) - 1 \
	}

/* Two places in .buf, so that a long path cannot fill it with the names of its outer layers. */
#define UID_AT   0
#define UID_ROOM 64
#define NAME_AT  UID_ROOM
_Static_assert(sizeof(((struct ol_container *)0)->buf) > NAME_AT + 256, "a unit name is up to 255");

enum expect {
	NOTHING,
	ID, /* of the runtime that the parent names */
	BUILD,
	LXC_NAME,
	POD_OR_QOS,
	POD,
	ECS_TASK,
	ECS_ID,
	ALLOC,
	HANDLE,
	UUID,
	VMID,
	JOB,
	LSF_CLUSTER,
	LSF_JOB,
};

struct walk {
	struct ol_container *c;
	enum expect expect;
	const char *runtime; /* of what is expected */
	const char *of_id; /* of the container whose id is known */
	struct ol_span parent;
	struct ol_span task; /* ECS */
	struct ol_span uid; /* Android: "uid_10123" */
	struct ol_span job, step; /* Slurm */
	bool kube, slurm;
};

static bool is_hex(struct ol_span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ol_is_digit(s.p[i]) && !(s.p[i] >= 'a' && s.p[i] <= 'f'))
			return false;
	return s.n > 0;
}

static bool is_digits(struct ol_span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ol_is_digit(s.p[i]))
			return false;
	return s.n > 0;
}

static bool is_id64(struct ol_span s)
{
	return s.n == 64 && is_hex(s);
}

/* 8-4-4-4-12 hex digits with @sep between, at the front of @s. */
static bool starts_uuid(struct ol_span s, char sep)
{
	if (s.n < 36)
		return false;
	for (size_t i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? s.p[i] != sep : !is_hex(ol_span(s.p + i, 1)))
			return false;
	}
	return true;
}

/* Bytes up to the first that is not [0-9A-Za-z_]. */
static struct ol_span word(struct ol_span s)
{
	size_t i = 0;

	while (i < s.n && (ol_is_digit(s.p[i]) || ol_is_alpha(s.p[i]) || s.p[i] == '_'))
		i++;
	return ol_span_head(s, i);
}

static bool eat_tail(struct ol_span *s, struct ol_span tail)
{
	if (s->n <= tail.n || !ol_span_ends(*s, tail))
		return false;
	s->n -= tail.n;
	return true;
}

/*
 * A container starts here: what was said of an id before is the outer one's. Of three within each
 * other the middle one is told.
 */
static void enter(struct walk *w, const char *runtime, struct ol_span id)
{
	if (w->c->id.p)
		w->c->outer = (struct ol_container_outer){ w->of_id, w->c->id };
	w->of_id = runtime;
	w->c->runtime = runtime;
	w->c->id = id;
}

static unsigned hex_value(char ch)
{
	return ol_is_digit(ch) ? (unsigned)(ch - '0') : (unsigned)((ch | 0x20) - 'a' + 10);
}

/*
 * systemd writes '-' in a name as "\x2d" and other bytes likewise, because '-' separates levels.
 * The text in place when there is nothing to undo; absent when it does not fit.
 */
static struct ol_span unescape(struct ol_container *c, struct ol_span s)
{
	char *to = c->buf + NAME_AT;
	size_t n = 0;

	if (ol_span_chr(s, '\\') < 0)
		return s;
	if (s.n > sizeof(c->buf) - NAME_AT)
		return (struct ol_span){ NULL, 0 };
	for (size_t i = 0; i < s.n; i++) {
		char ch = s.p[i];

		if (ch == '\\' && s.n - i >= 4 && s.p[i + 1] == 'x' && ol_is_xdigit(s.p[i + 2]) &&
		    ol_is_xdigit(s.p[i + 3])) {
			ch = (char)(hex_value(s.p[i + 2]) << 4 | hex_value(s.p[i + 3]));
			i += 3;
		}
		to[n++] = ch;
	}
	return ol_span(to, n);
}

/* Pod uids: a UUID with '-' (cgroupfs) or '_' (systemd), static pods 32 hex digits. */
static bool pod_uid(struct walk *w, struct ol_span s)
{
	char *to = w->c->buf + UID_AT;

	if (s.n == 32 && is_hex(s)) {
		w->c->pod_uid = s;
	} else if (s.n == 36 && starts_uuid(s, '-')) {
		w->c->pod_uid = s;
	} else if (s.n == 36 && starts_uuid(s, '_')) {
		for (size_t i = 0; i < 36; i++)
			to[i] = s.p[i] == '_' ? '-' : s.p[i];
		w->c->pod_uid = ol_span(to, 36);
	} else {
		return false;
	}
	return true;
}

static void enter_kube(struct walk *w)
{
	struct ol_span none = { NULL, 0 };

	if (w->kube && !w->c->pod_uid.p)
		return;
	/* also a cluster in a pod of another: kind, vcluster */
	w->kube = true;
	w->c->pod_uid = none;
	w->c->qos = NULL;
	enter(w, "kubernetes", none);
}

/*
 * kubepods.slice, kubepods-burstable.slice, kubepods-besteffort-pod<UID_>.slice,
 * kubepods-pod<UID_>.slice, and with a prefix (--cgroup-root, kind): kubelet-kubepods-….slice.
 * Cut at the end it still tells the quality of service.
 */
static bool kube_slice(struct walk *w, struct ol_span s)
{
	ssize_t at = ol_span_find(s, OL_SPAN("kubepods"));
	struct ol_span rest;

	if (at < 0 || (at > 0 && s.p[at - 1] != '-'))
		return false;
	rest = ol_span_skip(s, (size_t)at + 8);
	if (!ol_span_starts(rest, OL_SPAN("-")) && !ol_span_eqs(rest, ".slice"))
		return false;
	eat_tail(&rest, OL_SPAN(".slice"));
	enter_kube(w);
	if (ol_span_eat(&rest, OL_SPAN("-burstable")))
		w->c->qos = "burstable";
	else if (ol_span_eat(&rest, OL_SPAN("-besteffort")))
		w->c->qos = "besteffort";
	else if (ol_span_starts(rest, OL_SPAN("-pod")))
		w->c->qos = "guaranteed";
	if (ol_span_eat(&rest, OL_SPAN("-pod")))
		pod_uid(w, rest);
	return true;
}

static const struct {
	struct ol_span prefix;
	const char *runtime;
} id_prefixes[] = {
	{ S("cri-containerd"), "containerd" },
	{ S("containerd"), "containerd" },
	{ S("nerdctl"), "containerd" },
	{ S("crio"), "cri-o" },
	{ S("crio-conmon"), "cri-o" },
	{ S("docker"), "docker" },
	{ S("libpod"), "podman" },
	{ S("libpod-conmon"), "podman" },
	{ S("kata"), "kata" },
};

static bool known_prefix(struct ol_span prefix, const char **ret_runtime)
{
	for (size_t i = 0; i < N(id_prefixes); i++) {
		if (ol_span_eq(prefix, id_prefixes[i].prefix)) {
			*ret_runtime = id_prefixes[i].runtime;
			return true;
		}
	}
	return false;
}

/* Of BuildKit: 25 base-36 digits. */
static bool build_id(struct ol_span s)
{
	return s.n == 25 && word(s).n == 25;
}

/*
 * docker-<ID64>.scope, cri-containerd-<ID64>.scope, crio-conmon-<ID64>.scope, libpod-<ID64>,
 * kata_<ID64>. A runtime that nobody knows may use the shape too. A suffix that is cut (".sco")
 * proves that the id is whole. Builds of dockerd's BuildKit have ids of 25 base-36 digits.
 */
static bool prefixed_id(struct walk *w, struct ol_span s)
{
	const char *runtime = w->kube ? "kubernetes" : NULL;
	size_t sep = s.n;
	struct ol_span id, build;
	bool known;

	while (sep > 0 && s.p[sep - 1] != '-')
		sep--;
	if (!sep) {
		id = s;
		if (!ol_span_eat(&id, OL_SPAN("kata_")) || !is_id64(id))
			return false;
		enter(w, "kata", id);
		return true;
	}
	known = known_prefix(ol_span_head(s, sep - 1), &runtime);
	build = ol_span_skip(s, sep);
	id = ol_span_head(build, 64);
	if (is_id64(id) && (build.n == 64 || build.p[64] == '.')) {
		enter(w, runtime, id);
		return true;
	}
	if (known && eat_tail(&build, OL_SPAN(".scope")) && build_id(build)) {
		enter(w, "buildkit", build);
		return true;
	}
	return false;
}

/* "qemu-3-web-01" -> "web-01": libvirt puts driver and number before the name of a guest. */
static bool eat_guest(struct ol_span *s)
{
	struct ol_span t = *s;
	uint64_t number;

	if (!(ol_span_eat(&t, OL_SPAN("qemu-")) || ol_span_eat(&t, OL_SPAN("lxc-"))) ||
	    !ol_eat_u64(&t, &number) || !ol_span_eat(&t, OL_SPAN("-")) || !t.n)
		return false;
	*s = t;
	return true;
}

/*
 * machine-qemu\x2d3\x2dweb\x2d01.scope	libvirt, guest "web-01"
 * machine-lxc\x2d3\x2dweb.scope	libvirt's own LXC driver
 * machine-web.scope			machined, for systemd-nspawn
 */
static bool machine_scope(struct walk *w, struct ol_span s)
{
	struct ol_span name;

	if (!ol_span_eat(&s, OL_SPAN("machine-")) || !eat_tail(&s, OL_SPAN(".scope")))
		return false;
	name = unescape(w->c, s);
	if (!name.p)
		return false;
	w->c->runtime = eat_guest(&name) ? "libvirt" : "systemd-nspawn";
	w->c->name = name;
	return true;
}

/* Units whose name holds a name: head, the name, and where it ends. */
static const struct {
	struct ol_span head;
	const char *runtime;
	char end; /* the name ends before the first of these; 0: before the tail */
	struct ol_span tail;
} named_units[] = {
	{ S("systemd-nspawn@"), "systemd-nspawn", 0, S(".service") },
	{ S("session-"), NULL, 0, S(".scope") }, /* of a login: in whatever it runs */
	{ S("app-flatpak-"), "flatpak", '-', S(".scope") },
	{ S("snap."), "snap", '.', S(".scope") },
	{ S("snap."), "snap", '.', S(".service") },
	{ S("singularity-"), "singularity", 0, S(".scope") },
	{ S("apptainer-"), "apptainer", 0, S(".scope") },
	{ S("runc-bpm-"), "bpm", 0, S(".scope") },
	{ S("machine-libpod_pod_"), "podman", 0, S(".slice") },
	{ S("user-libpod_pod_"), "podman", 0, S(".slice") },
	{ S("libpod_pod_"), "podman", 0, S(".slice") },
	/* cgroupfs spellings, without a unit */
	{ S("lxc.payload."), "lxc", 0, { NULL, 0 } },
	{ S("lxc.monitor."), "lxc", 0, { NULL, 0 } },
};

static bool named_unit(struct walk *w, struct ol_span s)
{
	for (size_t i = 0; i < N(named_units); i++) {
		struct ol_span name = s;
		ssize_t end;

		if (!ol_span_eat(&name, named_units[i].head) ||
		    (named_units[i].tail.n && !eat_tail(&name, named_units[i].tail)) || !name.n)
			continue;
		end = named_units[i].end ? ol_span_chr(name, named_units[i].end) : (ssize_t)name.n;
		if (end <= 0)
			continue;
		if (!named_units[i].runtime && w->c->name.p)
			return true;
		name = unescape(w->c, ol_span_head(name, (size_t)end));
		if (!name.p)
			continue;
		if (named_units[i].runtime)
			w->c->runtime = named_units[i].runtime;
		w->c->name = name;
		return true;
	}
	return false;
}

/* <alloc uuid>-<task> (v1) and <alloc uuid>.<task>.scope (v2) */
static bool nomad_alloc(struct walk *w, struct ol_span s)
{
	struct ol_span task;

	if (!starts_uuid(s, '-') || (s.n > 36 && s.p[36] != '-' && s.p[36] != '.'))
		return false;
	enter(w, "nomad", ol_span_head(s, 36));
	if (s.n < 38) /* the allocation alone */
		return true;
	task = ol_span_skip(s, 37);
	eat_tail(&task, OL_SPAN(".scope"));
	w->c->name = task;
	return true;
}

/* /ecs/<task>/<ID64> on EC2, /ecs/<task>/<task>-<number> on Fargate */
static bool ecs_id(struct walk *w, struct ol_span s)
{
	struct ol_span number = s;

	if (!is_id64(s) && !(ol_span_eat(&number, w->task) && ol_span_eat(&number, OL_SPAN("-")) &&
			     is_digits(number)))
		return false;
	enter(w, "ecs", s);
	return true;
}

static bool is_task_id(struct ol_span s)
{
	return (s.n == 32 && is_hex(s)) || (s.n == 36 && starts_uuid(s, '-'));
}

/* The component in the place that its parent opened. False: it is not what was expected there. */
static bool ecs_task(struct walk *w, struct ol_span s)
{
	if (!is_task_id(s)) {
		/* /ecs/<cluster>/<task>/<ID64>, with task ids of the long format */
		if (!ol_span_eqs(w->parent, "ecs"))
			return false;
		w->expect = ECS_TASK;
		return true;
	}
	w->c->runtime = "ecs";
	w->c->name = w->task = s;
	w->expect = ECS_ID;
	return true;
}

static bool pod_or_qos(struct walk *w, struct ol_span s)
{
	if (ol_span_eat(&s, OL_SPAN("pod")) && s.n) {
		w->c->qos = "guaranteed";
		pod_uid(w, s);
		return true;
	}
	if (!ol_span_eqs(s, "burstable") && !ol_span_eqs(s, "besteffort"))
		return false;
	w->c->qos = ol_span_eqs(s, "burstable") ? "burstable" : "besteffort";
	w->expect = POD;
	return true;
}

/* 28 is the shortest (a short GUID); user-given ones are not recognised */
static bool is_handle(struct ol_span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '-' && !is_hex(ol_span(s.p + i, 1)))
			return false;
	return s.n >= 28;
}

static bool expected(struct walk *w, struct ol_span s)
{
	enum expect e = w->expect;
	const char *runtime = w->runtime;
	struct ol_span t = s;

	w->expect = NOTHING;
	switch (e) {
	case NOTHING:
		return false;
	case ID:
		if (ol_span_eqs(s, "buildkit")) {
			w->expect = BUILD;
			return true;
		}
		if (!is_id64(s))
			return false;
		enter(w, runtime, s);
		return true;
	case BUILD:
		w->c->runtime = "buildkit";
		if (build_id(s))
			enter(w, "buildkit", s);
		return true;
	case LXC_NAME:
		w->c->runtime = "lxc";
		w->c->name = s;
		return true;
	case POD_OR_QOS:
		return pod_or_qos(w, s);
	case POD:
		return ol_span_eat(&t, OL_SPAN("pod")) && pod_uid(w, t);
	case ECS_TASK:
		return ecs_task(w, s);
	case ECS_ID:
		return ecs_id(w, s);
	case ALLOC:
		if (ol_span_eqs(s, "share.slice") || ol_span_eqs(s, "reserve.slice")) {
			w->expect = ALLOC;
			return true;
		}
		return nomad_alloc(w, s);
	case HANDLE:
		if (ol_span_eqs(s, "good") || ol_span_eqs(s, "bad")) {
			w->expect = HANDLE;
			return true;
		}
		if (!is_handle(s))
			return false;
		enter(w, runtime, s);
		return true;
	case UUID:
		if (s.n != 36 || !starts_uuid(s, '-'))
			return false;
		enter(w, runtime, s);
		return true;
	case VMID:
		if (!eat_tail(&t, OL_SPAN(".scope")) || !is_digits(t))
			return false;
		w->c->runtime = runtime;
		w->c->name = t;
		return true;
	case JOB:
		w->c->runtime = runtime;
		w->c->name = s;
		return true;
	case LSF_CLUSTER:
		w->expect = LSF_JOB;
		return true;
	case LSF_JOB:
		if (!ol_span_eat(&t, OL_SPAN("job.")) || !t.n || !ol_is_digit(t.p[0]))
			return false;
		w->c->runtime = "lsf";
		w->c->name = word(t);
		return true;
	}
	return false;
}

/* Components that open a place. now: they belong to the runtime, even when nothing follows. */
static const struct {
	struct ol_span name;
	enum expect expect;
	const char *runtime;
	bool now;
} places[] = {
	{ S("docker"), ID, "docker", true },
	{ S("moby"), ID, "docker", false },
	{ S("k8s.io"), ID, "containerd", true },
	{ S("default"), ID, "containerd", false }, /* ctr and nerdctl */
	{ S("nerdctl"), ID, "containerd", true },
	{ S("libpod_parent"), NOTHING, "podman", true },
	{ S("kata_overhead"), ID, "kata", true },
	{ S("lxc"), LXC_NAME, "lxc", true },
	{ S("lxc.payload"), LXC_NAME, "lxc", true },
	{ S("lxc.monitor"), LXC_NAME, "lxc", true },
	{ S("ecs"), ECS_TASK, "ecs", false },
	{ S("nomad"), ALLOC, "nomad", true },
	{ S("nomad.slice"), ALLOC, "nomad", true },
	{ S("garden"), HANDLE, "garden", true },
	{ S("mesos"), UUID, "mesos", true },
	{ S("qemu.slice"), VMID, "qemu", true },
	{ S("lsf"), LSF_CLUSTER, "lsf", false },
	{ S("sge"), JOB, "sge", false },
};

static bool place(struct walk *w, struct ol_span s)
{
	struct ol_span t = s;

	for (size_t i = 0; i < N(places); i++) {
		if (!ol_span_eq(s, places[i].name))
			continue;
		w->expect = places[i].expect;
		w->runtime = places[i].runtime;
		if (places[i].now)
			w->c->runtime = places[i].runtime;
		return true;
	}
	if (ol_span_eqs(s, "kubepods")) {
		enter_kube(w);
		w->expect = POD_OR_QOS;
		return true;
	}
	if (ol_span_eat(&t, OL_SPAN("garden-")) && is_digits(t)) {
		w->c->runtime = w->runtime = "garden";
		w->expect = HANDLE;
		return true;
	}
	if (ol_span_eqs(s, "jobid") && ol_span_starts(w->parent, OL_SPAN("pbs"))) {
		w->runtime = "pbs";
		w->expect = JOB;
		return true;
	}
	return false;
}

/*
 * /slurm/uid_1000/job_42/step_batch/task_0, /slurm_node7/uid_…		cgroup v1
 * /system.slice/[node7_]slurmstepd.scope/job_42/step_0/user/task_0	cgroup v2
 */
static bool slurm(struct walk *w, struct ol_span s)
{
	if (ol_span_eqs(s, "slurm") || ol_span_starts(s, OL_SPAN("slurm_")) ||
	    ol_span_ends(s, OL_SPAN("slurmstepd.scope"))) {
		w->slurm = true;
		w->c->runtime = "slurm";
		return true;
	}
	if (!w->slurm)
		return false;
	if (ol_span_eat(&s, OL_SPAN("job_")) && s.n)
		w->job = s;
	else if (w->job.p && ol_span_eat(&s, OL_SPAN("step_")) && s.n)
		w->step = s;
	else
		return false;
	return true;
}

/* "42" or "42.batch", as Slurm's own tools write it */
static void slurm_name(struct walk *w)
{
	char *to = w->c->buf + NAME_AT;

	if (!w->job.p)
		return;
	w->c->name = w->job;
	if (!w->step.p || w->job.n + 1 + w->step.n > sizeof(w->c->buf) - NAME_AT)
		return;
	memcpy(to, w->job.p, w->job.n);
	to[w->job.n] = '.';
	memcpy(to + w->job.n + 1, w->step.p, w->step.n);
	w->c->name = ol_span(to, w->job.n + 1 + w->step.n);
}

/*
 * /apps/uid_10123/pid_4711						Android
 * /htcondor/condor_var_lib_condor_execute_slot1_2@node7			HTCondor
 * /machine/qemu-3-web.libvirt-qemu, /machine/web.libvirt-lxc		libvirt without systemd
 * /ecstasks.slice/ecstasks-<task>.slice				ECS with cgroup v2
 */
static bool other(struct walk *w, struct ol_span s)
{
	struct ol_span t = s;
	ssize_t at;

	if (ol_span_eat(&t, OL_SPAN("uid_")) && is_digits(t)) {
		w->uid = s;
		return true;
	}
	t = s;
	if (w->uid.p && w->uid.p + w->uid.n + 1 == s.p && ol_span_eat(&t, OL_SPAN("pid_")) &&
	    is_digits(t)) {
		w->c->runtime = "android";
		w->c->name = ol_span(w->uid.p, w->uid.n + 1 + s.n);
		return true;
	}
	t = s;
	if (ol_span_starts(t, OL_SPAN("condor_")) && (at = ol_span_rfind(t, OL_SPAN("slot"))) > 0 &&
	    is_digits(ol_span_head(ol_span_skip(t, (size_t)at + 4), 1))) {
		w->c->runtime = "htcondor";
		w->c->name = word(ol_span_skip(t, (size_t)at));
		return true;
	}
	if (eat_tail(&t, OL_SPAN(".libvirt-qemu")) || eat_tail(&t, OL_SPAN(".libvirt-lxc"))) {
		eat_guest(&t);
		w->c->runtime = "libvirt";
		w->c->name = t;
		return true;
	}
	if (ol_span_eat(&t, OL_SPAN("ecstasks-")) && eat_tail(&t, OL_SPAN(".slice")) &&
	    is_task_id(t)) {
		w->c->runtime = "ecs";
		w->c->name = t;
		return true;
	}
	return false;
}

static bool is_unit(struct ol_span s)
{
	return eat_tail(&s, OL_SPAN(".slice")) || eat_tail(&s, OL_SPAN(".service")) ||
	       eat_tail(&s, OL_SPAN(".scope")) || eat_tail(&s, OL_SPAN(".socket")) ||
	       eat_tail(&s, OL_SPAN(".mount")) || eat_tail(&s, OL_SPAN(".swap"));
}

/*
 * A runtime without systemd that was given systemd's notation makes one directory of it:
 * kubepods-burstable-pod<UID_>.slice:cri-containerd:<ID64>
 * system.slice:docker:<25 base-36 digits>				dockerd's BuildKit
 */
static bool slice_prefix_id(struct walk *w, struct ol_span s)
{
	const char *runtime = NULL;
	ssize_t colon = ol_span_chr(s, ':');
	struct ol_span slice, rest;

	if (colon <= 0)
		return false;
	slice = ol_span_head(s, (size_t)colon);
	rest = ol_span_skip(s, (size_t)colon + 1);
	colon = ol_span_chr(rest, ':');
	if (colon < 0 || !known_prefix(ol_span_head(rest, (size_t)colon), &runtime))
		return false;
	kube_slice(w, slice);
	rest = ol_span_skip(rest, (size_t)colon + 1);
	if (is_id64(rest))
		enter(w, runtime, rest);
	else if (build_id(rest))
		enter(w, "buildkit", rest);
	return true;
}

static void component(struct walk *w, struct ol_span s)
{
	if (is_unit(s))
		w->c->unit = s;
	if (expected(w, s) || place(w, s) || slice_prefix_id(w, s) || kube_slice(w, s) ||
	    prefixed_id(w, s) || machine_scope(w, s) || named_unit(w, s) || slurm(w, s) ||
	    other(w, s))
		return;
	/*
	 * Below a pod (cgroupfs), in the cpuset= of an old log, or of a runtime that nobody knows.
	 */
	if (is_id64(s))
		enter(w, w->c->runtime, s);
}

/*
 * A cgroup path as the kernel prints it ("Task in …", oom_memcg=, task_memcg=) or only its last
 * component (cpuset=): see the comments above for the shapes.
 */
bool ol_container_from_path(struct ol_span path, struct ol_container *ret)
{
	struct walk w = { .c = ret };
	struct ol_span s;
	ssize_t slash;

	*ret = (struct ol_container){ 0 };
	path = ol_span_trim(path);
	/* The kernel's limit of a path is 4096. */
	path = ol_span_head(path, 8192);
	while (path.n) {
		slash = ol_span_chr(path, '/');
		s = slash < 0 ? path : ol_span_head(path, (size_t)slash);
		path = ol_span_skip(path, s.n + (slash >= 0));
		if (!s.n)
			continue;
		component(&w, s);
		w.parent = s;
	}
	slurm_name(&w);
	if (!ret->runtime && ret->unit.p)
		ret->runtime = "systemd";
	return ret->runtime || ret->id.p || ret->pod_uid.p || ret->qos || ret->name.p;
}

void ol_container_moved(struct ol_container *c, const struct ol_container *from)
{
	struct ol_span *spans[] = { &c->id, &c->pod_uid, &c->unit, &c->name, &c->outer.id };

	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++)
		if (spans[i]->p >= from->buf && spans[i]->p < from->buf + sizeof(from->buf))
			spans[i]->p = c->buf + (spans[i]->p - from->buf);
}
