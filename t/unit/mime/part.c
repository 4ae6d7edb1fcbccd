/* A mail as a tree of parts, and what readers take for others. */

#include <stdio.h>
#include <stdlib.h>

#include "err.h"
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
	static const char *const kind[] = { "hidden", "early", "encoded", "uu",
		"yenc", "binhex" };

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

int
main(void)
{
	test_cases();
	return tap_done();
}
