// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/collect/log/logsrc_util.h"
#include "tests/unit/collect/emulated.h"

#include <sys/socket.h>
#include <sys/un.h>

#ifdef OL_HAVE_ARCHIVE
#include <archive.h>
#include <archive_entry.h>
#endif

/* Plain files. */

static void test_plain(void **state)
{
	struct ol_logsrc *s = new_src(false);
	struct ol_logchunk c;
	struct stat st;

	(void)state;
	put_text("a", "one\ntwo\n");
	put_text("empty", "");
	put_text("nonl", "no newline");
	assert_int_equal(ol_logsrc_add_path(s, at("a"), NULL), 0);
	assert_int_equal(ol_logsrc_add_path(s, at("empty"), NULL), 0);
	assert_int_equal(ol_logsrc_add_path(s, at("nonl"), NULL), 0);
	assert_int_equal(ol_logsrc_next(s, &c), 0);
	assert_int_equal(c.what, OL_LOG_BEGIN);
	assert_int_equal(stat(at("a"), &st), 0);
	assert_int_equal(c.mtime_us / 1000000, st.st_mtim.tv_sec);
	assert_int_equal(c.size, 8);
	assert_int_equal(c.total, 18);
	assert_int_equal(c.consumed, 0);
	assert_int_equal(c.input, 1);
	expect_all(s, "one\ntwo\n</><empty></><nonl>no newline</>");
}

static void test_big(void **state)
{
	struct ol_logsrc *s = new_src(false);
	size_t n = 3000001, have = 0;
	char *text = malloc(n);
	struct ol_logchunk c;

	(void)state;
	for (size_t i = 0; i < n; i++)
		text[i] = (char)(i % 61 == 60 ? '\n' : 'A' + i % 26);
	put("big", 0, text, n);
	assert_int_equal(ol_logsrc_add_path(s, at("big"), NULL), 0);
	for (;;) {
		assert_int_equal(ol_logsrc_next(s, &c), 0);
		if (c.what == OL_LOG_EOF)
			break;
		if (c.what != OL_LOG_DATA)
			continue;
		assert_true(have + c.data.n <= n);
		assert_memory_equal(c.data.p, text + have, c.data.n);
		have += c.data.n;
		assert_int_equal(c.consumed, have);
	}
	assert_int_equal(have, n);
	ol_logsrc_free(s);
	free(text);
}

/* Its pages go away while they are mapped: told, and nobody dies of it. */
static void test_truncated_while_read(void **state)
{
	size_t n = 6000000, have = 0, gone = 0;
	struct ol_logsrc *s;
	struct ol_logchunk c;
	bool told = false;
	char *text;

	(void)state;
	not_emulated();
	s = new_src(false);
	text = malloc(n);
	memset(text, 'x', n);
	put("t", 0, text, n);
	assert_int_equal(ol_logsrc_add_path(s, at("t"), NULL), 0);
	for (;;) {
		assert_int_equal(ol_logsrc_next(s, &c), 0);
		if (c.what == OL_LOG_EOF)
			break;
		if (c.what == OL_LOG_WARN) {
			assert_non_null(strstr(c.err.msg, "was truncated"));
			told = true;
		}
		if (c.what != OL_LOG_DATA)
			continue;
		if (!have)
			assert_int_equal(truncate(at("t"), 2000000), 0);
		for (size_t i = 0; i < c.data.n; i++) {
			assert_true(c.data.p[i] == 'x' || !c.data.p[i]);
			gone += !c.data.p[i];
		}
		have += c.data.n;
	}
	assert_true(told);
	assert_true(gone && gone <= n - 2000000);
	ol_logsrc_free(s);
	free(text);
}

static void test_missing(void **state)
{
	struct ol_logsrc *s = new_src(false);
	struct ol_err err = { "" };

	(void)state;
	assert_int_equal(ol_logsrc_add_path(s, at("nothere"), &err), -ENOENT);
	assert_non_null(strstr(err.msg, "/nothere: No such file or directory"));
	/* gone between being queued and being read: told, and the others are read */
	put_text("x", "x\n");
	put_text("y", "y\n");
	assert_int_equal(ol_logsrc_add_path(s, at("x"), NULL), 0);
	assert_int_equal(ol_logsrc_add_path(s, at("y"), NULL), 0);
	assert_int_equal(unlink(at("x")), 0);
	expect_all(s, "!x: No such file or directory!<y>y\n</>");
}

