// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "analyze/dump/line.h"

#define NONE OL_TIME_NONE

/* What the sink saw, copied: spans die with the call. */
struct got {
	char text[4096], host[64], tag[64], stamp[64], caller[16], boot[40], wall[48];
	bool has_host, has_tag;
	struct ol_line line;
};

static struct got got[64];
static int n_got;
static int sink_rc;

static void copy(char *dst, size_t cap, struct ol_span s)
{
	size_t n = s.n < cap ? s.n : cap - 1;

	if (n)
		memcpy(dst, s.p, n);
	dst[n] = '\0';
}

static int sink(void *arg, const struct ol_line *l)
{
	struct got *g;

	(void)arg;
	assert_in_range(n_got, 0, 63);
	g = &got[n_got++];
	memset(g, 0, sizeof(*g));
	g->line = *l;
	copy(g->text, sizeof(g->text), l->text);
	copy(g->host, sizeof(g->host), l->host);
	copy(g->tag, sizeof(g->tag), l->tag);
	copy(g->stamp, sizeof(g->stamp), l->stamp);
	copy(g->caller, sizeof(g->caller), l->caller);
	copy(g->boot, sizeof(g->boot), l->boot);
	g->has_host = l->host.p;
	g->has_tag = l->tag.p;
	if (l->wall_us != NONE)
		ol_time_format(l->wall_us, l->wall_zone, g->wall);
	return sink_rc;
}

static struct ol_framer *framer(void)
{
	struct ol_framer *f = ol_framer_new(sink, NULL);

	assert_non_null(f);
	n_got = 0;
	sink_rc = 0;
	return f;
}

/* Pushes the lines of @text through @f; every line is an allocation of its own, for ASan. */
static void feed_n(struct ol_framer *f, const char *text, size_t n)
{
	uint64_t lineno = 0;
	const char *p = text, *e = text + n;

	while (p < e) {
		const char *nl = memchr(p, '\n', (size_t)(e - p));
		size_t len = nl ? (size_t)(nl - p) : (size_t)(e - p);
		char *own = malloc(len ? len : 1);

		assert_non_null(own);
		memcpy(own, p, len);
		assert_int_equal(0, ol_framer_push(f, ol_span(own, len), ++lineno,
						   (uint64_t)(p - text), false));
		free(own);
		p += len + 1;
	}
}

static void run_n(const char *text, size_t n)
{
	struct ol_framer *f = framer();

	feed_n(f, text, n);
	assert_int_equal(0, ol_framer_flush(f));
	ol_framer_free(f);
}

static void run(const char *text)
{
	run_n(text, strlen(text));
}

/* One physical line that gives one message */
static const struct got *one(const char *text)
{
	run(text);
	if (n_got != 1)
		fail_msg("%d lines from: %s", n_got, text);
	return &got[0];
}

struct row {
	const char *in;
	enum ol_transport tr;
	enum ol_writer w;
	const char *text, *host, *tag, *caller;
	int64_t mono;
	const char *wall;
	int facility, level;
};

#define K OL_WRITER_KERNEL
#define U OL_WRITER_USER
#define Q OL_WRITER_UNKNOWN

static void check_rows(const struct row *r, size_t n)
{
	for (; n--; r++) {
		const struct got *g = one(r->in);

		print_message("%s\n", r->in);
		assert_string_equal(r->text, g->text);
		assert_string_equal(ol_transport_name(r->tr), ol_transport_name(g->line.transport));
		assert_int_equal(r->w, g->line.writer);
		assert_string_equal(r->host ? r->host : "", g->host);
		assert_string_equal(r->tag ? r->tag : "", g->tag);
		assert_string_equal(r->caller ? r->caller : "", g->caller);
		assert_int_equal(r->mono, g->line.mono_us);
		assert_string_equal(r->wall ? r->wall : "", g->wall);
		assert_int_equal(r->facility, g->line.facility);
		assert_int_equal(r->level, g->line.level);
		assert_int_equal(r->tr != OL_TR_PLAIN, g->line.prefixed);
	}
}

#define ROWS(rows) check_rows(rows, sizeof(rows) / sizeof((rows)[0]))

static void test_dmesg(void **state)
{
	static const struct row rows[] = {
		{ "[12345.678901] rm invoked oom-killer: order=0", OL_TR_DMESG, K,
		  "rm invoked oom-killer: order=0", 0, 0, 0, 12345678901, 0, -1, -1 },
		{ "[    0.000000] Linux", OL_TR_DMESG, K, "Linux", 0, 0, 0, 0, 0, -1, -1 },
		{ "[    7.120003]  active_file:12", OL_TR_DMESG, K, " active_file:12", 0, 0, 0,
		  7120003, 0, -1, -1 },
		{ "[   21.60] short fraction", OL_TR_DMESG, K, "short fraction", 0, 0, 0, 21600000,
		  0, -1, -1 },
		{ "[   21.600000123] long one", OL_TR_DMESG, K, "long one", 0, 0, 0, 21600000, 0,
		  -1, -1 },
		{ "[    9.000001] [ 1234]     0  1234   99   9 0 0 bash", OL_TR_DMESG, K,
		  "[ 1234]     0  1234   99   9 0 0 bash", 0, 0, 0, 9000001, 0, -1, -1 },
		{ "[    9.000001]  [<c0100aaa>] ? f+0x1/0x2", OL_TR_DMESG, K,
		  " [<c0100aaa>] ? f+0x1/0x2", 0, 0, 0, 9000001, 0, -1, -1 },
		{ "[    9.000001]", OL_TR_DMESG, K, "", 0, 0, 0, 9000001, 0, -1, -1 },
		{ "<4>[  12.345678] text", OL_TR_DMESG, K, "text", 0, 0, 0, 12345678, 0, 0, 4 },
		{ "<12>[  12.345678] oom-kill: forged", OL_TR_DMESG, U, "oom-kill: forged", 0, 0, 0,
		  12345678, 0, 1, 4 },
		{ "<6>Mem-Info:", OL_TR_DMESG, K, "Mem-Info:", 0, 0, 0, NONE, 0, 0, 6 },
		{ "<4> active_file:9", OL_TR_DMESG, K, " active_file:9", 0, 0, 0, NONE, 0, 0, 4 },
		{ "kern  :warn  : [  12.345678] text", OL_TR_DMESG, K, "text", 0, 0, 0, 12345678, 0,
		  0, 4 },
		{ "[2-3219.1870] text", OL_TR_DMESG, K, "text", 0, 0, 0, 3219187000, 0, -1, -1 },
		{ "daemon:err   : [  12.345678] systemd[1]: text", OL_TR_DMESG, U,
		  "systemd[1]: text", 0, 0, 0, 12345678, 0, 3, 3 },
		{ "[  12.345678 <    0.000123>] delta", OL_TR_DMESG, K, "delta", 0, 0, 0, 12345678,
		  0, -1, -1 },
		{ "[   12.345678][ T1234] text", OL_TR_DMESG, K, "text", 0, 0, "T1234", 12345678, 0,
		  -1, -1 },
		{ "[   12.345678][    C0]  text", OL_TR_DMESG, K, " text", 0, 0, "C0", 12345678, 0,
		  -1, -1 },
		{ "[   12.345678] [T77] text", OL_TR_DMESG, K, "text", 0, 0, "T77", 12345678, 0, -1,
		  -1 },
		{ "[   12.345678] [Tux] text", OL_TR_DMESG, K, "[Tux] text", 0, 0, 0, 12345678, 0,
		  -1, -1 },
		{ "<6>[   12.345678] [cpu3:412:kworker/3:1]text", OL_TR_DMESG, K, "text", 0, 0,
		  "412", 12345678, 0, 0, 6 },
		{ "[   12.345678] (5)[77:lmkd]text", OL_TR_DMESG, K, "text", 0, 0, "77", 12345678,
		  0, -1, -1 },
		{ "[   12.345678] [2:    kswapd0:   88] text", OL_TR_DMESG, K, "text", 0, 0, "88",
		  12345678, 0, -1, -1 },
		{ "[    2.345678@1] text", OL_TR_DMESG, K, "text", 0, 0, 0, 2345678, 0, -1, -1 },
		{ "\t  [    2.345678]  indented paste", OL_TR_DMESG, K, " indented paste", 0, 0, 0,
		  2345678, 0, -1, -1 },
		{ "+ [    2.345678] from a diff", OL_TR_DMESG, K, "from a diff", 0, 0, 0, 2345678,
		  0, -1, -1 },
		{ "  17 [    2.345678] numbered", OL_TR_DMESG, K, "numbered", 0, 0, 0, 2345678, 0,
		  -1, -1 },
		{ "17: [    2.345678] numbered", OL_TR_DMESG, K, "numbered", 0, 0, 0, 2345678, 0,
		  -1, -1 },
	};

	(void)state;
	ROWS(rows);
	assert_string_equal("12345.678901", one("[12345.678901] x")->stamp);
}

