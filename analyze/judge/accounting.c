// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/kver.h"
#include "analyze/judge/verdict.h"
#include "lib/num.h"

#include <limits.h>

/*
 * Where all the memory was, each page counted once. The kernel's counters overlap:
 *
 *   mapped, dirty, writeback, unstable, *_thp, mlocked   are parts of others: never added
 *   shmem       lies on the anonymous LRU lists, or is unevictable when it is locked (SHM_LOCK);
 *               it is not in active_file and inactive_file, but in cgroup statistics it is in
 *               "file" (v2) and "cache" (v1)
 *   free        includes free_cma and the highatomic reserve; free_pcp is extra
 *   hugepages   are outside of the LRU lists
 *   reserved    what never got into the page allocator: on 32 bits that includes the array of page
 *               descriptors, and holes in the address space (kernels before 3.10)
 *   kernel      (cgroup v2, 5.18+) includes stacks, page tables, slab, percpu, vmalloc, zswap, but
 *               not sock
 */

_Static_assert(OL_AC_MAX <= sizeof(((struct ol_accounting *)0)->has) * CHAR_BIT,
	       "a bit for each part");

static const char *const keys[OL_AC_MAX] = {
#define OL_ACCOUNT(id, key, fills, charged, from, until) [OL_AC_##id] = key,
#include "analyze/judge/account_parts.def"
#undef OL_ACCOUNT
};

const char *ol_account_key(enum ol_account_part p)
{
	return (unsigned)p < OL_AC_MAX ? keys[p] : NULL;
}

/* ---- numbers of a hostile log: they stick at the maximum instead of wrapping ---- */

#define NONSENSE      (UINT64_C(1) << 60)
#define BELOW_ZERO_32 (UINT64_C(1) << 22)

bool ol_account_nonsense(uint64_t pages)
{
	return pages >= NONSENSE || (pages <= UINT32_MAX && pages > UINT32_MAX - BELOW_ZERO_32);
}

/* A number of kB that may be absent. */
struct kb {
	uint64_t v;
	bool set;
};

static struct kb plus(struct kb a, struct kb b)
{
	return (struct kb){ ol_add_u64(a.v, b.v), a.set || b.set };
}

/* What two lists hold together. *@ret_half: only one of them is stated. */
static struct kb both(struct kb a, struct kb b, bool *ret_half)
{
	*ret_half |= a.set != b.set;
	return plus(a, b);
}

static struct kb or_else(struct kb a, struct kb b)
{
	return a.set ? a : b;
}

static struct kb val_kb(struct ol_val v, unsigned page_kb)
{
	if (!v.set || v.v < 0)
		return (struct kb){ 0 };
	return (struct kb){ ol_mul_u64((uint64_t)v.v, page_kb), true };
}

/* A count of pages of the machine; one that went below zero says nothing. */
static struct kb pages_kb(struct ol_val v, unsigned page_kb)
{
	if (v.set && v.v >= 0 && ol_account_nonsense((uint64_t)v.v))
		return (struct kb){ 0 };
	return val_kb(v, page_kb);
}

static struct kb kv_kb(const ol_kv_vec *kvs, enum ol_key id, unsigned page_kb)
{
	const struct ol_kv *kv = ol_kv_get(kvs, id);

	/* a counter that went below zero is printed near 2^64, and says nothing */
	if (!kv || kv->v >= NONSENSE)
		return (struct kb){ 0 };
	switch (kv->unit) {
	case OL_U_KB:
		return (struct kb){ kv->v, true };
	case OL_U_BYTES:
		return (struct kb){ kv->v / 1024, true };
	case OL_U_PAGES:
		if (ol_account_nonsense(kv->v))
			return (struct kb){ 0 };
		return (struct kb){ ol_mul_u64(kv->v, page_kb), page_kb != 0 };
	default:
		return (struct kb){ 0 };
	}
}

static void put(struct ol_accounting *a, enum ol_account_part p, struct kb kb)
{
	if (!kb.set)
		return;
	a->has |= 1u << p;
	a->kb[p] = ol_add_u64(a->kb[p], kb.v);
}

