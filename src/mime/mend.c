#include "mend.h"

#include "compose.h"
#include "token.h"
#include "word.h"

/* ---- texts ---- */

static bool
ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

/* As UTF-8, without NUL; what is none is taken for Windows' Latin. */
static struct str
text_of(struct arena *a, struct mime_charsets *c, struct str in)
{
	char *p = arena_alloc(a, in.n + 1), *out;
	struct str s = { p, 0 };
	uint64_t flags = 0;

	for (size_t i = 0; i < in.n; i++)
		if (in.p[i] != '\0')
			p[s.n++] = in.p[i];
	if (str_utf8(s))
		return s;
	out = arena_alloc(a, MIME_CHARSET_ROOM(s.n));
	return (struct str){ out, mime_charset_utf8(c, STR("windows-1252"), s,
	    out, &flags) };
}

/* What may hold no encoded word. */
static struct str
question(struct arena *a, struct str in)
{
	struct str s = mime_clean(a, in, in.n + 1);
	char *p = (char *)s.p;
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (((unsigned char)p[i] & 0xc0) == 0x80)
			continue;
		p[n++] = (unsigned char)p[i] < 0x80 ? p[i] : '?';
	}
	return (struct str){ p, n };
}

/* ---- addresses ---- */

static const char *const address_names[] = { "From", "Sender", "Reply-To",
    "To", "Cc", "Bcc", "Resent-From", "Resent-Sender", "Resent-Reply-To",
    "Resent-To", "Resent-Cc", "Resent-Bcc", "Disposition-Notification-To" };

static const char *const plain_names[] = { "Date", "Message-ID",
    "In-Reply-To", "References", "Received", "Return-Path", "Resent-Date",
    "Resent-Message-ID", "MIME-Version", "DKIM-Signature",
    "Authentication-Results" };

static bool
is_in(struct str name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_ieq(name, str_c(names[i])))
			return true;
	return false;
}

struct addresses {
	struct arena *a;
	struct mime_lex lex;
	struct mime_token at, next;
	bool angle;		/* within "<...>" */
	bool word;		/* the last one was an encoded word */
	char last;		/* special, or 'a' */
};

/* Is the token at hand part of an address, not of a name? */
static bool
in_address(const struct addresses *x)
{
	return x->angle || x->last == '@' || x->last == '.' ||
	    mime_token_is(&x->next, '@') || mime_token_is(&x->next, '.');
}

static struct str
quoted(struct arena *a, struct str text)
{
	char *out = arena_alloc(a, 2 * text.n + 2), *p = out;

	*p++ = '"';
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"' || text.p[i] == '\\')
			*p++ = '\\';
		*p++ = text.p[i];
	}
	*p++ = '"';
	return (struct str){ out, (size_t)(p - out) };
}

static struct str
mend_string(struct addresses *x, bool *word_r)
{
	char *out = arena_alloc(x->a, x->at.text.n + 1);
	struct str s = { out, mime_unquote(out, x->at.text) };

	*word_r = !ascii(s) && !in_address(x);
	if (*word_r)
		return s;
	return quoted(x->a, question(x->a, s));
}

/* The token at hand; *word_r: as an encoded word. */
static struct str
mend_token(struct addresses *x, bool *word_r)
{
	*word_r = false;
	if (x->at.kind == MIME_TOKEN_QUOTED)
		return mend_string(x, word_r);
	if (x->at.kind == MIME_TOKEN_ATOM && !ascii(x->at.text) &&
	    !in_address(x)) {
		*word_r = true;
		return x->at.text;
	}
	return question(x->a, x->at.whole);
}

static void
put_address(struct addresses *x, struct mime_line *l)
{
	bool word;
	struct str s = mend_token(x, &word);

	if (s.n > 0 || word)
		mime_line_put(l, s, x->at.apart || word || x->word, word);
	x->word = word;
	x->last = 'a';
	if (x->at.kind != MIME_TOKEN_SPECIAL)
		return;
	x->last = x->at.whole.p[0];
	if (x->last == '<' || x->last == '>')
		x->angle = x->last == '<';
}

static struct str
mend_addresses(struct arena *a, struct str name, struct str value)
{
	struct addresses x = { .a = a };
	struct mime_line l;

	mime_line_begin(&l, a, name, value.n);
	mime_lex_init(&x.lex, value, MIME_LEX_ADDRESS);
	mime_lex_next(&x.lex, &x.at);
	x.at.apart = true;
	while (x.at.kind != MIME_TOKEN_END) {
		mime_lex_next(&x.lex, &x.next);
		put_address(&x, &l);
		x.at = x.next;
	}
	return mime_line_end(&l);
}

/* ---- fields ---- */

struct str
mime_mend_field(struct arena *a, struct mime_charsets *c, struct str name,
    struct str value)
{
	struct str text;

