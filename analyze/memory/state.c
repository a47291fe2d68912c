// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/memory/state.h"
#include "analyze/memory/rates.h"
#include "lib/human.h"
#include "lib/num.h"

#include <stdarg.h>
#include <stdio.h>

const char *const ol_state_names[] = { "healthy", "reclaiming", "thrashing", "near-oom",
				       "unknown" };

#define KB(x) ol_fmt_kb(x).s

/* hundredths of a percent */
enum {
	PSI_SOME_FELT = 100, /* somebody waits 1 % of the time */
	PSI_SOME_THRASH = 4000,
	PSI_FULL_THRASH = 1000,
	PSI_IO_FELT = 1000,
	PSI_CPU_FELT = 2500,
};
/* Less than this part (per cent) of RAM or of a limit left: the next large request may fail. */
enum { ROOM_LEFT = 3 };
/* Parts of RAM (per cent) that make it roomy: so much for certain, or so much probably. */
enum { ROOMY_CERTAIN = 10, ROOMY_PROBABLE = 25 };

static void __attribute__((format(printf, 2, 3))) say(struct ol_state *s, const char *fmt, ...)
{
	va_list ap;

	if (s->n == sizeof(s->evidence) / sizeof(s->evidence[0]))
		return;
	va_start(ap, fmt);
	vsnprintf(s->evidence[s->n++], sizeof(s->evidence[0]), fmt, ap);
	va_end(ap);
}

#define HEADLINE(s, ...) snprintf((s)->headline, sizeof((s)->headline), __VA_ARGS__)

struct pct {
	char s[32];
};

static struct pct pct(int64_t hundredths)
{
	struct pct p;

	snprintf(p.s, sizeof(p.s), "%lld.%02lld %%", (long long)(hundredths / 100),
		 (long long)(hundredths % 100));
	return p;
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
		say(s,
		    "time lost to memory: some task %s, all tasks %s of the last 10 s (%s and %s "
		    "of the last 5 min)",
		    pct(ol_val(t, OL_M_psi_memory_some_avg10)).s,
		    pct(ol_val(t, OL_M_psi_memory_full_avg10)).s,
		    pct(ol_val(t, OL_M_psi_memory_some_avg300)).s,
		    pct(ol_val(t, OL_M_psi_memory_full_avg300)).s);
}

static void say_moved(struct ol_state *s, const struct ol_tick *t, const struct moved *m)
{
	if (!m->seconds)
		return;
	say(s,
	    "in the last %.1f s: %lld requests had to reclaim for themselves, %s/s looked at by "
	    "background reclaim, %s/s read back soon after it was reclaimed",
	    m->seconds, (long long)m->stalls, KB(pages_per_s(t, m, m->kswapd)),
	    KB(pages_per_s(t, m, m->refaults)));
	if (m->swapped_in + m->swapped_out)
		say(s, "swap: %s/s out, %s/s in", KB(pages_per_s(t, m, m->swapped_out)),
		    KB(pages_per_s(t, m, m->swapped_in)));
	if (m->kills)
		say(s, "%lld processes were killed for lack of memory while we looked",
		    (long long)m->kills);
	if (m->compact_fails)
		say(s, "%lld requests for larger blocks failed to get one by compaction",
		    (long long)m->compact_fails);
}

