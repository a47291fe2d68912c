/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_FINDING_H
#define OL_ANALYZE_FINDING_H

#include "lib/span.h"

/*
 * What the judge has to say, without a word of any language: an id, and the numbers and names that
 * belong to it. findings.def lists the ids with their arguments, export/ has the sentence of each.
 */

struct ol_accounting;

/* An amount that a person compares with another one: told exactly where rounding would hide it. */
struct ol_kb_against {
	uint64_t kb, other_kb;
};

/* An amount as a program printed it: as memory, as a share, or as both. */
struct ol_amount {
	uint64_t kb;
	uint32_t hundredths; /* of a percent */
	bool has_kb, has_percent;
};

enum ol_arg_kind {
	OL_ARG_KB, /* an amount of memory */
	OL_ARG_KB_AGAINST, /* the same, beside another */
	OL_ARG_AMOUNT,
	OL_ARG_BYTES,
	OL_ARG_PAGES, /* of the event's page size, which need not be known */
	OL_ARG_COUNT,
	OL_ARG_NUMBER, /* with a sign */
	OL_ARG_FLAG, /* true: the first of two alternatives of the sentence, false: the second */
	OL_ARG_CHOICE, /* from 0: which alternative */
	OL_ARG_NAME, /* from the log, short: a process, a cache */
	OL_ARG_COMM, /* a process's, made to stand in the middle of a sentence */
	OL_ARG_TEXT, /* from the log, whole: nodes, a zone */
	OL_ARG_PHRASE,
	OL_ARG_PART, /* enum ol_account_part: by its name in tables */
	OL_ARG_PARTS, /* the largest parts of an accounting, with their sizes */
};

struct ol_arg {
	const char *name;
	enum ol_arg_kind kind;
};

enum ol_say {
	OL_SAY_NONE,
#define OL_FINDING(id, args) OL_SAY_##id,
#define OL_PHRASE(id)        OL_SAY_##id,
#include "analyze/judge/findings.def"
	OL_SAY_MAX
};

/* Those of them that need no argument, and so may stand within another one. */
enum ol_phrase {
	OL_PHRASE_NONE = OL_SAY_NONE,
#define OL_PHRASE(id) OL_PHRASE_##id = OL_SAY_##id,
#include "analyze/judge/findings.def"
};

/*
 * A type for the arguments of each, struct ol_say_CRUMBS { free, block, failed }: one that is
 * missing, of another type or too many does not compile. Each begins on 8 bytes, so that their list
 * alone tells where they are.
 */
#define OL_ARG_MEMBER(type, name) _Alignas(8) type name;
#define KB(n)                     OL_ARG_MEMBER(uint64_t, n)
#define KB_AGAINST(n)             OL_ARG_MEMBER(struct ol_kb_against, n)
#define AMOUNT(n)                 OL_ARG_MEMBER(struct ol_amount, n)
#define BYTES(n)                  OL_ARG_MEMBER(uint64_t, n)
#define PAGES(n)                  OL_ARG_MEMBER(int64_t, n)
#define COUNT(n)                  OL_ARG_MEMBER(uint64_t, n)
#define NUMBER(n)                 OL_ARG_MEMBER(int64_t, n)
#define FLAG(n)                   OL_ARG_MEMBER(bool, n)
#define CHOICE(n)                 OL_ARG_MEMBER(unsigned, n)
#define NAME(n)                   OL_ARG_MEMBER(struct ol_span, n)
#define COMM(n)                   OL_ARG_MEMBER(struct ol_span, n)
#define TEXT(n)                   OL_ARG_MEMBER(struct ol_span, n)
#define PHRASE(n)                 OL_ARG_MEMBER(enum ol_phrase, n)
#define PART(n)                   OL_ARG_MEMBER(unsigned, n)
#define PARTS(n)                  OL_ARG_MEMBER(const struct ol_accounting *, n)
#define OL_FINDING(id, args) \
	struct ol_say_##id { \
		args         \
	};
#include "analyze/judge/findings.def"
#undef KB
#undef KB_AGAINST
#undef AMOUNT
#undef BYTES
#undef PAGES
#undef COUNT
#undef NUMBER
#undef FLAG
#undef CHOICE
#undef NAME
#undef COMM
#undef TEXT
#undef PHRASE
#undef PART
#undef PARTS

struct ol_finding {
	enum ol_say id; /* OL_SAY_NONE: nothing */
	const void *args; /* struct ol_say_<id>; NULL: a phrase */
};

/* OL_FOUND(CRUMBS, free_kb, block_kb, failed): lives as long as the block that it stands in. */
#define OL_FOUND(what, ...)                        \
	((struct ol_finding){ .id = OL_SAY_##what, \
			      .args = &(const struct ol_say_##what){ __VA_ARGS__ } })
#define OL_FOUND_PHRASE(what) ((struct ol_finding){ .id = (enum ol_say)OL_PHRASE_##what })

/* The arguments of @id in their order; NULL and 0: it has none. */
const struct ol_arg *ol_say_args(enum ol_say id, unsigned *ret_n);
/* The bytes that an argument of this kind takes up; a multiple of 8. */
size_t ol_arg_size(enum ol_arg_kind kind);
/* sizeof(struct ol_say_<id>), 0 when it has no arguments. */
size_t ol_say_size(enum ol_say id);

#endif
