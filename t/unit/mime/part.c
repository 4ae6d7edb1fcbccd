/* A mail as a tree of parts, and what readers take for others. */

#include <stdio.h>
#include <stdlib.h>

#include "err.h"
#include "field.h"
#include "part.h"
#include "tap.h"

enum { ARENA_MAX = 64 << 20 };

struct out {
	char *p;
	size_t n, room;
};

static void
put(struct out *o, struct str s)
{
	while (o->n + s.n + 1 > o->room)
		o->p = realloc(o->p, o->room = o->room * 2 + 256);
	if (s.n > 0)
		memcpy(o->p + o->n, s.p, s.n);
	o->n += s.n;
	o->p[o->n] = '\0';
}

/* Octets with line ends as '|'. */
static void
put_octets(struct out *o, struct str in, struct mime_span span)
{
	struct str s = mime_span_str(in, span);

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\n')
			put(o, STR("|"));
		else if (s.p[i] != '\r' || i + 1 == s.n || s.p[i + 1] != '\n')
			put(o, (struct str){ s.p + i, 1 });
}

static void
put_number(struct out *o, uint64_t v)
{
	char text[24];

	put(o, (struct str){ text, (size_t)snprintf(text, sizeof text, "%ju",
	    (uintmax_t)v) });
}

/*
 * A leaf "<lines:body>", a message "M[...]", a multipart
 * "*preamble[...]epilogue".
 */
static void
put_part(struct out *o, struct str in, const struct mime_part *m)
{
	switch (m->kind) {
	case MIME_LEAF:
		put(o, STR("<"));
		put_number(o, m->lines);
		put(o, STR(":"));
		put_octets(o, in, m->body);
		put(o, STR(">"));
		return;
	case MIME_MESSAGE:
		put(o, STR("M"));
		put_number(o, m->lines);
		break;
	case MIME_MULTIPART:
		put(o, STR("*"));
		put_octets(o, in, m->preamble);
		break;
	}
	put(o, STR("["));
	for (const struct mime_part *c = m->child; c; c = c->next)
		put_part(o, in, c);
	put(o, STR("]"));
	if (m->kind == MIME_MULTIPART)
		put_octets(o, in, m->epilogue);
}

static void
put_flags(struct out *o, uint64_t flags)
{
	for (unsigned b = 0; b < MIME_FLAG_COUNT; b++)
		if (flags >> b & 1) {
			put(o, STR(" "));
			put(o, str_c(mime_flag_name(b)));
		}
}

/* Of others: " KIND(header)body". */
static void
put_others(struct out *o, const struct mime_parts *p)
{
	static const char *const kind[] = { "early", "encoded", "longer",
		"hidden", "uu", "uu64", "yenc", "binhex" };

	for (const struct mime_other *x = p->others; x; x = x->next) {
		put(o, STR(" "));
		put(o, str_c(kind[x->kind]));
		put(o, STR("("));
		put_octets(o, p->in, x->header);
		put(o, STR(")"));
		put_octets(o, p->in, x->body);
	}
}

static char *
feed(void *ctx, const struct str *pieces, size_t n)
{
	struct str *in = ctx;
	struct mime_parts p;
	struct arena a;
	struct out o = { 0 };
	size_t upto = 0;
	int r = 0;

	arena_init(&a, ARENA_MAX, NULL, NULL);
	mime_parts_init(&p, &a, *in);
	for (size_t i = 0; i < n && r >= 0; i++)
		r = mime_parts_step(&p, upto += pieces[i].n);
	if (n == 0)
		r = mime_parts_step(&p, 0);
	put(&o, STR(""));
	if (r == 1) {
		put_part(&o, *in, p.mail);
		put_others(&o, &p);
		put(&o, STR(";"));
		put_flags(&o, p.flags);
	} else {
		put(&o, str_c(p.why ? p.why : "not done"));
	}
	arena_fini(&a);
	return o.p;
}

/* Line ends become CRLF. */
static struct str
crlf(const char *s)
{
	struct out o = { 0 };

	for (; *s != '\0'; s++)
		put(&o, *s == '\n' ? STR("\r\n") : (struct str){ s, 1 });
	put(&o, STR(""));
	return (struct str){ o.p, o.n };
}

#define MIXED "Content-Type: multipart/mixed; boundary=b\n\n"

