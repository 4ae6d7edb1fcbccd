/*
 * mail-filter: every construct that readers read differently is mended to
 * what they all read alike, or rejected, as it is told.
 */

#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "filter.h"
#include "tap.h"

enum { MAIL_MAX = 1 << 20 };

static const struct conf_mail_filter correct = { CONF_MEND_CORRECT,
	CONF_MEND_CORRECT, CONF_MEND_CORRECT, CONF_MEND_CORRECT,
	CONF_MEND_CORRECT, CONF_MEND_CORRECT, CONF_MEND_CORRECT };
static const struct conf_mail_filter pass = { CONF_MEND_PASS,
	CONF_MEND_PASS, CONF_MEND_PASS, CONF_MEND_PASS, CONF_MEND_PASS,
	CONF_MEND_PASS, CONF_MEND_PASS };
static const struct conf_mail_filter rejecting = { CONF_MEND_REJECT,
	CONF_MEND_REJECT, CONF_MEND_REJECT, CONF_MEND_REJECT,
	CONF_MEND_REJECT, CONF_MEND_REJECT, CONF_MEND_REJECT };

#define HEAD "From: a@b\nSubject: x\nMIME-Version: 1.0\n"
#define MIXED HEAD "Content-Type: multipart/mixed; boundary=b\n\n"
#define TWO "--b\n\none\n--b\nContent-Type: text/html\n\n<p>\n"

