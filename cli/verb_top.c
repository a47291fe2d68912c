// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/log_events.h"
#include "cli/verb.h"
#include "collect/machine/slow_file.h"
#include "collect/machine/live.h"
#include "collect/machine/priv.h"
#include "export/explain.h"
#include "export/note_words.h"
#include "export/snap.h"
#include "lib/num.h"
#include "tui/app.h"
#include "tui/screen.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static const struct ol_option options[] = {
	{ "delay", "SECONDS", "time between ticks (1)", NULL, 'd' },
	{ "view", "NAME", "the view to begin with", "overview slab groups zones processes events",
	  0 },
	{ "batch", NULL, "print ticks as text instead of drawing them", NULL, 'b' },
	{ "count", "N", "end after N ticks", NULL, 'n' },
	{ "json", NULL, "with --batch: one JSON object a tick (oomlens.tick/1)", NULL, 'j' },
	{ "root", "PATH",
	  "look at a captured root (a folder, a tar, a sosreport), or at a host's root mounted "
	  "in a container",
	  NULL, 0 },
	{ NULL, NULL, NULL, NULL, 0 },
};

extern const struct ol_verb ol_verb_top;

struct top {
	struct ol_live_opts live;
	struct ol_app_opts app;
	struct ol_ui ui;
	bool batch, json;
	int lines; /* of --batch */
	uint64_t count; /* 0: no end */
	struct ol_source *source;
	bool with_pss;

	/* what is on the screen: the main thread's, but while it reads */
	pthread_mutex_t lock;
	struct ol_app *shown;
	struct ol_screen *screen; /* NULL: none */
	struct ol_grid grid;
	bool told; /* without a screen: that a file does not answer */
};

/* What ends it, in order: with a screen, this is restored. */
static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGALRM };
enum { N_ENDS = sizeof(ends) / sizeof(ends[0]) };

static volatile sig_atomic_t stop;

static volatile sig_atomic_t no_screen;

static void on_alarm(int sig)
{
	(void)sig;
	_exit(128 + stop);
}

/*
 * Where there is no screen to restore: a write that nobody takes, or a wait that began just behind
 * the signal, is not waited for longer than a second.
 */
static void on_signal(int sig)
{
	stop = sig;
	if (no_screen) {
		signal(SIGALRM, on_alarm);
		alarm(1);
	}
}

/* What was ignored when the program began (nohup) stays so. */
static void catch_ends(void)
{
	struct sigaction sa = { .sa_handler = on_signal }, was;

	for (size_t i = 0; i < N_ENDS; i++)
		if (!sigaction(ends[i], NULL, &was) && was.sa_handler != SIG_IGN)
			sigaction(ends[i], &sa, NULL);
}

static void on_wake(int sig)
{
	(void)sig;
}

/* ---- the kernel log beside it: kills and failures with their explanation ---- */

struct happened {
	struct happened *next;
	int64_t boot_us;
	enum ol_mark_kind kind;
	struct ol_out line, text;
};

/* A thread reads and explains; the main one takes what is in the queue at each tick. */
struct watcher {
	pthread_t thread;
	pthread_mutex_t lock;
	struct happened *first, **last;
	struct ol_logsrc *src;
	atomic_bool quit;
	atomic_int failed; /* why the thread has ended */
	bool runs, utf8;
	char trouble[600]; /* why there is no log */
};

/*
 * The kernel log's clock stands still in suspend, as CLOCK_MONOTONIC does, and a tick's does not.
 * For what was logged before a suspend this is too much: such an event seems younger than it is.
 */
static int64_t asleep_us(void)
{
	return ol_boot_us() - ol_mono_us();
}

static int take_event(void *arg, struct ol_oom_event *e)
{
	struct watcher *w = arg;
	struct ol_text_opts opts = { .width = 100, .full = true, .utf8 = w->utf8 };
	struct happened *h = calloc(1, sizeof(*h));

	if (!h)
		return -ENOMEM;
	ol_out_init(&h->line, -1);
	ol_out_init(&h->text, -1);
	ol_event_headline(&h->line, e);
	ol_event_text(&h->text, e, &opts);
	h->kind = e->kind == OL_EV_ALLOC_FAILURE         ? OL_MARK_FAILURE
		  : e->constraint == OL_CONSTRAINT_MEMCG ? OL_MARK_CGROUP
							 : OL_MARK_KILL;
	h->boot_us = e->mono_us == OL_TIME_NONE ? OL_TIME_NONE : ol_add(e->mono_us, asleep_us());
	pthread_mutex_lock(&w->lock);
	*w->last = h;
	w->last = &h->next;
	pthread_mutex_unlock(&w->lock);
	return 0;
}

static void *watch(void *arg)
{
	struct watcher *w = arg;

	w->failed = ol_log_events(w->src, take_event, w, &w->quit);
	return NULL;
}

