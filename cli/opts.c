// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/verb.h"
#include "cli/interrupt.h"
#include "collect/machine/priv.h"

#include <errno.h>
#include <langinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

const struct ol_option ol_common_options[] = {
	{ "color", "WHEN",
	  "colour the output: auto (on a terminal), always, never; NO_COLOR is honoured",
	  "auto always never", 0 },
	{ "no-pager", NULL, "do not pipe long output on a terminal into a pager", NULL, 0 },
	{ "help", NULL, "show this text", NULL, 'h' },
	{ NULL, NULL, NULL, NULL, 0 },
};

void ol_say(const char *fmt, ...)
{
	char text[1024], buf[5 * sizeof(text)];
	struct ol_out o;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	/* also when there is no memory for a buffer */
	ol_out_init(&o, STDERR_FILENO);
	o.buf = buf;
	o.cap = sizeof(buf);
	o.give_up = ol_interrupt_late;
	ol_out_str(&o, "oomlens: ");
	ol_out_safe(&o, ol_span(text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1));
	ol_out_char(&o, '\n');
	ol_out_flush(&o);
}

int ol_print_end(struct ol_out *o, int status)
{
	int r = ol_out_flush(o);

	ol_out_done(o);
	/* a reader that went away has seen enough: no trouble */
	if (r == -EPIPE)
		return status;
	if (!r && status != OL_EXIT_TROUBLE && ol_had_no_memory())
		r = -ENOMEM;
	if (!r)
		return status;
	ol_say(r == -ENOMEM ? "out of memory: not everything is told" : "cannot write: %s",
	       strerror(-r));
	return OL_EXIT_TROUBLE;
}

bool ol_opt_seconds(const char *arg, int64_t *ret_us)
{
	struct ol_span s = ol_span_str(arg);
	uint64_t sec = 0, part = 0, scale = 1000000;

	if (!ol_eat_u64(&s, &sec) || sec > 86400)
		return false;
	if (ol_span_eat(&s, OL_SPAN("."))) {
		for (; s.n && ol_is_digit(s.p[0]) && scale > 1; s = ol_span_skip(s, 1)) {
			scale /= 10;
			part += (uint64_t)(s.p[0] - '0') * scale;
		}
	}
	*ret_us = (int64_t)(sec * 1000000 + part);
	return !s.n;
}

/* ---- options ---- */

void ol_optwalk_init(struct ol_optwalk *w, const struct ol_verb *verb, int argc, char **argv)
{
	*w = (struct ol_optwalk){ .verb = verb, .argc = argc, .argv = argv, .i = 1 };
}

static const struct ol_option *by_name(const struct ol_option *o, struct ol_span name)
{
	for (; o->name; o++)
		if (ol_span_eqs(name, o->name))
			return o;
	return NULL;
}

static const struct ol_option *by_letter(const struct ol_option *o, char c)
{
	for (; o->name; o++)
		if (o->letter && o->letter == c)
			return o;
	return NULL;
}

static int unknown(const struct ol_optwalk *w, const char *arg)
{
	ol_say("unknown option %s; see 'oomlens %s --help'", arg, w->verb->name);
	return -1;
}

static int want_arg(struct ol_optwalk *w, const struct ol_option *o, const char *shown,
		    const char **ret_arg)
{
	if (!o->takes || o->takes[0] == '[')
		return 1;
	if (w->i >= w->argc) {
		ol_say("%s needs %s", shown, o->takes);
		return -1;
	}
	*ret_arg = w->argv[w->i++];
	return 1;
}

