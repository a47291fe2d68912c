// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/dump_impl.h"

#define S(lit) OL_SPAN(lit)

enum match { AT, IN, FN };

typedef bool (*match_fn)(struct ol_span text);

static bool has(struct ol_span text, struct ol_span needle)
{
	return ol_span_find(text, needle) >= 0;
}

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
		[OL_ZONE_DMA] = "DMA",         [OL_ZONE_DMA32] = "DMA32",
		[OL_ZONE_NORMAL] = "Normal",   [OL_ZONE_HIGHMEM] = "HighMem",
		[OL_ZONE_MOVABLE] = "Movable", [OL_ZONE_DEVICE] = "Device",
	};

	for (int i = 0; i < OL_ZONE_MAX; i++)
		if (ol_span_eqs(name, names[i]))
			return (enum ol_zone_type)i;
	return OL_ZONE_MAX;
}

static const struct {
	struct ol_span name;
	enum ol_col col;
} columns[] = {
	{ OL_SPAN_INIT("pid"), OL_COL_PID },
	{ OL_SPAN_INIT("uid"), OL_COL_UID },
	{ OL_SPAN_INIT("tgid"), OL_COL_TGID },
	{ OL_SPAN_INIT("total_vm"), OL_COL_TOTAL_VM },
	{ OL_SPAN_INIT("rss"), OL_COL_RSS },
	{ OL_SPAN_INIT("rss_anon"), OL_COL_RSS_ANON },
	{ OL_SPAN_INIT("rss_file"), OL_COL_RSS_FILE },
	{ OL_SPAN_INIT("rss_shmem"), OL_COL_RSS_SHMEM },
	{ OL_SPAN_INIT("nr_ptes"), OL_COL_NR_PTES },
	{ OL_SPAN_INIT("nr_pmds"), OL_COL_NR_PMDS },
	{ OL_SPAN_INIT("pgtables_bytes"), OL_COL_PGTABLES_BYTES },
	{ OL_SPAN_INIT("swapents"), OL_COL_SWAPENTS },
	{ OL_SPAN_INIT("oom_score_adj"), OL_COL_OOM_SCORE_ADJ },
	{ OL_SPAN_INIT("oom_adj"), OL_COL_OOM_ADJ },
	{ OL_SPAN_INIT("cpu"), OL_COL_CPU },
	{ OL_SPAN_INIT("name"), OL_COL_MAX },
};

static int column_find(struct ol_span name)
{
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		if (ol_span_eq(name, columns[i].name))
			return (int)columns[i].col;
	return -1;
}

bool ol_table_column(struct ol_span name)
{
	return column_find(name) >= 0;
}

/* Eats "[ pid ]". */
static bool eat_pid_column(struct ol_span *s)
{
	struct ol_span t = ol_span_ltrim(*s);

	if (!ol_span_eat(&t, S("[")))
		return false;
	t = ol_span_ltrim(t);
	if (!ol_span_eat(&t, S("pid")))
		return false;
	t = ol_span_ltrim(t);
	if (!ol_span_eat(&t, S("]")))
		return false;
	*s = t;
	return true;
}

/*
 * [ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name
 * The names decide, not the version: vendors add columns ("(01)nrss").
 */
bool ol_table_layout_parse(struct ol_span t, struct ol_table_layout *ret)
{
	struct ol_table_layout l = { .n = 1, .cols = { OL_COL_PID }, .mask = 1u << OL_COL_PID };
	struct ol_span tok;

	if (!eat_pid_column(&t))
		return false;
	while (ol_span_token(&t, &tok)) {
		int col;

		if (ol_span_eqs(tok, "name"))
			break;
		col = column_find(tok);
		if (l.n == OL_TABLE_COLS_MAX)
			return false;
		/* one that stands there twice is broken text: the first one counts */
		if (col >= 0 && l.mask >> col & 1)
			col = -1;
		l.cols[l.n++] = (uint8_t)(col < 0 ? OL_COL_MAX : col);
		l.mask |= col >= 0 && col < OL_COL_MAX ? 1u << col : 0;
	}
	*ret = l;
	return true;
}

unsigned ol_table_columns(struct ol_span header)
{
	struct ol_span t = header, tok;
	unsigned n = 1;

	if (!eat_pid_column(&t))
		return 0;
	while (ol_span_token(&t, &tok) && !ol_span_eqs(tok, "name"))
		if (n++ == OL_TABLE_COLS_MAX)
			return 0;
	return n;
}

