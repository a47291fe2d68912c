// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/textfmt.h"

#include <stdio.h>

/* ---- pages ---- */

#define LABEL_INDENT 2

void ol_page_init(struct ol_page *pg, struct ol_out *o, unsigned width, bool color, bool utf8)
{
	*pg = (struct ol_page){
		.o = o,
		.width = width ? width < 40 ? 40 : width : 100,
		.label_width = 10,
		.color = color,
		.utf8 = utf8,
		.was_ascii = o->ascii,
	};
	o->ascii = !utf8;
	ol_out_init(&pg->para, -1);
	ol_out_init(&pg->safe, -1);
	pg->para.ascii = pg->safe.ascii = !utf8;
}

void ol_page_done(struct ol_page *pg)
{
	if ((pg->para.err || pg->safe.err) && !pg->o->err)
		pg->o->err = pg->para.err ? pg->para.err : pg->safe.err;
	pg->o->ascii = pg->was_ascii;
	ol_out_done(&pg->para);
	ol_out_done(&pg->safe);
}

void ol_page_style(struct ol_page *pg, enum ol_style style)
{
	static const char *const sgr[] = {
		[OL_STYLE_PLAIN] = "\033[0m",
		[OL_STYLE_BOLD] = "\033[1m",
		[OL_STYLE_DIM] = "\033[2m",
		[OL_STYLE_ALERT] = "\033[1;31m",
	};

	if (pg->color)
		ol_out_str(pg->o, sgr[style]);
}

const char *ol_page_ellipsis(const struct ol_page *pg)
{
	return pg->utf8 ? "\u2026" : "...";
}

struct ol_out *ol_page_para(struct ol_page *pg)
{
	pg->para.n = 0;
	return &pg->para;
}

static void blanks(struct ol_out *o, unsigned n)
{
	static const char some[] = "                                ";

	for (; n > sizeof(some) - 1; n -= sizeof(some) - 1)
		ol_out_bytes(o, some, sizeof(some) - 1);
	ol_out_bytes(o, some, n);
}

static bool is_unit(struct ol_span word)
{
	while (word.n && !ol_is_alpha(word.p[word.n - 1]))
		word.n--;
	return (word.n == 3 && word.p[1] == 'i' && word.p[2] == 'B') || ol_span_eqs(word, "B");
}

/* The next piece that must not be broken: a word, or a number and its unit. */
static struct ol_span next_piece(struct ol_span *rest)
{
	struct ol_span piece, after, unit;

	if (!ol_span_token(rest, &piece))
		return (struct ol_span){ NULL, 0 };
	after = *rest;
	if (ol_is_digit(piece.p[piece.n - 1]) && ol_span_token(&after, &unit) && is_unit(unit)) {
		piece.n = (size_t)(unit.p + unit.n - piece.p);
		*rest = after;
	}
	return piece;
}

void ol_page_flow(struct ol_page *pg, const char *label, enum ol_style style)
{
	struct ol_span rest = ol_span_trim(ol_span(pg->para.buf, pg->para.n)), piece;
	unsigned indent = label ? LABEL_INDENT + pg->label_width + 1 : 0;
	unsigned col = indent, used;
	bool fresh = true;

	if (!rest.n || pg->para.err)
		return;
	if (label) {
		unsigned n = (unsigned)strlen(label);

		blanks(pg->o, LABEL_INDENT);
		ol_page_style(pg, OL_STYLE_DIM);
		ol_out_str(pg->o, label);
		ol_page_style(pg, OL_STYLE_PLAIN);
		blanks(pg->o, n < pg->label_width ? pg->label_width - n + 1 : 1);
	}
	if (style != OL_STYLE_PLAIN)
		ol_page_style(pg, style);
	while ((piece = next_piece(&rest)).n) {
		unsigned w = ol_text_columns(piece);

		if (!fresh && col + 1 + w > pg->width) {
			ol_out_char(pg->o, '\n');
			blanks(pg->o, indent);
			col = indent;
			fresh = true;
		}
		if (!fresh) {
			ol_out_char(pg->o, ' ');
			col++;
		}
		while (col + w > pg->width) { /* longer than a whole line */
			size_t n = ol_text_fit(piece, pg->width - col, &used);

			if (!n)
				break;
			ol_out_bytes(pg->o, piece.p, n);
			ol_out_char(pg->o, '\n');
			blanks(pg->o, indent);
			col = indent;
			piece = ol_span_skip(piece, n);
			w -= used;
		}
		ol_out_span(pg->o, piece);
		col += w;
		fresh = false;
	}
	if (style != OL_STYLE_PLAIN)
		ol_page_style(pg, OL_STYLE_PLAIN);
	ol_out_char(pg->o, '\n');
	pg->para.n = 0;
}

