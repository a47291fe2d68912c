// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/dump_impl.h"

#include "lib/num.h"

/*
 * The size of a page is printed nowhere. It follows from whatever the log states both in pages and
 * in kB, from where the free lists begin, and from the architecture. Each is a piece of evidence
 * of its own, any of them may be damaged, and what most of them agree on is believed.
 */

#define S(lit) OL_SPAN(lit)

enum {
	SIZES = 7, /* 4, 8, … 256 kB */
	/* of one kind: many lists that lost the same column are not much evidence */
	SAME_MAX = 3,
	/* x86 was never built with another size than 4 kB */
	ARCH_WEIGHT = SAME_MAX,
	/* smaller numbers agree by accident */
	LEAST_PAGES = 64,
	/* counters that are read one after the other differ a little */
	APART_NTH = 64,
	VICTIMS_MAX = 8,
};

struct votes {
	unsigned of[SIZES];
};

static unsigned size_kb(unsigned i)
{
	return 4u << i;
}

static void put_votes(struct votes *all, const struct votes *kind, unsigned most)
{
	for (unsigned i = 0; i < SIZES; i++)
		all->of[i] += kind->of[i] < most ? kind->of[i] : most;
}

/* The only one with the most; SIZES: none, or two. */
static unsigned elected(const struct votes *v)
{
	unsigned best = SIZES, most = 0;

	for (unsigned i = 0; i < SIZES; i++) {
		if (v->of[i] > most) {
			most = v->of[i];
			best = i;
		} else if (v->of[i] == most) {
			best = SIZES;
		}
	}
	return best;
}

/* @kb is @pages of them, but for one in @apart_nth; 0: exactly. */
static void vote_ratio(struct votes *v, uint64_t kb, uint64_t pages, unsigned apart_nth)
{
	if (pages < LEAST_PAGES || pages > UINT64_MAX / size_kb(SIZES - 1))
		return;
	for (unsigned i = 0; i < SIZES; i++) {
		uint64_t want = pages * size_kb(i);
		uint64_t apart = kb > want ? kb - want : want - kb;

		if (apart_nth ? apart <= want / apart_nth : !apart)
			v->of[i]++;
	}
}

/*
 * Node 0 DMA: 7*4kB (UE) 0*8kB 2*16kB …: each entry says where the list began.
 */
static unsigned list_began(const struct ol_zone *z)
{
	struct votes list = { { 0 } };
	unsigned best = SIZES, most = 0;

	/* two in a row: behind them an entry may be lost, which shifts all that follow */
	for (unsigned s = 0; s < SIZES && z->buddy.n >= 2; s++)
		if (z->buddy.v[0].kb == size_kb(s) && z->buddy.v[1].kb == 2 * size_kb(s))
			return s;
	for (uint32_t k = 0; k < z->buddy.n && k < 32; k++)
		for (unsigned s = 0; s < SIZES; s++)
			list.of[s] += z->buddy.v[k].kb == (uint64_t)size_kb(s) << k;
	for (unsigned s = 0; s < SIZES; s++) {
		if (list.of[s] > most) {
			most = list.of[s];
			best = s;
		}
	}
	return best;
}

static void vote_lists(const struct ol_oom_event *e, struct votes *v)
{
	for (uint32_t i = 0; i < e->zones.n; i++) {
		unsigned size = list_began(&e->zones.v[i]);

		if (size < SIZES)
			v->of[size]++;
	}
}

/*
 * active_anon:239 inactive_anon:7154 …                     (Mem-Info, pages)
 * Node 0 active_anon:956kB inactive_anon:28616kB …          (show_free_areas(), 4.8 and later)
 * The nodes are read a moment after the totals: two counters that agree are asked for.
 */
static void vote_nodes(const struct ol_oom_event *e, struct votes *v)
{
	static const enum ol_key keys[] = { OL_K_ACTIVE_ANON, OL_K_INACTIVE_ANON, OL_K_ACTIVE_FILE,
					    OL_K_INACTIVE_FILE, OL_K_UNEVICTABLE };
	struct votes agree = { { 0 } };

	for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
		const struct ol_kv *pages = ol_kv_get(&e->memory, keys[k]);
		uint64_t sum = 0;

		if (!pages || !pages->v)
			continue;
		for (uint32_t i = 0; i < e->nodes.n; i++) {
			const struct ol_kv *kv = ol_kv_get(&e->nodes.v[i].kv, keys[k]);

			sum = ol_add_u64(sum, kv ? kv->v : 0);
		}
		for (unsigned i = 0; i < SIZES; i++)
			agree.of[i] += sum % size_kb(i) == 0 && sum / size_kb(i) == pages->v;
	}
	for (unsigned i = 0; i < SIZES; i++)
		v->of[i] += agree.of[i] >= 2 ? agree.of[i] : 0;
}

/*
 * free:12980, 941942 pages RAM                              (pages)
 * Node 0 DMA free:13312kB … present:15992kB …                (all zones together)
 */
