// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/verb.h"
#include "tui/app.h"

#include <stdio.h>
#include <unistd.h>

/* --help, man pages and completions: three forms of the same table. */

/* "-n, --lines=N": the columns that it took */
static size_t option_form(struct ol_out *o, const struct ol_option *opt)
{
	size_t before = o->n;

	if (opt->letter)
		ol_out_printf(o, "-%c, ", opt->letter);
	else
		ol_out_str(o, "    ");
	ol_out_printf(o, "--%s", opt->name);
	if (opt->takes && opt->takes[0] == '[')
		ol_out_str(o, opt->takes);
	else if (opt->takes)
		ol_out_printf(o, "=%s", opt->takes);
	return o->n - before;
}

/* Words of @text wrapped at @width, later lines indented; starts at column @at. */
static void wrap(struct ol_out *o, const char *text, size_t at, size_t indent, size_t width)
{
	struct ol_span rest = ol_span_str(text), word;
	size_t col = at;

	while (ol_span_token(&rest, &word)) {
		if (col > indent && col + 1 + word.n > width) {
			ol_out_printf(o, "\n%*s", (int)indent, "");
			col = indent;
		} else if (col > indent) {
			ol_out_char(o, ' ');
			col++;
		}
		ol_out_span(o, word);
		col += word.n;
	}
	ol_out_char(o, '\n');
}

static void options_help(struct ol_out *o, const struct ol_option *opt)
{
	for (; opt->name; opt++) {
		size_t at;

		ol_out_str(o, "  ");
		at = option_form(o, opt) + 2;
		if (at > 28) {
			ol_out_printf(o, "\n%*s", 30, "");
			at = 30;
		} else {
			ol_out_printf(o, "%*s", (int)(30 - at), "");
			at = 30;
		}
		wrap(o, opt->help, at, 30, 98);
	}
}

static void paragraphs(struct ol_out *o, const char *text, size_t indent)
{
	const char *p = text, *end;
	char one[2048];

	for (; *p; p = *end ? end + 2 : end) {
		end = strstr(p, "\n\n");
		if (!end)
			end = p + strlen(p);
		snprintf(one, sizeof(one), "%.*s", (int)(end - p), p);
		for (char *c = one; *c; c++)
			if (*c == '\n')
				*c = ' ';
		ol_out_printf(o, "%*s", (int)indent, "");
		wrap(o, one, indent, indent, 98);
		if (*end)
			ol_out_char(o, '\n');
	}
}

int ol_print_help(const struct ol_verb *verb)
{
	struct ol_out o;

	ol_out_init(&o, STDOUT_FILENO);
	ol_out_printf(&o, "usage: oomlens %s [OPTIONS] %s\n\n", verb->name, verb->args);
	paragraphs(&o, verb->description, 0);
	ol_out_str(&o, "\n");
	options_help(&o, verb->options);
	options_help(&o, ol_common_options);
	if (verb->exit_status)
		ol_out_printf(&o, "\nExit status: %s\n", verb->exit_status);
	return ol_print_end(&o, 0);
}

/* Text for troff: backslashes and leading dots and quotes have a meaning there. */
static void troff(struct ol_out *o, const char *s)
{
	bool bol = true;

	for (; *s; s++) {
		if (bol && (*s == '.' || *s == '\''))
			ol_out_str(o, "\\&");
		if (*s == '\\')
			ol_out_str(o, "\\e");
		else if (*s == '-')
			ol_out_str(o, "\\-");
		else
			ol_out_char(o, *s);
		bol = *s == '\n';
	}
}

static void options_man(struct ol_out *o, const struct ol_option *opt)
{
	for (; opt->name; opt++) {
		ol_out_str(o, ".TP\n");
		if (opt->letter)
			ol_out_printf(o, "\\fB\\-%c\\fR, ", opt->letter);
		ol_out_str(o, "\\fB\\-\\-");
		troff(o, opt->name);
		ol_out_str(o, "\\fR");
		if (opt->takes) {
			ol_out_str(o, opt->takes[0] == '[' ? "" : "=");
			ol_out_str(o, "\\fI");
			troff(o, opt->takes);
			ol_out_str(o, "\\fR");
		}
		ol_out_char(o, '\n');
		troff(o, opt->help);
		ol_out_char(o, '\n');
	}
}

