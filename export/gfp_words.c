// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/explain.h"

static const char *reclaim_words(const struct ol_gfp_meaning *m)
{
	if (!m->may_sleep)
		return m->wakes_kswapd ? "may not sleep, only wake kswapd"
				       : "may not sleep and does not wake kswapd";
	if (m->may_io && m->may_fs)
		return "may sleep, start IO and call into file systems to reclaim";
	if (m->may_io)
		return "may sleep and start IO to reclaim, but not call into file systems";
	if (m->may_fs)
		return "may sleep and call into file systems to reclaim, but not start IO";
	return "may sleep to reclaim, but neither start IO nor call into file systems";
}

static const char *zone_words(const struct ol_gfp_meaning *m)
{
	if (m->zone_invalid)
		return "a combination of zone flags that the kernel rejects";
	switch (m->highest) {
	case OL_ZONE_DMA:
		return "memory for old devices: only zone DMA";
	case OL_ZONE_DMA32:
		return "memory below 4 GiB: zones DMA32 and below";
	case OL_ZONE_HIGHMEM:
		return m->hardwall ? "user memory: zones HighMem (64-bit: Normal) and below"
				   : "memory that the kernel need not map: zones HighMem "
				     "(64-bit: Normal) and below";
	case OL_ZONE_MOVABLE:
		return m->hardwall ? "movable user memory: zones Movable and below"
				   : "movable memory: zones Movable and below";
	default:
		if (m->movable)
			return "movable memory: zones Normal and below";
		if (m->reclaimable)
			return "reclaimable kernel memory: zones Normal and below";
		return m->hardwall ? "kernel-mapped memory for a user: zones Normal and below"
				   : "ordinary kernel memory: zones Normal and below";
	}
}

void ol_gfp_words(ol_gfp_set set, struct ol_out *o)
{
	struct ol_gfp_meaning m = ol_gfp_meaning(set);
	const struct {
		bool say;
		const char *text;
	} more[] = {
		{ m.may_sleep && !m.wakes_kswapd, "does not wake kswapd" },
		{ m.atomic_reserve, "may use part of the reserve below the min watermark" },
		{ m.memalloc && !m.nomemalloc, "may use all reserves, ignoring watermarks" },
		{ m.nomemalloc, "never uses the emergency reserves" },
		{ m.thisnode, "this NUMA node only" },
		{ m.hardwall, "held to the nodes of the task's cpuset" },
		{ m.accounted, "charged to the task's memory cgroup" },
		{ m.write, "page is about to be written" },
		{ m.zero, "page is zeroed" },
		{ m.nofail, "never fails, retries for ever" },
		{ m.repeat, "retries hard before failing" },
		{ m.retry_mayfail, "retries hard, then fails without an OOM kill" },
		{ m.noretry && !m.nofail, "fails early, without an OOM kill" },
		{ m.comp, "higher orders as one compound page" },
		{ m.nowarn, "failure is not logged" },
	};

	ol_out_str(o, reclaim_words(&m));
	ol_out_str(o, "; ");
	ol_out_str(o, zone_words(&m));
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		if (!more[i].say)
			continue;
		ol_out_str(o, "; ");
		ol_out_str(o, more[i].text);
	}
}
