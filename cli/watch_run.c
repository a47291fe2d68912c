// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/watch_run.h"
#include "cli/verb.h"
#include "collect/machine/priv.h"
#include "lib/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const int ours[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2 };
enum { N_OURS = sizeof(ours) / sizeof(ours[0]) };

static volatile sig_atomic_t stop;
static volatile pid_t signal_to;
static volatile int keeper_fd = -1;

/*
 * A terminal's Ctrl-C (sent by the kernel) reaches the command too, so it is not passed on a second
 * time; what a process sent to us is.
 */
static void on_signal(int sig, siginfo_t *info, void *context)
{
	(void)context;
	if (!signal_to)
		stop = 1;
	else if (info->si_code != SI_KERNEL && kill(signal_to, sig) && errno == EPERM &&
		 keeper_fd >= 0) /* it changed its user, and we gave our rights up */
		(void)!write(keeper_fd, &(char){ (char)sig }, 1);
}

static void child_ended(int sig)
{
	(void)sig;
}

void ol_run_signals(struct ol_run *r)
{
	struct sigaction sa = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };
	struct sigaction chld = { .sa_handler = child_ended }, was;
	sigset_t block;

	sigemptyset(&block);
	sigaddset(&block, SIGCHLD);
	for (int i = 0; i < N_OURS; i++) {
		/* nohup: what is ignored stays so, for the command as well */
		if (!sigaction(ours[i], NULL, &was) && was.sa_handler == SIG_IGN)
			continue;
		sigaddset(&block, ours[i]);
		sigaction(ours[i], &sa, NULL);
	}
	sigaction(SIGCHLD, &chld, NULL);
	sigprocmask(SIG_BLOCK, &block, &r->outside);
	sigdelset(&r->outside, SIGCHLD);
}

bool ol_run_stopped(void)
{
	return stop;
}

/* What we were given: signals, limits, rights; nothing that we opened. */
static void be_the_command(struct ol_run *r, char **command, const struct rlimit *files, int go,
			   int failed)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL }, was;
	int err;
	char c;

	for (int i = 0; i < N_OURS; i++)
		if (!sigaction(ours[i], NULL, &was) && was.sa_handler != SIG_IGN)
			sigaction(ours[i], &dfl, NULL);
	sigaction(SIGCHLD, &dfl, NULL);
	/* a signal that came while it was held acts here */
	sigprocmask(SIG_SETMASK, &r->outside, NULL);
	if (TEMP_FAILURE_RETRY(read(go, &c, 1)) != 1 || ol_priv_own_ids(NULL))
		_exit(125);
	setrlimit(RLIMIT_NOFILE, files);
	execvp(command[0], command);
	err = errno;
	if (write(failed, &err, sizeof(err)) < 0)
		_exit(125);
	_exit(127);
}

static int make_scope(struct ol_run *r, uint64_t limit)
{
	uid_t with = geteuid();
	int rc =
		seteuid(getuid()) ? -errno : 0; /* where the user may: not with the file's rights */

	if (!rc)
		rc = ol_scope_make(&r->scope, "/", &r->why_no_scope);
	if (seteuid(with))
		return -errno;
	if (rc && limit) {
		ol_say("%s; without one there is no limit", r->why_no_scope.msg);
		return rc;
	}
	if (!rc && limit) {
		rc = ol_scope_limit(&r->scope, limit);
		if (rc)
			ol_say("the limit cannot be set: %s", strerror(-rc));
		return rc;
	}
	return 0;
}

/*
 * A process that keeps the rights that we give up: at the top of a hierarchy not even root may
 * remove a group without CAP_DAC_OVERRIDE. It does so when we end, also when we are killed, and
 * passes signals to a command that is no longer of our user.
 */
static void keep(const struct ol_run *r, int fd)
{
	struct ol_scope scope = r->scope;
	sigset_t all;
	char sig;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	prctl(PR_SET_NAME, "oomlens-keeper");
	/* the child must see it when we go */
	close(r->go_fd);
	close(r->failed_fd);
	while (TEMP_FAILURE_RETRY(read(fd, &sig, 1)) == 1)
		kill(r->child, sig);
	_exit(-ol_scope_done(&scope));
}

