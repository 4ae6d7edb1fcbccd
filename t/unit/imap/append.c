/* What uploads make use of. */

#include <stdio.h>

#include "append.h"
#include "arena.h"
#include "reader.h"
#include "tap.h"

enum { TEXT_SIZE = 200 };

/*
 * The names of what an upload uses, before each of its literals and at its
 * end, with ';' between.  Literals of a command stand for themselves.
 */
static const char *
used(const char *text, char out[TEXT_SIZE])
{
	struct imap_reader r;
	struct str in = str_c(text);
	struct arena a;
	size_t n = 0, took;
	bool first = true;
	enum imap_event e;

	out[0] = '\0';
	arena_init(&a, 1 << 20, NULL, NULL);
	imap_reader_init(&r, &a);
	r.max_line = 1000;
	do {
		uint64_t rows;

		e = imap_reader_feed(&r, in, &took);
		in.p += took;
		in.n -= took;
		rows = imap_append_exts(&r.cmd, e != IMAP_EV_LITERAL ?
		    IMAP_COMING_NONE : r.literal8 ? IMAP_COMING_LITERAL8 :
		    IMAP_COMING_LITERAL);
		n += (size_t)snprintf(out + n, TEXT_SIZE - n, "%s",
		    first ? "" : ";");
		first = false;
		for (unsigned i = 0; i < IMAP_EXT_ROWS; i++)
			if (rows >> i & 1)
				n += (size_t)snprintf(out + n, TEXT_SIZE - n,
				    " %s", imap_exts[i].name);
		if (e == IMAP_EV_LITERAL)
			imap_reader_answer(&r, IMAP_COLLECT);
	} while (e == IMAP_EV_LITERAL);
	if (e != IMAP_EV_COMMAND)
		snprintf(out, TEXT_SIZE, "BAD");
	arena_fini(&a);
	return out;
}

int
main(void)
{
	static const struct { const char *text, *want; } t[] = {
		{ "t APPEND x {1}\r\na\r\n", ";" },
		{ "t APPEND {1}\r\nx {1}\r\na\r\n", ";;" },
		{ "t APPEND x (\\Seen) \"d\" {1}\r\na\r\n", ";" },
		{ "t APPEND x ~{1}\r\na\r\n", " LITERAL8; LITERAL8" },
		{ "t APPEND x UTF8 (~{1}\r\na)\r\n", " UTF8; UTF8" },
		{ "t APPEND x {1}\r\na {1}\r\nb\r\n",
		  "; MULTIAPPEND; MULTIAPPEND" },
		{ "t APPEND x {1}\r\na UTF8 (~{1}\r\nb)\r\n",
		  "; MULTIAPPEND UTF8; MULTIAPPEND UTF8" },
		{ "t APPEND x UTF8 (~{1}\r\na) ~{1}\r\nb\r\n",
		  " UTF8; MULTIAPPEND LITERAL8 UTF8;"
		  " MULTIAPPEND LITERAL8 UTF8" },
		{ "t REPLACE 1 x {1}\r\na\r\n", " REPLACE; REPLACE" },
		{ "t UID REPLACE 1 {1}\r\nx {1}\r\na\r\n",
		  " REPLACE; REPLACE; REPLACE" },
		{ "t APPEND x CATENATE (TEXT {1}\r\na)\r\n",
		  " MULTIAPPEND CATENATE; CATENATE" },
		{ "t CREATE {1}\r\nx\r\n", ";" },
	};
	char text[TEXT_SIZE];

	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		tap_cstr(t[i].want, used(t[i].text, text), "upload %zu",
		    i + 1);
	return tap_done();
}
