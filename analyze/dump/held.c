// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/assemble_impl.h"

#include <errno.h>

/*
 * A log says of one kill what the kernel printed, and what systemd, containerd, kubelet and others
 * make of it, before the dump is complete or behind it. Their words wait here for the kernel's:
 * they become its reports. Where it says nothing, what they say of one kill is one event.
 */

#define S(lit) OL_SPAN(lit)

#define HELD_BYTES   (64u << 10) /* of the input, without a word more of it: it is alone */
#define SAME_US      (60 * 1000000LL) /* between a kill and a report of it */
#define PATHLESS_US  (15 * 1000000LL) /* the same, when nothing but the time tells */
#define JSON_LINES   40
#define REPORTS_MAX  32 /* of a kill */
#define REPORT_BYTES 2048
#define WHO_BYTES    128
#define REASON_US    (10 * 1000000LL) /* numbers of an earlier look are no reason */
#define QUOTES_MAX   16 /* lines of the kernel's that are quoted of one kill */

/* ---- of which kill? ---- */

/* 0 where the clocks cannot be compared. */
static int64_t apart_us(const struct ol_oom_event *a, const struct ol_oom_event *b, bool *ret_known)
{
	int64_t d = 0;

	*ret_known = true;
	if (a->wall_us != OL_TIME_NONE && b->wall_us != OL_TIME_NONE &&
	    a->wall_zone == b->wall_zone)
		d = a->wall_us - b->wall_us;
	else if (a->mono_us != OL_TIME_NONE && b->mono_us != OL_TIME_NONE)
		d = a->mono_us - b->mono_us;
	else
		*ret_known = false;
	return d < 0 ? -d : d;
}

static bool near(const struct ol_oom_event *a, const struct ol_oom_event *b)
{
	bool known;

	return apart_us(a, b, &known) <= SAME_US;
}

static bool hosts_differ(const struct ol_oom_event *a, const struct ol_oom_event *b)
{
	return a->host.p && b->host.p && !ol_span_eq(a->host, b->host);
}

/* Is @name one of the names in @path? */
static bool path_names(struct ol_span path, struct ol_span name)
{
	while (name.n && path.n) {
		ssize_t slash = ol_span_chr(path, '/');
		struct ol_span one = slash < 0 ? path : ol_span_head(path, (size_t)slash);

		if (ol_span_eq(one, name))
			return true;
		path = ol_span_skip(path, one.n + 1);
	}
	return false;
}

static bool in_paths(const struct ol_oom_event *e, bool (*has)(struct ol_span, struct ol_span),
		     struct ol_span what)
{
	return has(e->task_memcg.s, what) || has(e->oom_memcg.s, what) ||
	       has(e->memcg_stats_of.s, what) || has(e->cpuset.s, what);
}

static bool has_it(struct ol_span path, struct ol_span what)
{
	return path.n && what.n && ol_span_has(path, what);
}

/* "7741.0" -> "job_7741" */
static bool path_of_job(struct ol_span path, struct ol_span job)
{
	ssize_t dot = ol_span_chr(job, '.');
	char name[64] = "job_";

	if (dot >= 0)
		job = ol_span_head(job, (size_t)dot);
	if (!job.n || job.n > sizeof(name) - 4)
		return false;
	memcpy(name + 4, job.p, job.n);
	return path_names(path, ol_span(name, 4 + job.n));
}

static const struct ol_victim *first_victim(const struct ol_oom_event *e)
{
	return e->victims.n && e->victims.v[0].pid.set ? &e->victims.v[0] : NULL;
}

static bool same_victim(const struct ol_victim *a, const struct ol_victim *b)
{
	return a->pid.v == b->pid.v &&
	       (!a->comm.s.p || !b->comm.s.p || ol_span_eq(a->comm.s, b->comm.s));
}

/* Of systemd's unit the last name is enough; others tell whole paths. */
static bool path_says(const struct ol_oom_event *e, struct ol_span path)
{
	return path.n && path.p[0] == '/' ? in_paths(e, has_it, path)
					  : in_paths(e, path_names, path);
}

