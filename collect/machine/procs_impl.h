/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_COLLECT_PROCS_IMPL_H
#define OL_COLLECT_PROCS_IMPL_H

#include "collect/machine/collect_impl.h"

struct ol_procs {
	struct ol_collect *c;
	struct ol_keymap map;
	struct ol_buf pids; /* struct ol_proc_pid: what is in proc, in order */
	int proc; /* descriptor of the directory, -1 */
	void *lib; /* libproc2's */
	struct ol_proc_turns *turns; /* NULL: there was no opts.turn_us yet */
};

/* A name in proc. While a process is there it keeps its inode, and a later one gets another. */
struct ol_proc_pid {
	int32_t pid;
	uint64_t ino;
};

/* One process while its row is being filled. */
struct ol_proc {
	struct ol_procs *p;
	struct ol_tick *t;
	struct ol_row *row;
	struct ol_src_status *st;
	int32_t pid;
	int dir; /* its directory */
};

/* 4:memory:/a or 0::/a, without the newline: true when it is the line of the memory controller. */
bool ol_proc_cgroup_line(struct ol_span line, struct ol_span *ret_path, bool *ret_v1);

/*
 * A row for @pid from its status, and with libproc2 without what that tells: NULL when the process
 * is gone or there is no room. Then either ol_proc_keep() or ol_proc_drop().
 */
bool ol_proc_begin(struct ol_proc *x, struct ol_procs *p, struct ol_tick *t, int32_t pid,
		   struct ol_src_status *st);
/* What status does not say and is read of all: cgroup; oom_score and oom_score_adj. */
void ol_proc_put_cgroup(struct ol_proc *x);
void ol_proc_put_number(struct ol_proc *x, const char *file, enum ol_row_field f);
/* What is read by us whoever read the rest: wchan, smaps_rollup. Closes the directory. */
void ol_proc_end(struct ol_proc *x);

/*
 * All processes, or only opts.only_pid, by libproc2. 0, -errno; -ENOSYS: this build has no
 * libproc2.
 */
int ol_procs_lib_read(struct ol_procs *p, struct ol_tick *t, struct ol_src_status *st);
void ol_procs_lib_done(struct ol_procs *p);

/* Lists proc into p->pids; their number or -errno. */
ssize_t ol_procs_list(struct ol_procs *p);
/* All processes in turns of opts.turn_us. 0, -errno */
int ol_procs_turns_read(struct ol_procs *p, struct ol_tick *t, struct ol_src_status *st);
/* Nothing is known any more, and nothing kept open. */
void ol_procs_turns_done(struct ol_procs *p);

#endif
