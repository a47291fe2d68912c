// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/machine/root_tar.h"
#include "collect/machine/slow_file.h"
#include "lib/archive.h"
#include "lib/arena.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>

enum { MAX_LINKS = 40 }; /* of one path, as the kernel's MAXSYMLINKS */

enum kind { GONE, FOLDER, TEXT, LARGE, LINK, HARD };

/* Sorted by path, so that what is below a folder stands behind it. */
struct node {
	const char *path; /* from the tar's top, no slash at its ends; "" is the top */
	const char *data; /* the contents; of a link where it leads to */
	uint32_t path_n, data_n;
	uint32_t seq; /* the later entry counts */
	uint32_t parent, end; /* the folder it is in; the first node that is not below it */
	enum kind kind;
};

struct ol_root_tar {
	struct ol_arena text;
	struct node *v;
	uint32_t n, cap, top;
	bool shown; /* its files were read by who knows what they are */
};

/* '/' before all other bytes. */
static int path_cmp(struct ol_span a, struct ol_span b)
{
	for (size_t i = 0; i < a.n && i < b.n; i++) {
		unsigned char x = a.p[i] == '/' ? 0 : (unsigned char)a.p[i];
		unsigned char y = b.p[i] == '/' ? 0 : (unsigned char)b.p[i];

		if (x != y)
			return x < y ? -1 : 1;
	}
	return (a.n > b.n) - (a.n < b.n);
}

static struct ol_span path_of(const struct node *e)
{
	return ol_span(e->path, e->path_n);
}

