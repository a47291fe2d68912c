// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/transport_impl.h"

#include <errno.h>

/* What terminals, mail and web pages did to a line before anyone looks for its prefix. */

static const uint8_t mark_of[256] = {
	[0] = OL_MARK_RAW,    [0x1b] = OL_MARK_RAW, ['&'] = OL_MARK_RAW,
	[0xc2] = OL_MARK_RAW, ['#'] = OL_MARK_HASH, ['\\'] = OL_MARK_BSLASH,
};

typedef uint8_t v16 __attribute__((vector_size(16)));

static unsigned marks_in(const unsigned char *p, size_t n)
{
	unsigned acc = 0;

	while (n--)
		acc |= mark_of[*p++];
	return acc;
}

static inline v16 hits(const unsigned char *p)
{
	v16 v;

	memcpy(&v, p, 16);
	return (v16)((v == 0) | (v == 0x1b) | (v == '&') | (v == 0xc2) | (v == '#') | (v == '\\'));
}

/* The OR of all marks: most lines have none, which 16 bytes at a time tell. */
unsigned ol_transport_marks(struct ol_span s)
{
	const unsigned char *p = (const unsigned char *)s.p, *e = p + s.n;
	uint64_t half[2];
	v16 any = { 0 };

	if (s.n < 16)
		return marks_in(p, s.n);
	for (; e - p >= 16; p += 16)
		any |= hits(p);
	/* what is left, with some of it once more */
	any |= hits(e - 16);
	memcpy(half, &any, 16);
	return half[0] | half[1] ? marks_in((const unsigned char *)s.p, s.n) : 0;
}

/*
 * At ESC: the length of the sequence. "ESC [ params letter" (colour), "ESC ] … BEL" and
 * "ESC ] … ESC \" (titles, links), "ESC ( B" (character sets); anything else is the ESC alone.
 */
static size_t escape_len(const char *p, const char *e)
{
	const char *q = p + 1;
	const char *lim;

	if (q == e)
		return 1;
	if (*q == '[') {
		lim = e - q > 64 ? q + 64 : e;
		for (q++; q < lim && (unsigned char)*q >= 0x20 && (unsigned char)*q < 0x40; q++)
			;
		if (q < lim && *q >= 0x40 && *q <= 0x7e)
			return (size_t)(q + 1 - p);
		return 1;
	}
	if (*q == ']') {
		lim = e - q > 512 ? q + 512 : e;
		for (q++; q < lim; q++) {
			if (*q == '\a')
				return (size_t)(q + 1 - p);
			if (*q == '\033')
				return (size_t)(q + (q + 1 < e && q[1] == '\\' ? 2 : 0) - p);
		}
		return 1;
	}
	if ((*q == '(' || *q == ')' || *q == '#') && q + 1 < e)
		return 3;
	if (*q == '=' || *q == '>' || *q == '7' || *q == '8' || *q == 'c' || *q == 'M')
		return 2;
	return 1;
}

static const struct {
	const char *name;
	unsigned char n;
	char c;
} entities[] = {
	{ "&lt;", 4, '<' },   { "&gt;", 4, '>' },    { "&amp;", 5, '&' },   { "&quot;", 6, '"' },
	{ "&#39;", 5, '\'' }, { "&#039;", 6, '\'' }, { "&apos;", 6, '\'' }, { "&#34;", 5, '"' },
	{ "&#60;", 5, '<' },  { "&#62;", 5, '>' },   { "&#38;", 5, '&' },   { "&#x27;", 6, '\'' },
	{ "&nbsp;", 6, ' ' }, { "&#160;", 6, ' ' },
};

/*
 * A copy without colour, NUL and HTML entities, U+00A0 as a blank. It only ever shrinks, so that a
 * span that already lies in the scratch buffer is cleaned where it is.
 */
int ol_transport_clean(struct ol_framer *f, struct ol_span *s)
{
	const char *p = s->p, *e = p + s->n;
	char *w, *start;

	if (ol_transport_owns(f, *s)) {
		start = (char *)s->p;
	} else {
		if (!ol_transport_reserve(&f->scratch, s->n))
			return -ENOMEM;
		start = f->scratch.p;
	}
	for (w = start; p < e;) {
		size_t i;

		switch (*p) {
		case '\0':
			p++;
			continue;
		case '\033':
			p += escape_len(p, e);
			continue;
		case '\302':
			if (p + 1 < e && p[1] == '\240') {
				*w++ = ' ';
				p += 2;
				continue;
			}
			break;
		case '&':
			for (i = 0; i < sizeof(entities) / sizeof(entities[0]); i++)
				if ((size_t)(e - p) >= entities[i].n &&
				    memcmp(p, entities[i].name, entities[i].n) == 0)
					break;
			if (i < sizeof(entities) / sizeof(entities[0])) {
				*w++ = entities[i].c;
				p += entities[i].n;
				continue;
			}
			break;
		}
		*w++ = *p++;
	}
	*s = ol_span(start, (size_t)(w - start));
	return 0;
}
