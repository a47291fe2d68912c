// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/machine/root.h"
#include "collect/machine/root_tar.h"
#include "collect/machine/slow_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

/* A file or folder of a tar, as a descriptor: a machine has no such number (fs.nr_open). */
enum { IN_TAR = 1 << 30 };

static _Thread_local uint32_t failures;

uint32_t ol_root_failures(void)
{
	uint32_t n = failures;

	failures = 0;
	return n;
}

/* Collectors leave out what they cannot read; what must not be left out in silence is counted. */
static int failed(int rc)
{
	switch (-rc) {
	case ENOENT:
	case ENOTDIR:
	case ENODEV:
	case ENXIO:
	case ESRCH:
	case EACCES:
	case EPERM:
	case EOPNOTSUPP:
	case EINVAL:
		break;
	default:
		failures++;
	}
	return rc;
}

static int open_tar(struct ol_root *r, const char *path, struct ol_err *err)
{
	struct stat st;
	int fd = -1, rc = 0;

	ol_guard_in(AT_FDCWD, path);
	if (stat(path, &st))
		rc = -errno;
	else if (!S_ISREG(st.st_mode))
		rc = -ENOTDIR;
	else if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) < 0)
		rc = -errno;
	ol_guard_out();
	if (rc)
		return ol_fail(err, rc, "cannot use %s as the root: %s", path, strerror(-rc));
	rc = ol_root_tar_new(fd, path, &r->tar, err);
	close(fd);
	if (!rc)
		r->fd = IN_TAR + ol_root_tar_top(r->tar);
	return rc;
}

int ol_root_open(struct ol_root *r, const char *path, struct ol_err *err)
{
	struct stat here, slash;
	struct statfs fs;
	int proc = -1, fd, rc = 0;

	*r = (struct ol_root){ .fd = -1 };
	/* of a network file system whose server is gone nothing here comes back */
	ol_guard_in(AT_FDCWD, path);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		rc = -errno;
	} else {
		r->ours = !fstat(fd, &here) && !stat("/", &slash) && here.st_dev == slash.st_dev &&
			  here.st_ino == slash.st_ino;
		proc = openat(fd, "proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
		r->live = proc >= 0 && !fstatfs(proc, &fs) && fs.f_type == PROC_SUPER_MAGIC;
	}
	ol_guard_out();
	if (proc >= 0)
		close(proc);
	if (rc == -ENOTDIR)
		return open_tar(r, path, err);
	if (rc)
		return ol_fail(err, rc, "cannot use %s as the root: %s", path, strerror(-rc));
	r->fd = fd;
	return 0;
}

void ol_root_close(struct ol_root *r)
{
	ol_root_fd_close(r->fd);
	ol_root_tar_free(r->tar);
	r->fd = -1;
	r->tar = NULL;
}

void ol_root_fd_close(int fd)
{
	if (fd >= 0 && fd < IN_TAR)
		close(fd);
}

int ol_root_openat_dir(const struct ol_root *r, int dirfd, const char *path, int flags)
{
	int fd;

	if (r->tar) {
		fd = ol_root_tar_find(r->tar, dirfd - IN_TAR, path, flags);
		return fd < 0 ? failed(fd) : IN_TAR + fd;
	}
	flags |= O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	/* links below another directory would be resolved in that one, so they may not leave it */
	if (!r->live) {
		struct open_how how = {
			.flags = (uint64_t)(unsigned)flags,
			.resolve = dirfd == r->fd ? RESOLVE_IN_ROOT : RESOLVE_BENEATH,
		};

		ol_guard_in(dirfd, path);
		fd = (int)syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
		ol_guard_out();
		if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
			return fd < 0 ? failed(-errno) : fd;
	}
	ol_guard_in(dirfd, path);
	fd = openat(dirfd, path, flags);
	ol_guard_out();
	return fd < 0 ? failed(-errno) : fd;
}

int ol_root_openat(const struct ol_root *r, const char *path, int flags)
{
	return ol_root_openat_dir(r, r->fd, path, flags);
}

void ol_buf_done(struct ol_buf *b)
{
	free(b->p);
	b->p = NULL;
	b->cap = 0;
}

static int grow(struct ol_buf *b)
{
	/* /proc/slabinfo has 40 kB, /proc/zoneinfo of two nodes and 256 CPUs has 200 kB */
	size_t cap = b->cap ? b->cap * 2 : 256 << 10;
	char *p;

	if (cap > OL_READ_MAX)
		return -EFBIG;
	p = realloc(b->p, cap);
	if (!p)
		return ol_no_memory();
	b->p = p;
	b->cap = cap;
	return 0;
}

