// SPDX-License-Identifier: GPL-2.0-or-later
#include "source_texts.h"
#include "root_util.h"

#include "collect/machine/slab_names.h"

static void test_zones_old(void **state)
{
	struct ol_row *r;

	(void)state;
	root_put("proc/zoneinfo", ZONEINFO_2_6_32);
	root_put("proc/vmstat",
		 "pgalloc_dma 1\npgalloc_dma32 2\npgalloc_normal 3\npgalloc_movable 0\n");
	root_read();
	assert_int_equal(tick->src[OL_SRC_ZONEINFO].rc, 0);
	assert_int_equal(tick->src[OL_SRC_ZONEINFO].broken, 0);
	assert_int_equal(tick->src[OL_SRC_ZONEINFO].unknown, 0);
	assert_int_equal(tick->tab[OL_T_ZONE].n, 2);
	r = row_of(OL_T_ZONE, "DMA32", 0);
	assert_int_equal(r->sub, 1);
	assert_row(r, OL_ZONE_free_pages, 123456);
	assert_row(r, OL_ZONE_min_pages, 16677);
	assert_row(r, OL_ZONE_low_pages, 20846);
	assert_row(r, OL_ZONE_high_pages, 25015);
	assert_row(r, OL_ZONE_present_pages, 765765);
	assert_row(r, OL_ZONE_inactive_anon_pages, 1001);
	assert_row(r, OL_ZONE_active_anon_pages, 1002);
	assert_row(r, OL_ZONE_inactive_file_pages, 1003);
	assert_row(r, OL_ZONE_active_file_pages, 1004);
	assert_row(r, OL_ZONE_unevictable_pages, 1005);
	assert_row(r, OL_ZONE_pcp_pages, 205);
	assert_row(r, OL_ZONE_protection3_pages, 0);
	assert_row_absent(r, OL_ZONE_protection4_pages);
	assert_row_absent(r, OL_ZONE_managed_pages);
	assert_row_absent(r, OL_ZONE_boost_pages);
	assert_row_absent(r, OL_ZONE_cma_pages);
	assert_row_absent(r, OL_ZONE_write_pending_pages);
	assert_row_absent(r, OL_ZONE_free_order0);
	assert_row(row_of(OL_T_ZONE, "DMA", 0), OL_ZONE_pcp_pages, 0);
	assert_row(row_of(OL_T_ZONE, "DMA", 0), OL_ZONE_protection1_pages, 2991);
}

/* Zones without pages are not printed: their numbers come from vmstat, or from nowhere. */
static void test_zones_gaps(void **state)
{
	struct ol_row *r;

	(void)state;
	root_put("proc/zoneinfo", ZONEINFO_4_9);
	root_read();
	r = row_of(OL_T_ZONE, "Normal", 1);
	assert_int_equal(r->sub, -1);
	assert_row(r, OL_ZONE_active_anon_pages, 22);
	root_put("proc/vmstat",
		 "nr_free_pages 9515\npgalloc_dma 1\npgalloc_dma32 2\npgalloc_normal 3\n"
		 "pgalloc_movable 0\n");
	root_read();
	r = row_of(OL_T_ZONE, "Normal", 1);
	assert_int_equal(r->sub, 2);
	assert_int_equal(row_of(OL_T_ZONE, "Normal", 0)->sub, 2);
	assert_int_equal(row_of(OL_T_ZONE, "DMA", 0)->sub, 0);
	/* the node's 888002 is not the zone's */
	assert_row(r, OL_ZONE_active_anon_pages, 22);
	assert_row_absent(r, OL_ZONE_inactive_anon_pages);
	assert_row_absent(r, OL_ZONE_unevictable_pages);
	assert_row(r, OL_ZONE_pcp_pages, 0);
	assert_row(row_of(OL_T_ZONE, "DMA", 0), OL_ZONE_active_anon_pages, 0);
	assert_row(row_of(OL_T_ZONE, "DMA", 0), OL_ZONE_write_pending_pages, 0);
	assert_row_absent(row_of(OL_T_ZONE, "DMA", 0), OL_ZONE_unevictable_pages);
}

static void test_zones_highmem(void **state)
{
	struct ol_row *r;

	(void)state;
	root_put("proc/zoneinfo", ZONEINFO_5_10_HIGHMEM);
	root_read();
	assert_int_equal(tick->src[OL_SRC_ZONEINFO].broken, 0);
	assert_int_equal(tick->tab[OL_T_ZONE].n, 4);
	r = row_of(OL_T_ZONE, "HighMem", 0);
	assert_int_equal(r->sub, 2);
	assert_row(r, OL_ZONE_pcp_pages, 31);
	assert_row(r, OL_ZONE_managed_pages, 560640);
	r = row_of(OL_T_ZONE, "Movable", 0);
	assert_int_equal(r->sub, 3);
	assert_row(r, OL_ZONE_free_pages, 0);
	assert_row_absent(r, OL_ZONE_pcp_pages);
	r = row_of(OL_T_ZONE, "DMA", 0);
	assert_row(r, OL_ZONE_write_pending_pages, 6);
	assert_row(r, OL_ZONE_active_file_pages, 4);
	assert_row(row_of(OL_T_ZONE, "Normal", 0), OL_ZONE_protection2_pages, 17520);
}

