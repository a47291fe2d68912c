// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/log_events.h"

#include <errno.h>

int ol_log_events(struct ol_logsrc *log, ol_event_fn fn, void *arg, const atomic_bool *quit)
{
	struct ol_parser_opts opts = { .now_us = ol_now_us() };
	struct ol_parser *p = ol_parser_new(&opts, fn, arg);
	struct ol_logchunk c;
	int r = p ? 0 : -ENOMEM;

	while (!r && !(quit && atomic_load(quit))) {
		r = ol_logsrc_next(log, &c);
		if (r < 0 || c.what == OL_LOG_EOF)
			break;
		if (c.what == OL_LOG_BEGIN)
			r = ol_parser_begin(p, c.name, c.mtime_us);
		else if (c.what == OL_LOG_DATA)
			r = ol_parser_feed(p, c.data.p, c.data.n);
		else if (c.what == OL_LOG_END)
			r = ol_parser_end(p);
		else if (c.what == OL_LOG_IDLE)
			r = ol_parser_idle(p, 1000000);
	}
	ol_parser_free(p);
	return r < 0 ? r : 0;
}
