// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/explain.h"
#include "cli/verb.h"
#include "collect/logsrc.h"
#include "collect/priv.h"
#include "export/explain.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum form { FORM_TEXT, FORM_LIST, FORM_JSON, FORM_NDJSON, FORM_RAW };

#define INPUTS_MAX 1024 /* open at the same time; only --follow needs more than one */
#define FILES_MAX  65536 /* told about in JSON's "input" */

static const struct ol_option options[] = {
	{ "json", NULL, "one JSON object with all events", NULL, 'j' },
	{ "ndjson", NULL, "one JSON event per line, as soon as it is complete", NULL, 0 },
	{ "list", NULL, "one line per event", NULL, 'l' },
	{ "raw", NULL, "the original lines of each event, free of their transport", NULL, 0 },
	{ "incidents", NULL, "kills of one cause as one incident: the default", NULL, 'i' },
	{ "events", NULL, "each event by itself", NULL, 'e' },
	{ "full", NULL, "everything that the events hold, with line numbers", NULL, 'a' },
	{ "dmesg", NULL, "read this machine's kernel log (/dev/kmsg)", NULL, 'd' },
	{ "journal", "[=DIR]", "read the systemd journal, or the journal files in DIR", NULL, 'J' },
	{ "all-transports", NULL, "journal: also what did not come from the kernel", NULL, 0 },
	{ "follow", NULL, "keep reading what is appended; rotated files are followed", NULL, 'f' },
	{ "since", "TIME",
	  "only events from then on: \"10 min ago\", today, 2026-11-20 18:51, @epoch", NULL, 'S' },
	{ "until", "TIME", "only events up to then", NULL, 'U' },
	{ "host", "NAME", "only events of this host", NULL, 0 },
	{ "comm", "NAME", "only events whose victim or trigger has this name", NULL, 'c' },
	{ "container", "TEXT",
	  "only events whose container id, pod, unit or cgroup path has this in it", NULL, 'C' },
	{ "kind", "KIND", "only events of this kind",
	  "oom alloc_failure kill_only panic userspace_kill", 'k' },
	{ "lines", "N", "only the last N events", NULL, 'n' },
	{ "kernel", "RELEASE", "numbering for masks in dumps that do not tell their kernel", NULL,
	  'K' },
	{ "no-progress", NULL, "no progress line on the terminal", NULL, 0 },
	{ NULL, NULL, NULL, NULL, 0 },
};

struct run {
	enum form form;
	struct ol_text_opts text;
	struct ol_ui ui;
	bool follow, progress;

	/* filters */
	int64_t since_us, until_us;
	const char *host, *comm, *container;
	int kind; /* -1: all */
	uint64_t last_n; /* 0: all */

	struct ol_out out;
	struct ol_explain_json json;
	bool json_open;
	uint64_t shown;
	bool singly; /* --events */
	struct ol_incidents *incidents; /* NULL: events are printed one by one */
	/* --lines: finished outputs of the last N events, a ring */
	struct kept {
		char *p;
		size_t n;
	} * kept;

	struct ol_parser_opts parse;
	struct input {
		uint32_t id;
		struct ol_parser *parser;
		char *name;
	} inputs[INPUTS_MAX];
	unsigned n_inputs;
	struct ol_explain_file *files;
	size_t n_files;
	struct ol_explain_warning *warnings;
	size_t n_warnings;
	struct ol_parser *spare;
	struct ol_parser *carry; /* of a rotated log whose next file is to come */
	uint64_t events;
	bool trouble;
};

static volatile sig_atomic_t interrupted;

static void on_signal(int sig)
{
	interrupted = sig;
}

/* ---- filters ---- */

static bool has(struct ol_span s, const char *part)
{
	return s.p && ol_span_find(s, ol_span_str(part)) >= 0;
}

