/* Charsets and encoded words. */

#include <stdlib.h>

#include "tap.h"
#include "word.h"

static const struct {
	const char *name, *in, *want;
	uint64_t flags;
} cases[] = {
	{ "nothing", "", "", 0 },
	{ "text", " a b", " a b", 0 },
	{ "a fold", " a\r\n b\n\tc", " a b\tc", 0 },
	{ "UTF-8", "\xc3\xa9", "\xc3\xa9", 0 },
	{ "what is not UTF-8", "a\xe9z", "a\xef\xbf\xbdz",
	    MIME_CHARSET_OCTETS },
	/* RFC 2047 section 8 */
	{ "one word", "(=?ISO-8859-1?Q?a?=)", "(a)", 0 },
	{ "a word and text", "(=?ISO-8859-1?Q?a?= b)", "(a b)", 0 },
	{ "two words", "(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)", "(ab)", 0 },
	{ "two words on two lines",
	    "(=?ISO-8859-1?Q?a?=  \r\n   =?ISO-8859-1?Q?b?=)", "(ab)", 0 },
	{ "a blank in a word", "(=?ISO-8859-1?Q?a_b?=)", "(a b)", 0 },
	{ "a blank in a second word",
	    "(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)", "(a b)", 0 },
	{ "base64", "=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=",
	    "If you can read this yo", 0 },
	{ "a charset", "=?iso-8859-2?q?=E8?= x", "\xc4\x8d x", 0 },
	{ "a language (RFC 2231)", "=?utf-8*cs?q?=c4=8d?=", "\xc4\x8d", 0 },
	{ "a character in two words", "=?utf-8?q?=c4?= =?UTF-8?B?jQ==?=",
	    "\xc4\x8d", 0 },
	{ "a character in two words, apart",
	    "=?utf-8?q?=c4?= x =?utf-8?q?=8d?=",
	    "\xef\xbf\xbd x \xef\xbf\xbd", MIME_CHARSET_OCTETS },
	{ "several octets", "=?gb2312?B?xOO6ww==?=",
	    "\xe4\xbd\xa0\xe5\xa5\xbd", 0 },
	{ "shifts", "=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=",
	    "\xe6\x97\xa5\xe6\x9c\xac", 0 },
	{ "half a character", "=?gb2312?q?=c4?=", "\xef\xbf\xbd",
	    MIME_CHARSET_OCTETS },
	{ "an unknown charset", "=?x-no?q?a=e9?=", "a\xef\xbf\xbd",
	    MIME_CHARSET_STRANGE },
	{ "a charset with a slash", "=?latin1//IGNORE?q?a=e9?=",
	    "a\xef\xbf\xbd", MIME_CHARSET_STRANGE },
	{ "an empty charset", "=?*en?q?a?=", "a", MIME_CHARSET_STRANGE },
	{ "no encoding", "=?utf-8?x?a?= b", "=?utf-8?x?a?= b",
	    MIME_WORD_BROKEN },
	{ "no end", "=?utf-8?q?a b", "=?utf-8?q?a b", MIME_WORD_BROKEN },
	{ "'?' in a word", "=?utf-8?q?a?b?=", "=?utf-8?q?a?b?=",
	    MIME_WORD_BROKEN },
	{ "blanks in a word", "=?utf-8?q?a b?=", "a b", MIME_WORD_BROKEN },
	{ "words in quotes", "\"=?utf-8?q?a?=\"", "\"a\"", MIME_WORD_PLACE },
	{ "text behind a word", "=?utf-8?q?a?=b", "ab", MIME_WORD_PLACE },
	{ "words side by side", "=?utf-8?q?a?==?utf-8?q?b?=", "ab",
	    MIME_WORD_PLACE },
	{ "a line's end in a word", "=?utf-8?q?a=0d=0aBcc:_b?=",
	    "a\r\nBcc: b", MIME_WORD_CONTROL },
	{ "a bad digit", "=?utf-8?q?a=4x?=", "a=4x", MIME_QP_BROKEN },
	{ "junk in base64", "=?utf-8?b?Z!g=?=", "f",
	    MIME_B64_JUNK | MIME_B64_PAD },
	{ "an empty word", "a =?utf-8?q?\?= b", "a  b", 0 },
};

static void
test_cases(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena a;
		struct mime_charsets c;
		uint64_t flags = 0;

		arena_init(&a, 1 << 20, NULL, NULL);
		mime_charsets_init(&c);
		tap_str(str_c(cases[i].want), mime_words(&a, &c,
		    str_c(cases[i].in), &flags), "%s", cases[i].name);
		if (!tap_int((int64_t)cases[i].flags, (int64_t)flags,
		    "%s: flags", cases[i].name))
			for (unsigned b = 0; b < MIME_FLAG_COUNT; b++)
				if ((flags ^ cases[i].flags) >> b & 1)
					tap_diag("%s", mime_flag_name(b));
		mime_charsets_fini(&c);
		arena_fini(&a);
	}
}

/* iconv knows each charset of the table. */
static void
test_charsets(void)
{
	static const char *const some[] = { "iso-8859-16", "latin2",
	    "windows-1258", "windows-874", "macintosh", "koi8-u", "tis-620",
	    "big5", "gb18030", "euc-kr", "shift_jis", "ks_c_5601-1987",
	    "cp866",
	    "x-sjis", "utf-7", "iso-2022-kr" };
	struct mime_charsets c;
	char out[MIME_CHARSET_ROOM(1)];

	mime_charsets_init(&c);
	for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
		uint64_t flags = 0;
		size_t n = mime_charset_utf8(&c, str_c(some[i]), STR("a"), out,
		    &flags);

		tap_ok(n == 1 && out[0] == 'a' && flags == 0,
		    "%s is known", some[i]);
	}
	mime_charsets_fini(&c);
}

/* Many words take time and memory by their octets only. */
static void
test_many(void)
{
	static const char unit[] = "=?koi8-r?q?=e1?= =?big5?q?a?= =?x?b?Z?= ";
	enum { TIMES = 10000, UNIT = sizeof unit - 1 };
	char *p = malloc((size_t)UNIT * TIMES);
	struct mime_charsets c;
	struct arena a;
	uint64_t flags = 0;

	for (size_t i = 0; i < TIMES; i++)
		memcpy(p + i * UNIT, unit, UNIT);
	arena_init(&a, (size_t)UNIT * TIMES * 5 + 10000, NULL, NULL);
	mime_charsets_init(&c);
	tap_int(TIMES * 3 + 1, (int64_t)mime_words(&a, &c,
	    (struct str){ p, (size_t)UNIT * TIMES }, &flags).n,
	    "many words are decoded");
	mime_charsets_fini(&c);
	arena_fini(&a);
	free(p);
}

int
main(void)
{
	test_cases();
	test_charsets();
	test_many();
	return tap_done();
}
