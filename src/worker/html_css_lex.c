#include "html_css_lex.h"

#include "html_lex.h"

/* ---- characters ------------------------------------------------------------- */

static bool
hex(char c)
{
	return ascii_digit(c) || (ascii_up(c) >= 'A' && ascii_up(c) <= 'F');
}

static bool
name_start(char c)
{
	return (ascii_up(c) >= 'A' && ascii_up(c) <= 'Z') || c == '_' ||
	    (unsigned char)c >= 0x80;
}

static bool
name_char(char c)
{
	return name_start(c) || ascii_digit(c) || c == '-';
}

static char
at(const struct css_lex *x, size_t i)
{
	return x->at + i < x->in.n ? x->in.p[x->at + i] : 0;
}

static bool
escape_at(const struct css_lex *x, size_t i)
{
	return at(x, i) == '\\' && x->at + i + 1 < x->in.n &&
	    at(x, i + 1) != '\n';
}

/* Would a name begin here (4.3.9)? */
static bool
begins_name(const struct css_lex *x, size_t i)
{
	if (at(x, i) == '-')
		return name_start(at(x, i + 1)) || at(x, i + 1) == '-' ||
		    escape_at(x, i + 1);
	return name_start(at(x, i)) || escape_at(x, i);
}

static bool
begins_number(const struct css_lex *x)
{
	size_t i = at(x, 0) == '+' || at(x, 0) == '-';

	return ascii_digit(at(x, i)) ||
	    (at(x, i) == '.' && ascii_digit(at(x, i + 1)));
}

static uint32_t
hex_value(char c)
{
	return ascii_digit(c) ? (uint32_t)(c - '0') :
	    (uint32_t)(ascii_up(c) - 'A' + 10);
}

uint32_t
css_escape(struct str *s)
{
	uint32_t v = 0;
	size_t i = 0;

	if (s->n == 0)
		return 0xfffd;
	if (!hex(s->p[0])) {
		v = (unsigned char)s->p[0];
		if (v < 0x80) {
			s->p++;
			s->n--;
			return v;
		}
		return str_take_utf8(s);
	}
	while (i < s->n && i < 6 && hex(s->p[i]))
		v = v * 16 + hex_value(s->p[i++]);
	if (i < s->n && html_blank(s->p[i]))
		i++;
	s->p += i;
	s->n -= i;
	return v == 0 || v > 0x10ffff || (v >= 0xd800 && v < 0xe000) ?
	    0xfffd : v;
}

/* ---- tokens ----------------------------------------------------------------- */

static void
take_blanks(struct css_lex *x)
{
	for (;;) {
		const char *end;

		while (html_blank(at(x, 0)))
			x->at++;
		if (at(x, 0) != '/' || at(x, 1) != '*')
			return;
		end = memmem(x->in.p + x->at + 2, x->in.n - x->at - 2, "*/", 2);
		x->at = end == NULL ? x->in.n : (size_t)(end - x->in.p) + 2;
	}
}

/*
 * A name, decoded into t->name.  false: it is too long, or its escapes stand
 * for what no name has without them.
 */
static bool
take_name(struct css_lex *x, struct css_token *t)
{
	size_t n = 0;
	bool good = true;

	for (;;) {
		char c = at(x, 0);

		if (escape_at(x, 0)) {
			struct str s = { x->in.p + x->at + 1,
			    x->in.n - x->at - 1 };
			uint32_t v = css_escape(&s);

			x->at = (size_t)(s.p - x->in.p);
			c = v < 0x80 ? (char)v : 0;
			if (!name_char(c))
				good = false;
		} else if (x->at < x->in.n && name_char(c)) {
			x->at++;
		} else {
			break;
		}
		if (n < sizeof t->name)
			t->name[n++] = c;
		else
			good = false;
	}
	t->text = (struct str){ t->name, n };
	return good && n > 0;
}

/* Decoded, is it a name without escapes, too? */
static bool
plain_name(struct str s)
{
	if (s.n > 1 && s.p[0] == '-')
		return name_start(s.p[1]) || (s.p[1] == '-' && s.n > 2);
	return s.n > 0 && name_start(s.p[0]);
}