static void test_dmesg_wall(void **state)
{
	static const struct row rows[] = {
		{ "[Thu Nov 20 18:51:21 2026] text", OL_TR_DMESG_WALL, K, "text", 0, 0, 0, NONE,
		  "2026-11-20T18:51:21", -1, -1 },
		{ "[Thu Nov  5 18:51:21 2026][ T12]  text", OL_TR_DMESG_WALL, K, " text", 0, 0,
		  "T12", NONE, "2026-11-05T18:51:21", -1, -1 },
		{ "[Thu Nov 20 18:51:21 2026 <    0.000001>] text", OL_TR_DMESG_WALL, K, "text", 0,
		  0, 0, NONE, "2026-11-20T18:51:21", -1, -1 },
		{ "[Do M\303\244r 12 03:04:05 2026] deutsch", OL_TR_DMESG_WALL, K, "deutsch", 0, 0,
		  0, NONE, "2026-03-12T03:04:05", -1, -1 },
		{ "[jeu. f\303\251vr. 12 03:04:05 2026] texte", OL_TR_DMESG_WALL, K, "texte", 0, 0,
		  0, NONE, "2026-02-12T03:04:05", -1, -1 },
		{ "[\346\234\250 11\346\234\210 12 03:04:05 2026] ja", OL_TR_DMESG_WALL, K, "ja", 0,
		  0, 0, NONE, "2026-11-12T03:04:05", -1, -1 },
		{ "[Xyz Qqq 12 03:04:05 2026] unknown", OL_TR_DMESG_WALL, K, "unknown", 0, 0, 0,
		  NONE, 0, -1, -1 },
		{ "2026-11-20T18:51:21,123456+01:00 text", OL_TR_DMESG_WALL, K, "text", 0, 0, 0,
		  NONE, "2026-11-20T17:51:21.123456Z", -1, -1 },
		{ "[Nov20 18:51] first", OL_TR_DMESG_WALL, K, "first", 0, 0, 0, NONE,
		  "1972-11-20T18:51:00", -1, -1 },
		{ "[  +0.000123] next", OL_TR_DMESG_WALL, K, "next", 0, 0, 0, NONE, 0, -1, -1 },
		{ "[  +1,000123] comma", OL_TR_DMESG_WALL, K, "comma", 0, 0, 0, NONE, 0, -1, -1 },
		{ "[<    0.000123>] delta alone", OL_TR_DMESG_WALL, K, "delta alone", 0, 0, 0, NONE,
		  0, -1, -1 },
		{ "kern  :info  : [Thu Nov 20 18:51:21 2026] text", OL_TR_DMESG_WALL, K, "text", 0,
		  0, 0, NONE, "2026-11-20T18:51:21", 0, 6 },
		{ "kern:    info: [2026-11-20T18:51:21.000000005Z]: text", OL_TR_OTHER, K, "text",
		  0, 0, 0, NONE, "2026-11-20T18:51:21Z", 0, 6 },
		{ "user: warning: [2026-11-20T18:51:21Z]: [talos] text", OL_TR_OTHER, U,
		  "[talos] text", 0, 0, 0, NONE, "2026-11-20T18:51:21Z", 1, 4 },
		{ "10.0.0.7: kern:     err: [2026-11-20T18:51:21Z]: text", OL_TR_OTHER, Q, "text",
		  "10.0.0.7", 0, 0, NONE, "2026-11-20T18:51:21Z", 0, 3 },
		{ "[Thu Nov 20 18:51:21 2026] [error] File does not exist", OL_TR_DMESG_WALL, U,
		  "[error] File does not exist", 0, 0, 0, NONE, "2026-11-20T18:51:21", -1, -1 },
	};

	(void)state;
	ROWS(rows);
	assert_true(one("[Nov20 18:51] first")->line.wall_noyear);
	assert_string_equal("Thu Nov 20 18:51:21 2026", one("[Thu Nov 20 18:51:21 2026] x")->stamp);
}

