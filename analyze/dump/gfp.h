/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_GFP_H
#define OL_ANALYZE_GFP_H

#include "lib/err.h"
#include "lib/out.h"
#include "lib/span.h"

/* Every __GFP_* flag that any kernel since 2.6.18 had, once, whatever its bit was. */
enum ol_gfp_flag {
#define OL_GFP_FLAG(id, name) OL_GFP_##id,
#include "analyze/dump/gfp_flags.def"
#undef OL_GFP_FLAG
	OL_GFP_MAX
};

typedef uint64_t ol_gfp_set; /* bit per enum ol_gfp_flag: independent of the kernel's numbering */
#define OL_GFP_BIT(id) (UINT64_C(1) << OL_GFP_##id)

/* X(id, name, the same in small letters) */
#define OL_ZONES(X)                      \
	X(DMA, "DMA", "dma")             \
	X(DMA32, "DMA32", "dma32")       \
	X(NORMAL, "Normal", "normal")    \
	X(HIGHMEM, "HighMem", "highmem") \
	X(MOVABLE, "Movable", "movable") \
	X(DEVICE, "Device", "device")
enum ol_zone_type {
#define OL_ZONE(id, name, lower) OL_ZONE_##id,
	OL_ZONES(OL_ZONE) OL_ZONE_MAX
#undef OL_ZONE
};

struct ol_gfp_era; /* one numbering: see analyze/dump/gfp_eras.def */

/* "3.2.59", "3.10.0-1160.el7.x86_64", "5.8.2-0.g71b519a-default" … NULL when no number is found. */
const struct ol_gfp_era *ol_gfp_era_for_release(struct ol_span release);
/* Is it a later release than the newest era is known for? Then that one is only a guess. */
bool ol_gfp_release_newer(struct ol_span release);
const char *ol_gfp_era_name(const struct ol_gfp_era *era); /* "2.6.39-3.2" */
/* Eras from oldest to newest: NULL behind the last. */
const struct ol_gfp_era *ol_gfp_era_at(unsigned i);

/* Flags of @mask under @era; bits that the era does not know are returned in *@ret_unknown. */
ol_gfp_set ol_gfp_decode(const struct ol_gfp_era *era, uint64_t mask, uint64_t *ret_unknown);

/*
 * The names a kernel printed ("GFP_KERNEL|__GFP_ZERO|0x1000000", "" or "none" for 0) as flags under
 * @era (compound names expand differently by era). Hex left-overs are decoded with the era. Names
 * that nobody knows are counted in *@ret_unknown_names. 0, or -EINVAL when it is no such
 * list at all.
 */
int ol_gfp_parse_names(const struct ol_gfp_era *era, struct ol_span printed, ol_gfp_set *ret_set,
		       unsigned *ret_unknown_names);

/*
 * The era in which the number and the printed names agree; @hint (may be NULL) wins among several,
 * else the newest. A hint that disagrees is a kernel with backports or other options: then the
 * same release with other options wins, else the nearest later era, else the nearest earlier one.
 * NULL when none agrees or no names were printed (@printed.p == NULL, or "" for a mask not 0).
 */
const struct ol_gfp_era *ol_gfp_era_from_names(uint64_t mask, struct ol_span printed,
					       const struct ol_gfp_era *hint);

const char *ol_gfp_flag_name(enum ol_gfp_flag f); /* "__GFP_ZERO" */
/* Bit value of @f under @era, 0 when the era has no such flag. */
uint64_t ol_gfp_flag_bit(const struct ol_gfp_era *era, enum ol_gfp_flag f);
/* Shortest compound spelling: "GFP_KERNEL|__GFP_ZERO"; "0" when nothing is set. */
void ol_gfp_names(const struct ol_gfp_era *era, ol_gfp_set set, uint64_t unknown, struct ol_out *o);

/* What the request could do and where it may go. */
struct ol_gfp_meaning {
	bool may_sleep; /* direct reclaim allowed */
	bool wakes_kswapd;
	bool may_io, may_fs; /* by itself, in direct reclaim: never without may_sleep */
	bool atomic_reserve; /* __GFP_HIGH: may dip into the reserve */
	bool nofail, noretry, memalloc, nomemalloc;
	bool repeat; /* retries hard before it fails, up to 4.12 */
	bool retry_mayfail; /* retries hard, then fails without an OOM kill, from 4.13 */
	bool thisnode, hardwall, movable, reclaimable, accounted, write, zero, comp, nowarn;
	enum ol_zone_type highest; /* highest zone (on a machine that has all of them) */
	bool zone_invalid; /* a combination of zone bits that the kernel rejects */
};
struct ol_gfp_meaning ol_gfp_meaning(ol_gfp_set set);

#endif
