/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_LIB_ERR_H
#define OL_LIB_ERR_H

#include <stdarg.h>
#include <stdbool.h>

/* Why something failed, for a person. Libraries fill it, only cli/ prints it. */
struct ol_err {
	char msg[512];
};

/* Fills *@err (which may be NULL) and returns @rc, for `return ol_fail(err, -EINVAL, …)`. */
int ol_fail(struct ol_err *err, int rc, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * For what is left out because there was no memory for it: notes that, and returns -ENOMEM. An
 * answer that lacks something must not look like a whole one, so verbs ask before they end. Each
 * thread has its own.
 */
int ol_no_memory(void);
bool ol_had_no_memory(void);

#endif
