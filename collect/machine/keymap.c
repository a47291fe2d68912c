// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/machine/keymap.h"

#include <errno.h>
#include <stdlib.h>

enum { HINTS = 512 }; /* lines that remember; /proc/vmstat has 200 */

static uint32_t hash_of(struct ol_span s)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 16777619u;
	return h;
}

static unsigned count_keys(const struct ol_field *f)
{
	struct ol_span rest = ol_span_str(f->keys), word;
	unsigned n = 0;

	while (ol_span_token(&rest, &word))
		n++;
	return n;
}

/*
 * "some avg10" is one key of two words: PSI and the cpu line of /proc/stat. With a @file the next
 * key of that file: "memory.events:oom_kill".
 */
static bool next_key(struct ol_span *rest, struct ol_span file, struct ol_span *ret)
{
	static const struct ol_span heads[] = { OL_SPAN_INIT("some"), OL_SPAN_INIT("full"),
						OL_SPAN_INIT("cpu"), OL_SPAN_INIT("TCP"),
						OL_SPAN_INIT("UDP") };
	struct ol_span second;

	do {
		if (!ol_span_token(rest, ret))
			return false;
	} while (file.p && !(ol_span_eat(ret, file) && ol_span_eat(ret, OL_SPAN(":"))));
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		if (ol_span_eq(*ret, heads[i]) && ol_span_token(rest, &second))
			ret->n = (size_t)(second.p + second.n - ret->p);
	return true;
}

static void insert(struct ol_keymap *m, struct ol_span key, unsigned field)
{
	uint32_t h = hash_of(key) & (m->hash_n - 1);

	m->entries[m->n] = (struct ol_keymap_entry){ .key = key, .field = (uint16_t)field };
	while (m->hash[h])
		h = (h + 1) & (m->hash_n - 1);
	m->hash[h] = (uint16_t)++m->n;
}

static int init(struct ol_keymap *m, const struct ol_field *fields, unsigned first, unsigned n,
		unsigned of, struct ol_span file)
{
	unsigned keys = 0;

	memset(m, 0, sizeof(*m));
	for (unsigned i = 0; i < n; i++)
		keys += count_keys(&fields[first + i]);
	for (m->hash_n = 16; m->hash_n < keys * 2; m->hash_n *= 2)
		;
	m->entries = calloc(keys + 1, sizeof(*m->entries));
	m->hash = calloc(m->hash_n, sizeof(*m->hash));
	m->hint = calloc(HINTS, sizeof(*m->hint));
	m->hint_n = HINTS;
	if (!m->entries || !m->hash || !m->hint) {
		ol_keymap_done(m);
		return -ENOMEM;
	}
	for (unsigned i = 0; i < n; i++) {
		struct ol_span rest = ol_span_str(fields[first + i].keys), key;

		if (fields[first + i].of == of)
			while (next_key(&rest, file, &key))
				insert(m, key, i);
	}
	return 0;
}

int ol_keymap_init(struct ol_keymap *m, const struct ol_field *fields, unsigned first, unsigned n,
		   unsigned of)
{
	return init(m, fields, first, n, of, ol_span(NULL, 0));
}

int ol_keymap_init_metrics(struct ol_keymap *m, enum ol_src src)
{
	return ol_keymap_init(m, ol_metrics, 0, OL_M_MAX, src);
}

int ol_keymap_init_table(struct ol_keymap *m, enum ol_table_id id)
{
	unsigned first, n = ol_table_fields(id, &first);

	return ol_keymap_init(m, ol_row_fields, first, n, id);
}

int ol_keymap_init_file(struct ol_keymap *m, enum ol_table_id id, const char *file)
{
	unsigned first, n = ol_table_fields(id, &first);

	return init(m, ol_row_fields, first, n, id, ol_span_str(file));
}

void ol_keymap_done(struct ol_keymap *m)
{
	free(m->entries);
	free(m->hash);
	free(m->hint);
	memset(m, 0, sizeof(*m));
}

void ol_keymap_begin(struct ol_keymap *m)
{
	m->read++;
}

static struct ol_keymap_entry *find(struct ol_keymap *m, uint32_t line, struct ol_span key)
{
	uint16_t *hint = line < m->hint_n ? &m->hint[line] : NULL;

