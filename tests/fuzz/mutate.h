/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_TESTS_FUZZ_MUTATE_H
#define OL_TESTS_FUZZ_MUTATE_H

/*
 * What happens to a log between the kernel and us, as mutations: lines are lost, doubled, swapped,
 * wrapped by a terminal, prefixed by another logger, mixed with those of another dump, cut; and
 * numbers grow to where sums overflow. Each keeps the rest a log, so that what is behind the first
 * line is reached, too. For targets whose input is a log: include this and nothing else.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_n, const uint8_t *b, size_t b_n,
				 uint8_t *to, size_t max, unsigned seed);

static uint32_t mut_seed;

static uint32_t mut_random(uint32_t below)
{
	mut_seed = mut_seed * 1664525u + 1013904223u;
	return below ? (mut_seed >> 8) % below : 0;
}

/* ---- lines ---- */

enum { MUT_LINES = 4096 };
struct mut_log {
	const uint8_t *p;
	uint32_t n, from[MUT_LINES], len[MUT_LINES]; /* with the newline; the last may have none */
};

static void mut_split(struct mut_log *l, const uint8_t *p, size_t size)
{
	size_t at = 0;

	l->p = p;
	for (l->n = 0; at < size && l->n < MUT_LINES; l->n++) {
		const uint8_t *nl = memchr(p + at, '\n', size - at);
		size_t end = nl && l->n < MUT_LINES - 1 ? (size_t)(nl - p) + 1 : size;

		l->from[l->n] = (uint32_t)at;
		l->len[l->n] = (uint32_t)(end - at);
		at = end;
	}
}

struct mut_out {
	uint8_t *p;
	size_t n, max;
};

static void mut_put(struct mut_out *o, const void *p, size_t n)
{
	if (n > o->max - o->n)
		n = o->max - o->n;
	memcpy(o->p + o->n, p, n);
	o->n += n;
}

static void mut_lines(struct mut_out *o, const struct mut_log *l, uint32_t from, uint32_t to)
{
	for (; from < to && from < l->n; from++)
		mut_put(o, l->p + l->from[from], l->len[from]);
}

/* ---- what a logger puts around a line ---- */

static const char *const mut_prefixes[] = {
	"",
	"[12345.678901] ",
	"[12345.678901][  T123] ",
	"<4>[12345.678901] ",
	"[Thu Mar 12 11:02:33 2026] ",
	"kern  :warn  : [12345.678901] ",
	"Mar 12 11:02:33 web1 kernel: ",
	"Mar 12 11:02:33 web1 kernel: [12345.678901] ",
	"2026-03-12T11:02:33.123456+01:00 web1 kernel: [12345.678901] ",
	"<4>1 2026-03-12T11:02:33Z web1 kernel - - - ",
	"4,1234,12345678901,-,caller=T1;",
	"Thu Mar 12 11:02:33 2026 kern.warn kernel: [12345.678901] ",
	"2026-03-12T11:02:33.123456789Z stdout F ",
	"2026-03-12T11:02:33.123456789Z stderr P ",
	"Mar 12 11:02:33 [kernel] ",
	"> ",
	"    ",
};
enum { MUT_PREFIXES = sizeof(mut_prefixes) / sizeof(mut_prefixes[0]) };

/* Where the words of a line begin, as well as can be told: behind "kernel: ", "] " or ";". */
static size_t mut_words(const uint8_t *p, size_t n)
{
	size_t at = 0;

	for (size_t i = 0; i + 1 < n && i < 90; i++)
		if ((p[i] == ']' && p[i + 1] == ' ' && i < 60) ||
		    (p[i] == ':' && p[i + 1] == ' ' && i > 6 && !memcmp(p + i - 6, "kernel", 6)))
			at = i + 2;
		else if (p[i] == ';' && !at)
			return i + 1;
	return at;
}

static void mut_quote(struct mut_out *o, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char hex[8];

		if (p[i] == '"' || p[i] == '\\') {
			mut_put(o, "\\", 1);
			mut_put(o, p + i, 1);
		} else if (p[i] < ' ') {
			snprintf(hex, sizeof(hex), "\\u%04x", p[i]);
			mut_put(o, hex, 6);
		} else {
			mut_put(o, p + i, 1);
		}
	}
}

/* All lines from @from to @to as another transport would have carried them. */
static void mut_prefix(struct mut_out *o, const struct mut_log *l, uint32_t from, uint32_t to)
{
	static const char *const json[][2] = {
		{ "{\"log\":\"",
		  "\\n\",\"stream\":\"stdout\",\"time\":\"2026-03-12T11:02:33Z\"}\n" },
		{ "{\"_TRANSPORT\":\"kernel\",\"SYSLOG_IDENTIFIER\":\"kernel\",\"MESSAGE\":\"",
		  "\",\"__REALTIME_TIMESTAMP\":\"1773480413000000\"}\n" },
	};
	uint32_t how = mut_random(MUT_PREFIXES + 3);

	mut_lines(o, l, 0, from);
	for (uint32_t i = from; i < to && i < l->n; i++) {
		const uint8_t *p = l->p + l->from[i];
		size_t n = l->len[i], at = mut_words(p, n);

		if (how < MUT_PREFIXES) {
			mut_put(o, mut_prefixes[how], strlen(mut_prefixes[how]));
			mut_put(o, p + at, n - at);
		} else if (how < MUT_PREFIXES + 2) {
			const char *const *j = json[how - MUT_PREFIXES];

			n -= n && p[n - 1] == '\n';
			mut_put(o, j[0], strlen(j[0]));
			mut_quote(o, p + at, n > at ? n - at : 0);
			mut_put(o, j[1], strlen(j[1]));
		} else { /* an entry of journalctl -o export */
			mut_put(o, "_TRANSPORT=kernel\nMESSAGE=", 26);
			mut_put(o, p + at, n - at);
			mut_put(o, "\n", 1);
		}
	}
	mut_lines(o, l, to, l->n);
}

