#include <stdio.h>

#include "arena.h"
#include "eval.h"
#include "image.h"
#include "module.h"
#include "regex.h"
#include "tap.h"

const struct module_head *const module_static[] = { &engine_regex.head, NULL };

static struct addr
ip(const char *s)
{
	struct addr a = { 0 };

	if (s != NULL && !addr_parse(str_c(s), &a))
		abort();
	return a;
}

/* ---- one condition ------------------------------------------------------- */

static const struct {
	const char *name;
	const char *from[4];		/* the set; none: not written */
	const char *seen;		/* NULL: not known */
	bool holds;
} addr_cases[] = {
	{ "a set that is not written", { NULL }, "10.0.0.1", true },
	{ "one address", { "10.0.0.1" }, "10.0.0.1", true },
	{ "its neighbour above", { "10.0.0.1" }, "10.0.0.2", false },
	{ "its neighbour below", { "10.0.0.1" }, "10.0.0.0", false },
	{ "the first of a range", { "10.0.0.0-10.0.0.255" }, "10.0.0.0",
	    true },
	{ "the last of a range", { "10.0.0.0-10.0.0.255" }, "10.0.0.255",
	    true },
	{ "one past a range", { "10.0.0.0-10.0.0.255" }, "10.0.1.0", false },
	{ "the second of two", { "10.0.0.1", "10.0.0.5" }, "10.0.0.5", true },
	{ "between two", { "10.0.0.1", "10.0.0.5" }, "10.0.0.3", false },
	{ "the third of three", { "10.0.0.1", "10.0.0.5", "10.0.0.9" },
	    "10.0.0.9", true },
	{ "a network but not this part", { "10.1.0.0-10.1.255.255",
	    "!10.1.9.0-10.1.9.255" }, "10.1.9.7", false },
	{ "a network, another part", { "10.1.0.0-10.1.255.255",
	    "!10.1.9.0-10.1.9.255" }, "10.1.8.7", true },
	{ "negative values alone", { "!10.1.9.0-10.1.9.255" }, "10.1.8.7",
	    true },
	{ "negative values alone, in them", { "!10.1.9.0-10.1.9.255" },
	    "10.1.9.7", false },
	{ "IPv6", { "2001:db8::-2001:db8::ffff" }, "2001:db8::1", true },
	{ "IPv6 outside", { "2001:db8::-2001:db8::ffff" }, "2001:db8::1:0",
	    false },
	{ "an IPv4-mapped client and an IPv4 range",
	    { "10.0.0.0-10.0.0.255" }, "::ffff:10.0.0.9", true },
	{ "an IPv4 client and all of IPv6 but nothing mapped",
	    { "2000::-3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" }, "10.0.0.1",
	    false },
	{ "0.0.0.0 itself", { "0.0.0.0-255.255.255.255" }, "0.0.0.0", true },
	{ "an unknown address and everything",
	    { "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" }, NULL, false },
	{ "an unknown address and negative values", { "!10.0.0.1" }, NULL,
	    true },
};

static void
test_addresses(void)
{
	for (size_t i = 0; i < sizeof addr_cases / sizeof *addr_cases; i++) {
		struct conf_conditions w = { 0 };
		struct acl_facts f = { .from = ip(addr_cases[i].seen),
		    .to = ip("10.9.9.9") };
		enum acl_condition which;
		const char *why;

		image_start();
		if (addr_cases[i].from[0] != NULL)
			w.from = image_addrset(addr_cases[i].from);
		tap_int(addr_cases[i].holds ? ACL_HOLDS : ACL_FAILS,
		    acl_when(image_open(), &w, &f, &which, &why),
		    "from: %s", addr_cases[i].name);
		if (!addr_cases[i].holds)
			tap_int(ACL_FROM, which, "and 'from' is named");
	}
}

