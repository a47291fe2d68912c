/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_ANALYZE_TRANSPORT_IMPL_H
#define OL_ANALYZE_TRANSPORT_IMPL_H

/* Private to transport*.c: how the transports are divided between the files. */

#include "analyze/dump/dump_impl.h"

#define OL_TRANSPORT_DEPTH 4 /* a wrapper inside a wrapper inside … */

/* Bytes that a line needs a closer look for; the OR over a line says what to do with it. */
enum {
	OL_MARK_RAW = 1, /* ESC, NUL, '&', 0xC2 (U+00A0): the line is copied clean */
	OL_MARK_HASH = 2, /* '#': syslog's #012 */
	OL_MARK_BSLASH = 4, /* '\': /dev/kmsg's \x0a */
};

struct ol_transport_buf {
	char *p;
	size_t n, cap;
};

struct ol_transport_part { /* an open partial line of a container's stream */
	struct ol_transport_buf buf;
	bool open;
	struct ol_line line; /* of its first piece; only the scalars are kept */
};

enum ol_transport_exp_state { OL_EXP_OFF, OL_EXP_FIELDS, OL_EXP_LEN, OL_EXP_DATA, OL_EXP_NL };

struct ol_transport_export { /* the open record of `journalctl -o export` */
	enum ol_transport_exp_state state;
	unsigned len_got;
	uint64_t len, left;
	uint64_t cut_at; /* where in the file bytes of the field begin that were dropped; 0: none */
	bool is_message; /* the binary field being read is MESSAGE */
	bool have_message;
	bool process; /* a process wrote it */
	struct ol_transport_buf msg;
	char host[256], tag[128], boot[40], stamp[24], transport[24];
	struct ol_line line;
	int64_t mono_source, mono_entry;
	int facility;
};

/*
 * The prefix that an earlier line had. The lines of a dump differ in the digits of the kernel's
 * stamp and behind the prefix, so the next one's prefix is compared and not taken apart.
 */
#define OL_ROW_PREFIX 160
struct ol_transport_row {
	char prefix[OL_ROW_PREFIX + 8]; /* and what is read at once */
	size_t n; /* of the prefix; 0: none is known */
	bool any; /* what stands behind it may be any text, not only a row of a task table */
	bool last; /* the line that was emitted last has this prefix */
	bool last_row; /* and is a row */
	size_t stamp; /* the microseconds of the kernel's stamp, "84213.557325"; .n: none */
	int64_t second; /* of that stamp */
	struct ol_line line; /* its spans point into .prefix */
	struct ol_task_row row; /* of the line that is being emitted */
	struct ol_row_places places; /* of that row */
};

/* A prefix of no known transport (transport_foreign.c). */
#define OL_FOREIGN     16 /* at a time */
#define OL_FOREIGN_MAX 160 /* bytes */
struct ol_foreign {
	char s[OL_FOREIGN_MAX]; /* its bytes, digits and blanks folded */
	size_t n;
	uint8_t blanks; /* at its end */
	unsigned seen;
};

struct ol_framer {
	ol_line_fn fn;
	void *arg;
	struct ol_transport_buf scratch; /* the cleaned or unescaped line */
	struct ol_transport_part part[2]; /* stdout, stderr */
	bool in_part; /* the text of one of them is being taken apart */
	struct ol_transport_export exp;
	struct { /* extended netconsole: the record whose fragments come in */
		bool open;
		uint64_t seq, total;
		struct ol_transport_buf buf;
		char caller[16], host[128];
		struct ol_line line;
	} frag;
	struct { /* dmesg --json, one key per physical line */
		bool on;
		int facility, level;
		int64_t mono_us, wall_us;
		bool wall_zone;
		char caller[16];
	} dj;
	struct { /* quoted-printable: a line that goes on in the next */
		bool on, open;
		struct ol_transport_buf buf;
		uint64_t lineno, byte;
		uint32_t more;
	} qp;
	uint64_t kernel_line; /* the last line with the kernel's stamp */
	bool apart; /* a line of this input was several of the kernel's */
	char tail; /* what stood behind a line that is none of the kernel's: a quote, a '\\' */
	const char *physical; /* where the line that is being taken apart begins */
	size_t indent; /* blanks at its front */
	struct { /* a line of a program, or one that goes on with it, as journalctl prints them */
		uint64_t lineno; /* of the last one; 0: none */
		size_t indent; /* of the first */
	} message;
	struct ol_transport_row row;
	struct ol_foreign foreign[OL_FOREIGN];
	unsigned foreign_n, foreign_next; /* .foreign_next: which one goes when it is full */
	char date[16]; /* the last "Nov 20 18:51:21 ": bursts share it */
	int64_t date_us;
	struct { /* dmesg -H: the last full stamp, what its deltas add up to since */
		char stamp[32];
		size_t n;
		int64_t wall_us, since_us;
	} rel;
	char host[64]; /* the last host that stood before "kernel:" */
	size_t host_n;
	char leaf[64]; /* in JSON that nobody knows: the name of strings with a kernel's words */
	bool exports; /* a record of a journal export was seen */
	bool doubt; /* an export's framing was lost: what follows may stand in a program's field */
	bool piece; /* the last line was a piece of a longer one */
	bool kernel_seen; /* a line whose transport proves that the kernel wrote it */
	bool kern_seen; /* a line whose facility is the word "kern" */
	bool kmsg_paste; /* the last line with a prefix was a kmsg record */
	bool after_kmsg; /* the last line was a kmsg record: its dictionary may follow */
};

