#include "html_lex.h"

#include "err.h"

void
html_lex_init(struct html_lex *x, struct str in)
{
	*x = (struct html_lex){ .in = in, .raw = GUMBO_TAG_LAST };
}

static const bool blanks[256] = {
	[' '] = true, ['\t'] = true, ['\n'] = true, ['\f'] = true,
	['\r'] = true,
};

/* Where a name ends: of a tag, and of an attribute. */
static const bool ends_name[256] = {
	[' '] = true, ['\t'] = true, ['\n'] = true, ['\f'] = true,
	['\r'] = true, ['/'] = true, ['>'] = true,
};
static const bool ends_attr[256] = {
	[' '] = true, ['\t'] = true, ['\n'] = true, ['\f'] = true,
	['\r'] = true, ['/'] = true, ['>'] = true, ['='] = true,
};
static const bool ends_bare[256] = {
	[' '] = true, ['\t'] = true, ['\n'] = true, ['\f'] = true,
	['\r'] = true, ['>'] = true,
};

bool
html_blank(char c)
{
	return blanks[(unsigned char)c];
}

static bool
letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static size_t
span(struct str s, size_t at, const bool stop[256])
{
	while (at < s.n && !stop[(unsigned char)s.p[at]])
		at++;
	return at;
}

static void
drop(struct str *s, size_t n)
{
	s->p += n;
	s->n -= n;
}

static void
skip_blanks(struct str *s)
{
	while (s->n > 0 && html_blank(s->p[0]))
		drop(s, 1);
}

/* Behind '='. */
static void
take_value(struct str *s, struct html_attr *a)
{
	char quote;
	const char *end;
	size_t n;

	skip_blanks(s);
	if (s->n == 0 || s->p[0] == '>')
		return;
	quote = s->p[0];
	if (quote != '"' && quote != '\'') {
		n = span(*s, 0, ends_bare);
		a->value = (struct str){ s->p, n };
		drop(s, n);
		return;
	}
	drop(s, 1);
	end = memchr(s->p, quote, s->n);
	n = end == NULL ? s->n : (size_t)(end - s->p);
	a->value = (struct str){ s->p, n };
	drop(s, end == NULL ? n : n + 1);
}

int
html_attr_next(struct str *s, struct html_attr *a)
{
	size_t n;

	while (s->n > 0 && (html_blank(s->p[0]) || s->p[0] == '/'))
		drop(s, 1);
	if (s->n == 0 || s->p[0] == '>')
		return 0;
	/* a '=' at its front is part of the name */
	n = span(*s, 1, ends_attr);
	*a = (struct html_attr){ { s->p, n }, { s->p + n, 0 } };
	drop(s, n);
	skip_blanks(s);
	if (s->n > 0 && s->p[0] == '=') {
		drop(s, 1);
		take_value(s, a);
	}
	return 1;
}

static struct str
rest_of(const struct html_lex *x)
{
	return (struct str){ x->in.p + x->at, x->in.n - x->at };
}

/* Up to and with the first c at or behind from, or all there is. */
static void
pass_over(struct html_lex *x, size_t from, char c)
{
	const char *p = from < x->in.n ?
	    memchr(x->in.p + from, c, x->in.n - from) : NULL;

	x->at = p == NULL ? x->in.n : (size_t)(p - x->in.p) + 1;
}

/* At "<!--": 13.2.5.43 and what follows it. */
static void
pass_comment(struct html_lex *x)
{
	struct str in = x->in;
	size_t i = x->at + 4;

	if (str_starts((struct str){ in.p + i, in.n - i }, STR(">"))) {
		x->at = i + 1;
		return;
	}
	if (str_starts((struct str){ in.p + i, in.n - i }, STR("->"))) {
		x->at = i + 2;
		return;
	}
	while (i < in.n) {
		const char *p = memchr(in.p + i, '-', in.n - i);
		struct str s;

		if (p == NULL)
			break;
		i = (size_t)(p - in.p);
		s = (struct str){ p, in.n - i };
		if (str_starts(s, STR("-->")) || str_starts(s, STR("--!>"))) {
			x->at = i + (p[2] == '>' ? 3 : 4);
			return;
		}
		i++;
	}
	x->at = in.n;
}

static bool
has_raw(GumboTag tag)
{
	static const bool raw[GUMBO_TAG_LAST] = {
		[GUMBO_TAG_SCRIPT] = true, [GUMBO_TAG_STYLE] = true,
		[GUMBO_TAG_XMP] = true, [GUMBO_TAG_IFRAME] = true,
		[GUMBO_TAG_NOEMBED] = true, [GUMBO_TAG_NOFRAMES] = true,
		[GUMBO_TAG_TITLE] = true, [GUMBO_TAG_TEXTAREA] = true,
		[GUMBO_TAG_PLAINTEXT] = true,
	};

	return raw[tag];
}

