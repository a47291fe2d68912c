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

/* The kernel's sentence in all that people put around it. */

#define KILLED                                                                              \
	"Memory cgroup out of memory: Killed process 42 (a b) total-vm:9kB, anon-rss:8kB, " \
	"file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:1kB oom_score_adj:-5"
#define OLD "Killed process 42 (x) total-vm:9kB, anon-rss:8kB, file-rss:0kB"
#define WHO "Out of memory: Kill process 42 (x) score 9 or sacrifice child"
#define OOM "oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/a,task_memcg=/a,task=x,pid=42,uid=0"

static const struct {
	const char *before, *text, *behind;
	enum ol_line_kind kind;
	bool known_prefix;
	const char *by;
} quotes[] = {
	{ "- `", KILLED, "`", OL_LINE_KILLED, true, NULL },
	{ "* node B said \"", KILLED, "\".", OL_LINE_KILLED, true, NULL },
	{ "| 03:33 | ", KILLED, " |", OL_LINE_KILLED, true, NULL },
	{ "  1. ", OLD, "", OL_LINE_KILLED, true, NULL },
	{ "\"message\": \"", KILLED, "\",", OL_LINE_KILLED, true, NULL },
	{ "level=warn msg=\"", WHO, "\" node=7", OL_LINE_CHOSEN, true, NULL },
	{ "Warning  x  3m (x14 over 2d)  y  (combined from similar events): ", OOM, "",
	  OL_LINE_OOM_KILL, true, NULL },
	{ "default  9m  Warning  OOMKilling  node/b-7  ", KILLED, "   9m   1   b-7.17a0",
	  OL_LINE_KILLED, true, "node-problem-detector" },
	{ "New status: &{Source:kernel-monitor Events:[{Reason:OOMKilling Message:", KILLED,
	  "}] Conditions:[]}", OL_LINE_KILLED, true, "node-problem-detector" },
	{ "%%9::ab~7 zz=4 >>> ", OOM, "", OL_LINE_OOM_KILL, false, NULL },
	{ "we saw ", WHO, " twice", OL_LINE_CHOSEN, false, NULL },
	{ "<td>", KILLED, "</td>", OL_LINE_KILLED, true, NULL },
};

static void test_forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(quotes) / sizeof(quotes[0]); i++) {
		char text[900];
		struct ol_quote q;

		snprintf(text, sizeof(text), "%s%s%s", quotes[i].before, quotes[i].text,
			 quotes[i].behind);
		if (!ol_quote_find(ol_span_str(text), &q))
			fail_msg("%s", text);
		assert_int_equal(q.kind, quotes[i].kind);
		if (!ol_span_eqs(q.text, quotes[i].text) ||
		    !ol_span_eqs(q.before, quotes[i].before) ||
		    !ol_span_eqs(q.behind, quotes[i].behind))
			fail_msg("'%.*s' '%.*s' '%.*s'", OL_SPAN_ARG(q.before), OL_SPAN_ARG(q.text),
				 OL_SPAN_ARG(q.behind));
		assert_int_equal(q.known_prefix, quotes[i].known_prefix);
		assert_true(quotes[i].by ? ol_span_eqs(q.by, quotes[i].by) : !q.by.p);
	}
}

static void test_none(void **state)
{
	static const char *const texts[] = {
		"app: killed process group by request of the user",
		"how the OOM killer works, see oom-kill chapter",
		"watchdog: Killed process 42 (x) after 30 s",
		"Kill process 42 if it hangs",
		"Out of memory: Killed process (x)",
		"oom-kill: constraint",
		"",
	};
	struct ol_quote q;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (ol_quote_find(ol_span_str(texts[i]), &q))
			fail_msg("%s", texts[i]);
}

/* Two lines of the kernel in one string, as JSON writes their newline. */
static void test_two(void **state)
{
	struct ol_quote q;
	struct ol_span rest = OL_SPAN("{\"m\":\"" WHO "\\n" OLD "\"}");

	(void)state;
	assert_true(ol_quote_find(rest, &q));
	assert_true(ol_span_eqs(q.text, WHO));
	assert_true(ol_quote_find(q.behind, &q));
	assert_true(ol_span_eqs(q.text, OLD));
	assert_false(ol_quote_find(q.behind, &q));
}

/* Cut anywhere: whatever is found lies in the text. */
static void test_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(quotes) / sizeof(quotes[0]); i++) {
		size_t n = strlen(quotes[i].text);

		for (size_t k = 0; k <= n; k++) {
			char *copy = malloc(k + 2);
			struct ol_quote q;

			assert_non_null(copy);
			copy[0] = '"';
			memcpy(copy + 1, quotes[i].text, k);
			if (ol_quote_find(ol_span(copy, k + 1), &q)) {
				assert_true(q.text.p >= copy &&
					    q.text.p + q.text.n <= copy + k + 1);
				assert_true(q.behind.n <= k + 1);
			}
			free(copy);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_two),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
