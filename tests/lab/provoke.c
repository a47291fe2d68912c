// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * provoke VERB ARG… [VERB ARG…]…
 *
 * Makes memory go to one known place, inside a guest of the lab. The verbs run one after another in
 * one process, which keeps everything that it took until it ends or is killed. A size of 0 means
 * "until something stops me". Statically linked, so that a guest needs nothing else; a 32-bit
 * kernel gets a 32-bit build of the same file.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/bpf.h>
#include <linux/mempolicy.h>
#include <linux/perf_event.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define KIB 1024UL
#define MIB (1024UL * 1024UL)

static size_t page;

__attribute__((noreturn, format(printf, 1, 2))) static void die(const char *fmt, ...)
{
	int err = errno;
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, ": %s\n", strerror(err));
	exit(3);
}

static unsigned long number(const char *s)
{
	char *end;
	unsigned long v;

	errno = 0;
	v = strtoul(s, &end, 0);
	if (errno || end == s || *end) {
		errno = EINVAL;
		die("%s", s);
	}
	return v;
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die("%s", path);
	close(fd);
}

// A value of /proc/meminfo; @fd stays open, so that asking needs no memory.
static unsigned long meminfo_kb(int fd, const char *key)
{
	char buf[4096], *p;
	ssize_t n = pread(fd, buf, sizeof(buf) - 1, 0);

	if (n < 0)
		die("/proc/meminfo");
	buf[n] = 0;
	p = strstr(buf, key);
	return p ? strtoul(p + strlen(key), NULL, 10) : 0;
}

static bool more(unsigned long done, unsigned long want)
{
	return !want || done < want;
}

// Anonymous memory, touched page by page. One mapping per MiB: never more virtual than needed.
static void anon(unsigned long mib, int extra_flags)
{
	for (unsigned long i = 0; more(i, mib); i++) {
		char *p = mmap(NULL, MIB, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | extra_flags, -1, 0);

		if (p == MAP_FAILED)
			die("mmap of MiB %lu", i);
		for (size_t o = 0; o < MIB; o += page)
			p[o] = (char)(i + o / page + 1);
	}
}

static void do_anon(char **a)
{
	anon(number(a[0]), 0);
}

static void do_locked(char **a)
{
	anon(number(a[0]), MAP_LOCKED);
}

// Shared anonymous memory: shmem that no file name leads to.
static void do_shared(char **a)
{
	unsigned long mib = number(a[0]);

	for (unsigned long i = 0; more(i, mib); i++) {
		char *p =
			mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			die("mmap of MiB %lu", i);
		memset(p, 1, MIB);
	}
}

// Write a file: on tmpfs shared memory, on ramfs page cache that nothing can write out.
static void do_file(char **a)
{
	static char buf[64 * 1024];
	unsigned long mib = number(a[1]);
	int fd = open(a[0], O_WRONLY | O_CREAT | O_TRUNC | O_LARGEFILE, 0600);

	if (fd < 0)
		die("%s", a[0]);
	memset(buf, 'm', sizeof(buf));
	for (unsigned long i = 0; more(i, mib * 16); i++)
		if (write(fd, buf, sizeof(buf)) < 0)
			die("write %s", a[0]);
}

// Map a file and lock it: page cache of a real file system that reclaim has to leave alone.
static void do_lockfile(char **a)
{
	struct stat st;
	int fd = open(a[0], O_RDONLY);

	if (fd < 0 || fstat(fd, &st) < 0)
		die("%s", a[0]);
	for (off_t o = 0; o < st.st_size; o += (off_t)MIB)
		if (mmap(NULL, MIB, PROT_READ, MAP_SHARED | MAP_POPULATE | MAP_LOCKED, fd, o) ==
		    MAP_FAILED)
			die("mmap %s", a[0]);
}

