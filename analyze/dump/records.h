/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_RECORDS_H
#define OL_ANALYZE_RECORDS_H

#include "lib/span.h"

/*
 * Private to analyze/: exports whose records are no lines: JSON over several lines, in an array, or
 * one object of all records; tables with quoted fields. Each record becomes one line of JSON with
 * the names that it had, which is what the framer reads (transport_json.c). A record is held at a
 * time, OL_LINE_MAX bytes of it at most.
 */

enum ol_shape {
	OL_SHAPE_LINES, /* records, if any, are lines: nothing to do */
	OL_SHAPE_JSON,
	OL_SHAPE_STRINGS, /* JSON that nobody knows: each string with a kernel's words */
	OL_SHAPE_TABLE, /* CSV, TSV */
};

/* Bytes at the beginning of an input that tell what it is, */
#define OL_SHAPE_HEAD ((size_t)1 << 10)
/* and of JSON whether its records have names that are known. */
#define OL_SHAPE_JSON_HEAD ((size_t)128 << 10)

/* @head: OL_SHAPE_HEAD bytes, or all there is. STRINGS is not told apart from JSON here. */
enum ol_shape ol_shape_of(struct ol_span head);

/* A record's line, without a newline; where the record began. <0 stops and is returned. */
typedef int (*ol_record_fn)(void *arg, struct ol_span line, uint64_t lineno, uint64_t byte);

struct ol_reader;
struct ol_reader *ol_records_new(enum ol_shape shape, ol_record_fn fn, void *arg); /* or NULL */
void ol_records_free(struct ol_reader *r);
/* Any bytes of the input, from its first on. 0, or what @fn returned, or -ENOMEM. */
int ol_records_feed(struct ol_reader *r, const char *buf, size_t n);
int ol_records_end(struct ol_reader *r);

/* JSON, STRINGS or LINES? @head: OL_SHAPE_JSON_HEAD bytes or all there is. -ENOMEM */
int ol_shape_json(struct ol_span head, enum ol_shape *ret);

#endif
