// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/machine/proc_detail.h"
#include "collect/machine/procs_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

enum { COMM_MAX = 256, WCHAN_MAX = 256 };

/* ---- one process ---- */

static int text_of(struct ol_proc *x, const char *file, struct ol_span *ret)
{
	struct ol_collect *c = x->p->c;
	int fd = ol_root_openat_dir(&c->root, x->dir, file, O_RDONLY), rc;

	if (fd < 0)
		return fd;
	rc = ol_root_fd_read_once(&c->root, fd, &c->buf, ret);
	ol_root_fd_close(fd);
	return rc;
}

static void put_name(struct ol_proc *x, struct ol_span s)
{
	if (s.n > COMM_MAX)
		x->st->broken++;
	else if (!ol_span_eq(ol_tick_span(x->t, x->row->name), s)) /* status told it already */
		x->row->name = ol_tick_name(x->t, s);
}

/* "a\nb": the kernel writes a newline as "\n" and a backslash as "\\", all else as it is */
static void put_escaped_name(struct ol_proc *x, struct ol_span s)
{
	char name[COMM_MAX + 1];
	size_t n = 0;

	for (size_t i = 0; i < s.n && n < sizeof(name); i++) {
		char ch = s.p[i];

		if (ch == '\\' && i + 1 < s.n && (s.p[i + 1] == 'n' || s.p[i + 1] == '\\'))
			ch = s.p[++i] == 'n' ? '\n' : '\\';
		name[n++] = ch;
	}
	put_name(x, ol_span(name, n));
}

enum { SEEN_NAME = 1, SEEN_STATE = 2, SEEN_PPID = 4, SEEN_THREADS = 8, SEEN_UID = 16 };

static bool once(struct ol_proc *x, unsigned *seen, unsigned bit)
{
	bool first = !(*seen & bit);

	*seen |= bit;
	x->st->broken += !first;
	return first;
}

/* What of status is no "VmX: N kB". */
static void status_line(struct ol_proc *x, struct ol_span key, struct ol_span rest, unsigned *seen)
{
	struct ol_span real = rest;
	int64_t v, uid;

	if (ol_span_eqs(key, "Name")) {
		/* one tab, then the name with its own blanks */
		ol_span_eat(&rest, OL_SPAN("\t"));
		if (once(x, seen, SEEN_NAME))
			put_escaped_name(x, rest);
	} else if (ol_span_eqs(key, "State")) {
		rest = ol_span_ltrim(rest);
		if (!rest.n || !ol_is_alpha(rest.p[0]))
			x->st->broken++;
		else if (once(x, seen, SEEN_STATE))
			ol_row_set(x->row, OL_PROC_state, rest.p[0]);
	} else if (ol_span_eqs(key, "PPid")) {
		if (!ol_span_token_i64(&rest, &v) || v < 0 || v > INT32_MAX)
			x->st->broken++;
		else if (once(x, seen, SEEN_PPID))
			x->row->sub = (int32_t)v;
	} else if (ol_span_eqs(key, "Threads")) {
		if (!ol_span_token_i64(&rest, &v) || v < 0)
			x->st->broken++;
		else if (once(x, seen, SEEN_THREADS))
			ol_row_set(x->row, OL_PROC_threads, v);
	} else if (ol_span_eqs(key, "Uid")) {
		/* real, effective, saved, of file systems */
		if (!ol_span_token_i64(&real, &v) || !ol_span_token_i64(&real, &uid) || uid < 0 ||
		    uid > UINT32_MAX)
			x->st->broken++;
		else if (once(x, seen, SEEN_UID))
			ol_row_set(x->row, OL_PROC_uid, uid);
	}
}

static void kb_line(struct ol_proc *x, uint32_t n, struct ol_span key, struct ol_span rest)
{
	int64_t v;

	if (!ol_span_token_i64(&rest, &v) || v < 0 || !ol_span_eqs(ol_span_trim(rest), "kB"))
		x->st->broken++;
	else
		ol_keymap_put(&x->p->map, n, key, v, x->row->v, x->row->has, x->st);
}

