// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/log_events.h"
#include "cli/verb.h"
#include "cli/watch_run.h"
#include "collect/machine/slow_file.h"
#include "collect/machine/live.h"
#include "collect/machine/priv.h"
#include "collect/machine/proc_detail.h"
#include "export/explain.h"
#include "export/watch.h"
#include "lib/num.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const struct ol_option options[] = {
	{ "interval", "SECONDS", "time between looks (1)", NULL, 'i' },
	{ "cgroup", "PATH",
	  "watch a control group that is there: its path, as /proc/PID/cgroup has it", NULL, 'c' },
	{ "pid", "PID", "watch a process that runs, and its descendants", NULL, 'p' },
	{ "limit", "SIZE", "run the command under this limit of memory (512M, 2G)", NULL, 0 },
	{ "json", NULL,
	  "the report as JSON (oomlens.watch/1); on standard error no lines before it", NULL, 'j' },
	{ "output", "FILE", "write the report to FILE instead of standard error", NULL, 'o' },
	{ "quiet", NULL, "no lines while it runs", NULL, 'q' },
	{ "full", NULL, "everything in the report", NULL, 0 },
	{ NULL, NULL, NULL, NULL, 0 },
};

extern const struct ol_verb ol_verb_watch;

enum { MAX_PIDS = 32768 };

struct job {
	struct ol_live_opts live;
	struct ol_snap_style style;
	struct ol_ui ui;
	int64_t interval_us;
	uint64_t limit;
	const char *cgroup, *output;
	int32_t pid;
	char **command; /* NULL: something that runs already */
	bool json, quiet;

	struct ol_run run;
	int out; /* where the report goes */
	struct ol_source *src;
	struct ol_proc_detail *detail; /* NULL: cannot be had */
	int32_t *pids; /* room for MAX_PIDS, when only those of the group are read */
	struct ol_logsrc *log; /* the kernel's, from before it began; NULL: cannot be read */
	int64_t pss_us, pss_of_kb; /* time spent on shares; resident size when they were read */
	struct ol_tick *ticks[2], *after;
	unsigned n;
	struct ol_snap snap;
	struct ol_watch watch;
	int64_t began_us; /* CLOCK_MONOTONIC */
	struct ol_guard *guard;
	bool told; /* that a file does not answer */
};

/* ---- looking ---- */

/*
 * Shares are read when there is something to share and more of it than when they were read last,
 * and when that takes no more than a hundredth of the time and half a second: the kernel walks
 * every page of every process for it.
 */
static void add_detail(struct job *j, struct ol_tick *t, const uint8_t *in)
{
	int64_t before = ol_mono_us(), rss = 0;
	bool pss;

	if (!j->detail || !in)
		return;
	for (uint32_t i = 0; i < t->tab[OL_T_PROC].n; i++)
		if (in[i])
			rss = ol_add(rss, ol_row_val(ol_tick_row(t, OL_T_PROC, i), OL_PROC_rss_kb));
	pss = j->watch.n_in > 1 && j->pss_us * 100 <= before - j->began_us + 50000000 &&
	      (rss > j->pss_of_kb + j->pss_of_kb / 20 || rss < j->pss_of_kb / 2);
	ol_proc_detail_add(j->detail, t, in, pss);
	if (pss) {
		j->pss_us += ol_mono_us() - before;
		j->pss_of_kb = rss;
	}
}

/*
 * One look at everything. In a group of ours its own list says whose processes are to be read;
 * without one the whole table is needed to know who descends from whom.
 */
static int next_tick(struct job *j, struct ol_tick *t, struct ol_err *err)
{
	int r = j->src->next(j->src, t, err);
	int64_t n;

	if (r || !j->pids)
		return r;
	n = ol_scope_pids(&j->run.scope, j->pids, MAX_PIDS);
	if (n > 0)
		ol_proc_detail_read(j->detail, t, j->pids, (uint32_t)(n < MAX_PIDS ? n : MAX_PIDS));
	return 0;
}

