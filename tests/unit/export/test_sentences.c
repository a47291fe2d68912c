// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "export/sentences.h"

/* ---- every template fits the arguments of its finding ---- */

/* What stands between @open, which is at the front, and @close. */
static struct ol_span inside(struct ol_span t, char close, enum ol_say id)
{
	ssize_t end = ol_span_chr(t, close);

	if (end < 0)
		fail_msg("%d: no '%c' in %.*s", (int)id, close, (int)t.n, t.p);
	return ol_span_skip(ol_span_head(t, (size_t)end), 1);
}

static unsigned find_arg(enum ol_say id, struct ol_span name)
{
	unsigned n;
	const struct ol_arg *args = ol_say_args(id, &n);

	for (unsigned i = 0; i < n; i++)
		if (ol_span_eqs(name, args[i].name))
			return i;
	fail_msg("%d has no argument %.*s", (int)id, (int)name.n, name.p);
	return 0;
}

/* Checks {name} or {name?a|b}; returns which argument it was. */
static unsigned check_braces(enum ol_say id, struct ol_span t)
{
	ssize_t question = ol_span_chr(t, '?');
	struct ol_span name = question < 0 ? t : ol_span_head(t, (size_t)question);
	unsigned i = find_arg(id, name), n, alternatives = question >= 0;
	enum ol_arg_kind kind = ol_say_args(id, &n)[i].kind;

	assert_true(ol_span_chr(t, '{') < 0);
	for (size_t k = 0; k < t.n; k++)
		alternatives += t.p[k] == '|';
	if (kind == OL_ARG_FLAG)
		assert_int_equal(alternatives, 2);
	else if (kind == OL_ARG_CHOICE)
		assert_true(alternatives > 1);
	else
		assert_int_equal(alternatives, 0);
	return i;
}

static uint32_t check_template(enum ol_say id, struct ol_span t, bool optional)
{
	bool can_be_absent = false;
	uint32_t used = 0;
	unsigned n;

	while (t.n) {
		struct ol_span in;

		switch (t.p[0]) {
		case '{':
			in = inside(t, '}', id);
			n = check_braces(id, in);
			used |= 1u << n;
			t = ol_span_skip(t, in.n + 2);
			switch (ol_say_args(id, &(unsigned){ 0 })[n].kind) {
			case OL_ARG_KB:
			case OL_ARG_AMOUNT:
			case OL_ARG_BYTES:
			case OL_ARG_PART:
				can_be_absent = true;
				break;
			default:
				break;
			}
			break;
		case '[':
			assert_false(optional);
			in = inside(t, ']', id);
			used |= check_template(id, in, true);
			t = ol_span_skip(t, in.n + 2);
			break;
		default:
			assert_true(t.p[0] != '}' && t.p[0] != ']' && t.p[0] != '|');
			t = ol_span_skip(t, 1);
		}
	}
	assert_true(!optional || can_be_absent);
	return used;
}

static void test_templates(void **state)
{
	(void)state;
	assert_null(ol_sentence(OL_SAY_NONE));
	assert_null(ol_sentence(OL_SAY_MAX));
	for (unsigned k = OL_SAY_NONE + 1; k < OL_SAY_MAX; k++) {
		enum ol_say id = (enum ol_say)k;
		size_t size = 0;
		unsigned n;
		const struct ol_arg *args = ol_say_args(id, &n);

		assert_non_null(ol_sentence(id));
		assert_true(strlen(ol_sentence(id)) <= OL_SENTENCE_MAX / 2);
		assert_true(n <= 16);
		/* no argument that nobody is told */
		assert_int_equal(check_template(id, ol_span_str(ol_sentence(id)), false),
				 (1u << n) - 1);
		for (unsigned i = 0; i < n; i++)
			size += ol_arg_size(args[i].kind);
		assert_int_equal(ol_say_size(id), size);
	}
	for (unsigned p = 0; p < OL_AC_MAX; p++) /* a column of the tables */
		assert_in_range(strlen(ol_part_words((enum ol_account_part)p)), 4, 44);
	assert_null(ol_part_words(OL_AC_MAX));
	assert_null(ol_cause_words(OL_CAUSE_UNKNOWN));
	for (unsigned c = OL_CAUSE_UNKNOWN + 1; c < OL_CAUSE_MAX; c++)
		assert_non_null(ol_cause_words((enum ol_cause)c));
}

/* ---- how arguments read ---- */

static void assert_says(struct ol_finding f, unsigned page_kb, const char *want)
{
	struct ol_oom_event e = { .page_kb = page_kb };
	struct ol_out o;

	ol_out_init(&o, -1);
	ol_finding_words(&o, &e, f);
	ol_out_char(&o, 0);
	assert_int_equal(o.err, 0);
	assert_string_equal(o.buf, want);
	ol_out_done(&o);
}

