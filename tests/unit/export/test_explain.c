// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/unseen.h"
#include "tests/unit/export/explain_util.h"

/* ---- events by hand ---- */

static void ev_init(struct ol_oom_event *e, enum ol_event_kind kind)
{
	*e = (struct ol_oom_event){
		.kind = kind,
		.mono_us = OL_TIME_NONE,
		.last_mono_us = OL_TIME_NONE,
		.wall_us = OL_TIME_NONE,
		.first_line = 3,
		.last_line = 9,
		.first_byte = 77,
	};
	ol_arena_init(&e->arena, 4 << 20);
}

static struct ol_val val(int64_t v)
{
	return (struct ol_val){ .v = v, .line = 5, .set = true };
}

static struct ol_text text(const char *s)
{
	return (struct ol_text){ .s = ol_span_str(s), .line = 4 };
}

static void kv(struct ol_oom_event *e, ol_kv_vec *kvs, const char *key, uint64_t v,
	       enum ol_unit unit)
{
	struct ol_kv *k = ol_vec_push(&e->arena, kvs);

	assert_non_null(k);
	*k = (struct ol_kv){ .key = ol_span_str(key), .v = v, .line = 6, .unit = (uint8_t)unit };
	k->id = (uint16_t)ol_key_find(k->key);
}

static struct ol_victim *victim(struct ol_oom_event *e, struct ol_span comm, int64_t pid)
{
	struct ol_victim *v = ol_vec_push(&e->arena, &e->victims);

	assert_non_null(v);
	v->comm.s = comm;
	v->pid = val(pid);
	v->reaped = -1;
	return v;
}

static struct ol_task *task(struct ol_oom_event *e, struct ol_span comm)
{
	struct ol_task *t = ol_vec_push(&e->arena, &e->tasks);

	assert_non_null(t);
	t->comm = comm;
	t->line = 8;
	return t;
}

static void col(struct ol_task *t, enum ol_col c, int64_t v)
{
	t->col[c] = v;
	t->mask |= 1u << c;
}

static struct ol_zone *zone(struct ol_oom_event *e, int node, const char *name, enum ol_zone_type t)
{
	struct ol_zone *z = ol_vec_push(&e->arena, &e->zones);

	assert_non_null(z);
	z->node = node;
	z->name = ol_span_str(name);
	z->type = t;
	z->all_unreclaimable = -1;
	return z;
}

static char *headline_of(struct ol_oom_event *e)
{
	struct ol_out o;

	ol_out_init(&o, -1);
	ol_event_headline(&o, e);
	return finish(&o);
}

#define ID64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SOURCE \
	"\"source\":{\"first_line\":3,\"last_line\":9,\"first_byte\":77,\"transport\":\"plain\""
#define SOURCE_END "\"interleaved\":false,\"forged_suspect\":false}"
#define COMPLETE   SOURCE ",\"complete\":true,\"missing\":[]," SOURCE_END

/* The name of the transport belongs to another part: here only that it is there. */
static char *without_transport(char *json)
{
	char *a = strstr(json, ",\"transport\":\""), *b;

	if (a) {
		b = strchr(a + 14, '"') + 1;
		memmove(a, b, strlen(b) + 1);
	}
	return json;
}

static void assert_json(struct ol_oom_event *e, const char *want)
{
	char *got = without_transport(json_of(e));
	char expect[8192];

	assert_true(strlen(want) < sizeof(expect));
	memcpy(expect, want, strlen(want) + 1);
	assert_string_equal(got, without_transport(expect));
}

/* ---- JSON ---- */

static void test_json_states_nothing_that_is_absent(void **state)
{
	struct ol_oom_event e;

	(void)state;
	ev_init(&e, OL_EV_OOM);
	assert_json(&e, "{\"kind\":\"oom\"," COMPLETE "}");
	ol_arena_done(&e.arena);
}

