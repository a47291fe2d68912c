// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/records_impl.h"

#include "analyze/dump/export_fields.h"
#include "analyze/dump/scan.h"

#include <errno.h>
#include <stdlib.h>
#include <cjson/cJSON.h>

/*
 * JSON, byte by byte: where records begin and end follows from the way to them (EXPORT_ROWS), so
 * that an answer of a gigabyte that is one object is walked and never held. An object that leads to
 * no records is one itself: journalctl -o json-pretty, the elements of an array.
 *
 * What is no JSON, behind it or in between, is no export: from there on lines are lines.
 */

enum {
	DEPTH_MAX = 256, /* of brackets; more is no log */
	LIVE_MAX = 12, /* that can still lead to records */
	PATH_BYTES = 192,
	CONTEXT_BYTES = 64 << 10,
	PARTS_MAX = 4, /* of a PAIR */
};

enum how { OBJECT, PAIR, FIELDS, CELLS };

static const struct rows {
	struct ol_span path, context;
	enum how how;
} rows[] = {
#define EXPORT_ROWS(product, path, how, context) { OL_SPAN_INIT(path), OL_SPAN_INIT(context), how },
#include "analyze/dump/exports.def"
};
#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

/* A value whose bytes are kept, without the blanks between them. */
struct held {
	bool on;
	unsigned depth; /* of brackets around it */
	struct ol_transport_buf buf;
	bool cut;
};

struct ol_json_walk {
	bool lines; /* it was no JSON: lines as they are */
	struct ol_transport_buf line; /* one of them */
	unsigned depth;
	bool object[DEPTH_MAX];
	bool want_key; /* a name is to come */
	bool want_value; /* of the name that was read last */
	bool in_string, escaped, is_key;
	/* the way to what is being read, as long as it can lead to records */
	unsigned live; /* brackets of it */
	size_t path_n[LIVE_MAX];
	char path[PATH_BYTES];
	size_t here_n; /* of the value that is about to begin */
	char key[64];
	size_t key_n;
	/* the record, and how it is written */
	struct held record;
	const struct rows *row; /* NULL: an object of its own; then */
	bool said; /* it has a message: what else it holds is no records */
	size_t part[PARTS_MAX]; /* where its elements end, in .record.buf */
	unsigned parts;
	bool from_rows; /* there was a record that is none of its own */
	/* what holds for all records of the brackets that it stood in */
	struct held context;
	const struct rows *context_of; /* NULL: none is known */
	/* OL_SHAPE_STRINGS */
	struct ol_transport_buf string;
	struct ol_record_place string_at;
	char leaf[64]; /* the name that strings with a kernel's words had */
	size_t leaf_n;
};

struct ol_json_walk *ol_json_walk_new(void)
{
	return calloc(1, sizeof(struct ol_json_walk));
}

void ol_json_walk_free(struct ol_json_walk *w)
{
	if (!w)
		return;
	free(w->line.p);
	free(w->record.buf.p);
	free(w->context.buf.p);
	free(w->string.p);
	free(w);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Bytes of numbers, true, false and null. */
static bool in_scalar(char c)
{
	return ol_is_digit(c) || (c && strchr("+-.eEtrufalsn", c));
}

static bool leads(struct ol_span path, const struct rows *row)
{
	return row->path.n > path.n && ol_span_starts(row->path, path) &&
	       (!path.n || row->path.p[path.n] == '.' || row->path.p[path.n] == '[');
}

static bool leads_somewhere(struct ol_span path)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (leads(path, &rows[i]))
			return true;
	return false;
}

/* ---- is it JSON that is not a record a line? ---- */

/* How the first value goes on in what there is of it. */
enum first { NO_JSON, ONE_LINE, SEVERAL_LINES, GOES_ON };

static enum first first_value(struct ol_span t)
{
	bool string = false;
	unsigned depth = 0;

