// SPDX-License-Identifier: GPL-2.0-or-later
/* Roots that are tars: what is found in them, and what a hostile one cannot do. */
#include "collect/machine/root.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#ifdef OL_HAVE_ARCHIVE
#include <archive.h>
#include <archive_entry.h>

static char path[] = "/tmp/oomlens-tar.XXXXXX";
static struct archive *tar;
static struct ol_root root;
static struct ol_buf buf;
static struct ol_err err;

static void begin(int filter)
{
	tar = archive_write_new();
	assert_non_null(tar);
	assert_int_equal(archive_write_set_format_pax_restricted(tar), ARCHIVE_OK);
	assert_int_equal(archive_write_add_filter(tar, filter), ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(tar, path), ARCHIVE_OK);
}

/* @to: of a link, where it leads to. */
static void put_header(mode_t type, const char *name, const char *to, uint64_t n)
{
	struct archive_entry *e = archive_entry_new();

	archive_entry_set_pathname(e, name);
	archive_entry_set_filetype(e, type);
	archive_entry_set_perm(e, 0);
	archive_entry_set_size(e, (la_int64_t)n);
	if (type == AE_IFLNK)
		archive_entry_set_symlink(e, to);
	else if (to)
		archive_entry_set_hardlink(e, to);
	assert_int_equal(archive_write_header(tar, e), ARCHIVE_OK);
	archive_entry_free(e);
}

static void put_data(const char *p, size_t n)
{
	while (n) {
		la_ssize_t k = archive_write_data(tar, p, n);

		assert_true(k > 0);
		p += k;
		n -= (size_t)k;
	}
}

static void put(mode_t type, const char *name, const char *to, const char *p, size_t n)
{
	put_header(type, name, to, n);
	put_data(p, n);
}

static void file(const char *name, const char *text)
{
	put(AE_IFREG, name, NULL, text, strlen(text));
}

static void link_to(const char *name, const char *to)
{
	put(AE_IFLNK, name, to, NULL, 0);
}

static void end(void)
{
	assert_int_equal(archive_write_free(tar), ARCHIVE_OK);
}

static void opened(void)
{
	end();
	if (ol_root_open(&root, path, &err))
		fail_msg("%s", err.msg);
}

static void refused(int rc, const char *why)
{
	assert_int_equal(ol_root_open(&root, path, &err), rc);
	if (!strstr(err.msg, why) || !strstr(err.msg, path))
		fail_msg("'%s' does not say '%s'", err.msg, why);
	ol_root_close(&root);
}

static void holds(const char *name, const char *want)
{
	struct ol_span s;
	int rc = ol_root_read(&root, name, &buf, &s);

	if (rc)
		fail_msg("%s: %s", name, strerror(-rc));
	if (!ol_span_eqs(s, want))
		fail_msg("%s holds '" OL_SPAN_FMT "'", name, OL_SPAN_ARG(s));
}

static void fails(const char *name, int rc)
{
	struct ol_span s;
	int is = ol_root_read(&root, name, &buf, &s);

	if (is != rc)
		fail_msg("%s: %d instead of %d", name, is, rc);
}

/* The names in a folder, with their kinds: "a/ b@ c" */
static void lists(const char *dir, const char *want)
{
	int fd = ol_root_openat(&root, dir, O_RDONLY | O_DIRECTORY);
	struct ol_names names;
	unsigned char type;
	char text[200] = "";
	const char *name;
	int rc;

	assert_true(fd >= 0);
	/* twice: it begins anew */
	for (int i = 0; i < 2; i++) {
		text[0] = 0;
		assert_int_equal(ol_names_init(&names, &root, fd), 0);
		while ((rc = ol_names_next(&names, &name, &type)) > 0) {
			const char *kind = type == DT_DIR ? "/ " : type == DT_LNK ? "@ " : " ";

			assert_true(strlen(text) + strlen(name) + 3 < sizeof(text));
			strcat(strcat(text, name), kind);
		}
		assert_int_equal(rc, 0);
	}
	assert_string_equal(text, want);
	ol_root_fd_close(fd);
}

