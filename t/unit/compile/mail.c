/*
 * What is compiled of rules about mails: what both directions have, what all
 * rules ask for together, and where notices are.
 */

#include <sys/stat.h>

#include <limits.h>
#include <unistd.h>

#include "command.h"
#include "common.h"
#include "capability.h"
#include "item.h"
#include "notice.h"
#include "out.h"

#define SESSION "session-acl \"s\" { plug-to = {\"127.0.0.1:143\"} }\n"
#define ENGINES \
	"antivirus \"a\" { connection = \"/a\" }\n" \
	"antivirus \"b\" { connection = \"127.0.0.1:3310\" }\n" \
	"antivirus \"c\" { connection = {\"/c\", \"[::1]:3310\"} }\n"

static struct compile_result result;
static struct conf conf;

static const struct conf_main *
compiled(const char *text)
{
	static char whole[4096];

	snprintf(whole, sizeof whole, VERSION SESSION ENGINES "%s", text);
	must(whole, &result, &conf);
	return conf.main;
}

static void
forget(void)
{
	conf_close(&conf);
	compile_free(&result);
}

static const struct conf_command_acl *
acl(uint32_t row)
{
	return CONF_AT(&conf, struct conf_command_acl,
	    conf.main->command_acls, row);
}

/* ---- directions --------------------------------------------------------- */

static const struct direction {
	const char *name, *text;
	/* of download and upload */
	uint32_t antivirus[2];
	uint64_t max_mail[2];
	uint8_t bad_char[2], quoting[2];
} directions[] = {
	{ "nothing", "", { 0, 0 }, { 0, 0 }, { CONF_MEND_CORRECT,
	    CONF_MEND_REJECT }, { CONF_MEND_CORRECT, CONF_MEND_CORRECT } },
	{ "beside both", "use-antivirus = {\"c\"} max-mail = 1K "
	    "mail-filter { bad-char = pass quoting = reject }", { 4, 4 },
	    { 1024, 1024 }, { CONF_MEND_PASS, CONF_MEND_PASS },
	    { CONF_MEND_REJECT, CONF_MEND_REJECT } },
	{ "inside one", "download { use-antivirus = {\"*\"} max-mail = 1K "
	    "mail-filter { bad-char = pass } }", { 7, 0 }, { 1024, 0 },
	    { CONF_MEND_PASS, CONF_MEND_REJECT },
	    { CONF_MEND_CORRECT, CONF_MEND_CORRECT } },
	{ "the inner one wins", "use-antivirus = {\"a\", \"b\"} max-mail = 2K\n"
	    "mail-filter { bad-char = reject quoting = pass }\n"
	    "upload { use-antivirus = {\"!b\"} max-mail = 0 "
	    "mail-filter { bad-char = correct } }", { 3, 5 }, { 2048, 0 },
	    { CONF_MEND_REJECT, CONF_MEND_CORRECT },
	    { CONF_MEND_PASS, CONF_MEND_PASS } },
	{ "none inside", "use-antivirus = {\"a\"} "
	    "download { use-antivirus = none }", { 0, 1 }, { 0, 0 },
	    { CONF_MEND_CORRECT, CONF_MEND_REJECT },
	    { CONF_MEND_CORRECT, CONF_MEND_CORRECT } },
};

static void
test_directions(void)
{
	char text[1024];

	for (size_t i = 0; i < sizeof directions / sizeof *directions; i++) {
		const struct direction *t = &directions[i];

		snprintf(text, sizeof text, "command-acl \"c\" {\n%s\n}\n",
		    t->text);
		compiled(text);
		for (unsigned d = 0; d < CONF_DIRECTIONS; d++) {
			const struct conf_mail_dir *m = &acl(0)->mail[d];

			tap_int(t->antivirus[d], m->antivirus,
			    "%s: engines %u", t->name, d);
			tap_int((long)t->max_mail[d], (long)m->max_mail,
			    "%s: max-mail %u", t->name, d);
			tap_int(t->bad_char[d], m->filter.bad_char,
			    "%s: bad-char %u", t->name, d);
			tap_int(t->quoting[d], m->filter.quoting,
			    "%s: quoting %u", t->name, d);
		}
		forget();
	}
}

