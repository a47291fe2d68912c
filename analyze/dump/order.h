/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_ORDER_H
#define OL_ANALYZE_ORDER_H

#include "lib/span.h"

/*
 * Private to analyze/: is a log written newest first (journalctl -r, Kibana, Loki, CloudWatch)? The
 * stamps of its lines tell, and where they are all of one second, that its dumps end above where
 * they begin. Or is it sorted by stamps that many lines share, and by nothing else?
 */

enum ol_order_is {
	OL_ORDER_UNSURE,
	OL_ORDER_FORWARD,
	OL_ORDER_TURNED,
	OL_ORDER_MIXED, /* forward, but what has one stamp stands in no order */
};

/* What sorts lines with one stamp. */
struct ol_order_key {
	uint64_t host; /* its hash; 0: it is not stated */
	int64_t mono_us; /* the kernel's clock; OL_TIME_NONE */
};

/* Lines of an input that are asked, at most. */
#define OL_ORDER_LINES 4096

struct ol_order;
struct ol_order *ol_order_new(void); /* NULL: ENOMEM */
void ol_order_free(struct ol_order *o);
void ol_order_begin(struct ol_order *o); /* a new input */
/* One more line; what is known then; all but UNSURE stay. */
enum ol_order_is ol_order_push(struct ol_order *o, struct ol_span line);
/* There are no more lines to ask: all but UNSURE. */
enum ol_order_is ol_order_end(struct ol_order *o);
/* Turned by stamps: what has the same one stays as it came. */
bool ol_order_ties(const struct ol_order *o);
/* What has one stamp stands in no order: the kernel's clock says which. */
bool ol_order_mixed(const struct ol_order *o);
struct ol_order_key ol_order_key(const struct ol_order *o); /* of the line asked last */
/* Has the line that was asked last another stamp than the one before it? */
bool ol_order_moved(const struct ol_order *o);
/* The lines come once more, from the first one on, to be turned. */
void ol_order_again(struct ol_order *o);
/*
 * In a log that is turned: does this line begin a record, or does it go on with the one above it?
 * Asked of each line in turn.
 */
bool ol_order_record(struct ol_order *o, struct ol_span line);

#endif
