// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/memory/state.h"
#include "analyze/memory/rates.h"
#include "lib/num.h"

const char *const ol_state_names[] = { "healthy", "reclaiming", "thrashing", "near-oom",
				       "unknown" };

const char *ol_note_args(enum ol_note_id id)
{
	static const char *const args[OL_NOTE_MAX] = {
#define OL_NOTE(id, args) [OL_NOTE_##id] = args,
#include "analyze/memory/notes.def"
	};

	return args[id];
}

/* Less than this part (per cent) of RAM or of a limit left: the next large request may fail. */
enum { ROOM_LEFT = 3 };
/* Less than a tenth of a limit left is worth a word, and so much swap is no way out. */
enum { TIGHT_NTH = 10 };
/* Without PSI: so much read back per second that was reclaimed a moment ago is thrashing. */
enum { REFAULT_KB_PER_S = 10 << 10 };
/* A group this near to its limit (per cent) waits at it. */
enum { AT_LIMIT = 95 };
/* Slab above a quarter of RAM is unusual; used swap above a fiftieth says that RAM was full. */
enum { LARGE_SLAB_NTH = 4, USED_SWAP_NTH = 50 };
/* Parts of RAM (per cent) that make it roomy: so much for certain, or so much probably. */
enum { ROOMY_CERTAIN = 10, ROOMY_PROBABLE = 25 };

#define NOTE(what, ...) ((struct ol_note){ .id = OL_NOTE_##what, .v = { __VA_ARGS__ } })

#define PLAIN(what) ((struct ol_note){ .id = OL_NOTE_##what })

/* No name of a machine makes a sentence endless. */
enum { GROUP_SHOWN = 160, NAME_SHOWN = 64 };

/* A note whose name is that of control group @c. */
static struct ol_note of_group(const struct ol_tick *t, const struct ol_row *c, struct ol_note n)
{
	n.name[0] = ol_span_head(ol_tick_span(t, c->name), GROUP_SHOWN);
	return n;
}

static void say(struct ol_state *s, struct ol_note n)
{
	if (s->n < sizeof(s->evidence) / sizeof(s->evidence[0]))
		s->evidence[s->n++] = n;
}

/* What happened between two looks. */
struct moved {
	double seconds; /* 0: there was only one look */
	int64_t stalls, direct, kswapd, refaults, swapped_in, swapped_out, kills, compact_fails;
	bool has_refaults;
};

static struct moved moved(const struct ol_tick *old, const struct ol_tick *now)
{
	struct moved m = { .seconds = ol_tick_seconds(old, now) };
	int64_t d;

	ol_delta(old, now, OL_M_allocstall, &m.stalls);
	ol_delta(old, now, OL_M_pgscan_direct, &m.direct);
	ol_delta(old, now, OL_M_pgscan_kswapd, &m.kswapd);
	m.has_refaults = ol_delta(old, now, OL_M_refault_file, &m.refaults);
	if (ol_delta(old, now, OL_M_refault_anon, &d))
		m.refaults += d;
	ol_delta(old, now, OL_M_pswpin, &m.swapped_in);
	ol_delta(old, now, OL_M_pswpout, &m.swapped_out);
	ol_delta(old, now, OL_M_oom_kills, &m.kills);
	ol_delta(old, now, OL_M_compact_fail, &m.compact_fails);
	return m;
}

static int64_t pages_per_s(const struct ol_tick *t, const struct moved *m, int64_t pages)
{
	return m->seconds > 0 ? (int64_t)((double)pages * t->page_kb / m->seconds) : 0;
}

static void say_pressure(struct ol_state *s, const struct ol_tick *t)
{
	if (ol_has(t, OL_M_psi_memory_some_avg10))
		say(s, NOTE(PRESSURE, ol_val(t, OL_M_psi_memory_some_avg10),
			    ol_val(t, OL_M_psi_memory_full_avg10),
			    ol_val(t, OL_M_psi_memory_some_avg300),
			    ol_val(t, OL_M_psi_memory_full_avg300)));
}

