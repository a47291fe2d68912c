// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/dump_impl.h"
#include "analyze/dump/scan.h"

#include <errno.h>
#include <stdlib.h>

/*
 * Text that was pasted from a terminal, a mail or a web page comes with its long lines broken: at a
 * column, in the middle of a word, or at a blank. The kernel's own lines tell whether they are
 * whole, so a line that is not is held until the next one shows whether it goes on: only a line
 * without a prefix of its own can, and only when what it begins with continues the held shape.
 * "Both ways are tried and the one that parses is kept": with a blank at the seam, or without.
 */

#define S(lit)     OL_SPAN(lit)
#define PREFIX_MAX 512
#define APART_MAX  3 /* lines between two parts of one that was broken */

struct held_prefix {
	struct ol_line line;
	char buf[PREFIX_MAX];
};

struct ol_unwrap {
	ol_msg_fn fn;
	void *arg;

	bool held;
	struct held_prefix prefix; /* of the held line */
	char *text;
	size_t n;
	enum ol_shape shape;
	uint64_t lineno, last_lineno;
	size_t bytes; /* of the lines that are held */
	size_t phys_len; /* of the last physical line that went in */
	bool ended_blank;

	struct held_prefix last; /* what lines without a prefix inherit */
	bool has_last;
	uint32_t cols; /* numeric columns of the table that was announced last */
	size_t width; /* column at which this paste breaks words; 0 unknown */
	bool eof_cut;
	char raw[512]; /* the last line as it stands in the input */
	size_t raw_n; /* 0: none to compare with */
	uint64_t raw_line, twice; /* its number; that of one that was said twice */
};

struct ol_unwrap *ol_unwrap_new(ol_msg_fn fn, void *arg)
{
	struct ol_unwrap *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->text = malloc(OL_TEXT_MAX);
	if (!u->text) {
		free(u);
		return NULL;
	}
	u->fn = fn;
	u->arg = arg;
	return u;
}

void ol_unwrap_free(struct ol_unwrap *u)
{
	if (!u)
		return;
	free(u->text);
	free(u);
}

void ol_unwrap_reset(struct ol_unwrap *u)
{
	u->held = false;
	u->has_last = false;
	u->cols = 0;
	u->width = 0;
	u->eof_cut = false;
	u->raw_n = u->twice = 0;
}

bool ol_unwrap_holds(const struct ol_unwrap *u)
{
	/* "Memory cgroup out of memory: Killed" is nothing before "process 11280 (…" has come */
	return u->held && (u->shape != OL_SH_NONE || ol_scan(OL_SCAN_EVENT, u->text, u->n) < u->n);
}

void ol_unwrap_eof_cut(struct ol_unwrap *u)
{
	u->eof_cut = true;
}

static struct ol_span keep(struct ol_span s, char **to, const char *end)
{
	struct ol_span copy;

	if (!s.p)
		return s;
	if (s.n > (size_t)(end - *to))
		s.n = (size_t)(end - *to);
	ol_bytes_copy(*to, s.p, s.n);
	copy = ol_span(*to, s.n);
	*to += s.n;
	return copy;
}

static void keep_prefix(struct held_prefix *h, const struct ol_line *line)
{
	char *to = h->buf, *end = h->buf + sizeof(h->buf);

	h->line = *line;
	h->line.host = keep(line->host, &to, end);
	h->line.stamp = keep(line->stamp, &to, end);
	h->line.tag = keep(line->tag, &to, end);
	h->line.caller = keep(line->caller, &to, end);
	h->line.boot = keep(line->boot, &to, end);
	h->line.text = h->line.raw = (struct ol_span){ NULL, 0 };
	h->line.again = h->line.row_again = false;
	h->line.row = NULL;
}

static bool has(struct ol_span t, struct ol_span needle)
{
	return ol_span_find(t, needle) >= 0;
}

static bool ends_digit(struct ol_span t)
{
	return t.n && ol_is_digit(t.p[t.n - 1]);
}

