/* ICAP: what servers say, and what it means. */

#include "icap.h"
#include "lane_talk.h"

#define OPT "ICAP/1.0 200 OK\r\nMethods: RESPMOD, REQMOD\r\n" \
    "ISTag: \"tag-1\"\r\nAllow: 204\r\n"
#define NULL_BODY "Encapsulated: null-body=0\r\n\r\n"
#define HELLO OPT "Preview: 1024\r\n" NULL_BODY	/* all of it at once */
#define REQ_OPT "ICAP/1.0 200 OK\r\nMethods: REQMOD\r\nISTag: \"tag-1\"\r\n"
#define REQ REQ_OPT "Preview: 1024\r\n" NULL_BODY
#define REQ_SHORT REQ_OPT "Preview: 2\r\n" NULL_BODY
#define REQ_PLAIN REQ_OPT NULL_BODY
#define SHORT OPT "Preview: 2\r\n" NULL_BODY
#define PLAIN OPT NULL_BODY
#define GO_ON "ICAP/1.0 100 Continue\r\n\r\n"
#define CLEAN "ICAP/1.0 204 Unmodified\r\n\r\n"
#define R200 "ICAP/1.0 200 OK\r\n"
#define BODY(inner, n, chunks) R200 "Encapsulated: res-hdr=0, res-body=" n \
    "\r\n\r\n" inner chunks
#define REQ_BODY(inner, n, chunks) R200 "Encapsulated: req-hdr=0, req-body=" \
    n "\r\n\r\n" inner chunks
#define SAME "5\r\nhello\r\n0\r\n\r\n"
#define OTHER "5\r\nhallo\r\n0\r\n\r\n"
#define POST "POST http://mail/ HTTP/1.1\r\n\r\n"	/* 30 octets */
#define I200 "HTTP/1.1 200 OK\r\n\r\n"	/* 19 octets */
#define I403 "HTTP/1.1 403 No\r\n\r\n"
#define BLOCKED "found -1 blocked|"
#define ELSEWHERE "unknown -1 |it changed the request"
#define NEITHER "syntax it has neither RESPMOD nor REQMOD"
#define CHANGED "unknown -1 |it changed the object"