static void test_plain(void **state)
{
	static const char *const same[] = {
		"rm invoked oom-killer: gfp_mask=0xd0, order=0",
		"Mem-Info:",
		"Node 0 DMA: 1*4kB 0*8kB = 4kB",
		"Killed process 77 (x) total-vm:1kB",
		" active_file:1 inactive_file:2",
		"                              slab_reclaimable:7",
		"[ 1234]     0  1234     99      9  0  0 bash",
		"[    812]  1000   812     99      9  0  0 (sd-pam)",
		"[  pid  ]   uid  tgid total_vm      rss name",
		" [<c01739ac>] ? func+0x1/0x2",
		"[<c01739ac>] func",
		"x[123]: foo",
		"[12345] text",
		"[0.1] one digit is not the kernel's",
		"[c0000001cb163640] [c000000001035754] dump_stack+0xe8/0x164",
		"```",
		"Call Trace:",
		" <TASK>",
		"<TASK>",
		"Hardware name: ACME Inc. Box/1, BIOS 1.0 01/02/2026",
		"12345 total pagecache pages",
		"0 pages in swap cache",
		"Free swap  = 0kB",
		"lowmem_reserve[]: 0 1 2 3",
		"oom_reaper: reaped process 9 (x), now anon-rss:0kB",
		"cache: bt_work, object size: 64",
		"16:  2.5",
		"2026-11 was a month",
		"May the force be with you",
		"Nov 20 is a day",
		"sshd[12]: a tag proves nothing without a stamp",
		"tux kernel: no stamp, an unknown host",
		"{ \"not\": json",
		"{}",
		"- item",
		"Panic#1 Part1",
		"MESSAGE=text",
		"ratio 3 [1.2] and [44.55] not stamps",
		"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		struct ol_framer *f = framer();

		print_message("%s\n", same[i]);
		assert_int_equal(0, ol_framer_push(f, ol_span_str(same[i]), 7, 99, false));
		ol_framer_free(f);
		assert_int_equal(1, n_got);
		assert_string_equal(same[i], got[0].text);
		assert_int_equal(OL_TR_PLAIN, got[0].line.transport);
		assert_int_equal(OL_WRITER_UNKNOWN, got[0].line.writer);
		assert_false(got[0].line.prefixed);
		assert_false(got[0].has_tag);
		assert_int_equal(7, got[0].line.lineno);
		assert_int_equal(99, got[0].line.byte);
		assert_int_equal(-1, got[0].line.facility);
	}
}

static void test_kernel_colon(void **state)
{
	static const struct row rows[] = {
		{ "kernel: rm invoked oom-killer", OL_TR_JOURNAL, K, "rm invoked oom-killer", 0,
		  "kernel", 0, NONE, 0, -1, -1 },
		{ "kernel:  [<ffffffff81000000>] f", OL_TR_JOURNAL, K, " [<ffffffff81000000>] f", 0,
		  "kernel", 0, NONE, 0, -1, -1 },
		{ "kernel: [   12.345678] text", OL_TR_JOURNAL, K, "text", 0, "kernel", 0, 12345678,
		  0, -1, -1 },
		{ "kernel:[   12.345678] text", OL_TR_JOURNAL, K, "text", 0, "kernel", 0, 12345678,
		  0, -1, -1 },
	};

	(void)state;
	ROWS(rows);
}

