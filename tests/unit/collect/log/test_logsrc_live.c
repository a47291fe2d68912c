// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/collect/log/logsrc_util.h"

static void append(const char *name, const char *text)
{
	put(name, O_APPEND, text, strlen(text));
}

/* Follow mode: reads on until @want was written down; bounded by calls, not by a clock. */
static void expect_soon(struct ol_logsrc *s, struct ol_out *o, const char *want)
{
	struct ol_logchunk c;

	for (unsigned idle = 0; idle < 40;) {
		assert_int_equal(ol_logsrc_next(s, &c), 0);
		assert_int_not_equal(c.what, OL_LOG_EOF);
		idle += c.what == OL_LOG_IDLE;
		write_down(o, &c);
		if (o->n == strlen(want) && !memcmp(o->buf, want, o->n)) {
			o->n = 0;
			return;
		}
	}
	ol_out_char(o, 0);
	assert_string_equal(o->buf, want);
}

static void expect_idle(struct ol_logsrc *s)
{
	struct ol_logchunk c;

	assert_int_equal(ol_logsrc_next(s, &c), 0);
	assert_int_equal(c.what, OL_LOG_IDLE);
}

static void test_follow_grows(void **state)
{
	struct ol_logsrc *s = new_src(true);
	struct ol_out o;

	(void)state;
	ol_out_init(&o, -1);
	put_text("a", "a1\n");
	put_text("b", "b1\n");
	assert_int_equal(ol_logsrc_add_path(s, at("a"), NULL), 0);
	assert_int_equal(ol_logsrc_add_path(s, at("b"), NULL), 0);
	expect_soon(s, &o, "<a>a1\n<b>b1\n");
	expect_idle(s);
	append("b", "b2\n");
	expect_soon(s, &o, "b2\n");
	append("a", "a2\n");
	expect_soon(s, &o, "a2\n");
	expect_idle(s);
	ol_out_done(&o);
	ol_logsrc_free(s);
}

static void test_follow_rotates(void **state)
{
	struct ol_logsrc *s = new_src(true);
	struct ol_out o;

	(void)state;
	ol_out_init(&o, -1);
	put_text("m", "old\n");
	assert_int_equal(ol_logsrc_add_path(s, at("m"), NULL), 0);
	expect_soon(s, &o, "<m>old\n");
	assert_int_equal(rename(at("m"), at("m.1")), 0);
	expect_idle(s);
	/* its writer has not been told yet; the new one is there and empty */
	put_text("m", "");
	append("m.1", "late\n");
	expect_soon(s, &o, "late\n");
	append("m.1", "later\n");
	append("m", "new\n");
	expect_soon(s, &o, "later\n</><m>new\n");
	append("m", "newer\n");
	expect_soon(s, &o, "newer\n");
	ol_out_done(&o);
	ol_logsrc_free(s);
}

static void test_follow_copytruncate(void **state)
{
	struct ol_logsrc *s = new_src(true);
	struct ol_out o;

	(void)state;
	ol_out_init(&o, -1);
	put_text("m", "a long first line\n");
	assert_int_equal(ol_logsrc_add_path(s, at("m"), NULL), 0);
	expect_soon(s, &o, "<m>a long first line\n");
	put_text("m", "short\n");
	expect_soon(s, &o, "!m: was truncated; reading it from its start!</><m>short\n");
	ol_out_done(&o);
	ol_logsrc_free(s);
}

