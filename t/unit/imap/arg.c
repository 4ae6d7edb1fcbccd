/* Arguments against the signatures of the command table. */

#include <stdio.h>

#include "arena.h"
#include "reader.h"
#include "tap.h"

static const struct { const char *line; bool ok; } cases[] = {
	{ "a ID NIL", true },
	{ "a ID (\"name\" \"x\" \"version\" NIL)", true },
	{ "a ID ()", true },
	{ "a ID (\"name\")", false },
	{ "a ID (name x)", false },
	{ "a ID \"name\"", false },
	{ "a ID", false },
	{ "a ID (\"a-field-that-is-longer-than-30-octets\" \"x\")", false },
	{ "a NOOP", true },
	{ "a NOOP x", false },
	{ "a LOGIN joe \"se cret\"", true },
	{ "a LOGIN joe", false },
	{ "a LOGIN jo* x", false },
	{ "a SELECT INBOX (QRESYNC (1 2))", true },
	{ "a SELECT IN%X", false },
	{ "a LIST \"\" *", true },
	{ "a LIST (SUBSCRIBED) \"\" (a b) RETURN (STATUS (MESSAGES))", true },
	{ "a FETCH 1:*,7 (FLAGS BODY.PEEK[HEADER.FIELDS (A B)]<0.9>)", true },
	{ "a FETCH 0 FLAGS", false },
	{ "a FETCH 1:4294967296 FLAGS", false },
	{ "a FETCH 1 FLAGS (CHANGEDSINCE 3)", true },
	{ "a FETCH 1", false },
	{ "a FETCH (1) FLAGS", false },
	{ "a UID FETCH $ (UID)", true },
	{ "a UID EXPUNGE 1,,2", false },
	{ "a STORE 1 +FLAGS.SILENT (\\Seen)", true },
	{ "a COPY 2:4 Trash", true },
	{ "a STATUS INBOX (MESSAGES)", true },
	{ "a STATUS INBOX MESSAGES", false },
	{ "a ENABLE", false },
	{ "a AUTHENTICATE PLAIN AGEAYg==", true },
	{ "a AUTHENTICATE \"PLAIN\"", false },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char line[200];
		struct arena a;
		struct imap_reader r;
		size_t used;
		int n = snprintf(line, sizeof line, "%s\r\n", cases[i].line);
		enum imap_event e;

		arena_init(&a, 1 << 20, NULL, NULL);
		imap_reader_init(&r, &a);
		r.max_line = 8192;
		e = imap_reader_feed(&r, (struct str){ line, (size_t)n },
		    &used);
		tap_int(cases[i].ok ? IMAP_EV_COMMAND : IMAP_EV_BAD, e,
		    "'%s' is %s", cases[i].line,
		    cases[i].ok ? "a command" : "none");
		arena_fini(&a);
	}
	return tap_done();
}