static void test_syslog(void **state)
{
	static const struct row rows[] = {
		{ "Nov 20 18:51:21 web1 kernel: [12345.678901] text", OL_TR_SYSLOG, K, "text",
		  "web1", "kernel", 0, 12345678901, "1972-11-20T18:51:21", -1, -1 },
		{ "Nov  5 18:51:21 web1 kernel:  [<c01>] f", OL_TR_SYSLOG, K, " [<c01>] f", "web1",
		  "kernel", 0, NONE, "1972-11-05T18:51:21", -1, -1 },
		{ "Nov 05 18:51:21 web1 kernel[0]: Mem-Info:", OL_TR_SYSLOG, K, "Mem-Info:", "web1",
		  "kernel", 0, NONE, "1972-11-05T18:51:21", -1, -1 },
		{ "NOV 05 18:51:21 web1 kernel: text", OL_TR_SYSLOG, K, "text", "web1", "kernel", 0,
		  NONE, "1972-11-05T18:51:21", -1, -1 },
		{ "Feb 29 18:51:21 web1 kernel: leap", OL_TR_SYSLOG, K, "leap", "web1", "kernel", 0,
		  NONE, "1972-02-29T18:51:21", -1, -1 },
		{ "Okt  5 18:51:21 web1 kernel: text", OL_TR_SYSLOG, K, "text", "web1", "kernel", 0,
		  NONE, "1972-10-05T18:51:21", -1, -1 },
		{ "Nov 20 2026 18:51:21 web1 kernel: text", OL_TR_SYSLOG, K, "text", "web1",
		  "kernel", 0, NONE, "2026-11-20T18:51:21", -1, -1 },
		{ "Nov 20 18:51:21 kernel: [    5.000001] no host", OL_TR_SYSLOG, K, "no host", 0,
		  "kernel", 0, 5000001, "1972-11-20T18:51:21", -1, -1 },
		{ "Nov 20 18:51:21 web1 kernel: [    5.000001][  T99]  frame", OL_TR_SYSLOG, K,
		  " frame", "web1", "kernel", "T99", 5000001, "1972-11-20T18:51:21", -1, -1 },
		{ "Nov 20 18:51:21 web1 kernel: [ 812]  0 812 5 5 0 0 sh", OL_TR_SYSLOG, K,
		  "[ 812]  0 812 5 5 0 0 sh", "web1", "kernel", 0, NONE, "1972-11-20T18:51:21", -1,
		  -1 },
		{ "Nov 20 18:51:21 web1 kernel: in:imfile invoked oom-killer: order=0",
		  OL_TR_SYSLOG, K, "in:imfile invoked oom-killer: order=0", "web1", "kernel", 0,
		  NONE, "1972-11-20T18:51:21", -1, -1 },
		{ "Nov 20 18:51:21 web1 kernel: <4>[   1.234567] old klogd", OL_TR_SYSLOG, K,
		  "old klogd", "web1", "kernel", 0, 1234567, "1972-11-20T18:51:21", 0, 4 },
		{ "Nov 20 18:51:21 web1 (kernel): text", OL_TR_SYSLOG, K, "text", "web1",
		  "(kernel)", 0, NONE, "1972-11-20T18:51:21", -1, -1 },
		{ "Nov 20 18:51:21 web1 sshd[812]: Out of memory: Killed process 1 (x)",
		  OL_TR_SYSLOG, U, "Out of memory: Killed process 1 (x)", "web1", "sshd", 0, NONE,
		  "1972-11-20T18:51:21", -1, -1 },
		{ "Nov 20 18:51:21 web1 app: kernel: [    5.000001] forged", OL_TR_SYSLOG, U,
		  "kernel: [    5.000001] forged", "web1", "app", 0, NONE, "1972-11-20T18:51:21",
		  -1, -1 },
		{ "Nov 20 18:51:21 web1 systemd-oomd[5]: Killed /user.slice", OL_TR_SYSLOG, U,
		  "Killed /user.slice", "web1", "systemd-oomd", 0, NONE, "1972-11-20T18:51:21", -1,
		  -1 },
		{ "Nov 20 18:51:21 CRON[77]: (root) CMD (x)", OL_TR_SYSLOG, U, "(root) CMD (x)", 0,
		  "CRON", 0, NONE, "1972-11-20T18:51:21", -1, -1 },
		{ "Nov 20 18:51:21 10.0.0.9 web1 kernel: text", OL_TR_SYSLOG, K, "text", "web1",
		  "kernel", 0, NONE, "1972-11-20T18:51:21", -1, -1 },
		{ "Nov 20 18:51:21 10.0.0.9 Nov 20 18:51:20 web1 kernel: text", OL_TR_SYSLOG, K,
		  "text", "web1", "kernel", 0, NONE, "1972-11-20T18:51:21", -1, -1 },
		{ "Nov 20 18:51:21 fe80::1 kernel: text", OL_TR_SYSLOG, K, "text", "fe80::1",
		  "kernel", 0, NONE, "1972-11-20T18:51:21", -1, -1 },
		{ "Nov 20 18:51:21 web1 kern.warn kernel: [    5.000001] busybox", OL_TR_SYSLOG, K,
		  "busybox", "web1", "kernel", 0, 5000001, "1972-11-20T18:51:21", 0, 4 },
		{ "Nov 20 18:51:21 Node 0 DMA: 1*4kB = 4kB", OL_TR_SYSLOG, Q,
		  "Node 0 DMA: 1*4kB = 4kB", 0, 0, 0, NONE, "1972-11-20T18:51:21", -1, -1 },
		{ "Nov 20 18:51:21 Mem-Info:", OL_TR_SYSLOG, Q, "Mem-Info:", 0, 0, 0, NONE,
		  "1972-11-20T18:51:21", -1, -1 },
		{ "Nov 20 18:51:21 Call Trace:", OL_TR_SYSLOG, Q, "Call Trace:", 0, 0, 0, NONE,
		  "1972-11-20T18:51:21", -1, -1 },
		{ "Nov 20 18:51:21 rm invoked oom-killer: order=0", OL_TR_SYSLOG, Q,
		  "rm invoked oom-killer: order=0", 0, 0, 0, NONE, "1972-11-20T18:51:21", -1, -1 },
		{ "Nov 20 18:51:21 web1 last message repeated 2 times", OL_TR_SYSLOG, Q,
		  "last message repeated 2 times", "web1", 0, 0, NONE, "1972-11-20T18:51:21", -1,
		  -1 },
		{ "Nov 20 18:51:21 web1 kernel: message repeated 3 times: [ [    5.000001] text]",
		  OL_TR_SYSLOG, K, "text", "web1", "kernel", 0, 5000001, "1972-11-20T18:51:21", -1,
		  -1 },
		{ "Nov 20 18:51:21 web1 app[1]: message repeated 3 times: [ hello]", OL_TR_SYSLOG,
		  U, "hello", "web1", "app", 0, NONE, "1972-11-20T18:51:21", -1, -1 },
		{ "<4>Nov 20 18:51:21 web1 kernel: text", OL_TR_SYSLOG, K, "text", "web1", "kernel",
		  0, NONE, "1972-11-20T18:51:21", 0, 4 },
		{ "<30>Nov 20 18:51:21 web1 kernel: forged by facility", OL_TR_SYSLOG, U,
		  "forged by facility", "web1", "kernel", 0, NONE, "1972-11-20T18:51:21", 3, 6 },
		{ "2026-11-20T18:51:21.123456+02:00 web1 kernel: [    5.000001] text", OL_TR_SYSLOG,
		  K, "text", "web1", "kernel", 0, 5000001, "2026-11-20T16:51:21.123456Z", -1, -1 },
		{ "2026-11-20T18:51:21.123456+02:00 web1 app[3]: text", OL_TR_SYSLOG, U, "text",
		  "web1", "app", 0, NONE, "2026-11-20T16:51:21.123456Z", -1, -1 },
		{ "18:51:21 web1 kernel: text", OL_TR_SYSLOG, K, "text", "web1", "kernel", 0, NONE,
		  0, -1, -1 },
		{ "messages-3:Nov 20 18:51:21 web1 kernel: grep -H", OL_TR_OTHER, K, "grep -H",
		  "web1", "kernel", 0, NONE, "1972-11-20T18:51:21", -1, -1 },
		{ "812:Nov 20 18:51:21 web1 kernel: grep -n", OL_TR_SYSLOG, K, "grep -n", "web1",
		  "kernel", 0, NONE, "1972-11-20T18:51:21", -1, -1 },
		{ "web1 | Nov 20 18:51:21 web1 kernel: noise before", OL_TR_OTHER, Q,
		  "noise before", "web1", "kernel", 0, NONE, "1972-11-20T18:51:21", -1, -1 },
		{ "syslog.1:2026-11-20T18:51:21.123456+00:00 web1 kernel: iso", OL_TR_OTHER, K,
		  "iso", "web1", "kernel", 0, NONE, "2026-11-20T18:51:21.123456Z", -1, -1 },
	};

	(void)state;
	ROWS(rows);
	assert_true(one("Nov 20 18:51:21 web1 kernel: x")->line.wall_noyear);
	assert_false(one("2026-11-20T18:51:21+00:00 web1 kernel: x")->line.wall_noyear);
	assert_true(got[0].line.wall_zone);
	assert_string_equal("Nov 20 18:51:21",
			    one("Nov 20 18:51:21 web1 kernel: [1.234567] x")->stamp);

	/* the host that the kernel's lines name is known from then on */
	run("Nov 20 18:51:21 web1 kernel: a\n"
	    "Nov 20 18:51:21 web1 Killed process 9 (x)\n"
	    "Nov 20 18:51:21 web1 Call Trace:\n"
	    "web1 kernel: b\n");
	assert_int_equal(4, n_got);
	assert_string_equal("Killed process 9 (x)", got[1].text);
	assert_string_equal("web1", got[1].host);
	assert_string_equal("Call Trace:", got[2].text);
	assert_string_equal("b", got[3].text);
	assert_int_equal(K, got[3].line.writer);
}

static void test_syslog_hash(void **state)
{
	(void)state;
	run("Nov 20 18:51:21 web1 kernel: active_anon:1#012 active_file:2#011x#012 free:3  ");
	assert_int_equal(3, n_got);
	assert_string_equal("active_anon:1", got[0].text);
	assert_string_equal(" active_file:2\tx", got[1].text);
	assert_string_equal(" free:3", got[2].text);
	assert_false(got[0].line.joined);
	assert_true(got[1].line.joined && got[2].line.joined && got[2].line.ended_blank);
	assert_int_equal(1, got[2].line.lineno);
	assert_string_equal("Comm: x Not tainted 4.15 #212-Ubuntu #03x #040 #7",
			    one("Nov 20 18:51:21 web1 kernel: Comm: x Not tainted 4.15 #212-Ubuntu "
				"#03x #040 #7")
				    ->text);
	assert_string_equal("end#01", one("Nov 20 18:51:21 web1 kernel: end#01")->text);
	assert_string_equal("a#012b", one("[    5.000001] a#012b")->text);
	assert_string_equal("a", one("Nov 20 18:51:21 web1 kernel: a#012")->text);
}