static void test_reading(void **state)
{
	int32_t node[4] = { 0 };
	uint32_t n, dropped = 0;
	struct ol_span s;
	int fd, below;

	(void)state;
	begin(ARCHIVE_FILTER_NONE);
	put(AE_IFDIR, "./", NULL, NULL, 0);
	file("./captured", "2026-11-30T00:00:00Z\n");
	file("./proc/meminfo", "MemTotal: 4 kB\n");
	file("./proc/empty", "");
	/* as tar packs files of /sys; and '-' is before '/', but not here */
	put(AE_IFREG, "./sys/node/node1/size", NULL, "12\n\0\0\0\0", 7);
	file("./sys/node/node0-x", "x");
	file("./sys/node/node0/size", "max\n");
	file("./sys/node/node10/size", "7");
	file("./sys/node/has_cpu", "0\n");
	opened();
	assert_false(root.live || root.ours);
	lists("", "captured proc/ sys/ ");
	lists("sys/node", "has_cpu node0/ node0-x node1/ node10/ ");
	holds("proc/meminfo", "MemTotal: 4 kB\n");
	holds("./sys//node/node0/../node1/size", "12\n");
	holds("proc/empty", "");
	fails("proc", -EISDIR);
	fails("proc/meminfo/x", -ENOTDIR);
	fails("proc/none", -ENOENT);
	assert_int_equal(ol_root_openat(&root, "proc/meminfo", O_RDONLY | O_DIRECTORY), -ENOTDIR);
	assert_int_equal(ol_root_numbers(&root, "sys/node", OL_SPAN("node"), OL_SPAN(""), node, 4,
					 &n, &dropped),
			 0);
	assert_int_equal(n, 3);
	assert_true(node[0] == 0 && node[1] == 1 && node[2] == 10);
	fd = ol_root_openat(&root, "sys/node", O_RDONLY | O_DIRECTORY);
	below = ol_root_openat_dir(&root, fd, "node1/size", O_RDONLY);
	assert_true(fd >= 0 && below >= 0);
	/* no descriptor of the kernel's: nobody closes another's by mistake */
	assert_true(close(fd) < 0 && errno == EBADF);
	ol_root_fd_close(fd);
	assert_int_equal(ol_root_fd_read_once(&root, below, &buf, &s), 0);
	assert_true(ol_span_eqs(s, "12\n"));
	assert_int_equal(ol_root_fd_size(&root, below), 3);
	ol_root_close(&root);
}

static void test_links(void **state)
{
	char to[8];

	(void)state;
	begin(ARCHIVE_FILTER_NONE);
	file("proc/a", "a");
	link_to("proc/to_a", "a");
	link_to("proc/far", "/sys/b");
	link_to("proc/out", "../../../../etc/passwd");
	link_to("proc/up", "../../../../sys/b");
	link_to("proc/host", "/etc/passwd");
	link_to("proc/loop", "pool");
	link_to("proc/pool", "/proc/loop");
	link_to("proc/self", "1");
	link_to("proc/within", "within/x");
	file("proc/1/status", "s");
	file("sys/b", "b");
	put(AE_IFREG, "sys/hard", "proc/a", NULL, 0);
	put(AE_IFREG, "sys/hard_link", "proc/to_a", NULL, 0);
	put(AE_IFREG, "sys/hard_to_hard", "/sys/hard", NULL, 0);
	put(AE_IFREG, "sys/hard_none", "etc/passwd", NULL, 0);
	put(AE_IFREG, "sys/hard_out", "../../etc/passwd", NULL, 0);
	put(AE_IFREG, "sys/hard_self", "sys/hard_self", NULL, 0);
	put(AE_IFREG, "sys/hard_dir", "proc", NULL, 0);
	opened();
	holds("proc/to_a", "a");
	holds("proc/far", "b");
	holds("proc/up", "b");
	holds("proc/self/status", "s");
	holds("sys/hard", "a");
	holds("sys/hard_to_hard", "a");
	fails("sys/hard_link", -ENOENT); /* "a" beside it */
	fails("proc/out", -ENOENT);
	fails("proc/host", -ENOENT);
	fails("../../../../../etc/passwd", -ENOENT);
	fails("/etc/passwd", -ENOENT);
	fails("proc/loop", -ELOOP);
	fails("proc/within", -ELOOP);
	fails("proc/to_a/x", -ENOTDIR);
	fails("sys/hard_none", -ENOENT);
	fails("sys/hard_out", -ENOENT);
	fails("sys/hard_self", -ENOENT);
	fails("sys/hard_dir", -ENOENT);
	lists("sys", "b hard hard_link@ hard_to_hard ");
	assert_int_equal(ol_root_openat(&root, "proc/self", O_RDONLY | O_NOFOLLOW), -ELOOP);
	assert_true(ol_root_openat(&root, "proc/self/status", O_RDONLY | O_NOFOLLOW) >= 0);
	assert_int_equal(ol_root_readlink(&root, ol_root_openat(&root, "proc", O_RDONLY), "host",
					  to, sizeof(to)),
			 8);
	assert_memory_equal(to, "/etc/pas", 8);
	assert_int_equal(ol_root_readlink(&root, root.fd, "proc", to, sizeof(to)), -EINVAL);
	assert_int_equal(ol_root_readlink(&root, root.fd, "none", to, sizeof(to)), -ENOENT);
	ol_root_close(&root);
}

