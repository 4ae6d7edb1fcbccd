#include <stdio.h>

#include "err.h"
#include "module.h"
#include "tap.h"
#include "testexpr.h"

const struct module_head *const module_static[] = { NULL };

/* What is written, and how it is printed back. */
static const struct {
	const char *text, *canonical;
} good[] = {
	{ "test;", "test;" },
	{ "  test ; ", "test;" },
	{ "test from [1.1.1.1] to [2.2.2.2] : 53;",
	    "test from [1.1.1.1] to [2.2.2.2]:53;" },
	{ "test from[1.1.1.1]to[2.2.2.2]:53;",
	    "test from [1.1.1.1] to [2.2.2.2]:53;" },
	{ "test\n\tfrom [ 1.1.1.1 ]\n\tto [2.2.2.2]\n:\n53\n;",
	    "test from [1.1.1.1] to [2.2.2.2]:53;" },
	{ "test to [2.2.2.2]:53 transparent from [1.1.1.1];",
	    "test from [1.1.1.1] transparent to [2.2.2.2]:53;" },
	{ "test from 1.1.1.1 to 2.2.2.2:53;",
	    "test from [1.1.1.1] to [2.2.2.2]:53;" },
	{ "test from [2001:DB8::0:1] to [::]:0;",
	    "test from [2001:db8::1] to [::]:0;" },
	{ "test from [::ffff:10.0.0.1];", "test from [10.0.0.1];" },
	{ "test from [0.0.0.0] to [0.0.0.0]:0 server [0.0.0.0]:0;",
	    "test from [0.0.0.0] to [0.0.0.0]:0 server [0.0.0.0]:0;" },
	{ "test listener lan;", "test listener \"lan\";" },
	{ "test listener \"a b;{}\";", "test listener \"a b;{}\";" },
	{ "test listener \"a\\\"b\\\\c\\d\";",
	    "test listener \"a\\\"b\\\\cd\";" },
	{ "test listener \"\";", "test listener \"\";" },
	{ "test time 0;", "test time 0000;" },
	{ "test time 0830;", "test time 0830;" },
	{ "test time 150830;", "test time 150830;" },
	{ "test time 01150830;", "test time 1150830;" },
	{ "test time 12312359;", "test time 12312359;" },
	{ "test user joe;", "test user \"joe\";" },
	{ "test group { staff , \"b\\\"c\" } user \"EXAMPLE\\\\joe\";",
	    "test user \"EXAMPLE\\\\joe\" group {\"staff\", \"b\\\"c\"};" },
	{ "test user joe group {};", "test user \"joe\" group {};" },
	{ "test ip-tos 184;", "test ip-tos 184;" },
	{ "test time 0 ip-tos 0;", "test ip-tos 0 time 0000;" },
	{ "test cert a/b.pem;", "test cert \"a/b.pem\";" },
	{ "test command NOOP;", "test command \"NOOP\";" },
	{ "test command \"UID FETCH 1 BODY[]\" time 0830;",
	    "test time 0830 command \"UID FETCH 1 BODY[]\";" },
	{ "test command \"SELECT \\\"a b\\\"\";",
	    "test command \"SELECT \\\"a b\\\"\";" },
	{ "test direction upload;", "test direction upload;" },
	{ "test mail a.eml direction download;",
	    "test direction download mail \"a.eml\";" },
	{ "test virus free;", "test virus free;" },
	{ "test virus found : Eicar-Test spam-score 5000;",
	    "test virus found:\"Eicar-Test\" spam-score 5000;" },
	{ "test virus found:\"\" size 0;", "test virus found size 0;" },
	{ "test file-name \"a b.exe\" type application/x-dosexec size 10;",
	    "test size 10 type \"application/x-dosexec\" "
	    "file-name \"a b.exe\";" },
	{ "show-acl;", "show-acl 1;" },
	{ "show-acl 2;", "show-acl 2;" },
	{ "show-acl 255;", "show-acl 255;" },
	{ "show-proxy;", "show-proxy;" },
	{ "show-proxy all;", "show-proxy all;" },
	{ "show-hash;", "show-hash;" },
	{ "help;", "help;" },
};

static void
test_good(void)
{
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct testexpr e, again;
		char text[TESTEXPR_TEXT];

		tap_int(0, testexpr_parse(str_c(good[i].text), &e), "'%s' is "
		    "read", good[i].text);
		tap_cstr("", e.why, "without an error");
		tap_cstr(good[i].canonical, testexpr_print(&e, text),
		    "and printed");
		testexpr_parse(str_c(text), &again);
		tap_ok(memcmp(&e, &again, sizeof e) == 0,
		    "which reads as the same");
	}
}

#define ELEMENTS "'help;' tells them"
#define ADDRESS "a numeric address is expected, such as [192.0.2.1] or " \
	"[2001:db8::1]"
#define TIME "time is [[mm]dd]hhmm: month 01-12, day 01-31, hour 00-23, " \
	"minute 00-59"
