// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/transport_impl.h"

/* The stamps and levels that stand in front of a message, whoever put them there. */

#define US INT64_C(1000000)

static void set_stamp(struct ol_line *l, const char *from, const char *to)
{
	if (!l->stamp.p)
		l->stamp = ol_span(from, (size_t)(to - from));
}

/*
 * "[   12.345678] ", "[1234567.890123]", "[    2.345678@0]" (vendor trees: the cpu),
 * "[2-3219.1870]" (Samsung televisions: the cpu in front), "[12.345678s]" (Huawei telephones),
 * "[  12.345678 <    0.000123>]" (dmesg -d). The point is what tells a stamp from a task table row
 * "[ 1234]", a trace frame "[<c0100000>]" and "x[123]". The kernel prints 6 digits behind it.
 */
bool ol_transport_kstamp(struct ol_span *s, struct ol_line *l, unsigned min_frac)
{
	const char *p = s->p, *e = p + s->n, *b, *end;
	int64_t sec = 0, us = 0, unit = 100000;
	unsigned n = 0;

	if (s->n < 4 || *p != '[')
		return false;
	for (p++; p < e && *p == ' '; p++)
		;
	b = p;
	for (; p < e && ol_is_digit(*p); p++) {
		if (++n > 12)
			return false;
		sec = sec * 10 + (*p - '0');
	}
	if (n && n <= 2 && p < e && *p == '-') {
		for (p++, n = 0, sec = 0; p < e && ol_is_digit(*p); p++) {
			if (++n > 12)
				return false;
			sec = sec * 10 + (*p - '0');
		}
		min_frac = 4; /* and no "[1-1.2]" of USB */
	}
	if (!n || p == e || *p != '.')
		return false;
	for (p++, n = 0; p < e && ol_is_digit(*p); p++) {
		if (++n > 9)
			return false;
		us += unit * (*p - '0');
		unit /= 10;
	}
	if (n < min_frac || p == e)
		return false;
	end = p;
	if (*p == '@') {
		for (p++; p < e && ol_is_digit(*p); p++)
			;
	} else if (*p == ' ' && p + 1 < e && p[1] == '<') {
		for (p += 2; p < e && (*p == ' ' || *p == '.' || *p == ',' || ol_is_digit(*p)); p++)
			;
		if (p == e || *p++ != '>')
			return false;
	}
	if (p + 1 < e && *p == 's' && p[1] == ']')
		p++;
	if (p == e || *p != ']')
		return false;
	p++;
	l->mono_us = sec * US + us;
	set_stamp(l, b, end);
	*s = ol_span(p, (size_t)(e - p));
	return true;
}

/*
 * Behind the stamp: PRINTK_CALLER "[ T1234]" or "[    C0]", glued or after a blank; Android's
 * "[cpu1:123:comm]", "[0:  kworker/0:1:  123]" and "(0)[123:comm]", Huawei's
 * "[pid:123,cpu1,comm]". Then the one blank that belongs to the prefix.
 */
