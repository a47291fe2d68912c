/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_TEST_LOGSRC_UTIL_H
#define OL_TEST_LOGSRC_UTIL_H

/* What the tests of collect/logsrc share. */

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "collect/log/logsrc.h"
#include "lib/clock.h"
#include "lib/out.h"

/* What is read is written down as "<name>" text "</>" "!warning!", temporary path left out. */

static char tmp[64];

static char *at(const char *name)
{
	static char path[8][512];
	static unsigned turn;
	char *p = path[turn++ % 8];

	snprintf(p, sizeof(path[0]), "%s/%s", tmp, name);
	return p;
}

static void put(const char *name, int flags, const char *text, size_t n)
{
	int fd = open(at(name), O_WRONLY | O_CREAT | flags, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), (ssize_t)n);
	close(fd);
}

static void put_text(const char *name, const char *text)
{
	put(name, O_TRUNC, text, strlen(text));
}

static int rm_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static int setup(void **state)
{
	(void)state;
	strcpy(tmp, "/tmp/ol-logsrc-XXXXXX");
	return mkdtemp(tmp) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	return nftw(tmp, rm_one, 8, FTW_DEPTH | FTW_PHYS);
}

#define SKIP(...)                           \
	do {                                \
		print_message("skip: ");    \
		print_message(__VA_ARGS__); \
		print_message("\n");        \
		skip();                     \
	} while (0)

static struct ol_logsrc *new_src(bool follow)
{
	struct ol_logsrc_opts o = {
		.follow = follow, .since_us = OL_TIME_NONE, .until_us = OL_TIME_NONE, .root = tmp
	};
	struct ol_logsrc *s = ol_logsrc_new(&o);

	assert_non_null(s);
	return s;
}

static void without_tmp(struct ol_out *o, struct ol_span a)
{
	struct ol_span t = ol_span_str(tmp);
	ssize_t i;

	while ((i = ol_span_find(a, t)) >= 0) {
		ol_out_bytes(o, a.p, (size_t)i);
		a = ol_span_skip(a, (size_t)i + t.n + 1);
	}
	ol_out_span(o, a);
}

static void write_down(struct ol_out *o, const struct ol_logchunk *c)
{
	if (c->what == OL_LOG_BEGIN) {
		ol_out_char(o, '<');
		without_tmp(o, c->name);
		ol_out_char(o, '>');
	} else if (c->what == OL_LOG_DATA) {
		assert_true(c->data.n > 0);
		ol_out_span(o, c->data);
	} else if (c->what == OL_LOG_END) {
		ol_out_str(o, "</>");
	} else if (c->what == OL_LOG_WARN) {
		ol_out_char(o, '!');
		without_tmp(o, ol_span_str(c->err.msg));
		ol_out_char(o, '!');
	}
}

/* Everything up to the end. */
static char *read_all(struct ol_logsrc *s)
{
	struct ol_logchunk c;
	uint64_t consumed = 0;
	struct ol_out o;
	int r;

	ol_out_init(&o, -1);
	do {
		r = ol_logsrc_next(s, &c);
		assert_int_equal(r, 0);
		assert_int_not_equal(c.what, OL_LOG_IDLE);
		assert_true(c.consumed >= consumed);
		consumed = c.consumed;
		write_down(&o, &c);
	} while (c.what != OL_LOG_EOF);
	if (c.total)
		assert_int_equal(c.consumed, c.total);
	assert_int_equal(ol_logsrc_next(s, &c), 0);
	assert_int_equal(c.what, OL_LOG_EOF);
	ol_out_char(&o, 0);
	assert_int_equal(o.err, 0);
	return o.buf;
}

static void expect_all(struct ol_logsrc *s, const char *want)
{
	char *got = read_all(s);

	assert_string_equal(got, want);
	free(got);
	ol_logsrc_free(s);
}

static inline void expect_path(const char *name, const char *want)
{
	struct ol_logsrc *s = new_src(false);
	struct ol_err err = { "" };

	if (ol_logsrc_add_path(s, at(name), &err))
		fail_msg("%s", err.msg);
	expect_all(s, want);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
