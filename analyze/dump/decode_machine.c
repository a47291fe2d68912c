// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/decode_impl.h"

/* Mem-Info: counters, nodes, zones, free lists, swap, slab, allocation profile. */

#define S(lit) OL_SPAN(lit)

/* ---- lists of key:value ---- */

static struct ol_span lower_key(enum ol_key id, struct ol_span key)
{
	/* "Active_anon:" of 2.6.28 is the counter that is "active_anon:" since 2.6.32 */
	switch (id) {
	case OL_K_ACTIVE:
		return S("active");
	case OL_K_ACTIVE_ANON:
		return S("active_anon");
	default:
		return key;
	}
}

enum ol_key ol_key_of(struct ol_span key, unsigned *ret_bit)
{
	if (ol_span_eqs(key, "Active"))
		return (enum ol_key)(*ret_bit = OL_K_ACTIVE);
	if (ol_span_eqs(key, "Active_anon"))
		return (enum ol_key)(*ret_bit = OL_K_ACTIVE_ANON);
	return ol_key_find_bit(key, ret_bit);
}

void ol_add_kv(struct ol_oom_event *e, ol_kv_vec *kvs, struct ol_kv_seen *seen, struct ol_span key,
	       uint64_t v, enum ol_unit unit, uint32_t line)
{
	unsigned bit;
	enum ol_key id = ol_key_of(key, &bit);
	struct ol_kv *kv;

	/* a counter that stands there twice is broken text: the first one counts */
	for (uint32_t i = 0; i < kvs->n && ol_kv_may_have(seen, bit); i++)
		if (id ? kvs->v[i].id == id : ol_span_eq(kvs->v[i].key, key))
			return;
	kv = ol_kv_push(&e->arena, kvs, id);
	if (!kv) {
		e->truncated = true;
		return;
	}
	seen->bits[bit / 64] |= UINT64_C(1) << bit % 64;
	*kv = (struct ol_kv){
		.key = lower_key(id, key), .v = v, .line = line, .id = (uint16_t)id, .unit = unit
	};
}

