// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/decode_impl.h"

/* The task table, and what was done to whom. */

#define S(lit) OL_SPAN(lit)

/* ---- tasks ---- */

/* The columns that every layout begins with; a table that lost its header states only these. */
static const struct ol_table_layout headless = {
	.n = 5,
	.cols = { OL_COL_PID, OL_COL_UID, OL_COL_TGID, OL_COL_TOTAL_VM, OL_COL_RSS },
	.mask = 1u << OL_COL_PID | 1u << OL_COL_UID | 1u << OL_COL_TGID | 1u << OL_COL_TOTAL_VM |
		1u << OL_COL_RSS,
};

/* Where the digits of the columns end in @t; one array for all rows that are alike. */
static const uint8_t *digits_end(struct ol_open *o, const struct ol_table_layout *l,
				 struct ol_span t, const struct ol_row *row)
{
	uint8_t *ends;

	if (!row->like)
		return NULL;
	if (row->like == o->ends_like)
		return o->ends;
	ends = ol_arena_alloc(&o->e->arena, OL_COL_MAX + 1);
	if (!ends)
		return NULL;
	/* rows that are alike have no more than 128 bytes of columns */
	for (uint32_t i = 1; i < l->n && i < row->n; i++)
		ends[l->cols[i]] = (uint8_t)row->end[i];
	if (ol_is_digit(t.p[row->end[0] - 2]))
		ends[OL_COL_PID] = (uint8_t)(row->end[0] - 1);
	o->ends_like = row->like;
	return o->ends = ends;
}

/* @row: of @t, NULL when nobody has read it yet */
void ol_decode_row(struct ol_open *o, struct ol_span t, uint32_t line, const struct ol_row *row)
{
	struct ol_oom_event *e = o->e;
	const struct ol_table_layout *l = o->layout.n ? &o->layout : &headless;
	struct ol_span name;
	struct ol_task *task;
	struct ol_row own;
	uint32_t n;

	if (!row) {
		if (!ol_row_parse(t, &own))
			return;
		row = &own;
	}
	if (row->v[0] < 0)
		return;
	if (!e->tasks.n)
		ol_vec_reserve(&e->arena, &e->tasks, o->rows_before);
	task = ol_vec_push(&e->arena, &e->tasks);
	if (!task) {
		e->truncated = true;
		return;
	}
	task->line = line;
	task->printed = t.p;
	task->ends = digits_end(o, l, t, row);
	n = l->n < row->n ? l->n : row->n;
	for (uint32_t i = 0; i < n; i++)
		task->col[l->cols[i]] = row->v[i];
	task->mask = l->mask;
	if (l == &headless) {
		/* numbers that nobody named stand between rss and the name */
		name = ol_span_ltrim(ol_span_skip(t, row->name));
	} else {
		name = ol_span_ltrim(ol_span_skip(t, row->end[n - 1]));
		/*
		 * A row with fewer numbers than its header has columns was damaged, and nobody
		 * knows which
		 * one is gone: only the bracket is certain then.
		 */
		if (n < l->n) {
			task->mask &= 1u << OL_COL_PID;
			name.n = 0;
		}
	}
	if (name.n)
		task->comm = name;
}

static struct ol_victim *victim_get(struct ol_oom_event *e, int64_t pid, uint32_t line)
{
	struct ol_victim *v = ol_victim_find(e, pid);

	if (v)
		return v;
	v = e->victims.n < 65536 ? ol_vec_push(&e->arena, &e->victims) : NULL;
	if (!v) {
		e->truncated = true;
		return NULL;
	}
	v->reaped = -1;
	set_val(&v->pid, pid, line);
	return v;
}

/*
 * oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=c,mems_allowed=0,oom_memcg=/a,
 * task_memcg=/a/b,task=stress,pid=1122,uid=0					5.0+
 * A name may hold commas and '=': the keys in front are read from the left, the ones at the end
 * from the right, and a comm has at most 15 bytes.
 */
