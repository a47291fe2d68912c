// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/judge_impl.h"
#include "analyze/oom_impl.h"

/*
 * What kind of work asked for the memory, from the functions on the stack. The frames nearest to
 * the allocator come first in a trace, so the first function that says anything decides; "page
 * fault" and "system call" say least and only count when nothing nearer did.
 */

static const struct {
	const char *prefix;
	enum ol_frame_class class;
	bool weak;
} functions[] = {
	{ "moom_callback", OL_FC_SYSRQ, false },
	{ "sysrq_handle_moom", OL_FC_SYSRQ, false },
	{ "__handle_sysrq", OL_FC_SYSRQ, false },

	{ "pte_alloc", OL_FC_PAGE_TABLE, false },
	{ "__pte_alloc", OL_FC_PAGE_TABLE, false },
	{ "__pmd_alloc", OL_FC_PAGE_TABLE, false },
	{ "__pud_alloc", OL_FC_PAGE_TABLE, false },
	{ "pgd_alloc", OL_FC_PAGE_TABLE, false },
	{ "crst_table_alloc", OL_FC_PAGE_TABLE, false },

	{ "copy_process", OL_FC_FORK, false },
	{ "dup_task_struct", OL_FC_FORK, false },
	{ "alloc_thread_stack", OL_FC_FORK, false },
	{ "copy_mm", OL_FC_FORK, false },
	{ "dup_mm", OL_FC_FORK, false },
	{ "do_fork", OL_FC_FORK, false },
	{ "_do_fork", OL_FC_FORK, false },
	{ "kernel_clone", OL_FC_FORK, false },

	{ "alloc_skb", OL_FC_SOCKET, false },
	{ "__alloc_skb", OL_FC_SOCKET, false },
	{ "sock_alloc_send", OL_FC_SOCKET, false },
	{ "sk_page_frag_refill", OL_FC_SOCKET, false },
	{ "skb_page_frag_refill", OL_FC_SOCKET, false },
	{ "__netdev_alloc", OL_FC_SOCKET, false },
	{ "__napi_alloc", OL_FC_SOCKET, false },
	{ "page_frag_alloc", OL_FC_SOCKET, false },
	{ "tcp_sendmsg", OL_FC_SOCKET, false },
	{ "packet_set_ring", OL_FC_SOCKET, false },

	{ "pipe_write", OL_FC_PIPE, false },
	{ "anon_pipe_write", OL_FC_PIPE, false },
	{ "alloc_pipe_info", OL_FC_PIPE, false },

	{ "hugetlb", OL_FC_HUGE_PAGE, false },
	{ "alloc_huge_page", OL_FC_HUGE_PAGE, false },
	{ "do_huge_pmd", OL_FC_HUGE_PAGE, false },
	{ "__do_huge_pmd", OL_FC_HUGE_PAGE, false },
	{ "khugepaged", OL_FC_HUGE_PAGE, false },
	{ "collapse_huge_page", OL_FC_HUGE_PAGE, false },

	{ "shmem_", OL_FC_SHMEM, false },
	{ "read_swap_cache_async", OL_FC_SWAP, false },
	{ "swapin_readahead", OL_FC_SWAP, false },
	{ "swap_cluster_readahead", OL_FC_SWAP, false },
	{ "do_swap_page", OL_FC_SWAP, false },
	{ "zram_", OL_FC_SWAP, false },

	{ "__vmalloc", OL_FC_VMALLOC, false },
	{ "vmalloc", OL_FC_VMALLOC, false },
	{ "vzalloc", OL_FC_VMALLOC, false },

	{ "filemap_fault", OL_FC_PAGE_CACHE_READ, false },
	{ "page_cache_ra_", OL_FC_PAGE_CACHE_READ, false },
	{ "__do_page_cache_readahead", OL_FC_PAGE_CACHE_READ, false },
	{ "ondemand_readahead", OL_FC_PAGE_CACHE_READ, false },
	{ "filemap_read", OL_FC_PAGE_CACHE_READ, false },
	{ "generic_file_read", OL_FC_PAGE_CACHE_READ, false },
	{ "generic_file_buffered_read", OL_FC_PAGE_CACHE_READ, false },
	{ "do_read_cache", OL_FC_PAGE_CACHE_READ, false },
	{ "grab_cache_page_write_begin", OL_FC_PAGE_CACHE_WRITE, false },
	{ "iomap_write_begin", OL_FC_PAGE_CACHE_WRITE, false },
	{ "generic_perform_write", OL_FC_PAGE_CACHE_WRITE, false },
	{ "block_write_begin", OL_FC_PAGE_CACHE_WRITE, false },

	{ "kmem_cache_alloc", OL_FC_SLAB, true },
	{ "__kmalloc", OL_FC_SLAB, true },
	{ "kmalloc", OL_FC_SLAB, true },
	{ "___slab_alloc", OL_FC_SLAB, true },
	{ "__slab_alloc", OL_FC_SLAB, true },
	{ "new_slab", OL_FC_SLAB, true },
	{ "allocate_slab", OL_FC_SLAB, true },
	{ "cache_grow", OL_FC_SLAB, true },
	{ "kvmalloc", OL_FC_SLAB, true },

	{ "load_elf_binary", OL_FC_EXEC, true },
	{ "do_execve", OL_FC_EXEC, true },
	{ "begin_new_exec", OL_FC_EXEC, true },

	{ "do_anonymous_page", OL_FC_PAGE_FAULT, true },
	{ "do_wp_page", OL_FC_PAGE_FAULT, true },
	{ "wp_page_copy", OL_FC_PAGE_FAULT, true },
	{ "do_user_addr_fault", OL_FC_PAGE_FAULT, true },
	{ "do_page_fault", OL_FC_PAGE_FAULT, true },
	{ "__do_page_fault", OL_FC_PAGE_FAULT, true },
	{ "handle_mm_fault", OL_FC_PAGE_FAULT, true },
	{ "exc_page_fault", OL_FC_PAGE_FAULT, true },
	{ "do_dat_exception", OL_FC_PAGE_FAULT, true },
	{ "do_mem_abort", OL_FC_PAGE_FAULT, true },
	{ "asm_exc_page_fault", OL_FC_PAGE_FAULT, true },
	{ "pagefault_out_of_memory", OL_FC_PAGE_FAULT, true },
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
		unsigned c = functions[i].prefix[0] & 127;

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
		if (ol_span_starts_str(f, functions[*row - 1].prefix))
			return *row;
	return 0;
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

			for (uint32_t k = 0; k < e->trace.n && !any_certain; k++)
				any_certain = !e->trace.v[k].uncertain;
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
		if (!known && f->module.p && !driver)
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
