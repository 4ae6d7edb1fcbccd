/* Bodies decoded, in both readings, however they come. */

#include <stdio.h>
#include <stdlib.h>

#include "codec.h"
#include "tap.h"
#include "vis.h"

enum { OUT_MAX = 5000 };

struct way {
	enum mime_codec_kind kind;
	unsigned options;
};

/* What is decoded, made visible, and the flags behind it. */
static char *
decode(void *ctx, const struct str *pieces, size_t npieces)
{
	const struct way *w = ctx;
	char out[OUT_MAX + MIME_CODEC_ROOM], *text = malloc(4 * OUT_MAX);
	struct mime_codec c;
	size_t n = 0, k, len;

	mime_codec_init(&c, w->kind, w->options);
	for (size_t i = 0; i < npieces; i++) {
		struct str in = pieces[i];

		while (in.n > 0 && !c.done) {
			size_t took = mime_codec_feed(&c, in, out + n,
			    MIME_CODEC_ROOM, &k);

			in.p += took;
			in.n -= took;
			n += k;
		}
	}
	mime_codec_end(&c, out + n, MIME_CODEC_ROOM, &k);
	vis(text, 4 * OUT_MAX, (struct str){ out, n + k });
	len = strlen(text);
	for (unsigned b = 0; b < MIME_FLAG_COUNT; b++)
		if (c.flags >> b & 1)
			len += (size_t)snprintf(text + len,
			    4 * OUT_MAX - len, " %s", mime_flag_name(b));
	return text;
}

#define B MIME_CODEC_BASE64
#define Q MIME_CODEC_QP
#define U MIME_CODEC_UU
#define Y MIME_CODEC_YENC
#define H MIME_CODEC_BINHEX
#define L MIME_CODEC_LOOSE
#define URL MIME_CODEC_URL

#define YENC "=ybegin line=128 size=2 name=a b\r\n"
#define BINHEX "(This file must be converted with BinHex 4.0)\r\n\r\n"