/* Is what @h says said of @e, the kernel's kill? */
static bool is_about(const struct ol_oom_event *h, struct ol_oom_event *e)
{
	const struct ol_victim *told = first_victim(h), *v;
	bool known, any;

	if (hosts_differ(h, e) || !near(h, e))
		return false;
	if (told) {
		v = ol_victim_find(e, told->pid.v);
		if (v)
			return same_victim(told, v);
		if (e->victims.n)
			return false;
	}
	any = h->container.id.p || h->task_memcg.s.p || h->container.name.p;
	if (h->kind != OL_EV_KILL_REPORT || !any)
		return false;
	if (h->container.id.p)
		return in_paths(e, has_it, h->container.id);
	if (h->task_memcg.s.p && path_says(e, h->task_memcg.s))
		return true;
	if (h->container.name.p && in_paths(e, path_of_job, h->container.name))
		return true;
	/* before 5.0 the dump of a machine that is full names no cgroup */
	return !e->task_memcg.s.p && !e->oom_memcg.s.p && !e->memcg_stats_of.s.p && h->host.p &&
	       e->host.p && e->parts_seen & 1u << OL_PART_KILL &&
	       apart_us(h, e, &known) <= PATHLESS_US && known;
}

/* Do both say it of the same kill? */
static bool same_kill(const struct ol_oom_event *a, const struct ol_oom_event *b)
{
	const struct ol_victim *x = first_victim(a), *y = first_victim(b);

	if (hosts_differ(a, b) || !near(a, b))
		return false;
	if (x && y)
		return same_victim(x, y);
	if (a->container.id.p && b->container.id.p)
		return ol_span_eq(a->container.id, b->container.id);
	if (a->task_memcg.s.p && b->task_memcg.s.p)
		return ol_span_eq(a->task_memcg.s, b->task_memcg.s) &&
		       a->kind == OL_EV_KILL_REPORT && b->kind == OL_EV_KILL_REPORT;
	return a->container.name.p && b->container.name.p &&
	       ol_span_eq(a->container.name, b->container.name);
}

/* ---- reports ---- */

void ol_event_report(struct ol_oom_event *e, struct ol_span who, struct ol_span text, uint32_t line)
{
	struct ol_report *to = NULL;

	/* whoever says it a thousand times says nothing new */
	for (uint32_t i = 0; i < e->reports.n; i++)
		if (ol_span_eq(e->reports.v[i].who, ol_span_head(who, WHO_BYTES)) &&
		    ol_span_eq(e->reports.v[i].text, ol_span_head(text, REPORT_BYTES)))
			return;
	if (who.n && e->reports.n < REPORTS_MAX)
		to = ol_vec_push(&e->arena, &e->reports);
	if (!to)
		return;
	who = ol_arena_dup(&e->arena, ol_span_head(who, WHO_BYTES));
	text = ol_arena_dup(&e->arena, ol_span_head(text, REPORT_BYTES));
	*to = (struct ol_report){ who, text, line };
}

static void move_reports(struct ol_oom_event *to, const struct ol_oom_event *from)
{
	for (uint32_t i = 0; i < from->reports.n; i++)
		ol_event_report(to, from->reports.v[i].who, from->reports.v[i].text,
				from->reports.v[i].line);
}

/* ---- what waits ---- */

static uint64_t deadline(const struct held *h)
{
	return h->last_noise + HELD_BYTES;
}

static struct ol_oom_event *take(struct ol_assembler *as, unsigned i)
{
	struct ol_oom_event *e = as->held_says[i].e;

	memmove(as->held_says + i, as->held_says + i + 1,
		(as->n_held - i - 1) * sizeof(as->held_says[0]));
	as->n_held--;
	return e;
}

/* An event that is open and that it is about gets it; or it is one by itself. */
static int give(struct ol_assembler *as, unsigned i)
{
	struct ol_oom_event *h = take(as, i);
	int r = 0;

	for (const struct ol_stream_id *id = as->streams.newest; id; id = id->older) {
		const struct stream *st = (const struct stream *)id;

		for (unsigned k = 0; id->who != OL_STREAM_USER && k < st->n_open; k++) {
			if (!is_about(h, st->open[k].e))
				continue;
			move_reports(st->open[k].e, h);
			ol_hold_spare(as, h);
			return 0;
		}
	}
	if (ol_event_finish(h, &as->opts))
		r = ol_had_no_memory() ? -ENOMEM : ol_hold_give(as, h);
	ol_hold_spare(as, h);
	return r;
}

