// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a user types: times, seconds, sizes, options. The first byte chooses, words are between
 * NULs. What is accepted must be what a second, plainer reading of the same words says.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cli/verb.h"
#include "lib/clock.h"
#include "lib/human.h"
#include "tests/fuzz/check.h"

enum { WORDS = 16 };
static char *words[WORDS + 2];
static int n_words;

static void split(const uint8_t *data, size_t size, char *own)
{
	memcpy(own, data, size);
	own[size] = 0;
	n_words = 1;
	words[0] = "oomlens";
	for (size_t at = 0; at < size && n_words <= WORDS; at += strlen(own + at) + 1)
		words[n_words++] = own + at;
	words[n_words] = NULL;
}

static void a_time(struct ol_span s)
{
	int64_t now = INT64_C(1773480413000000), us = 77, again;
	char text[40];
	bool zone;

	if (ol_time_parse(s, now, &us)) {
		must(us == 77);
	} else if (us > 0 && us < INT64_C(250000000000000000)) {
		/* what was understood, printed, is understood the same way */
		ol_time_format(us, true, text);
		must(strlen(text) < 33);
		must(!ol_time_parse(ol_span_str(text), now, &again) && again == us);
	}
	if (ol_eat_iso_time(&s, &us, &zone))
		must(us > INT64_MIN / 2 && us < INT64_MAX / 2);
}

/* Digits, a point, at most six digits: nothing else, and what strtod() makes of it. */
static void a_duration(const char *w)
{
	int64_t us = -1;
	double v;

	if (!ol_opt_seconds(w, &us))
		return;
	v = strtod(w, NULL);
	must(!w[strspn(w, "0123456789.")] && us >= 0 && us < INT64_C(86401000000));
	must(v * 1e6 - (double)us < 1.001 && (double)us - v * 1e6 < 1.001);
}

static void some_numbers(const uint8_t *p, size_t n)
{
	int64_t v = 0;

	memcpy(&v, p, n < sizeof(v) ? n : sizeof(v));
	must(memchr(ol_fmt_kb(v).s, 0, 32) && memchr(ol_fmt_bytes((uint64_t)v).s, 0, 32));
	must(strlen(ol_fmt_short_kb(v).s) <= 6 && memchr(ol_fmt_span_us(v).s, 0, 32));
}

static const struct ol_verb *verb_of(uint8_t b)
{
	int n = 0;

	while (ol_verbs[n])
		n++;
	return ol_verbs[b % n];
}

/* All operands are moved to the front, none is lost or made. */
static void some_options(const struct ol_verb *verb)
{
	const struct ol_option *o;
	const char *arg;
	struct ol_optwalk w;
	int r, steps = 0;

	ol_optwalk_init(&w, verb, n_words, words);
	while ((r = ol_optwalk_next(&w, &o, &arg)) > 0) {
		must(o && o->name && ++steps < 10000);
		must(!arg || o->takes);
		must(arg || !o->takes || o->takes[0] == '[');
	}
	must(w.n_operands >= 0 && w.n_operands < n_words && w.i <= n_words);
}

/* "512M", "2GiB", "100000" and nothing else; --help behind it keeps anything from being run. */
static void a_size(const char *w)
{
	char limit[300], help[] = "--help", name[] = "watch";
	char *argv[] = { name, limit, help, NULL };
	size_t digits = strspn(w, "0123456789"), unit;
	const char *rest = w + digits;
	int r;

	snprintf(limit, sizeof(limit), "--limit=%.280s", w);
	r = ol_verb_find("watch")->run(3, argv);
	must(r == 0 || r == OL_EXIT_TROUBLE);
	if (r)
		return;
	unit = strspn(rest, "KMGTkmgt");
	must(digits && unit <= 1 && strspn(w, "0") < digits);
	rest += unit;
	must(!*rest || (unit && (!strcmp(rest, "B") || !strcmp(rest, "iB"))));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *own;

	if (size < 2 || size > 4096)
		return 0;
	own = malloc(size);
	must(own);
	split(data + 1, size - 1, own);
	switch (data[0]) {
	case 't':
		a_time(ol_span((const char *)data + 1, size - 1));
		break;
	case 's':
		a_duration(words[1]);
		break;
	case 'n':
		some_numbers(data + 1, size - 1);
		break;
	case 'l':
		a_size(words[1]);
		break;
	default:
		some_options(verb_of(data[0]));
		break;
	}
	free(own);
	return 0;
}
