/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_COLLECT_LOGSRC_IMPL_H
#define OL_COLLECT_LOGSRC_IMPL_H

#include <sys/stat.h>

#include "collect/log/logsrc.h"
#include "lib/clock.h"

/*
 * Private to collect/logsrc*.c: the queue (logsrc.c) and its kinds of input, each one file that
 * ends in one const struct ol_log_kind.
 */

/*
 * One read(2) of a plain file. A cached 1 GB file in reads of 64 KiB, 256 KiB, 512 KiB, 1 MiB, each
 * searched for its newlines: 0.21, 0.19, 0.17, 0.16 s (1 MiB of L2 cache).
 */
#define OL_LOG_BUF (1u << 20)

struct ol_log_input;

struct ol_log_kind {
	/* The input's turn has come. <0: a reason in *@err; the input is dropped. */
	int (*open)(struct ol_logsrc *s, struct ol_log_input *in, struct ol_err *err);
	/*
	 * The next chunk: BEGIN, DATA, END, WARN; IDLE when a followed input has nothing new (never
	 * blocks then); EOF when the input is done and can be closed. Name, size, mtime and input
	 * are filled in by the queue unless set. <0 is fatal.
	 */
	int (*next)(struct ol_logsrc *s, struct ol_log_input *in, struct ol_logchunk *ret);
	void (*close)(struct ol_log_input *in);
};

extern const struct ol_log_kind ol_log_file; /* plain files, stdin, fifos, devices */
extern const struct ol_log_kind ol_log_archive; /* compressed files, tars */
extern const struct ol_log_kind ol_log_kmsg;
extern const struct ol_log_kind ol_log_journal;

enum ol_log_stage { OL_LOG_WAITING, OL_LOG_OPEN, OL_LOG_DONE };

struct ol_log_input {
	const struct ol_log_kind *kind;
	enum ol_log_stage stage;
	char *path; /* NULL: stdin, the system's journal */
	char *name;
	void *state; /* the kind's own, from open to close */
	uint64_t size, seen; /* bytes on disk: all, read so far */
	int64_t mtime_us;
	uint32_t id; /* of its latest BEGIN */
	int fd; /* for poll(2) in follow mode; -1: look again after a while */
	short events;
	bool follow; /* stays open at its present end */
	bool from_dir; /* found, not named: no symlinks, only text */
	bool stream; /* has no size */
	bool goes_on; /* the next of the queue is the same log, rotated later */
};

struct ol_logsrc {
	struct ol_logsrc_opts opts;
	char *root; /* "" or a path without a slash at its end */
	char *buf; /* OL_LOG_BUF bytes, for one call of ol_logsrc_next() */
	struct ol_log_input **in;
	size_t n_in, cap_in;
	size_t at; /* the input that is being read to its present end */
	size_t turn; /* follow mode: whose turn it is */
	uint64_t consumed, total;
	bool total_unknown;
	uint32_t n_begun;
	struct ol_err *warn; /* found while inputs were queued, to be handed out first */
	size_t n_warn, at_warn;
	uint64_t more_warn; /* beyond OL_LOG_MAX_WARN */
};

#define OL_LOG_MAX_WARN 64

/* A new input at the end of the queue, or NULL (ENOMEM, said in *@err). @path may be NULL. */
struct ol_log_input *ol_log_queue(struct ol_logsrc *s, const struct ol_log_kind *kind,
				  const char *path, const char *name, struct ol_err *err);
/* Opens the latest of the queue before its turn, or takes it out of the queue again. */
int ol_log_open_now(struct ol_logsrc *s, struct ol_log_input *in, struct ol_err *err);
/* The input's size and time from @st. */
void ol_log_set_stat(struct ol_logsrc *s, struct ol_log_input *in, const struct stat *st);
/* Bytes on disk read so far of @in; never goes back. */
void ol_log_seen(struct ol_logsrc *s, struct ol_log_input *in, uint64_t bytes);
/* A warning that is handed out by the next ol_logsrc_next(). */
void ol_log_warn(struct ol_logsrc *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "path: reason (what it would take)"; returns @rc. @st may be NULL. */
int ol_log_cannot(struct ol_err *err, int rc, const char *path, const struct stat *st);
/* The file @rel ("dev/kmsg") below the root object, on the heap; NULL: ENOMEM. */
char *ol_log_below(const struct ol_logsrc *s, const char *rel);
/* Everything of @dir that is a log, oldest first per family. */
int ol_log_add_dir(struct ol_logsrc *s, const char *dir, struct ol_err *err);
/* Nothing to hand out: IDLE until the input has @ended, then END once (*@told), then EOF. */
void ol_log_nothing(struct ol_logchunk *ret, bool ended, bool *told);
/* read(2) that starts again after a signal. Bytes, 0 at the end, negative errno. */
ssize_t ol_log_read(int fd, void *buf, size_t n);
/* @n bytes at @off of a file, fewer only at its end: what it begins with tells what it is. */
ssize_t ol_log_read_at(int fd, char *buf, size_t n, uint64_t off);

#define OL_LOG_HEAD 512 /* bytes that decide what a file is: the header of a tar */

enum ol_log_magic {
	OL_MAGIC_TEXT,
	OL_MAGIC_BINARY,
	OL_MAGIC_MORE, /* the bytes at hand are the start of something: read more */
	OL_MAGIC_COMPRESSED,
	OL_MAGIC_TAR,
	OL_MAGIC_JOURNAL, /* a systemd journal file */
};
/* What the first bytes of a file say; @whole: there are no more, or OL_LOG_HEAD of them. */
enum ol_log_magic ol_log_sniff(struct ol_span head, bool whole);
/* The archive kind takes over the descriptor of the file kind; @head was read from it already. */
int ol_log_archive_adopt(struct ol_logsrc *s, struct ol_log_input *in, int fd, bool seekable,
			 struct ol_span head, struct ol_err *err);

/*
 * For a header field of a record: what would end the field or the header, and what is not printable
 * ASCII, becomes '_'; at most @cap bytes. Returns the bytes written.
 */
size_t ol_log_put_field(char *to, size_t cap, struct ol_span s);
/* printf at *@at of a buffer of @cap bytes; what does not fit is cut. */
void ol_log_putf(char *buf, size_t cap, size_t *at, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