static void say_moved(struct ol_state *s, const struct ol_tick *t, const struct moved *m)
{
	if (!m->seconds)
		return;
	say(s, NOTE(RECLAIMED, (int64_t)(m->seconds * 1000), m->stalls,
		    pages_per_s(t, m, m->kswapd), pages_per_s(t, m, m->refaults)));
	if (m->swapped_in + m->swapped_out)
		say(s, NOTE(SWAPPED, pages_per_s(t, m, m->swapped_out),
			    pages_per_s(t, m, m->swapped_in)));
	if (m->kills)
		say(s, NOTE(KILLED, m->kills));
	if (m->compact_fails)
		say(s, NOTE(COMPACT_FAILED, m->compact_fails));
}

static void say_available(struct ol_state *s, const struct ol_avail *a)
{
	if (a->has_kernel)
		say(s, NOTE(AVAILABLE_BESIDE, a->certain_kb, a->likely_kb, a->kernel_kb));
	else
		say(s, NOTE(AVAILABLE, a->certain_kb, a->likely_kb));
}

/* ---- close to the end ---- */

static int64_t swap_room_kb(const struct ol_tick *t, const struct ol_row *c)
{
	int64_t room = ol_above0(ol_val(t, OL_M_swap_free_kb)), own;

	if (ol_row_has(c, OL_CGROUP_swap_max_bytes) &&
	    ol_row_val(c, OL_CGROUP_swap_max_bytes) != OL_UNLIMITED) {
		own = ol_row_val(c, OL_CGROUP_swap_max_bytes) - ol_row_val(c, OL_CGROUP_swap_bytes);
		room = ol_min(room, ol_above0(own) / 1024);
	}
	if (ol_row_has(c, OL_CGROUP_memsw_max_bytes) &&
	    ol_row_val(c, OL_CGROUP_memsw_max_bytes) != OL_UNLIMITED) {
		own = ol_row_val(c, OL_CGROUP_memsw_max_bytes) -
		      ol_row_val(c, OL_CGROUP_memsw_bytes);
		room = ol_min(room, ol_above0(own) / 1024);
	}
	return room;
}

static bool near_cgroup(struct ol_state *s, const struct ol_tick *t, const struct ol_cgview *views)
{
	const struct ol_cgview *worst = NULL;

	for (uint32_t i = 0; views && i < t->tab[OL_T_CGROUP].n; i++) {
		const struct ol_cgview *v = &views[i];
		bool stuck = ol_row_val(v->row, OL_CGROUP_under_oom) > 0;

		if (v->limit_row != (int32_t)i || !v->has_usage || !v->limit_kb)
			continue;
		if (!stuck &&
		    (v->from != OL_FROM_SELF || v->room_kb > v->limit_kb / 100 * ROOM_LEFT ||
		     swap_room_kb(t, v->row) > v->limit_kb / TIGHT_NTH))
			continue;
		if (!worst || (double)v->room_kb / (double)v->limit_kb <
				      (double)worst->room_kb / (double)worst->limit_kb)
			worst = v;
	}
	if (!worst)
		return false;
	s->id = OL_NEAR_OOM;
	s->where = "cgroup";
	s->cgroup = worst->limit_row;
	s->headline = of_group(t, worst->row, NOTE(NEAR_CGROUP, worst->usage_kb, worst->limit_kb));
	say(s, NOTE(CGROUP_HOLDS, worst->anon_kb, worst->shmem_kb, worst->cache_kb,
		    worst->kernel_kb, worst->reclaimable_kb));
	if (ol_row_val(worst->row, OL_CGROUP_under_oom) > 0)
		say(s, PLAIN(CGROUP_UNDER_OOM));
	if (ol_row_val(worst->row, OL_CGROUP_events_oom_kill) > 0)
		say(s, NOTE(CGROUP_KILLED, ol_row_val(worst->row, OL_CGROUP_events_oom_kill)));
	return true;
}

