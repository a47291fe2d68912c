// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/memory/available.h"
#include "analyze/memory/vfs.h"
#include "lib/num.h"

#include <errno.h>

const char *const ol_avail_class_names[] = { "certain", "likely", "doubtful" };

const struct ol_avail_def ol_avail_defs[OL_AVAIL_MAX] = {
#define OL_AVAIL(id, name, class) [OL_AVAIL_##id] = { name, OL_AVAIL_##class },
#include "analyze/memory/avail.def"
};

static void reason(struct ol_avail *a, enum ol_avail_id id, int64_t kb)
{
	if (kb > 0)
		a->reasons[a->n++] = (struct ol_avail_reason){ id, kb };
}

static int64_t zone_kb(const struct ol_tick *t, const struct ol_row *z, enum ol_row_field f)
{
	int64_t kb;

	return ol_row_val(z, f) < 0 ||
			       __builtin_mul_overflow(ol_row_val(z, f), (int64_t)t->page_kb, &kb)
		       ? 0
		       : ol_min(kb, ol_val(t, OL_M_mem_total_kb));
}

/* What the zones have free for a request whose highest zone is @top; -1: any zone. */
struct room {
	bool has;
	int64_t free, above_high, above_min, low, held_back;
	int64_t cma, file, pending;
};

static struct room zones_room(const struct ol_tick *t, int top)
{
	struct room r = { 0 };

	for (uint32_t i = 0; i < t->tab[OL_T_ZONE].n; i++) {
		const struct ol_row *z = ol_tick_row(t, OL_T_ZONE, i);
		int64_t free_kb = zone_kb(t, z, OL_ZONE_free_pages), reserve = 0, kept, least;

		if (!ol_row_val(z, OL_ZONE_managed_pages) && !ol_row_val(z, OL_ZONE_present_pages))
			continue;
		if (top >= 0 && z->sub > top)
			continue;
		/* protection[j] keeps back pages from requests whose highest zone is j */
		for (int j = 0; j < 6; j++)
			if (top < 0 || j == top)
				reserve = ol_max(reserve,
						 zone_kb(t, z, OL_ZONE_protection0_pages + j));
		if (top >= 0) { /* only movable pages may come from there */
			int64_t cma = ol_min(zone_kb(t, z, OL_ZONE_free_cma_pages), free_kb);

			r.cma += cma;
			free_kb -= cma;
		}
		r.free += free_kb;
		kept = reserve + zone_kb(t, z, OL_ZONE_high_pages) +
		       zone_kb(t, z, OL_ZONE_highatomic_pages);
		least = reserve + zone_kb(t, z, OL_ZONE_min_pages);
		r.above_high += ol_above0(free_kb - kept);
		r.above_min += ol_above0(free_kb - least);
		r.held_back += ol_min(free_kb, least);
		r.low += zone_kb(t, z, OL_ZONE_low_pages);
		r.file += zone_kb(t, z, OL_ZONE_active_file_pages) +
			  zone_kb(t, z, OL_ZONE_inactive_file_pages);
		r.pending += zone_kb(t, z, OL_ZONE_write_pending_pages);
		r.has = true;
	}
	return r;
}

/* The cache of groups that memory.min protects; a group's protection is bounded by its parents'. */
static int64_t protected_file_kb(const struct ol_tick *t)
{
	int64_t sum = 0;

	for (uint32_t i = 0; i < t->tab[OL_T_CGROUP].n; i++) {
		const struct ol_row *c = ol_tick_row(t, OL_T_CGROUP, i);
		int64_t file;

		/* the children of the root: sub is the row of the root, 0 */
		if (c->id != 2 || c->sub != 0 || ol_row_val(c, OL_CGROUP_min_bytes) <= 0)
			continue;
		file = ol_row_val(c, OL_CGROUP_active_file_bytes) / 1024 +
		       ol_row_val(c, OL_CGROUP_inactive_file_bytes) / 1024;
		sum += ol_min(ol_above0(file), ol_row_val(c, OL_CGROUP_min_bytes) / 1024);
	}
	return sum;
}

/* Sizes of the caches of dentries and inodes, and of what security modules keep per inode. */
struct vfs_slab {
	int64_t dentry_kb, inode_kb, security_kb;
	bool listed;
};

static struct vfs_slab vfs_slab(const struct ol_tick *t, int64_t reclaimable)
{
	struct vfs_slab s = { 0 };

