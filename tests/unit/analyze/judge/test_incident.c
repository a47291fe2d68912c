// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>

#include "analyze/judge/incident.h"

#define S INT64_C(1000000)

/* ---- events by hand; what was closed is noted ---- */

static struct closed {
	enum ol_incident_family family;
	uint64_t events, kills, reports, copies;
	char text[64], cgroup[64], last_file[32], comm[32];
	uint64_t comm_count, comm_kb, others;
	uint32_t n_victims, line, last_line, n_reporters;
	struct ol_incident_moment first, last;
} closed[64];
static unsigned n_closed;

static void copy(char *to, size_t size, struct ol_span s)
{
	assert_true(s.n < size);
	if (s.n)
		memcpy(to, s.p, s.n);
	to[s.n] = 0;
}

static int on_closed(void *arg, const struct ol_incident *in)
{
	struct closed *c = &closed[n_closed++ % 64];

	(void)arg;
	*c = (struct closed){ .family = in->family,
			      .events = in->events,
			      .kills = in->kills,
			      .reports = in->reports,
			      .copies = in->copies,
			      .others = in->others.count,
			      .n_victims = in->n_victims,
			      .line = in->first.line,
			      .last_line = in->last_line,
			      .n_reporters = in->n_reporters,
			      .first = in->first,
			      .last = in->last };
	copy(c->text, sizeof(c->text), ol_span(in->text, in->text_n));
	copy(c->last_file, sizeof(c->last_file), ol_span(in->last_file, in->last_file_n));
	copy(c->cgroup, sizeof(c->cgroup), in->cgroup);
	if (in->n_victims) {
		copy(c->comm, sizeof(c->comm), in->victims[0].comm);
		c->comm_count = in->victims[0].count;
		c->comm_kb = in->victims[0].rss_kb;
	}
	return 0;
}

static struct ol_incidents *start(void)
{
	struct ol_incidents *s = ol_incidents_new(on_closed, NULL);

	assert_non_null(s);
	n_closed = 0;
	return s;
}

static struct ol_val val(int64_t v)
{
	return (struct ol_val){ .v = v, .line = 1, .set = true };
}

static struct ol_oom_event ev(int64_t mono_us, uint32_t line)
{
	return (struct ol_oom_event){ .kind = OL_EV_OOM,
				      .constraint = OL_CONSTRAINT_NONE,
				      .file = OL_SPAN("messages"),
				      .mono_us = mono_us,
				      .wall_us = OL_TIME_NONE,
				      .first_line = line,
				      .last_line = line + 40,
				      .page_kb = 4 };
}

static struct ol_oom_event memcg(int64_t mono_us, uint32_t line, const char *path)
{
	struct ol_oom_event e = ev(mono_us, line);

	e.constraint = OL_CONSTRAINT_MEMCG;
	if (path) {
		e.oom_memcg.s = ol_span_str(path);
		e.task_memcg.s = ol_span_str(path);
	}
	return e;
}

/* Gives the event a victim and adds it: the incident that it opened, or NULL. */
static struct ol_incident *add(struct ol_incidents *s, struct ol_oom_event *e, const char *comm,
			       int64_t rss_kb)
{
	struct ol_victim v = { .comm.s = ol_span_str(comm), .anon_rss_kb = val(rss_kb) };
	struct ol_incident *in;

	if (comm) {
		e->victims.v = &v;
		e->victims.n = 1;
	}
	assert_int_equal(ol_incidents_add(s, e, &in), 0);
	e->victims.v = NULL;
	e->victims.n = 0;
	return in;
}

/* ---- grouping ---- */

/* A container that is started again: another id, the same pod, program and limit. */
static void test_containers_that_follow_one_another(void **state)
{
	struct ol_incidents *s = start();
	struct ol_oom_event e;

	(void)state;
	for (int i = 0; i < 4; i++) {
		char path[16], id[16];
		struct ol_incident *in;

		snprintf(path, sizeof(path), "/pod1/c%d", i);
		snprintf(id, sizeof(id), "c%d", i);
		e = memcg((100 + i * 60) * S, 1 + (uint32_t)i * 100, path);
		e.has_container = true;
		e.container.id = ol_span_str(id);
		e.container.pod_uid = OL_SPAN("pod1");
		/* the last one has another limit: somebody changed it */
		e.limit_kb = val(i < 3 ? 1000 : 2000);
		in = add(s, &e, "java", 1000);
		assert_true(!i || i == 3 ? in != NULL : in == NULL);
		if (!i)
			assert_int_equal(ol_incident_set_text(in, OL_SPAN("first")), 0);
	}
	ol_incidents_end(s);
	assert_int_equal(n_closed, 2);
	assert_int_equal(closed[0].events, 3);
	ol_incidents_free(s);
}

