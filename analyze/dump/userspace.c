// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/decode_impl.h"
#include "analyze/dump/scan.h"

/* The lines of programs.def: which text is one, and what it tells. */

#define S(lit) OL_SPAN(lit)

enum proof { PHRASE, TAG, AFTER, ANYWHERE, DRIVER };
#define KILLS   OL_SAYS_KILLS
#define REPORTS OL_SAYS_REPORTS
#define REASON  OL_SAYS_REASON
#define NAMES   OL_SAYS_NAMES

/* @text lies where the event's facts may point to. */
typedef void (*decode_fn)(struct ol_oom_event *e, struct ol_span text, uint32_t line);

static struct ol_victim *the_victim(struct ol_oom_event *e, uint32_t line)
{
	struct ol_victim *v;

	if (e->victims.n)
		return &e->victims.v[0];
	v = ol_vec_push(&e->arena, &e->victims);
	if (!v)
		return NULL;
	v->reaped = -1;
	v->line = line;
	v->why = OL_WHY_CHOSEN;
	return v;
}

static void add_reason(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	struct ol_text *to = text.n ? ol_vec_push(&e->arena, &e->reasons) : NULL;

	if (to)
		*to = (struct ol_text){ text, line };
}

/* Behind the first @key up to the first @end; absent when either is not there. */
static struct ol_span between(struct ol_span t, struct ol_span key, char end)
{
	ssize_t at;

	if (!behind(&t, key))
		return (struct ol_span){ NULL, 0 };
	at = ol_span_chr(t, end);
	return at <= 0 ? (struct ol_span){ NULL, 0 } : ol_span_head(t, (size_t)at);
}

static bool ends_word(char c)
{
	return ol_is_blank(c) || memchr("\"',;()[]{}\\", c, 11);
}

static struct ol_span word(struct ol_span t)
{
	size_t n = 0;

	while (n < t.n && !ends_word(t.p[n]))
		n++;
	return ol_span_head(t, n);
}

/* 0123456789abcdef… with 64 digits and no more: the id of a container */
static struct ol_span id64(struct ol_span t)
{
	size_t run = 0;

	for (size_t i = 0; i <= t.n; i++) {
		if (i < t.n && (ol_is_digit(t.p[i]) || (t.p[i] >= 'a' && t.p[i] <= 'f'))) {
			run++;
			continue;
		}
		if (run == 64)
			return ol_span(t.p + i - 64, 64);
		run = 0;
	}
	return (struct ol_span){ NULL, 0 };
}

/* 1b2c3d4e-5f60-4172-8394-a5b6c7d8e9f0 */
static struct ol_span uuid(struct ol_span t)
{
	for (; t.n >= 36; t = ol_span_skip(t, 1)) {
		size_t i = 0;

		while (i < 36 && (i == 8 || i == 13 || i == 18 || i == 23 ? t.p[i] == '-'
									  : ol_is_xdigit(t.p[i])))
			i++;
		if (i == 36)
			return ol_span_head(t, 36);
	}
	return (struct ol_span){ NULL, 0 };
}

/* "mill/loom-x2kqp", "loom-x2kqp_mill(1b2c3d4e-…)": a pod, as kubelet writes it */
static void pod_of(struct ol_oom_event *e, struct ol_span t)
{
	struct ol_container *c = &e->container;
	ssize_t slash = ol_span_chr(t, '/'), under = ol_span_chr(t, '_');

	if (slash > 0 && (size_t)slash + 1 < t.n) {
		c->namespace = ol_span_head(t, (size_t)slash);
		c->pod_name = ol_span_skip(t, (size_t)slash + 1);
	} else if (under > 0 && (size_t)under + 1 < t.n) {
		c->pod_name = ol_span_head(t, (size_t)under);
		c->namespace = word(ol_span_skip(t, (size_t)under + 1));
	} else {
		return;
	}
	e->has_container = true;
}

static void set_id(struct ol_oom_event *e, struct ol_span id, const char *runtime)
{
	if (!id.p)
		return;
	e->container.id = id;
	e->container.runtime = runtime;
	e->has_container = true;
}

