// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/log/logsrc_impl.h"

#include <errno.h>

#ifdef OL_HAVE_ARCHIVE

#include <archive.h>
#include <archive_entry.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "collect/log/archive_time.h"
#include "lib/archive.h"

/*
 * Compressed files and tars (plain or compressed, sosreports among them), both through libarchive.
 * Everything is streamed: whatever a file unpacks to, memory is the decoder's window and one block.
 * Blocks are handed out where the decoder left them, without a copy.
 *
 * The entries of a tar come in the order in which they stand there, not by rotation: to sort them
 * would take reading the archive once per entry, or keeping them.
 */

#define MAX_NAME 4096

/*
 * What a kernel log is called inside of a tar. @dir is a path below any leading directories
 * ("sosreport-web1-2026/var/log/messages-20261101.gz"), @base the start of the last component,
 * @deep: there may be directories between them. sosreport keeps the tail of a long log in
 * sos_strings/ under its path with dots for slashes, and a symbolic link at its place.
 */
static const struct wanted {
	struct ol_span dir, base;
	bool deep;
} wanted[] = {
	{ OL_SPAN("var/log/"), OL_SPAN("messages"), false },
	{ OL_SPAN("var/log/"), OL_SPAN("syslog"), false },
	{ OL_SPAN("var/log/"), OL_SPAN("kern.log"), false },
	{ OL_SPAN("var/log/"), OL_SPAN("dmesg"), false },
	{ OL_SPAN("sos_commands/"), OL_SPAN("dmesg"), true },
	{ OL_SPAN("sos_commands/"), OL_SPAN("journalctl"), true },
	{ OL_SPAN("sos_strings/"), OL_SPAN("journalctl"), true },
	{ OL_SPAN("sos_strings/"), OL_SPAN("var.log.messages"), true },
	{ OL_SPAN("sos_strings/"), OL_SPAN("var.log.syslog"), true },
	{ OL_SPAN("sos_strings/"), OL_SPAN("var.log.kern.log"), true },
	{ OL_SPAN("sos_strings/"), OL_SPAN("var.log.dmesg"), true },
};

enum phase {
	ENTRY, /* the next entry that is wanted is looked for */
	FIRST, /* it was found */
	BLOCK, /* its first block is waiting */
	DATA,
	BROKEN, /* found, but its first block cannot be unpacked */
	TELL,
	END,
	GONE,
};

struct arc {
	enum phase phase;
	struct ol_logsrc *s;
	struct ol_log_input *in;
	int fd;
	bool own_fd, seekable;
	bool all_text; /* second reading: no entry had a known name */
	bool any_named, any_entry, any_header, is_tar;
	bool raw_only; /* second reading: what looked like a tar is text that begins with NULs */
	bool outer_broken; /* nothing comes behind the present entry */
	off_t base;
	uint64_t bytes; /* read so far in this reading */
	struct archive *outer;
	struct archive *inner; /* of an entry that is itself compressed */
	struct ol_span block; /* the first one of an entry */
	char *name; /* "sos.tar.xz:var/log/messages" */
	int64_t mtime_us;
	uint64_t size;
	struct ol_span head; /* of a stream, read before we took over */
	char head_buf[OL_LOG_HEAD];
	char buf[256 << 10];
};

static struct ol_span without_name(struct ol_span path, struct ol_span *ret_base)
{
	size_t at = path.n;

	while (at && path.p[at - 1] != '/')
		at--;
	*ret_base = ol_span_skip(path, at);
	return ol_span_head(path, at);
}

static bool is_wanted(struct ol_span path)
{
	struct ol_span base, dir = without_name(path, &base);

	if (!path.p)
		return false;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		const struct wanted *w = &wanted[i];
		ssize_t at;

		if (!ol_span_starts(base, w->base))
			continue;
		at = w->deep                     ? ol_span_find(dir, w->dir)
		     : ol_span_ends(dir, w->dir) ? (ssize_t)(dir.n - w->dir.n)
						 : -1;
		if (at == 0 || (at > 0 && dir.p[at - 1] == '/'))
			return true;
	}
	return false;
}

