// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/machine/collect_impl.h"

#include <errno.h>

/* A line of numbers between blanks: the first @n of them, all from zero up; false: not so many. */
static bool numbers(struct ol_span line, int64_t *v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (!ol_span_token_i64(&line, &v[i]) || v[i] < 0)
			return false;
	return true;
}

/* Negative dentries are counted since 5.0; before, and where not backported, 0 stands there. */
static bool counts_negative(const struct ol_tick *t, int64_t v)
{
	struct ol_span s = ol_span_str(t->release);
	uint64_t major;

	return v > 0 || (ol_eat_u64(&s, &major) && major >= 5);
}

/*
 * 206144	204555	45	0	76487	0
 * Dentries, unused ones, age limit (45 s), pages wanted, negative ones, a dummy.
 * struct dentry_stat_t
 */
void ol_dentry_state_parse(struct ol_span text, struct ol_tick *t, struct ol_src_status *st)
{
	struct ol_span line;
	int64_t v[5];

	if (!ol_eat_line(&text, &line, st))
		return;
	if (!numbers(line, v, 5)) {
		st->broken++;
		return;
	}
	ol_set(t, OL_M_dentries, v[0]);
	ol_set(t, OL_M_dentries_unused, v[1]);
	if (counts_negative(t, v[4]))
		ol_set(t, OL_M_dentries_negative, v[4]);
}

/*
 * 129481	0
 * struct inodes_stat_t
 */
void ol_inode_nr_parse(struct ol_span text, struct ol_tick *t, struct ol_src_status *st)
{
	struct ol_span line;
	int64_t v[2];

	if (!ol_eat_line(&text, &line, st))
		return;
	if (!numbers(line, v, 2)) {
		st->broken++;
		return;
	}
	ol_set(t, OL_M_inodes, v[0]);
	ol_set(t, OL_M_inodes_unused, v[1]);
}

/*
 * 1344	0	2450000
 * Open files, a zero, the most there may be: struct files_stat_t
 */
void ol_file_nr_parse(struct ol_span text, struct ol_tick *t, struct ol_src_status *st)
{
	struct ol_span line;
	int64_t v[1];

	if (!ol_eat_line(&text, &line, st))
		return;
	if (numbers(line, v, 1))
		ol_set(t, OL_M_files_open, v[0]);
	else
		st->broken++;
}

static void set_new(struct ol_tick *t, enum ol_metric m, int64_t v, struct ol_src_status *st)
{
	if (ol_has(t, m))
		st->broken++;
	else
		ol_set(t, m, v);
}

enum { N_CPU = OL_M_cpu_steal_ticks - OL_M_cpu_user_ticks + 1 };

static void cpu_line(struct ol_span line, struct ol_tick *t, struct ol_src_status *st)
{
	struct ol_span word;

	if (ol_has(t, OL_M_cpu_user_ticks)) {
		st->broken++;
		return;
	}
	for (int i = 0; i < N_CPU && ol_span_token(&line, &word); i++) {
		int64_t v;

		if (ol_span_i64(word, &v) && v >= 0)
			ol_set(t, OL_M_cpu_user_ticks + i, v);
		else
			st->broken++;
	}
}

/*
 * cpu  1234 5 678 90123 4 5 6 7 0 0
 * cpu0 617 2 339 45061 2 2 3 3 0 0
 * intr 8688370303 38 9 0 …                  a number for each interrupt of the machine: 100 kB
 * processes 26442
 * procs_running 1
 * procs_blocked 0
 * show_stat() in fs/proc/stat.c
 */
void ol_stat_parse(struct ol_span text, struct ol_tick *t, struct ol_src_status *st)
{
	static const struct {
		struct ol_span key;
		enum ol_metric m;
	} keys[] = {
		{ OL_SPAN_INIT("processes "), OL_M_forks },
		{ OL_SPAN_INIT("procs_running "), OL_M_procs_running },
		{ OL_SPAN_INIT("procs_blocked "), OL_M_procs_blocked },
	};
	struct ol_span line;

	while (ol_eat_line(&text, &line, st)) {
		int64_t v;

		if (ol_span_eat(&line, OL_SPAN("cpu "))) {
			cpu_line(line, t, st);
			continue;
		}
		if (!ol_span_starts(line, OL_SPAN("proc"))) {
			st->broken += !line.n || !ol_is_alpha(line.p[0]);
			continue;
		}
		for (unsigned i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
			if (!ol_span_eat(&line, keys[i].key))
				continue;
			if (ol_span_i64(ol_span_trim(line), &v) && v >= 0)
				set_new(t, keys[i].m, v, st);
			else
				st->broken++;
			break;
		}
	}
}

