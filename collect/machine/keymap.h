/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OL_COLLECT_KEYMAP_H
#define OL_COLLECT_KEYMAP_H

#include "collect/machine/tick.h"

/*
 * From the kernel's keys to the numbers of metrics or fields. The kernel prints the same lines in
 * the same order at every read, so each line remembers what it was the last time: in the steady
 * state a key costs one comparison.
 */
struct ol_keymap_entry {
	struct ol_span key;
	uint16_t field; /* index into v[] */
	uint32_t seen; /* in which read */
};
struct ol_keymap {
	struct ol_keymap_entry *entries;
	uint16_t *hash; /* 1 + entry; a power of two of them */
	uint16_t *hint; /* by line: 1 + entry */
	uint32_t n, hash_n, hint_n, read;
};

/* All keys of fields[first … first + n - 1] whose .of is @of; field numbers count from @first. */
int ol_keymap_init(struct ol_keymap *m, const struct ol_field *fields, unsigned first, unsigned n,
		   unsigned of);
int ol_keymap_init_metrics(struct ol_keymap *m, enum ol_src src);
int ol_keymap_init_table(struct ol_keymap *m, enum ol_table_id id);
/* Only the keys that are written "@file:key". */
int ol_keymap_init_file(struct ol_keymap *m, enum ol_table_id id, const char *file);
void ol_keymap_done(struct ol_keymap *m);

/* A new read (or a new row): keys may come again. */
void ol_keymap_begin(struct ol_keymap *m);
/*
 * Line @line says @key is @value. Values of several keys of one field are summed. A key that came
 * already is counted in st->broken and left out, one that no list knows in st->unknown.
 * True when the key is known and new.
 */
bool ol_keymap_put(struct ol_keymap *m, uint32_t line, struct ol_span key, int64_t value,
		   int64_t *v, uint64_t *has, struct ol_src_status *st);

/* Eats one line with its newline; without one the line is cut: false, the rest counts as broken. */
bool ol_eat_line(struct ol_span *text, struct ol_span *ret_line, struct ol_src_status *st);

/*
 * Lines of a key and a number:
 *   MemTotal:       24684084 kB      (/proc/meminfo)
 *   pgscan_direct 0                  (/proc/vmstat, memory.stat)
 *   Node 0 MemTotal:  24684084 kB    (node*'/meminfo: @skip words stand before the key)
 * Numbers below zero and lines that say something else are counted in st->broken.
 */
void ol_keyed_lines(struct ol_keymap *m, struct ol_span text, unsigned skip, int64_t *v,
		    uint64_t *has, struct ol_src_status *st);

/*
 * some avg10=0.00 avg60=0.00 avg300=0.00 total=0
 * full avg10=0.00 avg60=0.00 avg300=0.00 total=0
 * Keys are "some avg10", …; averages become hundredths of a percent.
 */
void ol_psi_lines(struct ol_keymap *m, struct ol_span text, int64_t *v, uint64_t *has,
		  struct ol_src_status *st);

#endif