/* Two releases are two machines or boots, whatever the clocks say. */
static void test_two_releases_do_not_fold(void **state)
{
	struct ol_incidents *s = start();
	struct ol_oom_event e;

	(void)state;
	e = ev(100 * S, 1);
	e.release.s = OL_SPAN("6.1.0-37-amd64");
	assert_non_null(add(s, &e, "java", 1000));
	e = ev(103 * S, 100);
	e.release.s = OL_SPAN("6.8.0-60-generic");
	assert_non_null(add(s, &e, "java", 1000));
	e = ev(104 * S, 200); /* not named: it may be either */
	assert_null(add(s, &e, "java", 1000));
	ol_incidents_end(s);
	assert_int_equal(n_closed, 2);
	ol_incidents_free(s);
}

/* The event that holds most is told, and the page that a dying process wanted is no story. */
static void test_the_fullest_is_told(void **state)
{
	struct ol_incidents *s = start();
	struct ol_incident *in, *more;
	struct ol_oom_event e;

	(void)state;
	e = ev(100 * S, 1);
	e.kind = OL_EV_KILL_ONLY;
	e.parts_seen = 1u << OL_PART_KILL;
	in = add(s, &e, "java", 1000);
	assert_non_null(in);
	e = ev(110 * S, 100);
	e.parts_seen = 1u << OL_PART_KILL | 1u << OL_PART_HEADER;
	assert_null(add(s, &e, "java", 1000)); /* it explains no more */
	e.mono_us += S;
	e.parts_seen |= 1u << OL_PART_MEMINFO | 1u << OL_PART_TABLE;
	more = add(s, &e, "java", 1000);
	assert_ptr_equal(more, in);
	assert_true(in->told_later);
	e.mono_us += S;
	assert_null(add(s, &e, "java", 1000));

	in->last_victim = val(77);
	e.kind = OL_EV_ALLOC_FAILURE;
	e.trigger_pid = val(77);
	assert_null(add(s, &e, NULL, 0));
	assert_int_equal(in->consequences, 1);
	e.trigger_pid = val(78);
	assert_non_null(add(s, &e, NULL, 0));
	ol_incidents_free(s);
}

static void test_kills_of_one_cgroup_are_one_incident(void **state)
{
	struct ol_incidents *s = start();
	struct ol_incident *in;
	struct ol_oom_event e;

	(void)state;
	e = memcg(100 * S, 1, "/a");
	in = add(s, &e, "java", 1000);
	assert_non_null(in);
	assert_int_equal(ol_incident_set_text(in, OL_SPAN("first")), 0);
	e = memcg(700 * S, 100, "/a"); /* just 10 minutes */
	assert_null(add(s, &e, "java", 3000));
	e = memcg(701 * S, 200, "/b"); /* another limit */
	assert_non_null(add(s, &e, "perl", 1));
	e = memcg(702 * S, 300, "/a");
	assert_null(add(s, &e, "sh", 7));
	assert_int_equal(n_closed, 0);
	e = memcg(86400 * S + 702 * S + S, 400, "/a"); /* a second too late: both are over */
	assert_non_null(add(s, &e, "java", 1));
	assert_int_equal(n_closed, 2);
	assert_int_equal(closed[0].events, 3);
	assert_int_equal(closed[0].kills, 3);
	assert_string_equal(closed[0].text, "first");
	assert_string_equal(closed[0].cgroup, "/a");
	assert_string_equal(closed[0].comm, "java");
	assert_int_equal(closed[0].comm_count, 2);
	assert_int_equal(closed[0].comm_kb, 4000);
	assert_int_equal(closed[0].line, 1);
	assert_int_equal(closed[0].last_line, 340);
	assert_string_equal(closed[1].cgroup, "/b");
	assert_int_equal(ol_incidents_end(s), 0);
	assert_int_equal(n_closed, 3);
	ol_incidents_free(s);
}

