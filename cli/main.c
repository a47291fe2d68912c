// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/verb.h"

#ifdef OL_HAVE_CJSON
#include <cjson/cJSON.h>
#endif
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void usage(struct ol_out *o)
{
	ol_out_str(o, "usage: oomlens VERB [OPTIONS] ...\n\n"
		      "Where did the memory go, and why did the kernel kill what it killed?\n\n");
	for (int i = 0; ol_verbs[i]; i++)
		ol_out_printf(o, "  %-10s %s\n", ol_verbs[i]->name, ol_verbs[i]->summary);
	ol_out_str(o, "\n'oomlens VERB --help' tells a verb's options; oomlens --version the "
		      "libraries.\n");
}

static void version(struct ol_out *o)
{
	ol_out_str(o, "oomlens " OL_VERSION "\n");
	for (int i = 0; ol_verbs[i]; i++)
		if (ol_verbs[i]->build)
			ol_out_printf(o, "%-10s %s\n", ol_verbs[i]->name, ol_verbs[i]->build());
}

#ifdef OL_HAVE_CJSON
/* To the parser a text for which there is no memory is the same as one that is no JSON. */
static void *json_memory(size_t n)
{
	void *p = malloc(n);

	if (!p)
		ol_no_memory();
	return p;
}

static void json_init(void)
{
	cJSON_InitHooks(&(cJSON_Hooks){ json_memory, free });
}
#else
static void json_init(void)
{
}
#endif

/*
 * Started without one of the descriptors 0, 1 and 2, the next file that is opened would take its
 * place: a log would be read as standard input, or messages be written into a report. What stands
 * there instead fails as a closed one does, reading 0 and writing 1 and 2 with EBADF, and is closed
 * for a command that we run.
 */
static bool fill_standard(void)
{
	for (int fd = 0; fd < 3; fd++) {
		int flags = (fd ? O_RDONLY : O_WRONLY) | O_CLOEXEC;

		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		/* without a /dev a path alone, which takes no bytes and gives none */
		if (open("/dev/null", flags) < 0 && open("/", O_PATH | O_CLOEXEC) < 0)
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	const struct ol_verb *verb;
	struct ol_out o;
	int r = 0;

	if (!fill_standard())
		return OL_EXIT_TROUBLE;
	/* for the character set of the terminal only; parsers use no locale */
	setlocale(LC_CTYPE, "");
	json_init();
	ol_out_init(&o, STDOUT_FILENO);
	if (argc < 2) {
		o.fd = STDERR_FILENO;
		usage(&o);
		r = OL_EXIT_TROUBLE;
	} else if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
		   !strcmp(argv[1], "help")) {
		verb = argc > 2 ? ol_verb_find(argv[2]) : NULL;
		if (verb)
			r = ol_print_help(verb);
		else
			usage(&o);
	} else if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		version(&o);
	} else if (!strcmp(argv[1], "--completion") && argc == 3) {
		r = ol_print_completion(&o, argv[2]) ? OL_EXIT_TROUBLE : 0;
		if (r)
			ol_say("completions are there for bash, zsh and fish, not for '%s'",
			       argv[2]);
	} else if (!strcmp(argv[1], "--man") && argc == 2) {
		ol_print_man_main(&o);
	} else if (!strcmp(argv[1], "--man") && argc == 3 && (verb = ol_verb_find(argv[2]))) {
		ol_print_man(&o, verb);
	} else if ((verb = ol_verb_find(argv[1]))) {
		return verb->run(argc - 1, argv + 1);
	} else {
		ol_say("no verb '%s'; see 'oomlens --help'", argv[1]);
		r = OL_EXIT_TROUBLE;
	}
	return ol_print_end(&o, r);
}
