/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_TESTS_FUZZ_LARGE_H
#define OL_TESTS_FUZZ_LARGE_H

/*
 * A large log from a small recipe, so that what matters can stand at the edges of the parser's
 * buffers. A recipe is text; a line of it is itself, or, when it begins with '@', one of:
 *   @j          takes back the newline in front of it
 *   @r BYTE N   N times that byte
 *   @b K        part K of the list below
 *   @e AT F     filler F up to offset AT, or as many bytes when that is passed
 *   @n N F      N bytes of filler F
 *   @l K N      what the last K lines of the recipe made, N times more
 * Numbers are decimal with K or M behind them; "256K-1" and "1M+16K+3" are numbers too.
 */

#include "lib/span.h"

#include <stdio.h>
#include <string.h>

enum {
	LARGE_MAX = 8 << 20,
	LARGE_BUSY = 192 << 10, /* of copies that hold parts: each may be an event */
	LARGE_LINES = 512, /* of a recipe */
	LARGE_SHORT = 96 << 10, /* bytes of lines as they are at the end of a filler; before: */
	LARGE_LONG = 4001, /* bytes of a line */
};

struct large {
	char *p;
	size_t n, max, busy;
	size_t at[LARGE_LINES]; /* where what a line of the recipe made begins */
	unsigned lines;
	bool parts[LARGE_LINES]; /* it holds parts */
};

/* One kill, as 6.1 prints it. "\1" is where a line's prefix goes. */
#define LARGE_DUMP                                                                                \
	"\1heapgrinder invoked oom-killer: gfp_mask=0x100cca(GFP_HIGHUSER_MOVABLE), order=0, "    \
	"oom_score_adj=0\n"                                                                       \
	"\1CPU: 1 PID: 2718 Comm: heapgrinder Not tainted 6.1.0-18-amd64 #1\n"                    \
	"\1Mem-Info:\n"                                                                           \
	"\1active_anon:325333 inactive_anon:97596 isolated_anon:0\n"                              \
	"\1 active_file:8132 inactive_file:8132 isolated_file:0\n"                                \
	"\1 free:3396 free_pcp:0 free_cma:0\n"                                                    \
	"\1Node 0 DMA32 free:5704kB boost:0kB min:6096kB low:8108kB high:10120kB "                \
	"present:2080768kB managed:2015232kB mlocked:0kB\n"                                       \
	"\1lowmem_reserve[]: 0 0 0 0 0\n"                                                         \
	"\1Free swap  = 0kB\n"                                                                    \
	"\1Total swap = 0kB\n"                                                                    \
	"\1524190 pages RAM\n"                                                                    \
	"\1Tasks state (memory values in pages):\n"                                               \
	"\1[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name\n"  \
	"\1[    611]     0   611     1191      437    49152        0         -1000 sshd\n"        \
	"\1[   2718]  1000  2718   476761   423166 32960512        0             0 heapgrinder\n" \
	"\1oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,"          \
	"global_oom,task_memcg=/system.slice/heapgrinder.service,task=heapgrinder,pid=2718,"      \
	"uid=1000\n"                                                                              \
	"\1Out of memory: Killed process 2718 (heapgrinder) total-vm:1907044kB, "                 \
	"anon-rss:1685876kB, file-rss:6788kB, shmem-rss:0kB, UID:1000 pgtables:32188kB "          \
	"oom_score_adj:0\n"

#define LARGE_KILLED                                                            \
	"Out of memory: Killed process 2718 (heapgrinder) total-vm:1907044kB, " \
	"anon-rss:1685876kB, file-rss:6788kB, shmem-rss:0kB"

