// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/memory/rates.h"
#include "export/watch.h"
#include "lib/human.h"
#include "lib/num.h"

#include <stdlib.h>

enum { SLABS = 64 };

static void put_time(struct ol_out *o, double seconds)
{
	if (seconds < 100)
		ol_out_printf(o, "%.*f s", seconds < 3 ? 1 : 0, seconds);
	else
		ol_out_str(o, ol_fmt_span_us((int64_t)(seconds * 1e6)).s);
}

void ol_watch_forecast_words(struct ol_out *o, const struct ol_forecast *f)
{
	static const char *const words[] = { "", "its limit", "a limit above it",
					     "the machine's end", "the low zones' end" };

	ol_out_printf(o, "%s in ", words[f->wall]);
	put_time(o, f->seconds);
	if (f->late < 0) {
		ol_out_str(o, " (");
		put_time(o, f->early);
		ol_out_str(o, " or more)");
	} else if (f->late - f->early > f->seconds / 10) {
		ol_out_str(o, " (");
		put_time(o, f->early);
		ol_out_str(o, " to ");
		put_time(o, f->late);
		ol_out_char(o, ')');
	}
}

/* ---- what it waits for ---- */

/* Beginnings of names, for compilers add ".isra.0" and kernels rename by adding. */
static const struct {
	const char *begins, *words;
} waits[] = {
	{ "rpc_", "an NFS server" },
	{ "nfs", "an NFS server" },
	{ "mem_cgroup_handle_over_high", "memory.high: it is throttled" },
	{ "mem_cgroup_oom", "its memory limit" },
	{ "throttle_direct_reclaim", "reclaim of memory" },
	{ "shrink_", "reclaim of memory" },
	{ "balance_dirty_pages", "the disk: it writes faster than that" },
	{ "io_schedule", "a disk" },
	{ "folio_wait", "a disk" },
	{ "wait_on_page", "a disk" },
	{ "wait_on_buffer", "a disk" },
	{ "__wait_on_buffer", "a disk" },
	{ "bit_wait_io", "a disk" },
	{ "blk_", "a disk" },
	{ "submit_bio_wait", "a disk" },
	{ "jbd2_", "the journal of ext4" },
	{ "pipe_", "a pipe: another process" },
	{ "anon_pipe_", "a pipe: another process" },
	{ "unix_", "a socket: another process" },
	{ "skb_wait", "a socket" },
	{ "__skb_wait", "a socket" },
	{ "sk_", "the network" },
	{ "tcp_", "the network" },
	{ "inet_", "the network" },
	{ "futex", "a lock of its own" },
	{ "rwsem_", "a lock in the kernel" },
	{ "hrtimer_nanosleep", "a time to pass: it slept" },
	{ "do_nanosleep", "a time to pass: it slept" },
	{ "common_nsleep", "a time to pass: it slept" },
	{ "do_poll", "something to happen (poll)" },
	{ "do_sys_poll", "something to happen (poll)" },
	{ "do_select", "something to happen (select)" },
	{ "ep_poll", "something to happen (epoll)" },
	{ "poll_schedule", "something to happen (poll)" },
	{ "do_sigtimedwait", "a signal" },
	{ "sigsuspend", "a signal" },
	{ "n_tty_read", "the terminal" },
	{ "wait_woken", "the terminal or a socket" },
};

const char *ol_watch_wait_words(const char *wchan)
{
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++)
		if (!strncmp(wchan, waits[i].begins, strlen(waits[i].begins)))
			return waits[i].words;
	return NULL;
}

static double seconds_of(const struct ol_watch_end *e)
{
	return (double)e->elapsed_us / 1e6;
}

static double share(int64_t us, const struct ol_watch_end *e)
{
	return e->elapsed_us > 0 ? (double)us * 100 / (double)e->elapsed_us : 0;
}

/*
 * The kernel counts what runs in ticks of 1 to 10 ms and shares a process's time out by them
 * (cputime_adjust() in kernel/sched/cputime.c): of less than ten of the longest, shares mean
 * nothing.
 */
static bool too_short(const struct ol_watch_end *e)
{
	return e->elapsed_us < 100000;
}

/* Where its processes were found, when that is mostly not on a CPU. */
static void waiting(const struct ol_watch_end *e, struct ol_out *o)
{
	const struct ol_watch *w = e->watch;
	uint32_t all = w->looks_run + w->looks_wait + w->looks_io, best = 0;
	const char *words;

	for (uint32_t i = 1; i < OL_WATCH_WAITS; i++)
		if (w->waits[i].n > w->waits[best].n)
			best = i;
	if (!all || (w->looks_wait + w->looks_io) * 4 < all || w->waits[best].n * 5 < all)
		return;
	words = ol_watch_wait_words(w->waits[best].name);
	ol_out_printf(o, "In %u of %u looks at its processes one waited", w->waits[best].n, all);
	if (words)
		ol_out_printf(o, " for %s", words);
	ol_out_str(o, " (in the kernel's ");
	ol_out_safe(o, ol_span_str(w->waits[best].name));
	ol_out_str(o, "). ");
}

