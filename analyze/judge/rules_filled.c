// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/judge/judge_impl.h"

/*
 * What filled the machine: the largest part of RAM that could not be had back. Anonymous memory has
 * a way out, swap, so there the cause is why that way was closed.
 */

static void advise_top(struct ol_case *c);

struct filler {
	enum ol_cause cause;
	uint64_t kb;
	const char *words;
};

/* Anonymous memory has a way out, swap: which of the causes it is depends on that. */
static bool swap_is_full(const struct ol_case *c)
{
	return c->swap_free_kb * 20 <= c->swap_total_kb || c->swap_free_kb < 2048;
}

static bool any_swapped(const struct ol_oom_event *e, bool *ret_known)
{
	*ret_known = false;
	for (uint32_t i = 0; i < e->tasks.n; i++) {
		if (!(e->tasks.v[i].mask & 1u << OL_COL_SWAPENTS))
			continue;
		*ret_known = true;
		if (e->tasks.v[i].col[OL_COL_SWAPENTS] > 0)
			return true;
	}
	return false;
}

/* Kernel threads and unkillable tasks aside: can the swap be used at all? */
static bool swap_broken(const struct ol_case *c)
{
	uint64_t stuck = ol_judge_pages_kb(c, OL_K_WRITEBACK, NULL);

	return c->e->swap_errors > 0 && c->swap_known && c->swap_free_kb * 2 > c->swap_total_kb &&
	       (stuck || c->anon);
}

/*
 * Swap that is all but untouched while anonymous memory fills RAM: the kernel swaps long before it
 * kills, so something forbids it (memory.swap.max=0 of the cgroups, swappiness 0, locked memory).
 */
static bool swap_untouched(const struct ol_case *c)
{
	return c->may_sleep && c->swap_known && c->swap_total_kb &&
	       (c->swap_total_kb - c->swap_free_kb) * 20 < c->swap_total_kb &&
	       (c->swap_total_kb - c->swap_free_kb) * 20 < c->anon;
}

/*
 * Swap that is kept in RAM itself (zram, or zswap in front of a disk) moves memory to a place that
 * most kernels print no counter for. It has two signs. The slab list, when it is printed: the
 * allocator of such stores keeps one word for each page that it holds.
 *
 *   zs_handle                312KB        312KB		a name per store from 6.12 on:
 *   zs_handle-zram0          336KB        336KB
 *
 * And the call trace, when the store itself asked:  zs_malloc+0x180/0x570
 */
static const struct ol_slab_row *swap_store(const struct ol_oom_event *e)
{
	for (uint32_t i = 0; i < e->slabs.n; i++)
		if (ol_span_starts(e->slabs.v[i].name, OL_SPAN("zs_handle")))
			return &e->slabs.v[i];
	return NULL;
}

static uint64_t swap_used_kb(const struct ol_case *c)
{
	return c->swap_known && c->swap_total_kb > c->swap_free_kb
		       ? c->swap_total_kb - c->swap_free_kb
		       : 0;
}

/* What is unaccounted for may be what was swapped out: a store holds at most about as much. */
static bool maybe_swap_store(const struct ol_case *c)
{
	return swap_used_kb(c) * 2 >= c->unaccounted;
}

static bool store_asked(const struct ol_oom_event *e)
{
	for (uint32_t i = 0; i < e->trace.n; i++) {
		struct ol_span f = e->trace.v[i].func;

		if (!e->trace.v[i].uncertain &&
		    (ol_span_starts(f, OL_SPAN("zs_malloc")) ||
		     ol_span_starts(f, OL_SPAN("zram_")) || ol_span_starts(f, OL_SPAN("zswap_"))))
			return true;
	}
	return false;
}

/* The pages that a store holds account for most of what no counter names. */
static bool is_swap_store(const struct ol_case *c)
{
	const struct ol_slab_row *row = swap_store(c->e);

	if (!maybe_swap_store(c))
		return false;
	if (row && c->e->page_kb && row->used_kb < UINT64_C(1) << 40)
		return row->used_kb * (1024 / sizeof(uint64_t)) * c->e->page_kb * 2 >=
		       c->unaccounted;
	return store_asked(c->e);
}