/* Against a plain search, over random sorted sets. */
static void
test_addresses_random(void)
{
	size_t wrong = 0;

	srandom(7);
	for (int round = 0; round < 200; round++) {
		struct conf_range r[20] = { 0 };
		struct conf_addrset set = { .given = 1 };
		size_t n = (size_t)random() % 20 + 1;
		unsigned at = 0;

		image_start();
		for (size_t i = 0; i < n; i++) {
			at += (unsigned)random() % 5 + 2;
			r[i].lo[15] = (uint8_t)at;
			at += (unsigned)random() % 4;
			r[i].hi[15] = (uint8_t)at;
			r[i].lo[0] = r[i].hi[0] = 0x20;
		}
		set.pos = IMAGE_ROWS(r, n);
		const struct conf *c = image_open();

		for (unsigned v = 0; v < 256; v++) {
			struct conf_conditions w = { .from = set };
			struct acl_facts f = { .from.ip = { 0x20,
			    [15] = (uint8_t)v } };
			enum acl_condition which;
			const char *why;
			bool in = false;

			for (size_t i = 0; i < n; i++)
				in |= r[i].lo[15] <= v && v <= r[i].hi[15];
			wrong += in != (acl_when(c, &w, &f, &which, &why) ==
			    ACL_HOLDS);
		}
	}
	tap_int(0, (int64_t)wrong, "search by halves finds what a walk does");
}

static void
one(const char *name, enum acl_truth want, enum acl_condition want_which,
    const struct conf_conditions *w, const struct acl_facts *f)
{
	enum acl_condition which = ACL_CONDITIONS;
	const char *why = NULL;

	tap_int(want, acl_when(image_open(), w, f, &which, &why), "%s", name);
	if (want != ACL_HOLDS)
		tap_cstr(acl_matchers[want_which].name,
		    acl_matchers[which].name, "and it is named");
	if (want == ACL_UNDECIDED)
		tap_ok(why != NULL, "and has a reason: %s", why);
}

static void
test_users(void)
{
	struct conf_conditions joe = { .user = IMAGE_STRSET("joe", "jane") };
	struct conf_conditions nobody = { .user = IMAGE_STRSET("none") };
	struct conf_conditions known = { .user = IMAGE_STRSET("!none",
	    "!jane") };
	struct conf_conditions staff = { .group = IMAGE_STRSET("staff",
	    "!guests") };
	struct conf_conditions loner = { .group = IMAGE_STRSET("none") };
	struct acl_facts f = { .from = ip("10.0.0.1") };

	one("nobody is not joe", ACL_FAILS, ACL_USER, &joe, &f);
	one("nobody is nobody", ACL_HOLDS, 0, &nobody, &f);
	one("nobody is not known", ACL_FAILS, ACL_USER, &known, &f);
	one("nobody is in no group", ACL_FAILS, ACL_GROUP, &staff, &f);
	one("and that can be asked for", ACL_HOLDS, 0, &loner, &f);
	f.user = STR("joe");
	one("joe is joe", ACL_HOLDS, 0, &joe, &f);
	one("joe is somebody", ACL_FAILS, ACL_USER, &nobody, &f);
	one("joe is known and not jane", ACL_HOLDS, 0, &known, &f);
	one("joe has no group", ACL_HOLDS, 0, &loner, &f);
	f.user = STR("jane");
	one("a negative user", ACL_FAILS, ACL_USER, &known, &f);
	f.user = STR("Joe");
	one("names keep their case", ACL_FAILS, ACL_USER, &joe, &f);
	f.groups = STR("mail,staff");
	one("the second of two groups", ACL_HOLDS, 0, &staff, &f);
	one("whoever has a group", ACL_FAILS, ACL_GROUP, &loner, &f);
	f.groups = STR("staff,guests");
	one("a negative group takes out", ACL_FAILS, ACL_GROUP, &staff, &f);
	f.groups = STR("staffer,sta");
	one("groups are compared whole", ACL_FAILS, ACL_GROUP, &staff, &f);
	f.user_why = "the file cannot be read";
	one("a user who cannot be told", ACL_UNDECIDED, ACL_USER, &joe, &f);
	one("nor whether it is nobody", ACL_UNDECIDED, ACL_USER, &nobody, &f);
	one("a group that cannot be told", ACL_UNDECIDED, ACL_GROUP, &staff,
	    &f);
}

