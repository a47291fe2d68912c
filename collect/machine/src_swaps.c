// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/machine/collect_impl.h"

#include <errno.h>
#include <stdio.h>

/* Names in which the kernel wrote blanks, newlines and backslashes as \040, \012, \134. */
static struct ol_str unescaped(struct ol_tick *t, struct ol_span s)
{
	struct ol_str r = ol_tick_name(t, s);
	char *p = t->names + r.off;
	uint32_t n = 0;

	for (uint32_t i = 0; i < r.n; i++) {
		if (p[i] == '\\' && r.n - i > 3 && p[i + 1] >= '0' && p[i + 1] <= '3' &&
		    p[i + 2] >= '0' && p[i + 2] <= '7' && p[i + 3] >= '0' && p[i + 3] <= '7') {
			p[n++] = (char)((p[i + 1] - '0') << 6 | (p[i + 2] - '0') << 3 |
					(p[i + 3] - '0'));
			i += 3;
		} else {
			p[n++] = p[i];
		}
	}
	r.n = n;
	return r;
}

/*
 * Filename                                Type            Size            Used            Priority
 * /dev/sda2                               partition       2097148         1024            -2
 * /mnt/a\040b                             file            8388604         0               10
 * swap_show() in mm/swapfile.c
 */
int ol_swaps_parse(struct ol_span text, struct ol_tick *t, struct ol_src_status *st)
{
	struct ol_span line, name, type;

	if (!ol_eat_line(&text, &line, st) || !ol_span_starts(line, OL_SPAN("Filename"))) {
		st->broken++;
		return -EBADMSG;
	}
	while (ol_eat_line(&text, &line, st)) {
		int64_t size, used, priority;
		struct ol_row *r;

		if (!ol_span_token(&line, &name) || !ol_span_token(&line, &type) ||
		    !ol_span_token_i64(&line, &size) || !ol_span_token_i64(&line, &used) ||
		    !ol_span_token_i64(&line, &priority) || size < 0 || used < 0 ||
		    ol_span_trim(line).n) {
			st->broken++;
			continue;
		}
		r = ol_tick_add(t, OL_T_SWAP, st);
		if (!r)
			continue;
		r->name = unescaped(t, name);
		r->text = ol_tick_name(t, type);
		for (uint32_t i = 0; i + 1 < t->tab[OL_T_SWAP].n; i++)
			r->sub += ol_span_eq(ol_tick_span(t, r->name),
					     ol_tick_span(t, ol_tick_row(t, OL_T_SWAP, i)->name));
		ol_row_set(r, OL_SWAP_size_kb, size);
		ol_row_set(r, OL_SWAP_used_kb, used);
		ol_row_set(r, OL_SWAP_priority, priority);
	}
	return 0;
}

static int read_swaps(struct ol_collect *c, enum ol_src src, struct ol_tick *t,
		      struct ol_src_status *st)
{
	struct ol_span text;
	int rc = ol_file_read(&c->root, ol_sources[src].file, c->state[src], &c->buf, &text);

	return rc ? rc : ol_swaps_parse(text, t, st);
}

const struct ol_collector ol_collect_swaps = { OL_SRC_SWAPS, ol_file_source_open, read_swaps,
					       ol_file_source_done };

enum zram_file { DISKSIZE, ALGORITHM, MM_STAT, OLD_FIRST, N_ZRAM_FILES = OLD_FIRST + 5 };
static const char *const zram_files[N_ZRAM_FILES] = {
	"disksize",       "comp_algorithm",  "mm_stat",
	"orig_data_size", "compr_data_size", "mem_used_total", /* instead of mm_stat before 4.1 */
	"mem_limit",      "mem_used_max",
};
/* What mm_stat has, in its order; also the order of the old files. */
static const enum ol_row_field zram_fields[] = { OL_ZRAM_original_bytes, OL_ZRAM_compressed_bytes,
						 OL_ZRAM_used_bytes, OL_ZRAM_limit_bytes,
						 OL_ZRAM_peak_bytes };
enum { N_ZRAM_FIELDS = sizeof(zram_fields) / sizeof(zram_fields[0]), MAX_ZRAM = 64 };

/* Devices come and go seldom, and /sys/block is long where there are many disks. */
enum { RELIST_US = 10 * 1000000 };

struct zram {
	bool listed;
	int64_t listed_us;
	int list_rc;
	uint32_t n, dropped;
	int32_t id[MAX_ZRAM];
	struct ol_file f[MAX_ZRAM][N_ZRAM_FILES];
};

static void zram_set(struct ol_row *r, unsigned i, int64_t v)
{
	if (zram_fields[i] == OL_ZRAM_limit_bytes && !v)
		v = OL_UNLIMITED;
	ol_row_set(r, zram_fields[i], v);
}

/*
 *     4096       74    12288        0    12288        0        0        0        0
 * mm_stat_show() in drivers/block/zram/zram_drv.c (4.1): original, compressed, used, limit (0:
 * none), most used, and since then four more
 */