static bool wanted(const struct run *r, const struct ol_oom_event *e)
{
	bool ok;

	if (r->kind >= 0 && (int)e->kind != r->kind)
		return false;
	if (r->host && !ol_span_eqs(e->host, r->host))
		return false;
	/*
	 * An event without a time cannot be shown to be outside. A stamp without a zone is taken
	 * for
	 * this machine's, as the user's "18:51" is: what is read off the log can be asked for.
	 */
	if (e->wall_us != OL_TIME_NONE) {
		int64_t at = e->wall_zone ? e->wall_us : ol_local_us(e->wall_us);

		if (at < r->since_us || at > r->until_us)
			return false;
	}
	if (r->comm) {
		ok = ol_span_eqs(e->trigger_comm.s, r->comm);
		for (uint32_t i = 0; i < e->victims.n && !ok; i++)
			ok = ol_span_eqs(e->victims.v[i].comm.s, r->comm);
		if (!ok)
			return false;
	}
	if (r->container && !has(e->container.id, r->container) &&
	    !has(e->container.pod_uid, r->container) && !has(e->container.unit, r->container) &&
	    !has(e->container.name, r->container) && !has(e->task_memcg.s, r->container) &&
	    !has(e->oom_memcg.s, r->container))
		return false;
	return true;
}

/* ---- output ---- */

static void print_event(struct run *r, struct ol_oom_event *e)
{
	switch (r->form) {
	case FORM_JSON:
	case FORM_NDJSON:
		ol_explain_json_event(&r->json, e);
		break;
	case FORM_LIST:
		if (!r->shown)
			ol_event_list_head(&r->out, &r->text);
		ol_event_list_line(&r->out, e, &r->text);
		break;
	case FORM_RAW:
		if (r->shown)
			ol_out_char(&r->out, '\n');
		ol_event_raw(&r->out, e);
		break;
	case FORM_TEXT:
		if (r->shown)
			ol_out_char(&r->out, '\n');
		ol_event_text(&r->out, e, &r->text);
		break;
	}
	r->shown++;
}

static void clear_progress(const struct run *r)
{
	if (r->progress && r->ui.tty_err)
		(void)!write(STDERR_FILENO, "\r\033[K", 4);
}

static int print_incident(void *arg, const struct ol_incident *in)
{
	struct run *r = arg;

	if (r->shown++)
		ol_out_char(&r->out, '\n');
	ol_incident_text(&r->out, in, &r->text);
	return r->out.err;
}

/* Only the first event of an incident is explained; it is printed when the incident is over. */
static int fold_event(struct run *r, struct ol_oom_event *e)
{
	struct ol_incident *opened;
	struct ol_out mem;
	int x = ol_incidents_add(r->incidents, e, &opened);

	if (x || !opened)
		return x;
	ol_out_init(&mem, -1);
	mem.ascii = r->out.ascii;
	ol_event_text(&mem, e, &r->text);
	x = mem.err ? mem.err : ol_incident_set_text(opened, ol_span(mem.buf, mem.n));
	ol_out_done(&mem);
	return x == -E2BIG ? 0 : x;
}

static int on_event(void *arg, struct ol_oom_event *e)
{
	struct run *r = arg;
	int x;

	if (!wanted(r, e))
		return 0;
	if (r->incidents)
		return fold_event(r, e);
	if (r->last_n) {
		struct kept *k = &r->kept[r->shown % r->last_n];
		struct ol_out mem;
		struct ol_out real = r->out;

		ol_out_init(&mem, -1);
		mem.ascii = real.ascii;
		r->out = mem;
		print_event(r, e);
		free(k->p);
		/* a buffer has room for much more than one line */
		k->p = r->out.n ? realloc(r->out.buf, r->out.n) : NULL;
		if (!k->p)
			k->p = r->out.buf;
		k->n = r->out.n;
		x = r->out.err;
		r->out = real;
		return x;
	}
	print_event(r, e);
	/* a stream's reader waits for this event, not for the next 64 KiB */
	if (r->form == FORM_NDJSON || r->follow) {
		clear_progress(r);
		return ol_out_flush(&r->out);
	}
	return r->out.err;
}