static void vote_zones(const struct ol_oom_event *e, struct votes *v)
{
	const struct ol_kv *free = ol_kv_get(&e->memory, OL_K_FREE), *kv;
	uint64_t free_kb = 0, present_kb = 0;

	for (uint32_t i = 0; i < e->zones.n; i++) {
		kv = ol_kv_get(&e->zones.v[i].kv, OL_K_FREE);
		free_kb = ol_add_u64(free_kb, kv ? kv->v : 0);
		kv = ol_kv_get(&e->zones.v[i].kv, OL_K_PRESENT);
		present_kb = ol_add_u64(present_kb, kv ? kv->v : 0);
	}
	if (free)
		vote_ratio(v, free_kb, free->v, APART_NTH);
	if (e->ram_pages.set && e->ram_pages.v > 0)
		vote_ratio(v, present_kb, (uint64_t)e->ram_pages.v, APART_NTH);
}

static int64_t col(const struct ol_task *t, enum ol_col c)
{
	return t->mask >> c & 1 && t->col[c] > 0 ? t->col[c] : 0;
}

/*
 * Killed process 4242 (java) total-vm:4194304kB, anon-rss:1048576kB, file-rss:0kB, …
 * [   4242]  1000  4242  1048576   262144 … java
 */
static void vote_victims(const struct ol_oom_event *e, struct votes *v)
{
	for (uint32_t k = 0; k < e->victims.n && k < VICTIMS_MAX; k++) {
		const struct ol_victim *vi = &e->victims.v[k];
		const struct ol_val *rss[] = { &vi->anon_rss_kb, &vi->file_rss_kb,
					       &vi->shmem_rss_kb };
		uint64_t rss_kb = 0;

		for (size_t r = 0; r < sizeof(rss) / sizeof(rss[0]); r++)
			if (rss[r]->set && rss[r]->v > 0)
				rss_kb = ol_add_u64(rss_kb, (uint64_t)rss[r]->v);
		for (uint32_t i = 0; i < e->tasks.n; i++) {
			const struct ol_task *t = &e->tasks.v[i];

			if (!vi->pid.set || col(t, OL_COL_PID) != vi->pid.v)
				continue;
			if (vi->total_vm_kb.set && vi->total_vm_kb.v > 0)
				vote_ratio(v, (uint64_t)vi->total_vm_kb.v,
					   (uint64_t)col(t, OL_COL_TOTAL_VM), 0);
			vote_ratio(v, rss_kb, (uint64_t)col(t, OL_COL_RSS), 0);
			break;
		}
	}
}

/* Names in a kernel's release, or functions that only one architecture has. */
static void vote_arch(const struct ol_oom_event *e, struct votes *v)
{
	static const char *const releases[] = { "amd64", "x86_64", "i386", "i686", "-686" };
	static const char *const funcs[] = { "entry_SYSCALL_64", "do_syscall_64",
					     "asm_exc_page_fault", "do_user_addr_fault" };
	bool x86 = false;

	for (size_t i = 0; i < sizeof(releases) / sizeof(releases[0]); i++)
		x86 |= ol_span_find(e->release.s, ol_span_str(releases[i])) >= 0;
	for (uint32_t k = 0; k < e->trace.n && !x86; k++)
		for (size_t i = 0; i < sizeof(funcs) / sizeof(funcs[0]); i++)
			x86 |= ol_span_starts(e->trace.v[k].func, ol_span_str(funcs[i]));
	v->of[0] += x86 ? ARCH_WEIGHT : 0;
}

unsigned ol_event_infer_page_kb(const struct ol_oom_event *e)
{
	static void (*const kinds[])(const struct ol_oom_event *,
				     struct votes *) = { vote_nodes, vote_zones, vote_victims,
							 vote_arch };
	struct votes lists = { { 0 } }, stated = { { 0 } }, all;
	unsigned best;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct votes kind = { { 0 } };

		kinds[i](e, &kind);
		put_votes(&stated, &kind, SAME_MAX);
	}
	vote_lists(e, &lists);
	all = stated;
	put_votes(&all, &lists, SAME_MAX);
	best = elected(&all);
	if (best == SIZES)
		return 0;
	/*
	 * a list that lost its first entry begins with the second: alone it is believed when it
	 * begins with what nearly all machines have
	 */
	if (best && !stated.of[best] && lists.of[best] < 2)
		return 0;
	return size_kb(best);
}

/*
 * The order of a block follows from its size, not from its place: an entry before it may be lost.
 * One that no order has is damaged, and nothing.
 */
static void order_blocks(struct ol_zone *z, unsigned page_kb)
{
	uint32_t n = 0;

	for (uint32_t k = 0; k < z->buddy.n; k++) {
		struct ol_buddy *b = &z->buddy.v[k];
		uint64_t pages = b->kb / page_kb;

		if (!pages || b->kb % page_kb || pages & (pages - 1))
			continue;
		b->order = (uint8_t)__builtin_ctzll(pages);
		z->buddy.v[n++] = *b;
	}
	z->buddy.n = n;
}

void ol_event_settle_pages(struct ol_oom_event *e)
{
	e->page_kb = ol_event_infer_page_kb(e);
	for (uint32_t i = 0; i < e->zones.n && e->page_kb; i++)
		order_blocks(&e->zones.v[i], e->page_kb);
}
