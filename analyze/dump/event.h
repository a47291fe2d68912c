/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_EVENT_H
#define OL_ANALYZE_EVENT_H

#include "collect/machine/container.h"
#include "analyze/dump/gfp.h"
#include "analyze/dump/line.h"
#include "lib/arena.h"

/* A number and the physical line that stated it. !set means the log does not say: never 0. */
struct ol_val {
	int64_t v;
	uint32_t line;
	bool set;
};

/* A text and its line; absent when s.p is NULL. */
struct ol_text {
	struct ol_span s;
	uint32_t line;
};

enum ol_unit { OL_U_NONE, OL_U_KB, OL_U_PAGES, OL_U_BYTES, OL_U_COUNT };

/*
 * One "key:value" as printed. Keys that oomlens computes with have an id (analyze/dump/keys.def);
 * all the others are kept by name, so that a counter of a future kernel is shown and not lost.
 */
enum ol_key {
	OL_K_NONE,
#define OL_KEY(id, name) OL_K_##id,
#include "analyze/dump/keys.def"
#undef OL_KEY
	OL_K_MAX
};

struct ol_kv {
	struct ol_span key; /* as printed: "isolated(anon)" */
	uint64_t v;
	uint32_t line;
	uint16_t id; /* enum ol_key */
	uint8_t unit; /* enum ol_unit */
};
typedef struct {
	struct ol_kv *v;
	uint32_t n, cap;
	/* 1 + index of each id, when .indexed is .n: of a list that grew by ol_kv_push() */
	uint32_t indexed;
	uint8_t at[OL_K_MAX];
} ol_kv_vec;
/* One more, of @id; NULL: no room. */
struct ol_kv *ol_kv_push(struct ol_arena *a, ol_kv_vec *kvs, enum ol_key id);

/* The value of @id, or NULL. */
const struct ol_kv *ol_kv_get(const ol_kv_vec *kvs, enum ol_key id);
enum ol_key ol_key_find(struct ol_span name); /* OL_K_NONE when unknown */
const char *ol_key_name(enum ol_key id); /* as keys.def has it; NULL for OL_K_NONE */

/* Those that no Mem-Info of a kernel since 2.6.32 is without (analyze/dump/counters.def). */
enum ol_counter {
#define OL_COUNTER(id) OL_C_##id,
#include "analyze/dump/counters.def"
#undef OL_COUNTER
	OL_C_MAX
};
enum ol_key ol_counter_key(enum ol_counter c);

/* Which names stand in a list: a bit each of those with an id, the others share what is left. */
struct ol_kv_seen {
	uint64_t bits[4];
};
/* The same as ol_key_find(), and the bit of @name. */
enum ol_key ol_key_find_bit(struct ol_span name, unsigned *ret_bit);

struct ol_buddy {
	uint64_t count;
	uint64_t kb; /* of one block, as printed */
	struct ol_span types; /* migratetype letters; absent on old kernels and empty orders */
	uint8_t order;
};

struct ol_zone {
	int node; /* -1: the line names none (kernels without NUMA) */
	struct ol_span name; /* "DMA32" as printed */
	enum ol_zone_type type; /* OL_ZONE_MAX: unknown name */
	ol_kv_vec kv; /* free, boost, min, low, … in kB (pages_scanned: pages) */
	OL_VEC(int64_t) lowmem_reserve; /* pages, by zone index */
	OL_VEC(struct ol_buddy) buddy;
	struct ol_val buddy_total_kb;
	int8_t all_unreclaimable; /* -1 not stated, 0 no, 1 yes */
	uint32_t line; /* zone line; 0 when only its buddy line is there */
	uint32_t reserve_line, buddy_line;
};

struct ol_node {
	int node;
	ol_kv_vec kv;
	int8_t all_unreclaimable;
	uint32_t line;
};

struct ol_hugepages {
	int node; /* -1: not stated */
	ol_kv_vec kv; /* hugepages_total, _free, _surp (counts), _size (kB) */
	uint32_t line;
};

enum ol_col {
#define OL_COLUMN(id, name, json) OL_COL_##id,
#include "analyze/dump/columns.def"
#undef OL_COLUMN
	OL_COL_MAX
};
const char *ol_col_json_name(enum ol_col c); /* "total_vm_pages" */

struct ol_task {
	int64_t col[OL_COL_MAX + 1]; /* the last one takes what columns without a name hold */
	struct ol_span comm;
	uint32_t mask; /* bit per enum ol_col that is stated */
	uint32_t line;
	/*
	 * The row, and per column the offset behind its digits there, 0: not known; NULL: of none.
	 * Whoever writes the numbers again need not make the digits.
	 */
	const char *printed;
	const uint8_t *ends;
};