static void swap_store_verdict(struct ol_case *c)
{
	struct ol_oom_event *e = c->e;
	const struct ol_slab_row *row = swap_store(e);

	c->v->cause = swap_is_full(c) ? OL_CAUSE_ANON_SWAP_FULL : OL_CAUSE_SWAP_UNUSABLE;
	if (c->v->confidence == OL_CONF_HIGH)
		c->v->confidence = OL_CONF_MEDIUM;
	ol_judge_headline(
		c, ol_judge_text(
			   e,
			   "The processes' own memory filled RAM even when swapped out: the swap "
			   "lies in RAM (zram or zswap), where %s of it took up to %s.",
			   KB(swap_used_kb(c)), KB(c->unaccounted)));
	ol_judge_explain(
		c, ol_judge_text(e,
				 "Such swap gains only what compression saves. %s of it were not "
				 "taken, but there was no RAM left to hold them.",
				 KB(c->swap_free_kb)));
	ol_judge_evidence_swap(c);
	if (row)
		ol_judge_evidence(c, row->line,
				  ol_judge_text(e, "the compressed store's list of its pages: %s",
						KB(row->used_kb)));
	advise_top(c);
	ol_judge_advise(
		c,
		ol_judge_text(e, "Data that hardly compresses gains nothing from zram: zramctl (or "
				 "/sys/block/zram0/mm_stat) shows the ratio. Bound the store "
				 "(mem_limit, zswap's max_pool_percent), or add swap on a disk."));
}

/* Locked memory that belongs to no file: unlocked, it would have nowhere to go without swap. */
static uint64_t locked_anon_kb(const struct ol_case *c)
{
	uint64_t mlocked = 0, mapped = ol_judge_pages_kb(c, OL_K_MAPPED, NULL);

	for (uint32_t i = 0; i < c->e->zones.n; i++) {
		const struct ol_kv *kv = ol_kv_get(&c->e->zones.v[i].kv, OL_K_MLOCKED);

		if (kv && kv->v < UINT64_C(1) << 50)
			mlocked += kv->v;
	}
	mlocked = mlocked < c->locked ? mlocked : c->locked;
	return mlocked > mapped ? mlocked - mapped : 0;
}

/*
 * Locked and unlocked memory of processes together, no swap: unlocking would not have made room,
 * but swap would have, for the unlocked part.
 */
static bool swap_would_help(const struct ol_case *c)
{
	return c->swap_known && !c->swap_total_kb && ol_judge_fills(c, c->anon, 20) &&
	       locked_anon_kb(c) * 2 >= c->locked;
}

/* "3.2 GiB", "3.2 GiB in RAM and 1.1 GiB in swap" */
static struct ol_span holds(struct ol_case *c, const struct ol_group *g)
{
	if (g->swap_kb > g->rss_kb / 8)
		return ol_judge_text(c->e, "%s in RAM and %s in swap", KB(g->rss_kb),
				     KB(g->swap_kb));
	return ol_judge_text(c->e, "%s", KB(g->rss_kb));
}

static void advise_top(struct ol_case *c)
{
	struct ol_oom_event *e = c->e;
	struct ol_group *g, *all = NULL;
	struct ol_span held;
	uint32_t n = 0;

	if (ol_event_groups(e, &all, &n) < 0 || !n)
		return;
	g = all;
	/* the list is by resident memory; here what was swapped out counts too */
	for (uint32_t i = 1; i < n; i++)
		if (all[i].rss_kb + all[i].swap_kb > g->rss_kb + g->swap_kb)
			g = &all[i];
	if (!(g->rss_kb + g->swap_kb))
		return;
	held = holds(c, g);
	if (g[0].count > 1)
		ol_judge_advise(
			c,
			ol_judge_text(
				e,
				"%u processes named %.*s hold %.*s together, %s each%s: fewer of "
				"them, or a memory limit on their service, so that they are "
				"stopped before the machine is full.",
				g[0].count, (int)(g[0].comm.n > 64 ? 64 : g[0].comm.n), g[0].comm.p,
				OL_SPAN_ARG(held),
				KB((g[0].rss_kb +
				    (g[0].swap_kb > g[0].rss_kb / 8 ? g[0].swap_kb : 0)) /
				   g[0].count),
				g[0].rss_kb > c->anon ? " (pages that they share count for each)"
						      : ""));
	else
		ol_judge_advise(
			c, ol_judge_text(
				   e,
				   "%.*s alone holds %.*s: give it a limit of its own (a cgroup, a "
				   "heap size), or the machine more RAM.",
				   (int)(g[0].comm.n > 64 ? 64 : g[0].comm.n), g[0].comm.p,
				   OL_SPAN_ARG(held)));
}

