#include "compose.h"

#include <assert.h>

#include "hex.h"

static void
out_init(struct mime_line *o, struct arena *a, size_t room)
{
	*o = (struct mime_line){ .arena = a, .p = arena_alloc(a, room),
	    .room = room };
}

static void
put(struct mime_line *o, struct str s)
{
	assert(s.n <= o->room - o->n);
	if (s.n > 0)
		memcpy(o->p + o->n, s.p, s.n);
	o->n += s.n;
	o->column += s.n;
}

static void
put_fold(struct mime_line *o)
{
	put(o, STR("\r\n"));
	o->column = 0;
}

static struct str
out_str(const struct mime_line *o)
{
	return (struct str){ o->p, o->n };
}

/* ---- names ---- */

bool
mime_name_good(struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] > '~' || name.p[i] == ':')
			return false;
	return name.n > 0 && !str_starts(name, STR("--"));
}

bool
mime_name_is(struct str written, struct str name)
{
	size_t k = 0;

	for (size_t i = 0; i < written.n; i++) {
		unsigned char c = (unsigned char)written.p[i];

		/* some readers drop these, some end the name there */
		if (c <= ' ' || c >= 0x7f)
			continue;
		if (k == name.n || ascii_up(written.p[i]) !=
		    ascii_up(name.p[k]))
			return false;
		k++;
	}
	return k == name.n;
}

bool
mime_token_good(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' ||
		    memchr("()<>@,;:\\\"/[]?=", s.p[i], 15) != NULL)
			return false;
	return s.n > 0;
}

/* ---- texts ---- */