static void test_unreadable(void **state)
{
	struct ol_logsrc *s;
	struct ol_err err = { "" };

	(void)state;
	if (geteuid() == 0)
		SKIP("root may read everything");
	s = new_src(false);
	put_text("secret", "x\n");
	assert_int_equal(chmod(at("secret"), 0), 0);
	assert_int_equal(ol_logsrc_add_path(s, at("secret"), &err), -EACCES);
	assert_non_null(strstr(err.msg, "needs root"));
	ol_logsrc_free(s);
}

static void with_stdin(int fd, const char *want)
{
	struct ol_logsrc *s = new_src(false);
	int saved = dup(STDIN_FILENO);

	assert_true(dup2(fd, STDIN_FILENO) == STDIN_FILENO);
	close(fd);
	assert_int_equal(ol_logsrc_add_path(s, "-", NULL), 0);
	expect_all(s, want);
	assert_true(fcntl(STDIN_FILENO, F_GETFD) >= 0);
	if (saved >= 0) {
		dup2(saved, STDIN_FILENO);
		close(saved);
	}
}

static void test_stdin(void **state)
{
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	assert_int_equal(write(p[1], "from a pipe\n", 12), 12);
	close(p[1]);
	with_stdin(p[0], "<->from a pipe\n</>");

	assert_int_equal(pipe(p), 0);
	close(p[1]);
	with_stdin(p[0], "<-></>");

	/* a redirected file that somebody has read a line of */
	put_text("f", "one\ntwo\n");
	p[0] = open(at("f"), O_RDONLY);
	assert_int_equal(lseek(p[0], 4, SEEK_SET), 4);
	with_stdin(p[0], "<->two\n</>");

	/* cut after the first byte of gzip's magic: not gzip */
	assert_int_equal(pipe(p), 0);
	assert_int_equal(write(p[1], "\x1f", 1), 1);
	close(p[1]);
	with_stdin(p[0], "<->\x1f</>");
}

static void test_fifo(void **state)
{
	struct ol_logsrc *s = new_src(false);
	int fd;
	pid_t pid;

	(void)state;
	assert_int_equal(mkfifo(at("fifo"), 0600), 0);
	assert_int_equal(ol_logsrc_add_path(s, at("fifo"), NULL), 0);
	pid = fork();
	if (pid == 0) {
		fd = open(at("fifo"), O_WRONLY);
		_exit(write(fd, "through a fifo\n", 15) != 15);
	}
	expect_all(s, "<fifo>through a fifo\n</>");
	waitpid(pid, NULL, 0);
}

/* What is no file at all, or is one no longer when its turn comes. */
static void test_odd_paths(void **state)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct ol_logsrc *s = new_src(false);
	struct ol_err err = { "" };
	int saved = dup(STDIN_FILENO), fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", at("sock"));
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	close(fd);
	assert_int_equal(ol_logsrc_add_path(s, at("sock"), &err), -EOPNOTSUPP);
	assert_non_null(strstr(err.msg, "/sock: is a socket, not a log"));

	close(STDIN_FILENO);
	assert_int_equal(ol_logsrc_add_path(s, "-", &err), -EBADF);
	assert_string_equal(err.msg, "standard input: Bad file descriptor");
	assert_int_equal(open(tmp, O_RDONLY | O_DIRECTORY), STDIN_FILENO);
	assert_int_equal(ol_logsrc_add_path(s, "-", &err), -EISDIR);
	assert_string_equal(err.msg, "standard input: Is a directory");
	close(STDIN_FILENO);
	if (saved >= 0) {
		dup2(saved, STDIN_FILENO);
		close(saved);
	}

	put_text("x", "x\n");
	put_text("y", "y\n");
	assert_int_equal(ol_logsrc_add_path(s, at("x"), NULL), 0);
	assert_int_equal(ol_logsrc_add_path(s, at("y"), NULL), 0);
	assert_int_equal(unlink(at("x")), 0);
	assert_int_equal(mkdir(at("x"), 0755), 0);
	expect_all(s, "!x: Is a directory!<y>y\n</>");
}