enum ol_why_killed {
	OL_WHY_UNKNOWN,
	OL_WHY_CHOSEN,
	OL_WHY_OOM_GROUP,
	OL_WHY_SHARED_MM,
	OL_WHY_CHILD,
	OL_WHY_ALLOCATING_TASK
};

struct ol_victim {
	struct ol_text comm;
	struct ol_val pid, uid, score, oom_score_adj;
	struct ol_val total_vm_kb, anon_rss_kb, file_rss_kb, shmem_rss_kb, pgtables_kb;
	struct ol_val rss_kb; /* where only their sum is told */
	struct ol_val reaped_anon_kb, reaped_file_kb, reaped_shmem_kb; /* what the reaper left */
	int8_t reaped; /* -1 not stated, 0 "unable to reap", 1 reaped */
	enum ol_why_killed why;
	uint32_t line; /* "Killed process"; 0 when only "Kill process" or oom-kill: is there */
};

/* What kind of work asked for memory: X(id, name) */
#define OL_FRAME_CLASSES(X)                     \
	X(PAGE_FAULT, "page_fault")             \
	X(PAGE_CACHE_READ, "page_cache_read")   \
	X(PAGE_CACHE_WRITE, "page_cache_write") \
	X(SLAB, "slab")                         \
	X(FORK, "fork")                         \
	X(SOCKET, "socket")                     \
	X(DRIVER, "driver")                     \
	X(HUGE_PAGE, "huge_page")               \
	X(PAGE_TABLE, "page_table")             \
	X(PIPE, "pipe")                         \
	X(SHMEM, "shmem")                       \
	X(MEMCG_CHARGE, "memcg_charge")         \
	X(VMALLOC, "vmalloc")                   \
	X(SWAP, "swap")                         \
	X(EXEC, "exec")                         \
	X(SYSRQ, "sysrq")                       \
	X(KTHREAD, "kthread")
enum ol_frame_class {
	OL_FC_NONE,
#define OL_FRAME_CLASS(id, name) OL_FC_##id,
	OL_FRAME_CLASSES(OL_FRAME_CLASS) OL_FC_MAX
#undef OL_FRAME_CLASS
};
const char *ol_frame_class_name(enum ol_frame_class c);
struct ol_oom_event;
/* Does a function of the network stand in the trace? */
bool ol_trace_network(const struct ol_oom_event *e);
/* Was it made in an interrupt? Then the process named only ran on that CPU. */
bool ol_trace_interrupt(const struct ol_oom_event *e);

struct ol_frame {
	struct ol_span func, module; /* module absent for built-in code */
	bool uncertain; /* "? func" */
	uint32_t line;
};

struct ol_slab_row {
	struct ol_span name;
	uint64_t used_kb, total_kb;
	uint32_t line;
};

struct ol_alloc_row { /* "Memory allocations:" of 6.10+ */
	struct ol_span size, site; /* "1.21 GiB", "mm/slub.c:2319 func:alloc_slab_page" */
	uint64_t bytes; /* @size as bytes, rounded as printed */
	uint64_t calls;
	uint32_t line;
};

/* Parts of a dump. A part that this shape of dump must have and that is not there is "missing". */
enum ol_part {
#define OL_PART(id, name) OL_PART_##id,
#include "analyze/dump/parts.def"
#undef OL_PART
	OL_PART_MAX
};
const char *ol_part_name(enum ol_part p);

/*
 * KILL_ONLY: the line of a kill and nothing else of its dump. KILL_REPORT: what a program says of
 * a kill by the kernel that the log does not have. FRAGMENT: a part of a report that does not tell
 * what it was printed for.
 */
#define OL_EVENT_KINDS(X)                   \
	X(OOM, "oom")                       \
	X(ALLOC_FAILURE, "alloc_failure")   \
	X(KILL_ONLY, "kill_only")           \
	X(PANIC, "panic")                   \
	X(USERSPACE_KILL, "userspace_kill") \
	X(KILL_REPORT, "kill_report")       \
	X(FRAGMENT, "fragment")
enum ol_event_kind {
#define OL_EVENT_KIND(id, name) OL_EV_##id,
	OL_EVENT_KINDS(OL_EVENT_KIND) OL_EV_KIND_MAX
#undef OL_EVENT_KIND
};
const char *ol_event_kind_name(enum ol_event_kind k);

/* Limits from here on mean "none" on every page size up to 64 kB (reference: memcg block). */
#define OL_UNLIMITED_KB INT64_C(9007199254740928)

enum ol_constraint {
	OL_CONSTRAINT_UNKNOWN,
	OL_CONSTRAINT_NONE,
	OL_CONSTRAINT_MEMCG,
	OL_CONSTRAINT_CPUSET,
	OL_CONSTRAINT_MEMPOLICY
};
const char *ol_constraint_name(enum ol_constraint c); /* NULL for unknown */

