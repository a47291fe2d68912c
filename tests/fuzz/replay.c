// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * main() of a fuzz target that is built without a fuzzer: runs it on the files that are named, and
 * ends by SIGALRM on one that takes a minute.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

/* custom mutators call it; without a fuzzer nobody calls them */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max)
{
	(void)data, (void)max;
	return size;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		FILE *f = fopen(argv[i], "rb");
		size_t n, cap = 1 << 20;
		uint8_t *p, *own;

		if (!f || !(p = malloc(cap))) {
			perror(argv[i]);
			return 1;
		}
		n = fread(p, 1, cap, f);
		fclose(f);
		/* exactly as long as the input: a read behind it is seen by ASan and valgrind */
		own = realloc(p, n ? n : 1);
		fprintf(stderr, "%s\n", argv[i]);
		alarm(60);
		LLVMFuzzerTestOneInput(own ? own : p, n);
		free(own ? own : p);
	}
	return 0;
}
