// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/assemble_impl.h"

#include <errno.h>
#include <stdlib.h>

/*
 * Which event does a line belong to? Streams keep hosts apart, and what user space wrote apart from
 * what the kernel wrote. Within a stream a line goes to the youngest open event that it fits: same
 * printing context (caller id, where the log has them), not before the place that the event has
 * reached, and stating nothing that the event already states. So a foreign line costs nothing but
 * itself, and of two dumps that interleave each gets its own.
 */

#define S(lit) OL_SPAN(lit)

#define QUIET_LINES 400 /* lines of a stream without one for the event: it is over */
/*
 * Long after the event's last line: what the kernel's clock says of a line of a dump is sure, a
 * writer's clock may be wrong, but not twice. Messages that are no dump's prove less: one of
 * another machine may have got in between, with its own clock.
 */
enum { LATE = 4, LATE_SURE = 4, LATE_WALL = 2, LATE_FOREIGN = 1 };
#define STAMPED_LINES 3 /* with the kernel's stamp: then the others have one as well */
#define CROWD_LINES   100 /* between lines of two dumps that are printed at the same time */
#define SLUB_LINES    3 /* between the page allocator's failure and the slab allocator's words */
#define SYSRQ_LINES   50 /* between the key and the dump that it caused */
#define BOOT_US       1000000 /* by then a kernel has printed its banner */
/* lines of several CPUs are out of order by milliseconds, never by this much */
#define FELL_BACK_US (30 * 1000000LL)

/* No line of a dump, nor the banner of a boot? */
static bool is_foreign(enum ol_line_kind kind)
{
	return kind == OL_LINE_NONE ||
	       (ol_kinds[kind].phase == OL_PHASE_BESIDE && kind != OL_LINE_LINUX_VERSION);
}

/* The first of a host's lines whose stamp is far from those before it proves nothing alone. */
static bool is_odd(struct stream *st, const struct ol_line *line, enum ol_line_kind kind)
{
	int64_t now = line->mono_us, last = st->last_mono_us, odd = st->odd_us;
	bool far = now != OL_TIME_NONE && last != OL_TIME_NONE && line->prefixed &&
		   (now < last - FELL_BACK_US || now > last + FELL_BACK_US);

	st->odd_us = OL_TIME_NONE;
	if (!far || !is_foreign(kind) ||
	    (odd != OL_TIME_NONE && now >= odd - FELL_BACK_US && now <= odd + FELL_BACK_US))
		return false;
	st->odd_us = now;
	return true;
}

/* A boot ends every event: journal boot id, kernel clock that fell back, or the banner itself. */
static int watch_boot(struct ol_assembler *as, struct stream *st, const struct ol_line *line,
		      enum ol_line_kind kind)
{
	bool fresh = false;

	if (line->boot.p) {
		struct ol_span had = ol_span(st->boot_id, st->boot_id_n);

		fresh = st->boot_id_n && !ol_span_eq(had, line->boot);
		st->boot_id_n =
			line->boot.n < sizeof(st->boot_id) ? line->boot.n : sizeof(st->boot_id);
		memcpy(st->boot_id, line->boot.p, st->boot_id_n);
	} else if (is_odd(st, line, kind)) {
		return 0;
	} else if (line->mono_us != OL_TIME_NONE && st->last_mono_us != OL_TIME_NONE &&
		   line->prefixed && line->mono_us < st->last_mono_us - FELL_BACK_US) {
		fresh = true;
	}
	if (line->mono_us != OL_TIME_NONE)
		st->last_mono_us = line->mono_us;
	if (!fresh)
		return 0;
	st->boot++;
	st->release_n = 0;
	return ol_hold_close_all(as, st);
}

static int retire(struct ol_assembler *as, struct stream *st, const struct ol_line *line,
		  enum ol_line_kind kind)
{
	unsigned sure = line->mono_us == OL_TIME_NONE ? LATE_WALL : LATE_SURE;
	int r = 0, x;

	for (unsigned i = 0; i < st->n_open;) {
		struct ol_open *o = &st->open[i];

		if (!ol_open_late(o, line, o->phase == OL_PHASE_TASKS))
			o->late = 0;
		else /* what only waits for the reaper has nothing to lose */
			o->late += is_foreign(kind) && !o->done ? LATE_FOREIGN : sure;
		if (st->seq - o->last_seq <= QUIET_LINES && o->late < LATE) {
			i++;
			continue;
		}
		x = ol_hold_close(as, st, i);
		r = r ? r : x;
	}
	return r;
}

