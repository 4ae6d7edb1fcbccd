/* Notices: their files, and the fields in them. */

#include <limits.h>
#include <stdio.h>

#include "err.h"
#include "notice.h"
#include "tap.h"

/* "a{n}b": text as it stands, fields in braces; "!": no field behind it. */
static const char *
pieces(const char *text, char *out, size_t size)
{
	static const char letters[] = {
#define LETTER(id, letter, what) letter,
		NOTICE_FIELDS(LETTER)
	};
	struct str rest = str_c(text), piece;
	enum notice_field field;
	size_t n = 0;
	int rc;

	do {
		rc = notice_next(&rest, &piece, &field);
		n += (size_t)snprintf(out + n, size - n, "%.*s",
		    STR_ARG(piece));
		if (rc > 0)
			n += (size_t)snprintf(out + n, size - n, "{%c}",
			    letters[field]);
	} while (rc > 0);
	if (rc < 0)
		snprintf(out + n, size - n, "!%.*s", STR_ARG(rest));
	return out;
}

static void
test_fields(void)
{
	static const struct { const char *text, *want; } rows[] = {
		{ "", "" }, { "plain\n", "plain\n" },
		{ "%n", "{n}" }, { "a %n, %t%v", "a {n}, {t}{v}" },
		{ "%r%w%d%c", "{r}{w}{d}{c}" }, { "100%%", "100{%}" },
		{ "%%n", "{%}n" }, { "a%", "a!%" }, { "%x y", "!%x y" },
		{ "%N", "!%N" },
	};
	char out[100];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		tap_cstr(rows[i].want, pieces(rows[i].text, out, sizeof out),
		    "\"%s\"", rows[i].text);
}

static void
test_kinds(void)
{
	tap_ok(notice_is_html(STR("virus.html")), ".html is HTML");
	tap_ok(notice_is_html(STR("VIRUS.HTML")), "in any case");
	tap_ok(!notice_is_html(STR("virus.txt")), ".txt is not");
}

int
main(void)
{
	test_fields();
	test_kinds();
	return tap_done();
}
