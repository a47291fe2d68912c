// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/dump_impl.h"

/*
 * Where a kernel line that was broken ends, and what it goes on with: the WHOLE, TOKENS and JOIN
 * functions of lines.def. "Both ways are tried and the one that parses is kept": with a blank at
 * the seam, or without.
 */

#define S(lit) OL_SPAN(lit)

enum { ROW_NUMBERS = 7 /* in a row of the task table of any kernel, when its header is lost */ };

static bool ends_digit(struct ol_span t)
{
	return t.n && ol_is_digit(t.p[t.n - 1]);
}

static struct ol_span last_token(struct ol_span t)
{
	size_t i = t.n;

	while (i && !ol_is_blank(t.p[i - 1]))
		i--;
	return ol_span_skip(t, i);
}

/* ---- is a line whole? ---- */

bool ol_line_whole(enum ol_line_kind kind, struct ol_span t, unsigned columns)
{
	const struct ol_kind *k = &ol_kinds[kind];

	if (k->whole)
		return k->whole(t, columns);
	if (!k->ends_in.p)
		return kind != OL_LINE_NONE;
	if (ol_span_eqs(k->ends_in, "9") ? !ends_digit(t) : !ol_span_ends(t, k->ends_in))
		return false;
	return !k->ends_word.n || ol_span_has(t, k->ends_word);
}

bool ol_whole_task_in(struct ol_span t, unsigned columns)
{
	struct ol_span task, limit;

	(void)columns;
	return ol_task_in_split(t, &task, &limit) && limit.n && !ol_limit_may_go_on(task, limit);
}

bool ol_whole_memcg_stats(struct ol_span t, unsigned columns)
{
	(void)columns;
	return ol_span_ends(t, S(":")) || ol_span_has(t, S(" unevictable:"));
}

bool ol_whole_counters(struct ol_span t, unsigned columns)
{
	(void)columns;
	return ol_token_counters(last_token(t));
}

/* Where it mostly stands, at the end, is looked first. */
static bool says_unreclaimable(struct ol_span t)
{
	return ol_span_ends(t, S("all_unreclaimable? no")) ||
	       ol_span_ends(t, S("all_unreclaimable? yes")) ||
	       ol_span_has(t, S("all_unreclaimable? yes")) ||
	       ol_span_has(t, S("all_unreclaimable? no"));
}

bool ol_whole_node(struct ol_span t, unsigned columns)
{
	(void)columns;
	return says_unreclaimable(t);
}

bool ol_whole_zone(struct ol_span t, unsigned columns)
{
	bool kb = ol_span_ends(t, S("kB"));

	(void)columns;
	return (kb && ol_span_starts(last_token(t), S("free_cma:"))) || says_unreclaimable(t) ||
	       (kb && ol_span_has(t, S(" free_cma:")));
}

/* How many zones there are, nobody says. */
bool ol_whole_lowmem(struct ol_span t, unsigned columns)
{
	(void)t;
	(void)columns;
	return false;
}

bool ol_whole_buddy(struct ol_span t, unsigned columns)
{
	(void)columns;
	return (ol_span_has(t, S(" = ")) && ol_span_ends(t, S("kB"))) ||
	       ol_span_ends(t, S("empty"));
}

bool ol_whole_swap_stats(struct ol_span t, unsigned columns)
{
	(void)columns;
	return ends_digit(t) && ol_span_has(t, S("find ")) && ol_span_has(t, S("/"));
}

bool ol_row_whole(struct ol_span t, const struct ol_task_row *row, unsigned columns)
{
	return row->n >= (columns ? columns : ROW_NUMBERS) &&
	       ol_span_ltrim(ol_span_skip(t, row->name)).n;
}

bool ol_whole_table_row(struct ol_span t, unsigned columns)
{
	struct ol_task_row row;

	return ol_row_parse(t, &row) && ol_row_whole(t, &row, columns);
}

bool ol_whole_chosen(struct ol_span t, unsigned columns)
{
	(void)columns;
	return ol_span_ends(t, S("child")) || ol_span_ends(t, S("children."));
}

/* ---- what a line is made of ---- */