// Map a file and touch it: page cache of a process that is alive, and not locked.
static void do_mapfile(char **a)
{
	struct stat st;
	volatile char sink;
	int fd = open(a[0], O_RDONLY);
	char *p;

	if (fd < 0 || fstat(fd, &st) < 0 ||
	    (p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0)) == MAP_FAILED)
		die("%s", a[0]);
	for (int turn = 0; turn < 2; turn++)
		for (size_t o = 0; o < (size_t)st.st_size; o += page)
			sink = p[o];
	(void)sink;
}

// Anonymous memory that does not compress.
static void do_noise(char **a)
{
	unsigned long mib = number(a[0]);
	unsigned long long x = 88172645463325252ULL;

	for (unsigned long i = 0; more(i, mib); i++) {
		char *p =
			mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			die("mmap of MiB %lu", i);
		for (size_t o = 0; o < MIB; o += sizeof(x)) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			memcpy(p + o, &x, sizeof(x));
		}
	}
}

// System V shared memory: segments of 4 MiB, attached and touched.
static void do_shm(char **a)
{
	unsigned long mib = number(a[0]);

	for (unsigned long i = 0; more(i, mib); i += 4) {
		int id = shmget(IPC_PRIVATE, 4 * MIB, IPC_CREAT | 0600);
		char *p = id < 0 ? (char *)-1 : shmat(id, NULL, 0);

		if (p == (char *)-1)
			die("shared memory segment at MiB %lu", i);
		memset(p, 1, 4 * MIB);
	}
}

// Huge pages out of the reserved ones.
static void do_hugetlb(char **a)
{
	for (unsigned long i = 0, n = number(a[0]); i < n; i++) {
		char *p = mmap(NULL, 2 * MIB, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);

		if (p == MAP_FAILED)
			die("huge page %lu", i);
		*p = 1;
	}
}

// Maps of bpf: arrays in vmalloc space, or one copy per CPU in percpu memory.
static void bpfmaps(unsigned type, unsigned value, unsigned long bytes, unsigned long want)
{
	for (unsigned long done = 0; more(done, want); done += bytes) {
		union bpf_attr attr = { .map_type = type,
					.key_size = 4,
					.value_size = value,
					.max_entries = (unsigned)(bytes / value) };

		if (syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)) < 0)
			die("bpf map after %lu bytes", done);
	}
}

static void do_bpfmap(char **a)
{
	bpfmaps(BPF_MAP_TYPE_ARRAY, 4096, MIB, number(a[0]) * MIB);
}

static void do_percpu(char **a)
{
	bpfmaps(BPF_MAP_TYPE_PERCPU_ARRAY, 16384, 256 * KIB, number(a[0]) * MIB);
}

// Ring buffers of perf events: pages that the kernel takes one by one, seen by no counter.
static void do_perf(char **a)
{
	unsigned long mib = number(a[0]);

	for (unsigned long i = 0; more(i, mib); i++) {
		struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE,
						.size = sizeof(attr),
						.config = PERF_COUNT_SW_DUMMY };
		int fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);

		if (fd < 0 ||
		    mmap(NULL, MIB + page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED)
			die("perf event %lu", i);
	}
}

// Page tables and nothing else: reading maps the one shared zero page, once per table page.
static void do_ptables(char **a)
{
	unsigned long want = number(a[0]) * (MIB / page);
	size_t span =
		page / 8 * page; // what one table page maps: its entries are 8 bytes, with PAE too
	size_t chunk = 64 * span;
	volatile char sink;

	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	for (unsigned long n = 0; more(n, want);) {
		char *p = mmap(NULL, chunk, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			       -1, 0);

		if (p == MAP_FAILED)
			die("mmap for page table %lu", n);
		for (size_t o = 0; o < chunk && more(n, want); o += span, n++)
			sink = p[o];
	}
	(void)sink;
}

/*
 * Messages that nobody receives, in socket buffers: below 4 KiB each lives in slab, as an skbuff
 * head and a kmalloc-4k.
 */