/* ---- limits ------------------------------------------------------------- */

static void
test_limits(void)
{
	compiled("command-acl \"a\" { from = \"10.0.0.1\" }\n"
	    "command-acl \"b\" { from = \"10.0.0.2\" max-mail-in = 0 "
	    "max-mail-out = 5 max-time = 0 }\n"
	    "command-acl \"c\" { from = \"10.0.0.3\" "
	    "no-mail-scanning = yes }\n"
	    "command-acl \"d\" { from = \"10.0.0.4\" "
	    "no-mail-scanning = yes max-mail-in = 1K }\n");
	tap_int(100 << 20, (long)conf_max_mail(acl(0), CONF_DOWNLOAD),
	    "scanned mails have a limit");
	tap_int(100 << 20, (long)conf_max_mail(acl(0), CONF_UPLOAD),
	    "in both directions");
	tap_int(86400000, (long)conf_max_time(acl(0)),
	    "and so have such sessions");
	tap_int(0, (long)conf_max_mail(acl(1), CONF_DOWNLOAD),
	    "but for 0, which is none");
	tap_int(5, (long)conf_max_mail(acl(1), CONF_UPLOAD),
	    "or another one");
	tap_int(0, (long)conf_max_time(acl(1)), "of time as well");
	tap_int(0, (long)conf_max_mail(acl(2), CONF_DOWNLOAD),
	    "without scanning there is none");
	tap_int(0, (long)conf_max_time(acl(2)), "of either");
	tap_int(1024, (long)conf_max_mail(acl(3), CONF_DOWNLOAD),
	    "but what is written");
	forget();
}

/* ---- ways round --------------------------------------------------------- */

static void
test_doors(void)
{
	compiled("command-acl \"c\" { commands = {\"*\", UNKNOWN} "
	    "capabilities = {\"*\", UNKNOWN} "
	    "fetch-items = {\"*\", UNKNOWN} }\n");
	tap_ok(!conf_bit(&acl(0)->commands, IMAP_UNKNOWN),
	    "unknown commands are gone");
	tap_ok(!conf_bit(&acl(0)->commands, IMAP_SETMETADATA),
	    "and stores for anything");
	tap_ok(conf_bit(&acl(0)->commands, IMAP_UID_FETCH),
	    "FETCH is not");
	tap_ok(!conf_bit(&acl(0)->capabilities, IMAP_CAP_METADATA),
	    "nor offered");
	tap_ok(!conf_bit(&acl(0)->fetch_items, IMAP_ITEM_PREVIEW),
	    "texts that a server makes are gone");
	tap_ok(!conf_bit(&acl(0)->fetch_items, IMAP_ITEM_UNKNOWN),
	    "and items nobody knows");
	tap_ok(conf_bit(&acl(0)->fetch_items, IMAP_ITEM_BINARY),
	    "what is answered from the mail is not");
	forget();
}

/* ---- what is used ------------------------------------------------------- */

static void
test_headers(void)
{
	const struct conf_main *m = compiled(
	    "mail-acl \"a\" { header \"Subject\" { match = 'x' } "
	    "header \"X-B\" { match = 'x' } }\n"
	    "mail-acl \"b\" { header \"SUBJECT\" { match = 'y' } "
	    "header \"To\" { match = 'x' } }\n");
	static const char *const want[] = { "Subject", "X-B", "To" };

	tap_int(3, (long)m->mail_headers.n, "fields are told once");
	for (uint32_t i = 0; i < 3; i++) {
		const struct conf_ref *r = CONF_AT(&conf, struct conf_ref,
		    m->mail_headers, i);

		tap_cstr(want[i], r ? conf_cstr(&conf, *r) : "",
		    "in the order of the text");
	}
	forget();
}