/* k8s_beater_loom-x2kqp_mill_1b2c3d4e-…_0: how dockershim called a container of a pod */
static void dockershim(struct ol_container *c)
{
	struct ol_span t = c->container_name, name, pod, rest;

	if (!ol_span_eat(&t, S("k8s_")))
		return;
	name = t;
	if (!cut_at(&name, S("_"), &pod) || !cut_at(&pod, S("_"), &t) || !cut_at(&t, S("_"), &rest))
		return;
	c->container_name = name;
	if (!c->pod_name.p)
		c->pod_name = pod;
	if (!c->namespace.p)
		c->namespace = t;
}

/* ---- killers ---- */

/* Killed /a/b.service due to …, Marked /a/b.service for killing due to … */
static void ol_program_oomd(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	struct ol_span t = text;

	if (behind(&t, S("Killed ")) || (t = text, behind(&t, S("Marked "))))
		set_text(&e->task_memcg, word(t), line);
	t = text;
	if (behind(&t, S(" due to "))) {
		add_reason(e, t, line);
		ol_thresholds_oomd(e, t, line);
	}
}

/*
 * … to process 4242 uid 1000 "chrome": badness 980, VmRSS 812 MiB
 * killing process 4471 "chrome" with signal 15: badness 550, VmRSS 7609 MiB
 */
static void ol_program_earlyoom(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	struct ol_victim *v = the_victim(e, line);
	struct ol_span t = text, comm;
	uint64_t n;
	int64_t adj;

	if (!v || (!behind(&t, S(" to process ")) && !behind(&t, S("killing process "))))
		return;
	if (ol_eat_u64(&t, &n))
		set_u64(&v->pid, n, line);
	if (number_behind(t, S(" uid "), S(""), &n))
		set_u64(&v->uid, n, line);
	comm = between(t, S("\""), '"');
	if (comm.p)
		set_text(&v->comm, comm, line);
	if (number_behind(t, S("badness "), S(""), &n) ||
	    number_behind(t, S("oom_score "), S(""), &n))
		set_u64(&v->score, n, line);
	if (number_behind(t, S("VmRSS "), S(" MiB"), &n) && n < UINT32_MAX)
		set_u64(&v->rss_kb, n * 1024, line);
	if (behind(&t, S("oom_score_adj ")) && ol_eat_i64(&t, &adj))
		set_val(&v->oom_score_adj, adj, line);
}

/* Killing process 4471 willow */
static void ol_program_earlyoom_old(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	struct ol_victim *v = the_victim(e, line);
	struct ol_span t = text, rest;
	uint64_t n;

	if (!v || !behind(&t, S("Killing process ")) || !ol_eat_u64(&t, &n))
		return;
	set_u64(&v->pid, n, line);
	t = ol_span_trim(t);
	cut_at(&t, S(" with badness "), &rest);
	if (t.n && t.n <= OL_COMM_MAX + 2)
		set_text(&v->comm, t, line);
}

static void ol_program_resource(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	add_reason(e, text, line);
	ol_thresholds_kubelet(e, text, line);
}

static void ol_program_earlyoom_low(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	add_reason(e, text, line);
	ol_thresholds_earlyoom(e, text, line);
}

static void ol_program_nohang_low(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	add_reason(e, text, line);
	ol_thresholds_nohang(e, text, line);
}

/* The victim stands on the lines above: nohang_victim. */
static void ol_program_nohang(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	(void)text;
	the_victim(e, line);
}

/* PID: 30204, Name: picker, badness: 871		VmRSS: 5120 MiB (Anon: …) */
static void ol_program_nohang_victim(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	struct ol_victim *v = the_victim(e, line);
	struct ol_span t = text, rest;
	uint64_t n;

	if (!v)
		return;
	if (number_behind(t, S("PID: "), S(""), &n))
		set_u64(&v->pid, n, line);
	if (number_behind(t, S("badness: "), S(""), &n))
		set_u64(&v->score, n, line);
	if (number_behind(t, S("VmRSS: "), S(" MiB"), &n) && n < UINT32_MAX)
		set_u64(&v->rss_kb, n * 1024, line);
	if (behind(&t, S("Name: ")) && cut_at_last(&t, S(", badness: "), &rest))
		set_text(&v->comm, ol_span_trim(t), line);
}

