// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/decode_impl.h"

/* The task table, and what was done to whom. */

#define S(lit) OL_SPAN(lit)

/* ---- tasks ---- */

bool ol_fits_table_head(const struct ol_open *o, const struct ol_dump_line *l)
{
	(void)l;
	return !o->e->table_cols;
}

/* [ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name */
void ol_decode_table_head(struct ol_open *o, const struct ol_dump_line *l)
{
	if (!ol_table_layout_parse(l->text, &o->layout))
		return;
	o->e->table_cols |= o->layout.mask;
	o->e->table_line = l->line;
	o->ends_like = 0;
}

/* The columns that every layout begins with; a table that lost its header states only these. */
static const struct ol_table_layout headless = {
	.n = 5,
	.cols = { OL_COL_PID, OL_COL_UID, OL_COL_TGID, OL_COL_TOTAL_VM, OL_COL_RSS },
	.mask = 1u << OL_COL_PID | 1u << OL_COL_UID | 1u << OL_COL_TGID | 1u << OL_COL_TOTAL_VM |
		1u << OL_COL_RSS,
};

/* Where the digits of the columns end in @t; one array for all rows that are alike. */
static const uint8_t *digits_end(struct ol_open *o, const struct ol_table_layout *l,
				 struct ol_span t, const struct ol_task_row *row)
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
void ol_decode_row(struct ol_open *o, struct ol_span t, uint32_t line,
		   const struct ol_task_row *row)
{
	struct ol_oom_event *e = o->e;
	const struct ol_table_layout *l = o->layout.n ? &o->layout : &headless;
	struct ol_span name;
	struct ol_task *task;
	struct ol_task_row own;
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

void ol_decode_table_row(struct ol_open *o, const struct ol_dump_line *l)
{
	ol_decode_row(o, l->text, l->line, l->row);
}

/* Tasks in /a/b are going to be killed due to memory.oom.group set */
void ol_decode_group_set(struct ol_open *o, const struct ol_dump_line *l)
{
	struct ol_span path = l->rest, rest;

	o->e->oom_group = true;
	if (cut_at(&path, S(" are going to be killed"), &rest))
		set_text(&o->e->oom_group_path, path, l->line);
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

/* The end of such a line; .before is what stands in front of that. Absent: not there. */
struct oom_who {
	struct ol_span before, task, pid, uid;
};

/* ,task=stress,pid=1122,uid=0 */
static void from_right(struct ol_span t, struct oom_who *ret)
{
	const struct ol_span key = S(",task=");
	struct oom_who w = { .before = t };
	struct ol_span head = t;
	size_t from;
	ssize_t at;

	cut_at_last(&head, S(",uid="), &w.uid);
	if (!cut_at_last(&head, S(",pid="), &w.pid)) {
		cut_at_last(&w.before, key, &w.task);
		w.task.n = 0; /* nobody knows where it ends */
		*ret = w;
		return;
	}
	/* the first in what a name can take; an escaped or foreign name is longer */
	from = head.n > OL_COMM_MAX + key.n ? head.n - OL_COMM_MAX - key.n : 0;
	at = ol_span_find(ol_span_skip(head, from), key);
	if (at >= 0) {
		w.before = ol_span_head(head, from + (size_t)at);
		w.task = ol_span_skip(head, from + (size_t)at + key.n);
	} else if (cut_at_last(&head, key, &w.task)) {
		w.before = head;
	}
	*ret = w;
}

/* constraint=CONSTRAINT_MEMCG, */
static void constraint_word(struct ol_oom_event *e, struct ol_span t)
{
	static const struct {
		struct ol_span word;
		enum ol_constraint constraint;
	} words[] = {
		{ OL_SPAN_INIT("NONE,"), OL_CONSTRAINT_NONE },
		{ OL_SPAN_INIT("MEMCG,"), OL_CONSTRAINT_MEMCG },
		{ OL_SPAN_INIT("CPUSET,"), OL_CONSTRAINT_CPUSET },
		{ OL_SPAN_INIT("MEMORY_POLICY,"), OL_CONSTRAINT_MEMPOLICY },
	};

	if (!behind(&t, S("constraint=CONSTRAINT_")))
		return;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (ol_span_starts(t, words[i].word))
			e->constraint = words[i].constraint;
}

/* ,oom_memcg=/a,task_memcg=/a/b	a path is whole only when something follows it: @more */
static void memcg_paths(struct ol_oom_event *e, struct ol_span t, bool more, uint32_t line)
{
	struct ol_span task;

	if (cut_at(&t, S(",task_memcg="), &task)) {
		if (more)
			set_text(&e->task_memcg, task, line);
		more = true;
	}
	if (more && behind(&t, S(",oom_memcg=")))
		set_text(&e->oom_memcg, t, line);
}

static void oom_victim(struct ol_oom_event *e, const struct oom_who *who, uint32_t line)
{
	struct ol_span pid = who->pid;
	struct ol_victim *victim;
	uint64_t n;

	/* a number that ends the text may be half a number */
	if (!ol_eat_u64(&pid, &n) || (!pid.n && !who->uid.p) || n > INT32_MAX)
		return;
	victim = victim_get(e, (int64_t)n, line);
	if (!victim)
		return;
	if (who->task.n)
		set_text(&victim->comm, who->task, line);
	if (who->uid.p && ol_span_u64(who->uid, &n))
		set_u64(&victim->uid, n, line);
}

bool ol_fits_oom_kill(const struct ol_open *o, const struct ol_dump_line *l)
{
	(void)l;
	return !o->e->constraint_printed;
}

/*
 * oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=c,mems_allowed=0,oom_memcg=/a,
 * task_memcg=/a/b,task=stress,pid=1122,uid=0					5.0+
 * A name may hold commas and '=': the keys in front are read from the left, the ones at the end
 * from the right, and a comm has at most 15 bytes.
 */
void ol_decode_oom_kill(struct ol_open *o, const struct ol_dump_line *l)
{
	struct ol_oom_event *e = o->e;
	struct ol_span mems;
	struct oom_who who;
	struct ol_span v = l->rest;

	e->constraint_printed = true;
	constraint_word(e, v);
	if (behind(&v, S(",nodemask=")))
		set_text(&e->nodemask, ol_list_value(v), l->line);
	v = l->rest;
	if (behind(&v, S(",cpuset=")) && cut_at(&v, S(",mems_allowed="), &mems)) {
		set_text(&e->cpuset, v, l->line);
		set_text(&e->mems_allowed, ol_list_value(mems), l->line);
	}
	e->global_oom = ol_span_has(l->rest, S(",global_oom"));
	from_right(l->rest, &who);
	memcg_paths(e, who.before, who.before.n < l->rest.n, l->line);
	if (who.pid.p)
		oom_victim(e, &who, l->line);
}

/*
 * Where the sizes of a kill line begin; its comm ends there, whatever it holds. A comm is 15 bytes,
 * and more only when a logger escaped it ("#033", "\x1b"): what is longer is two lines whose
 * newline was lost, as in "Killed process 1 (a)Killed process 2 (b)".
 */
static ssize_t comm_end(struct ol_span t)
{
	static const struct ol_span marks[] = {
		OL_SPAN_INIT(") total-vm:"),
		OL_SPAN_INIT("), UID "),
		OL_SPAN_INIT(") vsz:"),
		OL_SPAN_INIT("), now anon-rss:"),
		OL_SPAN_INIT(") vm:"),
		OL_SPAN_INIT(") score "),
		OL_SPAN_INIT(") sharing same memory"),
	};
	ssize_t at = -1;

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]) && at < 0; i++)
		at = ol_span_rfind(t, marks[i]);
	if (at < 0)
		at = ol_span_rfind(t, S(")"));
	if (at > OL_COMM_MAX + 2 && ol_span_chr(ol_span_head(t, (size_t)at), '\\') < 0 &&
	    ol_span_chr(ol_span_head(t, (size_t)at), '#') < 0)
		at = ol_span_chr(t, ')');
	return at;
}

