#include "fold.h"

/* The character at the front of valid UTF-8. */
static uint32_t
take(struct str *s)
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

size_t
fold_chars(struct str s, bool fold, uint32_t *out)
{
	size_t n = 0;

	while (s.n > 0) {
		uint32_t c = take(&s);

		if (fold && c >= 'A' && c <= 'Z')
			c += 'a' - 'A';
		out[n++] = c;
	}
	return n;
}