/* ---- is a line whole? ---- */

static bool pages_kv(struct ol_span tok)
{
	ssize_t colon = ol_span_chr(tok, ':');
	uint64_t v;

	return colon > 0 && ol_key_find(ol_span_head(tok, (size_t)colon)) != OL_K_NONE &&
	       ol_span_u64(ol_span_skip(tok, (size_t)colon + 1), &v);
}

static struct ol_span last_token(struct ol_span t)
{
	size_t i = t.n;

	while (i && !ol_is_blank(t.p[i - 1]))
		i--;
	return ol_span_skip(t, i);
}

/* As many numbers as the table has columns, and a name behind them */
static bool row_whole(const struct ol_unwrap *u, struct ol_span t, const struct ol_row *row)
{
	return row->n >= (u->cols ? u->cols : 7) && ol_span_ltrim(ol_span_skip(t, row->name)).n;
}

/* Where it mostly stands, at the end, is looked first. */
static bool says_unreclaimable(struct ol_span t)
{
	return ol_span_ends(t, S("all_unreclaimable? no")) ||
	       ol_span_ends(t, S("all_unreclaimable? yes")) ||
	       has(t, S("all_unreclaimable? yes")) || has(t, S("all_unreclaimable? no"));
}

static bool zone_whole(struct ol_span t)
{
	bool kb = ol_span_ends(t, S("kB"));

	return (kb && ol_span_starts(last_token(t), S("free_cma:"))) || says_unreclaimable(t) ||
	       (kb && has(t, S(" free_cma:")));
}

/*
 * True when no kernel prints more of this line; lines of other shapes are never held. @row: of a
 * row of the task table, NULL when nobody has read it yet.
 */
static bool whole(const struct ol_unwrap *u, enum ol_shape sh, struct ol_span t,
		  const struct ol_row *row)
{
	struct ol_span task, limit;
	struct ol_row own;

	switch (sh) {
	case OL_SH_NONE:
		return false;
	case OL_SH_INVOKED:
		return ends_digit(t) && (has(t, S("adj=")) || has(t, S("oomkilladj=")));
	case OL_SH_INVOKED_OLD:
		return ends_digit(t) && has(t, S("order="));
	case OL_SH_ALLOC_FAIL:
	case OL_SH_ALLOC_STALL:
	case OL_SH_VMALLOC_FAIL:
	case OL_SH_SLUB_FAIL:
		return has(t, S("mems_allowed=")) && ends_digit(t);
	case OL_SH_CPU_LINE:
	case OL_SH_CPU_LINE_OLD:
		return has(t, S(" #"));
	case OL_SH_TASK_IN:
		return ol_task_in_split(t, &task, &limit) && limit.n &&
		       !ol_limit_may_go_on(task, limit);
	case OL_SH_MEMCG_USAGE:
	case OL_SH_MEMCG_MEMSW:
	case OL_SH_MEMCG_KMEM:
	case OL_SH_MEMCG_SWAP:
		return has(t, S(" failcnt ")) && ends_digit(t);
	case OL_SH_MEMCG_STATS:
		return t.p[t.n - 1] == ':' || has(t, S(" unevictable:"));
	case OL_SH_COUNTERS:
		return pages_kv(last_token(t));
	case OL_SH_NODE:
		return says_unreclaimable(t);
	case OL_SH_ZONE:
		return zone_whole(t);
	case OL_SH_BUDDY:
		return (has(t, S(" = ")) && ol_span_ends(t, S("kB"))) ||
		       ol_span_ends(t, S("empty"));
	case OL_SH_HUGEPAGES:
		return has(t, S("hugepages_size=")) && ol_span_ends(t, S("kB"));
	case OL_SH_SWAP_STATS:
	case OL_SH_SWAP_STATS_OLD:
		return has(t, S("find ")) && has(t, S("/")) && ends_digit(t);
	case OL_SH_FREE_SWAP:
	case OL_SH_TOTAL_SWAP:
		return ol_span_ends(t, S("kB"));
	case OL_SH_TABLE_HEAD:
		return ol_span_ends(t, S("name"));
	case OL_SH_TABLE_ROW:
		return row ? row_whole(u, t, row) : ol_row_parse(t, &own) && row_whole(u, t, &own);
	case OL_SH_OOM_KILL:
		return has(t, S(",uid=")) && ends_digit(t);
	case OL_SH_KILLED:
		return has(t, S("oom_score_adj:")) && ends_digit(t);
	case OL_SH_CHOSEN:
	case OL_SH_CHOSEN_OLD:
		return ol_span_ends(t, S("child")) || ol_span_ends(t, S("children."));
	case OL_SH_REAPED:
		return has(t, S("shmem-rss:")) && ol_span_ends(t, S("kB"));
	case OL_SH_LOWMEM:
	case OL_SH_LOWMEM_OLD:
		return false;
	default:
		return true;
	}
}