/* Kill 'org.example.app' (9121), uid 10123, oom_score_adj 905 to free 81234kB rss, …; reason: … */
static void ol_program_lmkd(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	struct ol_victim *v = the_victim(e, line);
	struct ol_span t = text;
	uint64_t n;
	int64_t adj;

	if (!v || !behind(&t, S("Kill '")))
		return;
	set_text(&v->comm,
		 ol_span_head(t, ol_span_chr(t, '\'') < 0 ? 0 : (size_t)ol_span_chr(t, '\'')),
		 line);
	if (number_behind(t, S("' ("), S(")"), &n))
		set_u64(&v->pid, n, line);
	if (number_behind(t, S(", uid "), S(","), &n))
		set_u64(&v->uid, n, line);
	if (number_behind(t, S(" to free "), S("kB"), &n))
		set_u64(&v->rss_kb, n, line);
	text = t;
	if (behind(&t, S("oom_score_adj ")) && ol_eat_i64(&t, &adj))
		set_val(&v->oom_score_adj, adj, line);
	if (behind(&text, S("reason: "))) {
		add_reason(e, text, line);
		ol_thresholds_lmkd(e, text, line);
	}
}

/*
 * Killing 'wool.spinner' (2613), adj 1000,			the driver: a value of oom_score_adj
 * Killing 'wool.spinner' (2613), adj 15, score_adj 1000,	some vendors': oom_adj stands first
 * Killing 'org.example.app' (9121), uid 10123, adj 900		lmkd
 * How much that frees stands on the next line, with swap or without it, as the vendor counts.
 */
static void ol_program_lowmem(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	struct ol_victim *v = the_victim(e, line);
	struct ol_span t = text, comm, rest;
	uint64_t n;
	int64_t adj;

	if (!v || !behind(&t, S("Killing '")))
		return;
	comm = t;
	if (!cut_at(&comm, S("' ("), &rest))
		return;
	set_text(&v->comm, comm, line);
	t = rest;
	if (ol_eat_u64(&rest, &n) && ol_span_starts(rest, S(")")))
		set_u64(&v->pid, n, line);
	if (number_behind(t, S(", uid "), S(","), &n))
		set_u64(&v->uid, n, line);
	rest = t;
	if ((behind(&rest, S("score_adj ")) || (rest = t, behind(&rest, S(", adj ")))) &&
	    ol_eat_i64(&rest, &adj) && adj >= -1000 && adj <= 1000)
		set_val(&v->oom_score_adj, adj, line);
}

/* Sending SIGKILL to cgroup {…, "cgroup": "/sys/fs/cgroup/kubepods/burstable/pod…"} */
static void ol_program_talos(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	struct ol_span path = between(text, S("\"cgroup\": \""), '"');

	if (!path.p)
		path = between(text, S("\"cgroup\":\""), '"');
	ol_span_eat(&path, S("/sys/fs/cgroup"));
	set_text(&e->task_memcg, path, line);
}

/* StepId=7741.0, Step 7741.0, step 7741.batch, Job 7741 */
static void ol_program_slurm(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	static const struct ol_span keys[] = { OL_SPAN_INIT("StepId="), OL_SPAN_INIT("Step "),
					       OL_SPAN_INIT("step "), OL_SPAN_INIT("JobId="),
					       OL_SPAN_INIT("Job ") };
	struct ol_span t, job = { NULL, 0 };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) && !job.n; i++) {
		t = text;
		if (behind(&t, keys[i]) && t.n && ol_is_digit(t.p[0]))
			job = word(t);
	}
	while (job.n && job.p[job.n - 1] == '.')
		job.n--;
	if (job.n) {
		e->container.runtime = "slurm";
		e->container.name = job;
		e->has_container = true;
	}
	t = text;
	if (behind(&t, S(" exceeded "))) {
		add_reason(e, ol_span(t.p - 9, t.n + 9), line);
		ol_thresholds_slurm(e, t, line);
	}
}

