// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/machine/cgroup_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

enum kind { NUMBER, KEYS, TOTALS, PSI, LINES };
static const struct file {
	const char *name;
	uint8_t version, kind;
} files[OL_CG_FILES] = {
#define OL_CG_FILE(id, name, version, kind) [OL_CG_##id] = { name, version, kind },
#include "collect/machine/cgroup_files.def"
};

enum { KEPT_MAX = 16384, NAME_TRIES = 3 };

/* What one group of this tick is read into. */
struct visit {
	struct ol_cgroups *cg;
	struct ol_cg_tree *tree;
	struct ol_cg_group *group;
	struct ol_row *row;
	struct ol_src_status *st;
	int dir; /* opened at its first use */
	bool dir_close;
};

/*
 * Files of one number are a keymap with the empty key: "memory.current:" in rows.def. One number
 * may go into two fields (memory.failcnt), so these are looked up once, here.
 */
enum { FIELDS_OF_FILE = 2 };
static struct number {
	uint16_t field[FIELDS_OF_FILE];
	uint8_t n;
	bool flag, limit;
} numbers[OL_CG_FILES];

static bool is_limit(unsigned field)
{
	static const enum ol_row_field limits[] = {
		OL_CGROUP_max_bytes,       OL_CGROUP_high_bytes,     OL_CGROUP_low_bytes,
		OL_CGROUP_min_bytes,       OL_CGROUP_soft_bytes,     OL_CGROUP_swap_max_bytes,
		OL_CGROUP_memsw_max_bytes, OL_CGROUP_kmem_max_bytes, OL_CGROUP_zswap_limit_bytes,
	};

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		if (limits[i] == field)
			return true;
	return false;
}

static void find_number(int f)
{
	unsigned first, n = ol_table_fields(OL_T_CGROUP, &first);
	struct number num = { 0 };

	for (unsigned i = first; i < first + n; i++) {
		struct ol_span rest = ol_span_str(ol_row_fields[i].keys), key;

		while (ol_span_token(&rest, &key) && num.n < FIELDS_OF_FILE)
			if (ol_span_eat(&key, ol_span_str(files[f].name)) &&
			    ol_span_eqs(key, ":")) {
				num.field[num.n++] = (uint16_t)i;
				num.flag |= ol_row_fields[i].unit == OL_UNIT_FLAG;
				num.limit |= is_limit(i);
			}
	}
	numbers[f] = num;
}

static int start(struct ol_collect *c, enum ol_src src)
{
	struct ol_cgroups *cg = ol_collect_state(c, src, sizeof(*cg));
	int rc = 0;

	if (!cg)
		return -ENOMEM;
	cg->c = c;
	for (int i = 0; i < 2; i++)
		cg->tree[i] = (struct ol_cg_tree){ .root = -1, .free = -1 };
	for (int f = 0; f < OL_CG_FILES && !rc; f++) {
		find_number(f);
		if (files[f].kind == KEYS || files[f].kind == TOTALS || files[f].kind == PSI)
			rc = ol_keymap_init_file(&cg->map[f], OL_T_CGROUP, files[f].name);
	}
	return rc;
}

static void done(struct ol_collect *c, enum ol_src src)
{
	struct ol_cgroups *cg = c->state[src];

	for (int i = 0; i < 2; i++) {
		struct ol_cg_tree *tr = &cg->tree[i];

		if (tr->root >= 0)
			ol_cg_drop(cg, tr, tr->root);
		free(tr->groups);
	}
	for (int f = 0; f < OL_CG_FILES; f++)
		ol_keymap_done(&cg->map[f]);
	ol_container_names_done(cg);
	ol_buf_done(&cg->list);
	ol_buf_done(&cg->order);
}

static int dir_of(struct visit *v)
{
	if (v->dir < 0)
		v->dir = ol_cg_dir(v->cg, v->tree, (int32_t)(v->group - v->tree->groups),
				   &v->dir_close);
	return v->dir;
}

/* The text of one file. */
static int text_of(struct visit *v, int f, struct ol_span *ret)
{
	struct ol_cgroups *cg = v->cg;
	int *kept = &v->group->fd[f], fd = *kept, rc;
	bool keep = !(files[f].kind == LINES && v->tree->version == 1);

	if (fd < 0 && fd != OL_CG_NEW && fd != OL_CG_ONCE)
		return fd;
	if (fd < 0) {
		int dir = dir_of(v);

		if (dir < 0)
			return dir == -ENOENT ? -ENODEV : dir;
		fd = ol_root_openat_dir(&cg->c->root, dir, files[f].name, O_RDONLY);
		/* other errors may pass: EMFILE, ENODEV of a group that is being made */
		if (fd == -ENOENT || fd == -EACCES)
			*kept = fd;
		if (fd < 0)
			return fd;
		*kept = OL_CG_ONCE;
		if (keep && ol_cg_may_keep(cg)) {
			*kept = fd;
			cg->kept++;
			cg->c->kept++;
		}
	}
	rc = files[f].kind == LINES ? ol_root_fd_read(&cg->c->root, fd, &cg->c->buf, ret)
				    : ol_root_fd_read_once(&cg->c->root, fd, &cg->c->buf, ret);
	if (*kept < 0)
		ol_root_fd_close(fd);
	return rc;
}