static bool near_machine(struct ol_state *s, const struct ol_tick *t, const struct ol_ram *ram,
			 const struct ol_avail *a)
{
	int64_t left = ram->total_kb / 100 * ROOM_LEFT, low = ol_val(t, OL_M_low_total_kb);

	if (a->likely_kb < left && ol_val(t, OL_M_swap_free_kb) < left) {
		s->id = OL_NEAR_OOM;
		s->where = "machine";
		s->headline = NOTE(NEAR_MACHINE, a->likely_kb, ram->total_kb);
		if (ol_val(t, OL_M_swap_total_kb))
			say(s, NOTE(SWAP_FREE, ol_val(t, OL_M_swap_free_kb),
				    ol_val(t, OL_M_swap_total_kb)));
		else
			say(s, PLAIN(NO_SWAP));
		return true;
	}
	if (a->has_lowmem && low && a->lowmem_likely_kb < low / 100 * ROOM_LEFT) {
		s->id = OL_NEAR_OOM;
		s->where = "lowmem";
		s->headline = NOTE(NEAR_LOWMEM, a->lowmem_likely_kb, low);
		return true;
	}
	return false;
}

/* ---- waiting ---- */

static bool thrashing(struct ol_state *s, const struct ol_tick *t, const struct moved *m)
{
	if (ol_has(t, OL_M_psi_memory_full_avg10)
		    ? ol_val(t, OL_M_psi_memory_full_avg10) >= OL_PSI_FULL_THRASH ||
			      ol_val(t, OL_M_psi_memory_some_avg10) >= OL_PSI_SOME_THRASH
		    : m->stalls > 0 && pages_per_s(t, m, m->refaults) > REFAULT_KB_PER_S) {
		s->id = OL_THRASHING;
		s->where = "machine";
		s->headline = PLAIN(THRASHES);
		return true;
	}
	for (uint32_t i = 0; i < t->tab[OL_T_CGROUP].n; i++) {
		const struct ol_row *c = ol_tick_row(t, OL_T_CGROUP, i);

		if (c->sub < 0 || ol_row_val(c, OL_CGROUP_psi_full_avg10) < OL_PSI_FULL_THRASH)
			continue;
		s->id = OL_THRASHING;
		s->where = "cgroup";
		s->cgroup = (int32_t)i;
		s->headline = of_group(
			t, c, NOTE(CGROUP_THRASHES, ol_row_val(c, OL_CGROUP_psi_full_avg10)));
		return true;
	}
	return false;
}

/* The group that most of the waiting is in; the deepest one, where its parents wait with it. */
static const struct ol_row *waiting_group(const struct ol_tick *t)
{
	int64_t machine = ol_val(t, OL_M_psi_memory_some_avg10);
	const struct ol_row *most = NULL;

	for (uint32_t i = 0; i < t->tab[OL_T_CGROUP].n; i++) {
		const struct ol_row *c = ol_tick_row(t, OL_T_CGROUP, i);
		int64_t waits = ol_row_val(c, OL_CGROUP_psi_some_avg10);

		if (c->sub >= 0 && waits >= machine / 2 && waits >= OL_PSI_SOME_FELT &&
		    (!most || waits >= ol_row_val(most, OL_CGROUP_psi_some_avg10)))
			most = c;
	}
	return most;
}

static bool at_limit(const struct ol_row *c, enum ol_row_field limit)
{
	int64_t max = ol_row_val(c, limit);

	return ol_row_has(c, limit) && max > 0 && max != OL_UNLIMITED &&
	       ol_row_val(c, OL_CGROUP_current_bytes) >= max / 100 * AT_LIMIT;
}

/* Programs wait, and the machine has room: it is a group's own limit that they wait at. */
static void blame_group(struct ol_state *s, const struct ol_tick *t, const struct ol_row *c)
{
	bool high = at_limit(c, OL_CGROUP_high_bytes), max = at_limit(c, OL_CGROUP_max_bytes);

	for (uint32_t i = 0; i < t->tab[OL_T_CGROUP].n; i++)
		if (ol_tick_row(t, OL_T_CGROUP, i) == c)
			s->cgroup = (int32_t)i;
	s->where = "cgroup";
	s->headline =
		of_group(t, c,
			 high  ? NOTE(CGROUP_AT_HIGH, ol_row_val(c, OL_CGROUP_high_bytes) / 1024)
			 : max ? NOTE(CGROUP_AT_LIMIT, ol_row_val(c, OL_CGROUP_max_bytes) / 1024)
			       : PLAIN(CGROUP_RECLAIMS));
	say(s, NOTE(CGROUP_WAITED, ol_row_val(c, OL_CGROUP_psi_some_avg10)));
	if (high && ol_row_val(c, OL_CGROUP_events_high) > 0)
		say(s, NOTE(CGROUP_SLOWED, ol_row_val(c, OL_CGROUP_events_high)));
}

