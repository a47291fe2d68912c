// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/dump_impl.h"

/*
 * A machine that stands still is not always short of memory. These lines say what else it may be:
 *
 * INFO: task qemu-system-x86:4242 blocked for more than 120 seconds.	(its call trace follows)
 * watchdog: BUG: soft lockup - CPU#3 stuck for 26s! [kworker/3:1:99]
 * rcu: INFO: rcu_sched self-detected stall on CPU
 * blk_update_request: I/O error, dev sda, sector 1234
 * nfs: server nas not responding, still trying
 */

#define S(lit) OL_SPAN(lit)

const char *ol_sign_name(enum ol_sign_kind k)
{
	static const char *const names[OL_SIGN_MAX] = {
#define OL_SIGN(id, name) [OL_SIGN_##id] = name,
		OL_SIGNS(OL_SIGN)
#undef OL_SIGN
	};

	return (unsigned)k < OL_SIGN_MAX ? names[k] : NULL;
}

/* " ? io_schedule+0x1f/0x40 [mod]" -> "io_schedule" */
static struct ol_span function_of(struct ol_span t)
{
	ssize_t at;

	while (ol_span_starts(t, S("["))) {
		at = ol_span_chr(t, ']');
		if (at < 0)
			break;
		t = ol_span_ltrim(ol_span_skip(t, (size_t)at + 1));
	}
	ol_span_eat(&t, S("? "));
	at = ol_span_find(t, S("+0x"));
	return at > 0 ? ol_span_head(t, (size_t)at) : (struct ol_span){ NULL, 0 };
}

static void note_frame(struct ol_sign *s, struct ol_span text)
{
	static const char *const sleeping[] = { "__schedule",          "schedule",
						"schedule_timeout",    "io_schedule",
						"io_schedule_timeout", "schedule_preempt_disabled",
						"__sched_text_start",  "bit_wait",
						"bit_wait_io",         NULL };
	struct ol_span f = function_of(text);

	if (!f.p || f.n >= sizeof(s->where))
		return;
	s->io |= ol_span_starts(f, S("io_schedule")) || ol_span_starts(f, S("bit_wait_io"));
	for (int i = 0; sleeping[i]; i++)
		if (ol_span_eqs(f, sleeping[i]))
			return;
	memcpy(s->where, f.p, f.n);
	s->where[f.n] = 0;
}

enum ol_sign_kind ol_sign_of(enum ol_line_kind kind)
{
	int sign = ol_kinds[kind].sign;

	return sign ? (enum ol_sign_kind)(sign - 1) : OL_SIGN_MAX;
}

void ol_signs_note(struct ol_sign signs[OL_SIGN_MAX], enum ol_line_kind kind, struct ol_span text,
		   uint32_t line, bool *follow)
{
	struct ol_sign *s;
	size_t n;

	if (kind == OL_LINE_FRAME) {
		s = &signs[OL_SIGN_HUNG_TASK];
		if (*follow && !s->where[0])
			note_frame(s, text);
		return;
	}
	s = &signs[ol_sign_of(kind)];
	*follow = kind == OL_LINE_HUNG_TASK;
	if (!s->count++) {
		s->first_line = line;
		n = text.n < sizeof(s->text) ? text.n : sizeof(s->text) - 1;
		memcpy(s->text, text.p, n);
		s->text[n] = 0;
	}
	s->last_line = line;
}

/*
 * warn_alloc: 25 callbacks suppressed		a rate limit: calls of one function said nothing
 * __ratelimit: 3 callbacks suppressed, printk: 7 messages suppressed.	the same; whose is not told
 * systemd: 15 output lines suppressed due to ratelimiting		what user space wrote
 * ** 123 printk messages dropped **, Missed 12 kernel messages		lines are lost, whoever's
 */
void ol_withheld_add(struct ol_withheld *w, struct ol_span text)
{
	bool lost = ol_span_find(text, OL_SPAN(" messages dropped")) >= 0 ||
		    ol_span_find(text, OL_SPAN(" kernel messages")) >= 0;
	ssize_t colon = lost ? -1 : ol_span_find(text, OL_SPAN(": "));
	struct ol_span by = ol_span_head(text, colon > 0 ? (size_t)colon : 0);
	bool another;
	uint64_t n;

	if (colon > 0)
		text = ol_span_skip(text, (size_t)colon + 2);
	while (text.n && !ol_is_digit(text.p[0]))
		text = ol_span_skip(text, 1);
	if (!ol_eat_u64(&text, &n))
		n = 1;
	if (lost) {
		w->lost += n;
		return;
	}
	if (by.n >= sizeof(w->by) || ol_span_chr(by, ' ') >= 0 || ol_span_eqs(by, "printk") ||
	    ol_span_eqs(by, "__ratelimit"))
		by.n = 0;
	another = w->limited && !ol_span_eqs(by, w->by);
	memset(w->by, 0, sizeof(w->by));
	if (!another)
		memcpy(w->by, by.p, by.n);
	w->limited += n;
}
