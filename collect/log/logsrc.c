// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/log/logsrc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "collect/log/logsrc_impl.h"

#define FILE_POLL_MS 200 /* plain files are looked at again after this */
#define IDLE_MS      250

struct ol_logsrc *ol_logsrc_new(const struct ol_logsrc_opts *opts)
{
	struct ol_logsrc *s = calloc(1, sizeof(*s));
	size_t n;

	if (!s)
		return NULL;
	if (opts)
		s->opts = *opts;
	else
		s->opts.since_us = s->opts.until_us = OL_TIME_NONE;
	s->root = strdup(s->opts.root ? s->opts.root : "");
	/* Whole pages: the kernel copies a cached page at a time. */
	s->buf = aligned_alloc(4096, OL_LOG_BUF);
	if (!s->root || !s->buf) {
		ol_logsrc_free(s);
		return NULL;
	}
	s->opts.root = s->root;
	for (n = strlen(s->root); n && s->root[n - 1] == '/';)
		s->root[--n] = 0;
	return s;
}

uint64_t ol_logsrc_total(const struct ol_logsrc *s)
{
	return s->total_unknown ? 0 : s->total;
}

struct ol_logsrc *ol_logsrc_take(struct ol_logsrc *s)
{
	struct ol_logsrc *part;
	size_t n = 1;

	errno = 0;
	if (s->at == s->n_in)
		return NULL;
	while (s->at + n < s->n_in && s->in[s->at + n - 1]->goes_on)
		n++;
	part = ol_logsrc_new(&s->opts);
	if (part)
		part->in = calloc(n, sizeof(*part->in));
	if (!part || !part->in) {
		ol_logsrc_free(part);
		errno = ENOMEM;
		return NULL;
	}
	part->n_in = part->cap_in = n;
	for (size_t i = 0; i < n; i++) {
		part->in[i] = s->in[s->at + i];
		part->total += part->in[i]->size;
		part->total_unknown |= part->in[i]->stream;
	}
	/* they are no longer this one's, nor is what was found when they were queued */
	part->warn = s->warn;
	part->n_warn = s->n_warn;
	part->more_warn = s->more_warn;
	s->warn = NULL;
	s->n_warn = s->more_warn = 0;
	s->n_in -= n;
	memmove(s->in + s->at, s->in + s->at + n, (s->n_in - s->at) * sizeof(*s->in));
	return part;
}

static void close_input(struct ol_logsrc *s, struct ol_log_input *in)
{
	if (in->stage == OL_LOG_OPEN)
		in->kind->close(in);
	in->stage = OL_LOG_DONE;
	in->fd = -1;
	/* What was not read (unwanted, broken) counts as done, so that progress reaches the end. */
	ol_log_seen(s, in, in->size);
}

void ol_logsrc_free(struct ol_logsrc *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_in; i++) {
		/* NOLINTNEXTLINE(clang-analyzer-core*): n_in counts what is in it */
		close_input(s, s->in[i]);
		free(s->in[i]->path);
		free(s->in[i]->name);
		free(s->in[i]);
	}
	free(s->in);
	free(s->warn);
	free(s->buf);
	free(s->root);
	free(s);
}

/* What the kinds share. */

struct ol_log_input *ol_log_queue(struct ol_logsrc *s, const struct ol_log_kind *kind,
				  const char *path, const char *name, struct ol_err *err)
{
	struct ol_log_input *in = NULL;

	if (s->n_in == s->cap_in) {
		size_t cap = s->cap_in ? 2 * s->cap_in : 16;
		struct ol_log_input **v = reallocarray(s->in, cap, sizeof(*v));

		if (!v)
			goto nomem;
		s->in = v;
		s->cap_in = cap;
	}
	in = calloc(1, sizeof(*in));
	if (!in)
		goto nomem;
	in->path = path ? strdup(path) : NULL;
	in->name = strdup(name);
	if ((path && !in->path) || !in->name)
		goto nomem;
	in->kind = kind;
	in->mtime_us = OL_TIME_NONE;
	in->fd = -1;
	in->follow = s->opts.follow;
	s->in[s->n_in++] = in;
	return in;
nomem:
	if (in) {
		free(in->path);
		free(in->name);
		free(in);
	}
	ol_fail(err, -ENOMEM, "%.350s: out of memory", name);
	return NULL;
}

