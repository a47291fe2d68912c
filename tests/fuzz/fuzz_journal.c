// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fields of journal entries, whatever wrote them: the library's functions are replaced by a journal
 * that is the input, "NAME=value" between NULs, an entry ends with two of them. Each entry with a
 * MESSAGE becomes one line that is taken apart as the kernel's, and only _TRANSPORT vouches for it.
 */
#include "analyze/dump/line.h"
#include "collect/log/logsrc.h"
#include "lib/clock.h"
#include "tests/fuzz/check.h"

#ifdef OL_HAVE_JOURNAL

#include <errno.h>
#include <systemd/sd-journal.h>

static struct ol_span journal, entry;
static int64_t since, until;
static bool only_kernel;
static struct ol_out shown; /* a byte per entry that must become a line: 1: of facility 0 */

struct sd_journal {
	int nothing;
};
static struct sd_journal the_journal;

static struct ol_span fake_field(const char *name)
{
	struct ol_span s = entry, key = ol_span_str(name);

	while (s.n) {
		ssize_t nul = ol_span_chr(s, 0);
		struct ol_span f = ol_span_head(s, nul < 0 ? s.n : (size_t)nul);

		if (ol_span_starts(f, key) && f.n > key.n && f.p[key.n] == '=')
			return f;
		s = ol_span_skip(s, f.n + 1);
	}
	return ol_span(NULL, 0);
}

static uint64_t fake_number(const char *name, uint64_t missing)
{
	struct ol_span f = fake_field(name);
	uint64_t v;

	return f.p && ol_span_u64(ol_span_skip(f, strlen(name) + 1), &v) ? v : missing;
}

/*
 * The journal says who wrote it. Where it does not (it was not written by journald), the message's
 * own word is all there is.
 */
static bool may_be_kernel(void)
{
	struct ol_span transport = fake_field("_TRANSPORT");

	return transport.p ? ol_span_eqs(transport, "_TRANSPORT=kernel")
			   : fake_number("SYSLOG_FACILITY", 1) == 0;
}

/* NOLINTBEGIN: the names and types are libsystemd's */
int sd_journal_open(sd_journal **ret, int flags)
{
	(void)flags;
	*ret = &the_journal;
	return 0;
}

int sd_journal_open_directory(sd_journal **ret, const char *path, int flags)
{
	(void)path;
	return sd_journal_open(ret, flags);
}

int sd_journal_open_files(sd_journal **ret, const char **paths, int flags)
{
	(void)paths;
	return sd_journal_open(ret, flags);
}

void sd_journal_close(sd_journal *j)
{
	(void)j;
}

int sd_journal_get_usage(sd_journal *j, uint64_t *bytes)
{
	(void)j;
	*bytes = 4096;
	return 0;
}

int sd_journal_set_data_threshold(sd_journal *j, size_t sz)
{
	(void)j, (void)sz;
	return 0;
}

int sd_journal_add_match(sd_journal *j, const void *data, size_t size)
{
	(void)j, (void)data, (void)size;
	only_kernel = true;
	return 0;
}

int sd_journal_seek_head(sd_journal *j)
{
	(void)j;
	return 0;
}

int sd_journal_seek_realtime_usec(sd_journal *j, uint64_t usec)
{
	(void)j, (void)usec;
	return 0;
}

int sd_journal_process(sd_journal *j)
{
	(void)j;
	return 0;
}

int sd_journal_next(sd_journal *j)
{
	(void)j;
	while (journal.n) {
		ssize_t at = ol_span_find(journal, OL_SPAN("\0\0"));

		entry = ol_span_head(journal, at < 0 ? journal.n : (size_t)at);
		journal = ol_span_skip(journal, entry.n + 2);
		if (!only_kernel || ol_span_eqs(fake_field("_TRANSPORT"), "_TRANSPORT=kernel"))
			return 1;
	}
	return 0;
}

int sd_journal_get_realtime_usec(sd_journal *j, uint64_t *ret)
{
	int64_t wall;

	(void)j;
	*ret = fake_number("__REALTIME_TIMESTAMP", 0);
	wall = *ret > INT64_MAX ? INT64_MAX : (int64_t)*ret;
	if (until != OL_TIME_NONE && wall > until)
		journal.n = 0;
	else if (fake_field("MESSAGE").p && (since == OL_TIME_NONE || wall >= since))
		ol_out_char(&shown, may_be_kernel());
	return 0;
}

int sd_journal_get_monotonic_usec(sd_journal *j, uint64_t *ret, sd_id128_t *ret_boot_id)
{
	struct ol_span f = fake_field("_BOOT_ID");

	(void)j;
	*ret = fake_number("__MONOTONIC_TIMESTAMP", 0);
	if (f.n < 9 + 16)
		return -ESTALE;
	memcpy(ret_boot_id->bytes, f.p + 9, 16);
	return 0;
}

int sd_journal_get_data(sd_journal *j, const char *field, const void **data, size_t *l)
{
	struct ol_span f = fake_field(field);

	(void)j;
	if (!f.p)
		return -ENOENT;
	*data = f.p;
	*l = f.n;
	return 0;
}
/* NOLINTEND */

static int on_line(void *arg, const struct ol_line *l)
{
	must(l->transport == OL_TR_KMSG && l->prefixed);
	must(l->writer != OL_WRITER_UNKNOWN);
	++*(unsigned *)arg;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ol_logsrc_opts opts = { .since_us = OL_TIME_NONE, .until_us = OL_TIME_NONE };
	unsigned lines = 0, physical = 0;
	struct ol_logchunk c;
	struct ol_framer *f = ol_framer_new(on_line, &lines);
	struct ol_logsrc *s;
	struct ol_err err;
	struct ol_out all;

	if (!size || !f)
		goto out;
	opts.all_transports = data[0] & 1;
	if (data[0] & 2)
		opts.since_us = INT64_C(1000);
	if (data[0] & 4)
		opts.until_us = data[0] & 8 ? INT64_C(-1) : INT64_C(1000000);
	since = opts.since_us;
	until = opts.until_us;
	only_kernel = false;
	ol_out_init(&shown, -1);
	journal = ol_span((const char *)data + 1, size - 1);
	s = ol_logsrc_new(&opts);
	ol_out_init(&all, -1);
	must(s && !ol_logsrc_add_journal(s, NULL, &err));
	do {
		must(!ol_logsrc_next(s, &c));
		must(c.what != OL_LOG_WARN && c.what != OL_LOG_IDLE);
		if (c.what == OL_LOG_DATA)
			ol_out_span(&all, c.data);
	} while (c.what != OL_LOG_EOF);
	for (struct ol_span text = check_all(&all); text.n; physical++) {
		ssize_t nl = ol_span_chr(text, '\n');
		struct ol_span line = ol_span_head(text, nl < 0 ? 0 : (size_t)nl);
		uint64_t prefix;

		must(nl > 0); /* each ends, and none is empty */
		for (size_t i = 0; i < line.n; i++)
			must(line.p[i] >= ' ' && line.p[i] < 0x7f);
		must(ol_framer_push(f, line, physical + 1, 0, false) >= 0);
		must(ol_eat_u64(&line, &prefix) && physical < shown.n);
		must(prefix >= 8 || shown.buf[physical]);
		text = ol_span_skip(text, (size_t)nl + 1);
	}
	must(physical == check_all(&shown).n);
	ol_out_done(&shown);
	must(ol_framer_flush(f) >= 0 && lines >= physical);
	ol_out_done(&all);
	ol_logsrc_free(s);
out:
	ol_framer_free(f);
	return 0;
}

#else

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	(void)data, (void)size;
	return 0;
}

#endif