/* Behind its quote: up to the other one, or the line's end, which is bad. */
static enum css_kind
take_string(struct css_lex *x, char quote, struct css_token *t)
{
	size_t from = x->at;

	while (x->at < x->in.n && at(x, 0) != quote) {
		if (at(x, 0) == '\n')
			return CSS_BAD;
		x->at += at(x, 0) == '\\' && x->at + 1 < x->in.n ? 2 : 1;
	}
	t->text = (struct str){ x->in.p + from, x->at - from };
	if (x->at < x->in.n)
		x->at++;
	return CSS_STRING;
}

/* Behind "url(" when no quote follows. */
static enum css_kind
take_url(struct css_lex *x, struct css_token *t)
{
	enum css_kind kind = CSS_URL;
	size_t from, to;

	while (html_blank(at(x, 0)))
		x->at++;
	for (from = to = x->at; x->at < x->in.n && at(x, 0) != ')'; ) {
		char c = at(x, 0);

		if (html_blank(c)) {
			x->at++;
			continue;
		}
		if (to != x->at || c == '"' || c == '\'' || c == '(' ||
		    (unsigned char)c < ' ')
			kind = CSS_BAD;
		x->at++;
		if (c == '\\') {
			struct str s = { x->in.p + x->at, x->in.n - x->at };

			css_escape(&s);
			x->at = (size_t)(s.p - x->in.p);
		}
		to = x->at;
	}
	t->text = (struct str){ x->in.p + from, to - from };
	if (x->at < x->in.n)
		x->at++;
	return kind;
}

static enum css_kind
take_word(struct css_lex *x, struct css_token *t)
{
	bool good = take_name(x, t) && plain_name(t->text);
	size_t i = 0;

	if (at(x, 0) != '(')
		return good ? CSS_IDENT : CSS_BAD;
	x->at++;
	while (html_blank(at(x, i)))
		i++;
	if (str_ieq(t->text, STR("url")) && at(x, i) != '"' &&
	    at(x, i) != '\'')
		return take_url(x, t);
	return CSS_FUNCTION;
}

/* With a unit or a percent sign; units have no escapes. */
static enum css_kind
take_number(struct css_lex *x, struct css_token *t)
{
	size_t digits = 0;

	x->at += at(x, 0) == '+' || at(x, 0) == '-';
	while (ascii_digit(at(x, 0)))
		x->at++;
	if (at(x, 0) == '.' && ascii_digit(at(x, 1)))
		for (x->at++; ascii_digit(at(x, 0)); digits++)
			x->at++;
	if (at(x, 0) == '%') {
		x->at++;
		return CSS_NUMBER;
	}
	if (begins_name(x, 0)) {
		size_t from = x->at;

		if (!take_name(x, t) || t->text.n != x->at - from)
			return CSS_BAD;
	}
	return CSS_NUMBER;
}

static enum css_kind
take(struct css_lex *x, struct css_token *t)
{
	char c = at(x, 0);

	if (x->at >= x->in.n)
		return CSS_END;
	if (html_blank(c) || (c == '/' && at(x, 1) == '*')) {
		take_blanks(x);
		return CSS_BLANK;
	}
	if (begins_number(x))
		return take_number(x, t);
	if (str_starts((struct str){ x->in.p + x->at, x->in.n - x->at },
	    STR("-->"))) {
		x->at += 3;
		return CSS_BLANK;
	}
	if (begins_name(x, 0))
		return take_word(x, t);
	x->at++;
	t->delim = c;
	switch (c) {
	case '"':
	case '\'':
		return take_string(x, c, t);
	case '#':
		return take_name(x, t) ? CSS_HASH : CSS_BAD;
	case '@':
		if (!begins_name(x, 0))
			return CSS_BAD;
		return take_name(x, t) ? CSS_AT : CSS_BAD;
	case '<':
		if (at(x, 0) == '!' && at(x, 1) == '-' && at(x, 2) == '-') {
			x->at += 3;
			return CSS_BLANK;
		}
		return CSS_BAD;
	default:
		return CSS_DELIM;
	}
}

void
css_next(struct css_lex *x, struct css_token *t)
{
	size_t from = x->at;

	t->delim = 0;
	t->text = STR("");
	t->kind = take(x, t);
	t->span = (struct str){ x->in.p + from, x->at - from };
}
