// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/export_fields.h"

#include "analyze/dump/transport_impl.h"

#include <cjson/cJSON.h>

enum { PATH_MAX_ = 256, DEPTH_MAX = 6 };

enum { MESSAGE, TIME, HOST, CONTAINER, POD, UTC };

static const struct {
	struct ol_span path;
	int what; /* UTC is a TIME */
} rows[] = {
#define EXPORT_FIELD(product, what, path) { OL_SPAN_INIT(path), what },
#include "analyze/dump/exports.def"
};

static const struct ol_span envelopes[] = {
#define EXPORT_ENVELOPE(product, name) OL_SPAN_INIT(name),
#include "analyze/dump/exports.def"
};

#define N_ROWS      ((int)(sizeof(rows) / sizeof(rows[0])))
#define N_ENVELOPES ((int)(sizeof(envelopes) / sizeof(envelopes[0])))

static enum ol_export_what class_of(int what)
{
	return what == UTC ? OL_FIELD_TIME : (enum ol_export_what)what;
}

/* " +0200" behind a time of the writer's clock; ISO's own stands without the blank */
static bool offset(struct ol_span s, int64_t *us)
{
	int sign = s.n && s.p[0] == '-' ? -1 : 1;
	uint64_t v;

	if (!ol_span_eat(&s, OL_SPAN("+")) && !ol_span_eat(&s, OL_SPAN("-")))
		return false;
	if (s.n != 4 || !ol_span_u64(s, &v) || v % 100 > 59 || v > 2359)
		return false;
	*us -= sign * (int64_t)(v / 100 * 60 + v % 100) * 60 * 1000000;
	return true;
}

/* The next letter or digit in small, 0 at the end. */
static char next_of(struct ol_span *s)
{
	while (s->n) {
		char c = *s->p;

		*s = ol_span_skip(*s, 1);
		if (ol_is_alpha(c))
			return (char)(c | 0x20);
		if (ol_is_digit(c))
			return c;
	}
	return 0;
}

bool ol_export_same(struct ol_span a, struct ol_span b)
{
	char c;

	do {
		c = next_of(&a);
		if (c != next_of(&b))
			return false;
	} while (c);
	return true;
}

/* What two names that are the same have in common; most that are not differ in it. */
struct print {
	unsigned n;
	char first, last;
};
static struct print row_prints[N_ROWS], envelope_prints[N_ENVELOPES];

static struct print print_of(struct ol_span s)
{
	struct print p = { 0, 0, 0 };

	for (char c; (c = next_of(&s)); p.n++) {
		p.first = p.n ? p.first : c;
		p.last = c;
	}
	return p;
}

static bool prints_eq(struct print a, struct print b)
{
	return a.n == b.n && a.first == b.first && a.last == b.last;
}

__attribute__((constructor)) static void take_prints(void)
{
	for (int i = 0; i < N_ROWS; i++)
		row_prints[i] = print_of(rows[i].path);
	for (int i = 0; i < N_ENVELOPES; i++)
		envelope_prints[i] = print_of(envelopes[i]);
}

bool ol_export_envelope(struct ol_span name)
{
	struct print p = print_of(name);

	for (int i = 0; i < N_ENVELOPES; i++)
		if (prints_eq(p, envelope_prints[i]) && ol_export_same(name, envelopes[i]))
			return true;
	return false;
}

struct ol_span ol_export_unwrap(struct ol_span name)
{
	ssize_t dot;

	while ((dot = ol_span_chr(name, '.')) > 0 &&
	       ol_export_envelope(ol_span_head(name, (size_t)dot)))
		name = ol_span_skip(name, (size_t)dot + 1);
	return name;
}

bool ol_export_column(struct ol_span name, enum ol_export_what what)
{
	name = ol_export_unwrap(name);
	for (int i = 0; i < N_ROWS; i++)
		if (class_of(rows[i].what) == what && ol_export_same(name, rows[i].path))
			return true;
	return false;
}

/* ---- times ---- */

