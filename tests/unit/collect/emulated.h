/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_TESTS_EMULATED_H
#define OL_TESTS_EMULATED_H

#include <stdio.h>
#include <string.h>

/*
 * Skips a test, with the reason, in an emulator that runs one program: there a process has the
 * emulator's name and threads, and the address of a SIGBUS comes with its halves exchanged where
 * the highest byte is first (qemu 7.2), or not at all (valgrind).
 */
static inline void not_emulated(void)
{
	char name[32] = "";
	FILE *f = fopen("/proc/self/comm", "r");

	assert_non_null(f);
	assert_non_null(fgets(name, sizeof(name), f));
	fclose(f);
	if (strncmp(name, "qemu-", 5) == 0 || strncmp(name, "memcheck-", 9) == 0) {
		printf("skip: to the kernel this process is %s", name);
		skip();
	}
}

#endif