/* ---- lines that may be the head of something ---- */

static int pre_replay(struct ol_assembler *as, struct stream *st, struct ol_open *o,
		      struct ol_span caller)
{
	struct ol_pre *p = st->pre ? ol_pre_of(st->pre, caller) : NULL;
	int r = 0;

	if (!p)
		return 0;
	if (!p->n || ol_pre_stale(p, st->seq)) {
		ol_pre_reset(p);
		return 0;
	}
	/* a partial line of a container is whole, and here, only after lines that began later */
	if (p->l[0].line < o->e->first_line) {
		o->e->first_line = p->l[0].line;
		o->e->first_byte = p->byte;
	}
	if (p->l[p->n - 1].line > o->e->last_line)
		o->e->last_line = p->l[p->n - 1].line;
	for (uint32_t i = 0; i < p->n && !r; i++) {
		struct ol_span text = ol_span(p->buf + p->l[i].off, p->l[i].len);

		if (ol_decode_fits(o, p->l[i].kind, text))
			r = ol_hold_accept(as, st, o, NULL, p->l[i].kind, text, p->l[i].line);
	}
	ol_pre_reset(p);
	return r;
}

/* ---- routing ---- */

static bool told_already(const struct stream *st, int64_t pid)
{
	for (unsigned i = 0; i < RECENT_MAX && i < st->recent_n; i++)
		if (st->recent[i] == pid)
			return true;
	return false;
}

/*
 * What stands inside a wrapper's record may name any host: it is believed only where nothing else
 * proves the kernel.
 */
static struct ol_span host_of(const struct ol_assembler *as, const struct ol_line *line)
{
	bool claimed = (line->wrapped || line->program) && !line->host_outer;

	return as->kernel_seen && claimed ? (struct ol_span){ NULL, 0 } : line->host;
}

static enum ol_stream_who who_wrote(const struct ol_assembler *as, const struct ol_line *line)
{
	if (line->writer == OL_WRITER_USER)
		return OL_STREAM_USER;
	if (line->wrapped == OL_WRAP_NOISE && !as->records_seen)
		return OL_STREAM_KERNEL;
	return line->wrapped ? OL_STREAM_WRAPPED : OL_STREAM_KERNEL;
}

static void note_kernel(struct ol_assembler *as, const struct ol_line *line)
{
	as->kernel_seen = true;
	switch (line->transport) {
	case OL_TR_PLAIN:
	case OL_TR_DMESG:
	case OL_TR_DMESG_WALL:
	case OL_TR_OTHER:
		break;
	default:
		as->records_seen = true;
	}
}

/*
 * A monitor that repeats a kernel line of the same host and victim reports it; that is no second
 * kill.
 */
static bool quotes_kernel(struct ol_assembler *as, const struct ol_msg *m, struct ol_span by)
{
	struct ol_span host = host_of(as, m->line);
	const struct stream *st;
	int64_t pid;

	if (!ol_decode_kill_pid(m->kind, m->text, &pid))
		return false;
	st = (const struct stream *)ol_streams_find(&as->streams, host, OL_STREAM_KERNEL);
	if (!st)
		return false;
	if (told_already(st, pid))
		return true;
	for (unsigned k = 0; k < st->n_open; k++)
		if (ol_victim_find(st->open[k].e, pid)) {
			ol_event_report(st->open[k].e, by, m->text, m->lineno);
			return true;
		}
	return false;
}

static void note_gap(struct stream *st, const struct ol_msg *m)
{
	for (unsigned i = 0; i < st->n_open; i++) {
		struct ol_open *o = &st->open[i];

		if (o->done)
			continue;
		/*
		 * "(rest of process list omitted)", "[...]": somebody shortened the paste. Behind
		 * prefixes that only one of several writers has it is another one's line.
		 */
		if (o->phase == OL_PHASE_TASKS && !m->line->prefixed &&
		    o->e->transport != OL_TR_PLAIN && o->e->transport != OL_TR_OTHER)
			o->e->table_incomplete = true;
		/* registers and code bytes stand in a call trace; behind it every line is known */
		else if (o->phase >= OL_PHASE_CGROUP)
			o->gap = true;
	}
}

