/* spamd's answers. */

#include "lane_talk.h"
#include "spamd.h"

#define OK "SPAMD/1.1 0 EX_OK\r\n"
#define SPAM(v, n, body) OK "Content-length: " n "\r\nSpam: " v "\r\n\r\n" body

static const struct {
	const char *name;
	struct str says;
	const char *want;
	bool stays;
} talks[] = {
	{ "spam", STR(SPAM("True ; 15.0 / 5.0", "7", "A,B,C\r\n")),
	    "found 15000 A,B,C|", false },
	{ "no spam", STR(SPAM("False ; -2.6 / 5.0", "0", "")), "free 0 |",
	    false },
	{ "some", STR(SPAM("False ; 4.9 / 5.0", "1", "A")), "free 4900 A|",
	    false },
	{ "GTUBE", STR(SPAM("True ; 1000.0 / 5.0", "5", "GTUBE")),
	    "found 1000000 GTUBE|", false },
	{ "a name that is none", STR(SPAM("True ; 5.0 / 5.0", "3",
	    "a\r\n")), "found 5000 a|", false },
	{ "names with controls", STR(SPAM("True ; 5.0 / 5.0", "3",
	    "a\033b")), "found 5000 a\\x1Bb|", false },
	{ "no number", STR(SPAM("True ; nan / 5.0", "0", "")),
	    "unknown -1 |its answer has no score", false },
	{ "a large one", STR(SPAM("True ; 1e999 / 5.0", "0", "")),
	    "unknown -1 |its answer has no score", false },
	{ "neither", STR(SPAM("Perhaps ; 5.0 / 5.0", "0", "")),
	    "unknown -1 |its answer has no score", false },
	{ "no semicolon", STR(SPAM("True 5.0 / 5.0", "0", "")),
	    "unknown -1 |its answer has no score", false },
	{ "no score", STR(OK "Content-length: 0\r\n\r\n"),
	    "unknown -1 |its answer has no score", false },
	{ "two scores", STR(OK "Content-length: 0\r\nSpam: False ; 0.0 / "
	    "5.0\r\nSpam: True ; 9.0 / 5.0\r\n\r\n"),
	    "unknown -1 |its answer has no score", false },
	{ "an error", STR("SPAMD/1.0 76 Bad header line: x\r\n\r\n"),
	    "unknown -1 |SPAMD/1.0 76 Bad header line: x", false },
	{ "another protocol", STR("HTTP/1.1 0 OK\r\n\r\n"),
	    "unknown -1 |its answer is none of spamd's", false },
	{ "a head cut short", STR(OK "Content-length: 3\r\nSpam: True ; 1"),
	    "unknown -1 |its answer is none of spamd's", false },
	{ "names cut short", STR(SPAM("True ; 5.0 / 5.0", "9", "A,B")),
	    "unknown -1 |its answer was cut short", false },
	{ "more than it says", STR(SPAM("True ; 5.0 / 5.0", "1", "A,B")),
	    "unknown -1 |its answer was cut short", false },
	{ "no end", STR(SPAM("True ; 5.0 / 5.0", "1", "A")), "waits", true },
};

/* The field that names the user, or its absence. */
static const struct {
	struct str user;
	bool sent;
} users[] = {
	{ STR("joe@example.org"), true },
	{ STR(""), false },
	{ STR("joe\r\nSpam: no"), false },
	{ STR("joe doe"), false },
	{ STR("jo\xc3\xa9"), false },
	{ STR("joe\0"), false },
};

static void
test_users(void)
{
	struct lane_talk t = { .protocol = &scan_spamd,
	    .object = STR("hello") };

	for (size_t i = 0; i < sizeof users / sizeof *users; i++) {
		t.user = users[i].user;
		lane_talk(&t, NULL, 0);
		tap_str(users[i].sent ?
		    STR("SYMBOLS SPAMC/1.5\r\nContent-length: 5\r\n"
		    "User: joe@example.org\r\n\r\nhello") :
		    STR("SYMBOLS SPAMC/1.5\r\nContent-length: 5\r\n"
		    "\r\nhello"), (struct str){ t.asked, t.nasked },
		    "user %zu of the list", i);
	}
}

int
main(void)
{
	struct lane_talk t = { .protocol = &scan_spamd,
	    .object = STR("hello") };

	for (size_t i = 0; i < sizeof talks / sizeof *talks; i++) {
		t.closes = !talks[i].stays;
		lane_talk_test(&t, talks[i].says, talks[i].want,
		    talks[i].name);
	}
	test_users();
	return tap_done();
}
