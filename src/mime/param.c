#include "param.h"

#include "err.h"
#include "field.h"
#include "hex.h"
#include "token.h"

/* One "name=value" as it is written. */
struct raw {
	struct str name, value;
	struct str base;	/* the name before its '*' */
	unsigned index;		/* of a piece */
	uint8_t form;		/* PLAIN, EXTENDED or PIECES */
	bool percent;		/* its value is percent-encoded */
	bool taken;
};

struct raws {
	struct raw r[MIME_PARAMS_MAX];
	size_t n;
	bool full;
};

struct parse {
	struct arena *arena;
	struct mime_value *v;
	struct mime_param **tail;
	enum mime_reading reading;
};

/* ---- from text to raw parameters ---- */

/*
 * "base*", "base*3", "base*3*".  What is like them and is none of them stays
 * a plain name.
 */
static void
classify(struct parse *p, struct raw *r)
{
	struct str rest = r->name;
	uint64_t index;

	r->base = r->name;
	r->form = MIME_PARAM_PLAIN;
	if (!str_cut(&rest, '*', &r->base))
		return;
	if (rest.n == 0 && r->base.n > 0) {
		r->form = MIME_PARAM_EXTENDED;
		r->percent = true;
		return;
	}
	if (rest.n > 1 && rest.p[rest.n - 1] == '*') {
		rest.n--;
		r->percent = true;
	}
	if (rest.n > 1 && rest.p[0] == '0')
		p->v->flags |= MIME_PARAM_ORDER;
	if (r->base.n == 0 || !str_u64(rest, MIME_PARAMS_MAX, &index)) {
		p->v->flags |= MIME_PARAM_ORDER;
		r->base = r->name;
		r->percent = false;
		return;
	}
	r->form = MIME_PARAM_PIECES;
	r->index = (unsigned)index;
}

static void
push(struct parse *p, struct raws *s, struct raw r)
{
	if (s->n == MIME_PARAMS_MAX) {
		s->full = true;
		return;
	}
	classify(p, &r);
	s->r[s->n++] = r;
}

static struct str
unquoted(struct parse *p, const struct mime_lex *l, struct str text)
{
	char *out;

	if (text.n == 0 || (memchr(text.p, '\\', text.n) == NULL &&
	    memchr(text.p, '\n', text.n) == NULL))
		return text;
	out = arena_alloc(p->arena, text.n);
	return (struct str){ out, l->no_escape ? mime_unfold(out, text) :
	    mime_unquote(out, text) };
}

/* '=' and a value; false, before the token that is wrong. */
static bool
take_assigned(struct parse *p, struct mime_lex *l, struct str *value_r)
{
	struct mime_token t;
	size_t at = l->pos;

	mime_lex_next(l, &t);
	if (mime_token_is(&t, '=')) {
		at = l->pos;
		mime_lex_next(l, &t);
		if (t.kind == MIME_TOKEN_ATOM) {
			*value_r = t.text;
			return true;
		}
		if (t.kind == MIME_TOKEN_QUOTED) {
			*value_r = unquoted(p, l, t.text);
			return true;
		}
	}
	l->pos = at;
	return false;
}

/* Behind a ';': a parameter, or nothing, or what is flagged. */
static void
take_param(struct parse *p, struct mime_lex *l, struct raws *s)
{
	struct mime_token t;
	struct raw r = { 0 };
	size_t at = l->pos;

	if (mime_lex_next(l, &t) != MIME_TOKEN_ATOM) {
		l->pos = at;
		return;
	}
	r.name = t.text;
	if (take_assigned(p, l, &r.value))
		push(p, s, r);
	else
		p->v->flags |= MIME_PARAM_BROKEN;
}

/* Parameters from the first ';' on, token by token. */
static void
read_tokens(struct parse *p, struct mime_lex *l, struct raws *s)
{
	struct mime_token t;

	while (mime_lex_next(l, &t) != MIME_TOKEN_END && !s->full) {
		if (mime_token_is(&t, ';'))
			take_param(p, l, s);
		else
			p->v->flags |= MIME_PARAM_BROKEN;
	}
	p->v->flags |= l->flags;
}

static struct str
trim_lines(struct str s)
{
	while (s.n > 0 && memchr(" \t\r\n", s.p[0], 4) != NULL) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && memchr(" \t\r\n", s.p[s.n - 1], 4) != NULL)
		s.n--;
	return s;
}

/* Parameters behind the first ';' as they are found by cutting. */
static void
read_loose(struct parse *p, struct str in, struct raws *s)
{
	struct str one;

	str_cut(&in, ';', &one);
	while (in.n > 0 && !s->full) {
		struct raw r = { 0 };

		str_cut(&in, ';', &one);
		if (!str_cut(&one, '=', &r.name))
			continue;
		r.name = trim_lines(r.name);
		r.value = trim_lines(one);
		if (r.value.n > 0 && r.value.p[0] == '"') {
			r.value.p++;
			r.value.n--;
		}
		if (r.value.n > 0 && r.value.p[r.value.n - 1] == '"')
			r.value.n--;
		if (memchr(r.value.p, '\n', r.value.n) != NULL) {
			char *out = arena_alloc(p->arena, r.value.n);

			r.value.n = mime_unfold(out, r.value);
			r.value.p = out;
		}
		if (r.name.n > 0)
			push(p, s, r);
	}
}