/* Names are of the catalogue of constructs. */
static const struct {
	const char *name, *mail;
	const char *want;	/* the tree's types, NULL: any */
	const char *has;	/* what stays, in the mail; NULL: nothing */
} cases[] = {
	{ "G1 two Content-Types, text first",
	    HEAD "Content-Type: text/plain\n"
	    "Content-Type: multipart/mixed; boundary=b\n\n" TWO "--b--\n",
	    "text/plain", "Content-Type: text/plain" },
	{ "G1 two Content-Types, multipart first",
	    HEAD "Content-Type: multipart/mixed; boundary=b\n"
	    "Content-Type: text/plain\n\n" TWO "--b--\n",
	    "multipart/mixed(text/plain,text/html)", "<p>" },
	{ "G2 two Content-Transfer-Encodings",
	    HEAD "Content-Transfer-Encoding: base64\n"
	    "Content-Transfer-Encoding: 7bit\n\nYWJj\n", "text/plain",
	    "\r\n\r\nYWJj\r\n" },
	{ "G2 a list of encodings",
	    HEAD "Content-Transfer-Encoding: base64, quoted-printable\n\n"
	    "YWJj\n", "text/plain", NULL },
	{ "G2 an empty encoding, and another",
	    HEAD "Content-Transfer-Encoding:\n"
	    "Content-Transfer-Encoding: base64\n\nYWJj\n", "text/plain",
	    NULL },
	{ "G2 an encoding nobody knows",
	    HEAD "Content-Type: text/plain\n"
	    "Content-Transfer-Encoding: x-rot13\n\nabc\n",
	    "application/octet-stream", "YWJjDQo=" },
	{ "G2 an encoding, but no MIME-Version",
	    "Subject: x\nContent-Transfer-Encoding: base64\n\nYWJj\n",
	    "text/plain", "\r\n\r\nYWJj\r\n" },
	{ "G3 a boundary twice",
	    HEAD "Content-Type: multipart/mixed; boundary=b; boundary=c\n\n"
	    TWO "--c\n\nthree\n--b--\n",
	    "multipart/mixed(text/plain,text/html)", "<p>\r\n--c" },
	{ "G3 a boundary in both forms",
	    HEAD "Content-Type: multipart/mixed; boundary=b;\n"
	    " boundary*0=c\n\n" TWO "--b--\n",
	    "multipart/mixed(text/plain,text/html)", "one" },
	{ "G3 pieces of a boundary out of order",
	    HEAD "Content-Type: multipart/mixed; boundary*1=b;\n"
	    " boundary*0=a\n\n--ab\n\none\n--ab--\n",
	    "multipart/mixed(text/plain)", "one" },
	{ "G3 pieces of a boundary are missing",
	    HEAD "Content-Type: multipart/mixed; boundary*0=b;\n"
	    " boundary*2=c\n\n" TWO "--b--\n",
	    NULL, NULL },
	{ "G4 a quote without end",
	    HEAD "Content-Type: multipart/mixed; boundary=\"b\n\n" TWO
	    "--b--\n", NULL, NULL },
	{ "G4 an escaped quote",
	    HEAD "Content-Type: multipart/mixed; boundary=\"b\\\"\"\n\n"
	    "--b\"\n\none\n--b\"--\n", "multipart/mixed(text/plain)", "one" },
	{ "G4 a semicolon in quotes",
	    HEAD "Content-Type: multipart/mixed; boundary=\"b;c\"\n\n"
	    "--b;c\n\none\n--b;c--\n", "multipart/mixed(text/plain)",
	    "one" },
	{ "G4 a comment",
	    HEAD "Content-Type: multipart/mixed (; boundary=c) ;\n"
	    " boundary=(x)b\n\n" TWO "--b--\n",
	    "multipart/mixed(text/plain,text/html)", "one" },
	{ "G4 blanks around =",
	    HEAD "Content-Type: multipart/mixed; boundary = b\n\n" TWO
	    "--b--\n", NULL, "one" },
	{ "G4 an encoded word",
	    HEAD "Content-Type: multipart/mixed; boundary=\"=?utf-8?q?b?=\"\n"
	    "\n--=?utf-8?q?b?=\n\none\n--=?utf-8?q?b?=--\n",
	    "multipart/mixed(text/plain)", "one" },
	{ "G5 a boundary that begins another",
	    MIXED "--b\nContent-Type: multipart/mixed; boundary=bb\n\n"
	    "--bb\n\none\n--bb--\n--b--\n",
	    "multipart/mixed(multipart/mixed(text/plain))", "one" },
	{ "G5 blanks at a boundary's end",
	    HEAD "Content-Type: multipart/mixed; boundary=\"b \"\n\n"
	    "--b \n\none\n--b --\n", "multipart/mixed(text/plain)", "one" },
	{ "G5 a boundary that ends with dashes",
	    HEAD "Content-Type: multipart/mixed; boundary=\"b--\"\n\n"
	    "--b--\n\none\n--b----\n", "multipart/mixed(text/plain)", "one" },
	{ "G5 an empty boundary",
	    HEAD "Content-Type: multipart/mixed; boundary=\"\"\n\n"
	    "--\n\none\n----\n", NULL, NULL },
	{ "G5 a boundary of a blank",
	    HEAD "Content-Type: multipart/mixed; boundary=\" \"\n\n"
	    "-- \n\none\n-- --\n", NULL, NULL },
	{ "G5 what goes on behind a boundary",
	    MIXED "--b\n\none\n--bx\n\ntwo\n--b--\n", NULL, "one" },
	{ "G6 a folded boundary",
	    HEAD "Content-Type: multipart/mixed;\n \n\tboundary=b\n\n" TWO
	    "--b--\n", NULL, NULL },
	{ "G6 a field hidden by CR",
	    HEAD "X: y\rContent-Type: multipart/mixed; boundary=b\n\n" TWO
	    "--b--\n", "text/plain", "X: y Content-Type:" },
	{ "G6 a line of junk in a header",
	    HEAD "junk\nContent-Type: multipart/mixed; boundary=b\n\n" TWO
	    "--b--\n", "multipart/mixed(text/plain,text/html)", "one" },
	{ "G6 a blank before a colon",
	    HEAD "Content-Type : multipart/mixed; boundary=b\n\n" TWO
	    "--b--\n", "multipart/mixed(text/plain,text/html)", "one" },
	{ "G6 a fold before all fields",
	    " x: y\n" HEAD "Content-Type: text/html\n\n<p>\n", "text/html",
	    "<p>" },
	{ "G7 no closing boundary", MIXED TWO,
	    "multipart/mixed(text/plain,text/html)", "one" },
	{ "G7 parts behind the closing boundary",
	    MIXED TWO "--b--\n--b\n\nthree\n--b--\n",
	    "multipart/mixed(text/plain,text/html)", "one" },
	{ "G7 a part in the preamble",
	    MIXED "Content-Type: text/html\n\n<script>\n" TWO "--b--\n",
	    "multipart/mixed(text/plain,text/html)", "one" },
	{ "G7 no boundary at all", HEAD "Content-Type: multipart/mixed\n\n"
	    TWO "--b--\n", "text/plain", NULL },
	{ "G8 junk in base64",
	    HEAD "Content-Transfer-Encoding: base64\n\nYW!Jj\n",
	    "text/plain", "YWJj" },
	{ "G8 data behind padding",
	    HEAD "Content-Transfer-Encoding: base64\n\nYQ==\nYmM=\n",
	    "text/plain", NULL },
	{ "G8 padding is missing",
	    HEAD "Content-Transfer-Encoding: base64\n\nYQ\n", "text/plain",
	    "YQ==" },
	{ "G8 the other alphabet",
	    HEAD "Content-Transfer-Encoding: base64\n\n-_-_\n",
	    "text/plain", NULL },
	{ "G8 empty lines",
	    HEAD "Content-Transfer-Encoding: base64\n\nYWJj\n\nYWJj\n",
	    "text/plain", "YWJjYWJj" },
	{ "G8 a header in base64",
	    HEAD "Content-Transfer-Encoding: base64\n\nX: y\n\nYWJj\n",
	    "text/plain", NULL },
	{ "G9 lower case", HEAD
	    "Content-Transfer-Encoding: quoted-printable\n\n=c3=a9\n",
	    "text/plain", "w6kNCg==" },
	{ "G9 = and no digits", HEAD
	    "Content-Transfer-Encoding: quoted-printable\n\n=X =H= =\n",
	    "text/plain", NULL },
	{ "G9 blanks behind a soft break", HEAD
	    "Content-Transfer-Encoding: quoted-printable\n\na= \t\nb \n",
	    "text/plain", NULL },
	{ "G9 it ends behind =", HEAD
	    "Content-Transfer-Encoding: quoted-printable\n\na=",
	    "text/plain", NULL },
	{ "G10 uuencode as an encoding", HEAD
	    "Content-Transfer-Encoding: x-uuencode\n\n"
	    "begin 644 a\n#86)C\n`\nend\n", "text/plain", NULL },
	{ "G10 uuencode in a text", HEAD "\n"
	    "begin 644 a\n#86)C\n`\nend\n", "text/plain", NULL },
	{ "G11 a message in base64",
	    MIXED "--b\nContent-Type: message/rfc822\n"
	    "Content-Transfer-Encoding: base64\n\n"
	    "U3ViamVjdDogeA0KDQp4\n--b--\n",
	    "multipart/mixed(text/plain)", "X-Orig-Content-Type: message" },
	{ "G11 a multipart in quoted-printable",
	    HEAD "Content-Type: multipart/mixed; boundary=b\n"
	    "Content-Transfer-Encoding: quoted-printable\n\n" TWO "--b--\n",
	    "text/plain", NULL },
	{ "G12 odd case", HEAD "Content-Type: MultiPart/Mixed; BOUNDARY=b\n\n"
	    TWO "--b--\n", "multipart/mixed(text/plain,text/html)", "one" },
	{ "G12 multi part",
	    HEAD "Content-Type: multi part/mixed; boundary=b\n\n" TWO
	    "--b--\n", NULL, NULL },
	{ "G12 no slash", HEAD "Content-Type: multipart; boundary=b\n\n" TWO
	    "--b--\n", NULL, NULL },
	{ "G12 x-multipart",
	    HEAD "Content-Type: x-multipart/mixed; boundary=b\n\n" TWO
	    "--b--\n", NULL, NULL },
	{ "G12 an empty subtype",
	    HEAD "Content-Type: multipart/; boundary=b\n\n" TWO "--b--\n",
	    NULL, NULL },
	{ "G13 a header that ends with a line of blanks",
	    HEAD " \nContent-Type: text/html\n\n<p>\n", NULL, NULL },
	{ "G13 a header that ends with CR",
	    HEAD "\r\rContent-Type: text/html\n\n<p>\n", NULL, NULL },
	{ "G13 a line of a colon", HEAD ":\nContent-Type: text/html\n\n<p>\n",
	    "text/html", "<p>" },
	{ "G13 no end of a header", HEAD "Content-Type: text/html",
	    "text/html", NULL },
	{ "G14 two names", HEAD "Content-Type: application/x; name=a.txt\n"
	    "Content-Disposition: attachment; filename=b.exe\n\nx\n",
	    "application/x", "name=a.txt" },
	{ "G14 names in both forms", HEAD "Content-Type: application/x\n"
	    "Content-Disposition: attachment; filename=a.txt;\n"
	    " filename*=utf-8''b.exe\n\nx\n", "application/x",
	    "filename=a.txt" },
	{ "G14 pieces of a name doubled", HEAD
	    "Content-Type: application/x\n"
	    "Content-Disposition: attachment; filename*0=a; filename*1=.txt;"
	    "\n filename*1=.exe\n\nx\n", "application/x", NULL },
	{ "G14 an encoded word in quotes", HEAD
	    "Content-Type: application/x; name=\"=?utf-8?q?=C4=8D.exe?=\"\n\n"
	    "x\n", "application/x", "name*=utf-8''%C4%8D.exe" },
	{ "G14 text that turns", HEAD "Content-Disposition: attachment;\n"
	    " filename*=utf-8''a%E2%80%AEtxt.exe\n"
	    "Content-Disposition: inline\n\nx\n", "text/plain", NULL },
	{ "G14 NUL in a name", HEAD "Content-Disposition: attachment;\n"
	    " filename*=utf-8''a%00.exe\n\nx\n", "text/plain",
	    "filename=a.exe" },
	{ "G15 a piece of a mail",
	    HEAD "Content-Type: message/partial; id=x; number=1\n\nx\n",
	    "application/octet-stream", NULL },
	{ "G15 a mail elsewhere",
	    HEAD "Content-Type: message/external-body; access-type=URL\n\n"
	    "Content-Type: text/html\n\n", "application/octet-stream", NULL },
	{ "G16 CR alone", HEAD "\na\rb\n", "text/plain", "YQ1i" },
	{ "G16 a long line of a header", HEAD "X: %L\n\nx\n", "text/plain",
	    "0123456789 0123456789" },
	{ "G16 eight bits in a header", "From: J\xc3\xb6rg <a@b>\n"
	    "Subject: \xe9t\xe9\nX-Y: a \xc3\xa9\n\nx\n", "text/plain",
	    "From: =?utf-8?q?J=C3=B6rg?= <a@b>" },
	{ "G16 eight bits in a body", HEAD "\n\xc3\xa9\n", "text/plain",
	    "\r\n\r\n\xc3\xa9" },
	{ "G16 a field without a value", HEAD "X:\n\nx\n", "text/plain",
	    "X:" },
	{ "G17 one type, and octets of another",
	    HEAD "Content-Type: text/html\n\nMZ\n", "text/html", "MZ" },
	{ "G18 a disposition that is an encoded word", HEAD
	    "Content-Disposition: =?utf-8?q?attachment;_filename=3Da.exe?=\n"
	    "\nx\n", "text/plain", NULL },
	{ "I3 a Subject that hides a line end",
	    "Subject: =?utf-8?q?a=0d=0aBcc:_x?=\n\nx\n", "text/plain",
	    "Subject: a Bcc: x" },
};

