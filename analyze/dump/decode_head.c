// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/decode_impl.h"
#include "analyze/dump/kver.h"

/* Who asked for what, on which kernel, and the cgroup whose limit was hit. */

#define S(lit) OL_SPAN(lit)

struct ol_span ol_field(struct ol_span text, struct ol_span key)
{
	ssize_t end;

	if (!behind(&text, key))
		return (struct ol_span){ NULL, 0 };
	end = ol_span_chr(text, ',');
	return end < 0 ? text : ol_span_head(text, (size_t)end);
}
/* ---- heads ---- */

static void gfp_mask(struct ol_oom_event *e, struct ol_span t, uint32_t line)
{
	uint64_t mask;
	ssize_t close;

	if (!ol_eat_hex(&t, &mask))
		return;
	set_u64(&e->gfp_mask, mask, line);
	if (!ol_span_eat(&t, S("(")))
		return;
	e->gfp_named = true;
	close = ol_span_chr(t, ')');
	if (close >= 0)
		set_text(&e->gfp_printed, ol_span_head(t, (size_t)close), line);
}

/* A node or cpu list, "(null)" included: ends where the next key begins. */
struct ol_span ol_list_value(struct ol_span t)
{
	size_t i = 0;

	if (ol_span_starts(t, S("(null)")))
		return ol_span_head(t, 6);
	while (i < t.n && (ol_is_digit(t.p[i]) || t.p[i] == '-' ||
			   (t.p[i] == ',' && i + 1 < t.n && ol_is_digit(t.p[i + 1]))))
		i++;
	return ol_span_head(t, i);
}

static void order_value(struct ol_oom_event *e, struct ol_span t, uint32_t line)
{
	int64_t order;

	if (!ol_eat_i64(&t, &order) || order < -1 || order > 63)
		return;
	set_val(&e->order, order, line);
	if (order == -1)
		e->sysrq = true;
}

/* ,cpuset=/docker-…,mems_allowed=0-1 */
static void policy_fields(struct ol_oom_event *e, struct ol_span t, uint32_t line)
{
	struct ol_span v = t;
	ssize_t end;

	if (behind(&v, S("nodemask=")))
		set_text(&e->nodemask, ol_list_value(v), line);
	v = t;
	if (behind(&v, S("cpuset="))) {
		end = ol_span_rfind(v, S("mems_allowed="));
		if (end > 0)
			set_text(&e->cpuset, ol_span_head(v, (size_t)end - 1), line);
	}
	end = ol_span_rfind(t, S("mems_allowed="));
	if (end >= 0) {
		v = ol_span_skip(t, (size_t)end);
		behind(&v, S("="));
		v = ol_list_value(v);
		if (v.n)
			set_text(&e->mems_allowed, v, line);
	}
}

static size_t comm_len(struct ol_span comm)
{
	size_t n = 0;

	/* dmesg writes a byte that cannot be printed as \xNN */
	for (; comm.n; n++)
		comm = ol_span_skip(comm, ol_span_starts(comm, S("\\x")) && comm.n >= 4 ? 4 : 1);
	return n;
}

/*
 * What stands in front of the sentence is a name, or a name behind a prefix that nobody knew: no
 * name is longer than the kernel has room for. The name then is the one word behind a ": " or "] ".
 * Where two of them leave little enough, or several words, no one can tell where it begins.
 */
static void set_comm(struct ol_oom_event *e, struct ol_span comm, uint32_t line)
{
	struct ol_span name = { NULL, 0 };

	if (comm_len(comm) <= OL_COMM_MAX) {
		set_text(&e->trigger_comm, comm, line);
		return;
	}
	for (size_t i = 1; i + 1 < comm.n; i++) {
		struct ol_span rest = ol_span_skip(comm, i + 1);

		if (comm.p[i] != ' ' || (comm.p[i - 1] != ':' && comm.p[i - 1] != ']') ||
		    comm_len(rest) > OL_COMM_MAX)
			continue;
		if (name.p)
			return;
		name = rest;
	}
	if (name.p && ol_span_chr(name, ' ') < 0)
		set_text(&e->trigger_comm, name, line);
}

