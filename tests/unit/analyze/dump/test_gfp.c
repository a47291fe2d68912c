// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analyze/dump/gfp.h"

#define B(id)  OL_GFP_BIT(id)
#define NONE   UINT64_MAX
#define N(a)   (sizeof(a) / sizeof((a)[0]))
#define S(lit) OL_SPAN(lit)

static const struct ol_gfp_era *era(const char *release)
{
	const struct ol_gfp_era *e = ol_gfp_era_for_release(ol_span_str(release));

	assert_non_null(e);
	return e;
}

static const struct ol_gfp_era *era_named(const char *name)
{
	const struct ol_gfp_era *e;

	for (unsigned i = 0; (e = ol_gfp_era_at(i)); i++)
		if (!strcmp(ol_gfp_era_name(e), name))
			return e;
	fail_msg("no era %s", name);
	return NULL;
}

/* The release that stands for each column of bits. */
static const char *const releases_a[] = {
	"2.6.18", "2.6.20", "2.6.24", "2.6.31", "2.6.38", "3.0", "3.3",
	"3.6",    "3.8",    "3.16",   "4.1",    "4.4",    "4.9",
};

static const struct {
	enum ol_gfp_flag flag;
	uint64_t bit[N(releases_a)];
} bits_a[] = {
	{ OL_GFP_DMA, { 0x1, 0x1, 0x1, 0x1, 0x1, 0x1, 0x1, 0x1, 0x1, 0x1, 0x1, 0x1, 0x1 } },
	{ OL_GFP_DMA32, { 0x4, 0x4, 0x4, 0x4, 0x4, 0x4, 0x4, 0x4, 0x4, 0x4, 0x4, 0x4, 0x4 } },
	{ OL_GFP_HIGHMEM, { 0x2, 0x2, 0x2, 0x2, 0x2, 0x2, 0x2, 0x2, 0x2, 0x2, 0x2, 0x2, 0x2 } },
	{ OL_GFP_MOVABLE, { 0, 0, 0x100000, 0x8, 0x8, 0x8, 0x8, 0x8, 0x8, 0x8, 0x8, 0x8, 0x8 } },
	{ OL_GFP_RECLAIMABLE,
	  { 0, 0, 0x80000, 0x80000, 0x80000, 0x80000, 0x80000, 0x80000, 0x80000, 0x80000, 0x80000,
	    0x10, 0x10 } },
	{ OL_GFP_WAIT, { 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0, 0 } },
	{ OL_GFP_HIGH,
	  { 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20 } },
	{ OL_GFP_IO,
	  { 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40 } },
	{ OL_GFP_FS,
	  { 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80 } },
	{ OL_GFP_COLD,
	  { 0x100, 0x100, 0x100, 0x100, 0x100, 0x100, 0x100, 0x100, 0x100, 0x100, 0x100, 0x100,
	    0x100 } },
	{ OL_GFP_WRITE,
	  { 0, 0, 0, 0, 0, 0, 0x1000000, 0x1000000, 0x1000000, 0x1000000, 0x1000000, 0x1000000,
	    0x1000000 } },
	{ OL_GFP_ZERO,
	  { 0x8000, 0x8000, 0x8000, 0x8000, 0x8000, 0x8000, 0x8000, 0x8000, 0x8000, 0x8000, 0x8000,
	    0x8000, 0x8000 } },
	{ OL_GFP_ATOMIC, { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80000, 0x80000 } },
	{ OL_GFP_NOWARN,
	  { 0x200, 0x200, 0x200, 0x200, 0x200, 0x200, 0x200, 0x200, 0x200, 0x200, 0x200, 0x200,
	    0x200 } },
	{ OL_GFP_DIRECT_RECLAIM, { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x400000, 0x400000 } },
	{ OL_GFP_REPEAT,
	  { 0x400, 0x400, 0x400, 0x400, 0x400, 0x400, 0x400, 0x400, 0x400, 0x400, 0x400, 0x400,
	    0x400 } },
	{ OL_GFP_KSWAPD_RECLAIM, { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x2000000, 0x2000000 } },
	{ OL_GFP_NOFAIL,
	  { 0x800, 0x800, 0x800, 0x800, 0x800, 0x800, 0x800, 0x800, 0x800, 0x800, 0x800, 0x800,
	    0x800 } },
	{ OL_GFP_NORETRY,
	  { 0x1000, 0x1000, 0x1000, 0x1000, 0x1000, 0x1000, 0x1000, 0x1000, 0x1000, 0x1000, 0x1000,
	    0x1000, 0x1000 } },
	{ OL_GFP_MEMALLOC,
	  { 0, 0, 0, 0, 0, 0, 0, 0x2000, 0x2000, 0x2000, 0x2000, 0x2000, 0x2000 } },
	{ OL_GFP_NO_GROW, { 0x2000, 0x2000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 } },
	{ OL_GFP_COMP,
	  { 0x4000, 0x4000, 0x4000, 0x4000, 0x4000, 0x4000, 0x4000, 0x4000, 0x4000, 0x4000, 0x4000,
	    0x4000, 0x4000 } },
	{ OL_GFP_NOMEMALLOC,
	  { 0x10000, 0x10000, 0x10000, 0x10000, 0x10000, 0x10000, 0x10000, 0x10000, 0x10000,
	    0x10000, 0x10000, 0x10000, 0x10000 } },
	{ OL_GFP_HARDWALL,
	  { 0x20000, 0x20000, 0x20000, 0x20000, 0x20000, 0x20000, 0x20000, 0x20000, 0x20000,
	    0x20000, 0x20000, 0x20000, 0x20000 } },
	{ OL_GFP_THISNODE,
	  { 0, 0x40000, 0x40000, 0x40000, 0x40000, 0x40000, 0x40000, 0x40000, 0x40000, 0x40000,
	    0x40000, 0x40000, 0x40000 } },
	{ OL_GFP_ACCOUNT, { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x100000 } },
	{ OL_GFP_KMEMCG, { 0, 0, 0, 0, 0, 0, 0, 0, 0x100000, 0, 0, 0, 0 } },
	{ OL_GFP_NOACCOUNT, { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x100000, 0x100000, 0 } },
	{ OL_GFP_NOTRACK,
	  { 0, 0, 0, 0x200000, 0x200000, 0x200000, 0x200000, 0x200000, 0x200000, 0x200000, 0x200000,
	    0x200000, 0x200000 } },
	{ OL_GFP_NO_KSWAPD,
	  { 0, 0, 0, 0, 0x400000, 0x400000, 0x400000, 0x400000, 0x400000, 0x400000, 0x400000, 0,
	    0 } },
	{ OL_GFP_OTHER_NODE,
	  { 0, 0, 0, 0, 0, 0x800000, 0x800000, 0x800000, 0x800000, 0x800000, 0x800000, 0x800000,
	    0x800000 } },
};

