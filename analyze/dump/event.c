// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/event.h"
#include "lib/num.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

/* ---- names ---- */

const char *ol_col_json_name(enum ol_col c)
{
	static const char *const names[OL_COL_MAX] = {
#define OL_COLUMN(id, name, json) [OL_COL_##id] = json,
#include "analyze/dump/columns.def"
#undef OL_COLUMN
	};

	return (unsigned)c < OL_COL_MAX ? names[c] : NULL;
}

const char *ol_frame_class_name(enum ol_frame_class c)
{
	static const char *const names[OL_FC_MAX] = {
#define OL_FRAME_CLASS(id, name) [OL_FC_##id] = name,
		OL_FRAME_CLASSES(OL_FRAME_CLASS)
#undef OL_FRAME_CLASS
	};

	return (unsigned)c < OL_FC_MAX ? names[c] : NULL;
}

const char *ol_part_name(enum ol_part p)
{
	static const char *const names[OL_PART_MAX] = {
#define OL_PART(id, name) [OL_PART_##id] = name,
#include "analyze/dump/parts.def"
#undef OL_PART
	};

	return (unsigned)p < OL_PART_MAX ? names[p] : NULL;
}

const char *ol_event_kind_name(enum ol_event_kind k)
{
	static const char *const names[OL_EV_KIND_MAX] = {
#define OL_EVENT_KIND(id, name) [OL_EV_##id] = name,
		OL_EVENT_KINDS(OL_EVENT_KIND)
#undef OL_EVENT_KIND
	};

	return (unsigned)k < OL_EV_KIND_MAX ? names[k] : NULL;
}

const char *ol_constraint_name(enum ol_constraint c)
{
	switch (c) {
	case OL_CONSTRAINT_NONE:
		return "none";
	case OL_CONSTRAINT_MEMCG:
		return "memcg";
	case OL_CONSTRAINT_CPUSET:
		return "cpuset";
	case OL_CONSTRAINT_MEMPOLICY:
		return "mempolicy";
	case OL_CONSTRAINT_UNKNOWN:
		break;
	}
	return NULL;
}

/* ---- counters by name ---- */

struct key_row {
	const char *name;
	uint8_t n;
	uint8_t id; /* enum ol_key */
};

/*
 * Spellings that differ from the table by more than the case of the first letter. ("Active:" and
 * "Active_anon:" of 2.6.18 to 2.6.31 differ only by that.)
 */
static const struct key_row key_rows[] = {
#define OL_KEY(id, name) { name, sizeof(name) - 1, OL_K_##id },
#include "analyze/dump/keys.def"
#undef OL_KEY
	{ "isolated(anon)", 14, OL_K_ISOLATED_ANON },
	{ "isolated(file)", 14, OL_K_ISOLATED_FILE },
};

const char *ol_key_name(enum ol_key id)
{
	return id > OL_K_NONE && id < OL_K_MAX ? key_rows[id - 1].name : NULL;
}

enum ol_key ol_counter_key(enum ol_counter c)
{
	static const uint8_t keys[OL_C_MAX] = {
#define OL_COUNTER(id) OL_K_##id,
#include "analyze/dump/counters.def"
#undef OL_COUNTER
	};

	return c < OL_C_MAX ? (enum ol_key)keys[c] : OL_K_NONE;
}

#define KEY_SLOTS   512
#define KEY_LONGEST 32

_Static_assert(sizeof(key_rows) / sizeof(key_rows[0]) < KEY_SLOTS / 4, "hash table is too full");
_Static_assert(OL_K_MAX <= UINT8_MAX, "ids must fit key_row.id");

static uint8_t key_slots[KEY_SLOTS]; /* 1 + index into key_rows; 0 is empty */
static bool key_built;
static pthread_once_t key_once = PTHREAD_ONCE_INIT;

/*
 * The first and the last eight bytes and the length tell all our keys apart. Letters lose their
 * case; the comparison that follows is exact but for the first letter. @n is not 0.
 */
static unsigned key_hash(const char *p, size_t n)
{
	const uint64_t fold = UINT64_C(0x2020202020202020);
	uint64_t a = 0, b = 0;

	if (n >= 8) {
		memcpy(&a, p, 8);
		memcpy(&b, p + n - 8, 8);
	} else if (n >= 4) {
		memcpy(&a, p, 4);
		memcpy(&b, p + n - 4, 4);
	} else {
		a = (uint64_t)(unsigned char)p[0] << 16 | (uint64_t)(unsigned char)p[n / 2] << 8 |
		    (unsigned char)p[n - 1];
	}
	a = (a | fold) * UINT64_C(0x9e3779b97f4a7c15);
	b = ((b | fold) + n) * UINT64_C(0xc2b2ae3d27d4eb4f);
	return (unsigned)((a ^ (b >> 7)) >> 32 ^ (a ^ b) >> 52) % KEY_SLOTS;
}

