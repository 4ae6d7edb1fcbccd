#include <stdio.h>

#include "certmatch.h"
#include "image.h"
#include "module.h"
#include "regex.h"
#include "tap.h"

const struct module_head *const module_static[] = { &engine_regex.head, NULL };

#define PRINT "00112233445566778899aabbccddeeff" \
	"00112233445566778899aabbccddeeff"

static struct certinfo
alice(void)
{
	return (struct certinfo){
		.present = true,
		.verified = true,
		.subject = STR("CN=alice,OU=staff,O=Example"),
		.issuer = STR("CN=Example CA,O=Example"),
		.san = { STR("dns:alice.example.org"),
		    STR("email:alice@example.org") },
		.nsan = 2,
		.fingerprint = PRINT,
	};
}

struct match {
	const char *subject[4], *issuer[4], *san[4], *fingerprint[4];
};

static struct conf_certmatch
build(const struct match *m)
{
	struct conf_certmatch r = { .given = 1 };

	if (m->subject[0] != NULL)
		r.subject = image_strset(m->subject);
	if (m->issuer[0] != NULL)
		r.issuer = image_strset(m->issuer);
	if (m->san[0] != NULL)
		r.san = image_strset(m->san);
	if (m->fingerprint[0] != NULL)
		r.fingerprint = image_strset(m->fingerprint);
	return r;
}

static const struct {
	const char *name;
	struct match m;
	enum acl_truth want;
	enum certmatch_part part;
} cases[] = {
	{ "nothing but a certificate", { .subject = { NULL } }, ACL_HOLDS,
	    0 },
	{ "a subject", { .subject = { "CN=alice,.*" } }, ACL_HOLDS, 0 },
	{ "a part of the subject is not it", { .subject = { "CN=alice" } },
	    ACL_FAILS, CERTMATCH_SUBJECT },
	{ "nor is its end", { .subject = { "O=Example" } }, ACL_FAILS,
	    CERTMATCH_SUBJECT },
	{ "case counts", { .subject = { "CN=Alice,.*" } }, ACL_FAILS,
	    CERTMATCH_SUBJECT },
	{ "the second value", { .subject = { "CN=bob,.*", "CN=alice,.*" } },
	    ACL_HOLDS, 0 },
	{ "a negative value", { .subject = { ".*", "!CN=alice,.*" } },
	    ACL_FAILS, CERTMATCH_SUBJECT },
	{ "negative values alone", { .subject = { "!CN=bob,.*" } },
	    ACL_HOLDS, 0 },
	{ "an alternative is anchored as a whole",
	    { .subject = { "CN=bob|CN=alice" } }, ACL_FAILS,
	    CERTMATCH_SUBJECT },
	{ "an issuer", { .issuer = { "CN=Example CA,O=Example" } },
	    ACL_HOLDS, 0 },
	{ "another issuer", { .issuer = { "CN=Other CA.*" } }, ACL_FAILS,
	    CERTMATCH_ISSUER },
	{ "a san", { .san = { "email:alice@example.org" } }, ACL_HOLDS, 0 },
	{ "a san in other case", { .san = { "DNS:ALICE.EXAMPLE.ORG" } },
	    ACL_HOLDS, 0 },
	{ "a san pattern", { .san = { "dns:*.example.org" } }, ACL_HOLDS, 0 },
	{ "a san of another kind", { .san = { "dns:alice@example.org" } },
	    ACL_FAILS, CERTMATCH_SAN },
	{ "a negative san beside a positive one",
	    { .san = { "dns:*.example.org", "!email:*" } }, ACL_FAILS,
	    CERTMATCH_SAN },
	{ "a fingerprint", { .fingerprint = { PRINT } }, ACL_HOLDS, 0 },
	{ "a fingerprint's beginning", { .fingerprint = { "0011" } },
	    ACL_FAILS, CERTMATCH_FINGERPRINT },
	{ "all parts", { { "CN=alice,.*" }, { ".*" }, { "dns:*" },
	    { PRINT } }, ACL_HOLDS, 0 },
	{ "parts are ANDed", { { "CN=alice,.*" }, { ".*" }, { "dns:*" },
	    { "00" } }, ACL_FAILS, CERTMATCH_FINGERPRINT },
	{ "an expression that explodes",
	    { .subject = { "([A-Za-z,= ]+)+[!?]" } }, ACL_UNDECIDED,
	    CERTMATCH_SUBJECT },
	{ "with one that holds beside it",
	    { .subject = { "([A-Za-z,= ]+)+[!?]", "CN=alice,.*" } }, ACL_HOLDS,
	    0 },
	{ "but not as a negative one",
	    { .subject = { "CN=alice,.*", "!([A-Za-z,= ]+)+[!?]" } },
	    ACL_UNDECIDED, CERTMATCH_SUBJECT },
	{ "another part that fails decides",
	    { .subject = { "([A-Za-z,= ]+)+[!?]" }, .issuer = { "x" } },
	    ACL_FAILS, CERTMATCH_ISSUER },
	{ "a broken expression", { .subject = { "(" } }, ACL_UNDECIDED,
	    CERTMATCH_SUBJECT },
};