/* "1780544000", "1780544000.25", and the same times 1e3, 1e6, 1e9: from 1973 to 2286 no two meet */
static bool epoch(struct ol_span s, int64_t *ret_us)
{
	struct ol_span t = s;
	int64_t unit = 100000, us = 0;
	uint64_t v;

	if (!ol_eat_u64(&t, &v))
		return false;
	if (ol_span_eat(&t, OL_SPAN("."))) {
		for (; t.n && ol_is_digit(t.p[0]); t = ol_span_skip(t, 1), unit /= 10)
			us += unit * (t.p[0] - '0');
	}
	if (t.n || v < 100000000)
		return false;
	if (v < UINT64_C(10000000000))
		*ret_us = (int64_t)v * 1000000 + us;
	else if (v < UINT64_C(10000000000000))
		*ret_us = (int64_t)v * 1000 + us / 1000;
	else if (v < UINT64_C(10000000000000000))
		*ret_us = (int64_t)v;
	else
		*ret_us = (int64_t)(v / 1000);
	return true;
}

static void eat_any(struct ol_span *s, const char *chars)
{
	while (s->n && s->p[0] && strchr(chars, s->p[0]))
		*s = ol_span_skip(*s, 1);
}

static unsigned month(struct ol_span *s)
{
	static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

	for (unsigned m = 0; m < 12 && s->n >= 3; m++) {
		bool same = true;

		for (unsigned i = 0; i < 3; i++)
			same &= (s->p[i] | 0x20) == names[3 * m + i];
		if (!same)
			continue;
		while (s->n && ol_is_alpha(s->p[0]))
			*s = ol_span_skip(*s, 1);
		return m + 1;
	}
	return 0;
}

static bool small(struct ol_span *s, uint64_t max, uint64_t *ret)
{
	return ol_eat_u64(s, ret) && *ret <= max;
}

/* "03:33:20.250", "3:33:20.250 AM", with what stands around it */
static bool clock_of(struct ol_span s, uint64_t y, uint64_t mon, uint64_t d, int64_t *ret_us,
		     bool *ret_zone)
{
	uint64_t h, m, sec = 0;
	int64_t us = 0, unit = 100000;

	eat_any(&s, " ,@T:");
	if (!small(&s, 23, &h) || !ol_span_eat(&s, OL_SPAN(":")) || !small(&s, 59, &m))
		return false;
	if (ol_span_eat(&s, OL_SPAN(":")) && !small(&s, 60, &sec))
		return false;
	if (s.n && (s.p[0] == '.' || s.p[0] == ','))
		for (s = ol_span_skip(s, 1); s.n && ol_is_digit(s.p[0]); s = ol_span_skip(s, 1)) {
			us += unit * (s.p[0] - '0');
			unit /= 10;
		}
	eat_any(&s, " ");
	if (s.n >= 2 && (s.p[1] | 0x20) == 'm' && h <= 12) {
		char half = (char)(s.p[0] | 0x20);

		if (half != 'a' && half != 'p')
			return false;
		h = h % 12 + (half == 'p' ? 12 : 0);
		s = ol_span_trim(ol_span_skip(s, 2));
	}
	*ret_zone = ol_span_eqs(s, "UTC") || ol_span_eqs(s, "Z") || ol_span_eqs(s, "GMT") ||
		    ol_span_eqs(s, "+0000") || ol_span_eqs(s, "+00:00");
	if (s.n && !*ret_zone)
		return false;
	*ret_us = ol_time_us((int64_t)y, (unsigned)mon, (unsigned)d, (unsigned)h, (unsigned)m,
			     (unsigned)sec, (unsigned)us);
	return *ret_us != OL_TIME_NONE;
}