void ol_zram_stat_parse(struct ol_span text, struct ol_row *r, struct ol_src_status *st)
{
	int64_t v[N_ZRAM_FIELDS];
	struct ol_span line;

	if (!ol_eat_line(&text, &line, st))
		return;
	for (unsigned i = 0; i < N_ZRAM_FIELDS; i++)
		if (!ol_span_token_i64(&line, &v[i]) || v[i] < 0) {
			st->broken++;
			return;
		}
	for (unsigned i = 0; i < N_ZRAM_FIELDS; i++)
		zram_set(r, i, v[i]);
}

static int zram_open(struct ol_collect *c, enum ol_src src)
{
	struct zram *z = ol_collect_state(c, src, sizeof(*z));

	if (!z)
		return -ENOMEM;
	for (int i = 0; i < MAX_ZRAM; i++)
		for (int k = 0; k < N_ZRAM_FILES; k++)
			z->f[i][k].fd = -1;
	return 0;
}

static void zram_close_all(struct zram *z)
{
	for (uint32_t i = 0; i < z->n; i++)
		for (int k = 0; k < N_ZRAM_FILES; k++)
			ol_file_close(&z->f[i][k]);
}

static void zram_list(struct ol_collect *c, struct zram *z)
{
	int32_t id[MAX_ZRAM];
	uint32_t n = 0;

	z->listed = true;
	z->listed_us = ol_boot_us();
	z->dropped = 0;
	z->list_rc = ol_root_numbers(&c->root, ol_sources[OL_SRC_ZRAM].file, OL_SPAN("zram"),
				     OL_SPAN(""), id, MAX_ZRAM, &n, &z->dropped);
	if (n == z->n && !memcmp(id, z->id, n * sizeof(*id)))
		return;
	zram_close_all(z);
	memcpy(z->id, id, n * sizeof(*id));
	z->n = n;
}

static int zram_read(struct ol_collect *c, struct zram *z, uint32_t i, int file,
		     struct ol_src_status *st, struct ol_span *ret)
{
	char path[64];
	int rc;

	snprintf(path, sizeof(path), "sys/block/zram%d/%s", z->id[i], zram_files[file]);
	rc = ol_file_read_line(&c->root, path, &z->f[i][file], &c->buf, ret);
	st->denied += rc == -EACCES;
	return rc;
}

static int zram_number(struct ol_collect *c, struct zram *z, uint32_t i, int file,
		       struct ol_src_status *st, int64_t *ret)
{
	struct ol_span s;
	int rc = zram_read(c, z, i, file, st, &s);

	if (!rc && (ol_i64_of(s, ret) || *ret < 0)) {
		st->broken++;
		rc = -EBADMSG;
	}
	return rc;
}

/* lzo [lzo-rle] lz4 zstd: the one in brackets is used */
static struct ol_span algorithm(struct ol_span s)
{
	ssize_t a = ol_span_chr(s, '['), b = ol_span_chr(s, ']');

	if (a < 0 || b <= a)
		return ol_span(NULL, 0);
	return ol_span_skip(ol_span_head(s, (size_t)b), (size_t)a + 1);
}

static int read_zram(struct ol_collect *c, enum ol_src src, struct ol_tick *t,
		     struct ol_src_status *st)
{
	struct zram *z = c->state[src];
	char name[16];

	if (!z->listed || ol_boot_us() - z->listed_us > RELIST_US)
		zram_list(c, z);
	st->dropped += z->dropped;
	for (uint32_t i = 0; i < z->n; i++) {
		struct ol_span s;
		struct ol_row *r;
		int64_t v;
		int rc = zram_number(c, z, i, DISKSIZE, st, &v);

		if (rc == -ENOENT || rc == -ENODEV) { /* gone */
			ol_file_close(&z->f[i][DISKSIZE]);
			z->listed = false;
			continue;
		}
		r = ol_tick_add(t, OL_T_ZRAM, st);
		if (!r)
			continue;
		snprintf(name, sizeof(name), "zram%d", z->id[i]);
		r->name = ol_tick_name(t, ol_span_str(name));
		r->id = z->id[i];
		if (!rc)
			ol_row_set(r, OL_ZRAM_disk_bytes, v);
		if (!zram_read(c, z, i, ALGORITHM, st, &s))
			r->text = ol_tick_name(t, algorithm(s));
		rc = zram_read(c, z, i, MM_STAT, st, &s);
		if (!rc)
			ol_zram_stat_parse(s, r, st);
		for (unsigned k = 0; rc == -ENOENT && k < N_ZRAM_FIELDS; k++)
			if (!zram_number(c, z, i, OLD_FIRST + (int)k, st, &v))
				zram_set(r, k, v);
	}
	return z->list_rc ? z->list_rc : z->n ? 0 : -ENOENT;
}

static void zram_done(struct ol_collect *c, enum ol_src src)
{
	zram_close_all(c->state[src]);
}

const struct ol_collector ol_collect_zram = { OL_SRC_ZRAM, zram_open, read_zram, zram_done };