static const bool key_char[256] = {
	['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['0' ... '9'] = true,
	['_'] = true,         ['('] = true,         [')'] = true,
};

struct kv_list {
	struct ol_oom_event *e;
	ol_kv_vec *kvs;
	struct ol_kv_seen *seen;
	bool with_unit;
	bool drop_last;
	int8_t *all_unreclaimable;
	uint32_t line;
};

static void kv_add(struct kv_list *l, struct ol_span key, uint64_t n, bool scanned)
{
	ol_add_kv(l->e, l->kvs, l->seen, key, n,
		  scanned        ? OL_U_COUNT
		  : l->with_unit ? OL_U_KB
				 : OL_U_PAGES,
		  l->line);
}

/*
 * "free:3624kB " or, without units, "free:906 " at the front of *@t: most are like that. False when
 * it is anything else, the last one included; then nothing is eaten.
 */
static bool kv_plain(struct kv_list *l, struct ol_span *t)
{
	const char *p = t->p, *e = p + t->n, *colon, *digits;
	uint64_t n = 0;

	while (p < e && key_char[(unsigned char)*p])
		p++;
	colon = p;
	if (p == t->p || p == e || *p != ':')
		return false;
	for (digits = ++p; p < e && ol_is_digit(*p); p++)
		n = n * 10 + (uint64_t)(*p - '0');
	if (p == digits || p - digits > 19)
		return false;
	if (l->with_unit) {
		if (e - p < 2 || (*p != 'k' && *p != 'K') || p[1] != 'B')
			return false;
		p += 2;
	}
	if (p == e || !ol_is_blank(*p))
		return false;
	/* a count among sizes, or a size among counts */
	if (*t->p == 'p' && ol_span_eqs(ol_span(t->p, (size_t)(colon - t->p)), "pages_scanned"))
		return false;
	kv_add(l, ol_span(t->p, (size_t)(colon - t->p)), n, false);
	*t = ol_span(p, (size_t)(e - p));
	return true;
}

/* Any word at the front of *@t. */
static void kv_word(struct kv_list *l, struct ol_span *t, struct ol_span tok)
{
	ssize_t colon = ol_span_chr(tok, ':');
	struct ol_span key, v;
	uint64_t n;
	bool scanned;

	if (colon < 1) {
		if (l->all_unreclaimable && ol_span_eqs(tok, "all_unreclaimable?") &&
		    ol_span_token(t, &tok)) {
			if (ol_span_eqs(tok, "yes"))
				*l->all_unreclaimable = 1;
			else if (ol_span_eqs(tok, "no"))
				*l->all_unreclaimable = 0;
		}
		return;
	}
	key = ol_span_head(tok, (size_t)colon);
	v = ol_span_skip(tok, (size_t)colon + 1);
	if (!v.n && l->with_unit) {
		struct ol_span peek = *t;

		/* "shmem_thp: 0kB" of 4.8 - 6.5 */
		if (!ol_span_token(&peek, &v) || !ol_is_digit(v.p[0]))
			return;
		*t = peek;
	}
	for (size_t i = 0; i < key.n; i++)
		if (!key_char[(unsigned char)key.p[i]])
			return;
	scanned = ol_span_eqs(key, "pages_scanned");
	if (!ol_eat_u64(&v, &n))
		return;
	if (l->with_unit && !scanned) {
		if (!ol_span_eqs(v, "kB") && !ol_span_eqs(v, "KB"))
			return;
	} else if (v.n || (l->drop_last && !t->n)) {
		return;
	}
	kv_add(l, key, n, scanned);
}

/*
 * free:3624kB min:140kB … shmem_thp: 0kB … pages_scanned:0 all_unreclaimable? yes Balloon:0kB
 * @with_unit: values end in kB or KB, and one that does not was cut (pages_scanned is a count of
 * pages). Otherwise values are pages and carry no unit; *@drop_last drops one that ends with the
 * text.
 */
static void kv_list(struct ol_oom_event *e, ol_kv_vec *kvs, struct ol_kv_seen *seen,
		    struct ol_span t,
		    /* NOLINTNEXTLINE(readability-non-const-parameter): written through the list */
		    bool with_unit, bool drop_last, int8_t *all_unreclaimable, uint32_t line)
{
	struct kv_list l = {
		.e = e,
		.kvs = kvs,
		.seen = seen,
		.with_unit = with_unit,
		.drop_last = drop_last,
		.all_unreclaimable = all_unreclaimable,
		.line = line,
	};
	struct ol_span tok;

	for (;;) {
		t = ol_span_ltrim(t);
		if (kv_plain(&l, &t))
			continue;
		if (!ol_span_token(&t, &tok))
			break;
		kv_word(&l, &t, tok);
	}
}

/* ---- machine ---- */

/* A second one is another event's. */
bool ol_fits_meminfo(const struct ol_open *o, const struct ol_dump_line *l)
{
	(void)l;
	return !(o->e->parts_seen & 1u << OL_PART_MEMINFO);
}

bool ol_fits_counters(const struct ol_open *o, const struct ol_dump_line *l)
{
	struct ol_span t = l->text, tok;
	unsigned bit;

	while (ol_span_token(&t, &tok)) {
		ssize_t colon = ol_span_chr(tok, ':');
		enum ol_key id =
			colon > 0 ? ol_key_of(ol_span_head(tok, (size_t)colon), &bit) : OL_K_NONE;

		if (id != OL_K_NONE && o->counters_seen[id])
			return false;
	}
	return true;
}

/* active_anon:1200 inactive_anon:30 isolated_anon:0 */
void ol_decode_counters(struct ol_open *o, const struct ol_dump_line *l)
{
	struct ol_oom_event *e = o->e;
	uint32_t before = e->memory.n;

	/* the last number of a text that ends without a newline may be half a number */
	kv_list(e, &e->memory, &o->memory_seen, l->text, false, l->at_eof, NULL, l->line);
	for (uint32_t i = before; i < e->memory.n; i++)
		o->counters_seen[e->memory.v[i].id] = e->memory.v[i].id != OL_K_NONE;
}

static struct ol_zone *zone_find(struct ol_oom_event *e, int node, struct ol_span name)
{
	for (uint32_t i = 0; i < e->zones.n; i++)
		if (e->zones.v[i].node == node && ol_span_eq(e->zones.v[i].name, name))
			return &e->zones.v[i];
	return NULL;
}

static struct ol_zone *zone_get(struct ol_oom_event *e, int node, struct ol_span name)
{
	struct ol_zone *z = zone_find(e, node, name);

	if (z)
		return z;
	z = e->zones.n < 4096 ? ol_vec_push(&e->arena, &e->zones) : NULL;
	if (!z) {
		e->truncated = true;
		return NULL;
	}
	z->node = node;
	z->name = name;
	z->type = ol_zone_type_of(name);
	z->all_unreclaimable = -1;
	return z;
}

/* The zone that @l names; NULL: there is none yet, *@ret_named: it names one. */
static const struct ol_zone *zone_named(const struct ol_open *o, const struct ol_dump_line *l,
					bool *ret_named)
{
	struct ol_span t = l->text, name;
	int node;

	*ret_named = ol_eat_zone_name(&t, &node, &name);
	return *ret_named ? zone_find(o->e, node, name) : NULL;
}

bool ol_fits_zone(const struct ol_open *o, const struct ol_dump_line *l)
{
	bool named;
	const struct ol_zone *z = zone_named(o, l, &named);

	return named && (!z || !z->line);
}

/* Node 0 DMA free:3624kB min:140kB … */
void ol_decode_zone(struct ol_open *o, const struct ol_dump_line *l)
{
	struct ol_span t = l->text;
	struct ol_kv_seen seen = { { 0 } };
	struct ol_zone *z;
	struct ol_span name;
	int node;

	if (!ol_eat_zone_name(&t, &node, &name))
		return;
	z = zone_get(o->e, node, name);
	if (!z)
		return;
	z->line = l->line;
	if (z->kv.n)
		memset(&seen, 0xff, sizeof(seen));
	kv_list(o->e, &z->kv, &seen, t, true, false, &z->all_unreclaimable, l->line);
	o->zone = (uint32_t)(z - o->e->zones.v) + 1;
}

bool ol_fits_node(const struct ol_open *o, const struct ol_dump_line *l)
{
	struct ol_span t = ol_span_ltrim(l->rest);
	uint64_t node;

	if (!ol_eat_u64(&t, &node))
		return false;
	for (uint32_t i = 0; i < o->e->nodes.n; i++)
		if (o->e->nodes.v[i].node == (int)node)
			return false;
	return true;
}

/* Node 0 active_anon:2016kB inactive_anon:… */
void ol_decode_node(struct ol_open *o, const struct ol_dump_line *l)
{
	struct ol_oom_event *e = o->e;
	struct ol_span t = ol_span_ltrim(l->rest);
	struct ol_kv_seen seen = { { 0 } };
	struct ol_node *n;
	uint64_t node;

	if (!ol_eat_u64(&t, &node) || node > 65535)
		return;
	n = e->nodes.n < 4096 ? ol_vec_push(&e->arena, &e->nodes) : NULL;
	if (!n) {
		e->truncated = true;
		return;
	}
	n->node = (int)node;
	n->line = l->line;
	n->all_unreclaimable = -1;
	kv_list(e, &n->kv, &seen, t, true, false, &n->all_unreclaimable, l->line);
}

bool ol_fits_lowmem(const struct ol_open *o, const struct ol_dump_line *l)
{
	(void)l;
	return o->zone != 0;
}

/* lowmem_reserve[]: 0 869 32487 32487: pages, always directly behind its zone's line */
void ol_decode_lowmem(struct ol_open *o, const struct ol_dump_line *l)
{
	struct ol_span t = l->rest;
	struct ol_zone *z;
	struct ol_span tok;
	int64_t v;

	if (!o->zone)
		return;
	z = &o->e->zones.v[o->zone - 1];
	o->zone = 0;
	while (ol_span_token(&t, &tok) && ol_span_i64(tok, &v) && z->lowmem_reserve.n < 8) {
		int64_t *to;

		/* at the end of a text without a newline it may be half a number */
		if (l->at_eof && !t.n)
			break;
		to = ol_vec_push(&o->e->arena, &z->lowmem_reserve);
		if (to)
			*to = v;
		z->reserve_line = l->line;
	}
}

/* 7*8kB (UE) 0*16kB … = 3624kB: goes on where the last fragment ended */
static void buddy_items(struct ol_open *o, struct ol_span t)
{
	struct ol_zone *z = &o->e->zones.v[o->buddy - 1];
	struct ol_buddy *last = z->buddy.n ? &z->buddy.v[z->buddy.n - 1] : NULL;
	struct ol_span tok;

	while (ol_span_token(&t, &tok)) {
		uint64_t count, kb;

		if (ol_span_eqs(tok, "=")) {
			if (ol_span_token(&t, &tok) && ol_eat_u64(&tok, &kb) &&
			    ol_span_eqs(tok, "kB"))
				set_u64(&z->buddy_total_kb, kb, z->buddy_line);
			o->buddy = 0;
			return;
		}
		if (tok.p[0] == '(') {
			if (last && tok.n > 2 && tok.p[tok.n - 1] == ')')
				last->types = ol_span(tok.p + 1, tok.n - 2);
			continue;
		}
		if (!ol_eat_u64(&tok, &count) || !ol_eat_times(&tok) || !ol_eat_u64(&tok, &kb) ||
		    !ol_span_eqs(tok, "kB"))
			continue;
		if (z->buddy.n >= 32)
			continue;
		last = ol_vec_push(&o->e->arena, &z->buddy);
		if (!last)
			return;
		last->count = count;
		last->kb = kb;
		/* by its place, until the size of a page is known: ol_event_settle_pages() */
		last->order = (uint8_t)(z->buddy.n - 1);
	}
}

bool ol_fits_buddy(const struct ol_open *o, const struct ol_dump_line *l)
{
	bool named;
	const struct ol_zone *z = zone_named(o, l, &named);

	return named && (!z || !z->buddy_line);
}

bool ol_fits_buddy_fragment(const struct ol_open *o, const struct ol_dump_line *l)
{
	(void)l;
	return o->buddy != 0;
}

void ol_decode_buddy_fragment(struct ol_open *o, const struct ol_dump_line *l)
{
	buddy_items(o, l->text);
}

/* Node 0 DMA: 7*8kB (UE) 0*16kB … = 3624kB */
void ol_decode_buddy(struct ol_open *o, const struct ol_dump_line *l)
{
	struct ol_span t = l->text;
	struct ol_zone *z;
	struct ol_span name;
	int node;

	if (!ol_eat_zone_name(&t, &node, &name))
		return;
	z = zone_get(o->e, node, name);
	if (!z)
		return;
	z->buddy_line = l->line;
	o->buddy = (uint32_t)(z - o->e->zones.v) + 1;
	ol_span_eat(&t, S(":"));
	buddy_items(o, t);
}

void ol_decode_hugepages(struct ol_open *o, const struct ol_dump_line *l)
{
	struct ol_oom_event *e = o->e;
	struct ol_span t = l->text;
	struct ol_hugepages *h =
		e->hugepages.n < 4096 ? ol_vec_push(&e->arena, &e->hugepages) : NULL;
	struct ol_kv_seen seen = { { 0 } };
	struct ol_span tok;
	uint64_t n;

	if (!h) {
		e->truncated = true;
		return;
	}
	h->node = -1;
	h->line = l->line;
	if (ol_span_eat(&t, S("Node "))) {
		t = ol_span_ltrim(t);
		if (ol_eat_u64(&t, &n) && n <= 65535)
			h->node = (int)n;
	}
	while (ol_span_token(&t, &tok)) {
		ssize_t eq = ol_span_chr(tok, '=');
		struct ol_span v = ol_span_skip(tok, (size_t)eq + 1);

		if (eq > 0 && ol_eat_u64(&v, &n) && (!v.n || ol_span_eqs(v, "kB")))
			ol_add_kv(e, &h->kv, &seen, ol_span_head(tok, (size_t)eq), n,
				  v.n ? OL_U_KB : OL_U_COUNT, l->line);
	}
}

static struct ol_val *page_count(struct ol_oom_event *e, struct ol_span words)
{
	static const struct {
		struct ol_span words;
		size_t val; /* offset in the event */
	} rows[] = {
#define ROW(words, member) { OL_SPAN_INIT(words), offsetof(struct ol_oom_event, member) }
		ROW("total pagecache pages", total_pagecache_pages),
		ROW("pages in swap cache", swap_cache_pages),
		ROW("pages swap cached", swap_cache_pages),
		ROW("pages RAM", ram_pages),
		ROW("pages of RAM", ram_pages),
		ROW("pages HighMem", highmem_pages),
		ROW("pages of HIGHMEM", highmem_pages),
		ROW("pages HighMem/MovableOnly", highmem_pages),
		ROW("pages reserved", reserved_pages),
		ROW("reserved pages", reserved_pages),
		ROW("pages cma reserved", cma_reserved_pages),
		ROW("pages hwpoisoned", hwpoisoned_pages),
#undef ROW
	};

	words = ol_span_trim(words);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (ol_span_eq(words, rows[i].words))
			return (struct ol_val *)(void *)((char *)e + rows[i].val);
	return NULL;
}

bool ol_fits_page_count(const struct ol_open *o, const struct ol_dump_line *l)
{
	struct ol_span t = l->text;
	const struct ol_val *to;
	uint64_t n;

	if (!ol_eat_u64(&t, &n))
		return false;
	to = page_count(o->e, t);
	return !to || !to->set;
}

/* 8650736 pages RAM */
void ol_decode_page_count(struct ol_open *o, const struct ol_dump_line *l)
{
	struct ol_oom_event *e = o->e;
	struct ol_span t = l->text;
	struct ol_val *to;
	uint64_t n;

	if (!ol_eat_u64(&t, &n))
		return;
	to = page_count(e, t);
	if (to)
		set_u64(to, n, l->line);
}

/* Swap cache stats: add 1106206, delete 1105642, find 599107/618721 */
void ol_decode_swap_stats(struct ol_open *o, const struct ol_dump_line *l)
{
	struct ol_oom_event *e = o->e;
	struct ol_span t = l->text;
	uint64_t n;

	if (number_behind(t, S("add "), S(","), &n))
		set_u64(&e->swap_cache_add, n, l->line);
	if (number_behind(t, S("delete "), S(","), &n))
		set_u64(&e->swap_cache_delete, n, l->line);
}

bool ol_fits_free_swap(const struct ol_open *o, const struct ol_dump_line *l)
{
	return !o->e->swap_free_kb.set || ol_span_starts(l->rest, S(":"));
}

/* "Free swap  = 1959892kB"; per-arch code of 2.6.18 - 2.6.24: "Free swap:       1959892kB" */
void ol_decode_free_swap(struct ol_open *o, const struct ol_dump_line *l)
{
	uint64_t n;

	if (number_behind(l->rest, S("="), S("kB"), &n) ||
	    number_behind(l->rest, S(":"), S("kB"), &n))
		set_u64(&o->e->swap_free_kb, n, l->line);
}

/* Total swap = 2000000kB */
void ol_decode_total_swap(struct ol_open *o, const struct ol_dump_line *l)
{
	uint64_t n;

	if (number_behind(l->rest, S("="), S("kB"), &n))
		set_u64(&o->e->swap_total_kb, n, l->line);
}

/* "1.21 GiB", "512 KiB", "96 B" as bytes, as exactly as it was printed; false: it is no size */
static bool human_bytes(struct ol_span t, uint64_t *ret)
{
	static const char units[] = "BKMGTP";
	uint64_t whole = 0, frac = 0, div = 1;
	const char *u;
	int shift;

	if (!ol_eat_u64(&t, &whole))
		return false;
	if (ol_span_eat(&t, S(".")))
		for (; t.n && ol_is_digit(t.p[0]) && div < 1000; t = ol_span_skip(t, 1)) {
			frac = frac * 10 + (uint64_t)(t.p[0] - '0');
			div *= 10;
		}
	t = ol_span_ltrim(t);
	u = t.n ? memchr(units, t.p[0], sizeof(units) - 1) : NULL;
	if (!u)
		return false;
	shift = 10 * (int)(u - units);
	/* below 4 EiB, so that the part behind the point has room */
	if (whole > (UINT64_MAX >> 2) >> shift)
		return false;
	*ret = (whole << shift) + (frac << shift) / div;
	return true;
}

/*     1.21 GiB    32768 mm/slub.c:2319 [module] func:alloc_slab_page */
void ol_decode_alloc_row(struct ol_open *o, const struct ol_dump_line *l)
{
	struct ol_oom_event *e = o->e;
	struct ol_span t = l->text;
	struct ol_alloc_row *row;
	struct ol_span num, unit, calls, size;
	const char *begin;
	uint64_t n, bytes;

	t = ol_span_ltrim(t);
	begin = t.p;
	if (!ol_span_token(&t, &num) || !ol_span_token(&t, &unit))
		return;
	/* "96 B 12 file…", "1.21 GiB 12 file…"; a unit may be glued: "123KiB" */
	if (ol_is_digit(unit.p[0])) {
		calls = unit;
		unit = num;
	} else if (!ol_span_token(&t, &calls)) {
		return;
	}
	size = ol_span(begin, (size_t)(unit.p + unit.n - begin));
	if (!human_bytes(size, &bytes) || !ol_span_u64(calls, &n))
		return;
	row = ol_vec_push(&e->arena, &e->allocs);
	if (!row)
		return;
	row->size = size;
	row->bytes = bytes;
	row->calls = n;
	row->site = ol_span_trim(t);
	row->line = l->line;
}

/* kmalloc-64         12345KB      12400KB */
void ol_decode_slab_row(struct ol_open *o, const struct ol_dump_line *l)
{
	struct ol_oom_event *e = o->e;
	struct ol_span t = l->text;
	struct ol_span name, used, total;
	struct ol_slab_row *row;
	uint64_t u, k;

	if (!ol_span_token(&t, &name) || !ol_span_token(&t, &used) || !ol_span_token(&t, &total) ||
	    !ol_eat_u64(&used, &u) || !ol_eat_u64(&total, &k))
		return;
	row = ol_vec_push(&e->arena, &e->slabs);
	if (row)
		*row = (struct ol_slab_row){ name, u, k, l->line };
}
