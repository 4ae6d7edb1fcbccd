#include "codec_impl.h"

#include <assert.h>

#include "hex.h"

enum {
	/* "_" and a line's end make 63 octets. */
	UU_GROWTH = 32,
	/* Octets of base64 that are no digits. */
	JUNK = 64, SPACE, PAD, URL62, URL63,
};

/* ---- base64 ---- */

static const uint8_t digits[256] = {
	[0 ... 8] = JUNK, [11 ... 12] = JUNK, [14 ... 31] = JUNK,
	['!' ... '*'] = JUNK, [','] = JUNK, ['.'] = JUNK, [':' ... '<'] = JUNK,
	['>' ... '@'] = JUNK, ['[' ... '^'] = JUNK, ['`'] = JUNK,
	['{' ... 255] = JUNK, [' '] = SPACE, ['\t'] = SPACE, ['\r'] = SPACE,
	['\n'] = SPACE, ['='] = PAD, ['-'] = URL62, ['_'] = URL63,
	['A'] = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17,
	18, 19, 20, 21, 22, 23, 24, 25,
	['a'] = 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
	41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51,
	['0'] = 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, ['+'] = 62,
	['/'] = 63,
};

/* What the digits at hand give, all but the last bits. */
static char *
b64_flush(struct mime_codec *c, char *out)
{
	unsigned n = c->have * 6 / 8, spare = c->have * 6 % 8;

	for (unsigned i = 0; i < n && !c->stopped; i++)
		*out++ = (char)(c->bits >> (spare + 8 * (n - 1 - i)));
	c->bits = 0;
	c->have = 0;
	return out;
}

static char *
b64_digit(struct mime_codec *c, char *out, unsigned digit)
{
	if (c->odd)
		c->flags |= MIME_B64_LINE;
	if (c->padded)
		c->flags |= MIME_B64_AFTER;
	if (c->pad > 0)
		c->flags |= MIME_B64_PAD;
	c->padded = false;
	c->pad = 0;
	c->line++;
	c->bits = c->bits << 6 | digit;
	return ++c->have == 4 ? b64_flush(c, out) : out;
}

static char *
b64_pad(struct mime_codec *c, char *out)
{
	if (c->have > 1)
		c->pad = 3 - c->have;
	else if (c->have == 0 && c->pad > 0)
		c->pad--;
	else
		c->flags |= MIME_B64_PAD;
	c->line++;
	out = b64_flush(c, out);
	c->padded = true;
	if (!(c->options & MIME_CODEC_LOOSE))
		c->stopped = true;
	return out;
}

static char *
b64_other(struct mime_codec *c, char *out, char octet, unsigned what)
{
	switch (what) {
	case PAD:
		return b64_pad(c, out);
	case SPACE:
		if (octet != '\n')
			return out;
		c->odd = c->odd || c->line == 0 || c->line % 4 != 0;
		c->line = 0;
		return out;
	case URL62:
	case URL63:
		c->flags |= MIME_B64_URL;
		if (c->options & MIME_CODEC_URL)
			return b64_digit(c, out, what - URL62 + 62);
		return out;
	}
	c->flags |= MIME_B64_JUNK;
	return out;
}

static char *
b64_feed(struct mime_codec *c, struct str in, char *out)
{
	const uint8_t *p = (const uint8_t *)in.p, *end = p + in.n;

	while (p < end) {
		bool plain = c->have == 0 && !c->stopped && !c->padded &&
		    !c->odd;

		while (plain && end - p >= 4) {
			uint32_t a = digits[p[0]], b = digits[p[1]];
			uint32_t d = digits[p[2]], e = digits[p[3]];

			if ((a | b | d | e) >= JUNK)
				break;
			a = a << 18 | b << 12 | d << 6 | e;
			*out++ = (char)(a >> 16);
			*out++ = (char)(a >> 8);
			*out++ = (char)a;
			c->line += 4;
			p += 4;
		}
		if (p == end)
			break;
		out = digits[*p] < JUNK ? b64_digit(c, out, digits[*p]) :
		    b64_other(c, out, (char)*p, digits[*p]);
		p++;
	}
	return out;
}

static char *
b64_end(struct mime_codec *c, char *out)
{
	if (c->have > 0 || c->pad > 0)
		c->flags |= MIME_B64_PAD;
	return b64_flush(c, out);
}

