/*
 * A server's lines: what they are, and which end the session, however the
 * octets are cut.
 */

#include "feed_response.h"

struct line {
	const char *name;
	const char *in, *want;
};

static void
try(const struct line *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct tap_feed f = { feed_response, NULL };
		char *got = tap_feed_split(&f, str_c(t[i].in), t[i].name);

		tap_cstr(t[i].want, got, "%s", t[i].name);
		free(got);
	}
}

#define TRY(t) try(t, sizeof (t) / sizeof *(t))

static void
test_status(void)
{
	static const struct line t[] = {
		{ "a greeting", "* OK hello\r\n", "* OK hello\n" },
		{ "a greeting with capabilities",
		    "* OK [CAPABILITY IMAP4rev1 IDLE] hello there\r\n",
		    "* OK [CAPABILITY IMAP4rev1 IDLE] hello there\n" },
		{ "any case", "* pReAuTh x\r\n", "* PREAUTH x\n" },
		{ "a tagged status", "a1 NO [NOPERM] no\r\n",
		    "a1 NO [NOPERM] no\n" },
		{ "no text", "a1 OK\r\n* OK\r\n", "a1 OK \n* OK \n" },
		{ "no text behind a code", "a1 OK [READ-WRITE]\r\n",
		    "a1 OK [READ-WRITE] \n" },
		{ "a code with a bracket in quotes",
		    "* OK [BADCHARSET (\"x]\")] y\r\n",
		    "* OK [BADCHARSET (\"x]\")] y\n" },
		{ "a code that does not end", "* OK [ALERT y\r\n",
		    "* OK [ALERT y\n" },
		{ "B26 a text that looks like a literal",
		    "* OK hello {5}\r\n* 1 EXISTS\r\n",
		    "* OK hello {5}\n* 1 EXISTS\n" },
		{ "a continuation", "+ go on\r\n", "+ go on\n" },
		{ "a continuation without text", "+ \r\n+\r\n", "+ \n+ \n" },
		{ "a continuation without a blank", "+x\r\n",
		    "! no blank behind '+'\n" },
		{ "A10 rubbish", "XYZ OK\r\n", "XYZ OK \n" },
		{ "A10 more rubbish", "hello world\r\n",
		    "! neither a tagged status nor data\n" },
		{ "a tagged word that is no status", "a1 FOO x\r\n",
		    "! neither a tagged status nor data\n" },
		{ "a tagged BYE", "a1 BYE x\r\n",
		    "! neither a tagged status nor data\n" },
		{ "an empty line", "\r\n",
		    "! neither a tagged status nor data\n" },
		{ "a bare LF", "* OK x\ny\r\n",
		    "! a status line that is no line\n" },
		{ "a bare CR", "* OK x\ry\r\n",
		    "! a status line that is no line\n" },
		{ "a star alone", "*\r\n", "! no blank behind '*'\n" },
		{ "three blanks behind the star", "*   OK x\r\n",
		    "! no name of a response\n" },
	};

	TRY(t);
}

