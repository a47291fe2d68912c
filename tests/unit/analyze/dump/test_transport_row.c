// SPDX-License-Identifier: GPL-2.0-or-later
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "analyze/dump/transport_impl.h"

/*
 * A line whose prefix is compared with the one before it comes out as one whose prefix is taken
 * apart: every fixture, and every fixture with bytes of its lines changed, goes through two
 * framers, of which one has its memory of prefixes taken away before each line.
 */

struct seen {
	char all[65536];
	size_t n;
	uint64_t again; /* rows that the memory recognised */
};

static void add(struct seen *s, struct ol_span t)
{
	size_t n = t.n < sizeof(s->all) - s->n ? t.n : sizeof(s->all) - s->n;

	if (n)
		memcpy(s->all + s->n, t.p, n);
	s->n += n;
	if (s->n < sizeof(s->all))
		s->all[s->n++] = t.p ? '|' : '~';
}

static int note(void *arg, const struct ol_line *l)
{
	struct seen *s = arg;
	char facts[200];
	int n = snprintf(facts, sizeof(facts),
			 "%lld %lld %llu %llu %d %d %d %d %d %d %d %d %d %d %d %d",
			 (long long)l->mono_us, (long long)l->wall_us,
			 (unsigned long long)l->lineno, (unsigned long long)l->byte,
			 l->facility_text, l->facility, l->level, (int)l->transport, (int)l->writer,
			 l->wall_zone, l->wall_noyear, l->wall_minute, l->stamp_delta, l->prefixed,
			 l->quoted, l->ended_blank + 2 * l->joined + 4 * l->cut);

	add(s, ol_span(facts, (size_t)n));
	add(s, l->text);
	add(s, l->raw);
	add(s, l->host);
	add(s, l->tag);
	add(s, l->stamp);
	add(s, l->caller);
	add(s, l->boot);
	s->again += l->row_again;
	return 0;
}

static uint64_t compare(const char *text, size_t n)
{
	static struct seen a, b;
	struct ol_framer *with = ol_framer_new(note, &a), *without = ol_framer_new(note, &b);
	const char *p = text, *e = text + n;
	uint64_t lineno = 0;

	assert_true(with && without);
	a.again = 0;
	while (p < e) {
		const char *nl = memchr(p, '\n', (size_t)(e - p));
		struct ol_span line = ol_span(p, (size_t)((nl ? nl : e) - p));

		a.n = b.n = 0;
		without->row.n = 0;
		without->row.last = false;
		lineno++;
		assert_int_equal(ol_framer_push(with, line, lineno, (uint64_t)(p - text), false),
				 0);
		assert_int_equal(ol_framer_push(without, line, lineno, (uint64_t)(p - text), false),
				 0);
		if (a.n != b.n || memcmp(a.all, b.all, a.n) != 0)
			fail_msg("line %llu: '%.*s' becomes\n%.*s\nand without memory\n%.*s",
				 (unsigned long long)lineno, (int)line.n, line.p, (int)a.n, a.all,
				 (int)b.n, b.all);
		p = nl ? nl + 1 : e;
	}
	ol_framer_free(with);
	ol_framer_free(without);
	return a.again;
}

static char *slurp(const char *path, size_t *ret_n)
{
	FILE *f = fopen(path, "rb");
	size_t cap = 1 << 20;
	char *p = malloc(cap);

	assert_non_null(f);
	assert_non_null(p);
	*ret_n = fread(p, 1, cap, f);
	fclose(f);
	return p;
}

static void test_fixtures(void **state)
{
	static const char odd[] = "0 9[]:.\\#&-\x1b\xc2T,xk";
	uint64_t again = 0;
	unsigned rnd = 1;
	glob_t g;

	(void)state;
	assert_int_equal(glob("fixtures/logs/*/log*", 0, NULL, &g), 0);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		size_t n;
		char *text = slurp(g.gl_pathv[i], &n);

		again += compare(text, n);
		for (size_t k = 0; k < n; k++) {
			rnd = rnd * 1103515245 + 12345;
			if (rnd >> 16 & 127 || text[k] == '\n')
				continue;
			text[k] = odd[(rnd >> 24) % (sizeof(odd) - 1)];
		}
		compare(text, n);
		free(text);
	}
	globfree(&g);
	/* it is of use: many rows of the fixtures are recognised */
	assert_in_range(again, 100, UINT32_MAX);
}