/* "Jun 4, 2026 @ …", "June 4th 2026, …", "4 Jun 2026 …", "04/Jun/2026:…" */
static bool named_month(struct ol_span s, int64_t *ret_us, bool *ret_zone)
{
	uint64_t d, y;
	unsigned mon = month(&s);
	bool first = mon > 0;

	eat_any(&s, " ");
	if (!small(&s, 31, &d))
		return false;
	if (first)
		for (unsigned i = 0; i < 2 && s.n && ol_is_alpha(s.p[0]); i++)
			s = ol_span_skip(s, 1);
	eat_any(&s, " ,/-");
	if (!first)
		mon = month(&s);
	eat_any(&s, " ,/-");
	return mon && small(&s, 9999, &y) && y > 1970 && clock_of(s, y, mon, d, ret_us, ret_zone);
}

/*
 * "6/4/2026, 3:33:20.250 AM", as a browser of the United States writes it. Where the first number
 * is no month, the day stands in front.
 */
static bool slashed(struct ol_span s, int64_t *ret_us, bool *ret_zone)
{
	uint64_t a, b, c;

	if (!small(&s, 9999, &a) || !ol_span_eat(&s, OL_SPAN("/")) || !small(&s, 31, &b) ||
	    !ol_span_eat(&s, OL_SPAN("/")) || !small(&s, 9999, &c))
		return false;
	if (a > 1970)
		return clock_of(s, a, b, c, ret_us, ret_zone);
	if (c < 1970)
		return false;
	return a > 12 ? clock_of(s, c, b, a, ret_us, ret_zone)
		      : clock_of(s, c, a, b, ret_us, ret_zone);
}

bool ol_export_time(struct ol_span s, int64_t *ret_us, bool *ret_zone)
{
	struct ol_span t;
	int64_t us;
	bool zone = false;

	s = t = ol_span_trim(s);
	if (!s.n || s.n > 64)
		return false;
	if (epoch(s, &us)) {
		zone = true;
	} else if (ol_eat_iso_time(&t, &us, &zone) && us != OL_TIME_NONE) {
		t = ol_span_trim(t);
		if (!zone && (ol_span_eqs(t, "UTC") || offset(t, &us)))
			zone = true;
		else if (t.n)
			return false;
	} else if (!named_month(s, &us, &zone) && !slashed(s, &us, &zone)) {
		return false;
	}
	*ret_us = us;
	*ret_zone = zone;
	return true;
}

static bool time_of(const cJSON *v, struct ol_span s, int64_t *ret_us, bool *ret_zone)
{
	if (!cJSON_IsNumber(v))
		return ol_export_time(s, ret_us, ret_zone);
	/* a double has 53 bits: nanoseconds are right to a quarter of a microsecond */
	if (!(v->valuedouble >= 1e8 && v->valuedouble < 9e18))
		return false;
	*ret_zone = true;
	*ret_us = v->valuedouble < 1e10   ? (int64_t)(v->valuedouble * 1e6)
		  : v->valuedouble < 1e13 ? (int64_t)(v->valuedouble * 1e3)
		  : v->valuedouble < 1e16 ? (int64_t)v->valuedouble
					  : (int64_t)(v->valuedouble / 1e3);
	return true;
}

/* ---- a record ---- */

bool ol_export_pair(const cJSON *array, const cJSON **at, struct ol_span *ret_name,
		    const cJSON **ret_value)
{
	const cJSON *o = *at ? (*at)->next : cJSON_IsArray(array) ? array->child : NULL, *k, *v;

	if (!o)
		return false;
	k = cJSON_GetObjectItemCaseSensitive(o, "key");
	v = cJSON_GetObjectItemCaseSensitive(o, "value");
	if (!cJSON_IsString(k) || !v)
		return false;
	*at = o;
	*ret_name = ol_span_str(k->valuestring);
	*ret_value = cJSON_IsObject(v) && v->child ? v->child : v;
	return true;
}

/* Amazon and Elastic write UTC and do not say so; a browser's own form is the viewer's clock. */
static bool is_utc(int row, struct ol_span s)
{
	return rows[row].what == UTC &&
	       ((s.n > 4 && s.p[4] == '-') || ol_span_ends(rows[row].path, OL_SPAN("[UTC]")));
}