int ol_log_open_now(struct ol_logsrc *s, struct ol_log_input *in, struct ol_err *err)
{
	int r = in->kind->open(s, in, err);

	if (r == 0) {
		in->stage = OL_LOG_OPEN;
		return 0;
	}
	s->n_in--;
	free(in->path);
	free(in->name);
	free(in);
	return r;
}

void ol_log_set_stat(struct ol_logsrc *s, struct ol_log_input *in, const struct stat *st)
{
	/* NOLINTNEXTLINE(clang-analyzer-core*): errno of a failure is not 0 */
	if (!S_ISREG(st->st_mode)) {
		in->stream = true;
		s->total_unknown = true;
		return;
	}
	/* A file that has changed since it was queued, or its successor after a rotation. */
	s->total += (uint64_t)st->st_size - in->size;
	in->size = (uint64_t)st->st_size;
	in->mtime_us = ol_file_us(st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
}

void ol_log_seen(struct ol_logsrc *s, struct ol_log_input *in, uint64_t bytes)
{
	if (bytes <= in->seen)
		return;
	s->consumed += bytes - in->seen;
	in->seen = bytes;
}

void ol_log_warn(struct ol_logsrc *s, const char *fmt, ...)
{
	struct ol_err *v;
	va_list ap;

	if (!s->warn)
		s->warn = calloc(OL_LOG_MAX_WARN, sizeof(*s->warn));
	if (!s->warn || s->n_warn == OL_LOG_MAX_WARN) {
		s->more_warn++;
		return;
	}
	v = &s->warn[s->n_warn++];
	va_start(ap, fmt);
	vsnprintf(v->msg, sizeof(v->msg), fmt, ap);
	va_end(ap);
}

int ol_log_cannot(struct ol_err *err, int rc, const char *path, const struct stat *st)
{
	const char *need = "";

	if ((rc == -EACCES || rc == -EPERM) && st)
		need = st->st_mode & S_IRGRP ? " (needs root, or to be in the file's group)"
					     : " (needs root)";
	else if (rc == -EACCES)
		need = " (needs root)";
	return ol_fail(err, rc, "%.350s: %s%s", path, strerror(-rc), need);
}

char *ol_log_below(const struct ol_logsrc *s, const char *rel)
{
	char *p;

	return asprintf(&p, "%s/%s", s->root, rel) < 0 ? NULL : p;
}

void ol_log_nothing(struct ol_logchunk *ret, bool ended, bool *told)
{
	ret->what = !ended ? OL_LOG_IDLE : !*told ? OL_LOG_END : OL_LOG_EOF;
	*told |= ended;
}

ssize_t ol_log_read(int fd, void *buf, size_t n)
{
	ssize_t r;

	do
		r = read(fd, buf, n);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : r;
}

ssize_t ol_log_read_at(int fd, char *buf, size_t n, uint64_t off)
{
	size_t got = 0;

	while (got < n) {
		ssize_t r = pread(fd, buf + got, n - got, (off_t)(off + got));

		if (!r)
			break;
		if (r < 0 && errno != EINTR)
			return -errno;
		got += r > 0 ? (size_t)r : 0;
	}
	return (ssize_t)got;
}

size_t ol_log_put_field(char *to, size_t cap, struct ol_span s)
{
	size_t n = s.n < cap ? s.n : cap;

	for (size_t i = 0; i < n; i++) {
		char c = s.p[i];

		/* "&lt" and the ';' behind the field would be read as pasted HTML */
		to[i] = c <= ' ' || c >= 0x7f || strchr(",;\\&", c) ? '_' : c;
	}
	return n;
}

void ol_log_putf(char *buf, size_t cap, size_t *at, const char *fmt, ...)
{
	size_t room = cap - *at;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf + *at, room, fmt, ap);
	va_end(ap);
	if (n > 0)
		*at += (size_t)n < room ? (size_t)n : room - (room > 0);
}

