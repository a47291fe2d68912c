/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a log. Fed whole and fed in pieces it says the same, to the last byte of JSON; every
 * output is safe to print and to parse, and what is accounted sums to the whole.
 */
#include "analyze/judge/verdict.h"
#include "export/explain.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/mutate.h"

struct turn {
	struct ol_out json; /* events, one per line */
	struct ol_incidents *incidents; /* NULL: only JSON */
	struct ol_text_opts text;
	struct ol_out out; /* for what is only checked */
};

static void check_sum(const struct ol_accounting *a)
{
	uint64_t sum = 0;

	if (!a->done || a->over_kb)
		return;
	for (int i = 0; i < OL_AC_MAX; i++) {
		must(a->has >> i & 1 || !a->kb[i]);
		sum += a->kb[i];
	}
	must(sum == a->total_kb);
}

static void check_event(struct turn *t, struct ol_oom_event *e)
{
	struct ol_incident *opened;

	if (e->verdict) {
		check_sum(&e->verdict->account);
		check_sum(&e->verdict->zone);
		for (uint32_t i = 0; i < e->verdict->evidence.n; i++)
			must(e->verdict->evidence.v[i].line <= e->last_line || e->continued_in.p);
	}
	must(e->first_line && (e->first_line <= e->last_line || e->continued_in.p));
	must(strlen(e->id) == 16);
	t->out.n = 0;
	ol_event_list_line(&t->out, e, &t->text);
	ol_event_raw(&t->out, e);
	ol_event_text(&t->out, e, &t->text);
	check_text(&t->out);
	must(!ol_incidents_add(t->incidents, e, &opened));
	if (opened)
		ol_incident_set_text(opened, check_all(&t->out));
}

static int on_event(void *arg, struct ol_oom_event *e)
{
	struct turn *t = arg;
	size_t from = t->json.n;
	struct ol_json j;

	(void)ol_event_judge(e);
	ol_json_init(&j, &t->json);
	ol_event_json(&j, e);
	if (t->incidents) {
		check_json(ol_span_skip(check_all(&t->json), from));
		check_event(t, e);
	}
	ol_out_char(&t->json, '\n');
	return 0;
}

static int on_incident(void *arg, const struct ol_incident *in)
{
	struct turn *t = arg;

	must(in->events && in->kills >= in->victims[0].count);
	t->out.n = 0;
	ol_incident_text(&t->out, in, &t->text);
	check_text(&t->out);
	return 0;
}

static void feed(struct ol_parser *p, const char *log, size_t n, size_t a, size_t b)
{
	struct ol_explain_file file = { .name = OL_SPAN("fuzz") };
	struct ol_parser_stats st;
	size_t warnings;

	/* the sink never says stop, and memory is not short */
	must(!ol_parser_begin(p, ol_span_str("fuzz"), OL_TIME_NONE));
	must(!ol_parser_feed(p, log, a) && !ol_parser_feed(p, log + a, b - a) &&
	     !ol_parser_feed(p, log + b, n - b) && !ol_parser_end(p));
	st = ol_parser_stats(p);
	must(st.bytes == n && st.lines <= n + 1);
	ol_parser_warnings(p, &warnings);
	file.signs = ol_parser_signs(p);
	(void)file;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ol_parser_opts opts = { .now_us = INT64_C(1773480413000000) };
	const char *log = (const char *)data;
	uint32_t h = hash_of(data, size);
	struct turn whole = { .text = { .width = 40 + h % 100, .full = h >> 8 & 1 } };
	struct turn pieces = { 0 };
	struct turn *now = &whole;
	size_t a, b;
	struct ol_parser *p;

	whole.text.utf8 = h >> 9 & 1;
	ol_out_init(&whole.json, -1);
	ol_out_init(&whole.out, -1);
	ol_out_init(&pieces.json, -1);
	whole.incidents = ol_incidents_new(on_incident, &whole);
	p = ol_parser_new(&opts, on_event, now);
	must(p && whole.incidents);
	feed(p, log, size, size, size);
	must(!ol_incidents_end(whole.incidents));
	ol_incidents_free(whole.incidents);
	whole.incidents = NULL;

	/* the same parser again: an input leaves nothing behind that the next one trips over */
	pieces.json = whole.json;
	ol_out_init(&whole.json, -1);
	a = size * (h >> 10 & 255) / 256;
	b = a + (size - a) * (h >> 18 & 255) / 256;
	feed(p, log, size, a, b);
	must(ol_span_eq(check_all(&whole.json), check_all(&pieces.json)));
	ol_parser_free(p);
	ol_out_done(&whole.json);
	ol_out_done(&pieces.json);
	ol_out_done(&whole.out);
	return 0;
}