static void print_kept(struct run *r)
{
	uint64_t first = r->shown > r->last_n ? r->shown - r->last_n : 0;

	for (uint64_t i = first; i < r->shown; i++) {
		struct kept *k = &r->kept[i % r->last_n];
		size_t skip = 0;

		/* what separates events stands in front of each but the first of all */
		if (i == first && first > 0 && k->n &&
		    (r->form == FORM_JSON                          ? k->p[0] == ','
		     : r->form == FORM_TEXT || r->form == FORM_RAW ? k->p[0] == '\n'
								   : false))
			skip = 1;
		if (i == first && first > 0 && r->form == FORM_LIST)
			ol_event_list_head(&r->out, &r->text);
		ol_out_bytes(&r->out, k->p + skip, k->n - skip);
	}
	for (uint64_t i = 0; i < r->last_n; i++)
		free(r->kept[i].p);
	free(r->kept);
	r->kept = NULL;
}

/* ---- progress: only on a terminal, only when it takes longer than a second ---- */

static void show_progress(struct run *r, const struct ol_logchunk *c, int64_t started_us)
{
	static int64_t last;
	int64_t now = ol_mono_us();
	double seconds = (double)(now - started_us) / 1e6, mb = (double)c->consumed / 1e6;
	char line[200];
	int n;

	if (!r->progress || now - started_us < 1000000 || now - last < 200000)
		return;
	last = now;
	if (c->total > c->consumed)
		n = snprintf(line, sizeof(line),
			     "\r\033[K%.0f of %.0f MB  %.0f MB/s  %llu events  %.0f s left", mb,
			     (double)c->total / 1e6, mb / seconds, (unsigned long long)r->events,
			     (double)(c->total - c->consumed) / 1e6 / (mb / seconds + 1e-9));
	else
		n = snprintf(line, sizeof(line), "\r\033[K%.0f MB  %.0f MB/s  %llu events", mb,
			     mb / seconds, (unsigned long long)r->events);
	if (n > 0)
		(void)!write(STDERR_FILENO, line, (size_t)n);
}

/* ---- inputs ---- */

static int count_event(void *arg, struct ol_oom_event *e)
{
	struct run *r = arg;

	r->events++;
	return on_event(r, e);
}

static struct input *input_find(struct run *r, uint32_t id)
{
	for (unsigned i = 0; i < r->n_inputs; i++)
		if (r->inputs[i].id == id)
			return &r->inputs[i];
	return NULL;
}

static int input_begin(struct run *r, const struct ol_logchunk *c)
{
	struct ol_parser *carried;
	struct input *in;

	if (r->n_inputs == INPUTS_MAX) {
		ol_say("too many inputs at a time");
		return -EMFILE;
	}
	in = &r->inputs[r->n_inputs];
	carried = r->carry;
	in->parser = carried    ? carried
		     : r->spare ? r->spare
				: ol_parser_new(&r->parse, count_event, r);
	if (!carried)
		r->spare = NULL;
	r->carry = NULL;
	in->id = c->input;
	in->name = malloc(c->name.n + 1);
	if (!in->parser || !in->name)
		return -ENOMEM;
	memcpy(in->name, c->name.p, c->name.n);
	in->name[c->name.n] = 0;
	r->n_inputs++;
	return carried ? ol_parser_continue(in->parser, c->name, c->mtime_us)
		       : ol_parser_begin(in->parser, c->name, c->mtime_us);
}

static struct ol_span keep_span(struct ol_span s)
{
	char *p = malloc(s.n ? s.n : 1);

	if (p && s.n)
		memcpy(p, s.p, s.n);
	if (!p)
		ol_no_memory();
	return ol_span(p, p ? s.n : 0);
}

static void add_warning(struct run *r, struct ol_span file, uint64_t line, struct ol_span text)
{
	struct ol_explain_warning *w;

	if (r->n_warnings >= 1000)
		return;
	w = realloc(r->warnings, (r->n_warnings + 1) * sizeof(*w));
	if (!w) {
		ol_no_memory();
		return;
	}
	r->warnings = w;
	w[r->n_warnings++] = (struct ol_explain_warning){ file.p ? keep_span(file) : file, line,
							  keep_span(text) };
}

