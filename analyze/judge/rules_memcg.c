// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/judge/judge_impl.h"

/*
 * A cgroup hit its limit. Which one: the victim's own, its pod's or another ancestor's. Of what its
 * charge consisted decides the cause; the machine's own state has no part in it.
 */

struct charge {
	uint64_t total, anon, shmem, file, kernel, swap;
	bool parts; /* the charge's parts are known */
	uint64_t dirty, writeback;
	bool dirty_known;
	enum ol_account_part kernel_most; /* largest named kind of kernel memory */
	uint64_t kernel_most_kb;
};

static uint64_t part(const struct ol_accounting *a, enum ol_account_part p)
{
	return a->has & 1u << p ? a->kb[p] : 0;
}

static uint64_t stat_kb(const struct ol_oom_event *e, enum ol_key id)
{
	const struct ol_kv *kv = ol_kv_get(&e->memcg_stats, id);

	return kv ? kv->v / 1024 : 0;
}

/*
 * file_dirty 4096		memory.stat, 5.3+; on version 1 since 6.11: dirty, total_dirty
 * … dirty:4KB writeback:0KB …	4.2 - 5.2, a line per cgroup: what is charged to it alone
 */
static bool dirty_kb(const struct ol_oom_event *e, const enum ol_key ids[3], uint64_t *ret)
{
	const struct ol_kv *kv = NULL;
	uint64_t sum = 0;

	for (uint32_t i = 0; e->memcg_members.n > 1 && i < e->memcg_members.n; i++) {
		kv = ol_kv_get(&e->memcg_members.v[i].stats, ids[2]);
		if (!kv || __builtin_add_overflow(sum, kv->v / 1024, &sum))
			return false;
	}
	for (int i = 0; i < 3 && !kv; i++) {
		kv = ol_kv_get(&e->memcg_stats, ids[i]);
		sum = kv ? kv->v / 1024 : 0;
	}
	*ret = sum;
	return kv;
}

static void weigh(struct ol_case *c, struct charge *q)
{
	static const enum ol_key dirty[] = { OL_K_FILE_DIRTY, OL_K_TOTAL_DIRTY, OL_K_DIRTY };
	static const enum ol_key writeback[] = { OL_K_FILE_WRITEBACK, OL_K_TOTAL_WRITEBACK,
						 OL_K_WRITEBACK };
	static const enum ol_account_part kernel[] = {
		OL_AC_SLAB_RECLAIMABLE, OL_AC_SLAB_UNRECLAIMABLE, OL_AC_SLAB, OL_AC_KERNEL_MISC,
		OL_AC_PAGE_TABLES,      OL_AC_KERNEL_STACKS,      OL_AC_SOCK, OL_AC_PERCPU,
		OL_AC_VMALLOC,          OL_AC_KERNEL_OTHER,
	};
	const struct ol_accounting *a = &c->v->account;
	uint64_t left, lru, moved;

	*q = (struct charge){ .kernel_most = OL_AC_MAX };
	if (!a->done)
		return;
	q->total = a->total_kb;
	q->anon = part(a, OL_AC_ANON) + part(a, OL_AC_ZSWAP) + part(a, OL_AC_SWAP_CACHE);
	q->shmem = part(a, OL_AC_SHMEM);
	q->file = part(a, OL_AC_FILE);
	q->swap = a->swap_kb;
	left = part(a, OL_AC_UNACCOUNTED);
	for (size_t i = 0; i < sizeof(kernel) / sizeof(kernel[0]); i++) {
		uint64_t kb = part(a, kernel[i]);

		q->kernel += kb;
		if (kb > q->kernel_most_kb) {
			q->kernel_most_kb = kb;
			q->kernel_most = kernel[i];
		}
	}
	/* swap cache is on the anonymous lists and charged, but in no counter before 5.12 */
	lru = stat_kb(c->e, OL_K_ACTIVE_ANON) + stat_kb(c->e, OL_K_INACTIVE_ANON);
	lru = lru > q->shmem ? lru - q->shmem : 0;
	if (lru > q->anon && !c->e->memcg_members.n) {
		moved = lru - q->anon < left ? lru - q->anon : left;
		q->anon += moved;
		left -= moved;
	}
	/*
	 * All that is charged is either on a list of pages or kernel memory, so what the counters
	 * leave
	 * over is kernel memory that this kernel does not itemise (page tables before 5.11, pipe
	 * buffers).
	 */
	if (left * 4 > q->total) {
		q->kernel += left;
		if (left > q->kernel_most_kb) {
			q->kernel_most_kb = left;
			q->kernel_most = OL_AC_UNACCOUNTED;
		}
	}
	/* 3.13 - 4.1 print writeback alone */
	q->dirty_known = dirty_kb(c->e, dirty, &q->dirty);
	q->dirty_known &= dirty_kb(c->e, writeback, &q->writeback);
	q->parts = (a->has & (1u << OL_AC_ANON | 1u << OL_AC_FILE)) != 0;
}

