// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/assemble_impl.h"

#include <errno.h>
#include <stdlib.h>

/* The hosts of a log and their open events: found, begun, filled, closed, within bounds. */

#define S(lit) OL_SPAN(lit)

/* What is left of an event when all of its dump is missing. */
#define KILL_PARTS \
	(1u << OL_PART_KILL | 1u << OL_PART_OOM_KILL | 1u << OL_PART_REAP | 1u << OL_PART_PANIC)

#define EVENT_BYTES  (8u << 20)
#define BEHIND_TABLE (1u << 20) /* of them for the kill behind the longest task table */
/*
 * Lines of the whole input, whoever's, that no event took. A dump is printed in one go, but a log
 * of many hosts, or of a busy one, may have a burst of theirs inside. After FRESH_LINES of them the
 * rest is searched for lines of a dump and not read; weak ones ("anon 4096") are then not found.
 */
#define FRESH_LINES      24
#define FRESH_BYTES      (16u << 10)
#define WAITING_LINES    2 /* behind a kill: who reads a stream hears of it when time has passed */
#define NOISE_BYTES      (128u << 10)
#define COPY_LINES       2 /* of an event that is a mention of another one */
#define NAMED_BYTES      (64u << 10) /* behind a kill: whose container it was is told by then */
#define REAPED_US        200000 /* an event is quiet behind its last line that can come */
#define WAITING_FACTOR   8 /* what waits for its reaper costs nothing */
#define ALL_EVENTS_BYTES (36u << 20) /* of all streams */
#define GUESS_MAX        1024u /* rows and lines that are made room for before they come */
#define ALL_TABLES_BYTES (24u << 20) /* above: no more rows, so that what stands behind them fits */

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

/* NULL: nobody is there */
static struct stream *stream_at(const struct ol_assembler *as, uint32_t slot)
{
	return (struct stream *)as->streams.slot[slot]; /* .id is its first member */
}

static void pre_slot_take(struct ol_assembler *as, struct stream *st, unsigned slot)
{
	st->pre_slot = slot;
	as->has_pre[slot] = st;
}

static void stream_free(struct ol_assembler *as, struct stream *st)
{
	if (st && st->pre) {
		pre_slot_take(as, as->has_pre[--as->n_pre], st->pre_slot);
		free(st->pre);
	}
	free(st);
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
	for (uint32_t i = 0; i < as->streams.n; i++) {
		struct stream *st = stream_at(as, i);

		for (unsigned k = 0; st && k < st->n_open; k++)
			event_free(st->open[k].e);
		stream_free(as, st);
	}
	for (unsigned i = 0; i < as->n_held; i++)
		event_free(as->held_says[i].e);
	while (as->n_spare)
		event_free(as->spare[--as->n_spare]);
	ol_names_free(as->names);
	free(as);
}

bool ol_assembler_open(const struct ol_assembler *as)
{
	return as->n_open > as->n_done;
}

bool ol_assembler_waiting(const struct ol_assembler *as)
{
	return as->n_done > 0;
}

/* The name that an id has in a path: 64 digits, or a pod's with its dashes or underscores. */
static struct ol_span id_in(struct ol_span path)
{
	size_t run = 0;

	for (size_t i = 0; i < path.n; i++) {
		run = ol_is_xdigit(path.p[i]) ? run + 1 : 0;
		if (run == 64)
			return ol_span(path.p + i - 63, 64);
	}
	return (struct ol_span){ NULL, 0 };
}

/* A kill in a container: for a short while somebody may tell the container's name. */
static struct ol_span unnamed(const struct ol_assembler *as, const struct ol_open *o)
{
	const struct ol_oom_event *e = o->e;
	struct ol_span id = { NULL, 0 };

	if (!o->done || as->noise - o->last_noise >= NAMED_BYTES)
		return id;
	id = id_in(e->task_memcg.s);
	return id.p ? id : id_in(e->oom_memcg.s);
}

struct ol_span ol_assembler_unnamed(const struct ol_assembler *as)
{
	const struct ol_stream_id *id = as->streams.newest;
	unsigned left = as->n_done;

	for (; id && left; id = id->older) {
		const struct stream *st = (const struct stream *)id;

		/* the last of a host is the one that something is said of now */
		for (unsigned i = st->n_open; i-- > 0;) {
			struct ol_span it = unnamed(as, &st->open[i]);

			left -= st->open[i].done;
			if (it.p)
				return it;
		}
	}
	return (struct ol_span){ NULL, 0 };
}