uint64_t ol_held_deadline(const struct ol_assembler *as)
{
	uint64_t least = UINT64_MAX;

	for (unsigned i = 0; i < as->n_held; i++)
		if (deadline(&as->held_says[i]) < least)
			least = deadline(&as->held_says[i]);
	return least;
}

int ol_held_give_first(struct ol_assembler *as)
{
	unsigned first = 0;

	for (unsigned i = 1; i < as->n_held; i++)
		if (deadline(&as->held_says[i]) < deadline(&as->held_says[first]))
			first = i;
	return as->n_held ? give(as, first) : 0;
}

int ol_held_give_all(struct ol_assembler *as, int64_t idle_us)
{
	int64_t now = idle_us && as->n_held ? ol_mono_us() : 0;
	int r = 0, x;

	for (unsigned i = 0; i < as->n_held;) {
		if (idle_us && now - as->held_says[i].grown_us < idle_us) {
			i++;
			continue;
		}
		x = give(as, i);
		r = r ? r : x;
	}
	return r;
}

void ol_held_fold(struct ol_assembler *as, struct ol_oom_event *e)
{
	if (e->kind == OL_EV_ALLOC_FAILURE || e->kind == OL_EV_USERSPACE_KILL)
		return;
	for (unsigned i = 0; i < as->n_held;) {
		if (!is_about(as->held_says[i].e, e)) {
			i++;
			continue;
		}
		move_reports(e, as->held_says[i].e);
		ol_hold_spare(as, take(as, i));
	}
}

static void touch(struct ol_assembler *as, struct held *h, uint32_t line)
{
	h->last_noise = as->noise;
	h->grown_us = ol_mono_us();
	h->line = line;
	as->took = true;
}

/* @e waits from now on. */
static int hold(struct ol_assembler *as, struct ol_oom_event *e, uint32_t line)
{
	int r = as->n_held == HELD_MAX ? give(as, 0) : 0;
	struct held *h = &as->held_says[as->n_held++];

	*h = (struct held){ .e = e };
	touch(as, h, line);
	ol_hold_check(as, deadline(h));
	return r;
}

static struct held *held_of(struct ol_assembler *as, const struct ol_oom_event *e)
{
	for (unsigned i = as->n_held; i-- > 0;)
		if (same_kill(as->held_says[i].e, e))
			return &as->held_says[i];
	return NULL;
}

/* ---- events of these lines ---- */

static void when_and_where(struct ol_assembler *as, struct ol_oom_event *e, const struct ol_msg *m,
			   struct ol_span host)
{
	struct ol_open o = { .e = e };

	ol_event_times(&o, m->line, as->mtime_us, as->opts.now_us);
	e->last_line = m->last_lineno;
	if (!e->host.p && host.p)
		e->host = ol_arena_dup(&e->arena, host);
	if (as->kernel_seen && (m->line->wrapped || m->line->program))
		e->host = (struct ol_span){ NULL, 0 };
}

/* … node/b-7 …: kubectl's column */
static struct ol_span node_in(struct ol_span before)
{
	struct ol_span node;

	ol_quote_by(before, &node);
	return node;
}

/* key: value, key: "value": the same in YAML, and what kubectl describes */
static bool yaml_member(struct ol_span t, struct ol_span *ret_key, struct ol_span *ret_value)
{
	ssize_t colon;

	t = ol_span_trim(t);
	ol_span_eat(&t, S("- "));
	colon = ol_span_chr(ol_span_head(t, 32), ':');
	if (colon <= 0)
		return false;
	for (ssize_t i = 0; i < colon; i++)
		if (!ol_is_alpha(t.p[i]))
			return false;
	*ret_key = ol_span_head(t, (size_t)colon);
	t = ol_span_skip(t, (size_t)colon + 1);
	if (t.n && !ol_is_blank(t.p[0]))
		return false;
	t = ol_span_ltrim(t);
	if (t.n > 1 && memchr("\"'", t.p[0], 2) && t.p[t.n - 1] == t.p[0])
		t = ol_span(t.p + 1, t.n - 2);
	*ret_value = t;
	return t.n > 0;
}