static bool wants_kb(struct ol_span key)
{
	static const struct ol_span keys[] = {
		OL_SPAN_INIT("VmSize"),  OL_SPAN_INIT("VmRSS"),    OL_SPAN_INIT("RssAnon"),
		OL_SPAN_INIT("RssFile"), OL_SPAN_INIT("RssShmem"), OL_SPAN_INIT("VmSwap"),
		OL_SPAN_INIT("VmLck"),   OL_SPAN_INIT("VmPTE"),    OL_SPAN_INIT("VmHWM"),
	};

	if (!key.n || (key.p[0] != 'V' && key.p[0] != 'R'))
		return false;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (ol_span_eq(key, keys[i]))
			return true;
	return false;
}

/*
 * Name:	cat
 * State:	R (running)
 * PPid:	791
 * Uid:	0	0	0	0
 * VmSize:	    3060 kB		these only when it has an address space
 * RssAnon:	     112 kB		since 4.5
 * Threads:	1
 * proc_pid_status() in fs/proc/array.c
 */
static void put_status(struct ol_proc *x, struct ol_span text)
{
	struct ol_span line;
	unsigned seen = 0;

	for (uint32_t n = 0; ol_eat_line(&text, &line, x->st); n++) {
		ssize_t colon = ol_span_chr(line, ':');
		struct ol_span key, rest;

		if (colon <= 0) {
			x->st->broken++;
			continue;
		}
		key = ol_span_head(line, (size_t)colon);
		rest = ol_span_skip(line, (size_t)colon + 1);
		if (wants_kb(key))
			kb_line(x, n, key, rest);
		else
			status_line(x, key, rest, &seen);
	}
}

/*
 * 806 (cat) R 791 791 29002 0 -1 4194304 101 0 0 0 3 4 0 0 20 0 1 0 1200805 3133440 …
 * do_task_stat() in fs/proc/array.c: pid, name (which may hold anything, also parentheses), state,
 * parent; 10th minor faults, 12th major, 14th user and 15th system time, 22nd start.
 */
static void put_stat(struct ol_proc *x, struct ol_span text)
{
	enum { PPID = 4, MIN_FLT = 10, MAJ_FLT = 12, UTIME = 14, STIME = 15, BEGAN = 22 };
	struct ol_span line, state;
	int64_t v[BEGAN + 1], ticks;
	ssize_t open, close;

	/* one line, but the name in it may hold a newline */
	if (!text.n || text.p[text.n - 1] != '\n')
		goto broken;
	line = text;
	open = ol_span_chr(line, '(');
	close = ol_span_rfind(line, OL_SPAN(")"));
	if (open < 0 || close < open)
		goto broken;
	put_name(x, ol_span(line.p + open + 1, (size_t)(close - open - 1)));
	line = ol_span_rtrim(ol_span_skip(line, (size_t)close + 1));
	if (!ol_span_token(&line, &state) || state.n != 1 || !ol_is_alpha(state.p[0]))
		goto broken;
	for (int i = PPID; i <= BEGAN; i++)
		if (!ol_span_token_i64(&line, &v[i]))
			goto broken;
	if (v[PPID] < 0 || v[PPID] > INT32_MAX || v[MIN_FLT] < 0 || v[MAJ_FLT] < 0 ||
	    v[UTIME] < 0 || v[STIME] < 0 || v[BEGAN] < 0 ||
	    __builtin_add_overflow(v[UTIME], v[STIME], &ticks))
		goto broken;
	x->row->sub = (int32_t)v[PPID];
	ol_row_set(x->row, OL_PROC_state, state.p[0]);
	ol_row_set(x->row, OL_PROC_minor_faults, v[MIN_FLT]);
	ol_row_set(x->row, OL_PROC_major_faults, v[MAJ_FLT]);
	ol_row_set(x->row, OL_PROC_cpu_ticks, ticks);
	ol_row_set(x->row, OL_PROC_start_ticks, v[BEGAN]);
	return;
broken:
	x->st->broken++;
}

/*
 * 4:memory:/docker/0123…
 * 5:cpu,cpuacct:/user.slice
 * 1:name=systemd:/system.slice/ssh.service
 * 0::/system.slice/ssh.service		version 2
 */
