// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "export/explain.h"
#include "lib/clock.h"

static char text[1 << 16];

static const char *text_of(const struct ol_incident *in, struct ol_text_opts opts)
{
	struct ol_out o;

	ol_out_init(&o, -1);
	o.ascii = !opts.utf8;
	ol_incident_text(&o, in, &opts);
	assert_int_equal(o.err, 0);
	assert_true(o.n < sizeof(text));
	if (o.n)
		memcpy(text, o.buf, o.n);
	text[o.n] = 0;
	ol_out_done(&o);
	return text;
}

static struct ol_val val(int64_t v)
{
	return (struct ol_val){ .v = v, .line = 1, .set = true };
}

static void incident(struct ol_incident *in)
{
	*in = (struct ol_incident){
		.family = OL_IF_MEMCG,
		.host = OL_SPAN("node7"),
		.cgroup = OL_SPAN("/system.slice/foo.service"),
		.first_file = OL_SPAN("messages"),
		.events = 12,
		.kills = 14,
		.last_line = 900,
		.n_victims = 2,
	};
	in->first = (struct ol_incident_moment){
		.mono_us = OL_TIME_NONE,
		.wall_us = ol_time_us(2026, 11, 20, 18, 51, 21, 0),
		.wall_zone = true,
		.line = 3,
		.usage_kb = val(1048576),
		.failcnt = val(10),
		.free_kb = val(5),
	};
	in->last = in->first;
	in->last.wall_us += INT64_C(629000000);
	in->last.usage_kb = val(1048576 - 1024);
	in->last.failcnt = val(110);
	in->last.free_kb = val(6);
	in->victims[0] = (struct ol_incident_victim){ OL_SPAN("java"), 11, 11264, true };
	in->victims[1] = (struct ol_incident_victim){ { NULL, 0 }, 3, 0, false };
	in->text = "THE FIRST\n";
	in->text_n = 10;
}

static void test_one_incident(void **state)
{
	struct ol_incident in;

	(void)state;
	incident(&in);
	assert_string_equal(
		text_of(&in, (struct ol_text_opts){ .width = 100 }),
		"12 times out of memory, 14 processes killed in 10 min 29 s because foo.service "
		"reached its limit:\n"
		"one incident. The first of them:\n"
		"\n"
		"THE FIRST\n"
		"\n"
		"All of them: 12 times out of memory, 14 processes killed in 10 min 29 s\n"
		"\n"
		"  from       2026-11-20 18:51:21 to 19:01:50 UTC, host node7\n"
		"  changed    charged to the cgroup 1.00 GiB -> 1023 MiB, limit hit 100 times "
		"more\n"
		"  log        messages:3-900\n"
		"\n"
		"  killed                       times        memory      each time\n"
		"  java                            11      11.0 MiB      1.00 MiB\n"
		"  (not named)                      3\n");
}

static void test_one_event(void **state)
{
	struct ol_incident in;

	(void)state;
	incident(&in);
	in.events = 1;
	assert_string_equal(text_of(&in, (struct ol_text_opts){ 0 }), "THE FIRST\n");
	in.reports = 2;
	in.reporters[0] = OL_SPAN("systemd");
	in.reporters[1] = OL_SPAN("a b");
	in.n_reporters = 2;
	assert_string_equal(text_of(&in, (struct ol_text_opts){ 0 }),
			    "THE FIRST\n\n  reported   2 messages by systemd, \"a b\"\n");
	in.text = NULL;
	text_of(&in, (struct ol_text_opts){ 0 });
}

static void test_kinds(void **state)
{
	struct ol_incident in;

	(void)state;
	incident(&in);
	in.family = OL_IF_FAILURE;
	in.order = 4;
	assert_non_null(
		strstr(text_of(&in, (struct ol_text_opts){ .width = 150 }),
		       "12 failed or delayed allocations in 10 min 29 s, each of order 4: "));
	in.family = OL_IF_MACHINE;
	in.cause = OL_CAUSE_ANON_NO_SWAP;
	in.kills = 12;
	in.last.free_kb = val(2048);
	in.last_file = "messages.1";
	in.last_file_n = 10;
	in.copies = 3;
	assert_non_null(strstr(text_of(&in, (struct ol_text_opts){ .width = 150 }),
			       "12 kills in 10 min 29 s because the machine's memory was full: "));
	assert_non_null(strstr(text, "\n  changed    free 5 KiB -> 2.00 MiB\n"));
	assert_non_null(strstr(text, "\n  log        messages:3 to messages.1:900\n"));
	assert_non_null(
		strstr(text, "\n  copies     3 of these are in the input more than once\n"));
	in.family = OL_IF_USERSPACE;
	in.who = OL_SPAN("systemd-oomd");
	assert_non_null(strstr(text_of(&in, (struct ol_text_opts){ .width = 150 }),
			       "12 kills in 10 min 29 s by systemd-oomd: "));
	in.family = OL_IF_MEMCG;
	in.cgroup = (struct ol_span){ NULL, 0 };
	in.first.wall_us = OL_TIME_NONE;
	in.text = NULL;
	text_of(&in, (struct ol_text_opts){ .width = 150 });
	assert_non_null(strstr(text, "12 kills because a memory cgroup reached its limit: "));
	assert_non_null(strstr(text, "--events shows it"));
}

static void test_many_victims_and_hostile_ones(void **state)
{
	const struct ol_span evil = OL_SPAN("\x1b[2J\n\r\xff\xe2\x80\xae\"");
	struct ol_incident in;

	(void)state;
	incident(&in);
	in.host = in.cgroup = in.first_file = in.who = in.reporters[0] = evil;
	in.n_reporters = 1;
	in.reports = UINT64_MAX;
	in.n_victims = OL_INCIDENT_COMMS;
	for (unsigned i = 0; i < OL_INCIDENT_COMMS; i++)
		in.victims[i] = (struct ol_incident_victim){ evil, 7, UINT64_MAX, true };
	in.others = (struct ol_incident_victim){ .count = 5 };
	for (int f = 0; f <= OL_IF_USERSPACE; f++) {
		in.family = (enum ol_incident_family)f;
		text_of(&in, (struct ol_text_opts){ .width = 100 });
		for (const char *c = text; *c; c++)
			assert_true(*c == '\n' || (*c >= 0x20 && *c < 0x7f));
		/* seven rows, and the rest in one */
		assert_non_null(strstr(text, "\n  (all others)                   124     "
					     "16384 EiB"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_incident),
		cmocka_unit_test(test_one_event),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_many_victims_and_hostile_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