/* Somebody else made our standard input a pipe that does not wait: we do. */
static void test_stdin_nonblocking(void **state)
{
	int p[2];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(p, O_NONBLOCK), 0);
	pid = fork();
	if (pid == 0) {
		usleep(50000);
		(void)!write(p[1], "late\n", 5);
		usleep(50000);
		_exit(write(p[1], "later\n", 6) != 6);
	}
	close(p[1]);
	with_stdin(p[0], "<->late\nlater\n</>");
	waitpid(pid, NULL, 0);
}

/* Without options: no root, no times. Slashes at the end of a root are no part of it. */
static void test_options(void **state)
{
	struct ol_logsrc_opts o = { .since_us = OL_TIME_NONE, .until_us = OL_TIME_NONE };
	struct ol_logsrc *s = ol_logsrc_new(NULL);
	struct ol_err err = { "" };
	char root[80], want[120];

	(void)state;
	put_text("x", "x\n");
	assert_int_equal(ol_logsrc_add_path(s, at("x"), NULL), 0);
	expect_all(s, "<x>x\n</>");
	ol_logsrc_free(NULL);

	snprintf(root, sizeof(root), "%s///", tmp);
	o.root = root;
	s = ol_logsrc_new(&o);
	assert_int_equal(ol_logsrc_add_kmsg(s, &err), -ENOENT);
	snprintf(want, sizeof(want), "cannot read %s/dev/kmsg: ", tmp);
	assert_memory_equal(err.msg, want, strlen(want));
	ol_logsrc_free(s);
}

/* Directories. */

/* One warning for each of many, up to a limit; of the rest only the number. */
static void test_dir_many_warnings(void **state)
{
	struct ol_logsrc *s = new_src(false);
	struct ol_logchunk c;
	unsigned each = 0, sum = 0;
	char name[64];

	(void)state;
	assert_int_equal(mkdir(at("log"), 0755), 0);
	put_text("log/m", "m\n");
	for (int i = 0; i < 70; i++) {
		snprintf(name, sizeof(name), "log/d%d", i);
		assert_int_equal(mkdir(at(name), 0755), 0);
		snprintf(name, sizeof(name), "log/d%d/j", i);
		put_text(name, "LPKSHHRH");
	}
	/* as journald lays them out: a directory per machine */
	assert_int_equal(mkdir(at("log/0123456789abcdef0123456789abcdef"), 0755), 0);
	assert_int_equal(ol_logsrc_add_path(s, at("log"), NULL), 0);
	do {
		assert_int_equal(ol_logsrc_next(s, &c), 0);
		if (c.what != OL_LOG_WARN)
			continue;
		each += strstr(c.err.msg, "holds a systemd journal; --journal=") != NULL;
		sum += !strcmp(c.err.msg, "7 more warnings like these");
	} while (c.what != OL_LOG_EOF);
	assert_int_equal(each, 64);
	assert_int_equal(sum, 1);
	ol_logsrc_free(s);
}