/* … successfully" pod="mill/loom-x2kqp"		pod loom-x2kqp_mill(1b2c…) is evicted … */
static void ol_program_evicted(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	struct ol_span t = text, pod = between(text, S("pod=\""), '"');

	(void)line;
	if (!pod.p && behind(&t, S("pod ")))
		pod = ol_span_head(t, word(t).n);
	pod_of(e, pod);
	if (e->has_container) {
		e->container.runtime = "kubernetes";
		e->container.pod_uid = uuid(text);
	}
}

/* [mill  9m  Warning  Evicted  ]pod/loom-x2kqp  The node was low on resource: memory. … */
static void ol_program_low_on(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	struct ol_span t = text, tok, first = { NULL, 0 }, second = { NULL, 0 };
	ssize_t at = ol_span_find(text, S("The node was low on"));

	for (unsigned i = 0; ol_span_token(&t, &tok); i++) {
		if (i == 0)
			first = tok;
		else if (i == 1)
			second = tok;
		if (!ol_span_eat(&tok, S("pod/")))
			continue;
		e->container.runtime = "kubernetes";
		e->container.pod_name = word(tok);
		e->has_container = true;
		/* with -A the namespace is the first column, and how long ago the second */
		if (i >= 4 && second.n && ol_is_digit(second.p[0]))
			e->container.namespace = first;
		break;
	}
	if (at >= 0) {
		add_reason(e, ol_span_skip(text, (size_t)at), line);
		ol_thresholds_kubelet(e, ol_span_skip(text, (size_t)at), line);
	}
}

/* ---- reporters ---- */

/* foo.service: A process of this unit has been killed by the OOM killer. */
static void ol_program_systemd(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	ssize_t at = ol_span_find(text, S(": A process")), from;

	if (at < 0)
		at = ol_span_find(text, S(": Failed with"));
	if (at <= 0)
		return;
	text = ol_span_head(text, (size_t)at);
	from = ol_span_rfind(text, S(" "));
	set_text(&e->task_memcg, ol_span_skip(text, (size_t)(from + 1)), line);
}

/* TaskOOM event …, container oom ID (image=…, name=…) */
static void ol_program_container_id(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	struct ol_span t = text, name;

	(void)line;
	if (behind(&t, S("container oom "))) {
		set_id(e, id64(t), "docker");
		name = t;
		/* the last attribute is the container's own */
		if (cut_at_last(&t, S("name="), &name))
			e->container.container_name = word(name);
		dockershim(&e->container);
	} else if (behind(&t, S("TaskOOM event"))) {
		set_id(e, id64(t), "containerd");
	}
}

/* {…,"Action":"oom","Actor":{"ID":"0123…","Attributes":{…,"name":"sawyer"}},…} */
static void ol_program_docker_json(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	struct ol_span name = between(text, S("\"name\":\""), '"');

	(void)line;
	set_id(e, id64(text), "docker");
	if (name.p)
		e->container.container_name = name;
}

/* System OOM encountered, victim process: carder, pid: 88123 */
static void ol_program_system_oom(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	struct ol_victim *v;
	struct ol_span comm = text, pid;
	uint64_t n;

	/* older ones tell of no victim */
	if (!behind(&comm, S("victim process: ")) || !(v = the_victim(e, line)))
		return;
	if (cut_at_last(&comm, S(", pid: "), &pid)) {
		if (ol_eat_u64(&pid, &n))
			set_u64(&v->pid, n, line);
	} else {
		comm = word(comm);
	}
	if (comm.n && comm.n <= 64)
		set_text(&v->comm, comm, line);
}