static int look(struct job *j)
{
	struct ol_tick *now = j->ticks[j->n % 2], *old = j->n ? j->ticks[(j->n - 1) % 2] : NULL;
	struct ol_err err;
	int r = next_tick(j, now, &err);

	if (r) {
		ol_say("%s", r < 0 ? err.msg : "there is nothing more to look at");
		return r < 0 ? r : -EIO;
	}
	add_detail(j, now, ol_watch_members(&j->watch, now));
	j->n++;
	r = ol_snap_of(&j->snap, old, now);
	r = r ? r : ol_watch_tick(&j->watch, &j->snap);
	if (r)
		ol_say("out of memory");
	return r;
}

/* Of the terminal that the line is drawn on, which may have changed. */
static unsigned columns(const struct job *j)
{
	struct winsize ws;

	if (!j->ui.tty_err)
		return 300;
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &ws) || ws.ws_col < 2)
		return 79;
	return ws.ws_col - 1;
}

static void say_line(struct job *j, bool last)
{
	static int64_t said_us;
	int64_t now = ol_mono_us();
	struct ol_out o;

	/* into a file a line now and then, and none about what is over before one was due */
	if (j->quiet ||
	    (!j->ui.tty_err && now - (said_us ?: j->began_us) < (last ? 1000000 : 10000000)))
		return;
	said_us = now;
	ol_out_init(&o, STDERR_FILENO);
	o.ascii = !j->ui.utf8;
	if (j->ui.tty_err)
		ol_out_str(&o, "\r\033[K");
	ol_watch_line(&o, &j->watch, now - j->began_us, columns(j));
	if (!j->ui.tty_err || last)
		ol_out_char(&o, '\n');
	ol_out_flush(&o);
	ol_out_done(&o);
}

static int watch(struct job *j)
{
	int64_t step = j->interval_us < 50000 ? j->interval_us : 50000, deadline = ol_mono_us();
	int r = 0;

	while (!r && !j->run.ended && !ol_run_stopped()) {
		deadline += step;
		if (deadline < ol_mono_us())
			deadline = ol_mono_us() + step;
		/* what is over soon is looked at more often */
		step = step * 4 < j->interval_us ? step * 4 : j->interval_us;
		ol_run_wait(&j->run, deadline);
		if (j->run.ended || ol_run_stopped())
			break;
		r = look(j);
		if (!r)
			say_line(j, false);
		if (!j->command && ol_watch_gone(&j->watch))
			break;
	}
	/* what it left behind, at the moment of its end */
	if (!r && j->n)
		r = look(j);
	if (!r)
		say_line(j, true);
	return r;
}

/* ---- the end ---- */

struct kills {
	const struct job *job;
	struct ol_out *text; /* one of the two */
	struct ol_json *json;
};

static int explain_kill(void *arg, struct ol_oom_event *e)
{
	const struct kills *k = arg;
	const struct job *j = k->job;
	struct ol_span name =
		j->run.scope.name ? ol_span_str(j->run.scope.name) : j->watch.subject.cgroup;
	struct ol_text_opts opts = { .width = j->style.width,
				     .utf8 = j->ui.utf8,
				     .color = j->style.color };

	if (!name.n ||
	    (ol_span_find(e->task_memcg.s, name) < 0 && ol_span_find(e->oom_memcg.s, name) < 0))
		return 0;
	/* the ring holds what was before as well; the two clocks differ by a little */
	if (e->mono_us != OL_TIME_NONE && e->mono_us < j->began_us - 5000000)
		return 0;
	if (k->json) {
		ol_event_json(k->json, e);
	} else {
		ol_out_str(k->text, "\n");
		ol_event_text(k->text, e, &opts);
	}
	return 0;
}

/* The kernel's own words about kills in the group, explained. */
static void explain_kills(const struct job *j, struct kills *k)
{
	ol_log_events(j->log, explain_kill, k, NULL);
}