static void take_release(struct stream *st, struct ol_span text)
{
	struct ol_span rest = ol_line_split(OL_LINE_LINUX_VERSION, text).rest, tok;

	if (!ol_span_token(&rest, &tok) || tok.n > sizeof(st->release))
		return;
	memcpy(st->release, tok.p, tok.n);
	st->release_n = tok.n;
}

static void take_suppressed(struct stream *st, struct ol_span text)
{
	for (unsigned i = st->n_open; i-- > 0;)
		if (!st->open[i].done) {
			ol_withheld_add(&st->open[i].e->withheld, text);
			return;
		}
	if (st->seq - st->withheld_seq >= NOTICE_LINES)
		st->withheld = (struct ol_withheld){ 0 };
	st->withheld_seq = st->seq;
	ol_withheld_add(&st->withheld, text);
}

/*
 * Of the events that a line fits, the one that is nearest to it in the order of printing: of two
 * dumps that interleave, the one in its zones gets the zone line, not the one in its call trace.
 * The youngest, when they are equally near.
 */
static struct ol_open *best_fit(struct stream *st, const struct ol_msg *m)
{
	struct ol_open *best = NULL;
	int least = INT32_MAX;

	for (unsigned i = st->n_open; i-- > 0;) {
		int jump = ol_kinds[m->kind].phase - st->open[i].phase;

		if (jump < 0)
			jump = -jump;
		if (jump > least || !ol_open_fits(&st->open[i], m))
			continue;
		/*
		 * the free lists come when all zones are printed: whoever has more of them is there
		 */
		if (jump < least || (best && m->kind == OL_LINE_BUDDY &&
				     st->open[i].e->zones.n > best->e->zones.n)) {
			best = &st->open[i];
			least = jump;
		}
	}
	return best;
}

/*
 * May an open event get more lines after this head? A killed victim's reaper may still come;
 * another context's dump goes on beside the new one. Where contexts are not told: one OOM kill at
 * a time holds the kernel's oom_lock, but a failed allocation's report may run into it, and into
 * another's.
 */
static bool goes_on(const struct stream *st, const struct ol_open *o, const struct ol_msg *m)
{
	bool oom = m->kind == OL_LINE_INVOKED || m->kind == OL_LINE_INVOKED_OLD;
	bool failure = o->e->kind == OL_EV_ALLOC_FAILURE;

	if (o->done)
		return true;
	if (st->seq - o->last_seq >= CROWD_LINES)
		return false;
	if (m->line->caller.n)
		return ol_open_caller_differs(o, m->line->caller);
	if (ol_kinds[m->kind].flag != OL_LF_HEAD || (oom && !failure))
		return false;
	return !(failure && o->e->parts_seen & 1u << OL_PART_RAM);
}

/* What a new head does to the events that are still open. */
static int make_way(struct ol_assembler *as, struct stream *st, const struct ol_msg *m)
{
	int r = 0, x;

	for (unsigned i = 0; i < st->n_open;) {
		if (goes_on(st, &st->open[i], m)) {
			i++;
			continue;
		}
		x = ol_hold_close_upto(as, st, &i);
		r = r ? r : x;
	}
	return r;
}

/*
 * 6,4754,84213558142,-;[   2718]  1000  2718   476761   423166 32960512   0   0 a\x0aoom-kill:
 * The kernel prints nothing that begins an event as the second line of a record: such a line is the
 * name of a process with a newline in it.
 */
static bool names_newline(const struct ol_line *line)
{
	if (!line->joined || line->own_stamp || line->quoted || line->writer != OL_WRITER_KERNEL)
		return false;
	switch (line->transport) {
	case OL_TR_KMSG:
	case OL_TR_SYSLOG:
	case OL_TR_SYSLOG5424:
	case OL_TR_JOURNAL_JSON:
	case OL_TR_JOURNAL_EXPORT:
		return true;
	default:
		return false;
	}
}

/*
 * oom_reaper: reaped process 4410 (millwright), now anon-rss:0kB, …
 * Of a dump that lost the line of its kill it names the victim, when nobody else's victim it is.
 */
static struct ol_open *unkilled(struct stream *st, const struct ol_msg *m)
{
	struct ol_open *o = st->n_open ? &st->open[st->n_open - 1] : NULL;
	int64_t pid;

