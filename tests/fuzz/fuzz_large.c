// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Large logs, made of small recipes (large.h), whose parts stand at the edges of the parser's
 * buffers. However such a log comes in, it says the same, to the last byte of JSON: at once, in
 * pieces of any size, as a file that is mapped, through a pipe. Every line is counted once, and
 * there is an end of it. A recipe that begins with "@a" is tried in all ways; of others the way is
 * theirs to choose.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "analyze/judge/verdict.h"
#include "analyze/dump/explain.h"
#include "collect/log/logsrc.h"
#include "export/explain.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/large.h"
#include "tests/fuzz/patience.h"

enum {
	EVENTS = 200, /* whose JSON is compared; of more only the number */
	CHECKED = 256 << 10, /* bytes of it that are parsed */
	TINY = 1500, /* pieces of a few bytes a log: each may cost a look at a whole line */
	NEAR = 40, /* bytes on both sides of a place of interest */
};

struct turn {
	struct ol_out json;
	uint64_t events, lines;
	size_t warnings;
	struct ol_parser *p;
	bool check; /* that it is JSON */
};

static int on_event(void *arg, struct ol_oom_event *e)
{
	struct turn *t = arg;
	struct ol_json j;
	size_t from;

	must(e->first_line && (e->first_line <= e->last_line || e->continued_in.p));
	if (t->events++ >= EVENTS)
		return 0;
	(void)ol_event_judge(e);
	from = t->json.n;
	ol_json_init(&j, &t->json);
	ol_event_json(&j, e);
	/* all ways say the same: that what they say is right is asked of one */
	if (t->check && t->json.n < CHECKED)
		check_json(ol_span_skip(check_all(&t->json), from));
	ol_out_char(&t->json, '\n');
	return 0;
}

static void begin(struct turn *t)
{
	static const struct ol_parser_opts opts = { .now_us = INT64_C(1773480413000000) };

	*t = (struct turn){ 0 };
	ol_out_init(&t->json, -1);
	t->p = ol_parser_new(&opts, on_event, t);
	must(t->p && !ol_parser_begin(t->p, ol_span_str("fuzz"), OL_TIME_NONE));
}

static void feed(struct turn *t, const char *p, size_t n)
{
	uint64_t before = ol_parser_stats(t->p).bytes;

	must(!ol_parser_feed(t->p, p, n));
	must(ol_parser_stats(t->p).bytes == before + n);
	ol_parser_check(t->p);
}

static void end(struct turn *t)
{
	must(!ol_parser_end(t->p));
	ol_parser_check(t->p);
	t->lines = ol_parser_stats(t->p).lines;
	ol_parser_warnings(t->p, &t->warnings);
	ol_parser_free(t->p);
}

static void say(const char *how, const struct turn *t, size_t from)
{
	struct ol_span s = ol_span_head(ol_span_skip(check_all(&t->json), from), 300);

	fprintf(stderr, "%s: %llu events, %llu lines, %zu warnings\n%.*s\n", how,
		(unsigned long long)t->events, (unsigned long long)t->lines, t->warnings, (int)s.n,
		s.n ? s.p : "");
}

static void must_be_same(const char *how, const struct turn *a, struct turn *b)
{
	struct ol_span x = check_all(&a->json), y = check_all(&b->json);
	size_t i = 0;

	if (a->events == b->events && a->lines == b->lines && a->warnings == b->warnings &&
	    ol_span_eq(x, y)) {
		ol_out_done(&b->json);
		return;
	}
	while (i < x.n && i < y.n && x.p[i] == y.p[i])
		i++;
	i -= i < 100 ? i : 100;
	say("at once", a, i);
	say(how, b, i);
	abort();
}

/* ---- in pieces ---- */

static const size_t pieces[] = { 1,     2,     3,      7,      4095,   4096,    4097,
				 65535, 65536, 262143, 262144, 262145, 1048576, 1048577 };
enum { PIECES = sizeof(pieces) / sizeof(pieces[0]) };

/* Whether @at is close to the beginning of a part, or to a multiple of 64 KiB. */
static bool interesting(const struct large *l, size_t at, unsigned *line)
{
	while (*line < l->lines && l->at[*line] + NEAR <= at)
		++*line;
	return (*line < l->lines && l->at[*line] <= at + NEAR) ||
	       (at + NEAR) % 65536 < (size_t)2 * NEAR;
}

static void in_pieces(struct turn *t, const struct large *l, uint32_t h)
{
	size_t want = pieces[h % PIECES], tiny = 0;
	bool random = h >> 8 & 1;
	unsigned line = 0;

	begin(t);
	for (size_t at = 0, n; at < l->n; at += n) {
		h = h * 1664525u + 1013904223u;
		n = want;
		if (random)
			n = pieces[(h >> 8) % PIECES];
		if (n < 64 && (tiny >= TINY || !interesting(l, at, &line)))
			/* on to just before the next place that is */
			n = 65536 - at % 65536 > NEAR ? 65536 - at % 65536 - NEAR : 65536;
		if (n > 64 && line < l->lines && l->at[line] > at + NEAR && tiny < TINY &&
		    l->at[line] - NEAR < at + n && (random || want < 64))
			n = l->at[line] - NEAR - at;
		n = n < l->n - at ? n : l->n - at;
		tiny += n < 64;
		feed(t, l->p + at, n);
	}
	end(t);
}