static void
test_others(void)
{
	struct acl_facts f = { .from = ip("10.0.0.1"), .listener = STR("lan"),
	    .parent = STR("office"), .transparent = true };
	struct conf_conditions w = { 0 };
	static const struct conf_numrange tos[3] = { { 4, 8 }, { 32, 63 },
	    { 40, 40 } };

	image_start();
	w.transparent = CONF_TRI_YES;
	one("transparent = yes holds", ACL_HOLDS, 0, &w, &f);
	w.transparent = CONF_TRI_NO;
	one("transparent = no fails", ACL_FAILS, ACL_TRANSPARENT, &w, &f);
	w = (struct conf_conditions){ .ip_tos_from = IMAGE_NUMSET(tos, 2,
	    &tos[2], 1) };
	one("a TOS that is not known", ACL_UNDECIDED, ACL_IP_TOS_FROM, &w, &f);
	f.tos_known = true;
	f.tos = 8;
	one("the last of a range of numbers", ACL_HOLDS, 0, &w, &f);
	f.tos = 12;
	one("between two ranges", ACL_FAILS, ACL_IP_TOS_FROM, &w, &f);
	f.tos = 32;
	one("the first of the second", ACL_HOLDS, 0, &w, &f);
	f.tos = 40;
	one("what a negative number takes out", ACL_FAILS, ACL_IP_TOS_FROM, &w,
	    &f);
	w.ip_tos_from.pos.n = 0;
	f.tos = 44;
	one("negative numbers alone", ACL_HOLDS, 0, &w, &f);
	w.ip_tos_from.neg = (struct conf_ref){ 1u << 30, 3 };
	one("numbers outside the cache", ACL_UNDECIDED, ACL_IP_TOS_FROM, &w,
	    &f);
	w = (struct conf_conditions){ .listener = IMAGE_STRSET("wan", "lan") };
	one("the second listener holds", ACL_HOLDS, 0, &w, &f);
	w.listener = IMAGE_STRSET("LAN");
	one("titles keep their case", ACL_FAILS, ACL_LISTENER, &w, &f);
	w.listener = IMAGE_STRSET("!lan");
	one("a negative listener fails", ACL_FAILS, ACL_LISTENER, &w, &f);
	w.listener = IMAGE_STRSET("!wan");
	one("negative listeners alone hold", ACL_HOLDS, 0, &w, &f);
	w = (struct conf_conditions){ .parent = IMAGE_STRSET("office") };
	one("parent holds", ACL_HOLDS, 0, &w, &f);
	w.parent = IMAGE_STRSET("home");
	one("another parent fails", ACL_FAILS, ACL_PARENT, &w, &f);
	test_users();
	w = (struct conf_conditions){ .server = IMAGE_ADDRSET("10.0.0.7") };
	one("an unknown server is in no range", ACL_FAILS, ACL_SERVER, &w,
	    &f);
	f.server = ip("10.0.0.7");
	one("server holds", ACL_HOLDS, 0, &w, &f);
	f.server_is_name = true;
	f.server_host = -1;
	one("a server that is a name", ACL_UNDECIDED, ACL_SERVER, &w, &f);
	w.transparent = CONF_TRI_NO;
	one("what fails decides over what cannot be decided", ACL_FAILS,
	    ACL_TRANSPARENT, &w, &f);
	w = (struct conf_conditions){ .server = IMAGE_ADDRSET("10.0.0.7"),
	    .parent = IMAGE_STRSET("home") };
	one("also when it comes later", ACL_FAILS, ACL_PARENT, &w, &f);
	w = (struct conf_conditions){ .client_cert.given = 1 };
	one("a certificate that is not there", ACL_FAILS, ACL_CLIENT_CERT,
	    &w, &f);
	w = (struct conf_conditions){ .from = { .pos = { 1u << 30, 3 },
	    .given = 1 } };
	one("a set outside the cache", ACL_UNDECIDED, ACL_FROM, &w, &f);
	w = (struct conf_conditions){ .parent = { .values = { 1u << 30, 3 },
	    .given = 1 } };
	one("titles outside the cache", ACL_UNDECIDED, ACL_PARENT, &w, &f);
}

/* ---- the search ---------------------------------------------------------- */

