// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/explain_run.h"
#include "cli/interrupt.h"

#include "analyze/judge/verdict.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- filters ---- */

static bool has(struct ol_span s, const char *part)
{
	return s.p && ol_span_find(s, ol_span_str(part)) >= 0;
}

/* A name that a collector gives has parts, "pod/web-0/app": each of them finds it. */
static bool is_host(struct ol_span host, const char *name)
{
	bool found = ol_span_eqs(host, name);

	while (host.n && !found) {
		ssize_t slash = ol_span_chr(host, '/');
		struct ol_span part = ol_span_head(host, slash < 0 ? host.n : (size_t)slash);

		found = ol_span_eqs(part, name);
		host = ol_span_skip(host, part.n + 1);
	}
	return found;
}

static bool wanted(const struct ol_explain_run *r, const struct ol_oom_event *e)
{
	bool ok;

	if (r->kind >= 0 && (int)e->kind != r->kind)
		return false;
	if (r->host && !is_host(e->host, r->host))
		return false;
	/*
	 * An event without a time cannot be shown to be outside. A stamp without a zone is taken
	 * for
	 * this machine's, as the user's "18:51" is: what is read off the log can be asked for.
	 */
	if (e->wall_us != OL_TIME_NONE) {
		int64_t at = e->wall_zone ? e->wall_us : ol_local_us(e->wall_us);

		if (at < r->since_us || at > r->until_us)
			return false;
	}
	if (r->comm) {
		ok = ol_span_eqs(e->trigger_comm.s, r->comm);
		for (uint32_t i = 0; i < e->victims.n && !ok; i++)
			ok = ol_span_eqs(e->victims.v[i].comm.s, r->comm);
		if (!ok)
			return false;
	}
	if (r->container && !has(e->container.id, r->container) &&
	    !has(e->container.pod_uid, r->container) && !has(e->container.unit, r->container) &&
	    !has(e->container.name, r->container) && !has(e->container.pod_name, r->container) &&
	    !has(e->container.namespace, r->container) &&
	    !has(e->container.container_name, r->container) &&
	    !has(e->container.outer.id, r->container) && !has(e->task_memcg.s, r->container) &&
	    !has(e->oom_memcg.s, r->container))
		return false;
	return true;
}

/* ---- output ---- */

void ol_explain_render(const struct ol_explain_run *r, struct ol_oom_event *e, struct ol_out *o)
{
	struct ol_json j;

	switch (r->form) {
	case FORM_JSON:
	case FORM_NDJSON:
		ol_json_init(&j, o);
		ol_event_json(&j, e);
		break;
	case FORM_LIST:
		ol_event_list_line(o, e, &r->text);
		break;
	case FORM_RAW:
		ol_event_raw(o, e);
		break;
	case FORM_TEXT:
		ol_event_text(o, e, &r->text);
		break;
	}
}

/* What stands in front of an event; JSON sees to its own commas. */
static void lead(struct ol_explain_run *r)
{
	if ((r->form == FORM_RAW || r->form == FORM_TEXT) && r->shown)
		ol_out_char(&r->out, '\n');
	if (r->form == FORM_LIST && !r->shown)
		ol_event_list_head(&r->out, &r->text);
	r->shown++;
}

/* A stream's reader waits for this event, not for the next 64 KiB. */
static int shown(struct ol_explain_run *r)
{
	if (r->form == FORM_NDJSON || r->follow) {
		ol_explain_clear_progress(r);
		return ol_out_flush(&r->out);
	}
	return r->out.err;
}

static int show_text(struct ol_explain_run *r, struct ol_span text)
{
	lead(r);
	if (r->form == FORM_JSON || r->form == FORM_NDJSON)
		ol_explain_json_rendered(&r->json, text);
	else
		ol_out_span(&r->out, text);
	return shown(r);
}

void ol_explain_clear_progress(const struct ol_explain_run *r)
{
	if (r->progress && r->ui.tty_err)
		(void)!write(STDERR_FILENO, "\r\033[K", 4);
}