static void test_json_kill_only(void **state)
{
	struct ol_oom_event e;
	struct ol_victim *v;

	(void)state;
	ev_init(&e, OL_EV_KILL_ONLY);
	memcpy(e.id, "00ff00ff00ff00ff", 17);
	e.file = OL_SPAN("messages.1.gz");
	e.host = OL_SPAN("web1");
	e.parts_missing = 1u << OL_PART_HEADER | 1u << OL_PART_TABLE;
	e.interleaved = true;
	e.mono_us = 12000007;
	e.wall_us = ol_time_us(2026, 11, 20, 18, 51, 21, 0);
	e.stamp = OL_SPAN("Nov 20 18:51:21");
	v = victim(&e, OL_SPAN("java"), 4242);
	v->total_vm_kb = val(1000);
	v->anon_rss_kb = val(0);
	v->reaped = 0;
	v->why = OL_WHY_CHOSEN;
	assert_json(&e, "{\"id\":\"00ff00ff00ff00ff\",\"kind\":\"kill_only\",\"source\":{"
			"\"file\":\"messages.1.gz\",\"first_line\":3,\"last_line\":9,"
			"\"first_byte\":77,\"host\":\"web1\",\"complete\":false,"
			"\"missing\":[\"header\",\"process_table\"],"
			"\"interleaved\":true,\"forged_suspect\":false},"
			"\"time\":{\"monotonic_s\":12.000007,\"wall\":\"2026-11-20T18:51:21\","
			"\"zone\":\"unknown\",\"text\":\"Nov 20 18:51:21\"},"
			"\"victims\":[{\"comm\":\"java\",\"pid\":4242,\"total_vm_kb\":1000,"
			"\"anon_rss_kb\":0,\"reaped\":false,\"why_killed\":\"chosen\"}]}");
	e.wall_zone = true;
	assert_non_null(strstr(json_of(&e), "\"wall\":\"2026-11-20T18:51:21Z\",\"text\""));
	ol_arena_done(&e.arena);
}

static void test_json_trigger(void **state)
{
	struct ol_oom_event e;

	(void)state;
	ev_init(&e, OL_EV_OOM);
	e.trigger_comm = text("bash");
	e.gfp_mask = val(0x84D0);
	e.order = val(-1);
	e.oom_score_adj = val(-17);
	e.sysrq = true;
	e.constraint = OL_CONSTRAINT_MEMPOLICY;
	e.constraint_printed = true;
	assert_json(&e, "{\"kind\":\"oom\"," COMPLETE ",\"trigger\":{\"comm\":\"bash\","
			"\"gfp_mask\":\"0x84d0\",\"order\":-1,\"oom_score_adj\":-17,"
			"\"sysrq\":true},\"constraint\":\"mempolicy\","
			"\"constraint_how\":\"printed\"}");
	e.gfp_decoded = true;
	e.gfp = OL_GFP_BIT(ZERO);
	e.gfp_unknown = 0x10000000;
	assert_non_null(
		strstr(json_of(&e), "\"gfp_mask\":\"0x84d0\",\"gfp_flags\":[\"__GFP_ZERO\"]"));
	assert_non_null(strstr(json_of(&e), "\"gfp_unknown\":\"0x10000000\",\"order\""));
	ol_arena_done(&e.arena);
}

static void test_json_memcg(void **state)
{
	struct ol_oom_event e;

	(void)state;
	ev_init(&e, OL_EV_OOM);
	e.oom_memcg = text("/a");
	e.task_memcg = text("/a/b");
	e.memcg_version = 1;
	e.usage_kb = val(100);
	e.limit_kb = val(100);
	e.failcnt = val(0);
	e.memsw_usage_kb = val(0);
	e.memsw_limit_kb = val(9007199254740988);
	kv(&e, &e.memcg_stats, "cache", 4, OL_U_KB);
	kv(&e, &e.memcg_stats, "rss", 8192, OL_U_BYTES);
	kv(&e, &e.memcg_stats, "pgfault", 17, OL_U_COUNT);
	kv(&e, &e.memcg_stats, "total_swap", UINT64_MAX, OL_U_KB); /* cannot be bytes */
	assert_json(&e, "{\"kind\":\"oom\"," COMPLETE ",\"memcg\":{\"oom_path\":\"/a\","
			"\"task_path\":\"/a/b\",\"version\":1,\"usage_kb\":100,\"limit_kb\":100,"
			"\"failcnt\":0,\"memsw_usage_kb\":0,\"memsw_limit_kb\":9007199254740988,"
			"\"memsw_limit_unlimited\":true,\"stats\":{\"cache_bytes\":4096,"
			"\"rss_bytes\":8192,\"pgfault\":17}}}");
	ol_arena_done(&e.arena);
}