static const struct {
	const char *name;
	struct str says;
	const char *want;
} talks[] = {
	{ "204", STR(HELLO CLEAN), "free -1 | kept" },
	{ "204 behind a preview", STR(SHORT CLEAN), "free -1 | kept" },
	{ "100, then 204", STR(SHORT GO_ON CLEAN), "free -1 | kept" },
	{ "no preview", STR(PLAIN CLEAN), "free -1 | kept" },
	{ "204 that closes", STR(HELLO "ICAP/1.0 204 No\r\nConnection: "
	    "close\r\n\r\n"), "free -1 |" },
	{ "an infection", STR(HELLO R200 "X-Infection-Found: Type=0; "
	    "Resolution=2; Threat=Bad.One;\r\nEncapsulated: res-hdr=0, "
	    "res-body=19\r\n\r\n"), "found -1 Bad.One|" },
	{ "one without a name", STR(HELLO R200 "X-Infection-Found: x\r\n"
	    "Encapsulated: null-body=0\r\n\r\n"), "found -1 unnamed|" },
	{ "one that 204 tells", STR(HELLO "ICAP/1.0 204 No\r\n"
	    "X-Infection-Found: Threat=A\r\n\r\n"), "found -1 A|" },
	{ "two of them", STR(HELLO R200 "X-Infection-Found: Threat=A\r\n"
	    "X-Infection-Found: Threat=B\r\n\r\n"), "found -1 B|" },
	{ "a virus", STR(HELLO R200 "X-Virus-ID: Bad\r\n\r\n"),
	    "found -1 Bad|" },
	{ "violations", STR(HELLO R200 "X-Violations-Found: 1\r\n\t-\r\n"
	    "\tBad.Two\r\n\t0\r\n\t0\r\n\r\n"), "found -1 Bad.Two|" },
	{ "no violations", STR(HELLO "ICAP/1.0 204 No\r\n"
	    "X-Violations-Found: 0\r\n\r\n"), "free -1 | kept" },
	{ "an early infection", STR(PLAIN R200 "X-Virus-ID: Bad\r\n\r\n"),
	    "found -1 Bad|" },
	{ "the object as it was", STR(HELLO BODY(I200, "19",
	    "5\r\nhello\r\n0\r\n\r\n")), "free -1 |" },
	{ "the same in pieces", STR(HELLO BODY(I200, "19",
	    "2; x\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n")), "free -1 |" },
	{ "without an HTTP head", STR(HELLO R200 "Encapsulated: "
	    "res-body=0\r\n\r\n5\r\nhello\r\n0\r\n\r\n"), "free -1 |" },
	{ "another object", STR(HELLO BODY(I200, "19",
	    "5\r\nhallo\r\n0\r\n\r\n")), CHANGED },
	{ "a shorter one", STR(HELLO BODY(I200, "19",
	    "4\r\nhell\r\n0\r\n\r\n")), CHANGED },
	{ "a longer one", STR(HELLO BODY(I200, "19",
	    "6\r\nhello!\r\n0\r\n\r\n")), CHANGED },
	{ "none", STR(HELLO BODY(I200, "19", "0\r\n\r\n")), CHANGED },
	{ "a page in its place", STR(HELLO BODY(I403, "19", "2\r\nno\r\n")),
	    BLOCKED },
	{ "a body cut short", STR(HELLO BODY(I200, "19", "5\r\nhel")),
	    "eof connection closed before an answer" },
	{ "chunks that are none", STR(HELLO BODY(I200, "19",
	    "x\r\nhello\r\n")), "syntax its chunks are none" },
	{ "octets between chunks", STR(HELLO BODY(I200, "19",
	    "2\r\nhex\r\n")), "syntax its chunks are none" },
	{ "a head of another size", STR(HELLO BODY(I200, "18",
	    "5\r\nhello\r\n0\r\n\r\n")),
	    "syntax its answer's HTTP head is none" },
	{ "no body", STR(HELLO R200 NULL_BODY),
	    "syntax its answer has no body" },
	{ "an error", STR(HELLO "ICAP/1.0 500 Server error\r\n\r\n"),
	    "error -1 |ICAP/1.0 500 Server error kept" },
	{ "no such service", STR("ICAP/1.0 404 Service not found\r\n\r\n"),
	    "error -1 |ICAP/1.0 404 Service not found" },
	{ "100 where nothing is left", STR(HELLO GO_ON),
	    "error -1 |ICAP/1.0 100 Continue kept" },
	{ "no method", STR("ICAP/1.0 200 OK\r\nMethods: LOG, RESPMODE\r\n"
	    "\r\n"), NEITHER },
	{ "methods that are not told", STR("ICAP/1.0 200 OK\r\n\r\n"),
	    NEITHER },
	{ "a request by RESPMOD", STR(HELLO REQ_BODY(POST, "30", SAME)),
	    "syntax its answer has no body" },
	{ "a page without a body by RESPMOD", STR(HELLO R200 "Encapsulated: "
	    "res-hdr=0, null-body=19\r\n\r\n" I403),
	    "syntax its answer has no body" },
	{ "OPTIONS with a body", STR(OPT "Encapsulated: opt-body=0\r\n\r\n"),
	    "syntax its answer to OPTIONS has a body" },
	{ "a preview of no number", STR(OPT "Preview: x\r\n\r\n"),
	    "syntax it asks for no number of octets" },
	{ "HTTP", STR("HTTP/1.1 200 OK\r\n\r\n"),
	    "syntax its answer is no ICAP" },
	{ "an answer cut short", STR(HELLO "ICAP/1.0 204"),
	    "eof its answer was cut short" },
	{ "no answer", STR(HELLO), "eof connection closed before an answer" },

	{ "REQMOD: 204", STR(REQ CLEAN), "free -1 | kept" },
	{ "REQMOD: 204 behind a preview", STR(REQ_SHORT CLEAN),
	    "free -1 | kept" },
	{ "REQMOD: 100, then 204", STR(REQ_SHORT GO_ON CLEAN),
	    "free -1 | kept" },
	{ "REQMOD: no preview", STR(REQ_PLAIN CLEAN), "free -1 | kept" },
	{ "REQMOD: an infection", STR(REQ R200 "X-Infection-Found: Type=0; "
	    "Resolution=2; Threat=Bad.One;\r\nEncapsulated: res-hdr=0, "
	    "res-body=19\r\n\r\n" I403), "found -1 Bad.One|" },
	{ "REQMOD: one mended", STR(REQ R200 "X-Virus-ID: Bad\r\n"
	    "Encapsulated: req-hdr=0, req-body=30\r\n\r\n" POST SAME), "found -1 Bad|" },
	{ "REQMOD: the request as it was", STR(REQ REQ_BODY(POST, "30",
	    SAME)), "free -1 |" },
	{ "REQMOD: with other fields", STR(REQ REQ_BODY("POST http://mail/ "
	    "HTTP/1.0\r\nVia: 1\r\n\r\n", "38", SAME)), "free -1 |" },
	{ "REQMOD: the same behind 100", STR(REQ_SHORT GO_ON REQ_BODY(POST,
	    "30", "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n")), "free -1 |" },
	{ "REQMOD: without an HTTP head", STR(REQ R200 "Encapsulated: "
	    "req-body=0\r\n\r\n" SAME), "free -1 |" },
	{ "REQMOD: another object", STR(REQ REQ_BODY(POST, "30", OTHER)),
	    CHANGED },
	{ "REQMOD: a shorter one", STR(REQ REQ_BODY(POST, "30",
	    "4\r\nhell\r\n0\r\n\r\n")), CHANGED },
	{ "REQMOD: for another place", STR(REQ REQ_BODY("POST http://page/ "
	    "HTTP/1.1\r\n\r\n", "30", SAME)), ELSEWHERE },
	{ "REQMOD: by another method", STR(REQ REQ_BODY("GET http://mail/ "
	    "HTTP/1.1\r\n\r\n", "29", SAME)), ELSEWHERE },
	{ "REQMOD: with a response's head", STR(REQ REQ_BODY(I200, "19",
	    SAME)), ELSEWHERE },
	{ "REQMOD: a head of another size", STR(REQ REQ_BODY(POST, "28",
	    SAME)), "syntax its answer's HTTP head is none" },
	{ "REQMOD: a head cut short", STR(REQ R200 "Encapsulated: req-hdr=0, "
	    "req-body=30\r\n\r\nPOST"), "eof its answer was cut short" },
	{ "REQMOD: a request without a body", STR(REQ R200 "Encapsulated: "
	    "req-hdr=0, null-body=30\r\n\r\n" POST),
	    "syntax its answer has no body" },
	{ "REQMOD: nothing", STR(REQ R200 NULL_BODY),
	    "syntax its answer has no body" },
	{ "REQMOD: a page in its place", STR(REQ BODY(I403, "19",
	    "2\r\nno\r\n")), BLOCKED },
	{ "REQMOD: one without a body", STR(REQ R200 "Encapsulated: "
	    "res-hdr=0, null-body=19\r\n\r\n" I403), BLOCKED },
	{ "REQMOD: one without a head", STR(REQ R200 "Encapsulated: "
	    "res-body=0\r\n\r\n" SAME), BLOCKED },
	{ "REQMOD: one that is no error", STR(REQ BODY(I200, "19", SAME)),
	    BLOCKED },
	{ "REQMOD: one whose head is none", STR(REQ BODY(POST, "30", SAME)),
	    "syntax its answer's HTTP head is none" },
	{ "REQMOD: an error", STR(REQ "ICAP/1.0 405 Not for this\r\n\r\n"),
	    "error -1 |ICAP/1.0 405 Not for this kept" },
};

