/*
 * Mails that are made to be slow: eight times the octets take no more than
 * some eight times as long; what grows with the square would take 64 times.
 */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "codec.h"
#include "envelope.h"
#include "file.h"
#include "part.h"
#include "structure.h"
#include "tap.h"

enum {
	ARENA_MAX = 1 << 30,
	SMALL = 30000,		/* octets, of the smaller mail */
	TIMES = 8,
	/* Times eight, and what a busy machine may add. */
	MOST = 24,
	ROUNDS = 3,
};

static const struct {
	const char *name, *head, *unit, *tail;
	size_t window;		/* 0: all at once */
} mails[] = {
	{ "one line of a body", "A: b\r\n\r\n", "x", "", 0 },
	{ "one line, octet by octet", "A: b\r\n\r\n", "x", "", 1 },
	{ "a header, octet by octet", "", "A: b\r\n", "\r\n", 1 },
	{ "a folded field", "A: b\r\n", " c\r\n", "\r\n", 0 },
	{ "fields", "", "A:\r\n", "\r\n", 0 },
	{ "types", "", "Content-Type: a/b; c=d\r\n", "\r\n", 0 },
	{ "dispositions", "Content-Disposition: a; b=c\r\n",
	    "Content-Disposition: d\r\n", "\r\n", 0 },
	{ "dispositions that do not count", "Content-Disposition: "
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n",
	    "Content-Disposition: d\r\n", "\r\n", 0 },
	{ "languages", "", "Content-Language: ,\r\n", "\r\n", 0 },
	{ "encodings", "", "Content-Transfer-Encoding: x y\r\n", "\r\n", 0 },
	{ "lines without colon", "", "x\r\n", "\r\n", 0 },
	{ "blank lines in a header", "A: b\r\n", " \r\n", "\r\n", 0 },
	{ "boundaries", "Content-Type: multipart/x; boundary=b\r\n\r\n",
	    "--b x\r\n", "", 0 },
	{ "dashes", "Content-Type: multipart/x; boundary=b\r\n\r\n",
	    "--\r\n", "", 0 },
	{ "boundaries behind the closing one",
	    "Content-Type: multipart/x; boundary=b\r\n\r\n--b--\r\n",
	    "--b\r\n", "", 0 },
	{ "hidden parts", "A: b\r\n\r\n",
	    "--x\r\nContent-Type: a/b\r\n\r\n", "", 0 },
	{ "a hidden header", "A: b\r\n\r\n--x\r\n",
	    "Content-Type: a/b; c=d\r\n", "\r\n", 0 },
	{ "hidden headers without end", "A: b\r\n\r\n",
	    "--\r\nContent-A:\r\n", "", 0 },
	{ "uuencode that begins", "A: b\r\n\r\n", "begin 644 x\r\n#0V%T\r\n",
	    "", 0 },
	{ "base64 that begins", "A: b\r\n\r\n", "begin-base64 644 x\r\n",
	    "", 0 },
	{ "yEnc that begins", "A: b\r\n\r\n", "=ybegin name=x\r\n", "", 0 },
	{ "a long beginning of yEnc", "A: b\r\n\r\n=ybegin ", " part", "",
	    0 },
	{ "BinHex that begins", "A: b\r\n\r\n",
	    "(This file must be converted with BinHex\r\n", "", 0 },
	{ "a mode of a file", "A: b\r\n\r\nbegin ", "7", "", 0 },
	{ "addresses", "To: a@b", ",<c@d>", "\r\n\r\n", 0 },
	{ "addresses that are missing", "To: ", ",", "\r\n\r\n", 0 },
	{ "words", "To: ", "a ", "@b\r\n\r\n", 0 },
	{ "words in brackets", "To: a <", "a ", "\r\n\r\n", 0 },
	{ "quoted strings", "To: ", "\"a\"", "\r\n\r\n", 0 },
	{ "open quotes", "To: ", "\"a@b,", "\r\n\r\n", 0 },
	{ "comments", "To: a@b ", "(c)", "\r\n\r\n", 0 },
	{ "comments in comments", "To: a@b ", "(", "\r\n\r\n", 0 },
	{ "comments between addresses", "To: a@b ", "(c),(d)e@f",
	    "\r\n\r\n", 0 },
	{ "groups", "To: ", "a:b@c;,", "\r\n\r\n", 0 },
	{ "groups in groups", "To: ", "a:", "\r\n\r\n", 0 },
	{ "a route", "To: <", "@a,", ":b@c>\r\n\r\n", 0 },
	{ "brackets", "To: ", "<", "\r\n\r\n", 0 },
	{ "dots", "To: a", ".", "@b\r\n\r\n", 0 },
	{ "a subject of blanks", "Subject: ", " ", "x\r\n\r\n", 0 },
	{ "a subject of NULs", "Subject: ", "\x01", "x\r\n\r\n", 0 },
};

static struct str
make(size_t i, size_t octets)
{
	size_t h = strlen(mails[i].head), u = strlen(mails[i].unit);
	size_t t = strlen(mails[i].tail), times = octets / u;
	char *p = malloc(h + times * u + t);

	memcpy(p, mails[i].head, h);
	for (size_t n = 0; n < times; n++)
		memcpy(p + h + n * u, mails[i].unit, u);
	memcpy(p + h + times * u, mails[i].tail, t);
	return (struct str){ p, h + times * u + t };
}

/* The processor's time, ns. */
static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void
find_files(struct str in)
{
	struct mime_file f = { .rest = 0 };

	while (mime_file_next(in, f.rest, &f))
		;
}

/* All of it decoded, by each codec. */
static void
decode(struct str in)
{
	static char out[1 << 16];
	static struct mime_codec c;
	size_t n;

	for (int kind = MIME_CODEC_BASE64; kind <= MIME_CODEC_BINHEX; kind++) {
		struct str left = in;

		mime_codec_init(&c, (enum mime_codec_kind)kind, 0);
		while (left.n > 0 && !c.done) {
			size_t took = mime_codec_feed(&c, left, out,
			    sizeof out, &n);

			left.p += took;
			left.n -= took;
		}
	}
}

static double
once(struct str in, size_t window)
{
	struct mime_parts p;
	struct mime_wire w;
	struct arena a;
	double start = now();
	size_t upto = 0;
	int r = 0;

	arena_init(&a, ARENA_MAX, NULL, NULL);
	mime_parts_init(&p, &a, in);
	while (r == 0) {
		upto = window > 0 && upto + window < in.n ? upto + window :
		    in.n;
		r = mime_parts_step(&p, upto);
	}
	if (r > 0) {
		mime_wire_init(&w, &a);
		mime_structure_put(&w, in, p.mail, true);
		mime_envelope_put(&w, in, p.mail);
	}
	find_files(in);
	decode(in);
	arena_fini(&a);
	return now() - start;
}

/* The least of several, which says most about the code. */
static double
least(size_t i, size_t octets)
{
	struct str in = make(i, octets);
	double best = once(in, mails[i].window);

	for (unsigned n = 1; n < ROUNDS; n++) {
		double ns = once(in, mails[i].window);

		best = ns < best ? ns : best;
	}
	free((char *)in.p);
	return best;
}

int
main(void)
{
	for (size_t i = 0; i < sizeof mails / sizeof *mails; i++) {
		double few = least(i, SMALL), many = least(i, SMALL * TIMES);

		if (!tap_ok(many < MOST * few, "%s take time as they are "
		    "long", mails[i].name))
			tap_diag("%.0f us and %.0f us", few / 1e3,
			    many / 1e3);
	}
	return tap_done();
}