static void test_json_zones(void **state)
{
	struct ol_oom_event e;
	struct ol_zone *z;
	struct ol_buddy *b;

	(void)state;
	ev_init(&e, OL_EV_OOM);
	e.page_kb = 4;
	z = zone(&e, -1, "DMA32", OL_ZONE_DMA32);
	z->all_unreclaimable = 1;
	kv(&e, &z->kv, "free", 7, OL_U_KB);
	kv(&e, &z->kv, "isolated(anon)", 0, OL_U_KB);
	kv(&e, &z->kv, "Balloon", 1, OL_U_KB);
	kv(&e, &z->kv, "pages_scanned", 3, OL_U_PAGES);
	kv(&e, &z->kv, "new thing(x)", UINT64_MAX, OL_U_KB);
	kv(&e, &z->kv, "\"\x1b", 2, OL_U_NONE);
	kv(&e, &z->kv, "buddy_total", 2, OL_U_KB);
	*(int64_t *)ol_vec_push(&e.arena, &z->lowmem_reserve) = 0;
	*(int64_t *)ol_vec_push(&e.arena, &z->lowmem_reserve) = -1;
	b = ol_vec_push(&e.arena, &z->buddy);
	b->count = 2;
	b = ol_vec_push(&e.arena, &z->buddy);
	b->order = 1;
	b->count = 1;
	b->types = OL_SPAN("UM");
	z->buddy_total_kb = val(16);
	z = zone(&e, 1, "Normal", OL_ZONE_NORMAL);
	assert_json(&e, "{\"kind\":\"oom\"," COMPLETE ",\"memory\":{\"page_size_bytes\":4096},"
			"\"zones\":[{\"zone\":\"DMA32\",\"free_kb\":7,\"isolated_anon_kb\":0,"
			"\"Balloon_kb\":1,\"pages_scanned\":3,"
			"\"new_thing_x_kb\":18446744073709551615,\"other___\":2,"
			"\"other_buddy_total_kb\":2,\"all_unreclaimable\":true,"
			"\"lowmem_reserve_pages\":[0,-1],\"buddy\":[{\"order\":0,\"count\":2},"
			"{\"order\":1,\"count\":1,\"types\":\"UM\"}],\"buddy_total_kb\":16},"
			"{\"node\":1,\"zone\":\"Normal\"}]}");
	ol_arena_done(&e.arena);
}

static void test_json_machine(void **state)
{
	struct ol_oom_event e;
	struct ol_hugepages *h;
	struct ol_slab_row *r;
	struct ol_frame *f;

	(void)state;
	ev_init(&e, OL_EV_OOM);
	kv(&e, &e.memory, "Active", 5, OL_U_PAGES);
	kv(&e, &e.memory, "free", 6, OL_U_PAGES);
	e.ram_pages = val(1000);
	e.swap_free_kb = val(0);
	h = ol_vec_push(&e.arena, &e.hugepages);
	kv(&e, &h->kv, "hugepages_total", 1, OL_U_COUNT);
	kv(&e, &h->kv, "hugepages_size", 2048, OL_U_KB);
	r = ol_vec_push(&e.arena, &e.slabs);
	*r = (struct ol_slab_row){ .name = OL_SPAN("kmalloc-8"), .used_kb = 1, .total_kb = 2 };
	f = ol_vec_push(&e.arena, &e.trace);
	f->func = OL_SPAN("f");
	f = ol_vec_push(&e.arena, &e.trace);
	*f = (struct ol_frame){ OL_SPAN("g"), OL_SPAN("btrfs"), true, 1 };
	e.trace_class = OL_FC_DRIVER;
	assert_json(&e, "{\"kind\":\"oom\"," COMPLETE ",\"memory\":{\"active_pages\":5,"
			"\"free_pages\":6,\"ram_pages\":1000},\"swap\":{\"free_kb\":0},"
			"\"hugepages\":[{\"node\":0,\"total\":1,\"size_kb\":2048}],"
			"\"slabs\":[{\"name\":\"kmalloc-8\",\"used_kb\":1,\"total_kb\":2}],"
			"\"trace_class\":\"driver\",\"trace\":[{\"func\":\"f\","
			"\"uncertain\":false},{\"func\":\"g\",\"module\":\"btrfs\","
			"\"uncertain\":true}]}");
	ol_arena_done(&e.arena);
}

