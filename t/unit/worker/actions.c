/* From ACLs to edited mails, and to what is logged. */

#include <sys/stat.h>

#include <stdlib.h>
#include <unistd.h>

#include "err.h"
#include "image.h"
#include "rewrite.h"
#include "tap.h"

enum { MAIL_MAX = 1 << 20 };

static const struct conf_mail_filter pass = { CONF_MEND_PASS,
	CONF_MEND_PASS, CONF_MEND_PASS, CONF_MEND_PASS, CONF_MEND_PASS,
	CONF_MEND_PASS, CONF_MEND_PASS };
static const struct conf_mail_filter correct = { CONF_MEND_CORRECT,
	CONF_MEND_CORRECT, CONF_MEND_CORRECT, CONF_MEND_CORRECT,
	CONF_MEND_CORRECT, CONF_MEND_CORRECT, CONF_MEND_CORRECT };

#define HEAD "From: a@b\r\nSubject: x\r\nDate: today\r\n" \
    "x-virus-status : free\r\nMIME-Version: 1.0\r\n"
static const char mixed[] = HEAD
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    "--b\r\n\r\none\r\n"
    "--b\r\nContent-Type: application/x; name=a.exe\r\n\r\n"
    "MZ...........................................................\r\n"
    "........................................................\r\n"
    "........................................................\r\n"
    "........................................................\r\n"
    "--b\r\nContent-Type: text/html\r\n\r\n<p>\r\n--b--\r\n";

struct octets {
	char p[MAIL_MAX];
	size_t n;
};

struct set {
	struct image m;
	struct conf c;
	struct replace r;
	struct arena a;
	struct mime_charsets charsets;
	struct mime_parts parts;
	struct actions x;
	struct rewrite w;
	uint32_t docs[8];
	struct octets out[2];
	unsigned at;
	int fail;
	char dir[64];
};

static int
write_to(void *ctx, struct str s)
{
	struct octets *o = ctx;

	if (s.n > MAIL_MAX - o->n)
		abort();
	memcpy(o->p + o->n, s.p, s.n);
	o->n += s.n;
	return 0;
}

static int
begin(void *ctx, uint64_t size, struct mime_sink *out_r)
{
	struct set *s = ctx;

	(void)size;
	s->at ^= 1;
	s->out[s->at].n = 0;
	*out_r = (struct mime_sink){ write_to, &s->out[s->at] };
	return s->fail;
}

static struct str
finish(void *ctx)
{
	struct set *s = ctx;

	return (struct str){ s->out[s->at].p, s->out[s->at].n };
}

/* Facts of parts: the second is a program with a virus. */
static void
part_of(void *ctx, uint32_t id, unsigned type_order, struct actions_part *p)
{
	(void)ctx;
	*p = (struct actions_part){ .declared = STR("text/plain"),
	    .identified = STR("text/plain"), .virus = MAIL_VIRUS_FREE };
	if (id == 2)
		*p = (struct actions_part){ STR("application/x-dosexec"),
		    STR("application/x"), STR("a.exe"), MAIL_VIRUS_FOUND,
		    STR("Eicar") };
	if (id == 2 && type_order == 1)
		p->identified = STR("image/png");
}

static void
set_open(struct set *s)
{
	arena_init(&s->a, 64 << 20, NULL, NULL);
	mime_charsets_init(&s->charsets);
	snprintf(s->dir, sizeof s->dir, "%s", image_folder());
	s->c = image_open(&s->m, s->dir);
	image_file(s->dir, "EN", "n.txt",
	    "%n %t %v %r %w %d %c\n");
	s->m.mail[0].name = image_str(&s->m, "m1");
	s->m.doc[0].name = image_str(&s->m, "d1");
	for (int i = 0; i < 8; i++)
		s->docs[i] = MAIL_NONE;
	s->x = (struct actions){ .conf = &s->c, .replace = &s->r,
	    .language = CONF_LANG_EN, .virus = MAIL_VIRUS_FOUND,
	    .virus_name = STR("Eicar"), .spam = 5200, .part = part_of,
	    .mail_acl = 0, .docs = s->docs, .ndocs = 8 };
	s->w = (struct rewrite){ .arena = &s->a, .charsets = &s->charsets,
	    .rules = &pass, .actions = &s->x };
	s->fail = 0;
}

