// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/json_rows.h"

/*
 * A dump has hundreds of process rows and counters, so they are written straight into the output's
 * buffer (struct ol_out's room) with keys that are ready-made.
 */

#define KEY_ROOM 40 /* a ready-made key: quotes, colon, padding for fixed-size copies */

struct key {
	char s[KEY_ROOM];
	uint8_t n;
};

/* ---- a cursor in reserved room ---- */

/* Copies all of @k (its padding is overwritten by what follows). */
static inline char *put_key(char *p, const struct key *k)
{
	memcpy(p, k->s, KEY_ROOM);
	return p + k->n;
}

#define put_lit(p, lit) (memcpy((p), "" lit, sizeof(lit) - 1), (p) + sizeof(lit) - 1)

/* Text that stands for itself inside a JSON string. */
static bool is_plain(struct ol_span s)
{
	return ol_json_plain(s) == s.n;
}

/* ---- counters as printed ---- */

/* `"active_anon` and so on, by enum ol_key: the suffix for the unit and the colon follow. */
static const struct key kv_keys[OL_K_MAX] = {
#define OL_KEY(id, name) [OL_K_##id] = { "\"" name, sizeof(name) },
#include "analyze/dump/keys.def"
#undef OL_KEY
};
#define OL_KEY(id, name) \
	_Static_assert(sizeof(name) + sizeof("_bytes\":") < KEY_ROOM, name " needs more KEY_ROOM");
#include "analyze/dump/keys.def"
#undef OL_KEY

static struct ol_span kv_suffix(const struct ol_kv *kv, enum ol_counter_keys how)
{
	switch (kv->unit) {
	case OL_U_KB:
		return how == OL_JC_STATS ? OL_SPAN("_bytes\":") : OL_SPAN("_kb\":");
	case OL_U_PAGES:
		/* "pages_scanned" says its unit itself */
		return kv->id == OL_K_PAGES_SCANNED ? OL_SPAN("\":") : OL_SPAN("_pages\":");
	case OL_U_BYTES:
		return OL_SPAN("_bytes\":");
	default:
		return OL_SPAN("\":");
	}
}

#define UNKNOWN_KEY_MAX 64

/* Our own keys in the objects that hold counters, without their units. */
static bool is_our_key(struct ol_span k)
{
	static const char *const ours[] = { "buddy_total",  "lowmem_reserve", "total_pagecache",
					    "ram",          "highmem",        "reserved",
					    "cma_reserved", "hwpoisoned",     "page_size" };

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (ol_span_eqs(k, ours[i]))
			return true;
	return false;
}

/*
 * A counter that oomlens does not know: bytes that do not fit a key become '_'. Plain numbers among
 * the kB and pages get "other_" in front, and so does what could be taken for a key of ours.
 */
static char *put_unknown_key(char *p, const struct ol_kv *kv, enum ol_counter_keys how)
{
	struct ol_span k = ol_span_head(kv->key, UNKNOWN_KEY_MAX);

	*p++ = '"';
	if (how == OL_JC_SCALED &&
	    ((kv->unit != OL_U_KB && kv->unit != OL_U_PAGES && kv->unit != OL_U_BYTES) ||
	     is_our_key(k)))
		p = put_lit(p, "other_");
	if (k.n && k.p[k.n - 1] == ')')
		k.n--;
	for (size_t i = 0; i < k.n; i++) {
		char c = k.p[i];

		*p++ = ol_is_alpha(c) || ol_is_digit(c) ? c : '_';
	}
	if (!k.n)
		*p++ = '_';
	return p;
}

/* All of @kvs as members of the object that is open in @j. */
void ol_json_counters(struct ol_json *j, const ol_kv_vec *kvs, enum ol_counter_keys how)
{
	struct ol_out *o = j->o;

	for (uint32_t i = 0; i < kvs->n; i++) {
		const struct ol_kv *kv = &kvs->v[i];
		struct ol_span suffix = kv_suffix(kv, how);
		uint64_t v = kv->v;
		char *p = ol_out_room(o, 2 * KEY_ROOM + UNKNOWN_KEY_MAX + OL_U64_ROOM);
		char *start = p;

		if (!p)
			return;
		if (how == OL_JC_STATS && kv->unit == OL_U_KB &&
		    __builtin_mul_overflow(v, UINT64_C(1024), &v))
			continue;
		if (j->more >> j->depth & 1)
			*p++ = ',';
		j->more |= UINT64_C(1) << j->depth;
		if (kv->id != OL_K_NONE && kv->id < OL_K_MAX)
			p = put_key(p, &kv_keys[kv->id]);
		else
			p = put_unknown_key(p, kv, how);
		memcpy(p, suffix.p, suffix.n);
		p = ol_put_u64(p + suffix.n, v);
		ol_out_add(o, (size_t)(p - start));
	}
}