void ol_print_man(struct ol_out *o, const struct ol_verb *verb)
{
	ol_out_printf(o, ".TH OOMLENS-%s 1 \"\" \"oomlens " OL_VERSION "\" \"User Commands\"\n",
		      verb->name);
	ol_out_printf(o, ".SH NAME\noomlens\\-%s \\- ", verb->name);
	troff(o, verb->summary);
	ol_out_printf(o, "\n.SH SYNOPSIS\n\\fBoomlens %s\\fR [\\fIOPTIONS\\fR] ", verb->name);
	troff(o, verb->args);
	ol_out_str(o, "\n.SH DESCRIPTION\n");
	for (const char *p = verb->description; *p;) {
		const char *end = strstr(p, "\n\n");
		char one[2048];

		if (!end)
			end = p + strlen(p);
		snprintf(one, sizeof(one), "%.*s", (int)(end - p), p);
		troff(o, one);
		ol_out_str(o, *end ? "\n.PP\n" : "\n");
		p = *end ? end + 2 : end;
	}
	ol_out_str(o, ".SH OPTIONS\n");
	options_man(o, verb->options);
	options_man(o, ol_common_options);
	if (verb->keys)
		ol_out_str(o, ".SH KEYS\n");
	for (const struct ol_key_help *k = verb->keys; k && k->keys; k++) {
		ol_out_str(o, ".TP\n\\fB");
		troff(o, k->keys);
		ol_out_str(o, "\\fR\n");
		troff(o, k->what);
		ol_out_char(o, '\n');
	}
	if (verb->exit_status) {
		ol_out_str(o, ".SH EXIT STATUS\n");
		troff(o, verb->exit_status);
		ol_out_char(o, '\n');
	}
	ol_out_str(o,
		   ".SH ENVIRONMENT\n.TP\n\\fBNO_COLOR\\fR\nno colour unless asked for.\n.TP\n"
		   "\\fBOOMLENS_PAGER\\fR, \\fBPAGER\\fR\nthe pager; empty or cat for none.\n"
		   ".SH SEE ALSO\n\\fBdmesg\\fR(1), \\fBjournalctl\\fR(1), \\fBslabtop\\fR(1)\n");
}

void ol_print_man_main(struct ol_out *o)
{
	ol_out_str(
		o,
		".TH OOMLENS 1 \"\" \"oomlens " OL_VERSION "\" \"User Commands\"\n"
		".SH NAME\noomlens \\- where did the memory go, and why did the kernel kill what "
		"it killed?\n.SH SYNOPSIS\n\\fBoomlens\\fR \\fIVERB\\fR [\\fIOPTIONS\\fR] ...\n"
		".SH VERBS\n");
	for (int i = 0; ol_verbs[i]; i++) {
		ol_out_printf(o, ".TP\n\\fB%s\\fR\n", ol_verbs[i]->name);
		troff(o, ol_verbs[i]->summary);
		ol_out_printf(o, "; see \\fBoomlens\\-%s\\fR(1)\n", ol_verbs[i]->name);
	}
}

static void bash_values(struct ol_out *o, const char *verb, const struct ol_option *opt)
{
	ol_out_printf(o,
		      "\t%s:--%s) COMPREPLY=($(compgen -W '%s' -- "
		      "\"$cur\")); return ;;\n",
		      verb, opt->name, opt->values);
}

static void completion_bash(struct ol_out *o)
{
	ol_out_str(o, "# bash completion for oomlens, printed by 'oomlens --completion bash'\n"
		      "_oomlens() {\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} "
		      "prev=${COMP_WORDS[COMP_CWORD-1]}\n"
		      "\tif ((COMP_CWORD == 1)); then\n\t\tCOMPREPLY=($(compgen -W '");
	for (int i = 0; ol_verbs[i]; i++)
		ol_out_printf(o, "%s ", ol_verbs[i]->name);
	ol_out_str(o, "--help --version' -- \"$cur\"))\n\t\treturn\n\tfi\n"
		      "\tcase ${COMP_WORDS[1]}:$prev in\n");
	for (int i = 0; ol_verbs[i]; i++)
		for (const struct ol_option *p = ol_verbs[i]->options; p->name; p++)
			if (p->values)
				bash_values(o, ol_verbs[i]->name, p);
	for (const struct ol_option *p = ol_common_options; p->name; p++)
		if (p->values)
			bash_values(o, "*", p);
	ol_out_str(o, "\tesac\n\tcase ${COMP_WORDS[1]} in\n");
	for (int i = 0; ol_verbs[i]; i++) {
		ol_out_printf(o, "\t%s) [[ $cur == -* ]] && COMPREPLY=($(compgen -W '",
			      ol_verbs[i]->name);
		for (const struct ol_option *p = ol_verbs[i]->options; p->name; p++)
			ol_out_printf(o, "--%s ", p->name);
		for (const struct ol_option *p = ol_common_options; p->name; p++)
			ol_out_printf(o, "--%s ", p->name);
		ol_out_str(o, "' -- \"$cur\")) ;;\n");
	}
	ol_out_str(o, "\tesac\n}\ncomplete -o default -F _oomlens oomlens\n");
}