bool ol_assembler_fresh(const struct ol_assembler *as)
{
	unsigned lines = ol_assembler_open(as) ? FRESH_LINES : as->n_done ? WAITING_LINES : 0;

	return as->json_left || (as->run_lines < lines && as->run_bytes < FRESH_BYTES);
}

const struct ol_sign *ol_assembler_signs(const struct ol_assembler *as)
{
	return as->signs;
}

bool ol_assembler_sign_more(struct ol_assembler *as, enum ol_line_kind kind)
{
	enum ol_sign_kind k = ol_sign_of(kind);

	if (k == OL_SIGN_MAX)
		return false;
	as->signs[k].at_least = true;
	return true;
}

uint64_t ol_assembler_events(const struct ol_assembler *as)
{
	return as->events;
}

/* ---- closing ---- */

/*
 * An event out of records of which nobody knows who wrote them. Such a log may well be a copy of
 * the kernel's; but where the kernel speaks for itself, it needs no copy, and what names a host
 * is only the text. One line about a kill in a record, and nothing of the dump before it, is no
 * copy either.
 */
static void doubt(const struct ol_assembler *as, const struct stream *st, const struct ol_open *o)
{
	struct ol_oom_event *e = o->e;
	bool lone = o->untold && (e->lines.n < 2 || !(e->parts_seen & ~KILL_PARTS));

	if (o->inside && !o->outer && as->kernel_seen)
		e->host = (struct ol_span){ NULL, 0 };
	if (st->id.who == OL_STREAM_WRAPPED && e->kind != OL_EV_USERSPACE_KILL)
		e->forged_suspect |= as->kernel_seen || lone;
	if (o->noise)
		e->forged_suspect |= as->records_seen;
	/* a dump whose prefix nobody knew has more to tell */
	if (o->quoted)
		e->forged_suspect |= !(e->parts_seen & ~(1u << OL_PART_HEADER));
}

/* What the next one will need: as much as the last, or nearly as much as one before it. */
static uint32_t guess(uint32_t before, uint32_t n)
{
	before -= before / 4;
	n = n > before ? n : before;
	return n < GUESS_MAX ? n : GUESS_MAX;
}

static void note_dead(struct ol_assembler *as, const struct ol_oom_event *e)
{
	bool mono = e->mono_us != OL_TIME_NONE;
	int64_t from = mono ? e->mono_us : e->wall_us;
	struct ol_span host = ol_span_head(e->host, sizeof(as->dead[0].host));

	if (from == OL_TIME_NONE)
		return;
	for (uint32_t i = 0; i < e->victims.n && i < DEAD_MAX; i++) {
		struct dead *d = &as->dead[as->n_dead];

		if (!e->victims.v[i].pid.set)
			continue;
		as->n_dead = (as->n_dead + 1) % DEAD_MAX;
		*d = (struct dead){ .host_n = host.n,
				    .pid = e->victims.v[i].pid.v,
				    .from_us = from,
				    .until_us = from,
				    .boot = e->boot,
				    .mono = mono,
				    .suspect = e->forged_suspect };
		if (mono && e->last_mono_us != OL_TIME_NONE && e->last_mono_us > from)
			d->until_us = e->last_mono_us;
		memcpy(d->id, e->id, sizeof(d->id));
		if (host.n)
			memcpy(d->host, host.p, host.n);
	}
}

/* The page that a process wanted when it was killed: it fails while the process dies. */
static void find_consequence(const struct ol_assembler *as, struct ol_oom_event *e)
{
	struct ol_span host = ol_span_head(e->host, sizeof(as->dead[0].host));

	if (!e->trigger_pid.set)
		return;
	for (unsigned k = 1; k <= DEAD_MAX; k++) {
		const struct dead *d = &as->dead[(as->n_dead + DEAD_MAX - k) % DEAD_MAX];
		int64_t at = d->mono ? e->mono_us : e->wall_us;

		if (!d->id[0] || at == OL_TIME_NONE || d->pid != e->trigger_pid.v ||
		    d->boot != e->boot || d->suspect != e->forged_suspect || at < d->from_us ||
		    at - d->until_us > DYING_US || !ol_span_eq(ol_span(d->host, d->host_n), host))
			continue;
		memcpy(e->consequence_of, d->id, sizeof(d->id));
		return;
	}
}

