// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/export_walk.h"

void ol_export_walk_begin(struct ol_export_walk *w, uint64_t at)
{
	*w = (struct ol_export_walk){ .at = at, .record = at };
}

bool ol_export_walk_binary(const struct ol_export_walk *w)
{
	return w->state >= OL_WALK_LEN;
}

uint64_t ol_export_walk_start(const struct ol_export_walk *w, uint64_t from)
{
	uint64_t first = w->record;

	for (unsigned i = 0; i < OL_WALK_STARTS && i < w->n_starts; i++)
		if (w->starts[i] >= from && w->starts[i] < first)
			first = w->starts[i];
	return first;
}

static bool in_key(char c)
{
	static const bool key[256] = { ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['_'] = true };

	return key[(unsigned char)c];
}

/* The record ends, or never was one: at @at the next may begin. */
static void outside(struct ol_export_walk *w, enum ol_walk_state state, uint64_t at)
{
	w->state = state;
	w->record = at;
}

/* The name of a field, at its end or at the end of what there is: "__CURSOR=…", "MESSAGE\n" */
static size_t walk_key(struct ol_export_walk *w, struct ol_span s)
{
	bool inside = w->inside;
	struct ol_span key;
	size_t i = 0;

	while (i < s.n && in_key(s.p[i]) && w->key_n < 64) {
		if (w->key_n < sizeof(w->key))
			w->key[w->key_n] = s.p[i];
		w->key_n++;
		i++;
	}
	if (i == s.n)
		return i;
	key = ol_span(w->key, w->key_n < sizeof(w->key) ? w->key_n : 0);
	if (s.p[i] == '=' && w->key_n) {
		if (!inside &&
		    (ol_span_eqs(key, "__CURSOR") || ol_span_eqs(key, "__REALTIME_TIMESTAMP"))) {
			w->record = w->at + i - w->key_n;
			w->starts[w->n_starts++ % OL_WALK_STARTS] = w->record;
			inside = true;
		}
		w->state = inside ? OL_WALK_TEXT : OL_WALK_FOREIGN;
	} else if (s.p[i] == '\n' && w->key_n && inside) {
		w->message = ol_span_eqs(key, "MESSAGE");
		w->state = OL_WALK_LEN;
		w->len = w->len_got = 0;
		i++;
	} else if (s.p[i] == '\n') {
		i++;
		outside(w, OL_WALK_BETWEEN, w->at + i);
	} else {
		outside(w, OL_WALK_FOREIGN, w->at + i);
	}
	return i;
}

/* Eats what belongs to the present state, one byte at least. */
static size_t step(struct ol_export_walk *w, struct ol_span s)
{
	const char *nl;
	size_t n;

	switch (w->state) {
	case OL_WALK_TEXT:
	case OL_WALK_FOREIGN:
		nl = memchr(s.p, '\n', s.n);
		n = nl ? (size_t)(nl - s.p) + 1 : s.n;
		if (nl && w->state == OL_WALK_TEXT)
			w->state = OL_WALK_FIELDS;
		else if (nl)
			outside(w, OL_WALK_BETWEEN, w->at + n);
		return n;
	case OL_WALK_LEN:
		w->len |= (uint64_t)(unsigned char)s.p[0] << (8 * w->len_got);
		if (++w->len_got == 8) {
			w->lost |= w->len > OL_EXPORT_FIELD_MAX;
			w->state = w->lost ? OL_WALK_FOREIGN : w->len ? OL_WALK_DATA : OL_WALK_NL;
		}
		return 1;
	case OL_WALK_DATA:
		n = s.n < w->len ? s.n : (size_t)w->len;
		w->len -= n;
		w->state = w->len ? OL_WALK_DATA : OL_WALK_NL;
		return n;
	case OL_WALK_NL:
		w->lost |= s.p[0] != '\n';
		w->state = s.p[0] == '\n' ? OL_WALK_FIELDS : OL_WALK_FOREIGN;
		return 1;
	default:
		return 0;
	}
}

/* Whole lines "KEY=text" of a record, of which an export consists but for a few. */
static size_t walk_fields(struct ol_span s)
{
	const char *line = s.p, *end = s.p + s.n, *p, *nl;

	for (;; line = nl + 1) {
		for (p = line; p < end && p - line < 64 && in_key(*p); p++)
			;
		if (p == line || p == end || *p != '=')
			break;
		nl = memchr(p, '\n', (size_t)(end - p));
		if (!nl)
			break;
	}
	return (size_t)(line - s.p);
}

void ol_export_walk(struct ol_export_walk *w, struct ol_span s)
{
	while (s.n) {
		size_t n = w->state == OL_WALK_FIELDS ? walk_fields(s) : 0;

		w->at += n;
		s = ol_span_skip(s, n);
		if (!s.n)
			break;
		if (w->state == OL_WALK_BETWEEN || w->state == OL_WALK_FIELDS) {
			w->inside = w->state == OL_WALK_FIELDS;
			w->state = OL_WALK_KEY;
			w->key_n = 0;
		}
		n = w->state == OL_WALK_KEY ? walk_key(w, s) : step(w, s);
		w->at += n;
		s = ol_span_skip(s, n);
	}
}
