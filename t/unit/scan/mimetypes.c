/* Types by suffix. */

#include <stdio.h>
#include <stdlib.h>

#include "err.h"
#include "mimetypes.h"
#include "tap.h"

static const char text[] =
    "# types\n"
    "application/pdf\t\t\tpdf PDFX # portable\r\n"
    "text/plain txt text\n"
    "Text/HTML html htm\n"
    "application/gzip gz\n"
    "application/x-later txt\n"
    "application/x-none\n"
    "not-a-type foo\n"
    "text/ bar\n"
    "a/b/c baz\n"
    "application/x-long aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
    "image/png png";

static const struct {
	const char *name, *want;
} cases[] = {
	{ "a.pdf", "application/pdf" },
	{ "A.PDF", "application/pdf" },
	{ "a.pdfx", "application/pdf" },
	{ "a.htm", "text/html" },
	{ "a.txt", "text/plain" },
	{ "a.png", "image/png" },
	{ ".png", "image/png" },
	{ "png", "" },
	{ "", "" },
	{ ".", "" },
	{ "...", "" },
	{ "a.tar.gz", "application/gzip" },
	{ "a.pdf.unknown", "application/pdf" },
	{ "a.pdf.1.2.3.4.5.6.7", "application/pdf" },
	{ "a.pdf.1.2.3.4.5.6.7.8", "" },
	{ "a.pdf. .", "application/pdf" },
	{ "a.foo", "" },
	{ "a.bar", "" },
	{ "a.baz", "" },
	{ "a.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "" },
	{ "folder.pdf/a", "" },
};

static const struct {
	const char *type;
	bool want;
} types[] = {
	{ "text/plain", true },
	{ "application/vnd.a+b", true },
	{ "text", false },
	{ "text/", false },
	{ "/plain", false },
	{ "text/plain; x", false },
	{ "text /plain", false },
	{ "text/pl\xc3\xa1in", false },
	{ "text/plain\r\nX: y", false },
};

static void
test_files(void)
{
	const char *why = "";
	struct mimetypes m;

	tap_int(ERR_IO, mimetypes_open(&m, "/nonexistent", &why),
	    "a file that is not there");
	tap_cstr("mime-types: the file cannot be read", why, "says so");
	tap_int(ERR_IO, mimetypes_open(&m, "/", &why), "nor is a folder");
}

/* More suffixes than the table takes. */
static void
test_limit(void)
{
	const char *why = "";
	struct mimetypes m;
	size_t n = 0, size = 12 * (MIMETYPES_ROWS_MAX + 1);
	char *p = malloc(size);

	for (int i = 0; i < MIMETYPES_ROWS_MAX + 1; i++)
		n += (size_t)snprintf(p + n, size - n, i % 64 == 0 ?
		    "\na/b %x" : " %x", (unsigned)i);
	tap_int(ERR_LIMIT, mimetypes_parse(&m, (struct str){ p, n }, &why),
	    "a table has a limit");
	tap_cstr("mime-types: it has too many suffixes", why, "and says so");
	free(p);
}

int
main(void)
{
	const char *why = "";
	struct mimetypes m;

	tap_int(0, mimetypes_parse(&m, STR(text), &why), "a table is read");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		tap_str(cases[i].want[0] == '\0' ? STR_NULL :
		    str_c(cases[i].want), mimetypes_of(&m,
		    str_c(cases[i].name)), "'%s'", cases[i].name);
	mimetypes_close(&m);
	tap_int(0, mimetypes_parse(&m, STR(""), &why), "an empty one too");
	tap_str(STR_NULL, mimetypes_of(&m, STR("a.txt")), "knows nothing");
	mimetypes_close(&m);
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		tap_int(types[i].want, mimetypes_is_type(str_c(types[i].type)),
		    "type %zu of the list", i);
	test_files();
	test_limit();
	return tap_done();
}
