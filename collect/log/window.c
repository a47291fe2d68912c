// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/log/window.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

/* Of this thread: a SIGBUS is raised in the thread that touched the page. */
static __thread struct {
	char *p, *end;
	uintptr_t page; /* bytes of one */
	volatile sig_atomic_t lost;
} mine;

/*
 * The page that is gone is replaced by one of zeros and the read goes on. mmap(2) is not among the
 * functions that POSIX calls safe here; on Linux it is a system call and nothing else.
 */
static void on_sigbus(int sig, siginfo_t *info, void *context)
{
	char *at = info->si_addr;
	int saved = errno;

	(void)context;
	if (info->si_code > 0 && at >= mine.p && at < mine.end &&
	    /* NOLINTNEXTLINE(performance-no-int-to-ptr): the start of its page */
	    mmap((void *)((uintptr_t)at & ~(mine.page - 1)), mine.page, PROT_READ,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED)
		mine.lost = 1;
	else
		signal(sig, SIG_DFL); /* not ours: it comes again and ends us */
	errno = saved;
}

static void catch_sigbus(void)
{
	struct sigaction sa = { .sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO };

	mine.page = (uintptr_t)sysconf(_SC_PAGESIZE);
	sigaction(SIGBUS, &sa, NULL);
}

int ol_window_open(struct ol_window *w, int fd, uint64_t off, size_t n)
{
	size_t head;

	catch_sigbus();
	head = off & (mine.page - 1);
	w->map = mmap(NULL, head + n, PROT_READ, MAP_PRIVATE, fd, (off_t)(off - head));
	if (w->map == MAP_FAILED) {
		w->map = NULL;
		return -errno;
	}
	madvise(w->map, head + n, MADV_SEQUENTIAL);
	w->map_n = head + n;
	w->data = ol_span(w->map + head, n);
	mine.p = w->map;
	mine.end = w->map + w->map_n;
	mine.lost = 0;
	return 0;
}

bool ol_window_close(struct ol_window *w)
{
	bool lost = mine.lost;

	if (!w->map)
		return false;
	munmap(w->map, w->map_n);
	mine.p = mine.end = NULL;
	mine.lost = 0;
	*w = (struct ol_window){ 0 };
	return lost;
}