/* From 6.10 on the columns are those of a kernel with every option. */
static const char *const releases_b[] = {
	"4.10", "4.12", "4.13", "4.14", "4.15", "4.18", "5.2",
	"5.14", "5.18", "6.3",  "6.4",  NULL,   NULL,
};
static const char *const names_b[] = {
	[11] = "6.10-6.18 with KASAN_HW_TAGS and LOCKDEP",
	[12] = "6.19-7.2 with KASAN_HW_TAGS and LOCKDEP",
};

static const struct {
	enum ol_gfp_flag flag;
	uint64_t bit[N(releases_b)];
} bits_b[] = {
	{ OL_GFP_DMA, { 0x1, 0x1, 0x1, 0x1, 0x1, 0x1, 0x1, 0x1, 0x1, 0x1, 0x1, 0x1, 0x1 } },
	{ OL_GFP_DMA32, { 0x4, 0x4, 0x4, 0x4, 0x4, 0x4, 0x4, 0x4, 0x4, 0x4, 0x4, 0x4, 0x4 } },
	{ OL_GFP_HIGHMEM, { 0x2, 0x2, 0x2, 0x2, 0x2, 0x2, 0x2, 0x2, 0x2, 0x2, 0x2, 0x2, 0x2 } },
	{ OL_GFP_MOVABLE, { 0x8, 0x8, 0x8, 0x8, 0x8, 0x8, 0x8, 0x8, 0x8, 0x8, 0x8, 0x8, 0x8 } },
	{ OL_GFP_RECLAIMABLE,
	  { 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10 } },
	{ OL_GFP_HIGH,
	  { 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20 } },
	{ OL_GFP_IO,
	  { 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40 } },
	{ OL_GFP_FS,
	  { 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80 } },
	{ OL_GFP_COLD, { 0x100, 0x100, 0x100, 0x100, 0, 0, 0, 0, 0, 0, 0, 0, 0 } },
	{ OL_GFP_WRITE,
	  { 0x800000, 0x800000, 0x800000, 0x800000, 0x800000, 0x100, 0x1000, 0x1000, 0x1000, 0x1000,
	    0x1000, 0x1000, 0x1000 } },
	{ OL_GFP_ZERO,
	  { 0x8000, 0x8000, 0x8000, 0x8000, 0x8000, 0x8000, 0x100, 0x100, 0x100, 0x100, 0x100,
	    0x100, 0x100 } },
	{ OL_GFP_ATOMIC,
	  { 0x80000, 0x80000, 0x80000, 0x80000, 0x80000, 0x80000, 0x200, 0x200, 0x200, 0, 0, 0,
	    0 } },
	{ OL_GFP_NOWARN,
	  { 0x200, 0x200, 0x200, 0x200, 0x200, 0x200, 0x2000, 0x2000, 0x2000, 0x2000, 0x2000,
	    0x2000, 0x2000 } },
	{ OL_GFP_DIRECT_RECLAIM,
	  { 0x400000, 0x400000, 0x400000, 0x400000, 0x400000, 0x200000, 0x400, 0x400, 0x400, 0x400,
	    0x400, 0x400, 0x400 } },
	{ OL_GFP_REPEAT, { 0x400, 0x400, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 } },
	{ OL_GFP_RETRY_MAYFAIL,
	  { 0, 0, 0x400, 0x400, 0x400, 0x400, 0x4000, 0x4000, 0x4000, 0x4000, 0x4000, 0x4000,
	    0x4000 } },
	{ OL_GFP_KSWAPD_RECLAIM,
	  { 0x1000000, 0x1000000, 0x1000000, 0x1000000, 0x1000000, 0x400000, 0x800, 0x800, 0x800,
	    0x800, 0x800, 0x800, 0x800 } },
	{ OL_GFP_NOFAIL,
	  { 0x800, 0x800, 0x800, 0x800, 0x800, 0x800, 0x8000, 0x8000, 0x8000, 0x8000, 0x8000,
	    0x8000, 0x8000 } },
	{ OL_GFP_NORETRY,
	  { 0x1000, 0x1000, 0x1000, 0x1000, 0x1000, 0x1000, 0x10000, 0x10000, 0x10000, 0x10000,
	    0x10000, 0x10000, 0x10000 } },
	{ OL_GFP_MEMALLOC,
	  { 0x2000, 0x2000, 0x2000, 0x2000, 0x2000, 0x2000, 0x20000, 0x20000, 0x20000, 0x20000,
	    0x20000, 0x20000, 0x20000 } },
	{ OL_GFP_COMP,
	  { 0x4000, 0x4000, 0x4000, 0x4000, 0x4000, 0x4000, 0x40000, 0x40000, 0x40000, 0x40000,
	    0x40000, 0x40000, 0x40000 } },
	{ OL_GFP_NOMEMALLOC,
	  { 0x10000, 0x10000, 0x10000, 0x10000, 0x10000, 0x10000, 0x80000, 0x80000, 0x80000,
	    0x80000, 0x80000, 0x80000, 0x80000 } },
	{ OL_GFP_HARDWALL,
	  { 0x20000, 0x20000, 0x20000, 0x20000, 0x20000, 0x20000, 0x100000, 0x100000, 0x100000,
	    0x100000, 0x100000, 0x100000, 0x100000 } },
	{ OL_GFP_THISNODE,
	  { 0x40000, 0x40000, 0x40000, 0x40000, 0x40000, 0x40000, 0x200000, 0x200000, 0x200000,
	    0x200000, 0x200000, 0x200000, 0x200000 } },
	{ OL_GFP_ACCOUNT,
	  { 0x100000, 0x100000, 0x100000, 0x100000, 0x100000, 0x100000, 0x400000, 0x400000,
	    0x400000, 0x400000, 0x400000, 0x400000, 0x400000 } },
	{ OL_GFP_NOTRACK, { 0x200000, 0x200000, 0x200000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 } },
	{ OL_GFP_NOLOCKDEP,
	  { 0, 0x2000000, 0x2000000, 0x2000000, 0x2000000, 0x800000, 0x800000, 0x2000000, 0x8000000,
	    0x8000000, 0x4000000, 0x4000000, 0x4000000 } },
	{ OL_GFP_ZEROTAGS,
	  { 0, 0, 0, 0, 0, 0, 0, 0x800000, 0x800000, 0x800000, 0x800000, 0x800000, 0x800000 } },
	{ OL_GFP_SKIP_KASAN_POISON,
	  { 0, 0, 0, 0, 0, 0, 0, 0x1000000, 0x4000000, 0x4000000, 0, 0, 0 } },
	{ OL_GFP_SKIP_ZERO,
	  { 0, 0, 0, 0, 0, 0, 0, 0, 0x1000000, 0x1000000, 0x1000000, 0x1000000, 0x1000000 } },
	{ OL_GFP_SKIP_KASAN, { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x2000000, 0x2000000, 0x2000000 } },
	{ OL_GFP_SKIP_KASAN_UNPOISON, { 0, 0, 0, 0, 0, 0, 0, 0, 0x2000000, 0x2000000, 0, 0, 0 } },
	{ OL_GFP_NO_OBJ_EXT, { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x8000000, 0x8000000 } },
};

