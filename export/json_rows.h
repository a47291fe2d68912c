/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_EXPORT_JSON_ROWS_H
#define OL_EXPORT_JSON_ROWS_H

#include "analyze/dump/event.h"
#include "lib/out.h"

/* The parts of an event that have many rows: only for export/, see json_rows.c. */

enum ol_counter_keys {
	OL_JC_SCALED, /* kB and pages, unit in the key: nodes, zones, memory */
	OL_JC_STATS, /* memory.stat: bytes (kB is converted) and plain counts */
};

/* All of @kvs as members of the object that is open in @j. */
void ol_json_counters(struct ol_json *j, const ol_kv_vec *kvs, enum ol_counter_keys how);

/* "buddy":[…], "processes":[…], "groups":[…], "trace":[…]: nothing when there are no rows. */
void ol_json_buddy(struct ol_json *j, const struct ol_zone *z);
void ol_json_processes(struct ol_json *j, const struct ol_oom_event *e);
void ol_json_groups(struct ol_json *j, const struct ol_group *groups, uint32_t n);
void ol_json_trace(struct ol_json *j, const struct ol_oom_event *e);

/* "KEY":{"runtime":…,"id":…,…}: what is known of it */
void ol_json_container(struct ol_json *j, const char *key, const struct ol_container *c);

#endif
