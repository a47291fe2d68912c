// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/memory/ram.h"
#include "lib/num.h"

#include <errno.h>

const struct ol_ram_part_def ol_ram_parts[OL_RAM_MAX] = {
#define OL_RAM_PART(id, key, words, group) [OL_RAM_##id] = { key, words, OL_RG_##group },
#include "analyze/memory/ram_parts.def"
};

const char *const ol_ram_group_words[OL_RG_MAX] = {
	[OL_RG_ANON] = "anonymous",  [OL_RG_SHMEM] = "shared",
	[OL_RG_CLEAN] = "cache",     [OL_RG_DIRTY] = "dirty",
	[OL_RG_SLAB] = "slab",       [OL_RG_KERNEL] = "kernel",
	[OL_RG_HUGE] = "huge pages", [OL_RG_UNACCOUNTED] = "unaccounted",
	[OL_RG_FREE] = "free",
};

/* Counters come from outside: no counter of this machine is larger than its RAM. */
static int64_t val(const struct ol_tick *t, enum ol_metric m)
{
	return ol_min(ol_above0(ol_val(t, m)), ol_above0(ol_val(t, OL_M_mem_total_kb)));
}

static int64_t pages_kb(const struct ol_tick *t, int64_t pages)
{
	int64_t kb;

	return pages < 0 || __builtin_mul_overflow(pages, (int64_t)t->page_kb, &kb) ? 0 : kb;
}

static void put(struct ol_ram *r, enum ol_ram_part p, bool has, int64_t kb)
{
	if (has) {
		r->has[p] = true;
		r->kb[p] = ol_min(ol_above0(kb), r->total_kb);
	}
}

static void put_metric(struct ol_ram *r, const struct ol_tick *t, enum ol_ram_part p,
		       enum ol_metric m)
{
	put(r, p, ol_has(t, m), val(t, m));
}

static int64_t sum_rows(const struct ol_tick *t, enum ol_table_id id, enum ol_row_field f,
			bool *ret_has)
{
	int64_t sum = 0;

	*ret_has = false;
	for (uint32_t i = 0; i < t->tab[id].n; i++) {
		const struct ol_row *r = ol_tick_row(t, id, i);

		if (ol_row_has(r, f) && !__builtin_add_overflow(sum, ol_row_val(r, f), &sum))
			*ret_has = true;
	}
	return sum;
}

/*
 * Swap cache pages are both in SwapCached and, while they are mapped, in AnonPages. What is not
 * mapped is what the LRU lists hold beyond anonymous pages, shared memory and files:
 * lists = AnonPages + unmapped swap cache + Cached + Buffers (shmem is in Cached).
 */
static int64_t swap_cache_kb(const struct ol_tick *t)
{
	int64_t lists = val(t, OL_M_active_anon_kb) + val(t, OL_M_inactive_anon_kb) +
			val(t, OL_M_active_file_kb) + val(t, OL_M_inactive_file_kb) +
			val(t, OL_M_unevictable_kb) +
			pages_kb(t, ol_val(t, OL_M_isolated_anon_pages)) +
			pages_kb(t, ol_val(t, OL_M_isolated_file_pages));
	int64_t rest = lists - val(t, OL_M_anon_pages_kb) - val(t, OL_M_cached_kb) -
		       val(t, OL_M_buffers_kb);

	return ol_min(ol_above0(rest), val(t, OL_M_swap_cached_kb));
}

/*
 * Mapped (NR_FILE_MAPPED) counts mapped pages of files and of shared memory. One process maps a
 * page of shared memory once or it does not count it in RssShmem: the largest RssShmem is certainly
 * mapped shared memory, and so is RssFile of files.
 */
static void put_file(struct ol_ram *r, const struct ol_tick *t)
{
	int64_t file = ol_above0(val(t, OL_M_cached_kb) - val(t, OL_M_shmem_kb));
	int64_t mapped = val(t, OL_M_mapped_kb), shm_most = 0, file_most = 0, left, n;

	for (uint32_t i = 0; i < t->tab[OL_T_PROC].n; i++) {
		const struct ol_row *p = ol_tick_row(t, OL_T_PROC, i);

		if (ol_row_val(p, OL_PROC_rss_shmem_kb) > shm_most)
			shm_most = ol_row_val(p, OL_PROC_rss_shmem_kb);
		if (ol_row_val(p, OL_PROC_rss_file_kb) > file_most)
			file_most = ol_row_val(p, OL_PROC_rss_file_kb);
	}
	shm_most = ol_min(shm_most, val(t, OL_M_shmem_kb));
	r->mapped_least_kb = ol_above0(mapped - val(t, OL_M_shmem_kb));
	if (r->mapped_least_kb < ol_min(file_most, mapped))
		r->mapped_least_kb = ol_min(file_most, mapped);

	left = file;
	n = ol_min(val(t, OL_M_dirty_kb) + val(t, OL_M_nfs_unstable_kb), left);
	put(r, OL_RAM_FILE_DIRTY, ol_has(t, OL_M_dirty_kb), n);
	left -= n;
	/* Writeback counts pages on their way to swap too; these are not file cache */
	n = ol_min(val(t, OL_M_writeback_kb), left);
	put(r, OL_RAM_FILE_WRITEBACK, ol_has(t, OL_M_writeback_kb), n);
	left -= n;
	n = ol_min(ol_above0(mapped - shm_most), left);
	put(r, OL_RAM_FILE_MAPPED, ol_has(t, OL_M_mapped_kb), n);
	r->mapped_least_kb = ol_min(r->mapped_least_kb, n);
	put(r, OL_RAM_FILE_CLEAN, ol_has(t, OL_M_cached_kb), left - n);
}

