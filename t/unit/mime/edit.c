/* Edits of mails: what exactly comes out. */

#include <stdlib.h>

#include "edit.h"
#include "tap.h"

enum { OUT_MAX = 1 << 16 };

#define TEXT(s) ((struct mime_text){ str_c(s), STR("utf-8") })

/* A mail being edited; octets with LF where the mail has CRLF. */
struct mail {
	struct arena a;
	struct mime_charsets c;
	struct mime_parts parts;
	struct mime_edits e;
};

static struct str
crlf(struct arena *a, const char *in)
{
	char *out = arena_alloc(a, 2 * strlen(in) + 1), *end = out;

	for (; *in != '\0'; in++) {
		if (*in == '\n')
			*end++ = '\r';
		*end++ = *in;
	}
	return (struct str){ out, (size_t)(end - out) };
}

static void
open_mail(struct mail *m, const char *octets)
{
	struct str in;

	arena_init(&m->a, 8 << 20, NULL, NULL);
	mime_charsets_init(&m->c);
	in = crlf(&m->a, octets);
	mime_parts_init(&m->parts, &m->a, in);
	if (mime_parts_step(&m->parts, in.n) != 1)
		abort();
	mime_edits_init(&m->e, &m->a, in, m->parts.mail, &m->c);
}

static const struct mime_part *
part(const struct mail *m, uint32_t id)
{
	const struct mime_part *p = m->parts.mail;

	while (p->id != id)
		p = p->later;
	return p;
}

struct written {
	char p[OUT_MAX];
	size_t n;
};

static int
write_to(void *ctx, struct str s)
{
	struct written *w = ctx;

	memcpy(w->p + w->n, s.p, s.n);
	w->n += s.n;
	return 0;
}

static struct str
make(struct mail *m)
{
	static struct written w;
	struct mime_sink sink = { write_to, &w };

	w.n = 0;
	tap_int(0, mime_edits_plan(&m->e), "planned");
	tap_int(0, mime_edits_write(&m->e, &sink), "written");
	tap_int((int64_t)w.n, (int64_t)m->e.size, "as long as it said");
	return (struct str){ w.p, w.n };
}

static void
close_mail(struct mail *m)
{
	mime_charsets_fini(&m->c);
	arena_fini(&m->a);
}

static void
check_open(struct mail *m, const char *want, const char *name)
{
	struct str seen = make(m);

	tap_str(crlf(&m->a, want), seen, "%s", name);
}

/* The end of a test. */
static void
check(struct mail *m, const char *want, const char *name)
{
	check_open(m, want, name);
	close_mail(m);
}

/* ---- the mail's header ---- */

static const struct {
	const char *name, *in;
	enum mime_header_op op;
	const char *field, *value, *want;
} ops[] = {
	{ "a field is added", "A: 1\n\nb", MIME_HEADER_ADD, "X-B", "2",
	    "X-B: 2\nA: 1\n\nb" },
	{ "one more of a name", "X-B: 1\n\nb", MIME_HEADER_ADD, "X-B", "2",
	    "X-B: 2\nX-B: 1\n\nb" },
	{ "one that may occur once takes the old one's place",
	    "SUBJECT : 1\n folded\nA: 1\n\nb", MIME_HEADER_ADD, "Subject",
	    "2", "Subject: 2\nA: 1\n\nb" },
	{ "all of a name are deleted", "X: 1\nA: 1\nx : 2\n\nb",
	    MIME_HEADER_DELETE, "X", "", "A: 1\n\nb" },
	{ "a name that only begins so stays", "X-Y: 1\nX: 1\n\nb",
	    MIME_HEADER_DELETE, "X", "", "X-Y: 1\n\nb" },
	{ "all of a name are replaced", "X: 1\nA: 1\nX: 2\n\nb",
	    MIME_HEADER_REPLACE, "X", "3", "X: 3\nA: 1\n\nb" },
	{ "a value stays one field", "A: 1\n\nb", MIME_HEADER_REPLACE, "X",
	    "1\r\nBcc: x\r\n\r\nb", "X: 1 Bcc: x b\nA: 1\n\nb" },
	{ "a mail without fields gets one", "\nb", MIME_HEADER_ADD, "X", "1",
	    "X: 1\n\nb" },
	{ "a mail of nothing gets one", "", MIME_HEADER_ADD, "X", "1",
	    "X: 1\n\n" },
	{ "mbox's line stays first", "From x\nA: 1\n\nb", MIME_HEADER_ADD,
	    "X", "1", "From x\nX: 1\nA: 1\n\nb" },
	{ "a fold before all fields is not folded into ours",
	    " y\nA: 1\n\nb", MIME_HEADER_ADD, "X", "1",
	    " y\nX: 1\nA: 1\n\nb" },
	{ "a field hidden by CR goes", "A: 1\rX-B: 2\nC: 3\n\nb",
	    MIME_HEADER_DELETE, "X-B", "", "C: 3\n\nb" },
	{ "what is in a body stays", "A: 1\n\nX: 1\n", MIME_HEADER_DELETE,
	    "X", "", "A: 1\n\nX: 1\n" },
};