/*
 * Swap is in use and not full, yet those who hold most of RAM have nothing in it: reclaim passes by
 * nobody who may swap, so these may not.
 */
static bool holders_never_swapped(const struct ol_case *c)
{
	const struct ol_oom_event *e = c->e;
	uint64_t kb = 0;

	if (!c->may_sleep || !c->swap_total_kb || swap_is_full(c))
		return false;
	for (uint32_t i = 0; i < e->tasks.n; i++) {
		const struct ol_task *t = &e->tasks.v[i];
		int64_t rss = t->col[OL_COL_RSS];

		if (!(t->mask & 1u << OL_COL_SWAPENTS) || !(t->mask & 1u << OL_COL_RSS) ||
		    t->col[OL_COL_SWAPENTS] != 0 || rss <= 0 || rss >= INT64_C(1) << 40)
			continue;
		/* small ones may just have been started */
		if ((uint64_t)rss * e->page_kb * 10 >= c->anon)
			kb += (uint64_t)rss * e->page_kb;
	}
	return kb * 2 >= c->anon && kb;
}

static void anon_verdict(struct ol_case *c)
{
	struct ol_oom_event *e = c->e;
	bool known, swapped = any_swapped(e, &known);

	if (c->swap_known && !c->swap_total_kb) {
		c->v->cause = OL_CAUSE_ANON_NO_SWAP;
		ol_judge_headline(
			c,
			ol_judge_text(
				e,
				"The processes' own memory filled RAM (%s of %s), and there is no "
				"swap to move it to.",
				KB(c->anon), KB(c->base_kb)));
		advise_top(c);
		ol_judge_advise(
			c, ol_judge_text(
				   e, "Some swap (or zram) would have bought time, not a cure, if "
				      "the memory is really in use."));
	} else if (c->swap_known && swap_is_full(c)) {
		c->v->cause = OL_CAUSE_ANON_SWAP_FULL;
		ol_judge_headline(
			c,
			ol_judge_text(
				e,
				"The processes' own memory filled RAM (%s of %s) and swap too (%s "
				"left of %s).",
				KB(c->anon), KB(c->base_kb), KB(c->swap_free_kb),
				KB(c->swap_total_kb)));
		advise_top(c);
		ol_judge_advise(
			c, ol_judge_text(
				   e, "More swap only delays this; the processes need %s together.",
				   KB(c->anon + c->swap_total_kb - c->swap_free_kb)));
	} else if (swap_broken(c)) {
		c->v->cause = OL_CAUSE_SWAP_UNUSABLE;
		ol_judge_headline(
			c,
			ol_judge_text(e,
				      "Swap is there (%s free of %s), but writing to it failed, so "
				      "nothing "
				      "could be moved out.",
				      KB(c->swap_free_kb), KB(c->swap_total_kb)));
		ol_judge_advise(
			c,
			ol_judge_text(e, "Swap on a device that needs memory to write (NFS, a loop "
					 "file) fails just then: use a local disk or zram."));
	} else if (swap_untouched(c)) {
		c->v->cause = OL_CAUSE_SWAP_UNUSABLE;
		c->v->confidence = OL_CONF_MEDIUM;
		ol_judge_headline(
			c,
			ol_judge_text(
				e,
				"The processes' own memory filled RAM (%s of %s), and the swap "
				"(%s) "
				"was hardly touched: something forbids moving this memory there.",
				KB(c->anon), KB(c->base_kb), KB(c->swap_total_kb)));
		ol_judge_explain(
			c,
			ol_judge_text(
				e, "The kernel swaps long before it kills. That it did not means "
				   "it was not allowed: memory.swap.max of the cgroup, "
				   "vm.swappiness (or the cgroup's) at 0, or locked memory."));
		ol_judge_advise(
			c,
			ol_judge_text(
				e, "Allow it: memory.swap.max (MemorySwapMax=), vm.swappiness; in "
				   "Kubernetes, swap is off for containers unless the kubelet is "
				   "told otherwise."));
	} else if (c->swap_known && !c->failure && holders_never_swapped(c)) {
		c->v->cause = OL_CAUSE_SWAP_UNUSABLE;
		c->v->confidence = OL_CONF_MEDIUM;
		ol_judge_headline(
			c,
			ol_judge_text(
				e,
				"The processes' own memory filled RAM (%s of %s), and those that "
				"hold most of it have nothing in swap, although %s are free "
				"there: something forbids it to them.",
				KB(c->anon), KB(c->base_kb), KB(c->swap_free_kb)));
		ol_judge_explain(
			c,
			ol_judge_text(
				e, "Others were swapped out, so swap works. What was not may not "
				   "be: memory.swap.max of its cgroup, a swappiness of 0 there, "
				   "or memory.min around it."));
		advise_top(c);
		ol_judge_advise(
			c,
			ol_judge_text(
				e, "Allow it: memory.swap.max (MemorySwapMax=), memory.swappiness; "
				   "or bound the processes by memory.max."));
	} else if (c->swap_known) {
		c->v->cause = OL_CAUSE_RECLAIM_STALL;
		c->v->confidence = OL_CONF_LOW;
		ol_judge_headline(
			c, ol_judge_text(
				   e,
				   "The processes' own memory filled RAM (%s of %s) although %s of "
				   "swap "
				   "were still free: moving it out did not keep up.",
				   KB(c->anon), KB(c->base_kb), KB(c->swap_free_kb)));
		ol_judge_advise(
			c,
			ol_judge_text(
				e, "Look at the swap device (slow, failing?) and at vm.swappiness; "
				   "in a cgroup, at memory.swap.max."));
	} else if (known && e->tasks.n >= 3 && !swapped && !e->table_incomplete) {
		c->v->cause = OL_CAUSE_ANON_NO_SWAP;
		c->v->confidence = OL_CONF_MEDIUM;
		ol_judge_headline(
			c, ol_judge_text(
				   e,
				   "The processes' own memory filled RAM (%s), and nothing of it "
				   "was in swap: there seems to be none.",
				   KB(c->anon)));
		advise_top(c);
	} else {
		c->v->cause = OL_CAUSE_UNKNOWN;
		c->v->confidence = OL_CONF_LOW;
		ol_judge_headline(
			c,
			ol_judge_text(e,
				      "The processes' own memory filled RAM (%s); the log does not "
				      "say whether there was swap, and whether it was full.",
				      KB(c->anon)));
		ol_judge_contributes(c, OL_CAUSE_ANON_NO_SWAP);
		ol_judge_contributes(c, OL_CAUSE_ANON_SWAP_FULL);
		advise_top(c);
	}
	ol_judge_evidence_counter(c, OL_K_ACTIVE_ANON, "active anonymous pages");
	ol_judge_evidence_counter(c, OL_K_INACTIVE_ANON, "inactive anonymous pages");
	ol_judge_evidence_swap(c);
	if (c->file * 10 < c->base_kb)
		ol_judge_advise(
			c,
			ol_judge_text(
				e, "Dropping caches will not help: only %s of file cache is left.",
				KB(c->file)));
}

