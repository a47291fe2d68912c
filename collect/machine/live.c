// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/machine/collect_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

extern const struct ol_collector ol_collect_host, ol_collect_meminfo, ol_collect_vmstat,
	ol_collect_psi_memory, ol_collect_psi_io, ol_collect_psi_cpu, ol_collect_zoneinfo,
	ol_collect_buddyinfo, ol_collect_slabsys, ol_collect_slabinfo, ol_collect_swaps,
	ol_collect_zram, ol_collect_nodes, ol_collect_hugepages, ol_collect_dentry,
	ol_collect_inode, ol_collect_files, ol_collect_stat, ol_collect_arcstats,
	ol_collect_sockstat, ol_collect_sysctl, ol_collect_cgroups, ol_collect_procs;

/* In the order of reading: what must agree with each other stands together. */
static const struct ol_collector *const collectors[] = {
	&ol_collect_host,       &ol_collect_meminfo,   &ol_collect_vmstat,  &ol_collect_zoneinfo,
	&ol_collect_buddyinfo,  &ol_collect_nodes,     &ol_collect_slabsys, &ol_collect_slabinfo,
	&ol_collect_dentry,     &ol_collect_inode,     &ol_collect_files,   &ol_collect_arcstats,
	&ol_collect_sockstat,   &ol_collect_hugepages, &ol_collect_swaps,   &ol_collect_zram,
	&ol_collect_psi_memory, &ol_collect_psi_io,    &ol_collect_psi_cpu, &ol_collect_stat,
	&ol_collect_sysctl,     &ol_collect_cgroups,   &ol_collect_procs,
};
enum { N_COLLECTORS = sizeof(collectors) / sizeof(collectors[0]) };

int64_t ol_boot_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

void *ol_collect_state(struct ol_collect *c, enum ol_src src, size_t size)
{
	if (!c->state[src])
		c->state[src] = calloc(1, size);
	return c->state[src];
}

bool ol_collect_may_keep(const struct ol_collect *c, uint32_t more)
{
	enum { OF_OTHERS = 256 }; /* left to the rest of the program */
	rlim_t want = (rlim_t)c->kept + OF_OTHERS;
	struct rlimit lim;

	if (!c->root.live || getrlimit(RLIMIT_NOFILE, &lim))
		return false;
	if (want < lim.rlim_cur)
		return true;
	lim.rlim_cur = want + more;
	if (lim.rlim_cur > lim.rlim_max)
		lim.rlim_cur = lim.rlim_max;
	return want < lim.rlim_cur && !setrlimit(RLIMIT_NOFILE, &lim);
}

/*
 * The RAM of all nodes in kB is exactly the sum of the zones' managed pages (the same numbers are
 * added), and so is that of meminfo, unless memory is announced that no zone has yet: this tells
 * the page size of a captured root, also of another architecture. Kernels before 3.8 do not print
 * managed; there what meminfo and vmstat, read at almost the same time, both count tells it.
 */
unsigned ol_collect_page_kb(const struct ol_collect *c, struct ol_tick *t)
{
	static const enum ol_metric both[][2] = {
		{ OL_M_slab_unreclaimable_kb, OL_M_slab_unreclaimable_pages },
		{ OL_M_mem_free_kb, OL_M_free_pages },
	};
	int64_t total_kb = ol_val(t, OL_M_mem_total_kb), nodes_kb = 0, managed = 0;

	if (c->root.live)
		t->page_kb = (unsigned)(sysconf(_SC_PAGESIZE) / 1024);
	if (t->page_kb)
		return t->page_kb;
	for (uint32_t i = 0; i < t->tab[OL_T_ZONE].n; i++) {
		struct ol_row *r = ol_tick_row(t, OL_T_ZONE, i);

		if (__builtin_add_overflow(managed, ol_row_val(r, OL_ZONE_managed_pages), &managed))
			return 0;
	}
	for (uint32_t i = 0; i < t->tab[OL_T_NODE].n; i++) {
		struct ol_row *r = ol_tick_row(t, OL_T_NODE, i);

		if (__builtin_add_overflow(nodes_kb, ol_row_val(r, OL_NODE_mem_total_kb),
					   &nodes_kb))
			return 0;
	}
	for (unsigned kb = 4; !t->page_kb && kb <= 256; kb *= 2)
		if (managed && (nodes_kb / kb == managed || total_kb / kb == managed))
			t->page_kb = kb;
	for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++) {
		int64_t in_kb = ol_val(t, both[i][0]), pages = ol_val(t, both[i][1]);

		/* free memory in no zone would make a page look larger */
		if (managed && both[i][0] == OL_M_mem_free_kb)
			continue;
		for (unsigned kb = 4; !t->page_kb && kb <= 256; kb *= 2)
			if (pages > 0 && in_kb / kb > pages - pages / 8 &&
			    in_kb / kb - pages < pages / 8)
				t->page_kb = kb;
	}
	return t->page_kb;
}

