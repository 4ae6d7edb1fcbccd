/* Mailbox names from modified UTF-7 and back. */

#include <stdlib.h>

#include "tap.h"
#include "utf7.h"

static void
test_both_ways(void)
{
	static const struct { const char *utf7, *utf8; } t[] = {
		{ "", "" }, { "INBOX", "INBOX" }, { "a&-b", "a&b" },
		{ "&-", "&" }, { "&-&-", "&&" },
		/* RFC 3501 section 5.1.3 */
		{ "~peter/mail/&U,BTFw-/&ZeVnLIqe-",
		    "~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/"
		    "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e" },
		{ "&AOk-", "\xc3\xa9" }, { "&AOkA6Q-", "\xc3\xa9\xc3\xa9" },
		{ "&AOk-&-", "\xc3\xa9&" }, { "Entw&APw-rfe",
		    "Entw\xc3\xbcrfe" },
		{ "&2D3eAA-", "\xf0\x9f\x98\x80" },
		{ "&AAE-", "\x01" }, { "&AH8-", "\x7f" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		char out[200];
		size_t n = 0;

		tap_ok(imap_utf7_decode(out, str_c(t[i].utf7), &n) &&
		    str_eq((struct str){ out, n }, str_c(t[i].utf8)),
		    "'%s' is decoded", t[i].utf7);
		tap_ok(imap_utf7_encode(out, str_c(t[i].utf8), &n) &&
		    str_eq((struct str){ out, n }, str_c(t[i].utf7)),
		    "'%s' is encoded", t[i].utf7);
	}
}

static void
test_refused(void)
{
	static const struct { const char *name, *in; } t[] = {
		{ "an open shift", "&AOk" }, { "a shift at the end", "a&" },
		{ "printable ASCII in base64", "&AGE-" },
		{ "'&' in base64", "&ACY-" },
		{ "two shifts side by side", "&AOk-&AOk-" },
		{ "bits left over", "&AOl-" }, { "digits left over", "&AOkA-" },
		{ "a digit too few", "&AO-" }, { "padding", "&AOk=-" },
		{ "'/' for ','", "&U/BTFw-" },
		{ "half a pair", "&2D0-" }, { "the other half", "&3gA-" },
		{ "halves in wrong order", "&3gDYPQ-" },
		{ "two first halves", "&2D3YPQ-" },
		{ "NUL", "&AAA-" }, { "an 8-bit octet", "\xc3\xa9" },
		{ "a control", "a\tb" }, { "DEL", "\x7f" },
		{ "an octet that is no digit", "&AO!k-" },
	};
	char out[200];
	size_t n;

	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		tap_ok(!imap_utf7_decode(out, str_c(t[i].in), &n),
		    "%s is refused", t[i].name);
	tap_ok(!imap_utf7_encode(out, STR("\xc3("), &n),
	    "what is not UTF-8 is not encoded");
	tap_ok(!imap_utf7_encode(out, STR("a\0b"), &n),
	    "a name with NUL is not encoded");
}

/* As many octets as the header says, and no more: ASan looks on. */
static void
test_room(void)
{
	static const struct { const char *name, *one; } t[] = {
		{ "of one octet", "\x01" }, { "'&'", "&" },
		{ "of two octets, apart", "\xc3\xa9" "a" },
		{ "of one octet, apart", "\x01" "a" },
		{ "of three octets", "\xe2\x82\xac" },
		{ "of four octets, apart", "\xf0\x9f\x98\x80" "a" },
	};
	for (size_t i = 0; i < 2 * (sizeof t / sizeof *t); i++) {
		size_t k = i / 2, times = i % 2 ? 50 : 1;
		size_t one = strlen(t[k].one), n = 0, m = 0;
		struct str in = { malloc(one * times), one * times };
		char *there = malloc(IMAP_UTF7_ROOM(in.n)), *back;

		for (size_t j = 0; j < times; j++)
			memcpy((char *)in.p + j * one, t[k].one, one);
		imap_utf7_encode(there, in, &n);
		back = malloc(IMAP_UTF8_ROOM(n));
		tap_ok(n <= IMAP_UTF7_ROOM(in.n) &&
		    imap_utf7_decode(back, (struct str){ there, n }, &m) &&
		    m <= IMAP_UTF8_ROOM(n) &&
		    str_eq(in, (struct str){ back, m }),
		    "there is room for %zu characters %s", times,
		    t[k].name);
		free((char *)in.p);
		free(there);
		free(back);
	}
}

int
main(void)
{
	test_both_ways();
	test_refused();
	test_room();
	tap_ok(imap_is_inbox(STR("InBox")), "InBox is INBOX");
	tap_ok(!imap_is_inbox(STR("INBOX.x")), "INBOX.x is not");
	return tap_done();
}
