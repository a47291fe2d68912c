// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/machine/scope.h"
#include "collect/machine/cgroup_impl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define OL_SCOPE_NAME "oomlens-watch."

/*
 * 4:memory:/user.slice          (version 1: the controllers of the hierarchy, between commas)
 * 0::/user.slice/user-0.slice   (version 2)
 * proc_cgroup_show() in kernel/cgroup/cgroup.c
 */
static bool own_path(struct ol_span text, int version, char *ret, size_t size)
{
	while (text.n) {
		ssize_t nl = ol_span_chr(text, '\n');
		struct ol_span line = ol_span_head(text, nl < 0 ? text.n : (size_t)nl), list;
		uint64_t id;
		ssize_t colon;
		bool ours;

		text = ol_span_skip(text, nl < 0 ? text.n : (size_t)nl + 1);
		if (!ol_eat_u64(&line, &id) || !ol_span_eat(&line, OL_SPAN(":")) ||
		    (colon = ol_span_chr(line, ':')) < 0)
			continue;
		list = ol_span_head(line, (size_t)colon);
		line = ol_span_skip(line, (size_t)colon + 1);
		ours = version == 2 && id == 0 && !list.n;
		while (version == 1 && list.n && !ours) {
			ssize_t comma = ol_span_chr(list, ',');
			struct ol_span one = comma < 0 ? list : ol_span_head(list, (size_t)comma);

			ours = ol_span_eqs(one, "memory");
			list = ol_span_skip(list, comma < 0 ? list.n : (size_t)comma + 1);
		}
		if (!ours || line.n >= size)
			continue;
		memcpy(ret, line.p, line.n);
		ret[line.n] = 0;
		return true;
	}
	return false;
}

static int write_at(int dir, const char *file, const char *text)
{
	int fd = openat(dir, file, O_WRONLY | O_CLOEXEC), r = 0;

	if (fd < 0)
		return -errno;
	if (TEMP_FAILURE_RETRY(write(fd, text, strlen(text))) < 0)
		r = -errno;
	close(fd);
	return r;
}

static bool has_memory(const struct ol_scope *s)
{
	return !faccessat(s->dir, s->version == 2 ? "memory.current" : "memory.usage_in_bytes",
			  R_OK, 0);
}

