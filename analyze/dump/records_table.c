// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/records_impl.h"

#include "analyze/dump/export_fields.h"
#include "analyze/dump/scan.h"

#include <errno.h>
#include <stdlib.h>
#include <cjson/cJSON.h>

/*
 * CSV as RFC 4180 has it, and TSV: a header that names a message and a time or a host, then a
 * record a row. A quoted field ends with its quote, "" in it is one, and it may hold newlines.
 *   TimeGenerated [UTC],Computer,Facility,SeverityLevel,SyslogMessage
 *   "6/4/2026, 3:33:20.250 AM",web1,kern,info,"rm invoked oom-killer: gfp_mask=0xcc0, order=0"
 */

enum { COLUMNS_MAX = 512 };

enum state {
	START, /* of a field */
	BARE, /* inside of one without quotes */
	QUOTED,
	QUOTE, /* behind a quote in a quoted one: its end, or the first of two */
};

struct ol_table_walk {
	bool begun; /* .sep is known */
	char sep;
	bool quotes; /* a field may be quoted */
	enum state state;
	bool cut; /* the record has more than there is room for */
	struct ol_transport_buf row; /* the fields of the record, one behind the other */
	uint32_t end[COLUMNS_MAX];
	unsigned n;
	struct ol_transport_buf header;
	uint32_t header_end[COLUMNS_MAX];
	unsigned columns; /* 0: the header is to come */
};

static const struct ol_span papertrail[] = {
#define EXPORT_COLUMNS(product, ...) COLUMNS(__VA_ARGS__)
#define COLUMNS(a, b, c, d, e, f, g, h, i, j)                                                \
	OL_SPAN_INIT(a), OL_SPAN_INIT(b), OL_SPAN_INIT(c), OL_SPAN_INIT(d), OL_SPAN_INIT(e), \
		OL_SPAN_INIT(f), OL_SPAN_INIT(g), OL_SPAN_INIT(h), OL_SPAN_INIT(i),          \
		OL_SPAN_INIT(j),
#include "analyze/dump/exports.def"
#undef COLUMNS
};
#define PAPERTRAIL (sizeof(papertrail) / sizeof(papertrail[0]))

struct ol_table_walk *ol_table_walk_new(void)
{
	return calloc(1, sizeof(struct ol_table_walk));
}

void ol_table_walk_free(struct ol_table_walk *w)
{
	if (!w)
		return;
	free(w->row.p);
	free(w->header.p);
	free(w);
}

static struct ol_span field_of(const struct ol_transport_buf *b, const uint32_t *end, unsigned i)
{
	uint32_t from = i ? end[i - 1] : 0;

	return ol_span(b->p ? b->p + from : "", end[i] - from);
}

/*
 * 7000 2026-06-04T03:33:20Z 2026-06-04T03:33:20Z 44 web1 203.0.113.9 Kern Info kernel text
 * with tabs between them, and no header: Papertrail's.
 */
static bool is_papertrail(struct ol_span line)
{
	struct ol_span f[PAPERTRAIL];
	int64_t us;
	uint64_t id;
	bool zone;

	for (size_t i = 0; i < PAPERTRAIL; i++) {
		ssize_t tab = ol_span_chr(line, '\t');

		if (tab < 0 && i + 1 < PAPERTRAIL)
			return false;
		f[i] = tab < 0 ? line : ol_span_head(line, (size_t)tab);
		line = ol_span_skip(line, f[i].n + 1);
	}
	return ol_span_u64(f[0], &id) && ol_export_time(f[1], &us, &zone) &&
	       ol_export_time(f[2], &us, &zone) && ol_span_u64(f[3], &id) && f[4].n && f[6].n &&
	       ol_is_alpha(f[6].p[0]) && f[7].n && ol_is_alpha(f[7].p[0]);
}

/* The first line is a header with @sep: its names are plain words, and say enough. */
static bool is_header(struct ol_span line, char sep)
{
	bool message = false, other = false;
	unsigned n = 0;

	while (line.n) {
		ssize_t at = ol_span_chr(line, sep);
		struct ol_span name = at < 0 ? line : ol_span_head(line, (size_t)at);

		line = ol_span_skip(line, name.n + 1);
		name = ol_span_trim(name);
		if (name.n > 1 && name.p[0] == '"' && name.p[name.n - 1] == '"')
			name = ol_span(name.p + 1, name.n - 2);
		if (name.n > 128 || ol_span_chr(name, '"') >= 0 || ++n > COLUMNS_MAX)
			return false;
		message |= ol_export_column(name, OL_FIELD_MESSAGE);
		other |= ol_export_column(name, OL_FIELD_TIME) ||
			 ol_export_column(name, OL_FIELD_HOST);
	}
	return n > 1 && message && other;
}

static char separator(struct ol_span head)
{
	static const char seps[] = ",\t;";
	ssize_t nl = ol_span_chr(head, '\n');
	struct ol_span line = ol_span_rtrim(nl < 0 ? head : ol_span_head(head, (size_t)nl));

	for (size_t i = 0; i < sizeof(seps) - 1; i++)
		if (is_header(line, seps[i]))
			return seps[i];
	return 0;
}

bool ol_table_shape(struct ol_span head)
{
	ssize_t nl = ol_span_chr(head, '\n');

	return separator(head) || is_papertrail(nl < 0 ? head : ol_span_head(head, (size_t)nl));
}