/*
 * For a file of /proc/sys the kernel allocates and clears as much memory as a read asks for
 * (proc_sys_call_handler()): for a line, 64 pages. A page is asked for until there was more.
 */
static size_t ask(size_t n, size_t room)
{
	return n < 4095 && room > 4095 ? 4095 : room;
}

static int read_from(int fd, struct ol_buf *b, size_t n, struct ol_span *ret)
{
	int rc;

	for (;;) {
		ssize_t got;

		if (n == b->cap && (rc = grow(b)))
			return failed(rc);
		ol_guard_in(fd, NULL);
		got = pread(fd, b->p + n, ask(n, b->cap - n), (off_t)n);
		ol_guard_out();
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return failed(-errno);
		if (!got)
			break;
		n += (size_t)got;
	}
	*ret = ol_span(b->p, n);
	return 0;
}

int ol_fd_read(int fd, struct ol_buf *b, struct ol_span *ret)
{
	return read_from(fd, b, 0, ret);
}

static int tar_text(const struct ol_root *r, int fd, struct ol_span *ret)
{
	int rc = ol_root_tar_text(r->tar, fd - IN_TAR, ret);

	return rc ? failed(rc) : 0;
}

int ol_root_fd_read(const struct ol_root *r, int fd, struct ol_buf *b, struct ol_span *ret)
{
	return r->tar ? tar_text(r, fd, ret) : read_from(fd, b, 0, ret);
}

int ol_root_fd_read_once(const struct ol_root *r, int fd, struct ol_buf *b, struct ol_span *ret)
{
	ssize_t got;
	int rc;

	if (r->tar)
		return tar_text(r, fd, ret);
	if (!b->cap && (rc = grow(b)))
		return failed(rc);
	ol_guard_in(fd, NULL);
	do
		got = pread(fd, b->p, ask(0, b->cap), 0);
	while (got < 0 && errno == EINTR);
	ol_guard_out();
	if (got < 0)
		return failed(-errno);
	/* a captured file, or one that is too long: to the end */
	if ((size_t)got == ask(0, b->cap) || (got > 0 && b->p[got - 1] != '\n'))
		return read_from(fd, b, (size_t)got, ret);
	*ret = ol_span(b->p, (size_t)got);
	return 0;
}

static int file_open(const struct ol_root *r, const char *path, struct ol_file *f)
{
	if (f->fd < 0) {
		int fd = ol_root_openat(r, path, O_RDONLY);

		if (fd < 0)
			return fd;
		f->fd = fd;
	}
	return 0;
}

int ol_file_read(const struct ol_root *r, const char *path, struct ol_file *f, struct ol_buf *b,
		 struct ol_span *ret)
{
	int rc = file_open(r, path, f);

	return rc ? rc : ol_root_fd_read(r, f->fd, b, ret);
}

int ol_file_read_line(const struct ol_root *r, const char *path, struct ol_file *f,
		      struct ol_buf *b, struct ol_span *ret)
{
	int rc = file_open(r, path, f);

	return rc ? rc : ol_root_fd_read_once(r, f->fd, b, ret);
}

void ol_file_close(struct ol_file *f)
{
	ol_root_fd_close(f->fd);
	f->fd = -1;
}

int ol_root_read_dir(const struct ol_root *r, int dirfd, const char *path, struct ol_buf *b,
		     struct ol_span *ret)
{
	int fd = ol_root_openat_dir(r, dirfd, path, O_RDONLY);
	int rc;

	if (fd < 0)
		return fd;
	rc = ol_root_fd_read(r, fd, b, ret);
	ol_root_fd_close(fd);
	return rc;
}

int ol_root_read(const struct ol_root *r, const char *path, struct ol_buf *b, struct ol_span *ret)
{
	return ol_root_read_dir(r, r->fd, path, b, ret);
}

int ol_root_read_i64(const struct ol_root *r, int dirfd, const char *path, struct ol_buf *b,
		     int64_t *ret)
{
	struct ol_span s;
	int rc = ol_root_read_dir(r, dirfd, path, b, &s);

	return rc ? rc : ol_i64_of(s, ret);
}