	for (size_t i = 0; i < t.n; i++) {
		char c = t.p[i];

		if (string) {
			if (c == '\\')
				i++;
			else if (c == '\n')
				return NO_JSON;
			string = c != '"';
		} else if (c == '"') {
			string = true;
		} else if (c == '{' || c == '[') {
			depth++;
		} else if (c == '}' || c == ']') {
			if (!depth || !--depth)
				return ONE_LINE;
		} else if (c == '\n') {
			return SEVERAL_LINES;
		} else if (!is_space(c) && c != ',' && c != ':' && !in_scalar(c)) {
			return NO_JSON;
		}
	}
	return GOES_ON;
}

static struct ol_span skip_space(struct ol_span t)
{
	while (t.n && is_space(t.p[0]))
		t = ol_span_skip(t, 1);
	return t;
}

/* The last name of a way: "data.result[].stream" holds "stream". */
static struct ol_span last_name(struct ol_span path)
{
	ssize_t dot = ol_span_rfind(path, OL_SPAN("."));

	return ol_span_skip(path, (size_t)(dot + 1));
}

/* Does @s have "name": [ */
static bool has_array(struct ol_span s, struct ol_span name)
{
	ssize_t at;

	while ((at = ol_span_find(s, name)) > 0) {
		bool quoted = s.p[at - 1] == '"';

		s = ol_span_skip(s, (size_t)at + name.n);
		if (!quoted || !ol_span_starts(s, OL_SPAN("\"")))
			continue;
		s = skip_space(ol_span_skip(s, 1));
		if (ol_span_eat(&s, OL_SPAN(":")) && ol_span_starts(skip_space(s), OL_SPAN("[")))
			return true;
	}
	return false;
}

/* Does a name of it stand before an array of records? That it does so on the way is seen later. */
static bool names_rows(struct ol_span s)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		ssize_t end = ol_span_find(rows[i].path, OL_SPAN("[]"));
		struct ol_span way = ol_span_head(rows[i].path, (size_t)end);

		if (way.n && has_array(s, last_name(way)))
			return true;
	}
	return false;
}

/*
 * "[ {", an object over several lines, or one that leads to an array of records. One that ends on
 * its line is a line. dmesg --json is read line by line, in pastes that are broken, too.
 */
bool ol_json_shape(struct ol_span head)
{
	struct ol_span t = skip_space(head), in = t;
	enum first first;

	if (ol_span_find(ol_span_head(t, 64), OL_SPAN("\"dmesg\"")) >= 0)
		return false;
	if (ol_span_eat(&in, OL_SPAN("[")))
		return ol_span_starts(skip_space(in), OL_SPAN("{")) && first_value(t) != NO_JSON;
	if (!t.n || t.p[0] != '{')
		return false;
	first = first_value(t);
	return first == SEVERAL_LINES || (first != NO_JSON && names_rows(t)) ||
	       (first == GOES_ON && ol_span_chr(t, '\n') < 0);
}

/*
 * @known: records of @head had a message. What ends on its line and led to no records is a line;
 * one that nobody knows may be all there is.
 */
enum ol_shape ol_json_is(const struct ol_reader *r, struct ol_span head, bool known)
{
	struct ol_span t = skip_space(head);

	if (t.n && t.p[0] == '{' && first_value(t) == ONE_LINE && !(known && r->json->from_rows))
		return OL_SHAPE_LINES;
	return known ? OL_SHAPE_JSON : OL_SHAPE_STRINGS;
}

/* ---- records ---- */

static struct ol_span held_span(const struct held *h)
{
	return ol_transport_buf_span(&h->buf);
}

static void hold(struct held *h, struct ol_span s)
{
	if (h->on && !h->cut)
		h->cut = !ol_transport_append(&h->buf, s);
}

static void hold_byte(struct held *h, char c)
{
	if (h->on && !h->cut && h->buf.n < h->buf.cap && h->buf.n < OL_LINE_MAX)
		h->buf.p[h->buf.n++] = c;
	else
		hold(h, ol_span(&c, 1));
}