/* Created an OOM event in container "/kubepods/burstable/pod1b2c…" at … */
static void ol_program_cadvisor(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	struct ol_span path = between(text, S("in container \""), '"');

	if (path.n > 1)
		set_text(&e->task_memcg, path, line);
}

/* event={"Pid":88123,"ProcessName":"carder",…,"VictimContainerName":"/kubepods/…"} */
static void ol_program_sys_oom(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	struct ol_victim *v = the_victim(e, line);
	struct ol_span comm, path;
	uint64_t n;

	if (!v)
		return;
	if (number_behind(text, S("\"Pid\":"), S(""), &n))
		set_u64(&v->pid, n, line);
	comm = between(text, S("\"ProcessName\":\""), '"');
	if (comm.p)
		set_text(&v->comm, comm, line);
	path = between(text, S("\"VictimContainerName\":\""), '"');
	if (path.p)
		set_text(&e->task_memcg, path, line);
}

/* [mill  ]loom-x2kqp  0/1  OOMKilled …: a line of kubectl get pods; else the pod is elsewhere */
static void ol_program_oom_killed(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	struct ol_span t = text, tok, before[2] = { { NULL, 0 }, { NULL, 0 } };
	uint64_t n;

	(void)line;
	while (ol_span_token(&t, &tok)) {
		struct ol_span ready = tok;

		if (ol_eat_u64(&ready, &n) && ol_span_eat(&ready, S("/")) &&
		    ol_eat_u64(&ready, &n) && !ready.n && before[1].p) {
			e->container.runtime = "kubernetes";
			e->container.pod_name = before[1];
			if (before[0].p)
				e->container.namespace = before[0];
			e->has_container = true;
			return;
		}
		before[0] = before[1];
		before[1] = tok;
	}
}

/* "OOMKilled": true; of which container, other lines say, and an id here may be an image's */
static void ol_program_oom_state(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	(void)e;
	(void)text;
	(void)line;
}

/* Process `a` (pid: 7) triggered an OOM kill on process `b` (pid: 8, oom_score: 9). */
static void ol_program_datadog(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	struct ol_victim *v = the_victim(e, line);
	struct ol_span t = text, rest;
	uint64_t n;

	if (!v)
		return;
	if (!behind(&t, S("OOM kill on process ")) && !(t = text, behind(&t, S("Process "))))
		return;
	if (cut_at(&t, S(" (pid: "), &rest)) {
		ol_span_eat(&t, S("`"));
		if (t.n && t.p[t.n - 1] == '`')
			t.n--;
		set_text(&v->comm, t, line);
		if (ol_eat_u64(&rest, &n))
			set_u64(&v->pid, n, line);
	}
	t = text;
	if (behind(&t, S("containerID: ")))
		set_id(e, id64(t), NULL);
}

/* ---- names: nothing of the event but .container; .outer.id is the sandbox ---- */

static void ol_program_names_kubelet(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	struct ol_container *c = &e->container;

	(void)line;
	pod_of(e, between(text, S("pod=\""), '"'));
	c->id = id64(text);
	c->pod_uid = uuid(text);
	c->container_name = between(text, S("containerName=\""), '"');
}

static void ol_program_names_pleg(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	(void)line;
	pod_of(e, between(text, S("(PLEG): \""), '"'));
	e->container.id = id64(text);
	e->container.pod_uid = uuid(text);
}

static void ol_program_names_container(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	struct ol_span t = text, head = text;

	(void)line;
	e->container.container_name = between(text, S("&ContainerMetadata{Name:"), ',');
	if (cut_at(&head, S(" returns container id "), &t))
		e->container.id = id64(t);
	e->container.outer.id = id64(head);
}

static void ol_program_names_sandbox(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	struct ol_container *c = &e->container;
	struct ol_span t = text;

	(void)line;
	c->pod_name = between(text, S("&PodSandboxMetadata{Name:"), ',');
	c->pod_uid = between(text, S(",Uid:"), ',');
	c->namespace = between(text, S(",Namespace:"), ',');
	if (behind(&t, S(" returns sandbox id ")))
		c->id = id64(t);
}