/*
 * CPU: 0 PID: 33609 Comm: cc1plus Not tainted 6.9.0-rc3+ #49	3.10+ (6.11+: UID: n PID: n)
 * CPU: 0 Not tainted 2.6.28 #1						s390
 */
static bool match_CPU_LINE(struct ol_span t)
{
	uint64_t cpu;

	t = ol_span_ltrim(ol_span_skip(t, 5));
	return ol_eat_u64(&t, &cpu) && t.n && ol_is_blank(t.p[0]) &&
	       (has(t, S("ainted")) || has(t, S("PID: ")));
}

/* Pid: 21832, comm: clamd Tainted: G         C   3.2.59 #21		2.6.18 - 3.9 */
static bool match_CPU_LINE_OLD(struct ol_span t)
{
	return has(t, S(", comm: "));
}

/*
 * oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),…			4.20+
 * A process may be called "oom-kill:task"; what follows is longer than a name can be. A line that
 * was wrapped may end within it.
 */
static bool match_OOM_KILL(struct ol_span t)
{
	t = ol_span_ltrim(ol_span_skip(t, 9));
	return t.n < 11 ? ol_span_starts(S("constraint="), t) : ol_span_starts(t, S("constraint="));
}

/* Process basename (pid: 30555, task: 000000007baa6838, ksp: …)	s390, old i386 */
static bool match_PROCESS_LINE(struct ol_span t)
{
	return has(t, S(" (pid: "));
}

/* node 0: slabs: 53, objs: 1113, free: 0		and a process called node is no such line */
static bool match_SLUB_NODE(struct ol_span t)
{
	uint64_t node;

	t = ol_span_skip(t, 5);
	return ol_eat_u64(&t, &node) && ol_span_starts(t, S(":"));
}

/*
 *  [<c01739ac>] ? dump_header+0x4d/0x160
 *  ? _raw_spin_lock+0x1c/0x30 [module]
 *  unwind_backtrace from show_stack+0x10/0x14				arm
 */