static void
test_ops(void)
{
	for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
		struct mail m;

		open_mail(&m, ops[i].in);
		mime_edit_header(&m.e, ops[i].op, str_c(ops[i].field),
		    str_c(ops[i].value));
		check(&m, ops[i].want, ops[i].name);
	}
}

static const struct {
	const char *name, *in, *prefix, *want;
	enum mime_edit_outcome outcome;
} subjects[] = {
	{ "a prefix", "Subject: a\n\n", "[S]", "Subject: [S] a\n\n" },
	{ "no blank behind the colon", "Subject:a\n\n", "[S]",
	    "Subject: [S] a\n\n" },
	{ "no Subject", "A: 1\n\n", "[S]", "Subject: [S]\nA: 1\n\n" },
	{ "an empty one", "Subject:\n\n", "[S]", "Subject: [S]\n\n" },
	{ "not twice", "Subject: [S] a\n\n", "[S]", "Subject: [S] a\n\n",
	    MIME_EDIT_NOTHING },
	{ "not twice, in a word", "Subject: =?utf-8?q?[S=5D?= a\n\n", "[S]",
	    "Subject: =?utf-8?q?[S=5D?= a\n\n", MIME_EDIT_NOTHING },
	{ "words stay", "Subject: =?koi8-r?b?zw==?=\n =?koi8-r?q?x?=\n\n",
	    "[S]",
	    "Subject: [S] =?koi8-r?b?zw==?=\n =?koi8-r?q?x?=\n\n" },
	{ "a word before a word", "Subject: =?koi8-r?b?zw==?=\n\n",
	    "\xc3\xa9",
	    "Subject: =?utf-8?q?=C3=A9_?= =?koi8-r?b?zw==?=\n\n" },
	{ "a word before text", "Subject: a\n\n", "\xc3\xa9",
	    "Subject: =?utf-8?q?=C3=A9?= a\n\n" },
	{ "a hidden line end stays hidden",
	    "Subject: =?utf-8?q?=0d=0aBcc:x?=\n\n", "[S]",
	    "Subject: [S] =?utf-8?q?=0d=0aBcc:x?=\n\n" },
	{ "all of several", "Subject: a\nsubject : b\n\n", "[S]",
	    "Subject: [S] a\nsubject : [S] b\n\n" },
	{ "a fold at once", "Subject:\n a\n\n", "[S]",
	    "Subject: [S]\n a\n\n" },
	{ "octets that are no text", "Subject: \xe9\n\n", "[S]",
	    "Subject: [S] \xe9\n\n" },
	{ "a line that would be too long is folded",
	    "Subject: 0123456789 0123456789 0123456789 0123456789 "
	    "0123456789 01234567890\n\n", "[S]",
	    "Subject: [S]\n 0123456789 0123456789 0123456789 0123456789 "
	    "0123456789 01234567890\n\n" },
};

static void
test_subjects(void)
{
	for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
		const struct mime_edit *x;
		struct mail m;

		open_mail(&m, subjects[i].in);
		x = mime_edit_subject(&m.e, str_c(subjects[i].prefix));
		(void)make(&m);
		tap_cstr(mime_edit_outcome_name(subjects[i].outcome),
		    mime_edit_outcome_name(x->outcome), "Subject: %s: outcome",
		    subjects[i].name);
		close_mail(&m);
		open_mail(&m, subjects[i].in);
		mime_edit_subject(&m.e, str_c(subjects[i].prefix));
		check(&m, subjects[i].want, subjects[i].name);
		/* once more changes nothing */
		open_mail(&m, subjects[i].want);
		mime_edit_subject(&m.e, str_c(subjects[i].prefix));
		check(&m, subjects[i].want, "and that stays so");
	}
}