/* "cat: " in front of "page allocation failure", "cat" in front of other sentences */
static struct ol_span name_before(const struct ol_dump_line *l)
{
	struct ol_span name = l->before;
	ssize_t tick = ol_span_rfind(name, S("`"));

	/* - `java invoked oom-killer: …`: quoted in Markdown */
	if (tick >= 0 && ol_span_ends(ol_span_rtrim(l->text), S("`")))
		name = ol_span_skip(name, (size_t)tick + 1);

	if (l->kind != OL_LINE_INVOKED && ol_span_ends(name, S(": ")))
		name.n -= 2;
	return name;
}

bool ol_decode_quoted_head(enum ol_line_kind kind, struct ol_span text)
{
	struct ol_dump_line l = ol_line_split(kind, text);
	struct ol_span name = name_before(&l);

	if (ol_kinds[kind].flag != OL_LF_HEAD || !ol_kinds[kind].anywhere)
		return false;
	return comm_len(name) > OL_COMM_MAX ||
	       (ol_span_chr(name, '"') >= 0 && ol_span_ends(text, S("\"")));
}

/*
 * clamd invoked oom-killer: gfp_mask=0x84d0, order=0, oom_adj=0, oom_score_adj=0
 * doxygen invoked oom-killer: gfp_mask=0x140dca(GFP_HIGHUSER_MOVABLE|…), order=0, oom_score_adj=0
 * sed invoked oom-killer: gfp_mask=0x14280ca(…), nodemask=(null),  order=0, oom_score_adj=0
 */
void ol_decode_invoked(struct ol_open *o, const struct ol_dump_line *l)
{
	struct ol_oom_event *e = o->e;
	struct ol_span t = ol_span_skip(l->text, l->before.n), v;
	int64_t n;

	e->kind = OL_EV_OOM;
	if (l->before.n)
		set_comm(e, name_before(l), l->line);
	v = t;
	if (behind(&v, S("gfp_mask=")))
		gfp_mask(e, v, l->line);
	v = t;
	if (behind(&v, S("order=")))
		order_value(e, v, l->line);
	v = t;
	if (behind(&v, S("nodemask=")))
		set_text(&e->nodemask, ol_list_value(v), l->line);
	v = t;
	if (behind(&v, S("oom_score_adj=")) && ol_eat_i64(&v, &n))
		set_val(&e->oom_score_adj, n, l->line);
	v = t;
	if ((behind(&v, S(" oom_adj=")) || behind(&v, S("oomkilladj="))) && ol_eat_i64(&v, &n))
		set_val(&e->oom_adj, n, l->line);
}

/*
 * x: vmalloc error: size 17179869184, exceeds total pages, mode:…		5.13+
 * x: vmalloc error: size 4096, vm_struct allocation failed, mode:…
 * x: vmalloc size 17179869184 allocation failure: exceeds total pages, mode:…
 * x: vmalloc: allocation failure: 17179869184 bytes, mode:…			4.9 - 5.12
 * x: vmalloc: allocation failure, allocated 4096 of 17179873280 bytes, mode:…
 * vmalloc: allocation failure: 4198400 bytes					before
 */
bool ol_vmalloc_bytes(struct ol_span text, uint64_t *ret)
{
	struct ol_span t = text;

	if (number_behind(t, S("vmalloc error: size "), S(""), ret) ||
	    number_behind(t, S("vmalloc size "), S(""), ret) ||
	    number_behind(t, S("vmalloc: allocation failure: "), S(" bytes"), ret))
		return true;
	return behind(&t, S("allocation failure, allocated ")) &&
	       number_behind(t, S(" of "), S(" bytes"), ret);
}

/*
 * cat: page allocation failure: order:5, mode:0x40dc0(GFP_KERNEL|…),
 * nodemask=(null),cpuset=/,mems_allowed=0
 * kswapd0: page allocation failure. order:1, mode:0x20
 * x: page allocation stalls for 10030ms, order:0, mode:0x…
 * x: vmalloc: allocation failure: …
 */