/* ---- a mail, taken apart and mended ---- */

struct state {
	struct arena a;
	struct mime_charsets c;
	struct mime_parts parts;
	struct filter f;
	struct str mail;
	unsigned rounds;
};

static struct str
octets_of(const char *in)
{
	char *out = malloc(MAIL_MAX), *p = out;

	for (; *in != '\0'; in++) {
		if (in[0] == '%' && in[1] == 'L') {
			for (int i = 0; i < 200; i++)
				p += snprintf(p, 12, "0123456789 ");
			in++;
			continue;
		}
		if (*in == '\n')
			*p++ = '\r';
		*p++ = *in;
	}
	return (struct str){ out, (size_t)(p - out) };
}

struct written {
	char *p;
	size_t n;
};

static int
write_to(void *ctx, struct str s)
{
	struct written *w = ctx;

	if (s.n > MAIL_MAX - w->n)
		abort();
	memcpy(w->p + w->n, s.p, s.n);
	w->n += s.n;
	return 0;
}

static void
take_apart(struct state *s)
{
	mime_parts_init(&s->parts, &s->a, s->mail);
	if (mime_parts_step(&s->parts, s->mail.n) != 1)
		abort();
}

static void
mend(struct state *s, struct mime_edits *e)
{
	struct written w = { malloc(MAIL_MAX), 0 };
	struct mime_sink sink = { write_to, &w };

	if (mime_edits_plan(e) < 0 || mime_edits_write(e, &sink) < 0 ||
	    w.n != e->size)
		abort();
	free((char *)s->mail.p);
	s->mail = (struct str){ w.p, w.n };
}

