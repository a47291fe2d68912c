/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_VFS_H
#define OL_ANALYZE_VFS_H

#include "collect/machine/tick.h"

/* Which slab caches hold what a scan of files leaves behind. */
enum ol_vfs_cache {
	OL_VFS_NONE,
	OL_VFS_DENTRY,
	OL_VFS_INODE,
	OL_VFS_SECURITY, /* what security modules keep per inode; counted as unreclaimable */
};
enum ol_vfs_cache ol_vfs_cache(struct ol_span name);

/* Open files of the machine: file-nr, or the cache that holds struct file. 0 when not known. */
int64_t ol_vfs_open_files(const struct ol_tick *t);

#endif
