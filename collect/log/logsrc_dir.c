// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "collect/log/logsrc_impl.h"

/* A directory of logs, rotated or not, becomes a queue of files in the order of their time. */

#define MAX_ENTRIES 10000
#define MAX_DEPTH   8 /* folders below the one that was named */
#define TEXT_PROBE  4096

enum age { AGE_DATED, AGE_NUMBERED, AGE_LIVE };

struct found {
	char *path;
	char *family; /* path without its rotation: "/var/log/kern.log" */
	enum age age;
	uint64_t key; /* date (older is smaller), or number (older is bigger) */
	struct stat st;
};

struct scan {
	struct ol_logsrc *s;
	struct found *v;
	size_t n, cap;
	size_t entries;
	bool full, deeper;
	const char *top; /* the folder that was named */
	char **later; /* folders of the next level */
	size_t n_later, cap_later;
};

/* Eats one of @tails from the end of *@a. */
static bool eat_tail(struct ol_span *a, const char *const *tails)
{
	for (; *tails; tails++) {
		struct ol_span t = ol_span_str(*tails);

		if (a->n > t.n && ol_span_ends(*a, t)) {
			a->n -= t.n;
			return true;
		}
	}
	return false;
}

static bool two_digits(struct ol_span *a, unsigned lo, unsigned hi)
{
	unsigned v;

	if (a->n < 2 || !ol_is_digit(a->p[0]) || !ol_is_digit(a->p[1]))
		return false;
	v = (unsigned)(a->p[0] - '0') * 10 + (unsigned)(a->p[1] - '0');
	*a = ol_span_skip(*a, 2);
	return v >= lo && v <= hi;
}

/*
 * 20261101, 2026-11-01, 2026110118 (hourly), 20261101-1793491200 (logrotate's %s): 18 digits,
 * padded, so that they compare as numbers.
 */
static bool is_date(struct ol_span a, uint64_t *ret)
{
	struct ol_span t = a;
	uint64_t key = 0;
	unsigned n = 0;

	if (!two_digits(&t, 19, 20) || !two_digits(&t, 0, 99))
		return false;
	ol_span_eat(&t, OL_SPAN("-"));
	if (!two_digits(&t, 1, 12))
		return false;
	ol_span_eat(&t, OL_SPAN("-"));
	if (!two_digits(&t, 1, 31))
		return false;
	for (size_t i = 0; i < a.n && n < 18; i++) {
		if (ol_is_digit(a.p[i])) {
			key = key * 10 + (uint64_t)(a.p[i] - '0');
			n++;
		}
	}
	for (; n < 18; n++)
		key *= 10;
	*ret = key;
	return true;
}

/*
 * The rotation at the end of a name, cut off:
 *   messages.3  dmesg.0  syslog-20261101  kern.log.2026-11-01  app_2026110118  messages.old
 */
static enum age eat_rotation(struct ol_span *a, uint64_t *ret_key)
{
	static const char *const old[] = { ".old", NULL };
	size_t at = a->n;

	*ret_key = 0;
	if (eat_tail(a, old)) {
		*ret_key = 1;
		return AGE_NUMBERED;
	}
	while (at && (ol_is_digit(a->p[at - 1]) || a->p[at - 1] == '-'))
		at--;
	if (at > 1 && a->p[at - 1] == '.' && a->n - at <= 4) {
		struct ol_span num = ol_span_skip(*a, at);

		if (ol_span_u64(num, ret_key)) {
			a->n = at - 1;
			return AGE_NUMBERED;
		}
	}
	/* "web-1-20261101": the date begins behind some separator of the digits' run */
	for (size_t i = at; i < a->n; i++) {
		char before = i ? a->p[i - 1] : 0;

		if (before != '-' && before != '.' && before != '_')
			continue;
		if (i > 1 && is_date(ol_span_skip(*a, i), ret_key)) {
			a->n = i - 1;
			return AGE_DATED;
		}
	}
	return AGE_LIVE;
}

/* "dir/" "messages.3.gz" -> family "dir/messages", numbered 3; "kern-20261101.log" -> "kern.log" */
static int classify(struct found *f, struct ol_span name, size_t dir_len)
{
	static const char *const zip[] = {
		".gz", ".xz", ".zst", ".bz2", ".lz4", ".Z", ".lzma", NULL
	};
	static const char *const ext[] = { ".log", ".txt", NULL };
	struct ol_span whole, bare;

	eat_tail(&name, zip);
	whole = bare = name;
	f->age = eat_rotation(&bare, &f->key);
	whole.n = 0;
	if (f->age == AGE_LIVE && eat_tail(&bare, ext)) {
		whole = ol_span_skip(name, bare.n); /* the extension, part of the family */
		f->age = eat_rotation(&bare, &f->key);
	}
	return asprintf(&f->family, "%.*s" OL_SPAN_FMT OL_SPAN_FMT, (int)dir_len, f->path,
			OL_SPAN_ARG(bare), OL_SPAN_ARG(whole)) < 0
		       ? -ENOMEM
		       : 0;
}