/* "key:" or "key=" of a known counter at the front of @tok? Then *@ret_value is the rest. */
static bool known_key(struct ol_span tok, char sign, struct ol_span *ret_value)
{
	ssize_t at = ol_span_chr(tok, sign);

	if (at <= 0 || ol_key_find(ol_span_head(tok, (size_t)at)) == OL_K_NONE)
		return false;
	*ret_value = ol_span_skip(tok, (size_t)at + 1);
	return true;
}

static bool starts_any(struct ol_span t, const char *const *words)
{
	for (; *words; words++)
		if (ol_span_starts_str(t, *words))
			return true;
	return false;
}

static bool is_any(struct ol_span t, const char *const *words)
{
	for (; *words; words++)
		if (ol_span_eqs(t, *words))
			return true;
	return false;
}

/* free:906 */
bool ol_token_counters(struct ol_span tok)
{
	struct ol_span v;
	uint64_t n;

	return known_key(tok, ':', &v) && ol_span_u64(v, &n);
}

/* free:3624kB, pages_scanned:0, shmem_thp: (its value follows behind a blank), yes */
bool ol_token_zone(struct ol_span tok)
{
	struct ol_span v;
	uint64_t n;

	if (ol_span_chr(tok, ':') < 0)
		return ol_span_eqs(tok, "all_unreclaimable?") || ol_span_eqs(tok, "yes") ||
		       ol_span_eqs(tok, "no");
	if (!known_key(tok, ':', &v))
		return false;
	if (!v.n)
		return true;
	if (!ol_eat_u64(&v, &n))
		return false;
	return ol_span_eqs(v, "kB") || ol_span_eqs(v, "KB") ||
	       (!v.n && ol_span_starts(tok, S("pages_scanned:")));
}

/* cache:0KB */
static bool stat_token(struct ol_span tok)
{
	struct ol_span v;
	uint64_t n;

	return known_key(tok, ':', &v) && ol_eat_u64(&v, &n) && ol_span_eqs(v, "KB");
}

/* 7*8kB (UE) = 3624kB */
bool ol_token_buddy(struct ol_span tok)
{
	uint64_t v;

	if (ol_span_eqs(tok, "="))
		return true;
	if (tok.n > 2 && tok.p[0] == '(')
		return tok.p[tok.n - 1] == ')';
	if (!ol_eat_u64(&tok, &v))
		return false;
	return ol_span_eqs(tok, "kB") ||
	       (ol_eat_times(&tok) && ol_eat_u64(&tok, &v) && ol_span_eqs(tok, "kB"));
}

/* hugepages_free=0 hugepages_size=2048kB */
bool ol_token_hugepages(struct ol_span tok)
{
	struct ol_span v;
	uint64_t n;

	return known_key(tok, '=', &v) && ol_eat_u64(&v, &n) && (!v.n || ol_span_eqs(v, "kB"));
}

static bool number_token(struct ol_span tok)
{
	int64_t v;

	return ol_span_i64(tok, &v);
}

static struct ol_span value_of(struct ol_span tok)
{
	size_t k = 0;

	while (k < tok.n && tok.p[k] != '=' && tok.p[k] != ':')
		k++;
	return ol_span_skip(tok, k + 1);
}

/* gfp_mask=0xd0(GFP_KERNEL|__GFP_ZERO), order=0, mode:0x20, nodemask=(null),cpuset=/ */
static bool head_token(struct ol_span tok)
{
	static const char *const words[] = { "oom-killer:", "invoked", "allocation", "failure:",
					     "page",        "stall",   "node",       NULL };
	static const char *const numbers[] = { "order=",      "oom_adj=", "oom_score_adj=",
					       "oomkilladj=", "order:",   NULL };
	static const char *const masks[] = { "gfp_mask=0x", "mode:0x", "gfp=0x", NULL };
	static const char *const lists[] = { "nodemask=", "cpuset=", "mems_allowed=", NULL };

	if (is_any(tok, words) || starts_any(tok, lists))
		return true;
	if (ol_span_ends(tok, S(",")))
		tok.n--;
	if (starts_any(tok, numbers))
		return number_token(value_of(tok));
	if (!starts_any(tok, masks))
		return false;
	tok = value_of(tok);
	tok = ol_span_skip(tok, 2);
	while (tok.n && ol_is_xdigit(tok.p[0]))
		tok = ol_span_skip(tok, 1);
	return !tok.n || (tok.p[0] == '(' && ol_span_chr(tok, ')') == (ssize_t)tok.n - 1);
}