/*
 * The victim of "123 (a) b) total-vm:…", with its name; *@ret_rest begins with the ')'. NULL: none
 * is named.
 */
static struct ol_victim *victim_named(struct ol_oom_event *e, struct ol_span t, uint32_t line,
				      struct ol_span *ret_rest)
{
	bool has_uid = false;
	struct ol_victim *v;
	uint64_t pid, uid;
	ssize_t close;

	if (!ol_eat_u64(&t, &pid) || pid > INT32_MAX)
		return NULL;
	/* el6: "Killed process 123, UID 48, (php) total-vm:…" */
	if (ol_span_eat(&t, S(", UID "))) {
		has_uid = ol_eat_u64(&t, &uid);
		ol_span_eat(&t, S(","));
	}
	v = t.n ? victim_get(e, (int64_t)pid, line) : NULL;
	if (!v)
		return NULL;
	close = comm_end(t);
	if (ol_span_eat(&t, S(" (")) && close > 0) {
		set_text(&v->comm, ol_span_head(t, (size_t)close - 2), line);
		t = ol_span_skip(t, (size_t)close - 2);
	}
	if (has_uid)
		set_u64(&v->uid, uid, line);
	*ret_rest = t;
	return v;
}

/*
 * "Out of memory: ", "Memory cgroup out of memory: ", "No available memory (MPOL_BIND): " in front
 * of the kill. True when it is told that who asked is killed.
 */
