// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/machine/tick.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

const struct ol_field ol_metrics[OL_M_MAX] = {
#define OL_METRIC(name, source, keys, unit, kind, help) \
	[OL_M_##name] = { #name, keys, OL_SRC_##source, OL_UNIT_##unit, OL_KIND_##kind },
#include "collect/machine/metrics.def"
};

const struct ol_field ol_row_fields[OL_ROW_FIELDS] = {
#define OL_FIELD(table, name, keys, unit, kind, help) \
	[OL_##table##_##name] = { #name, keys, OL_T_##table, OL_UNIT_##unit, OL_KIND_##kind },
#include "collect/machine/rows.def"
};

const struct ol_source_def ol_sources[OL_SRC_MAX] = {
#define OL_SOURCE(id, name, file, needs) [OL_SRC_##id] = { #name, file, needs },
#include "collect/machine/sources.def"
};

unsigned ol_table_fields(enum ol_table_id id, unsigned *ret_first)
{
	unsigned f = 0, n = 0;

	while (f < OL_ROW_FIELDS && ol_row_fields[f].of != id)
		f++;
	while (f + n < OL_ROW_FIELDS && ol_row_fields[f + n].of == id)
		n++;
	*ret_first = f;
	return n;
}

/* Pages of a pool are only taken from the machine when a row is put there. */
static void *pool(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		       -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

struct ol_tick *ol_tick_new(const struct ol_tick_size *size)
{
	/* 64 nodes of 5 zones, 5000 slab caches, 16384 cgroups, 32768 processes */
	static const uint32_t usual[OL_T_MAX] = {
		[OL_T_ZONE] = 512, [OL_T_NODE] = 256,  [OL_T_SLAB] = 8192,    [OL_T_SWAP] = 64,
		[OL_T_ZRAM] = 64,  [OL_T_HUGE] = 1024, [OL_T_CGROUP] = 16384, [OL_T_PROC] = 32768,
	};
	struct ol_tick *t = pool(sizeof(*t));

	if (!t)
		return NULL;
	t->names_cap = size && size->names ? size->names : 16 << 20;
	t->names = pool(t->names_cap);
	for (int i = 0; i < OL_T_MAX; i++) {
		struct ol_table *tab = &t->tab[i];
		unsigned first, n = ol_table_fields(i, &first);

		tab->first = (uint16_t)first;
		tab->cap = size && size->rows[i] ? size->rows[i] : usual[i];
		tab->stride = (uint32_t)(sizeof(struct ol_row) + n * sizeof(int64_t));
		tab->rows = pool((size_t)tab->cap * tab->stride);
		if (!tab->rows || !t->names) {
			ol_tick_free(t);
			return NULL;
		}
	}
	ol_tick_reset(t);
	return t;
}

void ol_tick_free(struct ol_tick *t)
{
	if (!t)
		return;
	for (int i = 0; i < OL_T_MAX; i++)
		if (t->tab[i].rows)
			munmap(t->tab[i].rows, (size_t)t->tab[i].cap * t->tab[i].stride);
	if (t->names)
		munmap(t->names, t->names_cap);
	munmap(t, sizeof(*t));
}

void ol_tick_reset(struct ol_tick *t)
{
	t->real_us = t->boot_us = OL_TIME_NONE;
	t->page_kb = 0;
	t->host[0] = t->release[0] = 0;
	memset(t->v, 0, sizeof(t->v));
	memset(t->has, 0, sizeof(t->has));
	memset(t->src, 0, sizeof(t->src));
	for (int i = 0; i < OL_SRC_MAX; i++)
		t->src[i].rc = -ECANCELED;
	for (int i = 0; i < OL_T_MAX; i++)
		t->tab[i].n = 0;
	t->names_n = 0;
}

struct ol_row *ol_tick_add(struct ol_tick *t, enum ol_table_id id, struct ol_src_status *st)
{
	struct ol_table *tab = &t->tab[id];
	struct ol_row *r;

	if (tab->n == tab->cap) {
		if (st)
			st->dropped++;
		return NULL;
	}
	r = ol_tick_row(t, id, tab->n++);
	memset(r, 0, tab->stride);
	r->first = tab->first;
	return r;
}

struct ol_str ol_tick_name(struct ol_tick *t, struct ol_span s)
{
	struct ol_str r = { t->names_n, (uint32_t)s.n };

	if (s.n > t->names_cap - t->names_n)
		return (struct ol_str){ 0, 0 };
	if (s.n)
		memcpy(t->names + t->names_n, s.p, s.n);
	t->names_n += r.n;
	return r;
}

/* The table that is a source's alone. */
static enum ol_table_id table_of(enum ol_src src)
{
	switch (src) {
	case OL_SRC_SLABINFO:
		return OL_T_SLAB;
	case OL_SRC_PROCS:
		return OL_T_PROC;
	case OL_SRC_NODES:
		return OL_T_NODE;
	case OL_SRC_SWAPS:
		return OL_T_SWAP;
	case OL_SRC_CGROUPS:
		return OL_T_CGROUP;
	case OL_SRC_HUGEPAGES:
		return OL_T_HUGE;
	default:
		return OL_T_MAX;
	}
}

void ol_tick_carry(struct ol_tick *t, const struct ol_tick *from, enum ol_src src)
{
	enum ol_table_id id = table_of(src);

	if (src == OL_SRC_HOST) {
		memcpy(t->host, from->host, sizeof(t->host));
		memcpy(t->release, from->release, sizeof(t->release));
	}
	t->src[src] = from->src[src];
	t->src[src].carried = true;
	for (int m = 0; m < OL_M_MAX; m++)
		if (ol_metrics[m].of == src && ol_has(from, m) && !ol_has(t, m))
			ol_set(t, m, ol_val(from, m));
	if (id == OL_T_MAX || t->tab[id].n)
		return;
	for (uint32_t i = 0; i < from->tab[id].n; i++) {
		const struct ol_row *r = ol_tick_row(from, id, i);
		struct ol_row *to = ol_tick_add(t, id, &t->src[src]);

		if (!to)
			continue;
		memcpy(to, r, t->tab[id].stride);
		to->name = ol_tick_name(t, ol_tick_span(from, r->name));
		to->text = ol_tick_name(t, ol_tick_span(from, r->text));
		to->more = ol_tick_name(t, ol_tick_span(from, r->more));
	}
}

struct ol_row *ol_tick_find(const struct ol_tick *t, enum ol_table_id id, struct ol_span name,
			    int32_t rid, int32_t sub)
{
	for (uint32_t i = 0; i < t->tab[id].n; i++) {
		struct ol_row *r = ol_tick_row(t, id, i);

		if (r->id == rid && r->sub == sub && ol_span_eq(ol_tick_span(t, r->name), name))
			return r;
	}
	return NULL;
}

static uint32_t slot_of(const struct ol_tick_index *x, struct ol_span name, int32_t rid)
{
	uint64_t h = (UINT64_C(0xcbf29ce484222325) ^ (uintptr_t)x->slot) + (uint32_t)rid;

	for (size_t i = 0; i < name.n; i++)
		h = (h ^ (unsigned char)name.p[i]) * UINT64_C(0x100000001b3);
	return (uint32_t)(h ^ h >> 32) & x->mask;
}

void ol_tick_index_make(struct ol_tick_index *x, const struct ol_tick *t, enum ol_table_id id)
{
	uint32_t want = 64;

	while (want < 2 * t->tab[id].n)
		want *= 2;
	if (want > x->cap) {
		free(x->slot);
		x->slot = malloc(want * sizeof(*x->slot));
		x->cap = x->slot ? want : 0;
	}
	x->t = t;
	x->id = id;
	x->mask = want - 1;
	if (!x->slot)
		return;
	memset(x->slot, 0, want * sizeof(*x->slot));
	for (uint32_t i = 0; i < t->tab[id].n; i++) {
		const struct ol_row *r = ol_tick_row(t, id, i);
		uint32_t h = slot_of(x, ol_tick_span(t, r->name), r->id);

		while (x->slot[h])
			h = (h + 1) & x->mask;
		x->slot[h] = i + 1;
	}
}

static bool row_is(const struct ol_tick_index *x, const struct ol_row *r, struct ol_span name,
		   int32_t rid, const int32_t *sub)
{
	return r->id == rid && (!sub || r->sub == *sub) &&
	       ol_span_eq(ol_tick_span(x->t, r->name), name);
}

const struct ol_row *ol_tick_index_find(const struct ol_tick_index *x, struct ol_span name,
					int32_t rid, const int32_t *sub)
{
	const struct ol_row *r;

	for (uint32_t i = 0; !x->slot && i < x->t->tab[x->id].n; i++) {
		r = ol_tick_row(x->t, x->id, i);
		if (row_is(x, r, name, rid, sub))
			return r;
	}
	if (!x->slot)
		return NULL;
	for (uint32_t h = slot_of(x, name, rid); x->slot[h]; h = (h + 1) & x->mask) {
		r = ol_tick_row(x->t, x->id, x->slot[h] - 1);
		if (row_is(x, r, name, rid, sub))
			return r;
	}
	return NULL;
}

void ol_tick_index_done(struct ol_tick_index *x)
{
	free(x->slot);
	*x = (struct ol_tick_index){ 0 };
}
