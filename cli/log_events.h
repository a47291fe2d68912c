/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_CLI_LOG_EVENTS_H
#define OL_CLI_LOG_EVENTS_H

#include <stdatomic.h>

#include "analyze/dump/explain.h"
#include "collect/log/logsrc.h"

/*
 * Gives every event of @log to @fn, until the log ends, @fn or the log fails, or *@quit (NULL:
 * never) is set. A log that is followed gives an event a second after its last line. 0, or -errno
 * of @fn or of memory that is out.
 */
int ol_log_events(struct ol_logsrc *log, ol_event_fn fn, void *arg, const atomic_bool *quit);

#endif
