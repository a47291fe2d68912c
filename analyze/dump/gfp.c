// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyze/dump/gfp.h"

#include <errno.h>

#define N(a)  (sizeof(a) / sizeof((a)[0]))
#define B(id) OL_GFP_BIT(id)

_Static_assert(OL_GFP_MAX <= 64, "ol_gfp_set has a bit per flag");

enum era_kind { BASE, EL, OPTION };

struct ol_gfp_era {
	const char *name;
	uint32_t first; /* first release, see version() */
	enum era_kind kind;
};

#define VERSION(major, minor, patch) ((uint32_t)(major) << 20 | (minor) << 10 | (patch))

static const struct ol_gfp_era eras[] = {
#define OL_GFP_ERA(id, name, major, minor, patch, kind) \
	{ name, VERSION(major, minor, patch), kind },
#include "analyze/dump/gfp_eras.def"
};

enum {
#define OL_GFP_ERA(id, name, major, minor, patch, kind) E_##id,
#include "analyze/dump/gfp_eras.def"
	E_MAX
};

static const struct {
	uint8_t flag, first, last;
	uint32_t bit;
} bits[] = {
#define OL_GFP_BITS(flag, first, last, bit) { OL_GFP_##flag, E_##first, E_##last, bit },
#include "analyze/dump/gfp_eras.def"
};

