#include "address.h"

#include "token.h"

/* What stands for what is not there. */
#define NO_MAILBOX STR("MISSING_MAILBOX")
#define NO_DOMAIN STR("MISSING_DOMAIN")
#define BAD_DOMAIN STR("SYNTAX_ERROR")
#define BAD_ROUTE STR("INVALID_ROUTE")

struct address {
	struct str name, route, mailbox, domain;	/* p NULL: none */
};

/* Is something without an end, and so all that follows lost? */
static bool
lost(const struct mime_lex *l)
{
	return (l->flags & (MIME_COMMENT_OPEN | MIME_QUOTE_OPEN)) != 0;
}

static enum mime_token_kind
peek(const struct mime_lex *l, struct mime_token *t_r)
{
	struct mime_lex ahead = *l;

	return mime_lex_next(&ahead, t_r);
}

/* Take the next token if it is this one. */
static bool
take(struct mime_lex *l, char special)
{
	struct mime_lex ahead = *l;
	struct mime_token t;

	mime_lex_next(&ahead, &t);
	if (!mime_token_is(&t, special))
		return false;
	*l = ahead;
	return true;
}

static struct str
plain(struct arena *a, struct str text)
{
	char *out = arena_alloc(a, text.n + 1);

	return (struct str){ out, mime_unquote(out, text) };
}

static bool
word(const struct mime_token *t)
{
	return t->kind == MIME_TOKEN_ATOM || t->kind == MIME_TOKEN_QUOTED;
}

/* Words and dots: how many, and *l behind them. */
static size_t
skip_phrase(struct mime_lex *l)
{
	struct mime_lex ahead = *l;
	struct mime_token t;
	bool quoted_first = false;
	size_t words = 0;

	for (;; words++) {
		mime_lex_next(&ahead, &t);
		if (lost(&ahead) || (!word(&t) &&
		    (!mime_token_is(&t, '.') || words == 0 ||
		    (words == 1 && quoted_first))))
			return words;
		quoted_first = words == 0 && t.kind == MIME_TOKEN_QUOTED;
		*l = ahead;
	}
}

/*
 * The words from pos from to pos to, with one blank between what is apart and
 * around what is quoted.
 */
static struct str
phrase(struct arena *a, const struct mime_lex *l, size_t from, size_t to)
{
	char *out = arena_alloc(a, 2 * (to - from) + 1);
	struct mime_lex w;
	struct mime_token t;
	bool quoted = false;
	size_t n = 0;

	mime_lex_init(&w, (struct str){ l->in.p + from, to - from },
	    MIME_LEX_ADDRESS);
	for (bool first = true; mime_lex_next(&w, &t); first = false) {
		bool was_quoted = quoted;

		quoted = t.kind == MIME_TOKEN_QUOTED;
		if (!first && (t.apart || quoted || was_quoted))
			out[n++] = ' ';
		n += mime_unquote(out + n, t.text);
	}
	return (struct str){ out, n };
}

/* Atoms and dots without blanks between; false: none. */
static bool
take_dots(struct mime_lex *l, struct str *s_r)
{
	struct mime_lex ahead = *l;
	struct mime_token t;
	struct str s = { NULL, 0 };

	while (mime_lex_next(&ahead, &t), (t.kind == MIME_TOKEN_ATOM ||
	    mime_token_is(&t, '.')) && (s.p == NULL || !t.apart)) {
		if (s.p == NULL)
			s.p = t.whole.p;
		s.n = (size_t)(t.whole.p + t.whole.n - s.p);
		*l = ahead;
	}
	if (s.p != NULL)
		*s_r = s;
	return s.p != NULL;
}

/* Before '@': a quoted string, or atoms with dots. */
static bool
take_local(struct arena *a, struct mime_lex *l, struct str *s_r)
{
	struct mime_lex ahead = *l;
	struct mime_token t;

	if (mime_lex_next(&ahead, &t) != MIME_TOKEN_QUOTED)
		return take_dots(l, s_r);
	*l = ahead;
	if (lost(l))
		return false;
	*s_r = plain(a, t.text);
	return true;
}

/* Behind '@': atoms with one dot between, or a literal; else as it was. */
static bool
take_domain(struct mime_lex *l, struct str *s_r)
{
	struct mime_lex ahead = *l;
	struct mime_token t;
	struct str s;

	if (mime_lex_next(&ahead, &t) == MIME_TOKEN_DOMAIN) {
		*l = ahead;
		*s_r = t.whole;
		return !lost(l);
	}
	if (!take_dots(l, &s) || s.p[0] == '.' || s.p[s.n - 1] == '.' ||
	    memmem(s.p, s.n, "..", 2) != NULL)
		return false;
	ahead = *l;
	mime_lex_next(&ahead, &t);
	if (lost(&ahead))
		return false;
	*s_r = s;
	return true;
}