static const struct {
	const char *name, *in, *want;
} cases[] = {
	{ "a mail without a type", "Subject: x\n\nhello\nyou\n",
	    "<2:hello|you|>;" },
	{ "no line end at the end", "Subject: x\n\nhello", "<0:hello>;" },
	{ "no body", "Subject: x\n\n", "<0:>;" },
	{ "nothing", "", "<0:>; header-open" },
	{ "a multipart", MIXED "pre\n--b\n\none\n\n--b\nA: b\n\ntwo\nx\n--b--\n"
	    "epi\n", "*pre[<1:one|><1:two|x>]epi|;" },
	{ "a multipart in one", MIXED "--b\n"
	    "Content-Type: multipart/x; boundary=c\n\n--c\n\nx\n--c--\n\n"
	    "--b--\n", "*[*[<0:x>]];" },
	{ "a message", MIXED "--b\nContent-Type: message/rfc822\n\n"
	    "Subject: y\n\nz\n--b--\n", "*[M2[<0:z>]];" },
	{ "a digest", "Content-Type: multipart/digest; boundary=b\n\n--b\n\n"
	    "Subject: y\n\nz\n--b\nContent-Type: text/plain\n\nz\n--b--\n",
	    "*[M2[<0:z>]<0:z>];" },
	{ "a message that is the mail", "Content-Type: message/rfc822\n\n"
	    "Subject: y\n\nz\n", "M3[<1:z|>];" },
	{ "a message of RFC 6532", "Content-Type: message/global\n\n"
	    "Subject: y\n\nz\n", "M3[<1:z|>];" },
	/* where boundaries are */
	{ "what a line has behind its boundary", MIXED "--b \n\nx\n--bc\n\ny\n"
	    "--b--z\n", "*[<0:x><0:y>]; boundary-near" },
	{ "the innermost of equal boundaries", MIXED "--b\n" MIXED
	    "--b\n\nx\n--b--\n--b--\n", "*[*[<0:x>]]; boundary-strange" },
	{ "the longest boundary", "Content-Type: multipart/x; boundary=bb\n\n"
	    "--bb\n" MIXED "--b\n\nx\n--bb\n\ny\n--bb--\n",
	    "*[*[<0:x>]<0:y>]; boundary-strange boundary-open" },
	{ "closing dashes count as length",
	    "Content-Type: multipart/x; boundary=\"b--\"\n\n--b--\n" MIXED
	    "--b\n\nx\n--b--\n\n--b--\n\ny\n--b----\n",
	    "*[*[<0:x>]<0:y>]; boundary-strange" },
	{ "a boundary of 81 octets, of which 80 count", "Content-Type: "
	    "multipart/x; boundary="
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbc\n\n--"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n\nx\n",
	    "*[<1:x|>]; boundary-strange boundary-open" },
	{ "an empty boundary", "Content-Type: multipart/x; boundary=\"\"\n\n"
	    "--x\n\ny\n----\n", "*[<0:y>]; boundary-strange boundary-near" },
	{ "a boundary in a header", MIXED "--b\nA: b\n--b\n\nx\n--b--\n",
	    "*[<0:><0:x>]; header-open" },
	{ "a boundary in a folded line", MIXED "--b\nA: b\n --b\n\nx\n--b--\n",
	    "*[<0:x>];" },
	{ "a boundary behind a header", MIXED
	    "--b\nContent-Type: message/rfc822\n\nA: b\n\n--b--\n",
	    "*[M2[<0:>]];" },
	{ "no closing boundary", MIXED "--b\n\nx\n", "*[<1:x|>]; "
	    "boundary-open" },
	{ "a closing boundary of the outer one", MIXED "--b\n"
	    "Content-Type: multipart/x; boundary=c\n\n--c\n\nx\n--b--\n"
	    "--c--\n", "*[*[<0:x>]]--c--|; boundary-open" },
	{ "a boundary that ends the mail", MIXED "--b\n\nx\n--b",
	    "*[<0:x>]; boundary-open" },
	{ "a multipart without a boundary", "Content-Type: multipart/x\n\n"
	    "--b\n\nx\n", "*--b||x|[]; boundary-none boundary-strange "
	    "boundary-open" },
	{ "a multipart without parts", MIXED "x\n", "*x|[]; boundary-none "
	    "boundary-open" },
	/* fields that say what a mail is */
	{ "the first of two types", "Content-Type: text/plain\n" MIXED
	    "--b\nContent-Type: a/b\n\nx\n--b--\n",
	    "<5:--b|Content-Type: a/b||x|--b--|> "
	    "hidden(Content-Type: a/b||)x; field-repeated" },
	{ "the first of two boundaries", "Content-Type: multipart/x; "
	    "boundary=b; boundary=c\n\n--c\nContent-Type: a/b\n\ny\n"
	    "--b\n\nx\n--b--\n", "*--c|Content-Type: a/b||y[<0:x>] "
	    "hidden(Content-Type: a/b||)y; param-repeated boundary-strange "
	    "hidden-part" },
	{ "fields of MIME without a version",
	    "Content-Transfer-Encoding: base64\n\nx\n",
	    "<1:x|>; version-none" },
	{ "a type that cannot be read", "Content-Type: multipart/x y; "
	    "boundary=b\n\n--b\nContent-Type: a/b\n\nx\n",
	    "<4:--b|Content-Type: a/b||x|> hidden(Content-Type: a/b||)x|; "
	    "type-broken type-strange" },
	/* what others find */
	{ "a part behind the closing boundary", MIXED "--b\n\nx\n--b--\n"
	    "--b\nContent-Type: a/b\nX: y\n\nz\nz\n--b--\n",
	    "*[<0:x>]--b|Content-Type: a/b|X: y||z|z|--b--| "
	    "hidden(Content-Type: a/b|X: y||)z|z; boundary-after "
	    "hidden-part" },
	{ "an encoded part whose end is not sure", "Content-Type: "
	    "multipart/x; boundary=b; boundary=c\n\n--b\n"
	    "Content-Transfer-Encoding: base64\n\nx\n--b\n\ny\n--b--\n",
	    "*[<0:x><0:y>] longer()x|--b||y|--b--|; param-repeated "
	    "boundary-strange" },
	{ "an encoded multipart", "Content-Transfer-Encoding: base64\n" MIXED
	    "--b\n\nx\n--b--\n", "*[<0:x>] encoded()--b||x|--b--|; "
	    "composite-cte" },
	{ "a body that begins early", "Content-Transfer-Encoding: base64\n"
	    "MIME-Version: 1\neHh4\n\nyyyy\n", "<1:yyyy|> "
	    "early()eHh4||yyyy|; no-colon" },
	{ "a body that begins behind blanks",
	    "Content-Transfer-Encoding: base64\nMIME-Version: 1\n \nX: y\n\n"
	    "yyyy\n", "<1:yyyy|> early()X: y||yyyy|; fold-blank" },
	{ "uuencode in text", "A: b\n\nx\nbegin 644 y\n#0V%T\n`\nend\nz\n",
	    "<6:x|begin 644 y|#0V%T|`|end|z|> "
	    "uu()begin 644 y|#0V%T|`|end|z|; embedded" },
	{ "a sentence like uuencode", "A: b\n\nbegin 2 x\n",
	    "<1:begin 2 x|> uu()begin 2 x|;" },
	{ "uuencode with base64", "A: b\n\nbegin-base64 644 y\neHh4\n====\n",
	    "<3:begin-base64 644 y|eHh4|====|> uu64()eHh4|====|; embedded" },
	{ "yEnc and BinHex", "A: b\n\n=ybegin line=1\nx\n"
	    "(This file must be converted with BinHex 4.0)\n",
	    "<3:=ybegin line=1|x|(This file must be converted with BinHex "
	    "4.0)|> yenc()=ybegin line=1|x| binhex()(This file must be "
	    "converted with BinHex 4.0)|; embedded" },
	{ "a mail that quotes another", "A: b\n\nthis came:\n\n"
	    "Content-Type: a/b\n\nx\n",
	    "<5:this came:||Content-Type: a/b||x|> "
	    "hidden(Content-Type: a/b||)x|;" },
	{ "CR and NUL in a body", "A: b\n\nx\ry\n\x01\n",
	    "<2:x\ry|\x01|>; bare-cr" },
	{ "blanks that are no line's end", "A: b\n\nContent-Type a/b\n\n",
	    "<2:Content-Type a/b||>;" },
};

