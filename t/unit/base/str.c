/* Strings, escapes, base64 and addresses: tables of cases. */

#include <stdio.h>
#include <stdlib.h>

#include "addr.h"
#include "base64.h"
#include "tap.h"
#include "vis.h"

static void
test_u64(void)
{
	static const struct { const char *in; uint64_t max; bool ok;
	    uint64_t v; } t[] = {
		{ "0", 10, true, 0 }, { "0010", 10, true, 10 },
		{ "11", 10, false, 0 }, { "", 10, false, 0 },
		{ "-1", 10, false, 0 }, { "+1", 10, false, 0 },
		{ " 1", 10, false, 0 }, { "1x", 10, false, 0 },
		{ "18446744073709551615", UINT64_MAX, true, UINT64_MAX },
		{ "18446744073709551616", UINT64_MAX, false, 0 },
		{ "99999999999999999999", UINT64_MAX, false, 0 },
		{ "4294967296", UINT32_MAX, false, 0 },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		uint64_t v = 0;
		bool ok = str_u64(str_c(t[i].in), t[i].max, &v);

		tap_ok(ok == t[i].ok && (!ok || v == t[i].v),
		    "a number '%s' is read or refused", t[i].in);
	}
}

static void
test_glob(void)
{
	static const struct { const char *pat, *s; bool icase, want; } t[] = {
		{ "*", "", false, true }, { "", "", false, true },
		{ "", "a", false, false }, { "a*c", "abbbc", false, true },
		{ "a*c", "abbb", false, false }, { "?", "x", false, true },
		{ "?", "", false, false }, { "A*", "abc", false, false },
		{ "A*", "abc", true, true }, { "*a*b*", "xxaxxbxx", false, true },
		{ "*ab", "aab", false, true },
		{ "a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa", false, false },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		tap_ok(str_glob(str_c(t[i].pat), str_c(t[i].s), t[i].icase) ==
		    t[i].want, "glob '%s' against '%s'", t[i].pat, t[i].s);
}

static void
test_utf8(void)
{
	static const struct { const char *s; bool ok; } t[] = {
		{ "plain", true }, { "\xc5\x99", true },
		{ "\xe2\x82\xac", true }, { "\xf0\x9f\x98\x80", true },
		{ "\xc0\xaf", false }, { "\xe0\x80\xaf", false },
		{ "\xed\xa0\x80", false }, { "\xf4\x90\x80\x80", false },
		{ "\xc5", false }, { "\x80", false }, { "\xff", false },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		tap_ok(str_utf8(str_c(t[i].s)) == t[i].ok,
		    "UTF-8 case %zu is judged", i);
	tap_ok(!str_utf8((struct str){ "a\0b", 3 }), "NUL is not text");
}

static void
test_vis(void)
{
	char out[16];

	tap_cstr("a\\x0Db\\\"", vis(out, sizeof out, STR("a\rb\"")),
	    "controls and quotes are escaped");
	tap_cstr("aaaaaaaaaaaa...", vis(out, sizeof out,
	    STR("aaaaaaaaaaaaaaaaaaaa")), "a long text is cut");
	tap_cstr("\\xFF\\xFF\\xFF...", vis(out, sizeof out,
	    STR("\xff\xff\xff\xff\xff")), "it is cut at a whole escape");
}

static void
test_base64(void)
{
	static const struct { const char *in; bool ok; const char *out; } t[] = {
		{ "", true, "" }, { "Zg==", true, "f" }, { "Zm8=", true, "fo" },
		{ "Zm9v", true, "foo" }, { "Zm9vYg==", true, "foob" },
		{ "Zg=", false, "" }, { "Zg", false, "" },
		{ "Zh==", false, "" }, { "Zm9=", false, "" },
		{ "Z===", false, "" }, { "====", false, "" },
		{ "Zg==Zg==", false, "" }, { "Zm 9v", false, "" },
		{ "Zm9v\n", false, "" }, { "Zm-_", false, "" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		char out[64], back[64];
		size_t n = 0;
		bool ok = base64_dec(out, str_c(t[i].in), &n);

		tap_ok(ok == t[i].ok, "base64 '%s' is judged", t[i].in);
		if (!ok)
			continue;
		tap_str(str_c(t[i].out), (struct str){ out, n },
		    "base64 '%s' decodes", t[i].in);
		n = base64_enc(back, (struct str){ out, n });
		tap_str(str_c(t[i].in), (struct str){ back, n },
		    "and encodes again");
	}
}

static void
test_addr(void)
{
	static const struct { const char *in, *host; } t[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "::ffff:192.0.2.1", "192.0.2.1" },
		{ "[2001:DB8::1]", "2001:db8::1" }, { "::1", "::1" },
		{ "192.0.2.256", NULL }, { "192.0.2", NULL }, { "", NULL },
		{ "localhost", NULL }, { "[::1", NULL },
	};
	char text[ADDR_TEXT];
	struct addr a;

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		bool ok = addr_parse(str_c(t[i].in), &a);

		tap_cstr(t[i].host, ok ? addr_host(&a, text) : NULL,
		    "address '%s'", t[i].in);
	}
	tap_ok(!addr_parse((struct str){ "1.2.3.4\0x", 9 }, &a),
	    "an address with a NUL behind it is none");
	addr_parse(STR("::ffff:127.9.9.9"), &a);
	tap_ok(addr_is4(&a) && addr_is_loopback(&a),
	    "a mapped loopback is IPv4 loopback");
	a = (struct addr){ 0 };
	tap_cstr("[0.0.0.0]:0", addr_text(&a, text), "none prints as 0.0.0.0");
}

static void
test_addr_split(void)
{
	static const struct { const char *in, *host; int port; } t[] = {
		{ "a.example:143", "a.example", 143 },
		{ "[2.2.2.2] : 53", "2.2.2.2", 53 },
		{ "[2001:db8::1]:993", "2001:db8::1", 993 },
		{ "2001:db8::1:993", NULL, 0 }, { "a:0", NULL, 0 },
		{ "a:65536", NULL, 0 }, { "a", NULL, 0 }, { ":1", NULL, 0 },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct str host = STR_NULL;
		uint16_t port = 0;
		bool ok = addr_split(str_c(t[i].in), &host, &port);

		tap_str(str_c(t[i].host), ok ? host : STR_NULL,
		    "host of '%s'", t[i].in);
		tap_int(t[i].port, ok ? port : 0, "port of '%s'", t[i].in);
	}
}

int
main(void)
{
	test_u64();
	test_glob();
	test_utf8();
	test_vis();
	test_base64();
	test_addr();
	test_addr_split();
	return tap_done();
}
