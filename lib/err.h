/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_LIB_ERR_H
#define OL_LIB_ERR_H

#include <stdarg.h>

/* Why something failed, for a person. Libraries fill it, only cli/ prints it. */
struct ol_err {
	char msg[512];
};

/* Fills *@err (which may be NULL) and returns @rc, for `return ol_fail(err, -EINVAL, …)`. */
int ol_fail(struct ol_err *err, int rc, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
