// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/verb.h"

extern const struct ol_verb ol_verb_explain, ol_verb_gfp, ol_verb_snap, ol_verb_top, ol_verb_watch;

const struct ol_verb *const ol_verbs[] = {
	&ol_verb_explain, &ol_verb_gfp, &ol_verb_snap, &ol_verb_top, &ol_verb_watch, NULL,
};

const struct ol_verb *ol_verb_find(const char *name)
{
	for (int i = 0; ol_verbs[i]; i++)
		if (!strcmp(ol_verbs[i]->name, name))
			return ol_verbs[i];
	return NULL;
}
