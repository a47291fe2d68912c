// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/machine/procs_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * The process table for who looks at it every second. Reading five files of each process costs what
 * it costs the kernel to print them, and most processes do not move from one look to the next. So
 * of a process that is known only statm is read, at a fifth of the cost of status: its address
 * space, its RSS and the shared part of that. As long as these are what the row of the last look
 * says, so are RssAnon and, but for an exchange of as many pages for others, RssFile and RssShmem.
 * VmSwap of a process whose RSS stands still moves with pages that go to swap or come back, which
 * is counted for the whole machine: then all are read again, and so they are when that changes
 * which oom_score is a part of (RAM and swap). What moves none of this (name, cgroup,
 * oom_score_adj) is read in turns: when it is opts.turn_us old.
 *
 * What has no address space (kernel threads) gets none but by exec(): no file of it is read between
 * its turns, which become longer the longer it had none.
 *
 * A pid may be another process's at the next look. Its directory has another inode then: the inode
 * holds the struct pid, and what the kernel knows by the name is dropped when the process ends
 * (proc_fill_cache(), proc_flush_pid()). An inode that was only forgotten, for want of memory,
 * makes one reading more.
 */
enum {
	KEEP_MAX = 1024, /* descriptors: 4.7 kB of kernel memory each, as with those of cgroups */
	NO_VM_MAX_US = 30000000, /* longest turn of what has no address space */
	SPREAD = 8, /* parts of a turn in which the first ones end */
	MOVES = 7, /* metrics of the machine */
};

struct known {
	uint64_t ino;
	int64_t due_us, turn_us; /* of the boot clock: when all of it is read again */
	int statm; /* descriptor, -1 */
	struct ol_src_status st; /* what was wrong with its files */
};

struct ol_proc_turns {
	struct ol_tick *last; /* the rows of the last look; as many of these: */
	struct known *was, *is;
	uint32_t n, cap, kept;
	int64_t machine[MOVES]; /* what the last look saw of the machine */
	bool machine_known;
};

/* What of a row lasts as long as statm says the same, or for a turn; its parent (sub) does, too. */
static const enum ol_row_field lasting[] = {
	OL_PROC_vm_kb,          OL_PROC_rss_kb,       OL_PROC_rss_anon_kb,
	OL_PROC_rss_file_kb,    OL_PROC_rss_shmem_kb, OL_PROC_swap_kb,
	OL_PROC_page_tables_kb, OL_PROC_oom_score,    OL_PROC_oom_score_adj,
};

static void only_lasting(struct ol_row *r)
{
	unsigned n, first;

	n = ol_table_fields(OL_T_PROC, &first);
	for (unsigned f = first; f < first + n; f++) {
		bool lasts = false;

		for (size_t i = 0; i < sizeof(lasting) / sizeof(lasting[0]); i++)
			lasts |= lasting[i] == f;
		if (!lasts) {
			r->v[f - first] = 0;
			r->has[(f - first) / 64] &= ~(UINT64_C(1) << ((f - first) % 64));
		}
	}
	r->more = (struct ol_str){ 0, 0 };
}

/* Whether oom_score or VmSwap of a process may differ although its RSS is what it was. */
static bool machine_moved(struct ol_proc_turns *v, const struct ol_tick *t)
{
	static const enum ol_metric what[MOVES] = {
		OL_M_mem_total_kb, OL_M_swap_total_kb, OL_M_swap_free_kb, OL_M_pswpin,
		OL_M_pswpout,      OL_M_zswpin,        OL_M_zswpout,
	};
	bool known = !t->src[OL_SRC_MEMINFO].rc && !t->src[OL_SRC_VMSTAT].rc;
	bool moved = !known || !v->machine_known;

	for (int i = 0; i < MOVES; i++) {
		moved |= v->machine[i] != ol_val(t, what[i]);
		v->machine[i] = ol_val(t, what[i]);
	}
	v->machine_known = known;
	return moved;
}

static void forget(struct ol_procs *p, struct known *k)
{
	if (k->statm < 0)
		return;
	ol_root_fd_close(k->statm);
	k->statm = -1;
	p->turns->kept--;
	p->c->kept--;
}