static const char *const compound_names[] = {
	"GFP_ATOMIC",   "GFP_NOWAIT",           "GFP_NOIO",      "GFP_NOFS",
	"GFP_KERNEL",   "GFP_KERNEL_ACCOUNT",   "GFP_TEMPORARY", "GFP_USER",
	"GFP_HIGHUSER", "GFP_HIGHUSER_MOVABLE", "GFP_TRANSHUGE", "GFP_TRANSHUGE_LIGHT",
};

static const struct {
	const char *from, *to;
	uint64_t mask[N(compound_names)];
} compound_masks[] = {
	{ "2.6.18",
	  "2.6.18",
	  { 0x20, 0x0, 0x10, 0x50, 0xd0, NONE, NONE, 0x200d0, 0x200d2, NONE, NONE, NONE } },
	{ "2.6.19",
	  "2.6.22",
	  { 0x20, 0x0, 0x10, 0x50, 0xd0, NONE, NONE, 0x200d0, 0x200d2, NONE, NONE, NONE } },
	{ "2.6.24",
	  "2.6.30",
	  { 0x20, 0x0, 0x10, 0x50, 0xd0, NONE, 0x800d0, 0x200d0, 0x200d2, 0x1200d2, NONE, NONE } },
	{ "2.6.31",
	  "2.6.37",
	  { 0x20, 0x0, 0x10, 0x50, 0xd0, NONE, 0x800d0, 0x200d0, 0x200d2, 0x200da, NONE, NONE } },
	{ "2.6.38",
	  "2.6.38",
	  { 0x20, 0x0, 0x10, 0x50, 0xd0, NONE, 0x800d0, 0x200d0, 0x200d2, 0x200da, 0x4352da,
	    NONE } },
	{ "2.6.39",
	  "3.2",
	  { 0x20, 0x0, 0x10, 0x50, 0xd0, NONE, 0x800d0, 0x200d0, 0x200d2, 0x200da, 0x4352da,
	    NONE } },
	{ "3.3",
	  "3.5",
	  { 0x20, 0x0, 0x10, 0x50, 0xd0, NONE, 0x800d0, 0x200d0, 0x200d2, 0x200da, 0x4352da,
	    NONE } },
	{ "3.6",
	  "3.7",
	  { 0x20, 0x0, 0x10, 0x50, 0xd0, NONE, 0x800d0, 0x200d0, 0x200d2, 0x200da, 0x4352da,
	    NONE } },
	{ "3.8",
	  "3.15",
	  { 0x20, 0x0, 0x10, 0x50, 0xd0, NONE, 0x800d0, 0x200d0, 0x200d2, 0x200da, 0x4352da,
	    NONE } },
	{ "3.16",
	  "4.0",
	  { 0x20, 0x0, 0x10, 0x50, 0xd0, NONE, 0x800d0, 0x200d0, 0x200d2, 0x200da, 0x4352da,
	    NONE } },
	{ "4.1",
	  "4.3",
	  { 0x20, 0x0, 0x10, 0x50, 0xd0, NONE, 0x800d0, 0x200d0, 0x200d2, 0x200da, 0x4352da,
	    NONE } },
	{ "4.4",
	  "4.4",
	  { 0x2080020, 0x2000000, 0x2400000, 0x2400040, 0x24000c0, NONE, 0x24000d0, 0x24200c0,
	    0x24200c2, 0x24200ca, 0x4352ca, NONE } },
	{ "4.8",
	  "4.9",
	  { 0x2080020, 0x2000000, 0x2400000, 0x2400040, 0x24000c0, 0x25000c0, 0x24000d0, 0x24200c0,
	    0x24200c2, 0x24200ca, 0x4342ca, 0x342ca } },
	{ "4.10",
	  "4.11",
	  { 0x1080020, 0x1000000, 0x1400000, 0x1400040, 0x14000c0, 0x15000c0, 0x14000d0, 0x14200c0,
	    0x14200c2, 0x14200ca, 0x4342ca, 0x342ca } },
	{ "4.12",
	  "4.12",
	  { 0x1080020, 0x1000000, 0x1400000, 0x1400040, 0x14000c0, 0x15000c0, 0x14000d0, 0x14200c0,
	    0x14200c2, 0x14200ca, 0x4342ca, 0x342ca } },
	{ "4.13",
	  "4.13",
	  { 0x1080020, 0x1000000, 0x1400000, 0x1400040, 0x14000c0, 0x15000c0, 0x14000d0, 0x14200c0,
	    0x14200c2, 0x14200ca, 0x4342ca, 0x342ca } },
	{ "4.14",
	  "4.14",
	  { 0x1080020, 0x1000000, 0x1400000, 0x1400040, 0x14000c0, 0x15000c0, NONE, 0x14200c0,
	    0x14200c2, 0x14200ca, 0x4342ca, 0x342ca } },
	{ "4.15",
	  "4.17",
	  { 0x1080020, 0x1000000, 0x1400000, 0x1400040, 0x14000c0, 0x15000c0, NONE, 0x14200c0,
	    0x14200c2, 0x14200ca, 0x4342ca, 0x342ca } },
	{ "4.18",
	  "5.0",
	  { 0x480020, 0x400000, 0x600000, 0x600040, 0x6000c0, 0x7000c0, NONE, 0x6200c0, 0x6200c2,
	    0x6200ca, 0x2342ca, 0x342ca } },
	{ "5.1",
	  "5.13",
	  { 0xa20, 0x800, 0xc00, 0xc40, 0xcc0, 0x400cc0, NONE, 0x100cc0, 0x100cc2, 0x100cca,
	    0x1c24ca, 0x1c20ca } },
	{ "5.14",
	  "5.17",
	  { 0xa20, 0x800, 0xc00, 0xc40, 0xcc0, 0x400cc0, NONE, 0x100cc0, 0x100cc2, 0x1100cca,
	    0x11c24ca, 0x11c20ca } },
	{ "5.18",
	  "6.2",
	  { 0xa20, 0x800, 0xc00, 0xc40, 0xcc0, 0x400cc0, NONE, 0x100cc0, 0x100cc2, 0x100cca,
	    0x1c24ca, 0x1c20ca } },
	{ "6.3",
	  "6.3",
	  { 0x820, 0x800, 0xc00, 0xc40, 0xcc0, 0x400cc0, NONE, 0x100cc0, 0x100cc2, 0x100cca,
	    0x1c24ca, 0x1c20ca } },
	{ "6.4",
	  "6.7",
	  { 0x820, 0x800, 0xc00, 0xc40, 0xcc0, 0x400cc0, NONE, 0x100cc0, 0x100cc2, 0x100cca,
	    0x1c24ca, 0x1c20ca } },
	{ "6.8",
	  "6.9",
	  { 0x820, 0x2800, 0xc00, 0xc40, 0xcc0, 0x400cc0, NONE, 0x100cc0, 0x100cc2, 0x100cca,
	    0x1c24ca, 0x1c20ca } },
	{ "6.10",
	  "6.18",
	  { 0x820, 0x2800, 0xc00, 0xc40, 0xcc0, 0x400cc0, NONE, 0x100cc0, 0x100cc2, 0x100cca,
	    0x1c24ca, 0x1c20ca } },
	{ "6.19",
	  "7.2",
	  { 0x820, 0x2800, 0xc00, 0xc40, 0xcc0, 0x400cc0, NONE, 0x100cc0, 0x100cc2, 0x100cca,
	    0x1c24ca, 0x1c20ca } },
	/* Between the columns of the reference, computed from the expansions. */
	{ "2.6.23",
	  "2.6.23",
	  { 0x20, 0x0, 0x10, 0x50, 0xd0, NONE, NONE, 0x200d0, 0x200d2, 0xa00d2, NONE, NONE } },
	{ "4.5",
	  "4.5",
	  { 0x2080020, 0x2000000, 0x2400000, 0x2400040, 0x24000c0, 0x25000c0, 0x24000d0, 0x24200c0,
	    0x24200c2, 0x24200ca, 0x4352ca, NONE } },
	{ "4.6",
	  "4.7",
	  { 0x2080020, 0x2000000, 0x2400000, 0x2400040, 0x24000c0, 0x25000c0, 0x24000d0, 0x24200c0,
	    0x24200c2, 0x24200ca, 0x352ca, NONE } },
	{ "2.6.32-642.el6.x86_64",
	  "2.6.32-71.el6",
	  { 0x20, 0x0, 0x10, 0x50, 0xd0, NONE, 0x800d0, 0x200d0, 0x200d2, 0x200da, 0x4352da,
	    NONE } },
	{ "3.10.0-1160.el7.x86_64",
	  "3.10.0-327.el7",
	  { 0x20, 0x0, 0x10, 0x50, 0xd0, 0x1000d0, 0x800d0, 0x200d0, 0x200d2, 0x200da, 0x4352da,
	    NONE } },
};