void ol_decode_oom_kill(struct ol_oom_event *e, struct ol_span t, uint32_t line)
{
	struct ol_span v = t, tail, task = { NULL, 0 };
	ssize_t at, uid, pid;
	uint64_t n;

	e->constraint_printed = true;
	if (behind(&v, S("constraint=CONSTRAINT_"))) {
		if (ol_span_starts(v, S("NONE,")))
			e->constraint = OL_CONSTRAINT_NONE;
		else if (ol_span_starts(v, S("MEMCG,")))
			e->constraint = OL_CONSTRAINT_MEMCG;
		else if (ol_span_starts(v, S("CPUSET,")))
			e->constraint = OL_CONSTRAINT_CPUSET;
		else if (ol_span_starts(v, S("MEMORY_POLICY,")))
			e->constraint = OL_CONSTRAINT_MEMPOLICY;
	}
	v = t;
	if (behind(&v, S(",nodemask=")))
		set_text(&e->nodemask, ol_list_value(v), line);
	v = t;
	if (behind(&v, S(",cpuset="))) {
		at = ol_span_find(v, S(",mems_allowed="));
		if (at >= 0) {
			set_text(&e->cpuset, ol_span_head(v, (size_t)at), line);
			set_text(&e->mems_allowed, ol_list_value(ol_span_skip(v, (size_t)at + 14)),
				 line);
		}
	}
	e->global_oom = ol_span_find(t, S(",global_oom")) >= 0;

	/* from the right */
	tail = t;
	uid = ol_span_rfind(tail, S(",uid="));
	pid = uid < 0 ? ol_span_rfind(tail, S(",pid="))
		      : ol_span_rfind(ol_span_head(tail, (size_t)uid), S(",pid="));
	if (pid >= 0) {
		struct ol_span head = ol_span_head(t, (size_t)pid);
		size_t from = head.n > 15 + 6 ? head.n - 15 - 6 : 0;

		at = ol_span_find(ol_span_skip(head, from), S(",task="));
		if (at >= 0) {
			task = ol_span_skip(head, from + (size_t)at + 6);
			tail = ol_span_head(head, from + (size_t)at);
		} else {
			/* an escaped or foreign name is longer */
			at = ol_span_rfind(head, S(",task="));
			if (at >= 0) {
				task = ol_span_skip(head, (size_t)at + 6);
				tail = ol_span_head(head, (size_t)at);
			}
		}
	} else {
		at = ol_span_rfind(t, S(",task="));
		if (at >= 0)
			tail = ol_span_head(t, (size_t)at);
	}
	/* a path is whole only when something follows it */
	at = ol_span_find(tail, S(",task_memcg="));
	if (at >= 0) {
		if (tail.n < t.n)
			set_text(&e->task_memcg, ol_span_skip(tail, (size_t)at + 12), line);
		tail = ol_span_head(tail, (size_t)at);
		v = tail;
		if (behind(&v, S(",oom_memcg=")))
			set_text(&e->oom_memcg, v, line);
	} else if (tail.n < t.n) {
		v = tail;
		if (behind(&v, S(",oom_memcg=")))
			set_text(&e->oom_memcg, v, line);
	}
	if (pid >= 0) {
		struct ol_victim *victim;

		v = ol_span_skip(t, (size_t)pid + 5);
		if (ol_eat_u64(&v, &n) && v.n && n <= INT32_MAX) {
			victim = victim_get(e, (int64_t)n, line);
			if (!victim)
				return;
			if (task.n)
				set_text(&victim->comm, task, line);
			if (uid >= 0) {
				v = ol_span_skip(t, (size_t)uid + 5);
				if (ol_eat_u64(&v, &n) && !v.n)
					set_u64(&victim->uid, n, line);
			}
		}
	}
}

/*
 * Where the sizes of a kill line begin; its comm ends there, whatever it holds. A comm is 15 bytes,
 * and more only when a logger escaped it ("#033", "\x1b"): what is longer is two lines whose
 * newline was lost, as in "Killed process 1 (a)Killed process 2 (b)".
 */
#define COMM_MAX 15

static ssize_t comm_end(struct ol_span t)
{
	static const struct ol_span marks[] = {
		OL_SPAN_INIT(") total-vm:"), OL_SPAN_INIT("), UID "),
		OL_SPAN_INIT(") vsz:"),      OL_SPAN_INIT("), now anon-rss:"),
		OL_SPAN_INIT(") score "),    OL_SPAN_INIT(") sharing same memory"),
	};
	ssize_t at = -1;

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]) && at < 0; i++)
		at = ol_span_rfind(t, marks[i]);
	if (at < 0)
		at = ol_span_rfind(t, S(")"));
	if (at > COMM_MAX + 2 && ol_span_chr(ol_span_head(t, (size_t)at), '\\') < 0 &&
	    ol_span_chr(ol_span_head(t, (size_t)at), '#') < 0)
		at = ol_span_chr(t, ')');
	return at;
}