	if (m->kind != OL_LINE_REAPED || !o || o->done || o->e->victims.n ||
	    o->e->kind != OL_EV_OOM || !ol_decode_kill_pid(m->kind, m->text, &pid) ||
	    told_already(st, pid) || ol_open_late(o, m->line, false))
		return NULL;
	/* those it could choose from are in the table */
	for (uint32_t i = 0; i < o->e->tasks.n; i++) {
		const struct ol_task *t = &o->e->tasks.v[i];

		if ((t->mask & 1u << OL_COL_PID && t->col[OL_COL_PID] == pid) ||
		    (t->mask & 1u << OL_COL_TGID && t->col[OL_COL_TGID] == pid))
			return o;
	}
	return o->e->tasks.n ? NULL : o;
}

/*
 *  dump_stack_lvl+0x44/0x5c
 *  warn_alloc+0x12a/0x160
 * A trace that the report's own function has asked for proves the report, where all else of it is
 * lost. Of a task that hangs there, or a CPU that is stuck in it, nobody printed one.
 */
static bool proves_report(struct ol_assembler *as, struct stream *st, const struct ol_msg *m)
{
	static const struct ol_span callers[] = { OL_SPAN_INIT("dump_header"),
						  OL_SPAN_INIT("oom_kill_process"),
						  OL_SPAN_INIT("warn_alloc") };
	struct ol_pre *p;
	bool proves = false;

	if (m->kind != OL_LINE_FRAME || as->sign_follow || st->n_open || !st->pre ||
	    m->line->writer == OL_WRITER_USER)
		return false;
	for (size_t i = 0; i < sizeof(callers) / sizeof(callers[0]); i++)
		proves |= ol_span_has(m->text, callers[i]) && !ol_span_has(m->text, S("? "));
	if (!proves)
		return false;
	p = ol_pre_of(st->pre, m->line->caller);
	return p->n && !ol_pre_stale(p, st->seq) && ol_pre_printed(p);
}

static uint64_t mix(uint64_t h, struct ol_span s)
{
	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001b3);
	return h ^ h >> 29;
}

static struct head_mark mark_of(const struct stream *st, const struct ol_msg *m)
{
	struct head_mark k = { .marked = m->line->quoted };

	/* where the host's memory lies is the secret */
	for (int i = 0; i < 2; i++)
		k.h[i] = mix(
			mix(mix((uintptr_t)st * (2 * (unsigned)i + 1), m->text), m->line->stamp),
			ol_span((const char *)&m->line->mono_us, sizeof(m->line->mono_us)));
	return k;
}

/*
 * The same head once more, with the same stamp: quoted above or below its own dump, or twice by the
 * kernel's clock where that has microseconds. Clocks that tick a hundred times a second, and those
 * of log daemons, give several failures one stamp.
 */
static bool same_head(const struct head_mark *a, const struct head_mark *b, int64_t mono_us)
{
	bool precise = mono_us != OL_TIME_NONE && mono_us % 1000;

	return a->h[0] == b->h[0] && a->h[1] == b->h[1] && (a->marked != b->marked || precise);
}

/* A head comes: is it one that an event has? What was no more than its mention is forgotten. */
static bool take_copy(struct ol_assembler *as, struct stream *st, const struct ol_msg *m)
{
	struct head_mark mark = mark_of(st, m);
	bool copy = false;

	for (unsigned i = 0; i < HEADS_MAX && i < st->n_heads; i++)
		copy |= same_head(&st->heads[i], &mark, m->line->mono_us);
	st->heads[st->n_heads++ % HEADS_MAX] = mark;
	for (unsigned i = st->n_open; copy && i-- > 0;) {
		const struct ol_oom_event *e = st->open[i].e;

		if (e->lines.n != 1 || !ol_span_eq(e->lines.v[0].text, m->text) ||
		    !ol_span_eq(e->stamp, m->line->stamp) || e->mono_us != m->line->mono_us)
			continue;
		ol_hold_drop(as, st, i);
		copy = false;
	}
	return copy;
}

