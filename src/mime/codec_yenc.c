#include "codec_impl.h"

enum {
	/* Added to each octet, and once more behind '='. */
	SHIFT = 42, SHIFT_ESCAPED = 64,
};

bool
mime_codec_begins(struct mime_codec *c, char octet, struct str word)
{
	struct str line = { c->hold, c->held };

	if (octet != '\n') {
		if (c->held < MIME_CODEC_HOLD)
			c->hold[c->held++] = octet;
		return false;
	}
	c->held = 0;
	return str_starts(line, word);
}

/*
 * "=ybegin line=128 size=9 name=a name": it is the last, and some quote it.
 */
static void
note_name(struct mime_codec *c, struct str line)
{
	struct str word = STR(" name=");
	const char *at = memmem(line.p, line.n, word.p, word.n);

	if (at == NULL)
		return;
	line.n -= (size_t)(at - line.p) + word.n;
	line = str_trim((struct str){ at + word.n, line.n });
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	if (line.n > 1 && line.p[0] == '"' && line.p[line.n - 1] == '"') {
		line.p++;
		line.n -= 2;
	}
	c->name_n = line.n;
	memcpy(c->name, line.p, line.n);
}

static void
before(struct mime_codec *c, char octet)
{
	struct str line = { c->hold, c->held };

	if (!mime_codec_begins(c, octet, STR("=ybegin ")))
		return;
	note_name(c, line);
	c->at = MIME_CODEC_LINE;
}

static char *
put(struct mime_codec *c, char *out, char octet, unsigned shift)
{
	*out++ = (char)((unsigned char)octet - shift);
	c->at = MIME_CODEC_DATA;
	return out;
}

/* Behind '=' at the beginning of a line: a word of yEnc's, or an octet. */
static char *
word(struct mime_codec *c, char *out, char octet)
{
	if (octet != 'y')
		return put(c, out, octet, SHIFT + SHIFT_ESCAPED);
	c->held = 0;
	c->at = MIME_CODEC_SKIP;
	return out;
}

static void
skip(struct mime_codec *c, char octet)
{
	struct str line = { c->hold, c->held };

	if (octet == '\n')
		c->at = MIME_CODEC_LINE;
	else if (c->held < MIME_CODEC_HOLD)
		c->hold[c->held++] = octet;
	c->done = octet == '\n' && str_starts(line, STR("end"));
}

static char *
data(struct mime_codec *c, char *out, char octet)
{
	bool line = c->at == MIME_CODEC_LINE;

	if (octet == '\r')
		return out;
	if (octet == '\n')
		c->at = MIME_CODEC_LINE;
	else if (octet == '=')
		c->at = line ? MIME_CODEC_WORD : MIME_CODEC_ESCAPE;
	else
		out = put(c, out, octet, SHIFT);
	return out;
}

static char *
one(struct mime_codec *c, char *out, char octet)
{
	switch (c->at) {
	case MIME_CODEC_BEFORE:
		before(c, octet);
		return out;
	case MIME_CODEC_WORD:
		return word(c, out, octet);
	case MIME_CODEC_SKIP:
		skip(c, octet);
		return out;
	case MIME_CODEC_ESCAPE:
		return put(c, out, octet, SHIFT + SHIFT_ESCAPED);
	default:
		return data(c, out, octet);
	}
}

char *
mime_yenc_feed(struct mime_codec *c, struct str *in, char *out)
{
	size_t i = 0;

	while (i < in->n && !c->done)
		out = one(c, out, in->p[i++]);
	in->n = i;
	return out;
}
