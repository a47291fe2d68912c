/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_TESTS_FUZZ_TREE_H
#define OL_TESTS_FUZZ_TREE_H

/*
 * A tree of files as one input:
 *
 *   @@ proc/meminfo
 *   MemTotal:  1024 kB
 *   @@ proc/cut -
 *   its last newline is left out
 *   @@ proc/link > meminfo
 *   @@
 *   ... what changes for a second look
 *
 * It is written below a directory of its own in $TMPDIR; files that are as the last input left them
 * stay. Names that lead out of it are left out.
 */

#include "lib/span.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TREE_FILES = 192, TREE_PATH = 200 };
static struct tree_file {
	char path[TREE_PATH];
	uint64_t hash;
	bool kept;
} tree_files[TREE_FILES];
static unsigned tree_n;
static char tree_dir[128];
static int tree_fd = -1;

static inline int tree_rm(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

static inline void tree_gone(void)
{
	nftw(tree_dir, tree_rm, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void tree_init(void)
{
	const char *tmp = getenv("TMPDIR");

	if (tree_fd >= 0)
		return;
	snprintf(tree_dir, sizeof(tree_dir), "%.100s/ol-fuzz.XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(tree_dir))
		abort();
	tree_fd = open(tree_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	atexit(tree_gone);
}

static inline bool tree_path_ok(struct ol_span path)
{
	size_t part = 0;

	if (!path.n || path.n >= TREE_PATH || path.p[0] == '/' || path.p[path.n - 1] == '/' ||
	    memchr(path.p, 0, path.n))
		return false;
	for (size_t i = 0; i <= path.n; i++) {
		if (i < path.n && path.p[i] != '/') {
			part++;
			continue;
		}
		if (!part || (part <= 2 && path.p[i - 1] == '.'))
			return false;
		part = 0;
	}
	return true;
}

/* Away with it, and with the directories that it leaves empty. */
static inline void tree_remove(const char *path)
{
	char p[TREE_PATH];

	snprintf(p, sizeof(p), "%s", path);
	unlinkat(tree_fd, p, 0);
	for (char *slash; (slash = strrchr(p, '/'));) {
		*slash = 0;
		if (unlinkat(tree_fd, p, AT_REMOVEDIR))
			break;
	}
}

static inline void tree_make(const char *path, struct ol_span text, struct ol_span link)
{
	char p[TREE_PATH], to[TREE_PATH];
	int fd;

	snprintf(p, sizeof(p), "%s", path);
	for (char *s = p; (s = strchr(s, '/')); *s++ = '/') {
		*s = 0;
		mkdirat(tree_fd, p, 0755);
	}
	if (link.p) {
		snprintf(to, sizeof(to), "%.*s", (int)link.n, link.p);
		(void)!symlinkat(to, tree_fd, p);
		return;
	}
	/* not through a link of an earlier section */
	fd = openat(tree_fd, p, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return;
	(void)!write(fd, text.p, text.n);
	close(fd);
}

static inline void tree_put(struct ol_span path, struct ol_span text, struct ol_span link)
{
	struct tree_file *f = NULL;
	uint64_t h = 1469598103934665603u + (link.p != NULL);
	struct ol_span s = link.p ? link : text;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 1099511628211u;
	for (unsigned i = 0; i < tree_n && !f; i++)
		if (ol_span_eqs(path, tree_files[i].path))
			f = &tree_files[i];
	if (f && f->hash == h) {
		f->kept = true;
		return;
	}
	if (!f) {
		if (tree_n == TREE_FILES)
			return;
		f = &tree_files[tree_n++];
		memcpy(f->path, path.p, path.n);
		f->path[path.n] = 0;
	} else {
		unlinkat(tree_fd, f->path, 0);
	}
	f->hash = h;
	f->kept = true;
	tree_make(f->path, text, link);
}

/* Names and texts of the next look; *@s is left behind its end. False: there are no more. */
static inline bool tree_next(struct ol_span *s, struct ol_span *path, struct ol_span *text,
			     struct ol_span *link)
{
	ssize_t nl, at;
	bool cut;

	while (ol_span_eat(s, OL_SPAN("@@ "))) {
		nl = ol_span_chr(*s, '\n');
		*path = ol_span_head(*s, nl < 0 ? s->n : (size_t)nl);
		*s = ol_span_skip(*s, nl < 0 ? s->n : (size_t)nl + 1);
		at = ol_span_starts(*s, OL_SPAN("@@")) ? -1 : ol_span_find(*s, OL_SPAN("\n@@"));
		*text = ol_span_starts(*s, OL_SPAN("@@"))
				? ol_span_head(*s, 0)
				: ol_span_head(*s, at < 0 ? s->n : (size_t)at + 1);
		*s = ol_span_skip(*s, text->n);
		*link = ol_span(NULL, 0);
		at = ol_span_find(*path, OL_SPAN(" > "));
		if (at > 0) {
			*link = ol_span_skip(*path, (size_t)at + 3);
			*path = ol_span_head(*path, (size_t)at);
			if (memchr(link->p, 0, link->n) || link->n >= TREE_PATH || !link->n)
				continue;
		}
		cut = ol_span_ends(*path, OL_SPAN(" -"));
		path->n -= cut ? 2 : 0;
		text->n -= cut && text->n;
		if (tree_path_ok(*path))
			return true;
	}
	return false;
}

/* Makes the tree what the first look of *@s says, *@s becomes the rest. */
static inline void tree_write(struct ol_span *s)
{
	struct ol_span path, text, link, first = *s;

	tree_init();
	/* what goes first: a name may be a file in one input and a directory in the next */
	for (unsigned i = 0; i < tree_n; i++)
		tree_files[i].kept = false;
	while (tree_next(&first, &path, &text, &link))
		for (unsigned i = 0; i < tree_n; i++)
			if (ol_span_eqs(path, tree_files[i].path))
				tree_files[i].kept = true;
	for (unsigned i = tree_n; i-- > 0;)
		if (!tree_files[i].kept) {
			tree_remove(tree_files[i].path);
			tree_files[i] = tree_files[--tree_n];
		}
	while (tree_next(s, &path, &text, &link))
		tree_put(path, text, link);
}

/* What follows "@@": files of the second look replace those of the first. False: there is none. */
static inline bool tree_again(struct ol_span *s)
{
	struct ol_span path, text, link;

	if (!ol_span_eat(s, OL_SPAN("@@\n")))
		return false;
	while (tree_next(s, &path, &text, &link))
		tree_put(path, text, link);
	return true;
}

#endif
