// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/sentences.h"

#include "lib/human.h"

#include <stdio.h>

static const char *const sentences[OL_SAY_MAX] = {
#define OL_SENTENCE(id, text) [OL_SAY_##id] = text,
#include "export/sentences.def"
};

static const char *const part_words[OL_AC_MAX] = {
#define OL_PART_WORDS(id, text) [OL_AC_##id] = text,
#include "export/sentences.def"
};

static const char *const cause_words[OL_CAUSE_MAX] = {
#define OL_CAUSE_WORDS(id, text) [OL_CAUSE_##id] = text,
#include "export/sentences.def"
};

/* No id, part or cause is without a row; a second row for the same one is a warning. */
#define OL_SENTENCE(id, text) +1
_Static_assert(0
#include "export/sentences.def"
		       == (int)OL_SAY_MAX - 1,
	       "a sentence for each finding");
#define OL_PART_WORDS(id, text) +1
_Static_assert(0
#include "export/sentences.def"
		       == (int)OL_AC_MAX,
	       "words for each part");
#define OL_CAUSE_WORDS(id, text) +1
_Static_assert(0
#include "export/sentences.def"
		       == (int)OL_CAUSE_MAX,
	       "words for each cause");

const char *ol_sentence(enum ol_say id)
{
	return (unsigned)id < OL_SAY_MAX ? sentences[id] : NULL;
}

const char *ol_part_words(enum ol_account_part p)
{
	return (unsigned)p < OL_AC_MAX ? part_words[p] : NULL;
}

const char *ol_cause_words(enum ol_cause c)
{
	return (unsigned)c < OL_CAUSE_MAX ? cause_words[c] : NULL;
}

/* ---- the kinds of arguments ---- */

static void put_kb(struct ol_out *o, uint64_t kb)
{
	ol_out_str(o, ol_fmt_u64_kb(kb).s);
}

/* Two amounts within five percent would read alike: below 10 GiB they are told in KiB. */
enum { ALIKE_NTH = 20, EXACT_BELOW_KB = 10 << 20 };

static void put_kb_against(struct ol_out *o, struct ol_kb_against a)
{
	uint64_t more = a.kb > a.other_kb ? a.kb : a.other_kb;
	uint64_t less = a.kb > a.other_kb ? a.other_kb : a.kb;

	if ((more - less) * ALIKE_NTH < more && more < EXACT_BELOW_KB) {
		ol_out_u64(o, a.kb);
		ol_out_str(o, " KiB");
	} else {
		put_kb(o, a.kb);
	}
}

/* 487 MiB (11.89%), 11.89%: as the log has it */
static void put_amount(struct ol_out *o, struct ol_amount a)
{
	if (a.has_kb)
		put_kb(o, a.kb);
	if (!a.has_percent)
		return;
	ol_out_printf(o, a.has_kb ? " (%u.%02u%%)" : "%u.%02u%%", a.hundredths / 100,
		      a.hundredths % 100);
}

/* A name from the log as C would print it: what follows a NUL is not seen. */
static void put_name(struct ol_out *o, struct ol_span s, size_t most)
{
	if (s.p)
		ol_out_bytes(o, s.p, strnlen(s.p, s.n < most ? s.n : most));
}

enum { NAME_MAX_SHOWN = 64, COMM_MAX_SHOWN = 24 };