static void
test_session(void)
{
	struct conf_session_acl a[3] = { 0 };
	struct acl_facts f = { .from = ip("10.0.0.1") };
	struct acl_result r;

	image_start();
	a[0].name = image_text("first\n");
	a[0].when.from = IMAGE_ADDRSET("10.0.0.1-10.0.0.3");
	a[0].when.server = IMAGE_ADDRSET("10.0.0.7");
	a[1].name = image_text("second");
	a[1].when.from = IMAGE_ADDRSET("10.0.0.2-10.0.0.4");
	a[1].deny = 1;
	a[2].name = image_text("third");
	a[2].when.from = IMAGE_ADDRSET("10.0.0.0-10.0.0.5");
	image.main.session_acls = IMAGE_ROWS(a, 3);
	const struct conf *c = image_open();

	acl_session(c, &f, &r);
	tap_int(2, r.row, "the first that matches is chosen");
	tap_ok(!r.deny && r.reason == NULL, "and accepts");
	f.from = ip("10.0.0.4");
	acl_session(c, &f, &r);
	tap_int(1, r.row, "file order decides");
	tap_ok(r.deny && r.reason == NULL, "and it denies");
	f.from = ip("10.0.0.9");
	acl_session(c, &f, &r);
	tap_int(-1, r.row, "no match is no ACL");
	tap_ok(r.deny && r.reason == NULL, "and a rejection");
	f.from = ip("10.0.0.2");
	f.server_is_name = true;
	acl_session(c, &f, &r);
	tap_int(-1, r.row, "what cannot be decided chooses none");
	tap_ok(r.deny, "and rejects");
	tap_cstr("first\\x0A: server cannot be decided: host names are not "
	    "looked up", r.reason, "with its reason");
	f.from = ip("10.0.0.4");
	acl_session(c, &f, &r);
	tap_int(1, r.row, "another failing condition lets it be passed over");
}

static void
test_command(void)
{
	struct conf_command_acl a[2] = { 0 };
	struct conf_session_acl s = { 0 };
	struct conf_target t[2] = { { .port = 143 }, { .port = 144 } };
	struct addr first = ip("10.0.0.7");
	struct acl_facts f = { .from = ip("10.0.0.1"),
	    .server = ip("192.0.2.1") };
	struct acl_result r;

	image_start();
	memcpy(t[0].ip, first.ip, 16);
	s.name = image_text("office");
	a[0].name = image_text("a");
	a[0].when.parent = IMAGE_STRSET("home");
	a[1].name = image_text("b");
	a[1].when.parent = IMAGE_STRSET("office");
	a[1].when.server = IMAGE_ADDRSET("192.0.2.1");
	image.main.command_acls = IMAGE_ROWS(a, 2);
	const struct conf *c = image_open();

	acl_facts_chosen(&f, c, &s);
	acl_command(c, &f, &r);
	tap_int(1, r.row, "parent and the original destination are asked");
	s.plug_to = IMAGE_ROWS(t, 2);
	c = image_open();
	acl_facts_chosen(&f, c, &s);
	tap_ok(addr_same(&f.server, &first) && f.server.port == 143,
	    "server becomes the first plug-to candidate");
	acl_command(c, &f, &r);
	tap_int(-1, r.row, "which the command-acl then does not want");
	memset(t[0].ip, 0, 16);
	t[0].host_row = 8;
	s.plug_to = IMAGE_ROWS(t, 2);
	c = image_open();
	acl_facts_chosen(&f, c, &s);
	tap_ok(f.server_is_name, "a name is told from an address");
	tap_int(7, f.server_host, "with its row");

	image.main.command_acls = (struct conf_ref){ 1u << 30, 2 };
	acl_command(image_open(), &f, &r);
	tap_ok(r.deny && r.row < 0 && r.reason != NULL,
	    "a table outside the cache rejects");
}

/* ---- host names ---------------------------------------------------------- */

enum { A, B, C, NONE = 9 };	/* rows of names; !A is A + NOT */
enum { NOT = 16 };

static struct conf_addrset
hosts_set(const char *range, unsigned one, unsigned two)
{
	const unsigned values[2] = { one, two };
	struct conf_host_use u[2];
	struct conf_addrset s = { .given = 1 };
	size_t n = 0;

	if (range != NULL)
		s = IMAGE_ADDRSET(range);
	for (int i = 0; i < 2; i++)
		if (values[i] != NONE)
			u[n++] = (struct conf_host_use){ values[i] % NOT,
			    values[i] / NOT };
	s.hosts = IMAGE_ROWS(u, n);
	return s;
}

