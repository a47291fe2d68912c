// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "collect/log/logsrc_impl.h"

/*
 * /dev/kmsg: each read() gives one record, or EAGAIN at the end, EPIPE when records were
 * overwritten before we came to them, EINVAL when the buffer is too short for the record:
 *
 *   6,1234,5678901,-,caller=T1;text\n
 *    SUBSYSTEM=acpi\n
 *    DEVICE=+acpi:PNP0A03:00\n
 *
 * What is handed out is the first line, with the host and boot that it comes from:
 *
 *   6,1234,5678901,-,caller=T1,host=web1,boot=0123…;text\n
 */

#define RECORD     8192 /* the kernel's own limit (CONSOLE_EXT_LOG_MAX, 6.x: PRINTK_MESSAGE_MAX) */
#define MAX_ORIGIN 160

struct kmsg {
	int fd;
	bool begun, ended, gone;
	bool any; /* .last is set */
	uint64_t last; /* sequence number of the latest record */
	uint64_t lost; /* records before the held one, not told yet */
	size_t held; /* a record in .rec that waits until its gap was told */
	int error; /* of read(), not told yet */
	char origin[MAX_ORIGIN]; /* ",host=web1,boot=…" */
	size_t n_origin;
	char rec[2 * RECORD];
};

static void kmsg_close(struct ol_log_input *in)
{
	struct kmsg *k = in->state;

	if (!k)
		return;
	if (k->fd >= 0)
		close(k->fd);
	free(k);
	in->state = NULL;
}

/* One line of a small file below the root; {NULL, 0} when it is not there. */
static struct ol_span first_line(const struct ol_logsrc *s, const char *rel, char *buf, size_t n)
{
	char *path = ol_log_below(s, rel);
	struct ol_span a = { NULL, 0 };
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) : -1;
	ssize_t r = fd < 0 ? -1 : ol_log_read(fd, buf, n);

	if (r > 0) {
		ssize_t nl = ol_span_chr(ol_span(buf, (size_t)r), '\n');

		a = ol_span(buf, nl >= 0 ? (size_t)nl : (size_t)r);
	}
	if (fd >= 0)
		close(fd);
	free(path);
	return a;
}

static void find_origin(const struct ol_logsrc *s, struct kmsg *k)
{
	char buf[128];
	struct ol_span a = first_line(s, "proc/sys/kernel/hostname", buf, sizeof(buf));
	size_t n = 0, digits = 0;

	if (a.n) {
		memcpy(k->origin, ",host=", 6);
		n = 6 + ol_log_put_field(k->origin + 6, 64, a);
	}
	/* 0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0: the journal writes it without the dashes */
	a = first_line(s, "proc/sys/kernel/random/boot_id", buf, sizeof(buf));
	for (size_t i = 0; i < a.n; i++)
		digits += ol_is_xdigit(a.p[i]);
	if (digits == 32) {
		memcpy(k->origin + n, ",boot=", 6);
		n += 6;
		for (size_t i = 0; i < a.n; i++)
			if (ol_is_xdigit(a.p[i]))
				k->origin[n++] = a.p[i];
	}
	k->n_origin = n;
}