static void do_sockslab(char **a)
{
	static char buf[3000];
	unsigned long done = 0, want = number(a[0]) * MIB;

	put("/proc/sys/net/unix/max_dgram_qlen", "100000");
	while (more(done, want)) {
		int sv[2], size = 4 * (int)MIB;

		if (socketpair(AF_UNIX, SOCK_DGRAM, 0, sv) < 0)
			die("socketpair after %lu bytes", done);
		if (setsockopt(sv[0], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
			die("SO_SNDBUFFORCE");
		while (more(done, want) && send(sv[0], buf, sizeof(buf), MSG_DONTWAIT) > 0)
			done += sizeof(buf);
		if (more(done, want) && errno != EAGAIN)
			die("send after %lu bytes", done);
	}
}

// Pipe buffers: whole pages that no machine-wide counter names.
static void do_pipe(char **a)
{
	static char buf[64 * 1024];
	unsigned long mib = number(a[0]);

	for (unsigned long i = 0; more(i, mib); i++) {
		int fd[2];

		if (pipe2(fd, O_NONBLOCK) < 0 || fcntl(fd[1], F_SETPIPE_SZ, MIB) < 0)
			die("pipe %lu", i);
		while (write(fd[1], buf, sizeof(buf)) > 0)
			continue;
		if (errno != EAGAIN)
			die("write to pipe %lu", i);
	}
}

/*
 * Break free memory into single pages: fill two sets of pipes in turn, one page to each, until
 * `leave` MiB are free, then empty every second page. What was next to a freed page is a pipe page,
 * which cannot be moved.
 */
static unsigned long free_mib(void)
{
	int fd = open("/proc/meminfo", O_RDONLY);
	unsigned long kb = meminfo_kb(fd, "MemFree:");

	close(fd);
	return kb / KIB;
}

static void do_frag(char **a)
{
	static char buf[64 * 1024];
	static int odd[8192];
	unsigned long leave = number(a[0]), holes = number(a[1]), pages = 0;
	size_t n;

	put("/proc/sys/vm/compact_unevictable_allowed", "0");
	for (n = 0; n < sizeof(odd) / sizeof(*odd) && free_mib() > leave; n++) {
		int x[2], y[2];

		if (pipe2(x, O_NONBLOCK) < 0 || pipe2(y, O_NONBLOCK) < 0 ||
		    fcntl(x[1], F_SETPIPE_SZ, MIB) < 0 || fcntl(y[1], F_SETPIPE_SZ, MIB) < 0)
			die("pipe %zu", n);
		while (write(x[1], buf, page) > 0 && write(y[1], buf, page) > 0)
			continue;
		odd[n] = y[0];
	}
	while (n && pages < holes * (MIB / page)) {
		ssize_t got;

		n--;
		while ((got = read(odd[n], buf, sizeof(buf))) > 0)
			pages += (size_t)got / page;
	}
}

/*
 * Blocks of 2^ORDER pages that stay taken: the slot array of a pipe that was made that large. Stops
 * at N, or when the kernel has no such block; up to order 3 it rather kills.
 */
static void do_blocks(char **a)
{
	unsigned long order = number(a[0]), want = number(a[1]);
	size_t slots = (sizeof(long) == 8 ? 64UL : 128UL) << order; // of 40 or 24 bytes

	put("/proc/sys/fs/pipe-max-size", "1073741824");
	for (unsigned long i = 0; more(i, want); i++) {
		int fd[2];

		if (pipe(fd) < 0)
			die("pipe %lu", i);
		if (fcntl(fd[1], F_SETPIPE_SZ, slots * page) < 0)
			return;
	}
}

/*
 * One kmalloc of the given size: sendmsg() copies control data into a buffer that it gets from
 * sock_kmalloc(GFP_KERNEL), and the limit on it is a sysctl. Above order 3 that may fail, aloud.
 */
static void do_kmalloc(char **a)
{
	unsigned long bytes = number(a[0]), times = number(a[1]);
	struct msghdr m = { 0 };
	int sv[2];

	put("/proc/sys/net/core/optmem_max", "33554432");
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, sv) < 0)
		die("socketpair");
	m.msg_control = calloc(1, bytes);
	m.msg_controllen = bytes;
	while (m.msg_control && times--)
		if (sendmsg(sv[0], &m, MSG_DONTWAIT) < 0 && errno != EINVAL)
			fprintf(stderr, "sendmsg: %s\n", strerror(errno));
}

