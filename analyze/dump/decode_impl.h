/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_DECODE_IMPL_H
#define OL_ANALYZE_DECODE_IMPL_H

/* Private to the decoders: decode.c sends each line to the one that its row in lines.def names. */

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

/* What stands in front of the first @key stays in *@t, what stands behind it is *@ret_rest. */
static inline bool cut_at(struct ol_span *t, struct ol_span key, struct ol_span *ret_rest)
{
	ssize_t at = ol_span_find(*t, key);

	if (at < 0)
		return false;
	*ret_rest = ol_span_skip(*t, (size_t)at + key.n);
	*t = ol_span_head(*t, (size_t)at);
	return true;
}

/* The same with the last @key. */
static inline bool cut_at_last(struct ol_span *t, struct ol_span key, struct ol_span *ret_rest)
{
	ssize_t at = ol_span_rfind(*t, key);

	if (at < 0)
		return false;
	*ret_rest = ol_span_skip(*t, (size_t)at + key.n);
	*t = ol_span_head(*t, (size_t)at);
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

/*
 * thresholds.c: the numbers by which a program killed, from its words. Each leaves out what it does
 * not find.
 */
void ol_thresholds_oomd(struct ol_oom_event *e, struct ol_span text, uint32_t line);
void ol_thresholds_earlyoom(struct ol_oom_event *e, struct ol_span text, uint32_t line);
void ol_thresholds_nohang(struct ol_oom_event *e, struct ol_span text, uint32_t line);
void ol_thresholds_lmkd(struct ol_oom_event *e, struct ol_span text, uint32_t line);
void ol_thresholds_slurm(struct ol_oom_event *e, struct ol_span text, uint32_t line);
void ol_thresholds_kubelet(struct ol_oom_event *e, struct ol_span text, uint32_t line);

/* decode_head.c: a node or cpu list, "(null)" included; ends where the next key begins */
struct ol_span ol_list_value(struct ol_span t);

#endif