int ol_explain_print_incident(void *arg, const struct ol_incident *in)
{
	struct ol_explain_run *r = arg;

	if (r->shown++)
		ol_out_char(&r->out, '\n');
	ol_incident_text(&r->out, in, &r->text);
	return r->out.err;
}

/* One event of an incident is explained, the fullest; it is printed when the incident is over. */
static int fold_event(struct ol_explain_run *r, struct ol_oom_event *e)
{
	struct ol_incident *told;
	struct ol_out mem;
	int x = ol_incidents_add(r->incidents, e, &told);

	if (x || !told)
		return x;
	ol_out_init(&mem, -1);
	mem.ascii = r->out.ascii;
	ol_event_text(&mem, e, &r->text);
	x = mem.err ? mem.err : ol_incident_set_text(told, ol_span(mem.buf, mem.n));
	ol_out_done(&mem);
	return x == -E2BIG ? 0 : x;
}

static int keep(struct ol_explain_run *r, struct ol_span text)
{
	struct kept *k = &r->kept[r->n_kept++ % r->last_n];
	char *p = malloc(text.n ? text.n : 1);

	if (!p)
		return -ENOMEM;
	if (text.n)
		memcpy(p, text.p, text.n);
	free(k->p);
	*k = (struct kept){ p, text.n };
	return 0;
}

int ol_explain_show_rendered(struct ol_explain_run *r, struct ol_span text)
{
	return r->last_n ? keep(r, text) : show_text(r, text);
}

int ol_explain_judge(struct ol_oom_event *e)
{
	/* an event too large to be judged is shown without a verdict */
	if (!e->verdict)
		(void)ol_event_judge(e);
	/* from half of what it looks at the verdict may be another one */
	return ol_had_no_memory() ? -ENOMEM : 0;
}

int ol_explain_show(struct ol_explain_run *r, struct ol_oom_event *e)
{
	struct ol_out mem;
	int x = ol_explain_judge(e);

	if (x)
		return x;
	if (r->incidents)
		return fold_event(r, e);
	if (r->last_n) {
		ol_out_init(&mem, -1);
		mem.ascii = r->out.ascii;
		ol_explain_render(r, e, &mem);
		x = mem.err ? mem.err : keep(r, ol_span(mem.buf, mem.n));
		ol_out_done(&mem);
		return x;
	}
	lead(r);
	if (r->form == FORM_JSON || r->form == FORM_NDJSON)
		ol_explain_json_event(&r->json, e);
	else
		ol_explain_render(r, e, &r->out);
	return shown(r);
}

static int on_event(void *arg, struct ol_oom_event *e)
{
	struct ol_explain_run *r = arg;

	r->events++;
	if (!wanted(r, e))
		return 0;
	return r->deliver ? r->deliver(r->job, e) : ol_explain_show(r, e);
}

int ol_explain_print_kept(struct ol_explain_run *r)
{
	uint64_t first = r->n_kept > r->last_n ? r->n_kept - r->last_n : 0;
	int x = 0;

	for (uint64_t i = first; i < r->n_kept && !x; i++) {
		struct kept *k = &r->kept[i % r->last_n];

		x = show_text(r, ol_span(k->p, k->n));
	}
	return x;
}

/* ---- progress: only on a terminal, only when it takes longer than a second ---- */

void ol_explain_progress(struct ol_explain_run *r, uint64_t consumed, uint64_t total,
			 int64_t started_us)
{
	static int64_t last;
	int64_t now = ol_mono_us();
	double seconds = (double)(now - started_us) / 1e6, mb = (double)consumed / 1e6;
	char line[200];
	int n;

	if (!r->progress || now - started_us < 1000000 || now - last < 200000)
		return;
	last = now;
	if (total > consumed)
		n = snprintf(line, sizeof(line),
			     "\r\033[K%.0f of %.0f MB  %.0f MB/s  %llu events  %.0f s left", mb,
			     (double)total / 1e6, mb / seconds, (unsigned long long)r->events,
			     (double)(total - consumed) / 1e6 / (mb / seconds + 1e-9));
	else
		n = snprintf(line, sizeof(line), "\r\033[K%.0f MB  %.0f MB/s  %llu events", mb,
			     mb / seconds, (unsigned long long)r->events);
	if (n > 0)
		(void)!write(STDERR_FILENO, line, (size_t)n);
}

