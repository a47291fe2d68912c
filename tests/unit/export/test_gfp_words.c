// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/explain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static void words_are(const char *release, uint64_t mask, const char *want)
{
	struct ol_out o;
	const struct ol_gfp_era *era = ol_gfp_era_for_release(ol_span_str(release));
	uint64_t unknown;

	assert_non_null(era);
	ol_out_init(&o, -1);
	ol_gfp_words(ol_gfp_decode(era, mask, &unknown), &o);
	if (!ol_span_eqs(ol_span(o.buf, o.n), want))
		fail_msg("%.*s\nwant %s", (int)o.n, o.buf, want);
	ol_out_done(&o);
}

static void test_words(void **state)
{
	(void)state;
	words_are("3.2", 0x84d0,
		  "may sleep, start IO and call into file systems to reclaim; ordinary kernel "
		  "memory: zones Normal and below; page is zeroed; retries hard before failing");
	words_are("5.10", 0xa20,
		  "may not sleep, only wake kswapd; ordinary kernel memory: zones Normal and "
		  "below; may use part of the reserve below the min watermark");
	words_are("5.10", 0x1,
		  "may not sleep and does not wake kswapd; memory for old devices: only zone "
		  "DMA");
	words_are("5.10", 0x100cca,
		  "may sleep, start IO and call into file systems to reclaim; movable user "
		  "memory: zones Movable and below; held to the nodes of the task's cpuset");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_words) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