static bool roomy(const struct ol_ram *ram, const struct ol_avail *a)
{
	return a->certain_kb >= ram->total_kb / 100 * ROOMY_CERTAIN ||
	       a->probable_kb >= ram->total_kb / 100 * ROOMY_PROBABLE;
}

static bool reclaiming(struct ol_state *s, const struct ol_tick *t, const struct moved *m,
		       const struct ol_ram *ram, const struct ol_avail *a)
{
	bool felt = ol_val(t, OL_M_psi_memory_some_avg10) >= OL_PSI_SOME_FELT;
	const struct ol_row *group = felt && !m->kswapd && roomy(ram, a) ? waiting_group(t) : NULL;

	if (!m->stalls && !m->direct && !m->kswapd && !m->swapped_out && !felt)
		return false;
	s->id = OL_RECLAIMING;
	if (group)
		blame_group(s, t, group);
	else if (m->stalls || m->direct || felt)
		s->headline = PLAIN(PROGRAMS_RECLAIM);
	else
		s->headline = PLAIN(KSWAPD_RECLAIMS);
	return true;
}

/* ---- where the time goes instead ---- */

static void say_cpu(struct ol_state *s, const struct ol_tick *old, const struct ol_tick *now)
{
	enum { PROGRAMS, KERNEL, IO, HYPERVISOR, IDLE, PARTS };
	static const struct {
		enum ol_metric m;
		uint8_t part;
	} all[] = {
		{ OL_M_cpu_user_ticks, PROGRAMS },    { OL_M_cpu_nice_ticks, PROGRAMS },
		{ OL_M_cpu_system_ticks, KERNEL },    { OL_M_cpu_irq_ticks, KERNEL },
		{ OL_M_cpu_softirq_ticks, KERNEL },   { OL_M_cpu_iowait_ticks, IO },
		{ OL_M_cpu_steal_ticks, HYPERVISOR }, { OL_M_cpu_idle_ticks, IDLE },
	};
	int64_t part[PARTS] = { 0 }, sum = 0, d;
	struct ol_note n = PLAIN(CPU_TIME);

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (!ol_delta(old, now, all[i].m, &d)) /* iowait can run backwards */
			d = 0;
		part[all[i].part] = ol_add(part[all[i].part], d);
		sum = ol_add(sum, d);
	}
	for (int i = 0; sum && i < PARTS; i++)
		n.v[i] = (int64_t)(10000.0 * (double)part[i] / (double)sum);
	if (sum)
		say(s, n);
}

static void say_blocked(struct ol_state *s, const struct ol_tick *t)
{
	const struct ol_row *first = NULL;
	struct ol_note note;
	unsigned n = 0;

	for (uint32_t i = 0; i < t->tab[OL_T_PROC].n; i++) {
		const struct ol_row *p = ol_tick_row(t, OL_T_PROC, i);

		if (!ol_row_has(p, OL_PROC_state) || ol_row_val(p, OL_PROC_state) != 'D')
			continue;
		n++;
		if (!first || (p->more.n && !first->more.n))
			first = p;
	}
	if (!n)
		return;
	note = first->more.n ? NOTE(BLOCKED_IN, n, first->id) : NOTE(BLOCKED, n, first->id);
	note.name[0] = ol_span_head(ol_tick_span(t, first->name), NAME_SHOWN);
	note.name[1] = ol_span_head(ol_tick_span(t, first->more), NAME_SHOWN);
	say(s, note);
}

