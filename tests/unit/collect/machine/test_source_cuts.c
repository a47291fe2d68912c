// SPDX-License-Identifier: GPL-2.0-or-later
#include "source_texts.h"
#include "root_util.h"

#include "collect/machine/collect_impl.h"

/*
 * A file that is cut at any byte: every value that comes out of it is the one of the whole file,
 * and the text is an allocation of its own, so that sanitizers see a read past its end.
 */
static void parse(enum ol_src src, struct ol_span s, struct ol_tick *t)
{
	struct ol_src_status *st = &t->src[src];
	static struct ol_keymap zones, nodes;
	struct ol_row *r;

	switch (src) {
	case OL_SRC_ZONEINFO:
		if (!zones.n)
			assert_int_equal(ol_keymap_init_table(&zones, OL_T_ZONE), 0);
		ol_zoneinfo_parse(&zones, s, t, st);
		break;
	case OL_SRC_NODES:
		if (!nodes.n)
			assert_int_equal(ol_keymap_init_table(&nodes, OL_T_NODE), 0);
		r = ol_tick_add(t, OL_T_NODE, st);
		ol_keyed_lines(&nodes, s, 2, r->v, r->has, st);
		break;
	case OL_SRC_BUDDYINFO:
		ol_buddyinfo_parse(s, t, st);
		break;
	case OL_SRC_SLABINFO:
		ol_slabinfo_parse(s, 4, NULL, t, st);
		break;
	case OL_SRC_SWAPS:
		ol_swaps_parse(s, t, st);
		break;
	case OL_SRC_ZRAM:
		ol_zram_stat_parse(s, ol_tick_add(t, OL_T_ZRAM, st), st);
		break;
	case OL_SRC_DENTRY:
		ol_dentry_state_parse(s, t, st);
		break;
	case OL_SRC_INODE:
		ol_inode_nr_parse(s, t, st);
		break;
	case OL_SRC_FILES:
		ol_file_nr_parse(s, t, st);
		break;
	case OL_SRC_STAT:
		ol_stat_parse(s, t, st);
		break;
	case OL_SRC_ARC:
		ol_arcstats_parse(s, t, st);
		break;
	default:
		ol_sockstat_parse(s, t, st);
	}
	if (src == OL_SRC_ZONEINFO && !s.n) {
		ol_keymap_done(&zones);
		ol_keymap_done(&nodes);
	}
}

/* How many values @part has; all of them must stand in @whole. */
static unsigned compare(const struct ol_tick *part, const struct ol_tick *whole, size_t at)
{
	unsigned n = 0;

	for (unsigned m = 0; m < OL_M_MAX; m++) {
		if (!ol_has(part, m))
			continue;
		n++;
		if (!ol_has(whole, m) || ol_val(part, m) != ol_val(whole, m))
			fail_msg("cut at %zu: %s", at, ol_metrics[m].name);
	}
	for (int k = 0; k < OL_T_MAX; k++) {
		unsigned first, fields = ol_table_fields(k, &first);

		for (uint32_t i = 0; i < part->tab[k].n; i++) {
			const struct ol_row *r = ol_tick_row(part, k, i);
			const struct ol_row *w =
				ol_tick_find(whole, k, ol_tick_span(part, r->name), r->id, r->sub);

			if (!w)
				fail_msg("cut at %zu: a row that is not there", at);
			for (unsigned f = first; f < first + fields; f++) {
				if (!ol_row_has(r, f))
					continue;
				n++;
				if (!ol_row_has(w, f) || ol_row_val(r, f) != ol_row_val(w, f))
					fail_msg("cut at %zu: %s", at, ol_row_fields[f].name);
			}
		}
	}
	return n;
}

static void test_cuts(void **state)
{
	static const struct {
		enum ol_src src;
		const char *text;
	} cases[] = {
		{ OL_SRC_ZONEINFO, ZONEINFO_2_6_32 },
		{ OL_SRC_ZONEINFO, ZONEINFO_4_9 },
		{ OL_SRC_ZONEINFO, ZONEINFO_5_10_HIGHMEM },
		{ OL_SRC_ZONEINFO, ZONEINFO_6_12 },
		{ OL_SRC_BUDDYINFO, BUDDYINFO_6_12 },
		{ OL_SRC_SLABINFO, SLABINFO_SLUB },
		{ OL_SRC_SLABINFO, SLABINFO_SLAB },
		{ OL_SRC_SWAPS, SWAPS },
		{ OL_SRC_ZRAM, " 4096 74 12288 1048576 16384 0 0\n" },
		{ OL_SRC_NODES, "Node 0 MemTotal:   7825612 kB\nNode 0 MemFree:   123 kB\n"
				"Node 0 HugePages_Total:     3\nNode 0 Shmem:    12 kB\n" },
		{ OL_SRC_DENTRY, "206144\t204555\t45\t0\t76487\t0\n" },
		{ OL_SRC_INODE, "129481\t77\n" },
		{ OL_SRC_FILES, "1344\t0\t2450000\n" },
		{ OL_SRC_STAT, STAT },
		{ OL_SRC_ARC, ARCSTATS },
		{ OL_SRC_SOCKSTAT, SOCKSTAT },
	};
	struct ol_tick *whole = ol_tick_new(NULL), *part = ol_tick_new(NULL);

	(void)state;
	assert_true(whole && part);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = strlen(cases[i].text);
		unsigned values, most = 0;

		ol_tick_reset(whole);
		parse(cases[i].src, ol_span(cases[i].text, n), whole);
		values = compare(whole, whole, n);
		assert_int_equal(whole->src[cases[i].src].broken, 0);
		assert_true(values > 0);
		for (size_t at = 0; at < n; at++) {
			char *own = malloc(at ? at : 1);
			unsigned got;

			assert_non_null(own);
			memcpy(own, cases[i].text, at);
			ol_tick_reset(part);
			parse(cases[i].src, ol_span(own, at), part);
			free(own);
			got = compare(part, whole, at);
			/* what a longer piece has, too: values never go away again */
			assert_true(got >= most);
			most = got;
		}
		/* without the last newline the last line is not believed */
		assert_true(most <= values);
	}
	parse(OL_SRC_ZONEINFO, ol_span("", 0), part);
	ol_tick_free(whole);
	ol_tick_free(part);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cuts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
