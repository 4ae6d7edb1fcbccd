/*
 * The client's lines: what is a command, what is BAD, what cannot be followed
 * any more, however the octets are cut.
 */

#include "feed_reader.h"

struct line {
	const char *name;
	const char *in, *want;
};

static void
try(const struct line *t, size_t n, struct feed *o)
{
	for (size_t i = 0; i < n; i++) {
		struct tap_feed f = { feed_reader, o };
		char *got = tap_feed_split(&f, str_c(t[i].in), t[i].name);

		tap_cstr(t[i].want, got, "%s", t[i].name);
		free(got);
	}
}

#define TRY(t, ...) \
	try(t, sizeof (t) / sizeof *(t), &(struct feed){ __VA_ARGS__ })

#define BAD_ESCAPE "a quoted string escapes what it may not"
#define NO_FORM "an argument is not of the right form"
#define STRAY "NUL, a bare CR or a bare LF"
#define NO_VALUE "an octet that no argument begins with"

static void
test_commands(void)
{
	static const struct line t[] = {
		{ "a command", "a NOOP\r\n", "C a NOOP\n" },
		{ "two commands", "a NOOP\r\nb CAPABILITY\r\n",
		    "C a NOOP\nC b CAPABILITY\n" },
		{ "any case", "a uId fEtCh 1 (FLAGS)\r\n",
		    "C a UID-FETCH 1 (FLAGS)\n" },
		{ "a quoted string", "a LOGIN \"a\\\"b\" \"a\\\\\"\r\n",
		    "C a LOGIN Q'a\"b' Q'a\\'\n" },
		{ "an empty quoted string", "a LIST \"\" %\r\n",
		    "C a LIST Q'' %\n" },
		{ "a sequence set", "a COPY 1,3:*,7 box\r\n",
		    "C a COPY 1,3:*,7 box\n" },
		{ "the saved search", "a COPY $ box\r\n", "C a COPY $ box\n" },
		{ "flags", "a STORE 1 +FLAGS (\\Seen $Junk)\r\n",
		    "C a STORE 1 +FLAGS (\\Seen $Junk)\n" },
		{ "sections",
		    "a FETCH 1 (BODY.PEEK[HEADER.FIELDS (A \"B C\")]<0.10>)"
		    "\r\n",
		    "C a FETCH 1 (BODY.PEEK[HEADER.FIELDS (A Q'B C')]<0.10>)\n"
		},
		{ "an empty section", "a FETCH 1 BODY[]\r\n",
		    "C a FETCH 1 BODY[]\n" },
		{ "brackets in a mailbox name", "a CREATE [Gmail]/BODY[x]\r\n",
		    "C a CREATE [Gmail]/BODY[x]\n" },
		{ "a mailbox that looks like an item", "a CREATE BODY[x]\r\n",
		    "C a CREATE BODY[x]\n" },
		{ "items of UPDATE",
		    "a SEARCH RETURN (UPDATE (UID BODY[TEXT])) ALL\r\n",
		    "C a SEARCH RETURN (UPDATE (UID BODY[TEXT])) ALL\n" },
		{ "an empty list", "a STORE 1 FLAGS ()\r\n",
		    "C a STORE 1 FLAGS ()\n" },
		{ "one blank before CRLF", "a NOOP \r\n", "C a NOOP\n" },
		{ "a vendor's command", "a XFOO 1 (\"x\" (y))\r\n",
		    "C a UNKNOWN 1 (Q'x' (y))\n" },
		{ "SASL-IR", "a AUTHENTICATE PLAIN AGEAYg==\r\n",
		    "C a AUTHENTICATE PLAIN AGEAYg==\n" },
		{ "tags that are other words",
		    "OK NOOP\r\nFETCH NOOP\r\na]b NOOP\r\n",
		    "C OK NOOP\nC FETCH NOOP\nC a]b NOOP\n" },
	};

	TRY(t);
}