/* What the outermost wrapper said stays. */
static inline void ol_transport_set(struct ol_line *l, enum ol_transport tr)
{
	if (l->transport == OL_TR_PLAIN)
		l->transport = tr;
}

static inline struct ol_span ol_transport_buf_span(const struct ol_transport_buf *b)
{
	return ol_span(b->p ? b->p : "", b->n);
}

/* transport.c */
bool ol_transport_reserve(struct ol_transport_buf *b, size_t n);
bool ol_transport_append(struct ol_transport_buf *b, struct ol_span s); /* false: full or ENOMEM */
bool ol_transport_owns(const struct ol_framer *f, struct ol_span s);
unsigned ol_transport_marks(struct ol_span s);
int ol_transport_clean(struct ol_framer *f, struct ol_span *s);
void ol_transport_line_init(struct ol_line *l);
/* @text may hold newlines: one line each. */
int ol_transport_emit(struct ol_framer *f, struct ol_line *l, struct ol_span text);
int ol_transport_inner(struct ol_framer *f, struct ol_line *l, struct ol_span text, unsigned depth);
/* Finds the transport of @s and emits. @l carries raw, lineno and what an outer wrapper said. */
int ol_transport_text(struct ol_framer *f, struct ol_line *l, struct ol_span s, unsigned depth);
/* Only strips and fills @l: true when a prefix was eaten from *@s. */
bool ol_transport_prefix(struct ol_framer *f, struct ol_line *l, struct ol_span *s, unsigned depth);

/* transport_escape.c */
size_t ol_transport_tags(struct ol_span s); /* bytes of BBCode or HTML tags at the front */
/* A string of a program's, 'text' or "text\n" + and the like: 1, and *@s is what is in it. */
bool ol_transport_in_quotes(struct ol_span *s);
/* Without the backslashes that keep Markdown from reading "active_anon" as it reads "_anon_" */
int ol_transport_markdown(struct ol_framer *f, struct ol_span *s);
extern const bool ol_transport_tail_byte[256]; /* what ol_transport_tail() may take away */
/* @s without what somebody put behind it. */
struct ol_span ol_transport_tail(struct ol_framer *f, struct ol_span s);
/*
 * A physical line that may be quoted-printable: *@s is decoded and 0 returned, with lines before it
 * that ended softly. 1: it goes on in the next line.
 */
int ol_transport_qp(struct ol_framer *f, struct ol_line *l, struct ol_span *s);
int ol_transport_qp_flush(struct ol_framer *f);

/* transport_apart.c */
/* Where a stamp of the kernel's, or the head of a syslog line, stands further right; or -1. */
ssize_t ol_transport_mid_stamp(struct ol_span s);
ssize_t ol_transport_mid_syslog(struct ol_span s);
/* What some lines of a dump begin with and nothing else does: WORDS() of lines.def. */
extern const struct ol_span ol_dump_words[];
extern const size_t ol_n_dump_words;
/* A further line of a record, *@s, may have kept a prefix of its own: it comes off. */
void ol_transport_own_prefix(struct ol_framer *f, struct ol_line *l, struct ol_span *s);
/* Is @noise, in front of a stamp in @l, the end of the kernel's line above? */
bool ol_transport_ends_line(const struct ol_framer *f, const struct ol_line *l,
			    struct ol_span noise);
/* Are these several lines of the kernel's? Then emits each of them. */
bool ol_transport_joined(const struct ol_line *l, struct ol_span s);
int ol_transport_apart(struct ol_framer *f, struct ol_line *l, struct ol_span s);

/* transport_foreign.c: the length of a learned prefix at the front of @line, 0 without one */
size_t ol_foreign_len(struct ol_framer *f, struct ol_span line);
/* Columns of a table in which somebody reports what the kernel said: who, and of which node. */
void ol_foreign_quoter(struct ol_line *l, struct ol_span prefix);
/* The host, container or address that such a prefix names; absent when it names nobody. */
struct ol_span ol_foreign_source(struct ol_span prefix);

/* transport_row.c */
/* @l, whose raw line is a physical one, is about to be emitted with @text: keeps its prefix. */
void ol_transport_row_note(struct ol_framer *f, const struct ol_line *l, struct ol_span text);
/*
 * Fills @l, but for .lineno, .byte, .again and .row_again, from @s, the whole line, when that is
 * one more line with the prefix that was kept.
 */