	for (uint32_t i = 0; i < t->tab[OL_T_SLAB].n; i++) {
		const struct ol_row *r = ol_tick_row(t, OL_T_SLAB, i);
		int64_t kb = ol_above0(ol_row_val(r, OL_SLAB_total_kb));

		switch (ol_vfs_cache(ol_tick_span(t, r->name))) {
		case OL_VFS_DENTRY:
			s.dentry_kb = ol_add(s.dentry_kb, kb);
			break;
		case OL_VFS_INODE:
			s.inode_kb = ol_add(s.inode_kb, kb);
			break;
		case OL_VFS_SECURITY:
			s.security_kb = ol_add(s.security_kb, kb);
			break;
		case OL_VFS_NONE:
			break;
		}
	}
	s.listed = s.dentry_kb > 0;
	/*
	 * slabinfo takes root: then by the numbers alone; a dentry has had 192 to 216 bytes since
	 * 2.6
	 */
	if (!s.listed && ol_has(t, OL_M_dentries)) {
		s.dentry_kb = ol_min(reclaimable, ol_val(t, OL_M_dentries) / 5);
		s.inode_kb = ol_val(t, OL_M_inodes) > 0
				     ? ol_min(reclaimable - s.dentry_kb, ol_val(t, OL_M_inodes))
				     : 0;
	}
	s.dentry_kb = ol_min(s.dentry_kb, reclaimable);
	s.inode_kb = ol_min(s.inode_kb, reclaimable - s.dentry_kb);
	return s;
}

/*
 * The least that @held inodes can have: those of tmpfs first, which are no reclaimable slab, then
 * the smallest. What is always held is debugfs, tracefs and the like, with the smallest of all.
 */
static int64_t least_inodes_kb(const struct ol_tick *t, int64_t held)
{
	int64_t last = -1;
	double bytes = 0;

	while (held > 0) {
		int64_t size = INT64_MAX, objects = 0;

		for (uint32_t i = 0; i < t->tab[OL_T_SLAB].n; i++) {
			const struct ol_row *r = ol_tick_row(t, OL_T_SLAB, i);
			int64_t each = ol_above0(ol_row_val(r, OL_SLAB_object_bytes));

			if (ol_vfs_cache(ol_tick_span(t, r->name)) != OL_VFS_INODE)
				continue;
			if (ol_row_has(r, OL_SLAB_reclaimable) &&
			    !ol_row_val(r, OL_SLAB_reclaimable))
				each = 0;
			if (each > last && each < size)
				size = each, objects = 0;
			if (each == size)
				objects =
					ol_add(objects, ol_above0(ol_row_val(r, OL_SLAB_objects)));
		}
		if (size == INT64_MAX)
			break;
		bytes += (double)size * (double)ol_min(held, objects);
		held -= ol_min(held, objects);
		last = size;
	}
	return bytes < 1e18 ? (int64_t)bytes / 1024 : INT64_MAX / 1024;
}

/*
 * Slab with a shrinker. A dentry that somebody holds (an open file, a mount, a working directory, a
 * child) cannot go, nor can its inode. Two things are in the way of counting them:
 * - nr_unused is the length of the lists that reclaim walks, and a dentry that was used again stays
 *   there until reclaim meets it: a scan that holds 30000 files by descriptors that it opened after
 *   stat() shows all of them as unused (5.10 to 7.2, measured). What is "unused" may be held.
 * - a directory is held by its unused children and goes after them. So of nr_dentry - nr_unused as
 *   many as there are unused dentries may come back.
 * The rest is the least that is pinned; one held object keeps its whole slab, which can pin more.
 */