/*
 * 18446744073709551615		no limit, 3.13 to 3.18
 * 9223372036854771712		LONG_MAX rounded down to a page of 4 kB (64 kB: …4710272)
 * 8796093018112		LONG_MAX pages, kernels of 32 bits: PAGE_COUNTER_MAX
 */
static int64_t v1_limit(uint64_t n)
{
	bool none = n > (uint64_t)INT64_MAX - (256 << 10) || n == UINT64_C(2147483647) * 4096;

	return none ? OL_UNLIMITED : (int64_t)n;
}

static void put_number(struct visit *v, int f, struct ol_span text)
{
	const struct number *num = &numbers[f];
	int64_t value;
	uint64_t n;
	int rc = ol_i64_of(text, &value);

	if (num->limit && v->tree->version == 1) {
		rc = !text.n || text.p[text.n - 1] != '\n' || !ol_span_u64(ol_span_trim(text), &n)
			     ? -EBADMSG
			     : 0;
		value = rc ? 0 : v1_limit(n);
	}
	/* only a limit may be "max", and nothing is below zero */
	if (rc || value < 0 || (!num->limit && value == OL_UNLIMITED) || (num->flag && value > 1)) {
		v->st->broken++;
		return;
	}
	for (int i = 0; i < num->n; i++)
		ol_row_set(v->row, num->field[i], value);
}

/*
 * cache 9433088				this very group
 * hierarchical_memory_limit 9223372036854771712
 * total_cache 282353664			with its children; the same when use_hierarchy is 0
 * memcg1_stat_format() in mm/memcontrol-v1.c; total_* since 2.6.29
 */
static void put_totals(struct visit *v, int f, struct ol_span text)
{
	static const struct ol_span total = OL_SPAN_INIT("total_");
	const char *p = text.n ? memmem(text.p, text.n, "\ntotal_", 7) : NULL;

	if (ol_span_starts(text, total))
		p = text.p - 1;
	if (!p)
		v->st->broken += text.n && text.p[text.n - 1] != '\n';
	else
		ol_keyed_lines(&v->cg->map[f], ol_span_skip(text, (size_t)(p + 1 - text.p)), 0,
			       v->row->v, v->row->has, v->st);
}

/*
 * How many processes there are in this very group. Of a kept descriptor version 1 shows an old list
 * as long as it is read at least once a second (CGROUP_PIDLIST_DESTROY_DELAY), so there the file
 * must be opened anew, which costs as much as half of all other files of the group. Where there
 * are many groups they take turns.
 */
static bool old_count_will_do(const struct visit *v)
{
	enum { PER_TICK = 128 };
	uint32_t turns = (v->tree->n + PER_TICK - 1) / PER_TICK;
	uint32_t slot = (uint32_t)(v->group - v->tree->groups);

	return v->tree->version == 1 && v->group->processes >= 0 &&
	       slot % turns != v->tree->ticks % turns;
}

static void put_lines(struct visit *v, struct ol_span text)
{
	int64_t n = 0;

	for (const char *p = text.p, *end = text.p + text.n; text.n && p < end; n++) {
		p = memchr(p, '\n', (size_t)(end - p));
		if (!p) {
			v->st->broken++;
			return;
		}
		p++;
	}
	v->group->processes = n;
	ol_row_set(v->row, OL_CGROUP_processes, n);
}

/* 0, or -ENODEV: the group is gone. */
static int read_file(struct visit *v, int f)
{
	struct ol_span text;
	int rc;

	if (files[f].kind == LINES && old_count_will_do(v)) {
		ol_row_set(v->row, OL_CGROUP_processes, v->group->processes);
		return 0;
	}
	rc = text_of(v, f, &text);
	if (rc == -ENODEV) /* a removed group's descriptors say so */
		return rc;
	if (rc) {
		v->st->denied += rc == -EACCES || rc == -EPERM;
		return 0; /* not on this kernel (ENOENT), not for this group (EOPNOTSUPP) */
	}
	switch ((enum kind)files[f].kind) {
	case NUMBER:
		put_number(v, f, text);
		break;
	case KEYS:
		ol_keyed_lines(&v->cg->map[f], text, 0, v->row->v, v->row->has, v->st);
		break;
	case TOTALS:
		put_totals(v, f, text);
		break;
	case PSI:
		ol_psi_lines(&v->cg->map[f], text, v->row->v, v->row->has, v->st);
		break;
	case LINES:
		put_lines(v, text);
		break;
	}
	return 0;
}

static int read_files(struct visit *v)
{
	int version = v->tree->version, rc = 0;

	for (int f = 0; f < OL_CG_FILES && !rc; f++)
		if (!files[f].version || files[f].version == version)
			rc = read_file(v, f);
	/* a row of oom_control stands for memory.events here, and it counts this group alone */
	if (version == 1 && ol_row_has(v->row, OL_CGROUP_events_oom_kill))
		ol_row_set(v->row, OL_CGROUP_local_oom_kill,
			   ol_row_val(v->row, OL_CGROUP_events_oom_kill));
	return rc;
}

