// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/explain.h"
#include "cli/verb.h"
#include "collect/live.h"
#include "collect/logsrc.h"
#include "collect/priv.h"
#include "collect/scope.h"
#include "export/explain.h"
#include "export/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const struct ol_option options[] = {
	{ "interval", "SECONDS", "time between looks (1)", NULL, 'i' },
	{ "cgroup", "PATH", "watch a control group that is there: its path in the hierarchy", NULL,
	  'c' },
	{ "pid", "PID", "watch a process that runs, and its descendants", NULL, 'p' },
	{ "limit", "SIZE", "run the command under this limit of memory (512M, 2G)", NULL, 0 },
	{ "json", NULL, "the report as JSON (oomlens.watch/1)", NULL, 'j' },
	{ "output", "FILE", "write the report to FILE instead of standard error", NULL, 'o' },
	{ "quiet", NULL, "no lines while it runs", NULL, 'q' },
	{ "full", NULL, "everything in the report", NULL, 0 },
	{ NULL, NULL, NULL, NULL, 0 },
};

extern const struct ol_verb ol_verb_watch;

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

	struct ol_scope scope;
	struct ol_err why_no_scope;
	pid_t child;
	int go_fd, failed_fd; /* lets the child go; says why it could not */
	bool ended;
	int status;
	struct rusage use;
	struct ol_source *src;
	struct ol_tick *ticks[2], *after;
	unsigned n;
	struct ol_snap snap;
	struct ol_watch watch;
	int64_t started_us, ended_us;
};

static volatile sig_atomic_t stop;
static volatile pid_t signal_to;

/* What stops us is meant for the command: it decides, we report. */
static void on_signal(int sig)
{
	if (signal_to > 0)
		kill(signal_to, sig);
	else
		stop = 1;
}