static void
test_bad_octets(void)
{
	static const struct line t[] = {
		{ "B1 a bare LF", "a NOOP\nb DELETE INBOX\r\nc NOOP\r\n",
		    "B a: " STRAY "\nC c NOOP\n" },
		{ "B2 a bare CR", "a NOOP\rb CAPABILITY\r\nc NOOP\r\n",
		    "B a: " STRAY "\nC c NOOP\n" },
		{ "B2 CR CR LF", "a NOOP\r\r\nc NOOP\r\n",
		    "B a: " STRAY "\nC c NOOP\n" },
		{ "B3 a bare LF in quotes", "a CREATE \"x\nb NOOP\r\n",
		    "F a bare LF in a line with quotes\n" },
		{ "a bare LF before any tag", "\na NOOP\r\n",
		    "B *: " STRAY "\n" },
		{ "B5 a wrong escape", "a CREATE \"x\\yz\"\r\n",
		    "B a: " BAD_ESCAPE "\n" },
		{ "B5 an open string", "a CREATE \"unterminated\r\n",
		    "B a: a quoted string is not closed\n" },
		{ "B5 an open string that ends in an escape",
		    "a CREATE \"x\\\"\r\n",
		    "B a: a quoted string is not closed\n" },
		{ "B6 8-bit octets in quotes", "a CREATE \"\xc3\xa9\"\r\n",
		    "B a: 8-bit octets in a quoted string\n" },
		{ "8-bit octets in an atom", "a CREATE \xc3\xa9\r\n",
		    "B a: " NO_VALUE "\n" },
		{ "B25 two blanks", "a  NOOP\r\n", "B a: no command word\n" },
		{ "B25 a tab", "a\tNOOP\r\n", "B *: an invalid tag\n" },
		{ "B25 a blank first", " NOOP\r\n", "B *: an invalid tag\n" },
		{ "B25 empty lines", "\r\n\r\na NOOP\r\n",
		    "B *: an empty line\nB *: an empty line\nC a NOOP\n" },
		{ "two blanks between arguments", "a LOGIN a  b\r\n",
		    "B a: " NO_VALUE "\n" },
		{ "two blanks at the end", "a NOOP  \r\n",
		    "B a: " NO_VALUE "\n" },
		{ "no blank between values", "a LOGIN \"a\"\"b\"\r\n",
		    "B a: a blank is missing\n" },
		{ "no blank before a list", "a STATUS x(MESSAGES)\r\n",
		    "B a: a blank is missing\n" },
		{ "a blank in front of ')'", "a STATUS x (MESSAGES )\r\n",
		    "B a: a blank before a closing bracket\n" },
		{ "a list that is not closed", "a STATUS x (MESSAGES\r\n",
		    "B a: a bracket is not closed\n" },
		{ "a list that is not open", "a STATUS x MESSAGES)\r\n",
		    "B a: a bracket closes nothing\n" },
		{ "a section that is not closed", "a FETCH 1 BODY[TEXT\r\n",
		    "B a: a bracket is not closed\n" },
		{ "brackets that cross",
		    "a FETCH 1 (BODY[HEADER.FIELDS (A])\r\n",
		    "B a: a bracket is not closed\n" },
		{ "a partial without count", "a FETCH 1 BODY[]<0>\r\n",
		    "B a: a partial that is no range\n" },
		{ "an empty partial", "a FETCH 1 BODY[]<0.0>\r\n",
		    "B a: a partial that is no range\n" },
		{ "a partial that is text", "a FETCH 1 BODY[]<0.1 X>\r\n",
		    "B a: a partial that is no range\n" },
	};
	static const struct line utf8[] = {
		{ "B6 UTF-8 in quotes after ENABLE",
		    "a CREATE \"\xc3\xa9\"\r\n",
		    "C a CREATE Q'\\xc3\\xa9'\n" },
		{ "B6 no UTF-8 after ENABLE", "a CREATE \"\xc3\x28\"\r\n",
		    "B a: 8-bit octets in a quoted string\n" },
	};

	TRY(t);
	TRY(utf8, .utf8 = true);
}

