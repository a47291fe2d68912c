/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_CLI_VERB_H
#define OL_CLI_VERB_H

#include "lib/err.h"
#include "lib/out.h"

/* Exit status as grep's: something found, nothing found, trouble. */
enum { OL_EXIT_FOUND = 0, OL_EXIT_NONE = 1, OL_EXIT_TROUBLE = 2 };

/*
 * One option: --help, the man page and the shell completions are all printed from this row. @takes
 * says what follows ("SECONDS"; in brackets when it may be left out), NULL for a switch.
 */
struct ol_option {
	const char *name;
	const char *takes;
	const char *help;
	const char *values; /* for completion: "auto always never", NULL */
	char letter; /* 0: none */
};

struct ol_key_help;

/* One verb: one file that ends in one of these, and one line in cli/verbs.c. */
struct ol_verb {
	const char *name;
	const char *args; /* "[FILE…]" */
	const char *summary; /* one line */
	const char *description; /* paragraphs for --help and the man page, separated by \n\n */
	const char *exit_status; /* NULL: 0 or 2 */
	const struct ol_key_help *keys; /* of an interactive verb (tui/app.h); NULL: none */
	const struct ol_option *options; /* ends with .name NULL */
	int (*run)(int argc, char **argv);
	const char *(*build)(void); /* libraries in this build that the verb uses; may be NULL */
};

extern const struct ol_verb *const ol_verbs[]; /* NULL behind the last */
const struct ol_verb *ol_verb_find(const char *name);

/* Options that every verb has: --color, --no-pager, --help. */
extern const struct ol_option ol_common_options[];

/*
 * Walks argv[1…] by the verb's table. Returns 1 with *@ret_opt and *@ret_arg (NULL without one), 0
 * at the end with *@ret_rest set to the first operand (operands were moved behind the options), <0
 * after an error that has been told to the user.
 */
struct ol_optwalk {
	const struct ol_verb *verb;
	int argc, i;
	char **argv;
	const char *cluster; /* rest of "-fn3" */
	int n_operands;
	bool only_operands;
	bool first_operand_ends; /* what follows the first operand are operands: a command */
};
void ol_optwalk_init(struct ol_optwalk *w, const struct ol_verb *verb, int argc, char **argv);
int ol_optwalk_next(struct ol_optwalk *w, const struct ol_option **ret_opt, const char **ret_arg);

/*
 * What the common options say, after OOMLENS_COLOR, NO_COLOR, TERM and whether stdout is a
 * terminal.
 */
struct ol_ui {
	bool color, pager, utf8, tty_out, tty_err;
	unsigned width;
};
void ol_ui_init(struct ol_ui *ui);
/* True when @opt is a common one; <0 in *@ret_r for a bad argument, 1 when --help was served. */
bool ol_ui_option(struct ol_ui *ui, const struct ol_verb *verb, const struct ol_option *opt,
		  const char *arg, int *ret_r);

/* stdout through a pager when there is a terminal and nobody said no. The fd to write to. */
int ol_pager_start(const struct ol_ui *ui);
/* Closes that fd, without which the pager never sees the end, and waits for it. */
void ol_pager_end(int fd);

/* "1", "0.25", at most a day, in microseconds; false for anything else. */
bool ol_opt_seconds(const char *arg, int64_t *ret_us);

int ol_print_help(const struct ol_verb *verb); /* an exit status */
void ol_print_man_main(struct ol_out *o);
void ol_print_man(struct ol_out *o, const struct ol_verb *verb);
int ol_print_completion(struct ol_out *o, const char *shell);

/*
 * The end of what a verb prints: written, buffer freed. The verb's exit status, @status unless that
 * failed or something was left out for want of memory: then 2, after telling why.
 */
int ol_print_end(struct ol_out *o, int status);

/* "oomlens: …" on stderr, safe for the terminal, once. */
void ol_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
