// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/log/logsrc_impl.h"

#include <errno.h>

#ifdef OL_HAVE_JOURNAL

#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-journal.h>

/*
 * Journal entries as lines in the shape of /dev/kmsg records:
 *
 *   4,17,5678901,-,host=web1,boot=<32 hex>,wall=1793541081123456,tag=kernel;text\n
 *
 * The prefix is facility << 3 | level; facility 0 is the kernel's and proves that it wrote the
 * line. Only the journal's own _TRANSPORT can vouch for that: a SYSLOG_FACILITY of 0 comes from
 * whoever wrote the message.
 */

#define FIELD_LIMIT (1u << 20)
#define HEADER_ROOM 1024 /* the longest header: six numbers, a boot id, two capped fields */
#define FIELD_CAP   200

struct journal {
	sd_journal *j;
	bool begun, ended, gone;
	uint64_t seq;
	struct ol_span
		text; /* the rest of an entry's MESSAGE; ours until the next sd_journal call */
	bool open_line;
	int warned; /* the latest error that was told */
};

static void journal_close(struct ol_log_input *in)
{
	struct journal *k = in->state;

	if (!k)
		return;
	sd_journal_close(k->j);
	free(k);
	in->state = NULL;
}

/* A file, a directory (flat, or one below it per machine), or the system's own journal. */
static int open_any(const struct ol_logsrc *s, const char *path, sd_journal **ret)
{
	struct stat st;
	const char *files[] = { path, NULL };

	if (!path) {
		if (!s->root[0])
			return sd_journal_open(ret, SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM);
		return sd_journal_open_directory(ret, s->root,
						 SD_JOURNAL_OS_ROOT | SD_JOURNAL_SYSTEM);
	}
	if (stat(path, &st) < 0)
		return -errno;
	if (S_ISREG(st.st_mode))
		return sd_journal_open_files(ret, files, 0);
	return sd_journal_open_directory(ret, path, 0);
}

static int journal_open(struct ol_logsrc *s, struct ol_log_input *in, struct ol_err *err)
{
	struct journal *k = calloc(1, sizeof(*k));
	uint64_t bytes = 0;
	int r;

	if (!k)
		return ol_fail(err, -ENOMEM, "%.350s: out of memory", in->name);
	in->state = k;
	r = open_any(s, in->path, &k->j);
	if (r < 0) {
		ol_log_cannot(err, r, in->name, NULL);
		goto fail;
	}
	/* Files that we may not read are left out by the library without a word. */
	r = sd_journal_get_usage(k->j, &bytes);
	if (r >= 0 && !bytes && !in->follow) {
		r = ol_fail(err, -ENOENT,
			    "%.350s: no journal files that can be read (needs root or the group "
			    "systemd-journal)",
			    in->name);
		goto fail;
	}
	if (r >= 0)
		r = sd_journal_set_data_threshold(k->j, FIELD_LIMIT);
	if (r >= 0 && !s->opts.all_transports)
		r = sd_journal_add_match(k->j, "_TRANSPORT=kernel", 0);
	/* Asked for before the end is reached: what is written later then wakes poll(2). */
	if (r >= 0 && in->follow) {
		r = sd_journal_get_fd(k->j);
		if (r >= 0) {
			in->fd = r;
			r = sd_journal_get_events(k->j);
			in->events = (short)r;
		}
	}
	if (r >= 0) {
		if (s->opts.since_us != OL_TIME_NONE && s->opts.since_us > 0)
			r = sd_journal_seek_realtime_usec(k->j, (uint64_t)s->opts.since_us);
		else
			r = sd_journal_seek_head(k->j);
	}
	if (r < 0) {
		ol_log_cannot(err, r, in->name, NULL);
		goto fail;
	}
	return 0;
fail:
	journal_close(in);
	in->fd = -1;
	return r;
}

/* "NAME=value" of the present entry; {NULL, 0}: it has none. Valid until the next call. */
static struct ol_span field(sd_journal *j, const char *name)
{
	const void *p;
	size_t n, skip = strlen(name) + 1;

	if (sd_journal_get_data(j, name, &p, &n) < 0 || n < skip)
		return ol_span(NULL, 0);
	return ol_span((const char *)p + skip, n - skip);
}

static uint64_t number(sd_journal *j, const char *name, uint64_t max, uint64_t missing)
{
	uint64_t v;

	return ol_span_u64(field(j, name), &v) && v <= max ? v : missing;
}

static size_t put_named(char *to, const char *name, struct ol_span v)
{
	size_t n = strlen(name);

	if (!v.n)
		return 0;
	memcpy(to, name, n);
	return n + ol_log_put_field(to + n, FIELD_CAP, v);
}

