// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/oom_impl.h"
#include "analyze/verdict.h"

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

#define STREAMS_MAX      256 /* hosts whose lines interleave; a stream is some 30 KiB */
#define OPEN_MAX         12
#define RECENT_MAX       64
#define EVENT_BYTES      (8u << 20)
#define BEHIND_TABLE     (1u << 20) /* of them for the kill behind the longest task table */
#define ALL_EVENTS_BYTES (40u << 20)
#define QUIET_LINES      400 /* lines of a stream without one for the event: it is over */
#define QUIET_US         (60 * 1000000LL) /* the same by the kernel's clock */
#define LINGER_US        (10 * 1000000LL) /* how long the reaper may take */

struct stream {
	bool used, user;
	char host[256];
	size_t host_n;
	char release[128];
	size_t release_n;
	char boot_id[40];
	size_t boot_id_n;
	uint32_t boot;
	uint64_t seq, touched;
	int64_t last_mono_us;
	uint32_t stamped; /* kernel lines with a kernel stamp */
	struct ol_withheld withheld; /* announced, not yet told to an event */
	uint64_t withheld_seq;
	uint32_t swap_errors; /* logged within the last lines */
	uint64_t swap_error_seq;
	uint64_t sysrq_seq;
	int64_t recent[RECENT_MAX]; /* victims already told: their reaper lines are no news */
	unsigned recent_n;
	struct ol_open open[OPEN_MAX];
	unsigned n_open;
	struct ol_pre pre[OL_PRE_CONTEXTS];
};

struct ol_assembler {
	struct ol_parser_opts opts;
	ol_event_fn fn;
	void *arg;
	char file[4096];
	size_t file_n;
	uint32_t file_no;
	int64_t mtime_us;
	struct stream *streams[STREAMS_MAX];
	struct stream *last; /* of them: the one that was asked for last */
	struct ol_oom_event *spare;
	uint64_t clock, events;
	struct ol_sign signs[OL_SIGN_MAX];
	bool sign_follow; /* frames that come belong to a hung task */
	unsigned n_open;
};

struct ol_assembler *ol_assembler_new(const struct ol_parser_opts *opts, ol_event_fn fn, void *arg)
{
	struct ol_assembler *as = calloc(1, sizeof(*as));

	if (!as)
		return NULL;
	as->opts = *opts;
	as->fn = fn;
	as->arg = arg;
	return as;
}

static void event_free(struct ol_oom_event *e)
{
	if (!e)
		return;
	ol_arena_done(&e->arena);
	free(e);
}

void ol_assembler_free(struct ol_assembler *as)
{
	if (!as)
		return;
	for (int i = 0; i < STREAMS_MAX; i++) {
		struct stream *st = as->streams[i];

		if (!st)
			continue;
		for (unsigned k = 0; k < st->n_open; k++)
			event_free(st->open[k].e);
		free(st);
	}
	event_free(as->spare);
	free(as);
}

bool ol_assembler_busy(const struct ol_assembler *as)
{
	return as->n_open > 0;
}

const struct ol_sign *ol_assembler_signs(const struct ol_assembler *as)
{
	return as->signs;
}

uint64_t ol_assembler_events(const struct ol_assembler *as)
{
	return as->events;
}

/* ---- closing ---- */

static int close_event(struct ol_assembler *as, struct stream *st, unsigned i)
{
	struct ol_oom_event *e = st->open[i].e;
	int r = 0;

	memmove(st->open + i, st->open + i + 1, (st->n_open - i - 1) * sizeof(st->open[0]));
	st->n_open--;
	as->n_open--;
	if (ol_event_finish(e, &as->opts)) {
		/* an event too large to be judged is shown without a verdict */
		(void)ol_event_judge(e);
		for (uint32_t k = 0; k < e->victims.n && k < RECENT_MAX; k++)
			if (e->victims.v[k].pid.set)
				st->recent[st->recent_n++ % RECENT_MAX] = e->victims.v[k].pid.v;
		as->events++;
		r = as->fn(as->arg, e);
	}
	if (as->spare) {
		event_free(e);
	} else {
		ol_arena_reset(&e->arena);
		as->spare = e;
	}
	return r;
}

static int close_all(struct ol_assembler *as, struct stream *st)
{
	int r = 0, x;

	while (st->n_open) {
		x = close_event(as, st, 0);
		r = r ? r : x;
	}
	return r;
}

