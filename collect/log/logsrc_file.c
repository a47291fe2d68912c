// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "collect/log/logsrc_impl.h"
#include "collect/log/window.h"

/*
 * Plain files, stdin, fifos, devices. A plain file that is read to its present end is looked at
 * through a window (window.h); what follows a file, and all that cannot be mapped, with read(2).
 */

/*
 * Mapping a part saves the copy: 1 GiB of page cache costs 50 ms to read and 8 ms to map where it
 * consists of large folios. In single pages both cost the same.
 */
#define WINDOW (8u << 20)
_Static_assert(WINDOW % OL_LOG_PIECE == 0, "pieces and stripes (cli/explain_ahead.c) end together");

enum phase {
	SNIFF, /* a stream: its first bytes are awaited */
	BEGIN,
	HEAD, /* the first bytes of a stream are handed out */
	DATA,
	AGAIN, /* truncated: END, then from the start */
	ROTATED, /* END, then the new file of that name */
	END,
	GONE,
};

struct file {
	enum phase phase;
	int fd;
	bool regular;
	bool told; /* that the successor cannot be read */
	uint64_t base; /* stdin may stand in the middle of a file */
	uint64_t off;
	struct stat st; /* of fd, when it was opened */
	int next_fd; /* the successor */
	struct ol_window window;
	struct ol_span ahead; /* of the window: not handed out yet */
	size_t head_n;
	char head[OL_LOG_HEAD];
};

static void file_close(struct ol_log_input *in)
{
	struct file *f = in->state;

	if (!f)
		return;
	ol_window_close(&f->window);
	if (in->path && f->fd >= 0)
		close(f->fd);
	if (f->next_fd >= 0)
		close(f->next_fd);
	free(f);
	in->state = NULL;
}

static int open_path(const struct ol_log_input *in, bool nonblock)
{
	int fd = open(in->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | (nonblock ? O_NONBLOCK : 0) |
					(in->from_dir ? O_NOFOLLOW : 0));

	return fd < 0 ? -errno : fd;
}

/* What the first bytes say may make this an input of another kind; then *@in is that one's. */
static int file_sniff(struct ol_logsrc *s, struct ol_log_input *in, struct ol_span head, bool whole,
		      bool *ret_more, struct ol_err *err)
{
	struct file *f = in->state;
	int fd = f->fd, r;
	bool seekable = f->regular;

	*ret_more = false;
	switch (ol_log_sniff(head, whole)) {
	case OL_MAGIC_MORE:
		*ret_more = true;
		return 0;
	case OL_MAGIC_COMPRESSED:
	case OL_MAGIC_TAR:
		break;
	default:
		return 0;
	}
	r = ol_log_archive_adopt(s, in, fd, seekable, f->regular ? ol_span(NULL, 0) : head, err);
	if (r < 0)
		return r;
	free(f);
	in->fd = -1;
	return 1;
}

static int file_open(struct ol_logsrc *s, struct ol_log_input *in, struct ol_err *err)
{
	struct file *f = calloc(1, sizeof(*f));
	char head[OL_LOG_HEAD];
	bool more;
	off_t at;
	ssize_t n;
	int r;

	if (!f)
		return ol_fail(err, -ENOMEM, "%.350s: out of memory", in->name);
	in->state = f;
	f->next_fd = -1;
	/* A followed fifo must not keep us waiting for its writer. */
	f->fd = in->path ? open_path(in, in->follow) : STDIN_FILENO;
	if (f->fd < 0) {
		r = ol_log_cannot(err, f->fd, in->name, NULL);
		goto fail;
	}
	if (fstat(f->fd, &f->st) < 0) {
		r = ol_log_cannot(err, -errno, in->name, NULL);
		goto fail;
	}
	if (S_ISDIR(f->st.st_mode)) {
		r = ol_log_cannot(err, -EISDIR, in->name, NULL);
		goto fail;
	}
	f->regular = S_ISREG(f->st.st_mode);
	ol_log_set_stat(s, in, &f->st);
	if (!f->regular) {
		f->phase = SNIFF;
		in->fd = f->fd;
		in->events = POLLIN;
		return 0;
	}
	at = lseek(f->fd, 0, SEEK_CUR);
	f->base = f->off = at > 0 ? (uint64_t)at : 0;
	posix_fadvise(f->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	n = ol_log_read_at(f->fd, head, sizeof(head), f->base);
	if (n < 0) {
		r = ol_log_cannot(err, (int)n, in->name, NULL);
		goto fail;
	}
	if (n > 0) {
		r = file_sniff(s, in, ol_span(head, (size_t)n), true, &more, err);
		if (r < 0)
			goto fail;
		if (r > 0)
			return 0;
	}
	f->phase = BEGIN;
	return 0;
fail:
	file_close(in);
	return r;
}

/* Of a stream, what is there: bytes, 0 at the end, -EAGAIN, -EINTR (only when it was waiting). */
static ssize_t stream_read(const struct ol_log_input *in, int fd, char *buf, size_t n)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t r;

	for (;;) {
		/*
		 * O_NONBLOCK is never set on a stdin that others share. A fifo without a writer yet
		 * would read as ended: poll() knows the difference.
		 */
		if (in->follow) {
			r = poll(&p, 1, 0);
			if (r == 0 || (r < 0 && errno == EINTR))
				return -EAGAIN;
		}
		r = read(fd, buf, n);
		if (r >= 0)
			return r;
		if (errno != EAGAIN || in->follow)
			return -errno;
		/* Somebody else made this pipe non-blocking. */
		if (poll(&p, 1, -1) < 0)
			return -errno;
	}
}

