/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_COLLECT_TICK_H
#define OL_COLLECT_TICK_H

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/span.h"

/*
 * The machine at one moment: scalars (collect/machine/metrics.def) and tables of rows
 * (collect/machine/rows.def). Everything is in pools made once; filling a tick allocates nothing.
 * Every value has a presence bit: absent is never 0.
 */
#define OL_UNLIMITED INT64_MAX /* a limit that says "max" */

enum ol_src {
#define OL_SOURCE(id, name, file, needs) OL_SRC_##id,
#include "collect/machine/sources.def"
	OL_SRC_MAX
};

enum ol_metric {
#define OL_METRIC(name, source, keys, unit, kind, help) OL_M_##name,
#include "collect/machine/metrics.def"
	OL_M_MAX
};

enum ol_table_id {
	OL_T_ZONE,
	OL_T_NODE,
	OL_T_SLAB,
	OL_T_SWAP,
	OL_T_ZRAM,
	OL_T_HUGE,
	OL_T_CGROUP,
	OL_T_PROC,
	OL_T_MAX
};

/* OL_ZONE_free_pages, …, OL_CGROUP_anon_bytes, …: one numbering for the fields of all tables */
enum ol_row_field {
#define OL_FIELD(table, name, keys, unit, kind, help) OL_##table##_##name,
#include "collect/machine/rows.def"
	OL_ROW_FIELDS
};

enum ol_field_unit {
	OL_UNIT_KB,
	OL_UNIT_PAGES,
	OL_UNIT_BYTES,
	OL_UNIT_COUNT,
	OL_UNIT_US,
	OL_UNIT_TICKS, /* 1/100 s */
	OL_UNIT_PCT100, /* hundredths of a percent */
	OL_UNIT_FLAG,
};
enum ol_field_kind { OL_KIND_GAUGE, OL_KIND_COUNTER };

/* A row of metrics.def or rows.def. */
struct ol_field {
	const char *name; /* with its unit: "mem_total_kb"; the key in JSON */
	const char *keys; /* the kernel's, between blanks; "" when it prints none */
	uint8_t of; /* enum ol_src of a metric, enum ol_table_id of a field */
	uint8_t unit, kind;
};
extern const struct ol_field ol_metrics[OL_M_MAX], ol_row_fields[OL_ROW_FIELDS];

struct ol_source_def {
	const char *name, *file, *needs;
};
extern const struct ol_source_def ol_sources[OL_SRC_MAX];

/* What became of a source in this tick. */
struct ol_src_status {
	/*
	 * 0, or why nothing was read: -ENOENT, -EACCES, -EOPNOTSUPP, -ECANCELED (not asked),
	 * -ETIMEDOUT (it does not answer; what came before that is there)
	 */
	int rc;
	uint32_t broken; /* values that were no numbers, keys that came twice: left out */
	uint32_t unknown; /* lines or keys that no list knows */
	uint32_t dropped; /* rows for which the pools had no room */
	uint32_t denied; /* single files below it that could not be read */
	bool carried; /* not read in this tick: ol_tick_carry() took an earlier one's */
};

struct ol_str {
	uint32_t off, n; /* in ol_tick.names */
};

struct ol_row {
	struct ol_str name, text, more; /* rows.def says what they hold */
	int32_t id, sub;
	uint16_t first; /* number of the table's first field */
	uint64_t has[2];
	int64_t v[];
};

struct ol_table {
	char *rows;
	uint32_t n, cap;
	uint32_t stride;
	uint16_t first; /* number of the first field */
};

struct ol_tick {
	int64_t real_us, boot_us; /* CLOCK_REALTIME, CLOCK_BOOTTIME; OL_TIME_NONE when unknown */
	unsigned page_kb; /* 0: unknown */
	char host[65], release[65];
	int64_t v[OL_M_MAX];
	uint64_t has[(OL_M_MAX + 63) / 64];
	struct ol_src_status src[OL_SRC_MAX];
	struct ol_table tab[OL_T_MAX];
	char *names; /* what ol_str points into */
	uint32_t names_n, names_cap;
};

