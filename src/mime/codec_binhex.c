#include "codec_impl.h"

enum {
	/* Behind it comes how often the octet before it occurs. */
	RUN = 0x90,
	/*
	 * Of a file's header: behind the name a NUL, type, creator, flags,
	 * the lengths of both forks, a checksum.
	 */
	BEHIND_NAME = 1 + 4 + 4 + 2 + 4 + 4 + 2,
	AT_LENGTH = 1 + 4 + 4 + 2,
};

static const char digits[] = "!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ["
    "`abcdefhijklmpqr";

static void
end_header(struct mime_codec *c)
{
	const unsigned char *p = (const unsigned char *)c->hold;
	const unsigned char *n = p + 1 + p[0] + AT_LENGTH;

	c->name_n = p[0];
	memcpy(c->name, c->hold + 1, c->name_n);
	c->left = (uint64_t)n[0] << 24 | (uint64_t)n[1] << 16 |
	    (uint64_t)n[2] << 8 | n[3];
	c->at = MIME_CODEC_DATA;
	c->done = c->left == 0;
}

/* An octet of the file, its header first. */
static char *
put(struct mime_codec *c, char *out, unsigned char octet)
{
	c->last = octet;
	if (c->at == MIME_CODEC_HEADER) {
		c->hold[c->held++] = (char)octet;
		if (c->held == 1u + (unsigned char)c->hold[0] + BEHIND_NAME)
			end_header(c);
	} else if (c->left > 0) {
		*out++ = (char)octet;
		c->done = --c->left == 0;
	}
	return out;
}

/* What the digits make, runs not yet undone. */
static char *
packed(struct mime_codec *c, char *out, unsigned char octet)
{
	if (!c->run && octet == RUN) {
		c->run = true;
		return out;
	}
	if (!c->run)
		return put(c, out, octet);
	c->run = false;
	if (octet == 0)
		return put(c, out, RUN);
	for (unsigned i = 1; i < octet && !c->done; i++)
		out = put(c, out, c->last);
	return out;
}

static void
begin(struct mime_codec *c)
{
	c->at = MIME_CODEC_HEADER;
	c->have = 0;
	c->held = 0;
	c->run = false;
	c->last = 0;
}

/* The colon that begins a file begins a line; before it stands anything. */
static void
colon(struct mime_codec *c, char octet)
{
	if (octet == ':' && c->held == 0)
		begin(c);
	else
		c->held = octet != '\r' && octet != '\n';
}

/* What is none is passed over.  Two colons with no file between are no end. */
static char *
digit(struct mime_codec *c, char *out, char octet)
{
	const char *at = octet != '\0' ? strchr(digits, octet) : NULL;

	if (octet == ':' && c->at == MIME_CODEC_HEADER)
		begin(c);
	else
		c->done = octet == ':';
	if (at == NULL)
		return out;
	c->bits = c->bits << 6 | (uint32_t)(at - digits);
	c->have += 6;
	if (c->have < 8)
		return out;
	c->have -= 8;
	return packed(c, out, (unsigned char)(c->bits >> c->have));
}

char *
mime_binhex_feed(struct mime_codec *c, struct str *in, char *out)
{
	size_t i = 0;

	while (i < in->n && !c->done) {
		char octet = in->p[i++];

		if (c->at == MIME_CODEC_BEFORE) {
			if (mime_codec_begins(c, octet,
			    STR("(This file must be converted with BinHex")))
				c->at = MIME_CODEC_COLON;
		} else if (c->at == MIME_CODEC_COLON) {
			colon(c, octet);
		} else {
			out = digit(c, out, octet);
		}
	}
	in->n = i;
	return out;
}
