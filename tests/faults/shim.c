// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Faults of the machine, put under an unchanged program by LD_PRELOAD. From main() on the shim
 * counts the calls of one kind and makes the N-th fail, or each. FAULT says what:
 *
 *   alloc:N              the N-th allocation gives NULL (malloc, calloc, realloc, aligned_alloc,
 *                        mmap; strdup, asprintf, fdopendir... take their memory from malloc)
 *   alloc:N+             this one and all later ones
 *   CALL:N:ERRNO         the N-th CALL fails with ERRNO (its name, or a number); N+: all later ones
 *   CALL:each:ERRNO      every first try fails, the second one of each works: EINTR, EAGAIN
 *   CALL:one, CALL:half  each CALL transfers one byte, or half of what was asked for
 *   CALL:block:TEXT      a CALL on a path that has TEXT in it never comes back
 *   CALL:slow:TEXT       ... comes back after FAULT_MS milliseconds
 *
 * With FAULT_WHEN the last two begin when that file is there.
 *
 * CALL is read (also pread), write, open (also openat, openat2), getdents (also readdir). Several
 * faults are separated by blanks. FAULT_LOG is a file: a line "CALL N of WHOSE" for each fault that
 * was injected, where WHOSE is the object that called, and when the program ends "made CALL N": how
 * many there were. Faults begin anew in each child of a fork.
 *
 * A blocked call blocks all signals, as a task in state D does not answer to any.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum call { ALLOC, READ, WRITE, OPEN, GETDENTS, CALLS };
static const char *const names[CALLS] = { "alloc", "read", "write", "open", "getdents" };

enum how { NONE, ERROR, ONE, HALF, BLOCK, SLOW };
static struct fault {
	enum how how;
	long n; /* 0: each */
	bool all_later, odd;
	int error;
	char text[200];
} faults[CALLS];
static long counts[CALLS];
static int log_fd = -1;
static const char *when;
static bool on;
static __thread bool inside;

/* Until dlsym() has found the C library's. */
static char early[1 << 16] __attribute__((aligned(16)));
static size_t early_n;

static bool is_early(const void *p)
{
	return (const char *)p >= early && (const char *)p < early + sizeof(early);
}

static void *real(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}
#define REAL(type, name, ...)           \
	static type (*fn)(__VA_ARGS__); \
	if (!fn)                        \
	fn = (type(*)(__VA_ARGS__))(uintptr_t)real(#name)

static void tell(enum call c, const void *from)
{
	const char *object = "?";
	char line[300];
	Dl_info info;
	int n;

	if (log_fd < 0)
		return;
	inside = true;
	if (dladdr(from, &info) && info.dli_fname) {
		const char *slash = strrchr(info.dli_fname, '/');

		object = slash ? slash + 1 : info.dli_fname;
	}
	n = snprintf(line, sizeof(line), "%s %ld of %s\n", names[c], counts[c], object);
	if (n > 0)
		syscall(SYS_write, log_fd, line, (size_t)n);
	inside = false;
}

/* Whether this call is to fail: the error, or 0. */
static int hit(enum call c, const void *from)
{
	struct fault *f = &faults[c];
	long n;

	if (!on || inside || f->how != ERROR)
		return 0;
	n = __atomic_add_fetch(&counts[c], 1, __ATOMIC_RELAXED);
	if (!f->n) {
		f->odd = !f->odd;
		if (!f->odd)
			return 0;
	} else if (n != f->n && !(f->all_later && n > f->n)) {
		return 0;
	}
	tell(c, from);
	return f->error;
}

static size_t shorter(enum call c, size_t n, const void *from)
{
	struct fault *f = &faults[c];

	if (!on || inside || n < 2 || (f->how != ONE && f->how != HALF))
		return n;
	counts[c]++;
	if (counts[c] == 1)
		tell(c, from);
	return f->how == ONE ? 1 : n / 2;
}

static void wait_on(enum call c, int dirfd, const char *path, const void *from)
{
	struct fault *f = &faults[c];
	char at[PATH_MAX + 300], link[64];
	ssize_t n = 0;

	if (!on || inside || (f->how != BLOCK && f->how != SLOW))
		return;
	if (dirfd >= 0) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", dirfd);
		n = readlink(link, at, PATH_MAX);
		if (n < 0)
			n = 0;
	}
	snprintf(at + n, sizeof(at) - (size_t)n, "%s%s", path ? "/" : "", path ? path : "");
	if (!strstr(at, f->text) || (when && syscall(SYS_access, when, F_OK)))
		return;
	tell(c, from);
	if (f->how == BLOCK) {
		sigset_t all;

		sigfillset(&all);
		sigprocmask(SIG_SETMASK, &all, NULL);
		for (;;)
			syscall(SYS_pause);
	} else {
		const char *ms = getenv("FAULT_MS");
		struct timespec ts = { 0, 0 };
		long v = ms ? atol(ms) : 0;

		ts.tv_sec = v / 1000;
		ts.tv_nsec = v % 1000 * 1000000;
		syscall(SYS_nanosleep, &ts, NULL);
	}
}