static void test_what_keeps_incidents_apart(void **state)
{
	struct ol_incidents *s = start();
	struct ol_oom_event e;

	(void)state;
	e = ev(10 * S, 1);
	e.host = OL_SPAN("a");
	assert_non_null(add(s, &e, "x", 1));
	e.host = OL_SPAN("b");
	assert_non_null(add(s, &e, "x", 1));
	assert_null(add(s, &e, "y", 1));
	e.sysrq = true;
	assert_non_null(add(s, &e, "x", 1));
	e.sysrq = false;
	e.constraint = OL_CONSTRAINT_CPUSET;
	assert_non_null(add(s, &e, "x", 1));
	e.constraint = OL_CONSTRAINT_NONE;
	e.kind = OL_EV_ALLOC_FAILURE;
	e.order = val(4);
	assert_non_null(add(s, &e, NULL, 0));
	e.order = val(5);
	assert_non_null(add(s, &e, NULL, 0));
	assert_null(add(s, &e, NULL, 0));
	assert_int_equal(n_closed, 0);
	/* after a reboot the kernel's clock begins again */
	e.boot = 1;
	assert_non_null(add(s, &e, NULL, 0));
	assert_int_equal(n_closed, 5); /* all of host b */
	assert_int_equal(ol_incidents_end(s), 0);
	assert_int_equal(n_closed, 7);
	ol_incidents_free(s);
}

static void test_the_verdict_decides_the_family(void **state)
{
	struct ol_verdict v = { .done = true, .cause = OL_CAUSE_ANON_SWAP_FULL };
	struct ol_incidents *s = start();
	struct ol_oom_event e = ev(1 * S, 1);

	(void)state;
	e.verdict = &v;
	assert_non_null(add(s, &e, "x", 1));
	v.cause = OL_CAUSE_RECLAIM_STALL; /* what it turned into */
	assert_null(add(s, &e, "x", 1));
	e.verdict = NULL; /* only the kill line survived */
	e.kind = OL_EV_KILL_ONLY;
	e.constraint = OL_CONSTRAINT_UNKNOWN;
	assert_null(add(s, &e, "x", 1));
	e.verdict = &v;
	v.cause = OL_CAUSE_LOWMEM;
	assert_non_null(add(s, &e, "x", 1));
	ol_incidents_end(s);
	assert_int_equal(n_closed, 2);
	assert_int_equal(closed[1].family, OL_IF_LOWMEM);
	ol_incidents_free(s);
}

static void test_a_kill_without_its_path(void **state)
{
	struct ol_incidents *s = start();
	struct ol_oom_event e;

	(void)state;
	e = memcg(1 * S, 1, "/a");
	assert_non_null(add(s, &e, "java", 1));
	e = memcg(2 * S, 50, NULL);
	assert_null(add(s, &e, "perl", 1)); /* the only one there is */
	e = memcg(3 * S, 100, "/b");
	assert_non_null(add(s, &e, "ruby", 1));
	e = memcg(4 * S, 150, NULL);
	assert_null(add(s, &e, "perl", 1)); /* killed in /a before */
	assert_non_null(add(s, &e, "tcl", 1)); /* nobody knows */
	ol_incidents_end(s);
	assert_int_equal(n_closed, 3);
	assert_int_equal(closed[0].events, 3);
	assert_string_equal(closed[2].cgroup, "");
	ol_incidents_free(s);
}

/* ---- clocks ---- */

static void test_times_across_files(void **state)
{
	struct ol_incidents *s = start();
	struct ol_oom_event e = ev(OL_TIME_NONE, 9000);

	(void)state;
	e.wall_us = 1000 * S;
	assert_non_null(add(s, &e, "x", 1));
	e.file = OL_SPAN("messages.2");
	e.first_line = 5;
	e.boot = 3; /* counted per file */
	e.wall_us = 1500 * S;
	assert_null(add(s, &e, "x", 1));
	/* an older line that comes late is in between */
	e.wall_us = 1200 * S;
	assert_null(add(s, &e, "x", 1));
	e.file = OL_SPAN("dmesg"); /* without a wall clock there is nothing to compare */
	e.wall_us = OL_TIME_NONE;
	e.mono_us = 5 * S;
	assert_non_null(add(s, &e, "x", 1));
	assert_int_equal(n_closed, 1);
	assert_int_equal(closed[0].events, 3);
	assert_string_equal(closed[0].last_file, "messages.2");
	ol_incidents_end(s);
	ol_incidents_free(s);
}

static void test_no_times_at_all(void **state)
{
	struct ol_incidents *s = start();
	struct ol_oom_event e = ev(OL_TIME_NONE, 1);

	(void)state;
	assert_non_null(add(s, &e, "x", 1));
	assert_null(add(s, &e, "x", 1));
	e.file = OL_SPAN("other");
	assert_non_null(add(s, &e, "x", 1));
	ol_incidents_end(s);
	assert_int_equal(n_closed, 2);
	ol_incidents_free(s);
}

