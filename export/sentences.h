/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_EXPORT_SENTENCES_H
#define OL_EXPORT_SENTENCES_H

#include "analyze/judge/verdict.h"
#include "lib/out.h"

/* From the judge's findings to English: sentences.def has one sentence for each. */

/* What a finding says ends here, however long the names are that a log puts into it. */
enum { OL_SENTENCE_MAX = 1199, OL_VICTIM_WORDS_MAX = 239 };

/*
 * Adds the sentence of @f, which belongs to @e, to @o, a buffer in memory; nothing for OL_SAY_NONE.
 * Names stand in it as the log has them, so it is to be made safe like all else from outside.
 */
void ol_finding_words(struct ol_out *o, const struct ol_oom_event *e, struct ol_finding f);
/* The clauses of why this victim, one after the other. */
void ol_victim_words(struct ol_out *o, const struct ol_oom_event *e,
		     const struct ol_replay_victim *v);

/* The template of @id; NULL for OL_SAY_NONE and beyond. */
const char *ol_sentence(enum ol_say id);
/* The words of a phrase; NULL for OL_PHRASE_NONE. */
static inline const char *ol_phrase_words(enum ol_phrase p)
{
	return ol_sentence((enum ol_say)p);
}
/* "reclaimable slab (dentries, inodes)" */
const char *ol_part_words(enum ol_account_part p);
/* "page tables took much RAM"; NULL for OL_CAUSE_UNKNOWN */
const char *ol_cause_words(enum ol_cause c);

#endif