/*
 * A tar header: 512 bytes, the sum of all of them (its own field counted as blanks) in octal at
 * 148. All makes since V7 agree on that; "ustar" at 257 came later.
 */
static bool is_tar(struct ol_span h)
{
	uint64_t sum = 0, want = 0;
	int64_t ssum = 0; /* some old tars summed signed characters */
	size_t i = 148;

	if (h.n < 512 || !h.p[0])
		return false;
	while (i < 156 && h.p[i] == ' ')
		i++;
	for (; i < 156 && h.p[i] >= '0' && h.p[i] <= '7'; i++)
		want = want * 8 + (uint64_t)(h.p[i] - '0');
	if (i < 156 && h.p[i] && h.p[i] != ' ')
		return false;
	for (i = 0; i < 512; i++) {
		char c = i >= 148 && i < 156 ? ' ' : h.p[i];

		sum += (unsigned char)c;
		ssum += (signed char)c;
	}
	return want && (want == sum || (int64_t)want == ssum);
}

/* Text has next to no control bytes; wtmp and ELF are full of NULs, dense data has 1 in 10. */
static bool is_text(struct ol_span h)
{
	size_t odd = 0;

	for (size_t i = 0; i < h.n; i++) {
		unsigned char c = (unsigned char)h.p[i];

		odd += (c < ' ' && !(c >= '\b' && c <= '\r') && c != 0x1b) || c == 0x7f;
	}
	return odd * 20 <= h.n;
}

enum ol_log_magic ol_log_sniff(struct ol_span head, bool whole)
{
	static const struct {
		struct ol_span magic;
		enum ol_log_magic is;
	} rows[] = {
		{ OL_SPAN("\x1f\x8b\x08"), OL_MAGIC_COMPRESSED }, /* gzip */
		{ OL_SPAN("\x1f\x9d"), OL_MAGIC_COMPRESSED }, /* compress */
		{ OL_SPAN("\xfd"
			  "7zXZ\0"),
		  OL_MAGIC_COMPRESSED },
		{ OL_SPAN("\x28\xb5\x2f\xfd"), OL_MAGIC_COMPRESSED }, /* zstd */
		{ OL_SPAN("\x04\x22\x4d\x18"), OL_MAGIC_COMPRESSED }, /* lz4 */
		{ OL_SPAN("LPKSHHRH"), OL_MAGIC_JOURNAL },
	};
	/* bzip2: BZh, the level, then the mark of a block or, in an empty file, of the end */
	static const struct ol_span bz_marks[] = {
		OL_SPAN("1AY&SY"),
		OL_SPAN("\x17\x72\x45\x38\x50\x90"),
	};
	struct ol_span bz;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (ol_span_starts(head, rows[i].magic))
			return rows[i].is;
		if (!whole && ol_span_starts(rows[i].magic, head))
			return OL_MAGIC_MORE;
	}
	if (ol_span_starts(OL_SPAN("BZh"), ol_span_head(head, 3))) {
		if (!whole && head.n < 10)
			return OL_MAGIC_MORE;
		bz = ol_span_skip(head, 4);
		for (size_t i = 0; head.n >= 10 && i < 2; i++)
			if (ol_span_starts(bz, bz_marks[i]) && ol_is_digit(head.p[3]))
				return OL_MAGIC_COMPRESSED;
	}
	if (is_tar(head))
		return OL_MAGIC_TAR;
	/* Only a NUL tells the start of a tar from text; its header is never shorter. */
	if (!whole && ol_span_chr(head, 0) > 0)
		return OL_MAGIC_MORE;
	return is_text(head) ? OL_MAGIC_TEXT : OL_MAGIC_BINARY;
}

/* Adding. */

