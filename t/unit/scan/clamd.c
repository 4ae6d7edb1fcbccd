/* clamd's words, and everything that only resembles them. */

#include "clamd.h"
#include "lane_talk.h"

static const struct {
	const char *in;
	enum scan_status want;
	const char *name;
} answers[] = {
	{ "stream: OK", SCAN_FREE, "" },
	{ "fd[10]: OK", SCAN_FREE, "" },
	{ "stream: Eicar FOUND", SCAN_FOUND, "Eicar" },
	{ "fd[3]: Win.Test.EICAR_HDB-1 FOUND", SCAN_FOUND,
	    "Win.Test.EICAR_HDB-1" },
	{ "stream: Foo(44d88612fea8a8f36de82e1278abb02f:68) FOUND",
	    SCAN_FOUND, "Foo(44d88612fea8a8f36de82e1278abb02f:68)" },
	{ "stream: OK FOUND", SCAN_FOUND, "OK" },
	{ "stream: Foo FOUND OK", SCAN_UNKNOWN, "" },
	{ "stream: Foo.OK", SCAN_UNKNOWN, "" },
	{ "stream: OK ", SCAN_UNKNOWN, "" },
	{ "stream: ok", SCAN_UNKNOWN, "" },
	{ "stream:OK", SCAN_UNKNOWN, "" },
	{ "stream: ", SCAN_UNKNOWN, "" },
	{ "stream", SCAN_UNKNOWN, "" },
	{ "stream:  FOUND", SCAN_UNKNOWN, "" },
	{ "fd[]: OK", SCAN_UNKNOWN, "" },
	{ "fd[x]: OK", SCAN_UNKNOWN, "" },
	{ "fd[: OK", SCAN_UNKNOWN, "" },
	{ "other: OK", SCAN_UNKNOWN, "" },
	{ "", SCAN_UNKNOWN, "" },
	{ "OK", SCAN_UNKNOWN, "" },
	{ "PONG", SCAN_UNKNOWN, "" },
	{ "stream: O\nK", SCAN_UNKNOWN, "" },
	{ "stream: a\nstream: OK", SCAN_UNKNOWN, "" },
	{ "stream: Heuristics.Limits.Exceeded FOUND", SCAN_ERROR,
	    "Heuristics.Limits.Exceeded" },
	{ "stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND", SCAN_ERROR,
	    "Heuristics.Limits.Exceeded.MaxFileSize" },
	{ "stream: Heuristics.Encrypted.Zip FOUND", SCAN_FOUND,
	    "Heuristics.Encrypted.Zip" },
	{ "INSTREAM size limit exceeded. ERROR", SCAN_ERROR, "" },
	{ "INSTREAM size limit exceeded.ERROR", SCAN_ERROR, "" },
	{ "stream: Can't allocate memory ERROR", SCAN_ERROR, "" },
	{ "stream: OK ERROR", SCAN_ERROR, "" },
};

#define V "1: ClamAV 1.4.6/1/x\0"

/* What is said to a question about "hello", which is the second. */
static const struct {
	const char *name;
	struct str says;
	const char *want;
	bool closes;
} talks[] = {
	{ "clean", STR(V "2: stream: OK\0"), "free -1 | kept", false },
	{ "found", STR(V "2: stream: A FOUND\0"), "found -1 A| kept", false },
	{ "clean, the version not told", STR("2: stream: OK\0"),
	    "free -1 | kept", false },
	{ "an error", STR(V "2: stream: x ERROR\0"), "error -1 |stream: x",
	    false },
	{ "an error out of session", STR(V "INSTREAM size limit exceeded. "
	    "ERROR\0"), "error -1 |INSTREAM size limit exceeded.", true },
	{ "clean out of session", STR(V "stream: OK\0"),
	    "syntax it answered out of its session", false },
	{ "clean, with another number", STR(V "3: stream: OK\0"),
	    "syntax it answered what was not asked", false },
	{ "clean, with the version's", STR(V "1: stream: OK\0"), "waits",
	    false },
	{ "an answer cut short", STR(V "2: stream: OK"),
	    "eof its answer was cut short", true },
	{ "its number", STR(V "2:"), "eof its answer was cut short", true },
	{ "no answer", STR(V), "eof connection closed before an answer",
	    true },
	{ "silence", STR(""), "waits", false },
	{ "words it does not have", STR(V "2: hello\0"),
	    "unknown -1 |hello kept", false },
	{ "a line instead", STR(V "2: stream: OK\n"), "waits", false },
};

static void
test_talks(void)
{
	struct lane_talk t = { .protocol = &scan_clamd,
	    .object = STR("hello") };

	for (size_t i = 0; i < sizeof talks / sizeof *talks; i++) {
		t.closes = talks[i].closes;
		lane_talk_test(&t, talks[i].says, talks[i].want,
		    talks[i].name);
	}
	tap_cstr("ClamAV 1.4.6/1/x", t.version, "the version is kept");
	tap_str(STR("zIDSESSION\0zVERSION\0zINSTREAM\0\0\0\0\5hello\0\0\0\0"),
	    (struct str){ t.asked, t.nasked }, "what it was asked");
}

/* Two answers, which may come at once. */
static void
test_twice(void)
{
	struct lane_talk t = { .protocol = &scan_clamd,
	    .object = STR("hello") };
	struct str says = STR(V "2: stream: OK\0" "2: stream: OK\0");
	char *got = lane_talk_feed(&t, &says, 1);

	tap_cstr("error -1 |it answered more than it was asked", got,
	    "an answer that comes twice counts for nothing");
	free(got);
}

static void
test_long(void)
{
	struct lane_talk t = { .protocol = &scan_clamd,
	    .object = STR("hello") };
	static char big[CLAMD_REPLY_MAX + 2];
	struct str says = { big, sizeof big };
	char *got;

	memset(big, 'x', sizeof big);
	got = lane_talk_feed(&t, &says, 1);
	tap_cstr("limit its answer is too long", got, "an answer without end");
	free(got);
}

/* More than one piece, and more than a socket takes at once. */
static void
test_pieces(void)
{
	static char big[3 * LANE_PIECE];
	struct lane_talk t = { .protocol = &scan_clamd,
	    .object = { big, LANE_PIECE + 1 } };

	lane_talk(&t, NULL, 0);
	tap_int(20 + 10 + 4 + LANE_PIECE + 4 + 1 + 4, (int64_t)t.nasked,
	    "an object in two pieces");
	tap_str(STR("\0\0\x80\0"), (struct str){ t.asked + 30, 4 },
	    "the first one's length");
	tap_str(STR("\0\0\0\1"), (struct str){ t.asked + 34 + LANE_PIECE, 4 },
	    "the second one's");
	t.object = STR("");
	lane_talk(&t, NULL, 0);
	tap_int(20 + 10 + 4, (int64_t)t.nasked, "an object of no octets");
}

int
main(void)
{
	struct scan_result r;

	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		clamd_answer(str_c(answers[i].in), &r);
		tap_cstr(scan_status_name(answers[i].want),
		    scan_status_name(r.status), "answer %zu: '%s'", i,
		    answers[i].in);
		tap_cstr(answers[i].name, r.name, "its name");
	}
	test_talks();
	test_twice();
	test_long();
	test_pieces();
	return tap_done();
}
