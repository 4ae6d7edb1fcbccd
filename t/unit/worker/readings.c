/* Bodies in all the ways in which some reader decodes them. */

#include <stdio.h>
#include <stdlib.h>

#include "readings.h"
#include "tap.h"

#define B(cte) MIME_CTE_BIT(MIME_CTE_##cte)

static const struct {
	const char *name;
	enum mime_cte cte;
	unsigned readings;
	const char *in;
	const char *want[READINGS_MAX];
} cases[] = {
	{ "plain", MIME_CTE_7BIT, B(7BIT), "hello=3D", { "hello=3D" } },
	{ "plain in three names", MIME_CTE_8BIT, B(7BIT) | B(8BIT) |
	    B(BINARY), "hi", { "hi" } },
	{ "base64", MIME_CTE_BASE64, B(BASE64), "aGVsbG8=", { "hello" } },
	{ "base64 that goes on behind its padding", MIME_CTE_BASE64,
	    B(BASE64), "aGVsbG8=\r\nIHlvdQ==",
	    { "hello", "hello you" } },
	{ "base64 of another alphabet", MIME_CTE_BASE64, B(BASE64),
	    "YWJj-_", { "abc", "abc", "abc\xfb", "abc\xfb" } },
	{ "quoted-printable", MIME_CTE_QP, B(QP), "a=3Db=\r\nc",
	    { "a=bc" } },
	{ "quoted-printable with '=' that means nothing", MIME_CTE_QP, B(QP),
	    "a=zb", { "a=zb", "azb" } },
	{ "two encodings", MIME_CTE_BASE64, B(BASE64) | B(QP), "aGk=",
	    { "hi", "aGk", "aGk" } },
	{ "one nobody knows, or base64", MIME_CTE_UNKNOWN, B(UNKNOWN) |
	    B(BASE64), "aGk=", { "aGk=", "hi" } },
	{ "yEnc", MIME_CTE_YENC, B(YENC),
	    "=ybegin line=128 size=2 name=a\n\x92\x93\n=yend\n", { "hi" } },
	{ "what is in text, or text", MIME_CTE_7BIT, B(7BIT) | B(BINHEX),
	    "hi", { "hi", "" } },
	{ "uuencode", MIME_CTE_UU, B(UU),
	    "begin 644 a.txt\n#:&EE\n`\nend\n", { "hie" } },
};

static bool
append(void *ctx, struct str s)
{
	struct str *out = ctx;

	memcpy((char *)out->p + out->n, s.p, s.n);
	out->n += s.n;
	return true;
}

static bool
enough(void *ctx, struct str s)
{
	(void)ctx;
	(void)s;
	return false;
}

static uint64_t passed;

static void
pass(void *ctx, struct str s)
{
	(void)ctx;
	passed += s.n;
}

static void
test_cases(void)
{
	static char out[1 << 16];
	static struct decoded d;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct readings l;
		unsigned n = 0;

		readings_begin(&l, cases[i].cte, cases[i].readings);
		for (unsigned k = 0; k < l.n; k++) {
			struct str s = { out, 0 };
			struct readings_sink to = { .write = append,
			    .ctx = &s };

			readings_decode(&l.r[k], str_c(cases[i].in), &to, &d);
			readings_decoded(&l, k, d.flags);
			tap_int((int64_t)s.n, (int64_t)d.n,
			    "%s: octets are counted", cases[i].name);
			if (cases[i].want[k] != NULL)
				tap_str(str_c(cases[i].want[k]), s,
				    "%s: reading %u", cases[i].name, k + 1);
		}
		while (n < READINGS_MAX && cases[i].want[n] != NULL)
			n++;
		tap_int(n, l.n, "%s: so many readings", cases[i].name);
	}
}

static void
test_large(void)
{
	size_t n = 9 << 20;
	char *in = malloc(n);
	struct readings_sink to = { .write = enough };
	struct reading r = { .kind = MIME_CODEC_BASE64 };
	struct reading packed = { .kind = MIME_CODEC_BINHEX };
	static struct decoded d;

	memset(in, 'A', n);
	readings_decode(&r, (struct str){ in, n }, &to, &d);
	tap_ok(d.n < 1 << 20, "a sink that has enough gets no more");
	free(in);
	tap_int(1000 + MIME_CODEC_ROOM, (int64_t)readings_room(&r, 1000),
	    "what mails declare does not get longer by decoding");
	tap_int(4000 + MIME_CODEC_ROOM, (int64_t)readings_room(&packed, 1000),
	    "BinHex may");
}

static bool
count(void *ctx, struct str s)
{
	*(uint64_t *)ctx += s.n;
	return true;
}

static void
test_passed(void)
{
	size_t n = 9 << 20;
	char *in = malloc(n);
	uint64_t got = 0;
	struct readings_sink to = { count, pass, &got };
	struct reading r = { .kind = MIME_CODEC_BASE64 };
	static struct decoded d;

	memset(in, 'A', n);
	readings_decode(&r, (struct str){ in, n }, &to, &d);
	tap_int((int64_t)n / 4 * 3, (int64_t)got, "all is decoded");
	tap_ok(passed >= 8 << 20 && passed <= n, "what was looked at passes "
	    "in windows");
	free(in);
}

int
main(void)
{
	test_cases();
	test_large();
	test_passed();
	return tap_done();
}