static void kills_json(void *arg, struct ol_json *json)
{
	struct job *j = arg;
	struct kills k = { .job = j, .json = json };

	if (j->watch.count.kills <= 0 || !j->log)
		return;
	ol_json_open(json, "kills", '[');
	explain_kills(j, &k);
	ol_json_close(json, ']');
}

static int report(struct job *j)
{
	const struct ol_run *run = &j->run;
	struct ol_watch_end e = {
		.watch = &j->watch,
		.command = (const char *const *)j->command,
		.exited = run->ended,
		.exit_status = run->ended && WIFEXITED(run->status) ? WEXITSTATUS(run->status) : 0,
		.signal = run->ended && WIFSIGNALED(run->status) ? WTERMSIG(run->status) : 0,
		.elapsed_us = (run->ended ? run->ended_us : ol_mono_us()) - j->began_us,
		.user_us = run->use.ru_utime.tv_sec * 1000000 + run->use.ru_utime.tv_usec,
		.system_us = run->use.ru_stime.tv_sec * 1000000 + run->use.ru_stime.tv_usec,
		.max_rss_kb = run->use.ru_maxrss,
		.read_kb = run->use.ru_inblock / 2,
		.written_kb = run->use.ru_oublock / 2,
		.major_faults = run->use.ru_majflt,
		.limit_kb = (int64_t)(j->limit / 1024),
		.end = j->snap.now,
		.after = j->after,
		.charged_how = run->why_no_scope.msg[0] ? run->why_no_scope.msg : NULL,
		.more = kills_json,
		.more_arg = j,
	};
	struct ol_json json;
	struct ol_out o;
	int r;

	e.forecast = j->watch.forecast;
	ol_out_init(&o, j->out);
	if (j->json) {
		ol_json_init(&json, &o);
		ol_watch_json(&json, &e);
		ol_out_char(&o, '\n');
	} else {
		ol_watch_text(&o, &e, &j->style);
		if (j->watch.count.kills > 0 && j->log)
			explain_kills(j, &(struct kills){ .job = j, .text = &o });
		else if (j->watch.count.kills > 0)
			ol_out_str(&o, "\nThe kernel's log, which says why it killed, cannot be "
				       "read here: oomlens explain, as root.\n");
	}
	r = ol_out_flush(&o);
	ol_out_done(&o);
	if (r && r != -EPIPE)
		ol_say("cannot write the report: %s", strerror(-r));
	else if (ol_had_no_memory())
		ol_say("out of memory: not everything is told");
	return r;
}

/* A moment after the end: freed objects are given back after a grace period. */
static void look_back(struct job *j)
{
	struct timespec ts = { 0, 300000000 };
	struct ol_err err;

	j->after = ol_tick_new(NULL);
	if (!j->after)
		return;
	nanosleep(&ts, NULL);
	if (j->src->next(j->src, j->after, &err)) {
		ol_tick_free(j->after);
		j->after = NULL;
	}
}

/*
 * The main thread waits for a file and can do nothing else; this one passes signals on meanwhile
 * (its handlers do), and when the command has ended there is nothing that is worth to wait for.
 */
static void stuck(void *arg, const char *file, int64_t us, bool over)
{
	struct job *j = arg;
	const char *line = j->ui.tty_err && !j->quiet ? "\r\033[K" : "";
	siginfo_t end = { .si_pid = 0 };

	if (over || !j->told)
		(void)!write(STDERR_FILENO, line, strlen(line));
	if (over)
		ol_say("%.700s answers again", file);
	else if (!j->told)
		ol_say("%.700s has not answered for over %d s%s", file, (int)(us / 1000000),
		       j->command && !j->run.started_us ? "; the command is not started" : "");
	j->told = !over;
	if (over)
		return;
	/* it waits for our word, and ends when we do */
	if (j->command && !j->run.started_us)
		_exit(OL_EXIT_TROUBLE);
	if (j->run.child > 0)
		waitid(P_PID, (id_t)j->run.child, &end, WEXITED | WNOHANG | WNOWAIT);
	if (!end.si_pid && !ol_run_stopped())
		return;
	ol_say("no report: %.700s does not answer", file);
	if (!end.si_pid)
		_exit(OL_EXIT_TROUBLE);
	_exit(end.si_code == CLD_EXITED ? end.si_status : 128 + end.si_status);
}