static const struct compound {
	struct ol_span name;
	ol_gfp_set set, maybe;
	uint8_t first, last;
	bool print;
} compounds[] = {
#define OL_GFP_COMPOUND(name, first, last, print, set, maybe) \
	{ { name, sizeof(name) - 1 }, set, maybe, E_##first, E_##last, print },
#include "analyze/dump/gfp_eras.def"
};

static const struct ol_span flag_names[] = {
#define OL_GFP_FLAG(id, name) { name, sizeof(name) - 1 },
#include "analyze/dump/gfp_flags.def"
#undef OL_GFP_FLAG
};

static unsigned era_index(const struct ol_gfp_era *era)
{
	return (unsigned)(era - eras);
}

const struct ol_gfp_era *ol_gfp_era_at(unsigned i)
{
	return i < N(eras) ? &eras[i] : NULL;
}

const char *ol_gfp_era_name(const struct ol_gfp_era *era)
{
	return era->name;
}

const char *ol_gfp_flag_name(enum ol_gfp_flag f)
{
	return (unsigned)f < OL_GFP_MAX ? flag_names[f].p : NULL;
}

/*
 * The first dotted number that starts a word:
 *	3.2.59
 *	v5.10
 *	2.6.32-700.1.1.el6.x86_64
 *	Linux version 5.8.2-0.g0123abc-default
 * A bare "6" counts only when it is all there is. Each part is clamped to ten bits.
 */
static bool eat_version(struct ol_span *a, uint32_t *ret)
{
	for (size_t i = 0; i < a->n; i++) {
		struct ol_span t = ol_span_skip(*a, i);
		uint64_t part[3] = { 0 };
		unsigned n = 0;
		size_t start = i > 0 && a->p[i - 1] == 'v' ? i - 1 : i;
		bool word = start == 0 || !(ol_is_alpha(a->p[start - 1]) ||
					    ol_is_digit(a->p[start - 1]) || a->p[start - 1] == '.');

		if (!word || !ol_is_digit(a->p[i]))
			continue;
		do {
			if (!ol_eat_u64(&t, &part[n]))
				break;
			if (part[n] > 1023)
				part[n] = 1023;
			n++;
		} while (n < 3 && t.n > 1 && t.p[0] == '.' && ol_is_digit(t.p[1]) &&
			 (t = ol_span_skip(t, 1), true));
		if (n < 2 && !(n == 1 && !t.n && start == 0))
			continue;
		*a = t;
		*ret = VERSION(part[0], part[1], part[2]);
		return true;
	}
	return false;
}

const struct ol_gfp_era *ol_gfp_era_for_release(struct ol_span release)
{
	struct ol_span tail;
	const struct ol_gfp_era *era = &eras[0];
	uint32_t v;

	/* A release is a word of at most 64 bytes (utsname), perhaps behind "Linux version". */
	tail = ol_span_head(release, 256);
	if (!tail.n || !eat_version(&tail, &v))
		return NULL;
	/*
	 * Red Hat's (and Virtuozzo's) own numbering goes with their base version only: elrepo and
	 * UEK
	 * put mainline versions below the same ".el7".
	 */
	if (v == VERSION(2, 6, 32) && ol_span_find(tail, OL_SPAN("elrepo")) < 0 &&
	    (ol_span_find(tail, OL_SPAN(".el6")) >= 0 || ol_span_find(tail, OL_SPAN("stab")) >= 0))
		return &eras[E_EL6];
	if (v == VERSION(3, 10, 0) && ol_span_find(tail, OL_SPAN("elrepo")) < 0 &&
	    (ol_span_find(tail, OL_SPAN(".el7")) >= 0 || ol_span_find(tail, OL_SPAN(".vz7")) >= 0))
		return &eras[E_EL7];
	/* Older than the oldest era is the oldest, newer than the newest is the newest. */
	for (unsigned i = 0; i < N(eras); i++)
		if (eras[i].kind == BASE && eras[i].first <= v)
			era = &eras[i];
	return era;
}

bool ol_gfp_release_newer(struct ol_span release)
{
	const struct ol_gfp_era *newest = &eras[N(eras) - 1];
	struct ol_span name = ol_span_str(newest->name), last = name;
	uint32_t v, known;

	/* "6.19-7.2": the last release whose source was read */
	if (ol_span_chr(name, '-') >= 0)
		last = ol_span_skip(name, (size_t)ol_span_chr(name, '-') + 1);
	return eat_version(&release, &v) && eat_version(&last, &known) &&
	       v >= known + VERSION(0, 1, 0);
}

uint64_t ol_gfp_flag_bit(const struct ol_gfp_era *era, enum ol_gfp_flag f)
{
	unsigned e = era_index(era);

	for (size_t i = 0; i < N(bits); i++)
		if (bits[i].flag == f && bits[i].first <= e && e <= bits[i].last)
			return bits[i].bit;
	return 0;
}

ol_gfp_set ol_gfp_decode(const struct ol_gfp_era *era, uint64_t mask, uint64_t *ret_unknown)
{
	unsigned e = era_index(era);
	ol_gfp_set set = 0;

	for (size_t i = 0; i < N(bits); i++) {
		if (!(mask & bits[i].bit) || e < bits[i].first || e > bits[i].last)
			continue;
		set |= UINT64_C(1) << bits[i].flag;
		mask &= ~(uint64_t)bits[i].bit;
	}
	*ret_unknown = mask;
	return set;
}

/* The number of @set under @era; flags that have no bit there are left in *@ret_homeless. */
static uint64_t encode(const struct ol_gfp_era *era, ol_gfp_set set, ol_gfp_set *ret_homeless)
{
	unsigned e = era_index(era);
	uint64_t mask = 0;

	for (size_t i = 0; i < N(bits); i++) {
		if (!(set >> bits[i].flag & 1) || e < bits[i].first || e > bits[i].last)
			continue;
		mask |= bits[i].bit;
		set &= ~(UINT64_C(1) << bits[i].flag);
	}
	*ret_homeless = set;
	return mask;
}

/*
 * A compound that the era has, else the one of the nearest era that has it: somebody typed a name
 * of another kernel, and its meaning is not in doubt.
 */
static const struct compound *find_compound(unsigned e, struct ol_span name, bool *ret_foreign)
{
	const struct compound *best = NULL;
	unsigned best_far = UINT32_MAX;

	for (size_t i = 0; i < N(compounds); i++) {
		const struct compound *c = &compounds[i];
		unsigned far;

		if (!ol_span_eq(c->name, name))
			continue;
		far = e < c->first ? c->first - e : e > c->last ? e - c->last : 0;
		if (far < best_far) {
			best = c;
			best_far = far;
		}
	}
	*ret_foreign = best && best_far;
	return best;
}

struct parsed {
	ol_gfp_set set, maybe;
	uint64_t hex; /* bits that had to be printed as a number and are unknown to the era */
	unsigned unknown_names;
	bool foreign; /* a compound name that this era does not have */
};

static void parse_name(const struct ol_gfp_era *era, struct ol_span name, struct parsed *p)
{
	const struct compound *c;
	struct ol_span plain;
	bool foreign;

	c = find_compound(era_index(era), name, &foreign);
	if (c) {
		p->set |= c->set;
		p->maybe |= c->maybe;
		p->foreign |= foreign;
		return;
	}
	/* Trace events up to 4.5 print the flags as "GFP_WAIT", without underscores. */
	for (unsigned f = 0; f < OL_GFP_MAX; f++) {
		plain = ol_span_skip(flag_names[f], 2);
		if (ol_span_eq(name, flag_names[f]) || ol_span_eq(name, plain)) {
			p->set |= UINT64_C(1) << f;
			return;
		}
	}
	p->unknown_names++;
}

static bool is_word(struct ol_span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ol_is_alpha(s.p[i]) && !ol_is_digit(s.p[i]) && s.p[i] != '_')
			return false;
	return s.n > 0;
}

