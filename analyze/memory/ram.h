/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_RAM_H
#define OL_ANALYZE_RAM_H

#include "collect/machine/tick.h"

/* Where all RAM of a tick is: parts that sum to MemTotal exactly, analyze/memory/ram_parts.def. */

enum ol_ram_part {
#define OL_RAM_PART(id, key, words, group) OL_RAM_##id,
#include "analyze/memory/ram_parts.def"
	OL_RAM_MAX
};

/* For a bar: parts that belong together. */
enum ol_ram_group {
	OL_RG_ANON,
	OL_RG_SHMEM,
	OL_RG_CLEAN,
	OL_RG_DIRTY,
	OL_RG_SLAB,
	OL_RG_KERNEL,
	OL_RG_HUGE,
	OL_RG_UNACCOUNTED,
	OL_RG_FREE,
	OL_RG_MAX
};

struct ol_ram_part_def {
	const char *key, *words;
	enum ol_ram_group group;
};
extern const struct ol_ram_part_def ol_ram_parts[OL_RAM_MAX];
extern const char *const ol_ram_group_words[OL_RG_MAX];

/*
 * What is known about memory that no counter holds; these overlap with each other and with parts.
 */
enum ol_ram_hint_id { OL_HINT_ARC, OL_HINT_BALLOON, OL_HINT_TCP, OL_HINT_UDP, OL_HINT_MAX };
struct ol_ram_hint {
	enum ol_ram_hint_id id;
	int64_t kb; /* at most so much of it */
};

struct ol_ram {
	int64_t total_kb;
	int64_t kb[OL_RAM_MAX];
	bool has[OL_RAM_MAX]; /* false: no counter on this kernel; it is in unaccounted_kb */
	/*
	 * The counters are read one after the other and some count a page twice (the first chunk of
	 * per-CPU memory is not in MemTotal): by so much they exceeded MemTotal. It was taken off
	 * per-CPU memory, vmalloc and clean file cache, in this order.
	 */
	int64_t overlap_kb;
	/*
	 * Mapped counts shared memory too, so the mapped part of the file cache is known within
	 * bounds: the part holds the upper one.
	 */
	int64_t mapped_least_kb;
	struct ol_ram_hint hints[OL_HINT_MAX];
	unsigned n_hints;
};

/* 0, or -ENODATA when the tick has no MemTotal. */
int ol_ram_of(const struct ol_tick *t, struct ol_ram *ret);

#endif