struct ol_evline {
	struct ol_span text; /* cleaned of transport, wraps rejoined */
	uint32_t line; /* physical line of its first byte */
	uint8_t part; /* enum ol_part */
};

struct ol_memcg_member {
	struct ol_text path;
	ol_kv_vec stats; /* OL_U_BYTES */
};

/* What a killer in user space compares with a threshold of its own: X(id, name) */
#define OL_MEASURES(X)                        \
	X(MEM_AVAILABLE, "memory_available")  \
	X(WATERMARK, "free_memory_watermark") \
	X(MEM_USED, "memory_used")            \
	X(SWAP_FREE, "swap_free")             \
	X(SWAP_USED, "swap_used")             \
	X(PRESSURE, "memory_pressure")        \
	X(THRASHING, "thrashing")             \
	X(OWN, "own_usage")
enum ol_measure {
#define OL_MEASURE(id, name) OL_MEASURE_##id,
	OL_MEASURES(OL_MEASURE) OL_MEASURE_MAX
#undef OL_MEASURE
};
const char *ol_measure_name(enum ol_measure m);

/* As the killer printed it, in either unit or in both. */
struct ol_measured {
	struct ol_val kb, percent; /* percent: in hundredths of one */
	struct ol_val plain; /* a number whose unit is not printed */
};

struct ol_threshold {
	enum ol_measure what;
	struct ol_measured value, limit;
	struct ol_val total_kb; /* what the value is a part of */
	struct ol_val seconds; /* for how long it had to last */
	/* PRESSURE: the cgroup; WATERMARK: which */
	struct ol_span of;
};

/* What a program says of the kernel's kill. */
struct ol_report {
	struct ol_span who, text;
	uint32_t line;
};

/* What the log says is not in it. */
struct ol_withheld {
	uint64_t lost; /* lines, whoever's */
	uint64_t limited; /* calls that printed nothing because of a rate limit */
	char by[64]; /* of which function; "": not told, or several */
};

/*
 * What one dump said. Everything lives in .arena; every span points into the event's own copies, so
 * an event outlives the input it came from.
 */
struct ol_verdict;

struct ol_oom_event {
	struct ol_arena arena;
	enum ol_event_kind kind;
	char id[17]; /* hex: hash of host, time and trigger/victim pid */
	/* the id of the kill whose victim it was that failed, while it died; "": of none */
	char consequence_of[17];

	/* source */
	struct ol_span file;
	struct ol_span continued_in; /* a rotated log: the file that holds its end, and last_line */
	uint32_t first_line, last_line;
	uint64_t first_byte;
	struct ol_span host;
	enum ol_transport transport;
	uint32_t parts_seen, parts_missing; /* bit per enum ol_part */
	uint32_t parts_cut; /* of parts_missing: lines that are there, but not to their end */
	uint32_t counters_missing; /* bit per enum ol_counter, of a Mem-Info that is there */
	bool interleaved; /* foreign lines stood between ours */
	bool forged_suspect;
	bool truncated; /* a limit of ours cut it */
	bool quoted; /* it stood in another text, */
	bool unknown_prefix; /* behind words of which nobody knows what they are */
	uint32_t swap_errors; /* failed writes to swap that were logged shortly before or inside */
	struct ol_withheld withheld; /* inside or just before */

	/* time */
	int64_t mono_us, last_mono_us; /* OL_TIME_NONE */
	int64_t wall_us; /* OL_TIME_NONE */
	bool wall_zone, wall_year_inferred, wall_minute; /* seconds not stated */
	struct ol_span stamp; /* as printed */
	uint32_t boot; /* counts up with every boot seen on this host's stream */

	/* kernel and numbering */
	struct ol_text release, build, taint;
	bool release_before; /* from a "Linux version" line before the dump */
	const struct ol_gfp_era *era;
	enum { OL_ERA_NONE, OL_ERA_PRINTED, OL_ERA_OPTION, OL_ERA_INFERRED } era_how;

	/* trigger */
	struct ol_text trigger_comm, gfp_printed, cpuset, mems_allowed, nodemask, workqueue,
		hardware;
	struct ol_val trigger_pid, trigger_uid, cpu, gfp_mask, order, oom_score_adj, oom_adj;
	ol_gfp_set gfp;
	uint64_t gfp_unknown; /* bits without a name in this era */
	bool gfp_decoded;
	bool gfp_named; /* names stood behind the number, whole or cut: 4.6+ */
	struct ol_text failure; /* the whole "page allocation failure…" / SLUB / vmalloc text */
	/* what vmalloc could not have, from its own words; before 4.9 these stand above the head */
	struct ol_val vmalloc_bytes;
	bool sysrq;
	bool stall; /* page allocation stall, not failure */