int ol_assembler_flush(struct ol_assembler *as)
{
	int r = 0, x;

	for (int i = 0; i < STREAMS_MAX; i++)
		if (as->streams[i]) {
			x = close_all(as, as->streams[i]);
			r = r ? r : x;
		}
	return r;
}

int ol_assembler_turn(struct ol_assembler *as)
{
	int r = 0, x;

	for (int i = 0; i < STREAMS_MAX; i++) {
		struct stream *st = as->streams[i];

		/* in order: what is not done keeps those behind it waiting */
		while (st && st->n_open && st->open[0].done) {
			x = close_event(as, st, 0);
			r = r ? r : x;
		}
	}
	return r;
}

int ol_assembler_idle(struct ol_assembler *as, int64_t idle_us)
{
	int64_t now = ol_mono_us();
	int r = 0, x;

	for (int i = 0; i < STREAMS_MAX; i++) {
		struct stream *st = as->streams[i];

		for (unsigned k = 0; st && k < st->n_open;) {
			if (now - st->open[k].opened_us < idle_us) {
				k++;
				continue;
			}
			x = close_event(as, st, k);
			r = r ? r : x;
		}
	}
	return r;
}

void ol_assembler_file(struct ol_assembler *as, struct ol_span file, int64_t mtime_us)
{
	as->file_n = file.n < sizeof(as->file) ? file.n : sizeof(as->file);
	if (as->file_n)
		memcpy(as->file, file.p, as->file_n);
	as->mtime_us = mtime_us;
	as->file_no++;
	as->events = 0;
	memset(as->signs, 0, sizeof(as->signs));
	as->sign_follow = false;
}

int ol_assembler_begin(struct ol_assembler *as, struct ol_span file, int64_t mtime_us)
{
	ol_assembler_file(as, file, mtime_us);
	as->last = NULL;
	for (int i = 0; i < STREAMS_MAX; i++) {
		free(as->streams[i]);
		as->streams[i] = NULL;
	}
	return 0;
}

/* ---- streams ---- */

static struct stream *stream_get(struct ol_assembler *as, struct ol_span host, bool user,
				 int *ret_r)
{
	int slot = -1;

	*ret_r = 0;
	if (host.n > sizeof(as->streams[0]->host))
		host.n = sizeof(as->streams[0]->host);
	/* bursts come from one host */
	if (as->last && as->last->user == user &&
	    ol_span_eq(ol_span(as->last->host, as->last->host_n), host)) {
		as->last->touched = ++as->clock;
		return as->last;
	}
	for (int i = 0; i < STREAMS_MAX; i++) {
		struct stream *st = as->streams[i];

		if (!st) {
			slot = slot < 0 || as->streams[slot] ? i : slot;
			continue;
		}
		if (st->user == user && ol_span_eq(ol_span(st->host, st->host_n), host)) {
			st->touched = ++as->clock;
			as->last = st;
			return st;
		}
		if (slot < 0 || (as->streams[slot] && as->streams[slot]->touched > st->touched))
			slot = i;
	}
	if (as->streams[slot]) {
		*ret_r = close_all(as, as->streams[slot]);
		free(as->streams[slot]);
		as->last = NULL;
	}
	as->streams[slot] = calloc(1, sizeof(struct stream));
	if (!as->streams[slot])
		return NULL;
	as->streams[slot]->used = true;
	as->streams[slot]->user = user;
	as->streams[slot]->last_mono_us = OL_TIME_NONE;
	as->streams[slot]->touched = ++as->clock;
	as->streams[slot]->host_n = host.n;
	if (host.n)
		memcpy(as->streams[slot]->host, host.p, host.n);
	as->last = as->streams[slot];
	return as->last;
}

/* A boot ends every event: journal boot id, kernel clock that fell back, or the banner itself. */
static int watch_boot(struct ol_assembler *as, struct stream *st, const struct ol_line *line)
{
	bool fresh = false;

	if (line->boot.p) {
		struct ol_span had = ol_span(st->boot_id, st->boot_id_n);

		fresh = st->boot_id_n && !ol_span_eq(had, line->boot);
		st->boot_id_n =
			line->boot.n < sizeof(st->boot_id) ? line->boot.n : sizeof(st->boot_id);
		memcpy(st->boot_id, line->boot.p, st->boot_id_n);
	} else if (line->mono_us != OL_TIME_NONE && st->last_mono_us != OL_TIME_NONE &&
		   line->prefixed && line->mono_us < st->last_mono_us - 30 * 1000000LL) {
		/* lines of several CPUs are out of order by milliseconds, never by this much */
		fresh = true;
	}
	if (line->mono_us != OL_TIME_NONE)
		st->last_mono_us = line->mono_us;
	if (!fresh)
		return 0;
	st->boot++;
	st->release_n = 0;
	return close_all(as, st);
}