	if (value.n > MIME_MEND_MAX)
		return STR_NULL;
	text = text_of(a, c, value);
	if (is_in(name, address_names, sizeof address_names /
	    sizeof *address_names))
		return mend_addresses(a, name, text);
	if (str_istarts(name, STR("Content-")) || is_in(name, plain_names,
	    sizeof plain_names / sizeof *plain_names))
		return mime_compose_as(a, name, question(a, text),
		    MIME_COMPOSE_PLAIN);
	return mime_compose_as(a, name, mime_clean(a, text, text.n + 1),
	    MIME_COMPOSE_8BIT);
}

struct str
mime_mend_words(struct arena *a, struct mime_charsets *c, struct str name,
    struct str value)
{
	uint64_t flags = 0;

	if (value.n > MIME_TEXT_MAX)
		value.n = MIME_TEXT_MAX;
	return mime_compose(a, name, mime_words(a, c, text_of(a, c, value),
	    &flags));
}

/* ---- what describes parts ---- */

static struct str
param_text(struct arena *a, struct mime_charsets *c,
    const struct mime_param *m)
{
	struct str value = m->value;
	uint64_t flags = 0;
	char *out;

	if (value.n > MIME_TEXT_MAX)
		value.n = MIME_TEXT_MAX;
	if (m->charset.p == NULL)
		return mime_words(a, c, text_of(a, c, value), &flags);
	out = arena_alloc(a, MIME_CHARSET_ROOM(value.n));
	return (struct str){ out, mime_charset_utf8(c, m->charset, value, out,
	    &flags) };
}

struct str
mime_mend_name(struct arena *a, struct mime_charsets *c,
    const struct mime_part *part)
{
	const struct mime_param *m = mime_param_first(&part->disposition,
	    STR("filename"));

	if (m == NULL)
		m = mime_param_first(&part->type, STR("name"));
	return m ? mime_clean_name(a, param_text(a, c, m)) : STR("");
}

/* Parameters that stay, the first of each; room for one more. */
static size_t
kept_pairs(struct arena *a, struct mime_charsets *c,
    const struct mime_part *part, struct mime_pair *pairs)
{
	struct str name = mime_mend_name(a, c, part);
	size_t n = 0;

	for (const struct mime_param *m = part->type.params; m != NULL &&
	    n < MIME_PARAMS_MAX - 2; m = m->next) {
		if (m != mime_param_first(&part->type, m->name) ||
		    str_ieq(m->name, STR("boundary")) ||
		    str_ieq(m->name, STR("name")) ||
		    !mime_token_good(m->name))
			continue;
		pairs[n++] = (struct mime_pair){ m->name, param_text(a, c,
		    m) };
	}
	if (name.n > 0)
		pairs[n++] = (struct mime_pair){ STR("name"), name };
	return n;
}

static struct str
written_type(struct arena *a, const struct mime_part *part)
{
	const struct mime_value *t = &part->type;

	if (t->type.n == 0)
		return STR("text/plain");
	if (!mime_token_good(t->type) || !mime_token_good(t->subtype))
		return STR("application/octet-stream");
	return str_c(arena_printf(a, "%.*s/%.*s", STR_ARG(t->type),
	    STR_ARG(t->subtype)));
}

struct str
mime_mend_type(struct arena *a, struct mime_charsets *c,
    const struct mime_part *part, struct str type)
{
	struct mime_pair pairs[MIME_PARAMS_MAX];
	size_t n = kept_pairs(a, c, part, pairs);

	if (type.n == 0)
		type = written_type(a, part);
	return mime_compose_value(a, STR("Content-Type"), type, pairs, n);
}

struct str
mime_mend_multipart(struct arena *a, struct mime_charsets *c,
    const struct mime_part *part, struct str boundary)
{
	struct str subtype = part->type.subtype;
	struct mime_pair pairs[MIME_PARAMS_MAX];
	size_t n = kept_pairs(a, c, part, pairs);

	if (!mime_token_good(subtype))
		subtype = STR("mixed");
	pairs[n++] = (struct mime_pair){ STR("boundary"), boundary };
	return mime_compose_value(a, STR("Content-Type"),
	    str_c(arena_printf(a, "multipart/%.*s", STR_ARG(subtype))),
	    pairs, n);
}

struct str
mime_mend_disposition(struct arena *a, struct mime_charsets *c,
    const struct mime_part *part)
{
	struct mime_pair pair = { STR("filename"), mime_mend_name(a, c,
	    part) };
	struct str type = part->disposition.type;

	if (!str_ieq(type, STR("inline")) && !str_ieq(type,
	    STR("form-data")))
		type = STR("attachment");
	return mime_compose_value(a, STR("Content-Disposition"), type, &pair,
	    pair.value.n > 0);
}