void ol_transport_caller(struct ol_span *s, struct ol_line *l)
{
	const char *p = s->p, *e = p + s->n, *q = p, *b;

	if (!s->n)
		return;
	if (*q == ' ' && q + 1 < e)
		q++;
	if (*q == '(' && q + 3 < e && ol_is_digit(q[1])) {
		for (q++; q < e && ol_is_digit(*q); q++)
			;
		if (e - q < 3 || q[0] != ')' || q[1] != '[' || !ol_is_digit(q[2]))
			goto blank;
		b = q += 2;
		for (; q < e && ol_is_digit(*q); q++)
			;
		if (q == e || *q != ':')
			goto blank;
		l->caller = ol_span(b, (size_t)(q - b));
		goto bracket;
	}
	if (*q != '[')
		goto blank;
	for (q++; q < e && *q == ' '; q++)
		;
	b = q;
	if (e - q >= 3 && (*q == 'T' || *q == 'C') && ol_is_digit(q[1])) {
		for (q++; q < e && ol_is_digit(*q); q++)
			;
		if (q == e || *q != ']')
			goto blank;
		l->caller = ol_span(b, (size_t)(q - b));
		p = q + 1;
		goto blank;
	}
	if (e - q > 5 && memcmp(q, "pid:", 4) == 0 && ol_is_digit(q[4])) {
		for (b = q += 4; q < e && ol_is_digit(*q); q++)
			;
		l->caller = ol_span(b, (size_t)(q - b));
		goto bracket;
	}
	if (e - q > 5 && memcmp(q, "cpu", 3) == 0 && ol_is_digit(q[3])) {
		for (q += 3; q < e && ol_is_digit(*q); q++)
			;
		if (q == e || *q != ':' || q + 1 == e || !ol_is_digit(q[1]))
			goto blank;
		for (b = ++q; q < e && ol_is_digit(*q); q++)
			;
		if (q == e || *q != ':')
			goto blank;
		l->caller = ol_span(b, (size_t)(q - b));
		goto bracket;
	}
	if (e - q > 5 && ol_is_digit(q[0]) && (q[1] == ':' || (ol_is_digit(q[1]) && q[2] == ':'))) {
		const char *close = memchr(q, ']', (size_t)(e - q < 48 ? e - q : 48));
		const char *d = close;

		while (d && d > q && ol_is_digit(d[-1]))
			d--;
		b = d;
		while (d && d > q && d[-1] == ' ')
			d--;
		/* the row of digits must be a pid of its own: "[0:  comm:  123]" */
		if (!d || b == close || d[-1] != ':' || d - q < 4)
			goto blank;
		l->caller = ol_span(b, (size_t)(close - b));
		p = close + 1;
	}
	goto blank;
bracket:
	b = memchr(q, ']', (size_t)(e - q < 48 ? e - q : 48));
	if (b)
		p = b + 1;
	else
		l->caller = ol_span(NULL, 0);
blank:
	if (p < e && *p == ' ')
		p++;
	*s = ol_span(p, (size_t)(e - p));
}

/* Month names: English, then what glibc and journald print under common locales. */
static const struct {
	const char *name;
	unsigned month;
} months[] = {
	{ "jan", 1 },
	{ "feb", 2 },
	{ "mar", 3 },
	{ "apr", 4 },
	{ "may", 5 },
	{ "jun", 6 },
	{ "jul", 7 },
	{ "aug", 8 },
	{ "sep", 9 },
	{ "oct", 10 },
	{ "nov", 11 },
	{ "dec", 12 },
	/* de, nl, sv, da, nb */
	{ "m\303\244r", 3 },
	{ "mrz", 3 },
	{ "mrt", 3 },
	{ "mai", 5 },
	{ "mei", 5 },
	{ "maj", 5 },
	{ "okt", 10 },
	{ "dez", 12 },
	{ "des", 12 },
	/* fr */
	{ "janv", 1 },
	{ "f\303\251vr", 2 },
	{ "mars", 3 },
	{ "avril", 4 },
	{ "avr", 4 },
	{ "juin", 6 },
	{ "juil", 7 },
	{ "ao\303\273t", 8 },
	{ "sept", 9 },
	{ "d\303\251c", 12 },
	/* es, it, pt */
	{ "ene", 1 },
	{ "gen", 1 },
	{ "fev", 2 },
	{ "abr", 4 },
	{ "mag", 5 },
	{ "giu", 6 },
	{ "lug", 7 },
	{ "ago", 8 },
	{ "set", 9 },
	{ "ott", 10 },
	{ "out", 10 },
	{ "dic", 12 },
	/* pl, cs */
	{ "sty", 1 },
	{ "led", 1 },
	{ "lut", 2 },
	{ "\303\272no", 2 },
	{ "b\305\231e", 3 },
	{ "kwi", 4 },
	{ "dub", 4 },
	{ "kv\304\233", 5 },
	{ "cze", 6 },
	{ "\304\215en", 6 },
	{ "lip", 7 },
	{ "\304\215ec", 7 },
	{ "sie", 8 },
	{ "srp", 8 },
	{ "wrz", 9 },
	{ "z\303\241\305\231", 9 },
	{ "pa\305\272", 10 },
	{ "\305\231\303\255j", 10 },
	{ "lis", 11 },
	{ "gru", 12 },
	{ "pro", 12 },
	/* fi */
	{ "tammi", 1 },
	{ "helmi", 2 },
	{ "maalis", 3 },
	{ "huhti", 4 },
	{ "touko", 5 },
	{ "kes\303\244", 6 },
	{ "hein\303\244", 7 },
	{ "elo", 8 },
	{ "syys", 9 },
	{ "loka", 10 },
	{ "marras", 11 },
	{ "joulu", 12 },
	/* tr */
	{ "oca", 1 },
	{ "\305\237ub", 2 },
	{ "\305\236ub", 2 },
	{ "nis", 4 },
	{ "haz", 6 },
	{ "tem", 7 },
	{ "a\304\237u", 8 },
	{ "eyl", 9 },
	{ "eki", 10 },
	{ "kas", 11 },
	{ "ara", 12 },
	/* ru */
	{ "\321\217\320\275\320\262", 1 },
	{ "\321\204\320\265\320\262", 2 },
	{ "\320\274\320\260\321\200", 3 },
	{ "\320\260\320\277\321\200", 4 },
	{ "\320\274\320\260\321\217", 5 },
	{ "\320\274\320\260\320\271", 5 },
	{ "\320\270\321\216\320\275", 6 },
	{ "\320\270\321\216\320\273", 7 },
	{ "\320\260\320\262\320\263", 8 },
	{ "\321\201\320\265\320\275", 9 },
	{ "\320\276\320\272\321\202", 10 },
	{ "\320\275\320\276\321\217", 11 },
	{ "\320\275\320\276\321\217\320\261", 11 },
	{ "\320\264\320\265\320\272", 12 },
};

