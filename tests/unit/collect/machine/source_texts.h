/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_TESTS_SOURCE_TEXTS_H
#define OL_TESTS_SOURCE_TEXTS_H

/* Files of /proc in the formats of several kernels; the numbers are made up. */

/* x86-64 with less than 4 GiB: all zones in front of Movable have pages, Movable is not printed */
#define ZONEINFO_2_6_32                               \
	"Node 0, zone      DMA\n"                     \
	"  pages free     3933\n"                     \
	"        min      83\n"                       \
	"        low      103\n"                      \
	"        high     124\n"                      \
	"        scanned  0\n"                        \
	"        spanned  4095\n"                     \
	"        present  3820\n"                     \
	"    nr_free_pages 3933\n"                    \
	"    nr_inactive_anon 0\n"                    \
	"    nr_active_anon 0\n"                      \
	"    nr_inactive_file 0\n"                    \
	"    nr_active_file 0\n"                      \
	"    nr_unevictable 0\n"                      \
	"    nr_mlock     0\n"                        \
	"        protection: (0, 2991, 2991, 2991)\n" \
	"  pagesets\n"                                \
	"    cpu: 0\n"                                \
	"              count: 0\n"                    \
	"              high:  0\n"                    \
	"              batch: 1\n"                    \
	"  vm stats threshold: 6\n"                   \
	"  all_unreclaimable: 1\n"                    \
	"  prev_priority:     12\n"                   \
	"  start_pfn:         1\n"                    \
	"  inactive_ratio:    1\n"                    \
	"Node 0, zone    DMA32\n"                     \
	"  pages free     123456\n"                   \
	"        min      16677\n"                    \
	"        low      20846\n"                    \
	"        high     25015\n"                    \
	"        scanned  0 (a: 19 i: 20)\n"          \
	"        spanned  1044480\n"                  \
	"        present  765765\n"                   \
	"    nr_free_pages 123456\n"                  \
	"    nr_inactive_anon 1001\n"                 \
	"    nr_active_anon 1002\n"                   \
	"    nr_inactive_file 1003\n"                 \
	"    nr_active_file 1004\n"                   \
	"    nr_unevictable 1005\n"                   \
	"    nr_mlock     9\n"                        \
	"        protection: (0, 0, 0, 0)\n"          \
	"  pagesets\n"                                \
	"    cpu: 0\n"                                \
	"              count: 165\n"                  \
	"              high:  186\n"                  \
	"              batch: 31\n"                   \
	"  vm stats threshold: 30\n"                  \
	"    cpu: 1\n"                                \
	"              count: 40\n"                   \
	"              high:  186\n"                  \
	"              batch: 31\n"                   \
	"  vm stats threshold: 30\n"                  \
	"  all_unreclaimable: 0\n"                    \
	"  prev_priority:     12\n"                   \
	"  start_pfn:         4096\n"                 \
	"  inactive_ratio:    5\n"

/* Two nodes before 4.12: the second has Normal only, which is the third of four zone types */
#define ZONEINFO_4_9                                    \
	"Node 0, zone      DMA\n"                       \
	"  per-node stats\n"                            \
	"      nr_inactive_anon 777001\n"               \
	"      nr_active_anon 777002\n"                 \
	"      nr_unevictable 777003\n"                 \
	"  pages free     3970\n"                       \
	"        min      16\n"                         \
	"        low      20\n"                         \
	"        high     24\n"                         \
	"   node_scanned  0\n"                          \
	"        spanned  4095\n"                       \
	"        present  3997\n"                       \
	"        managed  3976\n"                       \
	"      nr_free_pages 3970\n"                    \
	"      nr_zone_inactive_anon 0\n"               \
	"      nr_zone_active_anon 0\n"                 \
	"      nr_zone_write_pending 0\n"               \
	"      nr_free_cma  0\n"                        \
	"        protection: (0, 3000, 32000, 32000)\n" \
	"  pagesets\n"                                  \
	"    cpu: 0\n"                                  \
	"              count: 0\n"                      \
	"              high:  0\n"                      \
	"              batch: 1\n"                      \
	"  vm stats threshold: 8\n"                     \
	"  node_unreclaimable:  0\n"                    \
	"  start_pfn:           1\n"                    \
	"  node_inactive_ratio: 0\n"                    \
	"Node 0, zone   Normal\n"                       \
	"  pages free     45\n"                         \
	"        min      160\n"                        \
	"        low      200\n"                        \
	"        high     240\n"                        \
	"        managed  4000\n"                       \
	"      nr_zone_active_anon 11\n"                \
	"        protection: (0, 0, 0, 0)\n"            \
	"  pagesets\n"                                  \
	"    cpu: 0\n"                                  \
	"              count: 7\n"                      \
	"              high:  186\n"                    \
	"              batch: 31\n"                     \
	"  vm stats threshold: 8\n"                     \
	"  node_unreclaimable:  0\n"                    \
	"  start_pfn:           1048576\n"              \
	"Node 1, zone   Normal\n"                       \
	"  per-node stats\n"                            \
	"      nr_active_anon 888002\n"                 \
	"  pages free     5500\n"                       \
	"        min      170\n"                        \
	"        low      210\n"                        \
	"        high     250\n"                        \
	"        managed  6000\n"                       \
	"      nr_zone_active_anon 22\n"                \
	"        protection: (0, 0, 0, 0)\n"            \
	"  pagesets\n"                                  \
	"    cpu: 0\n"                                  \
	"              count: 0\n"                      \
	"              high:  186\n"                    \
	"              batch: 31\n"                     \
	"  vm stats threshold: 8\n"                     \
	"  node_unreclaimable:  0\n"                    \
	"  start_pfn:           2097152\n"