/* The digits of a row that is kept are taken from there, as a number has them. */
static void test_json_processes_as_printed(void **state)
{
	static const char row[] = "[   17]  0042  -500 12345678 123456789 -7     0 a";
	static const uint8_t ends[OL_COL_MAX + 1] = {
		[OL_COL_PID] = 6,       [OL_COL_UID] = 13, [OL_COL_TGID] = 19,
		[OL_COL_TOTAL_VM] = 28, [OL_COL_RSS] = 38, [OL_COL_NR_PTES] = 41,
		[OL_COL_SWAPENTS] = 47,
	};
	struct ol_oom_event e;
	struct ol_task *t;

	(void)state;
	ev_init(&e, OL_EV_OOM);
	t = task(&e, OL_SPAN("a"));
	t->printed = row;
	t->ends = ends;
	col(t, OL_COL_PID, 17);
	col(t, OL_COL_UID, 42);
	col(t, OL_COL_TGID, -500);
	col(t, OL_COL_TOTAL_VM, 12345678);
	col(t, OL_COL_RSS, 123456789);
	col(t, OL_COL_NR_PTES, -7);
	col(t, OL_COL_SWAPENTS, 0);
	col(t, OL_COL_OOM_SCORE_ADJ, -998); /* and one that does not stand there */
	assert_json(&e, "{\"kind\":\"oom\"," COMPLETE ",\"processes\":["
			"{\"pid\":17,\"uid\":42,\"tgid\":-500,\"comm\":\"a\","
			"\"total_vm_pages\":12345678,\"rss_pages\":123456789,\"nr_ptes\":-7,"
			"\"swapents_pages\":0,\"oom_score_adj\":-998}]}");
	ol_arena_done(&e.arena);
}

static void test_json_processes(void **state)
{
	struct ol_oom_event e;
	struct ol_task *t;

	(void)state;
	ev_init(&e, OL_EV_OOM);
	t = task(&e, OL_SPAN("java"));
	col(t, OL_COL_PID, 1);
	col(t, OL_COL_UID, -1);
	col(t, OL_COL_RSS, INT64_MIN);
	col(t, OL_COL_OOM_SCORE_ADJ, 1000);
	t = task(&e, OL_SPAN("a\"\\\x1b[31m\xff\xe2\x80\xae"));
	col(t, OL_COL_CPU, 12345678901);
	task(&e, (struct ol_span){ NULL, 0 });
	t = task(&e, (struct ol_span){ NULL, 0 });
	col(t, OL_COL_RSS, 10);
	task(&e, OL_SPAN(""));
	assert_json(&e, "{\"kind\":\"oom\"," COMPLETE ",\"processes\":["
			"{\"pid\":1,\"uid\":-1,\"comm\":\"java\","
			"\"rss_pages\":-9223372036854775808,\"oom_score_adj\":1000},"
			"{\"comm\":\"a\\\"\\\\\\u001b[31m\\ufffd\\u202e\",\"cpu\":12345678901},"
			"{},{\"rss_pages\":10},{\"comm\":\"\"}]}");
	ol_arena_done(&e.arena);
}

static void test_json_groups(void **state)
{
	struct ol_oom_event e;
	char *json;

	(void)state;
	ev_init(&e, OL_EV_OOM);
	e.page_kb = 4;
	col(task(&e, OL_SPAN("a")), OL_COL_RSS, 1);
	col(task(&e, OL_SPAN("b\n")), OL_COL_RSS, 2);
	col(task(&e, OL_SPAN("b\n")), OL_COL_SWAPENTS, 3);
	json = json_of(&e);
	assert_non_null(strstr(json, "\"groups\":[{\"comm\":\"b\\u000a\",\"count\":2,\"rss_kb\":8,"
				     "\"swap_kb\":12,\"share\":0.6667},{\"comm\":\"a\",\"count\":1,"
				     "\"rss_kb\":4,\"share\":0.3333}]"));
	ol_arena_done(&e.arena);
}

static void test_json_document(void **state)
{
	const struct ol_explain_file file = { OL_SPAN("x"), 10, 2, 2, NULL };
	const struct ol_explain_warning warn[] = { { OL_SPAN("x"), 7, OL_SPAN("cut") },
						   { { NULL, 0 }, 0, OL_SPAN("w") } };
	struct ol_explain_json x;
	struct ol_oom_event e;
	struct ol_out o;
	char *got;

	(void)state;
	ev_init(&e, OL_EV_PANIC);
	ol_out_init(&o, -1);
	ol_explain_json_begin(&x, &o, false);
	ol_explain_json_event(&x, &e);
	ol_explain_json_event(&x, &e);
	ol_explain_json_end(&x, &file, 1, warn, 2);
	got = finish(&o);
	assert_true(ol_span_starts(ol_span_str(got), OL_SPAN("{\"schema\":\"oomlens.explain/1\","
							     "\"events\":[{\"kind\":\"panic\"")));
	assert_non_null(strstr(got, "}},{\"kind\":\"panic\""));
	assert_true(ol_span_ends(ol_span_str(got),
				 OL_SPAN("}],\"input\":{\"files\":[{\"name\":\"x\",\"bytes\":10,"
					 "\"lines\":2,\"events\":2}],\"warnings\":[{\"file\":\"x\","
					 "\"line\":7,\"text\":\"cut\"},{\"text\":\"w\"}]}}\n")));

	ol_out_init(&o, -1);
	ol_explain_json_begin(&x, &o, true);
	ol_explain_json_event(&x, &e);
	ol_explain_json_event(&x, &e);
	ol_explain_json_end(&x, &file, 1, warn, 2);
	got = finish(&o);
	assert_non_null(strstr(got, "}}\n{\"kind\":\"panic\""));
	assert_true(got[strlen(got) - 1] == '\n' && got[strlen(got) - 2] == '}');
	ol_arena_done(&e.arena);
}

