// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/machine/cgroup_impl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { RENAMES_SEEN_AFTER = 64 }; /* ticks */

bool ol_cg_may_keep(struct ol_cgroups *cg)
{
	return cg->kept < cg->keep_max && ol_collect_may_keep(cg->c, cg->keep_max - cg->kept);
}

static void close_kept(struct ol_cgroups *cg, int *fd)
{
	if (*fd >= 0) {
		ol_root_fd_close(*fd);
		cg->kept--;
		cg->c->kept--;
	}
	*fd = OL_CG_NEW;
}

static void close_files(struct ol_cgroups *cg, struct ol_cg_group *e)
{
	close_kept(cg, &e->dir);
	for (int f = 0; f < OL_CG_FILES; f++)
		close_kept(cg, &e->fd[f]);
}

static int32_t take_slot(struct ol_cg_tree *tr)
{
	int32_t g = tr->free;

	if (g >= 0) {
		tr->free = tr->groups[g].next;
		return g;
	}
	if (tr->n == tr->cap) {
		uint32_t cap = tr->cap ? tr->cap * 2 : 64;
		struct ol_cg_group *v =
			cap > OL_CG_MAX_GROUPS ? NULL : reallocarray(tr->groups, cap, sizeof(*v));

		if (!v && cap <= OL_CG_MAX_GROUPS)
			ol_no_memory();
		if (!v)
			return -1;
		tr->groups = v;
		tr->cap = cap;
	}
	return (int32_t)tr->n++;
}

int32_t ol_cg_new(struct ol_cgroups *cg, struct ol_cg_tree *tr, int32_t parent,
		  struct ol_span component, struct ol_src_status *st)
{
	const struct ol_cg_group *up = parent >= 0 ? &tr->groups[parent] : NULL;
	bool top = up && up->name_n == 1; /* "/" already ends in a slash */
	size_t n = up ? up->name_n + !top + component.n : 1;
	struct ol_cg_group *e;
	char *name;
	int32_t g;

	(void)cg;
	if ((up && up->depth >= OL_CG_MAX_DEPTH) || n + strlen(tr->base) >= OL_CG_PATH) {
		st->dropped++;
		return -1;
	}
	name = malloc(n + 1);
	if (!name)
		ol_no_memory();
	g = name ? take_slot(tr) : -1;
	if (g < 0) {
		free(name);
		st->dropped++;
		return -1;
	}
	up = parent >= 0 ? &tr->groups[parent] : NULL; /* may have moved */
	e = &tr->groups[g];
	*e = (struct ol_cg_group){
		.name = name,
		.name_n = (uint32_t)n,
		.last = (uint32_t)(up ? n - component.n : 1),
		.parent = parent,
		.child = -1,
		.next = -1,
		.row = -1,
		.processes = -1,
		.depth = (uint16_t)(up ? up->depth + 1 : 0),
		.dir = OL_CG_NEW,
	};
	name[0] = '/';
	if (up)
		memcpy(name, up->name, up->name_n);
	name[e->last - 1] = '/';
	if (component.n)
		memcpy(name + e->last, component.p, component.n);
	name[n] = 0;
	for (int f = 0; f < OL_CG_FILES; f++)
		e->fd[f] = OL_CG_NEW;
	return g;
}

static void free_slot(struct ol_cgroups *cg, struct ol_cg_tree *tr, int32_t g)
{
	struct ol_cg_group *e = &tr->groups[g];

	close_files(cg, e);
	free(e->name);
	free(e->text);
	e->name = e->text = NULL;
	e->next = tr->free;
	tr->free = g;
}

static void drop_children(struct ol_cgroups *cg, struct ol_cg_tree *tr, int32_t top)
{
	int32_t g = top;

	/* down to a leaf, which goes; without recursion, for the depth is others' */
	for (;;) {
		int32_t child = tr->groups[g].child;

		if (child >= 0) {
			g = child;
			continue;
		}
		if (g == top)
			break;
		child = g;
		g = tr->groups[child].parent;
		tr->groups[g].child = tr->groups[child].next;
		free_slot(cg, tr, child);
	}
	tr->groups[top].children = 0;
}

static void unlink_child(struct ol_cg_tree *tr, int32_t g)
{
	int32_t parent = tr->groups[g].parent, *at;

	if (parent < 0) {
		tr->root = -1;
		return;
	}
	at = &tr->groups[parent].child;
	while (*at != g)
		at = &tr->groups[*at].next;
	*at = tr->groups[g].next;
	tr->groups[parent].children--;
}

void ol_cg_drop(struct ol_cgroups *cg, struct ol_cg_tree *tr, int32_t g)
{
	drop_children(cg, tr, g);
	unlink_child(tr, g);
	free_slot(cg, tr, g);
}

void ol_cg_reset(struct ol_cgroups *cg, struct ol_cg_tree *tr, int32_t g)
{
	struct ol_cg_group *e = &tr->groups[g];

	drop_children(cg, tr, g);
	close_files(cg, e);
	free(e->text);
	e->text = NULL;
	e->looked = 0;
	e->processes = -1;
}

int32_t ol_cg_next(const struct ol_cg_tree *tr, int32_t g, bool into)
{
	if (into && tr->groups[g].child >= 0)
		return tr->groups[g].child;
	while (g >= 0 && tr->groups[g].next < 0)
		g = tr->groups[g].parent;
	return g < 0 ? -1 : tr->groups[g].next;
}