/* Grafana puts an object into a cell: {"node":"web1"} below "labels" */
static bool put_cell(struct ol_reader *r, struct ol_span name, struct ol_span cell)
{
	cJSON *v = cell.n > 1 && cell.p[0] == '{' && ol_export_envelope(name)
			   ? cJSON_ParseWithLength(cell.p, cell.n)
			   : NULL;
	char *text = v ? cJSON_PrintUnformatted(v) : NULL;
	bool ok = text ? ol_records_put(r, ol_span_str(text)) : ol_records_quote(r, cell);

	cJSON_free(text);
	cJSON_Delete(v);
	return ok;
}

static int record(struct ol_reader *r)
{
	struct ol_table_walk *w = r->table;
	bool ok = true;

	/* a header that stands once more, as between files that were put together, says nothing */
	if (!w->columns) {
		struct ol_transport_buf b = w->header;

		w->header = w->row;
		w->row = b;
		memcpy(w->header_end, w->end, w->n * sizeof(w->end[0]));
		w->columns = w->n;
		w->row.n = 0;
		w->n = 0;
		return 0;
	}
	for (unsigned i = 0; i < w->n && i < w->columns && ok; i++) {
		struct ol_span name = ol_span_trim(field_of(&w->header, w->header_end, i));

		ok = ol_records_put(r, i ? OL_SPAN(",") : OL_SPAN("{")) &&
		     ol_records_quote(r, name) && ol_records_put(r, OL_SPAN(":")) &&
		     put_cell(r, name, field_of(&w->row, w->end, i));
	}
	/* what was cut has no closing brace: the framer knows what that means */
	if (ok && !w->cut && r->out.n)
		ol_records_put(r, OL_SPAN("}"));
	w->row.n = 0;
	w->n = 0;
	w->cut = false;
	return ol_records_emit(r);
}

static void end_field(struct ol_table_walk *w)
{
	if (w->n < COLUMNS_MAX)
		w->end[w->n++] = (uint32_t)w->row.n;
	w->state = START;
}

static int end_record(struct ol_reader *r)
{
	struct ol_table_walk *w = r->table;

	while (w->row.n && w->state == BARE && w->row.p[w->row.n - 1] == '\r')
		w->row.n--;
	if (!w->n && !w->row.n) { /* an empty line */
		w->state = START;
		return 0;
	}
	end_field(w);
	return record(r);
}

/* How much of @s are bytes of the field as they are. */
static size_t plain(const struct ol_table_walk *w, struct ol_span s)
{
	size_t n = 0;

	if (w->state == QUOTED) {
		const char *q = memchr(s.p, '"', s.n);

		return q ? (size_t)(q - s.p) : s.n;
	}
	while (n < s.n && s.p[n] != w->sep && s.p[n] != '\n')
		n++;
	return n;
}

/* Without a header its names are known. */
static int begin(struct ol_reader *r, struct ol_span head)
{
	struct ol_table_walk *w = r->table;

	w->begun = true;
	w->sep = separator(head);
	w->quotes = w->sep != 0;
	if (w->sep)
		return 0;
	w->sep = '\t';
	for (size_t i = 0; i < PAPERTRAIL; i++) {
		if (!ol_transport_append(&w->header, papertrail[i]))
			return -1;
		w->header_end[i] = (uint32_t)w->header.n;
	}
	w->columns = PAPERTRAIL;
	return 0;
}

/* One byte that is more than itself. */
static int special(struct ol_reader *r, char c)
{
	struct ol_table_walk *w = r->table;

	if (w->state == QUOTED) { /* the quote */
		w->state = QUOTE;
		return 0;
	}
	if (w->state == QUOTE && c == '"') {
		w->cut |= !ol_transport_append(&w->row, OL_SPAN("\""));
		w->state = QUOTED;
		return 0;
	}
	if (c == w->sep) {
		end_field(w);
		return 0;
	}
	if (c == '\n')
		return end_record(r);
	if (w->state == START && c == '"' && w->quotes)
		w->state = QUOTED;
	else if (c != '\r' || w->state != QUOTE) {
		w->cut |= !ol_transport_append(&w->row, ol_span(&c, 1));
		w->state = BARE;
	}
	return 0;
}

int ol_table_walk(struct ol_reader *r, const char *buf, size_t n)
{
	struct ol_table_walk *w = r->table;
	struct ol_span s = ol_span(buf, n);
	int rc = 0;

	if (!w->begun && begin(r, s) < 0)
		return -ENOMEM;
	while (s.n && !rc) {
		size_t k = w->state == BARE || w->state == QUOTED ? plain(w, s) : 0;

		if (w->state == START && !w->n && !w->row.n)
			r->from = r->at;
		if (k) {
			/* a quote that nobody closes makes one record of the rest: it is cut */
			w->cut |= !ol_transport_append(&w->row, ol_span_head(s, k));
			if (w->state == QUOTED)
				r->at.lineno += ol_count_newlines(s.p, k);
		} else {
			k = 1;
			rc = special(r, s.p[0]);
			r->at.lineno += s.p[0] == '\n';
		}
		r->at.byte += k;
		s = ol_span_skip(s, k);
	}
	return rc;
}

int ol_table_walk_end(struct ol_reader *r)
{
	struct ol_table_walk *w = r->table;

	return w->n || w->row.n ? end_record(r) : 0;
}