#define KINDS "test, show-acl, show-proxy, show-hash or help"

#define G64 \
	"gggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggg"

static const struct {
	const char *text, *why;
} bad[] = {
	{ "", "position 1: an expression, such as \"test from "
	    "[192.0.2.1];\", is expected, not the end" },
	{ ";", "position 1: " KINDS " is expected, not ';'" },
	{ "tests;", "position 1: unknown expression 'tests': " KINDS },
	{ "Test;", "position 1: unknown expression 'Test': " KINDS },
	{ "test", "position 5: an element or ';' is expected, not the end" },
	{ "test from [1.1.1.1]",
	    "position 20: an element or ';' is expected, not the end" },
	{ "test frm [1.1.1.1];",
	    "position 6: unknown element 'frm': " ELEMENTS },
	{ "test direction both;", "position 16: download or upload is "
	    "expected, not 'both'" },
	{ "test virus infected;", "position 12: found, free, skipped, unknown "
	    "or error is expected, not 'infected'" },
	{ "test virus free:x;", "position 16: a name goes with found only" },
	{ "test spam-score 5.0;",
	    "position 17: a number up to 1000000000 is expected" },
	{ "test mail a size 5;",
	    "position 19: size, type and file-name are the mail's own" },
	{ "test from;", "position 10: an [address] is expected, not ';'" },
	{ "test from mail.example.org;", "position 11: " ADDRESS },
	{ "test from [1.1.1];", "position 11: " ADDRESS },
	{ "test from [1.1.1.1;", "position 11: ']' is missing" },
	{ "test from 2001:db8::1;", "position 11: " ADDRESS },
	{ "test from [1.1.1.1] from [1.1.1.2];",
	    "position 21: 'from' is given twice" },
	{ "test transparent transparent;",
	    "position 18: 'transparent' is given twice" },
	{ "test to [1.1.1.1];",
	    "position 18: ':' and a port is expected, not ';'" },
	{ "test to [1.1.1.1]:;",
	    "position 19: a number up to 65535 is expected" },
	{ "test to [1.1.1.1]:65536;",
	    "position 19: a number up to 65535 is expected" },
	{ "test to [1.1.1.1]:imap;",
	    "position 19: a number up to 65535 is expected" },
	{ "test listener;",
	    "position 14: a word or a \"string\" is expected, not ';'" },
	{ "test listener \"lan;", "position 15: the string does not end" },
	{ "test listener \"lan\\", "position 15: the string does not end" },
	{ "test listener \"a\nb\";", "position 17: a control character" },
	{ "test command \"NOOP\r\n\";", "position 19: a control character" },
	{ "test ip-tos 256;", "position 13: a number up to 255 is expected" },
	{ "test ip-tos 185;", "position 12: the two low bits of ip-tos are "
	    "ECN's: write them as 0" },
	{ "test user \"a b\";", "position 11: this can be no user's name" },
	{ "test user none;", "position 11: this can be no user's name" },
	{ "test user a group {a, \"b c\"};",
	    "position 23: this can be no group's name" },
	{ "test user a group {\"b,c\"};",
	    "position 20: this can be no group's name" },
	{ "test group {a};", "position 15: group goes with user only" },
	{ "test user a group {" G64 "," G64 "," G64 "," G64 "," G64 "," G64
	    "," G64 "," G64 "};", "position 475: groups of more than 512 "
	    "octets" },
	{ "test group a;",
	    "position 12: '{' and a list is expected, not 'a'" },
	{ "test group {a b};",
	    "position 15: ',' or '}' is expected, not 'b'" },
	{ "test time 2400;", "position 10: " TIME },
	{ "test time 0860;", "position 10: " TIME },
	{ "test time 320000;", "position 10: " TIME },
	{ "test time 13010000;", "position 10: " TIME },
	{ "test time 1000000;", "position 10: " TIME },
	{ "test time 99999999999;",
	    "position 11: a number up to 4294967295 is expected" },
	{ "test time -1;",
	    "position 11: a number up to 4294967295 is expected" },
	{ "show-acl 0;", "position 10: phases begin at 1" },
	{ "show-acl 256;", "position 10: a number up to 255 is expected" },
	{ "show-acl all;", "position 10: a number up to 255 is expected" },
	{ "show-proxy al;", "position 12: ';' is expected, not 'al'" },
	{ "show-hash 1;", "position 11: ';' is expected, not '1'" },
	{ "help me;", "position 6: ';' is expected, not 'me'" },
	{ "test; help;", "position 7: one expression is enough here" },
	{ "test \x01;", "position 6: an element or ';' is expected, not "
	    "'\\x01'" },
};

static void
test_bad(void)
{
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct testexpr e;

		tap_int(ERR_SYNTAX, testexpr_parse(str_c(bad[i].text), &e),
		    "'%s' is refused", bad[i].text);
		tap_cstr(bad[i].why, e.why, "and named");
	}
}