static void
test_cases(void)
{
	struct certinfo ci = alice();

	/* long enough to explode */
	ci.subject = STR("CN=alice,OU=staff,O=Example");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		enum certmatch_part part = CERTMATCH_PARTS;
		const char *why = NULL;
		struct conf_certmatch m;

		image_start();
		m = build(&cases[i].m);
		tap_int(cases[i].want, certmatch(image_open(), &m, &ci, &part,
		    &why), "%s", cases[i].name);
		if (cases[i].want == ACL_HOLDS)
			continue;
		tap_int(cases[i].part, part, "and its part is named");
		tap_ok(why != NULL, "with a reason: %s", why ? why : "");
		tap_ok(!acl_certmatch(&image.conf, &m, &ci, &why),
		    "which is no match");
	}
}

static void
test_absent(void)
{
	struct conf_certmatch m = { .given = 1 };
	struct certinfo ci = alice();
	const char *why = "";

	image_start();
	const struct conf *c = image_open();

	tap_ok(!acl_certmatch(c, &m, NULL, &why), "no TLS is no match");
	tap_cstr("certificate: there is none", why, "and is named");
	ci.present = false;
	tap_ok(!acl_certmatch(c, &m, &ci, &why), "no certificate neither");
	tap_cstr("certificate: there is none", why, "and is named");
	ci = alice();
	ci.verified = false;
	tap_ok(!acl_certmatch(c, &m, &ci, &why), "nor one not verified");
	tap_cstr("certificate: not verified", why, "and is named");
	m.fingerprint = IMAGE_STRSET(PRINT);
	c = image_open();
	tap_ok(!acl_certmatch(c, &m, &ci, &why),
	    "not even by its fingerprint");
	m = (struct conf_certmatch){ 0 };
	tap_ok(acl_certmatch(c, &m, NULL, &why),
	    "a match that is not written holds without one");
}

/* Names as an attacker with a certificate of a lax CA would like them. */
static const struct {
	const char *name;
	struct str subject;
	const char *pattern;
	enum acl_truth want;
} hostile[] = {
	{ "an escaped comma does not begin a new part",
	    STR("CN=bob\\,CN=alice,O=Example"), "(.*,)?CN=alice,O=Example",
	    ACL_HOLDS },
	{ "which an expression that minds escapes tells",
	    STR("CN=bob\\,CN=alice,O=Example"),
	    "CN=([^,\\\\]|\\\\.)*,O=Example", ACL_HOLDS },
	{ "a line end hides nothing from a negative value",
	    STR("CN=evil\nCN=good"), "!CN=evil.*", ACL_FAILS },
	{ "nor is it an end", STR("CN=good\n"), "CN=good$", ACL_FAILS },
	{ "nor a place for ^ and $", STR("CN=x\nCN=good\nCN=y"),
	    "(?:.*^)?CN=good$(?:.*)", ACL_FAILS },
	{ "NUL is an octet as any other", STR("CN=good\0evil"), "CN=good",
	    ACL_FAILS },
	{ "and matches '.'", STR("CN=good\0evil"), "!CN=good.evil",
	    ACL_FAILS },
	{ "octets that are no UTF-8 are compared", STR("CN=\xff\xfe"),
	    "CN=\\xff\\xfe", ACL_HOLDS },
	{ "an empty name", STR(""), "CN=.*", ACL_FAILS },
	{ "an empty name and an empty expression", STR(""), "", ACL_HOLDS },
	{ "expression syntax in the name is text", STR("CN=.*"), "CN=alice",
	    ACL_FAILS },
};

static void
test_hostile(void)
{
	for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
		struct certinfo ci = alice();
		enum certmatch_part part;
		struct conf_certmatch m = { .given = 1 };
		const char *why;

		image_start();
		m.subject = IMAGE_STRSET(hostile[i].pattern);
		ci.subject = hostile[i].subject;
		tap_int(hostile[i].want, certmatch(image_open(), &m, &ci,
		    &part, &why), "%s", hostile[i].name);
	}
}

/* 4096 octets of name, as many as TLS lets through, and all its names. */
static void
test_large(void)
{
	static char name[4096];
	struct conf_certmatch m = { .given = 1 };
	struct certinfo ci = alice();
	const char *why = NULL;

	memset(name, 'a', sizeof name);
	ci.subject = (struct str){ name, sizeof name };
	image_start();
	m.subject = IMAGE_STRSET("a+");
	tap_ok(acl_certmatch(image_open(), &m, &ci, &why),
	    "a name of 4096 octets is matched within the limits");
	m.subject = IMAGE_STRSET("(a*)*b");
	tap_ok(!acl_certmatch(image_open(), &m, &ci, &why),
	    "or is no match: %s", why);
	for (size_t i = 0; i < CERT_SAN_MAX; i++)
		ci.san[i] = STR("dns:x");
	ci.san[CERT_SAN_MAX - 1] = STR("dns:last");
	ci.nsan = CERT_SAN_MAX;
	m.subject = (struct conf_strset){ 0 };
	m.san = IMAGE_STRSET("dns:last");
	tap_ok(acl_certmatch(image_open(), &m, &ci, &why),
	    "the last of the most names counts");
	m.san.values.off = 1u << 30;
	tap_ok(!acl_certmatch(image_open(), &m, &ci, &why),
	    "values outside the cache are no match");
	tap_cstr("the cache is damaged", why, "and named so");
}

int
main(void)
{
	test_cases();
	test_absent();
	test_hostile();
	test_large();
	return tap_done();
}