/* Behind a tag's name: 1 with the attributes in t->text; 0: it has no end. */
static int
take_attrs(struct html_lex *x, size_t from, struct html_token *t)
{
	struct str s = { x->in.p + from, x->in.n - from };
	struct html_attr a;
	int n = 0;

	while (html_attr_next(&s, &a) > 0) {
		if (++n > HTML_ATTRS_MAX) {
			x->why = "a tag has too many attributes";
			return ERR_LIMIT;
		}
	}
	x->at = (size_t)(s.p - x->in.p) + (s.n > 0);
	t->text = (struct str){ x->in.p + from,
	    (size_t)(s.p - x->in.p) - from };
	t->closes_itself = t->text.n > 0 && t->text.p[t->text.n - 1] == '/';
	return s.n > 0;
}

/* At the '<' of a tag: 1, 0 when it is passed over. */
static int
take_tag(struct html_lex *x, bool end, struct html_token *t)
{
	size_t from = x->at + (end ? 2 : 1);
	size_t to = span(x->in, from, ends_name);
	int got;

	t->kind = end ? HTML_END : HTML_START;
	t->tag = to - from > UINT8_MAX ? GUMBO_TAG_UNKNOWN :
	    gumbo_tagn_enum(x->in.p + from, (unsigned)(to - from));
	got = take_attrs(x, to, t);
	if (got > 0 && t->tag == GUMBO_TAG_UNKNOWN)
		return 0;
	if (got > 0 && !end && has_raw(t->tag))
		x->raw = t->tag;
	return got;
}

static bool
ends_raw(struct str s, struct str name)
{
	if (s.n < name.n + 2 || s.p[1] != '/' ||
	    !str_istarts((struct str){ s.p + 2, s.n - 2 }, name))
		return false;
	return s.n > name.n + 2 && ends_name[(unsigned char)s.p[name.n + 2]];
}

/* Up to the end tag of the element, which comes next. */
static int
take_raw(struct html_lex *x, struct html_token *t)
{
	struct str name = str_c(gumbo_normalized_tagname(x->raw));
	struct str s = rest_of(x);
	size_t i = 0;

	t->tag = x->raw;
	t->kind = x->raw == GUMBO_TAG_TITLE || x->raw == GUMBO_TAG_TEXTAREA ?
	    HTML_RCDATA : HTML_RAW;
	while (i < s.n) {
		const char *p = memchr(s.p + i, '<', s.n - i);

		i = p == NULL ? s.n : (size_t)(p - s.p);
		if (p == NULL || (x->raw != GUMBO_TAG_PLAINTEXT &&
		    ends_raw((struct str){ p, s.n - i }, name)))
			break;
		i++;
	}
	t->text = (struct str){ s.p, i };
	x->raw = GUMBO_TAG_LAST;
	x->at += i;
	return i > 0;
}

/* At '<': 1; 0, nothing that counts; 2: it is text. */
static int
take_markup(struct html_lex *x, struct html_token *t)
{
	struct str s = rest_of(x);
	char c = s.n > 1 ? s.p[1] : 0;

	if (letter(c))
		return take_tag(x, false, t);
	if (c == '/' && s.n > 2) {
		if (letter(s.p[2]))
			return take_tag(x, true, t);
		pass_over(x, x->at + 2, '>');
		return 0;
	}
	if (c != '!' && c != '?')
		return 2;
	if (str_starts(s, STR("<!--"))) {
		pass_comment(x);
		return 0;
	}
	pass_over(x, x->at + 2, '>');
	if (!str_istarts(s, STR("<!doctype")))
		return 0;
	t->kind = HTML_DOCTYPE;
	t->text = (struct str){ s.p, (size_t)(x->in.p + x->at - s.p) };
	return 1;
}

/* Does markup begin at the '<' at s.p? */
static bool
is_markup(struct str s)
{
	char c = s.n > 1 ? s.p[1] : 0;

	return letter(c) || c == '!' || c == '?' || (c == '/' && s.n > 2);
}

static int
take_text(struct html_lex *x, struct html_token *t)
{
	struct str s = rest_of(x);
	size_t i = 0;

	while (i < s.n) {
		const char *p = memchr(s.p + i, '<', s.n - i);

		i = p == NULL ? s.n : (size_t)(p - s.p);
		if (p == NULL || is_markup((struct str){ p, s.n - i }))
			break;
		i++;
	}
	x->at += i;
	t->kind = HTML_TEXT;
	t->text = (struct str){ s.p, i };
	return 1;
}

int
html_lex_next(struct html_lex *x, struct html_token *t)
{
	while (x->at < x->in.n) {
		int got;

		*t = (struct html_token){ .tag = GUMBO_TAG_LAST };
		if (x->raw != GUMBO_TAG_LAST)
			got = take_raw(x, t);
		else if (x->in.p[x->at] != '<')
			return take_text(x, t);
		else
			got = take_markup(x, t);
		if (got > 1)
			return take_text(x, t);
		if (got != 0)
			return got;
	}
	return 0;
}