static const struct large_part {
	const char *prefix, *text;
	size_t n; /* 0: up to its NUL */
} large_parts[] = {
	{ "", "Out of memory", 0 },
	{ "[84213.557315] ", LARGE_DUMP, 0 },
	{ "Mar 12 11:02:33 fenwick kernel: [84213.557315] ", LARGE_DUMP, 0 },
	{ "4,4711,84213557315,-;", LARGE_DUMP, 0 },
	{ "klog-1   | ", LARGE_DUMP, 0 }, /* a prefix to be learnt */
	{ "", LARGE_DUMP, 0 },
	{ "2026-03-12T11:02:33.123456789Z stdout F ", LARGE_DUMP, 0 },
	{ "", "[84213.557340] " LARGE_KILLED "\n", 0 },
	{ "", "web-1  | " LARGE_KILLED "\n", 0 },
	{ "",
	  "Mar 12 11:02:33 fenwick kernel: [84213.557315] big invoked oom-killer: gfp_mask=0xcc0"
	  "(GFP_KERNEL), order=0, oom_score_adj=0\n",
	  0 },
	{ "", "{\"log\":\"[84213.557340] " LARGE_KILLED "\\n\",\"stream\":\"stdout\"}\n", 0 },
	{ "", "{\"_TRANSPORT\":\"kernel\",\"MESSAGE\":\"" LARGE_KILLED "\"}\n", 0 },
	{ "", "__REALTIME_TIMESTAMP=1773480413000000\n_TRANSPORT=kernel\nMESSAGE=", 0 },
	{ "", "_TRANSPORT=kernel\nMESSAGE\n\x60\0\0\0\0\0\0\0", 33 },
	{ "", "_TRANSPORT=kernel\nMESSAGE\n\0\0\x20\0\0\0\0\0", 33 }, /* 2 MiB follow, it says */
	{ "", "2026-03-12T11:02:33.123456789Z stdout P ", 0 },
	{ "", "Mar 12 11:02:33 fenwick kernel: ", 0 },
	{ "", "Mem-Info:\n", 0 },
	{ "", "{\"log\":\"", 0 },
	{ "", "{\"MESSAGE\":\"Out of memory", 0 },
	{ "", "[84214.1] swapper/1: page allocation failure: order:4, mode:0x40d20\n", 0 },
	{ "", "[84215.2] INFO: task cp:77 blocked for more than 120 seconds.\n", 0 },
	{ "", "[    0.000000] Linux version 6.1.0-18-amd64 (a@b) #1 SMP\n", 0 },
	{ "", "<6>[84216.000000] Memory cgroup out of memory: Killed process 9 (a) total-vm:9kB\n",
	  0 },
	{ "", "\0\x1b[32m\xff\r\n", 8 },
};
enum { LARGE_PARTS = sizeof(large_parts) / sizeof(large_parts[0]) };

/* Ordinary lines; none holds what the parser looks for, some hold nearly that. */
static const char *const large_fillers[] = {
	"Mar 12 11:02:33 fenwick sshd[4410]: Accepted publickey for wren port 50118 ssh2\n",
	"x",
	"\n",
	"y\n",
	" ",
	"6,4711,84213557315,-;usb 2-1.4: new high-speed USB device number 17\n",
	"{\"_TRANSPORT\":\"syslog\",\"MESSAGE\":\"queue depth 41, oldest 3s\"}\n",
	"Out of memoro, oom-kil, Mem_info, ill procesS, page allocatiom oomlow\n",
	"klog-1   | queue depth 41, oldest 3s\n",
	"2026-03-12T11:02:33.123456789Z stdout P all is well and more of it comes\n",
	"_TRANSPORT=syslog\nMESSAGE=all is well\n\n",
};
enum { LARGE_FILLERS = sizeof(large_fillers) / sizeof(large_fillers[0]) };

static inline void large_put(struct large *l, const void *p, size_t n)
{
	if (n > l->max - l->n)
		n = l->max - l->n;
	if (n)
		memmove(l->p + l->n, p, n); /* @p may be the end of what is there */
	l->n += n;
}

static inline void large_run(struct large *l, unsigned char c, size_t n)
{
	if (n > l->max - l->n)
		n = l->max - l->n;
	memset(l->p + l->n, c, n);
	l->n += n;
}