/* ---- does the next line go on? ---- */

enum glue { GLUE_NONE, GLUE_BLANK, GLUE_TIGHT };

typedef bool (*token_fn)(struct ol_span tok);

/* free:3624kB, pages_scanned:0, shmem_thp: (its value follows behind a blank), yes */
static bool zone_token(struct ol_span tok)
{
	ssize_t colon = ol_span_chr(tok, ':');
	struct ol_span v = ol_span_skip(tok, (size_t)colon + 1);
	uint64_t n;

	if (colon < 0)
		return ol_span_eqs(tok, "all_unreclaimable?") || ol_span_eqs(tok, "yes") ||
		       ol_span_eqs(tok, "no");
	if (ol_key_find(ol_span_head(tok, (size_t)colon)) == OL_K_NONE)
		return false;
	if (!v.n)
		return true;
	if (!ol_eat_u64(&v, &n))
		return false;
	return ol_span_eqs(v, "kB") || ol_span_eqs(v, "KB") ||
	       (!v.n && ol_span_starts(tok, S("pages_scanned:")));
}

static bool stat_token(struct ol_span tok)
{
	ssize_t colon = ol_span_chr(tok, ':');
	struct ol_span v = ol_span_skip(tok, (size_t)colon + 1);
	uint64_t n;

	return colon > 0 && ol_key_find(ol_span_head(tok, (size_t)colon)) != OL_K_NONE &&
	       ol_eat_u64(&v, &n) && ol_span_eqs(v, "KB");
}

static bool buddy_token(struct ol_span tok)
{
	uint64_t v;

	if (ol_span_eqs(tok, "="))
		return true;
	if (tok.n > 2 && tok.p[0] == '(')
		return tok.p[tok.n - 1] == ')';
	if (!ol_eat_u64(&tok, &v))
		return false;
	return ol_span_eqs(tok, "kB") ||
	       (ol_span_eat(&tok, S("*")) && ol_eat_u64(&tok, &v) && ol_span_eqs(tok, "kB"));
}

static bool huge_token(struct ol_span tok)
{
	ssize_t eq = ol_span_chr(tok, '=');
	struct ol_span v = ol_span_skip(tok, (size_t)eq + 1);
	uint64_t n;

	return eq > 0 && ol_key_find(ol_span_head(tok, (size_t)eq)) != OL_K_NONE &&
	       ol_eat_u64(&v, &n) && (!v.n || ol_span_eqs(v, "kB"));
}

static bool number_token(struct ol_span tok)
{
	int64_t v;

	return ol_span_i64(tok, &v);
}

static bool starts_any(struct ol_span t, const char *const *words)
{
	for (; *words; words++)
		if (ol_span_starts_str(t, *words))
			return true;
	return false;
}

static struct ol_span value_of(struct ol_span tok)
{
	size_t k = 0;

	while (k < tok.n && tok.p[k] != '=' && tok.p[k] != ':')
		k++;
	return ol_span_skip(tok, k + 1);
}