static void check_bit(const struct ol_gfp_era *e, enum ol_gfp_flag f, uint64_t bit)
{
	uint64_t unknown = 1;

	if (ol_gfp_flag_bit(e, f) != bit)
		fail_msg("%s in %s: 0x%llx, want 0x%llx", ol_gfp_flag_name(f), ol_gfp_era_name(e),
			 (unsigned long long)ol_gfp_flag_bit(e, f), (unsigned long long)bit);
	if (!bit)
		return;
	assert_true(ol_gfp_decode(e, bit, &unknown) == UINT64_C(1) << f);
	assert_true(unknown == 0);
}

static void test_bits(void **state)
{
	bool listed[OL_GFP_MAX] = { 0 };

	(void)state;
	for (size_t i = 0; i < N(bits_a); i++) {
		listed[bits_a[i].flag] = true;
		for (size_t k = 0; k < N(releases_a); k++)
			check_bit(era(releases_a[k]), bits_a[i].flag, bits_a[i].bit[k]);
	}
	for (size_t i = 0; i < N(bits_b); i++) {
		listed[bits_b[i].flag] = true;
		for (size_t k = 0; k < N(releases_b); k++)
			check_bit(releases_b[k] ? era(releases_b[k]) : era_named(names_b[k]),
				  bits_b[i].flag, bits_b[i].bit[k]);
	}
	for (unsigned f = 0; f < OL_GFP_MAX; f++)
		assert_true(listed[f]);
}