void ol_decode_alloc_fail(struct ol_open *o, const struct ol_dump_line *l)
{
	struct ol_oom_event *e = o->e;
	struct ol_span t = ol_span_skip(l->text, l->before.n);
	struct ol_span comm = name_before(l), v;
	uint64_t bytes;

	e->kind = OL_EV_ALLOC_FAILURE;
	set_text(&e->failure, l->text, l->line);
	if (ol_span_has(l->text, S("vmalloc")) && ol_vmalloc_bytes(l->text, &bytes))
		set_u64(&e->vmalloc_bytes, bytes, l->line);
	if (!comm.n)
		return;
	set_comm(e, comm, l->line);
	v = t;
	if (behind(&v, S("order:")) || (v = t, behind(&v, S("page order "))))
		order_value(e, v, l->line);
	v = t;
	if (behind(&v, S("mode:")))
		gfp_mask(e, v, l->line);
	policy_fields(e, t, l->line);
}

void ol_decode_alloc_stall(struct ol_open *o, const struct ol_dump_line *l)
{
	ol_decode_alloc_fail(o, l);
	o->e->stall = true;
}

/* SLUB: Unable to allocate memory on CPU 3 (of node 0) on node -1, gfp=0x820(GFP_ATOMIC) */
void ol_decode_slub(struct ol_open *o, const struct ol_dump_line *l)
{
	struct ol_oom_event *e = o->e;
	struct ol_span v = l->rest;

	e->kind = OL_EV_ALLOC_FAILURE;
	set_text(&e->failure, l->text, l->line);
	if (behind(&v, S("gfp=")))
		gfp_mask(e, v, l->line);
}

/*
 * cache: kmalloc-2k(1234:4e7d1c90…), object size: 2048, …		3.6 - 5.8
 * A cgroup's copy of a cache: its number and the last name of its path (memcg_create_kmem_cache()
 * in mm/slab_common.c).
 */
void ol_decode_slub_cache(struct ol_open *o, const struct ol_dump_line *l)
{
	struct ol_span name = l->rest, t, group;
	uint64_t number;

	if (!cut_at(&name, S(", object size:"), &t) || !cut_at(&name, S("("), &group) ||
	    !ol_eat_u64(&group, &number) || !ol_span_eat(&group, S(":")) ||
	    !ol_span_ends(group, S(")")))
		return;
	group.n--;
	if (group.n)
		set_text(&o->e->cache_group, group, l->line);
}

/* clamd cpuset=/ mems_allowed=0-1						2.6.29 - 4.20 */
void ol_decode_cpuset(struct ol_open *o, const struct ol_dump_line *l)
{
	struct ol_oom_event *e = o->e;
	struct ol_span t = l->text;
	struct ol_span name = t, mems;
	ssize_t at;

	if (!cut_at(&name, S(" cpuset="), &t))
		return;
	at = ol_span_rfind(t, S(" mems_allowed="));
	if (at < 0)
		return;
	set_comm(e, name, l->line);
	set_text(&e->cpuset, ol_span_head(t, (size_t)at), l->line);
	mems = ol_span_skip(t, (size_t)at);
	behind(&mems, S("="));
	set_text(&e->mems_allowed, ol_list_value(mems), l->line);
}

/* ---- who ran ---- */

/*
 * "… 3.2.59 #21": the release is the word before the first " #", the taint what stands before it.
 * What follows is the first word of the build's version (dump_stack_print_info() in
 * lib/dump_stack.c), a number unless whoever built it chose a word: "4.4.131-generic #kylin".
 */
