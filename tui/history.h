/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_TUI_HISTORY_H
#define OL_TUI_HISTORY_H

#include "analyze/memory/ram.h"

/*
 * What the groups of RAM were, tick by tick, and what happened: a ring of fixed size, the newest
 * OL_HISTORY_MAX samples (a day at one a second).
 */
enum { OL_HISTORY_MAX = 86400, OL_MARKS_MAX = 1024 };

enum ol_mark_kind { OL_MARK_KILL, OL_MARK_CGROUP, OL_MARK_FAILURE };

struct ol_sample {
	int64_t boot_us;
	uint32_t in_16kb[OL_RG_MAX]; /* 64 TiB fit */
};

struct ol_mark {
	int64_t boot_us;
	enum ol_mark_kind kind;
};

struct ol_history {
	struct ol_sample *v;
	uint32_t n, head; /* head: where the next one goes */
	struct ol_mark marks[OL_MARKS_MAX];
	uint32_t n_marks, mark_head;
};

int ol_history_init(struct ol_history *h); /* 0 or -ENOMEM */
void ol_history_done(struct ol_history *h);
void ol_history_add(struct ol_history *h, int64_t boot_us, const struct ol_ram *ram);
void ol_history_mark(struct ol_history *h, int64_t boot_us, enum ol_mark_kind kind);

/* The sample nearest to that moment, NULL when there is none. */
const struct ol_sample *ol_history_near(const struct ol_history *h, int64_t boot_us);
/* The one before (@dir -1) or behind (1) the one nearest to that moment; NULL at the end. */
const struct ol_sample *ol_history_beside(const struct ol_history *h, int64_t boot_us, int dir);
/* The nearest mark after (@dir 1) or before (-1) a moment, OL_TIME_NONE when there is none. */
int64_t ol_history_next_mark(const struct ol_history *h, int64_t boot_us, int dir);
/* The oldest time that is kept, or OL_TIME_NONE. */
int64_t ol_history_begin(const struct ol_history *h);
/* The newest time, or OL_TIME_NONE. */
int64_t ol_history_end(const struct ol_history *h);
/*
 * The last sample of each of @n spans of @step_us that end at @end_us: ret[i] is NULL where there
 * is none. The span of column i is (end - (n - i) * step, end - (n - i - 1) * step].
 */
void ol_history_columns(const struct ol_history *h, int64_t end_us, int64_t step_us, int n,
			const struct ol_sample **ret);
/* Whether something of that kind is marked in (from, to]. */
bool ol_history_marked(const struct ol_history *h, int64_t from_us, int64_t to_us,
		       enum ol_mark_kind *ret);

static inline int64_t ol_sample_kb(const struct ol_sample *s, enum ol_ram_group g)
{
	return (int64_t)s->in_16kb[g] * 16;
}

#endif
