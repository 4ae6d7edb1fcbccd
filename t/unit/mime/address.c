/* Lists of addresses as ENVELOPE shows them: what Dovecot does with each. */

#include <stdlib.h>

#include "address.h"
#include "tap.h"

#define MM "\"MISSING_MAILBOX\""
#define MD "\"MISSING_DOMAIN\""
#define SE "\"SYNTAX_ERROR\""
#define END "(NIL NIL NIL NIL)"

static const struct {
	const char *in, *want;
} cases[] = {
	{ "", "" }, { "  ", "" }, { "(x)", "" }, { "(x", "" },
	{ "a@b.c", "(NIL NIL \"a\" \"b.c\")" },
	{ "<a@b>", "(NIL NIL \"a\" \"b\")" },
	{ "Foo Bar <a@b>", "(\"Foo Bar\" NIL \"a\" \"b\")" },
	{ "\"Foo, Bar\" <a@b>", "(\"Foo, Bar\" NIL \"a\" \"b\")" },
	{ "\"a\\\"b\" <a@b>", "(\"a\\\"b\" NIL \"a\" \"b\")" },
	{ "Foo \"Bar\" baz <a@b>", "(\"Foo Bar baz\" NIL \"a\" \"b\")" },
	{ "a\"b\"c <a@b>", "(\"a b c\" NIL \"a\" \"b\")" },
	{ "Foo B. Bar <a@b>", "(\"Foo B. Bar\" NIL \"a\" \"b\")" },
	{ "Foo\r\n Bar\t <a@b>", "(\"Foo Bar\" NIL \"a\" \"b\")" },
	{ "\"\" <a@b>", "(NIL NIL \"a\" \"b\")" },
	{ "F\xc3\xa9 <a@b>", "({3}\r\nF\xc3\xa9 NIL \"a\" \"b\")" },
	{ "=?utf-8?q?x?= <a@b>", "(\"=?utf-8?q?x?=\" NIL \"a\" \"b\")" },
	{ "\"a b\"@c", "(NIL NIL \"a b\" \"c\")" },
	{ "a@[1.2.3.4]", "(NIL NIL \"a\" \"[1.2.3.4]\")" },
	{ "a..b@c", "(NIL NIL \"a..b\" \"c\")" },
	/* comments */
	{ "a@b (Foo (x) Bar)", "(\"Foo (x) Bar\" NIL \"a\" \"b\")" },
	{ "a@b (x) (y)", "(\"y\" NIL \"a\" \"b\")" },
	{ "(x) a@b", "(NIL NIL \"a\" \"b\")" },
	{ "Foo <a@b> (x)", "(\"Foo\" NIL \"a\" \"b\")" },
	{ "<a@b> (x)", "(NIL NIL \"a\" \"b\")" },
	{ "a@b ( )", "(\"\" NIL \"a\" \"b\")" },
	{ "a@b ()", "(NIL NIL \"a\" \"b\")" },
	{ "a(x)@(y)b", "(\"y\" NIL \"a\" \"b\")" },
	/* lists and groups */
	{ "a@b, c@d", "(NIL NIL \"a\" \"b\")(NIL NIL \"c\" \"d\")" },
	{ "a@b,", "(NIL NIL \"a\" \"b\")" },
	{ "a@b,,c@d", "(NIL NIL \"a\" \"b\")(NIL NIL " MM " " MD ")"
	    "(NIL NIL \"c\" \"d\")" },
	{ "g: a@b, Foo <c@d>;", "(NIL NIL \"g\" NIL)(NIL NIL \"a\" \"b\")"
	    "(\"Foo\" NIL \"c\" \"d\")" END },
	{ "u:;, x@y", "(NIL NIL \"u\" NIL)" END "(NIL NIL \"x\" \"y\")" },
	{ "u:", "(NIL NIL \"u\" NIL)" END },
	{ "my g: a@b", "(NIL NIL \"my g\" NIL)(NIL NIL \"a\" \"b\")" END },
	{ "a:b:c@d;", "(NIL NIL \"a\" NIL)(NIL NIL \"b\" " MD ")" END },
	{ "g:a@b,;", "(NIL NIL \"g\" NIL)(NIL NIL \"a\" \"b\")"
	    "(NIL NIL " MM " " MD ")" END },
	{ ":;", "(NIL NIL \"\" NIL)" END },
	/* routes */
	{ "<@r,@s:a@b>", "(NIL \"@r,@s\" \"a\" \"b\")" },
	{ "Foo <@r , @s : a@b>", "(\"Foo\" \"@r,@s\" \"a\" \"b\")" },
	{ "<@r>", "(NIL \"INVALID_ROUTE\" " MM " " MD ")" },
	{ "<@r:>", "(NIL \"@r\" " MM " " MD ")" },
	/* what is none */
	{ "foo", "(NIL NIL \"foo\" " MD ")" },
	{ "foo (x), a@b", "(\"x\" NIL \"foo\" " MD ")"
	    "(NIL NIL \"a\" \"b\")" },
	{ "Foo Bar", "(\"Foo Bar\" NIL " MM " " MD ")" },
	{ "Foo (x) Bar", "(\"x\" NIL \"Foo\" " MD ")" },
	{ "foo@", "(NIL NIL \"foo\" " MD ")" },
	{ "@foo", "(NIL NIL " MM " \"foo\")" },
	{ "a@b.", "(NIL NIL \"a\" " MD ")" },
	{ "a@@b", "(NIL NIL \"a\" " MD ")" },
	{ "a@b@c, x@y", "(NIL NIL \"a\" \"b\")" },
	{ "a b@c, x@y", "(\"a b\" NIL " MM " " MD ")" },
	{ "Foo [x] <a@b>", "(NIL NIL \"Foo\" " MD ")" },
	{ "<>", "(NIL NIL " MM " " MD ")" },
	{ "<foo>", "(NIL NIL \"foo\" " MD ")" },
	{ "<foo@>", "(NIL NIL \"foo\" " SE ")" },
	{ "Foo <", "(\"Foo\" NIL " MM " " SE ")" },
	{ "Foo <a@b, c@d", "(\"Foo\" NIL \"a\" " SE ")"
	    "(NIL NIL \"c\" \"d\")" },
	{ "Foo <a b@c>", "(\"Foo\" NIL \"a\" " SE ")" },
	{ "Foo <<a@b>>", "(\"Foo\" NIL " MM " " SE ")" },
	{ "\"x <a@b>", "(NIL NIL " MM " " MD ")" },
	{ "Foo (x <a@b>", "(NIL NIL " MM " " MD ")" },
	{ "a@b (x", "(NIL NIL \"a\" " MD ")" },
	{ "; a@b", "(NIL NIL " MM " " MD ")" },
};

int
main(void)
{
	struct arena a;

	arena_init(&a, 1 << 20, NULL, NULL);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct mime_wire w;
		struct mime_addresses list = { .wire = &w };

		mime_wire_init(&w, &a);
		mime_addresses_put(&list, str_c(cases[i].in));
		tap_str(str_c(cases[i].want), mime_wire_text(&w), "'%s'",
		    cases[i].in);
	}
	arena_fini(&a);
	return tap_done();
}