static void
test_tags(void)
{
	static const struct line t[] = {
		{ "C1 tag +", "+ NOOP\r\n", "B *: an invalid tag\n" },
		{ "C1 tag a+b", "a+b NOOP\r\n", "B *: an invalid tag\n" },
		{ "C1 tag *", "* NOOP\r\n", "B *: an invalid tag\n" },
		{ "C1 tag %", "% NOOP\r\n", "B *: an invalid tag\n" },
		{ "C1 tag (", "( NOOP\r\n", "B *: an invalid tag\n" },
		{ "C1 tag \\", "\\ NOOP\r\n", "B *: an invalid tag\n" },
		{ "C1 a quoted tag", "\"x\" NOOP\r\n",
		    "B *: an invalid tag\n" },
		{ "C1 an 8-bit tag", "\xc3\xa9 NOOP\r\n",
		    "B *: an invalid tag\n" },
		{ "C1 a literal tag is drained",
		    "{5+}\r\nabcde NOOP\r\nb NOOP\r\n",
		    "B *: an invalid tag\nC b NOOP\n" },
		{ "C1 a synchronising literal as a tag", "{5}\r\nb NOOP\r\n",
		    "B *: an invalid tag\nC b NOOP\n" },
		{ "a tag alone", "a\r\n", "B *: an invalid tag\n" },
		{ "a tag of 64 octets",
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaaaaaa NOOP\r\n",
		    "C aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaaaaaaaaa NOOP\n" },
		{ "a tag of 65 octets",
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaaaaaaa NOOP\r\n", "B *: an invalid tag\n" },
		{ "C6 UID with two blanks", "a UID  FETCH 1 FLAGS\r\n",
		    "B a: no command word\n" },
		{ "C6 UID UID", "a UID UID FETCH 1 FLAGS\r\n",
		    "B a: no such UID command\n" },
		{ "C6 UID alone", "a UID\r\n",
		    "B a: UID without a command\n" },
		{ "C6 UID NOOP", "a UID NOOP\r\n",
		    "B a: no such UID command\n" },
		{ "C6 a quoted command", "a \"NOOP\"\r\n",
		    "B a: no command word\n" },
		{ "C6 full-width letters",
		    "a \xef\xbc\xae\xef\xbc\xaf\xef\xbc\xaf\xef\xbc\xb0\r\n",
		    "B a: no command word\n" },
		{ "C6 a dotless i", "a \xc4\xb1" "d\r\n",
		    "B a: no command word\n" },
		{ "C6 a kelvin sign", "a CHEC\xe2\x84\xaa\r\n",
		    "B a: an octet that no command word has\n" },
	};

	TRY(t);
}

static void
test_literals(void)
{
	static const struct line t[] = {
		{ "B7 of an unknown command",
		    "a FOO {12+}\r\nb CREATE bad\r\nc NOOP\r\n",
		    "L now\nC a UNKNOWN L'b CREATE bad'\nC c NOOP\n" },
		{ "B8 where none belongs",
		    "a NOOP {8+}\r\nb NOOP\r\n\r\nc NOOP\r\n",
		    "B a: too many arguments\nC c NOOP\n" },
		{ "B9 a literal8 where none belongs",
		    "a CREATE ~{8+}\r\nb NOOP\r\n\r\nc NOOP\r\n",
		    "B a: " NO_FORM "\nC c NOOP\n" },
		{ "B10 behind a stray bracket",
		    "a CREATE ) {8+}\r\nb NOOP\r\n\r\nc NOOP\r\n",
		    "B a: a bracket closes nothing\nC c NOOP\n" },
		{ "behind an open quoted string",
		    "a CREATE \"x {8+}\r\nb NOOP\r\n\r\nc NOOP\r\n",
		    "B a: a quoted string is not closed\nC c NOOP\n" },
		{ "behind a bare CR",
		    "a CREATE \rx {8+}\r\nb NOOP\r\n\r\nc NOOP\r\n",
		    "B a: " STRAY "\nC c NOOP\n" },
		{ "one after another of a bad line",
		    "a ) {1+}\r\nx {1+}\r\nx\nx {1+}\r\ny\r\nc NOOP\r\n",
		    "B a: no command word\nC c NOOP\n" },
		{ "a bad line ends at a synchronising one",
		    "a ) {1+}\r\nx {9}\r\nc NOOP\r\n",
		    "B a: no command word\nC c NOOP\n" },
		{ "B11 as a command word", "a UID {5+}\r\nFETCH 1 (FLAGS)\r\n",
		    "B a: no command word\n" },
		{ "as the first word", "a {4+}\r\nNOOP\r\n",
		    "B a: no command word\n" },
		{ "B12 leading zeros", "a CREATE {0004+}\r\nTEST\r\n",
		    "L now\nC a CREATE L'TEST'\n" },
		{ "B13 {-1}", "a CREATE {-1}\r\n", "B a: " NO_VALUE "\n" },
		{ "B13 {+4}", "a CREATE {+4}\r\n", "B a: " NO_VALUE "\n" },
		{ "B13 { 4}", "a CREATE { 4}\r\n", "B a: " NO_VALUE "\n" },
		{ "B13 {4 }", "a CREATE {4 }\r\n", "B a: " NO_VALUE "\n" },
		{ "B13 {4++}", "a CREATE {4++}\r\n", "B a: " NO_VALUE "\n" },
		{ "B13 {0x4}", "a CREATE {0x4}\r\n", "B a: " NO_VALUE "\n" },
		{ "B13 {}", "a CREATE {}\r\n", "B a: " NO_VALUE "\n" },
		{ "B13 {+}", "a CREATE {+}\r\n", "B a: " NO_VALUE "\n" },
		{ "B12 21 digits", "a CREATE {000000000000000000004}\r\n",
		    "B a: " NO_VALUE "\n" },
		{ "B13 {4}x", "a CREATE {4}x\r\n", "B a: " NO_VALUE "\n" },
		{ "B13 {4+} and a bare LF", "a CREATE {4+}\nTEST\r\n",
		    "B a: " STRAY "\n" },
		{ "B15 4096 octets are not too many; 4097 are",
		    "a CREATE {4097+}\r\n",
		    "F a non-synchronising literal over 4096 octets (size)\n" },
		{ "B15 on a bad line, too", "a CREATE ( {4097+}\r\n",
		    "F a non-synchronising literal over 4096 octets (size)\n" },
		{ "B16 {0} and {0+}", "a LOGIN {0}\r\n {0+}\r\n\r\n",
		    "L sync\nL now\nC a LOGIN L'' L''\n" },
		{ "B17 octets that look like commands",
		    "a LOGIN {14+}\r\n\r\nz9 DELETE x) y\r\n",
		    "L now\nC a LOGIN L'\\x0d\\x0az9 DELETE x)' y\n" },
		{ "a literal without a blank before", "a CREATE x{1+}\r\ny\r\n",
		    "B a: a literal where none may be\n" },
		{ "a value that touches a literal", "a LOGIN {1+}\r\nxy z\r\n",
		    "L now\nB a: a blank is missing\n" },
		{ "a literal in a section",
		    "a FETCH 1 BODY[HEADER.FIELDS ({4+}\r\nDATE)]\r\n",
		    "L now\nC a FETCH 1 BODY[HEADER.FIELDS (L'DATE')]\n" },
		{ "in place of a section's words",
		    "a FETCH 1 BODY[{4+}\r\nTEXT]\r\n",
		    "B a: a literal in a section\n" },
		{ "of a list", "a STATUS {1+}\r\nx ({3+}\r\nUID)\r\n",
		    "L now\nL now\nC a STATUS L'x' (L'UID')\n" },
		{ "of ID, anywhere",
		    "a ID ({4+}\r\nname {1+}\r\nx {2+}\r\nos NIL)\r\n",
		    "L now\nL now\nL now\n"
		    "C a ID (L'name' L'x' L'os' NIL)\n" },
		{ "where a list is none of the arguments",
		    "a LOGIN x ({1+}\r\ny)\r\n", "B a: " NO_FORM "\n" },
		{ "for LOGIN, but not for AUTHENTICATE",
		    "a AUTHENTICATE {5+}\r\nPLAIN\r\n",
		    "B a: " NO_FORM "\n" },
	};
	static const struct line big[] = {
		{ "B14 2^31", "a CREATE {2147483648}\r\nb NOOP\r\n",
		    "L sync\nC b NOOP\n" },
		{ "B14 2^63", "a CREATE {9223372036854775808}\r\nb NOOP\r\n",
		    "L sync\nC b NOOP\n" },
		{ "B14 2^64 at once", "a CREATE {18446744073709551620+}\r\n",
		    "F a non-synchronising literal over 4096 octets (size)\n" },
		{ "more digits than a number has",
		    "a CREATE {000000000000000000012+}\r\nb CREATE bad\r\n",
		    "F a non-synchronising literal over 4096 octets (size)\n" },
	};
	static const struct line refused[] = {
		{ "a refused one is drained with its line",
		    "a LOGIN {3+}\r\nx\r\n {2+}\r\ny\n z\r\nb NOOP\r\n",
		    "L now\nC b NOOP\n" },
		{ "a refused one, with NUL and bare LF behind",
		    "a LOGIN {1+}\r\nx z\nb \r\nc NOOP\r\n",
		    "L now\nC c NOOP\n" },
		{ "a refused synchronising one ends the command",
		    "a LOGIN {3}\r\nb NOOP\r\n", "L sync\nC b NOOP\n" },
		{ "a too large one behind a refused one",
		    "a LOGIN {1+}\r\nx {5000+}\r\n",
		    "L now\nF a non-synchronising literal over 4096 octets "
		    "(size)\n" },
	};
	static const struct line streamed[] = {
		{ "APPEND",
		    "a APPEND x (\\Seen) {5}\r\nab\r\nc\r\nb NOOP\r\n",
		    "L sync\nC a APPEND x (\\Seen) L<5>\nC b NOOP\n" },
		{ "APPEND of a literal8", "a APPEND x ~{3}\r\na\nb\r\n",
		    "L sync 8\nC a APPEND x 8<3>\n" },
		{ "APPEND UTF8", "a APPEND x UTF8 (~{3}\r\nabc)\r\n",
		    "L sync 8\nC a APPEND x UTF8 (8<3>)\n" },
		{ "MULTIAPPEND",
		    "a APPEND x {1}\r\na (\\Seen) {2+}\r\nab\r\n",
		    "L sync\nL now\nC a APPEND x L<1> (\\Seen) L<2>\n" },
		{ "rubbish behind a mail", "a APPEND x {1}\r\nab\r\nc NOOP\r\n",
		    "L sync\nB a: a blank is missing\nC c NOOP\n" },
	};

	TRY(t);
	TRY(big, .answer = IMAP_COLLECT, .refuse_too_big = true);
	TRY(refused, .answer = IMAP_REFUSE);
	TRY(streamed, .answer = IMAP_STREAM);
}

/* What C strings cannot hold. */
static void
test_nul(void)
{
	static const struct { const char *name; struct str in;
	    const char *want; } t[] = {
		{ "B4 NUL in a command", STR("a NO\0OP\r\nb NOOP\r\n"),
		    "B a: " STRAY "\nC b NOOP\n" },
		{ "B4 NUL in a string", STR("a CREATE \"x\0\"\r\n"),
		    "B a: " STRAY "\n" },
		{ "B4 NUL in a literal",
		    STR("a CREATE {3+}\r\nx\0y\r\nb NOOP\r\n"),
		    "L now\nB a: NUL in a literal that is no literal8\n"
		    "C b NOOP\n" },
		{ "B4 NUL in a literal8",
		    STR("a SETMETADATA x (/private/y ~{3+}\r\nx\0y)\r\n"),
		    "L now 8\nC a SETMETADATA x (/private/y 8'x\\x00y')\n" },
		{ "C6 NUL behind a command", STR("a NOOP\0\r\n"),
		    "B a: " STRAY "\n" },
	};
	struct feed o = { 0 };

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct tap_feed f = { feed_reader, &o };
		char *got = tap_feed_split(&f, t[i].in, t[i].name);

		tap_cstr(t[i].want, got, "%s", t[i].name);
		free(got);
	}
}