static bool same_word(struct ol_span w, const char *name)
{
	size_t i = 0;

	for (; i < w.n && name[i]; i++) {
		char c = w.p[i];

		if (c >= 'A' && c <= 'Z')
			c |= 0x20;
		if (c != name[i])
			return false;
	}
	return i == w.n && !name[i];
}

/* 1…12; 0: a word of a language that we do not know */
static unsigned month_of(struct ol_span w)
{
	uint64_t v;
	struct ol_span t = w;

	if (w.n > 1 && w.p[w.n - 1] == '.')
		w.n--;
	for (size_t i = 0; i < sizeof(months) / sizeof(months[0]); i++)
		if (same_word(w, months[i].name))
			return months[i].month;
	/* ja, zh "11\u6708", ko "11\uc6d4" */
	if (ol_eat_u64(&t, &v) && v >= 1 && v <= 12 &&
	    (ol_span_eqs(t, "\346\234\210") || ol_span_eqs(t, "\354\233\224")))
		return (unsigned)v;
	return 0;
}

/* A weekday or month in any language: no blank, no ASCII punctuation but a final point. */
static bool eat_word(struct ol_span *s, struct ol_span *ret)
{
	size_t i = 0;

	while (i < s->n && i < 24 && (ol_is_alpha(s->p[i]) || (unsigned char)s->p[i] >= 0x80))
		i++;
	if (!i || i == s->n)
		return false;
	if (s->p[i] == '.')
		i++;
	*ret = ol_span_head(*s, i);
	*s = ol_span_skip(*s, i);
	return true;
}

/*
 * The same, or a month with a number: "11\u6708". It is looked up only when all the rest of the
 * stamp has proved to be one: most lines that come here begin with some other word.
 */
static bool eat_month(struct ol_span *s, struct ol_span *ret)
{
	struct ol_span t = *s, w;
	size_t d = 0;

	while (d < t.n && d < 2 && ol_is_digit(t.p[d]))
		d++;
	t = ol_span_skip(t, d);
	if (d && (!t.n || (unsigned char)t.p[0] < 0x80))
		return false;
	if (!eat_word(&t, &w))
		return false;
	*ret = ol_span(s->p, w.n + d);
	*s = t;
	return true;
}

static bool eat_2(struct ol_span *s, unsigned *ret)
{
	if (s->n < 2 || !ol_is_digit(s->p[0]) || !ol_is_digit(s->p[1]))
		return false;
	*ret = (unsigned)(s->p[0] - '0') * 10 + (unsigned)(s->p[1] - '0');
	*s = ol_span_skip(*s, 2);
	return true;
}

