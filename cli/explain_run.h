/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_CLI_EXPLAIN_RUN_H
#define OL_CLI_EXPLAIN_RUN_H

#include "analyze/dump/explain.h"
#include "cli/explain_ahead.h"
#include "cli/verb.h"
#include "collect/log/logsrc.h"
#include "analyze/dump/no_log.h"
#include "export/explain.h"

/* One run of `explain`: inputs are read, their events filtered and shown. */

enum ol_explain_form { FORM_TEXT, FORM_LIST, FORM_JSON, FORM_NDJSON, FORM_RAW };

#define OL_EXPLAIN_JOBS 64

#define INPUTS_MAX 1024 /* open at the same time; only --follow needs more than one */
#define FILES_MAX  65536 /* told about in JSON's "input" */

struct ol_explain_run {
	enum ol_explain_form form;
	struct ol_text_opts text;
	struct ol_ui ui;
	bool follow, progress;
	unsigned jobs; /* 0: as 1 */

	/* filters */
	int64_t since_us, until_us;
	const char *host, *comm, *container;
	int kind; /* -1: all */
	uint64_t last_n; /* 0: all */

	struct ol_out out;
	struct ol_explain_json json;
	uint64_t shown;
	bool singly; /* --events */
	struct ol_incidents *incidents; /* NULL: events are printed one by one */
	/* --lines: what the last N events are shown as, a ring */
	struct kept {
		char *p;
		size_t n;
	} * kept;
	uint64_t n_kept; /* that were ever in it */

	struct ol_parser_opts parse;
	struct input {
		uint32_t id;
		struct ol_parser *parser;
		char *name;
		struct ol_ahead *ahead; /* NULL: nobody looks ahead in it */
		uint64_t fed; /* bytes */
		bool named; /* when it is empty, that is told */
		unsigned no_log; /* what its beginning holds in place of a log, a bit each */
		uint64_t no_log_line;
	} inputs[INPUTS_MAX];
	unsigned n_inputs;
	struct ol_explain_file *files;
	size_t n_files;
	struct ol_explain_warning *warnings;
	size_t n_warnings;
	struct ol_parser *spare;
	struct ol_parser *carry; /* of a rotated log whose next file is to come */
	uint64_t events;
	/* what was looked at: inputs with anything in them, without (of those that were named) */
	uint64_t n_read, n_empty, bytes, lines;
	struct ol_span only; /* the name of the first that was read */
	unsigned no_log; /* what inputs without an event hold in place of a log, a bit each */
	uint64_t overwritten; /* records of /dev/kmsg, before the first one that was read */
	bool bare; /* neither FILE nor terminal: standard input is read */
	bool trouble;
	bool cut; /* a signal ended the reading */
	bool in_use; /* threads that would not end still use it: it is not to be freed */
	struct ol_span cut_in; /* of this log; absent: of none, or of several */

	/*
	 * One of several jobs: events that pass the filters are given to @deliver and not shown,
	 * and what is to be said stands in .warnings, about no line. NULL: this one shows and says.
	 */
	int (*deliver)(void *job, struct ol_oom_event *e);
	void *job;
	/* whose file others may search ahead of it tells them, NULL: that it is done */
	void (*look_ahead)(void *job, struct ol_ahead *a);
	unsigned helpers; /* how many there may be, at most */
	const bool *stop; /* set by another thread: read no more */
	/* bytes on disk; a job's is read by another thread: on 32 bits too it is aligned to 8 */
	_Alignas(8) uint64_t consumed;
};

/* Reads all of @src. 0, or what showing an event returned. */
int ol_explain_read(struct ol_explain_run *r, struct ol_logsrc *src);
/* The same with .jobs threads, each with a log of its own; what is shown is the same. */
int ol_explain_jobs(struct ol_explain_run *r, struct ol_logsrc *src);
void ol_explain_add_warning(struct ol_explain_run *r, struct ol_span file, uint64_t line,
			    struct ol_span text);
void ol_explain_progress(struct ol_explain_run *r, uint64_t consumed, uint64_t total,
			 int64_t started_us);
void ol_explain_clear_progress(const struct ol_explain_run *r);

/* What one event is shown as, without what separates it from others; not for incidents. */
void ol_explain_render(const struct ol_explain_run *r, struct ol_oom_event *e, struct ol_out *o);
/* Shows what was rendered so. */
int ol_explain_show_rendered(struct ol_explain_run *r, struct ol_span text);
/* Judges an event that passed the filters, if nobody has yet. 0 or -ENOMEM. */
int ol_explain_judge(struct ol_oom_event *e);
/* The same and shows it: folds it into its incident, keeps it for --lines, or prints it. */
int ol_explain_show(struct ol_explain_run *r, struct ol_oom_event *e);
/* --lines: shows what was kept. */
int ol_explain_print_kept(struct ol_explain_run *r);
/* Whose events become incidents (.incidents) gives them here when they are over. */
int ol_explain_print_incident(void *arg, const struct ol_incident *in);

/* Everything but its output and its incidents; and the run itself. */
void ol_explain_run_free(struct ol_explain_run *r);

#endif
