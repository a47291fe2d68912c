// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/err.h"

#include <errno.h>
#include <stdio.h>

int ol_fail(struct ol_err *err, int rc, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return rc;
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	return rc;
}

static _Thread_local bool no_memory;

int ol_no_memory(void)
{
	no_memory = true;
	return -ENOMEM;
}

bool ol_had_no_memory(void)
{
	return no_memory;
}