bool ol_transport_row_like(struct ol_framer *f, struct ol_line *l, struct ol_span s);

/* transport_stamp.c: stamps; each eats from *@s or leaves it alone */
bool ol_transport_kstamp(struct ol_span *s, struct ol_line *l, unsigned min_frac);
void ol_transport_caller(struct ol_span *s, struct ol_line *l);
bool ol_transport_bracket_wall(struct ol_framer *f, struct ol_span *s, struct ol_line *l);
bool ol_transport_bracket_iso(struct ol_span *s, struct ol_line *l);
bool ol_transport_date(struct ol_span *s, struct ol_line *l);
bool ol_transport_weekday(struct ol_span *s, struct ol_line *l);
bool ol_transport_iso(struct ol_span *s, struct ol_line *l);
bool ol_transport_hms(struct ol_span *s, unsigned *h, unsigned *m, unsigned *sec, unsigned *us);
bool ol_transport_pri(struct ol_span *s, struct ol_line *l);
bool ol_transport_x(struct ol_span *s, struct ol_line *l);
bool ol_transport_talos(struct ol_line *l, struct ol_span *s);
bool ol_transport_talos_node(struct ol_line *l, struct ol_span *s); /* behind a node's name */
int ol_transport_facility(struct ol_span name); /* -1: unknown */
int ol_transport_level(struct ol_span name);

/* transport_syslog.c */
bool ol_transport_after_date(struct ol_framer *f, struct ol_line *l, struct ol_span *s,
			     unsigned depth);
bool ol_transport_after_kstamp(struct ol_framer *f, struct ol_line *l, struct ol_span *s);
bool ol_transport_unix(struct ol_framer *f, struct ol_line *l, struct ol_span *s);
bool ol_transport_5424(struct ol_framer *f, struct ol_line *l, struct ol_span *s);
bool ol_transport_klog(struct ol_line *l, struct ol_span *s);
bool ol_transport_kernel_colon(struct ol_framer *f, struct ol_line *l, struct ol_span *s);
bool ol_transport_is_kernel_tag(struct ol_span tag);
void ol_transport_kernel_body(struct ol_line *l, struct ol_span *s);
int ol_transport_unhash(struct ol_framer *f, struct ol_span *s);
/* /dev/kmsg's \xNN, in place of *@s. */
int ol_transport_unescape(struct ol_framer *f, struct ol_span *s);

/* transport_record.c: these emit; 1 means "not mine", 0 done, <0 from the sink */
int ol_transport_kmsg(struct ol_framer *f, struct ol_line *l, struct ol_span s);
int ol_transport_cri(struct ol_framer *f, struct ol_line *l, struct ol_span s, unsigned depth);
int ol_transport_part_add(struct ol_framer *f, struct ol_line *l, struct ol_span s, bool err,
			  bool full, unsigned depth);
int ol_transport_record_flush(struct ol_framer *f);

/* transport_json.c */
int ol_transport_json(struct ol_framer *f, struct ol_line *l, struct ol_span s, unsigned depth);
int ol_transport_dmesg_json(struct ol_framer *f, struct ol_line *l, struct ol_span s);

/* transport_shipped.c */
struct cJSON;
/* A record whose fields have the names of exports.def, else its strings with a kernel's words. */
int ol_transport_shipped(struct ol_framer *f, struct ol_line *l, struct cJSON *root,
			 unsigned depth);
/* Only the time and the host of a record, where @l has none. */
void ol_transport_where(struct ol_line *l, const struct cJSON *root);
int ol_transport_fluentd(struct ol_framer *f, struct ol_line *l, struct ol_span s, unsigned depth);
int ol_transport_fluentbit(struct ol_framer *f, struct ol_line *l, struct ol_span s,
			   unsigned depth);
int ol_transport_logfmt(struct ol_framer *f, struct ol_line *l, struct ol_span s, unsigned depth);

/* transport_source.c */
/* Who wrote a record, as its wrapper tells: a later one goes before an earlier one. */
enum ol_source { OL_SRC_UNSAID, OL_SRC_KERNEL, OL_SRC_PROGRAM };
/* @ret_name: the program's, where it has one; it lives as long as @root. */
enum ol_source ol_transport_source(const struct cJSON *root, struct ol_span *ret_name);
/* A file or a service that lines of all writers come through, or nothing at all. */
bool ol_transport_route(struct ol_span s);

/* transport_export.c */
int ol_transport_export(struct ol_framer *f, struct ol_line *l, struct ol_span s);
/*
 * @transport, @tag: .p NULL when the record has none. @process: it names the process that wrote it,
 * as the kernel's records never do.
 */
enum ol_writer ol_transport_journal_writer(struct ol_span transport, int facility,
					   struct ol_span tag, bool process);
/* Has records of processes only: _PID, _COMM, … */
bool ol_transport_journal_process(struct ol_span key);
int ol_transport_export_end(struct ol_framer *f);

#endif
