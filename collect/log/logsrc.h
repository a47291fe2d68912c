/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_COLLECT_LOGSRC_H
#define OL_COLLECT_LOGSRC_H

#include "lib/err.h"
#include "lib/span.h"

/*
 * Where kernel log bytes come from: files, directories of rotated logs in time order, compressed
 * files and tars, a pipe, /dev/kmsg, the systemd journal. One queue of inputs, read one after the
 * other.
 *
 * kmsg and journal entries are handed out as lines in the shape of /dev/kmsg records with extra
 * comma fields, "6,1234,5678901,-,caller=T1,host=web1,boot=<32 hex>,wall=<usec>,tag=kernel;text\n",
 * text escaped as the kernel escapes it (\xNN): everything behind this point sees one text format.
 */
struct ol_logsrc;

struct ol_logsrc_opts {
	bool follow; /* keep reading what grows; files survive rotation */
	bool all_transports; /* journal: also what is not from the kernel */
	int idle_ms; /* how long OL_LOG_IDLE waits for more; 0: a quarter of a second */
	int64_t since_us; /* journal: seek; OL_TIME_NONE */
	int64_t until_us;
	bool (*stopped)(void); /* asked where a read waits inside of an archive; may be NULL */
	const char *root; /* holds dev/kmsg and var/log/journal; NULL: "/" */
};

struct ol_logsrc *ol_logsrc_new(const struct ol_logsrc_opts *opts); /* NULL: ENOMEM */
void ol_logsrc_free(struct ol_logsrc *s);

/*
 * Queue inputs. 0, or <0 with a message that names the path and the reason (and the remedy). kmsg
 * and journal are opened here, which may take privilege; paths when their turn comes.
 */
int ol_logsrc_add_path(struct ol_logsrc *s, const char *path,
		       struct ol_err *err); /* "-" is stdin */
int ol_logsrc_add_kmsg(struct ol_logsrc *s, struct ol_err *err);
int ol_logsrc_add_journal(struct ol_logsrc *s, const char *dir,
			  struct ol_err *err); /* dir may be NULL */

/*
 * Parts a queue before anything is read of it: the next log, with what it goes on in, as a source
 * of its own, for another thread. NULL when none is left (errno 0), or ENOMEM. What there is to
 * warn of goes with the first.
 */
struct ol_logsrc *ol_logsrc_take(struct ol_logsrc *s);
uint64_t ol_logsrc_total(const struct ol_logsrc *s); /* bytes on disk of all queued; 0 unknown */

enum ol_logsrc_what {
	OL_LOG_DATA, /* bytes of the current input */
	OL_LOG_BEGIN, /* a new input: name, size, mtime are set (in every chunk of it) */
	OL_LOG_END, /* the current input ended */
	OL_LOG_IDLE, /* follow mode: nothing new for now; any mode: a signal came while waiting */
	OL_LOG_EOF, /* all inputs ended */
	OL_LOG_WARN, /* something could not be read: .err says what; reading goes on */
};

/* A plain file comes in pieces of so much, but for its last: what long lines it cuts is copied. */
#define OL_LOG_PIECE (4u << 20)

struct ol_logchunk {
	enum ol_logsrc_what what;
	struct ol_span data; /* valid until the next call */
	struct ol_span name; /* as data: "messages.2.gz", "sos.tar.xz:var/log/messages" */
	uint32_t input; /* which OL_LOG_BEGIN (1, 2, …) this belongs to; 0: to none */
	int64_t mtime_us; /* OL_TIME_NONE when unknown (pipe, kmsg) */
	uint64_t size; /* bytes on disk of this input, 0 unknown */
	/*
	 * BEGIN: where others may look ahead until END: a plain file, read from its start to its
	 * present end; else -1
	 */
	int fd;
	bool goes_on; /* END: the next input is the same log, rotated later */
	bool named; /* a file or stdin that was asked for: when it is empty, something went wrong */
	uint64_t consumed; /* bytes on disk read so far of all inputs, for progress */
	uint64_t total; /* bytes on disk of all queued inputs, 0 unknown */
	struct ol_err err;
};

/*
 * Blocks until there is something (at most ~250 ms in follow mode, then OL_LOG_IDLE). <0: fatal.
 *
 * Without follow the inputs come one after the other: BEGIN DATA… END, BEGIN DATA… END, EOF.
 *
 * With follow every input is first read to its present end, in the order of the queue; then all
 * that can still grow (plain files, pipes, /dev/kmsg, the journal) are polled in turn. Such an
 * input gets its END only when it really ended (a pipe's writer went away) or begins anew
 * (rotation, truncation: END, then BEGIN), so that a dump that is being written is not torn apart.
 * Inputs may thus be open side by side: .input and .name of every chunk tell whose it is. One input
 * alone never overlaps. A directory's rotated files are not polled, only the newest of each family.
 */
int ol_logsrc_next(struct ol_logsrc *s, struct ol_logchunk *ret);

/* What this build can read: "libarchive 3.6.2", NULL when left out. For --version. */
const char *ol_logsrc_archive_version(void);
const char *ol_logsrc_journal_version(void);

#endif