static bool match_FRAME(struct ol_span t)
{
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

/* anon 5222400				memory.stat of the cgroup, 5.3+ */
static bool match_MEMCG_STAT(struct ol_span t)
{
	uint64_t v;
	size_t k = 0;

	while (k < t.n && ident_char(t.p[k]))
		k++;
	if (k < 3 || k + 1 >= t.n || t.p[k] != ' ')
		return false;
	return ol_span_u64(ol_span_rtrim(ol_span_skip(t, k + 1)), &v);
}

/* Node 0 DMA per-cpu:	DMA per-cpu:	Normal per-cpu: empty */
static bool match_PERCPU_ZONE(struct ol_span t)
{
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
static bool match_PERCPU_CPU(struct ol_span t)
{
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
static bool match_COUNTERS(struct ol_span t)
{
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
		return true;
	default:
		return ol_span_eqs(key, "Active") || ol_span_eqs(key, "Active_anon");
	}
}

/* Node 0 active_anon:2016kB inactive_anon:…				4.8+ */
static bool match_NODE(struct ol_span t)
{
	uint64_t node;

	if (!ol_span_eat(&t, S("Node ")))
		return false;
	t = ol_span_ltrim(t);
	if (!ol_eat_u64(&t, &node))
		return false;
	t = ol_span_ltrim(t);
	return ol_span_starts(t, S("active_anon:"));
}

/* Node 0 DMA free:3624kB min:140kB …	DMA free:3624kB min:140kB … */
static bool match_ZONE(struct ol_span t)
{
	struct ol_span zone;
	int node;

	if (!ol_eat_zone_name(&t, &node, &zone))
		return false;
	return ol_span_eat(&t, S(" free:")) && t.n && ol_is_digit(t.p[0]);
}

static bool buddy_item(struct ol_span t)
{
	uint64_t v;

	return ol_eat_u64(&t, &v) && ol_span_eat(&t, S("*")) && ol_eat_u64(&t, &v) &&
	       ol_span_starts(t, S("kB"));
}

/* Node 0 DMA: 7*8kB (UE) 0*16kB … = 3624kB	Normal: empty */
static bool match_BUDDY(struct ol_span t)
{
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
static bool match_BUDDY_FRAGMENT(struct ol_span t)
{
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
static bool match_HUGEPAGES(struct ol_span t)
{
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
static bool match_PAGE_COUNT(struct ol_span t)
{
	uint64_t v;

	if (!ol_eat_u64(&t, &v))
		return false;
	return ol_span_starts(t, S(" pages ")) || ol_span_starts(t, S(" total pagecache pages")) ||
	       ol_span_starts(t, S(" reserved pages"));
}

/*     1.21 GiB    32768 mm/slub.c:2319 func:alloc_slab_page		6.10+ */
static bool match_ALLOC_ROW(struct ol_span t)
{
	return has(t, S(" func:"));
}

static bool match_SLABS_COLS(struct ol_span t)
{
	return has(t, S(" Used")) && ol_span_ends(ol_span_rtrim(t), S("Total"));
}

static bool kb_token(struct ol_span tok)
{
	uint64_t v;

	return tok.n > 2 && ol_span_ends(tok, S("KB")) &&
	       ol_span_u64(ol_span_head(tok, tok.n - 2), &v);
}

/* dentry            12345KB      12345KB				4.15+ */
static bool match_SLAB_ROW(struct ol_span t)
{
	struct ol_span name, used, total;

	if (!ol_span_ends(ol_span_rtrim(t), S("KB")) || !ol_span_token(&t, &name) ||
	    !ol_span_token(&t, &used))
		return false;
	/* a long cache name may hold blanks no more than other names do */
	return ol_span_token(&t, &total) && kb_token(used) && kb_token(total) && !ol_span_trim(t).n;
}

static bool match_TABLE_HEAD(struct ol_span t)
{
	return ol_table_columns(t) >= 4;
}

static bool match_TABLE_ROW(struct ol_span t)
{
	struct ol_row row;

	return ol_row_parse(t, &row);
}

static bool match_GROUP_SET(struct ol_span t)
{
	return has(t, S(" are going to be killed due to memory.oom.group set"));
}

static bool match_PANIC(struct ol_span t)
{
	return has(t, S("ut of memory")) || has(t, S("eadlocked on memory")) ||
	       has(t, S("panic_on_oom"));
}

static bool match_SHARING(struct ol_span t)
{
	return has(t, S(" sharing same memory"));
}

/*
 * audit: type=1400 audit(1710489600.200:33): apparmor="DENIED" operation="text"
 * type=1400 audit(…): …		type=AVC msg=audit(…): …
 * The kernel's record of what a program did, in that one's words
 */
static bool is_audit(struct ol_span t)
{
	if (ol_span_eat(&t, S("audit: ")))
		return ol_span_starts(t, S("type="));
	return ol_span_starts(t, S("type=")) && has(ol_span_head(t, 64), S("audit("));
}

/*
 * insmod: vmalloc: allocation failure: 5242880 bytes, mode:0xd2
 * x: vmalloc error: size 4096, page order 0, failed to allocate pages, mode:0xcc2(…)
 */
static bool match_VMALLOC_FAIL(struct ol_span t)
{
	return has(t, S(": vmalloc")) && has(t, S("mode:0x")) && !is_audit(t);
}

/* printk: 31 messages suppressed. oom_kill_process: 4 callbacks suppressed … messages dropped */
static bool match_SUPPRESSED(struct ol_span t)
{
	return has(t, S(" messages suppressed")) || has(t, S(" callbacks suppressed")) ||
	       has(t, S(" messages dropped")) || has(t, S(" kernel messages")) ||
	       has(t, S(" output lines suppressed"));
}

/* Write-error on swap-device (8:16:1234)		Write error -12 on dio swapfile (4096) */
static bool match_SWAP_ERROR(struct ol_span t)
{
	return t.n && t.p[0] == 'W' &&
	       (ol_span_starts(t, S("Write-error on swap-device")) ||
		(ol_span_starts(t, S("Write error ")) && has(t, S(" swapfile"))));
}

/* What a text must have besides its literal, where that stands at @at. */
static bool confirm(enum ol_shape sh, struct ol_span text, size_t at, size_t lit)
{
	struct ol_span rest = ol_span_skip(text, at + lit);
	uint64_t pid;

	if (is_audit(text))
		return false;
	switch (sh) {
	case OL_SH_INVOKED:
		/*
		 * a name of at most 15 bytes, each perhaps escaped as \xNN, and a sentence that
		 * ends
		 */
		return at > 0 && at <= 64 && (!rest.n || rest.p[0] == ':');
	case OL_SH_ALLOC_FAIL:
	case OL_SH_ALLOC_STALL:
		return at > 2 && text.p[at - 1] == ' ' && text.p[at - 2] == ':' && rest.n &&
		       (rest.p[0] == ':' || rest.p[0] == '.' || rest.p[0] == 's' ||
			rest.p[0] == ' ');
	case OL_SH_HUNG_TASK:
		return ol_span_find(ol_span_head(text, at), S("task ")) >= 0;
	case OL_SH_RCU_STALL:
		return ol_span_find(ol_span_head(text, at), S("rcu")) >= 0;
	case OL_SH_CPUSET:
		return has(ol_span_head(text, at), S(" cpuset=")) &&
		       !has(ol_span_head(text, at), S(" page allocation"));
	case OL_SH_KILLED:
	case OL_SH_CHOSEN:
	case OL_SH_CHOSEN_OLD:
		if (!ol_eat_u64(&rest, &pid) || !rest.n || (rest.p[0] != ' ' && rest.p[0] != ','))
			return false;
		/* "Out of memory: ", "Memory cgroup out of memory: ", "No available memory …: " */
		return at == 0 || (at >= 14 && at <= 48 && text.p[at - 2] == ':' &&
				   (ol_span_starts(text, S("Out of ")) ||
				    ol_span_starts(text, S("Memory cgroup out of ")) ||
				    ol_span_starts(text, S("No available memory"))));
	default:
		return true;
	}
}

#define match_fn_AT(id) NULL
#define match_fn_IN(id) NULL
#define match_fn_FN(id) match_##id
#define FLAG_           0
#define FLAG_H          OL_SHF_HEAD
#define FLAG_S          OL_SHF_START
#define FLAG_W          OL_SHF_WEAK

const struct ol_shape_info ol_shapes[OL_SH_MAX] = {
	[OL_SH_NONE] = { OL_PART_OTHER, 0, 0 },
#define OL_LINE(id, part, phase, flags, match, literal) \
	[OL_SH_##id] = { OL_PART_##part, phase, FLAG_##flags },
#include "analyze/dump/lines.def"
#undef OL_LINE
};

static const struct {
	enum match match;
	match_fn fn;
	struct ol_span literal;
} rows[OL_SH_MAX] = {
#define OL_LINE(id, part, phase, flags, match, literal) \
	[OL_SH_##id] = { match, match_fn_##match(id), { literal, sizeof(literal) - 1 } },
#include "analyze/dump/lines.def"
#undef OL_LINE
};

/*
 * What a text of a row without a literal can begin with: those rows would be asked for every line.
 */
static bool may_begin(enum ol_shape sh, char c)
{
	switch (sh) {
	case OL_SH_FRAME:
		return !ol_is_digit(c);
	case OL_SH_MEMCG_STAT:
		return c >= 'a' && c <= 'z';
	case OL_SH_PERCPU_ZONE:
	case OL_SH_ZONE:
	case OL_SH_BUDDY:
		return c >= 'A' && c <= 'Z';
	case OL_SH_COUNTERS:
		return ol_is_alpha(c);
	case OL_SH_PERCPU_CPU:
		return c == 'C' || c == 'c';
	case OL_SH_NODE:
		return c == 'N';
	case OL_SH_HUGEPAGES:
		return c == 'N' || c == 'h';
	case OL_SH_BUDDY_FRAGMENT:
		return ol_is_digit(c) || c == '=' || c == '(';
	case OL_SH_PAGE_COUNT:
	case OL_SH_ALLOC_ROW:
		return ol_is_digit(c);
	case OL_SH_SWAP_ERROR:
		return c == 'W';
	default:
		return true;
	}
}

/*
 * Two letters side by side that stand in each literal that may be anywhere in a text, and in few
 * other texts: all of these are looked for at once, and mostly nothing else has to be.
 */
static const char pairs[][2] = {
	{ 'l', 'l' }, { 'c', 'k' }, { 's', 's' }, { 'O', 'O' }, { 'I', '/' }, { 's', 'p' },
};
enum { PAIRS = sizeof(pairs) / sizeof(pairs[0]), ANY_TEXT = 1u << PAIRS };

typedef uint8_t v16 __attribute__((vector_size(16)));

/* Bit i: pairs[i] is among the 17 bytes at @p. */
static inline void add_pairs(v16 there[PAIRS], const char *p)
{
	v16 a, b;

	memcpy(&a, p, 16);
	memcpy(&b, p + 1, 16);
#pragma GCC unroll 8
	for (unsigned i = 0; i < PAIRS; i++)
		there[i] |= (v16)(a == (uint8_t)pairs[i][0]) & (v16)(b == (uint8_t)pairs[i][1]);
}

/* A bit for each of the pairs that @t has, and ANY_TEXT. */
static unsigned pairs_in(struct ol_span t)
{
	v16 there[PAIRS] = { 0 };
	unsigned ret = ANY_TEXT;
	char few[17] = "";

	if (t.n < sizeof(few)) {
		memcpy(few, t.p, t.n);
		add_pairs(there, few);
	} else {
		for (size_t i = 0; t.n - i >= sizeof(few); i += 16)
			add_pairs(there, t.p + i);
		add_pairs(there, t.p + t.n - sizeof(few));
	}
	for (unsigned i = 0; i < PAIRS; i++) {
		uint64_t half[2];

		memcpy(half, &there[i], 16);
		ret |= (half[0] | half[1]) != 0 ? 1u << i : 0;
	}
	return ret;
}

/* The pair that stands in all texts of a row that is not found by its first bytes, else 0. */
static unsigned pair_of(enum ol_shape sh)
{
	struct ol_span lit = rows[sh].literal;

	if (sh == OL_SH_VMALLOC_FAIL)
		lit = S(": vmalloc");
	else if (sh == OL_SH_SUPPRESSED) /* "messages" or "suppressed" */
		lit = S("ss");
	else if (rows[sh].match != IN)
		return 0;
	for (unsigned i = 0; i < PAIRS; i++)
		if (has(lit, ol_span(pairs[i], 2)))
			return 1u << i;
	return ANY_TEXT;
}

/*
 * Rows worth trying for a text by its first byte, in the order of the list; IN rows stand at the
 * end, the same for every byte. Filled once before main().
 */
static uint8_t candidates[256][OL_SH_MAX];
static uint8_t in_rows[OL_SH_MAX];
static uint8_t pair[OL_SH_MAX];

__attribute__((constructor)) static void index_rows(void)
{
	unsigned in = 0;

	for (int c = 0; c < 256; c++) {
		unsigned n = 0;

		for (uint8_t i = 1; i < OL_SH_MAX; i++) {
			struct ol_span lit = rows[i].literal;

			if (rows[i].match == IN)
				continue;
			if (lit.n ? (unsigned char)lit.p[0] == c : may_begin(i, (char)c))
				candidates[c][n++] = i;
		}
	}
	for (uint8_t i = 1; i < OL_SH_MAX; i++) {
		pair[i] = (uint8_t)pair_of(i);
		if (rows[i].match == IN)
			in_rows[in++] = i;
	}
}

bool ol_shape_starts(enum ol_shape shape, bool by_program)
{
	const struct ol_shape_info *i = &ol_shapes[shape];

	if (i->flags & OL_SHF_HEAD)
		return true;
	return i->flags & OL_SHF_START && (!by_program || i->phase >= OL_PHASE_KILL);
}

enum ol_shape ol_shape_of(struct ol_span text)
{
	const uint8_t *row;
	unsigned there = 0;

	/* what the kernel prints ends long before: the rest is not looked at */
	text = ol_span_ltrim(ol_span_head(text, OL_TEXT_MAX));
	if (!text.n)
		return OL_SH_NONE;
	for (row = candidates[(unsigned char)text.p[0]]; *row; row++) {
		if (pair[*row]) {
			there = there ? there : pairs_in(text);
			if (!(there & pair[*row]))
				continue;
		}
		if ((!rows[*row].literal.n || ol_span_starts(text, rows[*row].literal)) &&
		    (rows[*row].match == AT || rows[*row].fn(text)))
			return *row;
	}
	there = there ? there : pairs_in(text);
	for (row = in_rows; *row; row++) {
		ssize_t at = there & pair[*row] ? ol_span_find(text, rows[*row].literal) : -1;

		if (at >= 0 && confirm(*row, text, (size_t)at, rows[*row].literal.n))
			return *row;
	}
	return OL_SH_NONE;
}