static void test_5424(void **state)
{
	static const struct row rows[] = {
		{ "<4>1 2026-11-20T18:51:21.123456Z web1 kernel - - - [    5.000001] text",
		  OL_TR_SYSLOG5424, K, "text", "web1", "kernel", 0, 5000001,
		  "2026-11-20T18:51:21.123456Z", 0, 4 },
		{ "<165>1 2026-11-20T18:51:21Z web1 app 812 ID47 [a@1 k=\"v\\\"]\"][b@2] "
		  "\357\273\277text",
		  OL_TR_SYSLOG5424, U, "text", "web1", "app", 0, NONE, "2026-11-20T18:51:21Z", 20,
		  5 },
		{ "<6>1 - - kernel - - -", OL_TR_SYSLOG5424, K, "", 0, "kernel", 0, NONE, 0, 0, 6 },
		{ "<14>1 2026-11-20T18:51:21Z web1 kernel - - - forged", OL_TR_SYSLOG5424, U,
		  "forged", "web1", "kernel", 0, NONE, "2026-11-20T18:51:21Z", 1, 6 },
	};

	(void)state;
	ROWS(rows);
}

static void test_journal(void **state)
{
	static const struct row rows[] = {
		{ "Nov 20 18:51:21.123456 web1 kernel: text", OL_TR_JOURNAL, K, "text", "web1",
		  "kernel", 0, NONE, "1972-11-20T18:51:21.123456", -1, -1 },
		{ "2026-11-20T18:51:21+0000 web1 kernel: text", OL_TR_JOURNAL, K, "text", "web1",
		  "kernel", 0, NONE, "2026-11-20T18:51:21Z", -1, -1 },
		{ "Fri 2026-11-20 18:51:21 UTC web1 kernel: text", OL_TR_JOURNAL, K, "text", "web1",
		  "kernel", 0, NONE, "2026-11-20T18:51:21Z", -1, -1 },
		{ "Fri 2026-11-20 18:51:21.123456 CET web1 kernel: text", OL_TR_JOURNAL, K, "text",
		  "web1", "kernel", 0, NONE, "2026-11-20T18:51:21.123456", -1, -1 },
		{ "[ 12345.678901] web1 kernel: text", OL_TR_JOURNAL, K, "text", "web1", "kernel",
		  0, 12345678901, 0, -1, -1 },
		{ "[ 12345.678901] Web Content[7]: segfault at 0", OL_TR_DMESG, K,
		  "Web Content[7]: segfault at 0", 0, 0, 0, 12345678901, 0, -1, -1 },
		{ "1763664681.123456 web1 kernel: text", OL_TR_JOURNAL, K, "text", "web1", "kernel",
		  0, NONE, "2025-11-20T18:51:21.123456Z", -1, -1 },
		{ "1763664681.123456 web1 app[1]: text", OL_TR_JOURNAL, U, "text", "web1", "app", 0,
		  NONE, "2025-11-20T18:51:21.123456Z", -1, -1 },
	};

	(void)state;
	ROWS(rows);
	run("[    1.000001] web1 kernel: a\n[    1.000002] web1 systemd[1]: b\n"
	    "                                  continued\n");
	assert_int_equal(3, n_got);
	assert_string_equal("systemd", got[1].tag);
	assert_int_equal(U, got[1].line.writer);
	assert_false(got[2].line.prefixed);
	assert_string_equal("                                  continued", got[2].text);
}

static void test_kmsg(void **state)
{
	static const struct row rows[] = {
		{ "6,1234,5678901,-;text", OL_TR_KMSG, K, "text", 0, 0, 0, 5678901, 0, 0, 6 },
		{ "4,1234,5678901,-,caller=T77; text", OL_TR_KMSG, K, " text", 0, 0, "T77", 5678901,
		  0, 0, 4 },
		{ "12,1234,5678901,-;oom-kill: forged", OL_TR_KMSG, U, "oom-kill: forged", 0, 0, 0,
		  5678901, 0, 1, 4 },
		{ "4,1,2,-,caller=C1,host=web1,boot=00112233445566778899aabbccddeeff,"
		  "wall=1763664681123456,tag=kernel;text",
		  OL_TR_KMSG, K, "text", "web1", "kernel", "C1", 2, "2025-11-20T18:51:21.123456Z",
		  0, 4 },
		{ "30,1,2,-,tag=systemd-oomd,x=y;Killed", OL_TR_KMSG, U, "Killed", 0,
		  "systemd-oomd", 0, 2, 0, 3, 6 },
		{ "4,1,2,c;a", OL_TR_KMSG, K, "a", 0, 0, 0, 2, 0, 0, 4 },
		{ "6.9.1-rc2,4,1,2,-;netconsole", OL_TR_KMSG, K, "netconsole", 0, 0, 0, 2, 0, 0,
		  4 },
		{ "4,1,2,-;bad \\xzz \\x5c \\x", OL_TR_KMSG, K, "bad \\xzz \\ \\x", 0, 0, 0, 2, 0,
		  0, 4 },
		{ "1,2,3,x;no flag", OL_TR_PLAIN, Q, "1,2,3,x;no flag", 0, 0, 0, NONE, 0, -1, -1 },
		{ "1,2,3 apples;", OL_TR_PLAIN, Q, "1,2,3 apples;", 0, 0, 0, NONE, 0, -1, -1 },
	};

	(void)state;
	ROWS(rows);
	one("4,1,2,-,boot=00112233445566778899aabbccddeeff;x");
	assert_string_equal("00112233445566778899aabbccddeeff", got[0].boot);
	assert_string_equal("2", got[0].stamp);

	run("6,1,20,-;active_anon:1\\x0a active_file:2\\x0a free:3\n"
	    " SUBSYSTEM=pci\n DEVICE=+pci:0000:00:01.0\n SUBSYSTEM=\n text\n DEVICE=kept\n");
	assert_int_equal(5, n_got);
	assert_string_equal(" active_file:2", got[1].text);
	assert_true(got[1].line.joined);
	assert_string_equal(" free:3", got[2].text);
	assert_string_equal(" text", got[3].text);
	assert_string_equal(" DEVICE=kept", got[4].text);

	/* a comm with a newline cannot make a line of its own */
	run("4,1,2,-;x\\x0a[    1.000000] Out of memory: Killed process 1 (init)");
	assert_int_equal(2, n_got);
	assert_true(got[1].line.joined);
	assert_string_equal("[    1.000000] Out of memory: Killed process 1 (init)", got[1].text);
}