static void
set_close(struct set *s)
{
	replace_close(&s->r);
	mime_charsets_fini(&s->charsets);
	arena_fini(&s->a);
	image_remove(s->dir);
}

static int
run(struct set *s, const char *mail)
{
	struct rewrite_place place = { begin, finish, s };

	replace_open(&s->r, &s->c);
	mime_parts_init(&s->parts, &s->a, str_c(mail));
	if (mime_parts_step(&s->parts, strlen(mail)) != 1)
		abort();
	return rewrite_mail(&s->w, str_c(mail), s->parts.mail, &place);
}

static bool
has(const struct set *s, const char *text)
{
	if (memmem(s->w.octets.p, s->w.octets.n, text, strlen(text)))
		return true;
	tap_diag("no '%s' in:\n%.*s", text, STR_ARG(s->w.octets));
	return false;
}

static bool
logged(const struct set *s, uint32_t part, const char *what,
    const char *detail)
{
	for (uint32_t i = 0; i < s->w.ndone; i++)
		if (s->w.done[i].part == part &&
		    strcmp(s->w.done[i].what, what) == 0 &&
		    strcmp(s->w.done[i].detail, detail) == 0)
			return true;
	for (uint32_t i = 0; i < s->w.ndone; i++)
		tap_diag("%u %s (%s)", s->w.done[i].part, s->w.done[i].what,
		    s->w.done[i].detail);
	return false;
}

static void
test_nothing(struct set *s)
{
	set_open(s);
	s->x.mail_acl = MAIL_NONE;
	tap_int(0, run(s, mixed), "ACLs that change nothing");
	tap_ok(!s->w.changed && s->w.octets.p == mixed && s->w.ndone == 0,
	    "leave the mail itself");
	set_close(s);
}

static void
test_mail(struct set *s)
{
	struct conf_mail_acl *m = s->m.mail;

	set_open(s);
	m->prefix_subject = image_str(&s->m, "[VIRUS]");
	m->add_verdict_headers = 1;
	m->modify_headers = IMAGE_TABLE(&s->m, header, 2);
	s->m.header[0] = (struct conf_header_edit){ image_str(&s->m, "X-A"),
	    image_str(&s->m, "1"), CONF_HEADER_ADD };
	s->m.header[1] = (struct conf_header_edit){ image_str(&s->m, "From"),
	    image_str(&s->m, ""), CONF_HEADER_DELETE };
	tap_int(0, run(s, mixed), "a mail-acl's edits");
	tap_ok(has(s, "Subject: [VIRUS] x\r\n"), "the Subject is marked");
	tap_ok(has(s, "X-Virus-Status: found\r\n") &&
	    has(s, "X-Virus-Name: Eicar\r\n") &&
	    has(s, "X-Spam-Score: 5.200\r\n"), "verdicts are there");
	tap_ok(memmem(s->w.octets.p, s->w.octets.n, "x-virus-status", 14) ==
	    NULL, "others' are not");
	tap_ok(has(s, "X-A: 1\r\n") && memmem(s->w.octets.p,
	    s->w.octets.n, "From", 4) == NULL, "fields are changed");
	tap_ok(logged(s, 0, "prefix-subject", "done") &&
	    logged(s, 0, "modify-header", "From") &&
	    logged(s, 0, "add-verdict-headers", "X-Virus-Name") &&
	    s->w.ndone == 6, "each edit is logged");
	set_close(s);
	set_open(s);
	s->m.mail[0].replace_body = image_str(&s->m, "n.txt");
	s->docs[1] = 0;
	s->m.doc[0].remove = 1;
	tap_int(0, run(s, mixed), "a body is replaced");
	tap_ok(has(s, "\r\n\r\n- - Eicar m1 found today help@example.org"
	    "\r\n"), "by the notice");
	tap_ok(logged(s, 0, "replace-body", "done") && s->w.ndone == 1,
	    "edits within it are not logged");
	set_close(s);
}