/* ---- parts ---- */

static const char mixed[] =
    "Subject: x\n"
    "MIME-Version: 1.0\n"
    "Content-Type: multipart/mixed; boundary=b\n"
    "\n"
    "--b\n"
    "\n"
    "one\n"
    "--b\n"
    "Content-Type: image/png; name=\"a.png\"\n"
    "Content-Disposition: attachment;\n"
    "\tfilename=\"a.png\"\n"
    "Content-ID: <1>\n"
    "Content-Transfer-Encoding: base64\n"
    "\n"
    "AAAA\n"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
    "--b\n"
    "Content-Type: message/rfc822\n"
    "\n"
    "Subject: inner\n"
    "Content-Type: text/html\n"
    "\n"
    "<p>\n"
    "--b--\n";

#define MIXED_HEAD \
    "Subject: x\n" \
    "MIME-Version: 1.0\n" \
    "Content-Type: multipart/mixed; boundary=b\n" \
    "\n"
#define MIXED_ONE "--b\n\none\n"
#define MIXED_THREE \
    "--b\nContent-Type: message/rfc822\n\n" \
    "Subject: inner\nContent-Type: text/html\n\n<p>\n"
#define PLAIN \
    "Content-Type: text/plain; charset=us-ascii\n" \
    "Content-Transfer-Encoding: 7bit\n" \
    "Content-Disposition: inline\n"

static void
test_replace(void)
{
	struct mail m;

	open_mail(&m, mixed);
	mime_edit_replace(&m.e, part(&m, 2), TEXT("gone"), TEXT("-"));
	check(&m, MIXED_HEAD MIXED_ONE "--b\n"
	    "X-Orig-Content-Type: image/png; name=\"a.png\"\n"
	    "X-Orig-Content-Disposition: attachment; filename=\"a.png\"\n"
	    PLAIN "\ngone\n\n" MIXED_THREE "--b--\n", "a part is replaced");
	open_mail(&m, mixed);
	mime_edit_replace(&m.e, part(&m, 4), TEXT("gone"), TEXT("-"));
	mime_edit_base64(&m.e, part(&m, 4));
	check(&m, MIXED_HEAD MIXED_ONE
	    "--b\n"
	    "Content-Type: image/png; name=\"a.png\"\n"
	    "Content-Disposition: attachment;\n"
	    "\tfilename=\"a.png\"\n"
	    "Content-ID: <1>\n"
	    "Content-Transfer-Encoding: base64\n"
	    "\n"
	    "AAAA\n"
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	    "AA\n"
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	    "AA\n"
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	    "AA\n"
	    "--b\nContent-Type: message/rfc822\n\n"
	    "X-Orig-Content-Type: text/html\nMIME-Version: 1.0\n" PLAIN
	    "Subject: inner\n\ngone\n\n--b--\n",
	    "a message in a mail keeps its fields");
	open_mail(&m, mixed);
	mime_edit_replace(&m.e, part(&m, 0), TEXT("gone"), TEXT("-"));
	mime_edit_remove(&m.e, part(&m, 2));
	mime_edit_subject(&m.e, STR("[S]"));
	check(&m, "X-Orig-Content-Type: multipart/mixed; boundary=b\n"
	    "MIME-Version: 1.0\n" PLAIN "Subject: [S] x\n\ngone\n",
	    "the whole mail is replaced");
}

static void
test_remove(void)
{
	struct mail m;
	const struct mime_edit *covered;

	open_mail(&m, mixed);
	mime_edit_remove(&m.e, part(&m, 2));
	check(&m, MIXED_HEAD MIXED_ONE MIXED_THREE "--b--\n",
	    "a part in the middle is removed");
	open_mail(&m, mixed);
	mime_edit_remove(&m.e, part(&m, 1));
	mime_edit_remove(&m.e, part(&m, 2));
	check(&m, MIXED_HEAD MIXED_THREE "--b--\n",
	    "the first parts are removed");
	open_mail(&m, mixed);
	mime_edit_remove(&m.e, part(&m, 3));
	mime_edit_remove(&m.e, part(&m, 2));
	covered = mime_edit_base64(&m.e, part(&m, 4));
	check_open(&m, MIXED_HEAD MIXED_ONE "--b--\n",
	    "the last parts are removed");
	tap_int(MIME_EDIT_COVERED, covered->outcome,
	    "what is in a removed part is not edited");
	close_mail(&m);
	open_mail(&m, mixed);
	for (uint32_t i = 1; i <= 3; i++)
		mime_edit_remove(&m.e, part(&m, i));
	check(&m, MIXED_HEAD "--b\n" PLAIN "\n\n--b--\n",
	    "of all parts an empty one stays");
	open_mail(&m, "Subject: x\nContent-Type: text/html\n\nb");
	mime_edit_remove(&m.e, part(&m, 0));
	check(&m, "X-Orig-Content-Type: text/html\nMIME-Version: 1.0\n" PLAIN
	    "Subject: x\n\n", "of a mail an empty one stays");
}