static enum conf_mend
run(struct state *s, struct str mail, const struct conf_mail_filter *rules)
{
	enum conf_mend r;

	*s = (struct state){ .mail = mail };
	arena_init(&s->a, 64 << 20, NULL, NULL);
	mime_charsets_init(&s->c);
	s->f.rules = rules;
	for (s->rounds = 1;; s->rounds++) {
		struct mime_edits e;

		take_apart(s);
		mime_edits_init(&e, &s->a, s->mail, s->parts.mail, &s->c);
		r = filter_mail(&s->f, s->parts.mail, &e, s->rounds);
		if (r != CONF_MEND_CORRECT)
			return r;
		mend(s, &e);
	}
}

static void
end(struct state *s)
{
	mime_charsets_fini(&s->c);
	arena_fini(&s->a);
	free((char *)s->mail.p);
}

/* "multipart/mixed(text/plain,text/html)" */
static void
print_tree(const struct mime_part *p, char *out, size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	if (p->type.type.n == 0)
		n = (size_t)snprintf(out, size, "text/plain");
	else
		for (size_t i = 0; i < p->type.type.n + 1 +
		    p->type.subtype.n && n + 1 < size; i++)
			out[n++] = (char)(p->type.type.p[i] | 0x20);
	/* size: the slash is 0x2f already */
	out[n] = '\0';
	for (const struct mime_part *c = p->child; c != NULL; c = c->next) {
		n += (size_t)snprintf(out + n, size - n, "%s", c == p->child ?
		    "(" : ",");
		print_tree(c, out + n, size - n);
		n += strlen(out + n);
	}
	if (p->child != NULL)
		snprintf(out + n, size - n, ")");
}

