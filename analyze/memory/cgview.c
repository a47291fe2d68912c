// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/memory/cgview.h"
#include "collect/machine/container.h"
#include "lib/num.h"

const char *const ol_oom_from_names[] = { NULL, "self", "ancestor", "machine" };

static int64_t kb(const struct ol_row *r, enum ol_row_field f)
{
	return ol_above0(ol_row_val(r, f)) / 1024;
}

static void composition(struct ol_cgview *v)
{
	static const enum ol_row_field kernel[] = {
		OL_CGROUP_kernel_stack_bytes,     OL_CGROUP_page_tables_bytes,
		OL_CGROUP_sec_page_tables_bytes,  OL_CGROUP_percpu_bytes,
		OL_CGROUP_vmalloc_bytes,          OL_CGROUP_sock_bytes,
		OL_CGROUP_slab_reclaimable_bytes, OL_CGROUP_slab_unreclaimable_bytes,
	};
	const struct ol_row *r = v->row;
	int64_t file =
		ol_add(kb(r, OL_CGROUP_active_file_bytes), kb(r, OL_CGROUP_inactive_file_bytes));
	int64_t busy =
		ol_add(kb(r, OL_CGROUP_file_dirty_bytes), kb(r, OL_CGROUP_file_writeback_bytes));

	v->anon_kb = kb(r, OL_CGROUP_anon_bytes);
	v->shmem_kb = kb(r, OL_CGROUP_shmem_bytes);
	v->cache_kb = ol_above0(kb(r, OL_CGROUP_file_bytes) - v->shmem_kb);
	if (ol_row_has(r, OL_CGROUP_kernel_bytes) || ol_row_has(r, OL_CGROUP_kmem_bytes)) {
		v->has_kernel = true;
		v->kernel_kb = kb(r, ol_row_has(r, OL_CGROUP_kernel_bytes) ? OL_CGROUP_kernel_bytes
									   : OL_CGROUP_kmem_bytes);
	} else { /* before 5.18 only its parts are printed */
		for (size_t i = 0; i < sizeof(kernel) / sizeof(kernel[0]); i++) {
			v->has_kernel |= ol_row_has(r, kernel[i]);
			v->kernel_kb = ol_add(v->kernel_kb, kb(r, kernel[i]));
		}
	}
	v->reclaimable_kb = ol_add(ol_above0(file - busy), kb(r, OL_CGROUP_slab_reclaimable_bytes));
}

/* The limit of the group itself, of memory alone. */
static int64_t own_limit_kb(const struct ol_row *r)
{
	if (!ol_row_has(r, OL_CGROUP_max_bytes) || ol_row_val(r, OL_CGROUP_max_bytes) < 0 ||
	    ol_row_val(r, OL_CGROUP_max_bytes) == OL_UNLIMITED)
		return OL_UNLIMITED;
	return ol_row_val(r, OL_CGROUP_max_bytes) / 1024;
}

void ol_cgviews(const struct ol_tick *t, const struct ol_avail *a, struct ol_cgview *ret)
{
	uint32_t n = t->tab[OL_T_CGROUP].n;

	/* parents stand before their children */
	for (uint32_t i = 0; i < n; i++) {
		struct ol_cgview *v = &ret[i], *up;
		const struct ol_row *r = ol_tick_row(t, OL_T_CGROUP, i);
		int64_t own = own_limit_kb(r);
		struct ol_container c;

		*v = (struct ol_cgview){
			.row = r, .limit_kb = own, .limit_row = -1, .from_row = -1
		};
		v->has_usage = ol_row_has(r, OL_CGROUP_current_bytes);
		v->usage_kb = kb(r, OL_CGROUP_current_bytes);
		composition(v);
		up = r->sub >= 0 && (uint32_t)r->sub < i ? &ret[r->sub] : NULL;
		v->room_kb = a ? a->certain_kb : INT64_MAX;
		v->from = a ? OL_FROM_MACHINE : OL_FROM_UNKNOWN;
		if (up && up->from != OL_FROM_UNKNOWN && up->from != OL_FROM_MACHINE) {
			v->room_kb = up->room_kb;
			v->from = OL_FROM_ANCESTOR;
			v->from_row = up->from_row;
		}
		if (own != OL_UNLIMITED)
			v->limit_row = (int32_t)i;
		if (up && up->limit_kb < own) {
			v->limit_kb = up->limit_kb;
			v->limit_row = up->limit_row;
		}
		if (own != OL_UNLIMITED && v->has_usage) {
			int64_t room = ol_above0(own - ol_above0(v->usage_kb - v->reclaimable_kb));

			if (room <= v->room_kb) {
				v->room_kb = room;
				v->from = OL_FROM_SELF;
				v->from_row = (int32_t)i;
			}
		}
		/* a container is a line; what it makes below itself is its own affair */
		v->listed = true;
		for (const struct ol_cgview *w = up; w;
		     w = w->row->sub >= 0 ? &ret[w->row->sub] : NULL)
			if (ol_container_from_path(ol_tick_span(t, w->row->name), &c) && c.id.p &&
			    w->listed)
				v->listed = false;
		for (struct ol_cgview *w = v->listed ? up : NULL; w;
		     w = w->row->sub >= 0 ? &ret[w->row->sub] : NULL)
			w->listed = false;
	}
}