/* "key": "value", as a line of a JSON object */
static bool json_member(struct ol_span t, struct ol_span *ret_key, struct ol_span *ret_value)
{
	ssize_t end;

	t = ol_span_trim(t);
	if (!t.n || t.p[0] != '"')
		return yaml_member(t, ret_key, ret_value);
	if (!ol_span_eat(&t, S("\"")) || (end = ol_span_chr(t, '"')) <= 0)
		return false;
	*ret_key = ol_span_head(t, (size_t)end);
	t = ol_span_ltrim(ol_span_skip(t, (size_t)end + 1));
	if (!ol_span_eat(&t, S(":")))
		return false;
	t = ol_span_ltrim(t);
	if (!ol_span_eat(&t, S("\"")) || (end = ol_span_chr(t, '"')) < 0)
		return false;
	*ret_value = ol_span_head(t, (size_t)end);
	return true;
}

static bool one_of(struct ol_span s, const char *const *names)
{
	for (; *names; names++)
		if (ol_span_eqs(s, *names))
			return true;
	return false;
}

/* Dates of an event of Kubernetes; the last one that comes wins, which is the latest of them. */
static void json_time(struct ol_oom_event *e, struct ol_span value)
{
	struct ol_span t = value;
	bool zone;
	int64_t us;

	if (!ol_eat_iso_time(&t, &us, &zone) || t.n)
		return;
	e->wall_us = us;
	e->wall_zone = zone;
	e->wall_year_inferred = e->wall_minute = false;
	e->stamp = ol_arena_dup(&e->arena, value);
}

void ol_held_json(struct ol_assembler *as, const struct ol_msg *m)
{
	static const char *const hosts[] = { "host", "nodeName", "hostname", "reportingInstance",
					     NULL };
	static const char *const times[] = { "firstTimestamp", "lastTimestamp", "eventTime", NULL };
	static const char *const names[] = { "name", "Name", NULL };
	struct ol_span key, value;
	struct held *h = as->n_held ? &as->held_says[as->n_held - 1] : NULL;

	if (!json_member(m->text, &key, &value))
		return;
	if (ol_span_eqs(key, "kind")) {
		as->json_is_node = ol_span_eqs(value, "Node");
	} else if (one_of(key, names) && as->json_is_node && value.n < sizeof(as->json_node)) {
		as->json_is_node = false;
		memcpy(as->json_node, value.p, value.n);
		as->json_node_n = value.n;
		as->json_node_line = m->lineno;
	}
	if (one_of(key, times) && value.n < sizeof(as->json_time)) {
		memcpy(as->json_time, value.p, value.n);
		as->json_time_n = value.n;
		as->json_time_line = m->lineno;
	}
	if (!as->json_left || !h)
		return;
	as->json_left--;
	if (one_of(key, hosts) && value.n && !h->e->host.p)
		h->e->host = ol_arena_dup(&h->e->arena, value);
	else if (one_of(key, times) && (h->e->wall_us == OL_TIME_NONE || h->e->quoted))
		json_time(h->e, value);
	if (m->last_lineno > h->e->last_line && (one_of(key, hosts) || one_of(key, times)))
		h->e->last_line = m->last_lineno;
}

/* What stands around a kill in a JSON object that has a line for each member. */
static void open_json(struct ol_assembler *as, struct ol_oom_event *e, const struct ol_msg *m)
{
	struct ol_span key, value;

	if (m->line->prefixed || !json_member(m->text, &key, &value))
		return;
	as->json_left = JSON_LINES;
	if (!e->host.p && as->json_node_n && m->lineno - as->json_node_line < JSON_LINES)
		e->host = ol_arena_dup(&e->arena, ol_span(as->json_node, as->json_node_n));
	if (e->wall_us == OL_TIME_NONE && as->json_time_n &&
	    m->lineno - as->json_time_line < JSON_LINES)
		json_time(e, ol_span(as->json_time, as->json_time_n));
}

/* ---- lines of programs ---- */

static struct ol_span host_of(const struct ol_msg *m, struct ol_span host)
{
	return m->line->host.p ? m->line->host : host;
}

static uint64_t hash(uint64_t h, struct ol_span s)
{
	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001b3);
	return h;
}