/* ---- inputs ---- */

static struct input *input_find(struct ol_explain_run *r, uint32_t id)
{
	for (unsigned i = 0; i < r->n_inputs; i++)
		if (r->inputs[i].id == id)
			return &r->inputs[i];
	return NULL;
}

static int input_begin(struct ol_explain_run *r, const struct ol_logchunk *c)
{
	struct ol_parser *carried;
	struct input *in;

	if (r->n_inputs == INPUTS_MAX) {
		ol_say("too many inputs at a time");
		return -EMFILE;
	}
	in = &r->inputs[r->n_inputs];
	carried = r->carry;
	in->parser = carried    ? carried
		     : r->spare ? r->spare
				: ol_parser_new(&r->parse, on_event, r);
	if (!carried)
		r->spare = NULL;
	r->carry = NULL;
	in->id = c->input;
	in->name = malloc(c->name.n + 1);
	if (!in->parser || !in->name)
		return -ENOMEM;
	memcpy(in->name, c->name.p, c->name.n);
	in->name[c->name.n] = 0;
	in->fed = in->no_log = 0;
	in->named = c->named;
	in->ahead = r->look_ahead && c->fd >= 0 ? ol_ahead_new(c->fd, c->size, r->helpers) : NULL;
	if (in->ahead)
		r->look_ahead(r->job, in->ahead);
	r->n_inputs++;
	return carried ? ol_parser_continue(in->parser, c->name, c->mtime_us)
		       : ol_parser_begin(in->parser, c->name, c->mtime_us);
}

static struct ol_span keep_span(struct ol_span s)
{
	char *p = malloc(s.n ? s.n : 1);

	if (p && s.n)
		memcpy(p, s.p, s.n);
	if (!p)
		ol_no_memory();
	return ol_span(p, p ? s.n : 0);
}

void ol_explain_add_warning(struct ol_explain_run *r, struct ol_span file, uint64_t line,
			    struct ol_span text)
{
	struct ol_explain_warning *w;

	if (r->n_warnings >= 1000)
		return;
	w = realloc(r->warnings, (r->n_warnings + 1) * sizeof(*w));
	if (!w) {
		ol_no_memory();
		return;
	}
	r->warnings = w;
	w[r->n_warnings++] = (struct ol_explain_warning){ file.p ? keep_span(file) : file, line,
							  keep_span(text) };
}

static const struct ol_sign *keep_signs(const struct ol_parser *p)
{
	const struct ol_sign *s = ol_parser_signs(p);
	struct ol_sign *copy;
	uint64_t any = 0;

	for (int k = 0; k < OL_SIGN_MAX; k++)
		any += s[k].count;
	copy = any ? malloc(OL_SIGN_MAX * sizeof(*s)) : NULL;
	if (any && !copy)
		ol_no_memory();
	return copy ? memcpy(copy, s, OL_SIGN_MAX * sizeof(*s)) : NULL;
}

#define NO_LOG_BYTES (16u << 10)

/* Bytes of a log; what others have found in them is made use of. */
static int input_data(struct input *in, struct ol_span data)
{
	int x = 0;

	if (!in->fed)
		in->no_log = ol_no_log_in(ol_span_head(data, NO_LOG_BYTES), &in->no_log_line);

	while (data.n && !x) {
		size_t n = data.n;

		if (in->ahead)
			ol_parser_scanned(in->parser, ol_ahead_at(in->ahead, in->fed, &n));
		in->fed += n;
		x = ol_parser_feed(in->parser, data.p, n);
		data = ol_span_skip(data, n);
	}
	return x;
}