static const struct {
	const char *name;
	struct way way;
	const char *in, *want;
} cases[] = {
	/* RFC 4648 section 10 */
	{ "nothing", { B }, "", "" },
	{ "one octet", { B }, "Zg==", "f" },
	{ "two octets", { B }, "Zm8=", "fo" },
	{ "three octets", { B }, "Zm9v", "foo" },
	{ "six octets in lines", { B }, "Zm9v\r\nYmFy\r\n", "foobar" },
	{ "all digits", { B }, "+/+/", "\\xFB\\xFF\\xBF" },
	/* G8 */
	{ "padding missing", { B }, "Zg", "f base64-padding" },
	{ "half the padding", { B }, "Zg=", "f base64-padding" },
	{ "padding too long", { B }, "Zg===", "f base64-padding" },
	{ "padding not needed", { B }, "Zm9v=", "foo base64-padding" },
	{ "one digit left", { B }, "Zm9vZ", "foo base64-padding" },
	{ "one digit and padding", { B }, "Z===Zm9v",
	    " base64-padding base64-after" },
	{ "the same, going on", { B, L }, "Z===Zm9v",
	    "foo base64-padding base64-after" },
	{ "more behind padding", { B }, "Zg==Zm9v", "f base64-after" },
	{ "the same, going on", { B, L }, "Zg==Zm9v", "ffoo base64-after" },
	{ "half the padding, then more", { B, L }, "Zg=Zm9v",
	    "ffoo base64-padding base64-after" },
	{ "padding on two lines", { B }, "Zg=\r\n=\r\n", "f" },
	{ "junk", { B }, "Z!m*9v", "foo base64-junk" },
	{ "a header's line", { B }, "X-A:\r\nZm9v",
	    "\\\\\\x06f\\xF6 base64-junk base64-url base64-padding "
	    "base64-line" },
	{ "'-' and '_'", { B }, "-_+/Zm9v",
	    "\\xFB\\xF6f\\xF6 base64-url base64-padding" },
	{ "'-' and '_' as digits", { B, URL }, "-_-_",
	    "\\xFB\\xFF\\xBF base64-url" },
	{ "an empty line", { B }, "Zm9v\r\n\r\nYmFy", "foobar base64-line" },
	{ "empty lines at the end", { B }, "Zm9v\r\n\r\n\r\n", "foo" },
	{ "lines of three", { B }, "Zm9\nvYm\nFy\n",
	    "foobar base64-line" },
	{ "a short last line", { B }, "Zm9v\nYmFyZg==\n", "foobarf" },
	/* RFC 2045 section 6.7 */
	{ "nothing", { Q }, "", "" },
	{ "text", { Q }, "a b\r\nc\td\r\n", "a b\\x0D\\x0Ac\\x09d\\x0D\\x0A" },
	{ "digits", { Q }, "=41=3D=0A", "A=\\x0A" },
	{ "a soft break", { Q }, "a=\r\nb=\nc", "abc" },
	/* G9 */
	{ "lower case", { Q }, "=3d=aA", "=\\xAA qp-lower" },
	{ "no digits", { Q }, "=X=H=4X", "=X=H=4X qp-broken" },
	{ "no digits, loose", { Q, L }, "=X=H=4X", "XH4X qp-broken" },
	{ "two '='", { Q }, "==41", "=A qp-broken" },
	{ "'=' and blanks", { Q }, "a= b", "a= b qp-broken" },
	{ "a soft break with blanks", { Q }, "a= \t\r\nb", "ab qp-blanks" },
	{ "blanks at a line's end", { Q }, "a \t\r\nb  \n",
	    "a\\x0D\\x0Ab\\x0A qp-blanks" },
	{ "the same, kept", { Q, L }, "a \r\nb  \n",
	    "a \\x0D\\x0Ab  \\x0A qp-blanks" },
	{ "blanks at the end", { Q }, "a ", "a qp-blanks" },
	{ "blanks before CR", { Q }, "a \rb", "a \\x0Db" },
	{ "'=' before CR", { Q }, "a=\rb", "a=\\x0Db qp-broken" },
	{ "'=' at the end", { Q }, "a=", "a qp-cut" },
	{ "'=' and a digit at the end", { Q }, "a=4",
	    "a=4 qp-broken qp-cut" },
	{ "'=' and a line's end at the end", { Q }, "a=\r\n", "a" },
	{ "an octet over 127", { Q }, "\xc3\x01", "\\xC3\\x01 qp-octet" },
	/* POSIX uuencode */
	{ "a file", { U }, "x\nbegin 644 a.txt\r\n#9F]O\r\n`\r\nend\r\nmore",
	    "foo" },
	{ "a checksum", { U }, "begin 644 a\n#9F]OX\n`\nend\n", "foo" },
	{ "blanks lost", { U }, "begin 644 a\n#    \n#\n`\nend\n",
	    "\\x00\\x00\\x00\\x00\\x00\\x00 uu-line" },
	{ "no begin", { U }, "beginning\nbegin x y\n#9F]O\nend\n",
	    " uu-none" },
	{ "no end", { U }, "begin 0644 a\n#9F]O\n#9F]O", "foofoo uu-open" },
	{ "a line too long", { U }, "begin 644 a\n#9F]OXX\nend\n",
	    "foo uu-line" },
	{ "octets that are no digits", { U }, "begin 644 a\n#9f]O\nend\n",
	    "doo uu-line" },
	{ "an empty line", { U }, "begin 644 a\n\n#9F]O\nend\n",
	    "foo uu-line" },
	/* yEnc 1.3 */
	{ "a file", { Y }, "x\n" YENC "\x92\x93\r\n=yend size=2\r\n\x92",
	    "hi" },
	{ "escapes, also of a line's beginning", { Y },
	    YENC "=}\x92=}\r\n=}\n=yend\n", "\\x13h\\x13\\x13" },
	{ "no '=' that is a word's", { Y }, YENC "\x92=yend\n",
	    "h\\x0F;D:" },
	{ "of a piece its line", { Y }, "=ybegin part=1 line=128 name=a\n"
	    "=ypart begin=1 end=2\n\x92\x93\n=yend\n", "hi" },
	{ "no end", { Y }, YENC "\x92\x93", "hi" },
	{ "no beginning", { Y }, "=ybeg line=1 name=a\n\x92\n", "" },
	/* RFC 1741; made of "hi\x90\x90there", and of runs */
	{ "a file", { H }, BINHEX ":!f%ZBJ\"849K82cmr2`!!!!!!#3!!!!\"FffKTN!#3!"
	    "(4SCA*P2Am!!!:\r\n:", "hi\\x90\\x90there" },
	{ "lines", { H }, BINHEX ":!f%ZBJ\"849K82cmr2`!!!!!!#3!!!!\"FffKTN!#3!"
	    "\r\n(4SCA*P2A\r\nm!!!:", "hi\\x90\\x90there" },
	{ "runs", { H }, BINHEX ":!f%ZBJ\"849K82cmr2`!!!!!!&!!!!!!!!(L3#RQ3!*!&"
	    "HRTkHJ:", "xxxxxxxxxxy\\x90\\x90\\x90\\x90\\x90zzzz" },
	{ "colons before it", { H }, "(This file must be converted with BinHex)\n"
	    "See: :\r\n:\r\n:!f%ZBJ\"849K82cmr2`!!!!!!#3!!!!\"FffKTN!#3!"
	    "(4SCA*P2Am!!!:\r\n:", "hi\\x90\\x90there" },
	{ "no colon", { H }, BINHEX "!f%ZBJ\"849K82cmr2`!!!!!!#3!!!!\"FffKTN",
	    "" },
	{ "cut in its header", { H }, BINHEX ":!f%ZBJ\"849K8:", "" },
};