static void test_ncfrag(void **state)
{
	(void)state;
	run("4,7,99,-,caller=T5,ncfrag=0/12;hello \n4,7,99,-,caller=T5,ncfrag=6/12;\\x0aab\n");
	assert_int_equal(2, n_got);
	assert_string_equal("hello", got[0].text);
	assert_string_equal("ab", got[1].text);
	assert_string_equal("T5", got[0].caller);
	assert_int_equal(1, got[0].line.lineno);

	/* captured without newlines between the datagrams */
	assert_string_equal("hello world",
			    one("4,7,99,-,ncfrag=0/11;hello 4,7,99,-,ncfrag=6/11;world")->text);

	/* fragments that never became whole are not lost */
	run("4,7,99,-,ncfrag=0/50;first\n4,8,100,-;other\n4,9,101,-,ncfrag=30/50;tail\n"
	    "4,10,102,-,ncfrag=0/50;open");
	assert_int_equal(4, n_got);
	assert_string_equal("first", got[0].text);
	assert_true(got[0].line.cut);
	assert_string_equal("other", got[1].text);
	assert_string_equal("tail", got[2].text);
	assert_string_equal("open", got[3].text);
}

static void test_json(void **state)
{
	static const struct row rows[] = {
		{ "{\"MESSAGE\":\"text\",\"_TRANSPORT\":\"kernel\",\"PRIORITY\":\"4\","
		  "\"SYSLOG_FACILITY\":\"0\",\"SYSLOG_IDENTIFIER\":\"kernel\","
		  "\"_HOSTNAME\":\"web1\","
		  "\"_SOURCE_MONOTONIC_TIMESTAMP\":\"5678901\","
		  "\"__MONOTONIC_TIMESTAMP\":\"5678999\","
		  "\"__REALTIME_TIMESTAMP\":\"1763664681123456\"}",
		  OL_TR_JOURNAL_JSON, K, "text", "web1", "kernel", 0, 5678901,
		  "2025-11-20T18:51:21.123456Z", 0, 4 },
		{ "{\"MESSAGE\":[79,111,109,32,7],\"_TRANSPORT\":\"kernel\"},", OL_TR_JOURNAL_JSON,
		  K, "Oom \a", 0, 0, 0, NONE, 0, -1, -1 },
		{ "{\"MESSAGE\":\"x\",\"_TRANSPORT\":\"kernel\",\"SYSLOG_FACILITY\":\"1\"}",
		  OL_TR_JOURNAL_JSON, U, "x", 0, 0, 0, NONE, 0, 1, -1 },
		{ "{\"MESSAGE\":\"x\",\"_TRANSPORT\":\"syslog\",\"SYSLOG_IDENTIFIER\":\"kernel\"}",
		  OL_TR_JOURNAL_JSON, U, "x", 0, "kernel", 0, NONE, 0, -1, -1 },
		{ "{\"MESSAGE\":\"x\",\"SYSLOG_IDENTIFIER\":\"kernel\"}", OL_TR_JOURNAL_JSON, K,
		  "x", 0, "kernel", 0, NONE, 0, -1, -1 },
		{ "{\"pri\":4,\"time\":12.345678,\"caller\":\"T9\",\"msg\":\"text\"}", OL_TR_DMESG,
		  K, "text", 0, 0, "T9", 12345678, 0, 0, 4 },
		{ "{\"fac\":\"user\",\"pri\":\"warn\",\"time\":12.345678,\"msg\":\"text\"}",
		  OL_TR_DMESG, U, "text", 0, 0, 0, 12345678, 0, 1, 4 },
		{ "{\"log\":\"[   12.345678] text\\n\",\"stream\":\"stdout\","
		  "\"time\":\"2026-11-20T18:51:21.123456789Z\"}",
		  OL_TR_DOCKER_JSON, Q, "text", 0, 0, 0, 12345678, "2026-11-20T18:51:21.123456Z",
		  -1, -1 },
		{ "{\"@timestamp\":\"x\",\"message\":\"Nov 20 18:51:21 web1 kernel: text\"}",
		  OL_TR_OTHER, Q, "text", "web1", "kernel", 0, NONE, "1972-11-20T18:51:21", -1,
		  -1 },
		{ "{\"a\":1}", OL_TR_PLAIN, Q, "{\"a\":1}", 0, 0, 0, NONE, 0, -1, -1 },
		{ "{\"MESSAGE\":null}", OL_TR_PLAIN, Q, "{\"MESSAGE\":null}", 0, 0, 0, NONE, 0, -1,
		  -1 },
	};

	(void)state;
	ROWS(rows);
	run("{\"MESSAGE\":\"a\\n b\",\"_TRANSPORT\":\"kernel\",\"_BOOT_ID\":\"beef\"}");
	assert_int_equal(2, n_got);
	assert_string_equal(" b", got[1].text);
	assert_true(got[1].line.joined);
	assert_string_equal("beef", got[1].boot);

	/* docker's partial lines, one per stream */
	run("{\"log\":\"aa\",\"stream\":\"stdout\",\"time\":\"2026-11-20T18:51:21Z\"}\n"
	    "{\"log\":\"err\\n\",\"stream\":\"stderr\",\"time\":\"2026-11-20T18:51:21Z\"}\n"
	    "{\"log\":\"bb\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-20T18:51:22Z\"}\n"
	    "{\"log\":\"left\",\"stream\":\"stdout\",\"time\":\"2026-11-20T18:51:23Z\"}\n");
	assert_int_equal(3, n_got);
	assert_string_equal("err", got[0].text);
	assert_string_equal("aabb", got[1].text);
	assert_int_equal(1, got[1].line.lineno);
	assert_string_equal("left", got[2].text);
	assert_true(got[2].line.cut);
}

static void test_dmesg_json(void **state)
{
	(void)state;
	run("{\n   \"dmesg\": [\n      {\n         \"pri\": 12,\n         \"time\":     0.500000,\n"
	    "         \"caller\": \"T7\",\n         \"msg\": \"a \\\"b\\\"\\n c\"\n      },{\n"
	    "         \"pri\": 4,\n         \"time\": 1.5,\n         \"msg\": \"second\"\n"
	    "      }\n   ]\n}\n");
	assert_int_equal(5, n_got);
	assert_string_equal("a \"b\"", got[1].text);
	assert_string_equal("T7", got[1].caller);
	assert_int_equal(U, got[1].line.writer);
	assert_int_equal(500000, got[1].line.mono_us);
	assert_string_equal(" c", got[2].text);
	assert_string_equal("second", got[3].text);
	assert_int_equal(K, got[3].line.writer);
	assert_int_equal(1500000, got[3].line.mono_us);
	assert_int_equal(0, got[3].line.facility);
	assert_string_equal("", got[3].caller);
}

