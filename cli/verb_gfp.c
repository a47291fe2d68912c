// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/gfp.h"
#include "export/explain.h"
#include "cli/verb.h"

#include <unistd.h>

static const struct ol_option options[] = {
	{ "kernel", "RELEASE",
	  "numbering of this kernel: 3.2, 4.18.0-553.el8, 6.12; without it every "
	  "numbering that knows all bits is shown",
	  NULL, 'k' },
	{ "json", NULL, "print JSON", NULL, 'j' },
	{ NULL, NULL, NULL, NULL, 0 },
};

enum { ERAS_MAX = 64 };

static const char *zone_name(enum ol_zone_type z)
{
	static const char *const names[] = {
		"DMA", "DMA32", "Normal", "HighMem (Normal on 64-bit)", "Movable", "Device", "?"
	};

	return names[z < OL_ZONE_MAX ? z : OL_ZONE_MAX];
}

static void one_text(struct ol_out *o, const struct ol_gfp_era *era, uint64_t mask, ol_gfp_set set,
		     uint64_t unknown)
{
	struct ol_gfp_meaning m = ol_gfp_meaning(set);

	ol_out_printf(o, "kernels    %s\nmask       0x%llx\nnames      ", ol_gfp_era_name(era),
		      (unsigned long long)mask);
	ol_gfp_names(era, set, unknown, o);
	ol_out_str(o, "\nflags");
	for (int f = 0, n = 0; f < OL_GFP_MAX; f++)
		if (set >> f & 1)
			ol_out_printf(o, "%s%-24s 0x%llx\n", n++ ? "           " : "      ",
				      ol_gfp_flag_name(f),
				      (unsigned long long)ol_gfp_flag_bit(era, f));
	if (!set)
		ol_out_str(o, "      none\n");
	if (unknown)
		ol_out_printf(o, "           0x%llx has no name in this numbering\n",
			      (unsigned long long)unknown);
	ol_out_printf(o, "zones      %s%s and below\nmeaning    ",
		      m.zone_invalid ? "(no valid combination) " : "", zone_name(m.highest));
	ol_gfp_words(set, o);
	ol_out_char(o, '\n');
}

static void one_json(struct ol_json *j, const struct ol_gfp_era *era, uint64_t mask, ol_gfp_set set,
		     uint64_t unknown)
{
	struct ol_out text;

	ol_out_init(&text, -1);
	ol_json_open(j, NULL, '{');
	ol_json_str(j, "numbering", ol_gfp_era_name(era));
	ol_out_printf(&text, "0x%llx", (unsigned long long)mask);
	ol_json_span(j, "gfp_mask", ol_span(text.buf, text.n));
	ol_json_open(j, "gfp_flags", '[');
	for (int f = 0; f < OL_GFP_MAX; f++)
		if (set >> f & 1)
			ol_json_str(j, NULL, ol_gfp_flag_name(f));
	ol_json_close(j, ']');
	text.n = 0;
	ol_gfp_names(era, set, unknown, &text);
	ol_json_span(j, "gfp_names", ol_span(text.buf, text.n));
	text.n = 0;
	ol_gfp_words(set, &text);
	ol_json_span(j, "meaning", ol_span(text.buf, text.n));
	if (!ol_gfp_meaning(set).zone_invalid)
		ol_json_str(j, "highest_zone", zone_name(ol_gfp_meaning(set).highest));
	if (unknown) {
		text.n = 0;
		ol_out_printf(&text, "0x%llx", (unsigned long long)unknown);
		ol_json_span(j, "unknown_bits", ol_span(text.buf, text.n));
	}
	ol_json_close(j, '}');
	ol_out_done(&text);
}

/*
 * gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0
 * The number and the names, as far as they are there, of what was copied out of a report.
 */
static void split_mask(struct ol_span *arg, struct ol_span *ret_names)
{
	static const struct ol_span keys[] = { OL_SPAN_INIT("gfp_mask="),
					       OL_SPAN_INIT("gfp_flags="), OL_SPAN_INIT("gfp="),
					       OL_SPAN_INIT("mode:") };
	struct ol_span t = ol_span_trim(*arg), number;
	uint64_t mask;
	ssize_t open;

	*ret_names = (struct ol_span){ NULL, 0 };
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (ol_span_eat(&t, keys[i]))
			break;
	if (ol_span_chr(t, ',') >= 0)
		t = ol_span_rtrim(ol_span_head(t, (size_t)ol_span_chr(t, ',')));
	open = ol_span_chr(t, '(');
	number = ol_span_head(t, (size_t)(open > 0 ? open : 0));
	if (open > 0 && ol_span_chr(t, ')') == (ssize_t)t.n - 1 && ol_eat_hex(&number, &mask) &&
	    !number.n) {
		*ret_names = ol_span(t.p + open + 1, t.n - (size_t)open - 2);
		t = ol_span_head(t, (size_t)open);
	}
	*arg = t;
}

/* A number, or names as the kernel prints them ("GFP_KERNEL|__GFP_ZERO"): false when neither. */
static bool read_mask(const struct ol_gfp_era *era, struct ol_span arg, uint64_t *ret_mask,
		      ol_gfp_set *ret_set, uint64_t *ret_unknown)
{
	struct ol_span t = arg;
	unsigned unknown_names;

	*ret_unknown = 0;
	if (ol_span_starts(t, OL_SPAN("0x")) || (t.n && ol_is_digit(t.p[0]))) {
		if (!ol_eat_hex(&t, ret_mask) || t.n)
			return false;
		*ret_set = ol_gfp_decode(era, *ret_mask, ret_unknown);
		return true;
	}
	if (!ol_span_trim(t).n || ol_gfp_parse_names(era, arg, ret_set, &unknown_names) ||
	    unknown_names)
		return false;
	*ret_mask = 0;
	for (int f = 0; f < OL_GFP_MAX; f++)
		if (*ret_set >> f & 1)
			*ret_mask |= ol_gfp_flag_bit(era, f);
	return true;
}