/* A line of n times s, once and not by every split. */
static char *
repeated(const char *head, const char *s, size_t n, const char *tail,
    struct feed *o)
{
	size_t each = strlen(s), h = strlen(head), len = h + n * each;
	char *p = malloc(len + strlen(tail) + 1), *got;
	struct str in;

	memcpy(p, head, h);
	for (size_t i = 0; i < n; i++)
		memcpy(p + h + i * each, s, each);
	memcpy(p + len, tail, strlen(tail) + 1);
	in = str_c(p);
	got = feed_reader(o, &in, 1);
	free(p);
	return got;
}

static void
test_limits(void)
{
	struct feed small = { .max_line = 100 }, o = { 0 };
	static const struct { const char *name, *head, *s; size_t n;
	    const char *tail, *want; bool small; } t[] = {
		{ "a line of the longest length", "a CREATE ", "x", 89, "\r\n",
		    "C ", true },
		{ "a line one octet longer", "a CREATE ", "x", 90, "\r\n",
		    "F a command line that is too long\n", true },
		{ "B23 a line without an end", "a CREATE ", "x", 91, "",
		    "F a command line that is too long\n", true },
		{ "a line that is long by its parts", "a LOGIN ", "{0+}\r\n ",
		    20, "x\r\n", "L now\n", true },
		{ "B24 64 lists in each other", "a SEARCH ", "(", 64, "\r\n",
		    "B a: a bracket is not closed\n", false },
		{ "B24 5000 lists in each other", "a SEARCH ", "(", 5000,
		    "\r\n", "B a: lists nest too deeply\n", false },
		{ "B24 10000 elements", "a SEARCH 1", " 1", 9999, "\r\n",
		    "C a SEARCH 1 1", false },
		{ "B24 10001 elements", "a SEARCH 1", " 1", 10000, "\r\n",
		    "B a: too many arguments\n", false },
		{ "many strings in one line", "a SEARCH ", "\"\" ", 9999,
		    "x\r\n", "C a SEARCH Q'' Q''", false },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		char *got = repeated(t[i].head, t[i].s, t[i].n, t[i].tail,
		    t[i].small ? &small : &o);

		if (!tap_ok(str_starts(str_c(got), str_c(t[i].want)), "%s",
		    t[i].name))
			tap_diag("wanted %s\n  seen %.200s", t[i].want, got);
		free(got);
	}
}