/* "20", " 5" or "5"; 1…31 */
static bool eat_day(struct ol_span *s, unsigned *ret)
{
	struct ol_span t = *s;
	unsigned d = 0, n = 0;

	for (; n < 2 && t.n && ol_is_digit(t.p[0]); n++, t = ol_span_skip(t, 1))
		d = d * 10 + (unsigned)(t.p[0] - '0');
	if (!n || d < 1 || d > 31)
		return false;
	*s = t;
	*ret = d;
	return true;
}

static bool eat_blanks(struct ol_span *s)
{
	size_t n = s->n;

	*s = ol_span_ltrim(*s);
	return s->n < n;
}

static bool eat_year(struct ol_span *s, unsigned *ret)
{
	struct ol_span t = *s;
	unsigned a, b;

	if (!eat_2(&t, &a) || !eat_2(&t, &b) || a < 19 || a > 29)
		return false;
	*ret = a * 100 + b;
	*s = t;
	return true;
}

/* "18:51:21", "18:51:21.123456" */
bool ol_transport_hms(struct ol_span *s, unsigned *h, unsigned *m, unsigned *sec, unsigned *us)
{
	struct ol_span t = *s;
	unsigned frac = 0, unit = 100000;

	if (!eat_2(&t, h) || !ol_span_eat(&t, OL_SPAN(":")) || !eat_2(&t, m) ||
	    !ol_span_eat(&t, OL_SPAN(":")) || !eat_2(&t, sec) || *h > 23 || *m > 59 || *sec > 60)
		return false;
	if (t.n > 1 && (t.p[0] == '.' || t.p[0] == ',') && ol_is_digit(t.p[1])) {
		for (t = ol_span_skip(t, 1); t.n && ol_is_digit(t.p[0]); t = ol_span_skip(t, 1)) {
			frac += unit * (unsigned)(t.p[0] - '0');
			unit /= 10;
		}
	}
	*us = frac;
	*s = t;
	return true;
}

static void set_wall(struct ol_line *l, int64_t us, bool zone, bool noyear)
{
	if (l->wall_us != OL_TIME_NONE && noyear)
		return; /* what a wrapper said had a year */
	l->wall_us = us;
	l->wall_zone = zone;
	l->wall_noyear = noyear;
}

static void set_minute(struct ol_line *l, int64_t us)
{
	if (us == OL_TIME_NONE || l->wall_us != OL_TIME_NONE)
		return;
	set_wall(l, us, false, true);
	l->wall_minute = true;
}

static void rel_start(struct ol_framer *f, struct ol_span stamp, int64_t wall_us)
{
	f->rel.n = stamp.n < sizeof(f->rel.stamp) ? stamp.n : 0;
	memcpy(f->rel.stamp, stamp.p, f->rel.n);
	f->rel.wall_us = wall_us;
	f->rel.since_us = 0;
}

/*
 * dmesg -H prints a full stamp when the minute is another than the line before's, else the time
 * since that line: as long as no line is missing, the minute is still the one of the full stamp.
 */
static void rel_delta(struct ol_framer *f, struct ol_line *l, struct ol_span delta)
{
	struct ol_span frac = ol_span_skip(delta, delta.n - 6);
	uint64_t sec, us;

	if (f->rel.n && delta.n < 10 && ol_span_u64(ol_span_head(delta, delta.n - 7), &sec) &&
	    ol_span_u64(frac, &us))
		f->rel.since_us += (int64_t)(sec * US + us);
	else
		f->rel.n = 0;
	if (f->rel.since_us >= 60 * US)
		f->rel.n = 0;
	if (!f->rel.n) {
		l->stamp_delta = !l->stamp.p;
		set_stamp(l, delta.p, delta.p + delta.n);
		return;
	}
	set_minute(l, f->rel.wall_us);
	set_stamp(l, f->rel.stamp, f->rel.stamp + f->rel.n);
}

/*
 * dmesg -T "[Thu Nov 20 18:51:21 2026]" under any locale, with -d also " <    0.000123>" inside;
 * reltime "[Nov20 18:51]" and "[  +0.000123]"; -d without stamp "[<    0.000123>]".
 */
