// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/explain_run.h"
#include "cli/interrupt.h"
#include "collect/machine/priv.h"
#include "lib/human.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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
	  "only events whose container, pod, unit or cgroup has this in its name, id or path", NULL,
	  'C' },
	{ "kind", "KIND", "only events of this kind",
	  "oom alloc_failure kill_only panic userspace_kill kill_report fragment", 'k' },
	{ "lines", "N", "only the last N events", NULL, 'n' },
	{ "kernel", "RELEASE", "numbering for masks in dumps that do not tell their kernel", NULL,
	  'K' },
	{ "jobs", "N", "use N threads, for many logs or a large one; what is printed is the same",
	  NULL, 'P' },
	{ "no-progress", NULL, "no progress line on the terminal", NULL, 0 },
	{ NULL, NULL, NULL, NULL, 0 },
};

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
static int option(struct ol_explain_run *r, struct ol_logsrc_opts *lo, struct sources *from,
		  const struct ol_option *opt, const char *arg)
{
	int64_t now = r->parse.now_us, *when;
	uint64_t jobs;
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
		lo->follow = r->follow = r->parse.live = true;
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
	} else if (!strcmp(n, "jobs")) {
		if (!ol_span_u64(ol_span_str(arg), &jobs) || !jobs || jobs > OL_EXPLAIN_JOBS) {
			ol_say("--jobs takes a number from 1 to %d, not '%s'", OL_EXPLAIN_JOBS,
			       arg);
			return -1;
		}
		r->jobs = (unsigned)jobs;
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
static int add_sources(struct ol_logsrc *src, struct ol_explain_run *r, const struct sources *from,
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
			ol_explain_add_warning(r, ol_span_str(files[i]), 0, ol_span_str(err.msg));
			bad++;
		}
	r->trouble = bad > 0;
	if (from->journal_dir && ol_logsrc_add_journal(src, from->journal_dir, &err) < 0) {
		ol_say("%s", err.msg);
		return -1;
	}
	if (n || opened)
		return bad && bad == n && !opened ? -1 : 0;
	r->bare = true;
	if (ol_logsrc_add_path(src, "-", &err) < 0) {
		ol_say("%s", err.msg);
		return -1;
	}
	return 0;
}

/* To the warnings of JSON; on standard error it is said in the end. */
static void note_interrupted(struct ol_explain_run *r)
{
	char text[600];

	r->cut |= r->jobs > 1 && !r->follow;
	ol_interrupt_text(text, sizeof(text), r->cut_in, false);
	ol_explain_add_warning(r, r->cut_in, 0, ol_span_str(text));
}

/*
 * No OOM kill and no failed allocation in this log (42 lines, 3.2 KiB).
 *                                     in these 12 logs (…).
 *                                     in the part of this log that could be read (…).
 *                                     in /dev/kmsg (…, 5312 older records are overwritten).
 */
static void say_none_in(struct ol_explain_run *r)
{
	struct ol_out *o = &r->out;
	bool part = r->trouble;

	ol_out_str(o, "No OOM kill and no failed allocation in ");
	if (part)
		ol_out_str(o, "the part ");
	if (r->n_read > 1)
		ol_out_printf(o, "%sthese %llu logs", part ? "of " : "",
			      (unsigned long long)r->n_read);
	else if (ol_span_ends(r->only, OL_SPAN("dev/kmsg")))
		ol_out_printf(o, "%s/dev/kmsg", part ? "of " : "");
	else
		ol_out_printf(o, "%s%s", part ? "of " : "",
			      ol_span_eqs(r->only, "-") ? "standard input"
			      : r->no_log               ? "this file"
							: "this log");
	ol_out_printf(o, "%s (%llu line%s, %s", part ? " that could be read" : "",
		      (unsigned long long)r->lines, r->lines == 1 ? "" : "s",
		      ol_fmt_bytes(r->bytes).s);
	if (r->overwritten)
		ol_out_printf(o, ", %llu older record%s overwritten",
			      (unsigned long long)r->overwritten,
			      r->overwritten == 1 ? " is" : "s are");
	ol_out_str(o, ").\n");
}

/* "It holds /proc/meminfo and the output of free, which are no log: …" */
static void say_no_log(struct ol_explain_run *r)
{
	struct ol_out *o = &r->out;
	unsigned left = r->no_log;

	ol_out_str(o, r->n_read > 1 ? "Some hold " : "It holds ");
	for (unsigned i = 0; left; i++) {
		if (!(left >> i & 1))
			continue;
		ol_out_str(o, ol_no_log_name((enum ol_no_log)i));
		left &= left - 1;
		ol_out_str(o, !left ? "" : left & (left - 1) ? ", " : " and ");
	}
	ol_out_str(o, ", no log: to see what they say of memory, run: oomlens snap ");
	if (r->n_read > 1 || !r->only.n)
		ol_out_str(o, "FILE");
	else
		ol_out_safe(o, r->only);
	ol_out_char(o, '\n');
}

/* Nothing was shown. */
static void say_nothing_found(struct ol_explain_run *r)
{
	if (r->cut)
		ol_out_printf(&r->out, "Interrupted after %llu bytes: %s up to there.\n",
			      (unsigned long long)ol_interrupt_bytes(),
			      r->events ? "no event passes the filters"
					: "no OOM kill and no failed allocation");
	else if (r->events)
		ol_out_str(&r->out, "No event passes the filters.\n");
	else if (r->n_read || !r->n_empty)
		say_none_in(r);
	if (r->no_log && !r->events && !r->cut)
		say_no_log(r);
}