/* Created container ID: namespace/pod/container */
static void ol_program_names_crio(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	struct ol_container *c = &e->container;
	struct ol_span t = text, rest;

	(void)line;
	if (!behind(&t, S("Created container ")))
		return;
	c->id = id64(ol_span_head(t, 64));
	t = ol_span_skip(t, 64);
	if (!ol_span_eat(&t, S(": ")))
		return;
	t = word(t);
	if (!cut_at_last(&t, S("/"), &rest))
		return;
	pod_of(e, t);
	c->container_name = rest;
}

/* container die ID (…, io.kubernetes.pod.name=…, name=…) */
static void ol_program_names_docker(struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	struct ol_container *c = &e->container;
	struct ol_span t = text, rest;

	(void)line;
	c->id = id64(text);
	if (behind(&t, S("io.kubernetes.pod.name=")))
		c->pod_name = word(t);
	t = text;
	if (behind(&t, S("io.kubernetes.pod.namespace=")))
		c->namespace = word(t);
	t = text;
	if (behind(&t, S("io.kubernetes.container.name=")))
		c->container_name = word(t);
	else if (t = text, cut_at_last(&t, S(", name="), &rest))
		c->container_name = word(rest);
	dockershim(c);
}

/* ---- which row ---- */

static const struct program {
	struct ol_span who, phrase, also;
	enum ol_says does;
	enum proof proof;
	decode_fn decode;
} programs[] = {
#define OL_PROGRAM(who, does, proof, phrase, also, decode, example, tells, marks)    \
	{ OL_SPAN_INIT(who),  OL_SPAN_INIT(phrase), OL_SPAN_INIT(also), does, proof, \
	  ol_program_##decode },
#include "analyze/dump/programs.def"
#undef OL_PROGRAM
};
enum { PROGRAMS = sizeof(programs) / sizeof(programs[0]) };

/*
 * "lowmemorykiller: ", "I/lowmemorykiller( 412): ", "[talos] ", "web1 systemd-oomd[702]: ": the
 * name in front of the words, where no transport took it for a tag. *@ret_before: what stands in
 * front of it.
 */
static bool name_in_front(struct ol_span text, size_t words, struct ol_span who, bool pid,
			  struct ol_span *ret_before)
{
	ssize_t at = ol_span_rfind(ol_span_head(text, words), who);
	struct ol_span rest;
	uint64_t n;

	if (at < 0)
		return false;
	rest = ol_span_skip(text, (size_t)at + who.n);
	if (at && !memchr(" \t[/", text.p[at - 1], 4))
		return false;
	*ret_before = ol_span_head(text, (size_t)at);
	if (pid)
		return ol_span_eat(&rest, S("[")) && ol_eat_u64(&rest, &n) &&
		       ol_span_starts(rest, S("]: "));
	return rest.n && memchr("[(]: ", rest.p[0], 5) != NULL;
}

/* I0604 03:33:20.117000       1 log_monitor.go:160] text: a program of Kubernetes, in its file */
static bool is_klog(struct ol_span raw)
{
	raw = ol_span_ltrim(raw);
	return raw.n > 30 && memchr("IWEF", raw.p[0], 4) && ol_is_digit(raw.p[1]) &&
	       ol_is_digit(raw.p[4]) && raw.p[5] == ' ';
}

/* What is known at a glance: most lines are another program's. */
static bool may_have_written(const struct program *r, const struct ol_line *line)
{
	return r->proof == ANYWHERE || !line->tag.p || !line->prefixed ||
	       ol_span_starts(line->tag, r->who) ||
	       (r->proof == DRIVER && line->writer == OL_WRITER_KERNEL);
}

/* Did the program of the row write the line? @at: where its words stand in it. */
static bool wrote(const struct program *r, const struct ol_line *line, struct ol_span text,
		  size_t at, struct ol_span *ret_host)
{
	struct ol_span before;

	/*
	 * journalctl -o short-monotonic looks like the kernel's own stamp: "[ 12.345678] web1
	 * systemd-oomd[702]: Killed …"
	 */
	if (r->proof == DRIVER && line->writer == OL_WRITER_KERNEL && at == 0)
		return true;
	if (line->writer == OL_WRITER_KERNEL) {
		if (line->tag.p || !name_in_front(text, at, r->who, true, &before))
			return false;
		before = ol_span_trim(before);
		if (!before.n || ol_span_chr(before, ' ') >= 0)
			return false;
		*ret_host = before;
		return true;
	}
	if (line->tag.p && ol_span_starts(line->tag, r->who))
		return true;
	if (r->proof == ANYWHERE)
		return true;
	/* of a line without a prefix the tag is that of the line above */
	if ((!line->tag.p || !line->prefixed) && name_in_front(text, at, r->who, false, &before))
		return true;
	/* another program that quotes the phrase is not the killer */
	if (line->tag.p)
		return false;
	if (r->proof == TAG)
		return false;
	if (r->proof == AFTER) /* ol_program_after(): asked for when it is known what is above */
		return line->writer != OL_WRITER_USER;
	return line->writer != OL_WRITER_USER ||
	       (is_klog(line->raw) && ol_span_eqs(r->who, "kubelet"));
}

int ol_program_of(const struct ol_line *line, struct ol_span text, struct ol_span *ret_host)
{
	text = ol_span_head(text, OL_TEXT_MAX);
	*ret_host = (struct ol_span){ NULL, 0 };
	/* most lines have none of the words */
	if (ol_scan(OL_SCAN_SAID, text.p, text.n) == text.n)
		return -1;
	for (int i = 0; i < PROGRAMS; i++) {
		const struct program *r = &programs[i];
		ssize_t at = may_have_written(r, line) ? ol_span_find(text, r->phrase) : -1;

		if (at >= 0 && (!r->also.n || ol_span_find(text, r->also) >= 0) &&
		    wrote(r, line, text, (size_t)at, ret_host))
			return i;
	}
	return -1;
}

bool ol_program_after(int program, const struct ol_line *line)
{
	const struct program *r = &programs[program];
	struct ol_span before, text = line->text;
	ssize_t at = ol_span_find(text, r->phrase);

	return r->proof == AFTER && !(line->tag.p && ol_span_starts(line->tag, r->who)) &&
	       !(at >= 0 && name_in_front(text, (size_t)at, r->who, false, &before));
}

enum ol_says ol_program_says(int program)
{
	return programs[program].does;
}

struct ol_span ol_program_who(int program)
{
	return programs[program].who;
}

bool ol_program_other_resource(int program, struct ol_span text)
{
	return programs[program].decode == ol_program_resource && !ol_span_has(text, S("memory"));
}

void ol_program_facts(int program, struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	programs[program].decode(e, text, line);
}

void ol_program_decode(int program, struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	struct ol_evline *to = ol_vec_push(&e->arena, &e->lines);

	text = ol_arena_dup(&e->arena, ol_span_head(text, OL_TEXT_MAX));
	if (!to || !text.p)
		return;
	*to = (struct ol_evline){ text, line, OL_PART_KILL };
	e->parts_seen |= 1u << OL_PART_KILL;
	e->kind = programs[program].does == REPORTS ? OL_EV_KILL_REPORT : OL_EV_USERSPACE_KILL;
	e->who_killed = (struct ol_text){ programs[program].who, line };
	e->userspace_text = (struct ol_text){ text, line };
	ol_program_facts(program, e, text, line);
}

void ol_program_reason_add(int program, struct ol_oom_event *e, struct ol_span text, uint32_t line)
{
	text = ol_span_trim(text);
	/* klog's own prefix says nothing of it */
	if (is_klog(text) && ol_span_chr(text, ']') > 0)
		text = ol_span_ltrim(ol_span_skip(text, (size_t)ol_span_chr(text, ']') + 1));
	text = ol_arena_dup(&e->arena, text);
	if (text.p)
		ol_program_facts(program, e, text, line);
}