bool ol_transport_bracket_wall(struct ol_framer *f, struct ol_span *s, struct ol_line *l)
{
	struct ol_span t = *s, w, name;
	const char *b, *end;
	unsigned mon, day, h, m, sec, us, year;

	if (!ol_span_eat(&t, OL_SPAN("[")) || !t.n)
		return false;
	b = t.p;
	if (t.p[0] == ' ' || t.p[0] == '+' || t.p[0] == '<') {
		bool delta = false;

		t = ol_span_ltrim(t);
		if (!ol_span_eat(&t, OL_SPAN("+")) && !(delta = ol_span_eat(&t, OL_SPAN("<"))))
			return false;
		t = ol_span_ltrim(t);
		b = t.p;
		for (m = 0; t.n && (ol_is_digit(t.p[0]) || t.p[0] == '.' || t.p[0] == ','); m++)
			t = ol_span_skip(t, 1);
		end = t.p;
		if (m < 8 || (t.p[-7] != '.' && t.p[-7] != ',') ||
		    (delta && !ol_span_eat(&t, OL_SPAN(">"))) || !ol_span_eat(&t, OL_SPAN("]")))
			return false;
		if (delta)
			f->rel.n = 0;
		rel_delta(f, l, ol_span(b, (size_t)(end - b)));
		*s = t;
		return true;
	}
	if (!eat_month(&t, &w))
		return false;
	if (t.n && ol_is_digit(t.p[0])) { /* [Nov20 18:51] */
		if (!eat_day(&t, &day) || !ol_span_eat(&t, OL_SPAN(" ")) || !eat_2(&t, &h) ||
		    !ol_span_eat(&t, OL_SPAN(":")) || !eat_2(&t, &m))
			return false;
		end = t.p;
		if (!ol_span_eat(&t, OL_SPAN("]")))
			return false;
		mon = month_of(w);
		rel_start(f, ol_span(b, (size_t)(end - b)),
			  mon && h < 24 && m < 60 ? ol_time_us(1972, mon, day, h, m, 0, 0)
						  : OL_TIME_NONE);
		set_minute(l, f->rel.wall_us);
		set_stamp(l, b, end);
		*s = t;
		return true;
	}
	if (!eat_blanks(&t) || !eat_month(&t, &name) || !eat_blanks(&t) || !eat_day(&t, &day) ||
	    !eat_blanks(&t) || !ol_transport_hms(&t, &h, &m, &sec, &us) || !eat_blanks(&t) ||
	    !eat_year(&t, &year))
		return false;
	end = t.p;
	if (t.n > 2 && t.p[0] == ' ' && t.p[1] == '<') {
		t = ol_span_skip(t, 2);
		while (t.n &&
		       (ol_is_digit(t.p[0]) || t.p[0] == ' ' || t.p[0] == '.' || t.p[0] == ','))
			t = ol_span_skip(t, 1);
		if (!ol_span_eat(&t, OL_SPAN(">")))
			return false;
	}
	if (!ol_span_eat(&t, OL_SPAN("]")))
		return false;
	mon = month_of(name);
	if (mon)
		set_wall(l, ol_time_us(year, mon, day, h, m, sec, us), false, false);
	set_stamp(l, b, end);
	*s = t;
	return true;
}

/* A console server's or CI runner's "[2026-06-04 17:51:20]", "[2026-06-04T17:51:20.123Z]" */
bool ol_transport_bracket_iso(struct ol_span *s, struct ol_line *l)
{
	struct ol_span t = *s;
	const char *b, *end;
	int64_t us;
	bool zone;

	if (t.n < 21 || t.p[0] != '[' || !ol_is_digit(t.p[1]))
		return false;
	t = ol_span_skip(t, 1);
	b = t.p;
	if (!ol_eat_iso_time(&t, &us, &zone))
		return false;
	end = t.p;
	if (!ol_span_eat(&t, OL_SPAN("]")))
		return false;
	set_wall(l, us, zone, false);
	set_stamp(l, b, end);
	*s = t;
	return true;
}

/* "2026-11-20T18:51:21.123456+00:00" up to a blank or the end; also a journal's "+0000" */
bool ol_transport_iso(struct ol_span *s, struct ol_line *l)
{
	struct ol_span t = *s;
	int64_t us;
	bool zone;

	if (t.n < 19 || !ol_is_digit(t.p[3]) || t.p[4] != '-' || !ol_eat_iso_time(&t, &us, &zone))
		return false;
	if (t.n && !ol_is_blank(t.p[0]))
		return false;
	set_wall(l, us, zone, false);
	set_stamp(l, s->p, t.p);
	*s = t;
	return true;
}