static void test_export(void **state)
{
	static const char bin[] = "__CURSOR=s=1\n__REALTIME_TIMESTAMP=1763664681123456\n"
				  "_SOURCE_MONOTONIC_TIMESTAMP=42\n_BOOT_ID=beef\nPRIORITY=4\n"
				  "SYSLOG_FACILITY=0\n_HOSTNAME=web1\nSYSLOG_IDENTIFIER=kernel\n"
				  "MESSAGE\n\x0a\0\0\0\0\0\0\0one\n two\nx\n_TRANSPORT=kernel\n"
				  "OTHER\n\x03\0\0\0\0\0\0\0\n\n\n\n\n"
				  "__CURSOR=s=2\nMESSAGE=plain\n_TRANSPORT=syslog\n\n"
				  "[    1.000001] after\n";

	(void)state;
	run_n(bin, sizeof(bin) - 1);
	assert_int_equal(5, n_got);
	assert_string_equal("one", got[0].text);
	assert_string_equal(" two", got[1].text);
	assert_string_equal("x", got[2].text);
	assert_int_equal(OL_TR_JOURNAL_EXPORT, got[0].line.transport);
	assert_int_equal(K, got[0].line.writer);
	assert_int_equal(42, got[0].line.mono_us);
	assert_string_equal("2025-11-20T18:51:21.123456Z", got[0].wall);
	assert_string_equal("web1", got[0].host);
	assert_string_equal("kernel", got[0].tag);
	assert_string_equal("beef", got[0].boot);
	assert_int_equal(1, got[0].line.lineno);
	assert_string_equal("plain", got[3].text);
	assert_int_equal(U, got[3].line.writer);
	assert_string_equal("after", got[4].text);

	/* a record that is none: its lines come back as text */
	run("__CURSOR=x\nMESSAGE=m\nnot a field\n[    1.000001] t");
	assert_int_equal(3, n_got);
	assert_string_equal("m", got[0].text);
	assert_string_equal("not a field", got[1].text);
	assert_string_equal("t", got[2].text);
	/* an open record at the end */
	assert_string_equal("m", one("__CURSOR=x\nMESSAGE=m")->text);
}

static void test_wrappers(void **state)
{
	static const struct row rows[] = {
		{ "Feb 28 23:35:21 [kernel] [1772321.850644] text", OL_TR_METALOG, K, "text", 0,
		  "kernel", 0, 1772321850644, "1972-02-28T23:35:21", -1, -1 },
		{ "Feb 28 23:35:21 [sshd] text", OL_TR_METALOG, U, "text", 0, "sshd", 0, NONE,
		  "1972-02-28T23:35:21", -1, -1 },
		{ "Feb 28 23:35:21 [ 812]  0 812 5 sh", OL_TR_SYSLOG, Q, "[ 812]  0 812 5 sh", 0, 0,
		  0, NONE, "1972-02-28T23:35:21", -1, -1 },
		{ "Sat Jan 27 00:14:32 2024 kern.warn kernel: [  795.390001] text", OL_TR_OPENWRT,
		  K, "text", 0, "kernel", 0, 795390001, "2024-01-27T00:14:32", 0, 4 },
		{ "Sat Jan 27 00:14:32 2024 kern.info kernel: [  795.39] [ 10] 0 10 sh",
		  OL_TR_OPENWRT, K, "[ 10] 0 10 sh", 0, "kernel", 0, 795390000,
		  "2024-01-27T00:14:32", 0, 6 },
		{ "Sat Jan 27 00:14:32 2024 daemon.notice netifd: text", OL_TR_OPENWRT, U, "text",
		  0, "netifd", 0, NONE, "2024-01-27T00:14:32", 3, 5 },
		{ "Sat Jan 27 00:14:32 2024 [1706314472.123] kern.err kernel: text", OL_TR_OPENWRT,
		  K, "text", 0, "kernel", 0, NONE, "2024-01-27T00:14:32", 0, 3 },
		{ "2026-11-20T18:51:21.123456789Z stdout F text", OL_TR_CRI, Q, "text", 0, 0, 0,
		  NONE, "2026-11-20T18:51:21.123456Z", -1, -1 },
		{ "2026-11-20T18:51:21.123456789Z stderr F [    5.000001] text", OL_TR_CRI, Q,
		  "text", 0, 0, 0, 5000001, "2026-11-20T18:51:21.123456Z", -1, -1 },
		{ "I0102 15:04:05.000000    1 log_monitor.go:160] kernel: [    5.000001] text",
		  OL_TR_OTHER, Q, "text", 0, "kernel", 0, 5000001, "1972-01-02T15:04:05", -1, -1 },
		{ "E1120 15:04:05.000000   12 oom.go:1] something else", OL_TR_OTHER, U,
		  "something else", 0, 0, 0, NONE, "1972-11-20T15:04:05", -1, -1 },
		{ "2026-06-04 17:51:20.928398+0200 0x1f0f  Default  0x0  73  0  vm.hyper: "
		  "[47517.500417] Task in /a",
		  OL_TR_OTHER, Q, "Task in /a", 0, 0, 0, 47517500417, "2026-06-04T15:51:20.928398Z",
		  -1, -1 },
		{ "[2026-06-04 17:51:20] [   21.6] text", OL_TR_OTHER, K, "text", 0, 0, 0, 21600000,
		  "2026-06-04T17:51:20", -1, -1 },
		{ "[2026-06-04T17:51:20.5Z] some program", OL_TR_OTHER, Q, "some program", 0, 0, 0,
		  NONE, "2026-06-04T17:51:20.500000Z", -1, -1 },
		{ "2026-11-20T18:51:21.000Z Nov 20 18:51:21 ip-10-0-0-1 kernel: [    5.000001] aws",
		  OL_TR_SYSLOG, K, "aws", "ip-10-0-0-1", "kernel", 0, 5000001,
		  "2026-11-20T18:51:21Z", -1, -1 },
		{ "box login: [   35.200001] text", OL_TR_DMESG, Q, "text", 0, 0, 0, 35200001, 0,
		  -1, -1 },
		{ "Creating journal: [   34.739137] mkfs invoked oom-killer", OL_TR_DMESG, Q,
		  "mkfs invoked oom-killer", 0, 0, 0, 34739137, 0, -1, -1 },
		{ "\r\n", OL_TR_PLAIN, Q, "", 0, 0, 0, NONE, 0, -1, -1 },
	};

	(void)state;
	ROWS(rows);
	run("2026-11-20T18:51:21Z stdout P aa\n2026-11-20T18:51:22Z stdout P bb\n"
	    "2026-11-20T18:51:23Z stdout F cc\n");
	assert_int_equal(1, n_got);
	assert_string_equal("aabbcc", got[0].text);
	assert_string_equal("2026-11-20T18:51:21Z", got[0].wall);
	/* the joined text is a part as well: it lies where it would be joined */
	run("2026-11-20T18:51:21Z stdout P 2026-11-20T18:51:21Z std\n"
	    "2026-11-20T18:51:22Z stdout F out P aa\n");
	assert_int_equal(1, n_got);
	assert_string_equal("aa", got[0].text);
	run("Panic#1 Part1\n<4>[    5.000001] text\n");
	assert_int_equal(2, n_got);
	assert_string_equal("text", got[1].text);
}