/* gfp_mask=0xd0(GFP_KERNEL|__GFP_ZERO), order=0, mode:0x20, nodemask=(null),cpuset=/ */
static bool invoked_token(struct ol_span tok)
{
	static const char *const words[] = { "oom-killer:", "invoked", "allocation", "failure:",
					     "page",        "stall",   "node",       NULL };
	static const char *const numbers[] = { "order=",      "oom_adj=", "oom_score_adj=",
					       "oomkilladj=", "order:",   NULL };
	static const char *const masks[] = { "gfp_mask=0x", "mode:0x", "gfp=0x", NULL };
	static const char *const lists[] = { "nodemask=", "cpuset=", "mems_allowed=", NULL };
	int64_t v;

	for (size_t i = 0; words[i]; i++)
		if (ol_span_eqs(tok, words[i]))
			return true;
	if (starts_any(tok, lists))
		return true;
	if (ol_span_ends(tok, S(",")))
		tok.n--;
	if (starts_any(tok, numbers))
		return ol_span_i64(value_of(tok), &v);
	if (!starts_any(tok, masks))
		return false;
	tok = value_of(tok);
	tok = ol_span_skip(tok, 2);
	while (tok.n && ol_is_xdigit(tok.p[0]))
		tok = ol_span_skip(tok, 1);
	return !tok.n || (tok.p[0] == '(' && ol_span_chr(tok, ')') == (ssize_t)tok.n - 1);
}

static bool usage_token(struct ol_span tok)
{
	uint64_t v;

	if (ol_span_eqs(tok, "usage") || ol_span_eqs(tok, "limit") || ol_span_eqs(tok, "failcnt"))
		return true;
	if (!ol_eat_u64(&tok, &v))
		return false;
	return !tok.n || ol_span_eqs(tok, "kB") || ol_span_eqs(tok, "kB,");
}

/* total-vm:169876kB, anon-rss:… UID:0 oom_score_adj:-998 */
static bool killed_token(struct ol_span tok)
{
	static const char *const words[] = { "total-vm:",  "anon-rss:",      "file-rss:",
					     "shmem-rss:", "UID:",           "pgtables:",
					     "vsz:",       "oom_score_adj:", NULL };
	ssize_t colon = ol_span_chr(tok, ':');
	struct ol_span v = ol_span_skip(tok, (size_t)colon + 1);
	int64_t n;

	if (ol_span_eqs(tok, "now"))
		return true;
	if (colon < 0 || !starts_any(tok, words) || !ol_eat_i64(&v, &n))
		return false;
	return !v.n || ol_span_eqs(v, ",") || ol_span_eqs(v, "kB") || ol_span_eqs(v, "kB,");
}

static bool chosen_token(struct ol_span tok)
{
	static const char *const words[] = { "score", "or",  "sacrifice", "a",
					     "child", "and", "children.", NULL };
	uint64_t v;

	for (size_t i = 0; words[i]; i++)
		if (ol_span_eqs(tok, words[i]))
			return true;
	return ol_span_u64(tok, &v);
}

static bool swap_token(struct ol_span tok)
{
	uint64_t v;

	if (ol_span_eqs(tok, "delete") || ol_span_eqs(tok, "find") || ol_span_eqs(tok, "race") ||
	    ol_span_eqs(tok, "="))
		return true;
	if (!ol_eat_u64(&tok, &v))
		return false;
	return !tok.n || ol_span_eqs(tok, ",") || ol_span_eqs(tok, "kB") || tok.p[0] == '/' ||
	       tok.p[0] == '+';
}

