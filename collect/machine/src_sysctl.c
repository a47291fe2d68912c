// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/machine/collect_impl.h"

#include <errno.h>
#include <stdio.h>

/* One file for each metric of this source, named as its key: proc/sys/vm/swappiness. */
enum { MAX_FILES = 32 };

struct sysctls {
	unsigned n;
	enum ol_metric m[MAX_FILES];
	struct ol_file f[MAX_FILES];
};

static int sysctl_open(struct ol_collect *c, enum ol_src src)
{
	struct sysctls *s = ol_collect_state(c, src, sizeof(*s));

	if (!s)
		return -ENOMEM;
	for (unsigned m = 0; m < OL_M_MAX && s->n < MAX_FILES; m++)
		if (ol_metrics[m].of == src) {
			s->m[s->n] = m;
			s->f[s->n++].fd = -1;
		}
	return 0;
}

static int read_sysctl(struct ol_collect *c, enum ol_src src, struct ol_tick *t,
		       struct ol_src_status *st)
{
	struct sysctls *s = c->state[src];
	int ret = -ENOENT;

	for (unsigned i = 0; i < s->n; i++) {
		struct ol_span text;
		char path[128];
		int64_t v;
		int rc;

		snprintf(path, sizeof(path), "%s/%s", ol_sources[src].file,
			 ol_metrics[s->m[i]].keys);
		rc = ol_file_read_line(&c->root, path, &s->f[i], &c->buf, &text);
		st->denied += rc == -EACCES;
		if (rc) {
			ret = ret == -ENOENT ? rc : ret;
			continue;
		}
		ret = 0;
		if (ol_i64_of(text, &v) || v < 0 || v == INT64_MAX)
			st->broken++;
		else
			ol_set(t, s->m[i], v);
	}
	return ret;
}

static void sysctl_done(struct ol_collect *c, enum ol_src src)
{
	struct sysctls *s = c->state[src];

	for (unsigned i = 0; i < s->n; i++)
		ol_file_close(&s->f[i]);
}

const struct ol_collector ol_collect_sysctl = { OL_SRC_SYSVM, sysctl_open, read_sysctl,
						sysctl_done };
