// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/dump_impl.h"

/* The rows of lines.def as a table, and which of them a text is. */

#define AT              false
#define IN              true
#define CHECK(f)        .check = ol_check_##f,
#define BEGINS(set)     .begins = (set),
#define FITS(f)         .fits = ol_fits_##f,
#define WHOLE(f)        .whole = ol_whole_##f,
#define TOKENS(f)       .token = ol_token_##f,
#define JOIN(f)         .join = ol_join_##f,
#define DECODE(f)       .decode = ol_decode_##f,
#define INSIDE(section) .inside = OL_SEC_##section,
#define OPENS(section)  .opens = OL_SEC_##section,
#define ENDS(word, end) .ends_word = OL_SPAN_INIT(word), .ends_in = OL_SPAN_INIT(end),
#define REST_OF(kind)   .rest_of = OL_LINE_##kind,
#define SIGN(s)         .sign = 1 + OL_SIGN_##s,
#define SURE            .sure = true,
#define LIKE_REST       .like_rest = true,
#define PID             .pid = true,
#define ONCE(fact)                                                          \
	.once = _Generic(((struct ol_oom_event *)NULL)->fact, struct ol_val \
			 : OL_ONCE_VAL, struct ol_text                      \
			 : OL_ONCE_TEXT),                                   \
	.once_at = offsetof(struct ol_oom_event, fact),

const struct ol_kind ol_kinds[OL_LINE_KINDS] = {
	[OL_LINE_NONE] = { .part = OL_PART_OTHER },
#define OL_LINE(kind, part_, phase_, flag_, where, literal_, how, marks) \
	[OL_LINE_##kind] = { .part = OL_PART_##part_,                    \
			     .phase = OL_PHASE_##phase_,                 \
			     .flag = OL_LF_##flag_,                      \
			     .anywhere = where,                          \
			     .literal = OL_SPAN_INIT(literal_),          \
			     how },
#include "analyze/dump/lines.def"
#undef OL_LINE
};

/*
 * Two letters side by side that stand in each literal that may be anywhere in a text, and in few
 * other texts: all of these are looked for at once, and mostly nothing else has to be.
 */
static const char pairs[][2] = {
	{ 'l', 'l' }, { 'c', 'k' }, { 's', 's' }, { 'O', 'O' }, { 'I', '/' }, { 's', 'p' },
};
enum { PAIRS = sizeof(pairs) / sizeof(pairs[0]), ANY_TEXT = 1u << PAIRS };

typedef uint8_t v16 __attribute__((vector_size(16)));

/* Bit i: pairs[i] is among the 17 bytes at @p. */
static inline void add_pairs(v16 there[PAIRS], const char *p)
{
	v16 a, b;

	memcpy(&a, p, 16);
	memcpy(&b, p + 1, 16);
#pragma GCC unroll 8
	for (unsigned i = 0; i < PAIRS; i++)
		there[i] |= (v16)(a == (uint8_t)pairs[i][0]) & (v16)(b == (uint8_t)pairs[i][1]);
}

/* A bit for each of the pairs that @t has, and ANY_TEXT. */
static unsigned pairs_in(struct ol_span t)
{
	v16 there[PAIRS] = { 0 };
	unsigned ret = ANY_TEXT;
	char few[17] = "";

	if (t.n < sizeof(few)) {
		memcpy(few, t.p, t.n);
		add_pairs(there, few);
	} else {
		for (size_t i = 0; t.n - i >= sizeof(few); i += 16)
			add_pairs(there, t.p + i);
		add_pairs(there, t.p + t.n - sizeof(few));
	}
	for (unsigned i = 0; i < PAIRS; i++) {
		uint64_t half[2];

		memcpy(half, &there[i], 16);
		ret |= (half[0] | half[1]) != 0 ? 1u << i : 0;
	}
	return ret;
}

/* The pair that stands in all texts of a row whose literal may be anywhere. */
static unsigned pair_of(struct ol_span literal)
{
	for (unsigned i = 0; i < PAIRS; i++)
		if (ol_span_has(literal, ol_span(pairs[i], 2)))
			return 1u << i;
	return ANY_TEXT;
}