/* Huge pages of all sizes: Hugetlb where the kernel has it (4.19), else the default size. */
static void put_hugetlb(struct ol_ram *r, const struct ol_tick *t)
{
	int64_t size = val(t, OL_M_hugepage_size_kb), total = 0, free_kb = 0, rows = 0;
	bool has = ol_has(t, OL_M_hugetlb_kb);

	for (uint32_t i = 0; i < t->tab[OL_T_HUGE].n; i++) {
		const struct ol_row *h = ol_tick_row(t, OL_T_HUGE, i);
		int64_t n, f;

		if (h->id != -1 ||
		    __builtin_mul_overflow(ol_row_val(h, OL_HUGE_total), (int64_t)h->sub, &n) ||
		    __builtin_mul_overflow(ol_row_val(h, OL_HUGE_free), (int64_t)h->sub, &f))
			continue;
		rows++;
		total = ol_min(total + ol_min(n, r->total_kb), r->total_kb);
		free_kb = ol_min(free_kb + ol_min(f, r->total_kb), r->total_kb);
	}
	if (!rows) {
		int64_t n = ol_val(t, OL_M_hugepages_total), f = ol_val(t, OL_M_hugepages_free);

		total = size && n > r->total_kb / size ? r->total_kb : n * size;
		free_kb = size && f > r->total_kb / size ? r->total_kb : f * size;
		has |= ol_has(t, OL_M_hugepages_total) && size;
	}
	if (ol_has(t, OL_M_hugetlb_kb))
		total = val(t, OL_M_hugetlb_kb);
	free_kb = ol_min(ol_above0(free_kb), ol_above0(total));
	put(r, OL_RAM_HUGETLB_FREE, has || rows, free_kb);
	put(r, OL_RAM_HUGETLB_USED, has || rows, total - free_kb);
}

/*
 * VmallocUsed: pages since 5.3, 0 from 4.4 to 5.2, address space before (then VmallocChunk is not
 * 0). Kernel stacks are vmalloc'd on 64 bits (VMAP_STACK) and counted in KernelStack as well.
 */
static void put_vmalloc(struct ol_ram *r, const struct ol_tick *t)
{
	int64_t used = val(t, OL_M_vmalloc_used_kb), stacks = val(t, OL_M_kernel_stack_kb);

	if (!ol_has(t, OL_M_vmalloc_used_kb) || !used || ol_val(t, OL_M_vmalloc_chunk_kb))
		return;
	put(r, OL_RAM_VMALLOC, true, used >= stacks ? used - stacks : used);
}

static void hint(struct ol_ram *r, enum ol_ram_hint_id id, int64_t kb)
{
	if (kb > 0)
		r->hints[r->n_hints++] = (struct ol_ram_hint){ id, ol_min(kb, r->total_kb) };
}

