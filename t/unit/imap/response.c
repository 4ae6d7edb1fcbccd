/* The reader of a server's responses, however they are cut. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "response.h"
#include "tap.h"

enum { OUT_MAX = 1 << 16, IN_MAX = 1 << 17 };

/*
 * One event is one word: "STATUS:tag:status:code:args:text" "+text" "*name"
 * "*number:name" for the begin of data, "@item", the tokens as they are,
 * "{n}", "~{n}" for literals (whose octets are dropped), "." for the end,
 * "NEED" at the end inside a line, "ERROR".
 */
static const struct {
	const char *in, *want;
} cases[] = {
	/* status */
	{ "* OK hi\r\n", "STATUS::OK:::hi " },
	{ "* ok [ALERT] hi {5}\r\n* 1 EXISTS\r\n",
	    "STATUS::OK:ALERT::hi {5} *1:EXISTS . " },
	{ "a1 NO [REFERRAL imap://x/] go\r\n",
	    "STATUS:a1:NO:REFERRAL:imap://x/:go " },
	{ "a1 OK [BADURL \"a]b\"] x\r\n", "STATUS:a1:OK:BADURL:\"a]b\":x " },
	{ "a1 OK\r\n", "STATUS:a1:OK::: " },
	{ "a1 OK [UNCLOSED x\r\n", "STATUS:a1:OK:::[UNCLOSED x " },
	{ "* PREAUTH x\r\n", "STATUS::PREAUTH:::x " },
	{ "a1 PREAUTH x\r\n", "ERROR " },
	{ "a1 FOO x\r\n", "ERROR " },
	{ "* OK a\rb\r\n", "ERROR " },
	{ "* OK a\n", "ERROR " },
	{ "*OK\r\n", "ERROR " },
	{ "\r\n", "ERROR " },
	{ ")))\r\n", "ERROR " },

	/* continuations */
	{ "+ go\r\n", "+go " },
	{ "+\r\n", "+ " },
	{ "+ \r\n", "+ " },
	{ "+go\r\n", "ERROR " },

	/* data */
	{ "* LIST (\\Noselect) \"/\" {3}\r\na\r\n\r\n",
	    "*LIST   ( \\Noselect )   \"/\"   {3} . " },
	{ "* SEARCH\r\n", "*SEARCH . " },
	{ "* SEARCH 1 2 \r\n", "*SEARCH   1   2 . " },
	{ "* FLAGS (\\Seen )\r\n", "*FLAGS   ( \\Seen ) . " },
	{ "* THREAD (1 2)(3)\r\n", "*THREAD   ( 1   2 ) ( 3 ) . " },
	{ "* FOO bar \"x\"\r\n", "*FOO   bar   \"x\" . " },
	{ "* 5 FOO\r\n", "*5:FOO . " },
	{ "* LIST (\r\n", "*LIST   ( ERROR " },
	{ "* LIST )\r\n", "*LIST ERROR " },
	{ "* LIST  x\r\n", "*LIST   ERROR " },
	{ "* LIST \"a\"b\r\n", "*LIST   \"a\" ERROR " },
	{ "* LIST \"a\\b\"\r\n", "*LIST   ERROR " },
	{ "* LIST {3+}\r\nabc\r\n", "*LIST   ERROR " },
	{ "* LIST {3}\nabc\r\n", "*LIST   ERROR " },
	{ "* LIST {-3}\r\n", "*LIST   ERROR " },
	{ "* LIST {9223372036854775808}\r\n", "*LIST   ERROR " },

	/* numbers */
	{ "* 4294967295 EXISTS\r\n", "*4294967295:EXISTS . " },
	{ "* 4294967296 EXISTS\r\n", "ERROR " },
	{ "* 0 EXISTS\r\n", "*0:EXISTS . " },
	{ "* 0 EXPUNGE\r\n", "ERROR " },
	{ "* 0 FETCH (UID 1)\r\n", "ERROR " },
	{ "* 3 EXISTS x\r\n", "*3:EXISTS   ERROR " },
	{ "* SEARCH 0\r\n", "*SEARCH   ERROR " },
	{ "* SEARCH 4294967296\r\n", "*SEARCH   ERROR " },

	/* FETCH */
	{ "* 1 FETCH (UID 7 FLAGS (\\Seen) BODY[] {2}\r\nhi)\r\n",
	    "*1:FETCH   ( @UID   7   @FLAGS   ( \\Seen )   @BODY[]   {2} ) "
	    ". " },
	{ "* 1 FETCH (BODY[HEADER.FIELDS (\"FR)OM\" \"X]\")]<0> \"\")\r\n",
	    "*1:FETCH   ( @BODY[HEADER.FIELDS (\"FR)OM\" \"X]\")]<0>   "
	    "\"\" ) . " },
	{ "* 1 FETCH (BINARY[1] ~{2}\r\nhi)\r\n",
	    "*1:FETCH   ( @BINARY[1]   ~{2} ) . " },
	{ "* 1 FETCH (BODY (\"A\" NIL)(\"B\"))\r\n",
	    "*1:FETCH   ( @BODY   ( \"A\"   NIL ) ( \"B\" ) ) . " },
	{ "* 1 FETCH (UID 0)\r\n", "*1:FETCH   ( @UID   ERROR " },
	{ "* 1 FETCH (UID 4294967296)\r\n", "*1:FETCH   ( @UID   ERROR " },
	{ "* 1 FETCH (UID)\r\n", "*1:FETCH   ( ERROR " },
	{ "* 1 FETCH (MODSEQ (9223372036854775807))\r\n",
	    "*1:FETCH   ( @MODSEQ   ( 9223372036854775807 ) ) . " },
	{ "* 1 FETCH (MODSEQ (9223372036854775808))\r\n",
	    "*1:FETCH   ( @MODSEQ   ( ERROR " },
	{ "* 1 FETCH (RFC822.SIZE 9223372036854775808)\r\n",
	    "*1:FETCH   ( @RFC822.SIZE   ERROR " },
	{ "* 1 FETCH (FLAGS ()", "*1:FETCH   ( @FLAGS   ( ) NEED " },
};

