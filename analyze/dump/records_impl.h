/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_RECORDS_IMPL_H
#define OL_ANALYZE_RECORDS_IMPL_H

/* Private to analyze/records*.c */

#include "analyze/dump/records.h"
#include "analyze/dump/transport_impl.h"

/* Where a byte stands in the input. */
struct ol_record_place {
	uint64_t lineno, byte;
};

struct ol_reader {
	enum ol_shape shape;
	ol_record_fn fn;
	void *arg;
	struct ol_record_place at; /* the next byte */
	struct ol_record_place from; /* the record that is being read */
	struct ol_transport_buf out; /* the line that is made of a record */
	struct ol_json_walk *json;
	struct ol_table_walk *table;
};

/* Appends to r->out; what does not fit is left out: false. */
bool ol_records_put(struct ol_reader *r, struct ol_span s);
/* "…" with what JSON cannot have escaped. */
bool ol_records_quote(struct ol_reader *r, struct ol_span s);
/* Gives r->out out and empties it. */
int ol_records_emit(struct ol_reader *r);

/* records_json.c */
struct ol_json_walk *ol_json_walk_new(void);
void ol_json_walk_free(struct ol_json_walk *w);
int ol_json_walk(struct ol_reader *r, const char *buf, size_t n);
int ol_json_walk_end(struct ol_reader *r);
bool ol_json_shape(struct ol_span head);
enum ol_shape ol_json_is(const struct ol_reader *r, struct ol_span head, bool known);

/* records_table.c */
struct ol_table_walk *ol_table_walk_new(void);
void ol_table_walk_free(struct ol_table_walk *w);
int ol_table_walk(struct ol_reader *r, const char *buf, size_t n);
int ol_table_walk_end(struct ol_reader *r);
bool ol_table_shape(struct ol_span head);

#endif