/* Whom it is about, as systemd and kubelet name it: the unit, the pod; 0: nobody has a name. */
static uint64_t name_of(const struct ol_oom_event *e)
{
	struct ol_span path = e->task_memcg.s;
	ssize_t slash = ol_span_rfind(path, S("/"));
	uint64_t h = hash(UINT64_C(0xcbf29ce484222325), e->host);

	if (path.n)
		return hash(h, ol_span_skip(path, (size_t)(slash + 1)));
	if (e->container.pod_name.n)
		return hash(h, e->container.pod_name);
	return 0;
}

static bool was_killed(const struct ol_assembler *as, uint64_t name, uint32_t line)
{
	for (unsigned i = 0; name && i < as->n_killed && i < KILLED_MAX; i++)
		if (as->killed[i].name == name && line - as->killed[i].line < KILLED_LINES)
			return true;
	return false;
}

static void add_note(struct ol_assembler *as, const struct ol_msg *m, int program,
		     struct ol_span host)
{
	struct note *to = &as->notes[as->n_notes++ % NOTES_MAX];
	struct ol_span text = ol_span_head(m->text, NOTE_BYTES);

	host = ol_span_head(host, sizeof(to->host));
	to->program = program;
	to->line = m->lineno;
	to->byte = m->line->byte;
	to->wall_us = m->line->wall_us;
	to->host_n = host.n;
	if (host.n)
		memcpy(to->host, host.p, host.n);
	to->n = text.n;
	memcpy(to->text, text.p, text.n);
}

/* Some say the same every second: the last one counts. */
static bool said_later(const struct ol_assembler *as, unsigned k)
{
	const struct note *n = &as->notes[k % NOTES_MAX];

	for (unsigned i = k + 1; i < as->n_notes; i++) {
		const struct note *more = &as->notes[i % NOTES_MAX];

		if (more->n && more->program == n->program &&
		    ol_span_eq(ol_span(more->host, more->host_n), ol_span(n->host, n->host_n)))
			return true;
	}
	return false;
}

static bool long_ago(const struct note *n, const struct ol_line *line)
{
	return n->wall_us != OL_TIME_NONE && line->wall_us != OL_TIME_NONE &&
	       line->wall_us - n->wall_us > REASON_US;
}

/* What @program said before, on this host; false: it was not for memory that it killed. */
static bool add_reasons(struct ol_assembler *as, struct ol_oom_event *e, const struct ol_msg *m,
			int program, struct ol_span host)
{
	bool memory = true, any = false;

	host = ol_span_head(host, sizeof(as->notes[0].host));
	for (unsigned k = as->n_notes > NOTES_MAX ? as->n_notes - NOTES_MAX : 0; k < as->n_notes;
	     k++) {
		struct note *n = &as->notes[k % NOTES_MAX];
		struct ol_span text = ol_span(n->text, n->n);

		if (!n->n || said_later(as, k) || m->lineno - n->line > NOTE_LINES ||
		    long_ago(n, m->line) ||
		    !ol_span_eq(ol_program_who(n->program), ol_program_who(program)) ||
		    !ol_span_eq(ol_span(n->host, n->host_n), host))
			continue;
		memory = !ol_program_other_resource(n->program, text);
		ol_program_reason_add(n->program, e, text, n->line);
		if (n->line < e->first_line) {
			e->first_line = n->line;
			e->first_byte = n->byte;
		}
		n->n = 0;
		any = true;
	}
	return memory && (any || !ol_program_after(program, m->line));
}

static int userspace(struct ol_assembler *as, const struct ol_msg *m, int program,
		     struct ol_oom_event *e)
{
	uint64_t name;
	int r = 0;

	name = name_of(e);
	if (!add_reasons(as, e, m, program, e->host) || was_killed(as, name, m->lineno)) {
		ol_hold_spare(as, e);
		return 0;
	}
	if (name)
		as->killed[as->n_killed++ % KILLED_MAX] = (struct killed){ name, m->lineno };
	if (ol_event_finish(e, &as->opts))
		r = ol_had_no_memory() ? -ENOMEM : ol_hold_give(as, e);
	ol_hold_spare(as, e);
	return r;
}