/* @x: how it went so far, which is kept. */
static int end_incidents(struct ol_explain_run *r, int x)
{
	struct ol_incident *const *open;
	uint32_t n;
	int y;

	/* who was told of some already has begun to read */
	open = ol_incidents_open(r->incidents, &n);
	if (!r->shown)
		ol_incidents_overview(&r->out, open, n, &r->text);
	y = ol_incidents_end(r->incidents);
	return x ? x : y;
}

static int run_inputs(struct ol_explain_run *r, struct ol_logsrc *src)
{
	bool json = r->form == FORM_JSON || r->form == FORM_NDJSON;
	bool interrupted;
	char text[600];
	int x, y;

	if (json)
		ol_explain_json_begin(&r->json, &r->out, r->form == FORM_NDJSON);
	x = r->jobs > 1 && !r->follow ? ol_explain_jobs(r, src) : ol_explain_read(r, src);
	if (r->incidents)
		x = end_incidents(r, x);
	if (r->last_n) {
		y = ol_explain_print_kept(r);
		x = x ? x : y;
	}
	interrupted = ol_interrupted();
	if (interrupted)
		note_interrupted(r);
	if (json)
		ol_explain_json_end(&r->json, r->files, r->n_files, r->warnings, r->n_warnings);
	else if (!r->shown && r->form == FORM_TEXT && !x)
		say_nothing_found(r);
	if (r->form == FORM_TEXT)
		ol_signs_text(&r->out, r->files, r->n_files, r->shown > 0, &r->text);
	y = ol_out_flush(&r->out);
	x = x ? x : y;
	if (interrupted) {
		ol_interrupt_text(text, sizeof(text), r->cut_in, x == -EINTR);
		ol_say("%s", text);
	}
	return x == -EINTR ? 0 : x;
}

static void defaults(struct ol_explain_run *r)
{
	const char *now = getenv("OOMLENS_NOW");
	uint64_t n;

	ol_ui_init(&r->ui);
	r->kind = -1;
	r->since_us = INT64_MIN;
	r->until_us = INT64_MAX;
	r->progress = r->ui.tty_err;
	/* a fixed clock makes output repeatable */
	r->parse.now_us = now && ol_span_u64(ol_span_str(now), &n) && n < INT64_MAX / 1000000
				  ? (int64_t)n * 1000000
				  : ol_now_us();
}

/* Reads and shows; the exit status. */
static int show(struct ol_explain_run *r, struct ol_logsrc *src)
{
	int x;

	if ((r->form != FORM_TEXT && r->form != FORM_LIST) || r->follow)
		r->ui.pager = false;
	r->text.width = r->ui.width;
	r->text.color = r->ui.color;
	r->text.utf8 = r->ui.utf8;
	ol_out_init(&r->out, ol_pager_start(&r->ui));
	r->out.give_up = ol_interrupt_late;
	/* behind the fork of the pager, which is to hear signals as ever */
	ol_interrupt_catch();
	r->out.ascii = !r->ui.utf8 && r->form != FORM_JSON && r->form != FORM_NDJSON;
	x = run_inputs(r, src);
	ol_out_done(&r->out);
	ol_pager_end(r->out.fd);
	/* a reader that went away has seen enough: no trouble */
	if (x == -EPIPE)
		x = 0;
	/* nothing at all was checked */
	r->trouble |= r->n_empty && !r->n_read && !ol_interrupted();
	if (!x && ol_had_no_memory())
		x = -ENOMEM;
	if (x < 0)
		ol_say("%s", strerror(-x));
	if (ol_interrupted())
		return 128 + ol_interrupted();
	return x < 0 || r->trouble ? OL_EXIT_TROUBLE : r->shown ? OL_EXIT_FOUND : OL_EXIT_NONE;
}

static int run(int argc, char **argv)
{
	struct ol_explain_run *r = calloc(1, sizeof(*r));
	struct ol_logsrc_opts lo = { .since_us = OL_TIME_NONE,
				     .until_us = OL_TIME_NONE,
				     .stopped = ol_interrupt_asked };
	struct sources from = { 0 };
	const struct ol_option *opt;
	const char *arg;
	struct ol_logsrc *src = NULL;
	struct ol_optwalk w;
	int x, ret = OL_EXIT_TROUBLE;

	if (!r) {
		ol_say("out of memory");
		return ret;
	}
	defaults(r);
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
		r->incidents = ol_incidents_new(ol_explain_print_incident, r);
		if (!r->incidents)
			goto nomem;
	}
	ret = show(r, src);
	if (r->in_use)
		_exit(ret);
	goto out;
nomem:
	ol_say("out of memory");
out:
	ol_logsrc_free(src);
	ol_incidents_free(r->incidents);
	ol_explain_run_free(r);
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
		"consoles, text pasted from a mail or a web page, JSON, CSV and logfmt as "
		"exported from Loki, Elastic, Datadog, CloudWatch, Splunk and others, oldest or "
		"newest first) and of any kernel since 2.6.18.\n\n"
		"FILE is a log, plain or compressed (gz, xz, zst, bz2), a directory of logs, "
		"rotated or not, with those in it to a depth of 8, a sosreport or another tar, "
		"or - for standard input. Without FILE it is this machine's kernel log when "
		"standard input is a terminal, else standard input; --dmesg and --journal read "
		"this machine's wherever standard input comes from. An input that is empty is "
		"told, for then nothing was checked.",
	.exit_status = "0 an event was found, 1 none, 2 trouble (unreadable or only empty "
		       "input, bad option).",
	.options = options,
	.run = run,
	.build = build,
};