static void test_a_copy_is_counted_once(void **state)
{
	struct ol_incidents *s = start();
	struct ol_oom_event e = ev(1 * S, 1);

	(void)state;
	e.wall_us = 1000 * S;
	strcpy(e.id, "00112233445566aa");
	assert_non_null(add(s, &e, "x", 10));
	e.file = OL_SPAN("kern.log");
	assert_null(add(s, &e, "x", 10));
	ol_incidents_end(s);
	assert_int_equal(closed[0].events, 1);
	assert_int_equal(closed[0].copies, 1);
	assert_int_equal(closed[0].comm_kb, 10);
	ol_incidents_free(s);
}

static void test_from_first_to_last(void **state)
{
	struct ol_incidents *s = start();
	struct ol_kv kvs[] = { { .v = 100, .id = OL_K_FREE, .unit = OL_U_PAGES },
			       { .v = 7, .id = OL_K_ACTIVE_ANON, .unit = OL_U_PAGES },
			       { .v = 8, .id = OL_K_INACTIVE_ANON, .unit = OL_U_PAGES } };
	struct ol_oom_event e = ev(1 * S, 1);

	(void)state;
	e.memory.v = kvs;
	e.memory.n = 3;
	e.swap_free_kb = val(500);
	add(s, &e, "x", 1);
	e.memory.n = 1;
	kvs[0].v = 50;
	e.swap_free_kb = val(0);
	add(s, &e, "x", 1);
	ol_incidents_end(s);
	assert_int_equal(closed[0].first.free_kb.v, 400);
	assert_int_equal(closed[0].first.anon_kb.v, 60);
	assert_int_equal(closed[0].first.swap_free_kb.v, 500);
	assert_int_equal(closed[0].last.free_kb.v, 200);
	assert_false(closed[0].last.anon_kb.set);
	assert_true(closed[0].last.swap_free_kb.set);
	assert_false(closed[0].first.slab_kb.set);
	ol_incidents_free(s);
}

/* ---- messages of others ---- */

#define ID64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct ol_oom_event said(int64_t mono_us, const char *who, const char *unit,
				const char *text)
{
	struct ol_oom_event e = ev(mono_us, 500);

	e.kind = OL_EV_USERSPACE_KILL;
	e.constraint = OL_CONSTRAINT_UNKNOWN;
	e.who_killed.s = ol_span_str(who);
	e.task_memcg.s = ol_span_str(unit);
	e.userspace_text.s = ol_span_str(text);
	return e;
}

static void test_reports_are_no_new_incidents(void **state)
{
	struct ol_incidents *s = start();
	struct ol_oom_event e;

	(void)state;
	e = memcg(1 * S, 1, "/system.slice/foo.service");
	add(s, &e, "java", 1);
	e = ev(2 * S, 100); /* the whole machine: the place is the victim's */
	e.task_memcg.s = OL_SPAN("/system.slice/docker-" ID64 ".scope");
	e.has_container = true;
	e.container.id = OL_SPAN(ID64);
	add(s, &e, "perl", 1);
	e = said(3 * S, "systemd", "foo.service", "foo.service: A process of this unit has …");
	assert_null(add(s, &e, NULL, 0));
	e = said(4 * S, "containerd", NULL, "TaskOOM event ContainerID:" ID64 ",");
	assert_null(add(s, &e, NULL, 0));
	e = said(5 * S, "containerd", NULL, "TaskOOM event ContainerID:" ID64 ",");
	assert_null(add(s, &e, NULL, 0));
	/* another unit; and one whose name only ends alike */
	e = said(5 * S, "systemd", "bar.service", "bar.service: A process of this unit has …");
	assert_non_null(add(s, &e, NULL, 0));
	e = said(5 * S, "systemd", "oo.service", "oo.service: A process of this unit has …");
	assert_non_null(add(s, &e, NULL, 0));
	/* more than a minute later it must be another kill */
	e = said(62 * S, "systemd", "foo.service", "foo.service: A process of this unit has …");
	assert_non_null(add(s, &e, NULL, 0));
	ol_incidents_end(s);
	assert_int_equal(n_closed, 5);
	assert_int_equal(closed[0].reports, 1);
	assert_int_equal(closed[0].events, 1);
	assert_int_equal(closed[1].reports, 2);
	assert_int_equal(closed[1].n_reporters, 1);
	assert_int_equal(closed[2].kills, 1);
	assert_int_equal(closed[2].family, OL_IF_USERSPACE);
	ol_incidents_free(s);
}

