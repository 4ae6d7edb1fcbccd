/* ICAP: what servers say, and what it means. */

#include "icap.h"
#include "lane_talk.h"

#define OPT "ICAP/1.0 200 OK\r\nMethods: RESPMOD, REQMOD\r\n" \
    "ISTag: \"tag-1\"\r\nAllow: 204\r\n"
#define NULL_BODY "Encapsulated: null-body=0\r\n\r\n"
#define HELLO OPT "Preview: 1024\r\n" NULL_BODY	/* all of it at once */
#define SHORT OPT "Preview: 2\r\n" NULL_BODY
#define PLAIN OPT NULL_BODY
#define GO_ON "ICAP/1.0 100 Continue\r\n\r\n"
#define CLEAN "ICAP/1.0 204 Unmodified\r\n\r\n"
#define R200 "ICAP/1.0 200 OK\r\n"
#define BODY(inner, n, chunks) R200 "Encapsulated: res-hdr=0, res-body=" n \
    "\r\n\r\n" inner chunks
#define I200 "HTTP/1.1 200 OK\r\n\r\n"	/* 19 octets */
#define I403 "HTTP/1.1 403 No\r\n\r\n"
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
	    "found -1 blocked|" },
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
	{ "no RESPMOD", STR("ICAP/1.0 200 OK\r\nMethods: REQMOD\r\n\r\n"),
	    "syntax it has no RESPMOD" },
	{ "OPTIONS with a body", STR(OPT "Encapsulated: opt-body=0\r\n\r\n"),
	    "syntax its answer to OPTIONS has a body" },
	{ "a preview of no number", STR(OPT "Preview: x\r\n\r\n"),
	    "syntax it asks for no number of octets" },
	{ "HTTP", STR("HTTP/1.1 200 OK\r\n\r\n"),
	    "syntax its answer is no ICAP" },
	{ "an answer cut short", STR(HELLO "ICAP/1.0 204"),
	    "eof its answer was cut short" },
	{ "no answer", STR(HELLO), "eof connection closed before an answer" },
};

static const struct {
	const char *in;
	int64_t want;
} offsets[] = {
	{ "res-hdr=0, res-body=131", 131 },
	{ "res-body=0", 0 },
	{ "res-hdr=0,res-body=5", 5 },
	{ "null-body=0", -1 },
	{ "res-hdr=0, null-body=131", -1 },
	{ "res-hdr=1, res-body=131", -1 },
	{ "res-body=1, res-hdr=0", -1 },
	{ "res-hdr=0, res-body=-1", -1 },
	{ "res-hdr=0, res-body=99999999999", -1 },
	{ "req-hdr=0, res-body=5", -1 },
	{ "", -1 },
};

static const char head[] = "RESPMOD icap://localhost/av ICAP/1.0\r\n"
    "Host: localhost\r\nAllow: 204\r\n";
static const char inner[] = "Encapsulated: req-hdr=0, res-hdr=41, "
    "res-body=119\r\n\r\nGET http://mail/ HTTP/1.1\r\nHost: mail\r\n\r\n"
    "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
    "Content-Length: 5\r\n\r\n";

/* What it was asked, behind OPTIONS. */
static void
test_asked(struct lane_talk *t)
{
	static const struct {
		struct str says;
		const char *preview, *body;
	} cases[] = {
		{ STR(HELLO CLEAN), "Preview: 1024\r\n",
		    "5\r\nhello\r\n0; ieof\r\n\r\n" },
		{ STR(SHORT GO_ON CLEAN), "Preview: 2\r\n",
		    "2\r\nhe\r\n0\r\n\r\n3\r\nllo\r\n0\r\n\r\n" },
		{ STR(OPT "Preview: 0\r\n\r\n" GO_ON CLEAN), "Preview: 0\r\n",
		    "0\r\n\r\n5\r\nhello\r\n0\r\n\r\n" },
		{ STR(PLAIN CLEAN), "", "5\r\nhello\r\n0\r\n\r\n" },
	};
	char want[1024];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int n = snprintf(want, sizeof want, "OPTIONS "
		    "icap://localhost/av ICAP/1.0\r\nHost: localhost\r\n\r\n"
		    "%s%s%s%s", head, cases[i].preview, inner,
		    cases[i].body);

		lane_talk(t, &cases[i].says, 1);
		tap_str((struct str){ want, (size_t)n },
		    (struct str){ t->asked, t->nasked },
		    "question %zu of the list", i);
	}
	tap_cstr("tag-1", t->version, "the tag is kept");
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
	    "found -1 blocked|", "but no page in its place");
	t.engine.service = "a v";
	lane_talk_test(&t, STR(HELLO), "config icap-service is no word",
	    "a service that is no word is not asked");
	for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++)
		tap_int(offsets[i].want, icap_body_offset(
		    str_c(offsets[i].in)), "Encapsulated: %s",
		    offsets[i].in);
	return tap_done();
}