/*
 * The last part of @safe that fits into @columns behind an ellipsis. Safe text is either printable
 * UTF-8 or \xNN; a cut may fall into a \xNN, which is then shown in part, never as a raw byte.
 */
static struct ol_span last_columns(struct ol_span safe, unsigned columns)
{
	unsigned all = ol_text_columns(safe), used = 0;
	size_t n;

	if (all <= columns)
		return safe;
	n = ol_text_fit(safe, all - columns, &used);
	if (all - used > columns) {
		uint32_t cp;
		size_t len = ol_utf8_next(ol_span_skip(safe, n), &cp);

		n += len ? len : 1;
	}
	return ol_span_skip(safe, n);
}

/* @s made safe, in scratch memory that lasts until the next call */
static struct ol_span make_safe(struct ol_page *pg, struct ol_span s)
{
	pg->safe.n = 0;
	ol_out_safe(&pg->safe, s);
	return ol_span(pg->safe.buf, pg->safe.n);
}

void ol_page_tail(struct ol_page *pg, struct ol_out *to, struct ol_span s, unsigned columns)
{
	struct ol_span safe = make_safe(pg, s);
	unsigned dots = pg->utf8 ? 1 : 3;

	if (ol_text_columns(safe) > columns) {
		ol_out_str(to, ol_page_ellipsis(pg));
		safe = last_columns(safe, columns > dots ? columns - dots : 1);
	}
	ol_out_span(to, safe);
}

void ol_page_cell(struct ol_page *pg, struct ol_span s, unsigned columns, enum ol_cell how)
{
	struct ol_span safe;
	unsigned used, dots = pg->utf8 ? 1 : 3;

	if (how == OL_CELL_LAST_TAIL) {
		ol_page_tail(pg, pg->o, s, columns);
		return;
	}
	safe = make_safe(pg, s);
	used = ol_text_columns(safe);
	if (used > columns) {
		size_t n = ol_text_fit(safe, columns > dots ? columns - dots : 1, &used);

		ol_out_bytes(pg->o, safe.p, n);
		ol_out_str(pg->o, ol_page_ellipsis(pg));
		used += dots;
		if (how != OL_CELL_LAST && used < columns)
			blanks(pg->o, columns - used);
		return;
	}
	if (how == OL_CELL_RIGHT)
		blanks(pg->o, columns - used);
	ol_out_span(pg->o, safe);
	if (how == OL_CELL_LEFT)
		blanks(pg->o, columns - used);
}

void ol_page_heading(struct ol_page *pg, const char *title)
{
	ol_out_char(pg->o, '\n');
	ol_page_style(pg, OL_STYLE_BOLD);
	ol_out_str(pg->o, title);
	ol_page_style(pg, OL_STYLE_PLAIN);
	ol_out_char(pg->o, '\n');
}

unsigned ol_tenths_of_percent(uint64_t kb, uint64_t total)
{
	uint64_t tenths;

	if (kb > UINT64_MAX / 1000) { /* what falls off is far below a tenth of a percent */
		if (total < UINT64_MAX / 10000)
			return total ? 9990 : 0;
		kb >>= 10;
		total >>= 10;
	}
	tenths = total ? kb * 1000 / total : 0;
	return tenths > 9990 ? 9990 : (unsigned)tenths;
}

/*
 *   file cache                                      30.1 GiB  91 %  #########################
 */
void ol_page_part(struct ol_page *pg, const char *words, uint64_t kb, uint64_t total,
		  const char *note)
{
	enum { BAR_COLUMNS = 28, PART_COLUMNS = 46 };
	unsigned tenths = ol_tenths_of_percent(kb, total);
	unsigned cells = tenths >= 1000 ? BAR_COLUMNS : (tenths * BAR_COLUMNS + 500) / 1000;
	unsigned room = pg->width > PART_COLUMNS + 22 ? pg->width - PART_COLUMNS - 22 : 0;

	ol_out_str(pg->o, "  ");
	ol_page_cell_str(pg, words, PART_COLUMNS - 2, OL_CELL_LEFT);
	ol_page_cell_str(pg, ol_fmt_kb(kb > INT64_MAX ? INT64_MAX : (int64_t)kb).s, 10,
			 OL_CELL_RIGHT);
	if (tenths >= 10)
		ol_out_printf(pg->o, "%4u %%", (tenths + 5) / 10);
	else if (cells < room)
		ol_out_str(pg->o, kb ? " <1 %" : "  0 %");
	if (!cells && tenths >= 10)
		cells = 1;
	if (cells > room)
		cells = room;
	if (cells)
		ol_out_str(pg->o, "  ");
	for (unsigned i = 0; i < cells; i++)
		ol_out_str(pg->o, pg->utf8 ? "\u2588" : "#");
	if (note && cells + 12 < room) {
		ol_out_str(pg->o, "  ");
		ol_out_str(pg->o, note);
	}
	ol_out_char(pg->o, '\n');
}
