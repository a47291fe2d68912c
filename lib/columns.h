/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_LIB_COLUMNS_H
#define OL_LIB_COLUMNS_H

#include "lib/span.h"

/*
 * Columns that a character takes: wide East Asian and emoji two, combining marks none; no locale.
 */
unsigned ol_cp_columns(uint32_t cp);
/* Columns that safe text takes on a terminal. */
unsigned ol_text_columns(struct ol_span safe);
/* Length in bytes of what fits into @columns; *@ret_used says how many columns that takes. */
size_t ol_text_fit(struct ol_span s, unsigned columns, unsigned *ret_used);

#endif
