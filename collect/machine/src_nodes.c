// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/machine/collect_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * MAX_KEPT: with more sizes and nodes than this their files are not kept open, because the number
 * of descriptors is limited (1024 usually).
 */
enum { MAX_NODES = 256, MAX_SIZES = 16, MAX_KEPT = 48 };

/* The nodes of the machine; the kernel's own list of them says when they have changed. */
struct node_list {
	struct ol_file online;
	char was[256];
	size_t was_n;
	bool listed;
	uint32_t n, dropped;
	int32_t id[MAX_NODES];
};

/* 1: the list is new; 0: it is as before; <0: there is none. */
static int node_list(struct ol_collect *c, struct node_list *l)
{
	struct ol_span s;
	int rc = ol_file_read_line(&c->root, "sys/devices/system/node/online", &l->online, &c->buf,
				   &s);

	s = ol_span_head(rc ? ol_span("", 0) : s, sizeof(l->was));
	if (l->listed && ol_span_eq(s, ol_span(l->was, l->was_n)))
		return 0;
	memcpy(l->was, s.p, s.n);
	l->was_n = s.n;
	l->dropped = 0;
	l->n = 0;
	rc = ol_root_numbers(&c->root, "sys/devices/system/node", OL_SPAN("node"), OL_SPAN(""),
			     l->id, MAX_NODES, &l->n, &l->dropped);
	l->listed = !rc;
	return rc ? rc : 1;
}

struct nodes {
	struct node_list list;
	struct ol_keymap map;
	struct ol_file meminfo[MAX_NODES];
};