int ol_hold_give(struct ol_assembler *as, struct ol_oom_event *e)
{
	ol_names_apply(as->names, e);
	if (e->kind == OL_EV_OOM || e->kind == OL_EV_KILL_ONLY)
		note_dead(as, e);
	else if (e->kind == OL_EV_ALLOC_FAILURE)
		find_consequence(as, e);
	as->events++;
	return as->fn(as->arg, e);
}

/* st->open[@i] is no longer open; its event is the caller's. */
static struct ol_oom_event *take_out(struct ol_assembler *as, struct stream *st, unsigned i)
{
	struct ol_oom_event *e = st->open[i].e;

	as->held -= st->open[i].held;
	as->n_done -= st->open[i].done;
	memmove(st->open + i, st->open + i + 1, (st->n_open - i - 1) * sizeof(st->open[0]));
	st->n_open--;
	as->n_open--;
	as->in_table = NULL;
	return e;
}

void ol_hold_spare(struct ol_assembler *as, struct ol_oom_event *e)
{
	if (as->n_spare == SPARE_MAX) {
		event_free(e);
	} else {
		ol_arena_reset(&e->arena);
		as->spare[as->n_spare++] = e;
	}
}

void ol_hold_drop(struct ol_assembler *as, struct stream *st, unsigned i)
{
	ol_hold_spare(as, take_out(as, st, i));
}

/*
 * A head that somebody quotes, with nothing or little behind it, of an event that was told or will
 * be. A whole dump behind quote marks, and once more without, is one event as well.
 */
static bool only_a_copy(const struct ol_open *o)
{
	return o->copy && ((o->marked && o->e->stamp.p) || o->e->lines.n <= COPY_LINES);
}

int ol_hold_close(struct ol_assembler *as, struct stream *st, unsigned i)
{
	bool copy = only_a_copy(&st->open[i]);
	struct ol_oom_event *e;
	int r = 0;

	if (copy) {
		ol_hold_drop(as, st, i);
		return 0;
	}
	doubt(as, st, &st->open[i]);
	e = take_out(as, st, i);
	if (as->n_held && st->id.who != OL_STREAM_USER)
		ol_held_fold(as, e);
	as->rows_before = guess(as->rows_before, e->tasks.n);
	as->lines_before = guess(as->lines_before, e->lines.n);
	if (ol_event_finish(e, &as->opts)) {
		/* from half of its lines another event would be told */
		r = ol_had_no_memory() ? -ENOMEM : 0;
		for (uint32_t k = 0; k < e->victims.n && k < RECENT_MAX; k++)
			if (e->victims.v[k].pid.set)
				st->recent[st->recent_n++ % RECENT_MAX] = e->victims.v[k].pid.v;
		r = r ? r : ol_hold_give(as, e);
	}
	ol_hold_spare(as, e);
	return r;
}

/* Events come out in the order that they began in: not before an older one that lingers. */
int ol_hold_close_upto(struct ol_assembler *as, struct stream *st, unsigned *i)
{
	int r = 0, x;

	while (*i && st->open[0].done) {
		x = ol_hold_close(as, st, 0);
		r = r ? r : x;
		--*i;
	}
	x = ol_hold_close(as, st, *i);
	return r ? r : x;
}

int ol_hold_close_all(struct ol_assembler *as, struct stream *st)
{
	int r = 0, x;

	while (st->n_open) {
		x = ol_hold_close(as, st, 0);
		r = r ? r : x;
	}
	return r;
}

int ol_assembler_flush(struct ol_assembler *as)
{
	int r = 0, x;

	for (uint32_t i = 0; i < as->streams.n; i++)
		if (stream_at(as, i)) {
			x = ol_hold_close_all(as, stream_at(as, i));
			r = r ? r : x;
		}
	x = ol_held_give_all(as, 0);
	return r ? r : x;
}

int ol_assembler_turn(struct ol_assembler *as)
{
	int r = 0, x;

	for (uint32_t i = 0; i < as->streams.n; i++) {
		struct stream *st = stream_at(as, i);

		/* in order: what is not done keeps those behind it waiting */
		while (st && st->n_open && st->open[0].done) {
			x = ol_hold_close(as, st, 0);
			r = r ? r : x;
		}
	}
	x = ol_held_give_all(as, 0);
	return r ? r : x;
}