// System V messages: slab (kmalloc-4k) that belongs to an IPC namespace, which ends with us.
static void do_msg(char **a)
{
	struct {
		long type;
		char text[4000];
	} m = { 1, "" };
	unsigned long done = 0, want = number(a[0]) * MIB;

	if (unshare(CLONE_NEWIPC) < 0)
		die("unshare");
	put("/proc/sys/kernel/msgmnb", "16777216");
	put("/proc/sys/kernel/msgmni", "32000");
	while (more(done, want)) {
		int q = msgget(IPC_PRIVATE, 0600);

		if (q < 0)
			die("msgget after %lu bytes", done);
		while (more(done, want) && msgsnd(q, &m, sizeof(m.text), IPC_NOWAIT) == 0)
			done += sizeof(m.text);
	}
}

/*
 * Names of one file in a tmpfs of our own: a dentry and a name of over 200 bytes each, all of it
 * reclaimable slab by its kind, none of it by its use, because tmpfs keeps its dentries.
 */
static void do_links(char **a)
{
	unsigned long want = number(a[0]);
	char name[256], pad[201];

	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		die("unshare");
	if (mount("names", "/tmp", "tmpfs", 0, "nr_inodes=0,size=0") < 0 || chdir("/tmp") < 0)
		die("mount");
	memset(pad, 'n', sizeof(pad) - 1);
	pad[sizeof(pad) - 1] = 0;
	close(open("/tmp/f", O_CREAT | O_WRONLY, 0600));
	for (unsigned long i = 0; more(i, want); i++) {
		snprintf(name, sizeof(name), "%08lx%s", i, pad);
		if (link("f", name) < 0)
			die("link %lu", i);
	}
}

// Inotify watches: one on each file that is made for it, so each pins an inode and a dentry.
static void do_watches(char **a)
{
	unsigned long want = number(a[1]);
	char name[64];
	int fd = inotify_init1(0);

	put("/proc/sys/fs/inotify/max_user_watches", "10000000");
	if (chdir(a[0]) < 0)
		die("%s", a[0]);
	for (unsigned long i = 0; more(i, want); i++) {
		snprintf(name, sizeof(name), "w%lu", i);
		close(open(name, O_CREAT | O_WRONLY, 0600));
		if (inotify_add_watch(fd, name, IN_MODIFY) < 0)
			die("watch %lu", i);
	}
}

// Mount with options that the file system is to read itself; busybox wants to know better for NFS.
static void do_mount(char **a)
{
	if (mount(a[0], a[1], a[2], 0, a[3]) < 0)
		die("mount %s", a[1]);
}

// Empty files, 500 to a directory, because the directories may be without an index.
static void do_tree(char **a)
{
	unsigned long want = number(a[1]);
	char name[64];

	if (chdir(a[0]) < 0)
		die("%s", a[0]);
	for (unsigned long i = 0; i < want; i++) {
		snprintf(name, sizeof(name), "d%lu/f%lu", i / 500, i);
		if (i % 500 == 0) {
			*strchr(name, '/') = 0;
			if (mkdir(name, 0755) < 0)
				die("%s", name);
			name[strlen(name)] = '/';
		}
		if (mknod(name, S_IFREG | 0644, 0) < 0)
			die("%s", name);
	}
}

/*
 * Walk a directory, which looks at whatever is found, and keep a handle on every Nth: an inode and
 * a dentry each that reclaim has to leave alone. O_PATH is no open for the file system, so that a
 * server is told nothing.
 */
static unsigned long keep_every, seen;

static int keep(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	if (keep_every && seen++ % keep_every == 0 && open(path, O_PATH | O_NOFOLLOW) < 0)
		die("%s", path);
	return 0;
}