/* In front of a bracket that closes: left by who took out a member by hand. */
static void drop_comma(struct held *h)
{
	if (h->on && !h->cut && h->buf.n && h->buf.p[h->buf.n - 1] == ',')
		h->buf.n--;
}

static void begin_hold(struct held *h, unsigned depth)
{
	h->on = true;
	h->cut = false;
	h->depth = depth;
	h->buf.n = 0;
}

/* ,"stream":{…} */
static bool put_context(struct ol_reader *r)
{
	struct ol_json_walk *w = r->json;

	if (!w->context_of || !w->row || !ol_span_eq(w->context_of->context, w->row->context) ||
	    w->context.cut || w->context.on)
		return true;
	return ol_records_put(r, OL_SPAN(",")) && ol_records_quote(r, last_name(w->row->context)) &&
	       ol_records_put(r, OL_SPAN(":")) && ol_records_put(r, held_span(&w->context));
}

static bool put_object(struct ol_reader *r)
{
	struct ol_span s = held_span(&r->json->record);

	if (s.n < 3 || s.p[s.n - 1] != '}') /* empty, or cut */
		return s.n < 3 || ol_records_put(r, s);
	return ol_records_put(r, ol_span_head(s, s.n - 1)) && put_context(r) &&
	       ol_records_put(r, OL_SPAN("}"));
}

/* ["1780544000249999872","text"] */
static bool put_pair(struct ol_reader *r)
{
	struct ol_json_walk *w = r->json;
	struct ol_span s = held_span(&w->record);

	if (w->parts < 2 || s.n < 2 || s.p[s.n - 1] != ']')
		return true;
	return ol_records_put(r, OL_SPAN("{\"timestamp\":")) &&
	       ol_records_put(r, ol_span(s.p + 1, w->part[0] - 1)) &&
	       ol_records_put(r, OL_SPAN(",\"line\":")) &&
	       ol_records_put(r, ol_span(s.p + w->part[0] + 1, w->part[1] - w->part[0] - 1)) &&
	       put_context(r) && ol_records_put(r, OL_SPAN("}"));
}

static bool put_named(struct ol_reader *r, const cJSON *name, const cJSON *value)
{
	char *text;
	bool ok;

	if (!cJSON_IsString(name) || !value || cJSON_IsNull(value))
		return true;
	ok = ol_records_put(r, r->out.n > 1 ? OL_SPAN(",") : OL_SPAN("")) &&
	     ol_records_quote(r, ol_span_str(name->valuestring)) && ol_records_put(r, OL_SPAN(":"));
	if (cJSON_IsString(value))
		return ok && ol_records_quote(r, ol_span_str(value->valuestring));
	text = cJSON_PrintUnformatted(value);
	ok = ok && text && ol_records_put(r, ol_span_str(text));
	cJSON_free(text);
	return ok;
}

/* [{"field":"@timestamp","value":"…"},{"field":"@message","value":"…"}]; an object stays one */
static bool put_fields(struct ol_reader *r)
{
	struct ol_span s = held_span(&r->json->record);
	const cJSON *o;
	cJSON *root;
	bool ok;

	if (s.n && s.p[0] == '{')
		return put_object(r);
	root = cJSON_ParseWithLength(s.p, s.n);
	ok = cJSON_IsArray(root) && ol_records_put(r, OL_SPAN("{"));
	for (o = ok ? root->child : NULL; o && ok; o = o->next)
		ok = put_named(r, cJSON_GetObjectItemCaseSensitive(o, "field"),
			       cJSON_GetObjectItemCaseSensitive(o, "value"));
	cJSON_Delete(root);
	return ok && ol_records_put(r, OL_SPAN("}"));
}