/* ---- the beginning ---- */

/*
 * What is opened takes the rights that we were started with, and then we keep what the user has
 * without us. The child was forked before and has its own.
 */
static int open_all(struct job *j)
{
	struct ol_logsrc_opts lo = { .since_us = OL_TIME_NONE, .until_us = OL_TIME_NONE };
	struct ol_err err;
	int r;

	/* nothing of these is told, and some take long on large machines */
	j->live.leave_out = 1u << OL_SRC_NODES | 1u << OL_SRC_ZRAM | 1u << OL_SRC_SOCKSTAT |
			    1u << OL_SRC_BUDDYINFO | 1u << OL_SRC_PSI_CPU;
	j->detail = ol_proc_detail_new(&err);
	if (j->run.scope.version && j->detail) {
		j->pids = calloc(MAX_PIDS, sizeof(*j->pids));
		if (!j->pids)
			ol_no_memory();
	}
	if (j->pids)
		j->live.leave_out |= 1u << OL_SRC_PROCS;
	r = ol_live_new(&j->live, &j->src, &err);
	if (r) {
		ol_say("%s", err.msg);
		return r;
	}
	j->log = ol_logsrc_new(&lo);
	if (j->log && ol_logsrc_add_kmsg(j->log, &err)) {
		ol_logsrc_free(j->log);
		j->log = NULL;
	}
	if (ol_priv_own(&err)) {
		ol_say("%s", err.msg);
		return -EPERM;
	}
	j->guard = ol_guard_start(&(struct ol_guard_opts){ .stuck = stuck, .arg = j });
	for (int i = 0; i < 2; i++)
		j->ticks[i] = ol_tick_new(NULL);
	if (j->ticks[0] && j->ticks[1])
		return 0;
	ol_say("out of memory");
	return -ENOMEM;
}

/*
 * Before the command: whoever waits for hours wants the report. Root opens it with all of its own
 * rights, others after what came with the file was given back.
 */
static int open_output(struct job *j)
{
	if (!j->output)
		return 0;
	j->out = open(j->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
	if (j->out < 0) {
		ol_say("cannot write %s: %s", j->output, strerror(errno));
		return -errno;
	}
	return 0;
}

/* "/user.slice", and what people type: "user.slice/", "/sys/fs/cgroup/memory/user.slice". */
static bool is_group(struct ol_span name, struct ol_span arg)
{
	static const char *const tops[] = { "", "memory", "unified" };
	struct ol_span rest = arg;

	while (arg.n > 1 && arg.p[arg.n - 1] == '/')
		rest = arg = ol_span_head(arg, arg.n - 1);
	if (ol_span_eq(name, arg) || (name.n > 1 && ol_span_eq(ol_span_skip(name, 1), arg)))
		return true;
	if (!ol_span_eat(&rest, OL_SPAN("/sys/fs/cgroup")))
		return false;
	for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++) {
		struct ol_span s = rest;

		if ((!tops[i][0] ||
		     (ol_span_eat(&s, OL_SPAN("/")) && ol_span_eat(&s, ol_span_str(tops[i])))) &&
		    ol_span_eq(s.n ? s : OL_SPAN("/"), name))
			return true;
	}
	return false;
}