/* a is 10.0.0.1 and 2001:db8::1, b is not resolved, c is 10.0.0.3. */
static const struct {
	const char *name, *range;
	unsigned one, two;
	const char *from;
	enum acl_truth want;
	const char *wanted;	/* rows that somebody should look up */
} host_cases[] = {
	{ "an address of a host", NULL, A, NONE, "10.0.0.1", ACL_HOLDS, "" },
	{ "its other address", NULL, A, NONE, "2001:db8::1", ACL_HOLDS, "" },
	{ "another address", NULL, A, NONE, "10.0.0.2", ACL_FAILS, "" },
	{ "the second host", NULL, A, C, "10.0.0.3", ACL_HOLDS, "" },
	{ "not a host", NULL, A + NOT, NONE, "10.0.0.1", ACL_FAILS, "" },
	{ "not a host, another address", NULL, A + NOT, NONE, "10.0.0.2",
	    ACL_HOLDS, "" },
	{ "a host that is not resolved", NULL, B, NONE, "10.0.0.1",
	    ACL_UNDECIDED, "b" },
	{ "not such a host", NULL, B + NOT, NONE, "10.0.0.1", ACL_UNDECIDED,
	    "b" },
	{ "a range decides before it", "10.0.0.0-10.0.0.9", B, NONE,
	    "10.0.0.1", ACL_HOLDS, "" },
	{ "a range that does not", "10.0.0.0-10.0.0.9", B, NONE, "10.0.1.1",
	    ACL_UNDECIDED, "b" },
	{ "a host decides before it", NULL, A, B, "10.0.0.1", ACL_HOLDS, "" },
	{ "or does not", NULL, A, B, "10.0.0.2", ACL_UNDECIDED, "b" },
	{ "a range without such a host", "10.0.0.0-10.0.0.9", B + NOT, NONE,
	    "10.0.0.1", ACL_UNDECIDED, "b" },
	{ "outside of that range", "10.0.0.0-10.0.0.9", B + NOT, NONE,
	    "10.0.1.1", ACL_FAILS, "" },
	{ "what a range takes out needs no host", "!10.0.0.0-10.0.0.9",
	    B + NOT, NONE, "10.0.0.1", ACL_FAILS, "" },
	{ "one host without such another", NULL, C, B + NOT, "10.0.0.3",
	    ACL_UNDECIDED, "b" },
	{ "without one that it is not", NULL, C, A + NOT, "10.0.0.3",
	    ACL_HOLDS, "" },
	{ "an unknown address is no host's", NULL, B, NONE, NULL, ACL_FAILS,
	    "" },
	{ "nor outside of one", NULL, B + NOT, NONE, NULL, ACL_HOLDS, "" },
};

static struct arena arena;

static struct acl_hosts *
known_hosts(const struct conf *c)
{
	static uint8_t a[2][16], one[1][16];
	struct acl_hosts *h = acl_hosts_new(&arena, c, NULL, 0);

	memcpy(a[0], ip("10.0.0.1").ip, 16);
	memcpy(a[1], ip("2001:db8::1").ip, 16);
	memcpy(one[0], ip("10.0.0.3").ip, 16);
	acl_host_learn(h, A, (const uint8_t (*)[16])a, 2, NULL);
	acl_host_learn(h, B, NULL, 0, "no answer");
	acl_host_learn(h, C, (const uint8_t (*)[16])one, 1, NULL);
	return h;
}

static void
test_hosts(void)
{
	static const char *const names[] = { "a", "b", "c", NULL };

	for (size_t i = 0; i < sizeof host_cases / sizeof *host_cases; i++) {
		struct conf_conditions w = { 0 };
		struct acl_facts f = { .from = ip(host_cases[i].from) };
		enum acl_condition which;
		char wanted[8] = "";
		const char *why = "";

		image_start();
		image_hosts(names);
		w.from = hosts_set(host_cases[i].range, host_cases[i].one,
		    host_cases[i].two);
		f.hosts = known_hosts(image_open());
		tap_int(host_cases[i].want, acl_when(&image.conf, &w, &f,
		    &which, &why), "from: %s", host_cases[i].name);
		for (unsigned k = 0; k < f.hosts->n; k++)
			if (f.hosts->rows[k].wanted)
				strcat(wanted, names[k]);
		tap_cstr(host_cases[i].wanted, wanted, "and what is wanted");
		if (host_cases[i].want == ACL_UNDECIDED)
			tap_cstr("b is not resolved: no answer", why, "why");
	}
}