/* Characters that are not seen, or that change how others are. */
static bool
hidden(uint32_t c)
{
	static const struct { uint32_t first, last; } ranges[] = {
		{ 0, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad },
		{ 0x61c, 0x61c }, { 0x180e, 0x180e }, { 0x200b, 0x200f },
		{ 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xfeff, 0xfeff },
		{ 0xfff9, 0xfffb }, { 0xe0000, 0xe0fff },
	};

	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

/* Octets of the valid character at the front; 0: there is none. */
static size_t
character(struct str in)
{
	unsigned char u = (unsigned char)in.p[0];
	size_t n = u < 0x80 ? 1 : u < 0xe0 ? 2 : u < 0xf0 ? 3 : 4;

	/* NUL is a character here, that is left out */
	return u == 0 ? 1 : n <= in.n && str_utf8((struct str){ in.p, n }) ?
	    n : 0;
}

static bool
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The character c, in as it goes on behind it, as it is written; "": not. */
static struct str
clean_one(struct str c, bool valid, struct str in)
{
	struct str s = c;

	if (!valid)
		return STR("?");
	if (c.p[0] == '\t')
		return STR(" ");
	/* of a fold the blanks stay */
	if (c.p[0] == '\r' || c.p[0] == '\n')
		return in.n == 0 || blank(in.p[0]) ? STR("") : STR(" ");
	return hidden(str_take_utf8(&c)) ? STR("") : s;
}

struct str
mime_clean(struct arena *a, struct str text, size_t max)
{
	struct mime_line o;

	/* what is left out costs no room: room for what stays */
	out_init(&o, a, (text.n < max ? text.n : max) + 1);
	while (text.n > 0) {
		size_t n = character(text);
		struct str c = { text.p, n ? n : 1 };

		text.p += c.n;
		text.n -= c.n;
		c = clean_one(c, n > 0, text);
		if (c.n > max - o.n)
			break;
		put(&o, c);
	}
	return str_trim(out_str(&o));
}

static bool
edge(char c)
{
	return c == '.' || c == ' ';
}

static bool
within(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* s, valid UTF-8, cut; its end is kept: there is the extension. */
static struct str
shorten_name(struct arena *a, struct str s)
{
	enum { TAIL = 64 };
	size_t cut = MIME_NAME_MAX - TAIL, tail = s.n - TAIL;

	if (s.n <= MIME_NAME_MAX)
		return s;
	while (within(s.p[cut]))
		cut--;
	while (within(s.p[tail]))
		tail++;
	return str_c(arena_printf(a, "%.*s%.*s", (int)cut, s.p,
	    (int)(s.n - tail), s.p + tail));
}

struct str
mime_clean_name(struct arena *a, struct str name)
{
	struct str s = mime_clean(a, name, MIME_TEXT_MAX);
	char *p = (char *)s.p;

	for (size_t i = 0; i < s.n; i++)
		if (memchr("/\\:*?\"<>|", p[i], 9) != NULL)
			p[i] = '_';
	while (s.n > 0 && edge(s.p[s.n - 1]))
		s.n--;
	while (s.n > 0 && edge(s.p[0])) {
		s.p++;
		s.n--;
	}
	return shorten_name(a, s);
}

/* ---- encoded words ---- */

static bool
ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

/* May c stand for itself in a word, in a phrase, too (RFC 2047 section 5)? */
static bool
literal(char c)
{
	return ascii_digit(c) || (ascii_up(c) >= 'A' && ascii_up(c) <= 'Z') ||
	    (c != '\0' && memchr("!*+-/", c, 5) != NULL);
}

static size_t
quoted_size(struct str c)
{
	return c.n == 1 && (literal(c.p[0]) || c.p[0] == ' ') ? 1 : 3 * c.n;
}

static void
put_quoted(struct mime_line *o, struct str c)
{
	char q[12], *end = q;

	for (size_t i = 0; i < c.n; i++) {
		if (c.p[i] == ' ')
			*end++ = '_';
		else if (literal(c.p[i]))
			*end++ = c.p[i];
		else
			end = mime_hex_quote(end, c.p[i], '=');
	}
	put(o, (struct str){ q, (size_t)(end - q) });
}

static const struct str word_begin = { "=?utf-8?q?", 10 };
static const struct str word_end = { "?=", 2 };

/* s, valid UTF-8, as one or more words. */
static void
put_word(struct mime_line *o, struct str s)
{
	size_t limit = MIME_FOLD_AT - word_end.n;

	if (o->column + MIME_WORD_MAX < MIME_FOLD_AT)
		limit = o->column + MIME_WORD_MAX - word_end.n;
	put(o, word_begin);
	while (s.n > 0) {
		struct str c = { s.p, character(s) };

		if (o->column + quoted_size(c) > limit) {
			put(o, word_end);
			put_fold(o);
			put(o, STR(" "));
			put(o, word_begin);
			limit = 1 + MIME_WORD_MAX - word_end.n;
		}
		put_quoted(o, c);
		s.p += c.n;
		s.n -= c.n;
	}
	put(o, word_end);
}

/* ---- fields ---- */

/* Words of a text: a run that is written in one way. */
struct run {
	struct str blanks, text;
	bool encoded;
};

/* Has it to be encoded: for what it holds, looks like, or is too long? */
static bool
must_encode(struct str word, enum mime_compose_how how)
{
	if (how == MIME_COMPOSE_PLAIN)
		return false;
	if (!ascii(word) || word.n > MIME_KEPT_MAX)
		return true;
	return how == MIME_COMPOSE_TEXT && (word.n > 4 * MIME_FOLD_AT ||
	    memmem(word.p, word.n, "=?", 2) != NULL);
}

static struct str
take(struct str *s, bool blanks)
{
	struct str t = { s->p, 0 };

	while (t.n < s->n && (s->p[t.n] == ' ') == blanks)
		t.n++;
	s->p += t.n;
	s->n -= t.n;
	return t;
}

/* The next run: one word, or all words that follow each other encoded. */
static bool
next_run(struct str *s, struct run *r, enum mime_compose_how how)
{
	r->blanks = take(s, true);
	r->text = take(s, false);
	r->encoded = must_encode(r->text, how);
	while (r->encoded && s->n > 0) {
		struct str rest = *s, word;

		take(&rest, true);
		word = take(&rest, false);
		if (!must_encode(word, how))
			break;
		r->text.n = (size_t)(word.p + word.n - r->text.p);
		*s = rest;
	}
	return r->text.n > 0;
}

static void
put_run(struct mime_line *o, const struct run *r)
{
	size_t n = r->blanks.n + (r->encoded ? word_begin.n + 12 + word_end.n :
	    r->text.n);

	/* a fold stands before blanks, and never on an empty line */
	if (r->blanks.n > 0 && o->column > 1 && o->column + n > MIME_FOLD_AT)
		put_fold(o);
	put(o, r->blanks);
	if (r->encoded)
		put_word(o, r->text);
	else
		put(o, (struct str){ r->text.p, r->text.n < MIME_KEPT_MAX ?
		    r->text.n : MIME_KEPT_MAX });
}

/*
 * size: an octet becomes at most three, and each word of 20 octets and more
 * has 15 around it; a word of one octet that is encoded has 12 around it and
 * a fold before it.
 */
#define ROOM(n) ((n) * 20 + 200)

struct str
mime_compose_as(struct arena *a, struct str name, struct str clean,
    enum mime_compose_how how)
{
	struct mime_line o;
	struct run r;

	assert(mime_name_good(name));
	out_init(&o, a, name.n + ROOM(clean.n));
	put(&o, name);
	put(&o, STR(":"));
	if (clean.n > 0)
		put(&o, STR(" "));
	while (next_run(&clean, &r, how))
		put_run(&o, &r);
	put_fold(&o);
	return out_str(&o);
}

void
mime_line_begin(struct mime_line *l, struct arena *a, struct str name,
    size_t n)
{
	assert(mime_name_good(name));
	out_init(l, a, name.n + ROOM(n));
	put(l, name);
	put(l, STR(":"));
}

void
mime_line_put(struct mime_line *l, struct str s, bool apart, bool word)
{
	size_t n = word ? word_begin.n + 12 + word_end.n : s.n;

	/* what is not apart from it may follow: most of an address */
	enum { MORE = 30 };

	if (apart && l->column + 1 + n + MORE > MIME_FOLD_AT &&
	    l->column > 1 && l->p[l->n - 1] != ':')
		put_fold(l);
	if (apart)
		put(l, STR(" "));
	if (s.n > MIME_KEPT_MAX && !word)
		s.n = MIME_KEPT_MAX;
	if (word)
		put_word(l, mime_clean(l->arena, s, s.n + 1));
	else
		put(l, s);
}

struct str
mime_line_end(struct mime_line *l)
{
	put_fold(l);
	return out_str(l);
}

struct str
mime_compose(struct arena *a, struct str name, struct str text)
{
	return mime_compose_as(a, name, mime_clean(a, text, MIME_TEXT_MAX),
	    MIME_COMPOSE_TEXT);
}

struct str
mime_compose_kept(struct arena *a, struct str name, struct str text)
{
	struct str s = mime_clean(a, text, MIME_KEPT_MAX);
	char *p = (char *)s.p;

	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)p[i] >= 0x80)
			p[i] = '?';
	return mime_compose_as(a, name, s, MIME_COMPOSE_PLAIN);
}