	enum ol_constraint constraint;
	bool constraint_printed;
	bool global_oom; /* the oom-kill: line says so */
	bool said_out_of_memory; /* a kill line says "Out of memory", not "Memory cgroup …" */

	/* memcg */
	struct ol_text oom_memcg, task_memcg;
	int memcg_version; /* 0 unknown */
	struct ol_val usage_kb, limit_kb, failcnt, memsw_usage_kb, memsw_limit_kb, memsw_failcnt,
		kmem_usage_kb, kmem_limit_kb, kmem_failcnt, swap_usage_kb, swap_limit_kb,
		swap_failcnt;
	struct ol_val min_protection_kb, low_protection_kb;
	ol_kv_vec memcg_stats; /* of the cgroup that hit its limit; OL_U_BYTES or OL_U_COUNT */
	struct ol_text memcg_stats_of;
	/*
	 * kernels before 5.3: one line per cgroup of the subtree, local counts, the first included
	 */
	OL_VEC(struct ol_memcg_member) memcg_members;
	bool oom_group;
	struct ol_text oom_group_path;

	/* machine-wide */
	ol_kv_vec memory; /* global counters, pages */
	struct ol_val total_pagecache_pages, ram_pages, highmem_pages, reserved_pages,
		cma_reserved_pages, hwpoisoned_pages;
	struct ol_val swap_total_kb, swap_free_kb, swap_cache_pages, swap_cache_add,
		swap_cache_delete;
	unsigned page_kb; /* 0: the log does not tell */
	OL_VEC(struct ol_node) nodes;
	OL_VEC(struct ol_zone) zones;
	OL_VEC(struct ol_hugepages) hugepages;
	OL_VEC(struct ol_slab_row) slabs;
	OL_VEC(struct ol_alloc_row) allocs;
	OL_VEC(struct ol_frame) trace;
	enum ol_frame_class trace_class;

	/* tasks and what happened to them */
	uint32_t table_cols; /* bit per enum ol_col that the header names; 0: no header seen */
	uint32_t table_line;
	bool table_incomplete;
	OL_VEC(struct ol_task) tasks;
	struct ol_group *groups; /* of .tasks, when somebody has asked: ol_event_groups() */
	uint32_t n_groups;
	OL_VEC(struct ol_victim) victims;
	uint32_t *victim_slots; /* ol_victim_find(): 1 + index, by a hash of the pid; 0 is empty */
	uint32_t victim_slots_n, victims_in_slots;
	struct ol_text panic; /* "Kernel panic - not syncing: …" text */
	/* user-space killer: "systemd-oomd", "earlyoom"; of a KILL_REPORT: who says so */
	struct ol_text who_killed;
	struct ol_text userspace_text;
	OL_VEC(struct ol_text) reasons; /* why, by which numbers, in the killer's words */
	OL_VEC(struct ol_threshold) thresholds; /* the numbers in them, one of a measure */
	OL_VEC(struct ol_report) reports;
	struct ol_text cache_group; /* SLUB's "cache: name(1234:group)": the cgroup's last name */

	struct ol_container container;
	bool has_container;

	struct ol_verdict *verdict; /* analyze/judge/verdict.h; NULL until judged */

	OL_VEC(struct ol_evline) lines; /* the event's own lines, in order */
};

/*
 * All of @from, arena and all, becomes @to's; @from has an empty arena then and is to be filled
 * anew. An event must not be copied in another way: it refers to itself.
 */
void ol_event_move(struct ol_oom_event *to, struct ol_oom_event *from);

/* The first victim with that pid; NULL: none. Uses the arena when there are many. */
struct ol_victim *ol_victim_find(struct ol_oom_event *e, int64_t pid);

/* Processes folded by comm, largest resident size first; arena-owned by the event. */
struct ol_group {
	struct ol_span comm;
	uint32_t count;
	uint64_t rss_kb, swap_kb;
	bool has_swap;
	double share; /* of all resident memory in the table, 0…1 */
};

/*
 * The page size in kB that most of the evidence agrees on: what is stated in pages and in kB, where
 * the free lists begin, the architecture. 0: there is none, or it contradicts itself.
 */
unsigned ol_event_infer_page_kb(const struct ol_oom_event *e);
/*
 * Of a finished event, made once. *@ret_groups: array of *@ret_n. 0 or -ENOMEM. Needs the page size
 * (printed or inferred); without it there are none.
 */
int ol_event_groups(struct ol_oom_event *e, struct ol_group **ret_groups, uint32_t *ret_n);

#endif