static void test_zones_new(void **state)
{
	struct ol_row *r;

	(void)state;
	root_put("proc/zoneinfo", ZONEINFO_6_12);
	root_put("proc/buddyinfo", BUDDYINFO_6_12);
	root_read();
	assert_int_equal(tick->src[OL_SRC_ZONEINFO].broken, 0);
	assert_int_equal(tick->src[OL_SRC_ZONEINFO].unknown, 0);
	assert_int_equal(tick->src[OL_SRC_BUDDYINFO].broken, 0);
	assert_int_equal(tick->tab[OL_T_ZONE].n, 10);
	r = row_of(OL_T_ZONE, "DMA32", 0);
	assert_int_equal(r->sub, 1);
	assert_row(r, OL_ZONE_boost_pages, 2048);
	assert_row(r, OL_ZONE_high_pages, 10011);
	assert_row(r, OL_ZONE_cma_pages, 16384);
	assert_row(r, OL_ZONE_free_cma_pages, 9000);
	assert_row(r, OL_ZONE_highatomic_pages, 512);
	assert_row(r, OL_ZONE_pcp_pages, 123);
	assert_row(r, OL_ZONE_unevictable_pages, 25);
	assert_row(r, OL_ZONE_protection4_pages, 4608);
	assert_row_absent(r, OL_ZONE_protection5_pages);
	assert_row(r, OL_ZONE_free_order1, 2);
	assert_row(r, OL_ZONE_free_order10, 752);
	assert_row_absent(r, OL_ZONE_free_order11);
	r = row_of(OL_T_ZONE, "Normal", 1);
	assert_int_equal(r->sub, 2);
	assert_row(r, OL_ZONE_free_order0, 44);
	assert_row(r, OL_ZONE_pcp_pages, 11);
	assert_row(r, OL_ZONE_managed_pages, 980);
	r = row_of(OL_T_ZONE, "Device", 1);
	assert_int_equal(r->sub, 4);
	assert_row(r, OL_ZONE_min_pages, 32);
	assert_row_absent(r, OL_ZONE_free_order0);
	assert_row_absent(row_of(OL_T_ZONE, "DMA", 0), OL_ZONE_free_cma_pages);
}

static void test_zones_broken(void **state)
{
	struct ol_row *r;

	(void)state;
	root_put("proc/zoneinfo", "Node 0, zone      DMA\n"
				  "  pages free     99999999999999999999\n"
				  "        min      -5\n"
				  "        low      7\n"
				  "        low      8\n"
				  "        high     9 pages\n"
				  "        spanned\n"
				  "        managed  0\n"
				  "        protection: (0, 1, 2, 3, 4, 5, 6, 7)\n"
				  "      nr_new_thing 5\n"
				  "  pagesets\n"
				  "    cpu: 0\n"
				  "              count: 9223372036854775807\n"
				  "    cpu: 1\n"
				  "              count: 1\n"
				  "  start_pfn:           1\n"
				  "Node 0, zone      DMA\n"
				  "  pages free     5\n"
				  "Node x, zone   Normal\n"
				  "  pages free     5\n"
				  "Node 4294967296, zone   Normal\n"
				  "  pages free     6\n"
				  "Node 0, zone  Normal\n"
				  "        protection: (0, 1\n"
				  "        protection: (0, -1)\n"
				  "  pagesets\n"
				  "    cpu: 0\n"
				  "              count: 3\n");
	root_put("proc/buddyinfo",
		 "Node 0, zone      DMA      0      5\n"
		 "Node 0, zone      DMA      0      6\n"
		 "Node 0, zone   Normal      0     -6\n"
		 "Node 0, zone   Normal\n"
		 "Node 0, zone  Movable 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n");
	root_read();
	assert_int_equal(tick->tab[OL_T_ZONE].n, 3);
	r = row_of(OL_T_ZONE, "DMA", 0);
	assert_row_absent(r, OL_ZONE_free_pages);
	assert_row_absent(r, OL_ZONE_min_pages);
	assert_row(r, OL_ZONE_low_pages, 7);
	assert_row_absent(r, OL_ZONE_high_pages);
	assert_row_absent(r, OL_ZONE_spanned_pages);
	assert_row(r, OL_ZONE_managed_pages, 0);
	assert_row(r, OL_ZONE_protection5_pages, 5);
	assert_row_absent(r, OL_ZONE_pcp_pages);
	assert_row(r, OL_ZONE_free_order1, 5);
	r = row_of(OL_T_ZONE, "Normal", 0);
	assert_row_absent(r, OL_ZONE_protection0_pages);
	assert_row_absent(r, OL_ZONE_pcp_pages);
	assert_row_absent(r, OL_ZONE_free_order0);
	r = row_of(OL_T_ZONE, "Movable", 0); /* only buddyinfo has it */
	assert_int_equal(r->sub, -1);
	assert_row(r, OL_ZONE_free_order15, 15);
	/* free, min, 2nd low, high, spanned, pcp, 3 heads, 2 protections, the cut pagesets */
	assert_int_equal(tick->src[OL_SRC_ZONEINFO].broken, 12);
	assert_int_equal(tick->src[OL_SRC_ZONEINFO].unknown, 2);
	assert_int_equal(tick->src[OL_SRC_BUDDYINFO].broken, 3);
	assert_int_equal(tick->src[OL_SRC_BUDDYINFO].unknown, 2);
}

