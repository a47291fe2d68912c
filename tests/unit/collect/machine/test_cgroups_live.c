// SPDX-License-Identifier: GPL-2.0-or-later
/* Cgroups of this machine, made, used and removed while it is looked at. Takes root. */
#include "captured.h"

#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static char top[300]; /* our own group in the memory hierarchy; "": there is none */
static int version;
static const char *why = "no memory hierarchy is mounted";

static void file_of(char *to, size_t n, const char *group, const char *file)
{
	snprintf(to, n, "%s/%s/%s", top, group, file);
}

static int write_file(const char *group, const char *file, const char *text)
{
	char path[400];
	int fd, rc;

	file_of(path, sizeof(path), group, file);
	fd = open(path, O_WRONLY);
	rc = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -1;
	close(fd);
	return rc;
}

static int64_t read_file(const char *group, const char *file)
{
	char path[400];
	long long v = -1;
	FILE *f;

	file_of(path, sizeof(path), group, file);
	f = fopen(path, "r");
	if (!f || fscanf(f, "%lld", &v) != 1)
		v = -1;
	if (f)
		fclose(f);
	return v;
}

static void make(const char *group)
{
	char path[400];

	file_of(path, sizeof(path), group, "");
	assert_int_equal(mkdir(path, 0755), 0);
}

static void unmake(const char *group)
{
	char path[400];

	file_of(path, sizeof(path), group, "");
	for (int i = 0; i < 100 && rmdir(path); i++)
		usleep(20000);
}

static int setup(void **state)
{
	char line[600], dir[256], type[32], opts[256], probe[400];
	FILE *f = fopen("/proc/self/mounts", "r");

	(void)state;
	while (f && !top[0] && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*s %255s %31s %255s", dir, type, opts) != 3)
			continue;
		version = !strcmp(type, "cgroup2")                            ? 2
			  : !strcmp(type, "cgroup") && strstr(opts, "memory") ? 1
									      : 0;
		if (!version)
			continue;
		snprintf(top, sizeof(top), "%s/oomlens-test-%d", dir, (int)getpid());
		if (mkdir(top, 0755)) {
			why = "may not make a cgroup";
			top[0] = 0;
			continue;
		}
		file_of(probe, sizeof(probe), ".", version == 1 ? "memory.stat" : "memory.current");
		/* in a subtree, too */
		if (!access(probe, R_OK) &&
		    (version == 1 || !write_file(".", "cgroup.subtree_control", "+memory")))
			break;
		why = "the memory controller is not passed on";
		rmdir(top);
		top[0] = 0;
	}
	if (f)
		fclose(f);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (top[0])
		rmdir(top);
	return 0;
}

static void need_cgroups(void)
{
	if (top[0])
		return;
	print_message("skip: %s\n", why);
	skip();
}

static struct ol_source *open_live(void)
{
	struct ol_live_opts o = { .leave_out = ~(1u << OL_SRC_CGROUPS) };
	struct ol_source *s;
	struct ol_err err;

	assert_int_equal(ol_live_new(&o, &s, &err), 0);
	return s;
}

static void tick(struct ol_source *s, struct ol_tick *t)
{
	struct ol_err err;

	assert_int_equal(s->next(s, t, &err), 0);
	assert_int_equal(t->src[OL_SRC_CGROUPS].rc, 0);
	assert_int_equal(t->src[OL_SRC_CGROUPS].broken, 0);
	assert_int_equal(t->src[OL_SRC_CGROUPS].denied, 0);
	assert_int_equal(t->src[OL_SRC_CGROUPS].dropped, 0);
}

/* The row of our group @name ("": of the top one), NULL when there is none. */
static struct ol_row *find(const struct ol_tick *t, const char *name)
{
	char path[200];

	snprintf(path, sizeof(path), "/oomlens-test-%d%s%s", (int)getpid(), *name ? "/" : "", name);
	for (uint32_t i = 0; i < t->tab[OL_T_CGROUP].n; i++) {
		struct ol_row *r = ol_tick_row(t, OL_T_CGROUP, i);

		if (r->id == version && ol_span_eqs(ol_tick_span(t, r->name), path))
			return r;
	}
	return NULL;
}