static void
test_cases(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct str in = crlf(cases[i].in);
		struct tap_feed f = { feed, &in };
		char *got = tap_feed_split(&f, in, cases[i].name);

		tap_cstr(cases[i].want, got, "%s", cases[i].name);
		free(got);
		free((char *)in.p);
	}
}

static const struct {
	const char *type, *text;
	unsigned marks;
	unsigned below;		/* of a part in it */
} marked[] = {
	{ "multipart/signed; boundary=b", "x", MIME_MARK_SIGNED,
	    MIME_MARK_SIGNED },
	{ "multipart/encrypted; boundary=b", "x", MIME_MARK_ENCRYPTED,
	    MIME_MARK_ENCRYPTED },
	{ "application/pkcs7-mime", "x", MIME_MARK_ENCRYPTED, 0 },
	{ "application/PGP-encrypted", "x", MIME_MARK_ENCRYPTED, 0 },
	{ "application/pgp-signature", "x", MIME_MARK_SIGNATURE, 0 },
	{ "message/partial; id=x", "x", MIME_MARK_PARTIAL, 0 },
	{ "message/external-body", "x", MIME_MARK_EXTERNAL, 0 },
	{ "application/ms-tnef", "x", MIME_MARK_TNEF, 0 },
	{ "text/plain", "-----BEGIN PGP MESSAGE-----", MIME_MARK_ENCRYPTED,
	    0 },
	{ "text/plain", "-----BEGIN PGP SIGNED MESSAGE-----",
	    MIME_MARK_SIGNED, 0 },
	{ "multipart/mixed; boundary=b", "x", 0, 0 },
};