static void put_estimate(struct ol_accounting *a, enum ol_account_part p, struct kb kb)
{
	put(a, p, kb);
	if (kb.set)
		a->estimated |= 1u << p;
}

static uint64_t sum_of(const struct ol_accounting *a)
{
	uint64_t sum = 0;

	for (unsigned p = 0; p < OL_AC_MAX; p++)
		sum = ol_add_u64(sum, a->kb[p]);
	return sum;
}

/* What is left of the total is in no counter. */
static void close_books(struct ol_accounting *a)
{
	uint64_t sum = sum_of(a);

	a->done = true;
	a->over_kb = ol_sub_u64(sum, a->total_kb);
	put(a, OL_AC_UNACCOUNTED, (struct kb){ ol_sub_u64(a->total_kb, sum), true });
}

static void not_done(struct ol_accounting *a, enum ol_phrase why)
{
	*a = (struct ol_accounting){ .not_done = why };
}

/* ---- LRU lists: the same counters for the machine (pages) and a zone (kB) ---- */

/*
 * shmem is taken out of the anonymous lists; what does not fit there is locked and among the
 * unevictable pages. A little may remain (the counters are read one after the other): it is
 * shown as shmem only, and goes into over_kb if the sum does not allow it.
 */
static void put_lru(struct ol_accounting *a, const ol_kv_vec *kvs, unsigned page_kb)
{
	bool half_anon = false, half_file = false, half_lru = false;
	struct kb anon = both(kv_kb(kvs, OL_K_ACTIVE_ANON, page_kb),
			      kv_kb(kvs, OL_K_INACTIVE_ANON, page_kb), &half_anon);
	struct kb shmem = kv_kb(kvs, OL_K_SHMEM, page_kb);
	struct kb unevictable = kv_kb(kvs, OL_K_UNEVICTABLE, page_kb);

	if (anon.set) {
		unevictable.v = ol_sub_u64(unevictable.v, ol_sub_u64(shmem.v, anon.v));
		anon.v = ol_sub_u64(anon.v, shmem.v);
	}
	put(a, OL_AC_ANON, anon);
	put(a, OL_AC_SHMEM, shmem);
	put(a, OL_AC_FILE,
	    both(kv_kb(kvs, OL_K_ACTIVE_FILE, page_kb), kv_kb(kvs, OL_K_INACTIVE_FILE, page_kb),
		 &half_file));
	/* until 2.6.27 there was one pair of lists for all */
	put(a, OL_AC_LRU,
	    both(kv_kb(kvs, OL_K_ACTIVE, page_kb), kv_kb(kvs, OL_K_INACTIVE, page_kb), &half_lru));
	a->absent |= (unsigned)half_anon << OL_AC_ANON | (unsigned)half_file << OL_AC_FILE |
		     (unsigned)half_lru << OL_AC_LRU;
	put(a, OL_AC_UNEVICTABLE, unevictable);
	put(a, OL_AC_ISOLATED,
	    plus(kv_kb(kvs, OL_K_ISOLATED_ANON, page_kb), kv_kb(kvs, OL_K_ISOLATED_FILE, page_kb)));
}

/* ---- the machine ---- */

static struct kb nodes_kb(const struct ol_oom_event *e, enum ol_key id, unsigned page_kb)
{
	struct kb sum = { 0 };

	for (uint32_t i = 0; i < e->nodes.n; i++)
		sum = plus(sum, kv_kb(&e->nodes.v[i].kv, id, page_kb));
	return sum;
}

static struct kb zones_kb(const struct ol_oom_event *e, enum ol_key id, unsigned page_kb)
{
	struct kb sum = { 0 };

	for (uint32_t i = 0; i < e->zones.n; i++)
		sum = plus(sum, kv_kb(&e->zones.v[i].kv, id, page_kb));
	return sum;
}

/*
 * A counter of the whole machine; where the global block has none, the sum over nodes or zones.
 * Node lines of a request with a nodemask may be left out by the kernel: then the sum is too
 * small, and the rest is unaccounted.
 */