static const struct use {
	const char *name, *text;
	uint32_t engines;
	bool scans, types, magic, members, encrypted;
} uses[] = {
	{ "nobody scans", "command-acl \"c\" { no-mail-scanning = yes "
	    "use-antivirus = {\"*\"} }", 0, false, false, false, false },
	{ "who denies does not", "command-acl \"c\" { deny = yes "
	    "use-antivirus = {\"*\"} }", 0, false, false, false, false },
	{ "engines of either direction", "command-acl \"c\" { download { "
	    "use-antivirus = {\"a\"} } upload { use-antivirus = {\"c\"} } }",
	    5, true, false, false, false },
	{ "types of a mail-acl", "command-acl \"c\" { }\n"
	    "mail-acl \"m\" { mime-type = {\"\"} }",
	    0, true, true, true, false },
	{ "types without magic", "doctype-identification { "
	    "order = {content-type} }\ncommand-acl \"c\" { }\n"
	    "doc-acl \"m\" { mime-type = {\"a/b\"} }",
	    0, true, true, false, false },
	{ "magic of one direction", "doctype-identification { "
	    "order = {content-type} order-upload = {magic} }\n"
	    "command-acl \"c\" { }\ndoc-acl \"m\" { mime-type = {\"a/b\"} }",
	    0, true, true, true, false },
	{ "magic of one rule", "doctype-identification { "
	    "order = {content-type} }\ncommand-acl \"c\" { }\n"
	    "doc-acl \"m\" { mime-type = {\"a/b\"} "
	    "doctype-ident-order = {magic} }", 0, true, true, true, false },
	{ "what is told as the type", "command-acl \"c\" { }\n"
	    "doc-acl \"m\" { force-doctype-ident = yes }",
	    0, true, true, true, false },
	{ "what a filter takes for HTML", "command-acl \"c\" { }\n"
	    "html-filter \"h\" { }\ndoc-acl \"m\" { html-filter = \"h\" }",
	    0, true, true, true, false },
	{ "members of archives", "doctype-identification { "
	    "order = {content-type} }\ncommand-acl \"c\" { }\n"
	    "doc-acl \"m\" { archive-member = {\"a/b\"} }",
	    0, true, false, true, true },
	{ "passwords of a doc-acl", "command-acl \"c\" { }\n"
	    "doc-acl \"m\" { encrypted = no }",
	    0, true, false, false, false, true },
	{ "passwords of a mail-acl", "command-acl \"c\" { }\n"
	    "mail-acl \"m\" { encrypted = yes }",
	    0, true, false, false, false, true },
};

static void
test_uses(void)
{
	for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
		const struct use *u = &uses[i];
		const struct conf_main *m = compiled(u->text);

		tap_int(u->engines, m->use_antivirus, "%s: engines",
		    u->name);
		tap_int(u->scans, m->scans, "%s: scans", u->name);
		tap_int(u->types, m->asks_types, "%s: types", u->name);
		tap_int(u->magic, m->asks_magic, "%s: magic", u->name);
		tap_int(u->members, m->asks_members, "%s: members",
		    u->name);
		tap_int(u->encrypted, m->asks_encrypted, "%s: passwords",
		    u->name);
		forget();
	}
}

/* ---- how types are identified ------------------------------------------- */

static void
test_orders(void)
{
	const struct conf_main *m = compiled("doctype-identification { "
	    "order-upload = {extension, magic} }\n"
	    "doc-acl \"a\" { doctype-ident-order = {\"content-type\"} }\n"
	    "doc-acl \"b\" { }\n");
	const struct conf_doc_acl *a = CONF_AT(&conf, struct conf_doc_acl,
	    m->doc_acls, 0);
	const struct conf_doc_acl *b = CONF_AT(&conf, struct conf_doc_acl,
	    m->doc_acls, 1);

	tap_int(CONF_BY_MAGIC, conf_order(m, NULL, CONF_DOWNLOAD)->method[0],
	    "the order of all");
	tap_int(CONF_BY_EXTENSION, conf_order(m, b, CONF_UPLOAD)->method[0],
	    "that of the direction");
	tap_int(CONF_BY_CONTENT_TYPE, conf_order(m, a, CONF_UPLOAD)->method[0],
	    "that of the rule");
	tap_int(1, conf_order(m, a, CONF_UPLOAD)->n, "and nothing else");
	forget();
}

