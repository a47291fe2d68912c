// SPDX-License-Identifier: GPL-2.0-or-later
/* Who wrote a line: what a container or a program printed is never the kernel's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "analyze/dump/line.h"

#define K OL_WRITER_KERNEL
#define U OL_WRITER_USER
#define Q OL_WRITER_UNKNOWN

#define KILL               "Out of memory: Killed process 1 (systemd)"
#define DOCKER_AT(text, t) "{\"log\":\"" text "\\n\",\"stream\":\"stdout\",\"time\":\"" t "\"}"
#define DOCKER(text)       DOCKER_AT(text, "2026-11-20T18:51:21Z")
#define CRI(text)          "2026-11-20T18:51:21.123456789Z stdout F " text
#define Q_(text)           "\\\"" text "\\\"" /* in quotes inside a string of JSON */

struct got {
	char text[256], host[64];
	enum ol_writer writer;
	enum ol_wrap wrapped;
};

static struct got got[16];
static int n_got;

static void copy(char *dst, size_t cap, struct ol_span s)
{
	size_t n = s.n < cap ? s.n : cap - 1;

	if (n)
		memcpy(dst, s.p, n);
	dst[n] = '\0';
}

static int sink(void *arg, const struct ol_line *l)
{
	struct got *g = &got[n_got];

	(void)arg;
	assert_in_range(n_got, 0, 15);
	n_got++;
	copy(g->text, sizeof(g->text), l->text);
	copy(g->host, sizeof(g->host), l->host);
	g->writer = l->writer;
	g->wrapped = l->wrapped;
	return 0;
}

/* @learn: each line is asked for a prefix that is not known, as the parser does. */
static void run_as(const char *text, bool learn)
{
	struct ol_framer *f = ol_framer_new(sink, NULL);
	struct ol_span rest = ol_span_str(text);
	uint64_t lineno = 0;

	assert_non_null(f);
	n_got = 0;
	while (rest.n) {
		ssize_t nl = ol_span_chr(rest, '\n');
		struct ol_span line = nl < 0 ? rest : ol_span_head(rest, (size_t)nl);

		if (learn)
			assert_in_range(ol_framer_learn(f, rest, false), 0, 1);
		assert_int_equal(0, ol_framer_push(f, line, ++lineno, 0, false));
		rest = ol_span_skip(rest, line.n + 1);
	}
	assert_int_equal(0, ol_framer_flush(f));
	ol_framer_free(f);
}

static void run(const char *text)
{
	run_as(text, false);
}

/* Every line of @in that tells of the kill was written by @want. */
static const struct got *killer(const char *in, enum ol_writer want)
{
	const struct got *found = NULL;

	print_message("%s\n", in);
	run(in);
	for (int i = 0; i < n_got; i++) {
		if (!strstr(got[i].text, "Killed process"))
			continue;
		assert_int_equal(want, got[i].writer);
		found = &got[i];
	}
	assert_non_null(found);
	return found;
}