static void
test_docs(struct set *s)
{
	set_open(s);
	s->m.doc[0].replace_file = image_str(&s->m, "n.txt");
	s->docs[2] = 0;
	s->m.doc[1].remove = 1;
	s->docs[3] = 1;
	s->x.mail_acl = MAIL_NONE;
	tap_int(0, run(s, mixed), "documents are edited");
	tap_ok(has(s, "\r\n\r\na.exe application/x-dosexec Eicar d1 found "
	    "today help@example.org\r\n"), "by a notice of what is known");
	tap_ok(memmem(s->w.octets.p, s->w.octets.n, "<p>", 3) == NULL &&
	    has(s, "--b\r\n\r\none\r\n"), "and others stay");
	tap_ok(logged(s, 2, "replace-file", "done") &&
	    logged(s, 3, "remove", "done"), "each is logged");
	set_close(s);
	set_open(s);
	s->m.doc[0].force_doctype_ident = 1;
	s->docs[1] = s->docs[2] = 0;
	tap_int(0, run(s, mixed), "a type is forced");
	tap_ok(has(s, "Content-Type: application/x-dosexec; name=a.exe\r\n"),
	    "with the name");
	tap_ok(s->w.ndone == 1 && logged(s, 2, "force-doctype-ident",
	    "application/x-dosexec"), "where it was another");
	set_close(s);
	set_open(s);
	s->m.doc[0].force_doctype_ident = 1;
	s->m.doc[0].type_order = 1;
	s->docs[2] = 0;
	tap_int(0, run(s, mixed), "a type by an order of its own is forced");
	tap_ok(has(s, "Content-Type: image/png; name=a.exe\r\n") &&
	    logged(s, 2, "force-doctype-ident", "image/png"), "and no other");
	set_close(s);
}

static void
test_same_length(struct set *s)
{
	set_open(s);
	s->m.doc[0].replace_file = image_str(&s->m, "n.txt");
	s->docs[2] = 0;
	s->w.same_length = true;
	s->m.mail[0].prefix_subject = image_str(&s->m, "[V]");
	tap_int(0, run(s, mixed), "with same-length");
	tap_int((int64_t)strlen(mixed), (int64_t)s->w.octets.n,
	    "the mail is as long as it was");
	tap_ok(!s->w.resized, "which nothing says");
	set_close(s);
	set_open(s);
	s->m.doc[0].replace_file = image_str(&s->m, "none.txt");
	s->docs[1] = 0;
	s->w.same_length = true;
	tap_int(0, run(s, mixed), "a notice that is not there");
	tap_ok(logged(s, 1, "replace-file", "the notice cannot be read, "
	    "brief") && logged(s, 0, "same-length", "not kept"),
	    "is logged, and a length that is not kept");
	set_close(s);
}

static void
test_signed(struct set *s)
{
	static const char mail[] = HEAD
	    "Content-Type: multipart/signed; boundary=b\r\n\r\n"
	    "--b\r\n\r\none\xff\r\n--b\r\nContent-Type: "
	    "application/pkcs7-signature\r\n\r\nx\r\n--b--\r\n";

	set_open(s);
	s->m.doc[0].remove = 1;
	s->docs[1] = 0;
	s->w.rules = &correct;
	tap_int(0, run(s, mail), "what is signed may be removed");
	tap_ok(logged(s, 1, "remove", "done, signed"), "which is logged");
	tap_ok(logged(s, 1, "mail-filter", "8bit, body-8bit: not corrected, "
	    "signed"), "as is what is not corrected");
	set_close(s);
}

