// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Processes of this machine, read in turns: what has moved is read again, what has not is not. That
 * it is not is seen by what changes nothing in statm, its name: a turn of an hour leaves the old
 * one.
 */
#include "captured.h"
#include "collect/machine/procs_impl.h"
#include "tests/unit/collect/emulated.h"

#include <dirent.h>
#include <linux/sched.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define HOUR INT64_C(3600000000)
enum { PART = 1 << 20, PART_KB = PART / 1024 };

static struct ol_source *source;
static struct ol_tick *tick;

static void begin(int64_t turn_us)
{
	uint32_t some = 1u << OL_SRC_PROCS | 1u << OL_SRC_MEMINFO | 1u << OL_SRC_VMSTAT;
	struct ol_live_opts o = { .leave_out = ~some, .turn_us = turn_us };
	struct ol_err err;

	not_emulated();
	assert_int_equal(ol_live_new(&o, &source, &err), 0);
	tick = ol_tick_new(NULL);
	assert_non_null(tick);
}

static void finish(void)
{
	source->free(source);
	ol_tick_free(tick);
}

static void look(void)
{
	struct ol_err err;

	assert_int_equal(source->next(source, tick, &err), 0);
	assert_int_equal(tick->src[OL_SRC_PROCS].rc, 0);
	assert_int_equal(tick->src[OL_SRC_PROCS].broken, 0);
}

static const struct ol_row *row(int pid)
{
	for (uint32_t i = 0; i < tick->tab[OL_T_PROC].n; i++)
		if (ol_tick_row(tick, OL_T_PROC, i)->id == pid)
			return ol_tick_row(tick, OL_T_PROC, i);
	return NULL;
}

static bool named(int pid, const char *name)
{
	const struct ol_row *r = row(pid);

	assert_non_null(r);
	return ol_span_eqs(ol_tick_span(tick, r->name), name);
}

static void text_of(char *to, size_t size, struct ol_str s)
{
	snprintf(to, size, OL_SPAN_FMT, OL_SPAN_ARG(ol_tick_span(tick, s)));
}

/* ---- a process that does what it is told: one letter, and its answer when it is done ---- */

struct child {
	int pid, to, from;
};

static void tell(const struct child *c, char what)
{
	assert_int_equal(write(c->to, &what, 1), 1);
	assert_int_equal(read(c->from, &what, 1), 1);
	assert_int_equal(what, '.');
}

static void touch(volatile char *p)
{
	for (size_t i = 0; i < PART; i += 4096)
		p[i] = 1;
}

static int in_of_thread;

static void *exec_when_told(void *arg)
{
	char c;

	if (read(in_of_thread, &c, 1) == 1)
		execl("/bin/sleep", "sleep", "1000", (char *)NULL);
	_exit(1);
	return arg;
}