/* usage 31211520kB, limit 31211520kB, failcnt 83420 */
bool ol_token_usage(struct ol_span tok)
{
	static const char *const words[] = { "usage", "limit", "failcnt", NULL };
	uint64_t v;

	if (is_any(tok, words))
		return true;
	if (!ol_eat_u64(&tok, &v))
		return false;
	return !tok.n || ol_span_eqs(tok, "kB") || ol_span_eqs(tok, "kB,");
}

/* total-vm:169876kB, anon-rss:… UID:0 oom_score_adj:-998 */
bool ol_token_killed(struct ol_span tok)
{
	static const char *const words[] = {
		"total-vm:", "anon-rss:",      "file-rss:", "shmem-rss:", "UID:",  "pgtables:",
		"vsz:",      "oom_score_adj:", "vm:",       "rss:",       "swap:", NULL
	};
	ssize_t colon = ol_span_chr(tok, ':');
	struct ol_span v = ol_span_skip(tok, (size_t)colon + 1);
	int64_t n;

	if (ol_span_eqs(tok, "now"))
		return true;
	if (colon < 0 || !starts_any(tok, words) || !ol_eat_i64(&v, &n))
		return false;
	return !v.n || ol_span_eqs(v, ",") || ol_span_eqs(v, "kB") || ol_span_eqs(v, "kB,");
}

/* score 4 or sacrifice child */
bool ol_token_chosen(struct ol_span tok)
{
	static const char *const words[] = { "score", "or",  "sacrifice", "a",
					     "child", "and", "children.", NULL };
	uint64_t v;

	return is_any(tok, words) || ol_span_u64(tok, &v);
}

/* delete 1105642, find 599107/618721 */
bool ol_token_swap(struct ol_span tok)
{
	static const char *const words[] = { "delete", "find", "race", "=", NULL };
	uint64_t v;

	if (is_any(tok, words))
		return true;
	if (!ol_eat_u64(&tok, &v))
		return false;
	return !tok.n || ol_span_eqs(tok, ",") || ol_span_eqs(tok, "kB") || tok.p[0] == '/' ||
	       tok.p[0] == '+';
}

/* ---- does the next line go on? ---- */

/* A seam that the tokens on both sides decide. */
static enum ol_glue by_tokens(const struct ol_seam *s, bool (*valid)(struct ol_span tok))
{
	struct ol_span left = last_token(s->held), rest = s->next, right;
	char both[256];
	bool apart, together;

	if (!ol_span_token(&rest, &right))
		return OL_GLUE_NONE;
	if (s->blank)
		return valid(right) ? OL_GLUE_BLANK : OL_GLUE_NONE;
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
		return s->at_width ? OL_GLUE_TIGHT : OL_GLUE_BLANK;
	return together ? OL_GLUE_TIGHT : apart ? OL_GLUE_BLANK : OL_GLUE_NONE;
}

enum { NEAR = 64 /* bytes on each side of a seam; no phrase is longer */ };

/* Which of the two joins has the phrase that the line must come to have? */
static enum ol_glue by_phrase(const struct ol_seam *s, struct ol_span phrase)
{
	size_t k = s->held.n < NEAR ? s->held.n : NEAR, m = s->next.n < NEAR ? s->next.n : NEAR;
	char tmp[2 * NEAR + 1];

	if (ol_span_has(s->held, phrase))
		return OL_GLUE_NONE;
	memcpy(tmp, s->held.p + s->held.n - k, k);
	tmp[k] = ' ';
	memcpy(tmp + k + 1, s->next.p, m);
	if (ol_span_has(ol_span(tmp, k + 1 + m), phrase))
		return OL_GLUE_BLANK;
	memcpy(tmp + k, s->next.p, m);
	return ol_span_has(ol_span(tmp, k + m), phrase) ? OL_GLUE_TIGHT : OL_GLUE_NONE;
}

enum ol_glue ol_line_join(enum ol_line_kind kind, const struct ol_seam *s)
{
	const struct ol_kind *k = &ol_kinds[kind];

	if (k->join)
		return k->join(s);
	if (k->token)
		return by_tokens(s, k->token);
	return k->ends_word.n ? by_phrase(s, k->ends_word) : OL_GLUE_NONE;
}

