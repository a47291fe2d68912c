// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/dump_impl.h"

/*
 * What kind of work asked for the memory, from the functions on the stack. The frames nearest to
 * the allocator come first in a trace, so the first function that says anything decides; "page
 * fault" and "system call" say least and only count when nothing nearer did.
 */

static const struct {
	struct ol_span prefix;
	enum ol_frame_class class;
	bool weak;
} functions[] = {
	{ OL_SPAN_INIT("moom_callback"), OL_FC_SYSRQ, false },
	{ OL_SPAN_INIT("sysrq_handle_moom"), OL_FC_SYSRQ, false },
	{ OL_SPAN_INIT("__handle_sysrq"), OL_FC_SYSRQ, false },

	{ OL_SPAN_INIT("pte_alloc"), OL_FC_PAGE_TABLE, false },
	{ OL_SPAN_INIT("__pte_alloc"), OL_FC_PAGE_TABLE, false },
	{ OL_SPAN_INIT("__pmd_alloc"), OL_FC_PAGE_TABLE, false },
	{ OL_SPAN_INIT("__pud_alloc"), OL_FC_PAGE_TABLE, false },
	{ OL_SPAN_INIT("pgd_alloc"), OL_FC_PAGE_TABLE, false },
	{ OL_SPAN_INIT("crst_table_alloc"), OL_FC_PAGE_TABLE, false },

	{ OL_SPAN_INIT("copy_process"), OL_FC_FORK, false },
	{ OL_SPAN_INIT("dup_task_struct"), OL_FC_FORK, false },
	{ OL_SPAN_INIT("alloc_thread_stack"), OL_FC_FORK, false },
	{ OL_SPAN_INIT("copy_mm"), OL_FC_FORK, false },
	{ OL_SPAN_INIT("dup_mm"), OL_FC_FORK, false },
	{ OL_SPAN_INIT("do_fork"), OL_FC_FORK, false },
	{ OL_SPAN_INIT("_do_fork"), OL_FC_FORK, false },
	{ OL_SPAN_INIT("kernel_clone"), OL_FC_FORK, false },

	{ OL_SPAN_INIT("alloc_skb"), OL_FC_SOCKET, false },
	{ OL_SPAN_INIT("__alloc_skb"), OL_FC_SOCKET, false },
	{ OL_SPAN_INIT("sock_alloc_send"), OL_FC_SOCKET, false },
	{ OL_SPAN_INIT("sk_page_frag_refill"), OL_FC_SOCKET, false },
	{ OL_SPAN_INIT("skb_page_frag_refill"), OL_FC_SOCKET, false },
	{ OL_SPAN_INIT("__netdev_alloc"), OL_FC_SOCKET, false },
	{ OL_SPAN_INIT("__napi_alloc"), OL_FC_SOCKET, false },
	{ OL_SPAN_INIT("page_frag_alloc"), OL_FC_SOCKET, false },
	{ OL_SPAN_INIT("tcp_sendmsg"), OL_FC_SOCKET, false },
	{ OL_SPAN_INIT("packet_set_ring"), OL_FC_SOCKET, false },

	{ OL_SPAN_INIT("pipe_write"), OL_FC_PIPE, false },
	{ OL_SPAN_INIT("anon_pipe_write"), OL_FC_PIPE, false },
	{ OL_SPAN_INIT("alloc_pipe_info"), OL_FC_PIPE, false },

	{ OL_SPAN_INIT("hugetlb"), OL_FC_HUGE_PAGE, false },
	{ OL_SPAN_INIT("alloc_huge_page"), OL_FC_HUGE_PAGE, false },
	{ OL_SPAN_INIT("do_huge_pmd"), OL_FC_HUGE_PAGE, false },
	{ OL_SPAN_INIT("__do_huge_pmd"), OL_FC_HUGE_PAGE, false },
	{ OL_SPAN_INIT("khugepaged"), OL_FC_HUGE_PAGE, false },
	{ OL_SPAN_INIT("collapse_huge_page"), OL_FC_HUGE_PAGE, false },

	{ OL_SPAN_INIT("shmem_"), OL_FC_SHMEM, false },
	{ OL_SPAN_INIT("read_swap_cache_async"), OL_FC_SWAP, false },
	{ OL_SPAN_INIT("swapin_readahead"), OL_FC_SWAP, false },
	{ OL_SPAN_INIT("swap_cluster_readahead"), OL_FC_SWAP, false },
	{ OL_SPAN_INIT("do_swap_page"), OL_FC_SWAP, false },
	{ OL_SPAN_INIT("zram_"), OL_FC_SWAP, false },

	{ OL_SPAN_INIT("__vmalloc"), OL_FC_VMALLOC, false },
	{ OL_SPAN_INIT("vmalloc"), OL_FC_VMALLOC, false },
	{ OL_SPAN_INIT("vzalloc"), OL_FC_VMALLOC, false },

	{ OL_SPAN_INIT("filemap_fault"), OL_FC_PAGE_CACHE_READ, false },
	{ OL_SPAN_INIT("page_cache_ra_"), OL_FC_PAGE_CACHE_READ, false },
	{ OL_SPAN_INIT("__do_page_cache_readahead"), OL_FC_PAGE_CACHE_READ, false },
	{ OL_SPAN_INIT("ondemand_readahead"), OL_FC_PAGE_CACHE_READ, false },
	{ OL_SPAN_INIT("filemap_read"), OL_FC_PAGE_CACHE_READ, false },
	{ OL_SPAN_INIT("generic_file_read"), OL_FC_PAGE_CACHE_READ, false },
	{ OL_SPAN_INIT("generic_file_buffered_read"), OL_FC_PAGE_CACHE_READ, false },
	{ OL_SPAN_INIT("do_read_cache"), OL_FC_PAGE_CACHE_READ, false },
	{ OL_SPAN_INIT("grab_cache_page_write_begin"), OL_FC_PAGE_CACHE_WRITE, false },
	{ OL_SPAN_INIT("iomap_write_begin"), OL_FC_PAGE_CACHE_WRITE, false },
	{ OL_SPAN_INIT("generic_perform_write"), OL_FC_PAGE_CACHE_WRITE, false },
	{ OL_SPAN_INIT("block_write_begin"), OL_FC_PAGE_CACHE_WRITE, false },

	{ OL_SPAN_INIT("kmem_cache_alloc"), OL_FC_SLAB, true },
	{ OL_SPAN_INIT("__kmalloc"), OL_FC_SLAB, true },
	{ OL_SPAN_INIT("kmalloc"), OL_FC_SLAB, true },
	{ OL_SPAN_INIT("___slab_alloc"), OL_FC_SLAB, true },
	{ OL_SPAN_INIT("__slab_alloc"), OL_FC_SLAB, true },
	{ OL_SPAN_INIT("new_slab"), OL_FC_SLAB, true },
	{ OL_SPAN_INIT("allocate_slab"), OL_FC_SLAB, true },
	{ OL_SPAN_INIT("cache_grow"), OL_FC_SLAB, true },
	{ OL_SPAN_INIT("kvmalloc"), OL_FC_SLAB, true },

	{ OL_SPAN_INIT("load_elf_binary"), OL_FC_EXEC, true },
	{ OL_SPAN_INIT("do_execve"), OL_FC_EXEC, true },
	{ OL_SPAN_INIT("begin_new_exec"), OL_FC_EXEC, true },

	{ OL_SPAN_INIT("do_anonymous_page"), OL_FC_PAGE_FAULT, true },
	{ OL_SPAN_INIT("do_wp_page"), OL_FC_PAGE_FAULT, true },
	{ OL_SPAN_INIT("wp_page_copy"), OL_FC_PAGE_FAULT, true },
	{ OL_SPAN_INIT("do_user_addr_fault"), OL_FC_PAGE_FAULT, true },
	{ OL_SPAN_INIT("do_page_fault"), OL_FC_PAGE_FAULT, true },
	{ OL_SPAN_INIT("__do_page_fault"), OL_FC_PAGE_FAULT, true },
	{ OL_SPAN_INIT("handle_mm_fault"), OL_FC_PAGE_FAULT, true },
	{ OL_SPAN_INIT("exc_page_fault"), OL_FC_PAGE_FAULT, true },
	{ OL_SPAN_INIT("do_dat_exception"), OL_FC_PAGE_FAULT, true },
	{ OL_SPAN_INIT("do_mem_abort"), OL_FC_PAGE_FAULT, true },
	{ OL_SPAN_INIT("asm_exc_page_fault"), OL_FC_PAGE_FAULT, true },
	{ OL_SPAN_INIT("pagefault_out_of_memory"), OL_FC_PAGE_FAULT, true },
};