static int64_t put_slab(struct ol_avail *a, const struct ol_tick *t, const struct ol_ram *ram)
{
	int64_t slab = ram->kb[OL_RAM_SLAB_RECLAIMABLE], dentries = ol_val(t, OL_M_dentries);
	struct vfs_slab vfs = vfs_slab(t, slab);
	int64_t held = 0, held_d = 0, held_i = 0, inodes = ol_val(t, OL_M_inodes);
	double open_kb = 0;

	if (ol_has(t, OL_M_dentries) && ol_has(t, OL_M_dentries_unused) && dentries > 0) {
		int64_t unused = ol_above0(ol_val(t, OL_M_dentries_unused));

		held = ol_above0(ol_above0(dentries - unused) - unused);
		held_d = (int64_t)((double)vfs.dentry_kb * (double)held / (double)dentries);
		held_i = vfs.listed ? least_inodes_kb(t, ol_min(held, ol_above0(inodes)))
				    : ol_min(held, ol_above0(inodes)) / 2;
		held_i = ol_min(held_i, vfs.inode_kb);
		open_kb = (double)ol_vfs_open_files(t) *
			  ((double)vfs.dentry_kb / (double)dentries +
			   (double)vfs.inode_kb / (double)ol_max(inodes, 1));
	}
	reason(a, OL_AVAIL_SLAB_UNUSED, slab - held_d - held_i);
	if (open_kb < (double)ram->total_kb)
		reason(a, OL_AVAIL_SLAB_MAYBE_HELD,
		       ol_min((int64_t)open_kb, slab - held_d - held_i));
	reason(a, OL_AVAIL_DENTRIES_IN_USE, held_d);
	reason(a, OL_AVAIL_INODES_IN_USE, held_i);
	if (inodes > 0)
		reason(a, OL_AVAIL_INODE_SECURITY,
		       (int64_t)((double)ol_min(vfs.security_kb,
						ram->kb[OL_RAM_SLAB_UNRECLAIMABLE]) *
				 (double)ol_above0(inodes - held) / (double)inodes));
	return slab - held_d - held_i;
}

static void put_file(struct ol_avail *a, const struct ol_tick *t, const struct ol_ram *ram,
		     int64_t low_marks)
{
	int64_t lists = ol_above0(ol_val(t, OL_M_active_file_kb)) +
			ol_above0(ol_val(t, OL_M_inactive_file_kb));
	int64_t file = ram->kb[OL_RAM_FILE_CLEAN] + ram->kb[OL_RAM_FILE_MAPPED] +
		       ram->kb[OL_RAM_FILE_DIRTY] + ram->kb[OL_RAM_FILE_WRITEBACK] +
		       ram->kb[OL_RAM_BUFFERS];
	int64_t dirty = ram->kb[OL_RAM_FILE_DIRTY] + ram->kb[OL_RAM_FILE_WRITEBACK];
	int64_t clean, kept, guarded, mapped = ram->kb[OL_RAM_FILE_MAPPED];

	if (!ol_has(t, OL_M_active_file_kb)) /* 2.6.18: one pair of lists for everything */
		lists = file;
	lists = ol_min(lists, ram->total_kb);
	dirty = ol_min(dirty, lists);
	mapped = ol_min(mapped, lists - dirty);
	clean = lists - dirty - mapped;
	/* what is on the file lists and is no file: MADV_FREE */
	guarded = ol_min(protected_file_kb(t), clean);
	kept = ol_min((clean - guarded) / 2, low_marks);
	reason(a, OL_AVAIL_FILE_CLEAN, clean - guarded - kept);
	reason(a, OL_AVAIL_FILE_LAST, kept);
	reason(a, OL_AVAIL_FILE_MAPPED, mapped);
	reason(a, OL_AVAIL_FILE_DIRTY, dirty);
	reason(a, OL_AVAIL_MEMORY_MIN, guarded);
	reason(a, OL_AVAIL_FILE_UNEVICTABLE, ol_above0(file - lists));
	reason(a, OL_AVAIL_SHMEM, ram->kb[OL_RAM_SHMEM]);
}

/* Where kernel memory cannot come from all zones: HighMem on 32 bits, a Movable zone. */
static void put_lowmem(struct ol_avail *a, const struct ol_tick *t, const struct ol_ram *ram,
		       int64_t slab_unused)
{
	struct room all = zones_room(t, -1), low;
	int64_t mapped = ram->kb[OL_RAM_FILE_MAPPED], clean;
	int top = -1;

	for (uint32_t i = 0; i < t->tab[OL_T_ZONE].n; i++) {
		const struct ol_row *z = ol_tick_row(t, OL_T_ZONE, i);
		struct ol_span name = ol_tick_span(t, z->name);

		if ((ol_span_eqs(name, "HighMem") || ol_span_eqs(name, "Movable")) &&
		    ol_row_val(z, OL_ZONE_managed_pages) > 0)
			a->has_lowmem = true;
		else if (ol_span_eqs(name, "Normal") && z->sub > top)
			top = z->sub;
	}
	if (!a->has_lowmem || top < 0) {
		a->has_lowmem = false;
		return;
	}
	low = zones_room(t, top);
	clean = ol_above0(low.file - low.pending - ol_min(mapped, low.file));
	a->lowmem_certain_kb = low.above_high + clean - ol_min(clean / 2, low.low);
	a->lowmem_likely_kb = low.above_min + low.file + slab_unused;
	reason(a, OL_AVAIL_WRONG_ZONE,
	       ol_above0(all.above_min - low.above_min) + ol_above0(all.file - low.file));
}