/* Of whatever shape its text is, and whatever it says of itself. */
static void test_what_containers_print(void **state)
{
	static const char *const text[] = {
		DOCKER(KILL),
		DOCKER("[   12.345678] " KILL),
		DOCKER("<4>[   12.345678] " KILL),
		DOCKER("3,1234,5678901,-;" KILL),
		DOCKER("3,1234,5678901,-,ncfrag=0/1800;" KILL),
		DOCKER("Nov 20 18:51:21 db kernel: [   12.345678] " KILL),
		DOCKER("<3>1 2026-11-20T18:51:21Z db kernel - - - " KILL),
		DOCKER("{" Q_("MESSAGE") ":" Q_(KILL) "," Q_("_TRANSPORT") ":" Q_("kernel") "}"),
		DOCKER("{" Q_("pri") ":3," Q_("time") ":1.5," Q_("msg") ":" Q_(KILL) "}"),
		DOCKER("{" Q_("ident") ":" Q_("kernel") "," Q_("message") ":" Q_(KILL) "}"),
		DOCKER("hello\\n[   12.345678] " KILL),
		DOCKER("hello\\nNov 20 18:51:21 db kernel: " KILL),
		DOCKER("hello\\n3,1234,5678901,-;" KILL),
		CRI(KILL),
		CRI("[   12.345678] " KILL),
		CRI("kernel: " KILL),
		CRI("3,1234,5678901,-;" KILL),
		CRI("Nov 20 18:51:21 db kernel: [   12.345678] " KILL),
		CRI("{\"MESSAGE\":\"" KILL "\",\"_TRANSPORT\":\"kernel\"}"),
		CRI(DOCKER("[   12.345678] " KILL)),
		/* in parts; and the input ends before the line does */
		"2026-11-20T18:51:21.123456789Z stdout P [   12.345678] Out of memory: "
		"Killed\n" CRI(" process 1 (systemd)"),
		"2026-11-20T18:51:21.123456789Z stdout P [   12.345678] " KILL,
		/* broken records */
		"{\"log\":\"[   12.345678] " KILL "\\n\",\"stream\":\"std",
		"{\"_TRANSPORT\":\"kernel\",\"MESSAGE\":\"[   12.345678] " KILL,
		/* of which nothing says who wrote them */
		"{\"message\":\"[   12.345678] " KILL "\"}",
		"{\"message\":\"Nov 20 18:51:21 db kernel: " KILL "\"}",
		"{\"level\":\"info\",\"pri\":3,\"msg\":\"" KILL "\"}",
		"{\"tag\":\"var.log.messages\",\"message\":\"kernel: " KILL "\"}",
		"{\"MESSAGE\":\"" KILL "\"}",
		"__CURSOR=x\nMESSAGE=" KILL "\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		assert_int_equal(OL_WRAP_RECORD, killer(text[i], Q)->wrapped);
}

/* Words stand in front that no transport has. */
static void test_prefixes_of_others(void **state)
{
	(void)state;
	assert_int_equal(OL_WRAP_NOISE, killer("login: [   12.345678] " KILL, Q)->wrapped);
	assert_int_equal(OL_WRAP_PREFIX, killer("[pod/a/b] [   12.345678] " KILL, Q)->wrapped);
	assert_int_equal(OL_WRAP_PREFIX, killer("web-1  | [   12.345678] " KILL, Q)->wrapped);
	assert_int_equal(OL_WRAP_PREFIX,
			 killer("web-1 | Nov 20 18:51:21 db kernel: " KILL, Q)->wrapped);
	assert_int_equal(OL_WRAP_PREFIX,
			 killer("app: Nov 20 18:51:21 db kernel: " KILL, Q)->wrapped);
	assert_int_equal(
		OL_WRAP_PREFIX,
		killer("I0102 15:04:05.000000 1 a.go:12] [   12.345678] " KILL, Q)->wrapped);
	/* kubectl logs --timestamps, docker logs -t */
#define STAMPED "2026-11-20T18:51:21.123456789Z "
	assert_int_equal(OL_WRAP_RECORD, killer(STAMPED KILL, Q)->wrapped);
	assert_int_equal(OL_WRAP_RECORD, killer(STAMPED "kernel: " KILL, Q)->wrapped);
	assert_int_equal(OL_WRAP_RECORD, killer(STAMPED "db kernel: " KILL, Q)->wrapped);
	assert_int_equal(OL_WRAP_RECORD, killer(STAMPED "[   12.345678] " KILL, Q)->wrapped);
	assert_int_equal(OL_WRAP_RECORD,
			 killer(STAMPED "Nov 20 18:51:21 db kernel: " KILL, Q)->wrapped);
	/* behind a stamp no file's name stands */
	assert_int_equal(
		OL_WRAP_PREFIX,
		killer("2026-11-20 18:51:21 foo:Nov 20 18:51:21 db kernel: " KILL, Q)->wrapped);
	assert_int_equal(OL_WRAP_NOISE,
			 killer("[2026-11-20 18:51:21] foo:[   12.345678] " KILL, Q)->wrapped);
	/* a copy by grep is as good as the line */
	assert_int_equal(OL_WRAP_NONE,
			 killer("messages-1:Nov 20 18:51:21 db kernel: " KILL, K)->wrapped);
}

/* A shipper says which program wrote it. */
static void test_what_shippers_name(void **state)
{
	static const char *const text[] = {
		"{\"ident\":\"myapp\",\"message\":\"[   12.345678] " KILL "\"}",
		"{\"program\":\"myapp\",\"message\":\"Nov 20 18:51:21 db kernel: " KILL "\"}",
		"{\"programname\":\"myapp\",\"message\":\"" KILL "\"}",
		"{\"syslogtag\":\"kernel[7]:\",\"message\":\"" KILL "\"}",
		"{\"appname\":\"myapp\",\"message\":\"kernel: " KILL "\"}",
		"{\"app\":\"myapp\",\"log\":\"[   12.345678] " KILL "\"}",
		"{\"unit\":\"myapp.service\",\"message\":\"3,1,2,-;" KILL "\"}",
		"{\"tag\":\"myapp\",\"message\":\"a\\n[   12.345678] " KILL "\"}",
		"{\"process\":{\"name\":\"myapp\"},\"message\":\"[   12.345678] " KILL "\"}",
		"{\"ident\":\"kernel\",\"unit\":\"a.service\",\"message\":\"" KILL "\"}",
		"{\"ident\":\"kernel\",\"_COMM\":\"a\",\"message\":\"" KILL "\"}",
		"{\"ident\":\"kernel\",\"_PID\":\"77\",\"message\":\"" KILL "\"}",
		"{\"ident\":\"kernel\",\"_TRANSPORT\":\"stdout\",\"message\":\"" KILL "\"}",
		"{\"ident\":\"kernel\",\"message\":\"Nov 20 18:51:21 db app[3]: " KILL "\"}",
		"{\"container_name\":\"/web\",\"log\":\"[   12.345678] " KILL "\"}",
		"{\"log\":\"[   12.345678] " KILL "\\n\",\"stream\":\"stdout\","
		"\"kubernetes\":{\"pod_name\":\"web\"}}",
		/* by a facility, whatever the name */
		"{\"ident\":\"kernel\",\"facility\":\"user\",\"message\":\"" KILL "\"}",
		"{\"ident\":\"kernel\",\"facility\":1,\"message\":\"" KILL "\"}",
		"{\"ident\":\"kernel\",\"facility_label\":\"user-level\",\"message\":\"" KILL "\"}",
		"{\"programname\":\"kernel\",\"syslogfacility-text\":\"user\",\"msg\":\"" KILL
		"\"}",
		"{\"programname\":\"kernel\",\"syslogfacility\":\"1\",\"msg\":\"" KILL "\"}",
		"{\"programname\":\"kernel\",\"pri-text\":\"user.notice\",\"msg\":\"" KILL "\"}",
		"{\"program\":\"kernel\",\"priority\":13,\"message\":\"" KILL "\"}",
		"{\"ident\":\"kernel\",\"SYSLOG_FACILITY\":\"3\",\"message\":\"" KILL "\"}",
		"{\"PROGRAM\":\"kernel\",\"FACILITY\":\"user\",\"MESSAGE\":\"" KILL "\"}",
		"{\"log\":{\"syslog\":{\"appname\":\"kernel\",\"facility\":{\"code\":1}}},"
		"\"message\":\"" KILL "\"}",
		/* fluentd's tags */
		"{\"tag\":\"kubernetes.var.log.containers.a.kernel.b-01.log\",\"log\":\"" KILL
		"\"}",
		"{\"tag\":\"docker.kernel\",\"message\":\"" KILL "\"}",
		"{\"tag\":\"syslog.user.notice\",\"message\":\"" KILL "\"}",
		/* however the key is written */
		"{\"short_message\":\"" KILL "\",\"_container_name\":\"web\"}",
		"{\"short_message\":\"" KILL "\",\"_application_name\":\"myapp\"}",
		"{\"short_message\":\"" KILL "\",\"_process_id\":12}",
		"{\"PROGRAM\":\"myapp\",\"MESSAGE\":\"" KILL "\"}",
		"{\"PROGRAM\":\"kernel\",\"PID\":\"12\",\"MESSAGE\":\"" KILL "\"}",
		"{\"level\":30,\"pid\":657,\"hostname\":\"h\",\"msg\":\"" KILL "\"}",
		"{\"level\":\"info\",\"caller\":\"app/main.go:12\",\"msg\":\"" KILL "\"}",
		"{\"logger_name\":\"kernel\",\"message\":\"" KILL "\"}",
		"{\"log.logger\":\"a.B\",\"message\":\"" KILL "\"}",
		"{\"process.pid\":7,\"message\":\"" KILL "\"}",
		"{\"service\":{\"name\":\"shop\"},\"message\":\"" KILL "\"}",
		"{\"resource\":{\"labels\":{\"pod_name\":\"web\"}},\"textPayload\":\"" KILL "\"}",
		"{\"k8s.pod.name\":\"web\",\"message\":\"" KILL "\"}",
		("{\"log\":{\"file\":{\"path\":\"/var/log/containers/a.log\"}},\"message\":\"" KILL
		 "\"}"),
		("{\"ident\":\"kernel\",\"systemd\":{\"transport\":\"stdout\"},\"message\":\"" KILL
		 "\"}"),
		"{\"pri\":3,\"_TRANSPORT\":\"stdout\",\"msg\":\"" KILL "\"}",
		/* cut behind it */
		"{\"ident\":\"myapp\",\"message\":\"[   12.345678] " KILL,
	};
	static const char *const kernel[] = {
		"{\"ident\":\"kernel\",\"message\":\"" KILL "\"}",
		"{\"syslogtag\":\"kernel:\",\"message\":\"" KILL "\"}",
		"{\"tag\":\"host.kernel\",\"message\":\"" KILL "\"}",
		"{\"tag\":\"system.kern.warn\",\"message\":\"" KILL "\"}",
		"{\"tag\":\"kern.info\",\"message\":\"" KILL "\"}",
		"{\"ident\":\"kernel\",\"facility\":0,\"priority\":4,\"message\":\"" KILL "\"}",
		"{\"ident\":\"kernel\",\"facility_label\":\"kernel\",\"message\":\"" KILL "\"}",
		"{\"programname\":\"kernel\",\"procid\":\"-\",\"syslogfacility-text\":\"kern\","
		"\"msg\":\"" KILL "\"}",
		"{\"PROGRAM\":\"kernel\",\"PID\":\"\",\"FACILITY\":\"kern\",\"MESSAGE\":\"" KILL
		"\"}",
		"{\"_application_name\":\"kernel\",\"facility\":\"kern\",\"short_message\":\"" KILL
		"\"}",
		"{\"agent\":{\"type\":\"filebeat\",\"name\":\"a\"},\"host\":{\"name\":\"db\"},"
		"\"service\":{\"type\":\"system\"},\"process\":{\"name\":\"kernel\"},"
		"\"log\":{\"file\":{\"path\":\"/var/log/kern.log\"},\"syslog\":{\"facility\":"
		"{\"code\":0}}},\"message\":\"" KILL "\"}",
		"{\"k8s.node.name\":\"n1\",\"ident\":\"kernel\",\"message\":\"" KILL "\"}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		killer(text[i], U);
	for (size_t i = 0; i < sizeof(kernel) / sizeof(kernel[0]); i++)
		killer(kernel[i], K);
	/* a route, or somebody's tag: nobody knows */
	killer("{\"tag\":\"app.kernel\",\"message\":\"" KILL "\"}", Q);
	killer("{\"tag\":\"kernel.app\",\"message\":\"" KILL "\"}", Q);
	killer("{\"level\":\"info\",\"time\":\"2026-11-20T18:51:21Z\",\"msg\":\"" KILL "\"}", Q);
}

static void test_what_journals_name(void **state)
{
	static const char *const text[] = {
		"{\"MESSAGE\":\"" KILL "\",\"_TRANSPORT\":\"stdout\"}",
		"{\"MESSAGE\":\"" KILL "\",\"_TRANSPORT\":[\"journal\",\"kernel\"]}",
		"{\"MESSAGE\":\"" KILL "\",\"_TRANSPORT\":\"kernel\","
		"\"SYSLOG_IDENTIFIER\":\"myapp\"}",
		"{\"MESSAGE\":\"" KILL "\",\"SYSLOG_IDENTIFIER\":\"kernel\",\"_PID\":\"1\"}",
		"{\"MESSAGE\":\"" KILL "\",\"SYSLOG_IDENTIFIER\":\"kernel\",\"_COMM\":\"a\"}",
		"{\"MESSAGE\":\"" KILL "\",\"SYSLOG_IDENTIFIER\":\"kernel\",\"_UID\":\"0\"}",
		"{\"MESSAGE\":\"" KILL "\",\"SYSLOG_IDENTIFIER\":[\"kernel\",\"a\"]}",
		"{\"MESSAGE\":\"a\\n[   12.345678] " KILL "\",\"_TRANSPORT\":\"journal\"}",
		"__CURSOR=x\nMESSAGE=" KILL "\n_TRANSPORT=journal\nSYSLOG_IDENTIFIER=kernel\n",
		"__CURSOR=x\nMESSAGE=" KILL "\n_TRANSPORT=kernel\nSYSLOG_IDENTIFIER=a\n",
		"__CURSOR=x\nMESSAGE=" KILL "\nSYSLOG_IDENTIFIER=kernel\n_UID=0\n",
		"__CURSOR=x\nSYSLOG_IDENTIFIER=a\nSYSLOG_IDENTIFIER=kernel\nMESSAGE=" KILL "\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		killer(text[i], U);
	killer("{\"MESSAGE\":\"" KILL "\",\"SYSLOG_IDENTIFIER\":\"kernel\"}", K);
	killer("__CURSOR=x\nSYSLOG_IDENTIFIER=kernel\nMESSAGE=" KILL "\n", K);
	killer("__CURSOR=x\nSYSLOG_IDENTIFIER=kernel\n_TRANSPORT=kernel\nMESSAGE=" KILL "\n", K);
}

static void test_what_syslog_names(void **state)
{
	static const char *const text[] = {
		"Nov 20 18:51:21 db kernel[812]: " KILL,
		"Nov 20 18:51:21 db kernel[812]: [   12.345678] " KILL,
		"Nov 20 18:51:21 db kernel[00]: " KILL,
		"Nov 20 18:51:21 kernel[812]: " KILL,
		"2026-11-20T18:51:21.123456+01:00 db kernel[812]: " KILL,
		"1763664681.123456 db kernel[812]: " KILL,
		"[   12.345678] db kernel[812]: " KILL,
		"kernel[812]: " KILL,
		"Nov 20 18:51:21 db app: " KILL,
		"Nov 20 18:51:21 db app: a#012" KILL,
		"Nov 20 18:51:21 db app: a#012Nov 20 18:51:21 db kernel: " KILL,
		"Nov 20 18:51:21 db app: a#012[   12.345678] " KILL,
		"<3>1 2026-11-20T18:51:21Z db kernel 812 - - " KILL,
		"<3>1 2026-11-20T18:51:21Z db myapp - - - [   12.345678] " KILL,
		/* logger -t "x kernel", where no host is known yet */
		"Nov 20 18:51:21 db x kernel: " KILL,
		"Nov 20 18:51:21 db x kernel: [   12.345678] " KILL,
		"2026-11-20T18:51:21.123456+01:00 db x.y kernel: " KILL,
		"Nov 20 18:51:21 db 10.0.0.9 kernel: " KILL,
		/* klogd of busybox says user, but not where it says kern */
		"Sat Nov 21 18:51:21 2026 kern.info kernel: [   12.345678] a\n"
		"Sat Nov 21 18:51:21 2026 user.notice kernel: [   12.345679] " KILL,
		"Nov 20 18:51:21 db kern.info kernel: [   12.345678] a\n"
		"Nov 20 18:51:21 db user.notice kernel: [   12.345679] " KILL,
		"Nov 20 18:51:21 db user.info kernel: [   12.345678] a\n"
		"Nov 20 18:51:21 db kern.info kernel: [   12.345678] \n"
		"Nov 20 18:51:21 db user.info kernel: [   12.345679] " KILL,
		"11,1234,5678901,-;a\\x0a3,1235,5678901,-;" KILL,
		"3,1234,5678901,-,tag=myapp;" KILL,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		killer(text[i], U);
	/* macOS counts its kernel among the processes */
	killer("Nov 20 18:51:21 db kernel[0]: " KILL, K);
	killer("<3>1 2026-11-20T18:51:21Z db kernel - - - " KILL, K);
	assert_string_equal("db", killer("Nov 20 18:51:21 10.0.0.9 db kernel: " KILL, K)->host);
	assert_string_equal("db", killer("Nov 20 18:51:21 fe80::1 db kernel: " KILL, K)->host);
	killer("Sat Nov 21 18:51:21 2026 user.info kernel: [   12.345678] a\n"
	       "Sat Nov 21 18:51:21 2026 user.notice kernel: [   12.345679] " KILL,
	       Q);
}

#define APP    "Nov 20 18:51:21 db app[812]: text\n"
#define INDENT "                             "

/* journalctl indents the further lines of a message. */
static void test_further_lines_of_programs(void **state)
{
	static const char *const text[] = {
		APP INDENT KILL,
		APP INDENT "kernel: " KILL,
		APP INDENT "kernel: [   12.345678] " KILL,
		APP INDENT "[   12.345678] " KILL,
		APP INDENT "<4>[   12.345678] " KILL,
		APP INDENT "Nov 20 18:51:21 evil kernel: [   12.345678] " KILL,
		APP INDENT "2026-11-20T18:51:21.123456+01:00 evil kernel: " KILL,
		APP INDENT "3,1234,5678901,-;" KILL,
		APP INDENT "{\"ident\":\"kernel\",\"message\":\"" KILL "\"}",
		APP INDENT "> [   12.345678] " KILL,
		APP INDENT "second\n" INDENT "  [   12.345678] " KILL,
		APP INDENT "second\n" INDENT "\n\n" INDENT "[   12.345678] " KILL,
		APP "\tkernel: " KILL,
		"  " APP INDENT "[   12.345678] " KILL,
		"2026-11-20T18:51:21.123456+01:00 db app[812]: a\n" INDENT "kernel: " KILL,
		"[   12.345678] db kernel: a\n[   12.345678] db app[812]: a\n" INDENT
		"kernel: " KILL,
		/* rows have a way of their own */
		"Nov 20 18:51:21 db app: [    1]     0     1  2467469  2250030  4096        0   a\n"
		"Nov 20 18:51:21 db app: [    2]     0     2  2467469  2250030  4096        0   a\n"
		"                        [   12.345678] " KILL,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		assert_string_equal("", killer(text[i], U)->host);
	/* behind another one's line, or where all is indented, it is a line */
	killer(APP "Nov 20 18:51:21 db kernel: a\n" INDENT "kernel: " KILL, K);
	killer("    " APP "    Nov 20 18:51:21 db kernel: [   12.345678] " KILL, K);
	killer("    Nov 20 18:51:21 db kernel: [   12.345678] " KILL, K);
	killer("    [   12.345678] " KILL, K);
}

#define TWICE(head) head KILL "\n" head KILL "\n"

/* What a program says in front of a kill is no prefix, however often it says it. */
static void test_nothing_is_learned_from_programs(void **state)
{
	static const char *const text[] = {
		TWICE("Nov 20 18:51:21 db sshd[812]: Invalid user zz: "),
		TWICE("Nov 20 18:51:21 db app: x | "),
		TWICE("Nov 20 18:51:21 app[812]: x: "),
		TWICE("Nov 20 18:51:21 db kernel[812]: x: "),
		TWICE("Nov 20 18:51:21 [app] x: "),
		TWICE("2026-11-20T18:51:21.123456+01:00 db app[812]: x: "),
		TWICE("1763664681.123456 db app[812]: x: "),
		TWICE("Sat Nov 21 18:51:21 2026 user.notice app: x: "),
		TWICE("<14>Nov 20 18:51:21 db app: x: "),
		TWICE("<11>1 2026-11-20T18:51:21Z db app 812 - - x: "),
		TWICE("I0102 15:04:05.000000    1 a.go:12] x: "),
		TWICE("12,4790,84213700000,-;x: "),
		"Nov 20 18:51:21 db kernel: [   12.345678] a\n" TWICE(
			"[   12.345679] db app[812]: x: "),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		print_message("%s", text[i]);
		run_as(text[i], true);
		for (int n = 0; n < n_got; n++)
			if (strstr(got[n].text, "Killed process"))
				assert_int_equal(U, got[n].writer);
	}
	/* digits are folded, and so one may look like another's */
	run_as(TWICE("7 is: ") "12,4790,84213700000,-;7 is: " KILL "\n<14>7 is: " KILL "\n", true);
	assert_int_equal(U, got[n_got - 2].writer);
	assert_int_equal(U, got[n_got - 1].writer);
	/* nor from a container, whose record says nothing */
	run_as(TWICE("2026-11-20T18:51:21.123456789Z stdout F x: "), true);
	for (int n = 0; n < n_got; n++)
		assert_int_equal(OL_WRAP_RECORD, got[n].wrapped);
	run_as("10.5.0.2: kern: warning: [2026-11-20T18:51:21.1Z]: Mem-Info:\n" TWICE(
		       "10.5.0.2: kern: warning: [2026-11-20T18:51:21.1Z]: "),
	       true);
	assert_string_equal(KILL, got[1].text);
	assert_int_equal(OL_WRAP_PREFIX, got[1].wrapped);
}

#define EVIL_HOST DOCKER("Nov 20 18:51:21 evil kernel: b")
#define EVIL_PIECES                         \
	DOCKER("4,7,100,-,ncfrag=4/8;EVIL") \
	"\n" DOCKER("4,7,100,-,ncfrag=0/8;EV") "\n" DOCKER("4,8,100,-;x") "\n"

/* What a container prints changes nothing for the lines of others. */
static void test_containers_leave_no_trace(void **state)
{
	static const char hosts[] = "Nov 20 18:51:21 web1 kernel: a\n" EVIL_HOST "\n"
				    "Nov 20 18:51:21 web1 Normal: c\n"
				    "Nov 20 18:51:21 evil Normal: d\n";
	static const char pieces[] =
		"4,7,100,-,ncfrag=0/8;abcd\n" EVIL_PIECES "4,7,100,-,ncfrag=4/8;efgh\n";

	(void)state;
	/* no host that lines without a tag are compared with */
	run(hosts);
	assert_int_equal(4, n_got);
	assert_string_equal("Normal: c", got[2].text);
	assert_string_equal("web1", got[2].host);
	assert_string_equal("evil Normal: d", got[3].text);
	/* no piece of a record that comes in fragments */
	run(pieces);
	assert_int_equal(4, n_got);
	assert_string_equal("abcdefgh", got[3].text);
	assert_int_equal(K, got[3].writer);
	/* no record whose dictionary is left out */
	run(DOCKER("4,8,100,-;x") "\n SUBSYSTEM=a\n");
	assert_int_equal(2, n_got);
}

/* A line too long to be read whole, in a field of an export that holds a record of its own. */
static void test_long_lines_of_an_export(void **state)
{
	static const char *const lines[] = {
		"__CURSOR=x",
		"MESSAGE",
		NULL, /* the length and 14 bytes; 6 more and the newline are dropped */
		"",
		"__CURSOR=y",
		"_TRANSPORT=kernel",
		"SYSLOG_IDENTIFIER=kernel",
		"MESSAGE=" KILL,
		"",
		"__CURSOR=z",
	};
	char first[8 + 14] = { 0 };
	struct ol_framer *f = ol_framer_new(sink, NULL);
	uint64_t byte = 100;

	(void)state;
	assert_non_null(f);
	n_got = 0;
	memset(first + 8, 'a', 14);
	/* all up to the line that ends the third record is in the field */
	first[0] = (char)(14 + 7 + 1 + 10 + 1 + 17 + 1 + 24 + 1 + 8 + sizeof(KILL) - 1);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		bool cut = i == 2;
		struct ol_span s =
			cut ? ol_span(first, sizeof(first)) : ol_span_str(lines[i] ? lines[i] : "");

		assert_int_equal(0, ol_framer_push(f, s, i + 1, byte, cut));
		byte += s.n + 1 + (cut ? 6 : 0);
	}
	assert_int_equal(0, ol_framer_flush(f));
	ol_framer_free(f);
	assert_in_range(n_got, 4, 8);
	for (int i = 0; i < n_got; i++)
		assert_int_not_equal(K, got[i].writer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_containers_print),
		cmocka_unit_test(test_prefixes_of_others),
		cmocka_unit_test(test_what_shippers_name),
		cmocka_unit_test(test_what_journals_name),
		cmocka_unit_test(test_what_syslog_names),
		cmocka_unit_test(test_further_lines_of_programs),
		cmocka_unit_test(test_nothing_is_learned_from_programs),
		cmocka_unit_test(test_containers_leave_no_trace),
		cmocka_unit_test(test_long_lines_of_an_export),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