static void test_dir_order(void **state)
{
	static const char *const names[] = {
		"messages",
		"messages.1",
		"messages.2",
		"messages.10",
		"syslog-20261101",
		"syslog-20261108",
		"syslog",
		"syslog-2026110818",
		"kern.log",
		"kern.log.1",
		"kern.log.2",
		"dmesg",
		"dmesg.0",
		"dmesg.1",
		"app-20261102.log",
		"app-20261030.log",
		"app.log",
		"host-1-2026-10-02",
		"host-1-2026-09-30",
		"odd.old",
		"odd",
		"ip-10-0-0-5",
	};
	char text[64], bin[600] = { 1, 2, 3 };

	(void)state;
	assert_int_equal(mkdir(at("log"), 0755), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(text, sizeof(text), "log/%s", names[i]);
		put_text(text, names[i]);
	}
	put("log/wtmp", 0, bin, sizeof(bin));
	put_text("log/.hidden", "x");
	put_text("outside", "x");
	assert_int_equal(symlink("../outside", at("log/link")), 0);
	assert_int_equal(mkdir(at("log/sub"), 0755), 0);
	put_text("log/sub/s.log", "S");
	assert_int_equal(mkdir(at("log/sub/deep"), 0755), 0);
	put_text("log/sub/deep/d.log", "D");
	assert_int_equal(mkdir(at("log/journal"), 0755), 0);
	assert_int_equal(mkdir(at("log/journal/0123456789abcdef0123456789abcdef"), 0755), 0);
	expect_path("log",
		    "!log/journal: holds a systemd journal; --journal=log/journal reads it!"
		    "<log/app-20261030.log>app-20261030.log</>"
		    "<log/app-20261102.log>app-20261102.log</>"
		    "<log/app.log>app.log</>"
		    "<log/dmesg.1>dmesg.1</><log/dmesg.0>dmesg.0</><log/dmesg>dmesg</>"
		    "<log/host-1-2026-09-30>host-1-2026-09-30</>"
		    "<log/host-1-2026-10-02>host-1-2026-10-02</>"
		    "<log/ip-10-0-0-5>ip-10-0-0-5</>"
		    "<log/kern.log.2>kern.log.2</><log/kern.log.1>kern.log.1</>"
		    "<log/kern.log>kern.log</>"
		    "<log/messages.10>messages.10</><log/messages.2>messages.2</>"
		    "<log/messages.1>messages.1</><log/messages>messages</>"
		    "<log/odd.old>odd.old</><log/odd>odd</>"
		    "<log/sub/deep/d.log>D</>"
		    "<log/sub/s.log>S</>"
		    "<log/syslog-20261101>syslog-20261101</><log/syslog-20261108>syslog-20261108</>"
		    "<log/syslog-2026110818>syslog-2026110818</><log/syslog>syslog</>");
}

/* Pods' logs lie four folders deep; those that are rotated are joined there, too. */
static void test_dir_deep(void **state)
{
	char name[64] = "deep", path[80];

	(void)state;
	assert_int_equal(mkdir(at("deep"), 0755), 0);
	assert_int_equal(mkdir(at("deep/pods"), 0755), 0);
	assert_int_equal(mkdir(at("deep/pods/ns_app_0f1e"), 0755), 0);
	assert_int_equal(mkdir(at("deep/pods/ns_app_0f1e/app"), 0755), 0);
	put_text("deep/pods/ns_app_0f1e/app/0.log", "now");
	put_text("deep/pods/ns_app_0f1e/app/0.log.20261101-100000", "old");
	put_text("deep/pods/ns_app_0f1e/app/0.log.20261102-100000", "new");
	assert_int_equal(symlink("../../..", at("deep/pods/ns_app_0f1e/loop")), 0);
	for (int i = 1; i <= 9; i++) {
		snprintf(name + strlen("deep"), sizeof(name) - strlen("deep"), "%.*s", 2 * i,
			 "/1/2/3/4/5/6/7/8/9");
		assert_int_equal(mkdir(at(name), 0755), 0);
		snprintf(path, sizeof(path), "%s/l", name);
		put_text(path, i == 8 || i == 9 ? "text" : "");
	}
	expect_path("deep", "!deep/1/2/3/4/5/6/7/8: folders more than 8 below deep are left out!"
			    "<deep/1/2/3/4/5/6/7/8/l>text</><deep/1/2/3/4/5/6/7/l></>"
			    "<deep/1/2/3/4/5/6/l></><deep/1/2/3/4/5/l></><deep/1/2/3/4/l></>"
			    "<deep/1/2/3/l></><deep/1/2/l></><deep/1/l></>"
			    "<deep/pods/ns_app_0f1e/app/0.log.20261101-100000>old</>"
			    "<deep/pods/ns_app_0f1e/app/0.log.20261102-100000>new</>"
			    "<deep/pods/ns_app_0f1e/app/0.log>now</>");
}

static void test_dir_empty(void **state)
{
	(void)state;
	assert_int_equal(mkdir(at("none"), 0755), 0);
	expect_path("none", "!none: no logs here!");
}