/* ---- as files ---- */

/* False: it was not read as text. */
static bool by_path(struct turn *t, const char *path)
{
	struct ol_logsrc *s = ol_logsrc_new(NULL);
	struct ol_err err = { "" };
	struct ol_logchunk c;
	bool plain = true;

	begin(t);
	must(s && !ol_logsrc_add_path(s, path, &err));
	for (;;) {
		must(!ol_logsrc_next(s, &c));
		if (c.what == OL_LOG_EOF)
			break;
		if (c.what == OL_LOG_DATA)
			feed(t, c.data.p, c.data.n);
		plain &= c.what != OL_LOG_WARN && ol_span_find(c.name, OL_SPAN("fd:")) < 0;
	}
	ol_logsrc_free(s);
	end(t);
	return plain;
}

static bool as_file(struct turn *t, const struct large *l)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	char path[64];
	bool plain;

	must(fd >= 0);
	for (size_t at = 0; at < l->n;) {
		ssize_t r = write(fd, l->p + at, l->n - at);

		must(r > 0);
		at += (size_t)r;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	plain = by_path(t, path);
	close(fd);
	return plain;
}

struct writer {
	const struct large *l;
	size_t piece;
	int fd;
};

static void *writer(void *arg)
{
	struct writer *w = arg;

	for (size_t at = 0; at < w->l->n;) {
		size_t n = w->l->n - at < w->piece ? w->l->n - at : w->piece;
		ssize_t r = write(w->fd, w->l->p + at, n);

		if (r <= 0)
			break;
		at += (size_t)r;
	}
	close(w->fd);
	return NULL;
}

static bool as_pipe(struct turn *t, const struct large *l, uint32_t h)
{
	struct writer w = { .l = l, .piece = pieces[4 + h % (PIECES - 4)] };
	pthread_t thread;
	char path[64];
	bool plain;
	int p[2];

	must(!pipe2(p, O_CLOEXEC));
	fcntl(p[1], F_SETPIPE_SZ, 1 << 20);
	w.fd = p[1];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", p[0]);
	must(!pthread_create(&thread, NULL, writer, &w));
	plain = by_path(t, path);
	close(p[0]);
	pthread_join(thread, NULL);
	return plain;
}

static void at_once(struct turn *t, const struct large *l)
{
	/* exactly as long as the log: a read behind it is seen by ASan */
	char *own = malloc(l->n);

	must(own);
	memcpy(own, l->p, l->n);
	begin(t);
	t->check = true;
	feed(t, own, l->n);
	end(t);
	free(own);
	must(t->lines == lines_of(l->p, l->n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct large l = { .max = LARGE_MAX };
	uint32_t h = hash_of(data, size), how = h % 8;
	bool all = size > 1 && !memcmp(data, "@a", 2);
	struct turn whole, other;

	if (!l.p)
		l.p = malloc(LARGE_MAX);
	must(l.p);
	patience("fuzz_large");
	large_make(&l, ol_span((const char *)data, size));
	if (!l.n)
		return 0;
	at_once(&whole, &l);
	if (all || how < 5) {
		in_pieces(&other, &l, h >> 3);
		must_be_same("pieces", &whole, &other);
	}
	if (all || how == 5 || how == 6) {
		if (as_file(&other, &l))
			must_be_same("file", &whole, &other);
		else
			ol_out_done(&other.json);
	}
	if (all || how == 7) {
		if (as_pipe(&other, &l, h >> 3))
			must_be_same("pipe", &whole, &other);
		else
			ol_out_done(&other.json);
	}
	ol_out_done(&whole.json);
	patience(NULL);
	return 0;
}

/* ---- other recipes ---- */

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

/* Of @size bytes: where a line begins, any; and where it ends. */
static size_t some_line(const uint8_t *p, size_t size, uint32_t *seed, size_t *ret_end)
{
	size_t at = large_random(seed, (uint32_t)size), end = at;

	while (at && p[at - 1] != '\n')
		at--;
	while (end < size && p[end++] != '\n')
		;
	*ret_end = end;
	return at;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	uint32_t rnd = seed, how = large_random(&rnd, 6);
	size_t from = 0, end = 0, n;
	char line[96];

	if (how > 4 && size)
		return LLVMFuzzerMutate(data, size, max);
	n = large_random_line(line, sizeof(line), &rnd);
	if (size)
		from = some_line(data, size, &rnd, &end);
	if (how < 2) /* one more */
		end = from;
	else if (how == 2) /* one less */
		n = 0;
	if (size - (end - from) + n > max)
		return LLVMFuzzerMutate(data, size, max);
	memmove(data + from + n, data + end, size - end);
	memcpy(data + from, line, n);
	return size - (end - from) + n;
}
