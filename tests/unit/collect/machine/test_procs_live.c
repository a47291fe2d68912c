// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Processes of this machine, read by libproc2 and by ourselves: children whose memory, names and
 * states are known.
 */
#include "captured.h"
#include "collect/machine/collect_impl.h"
#include "tests/unit/collect/emulated.h"

#include <malloc.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define MIB 1024 /* in kB */

static struct ol_source *open_live(const struct ol_live_opts *opts, bool own)
{
	struct ol_live_opts o = *opts;
	struct ol_source *s;
	struct ol_err err;

	o.leave_out = ~(1u << OL_SRC_PROCS);
	assert_int_equal(ol_live_new(&o, &s, &err), 0);
	if (own)
		((struct ol_collect *)s)->root.ours = false;
	return s;
}

static struct ol_tick *tick_of(const struct ol_live_opts *opts, bool own, int rc)
{
	struct ol_tick *t = ol_tick_new(NULL);
	struct ol_source *s = open_live(opts, own);
	struct ol_err err;

	assert_int_equal(s->next(s, t, &err), 0);
	assert_int_equal(t->src[OL_SRC_PROCS].rc, rc);
	assert_int_equal(t->src[OL_SRC_PROCS].broken, 0);
	assert_int_equal(t->src[OL_SRC_PROCS].dropped, 0);
	s->free(s);
	return t;
}

static struct ol_row *row(const struct ol_tick *t, int32_t pid)
{
	for (uint32_t i = 0; i < t->tab[OL_T_PROC].n; i++)
		if (ol_tick_row(t, OL_T_PROC, i)->id == pid)
			return ol_tick_row(t, OL_T_PROC, i);
	return NULL;
}

struct child {
	const char *name;
	size_t anon, shared; /* bytes */
	bool stopped, zombie;
	bool waits; /* in state D: for the child of its vfork() */
	int pid;
};

static void start(struct child *c)
{
	int ready[2];
	char b = 0;

	assert_int_equal(pipe(ready), 0);
	c->pid = fork();
	assert_true(c->pid >= 0);
	if (!c->pid) {
		int fd = memfd_create("x", 0);
		volatile char *p;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, c->name);
		if (c->anon) {
			p = mmap(NULL, c->anon, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				 -1, 0);
			for (size_t i = 0; i < c->anon; i += 4096)
				p[i] = 1;
		}
		if (c->shared) {
			if (ftruncate(fd, (off_t)c->shared))
				_exit(1);
			p = mmap(NULL, c->shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
			for (size_t i = 0; i < c->shared; i += 4096)
				p[i] = 1;
		}
		if (write(ready[1], &b, 1) != 1)
			_exit(1);
		if (c->zombie)
			_exit(0);
		if (c->waits) {
			pid_t pid = vfork();

			if (!pid)
				prctl(PR_SET_PDEATHSIG, SIGKILL);
		}
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &b, 1), 1);
	close(ready[0]);
	if (c->stopped) {
		int status;

		kill(c->pid, SIGSTOP);
		assert_int_equal(waitpid(c->pid, &status, WUNTRACED), c->pid);
	} else if (c->zombie) {
		siginfo_t info;

		assert_int_equal(waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOWAIT), 0);
	} else {
		usleep(20000); /* until it sleeps in pause() */
	}
}

static void end(struct child *c)
{
	kill(c->pid, SIGKILL);
	waitpid(c->pid, NULL, 0);
}

static bool wchan_tells(int pid)
{
	char path[64], text[64] = "0";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/wchan", pid);
	f = fopen(path, "r");
	if (f && fscanf(f, "%63s", text) != 1)
		text[0] = '0';
	if (f)
		fclose(f);
	return text[0] != '0';
}

static const struct ol_live_opts with_pss = { .pss = true };

