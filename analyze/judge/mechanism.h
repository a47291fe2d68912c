/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_MECHANISM_H
#define OL_ANALYZE_MECHANISM_H

#include "analyze/judge/verdict.h"

/* The rows of mechanisms.def: what in the kernel asks for memory, or holds it. */
enum ol_mechanism {
	OL_MECH_NONE,
#define OL_MECHANISM(id, parts, from, until) OL_MECH_##id,
#include "analyze/judge/mechanisms.def"
	OL_MECH_MAX
};

/*
 * What the request was for, by the function of the trace that is nearest to the allocator.
 * *@ret_frame: that function. OL_MECH_NONE: none is known.
 */
enum ol_mechanism ol_mechanism_asked(const struct ol_oom_event *e,
				     const struct ol_frame **ret_frame);
/* What a slab cache of this name holds. */
enum ol_mechanism ol_mechanism_of_cache(const struct ol_oom_event *e, struct ol_span cache);
/* Is its memory counted there? */
bool ol_mechanism_in(enum ol_mechanism m, enum ol_account_part part);
enum ol_phrase ol_mechanism_what(enum ol_mechanism m); /* a noun: "entries of …" */
enum ol_phrase ol_mechanism_todo(enum ol_mechanism m);

#endif