int ol_optwalk_next(struct ol_optwalk *w, const struct ol_option **ret_opt, const char **ret_arg)
{
	const struct ol_option *o;
	struct ol_span name;
	char shown[3] = "-?";
	char *arg;
	ssize_t eq;

	*ret_arg = NULL;
	if (w->cluster && *w->cluster) {
		shown[1] = *w->cluster++;
		o = by_letter(w->verb->options, shown[1]);
		if (!o)
			o = by_letter(ol_common_options, shown[1]);
		if (!o)
			return unknown(w, shown);
		*ret_opt = o;
		if (o->takes && *w->cluster) {
			*ret_arg = w->cluster;
			w->cluster = NULL;
			return 1;
		}
		return want_arg(w, o, shown, ret_arg);
	}
	for (; w->i < w->argc; w->i++) {
		arg = w->argv[w->i];
		if (w->only_operands || arg[0] != '-' || !arg[1]) {
			w->argv[w->n_operands++] = arg;
			w->only_operands |= w->first_operand_ends;
			continue;
		}
		if (!strcmp(arg, "--")) {
			w->only_operands = true;
			continue;
		}
		w->i++;
		if (arg[1] != '-') {
			w->cluster = arg + 1;
			return ol_optwalk_next(w, ret_opt, ret_arg);
		}
		name = ol_span_str(arg + 2);
		eq = ol_span_chr(name, '=');
		if (eq >= 0)
			name.n = (size_t)eq;
		o = by_name(w->verb->options, name);
		if (!o)
			o = by_name(ol_common_options, name);
		if (!o)
			return unknown(w, arg);
		*ret_opt = o;
		if (eq >= 0) {
			if (!o->takes) {
				ol_say("--%s takes no argument", o->name);
				return -1;
			}
			*ret_arg = arg + 2 + eq + 1;
			return 1;
		}
		return want_arg(w, o, arg, ret_arg);
	}
	return 0;
}

/* ---- terminal ---- */

void ol_ui_init(struct ol_ui *ui)
{
	const char *term = getenv("TERM"), *no = getenv("NO_COLOR"), *columns = getenv("COLUMNS");
	struct winsize ws;
	uint64_t n;

	*ui = (struct ol_ui){
		.tty_out = isatty(STDOUT_FILENO),
		.tty_err = isatty(STDERR_FILENO),
		.width = 100,
	};
	ui->pager = ui->tty_out;
	ui->color = ui->tty_out && !(no && *no) && term && strcmp(term, "dumb") != 0;
	ui->utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	if (columns && ol_span_u64(ol_span_str(columns), &n) && n > 20 && n < 1000)
		ui->width = (unsigned)n;
	else if (ui->tty_out && ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 20)
		ui->width = ws.ws_col;
}

bool ol_ui_option(struct ol_ui *ui, const struct ol_verb *verb, const struct ol_option *opt,
		  const char *arg, int *ret_r)
{
	*ret_r = 0;
	if (!strcmp(opt->name, "help")) {
		*ret_r = ol_print_help(verb) ? -1 : 1;
	} else if (!strcmp(opt->name, "no-pager")) {
		ui->pager = false;
	} else if (!strcmp(opt->name, "color")) {
		if (!strcmp(arg, "always")) {
			ui->color = true;
		} else if (!strcmp(arg, "never")) {
			ui->color = false;
		} else if (strcmp(arg, "auto") != 0) {
			ol_say("--color takes auto, always or never, not '%s'", arg);
			*ret_r = -1;
		}
	} else {
		return false;
	}
	return true;
}

/* ---- pager ---- */

static pid_t pager_pid;

int ol_pager_start(const struct ol_ui *ui)
{
	const char *cmd = getenv("OOMLENS_PAGER");
	int fds[2];

	if (!cmd)
		cmd = getenv("PAGER");
	if (!cmd)
		cmd = "less";
	if (!ui->pager || !*cmd || !strcmp(cmd, "cat") || pipe(fds) < 0)
		return STDOUT_FILENO;
	pager_pid = fork();
	if (pager_pid == 0) {
		if (ol_priv_own_ids(NULL) < 0)
			_exit(126);
		dup2(fds[0], STDIN_FILENO);
		close(fds[0]);
		close(fds[1]);
		/* quit when it fits on the screen, keep colours and the screen */
		setenv("LESS", "FRSXMK", 0);
		setenv("LESSCHARSET", ui->utf8 ? "utf-8" : "ascii", 0);
		execlp("/bin/sh", "sh", "-c", cmd, (char *)NULL);
		_exit(127);
	}
	close(fds[0]);
	if (pager_pid < 0) {
		pager_pid = 0;
		close(fds[1]);
		return STDOUT_FILENO;
	}
	signal(SIGPIPE, SIG_IGN);
	return fds[1];
}

void ol_pager_end(int fd)
{
	int status = 0;

	if (!pager_pid)
		return;
	close(fd);
	signal(SIGINT, SIG_IGN);
	ol_interrupt_pager(pager_pid);
	/* with SIGCHLD ignored there is nothing to be had but the end */
	while (waitpid(pager_pid, &status, 0) < 0 && errno == EINTR)
		;
	/* no pager installed: the reader must not be left without the text */
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		ol_say("the pager could not be started; use --no-pager");
}