/* Opens the log while there is privilege. */
static void watcher_open(struct watcher *w, const struct top *t)
{
	struct ol_logsrc_opts lo = {
		.follow = true, .idle_ms = 1000, .since_us = OL_TIME_NONE, .until_us = OL_TIME_NONE
	};
	struct ol_err err;

	*w = (struct watcher){ .lock = PTHREAD_MUTEX_INITIALIZER, .utf8 = t->ui.utf8 };
	w->last = &w->first;
	if (t->live.root) { /* another machine's log is not ours */
		snprintf(w->trouble, sizeof(w->trouble),
			 "another machine: its kernel log is not read; 'oomlens explain' takes "
			 "files");
		return;
	}
	if (t->batch && t->json) /* the ticks do not tell events */
		return;
	w->src = ol_logsrc_new(&lo);
	if (!w->src || ol_logsrc_add_kmsg(w->src, &err)) {
		snprintf(w->trouble, sizeof(w->trouble), "only counted, not explained: %s",
			 w->src ? err.msg : "out of memory");
		ol_logsrc_free(w->src);
		w->src = NULL;
	}
}

static void watcher_start(struct watcher *w)
{
	struct sigaction sa = { .sa_handler = on_wake };
	sigset_t all, old;

	if (!w->src)
		return;
	/* signals are the main thread's, but for the one that ends this thread's wait */
	sigaction(SIGUSR1, &sa, NULL);
	sigfillset(&all);
	sigdelset(&all, SIGUSR1);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	w->runs = !pthread_create(&w->thread, NULL, watch, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static void watcher_take(struct watcher *w, struct ol_app *a)
{
	struct happened *h;

	pthread_mutex_lock(&w->lock);
	h = w->first;
	w->first = NULL;
	w->last = &w->first;
	pthread_mutex_unlock(&w->lock);
	if (w->failed && a)
		ol_app_log(a, false, "no longer explained: out of memory");
	while (h) {
		struct happened *next = h->next;

		if (a)
			ol_app_event(a, h->boot_us, h->kind, ol_span(h->line.buf, h->line.n),
				     ol_span(h->text.buf, h->text.n));
		ol_out_done(&h->line);
		ol_out_done(&h->text);
		free(h);
		h = next;
	}
}

static void watcher_end(struct watcher *w)
{
	w->quit = true;
	/* again and again: a signal may come between its look at @quit and the wait */
	while (w->runs && pthread_tryjoin_np(w->thread, NULL)) {
		pthread_kill(w->thread, SIGUSR1);
		nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
	}
	watcher_take(w, NULL);
	ol_logsrc_free(w->src);
}

/* ---- ticks ---- */

/* 0, 1 when there are no more ticks, <0 with a message. */
static int next_tick(struct top *t, struct ol_app *a, struct ol_err *err)
{
	int r;
	bool all = t->json || t->live.root;

	ol_live_change(t->source, all ? 0 : ol_app_leave_out(a), t->with_pss,
		       all ? 0 : ol_app_turn_us(a));
	pthread_mutex_unlock(&t->lock);
	r = t->source->next(t->source, ol_app_tick(a), err);
	pthread_mutex_lock(&t->lock);
	if (r)
		return r;
	return ol_app_ticked(a) ? ol_fail(err, -ENOMEM, "out of memory") : 0;
}

static int ms_until(int64_t deadline_us)
{
	int64_t left = deadline_us - ol_mono_us();

	return left <= 0 ? 0 : left > 3600000000 ? 3600000 : (int)((left + 999) / 1000);
}

/* One look at the keyboard; false to end. */
static bool take_key(struct top *t, struct ol_app *a, struct ol_screen *s, int timeout_ms)
{
	enum ol_app_act act = OL_APP_GO_ON;
	int x = 0, y = 0, key;

	key = ol_screen_key(s, timeout_ms, &x, &y);
	if (key == OL_KEY_GONE)
		return false;
	if (key == OL_KEY_MOUSE)
		act = ol_app_click(a, x, y);
	else if (key != OL_KEY_NONE && key != OL_KEY_RESIZE)
		act = ol_app_key(a, key);
	if (act == OL_APP_PSS)
		t->with_pss = !t->with_pss;
	return act != OL_APP_QUIT;
}

/* The newest whole picture, and over its verdict, which is as old, why there is no newer one. */
static void draw_stuck(struct top *t, const char *what)
{
	int width, height;

	ol_screen_size(t->screen, &width, &height);
	if (ol_grid_resize(&t->grid, width, height))
		return;
	ol_app_draw(t->shown, &t->grid);
	ol_grid_fill(&t->grid, 0, 1, width, ' ', OL_INK_ALERT);
	ol_grid_str(&t->grid, 0, 1, width, what, OL_INK_ALERT);
	ol_screen_put(t->screen, &t->grid);
}

/*
 * The reading thread waits for a file. This one goes on with the screen and the keys until the file
 * answers, so that all that is there can be looked at, and left.
 */
static void stuck(void *arg, const char *file, int64_t us, bool over)
{
	struct top *t = arg;
	bool go_on = true;
	char what[1100];

	if (over)
		snprintf(what, sizeof(what), "%.700s answers again", file);
	else
		snprintf(what, sizeof(what), "%.700s has not answered for over %d s", file,
			 (int)(us / 1000000));
	pthread_mutex_lock(&t->lock);
	if (!t->screen) {
		if (over || !t->told)
			ol_say("%s", what);
		t->told = !over;
	} else if (!over) {
		draw_stuck(t, what);
		go_on = take_key(t, t->shown, t->screen, 200);
	}
	if (!over && (stop || !go_on)) {
		ol_screen_close(t->screen);
		if (t->screen)
			ol_say("%s", what);
		_exit(OL_EXIT_TROUBLE);
	}
	pthread_mutex_unlock(&t->lock);
}

/*
 * The signals that end it are held back but for the wait for a key: none is lost between the look
 * at @stop and the wait.
 */
static int interactive(struct top *t, struct ol_app *a, struct watcher *w)
{
	struct ol_screen_opts so = { .color = t->ui.color, .utf8 = t->ui.utf8 };
	struct ol_grid *g = &t->grid;
	int64_t deadline = ol_mono_us();
	struct ol_screen *s;
	sigset_t held, old;
	struct ol_err err;
	bool ended = false, on = true;
	uint64_t n = 0;
	int r;

	sigemptyset(&held);
	for (size_t i = 0; i < N_ENDS; i++)
		sigaddset(&held, ends[i]);
	sigprocmask(SIG_BLOCK, &held, &old);
	so.awake = &old;
	r = ol_screen_open(&so, &s, &err);
	if (r) {
		ol_say("%s", err.msg);
		return r;
	}
	*g = (struct ol_grid){ .utf8 = t->ui.utf8, .color = ol_screen_color(s) };
	t->shown = a;
	t->screen = s;
	while (!stop && on) {
		bool due = ms_until(deadline) == 0 || ol_app_wants_tick(a);
		int width, height;

		if (!ended && !ol_app_paused(a) && due) {
			r = next_tick(t, a, &err);
			if (r < 0)
				break;
			ended = r > 0; /* a captured root stays on the screen */
			if (++n == t->count)
				break;
			deadline += t->app.interval_us;
			if (deadline < ol_mono_us()) /* too slow, or was stopped */
				deadline = ol_mono_us() + t->app.interval_us;
		}
		watcher_take(w, a);
		ol_screen_size(s, &width, &height);
		if (ol_grid_resize(g, width, height) == 0) {
			ol_app_draw(a, g);
			ol_screen_put(s, g);
		}
		on = take_key(t, a, s, ended || ol_app_paused(a) ? 1000 : ms_until(deadline));
	}
	t->screen = NULL;
	ol_screen_close(s);
	sigprocmask(SIG_SETMASK, &old, NULL);
	ol_grid_done(g);
	if (r < 0) /* now it stays readable */
		ol_say("%s", err.msg);
	return r < 0 ? r : 0;
}

static void print_tick(const struct top *t, struct ol_app *a, struct ol_out *o)
{
	struct ol_grid g = { .utf8 = t->ui.utf8, .color = false };
	struct ol_json j;

	if (t->json) {
		ol_json_init(&j, o);
		ol_tick_json(&j, ol_app_snap(a), ol_app_view_name(t->app.view));
		ol_out_char(o, '\n');
		return;
	}
	if (ol_grid_resize(&g, (int)t->ui.width, t->lines) == 0) {
		ol_app_draw(a, &g);
		ol_grid_print(&g, o);
	} else {
		o->err = ol_no_memory();
	}
	ol_grid_done(&g);
}

static int batch(struct top *t, struct ol_app *a, struct watcher *w)
{
	int64_t deadline = ol_mono_us();
	bool failed = false;
	struct ol_err err;
	struct ol_out o;
	int r = 0;

	ol_out_init(&o, STDOUT_FILENO);
	for (uint64_t n = 0; !stop && !r && (!t->count || n < t->count); n++) {
		if (n) {
			struct timespec ts;
			int ms;

			deadline += t->app.interval_us;
			ms = ms_until(deadline);
			ts = (struct timespec){ ms / 1000, ms % 1000 * 1000000L };
			nanosleep(&ts, NULL);
			if (stop)
				break;
		}
		r = next_tick(t, a, &err);
		failed = r < 0;
		if (failed)
			ol_say("%s", err.msg);
		if (r)
			break;
		watcher_take(w, a);
		print_tick(t, a, &o);
		r = ol_out_flush(&o);
	}
	return ol_print_end(&o, failed ? OL_EXIT_TROUBLE : 0);
}

static int top(struct top *t)
{
	const struct ol_guard_opts go = { .stuck = stuck, .arg = t };
	struct ol_guard *guard;
	struct ol_app *a = NULL;
	struct watcher w = { 0 };
	struct ol_err err;
	int r;

	r = t->live.root ? ol_priv_own(&err) : 0;
	if (!r) {
		guard = ol_guard_start(&go);
		r = ol_live_new(&t->live, &t->source, &err);
		ol_guard_stop(guard);
	}
	if (!r) {
		watcher_open(&w, t);
		r = ol_priv_drop(&err);
	}
	if (r) {
		ol_say("%s", err.msg);
		return OL_EXIT_TROUBLE;
	}
	watcher_start(&w);
	no_screen = t->batch;
	catch_ends();
	a = ol_app_new(&t->app);
	if (a)
		ol_app_log(a, w.runs, w.trouble);
	guard = a ? ol_guard_start(&go) : NULL;
	pthread_mutex_lock(&t->lock);
	if (a)
		r = t->batch ? batch(t, a, &w) : interactive(t, a, &w);
	else
		ol_say("out of memory");
	pthread_mutex_unlock(&t->lock);
	ol_guard_stop(guard);
	watcher_end(&w);
	ol_app_free(a);
	t->source->free(t->source);
	return r || !a ? OL_EXIT_TROUBLE : 0;
}

static bool view_of(const char *arg, int *ret)
{
	const char *name;

	for (int i = 0; (name = ol_app_view_name(i)); i++)
		if (!strcmp(name, arg) || (arg[0] == '1' + i && !arg[1])) {
			*ret = i;
			return true;
		}
	return false;
}

static int run(int argc, char **argv)
{
	struct top t = { .app = { .interval_us = 1000000, .words = ol_note_words },
			 .lines = 40,
			 .lock = PTHREAD_MUTEX_INITIALIZER };
	const struct ol_option *o;
	struct ol_optwalk w;
	const char *arg;
	uint64_t lines;
	int r;

	ol_ui_init(&t.ui);
	/* as COLUMNS, which ol_ui_init() looks at */
	if (ol_span_u64(ol_span_str(getenv("LINES") ? getenv("LINES") : ""), &lines) && lines > 0 &&
	    lines <= 1000)
		t.lines = (int)lines;
	ol_optwalk_init(&w, &ol_verb_top, argc, argv);
	while ((r = ol_optwalk_next(&w, &o, &arg)) > 0) {
		if (ol_ui_option(&t.ui, &ol_verb_top, o, arg, &r)) {
			if (r)
				return r < 0 ? OL_EXIT_TROUBLE : 0;
		} else if (!strcmp(o->name, "batch")) {
			t.batch = true;
		} else if (!strcmp(o->name, "json")) {
			t.json = t.batch = true;
		} else if (!strcmp(o->name, "root")) {
			t.live.root = arg;
		} else if (!strcmp(o->name, "view")) {
			if (!view_of(arg, &t.app.view)) {
				ol_say("there is no view '%s'", arg);
				return OL_EXIT_TROUBLE;
			}
		} else if (!strcmp(o->name, "count")) {
			if (!ol_span_u64(ol_span_str(arg), &t.count) || !t.count) {
				ol_say("--count takes a number above 0, not '%s'", arg);
				return OL_EXIT_TROUBLE;
			}
		} else if (!ol_opt_seconds(arg, &t.app.interval_us) || t.app.interval_us < 10000) {
			ol_say("--delay takes seconds, 0.01 to 86400, not '%s'", arg);
			return OL_EXIT_TROUBLE;
		}
	}
	if (r < 0)
		return OL_EXIT_TROUBLE;
	if (w.n_operands) {
		ol_say("top takes no operands; see 'oomlens top --help'");
		return OL_EXIT_TROUBLE;
	}
	t.app.what = t.live.root;
	return top(&t);
}

static const char *build(void)
{
	return ol_screen_version() ? ol_screen_version() : "without ncurses: --batch only";
}

const struct ol_verb ol_verb_top = {
	.name = "top",
	.args = "",
	.summary = "cache versus anonymous memory live, slab, groups, zones, processes, events",
	.description =
		"The picture of snap, live: a bar of all RAM with the audited range of what can "
		"be had, cache against anonymous memory over time, and views of slab caches, "
		"control groups, zones, processes and events. Press ? for the keys. In the view of "
		"processes, what can change without its RSS (its command's name, its control "
		"group, its score by oom_score_adj) may be up to 5 seconds old, and what names a "
		"kernel thread up to 30.",
	.exit_status = "0; 2 when there was trouble.",
	.options = options,
	.keys = ol_app_keys,
	.run = run,
	.build = build,
};
