// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/decode_impl.h"

/*
 * Every decoder gets one whole line, free of transport, that already lies in the event's arena. It
 * states only what the line states; a broken number is no number.
 */

#define S(lit) OL_SPAN(lit)

static bool any_counter_seen(const struct ol_open *o, struct ol_span t)
{
	struct ol_span tok;
	unsigned bit;

	while (ol_span_token(&t, &tok)) {
		ssize_t colon = ol_span_chr(tok, ':');
		enum ol_key id =
			colon > 0 ? ol_key_of(ol_span_head(tok, (size_t)colon), &bit) : OL_K_NONE;

		if (id != OL_K_NONE && o->counters_seen[id])
			return true;
	}
	return false;
}

bool ol_decode_fits(const struct ol_open *o, enum ol_shape shape, struct ol_span t)
{
	struct ol_oom_event *e = o->e;
	struct ol_span name, tok;
	struct ol_zone *z;
	struct ol_val *to;
	unsigned bit;
	uint64_t n;
	int node;

	/* the slab allocator's message stands alone: the report that follows is another's */
	if (ol_span_starts(e->failure.s, S("SLUB:")))
		return (shape == OL_SH_SLUB_CACHE || shape == OL_SH_SLUB_NODE) &&
		       o->section == OL_SEC_SLUB;
	switch (shape) {
	case OL_SH_CPU_LINE:
	case OL_SH_CPU_LINE_OLD:
		/* a release that the boot banner told is no word of this event */
		return (!e->release.s.p || e->release_before) && !e->cpu.set && !e->trigger_pid.set;
	case OL_SH_PROCESS_LINE:
		return !e->trigger_pid.set;
	case OL_SH_CPUSET:
		return !e->cpuset.s.p;
	case OL_SH_TASK_IN:
		return !e->task_memcg.s.p;
	case OL_SH_MEMCG_USAGE:
		return !e->usage_kb.set;
	case OL_SH_MEMCG_MEMSW:
		return !e->memsw_usage_kb.set;
	case OL_SH_MEMCG_KMEM:
		return !e->kmem_usage_kb.set;
	case OL_SH_MEMCG_SWAP:
		return !e->swap_usage_kb.set;
	case OL_SH_MEMCG_STATS:
		return !e->memcg_stats_of.s.p;
	case OL_SH_TASK_IN_LIMIT:
		return o->section == OL_SEC_TASK_IN || (e->task_memcg.s.p && !e->oom_memcg.s.p);
	case OL_SH_MEMCG_STAT:
		if (o->section != OL_SEC_STATS || !ol_span_token(&t, &tok))
			return false;
		ol_key_of(tok, &bit);
		if (!ol_kv_may_have(&o->stats_seen, bit))
			return true;
		for (uint32_t i = 0; i < e->memcg_stats.n && e->memcg_stats.n < OL_STATS_MAX; i++)
			if (ol_span_eq(e->memcg_stats.v[i].key, tok))
				return false;
		return true;
	case OL_SH_MEMINFO:
	case OL_SH_MEMINFO_OLD:
		return !(e->parts_seen & 1u << OL_PART_MEMINFO);
	case OL_SH_COUNTERS:
		return !any_counter_seen(o, t);
	case OL_SH_NODE:
		t = ol_span_ltrim(ol_span_skip(t, 5));
		if (!ol_eat_u64(&t, &n))
			return false;
		for (uint32_t i = 0; i < e->nodes.n; i++)
			if (e->nodes.v[i].node == (int)n)
				return false;
		return true;
	case OL_SH_ZONE:
		if (!ol_eat_zone_name(&t, &node, &name))
			return false;
		z = ol_zone_find(e, node, name);
		return !z || !z->line;
	case OL_SH_LOWMEM:
	case OL_SH_LOWMEM_OLD:
		return o->zone != 0;
	case OL_SH_BUDDY:
		if (!ol_eat_zone_name(&t, &node, &name))
			return false;
		z = ol_zone_find(e, node, name);
		return !z || !z->buddy_line;
	case OL_SH_BUDDY_FRAGMENT:
		return o->buddy != 0;
	case OL_SH_PAGE_COUNT:
		if (!ol_eat_u64(&t, &n))
			return false;
		to = ol_page_count(e, t);
		return !to || !to->set;
	case OL_SH_FREE_SWAP:
		return !e->swap_free_kb.set || ol_span_starts(t, S("Free swap:"));
	case OL_SH_TOTAL_SWAP:
		return !e->swap_total_kb.set;
	case OL_SH_SWAP_STATS:
	case OL_SH_SWAP_STATS_OLD:
		return !e->swap_cache_add.set;
	case OL_SH_SLAB_ROW:
	case OL_SH_SLABS_COLS:
		return o->section == OL_SEC_SLABS;
	case OL_SH_ALLOC_ROW:
		return o->section == OL_SEC_ALLOCS;
	case OL_SH_SLUB_CACHE:
	case OL_SH_SLUB_NODE:
		return o->section == OL_SEC_SLUB;
	case OL_SH_MIN_PROTECTION:
		return !e->min_protection_kb.set;
	case OL_SH_TABLE_HEAD:
		return !e->table_cols;
	case OL_SH_OOM_KILL:
		return !e->constraint_printed;
	default:
		return true;
	}
}

