// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "analyze/dump/explain.h"
#include "analyze/judge/verdict.h"

/* Facts in, findings out. What they are in words is tested where words are made. */

/* ---- events by hand ---- */

static void ev_init(struct ol_oom_event *e)
{
	*e = (struct ol_oom_event){ .kind = OL_EV_OOM,
				    .constraint = OL_CONSTRAINT_NONE,
				    .page_kb = 4 };
	ol_arena_init(&e->arena, 1 << 20);
}

static struct ol_val val(int64_t v)
{
	return (struct ol_val){ .v = v, .line = 1, .set = true };
}

static void kv(struct ol_oom_event *e, ol_kv_vec *kvs, enum ol_key id, uint64_t v)
{
	struct ol_kv *k = ol_vec_push(&e->arena, kvs);

	assert_non_null(k);
	*k = (struct ol_kv){ .v = v, .unit = OL_U_PAGES, .id = (uint16_t)id, .line = 2 };
}

static const struct ol_verdict *judge(struct ol_oom_event *e)
{
	assert_int_equal(ol_event_judge(e), 0);
	assert_non_null(e->verdict);
	assert_true(e->verdict->done);
	assert_int_not_equal(e->verdict->headline.id, OL_SAY_NONE);
	return e->verdict;
}

static bool advises(const struct ol_verdict *v, enum ol_say id)
{
	for (uint32_t i = 0; i < v->advice.n; i++)
		if (v->advice.v[i].id == id)
			return true;
	return false;
}

/* An argument of a finding that is known to be of this id. */
#define ARG(f, id, arg) (((const struct ol_say_##id *)(f).args)->arg)

/* ---- what filled RAM ---- */

#define RAM 100000 /* pages; what the parts below leave over is free, but for the unaccounted */

/* A request that may sleep and go anywhere, and the one zone, which is below its high mark. */
static void request(struct ol_oom_event *e, uint64_t free_kb, uint64_t locked_kb)
{
	struct ol_zone *z = ol_vec_push(&e->arena, &e->zones);
	unsigned unknown;

	e->era = ol_gfp_era_for_release(OL_SPAN("6.12"));
	e->gfp_mask = val(0xcc0);
	assert_int_equal(ol_gfp_parse_names(e->era, OL_SPAN("GFP_KERNEL"), &e->gfp, &unknown), 0);
	e->gfp_decoded = true;
	e->order = val(0);
	e->constraint_printed = true;
	assert_non_null(z);
	*z = (struct ol_zone){ .name = OL_SPAN("Normal"),
			       .type = OL_ZONE_NORMAL,
			       .line = 8,
			       .all_unreclaimable = -1 };
	kv(e, &z->kv, OL_K_FREE, free_kb);
	kv(e, &z->kv, OL_K_MIN, 1000);
	kv(e, &z->kv, OL_K_HIGH, free_kb + 8);
	kv(e, &z->kv, OL_K_KERNEL_STACK, 0);
	kv(e, &z->kv, OL_K_MLOCKED, locked_kb);
	kv(e, &z->kv, OL_K_PRESENT, RAM * 4);
	for (uint32_t i = 0; i < z->kv.n; i++)
		z->kv.v[i].unit = OL_U_KB;
}

struct machine {
	uint64_t anon, shmem, file, dirty, slab_r, slab_u, tables, locked, huge, unaccounted;
	uint64_t idle; /* of the huge pages */
	int64_t swap, swap_free; /* kB; -1: not in the log */
	uint32_t swap_errors;
};

static void machine(struct ol_oom_event *e, const struct machine *m)
{
	struct ol_hugepages *h;
	uint64_t used = m->anon + m->shmem + m->file + m->slab_r + m->slab_u + m->tables +
			m->locked + m->huge + m->unaccounted;

	ev_init(e);
	e->ram_pages = val(RAM);
	kv(e, &e->memory, OL_K_ACTIVE_ANON, m->anon + m->shmem);
	kv(e, &e->memory, OL_K_INACTIVE_ANON, 0);
	kv(e, &e->memory, OL_K_ACTIVE_FILE, 0);
	kv(e, &e->memory, OL_K_INACTIVE_FILE, m->file);
	kv(e, &e->memory, OL_K_ISOLATED_ANON, 0);
	kv(e, &e->memory, OL_K_ISOLATED_FILE, 0);
	kv(e, &e->memory, OL_K_UNEVICTABLE, m->locked);
	kv(e, &e->memory, OL_K_DIRTY, m->dirty);
	kv(e, &e->memory, OL_K_WRITEBACK, 0);
	kv(e, &e->memory, OL_K_SHMEM, m->shmem);
	kv(e, &e->memory, OL_K_SLAB_RECLAIMABLE, m->slab_r);
	kv(e, &e->memory, OL_K_SLAB_UNRECLAIMABLE, m->slab_u);
	kv(e, &e->memory, OL_K_PAGETABLES, m->tables);
	kv(e, &e->memory, OL_K_FREE, RAM - used);
	h = ol_vec_push(&e->arena, &e->hugepages);
	assert_non_null(h);
	*h = (struct ol_hugepages){ .node = -1, .line = 9 };
	kv(e, &h->kv, OL_K_HUGE_TOTAL, m->huge / 512);
	kv(e, &h->kv, OL_K_HUGE_FREE, m->idle / 512);
	kv(e, &h->kv, OL_K_HUGE_SIZE, 2048);
	request(e, (RAM - used) * 4, m->locked * 4);
	e->swap_errors = m->swap_errors;
	if (m->swap < 0)
		return;
	e->swap_total_kb = val(m->swap);
	e->swap_free_kb = val(m->swap_free);
}