static int kmsg_open(struct ol_logsrc *s, struct ol_log_input *in, struct ol_err *err)
{
	struct kmsg *k = calloc(1, sizeof(*k));
	int r;

	if (!k)
		return ol_fail(err, -ENOMEM, "%.350s: out of memory", in->name);
	k->fd = open(in->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (k->fd < 0) {
		r = -errno;
		free(k);
		if (r == -EPERM || r == -EACCES)
			return ol_fail(err, r,
				       "cannot read %.350s: needs CAP_SYSLOG (or sysctl "
				       "kernel.dmesg_restrict=0)",
				       in->name);
		return ol_fail(err, r, "cannot read %.350s: %s", in->name, strerror(-r));
	}
	find_origin(s, k);
	in->state = k;
	in->fd = k->fd;
	in->events = POLLIN;
	return 0;
}

/* "6,1234,…;": the sequence number is the second field */
static bool sequence(struct ol_span rec, uint64_t *ret)
{
	uint64_t prefix;

	return ol_eat_u64(&rec, &prefix) && ol_span_eat(&rec, OL_SPAN(",")) &&
	       ol_eat_u64(&rec, ret);
}

/* The record's first line with its origin. @to has room for it. Returns the bytes written. */
static size_t put_record(const struct kmsg *k, char *to, struct ol_span rec)
{
	ssize_t nl = ol_span_chr(rec, '\n'), semi;
	size_t n = 0;

	if (nl >= 0)
		rec = ol_span_head(rec, (size_t)nl);
	semi = ol_span_chr(rec, ';');
	if (semi < 0)
		return 0;
	memcpy(to, rec.p, (size_t)semi);
	n = (size_t)semi;
	memcpy(to + n, k->origin, k->n_origin);
	n += k->n_origin;
	memcpy(to + n, rec.p + semi, rec.n - (size_t)semi);
	n += rec.n - (size_t)semi;
	to[n++] = '\n';
	return n;
}

static int kmsg_next(struct ol_logsrc *s, struct ol_log_input *in, struct ol_logchunk *ret)
{
	struct kmsg *k = in->state;
	size_t n = 0;

	if (!k->begun) {
		k->begun = true;
		ret->what = OL_LOG_BEGIN;
		return 0;
	}
	if (k->held && !k->lost) {
		n = put_record(k, s->buf, ol_span(k->rec, k->held));
		k->held = 0;
	}
	while (!k->held && !k->ended && OL_LOG_BUF - n > sizeof(k->rec) + sizeof(k->origin)) {
		ssize_t r = ol_log_read(k->fd, k->rec, sizeof(k->rec));
		uint64_t seq;

		if (r == -EPIPE)
			continue; /* the gap shows in the sequence of the next record */
		if (r == -EAGAIN) {
			k->ended = !in->follow;
			break;
		}
		if (r <= 0) {
			k->ended = true;
			k->error = (int)r;
			break;
		}
		if (!sequence(ol_span(k->rec, (size_t)r), &seq))
			continue;
		k->lost = k->any && seq > k->last ? seq - k->last - 1 : 0;
		k->any = true;
		k->last = seq;
		if (k->lost)
			k->held = (size_t)r;
		else
			n += put_record(k, s->buf + n, ol_span(k->rec, (size_t)r));
	}
	if (n) {
		ret->what = OL_LOG_DATA;
		ret->data = ol_span(s->buf, n);
	} else if (k->lost) {
		ret->what = OL_LOG_WARN;
		ol_fail(&ret->err, 0, "%.350s: %llu record%s overwritten before they could be read",
			in->name, (unsigned long long)k->lost, k->lost == 1 ? " was" : "s were");
		k->lost = 0;
	} else if (k->error) {
		ret->what = OL_LOG_WARN;
		ol_fail(&ret->err, 0, "%.350s: %s", in->name, strerror(-k->error));
		k->error = 0;
	} else {
		ol_log_nothing(ret, k->ended, &k->gone);
	}
	return 0;
}

const struct ol_log_kind ol_log_kmsg = {
	.open = kmsg_open,
	.next = kmsg_next,
	.close = kmsg_close,
};

int ol_logsrc_add_kmsg(struct ol_logsrc *s, struct ol_err *err)
{
	char *path = ol_log_below(s, "dev/kmsg");
	struct ol_log_input *in;
	int r = -ENOMEM;

	if (!path)
		return ol_fail(err, -ENOMEM, "/dev/kmsg: out of memory");
	in = ol_log_queue(s, &ol_log_kmsg, path, path, err);
	if (in)
		r = ol_log_open_now(s, in, err);
	if (r < 0)
		goto out;
	in->stream = true;
	s->total_unknown = true;
out:
	free(path);
	return r;
}