int ol_i64_of(struct ol_span s, int64_t *ret)
{
	/* without its newline it may be cut */
	/* NOLINTNEXTLINE(clang-analyzer-core*): who returned 0 has set it */
	if (!s.n || s.p[s.n - 1] != '\n')
		return -EBADMSG;
	s = ol_span_trim(s);
	if (ol_span_eqs(s, "max")) {
		*ret = INT64_MAX;
		return 0;
	}
	return ol_span_i64(s, ret) ? 0 : -EBADMSG;
}

int64_t ol_root_fd_size(const struct ol_root *r, int fd)
{
	struct ol_span text;
	struct stat st;

	if (r->tar) {
		int rc = tar_text(r, fd, &text);

		return rc ? rc : (int64_t)text.n;
	}
	if (fstat(fd, &st))
		return -errno;
	return S_ISREG(st.st_mode) ? st.st_size : -EINVAL;
}

ssize_t ol_root_readlink(const struct ol_root *r, int dirfd, const char *name, char *ret,
			 size_t size)
{
	struct ol_span to;
	ssize_t n;

	if (r->tar) {
		n = ol_root_tar_link(r->tar, dirfd - IN_TAR, name, &to);
		if (n)
			return n;
		to = ol_span_head(to, size);
		memcpy(ret, to.p, to.n);
		return (ssize_t)to.n;
	}
	n = readlinkat(dirfd, name, ret, size);
	return n < 0 ? -errno : n;
}

static int by_number(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

static bool number_in(const char *name, struct ol_span prefix, struct ol_span suffix, int32_t *ret)
{
	struct ol_span s = ol_span_str(name);
	uint64_t v;

	if (!ol_span_eat(&s, prefix) || (s.n > 1 && s.p[0] == '0' && ol_is_digit(s.p[1])) ||
	    !ol_eat_u64(&s, &v) || v > INT32_MAX || !ol_span_eq(s, suffix))
		return false;
	*ret = (int32_t)v;
	return true;
}

int ol_names_init(struct ol_names *n, const struct ol_root *r, int dirfd)
{
	n->r = r;
	n->fd = dirfd;
	n->at_tar = 0;
	n->at = n->got = 0;
	return !r->tar && lseek(dirfd, 0, SEEK_SET) < 0 ? -errno : 0;
}

static int next_in_tar(struct ol_names *n, const char **ret_name, unsigned char *ret_type)
{
	struct ol_span name;

	do {
		if (!ol_root_tar_next(n->r->tar, n->fd - IN_TAR, &n->at_tar, &name, ret_type))
			return 0;
	} while (name.n >= sizeof(n->buf)); /* none is: PATH_MAX */
	memcpy(n->buf, name.p, name.n);
	n->buf[name.n] = 0;
	n->ino = n->at_tar;
	*ret_name = n->buf;
	return 1;
}

int ol_names_next(struct ol_names *n, const char **ret_name, unsigned char *ret_type)
{
	while (!n->r->tar) {
		const struct dirent64 *e;

		if (n->at >= n->got) {
			n->at = 0;
			ol_guard_in(n->fd, NULL);
			n->got = getdents64(n->fd, n->buf, sizeof(n->buf));
			ol_guard_out();
			if (n->got <= 0)
				return n->got < 0 ? failed(-errno) : 0;
		}
		e = (const struct dirent64 *)(const void *)(n->buf + n->at);
		n->at += e->d_reclen;
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		*ret_name = e->d_name;
		*ret_type = e->d_type;
		n->ino = e->d_ino;
		return 1;
	}
	return next_in_tar(n, ret_name, ret_type);
}

int ol_root_numbers(const struct ol_root *r, const char *path, struct ol_span prefix,
		    struct ol_span suffix, int32_t *ret, uint32_t max, uint32_t *ret_n,
		    uint32_t *dropped)
{
	int fd = ol_root_openat(r, path, O_RDONLY | O_DIRECTORY);
	struct ol_names names;
	unsigned char type;
	const char *name;
	uint32_t n = 0;
	int rc;

	if (fd < 0)
		return fd;
	rc = ol_names_init(&names, r, fd);
	while (!rc && (rc = ol_names_next(&names, &name, &type)) > 0) {
		int32_t v;

		rc = 0;
		/* NOLINTNEXTLINE(clang-analyzer-core*): 1 says that there is a name */
		if (!number_in(name, prefix, suffix, &v))
			continue;
		if (n == max)
			++*dropped;
		else
			ret[n++] = v;
	}
	ol_root_fd_close(fd);
	if (rc)
		return rc;
	qsort(ret, n, sizeof(*ret), by_number);
	*ret_n = n;
	return 0;
}