static void slab_link(const char *name, const char *id)
{
	char path[256];

	snprintf(path, sizeof(path), "sys/kernel/slab/%s", name);
	assert_int_equal(symlink(id, root_path(path)), 0);
	snprintf(path, sizeof(path), "sys/kernel/slab/%s/aliases", id);
	root_put(path, "1\n");
}

static void test_slabs(void **state)
{
	struct ol_row *r;

	(void)state;
	root_put("proc/meminfo", "MemTotal: 7825612 kB\n");
	root_put("proc/zoneinfo", "Node 0, zone   Normal\n        managed  1956403\n");
	root_put("proc/slabinfo", SLABINFO_SLUB);
	slab_link("cred_jar", ":A-0000192");
	slab_link("nsproxy", ":A-0000192");
	slab_link("kmem!odd", ":A-0000192");
	slab_link("a b", ":A-0000192");
	slab_link("ext4_groupinfo_4k", ":a-0000136");
	slab_link("other", ":0000136");
	root_put("sys/kernel/slab/nfs_inode_cache/reclaim_account", "1\n");
	root_put("sys/kernel/slab/dentry/reclaim_account", "1"); /* cut: then the name says it */
	root_put("sys/kernel/slab/odd name 7/reclaim_account", "0\n");
	root_read();
	assert_int_equal(tick->src[OL_SRC_SLABSYS].rc, 0);
	assert_int_equal(tick->src[OL_SRC_SLABINFO].broken, 0);
	assert_int_equal(tick->page_kb, 4);
	assert_int_equal(tick->tab[OL_T_SLAB].n, 7);
	r = row_of(OL_T_SLAB, "nfs_inode_cache", 0);
	assert_row(r, OL_SLAB_active_objects, 1000);
	assert_row(r, OL_SLAB_objects, 1040);
	assert_row(r, OL_SLAB_object_bytes, 1032);
	assert_row(r, OL_SLAB_objects_per_slab, 31);
	assert_row(r, OL_SLAB_pages_per_slab, 8);
	assert_row(r, OL_SLAB_active_slabs, 34);
	assert_row(r, OL_SLAB_slabs, 35);
	assert_row(r, OL_SLAB_total_kb, 35 * 8 * 4);
	assert_row(r, OL_SLAB_reclaimable, 1);
	assert_row_absent(r, OL_SLAB_accounted); /* it is alone: nothing says it */
	assert_text(r, "");
	r = row_of(OL_T_SLAB, "cred_jar", 0);
	assert_text(r, "a\\040b kmem!odd nsproxy");
	assert_row(r, OL_SLAB_accounted, 1);
	assert_row(r, OL_SLAB_reclaimable, 0);
	r = row_of(OL_T_SLAB, "ext4_groupinfo_4k", 0);
	assert_text(r, "");
	assert_row(r, OL_SLAB_accounted, 0);
	assert_row(r, OL_SLAB_reclaimable, 1);
	r = row_of(OL_T_SLAB, "odd name 7", 0);
	assert_row(r, OL_SLAB_active_objects, 4);
	assert_row(r, OL_SLAB_slabs, 1);
	assert_row(r, OL_SLAB_reclaimable, 0);
	r = row_of(OL_T_SLAB, "dentry", 0);
	assert_row(r, OL_SLAB_reclaimable, 1);
	assert_row_absent(r, OL_SLAB_accounted);
	r = row_of(OL_T_SLAB, "kmalloc-cg-1k", 0);
	assert_row(r, OL_SLAB_accounted, 1);
	assert_row_absent(r, OL_SLAB_reclaimable);
	assert_row(row_of(OL_T_SLAB, "kmalloc-96", 0), OL_SLAB_reclaimable, 0);
}

static struct ol_row *slab_row(struct ol_slab_names *names, uint32_t line, const char *name)
{
	struct ol_row *r = ol_tick_add(tick, OL_T_SLAB, NULL);

