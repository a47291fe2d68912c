// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/scope.h"
#include "collect/cgroup_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

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
	if (write(fd, text, strlen(text)) < 0)
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

	snprintf(name, sizeof(name), "oomlens-watch.%d", (int)getpid());
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

/* Where the group can be: as near as possible to where we are, so that the same limits hold. */
static int make_near(struct ol_scope *s, int mount, char *path)
{
	int last = -EACCES;
	/* in version 2 a group that has processes hands out no memory: not below our own */
	bool below_own = s->version == 1;

	for (;;) {
		char *slash;

		if (below_own || !strcmp(path, "/")) {
			int above = openat(mount, path[1] ? path + 1 : ".",
					   O_RDONLY | O_DIRECTORY | O_CLOEXEC);
			int r = above < 0 ? -errno : make_in(s, above, path);

			if (!r)
				return 0;
			if (above >= 0)
				close(above);
			last = r;
		}
		if (!path[1])
			return last;
		below_own = true;
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

int ol_scope_make(struct ol_scope *s, struct ol_err *err)
{
	struct ol_collect *c = calloc(1, sizeof(*c));
	struct ol_cgroups *cg = calloc(1, sizeof(*cg));
	char path[4096];
	struct ol_span text;
	int r = -ENOMEM, mount = -1;

	*s = (struct ol_scope){ .dir = -1, .origin = -1, .above = -1 };
	if (!c || !cg)
		goto out;
	cg->c = c;
	r = ol_root_open(&c->root, "/", err);
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
		if (mount >= 0)
			close(mount);
	}
	if (!r && s->dir < 0)
		r = -ENOENT;
out:
	if (c) {
		ol_buf_done(&c->buf);
		ol_root_close(&c->root);
	}
	free(c);
	free(cg);
	if (!r)
		return 0;
	if (s->origin >= 0)
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
	n = read(fd, buf, size);
	close(fd);
	return n < 0 ? -errno : n;
}

bool ol_scope_occupied(const struct ol_scope *s)
{
	char c;

	return s->version && members(s, &c, 1) > 0;
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
	if (!r && s->enabled)
		write_at(s->above, "cgroup.subtree_control", "-memory");
	close(s->dir);
	close(s->above);
	if (s->origin >= 0)
		close(s->origin);
	s->version = 0;
	return r;
}
