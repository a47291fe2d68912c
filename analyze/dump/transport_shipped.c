// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/export_fields.h"
#include "analyze/dump/scan.h"
#include "analyze/dump/transport_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <cjson/cJSON.h>

/* Records of those who ship, store and show logs: fields by the names in exports.def. */

enum { STRINGS_DEPTH = 24, STRINGS_MAX = 4096 };

/* What the record says of the writer goes before what the text looks like. */
static void set_writer(struct ol_line *l, const cJSON *root)
{
	struct ol_span name;
	enum ol_source source = ol_transport_source(root, &name);

	ol_transport_set(l, OL_TR_OTHER);
	l->prefixed = true;
	if (source == OL_SRC_KERNEL)
		l->writer = OL_WRITER_KERNEL;
	else
		l->wrapped = OL_WRAP_RECORD;
	if (source == OL_SRC_PROGRAM) {
		l->program = true;
		l->tag = name;
	}
}

/* Time and host from their fields, where nothing has said them. */
static bool set_where(struct ol_line *l, const cJSON *root, struct ol_export_fields *x)
{
	bool known = ol_export_fields(root, x);

	if (x->wall_us != OL_TIME_NONE && l->wall_us == OL_TIME_NONE) {
		l->wall_us = x->wall_us;
		l->wall_zone = x->wall_zone;
		l->wall_noyear = false;
		if (!l->stamp.p && x->text[OL_FIELD_TIME].n)
			l->stamp = x->text[OL_FIELD_TIME];
	}
	if (!l->host.n && x->text[OL_FIELD_HOST].n)
		l->host = x->text[OL_FIELD_HOST];
	return known;
}

void ol_transport_where(struct ol_line *l, const cJSON *root)
{
	struct ol_export_fields x;

	set_where(l, root, &x);
}

struct strings {
	struct ol_framer *f;
	const struct ol_line *line;
	unsigned depth, n;
	bool any;
	int rc;
};

/*
 * A string with a kernel's words is a line, and from then on each that has the same name: "anon
 * 4096" is of a dump or not.
 */
static void take_string(struct strings *s, const char *name, struct ol_span text)
{
	struct ol_framer *f = s->f;
	bool kernel = ol_scan(OL_SCAN_DUMP, text.p, text.n) < text.n;
	struct ol_line one = *s->line;

	if (s->rc < 0 || !text.n || ++s->n > STRINGS_MAX)
		return;
	if (!kernel && (!f->leaf[0] || strcmp(f->leaf, name) != 0))
		return;
	if (kernel && strlen(name) < sizeof(f->leaf))
		memcpy(f->leaf, name, strlen(name) + 1);
	one.joined = s->any;
	s->any = true;
	s->rc = ol_transport_inner(f, &one, text, s->depth + 1);
}

/* A member that tells by itself: its value alone would say nothing. */
static bool take_state(struct strings *s, const char *name, const cJSON *v)
{
	struct ol_span value = cJSON_IsString(v) ? ol_span_str(v->valuestring) : OL_SPAN("true");
	struct ol_span text = { NULL, 0 };
	struct ol_line one = *s->line;

	if (cJSON_IsString(v) || cJSON_IsTrue(v))
		text = ol_export_state(ol_span_str(name), value, cJSON_IsString(v));
	if (!text.p || s->rc < 0 || ++s->n > STRINGS_MAX)
		return false;
	one.joined = s->any;
	s->any = true;
	s->rc = ol_transport_emit(s->f, &one, text);
	return true;
}

static void walk_strings(struct strings *s, const cJSON *v, const char *name, unsigned depth)
{
	const cJSON *m;

	if (!take_state(s, name, v) && cJSON_IsString(v))
		take_string(s, name, ol_span_str(v->valuestring));
	if (depth == STRINGS_DEPTH)
		return;
	/* an array's elements have its name */
	cJSON_ArrayForEach(m, v) walk_strings(s, m, m->string ? m->string : name, depth + 1);
}

static int from_strings(struct ol_framer *f, const struct ol_line *l, const cJSON *root,
			unsigned depth)
{
	struct strings s = { .f = f, .line = l, .depth = depth };

	walk_strings(&s, root, "", 0);
	return s.rc < 0 ? s.rc : !s.any;
}