/* The era of @release, told when it is a guess; NULL: it is no release. */
static const struct ol_gfp_era *era_of(const char *release)
{
	const struct ol_gfp_era *era = ol_gfp_era_for_release(ol_span_str(release));

	if (!era)
		ol_say("'%s' is no kernel release; write it as uname -r does: 3.2, 6.12.9",
		       release);
	else if (ol_gfp_release_newer(ol_span_str(release)))
		ol_say("%s is later than any numbering that is known: this is the one of %s",
		       release, ol_gfp_era_name(era));
	return era;
}

/*
 * The eras that @mask may be meant in: @era, when a kernel was given, else those that know all its
 * bits, of them those whose @names for it are the same, if there are any. How many.
 */
static unsigned find_eras(const struct ol_gfp_era *era, struct ol_span mask, struct ol_span names,
			  const struct ol_gfp_era *ret[ERAS_MAX])
{
	bool number = mask.n && ol_is_digit(mask.p[0]);
	unsigned n = 0, agree = 0;
	uint64_t v, unknown;
	ol_gfp_set set;

	if (era)
		ret[n++] = era;
	for (unsigned i = 0; n < ERAS_MAX && !era && ol_gfp_era_at(i); i++)
		if (read_mask(ol_gfp_era_at(i), mask, &v, &set, &unknown) && !unknown)
			ret[n++] = ol_gfp_era_at(i);
	if (!number || !names.n || !n)
		return n;
	for (unsigned i = 0; i < n; i++)
		if (read_mask(ret[i], mask, &v, &set, &unknown) &&
		    ol_gfp_era_from_names(v, names, ret[i]) == ret[i])
			ret[agree++] = ret[i];
	if (!agree)
		ol_say("these names do not belong to this number on %s; the number is decoded",
		       era ? "that kernel" : "any kernel that is known");
	return agree ? agree : n;
}

extern const struct ol_verb ol_verb_gfp;

static int run(int argc, char **argv)
{
	const struct ol_gfp_era *era = NULL, *eras[ERAS_MAX];
	const struct ol_option *opt;
	const char *arg, *kernel = NULL;
	struct ol_span in, names;
	struct ol_optwalk w;
	struct ol_json j;
	struct ol_out o;
	struct ol_ui ui;
	bool json = false;
	unsigned n_eras = 0;
	uint64_t mask, unknown;
	ol_gfp_set set;
	int r;

	ol_ui_init(&ui);
	ol_optwalk_init(&w, &ol_verb_gfp, argc, argv);
	while ((r = ol_optwalk_next(&w, &opt, &arg)) > 0) {
		if (ol_ui_option(&ui, &ol_verb_gfp, opt, arg, &r)) {
			if (r)
				return r < 0 ? OL_EXIT_TROUBLE : 0;
		} else if (!strcmp(opt->name, "kernel")) {
			kernel = arg;
		} else {
			json = true;
		}
	}
	if (r < 0)
		return OL_EXIT_TROUBLE;
	if (w.n_operands != 1) {
		ol_say("gfp needs one MASK: a number (0x84d0) or names (GFP_KERNEL|__GFP_ZERO)");
		return OL_EXIT_TROUBLE;
	}
	if (kernel && !(era = era_of(kernel)))
		return OL_EXIT_TROUBLE;
	in = ol_span_str(argv[0]);
	split_mask(&in, &names);
	n_eras = find_eras(era, in, names, eras);
	if (!n_eras && read_mask(ol_gfp_era_at(0), in, &mask, &set, &unknown)) {
		ol_say("no numbering knows all bits of %s; with --kernel the unknown ones are told",
		       argv[0]);
		return OL_EXIT_TROUBLE;
	}
	if (!n_eras || !read_mask(eras[0], in, &mask, &set, &unknown)) {
		ol_say("'%s' is neither a mask nor a list of GFP_* and __GFP_* names", argv[0]);
		return OL_EXIT_TROUBLE;
	}
	if (ol_span_u64(in, &unknown) && unknown > 9)
		ol_say("%.*s is read as hexadecimal, as kernels print masks: 0x%llx",
		       OL_SPAN_ARG(in), (unsigned long long)mask);
	ol_out_init(&o, STDOUT_FILENO);
	ol_json_init(&j, &o);
	if (json) {
		ol_json_open(&j, NULL, '{');
		ol_json_str(&j, "schema", "oomlens.gfp/1");
		ol_json_open(&j, "decodings", '[');
	}
	for (unsigned i = 0; i < n_eras; i++) {
		read_mask(eras[i], in, &mask, &set, &unknown);
		if (json) {
			one_json(&j, eras[i], mask, set, unknown);
		} else {
			if (i)
				ol_out_char(&o, '\n');
			one_text(&o, eras[i], mask, set, unknown);
		}
	}
	if (json) {
		ol_json_close(&j, ']');
		ol_json_close(&j, '}');
		ol_out_char(&o, '\n');
	}
	return ol_print_end(&o, 0);
}

const struct ol_verb ol_verb_gfp = {
	.name = "gfp",
	.args = "MASK",
	.summary = "decode a gfp mask: flags, names, what the caller could do, zones it may use",
	.description =
		"Decodes one allocation mask as it stands in an OOM report or a trace. A number "
		"means something else on every kernel: give --kernel, or see all the numberings "
		"that know its bits. Names (\"GFP_KERNEL|__GFP_ZERO\") are taken too, and both "
		"as they stand in a report: then the numberings are shown in which they agree.",
	.options = options,
	.run = run,
};