static void test_dir_too_many(void **state)
{
	struct ol_logsrc *s = new_src(false);
	struct ol_logchunk c;
	char name[64];

	(void)state;
	assert_int_equal(mkdir(at("many"), 0755), 0);
	for (int i = 0; i < 10050; i++) {
		snprintf(name, sizeof(name), "many/f%d", i);
		put_text(name, "");
	}
	assert_int_equal(ol_logsrc_add_path(s, at("many"), NULL), 0);
	assert_int_equal(ol_logsrc_next(s, &c), 0);
	assert_int_equal(c.what, OL_LOG_WARN);
	assert_non_null(strstr(c.err.msg, "more than 10000 entries"));
	ol_logsrc_free(s);
}

/* Compressed files and tars. */

#ifdef OL_HAVE_ARCHIVE
struct member {
	const char *name;
	const char *text;
	size_t n; /* 0: strlen(text) */
};

/* The members as a tar, or the only one bare (@tar false), through @filter; on the heap. */
static char *pack(const char *filter, bool tar, const struct member *m, size_t n_m, size_t *ret_n)
{
	size_t cap = 1 << 20;
	char *buf = malloc(cap);
	struct archive *a = archive_write_new();

	if (strcmp(filter, "none") && archive_write_add_filter_by_name(a, filter) != ARCHIVE_OK)
		SKIP("libarchive cannot write %s", filter);
	if (tar)
		archive_write_set_format_pax_restricted(a);
	else
		archive_write_set_format_raw(a);
	assert_int_equal(archive_write_open_memory(a, buf, cap, ret_n), ARCHIVE_OK);
	for (size_t i = 0; i < n_m; i++) {
		struct archive_entry *e = archive_entry_new();
		size_t n = m[i].n ? m[i].n : strlen(m[i].text);

		archive_entry_set_pathname(e, m[i].name);
		archive_entry_set_size(e, (la_int64_t)n);
		archive_entry_set_filetype(e, AE_IFREG);
		archive_entry_set_perm(e, 0644);
		archive_entry_set_mtime(e, 1793541081, 0);
		assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
		assert_int_equal(archive_write_data(a, m[i].text, n), (la_ssize_t)n);
		archive_entry_free(e);
	}
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
	return buf;
}

static void put_packed(const char *name, const char *filter, bool tar, const struct member *m,
		       size_t n_m)
{
	size_t n;
	char *buf = pack(filter, tar, m, n_m, &n);

	put(name, O_TRUNC, buf, n);
	free(buf);
}

static const char *const filters[] = { "gzip", "xz", "zstd", "bzip2", "lz4", "compress" };
#define N_FILTERS (sizeof(filters) / sizeof(filters[0]))

static void test_compressed(void **state)
{
	static const char lz4_none[] = "\x04\x22\x4d\x18\x64\x40\xa7\0\0\0\0\x05\x5d\xcc\x02";
	struct member m = { "x", "squeezed line\n", 0 }, none = { "x", "", 0 };
	struct stat st;
	int p[2];
	char *buf;
	size_t n;

	(void)state;
	for (size_t i = 0; i < N_FILTERS; i++) {
		struct ol_logsrc *s = new_src(false);
		struct ol_logchunk c;

		/* the name says nothing */
		put_packed("log", filters[i], false, &m, 1);
		expect_path("log", "<log>squeezed line\n</>");

		assert_int_equal(stat(at("log"), &st), 0);
		assert_int_equal(ol_logsrc_add_path(s, at("log"), NULL), 0);
		assert_int_equal(ol_logsrc_next(s, &c), 0);
		assert_int_equal(c.what, OL_LOG_BEGIN);
		assert_int_equal(c.size, st.st_size);
		assert_int_equal(c.mtime_us / 1000000, st.st_mtim.tv_sec);
		ol_logsrc_free(s);

		assert_int_equal(pipe(p), 0);
		buf = pack(filters[i], false, &m, 1, &n);
		assert_int_equal(write(p[1], buf, n), (ssize_t)n);
		close(p[1]);
		with_stdin(p[0], "<->squeezed line\n</>");
		free(buf);

		if (strcmp(filters[i], "compress") == 0)
			continue;
		if (strcmp(filters[i], "lz4")) /* libarchive 3.6 crashes when it writes this */
			put_packed("log", filters[i], false, &none, 1);
		else
			put("log", O_TRUNC, lz4_none, sizeof(lz4_none) - 1);
		expect_path("log", "<log></>");
	}
}