/* Rows per table and bytes of names; 0 takes a default that a large host does not fill. */
struct ol_tick_size {
	uint32_t rows[OL_T_MAX];
	uint32_t names;
};
struct ol_tick *ol_tick_new(const struct ol_tick_size *size); /* NULL: ENOMEM */
void ol_tick_free(struct ol_tick *t);
void ol_tick_reset(struct ol_tick *t); /* nothing known, every source -ECANCELED */

/* Fields of table @id: ol_row_fields[*@ret_first … *@ret_first + n - 1]; returns n. */
unsigned ol_table_fields(enum ol_table_id id, unsigned *ret_first);

/* A new row, or NULL when the pool is full (then *@st counts it; @st may be NULL). */
struct ol_row *ol_tick_add(struct ol_tick *t, enum ol_table_id id, struct ol_src_status *st);
/* Copies @s into the tick's names; {0, 0} when there is no room. */
struct ol_str ol_tick_name(struct ol_tick *t, struct ol_span s);

static inline struct ol_row *ol_tick_row(const struct ol_tick *t, enum ol_table_id id, uint32_t i)
{
	return (struct ol_row *)(t->tab[id].rows + (size_t)i * t->tab[id].stride);
}

static inline struct ol_span ol_tick_span(const struct ol_tick *t, struct ol_str s)
{
	return ol_span(t->names + s.off, s.n);
}

/*
 * What @src said in @from becomes part of @t, as if it had been read again: for sources that are
 * not worth a look at every tick.
 * Sources whose rows others write to as well (zones) cannot be carried.
 */
void ol_tick_carry(struct ol_tick *t, const struct ol_tick *from, enum ol_src src);

/* The row of that table with this name, id and sub, or NULL: to find a row in another tick. */
struct ol_row *ol_tick_find(const struct ol_tick *t, enum ol_table_id id, struct ol_span name,
			    int32_t rid, int32_t sub);

/*
 * The same for many rows: the table by name and id. Zeroed it is empty; what it holds is used again
 * when it is made for another tick. ol_tick_index_find() with @sub NULL takes the first one with
 * that name and id. Without memory it searches row by row.
 */
struct ol_tick_index {
	const struct ol_tick *t;
	enum ol_table_id id;
	uint32_t *slot; /* 1 + row; 0 is empty */
	uint32_t mask, cap;
};
void ol_tick_index_make(struct ol_tick_index *x, const struct ol_tick *t, enum ol_table_id id);
const struct ol_row *ol_tick_index_find(const struct ol_tick_index *x, struct ol_span name,
					int32_t rid, const int32_t *sub);
void ol_tick_index_done(struct ol_tick_index *x);

static inline bool ol_has(const struct ol_tick *t, enum ol_metric m)
{
	return t->has[m / 64] >> (m % 64) & 1;
}

/* 0 when absent: for sums in which a missing part is left out. */
static inline int64_t ol_val(const struct ol_tick *t, enum ol_metric m)
{
	return t->v[m];
}

static inline void ol_set(struct ol_tick *t, enum ol_metric m, int64_t v)
{
	t->v[m] = v;
	t->has[m / 64] |= UINT64_C(1) << (m % 64);
}

static inline bool ol_row_has(const struct ol_row *r, enum ol_row_field f)
{
	unsigned i = (unsigned)f - r->first;

	return r->has[i / 64] >> (i % 64) & 1;
}

static inline int64_t ol_row_val(const struct ol_row *r, enum ol_row_field f)
{
	return r->v[(unsigned)f - r->first];
}

static inline void ol_row_set(struct ol_row *r, enum ol_row_field f, int64_t v)
{
	unsigned i = (unsigned)f - r->first;

	r->v[i] = v;
	r->has[i / 64] |= UINT64_C(1) << (i % 64);
}

/*
 * An iterator of ticks: of the live machine or of a captured root; who uses it cannot tell them
 * apart.
 */
struct ol_source {
	/* 0: *@t is filled; 1: there are no more; <0 with a message. */
	int (*next)(struct ol_source *s, struct ol_tick *t, struct ol_err *err);
	void (*free)(struct ol_source *s);
	bool once; /* it holds a single tick: waiting for another is no use */
};

#endif