/* Exactly @n bytes; of a filler of lines the last one ends, wherever it is cut. */
static inline void large_lines(struct large *l, const char *f, size_t n)
{
	size_t len = strlen(f), at = l->n, end;

	n = n < l->max - l->n ? n : l->max - l->n;
	end = l->n + n;
	if (n)
		large_put(l, f, len < n ? len : n);
	/* the rest is a copy of what is there, twice as much each time */
	while (l->n < end)
		large_put(l, l->p + at, l->n - at < end - l->n ? l->n - at : end - l->n);
	if (n && f[len - 1] == '\n')
		l->p[end - 1] = '\n';
}

/* Where there is much of it the lines far from its end are long, for they cost each. */
static inline void large_fill(struct large *l, unsigned kind, size_t n)
{
	const char *f = large_fillers[kind % LARGE_FILLERS];
	char text[LARGE_LONG + 1];
	size_t len = strlen(f), far = 0;

	if (f[len - 1] == '\n' && n > 2 * (size_t)LARGE_SHORT)
		far = n - LARGE_SHORT;
	for (size_t i = 0; far && i < LARGE_LONG; i++)
		text[i] = f[i % len] == '\n' ? '.' : f[i % len];
	text[LARGE_LONG - 1] = '\n';
	text[LARGE_LONG] = 0;
	if (far)
		large_lines(l, text, far);
	large_lines(l, f, n - far);
}

static inline void large_part(struct large *l, unsigned k)
{
	const struct large_part *part = &large_parts[k % LARGE_PARTS];
	size_t n = part->n ? part->n : strlen(part->text);

	for (size_t i = 0; i < n; i++)
		if (part->text[i] == '\1')
			large_put(l, part->prefix, strlen(part->prefix));
		else
			large_put(l, part->text + i, 1);
}

static inline size_t large_number(struct ol_span *s)
{
	size_t sum = 0;
	bool minus = false;

	while (s->n && s->p[0] == ' ')
		*s = ol_span_skip(*s, 1);
	do {
		size_t v = 0;

		for (; s->n && ol_is_digit(s->p[0]); *s = ol_span_skip(*s, 1))
			v = v < (size_t)LARGE_MAX ? v * 10 + (size_t)(s->p[0] - '0') : v;
		v = v < LARGE_MAX ? v : LARGE_MAX;
		if (s->n && (s->p[0] == 'K' || s->p[0] == 'M')) {
			v <<= s->p[0] == 'K' ? 10 : 20;
			*s = ol_span_skip(*s, 1);
		}
		v = v < LARGE_MAX ? v : LARGE_MAX;
		sum = !minus ? sum + v : sum > v ? sum - v : 0;
		sum = sum < LARGE_MAX ? sum : LARGE_MAX;
		minus = s->n && s->p[0] == '-';
		if (!s->n || (s->p[0] != '+' && s->p[0] != '-'))
			return sum;
		*s = ol_span_skip(*s, 1);
	} while (s->n);
	return sum;
}

static inline void large_again(struct large *l, size_t lines, size_t times)
{
	unsigned first = lines < l->lines ? l->lines - (unsigned)lines : 0;
	size_t from = first < l->lines && l->at[first] < l->n ? l->at[first] : l->n;
	size_t n = l->n - from;
	bool parts = false;

	for (unsigned i = first; i < l->lines; i++)
		parts |= l->parts[i];
	for (l->parts[l->lines] = parts; n && times; times--) {
		if (parts && l->busy + n > LARGE_BUSY)
			return;
		l->busy += parts ? n : 0;
		large_put(l, l->p + from, n);
	}
}

