// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "lib/out.h"
#include "lib/unseen.h"

static void as_printf(uint64_t v)
{
	char want[32], got[OL_U64_ROOM + 1];
	char *end;

	memset(got, 'x', sizeof(got));
	end = ol_put_u64(got, v);
	assert_int_equal(end - got, snprintf(want, sizeof(want), "%llu", (unsigned long long)v));
	assert_memory_equal(got, want, (size_t)(end - got));
	assert_int_equal(got[OL_U64_ROOM], 'x');
}

static void test_decimal(void **state)
{
	uint64_t ten = 1;

	(void)state;
	for (uint64_t v = 0; v < 20000; v++)
		as_printf(v);
	for (int digits = 0; digits < 20; digits++, ten *= 10)
		for (uint64_t lead = 1; lead < 10; lead++) {
			as_printf(ten * lead - 1);
			as_printf(ten * lead);
			as_printf(ten * lead + 1);
			as_printf(ten * lead + ten / 2);
		}
	for (uint64_t v = 88172645463325252, i = 0; i < 200000; i++) {
		v ^= v << 13, v ^= v >> 7, v ^= v << 17;
		as_printf(v >> i % 64);
	}
	as_printf(UINT64_MAX);
}

/* One byte that is not plain, at each place of texts of each length. */
static void test_plain(void **state)
{
	static const char odd[] = { '"', '\\', 0x1f, 0x7f, '\0', '\n', (char)0x80, (char)0xff };
	char text[70];

	(void)state;
	memset(text, '~', sizeof(text));
	for (size_t n = 0; n <= sizeof(text); n++) {
		assert_int_equal(ol_json_plain(ol_span(text, n)), n);
		for (size_t at = 0; at < n; at++)
			for (size_t k = 0; k < sizeof(odd); k++) {
				text[at] = odd[k];
				assert_int_equal(ol_json_plain(ol_span(text, n)), at);
				text[at] = ' ';
				assert_int_equal(ol_json_plain(ol_span(text, n)), n);
			}
		memset(text, '~', sizeof(text));
	}
}

static size_t utf8(char *to, uint32_t cp)
{
	size_t n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;

	if (n == 1) {
		to[0] = (char)cp;
		return n;
	}
	for (size_t i = n; --i; cp >>= 6)
		to[i] = (char)(0x80 | (cp & 0x3f));
	to[0] = (char)(0xf00 >> n | cp);
	return n;
}

/* How one code point between two letters is written in JSON and on a terminal. */
static void assert_escaped(uint32_t cp, bool escaped)
{
	char in[8] = "a", want[64] = "a", *w = want + 1;
	size_t n = utf8(in + 1, cp);
	struct ol_out o;

	in[n + 1] = 'b';
	for (size_t i = 1; i <= n; i++)
		w += escaped ? sprintf(w, "\\x%02x", (unsigned char)in[i])
			     : sprintf(w, "%c", in[i]);
	strcpy(w, "b");
	ol_out_init(&o, -1);
	ol_out_safe(&o, ol_span(in, n + 2));
	ol_out_char(&o, 0);
	assert_string_equal(o.buf, want);

	w = want + 1;
	if (!escaped)
		w += sprintf(w, "%.*s", (int)n, in + 1);
	else if (cp < 0x10000)
		w += sprintf(w, "\\u%04x", cp);
	else
		w += sprintf(w, "\\u%04x\\u%04x", 0xd800 + ((cp - 0x10000) >> 10),
			     0xdc00 + (cp & 0x3ff));
	strcpy(w, "b");
	o.n = 0;
	ol_out_json_text(&o, ol_span(in, n + 2));
	ol_out_char(&o, 0);
	assert_string_equal(o.buf, want);
	ol_out_done(&o);
}

/* First and last of what must not be seen as it is; the neighbours stand for what must. */
static void test_unseen(void **state)
{
	static const uint32_t hidden[][2] = {
		{ 0x01, 0x1f },        { 0x7f, 0x9f },       { 0xad, 0xad },
		{ 0x34f, 0x34f },      { 0x61c, 0x61c },     { 0x115f, 0x1160 },
		{ 0x17b4, 0x17b5 },    { 0x180b, 0x180f },   { 0x200b, 0x200f },
		{ 0x2028, 0x202e },    { 0x2060, 0x206f },   { 0x2800, 0x2800 },
		{ 0x3164, 0x3164 },    { 0xe000, 0xf8ff },   { 0xfdd0, 0xfdef },
		{ 0xfe00, 0xfe0f },    { 0xfeff, 0xfeff },   { 0xffa0, 0xffa0 },
		{ 0xfff0, 0xfffb },    { 0xfffe, 0xffff },   { 0x1bca0, 0x1bca3 },
		{ 0x1d173, 0x1d17a },  { 0x1fffe, 0x1ffff }, { 0xe0000, 0xe0fff },
		{ 0xf0000, 0x10ffff },
	};
	static const uint32_t seen[] = {
		' ',     '~',     0xa0,    0xac,    0xae,    0xe9,   0x301,   0x350,
		0x115e,  0x1161,  0x2010,  0x2027,  0x202f,  0x205f, 0x27ff,  0x2801,
		0x3000,  0x3163,  0x3165,  0xac00,  0xd7a3,  0xf900, 0xfdcf,  0xfdf0,
		0xfdff,  0xfe10,  0xff9f,  0xffa1,  0xfffc,  0xfffd, 0x10000, 0x1bc9f,
		0x1d172, 0x1d17b, 0x1f4a9, 0x20000, 0x30000,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		for (uint32_t cp = hidden[i][0]; cp <= hidden[i][1]; cp++)
			assert_escaped(cp, true);
	for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++)
		assert_escaped(seen[i], false);
	assert_true(ol_cp_unseen(0) && ol_cp_unseen(0xd800) && ol_cp_unseen(0xdfff));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decimal),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_unseen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