/* Behind '<': "@a,@b:", which becomes "@a,@b". */
static bool
take_route(struct arena *a, struct mime_lex *l, struct str *route_r)
{
	struct str domain;
	struct mime_wire route;

	mime_wire_init(&route, a);
	while (take(l, '@')) {
		if (!take_domain(l, &domain))
			return false;
		mime_wire_put(&route, route.n ? STR(",@") : STR("@"));
		mime_wire_put(&route, domain);
		while (take(l, ','))
			;
	}
	if (!take(l, ':'))
		return false;
	*route_r = mime_wire_text(&route);
	return true;
}

/* Behind '<', up to '@' or what is wrong; false: nothing can follow. */
static bool
take_path(struct arena *a, struct mime_lex *l, struct address *to)
{
	struct mime_token t;
	struct str local;

	peek(l, &t);
	if (mime_token_is(&t, '@') && !take_route(a, l, &to->route)) {
		to->route = BAD_ROUTE;
		return false;
	}
	if (!take_local(a, l, &local))
		return true;
	peek(l, &t);
	if (mime_token_is(&t, '.') || (word(&t) && local.n > 0 &&
	    local.p[local.n - 1] == '.'))
		return false;
	to->mailbox = local;
	return true;
}

/* Behind '<'. */
static void
take_angle(struct arena *a, struct mime_lex *l, struct address *to)
{
	bool good = take_path(a, l, to) &&
	    (!take(l, '@') || take_domain(l, &to->domain));

	if (!take(l, '>') || (!good && to->route.p == NULL))
		to->domain = BAD_DOMAIN;
}

/* A comment behind an address that has no other name is one. */
static void
name_by_comment(struct arena *a, const struct mime_lex *l,
    struct address *to)
{
	struct mime_lex ahead = *l;
	struct mime_token t;

	mime_lex_next(&ahead, &t);
	if (ahead.comment.n > 0)
		to->name = plain(a, ahead.comment);
}

/* No '<' follows: an address, or several words, which are a name. */
static void
take_bare(struct arena *a, struct mime_lex *l, struct address *to)
{
	size_t from = l->pos;
	struct mime_lex ahead;
	struct mime_token t;
	struct str local = NO_MAILBOX;
	bool found = take_local(a, l, &local);

	l->comment = STR_NULL;
	ahead = *l;
	mime_lex_next(&ahead, &t);
	if (lost(&ahead))
		return;
	if (found && ahead.comment.p == NULL &&
	    (word(&t) || mime_token_is(&t, '.'))) {
		l->pos = from;
		skip_phrase(l);
		to->name = phrase(a, l, from, l->pos);
		return;
	}
	to->mailbox = local;
	if (take(l, '@'))
		take_domain(l, &to->domain);
	if (found || to->domain.p != NULL)
		name_by_comment(a, l, to);
}

static void
put_address(struct mime_addresses *a, const struct address *m)
{
	struct mime_wire *w = a->wire;

	mime_wire_put(w, STR("("));
	mime_wire_human(w, m->name);
	mime_wire_put(w, STR(" "));
	mime_wire_string(w, m->route);
	mime_wire_put(w, STR(" "));
	mime_wire_string(w, m->mailbox);
	mime_wire_put(w, STR(" "));
	mime_wire_string(w, m->domain);
	mime_wire_put(w, STR(")"));
	a->count++;
}

static void
take_mailbox(struct mime_addresses *a, struct mime_lex *l)
{
	struct address m = { .mailbox = NO_MAILBOX, .domain = NO_DOMAIN };
	struct mime_lex ahead = *l;
	size_t words = skip_phrase(&ahead), to = ahead.pos;

	if (take(&ahead, '<')) {
		if (words > 0)
			m.name = phrase(a->wire->arena, l, l->pos, to);
		if (m.name.n == 0)
			m.name = STR_NULL;
		take_angle(a->wire->arena, &ahead, &m);
		*l = ahead;
	} else {
		take_bare(a->wire->arena, l, &m);
	}
	put_address(a, &m);
}

/* Behind "name:"; false: what follows is no list any more. */
static bool
take_group(struct mime_addresses *a, struct mime_lex *l)
{
	struct mime_token t;

	if (peek(l, &t) == MIME_TOKEN_END || take(l, ';'))
		return true;
	do
		take_mailbox(a, l);
	while (take(l, ',') && peek(l, &t) != MIME_TOKEN_END);
	return take(l, ';');
}

/* One address or group; false: the same. */
static bool
take_address(struct mime_addresses *a, struct mime_lex *l)
{
	struct mime_lex ahead = *l;
	size_t to;
	bool more;

	skip_phrase(&ahead);
	to = ahead.pos;
	if (!take(&ahead, ':')) {
		take_mailbox(a, l);
		return true;
	}
	put_address(a, &(struct address){ .mailbox =
	    phrase(a->wire->arena, l, l->pos, to) });
	*l = ahead;
	more = take_group(a, l);
	put_address(a, &(struct address){ .name = STR_NULL });
	return more;
}

void
mime_addresses_put(struct mime_addresses *a, struct str value)
{
	struct mime_lex l;
	struct mime_token t;

	mime_lex_init(&l, value, MIME_LEX_ADDRESS);
	do {
		if (peek(&l, &t) == MIME_TOKEN_END || a->wire->full)
			return;
	} while (take_address(a, &l) && take(&l, ','));
}
