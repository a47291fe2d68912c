/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_EXPORT_NOTE_WORDS_H
#define OL_EXPORT_NOTE_WORDS_H

#include "analyze/memory/state.h"

/* The sentences of analyze/memory: export/notes.def. */

/*
 * The words of a note at @to, cut where there is no more room; returns @to. Names in it come from
 * outside: escape it on the way out.
 */
const char *ol_note_words(const struct ol_note *n, char to[OL_NOTE_ROOM]);
/* What it is made from, with {k} for an amount and so on. */
const char *ol_note_template(enum ol_note_id id);

/* What memory of this kind is and why it counts as it does. */
const char *ol_avail_words(enum ol_avail_id id);
const char *ol_hint_words(enum ol_ram_hint_id id);

#endif
