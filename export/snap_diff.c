// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/snap.h"
#include "export/textfmt.h"
#include "lib/num.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Two saved snapshots side by side: what became more, what became less, largest change first. */

struct change {
	const char *name; /* owned by the documents */
	int64_t kb[2]; /* before, after; what is in only one of them is 0 in the other */
};

struct changes {
	struct change *v;
	size_t n;
};

static int64_t number(const cJSON *v)
{
	return cJSON_IsNumber(v) && v->valuedouble > -9e15 && v->valuedouble < 9e15
		       ? (int64_t)v->valuedouble
		       : 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct change *)a)->name, ((const struct change *)b)->name);
}

static int by_change(const void *a, const void *b)
{
	const struct change *x = a, *y = b;
	int64_t p = llabs(x->kb[1] - x->kb[0]), q = llabs(y->kb[1] - y->kb[0]);

	return p != q ? (p < q ? 1 : -1) : by_name(a, b);
}

static void add(struct changes *c, const char *name, int which, int64_t kb)
{
	struct change *one = &c->v[c->n++];

	*one = (struct change){ .name = name };
	one->kb[which] = kb;
}

/* Members of an object, or a number of each element of an array, under the element's name. */
static void take(struct changes *c, const cJSON *list, int which, const char *name_key,
		 const char *value_key)
{
	const cJSON *item, *name;

	cJSON_ArrayForEach(item, list)
	{
		if (!name_key) {
			if (cJSON_IsNumber(item))
				add(c, item->string, which, number(item));
			continue;
		}
		name = cJSON_GetObjectItemCaseSensitive(item, name_key);
		if (cJSON_IsString(name))
			add(c, name->valuestring, which,
			    number(cJSON_GetObjectItemCaseSensitive(item, value_key)));
	}
}

/* 0 or -ENOMEM; the changes are sorted, what did not change is left out. Free c->v. */
static int compare(const cJSON *const doc[2], const char *list_key, const char *in,
		   const char *name_key, const char *value_key, struct changes *c)
{
	const cJSON *list[2];
	size_t room = 1, n = 0;

	for (int i = 0; i < 2; i++) {
		list[i] = cJSON_GetObjectItemCaseSensitive(doc[i], list_key);
		if (in)
			list[i] = cJSON_GetObjectItemCaseSensitive(list[i], in);
		room += (size_t)cJSON_GetArraySize(list[i]);
	}
	c->n = 0;
	c->v = calloc(room, sizeof(*c->v));
	if (!c->v)
		return -ENOMEM;
	for (int i = 0; i < 2; i++)
		take(c, list[i], i, name_key, value_key);
	qsort(c->v, c->n, sizeof(*c->v), by_name);
	for (size_t i = 0; i < c->n; i++) {
		if (n && !strcmp(c->v[n - 1].name, c->v[i].name)) {
			c->v[n - 1].kb[0] = ol_add(c->v[n - 1].kb[0], c->v[i].kb[0]);
			c->v[n - 1].kb[1] = ol_add(c->v[n - 1].kb[1], c->v[i].kb[1]);
		} else {
			c->v[n++] = c->v[i];
		}
	}
	c->n = 0;
	for (size_t i = 0; i < n; i++)
		if (c->v[i].kb[0] != c->v[i].kb[1])
			c->v[c->n++] = c->v[i];
	qsort(c->v, c->n, sizeof(*c->v), by_change);
	return 0;
}

/* Lists of a snapshot that are compared. */
static const struct {
	const char *key, *in, *name, *value;
	const char *title, *json;
	bool objects; /* numbers, not kB */
} lists[] = {
	{ "ram", "parts", NULL, NULL, "RAM", "ram_kb", false },
	{ "available", NULL, NULL, NULL, "Available", "available_kb", false },
	{ "slab", NULL, "name", "total_kb", "Slab caches", "slab_kb", false },
	{ "slab", NULL, "name", "objects", "Slab objects", "slab_objects", true },
	{ "cgroups", NULL, "path", "usage_kb", "Control groups", "cgroups_kb", false },
	{ "processes", NULL, "comm", "total_kb", "Processes by command", "processes_kb", false },
};
enum { N_LISTS = sizeof(lists) / sizeof(lists[0]), SHOWN = 8 };

static void put_value(struct ol_page *pg, int64_t v, bool objects, unsigned columns, bool sign)
{
	char buf[48];

	if (objects)
		snprintf(buf, sizeof(buf), "%s%lld", sign && v > 0 ? "+" : "", (long long)v);
	else
		snprintf(buf, sizeof(buf), "%s%s", sign && v > 0 ? "+" : "", ol_fmt_kb(v).s);
	ol_page_cell_str(pg, buf, columns, OL_CELL_RIGHT);
}

