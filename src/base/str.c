#include "str.h"

bool
str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static bool
ieq(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ascii_up(a[i]) != ascii_up(b[i]))
			return false;
	return true;
}

bool
str_ieq(struct str a, struct str b)
{
	return a.n == b.n && ieq(a.p, b.p, a.n);
}

bool
str_starts(struct str s, struct str prefix)
{
	return s.n >= prefix.n &&
	    (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

bool
str_istarts(struct str s, struct str prefix)
{
	return s.n >= prefix.n && ieq(s.p, prefix.p, prefix.n);
}

bool
str_iends(struct str s, struct str suffix)
{
	return s.n >= suffix.n &&
	    ieq(s.p + (s.n - suffix.n), suffix.p, suffix.n);
}

bool
str_cut(struct str *s, char sep, struct str *head_r)
{
	const char *q = s->n ? memchr(s->p, sep, s->n) : NULL;

	if (q == NULL) {
		*head_r = *s;
		*s = (struct str){ s->p ? s->p + s->n : NULL, 0 };
		return false;
	}
	*head_r = (struct str){ s->p, (size_t)(q - s->p) };
	s->n -= head_r->n + 1;
	s->p = q + 1;
	return true;
}

struct str
str_trim(struct str s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t')) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

bool
str_u64(struct str s, uint64_t max, uint64_t *v_r)
{
	uint64_t v = 0;

	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned d = (unsigned char)s.p[i] - (unsigned)'0';

		if (d > 9 || v > (UINT64_MAX - d) / 10)
			return false;
		v = v * 10 + d;
		if (v > max)
			return false;
	}
	*v_r = v;
	return true;
}

bool
str_glob(struct str pat, struct str s, bool icase)
{
	size_t i = 0, j = 0, star = SIZE_MAX, mark = 0;

	while (j < s.n) {
		char c = s.p[j];

		if (i < pat.n && pat.p[i] == '*') {
			star = i++;
			mark = j;
		} else if (i < pat.n && (pat.p[i] == '?' || pat.p[i] == c ||
		    (icase && ascii_up(pat.p[i]) == ascii_up(c)))) {
			i++;
			j++;
		} else if (star != SIZE_MAX) {
			i = star + 1;
			j = ++mark;
		} else {
			return false;
		}
	}
	while (i < pat.n && pat.p[i] == '*')
		i++;
	return i == pat.n;
}

/* Length of the sequence at p, 0 if it is not valid. */
static size_t
utf8_one(const unsigned char *p, size_t n)
{
	static const struct { unsigned lead, mask, len, min; } form[] = {
		{ 0xc0, 0xe0, 2, 0x80 },
		{ 0xe0, 0xf0, 3, 0x800 },
		{ 0xf0, 0xf8, 4, 0x10000 },
	};

	if (p[0] < 0x80)
		return p[0] != 0;
	for (size_t f = 0; f < 3; f++) {
		if ((p[0] & form[f].mask) != form[f].lead)
			continue;
		unsigned v = p[0] & ~form[f].mask & 0xff;

		if (n < form[f].len)
			return 0;
		for (size_t i = 1; i < form[f].len; i++) {
			if ((p[i] & 0xc0) != 0x80)
				return 0;
			v = v << 6 | (p[i] & 0x3f);
		}
		if (v < form[f].min || v > 0x10ffff ||
		    (v >= 0xd800 && v <= 0xdfff))
			return 0;
		return form[f].len;
	}
	return 0;
}

bool
str_utf8(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;

	for (size_t i = 0; i < s.n;) {
		size_t k = utf8_one(p + i, s.n - i);

		if (k == 0)
			return false;
		i += k;
	}
	return true;
}

uint32_t
str_take_utf8(struct str *s)
{
	unsigned char u = (unsigned char)s->p[0];
	size_t n = u < 0x80 ? 1 : u < 0xe0 ? 2 : u < 0xf0 ? 3 : 4;
	uint32_t c = n == 1 ? u : u & (0x7fu >> n);

	for (size_t i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)s->p[i] & 0x3f);
	s->p += n;
	s->n -= n;
	return c;
}

void
str_wipe(void *p, size_t n)
{
	explicit_bzero(p, n);
}