/* ["…","…"], the names stand in the context: [{"name":…},…] */
static bool put_cells(struct ol_reader *r)
{
	struct ol_json_walk *w = r->json;
	struct ol_span s = held_span(&w->record), names = held_span(&w->context);
	const cJSON *v, *n;
	cJSON *root, *columns;
	bool ok;

	if (!w->context_of)
		return true;
	root = cJSON_ParseWithLength(s.p, s.n);
	columns = cJSON_ParseWithLength(names.p, names.n);
	v = cJSON_IsArray(root) ? root->child : NULL;
	n = cJSON_IsArray(columns) ? columns->child : NULL;
	ok = v && n && ol_records_put(r, OL_SPAN("{"));
	for (; ok && v && n; v = v->next, n = n->next)
		ok = put_named(r, cJSON_GetObjectItemCaseSensitive(n, "name"), v);
	cJSON_Delete(root);
	cJSON_Delete(columns);
	return ok && ol_records_put(r, OL_SPAN("}"));
}

static int emit_record(struct ol_reader *r)
{
	struct ol_json_walk *w = r->json;
	bool ok;

	w->record.on = false;
	w->from_rows |= w->row != NULL;
	switch (w->row ? w->row->how : OBJECT) {
	case PAIR:
		ok = put_pair(r);
		break;
	case FIELDS:
		ok = put_fields(r);
		break;
	case CELLS:
		ok = put_cells(r);
		break;
	default:
		ok = put_object(r);
	}
	/* too long, or broken in a way that brackets do not show: the framer says what it is */
	if (!ok && !w->record.cut) {
		r->out.n = 0;
		ol_records_put(r, held_span(&w->record));
	}
	return ol_records_emit(r);
}

/* ---- the way ---- */

/* What the value that begins with @c is. Its way stands in .path[0 … .here_n). */
static void begin_value(struct ol_reader *r, char c)
{
	struct ol_json_walk *w = r->json;
	struct ol_span path = ol_span(w->path, w->here_n);

	if (w->live != w->depth || r->shape == OL_SHAPE_STRINGS ||
	    (w->record.on && !w->row && w->said))
		return;
	for (size_t i = 0; i < N_ROWS; i++) {
		if (ol_span_eq(path, rows[i].path) && (c == '{' || c == '[')) {
			/* what it stands in is no record itself */
			begin_hold(&w->record, w->depth);
			w->row = &rows[i];
			w->parts = 0;
			r->from = r->at;
			return;
		}
		if (rows[i].context.n && ol_span_eq(path, rows[i].context)) {
			begin_hold(&w->context, w->depth);
			w->context_of = &rows[i];
		}
	}
	if (!w->depth && c == '{') {
		begin_hold(&w->record, 0);
		w->row = NULL;
		w->said = false;
		r->from = r->at;
	}
}

/* The way of the next value, a member or an element of what is open. */
static void find_way(struct ol_json_walk *w)
{
	size_t n = w->depth ? w->path_n[w->depth - 1] : 0, k;
	struct ol_span step =
		w->depth && w->object[w->depth - 1] ? ol_span(w->key, w->key_n) : OL_SPAN("[]");
	bool dot = n && w->object[w->depth - 1];

	k = step.n + dot;
	w->here_n = 0;
	if (!w->depth)
		return;
	if (n + k > sizeof(w->path)) {
		w->here_n = sizeof(w->path); /* the name of nothing */
		w->path[0] = '\0';
		return;
	}
	if (dot)
		w->path[n] = '.';
	if (step.n)
		memcpy(w->path + n + dot, step.p, step.n);
	w->here_n = n + k;
}

static int open_bracket(struct ol_reader *r, char c)
{
	struct ol_json_walk *w = r->json;

	if (w->depth == DEPTH_MAX)
		return 1;
	if (w->live == w->depth)
		find_way(w);
	begin_value(r, c);
	if (w->live == w->depth && w->live < LIVE_MAX && r->shape == OL_SHAPE_JSON &&
	    leads_somewhere(ol_span(w->path, w->here_n)) &&
	    !(w->record.on && w->row && w->record.depth == w->depth))
		w->path_n[w->live++] = w->here_n;
	w->object[w->depth++] = c == '{';
	w->want_key = c == '{';
	return 0;
}