static bool span_same(struct ol_text a, struct ol_text b)
{
	return a.s.p && b.s.p && ol_span_eq(a.s, b.s);
}

/* Is @up an ancestor of @path? */
static bool is_above(struct ol_span up, struct ol_span path)
{
	return up.p && path.p && up.n < path.n && ol_span_starts(path, up) &&
	       (up.n == 1 || path.p[up.n] == '/');
}

static const char *whose_limit(const struct ol_oom_event *e)
{
	if (!e->oom_memcg.s.p)
		return "its memory cgroup's limit";
	if (span_same(e->oom_memcg, e->task_memcg))
		return e->has_container && e->container.id.p ? "its container's limit"
							     : "its cgroup's limit";
	if (is_above(e->oom_memcg.s, e->task_memcg.s)) {
		if (ol_span_find(e->oom_memcg.s, OL_SPAN("pod")) >= 0 &&
		    ol_span_find(e->oom_memcg.s, OL_SPAN("kubepods")) >= 0 &&
		    e->container.pod_uid.p && !ol_span_ends(e->oom_memcg.s, OL_SPAN("kubepods")) &&
		    !ol_span_ends(e->oom_memcg.s, OL_SPAN("kubepods.slice")))
			return "its pod's limit";
		return "the limit of a cgroup above its own";
	}
	return "a memory cgroup's limit";
}

static struct ol_span last_component(struct ol_span path)
{
	ssize_t at = ol_span_rfind(path, OL_SPAN("/"));

	return at >= 0 && (size_t)at + 1 < path.n ? ol_span_skip(path, (size_t)at + 1) : path;
}

static bool at_limit(struct ol_val usage, struct ol_val limit)
{
	return usage.set && limit.set && limit.v > 0 && limit.v < OL_UNLIMITED_KB &&
	       usage.v >= limit.v / 20 * 19;
}

/*
 * A limit on memory alone is met by swapping, while there is swap that the cgroup may use. What
 * ended that is the limit on both together (version 1), or that on swap (version 2):
 *
 *   memory+swap: usage 61440kB, limit 61440kB, failcnt 46
 *   swap: usage 16384kB, limit 16384kB, failcnt 12
 */
