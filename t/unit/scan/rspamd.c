/* rspamd's answers. */

#include "lane_talk.h"
#include "rspamd.h"

static const struct {
	const char *json, *want;
} answers[] = {
	{ "{\"score\":15.2,\"action\":\"reject\",\"symbols\":{\"GTUBE\":{},"
	    "\"B\":{\"score\":1}}}", "found 15200 GTUBE,B|" },
	{ "{\"score\":-1,\"action\":\"no action\"}", "free 0 |" },
	{ "{\"score\":4,\"action\":\"greylist\"}", "free 4000 |" },
	{ "{\"score\":7.0,\"action\":\"add header\",\"symbols\":[]}",
	    "found 7000 |" },
	{ "{\"is_skipped\":true,\"score\":0,\"action\":\"no action\"}",
	    "skipped -1 |its settings skip the mail" },
	{ "{\"is_skipped\":true,\"score\":15,\"action\":\"reject\"}",
	    "found 15000 |" },
	{ "{\"is_skipped\":false,\"score\":0,\"action\":\"no action\"}",
	    "free 0 |" },
	{ "{\"score\":1e999,\"action\":\"reject\"}", "found 10000000 |" },
	{ "{\"score\":NaN,\"action\":\"reject\"}",
	    "unknown -1 |its answer has no score" },
	{ "{\"score\":\"5\",\"action\":\"reject\"}",
	    "unknown -1 |its answer has no score" },
	{ "{\"score\":5}", "unknown -1 |its answer has no score" },
	{ "{\"score\":5,\"action\":7}",
	    "unknown -1 |its answer has no score" },
	{ "{}", "unknown -1 |its answer has no score" },
	{ "[]", "unknown -1 |its answer is no JSON object" },
	{ "", "unknown -1 |its answer is no JSON object" },
	{ "null", "unknown -1 |its answer is no JSON object" },
	{ "{\"score\":5,\"action\":\"reject\"",
	    "unknown -1 |its answer is no JSON object" },
	{ "{\"score\":5,\"action\":\"reject\"}x",
	    "unknown -1 |its answer is no JSON object" },
	{ "{\"a\":[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]],\"score\":5,"
	    "\"action\":\"reject\"}",
	    "unknown -1 |its answer is no JSON object" },
	{ "{\"score\":5,\"action\":\"reject\",\"symbols\":{\"a\\nb\":1}}",
	    "found 5000 a\\x0Ab|" },
	{ "{\"score\":5,\"action\":\"reject\",\"symbols\":{\"\xff\":1}}",
	    "unknown -1 |its answer is no JSON object" },
};

#define OK "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
#define GOOD "{\"score\":5,\"action\":\"reject\"}"

static const struct {
	const char *name;
	struct str says;
	const char *want;
} talks[] = {
	{ "spam", STR(OK "Content-Length: 29\r\n\r\n" GOOD),
	    "found 5000 |" },
	{ "an error", STR("HTTP/1.1 403 Go away\r\nContent-Length: 2\r\n\r\n"
	    "{}"), "unknown -1 |HTTP/1.1 403 Go away" },
	{ "cut short", STR(OK "Content-Length: 30\r\n\r\n" GOOD),
	    "eof its answer was cut short" },
	{ "a head cut short", STR(OK "Content-Le"),
	    "eof its answer was cut short" },
	{ "no length", STR(OK "\r\n" GOOD), "syntax its answer is no HTTP" },
	{ "two lengths", STR(OK "Content-Length: 29\r\n"
	    "Content-Length: 29\r\n\r\n" GOOD),
	    "syntax its answer is no HTTP" },
	{ "a large one", STR(OK "Content-Length: 999999999\r\n\r\n"),
	    "limit its answer is too long" },
	{ "another protocol", STR("SPAMD/1.1 0 OK\r\n\r\n"),
	    "syntax its answer is no HTTP" },
	{ "nothing", STR_NULL, "eof connection closed before an answer" },
};

static void
test_talks(void)
{
	struct lane_talk t = { .protocol = &scan_rspamd,
	    .object = STR("hello"), .user = STR("joe"), .closes = true };

	for (size_t i = 0; i < sizeof talks / sizeof *talks; i++) {
		if (talks[i].says.n > 0) {
			lane_talk_test(&t, talks[i].says, talks[i].want,
			    talks[i].name);
		} else {
			char *got = lane_talk_feed(&t, NULL, 0);

			tap_cstr(talks[i].want, got, "%s", talks[i].name);
			free(got);
		}
	}
	tap_str(STR("POST /checkv2 HTTP/1.1\r\nHost: rspamd\r\n"
	    "Connection: close\r\nContent-Length: 5\r\nUser: joe\r\n\r\n"
	    "hello"), (struct str){ t.asked, t.nasked }, "what it was asked");
}

int
main(void)
{
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		struct scan_result r;
		char text[512];

		rspamd_answer(str_c(answers[i].json), &r);
		snprintf(text, sizeof text, "%s %d %s|%s",
		    scan_status_name(r.status),
		    r.score == SCAN_SCORE_UNKNOWN ? -1 : r.score, r.name,
		    r.why);
		tap_cstr(answers[i].want, text, "answer %zu of the list", i);
	}
	test_talks();
	return tap_done();
}