static int number_of(const char *name)
{
	static const struct {
		const char *name;
		int error;
	} errors[] = { { "ENOMEM", ENOMEM }, { "EINTR", EINTR },   { "EIO", EIO },
		       { "ENOSPC", ENOSPC }, { "EPIPE", EPIPE },   { "EACCES", EACCES },
		       { "ENOENT", ENOENT }, { "ESRCH", ESRCH },   { "ENODEV", ENODEV },
		       { "EAGAIN", EAGAIN }, { "EMFILE", EMFILE }, { "EPERM", EPERM } };

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (!strcmp(errors[i].name, name))
			return errors[i].error;
	return atoi(name);
}

static void set_up(char *spec)
{
	char *name = strsep(&spec, ":"), *arg = strsep(&spec, ":");
	enum call c = 0;
	struct fault *f;

	while (c < CALLS && strcmp(names[c], name))
		c++;
	if (c == CALLS || !arg) {
		fprintf(stderr, "shim: FAULT has no %s\n", name);
		_exit(99);
	}
	f = &faults[c];
	if (!strcmp(arg, "one") || !strcmp(arg, "half")) {
		f->how = *arg == 'o' ? ONE : HALF;
		return;
	}
	if (!strcmp(arg, "block") || !strcmp(arg, "slow")) {
		f->how = *arg == 'b' ? BLOCK : SLOW;
		snprintf(f->text, sizeof(f->text), "%s", spec ? spec : "");
		return;
	}
	f->how = ERROR;
	f->n = strcmp(arg, "each") ? atol(arg) : 0;
	f->all_later = strchr(arg, '+') != NULL;
	f->error = spec ? number_of(spec) : ENOMEM;
}

static void __attribute__((destructor)) tell_counts(void)
{
	char line[64];

	on = false;
	for (int c = 0; c < CALLS && log_fd >= 0; c++)
		if (faults[c].how == ERROR) {
			int n = snprintf(line, sizeof(line), "made %s %ld\n", names[c], counts[c]);

			syscall(SYS_write, log_fd, line, (size_t)n);
		}
}

static int (*program)(int, char **, char **);

static int begin(int argc, char **argv, char **env)
{
	const char *given = getenv("FAULT"), *log = getenv("FAULT_LOG");
	char text[1000], *rest = text, *one;

	when = getenv("FAULT_WHEN");
	if (log) {
		log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
		/* out of the way of what the program opens */
		if (log_fd >= 0)
			log_fd = fcntl(log_fd, F_DUPFD_CLOEXEC, 200);
	}
	snprintf(text, sizeof(text), "%s", given ? given : "");
	while ((one = strsep(&rest, " ")))
		if (*one)
			set_up(one);
	on = true;
	return program(argc, argv, env);
}