/*
 * RFC 3164 and its relatives: "Nov 20 18:51:21", "Nov  5 …", "Nov 05 …", "Nov 20 18:51:21.123456",
 * "Nov 20 2026 18:51:21". *@s is left at the blank behind it.
 */
bool ol_transport_date(struct ol_span *s, struct ol_line *l)
{
	struct ol_span t = *s, name;
	unsigned mon, day, h, m, sec, us, year = 0;

	if (t.n < 14 || !eat_month(&t, &name) || !eat_blanks(&t) || !eat_day(&t, &day) ||
	    !eat_blanks(&t))
		return false;
	if (t.n > 5 && t.p[2] != ':' && eat_year(&t, &year) && !eat_blanks(&t))
		return false;
	if (!ol_transport_hms(&t, &h, &m, &sec, &us))
		return false;
	ol_span_eat(&t, OL_SPAN(":")); /* Cisco style relays */
	if (t.n && !ol_is_blank(t.p[0]))
		return false;
	mon = month_of(name);
	if (mon)
		set_wall(l, ol_time_us(year ? year : 1972, mon, day, h, m, sec, us), false, !year);
	if (us)
		ol_transport_set(l, OL_TR_JOURNAL); /* short-precise */
	set_stamp(l, s->p, t.p);
	*s = t;
	return true;
}

/*
 * "Sat Jan 27 00:14:32 2024" (logread) and "Thu 2026-11-20 18:51:21 UTC" (journalctl short-full).
 * *@s is left at the blank behind it; .transport tells which it was.
 */
bool ol_transport_weekday(struct ol_span *s, struct ol_line *l)
{
	struct ol_span t = *s, w, z, name;
	unsigned mon, day, h, m, sec, us, year;

	if (t.n < 23 || !eat_word(&t, &w) || !eat_blanks(&t) || !t.n)
		return false;
	if (ol_is_digit(t.p[0]) && t.n > 4 && t.p[4] == '-') {
		int64_t at;
		bool zone;

		if (!ol_eat_iso_time(&t, &at, &zone))
			return false;
		z = t;
		if (!zone && ol_span_eat(&z, OL_SPAN(" "))) {
			size_t i = 0;

			while (i < z.n && i < 6 &&
			       ((z.p[i] >= 'A' && z.p[i] <= 'Z') || ol_is_digit(z.p[i]) ||
				z.p[i] == '+' || z.p[i] == '-'))
				i++;
			if (i >= 2 && i < z.n && z.p[i] == ' ') {
				name = ol_span_head(z, i);
				zone = ol_span_eqs(name, "UTC") || ol_span_eqs(name, "GMT");
				t = ol_span_skip(z, i);
			}
		}
		if (t.n && !ol_is_blank(t.p[0]))
			return false;
		set_wall(l, at, zone, false);
		ol_transport_set(l, OL_TR_JOURNAL);
		set_stamp(l, s->p, t.p);
		*s = t;
		return true;
	}
	if (!eat_month(&t, &name) || !eat_blanks(&t) || !eat_day(&t, &day) || !eat_blanks(&t) ||
	    !ol_transport_hms(&t, &h, &m, &sec, &us) || !eat_blanks(&t) || !eat_year(&t, &year) ||
	    (t.n && !ol_is_blank(t.p[0])))
		return false;
	mon = month_of(name);
	if (mon)
		set_wall(l, ol_time_us(year, mon, day, h, m, sec, us), false, false);
	ol_transport_set(l, OL_TR_OPENWRT);
	set_stamp(l, s->p, t.p);
	*s = t;
	return true;
}

/* "<4>": facility * 8 + level */
bool ol_transport_pri(struct ol_span *s, struct ol_line *l)
{
	struct ol_span t = *s;
	uint64_t v;

	if (t.n < 3 || t.p[0] != '<' || !ol_is_digit(t.p[1]))
		return false;
	t = ol_span_skip(t, 1);
	if (!ol_eat_u64(&t, &v) || v > 1023 || !ol_span_eat(&t, OL_SPAN(">")))
		return false;
	l->facility = (int)(v >> 3);
	l->level = (int)(v & 7);
	*s = t;
	return true;
}

