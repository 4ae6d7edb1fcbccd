/* Types of documents, by each method and in each order. */

#include <sys/resource.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "doctype.h"
#include "err.h"
#include "tap.h"

static const struct doctype_order all = { { DOCTYPE_MAGIC,
    DOCTYPE_CONTENT_TYPE, DOCTYPE_EXTENSION }, 3 };
static const struct doctype_order magic_only = { { DOCTYPE_MAGIC }, 1 };
static const struct doctype_order declared = { { DOCTYPE_CONTENT_TYPE,
    DOCTYPE_EXTENSION, DOCTYPE_MAGIC }, 3 };
static const struct doctype_order named = { { DOCTYPE_EXTENSION,
    DOCTYPE_MAGIC }, 2 };
static const struct doctype_order none = { { 0 }, 0 };

#define PNG "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0"
#define ELF "\x7f" "ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0>\0\1\0\0\0"
#define O(lit) { lit, sizeof(lit) - 1 }

static const struct {
	const char *test;
	const struct doctype_order *order;
	struct str octets;
	const char *type, *name[2], *want;
} cases[] = {
	{ "octets decide first", &all, O(PNG), "text/plain", { "a.exe" },
	    "image/png" },
	{ "HTML", &all, O("<!DOCTYPE html><html><body>x"), "", { 0 },
	    "text/html" },
	{ "HTML nobody recognises is what it is declared", &all,
	    O("<p>hello"), "Text/HTML", { 0 }, "text/html" },
	{ "and what its name says", &all, O("<p>hello"), "", { "a.html" },
	    "text/html" },
	{ "text is no image by declaring it", &all, O("hello"), "image/png",
	    { "a.png" }, "text/plain" },
	{ "text alone", &magic_only, O("hello"), "text/html", { "a.html" },
	    "text/plain" },
	{ "a program", &magic_only, O(ELF), "", { 0 },
	    "application/x-executable" },
	{ "octets of no type are what is declared", &all, O("\1\2\3"),
	    "application/x-own", { 0 }, "application/x-own" },
	{ "octets of no type", &magic_only, O("\1\2\3"), "", { 0 }, "" },
	{ "nothing at all", &all, O(""), "", { 0 }, "" },
	{ "no octets", &all, O(""), "text/plain", { 0 }, "text/plain" },
	{ "no method", &none, O(PNG), "text/plain", { "a.txt" }, "" },
	{ "declared octet-stream leaves it to the name", &declared, O(PNG),
	    "application/octet-stream", { "a.pdf" }, "application/pdf" },
	{ "or to octets", &declared, O(PNG), "application/octet-stream",
	    { "a.unknown" }, "image/png" },
	{ "and is a type when nothing else is", &declared, O("\1\2"),
	    "application/octet-stream", { 0 }, "application/octet-stream" },
	{ "what is declared wrongly is none", &declared, O(PNG),
	    "text/plain; charset=x", { 0 }, "image/png" },
	{ "the first name that has a type", &named, O(PNG), "",
	    { "a", "b.pdf" }, "application/pdf" },
	{ "no name", &named, O(PNG), "", { 0 }, "image/png" },
};

static void
test_cases(struct doctype *d)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct str names[2];
		struct doctype_ask ask = {
			.octets = cases[i].octets,
			.declared = str_c(cases[i].type),
			.names = names,
		};

		while (ask.nnames < 2 && cases[i].name[ask.nnames] != NULL) {
			names[ask.nnames] = str_c(cases[i].name[ask.nnames]);
			ask.nnames++;
		}
		tap_str(str_c(cases[i].want), doctype_identify(d,
		    cases[i].order, &ask), "%s", cases[i].test);
	}
}

/* Octets that libmagic's rules like to search, and how long it takes. */
static void
test_time(struct doctype *d)
{
	static const char *const runs[] = { "<", "%PDF-", "\n", "PK\3\4", "{[",
	    "\xff\xd8", "a,b\n", "#!/bin/", "0707070", "\xd0\xcf\x11\xe0" };
	static char big[4 << 20];

	for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
		size_t n = strlen(runs[i]);
		struct doctype_ask ask = { .octets = { big, sizeof big } };
		int64_t t0 = clock_ms();

		for (size_t k = 0; k + n <= sizeof big; k += n)
			memcpy(big + k, runs[i], n);
		t0 = clock_ms();
		doctype_identify(d, &magic_only, &ask);
		tap_ok(clock_ms() - t0 < DOCTYPE_BUDGET_MS,
		    "run %zu takes %lld ms", i, (long long)(clock_ms() - t0));
	}
}