/* The kill, and the reaper's line for each who was killed: all that the kernel prints. */
static bool all_reaped(const struct ol_open *o)
{
	const struct ol_oom_event *e = o->e;
	uint32_t n = 0;

	while (n < e->victims.n && e->victims.v[n].reaped == 1)
		n++;
	return o->done && n && n == e->victims.n;
}

/*
 * How long an event waits for another line after its last. The kernel writes a dump in one go, but
 * a serial console takes 20 s for it and a log daemon may stand still. Behind the kill comes the
 * reaper's line: since 5.18 two seconds later, so that robust futexes are let go first, and it
 * tries for one more second; it never comes when the victim has ended by itself, so nothing but
 * three seconds tells that. With the reaper's line the event is over, but a cgroup's kills may go
 * on in the same instant.
 */
int ol_assembler_idle(struct ol_assembler *as, int64_t idle_us)
{
	int64_t now = ol_mono_us();
	int r = 0, x;

	for (uint32_t i = 0; i < as->streams.n; i++) {
		struct stream *st = stream_at(as, i);

		for (unsigned k = 0; st && k < st->n_open;) {
			struct ol_open *o = &st->open[k];
			int64_t wait = all_reaped(o) && idle_us > REAPED_US ? REAPED_US : idle_us;

			if (o->idle_seq != o->last_seq) {
				o->idle_seq = o->last_seq;
				o->grown_us = now;
			}
			if (now - o->grown_us < wait) {
				k++;
				continue;
			}
			x = ol_hold_close(as, st, k);
			r = r ? r : x;
		}
	}
	x = ol_held_give_all(as, idle_us);
	return r ? r : x;
}

void ol_assembler_file(struct ol_assembler *as, struct ol_span file, int64_t mtime_us)
{
	as->file_n = file.n < sizeof(as->file) ? file.n : sizeof(as->file);
	if (as->file_n)
		memcpy(as->file, file.p, as->file_n);
	as->mtime_us = mtime_us;
	as->file_no++;
	as->events = 0;
	as->n_notes = as->n_killed = as->json_left = 0; /* of lines of the other file */
	as->json_node_n = as->json_time_n = as->tail_n = 0;
	memset(as->signs, 0, sizeof(as->signs));
	as->sign_follow = false;
}

int ol_assembler_begin(struct ol_assembler *as, struct ol_span file, int64_t mtime_us)
{
	ol_assembler_file(as, file, mtime_us);
	as->kernel_seen = as->records_seen = false;
	as->in_table = NULL;
	for (uint32_t i = 0; i < as->streams.n; i++)
		stream_free(as, stream_at(as, i));
	as->streams = (struct ol_streams){ 0 };
	ol_names_free(as->names);
	as->names = NULL;
	return 0;
}

/* ---- what no event took ---- */

/* Where the event is over when it gets no line before. */
static uint64_t deadline(const struct ol_open *o)
{
	return o->last_noise + (o->done ? (uint64_t)NOISE_BYTES * WAITING_FACTOR : NOISE_BYTES);
}

/* The open event that is over first; what is over later stays apart from it. */
static struct stream *first_over(const struct ol_assembler *as, unsigned *ret_i)
{
	struct stream *first = NULL;
	uint64_t least = UINT64_MAX;

	for (uint32_t i = 0; i < as->streams.n; i++) {
		struct stream *st = stream_at(as, i);

		for (unsigned k = 0; st && k < st->n_open; k++)
			if (deadline(&st->open[k]) < least) {
				least = deadline(&st->open[k]);
				first = st;
				*ret_i = k;
			}
	}
	return first;
}

int ol_assembler_retire(struct ol_assembler *as, uint64_t bytes)
{
	uint64_t now = as->noise + bytes;
	int r = 0, x;

	/* one after the other, so that it is the same when many are over at once */
	while ((as->n_open || as->n_held) && now >= as->check) {
		unsigned i = 0;
		struct stream *st = first_over(as, &i);
		uint64_t open = st ? deadline(&st->open[i]) : UINT64_MAX;
		uint64_t held = ol_held_deadline(as);

		as->check = open < held ? open : held;
		if (now < as->check)
			break;
		x = held <= open ? ol_held_give_first(as) : ol_hold_close_upto(as, st, &i);
		r = r ? r : x;
	}
	return r;
}