static void obey(int in, int out)
{
	pthread_t thread;

	char *anon = mmap(NULL, PART, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *shared = mmap(NULL, PART, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char c, name[2] = "";

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(in, &c, 1) == 1) {
		if (c >= '0' && c <= '9') { /* another name: nothing of its memory moves */
			name[0] = c;
			prctl(PR_SET_NAME, name);
		} else if (c == 'a') { /* RSS, nothing else */
			touch(anon);
		} else if (c == 's') { /* the parts of RSS, nothing else */
			madvise(anon, PART, MADV_DONTNEED);
			touch(shared);
		} else if (c == 'v') { /* the address space, nothing else */
			mmap(NULL, PART, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		} else if (c == 't') { /* an ended leader of a thread that goes on */
			in_of_thread = in;
			if (pthread_create(&thread, NULL, exec_when_told, NULL) ||
			    write(out, ".", 1) != 1)
				_exit(1);
			syscall(SYS_exit, 0);
		} else if (c == 'x') {
			execl("/bin/sleep", "sleep", "1000", (char *)NULL);
			_exit(1);
		} else if (c == 'z') {
			_exit(0);
		}
		if (write(out, ".", 1) != 1)
			break;
	}
	_exit(0);
}

/* @pid 0: any. -1 with errno: not that one. */
static struct child child_new(pid_t pid)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	int to[2], from[2];
	struct child c;

	assert_int_equal(pipe2(to, O_CLOEXEC), 0);
	assert_int_equal(pipe2(from, O_CLOEXEC), 0);
	if (pid) {
		args.set_tid = (uintptr_t)&pid;
		args.set_tid_size = 1;
	}
	c = (struct child){ pid ? (int)syscall(SYS_clone3, &args, sizeof(args)) : fork(), to[1],
			    from[0] };
	if (!c.pid)
		obey(to[0], from[1]);
	close(to[0]);
	close(from[1]);
	if (c.pid > 0) {
		/* what it does for the first time brings pages */
		tell(&c, '8');
		tell(&c, '9');
	}
	return c;
}

static void child_end(struct child *c)
{
	close(c->to);
	close(c->from);
	if (c->pid > 0) {
		kill(c->pid, SIGKILL);
		waitpid(c->pid, NULL, 0);
	}
}

/*
 * True when in one of many rounds the new name is not seen: the machine may take a page from the
 * child, swap for another one, or get RAM, and then it is read again rightly.
 */
static bool rests(const struct child *c)
{
	for (int i = 0; i < 40; i++) {
		char name[2] = { (char)('0' + i % 8), 0 }, before[17], group[1024];

		text_of(before, sizeof(before), row(c->pid)->name);
		text_of(group, sizeof(group), row(c->pid)->text);
		tell(c, name[0]);
		look();
		if (named(c->pid, name))
			continue;
		assert_true(named(c->pid, before));
		assert_true(ol_span_eqs(ol_tick_span(tick, row(c->pid)->text), group));
		return true;
	}
	return false;
}

static void wait_for_sleep(const struct child *c)
{
	look();
	for (int i = 0; i < 5000 && !named(c->pid, "sleep"); i++)
		look();
	assert_true(named(c->pid, "sleep"));
}

/* ---- tests ---- */

static void test_moved_or_not(void **state)
{
	struct child c;
	const struct ol_row *r;
	int64_t vm, rss, anon, shmem;

	(void)state;
	begin(HOUR);
	c = child_new(0);
	look();
	assert_true(named(c.pid, "9"));
	assert_true(rests(&c));

	r = row(c.pid);
	vm = ol_row_val(r, OL_PROC_vm_kb);
	rss = ol_row_val(r, OL_PROC_rss_kb);
	anon = ol_row_val(r, OL_PROC_rss_anon_kb);
	shmem = ol_row_val(r, OL_PROC_rss_shmem_kb);
	assert_true(vm > 0 && rss > 0 && anon > 0);
	/* told by turns: what may be older than this look */
	assert_false(ol_row_has(r, OL_PROC_state));
	assert_false(ol_row_has(r, OL_PROC_threads));
	assert_false(ol_row_has(r, OL_PROC_cpu_ticks));
	assert_true(ol_row_has(r, OL_PROC_swap_kb) && ol_row_has(r, OL_PROC_oom_score));
	assert_true(ol_row_has(r, OL_PROC_oom_score_adj) && r->text.n);

	tell(&c, '9');
	tell(&c, 'a');
	look();
	r = row(c.pid);
	assert_true(named(c.pid, "9")); /* all of status is of now */
	assert_true(ol_row_val(r, OL_PROC_rss_kb) >= rss + PART_KB);
	assert_true(ol_row_val(r, OL_PROC_rss_anon_kb) >= anon + PART_KB);
	assert_int_equal(ol_row_val(r, OL_PROC_vm_kb), vm);
	assert_true(ol_row_has(r, OL_PROC_oom_score) && ol_row_has(r, OL_PROC_oom_score_adj));
	assert_true(r->text.n);
	assert_false(ol_row_has(r, OL_PROC_state));
	assert_true(rests(&c));

	tell(&c, 's');
	look();
	r = row(c.pid);
	assert_true(ol_row_val(r, OL_PROC_rss_anon_kb) < anon + PART_KB / 2);
	assert_true(ol_row_val(r, OL_PROC_rss_shmem_kb) >= shmem + PART_KB);
	assert_true(rests(&c));

	tell(&c, 'v');
	look();
	assert_int_equal(ol_row_val(row(c.pid), OL_PROC_vm_kb), vm + PART_KB);
	assert_true(rests(&c));

	assert_int_equal(write(c.to, "x", 1), 1);
	wait_for_sleep(&c);

	child_end(&c);
	look();
	assert_null(row(c.pid));
	finish();
}

static void push_forward(const struct child *c)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", c->pid);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("900", f);
	fclose(f);
}