static void
test_data(void)
{
	static const struct line t[] = {
		{ "a list", "* LIST (\\HasNoChildren) \"/\" \"a \\\"b\"\r\n",
		    "* LIST (\\HasNoChildren) \"/\" \"a \\\"b\"\n" },
		{ "a literal name", "* LIST () \"/\" {5}\r\na\r\nb)\r\n"
		    "* 2 EXISTS\r\n",
		    "* LIST () \"/\" L'a\\x0d\\x0ab)'\n* 2 EXISTS\n" },
		{ "an empty literal", "* LIST () \"/\" {0}\r\n\r\n",
		    "* LIST () \"/\" L''\n" },
		{ "a long literal", "* LIST () \"/\" {4097}\r\n",
		    "* LIST () \"/\" {4097}" },
		{ "an empty search", "* SEARCH\r\n", "* SEARCH\n" },
		{ "a blank before CRLF", "* SEARCH \r\n", "* SEARCH\n" },
		{ "a blank before a bracket", "* FLAGS (\\Seen )\r\n",
		    "* FLAGS (\\Seen)\n" },
		{ "a search with MODSEQ",
		    "* SEARCH 1 4294967295 (MODSEQ 9223372036854775807)\r\n",
		    "* SEARCH 1 4294967295 (MODSEQ 9223372036854775807)\n" },
		{ "threads", "* THREAD (1)(2 (3)(4 5))\r\n",
		    "* THREAD (1)(2 (3)(4 5))\n" },
		{ "a quota", "* QUOTA \"\" (STORAGE 10 512)\r\n",
		    "* QUOTA \"\" (STORAGE 10 512)\n" },
		{ "a mailbox whose name is a large number",
		    "* STATUS 99999999999999999999 (MESSAGES 1)\r\n",
		    "* STATUS 99999999999999999999 (MESSAGES 1)\n" },
		{ "what nobody knows", "* XFOO (a \"b\") {3}\r\nabc\r\n",
		    "* ?XFOO (a \"b\") L'abc'\n" },
		{ "what nobody knows, with a number", "* 3 XFOO\r\n",
		    "* 3 ?XFOO\n" },
		{ "a name without the number it needs", "* EXISTS\r\n",
		    "* ?EXISTS\n" },
		{ "VANISHED", "* VANISHED (EARLIER) 1,3:7\r\n",
		    "* VANISHED (EARLIER) 1,3:7\n" },
		{ "8-bit in quotes", "* LIST () NIL \"\xc3\xa9\"\r\n",
		    "* LIST () NIL \"\\xc3\\xa9\"\n" },
	};
	static const struct line bad[] = {
		{ "B27 {n+}", "* LIST () NIL {5+}\r\nabcde\r\n",
		    "* LIST () NIL ! a literal's size\n" },
		{ "E8 message number 2^32", "* 4294967296 EXISTS\r\n",
		    "! a message number out of range\n" },
		{ "E8 message number 0", "* 0 EXPUNGE\r\n",
		    "! a message number 0\n" },
		{ "E8 leading zeros", "* 01 EXISTS\r\n",
		    "! a message number out of range\n" },
		{ "E8 search result 0", "* SEARCH 0\r\n",
		    "* SEARCH ! a number out of range\n" },
		{ "E8 search result 2^32", "* SEARCH 4294967296\r\n",
		    "* SEARCH ! a number out of range\n" },
		{ "E8 a negative one", "* SEARCH -1\r\n",
		    "* SEARCH ! a number out of range\n" },
		{ "E8 in a thread", "* THREAD (1 (0))\r\n",
		    "* THREAD (1 (! a number out of range\n" },
		{ "E8 of STATUS",
		    "* STATUS x (HIGHESTMODSEQ 9223372036854775808)\r\n",
		    "* STATUS x (HIGHESTMODSEQ ! a number out of range\n" },
		{ "E8 of VANISHED", "* VANISHED 0\r\n",
		    "* VANISHED ! a number out of range\n" },
		{ "E8 of a literal", "* LIST () NIL {9223372036854775808}\r\n",
		    "* LIST () NIL ! a literal's size\n" },
		{ "B27 a literal8", "* LIST () NIL ~{1}\r\nx\r\n",
		    "* LIST () NIL ! a literal8 where only a string can be\n" },
		{ "a bracket too many", "* FLAGS (\\Seen))\r\n",
		    "* FLAGS (\\Seen)! a bracket closes nothing\n" },
		{ "a bracket too few", "* FLAGS (\\Seen\r\n",
		    "* FLAGS (\\Seen! a line ends inside a list\n" },
		{ "two blanks", "* LIST ()  NIL x\r\n",
		    "* LIST () ! two blanks, or one before a value\n" },
		{ "no blank between strings", "* LIST () NIL \"a\"\"b\"\r\n",
		    "* LIST () NIL \"a\"! a blank is missing\n" },
		{ "no blank before a list", "* FLAGS(\\Seen)\r\n",
		    "* FLAGS! a blank is missing\n" },
		{ "a bare CR", "* SEARCH 1\rx\r\n",
		    "* SEARCH 1! a bare CR\n" },
		{ "a bare LF", "* SEARCH 1\n* OK x\r\n",
		    "* SEARCH 1! a blank is missing\n" },
		{ "a bare LF in quotes", "* LIST () NIL \"a\nb\"\r\n",
		    "* LIST () NIL ! NUL, CR or LF in a quoted string\n" },
		{ "a wrong escape", "* LIST () NIL \"a\\b\"\r\n",
		    "* LIST () NIL ! an escape that may not be\n" },
		{ "arguments of EXISTS", "* 1 EXISTS x\r\n",
		    "* 1 EXISTS ! arguments where none may be\n" },
		{ "a literal header without CRLF", "* LIST () NIL {1} x\r\n",
		    "* LIST () NIL ! no CRLF behind a literal header\n" },
	};

	TRY(t);
	TRY(bad);
}