static int close_bracket(struct ol_reader *r, char c)
{
	struct ol_json_walk *w = r->json;

	if (!w->depth || w->object[w->depth - 1] != (c == '}'))
		return 1;
	w->depth--;
	w->want_key = false;
	if (w->live > w->depth)
		w->live = w->depth;
	if (w->context.on && w->context.depth == w->depth) {
		w->context.on = false;
		w->context.cut |= w->context.buf.n > CONTEXT_BYTES;
	} else if (w->context_of && w->context.depth > w->depth) {
		w->context_of = NULL; /* what it held for is over */
	}
	if (!w->record.on || w->record.depth != w->depth)
		return 0;
	if (w->parts < PARTS_MAX)
		w->part[w->parts++] = w->record.buf.n - 1;
	return emit_record(r);
}

/* ---- strings ---- */

/* A member that tells by itself. False: it does not. */
static bool take_state(struct ol_reader *r, struct ol_span value, bool string, int *ret_rc)
{
	struct ol_json_walk *w = r->json;
	struct ol_span text = ol_export_state(ol_span(w->key, w->key_n), value, string);

	if (!text.p)
		return false;
	if (ol_records_put(r, OL_SPAN("{\"text\":")) && ol_records_quote(r, text))
		ol_records_put(r, OL_SPAN("}"));
	*ret_rc = ol_records_emit(r);
	return true;
}

/* In JSON that nobody knows a string may be a line. */
static int take_string(struct ol_reader *r)
{
	struct ol_json_walk *w = r->json;
	struct ol_span s = ol_transport_buf_span(&w->string);
	bool kernel = ol_scan(OL_SCAN_DUMP, s.p, s.n) < s.n;
	int rc;

	r->from = w->string_at;
	if (kernel && take_state(r, s, true, &rc))
		return rc;
	if (kernel && w->key_n) {
		memcpy(w->leaf, w->key, w->key_n);
		w->leaf_n = w->key_n;
	}
	if (!kernel &&
	    !(w->leaf_n && ol_span_eq(ol_span(w->leaf, w->leaf_n), ol_span(w->key, w->key_n))))
		return 0;
	if (ol_records_put(r, OL_SPAN("{\"text\":\"")) && ol_records_put(r, s))
		ol_records_put(r, OL_SPAN("\"}"));
	return ol_records_emit(r);
}

static int end_string(struct ol_reader *r)
{
	struct ol_json_walk *w = r->json;

	w->in_string = false;
	if (!w->is_key)
		return r->shape == OL_SHAPE_STRINGS ? take_string(r) : 0;
	if (w->depth == 1 && w->record.on && !w->row && !w->said)
		w->said = ol_export_column(ol_span(w->key, w->key_n), OL_FIELD_MESSAGE);
	return 0;
}

/* Bytes of a string that need no look of their own. */
static size_t plain(struct ol_span s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] != '"' && s.p[n] != '\\' && s.p[n] != '\n')
		n++;
	return n;
}

static void in_string(struct ol_reader *r, struct ol_span s)
{
	struct ol_json_walk *w = r->json;

	hold(&w->record, s);
	hold(&w->context, s);
	if (w->is_key) {
		s = ol_span_head(s, sizeof(w->key) - w->key_n);
		if (s.n)
			memcpy(w->key + w->key_n, s.p, s.n);
		w->key_n += s.n;
	} else if (r->shape == OL_SHAPE_STRINGS && w->string.n < OL_TEXT_MAX) {
		ol_transport_append(&w->string, s);
	}
}

/* The first byte of a number, true, false or null that stands behind a name. */
static int begin_scalar(struct ol_reader *r, char c)
{
	struct ol_json_walk *w = r->json;
	int rc = 0;

	if (r->shape != OL_SHAPE_STRINGS || c != 't' || !w->want_value)
		return 0;
	r->from = r->at;
	take_state(r, OL_SPAN("true"), false, &rc);
	return rc;
}