/* A seam that the tokens on both sides decide. */
static enum glue by_tokens(const struct ol_unwrap *u, struct ol_span held, struct ol_span next,
			   token_fn valid, bool blank)
{
	struct ol_span left = last_token(held), rest = next, right;
	char both[256];
	bool apart, together;

	if (!ol_span_token(&rest, &right))
		return GLUE_NONE;
	if (blank)
		return valid(right) ? GLUE_BLANK : GLUE_NONE;
	apart = valid(left) && valid(right);
	/*
	 * the first part of a kv list's line is no token of it: "Node 0 DMA", "Swap cache stats:
	 * add"
	 */
	if (!apart && valid(right) && !ends_digit(left))
		apart = left.n && !ol_is_digit(right.p[0]) && right.p[0] != ':';
	together = false;
	if (left.n + right.n <= sizeof(both)) {
		memcpy(both, left.p, left.n);
		memcpy(both + left.n, right.p, right.n);
		together = valid(ol_span(both, left.n + right.n));
	}
	if (apart && together)
		return u->width && u->phys_len == u->width ? GLUE_TIGHT : GLUE_BLANK;
	return together ? GLUE_TIGHT : apart ? GLUE_BLANK : GLUE_NONE;
}

/* Which of the two joins has the phrase that the shape must come to have? */
static enum glue by_phrase(struct ol_span held, struct ol_span next, struct ol_span phrase)
{
	size_t k = held.n < 64 ? held.n : 64, m = next.n < 64 ? next.n : 64;
	char tmp[130];

	if (has(held, phrase))
		return GLUE_NONE;
	memcpy(tmp, held.p + held.n - k, k);
	tmp[k] = ' ';
	memcpy(tmp + k + 1, next.p, m);
	if (has(ol_span(tmp, k + 1 + m), phrase))
		return GLUE_BLANK;
	memcpy(tmp + k, next.p, m);
	return has(ol_span(tmp, k + m), phrase) ? GLUE_TIGHT : GLUE_NONE;
}

/* Does it begin as releases do: "6.1"? */
static bool release_word(struct ol_span t)
{
	uint64_t n;

	return ol_eat_u64(&t, &n) && ol_span_eat(&t, S(".")) && t.n && ol_is_digit(t.p[0]);
}

static enum glue cpu_glue(struct ol_span held, struct ol_span next)
{
	enum glue g = by_phrase(held, next, S("Not tainted "));

	if (g == GLUE_NONE)
		g = by_phrase(held, next, S("Tainted: "));
	if (g == GLUE_NONE)
		g = by_phrase(held, next, S(" #"));
	if (g != GLUE_NONE || !has(next, S(" #")))
		return g;
	/* "… 7.2.13-amd" + "64 #1": the word in front of " #" must be a release */
	return release_word(last_token(held)) && !release_word(next) ? GLUE_TIGHT : GLUE_BLANK;
}

/*
 * Task in /tenants/blue/a killed as a result of limit of /tenants/bl + ue
 * The limit is that of the task's own cgroup or of one above it, so the first path tells what the
 * second may go on with. A path is broken at a column only: it has no blanks.
 */
static enum glue task_in_glue(struct ol_span held, struct ol_span next)
{
	struct ol_span task, limit;

	if (ol_task_in_split(held, &task, &limit)) {
		if (!limit.n)
			return next.p[0] == '/' ? GLUE_BLANK : GLUE_NONE;
		return ol_limit_may_go_on(task, limit) &&
				       ol_span_starts(ol_span_skip(task, limit.n), next)
			       ? GLUE_TIGHT
			       : GLUE_NONE;
	}
	if (ol_span_find(next, S("killed as a result")) > 0)
		return GLUE_TIGHT;
	return by_phrase(held, next, S(" killed as a result of limit of"));
}

static enum glue fits(struct ol_unwrap *u, struct ol_span next, enum ol_shape shape, bool indented)
{
	struct ol_span held = ol_span(u->text, u->n), tok, rest = next;
	bool blank = u->ended_blank || indented;
	struct ol_row row;