bool ol_proc_cgroup_line(struct ol_span line, struct ol_span *ret_path, bool *ret_v1)
{
	struct ol_span list, word;
	uint64_t id;
	ssize_t colon;

	if (!ol_eat_u64(&line, &id) || !ol_span_eat(&line, OL_SPAN(":")))
		return false;
	colon = ol_span_chr(line, ':');
	if (colon < 0)
		return false;
	list = ol_span_head(line, (size_t)colon);
	*ret_path = ol_span_skip(line, (size_t)colon + 1);
	if (!ret_path->n || ret_path->p[0] != '/')
		return false;
	*ret_v1 = list.n > 0;
	if (!list.n)
		return !id;
	while (list.n) {
		colon = ol_span_chr(list, ',');
		word = colon < 0 ? list : ol_span_head(list, (size_t)colon);
		if (ol_span_eqs(word, "memory"))
			return true;
		list = ol_span_skip(list, word.n + 1);
	}
	return false;
}

/* Beside a version 1 with the memory controller, version 2's line is not what counts. */
static void put_cgroup(struct ol_proc *x, struct ol_span text)
{
	struct ol_span line, path, best = { NULL, 0 };
	bool v1 = false, found_v1 = false;

	while (ol_eat_line(&text, &line, x->st)) {
		if (!ol_proc_cgroup_line(line, &path, &v1) || found_v1)
			continue;
		best = path;
		found_v1 = v1;
	}
	if (best.p)
		x->row->text = ol_tick_name(x->t, best);
}

/*
 * 55d0c0000000-7ffd00000000 ---p 00000000 00:00 0                          [rollup]
 * Pss:                1695 kB
 * Pss_Anon:            486 kB		since 5.7
 * SwapPss:               0 kB
 * smaps_rollup, since 4.14
 */
static void put_pss(struct ol_proc *x, struct ol_span text)
{
	enum { BEHIND_STATUS = 128 }; /* so that no two lines share a hint */
	struct ol_span line;

	for (uint32_t n = 0; ol_eat_line(&text, &line, x->st); n++) {
		ssize_t colon = ol_span_chr(line, ':');
		struct ol_span key = ol_span_head(line, colon < 0 ? 0 : (size_t)colon);

		if (ol_span_eqs(key, "Pss") || ol_span_eqs(key, "Pss_Anon") ||
		    ol_span_eqs(key, "Pss_File") || ol_span_eqs(key, "Pss_Shmem") ||
		    ol_span_eqs(key, "SwapPss"))
			kb_line(x, BEHIND_STATUS + n, key, ol_span_skip(line, key.n + 1));
	}
}

/* A kernel function, without a newline; "0" when it does not wait or nobody may know. */
static void put_wchan(struct ol_proc *x)
{
	struct ol_span s;

	if (text_of(x, "wchan", &s))
		return;
	s = ol_span_trim(s);
	if (s.n && s.n <= WCHAN_MAX && !ol_span_eqs(s, "0"))
		x->row->more = ol_tick_name(x->t, s);
}

bool ol_proc_begin(struct ol_proc *x, struct ol_procs *p, struct ol_tick *t, int32_t pid,
		   struct ol_src_status *st)
{
	uint32_t names_n = t->names_n;
	struct ol_span text;
	char name[16];
	int rc;

	snprintf(name, sizeof(name), "%d", pid);
	*x = (struct ol_proc){ p, t, NULL, st, pid, -1 };
	x->dir = ol_root_openat_dir(&p->c->root, p->proc, name, O_RDONLY | O_DIRECTORY);
	if (x->dir < 0) {
		st->denied += x->dir == -EACCES || x->dir == -EPERM;
		return false; /* mostly: it has ended */
	}
	x->row = ol_tick_add(t, OL_T_PROC, st);
	if (!x->row)
		goto none;
	x->row->id = pid;
	x->row->sub = -1;
	ol_keymap_begin(&p->map);
	rc = text_of(x, "status", &text);
	if (!rc) {
		put_status(x, text);
		return true;
	}
	st->denied += rc == -EACCES || rc == -EPERM;
	/* a captured root may hold other files of it */
	if (!p->c->root.live && rc == -ENOENT)
		return true;
	t->tab[OL_T_PROC].n--;
	t->names_n = names_n;
none:
	ol_root_fd_close(x->dir);
	return false;
}

void ol_proc_end(struct ol_proc *x)
{
	const struct ol_live_opts *o = &x->p->c->opts;
	struct ol_span text;
	int rc;

	if (o->pss || o->only_pid == x->pid) {
		rc = text_of(x, "smaps_rollup", &text);
		x->st->denied += rc == -EACCES || rc == -EPERM;
		if (!rc)
			put_pss(x, text);
	}
	if (ol_row_val(x->row, OL_PROC_state) == 'D')
		put_wchan(x);
	ol_root_fd_close(x->dir);
}

