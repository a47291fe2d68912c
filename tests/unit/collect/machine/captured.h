/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A captured root in a temporary directory, made from string literals, and one tick of it. */
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

struct captured {
	char dir[64];
	struct ol_tick *t;
};

static inline struct captured captured_new(void)
{
	struct captured c = { "/tmp/oomlens-root.XXXXXX", NULL };

	assert_non_null(mkdtemp(c.dir));
	return c;
}

static inline void put_bytes(const struct captured *c, const char *path, const void *p, size_t n)
{
	char full[9000];
	int fd;

	assert_true(snprintf(full, sizeof(full), "%s/%s", c->dir, path) < (int)sizeof(full));
	for (char *s = full + strlen(c->dir) + 1; (s = strchr(s, '/')); *s++ = '/') {
		*s = 0;
		if (mkdir(full, 0755))
			assert_int_equal(errno, EEXIST);
	}
	if (!p) {
		if (mkdir(full, 0755))
			assert_int_equal(errno, EEXIST);
		return;
	}
	fd = open(full, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, p, n), (ssize_t)n);
	close(fd);
}

static inline void put(const struct captured *c, const char *path, const char *text)
{
	put_bytes(c, path, text, strlen(text));
}

/* All sources but those of @only are left out (0: none is). */
static inline void captured_tick(struct captured *c, uint32_t only)
{
	struct ol_live_opts o = { .root = c->dir, .leave_out = only ? ~only : 0, .pss = true };
	struct ol_source *s;
	struct ol_err err;

	c->t = ol_tick_new(NULL);
	assert_non_null(c->t);
	assert_int_equal(ol_live_new(&o, &s, &err), 0);
	assert_int_equal(s->next(s, c->t, &err), 0);
	s->free(s);
}

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st;
	(void)type;
	(void)f;
	return remove(path);
}

static inline void captured_free(struct captured *c)
{
	ol_tick_free(c->t);
	nftw(c->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void is_text(const struct ol_tick *t, struct ol_str s, const char *want)
{
	struct ol_span a = ol_tick_span(t, s);

	if (!ol_span_eqs(a, want))
		fail_msg("'%.*s' instead of '%s'", (int)a.n, a.p, want);
}

static inline void has_val(const struct ol_row *r, enum ol_row_field f, int64_t want)
{
	if (!ol_row_has(r, f))
		fail_msg("%s is absent", ol_row_fields[f].name);
	if (ol_row_val(r, f) != want)
		fail_msg("%s is %lld instead of %lld", ol_row_fields[f].name,
			 (long long)ol_row_val(r, f), (long long)want);
}

static inline void has_not(const struct ol_row *r, enum ol_row_field f)
{
	if (ol_row_has(r, f))
		fail_msg("%s is %lld instead of absent", ol_row_fields[f].name,
			 (long long)ol_row_val(r, f));
}