/* "Killed process 123 (a) b) total-vm:…" behind "process ": pid, comm, and what follows the ')' */
static bool pid_and_comm(struct ol_span t, uint64_t *ret_pid, struct ol_span *ret_comm,
			 struct ol_span *ret_rest, uint64_t *ret_uid, bool *ret_has_uid)
{
	ssize_t open, close;
	uint64_t pid;

	*ret_has_uid = false;
	if (!ol_eat_u64(&t, &pid) || pid > INT32_MAX)
		return false;
	/* el6: "Killed process 123, UID 48, (php) total-vm:…" */
	if (ol_span_eat(&t, S(", UID "))) {
		*ret_has_uid = ol_eat_u64(&t, ret_uid);
		ol_span_eat(&t, S(","));
	}
	open = ol_span_find(t, S(" ("));
	close = comm_end(t);
	*ret_pid = pid;
	*ret_comm = (struct ol_span){ NULL, 0 };
	*ret_rest = t;
	if (open == 0 && close > open) {
		*ret_comm = ol_span(t.p + 2, (size_t)close - 2);
		*ret_rest = ol_span_skip(t, (size_t)close);
	}
	return t.n > 0;
}

void ol_decode_killed(struct ol_oom_event *e, struct ol_span t, uint32_t line)
{
	struct ol_victim *v;
	struct ol_span comm, rest, x;
	uint64_t pid, uid, n;
	bool has_uid, chosen_other = false, allocating;
	int64_t adj;

	allocating = ol_span_starts(t, S("Out of memory (oom_kill_allocating_task)"));
	if (ol_span_starts(t, S("Out of ")))
		e->said_out_of_memory = true;
	if (!e->constraint && ol_span_starts(t, S("Memory cgroup out of memory: ")))
		e->constraint = OL_CONSTRAINT_MEMCG;
	behind(&t, S("Killed process "));
	if (!pid_and_comm(t, &pid, &comm, &rest, &uid, &has_uid))
		return;
	/* "Kill process P … or sacrifice child" and another pid here: the child was sacrificed */
	if (e->victims.n == 1 && !ol_victim_find(e, (int64_t)pid) && e->victims.v[0].score.set &&
	    !e->victims.v[0].line)
		chosen_other = true;
	v = victim_get(e, (int64_t)pid, line);
	if (!v)
		return;
	v->line = line;
	if (comm.p)
		set_text(&v->comm, comm, line);
	if (has_uid)
		set_u64(&v->uid, uid, line);
	if (number_behind(rest, S("total-vm:"), S("kB"), &n) ||
	    number_behind(rest, S("vsz:"), S("kB"), &n))
		set_u64(&v->total_vm_kb, n, line);
	if (number_behind(rest, S("anon-rss:"), S("kB"), &n))
		set_u64(&v->anon_rss_kb, n, line);
	if (number_behind(rest, S("file-rss:"), S("kB"), &n))
		set_u64(&v->file_rss_kb, n, line);
	if (number_behind(rest, S("shmem-rss:"), S("kB"), &n))
		set_u64(&v->shmem_rss_kb, n, line);
	if (number_behind(rest, S("pgtables:"), S("kB"), &n))
		set_u64(&v->pgtables_kb, n, line);
	if (number_behind(rest, S("UID:"), S(" "), &n) ||
	    number_behind(rest, S("UID "), S(","), &n))
		set_u64(&v->uid, n, line);
	x = rest;
	if (behind(&x, S("oom_score_adj:")) && ol_eat_i64(&x, &adj) && adj >= -1000 && adj <= 1000)
		set_val(&v->oom_score_adj, adj, line);
	if (chosen_other) {
		/* the first of the list is the one that died */
		struct ol_victim tmp = *v;

		tmp.why = OL_WHY_CHILD;
		e->victims.v[e->victims.n - 1] = e->victims.v[0];
		e->victims.v[0] = tmp;
	} else if (v->why == OL_WHY_UNKNOWN || v->why == OL_WHY_CHOSEN) {
		v->why = e->oom_group && e->victims.n > 1 ? OL_WHY_OOM_GROUP
			 : allocating                     ? OL_WHY_ALLOCATING_TASK
			 : v == e->victims.v              ? OL_WHY_CHOSEN
							  : OL_WHY_UNKNOWN;
	}
}