static const struct ol_sign *keep_signs(const struct ol_parser *p)
{
	const struct ol_sign *s = ol_parser_signs(p);
	struct ol_sign *copy;
	uint64_t any = 0;

	for (int k = 0; k < OL_SIGN_MAX; k++)
		any += s[k].count;
	copy = any ? malloc(OL_SIGN_MAX * sizeof(*s)) : NULL;
	if (any && !copy)
		ol_no_memory();
	return copy ? memcpy(copy, s, OL_SIGN_MAX * sizeof(*s)) : NULL;
}

/* @goes_on: the next input is the same log, rotated later, and may hold the end of a dump */
static int input_end(struct run *r, struct input *in, bool goes_on)
{
	int x = goes_on ? ol_parser_turn(in->parser) : ol_parser_end(in->parser);
	struct ol_parser_stats st = ol_parser_stats(in->parser);
	const struct ol_warning *w;
	struct ol_explain_file *f = NULL;
	size_t n;

	w = ol_parser_warnings(in->parser, &n);
	for (size_t i = 0; i < n; i++)
		add_warning(r, ol_span_str(in->name), w[i].line, ol_span_str(w[i].text));
	if (r->n_files < FILES_MAX && (r->form == FORM_JSON || r->form == FORM_TEXT)) {
		f = realloc(r->files, (r->n_files + 1) * sizeof(*f));
		if (!f)
			ol_no_memory();
	}
	if (f) {
		r->files = f;
		f[r->n_files++] =
			(struct ol_explain_file){ keep_span(ol_span_str(in->name)), st.bytes,
						  st.lines, st.events, keep_signs(in->parser) };
	}
	free(in->name);
	if (goes_on)
		r->carry = in->parser;
	else if (r->spare)
		ol_parser_free(in->parser);
	else
		r->spare = in->parser;
	*in = r->inputs[--r->n_inputs];
	return x;
}

/* The file that was to go on does not come (unreadable, interrupted). */
static int drop_carry(struct run *r)
{
	int x;

	if (!r->carry)
		return 0;
	x = ol_parser_end(r->carry);
	ol_parser_free(r->carry);
	r->carry = NULL;
	return x;
}

static int read_all(struct run *r, struct ol_logsrc *src)
{
	int64_t started = ol_mono_us();
	struct ol_logchunk c;
	struct input *in;
	int x = 0, y;

	while (!x && !interrupted) {
		x = ol_logsrc_next(src, &c);
		if (x < 0) {
			ol_say("%s", c.err.msg);
			r->trouble = true;
			break;
		}
		in = input_find(r, c.input);
		switch (c.what) {
		case OL_LOG_BEGIN:
			x = input_begin(r, &c);
			break;
		case OL_LOG_DATA:
			if (in)
				x = ol_parser_feed(in->parser, c.data.p, c.data.n);
			show_progress(r, &c, started);
			break;
		case OL_LOG_END:
			if (in)
				x = input_end(r, in, c.goes_on);
			break;
		case OL_LOG_WARN:
			clear_progress(r);
			ol_say("%s", c.err.msg);
			add_warning(r, c.name, 0, ol_span_str(c.err.msg));
			r->trouble = true;
			x = drop_carry(r);
			break;
		case OL_LOG_IDLE:
			for (unsigned i = 0; i < r->n_inputs && !x; i++)
				x = ol_parser_idle(r->inputs[i].parser, 3000000);
			if (!x && r->follow)
				x = ol_out_flush(&r->out);
			break;
		case OL_LOG_EOF:
			goto out;
		}
	}
out:
	y = drop_carry(r);
	x = x ? x : y;
	while (r->n_inputs) {
		y = input_end(r, &r->inputs[0], false);

		x = x ? x : y;
	}
	clear_progress(r);
	return x;
}

/* ---- the verb ---- */