/* What the time went into, as shares of one CPU. */
static void not_memory(const struct ol_watch_end *e, struct ol_out *o)
{
	double user = share(e->user_us, e), sys = share(e->system_us, e);
	int64_t io = 0;

	ol_out_str(o, "Memory is not what slows this down. ");
	if (e->exited && user + sys > 5)
		ol_out_printf(
			o,
			"%s: it used %.0f %% of a CPU in the program and %.0f %% in the kernel. ",
			user + sys < 60 ? "It did not run most of the time"
			: sys > user    ? "Work in the kernel (system calls) is"
					: "Its own computing is",
			user, sys);
	else if (e->exited)
		ol_out_str(o, "It hardly ran at all. ");
	if (e->exited && e->read_kb + e->written_kb > 1024)
		ol_out_printf(o, "It read %s from disks and wrote %s. ", ol_fmt_kb(e->read_kb).s,
			      ol_fmt_kb(e->written_kb).s);
	if (ol_delta(e->watch->first, e->end, OL_M_psi_io_some_total_us, &io) && share(io, e) > 10)
		ol_out_printf(o, "On this machine some task waited for IO %.0f %% of the time. ",
			      share(io, e));
	waiting(e, o);
}

/* ---- what grew ---- */

/* "nfs_inode_cache + dentry": the two largest that are dentries or inodes. */
static void vfs_names(struct ol_out *o, const struct ol_slab_growth *v, uint32_t n)
{
	unsigned named = 0;

	for (uint32_t i = 0; i < n && named < 2; i++)
		if (v[i].vfs) {
			ol_out_str(o, named++ ? " + " : "");
			ol_out_safe(o, v[i].name);
		}
}

static void reclaim_words(const struct ol_watch_end *e, const struct ol_slab_sum *s,
			  struct ol_out *o)
{
	const struct ol_watch *w = e->watch;
	double held = w->held, lost = share(w->count.psi_some_us, e);

	if (held > 0.5)
		ol_out_printf(o,
			      "%.0f %% of these dentries or more were held then (open files, "
			      "directories that somebody is in): no reclaim gets them or their "
			      "inodes back. To need less, close what was looked at, or work in "
			      "smaller batches. ",
			      held * 100);
	if (w->count.max > 0 && !w->count.kills) {
		ol_out_printf(
			o,
			"Under the limit of %s reclaim kept up: it was reached %lld times and "
			"nothing was killed",
			ol_fmt_kb(w->limit_kb).s, (long long)w->count.max);
		if (seconds_of(e) > 0 && w->files > 0)
			ol_out_printf(o, "; %s%.0f files/s went on",
				      w->files_at_least ? "at least " : "",
				      (double)w->files / seconds_of(e));
		if (w->has_psi)
			ol_out_printf(o, ", %.0f %% of the time lost to waiting for memory", lost);
		ol_out_str(o, ". ");
	} else if (w->count.kills > 0) {
		ol_out_printf(o, "Under the limit of %s reclaim did not keep up. ",
			      ol_fmt_kb(w->limit_kb).s);
	} else if (held >= 0 && held < 0.1) {
		ol_out_str(o,
			   "Next to none are held: this is cache that the kernel takes back when "
			   "memory is short, no leak, and nothing has to be changed for it. ");
	}
	if (s->has_kept && !w->files_at_least && s->kept_kb < s->kb / 2 &&
	    s->kb - s->kept_kb > 1024)
		ol_out_printf(o, "%s of it went when the command ended. ",
			      ol_fmt_kb(s->kb - s->kept_kb).s);
}

static bool vfs_verdict(const struct ol_watch_end *e, struct ol_out *o)
{
	const struct ol_watch *w = e->watch;
	struct ol_slab_growth slabs[SLABS];
	struct ol_slab_sum s;
	uint32_t n = ol_watch_grown(w, e->after, slabs, SLABS, &s);
	int64_t d = ol_val(w->slab_tick, OL_M_dentries) - ol_val(w->first, OL_M_dentries);
	int64_t i = ol_val(w->slab_tick, OL_M_inodes) - ol_val(w->first, OL_M_inodes);
	int64_t files = ol_max(d, i);
	double each;

	if (s.kb < 4096 || s.vfs_kb < s.kb / 2 || s.kb < w->peak.anon_kb / 2 || files < 1000)
		return false;
	each = (double)s.kb * 1024 / (double)files;
	ol_out_printf(o, "%.0f %% of the growth of slab is ",
		      (double)s.vfs_kb * 100 / (double)s.kb);
	vfs_names(o, slabs, n);
	ol_out_printf(o,
		      ": %s for %lld files and directories, %.2f kB each. 100 million of them "
		      "would need %s if nothing were reclaimed. ",
		      ol_fmt_kb(s.kb).s, (long long)files, each / 1000,
		      ol_fmt_bytes((uint64_t)(each * 1e8)).s);
	reclaim_words(e, &s, o);
	return true;
}

