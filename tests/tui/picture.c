// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/machine/live.h"
#include "lib/num.h"
#include "export/note_words.h"
#include "tui/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * A picture of `oomlens top` for documents: picture ROOT STORY WxH KEYS dark|light >X.svg
 *
 * The machine is that of a captured root; STORY says what happens to it, a line for a moment:
 *	SECOND ANON CACHE SHMEM [K|k|F TEXT]
 * the MiB that are added to the root's, with a straight line from moment to moment and a tick every
 * second. KEYS are pressed at the end.
 */

struct moment {
	long second, add[3];
	char mark, text[160];
};

static int story_read(const char *path, struct moment *ret, int max)
{
	FILE *f = fopen(path, "re");
	char line[400];
	int n = 0;

	while (f && n < max && fgets(line, sizeof(line), f)) {
		struct moment *m = &ret[n];

		*m = (struct moment){ 0 };
		if (sscanf(line, "%ld %ld %ld %ld %c %159[^\n]", &m->second, &m->add[0], &m->add[1],
			   &m->add[2], &m->mark, m->text) >= 4)
			n++;
	}
	if (f)
		fclose(f);
	return n;
}

static void add(struct ol_tick *t, enum ol_metric m, int64_t mib)
{
	if (ol_has(t, m))
		ol_set(t, m, ol_above0(ol_val(t, m) + mib * 1024));
}

static void change(struct ol_tick *t, const int64_t *mib)
{
	add(t, OL_M_anon_pages_kb, mib[0]);
	add(t, OL_M_active_anon_kb, mib[0]);
	add(t, OL_M_cached_kb, mib[1] + mib[2]);
	add(t, OL_M_inactive_file_kb, mib[1]);
	add(t, OL_M_shmem_kb, mib[2]);
	add(t, OL_M_inactive_anon_kb, mib[2]);
	add(t, OL_M_mem_free_kb, -(mib[0] + mib[1] + mib[2]));
}

static int tick(struct ol_app *a, const char *root, const struct moment *from,
		const struct moment *to, long second)
{
	struct ol_live_opts opts = { .root = root };
	struct ol_tick *t = ol_app_tick(a);
	struct ol_source *s;
	struct ol_err err;
	int64_t mib[3];
	int r;

	if (ol_live_new(&opts, &s, &err) || s->next(s, t, &err)) {
		fprintf(stderr, "%s\n", err.msg);
		return -1;
	}
	for (int i = 0; i < 3; i++)
		mib[i] = from->add[i] + (to->add[i] - from->add[i]) * (second - from->second) /
						ol_max(to->second - from->second, 1);
	t->boot_us += second * 1000000;
	t->real_us += second * 1000000;
	change(t, mib);
	r = ol_app_ticked(a);
	s->free(s);
	return r;
}

static int play(struct ol_app *a, const char *root, const struct moment *m, int n)
{
	for (int i = 0; i < n; i++) {
		const struct moment *to = i + 1 < n ? &m[i + 1] : &m[i];
		enum ol_mark_kind kind = m[i].mark == 'F'   ? OL_MARK_FAILURE
					 : m[i].mark == 'k' ? OL_MARK_CGROUP
							    : OL_MARK_KILL;

		for (long s = m[i].second; s < to->second || (to == &m[i] && s == to->second);
		     s++) {
			if (tick(a, root, &m[i], to, s))
				return -1;
			if (m[i].mark && s == m[i].second)
				ol_app_event(a, ol_app_now_us(a), kind, ol_span_str(m[i].text),
					     OL_SPAN(""));
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct ol_app_opts opts = { .interval_us = 1000000, .words = ol_note_words };
	struct ol_grid g = { .utf8 = true, .color = true };
	struct moment story[64];
	struct ol_app *a;
	struct ol_out o;
	int w, h, n;

	if (argc != 6 || sscanf(argv[3], "%dx%d", &w, &h) != 2) {
		fprintf(stderr, "usage: picture ROOT STORY WxH KEYS dark|light\n");
		return 2;
	}
	a = ol_app_new(&opts);
	n = story_read(argv[2], story, 64);
	if (!a || !n || ol_grid_resize(&g, w, h) || play(a, argv[1], story, n))
		return 2;
	for (const char *k = argv[4]; *k; k++)
		ol_app_key(a, *k == '{' ? OL_KEY_LEFT : *k);
	ol_app_draw(a, &g);
	ol_out_init(&o, STDOUT_FILENO);
	ol_grid_svg(&g, &o, argv[5][0] == 'l');
	n = ol_out_flush(&o);
	ol_out_done(&o);
	ol_grid_done(&g);
	ol_app_free(a);
	return n ? 2 : 0;
}