static void
test_fetch(void)
{
	static const struct line t[] = {
		{ "FETCH", "* 1 FETCH (UID 5 FLAGS (\\Seen) RFC822.SIZE 0)\r\n",
		    "* 1 FETCH (@UID 5 @FLAGS (\\Seen) @RFC822.SIZE 0)\n" },
		{ "an empty FETCH", "* 1 FETCH ()\r\n", "* 1 FETCH ()\n" },
		{ "content", "* 1 FETCH (BODY[] {6}\r\n)\r\n* 1 UID 7)\r\n",
		    "* 1 FETCH (@BODY[] {6} @UID 7)\n" },
		{ "a body structure",
		    "* 1 FETCH (BODYSTRUCTURE ((\"text\" \"plain\" NIL)"
		    "(\"text\" \"html\" NIL) \"mixed\"))\r\n",
		    "* 1 FETCH (@BODYSTRUCTURE ((\"text\" \"plain\" NIL)"
		    "(\"text\" \"html\" NIL) \"mixed\"))\n" },
		{ "E3 names in quotes",
		    "* 1 FETCH (BODY[HEADER.FIELDS (\"FR)OM\" SUBJECT)] {2}"
		    "\r\n\r\n)\r\n",
		    "* 1 FETCH (@BODY[HEADER.FIELDS (\"FR)OM\" SUBJECT)] {2})"
		    "\n" },
		{ "a part of a part", "* 1 FETCH (BODY[1.2]<10> NIL)\r\n",
		    "* 1 FETCH (@BODY[1.2]<10> NIL)\n" },
		{ "a literal8", "* 1 FETCH (BINARY[1] ~{3}\r\na\nb)\r\n",
		    "* 1 FETCH (@BINARY[1] ~{3})\n" },
		{ "a short literal that is no content",
		    "* 1 FETCH (ENVELOPE (NIL {3}\r\na\"b))\r\n",
		    "* 1 FETCH (@ENVELOPE (NIL L'a\"b'))\n" },
		{ "a blank before the end (QQ)", "* 1 FETCH (UID 19436 )\r\n",
		    "* 1 FETCH (@UID 19436)\n" },
		{ "two blanks between items (DavMail)",
		    "* 1 FETCH (UID 5 FLAGS (\\Seen)  RFC822.HEADER {1}\r\nx)"
		    "\r\n",
		    "* 1 FETCH (@UID 5 @FLAGS (\\Seen) @RFC822.HEADER {1})\n" },
		{ "two blanks behind the star (DavMail)",
		    "*  1843 EXISTS\r\n", "* 1843 EXISTS\n" },
		{ "two lists as one value (mail.ru)",
		    "* 1 FETCH (UID 3 BODYSTRUCTURE (\"a\")((\"b\") \"c\"))"
		    "\r\n",
		    "* 1 FETCH (@UID 3 @BODYSTRUCTURE (\"a\")((\"b\") \"c\"))\n" },
		{ "a blank within a body structure (Yahoo)",
		    "* 2 FETCH (BODYSTRUCTURE (\"x\" NIL ) UID 2)\r\n",
		    "* 2 FETCH (@BODYSTRUCTURE (\"x\" NIL) @UID 2)\n" },
		{ "MODSEQ", "* 1 FETCH (MODSEQ (12))\r\n",
		    "* 1 FETCH (@MODSEQ (12))\n" },
		{ "a vendor's item",
		    "* 1 FETCH (X-GM-LABELS (\\Inbox \"a b\") UID 1)\r\n",
		    "* 1 FETCH (@X-GM-LABELS (\\Inbox \"a b\") @UID 1)\n" },
		{ "an addresses' list without blanks",
		    "* 1 FETCH (ENVELOPE (NIL ((\"a\" NIL b c)(NIL NIL d e))))"
		    "\r\n",
		    "* 1 FETCH (@ENVELOPE (NIL ((\"a\" NIL b c)(NIL NIL d e))))"
		    "\n" },
	};
	static const struct line bad[] = {
		{ "B27 a literal8", "* 1 FETCH (BODY[] ~{1}\r\nx)\r\n",
		    "* 1 FETCH (@BODY[] ! a literal8 where only a string can "
		    "be\n" },
		{ "no list", "* 1 FETCH UID 5\r\n",
		    "* 1 FETCH ! FETCH without a list\n" },
		{ "nothing", "* 1 FETCH\r\n",
		    "* 1 FETCH! FETCH without a list\n" },
		{ "message 0", "* 0 FETCH (UID 5)\r\n",
		    "! a message number 0\n" },
		{ "a list of lists", "* 1 FETCH ((BODY[] {1}\r\nx))\r\n",
		    "* 1 FETCH (! a list where none belongs\n" },
		{ "a second list", "* 1 FETCH (UID 5) (UID 6)\r\n",
		    "* 1 FETCH (@UID 5) ! FETCH with two lists\n" },
		{ "content in a list", "* 1 FETCH (BODY[] ({1}\r\nx))\r\n",
		    "* 1 FETCH (@BODY[] ! a list where none belongs\n" },
		{ "content that is an atom", "* 1 FETCH (BODY[] x)\r\n",
		    "* 1 FETCH (@BODY[] ! a number out of range\n" },
		{ "an item without a value", "* 1 FETCH (UID 5 FLAGS)\r\n",
		    "* 1 FETCH (@UID 5 ! a FETCH item without a value\n" },
		{ "an item and a blank", "* 1 FETCH (UID )\r\n",
		    "* 1 FETCH (@UID! a FETCH item without a value\n" },
		{ "UID 0", "* 1 FETCH (UID 0)\r\n",
		    "* 1 FETCH (@UID ! a number out of range\n" },
		{ "UID 2^32", "* 1 FETCH (UID 4294967296)\r\n",
		    "* 1 FETCH (@UID ! a number out of range\n" },
		{ "UID in quotes", "* 1 FETCH (UID \"5\")\r\n",
		    "* 1 FETCH (@UID ! a string where a number belongs\n" },
		{ "a size of 2^63",
		    "* 1 FETCH (RFC822.SIZE 9223372036854775808)\r\n",
		    "* 1 FETCH (@RFC822.SIZE ! a number out of range\n" },
		{ "MODSEQ without its list", "* 1 FETCH (MODSEQ 5)\r\n",
		    "* 1 FETCH (@MODSEQ ! a number out of range\n" },
		{ "a section that is none", "* 1 FETCH (BODY[FOO] NIL)\r\n",
		    "* 1 FETCH (! a FETCH item that is none\n" },
		{ "names that are not asked for",
		    "* 1 FETCH (BODY[TEXT (A)] NIL)\r\n",
		    "* 1 FETCH (! a FETCH item that is none\n" },
		{ "a section of FLAGS", "* 1 FETCH (FLAGS[1] NIL)\r\n",
		    "* 1 FETCH (! a FETCH item that is none\n" },
		{ "a list beside content", "* 1 FETCH (BODY[] \"\"())\r\n",
		    "* 1 FETCH (@BODY[] \"\"! a blank is missing\n" },
		{ "three blanks between items",
		    "* 1 FETCH (FLAGS ()   UID 5)\r\n",
		    "* 1 FETCH (@FLAGS () ! two blanks, or one before a "
		    "value\n" },
		{ "two blanks before a value", "* 1 FETCH (UID  5)\r\n",
		    "* 1 FETCH (@UID ! two blanks, or one before a value\n" },
	};

	TRY(t);
	TRY(bad);
}

