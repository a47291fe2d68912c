// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/machine/slab_names.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	MAX_ENTRIES = 32768, /* in the directory; a machine has some 400 */
	MAX_NAMES = 16384, /* in slabinfo */
	MAX_ALIASES = 16 << 10, /* bytes, of one cache; a kernel merges some dozens */
	MAX_TEXT = 16 << 20, /* of all names and aliases */
	BUCKETS = 1024,
};

/* In the directory: a link to the unique id of a merged cache, or a cache that is alone. */
struct entry {
	const char *text; /* pool, when sorting */
	struct ol_str name, id; /* id.n: it is a link */
	int8_t reclaimable; /* of a cache that is alone; -1: unknown */
};

struct dir {
	struct entry *e; /* by name */
	uint32_t *links; /* of them: links, by id */
	uint32_t n, cap, n_links, links_cap;
	char *text;
	uint32_t text_n, text_cap;
};

/* A name in slabinfo and what was found out about it. */
struct known {
	struct ol_str name, aliases; /* in .text */
	uint32_t next; /* in the bucket: 1 + index */
	uint32_t seen, times; /* in which reading, how often */
	int8_t reclaimable, accounted;
	bool cut; /* it has more aliases */
};

struct ol_slab_names {
	struct dir dir, old;
	bool says_account; /* this kernel marks accounted caches in ids */
	struct known *known;
	uint32_t known_n, known_cap;
	char *text;
	uint32_t text_n, text_cap;
	uint32_t bucket[BUCKETS];
	uint32_t *hint; /* by line: 1 + index */
	uint32_t hint_n;
	uint32_t reading;
	bool stale, filled;
};

static void *grow(void *p, uint32_t *cap, uint32_t need, size_t size)
{
	uint32_t n = *cap ? *cap : 256;
	void *q;

	if (need <= *cap)
		return p;
	while (n < need)
		n *= 2;
	q = realloc(p, n * size);
	if (q)
		*cap = n;
	else
		ol_no_memory();
	return q;
}

/* {0, 0} when there is no memory, as for an empty one. */
static struct ol_str keep(char **text, uint32_t *n, uint32_t *cap, struct ol_span s)
{
	struct ol_str r = { *n, (uint32_t)s.n };
	char *p;

	if (!s.n || s.n > MAX_TEXT || *n > MAX_TEXT - s.n)
		return (struct ol_str){ 0, 0 };
	p = grow(*text, cap, *n + (uint32_t)s.n, 1);
	if (!p)
		return (struct ol_str){ 0, 0 };
	*text = p;
	memcpy(p + *n, s.p, s.n);
	*n += r.n;
	return r;
}

struct ol_slab_names *ol_slab_names_new(void)
{
	return calloc(1, sizeof(struct ol_slab_names));
}

static void dir_done(struct dir *d)
{
	free(d->e);
	free(d->links);
	free(d->text);
}

void ol_slab_names_free(struct ol_slab_names *s)
{
	if (!s)
		return;
	dir_done(&s->dir);
	dir_done(&s->old);
	free(s->known);
	free(s->text);
	free(s->hint);
	free(s);
}

static struct ol_span in_dir(const struct dir *d, struct ol_str s)
{
	return ol_span(d->text + s.off, s.n);
}

/* Names compare as in sysfs, which has '!' for '/'. */
static int name_cmp(struct ol_span a, struct ol_span b)
{
	for (size_t i = 0; i < a.n && i < b.n; i++) {
		unsigned char x = a.p[i] == '/' ? '!' : (unsigned char)a.p[i];
		unsigned char y = b.p[i] == '/' ? '!' : (unsigned char)b.p[i];

		if (x != y)
			return x < y ? -1 : 1;
	}
	return (a.n > b.n) - (a.n < b.n);
}

static int entry_cmp(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return name_cmp(ol_span(x->text + x->name.off, x->name.n),
			ol_span(y->text + y->name.off, y->name.n));
}