/* A new group in the directory @above; 0 or -errno. */
static int make_in(struct ol_scope *s, int above, const char *path)
{
	char name[64];
	int r;

	snprintf(name, sizeof(name), OL_SCOPE_NAME "%d", (int)getpid());
	if (mkdirat(above, name, 0755))
		return -errno;
	s->dir = openat(above, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = s->dir < 0 ? -errno : 0;
	/* version 2 gives a group only the controllers that the one above hands out */
	if (!r && s->version == 2 && !has_memory(s)) {
		r = write_at(above, "cgroup.subtree_control", "+memory");
		s->enabled = !r;
	}
	if (!r && !has_memory(s))
		r = -ENODEV;
	if (r) {
		if (s->dir >= 0)
			close(s->dir);
		s->dir = -1;
		unlinkat(above, name, AT_REMOVEDIR);
		if (s->enabled)
			write_at(above, "cgroup.subtree_control", "-memory");
		s->enabled = false;
		return r;
	}
	snprintf(s->path, sizeof(s->path), "%s%s%s", path, strcmp(path, "/") ? "/" : "", name);
	s->name = s->path + strlen(s->path) - strlen(name);
	s->above = above;
	return 0;
}

/* Limits of version 2 that hold where we are and not beside it. */
static const char *const own_limits[] = { "memory.max", "memory.high", "memory.swap.max" };
enum { N_LIMITS = sizeof(own_limits) / sizeof(own_limits[0]) };

/* "max" or a number of bytes: the smaller one of @v and what the file says. */
static void smaller(int mount, const char *path, const char *file, uint64_t *v)
{
	char name[4300], buf[32];
	struct ol_span s;
	uint64_t limit;
	ssize_t n;
	int fd;

	snprintf(name, sizeof(name), "%s/%s", path[1] ? path + 1 : ".", file);
	fd = openat(mount, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	n = TEMP_FAILURE_RETRY(read(fd, buf, sizeof(buf)));
	close(fd);
	s = ol_span(buf, n > 0 ? (size_t)n : 0);
	if (ol_eat_u64(&s, &limit) && limit < *v)
		*v = limit;
}

static int take_limits(const struct ol_scope *s, const uint64_t v[N_LIMITS])
{
	char text[32];
	int r = 0;

	for (int i = 0; i < N_LIMITS && !r; i++)
		if (v[i] != UINT64_MAX) {
			snprintf(text, sizeof(text), "%llu", (unsigned long long)v[i]);
			r = write_at(s->dir, own_limits[i], text);
		}
	return r;
}

/*
 * Where the group can be: as near as possible to where we are, so that the same limits hold; those
 * of the groups that had to be left are taken along.
 */
static int make_near(struct ol_scope *s, int mount, char *path)
{
	uint64_t limits[N_LIMITS] = { UINT64_MAX, UINT64_MAX, UINT64_MAX };
	int last = -EACCES;
	/* in version 2 a group that has processes hands out no memory: not below our own */
	bool below_own = s->version == 1;

	for (;;) {
		char *slash;

		if (below_own || !strcmp(path, "/")) {
			int above = openat(mount, path[1] ? path + 1 : ".",
					   O_RDONLY | O_DIRECTORY | O_CLOEXEC);
			int r = above < 0 ? -errno : make_in(s, above, path);

			if (!r) {
				s->own_limit = limits[0];
				return take_limits(s, limits);
			}
			if (above >= 0)
				close(above);
			last = r;
		}
		if (!path[1])
			return last;
		below_own = true;
		for (int i = 0; s->version == 2 && i < N_LIMITS; i++)
			smaller(mount, path, own_limits[i], &limits[i]);
		slash = strrchr(path, '/');
		slash[slash == path] = 0;
	}
}

static int origin_of(const struct ol_scope *s, int mount, const char *path)
{
	char file[4300];
	int fd;

	(void)s;
	snprintf(file, sizeof(file), "%s/cgroup.procs", path[1] ? path + 1 : ".");
	fd = openat(mount, file, O_WRONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int ol_scope_make(struct ol_scope *s, const char *root, struct ol_err *err)
{
	struct ol_collect *c = calloc(1, sizeof(*c));
	struct ol_cgroups *cg = calloc(1, sizeof(*cg));
	char path[4096];
	struct ol_span text;
	int r = -ENOMEM, mount = -1;

	*s = (struct ol_scope){ .dir = -1, .origin = -1, .above = -1 };
	if (c)
		c->root.fd = -1;
	if (!c || !cg)
		goto out;
	cg->c = c;
	r = ol_root_open(&c->root, root, err);
	if (r)
		goto out;
	r = ol_cgroup_find(cg);
	for (int i = 0; !r && i < 2 && s->dir < 0; i++) {
		const struct ol_cg_tree *tr = &cg->tree[i];

		if (!tr->version)
			continue;
		s->version = tr->version;
		r = ol_root_read(&c->root, "proc/self/cgroup", &c->buf, &text);
		if (!r && !own_path(text, tr->version, path, sizeof(path)))
			r = -ENOENT;
		if (!r) {
			mount = ol_root_openat(&c->root, tr->base, O_RDONLY | O_DIRECTORY);
			r = mount < 0 ? mount : 0;
		}
		if (!r) {
			s->origin = origin_of(s, mount, path);
			r = make_near(s, mount, path);
		}
		ol_root_fd_close(mount);
	}
	if (!r && s->dir < 0)
		r = -ENOENT;
out:
	if (c) {
		ol_buf_done(&c->buf);
		ol_buf_done(&c->buf2);
		ol_root_close(&c->root);
	}
	free(c);
	free(cg);
	if (!r)
		return 0;
	if (s->dir >= 0)
		ol_scope_done(s);
	else if (s->origin >= 0)
		close(s->origin);
	*s = (struct ol_scope){ .dir = -1, .origin = -1, .above = -1 };
	return ol_fail(err, r, "no control group can be made here: %s", strerror(-r));
}

int ol_scope_enter(const struct ol_scope *s, pid_t pid)
{
	char text[32];

	snprintf(text, sizeof(text), "%d", (int)pid);
	return write_at(s->dir, "cgroup.procs", text);
}

int ol_scope_limit(const struct ol_scope *s, uint64_t bytes)
{
	char text[32];

	/* a limit that was there before is not raised */
	if (s->version == 2 && s->own_limit < bytes)
		bytes = s->own_limit;
	snprintf(text, sizeof(text), "%llu", (unsigned long long)bytes);
	return write_at(s->dir, s->version == 2 ? "memory.max" : "memory.limit_in_bytes", text);
}

/* The first processes of the group; returns how many bytes of their numbers stand in @buf. */
static ssize_t members(const struct ol_scope *s, char *buf, size_t size)
{
	int fd = openat(s->dir, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = TEMP_FAILURE_RETRY(read(fd, buf, size));
	close(fd);
	return n < 0 ? -errno : n;
}

static uint32_t pids_of(struct ol_span text, int32_t *ret, uint32_t n, uint32_t max)
{
	uint64_t pid;

	while (ol_eat_u64(&text, &pid) && ol_span_eat(&text, OL_SPAN("\n"))) {
		if (n < max)
			ret[n] = (int32_t)pid;
		n++;
	}
	return n;
}

static int64_t pids_below(int dir, unsigned depth, struct ol_buf *b, int32_t *ret, uint32_t n,
			  uint32_t max)
{
	int fd = openat(dir, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	int64_t sum = n;
	struct ol_span text;
	struct dirent *e;
	DIR *d;

	if (fd < 0)
		return -errno;
	if (!ol_fd_read(fd, b, &text))
		sum = pids_of(text, ret, n, max);
	close(fd);
	fd = depth < 16 ? openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		if (fd >= 0)
			close(fd);
		return sum;
	}
	while ((e = readdir(d))) {
		int64_t more;

		if (e->d_type != DT_DIR || e->d_name[0] == '.')
			continue;
		fd = openat(dir, e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			continue;
		more = pids_below(fd, depth + 1, b, ret, (uint32_t)sum, max);
		sum = more > sum ? more : sum;
		close(fd);
	}
	closedir(d);
	return sum;
}

int64_t ol_scope_pids(const struct ol_scope *s, int32_t *ret, uint32_t max)
{
	struct ol_buf b = { 0 };
	int64_t n = s->version ? pids_below(s->dir, 0, &b, ret, 0, max) : -ENOENT;

	ol_buf_done(&b);
	return n;
}

/* What still runs goes back to the group that we came from. */
static void send_home(const struct ol_scope *s)
{
	char buf[4096];

	for (int round = 0; round < 100; round++) {
		ssize_t n = members(s, buf, sizeof(buf));
		struct ol_span rest = ol_span(buf, n > 0 ? (size_t)n : 0);

		if (!rest.n)
			return;
		while (rest.n) {
			ssize_t nl = ol_span_chr(rest, '\n');

			if (nl < 0)
				break;
			/* a process that ended in between is nobody's loss */
			if (write(s->origin, rest.p, (size_t)nl) < 0 && errno != ESRCH)
				return;
			rest = ol_span_skip(rest, (size_t)nl + 1);
		}
	}
}

/* Another run of ours beside it that found the controller on, and needs it. */
static bool others(const struct ol_scope *s)
{
	int fd = openat(s->above, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	bool found = false;
	struct dirent *e;

	if (fd >= 0 && !d)
		close(fd);
	while (d && !found && (e = readdir(d)))
		found = !strncmp(e->d_name, OL_SCOPE_NAME, strlen(OL_SCOPE_NAME));
	if (d)
		closedir(d);
	return found;
}

int ol_scope_done(struct ol_scope *s)
{
	struct timespec wait = { 0, 20000000 };
	int r = 0;

	if (!s->version)
		return 0;
	if (s->origin >= 0)
		send_home(s);
	/* processes that have just ended are still on their way out */
	for (int i = 0; i < 100; i++) {
		r = unlinkat(s->above, s->name, AT_REMOVEDIR) ? -errno : 0;
		if (r != -EBUSY)
			break;
		nanosleep(&wait, NULL);
	}
	if (!r && s->enabled && !others(s))
		write_at(s->above, "cgroup.subtree_control", "-memory");
	close(s->dir);
	close(s->above);
	if (s->origin >= 0)
		close(s->origin);
	s->version = 0;
	return r;
}