static void test_what_filled_ram(void **state)
{
	static const struct {
		const char *what;
		struct machine m;
		enum ol_cause cause;
		enum ol_confidence confidence;
		enum ol_say headline, advice;
	} rows[] = {
		{ "no swap",
		  { .anon = 90000 },
		  OL_CAUSE_ANON_NO_SWAP,
		  OL_CONF_HIGH,
		  OL_SAY_ANON_NO_SWAP,
		  OL_SAY_CACHES_NO_HELP },
		{ "swap is full",
		  { .anon = 90000, .swap = 100000, .swap_free = 100 },
		  OL_CAUSE_ANON_SWAP_FULL,
		  OL_CONF_HIGH,
		  OL_SAY_ANON_SWAP_FULL,
		  OL_SAY_MORE_SWAP_DELAYS },
		{ "swap cannot be written",
		  { .anon = 90000, .swap = 100000, .swap_free = 90000, .swap_errors = 3 },
		  OL_CAUSE_SWAP_UNUSABLE,
		  OL_CONF_HIGH,
		  OL_SAY_SWAP_WRITE_FAILED,
		  OL_SAY_SWAP_NEEDS_MEMORY },
		{ "swap untouched",
		  { .anon = 90000, .swap = 100000, .swap_free = 99000 },
		  OL_CAUSE_SWAP_UNUSABLE,
		  OL_CONF_MEDIUM,
		  OL_SAY_SWAP_UNTOUCHED,
		  OL_SAY_ALLOW_SWAP },
		{ "swap half used",
		  { .anon = 90000, .swap = 100000, .swap_free = 50000 },
		  OL_CAUSE_RECLAIM_STALL,
		  OL_CONF_LOW,
		  OL_SAY_SWAP_TOO_SLOW,
		  OL_SAY_LOOK_AT_SWAP },
		{ "nothing about swap",
		  { .anon = 90000, .swap = -1 },
		  OL_CAUSE_UNKNOWN,
		  OL_CONF_LOW,
		  OL_SAY_ANON_SWAP_UNKNOWN,
		  OL_SAY_CACHES_NO_HELP },
		{ "tmpfs",
		  { .shmem = 80000, .anon = 9000 },
		  OL_CAUSE_SHMEM,
		  OL_CONF_HIGH,
		  OL_SAY_SHMEM_FILLED,
		  OL_SAY_BOUND_TMPFS },
		{ "dirty cache",
		  { .file = 80000, .dirty = 60000 },
		  OL_CAUSE_RECLAIM_STALL,
		  OL_CONF_HIGH,
		  OL_SAY_CACHE_NOT_FREED,
		  OL_SAY_DIRTY_FIRST },
		{ "clean cache",
		  { .file = 80000 },
		  OL_CAUSE_RECLAIM_STALL,
		  OL_CONF_MEDIUM,
		  OL_SAY_CACHE_NOT_FREED,
		  OL_SAY_ADD_UP_PROTECTION },
		{ "locked",
		  { .locked = 80000 },
		  OL_CAUSE_MLOCKED,
		  OL_CONF_HIGH,
		  OL_SAY_MLOCKED,
		  OL_SAY_BOUND_MLOCK },
		{ "inodes",
		  { .slab_r = 80000 },
		  OL_CAUSE_SLAB_PINNED,
		  OL_CONF_HIGH,
		  OL_SAY_SLAB_PINNED,
		  OL_SAY_FIND_PINNED_CACHE },
		{ "a leak of objects",
		  { .slab_u = 80000 },
		  OL_CAUSE_SLAB_UNRECLAIMABLE,
		  OL_CONF_HIGH,
		  OL_SAY_SLAB_UNRECLAIMABLE,
		  OL_SAY_FIND_SLAB_OWNER },
		{ "page tables",
		  { .tables = 80000 },
		  OL_CAUSE_PAGE_TABLES,
		  OL_CONF_HIGH,
		  OL_SAY_TABLES_FILLED,
		  OL_SAY_SHRINK_TABLES },
		{ "huge pages",
		  { .huge = 512 * 150 },
		  OL_CAUSE_HUGEPAGES_USED,
		  OL_CONF_HIGH,
		  OL_SAY_HUGEPAGES_USED,
		  OL_SAY_HUGEPAGES_IN_USE },
		{ "huge pages that nobody uses",
		  { .huge = 512 * 150, .idle = 512 * 140 },
		  OL_CAUSE_HUGEPAGES,
		  OL_CONF_HIGH,
		  OL_SAY_HUGEPAGES_FILLED,
		  OL_SAY_HUGEPAGES_IDLE },
		{ "in no counter",
		  { .unaccounted = 80000 },
		  OL_CAUSE_UNACCOUNTED,
		  OL_CONF_HIGH,
		  OL_SAY_UNACCOUNTED,
		  OL_SAY_FIND_PAGE_OWNER },
		{ "a third is likely, no more",
		  { .slab_u = 40000, .file = 25000 },
		  OL_CAUSE_SLAB_UNRECLAIMABLE,
		  OL_CONF_MEDIUM,
		  OL_SAY_SLAB_UNRECLAIMABLE,
		  OL_SAY_FIND_SLAB_OWNER },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct ol_verdict *v;
		struct ol_oom_event e;

		machine(&e, &rows[i].m);
		v = judge(&e);
		if (v->cause != rows[i].cause || v->confidence != rows[i].confidence ||
		    v->headline.id != rows[i].headline || !advises(v, rows[i].advice))
			fail_msg("%s: %s, %s, headline %d", rows[i].what, ol_cause_name(v->cause),
				 ol_confidence_name(v->confidence), (int)v->headline.id);
		ol_arena_done(&e.arena);
	}
}