static void __attribute__((format(printf, 3, 4)))
put(char *out, size_t *n, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	*n += (size_t)vsnprintf(out + *n, OUT_MAX - *n, fmt, ap);
	va_end(ap);
}

static void
put_event(char *out, size_t *n, const struct imap_response *r,
    enum imap_resp_event e)
{
	static const char *const status[] = { "OK", "NO", "BAD", "BYE",
	    "PREAUTH" };

	switch (e) {
	case IMAP_RESP_STATUS:
		put(out, n, "STATUS:%.*s:%s:%.*s:%.*s:%.*s ", STR_ARG(r->tag),
		    status[r->status], STR_ARG(r->code),
		    STR_ARG(r->code_args), STR_ARG(r->text));
		break;
	case IMAP_RESP_CONTINUE:
		put(out, n, "+%.*s ", STR_ARG(r->text));
		break;
	case IMAP_RESP_BEGIN:
		if (r->has_number)
			put(out, n, "*%llu:%.*s ",
			    (unsigned long long)r->number, STR_ARG(r->name));
		else
			put(out, n, "*%.*s ", STR_ARG(r->name));
		break;
	case IMAP_RESP_ITEM:
		put(out, n, "@%.*s ", STR_ARG(r->text));
		break;
	case IMAP_RESP_TOKEN:
		put(out, n, r->kind == IMAP_TOK_QUOTED ? "\"%.*s\" " :
		    "%.*s ", STR_ARG(r->token));
		break;
	case IMAP_RESP_LITERAL:
		put(out, n, "%s{%llu} ", r->literal8 ? "~" : "",
		    (unsigned long long)r->size);
		break;
	case IMAP_RESP_END:
		put(out, n, ". ");
		break;
	case IMAP_RESP_ERROR:
		put(out, n, "ERROR ");
		break;
	case IMAP_RESP_NEED:
		break;
	}
}

static char *
feed(void *ctx, const struct str *pieces, size_t n)
{
	static char in[IN_MAX];
	char *out = calloc(1, OUT_MAX);
	struct imap_response r;
	enum imap_resp_event e = IMAP_RESP_NEED;
	size_t head = 0, tail = 0, used, len = 0;
	uint64_t literal = 0;

	(void)ctx;
	imap_response_init(&r);
	for (size_t i = 0; i < n && e != IMAP_RESP_ERROR; i++) {
		memcpy(in + tail, pieces[i].p, pieces[i].n);
		tail += pieces[i].n;
		do {
			used = literal < tail - head ? literal : tail - head;
			head += used;
			literal -= used;
			if (literal > 0)
				break;
			e = imap_response_next(&r, (struct str){ in + head,
			    tail - head }, &used);
			put_event(out, &len, &r, e);
			head += used;
			if (e == IMAP_RESP_LITERAL)
				literal = r.size;
		} while (e != IMAP_RESP_NEED && e != IMAP_RESP_ERROR);
	}
	if (e != IMAP_RESP_ERROR && imap_response_partial(&r))
		put(out, &len, "NEED ");
	return out;
}

/* prefix and n times an octet: does it end in an error? */
static void
test_long(const char *prefix, char c, size_t n, const char *name)
{
	static char text[IN_MAX];
	struct str one = { text, strlen(prefix) };
	char *got;

	memcpy(text, prefix, one.n);
	memset(text + one.n, c, n);
	one.n += n;
	got = feed(NULL, &one, 1);
	tap_ok(str_iends(str_c(got), STR("ERROR ")), "%s is an error", name);
	free(got);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct tap_feed f = { feed, NULL };
		char name[64];
		char *got;

		snprintf(name, sizeof name, "case %zu", i);
		got = tap_feed_split(&f, str_c(cases[i].in), name);
		tap_cstr(cases[i].want, got, "%s: %.40s", name, cases[i].in);
		free(got);
	}
	test_long("* OK ", 'x', 33000, "a status line without end");
	test_long("* LIST \"", 'x', 33000, "a quoted string without end");
	test_long("* LIST ", 'x', 33000, "an atom without end");
	test_long("* 1 FETCH (BODY[", 'x', 33000, "a section without end");
	test_long("* ", 'x', 33000, "a name without end");
	test_long("* LIST ", '(', 200, "a list too deep");
	test_long("", 'x', 33000, "a line without end");
	return tap_done();
}
