#include "htmlpart.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "err.h"
#include "image.h"
#include "tap.h"

static const struct mime_text notice = { STR("cannot be filtered\n"),
	STR("utf-8"), false };
static const struct mime_text brief = { STR("-\n"), STR("utf-8"), false };

struct mail {
	struct arena a;
	struct mime_charsets charsets;
	struct mime_edits e;
	struct htmlpart h;
	char out[1 << 16];
	size_t n;
};

static int
write_to(void *ctx, struct str s)
{
	struct mail *m = ctx;

	if (s.n > sizeof m->out - m->n)
		abort();
	memcpy(m->out + m->n, s.p, s.n);
	m->n += s.n;
	return 0;
}

static struct str
filtered(struct mail *m, const struct conf *c, struct str mail, bool same)
{
	struct mime_sink sink = { write_to, m };
	struct mime_parts p;

	arena_init(&m->a, 64 << 20, NULL, NULL);
	mime_charsets_init(&m->charsets);
	mime_parts_init(&p, &m->a, mail);
	if (mime_parts_step(&p, mail.n) != 1)
		abort();
	mime_edits_init(&m->e, &m->a, mail, p.mail, &m->charsets);
	m->e.same_length = same;
	m->n = 0;
	if (htmlpart_put(&m->e, c, 0, p.mail, notice, brief, &m->h) != 0 ||
	    mime_edits_plan(&m->e) != 0 ||
	    mime_edits_write(&m->e, &sink) != 0)
		abort();
	return (struct str){ m->out, m->n };
}

static void
forget(struct mail *m)
{
	mime_charsets_fini(&m->charsets);
	arena_fini(&m->a);
}

#define FIELDS "MIME-Version: 1.0\r\n"
#define OURS(more, cte) "X-Orig-Content-Type: " more \
    "\r\nContent-Type: text/html; charset=utf-8\r\n" \
    "Content-Transfer-Encoding: " cte "\r\n" FIELDS "\r\n"

static const struct {
	const char *name, *in, *want, *detail;
} rows[] = {
	{ "a body is decoded, filtered and encoded",
	    FIELDS "Content-Type: text/html; charset=koi8-r\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n"
	    "PHA+wTxzY3JpcHQ+eDwvc2NyaXB0Pg==\r\n",
	    OURS("text/html; charset=koi8-r", "quoted-printable")
	    "<html><head><meta charset=3D\"utf-8\"></head><body>"
	    "<p>=D0=B0</p></body></html=\r\n>\r\n", "scripts 1" },
	{ "a type that only looks otherwise is HTML then",
	    FIELDS "Content-Type: application/xhtml+xml\r\n\r\n<p>x</p>\r\n",
	    OURS("application/xhtml+xml", "7bit")
	    "<html><head><meta charset=\"utf-8\"></head><body><p>x</p>"
	    "</body></html>\r\n", "written anew" },
};

static void
test_rows(struct mail *m, const struct conf *c)
{
	static char once[1 << 16];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct str out = filtered(m, c, str_c(rows[i].in), false);

		tap_str(str_c(rows[i].want), out, "%s", rows[i].name);
		tap_cstr(rows[i].detail, m->h.detail, "%s: what is said",
		    rows[i].name);
		memcpy(once, out.p, out.n);
		forget(m);
		out = filtered(m, c, (struct str){ once, out.n }, false);
		tap_ok(m->h.edit == NULL && out.n > 0,
		    "%s: and it stays as it is", rows[i].name);
		forget(m);
	}
}

static void
test_limit(struct mail *m, const struct conf *c)
{
	char in[4096] = FIELDS "Content-Type: text/html\r\n\r\n";
	struct str out;

	for (int i = 0; i < 300; i++)
		strcat(in, "<div>");
	out = filtered(m, c, str_c(in), false);
	tap_ok(memmem(out.p, out.n, "cannot be filtered", 18) != NULL &&
	    memmem(out.p, out.n, "<div>", 5) == NULL,
	    "what cannot be filtered is replaced");
	tap_cstr("elements are nested too deeply", m->h.detail,
	    "it is said why");
	forget(m);
}

static void
test_length(struct mail *m, const struct conf *c)
{
	static const char in[] = FIELDS
	    "Content-Type: text/html; charset=utf-8\r\n\r\n"
	    "<script>a long script, longer than what is put round it, and "
	    "than the fields that say how it is encoded, which are two"
	    "</script><p>x\r\n";
	struct str out = filtered(m, c, str_c(in), true);

	tap_int((int64_t)strlen(in), (int64_t)out.n,
	    "what became shorter is filled up");
	tap_ok(!m->e.resized, "and that is known");
	forget(m);
}

int
main(void)
{
	static struct image m;
	static struct mail mail;
	struct conf c = image_open(&m, "/nowhere");

	tap_ok(htmlpart_is(STR("text/html"), STR("")) &&
	    htmlpart_is(STR(""), STR("text/html")) &&
	    htmlpart_is(STR("x/y"), STR("application/xhtml+xml")) &&
	    !htmlpart_is(STR("text/plain"), STR("")),
	    "HTML is what some reader takes for it");
	test_rows(&mail, &c);
	test_limit(&mail, &c);
	test_length(&mail, &c);
	return tap_done();
}