static void test_concatenated(void **state)
{
	struct member a = { "x", "one\n", 0 }, b = { "x", "two\n", 0 };
	char *buf;
	size_t n;

	(void)state;
	put_packed("log.gz", "gzip", false, &a, 1);
	buf = pack("gzip", false, &b, 1, &n);
	put("log.gz", O_APPEND, buf, n);
	free(buf);
	expect_path("log.gz", "<log.gz>one\ntwo\n</>");
}

/* Bytes that do not compress: several blocks of the decoder. */
static char *noise(size_t n)
{
	char *t = malloc(n + 1);
	uint64_t x = 88172645463325252u;

	for (size_t i = 0; i < n; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		t[i] = (char)(i % 64 == 63 ? '\n' : ' ' + x % 90);
	}
	t[n] = 0;
	return t;
}

static void test_truncated(void **state)
{
	size_t n = 900000;
	char *text = noise(n), *got;

	(void)state;
	for (size_t i = 0; i < N_FILTERS - 1; i++) {
		struct member m = { "x", text, n };
		struct ol_logsrc *s = new_src(false);
		struct stat st;
		size_t k;

		put_packed("cut", filters[i], false, &m, 1);
		assert_int_equal(stat(at("cut"), &st), 0);
		assert_int_equal(truncate(at("cut"), st.st_size * 9 / 10), 0);
		assert_int_equal(ol_logsrc_add_path(s, at("cut"), NULL), 0);
		got = read_all(s);
		/* nothing could be unpacked: their blocks are as long as this text */
		if (strcmp(filters[i], "bzip2") == 0 || strcmp(filters[i], "lz4") == 0) {
			assert_memory_equal(got, "!cut: ", 6);
			free(got);
			ol_logsrc_free(s);
			continue;
		}
		/* what could be unpacked, then the reason, then the end */
		assert_memory_equal(got, "<cut>", 5);
		for (k = 0; got[5 + k] && got[5 + k] == text[k];)
			k++;
		if (k < n / 2)
			fail_msg("%s: %zu of %zu bytes", filters[i], k, n);
		assert_memory_equal(got + 5 + k, "!cut: ", 6);
		assert_string_equal(got + strlen(got) - 4, "!</>");
		free(got);
		ol_logsrc_free(s);
	}
	free(text);
}

static void test_broken(void **state)
{
	(void)state;
	put("bad", 0, "\x1f\x8b\x08\x00garbage that is not deflate at all, \xff\xff\xff\xff", 44);
	{
		struct ol_logsrc *s = new_src(false);
		char *got;

		assert_int_equal(ol_logsrc_add_path(s, at("bad"), NULL), 0);
		got = read_all(s);
		assert_memory_equal(got, "!bad: ", 6);
		free(got);
		ol_logsrc_free(s);
	}
}