static const struct entry *entry_find(const struct dir *d, struct ol_span name)
{
	uint32_t lo = 0, hi = d->n;

	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;
		int c = name_cmp(name, in_dir(d, d->e[mid].name));

		if (!c)
			return &d->e[mid];
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

static struct ol_span id_of(const struct entry *e)
{
	return ol_span(e->text + e->id.off, e->id.n);
}

/* As they stand in the directory's order within an id. */
static int link_cmp(const void *a, const void *b, void *arg)
{
	const struct entry *e = arg;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	int d = name_cmp(id_of(&e[x]), id_of(&e[y]));

	return d ? d : (x > y) - (x < y);
}

static int sort_links(struct dir *d)
{
	uint32_t *v = grow(d->links, &d->links_cap, d->n, sizeof(*v));

	d->n_links = 0;
	if (!v)
		return d->n ? -ENOMEM : 0;
	d->links = v;
	for (uint32_t i = 0; i < d->n; i++)
		if (d->e[i].id.n)
			v[d->n_links++] = i;
	if (d->n_links)
		qsort_r(v, d->n_links, sizeof(*v), link_cmp, d->e);
	return 0;
}

/* The first link to that id, and behind it the others. */
static uint32_t first_link(const struct dir *d, struct ol_span id)
{
	uint32_t lo = 0, hi = d->n_links;

	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;

		if (name_cmp(id_of(&d->e[d->links[mid]]), id) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* reclaim_account: 0400 since 3.6, 0444 before; "0" or "1" */
static int8_t read_reclaimable(const struct ol_root *r, int dirfd, const char *name,
			       struct ol_buf *b, struct ol_src_status *st)
{
	char path[NAME_MAX + 32];
	size_t n = strlen(name);
	int64_t v;
	int rc;

	memcpy(path, name, n);
	memcpy(path + n, "/reclaim_account", sizeof("/reclaim_account"));
	rc = ol_root_read_i64(r, dirfd, path, b, &v);
	st->denied += rc == -EACCES || rc == -EPERM;
	return !rc && (v == 0 || v == 1) ? (int8_t)v : -1;
}

static int load_entries(struct ol_slab_names *s, int dir, const struct ol_root *r, struct ol_buf *b,
			struct ol_src_status *st)
{
	struct dir *now = &s->dir;
	char link[PATH_MAX];
	struct ol_names names;
	unsigned char type;
	const char *entry;
	int rc = ol_names_init(&names, r, dir);

	while (!rc && (rc = ol_names_next(&names, &entry, &type)) > 0) {
		struct ol_span name = ol_span_str(entry), id = { 0 };
		struct entry e = { .reclaimable = -1 }, *p;
		ssize_t n;

		rc = 0;
		/* ids: through their links; "dentry(4:abc)" is a cgroup's copy (3.8-4.10) */
		if (name.p[0] == '.' || name.p[0] == ':' || ol_span_chr(name, '(') >= 0)
			continue;
		if (now->n == MAX_ENTRIES) {
			st->dropped++;
			continue;
		}
		n = ol_root_readlink(r, dir, entry, link, sizeof(link));
		if (n > 0) {
			id = ol_span(link, (size_t)n);
			for (ssize_t slash; (slash = ol_span_chr(id, '/')) >= 0;)
				id = ol_span_skip(id, (size_t)slash + 1);
		} else {
			const struct entry *was = entry_find(&s->old, name);

			e.reclaimable = was && !was->id.n ? was->reclaimable : -1;
			if (e.reclaimable < 0)
				e.reclaimable = read_reclaimable(r, dir, entry, b, st);
		}
		p = grow(now->e, &now->cap, now->n + 1, sizeof(*p));
		if (!p)
			return -ENOMEM;
		now->e = p;
		e.name = keep(&now->text, &now->text_n, &now->text_cap, name);
		e.id = keep(&now->text, &now->text_n, &now->text_cap, id);
		if (e.name.n != name.n || e.id.n != id.n)
			return -ENOMEM;
		now->e[now->n++] = e;
	}
	return rc;
}

/*
 * :a-0000192, :A-0000832, :dF-0000064, :0001024
 * create_unique_id() in mm/slub.c: every flag that caches must share to be merged has a letter,
 * d DMA, D DMA32, a RECLAIM_ACCOUNT, F CONSISTENCY_CHECKS, t not NOTRACK (2.6.31-4.14), A ACCOUNT
 * (4.5).
 */
static bool id_flags(struct ol_span id, struct ol_span *ret)
{
	ssize_t dash;

	if (!ol_span_eat(&id, OL_SPAN(":")))
		return false;
	dash = ol_span_chr(id, '-');
	*ret = ol_span_head(id, dash > 0 ? (size_t)dash : 0);
	id = ol_span_skip(id, dash > 0 ? (size_t)dash + 1 : 0);
	for (size_t i = 0; i < ret->n; i++)
		if (!ol_is_alpha(ret->p[i]))
			return false;
	for (size_t i = 0; i < id.n; i++)
		if (!ol_is_digit(id.p[i]))
			return false;
	return id.n > 0;
}

int ol_slab_names_load(struct ol_slab_names *s, const struct ol_root *r, const char *path,
		       struct ol_buf *b, struct ol_src_status *st)
{
	int dir = ol_root_openat(r, path, O_RDONLY | O_DIRECTORY);
	struct dir was = s->old;
	int rc;

	s->stale = false;
	s->filled = false;
	s->known_n = s->text_n = 0;
	memset(s->bucket, 0, sizeof(s->bucket));
	if (s->hint_n)
		memset(s->hint, 0, s->hint_n * sizeof(*s->hint));
	if (dir < 0)
		return dir;
	s->old = s->dir;
	s->dir = was;
	s->dir.n = s->dir.text_n = 0;
	rc = load_entries(s, dir, r, b, st);
	ol_root_fd_close(dir);
	s->says_account = false;
	for (uint32_t i = 0; i < s->dir.n; i++) {
		struct ol_span flags;

		s->dir.e[i].text = s->dir.text;
		if (id_flags(in_dir(&s->dir, s->dir.e[i].id), &flags))
			s->says_account |= ol_span_chr(flags, 'A') >= 0;
	}
	if (s->dir.n)
		qsort(s->dir.e, s->dir.n, sizeof(*s->dir.e), entry_cmp);
	return rc ? rc : sort_links(&s->dir);
}

static void put_alias(struct ol_slab_names *s, struct ol_span name)
{
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (c == ' ')
			keep(&s->text, &s->text_n, &s->text_cap, OL_SPAN("\\040"));
		else
			keep(&s->text, &s->text_n, &s->text_cap, ol_span(&c, 1));
	}
}

/*
 * Caches of all kernels since 2.6.18 that have the flag, and that never had it. Not here:
 * fuse_inode and radix_tree_node, which got it later.
 */
int ol_slab_reclaimable_by_name(struct ol_span name)
{
	static const struct {
		struct ol_span name;
		int8_t is;
	} table[] = {
		{ OL_SPAN_INIT("dentry"), 1 },
		{ OL_SPAN_INIT("dentry_cache"), 1 },
		{ OL_SPAN_INIT("inode_cache"), 1 },
		{ OL_SPAN_INIT("ext2_inode_cache"), 1 },
		{ OL_SPAN_INIT("ext3_inode_cache"), 1 },
		{ OL_SPAN_INIT("ext4_inode_cache"), 1 },
		{ OL_SPAN_INIT("xfs_inode"), 1 },
		{ OL_SPAN_INIT("nfs_inode_cache"), 1 },
		{ OL_SPAN_INIT("proc_inode_cache"), 1 },
		{ OL_SPAN_INIT("sock_inode_cache"), 1 },
		{ OL_SPAN_INIT("btrfs_inode"), 1 },
		{ OL_SPAN_INIT("ovl_inode"), 1 },
		{ OL_SPAN_INIT("buffer_head"), 1 },
		{ OL_SPAN_INIT("task_struct"), 0 },
		{ OL_SPAN_INIT("mm_struct"), 0 },
		{ OL_SPAN_INIT("vm_area_struct"), 0 },
		{ OL_SPAN_INIT("anon_vma"), 0 },
		{ OL_SPAN_INIT("anon_vma_chain"), 0 },
		{ OL_SPAN_INIT("signal_cache"), 0 },
		{ OL_SPAN_INIT("sighand_cache"), 0 },
		{ OL_SPAN_INIT("files_cache"), 0 },
		{ OL_SPAN_INIT("filp"), 0 },
		{ OL_SPAN_INIT("shmem_inode_cache"), 0 },
	};
	struct ol_span s = name;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (ol_span_eq(name, table[i].name))
			return table[i].is;
	if (ol_span_starts(name, OL_SPAN("kmalloc-rcl-"))) /* 4.20 */
		return 1;
	/* kmalloc-1k, kmalloc-96, size-32 of SLAB before 3.11 */
	if ((ol_span_eat(&s, OL_SPAN("kmalloc-")) || ol_span_eat(&s, OL_SPAN("size-"))) && s.n &&
	    ol_is_digit(s.p[0]))
		return 0;
	return -1;
}

static void learn(struct ol_slab_names *s, struct known *k, struct ol_span name)
{
	const struct entry *e = entry_find(&s->dir, name);
	struct ol_span flags;
	uint32_t from = s->text_n;

	k->reclaimable = k->accounted = -1;
	k->aliases = (struct ol_str){ 0, 0 };
	if (e && e->id.n) {
		struct ol_span id = in_dir(&s->dir, e->id);

		for (uint32_t i = first_link(&s->dir, id); i < s->dir.n_links; i++) {
			const struct entry *other = &s->dir.e[s->dir.links[i]];

			if (!ol_span_eq(id_of(other), id))
				break;
			if (other == e)
				continue;
			k->cut = s->text_n - from > MAX_ALIASES || s->text_n > MAX_TEXT / 2;
			if (k->cut)
				break;
			if (s->text_n > from)
				keep(&s->text, &s->text_n, &s->text_cap, OL_SPAN(" "));
			put_alias(s, in_dir(&s->dir, other->name));
		}
		k->aliases = (struct ol_str){ from, s->text_n - from };
		if (id_flags(id, &flags)) {
			k->reclaimable = ol_span_chr(flags, 'a') >= 0;
			if (s->says_account)
				k->accounted = ol_span_chr(flags, 'A') >= 0;
		}
	} else if (e) {
		k->reclaimable = e->reclaimable;
	}
	if (k->reclaimable < 0)
		k->reclaimable = (int8_t)ol_slab_reclaimable_by_name(name);
	if (ol_span_starts(name, OL_SPAN("kmalloc-cg-"))) /* 5.14 */
		k->accounted = 1;
}

static uint32_t hash_of(struct ol_span s)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 16777619u;
	return (h ^ h >> 16) % BUCKETS;
}

static struct ol_span in_known(const struct ol_slab_names *s, struct ol_str x)
{
	return ol_span(s->text + x.off, x.n);
}

static struct known *known(struct ol_slab_names *s, uint32_t line, struct ol_span name)
{
	uint32_t *hint, *b;
	struct known *k;

	if (line >= MAX_NAMES)
		return NULL;
	if (line >= s->hint_n) {
		uint32_t had = s->hint_n;

		hint = grow(s->hint, &s->hint_n, line + 1, sizeof(*hint));
		if (!hint)
			return NULL;
		s->hint = hint;
		memset(hint + had, 0, (s->hint_n - had) * sizeof(*hint));
	}
	hint = &s->hint[line];
	if (*hint && ol_span_eq(in_known(s, s->known[*hint - 1].name), name))
		return &s->known[*hint - 1];
	b = &s->bucket[hash_of(name)];
	for (uint32_t i = *b; i; i = s->known[i - 1].next)
		if (ol_span_eq(in_known(s, s->known[i - 1].name), name)) {
			*hint = i;
			return &s->known[i - 1];
		}
	if (s->known_n == MAX_NAMES)
		return NULL;
	k = grow(s->known, &s->known_cap, s->known_n + 1, sizeof(*k));
	if (!k)
		return NULL;
	s->known = k;
	k += s->known_n;
	*k = (struct known){ .name = keep(&s->text, &s->text_n, &s->text_cap, name), .next = *b };
	learn(s, k, name);
	*b = *hint = ++s->known_n;
	s->stale |= s->filled;
	return k;
}

void ol_slab_names_begin(struct ol_slab_names *s)
{
	s->filled = s->known_n > 0;
	s->reading++;
}

bool ol_slab_names_stale(const struct ol_slab_names *s)
{
	return s->stale;
}

void ol_slab_names_row(struct ol_slab_names *s, uint32_t line, struct ol_span name,
		       struct ol_tick *t, struct ol_row *r)
{
	struct known *k = known(s, line, name);

	r->name = ol_tick_name(t, name);
	if (!k)
		return;
	k->times = k->seen == s->reading ? k->times + 1 : 0;
	k->seen = s->reading;
	r->sub = (int32_t)k->times;
	t->src[OL_SRC_SLABSYS].dropped += k->cut;
	if (k->aliases.n)
		r->text = ol_tick_name(t, in_known(s, k->aliases));
	if (k->reclaimable >= 0)
		ol_row_set(r, OL_SLAB_reclaimable, k->reclaimable);
	if (k->accounted >= 0)
		ol_row_set(r, OL_SLAB_accounted, k->accounted);
}
