/* Bodies encoded. */

#include <stdlib.h>

#include "codec.h"
#include "encode.h"
#include "tap.h"

static const struct {
	const char *name, *in, *want;
} qp[] = {
	{ "nothing", "", "" },
	{ "text", "a b\r\nc\r\n", "a b\r\nc\r\n" },
	{ "no line end", "a", "a" },
	{ "an equals sign", "a=b", "a=3Db" },
	{ "octets", "\xc3\xa9\x01", "=C3=A9=01" },
	{ "a bare CR and LF", "a\rb\nc", "a=0Db=0Ac" },
	{ "a blank at a line's end", "a \r\nb\t", "a=20\r\nb=09" },
	{ "a boundary", "--b\r\n--", "=2D-b\r\n=2D-" },
	{ "a dot", ".\r\n..", "=2E\r\n=2E." },
	{ "mbox's line", "From a\r\nFrom", "=46rom a\r\nFrom" },
};

static char *
feed_base64(void *ctx, const struct str *pieces, size_t n)
{
	char *out = malloc(4096);
	struct mime_base64 b = { .held = 0 };
	size_t size = 0;

	(void)ctx;
	for (size_t i = 0; i < n; i++)
		size += mime_base64_feed(&b, pieces[i], out + size);
	size += mime_base64_end(&b, out + size);
	out[size] = '\0';
	return out;
}

static void
test_base64(void)
{
	static const char in[] = "Polyfon zwitschernd assen Maxchens Vogel "
	    "Ruben, Joghurt und Quark. And more of it.";
	struct tap_feed f = { feed_base64, NULL };
	char *seen = tap_feed_split(&f, str_c(in), "base64 in pieces");

	tap_cstr("UG9seWZvbiB6d2l0c2NoZXJuZCBhc3NlbiBNYXhjaGVucyBWb2dlbCBSd"
	    "WJlbiwgSm9naHVydCB1\r\nbmQgUXVhcmsuIEFuZCBtb3JlIG9mIGl0Lg==\r\n",
	    seen, "base64 has lines of 76 digits");
	free(seen);
	for (size_t n = 0; n < 300; n++) {
		char octets[300] = { 0 };
		struct str s = { octets, n };

		seen = feed_base64(NULL, &s, 1);
		if (strlen(seen) != mime_base64_size(n))
			tap_int((int64_t)strlen(seen),
			    (int64_t)mime_base64_size(n), "size of %zu", n);
		free(seen);
	}
	tap_ok(true, "the size of base64 is known before");
}

static void
test_qp(void)
{
	char out[4096];

	for (size_t i = 0; i < sizeof qp / sizeof *qp; i++)
		tap_str(str_c(qp[i].want), (struct str){ out,
		    mime_qp(str_c(qp[i].in), out) }, "%s", qp[i].name);
}

/* What is encoded is decoded as it was, without a flag, in short lines. */
static void
test_qp_back(void)
{
	char text[600], out[MIME_QP_ROOM(600)], back[2 * MIME_CODEC_ROOM];
	struct mime_codec c;
	size_t n, m, k, longest = 0, line = 0;

	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)(i % 251 == '\r' ? 'x' : i * 7);
	n = mime_qp((struct str){ text, sizeof text }, out);
	for (size_t i = 0; i < n; i++) {
		line = out[i] == '\n' ? 0 : line + 1;
		longest = line > longest ? line : longest;
	}
	tap_ok(longest <= 77, "a line and its CR have 77 octets: %zu", longest);
	mime_codec_init(&c, MIME_CODEC_QP, 0);
	k = mime_codec_feed(&c, (struct str){ out, n }, back, sizeof back, &m);
	tap_int((int64_t)n, (int64_t)k, "all is read back");
	mime_codec_end(&c, back + m, MIME_CODEC_ROOM, &k);
	tap_str((struct str){ text, sizeof text },
	    (struct str){ back, m + k }, "all octets come back");
	tap_int(0, (int64_t)c.flags, "none is read differently");
}

int
main(void)
{
	test_base64();
	test_qp();
	test_qp_back();
	return tap_done();
}
