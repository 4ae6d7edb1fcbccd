/* Fields of headers: spans, ends, flags, limits. */

#include <stdio.h>
#include <stdlib.h>

#include "err.h"
#include "field.h"
#include "tap.h"

/* Every field as "name|value" and a newline, then what is left. */
static struct str
render(struct str in, uint64_t *flags_r, int *end_r)
{
	static char out[1000];
	struct mime_fields f;
	struct mime_field field;
	size_t n = 0;

	mime_fields_init(&f, in);
	while ((*end_r = mime_fields_next(&f, &field)) > 0) {
		n += (size_t)snprintf(out + n, sizeof out - n, "%.*s|%.*s\n",
		    STR_ARG(field.name), STR_ARG(field.value));
	}
	n += (size_t)snprintf(out + n, sizeof out - n, "=%.*s",
	    (int)(in.n - f.pos), in.p + f.pos);
	*flags_r = f.flags;
	return (struct str){ out, n };
}

static void
test_fields(void)
{
	static const struct {
		const char *name;
		struct str in, want;
		uint64_t flags;
	} t[] = {
#define T(name, in, want, flags) { name, STR(in), STR(want), flags }
		T("an ordinary header", "A: b\r\nC:d\r\n\r\nbody",
		    "A| b\nC|d\n=body", 0),
		T("an empty header", "\r\nx", "=x", 0),
		T("nothing", "", "=", MIME_HEADER_OPEN),
		T("a folded field", "A: b\r\n c\r\n\td\r\nE: f\r\n\r\n",
		    "A| b\r\n c\r\n\td\nE| f\n=", 0),
		T("a field folded behind its colon", "A:\r\n b\r\n\r\n",
		    "A|\r\n b\n=", 0),
		T("LF", "A: b\n c\n\nx", "A| b\n c\n=x",
		    MIME_BARE_LF),
		T("LF at the end only", "A: b\r\n\nx", "A| b\n=x",
		    MIME_BARE_LF),
		T("a header without end", "A: b\r\n", "A| b\n=",
		    MIME_HEADER_OPEN),
		T("a line without end", "A: b", "A| b\n=",
		    MIME_HEADER_OPEN),
		T("a line that ends with CR", "A: b\r", "A| b\r\n=",
		    MIME_HEADER_OPEN | MIME_BARE_CR),
		T("no colon", "A\r\nB: c\r\n\r\nx", "A|\nB| c\n=x",
		    MIME_NO_COLON),
		T("no colon, folded", "A\r\n b: c\r\n\r\nx", "A|\n=x",
		    MIME_NO_COLON),
		T("an mbox's line", "From a Sat\r\nB: c\r\n\r\n",
		    "From a Sat|\nB| c\n=",
		    MIME_MBOX_FROM | MIME_NO_COLON),
		T("an mbox's line with a time", "From a 10:00\r\n\r\n",
		    "From a 10|00\n=",
		    MIME_MBOX_FROM | MIME_BAD_NAME),
		T("a quoted mbox's line", ">From a: b\r\n\r\n",
		    ">From a| b\n=",
		    MIME_MBOX_FROM | MIME_BAD_NAME),
		T("the field From", "From: b\r\n\r\n", "From| b\n=", 0),
		T("blanks before the colon", "A \t: b\r\n\r\n", "A| b\n=",
		    MIME_BLANK_COLON),
		T("no name", ": b\r\n\r\n", "| b\n=",
		    MIME_NO_NAME),
		T("a name of blanks", " : b\r\n\r\n", "| b\n=",
		    MIME_FOLD_FIRST | MIME_BLANK_COLON |
		    MIME_NO_NAME),
		T("a blank in the name", "A b: c\r\n\r\n", "A b| c\n=",
		    MIME_BAD_NAME),
		T("an 8-bit name", "\xe9: c\r\n\r\n", "\xe9| c\n=",
		    MIME_BAD_NAME | MIME_HEADER_8BIT),
		T("a folded line at first", " A: b\r\nC: d\r\n\r\n",
		    " A| b\nC| d\n=",
		    MIME_FOLD_FIRST | MIME_BAD_NAME),
		T("a line of blanks", "A: b\r\n \t\r\nC: d\r\n\r\n",
		    "A| b\r\n \t\nC| d\n=", MIME_FOLD_BLANK),
		T("a line of CR", "A: b\r\n\r\r\nC: d\r\n\r\n",
		    "A| b\n\r|\nC| d\n=",
		    MIME_BARE_CR | MIME_NO_COLON),
		T("CR in a value", "A: b\rC: d\r\n\r\n", "A| b\rC: d\n=",
		    MIME_BARE_CR),
		T("8-bit octets", "A: \xc3\xa9\r\n\r\n", "A| \xc3\xa9\n=",
		    MIME_HEADER_8BIT),
		T("VT", "A: \v\r\n\r\n", "A| \v\n=",
		    MIME_HEADER_CONTROL),
		T("a line of VT", "A: b\r\n\v\r\nC: d\r\n\r\n",
		    "A| b\n\v|\nC| d\n=", MIME_HEADER_CONTROL |
		    MIME_NO_COLON),
#undef T
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		uint64_t flags;
		int end;

		tap_str(t[i].want, render(t[i].in, &flags, &end),
		    "%s is read", t[i].name);
		tap_int((int64_t)t[i].flags, (int64_t)flags,
		    "%s sets its flags", t[i].name);
		tap_int(0, end, "%s ends well", t[i].name);
	}
}