static void test_odd_entries(void **state)
{
	static char large[9 << 20];

	(void)state;
	memset(large, 'x', sizeof(large));
	begin(ARCHIVE_FILTER_NONE);
	file("proc/twice", "first");
	file("proc/then_dir", "a file");
	put(AE_IFDIR, "proc/then_dir", NULL, NULL, 0);
	file("proc/then_dir/x", "x");
	file("proc/below/x", "x");
	file("proc/below", "a file");
	file("/proc/absolute", "abs");
	file("proc/../../../tmp/oomlens-traversal", "out");
	file("..", "out");
	put(AE_IFCHR, "proc/device", NULL, NULL, 0);
	put(AE_IFIFO, "proc/fifo", NULL, NULL, 0);
	file("proc/then_fifo", "a file");
	put(AE_IFIFO, "proc/then_fifo", NULL, NULL, 0);
	put(AE_IFREG, "proc/large", NULL, large, sizeof(large));
	put(AE_IFREG, "var/larger_than_1", NULL, large, (1 << 20) + 1);
	file("proc/empty", "");
	file("proc//twice", "last");
	link_to("proc/nowhere", "");
	opened();
	holds("proc/twice", "last");
	holds("proc/then_dir/x", "x");
	holds("proc/below", "a file");
	fails("proc/below/x", -ENOTDIR);
	holds("proc/absolute", "abs");
	fails("tmp/oomlens-traversal", -ENOENT);
	assert_int_equal(access("/tmp/oomlens-traversal", F_OK), -1);
	fails("proc/device", -ENOENT);
	fails("proc/then_fifo", -ENOENT);
	fails("proc/nowhere", -ENOENT);
	ol_root_failures();
	fails("proc/large", -EFBIG);
	fails("var/larger_than_1", -EFBIG);
	/* without "captured" */
	fails("proc/empty", -ENODATA);
	assert_int_equal(ol_root_failures(), 3);
	lists("proc", "absolute below empty large then_dir/ twice ");
	ol_root_close(&root);
}

/* sosreport-x/ with a file beside it; nothing is taken off what has a proc. */
static void test_top_folder(void **state)
{
	(void)state;
	begin(ARCHIVE_FILTER_NONE);
	file("readme", "x");
	file("tmp/sosreport-x/version.txt", "x");
	file("tmp/sosreport-x/proc/a", "a");
	link_to("tmp/sosreport-x/proc/b", "/proc/a");
	link_to("tmp/sosreport-x/proc/c", "../../../../proc/a");
	put(AE_IFREG, "tmp/sosreport-x/proc/d", "tmp/sosreport-x/proc/a", NULL, 0);
	opened();
	holds("proc/a", "a");
	holds("proc/b", "a");
	holds("proc/c", "a");
	holds("proc/d", "a");
	fails("../readme", -ENOENT);
	ol_root_close(&root);
	begin(ARCHIVE_FILTER_NONE);
	file("proc/proc/a", "a");
	opened();
	holds("proc/proc/a", "a");
	ol_root_close(&root);
	begin(ARCHIVE_FILTER_NONE);
	file("a/proc/a", "a");
	file("b/proc/a", "a");
	end();
	refused(-ENOENT, "neither proc nor sys");
}

