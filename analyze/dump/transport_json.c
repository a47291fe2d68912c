// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/transport_impl.h"
#include "lib/err.h"

#include <errno.h>
#include <stdlib.h>
#include <cjson/cJSON.h>

/*
 * One JSON object per physical line: journalctl -o json, docker's json-file, dmesg --json when a
 * record stands on one line, and what log shippers export ("message", "log", "_raw", …). cJSON
 * bounds its own depth; the length is bounded here.
 */

enum key {
	K_MESSAGE,
	K_TRANSPORT,
	K_FACILITY,
	K_PRIORITY,
	K_IDENT,
	K_HOSTNAME,
	K_BOOT,
	K_MONO_SOURCE,
	K_MONO,
	K_REALTIME,
	K_CURSOR,
	K_LOG,
	K_STREAM,
	K_TIME,
	K_MSG,
	K_PRI,
	K_FAC,
	K_CALLER,
	K_MAX
};

static const struct {
	const char *name;
	enum key key;
} keys[] = {
	{ "MESSAGE", K_MESSAGE },
	{ "_TRANSPORT", K_TRANSPORT },
	{ "SYSLOG_FACILITY", K_FACILITY },
	{ "PRIORITY", K_PRIORITY },
	{ "SYSLOG_IDENTIFIER", K_IDENT },
	{ "_HOSTNAME", K_HOSTNAME },
	{ "_BOOT_ID", K_BOOT },
	{ "_SOURCE_MONOTONIC_TIMESTAMP", K_MONO_SOURCE },
	{ "__MONOTONIC_TIMESTAMP", K_MONO },
	{ "__REALTIME_TIMESTAMP", K_REALTIME },
	{ "__CURSOR", K_CURSOR },
	{ "log", K_LOG },
	{ "stream", K_STREAM },
	{ "time", K_TIME },
	{ "msg", K_MSG },
	{ "pri", K_PRI },
	{ "fac", K_FAC },
	{ "caller", K_CALLER },
};

struct found {
	const cJSON *root, *v[K_MAX];
	unsigned others; /* keys that are none of these */
};

static struct ol_span str(const cJSON *v)
{
	return v && cJSON_IsString(v) ? ol_span_str(v->valuestring) : ol_span(NULL, 0);
}

/* journald writes every number as a string */
static bool num(const cJSON *v, uint64_t *ret)
{
	if (v && cJSON_IsNumber(v) && v->valuedouble >= 0 && v->valuedouble < 9e15) {
		*ret = (uint64_t)v->valuedouble;
		return true;
	}
	return ol_span_u64(str(v), ret);
}

/* MESSAGE as an array of byte values, which is how journald shows what is not UTF-8 */
static int bytes(struct ol_framer *f, const cJSON *array, struct ol_span *ret)
{
	const cJSON *v;
	size_t n = 0;

	cJSON_ArrayForEach(v, array)
	{
		if (!cJSON_IsNumber(v) || v->valueint < 0 || v->valueint > 255)
			return 1;
		n++;
	}
	if (!ol_transport_reserve(&f->scratch, n + 1))
		return -ENOMEM;
	n = 0;
	cJSON_ArrayForEach(v, array) f->scratch.p[n++] = (char)v->valueint;
	*ret = ol_span(f->scratch.p, n);
	return 0;
}

static bool names_process(const cJSON *root)
{
	const cJSON *v;

	cJSON_ArrayForEach(v, root)
	{
		if (v->string && ol_transport_journal_process(ol_span_str(v->string)))
			return true;
	}
	return false;
}

