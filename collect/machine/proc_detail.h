/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_COLLECT_PROC_DETAIL_H
#define OL_COLLECT_PROC_DETAIL_H

#include "collect/machine/root.h"
#include "collect/machine/tick.h"

/*
 * What is read of a few processes only, because it costs or takes rights: the kernel function that
 * one waits in (wchan, of others with CAP_SYS_PTRACE), and its share of what it shares with others
 * (smaps_rollup).
 */
struct ol_proc_detail;
struct ol_proc_detail *ol_proc_detail_new(struct ol_err *err); /* of this machine; NULL: see @err */
void ol_proc_detail_free(struct ol_proc_detail *d);

/*
 * Rows for these processes, in a tick that was filled without OL_SRC_PROCS: where it is known who
 * matters, the others need not be read.
 */
void ol_proc_detail_read(struct ol_proc_detail *d, struct ol_tick *t, const int32_t *pids,
			 uint32_t n);
/* Adds to the rows of OL_T_PROC for which @in has a 1. What cannot be read stays absent. */
void ol_proc_detail_add(struct ol_proc_detail *d, struct ol_tick *t, const uint8_t *in, bool pss);

#endif