/*
 * One piece between bars: a name, or the hex number of bits for which that kernel had no name.
 */
static int parse_token(const struct ol_gfp_era *era, struct ol_span t, struct parsed *p)
{
	uint64_t v, unknown;

	if (ol_span_eqs(t, "none"))
		return 0;
	if (!is_word(t))
		return -EINVAL;
	if (!ol_is_digit(t.p[0])) {
		parse_name(era, t, p);
		return 0;
	}
	if (!ol_eat_hex(&t, &v) || t.n)
		return -EINVAL;
	p->set |= ol_gfp_decode(era, v, &unknown);
	p->hex |= unknown;
	return 0;
}

/*
 * What %pGg prints (4.6+), in OOM lines between parentheses, and what a user may paste:
 *	GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO
 *	GFP_KERNEL|0x1000000		bits without a name (to 6.13: NOLOCKDEP, NO_OBJ_EXT)
 *					nothing, for 0, in OOM lines
 *	none				for 0, in trace events
 *	0x0(), 0xcc0(GFP_KERNEL)	number and names: names win, without them the number
 */
static int parse(const struct ol_gfp_era *era, struct ol_span s, struct parsed *ret)
{
	struct parsed p = { 0 };
	ssize_t open, bar;
	int r;

	if (s.n > 1024) /* longer than all names together */
		return -EINVAL;
	s = ol_span_trim(s);
	open = ol_span_chr(s, '(');
	if (open >= 0) {
		struct ol_span number = ol_span_trim(ol_span_head(s, (size_t)open));

		if (s.p[s.n - 1] != ')')
			return -EINVAL;
		s = ol_span_trim(ol_span(s.p + open + 1, s.n - (size_t)open - 2));
		if (number.n && !ol_is_digit(number.p[0]))
			return -EINVAL;
		if (!s.n)
			s = number;
	}
	while (s.n) {
		bar = ol_span_chr(s, '|');
		r = parse_token(era, ol_span_trim(bar < 0 ? s : ol_span_head(s, (size_t)bar)), &p);
		if (r < 0)
			return r;
		if (bar < 0)
			break;
		s = ol_span_skip(s, (size_t)bar + 1);
		if (!s.n)
			return -EINVAL;
	}
	*ret = p;
	return 0;
}

int ol_gfp_parse_names(const struct ol_gfp_era *era, struct ol_span printed, ol_gfp_set *ret_set,
		       unsigned *ret_unknown_names)
{
	struct parsed p;
	int r = parse(era, printed, &p);

	if (r < 0)
		return r;
	*ret_set = p.set;
	*ret_unknown_names = p.unknown_names + !!p.hex;
	return 0;
}

static bool agrees(const struct ol_gfp_era *era, uint64_t mask, struct ol_span printed)
{
	struct parsed p;
	ol_gfp_set homeless, ignored;
	uint64_t want, maybe;

	if (parse(era, printed, &p) < 0 || p.unknown_names || p.foreign)
		return false;
	want = encode(era, p.set, &homeless) | p.hex;
	maybe = encode(era, p.maybe, &ignored);
	return !homeless && !((mask ^ want) & ~maybe);
}

const struct ol_gfp_era *ol_gfp_era_from_names(uint64_t mask, struct ol_span printed,
					       const struct ol_gfp_era *hint)
{
	unsigned h;

	if (!printed.p)
		return NULL;
	if (!hint) {
		for (unsigned i = N(eras); i-- > 0;)
			if (agrees(&eras[i], mask, printed))
				return &eras[i];
		return NULL;
	}
	if (agrees(hint, mask, printed))
		return hint;
	/*
	 * The kernel is not what its version says: first the same release with other options, then
	 * a
	 * later era, from which something was backported (5.14 of el9, late 6.1 of Debian), nearest
	 * first, then an earlier one.
	 */
	h = era_index(hint);
	for (unsigned i = N(eras); i-- > 0;)
		if (eras[i].first == hint->first && agrees(&eras[i], mask, printed))
			return &eras[i];
	for (unsigned i = h + 1; i < N(eras); i++) {
		unsigned last = i;

		while (last + 1 < N(eras) && eras[last + 1].first == eras[i].first)
			last++;
		/* plain before options: they stand in front of it */
		for (unsigned k = last + 1; k-- > i;)
			if (agrees(&eras[k], mask, printed))
				return &eras[k];
		i = last;
	}
	for (unsigned i = h; i-- > 0;)
		if (agrees(&eras[i], mask, printed))
			return &eras[i];
	return NULL;
}

