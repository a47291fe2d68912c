/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a log: fed in pieces that are cut where the input says, given out as events that are
 * touched in full, so that a span that points to freed memory or beyond its buffer is read here.
 */
#include <stdint.h>
#include <stdlib.h>

#include "analyze/explain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint64_t sink;

static void touch(struct ol_span s)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < s.n; i++)
		sum += (unsigned char)s.p[i];
	sink += sum;
}

static void touch_text(const struct ol_text *t)
{
	if (t->s.p)
		touch(t->s);
}

static void touch_kvs(const ol_kv_vec *kvs)
{
	for (size_t i = 0; i < kvs->n; i++) {
		touch(kvs->v[i].key);
		sink += kvs->v[i].v;
	}
}

static int on_event(void *arg, struct ol_oom_event *e)
{
	struct ol_group *groups = NULL;
	uint32_t n = 0;

	touch_text(&e->release);
	touch_text(&e->trigger_comm);
	touch_text(&e->gfp_printed);
	touch_text(&e->oom_memcg);
	touch_text(&e->task_memcg);
	touch_text(&e->panic);
	touch_text(&e->userspace_text);
	touch_kvs(&e->memory);
	touch_kvs(&e->memcg_stats);
	for (size_t i = 0; i < e->zones.n; i++) {
		touch(e->zones.v[i].name);
		touch_kvs(&e->zones.v[i].kv);
		for (size_t k = 0; k < e->zones.v[i].buddy.n; k++)
			touch(e->zones.v[i].buddy.v[k].types);
	}
	for (size_t i = 0; i < e->nodes.n; i++)
		touch_kvs(&e->nodes.v[i].kv);
	for (size_t i = 0; i < e->slabs.n; i++)
		touch(e->slabs.v[i].name);
	for (size_t i = 0; i < e->trace.n; i++)
		touch(e->trace.v[i].func);
	for (size_t i = 0; i < e->tasks.n; i++)
		touch(e->tasks.v[i].comm);
	for (size_t i = 0; i < e->victims.n; i++)
		touch_text(&e->victims.v[i].comm);
	for (size_t i = 0; i < e->lines.n; i++)
		touch(e->lines.v[i].text);
	if (!ol_event_groups(e, &groups, &n))
		for (uint32_t i = 0; i < n; i++)
			touch(groups[i].comm);
	++*(unsigned *)arg;
	return 0;
}

/* The first two bytes say where the rest is cut; what follows is the log. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ol_parser_opts opts = { .now_us = INT64_C(1773480413000000) };
	const char *log = (const char *)data + 2;
	struct ol_parser *p;
	unsigned events = 0;
	size_t n, a, b, warnings;

	if (size < 2)
		return 0;
	n = size - 2;
	a = n * data[0] / 256;
	b = a + (n - a) * data[1] / 256;
	p = ol_parser_new(&opts, on_event, &events);
	if (!p)
		return 0;
	/* Twice: an input must leave nothing behind that the next one trips over. */
	for (int turn = 0; turn < 2; turn++) {
		if (ol_parser_begin(p, ol_span_str("fuzz"), OL_TIME_NONE) ||
		    ol_parser_feed(p, log, a) || ol_parser_feed(p, log + a, b - a) ||
		    ol_parser_feed(p, log + b, n - b) || ol_parser_end(p))
			abort(); /* the sink never says stop, and memory is not short */
		ol_parser_warnings(p, &warnings);
		sink += warnings;
	}
	sink += events;
	ol_parser_free(p);
	return 0;
}