static void say_available(struct ol_state *s, const struct ol_avail *a)
{
	if (a->has_kernel)
		say(s, "available: %s for certain, %s at most (the kernel says %s)",
		    KB(a->certain_kb), KB(a->likely_kb), KB(a->kernel_kb));
	else
		say(s, "available: %s for certain, %s at most", KB(a->certain_kb),
		    KB(a->likely_kb));
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
		     swap_room_kb(t, v->row) > v->limit_kb / 10))
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
	HEADLINE(s, "close to an OOM kill in control group " OL_SPAN_FMT ": %s of %s used",
		 OL_SPAN_ARG(ol_span_head(ol_tick_span(t, worst->row->name), 160)),
		 KB(worst->usage_kb), KB(worst->limit_kb));
	say(s,
	    "of these %s are anonymous, %s shared memory, %s file cache, %s kernel memory; %s "
	    "could be reclaimed",
	    KB(worst->anon_kb), KB(worst->shmem_kb), KB(worst->cache_kb), KB(worst->kernel_kb),
	    KB(worst->reclaimable_kb));
	if (ol_row_val(worst->row, OL_CGROUP_under_oom) > 0)
		say(s, "its processes wait for memory now (under_oom)");
	if (ol_row_val(worst->row, OL_CGROUP_events_oom_kill) > 0)
		say(s, "%lld processes were killed in it so far",
		    (long long)ol_row_val(worst->row, OL_CGROUP_events_oom_kill));
	return true;
}

static bool near_machine(struct ol_state *s, const struct ol_tick *t, const struct ol_ram *ram,
			 const struct ol_avail *a)
{
	int64_t left = ram->total_kb / 100 * ROOM_LEFT, low = ol_val(t, OL_M_low_total_kb);

	if (a->likely_kb < left && ol_val(t, OL_M_swap_free_kb) < left) {
		s->id = OL_NEAR_OOM;
		s->where = "machine";
		HEADLINE(s,
			 "the machine is close to an OOM kill: at most %s of %s can still be had",
			 KB(a->likely_kb), KB(ram->total_kb));
		if (ol_val(t, OL_M_swap_total_kb))
			say(s, "swap: %s of %s free", KB(ol_val(t, OL_M_swap_free_kb)),
			    KB(ol_val(t, OL_M_swap_total_kb)));
		else
			say(s, "there is no swap");
		return true;
	}
	if (a->has_lowmem && low && a->lowmem_likely_kb < low / 100 * ROOM_LEFT) {
		s->id = OL_NEAR_OOM;
		s->where = "lowmem";
		HEADLINE(s,
			 "the low zones are close to an OOM kill: at most %s of their %s can "
			 "still be had for kernel memory, whatever is free in HighMem",
			 KB(a->lowmem_likely_kb), KB(low));
		return true;
	}
	return false;
}

/* ---- waiting ---- */

static bool thrashing(struct ol_state *s, const struct ol_tick *t, const struct moved *m)
{
	if (ol_has(t, OL_M_psi_memory_full_avg10)
		    ? ol_val(t, OL_M_psi_memory_full_avg10) >= PSI_FULL_THRASH ||
			      ol_val(t, OL_M_psi_memory_some_avg10) >= PSI_SOME_THRASH
		    : m->stalls > 0 && pages_per_s(t, m, m->refaults) > 10 * 1024) {
		s->id = OL_THRASHING;
		s->where = "machine";
		HEADLINE(s, "thrashing: tasks wait for memory that was reclaimed a moment ago");
		return true;
	}
	for (uint32_t i = 0; i < t->tab[OL_T_CGROUP].n; i++) {
		const struct ol_row *c = ol_tick_row(t, OL_T_CGROUP, i);

		if (c->sub < 0 || ol_row_val(c, OL_CGROUP_psi_full_avg10) < PSI_FULL_THRASH)
			continue;
		s->id = OL_THRASHING;
		s->where = "cgroup";
		s->cgroup = (int32_t)i;
		HEADLINE(s,
			 "control group " OL_SPAN_FMT
			 " thrashes: its tasks waited %s of the last 10 s "
			 "for memory, all at once",
			 OL_SPAN_ARG(ol_span_head(ol_tick_span(t, c->name), 160)),
			 pct(ol_row_val(c, OL_CGROUP_psi_full_avg10)).s);
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

		if (c->sub >= 0 && waits >= machine / 2 && waits >= PSI_SOME_FELT &&
		    (!most || waits >= ol_row_val(most, OL_CGROUP_psi_some_avg10)))
			most = c;
	}
	return most;
}