static bool
same_raws(const struct raws *a, const struct raws *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!str_eq(a->r[i].name, b->r[i].name) ||
		    !str_eq(a->r[i].value, b->r[i].value))
			return false;
	return true;
}

/* ---- from raw parameters to values ---- */

static uint64_t
value_flags(struct str value)
{
	uint64_t flags = 0;

	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			flags |= MIME_PARAM_CONTROL;
		if (c == '=' && i + 1 < value.n && value.p[i + 1] == '?')
			flags |= MIME_PARAM_WORD;
	}
	return flags;
}

static void
add(struct parse *p, struct mime_param param)
{
	struct mime_param *m = arena_alloc(p->arena, sizeof *m);

	*m = param;
	m->reading = (uint8_t)p->reading;
	p->v->flags |= value_flags(m->value);
	*p->tail = m;
	p->tail = &m->next;
}

/* Behind charset'language', of which the first is *charset_r. */
static struct str
cut_charset(struct parse *p, struct str value, struct str *charset_r)
{
	struct str rest = value, charset, language;

	if (!str_cut(&rest, '\'', &charset) ||
	    !str_cut(&rest, '\'', &language)) {
		p->v->flags |= MIME_PARAM_CHARSET;
		return value;
	}
	if (charset.n == 0)
		p->v->flags |= MIME_PARAM_CHARSET;
	*charset_r = charset;
	return rest;
}

/* Returns how many octets were written, at most in.n. */
static size_t
percent(struct parse *p, char *out, struct str in)
{
	size_t n = 0;

	for (size_t i = 0; i < in.n; i++) {
		int octet = mime_hex_pair(in, i + 1);

		if (in.p[i] != '%') {
			out[n++] = in.p[i];
		} else if (octet < 0) {
			p->v->flags |= MIME_PARAM_PERCENT;
			out[n++] = '%';
		} else {
			out[n++] = (char)octet;
			i += 2;
		}
	}
	return n;
}

/* One value out of n pieces. */
static void
join(struct parse *p, struct raw *const *piece, size_t n,
    enum mime_param_form form)
{
	struct mime_param m = { .name = piece[0]->base,
	    .form = (uint8_t)form };
	size_t room = 0;
	char *out;

	for (size_t i = 0; i < n; i++)
		room += piece[i]->value.n;
	out = arena_alloc(p->arena, room + 1);
	m.value.p = out;
	for (size_t i = 0; i < n; i++) {
		struct str in = piece[i]->value;

		if (i == 0 && piece[i]->percent)
			in = cut_charset(p, in, &m.charset);
		if (piece[i]->percent) {
			m.value.n += percent(p, out + m.value.n, in);
		} else if (in.n > 0) {
			memcpy(out + m.value.n, in.p, in.n);
			m.value.n += in.n;
		}
	}
	add(p, m);
}

/* Stable, by index; n is at most MIME_PARAMS_MAX. */
static void
sort(struct raw **m, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct raw *r = m[i];
		size_t j = i;

		for (; j > 0 && m[j - 1]->index > r->index; j--)
			m[j] = m[j - 1];
		m[j] = r;
	}
}

/* All pieces of one name, in every reading of them. */
static void
add_pieces(struct parse *p, struct raw **m, size_t n)
{
	struct raw *first[MIME_PARAMS_MAX], *last[MIME_PARAMS_MAX];
	struct raw *written[MIME_PARAMS_MAX];
	size_t nfirst = 0, nlast = 0;
	bool straight = true;

	for (size_t i = 0; i < n; i++)
		straight = straight && m[i]->index == i;
	if (straight) {
		join(p, m, n, MIME_PARAM_PIECES);
		return;
	}
	p->v->flags |= MIME_PARAM_ORDER;
	memcpy(written, m, n * sizeof *m);
	sort(m, n);
	for (size_t i = 0; i < n; i++) {
		if (m[i]->index == nfirst)
			first[nfirst++] = m[i];
		if (i + 1 == n || m[i + 1]->index != m[i]->index)
			last[nlast++] = m[i];
	}
	if (nfirst > 0)
		join(p, first, nfirst, MIME_PARAM_PIECES);
	join(p, last, nlast, MIME_PARAM_PIECES_LAST);
	join(p, written, n, MIME_PARAM_PIECES_WRITTEN);
}

static void
add_groups(struct parse *p, struct raws *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct raw *m[MIME_PARAMS_MAX], *r = &s->r[i];
		size_t n = 0;

		if (r->form != MIME_PARAM_PIECES || r->taken)
			continue;
		for (size_t j = i; j < s->n; j++) {
			if (s->r[j].form != MIME_PARAM_PIECES ||
			    !str_ieq(s->r[j].base, r->base))
				continue;
			s->r[j].taken = true;
			m[n++] = &s->r[j];
		}
		add_pieces(p, m, n);
	}
}

