// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/out.h"
#include "lib/err.h"
#include "lib/unseen.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define OUT_BUF (64 * 1024)

void ol_out_init(struct ol_out *o, int fd)
{
	*o = (struct ol_out){ .fd = fd };
}

void ol_out_done(struct ol_out *o)
{
	free(o->buf);
	*o = (struct ol_out){ .fd = o->fd, .err = o->err };
}

int ol_out_flush(struct ol_out *o)
{
	size_t done = 0;

	if (o->fd < 0)
		return o->err;
	while (done < o->n && !o->err) {
		ssize_t r = write(o->fd, o->buf + done, o->n - done);

		if (r > 0)
			done += (size_t)r;
		else if (r < 0 && errno != EINTR)
			o->err = -errno;
		if (done < o->n && !o->err && o->give_up && o->give_up())
			o->err = -EINTR;
	}
	o->n = 0;
	return o->err;
}

char *ol_out_more(struct ol_out *o, size_t n)
{
	size_t cap;
	char *buf;

	if (o->err)
		return NULL;
	if (o->fd >= 0 && o->n) {
		ol_out_flush(o);
		if (o->cap >= n)
			return o->err ? NULL : o->buf;
	}
	cap = o->cap ? o->cap : OUT_BUF;
	while (cap - o->n < n)
		cap *= 2;
	buf = realloc(o->buf, cap);
	if (!buf) {
		o->err = ol_no_memory();
		return NULL;
	}
	o->buf = buf;
	o->cap = cap;
	return o->buf + o->n;
}

void ol_out_bytes(struct ol_out *o, const void *p, size_t n)
{
	char *to;

	if (!n)
		return;
	to = ol_out_room(o, n);
	if (!to)
		return;
	ol_bytes_copy(to, p, n);
	o->n += n;
}

/* Eight digits of a number below 10^8, the first of them in the lowest byte. */
static inline uint64_t eight_digits(uint32_t v)
{
	uint64_t fours = v / 10000 | (uint64_t)(v % 10000) << 32, twos, ones;

	/* 10486 / 2^20 is 1/100 for what is below 10,000, and 103 / 2^10 is 1/10 below 100 */
	twos = fours * 10486 >> 20 & UINT64_C(0x0000007f0000007f);
	twos += (fours - 100 * twos) << 16;
	ones = twos * 103 >> 10 & UINT64_C(0x000f000f000f000f);
	return ones + ((twos - 10 * ones) << 8);
}

static inline void put_eight(char *p, uint64_t digits)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	digits = __builtin_bswap64(digits);
#endif
	memcpy(p, &digits, 8);
}

char *ol_put_u64(char *p, uint64_t v)
{
	const uint64_t ascii = UINT64_C(0x3030303030303030);
	uint64_t d;
	unsigned zeros;

	if (v < 10) {
		*p = (char)('0' + v);
		return p + 1;
	}
	if (v >= 100000000) {
		p = ol_put_u64(p, v / 100000000);
		put_eight(p, eight_digits((uint32_t)(v % 100000000)) | ascii);
		return p + 8;
	}
	d = eight_digits((uint32_t)v);
	zeros = (unsigned)__builtin_ctzll(d) / 8;
	put_eight(p, (d | ascii) >> 8 * zeros);
	return p + 8 - zeros;
}

void ol_out_u64(struct ol_out *o, uint64_t v)
{
	char *p = ol_out_room(o, OL_U64_ROOM);

	if (p)
		ol_out_add(o, (size_t)(ol_put_u64(p, v) - p));
}

void ol_out_i64(struct ol_out *o, int64_t v)
{
	if (v < 0)
		ol_out_char(o, '-');
	ol_out_u64(o, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

void ol_out_printf(struct ol_out *o, const char *fmt, ...)
{
	va_list ap, again;
	char *to = ol_out_room(o, 256);
	size_t room = o->cap - o->n;
	int n;

	if (!to)
		return;
	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(to, room, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n >= room) {
		to = ol_out_room(o, (size_t)n + 1);
		if (to)
			n = vsnprintf(to, (size_t)n + 1, fmt, again);
	}
	va_end(again);
	if (to && n > 0)
		o->n += (size_t)n;
}

size_t ol_utf8_next(struct ol_span s, uint32_t *ret_cp)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char c;
	size_t len;
	uint32_t cp;

	if (!s.n)
		return 0;
	c = (unsigned char)s.p[0];
	if (c < 0x80) {
		*ret_cp = c;
		return 1;
	}
	if (c >= 0xc2 && c < 0xe0)
		len = 2;
	else if (c >= 0xe0 && c < 0xf0)
		len = 3;
	else if (c >= 0xf0 && c < 0xf5)
		len = 4;
	else
		return 0;
	if (s.n < len)
		return 0;
	cp = c & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		unsigned char d = (unsigned char)s.p[i];

		if ((d & 0xc0) != 0x80)
			return 0;
		cp = cp << 6 | (d & 0x3f);
	}
	if (cp < least[len] || cp > 0x10ffff || (cp >= 0xd800 && cp < 0xe000))
		return 0;
	*ret_cp = cp;
	return len;
}