/* Out of memory: Kill process 21832 (clamd) score 4 or sacrifice child		- 5.0 */
void ol_decode_chosen(struct ol_oom_event *e, struct ol_span t, uint32_t line)
{
	struct ol_victim *v;
	struct ol_span comm, rest;
	uint64_t pid, uid;
	int64_t score;
	bool has_uid, allocating;
	ssize_t at;

	allocating = ol_span_starts(t, S("Out of memory (oom_kill_allocating_task)"));
	if (ol_span_starts(t, S("Out of ")))
		e->said_out_of_memory = true;
	if (!e->constraint) {
		if (ol_span_starts(t, S("Memory cgroup out of memory: ")))
			e->constraint = OL_CONSTRAINT_MEMCG;
		else if (ol_span_starts(t, S("No available memory (MPOL_BIND)")))
			e->constraint = OL_CONSTRAINT_MEMPOLICY;
		else if (ol_span_starts(t, S("No available memory in cpuset")))
			e->constraint = OL_CONSTRAINT_CPUSET;
	}
	at = ol_span_find(t, S("ill process "));
	if (at < 0)
		return;
	t = ol_span_skip(t, (size_t)at + 12);
	if (!pid_and_comm(t, &pid, &comm, &rest, &uid, &has_uid))
		return;
	v = victim_get(e, (int64_t)pid, line);
	if (!v)
		return;
	if (comm.p)
		set_text(&v->comm, comm, line);
	if (behind(&rest, S(" score ")) && ol_eat_i64(&rest, &score))
		set_val(&v->score, score, line);
	v->why = allocating ? OL_WHY_ALLOCATING_TASK : OL_WHY_CHOSEN;
}

bool ol_decode_kill_pid(enum ol_shape shape, struct ol_span t, int64_t *ret_pid)
{
	struct ol_span key = shape == OL_SH_UNREAPED  ? S(" pid:")
			     : shape == OL_SH_EXITING ? S("OOM victim ")
						      : S("process ");
	uint64_t pid;

	if (shape == OL_SH_CHOSEN || shape == OL_SH_CHOSEN_OLD || shape == OL_SH_SHARING)
		key = S("ill process ");
	if (!behind(&t, key) || !ol_eat_u64(&t, &pid) || pid > INT32_MAX)
		return false;
	*ret_pid = (int64_t)pid;
	return true;
}

/* oom_reaper: reaped process 1039 (netifd), now anon-rss:0kB, file-rss:0kB, …	4.6+ */
void ol_decode_reaper(struct ol_oom_event *e, enum ol_shape shape, struct ol_span t, uint32_t line)
{
	struct ol_victim *v;
	struct ol_span comm, rest;
	uint64_t pid, uid, n;
	bool has_uid;

	if (!behind(&t, shape == OL_SH_REAPED ? S("process ") : S("pid:")) ||
	    !pid_and_comm(t, &pid, &comm, &rest, &uid, &has_uid))
		return;
	v = victim_get(e, (int64_t)pid, line);
	if (!v)
		return;
	if (comm.p)
		set_text(&v->comm, comm, line);
	v->reaped = shape == OL_SH_REAPED;
	if (number_behind(rest, S("anon-rss:"), S("kB"), &n))
		set_u64(&v->reaped_anon_kb, n, line);
	if (number_behind(rest, S("file-rss:"), S("kB"), &n))
		set_u64(&v->reaped_file_kb, n, line);
	if (number_behind(rest, S("shmem-rss:"), S("kB"), &n))
		set_u64(&v->reaped_shmem_kb, n, line);
}

/* Kill process 123 (x) sharing same memory					2.6.38 - 4.3 */
void ol_decode_sharing(struct ol_oom_event *e, struct ol_span t, uint32_t line)
{
	struct ol_victim *v;
	struct ol_span comm, rest;
	uint64_t pid, uid;
	bool has_uid;

	if (!behind(&t, S("process ")) || !pid_and_comm(t, &pid, &comm, &rest, &uid, &has_uid))
		return;
	v = victim_get(e, (int64_t)pid, line);
	if (!v)
		return;
	if (comm.p)
		set_text(&v->comm, comm, line);
	v->why = OL_WHY_SHARED_MM;
}

/* Memory cgroup min protection 0kB -- low protection 0kB				6.19+ */
void ol_decode_min_protection(struct ol_oom_event *e, struct ol_span t, uint32_t line)
{
	uint64_t n;

	if (number_behind(t, S("min protection "), S("kB"), &n))
		set_u64(&e->min_protection_kb, n, line);
	if (number_behind(t, S("low protection "), S("kB"), &n))
		set_u64(&e->low_protection_kb, n, line);
}