/* ---- numbers for people ---- */

static void test_sizes(void **state)
{
	(void)state;
	assert_string_equal(ol_fmt_kb(0).s, "0 B");
	assert_string_equal(ol_fmt_kb(1).s, "1 KiB");
	assert_string_equal(ol_fmt_kb(1023).s, "1023 KiB");
	assert_string_equal(ol_fmt_kb(1024).s, "1.00 MiB");
	assert_string_equal(ol_fmt_kb(10235).s, "10.0 MiB"); /* 9.995 */
	assert_string_equal(ol_fmt_kb(524288).s, "512 MiB");
	assert_string_equal(ol_fmt_kb(1048575).s, "1.00 GiB"); /* not 1024 MiB */
	assert_string_equal(ol_fmt_kb(-2048).s, "-2.00 MiB");
	assert_string_equal(ol_fmt_kb(INT64_MAX).s, "8192 EiB");
	assert_string_equal(ol_fmt_kb(INT64_MIN).s, "-8192 EiB");
	assert_string_equal(ol_fmt_bytes(1023).s, "1023 B");
	assert_string_equal(ol_fmt_bytes(UINT64_MAX).s, "16.0 EiB");
	assert_string_equal(ol_fmt_bytes(UINT64_C(11523450438545435525)).s, "9.99 EiB");
	assert_string_equal(ol_fmt_bytes(UINT64_C(11523450438545435526)).s, "10.0 EiB");
	assert_string_equal(ol_fmt_span_us(-1).s, "0.0 s");
	assert_string_equal(ol_fmt_span_us(59900000).s, "59.9 s");
	assert_string_equal(ol_fmt_span_us(INT64_C(8523347168)).s, "2 h 22 min");
}

/* ---- text ---- */

/* A container over its limit, with a little of everything. */
static void memcg_event(struct ol_oom_event *e)
{
	struct ol_victim *v;
	struct ol_task *t;

	ev_init(e, OL_EV_OOM);
	e->file = OL_SPAN("messages");
	e->host = OL_SPAN("node7");
	e->wall_us = ol_time_us(2026, 11, 20, 18, 51, 21, 0);
	e->wall_zone = true;
	e->constraint = OL_CONSTRAINT_MEMCG;
	e->constraint_printed = true;
	e->oom_memcg = text("/kubepods.slice/cri-containerd-" ID64 ".scope");
	e->task_memcg = e->oom_memcg;
	e->usage_kb = val(524288);
	e->limit_kb = val(524288);
	e->failcnt = val(12);
	e->trigger_comm = text("python3");
	e->trigger_pid = val(4242);
	e->order = val(0);
	e->page_kb = 4;
	kv(e, &e->memcg_stats, "anon", UINT64_C(500) << 20, OL_U_BYTES);
	kv(e, &e->memcg_stats, "file", UINT64_C(4) << 20, OL_U_BYTES);
	kv(e, &e->memcg_stats, "shmem", UINT64_C(1) << 20, OL_U_BYTES);
	v = victim(e, OL_SPAN("python3"), 4242);
	v->anon_rss_kb = val(509952);
	v->file_rss_kb = val(0);
	t = task(e, OL_SPAN("python3"));
	col(t, OL_COL_PID, 4242);
	col(t, OL_COL_RSS, 127488);
}

static void test_text_memcg(void **state)
{
	struct ol_oom_event e;

	(void)state;
	memcg_event(&e);
	assert_string_equal(
		text_of(&e, (struct ol_text_opts){ .utf8 = true }),
		"python3 (pid 4242, 498 MiB) was killed: its container reached the memory limit of "
		"512 MiB\n"
		"\n"
		"  when       2026-11-20 18:51:21 UTC, host node7\n"
		"  request    python3 (pid 4242) needed 4 KiB\n"
		"  limit      memory 512 MiB used, limit 512 MiB, hit 12 times\n"
		"  of cgroup  \u2026cri-containerd-" ID64 ".scope\n"
		"  it held    anonymous 500 MiB, shared memory and tmpfs 1.00 MiB, file cache "
		"3.00 MiB\n"
		"  victim     anonymous 498 MiB\n"
		"  log        messages:3-9\n"
		"\n"
		"  largest users of memory  processes    resident   share\n"
		"  python3                          1     498 MiB 100.0 %\n");
	ol_arena_done(&e.arena);
}

