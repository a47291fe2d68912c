/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_EXPORT_EXPLAIN_VERDICT_H
#define OL_EXPORT_EXPLAIN_VERDICT_H

#include "export/sentences.h"
#include "export/textfmt.h"
#include "lib/out.h"

/* What was concluded about an event: only for export/. No verdict, no output. */

/* The verdict, or NULL when none was reached. */
static inline const struct ol_verdict *ol_event_verdict(const struct ol_oom_event *e)
{
	return e->verdict && e->verdict->done && e->verdict->headline.id ? e->verdict : NULL;
}

/* "replay", "accounting", "verdict" as members of the event that is open in @j. */
void ol_json_verdict(struct ol_json *j, const struct ol_oom_event *e);

/*
 * The summary, from the top: what happened; the proof; where the memory was; what to do and how
 * sure that is.
 */
void ol_text_headline(struct ol_page *pg, const struct ol_oom_event *e);
void ol_text_proof(struct ol_page *pg, const struct ol_oom_event *e);
/* Why this victim. */
void ol_text_chosen(struct ol_page *pg, const struct ol_oom_event *e, const char *label);
void ol_text_accounts(struct ol_page *pg, const struct ol_verdict *v);
/* The table is about the zone that decided, and not about all RAM. */
bool ol_text_shows_zone(const struct ol_verdict *v);
void ol_text_advice(struct ol_page *pg, const struct ol_oom_event *e);
/* --full: the request tried again, the choice of the victim, evidence with line numbers. */
void ol_text_replay(struct ol_page *pg, const struct ol_oom_event *e);

#endif
