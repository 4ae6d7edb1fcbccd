#include "word.h"

#include "codec.h"
#include "hex.h"

struct word {
	struct str charset, text;
	char encoding;		/* 'B' or 'Q' */
	size_t n;		/* octets of all of it */
};

struct words {
	struct mime_charsets *charsets;
	char *out;
	char *raw;		/* octets of words that go together */
	size_t nraw;
	struct str charset;	/* theirs */
	uint64_t *flags;
};

/* "=?charset*language?q?text?=" at the front of in. */
static bool
parse_word(struct str in, struct word *w)
{
	struct str rest = in, encoding;

	if (!str_starts(in, STR("=?")))
		return false;
	rest.p += 2;
	rest.n -= 2;
	if (!str_cut(&rest, '?', &w->charset) ||
	    !str_cut(&rest, '?', &encoding) ||
	    !str_cut(&rest, '?', &w->text) || rest.n == 0 ||
	    rest.p[0] != '=' || encoding.n != 1 || w->charset.n == 0)
		return false;
	w->encoding = ascii_up(encoding.p[0]);
	w->n = (size_t)(rest.p + 1 - in.p);
	str_cut(&w->charset, '*', &encoding);
	w->charset = encoding;
	return w->encoding == 'B' || w->encoding == 'Q';
}

static bool
space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* May it stand beside a word?  Parentheses: a word in a comment. */
static bool
apart(char c)
{
	return space(c) || c == '(' || c == ')';
}

static void
decode_q(struct words *s, struct str in)
{
	for (size_t i = 0; i < in.n; i++) {
		int octet = mime_hex_pair(in, i + 1);
		char c = in.p[i];

		if (c == '=' && octet >= 0) {
			c = (char)octet;
			i += 2;
		} else if (c == '=') {
			*s->flags |= MIME_QP_BROKEN;
		} else if (c == '_') {
			c = ' ';
		}
		s->raw[s->nraw++] = c;
	}
}

static void
decode_b(struct words *s, struct str in)
{
	struct mime_codec c;
	size_t n;

	mime_codec_init(&c, MIME_CODEC_BASE64, 0);
	while (in.n > 0) {
		size_t took = mime_codec_feed(&c, in, s->raw + s->nraw,
		    MIME_CODEC_ROOM, &n);

		in.p += took;
		in.n -= took;
		s->nraw += n;
	}
	mime_codec_end(&c, s->raw + s->nraw, MIME_CODEC_ROOM, &n);
	s->nraw += n;
	*s->flags |= c.flags;
}

/* The words so far are over. */
static void
flush(struct words *s)
{
	size_t n = mime_charset_utf8(s->charsets, s->charset,
	    (struct str){ s->raw, s->nraw }, s->out, s->flags);

	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s->out[i] < ' ' || s->out[i] == 0x7f)
			*s->flags |= MIME_WORD_CONTROL;
	s->out += n;
	s->nraw = 0;
}

static void
take_word(struct words *s, const struct word *w)
{
	if (s->nraw > 0 && !str_ieq(s->charset, w->charset))
		flush(s);
	s->charset = w->charset;
	for (size_t i = 0; i < w->text.n; i++)
		if (space(w->text.p[i]))
			*s->flags |= MIME_WORD_BROKEN;
	if (w->encoding == 'Q')
		decode_q(s, w->text);
	else
		decode_b(s, w->text);
}

/* Words up to the last that only blanks part from the one before. */
static struct str
take_words(struct words *s, struct str in)
{
	struct word w;
	struct str rest = in;

	while (parse_word(rest, &w)) {
		take_word(s, &w);
		in = (struct str){ rest.p + w.n, rest.n - w.n };
		if (in.n > 0 && !apart(in.p[0]))
			*s->flags |= MIME_WORD_PLACE;
		for (rest = in; rest.n > 0 && space(rest.p[0]); rest.n--)
			rest.p++;
	}
	flush(s);
	return in;
}

/* What is no word: as UTF-8, without line ends. */
static void
take_text(struct words *s, struct str in)
{
	size_t n = 0;

	for (size_t i = 0; i < in.n; i++)
		if (in.p[i] != '\n' && !(in.p[i] == '\r' && i + 1 < in.n &&
		    in.p[i + 1] == '\n'))
			s->raw[n++] = in.p[i];
	s->out += mime_charset_utf8(s->charsets, STR("utf-8"),
	    (struct str){ s->raw, n }, s->out, s->flags);
}

/* Where the next word begins. */
static size_t
find_word(struct words *s, struct str in)
{
	struct word w;
	const char *p = in.p, *end = in.p + in.n;

	while (p < end && (p = memmem(p, (size_t)(end - p), "=?", 2))) {
		if (parse_word((struct str){ p, (size_t)(end - p) }, &w)) {
			if (p > in.p && !apart(p[-1]))
				*s->flags |= MIME_WORD_PLACE;
			return (size_t)(p - in.p);
		}
		*s->flags |= MIME_WORD_BROKEN;
		p += 2;
	}
	return in.n;
}

struct str
mime_words(struct arena *a, struct mime_charsets *c, struct str text,
    uint64_t *flags)
{
	/* size: a word of n octets takes 4n + 16 and stands in n + 8 */
	char *out = arena_alloc(a, MIME_CHARSET_ROOM(text.n));
	struct words s = { .charsets = c, .out = out, .flags = flags,
	    .raw = arena_alloc(a, text.n + MIME_CODEC_ROOM) };

	while (text.n > 0) {
		size_t n = find_word(&s, text);

		take_text(&s, (struct str){ text.p, n });
		text.p += n;
		text.n -= n;
		if (text.n > 0)
			text = take_words(&s, text);
	}
	return (struct str){ out, (size_t)(s.out - out) };
}
