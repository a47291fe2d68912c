// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/records_impl.h"

#include "analyze/dump/export_fields.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <cjson/cJSON.h>

enum ol_shape ol_shape_of(struct ol_span head)
{
	ol_span_eat(&head, OL_SPAN("\357\273\277"));
	if (ol_json_shape(head))
		return OL_SHAPE_JSON;
	return ol_table_shape(head) ? OL_SHAPE_TABLE : OL_SHAPE_LINES;
}

struct ol_reader *ol_records_new(enum ol_shape shape, ol_record_fn fn, void *arg)
{
	struct ol_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->shape = shape;
	r->fn = fn;
	r->arg = arg;
	r->at.lineno = 1;
	if (shape == OL_SHAPE_TABLE)
		r->table = ol_table_walk_new();
	else
		r->json = ol_json_walk_new();
	if (!r->table && !r->json) {
		free(r);
		return NULL;
	}
	return r;
}

void ol_records_free(struct ol_reader *r)
{
	if (!r)
		return;
	ol_json_walk_free(r->json);
	ol_table_walk_free(r->table);
	free(r->out.p);
	free(r);
}

int ol_records_feed(struct ol_reader *r, const char *buf, size_t n)
{
	static const char bom[] = "\357\273\277";

	while (n && r->at.byte < 3 && *buf == bom[r->at.byte]) {
		r->at.byte++;
		buf++;
		n--;
	}
	if (!n)
		return 0;
	return r->table ? ol_table_walk(r, buf, n) : ol_json_walk(r, buf, n);
}

int ol_records_end(struct ol_reader *r)
{
	return r->table ? ol_table_walk_end(r) : ol_json_walk_end(r);
}

bool ol_records_put(struct ol_reader *r, struct ol_span s)
{
	return ol_transport_append(&r->out, s);
}

bool ol_records_quote(struct ol_reader *r, struct ol_span s)
{
	bool ok = ol_records_put(r, OL_SPAN("\""));
	size_t from = 0;

	for (size_t i = 0; i < s.n && ok; i++) {
		unsigned char c = (unsigned char)s.p[i];
		char esc[8];

		if (c >= ' ' && c != '"' && c != '\\')
			continue;
		if (c == '"' || c == '\\')
			snprintf(esc, sizeof(esc), "\\%c", c);
		else if (c == '\n')
			snprintf(esc, sizeof(esc), "\\n");
		else /* a NUL would end the string */
			snprintf(esc, sizeof(esc), "\\u%04x", c ? c : ' ');
		ok = ol_records_put(r, ol_span(s.p + from, i - from)) &&
		     ol_records_put(r, ol_span_str(esc));
		from = i + 1;
	}
	return ok && ol_records_put(r, ol_span_skip(s, from)) && ol_records_put(r, OL_SPAN("\""));
}

int ol_records_emit(struct ol_reader *r)
{
	int rc = r->out.n ? r->fn(r->arg, ol_transport_buf_span(&r->out), r->from.lineno,
				  r->from.byte)
			  : 0;

	r->out.n = 0;
	return rc;
}

/* ---- are its records known? ---- */

struct trial {
	bool known;
};

static int try_record(void *arg, struct ol_span line, uint64_t lineno, uint64_t byte)
{
	struct trial *t = arg;
	struct ol_export_fields f;
	cJSON *root;

	(void)lineno;
	(void)byte;
	if (t->known)
		return 0;
	root = cJSON_ParseWithLength(line.p, line.n);
	t->known = cJSON_IsObject(root) && ol_export_fields(root, &f);
	cJSON_Delete(root);
	return 0;
}

int ol_shape_json(struct ol_span head, enum ol_shape *ret)
{
	struct trial t = { false };
	struct ol_reader *r = ol_records_new(OL_SHAPE_JSON, try_record, &t);
	int rc;

	if (!r)
		return -ENOMEM;
	rc = ol_records_feed(r, head.p, head.n);
	*ret = ol_json_is(r, head, t.known);
	ol_records_free(r);
	return rc;
}