static void test_text_zones(void **state)
{
	struct ol_oom_event e;
	struct ol_zone *z;
	char *got;

	(void)state;
	ev_init(&e, OL_EV_OOM);
	e.constraint = OL_CONSTRAINT_NONE;
	e.parts_missing = 1u << OL_PART_TABLE;
	e.page_kb = 4;
	e.swap_total_kb = val(0);
	e.swap_free_kb = val(0);
	victim(&e, OL_SPAN("a b"), 7);
	z = zone(&e, 0, "Normal", OL_ZONE_NORMAL);
	kv(&e, &z->kv, "free", 100, OL_U_KB);
	kv(&e, &z->kv, "min", 200, OL_U_KB);
	kv(&e, &z->kv, "low", 300, OL_U_KB);
	kv(&e, &z->kv, "managed", 409600, OL_U_KB);
	z = zone(&e, 0, "Movable", OL_ZONE_MOVABLE);
	kv(&e, &z->kv, "free", 0, OL_U_KB);
	kv(&e, &z->kv, "managed", 0, OL_U_KB);
	got = text_of(&e, (struct ol_text_opts){ .utf8 = true });
	assert_string_equal(got, "\"a b\" (pid 7) was killed: the machine ran out of memory\n"
				 "\n"
				 "  swap       none\n"
				 "  unsure     not in the log: process table\n"
				 "  log        line 3-9\n"
				 "\n"
				 "  zone                    free    minimum        size\n"
				 "  node 0   Normal     100 KiB    200 KiB     400 MiB  "
				 "below its minimum\n");
	got = text_of(&e, (struct ol_text_opts){ .utf8 = true, .color = true });
	assert_non_null(strstr(got, "\033[1;31mbelow its minimum\033[0m"));
	ol_arena_done(&e.arena);
}

static void test_headlines(void **state)
{
	struct ol_oom_event e;

	(void)state;
	ev_init(&e, OL_EV_ALLOC_FAILURE);
	e.page_kb = 4;
	e.order = val(5);
	e.trigger_comm = text("cat");
	assert_string_equal(
		headline_of(&e),
		"page allocation failure: order 5 (128 KiB) for cat: nothing was killed");
	e.page_kb = 0;
	e.stall = true;
	assert_string_equal(headline_of(&e), "page allocation stall: order 5 (32 pages) for cat: "
					     "it had to wait, nothing was killed");
	ol_arena_done(&e.arena);

	ev_init(&e, OL_EV_PANIC);
	e.panic = text("Out of memory and no killable processes...");
	assert_string_equal(headline_of(&e),
			    "the kernel panicked: Out of memory and no killable processes...");
	ol_arena_done(&e.arena);

	ev_init(&e, OL_EV_USERSPACE_KILL);
	e.who_killed = text("systemd-oomd");
	assert_string_equal(headline_of(&e), "systemd-oomd killed something (the kernel's OOM "
					     "killer did not run)");
	e.task_memcg = text("/user.slice/app-x.scope");
	assert_non_null(strstr(headline_of(&e), "systemd-oomd killed app-x.scope (the"));
	ol_arena_done(&e.arena);

	ev_init(&e, OL_EV_KILL_ONLY);
	victim(&e, OL_SPAN("x"), 1);
	e.constraint = OL_CONSTRAINT_MEMCG;
	assert_string_equal(headline_of(&e),
			    "x (pid 1) was killed: a memory cgroup reached the memory limit (only "
			    "the kill itself is in the log)");
	ol_arena_done(&e.arena);

	ev_init(&e, OL_EV_OOM);
	assert_string_equal(headline_of(&e), "OOM kill, victim not in the log: out of memory");
	e.constraint = OL_CONSTRAINT_CPUSET;
	e.mems_allowed = text("0-1");
	victim(&e, OL_SPAN("x"), 1);
	victim(&e, OL_SPAN("y"), 2)->why = OL_WHY_OOM_GROUP;
	assert_string_equal(
		headline_of(&e),
		"x (pid 1) and 1 other process of its group were killed: the NUMA nodes "
		"that the cpuset allows (0-1) ran out of memory");
	e.constraint = OL_CONSTRAINT_MEMCG;
	e.oom_memcg = text("/system.slice/foo.service");
	e.usage_kb = val(10);
	e.limit_kb = val(9007199254740988);
	e.memsw_usage_kb = val(2048);
	e.memsw_limit_kb = val(2048);
	assert_non_null(strstr(headline_of(&e), "foo.service reached the memory+swap limit of "
						"2.00 MiB"));
	e.oom_memcg = text("/kubepods.slice");
	assert_non_null(strstr(headline_of(&e), "the node's pods together (kubepods.slice)"));
	e.oom_memcg = text("/some/where/");
	assert_non_null(strstr(headline_of(&e), "cgroup /some/where/ reached"));
	ol_arena_done(&e.arena);
}