static void test_bits_of_options(void **state)
{
	static const struct {
		const char *era;
		uint64_t skip_zero, skip_kasan, nolockdep, no_obj_ext;
	} t[] = {
		{ "6.10-6.18", 0, 0, 0, 0x1000000 },
		{ "6.19-7.2", 0, 0, 0, 0x1000000 },
		{ "6.10-6.18 with LOCKDEP", 0, 0, 0x1000000, 0x2000000 },
		{ "6.10-6.18 with KASAN_HW_TAGS", 0x1000000, 0x2000000, 0, 0x4000000 },
		{ "6.19-7.2 with LOCKDEP", 0, 0, 0x1000000, 0x2000000 },
		{ "6.19-7.2 with KASAN_HW_TAGS", 0x1000000, 0x2000000, 0, 0x4000000 },
	};
	const struct ol_gfp_era *e;

	(void)state;
	for (size_t i = 0; i < N(t); i++) {
		e = era_named(t[i].era);
		check_bit(e, OL_GFP_SKIP_ZERO, t[i].skip_zero);
		check_bit(e, OL_GFP_SKIP_KASAN, t[i].skip_kasan);
		check_bit(e, OL_GFP_NOLOCKDEP, t[i].nolockdep);
		check_bit(e, OL_GFP_NO_OBJ_EXT, t[i].no_obj_ext);
	}
	/* Vendors: el6 is 2.6.32 with NO_KSWAPD and OTHER_NODE, el7 is 3.10 with ACCOUNT. */
	e = era("2.6.32-754.el6.x86_64");
	check_bit(e, OL_GFP_NO_KSWAPD, 0x400000);
	check_bit(e, OL_GFP_OTHER_NODE, 0x800000);
	check_bit(e, OL_GFP_MOVABLE, 0x8);
	check_bit(e, OL_GFP_WRITE, 0);
	e = era("3.10.0-957.1.3.el7.x86_64");
	check_bit(e, OL_GFP_ACCOUNT, 0x100000);
	check_bit(e, OL_GFP_KMEMCG, 0);
	check_bit(e, OL_GFP_MEMALLOC, 0x2000);
	check_bit(era("2.6.23.1"), OL_GFP_MOVABLE, 0x80000);
}

/* No two flags of an era share a bit, and each bit is one bit. */
static void test_bits_are_distinct(void **state)
{
	const struct ol_gfp_era *e;

	(void)state;
	for (unsigned i = 0; (e = ol_gfp_era_at(i)); i++) {
		uint64_t seen = 0;

		for (unsigned f = 0; f < OL_GFP_MAX; f++) {
			uint64_t bit = ol_gfp_flag_bit(e, f);

			assert_true(!(bit & (bit - 1)) && !(seen & bit));
			seen |= bit;
		}
	}
}

static void names_are(const struct ol_gfp_era *e, uint64_t mask, const char *want)
{
	struct ol_out o;
	ol_gfp_set set;
	uint64_t unknown;

	ol_out_init(&o, -1);
	set = ol_gfp_decode(e, mask, &unknown);
	ol_gfp_names(e, set, unknown, &o);
	if (!ol_span_eqs(ol_span(o.buf, o.n), want))
		fail_msg("0x%llx in %s: %.*s, want %s", (unsigned long long)mask,
			 ol_gfp_era_name(e), (int)o.n, o.buf, want);
	ol_out_done(&o);
}

static uint64_t mask_of(const struct ol_gfp_era *e, ol_gfp_set set)
{
	uint64_t mask = 0;

	for (unsigned f = 0; f < OL_GFP_MAX; f++)
		if (set >> f & 1)
			mask |= ol_gfp_flag_bit(e, f);
	return mask;
}

static void test_compounds(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(compound_masks); i++) {
		const struct ol_gfp_era *e = era(compound_masks[i].from);

		assert_ptr_equal(e, era(compound_masks[i].to));
		for (size_t k = 0; k < N(compound_names); k++) {
			struct ol_span name = ol_span_str(compound_names[k]);
			uint64_t mask = compound_masks[i].mask[k];
			unsigned unknown = 1;
			ol_gfp_set set;

			if (mask == NONE) {
				/*
				 * A name of another era: understood, but never taken for this one.
				 */
				assert_int_equal(ol_gfp_parse_names(e, name, &set, &unknown), 0);
				assert_int_equal(unknown, 0);
				assert_ptr_not_equal(
					ol_gfp_era_from_names(mask_of(e, set), name, e), e);
				continue;
			}
			assert_int_equal(ol_gfp_parse_names(e, name, &set, &unknown), 0);
			assert_int_equal(unknown, 0);
			assert_true(mask_of(e, set) == mask);
			names_are(e, mask, mask ? compound_names[k] : "0");
			assert_ptr_equal(ol_gfp_era_from_names(mask, name, e), e);
		}
	}
}

