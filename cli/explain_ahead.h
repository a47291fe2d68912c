/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_CLI_EXPLAIN_AHEAD_H
#define OL_CLI_EXPLAIN_AHEAD_H

#include "analyze/dump/scanned.h"

/*
 * Other threads search a large plain file in front of the one that reads it. Most of a log holds
 * nothing for us: finding that out is nearly all the work, and it does not matter who does it.
 */
struct ol_ahead;

/* For @size bytes of @fd, and up to @jobs threads. NULL: not worth it, or it cannot be. */
struct ol_ahead *ol_ahead_new(int fd, uint64_t size, unsigned jobs);
struct ol_ahead *ol_ahead_ref(struct ol_ahead *a);
void ol_ahead_unref(struct ol_ahead *a);

/* Searches until the reader is done with the file. */
void ol_ahead_help(struct ol_ahead *a);

/*
 * The reader is about to read *@n bytes at @off: what is known of them, or NULL. It stays until the
 * next call. *@n is cut where a stripe ends: of what is behind it, ask again.
 */
const struct ol_scanned *ol_ahead_at(struct ol_ahead *a, uint64_t off, size_t *n);
/* The reader reads no more; it still has to unref. */
void ol_ahead_done(struct ol_ahead *a);

#endif