static void test_numbers_come_along(void **state)
{
	const struct ol_verdict *v;
	struct ol_oom_event e;

	(void)state;
	machine(&e, &(struct machine){ .shmem = 60000, .slab_u = 21000, .swap = 0 });
	v = judge(&e);
	assert_int_equal(v->headline.id, OL_SAY_SHMEM_FILLED);
	assert_int_equal(ARG(v->headline, SHMEM_FILLED, shmem), 60000 * 4);
	assert_int_equal(ARG(v->headline, SHMEM_FILLED, ram), RAM * 4);
	assert_int_equal(ARG(v->headline, SHMEM_FILLED, swap), 1); /* there is none */
	assert_int_equal(v->contributing.n, 1);
	assert_int_equal(v->contributing.v[0], OL_CAUSE_SLAB_UNRECLAIMABLE);
	assert_int_equal(v->evidence.v[0].value.id, OL_SAY_COUNTER);
	assert_int_equal(v->evidence.v[0].line, 2);
	assert_int_equal(ARG(v->evidence.v[0].value, COUNTER, what), OL_PHRASE_SHARED_MEMORY);
	ol_arena_done(&e.arena);
}

/* ---- what the log lost ---- */

static void lose(ol_kv_vec *kvs, enum ol_key id)
{
	for (uint32_t i = 0; i < kvs->n; i++)
		if (kvs->v[i].id == id)
			kvs->v[i].id = OL_K_NONE;
}

/* A counter that is not there is not 0: what it may be is not excluded. */
static void test_lost_counters(void **state)
{
	static const struct {
		const char *what;
		struct machine m;
		enum ol_key lost;
		enum ol_cause cause;
		enum ol_confidence at_most;
	} rows[] = {
		{ "anonymous lists may hold shared memory",
		  { .anon = 90000 },
		  OL_K_SHMEM,
		  OL_CAUSE_ANON_NO_SWAP,
		  OL_CONF_LOW },
		{ "the rest may be locked",
		  { .locked = 80000 },
		  OL_K_UNEVICTABLE,
		  OL_CAUSE_UNACCOUNTED,
		  OL_CONF_LOW },
		{ "the rest may be slab",
		  { .slab_r = 80000 },
		  OL_K_SLAB_RECLAIMABLE,
		  OL_CAUSE_UNACCOUNTED,
		  OL_CONF_LOW },
		{ "the cache may be dirty or not",
		  { .file = 80000 },
		  OL_K_DIRTY,
		  OL_CAUSE_RECLAIM_STALL,
		  OL_CONF_LOW },
		{ "what is free is not told",
		  { .anon = 90000 },
		  OL_K_FREE,
		  OL_CAUSE_ANON_NO_SWAP,
		  OL_CONF_HIGH },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct ol_verdict *v;
		struct ol_oom_event e;

		machine(&e, &rows[i].m);
		lose(&e.memory, rows[i].lost);
		v = judge(&e);
		if (v->cause != rows[i].cause || v->confidence > rows[i].at_most)
			fail_msg("%s: %s, %s", rows[i].what, ol_cause_name(v->cause),
				 ol_confidence_name(v->confidence));
		ol_arena_done(&e.arena);
	}
}