/* What has moved is no reason to look at its other files, but its score is made of its memory. */
static void test_score_moves(void **state)
{
	struct child c;

	(void)state;
	begin(HOUR);
	c = child_new(0);
	look();
	assert_int_equal(ol_row_val(row(c.pid), OL_PROC_oom_score_adj), 0);
	push_forward(&c);
	tell(&c, 'a');
	look();
	assert_true(ol_row_val(row(c.pid), OL_PROC_oom_score) >= 1200);

	child_end(&c);
	finish();
}

static void test_turn(void **state)
{
	struct child c;

	(void)state;
	begin(1);
	c = child_new(0);
	look();
	for (char n = '0'; n < '8'; n++) {
		tell(&c, n);
		look();
		assert_true(named(c.pid, (char[]){ n, 0 }));
	}
	push_forward(&c);
	look();
	assert_int_equal(ol_row_val(row(c.pid), OL_PROC_oom_score_adj), 900);
	assert_true(ol_row_val(row(c.pid), OL_PROC_oom_score) >= 1200);
	child_end(&c);
	finish();
}

/* What has no memory gets some by exec(). */
static void test_memory_comes(void **state)
{
	struct child c;

	(void)state;
	begin(1000);
	c = child_new(0);
	tell(&c, 't');
	for (int i = 0; i < 5000 && (!row(c.pid) || ol_row_has(row(c.pid), OL_PROC_rss_kb)); i++)
		look();
	for (int i = 0; i < 10; i++)
		look();
	assert_false(ol_row_has(row(c.pid), OL_PROC_rss_kb));
	assert_false(ol_row_has(row(c.pid), OL_PROC_oom_score));
	assert_int_equal(write(c.to, "e", 1), 1);
	wait_for_sleep(&c);
	assert_true(ol_row_has(row(c.pid), OL_PROC_rss_kb));
	assert_true(ol_row_has(row(c.pid), OL_PROC_oom_score));
	assert_true(ol_row_has(row(c.pid), OL_PROC_oom_score_adj));
	child_end(&c);
	finish();
}

/* Others' full ticks leave nothing that is older than they are. */
static void test_full_between(void **state)
{
	struct child c;

	(void)state;
	begin(HOUR);
	c = child_new(0);
	look();
	assert_true(rests(&c));
	ol_live_change(source, 0, false, 0);
	look();
	assert_true(ol_row_has(row(c.pid), OL_PROC_state));
	assert_true(ol_row_has(row(c.pid), OL_PROC_cpu_ticks));
	ol_live_change(source, 0, false, HOUR);
	tell(&c, '8');
	look();
	assert_true(named(c.pid, "8"));
	child_end(&c);
	finish();
}

extern const struct ol_collector ol_collect_procs;

/* A look at the processes on a machine with these numbers. */
static void look_with(enum ol_metric m, int64_t v, int rc)
{
	static int n;
	static const enum ol_metric all[] = { OL_M_mem_total_kb, OL_M_swap_total_kb,
					      OL_M_swap_free_kb, OL_M_pswpin,
					      OL_M_pswpout,      OL_M_zswpin,
					      OL_M_zswpout };

	ol_tick_reset(tick);
	memset(tick->names, '#', 1 << 16);
	/* names of other sources stand before those of processes, and are not always as long */
	ol_tick_name(tick, ol_span("cachecachecache", (size_t)(v ? 8 : n++ % 8)));
	tick->boot_us = ol_boot_us();
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		ol_set(tick, all[i], 1000);
	if (m < OL_M_MAX)
		ol_set(tick, m, v);
	tick->src[OL_SRC_MEMINFO].rc = tick->src[OL_SRC_VMSTAT].rc = 0;
	tick->src[m == OL_M_mem_total_kb ? OL_SRC_MEMINFO : OL_SRC_VMSTAT].rc = rc;
	tick->src[OL_SRC_PROCS].rc = 0;
	assert_int_equal(ol_collect_procs.read((struct ol_collect *)source, OL_SRC_PROCS, tick,
					       &tick->src[OL_SRC_PROCS]),
			 0);
}

