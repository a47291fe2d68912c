/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_EXPORT_TEXTFMT_H
#define OL_EXPORT_TEXTFMT_H

#include "lib/human.h"
#include "lib/columns.h"
#include "lib/out.h"

/* Paragraphs for people: only for export/. */

enum ol_style { OL_STYLE_PLAIN, OL_STYLE_BOLD, OL_STYLE_DIM, OL_STYLE_ALERT };

/* Text of one event on its way out: words are collected in .para and then broken into lines. */
struct ol_page {
	struct ol_out *o;
	struct ol_out para;
	struct ol_out safe; /* scratch */
	unsigned width, label_width;
	bool color, utf8;
	bool was_ascii; /* what o->ascii was before */
};

void ol_page_init(struct ol_page *pg, struct ol_out *o, unsigned width, bool color, bool utf8);
void ol_page_done(struct ol_page *pg);

void ol_page_style(struct ol_page *pg, enum ol_style style);
const char *ol_page_ellipsis(const struct ol_page *pg);

/* Empties the paragraph and gives it to the caller to write to. Only safe text belongs in there. */
struct ol_out *ol_page_para(struct ol_page *pg);
/* Prints the paragraph behind @label (NULL: none, no indent); nothing when it is empty. */
void ol_page_flow(struct ol_page *pg, const char *label, enum ol_style style);

/*
 * Untrusted @s in exactly @columns columns, made safe, cut short with an ellipsis when too long.
 * The last cell of a line is not padded; _TAIL keeps the end, because the end of a path says most.
 */
enum ol_cell { OL_CELL_LEFT, OL_CELL_RIGHT, OL_CELL_LAST, OL_CELL_LAST_TAIL };
void ol_page_cell(struct ol_page *pg, struct ol_span s, unsigned columns, enum ol_cell how);
static inline void ol_page_cell_str(struct ol_page *pg, const char *s, unsigned columns,
				    enum ol_cell how)
{
	ol_page_cell(pg, ol_span_str(s), columns, how);
}

/* Untrusted @s, made safe, at most @columns columns, the end kept: for use in a paragraph. */
void ol_page_tail(struct ol_page *pg, struct ol_out *to, struct ol_span s, unsigned columns);

/* A blank line and @title in bold. */
void ol_page_heading(struct ol_page *pg, const char *title);

/* @kb of @total in thousandths; more than nearly all of it is nearly all of it. */
unsigned ol_tenths_of_percent(uint64_t kb, uint64_t total);
/* A line of a table of parts: words, size, share, a bar, and @note (NULL: none) behind it. */
void ol_page_part(struct ol_page *pg, const char *words, uint64_t kb, uint64_t total,
		  const char *note);

#endif