static void test_names(void **state)
{
	uint64_t unknown;

	(void)state;
	assert_true(ol_gfp_decode(era("3.2"), 0x84d0, &unknown) ==
		    (B(WAIT) | B(IO) | B(FS) | B(REPEAT) | B(ZERO)));
	names_are(era("3.2"), 0x84d0, "GFP_KERNEL|__GFP_REPEAT|__GFP_ZERO");
	names_are(era("3.2"), 0x201da, "GFP_HIGHUSER_MOVABLE|__GFP_COLD");
	names_are(era("3.10"), 0x3000d0, "GFP_KERNEL|__GFP_KMEMCG|__GFP_NOTRACK");
	names_are(era("3.10.0-514.el7"), 0x3000d0, "GFP_KERNEL_ACCOUNT|__GFP_NOTRACK");
	names_are(era("3.10"), 0xf0, "GFP_KERNEL|__GFP_HIGH");
	names_are(era("4.4"), 0x24201ca, "GFP_HIGHUSER_MOVABLE|__GFP_COLD");
	names_are(era("4.15"), 0x14280ca, "GFP_HIGHUSER_MOVABLE|__GFP_ZERO");
	names_are(era("4.20"), 0x6202c2, "GFP_HIGHUSER|__GFP_NOWARN");
	names_are(era("5.10"), 0xc2cc0, "GFP_KERNEL|__GFP_NOWARN|__GFP_COMP|__GFP_NOMEMALLOC");
	names_are(era("5.10"), 0x101cc0, "GFP_USER|__GFP_WRITE");
	names_are(era("5.15"), 0x1100dca, "GFP_HIGHUSER_MOVABLE|__GFP_ZERO");
	names_are(era("6.1"), 0x1100dca, "GFP_HIGHUSER_MOVABLE|__GFP_ZERO|__GFP_SKIP_ZERO");
	names_are(era("6.7"), 0x408d40, "GFP_NOFS|__GFP_NOFAIL|__GFP_ZERO|__GFP_ACCOUNT");
	names_are(era("6.8"), 0x101c4a,
		  "GFP_NOFS|__GFP_HIGHMEM|__GFP_HARDWALL|__GFP_MOVABLE|__GFP_WRITE");
	names_are(era("6.8"), 0x800, "__GFP_KSWAPD_RECLAIM");
	names_are(era("6.12"), 0x1000cc0, "GFP_KERNEL|__GFP_NO_OBJ_EXT");
	names_are(era("6.12"), 0x5, "GFP_DMA|GFP_DMA32");
	names_are(era("6.12"), 0, "0");
	names_are(era("6.12"), 0xc0000cc0, "GFP_KERNEL|0xc0000000");
	names_are(era("6.12"), UINT64_C(1) << 63, "0x8000000000000000");
}

static void parses(const char *release, struct ol_span text, ol_gfp_set want, unsigned unknown)
{
	ol_gfp_set set = ~UINT64_C(0);
	unsigned n = 99;

	assert_int_equal(ol_gfp_parse_names(era(release), text, &set, &n), 0);
	assert_true(set == want);
	assert_int_equal(n, unknown);
}

static void parse_fails(struct ol_span text)
{
	ol_gfp_set set = 7;
	unsigned n = 7;

	assert_int_equal(ol_gfp_parse_names(era("6.1"), text, &set, &n), -EINVAL);
	assert_true(set == 7 && n == 7);
}

static void test_parse(void **state)
{
	const ol_gfp_set kernel_new = B(DIRECT_RECLAIM) | B(KSWAPD_RECLAIM) | B(IO) | B(FS);
	const ol_gfp_set kernel_old = B(WAIT) | B(IO) | B(FS);

	(void)state;
	parses("5.15", S(""), 0, 0);
	parses("5.15", S("none"), 0, 0);
	parses("5.15", S("0"), 0, 0);
	parses("5.15", S("0x0()"), 0, 0);
	parses("5.15", S("()"), 0, 0);
	parses("5.15", S("0xcc0()"), kernel_new, 0);
	parses("5.15", S("0xcc0(GFP_KERNEL)"), kernel_new, 0);
	parses("5.15", S(" GFP_KERNEL | __GFP_ZERO "), kernel_new | B(ZERO), 0);
	parses("3.2", S("GFP_KERNEL|__GFP_REPEAT"), kernel_old | B(REPEAT), 0);
	/* left-over bits: NO_OBJ_EXT had no printed name up to 6.13 */
	parses("6.11", S("GFP_KERNEL|0x1000000"), kernel_new | B(NO_OBJ_EXT), 0);
	parses("6.11", S("GFP_KERNEL|0x80000000"), kernel_new, 1);
	parses("6.11", S("GFP_KERNEL|__GFP_FUTURE|GFP_WHATEVER"), kernel_new, 2);
	parses("5.15", S("__GFP_RECLAIM"), B(DIRECT_RECLAIM) | B(KSWAPD_RECLAIM), 0);
	parses("6.8", S("GFP_NOWAIT"), B(KSWAPD_RECLAIM) | B(NOWARN), 0);
	parses("6.7", S("GFP_NOWAIT"), B(KSWAPD_RECLAIM), 0);
	parses("4.3", S("GFP_NOWAIT"), 0, 0);
	parses("6.8", S("GFP_DMA32"), B(DMA32), 0);
	parses("6.8", S("GFP_DMA|__GFP_DMA"), B(DMA), 0);
	parses("2.6.24", S("GFP_HIGHUSER_PAGECACHE"),
	       kernel_old | B(HARDWALL) | B(HIGHMEM) | B(MOVABLE), 0);
	parses("3.13", S("GFP_THISNODE"), B(THISNODE) | B(NOWARN) | B(NORETRY), 0);
	parses("3.13", S("GFP_IOFS"), B(IO) | B(FS), 0);
	parses("4.10", S("__GFP_NOTRACK_FALSE_POSITIVE"), B(NOTRACK), 0);
	/* trace events of old kernels */
	parses("3.13", S("GFP_WAIT|GFP_IO|GFP_FS"), kernel_old, 0);
	/* names of other kernels mean what they mean there */
	parses("3.2", S("GFP_TRANSHUGE_LIGHT"),
	       B(IO) | B(FS) | B(HARDWALL) | B(HIGHMEM) | B(MOVABLE) | B(COMP) | B(NOMEMALLOC) |
		       B(NOWARN),
	       0);
	parses("6.1", S("GFP_TEMPORARY"), kernel_new | B(RECLAIMABLE), 0);
	parses("6.1", S("__GFP_WAIT"), B(WAIT), 0);

	parse_fails(S("|"));
	parse_fails(S("GFP_KERNEL|"));
	parse_fails(S("GFP_KERNEL||__GFP_ZERO"));
	parse_fails(S("GFP_KERNEL_AC\")"));
	parse_fails(S("GFP_KERNEL, order=0"));
	parse_fails(S("0xzz"));
	parse_fails(S("0x123456789abcdef01"));
	parse_fails(S("12 34"));
	parse_fails(S("0xcc0(GFP_KERNEL"));
	parse_fails(S("mask(GFP_KERNEL)"));
	parse_fails(S("("));
	parse_fails(S("((GFP_KERNEL))"));
}