/* A writer of its own, that rotates in the middle: nothing is lost, nothing comes twice. */
static void test_follow_writer(void **state)
{
	struct ol_logsrc *s = new_src(true);
	struct ol_logchunk c;
	struct ol_out o;
	char line[32];
	unsigned idle = 0;
	pid_t pid;

	(void)state;
	ol_out_init(&o, -1);
	put_text("w", "");
	assert_int_equal(ol_logsrc_add_path(s, at("w"), NULL), 0);
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 300; i++) {
			if (i == 150)
				rename(at("w"), at("w.1"));
			snprintf(line, sizeof(line), "%d\n", i);
			append("w", line);
			usleep(1000);
		}
		_exit(0);
	}
	while (idle < 40) {
		assert_int_equal(ol_logsrc_next(s, &c), 0);
		idle += c.what == OL_LOG_IDLE;
		if (c.what == OL_LOG_DATA)
			ol_out_span(&o, c.data);
		if (o.n > 4 && memcmp(o.buf + o.n - 4, "299\n", 4) == 0)
			break;
	}
	waitpid(pid, NULL, 0);
	for (size_t i = 0, k = 0; i < 300; i++) {
		int n = snprintf(line, sizeof(line), "%zu\n", i);

		assert_true(k + (size_t)n <= o.n);
		assert_memory_equal(o.buf + k, line, n);
		k += (size_t)n;
	}
	ol_out_done(&o);
	ol_logsrc_free(s);
}

static void test_follow_pipe(void **state)
{
	struct ol_logsrc *s = new_src(true);
	int saved = dup(STDIN_FILENO), p[2];
	struct ol_logchunk c;
	struct ol_out o;

	(void)state;
	ol_out_init(&o, -1);
	assert_int_equal(pipe(p), 0);
	assert_true(dup2(p[0], STDIN_FILENO) == STDIN_FILENO);
	close(p[0]);
	assert_int_equal(ol_logsrc_add_path(s, "-", NULL), 0);
	expect_idle(s);
	assert_int_equal(write(p[1], "x", 1), 1);
	expect_soon(s, &o, "<->x");
	expect_idle(s);
	assert_int_equal(write(p[1], "yz\n", 3), 3);
	expect_soon(s, &o, "yz\n");
	close(p[1]);
	expect_soon(s, &o, "</>");
	assert_int_equal(ol_logsrc_next(s, &c), 0);
	assert_int_equal(c.what, OL_LOG_EOF);
	if (saved >= 0) {
		dup2(saved, STDIN_FILENO);
		close(saved);
	}
	ol_out_done(&o);
	ol_logsrc_free(s);
}

static void test_follow_fifo(void **state)
{
	struct ol_logsrc *s = new_src(true);
	struct ol_out o;
	int fd;

	(void)state;
	ol_out_init(&o, -1);
	assert_int_equal(mkfifo(at("fifo"), 0600), 0);
	assert_int_equal(ol_logsrc_add_path(s, at("fifo"), NULL), 0);
	expect_idle(s); /* no writer yet is not the end */
	fd = open(at("fifo"), O_WRONLY);
	assert_int_equal(write(fd, "hello\n", 6), 6);
	expect_soon(s, &o, "<fifo>hello\n");
	close(fd);
	expect_soon(s, &o, "</>");
	ol_out_done(&o);
	ol_logsrc_free(s);
}

static void test_follow_dir(void **state)
{
	struct ol_logsrc *s = new_src(true);
	struct ol_out o;

	(void)state;
	ol_out_init(&o, -1);
	assert_int_equal(mkdir(at("d"), 0755), 0);
	put_text("d/m.1", "1\n");
	put_text("d/m", "0\n");
	assert_int_equal(ol_logsrc_add_path(s, at("d"), NULL), 0);
	expect_soon(s, &o, "<d/m.1>1\n</><d/m>0\n");
	append("d/m", "more\n");
	expect_soon(s, &o, "more\n");
	ol_out_done(&o);
	ol_logsrc_free(s);
}

/* What took the place of a file that was found leads elsewhere: not followed, and told once. */
static void test_follow_dir_link(void **state)
{
	struct ol_logsrc *s = new_src(true);
	struct ol_out o;

	(void)state;
	ol_out_init(&o, -1);
	assert_int_equal(mkdir(at("d"), 0755), 0);
	put_text("d/m", "0\n");
	put_text("secret", "secret\n");
	assert_int_equal(ol_logsrc_add_path(s, at("d"), NULL), 0);
	expect_soon(s, &o, "<d/m>0\n");
	assert_int_equal(rename(at("d/m"), at("d/m.1")), 0);
	assert_int_equal(symlink("../secret", at("d/m")), 0);
	expect_soon(s, &o, "!d/m: Too many levels of symbolic links!");
	append("d/m.1", "of the old one\n");
	expect_soon(s, &o, "of the old one\n");
	/* a regular file again */
	put_text("d/new", "1\n");
	assert_int_equal(rename(at("d/new"), at("d/m")), 0);
	expect_soon(s, &o, "</><d/m>1\n");
	ol_out_done(&o);
	ol_logsrc_free(s);
}