struct str
mime_compose_words(struct arena *a, struct str text, bool before_word)
{
	struct str s = mime_clean(a, text, MIME_TEXT_MAX);
	struct mime_line o;
	char *copy;

	out_init(&o, a, ROOM(s.n + 1));
	if (ascii(s) && memmem(s.p, s.n, "=?", 2) == NULL) {
		put(&o, s);
		return out_str(&o);
	}
	copy = arena_alloc(a, s.n + 1);
	memcpy(copy, s.p, s.n);
	copy[s.n] = ' ';
	o.column = sizeof "Subject: " - 1;
	put_word(&o, (struct str){ copy, s.n + before_word });
	return out_str(&o);
}

/* ---- parameters ---- */

static void
put_string(struct mime_line *o, struct str s)
{
	put(o, STR("\""));
	for (size_t i = 0; i < s.n; i++) {
		struct str c = { s.p + i, 1 };

		/* readers differ about backslashes */
		put(o, memchr("\"\\", c.p[0], 2) != NULL ? STR("_") : c);
	}
	put(o, STR("\""));
}

/* RFC 2231: what is neither token nor plain is "%HH". */
static void
put_extended(struct mime_line *o, struct str s)
{
	put(o, STR("utf-8''"));
	for (size_t i = 0; i < s.n; i++) {
		char q[3];

		if (literal(s.p[i]) && memchr("*/", s.p[i], 2) == NULL)
			put(o, (struct str){ s.p + i, 1 });
		else if (s.p[i] == '.' || s.p[i] == '_')
			put(o, (struct str){ s.p + i, 1 });
		else
			put(o, (struct str){ q, (size_t)(mime_hex_quote(q,
			    s.p[i], '%') - q) });
	}
}

static void
put_pair(struct mime_line *o, struct str name, struct str value)
{
	bool plain = ascii(value);

	put(o, STR(";"));
	/* size: "name=" and two quotes; an extended one has its own line */
	if (!plain || o->column + name.n + value.n + 5 > MIME_FOLD_AT)
		put_fold(o);
	put(o, STR(" "));
	put(o, name);
	put(o, plain ? STR("=") : STR("*="));
	if (!plain)
		put_extended(o, value);
	else if (mime_token_good(value))
		put(o, value);
	else
		put_string(o, value);
}

struct str
mime_compose_value(struct arena *a, struct str name, struct str main,
    const struct mime_pair *pairs, size_t n)
{
	struct str clean[MIME_PARAMS_MAX];
	size_t room = name.n + main.n + 8;
	struct mime_line o;

	assert(mime_name_good(name) && n <= MIME_PARAMS_MAX);
	for (size_t i = 0; i < n; i++) {
		/* three octets for each are less than a line of 998 */
		clean[i] = mime_clean(a, pairs[i].value, MIME_NAME_MAX);
		room += pairs[i].name.n + 3 * clean[i].n + 20;
	}
	out_init(&o, a, room);
	put(&o, name);
	put(&o, STR(": "));
	put(&o, main);
	for (size_t i = 0; i < n; i++)
		put_pair(&o, pairs[i].name, clean[i]);
	put_fold(&o);
	return out_str(&o);
}