	/* a line that is something by itself continues nothing, but for these likenesses */
	if (shape != OL_SH_NONE && shape != OL_SH_MEMCG_STAT && shape != OL_SH_COUNTERS &&
	    !(shape == OL_SH_BUDDY_FRAGMENT && u->shape == OL_SH_BUDDY) &&
	    !(shape == OL_SH_TASK_IN_LIMIT && u->shape == OL_SH_TASK_IN))
		return GLUE_NONE;
	switch (u->shape) {
	case OL_SH_INVOKED:
	case OL_SH_INVOKED_OLD:
	case OL_SH_ALLOC_FAIL:
	case OL_SH_ALLOC_STALL:
	case OL_SH_VMALLOC_FAIL:
	case OL_SH_SLUB_FAIL:
		/* "…|__GFP_HIGH" + "MEM), order=0": the mask's names have no blank to break at */
		tok = last_token(held);
		if (ol_span_chr(tok, '(') >= 0 && ol_span_chr(tok, ')') < 0 && !blank)
			return ol_span_chr(next, ')') >= 0 ? GLUE_TIGHT : GLUE_NONE;
		if (ol_span_ends(held, S("cpuset=")) || ol_span_starts(next, S("mems_allowed=")))
			return GLUE_TIGHT;
		return by_tokens(u, held, next, invoked_token, blank);
	case OL_SH_CPU_LINE:
	case OL_SH_CPU_LINE_OLD:
		return cpu_glue(held, next);
	case OL_SH_TASK_IN:
		return task_in_glue(held, next);
	case OL_SH_MEMCG_USAGE:
	case OL_SH_MEMCG_MEMSW:
	case OL_SH_MEMCG_KMEM:
	case OL_SH_MEMCG_SWAP:
		return by_tokens(u, held, next, usage_token, blank);
	case OL_SH_MEMCG_STATS:
		if (!has(held, S(": ")) && held.p[held.n - 1] != ':')
			return ol_span_chr(next, ':') >= 0 ? GLUE_TIGHT : GLUE_NONE;
		return by_tokens(u, held, next, stat_token, blank);
	case OL_SH_COUNTERS:
		return by_tokens(u, held, next, pages_kv, blank);
	case OL_SH_NODE:
	case OL_SH_ZONE:
		return by_tokens(u, held, next, zone_token, blank);
	case OL_SH_BUDDY:
		return by_tokens(u, held, next, buddy_token, blank);
	case OL_SH_HUGEPAGES:
		return by_tokens(u, held, next, huge_token, blank);
	case OL_SH_SWAP_STATS:
	case OL_SH_SWAP_STATS_OLD:
	case OL_SH_FREE_SWAP:
	case OL_SH_TOTAL_SWAP:
		return by_tokens(u, held, next, swap_token, blank);
	case OL_SH_LOWMEM:
	case OL_SH_LOWMEM_OLD:
		while (ol_span_token(&rest, &tok))
			if (!number_token(tok))
				return GLUE_NONE;
		return by_tokens(u, held, next, number_token, blank);
	case OL_SH_TABLE_HEAD:
		return by_tokens(u, held, next, ol_table_column, blank);
	case OL_SH_TABLE_ROW:
		if (!ol_row_parse(held, &row))
			return GLUE_NONE;
		if (row.n >= (u->cols ? u->cols : 7))
			return row_whole(u, held, &row) || !ol_span_token(&rest, &tok) ? GLUE_NONE
										       : GLUE_BLANK;
		if (!ol_span_token(&rest, &tok) || !number_token(tok))
			return GLUE_NONE;
		return by_tokens(u, held, next, number_token, blank);
	case OL_SH_OOM_KILL:
		return has(next, S("=")) || has(next, S("/")) ? GLUE_TIGHT : GLUE_NONE;
	case OL_SH_KILLED:
	case OL_SH_REAPED:
		return by_tokens(u, held, next, killed_token, blank);
	case OL_SH_CHOSEN:
	case OL_SH_CHOSEN_OLD:
		return by_tokens(u, held, next, chosen_token, blank);
	case OL_SH_NONE:
		break;
	default:
		return GLUE_NONE;
	}