static void
test_values(void)
{
	struct testexpr e;
	char text[ADDR_TEXT];

	testexpr_parse(STR("test;"), &e);
	tap_cstr("[0.0.0.0]:0", addr_text(&e.from, text),
	    "from is 0.0.0.0 when not given");
	tap_ok(addr_is4(&e.from) && addr_is4(&e.to), "of IPv4, so is to");
	tap_ok(addr_none(&e.server) && !addr_is4(&e.server),
	    "the server is not known");
	testexpr_parse(STR("test transparent to [192.0.2.1]:143;"), &e);
	tap_cstr("[192.0.2.1]:143", addr_text(&e.server, text),
	    "transparent: the server is what the client contacted");
	testexpr_parse(STR("test transparent to [192.0.2.1]:143 "
	    "server [192.0.2.2]:144;"), &e);
	tap_cstr("[192.0.2.2]:144", addr_text(&e.server, text),
	    "unless it is given");
	tap_int(143, e.to.port, "ports are read");
}

static void
test_long(void)
{
	char text[TESTEXPR_STR + 40], out[TESTEXPR_TEXT];
	struct testexpr e;

	snprintf(text, sizeof text, "test listener %0*d;", TESTEXPR_STR - 1,
	    0);
	tap_int(0, testexpr_parse(str_c(text), &e), "the longest word");
	snprintf(text, sizeof text, "test listener %0*d;", TESTEXPR_STR, 0);
	tap_int(ERR_SYNTAX, testexpr_parse(str_c(text), &e), "one more");
	tap_cstr("position 15: a word of more than 127 octets", e.why,
	    "is too long");
	snprintf(text, sizeof text, "test listener \"%0*d\";", TESTEXPR_STR,
	    0);
	testexpr_parse(str_c(text), &e);
	tap_cstr("position 15: a string of more than 127 octets", e.why,
	    "so is a string");
	testexpr_parse(STR("test from "
	    "[1111:1111:1111:1111:1111:1111:1111:1111] transparent to "
	    "[1111:1111:1111:1111:1111:1111:1111:1111]:65535 server "
	    "[1111:1111:1111:1111:1111:1111:1111:1111]:65535 time 12312359;"),
	    &e);
	memset(e.listener, '"', TESTEXPR_STR - 1);
	e.given |= TESTEXPR_LISTENER;
	testexpr_print(&e, out);
	tap_ok(strlen(out) < TESTEXPR_TEXT - 1 &&
	    out[strlen(out) - 1] == ';', "the longest expression is printed");
}

static void
test_several(void)
{
	struct str s = STR(" test; show-acl 2 ;help; ");
	struct testexpr e;
	size_t at = 0;

	tap_int(1, testexpr_next(s, &at, &e), "the first of three is read");
	tap_int(TESTEXPR_TEST, e.kind, "and is the first");
	testexpr_next(s, &at, &e);
	tap_int(TESTEXPR_SHOW_ACL, e.kind, "the second");
	testexpr_next(s, &at, &e);
	tap_int(TESTEXPR_HELP, e.kind, "the third");
	tap_int(0, testexpr_next(s, &at, &e), "then there are no more");
	at = 0;
	s = STR("test; hlp;");
	testexpr_next(s, &at, &e);
	tap_int(ERR_SYNTAX, testexpr_next(s, &at, &e), "a bad second one");
	tap_int(6, (int64_t)e.at, "is placed in the whole text");
}

static const struct {
	const char *expr, *now, *want;	/* want NULL: no such day */
} times[] = {
	{ "test;", "2026-11-20 17:30:05", "fri 2026-11-20 17:30:05" },
	{ "test time 0830;", "2026-11-20 17:30:05", "fri 2026-11-20 08:30:00" },
	{ "test time 0;", "2026-11-20 17:30:05", "fri 2026-11-20 00:00:00" },
	{ "test time 220830;", "2026-11-20 17:30:05",
	    "sun 2026-11-22 08:30:00" },
	{ "test time 01010830;", "2026-11-20 17:30:05",
	    "thu 2026-01-01 08:30:00" },
	{ "test time 02290000;", "2028-11-20 17:30:05",
	    "tue 2028-02-29 00:00:00" },
	{ "test time 02290000;", "2026-11-20 17:30:05", NULL },
	{ "test time 310000;", "2026-11-20 17:30:05", NULL },
};

static void
test_time(void)
{
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		struct tm now = { 0 }, tm;
		struct testexpr e;
		char text[40];
		bool ok;

		testexpr_parse(str_c(times[i].expr), &e);
		strptime(times[i].now, "%Y-%m-%d %H:%M:%S", &now);
		ok = testexpr_time(&e, &now, &tm);
		strftime(text, sizeof text, "%a %Y-%m-%d %H:%M:%S", &tm);
		text[0] = (char)(text[0] | 0x20);
		tap_cstr(times[i].want, ok ? text : NULL, "%s at %s",
		    times[i].expr, times[i].now);
	}
}

int
main(void)
{
	test_good();
	test_bad();
	test_values();
	test_long();
	test_several();
	test_time();
	return tap_done();
}