int ol_assembler_noise(struct ol_assembler *as, uint64_t lines, uint64_t bytes)
{
	if (!as->n_open && !as->n_held)
		return 0;
	as->noise += bytes;
	as->run_lines += lines;
	as->run_bytes += bytes;
	return ol_assembler_retire(as, 0);
}

int ol_assembler_passed(struct ol_assembler *as, uint64_t lines, uint64_t bytes)
{
	as->passed += lines;
	as->in_table = NULL;
	return ol_assembler_noise(as, lines, bytes);
}

/* The stream's lines are counted on over what was passed over; its events did not miss them. */
static void count_on(const struct ol_assembler *as, struct stream *st)
{
	uint64_t more = as->passed - st->passed;

	st->passed = as->passed;
	st->seq += more;
	for (unsigned i = 0; more && i < st->n_open; i++)
		st->open[i].last_seq += more;
}

bool ol_assembler_may_continue(const struct ol_assembler *as, struct ol_span raw,
			       enum ol_records records)
{
	const struct ol_stream_id *id = as->streams.newest;
	unsigned left = as->n_open - as->n_done;

	/* the host stands on another line of the record; or there are too many to ask */
	if (records != OL_RECORDS_LINES || left > OPEN_MAX)
		return left > 0;
	for (; id && left; id = id->older) {
		const struct stream *st = (const struct stream *)id;
		struct ol_span host = ol_span(id->host, id->host_n);

		for (unsigned i = 0; i < st->n_open; i++) {
			if (st->open[i].done)
				continue;
			left--;
			if ((!host.n || ol_span_find(raw, host) >= 0) &&
			    (!st->open[i].kern || ol_span_find(raw, S("kern")) >= 0))
				return true;
		}
	}
	return false;
}

/* ---- streams ---- */

/* The one that goes first where there is no room for all: rather complete than still growing. */
static unsigned first_to_go(const struct stream *st)
{
	for (unsigned i = 0; i < st->n_open; i++)
		if (st->open[i].done)
			return i;
	return 0;
}

static int close_early(struct ol_assembler *as, struct stream *st)
{
	unsigned i = first_to_go(st);

	st->open[i].e->truncated |= !st->open[i].done;
	return ol_hold_close(as, st, i);
}

bool ol_hold_short(const struct ol_assembler *as)
{
	return as->held > ALL_EVENTS_BYTES || (as->held > ALL_TABLES_BYTES && as->n_done);
}

/*
 * Makes room: first goes what only waits for the reaper, of the hosts that were quiet for longest;
 * without more rows the others stay whole, and only when that is not enough they are cut, too.
 */
int ol_hold_within(struct ol_assembler *as)
{
	struct stream *st = (struct stream *)as->streams.oldest;
	int r = 0, x;

	while (st && ol_hold_short(as)) {
		unsigned i = st->n_open ? first_to_go(st) : 0;

		if (!st->n_open || (as->n_done && !st->open[i].done)) {
			st = (struct stream *)st->id.newer;
			continue;
		}
		x = close_early(as, st);
		r = r ? r : x;
	}
	return r;
}

struct stream *ol_hold_stream(struct ol_assembler *as, struct ol_span host, enum ol_stream_who who,
			      int *ret_r)
{
	struct stream *st = (struct stream *)ol_streams_get(&as->streams, host, who);

	*ret_r = 0;
	if (st) {
		count_on(as, st);
		return st;
	}
	if (ol_streams_full(&as->streams)) {
		struct stream *old = (struct stream *)as->streams.oldest;

		while (old->n_open) {
			int x = close_early(as, old);

			*ret_r = *ret_r ? *ret_r : x;
		}
		ol_streams_remove(&as->streams, &old->id);
		stream_free(as, old);
	}
	st = calloc(1, sizeof(*st));
	if (!st)
		return NULL;
	st->last_mono_us = st->odd_us = OL_TIME_NONE;
	st->passed = as->passed;
	ol_streams_add(&as->streams, &st->id, host, who);
	return st;
}

/* Where its lines wait; NULL without memory. */
struct ol_pre *ol_hold_pre(struct ol_assembler *as, struct stream *st)
{
	struct stream *from;