static void quoted(struct ol_out *o, const char *s, const char *specials)
{
	for (; *s; s++) {
		if (strchr(specials, *s))
			ol_out_char(o, '\\');
		if (*s == '\'')
			ol_out_str(o, "'\\''");
		else
			ol_out_char(o, *s);
	}
}

static void completion_fish(struct ol_out *o)
{
	ol_out_str(o, "# fish completion for oomlens, printed by 'oomlens --completion fish'\n");
	for (int i = 0; ol_verbs[i]; i++) {
		ol_out_printf(o, "complete -c oomlens -n __fish_use_subcommand -a %s -d '",
			      ol_verbs[i]->name);
		quoted(o, ol_verbs[i]->summary, "");
		ol_out_str(o, "'\n");
		for (int k = 0; k < 2; k++) {
			const struct ol_option *p = k ? ol_common_options : ol_verbs[i]->options;

			for (; p->name; p++) {
				ol_out_printf(o,
					      "complete -c oomlens -n '__fish_seen_subcommand_from "
					      "%s' -l %s",
					      ol_verbs[i]->name, p->name);
				if (p->letter)
					ol_out_printf(o, " -s %c", p->letter);
				if (p->takes && p->takes[0] != '[')
					ol_out_str(o, " -r");
				if (p->values)
					ol_out_printf(o, " -a '%s'", p->values);
				ol_out_str(o, " -d '");
				quoted(o, p->help, "");
				ol_out_str(o, "'\n");
			}
		}
	}
}

static void completion_zsh(struct ol_out *o)
{
	ol_out_str(o, "#compdef oomlens\n# printed by 'oomlens --completion zsh'\n_oomlens() {\n"
		      "\tif ((CURRENT == 2)); then\n\t\t_values verb");
	for (int i = 0; ol_verbs[i]; i++) {
		ol_out_printf(o, " '%s[", ol_verbs[i]->name);
		quoted(o, ol_verbs[i]->summary, "[]");
		ol_out_str(o, "]'");
	}
	ol_out_str(o, "\n\t\treturn\n\tfi\n\tcase $words[2] in\n");
	for (int i = 0; ol_verbs[i]; i++) {
		ol_out_printf(o, "\t%s) shift words; ((CURRENT--)); _arguments", ol_verbs[i]->name);
		for (int k = 0; k < 2; k++) {
			const struct ol_option *p = k ? ol_common_options : ol_verbs[i]->options;

			for (; p->name; p++) {
				ol_out_printf(o, " '--%s%s[", p->name,
					      p->takes && p->takes[0] != '[' ? "=" : "");
				quoted(o, p->help, "[]:");
				ol_out_str(o, "]");
				if (p->takes && p->takes[0] != '[') {
					ol_out_printf(o, ":%s:", p->takes);
					if (p->values)
						ol_out_printf(o, "(%s)", p->values);
				}
				ol_out_str(o, "'");
			}
		}
		ol_out_str(o, " '*:file:_files' ;;\n");
	}
	ol_out_str(o, "\tesac\n}\n_oomlens \"$@\"\n");
}

int ol_print_completion(struct ol_out *o, const char *shell)
{
	if (!strcmp(shell, "bash"))
		completion_bash(o);
	else if (!strcmp(shell, "fish"))
		completion_fish(o);
	else if (!strcmp(shell, "zsh"))
		completion_zsh(o);
	else
		return -1;
	return 0;
}