/* More streams than a small poll(2) takes: each is heard. */
static void test_follow_many(void **state)
{
	struct ol_logsrc *s = new_src(true);
	struct ol_logchunk c;
	int fd[20], seen = 0;
	char name[16];

	(void)state;
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		assert_int_equal(mkfifo(at(name), 0600), 0);
		assert_int_equal(ol_logsrc_add_path(s, at(name), NULL), 0);
		fd[i] = open(at(name), O_RDWR);
		assert_true(fd[i] >= 0);
	}
	for (int i = 0; i < 20; i++)
		assert_int_equal(write(fd[i], "x\n", 2), 2);
	for (int n = 0; n < 200 && seen < 20; n++) {
		assert_int_equal(ol_logsrc_next(s, &c), 0);
		seen += c.what == OL_LOG_DATA;
	}
	assert_int_equal(seen, 20);
	do
		assert_int_equal(ol_logsrc_next(s, &c), 0);
	while (c.what != OL_LOG_IDLE);
	for (int i = 0; i < 20; i++)
		close(fd[i]);
	ol_logsrc_free(s);
}

/* /dev/kmsg. */

#define BOOT_DASHED "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0\n"
#define ORIGIN      ",host=web_1,boot=0f1e2d3c4b5a69788796a5b4c3d2e1f0"

static int fake_reader;

static int fake_kmsg(void)
{
	static const char *const dirs[] = { "dev", "proc", "proc/sys", "proc/sys/kernel",
					    "proc/sys/kernel/random" };
	char text[64];
	int p[2];

	for (size_t i = 0; i < 5; i++)
		assert_int_equal(mkdir(at(dirs[i]), 0755), 0);
	put_text("proc/sys/kernel/hostname", "web;1\n");
	put_text("proc/sys/kernel/random/boot_id", BOOT_DASHED);
	/* A pipe in packet mode gives one write() per read(), as the device gives records. */
	if (pipe2(p, O_DIRECT | O_NONBLOCK) < 0)
		SKIP("no packet pipes here: %s", strerror(errno));
	snprintf(text, sizeof(text), "/proc/%d/fd/%d", (int)getpid(), p[0]);
	assert_int_equal(symlink(text, at("dev/kmsg")), 0);
	fake_reader = p[0];
	return p[1];
}

static void close_kmsg(int fd)
{
	close(fd);
	close(fake_reader);
}