static const struct {
	const char *in;
	enum icap_inner want;
	uint64_t head;
} inners[] = {
	{ "res-hdr=0, res-body=131", ICAP_RESPONSE, 131 },
	{ "res-body=0", ICAP_RESPONSE, 0 },
	{ "res-hdr=0,res-body=5", ICAP_RESPONSE, 5 },
	{ "res-hdr=0, null-body=131", ICAP_BARE_RESPONSE, 131 },
	{ "req-hdr=0, req-body=131", ICAP_REQUEST, 131 },
	{ "REQ-BODY=0", ICAP_REQUEST, 0 },
	{ "res-hdr=0, res-body=16384", ICAP_RESPONSE, ICAP_INNER_MAX },
	{ "res-hdr=0, res-body=16385", ICAP_NOTHING, 0 },
	{ "null-body=0", ICAP_NOTHING, 0 },
	{ "req-hdr=0, null-body=131", ICAP_NOTHING, 0 },
	{ "res-hdr=1, res-body=131", ICAP_NOTHING, 0 },
	{ "res-body=1, res-hdr=0", ICAP_NOTHING, 0 },
	{ "res-hdr=0, res-body=-1", ICAP_NOTHING, 0 },
	{ "res-hdr=0, res-body=99999999999", ICAP_NOTHING, 0 },
	{ "res-hdr=0", ICAP_NOTHING, 0 },
	{ "req-hdr=0, res-body=5", ICAP_NOTHING, 0 },
	{ "res-hdr=0, req-body=5", ICAP_NOTHING, 0 },
	{ "req-hdr=0, res-hdr=0, res-body=5", ICAP_NOTHING, 0 },
	{ "req-hdr=0, res-hdr=5", ICAP_NOTHING, 0 },
	{ "res-hdr=0, res-body=5, req-body=9", ICAP_NOTHING, 0 },
	{ "", ICAP_NOTHING, 0 },
};

#define HEAD(method) method " icap://localhost/av ICAP/1.0\r\n" \
    "Host: localhost\r\nAllow: 204\r\n"