static void put_name(struct ol_out *o, bool *first, struct ol_span name)
{
	if (!*first)
		ol_out_char(o, '|');
	*first = false;
	ol_out_span(o, name);
}

void ol_gfp_names(const struct ol_gfp_era *era, ol_gfp_set set, uint64_t unknown, struct ol_out *o)
{
	unsigned e = era_index(era);
	bool waits = set & B(WAIT);
	bool first = true;

	for (size_t i = 0; i < N(compounds); i++) {
		const struct compound *c = &compounds[i];

		if (!c->print || e < c->first || e > c->last || (set & c->set) != c->set)
			continue;
		/*
		 * Up to 4.3 GFP_ATOMIC is nothing but HIGH; "GFP_KERNEL|GFP_ATOMIC" helps nobody.
		 */
		if (waits && c->set == B(HIGH))
			continue;
		put_name(o, &first, c->name);
		set &= ~c->set;
	}
	for (unsigned f = 0; f < OL_GFP_MAX; f++)
		if (set >> f & 1)
			put_name(o, &first, flag_names[f]);
	if (unknown) {
		if (!first)
			ol_out_char(o, '|');
		first = false;
		ol_out_printf(o, "0x%llx", (unsigned long long)unknown);
	}
	if (first)
		ol_out_char(o, '0');
}

/*
 * zone bits            highest zone
 * none, MOVABLE        Normal
 * DMA[+MOVABLE]        DMA
 * DMA32[+MOVABLE]      DMA32
 * HIGHMEM              HighMem
 * HIGHMEM+MOVABLE      Movable
 * all others           the kernel rejects them; they get the lowest zone that they name
 */
static enum ol_zone_type highest_zone(ol_gfp_set set, bool *ret_invalid)
{
	ol_gfp_set low = set & (B(DMA) | B(DMA32) | B(HIGHMEM));

	*ret_invalid = low & (low - 1);
	if (low & B(DMA))
		return OL_ZONE_DMA;
	if (low & B(DMA32))
		return OL_ZONE_DMA32;
	if (low & B(HIGHMEM))
		return set & B(MOVABLE) ? OL_ZONE_MOVABLE : OL_ZONE_HIGHMEM;
	return OL_ZONE_NORMAL;
}

/*
 * Up to 4.3 every request woke kswapd unless NO_KSWAPD; since 4.4 only KSWAPD_RECLAIM does. A set
 * with neither WAIT nor a reclaim flag can be of either kind: HIGH without ATOMIC is taken as the
 * old GFP_ATOMIC, all others as new.
 */
static bool wakes_kswapd(ol_gfp_set set)
{
	bool old;

	if (set & B(KSWAPD_RECLAIM))
		return true;
	old = set & B(WAIT) || ((set & B(HIGH)) && !(set & (B(ATOMIC) | B(DIRECT_RECLAIM))));
	return old && !(set & B(NO_KSWAPD));
}

struct ol_gfp_meaning ol_gfp_meaning(ol_gfp_set set)
{
	struct ol_gfp_meaning m = {
		.may_sleep = set & (B(WAIT) | B(DIRECT_RECLAIM)),
		.wakes_kswapd = wakes_kswapd(set),
		.atomic_reserve = set & B(HIGH),
		.nofail = set & B(NOFAIL),
		.noretry = set & B(NORETRY),
		.repeat = set & B(REPEAT),
		.retry_mayfail = set & B(RETRY_MAYFAIL),
		.memalloc = set & B(MEMALLOC),
		.nomemalloc = set & B(NOMEMALLOC),
		.thisnode = set & B(THISNODE),
		.hardwall = set & B(HARDWALL),
		.movable = set & B(MOVABLE),
		.reclaimable = set & B(RECLAIMABLE),
		.accounted = set & (B(ACCOUNT) | B(KMEMCG)),
		.write = set & B(WRITE),
		.zero = set & B(ZERO),
		.comp = set & B(COMP),
		.nowarn = set & B(NOWARN),
	};

	/* IO and FS say what reclaim may do; a request that cannot reclaim does neither. */
	m.may_io = m.may_sleep && (set & B(IO));
	m.may_fs = m.may_sleep && (set & B(FS));
	m.highest = highest_zone(set, &m.zone_invalid);
	return m;
}