/* Groups without the controller have no row, nor has anything below them. The root always has. */
static bool has_memory(struct visit *v)
{
	int f = v->tree->version == 1 ? OL_CG_usage : OL_CG_current, *kept = &v->group->fd[f];
	struct ol_span text;

	if (*kept >= 0 || v->group->parent < 0)
		return true;
	if (*kept == -ENOENT)
		*kept = OL_CG_NEW; /* it may be switched on at any time */
	return text_of(v, f, &text) != -ENOENT;
}

static void name_container(struct visit *v)
{
	struct ol_cg_group *e = v->group;

	if (e->text || e->looked >= NAME_TRIES)
		return;
	e->text = ol_container_name(v->cg, ol_span(e->name + e->last, e->name_n - e->last));
	e->looked++;
}

/* *@ret: the group has a row. 0, or -ENODEV. */
static int fill_row(struct visit *v, struct ol_tick *t, bool *ret)
{
	struct ol_cg_group *e = v->group;
	uint32_t names_n = t->names_n;
	struct ol_table *tab = &t->tab[OL_T_CGROUP];
	int rc;

	*ret = false;
	e->row = -1;
	if (!has_memory(v))
		return 0;
	v->row = ol_tick_add(t, OL_T_CGROUP, v->st);
	if (!v->row)
		return 0;
	v->row->id = v->tree->version;
	v->row->sub = e->parent >= 0 ? v->tree->groups[e->parent].row : -1;
	rc = read_files(v);
	if (!rc) {
		name_container(v);
		v->row->name = ol_tick_name(t, ol_span(e->name, e->name_n));
		if (e->text)
			v->row->text = ol_tick_name(t, ol_span_str(e->text));
		*ret = v->row->name.n > 0;
		v->st->dropped += !*ret;
	}
	if (*ret) {
		e->row = (int32_t)(tab->n - 1);
	} else {
		tab->n--;
		t->names_n = names_n;
	}
	return rc;
}

/* True when what is below it should be read, too; -ENODEV in *@ret_rc: it is gone. */
static bool visit(struct ol_cgroups *cg, struct ol_cg_tree *tr, int32_t g, struct ol_tick *t,
		  struct ol_src_status *st, int *ret_rc)
{
	struct visit v = { cg, tr, &tr->groups[g], NULL, st, -1, false };
	bool row;
	int rc = fill_row(&v, t, &row);

	if (row) {
		rc = dir_of(&v);
		if (rc >= 0)
			ol_cg_scan(cg, tr, g, rc, st); /* may move the groups */
		rc = 0;
	}
	if (v.dir_close)
		ol_root_fd_close(v.dir);
	*ret_rc = rc;
	return row;
}

static int read_tree(struct ol_cgroups *cg, struct ol_cg_tree *tr, struct ol_tick *t,
		     struct ol_src_status *st)
{
	int rc;

	if (tr->root < 0)
		tr->root = ol_cg_new(cg, tr, -1, ol_span(NULL, 0), st);
	for (int32_t g = tr->root, next; g >= 0; g = next) {
		bool into = visit(cg, tr, g, t, st, &rc);

		if (rc) { /* perhaps a service that restarted: the same name, another group */
			ol_cg_reset(cg, tr, g);
			into = visit(cg, tr, g, t, st, &rc);
		}
		next = ol_cg_next(tr, g, into);
		if (!rc)
			continue;
		if (tr->groups[g].parent >= 0)
			tr->groups[tr->groups[g].parent].scan = true;
		ol_cg_drop(cg, tr, g);
	}
	tr->ticks++;
	return tr->root < 0 ? -ENOENT : 0;
}

static int read_cgroups(struct ol_collect *c, enum ol_src src, struct ol_tick *t,
			struct ol_src_status *st)
{
	struct ol_cgroups *cg = c->state[src];
	int64_t kb = ol_has(t, OL_M_mem_total_kb) ? ol_val(t, OL_M_mem_total_kb) : 4 << 20;
	int rc = 0;

	/* 5 kB of the kernel's memory each: at most 1/256 of the machine's RAM */
	kb = kb / 256 / 5;
	cg->keep_max = (uint32_t)(kb < 512 ? 512 : kb > KEPT_MAX ? KEPT_MAX : kb);
	if (!cg->tree[0].version && !cg->tree[1].version)
		rc = ol_cgroup_find(cg);
	for (int i = 0; i < 2 && !rc; i++)
		if (cg->tree[i].version && read_tree(cg, &cg->tree[i], t, st))
			cg->tree[i].version = 0; /* unmounted: look again next time */
	ol_container_names_done(cg);
	return rc;
}

const struct ol_collector ol_collect_cgroups = { OL_SRC_CGROUPS, start, read_cgroups, done };