static void
test_marks(void)
{
	for (size_t i = 0; i < sizeof marked / sizeof *marked; i++) {
		struct mime_parts p;
		struct arena a;
		struct str in;

		arena_init(&a, ARENA_MAX, NULL, NULL);
		in = str_c(arena_printf(&a, "Content-Type: %s\r\n\r\n--b\r\n"
		    "\r\n%s\r\n--b--\r\n", marked[i].type, marked[i].text));
		mime_parts_init(&p, &a, in);
		tap_int(1, mime_parts_step(&p, in.n), "%s is read",
		    marked[i].type);
		tap_int(marked[i].marks, p.mail->marks, "%s with %s is marked",
		    marked[i].type, marked[i].text);
		tap_int(marked[i].below, p.mail->child ?
		    p.mail->child->marks : 0, "and what is in it");
		tap_int(marked[i].marks, p.marks, "and all of it");
		arena_fini(&a);
	}
}

/* head, then unit n times, each with the number it has. */
static struct str
many(const char *head, const char *unit, size_t n)
{
	struct out o = { 0 };
	char text[400];

	put(&o, str_c(head));
	for (size_t i = 0; i < n; i++)
		put(&o, (struct str){ text, (size_t)snprintf(text,
		    sizeof text, unit, (unsigned)i) });
	return (struct str){ o.p, o.n };
}

#define DEEPER "Content-Type: multipart/x; boundary=b%u\r\n\r\n--b%1$u\r\n"
#define UNSURE "Content-Type: multipart/x; boundary=b; boundary=c\r\n\r\n"
#define ENCODED "--b\r\nContent-Transfer-Encoding: base64\r\n\r\nx\r\n"
#define FORWARD "Content-Type: message/rfc822\r\n\r\n"

static void
test_limits(void)
{
	static const struct {
		const char *name, *head, *unit;
		size_t n;
		const char *why;	/* NULL: it is read */
	} t[] = {
		{ "as deep as may be", "", DEEPER, MIME_DEPTH_MAX, NULL },
		{ "deeper", "", DEEPER, MIME_DEPTH_MAX + 1,
		    "parts are nested too deep" },
		{ "as many messages in messages", "", FORWARD,
		    MIME_DEPTH_MAX, NULL },
		{ "more messages in messages", "", FORWARD,
		    MIME_DEPTH_MAX + 1, "parts are nested too deep" },
		{ "as many parts as may be", MIXED, "--b\r\n\r\nx\r\n",
		    MIME_PARTS_MAX - 1, NULL },
		{ "a part too many", MIXED, "--b\r\n\r\nx\r\n",
		    MIME_PARTS_MAX, "too many parts" },
		{ "as many hidden parts", "A: b\n\n",
		    "Content-Type: a/b\r\n\r\n", MIME_OTHERS_MAX, NULL },
		{ "a hidden part too many", "A: b\n\n",
		    "Content-Type: a/b\r\n\r\n", MIME_OTHERS_MAX + 1,
		    "too many parts that only some readers find" },
		{ "parts whose ends are not sure", UNSURE, ENCODED, 20,
		    NULL },
		{ "too many such parts", UNSURE, ENCODED, 60,
		    "many parts, and boundaries that readers differ about" },
		{ "too many parameters", "Content-Type: a/b", ";c=d",
		    MIME_PARAMS_MAX + 1, "too many parameters" },
		{ "too many fields", "", "a:\r\n", MIME_FIELDS_MAX + 1,
		    "too many fields" },
		{ "a header too long", "", "a: 0123456789012345678901234567890"
		    "1234567890123456789012345678901234567890123456789\r\n",
		    MIME_HEADER_MAX / 84 + 100, "a header is too long" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct str in = many(t[i].head, t[i].unit, t[i].n);
		struct mime_parts p;
		struct arena a;
		int r;

		arena_init(&a, ARENA_MAX, NULL, NULL);
		mime_parts_init(&p, &a, in);
		r = mime_parts_step(&p, in.n);
		tap_int(t[i].why ? ERR_LIMIT : 1, r, "%s", t[i].name);
		tap_cstr(t[i].why ? t[i].why : "", p.why ? p.why : "",
		    "%s: says why", t[i].name);
		tap_int(r, mime_parts_step(&p, in.n), "%s: and stays",
		    t[i].name);
		arena_fini(&a);
		free((char *)in.p);
	}
}

int
main(void)
{
	test_cases();
	test_marks();
	test_limits();
	return tap_done();
}