	ol_slab_names_row(names, line, ol_span_str(name), tick, r);
	return r;
}

/* A cache that is new makes the directory worth reading again; flags that were known stay known. */
static void test_slabs_come(void **state)
{
	struct ol_slab_names *names = ol_slab_names_new();
	struct ol_src_status st = { 0 };
	struct ol_buf buf = { 0 };
	struct ol_root root;
	struct ol_err err;

	(void)state;
	assert_non_null(names);
	assert_int_equal(ol_root_open(&root, root_dir, &err), 0);
	slab_link("pid", ":A-0000128");
	root_put("sys/kernel/slab/xfs_buf/reclaim_account", "1\n");
	assert_int_equal(ol_slab_names_load(names, &root, "sys/kernel/slab", &buf, &st), 0);
	ol_slab_names_begin(names);
	assert_text(slab_row(names, 0, "pid"), "");
	assert_row(slab_row(names, 1, "xfs_buf"), OL_SLAB_reclaimable, 1);
	assert_false(ol_slab_names_stale(names));
	ol_slab_names_begin(names);
	assert_row_absent(slab_row(names, 0, "new"), OL_SLAB_reclaimable);
	assert_row(slab_row(names, 1, "pid"), OL_SLAB_accounted, 1);
	assert_true(ol_slab_names_stale(names));

	slab_link("alias", ":A-0000128");
	slab_link("new", ":0000064");
	assert_int_equal(unlink(root_path("sys/kernel/slab/xfs_buf/reclaim_account")), 0);
	assert_int_equal(ol_slab_names_load(names, &root, "sys/kernel/slab", &buf, &st), 0);
	assert_false(ol_slab_names_stale(names));
	ol_slab_names_begin(names);
	assert_row(slab_row(names, 0, "new"), OL_SLAB_reclaimable, 0);
	assert_text(slab_row(names, 1, "pid"), "alias");
	assert_row(slab_row(names, 2, "xfs_buf"), OL_SLAB_reclaimable, 1);
	assert_false(ol_slab_names_stale(names));
	ol_root_close(&root);
	ol_buf_done(&buf);
	ol_slab_names_free(names);
}

/* Before 4.5 no id says "accounted", which then does not mean "not accounted". */
static void test_slabs_old(void **state)
{
	struct ol_row *r;

	(void)state;
	root_put("proc/meminfo", "MemFree: 4096 kB\n");
	root_put("proc/vmstat", "nr_free_pages 65\n");
	root_put("proc/slabinfo", SLABINFO_SLAB);
	slab_link("radix_tree_node", ":at-0000560");
	root_read();
	assert_int_equal(tick->src[OL_SRC_SLABINFO].broken, 0);
	assert_int_equal(tick->page_kb, 64);
	r = row_of(OL_T_SLAB, "radix_tree_node", 0);
	assert_row(r, OL_SLAB_total_kb, 1860 * 64);
	assert_row(r, OL_SLAB_active_slabs, 1857);
	assert_row(r, OL_SLAB_reclaimable, 1);
	assert_row_absent(r, OL_SLAB_accounted);
	assert_row(row_of(OL_T_SLAB, "size-32", 0), OL_SLAB_reclaimable, 0);
}

/* RAM that meminfo announces and no zone has yet, most of it free: not a matter of the page size */
static void test_page_size(void **state)
{
	(void)state;
	root_put("proc/meminfo", "MemTotal: 24684084 kB\nMemFree: 22494596 kB\n");
	root_put("proc/vmstat", "nr_free_pages 1409044\n");
	root_put("proc/zoneinfo", "Node 0, zone   Normal\n        managed  1956403\n");
	root_read();
	assert_int_equal(tick->page_kb, 0);
	root_put("sys/devices/system/node/node0/meminfo", "Node 0 MemTotal: 7825612 kB\n");
	root_read();
	assert_int_equal(tick->page_kb, 4);
	root_put("sys/devices/system/node/node0/meminfo", "Node 0 MemTotal: 125209792 kB\n");
	root_read();
	assert_int_equal(tick->page_kb, 64);
	root_put("proc/zoneinfo", "Node 0, zone   Normal\n        managed  9223372036854775807\n"
				  "Node 0, zone   Movable\n        managed  1\n");
	root_read();
	assert_int_equal(tick->page_kb, 0);
}