static void test_tar(void **state)
{
	struct member in = { "x", "old\n", 0 };
	size_t n;
	char *gz = pack("gzip", false, &in, 1, &n);
	struct member m[] = {
		{ "sosreport-web1/etc/passwd", "root\n", 0 },
		{ "sosreport-web1/var/log/messages-20261101.gz", gz, n },
		{ "sosreport-web1/var/log/messages", "new\n", 0 },
		{ "sosreport-web1/var/log/audit/messages", "not this\n", 0 },
		{ "sosreport-web1/myvar/log/messages", "nor this\n", 0 },
		{ "sosreport-web1/sos_commands/kernel/dmesg", "dmesg\n", 0 },
		{ "sosreport-web1/sos_commands/logs/journalctl_--no-pager", "journal\n", 0 },
		{ "sosreport-web1/sos_strings/logs/var.log.messages.tailed", "tail\n", 0 },
		{ "sosreport-web1/var/log/kern.log", "", 0 },
	};
	static const char want[] = "<T:sosreport-web1/var/log/messages-20261101.gz>old\n</>"
				   "<T:sosreport-web1/var/log/messages>new\n</>"
				   "<T:sosreport-web1/sos_commands/kernel/dmesg>dmesg\n</>"
				   "<T:sosreport-web1/sos_commands/logs/journalctl_--no-pager>"
				   "journal\n</>"
				   "<T:sosreport-web1/sos_strings/logs/var.log.messages.tailed>"
				   "tail\n</>"
				   "<T:sosreport-web1/var/log/kern.log></>";
	struct ol_logsrc *s;
	struct ol_logchunk c;
	int fd;

	(void)state;
	put_packed("T", "none", true, m, 9);
	expect_path("T", want);
	for (size_t i = 0; i < N_FILTERS; i++) {
		put_packed("T", filters[i], true, m, 9);
		expect_path("T", want);
	}
	s = new_src(false);
	assert_int_equal(ol_logsrc_add_path(s, at("T"), NULL), 0);
	assert_int_equal(ol_logsrc_next(s, &c), 0);
	assert_int_equal(c.mtime_us, 1793541081000000);
	ol_logsrc_free(s);

	fd = open(at("T"), O_RDONLY);
	assert_true(fd >= 0);
	with_stdin(fd, "<-:sosreport-web1/var/log/messages-20261101.gz>old\n</>"
		       "<-:sosreport-web1/var/log/messages>new\n</>"
		       "<-:sosreport-web1/sos_commands/kernel/dmesg>dmesg\n</>"
		       "<-:sosreport-web1/sos_commands/logs/journalctl_--no-pager>journal\n</>"
		       "<-:sosreport-web1/sos_strings/logs/var.log.messages.tailed>tail\n</>"
		       "<-:sosreport-web1/var/log/kern.log></>");
	free(gz);
}

static void test_tar_any_text(void **state)
{
	static const char bin[700] = { 1, 2, 3 };
	struct member in = { "x", "packed\n", 0 }, inbin = { "x", bin, sizeof(bin) };
	size_t n, nb;
	char *gz = pack("xz", false, &in, 1, &n), *gzbin = pack("xz", false, &inbin, 1, &nb);
	struct member m[] = {
		{ "./node7-console.txt", "console\n", 0 },
		{ "./wtmp", bin, sizeof(bin) },
		{ "./c.xz", gz, n },
		{ "./wtmp.xz", gzbin, nb },
		{ "./short", "s\n", 0 },
	};
	int p[2];
	char *buf;

	(void)state;
	put_packed("T", "gzip", true, m, 5);
	expect_path("T", "<T:node7-console.txt>console\n</><T:c.xz>packed\n</><T:short>s\n</>");
	put_packed("T", "none", true, m, 5);
	expect_path("T", "<T:node7-console.txt>console\n</><T:c.xz>packed\n</><T:short>s\n</>");
	put_packed("T", "gzip", true, m + 1, 1);
	expect_path("T", "!T: no kernel log in this tar!");

	/* a pipe cannot be read twice */
	assert_int_equal(pipe(p), 0);
	buf = pack("gzip", true, m, 5, &nb);
	assert_int_equal(write(p[1], buf, nb), (ssize_t)nb);
	close(p[1]);
	with_stdin(p[0],
		   "!-: no kernel log in this tar by name; as a file, not a pipe, every text in "
		   "it is read!");
	free(buf);
	free(gz);
	free(gzbin);
}

