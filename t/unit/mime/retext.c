/* Texts as bodies. */

#include "retext.h"
#include "tap.h"

static const struct {
	const char *name, *in, *want, *charset, *cte;
} cases[] = {
	{ "nothing", "", "", "us-ascii", "7bit" },
	{ "lines", "a\nb\r\n\nc", "a\r\nb\r\n\r\nc\r\n", "us-ascii", "7bit" },
	{ "UTF-8", "\xc3\xa9\n", "=C3=A9\r\n", "utf-8",
	    "quoted-printable" },
	{ "a boundary", "--b\n", "=2D-b\r\n", "us-ascii",
	    "quoted-printable" },
	{ "controls", "a\x01\x08\x7f\tb\r", "a\tb\r\n", "us-ascii", "7bit" },
	{ "a blank at a line's end", "a \nb", "a=20\r\nb\r\n", "us-ascii",
	    "quoted-printable" },
};

int
main(void)
{
	struct arena a;

	arena_init(&a, 1 << 20, NULL, NULL);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct mime_retext r;

		mime_retext(&a, (struct mime_text){ str_c(cases[i].in),
		    STR("utf-8") }, &r);
		tap_str(str_c(cases[i].want), r.body, "%s", cases[i].name);
		tap_str(str_c(arena_printf(&a, "Content-Type: text/plain; "
		    "charset=%s\r\nContent-Transfer-Encoding: %s\r\n"
		    "Content-Disposition: inline\r\n", cases[i].charset,
		    cases[i].cte)), r.header, "%s: header", cases[i].name);
	}
	arena_fini(&a);
	return tap_done();
}