static void explain_swap_limit(struct ol_case *c)
{
	struct ol_oom_event *e = c->e;

	if (at_limit(e->memsw_usage_kb, e->memsw_limit_kb) &&
	    (!e->limit_kb.set || e->memsw_limit_kb.v > e->limit_kb.v)) {
		ol_judge_explain(
			c, ol_judge_text(e,
					 "Memory and swap together were at their limit too (%s): "
					 "above the limit of memory alone it would have swapped.",
					 KB(e->memsw_limit_kb.v)));
		ol_judge_evidence(c, e->memsw_usage_kb.line,
				  ol_judge_text(e, "memory and swap %s of limit %s",
						KB(e->memsw_usage_kb.v), KB(e->memsw_limit_kb.v)));
	} else if (at_limit(e->swap_usage_kb, e->swap_limit_kb)) {
		ol_judge_explain(c, ol_judge_text(e, "All swap that it may use (%s) was taken.",
						  KB(e->swap_limit_kb.v)));
		ol_judge_evidence(c, e->swap_usage_kb.line,
				  ol_judge_text(e, "swap %s of limit %s", KB(e->swap_usage_kb.v),
						KB(e->swap_limit_kb.v)));
	}
}

static void explain_limit(struct ol_case *c)
{
	struct ol_oom_event *e = c->e;

	if (e->usage_kb.set && e->limit_kb.set && e->limit_kb.v < OL_UNLIMITED_KB) {
		ol_judge_explain(c, ol_judge_text(e, "%s held %s of the %s that it may hold%s.",
						  e->oom_memcg.s.p ? "The cgroup" : "A cgroup",
						  KB(e->usage_kb.v), KB(e->limit_kb.v),
						  e->failcnt.set && e->failcnt.v > 1
							  ? ", and had run into that limit before"
							  : ""));
		ol_judge_evidence(c, e->usage_kb.line,
				  ol_judge_text(e, "usage %s of limit %s", KB(e->usage_kb.v),
						KB(e->limit_kb.v)));
	}
	explain_swap_limit(c);
	if (is_above(e->oom_memcg.s, e->task_memcg.s))
		ol_judge_explain(
			c,
			ol_judge_text(
				e,
				"The limit is not the victim's own: it belongs to %.*s, which all "
				"cgroups below it share, so what filled it need not be the victim.",
				OL_SPAN_ARG(ol_span_head(last_component(e->oom_memcg.s), 80))));
	ol_judge_explain(c,
			 ol_judge_text(e, "The rest of the machine played no part: memory that is "
					  "free outside this cgroup may not be used by it."));
}

/* The processes of the cgroup, folded: who held it. Returns the largest group, or NULL. */
static const struct ol_group *largest_group(struct ol_case *c, uint32_t *ret_n)
{
	struct ol_group *groups = NULL;

	*ret_n = 0;
	if (ol_event_groups(c->e, &groups, ret_n) < 0 || !*ret_n)
		return NULL;
	return groups;
}

static uint64_t round_up_mib(uint64_t kb)
{
	uint64_t step = kb > 8u << 20 ? 1u << 20 : kb > 1u << 20 ? 256u << 10 : 64u << 10;

	if (kb < 256u << 10)
		step = 16u << 10;
	return (kb + step - 1) / step * step;
}

static void advise_anon(struct ol_case *c, const struct charge *q)
{
	struct ol_oom_event *e = c->e;
	uint32_t n;
	const struct ol_group *g = largest_group(c, &n);
	uint64_t limit = e->limit_kb.set ? (uint64_t)e->limit_kb.v : q->total;

	if (g && g->count > 1 && g->rss_kb)
		ol_judge_advise(
			c, ol_judge_text(e,
					 "%u processes named " COMM_FMT
					 " held %s together, about %s each: with "
					 "one fewer about %s would be free under the limit of %s.",
					 g->count, (int)(g->comm.n > 64 ? 64 : g->comm.n),
					 g->comm.p, KB(g->rss_kb), KB(g->rss_kb / g->count),
					 KB(g->rss_kb / g->count), KB(limit)));
	ol_judge_advise(
		c, ol_judge_text(
			   e,
			   "If this is what the workload needs, raise the limit: it held %s%s%s at "
			   "the "
			   "kill, so try %s and watch whether the next peak stays below it.",
			   KB(q->total), q->swap ? " in memory and more in swap, together " : "",
			   q->swap ? KB(q->total + q->swap) : "",
			   KB(round_up_mib((q->total + q->swap) + (q->total + q->swap) / 4))));
	ol_judge_advise(
		c, ol_judge_text(e, "If it grows without end (compare several kills: --list), "
				    "more memory only delays the next kill: look for a leak in the "
				    "largest process."));
	if (q->file * 20 < q->total)
		ol_judge_advise(
			c, ol_judge_text(
				   e, "Dropping caches will not help: file cache was %s of the %s.",
				   q->file ? KB(q->file) : "nothing", KB(q->total)));
}