static uint64_t rnd(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

static void test_round_trip(void **state)
{
	uint64_t seed = 88172645463325252U;
	const struct ol_gfp_era *e;
	struct ol_out o;

	(void)state;
	ol_out_init(&o, -1);
	for (unsigned i = 0; (e = ol_gfp_era_at(i)); i++) {
		for (int k = 0; k < 3000; k++) {
			uint64_t mask = rnd(&seed) & rnd(&seed) & 0xfffffff;
			uint64_t unknown;
			unsigned unknown_names;
			ol_gfp_set set = ol_gfp_decode(e, mask, &unknown), again;

			assert_true((mask_of(e, set) | unknown) == mask);
			assert_true(!(mask_of(e, set) & unknown));
			o.n = 0;
			ol_gfp_names(e, set, unknown, &o);
			assert_int_equal(
				ol_gfp_parse_names(e, ol_span(o.buf, o.n), &again, &unknown_names),
				0);
			assert_true(again == set);
			assert_int_equal(unknown_names, unknown ? 1 : 0);
			assert_ptr_equal(ol_gfp_era_from_names(mask, ol_span(o.buf, o.n), e), e);
		}
	}
	ol_out_done(&o);
}

static void release_is(const char *release, const char *name)
{
	assert_string_equal(ol_gfp_era_name(era(release)), name);
}

static void test_releases(void **state)
{
	(void)state;
	release_is("2.6.10", "2.6.18");
	release_is("2.6.18-398.el5", "2.6.18");
	release_is("2.6.24.3", "2.6.24-2.6.30");
	release_is("2.6.32-5-amd64", "2.6.31-2.6.37");
	release_is("2.6.32-700.1.1.el6.x86_64", "2.6.32-el6");
	release_is("2.6.32-042stab120.11", "2.6.32-el6");
	release_is("2.6.39", "2.6.39-3.2");
	release_is("3.2.59", "2.6.39-3.2");
	release_is("3.3", "3.3-3.5");
	release_is("3.10.0-1160.el7.x86_64", "3.10-el7");
	release_is("3.10.0-957.el7.site.3.x86_64", "3.10-el7");
	release_is("3.10.0-1160.21.1.vz7.174.13", "3.10-el7");
	release_is("3.10.108-1.el7.elrepo.x86_64", "3.8-3.15");
	release_is("3.10.0-4-generic", "3.8-3.15");
	release_is("3.13.0-40-generic", "3.8-3.15");
	release_is("4.1.12-124.el7uek.x86_64", "4.1-4.3");
	release_is("4.4.249-1.el7.elrepo.x86_64", "4.4");
	release_is("4.18.0-500.1.1.el8_10.x86_64", "4.18-5.0");
	release_is("5.0.10-custom+", "4.18-5.0");
	release_is("5.1.0", "5.1-5.13");
	release_is("5.8.2-0.g0123abc-default", "5.1-5.13");
	release_is("5.14.0-427.el9.x86_64", "5.14-5.17");
	release_is("5.15.0-1010-azure", "5.14-5.17");
	release_is("v5.18-rc1", "5.18-6.2");
	release_is("6.12.0-100.el10.ppc64le", "6.10-6.18");
	release_is("6.18", "6.10-6.18");
	release_is("6.19.0-rc5", "6.19-7.2");
	release_is("7.2.13+deb", "6.19-7.2");
	release_is("99.1", "6.19-7.2");
	release_is("99999999999.1", "6.19-7.2");
	release_is("6", "5.18-6.2");
	release_is("Linux version 5.10.0-8-amd64 (gcc 10.2)", "5.1-5.13");
	release_is("kernel-4.9.0", "4.8-4.9");
	assert_null(ol_gfp_era_for_release(S("")));
	assert_null(ol_gfp_era_for_release(ol_span(NULL, 0)));
	assert_null(ol_gfp_era_for_release(S("unknown")));
	assert_null(ol_gfp_era_for_release(S("#5 SMP")));
	assert_null(ol_gfp_era_for_release(S("18446744073709551616.1")));
}

static void dates(uint64_t mask, struct ol_span printed, const char *hint, const char *want)
{
	const struct ol_gfp_era *e = ol_gfp_era_from_names(mask, printed, hint ? era(hint) : NULL);

	if (!want) {
		assert_null(e);
		return;
	}
	assert_non_null(e);
	assert_string_equal(ol_gfp_era_name(e), want);
}

/* Of a release behind the last one that is known the newest numbering is a guess. */
static void test_newer(void **state)
{
	const char *const known[] = { "2.6.18", "6.19", "7.2", "7.2.9-arch1", "x", "" };
	const char *const newer[] = { "7.3", "7.3.1", "8.0", "99.99" };

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		assert_false(ol_gfp_release_newer(ol_span_str(known[i])));
	for (size_t i = 0; i < sizeof(newer) / sizeof(newer[0]); i++)
		assert_true(ol_gfp_release_newer(ol_span_str(newer[i])));
}

static void test_era_from_names(void **state)
{
	(void)state;
	dates(0x14200ca, S("GFP_HIGHUSER_MOVABLE"), NULL, "4.15-4.17");
	dates(0x14200ca, S("GFP_HIGHUSER_MOVABLE"), "4.10", "4.10-4.11");
	dates(0x24201ca, S("GFP_HIGHUSER_MOVABLE|__GFP_COLD"), NULL, "4.8-4.9");
	dates(0x6200ca, S("GFP_HIGHUSER_MOVABLE"), NULL, "4.18-5.0");
	dates(0x100cca, S("GFP_HIGHUSER_MOVABLE"), NULL, "6.19-7.2");
	dates(0x100cca, S("GFP_HIGHUSER_MOVABLE"), "5.4", "5.1-5.13");
	dates(0x1100cca, S("GFP_HIGHUSER_MOVABLE"), NULL, "5.14-5.17");
	dates(0xa20, S("GFP_ATOMIC"), NULL, "5.18-6.2");
	dates(0x820, S("GFP_ATOMIC"), NULL, "6.19-7.2");
	dates(0x800, S("GFP_NOWAIT"), NULL, "6.4-6.7");
	/* backports: el9 is 5.14 by name, late 6.1 has the flags of 6.3 */
	dates(0x140cca, S("GFP_HIGHUSER_MOVABLE|__GFP_COMP"), "5.14.0-427.el9", "5.18-6.2");
	dates(0x820, S("GFP_ATOMIC"), "6.1.119", "6.3");
	/* arm64 with MTE */
	dates(0x6100cca, S("GFP_HIGHUSER_MOVABLE"), "6.1", "5.18-6.2");
	dates(0x2100cca, S("GFP_HIGHUSER_MOVABLE"), "6.12", "6.10-6.18 with KASAN_HW_TAGS");
	dates(0x2100cca, S("GFP_HIGHUSER_MOVABLE"), NULL, "6.19-7.2 with KASAN_HW_TAGS");
	dates(0x1000cc0, S("GFP_KERNEL|__GFP_NOLOCKDEP"), "6.15", "6.10-6.18 with LOCKDEP");
	dates(0x1000cc0, S("GFP_KERNEL|__GFP_NO_OBJ_EXT"), "6.15", "6.10-6.18");
	/* a hint that is wrong altogether */
	dates(0x14200ca, S("GFP_HIGHUSER_MOVABLE"), "6.1", "4.15-4.17");
	dates(0, S(""), "5.15", "5.14-5.17");
	dates(0, S(""), NULL, "6.19-7.2");
	dates(0xcc0, S("GFP_NOFS"), "5.15", NULL);
	dates(0xcc0, S("GFP_KERNEL|__GFP_FUTURE"), "5.15", NULL);
	dates(0xcc0, S(""), "5.15", NULL);
	dates(0xcc0, ol_span(NULL, 0), "5.15", NULL);
	dates(0xcc0, S("GFP_KERNEL_AC\""), "5.15", NULL);
}

static void test_zones(void **state)
{
	static const struct {
		ol_gfp_set set;
		enum ol_zone_type highest;
		bool invalid;
	} t[] = {
		{ 0, OL_ZONE_NORMAL, false },
		{ B(DMA), OL_ZONE_DMA, false },
		{ B(DMA32), OL_ZONE_DMA32, false },
		{ B(HIGHMEM), OL_ZONE_HIGHMEM, false },
		{ B(MOVABLE), OL_ZONE_NORMAL, false },
		{ B(HIGHMEM) | B(MOVABLE), OL_ZONE_MOVABLE, false },
		{ B(DMA) | B(MOVABLE), OL_ZONE_DMA, false },
		{ B(DMA32) | B(MOVABLE), OL_ZONE_DMA32, false },
		{ B(DMA) | B(HIGHMEM), OL_ZONE_DMA, true },
		{ B(DMA) | B(DMA32), OL_ZONE_DMA, true },
		{ B(DMA32) | B(HIGHMEM), OL_ZONE_DMA32, true },
		{ B(DMA32) | B(HIGHMEM) | B(MOVABLE), OL_ZONE_DMA32, true },
		{ B(DMA) | B(DMA32) | B(HIGHMEM), OL_ZONE_DMA, true },
		{ B(DMA) | B(DMA32) | B(HIGHMEM) | B(MOVABLE), OL_ZONE_DMA, true },
	};

	(void)state;
	for (size_t i = 0; i < N(t); i++) {
		struct ol_gfp_meaning m = ol_gfp_meaning(t[i].set | B(WAIT) | B(ZERO));

		assert_int_equal(m.highest, t[i].highest);
		assert_int_equal(m.zone_invalid, t[i].invalid);
	}
}

static struct ol_gfp_meaning meaning(const char *release, uint64_t mask)
{
	uint64_t unknown;

	return ol_gfp_meaning(ol_gfp_decode(era(release), mask, &unknown));
}

static void test_meaning(void **state)
{
	struct ol_gfp_meaning m = meaning("3.2", 0x84d0);

	(void)state;
	assert_true(m.may_sleep && m.may_io && m.may_fs && m.wakes_kswapd && m.zero);
	assert_true(m.repeat && !m.atomic_reserve && !m.hardwall);
	m = meaning("3.2", 0x20); /* GFP_ATOMIC */
	assert_true(!m.may_sleep && m.wakes_kswapd && m.atomic_reserve);
	m = meaning("3.2", 0x4352da); /* GFP_TRANSHUGE */
	assert_true(m.may_sleep && !m.wakes_kswapd && m.noretry && m.nomemalloc && m.nowarn);
	m = meaning("6.1", 0xa20);
	assert_true(!m.may_sleep && m.wakes_kswapd && m.atomic_reserve);
	m = meaning("6.1", 0xc40); /* GFP_NOFS */
	assert_true(m.may_sleep && m.may_io && !m.may_fs);
	m = meaning("6.1", 0x1c20ca); /* GFP_TRANSHUGE_LIGHT */
	assert_true(!m.may_sleep && !m.may_io && !m.may_fs && !m.wakes_kswapd && m.comp);
	m = meaning("6.1", 0x6a1cc0 | 0x10);
	assert_true(m.accounted && m.write && m.thisnode && m.memalloc && m.reclaimable);
	assert_true(m.nomemalloc && !m.hardwall && !m.movable);
	m = meaning("6.1", 0x408d40);
	assert_true(m.nofail && m.accounted && m.zero);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bits),
		cmocka_unit_test(test_bits_of_options),
		cmocka_unit_test(test_bits_are_distinct),
		cmocka_unit_test(test_compounds),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_releases),
		cmocka_unit_test(test_newer),
		cmocka_unit_test(test_era_from_names),
		cmocka_unit_test(test_zones),
		cmocka_unit_test(test_meaning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