static inline void large_line(struct large *l, struct ol_span s)
{
	struct ol_span arg = ol_span_skip(s, 2);
	size_t a, b;

	l->at[l->lines] = l->n;
	l->parts[l->lines] = false;
	if (s.n < 2 || s.p[0] != '@') {
		/* what the fuzzer found in logs of its own is a part, too */
		l->parts[l->lines] = s.n > 8;
		large_put(l, s.p, s.n);
		large_put(l, "\n", 1);
		return;
	}
	a = large_number(&arg);
	b = large_number(&arg);
	if (s.p[1] == 'j') {
		l->n -= l->n && l->p[l->n - 1] == '\n';
	} else if (s.p[1] == 'r') {
		large_run(l, (unsigned char)a, b);
	} else if (s.p[1] == 'b') {
		l->parts[l->lines] = true;
		large_part(l, (unsigned)a);
	} else if (s.p[1] == 'e') {
		large_fill(l, (unsigned)b, a > l->n ? a - l->n : a);
	} else if (s.p[1] == 'n') {
		large_fill(l, (unsigned)b, a);
	} else if (s.p[1] == 'l') {
		large_again(l, a, b);
	}
}

/* As wc counts them, and one that does not end. */
static inline uint64_t lines_of(const char *p, size_t n)
{
	uint64_t lines = n && p[n - 1] != '\n';

	for (const char *end = p + n; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++)
		lines++;
	return lines;
}

/* What @recipe makes, into l->p, which has room for l->max bytes. */
static inline void large_make(struct large *l, struct ol_span recipe)
{
	l->n = l->busy = 0;
	for (l->lines = 0; recipe.n && l->lines < LARGE_LINES; l->lines++) {
		ssize_t nl = ol_span_chr(recipe, '\n');
		size_t n = nl < 0 ? recipe.n : (size_t)nl;

		large_line(l, ol_span_head(recipe, n));
		recipe = ol_span_skip(recipe, n + 1);
	}
}

/* ---- recipes by chance ---- */

static inline uint32_t large_random(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525u + 1013904223u;
	return below ? (*seed >> 8) % below : 0;
}

/* The sizes of the parser's buffers, and where it changes its ways. */
static const char *const large_edges[] = {
	"80",   "4K",   "6K", "16K",    "32K",        "64K", "256K",
	"512K", "768K", "1M", "1M+16K", "1M+272K+64", "2M",  "3M",
};

/* One line of a recipe, with its newline; its length. */
static inline size_t large_random_line(char *to, size_t cap, uint32_t *seed)
{
	enum { EDGES = sizeof(large_edges) / sizeof(large_edges[0]) };
	uint32_t how = large_random(seed, 16), off = large_random(seed, 4);
	const char *edge = large_edges[large_random(seed, EDGES - (how & 3 ? 4 : 0))];
	char at[64];
	int n;

	/* at it, one byte beside it, or so that a part lies across it */
	snprintf(at, sizeof(at),
		 off == 0   ? "%s"
		 : off == 1 ? "%s+%u"
			    : "%s-%u",
		 edge, off == 3 ? 1 + large_random(seed, 600) : 1);
	if (how < 5)
		n = snprintf(to, cap, "@b %u\n", large_random(seed, LARGE_PARTS));
	else if (how < 8)
		n = snprintf(to, cap, "@e %s %u\n", at, large_random(seed, LARGE_FILLERS));
	else if (how < 11)
		n = snprintf(to, cap, "@n %s %u\n", at, large_random(seed, LARGE_FILLERS));
	else if (how < 13)
		n = snprintf(to, cap, "@r 10 %u\n", 1 + large_random(seed, 3));
	else if (how < 14)
		n = snprintf(to, cap, "@r %u %s\n", large_random(seed, 256), at);
	else if (how < 15)
		n = snprintf(to, cap, "@j\n");
	else
		n = snprintf(to, cap, "@l %u %u\n", 1 + large_random(seed, 4),
			     large_random(seed, large_random(seed, 2) ? 8 : 5000));
	return n < 0 || (size_t)n >= cap ? 0 : (size_t)n;
}

#endif