static void
test_signatures(void)
{
	static const struct line t[] = {
		{ "NOOP takes nothing", "a NOOP x\r\n",
		    "B a: too many arguments\n" },
		{ "LOGIN takes two", "a LOGIN x\r\n",
		    "B a: an argument is missing\n" },
		{ "LOGIN takes no lists", "a LOGIN x (y)\r\n",
		    "B a: " NO_FORM "\n" },
		{ "SELECT takes no wildcard", "a SELECT *\r\n",
		    "B a: " NO_FORM "\n" },
		{ "SELECT takes parameters", "a SELECT x (QRESYNC (1 2 3))\r\n",
		    "C a SELECT x (QRESYNC (1 2 3))\n" },
		{ "FETCH takes a set", "a FETCH x FLAGS\r\n",
		    "B a: " NO_FORM "\n" },
		{ "no message is 0", "a FETCH 0 FLAGS\r\n",
		    "B a: " NO_FORM "\n" },
		{ "no number has leading zeros", "a FETCH 01 FLAGS\r\n",
		    "B a: " NO_FORM "\n" },
		{ "no number is 2^32", "a FETCH 4294967296 FLAGS\r\n",
		    "B a: " NO_FORM "\n" },
		{ "no set is empty inside", "a FETCH 1,,2 FLAGS\r\n",
		    "B a: " NO_FORM "\n" },
		{ "FETCH takes modifiers",
		    "a FETCH 1:* FLAGS (CHANGEDSINCE 7)\r\n",
		    "C a FETCH 1:* FLAGS (CHANGEDSINCE 7)\n" },
	};

	TRY(t);
}