/* ---- quoted-printable ---- */

static bool
blank(char c)
{
	return c == ' ' || c == '\t';
}

/* What is held was nothing but text. */
static char *
qp_text(struct mime_codec *c, char *out)
{
	size_t from = 0;

	if (c->held == MIME_CODEC_HOLD)
		c->flags |= MIME_QP_BLANKS;
	if (c->hold[0] == '=') {
		c->flags |= MIME_QP_BROKEN;
		from = c->options & MIME_CODEC_LOOSE ? 1 : 0;
	}
	memcpy(out, c->hold + from, c->held - from);
	out += c->held - from;
	c->held = 0;
	return out;
}

/*
 * The line ends: a soft break, or blanks at its end.  What ended it is the
 * caller's, but for the CR that is held.
 */
static char *
qp_line(struct mime_codec *c, char *out, bool *soft_r)
{
	bool cr = c->hold[c->held - 1] == '\r';
	size_t n = c->held - cr;

	*soft_r = c->hold[0] == '=';
	if (!*soft_r || n > 1)
		c->flags |= MIME_QP_BLANKS;
	if (!*soft_r && c->options & MIME_CODEC_LOOSE) {
		memcpy(out, c->hold, n);
		out += n;
	}
	if (!*soft_r && cr)
		*out++ = '\r';
	c->held = 0;
	return out;
}

/* May it follow what is held, which does not end by it? */
static bool
qp_goes_on(const struct mime_codec *c, char octet)
{
	char last = c->hold[c->held - 1];

	if (c->held == MIME_CODEC_HOLD || last == '\r')
		return false;
	if (mime_hex(octet) >= 0)
		return c->held == 1 && last == '=';
	return (octet == '\r' || blank(octet)) && mime_hex(last) < 0;
}

/* One octet behind what is held; false: it is still to be looked at. */
static bool
qp_held(struct mime_codec *c, char **out, char octet)
{
	bool coded = c->held == 2 && mime_hex(c->hold[1]) >= 0, soft;

	if (coded && mime_hex(octet) >= 0) {
		if (c->hold[1] >= 'a' || octet >= 'a')
			c->flags |= MIME_QP_LOWER;
		*(*out)++ = (char)(mime_hex(c->hold[1]) << 4 | mime_hex(octet));
		c->held = 0;
		return true;
	}
	if (octet == '\n' && !coded) {
		*out = qp_line(c, *out, &soft);
		return soft;
	}
	if (qp_goes_on(c, octet)) {
		c->hold[c->held++] = octet;
		return true;
	}
	*out = qp_text(c, *out);
	return false;
}

static char *
qp_feed(struct mime_codec *c, struct str in, char *out)
{
	for (size_t i = 0; i < in.n; i++) {
		char octet = in.p[i];
		unsigned char u = (unsigned char)octet;

		if (c->held > 0 && qp_held(c, &out, octet))
			continue;
		if (octet == '=' || blank(octet)) {
			c->hold[c->held++] = octet;
			continue;
		}
		if (u > '~' || (u < ' ' && u != '\r' && u != '\n'))
			c->flags |= MIME_QP_OCTET;
		*out++ = octet;
	}
	return out;
}

static char *
qp_end(struct mime_codec *c, char *out)
{
	bool soft;

	if (c->held == 0)
		return out;
	if (c->hold[0] == '=')
		c->flags |= MIME_QP_CUT;
	if (c->held == 2 && mime_hex(c->hold[1]) >= 0)
		return qp_text(c, out);
	return qp_line(c, out, &soft);
}

/* ---- uuencode ---- */

static unsigned
uu_digit(struct mime_codec *c, struct str line, size_t i)
{
	/* blanks at a line's end get lost on the way */
	if (i >= line.n)
		return 0;
	if (line.p[i] < ' ' || line.p[i] > '`')
		c->flags |= MIME_UU_LINE;
	return ((unsigned char)line.p[i] - 32u) & 63;
}