extern const struct ol_verb ol_verb_explain;

static int kind_of(const char *name)
{
	for (int k = 0; k < OL_EV_KIND_MAX; k++)
		if (!strcmp(name, ol_event_kind_name((enum ol_event_kind)k)))
			return k;
	return -1;
}

struct sources {
	bool dmesg, journal;
	const char *journal_dir;
};

/* One option of our own: 0, or -1 after telling the user. */
static int option(struct run *r, struct ol_logsrc_opts *lo, struct sources *from,
		  const struct ol_option *opt, const char *arg)
{
	int64_t now = r->parse.now_us, *when;
	const char *n = opt->name;

	if (!strcmp(n, "json")) {
		r->form = FORM_JSON;
	} else if (!strcmp(n, "ndjson")) {
		r->form = FORM_NDJSON;
	} else if (!strcmp(n, "list")) {
		r->form = FORM_LIST;
	} else if (!strcmp(n, "raw")) {
		r->form = FORM_RAW;
	} else if (!strcmp(n, "events")) {
		r->singly = true;
	} else if (!strcmp(n, "incidents")) {
		r->singly = false;
	} else if (!strcmp(n, "full")) {
		r->text.full = true;
	} else if (!strcmp(n, "dmesg")) {
		from->dmesg = true;
	} else if (!strcmp(n, "journal")) {
		from->journal = true;
		from->journal_dir = arg;
	} else if (!strcmp(n, "all-transports")) {
		lo->all_transports = true;
	} else if (!strcmp(n, "follow")) {
		lo->follow = r->follow = true;
	} else if (!strcmp(n, "since") || !strcmp(n, "until")) {
		when = n[0] == 's' ? &r->since_us : &r->until_us;
		if (ol_time_parse(ol_span_str(arg), now, when) < 0) {
			ol_say("--%s does not understand '%s'; try \"10 min ago\" or 2026-11-20 "
			       "18:51",
			       n, arg);
			return -1;
		}
		*(n[0] == 's' ? &lo->since_us : &lo->until_us) = *when;
	} else if (!strcmp(n, "host")) {
		r->host = arg;
	} else if (!strcmp(n, "comm")) {
		r->comm = arg;
	} else if (!strcmp(n, "container")) {
		r->container = arg;
	} else if (!strcmp(n, "kind")) {
		r->kind = kind_of(arg);
		if (r->kind < 0) {
			ol_say("--kind takes one of: %s", opt->values);
			return -1;
		}
	} else if (!strcmp(n, "lines")) {
		if (!ol_span_u64(ol_span_str(arg), &r->last_n) || !r->last_n ||
		    r->last_n > 1000000) {
			ol_say("--lines takes a number from 1 to 1000000, not '%s'", arg);
			return -1;
		}
	} else if (!strcmp(n, "kernel")) {
		r->parse.kernel = ol_span_str(arg);
		if (!ol_gfp_era_for_release(r->parse.kernel)) {
			ol_say("'%s' is no kernel release; write it as uname -r does: 3.2, 6.12.9",
			       arg);
			return -1;
		}
	} else if (!strcmp(n, "no-progress")) {
		r->progress = false;
	}
	return 0;
}

/* Without FILE: this machine's kernel log, from kmsg or else the journal. */
static int add_this_machine(struct ol_logsrc *src)
{
	struct ol_err kmsg = { "" }, journal = { "" };

	if (ol_logsrc_add_kmsg(src, &kmsg) == 0)
		return 0;
	if (ol_logsrc_add_journal(src, NULL, &journal) == 0)
		return 0;
	ol_say("%s", kmsg.msg);
	ol_say("%s", journal.msg);
	ol_say("neither may be read here; name a FILE, or - for stdin");
	return -1;
}

/*
 * What this program names itself is opened first, with whatever privilege its file was given; all
 * that the user names with the user's own rights. Files are opened when their turn comes, rotated
 * ones at any time, so root keeps the right to read until the end when there are any.
 */
