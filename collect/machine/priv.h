/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_COLLECT_PRIV_H
#define OL_COLLECT_PRIV_H

#include "lib/err.h"

/*
 * Some files take privilege to open: /dev/kmsg where dmesg_restrict is set, /proc/slabinfo,
 * smaps_rollup of others. An administrator may give it to the program: capabilities of the file
 * (setcap), or the set-user-ID bit. That privilege is for the files that the program names itself.
 * What the user names is opened with the user's own rights, exactly as cat would open it:
 *
 *   real user 0: root's own rights. Without CAP_DAC_READ_SEARCH root could not read the 0600 file
 *     of somebody else that it names, so this one (and CAP_SYSLOG for a /dev/kmsg that is named,
 *     CAP_SYS_PTRACE for the processes below a --root) stays as long as files may be opened.
 *   ambient capabilities: given to the user by who started the program; exec clears them when the
 *     file brings privilege of its own. They stay likewise.
 *   all else came with the file: it goes, together with other user and group ids.
 *
 * In a verb:
 *   1. open what the program names: ol_live_new() with root "/", kmsg, the system's journal
 *   2. ol_priv_own(), before the first thing that the user names: operands, --root,
 *      --journal=DIR, a pager
 *   3. ol_priv_drop() when nothing will be opened any more that takes a right
 *
 * A root that is named with --root is the user's: then 2 stands before ol_live_new(). A live
 * source opens files of processes and new cgroups at every tick; all of them are readable by
 * everybody but smaps_rollup of others, which takes CAP_SYS_PTRACE when it is read: with .pss the
 * first tick stands before 2, and later ticks have the user's own processes only (denied counts).
 *
 * The calling thread's capabilities change, so this comes before other threads are made. A program
 * that is started (watch) is forked before 2: it must not inherit no_new_privs, and may be sudo.
 * The process stays undumpable when the file brought privilege: who could trace it would have its
 * open files.
 */

/* Gives back what came with the file. 0, or <0 with a message: then go no further. */
int ol_priv_own(struct ol_err *err);
/* Gives back everything: capabilities (not the bounding set). Both may be called again. */
int ol_priv_drop(struct ol_err *err);
/* Only the ids of a set-user-ID or set-group-ID file: for a child before exec. */
int ol_priv_own_ids(struct ol_err *err);

/* "libcap 2.66", NULL when left out: then only ids are given back and no_new_privs is set. */
const char *ol_priv_version(void);

#endif
