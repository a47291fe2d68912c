/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_EXPORT_WALK_H
#define OL_ANALYZE_EXPORT_WALK_H

#include "lib/span.h"

/*
 * Where the records of a journal export begin, and what lies inside of a binary field: followed
 * over what is not read, too, for such a field may hold anything, blank lines and records among it.
 */

/*
 * Longer fields are no export: what journald and journal-remote take themselves (DATA_SIZE_MAX of
 * systemd's journal-importer.h).
 */
#define OL_EXPORT_FIELD_MAX ((uint64_t)768 << 20)

enum ol_walk_state {
	OL_WALK_BETWEEN, /* at the start of a line, outside of records */
	OL_WALK_FIELDS, /* the same, inside of one */
	OL_WALK_KEY, /* behind the beginning of a field's name */
	OL_WALK_TEXT, /* in a line of a record that needs no look, */
	OL_WALK_FOREIGN, /* or outside of one */
	OL_WALK_LEN, /* of a binary field: the 8 bytes of its length, */
	OL_WALK_DATA, /* the field itself, */
	OL_WALK_NL, /* and the newline behind it */
};

#define OL_WALK_STARTS 32

struct ol_export_walk {
	enum ol_walk_state state;
	bool inside; /* the line whose name is looked at stands in a record */
	bool message; /* the binary field is MESSAGE */
	bool lost; /* lengths did not fit: what is a field is not known since */
	unsigned key_n, len_got;
	char key[24];
	uint64_t at, record; /* offsets in the input: how far, and the present record's start */
	uint64_t len;
	uint64_t starts[OL_WALK_STARTS]; /* of the last records, a ring */
	unsigned n_starts;
};

/* @at: the start of a line that begins a record. */
void ol_export_walk_begin(struct ol_export_walk *w, uint64_t at);
/* The next bytes, which stand at w->at. */
void ol_export_walk(struct ol_export_walk *w, struct ol_span s);
/* Is the place a part of a binary field? */
bool ol_export_walk_binary(const struct ol_export_walk *w);
/* The first known start of a record from @from on, not behind the present one's. */
uint64_t ol_export_walk_start(const struct ol_export_walk *w, uint64_t from);

#endif
