/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_TESTS_FUZZ_TICK_CHECK_H
#define OL_TESTS_FUZZ_TICK_CHECK_H

#include "collect/machine/tick.h"
#include "tests/fuzz/check.h"

/* Nothing is below zero but priorities, what is absent is 0, and names stand in the tick. */
static inline void check_tick(const struct ol_tick *tick)
{
	for (unsigned m = 0; m < OL_M_MAX; m++)
		must(ol_has(tick, m) ? ol_val(tick, m) >= 0 : ol_val(tick, m) == 0);
	must(tick->names_n <= tick->names_cap);
	for (int k = 0; k < OL_T_MAX; k++) {
		unsigned first, n = ol_table_fields(k, &first);

		must(tick->tab[k].n <= tick->tab[k].cap);
		for (uint32_t i = 0; i < tick->tab[k].n; i++) {
			const struct ol_row *r = ol_tick_row(tick, k, i);

			must((size_t)r->name.off + r->name.n <= tick->names_n);
			must((size_t)r->text.off + r->text.n <= tick->names_n);
			must((size_t)r->more.off + r->more.n <= tick->names_n);
			for (unsigned f = first; f < first + n; f++) {
				must(ol_row_has(r, f) || !ol_row_val(r, f));
				if (f != OL_SWAP_priority && f != OL_PROC_oom_score_adj)
					must(ol_row_val(r, f) >= 0);
			}
		}
	}
}

#endif