static void walk(const char *path, unsigned long every)
{
	keep_every = every;
	if (nftw(path, keep, 16, FTW_PHYS) < 0)
		die("%s", path);
}

static void do_scan(char **a)
{
	walk(a[0], 1);
}

static void do_look(char **a)
{
	walk(a[0], number(a[1]));
}

/*
 * How much one more process can really have: a child, which is the first that the kernel will kill,
 * takes anonymous memory until it is killed. It counts pages, huge ones forbidden; its page tables
 * (0.2 % of that) are not in the count.
 */
static void do_hog(char **a)
{
	volatile unsigned long *kib =
		mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status, fd = open("/proc/meminfo", O_RDONLY);
	unsigned long available = meminfo_kb(fd, "MemAvailable:");
	unsigned long unused = meminfo_kb(fd, "MemFree:");
	pid_t pid;

	(void)a;
	if (kib == MAP_FAILED)
		die("mmap");
	kib[0] = 0;
	kib[1] = unused;
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid > 0) {
		waitpid(pid, &status, 0);
		printf("@truth obtained_kb=%lu mem_available_kb=%lu mem_free_kb=%lu "
		       "lowest_free_kb=%lu killed=%d\n",
		       kib[0], available, unused, kib[1],
		       WIFSIGNALED(status) ? WTERMSIG(status) : 0);
		fflush(stdout);
		return;
	}
	put("/proc/self/oom_score_adj", "1000");
	prctl(PR_SET_NAME, "hog", 0, 0, 0);
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	for (;;) {
		char *p =
			mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			die("mmap of the hog"); // out of addresses, not of memory
		for (size_t o = 0; o < MIB; o += page) {
			p[o] = 1;
			kib[0] += page / KIB;
		}
		unused = meminfo_kb(fd, "MemFree:");
		if (unused < kib[1])
			kib[1] = unused;
	}
}

// Take memory only from these NUMA nodes (a bit mask), as set_mempolicy(MPOL_BIND).
static void do_bind(char **a)
{
	unsigned long mask = number(a[0]);

	if (syscall(SYS_set_mempolicy, MPOL_BIND, &mask, sizeof(mask) * CHAR_BIT) < 0)
		die("set_mempolicy");
}

static void do_prefer(char **a)
{
	unsigned long mask = number(a[0]);

	if (syscall(SYS_set_mempolicy, MPOL_PREFERRED, &mask, sizeof(mask) * CHAR_BIT) < 0)
		die("set_mempolicy");
}

static void do_lockall(char **a)
{
	(void)a;
	if (mlockall(MCL_CURRENT | MCL_FUTURE) < 0)
		die("mlockall");
}

// N children, each of which does the rest of the line; the parent waits for all of them.
static void do_fork(char **a)
{
	unsigned long n = number(a[0]);

	while (n--) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (pid == 0)
			return;
	}
	while (wait(NULL) > 0)
		continue;
	exit(0);
}

static void do_adj(char **a)
{
	put("/proc/self/oom_score_adj", a[0]);
}

static void do_comm(char **a)
{
	if (prctl(PR_SET_NAME, a[0], 0, 0, 0) < 0)
		die("PR_SET_NAME");
}

static void do_touch(char **a)
{
	close(open(a[0], O_CREAT | O_WRONLY, 0600));
}

// Wait until another process of the scenario has made this file.
static void do_wait(char **a)
{
	while (access(a[0], F_OK) < 0)
		usleep(20 * 1000);
}

static void do_sleep(char **a)
{
	usleep((useconds_t)number(a[0]) * 1000);
}

static void do_hold(char **a)
{
	(void)a;
	for (;;)
		pause();
}

// The kernel's log as its device gives it, one record per read, up to now.
static void do_kmsg(char **a)
{
	char rec[8192];
	ssize_t n;
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);

	(void)a;
	while (fd >= 0 && ((n = read(fd, rec, sizeof(rec))) > 0 || errno == EPIPE))
		for (ssize_t o = 0, w; o < n; o += w)
			if ((w = write(1, rec + o, (size_t)(n - o))) < 0)
				die("write");
}