static la_ssize_t read_outer(struct archive *a, void *arg, const void **ret)
{
	struct arc *k = arg;
	ssize_t n;

	if (k->head.n) {
		n = (ssize_t)k->head.n;
		*ret = k->head.p;
		k->head.n = 0;
		return n;
	}
	do {
		/* EAGAIN: a pipe that somebody else made non-blocking, or a followed fifo */
		struct pollfd p = { .fd = k->fd, .events = POLLIN };

		n = k->s->opts.stopped && k->s->opts.stopped() ? -ECANCELED : 0;
		if (!n && (n = read(k->fd, k->buf, sizeof(k->buf))) < 0)
			n = -errno;
		if (n == -EAGAIN)
			poll(&p, 1, -1);
	} while (n == -EAGAIN || n == -EINTR);
	if (n < 0) {
		archive_set_error(a, (int)-n, "%s", strerror((int)-n));
		return -1;
	}
	k->bytes += (uint64_t)n;
	ol_log_seen(k->s, k->in, k->bytes);
	*ret = k->buf;
	return n;
}

/* Lets a plain tar be read without what is not wanted. */
static la_int64_t skip_outer(struct archive *a, void *arg, la_int64_t n)
{
	struct arc *k = arg;

	(void)a;
	if (!k->seekable || n <= 0 || lseek(k->fd, (off_t)n, SEEK_CUR) < 0)
		return 0;
	/* an entry may claim to be longer than the file */
	k->bytes += (uint64_t)n;
	if (k->bytes > k->in->size)
		k->bytes = k->in->size;
	ol_log_seen(k->s, k->in, k->bytes);
	return n;
}

/* The next block with something in it: 1, 0 at the end, <0 broken. Holes are left out. */
static int read_block(struct archive *a, struct ol_span *ret)
{
	unsigned retries = 0, empty = 0;

	for (;;) {
		la_int64_t off;
		const void *p;
		size_t n = 0;
		int r = archive_read_data_block(a, &p, &n, &off);

		if (r == ARCHIVE_EOF)
			return 0;
		if (r == ARCHIVE_RETRY && ++retries <= OL_ARCHIVE_RETRIES)
			continue;
		if (r != ARCHIVE_OK && r != ARCHIVE_WARN)
			return -1;
		if (n) {
			*ret = ol_span(p, n);
			return 1;
		}
		if (++empty > 1000000)
			return -1;
	}
}

static la_ssize_t read_inner(struct archive *a, void *arg, const void **ret)
{
	struct arc *k = arg;
	struct ol_span b = k->block;
	int r = 1;

	k->block.n = 0;
	if (!b.n)
		r = read_block(k->outer, &b);
	if (r < 0) {
		k->outer_broken = true;
		archive_set_error(a, EIO, "%s", ol_archive_why(k->outer));
		return -1;
	}
	*ret = b.p;
	return r ? (la_ssize_t)b.n : 0;
}

static void archive_close(struct ol_log_input *in)
{
	struct arc *k = in->state;

	if (!k)
		return;
	archive_read_free(k->inner);
	archive_read_free(k->outer);
	if (k->own_fd)
		close(k->fd);
	free(k->name);
	free(k);
	in->state = NULL;
}

/* 0, or -1: ol_archive_why(k->outer) */
static int open_outer(struct arc *k)
{
	k->outer = ol_archive_reader(!k->raw_only);
	if (!k->outer)
		return -1;
	archive_read_set_read_callback(k->outer, read_outer);
	archive_read_set_skip_callback(k->outer, k->seekable ? skip_outer : NULL);
	archive_read_set_callback_data(k->outer, k);
	return archive_read_open1(k->outer) == ARCHIVE_OK ? 0 : -1;
}

int ol_log_archive_adopt(struct ol_logsrc *s, struct ol_log_input *in, int fd, bool seekable,
			 struct ol_span head, struct ol_err *err)
{
	struct arc *k = malloc(sizeof(*k));