static void
test_cases(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct way w = cases[i].way;
		struct tap_feed f = { decode, &w };
		char *got = tap_feed_split(&f, str_c(cases[i].in),
		    cases[i].name);

		tap_cstr(cases[i].want, got, "%s", cases[i].name);
		free(got);
	}
}

/* Runs of blanks around what is held at most. */
static void
test_blanks(void)
{
	static const struct { size_t n; bool kept; } t[] = {
		{ MIME_CODEC_HOLD, false }, { MIME_CODEC_HOLD + 1, true },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct way w = { Q, 0 };
		char in[MIME_CODEC_HOLD + 3], want[MIME_CODEC_HOLD + 30];
		char *got;
		size_t kept = t[i].kept ? MIME_CODEC_HOLD : 0;

		memset(in, ' ', t[i].n);
		in[t[i].n] = '\n';
		memset(want, ' ', kept);
		strcpy(want + kept, "\\x0A qp-blanks");
		got = decode(&w, &(struct str){ in, t[i].n + 1 }, 1);
		tap_cstr(want, got, "%zu blanks are %s", t[i].n,
		    kept ? "text" : "dropped");
		free(got);
	}
}

/* Lines that make the most of their octets, with the least room. */
static void
test_room(void)
{
	static char in[100000], out[MIME_CODEC_ROOM];
	struct mime_codec c;
	size_t at = 14, total = 0, k;

	memcpy(in, "begin 644 a_b\n", at);
	for (size_t i = at; i < sizeof in; i += 2)
		memcpy(in + i, "_\n", 2);
	mime_codec_init(&c, U, 0);
	for (at = 0; at < sizeof in; total += k)
		at += mime_codec_feed(&c, (struct str){ in + at,
		    sizeof in - at }, out, sizeof out, &k);
	tap_int((sizeof in - 14) / 2 * 63, (int64_t)total,
	    "lines of one digit make 63 octets");
	tap_str(STR("a_b"), (struct str){ c.name, c.name_n },
	    "the name is kept");
}

/* Names that come with files. */
static void
test_names(void)
{
	static const struct { enum mime_codec_kind kind; const char *in, *want; }
	    t[] = {
		{ Y, YENC, "a b" },
		{ Y, "=ybegin line=128 size=2\n", "" },
		{ Y, "=ybegin size=2 name=\"a.exe\"\r\n", "a.exe" },
		{ H, BINHEX ":!f%ZBJ\"849K82cmr2`!!!!!!&!!!!!!!!(:", "a.b" },
	};
	struct mime_codec c;
	char out[MIME_CODEC_ROOM];
	size_t k;

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct str in = str_c(t[i].in);

		mime_codec_init(&c, t[i].kind, 0);
		while (in.n > 0 && !c.done) {
			size_t took = mime_codec_feed(&c, in, out, sizeof out,
			    &k);

			in.p += took;
			in.n -= took;
		}
		tap_str(str_c(t[i].want), (struct str){ c.name, c.name_n },
		    "the name \"%s\"", t[i].want);
	}
}

/* Nothing but runs, with the least room. */
static void
test_runs(void)
{
	static char in[100000], out[MIME_CODEC_ROOM];
	struct mime_codec c;
	size_t at = 0, total = 0, k;

	/* a file of 4 GB; then a NUL 255 times, again and again */
	at = strlen(strcpy(in, BINHEX
	    ":!f%ZBJ\"849K82cmr2`!!rrrrr`!!!!!!!!#"));
	while (at + 8 < sizeof in)
		at = at + strlen(strcpy(in + at, "3rj$rN2q"));
	mime_codec_init(&c, H, 0);
	for (size_t i = 0; i < at && !c.done; total += k)
		i += mime_codec_feed(&c, (struct str){ in + i, at - i }, out,
		    sizeof out, &k);
	tap_ok(total > 10 * at, "runs make much of little: %zu of %zu", total,
	    at);
}

int
main(void)
{
	test_cases();
	test_names();
	test_runs();
	test_blanks();
	test_room();
	return tap_done();
}