/* 32 bits: no DMA32, HighMem is the third type; every zone is printed */
#define ZONEINFO_5_10_HIGHMEM                        \
	"Node 0, zone      DMA\n"                    \
	"  per-node stats\n"                         \
	"      nr_inactive_anon 777001\n"            \
	"      nr_foll_pin_acquired 0\n"             \
	"  pages free     1234\n"                    \
	"        min      69\n"                      \
	"        low      86\n"                      \
	"        high     103\n"                     \
	"        spanned  4095\n"                    \
	"        present  3998\n"                    \
	"        managed  3976\n"                    \
	"        protection: (0, 810, 3000, 3000)\n" \
	"      nr_free_pages 1234\n"                 \
	"      nr_zone_inactive_anon 1\n"            \
	"      nr_zone_active_anon 2\n"              \
	"      nr_zone_inactive_file 3\n"            \
	"      nr_zone_active_file 4\n"              \
	"      nr_zone_unevictable 5\n"              \
	"      nr_zone_write_pending 6\n"            \
	"      nr_mlock     0\n"                     \
	"      nr_free_cma  0\n"                     \
	"  pagesets\n"                               \
	"    cpu: 0\n"                               \
	"              count: 0\n"                   \
	"              high:  0\n"                   \
	"              batch: 1\n"                   \
	"  vm stats threshold: 2\n"                  \
	"  node_unreclaimable:  0\n"                 \
	"  start_pfn:           1\n"                 \
	"Node 0, zone   Normal\n"                    \
	"  pages free     50000\n"                   \
	"        min      3659\n"                    \
	"        low      4573\n"                    \
	"        high     5487\n"                    \
	"        managed  212992\n"                  \
	"        protection: (0, 0, 17520, 17520)\n" \
	"      nr_free_pages 50000\n"                \
	"  pagesets\n"                               \
	"    cpu: 0\n"                               \
	"              count: 55\n"                  \
	"              high:  90\n"                  \
	"              batch: 15\n"                  \
	"  vm stats threshold: 10\n"                 \
	"  node_unreclaimable:  0\n"                 \
	"  start_pfn:           4096\n"              \
	"Node 0, zone  HighMem\n"                    \
	"  pages free     600\n"                     \
	"        min      128\n"                     \
	"        low      2535\n"                    \
	"        high     4942\n"                    \
	"        managed  560640\n"                  \
	"        protection: (0, 0, 0, 0)\n"         \
	"      nr_free_pages 600\n"                  \
	"  pagesets\n"                               \
	"    cpu: 0\n"                               \
	"              count: 31\n"                  \
	"              high:  186\n"                 \
	"              batch: 31\n"                  \
	"  vm stats threshold: 14\n"                 \
	"  node_unreclaimable:  0\n"                 \
	"  start_pfn:           223230\n"            \
	"Node 0, zone  Movable\n"                    \
	"  pages free     0\n"                       \
	"        min      0\n"                       \
	"        low      0\n"                       \
	"        high     0\n"                       \
	"        spanned  0\n"                       \
	"        present  0\n"                       \
	"        managed  0\n"                       \
	"        protection: (0, 0, 0, 0)\n"

#define ZONE_EMPTY(node, name)           \
	"Node " node ", zone " name "\n" \
	"  pages free     0\n"           \
	"        boost    0\n"           \
	"        min      32\n"          \
	"        low      32\n"          \
	"        high     32\n"          \
	"        promo    32\n"          \
	"        spanned  0\n"           \
	"        present  0\n"           \
	"        managed  0\n"           \
	"        cma      0\n"           \
	"        protection: (0, 0, 0, 0, 0)\n"