static void release_and_taint(struct ol_oom_event *e, struct ol_span t, uint32_t line)
{
	ssize_t at = ol_span_find(t, S("Not tainted"));
	size_t end = 0, begin;

	if (at < 0)
		at = ol_span_find(t, S("Tainted: "));
	if (at < 0)
		return;
	t = ol_span_skip(t, (size_t)at);
	for (begin = 0; end + 2 < t.n; end++) {
		if (t.p[end] != ' ' || t.p[end + 1] != '#' || t.p[end + 2] == ' ')
			continue;
		for (begin = end; begin && t.p[begin - 1] != ' ';)
			begin--;
		if (ol_is_digit(t.p[end + 2]) || ol_kver_code(ol_span(t.p + begin, end - begin)))
			break;
	}
	if (end + 2 >= t.n || begin == end || !ol_is_digit(t.p[begin]))
		return;
	/* this kernel's own word goes before that of a boot banner */
	if (e->release_before)
		e->release = (struct ol_text){ 0 };
	e->release_before = false;
	set_text(&e->release, ol_span(t.p + begin, end - begin), line);
	set_text(&e->taint, ol_span_rtrim(ol_span_head(t, begin)), line);
	set_text(&e->build, ol_span_skip(t, end + 1), line);
}

/* Where a name in front of the taint ends; -1 when there is no taint. */
static ssize_t taint_at(struct ol_span t)
{
	ssize_t at = ol_span_find(t, S(" Not tainted"));

	return at >= 0 ? at : ol_span_find(t, S(" Tainted: "));
}

bool ol_fits_cpu_line(const struct ol_open *o, const struct ol_dump_line *l)
{
	const struct ol_oom_event *e = o->e;

	(void)l;
	/* a release that the boot banner told is no word of this event */
	return (!e->release.s.p || e->release_before) && !e->cpu.set && !e->trigger_pid.set;
}

/* CPU: 1 UID: 0 PID: 946 Comm: test_memcontrol Kdump: loaded Not tainted 6.14.0-rc5 #1 */
void ol_decode_cpu_line(struct ol_open *o, const struct ol_dump_line *l)
{
	struct ol_oom_event *e = o->e;
	struct ol_span head = l->rest, comm, v = ol_span_ltrim(l->rest);
	bool named = cut_at(&head, S(" Comm: "), &comm);
	ssize_t end;
	uint64_t n;

	if (ol_eat_u64(&v, &n))
		set_u64(&e->cpu, n, l->line);
	if (number_behind(head, S(" UID: "), S(""), &n))
		set_u64(&e->trigger_uid, n, l->line);
	v = head;
	if (behind(&v, S(" PID: ")) && ol_eat_u64(&v, &n) && (!v.n || v.p[0] == ' ') &&
	    (v.n || named))
		set_u64(&e->trigger_pid, n, l->line);
	end = named ? ol_span_find(comm, S(" Kdump: loaded")) : -1;
	if (named && end < 0)
		end = taint_at(comm);
	if (end >= 0)
		set_text(&e->trigger_comm, ol_span_head(comm, (size_t)end), l->line);
	release_and_taint(e, l->rest, l->line);
}

/* Pid: 21832, comm: clamd Tainted: G         C   3.2.59 #21 */
void ol_decode_pid_line(struct ol_open *o, const struct ol_dump_line *l)
{
	struct ol_oom_event *e = o->e;
	struct ol_span v = l->rest, comm = l->rest;
	ssize_t end;
	uint64_t n;

	if (ol_eat_u64(&v, &n) && ol_span_starts(v, S(", ")))
		set_u64(&e->trigger_pid, n, l->line);
	behind(&comm, S(", comm: "));
	comm = ol_span_ltrim(comm);
	end = taint_at(comm);
	if (end > 0)
		set_text(&e->trigger_comm, ol_span_head(comm, (size_t)end), l->line);
	release_and_taint(e, l->rest, l->line);
}

/* Process basename (pid: 30555, task: …) */
void ol_decode_process_line(struct ol_open *o, const struct ol_dump_line *l)
{
	struct ol_oom_event *e = o->e;
	struct ol_span comm = l->rest, v;
	uint64_t n;

	if (!cut_at(&comm, S(" (pid: "), &v))
		return;
	set_text(&e->trigger_comm, comm, l->line);
	if (ol_eat_u64(&v, &n) && v.n)
		set_u64(&e->trigger_pid, n, l->line);
}

