// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/memory/vfs.h"
#include "lib/num.h"

enum ol_vfs_cache ol_vfs_cache(struct ol_span name)
{
	if (ol_span_eqs(name, "dentry") || ol_span_eqs(name, "dentry_cache"))
		return OL_VFS_DENTRY;
	if (ol_span_eqs(name, "lsm_inode_cache") || ol_span_eqs(name, "selinux_inode_security"))
		return OL_VFS_SECURITY;
	if (ol_span_ends(name, OL_SPAN("inode_cache")) || ol_span_ends(name, OL_SPAN("_inode")))
		return OL_VFS_INODE;
	return OL_VFS_NONE;
}

int64_t ol_vfs_open_files(const struct ol_tick *t)
{
	const struct ol_row *r;

	if (ol_has(t, OL_M_files_open))
		return ol_above0(ol_val(t, OL_M_files_open));
	r = ol_tick_find(t, OL_T_SLAB, OL_SPAN("filp"), 0, 0);
	return r ? ol_above0(ol_row_val(r, OL_SLAB_active_objects)) : 0;
}