static int route(struct ol_assembler *as, struct stream *st, const struct ol_msg *m)
{
	const struct ol_kind *info = &ol_kinds[m->kind];
	struct ol_open *o;
	int64_t pid;
	bool copy;
	int r, x;

	/* the slab allocator's own words behind the page allocator's: one failure, not two */
	if (m->kind == OL_LINE_SLUB_FAIL && st->n_open) {
		o = &st->open[st->n_open - 1];
		if (o->e->kind == OL_EV_ALLOC_FAILURE && st->seq - o->last_seq <= SLUB_LINES &&
		    !ol_open_caller_differs(o, m->line->caller)) {
			o->section = OL_SEC_SLUB;
			r = ol_hold_accept(as, st, o, m, OL_LINE_SLUB_CACHE, m->text, m->lineno);
			o->section = OL_SEC_SLUB;
			return r;
		}
	}
	if (info->flag != OL_LF_HEAD) {
		o = best_fit(st, m);
		if (o)
			return ol_hold_accept(as, st, o, m, m->kind, m->text, m->lineno);
		o = unkilled(st, m);
		if (o)
			return ol_hold_accept(as, st, o, m, m->kind, m->text, m->lineno);
		if (info->phase == OL_PHASE_STACK && info->part <= OL_PART_STACK &&
		    !proves_report(as, st, m)) {
			as->took = true;
			if (ol_hold_pre(as, st))
				ol_pre_add(st->pre, st->seq, m);
			note_gap(st, m);
			return 0;
		}
		if (info->part != OL_PART_STACK &&
		    (!ol_kind_starts(m->kind, m->line->writer == OL_WRITER_USER) ||
		     names_newline(m->line))) {
			note_gap(st, m);
			return 0;
		}
		/*
		 * a reaper's line alone is news only where no event of its stream could explain it
		 */
		if (info->part == OL_PART_REAP &&
		    (st->n_open ||
		     (ol_decode_kill_pid(m->kind, m->text, &pid) && told_already(st, pid))))
			return 0;
	}
	if (st->id.who != OL_STREAM_KERNEL && quotes_kernel(as, m, m->line->tag))
		return 0;
	copy = info->flag == OL_LF_HEAD && take_copy(as, st, m);
	r = make_way(as, st, m);
	o = ol_hold_open(as, st, m->line, m->lineno, &x);
	r = r ? r : x;
	if (!o)
		return r;
	o->copy = copy;
	if (st->sysrq_seq && st->seq - st->sysrq_seq < SYSRQ_LINES && info->part == OL_PART_HEADER)
		o->e->sysrq = true;
	if (info->phase == OL_PHASE_CGROUP || info->phase == OL_PHASE_MEMINFO ||
	    info->part == OL_PART_STACK) {
		x = pre_replay(as, st, o, m->line->caller);
		r = r ? r : x;
	}
	x = ol_hold_accept(as, st, o, m, m->kind, m->text, m->lineno);
	return r ? r : x;
}

/*
 * A dump whose kill stands behind what a console had begun to write: where nothing proves that the
 * kernel wrote any of it, the line is as good as its others.
 */
static struct ol_open *open_for_quote(struct ol_assembler *as, struct stream *st,
				      const struct ol_msg *m)
{
	return as->kernel_seen || st->id.who != OL_STREAM_KERNEL ? NULL : best_fit(st, m);
}

/* Whether the kernel's own event says so already, in which case it gets @q as a report. */
static bool known_kill(struct ol_assembler *as, const struct ol_msg *m, const struct ol_quote *q)
{
	struct ol_msg inner = *m;

	inner.kind = q->kind;
	inner.text = q->text;
	return quotes_kernel(as, &inner, q->by.p ? q->by : m->line->tag);
}

static int quotes(struct ol_assembler *as, struct stream *st, const struct ol_msg *m)
{
	struct ol_span rest = m->text;
	struct ol_quote q;
	int r = 0, x;

	while (!r && ol_quote_find(rest, &q)) {
		struct ol_msg inner = *m;
		struct ol_open *o;

		rest = q.behind;
		/* what a program says of a kill it has to say in full */
		if (m->line->writer == OL_WRITER_USER && m->line->tag.p && !q.sizes && !q.by.p)
			continue;
		inner.kind = q.kind;
		inner.text = q.text;
		o = open_for_quote(as, st, &inner);
		if (o)
			x = ol_hold_accept(as, st, o, &inner, q.kind, q.text, m->lineno);
		else
			x = known_kill(as, m, &q) ? 0 : ol_held_quote(as, m, &q);
		r = r ? r : x;
	}
	return r;
}

/*
 * One more row of the table that the line before it belongs to: what was found out about that one
 * (stream, event, order of printing) holds for it too. False: it goes the long way.
 */