#define MIB (INT64_C(1) << 20)

static void use(int64_t bytes)
{
	volatile char *p = malloc((size_t)bytes);

	for (int64_t i = 0; i < bytes; i += 4096)
		p[i] = 1;
}

/* What a child allocates in a group is there, in its file and in its parents. */
static void test_memory(void **state)
{
	struct ol_tick *t = ol_tick_new(NULL);
	struct ol_source *s;
	struct ol_row *r;
	int ready[2], pid, status;
	char b[32];
	int64_t was;

	(void)state;
	need_cgroups();
	make("a");
	assert_int_equal(
		write_file("a", version == 1 ? "memory.limit_in_bytes" : "memory.max", "134217728"),
		0);
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		snprintf(b, sizeof(b), "%d", (int)getpid());
		if (write_file("a", "cgroup.procs", b))
			_exit(1);
		use(64 * MIB);
		if (write(ready[1], b, 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], b, 1), 1);
	s = open_live();
	tick(s, t);
	r = find(t, "a");
	assert_non_null(r);
	has_val(r, OL_CGROUP_max_bytes, 128 * MIB);
	has_val(r, OL_CGROUP_processes, 1);
	assert_in_range(ol_row_val(r, OL_CGROUP_anon_bytes), 64 * MIB, 68 * MIB);
	assert_in_range(ol_row_val(r, OL_CGROUP_current_bytes), 64 * MIB, 72 * MIB);
	was = read_file("a", version == 1 ? "memory.usage_in_bytes" : "memory.current");
	assert_in_range(ol_row_val(r, OL_CGROUP_current_bytes), was - MIB, was + MIB);
	r = find(t, "");
	assert_non_null(r);
	has_val(r, OL_CGROUP_max_bytes, OL_UNLIMITED);
	has_val(r, OL_CGROUP_processes, 0);
	assert_in_range(ol_row_val(r, OL_CGROUP_anon_bytes), 64 * MIB, 68 * MIB);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	assert_true(WIFSIGNALED(status));
	/* the count of processes is not the one that was read a moment ago */
	tick(s, t);
	if (t->tab[OL_T_CGROUP].n < 100)
		has_val(find(t, "a"), OL_CGROUP_processes, 0);
	assert_true(ol_row_val(find(t, "a"), OL_CGROUP_anon_bytes) < 4 * MIB);
	s->free(s);
	close(ready[0]);
	unmake("a");
	ol_tick_free(t);
}