#define SLAB_TAIL " : tunables 0 0 0 : slabdata "
static void test_slabs_broken(void **state)
{
	struct ol_row *r;

	(void)state;
	root_put("proc/slabinfo",
		 "slabinfo - version: 2.1\n" SLAB_HEAD "big 1 2 3 4 9223372036854775807" SLAB_TAIL
		 "1 9223372036854775807 0\n"
		 "huge 1 99999999999999999999 3 4 5" SLAB_TAIL "1 1 0\n"
		 "minus 1 -2 3 4 5" SLAB_TAIL "1 1 0\n"
		 "short 1 2 3 4" SLAB_TAIL "1 1 0\n"
		 " 1 2 3 4 5" SLAB_TAIL "1 1 0\n"
		 "1 2 3 4 5" SLAB_TAIL "1 1 0\n"
		 "notail 1 2 3 4 5\n"
		 "twice 1 2 3 4 5" SLAB_TAIL "1 1 0\n"
		 "twice 6 7 3 4 5" SLAB_TAIL "1 1 0\n"
		 "x : tunables 1 2 3 : slabdata 1 2 3 4 5" SLAB_TAIL "7 8 9\n"
		 "cut 1 2 3 4 5" SLAB_TAIL "1 1 0");
	root_read();
	assert_int_equal(tick->page_kb, 0);
	assert_int_equal(tick->src[OL_SRC_SLABINFO].broken, 7);
	assert_int_equal(tick->tab[OL_T_SLAB].n, 4);
	r = row_of(OL_T_SLAB, "big", 0);
	assert_row_absent(r, OL_SLAB_total_kb);
	assert_row_absent(r, OL_SLAB_reclaimable);
	assert_row(r, OL_SLAB_slabs, INT64_MAX);
	assert_int_equal(tick->src[OL_SRC_SLABSYS].rc, -ENOENT);
	/* two caches of one name are two caches */
	assert_non_null(ol_tick_find(tick, OL_T_SLAB, OL_SPAN("twice"), 0, 0));
	r = ol_tick_find(tick, OL_T_SLAB, OL_SPAN("twice"), 0, 1);
	assert_non_null(r);
	assert_row(r, OL_SLAB_active_objects, 6);
	r = row_of(OL_T_SLAB, "x : tunables 1 2 3 : slabdata", 0);
	assert_row(r, OL_SLAB_slabs, 8);
	root_put("proc/slabinfo", "slabinfo - version: 1.1 (SMP)\nx 1 2 3 4 5 6 : 1 2\n");
	root_read();
	assert_int_equal(tick->src[OL_SRC_SLABINFO].rc, -EBADMSG);
	assert_int_equal(tick->tab[OL_T_SLAB].n, 0);
}

static void test_swaps(void **state)
{
	struct ol_row *r;

	(void)state;
	root_put("proc/swaps",
		 SWAPS "/bad partition 1 -2 3\n/short file 7\n/dev/dm-1 partition 8 9 1\n");
	root_read();
	assert_int_equal(tick->src[OL_SRC_SWAPS].broken, 2);
	assert_int_equal(tick->tab[OL_T_SWAP].n, 4);
	r = ol_tick_find(tick, OL_T_SWAP, OL_SPAN("/dev/dm-1"), 0, 0);
	assert_non_null(r);
	assert_row(r, OL_SWAP_size_kb, 2097148);
	assert_row(r, OL_SWAP_used_kb, 1024);
	assert_row(r, OL_SWAP_priority, -2);
	assert_text(r, "partition");
	assert_non_null(ol_tick_find(tick, OL_T_SWAP, OL_SPAN("/dev/dm-1"), 0, 1));
	r = row_of(OL_T_SWAP, "/mnt/a b\\c\n", 0);
	assert_text(r, "file");
	assert_row(r, OL_SWAP_used_kb, 0);
	assert_row(row_of(OL_T_SWAP, "/old (deleted)", 0), OL_SWAP_size_kb, 4);
	root_put("proc/swaps", "Filename\t\t\t\tType\t\tSize\tUsed\tPriority\n");
	root_read();
	assert_int_equal(tick->src[OL_SRC_SWAPS].rc, 0);
	assert_int_equal(tick->tab[OL_T_SWAP].n, 0);
}

