/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_TESTS_ROOT_UTIL_H
#define OL_TESTS_ROOT_UTIL_H

#include "collect/machine/live.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

/* A captured root in a temporary directory, written file by file. */
static char root_dir[64];
static struct ol_tick *tick;

static inline int root_rm(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

static inline int root_setup(void **state)
{
	(void)state;
	strcpy(root_dir, "/tmp/oomlens-root.XXXXXX");
	tick = ol_tick_new(NULL);
	return tick && mkdtemp(root_dir) ? 0 : -1;
}

static inline int root_teardown(void **state)
{
	(void)state;
	ol_tick_free(tick);
	return nftw(root_dir, root_rm, 16, FTW_DEPTH | FTW_PHYS);
}

/* Where @path is below the root; the directories above it are made. */
static inline const char *root_path(const char *path)
{
	static char full[512];

	snprintf(full, sizeof(full), "%s/%s", root_dir, path);
	for (char *p = full + strlen(root_dir) + 1; (p = strchr(p, '/')); p++) {
		*p = 0;
		mkdir(full, 0755);
		*p = '/';
	}
	return full;
}

static inline void root_put_n(const char *path, const char *text, size_t n)
{
	int fd = open(root_path(path), O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0 && write(fd, text, n) == (ssize_t)n);
	close(fd);
}

static inline void root_put(const char *path, const char *text)
{
	root_put_n(path, text, strlen(text));
}

/* The only tick of the root. */
static inline void root_read(void)
{
	struct ol_live_opts opts = { .root = root_dir };
	struct ol_source *s;
	struct ol_err err;

	assert_int_equal(ol_live_new(&opts, &s, &err), 0);
	assert_int_equal(s->next(s, tick, &err), 0);
	s->free(s);
}

static inline struct ol_row *row_of(enum ol_table_id id, const char *name, int rid)
{
	for (uint32_t i = 0; i < tick->tab[id].n; i++) {
		struct ol_row *r = ol_tick_row(tick, id, i);

		if (r->id == rid && ol_span_eqs(ol_tick_span(tick, r->name), name))
			return r;
	}
	fail_msg("no row %s of %d", name, rid);
	return NULL;
}

#define assert_row(r, field, value)                                          \
	do {                                                                 \
		if (!ol_row_has(r, field))                                   \
			fail_msg("%s is absent", ol_row_fields[field].name); \
		assert_int_equal(ol_row_val(r, field), value);               \
	} while (0)
#define assert_row_absent(r, field)                                         \
	do {                                                                \
		if (ol_row_has(r, field))                                   \
			fail_msg("%s is there", ol_row_fields[field].name); \
	} while (0)
#define assert_metric(m, value)                                       \
	do {                                                          \
		if (!ol_has(tick, m))                                 \
			fail_msg("%s is absent", ol_metrics[m].name); \
		assert_int_equal(ol_val(tick, m), value);             \
	} while (0)
#define assert_text(r, want)                                                      \
	do {                                                                      \
		struct ol_span is = ol_tick_span(tick, (r)->text);                \
		if (!ol_span_eqs(is, want))                                       \
			fail_msg("text is \"" OL_SPAN_FMT "\"", OL_SPAN_ARG(is)); \
	} while (0)

#endif