static int from_journal(struct ol_framer *f, struct ol_line *l, const struct found *found)
{
	const cJSON *const *k = found->v;
	struct ol_span text = str(k[K_MESSAGE]), tr = str(k[K_TRANSPORT]), name;
	enum ol_source source;
	uint64_t v;
	int rc;

	if (cJSON_IsArray(k[K_MESSAGE])) {
		rc = bytes(f, k[K_MESSAGE], &text);
		if (rc)
			return rc;
	}
	if (!text.p)
		return 1;
	ol_transport_set(l, OL_TR_JOURNAL_JSON);
	l->prefixed = true;
	if (num(k[K_FACILITY], &v) && v < 1024)
		l->facility = (int)v;
	if (num(k[K_PRIORITY], &v) && v < 8)
		l->level = (int)v;
	l->tag = str(k[K_IDENT]);
	l->host = str(k[K_HOSTNAME]);
	l->boot = str(k[K_BOOT]);
	if ((num(k[K_MONO_SOURCE], &v) || num(k[K_MONO], &v)) && v < INT64_MAX)
		l->mono_us = (int64_t)v;
	if (num(k[K_REALTIME], &v) && v < INT64_MAX) {
		l->wall_us = (int64_t)v;
		l->wall_zone = true;
		l->wall_noyear = false;
		l->stamp = str(k[K_REALTIME]);
	}
	ol_transport_where(l, found->root);
	/* a field with several values is an array: the kernel's records have none */
	l->writer = ol_transport_journal_writer(tr, l->facility, l->tag,
						(k[K_TRANSPORT] && !tr.p) ||
							(k[K_IDENT] && !l->tag.p) ||
							(!tr.p && names_process(found->root)));
	/* others than journald call the text MESSAGE, too: {"PROGRAM":"app","MESSAGE":"text"} */
	source = ol_transport_source(found->root, &name);
	if (source == OL_SRC_PROGRAM)
		l->writer = OL_WRITER_USER;
	else if (source == OL_SRC_KERNEL && l->writer == OL_WRITER_UNKNOWN)
		l->writer = OL_WRITER_KERNEL;
	if (l->writer == OL_WRITER_UNKNOWN)
		l->wrapped = OL_WRAP_RECORD;
	return ol_transport_emit(f, l, text);
}

/* {"log":"text\n","stream":"stdout","time":"2026-11-20T18:51:21.123456789Z"} */
static int from_docker(struct ol_framer *f, struct ol_line *l, const cJSON *const k[K_MAX],
		       unsigned depth)
{
	struct ol_span text = str(k[K_LOG]), at = str(k[K_TIME]);
	bool full = text.n && text.p[text.n - 1] == '\n';

	ol_transport_set(l, OL_TR_DOCKER_JSON);
	l->prefixed = true;
	l->wrapped = OL_WRAP_RECORD;
	ol_transport_iso(&at, l);
	if (full)
		text.n--;
	return ol_transport_part_add(f, l, text, ol_span_eqs(str(k[K_STREAM]), "stderr"), full,
				     depth);
}

static void dmesg_time(struct ol_line *l, const cJSON *v)
{
	struct ol_span t = str(v);
	struct ol_line probe = *l;

	if (v && cJSON_IsNumber(v) && v->valuedouble >= 0 && v->valuedouble < 1e12) {
		l->mono_us = (int64_t)(v->valuedouble * 1e6 + 0.5);
	} else if (t.p && (ol_transport_iso(&t, &probe) || ol_transport_weekday(&t, &probe))) {
		l->wall_us = probe.wall_us;
		l->wall_zone = probe.wall_zone;
		if (!l->stamp.p)
			l->stamp = probe.stamp;
	}
}

/* "pri" is the raw number, or with -x the level's name beside "fac" */
static void dmesg_pri(struct ol_line *l, const cJSON *fac, const cJSON *pri)
{
	uint64_t v;

	if (num(pri, &v) && v < 1024) {
		l->facility = (int)(v >> 3);
		l->level = (int)(v & 7);
	} else if (str(pri).p) {
		l->level = ol_transport_level(str(pri));
	}
	if (str(fac).p)
		l->facility = ol_transport_facility(str(fac));
}

/* {"pri":6,"time":12.345678,"caller":"T1","msg":"text"} */
static int from_dmesg(struct ol_framer *f, struct ol_line *l, const cJSON *const k[K_MAX])
{
	dmesg_pri(l, k[K_FAC], k[K_PRI]);
	dmesg_time(l, k[K_TIME]);
	ol_transport_set(l, OL_TR_DMESG);
	l->caller = str(k[K_CALLER]);
	l->prefixed = true;
	l->writer = l->facility > 0 ? OL_WRITER_USER : OL_WRITER_KERNEL;
	return ol_transport_emit(f, l, str(k[K_MSG]));
}

/*
 * The fields in front of a journal's MESSAGE prove the kernel: inside of a string no quote stands
 * without a backslash before it.
 */
static bool proves_kernel(struct ol_span head)
{
	return ol_span_find(head, OL_SPAN("\"_TRANSPORT\":\"kernel\"")) >= 0 &&
	       ol_span_find(head, OL_SPAN("\"SYSLOG_FACILITY\":\"0\"")) >= 0;
}

