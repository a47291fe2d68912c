/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_EXPORT_FIELDS_H
#define OL_ANALYZE_EXPORT_FIELDS_H

#include "lib/clock.h"
#include "lib/span.h"

/* Private to analyze/: the fields of a record by the names in exports.def. */

enum ol_export_what {
	OL_FIELD_MESSAGE,
	OL_FIELD_TIME,
	OL_FIELD_HOST,
	OL_FIELD_CONTAINER,
	OL_FIELD_POD,
	OL_FIELD_MAX
};

struct cJSON;
struct ol_export_fields {
	/* spans into the record; absent: it has none */
	struct ol_span text[OL_FIELD_MAX];
	int64_t wall_us; /* OL_TIME_NONE; UTC if .wall_zone, else the viewer's clock */
	bool wall_zone;
	int rank[OL_FIELD_MAX]; /* rows of exports.def, -1: none yet */
};

/* What @root, an object, says; false when it has no message. */
bool ol_export_fields(const struct cJSON *root, struct ol_export_fields *ret);
/* Is the object @name only there to hold fields? */
bool ol_export_envelope(struct ol_span name);
/* The name of a field without those around it: "jsonPayload.MESSAGE" is "MESSAGE". */
struct ol_span ol_export_unwrap(struct ol_span name);
/* Does a column of this name hold fields of this kind? */
bool ol_export_column(struct ol_span name, enum ol_export_what what);
/* Are they the same name, but for case and punctuation? */
bool ol_export_same(struct ol_span a, struct ol_span b);

/*
 * The state of a container that an API prints in JSON: its member @name with @value (of a string
 * without its quotes) as a line, when it tells that the kernel killed there; else absent.
 */
struct ol_span ol_export_state(struct ol_span name, struct ol_span value, bool string);

/*
 * [{"key":"host.name","value":{"stringValue":"web1"}},…], OTLP's way to write an object: its
 * next name and value from *@at on (NULL: the first); false at the end, or when @array is none.
 */
bool ol_export_pair(const struct cJSON *array, const struct cJSON **at, struct ol_span *ret_name,
		    const struct cJSON **ret_value);

/*
 * A time as some viewer writes it: seconds, milliseconds, microseconds or nanoseconds since 1970,
 * ISO 8601, "Jun 4, 2026 @ 03:33:20.250", "6/4/2026, 3:33:20.250 AM". *@ret_zone: it is UTC.
 */
bool ol_export_time(struct ol_span s, int64_t *ret_us, bool *ret_zone);

#endif