/* A byte outside of strings and brackets. 1: this is no JSON. */
static int between(struct ol_reader *r, char c)
{
	struct ol_json_walk *w = r->json;
	int rc;

	switch (c) {
	case ',':
		w->want_key = w->depth && w->object[w->depth - 1];
		if (w->record.on && w->record.depth + 1 == w->depth && w->parts < PARTS_MAX)
			w->part[w->parts++] = w->record.buf.n - 1;
		return 0;
	case ':':
		w->want_key = false;
		w->want_value = true;
		return !w->depth || !w->object[w->depth - 1];
	case '"':
		if (!w->depth)
			return 1;
		w->want_value = false;
		w->in_string = true;
		w->is_key = w->want_key;
		if (w->is_key)
			w->key_n = 0;
		w->string.n = 0;
		w->string_at = r->at;
		return 0;
	default:
		if (!w->depth || !in_scalar(c))
			return 1;
		rc = begin_scalar(r, c);
		w->want_value = false;
		return rc;
	}
}

/* No JSON any more: what was held is given out as it is, and lines are lines. */
static int give_up(struct ol_reader *r)
{
	struct ol_json_walk *w = r->json;
	int rc = 0;

	w->lines = true;
	if (w->record.on) {
		w->record.on = false;
		ol_records_put(r, held_span(&w->record));
		rc = ol_records_emit(r);
	}
	return rc;
}

/* One byte. 1: it does not belong here. */
static int take(struct ol_reader *r, char c)
{
	struct ol_json_walk *w = r->json;

	if (w->in_string) {
		if (c == '\n')
			return 1;
		if (w->escaped || c != '"') {
			in_string(r, ol_span(&c, 1));
		} else {
			hold_byte(&w->record, c);
			hold_byte(&w->context, c);
			return end_string(r);
		}
		w->escaped = !w->escaped && c == '\\';
		return 0;
	}
	if (is_space(c))
		return 0;
	if (c == '{' || c == '[') {
		int rc = open_bracket(r, c);

		hold_byte(&w->record, c);
		hold_byte(&w->context, c);
		return rc;
	}
	if (c == '}' || c == ']') {
		drop_comma(&w->record);
		drop_comma(&w->context);
	}
	hold_byte(&w->record, c);
	hold_byte(&w->context, c);
	return c == '}' || c == ']' ? close_bracket(r, c) : between(r, c);
}

static int take_line(struct ol_reader *r, struct ol_span s, bool whole)
{
	struct ol_json_walk *w = r->json;
	int rc;

	if (!w->line.n)
		r->from = r->at;
	ol_transport_append(&w->line, s);
	if (!whole)
		return 0;
	rc = r->fn(r->arg, ol_transport_buf_span(&w->line), r->from.lineno, r->from.byte);
	w->line.n = 0;
	return rc;
}

int ol_json_walk(struct ol_reader *r, const char *buf, size_t n)
{
	struct ol_json_walk *w = r->json;
	size_t i = 0;
	int rc = 0;

	while (i < n && !rc) {
		struct ol_span rest = ol_span(buf + i, n - i);

		if (w->lines) {
			ssize_t nl = ol_span_chr(rest, '\n');
			size_t k = nl < 0 ? rest.n : (size_t)nl;

			rc = take_line(r, ol_span_head(rest, k), nl >= 0);
			k += nl >= 0;
			r->at.lineno += nl >= 0;
			r->at.byte += k;
			i += k;
			continue;
		}
		if (w->in_string && !w->escaped) {
			size_t k = plain(rest);

			in_string(r, ol_span_head(rest, k));
			r->at.byte += k;
			i += k;
			if (i == n)
				break;
		}
		rc = take(r, buf[i]);
		if (rc == 1) { /* this byte is the first of a line */
			rc = give_up(r);
			continue;
		}
		r->at.lineno += buf[i] == '\n';
		r->at.byte++;
		i++;
	}
	return rc;
}

int ol_json_walk_end(struct ol_reader *r)
{
	struct ol_json_walk *w = r->json;

	if (w->lines)
		return w->line.n ? take_line(r, ol_span("", 0), true) : 0;
	return give_up(r);
}