int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void),
		      void (*fini)(void), void (*rtld)(void), void *stack);
int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void),
		      void (*fini)(void), void (*rtld)(void), void *stack)
{
	REAL(int, __libc_start_main, int (*)(int, char **, char **), int, char **, void (*)(void),
	     void (*)(void), void (*)(void), void *);

	program = main;
	return fn(begin, argc, argv, init, fini, rtld, stack);
}

/* ---- memory ---- */

#define HERE __builtin_return_address(0)

static void *take_early(size_t n)
{
	void *p = early + early_n;

	n = (n + 15) & ~(size_t)15;
	if (early_n + n > sizeof(early))
		_exit(98);
	early_n += n;
	return p;
}

static bool no_memory(const void *from)
{
	if (!hit(ALLOC, from))
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t n)
{
	static bool asking;

	if (asking)
		return take_early(n);
	asking = true;
	REAL(void *, malloc, size_t);
	asking = false;
	return no_memory(HERE) ? NULL : fn(n);
}

void *calloc(size_t n, size_t size)
{
	static bool asking;

	if (asking)
		return take_early(n * size);
	asking = true;
	REAL(void *, calloc, size_t, size_t);
	asking = false;
	return no_memory(HERE) ? NULL : fn(n, size);
}

void *realloc(void *p, size_t n)
{
	REAL(void *, realloc, void *, size_t);

	if (is_early(p)) {
		void *q = malloc(n);

		return q ? memcpy(q, p, n) : NULL;
	}
	return no_memory(HERE) ? NULL : fn(p, n);
}

void *reallocarray(void *p, size_t n, size_t size)
{
	REAL(void *, reallocarray, void *, size_t, size_t);

	/* the C library's calls realloc(), perhaps past us */
	return no_memory(HERE) ? NULL : fn(p, n, size);
}

void *aligned_alloc(size_t align, size_t n)
{
	REAL(void *, aligned_alloc, size_t, size_t);

	return no_memory(HERE) ? NULL : fn(align, n);
}

void free(void *p)
{
	REAL(void, free, void *);

	if (!is_early(p))
		fn(p);
}

void *mmap(void *p, size_t n, int prot, int flags, int fd, off_t off)
{
	REAL(void *, mmap, void *, size_t, int, int, int, off_t);

	return no_memory(HERE) ? MAP_FAILED : fn(p, n, prot, flags, fd, off);
}

/* ---- reading ---- */

#define FAIL(call)                           \
	do {                                 \
		int error = hit(call, HERE); \
		if (error) {                 \
			errno = error;       \
			return -1;           \
		}                            \
	} while (0)

ssize_t read(int fd, void *p, size_t n)
{
	FAIL(READ);
	wait_on(READ, fd, NULL, HERE);
	return syscall(SYS_read, fd, p, shorter(READ, n, HERE));
}

ssize_t pread(int fd, void *p, size_t n, off_t off)
{
	REAL(ssize_t, pread, int, void *, size_t, off_t);

	FAIL(READ);
	wait_on(READ, fd, NULL, HERE);
	return fn(fd, p, shorter(READ, n, HERE), off);
}

ssize_t pread64(int fd, void *p, size_t n, off64_t off)
{
	REAL(ssize_t, pread64, int, void *, size_t, off64_t);

	FAIL(READ);
	wait_on(READ, fd, NULL, HERE);
	return fn(fd, p, shorter(READ, n, HERE), off);
}

/* What -D_FORTIFY_SOURCE calls instead. */
ssize_t __read_chk(int fd, void *p, size_t n, size_t size);
ssize_t __read_chk(int fd, void *p, size_t n, size_t size)
{
	FAIL(READ);
	wait_on(READ, fd, NULL, HERE);
	return n > size ? (abort(), -1) : syscall(SYS_read, fd, p, shorter(READ, n, HERE));
}