/* Each order once, with the directions it is for. */
static void
test_type_orders(void)
{
	static const struct {
		const char *name;
		uint8_t number;
	} acls[] = {
		{ "one without an order", 0 },
		{ "the first order", 1 },
		{ "the same methods otherwise", 2 },
		{ "the first order again", 1 },
		{ "one that no condition or action needs", 0 },
		{ "one that an action needs", 3 },
	};
	const struct conf_main *m = compiled("doc-acl \"a\" { "
	    "mime-type = {\"a/b\"} }\n"
	    "doc-acl \"b\" { mime-type = {\"a/b\"} direction = download "
	    "doctype-ident-order = {magic, extension} }\n"
	    "doc-acl \"c\" { mime-type = {\"a/b\"} "
	    "doctype-ident-order = {extension, magic} }\n"
	    "doc-acl \"d\" { mime-type = {\"a/c\"} direction = download "
	    "doctype-ident-order = {magic, extension} }\n"
	    "doc-acl \"e\" { doctype-ident-order = {\"content-type\"} }\n"
	    "doc-acl \"f\" { force-doctype-ident = yes direction = upload "
	    "doctype-ident-order = {extension} }\n");
	const struct conf_type_order *o;
	static const uint8_t first[] = { CONF_BY_MAGIC, CONF_BY_EXTENSION,
		CONF_BY_EXTENSION }, ways[] = { 1 << CONF_DOWNLOAD, 3,
		1 << CONF_UPLOAD };

	for (uint32_t i = 0; i < sizeof acls / sizeof *acls; i++)
		tap_int(acls[i].number, CONF_AT(&conf, struct conf_doc_acl,
		    m->doc_acls, i)->type_order, "%s has its number",
		    acls[i].name);
	tap_int(3, m->type_orders.n, "orders are listed once");
	for (uint32_t i = 0; i < 3; i++) {
		o = CONF_AT(&conf, struct conf_type_order, m->type_orders, i);
		tap_ok(o->methods.method[0] == first[i] &&
		    o->directions == ways[i], "order %u, with its "
		    "directions", i + 1);
	}
	forget();
}

/* As many as CONF_TYPE_ORDERS says. */
static void
test_all_orders(void)
{
	static const char *const words[] = { "", "magic ", "extension ",
		"content-type " };
	char text[4096];
	size_t n = 0;
	const struct conf_main *m;

	for (int i = 0; i < 64; i++) {
		const char *w[] = { words[i / 16], words[i / 4 % 4],
			words[i % 4] };

		if (w[0] == w[1] || w[0] == w[2] || (w[1] == w[2] &&
		    *w[1] != '\0') || *w[0] == '\0' || (*w[1] == '\0' &&
		    *w[2] != '\0'))
			continue;
		n += (size_t)snprintf(text + n, sizeof text - n,
		    "doc-acl \"%d\" { force-doctype-ident = yes "
		    "doctype-ident-order = {", i);
		for (int k = 0; k < 3 && *w[k] != '\0'; k++)
			n += (size_t)snprintf(text + n, sizeof text - n,
			    "%s\"%.*s\"", k ? ", " : "",
			    (int)strlen(w[k]) - 1, w[k]);
		n += (size_t)snprintf(text + n, sizeof text - n, "} }\n");
	}
	m = compiled(text);
	tap_int(CONF_TYPE_ORDERS, m->doc_acls.n, "so many orders there are");
	tap_int(CONF_TYPE_ORDERS, m->type_orders.n, "all are listed");
	forget();
}

/* ---- notices ------------------------------------------------------------ */

