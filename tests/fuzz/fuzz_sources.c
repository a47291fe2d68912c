// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/machine/collect_impl.h"
#include "collect/machine/slab_names.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/mutate.h"
#include "tests/fuzz/tick_check.h"

/*
 * The first byte chooses the source, the rest is its file. A tick's pools are small, so that they
 * get full. Every value that comes out is not below zero (priorities of swap may be), and names
 * stand in the tick.
 */
static struct ol_tick *tick;
static struct ol_keymap zones, nodes, meminfo, vmstat, psi;
static struct ol_slab_names *names;

static void setup(void)
{
	static const struct ol_tick_size size = {
		.rows = { [OL_T_ZONE] = 8,
			  [OL_T_NODE] = 2,
			  [OL_T_SLAB] = 8,
			  [OL_T_SWAP] = 4,
			  [OL_T_ZRAM] = 2,
			  [OL_T_HUGE] = 2,
			  [OL_T_CGROUP] = 2,
			  [OL_T_PROC] = 2 },
		.names = 256,
	};

	tick = ol_tick_new(&size);
	names = ol_slab_names_new();
	if (!tick || !names || ol_keymap_init_table(&zones, OL_T_ZONE) ||
	    ol_keymap_init_table(&nodes, OL_T_NODE) ||
	    ol_keymap_init_metrics(&meminfo, OL_SRC_MEMINFO) ||
	    ol_keymap_init_metrics(&vmstat, OL_SRC_VMSTAT) ||
	    ol_keymap_init_metrics(&psi, OL_SRC_PSI_MEMORY))
		abort();
}

static void parse(unsigned which, struct ol_span s, struct ol_src_status *st)
{
	struct ol_row *r;

	switch (which) {
	case 'z':
		if (ol_zoneinfo_parse(&zones, s, tick, st))
			ol_zones_number(tick, ol_zone_types(s));
		ol_buddyinfo_parse(s, tick, st);
		break;
	case 'b':
		ol_buddyinfo_parse(s, tick, st);
		break;
	case 's':
		ol_slabinfo_parse(s, 4, names, tick, st);
		break;
	case 'w':
		ol_swaps_parse(s, tick, st);
		break;
	case 'r':
		r = ol_tick_add(tick, OL_T_ZRAM, st);
		ol_zram_stat_parse(s, r, st);
		break;
	case 'n':
		r = ol_tick_add(tick, OL_T_NODE, st);
		ol_keyed_lines(&nodes, s, 2, r->v, r->has, st);
		break;
	case 'd':
		ol_dentry_state_parse(s, tick, st);
		break;
	case 'i':
		ol_inode_nr_parse(s, tick, st);
		break;
	case 'f':
		ol_file_nr_parse(s, tick, st);
		break;
	case 't':
		ol_stat_parse(s, tick, st);
		break;
	case 'a':
		ol_arcstats_parse(s, tick, st);
		break;
	case 'k':
		ol_sockstat_parse(s, tick, st);
		break;
	case 'm':
		ol_keyed_lines(&meminfo, s, 0, tick->v, tick->has, st);
		break;
	case 'v':
		ol_keyed_lines(&vmstat, s, 0, tick->v, tick->has, st);
		break;
	case 'p':
		ol_psi_lines(&psi, s, tick->v, tick->has, st);
		break;
	default:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ol_src_status st = { 0 };

	if (!size)
		return 0;
	if (!tick)
		setup();
	ol_tick_reset(tick);
	/* from one input to the next, as from tick to tick: hints are those of another text */
	parse(data[0], ol_span((const char *)data + 1, size - 1), &st);
	check_tick(tick);
	return 0;
}