static int report(struct ol_assembler *as, const struct ol_msg *m, struct ol_oom_event *e)
{
	struct held *h = held_of(as, e);
	uint64_t name = name_of(e);

	/* systemd calls it "oom-kill" when systemd-oomd has killed, too */
	if (was_killed(as, name, m->lineno)) {
		ol_hold_spare(as, e);
		return 0;
	}
	ol_event_report(h ? h->e : e, e->who_killed.s, m->text, m->lineno);
	if (!h) {
		open_json(as, e, m);
		return hold(as, e, m->lineno);
	}
	if (h->e->kind == OL_EV_KILL_ONLY) {
		/* the kernel's own words were quoted before: a program says the same */
		h->e->kind = OL_EV_KILL_REPORT;
		h->e->who_killed.s = ol_arena_dup(&h->e->arena, e->who_killed.s);
	}
	if (m->last_lineno > h->e->last_line)
		h->e->last_line = m->last_lineno;
	touch(as, h, m->lineno);
	ol_hold_spare(as, e);
	return 0;
}

static void add_names(struct ol_assembler *as, const struct ol_msg *m, int program)
{
	/* its facts point into the text, nothing is allocated */
	static const struct ol_oom_event nothing;
	struct ol_oom_event e = nothing;

	ol_program_facts(program, &e, m->text, m->lineno);
	ol_names_add(&as->names, &e.container);
}

/*
 * 06-04 03:40:11.700   412   412 I lowmemorykiller: Kill 'org.example.app' …	logcat -v threadtime
 * What the line above it says of host and time is not meant then.
 */
static bool logcat(const struct ol_msg *m, struct ol_line *ret)
{
	struct ol_span t = m->text;
	uint64_t v[6]; /* month, day, hour, minute, second, ms */

	for (int i = 0; i < 6; i++)
		if (!ol_eat_u64(&t, &v[i]) || v[i] > 999 ||
		    !ol_span_eat(&t, ol_span(&"- ::. "[i], 1)))
			return false;
	*ret = *m->line;
	ret->host = ret->tag = ol_span(NULL, 0);
	ret->mono_us = OL_TIME_NONE;
	ret->wall_us = ol_time_us(1972, (unsigned)v[0], (unsigned)v[1], (unsigned)v[2],
				  (unsigned)v[3], (unsigned)v[4], (unsigned)v[5] * 1000);
	ret->wall_noyear = true;
	ret->wall_zone = ret->wall_minute = false;
	ret->stamp = ol_span(m->text.p, (size_t)(t.p - m->text.p) - 1);
	return true;
}

int ol_held_program(struct ol_assembler *as, const struct ol_msg *m, int program,
		    struct ol_span host)
{
	struct ol_oom_event *e;
	struct ol_line own;
	struct ol_msg mine = *m;

	if (!m->line->prefixed && logcat(m, &own)) {
		mine.line = &own;
		m = &mine;
	}

	host = host_of(m, host);
	switch (ol_program_says(program)) {
	case OL_SAYS_REASON:
		add_note(as, m, program, host);
		return 0;
	case OL_SAYS_NAMES:
		/* what a container prints names nobody */
		if (m->line->wrapped != OL_WRAP_RECORD || !as->kernel_seen)
			add_names(as, m, program);
		return 0;
	case OL_SAYS_KILLS:
	case OL_SAYS_REPORTS:
		break;
	}
	e = ol_hold_event(as, m->line, m->lineno);
	if (!e)
		return -ENOMEM;
	as->took = true;
	when_and_where(as, e, m, host.p ? host : node_in(m->text));
	/* what a container prints may be anybody's words */
	e->forged_suspect = m->line->program || m->line->transport == OL_TR_CRI ||
			    m->line->transport == OL_TR_DOCKER_JSON;
	ol_program_decode(program, e, m->text, m->lineno);
	if (e->container.container_name.p)
		ol_names_add(&as->names, &e->container);
	if (e->kind == OL_EV_KILL_REPORT)
		return report(as, m, e);
	return userspace(as, m, program, e);
}

/* ---- quotes ---- */

static void decode(struct ol_oom_event *e, const struct ol_quote *q, uint32_t line)
{
	struct ol_span text = { NULL, 0 };
	struct ol_evline *to = NULL;
	struct ol_open o = { .e = e };

	if (e->lines.n < QUOTES_MAX)
		text = ol_arena_dup(&e->arena, ol_span_head(q->text, REPORT_BYTES));
	if (text.p)
		to = ol_vec_push(&e->arena, &e->lines);
	if (!to)
		return;
	*to = (struct ol_evline){ text, line, (uint8_t)ol_kinds[q->kind].part };
	e->parts_seen |= 1u << to->part;
	ol_decode(&o, q->kind, text, line, false, NULL);
}

