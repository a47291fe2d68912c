/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_LIB_UNSEEN_H
#define OL_LIB_UNSEEN_H

#include <stdbool.h>
#include <stdint.h>

/*
 * True for a code point that nobody sees or that changes what is seen: controls, what moves the
 * cursor or reorders text, fillers, tags, variation selectors, what no font may show in one way
 * (private use). Every output escapes these.
 */
bool ol_cp_unseen(uint32_t cp);

#endif
