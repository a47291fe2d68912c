// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/machine/collect_impl.h"

#include <errno.h>

/* Zone types in the kernel's order; a kernel has some of them. vmstat counts requests for each. */
static const struct {
	struct ol_span name, vmstat;
} zone_types[] = {
	{ OL_SPAN_INIT("DMA"), OL_SPAN_INIT("pgalloc_dma ") },
	{ OL_SPAN_INIT("DMA32"), OL_SPAN_INIT("pgalloc_dma32 ") },
	{ OL_SPAN_INIT("Normal"), OL_SPAN_INIT("pgalloc_normal ") },
	{ OL_SPAN_INIT("HighMem"), OL_SPAN_INIT("pgalloc_high ") },
	{ OL_SPAN_INIT("Movable"), OL_SPAN_INIT("pgalloc_movable ") },
	{ OL_SPAN_INIT("Device"), OL_SPAN_INIT("pgalloc_device ") },
};
enum {
	N_TYPES = sizeof(zone_types) / sizeof(zone_types[0]),
	N_PROTECTION = OL_ZONE_protection5_pages - OL_ZONE_protection0_pages + 1,
	N_ORDERS = OL_ZONE_free_order15 - OL_ZONE_free_order0 + 1,
};

/* Where in a zone's block a line stands. */
enum part { PART_NONE, PART_NODE, PART_ZONE, PART_PCP, PART_TAIL };

struct zone_parser {
	struct ol_keymap *map;
	struct ol_tick *t;
	struct ol_src_status *st;
	struct ol_row *row; /* NULL: the block is not used */
	enum part part;
	uint32_t line; /* in the block, per-node and per-CPU lines not counted */
	int64_t pcp;
	bool pcp_broken;
	int32_t node;
	int64_t printed, configured; /* zones of this node */
	bool gaps; /* some node printed fewer zones than the kernel has */
};

/* Node 0, zone    DMA32 */
static bool eat_zone_head(struct ol_span *line, int32_t *ret_node, struct ol_span *ret_zone)
{
	struct ol_span s = *line, zone;
	uint64_t node;

	if (!ol_span_eat(&s, OL_SPAN("Node ")) || !ol_eat_u64(&s, &node) || node > INT32_MAX ||
	    !ol_span_eat(&s, OL_SPAN(", zone ")) || !ol_span_token(&s, &zone))
		return false;
	*ret_node = (int32_t)node;
	*ret_zone = zone;
	*line = s;
	return true;
}

static void end_node(struct zone_parser *z)
{
	z->gaps |= z->printed < z->configured;
	z->printed = z->configured = 0;
}

static bool zone_is_new(const struct ol_tick *t, int32_t node, struct ol_span name)
{
	for (uint32_t i = t->tab[OL_T_ZONE].n; i--;) {
		const struct ol_row *r = ol_tick_row(t, OL_T_ZONE, i);

		if (r->id != node)
			break;
		if (ol_span_eq(ol_tick_span(t, r->name), name))
			return false;
	}
	return true;
}

static void begin_zone(struct zone_parser *z, struct ol_span line)
{
	struct ol_span name;
	int32_t node;

	z->row = NULL;
	z->part = PART_NONE;
	/* nodes come in ascending order, so one that comes back is a duplicate */
	if (!eat_zone_head(&line, &node, &name) || ol_span_trim(line).n || node < z->node) {
		z->st->broken++;
		return;
	}
	if (node != z->node)
		end_node(z);
	z->node = node;
	if (!zone_is_new(z->t, node, name)) {
		z->st->broken++;
		return;
	}
	z->row = ol_tick_add(z->t, OL_T_ZONE, z->st);
	if (!z->row)
		return;
	z->row->name = ol_tick_name(z->t, name);
	z->row->id = node;
	z->row->sub = (int32_t)z->printed++;
	z->part = PART_ZONE;
	z->line = 0;
	z->pcp = 0;
	z->pcp_broken = false;
	ol_keymap_begin(z->map);
}

/*         protection: (0, 3019, 7627, 7627, 7627) */
static void protection(struct zone_parser *z, struct ol_span s)
{
	int64_t v[N_PROTECTION];
	uint32_t n = 0, more = 0;

	s = ol_span_trim(s);
	if (!ol_span_eat(&s, OL_SPAN("(")) || ol_row_has(z->row, OL_ZONE_protection0_pages)) {
		z->st->broken++;
		return;
	}
	for (;;) {
		int64_t x;

		if (!ol_eat_i64(&s, &x) || x < 0) {
			z->st->broken++;
			return;
		}
		if (n < N_PROTECTION)
			v[n++] = x;
		else
			more++;
		if (ol_span_eqs(s, ")"))
			break;
		if (!ol_span_eat(&s, OL_SPAN(", "))) {
			z->st->broken++;
			return;
		}
	}
	for (uint32_t i = 0; i < n; i++)
		ol_row_set(z->row, OL_ZONE_protection0_pages + i, v[i]);
	z->st->unknown += more;
	z->configured = n + more;
}