#define OF_BODY "Content-Type: application/octet-stream\r\n" \
    "Content-Length: 5\r\n\r\n"
static const char respmod[] = "Encapsulated: req-hdr=0, res-hdr=41, "
    "res-body=119\r\n\r\nGET http://mail/ HTTP/1.1\r\nHost: mail\r\n\r\n"
    "HTTP/1.1 200 OK\r\n" OF_BODY;
static const char reqmod[] = "Encapsulated: req-hdr=0, req-body=101\r\n\r\n"
    "POST http://mail/ HTTP/1.1\r\nHost: mail\r\n" OF_BODY;

/* What it was asked, behind OPTIONS. */
static void
test_asked(struct lane_talk *t)
{
	static const struct {
		struct str says;
		const char *head, *inner, *body;
	} cases[] = {
		{ STR(HELLO CLEAN), HEAD("RESPMOD") "Preview: 1024\r\n",
		    respmod,
		    "5\r\nhello\r\n0; ieof\r\n\r\n" },
		{ STR(SHORT GO_ON CLEAN), HEAD("RESPMOD") "Preview: 2\r\n",
		    respmod, "2\r\nhe\r\n0\r\n\r\n3\r\nllo\r\n0\r\n\r\n" },
		{ STR(OPT "Preview: 0\r\n\r\n" GO_ON CLEAN),
		    HEAD("RESPMOD") "Preview: 0\r\n", respmod,
		    "0\r\n\r\n5\r\nhello\r\n0\r\n\r\n" },
		{ STR(PLAIN CLEAN), HEAD("RESPMOD"), respmod, SAME },
		{ STR(REQ CLEAN), HEAD("REQMOD") "Preview: 1024\r\n", reqmod,
		    "5\r\nhello\r\n0; ieof\r\n\r\n" },
		{ STR(REQ_SHORT GO_ON CLEAN), HEAD("REQMOD")
		    "Preview: 2\r\n", reqmod,
		    "2\r\nhe\r\n0\r\n\r\n3\r\nllo\r\n0\r\n\r\n" },
		{ STR(REQ_PLAIN CLEAN), HEAD("REQMOD"), reqmod, SAME },
	};
	char want[1024];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int n = snprintf(want, sizeof want, "OPTIONS "
		    "icap://localhost/av ICAP/1.0\r\nHost: localhost\r\n\r\n"
		    "%s%s%s", cases[i].head, cases[i].inner, cases[i].body);

		lane_talk(t, &cases[i].says, 1);
		tap_str((struct str){ want, (size_t)n },
		    (struct str){ t->asked, t->nasked },
		    "question %zu of the list", i);
	}
	tap_cstr("tag-1", t->version, "the tag is kept");
}

static void
test_inners(void)
{
	for (size_t i = 0; i < sizeof inners / sizeof *inners; i++) {
		uint64_t head;
		enum icap_inner got = icap_inner(str_c(inners[i].in), &head);

		tap_int(inners[i].want, got, "Encapsulated: %s",
		    inners[i].in);
		if (got != ICAP_NOTHING)
			tap_int((int64_t)inners[i].head, (int64_t)head,
			    "and the head's octets");
	}
}

int
main(void)
{
	struct lane_talk t = { .protocol = &scan_icap, .closes = true,
	    .object = STR("hello"), .engine = { .service = "av" } };

	for (size_t i = 0; i < sizeof talks / sizeof *talks; i++)
		lane_talk_test(&t, talks[i].says, talks[i].want,
		    talks[i].name);
	test_asked(&t);
	t.engine.pass_body = true;
	lane_talk_test(&t, STR(HELLO BODY(I200, "19", "5\r\nhallo\r\n")),
	    "free -1 |", "another object, where the engine's word counts");
	lane_talk_test(&t, STR(HELLO BODY(I403, "19", "5\r\nhallo\r\n")),
	    BLOCKED, "but no page in its place");
	lane_talk_test(&t, STR(REQ REQ_BODY(POST, "30", OTHER)),
	    "free -1 |", "REQMOD: another object, the same");
	lane_talk_test(&t, STR(REQ BODY(I200, "19", OTHER)), BLOCKED,
	    "REQMOD: but no page in its place");
	lane_talk_test(&t, STR(REQ REQ_BODY("POST http://page/ HTTP/1.1"
	    "\r\n\r\n", "30", SAME)), ELSEWHERE,
	    "REQMOD: and no request for another place");
	t.engine.service = "a v";
	lane_talk_test(&t, STR(HELLO), "config icap-service is no word",
	    "a service that is no word is not asked");
	test_inners();
	return tap_done();
}
