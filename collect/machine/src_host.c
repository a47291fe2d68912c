// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/machine/collect_impl.h"

#include <errno.h>

static int text_of(struct ol_collect *c, const char *path, char *ret, size_t size)
{
	struct ol_span s;
	int rc = ol_root_read(&c->root, path, &c->buf, &s);

	if (rc)
		return rc;
	s = ol_span_trim(s);
	s = ol_span_head(s, size - 1);
	if (s.n)
		memcpy(ret, s.p, s.n);
	ret[s.n] = 0;
	return 0;
}

/*
 * 1163.10 2320.71
 * /proc/uptime, uptime_proc_show(): seconds since boot with the time asleep, as CLOCK_BOOTTIME
 */
static int64_t uptime_us(struct ol_collect *c, struct ol_src_status *st)
{
	struct ol_span s;
	uint64_t sec, part;
	int rc = ol_root_read(&c->root, "proc/uptime", &c->buf, &s);

	st->denied += rc == -EACCES;
	if (rc || !ol_eat_u64(&s, &sec) || !ol_span_eat(&s, OL_SPAN(".")) ||
	    !ol_eat_u64(&s, &part) || part > 99 || sec > INT64_MAX / 2000000)
		return OL_TIME_NONE;
	return (int64_t)(sec * 1000000 + part * 10000);
}

/* When a captured root was taken: contrib/capture-root.sh writes the date into "captured". */
static int64_t captured_us(struct ol_collect *c, struct ol_src_status *st)
{
	struct ol_span s;
	int rc = ol_root_read(&c->root, "captured", &c->buf, &s);
	int64_t us;
	bool zone;

	st->denied += rc == -EACCES;
	if (rc)
		return OL_TIME_NONE;
	return ol_eat_iso_time(&s, &us, &zone) && zone ? us : OL_TIME_NONE;
}

static int read_host(struct ol_collect *c, enum ol_src src, struct ol_tick *t,
		     struct ol_src_status *st)
{
	int rc = text_of(c, ol_sources[src].file, t->release, sizeof(t->release));

	st->denied += text_of(c, "proc/sys/kernel/hostname", t->host, sizeof(t->host)) == -EACCES;
	if (!c->root.live) {
		t->real_us = captured_us(c, st);
		t->boot_us = uptime_us(c, st);
	}
	return rc;
}

const struct ol_collector ol_collect_host = { OL_SRC_HOST, NULL, read_host, NULL };
