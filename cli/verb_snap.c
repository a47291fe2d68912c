// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/verb.h"
#include "collect/machine/slow_file.h"
#include "collect/machine/live.h"
#include "collect/machine/priv.h"
#include "export/snap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static const struct ol_option options[] = {
	{ "full", NULL, "everything instead of one screen", NULL, 0 },
	{ "json", NULL, "print JSON (oomlens.snap/1)", NULL, 'j' },
	{ "interval", "SECONDS",
	  "time between the two looks that rates need (1); 0 takes one look only", NULL, 'i' },
	{ "root", "PATH",
	  "look at a captured root (contrib/capture-root.sh; a folder or a tar, packed or not; a "
	  "sosreport), or at a host's root mounted in a container",
	  NULL, 0 },
	{ "pid", "PID", "one process only", NULL, 'p' },
	{ "pss", NULL, "share what processes share among them (exact, slow on large processes)",
	  NULL, 0 },
	{ "diff", NULL, "what changed between two saved snapshots: two files of --json", NULL, 0 },
	{ NULL, NULL, NULL, NULL, 0 },
};

struct snap_opts {
	struct ol_live_opts live;
	struct ol_snap_style style;
	bool json, diff;
	int64_t interval_us;
};

extern const struct ol_verb ol_verb_snap;

static void wait_us(int64_t us)
{
	struct timespec ts = { us / 1000000, us % 1000000 * 1000 };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

/* The machine as it is looked at, for the thread that tells when a file does not answer. */
struct looking {
	const struct snap_opts *opt;
	const struct ol_ui *ui;
	struct ol_source *src;
	struct ol_tick *old, *now; /* NULL: not yet */
};

static int print(const struct snap_opts *opt, const struct ol_ui *ui, const struct ol_snap *s);

/* What has been read by then is printed: at such a time it is all that there is. */
static void stuck(void *arg, const char *file, int64_t us, bool over)
{
	const struct looking *l = arg;
	struct ol_snap s = { 0 };

	(void)over;
	ol_say("%.700s has not answered for over %d s; it and what is read behind it is left out",
	       file, (int)(us / 1000000));
	if (l->now) {
		ol_live_stuck(l->src, l->now);
		if (!ol_snap_of(&s, l->old, l->now))
			print(l->opt, l->ui, &s);
	}
	_exit(OL_EXIT_TROUBLE);
}

/* Two looks at a machine (@ticks[0] is the later one), one at a captured root. */
static int look(const struct snap_opts *opt, const struct ol_ui *ui, struct ol_tick *ticks[2],
		bool *ret_two, struct ol_err *err)
{
	/* the shares of others' processes take privilege when they are read, all else before */
	bool late = opt->live.pss || opt->live.only_pid > 0;
	struct looking l = { .opt = opt, .ui = ui };
	const struct ol_guard_opts go = { .stuck = stuck, .arg = &l, .take_over = true };
	struct ol_guard *guard;
	int r = opt->live.root ? ol_priv_own(err) : 0;

	if (r)
		return r;
	guard = ol_guard_start(&go);
	r = ol_live_new(&opt->live, &l.src, err);
	if (r)
		goto out;
	*ret_two = opt->interval_us && !l.src->once;
	if (!opt->live.root && !late) {
		ol_guard_stop(guard);
		r = ol_priv_drop(err);
		guard = ol_guard_start(&go);
	}
	if (!r && *ret_two) {
		l.now = ticks[1];
		r = l.src->next(l.src, l.now, err);
		l.old = l.now;
		if (!r)
			wait_us(opt->interval_us);
	}
	l.now = ticks[0];
	if (!r)
		r = l.src->next(l.src, l.now, err);
	l.src->free(l.src);
out:
	ol_guard_stop(guard);
	return r ? r : ol_priv_drop(err);
}

/* All of a snapshot, or one process of it. */
static int print(const struct snap_opts *opt, const struct ol_ui *ui, const struct ol_snap *s)
{
	int32_t pid = opt->live.only_pid;
	struct ol_json j;
	struct ol_out o;
	int r = 0;

	ol_out_init(&o, opt->json ? STDOUT_FILENO : ol_pager_start(ui));
	if (opt->json) {
		ol_json_init(&j, &o);
		if (pid)
			r = ol_snap_pid_json(&j, s, pid);
		else
			ol_snap_json(&j, s);
		if (!r)
			ol_out_char(&o, '\n');
	} else if (pid) {
		r = ol_snap_pid_text(&o, s, pid, &opt->style);
	} else {
		ol_snap_text(&o, s, &opt->style);
	}
	if (r)
		ol_say("there is no process %d", pid);
	r = ol_print_end(&o, r ? OL_EXIT_TROUBLE : 0);
	ol_pager_end(o.fd);
	return r;
}

static int snap(const struct snap_opts *opt, const struct ol_ui *ui)
{
	struct ol_tick *ticks[2] = { ol_tick_new(NULL), ol_tick_new(NULL) };
	bool two = false;
	struct ol_snap s = { 0 };
	struct ol_err err;
	int r;

	if (!ticks[0] || !ticks[1]) {
		ol_say("out of memory");
		r = -ENOMEM;
	} else {
		r = look(opt, ui, ticks, &two, &err);
		if (r)
			ol_say("%s", err.msg);
	}
	if (!r && (r = ol_snap_of(&s, two ? ticks[1] : NULL, ticks[0])))
		ol_say("out of memory");
	r = r ? OL_EXIT_TROUBLE : print(opt, ui, &s);
	if (!r && !s.has_ram) {
		/* NOLINTNEXTLINE(clang-analyzer-core*): there are ticks, or r is set */
		ol_say("%s has no readable proc/meminfo%s", opt->live.root ? opt->live.root : "/",
		       ticks[0]->src[OL_SRC_MEMINFO].rc == -ENODATA
			       ? ": it is empty, as tar by itself packs it; "
				 "contrib/capture-root.sh does not"
			       : "");
		r = OL_EXIT_TROUBLE;
	}
	ol_snap_done(&s);
	ol_tick_free(ticks[0]);
	ol_tick_free(ticks[1]);
	return r;
}

/* A saved snapshot; 64 MiB hold 10,000 control groups. */
static int read_saved(const char *path, struct ol_out *to)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 1;

	if (fd < 0)
		return -errno;
	while (n > 0 && to->n < 64 << 20) {
		char *room = ol_out_room(to, 1 << 16);

		if (!room)
			break;
		n = read(fd, room, 1 << 16);
		if (n > 0)
			ol_out_add(to, (size_t)n);
		else if (n < 0 && errno == EINTR)
			n = 1;
	}
	n = n < 0 ? -errno : n > 0 ? -EFBIG : to->err;
	close(fd);
	return (int)n;
}