static const char hex[] = "0123456789abcdef";

void ol_out_safe(struct ol_out *o, struct ol_span s)
{
	while (s.n) {
		uint32_t cp = 0;
		size_t k = 0, len;

		while (k < s.n && s.p[k] >= 0x20 && s.p[k] < 0x7f)
			k++;
		ol_out_bytes(o, s.p, k);
		s = ol_span_skip(s, k);
		if (!s.n)
			break;
		len = ol_utf8_next(s, &cp);
		if (!len || ol_cp_unseen(cp) || o->ascii) {
			for (size_t i = 0; i < (len ? len : 1); i++) {
				unsigned char c = (unsigned char)s.p[i];
				char esc[4] = { '\\', 'x', hex[c >> 4], hex[c & 15] };

				ol_out_bytes(o, esc, sizeof(esc));
			}
		} else {
			ol_out_bytes(o, s.p, len);
		}
		s = ol_span_skip(s, len ? len : 1);
	}
}

typedef uint8_t v16 __attribute__((vector_size(16)));

static inline bool plain16(const char *p)
{
	uint64_t half[2];
	v16 v, odd;

	memcpy(&v, p, 16);
	odd = (v16)((v < 0x20) | (v > 0x7e) | (v == '"') | (v == '\\'));
	memcpy(half, &odd, 16);
	return !(half[0] | half[1]);
}

/* Do the eight bytes @v stand for themselves? A sum has its bit 7 for each byte that does. */
static inline bool plain8(uint64_t v)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
	uint64_t not_low = v + 0x60 * ones, not_del = ~(v + ones);
	uint64_t not_quote = (v ^ '"' * ones) + 0x7f * ones;
	uint64_t not_slash = (v ^ '\\' * ones) + 0x7f * ones;

	return (not_low & not_del & not_quote & not_slash & ~v & high) == high;
}

/* The same for @n of them, 4 to 16. */
static inline bool plain_few(const char *p, size_t n)
{
	uint64_t a = 0, b = 0;
	uint32_t c, d;

	if (n >= 8) {
		memcpy(&a, p, 8);
		memcpy(&b, p + n - 8, 8);
		return plain8(a) && plain8(b);
	}
	memcpy(&c, p, 4);
	memcpy(&d, p + n - 4, 4);
	return plain8((uint64_t)c << 32 | d);
}

size_t ol_json_plain(struct ol_span s)
{
	size_t k = 0;

	/* most are names */
	if (s.n >= 4 && s.n <= 16 && plain_few(s.p, s.n))
		return s.n;

	for (; s.n - k >= 16 && plain16(s.p + k); k += 16)
		;
	/* what is left of a longer text, with some of it once more */
	if (s.n - k < 16 && s.n >= 16 && plain16(s.p + s.n - 16))
		return s.n;
	while (k < s.n && s.p[k] >= 0x20 && s.p[k] < 0x7f && s.p[k] != '"' && s.p[k] != '\\')
		k++;
	return k;
}

/* \uXXXX */
static void put_u16(struct ol_out *o, uint32_t v)
{
	char esc[6] = { '\\',       'u', hex[v >> 12 & 15], hex[v >> 8 & 15], hex[v >> 4 & 15],
			hex[v & 15] };

	ol_out_bytes(o, esc, sizeof(esc));
}

void ol_out_json_text(struct ol_out *o, struct ol_span s)
{
	while (s.n) {
		uint32_t cp = 0;
		size_t k = ol_json_plain(s), len;

		ol_out_bytes(o, s.p, k);
		s = ol_span_skip(s, k);
		if (!s.n)
			break;
		len = ol_utf8_next(s, &cp);
		if (!len) {
			ol_out_str(o, "\\ufffd");
		} else if (cp == '"' || cp == '\\') {
			char esc[2] = { '\\', (char)cp };

			ol_out_bytes(o, esc, sizeof(esc));
		} else if (ol_cp_unseen(cp)) {
			/* beyond 16 bits a pair of surrogates */
			if (cp >= 0x10000)
				put_u16(o, 0xd7c0 + (cp >> 10));
			put_u16(o, cp >= 0x10000 ? 0xdc00 | (cp & 0x3ff) : cp);
		} else {
			ol_out_bytes(o, s.p, len);
		}
		s = ol_span_skip(s, len ? len : 1);
	}
}

