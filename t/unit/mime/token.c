/* Tokens of structured fields. */

#include <stdio.h>
#include <stdlib.h>

#include "tap.h"
#include "token.h"

/* Each token as its kind's letter and its text, blanks before it as '_'. */
static struct str
render(struct str in, enum mime_lex_mode mode, uint64_t *flags_r)
{
	static char out[500];
	struct mime_lex l;
	struct mime_token t;
	size_t n = 0;

	mime_lex_init(&l, in, mode);
	while (mime_lex_next(&l, &t) != MIME_TOKEN_END)
		n += (size_t)snprintf(out + n, sizeof out - n, "%s%c<%.*s>",
		    t.apart ? "_" : "", " aqds"[t.kind], STR_ARG(t.text));
	*flags_r = l.flags;
	return (struct str){ out, n };
}

#define A MIME_LEX_ADDRESS
#define V MIME_LEX_VALUE

static const struct {
	enum mime_lex_mode mode;
	const char *in, *want;
	uint64_t flags;
} cases[] = {
	{ A, "", "", 0 },
	{ A, " \r\n\t", "", 0 },
	{ A, "a.b@c", "a<a>s<.>a<b>s<@>a<c>", 0 },
	{ V, "a.b@c", "a<a.b>s<@>a<c>", 0 },
	{ A, "a/b=?", "a<a/b=?>", 0 },
	{ V, "a/b=?", "a<a>s</>a<b>s<=>s<?>", 0 },
	{ A, "\"x \\\" y\" <z>", "q<x \\\" y>_s<<>a<z>s<>>", 0 },
	{ V, "\"x\\\"\"", "q<x\\\">", MIME_QUOTE_ESCAPE },
	{ A, "a@[1.2]b", "a<a>s<@>d<1.2>a<b>", 0 },
	{ A, "[a\\]b", "d<a\\]b>", MIME_QUOTE_OPEN },
	{ V, "[a]", "s<[>a<a>s<]>", 0 },
	{ A, "a(b(c)\\)d)e", "a<a>_a<e>", 0 },
	{ V, "a (b)", "a<a>", MIME_COMMENT },
	{ A, "a(b", "a<a>", MIME_COMMENT_OPEN },
	{ A, "a(b\\", "a<a>", MIME_COMMENT_OPEN },
	{ A, "(((((((())))))))a", "_a<a>", 0 },
	{ A, "((((((((()))))))))a", "_a<a>", MIME_COMMENT_DEEP },
	{ A, "a)b", "a<a>s<)>a<b>", 0 },
	{ A, "\"a", "q<a>", MIME_QUOTE_OPEN },
	{ A, "\"a\\", "q<a\\>", MIME_QUOTE_OPEN },
	{ A, "\"\"", "q<>", 0 },
	{ A, "\"a\r\n b\"", "q<a\r\n b>", MIME_QUOTE_FOLD },
	{ A, "a\x01\xc3", "a<a>s<\x01>a<\xc3>", 0 },
};

static void
test_unquote(void)
{
	static const struct { const char *in, *want; } t[] = {
		{ "", "" }, { "a b", "a b" }, { "a\\\"b\\\\", "a\"b\\" },
		{ "a\\", "a\\" }, { "a\r\n b\n c\rd", "a b c\rd" },
	};
	char out[20];

	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		tap_str(str_c(t[i].want), (struct str){ out,
		    mime_unquote(out, str_c(t[i].in)) },
		    "'%s' is unquoted", t[i].in);
}

/* A million of what recursion would not survive. */
static void
test_nesting(void)
{
	enum { N = 1 << 20 };
	char *p = malloc(N);
	struct mime_lex l;
	struct mime_token t;

	memset(p, '(', N);
	mime_lex_init(&l, (struct str){ p, N }, MIME_LEX_ADDRESS);
	tap_ok(mime_lex_next(&l, &t) == MIME_TOKEN_END && l.pos == N &&
	    l.flags == (MIME_COMMENT_OPEN | MIME_COMMENT_DEEP),
	    "comments nest a million times");
	free(p);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint64_t flags;

		tap_str(str_c(cases[i].want), render(str_c(cases[i].in),
		    cases[i].mode, &flags), "'%s' as %s", cases[i].in,
		    cases[i].mode == A ? "addresses" : "a value");
		tap_int((int64_t)cases[i].flags, (int64_t)flags,
		    "'%s' sets its flags", cases[i].in);
	}
	test_unquote();
	test_nesting();
	return tap_done();
}