static void
test_nul(void)
{
	static const struct { const char *name; struct str in;
	    const char *want; } t[] = {
		{ "NUL in a text", STR("* OK a\0b\r\n"),
		    "! a status line that is no line\n" },
		{ "NUL in a string", STR("* LIST () NIL \"a\0b\"\r\n"),
		    "* LIST () NIL ! NUL, CR or LF in a quoted string\n" },
		{ "NUL between tokens", STR("* LIST \0\r\n"),
		    "* LIST ! an octet that nothing begins with\n" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct tap_feed f = { feed_response, NULL };
		char *got = tap_feed_split(&f, t[i].in, t[i].name);

		tap_cstr(t[i].want, got, "%s", t[i].name);
		free(got);
	}
}

/* head, n times s, tail, in pieces of step octets. */
static char *
repeated(const char *head, const char *s, size_t n, const char *tail,
    size_t step)
{
	size_t each = strlen(s), h = strlen(head), len = h + n * each;
	char *p = malloc(len + strlen(tail) + 1), *got;
	struct str *pieces;
	size_t k = 0;

	memcpy(p, head, h);
	for (size_t i = 0; i < n; i++)
		memcpy(p + h + i * each, s, each);
	memcpy(p + len, tail, strlen(tail) + 1);
	len += strlen(tail);
	pieces = calloc(len / step + 1, sizeof *pieces);
	for (size_t at = 0; at < len; at += step, k++)
		pieces[k] = (struct str){ p + at,
		    len - at < step ? len - at : step };
	got = feed_response(NULL, pieces, k);
	free(pieces);
	free(p);
	return got;
}

static void
test_long(void)
{
	static const struct { const char *name, *head, *s; size_t n;
	    const char *tail, *begin, *end; } t[] = {
		{ "a COPYUID too long to keep", "a1 OK [COPYUID 1 1 1", ":2,3",
		    20000, "] done\r\na2 OK x\r\n", "a1 OK cut\n",
		    "a1 OK cut\na2 OK x\n" },
		{ "the same untagged", "* OK [COPYUID 1 1 1", ":2,3", 20000,
		    "] done\r\n* 2 EXISTS\r\n", "* OK cut\n",
		    "* OK cut\n* 2 EXISTS\n" },
		{ "a bare LF in it", "* OK [COPYUID 1 1 1", ":2,3", 20000,
		    "\n] done\r\n", "* OK cut\n",
		    "! NUL or a bare LF in a line\n" },
		{ "a bare CR in it", "* OK [COPYUID 1 1 1", ":2,3", 20000,
		    "\r] done\r\n", "* OK cut\n", "! a bare CR\n" },
		{ "A10 a greeting of 64 KB", "* OK ", "x", 65536, "\r\n",
		    "! a line that is too long\n",
		    "! a line that is too long\n" },
		{ "a set that is longer than a token", "* VANISHED 7", ",8:9",
		    20000, "\r\n", "* VANISHED 7,8:9,", ",8:9\n" },
		{ "an atom that is too long", "* LIST () NIL ", "x", 40000,
		    "\r\n", "* LIST () NIL ! an atom that is too long\n",
		    "long\n" },
		{ "a string that is too long", "* LIST () NIL \"", "x", 40000,
		    "\"\r\n",
		    "* LIST () NIL ! a quoted string that is too long\n",
		    "long\n" },
		{ "a section without an end", "* 1 FETCH (BODY[", "x", 9000,
		    "", "* 1 FETCH (! a FETCH item without a value\n",
		    "value\n" },
		{ "a name without an end", "* ", "x", 40000, "",
		    "! no name of a response\n", "response\n" },
		{ "a line without an end", "", "x", 40000, "",
		    "! a line that is too long\n", "long\n" },
		{ "a search of any length", "* SEARCH", " 1", 50000, "\r\n",
		    "* SEARCH 1 1", " 1\n" },
		{ "E11 100 lists in each other",
		    "* 1 FETCH (BODYSTRUCTURE ", "(", 10000, "\r\n",
		    "* 1 FETCH (@BODYSTRUCTURE (((", "nest too deeply\n" },
	};
	static const size_t steps[] = { 1000000, 4096, 1000, 7 };

	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		for (size_t k = 0; k < sizeof steps / sizeof *steps; k++) {
			char *got = repeated(t[i].head, t[i].s, t[i].n,
			    t[i].tail, steps[k]);

			if (!tap_ok(str_starts(str_c(got), str_c(t[i].begin))
			    && str_iends(str_c(got), str_c(t[i].end)),
			    "%s, in pieces of %zu", t[i].name, steps[k]))
				tap_diag("seen %.200s", got);
			free(got);
		}
}

static void
test_partial(void)
{
	static const struct { const char *in; bool partial; } t[] = {
		{ "* 1 FETCH (FLAGS ()", true }, { "* SEARCH 1", true },
		{ "* SEARCH 1\r\n", false }, { "* OK x\r\n", false },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct imap_response r;
		struct str in = str_c(t[i].in);
		size_t used;

		imap_response_init(&r);
		while (imap_response_next(&r, in, &used) != IMAP_RESP_NEED) {
			in.p += used;
			in.n -= used;
		}
		tap_ok(imap_response_partial(&r) == t[i].partial,
		    "'%s' is %s", t[i].in, t[i].partial ? "half a line" :
		    "all of it");
	}
}

static void
test_codes(void)
{
	static const struct { const char *name, *args; bool fits; } t[] = {
		{ "ALERT", "", true }, { "alert", "", true },
		{ "ALERT", "x", false }, { "UIDNEXT", "7", true },
		{ "UIDNEXT", "07", false }, { "UIDNEXT", "7 8", false },
		{ "UIDNEXT", "", false }, { "UIDVALIDITY", "-1", false },
		{ "HIGHESTMODSEQ", "9223372036854775807", true },
		{ "HIGHESTMODSEQ", "9223372036854775808", false },
		{ "PERMANENTFLAGS", "(\\Seen \\*)", true },
		{ "PERMANENTFLAGS", "()", true },
		{ "PERMANENTFLAGS", "(\\Seen  \\*)", false },
		{ "PERMANENTFLAGS", "(\\Seen", false },
		{ "PERMANENTFLAGS", "\\Seen)", false },
		{ "PERMANENTFLAGS", "(a]b)", false },
		{ "PERMANENTFLAGS", "(a[b)", false },
		{ "BADCHARSET", "(utf-8 \"x]y\")", true },
		{ "BADCHARSET", "({5}", false },
		{ "BADCHARSET", "(\"x)", false },
		{ "APPENDUID", "1 2", true }, { "APPENDUID", "1 2:3", true },
		{ "APPENDUID", "1 *", false }, { "APPENDUID", "1", false },
		{ "APPENDUID", "1 2 3", false },
		{ "COPYUID", "1 2,3 4:5", true }, { "COPYUID", "1 2", false },
		{ "MODIFIED", "7,9", true }, { "MODIFIED", "x", false },
		{ "REFERRAL", "imap://x/", false },
		{ "XFOO", "", false },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		tap_ok(imap_code_fits(str_c(t[i].name), str_c(t[i].args)) ==
		    t[i].fits, "[%s %s] %s", t[i].name, t[i].args,
		    t[i].fits ? "may go on" : "may not");
	tap_int(IMAP_CODE_UNKNOWN, imap_code_find(STR("REFERRAL")),
	    "A12 REFERRAL is a code nobody knows");
	tap_int(IMAP_CODE_CAPABILITY, imap_code_find(STR("capability")),
	    "CAPABILITY is found in any case");
}

static void
test_text(void)
{
	static const struct { const char *name, *in; bool utf8;
	    const char *want; } t[] = {
		{ "plain text", "hello {5}", false, "hello {5}" },
		{ "E12 escapes", "a\x1b[1mb", false, "a?[1mb" },
		{ "UTF-8 before it is enabled", "\xc3\xa9", false, "??" },
		{ "UTF-8 after", "\xc3\xa9 x", true, "\xc3\xa9 x" },
		{ "what is not UTF-8", "\xc3x", true, "?x" },
		{ "E12 an override", "a\xe2\x80\xae" "b", true, "a?b" },
		{ "E12 an isolate", "a\xe2\x81\xa6" "b", true, "a?b" },
		{ "another mark", "a\xe2\x80\xa6", true, "a\xe2\x80\xa6" },
		{ "a second code", "[ALERT] buy", false, "?ALERT] buy" },
	};
	char out[IMAP_TEXT_MAX], long_text[2 * IMAP_TEXT_MAX];

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		size_t n = imap_text_clean(out, str_c(t[i].in), t[i].utf8);

		tap_str(str_c(t[i].want), (struct str){ out, n }, "text: %s",
		    t[i].name);
	}
	for (size_t i = 0; i < sizeof long_text; i += 2)
		memcpy(long_text + i, "\xc3\xa9", 2);
	long_text[0] = 'x';
	long_text[1] = 'y';
	tap_int(IMAP_TEXT_MAX, (int64_t)imap_text_clean(out,
	    (struct str){ long_text, sizeof long_text }, true),
	    "a long text is cut");
	tap_int(IMAP_TEXT_MAX - 1, (int64_t)imap_text_clean(out,
	    (struct str){ long_text + 1, sizeof long_text - 1 }, true),
	    "and not within a character");
}

int
main(void)
{
	test_status();
	test_data();
	test_fetch();
	test_nul();
	test_long();
	test_partial();
	test_codes();
	test_text();
	return tap_done();
}