static int find_group(const struct job *j, const struct ol_tick *t, struct ol_watch_subject *ret)
{
	for (uint32_t i = 0; i < t->tab[OL_T_CGROUP].n; i++) {
		const struct ol_row *r = ol_tick_row(t, OL_T_CGROUP, i);
		struct ol_span name = ol_tick_span(t, r->name);

		if (ol_row_has(r, OL_CGROUP_current_bytes) &&
		    is_group(name, ol_span_str(j->cgroup))) {
			*ret = (struct ol_watch_subject){ .cgroup = name, .version = r->id };
			return 0;
		}
	}
	ol_say("there is no control group %s with a memory controller", j->cgroup);
	return -ENOENT;
}

static int find_process(const struct job *j, const struct ol_tick *t, struct ol_watch_subject *ret)
{
	for (uint32_t i = 0; i < t->tab[OL_T_PROC].n; i++)
		if (ol_tick_row(t, OL_T_PROC, i)->id == j->pid) {
			*ret = (struct ol_watch_subject){ .pid = j->pid };
			return 0;
		}
	ol_say("there is no process %d", j->pid);
	return -ESRCH;
}

static int find_subject(struct job *j)
{
	struct ol_watch_subject subject = { 0 };
	struct ol_err err;
	int r = 0;

	if (j->run.scope.version) {
		subject.cgroup = ol_span_str(j->run.scope.path);
		subject.version = j->run.scope.version;
		subject.own = true;
	} else if (j->command) {
		subject.pid = j->run.child;
		subject.reaper = getpid();
	} else {
		r = j->src->next(j->src, j->ticks[1], &err);
		if (r)
			ol_say("%s", r < 0 ? err.msg : "there is nothing to look at");
		else
			r = j->cgroup ? find_group(j, j->ticks[1], &subject)
				      : find_process(j, j->ticks[1], &subject);
	}
	r = r ? r : ol_watch_init(&j->watch, &subject);
	if (r == -ENOMEM)
		ol_say("out of memory");
	return r;
}

static int run_job(struct job *j)
{
	int r = 0;

	j->began_us = ol_mono_us();
	ol_run_signals(&j->run);
	if (j->command)
		r = ol_run_hold(&j->run, j->command, j->limit);
	if (!r && !getuid())
		r = open_output(j);
	if (!r)
		r = open_all(j);
	if (!r && getuid())
		r = open_output(j);
	if (!r)
		r = find_subject(j);
	if (!r)
		r = look(j);
	if (!r && j->command) {
		r = ol_run_go(&j->run, j->command[0]);
		j->began_us = j->run.started_us;
	}
	if (!r)
		r = watch(j);
	/* an error of ours is not the command's: what was begun runs on to its end */
	if (j->run.started_us && j->run.child > 0)
		ol_run_wait(&j->run, -1);
	if (!r && j->run.ended)
		look_back(j);
	ol_guard_stop(j->guard);
	if (!r)
		r = report(j);
	ol_run_done(&j->run);
	return r;
}

/* ---- options ---- */

/* "512M", "2GiB", "100000": bytes */
static bool read_size(const char *arg, uint64_t *ret)
{
	struct ol_span s = ol_span_str(arg);
	static const char units[] = "KMGT";
	uint64_t v;
	const char *u;

	if (!ol_eat_u64(&s, &v))
		return false;
	/* a letter of either case; a blank would become the NUL that strchr() finds, too */
	if (s.n && ol_is_alpha(s.p[0]) && (u = strchr(units, s.p[0] & ~32))) {
		unsigned shift = 10 * (unsigned)(u - units + 1);

		if (v > UINT64_MAX >> shift)
			return false;
		v <<= shift;
		s = ol_span_skip(s, 1);
		if (!ol_span_eat(&s, OL_SPAN("iB")))
			ol_span_eat(&s, OL_SPAN("B"));
	}
	*ret = v;
	return !s.n && v;
}