static void no_ahead(struct ol_explain_run *r, struct input *in)
{
	if (!in->ahead)
		return;
	ol_parser_scanned(in->parser, NULL);
	ol_ahead_done(in->ahead);
	r->look_ahead(r->job, NULL);
	ol_ahead_unref(in->ahead);
	in->ahead = NULL;
}

/* Trouble with an input: a job's is said by who shows its events. */
static void say(struct ol_explain_run *r, struct ol_span file, const char *text)
{
	if (!r->deliver) {
		ol_explain_clear_progress(r);
		ol_say("%s", text);
	}
	ol_explain_add_warning(r, file, 0, ol_span_str(text));
}

/* What it holds is no log, which whoever named it may not know. */
static void note_no_log(struct ol_explain_run *r, const struct input *in)
{
	char text[400];
	size_t n = 0;

	r->no_log |= in->no_log;
	for (unsigned i = 0; i < OL_NO_LOG_MAX && n < sizeof(text) / 2; i++)
		if (in->no_log >> i & 1)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s",
					      n ? ", " : "no event in it, but ",
					      ol_no_log_name((enum ol_no_log)i));
	snprintf(text + n, sizeof(text) - n, ": oomlens snap reads that");
	ol_explain_add_warning(r, ol_span_str(in->name), in->no_log_line, ol_span_str(text));
}

/*
 * What was looked at. An empty log is most often the output of something that failed: that nothing
 * was found in it is no news.
 */
static void note_read(struct ol_explain_run *r, const struct input *in,
		      const struct ol_parser_stats *st)
{
	struct ol_span name = ol_span_str(in->name);
	char text[500];

	r->bytes += st->bytes;
	r->lines += st->lines;
	if (in->no_log && in->named && !st->events)
		note_no_log(r, in);
	if (st->bytes || !in->named) {
		if (!r->n_read++)
			r->only = keep_span(name);
		return;
	}
	if (r->follow || r->cut || ol_interrupted())
		return; /* it may have something yet */
	r->n_empty++;
	if (!strcmp(in->name, "-"))
		snprintf(text, sizeof(text), "standard input was empty: nothing was checked%s",
			 r->bare ? " (it is read when no FILE is named and it is no terminal; "
				   "--dmesg or --journal read this machine's log)"
				 : "");
	else
		snprintf(text, sizeof(text), "%.350s: is empty: nothing was checked", in->name);
	say(r, name, text);
}

/* @goes_on: the next input is the same log, rotated later, and may hold the end of a dump */
static int input_end(struct ol_explain_run *r, struct input *in, bool goes_on)
{
	int x = goes_on ? ol_parser_turn(in->parser) : ol_parser_end(in->parser);
	struct ol_parser_stats st = ol_parser_stats(in->parser);
	const struct ol_warning *w;
	struct ol_explain_file *f = NULL;
	size_t n;

	no_ahead(r, in);
	note_read(r, in, &st);
	w = ol_parser_warnings(in->parser, &n);
	for (size_t i = 0; i < n; i++)
		ol_explain_add_warning(r, ol_span_str(in->name), w[i].line, ol_span_str(w[i].text));
	if (r->n_files < FILES_MAX && (r->form == FORM_JSON || r->form == FORM_TEXT)) {
		f = realloc(r->files, (r->n_files + 1) * sizeof(*f));
		if (!f)
			ol_no_memory();
	}
	if (f) {
		r->files = f;
		f[r->n_files++] =
			(struct ol_explain_file){ keep_span(ol_span_str(in->name)), st.bytes,
						  st.lines, st.events, keep_signs(in->parser) };
	}
	free(in->name);
	if (goes_on)
		r->carry = in->parser;
	else if (r->spare)
		ol_parser_free(in->parser);
	else
		r->spare = in->parser;
	*in = r->inputs[--r->n_inputs];
	return x;
}