static void
print_found(const struct state *s)
{
	for (unsigned i = 0; i < s->f.n; i++)
		tap_diag("part %u: %s (%s)", s->f.found[i].part,
		    s->f.found[i].flag,
		    filter_rule_name(s->f.found[i].rule));
	tap_diag("%s\n%.*s", s->f.why, STR_ARG(s->mail));
}

static void
test_correct(size_t i)
{
	char tree[1000];
	struct state s;
	bool ok = run(&s, octets_of(cases[i].mail), &correct) ==
	    CONF_MEND_PASS && s.f.n == 0 && !s.f.malformed;

	if (!tap_ok(ok, "%s: all readers agree, after %u rounds",
	    cases[i].name, s.rounds))
		print_found(&s);
	print_tree(s.parts.mail, tree, sizeof tree);
	if (cases[i].want != NULL &&
	    !tap_cstr(cases[i].want, tree, "%s: what it is", cases[i].name))
		print_found(&s);
	if (cases[i].has != NULL && !tap_ok(memmem(s.mail.p, s.mail.n,
	    cases[i].has, strlen(cases[i].has)) != NULL,
	    "%s: what was meant stays", cases[i].name))
		print_found(&s);
	end(&s);
}

/* Nothing of it is passed unseen, and rejected where that is asked for. */
static void
test_seen(size_t i)
{
	struct state s;
	struct str in = octets_of(cases[i].mail), copy;
	bool harmless = str_starts(str_c(cases[i].name), STR("G17")) ||
	    strstr(cases[i].name, "odd case") != NULL ||
	    strstr(cases[i].name, "without a value") != NULL ||
	    strstr(cases[i].name, "two names") != NULL ||
	    strstr(cases[i].name, "blanks around") != NULL;

	copy = octets_of(cases[i].mail);
	tap_ok(run(&s, in, &pass) == CONF_MEND_PASS &&
	    s.f.malformed == !harmless && str_eq(copy, s.mail),
	    "%s: passed, it is seen and stays", cases[i].name);
	end(&s);
	tap_ok((run(&s, copy, &rejecting) == CONF_MEND_REJECT) == !harmless &&
	    (s.f.why[0] != '\0') == !harmless,
	    "%s: rejected: %s", cases[i].name, s.f.why);
	end(&s);
}

/* ---- signatures ---- */