/* One line of a key and a number in a zone's own part; most keys are not wanted. */
static void zone_value(struct zone_parser *z, struct ol_span key, struct ol_span s)
{
	struct ol_src_status one = { 0 };
	int64_t v;

	if (!ol_span_token_i64(&s, &v) || v < 0) {
		z->st->broken++;
		return;
	}
	s = ol_span_trim(s);
	if (s.n) { /* scanned  0 (a: 19 i: 20): 2.6.18 */
		z->st->broken += s.p[0] != '(';
		return;
	}
	ol_keymap_put(z->map, z->line, key, v, z->row->v, z->row->has, &one);
	z->st->broken += one.broken;
}

static void zone_line(struct zone_parser *z, struct ol_span line)
{
	struct ol_span key, s = ol_span_ltrim(line);
	size_t indent = line.n - s.n;

	switch (z->part) {
	case PART_NODE:
		if (indent > 2)
			return;
		z->part = PART_ZONE;
		break;
	case PART_PCP:
		if (ol_span_eat(&s, OL_SPAN("count:"))) {
			int64_t v;

			if (!ol_span_token_i64(&s, &v) || v < 0 || ol_span_trim(s).n ||
			    __builtin_add_overflow(z->pcp, v, &z->pcp))
				z->pcp_broken = true;
			return;
		}
		if (indent != 2 || ol_span_starts(s, OL_SPAN("vm stats threshold")))
			return;
		/* only here is it known that no CPU is missing */
		if (z->pcp_broken)
			z->st->broken++;
		else
			ol_row_set(z->row, OL_ZONE_pcp_pages, z->pcp);
		z->part = PART_TAIL;
		break;
	default:
		break;
	}
	z->line++;
	if (!ol_span_token(&s, &key)) {
		z->st->broken++;
		return;
	}
	if (indent == 2) {
		if (ol_span_eqs(key, "per-node")) {
			z->part = PART_NODE;
			return;
		}
		if (ol_span_eqs(key, "pagesets")) {
			if (ol_row_has(z->row, OL_ZONE_pcp_pages))
				z->st->broken++;
			else
				z->part = PART_PCP;
			return;
		}
		if (ol_span_eqs(key, "pages") && !ol_span_token(&s, &key)) {
			z->st->broken++;
			return;
		}
	}
	if (ol_span_eqs(key, "protection:")) {
		protection(z, s);
		return;
	}
	if (key.n > 1 && key.p[key.n - 1] == ':')
		key.n--;
	zone_value(z, key, s);
}

/*
 * Node 0, zone      DMA
 *   per-node stats                       4.8; under the first zone that has pages
 *       nr_inactive_anon 33504           the node's, not the zone's
 *   pages free     3840
 *         boost    0                     5.16
 *         min      33
 *         …
 *         protection: (0, 3019, 7627, 7627, 7627)
 *       nr_free_pages 3840               before 4.8 in the zone also nr_inactive_anon and so on
 *   pagesets
 *     cpu: 0
 *               count:    0
 *               high_min: 20             6.7
 *   vm stats threshold: 4
 *   node_unreclaimable:  0               before 4.7 all_unreclaimable
 *   start_pfn:           1
 *   reserved_highatomic: 0               7.0
 * zoneinfo_show_print() in mm/vmstat.c. Zones without pages are printed from 4.12 on, to the line
 * of protection. Until 4.12 protection stood after the counters.
 */
bool ol_zoneinfo_parse(struct ol_keymap *m, struct ol_span text, struct ol_tick *t,
		       struct ol_src_status *st)
{
	struct zone_parser z = { .map = m, .t = t, .st = st, .node = -1 };
	struct ol_span line;
	bool head = false;

	while (ol_eat_line(&text, &line, st)) {
		if (line.n && !ol_is_blank(line.p[0])) {
			/* a block that ends within its per-CPU lines was cut */
			st->broken += z.part == PART_PCP;
			begin_zone(&z, line);
			head = true;
		} else if (z.row) {
			zone_line(&z, line);
		} else if (!head) {
			st->unknown++;
		}
	}
	st->broken += z.part == PART_PCP;
	end_node(&z);
	return z.gaps;
}

unsigned ol_zone_types(struct ol_span vmstat)
{
	struct ol_src_status st = { 0 };
	struct ol_span line;
	unsigned types = 0;

	while (ol_eat_line(&vmstat, &line, &st))
		for (unsigned i = 0; i < N_TYPES; i++)
			if (ol_span_starts(line, zone_types[i].vmstat))
				types |= 1u << i;
	return types;
}