static int option(struct job *j, const struct ol_option *o, const char *arg)
{
	uint64_t n;

	if (!strcmp(o->name, "interval")) {
		if (!ol_opt_seconds(arg, &j->interval_us) || j->interval_us < 10000) {
			ol_say("--interval takes seconds, 0.01 to 86400, not '%s'", arg);
			return -EINVAL;
		}
	} else if (!strcmp(o->name, "cgroup")) {
		j->cgroup = arg;
	} else if (!strcmp(o->name, "pid")) {
		if (!ol_span_u64(ol_span_str(arg), &n) || !n || n > INT32_MAX) {
			ol_say("--pid takes the number of a process, not '%s'", arg);
			return -EINVAL;
		}
		j->pid = (int32_t)n;
	} else if (!strcmp(o->name, "limit")) {
		if (!read_size(arg, &j->limit)) {
			ol_say("--limit takes a size like 512M or 2G, not '%s'", arg);
			return -EINVAL;
		}
	} else if (!strcmp(o->name, "json")) {
		j->json = true;
	} else if (!strcmp(o->name, "output")) {
		j->output = arg;
	} else if (!strcmp(o->name, "quiet")) {
		j->quiet = true;
	} else {
		j->style.full = true;
	}
	return 0;
}

static int run(int argc, char **argv)
{
	struct job j = { .interval_us = 1000000,
			 .out = STDERR_FILENO,
			 .run = { .child = -1, .go_fd = -1, .failed_fd = -1 } };
	const struct ol_option *o;
	struct ol_optwalk w;
	const char *arg;
	int r;

	ol_ui_init(&j.ui);
	ol_optwalk_init(&w, &ol_verb_watch, argc, argv);
	w.first_operand_ends = true; /* what follows is the command's */
	while ((r = ol_optwalk_next(&w, &o, &arg)) > 0) {
		if (ol_ui_option(&j.ui, &ol_verb_watch, o, arg, &r)) {
			if (r)
				return r < 0 ? OL_EXIT_TROUBLE : 0;
		} else if (option(&j, o, arg)) {
			return OL_EXIT_TROUBLE;
		}
	}
	if (r < 0)
		return OL_EXIT_TROUBLE;
	if ((w.n_operands > 0) + (j.cgroup != NULL) + (j.pid != 0) != 1) {
		ol_say("watch takes one of: -- CMD ARG..., --pid PID, --cgroup PATH");
		return OL_EXIT_TROUBLE;
	}
	if (w.n_operands) {
		j.command = argv;
		argv[w.n_operands] = NULL;
	} else if (j.limit) {
		ol_say("--limit is for a command that watch runs");
		return OL_EXIT_TROUBLE;
	}
	/* JSON is for programs: nothing else on its stream */
	j.quiet |= j.json && !j.output;
	j.style.width = j.ui.width;
	j.style.color = j.ui.color && j.ui.tty_err && !j.output;
	j.style.utf8 = j.ui.utf8;
	r = run_job(&j);
	ol_watch_done(&j.watch);
	ol_snap_done(&j.snap);
	for (int i = 0; i < 2; i++)
		ol_tick_free(j.ticks[i]);
	ol_tick_free(j.after);
	ol_proc_detail_free(j.detail);
	free(j.pids);
	ol_logsrc_free(j.log);
	if (j.src)
		j.src->free(j.src);
	if (j.out != STDERR_FILENO && j.out >= 0)
		close(j.out);
	if (j.run.ended)
		return ol_run_status(&j.run);
	if (j.run.exec_errno)
		return j.run.exec_errno == ENOENT ? 127 : 126;
	return r ? OL_EXIT_TROUBLE : 0;
}

const struct ol_verb ol_verb_watch = {
	.name = "watch",
	.args = "[-- CMD ARG...]",
	.summary = "what a command does to slab, cache and its own memory, with a forecast",
	.description =
		"Runs a command in a control group of its own (where one can be made) and says, "
		"while it runs, what it has, how fast slab caches grow and when which limit is "
		"reached; and at the end what grew, what was kept, where time was lost and what "
		"to change. A process or a control group that is there can be watched as well.",
	.exit_status = "the command's own; 128 + N for signal N; 127 not found, 126 not to be "
		       "run; 2 trouble.",
	.options = options,
	.run = run,
};