static void test_compressed(void **state)
{
	static const int filters[] = { ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_XZ, ARCHIVE_FILTER_ZSTD,
				       ARCHIVE_FILTER_BZIP2, ARCHIVE_FILTER_COMPRESS };

	(void)state;
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		begin(filters[i]);
		file("proc/a", "a");
		opened();
		holds("proc/a", "a");
		ol_root_close(&root);
	}
}

static void cut(off_t n)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size > n);
	assert_int_equal(truncate(path, n), 0);
}

static void write_file(const void *p, size_t n)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	assert_true(fd >= 0 && write(fd, p, n) == (ssize_t)n);
	close(fd);
}

static void test_no_tars(void **state)
{
	static char text[40000];
	uint32_t x = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('!' + (x = x * 1664525 + 1013904223) / (1u << 26));
	begin(ARCHIVE_FILTER_GZIP);
	put(AE_IFREG, "proc/a", NULL, text, sizeof(text));
	end();
	cut(20000);
	refused(-EBADMSG, "truncated gzip");
	begin(ARCHIVE_FILTER_NONE);
	put(AE_IFREG, "proc/a", NULL, text, sizeof(text));
	end();
	cut(20000);
	refused(-EBADMSG, "runcated");
	write_file("MemTotal: 4 kB\n", 15);
	refused(-ENOTDIR, "neither a folder nor a tar");
	write_file("", 0);
	refused(-ENOTDIR, "neither a folder nor a tar");
	/* a zip */
	write_file("PK\3\4\24\0\0\0\0\0", 10);
	refused(-ENOTDIR, "neither a folder nor a tar");
	begin(ARCHIVE_FILTER_NONE);
	end();
	refused(-ENOENT, "neither proc nor sys");
	assert_int_equal(ol_root_open(&root, "/dev/null", &err), -ENOTDIR);
	assert_int_equal(ol_root_open(&root, "/tmp/oomlens-none", &err), -ENOENT);
}

static void test_bombs(void **state)
{
	static char zeros[8 << 20];
	char name[64];

	(void)state;
	/* many entries, each nothing */
	begin(ARCHIVE_FILTER_ZSTD);
	for (int i = 0; i <= 200000; i++)
		put(AE_IFIFO, "proc/x", NULL, NULL, 0);
	end();
	refused(-EFBIG, "more than 200000");
	/* few entries, many folders */
	begin(ARCHIVE_FILTER_ZSTD);
	for (int i = 0; i < 2000; i++) {
		char deep[400];
		int n = sprintf(deep, "proc/%d", i);

		while (n < 300)
			n += sprintf(deep + n, "/x");
		file(deep, "x");
	}
	end();
	refused(-EFBIG, "more than 200000");
	/* much to keep */
	begin(ARCHIVE_FILTER_ZSTD);
	for (int i = 0; i < 33; i++) {
		sprintf(name, "proc/%d", i);
		put(AE_IFREG, name, NULL, zeros, sizeof(zeros));
	}
	end();
	refused(-EFBIG, "more than 256 MiB");
	/* much to unpack: an entry of 4 GiB and a bit, of which nothing is kept */
	begin(ARCHIVE_FILTER_ZSTD);
	put_header(AE_IFREG, "var/x", NULL, UINT64_C(513) * sizeof(zeros));
	for (int i = 0; i < 513; i++)
		put_data(zeros, sizeof(zeros));
	end();
	refused(-EFBIG, "more than 4 GiB");
}

static int setup(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	if (fd >= 0)
		close(fd);
	return fd < 0;
}

static int teardown(void **state)
{
	(void)state;
	ol_buf_done(&buf);
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reading),     cmocka_unit_test(test_links),
		cmocka_unit_test(test_odd_entries), cmocka_unit_test(test_top_folder),
		cmocka_unit_test(test_compressed),  cmocka_unit_test(test_no_tars),
		cmocka_unit_test(test_bombs),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

#else

static void test_left_out(void **state)
{
	struct ol_root root;
	struct ol_err err;

	(void)state;
	assert_int_equal(ol_root_open(&root, "/etc/passwd", &err), -EOPNOTSUPP);
	assert_non_null(strstr(err.msg, "no libarchive"));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_left_out) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