static void test_dirt(void **state)
{
	const struct got *g;

	(void)state;
	assert_string_equal("text",
			    one("\033[32m[   12.345678] \033[0m\033[1mtext\033[0m\r")->text);
	assert_int_equal(12345678, got[0].line.mono_us);
	assert_string_equal("text", one("\033]0;title\a[   12.345678] te\033(Bxt")->text);
	assert_string_equal(
		"<TASK> & \"x\" &unknown; &",
		one("[   12.345678] &lt;TASK&gt; &amp; &quot;x&quot; &unknown; &")->text);
	g = one("&lt;4&gt;[   12.345678]&nbsp;\302\240text\302\240");
	assert_string_equal(" text", g->text);
	assert_int_equal(4, g->line.level);
	assert_true(g->line.ended_blank);
	run_n("\0\0[   12.3\0"
	      "45678] a\0b",
	      22);
	assert_string_equal("ab", got[0].text);
	assert_string_equal("text", one("\r[   12.345678] text\r\r")->text);
	assert_string_equal("text", one("\357\273\277[   12.345678] text")->text);
	g = one("[   12.345678] a\tb  \t ");
	assert_string_equal("a\tb", g->text);
	assert_true(g->line.ended_blank);
	assert_false(one("[   12.345678] a")->line.ended_blank);
	/* an ESC that starts nothing, at the end too */
	assert_string_equal("a", one("a\033")->text);
	assert_string_equal("a[99", one("a\033[99")->text);
}

static void test_quotes(void **state)
{
	static const char *const marks[] = {
		"> ", ">> ", "> > ", ">>>>> ", ">", " > ", "> >     "
	};
	const struct got *g;

	(void)state;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		char line[80];

		snprintf(line, sizeof(line), "%s[   12.345678]  text", marks[i]);
		g = one(line);
		assert_string_equal(" text", g->text);
		assert_true(g->line.quoted);
	}
	g = one(">  active_file:1");
	assert_string_equal(" active_file:1", g->text);
	assert_false(g->line.prefixed);
	assert_true(g->line.quoted);
	assert_false(one("a > b")->line.quoted);

	/* mail that was filled again: stamps in mid-line, and broken stamps */
	run("> Mar 16 21:40:40 web1 kernel: rm invoked oom-killer:\n"
	    "> order=2 Mar 16 21:40:40 web1 kernel: CPU:\n"
	    "> 0 Not tainted Mar 16 21:40:40\n"
	    "> web1 kernel: free:1 Mar 16\n"
	    "> 21:40:40 web1 kernel: Mem-Info: Mar 16 21:40:40 web1 kernel: DMA per-cpu:\n");
	assert_int_equal(7, n_got);
	assert_string_equal("order=2", got[1].text);
	assert_false(got[1].line.prefixed);
	assert_string_equal("CPU:", got[2].text);
	assert_true(got[2].line.joined && got[2].line.prefixed);
	assert_string_equal("0 Not tainted", got[3].text);
	assert_string_equal("free:1", got[4].text);
	assert_string_equal("Mem-Info:", got[5].text);
	assert_string_equal("DMA per-cpu:", got[6].text);
}

/* Hostile lines: nothing here may be slow or read past its end. */
static void test_long(void **state)
{
	static const char *const units[] = { "[",
					     " ",
					     "> ",
					     "[ ",
					     "[1.234567",
					     "&lt;",
					     "\033[",
					     "#01",
					     "\\x0",
					     "\302",
					     " kernel:",
					     "\033]",
					     "{\"a\":",
					     "1,",
					     "Nov ",
					     "[<",
					     "[Nov",
					     "a:",
					     "Mar 16 21:40:40 kernel:" };
	size_t n = (size_t)1 << 20;
	char *line = malloc(n + 16);

	(void)state;
	assert_non_null(line);
	for (size_t u = 0; u < sizeof(units) / sizeof(units[0]); u++) {
		static const char *const heads[] = { "", "> ", "4,1,2,-;",
						     "Nov 20 18:51:21 w kernel: ",
						     "2026-11-20T18:51:21Z stdout P " };
		for (size_t h = 0; h < sizeof(heads) / sizeof(heads[0]); h++) {
			struct ol_framer *f = ol_framer_new(NULL, NULL);
			size_t k = strlen(heads[h]), m = strlen(units[u]);

			ol_framer_free(f);
			f = framer();
			memcpy(line, heads[h], k);
			for (size_t i = k; i < n; i++)
				line[i] = units[u][(i - k) % m];
			sink_rc = -5; /* one message is enough */
			ol_framer_push(f, ol_span(line, n), 1, 0, false);
			n_got = 0;
			ol_framer_flush(f);
			ol_framer_free(f);
		}
	}
	free(line);
}

static void test_sink_stops(void **state)
{
	struct ol_framer *f = framer();

	(void)state;
	sink_rc = -7;
	assert_int_equal(-7, ol_framer_push(f, OL_SPAN("[   12.345678] a"), 1, 0, false));
	assert_int_equal(-7, ol_framer_push(f, OL_SPAN("4,1,2,-;a\\x0ab"), 1, 0, false));
	assert_int_equal(2, n_got);
	ol_framer_free(f);
	ol_framer_free(NULL);
	for (int t = 0; t < OL_TR_MAX; t++)
		assert_non_null(ol_transport_name((enum ol_transport)t));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dmesg),  cmocka_unit_test(test_dmesg_wall),
		cmocka_unit_test(test_plain),  cmocka_unit_test(test_kernel_colon),
		cmocka_unit_test(test_syslog), cmocka_unit_test(test_syslog_hash),
		cmocka_unit_test(test_5424),   cmocka_unit_test(test_journal),
		cmocka_unit_test(test_kmsg),   cmocka_unit_test(test_ncfrag),
		cmocka_unit_test(test_json),   cmocka_unit_test(test_dmesg_json),
		cmocka_unit_test(test_export), cmocka_unit_test(test_wrappers),
		cmocka_unit_test(test_dirt),   cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_long),   cmocka_unit_test(test_sink_stops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
