// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/no_log.h"

/*
 * $ free -m
 *                total        used        free      shared  buff/cache   available
 * MemTotal:        8049012 kB
 */

static const struct {
	const char *name;
	struct ol_span line;
} kinds[OL_NO_LOG_MAX] = {
#define OL_NO_LOG(id, name, line) { name, OL_SPAN_INIT(line) },
#include "analyze/dump/no_log.def"
#undef OL_NO_LOG
};

/* Does @line begin with @words, whatever the blanks are? */
static bool begins(struct ol_span line, struct ol_span words)
{
	line = ol_span_ltrim(line);
	while (words.n) {
		if (!line.n)
			return false;
		if (words.p[0] == ' ') {
			struct ol_span rest = ol_span_ltrim(line);

			if (rest.n == line.n)
				return false;
			line = rest;
			words = ol_span_skip(words, 1);
			continue;
		}
		if (line.p[0] != words.p[0])
			return false;
		line = ol_span_skip(line, 1);
		words = ol_span_skip(words, 1);
	}
	return true;
}

unsigned ol_no_log_in(struct ol_span head, uint64_t *ret_line)
{
	unsigned found = 0;

	for (uint64_t n = 1; head.n; n++) {
		ssize_t nl = ol_span_chr(head, '\n');
		struct ol_span line = nl < 0 ? head : ol_span_head(head, (size_t)nl);

		for (unsigned i = 0; i < OL_NO_LOG_MAX; i++) {
			if (!begins(line, kinds[i].line))
				continue;
			if (!found)
				*ret_line = n;
			found |= 1u << i;
		}
		head = ol_span_skip(head, line.n + 1);
	}
	return found;
}

const char *ol_no_log_name(enum ol_no_log what)
{
	return (unsigned)what < OL_NO_LOG_MAX ? kinds[what].name : NULL;
}
