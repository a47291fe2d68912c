/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_TEST_EXPLAIN_UTIL_H
#define OL_TEST_EXPLAIN_UTIL_H

/* What the tests of export/explain share: outputs as strings. Include it behind cmocka.h. */

#include "export/explain.h"
#include "export/textfmt.h"

static char *finish(struct ol_out *o)
{
	static char text[1 << 18];

	assert_int_equal(o->err, 0);
	assert_true(o->n < sizeof(text));
	if (o->n)
		memcpy(text, o->buf, o->n);
	text[o->n] = '\0';
	ol_out_done(o);
	return text;
}

static inline char *json_of(struct ol_oom_event *e)
{
	struct ol_json j;
	struct ol_out o;

	ol_out_init(&o, -1);
	ol_json_init(&j, &o);
	ol_event_json(&j, e);
	return finish(&o);
}

static inline char *text_of(struct ol_oom_event *e, struct ol_text_opts opts)
{
	struct ol_out o;

	ol_out_init(&o, -1);
	ol_event_text(&o, e, &opts);
	return finish(&o);
}

#endif