static void test_tar_broken(void **state)
{
	size_t n = 200000, ng;
	char *text = noise(n), *got, *gz;
	struct member m[2] = { { "var/log/messages", "first\n", 0 },
			       { "var/log/syslog", text, n } };
	struct member in = { "x", text, n };
	struct ol_logsrc *s = new_src(false);

	(void)state;
	/* the tar ends inside of an entry */
	put_packed("T", "none", true, m, 2);
	assert_int_equal(truncate(at("T"), 100000), 0);
	assert_int_equal(ol_logsrc_add_path(s, at("T"), NULL), 0);
	got = read_all(s);
	assert_memory_equal(got, "<T:var/log/messages>first\n</><T:var/log/syslog>", 47);
	assert_non_null(strstr(got, "!T:var/log/syslog: "));
	assert_string_equal(got + strlen(got) - 4, "!</>");
	assert_null(strstr(strstr(got, "!T:") + 1, "!T"));
	free(got);
	ol_logsrc_free(s);

	/* an entry is broken: the others are read */
	gz = pack("gzip", false, &in, 1, &ng);
	m[0] = (struct member){ "var/log/syslog.1.gz", gz, ng / 2 };
	m[1] = (struct member){ "var/log/syslog", "fine\n", 0 };
	put_packed("T", "xz", true, m, 2);
	s = new_src(false);
	assert_int_equal(ol_logsrc_add_path(s, at("T"), NULL), 0);
	got = read_all(s);
	assert_memory_equal(got, "<T:var/log/syslog.1.gz>", 23);
	assert_non_null(strstr(got, "!T:var/log/syslog.1.gz: "));
	assert_non_null(strstr(got, "!</><T:var/log/syslog>fine\n</>"));
	free(got);
	ol_logsrc_free(s);
	free(gz);
	free(text);
}

/* Zeros alone are an empty tar to libarchive. */
static void test_leading_hole(void **state)
{
	static char hole[4096];
	struct member m = { "x", hole, sizeof(hole) };
	struct ol_logsrc *s = new_src(false);
	size_t n = 0;
	struct ol_logchunk c;

	(void)state;
	memcpy(hole + sizeof(hole) - 6, "line\n\n", 6);
	put_packed("log.gz", "gzip", false, &m, 1);
	assert_int_equal(ol_logsrc_add_path(s, at("log.gz"), NULL), 0);
	do {
		assert_int_equal(ol_logsrc_next(s, &c), 0);
		assert_int_not_equal(c.what, OL_LOG_WARN);
		n += c.data.n;
	} while (c.what != OL_LOG_EOF);
	assert_int_equal(n, sizeof(hole));
	ol_logsrc_free(s);
}

static void test_dir_compressed(void **state)
{
	static const char bin[700] = { 1, 2, 3 };
	struct member three = { "x", "three\n", 0 }, two = { "x", "two\n", 0 },
		      wtmp = { "x", bin, sizeof(bin) };

	(void)state;
	assert_int_equal(mkdir(at("d"), 0755), 0);
	put_packed("d/messages.3.gz", "gzip", false, &three, 1);
	put_packed("d/messages.2.xz", "xz", false, &two, 1);
	put_packed("d/wtmp-20261101.gz", "gzip", false, &wtmp, 1);
	put_text("d/messages.1", "one\n");
	put_text("d/messages", "zero\n");
	expect_path("d", "<d/messages.3.gz>three\n</><d/messages.2.xz>two\n</>"
			 "<d/messages.1>one\n</><d/messages>zero\n</>");
}
#else
static void test_no_archive(void **state)
{
	struct ol_logsrc *s = new_src(false);
	struct ol_err err = { "" };

	(void)state;
	put("x.gz", 0, "\x1f\x8b\x08\x00", 4);
	assert_int_equal(ol_logsrc_add_path(s, at("x.gz"), &err), -EOPNOTSUPP);
	assert_non_null(strstr(err.msg, "no libarchive"));
	assert_null(ol_logsrc_archive_version());
	ol_logsrc_free(s);
}
#endif

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_plain),
		TEST(test_big),
		TEST(test_truncated_while_read),
		TEST(test_missing),
		TEST(test_unreadable),
		TEST(test_stdin),
		TEST(test_fifo),
		TEST(test_dir_order),
		TEST(test_dir_deep),
		TEST(test_dir_empty),
		TEST(test_dir_too_many),
		TEST(test_dir_many_warnings),
		TEST(test_odd_paths),
		TEST(test_stdin_nonblocking),
		TEST(test_options),
#ifdef OL_HAVE_ARCHIVE
		TEST(test_compressed),
		TEST(test_concatenated),
		TEST(test_truncated),
		TEST(test_broken),
		TEST(test_tar),
		TEST(test_tar_any_text),
		TEST(test_tar_broken),
		TEST(test_dir_compressed),
		TEST(test_leading_hole),
#else
		TEST(test_no_archive),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