void ol_procs_turns_done(struct ol_procs *p)
{
	struct ol_proc_turns *v = p->turns;

	for (uint32_t i = 0; v && i < v->n; i++)
		forget(p, &v->was[i]);
	if (v) {
		ol_tick_free(v->last);
		free(v->was);
		free(v->is);
	}
	free(v);
	p->turns = NULL;
}

/* Room for the rows that @t may get. */
static int make(struct ol_procs *p, const struct ol_tick *t)
{
	struct ol_tick_size size = { .names = t->names_cap };
	struct ol_proc_turns *v;

	for (int i = 0; i < OL_T_MAX; i++)
		size.rows[i] = 1;
	size.rows[OL_T_PROC] = t->tab[OL_T_PROC].cap;
	if (p->turns && p->turns->cap >= size.rows[OL_T_PROC])
		return 0;
	ol_procs_turns_done(p);
	v = p->turns = calloc(1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	v->cap = size.rows[OL_T_PROC];
	v->last = ol_tick_new(&size);
	v->was = calloc(v->cap, sizeof(*v->was));
	v->is = calloc(v->cap, sizeof(*v->is));
	if (v->last && v->was && v->is)
		return 0;
	ol_procs_turns_done(p);
	return -ENOMEM;
}

/* ---- one process ---- */

/* A row as it was. */
static struct ol_row *same_row(struct ol_proc *x, const struct ol_row *old)
{
	const struct ol_tick *last = x->p->turns->last;
	struct ol_row *r = ol_tick_add(x->t, OL_T_PROC, x->st);

	if (!r)
		return NULL;
	memcpy(r, old, x->t->tab[OL_T_PROC].stride);
	r->name = ol_tick_name(x->t, ol_tick_span(last, old->name));
	r->text = ol_tick_name(x->t, ol_tick_span(last, old->text));
	return r;
}

/* A row with what status says; what is wrong with it goes to @st. */
static bool begin(struct ol_proc *x, struct ol_src_status *st)
{
	struct ol_src_status *all = x->st;

	if (ol_proc_begin(x, x->p, x->t, x->pid, st))
		return true;
	all->denied += st->denied;
	all->dropped += st->dropped;
	return false;
}

/* Everything, in a row of its own. False: it is gone, or there is no room. */
static bool read_all(struct ol_proc *x, struct known *k, int64_t now_us)
{
	struct ol_procs *p = x->p;
	int64_t turn_us = p->c->opts.turn_us;
	struct ol_src_status st = { 0 };
	bool vm;

	if (!begin(x, &st))
		return false;
	vm = ol_row_has(x->row, OL_PROC_rss_kb);
	ol_proc_put_cgroup(x);
	if (vm) { /* nobody is killed who would free nothing */
		ol_proc_put_number(x, "oom_score", OL_PROC_oom_score);
		ol_proc_put_number(x, "oom_score_adj", OL_PROC_oom_score_adj);
	}
	ol_root_fd_close(x->dir);
	only_lasting(x->row);
	if (vm || !k->turn_us)
		k->turn_us = turn_us;
	else if (k->turn_us < NO_VM_MAX_US)
		k->turn_us = k->turn_us > NO_VM_MAX_US / 2 ? NO_VM_MAX_US : k->turn_us * 2;
	k->due_us = now_us + k->turn_us;
	k->st = st;
	return true;
}

/* What moves with its memory; the rest as it was. */
static bool read_memory(struct ol_proc *x, const struct ol_row *old)
{
	const struct ol_tick *last = x->p->turns->last;
	struct ol_src_status st = { 0 };

	if (!begin(x, &st))
		return false;
	ol_proc_put_number(x, "oom_score", OL_PROC_oom_score);
	ol_root_fd_close(x->dir);
	only_lasting(x->row);
	x->row->text = ol_tick_name(x->t, ol_tick_span(last, old->text));
	if (ol_row_has(old, OL_PROC_oom_score_adj))
		ol_row_set(x->row, OL_PROC_oom_score_adj, ol_row_val(old, OL_PROC_oom_score_adj));
	return true;
}

/* Kept open from the second look on: many processes are seen once only. */
static int read_statm(struct ol_proc *x, struct known *k, struct ol_span *ret)
{
	struct ol_procs *p = x->p;
	int fd = k->statm, rc;
	char path[24];

	if (fd < 0) {
		snprintf(path, sizeof(path), "%d/statm", x->pid);
		fd = ol_root_openat_dir(&p->c->root, p->proc, path, O_RDONLY);
		if (fd < 0)
			return fd;
		if (p->turns->kept < KEEP_MAX && ol_collect_may_keep(p->c, KEEP_MAX)) {
			k->statm = fd;
			p->turns->kept++;
			p->c->kept++;
		}
	}
	rc = ol_root_fd_read_once(&p->c->root, fd, &p->c->buf, ret);
	if (k->statm < 0)
		ol_root_fd_close(fd);
	return rc;
}

/*
 * 3060 1025 913 9 0 8504 0
 * Pages: address space, RSS, of that files and shared memory, … (proc_pid_statm(), fs/proc/array.c)
 */
static bool stands_still(struct ol_proc *x, struct known *k, const struct ol_row *old)
{
	int64_t size, rss, shared, page_kb = ol_collect_page_kb(x->p->c, x->t);
	struct ol_span text;

	if (read_statm(x, k, &text) || !ol_span_token_i64(&text, &size) ||
	    !ol_span_token_i64(&text, &rss) || !ol_span_token_i64(&text, &shared))
		return false;
	/* the row's are whole pages */
	return size == ol_row_val(old, OL_PROC_vm_kb) / page_kb &&
	       rss == ol_row_val(old, OL_PROC_rss_kb) / page_kb &&
	       (!ol_row_has(old, OL_PROC_rss_anon_kb) ||
		shared == (ol_row_val(old, OL_PROC_rss_file_kb) +
			   ol_row_val(old, OL_PROC_rss_shmem_kb)) /
				  page_kb);
}

static bool look(struct ol_proc *x, struct known *k, const struct ol_row *old, bool moved,
		 int64_t now_us)
{
	struct ol_src_status *st = x->st;
	bool ok;

	if (!old || now_us >= k->due_us) {
		ok = read_all(x, k, now_us);
	} else if (ol_row_has(old, OL_PROC_rss_kb) && (moved || !stands_still(x, k, old))) {
		ok = read_memory(x, old);
	} else {
		x->row = same_row(x, old);
		ok = x->row;
	}
	if (ok) {
		st->broken += k->st.broken;
		st->unknown += k->st.unknown;
		st->denied += k->st.denied;
	}
	return ok;
}

/* ---- all of them ---- */

int ol_procs_turns_read(struct ol_procs *p, struct ol_tick *t, struct ol_src_status *st)
{
	const struct ol_proc_pid *pids;
	struct ol_proc_turns *v;
	struct known *swap;
	bool moved, first;
	uint32_t i = 0;
	ssize_t n;
	int rc;

	rc = make(p, t);
	if (rc)
		return rc;
	v = p->turns;
	first = !v->n;
	moved = machine_moved(v, t);
	n = ol_procs_list(p);
	pids = (const struct ol_proc_pid *)(const void *)p->pids.p;
	for (ssize_t at = 0; at < n; at++) {
		struct ol_proc x = { p, t, NULL, st, pids[at].pid, -1 };
		struct known k = { .ino = pids[at].ino, .statm = -1 };
		const struct ol_row *old = NULL;

		for (; i < v->n; i++) {
			old = ol_tick_row(v->last, OL_T_PROC, i);
			if (old->id >= x.pid)
				break;
			forget(p, &v->was[i]);
		}
		if (i < v->n && old->id == x.pid && v->was[i].ino == k.ino)
			k = v->was[i++];
		else
			old = NULL;
		if (!look(&x, &k, old, moved, t->boot_us)) {
			forget(p, &k);
			continue;
		}
		if (first) /* not all at the same time again */
			k.due_us -= k.turn_us / SPREAD * (at % SPREAD);
		v->is[t->tab[OL_T_PROC].n - 1] = k;
	}
	for (; i < v->n; i++)
		forget(p, &v->was[i]);
	ol_tick_reset(v->last);
	ol_tick_carry(v->last, t, OL_SRC_PROCS);
	v->n = t->tab[OL_T_PROC].n;
	swap = v->was;
	v->was = v->is;
	v->is = swap;
	return n < 0 ? (int)n : 0;
}
