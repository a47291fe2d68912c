/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_DECODE_IMPL_H
#define OL_ANALYZE_DECODE_IMPL_H

/* Private to the decoders: decode.c sends each line to the one that knows its shape. */

#include "analyze/dump/dump_impl.h"

/* A fact is stated once: the first line that states it wins. */
static inline void set_val(struct ol_val *v, int64_t x, uint32_t line)
{
	if (!v->set)
		*v = (struct ol_val){ .v = x, .line = line, .set = true };
}

static inline void set_u64(struct ol_val *v, uint64_t x, uint32_t line)
{
	if (x <= INT64_MAX)
		set_val(v, (int64_t)x, line);
}

static inline void set_text(struct ol_text *t, struct ol_span s, uint32_t line)
{
	if (!t->s.p && s.p)
		*t = (struct ol_text){ s, line };
}

/* Moves *@t behind the first @key; false when there is none. */
static inline bool behind(struct ol_span *t, struct ol_span key)
{
	ssize_t at = ol_span_find(*t, key);

	if (at < 0)
		return false;
	*t = ol_span_skip(*t, (size_t)at + key.n);
	return true;
}

/* The number behind the first @key, with @unit glued to it. */
static inline bool number_behind(struct ol_span t, struct ol_span key, struct ol_span unit,
				 uint64_t *ret)
{
	uint64_t v;

	if (!behind(&t, key))
		return false;
	t = ol_span_ltrim(t);
	if (!ol_eat_u64(&t, &v) || !ol_span_starts(t, unit))
		return false;
	/*
	 * "123kB" is whole, "123" at the very end of a line that goes on is told apart by the
	 * callers
	 */
	*ret = v;
	return true;
}

/* decode_machine.c */
/* @seen: of @kvs, kept up to date */
void ol_add_kv(struct ol_oom_event *e, ol_kv_vec *kvs, struct ol_kv_seen *seen, struct ol_span key,
	       uint64_t v, enum ol_unit unit, uint32_t line);
enum ol_key ol_key_of(struct ol_span key, unsigned *ret_bit);
static inline bool ol_kv_may_have(const struct ol_kv_seen *seen, unsigned bit)
{
	return seen->bits[bit / 64] >> bit % 64 & 1;
}
void ol_kv_list(struct ol_oom_event *e, ol_kv_vec *kvs, struct ol_kv_seen *seen, struct ol_span t,
		bool with_unit, bool drop_last, int8_t *all_unreclaimable, uint32_t line);
struct ol_zone *ol_zone_find(struct ol_oom_event *e, int node, struct ol_span name);
void ol_decode_zone(struct ol_open *o, struct ol_span t, uint32_t line);
void ol_decode_node(struct ol_oom_event *e, struct ol_span t, uint32_t line);
void ol_decode_lowmem(struct ol_open *o, struct ol_span t, uint32_t line, bool drop_last);
void ol_buddy_items(struct ol_open *o, struct ol_span t);
void ol_decode_buddy(struct ol_open *o, struct ol_span t, uint32_t line);
void ol_decode_hugepages(struct ol_oom_event *e, struct ol_span t, uint32_t line);
struct ol_val *ol_page_count(struct ol_oom_event *e, struct ol_span words);
void ol_decode_page_count(struct ol_oom_event *e, struct ol_span t, uint32_t line);
void ol_decode_swap_stats(struct ol_oom_event *e, struct ol_span t, uint32_t line);
void ol_decode_alloc_row(struct ol_oom_event *e, struct ol_span t, uint32_t line);
void ol_decode_slab_row(struct ol_oom_event *e, struct ol_span t, uint32_t line);

/* decode_head.c */
struct ol_span ol_list_value(struct ol_span t);
void ol_decode_invoked(struct ol_oom_event *e, struct ol_span t, uint32_t line);
void ol_decode_failure(struct ol_oom_event *e, enum ol_shape shape, struct ol_span t,
		       uint32_t line);
void ol_decode_slub(struct ol_open *o, struct ol_span t, uint32_t line);
void ol_decode_cpuset(struct ol_oom_event *e, struct ol_span t, uint32_t line);
void ol_decode_cpu_line(struct ol_oom_event *e, struct ol_span t, uint32_t line);
void ol_decode_cpu_line_old(struct ol_oom_event *e, struct ol_span t, uint32_t line);
void ol_decode_process_line(struct ol_oom_event *e, struct ol_span t, uint32_t line);
void ol_decode_frame(struct ol_oom_event *e, struct ol_span t, uint32_t line);
void ol_decode_task_in(struct ol_open *o, struct ol_span t, uint32_t line);
void ol_decode_task_in_limit(struct ol_open *o, struct ol_span t, uint32_t line);
void ol_decode_usage(struct ol_span t, struct ol_val *usage, struct ol_val *limit,
		     struct ol_val *failcnt, uint32_t line);
void ol_decode_memcg_stats(struct ol_open *o, struct ol_span t, uint32_t line);
void ol_decode_memcg_stat(struct ol_open *o, struct ol_span t, uint32_t line);

/* decode_tasks.c */
void ol_decode_oom_kill(struct ol_oom_event *e, struct ol_span t, uint32_t line);
void ol_decode_killed(struct ol_oom_event *e, struct ol_span t, uint32_t line);
void ol_decode_chosen(struct ol_oom_event *e, struct ol_span t, uint32_t line);
void ol_decode_reaper(struct ol_oom_event *e, enum ol_shape shape, struct ol_span t, uint32_t line);
void ol_decode_sharing(struct ol_oom_event *e, struct ol_span t, uint32_t line);
void ol_decode_min_protection(struct ol_oom_event *e, struct ol_span t, uint32_t line);

#endif
