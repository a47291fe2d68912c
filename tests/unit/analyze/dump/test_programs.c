// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "analyze/dump/dump_impl.h"
#include "analyze/dump/scan.h"

/* Each row of programs.def by its own example, and who must not be taken for the program. */

enum proof { PHRASE, TAG, AFTER, ANYWHERE, DRIVER };
#define KILLS   OL_SAYS_KILLS
#define REPORTS OL_SAYS_REPORTS
#define REASON  OL_SAYS_REASON
#define NAMES   OL_SAYS_NAMES

static const struct row {
	const char *who, *example, *tells;
	enum ol_says does;
	enum proof proof;
} rows[] = {
#define OL_PROGRAM(who, does, proof, phrase, also, decode, example, tells, marks) \
	{ who, example, tells, does, proof },
#include "analyze/dump/programs.def"
#undef OL_PROGRAM
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static struct ol_line line_by(const char *tag, enum ol_writer writer, const char *text)
{
	struct ol_line l;

	memset(&l, 0, sizeof(l));
	l.text = l.raw = ol_span_str(text);
	l.tag = ol_span_str(tag);
	l.prefixed = tag != NULL;
	l.writer = writer;
	l.mono_us = l.wall_us = OL_TIME_NONE;
	return l;
}

static int program_of(const char *tag, enum ol_writer writer, const char *text)
{
	struct ol_line l = line_by(tag, writer, text);
	struct ol_span host;

	return ol_program_of(&l, l.text, &host);
}

static struct ol_oom_event event(void)
{
	struct ol_oom_event e;

	memset(&e, 0, sizeof(e));
	ol_arena_init(&e.arena, 1 << 20);
	return e;
}

static void tell(char *to, const char *key, struct ol_span s)
{
	if (s.p)
		sprintf(to + strlen(to), "%s%s=%.*s", *to ? " " : "", key, OL_SPAN_ARG(s));
}

static void tell_val(char *to, const char *key, struct ol_val v)
{
	char number[32];

	snprintf(number, sizeof(number), "%lld", (long long)v.v);
	if (v.set)
		tell(to, key, ol_span_str(number));
}

/* Every "key=value" of @tells is among what came out; the values may have blanks. */
static void compare(const struct row *r, const struct ol_oom_event *e)
{
	const struct ol_container *c = &e->container;
	const char *want = r->tells;
	char got[1000] = "";

	if (e->victims.n) {
		tell_val(got, "pid", e->victims.v[0].pid);
		tell(got, "comm", e->victims.v[0].comm.s);
		tell_val(got, "uid", e->victims.v[0].uid);
		tell_val(got, "score", e->victims.v[0].score);
		tell_val(got, "rss_kb", e->victims.v[0].rss_kb);
	}
	tell(got, "cgroup", e->task_memcg.s);
	tell(got, "pod", c->pod_name);
	tell(got, "ns", c->namespace);
	tell(got, "cname", c->container_name);
	tell(got, "name", c->name);
	tell(got, "id", c->id);
	if (strcmp(got, want) != 0)
		fail_msg("%s: '%s' tells '%s', not '%s'", r->who, r->example, got, want);
}

static void test_examples(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		const struct row *r = &rows[i];
		struct ol_oom_event e = event();
		struct ol_span text = ol_span_str(r->example);
		int p = program_of(r->who, OL_WRITER_USER, r->example);

		if (p < 0 || !ol_span_eqs(ol_program_who(p), r->who) ||
		    ol_program_says(p) != r->does)
			fail_msg("%s: '%s' is row %d", r->who, r->example, p);
		/* found at a glance, where nothing else leads to it */
		if (r->does <= OL_SAYS_REPORTS)
			assert_true(ol_scan(OL_SCAN_EVENT, text.p, text.n) < text.n);
		assert_true(ol_scan(OL_SCAN_SAID, text.p, text.n) < text.n);
		if (r->does == OL_SAYS_NAMES || r->does == OL_SAYS_REASON)
			ol_program_facts((int)i, &e, text, 7);
		else
			ol_program_decode((int)i, &e, text, 7);
		compare(r, &e);
		ol_arena_done(&e.arena);
	}
}

/* Who quotes a program is not that program. */
static void test_proof(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		const struct row *r = &rows[i];
		bool other = program_of("myapp", OL_WRITER_USER, r->example) >= 0;
		bool plain = program_of(NULL, OL_WRITER_UNKNOWN, r->example) >= 0;
		char named[600];

		if (other != (r->proof == ANYWHERE))
			fail_msg("%s: '%s' by another program", r->who, r->example);
		if (plain != (r->proof != TAG))
			fail_msg("%s: '%s' by nobody", r->who, r->example);
		/* the kernel prints none of these but its drivers' */
		assert_true((program_of(NULL, OL_WRITER_KERNEL, r->example) >= 0) ==
			    (r->proof == DRIVER));
		snprintf(named, sizeof(named), "web1 %s[77]: %s", r->who, r->example);
		assert_true(program_of(NULL, OL_WRITER_KERNEL, named) >= 0);
		snprintf(named, sizeof(named), "a b %s[77]: %s", r->who, r->example);
		if (program_of(NULL, OL_WRITER_KERNEL, named) != -1)
			fail_msg("%s", named);
		snprintf(named, sizeof(named), "I %s: %s", r->who, r->example);
		assert_true(program_of(NULL, OL_WRITER_UNKNOWN, named) >= 0);
	}
}

static void test_not_one(void **state)
{
	static const char *const texts[] = {
		"A process of this unit was stopped",
		"sending SIGHUP to the workers",
		"pod mill/loom is not evicted",
		"The node was low on resource: ephemeral-storage. Threshold quantity: 1Gi",
		"Killed /bin/sleep due to a timeout",
		"TaskOOMScore set",
		"memory limit (4096) set",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (program_of(NULL, OL_WRITER_UNKNOWN, texts[i]) >= 0)
			fail_msg("%s", texts[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_proof),
		cmocka_unit_test(test_not_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