static int add_sources(struct ol_logsrc *src, struct run *r, const struct sources *from,
		       char **files, int n)
{
	bool named = from->journal_dir != NULL, opened = from->dmesg || from->journal;
	struct ol_err err = { "" };
	int bad = 0;

	for (int i = 0; i < n; i++)
		named |= strcmp(files[i], "-") != 0;
	if ((from->dmesg && ol_logsrc_add_kmsg(src, &err) < 0) ||
	    (from->journal && !from->journal_dir && ol_logsrc_add_journal(src, NULL, &err) < 0)) {
		ol_say("%s", err.msg);
		return -1;
	}
	if (!named && !opened && isatty(STDIN_FILENO)) {
		if (add_this_machine(src) < 0)
			return -1;
		opened = true;
	}
	if ((named ? ol_priv_own(&err) : ol_priv_drop(&err)) < 0) {
		ol_say("%s", err.msg);
		return -1;
	}
	for (int i = 0; i < n; i++)
		if (ol_logsrc_add_path(src, files[i], &err) < 0) {
			ol_say("%s", err.msg);
			add_warning(r, ol_span_str(files[i]), 0, ol_span_str(err.msg));
			bad++;
		}
	r->trouble = bad > 0;
	if (from->journal_dir && ol_logsrc_add_journal(src, from->journal_dir, &err) < 0) {
		ol_say("%s", err.msg);
		return -1;
	}
	if (n || opened)
		return bad && bad == n && !opened ? -1 : 0;
	if (ol_logsrc_add_path(src, "-", &err) < 0) {
		ol_say("%s", err.msg);
		return -1;
	}
	return 0;
}

