#include <stdlib.h>

#include "match.h"

void
vars_fini(struct vars *v)
{
	for (size_t i = 0; i < v->n; i++)
		free((char *)v->var[i].value.p);
	v->n = 0;
}

static const struct str *
lookup(const struct vars *v, struct str name)
{
	for (size_t i = 0; i < v->n; i++)
		if (str_eq(v->var[i].name, name))
			return &v->var[i].value;
	return NULL;
}

/* "${name=}" in a pattern forgets what name was. */
static struct str
forgets(struct str name)
{
	if (name.n == 0 || name.p[name.n - 1] != '=')
		return STR_NULL;
	return (struct str){ name.p, name.n - 1 };
}

static void
forget(struct vars *v, struct str name)
{
	for (size_t i = 0; i < v->n; i++)
		if (str_eq(v->var[i].name, name)) {
			free((char *)v->var[i].value.p);
			v->var[i] = v->var[--v->n];
			return;
		}
}

static size_t
word_length(struct str s)
{
	size_t n = 0;

	while (n < s.n && memchr(" ()[]{}\"\r\n", s.p[n], 10) == NULL)
		n++;
	return n;
}

static bool
take(struct str *s, struct str want)
{
	if (!str_starts(*s, want))
		return false;
	s->p += want.n;
	s->n -= want.n;
	return true;
}

/* Depth is the number of "..." in one pattern: the test's author bounds it. */
static bool
match_from(const struct text *t, size_t i, struct str s, struct vars *v)
{
	for (; i < t->n; i++) {
		const struct piece *p = &t->piece[i];
		const struct str *set = NULL;

		if (p->kind == PIECE_ANY) {
			size_t before = v->n;

			for (size_t k = 0; k <= s.n; k++) {
				struct str rest = { s.p + k, s.n - k };

				v->n = before;
				if (match_from(t, i + 1, rest, v))
					return true;
			}
			return false;
		}
		if (p->kind == PIECE_VAR &&
		    (set = lookup(v, p->s)) == NULL) {
			size_t n = word_length(s);

			if (n == 0 || v->n == VARS_MAX)
				return false;
			v->var[v->n].name = forgets(p->s).p ?
			    forgets(p->s) : p->s;
			v->var[v->n++].value = (struct str){ s.p, n };
			s = (struct str){ s.p + n, s.n - n };
			continue;
		}
		if (!take(&s, set ? *set : p->s))
			return false;
	}
	return s.n == 0;
}

bool
match_text(const struct text *t, struct str s, struct vars *v)
{
	size_t before;

	for (size_t i = 0; i < t->n; i++)
		if (t->piece[i].kind == PIECE_VAR)
			forget(v, forgets(t->piece[i].s));
	before = v->n;
	if (!match_from(t, 0, s, v)) {
		v->n = before;
		return false;
	}
	/* What was captured outlives the buffer. */
	for (size_t i = before; i < v->n; i++) {
		struct str *value = &v->var[i].value;
		char *copy = malloc(value->n);

		if (copy == NULL)
			abort();
		memcpy(copy, value->p, value->n);
		value->p = copy;
	}
	return true;
}

/* Is w in s as a whole word, between blanks, brackets or the ends? */
static bool
has_word(struct str s, struct str w)
{
	for (size_t i = 0; i + w.n <= s.n; i++)
		if (memcmp(s.p + i, w.p, w.n) == 0 &&
		    (i == 0 || memchr(" []()\"", s.p[i - 1], 6)) &&
		    (i + w.n == s.n || memchr(" []()\"", s.p[i + w.n], 6)))
			return true;
	return false;
}

bool
match_words(struct str words, struct str s, bool all)
{
	struct str w;

	while (words.n > 0) {
		str_cut(&words, ' ', &w);
		if (w.n > 0 && has_word(s, w) != all)
			return false;
	}
	return true;
}

char *
match_expand(const struct text *t, const struct vars *v, size_t *n_r,
    struct str *missing_r)
{
	size_t n = 0;
	char *out;

	for (int pass = 0; pass < 2; pass++) {
		out = pass ? malloc(n + 1) : NULL;
		n = 0;
		for (size_t i = 0; i < t->n; i++) {
			const struct piece *p = &t->piece[i];
			const struct str *s = p->kind == PIECE_VAR ?
			    lookup(v, p->s) : &p->s;

			if (s == NULL) {
				*missing_r = p->s;
				free(out);
				return NULL;
			}
			if (out != NULL)
				memcpy(out + n, s->p, s->n);
			n += s->n;
		}
	}
	*n_r = n;
	return out;
}