/* The node whose path is that of @dir, a slash, and @name (one or several); 0: none. */
static uint32_t below(const struct ol_root_tar *t, uint32_t dir, struct ol_span name)
{
	size_t skip = t->v[dir].path_n ? t->v[dir].path_n + 1 : 0;
	uint32_t lo = dir + 1, hi = t->v[dir].end;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		int d = path_cmp(name, ol_span_skip(path_of(&t->v[mid]), skip));

		if (!d)
			return t->v[mid].kind == GONE ? 0 : mid;
		if (d < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return 0;
}

void ol_root_tar_free(struct ol_root_tar *t)
{
	if (!t)
		return;
	ol_arena_done(&t->text);
	free(t->v);
	free(t);
}

int ol_root_tar_top(const struct ol_root_tar *t)
{
	return (int)t->top;
}

/* What is left of a path, at the end of a buffer: a link's target is put before it. */
struct rest {
	size_t at;
	char buf[2 * PATH_MAX];
};

static bool put_before(struct rest *r, struct ol_span s)
{
	if (s.n + 1 > r->at)
		return false;
	r->buf[--r->at] = '/';
	r->at -= s.n;
	ol_bytes_copy(r->buf + r->at, s.p, s.n);
	return true;
}

int ol_root_tar_find(const struct ol_root_tar *t, int dir, const char *path, int flags)
{
	struct rest r = { .at = sizeof(r.buf) };
	uint32_t at = (uint32_t)dir, links = 0;

	if (!put_before(&r, ol_span_str(path)))
		return -ENAMETOOLONG;
	for (;;) {
		struct ol_span s, name;
		const struct node *e;
		uint32_t to;

		while (r.at < sizeof(r.buf) && r.buf[r.at] == '/')
			r.at++;
		s = ol_span(r.buf + r.at, sizeof(r.buf) - r.at);
		if (!s.n)
			break;
		name = ol_span_head(s, (size_t)ol_span_chr(s, '/'));
		r.at += name.n;
		if (t->v[at].kind != FOLDER)
			return -ENOTDIR;
		if (ol_span_eqs(name, "."))
			continue;
		if (ol_span_eqs(name, "..")) {
			at = at == t->top ? at : t->v[at].parent;
			continue;
		}
		to = below(t, at, name);
		if (!to)
			return -ENOENT;
		e = &t->v[to];
		if (e->kind != LINK) {
			at = to;
			continue;
		}
		/* behind the last name stands the slash that put_before() wrote */
		if (++links > MAX_LINKS || (flags & O_NOFOLLOW && r.at + 1 == sizeof(r.buf)))
			return -ELOOP;
		if (!put_before(&r, ol_span(e->data, e->data_n)))
			return -ENAMETOOLONG;
		if (e->data[0] == '/')
			at = t->top;
	}
	return flags & O_DIRECTORY && t->v[at].kind != FOLDER ? -ENOTDIR : (int)at;
}

int ol_root_tar_text(const struct ol_root_tar *t, int file, struct ol_span *ret)
{
	const struct node *e = &t->v[file];

	if (e->kind != TEXT)
		return e->kind == LARGE ? -EFBIG : -EISDIR;
	if (!e->data_n && !t->shown)
		return -ENODATA;
	*ret = ol_span(e->data, e->data_n);
	return 0;
}

int ol_root_tar_link(const struct ol_root_tar *t, int dir, const char *name, struct ol_span *ret)
{
	uint32_t i = below(t, (uint32_t)dir, ol_span_str(name));

	if (!i || t->v[i].kind != LINK)
		return i ? -EINVAL : -ENOENT;
	*ret = ol_span(t->v[i].data, t->v[i].data_n);
	return 0;
}

bool ol_root_tar_next(const struct ol_root_tar *t, int dir, uint32_t *at, struct ol_span *ret_name,
		      unsigned char *ret_type)
{
	const struct node *d = &t->v[dir];
	uint32_t i = *at ? *at : (uint32_t)dir + 1;

	while (i < d->end && t->v[i].kind == GONE)
		i = t->v[i].end;
	if (i >= d->end)
		return false;
	*at = t->v[i].end;
	*ret_name = ol_span_skip(path_of(&t->v[i]), d->path_n ? d->path_n + 1 : 0);
	*ret_type = t->v[i].kind == FOLDER ? DT_DIR : t->v[i].kind == LINK ? DT_LNK : DT_REG;
	return true;
}

/* ---- reading it ---- */

#ifdef OL_HAVE_ARCHIVE
#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

/*
 * A capture of a machine of 2,000 processes and 1,000 groups has 45,000 files of 60 MB; a sosreport
 * has 20,000 and, with its logs, up to some GB, of which the small files are kept.
 */
#define MAX_UNPACKED (UINT64_C(4) << 30)
enum {
	MAX_ENTRIES = 200000, /* in the tar; and names, with the folders that have no entry */
	MAX_KEPT = 256 << 20, /* bytes of paths and contents */
	MAX_OTHERS = MAX_KEPT / 2, /* of that, for what is below no proc or sys */
	KERNEL_MAX = 8 << 20, /* one file of /proc or /sys: smaps of a large process */
	OTHER_MAX = 1 << 20, /* another one: the mounts, a container's description */
};

/* While it is read. */
struct load {
	struct ol_root_tar *t;
	const char *path;
	struct ol_err *err;
	struct archive *a;
	int fd;
	uint32_t entries;
	uint64_t unpacked;
	char buf[256 << 10];
};

static int cannot(struct load *l, int rc, const char *why)
{
	if (rc == -ENOMEM)
		ol_no_memory();
	return ol_fail(l->err, rc, "cannot use %.350s as the root: %s", l->path, why);
}

static int too_much(struct load *l, const char *what)
{
	return cannot(l, -EFBIG, what);
}

static int no_room(struct load *l, size_t n)
{
	if (l->t->text.used + n > MAX_KEPT - (64 << 10)) /* an arena asks for as much at a time */
		return too_much(l, "there are more than 256 MiB of proc, sys and names in it");
	return cannot(l, -ENOMEM, strerror(ENOMEM));
}

static int broken(struct load *l)
{
	if (l->a && archive_errno(l->a) != ENOMEM)
		return cannot(l, -EBADMSG, ol_archive_why(l->a));
	return cannot(l, -ENOMEM, strerror(ENOMEM));
}

static int node_cmp(const void *a, const void *b)
{
	const struct node *x = a, *y = b;
	int d = path_cmp(path_of(x), path_of(y));

	return d ? d : (x->seq > y->seq) - (x->seq < y->seq);
}

static int add(struct load *l, struct ol_span path, enum kind kind, struct ol_span data)
{
	struct ol_root_tar *t = l->t;

	if (t->n == MAX_ENTRIES)
		return too_much(l, "there are more than 200000 files and folders in it");
	if (t->n == t->cap) {
		uint32_t cap = t->cap ? t->cap * 2 : 1024;
		struct node *v = reallocarray(t->v, cap, sizeof(*v));

		if (!v)
			return cannot(l, -ENOMEM, strerror(ENOMEM));
		t->v = v;
		t->cap = cap;
	}
	t->v[t->n] = (struct node){ .path = path.p,
				    .data = data.p,
				    .path_n = (uint32_t)path.n,
				    .data_n = (uint32_t)data.n,
				    .seq = t->n,
				    .kind = kind };
	t->n++;
	return 0;
}

/* "./proc//meminfo" as "proc/meminfo"; false: it leads upwards, or is too long. */
static bool clean(struct ol_span s, char to[PATH_MAX], struct ol_span *ret)
{
	size_t n = 0;

	while (s.n) {
		ssize_t slash = ol_span_chr(s, '/');
		struct ol_span name = slash < 0 ? s : ol_span_head(s, (size_t)slash);

		s = ol_span_skip(s, name.n + (slash >= 0));
		if (!name.n || ol_span_eqs(name, "."))
			continue;
		if (ol_span_eqs(name, "..") || n + 1 + name.n >= PATH_MAX)
			return false;
		if (n)
			to[n++] = '/';
		memcpy(to + n, name.p, name.n);
		n += name.n;
	}
	*ret = ol_span(to, n);
	return true;
}

static bool of_kernel(struct ol_span path)
{
	while (path.n) {
		ssize_t slash = ol_span_chr(path, '/');
		struct ol_span name = slash < 0 ? path : ol_span_head(path, (size_t)slash);

		if (ol_span_eqs(name, "proc") || ol_span_eqs(name, "sys"))
			return true;
		path = ol_span_skip(path, name.n + (slash >= 0));
	}
	return false;
}

static la_ssize_t read_more(struct archive *a, void *arg, const void **ret)
{
	struct load *l = arg;
	ssize_t n;

	do {
		ol_guard_in(l->fd, NULL);
		n = read(l->fd, l->buf, sizeof(l->buf));
		ol_guard_out();
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		archive_set_error(a, errno, "%s", strerror(errno));
	*ret = l->buf;
	return n;
}

/* The contents of the present entry into @to, of @size bytes; NULL: they are passed over. */
static int read_data(struct load *l, char *to, size_t size)
{
	unsigned retries = 0;

	if (to)
		memset(to, 0, size); /* holes are left out */
	for (;;) {
		la_int64_t at;
		const void *p;
		size_t n = 0;
		int r = archive_read_data_block(l->a, &p, &n, &at);

		if (r == ARCHIVE_EOF)
			return 0;
		if (r == ARCHIVE_RETRY && ++retries <= OL_ARCHIVE_RETRIES)
			continue;
		if (r != ARCHIVE_OK && r != ARCHIVE_WARN)
			return broken(l);
		l->unpacked += n + 1; /* blocks of nothing end, too */
		if (l->unpacked > MAX_UNPACKED)
			return too_much(l, "it unpacks to more than 4 GiB");
		if (to && at >= 0 && (uint64_t)at <= size && n <= size - (uint64_t)at)
			ol_bytes_copy(to + at, p, n);
	}
}

static int add_file(struct load *l, struct ol_span path, la_int64_t size)
{
	bool kernel = of_kernel(path);
	struct ol_arena *text = &l->t->text;
	char *p;
	int rc;

	if (size < 0 || size > (kernel ? KERNEL_MAX : OTHER_MAX) ||
	    (!kernel && text->used + (size_t)size > MAX_OTHERS))
		return add(l, path, LARGE, ol_span("", 0));
	p = ol_arena_bytes(text, (size_t)size + 1);
	if (!p)
		return no_room(l, (size_t)size);
	rc = read_data(l, p, (size_t)size);
	if (rc)
		return rc;
	/* tar puts zeros behind a file that is shorter than stat() said: all those of /sys */
	while (size && !p[size - 1])
		size--;
	return add(l, path, TEXT, ol_span(p, (size_t)size));
}

static int add_link(struct load *l, struct ol_span path, enum kind kind, const char *to)
{
	char buf[PATH_MAX];
	struct ol_span s = ol_span_str(to ? to : "");

	if (!s.n || s.n >= PATH_MAX || (kind == HARD && !clean(s, buf, &s)))
		return add(l, path, GONE, ol_span("", 0));
	s = ol_arena_dup(&l->t->text, s);
	return s.p ? add(l, path, kind, s) : no_room(l, PATH_MAX);
}

static int add_entry(struct load *l, struct archive_entry *e)
{
	char buf[PATH_MAX];
	struct ol_span path;

	if (!clean(ol_span_str(ol_archive_path(e)), buf, &path) || !path.n)
		return 0;
	path = ol_arena_dup(&l->t->text, path);
	if (!path.p)
		return no_room(l, PATH_MAX);
	if (archive_entry_hardlink(e))
		return add_link(l, path, HARD, archive_entry_hardlink(e));
	switch (archive_entry_filetype(e)) {
	case AE_IFDIR:
		return add(l, path, FOLDER, ol_span("", 0));
	case AE_IFLNK:
		return add_link(l, path, LINK, archive_entry_symlink(e));
	case AE_IFREG:
		return add_file(l, path, archive_entry_size(e));
	default:
		return add(l, path, GONE, ol_span("", 0)); /* what was of this path before, too */
	}
}

static int read_all(struct load *l)
{
	struct archive_entry *e;
	unsigned retries = 0;
	int rc = add(l, ol_span("", 0), FOLDER, ol_span("", 0));

	l->a = ol_archive_reader(true);
	if (rc || !l->a || archive_read_open(l->a, l, NULL, read_more, NULL) != ARCHIVE_OK)
		return rc ? rc : broken(l);
	for (;;) {
		int r = archive_read_next_header(l->a, &e);

		if (r == ARCHIVE_RETRY && ++retries <= OL_ARCHIVE_RETRIES)
			continue;
		if (r != ARCHIVE_EOF && r != ARCHIVE_OK && r != ARCHIVE_WARN)
			return broken(l);
		if ((archive_format(l->a) & ARCHIVE_FORMAT_BASE_MASK) != ARCHIVE_FORMAT_TAR)
			return cannot(l, -ENOTDIR, "it is neither a folder nor a tar");
		if (r == ARCHIVE_EOF)
			return 0;
		if (++l->entries > MAX_ENTRIES)
			return too_much(l, "there are more than 200000 entries in it");
		rc = add_entry(l, e);
		if (!rc)
			rc = read_data(l, NULL, 0); /* what was not kept */
		if (rc)
			return rc;
	}
}

/* Folders that have no entry of their own. @t is sorted, and afterwards not. */
static int add_parents(struct load *l)
{
	uint32_t n = l->t->n;
	int rc = 0;

	for (uint32_t i = 1; i < n && !rc; i++) {
		struct ol_span was = path_of(&l->t->v[i - 1]), now = path_of(&l->t->v[i]);
		size_t same = 0;

		while (same < was.n && same < now.n && was.p[same] == now.p[same])
			same++;
		/* the one before is in each folder that is there already, or is that folder */
		for (size_t k = same; k < now.n && !rc; k++)
			if (now.p[k] == '/' && (k > same || was.n > same))
				rc = add(l, ol_span_head(now, k), FOLDER, ol_span("", 0));
	}
	return rc;
}

static void sort(struct ol_root_tar *t)
{
	uint32_t n = 0;

	qsort(t->v, t->n, sizeof(*t->v), node_cmp);
	for (uint32_t i = 0; i < t->n; i++)
		if (i + 1 == t->n || path_cmp(path_of(&t->v[i]), path_of(&t->v[i + 1])))
			t->v[n++] = t->v[i];
	t->n = n;
}

static bool is_below(const struct node *e, const struct node *top)
{
	return !top->path_n || (e->path_n > top->path_n && e->path[top->path_n] == '/' &&
				!memcmp(e->path, top->path, top->path_n));
}

static void find_parents(struct ol_root_tar *t)
{
	uint32_t up = 0;

	for (uint32_t i = 1; i < t->n; i++) {
		while (!is_below(&t->v[i], &t->v[up])) {
			t->v[up].end = i;
			up = t->v[up].parent;
		}
		t->v[i].parent = up;
		up = i;
	}
	for (; up; up = t->v[up].parent)
		t->v[up].end = t->n;
	t->v[0].end = t->n;
}

static void follow_hard_links(struct ol_root_tar *t)
{
	for (uint32_t i = 1; i < t->n; i++) {
		struct node *e = &t->v[i];
		uint32_t to = i;

		for (int k = 0; k < MAX_LINKS && to && t->v[to].kind == HARD; k++)
			to = below(t, 0, ol_span(t->v[to].data, t->v[to].data_n));
		if (e->kind != HARD)
			continue;
		e->kind = t->v[to].kind == FOLDER || t->v[to].kind == HARD ? GONE : t->v[to].kind;
		e->data = t->v[to].data;
		e->data_n = t->v[to].data_n;
	}
}

static int find_top(struct load *l)
{
	struct ol_root_tar *t = l->t;

	while (!below(t, t->top, OL_SPAN("proc")) && !below(t, t->top, OL_SPAN("sys"))) {
		uint32_t folders = 0, only = 0;

		for (uint32_t i = t->top + 1; i < t->v[t->top].end; i = t->v[i].end)
			if (t->v[i].kind == FOLDER) {
				folders++;
				only = i;
			}
		if (folders != 1)
			return cannot(l, -ENOENT, "there is neither proc nor sys in it");
		t->top = only;
	}
	t->shown = below(t, t->top, OL_SPAN("captured"));
	return 0;
}

int ol_root_tar_new(int fd, const char *path, struct ol_root_tar **ret, struct ol_err *err)
{
	struct load *l = malloc(sizeof(*l));
	struct ol_root_tar *t = calloc(1, sizeof(*t));
	int rc;

	if (!l || !t) {
		free(l);
		free(t);
		return ol_fail(err, ol_no_memory(), "out of memory");
	}
	memset(l, 0, offsetof(struct load, buf));
	l->t = t;
	l->path = path;
	l->err = err;
	l->fd = fd;
	ol_arena_init(&t->text, MAX_KEPT);
	rc = read_all(l);
	if (!rc) {
		sort(t);
		rc = add_parents(l);
	}
	if (!rc) {
		sort(t);
		find_parents(t);
		follow_hard_links(t);
		rc = find_top(l);
	}
	archive_read_free(l->a);
	free(l);
	if (rc)
		ol_root_tar_free(t);
	else
		*ret = t;
	return rc;
}

#else

int ol_root_tar_new(int fd, const char *path, struct ol_root_tar **ret, struct ol_err *err)
{
	(void)fd;
	(void)ret;
	return ol_fail(err, -EOPNOTSUPP,
		       "cannot use %.350s as the root: it is no folder, and this build has no "
		       "libarchive to read it with",
		       path);
}

#endif
