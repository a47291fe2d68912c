// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "collect/machine/container.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct ol_span s, struct ol_span path, const struct ol_container *c)
{
	bool in_path = s.p >= path.p && s.p + s.n <= path.p + path.n;
	bool in_buf = s.p >= c->buf && s.p + s.n <= c->buf + sizeof(c->buf);

	if (s.p && (!s.n || !(in_path || in_buf)))
		abort();
}

/* Whatever comes out lies in the path or in the struct, and pod uids have their shape. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ol_span path = ol_span((const char *)data, size);
	struct ol_container c;
	bool any = ol_container_from_path(path, &c);

	check(c.id, path, &c);
	check(c.pod_uid, path, &c);
	check(c.unit, path, &c);
	check(c.name, path, &c);
	if (c.pod_uid.p && c.pod_uid.n != 36 && c.pod_uid.n != 32)
		abort();
	if (any != (c.runtime || c.id.p || c.pod_uid.p || c.qos || c.unit.p || c.name.p))
		abort();
	return 0;
}
