#include <assert.h>
#include <stdio.h>

#include "vis.h"

static size_t
one(char out[VIS_MAX + 1], unsigned char c)
{
	if (c == '\\' || c == '"')
		return (size_t)snprintf(out, VIS_MAX + 1, "\\%c", c);
	if (c >= 0x20 && c < 0x7f)
		return (size_t)snprintf(out, VIS_MAX + 1, "%c", c);
	return (size_t)snprintf(out, VIS_MAX + 1, "\\x%02X", c);
}

char *
vis(char *out, size_t size, struct str s)
{
	size_t w = 0, safe = 0;

	assert(size >= 8);
	for (size_t i = 0; i < s.n; i++) {
		char e[VIS_MAX + 1];
		size_t k = one(e, (unsigned char)s.p[i]);

		if (w + k > size - 1) {
			memcpy(out + safe, "...", 4);
			return out;
		}
		memcpy(out + w, e, k);
		w += k;
		/* size: "..." and its NUL must still fit behind safe */
		if (w + 4 <= size)
			safe = w;
	}
	out[w] = '\0';
	return out;
}