	if (st->pre)
		return st->pre;
	if (as->n_pre < PRE_MAX) {
		st->pre = calloc(OL_PRE_CONTEXTS, sizeof(*st->pre));
		if (st->pre)
			pre_slot_take(as, st, as->n_pre++);
		else
			ol_no_memory();
		return st->pre;
	}
	/* from whom was quiet for longest: they are stale after a few lines */
	from = as->has_pre[0];
	for (unsigned i = 1; i < PRE_MAX; i++)
		if (as->has_pre[i]->id.age < from->id.age)
			from = as->has_pre[i];
	st->pre = from->pre;
	from->pre = NULL;
	pre_slot_take(as, st, from->pre_slot);
	for (unsigned i = 0; i < OL_PRE_CONTEXTS; i++)
		ol_pre_clear(&st->pre[i]);
	return st->pre;
}

/* ---- opening ---- */

/* What it holds now counts. */
static void weigh(struct ol_assembler *as, struct ol_open *o)
{
	size_t now = o->e->arena.used + sizeof(*o->e);

	as->held += now - o->held;
	o->held = now;
}

/* Does the prefix of the line that begins an event say "kern"? Then so do its others'. */
static bool kernel_prefix(const struct ol_line *line)
{
	struct ol_span raw = line->raw, text = line->text;

	if (!line->prefixed || line->transport == OL_TR_DMESG || !raw.p || text.p < raw.p ||
	    text.p > raw.p + raw.n)
		return false;
	return ol_span_find(ol_span_head(raw, (size_t)(text.p - raw.p)), S("kern")) >= 0;
}

void ol_hold_check(struct ol_assembler *as, uint64_t over)
{
	/* no deadline moves back: the least of all is not before this one */
	if (as->n_open + as->n_held == 1 || over < as->check)
		as->check = over;
}

struct ol_oom_event *ol_hold_event(struct ol_assembler *as, const struct ol_line *line,
				   uint32_t lineno)
{
	struct ol_oom_event *e;
	struct ol_arena arena;

	/* a spare one's piece of memory may be large: not for hundreds at a time */
	e = as->n_spare && as->n_open < SPARE_MAX ? as->spare[--as->n_spare] : NULL;
	if (e) {
		arena = e->arena;
	} else {
		e = malloc(sizeof(*e));
		if (!e)
			return NULL;
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
	};
	e->file = ol_arena_dup(&e->arena, ol_span(as->file, as->file_n));
	return e;
}

struct ol_open *ol_hold_open(struct ol_assembler *as, struct stream *st, const struct ol_line *line,
			     uint32_t lineno, int *ret_r)
{
	struct ol_oom_event *e;
	struct ol_open *o;

	*ret_r = 0;
	if (st->n_open == OPEN_MAX)
		*ret_r = ol_hold_close(as, st, first_to_go(st));
	e = ol_hold_event(as, line, lineno);
	if (!e) {
		*ret_r = -ENOMEM;
		return NULL;
	}
	e->boot = st->boot;
	if (st->swap_errors && st->seq - st->swap_error_seq < NOTICE_LINES)
		e->swap_errors = st->swap_errors;
	e->forged_suspect = st->id.who == OL_STREAM_USER;
	if (st->vmalloc_bytes.set && st->seq - st->vmalloc_seq <= VMALLOC_LINES)
		e->vmalloc_bytes = st->vmalloc_bytes;
	st->vmalloc_bytes.set = false; /* it is of one head only */
	if (st->seq - st->withheld_seq < NOTICE_LINES)
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
		.inside = line->wrapped > OL_WRAP_NOISE || line->program,
		.noise = line->wrapped == OL_WRAP_NOISE,
		.untold = line->wrapped == OL_WRAP_RECORD,
		.outer = line->host_outer,
		.marked = line->quoted,
		.last_seq = st->seq,
		.last_mono_us = OL_TIME_NONE,
		.last_wall_us = OL_TIME_NONE,
		.last_noise = as->noise,
		.kern = kernel_prefix(line),
		.grown_us = ol_mono_us(),
		.idle_seq = st->seq,
		.rows_before = as->rows_before,
	};
	ol_hold_check(as, deadline(o));
	ol_vec_reserve(&e->arena, &e->lines, as->lines_before);
	weigh(as, o);
	return o;
}