static int nodes_open(struct ol_collect *c, enum ol_src src)
{
	struct nodes *s = ol_collect_state(c, src, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->list.online.fd = -1;
	for (int i = 0; i < MAX_NODES; i++)
		s->meminfo[i].fd = -1;
	return ol_keymap_init_table(&s->map, OL_T_NODE);
}

static void nodes_close(struct nodes *s)
{
	for (int i = 0; i < MAX_NODES; i++)
		ol_file_close(&s->meminfo[i]);
}

/*
 * Node 0 MemTotal:        7825612 kB
 * Node 0 HugePages_Total:     0
 * node_read_meminfo() in drivers/base/node.c
 */
static int read_nodes(struct ol_collect *c, enum ol_src src, struct ol_tick *t,
		      struct ol_src_status *st)
{
	struct nodes *s = c->state[src];
	int rc = node_list(c, &s->list);
	char path[64];

	if (rc < 0)
		return rc;
	if (rc)
		nodes_close(s);
	st->dropped += s->list.dropped;
	for (uint32_t i = 0; i < s->list.n; i++) {
		struct ol_span text;
		struct ol_row *r;

		snprintf(path, sizeof(path), "sys/devices/system/node/node%d/meminfo",
			 s->list.id[i]);
		rc = ol_file_read(&c->root, path, &s->meminfo[i], &c->buf, &text);
		if (rc) {
			st->denied += rc == -EACCES;
			ol_file_close(&s->meminfo[i]);
			continue;
		}
		r = ol_tick_add(t, OL_T_NODE, st);
		if (!r)
			continue;
		r->id = s->list.id[i];
		ol_keyed_lines(&s->map, text, 2, r->v, r->has, st);
	}
	return s->list.n ? 0 : -ENOENT;
}

static void nodes_done(struct ol_collect *c, enum ol_src src)
{
	struct nodes *s = c->state[src];

	nodes_close(s);
	ol_file_close(&s->list.online);
	ol_keymap_done(&s->map);
}

const struct ol_collector ol_collect_nodes = { OL_SRC_NODES, nodes_open, read_nodes, nodes_done };

/* In the order of the fields; nodes do not have the third (promises are the machine's). */
static const char *const huge_files[] = { "nr_hugepages", "free_hugepages", "resv_hugepages",
					  "surplus_hugepages" };
enum { N_HUGE_FILES = 4, RESERVED = 2 };
_Static_assert(OL_HUGE_surplus - OL_HUGE_total == N_HUGE_FILES - 1, "fields in this order");

struct huge_dir {
	int32_t node, size_kb;
	struct ol_file f[N_HUGE_FILES];
};

struct huge {
	struct node_list nodes;
	struct huge_dir *dir;
	uint32_t n, cap, dropped, denied;
	int rc; /* of the list of the machine's sizes */
	bool listed;
};

static int huge_open(struct ol_collect *c, enum ol_src src)
{
	struct huge *h = ol_collect_state(c, src, sizeof(*h));

	if (!h)
		return -ENOMEM;
	h->nodes.online.fd = -1;
	return 0;
}

static void huge_close(struct huge *h)
{
	for (uint32_t i = 0; i < h->n; i++)
		for (int k = 0; k < N_HUGE_FILES; k++)
			ol_file_close(&h->dir[i].f[k]);
	h->n = 0;
}

static int huge_path(char *path, size_t size, int32_t node)
{
	if (node < 0)
		return snprintf(path, size, "%s", ol_sources[OL_SRC_HUGEPAGES].file);
	return snprintf(path, size, "sys/devices/system/node/node%d/hugepages", node);
}

/* hugepages-2048kB, hugepages-1048576kB: the sizes never change while the kernel runs */
static int huge_list(struct ol_collect *c, struct huge *h, int32_t node)
{
	int32_t size[MAX_SIZES];
	uint32_t n = 0;
	char path[64];
	int rc;

	huge_path(path, sizeof(path), node);
	rc = ol_root_numbers(&c->root, path, OL_SPAN("hugepages-"), OL_SPAN("kB"), size, MAX_SIZES,
			     &n, &h->dropped);
	if (rc)
		return rc;
	if (h->n + n > h->cap) {
		struct huge_dir *d = realloc(h->dir, (h->n + n) * 2 * sizeof(*d));

		if (!d)
			return -ENOMEM;
		h->dir = d;
		h->cap = (h->n + n) * 2;
	}
	for (uint32_t i = 0; i < n; i++)
		h->dir[h->n++] = (struct huge_dir){ .node = node,
						    .size_kb = size[i],
						    .f = { { -1 }, { -1 }, { -1 }, { -1 } } };
	return 0;
}

static int read_huge(struct ol_collect *c, enum ol_src src, struct ol_tick *t,
		     struct ol_src_status *st)
{
	struct huge *h = c->state[src];
	int nodes = node_list(c, &h->nodes);

	st->denied += nodes == -EACCES;
	if (nodes > 0 || !h->listed) {
		huge_close(h);
		h->dropped = h->nodes.dropped;
		h->denied = 0;
		h->rc = huge_list(c, h, -1);
		for (uint32_t i = 0; !h->rc && i < h->nodes.n; i++)
			h->denied += huge_list(c, h, h->nodes.id[i]) == -EACCES;
		h->listed = true;
	}
	st->dropped += h->dropped;
	st->denied += h->denied;
	for (uint32_t i = 0; i < h->n; i++) {
		struct huge_dir *d = &h->dir[i];
		struct ol_row *r = ol_tick_add(t, OL_T_HUGE, st);

		if (!r)
			continue;
		r->id = d->node;
		r->sub = d->size_kb;
		for (int k = 0; k < N_HUGE_FILES; k++) {
			struct ol_span s;
			char path[128];
			int64_t v;
			int rc, n;

			if (k == RESERVED && d->node >= 0)
				continue;
			n = huge_path(path, sizeof(path), d->node);
			snprintf(path + n, sizeof(path) - (size_t)n, "/hugepages-%dkB/%s",
				 d->size_kb, huge_files[k]);
			rc = ol_file_read_line(&c->root, path, &d->f[k], &c->buf, &s);
			if (rc || h->n > MAX_KEPT)
				ol_file_close(&d->f[k]);
			st->denied += rc == -EACCES;
			if (rc)
				continue;
			if (ol_i64_of(s, &v) || v < 0 || v == INT64_MAX)
				st->broken++;
			else
				ol_row_set(r, OL_HUGE_total + k, v);
		}
	}
	return h->rc;
}

static void huge_done(struct ol_collect *c, enum ol_src src)
{
	struct huge *h = c->state[src];

	huge_close(h);
	ol_file_close(&h->nodes.online);
	free(h->dir);
}

const struct ol_collector ol_collect_hugepages = { OL_SRC_HUGEPAGES, huge_open, read_huge,
						   huge_done };
