#include "html_out.h"

#include <stdlib.h>

enum { FIRST_ROOM = 4096 };

void
html_out_init(struct html_out *o, size_t max)
{
	*o = (struct html_out){ .max = max };
}

void
html_out_fini(struct html_out *o)
{
	free(o->p);
	*o = (struct html_out){ 0 };
}

void
html_out_grow(struct html_out *o, size_t n)
{
	size_t room = o->room == 0 ? FIRST_ROOM : o->room;
	char *p;

	if (o->full || n > o->max - o->n) {
		o->full = true;
		return;
	}
	while (room - o->n < n)
		room *= 2;
	if (room > o->max)
		room = o->max;
	p = realloc(o->p, room);
	if (p == NULL) {
		o->full = true;
		return;
	}
	o->p = p;
	o->room = room;
}

/* What an octet becomes: itself, nothing, or a reference. */
enum { ITSELF, GONE, CR, LT, GT, AMP, QUOT };

static const unsigned char fate[256] = {
	[0x00 ... 0x08] = GONE, [0x0b] = GONE, ['\r'] = CR,
	[0x0e ... 0x1f] = GONE, [0x7f] = GONE,
	['<'] = LT, ['>'] = GT, ['&'] = AMP, ['"'] = QUOT,
};

static const struct str written[] = {
	[GONE] = { "", 0 }, [CR] = { "\n", 1 }, [LT] = { "&lt;", 4 },
	[GT] = { "&gt;", 4 }, [AMP] = { "&amp;", 5 }, [QUOT] = { "&quot;", 6 },
};

/* Octets whose fate is as many as `as_is` stay. */
static void
put(struct html_out *o, struct str s, const bool as_is[])
{
	const char *p = s.p, *end = s.p + s.n, *from = p;

	for (; p < end; p++) {
		unsigned char f = fate[(unsigned char)*p];

		if (f == ITSELF || as_is[f])
			continue;
		html_put(o, (struct str){ from, (size_t)(p - from) });
		if (f != CR || p + 1 == end || p[1] != '\n')
			html_put(o, written[f]);
		from = p + 1;
	}
	html_put(o, (struct str){ from, (size_t)(p - from) });
}

void
html_put_text(struct html_out *o, struct str text, bool raw)
{
	static const bool refs[QUOT + 1] = { [AMP] = true, [QUOT] = true };
	static const bool none[QUOT + 1] = { [QUOT] = true };

	put(o, text, raw ? none : refs);
}

void
html_put_quoted(struct html_out *o, struct str value)
{
	static const bool none[QUOT + 1] = { false };

	html_put_char(o, '"');
	put(o, value, none);
	html_put_char(o, '"');
}

void
html_put_rune(struct html_out *o, uint32_t c)
{
	if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		c = 0xfffd;
	if (c < 0x80) {
		html_put_char(o, (char)c);
	} else if (c < 0x800) {
		html_put_char(o, (char)(0xc0 | c >> 6));
		html_put_char(o, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		html_put_char(o, (char)(0xe0 | c >> 12));
		html_put_char(o, (char)(0x80 | (c >> 6 & 0x3f)));
		html_put_char(o, (char)(0x80 | (c & 0x3f)));
	} else {
		html_put_char(o, (char)(0xf0 | c >> 18));
		html_put_char(o, (char)(0x80 | (c >> 12 & 0x3f)));
		html_put_char(o, (char)(0x80 | (c >> 6 & 0x3f)));
		html_put_char(o, (char)(0x80 | (c & 0x3f)));
	}
}