static struct kb machine_kb(const struct ol_oom_event *e, enum ol_key id, unsigned page_kb)
{
	return or_else(kv_kb(&e->memory, id, page_kb),
		       or_else(nodes_kb(e, id, page_kb), zones_kb(e, id, page_kb)));
}

/* Node 0 hugepages_total=16 hugepages_free=2 hugepages_surp=0 hugepages_size=2048kB */
static struct kb hugepages_kb(const struct ol_oom_event *e, int node)
{
	struct kb sum = { 0 };

	for (uint32_t i = 0; i < e->hugepages.n; i++) {
		const struct ol_hugepages *h = &e->hugepages.v[i];
		const struct ol_kv *total = ol_kv_get(&h->kv, OL_K_HUGE_TOTAL);
		const struct ol_kv *size = ol_kv_get(&h->kv, OL_K_HUGE_SIZE);

		if (total && size && (node < 0 || node == h->node))
			sum = plus(sum, (struct kb){ ol_mul_u64(total->v, size->v), true });
	}
	return sum;
}

/* All zones printed, none lost: what `pages RAM` would have said. */
static struct kb present_kb(const struct ol_oom_event *e, unsigned page_kb)
{
	struct kb sum = { 0 };

	if (!e->zones.n || e->parts_missing >> OL_PART_ZONES & 1)
		return sum;
	for (uint32_t i = 0; i < e->zones.n; i++) {
		struct kb p = kv_kb(&e->zones.v[i].kv, OL_K_PRESENT, page_kb);

		if (!p.set)
			return (struct kb){ 0 };
		sum = plus(sum, p);
	}
	return sum;
}

static void put_reserved(struct ol_accounting *a, const struct ol_oom_event *e, unsigned page_kb)
{
	struct kb reserved = pages_kb(e->reserved_pages, page_kb);
	struct kb balloon = machine_kb(e, OL_K_BALLOON, page_kb);
	struct kb managed = zones_kb(e, OL_K_MANAGED, page_kb);

	/* "reserved" is present - managed, added up, in all kernels that print managed */
	if (!reserved.set && managed.set && present_kb(e, page_kb).set)
		reserved = (struct kb){ ol_sub_u64(present_kb(e, page_kb).v, managed.v), true };
	/*
	 * virtio, Xen and Hyper-V take ballooned pages out of "managed", so that they are among the
	 * reserved ones; VMware does not. A balloon larger than what is reserved is not in there.
	 */
	if (balloon.set && reserved.set && balloon.v <= reserved.v)
		reserved.v -= balloon.v;
	put(a, OL_AC_RESERVED, reserved);
	if (balloon.v)
		put(a, OL_AC_BALLOON, balloon);
}

/* ---- which counters such a dump has ---- */