/* "512M", "2GiB", "100000": bytes */
static bool read_size(const char *arg, uint64_t *ret)
{
	struct ol_span s = ol_span_str(arg);
	static const char units[] = "KMGT";
	uint64_t v;
	const char *u;

	if (!ol_eat_u64(&s, &v))
		return false;
	if (s.n && s.p[0] && (u = strchr(units, s.p[0] & ~32))) {
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

/* ---- the command ---- */

/*
 * The child waits until it is in its group and the first look was taken, so that nothing it does is
 * charged elsewhere or missed. It gets what we were given: signals, limits, rights; nothing that we
 * opened.
 */
static int hold(struct job *j)
{
	struct rlimit files;
	int go[2], failed[2], err;
	char c;

	getrlimit(RLIMIT_NOFILE, &files);
	if (pipe2(go, O_CLOEXEC) || pipe2(failed, O_CLOEXEC)) {
		ol_say("cannot make a pipe: %s", strerror(errno));
		return -errno;
	}
	/* so that grandchildren whose parent ended stay ours */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	j->child = fork();
	if (j->child < 0) {
		ol_say("cannot fork: %s", strerror(errno));
		return -errno;
	}
	if (!j->child) {
		close(go[1]);
		if (read(go[0], &c, 1) != 1 || ol_priv_own_ids(NULL))
			_exit(125);
		setrlimit(RLIMIT_NOFILE, &files);
		execvp(j->command[0], j->command);
		err = errno;
		if (write(failed[1], &err, sizeof(err)) < 0)
			_exit(125);
		_exit(127);
	}
	close(go[0]);
	close(failed[1]);
	j->go_fd = go[1];
	j->failed_fd = failed[0];
	if (j->scope.version) {
		int r = ol_scope_enter(&j->scope, j->child);

		if (r) {
			ol_fail(&j->why_no_scope, r, "the command cannot be put into a group: %s",
				strerror(-r));
			ol_scope_done(&j->scope);
		}
	}
	return 0;
}

/* 0, or -errno when the command could not be run. */
static int release(struct job *j)
{
	ssize_t n = write(j->go_fd, "", 1);
	int err = 0;

	close(j->go_fd);
	j->go_fd = -1;
	/* exec closes the other end */
	if (n == 1)
		n = read(j->failed_fd, &err, sizeof(err));
	close(j->failed_fd);
	if (n != (ssize_t)sizeof(err))
		return 0;
	ol_say("cannot run %s: %s", j->command[0], strerror(err));
	waitpid(j->child, NULL, 0);
	j->child = -1;
	return -err;
}

static void reap(struct job *j)
{
	struct rusage use;
	int status;
	pid_t pid;

	/* grandchildren come to us as well */
	while ((pid = wait4(-1, &status, WNOHANG, &use)) > 0)
		if (pid == j->child) {
			j->ended = true;
			j->ended_us = ol_mono_us();
			j->status = status;
			j->use = use;
			signal_to = 0;
		}
}

/* Waits for the next look, or the end of the command. */
static void wait_until(struct job *j, int64_t deadline_us)
{
	sigset_t none;

	sigemptyset(&none);
	while (!j->ended && !stop) {
		int64_t left = deadline_us - ol_mono_us();
		struct timespec ts = { left / 1000000, left % 1000000 * 1000 };

		if (left <= 0)
			return;
		/* SIGCHLD is blocked but here, so its coming is not missed */
		ppoll(NULL, 0, &ts, &none);
		reap(j);
	}
}

/* ---- looking ---- */

static int look(struct job *j)
{
	struct ol_tick *now = j->ticks[j->n % 2], *old = j->n ? j->ticks[(j->n - 1) % 2] : NULL;
	struct ol_err err;
	int r = j->src->next(j->src, now, &err);

	if (r) {
		ol_say("%s", r < 0 ? err.msg : "there is nothing more to look at");
		return r < 0 ? r : -EIO;
	}
	j->n++;
	r = ol_snap_of(&j->snap, old, now);
	return r ? r : ol_watch_tick(&j->watch, &j->snap);
}

static void say_line(struct job *j, bool last)
{
	struct ol_out o;
	static int64_t said_us;

	if (j->quiet || (!j->ui.tty_err && !last && said_us && ol_mono_us() - said_us < 10000000))
		return;
	said_us = ol_mono_us();
	ol_out_init(&o, STDERR_FILENO);
	o.ascii = !j->ui.utf8;
	if (j->ui.tty_err)
		ol_out_str(&o, "\r\033[K");
	ol_watch_line(&o, &j->watch, ol_mono_us() - j->started_us,
		      j->ui.tty_err ? (j->ui.width ? j->ui.width - 1 : 79) : 300);
	if (!j->ui.tty_err || last)
		ol_out_char(&o, '\n');
	ol_out_flush(&o);
	ol_out_done(&o);
}

static int watch(struct job *j)
{
	int64_t deadline = ol_mono_us();
	int r = 0;

	while (!r && !j->ended && !stop) {
		deadline += j->interval_us;
		if (deadline < ol_mono_us())
			deadline = ol_mono_us() + j->interval_us;
		wait_until(j, deadline);
		if (j->ended)
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

struct killed {
	struct ol_out *to;
	const struct job *job;
	bool any;
};

static int explain_kill(void *arg, struct ol_oom_event *e)
{
	struct killed *k = arg;
	struct ol_text_opts opts = { .width = k->job->style.width, .utf8 = k->job->ui.utf8 };

	if (ol_span_find(e->task_memcg.s, ol_span_str(k->job->scope.name)) < 0 &&
	    ol_span_find(e->oom_memcg.s, ol_span_str(k->job->scope.name)) < 0)
		return 0;
	ol_out_str(k->to, "\n");
	ol_event_text(k->to, e, &opts);
	k->any = true;
	return 0;
}

/* The kernel's own words about a kill in our group, explained. */
static void append_kill(struct job *j, struct ol_logsrc *log, struct ol_out *o)
{
	struct ol_parser_opts opts = { .now_us = ol_now_us() };
	struct killed k = { o, j, false };
	struct ol_parser *p = ol_parser_new(&opts, explain_kill, &k);
	struct ol_logchunk c;
	int r = p ? 0 : -ENOMEM;

	while (!r && !ol_logsrc_next(log, &c) && c.what != OL_LOG_EOF) {
		if (c.what == OL_LOG_BEGIN)
			r = ol_parser_begin(p, c.name, c.mtime_us);
		else if (c.what == OL_LOG_DATA)
			r = ol_parser_feed(p, c.data.p, c.data.n);
		else if (c.what == OL_LOG_END)
			r = ol_parser_end(p);
	}
	ol_parser_free(p);
}

static int report(struct job *j, const struct ol_tick *end, struct ol_logsrc *log)
{
	struct ol_watch_end e = {
		.watch = &j->watch,
		.command = (const char *const *)j->command,
		.exited = j->ended,
		.exit_status = j->ended && WIFEXITED(j->status) ? WEXITSTATUS(j->status) : 0,
		.signal = j->ended && WIFSIGNALED(j->status) ? WTERMSIG(j->status) : 0,
		.elapsed_us = (j->ended ? j->ended_us : ol_mono_us()) - j->started_us,
		.user_us = j->use.ru_utime.tv_sec * 1000000 + j->use.ru_utime.tv_usec,
		.system_us = j->use.ru_stime.tv_sec * 1000000 + j->use.ru_stime.tv_usec,
		.end = end,
		.after = j->after,
		.charged_how = j->why_no_scope.msg[0] ? j->why_no_scope.msg : NULL,
	};
	int fd = STDERR_FILENO, r;
	struct ol_json json;
	struct ol_out o;

	ol_watch_forecast(&j->watch, &e.forecast);
	if (j->output) {
		fd = open(j->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		if (fd < 0) {
			ol_say("cannot write %s: %s", j->output, strerror(errno));
			fd = STDERR_FILENO;
		}
	}
	ol_out_init(&o, fd);
	if (j->json) {
		ol_json_init(&json, &o);
		ol_watch_json(&json, &e);
		ol_out_char(&o, '\n');
	} else {
		ol_watch_text(&o, &e, &j->style);
		if (j->watch.kills > 0 && log && j->scope.name)
			append_kill(j, log, &o);
	}
	r = ol_out_flush(&o);
	ol_out_done(&o);
	if (fd != STDERR_FILENO)
		close(fd);
	return r;
}

static void handle(int sig)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(sig, &sa, NULL);
}

static void child_ended(int sig)
{
	(void)sig;
}

/*
 * The terminal's Ctrl-C reaches the command too, so it is not passed on a second time; all others
 * are.
 */
static void set_signals(void)
{
	struct sigaction chld = { .sa_handler = child_ended }, ign = { .sa_handler = SIG_IGN };
	sigset_t block;

	sigemptyset(&block);
	sigaddset(&block, SIGCHLD);
	sigprocmask(SIG_BLOCK, &block, NULL);
	sigaction(SIGCHLD, &chld, NULL);
	if (signal_to) {
		sigaction(SIGINT, &ign, NULL);
		sigaction(SIGQUIT, &ign, NULL);
	} else {
		handle(SIGINT);
		handle(SIGQUIT);
	}
	handle(SIGTERM);
	handle(SIGHUP);
	handle(SIGUSR1);
	handle(SIGUSR2);
}

static int prepare(struct job *j, struct ol_logsrc **ret_log)
{
	struct ol_watch_subject subject = { .pid = j->pid };
	struct ol_logsrc_opts lo = { .since_us = OL_TIME_NONE, .until_us = OL_TIME_NONE };
	struct ol_err err;
	int r;

	if (j->command && !ol_scope_make(&j->scope, &j->why_no_scope) && j->limit) {
		r = ol_scope_limit(&j->scope, j->limit);
		if (r) {
			ol_say("the limit cannot be set: %s", strerror(-r));
			return r;
		}
	}
	if (j->limit && !j->scope.version) {
		ol_say("%s; without one there is no limit", j->why_no_scope.msg);
		return -EPERM;
	}
	if (j->command) {
		r = hold(j);
		if (r)
			return r;
		subject.pid = j->child;
	}
	/* the child has our rights; from here on only we need any */
	r = ol_live_new(&j->live, &j->src, &err);
	if (r) {
		ol_say("%s", err.msg);
		return r;
	}
	*ret_log = ol_logsrc_new(&lo);
	if (*ret_log && ol_logsrc_add_kmsg(*ret_log, &err)) {
		ol_logsrc_free(*ret_log);
		*ret_log = NULL;
	}
	if (ol_priv_drop(&err)) {
		ol_say("%s", err.msg);
		return -EPERM;
	}
	if (j->scope.version) {
		subject.cgroup = ol_span_str(j->scope.path);
		subject.version = j->scope.version;
	} else if (j->cgroup) {
		subject.cgroup = ol_span_str(j->cgroup);
	}
	for (int i = 0; i < 2; i++)
		j->ticks[i] = ol_tick_new(NULL);
	if (!j->ticks[0] || !j->ticks[1] || ol_watch_init(&j->watch, &subject)) {
		ol_say("out of memory");
		return -ENOMEM;
	}
	return 0;
}

static bool find_group(struct job *j)
{
	for (uint32_t i = 0; i < j->snap.now->tab[OL_T_CGROUP].n; i++) {
		const struct ol_row *r = ol_tick_row(j->snap.now, OL_T_CGROUP, i);

		if (ol_span_eqs(ol_tick_span(j->snap.now, r->name), j->cgroup)) {
			j->watch.subject.version = r->id;
			return true;
		}
	}
	return false;
}

static int run_job(struct job *j)
{
	struct ol_logsrc *log = NULL;
	const struct ol_tick *end = NULL;
	struct ol_err err;
	int r = prepare(j, &log);

	if (!r) {
		signal_to = j->command ? j->child : 0;
		set_signals();
		r = look(j);
	}
	if (!r && j->cgroup) {
		if (!find_group(j)) {
			ol_say("there is no control group %s with a memory controller", j->cgroup);
			r = -ENOENT;
		} else { /* now its version is known: begin again */
			struct ol_watch_subject subject = { .cgroup = ol_span_str(j->cgroup),
							    .version = j->watch.subject.version };

			ol_watch_done(&j->watch);
			r = ol_watch_init(&j->watch, &subject);
			if (!r)
				r = ol_watch_tick(&j->watch, &j->snap);
		}
	} else if (!r && j->pid && ol_watch_gone(&j->watch)) {
		ol_say("there is no process %d", j->pid);
		r = -ESRCH;
	}
	j->started_us = ol_mono_us();
	if (j->go_fd >= 0)
		r = release(j) ?: r;
	if (!r)
		r = watch(j);
	/* an error of ours is not the command's: it runs on to its end */
	while (j->command && j->child > 0 && !j->ended) {
		int status;

		if (wait4(j->child, &status, 0, &j->use) == j->child) {
			j->ended = true;
			j->ended_us = ol_mono_us();
			j->status = status;
		} else if (errno != EINTR) {
			break;
		}
	}
	if (!r) {
		end = j->snap.now;
		j->after = ol_tick_new(NULL);
		if (j->ended && j->after) {
			struct timespec ts = { 0, 300000000 };

			nanosleep(&ts, NULL);
			if (j->src->next(j->src, j->after, &err)) {
				ol_tick_free(j->after);
				j->after = NULL;
			}
		}
		r = report(j, end, log);
	}
	ol_logsrc_free(log);
	if (ol_scope_done(&j->scope))
		ol_say("control group %s could not be removed", j->scope.path);
	return r;
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
	struct job j = { .interval_us = 1000000, .go_fd = -1, .child = -1 };
	const struct ol_option *o;
	struct ol_optwalk w;
	const char *arg;
	int r, status;

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
	j.style.width = j.ui.width;
	j.style.color = j.ui.color && j.ui.tty_err;
	j.style.utf8 = j.ui.utf8;
	r = run_job(&j);
	status = j.status;
	ol_watch_done(&j.watch);
	ol_snap_done(&j.snap);
	for (int i = 0; i < 2; i++)
		ol_tick_free(j.ticks[i]);
	ol_tick_free(j.after);
	if (j.src)
		j.src->free(j.src);
	if (j.ended)
		return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return r ? (j.command && r == -ENOENT ? 127 : OL_EXIT_TROUBLE) : 0;
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
	.exit_status = "the command's own; 128 + N for signal N, 127 not found, 2 trouble.",
	.options = options,
	.run = run,
};