	/* a line that is nothing yet: does it become something? */
	if (shape == OL_SH_NONE && u->n && u->n + next.n + 1 < 2048) {
		size_t n = u->n;
		enum ol_shape sh;

		u->text[n] = ' ';
		memcpy(u->text + n + 1, next.p, next.n);
		sh = ol_shape_of(ol_span(u->text, n + 1 + next.n));
		if (sh != OL_SH_NONE && !(ol_shapes[sh].flags & OL_SHF_WEAK))
			return GLUE_BLANK;
		if (sh == OL_SH_PAGE_COUNT || sh == OL_SH_GROUP_SET || sh == OL_SH_SHARING ||
		    sh == OL_SH_CPUSET || sh == OL_SH_UNREAPED)
			return GLUE_BLANK;
	}
	return GLUE_NONE;
}

static int emit(struct ol_unwrap *u, const struct ol_line *line, struct ol_span text,
		enum ol_shape shape, const struct ol_row *row, uint64_t first, uint64_t last,
		size_t bytes)
{
	struct ol_msg m = {
		.line = line,
		.text = text,
		.shape = shape,
		.row = row,
		.lineno = (uint32_t)first,
		.last_lineno = (uint32_t)last,
		.bytes = bytes,
		.at_eof = u->eof_cut,
	};
	unsigned cols = shape == OL_SH_TABLE_HEAD ? ol_table_columns(text) : 0;

	if (cols)
		u->cols = cols;
	return u->fn(u->arg, &m);
}

int ol_unwrap_flush(struct ol_unwrap *u)
{
	if (!u->held)
		return 0;
	u->held = false;
	return emit(u, &u->prefix.line, ol_span(u->text, u->n), u->shape, NULL, u->lineno,
		    u->last_lineno, u->bytes);
}

/* The further lines of a record take nothing: its first one took all. */
static size_t bytes_of(const struct ol_line *line)
{
	return line->joined ? 0 : line->raw.n + 1;
}

static int take(struct ol_unwrap *u, const struct ol_line *line, struct ol_span text,
		enum ol_shape shape, const struct ol_row *row)
{
	struct ol_line borrowed;
	/* a record is whole: a line without a prefix goes on with what stood before the record */
	bool between = line->wrapped == OL_WRAP_RECORD && u->has_last &&
		       u->last.line.wrapped != OL_WRAP_RECORD;

	if (line->prefixed && !line->host.p && !line->stamp.p && !line->wrapped && u->has_last &&
	    u->last.line.host.p) {
		/*
		 * "kernel: …" left over from a prefix that was broken: the host was on the line
		 * above
		 */
		borrowed = *line;
		borrowed.host = u->last.line.host;
		line = &borrowed;
	} else if (between) {
		; /* nothing is learned from it */
	} else if (line->again && u->has_last && u->last.line.stamp.n == line->stamp.n) {
		u->last.line.mono_us = line->mono_us;
		u->last.line.lineno = line->lineno;
		u->last.line.byte = line->byte;
		if (line->stamp.n)
			ol_bytes_copy(u->last.buf + (u->last.line.stamp.p - u->last.buf),
				      line->stamp.p, line->stamp.n);
	} else if (line->prefixed) {
		keep_prefix(&u->last, line);
		u->has_last = true;
	} else if (ol_shapes[shape].flags & OL_SHF_HEAD && shape != OL_SH_INVOKED_OLD &&
		   line->text.p == text.p && !line->joined && !line->quoted &&
		   !(u->has_last && u->last.line.writer == OL_WRITER_USER)) {
		/*
		 * a dump that was pasted without its prefixes begins: it is not the line above's,
		 * unless that is a program's, which may print newlines
		 */
		u->has_last = false;
	} else if (u->has_last) {
		/* an indented or wrapped line belongs to whoever wrote the one above */
		borrowed = u->last.line;
		borrowed.raw = line->raw;
		borrowed.lineno = line->lineno;
		borrowed.byte = line->byte;
		borrowed.quoted = line->quoted;
		borrowed.prefixed = false;
		line = &borrowed;
	}
	if (text.n < OL_TEXT_MAX / 2 && !whole(u, shape, text, row)) {
		keep_prefix(&u->prefix, line);
		memcpy(u->text, text.p, text.n);
		u->n = text.n;
		u->shape = shape;
		u->lineno = u->last_lineno = line->lineno;
		u->bytes = bytes_of(line);
		u->phys_len = line->raw.n;
		u->ended_blank = line->ended_blank;
		u->held = true;
		return 0;
	}
	return emit(u, line, text, shape, row, line->lineno, line->lineno, bytes_of(line));
}