/* Without the request or the zones a shortage is not shown, and then nothing has filled RAM. */
static void test_shortage(void **state)
{
	const struct machine full = { .anon = 99500 }, roomy = { .anon = 60000 };
	const struct ol_verdict *v;
	struct ol_oom_event e;

	(void)state;
	/* the zone passes, for any request */
	machine(&e, &roomy);
	lose(&e.zones.v[0].kv, OL_K_HIGH);
	kv(&e, &e.zones.v[0].kv, OL_K_HIGH, 1500);
	v = judge(&e);
	assert_int_equal(v->cause, OL_CAUSE_MEMORY_WAS_FREE);
	assert_int_equal(v->headline.id, OL_SAY_MEMORY_WAS_FREE);
	ol_arena_done(&e.arena);

	/* the zone's line is cut off behind its marks: how much of it that is, is not told */
	machine(&e, &roomy);
	lose(&e.zones.v[0].kv, OL_K_HIGH);
	lose(&e.zones.v[0].kv, OL_K_PRESENT);
	kv(&e, &e.zones.v[0].kv, OL_K_HIGH, 1500);
	v = judge(&e);
	assert_int_equal(v->cause, OL_CAUSE_UNKNOWN);
	assert_int_equal(v->headline.id, OL_SAY_SHORTAGE_NOT_SHOWN);
	ol_arena_done(&e.arena);

	/* nor does little free memory say that a large block was not to be had for that */
	machine(&e, &full);
	e.zones.n = 0;
	e.order.v = 5;
	v = judge(&e);
	assert_int_equal(v->cause, OL_CAUSE_UNKNOWN);
	ol_arena_done(&e.arena);

	/* the head is lost */
	machine(&e, &roomy);
	lose(&e.zones.v[0].kv, OL_K_HIGH);
	kv(&e, &e.zones.v[0].kv, OL_K_HIGH, 1500);
	e.order.set = e.gfp_mask.set = e.gfp_decoded = false;
	v = judge(&e);
	assert_int_equal(v->cause, OL_CAUSE_UNKNOWN);
	assert_int_equal(v->headline.id, OL_SAY_SHORTAGE_NOT_SHOWN);
	assert_int_equal(v->contributing.v[0], OL_CAUSE_ANON_NO_SWAP);
	ol_arena_done(&e.arena);

	machine(&e, &full);
	e.order.set = e.gfp_mask.set = e.gfp_decoded = false;
	v = judge(&e);
	assert_int_equal(v->cause, OL_CAUSE_ANON_NO_SWAP);
	assert_int_equal(v->confidence, OL_CONF_MEDIUM);
	ol_arena_done(&e.arena);

	/* and the zones */
	machine(&e, &roomy);
	e.zones.n = 0;
	v = judge(&e);
	assert_int_equal(v->cause, OL_CAUSE_UNKNOWN);
	assert_int_equal(v->headline.id, OL_SAY_SHORTAGE_NOT_SHOWN);
	ol_arena_done(&e.arena);

	machine(&e, &full);
	e.zones.n = 0;
	v = judge(&e);
	assert_int_equal(v->cause, OL_CAUSE_ANON_NO_SWAP);
	assert_int_equal(v->confidence, OL_CONF_LOW);
	ol_arena_done(&e.arena);

	/* how much RAM there is: no share of it is told */
	machine(&e, &full);
	e.ram_pages.set = false;
	lose(&e.zones.v[0].kv, OL_K_PRESENT);
	v = judge(&e);
	assert_int_equal(v->cause, OL_CAUSE_ANON_NO_SWAP);
	assert_int_equal(v->confidence, OL_CONF_LOW);
	assert_int_equal(ARG(v->headline, ANON_NO_SWAP, ram), 0);
	ol_arena_done(&e.arena);
}

/* Whether the request could use other nodes says a line that is lost: then it is not known. */
static void test_nodes_unknown(void **state)
{
	const struct ol_verdict *v;
	struct ol_oom_event e;

	(void)state;
	machine(&e, &(struct machine){ .anon = 60000 });
	/* one node of two is printed, and it is full */
	lose(&e.zones.v[0].kv, OL_K_FREE);
	lose(&e.zones.v[0].kv, OL_K_HIGH);
	lose(&e.zones.v[0].kv, OL_K_PRESENT);
	kv(&e, &e.zones.v[0].kv, OL_K_FREE, 900);
	kv(&e, &e.zones.v[0].kv, OL_K_HIGH, 1500);
	kv(&e, &e.zones.v[0].kv, OL_K_PRESENT, RAM * 2);
	e.constraint_printed = false;
	v = judge(&e);
	assert_int_equal(v->cause, OL_CAUSE_UNKNOWN);
	assert_int_equal(v->headline.id, OL_SAY_SHORTAGE_NOT_SHOWN);
	ol_arena_done(&e.arena);
}

