#include "token.h"

static const char specials[2][16] = {
	[MIME_LEX_ADDRESS] = "()<>[]:;@\\,.\"",
	[MIME_LEX_VALUE] = "()<>@,;:\\\"/[]?=",
};

void
mime_lex_init(struct mime_lex *l, struct str in, enum mime_lex_mode mode)
{
	*l = (struct mime_lex){ .in = in, .mode = mode };
}

static bool
space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
atom_octet(const struct mime_lex *l, char c)
{
	unsigned char u = (unsigned char)c;

	return u > ' ' && u != 0x7f &&
	    memchr(specials[l->mode], c, strlen(specials[l->mode])) == NULL;
}

/* From its '(' to behind its ')'. */
static void
skip_comment(struct mime_lex *l)
{
	unsigned depth = 0;
	size_t from = l->pos + 1;

	if (l->mode == MIME_LEX_VALUE)
		l->flags |= MIME_COMMENT;
	while (l->pos < l->in.n) {
		char c = l->in.p[l->pos++];

		if (c == '\\' && l->pos < l->in.n)
			l->pos++;
		else if (c == '(' && ++depth > MIME_COMMENT_DEPTH)
			l->flags |= MIME_COMMENT_DEEP;
		else if (c == ')' && --depth == 0) {
			l->comment = (struct str){ l->in.p + from,
			    l->pos - 1 - from };
			return;
		}
	}
	l->flags |= MIME_COMMENT_OPEN;
}

static void
skip_space(struct mime_lex *l)
{
	while (l->pos < l->in.n) {
		if (space(l->in.p[l->pos]))
			l->pos++;
		else if (l->in.p[l->pos] == '(')
			skip_comment(l);
		else
			return;
	}
}

/* Behind the opening octet, up to close. */
static struct str
take_until(struct mime_lex *l, char close)
{
	size_t from = l->pos;
	bool quoted = close == '"', value = l->mode == MIME_LEX_VALUE;

	while (l->pos < l->in.n) {
		char c = l->in.p[l->pos++];

		if (c == close)
			return (struct str){ l->in.p + from,
			    l->pos - 1 - from };
		if (c == '\n' && quoted)
			l->flags |= MIME_QUOTE_FOLD;
		if (c != '\\')
			continue;
		if (quoted && value)
			l->flags |= MIME_QUOTE_ESCAPE;
		if (!l->no_escape && l->pos < l->in.n)
			l->pos++;
	}
	l->flags |= MIME_QUOTE_OPEN;
	return (struct str){ l->in.p + from, l->pos - from };
}

static enum mime_token_kind
take(struct mime_lex *l, struct mime_token *t)
{
	size_t from = l->pos;
	char c = l->in.p[l->pos++];

	if (c == '"') {
		t->text = take_until(l, '"');
		return MIME_TOKEN_QUOTED;
	}
	if (c == '[' && l->mode == MIME_LEX_ADDRESS) {
		t->text = take_until(l, ']');
		return MIME_TOKEN_DOMAIN;
	}
	if (!atom_octet(l, c)) {
		t->text = (struct str){ l->in.p + from, 1 };
		return MIME_TOKEN_SPECIAL;
	}
	while (l->pos < l->in.n && atom_octet(l, l->in.p[l->pos]))
		l->pos++;
	t->text = (struct str){ l->in.p + from, l->pos - from };
	return MIME_TOKEN_ATOM;
}

enum mime_token_kind
mime_lex_next(struct mime_lex *l, struct mime_token *t_r)
{
	size_t before = l->pos, from;

	skip_space(l);
	from = l->pos;
	*t_r = (struct mime_token){ .apart = from > before };
	if (from < l->in.n) {
		t_r->kind = take(l, t_r);
		t_r->whole = (struct str){ l->in.p + from, l->pos - from };
	}
	return t_r->kind;
}

bool
mime_token_is(const struct mime_token *t, char special)
{
	return t->kind == MIME_TOKEN_SPECIAL && t->text.p[0] == special;
}

size_t
mime_unquote(char *out, struct str text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		bool more = i + 1 < text.n;

		if (c == '\\' && more)
			out[n++] = text.p[++i];
		else if (c != '\n' && !(c == '\r' && more &&
		    text.p[i + 1] == '\n'))
			out[n++] = c;
	}
	return n;
}