/* A name from the log: what could end or garble the sentence is replaced. */
static void put_comm(struct ol_out *o, struct ol_span s)
{
	size_t n = s.n < COMM_MAX_SHOWN ? s.n : COMM_MAX_SHOWN;

	while (n < s.n && n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	if (!n)
		ol_out_str(o, "a process without a name");
	for (size_t i = 0; i < n; i++)
		ol_out_char(o, (unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f ? '?' : s.p[i]);
}

static void put_pages(struct ol_out *o, const struct ol_oom_event *e, int64_t pages)
{
	if (e->page_kb) {
		put_kb(o, (uint64_t)pages * e->page_kb);
	} else {
		ol_out_i64(o, pages);
		ol_out_str(o, " pages");
	}
}

/* The largest parts: at most so many, and none below one percent. */
enum { PARTS_SHOWN = 5, PART_NTH = 100 };

static void put_parts(struct ol_out *o, const struct ol_accounting *a)
{
	uint32_t left = a->has;

	for (int round = 0; round < PARTS_SHOWN; round++) {
		int best = -1;

		for (int i = 0; i < OL_AC_MAX; i++)
			if (left & 1u << i && (best < 0 || a->kb[i] > a->kb[best]))
				best = i;
		if (best < 0 || a->kb[best] * PART_NTH < a->total_kb)
			break;
		left &= ~(1u << best);
		if (round)
			ol_out_str(o, ", ");
		put_kb(o, a->kb[best]);
		ol_out_char(o, ' ');
		ol_out_str(o, part_words[best]);
		if (a->estimated & 1u << best)
			ol_out_str(o, " (estimate)");
	}
}

/* ---- templates ---- */

enum { ARGS_MAX = 16 };

struct saying {
	struct ol_out *o;
	const struct ol_oom_event *e;
	const struct ol_arg *args;
	const void *at[ARGS_MAX]; /* where the value of each is */
	unsigned n, next;
};

#define VALUE(type, p) (*(type const *)(p))

static void put_arg(const struct saying *s, enum ol_arg_kind kind, const void *p)
{
	switch (kind) {
	case OL_ARG_KB:
		put_kb(s->o, VALUE(uint64_t, p));
		break;
	case OL_ARG_KB_AGAINST:
		put_kb_against(s->o, VALUE(struct ol_kb_against, p));
		break;
	case OL_ARG_AMOUNT:
		put_amount(s->o, VALUE(struct ol_amount, p));
		break;
	case OL_ARG_BYTES:
		ol_out_str(s->o, ol_fmt_bytes(VALUE(uint64_t, p)).s);
		break;
	case OL_ARG_PAGES:
		put_pages(s->o, s->e, VALUE(int64_t, p));
		break;
	case OL_ARG_COUNT:
		ol_out_u64(s->o, VALUE(uint64_t, p));
		break;
	case OL_ARG_NUMBER:
		ol_out_i64(s->o, VALUE(int64_t, p));
		break;
	case OL_ARG_NAME:
		put_name(s->o, VALUE(struct ol_span, p), NAME_MAX_SHOWN);
		break;
	case OL_ARG_COMM:
		put_comm(s->o, VALUE(struct ol_span, p));
		break;
	case OL_ARG_TEXT:
		put_name(s->o, VALUE(struct ol_span, p), SIZE_MAX);
		break;
	case OL_ARG_PHRASE:
		if (VALUE(enum ol_phrase, p))
			ol_out_str(s->o, sentences[VALUE(enum ol_phrase, p)]);
		break;
	case OL_ARG_PART:
		if (VALUE(unsigned, p) < OL_AC_MAX)
			ol_out_str(s->o, part_words[VALUE(unsigned, p)]);
		break;
	case OL_ARG_PARTS:
		put_parts(s->o, VALUE(const struct ol_accounting *, p));
		break;
	case OL_ARG_FLAG:
	case OL_ARG_CHOICE: /* they only pick an alternative */
		break;
	}
}

/* Is there something to tell? */
static bool present(enum ol_arg_kind kind, const void *p)
{
	switch (kind) {
	case OL_ARG_KB:
	case OL_ARG_BYTES:
		return VALUE(uint64_t, p) != 0;
	case OL_ARG_AMOUNT:
		return VALUE(struct ol_amount, p).has_kb || VALUE(struct ol_amount, p).has_percent;
	case OL_ARG_PART:
		return VALUE(unsigned, p) < OL_AC_MAX;
	default:
		return true;
	}
}

/*
 * The argument that @t, which stands in braces, begins with; its name is taken off. Most templates
 * have them in their order.
 */
static unsigned which(struct saying *s, struct ol_span *t)
{
	for (unsigned k = 0; k < s->n; k++) {
		unsigned i = (s->next + k) % s->n;
		const char *name = s->args[i].name;
		size_t n = 0;

		while (n < t->n && name[n] == t->p[n] && name[n])
			n++;
		if (!name[n] && (n == t->n || t->p[n] == '?')) {
			*t = ol_span_skip(*t, n);
			s->next = i + 1;
			return i;
		}
	}
	return ARGS_MAX; /* no template has one: a test looks at them all */
}

/* {name} or {name?a|b|c}, without its braces */
static void put_braces(struct saying *s, struct ol_span t)
{
	unsigned i = which(s, &t), pick;

	if (i == ARGS_MAX)
		return;
	if (!t.n) {
		put_arg(s, s->args[i].kind, s->at[i]);
		return;
	}
	pick = s->args[i].kind == OL_ARG_FLAG ? !VALUE(bool, s->at[i]) : VALUE(unsigned, s->at[i]);
	for (;;) {
		ssize_t end;

		t = ol_span_skip(t, 1); /* the '?' or '|' before it */
		end = ol_span_chr(t, '|');
		if (!pick || end < 0) {
			ol_out_span(s->o, end < 0 ? t : ol_span_head(t, (size_t)end));
			return;
		}
		t = ol_span_skip(t, (size_t)end);
		pick--;
	}
}

static bool all_present(struct saying *s, struct ol_span t)
{
	for (;;) {
		ssize_t open = ol_span_chr(t, '{'), end;
		struct ol_span inside;
		unsigned i;

		if (open < 0)
			return true;
		t = ol_span_skip(t, (size_t)open + 1);
		end = ol_span_chr(t, '}');
		inside = ol_span_head(t, end < 0 ? t.n : (size_t)end);
		i = which(s, &inside);
		if (i < ARGS_MAX && !present(s->args[i].kind, s->at[i]))
			return false;
	}
}

static void put_template(struct saying *s, struct ol_span t)
{
	while (t.n) {
		struct ol_span inside;
		ssize_t end;
		size_t n;

		n = strcspn(t.p, "{[");
		n = n < t.n ? n : t.n;
		ol_out_span(s->o, ol_span_head(t, n));
		if (n == t.n)
			return;
		end = ol_span_chr(t, t.p[n] == '{' ? '}' : ']');
		if (end < (ssize_t)n)
			return;
		inside = ol_span_skip(ol_span_head(t, (size_t)end), n + 1);
		if (t.p[n] == '{')
			put_braces(s, inside);
		else if (all_present(s, inside))
			put_template(s, inside);
		t = ol_span_skip(t, (size_t)end + 1);
	}
}

static void cut(struct ol_out *o, size_t from, size_t most)
{
	if (o->n - from > most)
		o->n = from + most;
}

void ol_finding_words(struct ol_out *o, const struct ol_oom_event *e, struct ol_finding f)
{
	struct saying s = { .o = o, .e = e };
	const char *t = ol_sentence(f.id), *p = f.args;
	size_t from = o->n;

	if (!t)
		return;
	if (p)
		s.args = ol_say_args(f.id, &s.n);
	for (unsigned i = 0; i < s.n; i++) {
		s.at[i] = p;
		p += ol_arg_size(s.args[i].kind);
	}
	put_template(&s, ol_span_str(t));
	cut(o, from, OL_SENTENCE_MAX);
}

void ol_victim_words(struct ol_out *o, const struct ol_oom_event *e,
		     const struct ol_replay_victim *v)
{
	size_t from = o->n;

	for (uint32_t i = 0; i < v->clauses.n; i++)
		ol_finding_words(o, e, v->clauses.v[i]);
	cut(o, from, OL_VICTIM_WORDS_MAX);
}