/* Do they name a program? @head ends with the quote that opens the text. */
static bool names_program(struct ol_span head)
{
	char *json = malloc(head.n + 2);
	struct ol_span name;
	cJSON *root;
	bool found;

	if (!json) {
		ol_no_memory();
		return true;
	}
	memcpy(json, head.p, head.n);
	memcpy(json + head.n, "\"}", 2);
	root = cJSON_ParseWithLength(json, head.n + 2);
	found = root && ol_transport_source(root, &name) == OL_SRC_PROGRAM;
	cJSON_Delete(root);
	free(json);
	return found;
}

/*
 * {"log":"text\\n","stream":"std
 * A record that was cut, or that a wrapped paste broke: its text is what is left of the string. Of
 * its other fields those behind it are not known.
 */
static int salvage(struct ol_framer *f, struct ol_line *l, struct ol_span t, unsigned depth)
{
	static const struct ol_span names[] = { OL_SPAN_INIT("{\"log\":\""),
						OL_SPAN_INIT("\"MESSAGE\":\""),
						OL_SPAN_INIT("\"message\":\"") };
	struct ol_span text = { NULL, 0 };
	size_t n = 0, whole = 0;
	bool kernel = false;
	cJSON *string;
	char *json;
	int rc = 1;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !text.p; i++) {
		ssize_t at = ol_span_find(t, names[i]);

		if (at < 0)
			continue;
		text = ol_span_skip(t, (size_t)at + names[i].n);
		l->program |= names_program(ol_span_head(t, (size_t)at + names[i].n));
		kernel = i == 1 && !l->wrapped && proves_kernel(ol_span_head(t, (size_t)at));
	}
	if (!text.p)
		return 1;
	/* up to the closing quote; an escape that was cut in two is left out */
	while (n < text.n && text.p[n] != '"') {
		size_t step = text.p[n] != '\\'                        ? 1
			      : n + 1 < text.n && text.p[n + 1] == 'u' ? 6
								       : 2;

		if (n + step > text.n)
			break;
		n += step;
		whole = n;
	}
	json = malloc(whole + 2);
	if (!json)
		return -ENOMEM;
	json[0] = json[whole + 1] = '"';
	memcpy(json + 1, text.p, whole);
	string = cJSON_ParseWithLength(json, whole + 2);
	if (cJSON_IsString(string)) {
		l->cut = true;
		l->prefixed = true;
		ol_transport_set(l, OL_TR_OTHER);
		l->writer = kernel ? OL_WRITER_KERNEL : OL_WRITER_UNKNOWN;
		if (!kernel)
			l->wrapped = OL_WRAP_RECORD;
		rc = kernel ? ol_transport_emit(f, l, ol_span_str(string->valuestring))
			    : ol_transport_inner(f, l, ol_span_str(string->valuestring), depth + 1);
	}
	cJSON_Delete(string);
	free(json);
	return rc;
}

static void find_keys(struct found *to)
{
	const cJSON *v;

	cJSON_ArrayForEach(v, to->root)
	{
		bool known = false;

		if (!v->string)
			continue;
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) && !known; i++) {
			if (keys[i].name[0] != v->string[0] || strcmp(keys[i].name, v->string) != 0)
				continue;
			if (!to->v[keys[i].key])
				to->v[keys[i].key] = v;
			known = true;
		}
		to->others += !known;
	}
}

int ol_transport_json(struct ol_framer *f, struct ol_line *l, struct ol_span s, unsigned depth)
{
	struct found found = { 0 };
	const cJSON **k = found.v;
	struct ol_line probe = *l;
	struct ol_span name;
	struct ol_span t = ol_span_rtrim(s);
	cJSON *root;
	int rc = 1;

	if (t.n && t.p[t.n - 1] == ',')
		t = ol_span_rtrim(ol_span_head(t, t.n - 1));
	if (t.n < 10 || t.n > OL_LINE_MAX)
		return 1;
	root = t.p[t.n - 1] == '}' && !l->cut ? cJSON_ParseWithLength(t.p, t.n) : NULL;
	if (!root)
		return salvage(f, l, t, depth);
	if (!cJSON_IsObject(root))
		goto out;
	found.root = root;
	find_keys(&found);
	if (k[K_MESSAGE]) {
		rc = from_journal(f, &probe, &found);
	} else if (str(k[K_MSG]).p && k[K_PRI] && !found.others && !k[K_TRANSPORT] && !k[K_IDENT] &&
		   !k[K_FACILITY]) {
		rc = from_dmesg(f, &probe, k);
	} else if (str(k[K_LOG]).p && (k[K_STREAM] || k[K_TIME])) {
		probe.program |= found.others && ol_transport_source(root, &name) == OL_SRC_PROGRAM;
		if (found.others)
			ol_transport_where(&probe, root);
		rc = from_docker(f, &probe, k, depth);
	} else {
		rc = ol_transport_shipped(f, &probe, root, depth);
	}
out:
	cJSON_Delete(root);
	return rc;
}