/* Parts that the table knows prove a cause, too. */
static void test_other_parts(void **state)
{
	const struct ol_verdict *v;
	struct ol_oom_event e;

	(void)state;
	machine(&e, &(struct machine){ .anon = 20000, .slab_u = 25000, .unaccounted = 54000 });
	lose(&e.zones.v[0].kv, OL_K_KERNEL_STACK);
	kv(&e, &e.zones.v[0].kv, OL_K_KERNEL_STACK, 50000 * 4);
	e.zones.v[0].kv.v[e.zones.v[0].kv.n - 1].unit = OL_U_KB;
	v = judge(&e);
	assert_int_equal(v->cause, OL_CAUSE_KERNEL_STACKS);
	assert_int_equal(v->headline.id, OL_SAY_STACKS_FILLED);
	assert_int_equal(v->explanation.v[0].id, OL_SAY_STACKS_ARE);
	assert_int_equal(ARG(v->explanation.v[0], STACKS_ARE, threads), 50000 * 4 / 16);
	ol_arena_done(&e.arena);

	/* not evictable, and no process locked it */
	machine(&e, &(struct machine){ .locked = 95000 });
	lose(&e.zones.v[0].kv, OL_K_MLOCKED);
	v = judge(&e);
	assert_int_equal(v->cause, OL_CAUSE_MLOCKED);
	assert_int_equal(v->confidence, OL_CONF_LOW);
	ol_arena_done(&e.arena);
	machine(&e, &(struct machine){ .locked = 95000 });
	lose(&e.zones.v[0].kv, OL_K_MLOCKED);
	kv(&e, &e.zones.v[0].kv, OL_K_MLOCKED, 0);
	v = judge(&e);
	assert_int_equal(v->cause, OL_CAUSE_UNEVICTABLE);
	assert_int_equal(v->confidence, OL_CONF_MEDIUM);
	ol_arena_done(&e.arena);

	/* below zero: no 16 TiB are reserved */
	machine(&e, &(struct machine){ .anon = 95000 });
	e.reserved_pages = val(INT64_C(4294965447));
	v = judge(&e);
	assert_int_equal(v->cause, OL_CAUSE_ANON_NO_SWAP);
	assert_int_equal(ARG(v->headline, ANON_NO_SWAP, ram), RAM * 4);
	ol_arena_done(&e.arena);

	/* a third of RAM kept back by vm.min_free_kbytes */
	machine(&e, &(struct machine){ .anon = 60000, .slab_u = 5000 });
	lose(&e.zones.v[0].kv, OL_K_MIN);
	lose(&e.zones.v[0].kv, OL_K_HIGH);
	kv(&e, &e.zones.v[0].kv, OL_K_MIN, 150000);
	kv(&e, &e.zones.v[0].kv, OL_K_HIGH, 220000);
	v = judge(&e);
	assert_int_equal(v->cause, OL_CAUSE_WATERMARKS);
	assert_int_equal(v->confidence, OL_CONF_HIGH);
	assert_int_equal(v->headline.id, OL_SAY_MARKS_RAISED);
	assert_int_equal(ARG(v->headline, MARKS_RAISED, min_free), 150000);
	ol_arena_done(&e.arena);

	/* nearly all that is free is CMA */
	machine(&e, &(struct machine){ .anon = 60000, .slab_u = 5000 });
	lose(&e.zones.v[0].kv, OL_K_HIGH);
	kv(&e, &e.zones.v[0].kv, OL_K_HIGH, 1500);
	kv(&e, &e.zones.v[0].kv, OL_K_FREE_CMA, 139500);
	v = judge(&e);
	assert_int_equal(v->cause, OL_CAUSE_CMA);
	assert_int_equal(v->headline.id, OL_SAY_CMA_FULL);
	ol_arena_done(&e.arena);
}

/* ---- no cause, or one that needs no numbers ---- */

static void test_without_numbers(void **state)
{
	const struct ol_verdict *v;
	struct ol_oom_event e;

	(void)state;
	ev_init(&e);
	v = judge(&e);
	assert_int_equal(v->cause, OL_CAUSE_UNKNOWN);
	assert_int_equal(v->headline.id, OL_SAY_NO_COUNTERS);
	ol_arena_done(&e.arena);

	machine(&e, &(struct machine){ .anon = 15000, .file = 15000, .slab_u = 15000 });
	v = judge(&e);
	assert_int_equal(v->cause, OL_CAUSE_UNKNOWN);
	assert_int_equal(v->headline.id, OL_SAY_FREE_OUT_OF_REACH);
	ol_arena_done(&e.arena);

	machine(&e, &(struct machine){ .anon = 90000 });
	e.sysrq = true;
	e.order = val(-1);
	v = judge(&e);
	assert_int_equal(v->cause, OL_CAUSE_MANUAL);
	assert_int_equal(v->headline.id, OL_SAY_MANUAL);
	assert_int_equal(v->evidence.v[0].value.id, OL_SAY_MANUAL_ORDER);
	ol_arena_done(&e.arena);

	ev_init(&e);
	e.kind = OL_EV_PANIC;
	e.panic.s = OL_SPAN("Out of memory: compulsory panic_on_oom is enabled");
	v = judge(&e);
	assert_int_equal(v->explanation.v[0].id, OL_SAY_PANIC_ON_OOM);
	assert_false(advises(v, OL_SAY_PANIC_ALWAYS));
	ol_arena_done(&e.arena);
}

/* What does not fit into the event's memory is not said, and nothing breaks. */
static void test_full_arena(void **state)
{
	(void)state;
	for (size_t room = 0; room < 16384; room += 64) {
		struct ol_oom_event e;

		machine(&e, &(struct machine){ .anon = 90000 });
		e.arena.limit = e.arena.used;
		while (ol_arena_alloc(&e.arena, 64))
			;
		e.arena.limit += room;
		(void)ol_event_judge(&e);
		for (uint32_t i = 0; e.verdict && i < e.verdict->advice.n; i++)
			assert_int_not_equal(e.verdict->advice.v[i].id, OL_SAY_NONE);
		ol_arena_done(&e.arena);
	}
}

/* ---- a cgroup ---- */

static void memcg(struct ol_oom_event *e, uint64_t anon, uint64_t file, uint64_t shmem,
		  uint64_t slab)
{
	const uint64_t mib = 1 << 20;

	ev_init(e);
	e->constraint = OL_CONSTRAINT_MEMCG;
	e->memcg_version = 2;
	e->oom_memcg.s = e->task_memcg.s = OL_SPAN("/system.slice/x.service");
	e->usage_kb = e->limit_kb = val(100 * 1024);
	kv(e, &e->memcg_stats, OL_K_ANON, anon * mib);
	kv(e, &e->memcg_stats, OL_K_FILE, (file + shmem) * mib);
	kv(e, &e->memcg_stats, OL_K_SHMEM, shmem * mib);
	kv(e, &e->memcg_stats, OL_K_SLAB_UNRECLAIMABLE, slab * mib);
	for (uint32_t i = 0; i < e->memcg_stats.n; i++)
		e->memcg_stats.v[i].unit = OL_U_BYTES;
}

