// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/log_events.h"

#include "analyze/judge/verdict.h"

#include <errno.h>

struct to {
	ol_event_fn fn;
	void *arg;
};

static int judged(void *arg, struct ol_oom_event *e)
{
	const struct to *to = arg;

	/* one too large to be judged has no verdict; from half of it, it may be another one */
	(void)ol_event_judge(e);
	return ol_had_no_memory() ? -ENOMEM : to->fn(to->arg, e);
}

int ol_log_events(struct ol_logsrc *log, ol_event_fn fn, void *arg, const atomic_bool *quit)
{
	struct ol_parser_opts opts = { .now_us = ol_now_us(), .live = true };
	struct to to = { fn, arg };
	struct ol_parser *p = ol_parser_new(&opts, judged, &to);
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