/* Swap moves without RSS, and the score with RAM and swap. */
static void test_machine_moves(void **state)
{
	static const enum ol_metric what[] = { OL_M_mem_total_kb, OL_M_swap_total_kb,
					       OL_M_swap_free_kb, OL_M_pswpin,
					       OL_M_pswpout,      OL_M_zswpin,
					       OL_M_zswpout };
	char before[17], group[1024], now[1024];
	struct child c;

	(void)state;
	begin(HOUR);
	c = child_new(0);
	look();
	text_of(group, sizeof(group), row(c.pid)->text);
	for (size_t i = 0; i < sizeof(what) / sizeof(what[0]); i++) {
		bool rested = false;

		for (int round = 0; !rested && round < 40; round++) {
			look_with(OL_M_MAX, 0, 0);
			text_of(before, sizeof(before), row(c.pid)->name);
			tell(&c, '1');
			look_with(OL_M_MAX, 0, 0);
			tell(&c, '2');
			look_with(OL_M_MAX, 0, 0);
			rested = !named(c.pid, "2");
			assert_true(!rested || named(c.pid, "1") || named(c.pid, before));
			text_of(now, sizeof(now), row(c.pid)->text);
			assert_string_equal(now, group);
		}
		assert_true(rested);
		look_with(what[i], 999, 0);
		assert_true(named(c.pid, "2"));
		/* what is not known may have moved */
		look_with(what[i], 999, -EIO);
		tell(&c, '3');
		look_with(what[i], 999, 0);
		assert_true(named(c.pid, "3"));
		tell(&c, '4');
		look_with(what[i], 999, -EIO);
		assert_true(named(c.pid, "4"));
	}
	child_end(&c);
	finish();
}

static void test_pid_again(void **state)
{
	struct child a, b;

	(void)state;
	begin(HOUR);
	for (int round = 0; round < 20; round++) {
		bool ended = round % 2; /* an ended one has no memory to look at */

		a = child_new(0);
		if (ended) {
			siginfo_t info;

			assert_int_equal(write(a.to, "z", 1), 1);
			assert_int_equal(waitid(P_PID, (id_t)a.pid, &info, WEXITED | WNOWAIT), 0);
		}
		look();
		assert_int_equal(ol_row_has(row(a.pid), OL_PROC_rss_kb), !ended);
		if (round % 4 > 1) /* now its statm is open */
			look();
		child_end(&a);
		b = child_new(a.pid);
		if (b.pid < 0) {
			printf("skip: no process with a chosen pid: %s\n", strerror(errno));
			child_end(&b);
			finish();
			skip();
		}
		assert_int_equal(b.pid, a.pid);
		tell(&b, '7');
		look();
		assert_true(named(b.pid, "7"));
		assert_true(ol_row_has(row(b.pid), OL_PROC_rss_kb));
		child_end(&b);
		look();
		assert_null(row(b.pid));
	}
	finish();
}

static int64_t reads(void)
{
	char line[128];
	long long n = -1;
	FILE *f = fopen("/proc/self/io", "r");

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "syscr: ", 7))
			n = atoll(line + 7);
	if (f)
		fclose(f);
	return n;
}