/* What only looks like the next row, one line each behind a row. */
static void test_likenesses(void **state)
{
	static const char row[] =
		"[84213.558142] [ 2718]  1000  2718   476761   423166       0 a\n";
	static const char *const next[] = {
		"[84213.558143] [ 2719]  1000  2719   476761   423166       0 b#012c\n",
		"[84213.55814x] [ 2719]  1000  2719   476761   423166       0 b\n",
		"[84213:558143] [ 2719]  1000  2719   476761   423166       0 b\n",
		"[84213.558143] [ T719]  1000  2719   476761   423166       0 b\n",
		"[84213.558143] [ 2719][ 77]  1000  2719   476761   423166 b\n",
		"[ 4213.558143] [ 2719]  1000  2719   476761   423166       0 b\n",
		"[184213.558143] [ 2719]  1000  2719   476761   423166       0 b\n",
		"[84213.558143] [ 2719] kernel: 1 2 3 4\n",
		"[84213.558143] [\n",
		"[84213.558143]\n",
		"[84213.558143] [ 2719]  1000  2719   476761   423166       0 \xc2\xa0x\n",
		"[84213.558143] [ 2719]  1000  2719   476761   423166       0 b  \r\n",
		"> [84213.558143] [ 2719]  1000  2719   476761   423166       0 b\n",
	};
	char text[400];

	(void)state;
	for (size_t i = 0; i < sizeof(next) / sizeof(next[0]); i++)
		for (int sys = 0; sys < 2; sys++) {
			const char *head = sys ? "Nov 20 18:51:21 web1 kernel: " : "";

			snprintf(text, sizeof(text), "%s%s%s%s%s%s", head, row, head, next[i], head,
				 row);
			compare(text, strlen(text));
		}
}

/* What only looks like one more line with the prefix of the one before it. */
static void test_other_lines(void **state)
{
	static const char *const next[] = {
		"[84213.558143] Mem-Info:\n",
		"[84213.558143]  dump_stack+0x1d/0x90\n",
		"[84213.558143] web1 kernel: text\n",
		"[84213.558143] web1 sshd[12]: text\n",
		"[84213.558143] web2 sshd[12]: text\n",
		"[84213.558143] a kernel: text\n",
		"[84213.558143] [   T12] text\n",
		"[84213.558143][   T12] text\n",
		"[84213.558143] [    C0] text\n",
		"[84213.558143] (0)[12:comm]text\n",
		"[84213.558143] [cpu1:12:comm]text\n",
		"[84213.558143] <4>text\n",
		"[84213.558143]   \n",
		"[84213.558143] \r\n",
		"[84213.558143] \r \r\n",
		"[84213.558143]\n",
		"[84213.558143] a&lt;b \033[1mc\033[0m\n",
		"[84213.558143] a #1 \\x0a #012b\n",
		"[84213.55814] text\n",
		"[84213.5581433] text\n",
		"[84213.558143 <    0.000001>] text\n",
		"Nov 20 18:51:22 web2 kernel: [84213.558143] text\n",
	};
	static const char *const heads[] = { "", "<4>", "Nov 20 18:51:21 web1 kernel: ",
					     "Nov 20 18:51:21 web1 user.warn kernel: ",
					     "Nov 20 18:51:21 web1 app[7]: " };
	char text[600];

	(void)state;
	for (size_t i = 0; i < sizeof(next) / sizeof(next[0]); i++)
		for (size_t k = 0; k < 2 * sizeof(heads) / sizeof(heads[0]); k++) {
			const char *h = heads[k / 2], *own = k % 2 ? h : "";

			snprintf(text, sizeof(text),
				 "%s[84213.558142] first\n%s%s%s[84213.558144] last\n"
				 "%s[84213.558145] [   T12] x\n%s[84213.558145] [   T12] y\n",
				 h, own, next[i], h, h, h);
			compare(text, strlen(text));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixtures),
		cmocka_unit_test(test_likenesses),
		cmocka_unit_test(test_other_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
