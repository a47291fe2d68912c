/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_COLLECT_ROOT_H
#define OL_COLLECT_ROOT_H

#include "lib/err.h"
#include "lib/span.h"

struct ol_root_tar;

/*
 * Every file is read below a root: "/", a captured root (a folder or a tar of one), a host's root
 * mounted somewhere. Paths have no leading slash: "proc/meminfo".
 */
struct ol_root {
	int fd;
	struct ol_root_tar *tar; /* NULL: a folder */
	bool ours; /* it is "/": libraries that know no other root see the same */
	bool live; /* its proc is a real one: this machine, or its host mounted in a container */
};

/* 0, or <0 with a message. */
int ol_root_open(struct ol_root *r, const char *path, struct ol_err *err);
void ol_root_close(struct ol_root *r);

/*
 * A descriptor, or -errno. Symbolic links of a captured root lead to places inside it, where the
 * kernel can do that (openat2, 5.6). Never waits for the other end of a FIFO. In a tar it is a
 * number that only these functions know, and that no descriptor of the kernel has.
 */
int ol_root_openat(const struct ol_root *r, const char *path, int flags);
/* The same below @dirfd, which was opened below @r; @path is one name or several. */
int ol_root_openat_dir(const struct ol_root *r, int dirfd, const char *path, int flags);
/* Closes what one of them opened; nothing when @fd is < 0. */
void ol_root_fd_close(int fd);

/*
 * Files that could not be opened, read or listed since the last call of this, by this thread, other
 * than for want of rights or because there is no such thing (any more): EIO, EMFILE, ENOMEM…
 */
uint32_t ol_root_failures(void);

/* A buffer that grows to what it needed and is then reused: no allocation in the steady state. */
enum { OL_READ_MAX = 64 << 20 };
struct ol_buf {
	char *p;
	size_t cap;
};
void ol_buf_done(struct ol_buf *b);

/*
 * All of a file from its beginning, by pread: files of /proc and /sys say what is now at every such
 * read. *@ret is valid until the buffer is used again. 0, -errno, -EFBIG.
 */
int ol_fd_read(int fd, struct ol_buf *b, struct ol_span *ret);
/* The same of a descriptor that was opened below @r. */
int ol_root_fd_read(const struct ol_root *r, int fd, struct ol_buf *b, struct ol_span *ret);

/*
 * The same for files that the kernel prints in one piece (all but lists: one read gets all of it):
 * without the second read that finds the end.
 */
int ol_root_fd_read_once(const struct ol_root *r, int fd, struct ol_buf *b, struct ol_span *ret);

/* How many bytes a regular file says that it has (in /proc 0, in /sys 4096); -errno. */
int64_t ol_root_fd_size(const struct ol_root *r, int fd);

/* Where the symbolic link @name in @dirfd leads to, cut at @size: bytes of *@ret, or -errno. */
ssize_t ol_root_readlink(const struct ol_root *r, int dirfd, const char *name, char *ret,
			 size_t size);

/* A file that is opened at its first use and kept open. Set .fd to -1 before. */
struct ol_file {
	int fd;
};
int ol_file_read(const struct ol_root *r, const char *path, struct ol_file *f, struct ol_buf *b,
		 struct ol_span *ret);
/*
 * The same for a file of one line (numbers of /sys and of sysctl): these come whole at the first
 * read, so the end is not asked for.
 */
int ol_file_read_line(const struct ol_root *r, const char *path, struct ol_file *f,
		      struct ol_buf *b, struct ol_span *ret);
void ol_file_close(struct ol_file *f);

/* Opens, reads, closes. */
int ol_root_read(const struct ol_root *r, const char *path, struct ol_buf *b, struct ol_span *ret);
int ol_root_read_dir(const struct ol_root *r, int dirfd, const char *path, struct ol_buf *b,
		     struct ol_span *ret);
/* One number and a newline; "max" is OL_UNLIMITED (INT64_MAX). -EBADMSG when it is none. */
int ol_i64_of(struct ol_span s, int64_t *ret);
int ol_root_read_i64(const struct ol_root *r, int dirfd, const char *path, struct ol_buf *b,
		     int64_t *ret);

/*
 * The numbers in a directory's names "@prefix1@suffix", ascending; "node01" and other spellings
 * that the kernel does not use are left out. *@ret_n is at most @max, what is more is in *@dropped.
 */
int ol_root_numbers(const struct ol_root *r, const char *path, struct ol_span prefix,
		    struct ol_span suffix, int32_t *ret, uint32_t max, uint32_t *ret_n,
		    uint32_t *dropped);

/*
 * The names in a directory that was opened below @r, "." and ".." left out: without readdir(),
 * which takes memory for each directory. Begins anew at each _init. _next: 1 and a name that lasts
 * until the next call, 0 at the end, -errno.
 */
struct ol_names {
	const struct ol_root *r;
	int fd;
	uint32_t at_tar;
	ssize_t at, got;
	uint64_t ino; /* of the name that came last, as the directory tells it */
	_Alignas(8) char buf[16384];
};
int ol_names_init(struct ol_names *n, const struct ol_root *r, int dirfd);
int ol_names_next(struct ol_names *n, const char **ret_name, unsigned char *ret_type);

#endif