static void test_memcg(void **state)
{
	const struct ol_verdict *v;
	struct ol_oom_event e;

	(void)state;
	memcg(&e, 90, 5, 3, 2);
	v = judge(&e);
	assert_int_equal(v->cause, OL_CAUSE_MEMCG_ANON);
	assert_int_equal(v->confidence, OL_CONF_HIGH);
	assert_int_equal(v->headline.id, OL_SAY_CGROUP_ANON);
	assert_int_equal(ARG(v->headline, CGROUP_ANON, limit), OL_PHRASE_LIMIT_OF_CGROUP);
	assert_int_equal(ARG(v->headline, CGROUP_ANON, anon), 90 * 1024);
	assert_int_equal(v->explanation.v[0].id, OL_SAY_CGROUP_HELD);
	ol_arena_done(&e.arena);

	memcg(&e, 5, 90, 3, 2);
	e.oom_memcg.s = OL_SPAN("/system.slice");
	v = judge(&e);
	assert_int_equal(v->cause, OL_CAUSE_MEMCG_PAGE_CACHE);
	assert_int_equal(ARG(v->headline, CGROUP_CACHE, limit), OL_PHRASE_LIMIT_OF_ABOVE);
	assert_int_equal(ARG(v->headline, CGROUP_CACHE, why), 2); /* dirty is not stated */
	assert_int_equal(v->explanation.v[1].id, OL_SAY_LIMIT_IS_ABOVE);
	ol_arena_done(&e.arena);

	memcg(&e, 5, 3, 90, 2);
	v = judge(&e);
	assert_int_equal(v->cause, OL_CAUSE_MEMCG_SHMEM);
	assert_int_equal(v->headline.id, OL_SAY_CGROUP_SHMEM);
	ol_arena_done(&e.arena);

	memcg(&e, 5, 3, 2, 90);
	v = judge(&e);
	assert_int_equal(v->cause, OL_CAUSE_MEMCG_KERNEL);
	assert_int_equal(v->headline.id, OL_SAY_CGROUP_KERNEL);
	assert_int_equal(ARG(v->headline, CGROUP_KERNEL, most), OL_AC_SLAB_UNRECLAIMABLE);
	assert_true(advises(v, OL_SAY_SEE_WHAT_GROWS));
	ol_arena_done(&e.arena);

	/* huge pages charged to it; the rest is no kernel memory where that has a row */
	memcg(&e, 20, 5, 3, 2);
	kv(&e, &e.memcg_stats, OL_K_HUGETLB, 70 << 20);
	e.memcg_stats.v[e.memcg_stats.n - 1].unit = OL_U_BYTES;
	v = judge(&e);
	assert_int_equal(v->cause, OL_CAUSE_MEMCG_HUGETLB);
	ol_arena_done(&e.arena);
	memcg(&e, 20, 5, 3, 2);
	kv(&e, &e.memcg_stats, OL_K_KERNEL, 2 << 20);
	e.memcg_stats.v[e.memcg_stats.n - 1].unit = OL_U_BYTES;
	v = judge(&e);
	assert_int_equal(v->cause, OL_CAUSE_MEMCG);
	assert_int_equal(v->confidence, OL_CONF_LOW);
	ol_arena_done(&e.arena);

	/* file cache and shared memory in one number */
	memcg(&e, 5, 90, 3, 2);
	lose(&e.memcg_stats, OL_K_SHMEM);
	v = judge(&e);
	assert_int_equal(v->cause, OL_CAUSE_MEMCG);
	assert_int_equal(v->headline.id, OL_SAY_CACHE_OR_SHMEM);
	ol_arena_done(&e.arena);

	/* nothing waits for the disk where nothing is dirty */
	memcg(&e, 5, 90, 3, 2);
	kv(&e, &e.memcg_stats, OL_K_FILE_DIRTY, 0);
	kv(&e, &e.memcg_stats, OL_K_FILE_WRITEBACK, 0);
	v = judge(&e);
	assert_false(advises(v, OL_SAY_WRITE_SLOWER));
	assert_true(advises(v, OL_SAY_CACHE_IN_USE));
	ol_arena_done(&e.arena);

	/* one charge's retries are no earlier hits; how much it held is not told as the limit */
	memcg(&e, 90, 5, 3, 2);
	e.failcnt = val(17);
	v = judge(&e);
	assert_false(ARG(v->explanation.v[0], CGROUP_HELD, again));
	ol_arena_done(&e.arena);
	memcg(&e, 90, 5, 3, 2);
	e.usage_kb.set = e.limit_kb.set = false;
	v = judge(&e);
	assert_int_equal(v->cause, OL_CAUSE_MEMCG_ANON);
	assert_int_not_equal(v->confidence, OL_CONF_HIGH);
	assert_int_equal(ARG(v->headline, CGROUP_ANON, total), 0);
	assert_false(advises(v, OL_SAY_RAISE_LIMIT));
	ol_arena_done(&e.arena);

	/* memory+swap was at its limit, memory was not */
	memcg(&e, 45, 2, 2, 1);
	e.memcg_version = 1;
	e.usage_kb = val(50 * 1024);
	e.memsw_usage_kb = e.memsw_limit_kb = val(100 * 1024);
	v = judge(&e);
	assert_int_equal(v->explanation.v[0].id, OL_SAY_CGROUP_HELD_MEMSW);
	ol_arena_done(&e.arena);

	/* the limit was written below what it held */
	memcg(&e, 90, 5, 3, 2);
	e.limit_kb = val(40 * 1024);
	*(struct ol_frame *)ol_vec_push(&e.arena, &e.trace) =
		(struct ol_frame){ .func = OL_SPAN("memory_max_write"), .line = 4 };
	v = judge(&e);
	assert_int_equal(v->cause, OL_CAUSE_MEMCG_LOWERED);
	assert_int_equal(v->confidence, OL_CONF_HIGH);
	assert_int_equal(ARG(v->headline, LIMIT_LOWERED, above), 60 * 1024);
	ol_arena_done(&e.arena);

	/* no statistics, no limit */
	memcg(&e, 0, 0, 0, 0);
	e.memcg_stats.n = 0;
	e.limit_kb.set = e.usage_kb.set = false;
	v = judge(&e);
	assert_int_equal(v->cause, OL_CAUSE_MEMCG);
	assert_int_equal(v->confidence, OL_CONF_LOW);
	assert_int_equal(v->headline.id, OL_SAY_CHARGE_UNKNOWN);
	ol_arena_done(&e.arena);
}

