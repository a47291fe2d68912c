/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_EXPORT_EXPLAIN_FULL_H
#define OL_EXPORT_EXPLAIN_FULL_H

#include "analyze/dump/event.h"
#include "export/textfmt.h"

/* --full: everything the event holds below the summary, each fact behind its line in the log. */
void ol_event_full(struct ol_page *pg, struct ol_oom_event *e);

#endif
