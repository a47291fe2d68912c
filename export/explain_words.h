/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_EXPORT_EXPLAIN_WORDS_H
#define OL_EXPORT_EXPLAIN_WORDS_H

#include "analyze/dump/event.h"
#include "export/textfmt.h"

/* Phrases about an event that several outputs need: only for export/. They write safe text. */

/* A process name; in quotes when it holds anything that could be taken for our own words. */
void ol_words_comm(struct ol_out *o, struct ol_span comm);
/* "python3 (pid 4242, 498 MiB)": the parts that are known, "a process" when none is */
void ol_words_victim(struct ol_out *o, const struct ol_victim *v);
/* Was chosen, and a child of it killed instead. */
bool ol_words_spared(const struct ol_oom_event *e, uint32_t i);
/* Resident size at the time of the kill. False when the log does not say. */
bool ol_victim_rss_kb(const struct ol_victim *v, int64_t *ret_kb);

/* "512 MiB", or "131072 pages" when the page size is unknown */
struct ol_fmt ol_words_pages(const struct ol_oom_event *e, int64_t pages);
/* "4 KiB", "32 KiB (order 3)", or "8 pages (order 3)" */
void ol_words_order(struct ol_out *o, const struct ol_oom_event *e);
/* "2026-11-20 18:51:21 UTC"; without @long_form no zone and whole seconds. False: nothing known. */
bool ol_words_time(struct ol_out *o, const struct ol_oom_event *e, bool long_form);
/* Whose limit was reached: "its container", "foo.service", "cgroup /a/b"; "reached" follows. */
void ol_words_limit_owner(struct ol_out *o, const struct ol_oom_event *e);

/* The limit that was reached, as far as the numbers tell: "memory", "memory+swap", … */
struct ol_limit {
	const char *name;
	struct ol_val usage_kb, limit_kb;
};
struct ol_limit ol_event_limit(const struct ol_oom_event *e);

/* Where it stands: "kern.log:12-80", "a.log:7 to b.log:3" */
struct ol_place {
	struct ol_span file, last_file; /* .p NULL: not known, the same one */
	uint64_t first, last; /* lines; no last: 0 */
	size_t most; /* bytes of a name; its end is shown */
};
void ol_words_place(struct ol_page *pg, const struct ol_place *at);

#endif
