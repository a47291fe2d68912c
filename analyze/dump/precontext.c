// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/dump_impl.h"

/*
 * A dump whose first line is lost still has its CPU line and its call trace; but these look like
 * those of any other oops until what follows tells. They wait here, one set per printing context.
 */

void ol_pre_reset(struct ol_pre *p)
{
	p->n = p->used = 0;
}

/* Not the lines: nobody looks behind .n and .used. */
void ol_pre_clear(struct ol_pre *p)
{
	ol_pre_reset(p);
	p->byte = p->seq = 0;
	memset(p->caller, 0, sizeof(p->caller));
}

/* The lines of this context, else the place that was not used for longest. */
struct ol_pre *ol_pre_of(struct ol_pre pre[OL_PRE_CONTEXTS], struct ol_span caller)
{
	struct ol_pre *p = &pre[0];

	for (int i = 0; i < OL_PRE_CONTEXTS; i++)
		if (ol_span_eq(ol_span_str(pre[i].caller), caller))
			return &pre[i];
		else if (pre[i].seq < p->seq)
			p = &pre[i];
	ol_pre_reset(p);
	memset(p->caller, 0, sizeof(p->caller));
	if (caller.n < sizeof(p->caller) && caller.n)
		memcpy(p->caller, caller.p, caller.n);
	return p;
}

/*
 * Without caller ids a foreign line or two may stand between; with them all that matters is ours.
 */
bool ol_pre_stale(const struct ol_pre *p, uint64_t seq)
{
	return seq - p->seq > (p->caller[0] ? 200 : 4);
}

void ol_pre_add(struct ol_pre pre[OL_PRE_CONTEXTS], uint64_t seq, const struct ol_msg *m)
{
	struct ol_pre *p = ol_pre_of(pre, m->line->caller);

	if (m->kind == OL_LINE_CPUSET || m->kind == OL_LINE_CPU_LINE_OLD ||
	    (m->kind == OL_LINE_CPU_LINE && !(p->n == 1 && p->l[0].kind == OL_LINE_CPUSET)) ||
	    ol_pre_stale(p, seq))
		ol_pre_reset(p);
	if (!p->n)
		p->byte = m->line->byte;
	p->seq = seq;
	if (p->n == OL_PRE_LINES || m->text.n > OL_PRE_BYTES - p->used)
		return;
	p->l[p->n].off = p->used;
	p->l[p->n].len = (uint32_t)m->text.n;
	p->l[p->n].line = m->lineno;
	p->l[p->n].kind = (uint8_t)m->kind;
	p->n++;
	memcpy(p->buf + p->used, m->text.p, m->text.n);
	p->used += (uint32_t)m->text.n;
}

bool ol_pre_printed(const struct ol_pre *p)
{
	static const struct ol_span printers[] = {
		OL_SPAN_INIT("dump_stack"),       OL_SPAN_INIT("show_stack"),
		OL_SPAN_INIT("dump_backtrace"),   OL_SPAN_INIT("show_trace"),
		OL_SPAN_INIT("unwind_backtrace"),
	};

	for (uint32_t i = p->n; i-- > 0;) {
		struct ol_span text = ol_span(p->buf + p->l[i].off, p->l[i].len);

		if (p->l[i].kind != OL_LINE_FRAME)
			continue;
		for (size_t k = 0; k < sizeof(printers) / sizeof(printers[0]); k++)
			if (ol_span_has(text, printers[k]))
				return true;
	}
	return false;
}
