// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/explain.h"
#include "export/textfmt.h"

/* What else a log shows, and that it is not memory: for the reader whose machine stood still. */

static const struct {
	const char *many, *one, *means;
} words[OL_SIGN_MAX] = {
	[OL_SIGN_HUNG_TASK] = { "reports of tasks that were blocked for minutes",
				"report of a task that was blocked for minutes",
				"They wait for a device, a server or a lock; that is no lack of "
				"memory." },
	[OL_SIGN_SOFT_LOCKUP] = { "soft lockups", "soft lockup",
				  "A CPU was busy inside the kernel (or a virtual machine was "
				  "not run by its "
				  "host); that is no lack of memory." },
	[OL_SIGN_RCU_STALL] = { "RCU stalls", "RCU stall",
				"A CPU did not get round to its work (or a virtual machine was "
				"not run by its "
				"host); that is no lack of memory." },
	[OL_SIGN_IO_ERROR] = { "IO errors", "IO error", "A disk or its path fails." },
	[OL_SIGN_NOT_RESPONDING] = { "reports of a server that did not answer",
				     "report of a server that did not answer",
				     "Whoever uses its files waits for the network, not for "
				     "memory." },
};

static void one_kind(struct ol_page *pg, enum ol_sign_kind k, const struct ol_explain_file *files,
		     size_t n_files)
{
	const struct ol_explain_file *first = NULL;
	const struct ol_sign *s;
	struct ol_out *p = ol_page_para(pg);
	uint64_t count = 0;
	bool more = false;

	for (size_t i = 0; i < n_files; i++) {
		if (!files[i].signs || !files[i].signs[k].count)
			continue;
		first = first ? first : &files[i];
		count += files[i].signs[k].count;
		more |= files[i].signs[k].at_least;
	}
	if (!first)
		return;
	s = &first->signs[k];
	ol_out_printf(p, "- %s%llu %s, first ", more ? "at least " : "", (unsigned long long)count,
		      count == 1 ? words[k].one : words[k].many);
	ol_page_tail(pg, p, first->name, 40);
	ol_out_printf(p, ":%llu: \"", (unsigned long long)s->first_line);
	ol_out_safe(p, ol_span_str(s->text));
	ol_out_str(p, "\"");
	if (s->where[0]) {
		ol_out_str(p, ", waiting in ");
		ol_out_safe(p, ol_span_str(s->where));
		ol_out_str(p, s->io ? " for IO" : "");
	}
	ol_out_printf(p, ". %s", words[k].means);
	ol_page_flow(pg, NULL, OL_STYLE_PLAIN);
}

void ol_signs_text(struct ol_out *o, const struct ol_explain_file *files, size_t n_files,
		   bool any_event, const struct ol_text_opts *opts)
{
	struct ol_page pg;
	bool any = false;

	for (size_t i = 0; i < n_files && !any; i++)
		for (int k = 0; files[i].signs && k < OL_SIGN_MAX && !any; k++)
			any = files[i].signs[k].count > 0;
	if (!any)
		return;
	ol_out_str(
		o,
		any_event ? "\nBesides, the log shows:\n"
			  : "It shows something else, and memory is not proven to be the cause:\n");
	ol_page_init(&pg, o, opts->width, opts->color, opts->utf8);
	for (int k = 0; k < OL_SIGN_MAX; k++)
		one_kind(&pg, (enum ol_sign_kind)k, files, n_files);
	ol_page_done(&pg);
}