	if (!k)
		return ol_fail(err, -ENOMEM, "%.350s: out of memory", in->name);
	memset(k, 0, offsetof(struct arc, head_buf));
	k->s = s;
	k->in = in;
	k->fd = fd;
	k->own_fd = in->path != NULL;
	k->seekable = seekable;
	k->base = seekable ? lseek(fd, 0, SEEK_CUR) : 0;
	k->mtime_us = OL_TIME_NONE;
	if (head.n > sizeof(k->head_buf))
		head.n = sizeof(k->head_buf);
	if (head.n)
		memcpy(k->head_buf, head.p, head.n);
	k->head = ol_span(k->head_buf, head.n);
	in->kind = &ol_log_archive;
	in->state = k;
	return 0;
}

static int warn(struct arc *k, struct ol_logchunk *ret, struct archive *a)
{
	ret->what = OL_LOG_WARN;
	return ol_fail(&ret->err, 0, "%.350s: %.140s", k->name ? k->name : k->in->name,
		       ol_archive_why(a));
}

static int open_inner(struct arc *k)
{
	struct archive_entry *e;

	k->inner = ol_archive_reader(false);
	if (!k->inner)
		return -1;
	if (archive_read_open(k->inner, k, NULL, read_inner, NULL) != ARCHIVE_OK)
		return -1;
	/* ARCHIVE_EOF: compressed nothing; read_block() says so again */
	return archive_read_next_header(k->inner, &e) < ARCHIVE_WARN ? -1 : 0;
}

/*
 * An entry that is wanted by name or by default: its first block decides. 1: it is one, 0: not,
 * <0: it is one, and broken.
 */
static int look_at_entry(struct arc *k)
{
	bool must_be_text = k->is_tar ? k->all_text : k->in->from_dir;
	enum ol_log_magic is;
	int r = read_block(k->outer, &k->block);

	if (r <= 0) {
		k->outer_broken = r < 0;
		k->block = ol_span(NULL, 0);
		return r < 0 ? -1 : 1;
	}
	is = ol_log_sniff(ol_span_head(k->block, OL_LOG_HEAD), true);
	/* A first block too short to tell: the raw reader finds out; plain text passes it. */
	if (k->is_tar && (is == OL_MAGIC_COMPRESSED || k->block.n < 16)) {
		r = open_inner(k);
		if (r == 0)
			r = read_block(k->inner, &k->block);
		if (r <= 0) {
			k->block = ol_span(NULL, 0);
			return r < 0 ? -1 : 1;
		}
		is = ol_log_sniff(ol_span_head(k->block, OL_LOG_HEAD), true);
	}
	if (is == OL_MAGIC_JOURNAL)
		return 0;
	return !must_be_text || is == OL_MAGIC_TEXT;
}

static void free_inner(struct arc *k)
{
	archive_read_free(k->inner);
	k->inner = NULL;
}

/*
 * No known name in the whole tar: once more from the start for every text in it. No entry at all:
 * zeros are an empty tar to the library, but also the hole at the start of a log whose writer went
 * on at its old place after copytruncate.
 */
static bool try_again(struct arc *k)
{
	if (!k->is_tar || k->any_named || k->all_text || !k->seekable ||
	    lseek(k->fd, k->base, SEEK_SET) < 0)
		return false;
	k->raw_only = !k->any_header;
	archive_read_free(k->outer);
	k->outer = NULL;
	k->all_text = true;
	k->any_entry = false;
	k->bytes = 0;
	return true;
}

static int set_name(struct arc *k, const char *entry)
{
	free(k->name);
	k->name = NULL;
	if (!k->is_tar)
		return 0;
	return asprintf(&k->name, "%s:%.*s", k->in->name, MAX_NAME, entry) < 0 ? -ENOMEM : 0;
}

