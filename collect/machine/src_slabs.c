// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/machine/collect_impl.h"
#include "collect/machine/slab_names.h"

#include <errno.h>

/*
 * dentry            133431 133455    192   21    1 : tunables    0    0    0 : slabdata   6355 …
 * Name, active objects, objects, bytes, objects per slab, pages per slab, ": tunables" and three,
 * ": slabdata" and active slabs, slabs, one more. Kernels with statistics print more behind.
 * cache_show() in mm/slab_common.c; s_show() in mm/slab.c before 3.7. A name may contain blanks.
 */
static bool slab_columns(struct ol_span line, struct ol_span *ret_name, int64_t v[7])
{
	struct ol_span s, tail, word, name;
	ssize_t at;
	int64_t x;

	/* the usual: a name of one word, of which the first colon is not a part */
	if (ol_span_starts(line, OL_SPAN(" ")))
		return false;
	at = ol_span_find(line, OL_SPAN(" : tunables "));
	if (at < 0)
		return false;
	s = ol_span_head(line, (size_t)at);
	tail = ol_span_skip(line, (size_t)at + sizeof(" : tunables ") - 1);
	if (!ol_span_token(&s, &name))
		return false;
	for (int i = 0; i < 5; i++)
		if (!ol_span_token_i64(&s, &v[i]))
			goto blanks;
	if (ol_span_trim(s).n)
		goto blanks;
tail:
	for (int i = 0; i < 3; i++)
		if (!ol_span_token_i64(&tail, &x))
			return false;
	if (!ol_span_token(&tail, &word) || !ol_span_eqs(word, ":") ||
	    !ol_span_token(&tail, &word) || !ol_span_eqs(word, "slabdata"))
		return false;
	for (int i = 5; i < 7; i++)
		if (!ol_span_token_i64(&tail, &v[i]))
			return false;
	if (!ol_span_token_i64(&tail, &x))
		return false;
	for (int i = 0; i < 7; i++)
		if (v[i] < 0)
			return false;
	*ret_name = name;
	return true;
blanks:
	/* the name is what stands before the last five numbers */
	at = ol_span_rfind(line, OL_SPAN(" : tunables "));
	s = ol_span_head(line, (size_t)at);
	tail = ol_span_skip(line, (size_t)at + sizeof(" : tunables ") - 1);
	for (int i = 5; i--;) {
		size_t n;

		s = ol_span_rtrim(s);
		for (n = s.n; n && !ol_is_blank(s.p[n - 1]); n--)
			;
		if (!n || !ol_span_i64(ol_span_skip(s, n), &v[i]))
			return false;
		s = ol_span_head(s, n);
	}
	name = ol_span_rtrim(s);
	if (!name.n)
		return false;
	goto tail;
}

/*
 * slabinfo - version: 2.1
 * # name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables …
 * 2.0 (until 2.6.10) has the same columns; " (statistics)" may follow the version. SLUB prints it
 * since 2.6.24.
 */
int ol_slabinfo_parse(struct ol_span text, unsigned page_kb, struct ol_slab_names *names,
		      struct ol_tick *t, struct ol_src_status *st)
{
	struct ol_span line, name;

	if (!ol_eat_line(&text, &line, st) ||
	    !ol_span_starts(line, OL_SPAN("slabinfo - version: 2."))) {
		st->broken++;
		return -EBADMSG;
	}
	if (names)
		ol_slab_names_begin(names);
	for (uint32_t n = 0; ol_eat_line(&text, &line, st);) {
		int64_t v[7], kb;
		struct ol_row *r;

		if (ol_span_starts(line, OL_SPAN("# ")))
			continue;
		if (!slab_columns(line, &name, v)) {
			st->broken++;
			continue;
		}
		r = ol_tick_add(t, OL_T_SLAB, st);
		if (!r)
			continue;
		for (int i = 0; i < 7; i++)
			ol_row_set(r, OL_SLAB_active_objects + i, v[i]);
		if (page_kb && !__builtin_mul_overflow(v[4], v[6], &kb) &&
		    !__builtin_mul_overflow(kb, (int64_t)page_kb, &kb))
			ol_row_set(r, OL_SLAB_total_kb, kb);
		if (names)
			ol_slab_names_row(names, n++, name, t, r);
		else
			r->name = ol_tick_name(t, name);
	}
	return 0;
}

_Static_assert(OL_SLAB_slabs - OL_SLAB_active_objects == 6, "columns in the order of the file");

/* Caches that are merged into others make no new line in slabinfo: look for them now and then. */
enum { RELOAD_US = 300 * 1000000 };

struct slab_sys {
	struct ol_slab_names *names;
	struct ol_src_status st;
	int rc;
	int64_t loaded_us;
};

static void load(struct ol_collect *c, struct slab_sys *s)
{
	s->st = (struct ol_src_status){ 0 };
	s->loaded_us = ol_boot_us();
	s->rc = ol_slab_names_load(s->names, &c->root, ol_sources[OL_SRC_SLABSYS].file, &c->buf2,
				   &s->st);
	if (!s->rc)
		s->st.denied += ol_root_failures();
}

/* Flags are read now: their files need privilege. */
static int sys_open(struct ol_collect *c, enum ol_src src)
{
	struct slab_sys *s = ol_collect_state(c, src, sizeof(*s));

	if (s)
		s->names = ol_slab_names_new();
	if (!s || !s->names)
		return -ENOMEM;
	load(c, s);
	return 0;
}

static int sys_read(struct ol_collect *c, enum ol_src src, struct ol_tick *t,
		    struct ol_src_status *st)
{
	struct slab_sys *s = c->state[src];

	(void)t;
	if (ol_boot_us() - s->loaded_us > RELOAD_US)
		load(c, s);
	*st = s->st;
	return s->rc;
}

static void sys_done(struct ol_collect *c, enum ol_src src)
{
	struct slab_sys *s = c->state[src];

	ol_slab_names_free(s->names);
}

const struct ol_collector ol_collect_slabsys = { OL_SRC_SLABSYS, sys_open, sys_read, sys_done };

static int read_slabinfo(struct ol_collect *c, enum ol_src src, struct ol_tick *t,
			 struct ol_src_status *st)
{
	struct slab_sys *sys = c->state[OL_SRC_SLABSYS];
	unsigned page_kb = ol_collect_page_kb(c, t);
	uint32_t names_n = t->names_n;
	struct ol_span text;
	int rc = ol_file_read(&c->root, ol_sources[src].file, c->state[src], &c->buf, &text);

	if (!rc)
		rc = ol_slabinfo_parse(text, page_kb, sys ? sys->names : NULL, t, st);
	if (rc || !sys || !ol_slab_names_stale(sys->names))
		return rc;
	/* names that are new: what they are merged with must be read first */
	load(c, sys);
	t->src[OL_SRC_SLABSYS] = sys->st;
	t->src[OL_SRC_SLABSYS].rc = sys->rc;
	*st = (struct ol_src_status){ 0 };
	t->tab[OL_T_SLAB].n = 0;
	t->names_n = names_n;
	return ol_slabinfo_parse(text, page_kb, sys->names, t, st);
}

const struct ol_collector ol_collect_slabinfo = { OL_SRC_SLABINFO, ol_file_source_open,
						  read_slabinfo, ol_file_source_done };