static const struct ol_slab_row *largest_slab(const struct ol_oom_event *e)
{
	const struct ol_slab_row *best = NULL;

	for (uint32_t i = 0; i < e->slabs.n; i++)
		if (!best || e->slabs.v[i].total_kb > best->total_kb)
			best = &e->slabs.v[i];
	return best;
}

static void slab_verdict(struct ol_case *c, bool reclaimable)
{
	struct ol_oom_event *e = c->e;
	const struct ol_slab_row *row = largest_slab(e);

	if (reclaimable) {
		ol_judge_headline(
			c,
			ol_judge_text(
				e,
				"Caches of file names and inodes (reclaimable slab) filled RAM: %s "
				"of %s, and the kernel did not get them back.",
				KB(c->slab_r), KB(c->base_kb)));
		ol_judge_explain(
			c, ol_judge_text(
				   e, "\"Reclaimable\" is a promise, not a fact: a dentry or inode "
				      "that is open, has cached pages or waits for a server is "
				      "pinned, and one such object holds its whole page."));
		ol_judge_evidence_counter(c, OL_K_SLAB_RECLAIMABLE, "reclaimable slab");
		ol_judge_advise(
			c, ol_judge_text(
				   e, "slabtop -s c shows which cache (dentry, nfs_inode_cache, "
				      "ext4_inode_cache …); scan in portions, raise "
				      "vm.vfs_cache_pressure, look for a process that holds many "
				      "files open."));
		return;
	}
	ol_judge_headline(
		c,
		ol_judge_text(
			e,
			"Kernel objects that cannot be freed on demand (unreclaimable slab) filled "
			"RAM: %s of %s.",
			KB(c->slab_u ? c->slab_u : c->slab), KB(c->base_kb)));
	ol_judge_evidence_counter(c, c->slab_u ? OL_K_SLAB_UNRECLAIMABLE : OL_K_SLAB,
				  "unreclaimable slab");
	if (row && row->total_kb * 4 < c->slab_u) {
		ol_judge_explain(
			c,
			ol_judge_text(
				e,
				"No cache of the list is large (%.*s has %s): blocks above 8 KiB "
				"count as slab, but belong to no cache.",
				(int)(row->name.n > 64 ? 64 : row->name.n), row->name.p,
				KB(row->total_kb)));
	} else if (row) {
		ol_judge_explain(c, ol_judge_text(e, "The largest cache is %.*s with %s.",
						  (int)(row->name.n > 64 ? 64 : row->name.n),
						  row->name.p, KB(row->total_kb)));
		ol_judge_evidence(c, row->line,
				  ol_judge_text(e, "%s in this cache", KB(row->total_kb)));
	}
	ol_judge_advise(
		c,
		ol_judge_text(
			e, "Find who makes these objects: slabtop -s c now; a driver or a module "
			   "that leaks, or very many sockets, files or mounts. A reboot frees a "
			   "leak; the cure is the fix of its owner."));
	ol_judge_advise(c, ol_judge_text(e, "Killing processes frees little of it, swap none."));
}