static int add_regular(struct ol_logsrc *s, const char *path, struct ol_err *err)
{
	char head[OL_LOG_HEAD];
	struct ol_log_input *in;
	struct stat st;
	ssize_t n;
	int fd, r = 0;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0) {
		r = -errno;
		return ol_log_cannot(err, r, path, stat(path, &st) == 0 ? &st : NULL);
	}
	n = ol_log_read_at(fd, head, sizeof(head), 0);
	r = n < 0 ? (int)n : fstat(fd, &st) < 0 ? -errno : 0;
	close(fd);
	if (r < 0)
		return ol_log_cannot(err, r, path, NULL);

	switch (ol_log_sniff(ol_span(head, (size_t)n), true)) {
	case OL_MAGIC_JOURNAL:
		return ol_logsrc_add_journal(s, path, err);
	case OL_MAGIC_COMPRESSED:
	case OL_MAGIC_TAR:
		if (!ol_logsrc_archive_version())
			return ol_fail(err, -EOPNOTSUPP,
				       "%.350s: is compressed or a tar, and this build has no "
				       "libarchive to read it with",
				       path);
		break;
	default:
		break;
	}
	in = ol_log_queue(s, &ol_log_file, path, path, err);
	if (!in)
		return -ENOMEM;
	ol_log_set_stat(s, in, &st);
	return 0;
}

int ol_logsrc_add_path(struct ol_logsrc *s, const char *path, struct ol_err *err)
{
	struct ol_log_input *in;
	struct stat st;

	if (strcmp(path, "-") == 0) {
		if (fstat(STDIN_FILENO, &st) < 0)
			return ol_fail(err, -errno, "standard input: %s", strerror(errno));
		if (S_ISDIR(st.st_mode))
			return ol_fail(err, -EISDIR, "standard input: %s", strerror(EISDIR));
		in = ol_log_queue(s, &ol_log_file, NULL, "-", err);
		if (!in)
			return -ENOMEM;
		ol_log_set_stat(s, in, &st);
		return 0;
	}
	if (stat(path, &st) < 0)
		return ol_log_cannot(err, -errno, path, NULL);
	if (S_ISREG(st.st_mode))
		return add_regular(s, path, err);
	if (S_ISDIR(st.st_mode))
		return ol_log_add_dir(s, path, err);
	if (S_ISSOCK(st.st_mode))
		return ol_fail(err, -EOPNOTSUPP, "%.350s: is a socket, not a log", path);
	/* /dev/kmsg speaks in records, by whatever name it goes (Linux: character device 1, 11). */
	in = ol_log_queue(s,
			  S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 11) ? &ol_log_kmsg
									      : &ol_log_file,
			  path, path, err);
	if (!in)
		return -ENOMEM;
	/* A fifo is opened when its turn comes: that waits for a writer. */
	ol_log_set_stat(s, in, &st);
	return 0;
}

/* Reading. */

static int open_input(struct ol_logsrc *s, struct ol_log_input *in, struct ol_logchunk *ret)
{
	int r = in->kind->open(s, in, &ret->err);

	if (r == 0) {
		in->stage = OL_LOG_OPEN;
		return 0;
	}
	close_input(s, in);
	ret->what = OL_LOG_WARN;
	return r == -ENOMEM ? r : 1;
}

/* One chunk of @in: 0, or 1 when it has none (for now, or ever). */
static int step(struct ol_logsrc *s, struct ol_log_input *in, struct ol_logchunk *ret)
{
	int r;

	if (in->stage == OL_LOG_DONE)
		return 1;
	ret->what = OL_LOG_IDLE;
	ret->mtime_us = OL_TIME_NONE;
	ret->name = ol_span(NULL, 0);
	if (in->stage == OL_LOG_WAITING) {
		r = open_input(s, in, ret);
		if (r < 0)
			return r;
		if (r > 0)
			goto out;
	}
	r = in->kind->next(s, in, ret);
	if (r < 0)
		return r;
	if (ret->what == OL_LOG_EOF) {
		close_input(s, in);
		return 1;
	}
	if (ret->what == OL_LOG_IDLE)
		return 1;
out:
	if (ret->what == OL_LOG_BEGIN)
		in->id = ++s->n_begun;
	/* not what was found in a folder or a tar, nor the machine's own logs */
	ret->named = (in->kind == &ol_log_file || in->kind == &ol_log_archive) && !in->from_dir &&
		     !ret->name.p;
	if (!ret->name.p)
		ret->name = ol_span_str(in->name);
	if (ret->mtime_us == OL_TIME_NONE)
		ret->mtime_us = in->mtime_us;
	if (!ret->size)
		ret->size = in->size;
	ret->input = in->id;
	ret->goes_on = in->goes_on && ret->what == OL_LOG_END && !s->opts.follow;
	return 0;
}

