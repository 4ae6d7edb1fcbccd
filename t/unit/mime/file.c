/* Files in text: the lines they begin with. */

#include "file.h"
#include "tap.h"

static const struct {
	const char *in;
	int kind;		/* -1: none */
	enum mime_cte cte;
	bool sure, piece;
	size_t body;
} lines[] = {
	{ "begin 644 a.txt\r\n", MIME_FILE_UU, MIME_CTE_UU, true, false, 0 },
	{ "begin 5 minutes\n", MIME_FILE_UU, MIME_CTE_UU, false, false, 0 },
	{ "begin at 644 \n", -1, 0, false, false, 0 },
	{ "begin 644\n", -1, 0, false, false, 0 },
	{ "begin-base64 644 a\n", MIME_FILE_UU64, MIME_CTE_BASE64, true,
	    false, 19 },
	{ "=ybegin line=128 size=1 name=a\n", MIME_FILE_YENC, MIME_CTE_YENC,
	    true, false, 0 },
	{ "=ybegin part=1 line=128 size=1 name=a\n", MIME_FILE_YENC,
	    MIME_CTE_YENC, true, true, 0 },
	{ "=ybegin line=128 part=1 size=1 name=a\n", MIME_FILE_YENC,
	    MIME_CTE_YENC, true, true, 0 },
	{ "=ybegin line=128 size=1 name=a part=b\n", MIME_FILE_YENC,
	    MIME_CTE_YENC, true, false, 0 },
	{ "=ybegin\n", -1, 0, false, false, 0 },
	{ "(This file must be converted with BinHex 4.0)", MIME_FILE_BINHEX,
	    MIME_CTE_BINHEX, true, false, 0 },
	{ " (This file must be converted with BinHex 4.0)", -1, 0, false,
	    false, 0 },
};

static void
test_lines(void)
{
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct str line = str_c(lines[i].in);
		struct mime_file f;
		bool found = mime_file_begins(line, &f);

		tap_int(lines[i].kind, found ? (int)f.kind : -1, "kind of %s",
		    lines[i].in);
		if (!found)
			continue;
		tap_int(lines[i].cte, f.cte, "it is undone");
		tap_ok(f.sure == lines[i].sure && f.piece == lines[i].piece,
		    "sure, a piece");
		tap_int((int64_t)lines[i].body, (int64_t)f.body, "its body");
		tap_int((int64_t)line.n, (int64_t)f.rest, "its rest");
	}
}

static void
test_next(void)
{
	struct str text = STR("x =ybegin no\nbegin-base64 644 a\neA==\n"
	    "=ybegin line=1\n");
	struct mime_file f;

	tap_ok(mime_file_next(text, 0, &f), "the first");
	tap_int(13, (int64_t)f.line, "its line");
	tap_int(32, (int64_t)f.body, "its body is behind it");
	tap_ok(mime_file_next(text, f.rest, &f), "the second");
	tap_int(37, (int64_t)f.line, "its line");
	tap_int(37, (int64_t)f.body, "its body is it");
	tap_ok(!mime_file_next(text, f.rest, &f), "no more");
	tap_ok(!mime_file_next(STR(""), 0, &f), "none in nothing");
}

int
main(void)
{
	test_lines();
	test_next();
	return tap_done();
}