static bool at_limit(const struct ol_row *c, enum ol_row_field limit)
{
	int64_t max = ol_row_val(c, limit);

	return ol_row_has(c, limit) && max > 0 && max != OL_UNLIMITED &&
	       ol_row_val(c, OL_CGROUP_current_bytes) >= max / 100 * 95;
}

/* Programs wait, and the machine has room: it is a group's own limit that they wait at. */
static void blame_group(struct ol_state *s, const struct ol_tick *t, const struct ol_row *c)
{
	bool high = at_limit(c, OL_CGROUP_high_bytes), max = at_limit(c, OL_CGROUP_max_bytes);
	char at[64] = "";

	for (uint32_t i = 0; i < t->tab[OL_T_CGROUP].n; i++)
		if (ol_tick_row(t, OL_T_CGROUP, i) == c)
			s->cgroup = (int32_t)i;
	s->where = "cgroup";
	if (high || max)
		snprintf(at, sizeof(at), ", at its %s of %s", high ? "memory.high" : "limit",
			 KB(ol_row_val(c, high ? OL_CGROUP_high_bytes : OL_CGROUP_max_bytes) /
			    1024));
	HEADLINE(s, "reclaiming in control group " OL_SPAN_FMT "%s; the machine has room",
		 OL_SPAN_ARG(ol_span_head(ol_tick_span(t, c->name), 160)), at);
	say(s, "its tasks waited for memory %s of the last 10 s",
	    pct(ol_row_val(c, OL_CGROUP_psi_some_avg10)).s);
	if (high && ol_row_val(c, OL_CGROUP_events_high) > 0)
		say(s, "slowed at memory.high %lld times so far",
		    (long long)ol_row_val(c, OL_CGROUP_events_high));
}

static bool roomy(const struct ol_ram *ram, const struct ol_avail *a)
{
	return a->certain_kb >= ram->total_kb / 100 * ROOMY_CERTAIN ||
	       a->probable_kb >= ram->total_kb / 100 * ROOMY_PROBABLE;
}

static bool reclaiming(struct ol_state *s, const struct ol_tick *t, const struct moved *m,
		       const struct ol_ram *ram, const struct ol_avail *a)
{
	bool felt = ol_val(t, OL_M_psi_memory_some_avg10) >= PSI_SOME_FELT;
	const struct ol_row *group = felt && !m->kswapd && roomy(ram, a) ? waiting_group(t) : NULL;

	if (!m->stalls && !m->direct && !m->kswapd && !m->swapped_out && !felt)
		return false;
	s->id = OL_RECLAIMING;
	if (group)
		blame_group(s, t, group);
	else if (m->stalls || m->direct || felt)
		HEADLINE(s, "reclaiming: programs wait for memory to be freed now and then");
	else
		HEADLINE(s, "reclaiming in the background, nobody waits for it");
	return true;
}

/* ---- where the time goes instead ---- */

static void say_cpu(struct ol_state *s, const struct ol_tick *old, const struct ol_tick *now)
{
	static const struct {
		enum ol_metric m;
		uint8_t part;
	} all[] = {
		{ OL_M_cpu_user_ticks, 0 },    { OL_M_cpu_nice_ticks, 0 },
		{ OL_M_cpu_system_ticks, 1 },  { OL_M_cpu_irq_ticks, 1 },
		{ OL_M_cpu_softirq_ticks, 1 }, { OL_M_cpu_iowait_ticks, 2 },
		{ OL_M_cpu_steal_ticks, 3 },   { OL_M_cpu_idle_ticks, 4 },
	};
	static const char *const words[] = { "in programs", "in the kernel", "waiting for IO",
					     "taken by the hypervisor", "idle" };
	enum { PARTS = sizeof(words) / sizeof(words[0]) };
	int64_t part[PARTS] = { 0 }, sum = 0, d;
	char text[160];
	int n = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (!ol_delta(old, now, all[i].m, &d)) /* iowait can run backwards */
			d = 0;
		part[all[i].part] = ol_add(part[all[i].part], d);
		sum = ol_add(sum, d);
	}
	for (int i = 0; sum && i < PARTS; i++) {
		double share = 100.0 * (double)part[i] / (double)sum;

		if (share >= 0.5)
			n += snprintf(text + n, sizeof(text) - (size_t)n, "%s%.0f %% %s",
				      n ? ", " : "", share, words[i]);
	}
	if (n)
		say(s, "CPU time: %s", text);
}