/*
 * A crowd of small processes: each costs the kernel some hundred KiB (stack, page tables, task
 * and file structures), which is more than many of them use themselves.
 */
static bool advise_crowd(struct ol_case *c, const struct charge *q)
{
	uint32_t n;
	const struct ol_group *g = largest_group(c, &n);

	if (!g || g->count < 16 || q->kernel / g->count > 1024)
		return false;
	ol_judge_advise(
		c,
		ol_judge_text(c->e,
			      "%u processes named " COMM_FMT
			      " ran in it, and each costs the kernel some hundred KiB (stack, page "
			      "tables, open files), whatever it does: fewer of them, or a pids.max "
			      "(TasksMax=) that the limit has room for.",
			      g->count, (int)(g->comm.n > 64 ? 64 : g->comm.n), g->comm.p));
	return true;
}

static const char *shortage(const struct charge *q)
{
	if (q->dirty + q->writeback > q->file / 2)
		return "most of it was not yet written to disk, so it could not be dropped";
	if (!q->dirty_known)
		return "reclaim did not get it back in time (in use, read again at once, or not "
		       "yet written to disk)";
	return "reclaim did not get it back in time (in use, or read again at once)";
}

static void judge_parts(struct ol_case *c, const struct charge *q)
{
	struct ol_oom_event *e = c->e;
	const char *limit = whose_limit(e);
	struct ol_verdict *v = c->v;
	static const enum ol_cause causes[] = {
		OL_CAUSE_MEMCG_ANON,
		OL_CAUSE_MEMCG_SHMEM,
		OL_CAUSE_MEMCG_PAGE_CACHE,
		OL_CAUSE_MEMCG_KERNEL,
	};
	uint64_t most, second = 0;
	const uint64_t all[] = { q->anon, q->shmem, q->file, q->kernel };
	size_t top = 0;
	bool full = !e->usage_kb.set || !e->limit_kb.set || e->limit_kb.v >= OL_UNLIMITED_KB ||
		    (uint64_t)e->usage_kb.v * 20 >= (uint64_t)e->limit_kb.v * 19;

	for (size_t i = 1; i < 4; i++)
		if (all[i] > all[top])
			top = i;
	most = all[top];
	for (size_t i = 0; i < 4; i++)
		if (i != top && all[i] > second)
			second = all[i];
	v->cause = causes[top];
	/*
	 * the statistics lag behind the charge by some pages per CPU: small cgroups cannot be sure
	 */
	v->confidence = most * 2 >= q->total && second * 3 <= most && full && q->total >= 4096
				? OL_CONF_HIGH
			: most * 3 >= q->total && second < most ? OL_CONF_MEDIUM
								: OL_CONF_LOW;
	switch (v->cause) {
	case OL_CAUSE_MEMCG_ANON:
		ol_judge_headline(
			c, ol_judge_text(
				   e,
				   "The processes' own memory (heaps and stacks) filled %s: %s of "
				   "%s.",
				   limit, KB(q->anon), KB(q->total)));
		advise_anon(c, q);
		break;
	case OL_CAUSE_MEMCG_SHMEM:
		ol_judge_headline(
			c, ol_judge_text(e, "Shared memory or files in tmpfs filled %s: %s of %s.",
					 limit, KB(q->shmem), KB(q->total)));
		ol_judge_explain(
			c,
			ol_judge_text(e, "Files in tmpfs (/dev/shm, /tmp, memory-backed emptyDir) "
					 "and shared mappings count against the cgroup that wrote "
					 "them and stay when the process dies: killing a process "
					 "frees them only if nobody else maps them and the file is "
					 "deleted."));
		ol_judge_advise(
			c,
			ol_judge_text(e,
				      "Find and bound them: df -t tmpfs inside the container, "
				      "size= on the mount, sizeLimit on an emptyDir; or give the "
				      "limit %s more.",
				      KB(q->shmem)));
		break;
	case OL_CAUSE_MEMCG_PAGE_CACHE:
		ol_judge_headline(c, ol_judge_text(e, "File cache filled %s (%s of %s), and %s.",
						   limit, KB(q->file), KB(q->total), shortage(q)));
		if (q->dirty_known && q->dirty + q->writeback)
			ol_judge_explain(
				c, ol_judge_text(
					   e, "Of the cache %s was dirty and %s under writeback.",
					   KB(q->dirty), KB(q->writeback)));
		ol_judge_advise(
			c, ol_judge_text(
				   e, "Writing slower than the disk takes it, or in smaller "
				      "batches (fsync now and then, O_DIRECT for bulk copies), "
				      "keeps the cache clean; on cgroup v2 memory.high below the "
				      "limit makes the writer wait instead of dying."));
		break;
	default:
		ol_judge_headline(
			c,
			ol_judge_text(
				e, "Kernel memory charged to the cgroup filled %s: %s of %s%s%s%s.",
				limit, KB(q->kernel), KB(q->total),
				q->kernel_most < OL_AC_MAX ? ", most of it " : "",
				q->kernel_most < OL_AC_MAX ? ol_account_words(q->kernel_most) : "",
				""));
		ol_judge_explain(
			c,
			ol_judge_text(
				e, "That is memory that the kernel holds for these processes: "
				   "page tables, file and socket objects, dentries and inodes, "
				   "pipes, maps of bpf. Killing helps only when it goes with the "
				   "process."));
		if (advise_crowd(c, q))
			;
		else if (q->kernel_most == OL_AC_SLAB_RECLAIMABLE)
			ol_judge_advise(
				c, ol_judge_text(
					   e, "It is mostly dentries and inodes of files that were "
					      "looked at: a scan over fewer files at a time, or a "
					      "limit with room for about 1 KiB per file."));
		else if (q->kernel_most == OL_AC_PAGE_TABLES)
			ol_judge_advise(
				c,
				ol_judge_text(e,
					      "Many processes that map much memory need %s of page "
					      "tables: huge pages or fewer processes shrink them.",
					      KB(q->kernel_most_kb)));
		else if (q->kernel_most == OL_AC_SOCK)
			ol_judge_advise(
				c, ol_judge_text(
					   e, "Socket buffers: slow readers, too many connections "
					      "or too large buffers."));
		else
			ol_judge_advise(
				c,
				ol_judge_text(
					e, "See what grows: memory.stat of the cgroup "
					   "(slab_unreclaimable, sock, percpu, pagetables) while "
					   "it runs."));
		break;
	}
	explain_limit(c);
	if (e->memcg_stats.n)
		ol_judge_evidence(
			c, e->memcg_stats.v[0].line,
			ol_judge_text(e, "of %s: anonymous %s, shared %s, file cache %s, kernel %s",
				      KB(q->total), KB(q->anon), KB(q->shmem), KB(q->file),
				      KB(q->kernel)));
	else if (e->memcg_members.n)
		ol_judge_evidence(c, e->memcg_members.v[0].path.line,
				  ol_judge_text(e, "of %s: anonymous %s, shared %s, file cache %s",
						KB(q->total), KB(q->anon), KB(q->shmem),
						KB(q->file)));
}