static void shape_verdict(const struct ol_watch_end *e, struct ol_out *o)
{
	const struct ol_watch *w = e->watch;
	struct ol_shape s;

	ol_watch_shape(w, &s);
	if (w->peak.largest_kb < 8192)
		return;
	ol_out_str(o, "The largest process, ");
	ol_out_safe(o, ol_span_str(w->largest_comm));
	ol_out_printf(o, " (pid %d), ", w->largest_pid);
	switch (s.pattern) {
	case OL_PATTERN_FLAT:
		ol_out_printf(o,
			      s.few ? "had up to %s when it was looked at. "
				    : "took what it needed early and stayed at it: %s. ",
			      ol_fmt_kb(w->peak.largest_kb).s);
		break;
	case OL_PATTERN_STEADY:
		ol_out_printf(o,
			      "grew by %s/s all the time, as a leak or a growing table does "
			      "(%.1f %% of it is a straight line), up to %s. ",
			      ol_fmt_kb((int64_t)s.kb_per_s).s, s.fit * 100,
			      ol_fmt_kb(s.high_kb).s);
		break;
	case OL_PATTERN_STEPS:
		ol_out_printf(o, "grew in %u steps, up to %s. ", s.turns, ol_fmt_kb(s.high_kb).s);
		break;
	case OL_PATTERN_DOUBLING:
		ol_out_printf(o,
			      "grew to %.1f times its size %u times, up to %s: a buffer that is "
			      "appended to and copied, whose old and new copy exist together for a "
			      "moment. Give it its final size at once, or write it out in pieces. ",
			      s.ratio, s.turns, ol_fmt_kb(s.high_kb).s);
		break;
	case OL_PATTERN_SAWTOOTH:
		ol_out_printf(
			o,
			"went up to about %s and back to about %s %u times, as with a garbage "
			"collector or work in batches; most it had was %s. ",
			ol_fmt_kb(s.high_kb).s, ol_fmt_kb(s.low_kb).s, s.turns,
			ol_fmt_kb(w->peak.largest_kb).s);
		break;
	case OL_PATTERN_IRREGULAR:
		ol_out_printf(o, "grew without a clear shape, up to %s. ",
			      ol_fmt_kb(w->peak.largest_kb).s);
		break;
	}
}

static void killed(const struct ol_watch_end *e, struct ol_out *o)
{
	const struct ol_watch *w = e->watch;

	ol_out_printf(o, "The kernel killed %lld of its processes", (long long)w->count.kills);
	if (w->limit_kb != OL_UNLIMITED)
		ol_out_printf(o,
			      ": the memory limit of %s was full and nothing in it could be "
			      "reclaimed",
			      ol_fmt_kb(w->limit_kb).s);
	ol_out_str(o, ". ");
	if (w->at_peak.total_kb > 0 && w->at_peak.anon_kb > w->at_peak.total_kb / 2)
		ol_out_printf(o, "%.0f %% of what it had was anonymous memory (heaps, stacks). ",
			      (double)w->at_peak.anon_kb * 100 / (double)w->at_peak.total_kb);
}

void ol_watch_verdict(struct ol_out *o, const struct ol_watch_end *e)
{
	const struct ol_watch *w = e->watch;
	double lost = share(w->count.psi_some_us, e);
	bool vfs,
		slow = w->has_psi || w->psi_of_machine ? lost > (w->psi_of_machine ? 5 : 1) : false;

	if (w->count.kills > 0)
		killed(e, o);
	vfs = vfs_verdict(e, o);
	if (!vfs)
		shape_verdict(e, o);
	if (slow && vfs && w->has_psi && w->count.max > 0 && !w->count.kills)
		return; /* said with the limit */
	if (too_short(e)) {
		if (!w->count.kills)
			ol_out_str(o,
				   "It ran for less than 0.1 s: too short to judge what its time "
				   "went into. ");
	} else if (slow) {
		ol_out_printf(o, "Tasks %s waited for memory %.0f %% of the time. ",
			      w->psi_of_machine ? "of this machine" : "of it", lost);
		if (!w->psi_of_machine && w->count.high > 0)
			ol_out_printf(o, "It was slowed %lld times at memory.high: raise that. ",
				      (long long)w->count.high);
		else if (!w->psi_of_machine && w->count.max > 0 && !vfs)
			ol_out_str(o, "More room below its limit would make it faster. ");
	} else if (!w->count.kills) {
		not_memory(e, o);
	}
}
