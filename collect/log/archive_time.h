/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_COLLECT_ARCHIVE_TIME_H
#define OL_COLLECT_ARCHIVE_TIME_H

#include <stdint.h>

struct archive_entry;

/* When an entry that says so was changed last: microseconds, as ol_file_us(). */
int64_t ol_archive_mtime_us(struct archive_entry *e);

#endif