/* ---- zones: from the lines that a kernel prints ---- */

struct want {
	enum ol_cause cause;
	enum ol_confidence confidence;
	enum ol_say headline, explanation, evidence;
	unsigned events;
};

static int check(void *arg, struct ol_oom_event *e)
{
	struct want *w = arg;
	const struct ol_verdict *v = judge(e);
	bool shown = false;

	w->events++;
	assert_string_equal(ol_cause_name(v->cause), ol_cause_name(w->cause));
	assert_int_equal(v->confidence, w->confidence);
	assert_int_equal(v->headline.id, w->headline);
	if (w->explanation)
		assert_int_equal(v->explanation.v[0].id, w->explanation);
	for (uint32_t i = 0; i < v->evidence.n; i++)
		shown |= v->evidence.v[i].value.id == w->evidence;
	assert_true(shown);
	return 0;
}

static void assert_judged(const char *text, struct want w)
{
	struct ol_parser_opts opts = { 0 };
	struct ol_parser *p = ol_parser_new(&opts, check, &w);

	assert_non_null(p);
	assert_int_equal(ol_parser_begin(p, OL_SPAN("test"), OL_TIME_NONE), 0);
	assert_int_equal(ol_parser_feed(p, text, strlen(text)), 0);
	assert_int_equal(ol_parser_end(p), 0);
	ol_parser_free(p);
	assert_int_equal(w.events, 1);
}

#define HEAD(gfp, order, release)                                                 \
	"[  100.000000] probe invoked oom-killer: gfp_mask=" gfp ", order=" order \
	", oom_score_adj=0\n"                                                     \
	"[  100.000001] CPU: 0 PID: 77 Comm: probe Not tainted " release " #1\n"  \
	"[  100.000002] Call Trace:\n"                                            \
	"[  100.000004]  out_of_memory+0x10/0x20\n"                               \
	"[  100.000005] Mem-Info:\n"
#define ZONE(node, zone, free, reserve)                                                  \
	"[  100.000010] Node " node " " zone " free:" free                               \
	"kB min:1000kB low:1200kB high:1500kB active_anon:0kB active_file:0kB "          \
	"inactive_file:0kB present:800000kB managed:800000kB mlocked:0kB free_cma:0kB\n" \
	"[  100.000011] lowmem_reserve[]: " reserve "\n"
#define BUDDY(zone) "[  100.000012] Node 0 " zone ": 2500*4kB (UM) 0*8kB 0*16kB 0*32kB = 10000kB\n"

#define FILE_PAGES                                                         \
	"[  100.000020] active_anon:100 inactive_anon:0 isolated_anon:0\n" \
	"[  100.000020]  active_file:0 inactive_file:0 isolated_file:0\n"
#define CPUSET_KILL                                                             \
	"[  100.000040] oom-kill:constraint=CONSTRAINT_CPUSET,nodemask=(null)," \
	"cpuset=b,mems_allowed=1,global_oom,task_memcg=/,task=x,pid=5,uid=0\n"

static void test_zones(void **state)
{
	const struct want crumbs = { OL_CAUSE_FRAGMENTATION,   OL_CONF_HIGH,    OL_SAY_CRUMBS,
				     OL_SAY_WANTED_CONTIGUOUS, OL_SAY_NO_BLOCK, 0 };
	const struct want lowmem = { OL_CAUSE_LOWMEM, OL_CONF_HIGH,       OL_SAY_ZONES_FULL,
				     OL_SAY_ZONE_HAD, OL_SAY_BEYOND_FREE, 0 };
	const struct want numa = { OL_CAUSE_NUMA_POLICY,   OL_CONF_HIGH,     OL_SAY_NODES_FULL,
				   OL_SAY_OTHER_NODES_HAD, OL_SAY_ZONE_TEST, 0 };

	(void)state;
	assert_judged(HEAD("0xcc0(GFP_KERNEL)", "3", "5.15.0") ZONE("0", "Normal", "10000", "0 0")
			      BUDDY("Normal"),
		      crumbs);
	assert_judged(HEAD("0xcc0(GFP_KERNEL)", "0", "5.15.0")
			      ZONE("0", "Normal", "900", "0 4000 4000")
				      ZONE("0", "HighMem", "500000", "0 0 0") BUDDY("Normal"),
		      lowmem);
	assert_judged(
		HEAD("0x100cca(GFP_HIGHUSER_MOVABLE)", "0", "6.8.0") FILE_PAGES
		"[  100.000020]  free:175200 free_pcp:0 free_cma:0\n" ZONE(
			"0", "Normal", "700000", "0 0 0 0") ZONE("1", "Normal", "800", "0 0 0 0")
			BUDDY("Normal") "[  100.000024] 400000 pages RAM\n" CPUSET_KILL,
		numa);
}

