// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/history.h"
#include "lib/num.h"

#include <errno.h>
#include <stdlib.h>

int ol_history_init(struct ol_history *h)
{
	memset(h, 0, sizeof(*h));
	h->v = calloc(OL_HISTORY_MAX, sizeof(*h->v));
	return h->v ? 0 : -ENOMEM;
}

void ol_history_done(struct ol_history *h)
{
	free(h->v);
	h->v = NULL;
}

void ol_history_add(struct ol_history *h, int64_t boot_us, const struct ol_ram *ram)
{
	struct ol_sample *s = &h->v[h->head];
	int64_t kb[OL_RG_MAX] = { 0 };

	for (int p = 0; p < OL_RAM_MAX; p++)
		kb[ol_ram_parts[p].group] += ram->kb[p];
	s->boot_us = boot_us;
	for (int g = 0; g < OL_RG_MAX; g++)
		s->in_16kb[g] = (uint32_t)ol_min(kb[g] / 16, UINT32_MAX);
	h->head = (h->head + 1) % OL_HISTORY_MAX;
	if (h->n < OL_HISTORY_MAX)
		h->n++;
}

void ol_history_mark(struct ol_history *h, int64_t boot_us, enum ol_mark_kind kind)
{
	h->marks[h->mark_head] = (struct ol_mark){ boot_us, kind };
	h->mark_head = (h->mark_head + 1) % OL_MARKS_MAX;
	if (h->n_marks < OL_MARKS_MAX)
		h->n_marks++;
}

/* The @i-th newest. */
static const struct ol_sample *newest(const struct ol_history *h, uint32_t i)
{
	return &h->v[(h->head + OL_HISTORY_MAX - 1 - i) % OL_HISTORY_MAX];
}

/* How many are newer than the one nearest to that moment; h->n must not be 0. */
static uint32_t nearest(const struct ol_history *h, int64_t boot_us)
{
	uint32_t newer = 0, older = h->n; /* the first that is not later is in [newer, older] */

	while (newer < older) {
		uint32_t mid = newer + (older - newer) / 2;

		if (newest(h, mid)->boot_us > boot_us)
			newer = mid + 1;
		else
			older = mid;
	}
	if (newer == h->n)
		return h->n - 1;
	if (newer && newest(h, newer - 1)->boot_us - boot_us < boot_us - newest(h, newer)->boot_us)
		newer--;
	return newer;
}

const struct ol_sample *ol_history_near(const struct ol_history *h, int64_t boot_us)
{
	return h->n ? newest(h, nearest(h, boot_us)) : NULL;
}

const struct ol_sample *ol_history_beside(const struct ol_history *h, int64_t boot_us, int dir)
{
	uint32_t i = h->n ? nearest(h, boot_us) : 0;

	if (dir > 0)
		return i ? newest(h, i - 1) : NULL;
	return i + 1 < h->n ? newest(h, i + 1) : NULL;
}

int64_t ol_history_next_mark(const struct ol_history *h, int64_t boot_us, int dir)
{
	int64_t best = OL_TIME_NONE;

	for (uint32_t i = 0; i < h->n_marks; i++) {
		int64_t at = h->marks[i].boot_us;

		if (dir > 0 ? at > boot_us && (best == OL_TIME_NONE || at < best)
			    : at < boot_us && (best == OL_TIME_NONE || at > best))
			best = at;
	}
	return best;
}

int64_t ol_history_begin(const struct ol_history *h)
{
	return h->n ? newest(h, h->n - 1)->boot_us : OL_TIME_NONE;
}

int64_t ol_history_end(const struct ol_history *h)
{
	return h->n ? newest(h, 0)->boot_us : OL_TIME_NONE;
}

void ol_history_columns(const struct ol_history *h, int64_t end_us, int64_t step_us, int n,
			const struct ol_sample **ret)
{
	for (int i = 0; i < n; i++)
		ret[i] = NULL;
	for (uint32_t k = 0; k < h->n; k++) {
		const struct ol_sample *s = newest(h, k);
		int64_t back = end_us - s->boot_us;

		if (back < 0)
			continue;
		if (back / step_us >= n)
			break;
		/* from the newest on: the first one of a column is its last sample */
		if (!ret[n - 1 - back / step_us])
			ret[n - 1 - back / step_us] = s;
	}
}

bool ol_history_marked(const struct ol_history *h, int64_t from_us, int64_t to_us,
		       enum ol_mark_kind *ret)
{
	bool found = false;

	for (uint32_t i = 0; i < h->n_marks; i++) {
		const struct ol_mark *m = &h->marks[i];

		if (m->boot_us <= from_us || m->boot_us > to_us)
			continue;
		/* a kill says more than a limit that was reached */
		if (!found || m->kind < *ret)
			*ret = m->kind;
		found = true;
	}
	return found;
}