/* Hardware name: QEMU Standard PC */
void ol_decode_hardware(struct ol_open *o, const struct ol_dump_line *l)
{
	set_text(&o->e->hardware, ol_span_ltrim(l->rest), l->line);
}

/* Workqueue: writeback wb_workfn (flush-8:0) */
void ol_decode_workqueue(struct ol_open *o, const struct ol_dump_line *l)
{
	set_text(&o->e->workqueue, ol_span_ltrim(l->rest), l->line);
}

/* [<c01739ac>] ? dump_header+0x4d/0x160 [module] */
void ol_decode_frame(struct ol_open *o, const struct ol_dump_line *l)
{
	struct ol_oom_event *e = o->e;
	struct ol_span t = l->rest;
	struct ol_frame f = { .line = l->line }, *to;
	bool words;
	ssize_t at;

	ol_span_eat(&t, S("("));
	while (ol_span_starts(t, S("["))) {
		at = ol_span_chr(t, ']');
		if (at < 0)
			return;
		t = ol_span_ltrim(ol_span_skip(t, (size_t)at + 1));
		ol_span_eat(&t, S(")"));
		t = ol_span_ltrim(t);
	}
	if (ol_span_eat(&t, S("? ")))
		f.uncertain = true;
	/*
	 * arm: "unwind_backtrace from show_stack+0x10/0x14" names the caller twice; the first is it
	 */
	words = ol_span_chr(t, ' ') >= 0;
	at = words ? ol_span_find(t, S(" from ")) : -1;
	if (at < 0)
		at = ol_span_find(t, S("+0x"));
	if (at <= 0)
		return;
	f.func = ol_span_head(t, (size_t)at);
	/* behind a prefix that nobody knows: which of these words is the function? */
	if (ol_span_chr(f.func, ' ') >= 0)
		return;
	t = ol_span_skip(t, (size_t)at);
	at = words ? ol_span_find(t, S(" [")) : -1;
	if (at >= 0) {
		struct ol_span m = ol_span_skip(t, (size_t)at + 2);

		at = 0;
		while ((size_t)at < m.n && m.p[at] != ']' && m.p[at] != ' ')
			at++;
		if ((size_t)at < m.n && !ol_span_starts(m, S("inline")))
			f.module = ol_span_head(m, (size_t)at);
	}
	to = ol_vec_push(&e->arena, &e->trace);
	if (to)
		*to = f;
}

/* ---- the cgroup ---- */

static const struct ol_span as_a_result = OL_SPAN_INIT(" killed as a result of limit of");

bool ol_task_in_split(struct ol_span t, struct ol_span *ret_task, struct ol_span *ret_limit)
{
	struct ol_span task = t, limit;

	if (!ol_span_eat(&task, ol_kinds[OL_LINE_TASK_IN].literal) ||
	    !cut_at(&task, as_a_result, &limit))
		return false;
	*ret_task = task;
	*ret_limit = ol_span_trim(limit);
	return true;
}

bool ol_limit_may_go_on(struct ol_span task, struct ol_span limit)
{
	return limit.n < task.n && ol_span_starts(task, limit);
}

/*
 * A task is killed for its own cgroup's limit or for one above it: a path that ends inside one of
 * the names of the task's was cut, by a terminal or a buffer.
 */
static void limit_path(struct ol_oom_event *e, struct ol_span limit, uint32_t line)
{
	struct ol_span task = e->task_memcg.s;

	if (ol_limit_may_go_on(task, limit) && limit.n > 1 && task.p[limit.n] != '/')
		return;
	set_text(&e->oom_memcg, limit, line);
}

/* Task in /docker/3536ff killed as a result of limit of /docker/3536ff			- 4.20 */
void ol_decode_task_in(struct ol_open *o, const struct ol_dump_line *l)
{
	struct ol_oom_event *e = o->e;
	struct ol_span task = l->rest, limit;

	if (!ol_task_in_split(l->text, &task, &limit)) {
		/* 3.14 - 3.17 end the line here; elsewhere the sentence was cut, even in a word */
		for (size_t n = as_a_result.n; n > 0; n--)
			if (ol_span_ends(task, ol_span_head(as_a_result, n))) {
				task.n -= n;
				break;
			}
		set_text(&e->task_memcg, task, l->line);
		return;
	}
	set_text(&e->task_memcg, task, l->line);
	if (limit.n)
		limit_path(e, limit, l->line);
	else
		o->section = OL_SEC_TASK_IN;
}