static int by_time(const void *pa, const void *pb)
{
	const struct found *a = pa, *b = pb;
	int c = strcmp(a->family, b->family);

	if (c)
		return c;
	if (a->age != b->age)
		return a->age < b->age ? -1 : 1;
	if (a->key != b->key)
		return (a->age == AGE_DATED) == (a->key < b->key) ? -1 : 1;
	return strcmp(a->path, b->path);
}

static char *join(const char *dir, const char *name)
{
	size_t n = strlen(dir);
	char *p;

	return asprintf(&p, "%s%s%s", dir, n && dir[n - 1] == '/' ? "" : "/", name) < 0 ? NULL : p;
}

/* What is not a log is passed over in silence; what might be one and cannot be read is told. */
static int take_file(struct scan *c, int dirfd, const char *dir, const char *name, bool *journal)
{
	struct found f = { 0 }, *v;
	char probe[TEXT_PROBE];
	enum ol_log_magic is;
	ssize_t n;
	int fd, r = 0;

	f.path = join(dir, name);
	if (!f.path)
		return -ENOMEM;
	fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	n = fd < 0 ? -errno : ol_log_read_at(fd, probe, sizeof(probe), 0);
	if (n >= 0 && fstat(fd, &f.st) < 0)
		n = -errno;
	if (fd >= 0)
		close(fd);
	if (n < 0) {
		struct ol_err err;

		if (n != -ELOOP && n != -ENOENT) {
			bool stated = fstatat(dirfd, name, &f.st, AT_SYMLINK_NOFOLLOW) == 0;

			ol_log_cannot(&err, (int)n, f.path, stated ? &f.st : NULL);
			ol_log_warn(c->s, "%s", err.msg);
		}
		goto out;
	}
	is = ol_log_sniff(ol_span(probe, (size_t)n), true);
	*journal |= is == OL_MAGIC_JOURNAL;
	if (is == OL_MAGIC_JOURNAL || is == OL_MAGIC_BINARY)
		goto out;
	r = classify(&f, ol_span_str(name), strlen(f.path) - strlen(name));
	if (r < 0)
		goto out;
	if (c->n == c->cap) {
		size_t cap = c->cap ? 2 * c->cap : 64;

		v = reallocarray(c->v, cap, sizeof(*v));
		if (!v) {
			r = -ENOMEM;
			goto out;
		}
		c->v = v;
		c->cap = cap;
	}
	c->v[c->n++] = f;
	f.path = f.family = NULL;
out:
	free(f.path);
	free(f.family);
	return r;
}

/* /var/log/journal/<machine id, 32 hex digits>/system.journal */
static bool is_machine_id(const char *name)
{
	size_t i = 0;

	while (ol_is_xdigit(name[i]))
		i++;
	return i == 32 && !name[i];
}

/* A folder that was found; its turn comes when all of its level were listed. */
static int later(struct scan *c, const char *dir, const char *name)
{
	char **v;

	if (c->n_later == c->cap_later) {
		size_t cap = c->cap_later ? 2 * c->cap_later : 16;

		v = reallocarray(c->later, cap, sizeof(*v));
		if (!v)
			return -ENOMEM;
		c->later = v;
		c->cap_later = cap;
	}
	c->later[c->n_later] = join(dir, name);
	return c->later[c->n_later] ? (c->n_later++, 0) : -ENOMEM;
}