#define SIGNED HEAD "Content-Type: multipart/signed; boundary=b\n\n" \
    "--b\nContent-Type: text/plain\n" \
    "Content-Transfer-Encoding: quoted-printable\n\n=X\n" \
    "--b\nContent-Type: application/pkcs7-signature\n\nx\n--b--\n"

static void
test_signed(void)
{
	struct state s;

	tap_int(CONF_MEND_PASS, run(&s, octets_of(SIGNED), &correct),
	    "what is signed is not changed");
	tap_ok(s.f.is_signed && s.f.malformed, "but ACLs are told");
	tap_ok(s.f.n == 1 && s.f.found[0].is_signed &&
	    s.f.found[0].part == 1, "and the log");
	end(&s);
	tap_int(CONF_MEND_REJECT, run(&s, octets_of(SIGNED), &rejecting),
	    "it is rejected like anything else");
	tap_cstr("part 1: qp-broken (ambiguous-structure)", s.f.why,
	    "with the part that it is");
	end(&s);
	tap_int(CONF_MEND_PASS, run(&s, octets_of("junk\n" SIGNED),
	    &correct), "what is around a signature is mended");
	tap_ok(memmem(s.mail.p, s.mail.n, "\r\n\r\n=X\r\n", 8) != NULL &&
	    memmem(s.mail.p, s.mail.n, "junk", 4) == NULL,
	    "and what it covers stays");
	end(&s);
}

static void
test_clean(void)
{
	static const char *const mails[] = { MIXED TWO "--b--\n",
	    HEAD "\nx\n", "\nx\n",
	    HEAD "Content-Type: text/plain; charset=\"utf-8\"\n"
	    "Content-Transfer-Encoding: 8bit\n\n\xc3\xa9\n",
	    HEAD "Content-Type: application/x; name*=utf-8''%C3%A9\n"
	    "Content-Disposition: attachment; filename*=utf-8''%C3%A9\n"
	    "Content-Transfer-Encoding: base64\n\nYWJj\n" };

	for (size_t i = 0; i < sizeof mails / sizeof *mails; i++) {
		struct str copy = octets_of(mails[i]);
		struct state s;
		enum conf_mend r = run(&s, octets_of(mails[i]), &rejecting);

		if (!tap_ok(r == CONF_MEND_PASS && !s.f.malformed &&
		    str_eq(copy, s.mail), "a good mail is left alone: %zu",
		    i))
			print_found(&s);
		end(&s);
		free((char *)copy.p);
	}
}

/* Many parts, or fields, cost what they are many of, not the square. */
static void
test_many(void)
{
	enum { FIELDS = 20000, PARTS = 4500 };
	char *p = malloc(MAIL_MAX), *at = p;
	struct state s;
	int64_t from = clock_ms();

	for (int i = 0; i < FIELDS; i++)
		at += snprintf(at, 16, "X%d : y\r\n", i);
	tap_int(CONF_MEND_PASS, run(&s, (struct str){ p, (size_t)(at - p) },
	    &correct), "many fields are mended");
	end(&s);
	p = at = malloc(MAIL_MAX);
	at += snprintf(at, 100, "MIME-Version: 1.0\r\n"
	    "Content-Type: multipart/mixed; boundary=b\r\n\r\n");
	for (int i = 0; i < PARTS; i++)
		at += snprintf(at, 100, "--b\r\nContent-Type: multipart/mixed;"
		    " boundary=b%d\r\n\r\n--b%d\r\n\r\n", i % 10, i % 10);
	tap_int(CONF_MEND_PASS, run(&s, (struct str){ p, (size_t)(at - p) },
	    &correct), "many multiparts are mended");
	end(&s);
	tap_ok(clock_ms() - from < 20000, "soon: %lld ms",
	    (long long)(clock_ms() - from));
}

static void
test_table(void)
{
	for (unsigned b = 0; b < MIME_FLAG_COUNT; b++)
		if (filter_rule_of(b) == FILTER_NONE)
			tap_ok(strstr(mime_flag_name(b), "charset") != NULL ||
			    strstr(mime_flag_name(b), "word") != NULL,
			    "no rule is about %s, which is of texts",
			    mime_flag_name(b));
}

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		test_correct(i);
		test_seen(i);
	}
	test_signed();
	test_clean();
	test_many();
	test_table();
	return tap_done();
}