void ol_decode(struct ol_open *o, enum ol_shape shape, struct ol_span t, uint32_t line, bool at_eof,
	       const struct ol_row *row)
{
	struct ol_oom_event *e = o->e;
	enum ol_section was = o->section;
	uint32_t before;
	uint64_t n;

	/* a section ends with the first line of another shape */
	if (!(was == OL_SEC_STATS && shape == OL_SH_MEMCG_STAT) &&
	    !(was == OL_SEC_SLABS && (shape == OL_SH_SLAB_ROW || shape == OL_SH_SLABS_COLS)) &&
	    !(was == OL_SEC_ALLOCS && shape == OL_SH_ALLOC_ROW) &&
	    !(was == OL_SEC_SLUB && (shape == OL_SH_SLUB_CACHE || shape == OL_SH_SLUB_NODE)))
		o->section = OL_SEC_NONE;

	switch (shape) {
	case OL_SH_INVOKED:
	case OL_SH_INVOKED_OLD:
		ol_decode_invoked(e, t, line);
		break;
	case OL_SH_ALLOC_FAIL:
	case OL_SH_ALLOC_STALL:
	case OL_SH_VMALLOC_FAIL:
		ol_decode_failure(e, shape, t, line);
		break;
	case OL_SH_SLUB_FAIL:
		ol_decode_slub(o, t, line);
		break;
	case OL_SH_CPUSET:
		ol_decode_cpuset(e, t, line);
		break;
	case OL_SH_CPU_LINE:
		ol_decode_cpu_line(e, t, line);
		break;
	case OL_SH_CPU_LINE_OLD:
		ol_decode_cpu_line_old(e, t, line);
		break;
	case OL_SH_PROCESS_LINE:
		ol_decode_process_line(e, t, line);
		break;
	case OL_SH_HARDWARE:
		set_text(&e->hardware, ol_span_ltrim(ol_span_skip(t, 14)), line);
		break;
	case OL_SH_WORKQUEUE:
		set_text(&e->workqueue, ol_span_ltrim(ol_span_skip(t, 10)), line);
		break;
	case OL_SH_FRAME:
		ol_decode_frame(e, t, line);
		break;
	case OL_SH_TASK_IN:
		ol_decode_task_in(o, t, line);
		break;
	case OL_SH_TASK_IN_LIMIT:
		ol_decode_task_in_limit(o, t, line);
		break;
	case OL_SH_LIMIT_REACHED:
		set_text(&e->oom_memcg, ol_span_skip(t, 31), line);
		break;
	case OL_SH_MEMCG_USAGE:
		ol_decode_usage(t, &e->usage_kb, &e->limit_kb, &e->failcnt, line);
		break;
	case OL_SH_MEMCG_MEMSW:
		ol_decode_usage(t, &e->memsw_usage_kb, &e->memsw_limit_kb, &e->memsw_failcnt, line);
		break;
	case OL_SH_MEMCG_KMEM:
		ol_decode_usage(t, &e->kmem_usage_kb, &e->kmem_limit_kb, &e->kmem_failcnt, line);
		break;
	case OL_SH_MEMCG_SWAP:
		ol_decode_usage(t, &e->swap_usage_kb, &e->swap_limit_kb, &e->swap_failcnt, line);
		break;
	case OL_SH_MEMCG_STATS:
	case OL_SH_MEMCG_STATS_OLD:
		ol_decode_memcg_stats(o, t, line);
		break;
	case OL_SH_MEMCG_STAT:
		ol_decode_memcg_stat(o, t, line);
		break;
	case OL_SH_COUNTERS:
		before = e->memory.n;
		/* the last number of a text that ends without a newline may be half a number */
		ol_kv_list(e, &e->memory, &o->memory_seen, t, false, at_eof, NULL, line);
		for (uint32_t i = before; i < e->memory.n; i++)
			o->counters_seen[e->memory.v[i].id] = e->memory.v[i].id != OL_K_NONE;
		break;
	case OL_SH_NODE:
		ol_decode_node(e, t, line);
		break;
	case OL_SH_ZONE:
		ol_decode_zone(o, t, line);
		break;
	case OL_SH_LOWMEM:
	case OL_SH_LOWMEM_OLD:
		ol_decode_lowmem(o, t, line, at_eof);
		break;
	case OL_SH_BUDDY:
		ol_decode_buddy(o, t, line);
		break;
	case OL_SH_BUDDY_FRAGMENT:
		ol_buddy_items(o, t);
		break;
	case OL_SH_HUGEPAGES:
		ol_decode_hugepages(e, t, line);
		break;
	case OL_SH_PAGE_COUNT:
		ol_decode_page_count(e, t, line);
		break;
	case OL_SH_SWAP_STATS:
	case OL_SH_SWAP_STATS_OLD:
		ol_decode_swap_stats(e, t, line);
		break;
	case OL_SH_FREE_SWAP:
		/*
		 * "Free swap  = 1959892kB"; per-arch code of 2.6.18 - 2.6.24: "Free swap:
		 * 1959892kB"
		 */
		if (number_behind(t, S("="), S("kB"), &n) || number_behind(t, S(":"), S("kB"), &n))
			set_u64(&e->swap_free_kb, n, line);
		break;
	case OL_SH_TOTAL_SWAP:
		if (number_behind(t, S("="), S("kB"), &n))
			set_u64(&e->swap_total_kb, n, line);
		break;
	case OL_SH_ALLOCS_HEAD:
		o->section = OL_SEC_ALLOCS;
		break;
	case OL_SH_ALLOC_ROW:
		ol_decode_alloc_row(e, t, line);
		break;
	case OL_SH_SLABS_HEAD:
		o->section = OL_SEC_SLABS;
		break;
	case OL_SH_SLAB_ROW:
		ol_decode_slab_row(e, t, line);
		break;
	case OL_SH_MIN_PROTECTION:
		ol_decode_min_protection(e, t, line);
		break;
	case OL_SH_TABLE_HEAD:
		if (ol_table_layout_parse(t, &o->layout)) {
			e->table_cols |= o->layout.mask;
			e->table_line = line;
			o->ends_like = 0;
		}
		break;
	case OL_SH_TABLE_ROW:
		ol_decode_row(o, t, line, row);
		break;
	case OL_SH_OOM_KILL:
		ol_decode_oom_kill(e, t, line);
		break;
	case OL_SH_GROUP_SET:
		e->oom_group = true;
		set_text(&e->oom_group_path,
			 ol_span_head(ol_span_skip(t, 9),
				      (size_t)ol_span_find(t, S(" are going to be killed")) - 9),
			 line);
		break;
	case OL_SH_KILLED:
		ol_decode_killed(e, t, line);
		break;
	case OL_SH_CHOSEN:
	case OL_SH_CHOSEN_OLD:
		ol_decode_chosen(e, t, line);
		break;
	case OL_SH_SHARING:
		ol_decode_sharing(e, t, line);
		break;
	case OL_SH_REAPED:
	case OL_SH_UNREAPED:
		ol_decode_reaper(e, shape, t, line);
		break;
	case OL_SH_NO_KILLABLE:
	case OL_SH_PANIC:
		/* the panic line says more than the warning in front of it */
		if (shape == OL_SH_PANIC)
			e->panic = (struct ol_text){ ol_span_skip(t, 27), line };
		else
			set_text(&e->panic, t, line);
		break;
	default:
		break;
	}
}