static int extend(struct ol_unwrap *u, const struct ol_line *line, struct ol_span text, enum glue g)
{
	bool tight_word = g == GLUE_TIGHT && !u->ended_blank;

	if (u->n + 1 + text.n >= OL_TEXT_MAX)
		return ol_unwrap_flush(u);
	if (tight_word && u->phys_len > 20)
		u->width = u->phys_len;
	if (g == GLUE_BLANK)
		u->text[u->n++] = ' ';
	memcpy(u->text + u->n, text.p, text.n);
	u->n += text.n;
	u->last_lineno = line->lineno;
	u->bytes += bytes_of(line);
	u->phys_len = line->raw.n;
	u->ended_blank = line->ended_blank;
	if (u->shape == OL_SH_NONE)
		u->shape = ol_shape_of(ol_span(u->text, u->n));
	return whole(u, u->shape, ol_span(u->text, u->n), NULL) ? ol_unwrap_flush(u) : 0;
}

/*
 * The same bytes as the line before, by a copy that went wrong or a console that repeats. Where the
 * kernel's clock is not in the line, a trace may have a function twice, and kills look alike.
 */
static bool said_twice(struct ol_unwrap *u, const struct ol_line *line, enum ol_shape shape)
{
	bool same = u->raw_n && u->raw_line + 1 == line->lineno &&
		    ol_span_eq(line->raw, ol_span(u->raw, u->raw_n));

	if (line->joined) /* a record's own further lines have its bytes */
		return u->twice == line->lineno;
	u->raw_n = 0;
	u->twice = 0;
	if (!line->raw.n || line->raw.n > sizeof(u->raw) || shape == OL_SH_NONE ||
	    (line->mono_us == OL_TIME_NONE &&
	     (shape == OL_SH_FRAME || ol_shapes[shape].phase >= OL_PHASE_KILL)))
		return false;
	u->raw_n = line->raw.n;
	u->raw_line = line->lineno;
	if (same)
		u->twice = line->lineno;
	else
		memcpy(u->raw, line->raw.p, line->raw.n);
	return same;
}

int ol_unwrap_push(struct ol_unwrap *u, const struct ol_line *line)
{
	struct ol_span text = ol_span_trim(line->text);
	const struct ol_row *row = line->row;
	struct ol_row own;
	enum ol_shape shape;
	int r;

	if (!text.n) /* a line does not go on behind many of these */
		return u->held && line->lineno - u->last_lineno > APART_MAX ? ol_unwrap_flush(u)
									    : 0;
	/* most lines of a dump are rows: asked for first, and read once */
	if (!row && text.p[0] == '[' && ol_row_parse(text, &own))
		row = &own;
	shape = row ? OL_SH_TABLE_ROW : ol_shape_of(text);
	if (said_twice(u, line, shape))
		return 0;
	if (u->held) {
		bool strong = shape != OL_SH_NONE && !(ol_shapes[shape].flags & OL_SHF_WEAK) &&
			      shape != OL_SH_COUNTERS;
		enum glue g = GLUE_NONE;

		if (!line->prefixed && !line->joined && !strong &&
		    line->lineno - u->last_lineno <= APART_MAX)
			g = fits(u, text, shape,
				 line->text.p != text.p && u->shape != OL_SH_COUNTERS);
		if (g != GLUE_NONE)
			return extend(u, line, text, g);
		r = ol_unwrap_flush(u);
		if (r)
			return r;
	}
	return take(u, line, text, shape, row);
}