static bool next_row(struct ol_assembler *as, const struct ol_msg *m, int *ret_r)
{
	struct stream *st = as->in_table;
	int64_t now = m->line->mono_us;

	if (!st || !m->line->row_again || m->kind != OL_LINE_TABLE_ROW || !m->row ||
	    ol_hold_short(as))
		return false;
	if (now != OL_TIME_NONE &&
	    (now < st->last_mono_us || now - st->last_mono_us > OL_LINGER_US))
		return false;
	st->seq++;
	st->last_mono_us = now;
	st->stamped += now != OL_TIME_NONE && m->line->tag.p && m->line->writer == OL_WRITER_KERNEL;
	*ret_r = ol_hold_row(as, st, &st->open[as->table_open], m);
	return true;
}

/* A boot banner: all that is open is over. @before, @earlier: boot and clock in front of it. */
static int take_banner(struct ol_assembler *as, struct stream *st, const struct ol_msg *m,
		       uint32_t before, int64_t earlier)
{
	int r = ol_hold_close_all(as, st);

	/* a banner behind a running clock that did not fall far enough to be noticed */
	if (st->boot == before && earlier != OL_TIME_NONE && earlier > BOOT_US &&
	    earlier >= m->line->mono_us)
		st->boot++;
	take_release(st, m->text);
	return r;
}

static void take_swap_error(struct stream *st)
{
	bool lately = st->seq - st->swap_error_seq < NOTICE_LINES;

	st->swap_errors = lately ? st->swap_errors + 1 : 1;
	st->swap_error_seq = st->seq;
	for (unsigned i = 0; i < st->n_open; i++)
		st->open[i].e->swap_errors++;
}

static void take_vmalloc(struct stream *st, const struct ol_msg *m)
{
	uint64_t bytes;

	if (!ol_vmalloc_bytes(m->text, &bytes) || bytes > INT64_MAX)
		return;
	st->vmalloc_bytes = (struct ol_val){ .v = (int64_t)bytes, .line = m->lineno, .set = true };
	st->vmalloc_seq = st->seq;
}

/* A line of @st: its clock is looked at, then it goes where its kind goes. */
static int push_to(struct ol_assembler *as, struct stream *st, const struct ol_msg *m,
		   enum ol_stream_who who)
{
	bool kernels = who == OL_STREAM_KERNEL || (who == OL_STREAM_WRAPPED && !as->kernel_seen);
	uint32_t before = st->boot;
	int64_t earlier = st->last_mono_us;
	int r, x;

	st->seq++;
	r = watch_boot(as, st, m->line, m->kind);
	if (st->n_open) {
		x = retire(as, st, m->line, m->kind);
		r = r ? r : x;
	}
	if (kernels && (ol_kinds[m->kind].sign || (m->kind == OL_LINE_FRAME && as->sign_follow)))
		ol_signs_note(as->signs, m->kind, m->text, m->lineno, &as->sign_follow);
	switch (m->kind) {
	case OL_LINE_SUPPRESSED:
		take_suppressed(st, m->text);
		return r;
	case OL_LINE_SWAP_ERROR:
		take_swap_error(st);
		return r;
	case OL_LINE_VMALLOC_SAID:
		take_vmalloc(st, m);
		return r;
	case OL_LINE_SYSRQ:
		st->sysrq_seq = st->seq;
		return r;
	case OL_LINE_LINUX_VERSION:
		x = take_banner(as, st, m, before, earlier);
		return r ? r : x;
	default:
		if (m->kind == OL_LINE_NONE || ol_kinds[m->kind].sign) {
			note_gap(st, m);
			return r;
		}
		x = route(as, st, m);
		return r ? r : x;
	}
}

/*
 * A user line costs the kernel's stream nothing, but the reader should know; one that is not there
 * yet is not made for it.
 */
static void note_user(const struct ol_assembler *as, const struct ol_msg *m)
{
	const struct ol_line *line = m->line;
	bool wrapped = line->wrapped && !line->program;
	struct stream *st = (struct stream *)ol_streams_find(
		&as->streams, host_of(as, line), wrapped ? OL_STREAM_WRAPPED : OL_STREAM_KERNEL);

	if (st)
		note_gap(st, m);
}

/*
 * Whose line is it, of those that @who wrote? NULL without memory. imklog keeps the kernel's stamp
 * always or never: a "kernel:" line without one was not the kernel's; nor was one that has no date,
 * which all others have.
 */