/* Two nodes; the second has no DMA and no DMA32 */
#define ZONEINFO_6_12                                                                              \
	"Node 0, zone      DMA\n"                                                                  \
	"  per-node stats\n"                                                                       \
	"      nr_inactive_anon 777001\n"                                                          \
	"      nr_free_cma  777002\n"                                                              \
	"      workingset_nodes 59592\n"                                                           \
	"  pages free     3840\n"                                                                  \
	"        boost    0\n"                                                                     \
	"        min      33\n"                                                                    \
	"        low      41\n"                                                                    \
	"        high     49\n"                                                                    \
	"        promo    57\n"                                                                    \
	"        spanned  4095\n"                                                                  \
	"        present  3998\n"                                                                  \
	"        managed  3840\n"                                                                  \
	"        cma      0\n"                                                                     \
	"        protection: (0, 3019, 7627, 7628, 7629)\n"                                        \
	"      nr_free_pages 3840\n"                                                               \
	"      nr_zone_inactive_anon 0\n"                                                          \
	"      numa_hit     1\n"                                                                   \
	"  pagesets\n"                                                                             \
	"    cpu: 0\n"                                                                             \
	"              count:    0\n"                                                              \
	"              high:     0\n"                                                              \
	"              batch:    1\n"                                                              \
	"              high_min: 20\n"                                                             \
	"              high_max: 240\n"                                                            \
	"  vm stats threshold: 4\n"                                                                \
	"  node_unreclaimable:  0\n"                                                               \
	"  start_pfn:           1\n"                                                               \
	"  reserved_highatomic: 0\n"                                                               \
	"  free_highatomic:     0\n"                                                               \
	"Node 0, zone    DMA32\n"                                                                  \
	"  pages free     700000\n"                                                                \
	"        boost    2048\n"                                                                  \
	"        min      6675\n"                                                                  \
	"        low      8343\n"                                                                  \
	"        high     10011\n"                                                                 \
	"        promo    11679\n"                                                                 \
	"        spanned  1044480\n"                                                               \
	"        present  782336\n"                                                                \
	"        managed  772915\n"                                                                \
	"        cma      16384\n"                                                                 \
	"        protection: (0, 0, 4608, 4608, 4608)\n"                                           \
	"      nr_free_pages 700000\n"                                                             \
	"      nr_zone_inactive_anon 21\n"                                                         \
	"      nr_zone_active_anon 22\n"                                                           \
	"      nr_zone_inactive_file 23\n"                                                         \
	"      nr_zone_active_file 24\n"                                                           \
	"      nr_zone_unevictable 25\n"                                                           \
	"      nr_zone_write_pending 26\n"                                                         \
	"      nr_free_cma  9000\n"                                                                \
	"      numa_hit     123456789\n"                                                           \
	"  pagesets\n"                                                                             \
	"    cpu: 0\n"                                                                             \
	"              count:    100\n"                                                            \
	"              high:     186\n"                                                            \
	"              batch:    63\n"                                                             \
	"              high_min: 186\n"                                                            \
	"              high_max: 8000\n"                                                           \
	"  vm stats threshold: 40\n"                                                               \
	"    cpu: 1\n"                                                                             \
	"              count:    23\n"                                                             \
	"              high:     186\n"                                                            \
	"              batch:    63\n"                                                             \
	"              high_min: 186\n"                                                            \
	"              high_max: 8000\n"                                                           \
	"  vm stats threshold: 40\n"                                                               \
	"  node_unreclaimable:  0\n"                                                               \
	"  start_pfn:           4096\n"                                                            \
	"  reserved_highatomic: 512\n"                                                             \
	"  free_highatomic:     17\n" ZONE_EMPTY("0", "  Normal") ZONE_EMPTY("0", " Movable")      \
		ZONE_EMPTY("0", "  Device") ZONE_EMPTY("1", "     DMA")                            \
			ZONE_EMPTY("1", "   DMA32") "Node 1, zone   Normal\n"                      \
						    "  per-node stats\n"                           \
						    "      nr_inactive_anon 888001\n"              \
						    "  pages free     44\n"                        \
						    "        boost    0\n"                         \
						    "        min      55\n"                        \
						    "        low      66\n"                        \
						    "        high     77\n"                        \
						    "        promo    88\n"                        \
						    "        spanned  1000\n"                      \
						    "        present  990\n"                       \
						    "        managed  980\n"                       \
						    "        cma      0\n"                         \
						    "        protection: (0, 0, 0, 0, 0)\n"        \
						    "      nr_free_pages 44\n"                     \
						    "  pagesets\n"                                 \
						    "    cpu: 0\n"                                 \
						    "              count:    5\n"                  \
						    "  vm stats threshold: 40\n"                   \
						    "    cpu: 1\n"                                 \
						    "              count:    6\n"                  \
						    "  vm stats threshold: 40\n"                   \
						    "  node_unreclaimable:  3\n"                   \
						    "  start_pfn:           8388608\n" ZONE_EMPTY( \
							    "1", " Movable")                       \
							    ZONE_EMPTY("1", "  Device")