int ol_cg_dir(struct ol_cgroups *cg, struct ol_cg_tree *tr, int32_t g, bool *ret_close)
{
	struct ol_cg_group *e = &tr->groups[g];
	const struct ol_cg_group *up = e->parent >= 0 ? &tr->groups[e->parent] : NULL;
	enum { FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW };
	char path[2 * OL_CG_PATH];
	int fd;

	*ret_close = false;
	if (e->dir >= 0)
		return e->dir;
	if (up && up->dir >= 0) {
		fd = ol_root_openat_dir(&cg->c->root, up->dir, e->name + e->last, FLAGS);
	} else {
		char *end = stpcpy(path, tr->base);

		stpcpy(end, e->name);
		fd = ol_root_openat(&cg->c->root, path, up ? FLAGS : O_RDONLY | O_DIRECTORY);
	}
	if (fd < 0)
		return fd;
	*ret_close = !ol_cg_may_keep(cg);
	if (!*ret_close) {
		e->dir = fd;
		cg->kept++;
		cg->c->kept++;
	}
	return fd;
}

struct entry {
	uint32_t off, n;
};

static int by_name(const void *a, const void *b, void *arg)
{
	const struct entry *x = a, *y = b;
	const char *p = arg;
	size_t n = x->n < y->n ? x->n : y->n;
	int k = memcmp(p + x->off, p + y->off, n);

	return k ? k : x->n < y->n ? -1 : x->n > y->n;
}

static bool room(struct ol_buf *b, size_t need)
{
	size_t cap = b->cap ? b->cap : 4096;
	char *p;

	if (need <= b->cap)
		return true;
	while (cap < need)
		cap *= 2;
	p = realloc(b->p, cap);
	if (!p)
		return false;
	b->p = p;
	b->cap = cap;
	return true;
}

static bool is_dir(int dir, const char *name, unsigned char type)
{
	struct stat s;

	if (type != DT_UNKNOWN)
		return type == DT_DIR;
	return !fstatat(dir, name, &s, AT_SYMLINK_NOFOLLOW) && S_ISDIR(s.st_mode);
}

/* The subdirectories of @dir, sorted, in .order; their names in .list. -errno. */
static ssize_t list_dirs(struct ol_cgroups *cg, int dir)
{
	struct ol_names names;
	size_t used = 0, n = 0;
	unsigned char type;
	struct entry *v;
	const char *name;
	int rc = ol_names_init(&names, &cg->c->root, dir);

	while (!rc && n < OL_CG_MAX_GROUPS && (rc = ol_names_next(&names, &name, &type)) > 0) {
		size_t len = strlen(name);

		rc = 0;
		if (!is_dir(dir, name, type))
			continue;
		if (!room(&cg->list, used + len) || !room(&cg->order, (n + 1) * sizeof(*v)))
			return -ENOMEM;
		memcpy(cg->list.p + used, name, len);
		v = (struct entry *)(void *)cg->order.p;
		v[n++] = (struct entry){ (uint32_t)used, (uint32_t)len };
		used += len;
	}
	if (rc)
		return rc;
	if (n > 1)
		qsort_r(cg->order.p, n, sizeof(*v), by_name, cg->list.p);
	return (ssize_t)n;
}

static int compare(struct ol_span a, struct ol_span b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int k = n ? memcmp(a.p, b.p, n) : 0;

	return k ? k : a.n < b.n ? -1 : a.n > b.n;
}

/* Both lists are sorted: one walk along both. */
static void merge(struct ol_cgroups *cg, struct ol_cg_tree *tr, int32_t g, size_t n,
		  struct ol_src_status *st)
{
	const struct entry *v = (const struct entry *)(const void *)cg->order.p;
	int32_t old = tr->groups[g].child, last = -1;
	size_t i = 0;

	while (old >= 0 || i < n) {
		struct ol_span name = { NULL, 0 };
		int k = -1; /* the old one is gone */

		if (i < n)
			name = ol_span(cg->list.p + v[i].off, v[i].n);
		if (i < n && old >= 0) {
			const struct ol_cg_group *o = &tr->groups[old];

			k = compare(ol_span(o->name + o->last, o->name_n - o->last), name);
		} else if (i < n) {
			k = 1;
		}
		if (k < 0) {
			int32_t gone = old;

			old = tr->groups[old].next;
			ol_cg_drop(cg, tr, gone);
			continue;
		}
		if (!k) {
			last = old;
			old = tr->groups[old].next;
		} else {
			int32_t new = ol_cg_new(cg, tr, g, name, st);

			if (new >= 0) {
				tr->groups[new].next = old;
				if (last < 0)
					tr->groups[g].child = new;
				else
					tr->groups[last].next = new;
				tr->groups[g].children++;
				last = new;
			}
		}
		i++;
	}
}

/*
 * Has a child come or gone? The directory's link count is two more than its children, on cgroup
 * file systems of all kernels (its times are not set by mkdir and rmdir: kernfs has none of its own
 * until somebody sets an attribute). One that goes while another comes leaves the count alone, but
 * reading the one that went fails. Only a rename (version 1) shows in neither.
 */
void ol_cg_scan(struct ol_cgroups *cg, struct ol_cg_tree *tr, int32_t g, int dir,
		struct ol_src_status *st)
{
	struct ol_cg_group *e = &tr->groups[g];
	struct stat s;
	ssize_t n;

	if (cg->c->root.live && !fstat(dir, &s) && s.st_nlink == e->children + 2 && !e->scan &&
	    (tr->version == 2 || !e->children || (tr->ticks + (uint32_t)g) % RENAMES_SEEN_AFTER))
		return;
	e->scan = false;
	n = list_dirs(cg, dir);
	if (n < 0) {
		if (n == -ENOMEM)
			ol_no_memory();
		e->scan = n != -EACCES && n != -ENOENT; /* what stopped it may pass */
		st->denied += n == -EACCES;
		return;
	}
	merge(cg, tr, g, (size_t)n, st);
}