enum { FUNCTIONS = sizeof(functions) / sizeof(functions[0]) };

/* Frames of the report itself and of the allocator: they say nothing about the caller. */
static const char *const allocator[] = {
	"dump_stack", "show_stack",       "dump_header",    "oom_kill",      "out_of_memory",
	"warn_alloc", "__alloc_pages",    "alloc_pages",    "get_page_from", "show_trace",
	"show_regs",  "unwind_backtrace", "dump_backtrace", "oom_",          "select_bad_process",
};

/*
 * The rows of .functions that a function's name can begin with, by its first byte, 1 + index in the
 * order of the list. Filled once before main().
 */
static uint8_t by_byte[128][FUNCTIONS + 1];
static bool allocator_byte[128];

__attribute__((constructor)) static void index_functions(void)
{
	uint8_t n[128] = { 0 };

	_Static_assert(FUNCTIONS < 255, "an index is a byte");
	for (size_t i = 0; i < FUNCTIONS; i++) {
		unsigned c = functions[i].prefix.p[0] & 127;

		by_byte[c][n[c]++] = (uint8_t)(i + 1);
	}
	for (size_t i = 0; i < sizeof(allocator) / sizeof(allocator[0]); i++)
		allocator_byte[allocator[i][0] & 127] = true;
}