static void
test_type(void)
{
	struct mail m;
	const struct mime_edit *x;

	open_mail(&m, "Content-Type: image/png; name=\"=?utf-8?q?=C4=8D?=.x\"\n"
	    "X-Orig-Content-Type: lies\n"
	    "\nMZ");
	mime_edit_type(&m.e, part(&m, 0), STR("application/x-dosexec"));
	check(&m, "X-Orig-Content-Type: image/png; "
	    "name=\"=?utf-8?q?=C4=8D?=.x\"\n"
	    "MIME-Version: 1.0\n"
	    "Content-Type: application/x-dosexec;\n"
	    " name*=utf-8''%C4%8D.x\n\nMZ", "a type is forced");
	open_mail(&m, "Content-Type: text/plain\n\nx");
	x = mime_edit_type(&m.e, part(&m, 0), STR("message/rfc822"));
	check_open(&m, "Content-Type: text/plain\n\nx",
	    "no part becomes a message");
	tap_int(MIME_EDIT_REFUSED, x->outcome, "and that is said");
	close_mail(&m);
}

static void
test_html(void)
{
	static const char in[] = "Content-Type: text/html; charset=koi8-r;\n"
	    " name=\"a b.html\"\nContent-Disposition: attachment\n"
	    "Content-Transfer-Encoding: base64\n\nAAAA\n";
	const struct mime_edit *x;
	struct mail m;

	open_mail(&m, in);
	mime_edit_html(&m.e, part(&m, 0), STR("<p>\xc5\xbe\n"));
	check(&m, "X-Orig-Content-Type: text/html; charset=koi8-r; "
	    "name=\"a b.html\"\nMIME-Version: 1.0\n"
	    "Content-Type: text/html; charset=utf-8; name=\"a b.html\"\n"
	    "Content-Transfer-Encoding: quoted-printable\n"
	    "Content-Disposition: attachment\n\n<p>=C5=BE\n",
	    "HTML takes the place of a body");
	open_mail(&m, mixed);
	x = mime_edit_html(&m.e, part(&m, 0), STR("<p>"));
	(void)make(&m);
	tap_int(MIME_EDIT_REFUSED, x->outcome, "but of no multipart");
	close_mail(&m);
	open_mail(&m, "Content-Type: text/html; charset=utf-8\n"
	    "MIME-Version: 1.0\n\n<p>a text that is longer than the field that "
	    "says how what takes its place is encoded</p>\n");
	m.e.same_length = true;
	mime_edit_html(&m.e, part(&m, 0), STR("<p>x"));
	tap_ok(make(&m).n == m.e.mail.n && !m.e.resized,
	    "HTML that is shorter is filled up");
	close_mail(&m);
	open_mail(&m, in);
	mime_edit_html(&m.e, part(&m, 0), STR("<p>"));
	x = mime_edit_base64(&m.e, part(&m, 0));
	(void)make(&m);
	tap_int(MIME_EDIT_COVERED, x->outcome,
	    "no correction brings back what HTML took the place of");
	close_mail(&m);
}

static void
test_corrections(void)
{
	struct mail m;

	open_mail(&m, "MIME-Version: 1.0\n"
	    "Content-Transfer-Encoding: quoted-printable\n"
	    "content-transfer-encoding : 7bit\n\na=3D=\nb\n");
	mime_edit_base64(&m.e, part(&m, 0));
	check(&m, "Content-Transfer-Encoding: base64\nMIME-Version: 1.0\n\n"
	    "YT1iDQo=\n",
	    "a body is encoded anew");
	open_mail(&m, "A: 1\nB: 2\n\nb");
	mime_edit_field(&m.e, part(&m, 0), 6, STR("B: 3\r\n"));
	mime_edit_set(&m.e, part(&m, 0), STR("A"), STR("A: 2\r\n"));
	check(&m, "A: 2\nB: 3\n\nb", "fields are replaced");
	open_mail(&m, "subject : 1\n\nb");
	mime_edit_field(&m.e, part(&m, 0), 0, STR("subject: 2\r\n"));
	mime_edit_subject(&m.e, STR("[S]"));
	check(&m, "subject: [S] 2\n\nb", "a Subject that is mended is "
	    "marked");
	open_mail(&m, "A: 1");
	mime_edit_close(&m.e, part(&m, 0));
	check(&m, "A: 1\n\n", "a header is closed");
}

