/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_LINE_H
#define OL_ANALYZE_LINE_H

#include "lib/clock.h"
#include "lib/span.h"

/* How a line came to us; detected per line, never assumed for a file. */
enum ol_transport {
	OL_TR_PLAIN, /* no prefix at all */
	OL_TR_DMESG, /* [12345.678901] text, <4>[…], kern  :warn  : […] */
	OL_TR_DMESG_WALL, /* dmesg -T, --time-format=iso, reltime */
	OL_TR_KMSG, /* /dev/kmsg records and extended netconsole */
	OL_TR_SYSLOG, /* RFC 3164 and RSYSLOG_FileFormat files */
	OL_TR_SYSLOG5424,
	OL_TR_JOURNAL, /* journalctl text that is not plain syslog kind */
	OL_TR_JOURNAL_JSON,
	OL_TR_JOURNAL_EXPORT,
	OL_TR_METALOG,
	OL_TR_OPENWRT, /* logread: Sat Jan 27 00:14:32 2024 kern.warn kernel: … */
	OL_TR_DOCKER_JSON,
	OL_TR_CRI,
	OL_TR_OTHER, /* some other wrapper around a kernel stamp */
	OL_TR_MAX
};

const char *ol_transport_name(enum ol_transport t);

enum { OL_COMM_MAX = 15 /* bytes of a process's name: TASK_COMM_LEN - 1 */ };

/* Who wrote the line, as far as the transport proves it. */
enum ol_writer {
	OL_WRITER_UNKNOWN, /* the transport does not say (plain text, a container's log) */
	OL_WRITER_KERNEL, /* says kernel: tag, facility, _TRANSPORT=kernel, a bare kernel stamp */
	OL_WRITER_USER, /* facility other than kern, a tag other than the kernel's */
};

/* Around the line was something that does not say who wrote what is inside. */
enum ol_wrap {
	OL_WRAP_NONE,
	/*
	 * Other words stand before the kernel's stamp: on a console what a program had begun to
	 * write, in a log of records the prefix of somebody who passes them on.
	 */
	OL_WRAP_NOISE,
	OL_WRAP_PREFIX, /* words in front that no transport of ours has */
	OL_WRAP_RECORD, /* a record of its own: a container's log, a shipper's JSON */
};

/*
 * Bytes that are read of a line; its rest is dropped. What is put together out of parts of records
 * is no longer, either.
 */
#define OL_LINE_MAX ((size_t)1 << 20)

/*
 * One message line, free of its transport. A physical line may carry several (#012, \x0a in kmsg,
 * a MESSAGE with newlines): they are emitted one after the other with the same lineno, the later
 * ones with .joined set.
 *
 * .text keeps leading blanks (they tell continuation lines apart); trailing blanks, CR, ANSI
 * colour, quote marks and transport escapes are gone. Spans live until the sink returns.
 */
struct ol_line {
	struct ol_span text;
	struct ol_span raw; /* the physical line without its newline */
	struct ol_span host; /* absent: not stated */
	/*
	 * the name that a collector of several hosts or containers gives to each of its lines, in
	 * front of everything else: .host where nothing behind it states one, and then .host_outer
	 */
	struct ol_span source;
	bool host_outer;
	/* what stands in front of a transport that was found further right, else absent */
	struct ol_span outside;
	struct ol_span tag; /* syslog tag / identifier without [pid] and colon */
	struct ol_span
		stamp; /* time exactly as printed (wall stamp if there is one, else monotonic) */
	/* T123, C0 (PRINTK_CALLER), Android's bare pid; absent: not stated */
	struct ol_span caller;
	struct ol_span boot; /* journal _BOOT_ID */
	int64_t mono_us; /* kernel stamp; OL_TIME_NONE */
	int64_t wall_us; /* OL_TIME_NONE; UTC if .wall_zone, else the writer's local clock */
	uint64_t lineno; /* 1-based physical line in its file */
	uint64_t byte; /* offset of the physical line in its file */
	uint32_t more; /* physical lines behind it that are part of it */
	bool facility_text; /* the facility was a word ("user.warn"), not a number */
	int facility, level; /* -1: not stated */
	enum ol_transport transport;
	enum ol_writer writer;
	bool wall_zone; /* the stamp has a UTC offset */
	bool wall_noyear; /* RFC 3164: wall_us is in year 1972, the reader infers the year */
	bool wall_minute; /* dmesg -H: wall_us is the beginning of the minute */
	bool stamp_delta; /* .stamp is what passed since the line before: no time */
	bool prefixed; /* had a prefix of its own (stamp, tag, record header) */
	/* .writer is not the kernel then, and .host, which stood inside, is what the text claims */
	enum ol_wrap wrapped;
	bool program; /* the wrapper says that a program wrote it: .writer is the user */
	bool quoted; /* stood behind markdown/mail quote marks */
	bool ended_blank; /* the physical line ended with blanks (matters when rejoining wraps) */
	bool joined; /* second or later line of one physical record, */
	bool own_stamp; /* with a stamp of the kernel's of its own */
	bool cut; /* longer than the limit; the rest was dropped */
	/*
	 * The line emitted before this one had a prefix that differed in nothing but the kernel's
	 * stamp: host, tag, caller, writer, wall clock are the same.
	 */
	bool again;
	bool row_again; /* and both are rows of a task table */
	const struct ol_task_row *row; /* a row that was read already (dump_impl.h), else NULL */
};

/*
 * Takes physical lines apart. It keeps little state: the open record of a journal export, the open
 * partial line of a container log, scratch memory for unescaping.
 */
struct ol_framer;
typedef int (*ol_line_fn)(void *arg, const struct ol_line *line); /* <0 stops and is returned */

struct ol_framer *ol_framer_new(ol_line_fn fn, void *arg); /* NULL: ENOMEM */
void ol_framer_free(struct ol_framer *f);
#define OL_LEARN_BYTES (6u << 10)
/* Does @line begin as the line before it did, whose prefix is known, or as no prefix does? */
bool ol_framer_knows(const struct ol_framer *f, struct ol_span line);
/* May @line, a candidate's, have a prefix that is not known yet? */
bool ol_framer_may_learn(struct ol_framer *f, struct ol_span line);
/*
 * @text: the line of a candidate and those behind it, OL_LEARN_BYTES of them or what there is;
 * @more is to come. When they have a prefix that is not known, it is learnt, for the input that was
 * begun, beside those that were. 1: it was; 0: there is none; -EAGAIN: that can be told when more
 * has come.
 */
int ol_framer_learn(struct ol_framer *f, struct ol_span text, bool more);
/* Have records of this input had several lines? Then one line of it does not tell all. */
enum ol_records { OL_RECORDS_LINES, OL_RECORDS_EXPORT, OL_RECORDS_DMESG_JSON };
enum ol_records ol_framer_records(const struct ol_framer *f);
/* Is a record begun that goes on in the next line? */
bool ol_framer_inside(const struct ol_framer *f);
/* Whatever follows in this input, nothing in it proves that the kernel wrote it. */
void ol_framer_doubt(struct ol_framer *f);
/* A new input: what the lines of the last one taught about how these are written is forgotten. */
void ol_framer_begin(struct ol_framer *f);
/* One physical line, without its newline. Returns 0 or what the sink returned. */
int ol_framer_push(struct ol_framer *f, struct ol_span physical, uint64_t lineno, uint64_t byte,
		   bool cut);
/* The input ended: emits what was waiting. */
int ol_framer_flush(struct ol_framer *f);

#endif