/* The header of the present entry at @to (HEADER_ROOM); its text is left in k->text. */
static size_t put_header(struct journal *k, char *to, uint64_t wall)
{
	char boot_hex[SD_ID128_STRING_MAX];
	struct ol_span transport = field(k->j, "_TRANSPORT");
	bool stated = transport.p != NULL, kernel = ol_span_eqs(transport, "kernel");
	uint64_t facility = number(k->j, "SYSLOG_FACILITY", 127, kernel ? 0 : 1);
	uint64_t level = number(k->j, "PRIORITY", 7, kernel ? 4 : 6), mono = 0, source;
	sd_id128_t boot;
	size_t n = 0;

	/* without it, what names a process is no record of the kernel's */
	if (facility == 0 && (stated ? !kernel : field(k->j, "_PID").p != NULL))
		facility = 1;
	if (sd_journal_get_monotonic_usec(k->j, &mono, &boot) < 0)
		boot = SD_ID128_NULL;
	source = number(k->j, "_SOURCE_MONOTONIC_TIMESTAMP", UINT64_MAX, mono);
	ol_log_putf(to, HEADER_ROOM, &n, "%llu,%llu,%llu,-",
		    (unsigned long long)(facility << 3 | level), (unsigned long long)k->seq++,
		    (unsigned long long)source);
	n += put_named(to + n, ",host=", field(k->j, "_HOSTNAME"));
	if (!sd_id128_is_null(boot))
		ol_log_putf(to, HEADER_ROOM, &n, ",boot=%s", sd_id128_to_string(boot, boot_hex));
	ol_log_putf(to, HEADER_ROOM, &n, ",wall=%llu", (unsigned long long)wall);
	n += put_named(to + n, ",tag=", field(k->j, "SYSLOG_IDENTIFIER"));
	to[n++] = ';';
	k->text = field(k->j, "MESSAGE");
	return n;
}

/* As the kernel escapes: \xNN for control bytes, from 0x7f on, and the backslash. */
static size_t put_text(struct journal *k, char *to, size_t room)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0, i = 0;

	for (; i < k->text.n && room - n >= 5; i++) {
		unsigned char c = (unsigned char)k->text.p[i];

		if (c >= ' ' && c < 0x7f && c != '\\') {
			to[n++] = (char)c;
			continue;
		}
		to[n++] = '\\';
		to[n++] = 'x';
		to[n++] = hex[c >> 4];
		to[n++] = hex[c & 15];
	}
	k->text = ol_span_skip(k->text, i);
	if (!k->text.n && n < room) {
		to[n++] = '\n';
		k->open_line = false;
	}
	return n;
}

/* 1: an entry is open; 0: none for now, or none any more (k->ended); <0: an error. */
static int next_entry(struct ol_logsrc *s, struct ol_log_input *in, char *to, size_t *ret_n)
{
	struct journal *k = in->state;
	uint64_t wall;
	int r;

	*ret_n = 0;
	for (;;) {
		r = sd_journal_next(k->j);
		if (r == 0 && !in->follow)
			k->ended = true;
		if (r <= 0)
			return r;
		r = sd_journal_get_realtime_usec(k->j, &wall);
		if (r < 0)
			return r;
		if (s->opts.until_us != OL_TIME_NONE &&
		    (s->opts.until_us < 0 || wall > (uint64_t)s->opts.until_us)) {
			k->ended = true;
			return 0;
		}
		/* The seek lands near; clocks that were set back lead to earlier ones later. */
		if (s->opts.since_us != OL_TIME_NONE && s->opts.since_us > 0 &&
		    wall < (uint64_t)s->opts.since_us)
			continue;
		*ret_n = put_header(k, to, wall);
		if (!k->text.p)
			continue; /* no MESSAGE, or one that cannot be unpacked */
		k->open_line = true;
		return 1;
	}
}

static int journal_next(struct ol_logsrc *s, struct ol_log_input *in, struct ol_logchunk *ret)
{
	struct journal *k = in->state;
	size_t n = 0, head;
	int r = 0;

	if (!k->begun) {
		k->begun = true;
		ret->what = OL_LOG_BEGIN;
		return 0;
	}
	while (!k->ended || k->open_line) {
		if (k->open_line) {
			n += put_text(k, s->buf + n, OL_LOG_BUF - n);
			if (k->open_line)
				break; /* full */
		}
		if (OL_LOG_BUF - n < 2 * HEADER_ROOM)
			break;
		r = next_entry(s, in, s->buf + n, &head);
		if (r <= 0)
			break;
		n += head;
	}
	/* At the end (or an error) take what woke poll(2): new entries, new files. */
	if (r <= 0 && !k->ended && !k->open_line && !n) {
		int p = sd_journal_process(k->j);

		if (r == 0 && p < 0)
			r = p;
	}
	if (n) {
		ret->what = OL_LOG_DATA;
		ret->data = ol_span(s->buf, n);
	} else if (r < 0 && r != k->warned) {
		k->warned = r;
		k->ended = !in->follow;
		ret->what = OL_LOG_WARN;
		ol_fail(&ret->err, r, "%.350s: %s", in->name, strerror(-r));
	} else {
		ol_log_nothing(ret, k->ended, &k->gone);
	}
	return 0;
}

const struct ol_log_kind ol_log_journal = {
	.open = journal_open,
	.next = journal_next,
	.close = journal_close,
};

int ol_logsrc_add_journal(struct ol_logsrc *s, const char *dir, struct ol_err *err)
{
	const char *name = dir ? dir : "journal";
	struct ol_log_input *in = ol_log_queue(s, &ol_log_journal, dir, name, err);
	int r;

	if (!in)
		return -ENOMEM;
	r = ol_log_open_now(s, in, err);
	if (r < 0)
		return r;
	in->stream = true;
	s->total_unknown = true;
	return 0;
}

const char *ol_logsrc_journal_version(void)
{
	/* The library cannot be asked; the build may know. */
#ifdef OL_JOURNAL_VERSION
	return "libsystemd " OL_JOURNAL_VERSION;
#else
	return "libsystemd";
#endif
}

#else

int ol_logsrc_add_journal(struct ol_logsrc *s, const char *dir, struct ol_err *err)
{
	(void)s;
	return ol_fail(err, -EOPNOTSUPP,
		       "%.350s: this build has no libsystemd to read a journal with",
		       dir ? dir : "journal");
}

const char *ol_logsrc_journal_version(void)
{
	return NULL;
}

#endif
