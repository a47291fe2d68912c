/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_EXPORT_EXPLAIN_H
#define OL_EXPORT_EXPLAIN_H

#include "analyze/dump/explain.h"
#include "analyze/judge/incident.h"
#include "lib/out.h"

/*
 * What `explain` prints. Nothing here reads or decides: an event goes in, bytes come out. An event
 * is passed without const only because derived tables (groups) are put into its arena.
 */

/* ---- JSON: explain.schema.json is the exact description ---- */

/* One EVENT object, as an element of the array (or as the line) that is open in @j. */
void ol_event_json(struct ol_json *j, struct ol_oom_event *e);

/*
 * --json: one object {"schema","events":[…],"input":{…}}; --ndjson (@lines): one EVENT per line and
 * nothing else. Flushing @o is the caller's business (when following, after each event).
 */
struct ol_explain_json {
	struct ol_json j;
	bool lines;
};

struct ol_explain_file {
	struct ol_span name;
	uint64_t bytes, lines, events;
	const struct ol_sign *signs; /* OL_SIGN_MAX of them; NULL: none */
};

struct ol_explain_warning {
	struct ol_span file; /* absent: about no file */
	uint64_t line; /* 0: about no line */
	struct ol_span text;
};

void ol_explain_json_begin(struct ol_explain_json *x, struct ol_out *o, bool lines);
void ol_explain_json_event(struct ol_explain_json *x, struct ol_oom_event *e);
/* The same for one that ol_event_json() wrote before, at depth 0. */
void ol_explain_json_rendered(struct ol_explain_json *x, struct ol_span event);
void ol_explain_json_end(struct ol_explain_json *x, const struct ol_explain_file *files,
			 size_t n_files, const struct ol_explain_warning *warnings,
			 size_t n_warnings);

/* ---- text ---- */

struct ol_text_opts {
	unsigned width; /* columns; 0 means 100, less than 40 is taken as 40 */
	bool color;
	bool full; /* everything that the event holds, with line numbers */
	bool utf8; /* the reader's locale has UTF-8 */
};

/* What a request could do and where it may go, a sentence or two, no newline. */
void ol_gfp_words(ol_gfp_set set, struct ol_out *o);

/* A sentence of safe text, no newline: "java (pid 12, 1.20 GiB) was killed: its container …" */
void ol_event_headline(struct ol_out *o, const struct ol_oom_event *e);

/* The summary of one event (about one screen), and with opts->full all the rest behind it. */
void ol_event_text(struct ol_out *o, struct ol_oom_event *e, const struct ol_text_opts *opts);

/*
 * Kills that belong together: the one that holds most as the caller kept it, then what is to be
 * said about all of them. Of a single event only the former.
 */
void ol_incident_text(struct ol_out *o, const struct ol_incident *in,
		      const struct ol_text_opts *opts);

/*
 * What is to be told, one line for each, before several incidents with many kills; nothing when
 * there are few.
 */
#define OL_OVERVIEW_LEAST 10
void ol_incidents_overview(struct ol_out *o, struct ol_incident *const *in, uint32_t n,
			   const struct ol_text_opts *opts);

/*
 * What a log shows besides memory (hung tasks, lockups …), for people; nothing when it shows
 * nothing.
 */
void ol_signs_text(struct ol_out *o, const struct ol_explain_file *files, size_t n_files,
		   bool any_event, const struct ol_text_opts *opts);

/* --list: one line per event below one line of column names. */
void ol_event_list_head(struct ol_out *o, const struct ol_text_opts *opts);
void ol_event_list_line(struct ol_out *o, const struct ol_oom_event *e,
			const struct ol_text_opts *opts);

/* --raw: the event's own lines, free of their transport, unprintable bytes as \xNN. */
void ol_event_raw(struct ol_out *o, const struct ol_oom_event *e);

#endif
