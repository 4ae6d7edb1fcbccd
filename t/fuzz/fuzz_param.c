/*
 * Fields of MIME.  Properties: tokens come in order, within the octets, and
 * take all of them; the strict reading of a value, written anew with every
 * value quoted, is read as the same; a transfer encoding is one of its
 * readings.
 */

#include <assert.h>
#include <stdlib.h>

#include "cte.h"
#include "param.h"
#include "token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum {
	INPUT_MAX = 4000,
	ARENA_MAX = 8 << 20,
};

static void
check_tokens(struct str in, enum mime_lex_mode mode)
{
	char *out = malloc(in.n + 1);
	struct mime_lex l;
	struct mime_token t;
	size_t at = 0;

	assert(out != NULL);
	mime_lex_init(&l, in, mode);
	while (mime_lex_next(&l, &t) != MIME_TOKEN_END) {
		const char *end = t.whole.p + t.whole.n;

		assert(t.whole.n > 0 && t.whole.p >= in.p + at);
		assert(end == in.p + l.pos && l.pos <= in.n);
		assert(t.text.p >= t.whole.p && t.text.p + t.text.n <= end);
		assert(mime_unquote(out, t.text) <= t.text.n);
		at = l.pos;
	}
	assert(l.pos == in.n);
	free(out);
}

static char *
put(char *out, struct str s, bool quoted)
{
	for (size_t i = 0; i < s.n; i++) {
		/* a line's end in quotes would be a fold */
		if (quoted && memchr("\"\\\r\n", s.p[i], 4) != NULL)
			*out++ = '\\';
		*out++ = s.p[i];
	}
	return out;
}

static bool
plain(const struct mime_param *p)
{
	return p->reading == MIME_READ_STRICT && p->form == MIME_PARAM_PLAIN;
}

/* type/subtype;name="value"... */
static struct str
write_anew(const struct mime_value *v)
{
	char *out = malloc(3 * INPUT_MAX), *p = out;

	assert(out != NULL);
	p = put(p, v->type, false);
	*p++ = '/';
	p = put(p, v->subtype, false);
	for (const struct mime_param *m = v->params; m; m = m->next) {
		if (!plain(m))
			continue;
		*p++ = ';';
		p = put(p, m->name, false);
		*p++ = '=';
		*p++ = '"';
		p = put(p, m->value, true);
		*p++ = '"';
	}
	assert(p <= out + 3 * INPUT_MAX);
	return (struct str){ out, (size_t)(p - out) };
}

static void
check_same(const struct mime_value *one, const struct mime_value *two)
{
	const struct mime_param *b = two->params;

	assert(str_eq(one->type, two->type));
	assert(str_eq(one->subtype, two->subtype));
	for (const struct mime_param *a = one->params; a; a = a->next) {
		if (!plain(a))
			continue;
		assert(b != NULL && plain(b) && str_eq(a->name, b->name));
		assert(str_eq(a->value, b->value));
		b = b->next;
	}
	assert(b == NULL || !plain(b));
}

static void
check_value(struct str in)
{
	struct arena a;
	struct mime_value one, two;
	struct str anew;

	arena_init(&a, ARENA_MAX, NULL, NULL);
	if (mime_value_parse(&a, in, MIME_VALUE_TYPE, &one) > 0 &&
	    one.type.n > 0 && one.subtype.n > 0) {
		anew = write_anew(&one);
		/* a careless reader of it may find too many */
		if (mime_value_parse(&a, anew, MIME_VALUE_TYPE, &two) > 0) {
			assert(!(two.flags & (MIME_TYPE_BROKEN |
			    MIME_PARAM_BROKEN | MIME_COMMENT |
			    MIME_QUOTE_OPEN)) || two.flags &
			    MIME_QUOTE_ESCAPE);
			check_same(&one, &two);
		}
		free((char *)anew.p);
	}
	arena_fini(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };
	uint64_t flags = 0;
	enum mime_cte cte;
	unsigned readings;

	if (n > INPUT_MAX)
		return 0;
	check_tokens(in, MIME_LEX_ADDRESS);
	check_tokens(in, MIME_LEX_VALUE);
	check_value(in);
	cte = mime_cte_parse(in, &readings, &flags);
	assert(MIME_CTE_BIT(cte) & readings);
	return 0;
}