/* The victims of a group's limit are counted where they died. */
static void test_oom_kill(void **state)
{
	struct ol_tick *t = ol_tick_new(NULL);
	struct ol_source *s;
	struct ol_row *r;
	int pid, status;
	char b[32];

	(void)state;
	need_cgroups();
	make("k");
	assert_int_equal(
		write_file("k", version == 1 ? "memory.limit_in_bytes" : "memory.max", "8388608"),
		0);
	if (version == 2)
		write_file("k", "memory.swap.max", "0");
	else
		write_file("k", "memory.swappiness", "0");
	s = open_live();
	tick(s, t);
	has_val(find(t, "k"), OL_CGROUP_local_oom_kill, 0);
	pid = fork();
	if (!pid) {
		snprintf(b, sizeof(b), "%d", (int)getpid());
		if (!write_file("k", "cgroup.procs", b))
			use(64 * MIB);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	tick(s, t);
	r = find(t, "k");
	has_val(r, OL_CGROUP_local_oom_kill, 1);
	has_val(r, OL_CGROUP_events_oom_kill, 1);
	assert_true(ol_row_val(r, OL_CGROUP_local_max) > 0);
	has_val(find(t, ""), OL_CGROUP_local_oom_kill, 0);
	s->free(s);
	unmake("k");
	ol_tick_free(t);
}

/* Groups come and go between ticks, in every order. */
static void test_come_and_go(void **state)
{
	struct ol_tick *t = ol_tick_new(NULL);
	struct ol_source *s;

	(void)state;
	need_cgroups();
	s = open_live();
	tick(s, t);
	assert_null(find(t, "b"));
	make("b");
	if (version == 2)
		write_file("b", "cgroup.subtree_control", "+memory");
	make("b/c");
	tick(s, t);
	assert_non_null(find(t, "b"));
	assert_non_null(find(t, "b/c"));
	/* made again under the same name: it is another one, at once */
	unmake("b/c");
	unmake("b");
	make("b");
	tick(s, t);
	assert_non_null(find(t, "b"));
	assert_true(ol_row_has(find(t, "b"), OL_CGROUP_current_bytes));
	assert_null(find(t, "b/c"));
	/* one for another: the number of links stays */
	unmake("b");
	make("d");
	tick(s, t);
	assert_null(find(t, "b"));
	tick(s, t);
	assert_non_null(find(t, "d"));
	unmake("d");
	tick(s, t);
	assert_null(find(t, "d"));
	assert_non_null(find(t, ""));
	s->free(s);
	ol_tick_free(t);
}

static int open_files(void)
{
	int n = 0;

	for (int fd = 0; fd < 4096; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* A number for all groups that there are: another one when any came or went. */
static uint64_t paths(const struct ol_tick *t)
{
	uint64_t h = t->tab[OL_T_CGROUP].n;

	for (uint32_t i = 0; i < t->tab[OL_T_CGROUP].n; i++) {
		struct ol_span p = ol_tick_span(t, ol_tick_row(t, OL_T_CGROUP, i)->name);

		for (size_t k = 0; k < p.n; k++)
			h = h * 31 + (unsigned char)p.p[k];
	}
	return h;
}

/* Ticks of many groups: no heap, no descriptor more than the first; and with few descriptors. */
static void test_steady(void **state)
{
	enum { MANY = 40 };
	struct ol_tick *t = ol_tick_new(NULL);
	struct rlimit was, lim;
	char name[16];
	size_t heap = 0;
	int fds = 0, before = open_files(), compared = 0;
	uint64_t others = 0;

	(void)state;
	need_cgroups();
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "m%d", i);
		make(name);
	}
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	for (int round = 0; round < 2; round++) {
		struct ol_source *s;

		/* room for 64 kept files: the others are opened at each tick */
		lim = was;
		if (round)
			lim.rlim_cur = lim.rlim_max = 256 + 64;
		if (round && prlimit(0, RLIMIT_NOFILE, &lim, NULL))
			break;
		s = open_live();
		compared = 0;
		for (int i = 0; i < 70 || (compared < 20 && i < 300); i++) {
			tick(s, t);
			for (int k = 0; k < MANY; k++) {
				struct ol_row *r;

				snprintf(name, sizeof(name), "m%d", k);
				r = find(t, name);
				assert_non_null(r);
				has_val(r, OL_CGROUP_max_bytes, OL_UNLIMITED);
				assert_true(ol_row_has(r, OL_CGROUP_anon_bytes));
				assert_true(ol_row_has(r, OL_CGROUP_processes));
			}
			/* groups of others that come or go take and give room */
			if (i == 3 || others != paths(t)) {
				heap = mallinfo2().uordblks;
				fds = open_files();
				others = paths(t);
				compared = 0;
			} else if (i > 3) {
				assert_int_equal(mallinfo2().uordblks, heap);
				assert_int_equal(open_files(), fds);
				compared++;
			}
		}
		if (round)
			assert_in_range(fds, before, 256 + 64);
		s->free(s);
		assert_int_equal(open_files(), before);
		lim.rlim_max = was.rlim_max;
		lim.rlim_cur = was.rlim_cur;
		prlimit(0, RLIMIT_NOFILE, &lim, NULL);
	}
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "m%d", i);
		unmake(name);
	}
	ol_tick_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_oom_kill),
		cmocka_unit_test(test_come_and_go),
		cmocka_unit_test(test_steady),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
