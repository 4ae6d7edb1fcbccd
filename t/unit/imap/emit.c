/* Commands as they leave the proxy: read, written, and where to wait. */

#include <stdio.h>
#include <stdlib.h>

#include "emit.h"
#include "reader.h"
#include "tap.h"

/* Read one command; literals are streamed where it is an upload's mail. */
static bool
read_one(struct imap_reader *r, struct str in, bool stream)
{
	enum imap_event e;
	size_t used;

	while ((e = imap_reader_feed(r, in, &used)) == IMAP_EV_LITERAL) {
		size_t skip = stream ? (size_t)r->literal : 0;

		imap_reader_answer(r, stream ? IMAP_STREAM : IMAP_COLLECT);
		in.p += used + skip;
		in.n -= used + skip;
	}
	return e == IMAP_EV_COMMAND;
}

static void
check(const char *name, const char *in, const char *want, const char *stops,
    bool utf8)
{
	struct arena a;
	struct imap_reader r;
	struct imap_wire w;
	char seen[64] = "";
	size_t n = 0;

	arena_init(&a, 1 << 20, NULL, NULL);
	imap_reader_init(&r, &a);
	r.max_line = 65536;
	r.utf8 = utf8;
	if (!tap_ok(read_one(&r, str_c(in), false), "%s is read", name)) {
		tap_diag("%s", r.why ? r.why : "");
		return;
	}
	imap_emit_command(&a, STR("T7"), &r.cmd, utf8, &w);
	tap_str(str_c(want), w.text, "%s is written", name);
	for (size_t i = 0; i < w.nstops; i++)
		n += (size_t)snprintf(seen + n, sizeof seen - n, "%zu ",
		    w.stops[i]);
	tap_cstr(stops, seen, "%s waits where it must", name);
	arena_fini(&a);
}

static void
test_commands(void)
{
	static const struct { const char *name, *in, *want, *stops; } t[] = {
		{ "a word in small letters", "a noop \r\n", "T7 NOOP\r\n",
		    "" },
		{ "UID FETCH", "a uid fetch 1 flags\r\n",
		    "T7 UID FETCH 1 flags\r\n", "" },
		{ "a literal that can be quoted",
		    "a LOGIN {3+}\r\na\"b \"c\"\r\n",
		    "T7 LOGIN \"a\\\"b\" \"c\"\r\n", "" },
		{ "an empty literal", "a LOGIN {0+}\r\n \"\"\r\n",
		    "T7 LOGIN \"\" \"\"\r\n", "" },
		{ "a literal that cannot", "a LOGIN {3+}\r\na\r\n b\r\n",
		    "T7 LOGIN {3}\r\na\r\n b\r\n", "14 " },
		{ "two literals", "a LOGIN {2+}\r\n\xe9\xe8 {2+}\r\n\r\n\r\n",
		    "T7 LOGIN {2}\r\n\xe9\xe8 {2}\r\n\r\n\r\n", "14 22 " },
		{ "a literal8",
		    "a SETMETADATA x (/private/c ~{1+}\r\nz)\r\n",
		    "T7 SETMETADATA x (/private/c ~{1}\r\nz)\r\n", "35 " },
		{ "B12 leading zeros", "a CREATE {0002+}\r\n\xe9\xe8\r\n",
		    "T7 CREATE {2}\r\n\xe9\xe8\r\n", "15 " },
		{ "lists", "a SELECT x (QRESYNC (1 2 (3 4)) CONDSTORE)\r\n",
		    "T7 SELECT x (QRESYNC (1 2 (3 4)) CONDSTORE)\r\n", "" },
		{ "an empty list", "a STORE 1 flags ()\r\n",
		    "T7 STORE 1 flags ()\r\n", "" },
		{ "sections",
		    "a FETCH 1 (body.peek[header.fields (A \"b c\")]<0.9> "
		    "BODY[])\r\n",
		    "T7 FETCH 1 (BODY.PEEK[header.fields (A \"b c\")]<0.9> "
		    "BODY[])\r\n", "" },
		{ "an unknown command", "a x-foo (1 \"2\") 3\r\n",
		    "T7 X-FOO (1 \"2\") 3\r\n", "" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		check(t[i].name, t[i].in, t[i].want, t[i].stops, false);
	check("UTF-8 in quotes, once enabled", "a CREATE \"\xc3\xa9\"\r\n",
	    "T7 CREATE \"\xc3\xa9\"\r\n", "", true);
	check("a literal of UTF-8, once enabled",
	    "a CREATE {2+}\r\n\xc3\xa9\r\n", "T7 CREATE \"\xc3\xa9\"\r\n", "",
	    true);
	check("a literal that is no UTF-8",
	    "a CREATE {2+}\r\n\xc3(\r\n", "T7 CREATE {2}\r\n\xc3(\r\n",
	    "15 ", true);
}

/* A streamed mail: the text ends at its header. */
static void
test_upload(void)
{
	static const struct { const char *name, *in, *want; } t[] = {
		{ "APPEND", "a append x (\\Seen) {5}\r\nab\r\nc\r\n",
		    "T7 APPEND x (\\Seen) {5}\r\n" },
		{ "APPEND of nothing", "a APPEND x {0}\r\n\r\n",
		    "T7 APPEND x {0}\r\n" },
		{ "APPEND of a literal8", "a APPEND x ~{3+}\r\na\nb\r\n",
		    "T7 APPEND x ~{3}\r\n" },
		{ "APPEND UTF8", "a APPEND x UTF8 (~{3}\r\nabc)\r\n",
		    "T7 APPEND x UTF8 (~{3}\r\n" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct arena a;
		struct imap_reader r;
		struct imap_wire w;

		arena_init(&a, 1 << 20, NULL, NULL);
		imap_reader_init(&r, &a);
		r.max_line = 65536;
		tap_ok(read_one(&r, str_c(t[i].in), true), "%s is read",
		    t[i].name);
		imap_emit_command(&a, STR("T7"), &r.cmd, false, &w);
		tap_str(str_c(t[i].want), w.text, "%s ends at its literal",
		    t[i].name);
		tap_ok(w.nstops == 1 && w.stops[0] == w.text.n,
		    "%s waits there", t[i].name);
		arena_fini(&a);
	}
}

static void
test_quotable(void)
{
	char text[IMAP_QUOTED_MAX + 1];

	memset(text, 'x', sizeof text);
	tap_ok(imap_quotable((struct str){ text, IMAP_QUOTED_MAX }, false),
	    "what is not too long is quoted");
	tap_ok(!imap_quotable((struct str){ text, IMAP_QUOTED_MAX + 1 },
	    false), "what is longer is a literal");
	tap_ok(!imap_quotable(STR("a\rb"), false), "CR is not quoted");
	tap_ok(!imap_quotable(STR("a\nb"), true), "LF is not quoted");
	tap_ok(!imap_quotable(STR("a\0b"), false), "NUL is not quoted");
	tap_ok(!imap_quotable(STR("\x7f"), false), "DEL is not quoted");
	tap_ok(!imap_quotable(STR("\xc3\xa9"), false),
	    "UTF-8 is not quoted before it is enabled");
}

int
main(void)
{
	test_commands();
	test_upload();
	test_quotable();
	return tap_done();
}