/* 1: one was found (FIRST, BROKEN), or there is none (GONE); 0: *@ret is a warning; <0: ENOMEM. */
static int find_entry(struct arc *k, struct ol_logchunk *ret)
{
	unsigned retries = 0;

	free(k->name);
	k->name = NULL;
	for (;;) {
		struct archive_entry *e;
		const char *path;
		int r = ARCHIVE_FATAL;

		free_inner(k);
		if (k->outer || open_outer(k) == 0)
			r = archive_read_next_header(k->outer, &e);
		if (r == ARCHIVE_RETRY && ++retries <= OL_ARCHIVE_RETRIES)
			continue;
		if (r != ARCHIVE_EOF && r < ARCHIVE_WARN) {
			if (try_again(k))
				continue;
			k->phase = GONE;
			return warn(k, ret, k->outer);
		}
		k->is_tar =
			(archive_format(k->outer) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_TAR;
		if (r == ARCHIVE_EOF) {
			if (try_again(k))
				continue;
			k->phase = GONE;
			if (k->is_tar && !k->any_entry) {
				ret->what = OL_LOG_WARN;
				ol_fail(&ret->err, 0, "%.350s: no kernel log in this tar%s",
					k->in->name,
					k->seekable ? ""
						    : " by name; as a file, not a pipe, every text "
						      "in it is read");
				return 0;
			}
			if (k->is_tar)
				return 1;
			/* a compressed nothing is an empty log */
			k->block = ol_span(NULL, 0);
			k->phase = FIRST;
			return 1;
		}
		k->mtime_us = k->in->mtime_us;
		k->size = k->in->size;
		path = "";
		if (k->is_tar) {
			path = ol_archive_path(e);
			k->any_header = true;
			if (archive_entry_filetype(e) != AE_IFREG || archive_entry_hardlink(e))
				continue;
			k->any_named |= is_wanted(ol_span_str(path));
			if (!k->all_text && !is_wanted(ol_span_str(path)))
				continue;
			k->mtime_us = OL_TIME_NONE;
			if (archive_entry_mtime_is_set(e))
				k->mtime_us = ol_archive_mtime_us(e);
			k->size = (uint64_t)archive_entry_size(e);
		}
		if (set_name(k, path) < 0)
			return ol_fail(&ret->err, -ENOMEM, "%.350s: out of memory", k->in->name);
		r = look_at_entry(k);
		if (r == 0 && !k->is_tar) {
			k->phase = GONE;
			return 1;
		}
		if (r == 0)
			continue;
		k->any_entry = true;
		k->phase = r < 0 ? BROKEN : FIRST;
		return 1;
	}
}

static int archive_next(struct ol_logsrc *s, struct ol_log_input *in, struct ol_logchunk *ret)
{
	struct arc *k = in->state;
	struct archive *a;
	int r;

	(void)s;
	while (k->phase == ENTRY) {
		r = find_entry(k, ret);
		if (r <= 0)
			return r;
	}
	if (k->name)
		ret->name = ol_span_str(k->name);
	ret->mtime_us = k->mtime_us;
	ret->size = k->size;
	a = k->inner ? k->inner : k->outer;
	switch (k->phase) {
	case FIRST:
	case BROKEN:
		k->phase = k->phase == BROKEN ? TELL : k->block.n ? BLOCK : END;
		ret->what = OL_LOG_BEGIN;
		break;
	case BLOCK:
		ret->what = OL_LOG_DATA;
		ret->data = k->block;
		k->block = ol_span(NULL, 0);
		k->phase = DATA;
		break;
	case DATA:
		r = read_block(a, &ret->data);
		if (r > 0) {
			ret->what = OL_LOG_DATA;
			break;
		}
		k->phase = END;
		if (r == 0)
			return archive_next(s, in, ret);
		k->outer_broken |= a == k->outer;
		warn(k, ret, a);
		break;
	case TELL:
		k->phase = END;
		warn(k, ret, a);
		break;
	case END:
		ret->what = OL_LOG_END;
		k->phase = k->is_tar && !k->outer_broken ? ENTRY : GONE;
		break;
	default:
		ret->what = OL_LOG_EOF;
		break;
	}
	return 0;
}

const struct ol_log_kind ol_log_archive = {
	.next = archive_next,
	.close = archive_close,
};

const char *ol_logsrc_archive_version(void)
{
	return archive_version_string();
}

#else

int ol_log_archive_adopt(struct ol_logsrc *s, struct ol_log_input *in, int fd, bool seekable,
			 struct ol_span head, struct ol_err *err)
{
	(void)s;
	(void)fd;
	(void)seekable;
	(void)head;
	return ol_fail(
		err, -EOPNOTSUPP,
		"%.350s: is compressed or a tar, and this build has no libarchive to read it "
		"with",
		in->name);
}

const char *ol_logsrc_archive_version(void)
{
	return NULL;
}

#endif
