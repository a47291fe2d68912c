/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_NO_LOG_H
#define OL_ANALYZE_NO_LOG_H

#include "lib/span.h"

/* Inputs that are no log, but what memory tools read and print (no_log.def). */
enum ol_no_log {
#define OL_NO_LOG(id, name, line) OL_NO_LOG_##id,
#include "analyze/dump/no_log.def"
#undef OL_NO_LOG
	OL_NO_LOG_MAX
};

/* A bit each of what @head, the beginning of an input, holds; *@ret_line: of the first. */
unsigned ol_no_log_in(struct ol_span head, uint64_t *ret_line);
const char *ol_no_log_name(enum ol_no_log what);

#endif