static int live_next(struct ol_source *s, struct ol_tick *t, struct ol_err *err)
{
	struct ol_collect *c = (struct ol_collect *)s;

	(void)err;
	if (c->ended)
		return 1;
	c->ended = !c->root.live;
	ol_tick_reset(t);
	if (c->root.live) {
		t->real_us = ol_now_us();
		t->boot_us = ol_boot_us();
	}
	ol_root_failures();
	for (int i = 0; i < N_COLLECTORS; i++) {
		const struct ol_collector *k = collectors[i];
		struct ol_src_status *st = &t->src[k->src];
		uint32_t failures;

		if (c->opts.leave_out >> k->src & 1)
			continue;
		c->at = k->src;
		st->rc = k->read(c, k->src, t, st);
		if (st->rc == -ENOMEM)
			ol_no_memory();
		failures = ol_root_failures();
		if (!st->rc)
			st->denied += failures;
	}
	ol_collect_page_kb(c, t);
	return 0;
}

void ol_live_stuck(struct ol_source *s, struct ol_tick *t)
{
	struct ol_collect *c = (struct ol_collect *)s;

	t->src[c->at].rc = -ETIMEDOUT;
	ol_collect_page_kb(c, t);
}

void ol_live_change(struct ol_source *s, uint32_t leave_out, bool pss, int64_t turn_us)
{
	struct ol_collect *c = (struct ol_collect *)s;

	c->opts.leave_out = c->never | leave_out;
	c->opts.pss = pss;
	c->opts.turn_us = turn_us;
}

static void live_free(struct ol_source *s)
{
	struct ol_collect *c = (struct ol_collect *)s;

	for (int i = 0; i < N_COLLECTORS; i++) {
		enum ol_src src = collectors[i]->src;

		if (c->state[src] && collectors[i]->done)
			collectors[i]->done(c, src);
		free(c->state[src]);
	}
	ol_buf_done(&c->buf);
	ol_buf_done(&c->buf2);
	ol_root_close(&c->root);
	free(c);
}

int ol_live_new(const struct ol_live_opts *opts, struct ol_source **ret, struct ol_err *err)
{
	struct ol_collect *c = calloc(1, sizeof(*c));
	int rc;

	if (!c)
		return ol_fail(err, -ENOMEM, "out of memory");
	c->source = (struct ol_source){ .next = live_next, .free = live_free };
	c->opts = *opts;
	c->never = opts->leave_out;
	c->root.fd = -1;
	rc = ol_root_open(&c->root, opts->root ? opts->root : "/", err);
	c->source.once = !c->root.live;
	for (int i = 0; !rc && i < N_COLLECTORS; i++) {
		if (!(opts->leave_out >> collectors[i]->src & 1) && collectors[i]->open)
			rc = collectors[i]->open(c, collectors[i]->src);
		if (rc)
			ol_fail(err, rc, "out of memory");
	}
	if (rc) {
		live_free(&c->source);
		return rc;
	}
	*ret = &c->source;
	return 0;
}