/*
 *   message: 'Memory cgroup out of memory: Killed process 90411 (fuller) total-vm:231000kB,
 *     anon-rss:77000kB, file-rss:1204kB, …'
 * What a line of prose breaks off goes on in the next.
 */
static void keep_tail(struct ol_assembler *as, const struct ol_msg *m, const struct ol_quote *q)
{
	as->tail_n = 0;
	if (q->kind != OL_LINE_KILLED || m->line->prefixed || ol_span_trim(q->behind).n > 1 ||
	    q->text.n > sizeof(as->tail) || ol_span_has(q->text, S("file-rss:")))
		return;
	memcpy(as->tail, q->text.p, q->text.n);
	as->tail_n = q->text.n;
	as->tail_line = m->lineno;
}

void ol_held_tail(struct ol_assembler *as, const struct ol_msg *m)
{
	struct ol_span text = ol_span_ltrim(m->text);
	struct ol_quote q = { .kind = OL_LINE_KILLED };
	char whole[2 * sizeof(as->tail) + 2];
	size_t n = as->tail_n;

	if (!n || !as->n_held || m->lineno != as->tail_line + 1 || text.n > sizeof(as->tail))
		return;
	as->tail_n = 0;
	if (!ol_span_has(ol_span_head(text, 40), S("-rss:")) &&
	    !ol_span_has(ol_span_head(text, 40), S("total-vm:")))
		return;
	memcpy(whole, as->tail, n);
	memcpy(whole + n, ", ", 2);
	memcpy(whole + n + 2, text.p, text.n);
	q.text = ol_span(whole, n + 2 + text.n);
	decode(as->held_says[as->n_held - 1].e, &q, as->tail_line);
	as->held_says[as->n_held - 1].e->last_line = m->last_lineno;
	as->took = true;
}

int ol_held_quote(struct ol_assembler *as, const struct ol_msg *m, const struct ol_quote *quote)
{
	const struct ol_line *line = m->line;
	struct ol_oom_event *e = ol_hold_event(as, line, m->lineno);
	struct ol_quote own = *quote, *q = &own;
	struct ol_span node;
	struct held *h;

	if (!e)
		return -ENOMEM;
	/* klog's prefix names the file of the program that speaks */
	if (!q->by.p)
		q->by = ol_quote_by(ol_span_head(line->raw, 100), &node);
	e->kind = OL_EV_KILL_ONLY;
	e->quoted = true;
	e->unknown_prefix = !q->known_prefix && !line->prefixed;
	/* behind a header that names no kernel, where the kernel speaks for itself: whose is it? */
	e->forged_suspect = line->program || line->wrapped == OL_WRAP_RECORD ||
			    (line->writer == OL_WRITER_USER && !q->by.p) ||
			    (as->kernel_seen && line->prefixed && line->host.p && !q->by.p);
	when_and_where(as, e, m, node_in(q->before));
	decode(e, q, m->lineno);
	if (q->by.p) {
		e->kind = OL_EV_KILL_REPORT;
		e->who_killed = (struct ol_text){ q->by, m->lineno };
		ol_event_report(e, q->by, m->text, m->lineno);
	}
	open_json(as, e, m);
	if (e->unknown_prefix)
		as->unknown_prefix = m->lineno;
	keep_tail(as, m, q);
	h = held_of(as, e);
	if (!h)
		return hold(as, e, m->lineno);
	decode(h->e, q, m->lineno);
	move_reports(h->e, e);
	if (e->kind == OL_EV_KILL_REPORT && h->e->kind == OL_EV_KILL_ONLY) {
		h->e->kind = OL_EV_KILL_REPORT;
		h->e->who_killed.s = ol_arena_dup(&h->e->arena, e->who_killed.s);
		h->e->forged_suspect = e->forged_suspect;
	}
	if (!h->e->host.p && e->host.p)
		h->e->host = ol_arena_dup(&h->e->arena, e->host);
	if (m->last_lineno > h->e->last_line)
		h->e->last_line = m->last_lineno;
	touch(as, h, m->lineno);
	ol_hold_spare(as, e);
	return 0;
}