/* ---- rows ---- */

void ol_json_buddy(struct ol_json *j, const struct ol_zone *z)
{
	struct ol_out *o = j->o;

	if (!z->buddy.n)
		return;
	ol_json_open(j, "buddy", '[');
	for (uint32_t i = 0; i < z->buddy.n; i++) {
		const struct ol_buddy *b = &z->buddy.v[i];
		char *p = ol_out_room(o, 96 + 2 * OL_U64_ROOM), *start = p;

		if (!p)
			return;
		if (i)
			*p++ = ',';
		p = put_lit(p, "{\"order\":");
		p = ol_put_u64(p, b->order);
		p = put_lit(p, ",\"count\":");
		p = ol_put_u64(p, b->count);
		if (b->types.p)
			p = put_lit(p, ",\"types\":");
		else
			*p++ = '}';
		ol_out_add(o, (size_t)(p - start));
		if (b->types.p) {
			ol_out_json_quoted(o, b->types);
			ol_out_char(o, '}');
		}
	}
	ol_json_close(j, ']');
}

#define COL_KEY_ROOM 24

struct col_key {
	char s[COL_KEY_ROOM];
	size_t n;
};

/* `,"rss_pages":` and so on: one table per event costs less than one string length per value. */
static void column_keys(struct col_key keys[static OL_COL_MAX])
{
	for (unsigned c = 0; c < OL_COL_MAX; c++) {
		struct ol_span name =
			ol_span_head(ol_span_str(ol_col_json_name(c)), COL_KEY_ROOM - 4);
		char *p = keys[c].s;

		memset(p, 0, COL_KEY_ROOM);
		*p++ = ',';
		*p++ = '"';
		/* NOLINTNEXTLINE(clang-analyzer-core*): every column has a name */
		memcpy(p, name.p, name.n);
		p += name.n;
		p = put_lit(p, "\":");
		keys[c].n = (size_t)(p - keys[c].s);
	}
}

/* comm stands behind the columns that say who a process is */
#define COLS_WHO (1u << OL_COL_PID | 1u << OL_COL_UID | 1u << OL_COL_TGID)

/* How many digits @v has, 1 to 99999999. */
static inline unsigned digits_of(uint64_t v)
{
	static const uint32_t least[] = { 0,      10,      100,      1000,     10000,
					  100000, 1000000, 10000000, 100000000 };
	unsigned bits = 64 - (unsigned)__builtin_clzll(v), n = bits * 1233 >> 12;

	return n + (v >= least[n]);
}

