/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_AVAILABLE_H
#define OL_ANALYZE_AVAILABLE_H

#include "analyze/memory/ram.h"

/*
 * How much memory one more program could get, without swap, beside the kernel's MemAvailable.
 * docs/available.md holds the formula; the lab compares it with what reclaim really gives.
 *
 * certain_kb: free pages above the high watermarks and reserves, and clean file cache that nobody
 *   maps, less what the kernel itself keeps back (half of it, at most the low watermarks).
 * likely_kb, the upper end: free down to the min watermarks, all file cache that reclaim may take
 *   (dirty pages once they are written, mapped pages of programs that run), caches with a shrinker
 *   without what is in use.
 * probable_kb: the upper end without the slab that open files may hold. A guess, with nothing to
 * prove it. Doubtful is what people and kernels count as available and what is in neither.
 */
enum ol_avail_class { OL_AVAIL_CERTAIN, OL_AVAIL_LIKELY, OL_AVAIL_DOUBTFUL };
extern const char *const ol_avail_class_names[]; /* "certain", … as in the JSON */

enum ol_avail_id {
#define OL_AVAIL(id, name, class) OL_AVAIL_##id,
#include "analyze/memory/avail.def"
	OL_AVAIL_MAX
};
struct ol_avail_def {
	const char *name; /* as in the JSON */
	enum ol_avail_class class;
};
extern const struct ol_avail_def ol_avail_defs[OL_AVAIL_MAX];

struct ol_avail_reason {
	enum ol_avail_id id;
	int64_t kb;
};

struct ol_avail {
	bool has_kernel; /* MemAvailable is absent before 3.14 */
	int64_t kernel_kb;
	int64_t certain_kb, likely_kb, probable_kb;
	bool kernel_too_much; /* MemAvailable is well above what can probably be had */
	/* the same for a request of kernel memory, where it may use less than all RAM */
	bool has_lowmem;
	int64_t lowmem_certain_kb, lowmem_likely_kb;
	struct ol_avail_reason reasons[OL_AVAIL_MAX];
	unsigned n;
};

/* 0, or -ENODATA when the tick has no MemTotal or no MemFree. */
int ol_avail_of(const struct ol_tick *t, const struct ol_ram *ram, struct ol_avail *ret);

#endif
