#include <stdint.h>

#include "base64.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t
base64_enc(char *out, struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t w = 0;

	for (size_t i = 0; i < s.n; i += 3) {
		size_t k = s.n - i < 3 ? s.n - i : 3;
		uint32_t v = (uint32_t)p[i] << 16;

		if (k > 1)
			v |= (uint32_t)p[i + 1] << 8;
		if (k > 2)
			v |= p[i + 2];
		out[w++] = alphabet[v >> 18];
		out[w++] = alphabet[v >> 12 & 63];
		out[w++] = k > 1 ? alphabet[v >> 6 & 63] : '=';
		out[w++] = k > 2 ? alphabet[v & 63] : '=';
	}
	return w;
}

static int
value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool
base64_dec(char *out, struct str s, size_t *n_r)
{
	size_t w = 0;

	if (s.n % 4 != 0)
		return false;
	for (size_t i = 0; i < s.n; i += 4) {
		size_t pad = 0;
		uint32_t v = 0;

		if (i + 4 == s.n)
			pad = s.p[i + 3] == '=' ? 1 + (s.p[i + 2] == '=') : 0;
		for (size_t j = 0; j < 4; j++) {
			int d = j >= 4 - pad ? 0 : value(s.p[i + j]);

			if (d < 0)
				return false;
			v = v << 6 | (uint32_t)d;
		}
		/* bits that padding leaves over must be zero */
		if ((pad == 1 && v & 0xff) || (pad == 2 && v & 0xffff))
			return false;
		out[w++] = (char)(v >> 16);
		if (pad < 2)
			out[w++] = (char)(v >> 8);
		if (pad < 1)
			out[w++] = (char)v;
	}
	*n_r = w;
	return true;
}