static void catch_interrupt(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	/* no SA_RESTART: a read that waits must come back; the second signal kills */
	sa.sa_flags = (int)SA_RESETHAND;
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

static int run_inputs(struct run *r, struct ol_logsrc *src)
{
	bool json = r->form == FORM_JSON || r->form == FORM_NDJSON;
	int x, y;

	if (json)
		ol_explain_json_begin(&r->json, &r->out, r->form == FORM_NDJSON);
	x = read_all(r, src);
	if (r->incidents) {
		y = ol_incidents_end(r->incidents);
		x = x ? x : y;
	}
	if (r->last_n)
		print_kept(r);
	if (json)
		ol_explain_json_end(&r->json, r->files, r->n_files, r->warnings, r->n_warnings);
	else if (!r->shown && r->form == FORM_TEXT && !x)
		ol_out_str(&r->out,
			   r->events ? "No event passes the filters.\n"
				     : "No OOM kill and no failed allocation in this log.\n");
	if (r->form == FORM_TEXT)
		ol_signs_text(&r->out, r->files, r->n_files, r->shown > 0, &r->text);
	y = ol_out_flush(&r->out);
	return x ? x : y;
}

static int run(int argc, char **argv)
{
	struct run *r = calloc(1, sizeof(*r));
	struct ol_logsrc_opts lo = { .since_us = OL_TIME_NONE, .until_us = OL_TIME_NONE };
	struct sources from = { 0 };
	const struct ol_option *opt;
	const char *arg, *now = getenv("OOMLENS_NOW");
	struct ol_logsrc *src = NULL;
	struct ol_optwalk w;
	uint64_t n;
	int x, ret = OL_EXIT_TROUBLE;

	if (!r) {
		ol_say("out of memory");
		return ret;
	}
	ol_ui_init(&r->ui);
	r->kind = -1;
	r->since_us = INT64_MIN;
	r->until_us = INT64_MAX;
	r->progress = r->ui.tty_err;
	/* a fixed clock makes output repeatable */
	r->parse.now_us = now && ol_span_u64(ol_span_str(now), &n) && n < INT64_MAX / 1000000
				  ? (int64_t)n * 1000000
				  : ol_now_us();
	ol_optwalk_init(&w, &ol_verb_explain, argc, argv);
	while ((x = ol_optwalk_next(&w, &opt, &arg)) > 0) {
		if (ol_ui_option(&r->ui, &ol_verb_explain, opt, arg, &x)) {
			if (x) {
				ret = x < 0 ? OL_EXIT_TROUBLE : 0;
				goto out;
			}
		} else if (option(r, &lo, &from, opt, arg) < 0) {
			goto out;
		}
	}
	if (x < 0)
		goto out;
	if (r->last_n) {
		r->kept = calloc(r->last_n, sizeof(*r->kept));
		if (!r->kept)
			goto nomem;
	}
	src = ol_logsrc_new(&lo);
	if (!src)
		goto nomem;
	if (add_sources(src, r, &from, argv, w.n_operands) < 0)
		goto out;
	/*
	 * whoever follows a log, counts events or wants all of them, waits for no incident to end
	 */
	if (r->form == FORM_TEXT && !r->singly && !r->text.full && !r->follow && !r->last_n) {
		r->incidents = ol_incidents_new(print_incident, r);
		if (!r->incidents)
			goto nomem;
	}
	catch_interrupt();
	if (r->form != FORM_TEXT && r->form != FORM_LIST)
		r->ui.pager = false;
	if (r->follow)
		r->ui.pager = false;
	r->text.width = r->ui.width;
	r->text.color = r->ui.color;
	r->text.utf8 = r->ui.utf8;
	ol_out_init(&r->out, ol_pager_start(&r->ui));
	r->out.ascii = !r->ui.utf8 && r->form != FORM_JSON && r->form != FORM_NDJSON;
	x = run_inputs(r, src);
	ol_out_done(&r->out);
	ol_pager_end(r->out.fd);
	/* a reader that went away has seen enough: no trouble */
	if (x == -EPIPE)
		x = 0;
	if (!x && ol_had_no_memory())
		x = -ENOMEM;
	if (x < 0)
		ol_say("%s", strerror(-x));
	ret = x < 0 || r->trouble ? OL_EXIT_TROUBLE : r->shown ? OL_EXIT_FOUND : OL_EXIT_NONE;
	if (interrupted)
		ret = 128 + interrupted;
	goto out;
nomem:
	ol_say("out of memory");
out:
	ol_logsrc_free(src);
	ol_parser_free(r->spare);
	ol_incidents_free(r->incidents);
	for (size_t i = 0; i < r->n_files; i++) {
		free((char *)r->files[i].name.p);
		free((void *)r->files[i].signs);
	}
	for (size_t i = 0; i < r->n_warnings; i++) {
		free((char *)r->warnings[i].file.p);
		free((char *)r->warnings[i].text.p);
	}
	free(r->files);
	free(r->warnings);
	free(r);
	return ret;
}

static const char *build(void)
{
	static char text[300];
	const char *a = ol_logsrc_archive_version(), *j = ol_logsrc_journal_version();
	const char *p = ol_priv_version();

	snprintf(text, sizeof(text),
		 "compressed logs and tars: %s; journal: %s; giving up privilege: %s",
		 a ? a : "left out (libarchive)", j ? j : "left out (libsystemd)",
		 p ? p : "left out (libcap), only no_new_privs is set");
	return text;
}

const struct ol_verb ol_verb_explain = {
	.name = "explain",
	.args = "[FILE...]",
	.summary = "decode every OOM kill and failed allocation in kernel logs",
	.description =
		"Finds and decodes every OOM kill, page allocation failure and OOM panic in "
		"kernel logs "
		"of any transport (dmesg, syslog, journal, kmsg, container logs, serial "
		"consoles, text "
		"pasted from a mail or a web page) and of any kernel since 2.6.18.\n\n"
		"FILE is a log, plain or compressed (gz, xz, zst, bz2), a directory of rotated "
		"logs, a "
		"sosreport or another tar, or - for standard input. Without FILE it is this "
		"machine's "
		"kernel log when standard input is a terminal.",
	.exit_status = "0 an event was found, 1 none, 2 trouble (unreadable input, bad option).",
	.options = options,
	.run = run,
	.build = build,
};