static void key_build(void)
{
	for (unsigned i = 0; i < sizeof(key_rows) / sizeof(key_rows[0]); i++) {
		unsigned h = key_hash(key_rows[i].name, key_rows[i].n);

		while (key_slots[h])
			h = (h + 1) % KEY_SLOTS;
		key_slots[h] = (uint8_t)(i + 1);
	}
	__atomic_store_n(&key_built, true, __ATOMIC_RELEASE);
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

enum ol_key ol_key_find(struct ol_span name)
{
	unsigned bit;

	return ol_key_find_bit(name, &bit);
}

_Static_assert(OL_K_MAX <= 128, "half of the bits are for names without an id");

enum ol_key ol_key_find_bit(struct ol_span name, unsigned *ret_bit)
{
	unsigned h, first;

	*ret_bit = 128;
	if (!name.n || name.n > KEY_LONGEST)
		return OL_K_NONE;
	/* called for every counter of every dump: pthread_once() itself would show */
	if (!__atomic_load_n(&key_built, __ATOMIC_ACQUIRE))
		pthread_once(&key_once, key_build);
	first = key_hash(name.p, name.n);
	*ret_bit = 128 + first % 128;
	for (h = first; key_slots[h]; h = (h + 1) % KEY_SLOTS) {
		const struct key_row *r = &key_rows[key_slots[h] - 1];

		if (r->n == name.n && ol_bytes_eq(r->name + 1, name.p + 1, name.n - 1) &&
		    lower(r->name[0]) == lower(name.p[0]))
			return (enum ol_key)(*ret_bit = r->id);
	}
	return OL_K_NONE;
}

struct ol_kv *ol_kv_push(struct ol_arena *a, ol_kv_vec *kvs, enum ol_key id)
{
	struct ol_kv *kv = ol_vec_push(a, kvs);

	if (!kv)
		return NULL;
	kv->id = (uint16_t)id;
	if (kvs->indexed == kvs->n - 1 && kvs->n <= UINT8_MAX) {
		kvs->indexed = kvs->n;
		if (!kvs->at[id])
			kvs->at[id] = (uint8_t)kvs->n;
	}
	return kv;
}

const struct ol_kv *ol_kv_get(const ol_kv_vec *kvs, enum ol_key id)
{
	if (kvs->indexed == kvs->n)
		return kvs->at[id] ? &kvs->v[kvs->at[id] - 1] : NULL;
	for (uint32_t i = 0; i < kvs->n; i++)
		if (kvs->v[i].id == id)
			return &kvs->v[i];
	return NULL;
}

/* ---- processes folded by comm ---- */

static uint64_t pages_to_kb(int64_t pages, unsigned page_kb)
{
	return pages > 0 ? ol_mul_u64((uint64_t)pages, page_kb) : 0;
}

/* Every bit of the result depends on every bit of @a. */
static uint64_t fold(uint64_t a)
{
#ifdef __SIZEOF_INT128__
	unsigned __int128 m = (unsigned __int128)a * UINT64_C(0x9e3779b97f4a7c15);

	return (uint64_t)m ^ (uint64_t)(m >> 64);
#else /* a processor of 32 bits */
	a = (a ^ a >> 32) * UINT64_C(0x9e3779b97f4a7c15);
	a = (a ^ a >> 29) * UINT64_C(0xc2b2ae3d27d4eb4f);
	return a ^ a >> 32;
#endif
}

/*
 * The seed is an address, which address space randomisation keeps from whoever wrote the log:
 * nobody can choose process names that all fall into one slot. The output does not depend on it.
 */
static uint64_t comm_hash(struct ol_span s, uint64_t seed)
{
	uint64_t h = seed ^ s.n, w = 0;
	size_t i = 0;

	for (; s.n - i > 8; i += 8) {
		memcpy(&w, s.p + i, 8);
		h = fold(h ^ w) ^ seed;
	}
	/* the last eight bytes, or what there is */
	if (s.n >= 8) {
		memcpy(&w, s.p + s.n - 8, 8);
	} else if (s.n >= 4) {
		uint32_t a, b;

		memcpy(&a, s.p, 4);
		memcpy(&b, s.p + s.n - 4, 4);
		w = (uint64_t)a << 32 | b;
	} else if (s.n) {
		w = (uint64_t)(unsigned char)s.p[0] << 16 |
		    (uint64_t)(unsigned char)s.p[s.n / 2] << 8 | (unsigned char)s.p[s.n - 1];
	}
	return fold(h ^ w) ^ seed;
}

static int group_cmp(const void *pa, const void *pb)
{
	const struct ol_group *a = pa, *b = pb;
	size_t n = a->comm.n < b->comm.n ? a->comm.n : b->comm.n;
	int c;

	if (a->rss_kb != b->rss_kb)
		return a->rss_kb < b->rss_kb ? 1 : -1;
	if (a->swap_kb != b->swap_kb)
		return a->swap_kb < b->swap_kb ? 1 : -1;
	c = n ? memcmp(a->comm.p, b->comm.p, n) : 0;
	if (c)
		return c;
	return a->comm.n < b->comm.n ? -1 : a->comm.n > b->comm.n;
}

static bool task_has(const struct ol_task *t, enum ol_col c)
{
	return t->mask >> c & 1;
}

static uint64_t task_rss_kb(const struct ol_task *t, unsigned page_kb)
{
	uint64_t kb = 0;

	if (task_has(t, OL_COL_RSS))
		return pages_to_kb(t->col[OL_COL_RSS], page_kb);
	for (enum ol_col c = OL_COL_RSS_ANON; c <= OL_COL_RSS_SHMEM; c++)
		if (task_has(t, c))
			kb = ol_add_u64(kb, pages_to_kb(t->col[c], page_kb));
	return kb;
}

static uint32_t *victim_slot(const struct ol_oom_event *e, int64_t pid)
{
	uint64_t h = ((uint64_t)pid ^ (uintptr_t)e >> 4) * UINT64_C(0x9e3779b97f4a7c15);
	uint32_t i = (uint32_t)(h >> 32) & (e->victim_slots_n - 1);

	while (e->victim_slots[i] && e->victims.v[e->victim_slots[i] - 1].pid.v != pid)
		i = (i + 1) & (e->victim_slots_n - 1);
	return &e->victim_slots[i];
}

/* A cgroup that is killed as a whole may be thousands; mostly there is one. */
struct ol_victim *ol_victim_find(struct ol_oom_event *e, int64_t pid)
{
	enum { FEW = 16 };
	uint32_t n = e->victims.n;

	if (n > FEW && e->victim_slots_n < 2 * n) {
		uint32_t *more = ol_arena_alloc(&e->arena, 4 * sizeof(*more) *
								   (1u << (32 - __builtin_clz(n))));

		if (more) {
			e->victim_slots = more;
			e->victim_slots_n = 4u << (32 - __builtin_clz(n));
			e->victims_in_slots = 0;
		}
	}
	if (n <= FEW || e->victim_slots_n < 2 * n) {
		for (uint32_t i = 0; i < n; i++)
			if (e->victims.v[i].pid.set && e->victims.v[i].pid.v == pid)
				return &e->victims.v[i];
		return NULL;
	}
	for (; e->victims_in_slots < n; e->victims_in_slots++) {
		const struct ol_victim *v = &e->victims.v[e->victims_in_slots];
		uint32_t *slot = v->pid.set ? victim_slot(e, v->pid.v) : NULL;

		if (slot && !*slot)
			*slot = e->victims_in_slots + 1;
	}
	n = *victim_slot(e, pid);
	return n ? &e->victims.v[n - 1] : NULL;
}

int ol_event_groups(struct ol_oom_event *e, struct ol_group **ret_groups, uint32_t *ret_n)
{
	struct ol_group *groups;
	uint32_t n = 0, slots = 16, *table;
	unsigned page_kb = e->groups ? 0 : e->page_kb ? e->page_kb : ol_event_infer_page_kb(e);
	uint64_t total = 0;

	*ret_groups = e->groups;
	*ret_n = e->n_groups;
	if (e->groups || !page_kb || !e->tasks.n)
		return 0;
	while (slots < e->tasks.n + e->tasks.n / 2 && slots < UINT32_C(1) << 30)
		slots *= 2;
	/* 1 + index into groups; 0 is empty */
	table = ol_arena_alloc(&e->arena, slots * sizeof(*table));
	groups = ol_arena_alloc(&e->arena, e->tasks.n * sizeof(*groups));
	if (!table || !groups)
		return -ENOMEM;

	for (uint32_t i = 0; i < e->tasks.n; i++) {
		const struct ol_task *t = &e->tasks.v[i];
		uint32_t h = (uint32_t)comm_hash(t->comm, (uintptr_t)e) & (slots - 1);
		uint64_t rss = task_rss_kb(t, page_kb);
		struct ol_group *g;

		while (table[h] && !ol_span_eq(groups[table[h] - 1].comm, t->comm))
			h = (h + 1) & (slots - 1);
		if (!table[h]) {
			groups[n].comm = t->comm;
			table[h] = ++n;
		}
		g = &groups[table[h] - 1];
		g->count++;
		g->rss_kb = ol_add_u64(g->rss_kb, rss);
		total = ol_add_u64(total, rss);
		if (task_has(t, OL_COL_SWAPENTS)) {
			uint64_t swap = pages_to_kb(t->col[OL_COL_SWAPENTS], page_kb);

			g->swap_kb = ol_add_u64(g->swap_kb, swap);
			g->has_swap = true;
		}
	}
	for (uint32_t i = 0; i < n; i++)
		groups[i].share = total ? (double)groups[i].rss_kb / (double)total : 0;
	qsort(groups, n, sizeof(*groups), group_cmp);
	*ret_groups = e->groups = groups;
	*ret_n = e->n_groups = n;
	return 0;
}

void ol_event_move(struct ol_oom_event *to, struct ol_oom_event *from)
{
	*to = *from;
	ol_container_moved(&to->container, &from->container);
	/* where a victim stands there depends on the event's address: made again when asked */
	to->victim_slots = NULL;
	to->victim_slots_n = to->victims_in_slots = 0;
	ol_arena_init(&from->arena, from->arena.limit);
}
