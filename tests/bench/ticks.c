// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: ticks tick|bare system|cgroups|processes ROUNDS [MOUNT VERSION]
 * Prints how many files were read at the end, and the median of the CPU time of one round in ms.
 * bare only reads the same files: pread() of descriptors that stay open (system, cgroups), open,
 * read, close (processes). The files of the system are those that a tick keeps open.
 */
#include "collect/machine/live.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const struct {
	const char *name;
	int version;
} files[] = {
#define OL_CG_FILE(id, name, version, kind) { name, version },
#include "collect/machine/cgroup_files.def"
};

enum { FDS_MAX = 1 << 18 };
static int fds[FDS_MAX], n_fds, version;
static char buf[1 << 18];

static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int open_group(const char *path, const struct stat *st, int type, struct FTW *f)
{
	char full[5000];

	(void)st;
	(void)f;
	for (size_t i = 0; type == FTW_D && i < sizeof(files) / sizeof(files[0]); i++) {
		int fd;

		if (files[i].version && files[i].version != version)
			continue;
		snprintf(full, sizeof(full), "%s/%s", path, files[i].name);
		fd = open(full, O_RDONLY);
		if (fd >= 0 && n_fds < FDS_MAX)
			fds[n_fds++] = fd;
	}
	return 0;
}

static void bare_cgroups(void)
{
	for (int i = 0; i < n_fds; i++)
		(void)!pread(fds[i], buf, sizeof(buf), 0);
}

/* What the collectors have opened in this very process; each is read to its end, as they do. */
static void adopt_open_files(void)
{
	struct stat st;

	for (int fd = 3; fd < 1024 && n_fds < FDS_MAX; fd++)
		if (!fstat(fd, &st) && S_ISREG(st.st_mode))
			fds[n_fds++] = fd;
}

static void bare_system(void)
{
	for (int i = 0; i < n_fds; i++) {
		off_t at = 0;
		ssize_t n;

		while ((n = pread(fds[i], buf, sizeof(buf), at)) > 0)
			at += n;
	}
}

static void bare_processes(void)
{
	static const char *const names[] = { "stat", "status", "cgroup", "oom_score",
					     "oom_score_adj" };
	DIR *d = opendir("/proc");
	struct dirent *e;

	n_fds = 0;
	while (d && (e = readdir(d))) {
		int dir;

		if (e->d_name[0] < '0' || e->d_name[0] > '9')
			continue;
		dir = openat(dirfd(d), e->d_name, O_RDONLY | O_DIRECTORY);
		for (size_t i = 0; dir >= 0 && i < sizeof(names) / sizeof(names[0]); i++) {
			int fd = openat(dir, names[i], O_RDONLY);

			(void)!read(fd, buf, sizeof(buf));
			close(fd);
			n_fds++;
		}
		close(dir);
	}
	closedir(d);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
	bool bare = argc > 3 && !strcmp(argv[1], "bare");
	bool cgroups = argc > 3 && !strcmp(argv[2], "cgroups");
	bool system = argc > 3 && !strcmp(argv[2], "system");
	uint32_t others = 1u << OL_SRC_CGROUPS | 1u << OL_SRC_PROCS;
	enum ol_src src = cgroups ? OL_SRC_CGROUPS : OL_SRC_PROCS;
	/* RAM bounds what is kept open */
	struct ol_live_opts opts = { .leave_out = system ? others
							 : ~(1u << src | 1u << OL_SRC_MEMINFO) };
	int rounds = argc > 3 ? atoi(argv[3]) : 0;
	struct ol_tick *t = ol_tick_new(NULL);
	struct ol_source *s = NULL;
	struct rlimit lim;
	struct ol_err err;
	double *ms;

	if (rounds < 1 || rounds > 10000 || !t || ol_live_new(&opts, &s, &err))
		return 2;
	ms = calloc((size_t)rounds, sizeof(*ms));
	if (!ms)
		return 2;
	if (bare && cgroups && argc > 5) {
		getrlimit(RLIMIT_NOFILE, &lim);
		lim.rlim_cur = lim.rlim_max;
		setrlimit(RLIMIT_NOFILE, &lim);
		version = atoi(argv[5]);
		nftw(argv[4], open_group, 64, FTW_PHYS);
	}
	if (system && (s->next(s, t, &err) || s->next(s, t, &err)))
		return 2;
	if (system)
		adopt_open_files();
	for (int i = -2; i < rounds; i++) {
		double start = cpu_ms();

		if (!bare && s->next(s, t, &err))
			return 2;
		if (bare && cgroups)
			bare_cgroups();
		else if (bare && system)
			bare_system();
		else if (bare)
			bare_processes();
		if (i >= 0)
			ms[i] = cpu_ms() - start;
	}
	qsort(ms, (size_t)rounds, sizeof(*ms), by_value);
	printf("%d %.3f\n",
	       bare || system ? n_fds : (int)t->tab[cgroups ? OL_T_CGROUP : OL_T_PROC].n,
	       ms[rounds / 2]);
	s->free(s);
	ol_tick_free(t);
	free(ms);
	return 0;
}