/* ---- what is read of a few only ---- */

struct ol_proc_detail {
	struct ol_collect c;
	struct ol_procs p;
};

struct ol_proc_detail *ol_proc_detail_new(struct ol_err *err)
{
	struct ol_proc_detail *d = calloc(1, sizeof(*d));
	int r;

	if (!d) {
		ol_fail(err, ol_no_memory(), "out of memory");
		return NULL;
	}
	d->p = (struct ol_procs){ .c = &d->c, .proc = -1 };
	r = ol_root_open(&d->c.root, "/", err);
	if (r)
		goto none;
	r = ol_keymap_init_table(&d->p.map, OL_T_PROC);
	if (!r)
		d->p.proc = ol_root_openat(&d->c.root, ol_sources[OL_SRC_PROCS].file,
					   O_RDONLY | O_DIRECTORY);
	if (!r && d->p.proc >= 0)
		return d;
	ol_fail(err, r ? r : d->p.proc, "the processes cannot be read: %s",
		strerror(r ? -r : -d->p.proc));
	ol_keymap_done(&d->p.map);
	ol_root_close(&d->c.root);
none:
	free(d);
	return NULL;
}

void ol_proc_detail_free(struct ol_proc_detail *d)
{
	if (!d)
		return;
	ol_root_fd_close(d->p.proc);
	ol_keymap_done(&d->p.map);
	ol_buf_done(&d->c.buf);
	ol_root_close(&d->c.root);
	free(d);
}

void ol_proc_detail_add(struct ol_proc_detail *d, struct ol_tick *t, const uint8_t *in, bool pss)
{
	struct ol_src_status *st = &t->src[OL_SRC_PROCS];
	struct ol_span text;
	char name[16];

	for (uint32_t i = 0; i < t->tab[OL_T_PROC].n; i++) {
		struct ol_proc x = { &d->p, t, ol_tick_row(t, OL_T_PROC, i), st, 0, -1 };

		if (!in[i])
			continue;
		snprintf(name, sizeof(name), "%d", x.row->id);
		x.dir = ol_root_openat_dir(&d->c.root, d->p.proc, name, O_RDONLY | O_DIRECTORY);
		if (x.dir < 0)
			continue; /* it has ended */
		ol_keymap_begin(&d->p.map);
		if (pss && !text_of(&x, "smaps_rollup", &text))
			put_pss(&x, text);
		if (ol_row_val(x.row, OL_PROC_state) == 'S')
			put_wchan(&x);
		ol_root_fd_close(x.dir);
	}
}

/* ---- all of them ---- */

/* The text of a file that everybody may read: where it is refused, a value is missing. */
static int shown(struct ol_proc *x, const char *file, struct ol_span *ret)
{
	int rc = text_of(x, file, ret);

	x->st->denied += rc == -EACCES || rc == -EPERM;
	return rc;
}

/* One number: oom_score 0 to 2000, oom_score_adj -1000 to 1000 */
void ol_proc_put_number(struct ol_proc *x, const char *file, enum ol_row_field f)
{
	int64_t v, least = f == OL_PROC_oom_score_adj ? -1000 : 0;
	struct ol_span text;

	if (shown(x, file, &text))
		return;
	if (ol_i64_of(text, &v) || v < least || v > INT32_MAX)
		x->st->broken++;
	else
		ol_row_set(x->row, f, v);
}

void ol_proc_put_cgroup(struct ol_proc *x)
{
	struct ol_span text;

	if (!shown(x, "cgroup", &text))
		put_cgroup(x, text);
}

static void read_one(struct ol_procs *p, struct ol_tick *t, int32_t pid, struct ol_src_status *st)
{
	struct ol_span text;
	struct ol_proc x;

	if (!ol_proc_begin(&x, p, t, pid, st))
		return;
	if (!shown(&x, "stat", &text))
		put_stat(&x, text);
	ol_proc_put_cgroup(&x);
	ol_proc_put_number(&x, "oom_score", OL_PROC_oom_score);
	ol_proc_put_number(&x, "oom_score_adj", OL_PROC_oom_score_adj);
	ol_proc_end(&x);
}

