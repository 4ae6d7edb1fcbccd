/* BODY and BODYSTRUCTURE of mails. */

#include <stdlib.h>

#include "structure.h"
#include "tap.h"

#define ASCII "(\"charset\" \"us-ascii\")"
#define NO_ENVELOPE "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"

static const struct {
	const char *name, *in, *body, *extension;
} cases[] = {
	{ "text", "A: b\r\n\r\nx\r\ny",
	    "(\"text\" \"plain\" " ASCII " NIL NIL \"7bit\" 4 1",
	    " NIL NIL NIL NIL)" },
	{ "a file", "Content-Type: A/B; c=d\r\nContent-ID: <i>\r\n"
	    "Content-Description: e \"f\"\r\n"
	    "Content-Transfer-Encoding: Base64\r\nContent-MD5: m\r\n"
	    "Content-Disposition: attachment; filename=\"g h\"\r\n"
	    "Content-Language: en, cs\r\nContent-Location: l\r\n\r\nx\r\n",
	    "(\"A\" \"B\" (\"c\" \"d\") \"<i>\" \"e \\\"f\\\"\" \"Base64\" 3",
	    " \"m\" (\"attachment\" (\"filename\" \"g h\")) (\"en\" \"cs\") "
	    "\"l\")" },
	{ "a type that cannot be read", "Content-Type: a;\r\n\r\nx",
	    "(\"\" \"\" NIL NIL NIL \"7bit\" 1", " NIL NIL NIL NIL)" },
	{ "a multipart that is none", "Content-Type: multipart\r\n\r\nx",
	    "(\"application\" \"octet-stream\" NIL NIL NIL \"7bit\" 1",
	    " NIL NIL NIL NIL)" },
	{ "a message", "Content-Type: MESSAGE/rfc822\r\n\r\nSubject: s\r\n"
	    "\r\nx\r\n",
	    "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 17 (NIL \"s\" NIL "
	    "NIL NIL NIL NIL NIL NIL NIL) ", NULL },
};

static struct str
render(struct arena *a, struct str in, bool extended)
{
	struct mime_parts p;
	struct mime_wire w;

	mime_parts_init(&p, a, in);
	tap_int(1, mime_parts_step(&p, in.n), "a mail is read");
	mime_wire_init(&w, a);
	mime_structure_put(&w, in, p.mail, extended);
	return mime_wire_text(&w);
}

static void
test_single(struct arena *a)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct str in = str_c(cases[i].in);
		struct str body = render(a, in, false);
		struct str all = render(a, in, true);

		if (cases[i].extension == NULL) {
			tap_ok(str_starts(body, str_c(cases[i].body)), "%s",
			    cases[i].name);
			continue;
		}
		tap_str(str_c(arena_printf(a, "%s)", cases[i].body)), body,
		    "%s", cases[i].name);
		tap_str(str_c(arena_printf(a, "%s%s", cases[i].body,
		    cases[i].extension)), all, "%s with extensions",
		    cases[i].name);
	}
}

static void
test_tree(struct arena *a)
{
	static const struct str in = STR("Content-Type: multipart/Mixed; "
	    "boundary=b\r\nContent-Language: en\r\n\r\n--b\r\n\r\nx\r\n"
	    "--b\r\nContent-Type: multipart/x; boundary=c\r\n\r\ny\r\n"
	    "--b\r\nContent-Type: message/rfc822\r\nContent-MD5: m\r\n\r\n"
	    "A: b\r\n\r\nz\r\n--b--\r\n");

	tap_str(STR("((\"text\" \"plain\" " ASCII " NIL NIL \"7bit\" 1 0)"
	    "((\"text\" \"plain\" " ASCII " NIL NIL \"7bit\" 0 0) \"x\")"
	    "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 9 " NO_ENVELOPE
	    " (\"text\" \"plain\" " ASCII " NIL NIL \"7bit\" 1 0) 2)"
	    " \"Mixed\")"), render(a, in, false), "a tree");
	tap_str(STR("((\"text\" \"plain\" " ASCII " NIL NIL \"7bit\" 1 0 "
	    "NIL NIL NIL NIL)((\"text\" \"plain\" " ASCII " NIL NIL \"7bit\" "
	    "0 0 NIL NIL NIL NIL) \"x\" (\"boundary\" \"c\") NIL NIL NIL)"
	    "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 9 " NO_ENVELOPE
	    " (\"text\" \"plain\" " ASCII " NIL NIL \"7bit\" 1 0 NIL NIL NIL "
	    "NIL) 2 \"m\" NIL NIL NIL) \"Mixed\" (\"boundary\" \"b\") NIL "
	    "(\"en\") NIL)"), render(a, in, true),
	    "a tree with extensions");
}

int
main(void)
{
	struct arena a;

	arena_init(&a, 1 << 20, NULL, NULL);
	test_single(&a);
	test_tree(&a);
	arena_fini(&a);
	return tap_done();
}