/* Of the reserved huge pages, what nobody has mapped. */
static uint64_t huge_free_kb(const struct ol_oom_event *e)
{
	uint64_t sum = 0, kb;

	for (uint32_t i = 0; i < e->hugepages.n; i++) {
		const struct ol_kv *n = ol_kv_get(&e->hugepages.v[i].kv, OL_K_HUGE_FREE);
		const struct ol_kv *size = ol_kv_get(&e->hugepages.v[i].kv, OL_K_HUGE_SIZE);

		if (n && size && !__builtin_mul_overflow(n->v, size->v, &kb) &&
		    kb < UINT64_C(1) << 44)
			sum += kb;
	}
	return sum;
}

/* Is a good part of the file cache dirty or under writeback? Unknown counts as yes. */
static bool waits_for_disk(const struct ol_case *c)
{
	return !ol_judge_counter(c, OL_K_DIRTY) || (ol_judge_pages_kb(c, OL_K_DIRTY, NULL) +
						    ol_judge_pages_kb(c, OL_K_WRITEBACK, NULL) +
						    ol_judge_pages_kb(c, OL_K_UNSTABLE, NULL)) *
								   4 >=
							   c->file;
}

/*
 * Unevictable is more than mlock(): where the zones count what processes locked (mlocked:), and
 * that is less than half, the rest is a ramfs, SHM_LOCK or a driver.
 */
static bool not_by_processes(const struct ol_case *c)
{
	uint64_t locked = 0;
	bool stated = false;

	for (uint32_t i = 0; i < c->e->zones.n; i++) {
		const struct ol_zone *z = &c->e->zones.v[i];
		const struct ol_kv *kv = ol_kv_get(&z->kv, OL_K_MLOCKED);

		if (z->line && !kv)
			return false; /* a kernel that does not say */
		if (kv && !__builtin_add_overflow(locked, kv->v, &locked))
			stated = true;
	}
	return stated && locked < c->locked / 2;
}

