// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A control group of our own, in hierarchies of both versions. They are directories below a root of
 * the test; what the kernel does there is done here: a new group gets its files, with a memory
 * controller when the one above hands it out (version 1: always), and is removed with them.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "collect/machine/scope.h"

#define V1 "sys/fs/cgroup/memory"
#define V2 "sys/fs/cgroup"

static char root[64];
static struct ol_scope scope;
static struct ol_err err;
static bool v2, hands_out;

static const char *at(const char *path)
{
	static char full[8][1024];
	static unsigned turn;
	char *p = full[turn++ % 8];

	snprintf(p, sizeof(full[0]), "%s/%s", root, path);
	return p;
}

static void put(const char *path, const char *text)
{
	char full[1024];
	int fd;

	snprintf(full, sizeof(full), "%s", at(path));
	for (char *p = full + strlen(root) + 1; (p = strchr(p, '/')); *p++ = '/') {
		*p = 0;
		mkdir(full, 0755);
	}
	fd = open(full, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static const char *text_of(const char *path)
{
	static char text[4096];
	int fd = open(at(path), O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = 0;
	return n < 0 ? NULL : text;
}

/* ---- the kernel ---- */

static void file_at(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0)
		return;
	(void)!write(fd, text, strlen(text));
	close(fd);
}

static void controllers(int dir)
{
	file_at(dir, "cgroup.procs", "");
	if (!v2) {
		file_at(dir, "memory.usage_in_bytes", "0\n");
		file_at(dir, "memory.limit_in_bytes", "");
	} else if (hands_out) {
		file_at(dir, "memory.current", "0\n");
		file_at(dir, "memory.max", "");
		file_at(dir, "memory.high", "");
		file_at(dir, "memory.swap.max", "");
	}
}

int mkdirat(int dir, const char *name, mode_t mode)
{
	long r = syscall(SYS_mkdirat, dir, name, mode);
	int fd = r ? -1 : openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		controllers(fd);
		close(fd);
	}
	return (int)r;
}

/* "+memory" was written above it: only now are the files there. */
int faccessat(int dir, const char *name, int mode, int flags)
{
	char text[16] = "";
	int fd = openat(dir, "../cgroup.subtree_control", O_RDONLY | O_CLOEXEC);

	(void)flags;
	if (fd >= 0) {
		(void)!read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	if (!strcmp(text, "+memory") && !hands_out) {
		hands_out = true;
		controllers(dir);
	}
	return (int)syscall(SYS_faccessat, dir, name, mode);
}

int unlinkat(int dir, const char *name, int flags)
{
	static const char *const files[] = {
		"cgroup.procs", "memory.usage_in_bytes", "memory.limit_in_bytes", "memory.current",
		"memory.max",   "memory.high",           "memory.swap.max"
	};
	int fd = flags ? openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	for (size_t i = 0; fd >= 0 && i < sizeof(files) / sizeof(files[0]); i++)
		syscall(SYS_unlinkat, fd, files[i], 0);
	if (fd >= 0)
		close(fd);
	return (int)syscall(SYS_unlinkat, dir, name, flags);
}

static int rm(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

static int setup(void **state)
{
	(void)state;
	strcpy(root, "/tmp/oomlens-scope.XXXXXX");
	hands_out = v2 = false;
	return mkdtemp(root) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	return nftw(root, rm, 16, FTW_DEPTH | FTW_PHYS);
}

static const char *own(const char *where, const char *file)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/oomlens-watch.%d%s%s", where, (int)getpid(),
		 *file ? "/" : "", file);
	return path;
}

static bool is_there(const char *path)
{
	struct stat st;

	return !stat(at(path), &st);
}

/* ---- version 2 ---- */

static void two(const char *our_group)
{
	char text[300];

	v2 = true;
	put("proc/self/mounts", "cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\n");
	snprintf(text, sizeof(text), "1:name=systemd:/not/this\n0::%s\n", our_group);
	put("proc/self/cgroup", text);
	put(V2 "/cgroup.controllers", "cpu memory pids\n");
	put(V2 "/cgroup.procs", "");
	put(V2 "/user.slice/cgroup.subtree_control", "");
	put(V2 "/user.slice/memory.max", "900000\n");
	put(V2 "/user.slice/me/cgroup.procs", "");
	put(V2 "/user.slice/me/memory.max", "max\n");
	put(V2 "/user.slice/me/memory.high", "700000\n");
	put(V2 "/user.slice/me/memory.swap.max", "0\n");
}

/* Beside the group that we are in, which may hold processes or groups, not both. */
static void test_v2_beside(void **state)
{
	(void)state;
	two("/user.slice/me");
	assert_int_equal(ol_scope_make(&scope, root, &err), 0);
	assert_int_equal(scope.version, 2);
	assert_string_equal(scope.path, own("/user.slice", ""));
	assert_string_equal(scope.name, own("", "") + 1);
	assert_true(scope.enabled);
	assert_string_equal(text_of(V2 "/user.slice/cgroup.subtree_control"), "+memory");
	/* what held where we came from holds in it, what it shares with us needs not be told */
	assert_string_equal(text_of(own(V2 "/user.slice", "memory.max")), "");
	assert_string_equal(text_of(own(V2 "/user.slice", "memory.high")), "700000");
	assert_string_equal(text_of(own(V2 "/user.slice", "memory.swap.max")), "0");
	assert_true(scope.own_limit == UINT64_MAX);

	assert_int_equal(ol_scope_limit(&scope, 4096000), 0);
	assert_string_equal(text_of(own(V2 "/user.slice", "memory.max")), "4096000");
	assert_int_equal(ol_scope_enter(&scope, 4711), 0);
	assert_string_equal(text_of(own(V2 "/user.slice", "cgroup.procs")), "4711");

	assert_int_equal(ol_scope_done(&scope), 0);
	assert_int_equal(scope.version, 0);
	assert_false(is_there(own(V2 "/user.slice", "")));
	assert_string_equal(text_of(V2 "/user.slice/cgroup.subtree_control"), "-memory");
	assert_int_equal(ol_scope_done(&scope), 0); /* again */
}

/* A limit of where we came from is not raised. */
static void test_v2_own_limit(void **state)
{
	(void)state;
	two("/user.slice/me");
	put(V2 "/user.slice/me/memory.max", "500000\n");
	assert_int_equal(ol_scope_make(&scope, root, &err), 0);
	assert_true(scope.own_limit == 500000);
	assert_string_equal(text_of(own(V2 "/user.slice", "memory.max")), "500000");
	assert_int_equal(ol_scope_limit(&scope, 300000), 0);
	assert_string_equal(text_of(own(V2 "/user.slice", "memory.max")), "300000");
	put(own(V2 "/user.slice", "memory.max"), "");
	assert_int_equal(ol_scope_limit(&scope, 600000), 0);
	assert_string_equal(text_of(own(V2 "/user.slice", "memory.max")), "500000");
	assert_int_equal(ol_scope_done(&scope), 0);
}

/* Where the one above has nothing to hand out, the next above is tried; its limits come along. */
static void test_v2_higher(void **state)
{
	(void)state;
	two("/user.slice/me");
	assert_int_equal(unlink(at(V2 "/user.slice/cgroup.subtree_control")), 0);
	put(V2 "/cgroup.subtree_control", "");
	assert_int_equal(ol_scope_make(&scope, root, &err), 0);
	assert_string_equal(scope.path, own("", ""));
	assert_true(scope.own_limit == 900000);
	assert_string_equal(text_of(own(V2, "memory.max")), "900000");
	assert_string_equal(text_of(own(V2, "memory.high")), "700000");
	assert_false(is_there(own(V2 "/user.slice", "")));

	/* another run needs the controller that we switched on */
	assert_int_equal(mkdir(at(V2 "/oomlens-watch.1"), 0755), 0);
	assert_int_equal(ol_scope_done(&scope), 0);
	assert_string_equal(text_of(V2 "/cgroup.subtree_control"), "+memory");
}

/* A controller that is on already stays on. */
static void test_v2_was_on(void **state)
{
	(void)state;
	two("/");
	hands_out = true;
	put(V2 "/cgroup.subtree_control", "cpu memory");
	assert_int_equal(ol_scope_make(&scope, root, &err), 0);
	assert_string_equal(scope.path, own("", ""));
	assert_false(scope.enabled);
	assert_int_equal(ol_scope_done(&scope), 0);
	assert_string_equal(text_of(V2 "/cgroup.subtree_control"), "cpu memory");
}

static void expect_none(const char *why)
{
	assert_true(ol_scope_make(&scope, root, &err) < 0);
	assert_int_equal(scope.version, 0);
	assert_true(scope.dir < 0 && scope.origin < 0 && scope.above < 0);
	assert_non_null(strstr(err.msg, why));
	assert_int_equal(ol_scope_done(&scope), 0);
}

static void test_none(void **state)
{
	(void)state;
	expect_none("no control group can be made here: No such file"); /* no hierarchy */
	two("/user.slice/me");
	assert_int_equal(unlink(at(V2 "/user.slice/cgroup.subtree_control")), 0);
	expect_none("No such file"); /* nobody hands out memory */
	assert_false(is_there(own(V2 "/user.slice", "")));
	assert_false(is_there(own(V2, "")));
	put("proc/self/cgroup", "0:no colon\nx\n7:memory:/v1/only\n");
	expect_none("No such file"); /* we are nowhere */
	put("proc/self/cgroup", "0::/gone");
	expect_none("No such file");
}

/* A switch that says yes and does nothing is switched back. */
static void test_v2_no_effect(void **state)
{
	(void)state;
	two("/");
	hands_out = true; /* so that writing +memory brings no files … */
	v2 = false; /* … and what a new group has is version 1's */
	put(V2 "/cgroup.subtree_control", "");
	expect_none("No such device");
	assert_string_equal(text_of(V2 "/cgroup.subtree_control"), "-memory");
	assert_false(is_there(own(V2, "")));
}

/* ---- version 1 ---- */

static void one(void)
{
	put("proc/self/mounts", "tmpfs /sys/fs/cgroup tmpfs ro 0 0\n"
				"cgroup /sys/fs/cgroup/memory cgroup rw,relatime,memory 0 0\n");
	put("proc/self/cgroup", "5:memoryless:/no\n4:cpu,memory:/docker/abc\n0::/elsewhere\n");
	put(V1 "/memory.usage_in_bytes", "1\n");
	put(V1 "/docker/abc/cgroup.procs", "");
}

static void test_v1_below(void **state)
{
	int32_t pids[3] = { 0 };

	(void)state;
	one();
	assert_int_equal(ol_scope_make(&scope, root, &err), 0);
	assert_int_equal(scope.version, 1);
	assert_string_equal(scope.path, own("/docker/abc", ""));
	assert_int_equal(ol_scope_limit(&scope, 123456), 0);
	assert_string_equal(text_of(own(V1 "/docker/abc", "memory.limit_in_bytes")), "123456");

	/* groups that the command made below it count, what is no number ends a list */
	put(own(V1 "/docker/abc", "cgroup.procs"), "11\n12\n");
	put(own(V1 "/docker/abc", "deep/cgroup.procs"), "13\n");
	put(own(V1 "/docker/abc", "deep/er/cgroup.procs"), "14\nx\n15\n");
	put(own(V1 "/docker/abc", "empty/other"), "");
	assert_int_equal(ol_scope_pids(&scope, pids, 3), 4);
	assert_int_equal(pids[0], 11);
	assert_int_equal(pids[1], 12);
	assert_int_equal(pids[2], 13);

	/* what is left running goes home, one by one; groups that were left keep ours in place */
	assert_int_equal(ol_scope_done(&scope), -ENOTEMPTY);
	assert_memory_equal(text_of(V1 "/docker/abc/cgroup.procs"), "1112", 4);
	assert_true(ol_scope_pids(&scope, pids, 3) < 0);
}

/* Hierarchies of both: the controller is in one of them. */
static void test_v1_of_both(void **state)
{
	(void)state;
	one();
	put("proc/self/mounts", "cgroup /sys/fs/cgroup/memory cgroup rw,cpu,memory 0 0\n"
				"cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n");
	put(V2 "/unified/cgroup.controllers", "\n");
	assert_int_equal(ol_scope_make(&scope, root, &err), 0);
	assert_int_equal(scope.version, 1);
	assert_int_equal(ol_scope_done(&scope), 0);
	assert_false(is_there(own(V1 "/docker/abc", "")));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_v2_beside), TEST(test_v2_own_limit), TEST(test_v2_higher),
		TEST(test_v2_was_on), TEST(test_none),         TEST(test_v2_no_effect),
		TEST(test_v1_below),  TEST(test_v1_of_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
