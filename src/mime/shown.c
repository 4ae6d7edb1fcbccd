#include "shown.h"

#include <stdlib.h>

#include "field.h"
#include "token.h"

struct item {
	struct str name;	/* as written */
	struct str key;		/* before its '*' */
	struct str value;
	uint32_t index;
	bool piece, extended;
};

struct items {
	struct item i[MIME_PARAMS_MAX];
	size_t n;
};

/* Is the rest of the value lost: is something without an end? */
static bool
lost(const struct mime_lex *l)
{
	return (l->flags & (MIME_COMMENT_OPEN | MIME_QUOTE_OPEN)) != 0;
}

/* Behind the next ';' that is not at pos itself, wherever it stands. */
static void
skip_past(struct mime_lex *l, size_t pos)
{
	const char *p = pos + 1 < l->in.n ?
	    memchr(l->in.p + pos + 1, ';', l->in.n - pos - 1) : NULL;

	l->pos = p ? (size_t)(p - l->in.p) + 1 : l->in.n;
}

static struct str
unquoted(struct arena *a, struct str text)
{
	char *out;

	if (text.n == 0 || (memchr(text.p, '\\', text.n) == NULL &&
	    memchr(text.p, '\n', text.n) == NULL))
		return text;
	out = arena_alloc(a, text.n);
	return (struct str){ out, mime_unquote(out, text) };
}

/* What should be in quotes and is not, "=_next?": up to a blank or ';'. */
static struct str
take_unquoted(struct mime_lex *l, const char *from)
{
	const char *p = from, *end = l->in.p + l->in.n;

	while (p < end && memchr(" \t\r\n;", *p, 5) == NULL)
		p++;
	l->pos = (size_t)(p - l->in.p);
	return (struct str){ from, (size_t)(p - from) };
}

/* Behind '=': a value, which may be missing. */
static struct str
take_value(struct arena *a, struct mime_lex *l)
{
	struct mime_token t;
	size_t at = l->pos;

	mime_lex_next(l, &t);
	if (t.kind == MIME_TOKEN_QUOTED)
		return unquoted(a, t.text);
	if (t.kind == MIME_TOKEN_ATOM)
		return t.text;
	if (mime_token_is(&t, '='))
		return take_unquoted(l, t.text.p);
	l->pos = at;
	return STR("");
}

/* "*", "*3", "*3*" behind the key. */
static void
classify(struct item *m)
{
	struct str rest = m->name;
	uint64_t index;

	m->key = m->name;
	if (!str_cut(&rest, '*', &m->key))
		return;
	if (rest.n == 0) {
		m->piece = m->extended = true;
		return;
	}
	m->extended = rest.n > 1 && rest.p[rest.n - 1] == '*';
	rest.n -= m->extended;
	m->piece = str_u64(rest, UINT32_MAX, &index);
	if (m->piece)
		m->index = (uint32_t)index;
}

/* The next token, where no quoted string is read. */
static enum mime_token_kind
next(struct mime_lex *l, struct mime_token *t_r)
{
	enum mime_token_kind kind = mime_lex_next(l, t_r);

	l->flags &= ~(uint64_t)MIME_QUOTE_OPEN;
	return kind;
}

/* A parameter behind ';'; false: it is none, *at_r where that shows. */
static bool
take_param(struct arena *a, struct mime_lex *l, struct items *s,
    size_t *at_r)
{
	struct mime_token t;
	struct item m = { .name = STR("") };

	next(l, &t);
	if (t.kind == MIME_TOKEN_ATOM) {
		m.name = t.text;
		next(l, &t);
	}
	*at_r = t.kind ? (size_t)(t.whole.p - l->in.p) : l->in.n;
	if (!mime_token_is(&t, '=') || lost(l))
		return false;
	m.value = take_value(a, l);
	if (lost(l))
		return false;
	classify(&m);
	if (s->n < MIME_PARAMS_MAX)
		s->i[s->n++] = m;
	return true;
}

/* l is behind the first ';'. */
static void
take_params(struct arena *a, struct mime_lex *l, struct items *s)
{
	struct mime_token t;
	size_t at;

	while (l->pos < l->in.n && !lost(l)) {
		if (!take_param(a, l, s, &at)) {
			skip_past(l, at);
			continue;
		}
		next(l, &t);
		if (lost(l))
			s->n--;
		else if (t.kind != MIME_TOKEN_END && !mime_token_is(&t, ';'))
			skip_past(l, (size_t)(t.whole.p - l->in.p));
	}
}

/* ---- RFC 2231: pieces behind the others, put together if they are whole */

static int
order(const void *x, const void *y)
{
	const struct item *a = x, *b = y;
	size_t n = a->key.n < b->key.n ? a->key.n : b->key.n;

	for (size_t i = 0; i < n; i++) {
		int d = (unsigned char)ascii_up(a->key.p[i]) -
		    (unsigned char)ascii_up(b->key.p[i]);

		if (d != 0)
			return d;
	}
	if (a->key.n != b->key.n)
		return a->key.n < b->key.n ? -1 : 1;
	if (a->index != b->index)
		return a->index < b->index ? -1 : 1;
	return a->name.p < b->name.p ? -1 : 1;
}

static struct mime_shown_param **
add(struct arena *a, struct mime_shown_param **tail, struct str name,
    struct str value)
{
	struct mime_shown_param *p = arena_alloc(a, sizeof *p);

	p->name = name;
	p->value = value;
	*tail = p;
	return &p->next;
}

static struct str
with_star(struct arena *a, struct str key)
{
	char *p = arena_alloc(a, key.n + 1);

	memcpy(p, key.p, key.n);
	p[key.n] = '*';
	return (struct str){ p, key.n + 1 };
}