/* Corrections and edits together, and rounds of them. */
static void
test_rounds(struct set *s)
{
	static const char mail[] = "junk\r\n" HEAD
	    "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
	    "--b\r\n\r\none\xff\r\n"
	    "--b\r\nContent-Type: application/x; name=\"a.exe\r\n\r\nMZ\r\n";

	set_open(s);
	s->w.rules = &correct;
	s->m.doc[0].force_doctype_ident = 1;
	s->m.mail[0].prefix_subject = image_str(&s->m, "[V]");
	s->docs[2] = 0;
	tap_int(0, run(s, mail), "corrected and edited");
	tap_ok(has(s, "Subject: [V] x\r\n") &&
	    has(s, "Content-Type: application/x-dosexec;") &&
	    memmem(s->w.octets.p, s->w.octets.n, "junk", 4) == NULL,
	    "in one go");
	tap_ok(logged(s, 0, "mail-filter", "no-colon, ambiguous-structure"),
	    "and logged");
	set_close(s);
	set_open(s);
	s->w.rules = &correct;
	s->w.actions = NULL;
	tap_int(0, run(s, mail), "corrected only");
	tap_ok(has(s, "\r\nSubject: x\r\n") && s->w.changed, "as it has to");
	set_close(s);
}

static void
test_errors(struct set *s)
{
	static const struct conf_mail_filter rejecting = {
		.ambiguous_structure = CONF_MEND_REJECT };

	set_open(s);
	s->w.rules = &rejecting;
	tap_int(ERR_REFUSED, run(s, "junk\r\n" HEAD "\r\nx"),
	    "what mail-filter rejects");
	tap_cstr("the mail: no-colon (ambiguous-structure)", s->w.why,
	    "has its reason");
	set_close(s);
	set_open(s);
	s->x.mail_acl = 7;
	tap_int(ERR_CONFIG, run(s, mixed), "an ACL that is not there");
	set_close(s);
	set_open(s);
	s->docs[1] = 7;
	tap_int(ERR_CONFIG, run(s, mixed), "nor one of a document");
	set_close(s);
	set_open(s);
	s->m.mail[0].prefix_subject = image_str(&s->m, "[V]");
	s->fail = ERR_IO;
	tap_int(ERR_IO, run(s, mixed), "a place that has no room");
	tap_ok(s->w.why[0] != '\0', "has a reason, too");
	set_close(s);
}

/* The third part is HTML, and so is what the second one is declared as. */
static void
html_part(void *ctx, uint32_t id, unsigned type_order, struct actions_part *p)
{
	part_of(ctx, id, type_order, p);
	if (id == 3)
		p->identified = p->declared = STR("text/html");
}

static void
test_html(struct set *s)
{
	static const char mail[] = HEAD
	    "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
	    "--b\r\n\r\n<b onclick=x>\r\n--b\r\n\r\n2\r\n"
	    "--b\r\nContent-Type: text/html\r\n\r\n"
	    "<script>x</script><p onclick=y>z<svg></svg>\r\n--b--\r\n";

	set_open(s);
	s->x.mail_acl = MAIL_NONE;
	s->x.part = html_part;
	s->m.doc[1].html_filter = 1;
	s->docs[1] = s->docs[2] = s->docs[3] = 1;
	tap_int(0, run(s, mail), "an ACL that filters HTML");
	tap_ok(has(s, "<p>z</p></body></html>"), "filters what is HTML");
	tap_ok(has(s, "--b\r\n\r\n<b onclick=x>\r\n--b\r\n"),
	    "and leaves others alone");
	tap_ok(has(s, "X-Orig-Content-Type: text/html\r\n"),
	    "it keeps the type that had another charset");
	tap_ok(logged(s, 3, "html-filter", "scripts 2, foreign 1"),
	    "what was removed is logged");
	set_close(s);
	set_open(s);
	s->x.mail_acl = MAIL_NONE;
	s->x.part = html_part;
	s->m.doc[1].html_filter = 3;
	s->docs[3] = 1;
	tap_int(ERR_CONFIG, run(s, mail),
	    "a filter that is not there filters nothing");
	set_close(s);
}

int
main(void)
{
	struct set *s = calloc(1, sizeof *s);

	test_nothing(s);
	test_mail(s);
	test_docs(s);
	test_html(s);
	test_same_length(s);
	test_signed(s);
	test_rounds(s);
	test_errors(s);
	free(s);
	return tap_done();
}