static void
flag_repeats(struct parse *p, const struct raws *s)
{
	for (size_t i = 0; i < s->n; i++) {
		for (size_t j = 0; j < i; j++) {
			const struct raw *a = &s->r[i], *b = &s->r[j];

			if (!str_ieq(a->base, b->base))
				continue;
			if (a->form != b->form)
				p->v->flags |= MIME_PARAM_FORMS;
			else if (a->form != MIME_PARAM_PIECES)
				p->v->flags |= MIME_PARAM_REPEATED;
		}
	}
}

static void
assemble(struct parse *p, struct raws *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->r[i].form == MIME_PARAM_PLAIN)
			add(p, (struct mime_param){ .name = s->r[i].name,
			    .value = s->r[i].value });
	for (size_t i = 0; i < s->n; i++) {
		struct raw *one = &s->r[i];

		if (one->form == MIME_PARAM_EXTENDED)
			join(p, &one, 1, MIME_PARAM_EXTENDED);
	}
	add_groups(p, s);
	flag_repeats(p, s);
}

/* ---- a value ---- */

static void
take_type(struct mime_value *v, struct mime_lex *l, enum mime_value_kind kind)
{
	struct mime_token t;
	size_t at = l->pos;
	bool good = mime_lex_next(l, &t) == MIME_TOKEN_ATOM;

	if (good) {
		v->type = t.text;
		at = l->pos;
		mime_lex_next(l, &t);
	}
	if (good && kind == MIME_VALUE_TYPE) {
		good = mime_token_is(&t, '/') && !t.apart &&
		    mime_lex_next(l, &t) == MIME_TOKEN_ATOM;
		if (good) {
			good = !t.apart;
			v->subtype = t.text;
			at = l->pos;
			mime_lex_next(l, &t);
		}
	}
	if (!good || (t.kind != MIME_TOKEN_END && !mime_token_is(&t, ';')))
		v->flags |= MIME_TYPE_BROKEN;
	l->pos = at;
	/* what is left of a broken type is no broken parameter */
	while (mime_lex_next(l, &t) != MIME_TOKEN_END &&
	    !mime_token_is(&t, ';'))
		at = l->pos;
	l->pos = at;
}

/* The strict reading, then those that differ from it. */
static bool
read_params(struct parse *p, struct mime_lex *start)
{
	struct raws strict = { .n = 0 }, other = { .n = 0 };
	struct mime_lex l = *start;

	read_tokens(p, &l, &strict);
	if (strict.full)
		return false;
	assemble(p, &strict);
	if (p->v->flags & MIME_QUOTE_ESCAPE) {
		p->reading = MIME_READ_ESCAPE;
		l = *start;
		l.no_escape = true;
		read_tokens(p, &l, &other);
		if (other.full)
			return false;
		if (!same_raws(&strict, &other))
			assemble(p, &other);
		other.n = 0;
	}
	p->reading = MIME_READ_LOOSE;
	read_loose(p, start->in, &other);
	if (other.full)
		return false;
	if (!same_raws(&strict, &other)) {
		p->v->flags |= MIME_PARAM_LOOSE;
		assemble(p, &other);
	}
	return true;
}

static int
fail(struct mime_value *v, const char *why)
{
	*v = (struct mime_value){ .flags = v->flags, .why = why };
	return ERR_LIMIT;
}

int
mime_value_parse(struct arena *a, struct str value,
    enum mime_value_kind kind, struct mime_value *v_r)
{
	struct parse p = { .arena = a, .v = v_r, .tail = &v_r->params };
	struct mime_lex l;
	struct str rest = value;

	*v_r = (struct mime_value){ .flags = 0 };
	if (value.n > MIME_VALUE_MAX)
		return fail(v_r, "a field of MIME is too long");
	str_cut(&rest, ';', &v_r->loose);
	v_r->loose = trim_lines(v_r->loose);
	mime_lex_init(&l, value, MIME_LEX_VALUE);
	take_type(v_r, &l, kind);
	if (!read_params(&p, &l))
		return fail(v_r, "too many parameters");
	return 1;
}

const struct mime_param *
mime_param_next(const struct mime_param *p, struct str name)
{
	while (p != NULL && !str_ieq(p->name, name))
		p = p->next;
	return p;
}

static bool
primary(const struct mime_param *p)
{
	return p->reading == MIME_READ_STRICT && p->form <= MIME_PARAM_PIECES;
}

const struct mime_param *
mime_param_first(const struct mime_value *v, struct str name)
{
	const struct mime_param *p = mime_param_next(v->params, name);

	while (p != NULL && !primary(p))
		p = mime_param_next(p->next, name);
	return p;
}

const struct mime_param *
mime_param_last(const struct mime_value *v, struct str name)
{
	const struct mime_param *p, *last = NULL;

	for (p = mime_param_next(v->params, name); p != NULL;
	    p = mime_param_next(p->next, name))
		if (primary(p))
			last = p;
	return last;
}