/* One small file of each process, and none of what has no memory. */
static void test_few_reads(void **state)
{
	int64_t best = INT64_MAX, all = 0;

	(void)state;
	if (reads() < 0) {
		printf("skip: this kernel does not count reads (/proc/self/io)\n");
		skip();
	}
	begin(HOUR);
	look();
	for (int i = 0; i < 20; i++) {
		int64_t before = reads(), used, vm = 0;

		look();
		used = reads() - before;
		for (uint32_t k = 0; k < tick->tab[OL_T_PROC].n; k++)
			vm += ol_row_has(ol_tick_row(tick, OL_T_PROC, k), OL_PROC_rss_kb);
		all = tick->tab[OL_T_PROC].n;
		best = used - vm < best ? used - vm : best;
	}
	print_message("%d processes, at best %d reads beside one of each with memory\n", (int)all,
		      (int)best);
	/* meminfo, vmstat, ourselves, and who moved in each of the rounds */
	assert_true(best <= 20);
	finish();
}

static uint32_t open_files(const char *of)
{
	DIR *d = opendir("/proc/self/fd");
	struct dirent *e;
	uint32_t n = 0;
	char to[256];

	assert_non_null(d);
	while ((e = readdir(d))) {
		ssize_t k = readlinkat(dirfd(d), e->d_name, to, sizeof(to) - 1);

		to[k > 0 ? k : 0] = 0;
		n += k > 0 && !strncmp(to, of, strlen(of));
	}
	closedir(d);
	return n;
}

static int pid_max(void)
{
	FILE *f = fopen("/proc/sys/kernel/pid_max", "r");
	int n = 0;

	if (f && fscanf(f, "%d", &n) != 1)
		n = 0;
	if (f)
		fclose(f);
	return n;
}

/* Besides those of processes: the directory, meminfo and vmstat. */
static void all_counted(void)
{
	assert_int_equal(open_files("/proc/"), ((struct ol_collect *)source)->kept + 3);
}

static void test_descriptors(void **state)
{
	uint32_t before = open_files("/");
	struct ol_tick_size size = { 0 };
	struct ol_tick *all, *few;
	char path[64];
	struct child c;

	(void)state;
	begin(HOUR);
	/* where that may be chosen, its pid is the highest: it is behind all others */
	for (int i = 0; i < 8; i++) {
		c = child_new(i ? pid_max() - i : 0);
		if (c.pid < 0) {
			child_end(&c);
			continue;
		}
		look();
		look();
		snprintf(path, sizeof(path), "/proc/%d/statm", c.pid);
		assert_int_equal(open_files(path), 1);
		all_counted();
		child_end(&c);
		look();
		assert_int_equal(open_files(path), 0);
		all_counted();
	}
	/* without room for its row it is not known any more */
	all = tick;
	size.rows[OL_T_PROC] = 1;
	few = ol_tick_new(&size);
	assert_non_null(few);
	c = child_new(0);
	look();
	look();
	snprintf(path, sizeof(path), "/proc/%d/statm", c.pid);
	assert_int_equal(open_files(path), 1);
	tick = few;
	look();
	assert_int_equal(tick->tab[OL_T_PROC].n, 1);
	assert_true(tick->src[OL_SRC_PROCS].dropped > 0);
	assert_int_equal(open_files(path), 0);
	all_counted();
	tick = all;
	look();
	look();
	assert_non_null(row(c.pid));
	assert_int_equal(open_files(path), 1);
	ol_tick_free(few);
	child_end(&c);
	finish();
	assert_int_equal(open_files("/"), before);
}

static void test_steady(void **state)
{
	size_t heap = 0;

	(void)state;
	begin(20000); /* some of it is due at each look */
	for (int i = 0; i < 60; i++) {
		look();
		if (i == 10)
			heap = mallinfo2().uordblks;
		if (i > 10)
			assert_int_equal(mallinfo2().uordblks, heap);
	}
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moved_or_not), cmocka_unit_test(test_score_moves),
		cmocka_unit_test(test_turn),         cmocka_unit_test(test_memory_comes),
		cmocka_unit_test(test_full_between), cmocka_unit_test(test_machine_moves),
		cmocka_unit_test(test_pid_again),    cmocka_unit_test(test_few_reads),
		cmocka_unit_test(test_descriptors),  cmocka_unit_test(test_steady),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