/* The value behind '"key": ', parsed; the caller frees it. */
static cJSON *value_of(struct ol_span t, const char *key)
{
	if (!ol_span_eat(&t, OL_SPAN("\"")) || !ol_span_eat(&t, ol_span_str(key)) ||
	    !ol_span_eat(&t, OL_SPAN("\"")))
		return NULL;
	t = ol_span_ltrim(t);
	if (!ol_span_eat(&t, OL_SPAN(":")))
		return NULL;
	t = ol_span_ltrim(t);
	return t.n && t.n <= OL_LINE_MAX ? cJSON_ParseWithLength(t.p, t.n) : NULL;
}

/*
 * dmesg --json as it is printed, one key per physical line:
 *   "dmesg": [
 *      {
 *         "pri": 6,
 *         "time":    12.345678,
 *         "msg": "text"
 *      },{
 */
int ol_transport_dmesg_json(struct ol_framer *f, struct ol_line *l, struct ol_span s)
{
	struct ol_line at;
	struct ol_span t = ol_span_rtrim(s);
	cJSON *v;
	int rc = 0;

	if (ol_span_eqs(t, "\"dmesg\": [")) {
		memset(&f->dj, 0, sizeof(f->dj));
		f->dj.on = true;
		goto reset;
	}
	if (f->dj.on && (ol_span_eqs(t, "{") || ol_span_eqs(t, "},{") || ol_span_eqs(t, "}")))
		goto reset;
	if (f->dj.on && (ol_span_eqs(t, "]") || ol_span_eqs(t, "],"))) {
		f->dj.on = false;
		return 0;
	}
	v = value_of(t, "msg");
	if (v) {
		rc = 1;
		if (str(v).p) {
			ol_transport_set(l, OL_TR_DMESG);
			l->prefixed = true;
			if (f->dj.on) {
				l->mono_us = f->dj.mono_us;
				l->wall_us = f->dj.wall_us;
				l->wall_zone = f->dj.wall_zone;
				l->facility = f->dj.facility;
				l->level = f->dj.level;
				if (f->dj.caller[0])
					l->caller = ol_span_str(f->dj.caller);
			}
			l->writer = l->facility > 0 ? OL_WRITER_USER : OL_WRITER_KERNEL;
			rc = ol_transport_emit(f, l, str(v));
		}
		cJSON_Delete(v);
		return rc;
	}
	if (!f->dj.on)
		return 1;
	ol_transport_line_init(&at);
	if ((v = value_of(t, "pri"))) {
		dmesg_pri(&at, NULL, v);
		f->dj.level = at.level;
		if (at.facility >= 0)
			f->dj.facility = at.facility;
	} else if ((v = value_of(t, "fac"))) {
		f->dj.facility = str(v).p ? ol_transport_facility(str(v)) : -1;
	} else if ((v = value_of(t, "time"))) {
		dmesg_time(&at, v);
		f->dj.mono_us = at.mono_us;
		f->dj.wall_us = at.wall_us;
		f->dj.wall_zone = at.wall_zone;
	} else if ((v = value_of(t, "caller"))) {
		struct ol_span c = str(v);
		size_t n = c.n < sizeof(f->dj.caller) ? c.n : 0;

		if (n)
			memcpy(f->dj.caller, c.p, n);
		f->dj.caller[n] = '\0';
	} else if (!t.n || t.p[0] != '"') {
		f->dj.on = false;
		return 1;
	}
	cJSON_Delete(v);
	return 0;
reset:
	f->dj.facility = f->dj.level = -1;
	f->dj.mono_us = f->dj.wall_us = OL_TIME_NONE;
	f->dj.wall_zone = false;
	f->dj.caller[0] = '\0';
	return 0;
}