/*
 * Kernels before 3.9 print no statistics: the resident memory of the listed tasks is what is left.
 */
static bool table_says_anon(struct ol_case *c, const struct charge *q)
{
	struct ol_oom_event *e = c->e;
	uint64_t rss = 0, limit;

	if (q->parts || !e->limit_kb.set || e->limit_kb.v >= OL_UNLIMITED_KB || !e->page_kb)
		return false;
	limit = (uint64_t)e->limit_kb.v;
	for (uint32_t i = 0; i < e->tasks.n; i++)
		if (e->tasks.v[i].mask & 1u << OL_COL_RSS && e->tasks.v[i].col[OL_COL_RSS] > 0)
			rss += (uint64_t)e->tasks.v[i].col[OL_COL_RSS] * e->page_kb;
	if (rss * 10 < limit * 6)
		return false;
	c->v->cause = OL_CAUSE_MEMCG_ANON;
	c->v->confidence = OL_CONF_MEDIUM;
	ol_judge_headline(
		c, ol_judge_text(
			   e, "The processes of the cgroup held %s, most of what %s allows (%s).",
			   KB(rss), whose_limit(e), KB(limit)));
	explain_limit(c);
	ol_judge_explain(
		c, ol_judge_text(
			   e, "This kernel prints no statistics of the cgroup; the sum is that of "
			      "the resident memory in the task list, in which shared pages count "
			      "for each task."));
	return true;
}

