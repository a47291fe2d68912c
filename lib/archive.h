/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_LIB_ARCHIVE_H
#define OL_LIB_ARCHIVE_H

#include <stdbool.h>

/*
 * What all readers of archives share of libarchive: which kinds there are, and how it speaks. Only
 * for builds that have it (OL_HAVE_ARCHIVE).
 */
struct archive;
struct archive_entry;

enum { OL_ARCHIVE_RETRIES = 16 }; /* of a call that says ARCHIVE_RETRY */

/*
 * A reader of compressed files, and with @tar of tars, plain or compressed; nothing is opened yet.
 * NULL: out of memory, or this libarchive lacks a kind.
 */
struct archive *ol_archive_reader(bool tar);

/* What it says is wrong; @a may be NULL. Lasts as long as @a and until its next call. */
const char *ol_archive_why(struct archive *a);

/* The path of an entry without its "./"; "?" when nothing can spell it. */
const char *ol_archive_path(struct archive_entry *e);

#endif