static void test_arguments(void **state)
{
	const struct ol_span evil = OL_SPAN("a\nb\xc3\xa4 is longer than twenty-four bytes"),
			     none = { 0 };
	const struct ol_accounting a = {
		.total_kb = 1000,
		.kb = { [OL_AC_ANON] = 10, [OL_AC_FREE] = 9, [OL_AC_SLAB] = 700 },
		.has = 1u << OL_AC_ANON | 1u << OL_AC_FREE | 1u << OL_AC_SLAB,
		.estimated = 1u << OL_AC_ANON,
	};

	(void)state;
	assert_says((struct ol_finding){ 0 }, 4, "");
	assert_says(OL_FOUND_PHRASE(DIRTY), 4, "dirty");
	assert_says(OL_FOUND(COUNTER, OL_PHRASE_WRITEBACK, 2048), 4, "under writeback 2.00 MiB");
	/* left out, and not */
	assert_says(OL_FOUND(ONE_HOLDS, OL_SPAN("java"), 4, 0), 4,
		    "java alone holds 4 KiB: give it a limit of its own (a cgroup, a heap size), "
		    "or the machine more RAM.");
	assert_says(OL_FOUND(ONE_HOLDS, OL_SPAN("java"), 4, 8), 4,
		    "java alone holds 4 KiB in RAM and 8 KiB in swap: give it a limit of its own "
		    "(a cgroup, a heap size), or the machine more RAM.");
	assert_says(OL_FOUND(CGROUP_KERNEL, OL_PHRASE_LIMIT_OF_POD, 1, 2, OL_AC_MAX), 4,
		    "Kernel memory charged to the cgroup filled its pod's limit: 1 KiB of 2 KiB.");
	assert_says(OL_FOUND(CGROUP_KERNEL, OL_PHRASE_LIMIT_OF_POD, 1, 2, OL_AC_SOCK), 4,
		    "Kernel memory charged to the cgroup filled its pod's limit: 1 KiB of 2 KiB, "
		    "most of it socket buffers.");
	/* alternatives */
	assert_says(OL_FOUND(REQUEST_OF_MODULE, OL_PHRASE_WHAT_GRAPHICS, OL_SPAN("fastgpu"),
			     OL_SPAN("fastgpu_gem_create")),
		    4,
		    "The request that failed was for buffers of a graphics driver (GPU), made by "
		    "fastgpu_gem_create of the module fastgpu: this may be what holds that "
		    "memory.");
	assert_says(OL_FOUND(OF_TOTAL, 262144, 1), 4, " of 1.00 GiB of RAM and swap");
	assert_says(OL_FOUND(OF_TOTAL, 262144, 99), 0, " of 262144 pages that the cgroup may use");
	assert_says(OL_FOUND(SHMEM_FILLED, 1, 2, 0), 4,
		    "Shared memory or files in tmpfs filled RAM: 1 KiB of 2 KiB.");
	/* amounts that rounding would make equal */
	assert_says(OL_FOUND(ZONE_TEST, OL_SPAN("DMA"), { 2049, 2050 }, 0, { 2050, 2049 }, true,
			     false, 2),
		    4,
		    "zone DMA: 2049 KiB free, must stay above 2050 KiB (high mark): refused at "
		    "the last try before the kill");
	assert_says(OL_FOUND(ZONE_HELD, OL_SPAN("DMA"), 1000, &a), 4,
		    "Zone DMA (1000 KiB) held: 700 KiB slab, 10 KiB anonymous (heaps, stacks) "
		    "(estimate).");
	/* names */
	assert_says(OL_FOUND(HIGHEST_SCORE, evil), 4,
		    "a?b\xc3\xa4 is longer than twe had the "
		    "highest score");
	assert_says(OL_FOUND(HIGHEST_SCORE, none), 4,
		    "a process without a name had the highest "
		    "score");
	assert_says(OL_FOUND(LIMIT_IS_ABOVE, ol_span("a\0b", 3)), 4,
		    "The limit is not the victim's own: it belongs to a, which all cgroups below "
		    "it share, so what filled it need not be the victim.");
}

static void test_victim(void **state)
{
	struct ol_finding f[40];
	struct ol_replay_victim v = { .clauses = { .v = f, .n = 2 } };
	struct ol_oom_event e = { .page_kb = 4 };
	struct ol_out o;

	(void)state;
	f[0] = OL_FOUND(LARGEST, OL_SPAN("java"), 600010);
	f[1] = OL_FOUND(SCORE, 600);
	ol_out_init(&o, -1);
	ol_victim_words(&o, &e, &v);
	assert_true(ol_span_eqs(ol_span(o.buf, o.n),
				"java was the largest killable process: 2.29 GiB (score 600 of "
				"1000)"));
	o.n = 0;
	for (v.clauses.n = 0; v.clauses.n < 40; v.clauses.n++)
		f[v.clauses.n] = OL_FOUND_PHRASE(KILLED_INSTEAD);
	ol_victim_words(&o, &e, &v);
	assert_int_equal(o.n, OL_VICTIM_WORDS_MAX);
	ol_out_done(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_templates),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_victim),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