static int retire(struct ol_assembler *as, struct stream *st, const struct ol_line *line)
{
	int r = 0, x;

	for (unsigned i = 0; i < st->n_open;) {
		struct ol_open *o = &st->open[i];
		int64_t quiet = line->mono_us != OL_TIME_NONE && o->last_mono_us != OL_TIME_NONE
					? line->mono_us - o->last_mono_us
					: 0;

		if (st->seq - o->last_seq <= QUIET_LINES &&
		    quiet <= (o->done ? LINGER_US : QUIET_US)) {
			i++;
			continue;
		}
		x = close_event(as, st, i);
		r = r ? r : x;
	}
	return r;
}

/* ---- opening ---- */

static struct ol_open *open_event(struct ol_assembler *as, struct stream *st,
				  const struct ol_line *line, uint32_t lineno, int *ret_r)
{
	struct ol_oom_event *e = as->spare;
	struct ol_arena arena;
	struct ol_open *o;
	size_t held = 0;

	*ret_r = 0;
	for (unsigned i = 0; i < st->n_open; i++)
		held += st->open[i].e->arena.used;
	if (st->n_open == OPEN_MAX || (st->n_open && held > ALL_EVENTS_BYTES)) {
		unsigned victim = 0;

		/* rather one that is complete than one that still grows */
		while (victim + 1 < st->n_open && !st->open[victim].done)
			victim++;
		*ret_r = close_event(as, st, st->open[victim].done ? victim : 0);
		e = as->spare;
	}
	as->spare = NULL;
	if (e) {
		arena = e->arena;
	} else {
		e = malloc(sizeof(*e));
		if (!e) {
			*ret_r = -ENOMEM;
			return NULL;
		}
		ol_arena_init(&arena, EVENT_BYTES);
	}
	*e = (struct ol_oom_event){
		.arena = arena,
		.kind = OL_EV_OOM,
		.first_line = lineno,
		.last_line = lineno,
		.first_byte = line->byte,
		.mono_us = OL_TIME_NONE,
		.last_mono_us = OL_TIME_NONE,
		.wall_us = OL_TIME_NONE,
		.boot = st->boot,
		.swap_errors =
			st->swap_errors && st->seq - st->swap_error_seq < 500 ? st->swap_errors : 0,
		.forged_suspect = st->user,
	};
	e->file = ol_arena_dup(&e->arena, ol_span(as->file, as->file_n));
	if (st->seq - st->withheld_seq < 500)
		e->withheld = st->withheld;
	st->withheld = (struct ol_withheld){ 0 };
	if (st->release_n) {
		e->release.s = ol_arena_dup(&e->arena, ol_span(st->release, st->release_n));
		e->release_before = true;
	}
	o = &st->open[st->n_open++];
	as->n_open++;
	*o = (struct ol_open){
		.e = e,
		.file_no = as->file_no,
		.suspect = st->user,
		.last_seq = st->seq,
		.last_mono_us = OL_TIME_NONE,
		.opened_us = ol_mono_us(),
	};
	return o;
}

/* "N pages …" is one shape and three parts. */
static enum ol_part part_of(enum ol_shape shape, struct ol_span text)
{
	if (shape == OL_SH_PAGE_COUNT && ol_span_find(text, S("pagecache")) >= 0)
		return OL_PART_PAGECACHE;
	if (shape == OL_SH_PAGE_COUNT && ol_span_find(text, S("swap cache")) >= 0)
		return OL_PART_SWAP;
	return ol_shapes[shape].part;
}