/*
 * Not all that is free above the marks reaches one program: it needs a stack in the kernel and page
 * tables, and pages that are freed meanwhile stay on per-CPU lists (up to 13 MB of 190 on 7.2). The
 * same guest, tried again and again, gave up to 1.4 MB (0.8 % of its RAM) less than was free.
 */
enum { SPARE_MAX_KB = 16 << 10 };
/* The kernel's figure misleads when it is off by more than this part of RAM. */
enum { TOO_MUCH_NTH = 20 };

int ol_avail_of(const struct ol_tick *t, const struct ol_ram *ram, struct ol_avail *ret)
{
	struct ol_avail a = { 0 };
	struct room r = zones_room(t, -1);
	int64_t pcp = ram->kb[OL_RAM_FREE_PCP], slab_unused, maybe_held = 0;

	if (!ram->has[OL_RAM_FREE])
		return -ENODATA;
	a.has_kernel = ol_has(t, OL_M_mem_available_kb);
	a.kernel_kb = ol_val(t, OL_M_mem_available_kb);
	if (!r.has || !t->page_kb) { /* without watermarks nothing free is certain */
		r = (struct room){ .above_min = ram->kb[OL_RAM_FREE], .low = INT64_MAX };
		reason(&a, OL_AVAIL_FREE_UNCHECKED, r.above_min);
	} else {
		int64_t spare = ol_min(ram->total_kb / 100, SPARE_MAX_KB);

		spare = ol_min(spare, r.above_high);
		reason(&a, OL_AVAIL_FREE, r.above_high - spare);
		reason(&a, OL_AVAIL_FREE_RESERVE, r.above_min - r.above_high + spare);
		reason(&a, OL_AVAIL_FREE_KEPT, r.held_back);
	}
	/*
	 * Memory that no zone has yet: page descriptors that are initialised on demand, blocks
	 * being added. Otherwise MemFree is what the zones have.
	 */
	if (r.has && ram->kb[OL_RAM_FREE] - r.free > ram->total_kb / 200)
		reason(&a, OL_AVAIL_FREE_NO_ZONE, ram->kb[OL_RAM_FREE] - r.free);
	reason(&a, OL_AVAIL_FREE_PCP, pcp);
	put_file(&a, t, ram, r.low);
	slab_unused = put_slab(&a, t, ram);
	reason(&a, OL_AVAIL_MISC_RECLAIMABLE, ram->kb[OL_RAM_MISC_RECLAIMABLE]);
	if (ol_has(t, OL_M_arc_size_bytes) && ol_has(t, OL_M_arc_min_bytes))
		reason(&a, OL_AVAIL_ARC,
		       ol_min(ol_above0(ol_val(t, OL_M_arc_size_bytes) -
					ol_val(t, OL_M_arc_min_bytes)) /
				      1024,
			      ram->kb[OL_RAM_UNACCOUNTED]));
	reason(&a, OL_AVAIL_GPU,
	       ol_has(t, OL_M_gpu_reclaim_kb)
		       ? ol_min(ol_val(t, OL_M_gpu_reclaim_kb), ram->kb[OL_RAM_GPU])
		       : 0);
	reason(&a, OL_AVAIL_HUGETLB, ram->kb[OL_RAM_HUGETLB_FREE]);
	put_lowmem(&a, t, ram, slab_unused);
	for (unsigned i = 0; i < a.n; i++) {
		enum ol_avail_class class = ol_avail_defs[a.reasons[i].id].class;

		if (class == OL_AVAIL_CERTAIN)
			a.certain_kb += a.reasons[i].kb;
		if (class != OL_AVAIL_DOUBTFUL)
			a.likely_kb += a.reasons[i].kb;
		if (a.reasons[i].id == OL_AVAIL_SLAB_MAYBE_HELD)
			maybe_held = a.reasons[i].kb;
	}
	a.probable_kb = ol_max(a.likely_kb - maybe_held, a.certain_kb);
	a.kernel_too_much =
		a.has_kernel && a.kernel_kb - a.probable_kb > ram->total_kb / TOO_MUCH_NTH;
	*ret = a;
	return 0;
}