void ol_zones_number(struct ol_tick *t, unsigned types)
{
	for (uint32_t k = 0; k < t->tab[OL_T_ZONE].n; k++) {
		struct ol_row *r = ol_tick_row(t, OL_T_ZONE, k);
		struct ol_span name = ol_tick_span(t, r->name);

		r->sub = -1;
		for (unsigned i = 0; i < N_TYPES; i++)
			if ((types >> i & 1) && ol_span_eq(name, zone_types[i].name))
				r->sub = __builtin_popcount(types & ((1u << i) - 1));
	}
}

static struct ol_row *zone_row(struct ol_tick *t, int32_t node, struct ol_span name, uint32_t *next)
{
	uint32_t n = t->tab[OL_T_ZONE].n;

	/* the same order as in zoneinfo, without the zones that have no pages */
	for (uint32_t k = 0; k < n; k++) {
		uint32_t i = (*next + k) % n;
		struct ol_row *r = ol_tick_row(t, OL_T_ZONE, i);

		if (r->id == node && ol_span_eq(ol_tick_span(t, r->name), name)) {
			*next = i + 1;
			return r;
		}
	}
	return NULL;
}

/*
 * Node 0, zone    DMA32      1      1      4      2      5      4      3      3      4  …    752
 * frag_show_print() in mm/vmstat.c: free blocks of each order; 11 orders, other numbers when the
 * kernel was configured so
 */
void ol_buddyinfo_parse(struct ol_span text, struct ol_tick *t, struct ol_src_status *st)
{
	struct ol_span line, name, word;
	uint32_t next = 0;

	while (ol_eat_line(&text, &line, st)) {
		int64_t v[N_ORDERS];
		uint32_t n = 0, more = 0;
		struct ol_row *r;
		int32_t node;
		bool ok = eat_zone_head(&line, &node, &name);

		while (ok && ol_span_token(&line, &word)) {
			int64_t x = 0;

			ok = ol_span_i64(word, &x) && x >= 0;
			if (n < N_ORDERS)
				v[n++] = x;
			else
				more++;
		}
		if (!ok || !n) {
			st->broken++;
			continue;
		}
		r = zone_row(t, node, name, &next);
		if (!r) {
			r = ol_tick_add(t, OL_T_ZONE, st);
			if (!r)
				continue;
			r->name = ol_tick_name(t, name);
			r->id = node;
			r->sub = -1;
		}
		if (ol_row_has(r, OL_ZONE_free_order0)) {
			st->broken++;
			continue;
		}
		for (uint32_t i = 0; i < n; i++)
			ol_row_set(r, OL_ZONE_free_order0 + i, v[i]);
		st->unknown += more;
	}
}

struct zones {
	struct ol_file file;
	struct ol_keymap map;
	bool asked;
	unsigned types;
};

static int zones_open(struct ol_collect *c, enum ol_src src)
{
	struct zones *z = ol_collect_state(c, src, sizeof(*z));

	if (!z)
		return -ENOMEM;
	z->file.fd = -1;
	return ol_keymap_init_table(&z->map, OL_T_ZONE);
}

static int read_zoneinfo(struct ol_collect *c, enum ol_src src, struct ol_tick *t,
			 struct ol_src_status *st)
{
	struct zones *z = c->state[src];
	struct ol_span text;
	int rc = ol_file_read(&c->root, ol_sources[src].file, &z->file, &c->buf, &text);

	if (rc || !ol_zoneinfo_parse(&z->map, text, t, st))
		return rc;
	/* a kernel before 4.12: which zones it was built with is told by its counters only */
	if (!z->asked && !ol_root_read(&c->root, "proc/vmstat", &c->buf, &text))
		z->types = ol_zone_types(text);
	z->asked = true;
	ol_zones_number(t, z->types);
	return 0;
}

static void zones_done(struct ol_collect *c, enum ol_src src)
{
	struct zones *z = c->state[src];

	ol_file_close(&z->file);
	ol_keymap_done(&z->map);
}

const struct ol_collector ol_collect_zoneinfo = { OL_SRC_ZONEINFO, zones_open, read_zoneinfo,
						  zones_done };

static int read_buddyinfo(struct ol_collect *c, enum ol_src src, struct ol_tick *t,
			  struct ol_src_status *st)
{
	struct ol_span text;
	int rc = ol_file_read(&c->root, ol_sources[src].file, c->state[src], &c->buf, &text);

	if (!rc)
		ol_buddyinfo_parse(text, t, st);
	return rc;
}

const struct ol_collector ol_collect_buddyinfo = { OL_SRC_BUDDYINFO, ol_file_source_open,
						   read_buddyinfo, ol_file_source_done };
