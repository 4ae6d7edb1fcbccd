/* Values of fields as strings of IMAP. */

#include <stdlib.h>

#include "tap.h"
#include "wire.h"

enum how { STRING, HUMAN, SHOWN };

static const struct {
	const char *name;
	enum how how;
	struct str in;
	const char *want;
} cases[] = {
	{ "nothing", STRING, { NULL, 0 }, "NIL" },
	{ "an empty string", STRING, STR(""), "\"\"" },
	{ "a plain string", STRING, STR("a b"), "\"a b\"" },
	{ "quotes and backslashes", STRING, STR("a\"b\\c"),
	    "\"a\\\"b\\\\c\"" },
	{ "octets over 127", STRING, STR("\xc3\xa9"), "{2}\r\n\xc3\xa9" },
	{ "a line end", STRING, STR("a\r\nb"), "{4}\r\na\r\nb" },
	{ "a control", STRING, STR("a\x01"), "{2}\r\na\x01" },
	{ "NUL", STRING, STR("a\0\0b"),
	    "{8}\r\na\xef\xbf\xbd\xef\xbf\xbd" "b" },
	{ "nothing to read", HUMAN, { NULL, 0 }, "NIL" },
	{ "blanks", HUMAN, STR(" a \t b\r\n\tc  "), "\"a b c\"" },
	{ "nothing but blanks", HUMAN, STR(" \t\r\n "), "\"\"" },
	/* RFC 5322: what is behind the colon */
	{ "no field", SHOWN, { NULL, 0 }, "NIL" },
	{ "a value", SHOWN, STR(" a b "), "\"a b \"" },
	{ "a folded value", SHOWN, STR(" \ta\r\n b\n\tc"),
	    "{5}\r\na b\tc" },
	{ "a value in the second line", SHOWN, STR("  \r\n a"), "\"  a\"" },
	{ "an empty value", SHOWN, STR(" "), "\"\"" },
	{ "a value of blanks", SHOWN, STR("   "), "\"  \"" },
};

static void
test_cases(struct arena *a)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct mime_wire w;

		mime_wire_init(&w, a);
		if (cases[i].how == STRING)
			mime_wire_string(&w, cases[i].in);
		else if (cases[i].how == HUMAN)
			mime_wire_human(&w, cases[i].in);
		else
			mime_wire_string(&w, mime_shown_text(a,
			    cases[i].in));
		tap_str(str_c(cases[i].want), mime_wire_text(&w), "%s",
		    cases[i].name);
	}
}

static void
test_growth(struct arena *a)
{
	static char x[100000];
	struct mime_wire w;

	memset(x, 'x', sizeof x);
	mime_wire_init(&w, a);
	mime_wire_number(&w, UINT64_MAX);
	mime_wire_put(&w, STR(" "));
	mime_wire_string(&w, (struct str){ x, 1000 });
	tap_ok(w.n == 20 + 1 + 1002 && mime_wire_text(&w).p[21] == '"',
	    "up to a server's line a string is quoted");
	mime_wire_string(&w, (struct str){ x, 1001 });
	tap_ok(w.n == 1023 + 1009 && w.p[1023] == '{',
	    "a longer one is a literal");
	while (!w.full && w.n <= MIME_WIRE_MAX)
		mime_wire_put(&w, (struct str){ x, sizeof x });
	tap_ok(!w.full, "as much as may be is kept");
	mime_wire_put(&w, STR("x"));
	tap_ok(w.full && w.n < sizeof x, "and no more");
}

int
main(void)
{
	struct arena a;

	arena_init(&a, 128 << 20, NULL, NULL);
	test_cases(&a);
	test_growth(&a);
	arena_fini(&a);
	return tap_done();
}