/* Lists one folder: its logs are kept, its folders wait. */
static int scan_dir(struct scan *c, int fd, const char *dir, bool deepest, struct ol_err *err)
{
	bool journal = false;
	struct dirent *e;
	DIR *d = fdopendir(fd);
	int r = 0;

	if (!d) {
		r = -errno;
		close(fd);
		return ol_log_cannot(err, r, dir, NULL);
	}
	while (r >= 0 && !c->full) {
		struct stat st;

		errno = 0;
		e = readdir(d);
		if (!e) {
			if (errno)
				ol_log_warn(c->s, "%.350s: %s", dir, strerror(errno));
			break;
		}
		/* Hidden files are an editor's or a tool's own. */
		if (e->d_name[0] == '.')
			continue;
		if (++c->entries > MAX_ENTRIES) {
			ol_log_warn(c->s,
				    "%.350s: more than %d entries; the rest is left out, name the "
				    "files",
				    c->top, MAX_ENTRIES);
			c->full = true;
			break;
		}
		/* Symbolic links lead out of the directory, or to what stands in it anyway. */
		if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (S_ISREG(st.st_mode)) {
			r = take_file(c, dirfd(d), dir, e->d_name, &journal);
		} else if (S_ISDIR(st.st_mode) && is_machine_id(e->d_name)) {
			journal = true;
		} else if (S_ISDIR(st.st_mode) && !deepest) {
			r = later(c, dir, e->d_name);
		} else if (S_ISDIR(st.st_mode) && !c->deeper) {
			ol_log_warn(c->s, "%.350s: folders more than %d below %.100s are left out",
				    dir, MAX_DEPTH, c->top);
			c->deeper = true;
		}
	}
	closedir(d);
	if (journal)
		ol_log_warn(c->s, "%.350s: holds a systemd journal; --journal=%.100s reads it", dir,
			    dir);
	return r < 0 ? ol_fail(err, r, "%.350s: %s", dir, strerror(-r)) : 0;
}

/* Opens a folder below the first one, with no symbolic link on the way; negative errno. */
static int open_below(int top, const char *rel)
{
	int fd = fcntl(top, F_DUPFD_CLOEXEC, 0), sub;
	char name[NAME_MAX + 1];

	while (fd >= 0 && *rel) {
		size_t n = strcspn(rel, "/");

		if (n && n < sizeof(name)) {
			memcpy(name, rel, n);
			name[n] = 0;
			sub = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
			sub = sub < 0 ? -errno : sub;
			close(fd);
			fd = sub;
		}
		rel += n + (rel[n] == '/');
	}
	return fd;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A folder that was found in another one: what cannot be listed is told. */
static int scan_found(struct scan *c, int top, const char *path, bool deepest)
{
	struct ol_err sub = { "" };
	struct stat st;
	int fd = open_below(top, path + strlen(c->top)), r;

	if (fd < 0) {
		ol_log_cannot(&sub, fd, path, lstat(path, &st) == 0 ? &st : NULL);
		ol_log_warn(c->s, "%s", sub.msg);
		return 0;
	}
	r = scan_dir(c, fd, path, deepest, &sub);
	if (r < 0 && r != -ENOMEM) {
		ol_log_warn(c->s, "%s", sub.msg);
		r = 0;
	}
	return r;
}

/*
 * Level by level, so that what stands high up is found however much lies below it: the logs of a
 * node's pods are in pods/NAMESPACE_POD_UID/CONTAINER/0.log.
 */
static int scan_all(struct scan *c, int fd, struct ol_err *err)
{
	int top = fcntl(fd, F_DUPFD_CLOEXEC, 0), r;

	r = scan_dir(c, fd, c->top, top < 0, err);
	for (unsigned depth = 1; r >= 0 && c->n_later; depth++) {
		char **v = c->later;
		size_t n = c->n_later;

		c->later = NULL;
		c->n_later = c->cap_later = 0;
		qsort(v, n, sizeof(*v), by_name);
		for (size_t i = 0; i < n; i++) {
			if (r >= 0 && !c->full)
				r = scan_found(c, top, v[i], depth == MAX_DEPTH);
			free(v[i]);
		}
		free(v);
	}
	for (size_t i = 0; i < c->n_later; i++)
		free(c->later[i]);
	free(c->later);
	if (top >= 0)
		close(top);
	return r;
}

int ol_log_add_dir(struct ol_logsrc *s, const char *dir, struct ol_err *err)
{
	struct scan c = { .s = s, .top = dir };
	struct stat st;
	int fd, r;

	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		r = -errno;
		return ol_log_cannot(err, r, dir, stat(dir, &st) == 0 ? &st : NULL);
	}
	r = scan_all(&c, fd, err);
	if (c.n)
		qsort(c.v, c.n, sizeof(*c.v), by_time);
	for (size_t i = 0; i < c.n; i++) {
		struct found *f = &c.v[i];
		struct ol_log_input *in;

		if (r < 0)
			break;
		in = ol_log_queue(s, &ol_log_file, f->path, f->path, err);
		if (!in) {
			r = -ENOMEM;
			break;
		}
		ol_log_set_stat(s, in, &f->st);
		in->from_dir = true;
		/* What was rotated away does not grow. */
		in->goes_on = i + 1 < c.n && strcmp(f->family, c.v[i + 1].family) == 0;
		if (in->goes_on)
			in->follow = false;
	}
	if (r == 0 && c.n == 0)
		ol_log_warn(s, "%.350s: no logs here", dir);
	for (size_t i = 0; i < c.n; i++) {
		free(c.v[i].path);
		free(c.v[i].family);
	}
	free(c.v);
	return r;
}
