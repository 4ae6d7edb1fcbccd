/* Fields of ours. */

#include <stdlib.h>

#include "compose.h"
#include "field.h"
#include "tap.h"
#include "word.h"

static const struct {
	const char *name, *in, *want;
} fields[] = {
	{ "nothing", "", "X:\r\n" },
	{ "text", "a  b", "X: a  b\r\n" },
	{ "a line end", "a\r\nBcc: b", "X: a Bcc: b\r\n" },
	{ "a fold", "a\r\n b\n\tc", "X: a b c\r\n" },
	{ "controls", "a\x01\x7f" "b", "X: ab\r\n" },
	{ "UTF-8", "a \xc3\xa9 b", "X: a =?utf-8?q?=C3=A9?= b\r\n" },
	{ "words that follow each other", "\xc3\xa9 \xc3\xa8",
	    "X: =?utf-8?q?=C3=A9_=C3=A8?=\r\n" },
	{ "what looks like a word", "=?utf-8?q?=0d=0aBcc:x?=",
	    "X: =?utf-8?q?=3D=3Futf-8=3Fq=3F=3D0d=3D0aBcc=3Ax=3F=3D?=\r\n" },
	{ "what is not UTF-8", "a\xe9", "X: a?\r\n" },
	{ "text that turns", "a\xe2\x80\xae" "exe.txt", "X: aexe.txt\r\n" },
	{ "a C1 control", "a\xc2\x85" "b", "X: ab\r\n" },
};

static const struct {
	const char *name, *in, *want;
} names[] = {
	{ "a name", "a.txt", "a.txt" },
	{ "a path", "../../etc/passwd", "_.._etc_passwd" },
	{ "a path of Windows", "C:\\x.exe", "C__x.exe" },
	{ "dots and blanks at its ends", " .x.exe. . ", "x.exe" },
	{ "text that turns", "a\xe2\x80\xaetxt.exe", "atxt.exe" },
	{ "quotes", "a\"b", "a_b" },
	{ "nothing", "...", "" },
};

static void
test_fields(struct arena *a)
{
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		tap_str(str_c(fields[i].want), mime_compose(a, STR("X"),
		    str_c(fields[i].in)), "%s", fields[i].name);
	tap_str(STR("X: a\r\n"), mime_compose(a, STR("X"),
	    (struct str){ "\0a\0", 3 }), "NUL");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		tap_str(str_c(names[i].want), mime_clean_name(a,
		    str_c(names[i].in)), "file name: %s", names[i].name);
}

/* Long texts: one field, short lines, decoded they are what they were. */
static void
test_long(struct arena *a, const char *unit, const char *name)
{
	size_t n = strlen(unit), size = 5000 / n * n, line = 0, longest = 0;
	char *p = arena_alloc(a, size + 1);
	struct mime_charsets c;
	struct mime_fields f;
	struct mime_field field;
	struct str out;
	uint64_t flags = 0;

	for (size_t i = 0; i < size; i++)
		p[i] = unit[i % n];
	out = mime_compose(a, STR("Subject"), (struct str){ p, size });
	for (size_t i = 0; i < out.n; i++) {
		line = out.p[i] == '\n' ? 0 : line + 1;
		longest = line > longest ? line : longest;
	}
	tap_ok(longest <= MIME_FOLD_AT + 1, "%s: lines are short: %zu", name,
	    longest);
	mime_fields_init(&f, out);
	tap_int(1, mime_fields_next(&f, &field), "%s: a field", name);
	tap_int((int64_t)out.n, (int64_t)field.whole.n, "%s: and no more",
	    name);
	tap_int(0, (int64_t)field.flags, "%s: read by all the same", name);
	mime_charsets_init(&c);
	tap_str(str_trim((struct str){ p, size }), str_trim(mime_words(a, &c,
	    field.value, &flags)), "%s: is what it was", name);
	tap_int(0, (int64_t)flags, "%s: without doubt", name);
	mime_charsets_fini(&c);
}

static void
test_words(struct arena *a)
{
	tap_str(STR("[SPAM]"), mime_compose_words(a, STR("[SPAM]"), true),
	    "ASCII needs no word");
	tap_str(STR("=?utf-8?q?=C3=A9?="), mime_compose_words(a,
	    STR("\xc3\xa9"), false), "a word before text");
	tap_str(STR("=?utf-8?q?=C3=A9_?="), mime_compose_words(a,
	    STR("\xc3\xa9"), true), "a word before a word has a blank");
	tap_str(STR("a Bcc: x"), mime_compose_words(a, STR("a\r\nBcc: x"),
	    false), "line ends do not get into it");
}

static void
test_values(struct arena *a)
{
	struct mime_pair pairs[] = {
		{ STR("charset"), STR("utf-8") },
		{ STR("name"), STR("a b\"\\\r\n.txt") },
		{ STR("name"), STR("\xc3\xa9 x.txt") },
		{ STR("x"), STR("") },
	};

	tap_str(STR("Content-Type: text/plain; charset=utf-8; "
	    "name=\"a b__ .txt\";\r\n name*=utf-8''%C3%A9%20x.txt; x=\"\"\r\n"),
	    mime_compose_value(a, STR("Content-Type"), STR("text/plain"),
	    pairs, 4), "parameters are written as they have to be");
}

static void
test_names(void)
{
	tap_ok(mime_name_is(STR("X-Virus-STATUS \t"), STR("X-Virus-Status")),
	    "a name with blanks behind it is the name");
	tap_ok(mime_name_is(STR("X-Virus\x01-Status\xa0"),
	    STR("X-Virus-Status")), "and with octets that some leave out");
	tap_ok(!mime_name_is(STR("X-Virus-Stat"), STR("X-Virus-Status")) &&
	    !mime_name_is(STR("X-Virus-Statuses"), STR("X-Virus-Status")),
	    "a shorter or longer one is not");
	tap_ok(!mime_name_good(STR("")) && !mime_name_good(STR("a b")) &&
	    !mime_name_good(STR("a:")) && !mime_name_good(STR("a\r\nb")) &&
	    !mime_name_good(STR("--b")) && mime_name_good(STR("X-Y")),
	    "names are checked");
}

int
main(void)
{
	struct arena a;

	arena_init(&a, 8 << 20, NULL, NULL);
	test_fields(&a);
	test_long(&a, "a ", "letters");
	test_long(&a, "\xc4\x8d", "a word without end");
	test_long(&a, "\xc4\x8d a ", "words and letters");
	test_long(&a, "=? ", "what looks like words");
	test_long(&a, "\xf0\x9f\x98\x80 \xe2\x82\xac", "long characters");
	test_long(&a, "0123456789", "a word of ASCII");
	test_words(&a);
	test_values(&a);
	test_names();
	arena_fini(&a);
	return tap_done();
}
