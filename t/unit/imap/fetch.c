/* FETCH items: what they mean, and what carries a mail. */

#include "fetch.h"
#include "tap.h"

static void
test_sections(void)
{
	static const struct { const char *spec; bool ok; unsigned nparts;
	    uint32_t last; enum imap_section_text text; } t[] = {
		{ "", true, 0, 0, IMAP_SECTION_ALL },
		{ "1", true, 1, 1, IMAP_SECTION_ALL },
		{ "1.2.30", true, 3, 30, IMAP_SECTION_ALL },
		{ "01", true, 1, 1, IMAP_SECTION_ALL },
		{ "0", true, 1, 0, IMAP_SECTION_ALL },
		{ "HEADER", true, 0, 0, IMAP_SECTION_HEADER },
		{ "text", true, 0, 0, IMAP_SECTION_TEXT },
		{ "1.2.TEXT", true, 2, 2, IMAP_SECTION_TEXT },
		{ "1.MIME", true, 1, 1, IMAP_SECTION_MIME },
		{ "2.HEADER.FIELDS", true, 1, 2, IMAP_SECTION_FIELDS },
		{ "HEADER.FIELDS.NOT", true, 0, 0, IMAP_SECTION_FIELDS_NOT },
		{ "MIME", false, 0, 0, 0 }, { "1.", false, 0, 0, 0 },
		{ ".1", false, 0, 0, 0 }, { "1..2", false, 0, 0, 0 },
		{ "1.FOO", false, 0, 0, 0 }, { "HEADER.1", false, 0, 0, 0 },
		{ "-1", false, 0, 0, 0 }, { "1 2", false, 0, 0, 0 },
		{ "4294967296", false, 0, 0, 0 }, { "1x", false, 0, 0, 0 },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct imap_section s;
		bool ok = imap_section_parse(str_c(t[i].spec), &s);

		tap_ok(ok == t[i].ok && (!ok || (s.nparts == t[i].nparts &&
		    s.text == t[i].text && (s.nparts == 0 ||
		    imap_section_part(&s, s.nparts - 1) == t[i].last))),
		    "section '%s' is %s", t[i].spec, t[i].ok ? "read" :
		    "refused");
	}
}

static void
test_same(void)
{
	static const struct { const char *a, *b; bool same; } t[] = {
		{ "1", "01", true }, { "1.2.TEXT", "001.02.text", true },
		{ "", "", true }, { "1", "2", false }, { "1", "1.1", false },
		{ "1", "", false }, { "TEXT", "HEADER", false },
		{ "1.TEXT", "1", false },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct imap_section a, b;

		imap_section_parse(str_c(t[i].a), &a);
		imap_section_parse(str_c(t[i].b), &b);
		tap_ok(imap_section_same(&a, &b) == t[i].same,
		    "sections '%s' and '%s' are %s", t[i].a, t[i].b,
		    t[i].same ? "one" : "two");
	}
}

static void
test_deep(void)
{
	char spec[2 * IMAP_PARTS_MAX + 3];
	struct imap_section s;
	size_t n = 0;

	for (unsigned i = 0; i <= IMAP_PARTS_MAX; i++) {
		spec[n++] = '1';
		spec[n++] = '.';
	}
	tap_ok(imap_section_parse((struct str){ spec,
	    2 * IMAP_PARTS_MAX - 1 }, &s) && s.nparts == IMAP_PARTS_MAX,
	    "as many parts as may be are read");
	tap_ok(!imap_section_parse((struct str){ spec, n - 1 }, &s),
	    "one more is refused");
}

static void
test_items(void)
{
	static const struct { const char *text; bool ok; } t[] = {
		{ "FLAGS", true }, { "X-GM-MSGID", true },
		{ "RFC822.SIZE", true }, { "BODY[]", true },
		{ "BODY[]<10>", true }, { "BODY[TEXT]", true },
		{ "BODY[1.HEADER.FIELDS (A \"B)C\" \"D]E\")]<7>", true },
		{ "BODY[HEADER.FIELDS.NOT (A)]", true },
		{ "BINARY[1.2]", true }, { "BINARY.SIZE[1]", true },
		{ "", false }, { "BODY[", false }, { "BODY[]x", false },
		{ "BODY[]<>", false }, { "BODY[]<1.2>", false },
		{ "BODY[]<-1>", false }, { "BODY[]<4294967296>", false },
		{ "BODY.PEEK[]", false }, { "FLAGS[1]", false },
		{ "BINARY[TEXT]", false }, { "BODY[HEADER.FIELDS]", false },
		{ "BODY[HEADER.FIELDS ()]", false },
		{ "BODY[HEADER.FIELDS (A]", false },
		{ "BODY[HEADER.FIELDS (A  B)]", false },
		{ "BODY[HEADER.FIELDS (A )]", false },
		{ "BODY[HEADER.FIELDS (\"A)]", false },
		{ "BODY[HEADER.FIELDS (\"A\xc3\xa9\")]", false },
		{ "BODY[HEADER.FIELDS (\"A\\b\")]", false },
		{ "BODY[HEADER (A)]", false }, { "BODY[TEXT ]", false },
		{ "BODY[](A)", false }, { "A\"B", false },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct imap_item it;

		tap_ok(imap_item_parse(str_c(t[i].text), &it) == t[i].ok,
		    "item '%s' is %s", t[i].text, t[i].ok ? "read" :
		    "refused");
	}
}

static void
test_content(void)
{
	static const struct { const char *name; bool content; } t[] = {
		{ "BODY[]", true }, { "body[1.2]<0>", true },
		{ "BODY[HEADER]", true }, { "BINARY[1]", true },
		{ "RFC822", true }, { "rfc822.text", true },
		{ "RFC822.HEADER", true }, { "PREVIEW", true },
		{ "SNIPPET", true }, { "RFC822.SIZE", false },
		{ "BODY", false }, { "BODYSTRUCTURE", false },
		{ "FLAGS", false }, { "ENVELOPE", false }, { "UID", false },
		{ "BINARY.SIZE[1]", false }, { "RFC822X", false },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		tap_ok(imap_item_content(str_c(t[i].name)) == t[i].content,
		    "%s %s octets of a mail", t[i].name,
		    t[i].content ? "carries" : "does not carry");
}

int
main(void)
{
	test_sections();
	test_same();
	test_deep();
	test_items();
	test_content();
	return tap_done();
}