static struct stream *stream_of(struct ol_assembler *as, const struct ol_line *line,
				enum ol_stream_who who, int *ret_r)
{
	struct ol_span host = host_of(as, line);
	struct stream *st = ol_hold_stream(as, host, who, ret_r);
	int x;

	if (!st || who == OL_STREAM_USER || !line->prefixed || !line->tag.p ||
	    line->writer != OL_WRITER_KERNEL)
		return st;
	if (line->mono_us != OL_TIME_NONE) {
		st->stamped++;
	} else if (st->stamped >= STAMPED_LINES && !line->joined &&
		   (line->transport == OL_TR_SYSLOG || line->transport == OL_TR_SYSLOG5424 ||
		    line->transport == OL_TR_METALOG ||
		    (line->transport == OL_TR_JOURNAL && !line->stamp.p))) {
		st = ol_hold_stream(as, host, OL_STREAM_USER, &x);
		*ret_r = *ret_r ? *ret_r : x;
	}
	return st;
}

/* A line that is none of the kernel's: what it tells of kills. 1: nothing. */
static int said(struct ol_assembler *as, const struct ol_msg *m)
{
	struct ol_span host;
	int program = ol_program_of(m->line, m->text, &host);

	return program < 0 ? 1 : ol_held_program(as, m, program, host);
}

static int push(struct ol_assembler *as, const struct ol_msg *m)
{
	const struct ol_line *line = m->line;
	enum ol_stream_who who = who_wrote(as, line);
	struct ol_quote q;
	struct stream *st;
	int r, x;

	if (line->writer == OL_WRITER_KERNEL)
		note_kernel(as, line);
	/* "Process x (pid: 7) …": a line of s390's, or of a program's prose */
	if (m->kind == OL_LINE_NONE || m->kind == OL_LINE_PROCESS_LINE) {
		x = said(as, m);
		if (x <= 0)
			return x;
		if (!line->prefixed && line->writer != OL_WRITER_KERNEL) {
			ol_held_tail(as, m);
			ol_held_json(as, m);
		}
		if (!as->n_open && line->writer == OL_WRITER_KERNEL && m->kind == OL_LINE_NONE)
			return 0;
	}
	r = ol_hold_within(as);
	if (line->wrapped == OL_WRAP_PREFIX && ol_kinds[m->kind].phase == OL_PHASE_KILL &&
	    ol_quote_known(line->tag)) {
		/* columns of a table that were learnt as a prefix */
		q = (struct ol_quote){
			.kind = m->kind, .text = m->text, .by = line->tag, .known_prefix = true
		};
		x = known_kill(as, m, &q) ? 0 : ol_held_quote(as, m, &q);
		return r ? r : x;
	}
	if (m->kind == OL_LINE_NONE && line->writer != OL_WRITER_KERNEL &&
	    ol_quote_find(m->text, &q)) {
		st = stream_of(as, line, who, &x);
		if (!st)
			return -ENOMEM;
		r = r ? r : x;
		x = quotes(as, st, m);
		r = r ? r : x;
	}
	if (who == OL_STREAM_USER && m->kind == OL_LINE_NONE) {
		note_user(as, m);
		return r;
	}
	st = stream_of(as, line, who, &x);
	if (!st)
		return -ENOMEM;
	r = r ? r : x;
	x = push_to(as, st, m, who);
	return r ? r : x;
}

/* Whose row was it? */
static void note_row(struct ol_assembler *as, struct stream *st)
{
	unsigned growing = 0;

	for (unsigned i = 0; i < st->n_open; i++) {
		if (st->open[i].done)
			continue;
		growing++;
		as->table_open = i;
	}
	if (growing == 1 && st->open[as->table_open].last_seq == st->seq &&
	    !st->open[as->table_open].gap)
		as->in_table = st;
}

uint32_t ol_assembler_unknown_prefix(struct ol_assembler *as)
{
	uint32_t line = as->unknown_prefix;

	as->unknown_prefix = 0;
	return line;
}

int ol_assembler_push(struct ol_assembler *as, const struct ol_msg *m)
{
	int r, x;

	if (next_row(as, m, &r))
		return r;
	as->took = false;
	r = push(as, m);
	if (!as->took && as->n_open) {
		x = ol_assembler_noise(as, 1, m->bytes);
		r = r ? r : x;
	}
	as->in_table = NULL;
	if (m->kind == OL_LINE_TABLE_ROW && !r && as->streams.newest)
		note_row(as, (struct stream *)as->streams.newest);
	return r;
}
