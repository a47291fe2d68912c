/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_COLLECT_WINDOW_H
#define OL_COLLECT_WINDOW_H

#include "lib/span.h"

/*
 * A part of a plain file, mapped: reading it copies nothing. A log that is truncated while it is
 * mapped (copytruncate), or whose disk fails, does not kill the reader: bytes that are gone read as
 * NULs, and ol_window_close() tells.
 */
struct ol_window {
	char *map; /* NULL: none */
	size_t map_n;
	struct ol_span data; /* the file's bytes from the offset that was asked for */
};

/*
 * The @n bytes of @fd at @off, which must be there. 0 or -errno: then read(2) is left (not every
 * file system can map). One window a thread at a time; the process's SIGBUS is taken.
 */
int ol_window_open(struct ol_window *w, int fd, uint64_t off, size_t n);
/* True when some of its bytes went away while it was open. */
bool ol_window_close(struct ol_window *w);

#endif
