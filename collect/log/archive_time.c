// SPDX-License-Identifier: GPL-2.0-or-later
/* Compiled with the compiler's own time_t (see Makefile): the libc of 32 bits has two. */
#include "collect/log/archive_time.h"

#ifdef OL_HAVE_ARCHIVE
#include <archive_entry.h>

#include "lib/clock.h"

int64_t ol_archive_mtime_us(struct archive_entry *e)
{
	return ol_file_us(archive_entry_mtime(e), archive_entry_mtime_nsec(e));
}
#endif