int ol_transport_shipped(struct ol_framer *f, struct ol_line *l, cJSON *root, unsigned depth)
{
	struct ol_export_fields x;
	bool known = set_where(l, root, &x);

	set_writer(l, root);
	if (l->program && !l->tag.n)
		l->tag = x.text[x.text[OL_FIELD_CONTAINER].n ? OL_FIELD_CONTAINER : OL_FIELD_POD];
	if (!known)
		return from_strings(f, l, root, depth);
	return ol_transport_inner(f, l, x.text[OL_FIELD_MESSAGE], depth + 1);
}

/* The record with the tag that it was sent by, which may say who wrote it. */
static int shipped_by(struct ol_framer *f, struct ol_line *l, cJSON *root, struct ol_span tag,
		      unsigned depth)
{
	char *copy;
	bool ok = true;

	if (!cJSON_IsObject(root))
		return 1;
	if (tag.n && !cJSON_GetObjectItemCaseSensitive(root, "fluentd_tag")) {
		copy = strndup(tag.p, tag.n);
		ok = copy && cJSON_AddStringToObject(root, "fluentd_tag", copy);
		free(copy);
	}
	return ok ? ol_transport_shipped(f, l, root, depth) : -ENOMEM;
}

/*
 * 2026-06-04T03:33:20+00:00 TAB kernel.web1 TAB {"message":"text","hostname":"web1"}
 * fluentd's out_file: time, tag and record between tabs.
 */
int ol_transport_fluentd(struct ol_framer *f, struct ol_line *l, struct ol_span s, unsigned depth)
{
	ssize_t tab = ol_span_chr(ol_span_head(s, 40), '\t'), end;
	struct ol_line probe = *l;
	struct ol_span t, tag;
	cJSON *root;
	int rc;

	if (tab < 10)
		return 1;
	t = ol_span_skip(s, (size_t)tab + 1);
	end = ol_span_chr(ol_span_head(t, 256), '\t');
	if (end < 0)
		return 1;
	tag = ol_span_head(t, (size_t)end);
	t = ol_span_rtrim(ol_span_skip(t, (size_t)end + 1));
	if (!t.n || t.p[0] != '{' || l->cut ||
	    !ol_export_time(ol_span_head(s, (size_t)tab), &probe.wall_us, &probe.wall_zone))
		return 1;
	root = cJSON_ParseWithLength(t.p, t.n);
	if (!probe.stamp.p)
		probe.stamp = ol_span_head(s, (size_t)tab);
	probe.wall_noyear = false;
	rc = shipped_by(f, &probe, root, tag, depth);
	cJSON_Delete(root);
	return rc;
}

/* {"msg"=>"text"} becomes {"msg":"text"}; the caller frees it. */
static char *arrows(struct ol_span s)
{
	char *to = malloc(s.n + 1);
	bool string = false;
	size_t n = 0;

	for (size_t i = 0; to && i < s.n; i++) {
		char c = s.p[i];

		if (c == '"')
			string = !string;
		else if (string && c == '\\' && i + 1 < s.n)
			to[n++] = s.p[i++];
		if (!string && c == '=' && i + 1 < s.n && s.p[i + 1] == '>') {
			to[n++] = ':';
			i++;
			continue;
		}
		to[n++] = s.p[i];
	}
	if (to)
		to[n] = '\0';
	return to;
}

/*
 * kmsg.0: [1780544000.250000000, {"msg":"text"}]
 * [0] kmsg.0: [[1780544000.250000000, {}], {"msg"=>"text"}]
 * Fluent Bit's outputs file and stdout.
 */