static void filled_by(struct ol_case *c, const struct filler *f)
{
	struct ol_oom_event *e = c->e;

	switch (f->cause) {
	case OL_CAUSE_ANON_NO_SWAP:
		anon_verdict(c);
		break;
	case OL_CAUSE_SHMEM:
		ol_judge_headline(
			c,
			ol_judge_text(e, "Shared memory or files in tmpfs filled RAM: %s of %s%s.",
				      KB(c->shmem), KB(c->base_kb),
				      c->swap_known && !c->swap_total_kb
					      ? ", with no swap to move it to"
				      : c->swap_known && swap_is_full(c) ? ", and swap is full"
									 : ""));
		ol_judge_evidence_counter(c, OL_K_SHMEM, "shared memory and tmpfs");
		if (c->may_sleep && c->swap_known && c->swap_total_kb && !swap_is_full(c)) {
			if (c->v->confidence == OL_CONF_HIGH)
				c->v->confidence = OL_CONF_MEDIUM;
			ol_judge_explain(
				c,
				ol_judge_text(
					e,
					"%s of swap were free, where such pages can go too: a "
					"tmpfs mounted with noswap, memory.swap.max of the cgroup "
					"that wrote them, or a swappiness of 0 kept them in RAM.",
					KB(c->swap_free_kb)));
			ol_judge_evidence_swap(c);
			ol_judge_contributes(c, OL_CAUSE_SWAP_UNUSABLE);
		}
		ol_judge_advise(
			c,
			ol_judge_text(
				e, "df -t tmpfs and ipcs -m show it; it stays until the files are "
				   "deleted and the segments removed. Bound tmpfs with size=."));
		ol_judge_advise(
			c, ol_judge_text(e, "Killing processes does not free files in tmpfs."));
		break;
	case OL_CAUSE_SLAB_PINNED:
		slab_verdict(c, true);
		break;
	case OL_CAUSE_SLAB_UNRECLAIMABLE:
		slab_verdict(c, false);
		break;
	case OL_CAUSE_PAGE_TABLES:
		ol_judge_headline(c, ol_judge_text(e, "Page tables filled RAM: %s of %s.",
						   KB(c->tables), KB(c->base_kb)));
		ol_judge_explain(
			c, ol_judge_text(
				   e, "Page tables are the kernel's map of what each process has "
				      "mapped; many processes that map one large shared area need "
				      "a copy of its map each."));
		ol_judge_evidence_counter(c, OL_K_PAGETABLES, "page tables");
		ol_judge_advise(
			c, ol_judge_text(
				   e, "Huge pages for the shared area (hugetlbfs; huge_pages=on in "
				      "PostgreSQL) or fewer processes (a connection pool) shrink "
				      "them."));
		break;
	case OL_CAUSE_HUGEPAGES:
		ol_judge_headline(
			c,
			ol_judge_text(
				e,
				"%s of %s are set aside as huge pages, which nothing else may use; "
				"what is left was too little.",
				KB(c->huge), KB(c->base_kb)));
		if (e->hugepages.n)
			ol_judge_evidence(c, e->hugepages.v[0].line,
					  ol_judge_text(e, "huge pages reserved: %s", KB(c->huge)));
		if (huge_free_kb(e) * 4 >= c->huge)
			ol_judge_advise(
				c,
				ol_judge_text(
					e,
					"%s of them are not in use: lower vm.nr_hugepages (or the "
					"hugepages= boot option) to what is used.",
					KB(huge_free_kb(e))));
		else
			ol_judge_advise(
				c,
				ol_judge_text(
					e,
					"Most of them are in use: whoever maps them (a database, "
					"a virtual machine) has to be made smaller together with "
					"vm.nr_hugepages."));
		break;
	case OL_CAUSE_MLOCKED:
		if (not_by_processes(c)) {
			c->v->confidence = OL_CONF_LOW;
			ol_judge_headline(
				c, ol_judge_text(e,
						 "%s of %s may neither be swapped nor dropped, and "
						 "processes have locked less than half of it.",
						 KB(c->locked), KB(c->base_kb)));
			ol_judge_explain(
				c,
				ol_judge_text(e, "Such pages are files in a ramfs (an initramfs), "
						 "locked shared memory (SHM_LOCK) or buffers of a "
						 "driver."));
			ol_judge_evidence_counter(c, OL_K_UNEVICTABLE, "unevictable");
			break;
		}
		if (swap_would_help(c)) {
			c->anon += c->locked;
			anon_verdict(c);
			ol_judge_explain(c, ol_judge_text(e,
							  "%s of it are locked (mlock) and could "
							  "not be swapped, but the rest could.",
							  KB(c->locked)));
			ol_judge_evidence_counter(c, OL_K_UNEVICTABLE, "unevictable");
			ol_judge_contributes(c, OL_CAUSE_MLOCKED);
			break;
		}
		ol_judge_headline(
			c,
			ol_judge_text(
				e,
				"Processes have locked %s of %s in RAM (mlock): it may neither be "
				"swapped nor dropped.",
				KB(c->locked), KB(c->base_kb)));
		ol_judge_evidence_counter(c, OL_K_UNEVICTABLE, "unevictable");
		ol_judge_advise(
			c, ol_judge_text(
				   e, "VmLck in /proc/PID/status shows whose it is; bound it with "
				      "LimitMEMLOCK= or ulimit -l. Swap will not help."));
		break;
	case OL_CAUSE_UNACCOUNTED:
		if (is_swap_store(c)) {
			swap_store_verdict(c);
			break;
		}
		ol_judge_headline(
			c, ol_judge_text(
				   e,
				   "%s of %s are in none of the kernel's counters: somebody took "
				   "pages "
				   "directly.",
				   KB(c->unaccounted), KB(c->base_kb)));
		ol_judge_explain(
			c, ol_judge_text(
				   e,
				   "Processes, file cache and slab together explain only %s. Such "
				   "pages belong to drivers (GPU, network, storage), a "
				   "hypervisor's balloon, the ZFS cache, pipe or network "
				   "buffers, vmalloc and per-CPU memory (maps of bpf), or a "
				   "leak in the kernel.",
				   KB(c->base_kb - c->unaccounted)));
		if (e->ram_pages.set)
			ol_judge_evidence(c, e->ram_pages.line,
					  ol_judge_text(e, "all of RAM; %s of it unexplained",
							KB(c->unaccounted)));
		ol_judge_advise(
			c,
			ol_judge_text(
				e, "Ask in this order: the balloon of the hypervisor, the ZFS ARC "
				   "size, drivers in the trace; page_owner=on (boot option) or "
				   "/proc/allocinfo name the owner next time."));
		if (e->trace_class == OL_FC_PIPE || e->trace_class == OL_FC_SOCKET)
			ol_judge_explain(
				c, ol_judge_text(e,
						 "The request that failed was for data in a %s: "
						 "such pages are in no counter, so this may be "
						 "what fills the machine.",
						 e->trace_class == OL_FC_PIPE ? "pipe" : "socket"));
		if (maybe_swap_store(c)) {
			if (c->v->confidence == OL_CONF_HIGH)
				c->v->confidence = OL_CONF_MEDIUM;
			ol_judge_explain(
				c,
				ol_judge_text(e,
					      "Processes have %s in swap. If that swap lies in RAM "
					      "(zram, or zswap in front of it), its store is part "
					      "of these pages, and the processes' own memory is "
					      "what filled RAM.",
					      KB(swap_used_kb(c))));
			ol_judge_evidence_swap(c);
			ol_judge_contributes(c, swap_is_full(c) ? OL_CAUSE_ANON_SWAP_FULL
								: OL_CAUSE_SWAP_UNUSABLE);
		} else {
			ol_judge_advise(c, ol_judge_text(e, "Killing processes frees it only when "
							    "it ends with them (pipes, sockets, "
							    "ring buffers), swap never."));
		}
		break;
	default: /* reclaim-stall: file cache */
		c->v->cause = OL_CAUSE_RECLAIM_STALL;
		ol_judge_headline(
			c,
			ol_judge_text(e,
				      "%s of %s were file cache, which can be dropped, and yet %s: "
				      "freeing "
				      "it did not keep up.",
				      KB(c->file), KB(c->base_kb), ol_judge_whom(c)));
		ol_judge_evidence_counter(c, OL_K_INACTIVE_FILE, "inactive file cache");
		ol_judge_evidence_counter(c, OL_K_DIRTY, "dirty");
		ol_judge_evidence_counter(c, OL_K_WRITEBACK, "under writeback");
		if (waits_for_disk(c)) {
			ol_judge_advise(
				c,
				ol_judge_text(
					e,
					"Dirty pages must be written first: slow storage, or too "
					"large vm.dirty_ratio for it; set vm.dirty_bytes to about "
					"a second of the device's writing."));
			break;
		}
		/* clean: what kept reclaim from it is not in the log */
		if (c->v->confidence == OL_CONF_HIGH)
			c->v->confidence = OL_CONF_MEDIUM;
		if (c->tries_once && c->failure) {
			ol_judge_explain(
				c,
				ol_judge_text(e, "The caller let the kernel try only once "
						 "(__GFP_NORETRY): it gave up after one round of "
						 "reclaim, long before memory was out."));
			ol_judge_advise(
				c,
				ol_judge_text(e, "Who asks like that has another way, as a rule "
						 "(smaller pieces, a retry later). Only when "
						 "something failed with it is it worth a look."));
			break;
		}
		ol_judge_explain(
			c,
			ol_judge_text(
				e, "Hardly any of it was dirty, so the disk was not what held it "
				   "up: either cgroups protect it (memory.min, memory.low), or "
				   "it was read again as fast as it was dropped."));
		ol_judge_advise(
			c,
			ol_judge_text(
				e, "Add up memory.min and memory.low (MemoryMin=, MemoryLow=) of "
				   "all cgroups: they may not come near all of RAM. If programs "
				   "run from files that are dropped and read again (high "
				   "pgmajfault, PSI), a killer that acts earlier helps: "
				   "systemd-oomd, earlyoom."));
		break;
	}
	ol_judge_evidence_zones(c);
}