static void test_headline_names_the_zone(void **state)
{
	struct ol_oom_event e;

	(void)state;
	ev_init(&e, OL_EV_OOM);
	e.constraint = OL_CONSTRAINT_NONE;
	e.gfp_decoded = true; /* no flags: an ordinary kernel request, up to zone Normal */
	zone(&e, -1, "Normal", OL_ZONE_NORMAL);
	zone(&e, -1, "HighMem", OL_ZONE_HIGHMEM);
	assert_non_null(strstr(headline_of(&e), "no memory was left in zone Normal and below"));
	e.zones.n = 1;
	assert_non_null(strstr(headline_of(&e), "the machine ran out of memory"));
	e.order = val(2);
	assert_non_null(strstr(headline_of(&e), "no block of 4 pages (order 2) to give"));
	ol_arena_done(&e.arena);
}

/* ---- hostile text ---- */

#define EVIL "\x1b[2J\n\r\t\"\xff\xc2\x9b\xe2\x80\xae\xf3\xa0\x80\x81) was killed: \xe2\x80\xa8"

/* Nothing in there may do more than be read. */
static void assert_harmless(const char *text, bool ascii)
{
	struct ol_span s = ol_span_str(text);

	while (s.n) {
		uint32_t cp = 0;
		size_t n = ol_utf8_next(s, &cp);

		assert_true(n > 0);
		assert_true(cp == '\n' || !ol_cp_unseen(cp));
		if (ascii)
			assert_true(cp < 0x80);
		s = ol_span_skip(s, n);
	}
}

static void evil_event(struct ol_oom_event *e)
{
	const struct ol_text evil = text(EVIL);
	struct ol_zone *z;

	memcg_event(e);
	e->file = e->host = e->stamp = evil.s;
	e->release = e->build = e->taint = e->trigger_comm = e->gfp_printed = evil;
	e->cpuset = e->mems_allowed = e->nodemask = e->workqueue = e->hardware = evil;
	e->failure = e->oom_memcg = e->task_memcg = e->panic = e->who_killed = evil;
	e->userspace_text = e->memcg_stats_of = e->oom_group_path = evil;
	e->forged_suspect = e->truncated = e->table_incomplete = true;
	victim(e, evil.s, 1);
	e->victims.v[0].comm = evil;
	col(task(e, evil.s), OL_COL_RSS, 9);
	z = zone(e, 0, EVIL, OL_ZONE_MAX);
	kv(e, &z->kv, EVIL, 1, OL_U_KB);
	kv(e, &z->kv, "free", 1, OL_U_KB);
	*(struct ol_buddy *)ol_vec_push(&e->arena, &z->buddy) =
		(struct ol_buddy){ .types = evil.s, .count = 1 };
	*(struct ol_slab_row *)ol_vec_push(&e->arena, &e->slabs) =
		(struct ol_slab_row){ .name = evil.s };
	*(struct ol_alloc_row *)ol_vec_push(&e->arena, &e->allocs) =
		(struct ol_alloc_row){ .size = evil.s, .site = evil.s };
	*(struct ol_frame *)ol_vec_push(&e->arena, &e->trace) =
		(struct ol_frame){ .func = evil.s, .module = evil.s };
	*(struct ol_evline *)ol_vec_push(&e->arena, &e->lines) =
		(struct ol_evline){ .text = evil.s, .line = 3 };
	e->has_container = true;
	e->container.id = e->container.name = e->container.unit = e->container.pod_uid = evil.s;
}