bool ol_fits_task_in_limit(const struct ol_open *o, const struct ol_dump_line *l)
{
	(void)l;
	return o->section == OL_SEC_TASK_IN || (o->e->task_memcg.s.p && !o->e->oom_memcg.s.p);
}

/* killed as a result of limit of /docker/3536ff		a record of its own, 3.14 - 3.17 */
void ol_decode_task_in_limit(struct ol_open *o, const struct ol_dump_line *l)
{
	struct ol_span limit = ol_span_trim(l->rest);

	if (limit.n && limit.p[0] == '/')
		limit_path(o->e, limit, l->line);
	else
		o->section = OL_SEC_TASK_IN;
}

/* Memory limit reached of cgroup /docker/3536ff */
void ol_decode_limit_reached(struct ol_open *o, const struct ol_dump_line *l)
{
	set_text(&o->e->oom_memcg, l->rest, l->line);
}

/* memory: usage 31211520kB, limit 31211520kB, failcnt 83420 */
static void usage(const struct ol_dump_line *l, struct ol_val *usage_kb, struct ol_val *limit_kb,
		  struct ol_val *failcnt)
{
	uint64_t n;

	if (number_behind(l->text, S("usage "), S("kB"), &n))
		set_u64(usage_kb, n, l->line);
	if (number_behind(l->rest, S("limit "), S("kB"), &n))
		set_u64(limit_kb, n, l->line);
	if (number_behind(l->rest, S("failcnt "), S(""), &n))
		set_u64(failcnt, n, l->line);
}

void ol_decode_memcg_usage(struct ol_open *o, const struct ol_dump_line *l)
{
	usage(l, &o->e->usage_kb, &o->e->limit_kb, &o->e->failcnt);
}

void ol_decode_memcg_memsw(struct ol_open *o, const struct ol_dump_line *l)
{
	usage(l, &o->e->memsw_usage_kb, &o->e->memsw_limit_kb, &o->e->memsw_failcnt);
}

void ol_decode_memcg_kmem(struct ol_open *o, const struct ol_dump_line *l)
{
	usage(l, &o->e->kmem_usage_kb, &o->e->kmem_limit_kb, &o->e->kmem_failcnt);
}

void ol_decode_memcg_swap(struct ol_open *o, const struct ol_dump_line *l)
{
	usage(l, &o->e->swap_usage_kb, &o->e->swap_limit_kb, &o->e->swap_failcnt);
}

/*
 * A memory.stat value is a count when its name says so, else bytes (reference: memory.stat, cgroup
 * v2)
 */
static enum ol_unit stat_unit(struct ol_span key)
{
	static const struct ol_span counts[] = {
		OL_SPAN_INIT("pg"),      OL_SPAN_INIT("workingset_"), OL_SPAN_INIT("thp_"),
		OL_SPAN_INIT("nr_"),     OL_SPAN_INIT("numa_"),       OL_SPAN_INIT("zswpin"),
		OL_SPAN_INIT("zswpout"), OL_SPAN_INIT("swpin"),       OL_SPAN_INIT("swpout"),
		OL_SPAN_INIT("zswpwb"),  OL_SPAN_INIT("pswp"),
	};

	ol_span_eat(&key, S("total_"));
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		if (ol_span_starts(key, counts[i]))
			return OL_U_COUNT;
	return OL_U_BYTES;
}