/* ---- bounds ---- */

static void test_memory_is_bounded(void **state)
{
	static char host[400];
	struct ol_incidents *s = start();
	struct ol_oom_event e;
	char path[2000], comm[32];

	(void)state;
	/* one incident of very many: distinct names, paths and files */
	memset(path, 'p', sizeof(path));
	for (int i = 0; i < 20000; i++) {
		e = ev(i * S, (uint32_t)i);
		snprintf(comm, sizeof(comm), "c%d", i / 2);
		snprintf(path, sizeof(path), "/%d", i);
		path[strlen(path)] = 'p';
		e.task_memcg.s = ol_span(path, sizeof(path));
		e.file = ol_span(path, 20);
		e.wall_us = i * S;
		snprintf(e.id, sizeof(e.id), "%x", i);
		add(s, &e, comm, INT64_MAX);
	}
	ol_incidents_end(s);
	assert_int_equal(n_closed, 1);
	assert_int_equal(closed[0].events, 20000);
	assert_int_equal(closed[0].n_victims, OL_INCIDENT_COMMS);
	assert_int_equal(closed[0].others, 20000 - 2 * OL_INCIDENT_COMMS);
	assert_int_equal(closed[0].comm_count, 2);

	/* very many at a time: the quiet ones go first */
	n_closed = 0;
	for (int i = 0; i < 40; i++) {
		snprintf(path, sizeof(path), "/%d", i);
		e = memcg(S, 1, path);
		add(s, &e, "x", 1);
		e = memcg(S, 1, "/0");
		add(s, &e, "x", 1);
	}
	assert_true(n_closed >= 8 && n_closed < 10);
	for (unsigned i = 0; i < n_closed; i++)
		assert_string_not_equal(closed[i].cgroup, "/0");
	ol_incidents_end(s);

	memset(host, 'h', sizeof(host));
	e = ev(S, 1);
	e.host = ol_span(host, sizeof(host));
	assert_non_null(add(s, &e, "x", 1));
	assert_null(add(s, &e, "x", 1));
	ol_incidents_free(s); /* open ones are dropped */
}

static void test_text_is_bounded(void **state)
{
	static char big[OL_INCIDENT_TEXT + 1];
	struct ol_incidents *s = start();
	struct ol_oom_event e = ev(S, 1);
	struct ol_incident *in = add(s, &e, "x", 1);

	(void)state;
	assert_int_equal(ol_incident_set_text(in, ol_span(big, sizeof(big))), -E2BIG);
	assert_null(in->text);
	assert_int_equal(ol_incident_set_text(in, ol_span(big, sizeof(big) - 1)), 0);
	assert_int_equal(ol_incident_set_text(in, OL_SPAN("x")), 0);
	ol_incidents_end(s);
	assert_string_equal(closed[0].text, "x");
	ol_incidents_free(s);
}

static int refuses(void *arg, const struct ol_incident *in)
{
	(void)arg;
	(void)in;
	return -EPIPE;
}

static void test_the_callback_stops(void **state)
{
	struct ol_incidents *s = ol_incidents_new(refuses, NULL);
	struct ol_oom_event e = ev(S, 1);
	struct ol_incident *in;

	(void)state;
	assert_non_null(s);
	assert_int_equal(ol_incidents_add(s, &e, &in), 0);
	e.mono_us = 5000 * S;
	assert_int_equal(ol_incidents_add(s, &e, &in), -EPIPE);
	assert_null(in);
	assert_int_equal(ol_incidents_add(s, &e, &in), 0);
	assert_int_equal(ol_incidents_end(s), -EPIPE);
	ol_incidents_free(s);
	ol_incidents_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kills_of_one_cgroup_are_one_incident),
		cmocka_unit_test(test_containers_that_follow_one_another),
		cmocka_unit_test(test_two_releases_do_not_fold),
		cmocka_unit_test(test_the_fullest_is_told),
		cmocka_unit_test(test_what_keeps_incidents_apart),
		cmocka_unit_test(test_the_verdict_decides_the_family),
		cmocka_unit_test(test_a_kill_without_its_path),
		cmocka_unit_test(test_times_across_files),
		cmocka_unit_test(test_no_times_at_all),
		cmocka_unit_test(test_a_copy_is_counted_once),
		cmocka_unit_test(test_from_first_to_last),
		cmocka_unit_test(test_reports_are_no_new_incidents),
		cmocka_unit_test(test_memory_is_bounded),
		cmocka_unit_test(test_text_is_bounded),
		cmocka_unit_test(test_the_callback_stops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