static void
test_nul(void)
{
	struct mime_fields f;
	struct mime_field field;

	mime_fields_init(&f, STR("A: \0b\r\n\r\n"));
	tap_ok(mime_fields_next(&f, &field) == 1 &&
	    str_eq(field.value, STR(" \0b")) &&
	    field.flags == MIME_NUL, "NUL is kept and flagged");
	tap_ok(mime_fields_next(&f, &field) == 0 &&
	    mime_fields_next(&f, &field) == 0 && f.pos == f.in.n,
	    "the end stays the end");
}

/* n octets of unit over and over, before tail. */
static struct str
many(const char *unit, size_t n, const char *tail)
{
	size_t k = strlen(unit), m = strlen(tail);
	char *p = malloc(n + m);

	for (size_t i = 0; i < n; i++)
		p[i] = unit[i % k];
	memcpy(p + n, tail, m);
	return (struct str){ p, n + m };
}

static void
test_limits(void)
{
	static const struct {
		const char *name, *unit;
		size_t n;
		const char *tail;
		int end;
	} t[] = {
		{ "a field just short enough", "a",
		    MIME_FIELD_MAX - 4, ":b\r\n", 0 },
		{ "a field too long", "a", MIME_FIELD_MAX - 3, ":b\r\n",
		    ERR_LIMIT },
		{ "a field folded too often", " a\n", MIME_FIELD_MAX, " a\n",
		    ERR_LIMIT },
		{ "as many fields as may be", "a:\n", MIME_FIELDS_MAX * 3,
		    "\n", 0 },
		{ "a field too many", "a:\n", MIME_FIELDS_MAX * 3, "a:\n",
		    ERR_LIMIT },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct str in = many(t[i].unit, t[i].n, t[i].tail);
		struct mime_fields f;
		struct mime_field field;
		int e;

		mime_fields_init(&f, in);
		while ((e = mime_fields_next(&f, &field)) > 0)
			;
		tap_int(t[i].end, e, "%s: %s", t[i].name,
		    e < 0 ? "refused" : "read");
		tap_ok(mime_fields_next(&f, &field) == e &&
		    (e == 0) == (f.why == NULL), "%s: and again", t[i].name);
		free((char *)in.p);
	}
}

/* Fields of a megabyte each. */
static void
test_header_limit(void)
{
	enum { FIELD = 1 << 20 };
	size_t n = (size_t)FIELD * (MIME_HEADER_MAX / FIELD + 1), taken = 0;
	char *p = malloc(n);
	struct mime_fields f;
	struct mime_field field;
	int e;

	memset(p, 'a', n);
	for (size_t i = 0; i < n; i += FIELD) {
		p[i + 1] = ':';
		p[i + FIELD - 1] = '\n';
	}
	mime_fields_init(&f, (struct str){ p, n });
	while ((e = mime_fields_next(&f, &field)) > 0)
		taken += field.whole.n;
	tap_int(ERR_LIMIT, e, "a header is bounded");
	tap_int(MIME_HEADER_MAX, (int64_t)taken, "but for that, all is read");
	free(p);
}

static void
test_long_line(void)
{
	for (size_t n = MIME_LINE_MAX; n <= MIME_LINE_MAX + 1; n++) {
		struct str in = many("a", n - 1, ":\r\n\r\n");
		struct mime_fields f;
		struct mime_field field;

		mime_fields_init(&f, in);
		tap_ok(mime_fields_next(&f, &field) == 1 &&
		    field.flags == (n > MIME_LINE_MAX ? MIME_LINE_LONG : 0),
		    "a line of %zu octets is %s", n,
		    n > MIME_LINE_MAX ? "long" : "not long");
		free((char *)in.p);
	}
}

int
main(void)
{
	char out[20];

	test_fields();
	test_nul();
	test_limits();
	test_header_limit();
	test_long_line();
	tap_str(STR("a b\tc\rd"), (struct str){ out, mime_unfold(out,
	    STR("a\r\n b\n\tc\rd\r\n")) }, "a value is unfolded");
	for (unsigned i = 0; i < MIME_FLAG_COUNT; i++)
		tap_ok(mime_flag_name(i)[0] != '\0' &&
		    mime_flag_means(i)[0] != '\0', "flag %u has a name", i);
	return tap_done();
}