/* ---- the rest ---- */

static void mut_wrap(struct mut_out *o, const struct mut_log *l)
{
	static const uint8_t widths[] = { 20, 40, 64, 72, 78, 80, 100, 120, 132 };
	size_t width = widths[mut_random(sizeof(widths))];

	for (uint32_t i = 0; i < l->n; i++) {
		const uint8_t *p = l->p + l->from[i];
		size_t n = l->len[i];

		for (; n > width + 1; p += width, n -= width) {
			mut_put(o, p, width);
			mut_put(o, "\n", 1);
		}
		mut_put(o, p, n);
	}
}

/* The lines of two logs in turn, in runs as they come when two CPUs print. */
static void mut_mix(struct mut_out *o, const struct mut_log *a, const struct mut_log *b)
{
	uint32_t i = 0, k = 0;

	while (i < a->n || k < b->n) {
		uint32_t run = 1 + mut_random(6);

		mut_lines(o, a, i, i + run);
		i += run;
		run = mut_random(5);
		mut_lines(o, b, k, k + run);
		k += i >= a->n ? run + 1 : run;
	}
}

static void mut_number(struct mut_out *o, const uint8_t *p, size_t size)
{
	static const char *const extreme[] = {
		"0",
		"1",
		"-1",
		"4095",
		"4096",
		"2147483647",
		"2147483648",
		"4294967295",
		"4294967296",
		"9007199254740991",
		"9223372036854771712",
		"9223372036854775807",
		"9223372036854775808",
		"18446744073709551615",
		"18446744073709551616",
		"99999999999999999999999999",
		"0x7fffffff",
		"0xffffffffffffffff",
		"",
		"1e9",
	};
	const char *word = extreme[mut_random(sizeof(extreme) / sizeof(extreme[0]))];
	size_t at = mut_random((uint32_t)size), end;

	while (at < size && !(p[at] >= '0' && p[at] <= '9'))
		at++;
	while (at && at < size && p[at - 1] >= '0' && p[at - 1] <= '9')
		at--;
	for (end = at; end < size && p[end] >= '0' && p[end] <= '9';)
		end++;
	mut_put(o, p, at);
	if (end > at)
		mut_put(o, word, strlen(word));
	mut_put(o, p + end, size - end);
}

static uint8_t *mut_mem(size_t max, struct mut_log **ret_a, struct mut_log **ret_b)
{
	static struct mut_log a, b;
	static uint8_t *mem;
	static size_t cap;

	if (max > cap) {
		free(mem);
		mem = malloc(max);
		cap = mem ? max : 0;
	}
	*ret_a = &a;
	*ret_b = &b;
	return mem;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	struct mut_log *l, *again;
	struct mut_out o = { mut_mem(max, &l, &again), 0, max };
	uint32_t i, k, n;

	mut_seed = seed;
	mut_split(l, data, size);
	/* half of all are the fuzzer's own: bytes, and the words of its dictionary */
	if (!o.p || !l->n || mut_random(2))
		return LLVMFuzzerMutate(data, size, max);
	i = mut_random(l->n);
	n = 1 + mut_random(mut_random(4) ? 4 : l->n - i);
	n = n > l->n - i ? l->n - i : n;
	k = mut_random(l->n + 1);
	switch (mut_random(9)) {
	case 0: /* lost */
		mut_lines(&o, l, 0, i);
		mut_lines(&o, l, i + n, l->n);
		break;
	case 1: /* twice */
		mut_lines(&o, l, 0, i + n);
		mut_lines(&o, l, i, l->n);
		break;
	case 2: /* somewhere else, or copied there */
		mut_lines(&o, l, 0, k);
		mut_lines(&o, l, i, i + n);
		mut_lines(&o, l, k, l->n);
		break;
	case 3: /* swapped with what follows */
		mut_lines(&o, l, 0, i);
		mut_lines(&o, l, i + n, i + 2 * n);
		mut_lines(&o, l, i, i + n);
		mut_lines(&o, l, i + 2 * n, l->n);
		break;
	case 4:
		mut_wrap(&o, l);
		break;
	case 5:
		mut_prefix(&o, l, mut_random(3) ? 0 : i, mut_random(3) ? l->n : i + n);
		break;
	case 6: /* cut at either end */
		if (mut_random(2))
			mut_put(&o, data, mut_random((uint32_t)size));
		else
			mut_lines(&o, l, i, l->n);
		break;
	case 7: /* with itself, a little later */
		mut_split(again, data, size);
		mut_mix(&o, l, again);
		break;
	default:
		mut_number(&o, data, size);
		break;
	}
	if (!o.n)
		return LLVMFuzzerMutate(data, size, max);
	memcpy(data, o.p, o.n);
	return o.n;
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_n, const uint8_t *b, size_t b_n,
				 uint8_t *to, size_t max, unsigned seed)
{
	struct mut_log *x, *y;
	struct mut_out o = { to, 0, max };
	uint32_t i, k;

	mut_mem(0, &x, &y);
	mut_seed = seed;
	mut_split(x, a, a_n);
	mut_split(y, b, b_n);
	if (mut_random(2)) { /* two dumps at a time */
		mut_mix(&o, x, y);
		return o.n;
	}
	/* a part of one in the other */
	i = mut_random(x->n + 1);
	k = mut_random(y->n + 1);
	mut_lines(&o, x, 0, i);
	mut_lines(&o, y, k, k + 1 + mut_random(y->n));
	mut_lines(&o, x, i + mut_random(x->n - i + 1), x->n);
	return o.n;
}

#endif
