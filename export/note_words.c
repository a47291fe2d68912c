// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/note_words.h"

#include "lib/human.h"

#include <stdio.h>

static const char *const note_words[OL_NOTE_MAX] = {
#define OL_NOTE_WORDS(id, text) [OL_NOTE_##id] = text,
#include "export/notes.def"
};

static const char *const avail_words[OL_AVAIL_MAX] = {
#define OL_AVAIL_WORDS(id, text) [OL_AVAIL_##id] = text,
#include "export/notes.def"
};

static const char *const hint_words[OL_HINT_MAX] = {
#define OL_HINT_WORDS(id, text) [OL_HINT_##id] = text,
#include "export/notes.def"
};

/* Nothing is without words; a second row for the same one is a warning. */
#define OL_NOTE_WORDS(id, text) +1
_Static_assert(0
#include "export/notes.def"
		       == (int)OL_NOTE_MAX,
	       "words for each note");
#define OL_AVAIL_WORDS(id, text) +1
_Static_assert(0
#include "export/notes.def"
		       == (int)OL_AVAIL_MAX,
	       "words for each reason");
#define OL_HINT_WORDS(id, text) +1
_Static_assert(0
#include "export/notes.def"
		       == (int)OL_HINT_MAX,
	       "words for each hint");

const char *ol_note_template(enum ol_note_id id)
{
	return note_words[id];
}

const char *ol_avail_words(enum ol_avail_id id)
{
	return avail_words[id];
}

const char *ol_hint_words(enum ol_ram_hint_id id)
{
	return hint_words[id];
}

/* Returns as snprintf(). */
static int put_value(char *to, size_t left, char kind, int64_t v)
{
	switch (kind) {
	case 'k':
		return snprintf(to, left, "%s", ol_fmt_kb(v).s);
	case 'p':
		return snprintf(to, left, "%lld.%02lld %%", (long long)v / 100, (long long)v % 100);
	case 'c':
		return snprintf(to, left, "%lld %%", (long long)v / 100 + (v % 100 >= 50));
	case 't':
		return snprintf(to, left, "%.1f", (double)v / 1000);
	default:
		return snprintf(to, left, "%lld", (long long)v);
	}
}

/* A share in brackets that would read 0 % is left out with what stands there. */
enum { SHARE_TOLD = 50 };

const char *ol_note_words(const struct ol_note *n, char to[OL_NOTE_ROOM])
{
	const int64_t *v = n->v;
	const struct ol_span *name = n->name;
	bool listed = false;
	size_t at = 0;

	for (const char *t = note_words[n->id]; *t && at < OL_NOTE_ROOM; t++) {
		size_t left = OL_NOTE_ROOM - at;

		if (*t == '[' && *v < SHARE_TOLD) {
			t += strcspn(t, "]");
			v++;
		} else if (*t == '[') {
			at += (size_t)snprintf(to + at, left, "%s", listed ? ", " : "");
			listed = true;
		} else if (*t == '{' && t[1] == 's') {
			at += (size_t)snprintf(to + at, left, OL_SPAN_FMT, OL_SPAN_ARG(*name));
			name++;
			t += 2;
		} else if (*t == '{') {
			at += (size_t)put_value(to + at, left, t[1], *v++);
			t += 2;
		} else if (*t != ']') {
			to[at++] = *t;
		}
	}
	to[at < OL_NOTE_ROOM ? at : OL_NOTE_ROOM - 1] = 0;
	return to;
}
