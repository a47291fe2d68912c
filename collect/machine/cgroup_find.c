// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/machine/cgroup_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

static bool exists(const struct ol_root *r, const char *dir, const char *file)
{
	char path[OL_CG_PATH + 64];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	fd = ol_root_openat(r, path, O_RDONLY);
	ol_root_fd_close(fd);
	return fd >= 0 || fd == -EACCES;
}

/* cpuset cpu io memory pids: cgroup.controllers of the root (4.5) */
static bool has_controller(struct ol_collect *c, const char *dir)
{
	char path[OL_CG_PATH + 64];
	struct ol_span s, word;

	snprintf(path, sizeof(path), "%s/cgroup.controllers", dir);
	if (ol_root_read(&c->root, path, &c->buf, &s))
		return false;
	s = ol_span_rtrim(s);
	while (ol_span_token(&s, &word))
		if (ol_span_eqs(word, "memory"))
			return true;
	return false;
}

static bool is_hierarchy(struct ol_collect *c, int version, const char *dir)
{
	if (version == 1)
		return exists(&c->root, dir, "memory.usage_in_bytes");
	/*
	 * The root has no memory.current, that of a container's namespace has. Beside version 1
	 * stands a tree without the controller.
	 */
	return exists(&c->root, dir, "memory.current") || has_controller(c, dir);
}

/* A mount point without its slash; "\040" is a blank: mangle() in fs/proc_namespace.c */
static bool place_of(struct ol_span s, char *to, size_t size)
{
	size_t n = 0;

	if (!ol_span_eat(&s, OL_SPAN("/")) || s.n >= size)
		return false;
	while (s.n) {
		char ch = s.p[0];
		size_t eaten = 1;

		if (ch == '\\' && s.n >= 4 && s.p[1] >= '0' && s.p[1] <= '3' && s.p[2] >= '0' &&
		    s.p[2] <= '7' && s.p[3] >= '0' && s.p[3] <= '7') {
			ch = (char)((s.p[1] - '0') << 6 | (s.p[2] - '0') << 3 | (s.p[3] - '0'));
			eaten = 4;
		}
		if (!ch)
			return false;
		to[n++] = ch;
		s = ol_span_skip(s, eaten);
	}
	to[n] = 0;
	return n > 0;
}

static bool list_has(struct ol_span list, const char *word)
{
	while (list.n) {
		ssize_t comma = ol_span_chr(list, ',');
		struct ol_span one = comma < 0 ? list : ol_span_head(list, (size_t)comma);

		if (ol_span_eqs(one, word))
			return true;
		list = ol_span_skip(list, one.n + 1);
	}
	return false;
}

/*
 * cgroup /sys/fs/cgroup/memory cgroup rw,nosuid,nodev,noexec,relatime,memory 0 0
 * cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0
 */
static bool mount_line(struct ol_span line, int version, char *to, size_t size)
{
	struct ol_span dev, place, type, opts;

	if (!ol_span_token(&line, &dev) || !ol_span_token(&line, &place) ||
	    !ol_span_token(&line, &type) || !ol_span_token(&line, &opts))
		return false;
	if (version == 1 ? !ol_span_eqs(type, "cgroup") || !list_has(opts, "memory")
			 : !ol_span_eqs(type, "cgroup2"))
		return false;
	return place_of(place, to, size);
}

static bool find_mounted(struct ol_cgroups *cg, const char *mounts, struct ol_cg_tree *tr,
			 int version)
{
	struct ol_collect *c = cg->c;
	struct ol_src_status ignored = { 0 };
	struct ol_span text, line;

	/* in the other buffer: is_hierarchy() reads, too */
	if (ol_root_read(&c->root, mounts, &c->buf2, &text))
		return false;
	while (ol_eat_line(&text, &line, &ignored))
		if (mount_line(line, version, tr->base, sizeof(tr->base)) &&
		    is_hierarchy(c, version, tr->base))
			return true;
	return false;
}

static bool find_one(struct ol_cgroups *cg, struct ol_cg_tree *tr, int version)
{
	/*
	 * "self" is us, also when the root is a host's whose proc is mounted here: then its init
	 * tells. A captured root may lack all of them, or hold only what its collector took.
	 */
	static const char *const mounts[] = { "proc/self/mounts", "proc/1/mounts", "proc/mounts" };
	static const char *const usual[2][3] = {
		{ "sys/fs/cgroup/memory", "sys/fs/cgroup", "cgroup/memory" },
		{ "sys/fs/cgroup", "sys/fs/cgroup/unified", "sys/fs/cgroup/systemd" },
	};

	for (size_t i = cg->c->root.live && !cg->c->root.ours; i < 3; i++)
		if (find_mounted(cg, mounts[i], tr, version))
			return true;
	for (size_t i = 0; i < 3; i++) {
		snprintf(tr->base, sizeof(tr->base), "%s", usual[version - 1][i]);
		if (is_hierarchy(cg->c, version, tr->base))
			return true;
	}
	return false;
}

int ol_cgroup_find(struct ol_cgroups *cg)
{
	int found = 0;

	for (int v = 1; v <= 2; v++) {
		struct ol_cg_tree *tr = &cg->tree[v - 1];

		tr->version = find_one(cg, tr, v) ? v : 0;
		found += tr->version > 0;
	}
	return found ? 0 : -ENOENT;
}