static void record(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void test_kmsg(void **state)
{
	struct ol_logsrc *s = new_src(false);
	struct ol_err err = { "" };
	int fd = fake_kmsg();

	(void)state;
	record(fd, "6,41,100,-;plain\n");
	record(fd, "4,42,200,-,caller=T7;with a caller\n SUBSYSTEM=acpi\n DEVICE=+acpi:X\n");
	record(fd, "broken, no sequence\n");
	record(fd, "6,50,300,c;after a gap\n");
	record(fd, "6,52,301,c;after a small one\n");
	if (ol_logsrc_add_kmsg(s, &err))
		fail_msg("%s", err.msg);
	expect_all(s, "<dev/kmsg>6,41,100,-" ORIGIN ";plain\n4,42,200,-,caller=T7" ORIGIN
		      ";with a caller\n"
		      "!dev/kmsg: 7 records were overwritten before they could be read!"
		      "6,50,300,c" ORIGIN ";after a gap\n"
		      "!dev/kmsg: 1 record was overwritten before they could be read!"
		      "6,52,301,c" ORIGIN ";after a small one\n</>");
	close_kmsg(fd);
}

static void test_kmsg_follow(void **state)
{
	struct ol_logsrc *s = new_src(true);
	struct ol_out o;
	int fd = fake_kmsg();

	(void)state;
	ol_out_init(&o, -1);
	record(fd, "6,1,100,-;one\n");
	assert_int_equal(ol_logsrc_add_kmsg(s, NULL), 0);
	expect_soon(s, &o, "<dev/kmsg>6,1,100,-" ORIGIN ";one\n");
	expect_idle(s);
	record(fd, "6,2,100,-;two\n");
	expect_soon(s, &o, "6,2,100,-" ORIGIN ";two\n");
	close_kmsg(fd);
	ol_out_done(&o);
	ol_logsrc_free(s);
}

static void test_kmsg_real(void **state)
{
	struct ol_logsrc_opts opts = { .since_us = OL_TIME_NONE, .until_us = OL_TIME_NONE };
	struct ol_logsrc *s = ol_logsrc_new(&opts);
	struct ol_err err = { "" };
	size_t records = 0;
	char *got;

	(void)state;
	assert_non_null(s);
	if (ol_logsrc_add_kmsg(s, &err)) {
		ol_logsrc_free(s);
		SKIP("%s", err.msg);
	}
	got = read_all(s);
	for (char *p = got; (p = strchr(p, '\n')); p++) {
		records++;
		assert_true(p[1] != ' '); /* no dictionary */
	}
	print_message("%zu records\n", records);
	assert_true(records == 0 || strstr(got, ",boot="));
	free(got);
	ol_logsrc_free(s);
}

static void test_kmsg_missing(void **state)
{
	struct ol_logsrc *s = new_src(false);
	struct ol_err err = { "" };

	(void)state;
	assert_int_equal(ol_logsrc_add_kmsg(s, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "dev/kmsg: No such file"));
	ol_logsrc_free(s);
}

/* The journal. */

#ifdef OL_HAVE_JOURNAL
#define REMOTE "/lib/systemd/systemd-journal-remote"
#define BOOT   "0f1e2d3c4b5a69788796a5b4c3d2e1f0"

static void entry(struct ol_out *o, unsigned i, const char *fields)
{
	ol_out_printf(o,
		      "__REALTIME_TIMESTAMP=%u\n__MONOTONIC_TIMESTAMP=%u\n_BOOT_ID=" BOOT
		      "\n_HOSTNAME=web,1\n%s\n",
		      1700000000u + i * 1000000u, 5000u + i, fields);
}

/* Three from the kernel, two that are not, as journal files make them. */
static void make_journal(const char *name)
{
	struct ol_out o;
	char cmd[1200];

	if (access(REMOTE, X_OK))
		SKIP("systemd-journal-remote is not installed");
	ol_out_init(&o, -1);
	entry(&o, 0,
	      "_TRANSPORT=kernel\nPRIORITY=4\nSYSLOG_FACILITY=0\nSYSLOG_IDENTIFIER=kernel\n"
	      "_SOURCE_MONOTONIC_TIMESTAMP=4321\nMESSAGE=first \\ line\n");
	entry(&o, 1,
	      "_TRANSPORT=syslog\nPRIORITY=3\nSYSLOG_FACILITY=0\nSYSLOG_IDENTIFIER=kernel\n"
	      "MESSAGE=a lie\n");
	ol_out_printf(&o,
		      "__REALTIME_TIMESTAMP=%u\n__MONOTONIC_TIMESTAMP=6000\n_BOOT_ID=" BOOT
		      "\n_TRANSPORT=kernel\nPRIORITY=6\nMESSAGE\n",
		      1702000000u);
	ol_out_bytes(&o, "\x0c\0\0\0\0\0\0\0two\nlin\xc3\xa9s\x01\x7f\n\n", 8 + 12 + 2);
	entry(&o, 3, "_TRANSPORT=journal\nSYSLOG_IDENTIFIER=a b;c\nMESSAGE=no facility\n");
	entry(&o, 4, "_TRANSPORT=kernel\nPRIORITY=5\nSYSLOG_FACILITY=3\nMESSAGE=written to kmsg\n");
	put("export", O_TRUNC, o.buf, o.n);
	ol_out_done(&o);
	snprintf(cmd, sizeof(cmd), REMOTE " --output=%s %s >%s 2>&1", at(name), at("export"),
		 at("remote.out"));
	if (system(cmd))
		SKIP("systemd-journal-remote cannot make a journal here");
}

#define KERNEL_0 \
	"4,%u,4321,-,host=web_1,boot=" BOOT ",wall=1700000000,tag=kernel;first \\x5c line\n"
#define KERNEL_2 "6,%u,6000,-,boot=" BOOT ",wall=1702000000;two\\x0alin\\xc3\\xa9s\\x01\\x7f\n"
#define KERNEL_4 "29,%u,5004,-,host=web_1,boot=" BOOT ",wall=1704000000;written to kmsg\n"

static void test_journal(void **state)
{
	struct ol_logsrc_opts opts = { .since_us = OL_TIME_NONE, .until_us = OL_TIME_NONE };
	struct ol_logsrc *s = new_src(false);
	struct ol_err err = { "" };
	char want[2000];

	(void)state;
	assert_int_equal(mkdir(at("j"), 0755), 0);
	make_journal("j/system.journal");
	snprintf(want, sizeof(want), "<j>" KERNEL_0 KERNEL_2 KERNEL_4 "</>", 0, 1, 2);
	if (ol_logsrc_add_journal(s, at("j"), &err))
		fail_msg("%s", err.msg);
	expect_all(s, want);

	/* a journal file that is named as if it were text */
	snprintf(want, sizeof(want), "<j/system.journal>" KERNEL_0 KERNEL_2 KERNEL_4 "</>", 0, 1,
		 2);
	expect_path("j/system.journal", want);

	snprintf(want, sizeof(want),
		 "<j>" KERNEL_0 "11,1,5001,-,host=web_1,boot=" BOOT
		 ",wall=1701000000,tag=kernel;a lie\n" KERNEL_2 "14,3,5003,-,host=web_1,boot=" BOOT
		 ",wall=1703000000,tag=a_b_c;no facility\n" KERNEL_4 "</>",
		 0, 2, 4);
	opts.all_transports = true;
	s = ol_logsrc_new(&opts);
	assert_int_equal(ol_logsrc_add_journal(s, at("j"), NULL), 0);
	expect_all(s, want);

	snprintf(want, sizeof(want), "<j>" KERNEL_2 "</>", 0);
	opts.all_transports = false;
	opts.since_us = 1700000001;
	opts.until_us = 1703999999;
	s = ol_logsrc_new(&opts);
	assert_int_equal(ol_logsrc_add_journal(s, at("j"), NULL), 0);
	expect_all(s, want);

	/* the system's own, of another root */
	s = new_src(false);
	assert_int_equal(mkdir(at("var"), 0755), 0);
	assert_int_equal(mkdir(at("var/log"), 0755), 0);
	assert_int_equal(mkdir(at("var/log/journal"), 0755), 0);
	assert_int_equal(mkdir(at("var/log/journal/" BOOT), 0755), 0);
	assert_int_equal(
		rename(at("j/system.journal"), at("var/log/journal/" BOOT "/system.journal")), 0);
	snprintf(want, sizeof(want), "<journal>" KERNEL_0 KERNEL_2 KERNEL_4 "</>", 0, 1, 2);
	if (ol_logsrc_add_journal(s, NULL, &err))
		fail_msg("%s", err.msg);
	expect_all(s, want);
	/* and without its files */
	s = new_src(false);
	assert_int_equal(ol_logsrc_add_journal(s, at("j"), &err), -ENOENT);
	assert_non_null(strstr(err.msg, "no journal files"));
	assert_int_equal(ol_logsrc_add_journal(s, at("nothere"), &err), -ENOENT);
	ol_logsrc_free(s);
}

/* A message longer than a chunk comes in pieces and whole. */
static void test_journal_long(void **state)
{
	struct ol_logsrc *s = new_src(false);
	size_t n = 300000;
	struct ol_out o;
	char cmd[1200], *got, *semi;

	(void)state;
	if (access(REMOTE, X_OK))
		SKIP("systemd-journal-remote is not installed");
	assert_int_equal(mkdir(at("j"), 0755), 0);
	ol_out_init(&o, -1);
	ol_out_str(&o, "__REALTIME_TIMESTAMP=1700000000\n__MONOTONIC_TIMESTAMP=6000\n"
		       "_BOOT_ID=" BOOT "\n_TRANSPORT=kernel\nMESSAGE=");
	for (size_t i = 0; i < n; i++)
		ol_out_char(&o, i % 100 ? 'x' : '\\');
	ol_out_str(&o, "\n\n");
	put("export", O_TRUNC, o.buf, o.n);
	ol_out_done(&o);
	snprintf(cmd, sizeof(cmd), REMOTE " --output=%s %s >%s 2>&1", at("j/system.journal"),
		 at("export"), at("remote.out"));
	if (system(cmd))
		SKIP("systemd-journal-remote cannot make a journal here");
	assert_int_equal(ol_logsrc_add_journal(s, at("j"), NULL), 0);
	got = read_all(s);
	semi = strchr(got, ';');
	assert_non_null(semi);
	assert_int_equal(strlen(semi + 1), n + 3 * (n / 100) + strlen("\n</>"));
	free(got);
	ol_logsrc_free(s);
}

static void test_journal_follow(void **state)
{
	struct ol_logsrc *s = new_src(true);
	struct ol_out o;
	char want[1200], cmd[1200];

	(void)state;
	assert_int_equal(mkdir(at("j"), 0755), 0);
	make_journal("j/system.journal");
	ol_out_init(&o, -1);
	assert_int_equal(ol_logsrc_add_journal(s, at("j"), NULL), 0);
	snprintf(want, sizeof(want), "<j>" KERNEL_0 KERNEL_2 KERNEL_4, 0, 1, 2);
	expect_soon(s, &o, want);
	expect_idle(s);
	put_text("export", "");
	{
		struct ol_out e;

		ol_out_init(&e, -1);
		entry(&e, 9, "_TRANSPORT=kernel\nPRIORITY=6\nMESSAGE=later\n");
		put("export", O_TRUNC, e.buf, e.n);
		ol_out_done(&e);
	}
	snprintf(cmd, sizeof(cmd), REMOTE " --output=%s %s >%s 2>&1", at("j/system.journal"),
		 at("export"), at("remote.out"));
	if (system(cmd)) {
		ol_out_done(&o);
		ol_logsrc_free(s);
		SKIP("systemd-journal-remote cannot append here");
	}
	expect_soon(s, &o, "6,3,5009,-,host=web_1,boot=" BOOT ",wall=1709000000;later\n");
	ol_out_done(&o);
	ol_logsrc_free(s);
}
#else
static void test_no_journal(void **state)
{
	struct ol_logsrc *s = new_src(false);
	struct ol_err err = { "" };

	(void)state;
	assert_int_equal(ol_logsrc_add_journal(s, NULL, &err), -EOPNOTSUPP);
	assert_non_null(strstr(err.msg, "no libsystemd"));
	assert_null(ol_logsrc_journal_version());
	ol_logsrc_free(s);
}
#endif

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_follow_grows),
		TEST(test_follow_rotates),
		TEST(test_follow_copytruncate),
		TEST(test_follow_writer),
		TEST(test_follow_pipe),
		TEST(test_follow_fifo),
		TEST(test_follow_dir),
		TEST(test_follow_dir_link),
		TEST(test_follow_many),
		TEST(test_kmsg),
		TEST(test_kmsg_follow),
		TEST(test_kmsg_real),
		TEST(test_kmsg_missing),
#ifdef OL_HAVE_JOURNAL
		TEST(test_journal),
		TEST(test_journal_long),
		TEST(test_journal_follow),
#else
		TEST(test_no_journal),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