static int next_live(struct ol_logsrc *s, struct ol_logchunk *ret, bool *ret_live)
{
	*ret_live = false;
	for (size_t k = 0; k < s->n_in; k++) {
		struct ol_log_input *in = s->in[(s->turn + k) % s->n_in];
		int r = step(s, in, ret);

		*ret_live |= in->stage != OL_LOG_DONE;
		if (r <= 0) {
			/* Whoever writes all the time must not keep the others from their turn. */
			s->turn = (s->turn + k + 1) % s->n_in;
			return r;
		}
	}
	return 1;
}

static int wait_live(struct ol_logsrc *s)
{
	struct pollfd small[16], *v = small, *big = NULL;
	int ms = s->opts.idle_ms > 0 ? s->opts.idle_ms : IDLE_MS, r;
	nfds_t n = 0;

	if (s->n_in > 16) {
		big = calloc(s->n_in, sizeof(*v));
		if (!big)
			return -ENOMEM;
		v = big;
	}
	for (size_t i = 0; i < s->n_in; i++) {
		struct ol_log_input *in = s->in[i];

		if (in->stage != OL_LOG_OPEN)
			continue;
		if (in->fd < 0)
			ms = FILE_POLL_MS;
		else
			v[n++] = (struct pollfd){ .fd = in->fd, .events = in->events };
	}
	r = poll(v, n, ms);
	if (r < 0)
		r = errno == EINTR ? 0 : -errno;
	else
		r = 1;
	free(big);
	return r;
}

static int fetch(struct ol_logsrc *s, struct ol_logchunk *ret)
{
	bool live;
	int r;

	if (s->at_warn < s->n_warn) {
		ret->what = OL_LOG_WARN;
		ret->err = s->warn[s->at_warn++];
		return 0;
	}
	s->at_warn = s->n_warn = 0;
	if (s->more_warn) {
		ret->what = OL_LOG_WARN;
		ol_fail(&ret->err, 0, "%llu more warnings like these",
			(unsigned long long)s->more_warn);
		s->more_warn = 0;
		return 0;
	}
	for (; s->at < s->n_in; s->at++) {
		r = step(s, s->in[s->at], ret);
		/* A signal interrupted a wait: the caller may want to stop, or comes back. */
		if (r == 1 && s->in[s->at]->stage == OL_LOG_OPEN && !s->in[s->at]->follow)
			return 0;
		if (r <= 0)
			return r;
	}
	for (int round = 0; round < 2; round++) {
		r = next_live(s, ret, &live);
		if (r <= 0)
			return r;
		if (!live) {
			ret->what = OL_LOG_EOF;
			return 0;
		}
		if (round == 0) {
			r = wait_live(s);
			if (r < 0)
				return r;
			if (r == 0)
				break;
		}
	}
	ret->what = OL_LOG_IDLE;
	return 0;
}

int ol_logsrc_next(struct ol_logsrc *s, struct ol_logchunk *ret)
{
	int r;

	*ret = (struct ol_logchunk){ .mtime_us = OL_TIME_NONE, .fd = -1 };
	r = fetch(s, ret);
	if (r < 0)
		return r;
	ret->consumed = s->consumed;
	ret->total = s->total_unknown ? 0 : s->total;
	return 0;
}