/* One value of n pieces; those that are not encoded are, if others are. */
static struct str
join(struct arena *a, const struct item *m, size_t n, bool extended)
{
	size_t room = 2, used = 0;
	char *out;

	for (size_t i = 0; i < n; i++)
		room += 3 * m[i].value.n;
	out = arena_alloc(a, room);
	if (extended && !m[0].extended) {
		memcpy(out, "''", 2);
		used = 2;
	}
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < m[i].value.n; j++) {
			out[used++] = m[i].value.p[j];
			if (extended && !m[i].extended &&
			    m[i].value.p[j] == '%') {
				memcpy(out + used, "25", 2);
				used += 2;
			}
		}
	return (struct str){ out, used };
}

/* A piece of a broken set, by its own name in full. */
static struct str
piece_name(struct arena *a, const struct item *m)
{
	return str_c(arena_printf(a, "%.*s*%u%s", STR_ARG(m->key),
	    (unsigned)m->index, m->extended ? "*" : ""));
}

static struct mime_shown_param **
add_pieces(struct arena *a, struct mime_shown_param **tail, struct item *m,
    size_t n)
{
	bool whole = true, extended = false;

	for (size_t i = 0; i < n; i++) {
		whole = whole && m[i].index == i;
		extended = extended || m[i].extended;
	}
	if (whole)
		return add(a, tail, extended ? with_star(a, m[0].key) :
		    m[0].key, join(a, m, n, extended));
	for (size_t i = 0; i < n; i++)
		tail = add(a, tail, piece_name(a, &m[i]), m[i].value);
	return tail;
}

static void
assemble(struct arena *a, struct items *s, struct mime_shown *shown)
{
	struct mime_shown_param **tail = &shown->params;
	struct item pieces[MIME_PARAMS_MAX] = { 0 };
	size_t n = 0, end;

	for (size_t i = 0; i < s->n; i++)
		if (s->i[i].piece)
			pieces[n++] = s->i[i];
		else
			tail = add(a, tail, s->i[i].name, s->i[i].value);
	qsort(pieces, n, sizeof *pieces, order);
	for (size_t i = 0; i < n; i = end) {
		for (end = i + 1; end < n &&
		    str_ieq(pieces[end].key, pieces[i].key); end++)
			;
		tail = add_pieces(a, tail, pieces + i, end - i);
	}
}

/* ---- values ---- */

static bool
read_type(struct mime_lex *l, struct mime_shown *s)
{
	struct mime_token t;

	if (mime_lex_next(l, &t) != MIME_TOKEN_ATOM)
		return false;
	s->type = t.text;
	if (mime_lex_next(l, &t) == MIME_TOKEN_END)
		return true;
	if (!mime_token_is(&t, '/') ||
	    mime_lex_next(l, &t) != MIME_TOKEN_ATOM)
		return false;
	s->subtype = t.text;
	return mime_lex_next(l, &t) == MIME_TOKEN_END ||
	    mime_token_is(&t, ';');
}

void
mime_shown_type(struct arena *a, struct str value, struct mime_shown *s_r)
{
	struct items items = { .n = 0 };
	struct mime_lex l;

	*s_r = (struct mime_shown){ .params = NULL };
	mime_lex_init(&l, value, MIME_LEX_VALUE);
	if (!read_type(&l, s_r) || lost(&l)) {
		*s_r = (struct mime_shown){ .params = NULL };
		return;
	}
	take_params(a, &l, &items);
	assemble(a, &items, s_r);
}

void
mime_shown_word(struct arena *a, struct str value, struct mime_shown *s_r)
{
	struct items items = { .n = 0 };
	struct mime_lex l;
	struct mime_token t;
	size_t at;

	*s_r = (struct mime_shown){ .params = NULL };
	mime_lex_init(&l, value, MIME_LEX_VALUE);
	if (next(&l, &t) == MIME_TOKEN_ATOM) {
		s_r->type = t.text;
		next(&l, &t);
	}
	at = t.kind ? (size_t)(t.whole.p - l.in.p) : l.in.n;
	if (lost(&l))
		return;
	if (t.kind != MIME_TOKEN_END && !mime_token_is(&t, ';'))
		skip_past(&l, at);
	take_params(a, &l, &items);
	assemble(a, &items, s_r);
}

bool
mime_shown_cte(struct str value, struct str *cte_r)
{
	struct mime_lex l;
	struct mime_token t;

	mime_lex_init(&l, value, MIME_LEX_VALUE);
	if (mime_lex_next(&l, &t) != MIME_TOKEN_ATOM)
		return false;
	*cte_r = t.text;
	return mime_lex_next(&l, &t) == MIME_TOKEN_END && !lost(&l);
}

/* A tag: atoms of RFC 5322. */
bool
mime_shown_language(struct str value, size_t *at, struct str *s_r)
{
	struct mime_lex l;
	struct mime_token t;

	mime_lex_init(&l, value, MIME_LEX_ADDRESS);
	l.pos = *at;
	if (*at > 0 && (mime_lex_next(&l, &t), !mime_token_is(&t, ',')))
		return false;
	if (mime_lex_next(&l, &t) != MIME_TOKEN_ATOM)
		return false;
	*s_r = t.text;
	*at = l.pos;
	return true;
}

const struct mime_shown_param *
mime_shown_find(const struct mime_shown *s, struct str name)
{
	const struct mime_shown_param *p = s->params;

	while (p != NULL && !str_ieq(p->name, name))
		p = p->next;
	return p;
}