static void
test_notices(void)
{
	static const char *const want[] = { "/x/notices/EN/v.txt",
		"/x/notices/EN/v.txt", "/x/notices/CZ/v.txt",
		"/x/notices/CZ-ASCII/v.txt", "/x/notices/CZ/v.txt",
		"/x/notices/CZ/v.txt" };
	struct out out;
	struct conf c = { 0 };
	char path[PATH_MAX];

	compiled("notices { dir = \"/n\" }\n");
	out_init(&out);
	out.n = sizeof(struct conf_head);
	struct conf_ref name = out_str(&out, STR("v.txt"));
	struct conf_ref whole = out_str(&out, STR("/a/b.txt"));
	struct conf_main m = { .notices = { .dir = out_str(&out,
	    STR("notices")) } };

	c.map = out.base;
	c.size = out.n;
	c.main = &m;
	for (unsigned i = 0; i < 6; i++)
		tap_cstr(want[i], notice_path(&c, "/x", name, i, path),
		    "the notice of language %u", i);
	m.notices.dir = out_str(&out, STR("/n"));
	c.size = out.n;
	tap_cstr("/n/CZ/v.txt", notice_path(&c, "/x", name, CONF_LANG_CZ,
	    path), "in a folder of its own");
	tap_cstr("/a/b.txt", notice_path(&c, "/x", whole, CONF_LANG_CZ,
	    path), "a path is a path");
	out_fini(&out);
	tap_cstr("/n", conf_cstr(&conf, conf.main->notices.dir),
	    "a folder is kept");
	forget();
}

static const struct bad {
	const char *name, *text;	/* NULL: 64 KB and one */
	const char *want;		/* behind the file's name */
} bad[] = {
	{ "a good notice", "%n was replaced: %v (%%)\n", NULL },
	{ "an unknown field", "one\n%n\n100% sure\n",
	    ":3: %  is no field: a percent sign is written %%\n" },
	{ "a field that ends", "one %", ":1: % is no field: a percent sign "
	    "is written %%\n" },
	{ "no UTF-8", "\xe1\n", " is not UTF-8\n" },
	{ "a large notice", NULL, " has more than 64 KB\n" },
};

static void
write_notice(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (f == NULL)
		abort();
	if (text != NULL)
		fputs(text, f);
	for (unsigned i = 0; text == NULL && i <= NOTICE_MAX; i++)
		fputc('x', f);
	fclose(f);
}

static void
test_bad_notices(void)
{
	char folder[] = "/tmp/notices.XXXXXX", path[64], text[512], want[256];
	struct compile_result r;

	if (mkdtemp(folder) == NULL)
		abort();
	snprintf(path, sizeof path, "%s/v.txt", folder);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		write_notice(path, bad[i].text);
		snprintf(text, sizeof text, VERSION SESSION
		    "command-acl \"c\" { } mail-acl \"m\" { }\n"
		    "doc-acl \"d\" {\nreplace-file = \"./v.txt\" }\n");
		snprintf(want, sizeof want, "t.cfg:5: doc-acl \"d\": "
		    "replace-file: %s/./v.txt%s", folder,
		    bad[i].want ? bad[i].want : "");
		compile_text("t.cfg", folder, str_c(text), &r);
		tap_cstr(bad[i].want ? want : "", r.report, "%s",
		    bad[i].name);
		compile_free(&r);
	}
	unlink(path);
	rmdir(folder);
}

static void
test_many_headers(void)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	struct compile_result r;

	fputs(VERSION SESSION "command-acl \"c\" { } doc-acl \"d\" { }\n"
	    "mail-acl \"m\" {\n", f);
	for (unsigned i = 0; i <= CONF_MAIL_HEADERS; i++)
		fprintf(f, "header \"X-%u\" { match = 'x' }\n", i);
	fputs("}\n", f);
	fclose(f);
	compile_text("t.cfg", "/tmp", str_c(text), &r);
	tap_cstr("t.cfg:69: mail-acl \"m\": header \"X-64\": more than 64 "
	    "different fields in all mail-acls together\n", r.report,
	    "too many fields");
	compile_free(&r);
	free(text);
}

int
main(void)
{
	test_bad_notices();
	test_many_headers();
	test_directions();
	test_limits();
	test_doors();
	test_headers();
	test_uses();
	test_orders();
	test_type_orders();
	test_all_orders();
	test_notices();
	return tap_done();
}
