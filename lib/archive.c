// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/archive.h"

#ifdef OL_HAVE_ARCHIVE
#include <archive.h>
#include <archive_entry.h>
#include <stddef.h>

/*
 * Only what libarchive decodes itself where it was built whole: its other filters (lrzip, grzip,
 * lzop) start programs by name.
 */
struct archive *ol_archive_reader(bool tar)
{
	static int (*const add[])(struct archive *) = {
		archive_read_support_filter_gzip, archive_read_support_filter_xz,
		archive_read_support_filter_zstd, archive_read_support_filter_bzip2,
		archive_read_support_filter_lz4,  archive_read_support_filter_compress,
		archive_read_support_format_raw,  archive_read_support_format_empty,
		archive_read_support_format_tar,
	};
	struct archive *a = archive_read_new();

	/* one that is missing would make of a tar a text, and of a text nothing */
	for (size_t i = 0; a && i + !tar < sizeof(add) / sizeof(add[0]); i++)
		if (add[i](a) == ARCHIVE_FATAL) {
			archive_read_free(a);
			a = NULL;
		}
	return a;
}

const char *ol_archive_why(struct archive *a)
{
	const char *msg = a ? archive_error_string(a) : "out of memory";

	return msg ? msg : "broken";
}

const char *ol_archive_path(struct archive_entry *e)
{
	/* The first is NULL for names that the present locale cannot spell. */
	const char *p = archive_entry_pathname(e);

	if (!p)
		p = archive_entry_pathname_utf8(e);
	if (!p)
		return "?";
	while (p[0] == '.' && p[1] == '/')
		p += 2;
	return p;
}
#endif
