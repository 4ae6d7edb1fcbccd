/* ENVELOPE of a header. */

#include <stdlib.h>

#include "envelope.h"
#include "tap.h"

static const struct {
	const char *name, *header, *want;
} cases[] = {
	{ "nothing", "", "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)" },
	{ "all of it", "Date: d\r\nSubject: s\r\nFrom: f@x\r\nSender: e@x\r\n"
	    "Reply-To: r@x\r\nTo: t@x\r\nCc: c@x\r\nBcc: b@x\r\n"
	    "In-Reply-To: <i>\r\nMessage-ID: <m>\r\n",
	    "(\"d\" \"s\" ((NIL NIL \"f\" \"x\")) ((NIL NIL \"e\" \"x\")) "
	    "((NIL NIL \"r\" \"x\")) ((NIL NIL \"t\" \"x\")) "
	    "((NIL NIL \"c\" \"x\")) ((NIL NIL \"b\" \"x\")) \"<i>\" "
	    "\"<m>\")" },
	{ "no sender and nobody to reply to", "From: f@x\r\nSender:\r\n",
	    "(NIL NIL ((NIL NIL \"f\" \"x\")) ((NIL NIL \"f\" \"x\")) "
	    "((NIL NIL \"f\" \"x\")) NIL NIL NIL NIL NIL)" },
	{ "fields that are repeated", "SUBJECT: a\r\nto: a@x\r\nDate: a\r\n"
	    "Subject: b\r\nTo : b@x\r\nDate: b\r\n",
	    "(\"b\" \"b\" NIL NIL NIL ((NIL NIL \"a\" \"x\")"
	    "(NIL NIL \"b\" \"x\")) NIL NIL NIL NIL)" },
	{ "fields that are empty", "Subject:\r\nDate: \r\nTo: \r\n",
	    "(\"\" \"\" NIL NIL NIL NIL NIL NIL NIL NIL)" },
	{ "blanks", "Subject:  a\r\n  b\tc \r\nDate:  a\r\n  b \r\n",
	    "(\"a  b \" \"a b c\" NIL NIL NIL NIL NIL NIL NIL NIL)" },
	{ "lines that are no fields", "x\r\nSubject\r\n : y\r\nDate: d\r\n",
	    "(\"d\" NIL NIL NIL NIL NIL NIL NIL NIL NIL)" },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct str in = str_c(cases[i].header);
		struct mime_parts p;
		struct mime_wire w;
		struct arena a;

		arena_init(&a, 1 << 20, NULL, NULL);
		mime_parts_init(&p, &a, in);
		tap_int(1, mime_parts_step(&p, in.n), "%s is read",
		    cases[i].name);
		mime_wire_init(&w, &a);
		mime_envelope_put(&w, in, p.mail);
		tap_str(str_c(cases[i].want), mime_wire_text(&w), "%s",
		    cases[i].name);
		arena_fini(&a);
	}
	return tap_done();
}
