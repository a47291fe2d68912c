// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/streams.h"

static struct ol_span host_cut(struct ol_span host)
{
	return ol_span_head(host, sizeof(((struct ol_stream_id *)0)->host));
}

/* Names come from outside: nobody shall know which of them meet in a bucket. */
static uint32_t bucket_of(const struct ol_streams *s, struct ol_span host, enum ol_stream_who who)
{
	uint64_t h = (UINT64_C(0xcbf29ce484222325) ^ (uintptr_t)s) + who;

	for (size_t i = 0; i < host.n; i++)
		h = (h ^ (unsigned char)host.p[i]) * UINT64_C(0x100000001b3);
	return (uint32_t)((h ^ h >> 32) % OL_STREAMS_BUCKETS);
}

static bool is(const struct ol_stream_id *id, struct ol_span host, enum ol_stream_who who)
{
	return id->who == who && ol_span_eq(ol_span(id->host, id->host_n), host);
}

static void unlink_age(struct ol_streams *s, struct ol_stream_id *id)
{
	*(id->newer ? &id->newer->older : &s->newest) = id->older;
	*(id->older ? &id->older->newer : &s->oldest) = id->newer;
}

static void make_newest(struct ol_streams *s, struct ol_stream_id *id)
{
	id->age = ++s->last_age;
	id->newer = NULL;
	id->older = s->newest;
	*(s->newest ? &s->newest->newer : &s->oldest) = id;
	s->newest = id;
}

struct ol_stream_id *ol_streams_find(const struct ol_streams *s, struct ol_span host,
				     enum ol_stream_who who)
{
	struct ol_stream_id *id;

	host = host_cut(host);
	for (id = s->bucket[bucket_of(s, host, who)]; id; id = id->chain)
		if (is(id, host, who))
			return id;
	return NULL;
}

struct ol_stream_id *ol_streams_get(struct ol_streams *s, struct ol_span host,
				    enum ol_stream_who who)
{
	struct ol_stream_id *id = s->newest;

	/* bursts come from one host */
	if (id && is(id, host_cut(host), who))
		return id;
	id = ol_streams_find(s, host, who);
	if (id) {
		unlink_age(s, id);
		make_newest(s, id);
	}
	return id;
}

bool ol_streams_full(const struct ol_streams *s)
{
	return s->n == OL_STREAMS_MAX && !s->hole;
}

void ol_streams_add(struct ol_streams *s, struct ol_stream_id *id, struct ol_span host,
		    enum ol_stream_who who)
{
	host = host_cut(host);
	id->who = who;
	id->host_n = host.n;
	if (host.n)
		memcpy(id->host, host.p, host.n);
	id->bucket = bucket_of(s, host, who);
	id->chain = s->bucket[id->bucket];
	s->bucket[id->bucket] = id;
	id->slot = s->hole ? (uint32_t)s->hole - 1 : s->n++;
	s->hole = 0;
	s->slot[id->slot] = id;
	make_newest(s, id);
}

void ol_streams_remove(struct ol_streams *s, struct ol_stream_id *id)
{
	struct ol_stream_id **at = &s->bucket[id->bucket];

	while (*at != id)
		at = &(*at)->chain;
	*at = id->chain;
	unlink_age(s, id);
	s->slot[id->slot] = NULL;
	s->hole = (int32_t)id->slot + 1;
}
