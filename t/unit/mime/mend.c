/* Fields written anew. */

#include "mend.h"
#include "tap.h"

static const struct {
	const char *name, *field, *in, *want;
} cases[] = {
	{ "text stays", "Subject", " a b", "Subject: a b\r\n" },
	{ "encoded words stay", "Subject", " =?utf-8?q?=C3=A9?= b",
	    "Subject: =?utf-8?q?=C3=A9?= b\r\n" },
	{ "UTF-8 becomes words", "Subject", " \xc3\xa9t\xc3\xa9 b",
	    "Subject: =?utf-8?q?=C3=A9t=C3=A9?= b\r\n" },
	{ "what is not UTF-8 is Latin", "Subject", " \xe9t\xe9",
	    "Subject: =?utf-8?q?=C3=A9t=C3=A9?=\r\n" },
	{ "a hidden field is text", "X", " a\rBcc: b", "X: a Bcc: b\r\n" },
	{ "a fold of blanks", "X", " a\r\n \r\n b", "X: a  b\r\n" },
	{ "names in addresses", "From", " J\xc3\xb6rg X <a@b>",
	    "From: =?utf-8?q?J=C3=B6rg?= X <a@b>\r\n" },
	{ "quoted names", "To", " \"J\xc3\xb6rg, X\" <a@b>, c@d",
	    "To: =?utf-8?q?J=C3=B6rg=2C_X?= <a@b>, c@d\r\n" },
	{ "quoted ASCII", "To", " \"a \\\"b\\\\\" <a@b>",
	    "To: \"a \\\"b\\\\\" <a@b>\r\n" },
	{ "addresses themselves", "To", " <j\xc3\xb6@b>, j\xc3\xb6@c, "
	    "a@\xc3\xb6.d", "To: <j?@b>, j?@c, a@?.d\r\n" },
	{ "names beside brackets", "To", " \"\xc3\xb6\"<a@b>",
	    "To: =?utf-8?q?=C3=B6?= <a@b>\r\n" },
	{ "a quote without end", "To", " \"a <a@b>", "To: \"a <a@b>\"\r\n" },
	{ "controls in addresses", "To", " a\x01@b\r\n ,\x02 c@d",
	    "To: a@b , c@d\r\n" },
	{ "fields that hold no words", "Message-ID", " <\xc3\xb6@b>",
	    "Message-ID: <?@b>\r\n" },
	{ "nothing", "To", "", "To:\r\n" },
};

static void
test_fields(struct arena *a, struct mime_charsets *c)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		tap_str(str_c(cases[i].want), mime_mend_field(a, c,
		    str_c(cases[i].field), str_c(cases[i].in)), "%s",
		    cases[i].name);
	tap_str(STR("Subject: a Bcc: x\r\n"), mime_mend_words(a, c,
	    STR("Subject"), STR(" =?utf-8?q?a=0d=0aBcc:_x?=")),
	    "words that hide line ends");
}

/* Long values: short lines, and too long ones none at all. */
static void
test_long(struct arena *a, struct mime_charsets *c)
{
	static const char unit[] = "J\xc3\xb6rg \"X\" <joerg@example.org>, ";
	static char in[MIME_MEND_MAX + 1];
	size_t n = 0, line = 0, longest = 0;
	struct str s;

	while (n + sizeof unit < sizeof in) {
		memcpy(in + n, unit, sizeof unit - 1);
		n += sizeof unit - 1;
	}
	s = mime_mend_field(a, c, STR("To"), (struct str){ in, n });
	for (size_t i = 0; i < s.n; i++) {
		line = s.p[i] == '\n' ? 0 : line + 1;
		longest = line > longest ? line : longest;
	}
	tap_ok(longest <= 79 && s.n > n, "many addresses have short lines: "
	    "%zu", longest);
	tap_ok(mime_mend_field(a, c, STR("To"), (struct str){ in,
	    sizeof in }).p == NULL, "a value may be too long");
	memset(in, 'x', 100000);
	s = mime_mend_field(a, c, STR("Message-ID"), (struct str){ in,
	    100000 });
	tap_ok(s.n < 998, "a word that fits no line is cut: %zu", s.n);
}

static const struct {
	const char *name, *mail, *type, *disposition;
} parts[] = {
	{ "parameters stay once",
	    "Content-Type: TEXT/plain; charset=x; charset=y; format=flowed\n"
	    "\n",
	    "Content-Type: TEXT/plain; charset=x; format=flowed\r\n",
	    "Content-Disposition: attachment\r\n" },
	{ "one name for all",
	    "Content-Type: a/b; name=a\n"
	    "Content-Disposition: inline; filename*=utf-8''%C3%A9; x=y\n\n",
	    "Content-Type: a/b;\r\n name*=utf-8''%C3%A9\r\n",
	    "Content-Disposition: inline;\r\n filename*=utf-8''%C3%A9\r\n" },
	{ "what is no type", "Content-Type: \"a\"; name=../b\n\n",
	    "Content-Type: text/plain\r\n",
	    "Content-Disposition: attachment\r\n" },
};

static void
test_parts(struct arena *a, struct mime_charsets *c)
{
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		struct mime_parts p;
		struct str in = str_c(parts[i].mail);

		mime_parts_init(&p, a, in);
		if (!tap_int(1, mime_parts_step(&p, in.n), "taken apart"))
			continue;
		tap_str(str_c(parts[i].type), mime_mend_type(a, c, p.mail,
		    STR("")), "%s", parts[i].name);
		tap_str(str_c(parts[i].disposition), mime_mend_disposition(a,
		    c, p.mail), "%s, of the disposition", parts[i].name);
	}
}

int
main(void)
{
	struct mime_charsets c;
	struct arena a;

	arena_init(&a, 64 << 20, NULL, NULL);
	mime_charsets_init(&c);
	test_fields(&a, &c);
	test_long(&a, &c);
	test_parts(&a, &c);
	mime_charsets_fini(&c);
	arena_fini(&a);
	return tap_done();
}