/* Not 0 to 9; when the log has the digits, they end at @end of @row, else that is 0. */
static inline char *put_printed(char *p, int64_t v, const char *row, unsigned end)
{
	uint64_t abs = v < 0 ? -(uint64_t)v : (uint64_t)v, eight;
	unsigned n;

	if (v < 0)
		*p++ = '-';
	if (end < 8 || abs > 99999999)
		return ol_put_u64(p, abs);
	n = digits_of(abs);
	memcpy(&eight, row + end - 8, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	eight <<= 8 * (8 - n);
#else
	eight >>= 8 * (8 - n);
#endif
	memcpy(p, &eight, 8);
	return p + n;
}

static char *put_columns(char *p, const struct col_key *keys, const struct ol_task *t,
			 uint32_t mask)
{
	static const uint8_t none[OL_COL_MAX + 1];
	const uint8_t *ends = t->ends ? t->ends : none;

	for (; mask; mask &= mask - 1) {
		unsigned c = (unsigned)__builtin_ctz(mask);
		int64_t v = t->col[c];

		memcpy(p, keys[c].s, COL_KEY_ROOM);
		p += keys[c].n;
		/* half of a process's numbers are 0 */
		if ((uint64_t)v < 10)
			*p++ = (char)('0' + v);
		else
			p = put_printed(p, v, t->printed, ends[c]);
	}
	return p;
}

void ol_json_processes(struct ol_json *j, const struct ol_oom_event *e)
{
	/* enough for any row but its comm */
	const size_t room = OL_COL_MAX * (COL_KEY_ROOM + OL_U64_ROOM + 1) + 64;
	struct col_key keys[OL_COL_MAX];
	struct ol_out *o = j->o;

	if (!e->tasks.n)
		return;
	column_keys(keys);
	ol_json_open(j, "processes", '[');
	for (uint32_t i = 0; i < e->tasks.n; i++) {
		const struct ol_task *t = &e->tasks.v[i];
		uint32_t mask = t->mask & ((1u << OL_COL_MAX) - 1);
		char *start, *p, *row;

		start = p = ol_out_room(o, room + t->comm.n);
		if (!p)
			return;
		if (i)
			*p++ = ',';
		/* every member writes a comma in front: the first one's becomes the brace */
		row = p;
		p = put_columns(p, keys, t, mask & COLS_WHO);
		if (t->comm.p) {
			p = put_lit(p, ",\"comm\":\"");
			if (is_plain(t->comm)) {
				ol_bytes_copy(p, t->comm.p, t->comm.n);
				p += t->comm.n;
			} else {
				*row = '{';
				ol_out_add(o, (size_t)(p - start));
				ol_out_json_text(o, t->comm);
				start = p = ol_out_room(o, room);
				if (!p)
					return;
				row = NULL;
			}
			*p++ = '"';
		}
		p = put_columns(p, keys, t, mask & ~COLS_WHO);
		if (row == p)
			/* NOLINTNEXTLINE(clang-analyzer-core*): put_columns() goes on from p */
			*p++ = '{';
		else if (row)
			*row = '{';
		*p++ = '}';
		ol_out_add(o, (size_t)(p - start));
	}
	ol_json_close(j, ']');
}

void ol_json_groups(struct ol_json *j, const struct ol_group *groups, uint32_t n)
{
	struct ol_out *o = j->o;

	ol_json_open(j, "groups", '[');
	for (uint32_t i = 0; i < n; i++) {
		const struct ol_group *g = &groups[i];
		uint64_t share = (uint64_t)(g->share * 10000 + 0.5);
		char *p, *start;

		ol_out_span(o, i ? OL_SPAN(",{\"comm\":") : OL_SPAN("{\"comm\":"));
		ol_out_json_quoted(o, g->comm);
		start = p = ol_out_room(o, 96 + 4 * OL_U64_ROOM);
		if (!p)
			return;
		p = put_lit(p, ",\"count\":");
		p = ol_put_u64(p, g->count);
		p = put_lit(p, ",\"rss_kb\":");
		p = ol_put_u64(p, g->rss_kb);
		if (g->has_swap) {
			p = put_lit(p, ",\"swap_kb\":");
			p = ol_put_u64(p, g->swap_kb);
		}
		p = put_lit(p, ",\"share\":");
		p = ol_put_u64(p, share / 10000);
		/* the leading 1 keeps its zeros, and the point takes its place */
		ol_put_u64(p, 10000 + share % 10000);
		p[0] = '.';
		p[5] = '}';
		ol_out_add(o, (size_t)(p + 6 - start));
	}
	ol_json_close(j, ']');
}

void ol_json_trace(struct ol_json *j, const struct ol_oom_event *e)
{
	struct ol_out *o = j->o;

	if (!e->trace.n)
		return;
	ol_json_open(j, "trace", '[');
	for (uint32_t i = 0; i < e->trace.n; i++) {
		const struct ol_frame *f = &e->trace.v[i];

		ol_out_span(o, i ? OL_SPAN(",{\"func\":") : OL_SPAN("{\"func\":"));
		ol_out_json_quoted(o, f->func);
		if (f->module.p) {
			ol_out_span(o, OL_SPAN(",\"module\":"));
			ol_out_json_quoted(o, f->module);
		}
		ol_out_span(o, f->uncertain ? OL_SPAN(",\"uncertain\":true}")
					    : OL_SPAN(",\"uncertain\":false}"));
	}
	ol_json_close(j, ']');
}

static void text(struct ol_json *j, const char *key, struct ol_span s)
{
	if (s.p)
		ol_json_span(j, key, s);
}

void ol_json_container(struct ol_json *j, const char *key, const struct ol_container *c)
{
	ol_json_open(j, key, '{');
	text(j, "runtime", ol_span_str(c->runtime));
	text(j, "id", c->id);
	text(j, "pod_uid", c->pod_uid);
	text(j, "qos", ol_span_str(c->qos));
	text(j, "unit", c->unit);
	text(j, "name", c->name);
	text(j, "pod_name", c->pod_name);
	text(j, "namespace", c->namespace);
	text(j, "container_name", c->container_name);
	if (c->outer.id.p) {
		ol_json_open(j, "outer", '{');
		text(j, "runtime", ol_span_str(c->outer.runtime));
		text(j, "id", c->outer.id);
		ol_json_close(j, '}');
	}
	ol_json_close(j, '}');
}