static void test_zram(void **state)
{
	struct ol_row *r;

	(void)state;
	root_put("sys/block/sda/size", "1\n");
	root_put("sys/block/zram0/disksize", "0\n");
	root_put("sys/block/zram0/mm_stat",
		 "       0        0        0        0        0        0        0\n");
	root_put("sys/block/zram0/comp_algorithm", "[lzo-rle] lzo lz4 \n");
	root_put("sys/block/zram10/disksize", "4294967296\n");
	root_put("sys/block/zram10/mm_stat", " 4096 74 12288 1048576 16384 0 0\n");
	root_put("sys/block/zram10/comp_algorithm", "lzo lzo-rle lz4 [zstd]\n");
	/* before 4.1: a file for each number */
	root_put("sys/block/zram2/disksize", "1024\n");
	root_put("sys/block/zram2/orig_data_size", "11\n");
	root_put("sys/block/zram2/compr_data_size", "12\n");
	root_put("sys/block/zram2/mem_used_total", "13\n");
	root_put("sys/block/zram3/disksize", "-7\n");
	root_put("sys/block/zram3/mm_stat", "1 2 3 4\n");
	root_put("sys/block/zram3/comp_algorithm", "]x[\n");
	root_put("sys/block/zram04/disksize", "1024\n");
	root_read();
	assert_int_equal(tick->src[OL_SRC_ZRAM].rc, 0);
	assert_int_equal(tick->src[OL_SRC_ZRAM].broken, 2);
	assert_int_equal(tick->tab[OL_T_ZRAM].n, 4);
	r = row_of(OL_T_ZRAM, "zram0", 0);
	assert_text(r, "lzo-rle");
	assert_row(r, OL_ZRAM_disk_bytes, 0);
	assert_row(r, OL_ZRAM_used_bytes, 0);
	assert_row(r, OL_ZRAM_limit_bytes, OL_UNLIMITED);
	r = row_of(OL_T_ZRAM, "zram10", 10);
	assert_text(r, "zstd");
	assert_row(r, OL_ZRAM_disk_bytes, 4294967296);
	assert_row(r, OL_ZRAM_original_bytes, 4096);
	assert_row(r, OL_ZRAM_compressed_bytes, 74);
	assert_row(r, OL_ZRAM_used_bytes, 12288);
	assert_row(r, OL_ZRAM_limit_bytes, 1048576);
	assert_row(r, OL_ZRAM_peak_bytes, 16384);
	r = row_of(OL_T_ZRAM, "zram2", 2);
	assert_text(r, "");
	assert_row(r, OL_ZRAM_original_bytes, 11);
	assert_row(r, OL_ZRAM_used_bytes, 13);
	assert_row_absent(r, OL_ZRAM_limit_bytes);
	assert_row_absent(r, OL_ZRAM_peak_bytes);
	r = row_of(OL_T_ZRAM, "zram3", 3);
	assert_row_absent(r, OL_ZRAM_disk_bytes);
	assert_row_absent(r, OL_ZRAM_original_bytes);
	assert_text(r, "");
}