static char *
uu_data(struct mime_codec *c, struct str line, char *out)
{
	unsigned n = uu_digit(c, line, 0), need = (n + 2) / 3 * 4;

	/* some write a checksum behind it */
	if (line.n < 1 + need || line.n > 2 + need)
		c->flags |= MIME_UU_LINE;
	for (unsigned i = 0, at = 1; i < n; i += 3, at += 4) {
		uint32_t bits = uu_digit(c, line, at) << 18 |
		    uu_digit(c, line, at + 1) << 12 |
		    uu_digit(c, line, at + 2) << 6 |
		    uu_digit(c, line, at + 3);

		for (unsigned k = 0; k < 3 && i + k < n; k++)
			*out++ = (char)(bits >> (16 - 8 * k));
	}
	return out;
}

/* "begin 644 name" */
static bool
uu_begin(struct mime_codec *c, struct str line)
{
	size_t at = 6;

	if (!str_starts(line, STR("begin ")))
		return false;
	while (at < line.n && line.p[at] >= '0' && line.p[at] <= '7')
		at++;
	if (at < 9 || at > 10 || at == line.n || line.p[at] != ' ')
		return false;
	c->name_n = line.n - at - 1;
	memcpy(c->name, line.p + at + 1, c->name_n);
	return true;
}

static char *
uu_line(struct mime_codec *c, char *out)
{
	struct str line = { c->hold, c->held };

	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	if (!c->begun)
		c->begun = !c->over && uu_begin(c, line);
	else if (c->over)
		c->flags |= MIME_UU_LINE;
	else if (str_eq(str_trim(line), STR("end")))
		c->done = true;
	else
		out = uu_data(c, line, out);
	c->held = 0;
	c->over = false;
	return out;
}

/* *in becomes what was taken. */
static char *
uu_feed(struct mime_codec *c, struct str *in, char *out)
{
	size_t i = 0;

	while (i < in->n && !c->done) {
		char octet = in->p[i++];

		if (octet == '\n')
			out = uu_line(c, out);
		else if (c->held < MIME_CODEC_HOLD)
			c->hold[c->held++] = octet;
		else
			c->over = true;
	}
	in->n = i;
	return out;
}

static char *
uu_end(struct mime_codec *c, char *out)
{
	if (c->held > 0 && !c->done)
		out = uu_line(c, out);
	if (!c->begun)
		c->flags |= MIME_UU_NONE;
	else if (!c->done)
		c->flags |= MIME_UU_OPEN;
	return out;
}

/* ---- all ---- */

/* Octets that one may make. */
static const size_t growth[] = {
	[MIME_CODEC_BASE64] = 1, [MIME_CODEC_QP] = 1,
	[MIME_CODEC_UU] = UU_GROWTH, [MIME_CODEC_YENC] = 1,
	[MIME_CODEC_BINHEX] = MIME_CODEC_GROWTH,
};

void
mime_codec_init(struct mime_codec *c, enum mime_codec_kind kind,
    unsigned options)
{
	*c = (struct mime_codec){ .kind = kind, .options = options };
}

size_t
mime_codec_feed(struct mime_codec *c, struct str in, char *out, size_t room,
    size_t *n_r)
{
	char *end = out;
	size_t fits;

	assert(room >= MIME_CODEC_ROOM);
	fits = (room - MIME_CODEC_HOLD) / growth[c->kind];
	if (in.n > fits)
		in.n = fits;
	if (c->kind == MIME_CODEC_BASE64)
		end = b64_feed(c, in, out);
	else if (c->kind == MIME_CODEC_QP)
		end = qp_feed(c, in, out);
	else if (c->kind == MIME_CODEC_UU)
		end = uu_feed(c, &in, out);
	else if (c->kind == MIME_CODEC_YENC)
		end = mime_yenc_feed(c, &in, out);
	else
		end = mime_binhex_feed(c, &in, out);
	*n_r = (size_t)(end - out);
	assert(*n_r <= room);
	return in.n;
}

void
mime_codec_end(struct mime_codec *c, char *out, size_t room, size_t *n_r)
{
	char *end = out;

	assert(room >= MIME_CODEC_ROOM);
	if (c->kind == MIME_CODEC_BASE64)
		end = b64_end(c, out);
	else if (c->kind == MIME_CODEC_QP)
		end = qp_end(c, out);
	else if (c->kind == MIME_CODEC_UU)
		end = uu_end(c, out);
	*n_r = (size_t)(end - out);
}