static int accept(struct ol_assembler *as, struct stream *st, struct ol_open *o,
		  const struct ol_msg *m, enum ol_shape shape, struct ol_span text, uint32_t lineno)
{
	const struct ol_shape_info *info = &ol_shapes[shape];
	struct ol_oom_event *e = o->e;
	struct ol_evline *to;
	struct ol_span copy;

	/* what does not fit is lost to this event, not the beginning of another */
	o->last_seq = st->seq;
	if (shape == OL_SH_TABLE_ROW && e->arena.used > EVENT_BYTES - BEHIND_TABLE) {
		e->truncated = true;
		return 0;
	}
	copy = ol_arena_dup(&e->arena, text);
	if (!copy.p) {
		e->truncated = true;
		return 0;
	}
	to = ol_vec_push(&e->arena, &e->lines);
	if (!to) {
		e->truncated = true;
		return 0;
	}
	*to = (struct ol_evline){ copy, lineno, (uint8_t)part_of(shape, copy) };
	if (o->gap && e->lines.n > 1)
		e->interleaved = true;
	o->gap = false;
	if (m) {
		ol_event_times(o, m->line, as->mtime_us, as->opts.now_us);
		if (o->file_no != as->file_no) {
			/* line numbers start again in the file that goes on */
			o->file_no = as->file_no;
			e->continued_in = ol_arena_dup(&e->arena, ol_span(as->file, as->file_n));
			e->last_line = 0;
		}
		if (m->last_lineno > e->last_line)
			e->last_line = m->last_lineno;
	}
	e->parts_seen |= 1u << to->part;
	if (info->phase > o->phase && info->phase < 9)
		o->phase = info->phase;
	ol_decode(o, shape, copy, lineno, m && m->at_eof, m ? m->row : NULL);
	if (shape == OL_SH_KILLED || shape == OL_SH_PANIC || shape == OL_SH_REAPED)
		o->done = true;
	return 0;
}

/* ---- lines that may be the head of something ---- */

static int pre_replay(struct ol_assembler *as, struct stream *st, struct ol_open *o,
		      struct ol_span caller)
{
	struct ol_pre *p = ol_pre_of(st->pre, caller);
	int r = 0;

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

		if (ol_decode_fits(o, p->l[i].shape, text))
			r = accept(as, st, o, NULL, p->l[i].shape, text, p->l[i].line);
	}
	ol_pre_reset(p);
	return r;
}

/* ---- routing ---- */

static bool known_victim(const struct ol_oom_event *e, int64_t pid)
{
	for (uint32_t i = 0; i < e->victims.n; i++)
		if (e->victims.v[i].pid.set && e->victims.v[i].pid.v == pid)
			return true;
	return false;
}

static bool caller_differs(const struct ol_open *o, struct ol_span caller)
{
	return o->caller[0] && caller.n && !ol_span_eqs(caller, o->caller);
}

/* The tail of a dump: kill lines come once per event, the reaper's by another task and later. */
static bool tail_fits(const struct ol_open *o, const struct ol_msg *m)
{
	const struct ol_oom_event *e = o->e;
	int64_t pid = -1;
	bool has_pid = ol_decode_kill_pid(m->shape, m->text, &pid);

	switch (m->shape) {
	case OL_SH_REAPED:
	case OL_SH_UNREAPED:
	case OL_SH_EXITING:
		return has_pid && known_victim(e, pid);
	case OL_SH_SHARING:
		return o->done && !o->gap;
	case OL_SH_GROUP_SET:
		return o->done && !e->oom_group;
	case OL_SH_PANIC:
		return !o->done || e->panic.s.p;
	case OL_SH_CHOSEN:
	case OL_SH_CHOSEN_OLD:
		if (o->done || !has_pid)
			return false;
		for (uint32_t i = 0; i < e->victims.n; i++)
			if (e->victims.v[i].score.set)
				return false;
		return !e->victims.n || known_victim(e, pid);
	case OL_SH_KILLED:
		if (!has_pid)
			return false;
		if (o->done)
			return e->oom_group;
		/* another pid than the chosen one is its child, and then nothing stands between */
		return !e->victims.n || known_victim(e, pid) ||
		       (e->victims.v[0].score.set && !o->gap);
	default:
		return !o->done;
	}
}

static bool fits(const struct ol_open *o, const struct ol_msg *m)
{
	const struct ol_shape_info *info = &ol_shapes[m->shape];

	if (info->phase >= 7)
		return (o->e->kind != OL_EV_ALLOC_FAILURE) && tail_fits(o, m) &&
		       (info->phase == 8 || !caller_differs(o, m->line->caller)) &&
		       ol_decode_fits(o, m->shape, m->text);
	if (o->done || info->phase < o->phase || caller_differs(o, m->line->caller))
		return false;
	/* a failed allocation has neither victim nor task table */
	if (o->e->kind == OL_EV_ALLOC_FAILURE && info->phase >= 5)
		return false;
	return ol_decode_fits(o, m->shape, m->text);
}

static bool told_already(const struct stream *st, int64_t pid)
{
	for (unsigned i = 0; i < RECENT_MAX && i < st->recent_n; i++)
		if (st->recent[i] == pid)
			return true;
	return false;
}