/* A mail of many such documents. */
static void
test_budget(struct doctype *d)
{
	struct doctype_ask ask = { .octets = O(PNG),
	    .declared = STR("image/png") };

	d->spent = DOCTYPE_BUDGET_MS * INT64_C(1000);
	tap_str(STR(""), doctype_identify(d, &all, &ask),
	    "when the budget is spent nothing is identified");
	tap_ok(d->exhausted, "and that shows");
	tap_str(STR("image/png"), doctype_identify(d,
	    &(struct doctype_order){ { DOCTYPE_CONTENT_TYPE }, 1 }, &ask),
	    "unless libmagic is not asked");
	doctype_begin(d);
	tap_str(STR("image/png"), doctype_identify(d, &all, &ask),
	    "until the next mail");
	tap_ok(!d->exhausted && d->spent > 0, "whose time is counted anew");
}

/* What libmagic said of a document stays said, whatever order asks next. */
static void
test_orders(struct doctype *d)
{
	char octets[] = PNG;
	struct doctype_ask ask = { .octets = { octets, sizeof octets - 1 },
	    .declared = STR("text/plain") };
	int64_t spent;

	doctype_begin(d);
	tap_str(STR("text/plain"), doctype_identify(d, &declared, &ask),
	    "one document by one order");
	tap_int(0, d->spent, "which has no use for libmagic");
	tap_str(STR("image/png"), doctype_identify(d, &magic_only, &ask),
	    "by another");
	spent = d->spent;
	memset(octets, 'x', sizeof octets - 1);
	tap_str(STR("image/png"), doctype_identify(d, &all, &ask),
	    "and by a third");
	tap_ok(spent > 0 && d->spent == spent, "for which it is not asked "
	    "again");
}

/* A sealed process opens nothing. */
static void
test_sealed(struct doctype *d)
{
	struct rlimit none_left = { 0 }, old;
	struct doctype_ask ask = { .octets = O(PNG) };

	getrlimit(RLIMIT_NOFILE, &old);
	none_left.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_NOFILE, &none_left);
	tap_ok(fopen("/dev/null", "r") == NULL, "when nothing can be opened");
	tap_str(STR("image/png"), doctype_identify(d, &magic_only, &ask),
	    "types are known");
	setrlimit(RLIMIT_NOFILE, &old);
}

static void
test_open(void)
{
	struct doctype d = { 0 };
	struct doctype_ask ask = { .octets = O(PNG) }, again = ask,
	    later = ask;
	const char *why = "";

	tap_int(0, doctype_open(&d, &named, "", NULL, &why),
	    "without mime.types");
	tap_str(STR("image/png"), doctype_identify(&d, &named, &ask),
	    "names have no type");
	doctype_close(&d);
	tap_int(ERR_IO, doctype_open(&d, &magic_only, "/nonexistent", NULL,
	    &why), "a database that is not there");
	tap_cstr("magic: the database cannot be loaded", why, "says so");
	tap_str(STR(""), doctype_identify(&d, &magic_only, &again),
	    "and nothing is identified");
	tap_int(0, doctype_open(&d, &declared, "", NULL, &why),
	    "it can be loaded later");
	tap_str(STR("image/png"), doctype_identify(&d, &declared, &later),
	    "and is");
	doctype_close(&d);
	setenv("MAGIC", "/nonexistent", 1);
	tap_int(0, doctype_open(&d, &magic_only, NULL, NULL, &why),
	    "the environment chooses no database");
	doctype_close(&d);
}

int
main(void)
{
	char path[] = "/tmp/mimetypes.XXXXXX";
	int fd = mkstemp(path);
	struct doctype d = { 0 };
	const char *why = "";

	if (fd < 0 || dprintf(fd, "text/html html\napplication/pdf pdf\n"
	    "image/png png\ntext/plain txt\n") < 0)
		abort();
	tap_int(0, doctype_open(&d, &all, NULL, path, &why), "both databases");
	unlink(path);
	close(fd);
	test_cases(&d);
	test_time(&d);
	test_budget(&d);
	test_orders(&d);
	test_sealed(&d);
	doctype_close(&d);
	test_open();
	return tap_done();
}