static void put_unaccounted(struct ol_ram *r, const struct ol_tick *t)
{
	static const enum ol_ram_part give[] = { OL_RAM_PERCPU, OL_RAM_VMALLOC, OL_RAM_FILE_CLEAN,
						 OL_RAM_FREE, OL_RAM_ANON };
	int64_t sum = 0, over;

	for (int p = 0; p < OL_RAM_MAX; p++)
		sum += r->kb[p];
	over = sum - r->total_kb;
	r->overlap_kb = ol_above0(over);
	for (size_t i = 0; i < sizeof(give) / sizeof(give[0]) && over > 0; i++) {
		int64_t n = ol_min(over, r->kb[give[i]]);

		r->kb[give[i]] -= n;
		over -= n;
	}
	/* a machine whose counters contradict each other by more than these five: the largest go */
	while (over > 0) {
		int most = 0;
		int64_t n;

		for (int p = 1; p < OL_RAM_MAX; p++)
			if (r->kb[p] > r->kb[most])
				most = p;
		n = ol_min(over, r->kb[most]);
		r->kb[most] -= n;
		over -= n;
	}
	put(r, OL_RAM_UNACCOUNTED, true, -over);
	/* the upper bound may have been taken off */
	r->mapped_least_kb = ol_min(r->mapped_least_kb, r->kb[OL_RAM_FILE_MAPPED]);

	hint(r, OL_HINT_ARC, ol_val(t, OL_M_arc_size_bytes) / 1024);
	hint(r, OL_HINT_BALLOON,
	     ol_has(t, OL_M_balloon_kb) ? ol_val(t, OL_M_balloon_kb)
					: pages_kb(t, ol_val(t, OL_M_balloon_pages)));
	hint(r, OL_HINT_TCP, pages_kb(t, ol_val(t, OL_M_tcp_pages)));
	hint(r, OL_HINT_UDP, pages_kb(t, ol_val(t, OL_M_udp_pages)));
}

int ol_ram_of(const struct ol_tick *t, struct ol_ram *ret)
{
	struct ol_ram r = { .total_kb = ol_val(t, OL_M_mem_total_kb) };
	int64_t sum;
	bool has;

	if (!ol_has(t, OL_M_mem_total_kb) || r.total_kb <= 0 || r.total_kb > INT64_MAX / 64)
		return -ENODATA;
	put_metric(&r, t, OL_RAM_ANON, OL_M_anon_pages_kb);
	put(&r, OL_RAM_SWAP_CACHE, ol_has(t, OL_M_swap_cached_kb), swap_cache_kb(t));
	put_metric(&r, t, OL_RAM_SHMEM, OL_M_shmem_kb);
	put_file(&r, t);
	put_metric(&r, t, OL_RAM_BUFFERS, OL_M_buffers_kb);
	put_metric(&r, t, OL_RAM_SLAB_RECLAIMABLE, OL_M_slab_reclaimable_kb);
	if (ol_has(t, OL_M_slab_unreclaimable_kb))
		put_metric(&r, t, OL_RAM_SLAB_UNRECLAIMABLE, OL_M_slab_unreclaimable_kb);
	else /* 2.6.18: one counter */
		put_metric(&r, t, OL_RAM_SLAB_UNRECLAIMABLE, OL_M_slab_kb);
	if (ol_has(t, OL_M_kreclaimable_kb))
		put(&r, OL_RAM_MISC_RECLAIMABLE, true,
		    val(t, OL_M_kreclaimable_kb) - val(t, OL_M_slab_reclaimable_kb));
	else
		put(&r, OL_RAM_MISC_RECLAIMABLE, ol_has(t, OL_M_misc_reclaimable_pages),
		    pages_kb(t, ol_val(t, OL_M_misc_reclaimable_pages)));
	put_metric(&r, t, OL_RAM_PAGE_TABLES, OL_M_page_tables_kb);
	put_metric(&r, t, OL_RAM_SEC_PAGE_TABLES, OL_M_sec_page_tables_kb);
	put_metric(&r, t, OL_RAM_KERNEL_STACKS, OL_M_kernel_stack_kb);
	put_metric(&r, t, OL_RAM_PERCPU, OL_M_percpu_kb);
	put_vmalloc(&r, t);
	put(&r, OL_RAM_GPU, ol_has(t, OL_M_gpu_active_kb),
	    val(t, OL_M_gpu_active_kb) + val(t, OL_M_gpu_reclaim_kb));
	put(&r, OL_RAM_MEMMAP, ol_has(t, OL_M_memmap_pages) && t->page_kb,
	    pages_kb(t, ol_val(t, OL_M_memmap_pages)));
	put_metric(&r, t, OL_RAM_BOUNCE, OL_M_bounce_kb);
	put_metric(&r, t, OL_RAM_WRITEBACK_TMP, OL_M_writeback_tmp_kb);
	put_metric(&r, t, OL_RAM_HW_CORRUPTED, OL_M_hardware_corrupted_kb);
	put_hugetlb(&r, t);
	put_metric(&r, t, OL_RAM_ZSWAP, OL_M_zswap_kb);
	sum = sum_rows(t, OL_T_ZRAM, OL_ZRAM_used_bytes, &has);
	put(&r, OL_RAM_ZRAM, has, sum / 1024);
	sum = sum_rows(t, OL_T_ZONE, OL_ZONE_pcp_pages, &has);
	put(&r, OL_RAM_FREE_PCP, has && t->page_kb, pages_kb(t, sum));
	put_metric(&r, t, OL_RAM_FREE, OL_M_mem_free_kb);
	put_unaccounted(&r, t);
	*ret = r;
	return 0;
}