/* Before the allocator runs, and where a paste lost its numbers, all counters are 0: no leak. */
static bool counters_idle(const struct ol_case *c)
{
	for (uint32_t i = 0; i < c->e->memory.n; i++)
		if (c->e->memory.v[i].v)
			return false;
	return true;
}

bool ol_rule_filled(struct ol_case *c)
{
	struct filler f[] = {
		{ OL_CAUSE_ANON_NO_SWAP, c->anon, "anonymous memory" },
		{ OL_CAUSE_SHMEM, c->shmem, "shared memory" },
		{ OL_CAUSE_RECLAIM_STALL, c->file, "file cache" },
		{ OL_CAUSE_MLOCKED, c->locked, "locked memory" },
		{ OL_CAUSE_SLAB_PINNED, c->slab_r, "reclaimable slab" },
		{ OL_CAUSE_SLAB_UNRECLAIMABLE, c->slab_u + c->slab, "unreclaimable slab" },
		{ OL_CAUSE_PAGE_TABLES, c->tables, "page tables" },
		{ OL_CAUSE_HUGEPAGES, c->huge, "huge pages" },
		{ OL_CAUSE_UNACCOUNTED, c->base_is_ram ? c->unaccounted : 0, "unaccounted" },
	};
	const unsigned n = sizeof(f) / sizeof(f[0]);
	unsigned most = 0;
	uint64_t second = 0;

	if (!c->base_kb || counters_idle(c))
		return false;
	for (unsigned i = 1; i < n; i++)
		if (f[i].kb > f[most].kb)
			most = i;
	for (unsigned i = 0; i < n; i++)
		if (i != most && f[i].kb > second)
			second = f[i].kb;
	/* the largest of many small parts fills nothing */
	if (f[most].kb * 5 < c->base_kb)
		return false;
	c->v->cause = f[most].cause;
	c->v->confidence = f[most].kb * 2 >= c->base_kb && second * 2 <= f[most].kb &&
					   c->base_is_ram && !c->failure
				   ? OL_CONF_HIGH
			   : f[most].kb * 3 >= c->base_kb ? OL_CONF_MEDIUM
							  : OL_CONF_LOW;
	filled_by(c, &f[most]);
	if (most && f[most].cause != OL_CAUSE_RECLAIM_STALL && ol_judge_fills(c, f[0].kb, 25) &&
	    c->swap_known && (!c->swap_total_kb || swap_is_full(c)) &&
	    c->v->cause != OL_CAUSE_ANON_NO_SWAP)
		ol_judge_contributes(c, c->swap_total_kb ? OL_CAUSE_ANON_SWAP_FULL
							 : OL_CAUSE_ANON_NO_SWAP);
	for (unsigned i = 0; i < n; i++)
		if (i != most && f[i].kb * 5 >= c->base_kb &&
		    f[i].cause != OL_CAUSE_RECLAIM_STALL && f[i].cause != OL_CAUSE_ANON_NO_SWAP)
			ol_judge_contributes(c, f[i].cause);
	return true;
}
