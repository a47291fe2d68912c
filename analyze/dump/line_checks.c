// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/dump_impl.h"

/* What a line must have besides the literal of its row: the CHECK functions of lines.def. */

#define S(lit) OL_SPAN(lit)

/* A table, for more bytes are asked for this than for anything else. */
static const bool ident[256] = {
	['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['0' ... '9'] = true, ['_'] = true
};

static bool ident_char(char c)
{
	return ident[(unsigned char)c];
}

/*
 * "Node 0 DMA32", "HighMem": the zone's name is one word that begins with a capital. "Node 0" alone
 * is no zone.
 */
bool ol_eat_zone_name(struct ol_span *a, int *ret_node, struct ol_span *ret_zone)
{
	struct ol_span t = *a;
	uint64_t node;
	size_t k = 0;

	*ret_node = -1;
	if (ol_span_eat(&t, OL_SPAN("Node "))) {
		t = ol_span_ltrim(t);
		if (!ol_eat_u64(&t, &node) || node > 65535)
			return false;
		*ret_node = (int)node;
		t = ol_span_ltrim(t);
	}
	if (!t.n || t.p[0] < 'A' || t.p[0] > 'Z')
		return false;
	while (k < t.n && k < 16 && ident_char(t.p[k]))
		k++;
	*ret_zone = ol_span_head(t, k);
	*a = ol_span_skip(t, k);
	return true;
}

enum ol_zone_type ol_zone_type_of(struct ol_span name)
{
	static const char *const names[OL_ZONE_MAX] = {
#define OL_ZONE(id, name, lower) name,
		OL_ZONES(OL_ZONE)
#undef OL_ZONE
	};

	for (int i = 0; i < OL_ZONE_MAX; i++)
		if (ol_span_eqs(name, names[i]))
			return (enum ol_zone_type)i;
	return OL_ZONE_MAX;
}

/*
 * CPU: 0 PID: 33609 Comm: cc1plus Not tainted 6.9.0-rc3+ #49	3.10+ (6.11+: UID: n PID: n)
 * CPU: 0 Not tainted 2.6.28 #1						s390
 */
bool ol_check_cpu_line(const struct ol_dump_line *l)
{
	struct ol_span t = ol_span_ltrim(l->rest);
	uint64_t cpu;

	return ol_eat_u64(&t, &cpu) && t.n && ol_is_blank(t.p[0]) &&
	       (ol_span_has(t, S("ainted")) || ol_span_has(t, S("PID: ")));
}

/* Pid: 21832, comm: clamd Tainted: G         C   3.2.59 #21		2.6.18 - 3.9 */
bool ol_check_pid_line(const struct ol_dump_line *l)
{
	return ol_span_has(l->rest, S(", comm: "));
}

/*
 * oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),…			4.20+
 * A process may be called "oom-kill:task"; what follows is longer than a name can be. A line that
 * was wrapped may end within it.
 */
bool ol_check_oom_kill(const struct ol_dump_line *l)
{
	struct ol_span t = l->rest;
	t = ol_span_ltrim(t);
	return t.n < 11 ? ol_span_starts(S("constraint="), t) : ol_span_starts(t, S("constraint="));
}

/* Process basename (pid: 30555, task: 000000007baa6838, ksp: …)	s390, old i386 */
bool ol_check_process_line(const struct ol_dump_line *l)
{
	return ol_span_has(l->rest, S(" (pid: "));
}

/* node 0: slabs: 53, objs: 1113, free: 0		and a process called node is no such line */
bool ol_check_slub_node(const struct ol_dump_line *l)
{
	struct ol_span t = l->rest;
	uint64_t node;

	return ol_eat_u64(&t, &node) && ol_span_starts(t, S(":"));
}

/*
 *  [<c01739ac>] ? dump_header+0x4d/0x160
 *  ? _raw_spin_lock+0x1c/0x30 [module]
 *  unwind_backtrace from show_stack+0x10/0x14				arm
 */
bool ol_check_frame(const struct ol_dump_line *l)
{
	struct ol_span t = l->rest;
	struct ol_span from;
	ssize_t at;

	if (t.p[0] == '[' || t.p[0] == '(') {
		ol_span_eat(&t, S("("));
		if (ol_span_starts(t, S("[<")) && t.n > 3 && ol_is_xdigit(t.p[2]))
			return true;
		if (!ol_span_starts(t, S("[c0")) && !ol_span_starts(t, S("[C0")))
			return false;
	}
	/* the first "+0x"; most lines have no '+' at all */
	for (from = t; (at = ol_span_chr(t, '+')) >= 0;) {
		t = ol_span_skip(t, (size_t)at);
		if (!ol_span_eat(&t, S("+0x"))) {
			t = ol_span_skip(t, 1);
			continue;
		}
		if (t.p == from.p + 3)
			return false;
		while (t.n && ol_is_xdigit(t.p[0]))
			t = ol_span_skip(t, 1);
		return ol_span_starts(t, S("/0x"));
	}
	return false;
}

/* /docker/3536ff:		the rest of "Memory cgroup stats for /docker/3536ff:" */
bool ol_check_memcg_stats_path(const struct ol_dump_line *l)
{
	return ol_span_ends(ol_span_rtrim(l->rest), S(":"));
}

/* anon 5222400				memory.stat of the cgroup, 5.3+ */
bool ol_check_memcg_stat(const struct ol_dump_line *l)
{
	struct ol_span t = l->rest;
	uint64_t v;
	size_t k = 0;

	while (k < t.n && ident_char(t.p[k]))
		k++;
	if (k < 3 || k + 1 >= t.n || t.p[k] != ' ')
		return false;
	return ol_span_u64(ol_span_rtrim(ol_span_skip(t, k + 1)), &v);
}

/* Node 0 DMA per-cpu:	DMA per-cpu:	Normal per-cpu: empty */
bool ol_check_percpu_zone(const struct ol_dump_line *l)
{
	struct ol_span t = l->rest;
	struct ol_span zone;
	int node;

	return ol_eat_zone_name(&t, &node, &zone) &&
	       ol_span_starts(ol_span_ltrim(t), S("per-cpu:"));
}

/*
 * CPU    0: hi:  186, btch:  31 usd:  70				2.6.25 - 4.0
 * CPU    0: Hot: hi:  186, btch:  31 usd: 183   Cold: hi: …		2.6.20 - 2.6.24
 * cpu 0 hot: low 2, high 6, batch 1					before
 */
bool ol_check_percpu_cpu(const struct ol_dump_line *l)
{
	struct ol_span t = l->rest;
	uint64_t cpu;

	if (!ol_span_eat(&t, S("CPU ")) && !ol_span_eat(&t, S("cpu ")))
		return false;
	t = ol_span_ltrim(t);
	if (!ol_eat_u64(&t, &cpu))
		return false;
	ol_span_eat(&t, S(":"));
	t = ol_span_ltrim(t);
	return ol_span_starts(t, S("hi:")) || ol_span_starts(t, S("Hot:")) ||
	       ol_span_starts(t, S("hot:")) || ol_span_starts(t, S("cold:"));
}

/* "key:digits" with nothing glued to it: the global counters count pages and print no unit */
bool ol_check_counters(const struct ol_dump_line *l)
{
	struct ol_span t = l->rest;
	struct ol_span key, rest;
	size_t colon = 0;
	uint64_t v;

	/* most texts have no number there */
	while (colon < t.n && t.p[colon] != ':' && !ol_is_blank(t.p[colon]))
		colon++;
	if (colon < 3 || colon + 1 >= t.n || t.p[colon] != ':' || !ol_is_digit(t.p[colon + 1]))
		return false;
	rest = ol_span_skip(t, colon + 1);
	if (!ol_eat_u64(&rest, &v) || (rest.n && !ol_is_blank(rest.p[0])))
		return false;
	key = ol_span_head(t, colon);
	switch (ol_key_find(key)) {
	case OL_K_ACTIVE_ANON:
	case OL_K_INACTIVE_ANON:
	case OL_K_ISOLATED_ANON:
	case OL_K_ACTIVE_FILE:
	case OL_K_INACTIVE_FILE:
	case OL_K_ISOLATED_FILE:
	case OL_K_UNEVICTABLE:
	case OL_K_DIRTY:
	case OL_K_FREE:
	case OL_K_SLAB:
	case OL_K_SLAB_RECLAIMABLE:
	case OL_K_MAPPED:
	case OL_K_SEC_PAGETABLES:
	case OL_K_KERNEL_MISC_RECLAIMABLE:
	case OL_K_FREE_CMA:
	/* what a mail program has put at the beginning of a line */
	case OL_K_WRITEBACK:
	case OL_K_UNSTABLE:
	case OL_K_SLAB_UNRECLAIMABLE:
	case OL_K_SHMEM:
	case OL_K_PAGETABLES:
	case OL_K_BOUNCE:
	case OL_K_FREE_PCP:
		return true;
	default:
		return ol_span_eqs(key, "Active") || ol_span_eqs(key, "Active_anon");
	}
}

/* Node 0 active_anon:2016kB inactive_anon:…				4.8+ */
bool ol_check_node(const struct ol_dump_line *l)
{
	struct ol_span t = ol_span_ltrim(l->rest);
	uint64_t node;

	if (!ol_eat_u64(&t, &node))
		return false;
	return ol_span_starts(ol_span_ltrim(t), S("active_anon:"));
}

/* Node 0 DMA free:3624kB min:140kB …	DMA free:3624kB min:140kB … */
bool ol_check_zone(const struct ol_dump_line *l)
{
	struct ol_span t = l->rest;
	struct ol_span zone;
	int node;

	if (!ol_eat_zone_name(&t, &node, &zone))
		return false;
	return ol_span_eat(&t, S(" free:")) && t.n && ol_is_digit(t.p[0]);
}

/* The '*' of "2*64kB": what renders Markdown makes "2_64kB" of it. */
bool ol_eat_times(struct ol_span *t)
{
	return ol_span_eat(t, S("*")) || ol_span_eat(t, S("_"));
}

static bool buddy_item(struct ol_span t)
{
	uint64_t v;

	return ol_eat_u64(&t, &v) && ol_eat_times(&t) && ol_eat_u64(&t, &v) &&
	       ol_span_starts(t, S("kB"));
}

/* Node 0 DMA: 7*8kB (UE) 0*16kB … = 3624kB	Normal: empty */
bool ol_check_buddy(const struct ol_dump_line *l)
{
	struct ol_span t = l->rest;
	struct ol_span zone;
	int node;

	if (!ol_eat_zone_name(&t, &node, &zone) || !ol_span_eat(&t, S(":")))
		return false;
	t = ol_span_trim(t);
	return buddy_item(t) || (ol_span_eqs(t, "empty") && ol_zone_type_of(zone) < OL_ZONE_MAX) ||
	       (!t.n && ol_zone_type_of(zone) < OL_ZONE_MAX);
}

/*
 * The same line when every pr_cont() became a record of its own: "4761*4kB", "(UMEH)", "= 24348kB"
 */
bool ol_check_buddy_fragment(const struct ol_dump_line *l)
{
	struct ol_span t = l->rest;
	uint64_t v;

	if (buddy_item(t))
		return true;
	if (ol_span_eat(&t, S("= ")))
		return ol_eat_u64(&t, &v) && ol_span_starts(t, S("kB"));
	if (!ol_span_eat(&t, S("(")))
		return false;
	for (size_t i = 0; i < t.n; i++) {
		if (t.p[i] == ')')
			return i > 0 && i <= 8;
		if (t.p[i] < 'A' || t.p[i] > 'Z')
			return false;
	}
	return false;
}

/* Node 0 hugepages_total=0 hugepages_free=0 hugepages_surp=0 hugepages_size=2048kB	3.10+ */
bool ol_check_hugepages(const struct ol_dump_line *l)
{
	struct ol_span t = l->rest;
	uint64_t node;

	if (ol_span_eat(&t, S("Node "))) {
		t = ol_span_ltrim(t);
		if (!ol_eat_u64(&t, &node))
			return false;
		t = ol_span_ltrim(t);
	}
	return ol_span_starts(t, S("hugepages_total="));
}

/* 7891360 total pagecache pages, 8650736 pages RAM, 262128 pages of RAM, 0 pages in swap cache */
bool ol_check_page_count(const struct ol_dump_line *l)
{
	struct ol_span t = l->rest;
	uint64_t v;

	if (!ol_eat_u64(&t, &v))
		return false;
	return ol_span_starts(t, S(" pages ")) || ol_span_starts(t, S(" total pagecache pages")) ||
	       ol_span_starts(t, S(" reserved pages"));
}

/*     1.21 GiB    32768 mm/slub.c:2319 func:alloc_slab_page		6.10+ */
bool ol_check_alloc_row(const struct ol_dump_line *l)
{
	return ol_span_has(l->rest, S(" func:"));
}

bool ol_check_slabs_cols(const struct ol_dump_line *l)
{
	return ol_span_has(l->rest, S(" Used")) && ol_span_ends(ol_span_rtrim(l->rest), S("Total"));
}

static bool kb_token(struct ol_span tok)
{
	uint64_t v;

	return tok.n > 2 && ol_span_ends(tok, S("KB")) &&
	       ol_span_u64(ol_span_head(tok, tok.n - 2), &v);
}

/* dentry            12345KB      12345KB				4.15+ */
bool ol_check_slab_row(const struct ol_dump_line *l)
{
	struct ol_span t = l->rest;
	struct ol_span name, used, total;

	if (!ol_span_ends(ol_span_rtrim(t), S("KB")) || !ol_span_token(&t, &name) ||
	    !ol_span_token(&t, &used))
		return false;
	/* a long cache name may hold blanks no more than other names do */
	return ol_span_token(&t, &total) && kb_token(used) && kb_token(total) && !ol_span_trim(t).n;
}

bool ol_check_table_head(const struct ol_dump_line *l)
{
	return ol_table_columns(l->rest) >= 4;
}

bool ol_check_table_row(const struct ol_dump_line *l)
{
	struct ol_task_row row;

	return ol_row_parse(l->rest, &row);
}

bool ol_check_group_set(const struct ol_dump_line *l)
{
	return ol_span_has(l->rest, S(" are going to be killed due to memory.oom.group set"));
}

bool ol_check_panic(const struct ol_dump_line *l)
{
	return ol_span_has(l->rest, S("ut of memory")) ||
	       ol_span_has(l->rest, S("eadlocked on memory")) ||
	       ol_span_has(l->rest, S("panic_on_oom"));
}

bool ol_check_sharing(const struct ol_dump_line *l)
{
	return ol_span_has(l->rest, S(" sharing same memory"));
}

/*
 * insmod: vmalloc: allocation failure: 5242880 bytes, mode:0xd2
 * x: vmalloc error: size 4096, page order 0, failed to allocate pages, mode:0xcc2(…)
 */
bool ol_check_vmalloc_fail(const struct ol_dump_line *l)
{
	return ol_span_has(l->rest, S("mode:0x"));
}

/* : 4198400 bytes		, allocated 4096 of 17179873280 bytes */
bool ol_check_vmalloc_said(const struct ol_dump_line *l)
{
	uint64_t bytes;

	return ol_vmalloc_bytes(l->text, &bytes);
}

/* printk: 31 messages suppressed. oom_kill_process: 4 callbacks suppressed … messages dropped */
bool ol_check_suppressed(const struct ol_dump_line *l)
{
	static const char *const phrases[] = { " messages suppressed", " callbacks suppressed",
					       " messages dropped", " kernel messages",
					       " output lines suppressed" };

	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (ol_span_has(l->text, ol_span_str(phrases[i])))
			return true;
	return false;
}

/* Write-error on swap-device (8:16:1234)		Write error -12 on dio swapfile (4096) */
bool ol_check_swap_error(const struct ol_dump_line *l)
{
	return ol_span_starts(l->rest, S("Write-error on swap-device")) ||
	       (ol_span_starts(l->rest, S("Write error ")) && ol_span_has(l->rest, S(" swapfile")));
}

/* In front a name of at most 15 bytes, each perhaps escaped as \xNN; and a sentence that ends. */
bool ol_check_invoked(const struct ol_dump_line *l)
{
	return l->before.n > 0 && l->before.n <= 64 && (!l->rest.n || l->rest.p[0] == ':');
}

/* cat: page allocation failure: order:5, …	kswapd0: page allocation failure. order:1, … */
bool ol_check_alloc_fail(const struct ol_dump_line *l)
{
	return l->before.n > 2 && ol_span_ends(l->before, S(": ")) && l->rest.n &&
	       memchr(":.s ", l->rest.p[0], 4);
}

bool ol_check_hung_task(const struct ol_dump_line *l)
{
	return ol_span_has(l->before, S("task "));
}

bool ol_check_rcu_stall(const struct ol_dump_line *l)
{
	return ol_span_has(l->before, S("rcu"));
}

bool ol_check_cpuset(const struct ol_dump_line *l)
{
	return ol_span_has(l->before, S(" cpuset=")) &&
	       !ol_span_has(l->before, S(" page allocation"));
}

/* Behind "Out of memory: ", "Memory cgroup out of memory: ", "No available memory …: " */
bool ol_check_killed(const struct ol_dump_line *l)
{
	struct ol_span before = l->before, rest = l->rest;
	uint64_t pid;

	if (!ol_eat_u64(&rest, &pid) || !rest.n || (rest.p[0] != ' ' && rest.p[0] != ','))
		return false;
	return !before.n || (before.n >= 14 && before.n <= 48 && before.p[before.n - 2] == ':' &&
			     (ol_span_starts(before, S("Out of ")) ||
			      ol_span_starts(before, S("Memory cgroup out of ")) ||
			      ol_span_starts(before, S("No available memory"))));
}

/* Behind "Out of memory in UB 1025: ", "Out of memory: ", or by itself */
bool ol_check_killed_ub(const struct ol_dump_line *l)
{
	struct ol_span before = l->before, rest = l->rest;
	uint64_t pid;

	if (!ol_eat_u64(&rest, &pid) || !ol_span_starts(rest, S(" (")) ||
	    !ol_span_has(rest, S("vm:")))
		return false;
	return !before.n || (before.n <= 64 && ol_span_starts(before, S("Out of memory")) &&
			     ol_span_ends(before, S(": ")));
}