static bool said_why(struct ol_oom_event *e, struct ol_span t)
{
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
	return ol_span_starts(t, S("Out of memory (oom_kill_allocating_task)"));
}

/* total-vm:169876kB, anon-rss:149612kB, file-rss:0kB, UID:0 pgtables:340kB oom_score_adj:0 */
static void victim_sizes(struct ol_victim *v, struct ol_span rest, uint32_t line)
{
	int64_t adj;
	uint64_t n;

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
	if (behind(&rest, S("oom_score_adj:")) && ol_eat_i64(&rest, &adj) && adj >= -1000 &&
	    adj <= 1000)
		set_val(&v->oom_score_adj, adj, line);
}

void ol_decode_killed(struct ol_open *o, const struct ol_dump_line *l)
{
	struct ol_oom_event *e = o->e;
	bool chosen_other, allocating = said_why(e, l->before);
	struct ol_victim *v;
	struct ol_span rest;

	/* "Kill process P … or sacrifice child" and another pid here: the child was sacrificed */
	chosen_other = e->victims.n == 1 && e->victims.v[0].score.set && !e->victims.v[0].line;
	v = victim_named(e, l->rest, l->line, &rest);
	if (!v)
		return;
	chosen_other = chosen_other && e->victims.n == 2;
	v->line = l->line;
	victim_sizes(v, rest, l->line);
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

/* in UB 1025: ; 0 is the host's own beancounter */
static void beancounter(struct ol_oom_event *e, struct ol_span before)
{
	struct ol_span ub = before, rest;

	if (!behind(&ub, S(" in UB ")) || !cut_at(&ub, S(":"), &rest) || !ub.n ||
	    ol_span_eqs(ub, "0"))
		return;
	e->container.runtime = "openvz";
	e->container.name = ub;
	e->has_container = true;
}

/*
 * Out of memory in UB 1025: OOM killed process 15237 (mysqld) score 0 vm:345608kB, rss:134384kB,
 * swap:0kB						2.6.32-042stab
 * oom_kill_task() in mm/oom_kill.c and out_of_memory_in_ub() in mm/oom_group.c: earlier ones print
 * neither what stands in front nor the score. The resident size is get_mm_rss(): with the pages
 * of files that are mapped. Physical pages and swap of a beancounter have limits, which the line
 * does not state: a constraint that is no memory cgroup's, so none is told.
 */
void ol_decode_killed_ub(struct ol_open *o, const struct ol_dump_line *l)
{
	struct ol_oom_event *e = o->e;
	struct ol_victim *v;
	struct ol_span rest, sizes;
	int64_t score;
	uint64_t n;

	v = victim_named(e, l->rest, l->line, &rest);
	if (!v)
		return;
	v->line = l->line;
	sizes = rest;
	if (behind(&rest, S(") score ")) && ol_eat_i64(&rest, &score))
		set_val(&v->score, score, l->line);
	if (number_behind(sizes, S(" vm:"), S("kB"), &n))
		set_u64(&v->total_vm_kb, n, l->line);
	if (number_behind(sizes, S(" rss:"), S("kB"), &n))
		set_u64(&v->rss_kb, n, l->line);
	if (v->why == OL_WHY_UNKNOWN && v == e->victims.v)
		v->why = OL_WHY_CHOSEN;
	beancounter(e, l->before);
}

/* Out of memory: Kill process 21832 (clamd) score 4 or sacrifice child		- 5.0 */
void ol_decode_chosen(struct ol_open *o, const struct ol_dump_line *l)
{
	bool allocating = said_why(o->e, l->before);
	struct ol_span rest;
	struct ol_victim *v = victim_named(o->e, l->rest, l->line, &rest);
	int64_t score;

	if (!v)
		return;
	if (behind(&rest, S(" score ")) && ol_eat_i64(&rest, &score))
		set_val(&v->score, score, l->line);
	v->why = allocating ? OL_WHY_ALLOCATING_TASK : OL_WHY_CHOSEN;
}

bool ol_decode_kill_pid(enum ol_line_kind kind, struct ol_span text, int64_t *ret_pid)
{
	struct ol_dump_line l = ol_line_split(kind, text);
	uint64_t pid;

	if (kind == OL_LINE_EXITING) {
		if (!behind(&text, S("OOM victim ")))
			return false;
		l.rest = text;
	} else if (!ol_kinds[kind].pid) {
		return false;
	}
	if (!ol_eat_u64(&l.rest, &pid) || pid > INT32_MAX)
		return false;
	*ret_pid = (int64_t)pid;
	return true;
}

/* oom_reaper: reaped process 1039 (netifd), now anon-rss:0kB, file-rss:0kB, …	4.6+ */
void ol_decode_reaped(struct ol_open *o, const struct ol_dump_line *l)
{
	struct ol_span rest;
	struct ol_victim *v = victim_named(o->e, l->rest, l->line, &rest);
	uint64_t n;

	if (!v)
		return;
	v->reaped = true;
	if (number_behind(rest, S("anon-rss:"), S("kB"), &n))
		set_u64(&v->reaped_anon_kb, n, l->line);
	if (number_behind(rest, S("file-rss:"), S("kB"), &n))
		set_u64(&v->reaped_file_kb, n, l->line);
	if (number_behind(rest, S("shmem-rss:"), S("kB"), &n))
		set_u64(&v->reaped_shmem_kb, n, l->line);
}

/* oom_reaper: unable to reap pid:1039 (netifd)					4.6+ */
void ol_decode_unreaped(struct ol_open *o, const struct ol_dump_line *l)
{
	struct ol_span rest;
	struct ol_victim *v = victim_named(o->e, l->rest, l->line, &rest);

	if (v)
		v->reaped = false;
}

/* Kill process 123 (x) sharing same memory					2.6.38 - 4.3 */
void ol_decode_sharing(struct ol_open *o, const struct ol_dump_line *l)
{
	struct ol_span rest;
	struct ol_victim *v = victim_named(o->e, l->rest, l->line, &rest);

	if (v)
		v->why = OL_WHY_SHARED_MM;
}

void ol_decode_no_killable(struct ol_open *o, const struct ol_dump_line *l)
{
	set_text(&o->e->panic, l->text, l->line);
}

/* Says more than the warning in front of it. */
void ol_decode_panic(struct ol_open *o, const struct ol_dump_line *l)
{
	o->e->panic = (struct ol_text){ l->rest, l->line };
}

/* Memory cgroup min protection 0kB -- low protection 0kB				6.19+ */
void ol_decode_min_protection(struct ol_open *o, const struct ol_dump_line *l)
{
	struct ol_oom_event *e = o->e;
	struct ol_span t = l->text;
	uint64_t n;

	if (number_behind(t, S("min protection "), S("kB"), &n))
		set_u64(&e->min_protection_kb, n, l->line);
	if (number_behind(t, S("low protection "), S("kB"), &n))
		set_u64(&e->low_protection_kb, n, l->line);
}