static const struct verb {
	const char *name;
	int args;
	void (*run)(char **a);
	const char *help;
} verbs[] = {
	{ "anon", 1, do_anon, "MIB: anonymous memory" },
	{ "locked", 1, do_locked, "MIB: locked anonymous memory" },
	{ "shared", 1, do_shared, "MIB: shared anonymous memory" },
	{ "file", 2, do_file, "PATH MIB: write a file" },
	{ "lockfile", 1, do_lockfile, "PATH: map and lock a file" },
	{ "mapfile", 1, do_mapfile, "PATH: map a file and touch it" },
	{ "ptables", 1, do_ptables, "MIB: page tables" },
	{ "sockslab", 1, do_sockslab, "MIB: small messages in socket buffers" },
	{ "pipe", 1, do_pipe, "MIB: pipe buffers" },
	{ "frag", 2, do_frag, "LEAVE HOLES: break HOLES MiB of free memory into single pages" },
	{ "blocks", 2, do_blocks, "ORDER N: hold N blocks of 2^ORDER pages" },
	{ "kmalloc", 2, do_kmalloc, "BYTES TIMES: large kmalloc" },
	{ "msg", 1, do_msg, "MIB: System V messages" },
	{ "links", 1, do_links, "N: names in a tmpfs" },
	{ "watches", 2, do_watches, "DIR N: inotify watches" },
	{ "mount", 4, do_mount, "SOURCE DIR TYPE OPTIONS: mount a file system" },
	{ "tree", 2, do_tree, "DIR N: empty files" },
	{ "scan", 1, do_scan, "DIR: hold every file below it" },
	{ "look", 2, do_look, "DIR N: look at every file below it, hold each Nth (0: none)" },
	{ "hog", 0, do_hog, "say how much a child had when it was killed" },
	{ "bind", 1, do_bind, "MASK: NUMA nodes to take memory from" },
	{ "noise", 1, do_noise, "MIB: anonymous memory that does not compress" },
	{ "shm", 1, do_shm, "MIB: System V shared memory" },
	{ "hugetlb", 1, do_hugetlb, "N: reserved huge pages of 2 MiB" },
	{ "bpfmap", 1, do_bpfmap, "MIB: arrays of bpf" },
	{ "percpu", 1, do_percpu, "MIB: arrays of bpf, per CPU" },
	{ "perf", 1, do_perf, "MIB: ring buffers of perf" },
	{ "prefer", 1, do_prefer, "MASK: NUMA node to begin with" },
	{ "lockall", 0, do_lockall, "lock all memory, also what comes" },
	{ "fork", 1, do_fork, "N: children that do the rest" },
	{ "adj", 1, do_adj, "N: oom_score_adj" },
	{ "comm", 1, do_comm, "NAME: process name" },
	{ "touch", 1, do_touch, "PATH: make a file" },
	{ "wait", 1, do_wait, "PATH: wait for a file" },
	{ "sleep", 1, do_sleep, "MS" },
	{ "hold", 0, do_hold, "stay until killed" },
	{ "kmsg", 0, do_kmsg, "print the kernel's log records" },
};

static const struct verb *find(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

int main(int argc, char **argv)
{
	struct rlimit nofile = { 1000000, 1000000 };
	struct rlimit lock = { RLIM_INFINITY, RLIM_INFINITY };

	page = (size_t)sysconf(_SC_PAGESIZE);
	if (argc < 2) {
		for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
			printf("%-10s %s\n", verbs[i].name, verbs[i].help);
		return 2;
	}
	setrlimit(RLIMIT_NOFILE, &nofile);
	setrlimit(RLIMIT_MEMLOCK, &lock);
	for (int i = 1; i < argc;) {
		const struct verb *v = find(argv[i]);

		if (!v || i + v->args >= argc) {
			fprintf(stderr, "provoke: bad verb or too few arguments: %s\n", argv[i]);
			return 2;
		}
		v->run(argv + i + 1);
		i += 1 + v->args;
	}
	return 0;
}