static const struct {
	uint8_t from, until; /* enum ol_dump_shape */
} stated[OL_AC_MAX] = {
#define OL_ACCOUNT(id, key, fills, charged, from, until) \
	[OL_AC_##id] = { OL_SHAPE_##from, OL_SHAPE_##until },
#include "analyze/judge/account_parts.def"
#undef OL_ACCOUNT
};

/* Any line of the block says how old the kernel is that printed all of it. */
static enum ol_dump_shape shape_of(const struct ol_oom_event *e)
{
	static const struct {
		enum ol_key key;
		enum ol_dump_shape shape;
	} signs[] = {
		{ OL_K_ISOLATED_ANON, OL_SHAPE_SHMEM },      { OL_K_ISOLATED_FILE, OL_SHAPE_SHMEM },
		{ OL_K_SLAB_RECLAIMABLE, OL_SHAPE_SHMEM },   { OL_K_SHMEM, OL_SHAPE_SHMEM },
		{ OL_K_SLAB_UNRECLAIMABLE, OL_SHAPE_SHMEM }, { OL_K_FREE_PCP, OL_SHAPE_HUGEPAGES },
		{ OL_K_ACTIVE_ANON, OL_SHAPE_SPLIT },        { OL_K_INACTIVE_ANON, OL_SHAPE_SPLIT },
		{ OL_K_ACTIVE_FILE, OL_SHAPE_SPLIT },        { OL_K_INACTIVE_FILE, OL_SHAPE_SPLIT },
		{ OL_K_UNEVICTABLE, OL_SHAPE_SPLIT },
	};
	unsigned oldest = ol_event_kver(e).lo;
	enum ol_dump_shape shape = oldest >= 3011   ? OL_SHAPE_HUGEPAGES
				   : oldest >= 2632 ? OL_SHAPE_SHMEM
				   : oldest >= 2628 ? OL_SHAPE_SPLIT
						    : OL_SHAPE_LISTS;

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (signs[i].shape > shape && ol_kv_get(&e->memory, signs[i].key))
			shape = signs[i].shape;
	return shape;
}

/*
 * Pages of 1 GiB, and none of 2 MiB: a kernel with pages of 4 KiB has both or the smaller ones
 * alone, and prints a line for each size (hugetlb_show_meminfo(), mm/hugetlb.c).
 */
static bool huge_size_lost(const struct ol_oom_event *e)
{
	bool giant = false, large = false;

	for (uint32_t i = 0; i < e->hugepages.n; i++) {
		const struct ol_kv *size = ol_kv_get(&e->hugepages.v[i].kv, OL_K_HUGE_SIZE);

		giant |= size && size->v == 1 << 20;
		large |= !size || size->v < 1 << 20;
	}
	return giant && !large && e->page_kb == 4;
}

static void find_absent(struct ol_accounting *a, enum ol_dump_shape shape)
{
	for (unsigned p = 0; p < OL_AC_MAX; p++)
		if (shape >= stated[p].from && shape <= stated[p].until && !(a->has >> p & 1))
			a->absent |= 1u << p;
}

static void put_machine(struct ol_accounting *a, const struct ol_oom_event *e, unsigned pk)
{
	struct kb kb;

	put_lru(a, &e->memory, pk);
	put(a, OL_AC_SLAB_RECLAIMABLE, kv_kb(&e->memory, OL_K_SLAB_RECLAIMABLE, pk));
	put(a, OL_AC_SLAB_UNRECLAIMABLE, kv_kb(&e->memory, OL_K_SLAB_UNRECLAIMABLE, pk));
	if (!(a->has >> OL_AC_SLAB_UNRECLAIMABLE & 1))
		put(a, OL_AC_SLAB, kv_kb(&e->memory, OL_K_SLAB, pk));
	put(a, OL_AC_KERNEL_MISC, machine_kb(e, OL_K_KERNEL_MISC_RECLAIMABLE, pk));
	put(a, OL_AC_PAGE_TABLES, machine_kb(e, OL_K_PAGETABLES, pk));
	put(a, OL_AC_PAGE_TABLES, machine_kb(e, OL_K_SEC_PAGETABLES, pk));
	put(a, OL_AC_KERNEL_STACKS, machine_kb(e, OL_K_KERNEL_STACK, pk));
	put(a, OL_AC_KERNEL_STACKS, machine_kb(e, OL_K_SHADOW_CALL_STACK, pk));
	/* copies that FUSE writes back from: on no list */
	kb = machine_kb(e, OL_K_WRITEBACK_TMP, pk);
	if (kb.v)
		put(a, OL_AC_KERNEL_OTHER, kb);
	put(a, OL_AC_ZSWAP, machine_kb(e, OL_K_ZSPAGES, pk));
	put(a, OL_AC_GPU, machine_kb(e, OL_K_GPU_ACTIVE, pk));
	put(a, OL_AC_GPU, machine_kb(e, OL_K_GPU_RECLAIM, pk));
	put(a, OL_AC_HUGEPAGES, hugepages_kb(e, -1));
	put_reserved(a, e, pk);
	if (e->hwpoisoned_pages.v > 0)
		put(a, OL_AC_HWPOISON, pages_kb(e->hwpoisoned_pages, pk));
	put(a, OL_AC_BOUNCE, machine_kb(e, OL_K_BOUNCE, pk));
	put(a, OL_AC_PCP, machine_kb(e, OL_K_FREE_PCP, pk));
	put(a, OL_AC_FREE, kv_kb(&e->memory, OL_K_FREE, pk));
}

/* Without one of these "unaccounted" would only mean that the log is cut. */
static bool some_missing(const struct ol_accounting *a)
{
	return !(a->has & (1u << OL_AC_ANON | 1u << OL_AC_LRU)) ||
	       !(a->has & (1u << OL_AC_FILE | 1u << OL_AC_LRU)) ||
	       !(a->has & (1u << OL_AC_SLAB | 1u << OL_AC_SLAB_UNRECLAIMABLE));
}

static enum ol_phrase no_counters(const struct ol_oom_event *e, unsigned pk)
{
	if (!e->memory.n && !e->nodes.n && !e->zones.n)
		return OL_PHRASE_ACCOUNT_NO_COUNTERS;
	return pk ? OL_PHRASE_NONE : OL_PHRASE_ACCOUNT_NO_PAGE_SIZE;
}

int ol_account_machine(const struct ol_oom_event *e, struct ol_accounting *ret)
{
	unsigned pk = e->page_kb ? e->page_kb : ol_event_infer_page_kb(e);
	struct ol_accounting a = { .not_done = no_counters(e, pk) };
	struct kb total = val_kb(e->ram_pages, pk);
	bool from_zones = !total.v;

	*ret = a;
	if (a.not_done)
		return 0;
	if (from_zones)
		total = present_kb(e, pk);
	put_machine(&a, e, pk);
	find_absent(&a, shape_of(e));
	if (huge_size_lost(e))
		a.absent |= 1u << OL_AC_HUGEPAGES;
	if (from_zones && total.set && sum_of(&a) > ol_add_u64(total.v, total.v / 16))
		a.not_done = OL_PHRASE_ACCOUNT_ZONES_MISSING;
	else
		a.total_kb = total.v;
	if (!total.v)
		a.not_done = OL_PHRASE_ACCOUNT_NO_RAM;
	else if (!(a.has >> OL_AC_FREE & 1))
		a.not_done = OL_PHRASE_ACCOUNT_COUNTERS_MISSING;
	else if (some_missing(&a))
		a.not_done = OL_PHRASE_ACCOUNT_SOME_MISSING;
	if (!a.not_done)
		close_books(&a);
	*ret = a;
	return 0;
}

/* ---- one zone ---- */

/*
 * Bytes that describe one page. 32 bits only: there the array must be in low memory, which it
 * can fill when there is much RAM above. 32 is the least that it can be; debug options and
 * cgroup pointers make it 36 or 40. On 64 bits the array is among the reserved pages, and no
 * zone is tight because of it.
 */
#define STRUCT_PAGE_BYTES 32

static bool has_highmem(const struct ol_oom_event *e)
{
	if (e->highmem_pages.set && e->highmem_pages.v > 0)
		return true;
	for (uint32_t i = 0; i < e->zones.n; i++)
		if (e->zones.v[i].type == OL_ZONE_HIGHMEM)
			return true;
	return false;
}

/*
 * The descriptors of all RAM are in zone Normal of node 0.
 *
 * Kernels with "managed" (3.8+): they are part of present - managed, so the estimate is taken
 * out of what is reserved there. Older kernels do not print what is reserved, and their
 * "present" is already smaller by the zone's own descriptors, as if each zone held those of its
 * own pages: HighMem's are subtracted from HighMem, where they are not, and still counted here,
 * where they are.
 */
static void put_struct_pages(struct ol_accounting *a, const struct ol_oom_event *e,
			     const struct ol_zone *z, unsigned page_kb)
{
	struct ol_val pages = e->ram_pages;
	uint64_t room;
	struct kb kb;

	if (z->type != OL_ZONE_NORMAL || z->node > 0 || !has_highmem(e) || !page_kb)
		return;
	if (a->has >> OL_AC_RESERVED & 1) {
		room = a->kb[OL_AC_RESERVED];
	} else {
		room = ol_sub_u64(a->total_kb, sum_of(a));
		pages = e->highmem_pages;
	}
	if (!pages.set || pages.v <= 0)
		return;
	kb = (struct kb){ ol_mul_u64((uint64_t)pages.v, STRUCT_PAGE_BYTES) / 1024, true };
	kb.v = ol_min_u64(kb.v, room);
	if (a->has >> OL_AC_RESERVED & 1)
		a->kb[OL_AC_RESERVED] -= kb.v;
	put_estimate(a, OL_AC_STRUCT_PAGES, kb);
}

int ol_account_zone(const struct ol_oom_event *e, const struct ol_zone *z,
		    struct ol_accounting *ret)
{
	unsigned pk = e->page_kb ? e->page_kb : ol_event_infer_page_kb(e);
	struct kb present = kv_kb(&z->kv, OL_K_PRESENT, pk);
	struct kb managed = kv_kb(&z->kv, OL_K_MANAGED, pk);
	struct kb total = or_else(present, managed);
	struct ol_accounting a = { 0 };

	if (!z->kv.n || !total.set || !total.v || !ol_kv_get(&z->kv, OL_K_FREE)) {
		not_done(ret,
			 z->kv.n ? OL_PHRASE_ACCOUNT_ZONE_NO_SIZE : OL_PHRASE_ACCOUNT_ZONE_MISSING);
		return 0;
	}
	a.total_kb = total.v;
	put_lru(&a, &z->kv, pk);
	put(&a, OL_AC_SLAB_RECLAIMABLE, kv_kb(&z->kv, OL_K_SLAB_RECLAIMABLE, pk));
	put(&a, OL_AC_SLAB_UNRECLAIMABLE, kv_kb(&z->kv, OL_K_SLAB_UNRECLAIMABLE, pk));
	put(&a, OL_AC_PAGE_TABLES, kv_kb(&z->kv, OL_K_PAGETABLES, pk));
	put(&a, OL_AC_KERNEL_STACKS, kv_kb(&z->kv, OL_K_KERNEL_STACK, pk));
	put(&a, OL_AC_KERNEL_STACKS, kv_kb(&z->kv, OL_K_SHADOW_CALL_STACK, pk));
	put(&a, OL_AC_ZSWAP, kv_kb(&z->kv, OL_K_ZSPAGES, pk));
	if (kv_kb(&z->kv, OL_K_WRITEBACK_TMP, pk).v)
		put(&a, OL_AC_KERNEL_OTHER, kv_kb(&z->kv, OL_K_WRITEBACK_TMP, pk));
	put(&a, OL_AC_BOUNCE, kv_kb(&z->kv, OL_K_BOUNCE, pk));
	put(&a, OL_AC_PCP, kv_kb(&z->kv, OL_K_FREE_PCP, pk));
	put(&a, OL_AC_FREE, kv_kb(&z->kv, OL_K_FREE, pk));
	if (present.set && managed.set)
		put(&a, OL_AC_RESERVED, (struct kb){ ol_sub_u64(present.v, managed.v), true });
	put_struct_pages(&a, e, z, pk);
	close_books(&a);
	*ret = a;
	return 0;
}

/* ---- a memory cgroup ---- */

/*
 * A statistic of the cgroup and all below it. Until 5.2 there is a line for each of them, with
 * what is charged to that one alone:
 *
 *   Memory cgroup stats for /a: cache:48KB rss:2048KB …
 *   Memory cgroup stats for /a/b: cache:0KB rss:4096KB …
 */
static struct kb stat_kb(const struct ol_oom_event *e, enum ol_key id)
{
	struct kb sum = { 0 };

	if (e->memcg_members.n < 2)
		return kv_kb(&e->memcg_stats, id, 0);
	for (uint32_t i = 0; i < e->memcg_members.n; i++)
		sum = plus(sum, kv_kb(&e->memcg_members.v[i].stats, id, 0));
	return sum;
}

/*
 * What of the charge is kernel memory, and what it is for. @whole: all of it, where that is known;
 * what none of the others explains is put last.
 */
static void put_memcg_kernel(struct ol_accounting *a, const struct ol_oom_event *e, struct kb whole)
{
	uint64_t before = sum_of(a);

	put(a, OL_AC_SLAB_RECLAIMABLE, stat_kb(e, OL_K_SLAB_RECLAIMABLE));
	put(a, OL_AC_SLAB_UNRECLAIMABLE, stat_kb(e, OL_K_SLAB_UNRECLAIMABLE));
	if (!(a->has >> OL_AC_SLAB_UNRECLAIMABLE & 1))
		put(a, OL_AC_SLAB, stat_kb(e, OL_K_SLAB));
	put(a, OL_AC_PAGE_TABLES, stat_kb(e, OL_K_PAGETABLES));
	put(a, OL_AC_PAGE_TABLES, stat_kb(e, OL_K_SEC_PAGETABLES));
	put(a, OL_AC_KERNEL_STACKS, stat_kb(e, OL_K_KERNEL_STACK));
	put(a, OL_AC_PERCPU, stat_kb(e, OL_K_PERCPU));
	put(a, OL_AC_VMALLOC, stat_kb(e, OL_K_VMALLOC));
	/* charged as kernel memory, by its compressed size */
	put(a, OL_AC_ZSWAP, stat_kb(e, OL_K_ZSWAP));
	if (whole.set)
		put(a, OL_AC_KERNEL_OTHER,
		    (struct kb){ ol_sub_u64(whole.v, sum_of(a) - before), true });
}

/* 5.3 and later on cgroup v2 (and until 6.4 on v1): anon 4096 / file 8192 / kernel 1024 / … */
static void memcg_v2(struct ol_accounting *a, const struct ol_oom_event *e)
{
	struct kb file = stat_kb(e, OL_K_FILE), shmem = stat_kb(e, OL_K_SHMEM);
	struct kb whole = stat_kb(e, OL_K_KERNEL), anon = stat_kb(e, OL_K_ANON);
	struct kb lru = plus(stat_kb(e, OL_K_ACTIVE_ANON), stat_kb(e, OL_K_INACTIVE_ANON));
	struct kb swapcached = stat_kb(e, OL_K_SWAPCACHED);

	/* without it "file" is both */
	a->absent |= (unsigned)!file.set << OL_AC_FILE | (unsigned)!shmem.set << OL_AC_SHMEM;
	put(a, OL_AC_ANON, anon);
	put(a, OL_AC_SHMEM, shmem);
	/* "anon" is what is mapped; swap cache that is not mapped is only on the LRU lists */
	if (swapcached.v && lru.set) {
		lru.v = ol_sub_u64(lru.v, ol_add_u64(anon.v, shmem.v));
		put_estimate(a, OL_AC_SWAP_CACHE,
			     (struct kb){ ol_min_u64(lru.v, swapcached.v), true });
	}
	/* "file" is all that has a mapping: shmem is in it, and the swap cache */
	file.v = ol_sub_u64(ol_sub_u64(file.v, shmem.v), swapcached.v);
	put(a, OL_AC_FILE, file);
	/* only printed where hugetlb pages are charged to the cgroup */
	put(a, OL_AC_HUGEPAGES, stat_kb(e, OL_K_HUGETLB));
	/* v1 charges sockets to a counter of their own; v2 never fills the kmem counter */
	if (e->memcg_version != 1)
		put(a, OL_AC_SOCK, stat_kb(e, OL_K_SOCK));
	if (!whole.set && e->kmem_usage_kb.set && e->kmem_usage_kb.v > 0)
		whole = val_kb(e->kmem_usage_kb, 1);
	put_memcg_kernel(a, e, whole);
}

/*
 * cgroup v1. "cache" includes shmem, "rss" is anonymous memory with its swap cache. Kernels that do
 * not print shmem (before 4.5, and el7) still print the LRU lists: what is on the anonymous ones
 * without being in rss is shmem.
 */
static void memcg_v1(struct ol_accounting *a, const struct ol_oom_event *e)
{
	bool hierarchical = stat_kb(e, OL_K_TOTAL_RSS).set || stat_kb(e, OL_K_TOTAL_CACHE).set;
	struct kb cache = stat_kb(e, hierarchical ? OL_K_TOTAL_CACHE : OL_K_CACHE);
	struct kb rss = stat_kb(e, hierarchical ? OL_K_TOTAL_RSS : OL_K_RSS);
	struct kb shmem = stat_kb(e, hierarchical ? OL_K_TOTAL_SHMEM : OL_K_SHMEM);
	struct kb lru = plus(stat_kb(e, OL_K_ACTIVE_ANON), stat_kb(e, OL_K_INACTIVE_ANON));

	put(a, OL_AC_ANON, rss);
	if (shmem.set) {
		put(a, OL_AC_SHMEM, shmem);
	} else if (lru.set && rss.set && cache.set && !hierarchical) {
		shmem = (struct kb){ ol_min_u64(ol_sub_u64(lru.v, rss.v), cache.v), true };
		put_estimate(a, OL_AC_SHMEM, shmem);
	}
	cache.v = ol_sub_u64(cache.v, shmem.v);
	put(a, OL_AC_FILE, cache);
	a->absent |= (unsigned)!cache.set << OL_AC_FILE | (unsigned)!shmem.set << OL_AC_SHMEM;
	put_memcg_kernel(a, e, val_kb(e->kmem_usage_kb, 1));
}

static uint64_t memcg_swap_kb(const struct ol_oom_event *e)
{
	struct kb swap = val_kb(e->swap_usage_kb, 1);

	swap = or_else(swap, stat_kb(e, OL_K_TOTAL_SWAP));
	swap = or_else(swap, stat_kb(e, OL_K_SWAP));
	if (!swap.set && e->usage_kb.set && e->memsw_usage_kb.set)
		return ol_sub_u64(val_kb(e->memsw_usage_kb, 1).v, val_kb(e->usage_kb, 1).v);
	return swap.v;
}

/*
 * Until 5.2 each cgroup's statistics are its own alone, in a line of its own. The victim's is below
 * the one that hit its limit, and that line is not there: then most of the charge is in no line.
 */
static bool children_lost(const struct ol_oom_event *e)
{
	struct ol_span task = e->task_memcg.s, limit = e->oom_memcg.s;

	if (!e->memcg_members.n || !task.p || !limit.p || ol_span_eq(task, limit) ||
	    !ol_span_starts(task, limit))
		return false;
	for (uint32_t i = 0; i < e->memcg_members.n; i++)
		if (ol_span_eq(e->memcg_members.v[i].path.s, task))
			return false;
	return true;
}

int ol_account_memcg(const struct ol_oom_event *e, struct ol_accounting *ret)
{
	struct ol_accounting a = { 0 };
	struct kb usage = val_kb(e->usage_kb, 1);
	enum { OVER_NTH = 4, OVER_KB = 64 << 10 };

	if (!e->memcg_stats.n && !e->memcg_members.n) {
		not_done(ret, OL_PHRASE_ACCOUNT_NO_STATISTICS);
		return 0;
	}
	if (stat_kb(e, OL_K_RSS).set || stat_kb(e, OL_K_TOTAL_RSS).set)
		memcg_v1(&a, e);
	else if (stat_kb(e, OL_K_ANON).set)
		memcg_v2(&a, e);
	if (!(a.has >> OL_AC_ANON & 1)) {
		not_done(ret, OL_PHRASE_ACCOUNT_STATISTICS_CUT);
		return 0;
	}
	if (children_lost(e))
		a.absent |= 1u << OL_AC_ANON | 1u << OL_AC_FILE | 1u << OL_AC_SHMEM;
	a.swap_kb = memcg_swap_kb(e);
	if (usage.set) {
		a.total_kb = usage.v;
		/* statistics lag, by pages per CPU; far more than it held is of damaged numbers */
		if (sum_of(&a) > ol_add_u64(usage.v + usage.v / OVER_NTH, OVER_KB)) {
			not_done(ret, OL_PHRASE_ACCOUNT_CONTRADICTS);
			return 0;
		}
		close_books(&a);
	} else {
		/* the usage line is lost: the statistics are all that is known */
		a.total_kb = sum_of(&a);
		a.done = true;
	}
	*ret = a;
	return 0;
}
