#include "utf7.h"

/* Base64 with ',' for '/', no padding. */
static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

static int
digit(char c)
{
	const char *p = c != '\0' ? strchr(alphabet, c) : NULL;

	return p != NULL ? (int)(p - alphabet) : -1;
}

static bool
printable(unsigned c)
{
	return c >= 0x20 && c < 0x7f;
}

static size_t
put_utf8(char *out, unsigned c)
{
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	if (n == 1) {
		out[0] = (char)c;
		return 1;
	}
	for (size_t i = n; --i > 0; c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)((0xf00 >> n & 0xff) | c);
	return n;
}

/*
 * UTF-16 units as they come, into *out_r.  *high holds the first half of a
 * pair.  false: half a pair, or what is written without base64.
 */
static bool
put_unit(char **out_r, unsigned unit, unsigned *high)
{
	bool low = unit >= 0xdc00 && unit < 0xe000;
	unsigned c = unit;

	if ((*high != 0) != low)
		return false;
	if (unit >= 0xd800 && unit < 0xdc00) {
		*high = unit;
		return true;
	}
	if (low)
		c = 0x10000 + ((*high & 0x3ff) << 10) + (unit & 0x3ff);
	*high = 0;
	if (c == 0 || printable(c))
		return false;
	*out_r += put_utf8(*out_r, c);
	return true;
}

/* The base64 of a shift up to its '-', which is taken too. */
static bool
decode_shift(struct str *s, char **out_r)
{
	unsigned bits = 0, have = 0, high = 0;
	size_t i;
	int d;

	for (i = 0; i < s->n && (d = digit(s->p[i])) >= 0; i++) {
		bits = (bits << 6 | (unsigned)d) & 0x3fffff;
		have += 6;
		if (have < 16)
			continue;
		have -= 16;
		if (!put_unit(out_r, bits >> have & 0xffff, &high))
			return false;
	}
	if (i == 0 || i == s->n || s->p[i] != '-' || high != 0 ||
	    have >= 6 || (bits & ((1u << have) - 1)) != 0)
		return false;
	s->p += i + 1;
	s->n -= i + 1;
	/* two shifts side by side are one */
	return s->n < 2 || s->p[0] != '&' || s->p[1] == '-';
}

bool
imap_utf7_decode(char *out, struct str s, size_t *n_r)
{
	char *p = out;

	while (s.n > 0) {
		char c = *s.p++;

		s.n--;
		if (!printable((unsigned char)c))
			return false;
		if (c != '&') {
			*p++ = c;
		} else if (s.n > 0 && s.p[0] == '-') {
			*p++ = '&';
			s.p++;
			s.n--;
		} else if (!decode_shift(&s, &p)) {
			return false;
		}
	}
	*n_r = (size_t)(p - out);
	return true;
}

/* Base64 being written. */
struct shift {
	char *out;
	unsigned bits, have;
};

static void
put_bits(struct shift *t, unsigned unit)
{
	t->bits = (t->bits << 16 | unit) & 0x3fffff;
	for (t->have += 16; t->have >= 6; t->have -= 6)
		*t->out++ = alphabet[t->bits >> (t->have - 6) & 0x3f];
}

static void
put_char(struct shift *t, unsigned c)
{
	if (c < 0x10000) {
		put_bits(t, c);
		return;
	}
	put_bits(t, 0xd800 | (c - 0x10000) >> 10);
	put_bits(t, 0xdc00 | ((c - 0x10000) & 0x3ff));
}

/* Everything up to the next printable octet, as one shift. */
static char *
encode_shift(char *out, struct str *s)
{
	struct shift t = { .out = out };

	*t.out++ = '&';
	while (s->n > 0 && !printable((unsigned char)s->p[0]))
		put_char(&t, str_take_utf8(s));
	if (t.have > 0)
		*t.out++ = alphabet[t.bits << (6 - t.have) & 0x3f];
	*t.out++ = '-';
	return t.out;
}

bool
imap_utf7_encode(char *out, struct str s, size_t *n_r)
{
	char *p = out;

	if (!str_utf8(s))
		return false;
	while (s.n > 0) {
		if (!printable((unsigned char)s.p[0])) {
			p = encode_shift(p, &s);
			continue;
		}
		*p++ = *s.p;
		if (*s.p == '&')
			*p++ = '-';
		s.p++;
		s.n--;
	}
	*n_r = (size_t)(p - out);
	return true;
}

bool
imap_is_inbox(struct str name)
{
	return str_ieq(name, STR("INBOX"));
}