/* Boundaries stand where they did, new ones, nothing beside them. */
static void
test_rebuild(void)
{
	struct mail m;
	struct mime_parts again;
	struct str seen;

	open_mail(&m, "Content-Type: multipart/related; type=x; boundary=b;\n"
	    " boundary=c\n\npreamble\n--b\n\none\n--c\n\n--b\n\ntwo\n--b--\n"
	    "epilogue\n--b\n");
	mime_edit_rebuild(&m.e, part(&m, 0));
	mime_edit_remove(&m.e, part(&m, 2));
	seen = make(&m);
	mime_parts_init(&again, &m.a, seen);
	tap_int(1, mime_parts_step(&again, seen.n), "rebuilt: it is read");
	tap_str(STR("one\r\n--c\r\n"), mime_span_str(seen,
	    again.mail->child->body), "rebuilt: a part's octets stay");
	tap_ok(again.mail->child->next == NULL, "rebuilt: parts can go");
	tap_int(0, (int64_t)again.mail->flags, "rebuilt: read by all alike");
	tap_int(0, (int64_t)(again.mail->preamble.n), "rebuilt: no preamble");
	tap_str(STR("x"), mime_param_first(&again.mail->type,
	    STR("type"))->value, "rebuilt: other parameters stay");
	tap_ok(memmem(seen.p, seen.n, "epilogue", 8) == NULL,
	    "rebuilt: no epilogue");
	close_mail(&m);
}

/* ---- lengths ---- */

static void
test_same_length(void)
{
	static const char *const texts[] = { "gone\n", "g\xc3\xb3ne\n" };
	struct mail m;

	/* each length of a header's edit, so each length of what is filled */
	for (size_t t = 0; t < 2; t++) {
		bool same = true;

		for (size_t n = 1; n < 200; n++) {
			struct str seen;

			open_mail(&m, mixed);
			m.e.same_length = true;
			mime_edit_replace(&m.e, part(&m, 2), TEXT(texts[t]),
			    TEXT("-"));
			mime_edit_header(&m.e, MIME_HEADER_ADD, STR("X"),
			    (struct str){ mixed, n % 40 });
			seen = make(&m);
			same &= seen.n == m.e.mail.n && !m.e.resized;
			same &= memmem(seen.p, seen.n, "<p>\r\n--b--\r\n",
			    12) != NULL;
			close_mail(&m);
		}
		tap_ok(same, "replaced, a mail is as long as it was: %s",
		    t ? "quoted" : "plain");
	}
}

static void
test_brief(void)
{
	const struct mime_edit *x;
	struct mail m;

	open_mail(&m, mixed);
	m.e.same_length = true;
	x = mime_edit_replace(&m.e, part(&m, 2), TEXT("a long text, that does "
	    "not fit, that does not fit, that does not fit, that does not "
	    "fit, that does not fit, that does not fit, that does not fit"),
	    TEXT("gone"));
	tap_int((int64_t)m.e.mail.n, (int64_t)make(&m).n,
	    "a text that is too long gives way to a brief one");
	tap_int(MIME_EDIT_BRIEF, x->outcome, "which is said");
	tap_ok(!m.e.resized, "then the length is the same");
	close_mail(&m);
	open_mail(&m, mixed);
	m.e.same_length = true;
	mime_edit_replace(&m.e, part(&m, 1), TEXT("a long text"), TEXT("-"));
	(void)make(&m);
	tap_ok(m.e.resized, "a part too short for anything: it is said");
	close_mail(&m);
}

int
main(void)
{
	test_ops();
	test_subjects();
	test_replace();
	test_remove();
	test_type();
	test_html();
	test_corrections();
	test_rebuild();
	test_same_length();
	test_brief();
	return tap_done();
}
