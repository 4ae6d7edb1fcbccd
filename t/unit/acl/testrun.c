#include <stdio.h>
#include <stdlib.h>

#include "arena.h"
#include "explain.h"
#include "image.h"
#include "module.h"
#include "regex.h"
#include "tap.h"
#include "testrun.h"

const struct module_head *const module_static[] = { &engine_regex.head, NULL };

/* ---- explanations ------------------------------------------------------- */

static struct addr
ip(const char *s)
{
	struct addr a = { 0 };

	if (!addr_parse(str_c(s), &a))
		abort();
	return a;
}

static void
explained(const char *want, const struct conf_conditions *w,
    const struct acl_facts *f)
{
	char out[EXPLAIN_MAX];

	tap_cstr(want, explain_when(image_open(), w, f, out), "%s", want);
}

static void
test_explain_hosts(void)
{
	static const char *const names[] = { "a.test", "b.test", NULL };
	static const uint8_t local[1][16] = { { [15] = 1 } };
	struct conf_host_use u[] = { { 0, 0 }, { 1, 1 } };
	struct acl_facts f = { .from = ip("10.0.0.5"), .server_is_name = true,
	    .server_host = 0 };
	struct conf_conditions w = { 0 };
	struct arena arena;

	arena_init(&arena, 1 << 16, NULL, NULL);
	image_start();
	image_hosts(names);
	w.from = IMAGE_ADDRSET("10.0.0.1", "!10.0.0.5");
	w.from.hosts = IMAGE_ROWS(u, 2);
	f.hosts = acl_hosts_new(&arena, image_open(), NULL, 0);
	explained("from: 10.0.0.5 is not in {10.0.0.1, a.test, !10.0.0.5, "
	    "!b.test}", &w, &f);
	acl_host_learn(f.hosts, 0, local, 1, NULL);
	explained("from: 10.0.0.5 is not in {10.0.0.1, a.test (::1), "
	    "!10.0.0.5, !b.test}", &w, &f);
	w = (struct conf_conditions){ .server = IMAGE_ADDRSET("10.0.0.5") };
	explained("server: a.test (::1) is not in {10.0.0.5}", &w, &f);
	f.server_host = 1;
	explained("server: cannot be decided: b.test is not resolved: not "
	    "looked up yet", &w, &f);
	arena_fini(&arena);
}