int ol_transport_fluentbit(struct ol_framer *f, struct ol_line *l, struct ol_span s, unsigned depth)
{
	struct ol_span t = ol_span_rtrim(s), tag, at;
	struct ol_line probe = *l;
	uint64_t n;
	ssize_t k;
	cJSON *root;
	char *json;
	int rc;

	if (t.n < 16 || t.p[t.n - 1] != ']' || t.p[t.n - 2] != '}' || l->cut)
		return 1;
	t.n--;
	if (ol_span_eat(&t, OL_SPAN("[")) &&
	    (!ol_eat_u64(&t, &n) || !ol_span_eat(&t, OL_SPAN("] "))))
		return 1;
	k = ol_span_find(ol_span_head(t, 256), OL_SPAN(": ["));
	if (k <= 0 || ol_span_chr(ol_span_head(t, (size_t)k), ' ') >= 0)
		return 1;
	tag = ol_span_head(t, (size_t)k);
	t = ol_span_skip(t, (size_t)k + 3);
	ol_span_eat(&t, OL_SPAN("["));
	k = ol_span_chr(ol_span_head(t, 40), ',');
	if (k <= 0)
		return 1;
	at = ol_span_head(t, (size_t)k);
	if (!ol_export_time(at, &probe.wall_us, &probe.wall_zone))
		return 1;
	t = ol_span_ltrim(ol_span_skip(t, (size_t)k + 1));
	/* metadata stands before the record */
	if (ol_span_eat(&t, OL_SPAN("{}], ")) || !t.n)
		t = ol_span_ltrim(t);
	if (!t.n || t.p[0] != '{')
		return 1;
	if (!probe.stamp.p)
		probe.stamp = at;
	probe.wall_noyear = false;
	json = arrows(t);
	if (!json)
		return -ENOMEM;
	root = cJSON_Parse(json);
	rc = shipped_by(f, &probe, root, tag, depth);
	cJSON_Delete(root);
	free(json);
	return rc;
}

static size_t key_len(struct ol_span s)
{
	size_t n = 0;

	while (n < s.n && n < 64 &&
	       (ol_is_alpha(s.p[n]) || ol_is_digit(s.p[n]) || (s.p[n] && strchr("_.@-/", s.p[n]))))
		n++;
	return n;
}

/* The value of a pair: a word, or a string as in Go's %q. The caller frees it; NULL: it is none. */
static char *eat_value(struct ol_span *s)
{
	size_t n = 0;
	cJSON *v;
	char *text;

	if (!s->n || s->p[0] != '"') {
		while (n < s->n && s->p[n] != ' ')
			n++;
		text = strndup(n ? s->p : "", n);
		*s = ol_span_skip(*s, n);
		return text;
	}
	for (n = 1; n < s->n && s->p[n] != '"'; n++)
		n += s->p[n] == '\\';
	if (n >= s->n || (n + 1 < s->n && s->p[n + 1] != ' '))
		return NULL;
	v = cJSON_ParseWithLength(s->p, n + 1);
	*s = ol_span_skip(*s, n + 1);
	text = cJSON_IsString(v) ? strdup(v->valuestring) : NULL;
	cJSON_Delete(v);
	return text;
}

/*
 * ts=2026-06-04T03:33:20Z host=web1 facility=kern level=info msg="text"
 * All of it is pairs, one has the line, and another a time or a level: a kernel's
 * "oom-kill:constraint=…,task=x" has none of that.
 */
int ol_transport_logfmt(struct ol_framer *f, struct ol_line *l, struct ol_span s, unsigned depth)
{
	struct ol_span t = ol_span_rtrim(s);
	bool message = false, other = false;
	size_t n = key_len(t);
	cJSON *root;
	int rc = 1;

	if (!n || n == t.n || t.p[n] != '=' || l->cut)
		return 1;
	root = cJSON_CreateObject();
	while (root && t.n) {
		struct ol_span key;
		char name[65], *value;

		n = key_len(t);
		key = ol_span_head(t, n);
		t = ol_span_skip(t, n);
		if (!n || !ol_span_eat(&t, OL_SPAN("=")))
			goto out;
		memcpy(name, key.p, n);
		name[n] = '\0';
		value = eat_value(&t);
		if (!value)
			goto out;
		message |= ol_export_column(key, OL_FIELD_MESSAGE);
		other |= ol_export_column(key, OL_FIELD_TIME) || ol_span_eqs(key, "level");
		cJSON_AddStringToObject(root, name, value);
		free(value);
		t = ol_span_ltrim(t);
	}
	if (message && other)
		rc = ol_transport_shipped(f, l, root, depth);
out:
	cJSON_Delete(root);
	return rc;
}
