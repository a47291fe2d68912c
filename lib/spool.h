/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_LIB_SPOOL_H
#define OL_LIB_SPOOL_H

#include <stddef.h>
#include <stdint.h>

/*
 * A file without a name in $TMPDIR, or in /var/tmp, for what does not fit into memory. Nobody else
 * can open it, and it is gone with its descriptor.
 */

/* Bytes that are put into one, at most. */
#define OL_SPOOL_MAX ((uint64_t)16 << 30)

int ol_spool_open(void); /* the descriptor, or -errno */
/* All @n bytes at @off, or -errno. */
int ol_spool_write(int fd, const void *buf, size_t n, uint64_t off);
int ol_spool_read(int fd, void *buf, size_t n, uint64_t off);

#endif