static void test_nodes(void **state)
{
	struct ol_row *r;

	(void)state;
	root_put("sys/devices/system/node/online", "0,2\n");
	root_put("sys/devices/system/node/node0/meminfo",
		 "Node 0 MemTotal:        7825612 kB\nNode 0 MemFree:               0 kB\n"
		 "Node 0 Active(anon):       -4 kB\nNode 0 MemFree:       7 kB\n"
		 "Node 0 FilePages:        12 kB\nNode 0 HugePages_Total:     3\n");
	root_put("sys/devices/system/node/node2/meminfo", "Node 2 MemTotal:    44 kB\n");
	root_put("sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages", "3\n");
	root_put("sys/devices/system/node/node0/hugepages/hugepages-2048kB/free_hugepages", "0\n");
	root_put("sys/devices/system/node/node0/hugepages/hugepages-2048kB/surplus_hugepages",
		 "x\n");
	root_put("sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "5\n");
	root_put("sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "4\n");
	root_put("sys/kernel/mm/hugepages/hugepages-2048kB/resv_hugepages", "2\n");
	root_put("sys/kernel/mm/hugepages/hugepages-2048kB/surplus_hugepages", "0\n");
	root_put("sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages", "max\n");
	root_put("sys/kernel/mm/hugepages/hugepages-/nr_hugepages", "9\n");
	root_read();
	assert_int_equal(tick->src[OL_SRC_NODES].rc, 0);
	assert_int_equal(tick->src[OL_SRC_NODES].broken, 2);
	assert_int_equal(tick->tab[OL_T_NODE].n, 2);
	r = row_of(OL_T_NODE, "", 0);
	assert_row(r, OL_NODE_mem_total_kb, 7825612);
	assert_row(r, OL_NODE_mem_free_kb, 0);
	assert_row(r, OL_NODE_file_pages_kb, 12);
	assert_row_absent(r, OL_NODE_active_anon_kb);
	assert_row_absent(r, OL_NODE_shmem_kb);
	assert_row(row_of(OL_T_NODE, "", 2), OL_NODE_mem_total_kb, 44);

	assert_int_equal(tick->src[OL_SRC_HUGEPAGES].rc, 0);
	assert_int_equal(tick->src[OL_SRC_HUGEPAGES].broken, 2);
	assert_int_equal(tick->tab[OL_T_HUGE].n, 3);
	r = ol_tick_find(tick, OL_T_HUGE, OL_SPAN(""), -1, 2048);
	assert_non_null(r);
	assert_row(r, OL_HUGE_total, 5);
	assert_row(r, OL_HUGE_free, 4);
	assert_row(r, OL_HUGE_reserved, 2);
	assert_row(r, OL_HUGE_surplus, 0);
	r = ol_tick_find(tick, OL_T_HUGE, OL_SPAN(""), 0, 2048);
	assert_non_null(r);
	assert_row(r, OL_HUGE_total, 3);
	assert_row(r, OL_HUGE_free, 0);
	assert_row_absent(r, OL_HUGE_reserved);
	assert_row_absent(r, OL_HUGE_surplus);
	r = ol_tick_find(tick, OL_T_HUGE, OL_SPAN(""), -1, 1048576);
	assert_non_null(r);
	assert_row_absent(r, OL_HUGE_total);
}

static void test_dentries(void **state)
{
	static const struct {
		const char *release, *text;
		int negative; /* -1: absent */
	} cases[] = {
		{ "6.12.9-amd64\n", "206144\t204555\t45\t0\t76487\t0\n", 76487 },
		{ "5.0.0\n", "206144\t204555\t45\t0\t0\t0\n", 0 },
		{ "4.19.0-27-amd64\n", "206144\t204555\t45\t0\t0\t0\n", -1 },
		/* backported */
		{ "4.18.0-553.el8.x86_64\n", "206144\t204555\t45\t0\t12\t0\n", 12 },
		{ "2.6.32-754.el6.x86_64\n", "206144\t204555\t45\t0\t0\t0\n", -1 },
		{ "nonsense\n", "206144\t204555\t45\t0\t0\t0\n", -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		root_put("proc/sys/kernel/osrelease", cases[i].release);
		root_put("proc/sys/fs/dentry-state", cases[i].text);
		root_read();
		assert_metric(OL_M_dentries, 206144);
		assert_metric(OL_M_dentries_unused, 204555);
		assert_int_equal(ol_has(tick, OL_M_dentries_negative), cases[i].negative >= 0);
		if (cases[i].negative >= 0)
			assert_metric(OL_M_dentries_negative, cases[i].negative);
	}
	root_put("proc/sys/fs/dentry-state", "206144\t-204555\t45\t0\t0\t0\n");
	root_put("proc/sys/fs/inode-nr", "129481\t0\n");
	root_read();
	assert_int_equal(tick->src[OL_SRC_DENTRY].broken, 1);
	assert_false(ol_has(tick, OL_M_dentries));
	assert_metric(OL_M_inodes, 129481);
	assert_metric(OL_M_inodes_unused, 0);
}

static void test_stat(void **state)
{
	(void)state;
	root_put("proc/stat", STAT);
	root_put("proc/net/sockstat", SOCKSTAT);
	root_put("proc/spl/kstat/zfs/arcstats", ARCSTATS);
	root_put("proc/sys/vm/swappiness", "0\n");
	root_put("proc/sys/vm/min_free_kbytes", "67584\n");
	root_put("proc/sys/vm/panic_on_oom", "2"); /* cut */
	root_put("proc/sys/vm/overcommit_memory", "99999999999999999999\n");
	root_read();
	assert_int_equal(tick->src[OL_SRC_STAT].broken, 0);
	assert_metric(OL_M_cpu_user_ticks, 1234);
	assert_metric(OL_M_cpu_steal_ticks, 8);
	assert_metric(OL_M_forks, 26442);
	assert_metric(OL_M_procs_running, 3);
	assert_metric(OL_M_procs_blocked, 0);
	assert_int_equal(tick->src[OL_SRC_SOCKSTAT].broken, 0);
	assert_metric(OL_M_tcp_pages, 77);
	assert_metric(OL_M_udp_pages, 0);
	assert_int_equal(tick->src[OL_SRC_ARC].broken, 0);
	assert_metric(OL_M_arc_size_bytes, 7999999999);
	assert_metric(OL_M_arc_target_bytes, 8000000000);
	assert_metric(OL_M_arc_min_bytes, 1000000000);
	assert_metric(OL_M_arc_max_bytes, 16000000000);
	assert_int_equal(tick->src[OL_SRC_SYSVM].rc, 0);
	assert_int_equal(tick->src[OL_SRC_SYSVM].broken, 2);
	assert_metric(OL_M_swappiness, 0);
	assert_metric(OL_M_min_free_kbytes_kb, 67584);
	assert_false(ol_has(tick, OL_M_panic_on_oom));
	assert_false(ol_has(tick, OL_M_overcommit_memory));
	assert_false(ol_has(tick, OL_M_vfs_cache_pressure));
}

static void test_stat_broken(void **state)
{
	(void)state;
	/* four numbers on a very old kernel; a second cpu line; a negative number */
	root_put("proc/stat", "cpu  1 2 3 -4\ncpu  9 9 9 9\nprocs_running 1\nprocs_running 2\n"
			      "procs_blocked 99999999999999999999\nprocesses x\n");
	root_put("proc/net/sockstat",
		 "TCP: inuse 11 mem -1\nUDP: inuse 4\nUDP: mem 3\nUDP: mem 4\n");
	root_put("proc/spl/kstat/zfs/arcstats", "12 1\nname type data\nsize 7 5\nc 4 -1\n"
						"c_min 4 1 2\nc_max 4 8\nc_max 4 9\n");
	root_read();
	assert_metric(OL_M_cpu_system_ticks, 3);
	assert_false(ol_has(tick, OL_M_cpu_idle_ticks));
	assert_false(ol_has(tick, OL_M_cpu_iowait_ticks));
	assert_metric(OL_M_procs_running, 1);
	assert_false(ol_has(tick, OL_M_procs_blocked));
	assert_false(ol_has(tick, OL_M_forks));
	assert_int_equal(tick->src[OL_SRC_STAT].broken, 5);
	assert_false(ol_has(tick, OL_M_tcp_pages));
	assert_metric(OL_M_udp_pages, 3);
	assert_int_equal(tick->src[OL_SRC_SOCKSTAT].broken, 2);
	assert_metric(OL_M_arc_max_bytes, 8);
	assert_false(ol_has(tick, OL_M_arc_size_bytes));
	assert_false(ol_has(tick, OL_M_arc_target_bytes));
	assert_false(ol_has(tick, OL_M_arc_min_bytes));
	assert_int_equal(tick->src[OL_SRC_ARC].broken, 4);
	root_put("proc/spl/kstat/zfs/arcstats", "something else\nentirely\n");
	root_read();
	assert_int_equal(tick->src[OL_SRC_ARC].rc, -EBADMSG);
}

static const enum ol_src ours[] = {
	OL_SRC_ZONEINFO, OL_SRC_BUDDYINFO, OL_SRC_SLABINFO,  OL_SRC_SLABSYS, OL_SRC_SWAPS,
	OL_SRC_ZRAM,     OL_SRC_NODES,     OL_SRC_HUGEPAGES, OL_SRC_DENTRY,  OL_SRC_INODE,
	OL_SRC_STAT,     OL_SRC_ARC,       OL_SRC_SOCKSTAT,  OL_SRC_SYSVM,
};

/* Nothing there; then something in each place that cannot be read: a link to itself. */
static void test_missing(void **state)
{
	(void)state;
	root_read();
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		if (tick->src[ours[i]].rc != -ENOENT)
			fail_msg("%s: %d", ol_sources[ours[i]].name, tick->src[ours[i]].rc);
		assert_int_equal(tick->src[ours[i]].broken, 0);
	}
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		const char *p = root_path(ol_sources[ours[i]].file);

		assert_int_equal(symlink(strrchr(p, '/') + 1, p), 0);
	}
	root_read();
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (tick->src[ours[i]].rc != -ELOOP)
			fail_msg("%s: %d", ol_sources[ours[i]].name, tick->src[ours[i]].rc);
	for (int m = 0; m < OL_M_MAX; m++)
		assert_false(ol_has(tick, m));
	for (int k = 0; k < OL_T_MAX; k++)
		assert_int_equal(tick->tab[k].n, 0);
}

/* Directories where files are expected. */
static void test_directories(void **state)
{
	char path[256];

	(void)state;
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		snprintf(path, sizeof(path), "%s/x", ol_sources[ours[i]].file);
		root_put(path, "1\n");
	}
	root_put("sys/block/zram0/disksize/x", "1\n");
	root_put("sys/block/zram0/mm_stat/x", "1\n");
	root_put("sys/devices/system/node/node0/meminfo/x", "1\n");
	root_put("sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages/x", "1\n");
	root_put("proc/sys/vm/swappiness/x", "1\n");
	root_read();
	assert_int_equal(tick->src[OL_SRC_ZONEINFO].rc, -EISDIR);
	assert_int_equal(tick->src[OL_SRC_SLABINFO].rc, -EISDIR);
	assert_int_equal(tick->src[OL_SRC_STAT].rc, -EISDIR);
	assert_int_equal(tick->src[OL_SRC_SYSVM].rc, -EISDIR);
	assert_int_equal(tick->tab[OL_T_NODE].n, 0);
	assert_row_absent(row_of(OL_T_ZRAM, "zram0", 0), OL_ZRAM_disk_bytes);
	assert_row_absent(row_of(OL_T_HUGE, "", -1), OL_HUGE_total);
	for (int m = 0; m < OL_M_MAX; m++)
		assert_false(ol_has(tick, m));
}

#define T(f) cmocka_unit_test_setup_teardown(f, root_setup, root_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_zones_old),   T(test_zones_gaps),   T(test_zones_highmem),
		T(test_zones_new),   T(test_zones_broken), T(test_slabs),
		T(test_slabs_old),   T(test_slabs_broken), T(test_page_size),
		T(test_slabs_come),  T(test_swaps),        T(test_zram),
		T(test_nodes),       T(test_dentries),     T(test_stat),
		T(test_stat_broken), T(test_missing),      T(test_directories),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