static void test_children(void **state)
{
	struct child v[] = {
		{ .name = "plain" },
		{ .name = "a\nb) R 1 1 1" },
		{ .name = "\033[31m\\n\\x\xff" },
		{ .name = ") D (x" },
		{ .name = "heap", .anon = 64u << 20 },
		{ .name = "shm", .shared = 32u << 20 },
		{ .name = "stopped", .stopped = true },
		{ .name = "zombie", .zombie = true },
		{ .name = "waits", .waits = true },
	};
	enum { N = sizeof(v) / sizeof(v[0]) };
	struct ol_tick *by[2];
	int64_t plain;

	(void)state;
	not_emulated();
	for (int i = 0; i < N; i++)
		start(&v[i]);
	for (int own = 0; own < 2; own++)
		by[own] = tick_of(&with_pss, own, 0);
	/* what every child has of its parent: a sanitizer's shadow, too */
	plain = ol_row_val(row(by[0], v[0].pid), OL_PROC_rss_anon_kb);
	for (int i = 0; i < 2 * N; i++) {
		const struct child *c = &v[i % N];
		const struct ol_tick *t = by[i / N];
		struct ol_row *r = row(t, c->pid);
		int64_t anon = (int64_t)(c->anon >> 10), shared = (int64_t)(c->shared >> 10);

		assert_non_null(r);
		is_text(t, r->name, c->name);
		assert_int_equal(r->sub, getpid());
		has_val(r, OL_PROC_state,
			c->stopped  ? 'T'
			: c->zombie ? 'Z'
			: c->waits  ? 'D'
				    : 'S');
		has_val(r, OL_PROC_uid, geteuid());
		has_val(r, OL_PROC_threads, 1);
		/* "0" where the kernel does not tell; and nobody else's is read */
		if (!c->waits || wchan_tells(c->pid))
			assert_int_equal(r->more.n > 0, c->waits);
		if (c->zombie) {
			has_not(r, OL_PROC_rss_kb);
			has_not(r, OL_PROC_vm_kb);
			has_not(r, OL_PROC_pss_kb);
			continue;
		}
		assert_in_range(ol_row_val(r, OL_PROC_rss_anon_kb), anon, anon + plain + 8 * MIB);
		has_val(r, OL_PROC_rss_shmem_kb, shared);
		assert_int_equal(ol_row_val(r, OL_PROC_rss_kb),
				 ol_row_val(r, OL_PROC_rss_anon_kb) +
					 ol_row_val(r, OL_PROC_rss_file_kb) +
					 ol_row_val(r, OL_PROC_rss_shmem_kb));
		assert_true(ol_row_val(r, OL_PROC_vm_kb) >= ol_row_val(r, OL_PROC_rss_kb));
		assert_true(ol_row_val(r, OL_PROC_peak_rss_kb) >= anon + shared);
		assert_true(ol_row_val(r, OL_PROC_page_tables_kb) >= (anon + shared) / 512);
		has_val(r, OL_PROC_swap_kb, 0);
		if (ol_row_has(r, OL_PROC_pss_kb)) {
			assert_true(ol_row_val(r, OL_PROC_pss_kb) <= ol_row_val(r, OL_PROC_rss_kb));
			assert_true(ol_row_val(r, OL_PROC_pss_kb) >= anon + shared);
		}
		if (ol_row_has(r, OL_PROC_pss_shmem_kb))
			has_val(r, OL_PROC_pss_shmem_kb, shared);
		assert_true(ol_row_val(r, OL_PROC_minor_faults) > 0);
	}
	for (int i = 0; i < N; i++)
		end(&v[i]);
	ol_tick_free(by[0]);
	ol_tick_free(by[1]);
}

/*
 * Both readers say the same of whatever runs here and sleeps while they look: what the first one
 * says before and after the second one differently has moved.
 */