static void read_failed(struct ol_log_input *in, struct file *f, int r, struct ol_logchunk *ret)
{
	ret->what = OL_LOG_WARN;
	ol_log_cannot(&ret->err, r, in->name, NULL);
	f->phase = END;
}

/*
 * The end of a followed file, for now. Three things can have happened to it:
 *   grown       the next read() sees it
 *   truncated   (copytruncate) it is shorter than what was read: again from its start. One that
 *               grew beyond our place since the last look cannot be told from growth.
 *   rotated     its path leads to another inode. Its writer goes on with the old one until it is
 *               told (rsyslog: HUP), so the new one is turned to when something stands in it.
 */
static void look_again(struct ol_log_input *in, struct file *f, struct ol_logchunk *ret)
{
	struct stat st;
	int fd;

	ret->what = OL_LOG_IDLE;
	if (fstat(f->fd, &st) == 0 && (uint64_t)st.st_size < f->off) {
		ret->what = OL_LOG_WARN;
		ol_fail(&ret->err, 0, "%.350s: was truncated; reading it from its start", in->name);
		f->phase = AGAIN;
		return;
	}
	if (!in->path || stat(in->path, &st) < 0)
		return; /* not there: moved away, the new one is still to come */
	if (st.st_dev == f->st.st_dev && st.st_ino == f->st.st_ino) {
		f->told = false;
		return;
	}
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return;
	fd = open_path(in, true);
	if (fd < 0) {
		if (!f->told) {
			ret->what = OL_LOG_WARN;
			ol_log_cannot(&ret->err, fd, in->name, &st);
			f->told = true;
		}
		return;
	}
	f->next_fd = fd;
}

/* The next bytes of a window: 1 *@ret is filled, 0 there is no window here, <0 what failed. */
static int next_windowed(struct file *f, struct ol_logchunk *ret)
{
	struct stat st;
	size_t n;

	if (!f->ahead.n) {
		if (ol_window_close(&f->window))
			return -EIO;
		if (fstat(f->fd, &st) < 0 || (uint64_t)st.st_size < f->off + OL_LOG_BUF)
			return 0;
		n = (uint64_t)st.st_size - f->off < WINDOW ? (size_t)((uint64_t)st.st_size - f->off)
							   : WINDOW;
		if (ol_window_open(&f->window, f->fd, f->off, n) < 0 ||
		    lseek(f->fd, (off_t)(f->off + n), SEEK_SET) < 0)
			return 0;
		f->ahead = f->window.data;
	}
	ret->data = ol_span_head(f->ahead, OL_LOG_PIECE);
	f->ahead = ol_span_skip(f->ahead, ret->data.n);
	return 1;
}

static int next_regular(struct ol_logsrc *s, struct ol_log_input *in, struct ol_logchunk *ret)
{
	struct file *f = in->state;
	ssize_t n = in->follow ? 0 : next_windowed(f, ret);

	if (n == -EIO) {
		ret->what = OL_LOG_WARN;
		ol_fail(&ret->err, -EIO,
			"%.350s: was truncated or could not be read while it was being read",
			in->name);
		f->phase = END;
		return 0;
	}
	if (n > 0) {
		f->off += ret->data.n;
		ol_log_seen(s, in, f->off);
		ret->what = OL_LOG_DATA;
		return 0;
	}
	n = ol_log_read(f->fd, s->buf, OL_LOG_BUF);
	if (n < 0) {
		read_failed(in, f, (int)n, ret);
		return 0;
	}
	if (n > 0) {
		f->off += (uint64_t)n;
		ol_log_seen(s, in, f->off);
		ret->what = OL_LOG_DATA;
		ret->data = ol_span(s->buf, (size_t)n);
		return 0;
	}
	if (!in->follow) {
		f->phase = END;
		return 1;
	}
	/* The old file had its last read() after its successor was seen. */
	if (f->next_fd >= 0) {
		f->phase = ROTATED;
		return 1;
	}
	look_again(in, f, ret);
	return f->next_fd >= 0 ? 1 : 0;
}