/*
 * A monitor that repeats a kernel line of the same host and victim reports it; that is no second
 * kill.
 */
static bool quotes_kernel(struct ol_assembler *as, const struct ol_msg *m)
{
	int64_t pid;

	if (!ol_decode_kill_pid(m->shape, m->text, &pid))
		return false;
	for (int i = 0; i < STREAMS_MAX; i++) {
		const struct stream *st = as->streams[i];

		if (!st || st->user || !ol_span_eq(ol_span(st->host, st->host_n), m->line->host))
			continue;
		if (told_already(st, pid))
			return true;
		for (unsigned k = 0; k < st->n_open; k++)
			if (known_victim(st->open[k].e, pid))
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
		/* "(rest of process list omitted)", "[...]": somebody shortened the paste */
		if (o->phase == 6 && !m->line->prefixed && o->e->transport != OL_TR_PLAIN)
			o->e->table_incomplete = true;
		/* registers and code bytes stand in a call trace; behind it every line is known */
		else if (o->phase >= 2)
			o->gap = true;
	}
}

static void take_release(struct stream *st, struct ol_span text)
{
	struct ol_span tok;

	text = ol_span_skip(text, 14);
	if (!ol_span_token(&text, &tok) || tok.n > sizeof(st->release))
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
	if (st->seq - st->withheld_seq >= 500)
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
		int jump = ol_shapes[m->shape].phase - st->open[i].phase;

		if (jump < 0)
			jump = -jump;
		if (jump > least || !fits(&st->open[i], m))
			continue;
		/*
		 * the free lists come when all zones are printed: whoever has more of them is there
		 */
		if (jump < least ||
		    (m->shape == OL_SH_BUDDY && st->open[i].e->zones.n > best->e->zones.n)) {
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
	bool oom = m->shape == OL_SH_INVOKED || m->shape == OL_SH_INVOKED_OLD;
	bool failure = o->e->kind == OL_EV_ALLOC_FAILURE;

	if (o->done)
		return true;
	if (st->seq - o->last_seq >= 100)
		return false;
	if (m->line->caller.n)
		return caller_differs(o, m->line->caller);
	if (!(ol_shapes[m->shape].flags & OL_SHF_HEAD) || (oom && !failure))
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
		/*
		 * events come out in the order that they began in: not before an older one that
		 * lingers
		 */
		while (i && st->open[0].done) {
			x = close_event(as, st, 0);
			r = r ? r : x;
			i--;
		}
		x = close_event(as, st, i);
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
	if (!line->joined || line->quoted || line->writer != OL_WRITER_KERNEL)
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

static int route(struct ol_assembler *as, struct stream *st, const struct ol_msg *m)
{
	const struct ol_shape_info *info = &ol_shapes[m->shape];
	struct ol_open *o;
	int64_t pid;
	int r, x;

	/* the slab allocator's own words behind the page allocator's: one failure, not two */
	if (m->shape == OL_SH_SLUB_FAIL && st->n_open) {
		o = &st->open[st->n_open - 1];
		if (o->e->kind == OL_EV_ALLOC_FAILURE && st->seq - o->last_seq <= 3 &&
		    !caller_differs(o, m->line->caller)) {
			o->section = OL_SEC_SLUB;
			r = accept(as, st, o, m, OL_SH_SLUB_CACHE, m->text, m->lineno);
			o->section = OL_SEC_SLUB;
			return r;
		}
	}
	if (!(info->flags & OL_SHF_HEAD)) {
		o = best_fit(st, m);
		if (o)
			return accept(as, st, o, m, m->shape, m->text, m->lineno);
		if (info->phase == 1 && info->part <= OL_PART_STACK) {
			ol_pre_add(st->pre, st->seq, m);
			note_gap(st, m);
			return 0;
		}
		if (!(info->flags & OL_SHF_START) || names_newline(m->line)) {
			note_gap(st, m);
			return 0;
		}
		/*
		 * a reaper's line alone is news only where no event of its stream could explain it
		 */
		if (info->part == OL_PART_REAP &&
		    (st->n_open ||
		     (ol_decode_kill_pid(m->shape, m->text, &pid) && told_already(st, pid))))
			return 0;
	}
	if (st->user && quotes_kernel(as, m))
		return 0;
	r = make_way(as, st, m);
	o = open_event(as, st, m->line, m->lineno, &x);
	r = r ? r : x;
	if (!o)
		return r;
	if (st->sysrq_seq && st->seq - st->sysrq_seq < 50 && info->part == OL_PART_HEADER)
		o->e->sysrq = true;
	if (info->phase == 2 || info->phase == 3) {
		x = pre_replay(as, st, o, m->line->caller);
		r = r ? r : x;
	}
	x = accept(as, st, o, m, m->shape, m->text, m->lineno);
	return r ? r : x;
}

static int userspace(struct ol_assembler *as, struct stream *st, const struct ol_msg *m,
		     struct ol_span who)
{
	struct ol_open *o;
	int r, x;

	o = open_event(as, st, m->line, m->lineno, &r);
	if (!o)
		return r;
	o->e->kind = OL_EV_USERSPACE_KILL;
	o->e->forged_suspect = false;
	ol_event_times(o, m->line, as->mtime_us, as->opts.now_us);
	o->e->last_line = m->last_lineno;
	ol_userspace_decode(o->e, who, m->text, m->lineno);
	x = close_event(as, st, st->n_open - 1);
	return r ? r : x;
}

int ol_assembler_push(struct ol_assembler *as, const struct ol_msg *m)
{
	const struct ol_line *line = m->line;
	bool user = line->writer == OL_WRITER_USER;
	struct ol_span who;
	struct stream *st;
	uint32_t before;
	int64_t earlier;
	int r, x;

	if (m->shape == OL_SH_NONE && !as->n_open && line->writer == OL_WRITER_KERNEL)
		return 0;
	st = stream_get(as, line->host, user, &r);
	if (!st)
		return -ENOMEM;
	if (line->writer != OL_WRITER_KERNEL && m->shape == OL_SH_NONE &&
	    ol_userspace_kill(line, m->text, &who)) {
		x = userspace(as, st, m, who);
		return r ? r : x;
	}
	if (user && m->shape == OL_SH_NONE) {
		/* a user line costs the kernel's stream nothing, but the reader should know */
		st = stream_get(as, line->host, false, &x);
		if (st)
			note_gap(st, m);
		return r ? r : x;
	}
	/*
	 * imklog keeps the kernel's stamp always or never: a "kernel:" line without one was not the
	 * kernel's
	 */
	if (!user && line->prefixed && line->tag.p && line->writer == OL_WRITER_KERNEL) {
		if (line->mono_us != OL_TIME_NONE) {
			st->stamped++;
		} else if (st->stamped >= 3 && !line->joined &&
			   (line->transport == OL_TR_SYSLOG ||
			    line->transport == OL_TR_SYSLOG5424 ||
			    line->transport == OL_TR_METALOG)) {
			st = stream_get(as, line->host, true, &x);
			if (!st)
				return -ENOMEM;
			r = r ? r : x;
		}
	}
	st->seq++;
	before = st->boot;
	earlier = st->last_mono_us;
	x = watch_boot(as, st, line);
	r = r ? r : x;
	if (st->n_open) {
		x = retire(as, st, line);
		r = r ? r : x;
	}
	switch (m->shape) {
	case OL_SH_NONE:
		note_gap(st, m);
		return r;
	case OL_SH_SUPPRESSED:
		take_suppressed(st, m->text);
		return r;
	case OL_SH_SWAP_ERROR:
		st->swap_errors = st->seq - st->swap_error_seq < 500 ? st->swap_errors + 1 : 1;
		st->swap_error_seq = st->seq;
		for (unsigned i = 0; i < st->n_open; i++)
			st->open[i].e->swap_errors++;
		return r;
	case OL_SH_HUNG_TASK:
	case OL_SH_SOFT_LOCKUP:
	case OL_SH_RCU_STALL:
	case OL_SH_IO_ERROR:
	case OL_SH_NOT_RESPONDING:
		if (!user)
			ol_signs_note(as->signs, m->shape, m->text, m->lineno, &as->sign_follow);
		note_gap(st, m);
		return r;
	case OL_SH_FRAME:
		if (as->sign_follow)
			ol_signs_note(as->signs, m->shape, m->text, m->lineno, &as->sign_follow);
		x = route(as, st, m);
		return r ? r : x;
	case OL_SH_SYSRQ:
		st->sysrq_seq = st->seq;
		return r;
	case OL_SH_LINUX_VERSION:
		x = close_all(as, st);
		/* a banner behind a running clock that did not fall far enough to be noticed */
		if (st->boot == before && earlier != OL_TIME_NONE && earlier > 1000000 &&
		    earlier >= line->mono_us)
			st->boot++;
		take_release(st, m->text);
		return r ? r : x;
	default:
		x = route(as, st, m);
		return r ? r : x;
	}
}