static void test_hostile_text_is_harmless(void **state)
{
	struct ol_oom_event e;
	struct ol_out o;

	(void)state;
	evil_event(&e);
	for (int kind = 0; kind < OL_EV_KIND_MAX; kind++) {
		for (int utf8 = 0; utf8 < 2; utf8++) {
			struct ol_text_opts opts = { .full = true, .utf8 = utf8 };

			e.kind = (enum ol_event_kind)kind;
			assert_harmless(text_of(&e, opts), !utf8);
			ol_out_init(&o, -1);
			ol_event_list_head(&o, &opts);
			ol_event_list_line(&o, &e, &opts);
			assert_harmless(finish(&o), !utf8);
		}
		assert_harmless(json_of(&e), false);
	}
	ol_out_init(&o, -1);
	ol_event_raw(&o, &e);
	assert_string_equal(finish(&o), "\\x1b[2J\\x0a\\x0d\\x09\"\\xff\\xc2\\x9b\\xe2\\x80\\xae"
					"\\xf3\\xa0\\x80\\x81) was killed: \\xe2\\x80\\xa8\n");
	/* a name that imitates our words stays in quotes, and cannot end them */
	e.kind = OL_EV_OOM;
	assert_true(ol_span_starts(ol_span_str(headline_of(&e)), OL_SPAN("\"\\x1b[2J")));
	assert_non_null(strstr(headline_of(&e), "\\x22\\xff"));
	assert_non_null(strstr(text_of(&e, (struct ol_text_opts){ .utf8 = true }), "BEWARE"));
	ol_arena_done(&e.arena);
}

static unsigned longest_line(const char *text)
{
	struct ol_span rest = ol_span_str(text);
	unsigned most = 0;

	while (rest.n) {
		ssize_t nl = ol_span_chr(rest, '\n');
		struct ol_span line = nl < 0 ? rest : ol_span_head(rest, (size_t)nl);
		unsigned w = ol_text_columns(line);

		most = w > most ? w : most;
		rest = ol_span_skip(rest, line.n + 1);
	}
	return most;
}

static void test_lines_fit(void **state)
{
	struct ol_oom_event e;

	(void)state;
	evil_event(&e);
	for (unsigned width = 72; width < 200; width += 7) {
		assert_true(longest_line(text_of(&e, (struct ol_text_opts){ .width = width })) <=
			    width);
		assert_true(longest_line(text_of(
				    &e, (struct ol_text_opts){ .width = width, .utf8 = true })) <=
			    width);
	}
	ol_arena_done(&e.arena);
}

static void test_list_is_aligned(void **state)
{
	const struct ol_text_opts opts = { .width = 160, .utf8 = true };
	static const char *const comms[] = { "java",
					     "\u5185\u5b58\u4e0d\u8db3\u5185\u5b58\u4e0d\u8db3",
					     "averyveryverylongname", EVIL };
	struct ol_oom_event e;
	unsigned at = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(comms) / sizeof(comms[0]); i++) {
		struct ol_out o;
		char *line, *log;

		memcg_event(&e);
		e.victims.v[0].comm = text(comms[i]);
		e.trigger_comm = text(comms[i]);
		ol_out_init(&o, -1);
		ol_event_list_line(&o, &e, &opts);
		line = finish(&o);
		log = strstr(line, "messages:3\n");
		assert_non_null(log);
		assert_non_null(strstr(line, "[4242]"));
		if (!i)
			at = ol_text_columns(ol_span(line, (size_t)(log - line)));
		assert_int_equal(ol_text_columns(ol_span(line, (size_t)(log - line))), at);
		ol_arena_done(&e.arena);
	}
}

static void test_full_names_lines_and_units(void **state)
{
	struct ol_oom_event e;
	char *got;

	(void)state;
	memcg_event(&e);
	got = text_of(&e, (struct ol_text_opts){ .full = true, .utf8 = true });
	assert_non_null(strstr(got, "\n       5  limit                           512 MiB"
				    "            524288 kB\n"));
	assert_non_null(strstr(got, "\n       6  anon                            500 MiB"
				    "         524288000 bytes\n"));
	assert_non_null(strstr(got, "\n       8       4242     498 MiB  python3\n"));
	ol_arena_done(&e.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json_states_nothing_that_is_absent),
		cmocka_unit_test(test_json_kill_only),
		cmocka_unit_test(test_json_trigger),
		cmocka_unit_test(test_json_memcg),
		cmocka_unit_test(test_json_zones),
		cmocka_unit_test(test_json_machine),
		cmocka_unit_test(test_json_processes),
		cmocka_unit_test(test_json_processes_as_printed),
		cmocka_unit_test(test_json_groups),
		cmocka_unit_test(test_json_document),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_text_memcg),
		cmocka_unit_test(test_text_zones),
		cmocka_unit_test(test_headlines),
		cmocka_unit_test(test_headline_names_the_zone),
		cmocka_unit_test(test_hostile_text_is_harmless),
		cmocka_unit_test(test_lines_fit),
		cmocka_unit_test(test_list_is_aligned),
		cmocka_unit_test(test_full_names_lines_and_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
