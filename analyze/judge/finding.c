// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/judge/finding.h"

/* The list of arguments of each finding, and how much room they take. */
#define KB(n)         { #n, OL_ARG_KB },
#define KB_AGAINST(n) { #n, OL_ARG_KB_AGAINST },
#define AMOUNT(n)     { #n, OL_ARG_AMOUNT },
#define BYTES(n)      { #n, OL_ARG_BYTES },
#define PAGES(n)      { #n, OL_ARG_PAGES },
#define COUNT(n)      { #n, OL_ARG_COUNT },
#define NUMBER(n)     { #n, OL_ARG_NUMBER },
#define FLAG(n)       { #n, OL_ARG_FLAG },
#define CHOICE(n)     { #n, OL_ARG_CHOICE },
#define NAME(n)       { #n, OL_ARG_NAME },
#define COMM(n)       { #n, OL_ARG_COMM },
#define TEXT(n)       { #n, OL_ARG_TEXT },
#define PHRASE(n)     { #n, OL_ARG_PHRASE },
#define PART(n)       { #n, OL_ARG_PART },
#define PARTS(n)      { #n, OL_ARG_PARTS },

#define OL_FINDING(id, args) static const struct ol_arg args_##id[] = { args };
#include "analyze/judge/findings.def"

static const struct {
	const struct ol_arg *args;
	uint16_t n, size;
} findings[OL_SAY_MAX] = {
#define OL_FINDING(id, list)                                             \
	[OL_SAY_##id] = { .args = args_##id,                             \
			  .n = sizeof(args_##id) / sizeof(args_##id[0]), \
			  .size = sizeof(struct ol_say_##id) },
#include "analyze/judge/findings.def"
};

const struct ol_arg *ol_say_args(enum ol_say id, unsigned *ret_n)
{
	*ret_n = findings[(unsigned)id < OL_SAY_MAX ? id : OL_SAY_NONE].n;
	return findings[(unsigned)id < OL_SAY_MAX ? id : OL_SAY_NONE].args;
}

size_t ol_arg_size(enum ol_arg_kind kind)
{
	switch (kind) {
	case OL_ARG_KB_AGAINST:
		return sizeof(struct ol_kb_against);
	case OL_ARG_AMOUNT:
		return sizeof(struct ol_amount);
	case OL_ARG_NAME:
	case OL_ARG_COMM:
	case OL_ARG_TEXT:
		return (sizeof(struct ol_span) + 7) & ~(size_t)7;
	default:
		return 8;
	}
}

size_t ol_say_size(enum ol_say id)
{
	return findings[(unsigned)id < OL_SAY_MAX ? id : OL_SAY_NONE].size;
}