void ol_proc_detail_read(struct ol_proc_detail *d, struct ol_tick *t, const int32_t *pids,
			 uint32_t n)
{
	struct ol_src_status *st = &t->src[OL_SRC_PROCS];

	*st = (struct ol_src_status){ 0 };
	for (uint32_t i = 0; i < n; i++)
		read_one(&d->p, t, pids[i], st);
}

static bool pid_of(const char *name, int32_t *ret)
{
	struct ol_span s = ol_span_str(name);
	uint64_t v;

	if (s.p[0] == '0' || !ol_span_u64(s, &v) || v > INT32_MAX)
		return false;
	*ret = (int32_t)v;
	return true;
}

static int by_pid(const void *a, const void *b)
{
	const struct ol_proc_pid *x = a, *y = b;

	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

/* /proc lists them in order, a file system on disk does not. */
ssize_t ol_procs_list(struct ol_procs *p)
{
	struct ol_names names;
	bool sorted = true;
	unsigned char type;
	const char *name;
	size_t n = 0;
	struct ol_proc_pid *v = (struct ol_proc_pid *)(void *)p->pids.p;
	int rc = ol_names_init(&names, &p->c->root, p->proc);

	while (!rc && (rc = ol_names_next(&names, &name, &type)) > 0) {
		int32_t pid;

		rc = 0;
		if (!pid_of(name, &pid))
			continue;
		if ((n + 1) * sizeof(*v) > p->pids.cap) {
			size_t cap = p->pids.cap ? p->pids.cap * 2 : 16384;

			v = realloc(p->pids.p, cap);
			if (!v)
				return ol_no_memory();
			p->pids = (struct ol_buf){ (char *)v, cap };
		}
		sorted &= !n || v[n - 1].pid < pid;
		v[n++] = (struct ol_proc_pid){ pid, names.ino };
	}
	if (rc)
		return rc;
	if (!sorted)
		qsort(v, n, sizeof(*v), by_pid);
	return (ssize_t)n;
}

static int read_own(struct ol_procs *p, struct ol_tick *t, struct ol_src_status *st)
{
	int32_t only = p->c->opts.only_pid;
	ssize_t n;

	if (only > 0) {
		read_one(p, t, only, st);
		return 0;
	}
	n = ol_procs_list(p);
	for (ssize_t i = 0; i < n; i++)
		read_one(p, t, ((const struct ol_proc_pid *)(const void *)p->pids.p)[i].pid, st);
	/* a captured root that was taken without its processes */
	return n < 0 ? (int)n : n ? 0 : -ENOENT;
}

static int start(struct ol_collect *c, enum ol_src src)
{
	struct ol_procs *p = ol_collect_state(c, src, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->c = c;
	p->proc = -1;
	return ol_keymap_init_table(&p->map, OL_T_PROC);
}

static int read_procs(struct ol_collect *c, enum ol_src src, struct ol_tick *t,
		      struct ol_src_status *st)
{
	struct ol_procs *p = c->state[src];
	int rc = -ENOSYS;

	if (p->proc < 0) {
		rc = ol_root_openat(&c->root, ol_sources[src].file, O_RDONLY | O_DIRECTORY);
		if (rc < 0)
			return rc;
		p->proc = rc;
		rc = -ENOSYS;
	}
	if (c->opts.turn_us > 0 && c->root.live && !c->opts.pss && !c->opts.only_pid)
		return ol_procs_turns_read(p, t, st);
	/* what is read now is newer than what a turn left */
	ol_procs_turns_done(p);
	if (c->root.ours)
		rc = ol_procs_lib_read(p, t, st);
	if (rc == -ENOSYS)
		rc = read_own(p, t, st);
	if (!rc && c->opts.only_pid > 0 && !t->tab[OL_T_PROC].n)
		return -ESRCH;
	return rc;
}

static void done(struct ol_collect *c, enum ol_src src)
{
	struct ol_procs *p = c->state[src];

	ol_procs_lib_done(p);
	ol_procs_turns_done(p);
	ol_keymap_done(&p->map);
	ol_buf_done(&p->pids);
	ol_root_fd_close(p->proc);
}

const struct ol_collector ol_collect_procs = { OL_SRC_PROCS, start, read_procs, done };