static bool allocator_frame(struct ol_span f)
{
	if (!f.n || !allocator_byte[f.p[0] & 127])
		return false;
	for (size_t i = 0; i < sizeof(allocator) / sizeof(allocator[0]); i++)
		if (ol_span_starts_str(f, allocator[i]))
			return true;
	return false;
}

/* 1 + index into .functions, or 0 */
static unsigned function_row(struct ol_span f)
{
	const uint8_t *row = f.n ? by_byte[f.p[0] & 127] : NULL;

	for (; row && *row; row++)
		if (ol_span_starts(f, functions[*row - 1].prefix))
			return *row;
	return 0;
}

/* Modules of file systems: a write to a file passes through them, and is not theirs. */
static bool file_system(struct ol_span module)
{
	static const char *const names[] = {
		"ext2",  "ext3",     "ext4",     "jbd2", "xfs",   "btrfs",       "f2fs", "nfs",
		"nfsv3", "nfsv4",    "nfsd",     "ceph", "cifs",  "fuse",        "zfs",  "overlay",
		"isofs", "reiserfs", "squashfs", "udf",  "ocfs2", "gfs2",        "vfat", "fat",
		"ntfs3", "exfat",    "erofs",    "9p",   "jfs",   "binfmt_misc",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (ol_span_eqs(module, names[i]))
			return true;
	return false;
}

bool ol_trace_interrupt(const struct ol_oom_event *e)
{
	/* what enters an interrupt, on x86, arm and others: all above it ran in there */
	static const char *const entries[] = {
		"common_interrupt", "asm_common_interrupt",
		"asm_sysvec_",      "sysvec_",
		"ret_from_intr",    "apic_timer_interrupt",
		"do_IRQ",           "call_softirq",
		"do_softirq_own_",  "irq_exit",
		"el1_irq",          "el1h_64_irq",
		"el0_irq",          "gic_handle_irq",
		"__irq_svc",        "handle_IRQ",
		"do_irq",           "plat_irq_dispatch",
		"do_ext_irq",       "call_on_irq_stack",
	};

	for (uint32_t i = 0; i < e->trace.n; i++)
		for (size_t k = 0; k < sizeof(entries) / sizeof(entries[0]); k++)
			if (!e->trace.v[i].uncertain &&
			    ol_span_starts_str(e->trace.v[i].func, entries[k]))
				return true;
	return false;
}

bool ol_trace_network(const struct ol_oom_event *e)
{
	/* that handle a packet, not a device: a ring that is not there is no packet dropped */
	static const char *const names[] = {
		"alloc_skb",
		"__alloc_skb",
		"skb_",
		"__skb_",
		"pskb_",
		"__pskb_",
		"netdev_alloc",
		"__netdev_alloc",
		"netif_receive",
		"__netif_receive",
		"netif_rx",
		"napi_",
		"__napi_",
		"net_rx_",
		"net_tx_",
		"dev_hard_start_xmit",
		"__dev_queue_xmit",
		"ip_",
		"ip6_",
		"ipv6_",
		"tcp_",
		"udp_",
		"sock_sendmsg",
		"sock_alloc_send",
		"ieee80211_rx",
		"ieee80211_tx",
		NULL,
	};

	for (uint32_t i = 0; i < e->trace.n; i++)
		for (int k = 0; names[k] && !e->trace.v[i].uncertain; k++)
			if (ol_span_starts_str(e->trace.v[i].func, names[k]))
				return true;
	return false;
}

enum ol_frame_class ol_trace_class(const struct ol_oom_event *e)
{
	enum ol_frame_class weak = OL_FC_NONE, last = OL_FC_NONE;
	bool driver = false;

	for (uint32_t i = 0; i < e->trace.n; i++) {
		const struct ol_frame *f = &e->trace.v[i];
		bool known = false;
		unsigned k;

		if (f->uncertain && weak == OL_FC_NONE && e->trace.n > 3 && !f->module.p) {
			/* old kernels mark every frame uncertain: then they are all there is */
			bool any_certain = false;

			for (uint32_t j = 0; j < e->trace.n && !any_certain; j++)
				any_certain = !e->trace.v[j].uncertain;
			if (any_certain)
				continue;
		}
		if (allocator_frame(f->func))
			continue;
		k = function_row(f->func);
		if (k) {
			known = true;
			if (!functions[k - 1].weak)
				return driver ? OL_FC_DRIVER : functions[k - 1].class;
			if (weak == OL_FC_NONE)
				weak = functions[k - 1].class;
			last = functions[k - 1].class;
		}
		if (!known && f->module.p && !file_system(f->module))
			driver = true;
		if (!known &&
		    (ol_span_starts(f->func, OL_SPAN("try_charge")) ||
		     ol_span_starts(f->func, OL_SPAN("mem_cgroup_out_of_memory"))) &&
		    last == OL_FC_NONE)
			last = OL_FC_MEMCG_CHARGE;
		if (ol_span_eqs(f->func, "kthread") && weak == OL_FC_NONE && !driver)
			weak = OL_FC_KTHREAD;
	}
	if (driver && (weak == OL_FC_NONE || weak == OL_FC_SLAB))
		return OL_FC_DRIVER;
	return weak != OL_FC_NONE ? weak : last;
}