bool ol_rule_memcg(struct ol_case *c)
{
	struct ol_oom_event *e = c->e;
	struct charge q;
	uint64_t victim = 0, victim_file = 0;

	if (!c->memcg)
		return false;
	weigh(c, &q);
	if (q.parts && q.anon + q.shmem + q.file + q.kernel > 0 &&
	    (q.anon + q.shmem + q.file + q.kernel) * 3 >= q.total) {
		judge_parts(c, &q);
		return true;
	}
	/* what the victim alone held may say it, when the statistics are cut */
	for (uint32_t i = 0; i < e->victims.n; i++) {
		if (e->victims.v[i].anon_rss_kb.set)
			victim += (uint64_t)e->victims.v[i].anon_rss_kb.v;
		if (e->victims.v[i].file_rss_kb.set)
			victim_file += (uint64_t)e->victims.v[i].file_rss_kb.v;
	}
	if (e->limit_kb.set && e->limit_kb.v < OL_UNLIMITED_KB &&
	    victim * 2 > (uint64_t)e->limit_kb.v) {
		c->v->cause = OL_CAUSE_MEMCG_ANON;
		c->v->confidence = OL_CONF_MEDIUM;
		ol_judge_headline(
			c,
			ol_judge_text(
				e, "The victim's own memory (%s) was most of what %s allows (%s).",
				KB(victim), whose_limit(e), KB(e->limit_kb.v)));
		explain_limit(c);
		return true;
	}
	if (table_says_anon(c, &q))
		return true;
	if (q.parts && q.total) {
		/* hardly anything of the charge is in the printed counters */
		c->v->cause = OL_CAUSE_UNKNOWN;
		ol_judge_headline(
			c,
			ol_judge_text(e,
				      "A cgroup was at its limit of %s, but the counters that the "
				      "kernel printed explain only %s of it.",
				      KB(e->limit_kb.set ? e->limit_kb.v : (int64_t)q.total),
				      KB(q.anon + q.shmem + q.file + q.kernel)));
		explain_limit(c);
		return true;
	}
	c->v->cause = OL_CAUSE_UNKNOWN;
	if (victim > 10 * victim_file && victim > 16384) {
		/*
		 * a large anonymous victim makes anonymous memory likely; without the limit no more
		 * than that
		 */
		ol_judge_contributes(c, OL_CAUSE_MEMCG_ANON);
	}
	ol_judge_headline(
		c,
		ol_judge_text(e, "A memory cgroup was at its limit; the log does not say of what "
				 "its memory consisted."));
	return true;
}