/*
 * TCP: inuse 1 orphan 0 tw 0 alloc 1 mem 0
 * UDP: inuse 0 mem 0                        mem: 2.6.25
 * sockstat_seq_show() in net/ipv4/proc.c; mem is the whole machine's, whichever namespace reads it
 */
void ol_sockstat_parse(struct ol_span text, struct ol_tick *t, struct ol_src_status *st)
{
	struct ol_span line, key;

	while (ol_eat_line(&text, &line, st)) {
		enum ol_metric m = OL_M_tcp_pages;

		if (ol_span_eat(&line, OL_SPAN("UDP:")))
			m = OL_M_udp_pages;
		else if (!ol_span_eat(&line, OL_SPAN("TCP:")))
			continue;
		while (ol_span_token(&line, &key)) {
			struct ol_span word;
			int64_t v;

			if (!ol_span_token(&line, &word) || !ol_span_i64(word, &v) || v < 0)
				st->broken++;
			else if (ol_span_eqs(key, "mem"))
				set_new(t, m, v, st);
		}
	}
}

/*
 * 12 1 0x01 98 26656 5123456789 1234567890
 * name                            type data
 * size                            4    12884901888
 * kstat of ZFS: type 3 and 4 are numbers of 64 bits
 */
int ol_arcstats_parse(struct ol_span text, struct ol_tick *t, struct ol_src_status *st)
{
	static const struct {
		struct ol_span key;
		enum ol_metric m;
	} keys[] = {
		{ OL_SPAN_INIT("size"), OL_M_arc_size_bytes },
		{ OL_SPAN_INIT("c"), OL_M_arc_target_bytes },
		{ OL_SPAN_INIT("c_min"), OL_M_arc_min_bytes },
		{ OL_SPAN_INIT("c_max"), OL_M_arc_max_bytes },
	};
	struct ol_span line, word;

	if (!ol_eat_line(&text, &line, st) || !ol_eat_line(&text, &line, st) ||
	    !ol_span_token(&line, &word) || !ol_span_eqs(word, "name")) {
		st->broken++;
		return -EBADMSG;
	}
	while (ol_eat_line(&text, &line, st)) {
		int64_t type, v;

		if (!line.n || (line.p[0] != 'c' && line.p[0] != 's')) /* 100 others */
			continue;
		if (!ol_span_token(&line, &word)) {
			st->broken++;
			continue;
		}
		for (unsigned i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
			if (!ol_span_eq(word, keys[i].key))
				continue;
			if (ol_span_token_i64(&line, &type) && (type == 3 || type == 4) &&
			    ol_span_token_i64(&line, &v) && v >= 0 && !ol_span_trim(line).n)
				set_new(t, keys[i].m, v, st);
			else
				st->broken++;
			break;
		}
	}
	return 0;
}

static int read_one(struct ol_collect *c, enum ol_src src, struct ol_tick *t,
		    struct ol_src_status *st)
{
	struct ol_span text;
	int rc = ol_file_read(&c->root, ol_sources[src].file, c->state[src], &c->buf, &text);

	if (rc)
		return rc;
	switch (src) {
	case OL_SRC_STAT:
		ol_stat_parse(text, t, st);
		break;
	case OL_SRC_SOCKSTAT:
		ol_sockstat_parse(text, t, st);
		break;
	case OL_SRC_ARC:
		return ol_arcstats_parse(text, t, st);
	case OL_SRC_DENTRY:
		ol_dentry_state_parse(text, t, st);
		break;
	case OL_SRC_FILES:
		ol_file_nr_parse(text, t, st);
		break;
	default:
		ol_inode_nr_parse(text, t, st);
	}
	return 0;
}

const struct ol_collector ol_collect_stat = { OL_SRC_STAT, ol_file_source_open, read_one,
					      ol_file_source_done };
const struct ol_collector ol_collect_sockstat = { OL_SRC_SOCKSTAT, ol_file_source_open, read_one,
						  ol_file_source_done };
const struct ol_collector ol_collect_arcstats = { OL_SRC_ARC, ol_file_source_open, read_one,
						  ol_file_source_done };
const struct ol_collector ol_collect_dentry = { OL_SRC_DENTRY, ol_file_source_open, read_one,
						ol_file_source_done };
const struct ol_collector ol_collect_files = { OL_SRC_FILES, ol_file_source_open, read_one,
					       ol_file_source_done };
const struct ol_collector ol_collect_inode = { OL_SRC_INODE, ol_file_source_open, read_one,
					       ol_file_source_done };