static void
test_explain_addresses(void)
{
	struct acl_facts f = { .from = ip("10.0.0.5") };
	struct conf_conditions w = { 0 };

	image_start();
	explained("", &w, &f);
	w.from = IMAGE_ADDRSET("192.0.2.0-192.0.2.255");
	explained("from: 10.0.0.5 is not in {192.0.2.0/24}", &w, &f);
	w.from = IMAGE_ADDRSET("10.0.0.0-10.255.255.255", "!10.0.0.5");
	explained("from: 10.0.0.5 is not in {10.0.0.0/8, !10.0.0.5}", &w, &f);
	w.from = IMAGE_ADDRSET("10.0.0.1", "10.0.0.3-10.0.0.4",
	    "2001:db8::-2001:db8::ffff", "2001:db9::1");
	explained("from: 10.0.0.5 is not in {10.0.0.1, 10.0.0.3-10.0.0.4, "
	    "2001:db8::/112, 2001:db9::1}", &w, &f);
	w.from = IMAGE_ADDRSET(
	    "2000::-3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	explained("from: 10.0.0.5 is not in {2000::/3}", &w, &f);
	w = (struct conf_conditions){ .to = IMAGE_ADDRSET("10.0.0.5") };
	explained("to: an unknown address is not in {10.0.0.5}", &w, &f);
	w = (struct conf_conditions){ .server = IMAGE_ADDRSET("10.0.0.5") };
	explained("server: an unknown address is not in {10.0.0.5}", &w, &f);
	f.server_is_name = true;
	f.server_host = -1;
	explained("server: cannot be decided: host names are not looked up",
	    &w, &f);
	/* IPv4 as a whole, and what begins there but goes on */
	f.server_is_name = false;
	w.server = IMAGE_ADDRSET("0.0.0.0-255.255.255.255");
	explained("server: an unknown address is not in {0.0.0.0/0}", &w, &f);
}

static void
test_explain_titles(void)
{
	struct acl_facts f = { .from = ip("10.0.0.5"), .listener = STR("l\"x"),
	    .parent = STR("office") };
	struct conf_conditions w = { .transparent = CONF_TRI_YES };
	static const struct conf_numrange tos[2] = { { 4, 8 }, { 40, 40 } };

	image_start();
	explained("transparent: the connection is not", &w, &f);
	f.transparent = true;
	w.transparent = CONF_TRI_NO;
	explained("transparent: the connection is", &w, &f);
	w = (struct conf_conditions){ .ip_tos_from = IMAGE_NUMSET(tos, 2,
	    &tos[1], 1) };
	explained("ip-tos-from: cannot be decided: the client's TOS octet is "
	    "not known", &w, &f);
	f.tos_known = true;
	f.tos = 72;
	explained("ip-tos-from: 72 is not in {4-8, 40, !40}", &w, &f);
	w = (struct conf_conditions){ .user = IMAGE_STRSET("joe") };
	explained("user: nobody known is not in {\"joe\"}", &w, &f);
	f.user = STR("jane");
	explained("user: \"jane\" is not in {\"joe\"}", &w, &f);
	w = (struct conf_conditions){ .group = IMAGE_STRSET("a", "!b") };
	explained("group: no group is not in {\"a\", \"!b\"}", &w, &f);
	f.groups = STR("a,b");
	explained("group: \"a,b\" is not in {\"a\", \"!b\"}", &w, &f);
	f.user_why = "oob-auth \"x\": no such file";
	explained("group: cannot be decided: oob-auth \"x\": no such file",
	    &w, &f);
	w = (struct conf_conditions){ .parent = IMAGE_STRSET("a", "!b") };
	explained("parent: \"office\" is not in {\"a\", \"!b\"}", &w, &f);
	w = (struct conf_conditions){ .listener = IMAGE_STRSET("lan\n") };
	f.listener = STR("wan");
	explained("listener: \"wan\" is not in {\"lan\\x0A\"}", &w, &f);
}

static void
test_explain_times(void)
{
	struct acl_facts f = { .from = ip("10.0.0.5") };
	struct conf_conditions w = { 0 };
	struct conf_hours h[2] = { { 480, 990, 0 }, { 1320, 1440, 0 } };
	struct conf_time t[2] = { { .days = 3 << 1, .months = 1 << 1,
	    .wdays = 1 << 1 }, { .wdays = 1 << 6 } };
	struct conf_time_spec p[2] = { { .name = { 0 } } };
	struct conf_dates d = { 1, 1, 2, 1 };

	strptime("2026-11-20 17:30", "%Y-%m-%d %H:%M", &f.now);
	image_start();
	t[0].hours = IMAGE_ROWS(h, 2);
	w.time = IMAGE_ROWS(t, 2);
	explained("time: fri 2026-11-20 17:30 is not in {day 1 2 month jan "
	    "wday mon hours 0800-1630 2200-2400, wday sat}", &w, &f);
	p[0].name = image_text("new year");
	p[0].dates = IMAGE_ROWS(&d, 1);
	p[1].name = image_text("again");
	p[1].dates = p[0].dates;
	w = (struct conf_conditions){ .time_set.given = 1 };
	w.time_set.specs = IMAGE_ROWS(p, 2);
	explained("time-period-set: fri 2026-11-20 17:30 is not in {\"new "
	    "year\", \"again\"}", &w, &f);
	w.time_set.exclude = 1;
	f.now.tm_mon = 0;
	f.now.tm_mday = 1;
	explained("time-period-set: fri 2026-01-01 17:30 is in the excluded "
	    "{\"new year\", \"again\"}", &w, &f);
}

static void
test_explain_cert(void)
{
	struct certinfo ci = { .present = true, .verified = true,
	    .subject = STR("CN=bob\n"), .issuer = STR("CN=CA"),
	    .san = { STR("dns:b"), STR("email:b@c") }, .nsan = 2,
	    .fingerprint = "0011" };
	struct acl_facts f = { .from = ip("10.0.0.5") };
	struct conf_conditions w = { .client_cert.given = 1 };

	image_start();
	explained("client-cert: certificate: there is none", &w, &f);
	f.cert = &ci;
	w.client_cert.subject = IMAGE_STRSET("CN=alice");
	explained("client-cert: subject CN=bob\\x0A does not match "
	    "{\"CN=alice\"}", &w, &f);
	w.client_cert.issuer = IMAGE_STRSET("!CN=.*");
	w.client_cert.subject.given = 0;
	explained("client-cert: issuer CN=CA does not match {\"!CN=.*\"}", &w,
	    &f);
	w.client_cert.san = IMAGE_STRSET("dns:x");
	explained("client-cert: san {dns:b, email:b@c} does not match "
	    "{\"dns:x\"}", &w, &f);
	w.client_cert.fingerprint = IMAGE_STRSET("22");
	explained("client-cert: fingerprint 0011 does not match {\"22\"}", &w,
	    &f);
	w.client_cert = (struct conf_certmatch){ .given = 1 };
	w.client_cert.subject = IMAGE_STRSET("(");
	explained("client-cert: cannot be decided: the expression is not "
	    "valid", &w, &f);
}

static void
test_explain_long(void)
{
	struct acl_facts f = { .from = ip("10.0.0.5") };
	struct conf_conditions w = { .from.given = 1 };
	struct conf_range r[60] = { 0 };
	char out[EXPLAIN_MAX];

	image_start();
	for (int i = 0; i < 60; i++)
		r[i].lo[0] = r[i].hi[0] = (uint8_t)(i + 20);
	w.from.pos = IMAGE_ROWS(r, 60);
	explain_when(image_open(), &w, &f, out);
	tap_int(EXPLAIN_MAX - 1, (int64_t)strlen(out), "a long set is cut");
	tap_cstr("...", out + strlen(out) - 3, "and says so");
}

/* ---- running ------------------------------------------------------------ */

static int
show_acl(void *ctx, FILE *out, unsigned phase)
{
	(void)ctx;
	fprintf(out, "acls of %u\n", phase);
	return 0;
}

static int
show_proxy(void *ctx, FILE *out, bool all)
{
	(void)ctx;
	fprintf(out, "proxy%s\n", all ? " all" : "");
	return 0;
}

static int
show_hash(void *ctx, FILE *out)
{
	fprintf(out, "%s\n", (const char *)ctx);
	return 0;
}

static int
show_cert(void *ctx, const char *file, struct certinfo *ci_r,
    const char **why_r)
{
	(void)ctx;
	*ci_r = (struct certinfo){ .present = true, .subject = str_c(file) };
	*why_r = "no such file";
	return strcmp(file, "none") == 0 ? -1 : 0;
}

static void
show_settings(void *ctx, const struct answer *a, unsigned phase, uint32_t row)
{
	char text[8];

	(void)ctx;
	snprintf(text, sizeof text, "%u", row);
	if (phase >= TESTRUN_MAIL)
		answer_setting(a, phase == TESTRUN_MAIL ? "mail" : "doc",
		    text);
	else
		answer_flag(a, phase == TESTRUN_SESSION ? "session" :
		    "command", row > 0);
}

static void
show_in_force(void *ctx, const struct answer *a, uint32_t session_row,
    uint32_t command_row)
{
	char text[40];

	(void)ctx;
	snprintf(text, sizeof text, "\"%u of %u\"", command_row, session_row);
	answer_setting(a, "rows", text);
}

static bool
show_command(void *ctx, const struct conf_command_acl *acl, const char *text,
    const struct answer *answer)
{
	const struct answer_command c = { "ROW", "any",
	    *text == 'x' ? "NO" : NULL, text };

	(void)ctx;
	(void)acl;
	answer_command(answer, &c);
	return c.reply == NULL;
}

/* A mail of two documents; "none" is no file, "deep" cannot be taken apart. */
static void
doc_of(const struct testmail *m, uint32_t i, struct acl_doc_facts *d_r,
    char *label)
{
	static const struct str types[2] = { { "text/plain", 10 },
		{ "image/png", 9 } };

	*d_r = (struct acl_doc_facts){ .spam = m->facts.spam,
	    .virus = m->facts.virus, .size = 10, .type = types[i],
	    .declared = types[i], .names = acl_list_of(NULL, 0),
	    .members = acl_list_of(NULL, 0) };
	snprintf(label, TESTMAIL_LABEL, "%u", i + 1);
}

static int
show_mail(void *ctx, const struct testmail_ask *ask, struct testmail *m_r,
    const char **why_r)
{
	(void)ctx;
	if (strcmp(ask->e->mail, "none") == 0) {
		*why_r = "no such mail";
		return -1;
	}
	testmail_said(ask, m_r);
	m_r->docs = 2;
	m_r->doc = doc_of;
	if (strcmp(ask->e->mail, "deep") == 0) {
		m_r->docs = 0;
		m_r->facts.why = "it is too deep";
		m_r->facts.virus = CONF_VIRUS_ERROR;
	}
	return 0;
}

static void
show_edit(void *ctx, const struct testmail_ask *ask,
    const struct testmail_choice *chosen, const struct answer *answer)
{
	char text[80];

	(void)ctx;
	snprintf(text, sizeof text, "mail-acl %d, doc-acl %d, %d, %s",
	    chosen->mail, ask->e->mail[0] == 'd' ? -1 : chosen->docs[0],
	    ask->e->mail[0] == 'd' ? -1 : chosen->docs[1],
	    chosen->denied ? "denied" : "passed");
	answer_note(answer, "edit", text);
}

static void
run(const char *name, const char *expr, int want, const char *want_out,
    const char *want_err)
{
	const struct testrun_show show = { show_acl, show_proxy, show_hash,
	    show_settings, show_in_force, show_cert, show_command, show_mail,
	    show_edit, (void *)(uintptr_t)"hash", NULL };
	char *out = NULL, *err = NULL;
	size_t n, m;
	FILE *o = open_memstream(&out, &n), *e = open_memstream(&err, &m);

	if (o == NULL || e == NULL)
		abort();
	tap_int(want, testrun(image_open(), str_c(expr), &show, o, e),
	    "%s: status", name);
	fclose(o);
	fclose(e);
	tap_cstr(want_out, out, "%s: output", name);
	tap_cstr(want_err, err, "%s: errors", name);
	free(out);
	free(err);
}

static void
policy(void)
{
	struct conf_session_acl s[3] = { 0 };
	struct conf_command_acl c[3] = { 0 };
	struct conf_target t[2] = { { .port = 143 }, { .port = 993 } };
	struct conf_listener l[2] = { { .port = 143, .port_to = 143 },
	    { .port = 143, .port_to = 145 } };
	struct addr a = ip("10.0.0.1");

	image_start();
	l[0].name = image_text("any");
	l[1].name = image_text("lan");
	memcpy(l[1].ip, a.ip, 16);
	image.main.listeners = IMAGE_ROWS(l, 2);
	t[0].host = image_text("2001:db8::9");
	a = ip("2001:db8::9");
	memcpy(t[0].ip, a.ip, 16);
	t[1].host = image_text("mail.example.org");
	s[0].name = image_text("bad");
	s[0].when.from = IMAGE_ADDRSET("192.0.2.1");
	s[0].deny = 1;
	s[1].name = image_text("lan");
	s[1].when.listener = IMAGE_STRSET("lan");
	s[1].plug_to = IMAGE_ROWS(t, 2);
	s[2].name = image_text("transparent");
	s[2].when.from = IMAGE_ADDRSET("192.0.2.2");
	image.main.session_acls = IMAGE_ROWS(s, 3);
	c[0].name = image_text("strict");
	c[0].when.server = IMAGE_ADDRSET("10.0.0.9");
	c[1].name = image_text("none");
	c[1].when.from = IMAGE_ADDRSET("10.0.0.66");
	c[1].deny = 1;
	c[2].name = image_text("all");
	image.main.command_acls = IMAGE_ROWS(c, 3);
}

static void
test_run(void)
{
	policy();
	run("accepted", "test to [10.0.0.1]:144 from [10.0.0.5];", 0,
	    "test from [10.0.0.5] to [10.0.0.1]:144;\n"
	    "session-acl: \"lan\"\n"
	    "    not \"bad\": from: 10.0.0.5 is not in {192.0.2.1}\n"
	    "    session = yes\n"
	    "command-acl: \"all\"\n"
	    "    not \"strict\": server: 2001:db8::9 is not in {10.0.0.9}\n"
	    "    not \"none\": from: 10.0.0.5 is not in {10.0.0.66}\n"
	    "    command = yes\n"
	    "in-force:\n"
	    "    rows = \"2 of 1\"\n"
	    "ACCEPTED\n", "");
	run("a command", "test to [10.0.0.1]:144 command y;", 0,
	    "test to [10.0.0.1]:144 command \"y\";\n"
	    "session-acl: \"lan\"\n"
	    "    not \"bad\": from: 0.0.0.0 is not in {192.0.2.1}\n"
	    "    session = yes\n"
	    "command-acl: \"all\"\n"
	    "    not \"strict\": server: 2001:db8::9 is not in {10.0.0.9}\n"
	    "    not \"none\": from: 0.0.0.0 is not in {10.0.0.66}\n"
	    "    command = yes\n"
	    "in-force:\n"
	    "    rows = \"2 of 1\"\n"
	    "command: ROW\n"
	    "    states: any\n"
	    "    permitted: y\n"
	    "ACCEPTED\n", "");
	run("a certificate nobody asks for",
	    "test to [10.0.0.1]:144 from [10.0.0.66] cert a;", 1,
	    "test from [10.0.0.66] to [10.0.0.1]:144 cert \"a\";\n"
	    "session-acl: \"lan\"\n"
	    "    not \"bad\": from: 10.0.0.66 is not in {192.0.2.1}\n"
	    "    session = yes\n"
	    "cert: not asked for by this session-acl\n"
	    "command-acl: \"none\"\n"
	    "    not \"strict\": server: 2001:db8::9 is not in {10.0.0.9}\n"
	    "    command = yes\n"
	    "REJECTED\n", "");
	run("no certificate", "test cert none;", 2,
	    "test cert \"none\";\n", "no such file\n");
	run("a command of a rejected client",
	    "test from [192.0.2.1] command x;", 1,
	    "test from [192.0.2.1] command \"x\";\n"
	    "session-acl: \"bad\"\n"
	    "    session = no\n"
	    "REJECTED\n", "");
	run("denied", "test from [192.0.2.1];", 1,
	    "test from [192.0.2.1];\n"
	    "session-acl: \"bad\"\n"
	    "    session = no\n"
	    "REJECTED\n", "");
	run("not matched", "test to [10.0.0.2]:143;", 1,
	    "test to [10.0.0.2]:143;\n"
	    "session-acl: <NULL> (no ACL matches)\n"
	    "    not \"bad\": from: 0.0.0.0 is not in {192.0.2.1}\n"
	    "    not \"lan\": listener: \"any\" is not in {\"lan\"}\n"
	    "    not \"transparent\": from: 0.0.0.0 is not in {192.0.2.2}\n"
	    "REJECTED\n", "");
	run("denied by command-acl", "test from [10.0.0.66] listener lan;", 1,
	    "test from [10.0.0.66] listener \"lan\";\n"
	    "session-acl: \"lan\"\n"
	    "    not \"bad\": from: 10.0.0.66 is not in {192.0.2.1}\n"
	    "    session = yes\n"
	    "command-acl: \"none\"\n"
	    "    not \"strict\": server: 2001:db8::9 is not in {10.0.0.9}\n"
	    "    command = yes\n"
	    "REJECTED\n", "");
	run("transparent",
	    "test from [192.0.2.2] transparent to [10.0.0.9]:143;", 0,
	    "test from [192.0.2.2] transparent to [10.0.0.9]:143;\n"
	    "session-acl: \"transparent\"\n"
	    "    not \"bad\": from: 192.0.2.2 is not in {192.0.2.1}\n"
	    "    not \"lan\": listener: \"\" is not in {\"lan\"}\n"
	    "    session = yes\n"
	    "command-acl: \"strict\"\n"
	    "    command = no\n"
	    "in-force:\n"
	    "    rows = \"0 of 2\"\n"
	    "server: [10.0.0.9]:143\n"
	    "ACCEPTED\n", "");
}

/* ---- mails -------------------------------------------------------------- */

#define FRONT(expression) expression "\n" \
	"session-acl: \"s\"\n    session = no\n" \
	"command-acl: \"scans\"\n    command = no\n" \
	"in-force:\n    rows = \"0 of 0\"\n"

static void
mail_policy(bool scans)
{
	struct conf_session_acl s = { .deny = 0 };
	struct conf_command_acl c = { .no_mail_scanning = !scans };
	struct conf_mail_acl m[3] = { { .deny = 0 } };
	struct conf_doc_acl d[2] = { { .deny = 0 } };
	struct conf_target t = { .port = 143 };

	image_start();
	t.host = image_text("mail.example.org");
	s.name = image_text("s");
	s.plug_to = IMAGE_ROWS(&t, 1);
	image.main.session_acls = IMAGE_ROWS(&s, 1);
	c.name = image_text("scans");
	c.mail[CONF_DOWNLOAD].antivirus = 1;
	image.main.command_acls = IMAGE_ROWS(&c, 1);
	m[0].name = image_text("others");
	m[0].when.parent = IMAGE_STRSET("another");
	m[1].name = image_text("infected");
	m[1].virus_status = 1 << CONF_VIRUS_FOUND | 1 << CONF_VIRUS_ERROR;
	m[1].deny = 1;
	m[2].name = image_text("rest");
	image.main.mail_acls = IMAGE_ROWS(m, 3);
	d[0].name = image_text("images");
	d[0].mime_type = IMAGE_STRSET("image/*");
	d[0].direction = CONF_UPLOAD + 1;
	d[0].deny = 1;
	d[1].name = image_text("files");
	d[1].file_name = IMAGE_STRSET("!*.exe");
	image.main.doc_acls = IMAGE_ROWS(d, 2);
}

static void
test_said(void)
{
	mail_policy(true);
	run("a mail that is told of", "test type image/png file-name a.png "
	    "direction download;", 0,
	    FRONT("test direction download type \"image/png\" "
	    "file-name \"a.png\";")
	    "mail-acl: \"rest\"\n"
	    "    not \"others\": parent: \"scans\" is not in {\"another\"}\n"
	    "    not \"infected\": virus-status: free is not in {found, "
	    "error}\n"
	    "    mail = 2\n"
	    "document 1: image/png \"a.png\"\n"
	    "doc-acl: \"files\"\n"
	    "    not \"images\": direction: it is a download\n"
	    "    doc = 1\n"
	    "ACCEPTED\n", "");
	run("an upload", "test direction upload type image/png;", 1,
	    FRONT("test direction upload type \"image/png\";")
	    "mail-acl: \"rest\"\n"
	    "    not \"others\": parent: \"scans\" is not in {\"another\"}\n"
	    "    not \"infected\": virus-status: skipped is not in {found, "
	    "error}\n"
	    "    mail = 2\n"
	    "document 1: image/png \"\"\n"
	    "doc-acl: \"images\"\n"
	    "    doc = 0\n"
	    "REJECTED\n", "");
	run("a document without an ACL", "test virus found file-name a.exe;",
	    1, FRONT("test virus found file-name \"a.exe\";")
	    "mail-acl: \"infected\"\n"
	    "    not \"others\": parent: \"scans\" is not in {\"another\"}\n"
	    "    mail = 1\n"
	    "document 1: not identified \"a.exe\"\n"
	    "doc-acl: <NULL> (no ACL matches)\n"
	    "    not \"images\": direction: it is a download\n"
	    "    not \"files\": file-name: {\"a.exe\"} does not match "
	    "{\"!*.exe\"}\n"
	    "REJECTED\n", "");
	mail_policy(false);
	run("a mail that is not scanned", "test virus found;", 0,
	    FRONT("test virus found;")
	    "mail: passes as it is: no-mail-scanning\n"
	    "ACCEPTED\n", "");
}

static void
test_file(void)
{
	mail_policy(true);
	run("a mail in a file", "test mail a direction upload;", 1,
	    FRONT("test direction upload mail \"a\";")
	    "mail-acl: \"rest\"\n"
	    "    not \"others\": parent: \"scans\" is not in {\"another\"}\n"
	    "    not \"infected\": virus-status: skipped is not in {found, "
	    "error}\n"
	    "    mail = 2\n"
	    "document 1\n"
	    "doc-acl: \"files\"\n"
	    "    not \"images\": mime-type: \"text/plain\" is not in "
	    "{\"image/*\"}\n"
	    "    doc = 1\n"
	    "document 2\n"
	    "doc-acl: \"images\"\n"
	    "    doc = 0\n"
	    "edit: mail-acl 2, doc-acl 1, 0, denied\n"
	    "REJECTED\n", "");
	run("a mail that cannot be taken apart", "test mail deep;", 1,
	    FRONT("test mail \"deep\";")
	    "mail-acl: \"infected\"\n"
	    "    not \"others\": parent: \"scans\" is not in {\"another\"}\n"
	    "    mail = 1\n"
	    "documents: it is too deep\n"
	    "edit: mail-acl 1, doc-acl -1, -1, denied\n"
	    "REJECTED\n", "");
	run("no mail", "test mail none;", 2, FRONT("test mail \"none\";"),
	    "no such mail\n");
}

/* What comes behind it was never asked. */
static void
test_undecided(void)
{
	struct conf_session_acl s[3] = { 0 };
	struct conf_target t = { .port = 143 };

	image_start();
	t.host = image_text("mail.example.org");
	s[0].name = image_text("first");
	s[0].when.from = IMAGE_ADDRSET("192.0.2.1");
	s[1].name = image_text("second");
	s[1].when.transparent = CONF_TRI_NO;
	s[1].when.listener.given = 1;
	s[1].when.listener.values = (struct conf_ref){ UINT32_MAX - 7, 1 };
	s[2].name = image_text("third");
	s[2].plug_to = IMAGE_ROWS(&t, 1);
	image.main.session_acls = IMAGE_ROWS(s, 3);
	run("undecided", "test from [10.0.0.1];", 1,
	    "test from [10.0.0.1];\n"
	    "session-acl: <NULL> (second: listener cannot be decided: the "
	    "cache is damaged)\n"
	    "    not \"first\": from: 10.0.0.1 is not in {192.0.2.1}\n"
	    "    not \"second\": listener: cannot be decided: the cache is "
	    "damaged\n"
	    "REJECTED\n", "");
}

static void
test_others(void)
{
	run("shows", "show-acl; show-acl 2; show-acl 3; show-proxy all; "
	    "show-hash;", 0,
	    "acls of 1\nacls of 2\nacls of 3\nproxy all\nhash\n", "");
	run("a phase there is not", "show-acl 4;", 2, "",
	    "show-acl: there is no phase 4: 1 is session-acl, 2 command-acl, "
	    "3 mail-acl and doc-acl\n");
	run("bad after good", "show-hash; shw;", 2, "hash\n",
	    "position 12: unknown expression 'shw': test, show-acl, "
	    "show-proxy, show-hash or help\n");
	run("nothing", " ", 2, "",
	    "position 2: an expression, such as \"test from [192.0.2.1];\", "
	    "is expected, not the end\n");
	run("no such day", "test time 02300000;", 2,
	    "test time 2300000;\n", "time: there is no such day this year\n");
	run("the worst status counts",
	    "test from [192.0.2.1]; show-hash;", 1,
	    "test from [192.0.2.1];\n"
	    "session-acl: \"bad\"\n"
	    "    session = no\n"
	    "REJECTED\n"
	    "hash\n", "");
}

int
main(void)
{
	test_explain_addresses();
	test_explain_hosts();
	test_explain_titles();
	test_explain_times();
	test_explain_cert();
	test_explain_long();
	test_run();
	test_said();
	test_file();
	policy();
	test_others();
	test_undecided();
	return tap_done();
}
