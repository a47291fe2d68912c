// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/judge/mechanism.h"

#include "analyze/dump/kver.h"

struct mechanism {
	uint32_t parts; /* bit per enum ol_account_part */
	unsigned from, until; /* 0: no bound */
	enum ol_phrase what, todo;
};

static const struct mechanism mechanisms[OL_MECH_MAX] = {
#define P(part) 1u << OL_AC_##part
#define OL_MECHANISM(id, parts, from, until) \
	[OL_MECH_##id] = { parts, from, until, OL_PHRASE_WHAT_##id, OL_PHRASE_TODO_##id },
#include "analyze/judge/mechanisms.def"
#undef P
};

struct sign {
	struct ol_span name; /* begins so */
	enum ol_mechanism m;
};

static const struct sign functions[] = {
#define OL_MECH_FUNC(id, func) { OL_SPAN_INIT(func), OL_MECH_##id },
#include "analyze/judge/mechanisms.def"
};

static const struct sign caches[] = {
#define OL_MECH_CACHE(id, cache) { OL_SPAN_INIT(cache), OL_MECH_##id },
#include "analyze/judge/mechanisms.def"
};

/* Is the advice for this kernel? Where that is not known, it is. */
static bool of_kernel(const struct ol_oom_event *e, enum ol_mechanism m)
{
	const struct mechanism *row = &mechanisms[m];
	struct ol_kver k = ol_event_kver(e);

	return !(row->from && ol_kver_before(k, row->from)) &&
	       !(row->until && ol_kver_from(k, row->until + 1));
}

static enum ol_mechanism find(const struct ol_oom_event *e, const struct sign *signs, size_t n,
			      struct ol_span name)
{
	for (size_t i = 0; i < n; i++)
		if (ol_span_starts(name, signs[i].name) && of_kernel(e, signs[i].m))
			return signs[i].m;
	return OL_MECH_NONE;
}

enum ol_mechanism ol_mechanism_asked(const struct ol_oom_event *e,
				     const struct ol_frame **ret_frame)
{
	*ret_frame = NULL;
	for (uint32_t i = 0; i < e->trace.n; i++) {
		const struct ol_frame *f = &e->trace.v[i];
		enum ol_mechanism m;

		if (f->uncertain)
			continue;
		m = find(e, functions, sizeof(functions) / sizeof(functions[0]), f->func);
		if (m) {
			*ret_frame = f;
			return m;
		}
	}
	return OL_MECH_NONE;
}

enum ol_mechanism ol_mechanism_of_cache(const struct ol_oom_event *e, struct ol_span cache)
{
	return find(e, caches, sizeof(caches) / sizeof(caches[0]), cache);
}

bool ol_mechanism_in(enum ol_mechanism m, enum ol_account_part part)
{
	return mechanisms[m].parts >> part & 1;
}

enum ol_phrase ol_mechanism_what(enum ol_mechanism m)
{
	return mechanisms[m].what;
}

enum ol_phrase ol_mechanism_todo(enum ol_mechanism m)
{
	return mechanisms[m].todo;
}