static void make_keeper(struct ol_run *r)
{
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd))
		return;
	r->keeper = fork();
	if (!r->keeper) {
		close(fd[1]);
		keep(r, fd[0]);
	}
	close(fd[0]);
	if (r->keeper > 0)
		keeper_fd = fd[1];
	else
		close(fd[1]);
}

int ol_run_hold(struct ol_run *r, char **command, uint64_t limit)
{
	struct rlimit files;
	int go[2], failed[2], rc = make_scope(r, limit);

	if (rc)
		return rc;
	getrlimit(RLIMIT_NOFILE, &files);
	/* a socket for the go: writing to one who was killed meanwhile must not kill us */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, go) || pipe2(failed, O_CLOEXEC)) {
		ol_say("cannot make a pipe: %s", strerror(errno));
		return -errno;
	}
	/* so that grandchildren whose parent ended stay ours */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	r->child = fork();
	if (r->child < 0) {
		ol_say("cannot fork: %s", strerror(errno));
		return -errno;
	}
	if (!r->child) {
		close(go[1]);
		be_the_command(r, command, &files, go[0], failed[1]);
	}
	/* who reads our lines may go away: the group would stay behind us */
	signal(SIGPIPE, SIG_IGN);
	close(go[0]);
	close(failed[1]);
	r->go_fd = go[1];
	r->failed_fd = failed[0];
	if (r->scope.version) {
		rc = ol_scope_enter(&r->scope, r->child);
		if (rc) {
			ol_fail(&r->why_no_scope, rc, "the command cannot be put into a group: %s",
				strerror(-rc));
			ol_scope_done(&r->scope);
		}
	}
	if (rc && limit) {
		ol_say("%s", r->why_no_scope.msg);
		return rc;
	}
	if (r->scope.version)
		make_keeper(r);
	signal_to = r->child;
	return 0;
}

int ol_run_go(struct ol_run *r, const char *command)
{
	ssize_t n = send(r->go_fd, "", 1, MSG_NOSIGNAL);
	int err = 0;

	r->started_us = ol_mono_us();
	close(r->go_fd);
	r->go_fd = -1;
	/* exec closes the other end, and so does a signal that was faster */
	if (n == 1)
		n = TEMP_FAILURE_RETRY(read(r->failed_fd, &err, sizeof(err)));
	close(r->failed_fd);
	if (n != (ssize_t)sizeof(err))
		return 0;
	ol_say("cannot run %s: %s", command, strerror(err));
	signal_to = 0;
	waitpid(r->child, NULL, 0);
	r->child = -1;
	r->exec_errno = err;
	return -err;
}

static void reap(struct ol_run *r)
{
	struct rusage use;
	int status;
	pid_t pid;

	/* grandchildren come to us as well */
	while ((pid = wait4(-1, &status, WNOHANG, &use)) > 0)
		if (pid == r->keeper) {
			r->keeper = 0;
		} else if (pid == r->child) {
			signal_to = 0;
			r->ended = true;
			r->ended_us = ol_mono_us();
			r->status = status;
			r->use = use;
		}
}

void ol_run_wait(struct ol_run *r, int64_t deadline_us)
{
	while (!r->ended && !stop) {
		int64_t left = deadline_us < 0 ? 3600000000 : deadline_us - ol_mono_us();
		struct timespec ts = { left / 1000000, left % 1000000 * 1000 };

		if (left <= 0)
			return;
		ppoll(NULL, 0, &ts, &r->outside);
		reap(r);
	}
}

int ol_run_status(const struct ol_run *r)
{
	return WIFSIGNALED(r->status) ? 128 + WTERMSIG(r->status) : WEXITSTATUS(r->status);
}

void ol_run_done(struct ol_run *r)
{
	int rc, status = 0;

	/* it was held and never let go: without the pipe it ends by itself */
	if (r->go_fd >= 0) {
		signal_to = 0;
		close(r->go_fd);
		waitpid(r->child, NULL, 0);
	}
	if (r->keeper > 0) {
		close(keeper_fd);
		keeper_fd = -1;
		while (waitpid(r->keeper, &status, 0) < 0 && errno == EINTR)
			;
		rc = WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
	} else {
		rc = ol_scope_done(&r->scope);
	}
	if (rc)
		ol_say("control group %s could not be removed: %s", r->scope.path, strerror(-rc));
}