static void leaf(struct ol_export_fields *f, struct ol_span path, const cJSON *v)
{
	struct ol_span s = ol_span("", 0);
	struct print print;
	int64_t us;
	bool zone;

	/* Kibana's "fields" hold arrays of one */
	if (cJSON_IsArray(v) && v->child && !v->child->next)
		v = v->child;
	if (cJSON_IsString(v))
		s = ol_span_str(v->valuestring);
	else if (!cJSON_IsNumber(v))
		return;
	print = print_of(path);
	for (int i = 0; i < N_ROWS; i++) {
		enum ol_export_what what = class_of(rows[i].what);

		if (!prints_eq(print, row_prints[i]) ||
		    (f->rank[what] >= 0 && f->rank[what] <= i) ||
		    !ol_export_same(path, rows[i].path))
			continue;
		if (what == OL_FIELD_TIME) {
			if (!time_of(v, s, &us, &zone))
				continue;
			f->wall_us = us;
			f->wall_zone = zone || is_utc(i, s);
		} else if (!cJSON_IsString(v) || (what != OL_FIELD_MESSAGE && !s.n)) {
			continue;
		} else if (what == OL_FIELD_HOST && ol_transport_route(s)) {
			continue; /* "source" is a file or a service elsewhere */
		}
		f->rank[what] = i;
		f->text[what] = s;
	}
}

static void walk(struct ol_export_fields *f, const cJSON *object, struct ol_span path,
		 unsigned depth);

static void member(struct ol_export_fields *f, struct ol_span path, struct ol_span name,
		   const cJSON *v, unsigned depth)
{
	char buf[PATH_MAX_];
	size_t n = path.n;
	const cJSON *at = NULL, *value;
	struct ol_span key;
	bool pairs = depth < DEPTH_MAX && ol_export_pair(v, &at, &key, &value);

	name = ol_export_unwrap(name);
	if (path.n + name.n + 1 > sizeof(buf))
		return;
	if (n)
		memcpy(buf, path.p, n);
	/* what an envelope holds is named as if there were none */
	if (!(cJSON_IsObject(v) || pairs) || !ol_export_envelope(name)) {
		if (n)
			buf[n++] = '.';
		if (name.n)
			memcpy(buf + n, name.p, name.n);
		n += name.n;
	}
	if (cJSON_IsObject(v)) {
		if (depth < DEPTH_MAX)
			walk(f, v, ol_span(buf, n), depth + 1);
		return;
	}
	for (; pairs; pairs = ol_export_pair(v, &at, &key, &value))
		member(f, ol_span(buf, n), key, value, depth + 1);
	if (!at)
		leaf(f, ol_span(buf, n), v);
}

static void walk(struct ol_export_fields *f, const cJSON *object, struct ol_span path,
		 unsigned depth)
{
	const cJSON *v;

	cJSON_ArrayForEach(v, object)
	{
		if (v->string)
			member(f, path, ol_span_str(v->string), v, depth);
	}
}

bool ol_export_fields(const cJSON *root, struct ol_export_fields *ret)
{
	*ret = (struct ol_export_fields){ .wall_us = OL_TIME_NONE };
	for (int i = 0; i < OL_FIELD_MAX; i++)
		ret->rank[i] = -1;
	walk(ret, root, ol_span("", 0), 0);
	return ret->rank[OL_FIELD_MESSAGE] >= 0;
}

struct ol_span ol_export_state(struct ol_span name, struct ol_span value, bool string)
{
	/* Kubernetes' containerStatuses; Docker's State */
	if (string && ol_span_eqs(name, "reason") && ol_span_eqs(value, "OOMKilled"))
		return OL_SPAN("\"reason\": \"OOMKilled\"");
	if (!string && ol_span_eqs(name, "OOMKilled") && ol_span_eqs(value, "true"))
		return OL_SPAN("\"OOMKilled\": true");
	return (struct ol_span){ NULL, 0 };
}