void ol_out_json_quoted(struct ol_out *o, struct ol_span s)
{
	char *p = ol_out_room(o, s.n + 2);

	if (p && ol_json_plain(s) == s.n) {
		*p = '"';
		ol_bytes_copy(p + 1, s.p, s.n);
		p[s.n + 1] = '"';
		ol_out_add(o, s.n + 2);
		return;
	}
	ol_out_char(o, '"');
	ol_out_json_text(o, s);
	ol_out_char(o, '"');
}

void ol_json_init(struct ol_json *j, struct ol_out *o)
{
	*j = (struct ol_json){ .o = o };
}

/* Comma and key at @p, where there is room for @n + LEAD bytes. */
enum { LEAD = 4 };
static inline char *put_lead(struct ol_json *j, char *p, const char *key, size_t n)
{
	if (j->more >> j->depth & 1)
		*p++ = ',';
	j->more |= UINT64_C(1) << j->depth;
	if (!key)
		return p;
	*p++ = '"';
	ol_bytes_copy(p, key, n);
	memcpy(p + n, "\":", 2);
	return p + n + 2;
}

static void lead(struct ol_json *j, const char *key, size_t n)
{
	char *p = ol_out_room(j->o, n + LEAD);

	if (p)
		ol_out_add(j->o, (size_t)(put_lead(j, p, key, n) - p));
}

void ol_json_open_n(struct ol_json *j, const char *key, size_t n, char bracket)
{
	char *p = ol_out_room(j->o, n + LEAD + 1), *to;

	if (p) {
		to = put_lead(j, p, key, n);
		*to++ = bracket;
		ol_out_add(j->o, (size_t)(to - p));
	}
	if (j->depth < 63)
		j->depth++;
	j->more &= ~(UINT64_C(1) << j->depth);
}

void ol_json_close(struct ol_json *j, char bracket)
{
	if (j->depth)
		j->depth--;
	ol_out_char(j->o, bracket);
}

void ol_json_key(struct ol_json *j, struct ol_span key)
{
	lead(j, NULL, 0);
	ol_out_char(j->o, '"');
	ol_out_json_text(j->o, key);
	ol_out_bytes(j->o, "\":", 2);
	/* the value that follows must not put a comma of its own */
	j->more &= ~(UINT64_C(1) << j->depth);
}

static void number(struct ol_json *j, const char *key, size_t n, uint64_t v, bool negative)
{
	char *p = ol_out_room(j->o, n + LEAD + 1 + OL_U64_ROOM), *to;

	if (!p)
		return;
	to = put_lead(j, p, key, n);
	if (negative)
		*to++ = '-';
	ol_out_add(j->o, (size_t)(ol_put_u64(to, v) - p));
}

void ol_json_u64_n(struct ol_json *j, const char *key, size_t n, uint64_t v)
{
	number(j, key, n, v, false);
}

void ol_json_i64_n(struct ol_json *j, const char *key, size_t n, int64_t v)
{
	number(j, key, n, v < 0 ? -(uint64_t)v : (uint64_t)v, v < 0);
}

void ol_json_bool(struct ol_json *j, const char *key, bool v)
{
	lead(j, key, ol_key_len(key));
	ol_out_span(j->o, v ? OL_SPAN("true") : OL_SPAN("false"));
}

void ol_json_span_n(struct ol_json *j, const char *key, size_t n, struct ol_span s)
{
	char *p = ol_out_room(j->o, n + LEAD + s.n + 2), *to;

	if (!p || ol_json_plain(s) != s.n) {
		lead(j, key, n);
		ol_out_json_quoted(j->o, s);
		return;
	}
	to = put_lead(j, p, key, n);
	*to++ = '"';
	ol_bytes_copy(to, s.p, s.n);
	to[s.n] = '"';
	ol_out_add(j->o, (size_t)(to + s.n + 1 - p));
}

void ol_json_raw(struct ol_json *j, struct ol_span value)
{
	lead(j, NULL, 0);
	ol_out_span(j->o, value);
}

void ol_json_str(struct ol_json *j, const char *key, const char *s)
{
	ol_json_span(j, key, ol_span_str(s));
}

void ol_json_fixed(struct ol_json *j, const char *key, int64_t v, unsigned digits)
{
	uint64_t u = v < 0 ? -(uint64_t)v : (uint64_t)v, unit = 1;

	for (unsigned i = 0; i < digits; i++)
		unit *= 10;
	lead(j, key, ol_key_len(key));
	if (v < 0)
		ol_out_char(j->o, '-');
	ol_out_u64(j->o, u / unit);
	if (!digits)
		return;
	ol_out_char(j->o, '.');
	for (unit /= 10; unit; unit /= 10)
		ol_out_char(j->o, (char)('0' + u / unit % 10));
}