ssize_t __pread_chk(int fd, void *p, size_t n, off_t off, size_t size);
ssize_t __pread_chk(int fd, void *p, size_t n, off_t off, size_t size)
{
	return n > size ? (abort(), -1) : pread(fd, p, n, off);
}

ssize_t __pread64_chk(int fd, void *p, size_t n, off64_t off, size_t size);
ssize_t __pread64_chk(int fd, void *p, size_t n, off64_t off, size_t size)
{
	return n > size ? (abort(), -1) : pread64(fd, p, n, off);
}

ssize_t write(int fd, const void *p, size_t n)
{
	FAIL(WRITE);
	return syscall(SYS_write, fd, p, shorter(WRITE, n, HERE));
}

/* ---- opening ---- */

/* What is not there cannot be denied. */
static int denied(int fd)
{
	if (fd >= 0) {
		close(fd);
		errno = EACCES;
	}
	return -1;
}

static int open_at(int dir, const char *path, int flags, mode_t mode, const void *from)
{
	int error = hit(OPEN, from), fd;

	if (error && error != EACCES) {
		errno = error;
		return -1;
	}
	wait_on(OPEN, dir, path, from);
	fd = (int)syscall(SYS_openat, dir, path, flags, mode);
	return error ? denied(fd) : fd;
}

static mode_t mode_of(int flags, va_list ap)
{
	return flags & (O_CREAT | O_TMPFILE) ? (mode_t)va_arg(ap, int) : 0;
}

#define OPENS(name, decl, dir)                                \
	int name decl                                         \
	{                                                     \
		va_list ap;                                   \
		mode_t mode;                                  \
                                                              \
		va_start(ap, flags);                          \
		mode = mode_of(flags, ap);                    \
		va_end(ap);                                   \
		return open_at(dir, path, flags, mode, HERE); \
	}
OPENS(open, (const char *path, int flags, ...), AT_FDCWD)
OPENS(open64, (const char *path, int flags, ...), AT_FDCWD)
OPENS(openat, (int dir, const char *path, int flags, ...), dir)
OPENS(openat64, (int dir, const char *path, int flags, ...), dir)

int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
	return open_at(AT_FDCWD, path, flags, 0, HERE);
}
int __open64_2(const char *path, int flags);
int __open64_2(const char *path, int flags)
{
	return open_at(AT_FDCWD, path, flags, 0, HERE);
}
int __openat_2(int dir, const char *path, int flags);
int __openat_2(int dir, const char *path, int flags)
{
	return open_at(dir, path, flags, 0, HERE);
}
int __openat64_2(int dir, const char *path, int flags);
int __openat64_2(int dir, const char *path, int flags)
{
	return open_at(dir, path, flags, 0, HERE);
}

/* openat2 has no function of its own. */
long syscall(long nr, ...)
{
	long a[6];
	va_list ap;
	REAL(long, syscall, long, ...);

	va_start(ap, nr);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (nr == SYS_openat2) {
		int error = hit(OPEN, HERE);

		if (error == EACCES)
			return denied((int)fn(nr, a[0], a[1], a[2], a[3], a[4], a[5]));
		if (error) {
			errno = error;
			return -1;
		}
		wait_on(OPEN, (int)a[0], (const char *)a[1], HERE);
	}
	return fn(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* ---- listing ---- */

ssize_t getdents64(int fd, void *p, size_t n)
{
	FAIL(GETDENTS);
	wait_on(GETDENTS, fd, NULL, HERE);
	return syscall(SYS_getdents64, fd, p, n);
}

struct dirent *readdir(DIR *d)
{
	REAL(struct dirent *, readdir, DIR *);
	int error = hit(GETDENTS, HERE);

	if (error) {
		errno = error;
		return NULL;
	}
	return fn(d);
}

struct dirent64 *readdir64(DIR *d)
{
	REAL(struct dirent64 *, readdir64, DIR *);
	int error = hit(GETDENTS, HERE);

	if (error) {
		errno = error;
		return NULL;
	}
	return fn(d);
}