/* The file that was to go on does not come (unreadable, interrupted). */
static int drop_carry(struct ol_explain_run *r)
{
	int x;

	if (!r->carry)
		return 0;
	x = ol_parser_end(r->carry);
	ol_parser_free(r->carry);
	r->carry = NULL;
	return x;
}

static void trouble(struct ol_explain_run *r, const struct ol_logchunk *c)
{
	struct input *in = input_find(r, c->input);

	/* one of which nothing could be read is not empty */
	if (in)
		in->named = false;
	say(r, c->name, c->err.msg);
	r->trouble = true;
}

/* The first record of /dev/kmsg, "6,1234,5678901,-;text": those before it are overwritten. */
static void note_overwritten(struct ol_explain_run *r, struct ol_span data)
{
	uint64_t prefix, seq;

	if (ol_eat_u64(&data, &prefix) && ol_span_eat(&data, OL_SPAN(",")) &&
	    ol_eat_u64(&data, &seq))
		r->overwritten = seq;
}

static bool stopped(const struct ol_explain_run *r)
{
	return ol_interrupted() || (r->stop && __atomic_load_n(r->stop, __ATOMIC_RELAXED));
}

int ol_explain_read(struct ol_explain_run *r, struct ol_logsrc *src)
{
	int64_t started = ol_mono_us();
	struct ol_logchunk c;
	struct input *in;
	int x = 0, y;

	while (!x && !stopped(r)) {
		x = ol_logsrc_next(src, &c);
		if (x < 0) {
			trouble(r, &c);
			break;
		}
		in = input_find(r, c.input);
		switch (c.what) {
		case OL_LOG_BEGIN:
			x = input_begin(r, &c);
			break;
		case OL_LOG_DATA:
			ol_interrupt_count(c.data.n);
			if (in && !in->fed && ol_span_ends(c.name, OL_SPAN("dev/kmsg")))
				note_overwritten(r, c.data);
			if (in)
				x = input_data(in, c.data);
			__atomic_store_n(&r->consumed, c.consumed, __ATOMIC_RELAXED);
			if (!r->deliver)
				ol_explain_progress(r, c.consumed, c.total, started);
			break;
		case OL_LOG_END:
			if (in)
				x = input_end(r, in, c.goes_on);
			break;
		case OL_LOG_WARN:
			/* a read that was interrupted is no trouble of the log */
			if (stopped(r))
				break;
			trouble(r, &c);
			x = drop_carry(r);
			break;
		case OL_LOG_IDLE:
			for (unsigned i = 0; i < r->n_inputs && !x; i++)
				x = ol_parser_idle(r->inputs[i].parser, 3000000);
			if (!x && r->follow)
				x = ol_out_flush(&r->out);
			break;
		case OL_LOG_EOF:
			goto out;
		}
	}
	r->cut = stopped(r);
	if (r->cut && r->n_inputs == 1 && !r->deliver)
		r->cut_in = keep_span(ol_span_str(r->inputs[0].name));
out:
	y = drop_carry(r);
	x = x ? x : y;
	while (r->n_inputs) {
		y = input_end(r, &r->inputs[0], false);

		x = x ? x : y;
	}
	if (!r->deliver)
		ol_explain_clear_progress(r);
	return x;
}

void ol_explain_run_free(struct ol_explain_run *r)
{
	ol_parser_free(r->spare);
	for (size_t i = 0; i < r->n_files; i++) {
		free((char *)r->files[i].name.p);
		free((void *)r->files[i].signs);
	}
	for (size_t i = 0; i < r->n_warnings; i++) {
		free((char *)r->warnings[i].file.p);
		free((char *)r->warnings[i].text.p);
	}
	for (uint64_t i = 0; r->kept && i < r->last_n; i++)
		free(r->kept[i].p);
	free((char *)r->cut_in.p);
	free((char *)r->only.p);
	free(r->kept);
	free(r->files);
	free(r->warnings);
	free(r);
}