static int next_stream(struct ol_logsrc *s, struct ol_log_input *in, struct ol_logchunk *ret)
{
	struct file *f = in->state;
	ssize_t n = stream_read(in, f->fd, s->buf, OL_LOG_BUF);

	if (n == -EAGAIN || n == -EINTR) {
		ret->what = OL_LOG_IDLE;
		return 0;
	}
	if (n < 0) {
		read_failed(in, f, (int)n, ret);
		return 0;
	}
	if (n == 0) {
		f->phase = END;
		return 1;
	}
	ol_log_seen(s, in, in->seen + (uint64_t)n);
	ret->what = OL_LOG_DATA;
	ret->data = ol_span(s->buf, (size_t)n);
	return 0;
}

/* 0: *@ret; 1: go on with the next phase; 2: this is an archive now. */
static int sniff_stream(struct ol_logsrc *s, struct ol_log_input *in, struct ol_logchunk *ret)
{
	struct file *f = in->state;
	bool more;
	ssize_t n;
	int r;

	n = stream_read(in, f->fd, f->head + f->head_n, sizeof(f->head) - f->head_n);
	if (n == -EAGAIN || n == -EINTR) {
		ret->what = OL_LOG_IDLE;
		return 0;
	}
	if (n < 0) {
		ret->what = OL_LOG_WARN;
		ol_log_cannot(&ret->err, (int)n, in->name, NULL);
		f->phase = GONE;
		return 0;
	}
	f->head_n += (size_t)n;
	ol_log_seen(s, in, f->head_n);
	r = file_sniff(s, in, ol_span(f->head, f->head_n), !n || f->head_n == sizeof(f->head),
		       &more, &ret->err);
	if (r < 0) {
		ret->what = OL_LOG_WARN;
		f->phase = GONE;
		return 0;
	}
	if (r > 0)
		return 2;
	if (!more)
		f->phase = BEGIN;
	return 1;
}

static void begin_again(struct ol_logsrc *s, struct ol_log_input *in, struct file *f)
{
	if (f->phase == ROTATED) {
		close(f->fd);
		f->fd = f->next_fd;
		f->next_fd = -1;
		f->told = false;
	} else if (lseek(f->fd, 0, SEEK_SET) < 0) {
		f->phase = GONE;
		return;
	}
	if (fstat(f->fd, &f->st) == 0) {
		in->size = in->seen = 0;
		ol_log_set_stat(s, in, &f->st);
	}
	f->off = 0;
	f->phase = BEGIN;
}

static int file_next(struct ol_logsrc *s, struct ol_log_input *in, struct ol_logchunk *ret)
{
	struct file *f = in->state;
	int r;

	for (;;) {
		switch (f->phase) {
		case SNIFF:
			r = sniff_stream(s, in, ret);
			if (r == 2)
				return in->kind->next(s, in, ret);
			break;
		case BEGIN:
			f->phase = f->head_n ? HEAD : DATA;
			ret->what = OL_LOG_BEGIN;
			if (f->regular && !in->follow && !f->base)
				ret->fd = f->fd;
			return 0;
		case HEAD:
			f->phase = DATA;
			ret->what = OL_LOG_DATA;
			ret->data = ol_span(f->head, f->head_n);
			f->head_n = 0;
			return 0;
		case DATA:
			r = f->regular ? next_regular(s, in, ret) : next_stream(s, in, ret);
			break;
		case AGAIN:
		case ROTATED:
			begin_again(s, in, f);
			ret->what = OL_LOG_END;
			return 0;
		case END:
			f->phase = GONE;
			ret->what = OL_LOG_END;
			return 0;
		default:
			ret->what = OL_LOG_EOF;
			return 0;
		}
		if (r == 0)
			return 0;
	}
}

const struct ol_log_kind ol_log_file = {
	.open = file_open,
	.next = file_next,
	.close = file_close,
};