/* Is @c one of @set: "a-z", "0-9=(", "^0-9", "^" for any? */
static bool in_set(const char *set, char c)
{
	bool except = *set == '^';

	for (set += except; *set; set++) {
		char from = *set, to = set[1] == '-' ? set[2] : from;

		if (c >= from && c <= to)
			return !except;
		set += to != from ? 2 : 0;
	}
	return except;
}

/*
 * Rows worth trying for a text by its first byte, in the order of the list; IN rows stand apart,
 * the same for every byte. Filled once before main().
 */
static uint8_t candidates[256][OL_LINE_KINDS];
static uint8_t in_rows[OL_LINE_KINDS];
static uint8_t pair[OL_LINE_KINDS];
_Static_assert(OL_LINE_KINDS <= 256, "a row's number has a byte");

__attribute__((constructor)) static void index_rows(void)
{
	unsigned n[256] = { 0 }, in = 0;

	for (unsigned i = 1; i < OL_LINE_KINDS; i++) {
		const struct ol_kind *k = &ol_kinds[i];

		if (k->anywhere) {
			pair[i] = (uint8_t)pair_of(k->literal);
			in_rows[in++] = (uint8_t)i;
			continue;
		}
		for (unsigned c = 0; c < 256; c++)
			if (k->literal.n ? (unsigned char)k->literal.p[0] == c
					 : in_set(k->begins, (char)c))
				candidates[c][n[c]++] = (uint8_t)i;
	}
}

bool ol_kind_starts(enum ol_line_kind kind, bool by_program)
{
	const struct ol_kind *k = &ol_kinds[kind];

	return k->flag == OL_LF_HEAD ||
	       (k->flag == OL_LF_START && (!by_program || k->phase >= OL_PHASE_KILL));
}

/*
 * audit: type=1400 audit(1710489600.200:33): apparmor="DENIED" operation="text"
 * type=1400 audit(…): …		type=AVC msg=audit(…): …
 * The kernel's record of what a program did, in that one's words
 */
static bool is_audit(struct ol_span t)
{
	if (ol_span_eat(&t, OL_SPAN("audit: ")))
		return ol_span_starts(t, OL_SPAN("type="));
	return ol_span_starts(t, OL_SPAN("type=")) &&
	       ol_span_has(ol_span_head(t, 64), OL_SPAN("audit("));
}

enum ol_line_kind ol_kind_of(struct ol_span text)
{
	struct ol_dump_line l;
	const uint8_t *row;
	unsigned there;

	/* what the kernel prints ends long before: the rest is not looked at */
	text = ol_span_ltrim(ol_span_head(text, OL_TEXT_MAX));
	if (!text.n)
		return OL_LINE_NONE;
	l.text = text;
	l.before = ol_span(text.p, 0);
	for (row = candidates[(unsigned char)text.p[0]]; *row; row++) {
		const struct ol_kind *k = &ol_kinds[*row];

		if (k->literal.n && !ol_span_starts(text, k->literal))
			continue;
		l.rest = ol_span_skip(text, k->literal.n);
		if (!k->check || k->check(&l))
			return *row;
	}
	there = pairs_in(text);
	if (is_audit(text))
		return OL_LINE_NONE;
	for (row = in_rows; *row; row++) {
		const struct ol_kind *k = &ol_kinds[*row];
		ssize_t at = there & pair[*row] ? ol_span_find(text, k->literal) : -1;

		if (at < 0)
			continue;
		l.before = ol_span_head(text, (size_t)at);
		l.rest = ol_span_skip(text, (size_t)at + k->literal.n);
		if (!k->check || k->check(&l))
			return *row;
	}
	return OL_LINE_NONE;
}

struct ol_dump_line ol_line_split(enum ol_line_kind kind, struct ol_span text)
{
	const struct ol_kind *k = &ol_kinds[kind];
	ssize_t at = k->anywhere ? ol_span_find(text, k->literal) : 0;

	return (struct ol_dump_line){
		.kind = kind,
		.text = text,
		.before = ol_span_head(text, at < 0 ? 0 : (size_t)at),
		.rest = ol_span_skip(text, at < 0 ? text.n : (size_t)at + k->literal.n),
	};
}