static void test_both_readers(void **state)
{
	struct ol_tick *a = NULL, *b = NULL, *c = NULL;
	unsigned same = 0, kernel = 0;

	(void)state;
	a = tick_of(&with_pss, false, 0);
	b = tick_of(&with_pss, true, 0);
	c = tick_of(&with_pss, false, 0);
	for (uint32_t i = 0; i < a->tab[OL_T_PROC].n; i++) {
		struct ol_row *x = ol_tick_row(a, OL_T_PROC, i), *y = row(b, x->id);
		struct ol_row *z = row(c, x->id);

		/* what has run meanwhile may have changed in anything */
		if (!y || !z || x->id == getpid() ||
		    ol_row_val(x, OL_PROC_minor_faults) != ol_row_val(y, OL_PROC_minor_faults) ||
		    ol_row_val(x, OL_PROC_cpu_ticks) != ol_row_val(y, OL_PROC_cpu_ticks) ||
		    ol_row_val(x, OL_PROC_state) != ol_row_val(y, OL_PROC_state))
			continue;
		if (!ol_span_eq(ol_tick_span(a, x->text), ol_tick_span(b, y->text)))
			fail_msg("cgroup of process %d differs", (int)x->id);
		assert_int_equal(x->sub, y->sub);
		if (!ol_row_has(x, OL_PROC_vm_kb)) {
			kernel++; /* names of workers change with their work */
			has_not(y, OL_PROC_rss_kb);
			continue;
		}
		assert_true(ol_span_eq(ol_tick_span(a, x->name), ol_tick_span(b, y->name)));
		for (int f = OL_PROC_uid; f <= OL_PROC_major_faults; f++) {
			if (ol_row_has(x, f) != ol_row_has(z, f) ||
			    ol_row_val(x, f) != ol_row_val(z, f))
				continue;
			if (ol_row_has(x, f) != ol_row_has(y, f))
				fail_msg("%s of process %d: present for one reader only",
					 ol_row_fields[f].name, (int)x->id);
			/* shares and badness change with others' memory */
			if (f >= OL_PROC_pss_kb && f <= OL_PROC_oom_score)
				continue;
			if (ol_row_val(x, f) != ol_row_val(y, f))
				fail_msg("%s of process %d: %lld, %lld", ol_row_fields[f].name,
					 (int)x->id, (long long)ol_row_val(x, f),
					 (long long)ol_row_val(y, f));
		}
		same++;
	}
	assert_true(same > 0);
	print_message("%u processes, %u without an address space\n", same, kernel);
	ol_tick_free(a);
	ol_tick_free(b);
	ol_tick_free(c);
}

/* Ourselves, as the C library and /proc/self say. */
static void test_self(void **state)
{
	struct ol_live_opts o = { .only_pid = getpid() };

	(void)state;
	not_emulated();
	for (int own = 0; own < 2; own++) {
		struct ol_tick *t = tick_of(&o, own, 0);
		struct ol_row *r = ol_tick_row(t, OL_T_PROC, 0);
		char want[8192] = "", line[4096], *p;
		FILE *f = fopen("/proc/self/cgroup", "r");
		bool v1 = false;

		assert_non_null(f);
		while (!v1 && fgets(line, sizeof(line), f)) {
			v1 = strstr(line, ":memory:") || strstr(line, ",memory") ||
			     strstr(line, ":memory,");
			if (v1 || !strncmp(line, "0::", 3)) {
				p = strchr(strchr(line, ':') + 1, ':') + 1;
				p[strcspn(p, "\n")] = 0;
				snprintf(want, sizeof(want), "%s", p);
			}
		}
		fclose(f);
		assert_int_equal(t->tab[OL_T_PROC].n, 1);
		assert_int_equal(r->id, getpid());
		assert_int_equal(r->sub, getppid());
		is_text(t, r->name, "test_procs_live");
		is_text(t, r->text, want);
		has_val(r, OL_PROC_state, 'R');
		has_val(r, OL_PROC_uid, geteuid());
		assert_true(ol_row_has(r, OL_PROC_oom_score) &&
			    ol_row_has(r, OL_PROC_oom_score_adj));
		/* asked for by name: with its shares, which one's own are always to be had */
		if (!access("/proc/self/smaps_rollup", R_OK))
			assert_true(ol_row_val(r, OL_PROC_pss_kb) > 0);
		ol_tick_free(t);
	}
	for (int own = 0; own < 2; own++) {
		struct child c = { .name = "gone" };
		struct ol_live_opts gone = { 0 };

		start(&c);
		end(&c);
		gone.only_pid = c.pid;
		ol_tick_free(tick_of(&gone, own, -ESRCH));
	}
}

static void test_steady(void **state)
{
	static const struct ol_live_opts plain = { 0 };

	(void)state;
	for (int own = 0; own < 2; own++) {
		struct ol_tick *t = ol_tick_new(NULL);
		struct ol_source *s = open_live(&plain, own);
		struct ol_err err;
		size_t heap = 0, used;

		for (int i = 0; i < 60; i++) {
			assert_int_equal(s->next(s, t, &err), 0);
			used = mallinfo2().uordblks;
			if (i == 10)
				heap = used;
			/* libproc2 keeps strings of other lengths when processes come and go */
			if (i > 10)
				assert_true(own ? used == heap : used < heap + (64 << 10));
		}
		s->free(s);
		ol_tick_free(t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_children),
		cmocka_unit_test(test_both_readers),
		cmocka_unit_test(test_self),
		cmocka_unit_test(test_steady),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