static void say_blocked(struct ol_state *s, const struct ol_tick *t)
{
	const struct ol_row *first = NULL;
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
	say(s,
	    "%u processes are blocked in the kernel, such as " OL_SPAN_FMT
	    " (pid %d)%s" OL_SPAN_FMT,
	    n, OL_SPAN_ARG(ol_span_head(ol_tick_span(t, first->name), 64)), first->id,
	    first->more.n ? ", waiting in " : "",
	    OL_SPAN_ARG(ol_span_head(ol_tick_span(t, first->more), 64)));
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
		    v->room_kb < v->limit_kb / 10 && swap_room_kb(t, v->row) <= v->limit_kb / 10 &&
		    (!least || v->room_kb < least->room_kb))
			least = v;
	}
	if (least)
		say(s, "but control group " OL_SPAN_FMT " has room for %s more of its %s",
		    OL_SPAN_ARG(ol_span_head(ol_tick_span(t, least->row->name), 160)),
		    KB(least->room_kb), KB(least->limit_kb));
	if (slab > ram->total_kb / 4)
		say(s, "slab holds %s of %s, %s of it without a shrinker", KB(slab),
		    KB(ram->total_kb), KB(ram->kb[OL_RAM_SLAB_UNRECLAIMABLE]));
}

static void not_memory(struct ol_state *s, const struct ol_tick *old, const struct ol_tick *now,
		       const struct ol_avail *a)
{
	bool io = ol_val(now, OL_M_psi_io_some_avg10) >= PSI_IO_FELT;
	bool cpu = ol_val(now, OL_M_psi_cpu_some_avg10) >= PSI_CPU_FELT;

	s->id = OL_HEALTHY;
	HEADLINE(s, "memory is not your problem: %s can be had for certain%s", KB(a->certain_kb),
		 io && cpu ? "; tasks wait for IO and for CPUs"
		 : io      ? "; tasks wait for IO"
		 : cpu     ? "; tasks wait for CPUs"
			   : "");
	if (ol_has(now, OL_M_psi_io_some_avg10))
		say(s, "time lost to IO: some task %s; to busy CPUs: %s of the last 10 s",
		    pct(ol_val(now, OL_M_psi_io_some_avg10)).s,
		    pct(ol_val(now, OL_M_psi_cpu_some_avg10)).s);
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
	if (swap - swap_free > ram->total_kb / 50) {
		s->id = OL_RECLAIMING;
		HEADLINE(s,
			 "RAM is full: at most %s of %s can be had without swapping; %s of %s swap "
			 "are free",
			 KB(a->likely_kb), KB(ram->total_kb), KB(swap_free), KB(swap));
	} else {
		s->id = OL_HEALTHY;
		HEADLINE(s,
			 "nobody waits for memory now, but little is left: %s for certain, %s at "
			 "most, of %s",
			 KB(a->certain_kb), KB(a->likely_kb), KB(ram->total_kb));
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
		HEADLINE(ret,
			 "whether memory is short cannot be told: one look, no pressure figures "
			 "(PSI); %s can be had for certain, %s at most",
			 KB(avail->certain_kb), KB(avail->likely_kb));
		say_notable(ret, now, ram, views);
		return;
	}
	say_pressure(ret, now);
	say_moved(ret, now, &m);
	if (avail->has_kernel && avail->kernel_kb - avail->probable_kb > ram->total_kb / 20)
		say(ret,
		    "but MemAvailable says %s, %s more than can probably be had: dentries, inodes "
		    "or other memory that only looks reclaimable is in use",
		    KB(avail->kernel_kb), KB(avail->kernel_kb - avail->probable_kb));
	say_notable(ret, now, ram, views);
	not_memory(ret, old, now, avail);
}