/* kswapd calls the killer by itself in one place: no allocation failed. */
static void test_reclaim_policy(void **state)
{
	const struct want policy = { OL_CAUSE_RECLAIM_POLICY,
				     OL_CONF_HIGH,
				     OL_SAY_POLICY_KILLED,
				     (enum ol_say)OL_PHRASE_MIN_TTL_IS,
				     (enum ol_say)OL_PHRASE_KILLER_OF_KSWAPD,
				     0 };

	(void)state;
	assert_judged("[  100.000000] kswapd1 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), "
		      "order=0, oom_score_adj=0\n"
		      "[  100.000001] CPU: 0 PID: 77 Comm: kswapd1 Not tainted 6.9.0 #1\n"
		      "[  100.000002] Call Trace:\n"
		      "[  100.000004]  out_of_memory+0x10/0x20\n"
		      "[  100.000004]  balance_pgdat+0x10/0x20\n"
		      "[  100.000004]  kswapd+0x10/0x20\n"
		      "[  100.000005] Mem-Info:\n" FILE_PAGES ZONE("0", "Normal", "900", "0 0 0"),
		      policy);
}

/* A buffer that the machine can never hold, and blocks that this request may not have. */
static void test_sizes(void **state)
{
	const struct want wrong = { OL_CAUSE_TOO_LARGE, OL_CONF_HIGH,       OL_SAY_LARGER_THAN_RAM,
				    OL_SAY_NONE,        OL_SAY_ASKED_BYTES, 0 };
	const struct want in_cma = { OL_CAUSE_FRAGMENTATION, OL_CONF_HIGH,
				     OL_SAY_CRUMBS_IN_CMA,   OL_SAY_WANTED_CONTIGUOUS,
				     OL_SAY_NO_BLOCK,        0 };
	const struct want no_compaction = { OL_CAUSE_FRAGMENTATION,
					    OL_CONF_HIGH,
					    OL_SAY_CRUMBS,
					    OL_SAY_WANTED_CONTIGUOUS,
					    (enum ol_say)OL_PHRASE_NO_COMPACTION_LINE,
					    0 };
	const struct want by_mark = { OL_CAUSE_FRAGMENTATION, OL_CONF_HIGH,
				      OL_SAY_CRUMBS_BY_MARK,  OL_SAY_MARK_OF_ORDER,
				      OL_SAY_ZONE_TEST,       0 };

	(void)state;
	assert_judged("[  100.000000] tool: vmalloc error: size 68719476736, exceeds total pages, "
		      "mode:0xcc0(GFP_KERNEL), nodemask=(null),cpuset=/,mems_allowed=0\n"
		      "[  100.000001] CPU: 0 PID: 77 Comm: tool Not tainted 6.1.0 #1\n"
		      "[  100.000005] Mem-Info:\n" FILE_PAGES ZONE("0", "Normal", "9000", "0 0 0"),
		      wrong);
	assert_judged(HEAD("0xcc0(GFP_KERNEL)", "3", "5.15.0") ZONE(
			      "0", "Normal", "10240",
			      "0 0") "[  100.000012] Node 0 Normal: 2048*4kB (UM) 0*8kB 0*16kB "
				     "64*32kB (C) = 10240kB\n",
		      in_cma);
	assert_judged(
		"[  100.000000] probe invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=3, "
		"oom_score_adj=0\n"
		"[  100.000000] COMPACTION is disabled!!!\n"
		"[  100.000001] CPU: 0 PID: 77 Comm: probe Not tainted 5.15.0 #1\n"
		"[  100.000002] Call Trace:\n"
		"[  100.000004]  out_of_memory+0x10/0x20\n"
		"[  100.000005] Mem-Info:\n" ZONE("0", "Normal", "10000", "0 0") BUDDY("Normal"),
		no_compaction);
	assert_judged(HEAD("0xd0", "2", "3.2.0") ZONE(
			      "0", "Normal", "10240",
			      "0 0") "[  100.000012] Node 0 Normal: 2500*4kB 20*8kB 5*16kB 0*32kB "
				     "= 10240kB\n",
		      by_mark);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reclaim_policy),  cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_what_filled_ram), cmocka_unit_test(test_numbers_come_along),
		cmocka_unit_test(test_lost_counters),   cmocka_unit_test(test_shortage),
		cmocka_unit_test(test_nodes_unknown),   cmocka_unit_test(test_other_parts),
		cmocka_unit_test(test_without_numbers), cmocka_unit_test(test_full_arena),
		cmocka_unit_test(test_memcg),           cmocka_unit_test(test_zones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