static void
test_line(void)
{
	static const struct { const char *name; struct str in; size_t max;
	    int want; size_t used; } t[] = {
		{ "DONE", STR("DONE\r\nx"), 10, 1, 6 },
		{ "half a line", STR("DONE\r"), 10, 0, 0 },
		{ "an empty line", STR("\r\n"), 10, 1, 2 },
		{ "a bare LF", STR("DO\nNE\r\n"), 10, -4, 7 },
		{ "a bare CR", STR("DO\rNE\r\n"), 10, -4, 7 },
		{ "a bare CR before CRLF", STR("DONE\r\r\n"), 10, -4, 7 },
		{ "NUL", STR("DO\0E\r\n"), 10, -4, 6 },
		{ "a long line", STR("12345678901\r\n"), 10, -5, 0 },
		{ "a long line's begin", STR("12345678901"), 10, -5, 0 },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct str line = STR_NULL;
		size_t used = 0;

		tap_int(t[i].want, imap_line(t[i].in, t[i].max, &line, &used),
		    "a line alone: %s", t[i].name);
		if (t[i].used > 0)
			tap_int((int64_t)t[i].used, (int64_t)used,
			    "octets used: %s", t[i].name);
	}
}

int
main(void)
{
	test_commands();
	test_bad_octets();
	test_tags();
	test_literals();
	test_nul();
	test_limits();
	test_signatures();
	test_line();
	return tap_done();
}
