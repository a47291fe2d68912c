// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where logs come from. The first byte chooses:
 *   f  the rest is one file, of whatever kind its bytes say, and then the same through a pipe
 *   k  records of /dev/kmsg between NULs; the first two are the name of the host and the boot
 *   d  a directory, as tests/fuzz/tree.h writes it
 * Whatever it is: inputs begin and end, bytes come in between, and there is an end of it.
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "analyze/dump/line.h"
#include "collect/log/logsrc.h"
#include "lib/clock.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/tree.h"

struct got {
	struct ol_out bytes; /* of all inputs, one after the other */
	unsigned inputs, warnings;
	bool tar;
};

static void read_all(struct ol_logsrc *s, struct got *g)
{
	uint64_t consumed = 0, budget = 64 << 20;
	struct ol_logchunk c;
	uint32_t open = 0;

	ol_out_init(&g->bytes, -1);
	for (unsigned n = 0;; n++) {
		must(n < 1000000 && !ol_logsrc_next(s, &c));
		must(c.consumed >= consumed && (!c.total || c.consumed <= c.total));
		consumed = c.consumed;
		if (c.what == OL_LOG_EOF)
			break;
		switch (c.what) {
		case OL_LOG_BEGIN:
			must(!open && c.input == g->inputs + 1 && c.name.n);
			open = c.input;
			g->inputs++;
			g->tar |= ol_span_find(c.name, OL_SPAN(":")) >= 0;
			break;
		case OL_LOG_DATA:
			must(open && c.input == open && c.data.n);
			ol_out_span(&g->bytes, ol_span_head(c.data, 1 << 20));
			break;
		case OL_LOG_END:
			must(open && c.input == open);
			open = 0;
			break;
		case OL_LOG_WARN:
			must(c.err.msg[0]);
			g->warnings++;
			break;
		default:
			must(!"idle without follow");
		}
		/* a bomb goes on for ever; what is asked is that its reader need not */
		budget -= c.data.n < budget ? c.data.n : budget;
		if (!budget)
			return;
	}
	must(!open);
	must(!ol_logsrc_next(s, &c) && c.what == OL_LOG_EOF);
}

static void one_path(const char *path, const char *root, struct got *g, bool kmsg)
{
	struct ol_logsrc_opts opts = { .since_us = OL_TIME_NONE,
				       .until_us = OL_TIME_NONE,
				       .root = root };
	struct ol_logsrc *s = ol_logsrc_new(&opts);
	struct ol_err err = { "" };
	int r;

	must(s);
	*g = (struct got){ 0 };
	r = kmsg ? ol_logsrc_add_kmsg(s, &err) : ol_logsrc_add_path(s, path, &err);
	must(!r || err.msg[0]);
	if (!r)
		read_all(s, g);
	ol_logsrc_free(s);
}

static void a_file(struct ol_span data)
{
	char path[64];
	struct got file, stream;
	int fd = memfd_create("fuzz", MFD_CLOEXEC), p[2];

	must(fd >= 0 && write(fd, data.p, data.n) == (ssize_t)data.n);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	one_path(path, NULL, &file, false);
	close(fd);

	must(!pipe2(p, O_CLOEXEC));
	fcntl(p[1], F_SETPIPE_SZ, 1 << 20);
	if (data.n < 65536 && write(p[1], data.p, data.n) == (ssize_t)data.n) {
		close(p[1]);
		p[1] = dup(STDIN_FILENO);
		must(dup2(p[0], STDIN_FILENO) == STDIN_FILENO);
		one_path("-", NULL, &stream, false);
		if (p[1] >= 0)
			dup2(p[1], STDIN_FILENO);
		/* of a tar without a name that is known a pipe cannot give every text */
		if (!file.tar && !stream.tar && file.inputs && stream.inputs && !file.warnings &&
		    !stream.warnings)
			must(ol_span_eq(check_all(&file.bytes), check_all(&stream.bytes)));
		ol_out_done(&stream.bytes);
	}
	close(p[0]);
	if (p[1] >= 0)
		close(p[1]);
	ol_out_done(&file.bytes);
}

static int on_line(void *arg, const struct ol_line *l)
{
	must(l->transport != OL_TR_KMSG || l->prefixed);
	++*(unsigned *)arg;
	return 0;
}

/* Each record is a packet, as read(2) of the device gives them. */
static void a_kmsg(struct ol_span data)
{
	char to[64];
	struct ol_span part[2], s;
	struct ol_framer *f;
	unsigned records = 0, lines = 0;
	struct got g;
	int p[2];

	for (int i = 0; i < 2; i++) {
		ssize_t nul = ol_span_chr(data, 0);

		part[i] = ol_span_head(data, nul < 0 ? 0 : (size_t)nul);
		data = ol_span_skip(data, part[i].n + (nul >= 0));
	}
	must(!pipe2(p, O_CLOEXEC | O_DIRECT | O_NONBLOCK));
	fcntl(p[1], F_SETPIPE_SZ, 1 << 20);
	snprintf(to, sizeof(to), "@@ dev/kmsg > /proc/self/fd/%d\n", p[0]);
	s = ol_span_str(to);
	tree_write(&s);
	tree_put(OL_SPAN("proc/sys/kernel/hostname"), part[0], ol_span(NULL, 0));
	tree_put(OL_SPAN("proc/sys/kernel/random/boot_id"), part[1], ol_span(NULL, 0));
	while (data.n) {
		ssize_t nul = ol_span_chr(data, 0);
		struct ol_span r = ol_span_head(data, nul < 0 ? data.n : (size_t)nul);

		data = ol_span_skip(data, r.n + 1);
		if (r.n && r.n <= 4096 && write(p[1], r.p, r.n) == (ssize_t)r.n)
			records++;
	}
	close(p[1]);
	one_path(NULL, tree_dir, &g, true);
	close(p[0]);
	s = check_all(&g.bytes);
	f = ol_framer_new(on_line, &lines);
	must(f && (!s.n || s.p[s.n - 1] == '\n'));
	while (s.n) {
		ssize_t nl = ol_span_chr(s, '\n');

		must(records-- > 0); /* one line for a record at most */
		must(ol_framer_push(f, ol_span_head(s, (size_t)nl), 1, 0, false) >= 0);
		s = ol_span_skip(s, (size_t)nl + 1);
	}
	must(ol_framer_flush(f) >= 0);
	ol_framer_free(f);
	ol_out_done(&g.bytes);
}

static void a_dir(struct ol_span data)
{
	struct got g;

	tree_write(&data);
	one_path(tree_dir, NULL, &g, false);
	ol_out_done(&g.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ol_span rest = ol_span((const char *)data + 1, size ? size - 1 : 0);

	if (!size)
		return 0;
	if (data[0] == 'k')
		a_kmsg(rest);
	else if (data[0] == 'd')
		a_dir(rest);
	else if (data[0] == 'f')
		a_file(rest);
	return 0;
}