/* cache:0KB rss:46952KB … of the cgroup @path; behind it, in 5.3+, memory.stat follows */
static void stats_of(struct ol_open *o, struct ol_span path, struct ol_span t, uint32_t line)
{
	struct ol_oom_event *e = o->e;
	struct ol_kv_seen seen = { { 0 } };
	struct ol_memcg_member *m;
	struct ol_span tok;

	if (!ol_span_trim(t).n) {
		set_text(&e->memcg_stats_of, path, line);
		o->section = OL_SEC_STATS;
		return;
	}
	m = ol_vec_push(&e->arena, &e->memcg_members);
	if (!m) {
		e->truncated = true;
		return;
	}
	if (path.p)
		m->path = (struct ol_text){ path, line };
	while (ol_span_token(&t, &tok)) {
		ssize_t colon = ol_span_chr(tok, ':');
		struct ol_span v = ol_span_skip(tok, (size_t)colon + 1);
		uint64_t n;

		if (colon > 0 && ol_eat_u64(&v, &n) && ol_span_eqs(v, "KB") &&
		    n <= UINT64_MAX / 1024)
			ol_add_kv(e, &m->stats, &seen, ol_span_head(tok, (size_t)colon), n * 1024,
				  OL_U_BYTES, line);
	}
}

/*
 * Memory cgroup stats for /docker/3536ff: cache:0KB rss:46952KB …	3.9 - 5.2, one per cgroup
 * Memory cgroup stats for /a:						5.3+, memory.stat follows
 */
void ol_decode_memcg_stats(struct ol_open *o, const struct ol_dump_line *l)
{
	/* the list begins behind the last ": " that is followed by "cache:" or behind the end */
	ssize_t colon = ol_span_find(l->rest, S(": cache:"));

	if (colon < 0)
		colon = ol_span_rfind(l->rest, S(":"));
	if (colon >= 0)
		stats_of(o, ol_span_ltrim(ol_span_head(l->rest, (size_t)colon)),
			 ol_span_skip(l->rest, (size_t)colon + 1), l->line);
	else if (!ol_span_trim(l->rest).n)
		o->section = OL_SEC_STATS; /* its path comes behind what another CPU printed */
}

/* Has the announcement of the statistics come, and no path yet? */
bool ol_fits_memcg_stats_path(const struct ol_open *o, const struct ol_dump_line *l)
{
	(void)l;
	return !o->e->memcg_stats_of.s.p && !o->e->memcg_stats.n;
}

/* /docker/3536ff:		a record of its own, when another CPU printed in between */
void ol_decode_memcg_stats_path(struct ol_open *o, const struct ol_dump_line *l)
{
	struct ol_span path = ol_span_rtrim(l->text);

	stats_of(o, ol_span_head(path, path.n - 1), ol_span(path.p + path.n, 0), l->line);
}

/* Memory cgroup stats: cache:…						3.x */
void ol_decode_memcg_stats_old(struct ol_open *o, const struct ol_dump_line *l)
{
	stats_of(o, (struct ol_span){ NULL, 0 }, l->rest, l->line);
}

/* Is its key not there yet? A kernel prints none twice. */
bool ol_fits_memcg_stat(const struct ol_open *o, const struct ol_dump_line *l)
{
	const struct ol_oom_event *e = o->e;
	struct ol_span t = l->rest, key;
	unsigned bit;

	if (!ol_span_token(&t, &key))
		return false;
	ol_key_of(key, &bit);
	if (!ol_kv_may_have(&o->stats_seen, bit))
		return true;
	for (uint32_t i = 0; i < e->memcg_stats.n && e->memcg_stats.n < OL_STATS_MAX; i++)
		if (ol_span_eq(e->memcg_stats.v[i].key, key))
			return false;
	return true;
}

void ol_decode_memcg_stat(struct ol_open *o, const struct ol_dump_line *l)
{
	struct ol_oom_event *e = o->e;
	struct ol_span t = l->rest, key, v;
	uint64_t n;

	if (e->memcg_stats.n >= OL_STATS_MAX)
		e->truncated = true;
	else if (ol_span_token(&t, &key) && ol_span_token(&t, &v) && ol_span_u64(v, &n))
		ol_add_kv(e, &e->memcg_stats, &o->stats_seen, key, n, stat_unit(key), l->line);
}