#define BUDDYINFO_6_12                                                                          \
	"Node 0, zone      DMA      0      0      0      0      0      0      0      0      1 " \
	"     1      3 \n"                                                                      \
	"Node 0, zone    DMA32      1      2      4      2      5      4      3      3      4 " \
	"     2    752 \n"                                                                      \
	"Node 1, zone   Normal     44      0      0      0      0      0      0      0      0 " \
	"     0      0 \n"

#define SLAB_HEAD                                                                             \
	"# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : " \
	"tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> " \
	"<sharedavail>\n"

#define SLABINFO_SLUB                                                                              \
	"slabinfo - version: 2.1\n" SLAB_HEAD                                                      \
	"ext4_groupinfo_4k     90     90    136   30    1 : tunables    0    0    0 : slabdata   " \
	"   3      3      0\n"                                                                     \
	"nfs_inode_cache   1000   1040   1032   31    8 : tunables    0    0    0 : slabdata     " \
	"34     35      0\n"                                                                       \
	"odd name 7             4     16    256   16    1 : tunables    0    0    0 : slabdata   " \
	"   1      1      0\n"                                                                     \
	"cred_jar            2100   2100    192   21    1 : tunables    0    0    0 : slabdata   " \
	" 100    100      0\n"                                                                     \
	"dentry            269000 273000    192   21    1 : tunables    0    0    0 : slabdata  "  \
	"12999  13000      0\n"                                                                    \
	"kmalloc-cg-1k        416    416   1024   16    4 : tunables    0    0    0 : slabdata   " \
	"  26     26      0\n"                                                                     \
	"kmalloc-96          2142   2142     96   42    1 : tunables    0    0    0 : slabdata   " \
	"  51     51      0\n"

#define SLABINFO_SLAB                                                                              \
	"slabinfo - version: 2.1 (statistics)\n"                                                   \
	"# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : "      \
	"tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> "      \
	"<sharedavail> : globalstat <listallocs> <maxobjs> <grown> <reaped> <error> "              \
	"<maxfreeable> <nodeallocs> <remotefrees> <alienoverflow> : "                              \
	"cpustat <allochit> <allocmiss> <freehit> <freemiss>\n"                                    \
	"radix_tree_node    13000  13020    560    7    1 : tunables   54   27    8 : slabdata   " \
	"1857   1860      2 : globalstat   13001  13020  1860    0    0    4    0    0    0 : "    \
	"cpustat  11111   1900     10      1\n"                                                    \
	"size-32              800    904     32  113    1 : tunables  120   60    8 : slabdata   " \
	"   8      8      0 : globalstat       1      2     3    0    0    4    0    0    0 : "    \
	"cpustat      1      2      3      4\n"

#define SWAPS                                                                        \
	"Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"                         \
	"/dev/dm-1                               partition\t2097148\t\t1024\t\t-2\n" \
	"/mnt/a\\040b\\134c\\012                      file\t\t8388604\t\t0\t\t10\n"  \
	"/old\\040(deleted)                      file\t\t4\t\t4\t\t-3\n"

#define STAT                                                                   \
	"cpu  1234 5 678 90123 4 6 7 8 9 10\n"                                 \
	"cpu0 1234 5 678 90123 4 6 7 8 9 10\n"                                 \
	"intr 8688370303 38 9 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n" \
	"ctxt 123456789\n"                                                     \
	"btime 1700000000\n"                                                   \
	"processes 26442\n"                                                    \
	"procs_running 3\n"                                                    \
	"procs_blocked 0\n"                                                    \
	"softirq 229245889 94 60001584 13619 5175704 2471304 28 51212741 59130143 0 51240672\n"

#define SOCKSTAT                                        \
	"sockets: used 290\n"                           \
	"TCP: inuse 11 orphan 1 tw 2 alloc 15 mem 77\n" \
	"UDP: inuse 4 mem 0\n"                          \
	"UDPLITE: inuse 0\n"                            \
	"RAW: inuse 0\n"                                \
	"FRAG: inuse 0 memory 12\n"

#define ARCSTATS                                             \
	"12 1 0x01 98 26656 5123456789 123456789012\n"       \
	"name                            type data\n"        \
	"hits                            4    1234567\n"     \
	"demand_data_hits                4    12\n"          \
	"c                               4    8000000000\n"  \
	"c_min                           4    1000000000\n"  \
	"c_max                           4    16000000000\n" \
	"size                            4    7999999999\n"  \
	"compressed_size                 4    5000000000\n"  \
	"arc_no_grow                     4    0\n"           \
	"arc_loaned_bytes                4    18446744073709551615\n"

#endif