	if (hint && *hint && ol_span_eq(m->entries[*hint - 1].key, key))
		return &m->entries[*hint - 1];
	for (uint32_t h = hash_of(key) & (m->hash_n - 1); m->hash[h]; h = (h + 1) & (m->hash_n - 1))
		if (ol_span_eq(m->entries[m->hash[h] - 1].key, key)) {
			if (hint)
				*hint = m->hash[h];
			return &m->entries[m->hash[h] - 1];
		}
	return NULL;
}

bool ol_keymap_put(struct ol_keymap *m, uint32_t line, struct ol_span key, int64_t value,
		   int64_t *v, uint64_t *has, struct ol_src_status *st)
{
	struct ol_keymap_entry *e = find(m, line, key);
	unsigned f;
	int64_t sum;

	if (!e) {
		st->unknown++;
		return false;
	}
	f = e->field;
	if (e->seen == m->read) {
		st->broken++;
		return false;
	}
	e->seen = m->read;
	sum = value;
	if ((has[f / 64] >> (f % 64) & 1) && __builtin_add_overflow(v[f], value, &sum))
		sum = INT64_MAX;
	v[f] = sum;
	has[f / 64] |= UINT64_C(1) << (f % 64);
	return true;
}

bool ol_eat_line(struct ol_span *text, struct ol_span *ret_line, struct ol_src_status *st)
{
	ssize_t nl = ol_span_chr(*text, '\n');

	if (nl < 0) {
		st->broken += text->n > 0;
		*text = ol_span_skip(*text, text->n);
		return false;
	}
	*ret_line = ol_span_head(*text, (size_t)nl);
	*text = ol_span_skip(*text, (size_t)nl + 1);
	return true;
}

void ol_keyed_lines(struct ol_keymap *m, struct ol_span text, unsigned skip, int64_t *v,
		    uint64_t *has, struct ol_src_status *st)
{
	struct ol_span line, key, word;

	ol_keymap_begin(m);
	for (uint32_t n = 0; ol_eat_line(&text, &line, st); n++) {
		int64_t value;

		for (unsigned i = 0; i < skip; i++)
			ol_span_token(&line, &word);
		if (!ol_span_token(&line, &key)) {
			st->broken++;
			continue;
		}
		if (key.n > 1 && key.p[key.n - 1] == ':')
			key.n--;
		if (!ol_span_token_i64(&line, &value) || value < 0) {
			st->broken++;
			continue;
		}
		line = ol_span_trim(line);
		if (line.n && !ol_span_eqs(line, "kB"))
			st->broken++;
		else
			ol_keymap_put(m, n, key, value, v, has, st);
	}
}

/* "12.34": 1234 */
static bool eat_hundredths(struct ol_span *a, int64_t *ret)
{
	struct ol_span t = *a;
	uint64_t whole, part;

	if (!ol_eat_u64(&t, &whole) || whole > 1000000 || t.n < 3 || t.p[0] != '.' ||
	    !ol_is_digit(t.p[1]) || !ol_is_digit(t.p[2]))
		return false;
	part = (uint64_t)(t.p[1] - '0') * 10 + (uint64_t)(t.p[2] - '0');
	*ret = (int64_t)(whole * 100 + part);
	*a = ol_span_skip(t, 3);
	return true;
}

void ol_psi_lines(struct ol_keymap *m, struct ol_span text, int64_t *v, uint64_t *has,
		  struct ol_src_status *st)
{
	struct ol_span line, head, word;
	uint32_t n = 0;

	ol_keymap_begin(m);
	while (ol_eat_line(&text, &line, st)) {
		if (!ol_span_token(&line, &head)) {
			st->broken++;
			continue;
		}
		for (; ol_span_token(&line, &word); n++) {
			ssize_t eq = ol_span_chr(word, '=');
			struct ol_span num = ol_span_skip(word, (size_t)eq + 1);
			char key[40];
			int64_t value;

			if (eq < 0 || head.n + (size_t)eq + 1 > sizeof(key) ||
			    !(eat_hundredths(&num, &value) || ol_eat_i64(&num, &value)) || num.n ||
			    value < 0) {
				st->broken++;
				continue;
			}
			memcpy(key, head.p, head.n);
			key[head.n] = ' ';
			memcpy(key + head.n + 1, word.p, (size_t)eq);
			ol_keymap_put(m, n, ol_span(key, head.n + 1 + (size_t)eq), value, v, has,
				      st);
		}
	}
}
