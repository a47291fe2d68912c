/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_STREAMS_H
#define OL_ANALYZE_STREAMS_H

/* Private to analyze/: hosts whose lines interleave, found by name; which one was quiet longest. */

#include "lib/span.h"

#define OL_STREAMS_MAX     2048
#define OL_STREAMS_BUCKETS 2048

/* Who wrote what came from a host. */
enum ol_stream_who {
	OL_STREAM_KERNEL, /* or whoever, where nothing tells */
	OL_STREAM_USER,
	OL_STREAM_WRAPPED, /* records of a wrapper that does not tell (struct ol_line) */
};

/* The first member of what is kept per host and writer. */
struct ol_stream_id {
	struct ol_stream_id *chain; /* in the bucket */
	struct ol_stream_id *newer, *older;
	uint64_t age; /* the greater, the newer */
	uint32_t bucket, slot;
	enum ol_stream_who who;
	char host[256];
	size_t host_n;
};

struct ol_streams {
	struct ol_stream_id *slot[OL_STREAMS_MAX]; /* in the order in which they came */
	struct ol_stream_id *bucket[OL_STREAMS_BUCKETS];
	struct ol_stream_id *newest, *oldest;
	uint64_t last_age;
	uint32_t n; /* slots that were ever used; at most one of them is empty */
	int32_t hole; /* 1 + that one; 0: none */
};

/* NULL: nobody of that name. It becomes the newest. */
struct ol_stream_id *ol_streams_get(struct ol_streams *s, struct ol_span host,
				    enum ol_stream_who who);
/* The same, and its age stays as it is. */
struct ol_stream_id *ol_streams_find(const struct ol_streams *s, struct ol_span host,
				     enum ol_stream_who who);
bool ol_streams_full(const struct ol_streams *s);
/* Only when it is not full and has nobody of that name; @host is cut to what there is room for. */
void ol_streams_add(struct ol_streams *s, struct ol_stream_id *id, struct ol_span host,
		    enum ol_stream_who who);
void ol_streams_remove(struct ol_streams *s, struct ol_stream_id *id);

#endif
