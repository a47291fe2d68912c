/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_COLLECT_ROOT_TAR_H
#define OL_COLLECT_ROOT_TAR_H

#include "lib/err.h"
#include "lib/span.h"

/*
 * A captured root that is a tar, plain or compressed, for collect/machine/root.c: read once, kept
 * in memory. Nothing is written, and no path of it is one of this machine's.
 *
 * A tar with one folder at its top and neither proc nor sys beside it (sosreport-host-date/) is
 * taken as if that folder were the top. Of entries of the same path the last one counts, as when
 * tar unpacks them; what is below a file is not there. Links of both kinds lead to places inside
 * only: "/" is the top, and ".." of the top is the top. Devices, sockets, FIFOs, and entries whose
 * own path has a ".." are not there.
 *
 * A tar that was made of /proc itself has empty files: they say that they have no bytes. So unless
 * there is the file "captured", which contrib/capture-root.sh writes, an empty file says nothing.
 * Nothing is made of an entry's time: it is when procfs made the inode, at best, and a capture's
 * time is in its file "captured".
 */
struct ol_root_tar;

/*
 * Reads all of the file @fd, which messages call @path and which stays the caller's. 0, or <0 with
 * a message: no tar, cut off, neither proc nor sys in it, out of memory, or -EFBIG: what no capture
 * comes near to (200,000 entries, 4 GiB unpacked, 256 MiB kept).
 */
int ol_root_tar_new(int fd, const char *path, struct ol_root_tar **ret, struct ol_err *err);
void ol_root_tar_free(struct ol_root_tar *t); /* @t may be NULL */

/* Its top folder. Files and folders are numbers, which stay what they are. */
int ol_root_tar_top(const struct ol_root_tar *t);
/*
 * @path (several names, links are followed) below the folder @dir, with O_DIRECTORY and O_NOFOLLOW
 * of open(2) in @flags; the number, or -errno as open(2).
 */
int ol_root_tar_find(const struct ol_root_tar *t, int dir, const char *path, int flags);
/*
 * All of a file; lasts as long as @t. 0, -EISDIR, -ENODATA (see above), or -EFBIG: it was too large
 * to be kept (8 MiB below a proc or sys, 1 MiB elsewhere).
 */
int ol_root_tar_text(const struct ol_root_tar *t, int file, struct ol_span *ret);
/* Where the link @name in @dir leads to, as it stands there. 0, -ENOENT, -EINVAL: it is none. */
int ol_root_tar_link(const struct ol_root_tar *t, int dir, const char *name, struct ol_span *ret);
/*
 * What is in a folder, by name. *@at is 0 at first; false: no more. The name lasts as long as @t,
 * the type is a DT_ of readdir(3).
 */
bool ol_root_tar_next(const struct ol_root_tar *t, int dir, uint32_t *at, struct ol_span *ret_name,
		      unsigned char *ret_type);

#endif