static void put_text(struct ol_page *pg, int k, const struct changes *c, bool full)
{
	if (!c->n)
		return;
	ol_page_heading(pg, lists[k].title);
	for (size_t i = 0; i < c->n && (full || i < SHOWN); i++) {
		const struct change *x = &c->v[i];

		ol_out_str(pg->o, "  ");
		ol_page_cell_str(pg, x->name, 40, OL_CELL_LEFT);
		put_value(pg, x->kb[1] - x->kb[0], lists[k].objects, 13, true);
		put_value(pg, x->kb[0], lists[k].objects, 13, false);
		ol_out_str(pg->o, " ->");
		put_value(pg, x->kb[1], lists[k].objects, 12, false);
		ol_out_char(pg->o, '\n');
	}
	if (!full && c->n > SHOWN)
		ol_out_printf(pg->o, "  and %zu more (--full)\n", c->n - SHOWN);
}

static void put_json(struct ol_json *j, int k, const struct changes *c)
{
	ol_json_open(j, lists[k].json, '[');
	for (size_t i = 0; i < c->n; i++) {
		ol_json_open(j, NULL, '{');
		ol_json_str(j, "name", c->v[i].name);
		ol_json_i64(j, "change", c->v[i].kb[1] - c->v[i].kb[0]);
		ol_json_i64(j, "before", c->v[i].kb[0]);
		ol_json_i64(j, "after", c->v[i].kb[1]);
		ol_json_close(j, '}');
	}
	ol_json_close(j, ']');
}

static double seconds_between(const cJSON *const doc[2])
{
	double at[2];

	for (int i = 0; i < 2; i++) {
		const cJSON *time = cJSON_GetObjectItemCaseSensitive(doc[i], "time");
		const cJSON *s = cJSON_GetObjectItemCaseSensitive(time, "since_boot_s");

		if (!cJSON_IsNumber(s))
			return -1;
		at[i] = s->valuedouble;
	}
	return at[1] - at[0];
}

static const char *string(const cJSON *doc, const char *key)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(doc, key));
}

static void put_head(struct ol_page *pg, const cJSON *const doc[2])
{
	const char *a = string(doc[0], "host"), *b = string(doc[1], "host");
	double s = seconds_between(doc);
	struct ol_out *o = ol_page_para(pg);

	ol_out_safe(o, ol_span_str(a ? a : "unknown host"));
	if (a && b && strcmp(a, b)) {
		ol_out_str(o, " and then ");
		ol_out_safe(o, ol_span_str(b));
		ol_out_str(o, ": these are two machines");
	} else if (s > 0 && s < 1e9) {
		ol_out_printf(o, ": what changed in %s", ol_fmt_span_us((int64_t)(s * 1e6)).s);
	} else if (s < 0 && s != -1) {
		ol_out_str(
			o,
			": what changed; the second was taken before the first, or after a reboot");
	}
	ol_page_flow(pg, NULL, OL_STYLE_BOLD);
}

int ol_snap_diff(struct ol_out *o, struct ol_span a, struct ol_span b, bool json,
		 const struct ol_snap_style *style, struct ol_err *err)
{
	const struct ol_span text[2] = { a, b };
	cJSON *own[2] = { NULL, NULL };
	struct changes c = { NULL, 0 };
	struct ol_json j;
	struct ol_page pg;
	int r = 0;

	for (int i = 0; i < 2 && !r; i++) {
		const char *schema;

		own[i] = cJSON_ParseWithLength(text[i].p ? text[i].p : "", text[i].n);
		schema = own[i] ? string(own[i], "schema") : NULL;
		if (!schema || strcmp(schema, "oomlens.snap/1"))
			r = ol_fail(
				err, -EINVAL, "the %s file is no snapshot: %s",
				i ? "second" : "first",
				!own[i] ? ol_had_no_memory() ? "out of memory" : "it is not JSON"
					: "its schema is not oomlens.snap/1 (oomlens snap --json)");
	}
	if (!r && json) {
		ol_json_init(&j, o);
		ol_json_open(&j, NULL, '{');
		ol_json_str(&j, "schema", "oomlens.snapdiff/1");
		if (seconds_between((const cJSON *const *)own) > 0)
			ol_json_i64(&j, "seconds",
				    (int64_t)seconds_between((const cJSON *const *)own));
	} else if (!r) {
		ol_page_init(&pg, o, style->width, style->color, style->utf8);
		put_head(&pg, (const cJSON *const *)own);
	}
	for (int k = 0; !r && k < N_LISTS; k++) {
		r = compare((const cJSON *const *)own, lists[k].key, lists[k].in, lists[k].name,
			    lists[k].value, &c);
		if (r)
			ol_fail(err, r, "out of memory");
		else if (json)
			put_json(&j, k, &c);
		else
			put_text(&pg, k, &c, style->full);
		free(c.v);
		c.v = NULL;
	}
	if (!r && json) {
		ol_json_close(&j, '}');
		ol_out_char(o, '\n');
	} else if (!r) {
		ol_page_done(&pg);
	}
	cJSON_Delete(own[0]);
	cJSON_Delete(own[1]);
	return r;
}