/* What somebody who looks here should know although nobody waits. */
static void say_notable(struct ol_state *s, const struct ol_tick *t, const struct ol_ram *ram,
			const struct ol_cgview *views)
{
	int64_t slab = ram->kb[OL_RAM_SLAB_RECLAIMABLE] + ram->kb[OL_RAM_SLAB_UNRECLAIMABLE];
	const struct ol_cgview *least = NULL;

	for (uint32_t i = 0; views && i < t->tab[OL_T_CGROUP].n; i++) {
		const struct ol_cgview *v = &views[i];

		if (v->limit_row == (int32_t)i && v->has_usage && v->from == OL_FROM_SELF &&
		    v->room_kb < v->limit_kb / TIGHT_NTH &&
		    swap_room_kb(t, v->row) <= v->limit_kb / TIGHT_NTH &&
		    (!least || v->room_kb < least->room_kb))
			least = v;
	}
	if (least)
		say(s,
		    of_group(t, least->row, NOTE(CGROUP_TIGHT, least->room_kb, least->limit_kb)));
	if (slab > ram->total_kb / LARGE_SLAB_NTH)
		say(s,
		    NOTE(SLAB_IS_LARGE, slab, ram->total_kb, ram->kb[OL_RAM_SLAB_UNRECLAIMABLE]));
}

static void not_memory(struct ol_state *s, const struct ol_tick *old, const struct ol_tick *now,
		       const struct ol_avail *a)
{
	bool io = ol_val(now, OL_M_psi_io_some_avg10) >= OL_PSI_IO_FELT;
	bool cpu = ol_val(now, OL_M_psi_cpu_some_avg10) >= OL_PSI_CPU_FELT;

	s->id = OL_HEALTHY;
	s->headline = io && cpu ? NOTE(NOT_MEMORY_BUT_BOTH, a->certain_kb)
		      : io      ? NOTE(NOT_MEMORY_BUT_IO, a->certain_kb)
		      : cpu     ? NOTE(NOT_MEMORY_BUT_CPU, a->certain_kb)
				: NOTE(NOT_MEMORY, a->certain_kb);
	if (ol_has(now, OL_M_psi_io_some_avg10))
		say(s, NOTE(IO_AND_CPU, ol_val(now, OL_M_psi_io_some_avg10),
			    ol_val(now, OL_M_psi_cpu_some_avg10)));
	say_cpu(s, old, now);
	say_blocked(s, now);
}

/* Nobody waits, and yet nobody should say that there is no question of memory. */
static bool tight(struct ol_state *s, const struct ol_tick *now, const struct ol_ram *ram,
		  const struct ol_avail *a)
{
	int64_t swap = ol_val(now, OL_M_swap_total_kb), swap_free = ol_val(now, OL_M_swap_free_kb);

	if (roomy(ram, a))
		return false;
	if (swap - swap_free > ram->total_kb / USED_SWAP_NTH) {
		s->id = OL_RECLAIMING;
		s->headline = NOTE(RAM_IS_FULL, a->likely_kb, ram->total_kb, swap_free, swap);
	} else {
		s->id = OL_HEALTHY;
		s->headline = NOTE(LITTLE_LEFT, a->certain_kb, a->likely_kb, ram->total_kb);
	}
	return true;
}

void ol_state_of(const struct ol_tick *old, const struct ol_tick *now, const struct ol_ram *ram,
		 const struct ol_avail *avail, const struct ol_cgview *views, struct ol_state *ret)
{
	struct moved m = moved(old, now);

	*ret = (struct ol_state){ .id = OL_STATE_UNKNOWN, .cgroup = -1 };
	if (near_machine(ret, now, ram, avail) || near_cgroup(ret, now, views) ||
	    thrashing(ret, now, &m) || reclaiming(ret, now, &m, ram, avail)) {
		say_pressure(ret, now);
		say_moved(ret, now, &m);
		say_available(ret, avail);
		return;
	}
	if (tight(ret, now, ram, avail)) {
		say_pressure(ret, now);
		say_moved(ret, now, &m);
		return;
	}
	if (!ol_has(now, OL_M_psi_memory_some_avg10) && !m.seconds) {
		ret->headline = NOTE(CANNOT_BE_TOLD, avail->certain_kb, avail->likely_kb);
		say_notable(ret, now, ram, views);
		return;
	}
	say_pressure(ret, now);
	say_moved(ret, now, &m);
	if (avail->kernel_too_much)
		say(ret,
		    NOTE(LOOKS_AVAILABLE, avail->kernel_kb, avail->kernel_kb - avail->probable_kb));
	say_notable(ret, now, ram, views);
	not_memory(ret, old, now, avail);
}