/* A server that is a name: all its addresses, or none of them. */
static void
test_named_server(void)
{
	static const char *const names[] = { "a", "b", "c", NULL };
	static const struct {
		int host;
		const char *set;
		enum acl_truth want;
		const char *why;
	} cases[] = {
		{ C, "10.0.0.0-10.0.0.9", ACL_HOLDS, NULL },
		{ C, "10.0.1.0-10.0.1.9", ACL_FAILS, NULL },
		{ C, "!10.0.0.3", ACL_FAILS, NULL },
		{ A, "!10.0.0.3", ACL_HOLDS, NULL },
		{ A, "10.0.0.3", ACL_FAILS, NULL },
		{ A, "10.0.0.1", ACL_UNDECIDED, "only some addresses of "
		    "plug-to's name are in it" },
		{ A, "!2001:db8::1", ACL_UNDECIDED, "only some addresses of "
		    "plug-to's name are in it" },
		{ B, "10.0.0.1", ACL_UNDECIDED, "b is not resolved: no "
		    "answer" },
		{ -1, "10.0.0.1", ACL_UNDECIDED, "host names are not looked "
		    "up" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct acl_facts f = { .server_is_name = true,
		    .server_host = cases[i].host };
		struct conf_conditions w = { 0 };
		enum acl_condition which;
		const char *why = NULL;

		image_start();
		image_hosts(names);
		w.server = IMAGE_ADDRSET(cases[i].set);
		f.hosts = known_hosts(image_open());
		tap_int(cases[i].want, acl_when(&image.conf, &w, &f, &which,
		    &why), "row %d: server %s", cases[i].host, cases[i].set);
		if (cases[i].why != NULL)
			tap_cstr(cases[i].why, why, "why");
	}
}

/* Of two undecided conditions the first is named, with its own host. */
static void
test_hosts_named(void)
{
	static const char *const names[] = { "a", "b", "c", NULL };
	struct acl_facts f = { .from = ip("10.0.0.1"), .to = ip("10.0.0.2") };
	struct conf_conditions w = { 0 };
	enum acl_condition which;
	const char *why;

	image_start();
	image_hosts(names);
	w.from = hosts_set(NULL, B, NONE);
	w.to = hosts_set(NULL, C, NONE);
	f.hosts = acl_hosts_new(&arena, image_open(), NULL, 0);
	tap_int(ACL_UNDECIDED, acl_when(&image.conf, &w, &f, &which, &why),
	    "nothing is known");
	tap_cstr("b is not resolved: not looked up yet", why,
	    "the first condition's host is named");
	tap_ok(f.hosts->wanted && f.hosts->rows[B].wanted &&
	    f.hosts->rows[C].wanted && !f.hosts->rows[A].wanted,
	    "and those of both are wanted");
	f.hosts->wanted = false;
	acl_host_learn(f.hosts, B, NULL, 0, "gone");
	acl_host_learn(f.hosts, C, NULL, 0, "gone");
	acl_when(&image.conf, &w, &f, &which, &why);
	tap_ok(!f.hosts->wanted, "what was asked for is not wanted again");
	f.hosts = NULL;
	tap_int(ACL_UNDECIDED, acl_when(&image.conf, &w, &f, &which, &why),
	    "without any knowledge nothing is decided");
}

/* All that the ACLs before a certain one need is wanted at once. */
static void
test_hosts_want(void)
{
	static const char *const names[] = { "a", "b", "c", NULL };
	struct acl_facts f = { .from = ip("10.0.0.1") };
	struct conf_session_acl s[4] = { 0 };
	struct acl_result r;

	image_start();
	image_hosts(names);
	s[0].when.from = hosts_set(NULL, A, NONE);
	s[1].when.from = hosts_set(NULL, B + NOT, NONE);
	s[2].when.from = IMAGE_ADDRSET("10.0.0.1");
	s[3].when.from = hosts_set(NULL, C, NONE);
	s[0].name = image_text("first");
	image.main.session_acls = IMAGE_ROWS(s, 4);
	f.hosts = acl_hosts_new(&arena, image_open(), NULL, 0);
	acl_session(&image.conf, &f, &r);
	tap_cstr("first: from cannot be decided: a is not resolved: not "
	    "looked up yet", r.reason, "an undecided ACL rejects");
	tap_ok(r.deny && r.row < 0 && !f.hosts->rows[B].wanted,
	    "and asks no later one");
	acl_session_want(&image.conf, &f);
	tap_ok(f.hosts->rows[B].wanted && !f.hosts->rows[C].wanted,
	    "all names up to an ACL that holds are wanted");
}

int
main(void)
{
	arena_init(&arena, 1 << 20, NULL, NULL);
	test_addresses();
	test_addresses_random();
	test_others();
	test_session();
	test_command();
	test_hosts();
	test_named_server();
	test_hosts_named();
	test_hosts_want();
	arena_fini(&arena);
	return tap_done();
}