static int diff(const struct snap_opts *opt, char **paths)
{
	struct ol_out saved[2], o;
	struct ol_err err;
	int r = ol_priv_own(&err);

	if (r)
		ol_say("%s", err.msg);
	for (int i = 0; i < 2; i++) {
		ol_out_init(&saved[i], -1);
		if (!r && (r = read_saved(paths[i], &saved[i])))
			ol_say("cannot read %s: %s", paths[i], strerror(-r));
	}
	if (!r) {
		ol_out_init(&o, STDOUT_FILENO);
		r = ol_snap_diff(&o, ol_span(saved[0].buf, saved[0].n),
				 ol_span(saved[1].buf, saved[1].n), opt->json, &opt->style, &err);
		if (r)
			ol_say("%s", err.msg);
		r = ol_print_end(&o, r ? OL_EXIT_TROUBLE : 0);
	}
	ol_out_done(&saved[0]);
	ol_out_done(&saved[1]);
	return r ? OL_EXIT_TROUBLE : 0;
}

static int run(int argc, char **argv)
{
	struct snap_opts opt = { .interval_us = 1000000 };
	const struct ol_option *o;
	struct ol_optwalk w;
	struct ol_ui ui;
	const char *arg;
	int r;

	ol_ui_init(&ui);
	ol_optwalk_init(&w, &ol_verb_snap, argc, argv);
	while ((r = ol_optwalk_next(&w, &o, &arg)) > 0) {
		if (ol_ui_option(&ui, &ol_verb_snap, o, arg, &r)) {
			if (r)
				return r < 0 ? OL_EXIT_TROUBLE : 0;
		} else if (!strcmp(o->name, "full")) {
			opt.style.full = true;
		} else if (!strcmp(o->name, "json")) {
			opt.json = true;
		} else if (!strcmp(o->name, "pss")) {
			opt.live.pss = true;
		} else if (!strcmp(o->name, "diff")) {
			opt.diff = true;
		} else if (!strcmp(o->name, "root")) {
			opt.live.root = arg;
		} else if (!strcmp(o->name, "pid")) {
			uint64_t pid;

			if (!ol_span_u64(ol_span_str(arg), &pid) || !pid || pid > INT32_MAX) {
				ol_say("--pid takes the number of a process, not '%s'", arg);
				return OL_EXIT_TROUBLE;
			}
			opt.live.only_pid = (int32_t)pid;
		} else if (!ol_opt_seconds(arg, &opt.interval_us)) {
			ol_say("--interval takes seconds, 0 to 86400, not '%s'", arg);
			return OL_EXIT_TROUBLE;
		}
	}
	if (r < 0)
		return OL_EXIT_TROUBLE;
	if (w.n_operands != (opt.diff ? 2 : 0)) {
		ol_say(opt.diff ? "--diff needs two files, the earlier one first"
				: "snap takes no operands; see 'oomlens snap --help'");
		return OL_EXIT_TROUBLE;
	}
	opt.style.width = ui.width;
	opt.style.color = ui.color;
	opt.style.utf8 = ui.utf8;
	return opt.diff ? diff(&opt, argv) : snap(&opt, &ui);
}

static const char *build(void)
{
	static char text[160];
	const char *p = ol_priv_version();

#ifdef OL_HAVE_PROC2
	const char *procs = "libproc2";
#else
	const char *procs = "read by ourselves (libproc2 left out)";
#endif
	snprintf(text, sizeof(text), "processes: %s; giving up privilege: %s", procs,
		 p ? p : "left out (libcap), only no_new_privs is set");
	return text;
}

const struct ol_verb ol_verb_snap = {
	.name = "snap",
	.args = "[--diff A B]",
	.summary =
		"the machine now: RAM to the last page, an audited \"available\", who holds what",
	.description =
		"Looks at the machine twice, a second apart, and says in what state its memory "
		"is and why; where all RAM is, in parts that sum to MemTotal; how much one more "
		"program could get, for certain and at most, beside the kernel's MemAvailable; "
		"zones against their watermarks; slab caches; control groups by container, and "
		"whose limit would kill; processes folded by command.\n\n"
		"Root sees everything. Others see what the kernel shows them; the rest is named "
		"with what it would take.",
	.exit_status = "0; 2 when there was trouble.",
	.options = options,
	.run = run,
	.build = build,
};