/* "N pages …" is one shape and three parts. */
static enum ol_part part_of(enum ol_line_kind kind, struct ol_span text)
{
	if (kind == OL_LINE_PAGE_COUNT && ol_span_find(text, S("pagecache")) >= 0)
		return OL_PART_PAGECACHE;
	if (kind == OL_LINE_PAGE_COUNT && ol_span_find(text, S("swap cache")) >= 0)
		return OL_PART_SWAP;
	return ol_kinds[kind].part;
}

/* A log that is newest first is read from its end: later lines stand before the first one. */
static void note_place(struct ol_oom_event *e, const struct ol_msg *m)
{
	if (m->last_lineno > e->last_line)
		e->last_line = m->last_lineno;
	if (e->continued_in.p)
		return; /* the first one is of the file before */
	if (m->lineno < e->first_line)
		e->first_line = m->lineno;
	if (m->line->byte < e->first_byte)
		e->first_byte = m->line->byte;
}

int ol_hold_accept(struct ol_assembler *as, struct stream *st, struct ol_open *o,
		   const struct ol_msg *m, enum ol_line_kind kind, struct ol_span text,
		   uint32_t lineno)
{
	const struct ol_kind *info = &ol_kinds[kind];
	struct ol_oom_event *e = o->e;
	struct ol_evline *to;
	struct ol_span copy;

	/* what does not fit is lost to this event, not the beginning of another */
	o->last_seq = st->seq;
	o->last_noise = as->noise;
	as->run_lines = as->run_bytes = 0;
	as->took = true;
	if (kind == OL_LINE_TABLE_ROW &&
	    (e->arena.used > EVENT_BYTES - BEHIND_TABLE || as->held > ALL_TABLES_BYTES)) {
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
	*to = (struct ol_evline){ copy, lineno, (uint8_t)part_of(kind, copy) };
	if (o->gap && e->lines.n > 1)
		e->interleaved = true;
	o->gap = false;
	o->quoted |= info->flag == OL_LF_HEAD && ol_decode_quoted_head(kind, copy);
	if (m && m->line->wall_us != OL_TIME_NONE) {
		o->last_wall_us = m->line->wall_us;
		o->wall_noyear = m->line->wall_noyear;
	}
	if (m) {
		ol_event_times(o, m->line, as->mtime_us, as->opts.now_us);
		if (o->file_no != as->file_no) {
			/* line numbers start again in the file that goes on */
			o->file_no = as->file_no;
			e->continued_in = ol_arena_dup(&e->arena, ol_span(as->file, as->file_n));
			e->last_line = 0;
		}
		note_place(e, m);
	}
	e->parts_seen |= 1u << to->part;
	if (info->phase > o->phase && info->phase != OL_PHASE_BESIDE)
		o->phase = info->phase;
	ol_decode(o, kind, copy, lineno, m && m->at_eof, m ? m->row : NULL);
	weigh(as, o);
	if (!o->done && (kind == OL_LINE_KILLED || kind == OL_LINE_KILLED_UB ||
			 kind == OL_LINE_PANIC || kind == OL_LINE_REAPED)) {
		o->done = true;
		as->n_done++;
	}
	return 0;
}

int ol_hold_row(struct ol_assembler *as, struct stream *st, struct ol_open *o,
		const struct ol_msg *m)
{
	struct ol_oom_event *e = o->e;
	struct ol_evline *to;
	struct ol_span copy;

	/* whatever is not as it was for the row before */
	if (e->truncated || o->gap || m->at_eof || o->file_no != as->file_no ||
	    e->arena.used > EVENT_BYTES - BEHIND_TABLE || as->held > ALL_TABLES_BYTES)
		return ol_hold_accept(as, st, o, m, m->kind, m->text, m->lineno);
	o->last_seq = st->seq;
	copy = ol_arena_dup(&e->arena, m->text);
	to = copy.p ? ol_vec_push(&e->arena, &e->lines) : NULL;
	if (!to) {
		e->truncated = true;
		return 0;
	}
	*to = (struct ol_evline){ copy, m->lineno, OL_PART_TABLE };
	/* the rest of its prefix is the same */
	if (m->line->mono_us != OL_TIME_NONE)
		e->last_mono_us = o->last_mono_us = m->line->mono_us;
	note_place(e, m);
	ol_decode_row(o, copy, m->lineno, m->row);
	weigh(as, o);
	return 0;
}
