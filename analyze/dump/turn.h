/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_TURN_H
#define OL_ANALYZE_TURN_H

#include "analyze/dump/order.h"
#include "analyze/dump/records.h"

/*
 * Private to analyze/: lines of a log that is newest first, given out oldest first. They are kept
 * in a block of TURN_BLOCK bytes; whole ones go to a file without a name, which is read from its
 * end. Memory is two blocks at most.
 */
struct ol_turn;
struct ol_turn *ol_turn_new(ol_record_fn fn, void *arg); /* NULL: ENOMEM */
void ol_turn_free(struct ol_turn *t);
/* A line begins a record, or the records of another stamp. */
enum { OL_BEGINS_RECORD = 1, OL_BEGINS_STAMP = 2 };
/* What is turned: records, or all that has one stamp. Records, until this is called. */
void ol_turn_by(struct ol_turn *t, unsigned begins);
/*
 * All that has one stamp is turned, and sorted by the kernel's clock of each host, as long as one
 * block has it. 0 or -errno.
 */
int ol_turn_sort(struct ol_turn *t);
/* Has the block that is open room for it? */
bool ol_turn_fits(const struct ol_turn *t, struct ol_span line);
/* One more line; 1: there is no room for more, ol_turn_out() comes first. */
int ol_turn_add(struct ol_turn *t, struct ol_span line, unsigned begins, uint64_t lineno,
		uint64_t byte);
/* The same of a line that is to be sorted. */
int ol_turn_add_by(struct ol_turn *t, struct ol_span line, unsigned begins, struct ol_order_key key,
		   uint64_t lineno, uint64_t byte);
/* Gives out all that is kept. 0, what @fn returned, or -errno. */
int ol_turn_out(struct ol_turn *t);
/* The same in the order in which it came: it was not newest first. Only while one block has it. */
int ol_turn_out_forward(struct ol_turn *t);

#endif