static const char *const facilities[] = {
	"kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
	"uucp",   "cron",   "authpriv", "ftp",    "ntp",    "audit",  "alert",  "clock",
	"local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7",
};

int ol_transport_facility(struct ol_span name)
{
	for (int i = 0; i < (int)(sizeof(facilities) / sizeof(facilities[0])); i++)
		if (name.n && name.p[0] == facilities[i][0] && ol_span_eqs(name, facilities[i]))
			return i;
	return ol_span_eqs(name, "security") ? 4 : -1;
}

int ol_transport_level(struct ol_span name)
{
	static const struct {
		const char *name;
		int level;
	} levels[] = {
		{ "emerg", 0 },  { "panic", 0 }, { "alert", 1 }, { "crit", 2 },
		{ "err", 3 },    { "error", 3 }, { "warn", 4 },  { "warning", 4 },
		{ "notice", 5 }, { "info", 6 },  { "debug", 7 },
	};

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (ol_span_eqs(name, levels[i].name))
			return levels[i].level;
	return -1;
}

/*
 * dmesg -x: "kern  :warn  : [12.345678] text";
 * Talos: "kern: warning: [2026-11-20T18:51:21.123Z]: text"
 * and "kern:    info: […]: text"
 */
bool ol_transport_x(struct ol_span *s, struct ol_line *l)
{
	struct ol_span t = *s, head;
	ssize_t k;
	bool talos;
	int fac, lev;

	head = ol_span_head(t, 12);
	k = ol_span_chr(head, ':');
	if (k < 3)
		return false;
	fac = ol_transport_facility(ol_span_rtrim(ol_span_head(t, (size_t)k)));
	if (fac < 0)
		return false;
	t = ol_span_skip(t, (size_t)k + 1);
	talos = t.n && t.p[0] == ' ';
	head = ol_span_head(t, 10);
	k = ol_span_chr(head, ':');
	if (k < 3)
		return false;
	lev = ol_transport_level(ol_span_trim(ol_span_head(t, (size_t)k)));
	if (lev < 0)
		return false;
	t = ol_span_skip(t, (size_t)k + 1);
	ol_span_eat(&t, OL_SPAN(" "));
	/* "user: warning: …" is how people write, too */
	if (talos && (t.n < 3 || t.p[0] != '[' || !ol_is_digit(t.p[1])))
		return false;
	l->facility = fac;
	l->level = lev;
	*s = t;
	return true;
}

/* "kern: warning: [2026-11-20T18:51:21.123Z]: text" */
bool ol_transport_talos(struct ol_line *l, struct ol_span *s)
{
	struct ol_span t = *s, stamp;

	if (!ol_transport_x(&t, l))
		return false;
	stamp = t;
	if (!ol_transport_bracket_iso(&stamp, l) || !ol_span_eat(&stamp, OL_SPAN(": ")))
		return false;
	l->writer = l->facility ? OL_WRITER_USER : OL_WRITER_KERNEL;
	ol_transport_set(l, OL_TR_OTHER);
	*s = stamp;
	return true;
}

/*
 * "10.0.0.7: kern: warning: [2026-11-20T18:51:21.123Z]: text": talosctl dmesg puts the node in
 * front of each line, by name or address.
 */
bool ol_transport_talos_node(struct ol_line *l, struct ol_span *s)
{
	ssize_t k = ol_span_find(ol_span_head(*s, 256), OL_SPAN(": "));
	struct ol_span node, t;
	struct ol_line probe;

	if (k <= 0)
		return false;
	node = ol_span_head(*s, (size_t)k);
	t = ol_span_skip(*s, (size_t)k + 2);
	if (ol_span_chr(node, ' ') >= 0 || ol_span_find(ol_span_head(t, 26), OL_SPAN(": [")) < 0)
		return false;
	probe = *l;
	if (!ol_transport_talos(&probe, &t))
		return false;
	*l = probe;
	l->wrapped = OL_WRAP_PREFIX;
	l->source = node;
	*s = t;
	return true;
}