/* The names of a mask have no blank to break at: "…|__GFP_HIGH" + "MEM), order=0" */
enum ol_glue ol_join_head(const struct ol_seam *s)
{
	struct ol_span tok = last_token(s->held);

	if (ol_span_chr(tok, '(') >= 0 && ol_span_chr(tok, ')') < 0 && !s->blank)
		return ol_span_chr(s->next, ')') >= 0 ? OL_GLUE_TIGHT : OL_GLUE_NONE;
	if (ol_span_ends(s->held, S("cpuset=")) || ol_span_starts(s->next, S("mems_allowed=")))
		return OL_GLUE_TIGHT;
	return by_tokens(s, head_token);
}

/* Does it begin as releases do: "6.1"? */
static bool release_word(struct ol_span t)
{
	uint64_t n;

	return ol_eat_u64(&t, &n) && ol_span_eat(&t, S(".")) && t.n && ol_is_digit(t.p[0]);
}

enum ol_glue ol_join_cpu_line(const struct ol_seam *s)
{
	enum ol_glue g = by_phrase(s, S("Not tainted "));

	if (g == OL_GLUE_NONE)
		g = by_phrase(s, S("Tainted: "));
	if (g == OL_GLUE_NONE)
		g = by_phrase(s, S(" #"));
	if (g != OL_GLUE_NONE || !ol_span_has(s->next, S(" #")))
		return g;
	/* "… 7.2.13-amd" + "64 #1": the word in front of " #" must be a release */
	return release_word(last_token(s->held)) && !release_word(s->next) ? OL_GLUE_TIGHT
									   : OL_GLUE_BLANK;
}

/*
 * Task in /tenants/blue/a killed as a result of limit of /tenants/bl + ue
 * The limit is that of the task's own cgroup or of one above it, so the first path tells what the
 * second may go on with. A path is broken at a column only: it has no blanks.
 */
enum ol_glue ol_join_task_in(const struct ol_seam *s)
{
	struct ol_span task, limit;

	if (ol_task_in_split(s->held, &task, &limit)) {
		if (!limit.n)
			return s->next.p[0] == '/' ? OL_GLUE_BLANK : OL_GLUE_NONE;
		return ol_limit_may_go_on(task, limit) &&
				       ol_span_starts(ol_span_skip(task, limit.n), s->next)
			       ? OL_GLUE_TIGHT
			       : OL_GLUE_NONE;
	}
	if (ol_span_find(s->next, S("killed as a result")) > 0)
		return OL_GLUE_TIGHT;
	return by_phrase(s, S(" killed as a result of limit of"));
}

enum ol_glue ol_join_memcg_stats(const struct ol_seam *s)
{
	if (ol_span_eqs(s->held, "Memory cgroup stats for"))
		return s->next.p[0] == '/' ? OL_GLUE_BLANK : OL_GLUE_NONE;
	if (!ol_span_has(s->held, S(": ")) && !ol_span_ends(s->held, S(":")))
		return ol_span_chr(s->next, ':') >= 0 ? OL_GLUE_TIGHT : OL_GLUE_NONE;
	return by_tokens(s, stat_token);
}

enum ol_glue ol_join_lowmem(const struct ol_seam *s)
{
	struct ol_span rest = s->next, tok;

	while (ol_span_token(&rest, &tok))
		if (!number_token(tok))
			return OL_GLUE_NONE;
	return by_tokens(s, number_token);
}

enum ol_glue ol_join_table_row(const struct ol_seam *s)
{
	struct ol_span rest = s->next, tok;
	struct ol_task_row row;

	if (!ol_row_parse(s->held, &row) || !ol_span_token(&rest, &tok))
		return OL_GLUE_NONE;
	/* only the name is missing */
	if (row.n >= (s->columns ? s->columns : ROW_NUMBERS))
		return ol_row_whole(s->held, &row, s->columns) ? OL_GLUE_NONE : OL_GLUE_BLANK;
	return number_token(tok) ? by_tokens(s, number_token) : OL_GLUE_NONE;
}

/* A list without blanks. */
enum ol_glue ol_join_oom_kill(const struct ol_seam *s)
{
	return ol_span_has(s->next, S("=")) || ol_span_has(s->next, S("/")) ? OL_GLUE_TIGHT
									    : OL_GLUE_NONE;
}
