/* Conditions of mails and documents, and which ACL is chosen for them. */

#include <stdio.h>

#include "explain.h"
#include "image.h"
#include "mail.h"
#include "module.h"
#include "regex.h"
#include "tap.h"

const struct module_head *const module_static[] = { &engine_regex.head, NULL };

enum { TEXTS = 4 };

static uint64_t effort;
static const struct acl_facts nobody;

/* Texts up to a NULL. */
static struct acl_list
list(const char *const *texts, struct str *room, bool cut)
{
	struct acl_list l;
	uint32_t n = 0;

	for (; n < TEXTS && texts[n] != NULL; n++)
		room[n] = str_c(texts[n]);
	l = acl_list_of(room, n);
	l.cut = cut;
	return l;
}

static struct acl_mail_facts
mail_facts(void)
{
	effort = ACL_EFFORT;
	return (struct acl_mail_facts){ .effort = &effort,
	    .spam = CONF_SPAM_UNKNOWN, .virus = CONF_VIRUS_FREE,
	    .virus_names = acl_list_of(NULL, 0),
	    .types = acl_list_of(NULL, 0), .fields = acl_list_of(NULL, 0),
	    .values = acl_list_of(NULL, 0) };
}

static struct acl_doc_facts
doc_facts(void)
{
	effort = ACL_EFFORT;
	return (struct acl_doc_facts){ .effort = &effort,
	    .spam = CONF_SPAM_UNKNOWN, .virus = CONF_VIRUS_FREE,
	    .type = STR(""), .declared = STR(""),
	    .names = acl_list_of(NULL, 0), .members = acl_list_of(NULL, 0) };
}

/* ---- sets of texts ------------------------------------------------------ */

enum kind { VIRUS_NAME, MIME_TYPE, FILE_NAME, MEMBER };

static const struct texts {
	const char *name;
	enum kind kind;
	const char *set[TEXTS], *seen[TEXTS];
	bool cut;
	enum acl_truth want;
} texts[] = {
	{ "a set that is not written", FILE_NAME, { NULL }, { "a" }, false,
	    ACL_HOLDS },
	{ "a name", FILE_NAME, { "a.exe" }, { "a.exe" }, false, ACL_HOLDS },
	{ "another name", FILE_NAME, { "a.exe" }, { "b.exe" }, false,
	    ACL_FAILS },
	{ "no name", FILE_NAME, { "*" }, { NULL }, false, ACL_FAILS },
	{ "an ending", FILE_NAME, { "*.exe" }, { "Invoice.pdf.EXE" }, false,
	    ACL_HOLDS },
	{ "blanks and dots behind it", FILE_NAME, { "*.exe" },
	    { "a.exe. . " }, false, ACL_HOLDS },
	{ "nothing but dots", FILE_NAME, { "*.exe" }, { "..." }, false,
	    ACL_FAILS },
	{ "one of its names", FILE_NAME, { "*.exe" },
	    { "a.txt", "a.exe" }, false, ACL_HOLDS },
	{ "none of its names", FILE_NAME, { "!*.exe" },
	    { "a.txt", "b.txt" }, false, ACL_HOLDS },
	{ "one name too many", FILE_NAME, { "!*.exe" },
	    { "a.txt", "a.exe" }, false, ACL_FAILS },
	{ "one that is taken out", FILE_NAME, { "*.exe", "!a*" },
	    { "a.exe" }, false, ACL_FAILS },
	{ "another that is taken out", FILE_NAME, { "*.exe", "!*.txt" },
	    { "a.exe", "a.txt" }, false, ACL_FAILS },
	{ "negative values and no name", FILE_NAME, { "!*.exe" }, { NULL },
	    false, ACL_HOLDS },
	{ "names that are not known", FILE_NAME, { "*.exe" }, { "a.txt" },
	    true, ACL_UNDECIDED },
	{ "and one that is", FILE_NAME, { "*.exe" }, { "a.exe" }, true,
	    ACL_HOLDS },
	{ "negative values and names that are not known", FILE_NAME,
	    { "!*.exe" }, { "a.txt" }, true, ACL_UNDECIDED },
	{ "and one that is not to be", FILE_NAME, { "!*.exe" },
	    { "a.exe" }, true, ACL_FAILS },
	{ "a type", MIME_TYPE, { "image/*" }, { "text/plain", "image/png" },
	    false, ACL_HOLDS },
	{ "no such type", MIME_TYPE, { "image/*" }, { "text/plain", "" },
	    false, ACL_FAILS },
	{ "no type known", MIME_TYPE, { CONF_NO_TYPE }, { "text/plain", "" },
	    false, ACL_HOLDS },
	{ "all types known", MIME_TYPE, { CONF_NO_TYPE }, { "text/plain" },
	    false, ACL_FAILS },
	{ "a type, in any case", MIME_TYPE, { "Image/PNG" },
	    { "image/png" }, false, ACL_HOLDS },
	{ "no document", MIME_TYPE, { "*" }, { NULL }, false, ACL_FAILS },
	{ "a member", MEMBER, { "application/x-dosexec" },
	    { "text/plain", "application/x-dosexec" }, false, ACL_HOLDS },
	{ "members nobody looked at", MEMBER, { "application/x-dosexec" },
	    { "text/plain" }, true, ACL_UNDECIDED },
	{ "no archive", MEMBER, { "*" }, { NULL }, false, ACL_FAILS },
	{ "a virus", VIRUS_NAME, { "eicar*" }, { "Eicar-Signature" }, false,
	    ACL_HOLDS },
	{ "no virus", VIRUS_NAME, { "*" }, { NULL }, false, ACL_FAILS },
};

static enum acl_truth
judge_texts(const struct texts *t, const char **why_r)
{
	struct str room[TEXTS];
	struct acl_list seen = list(t->seen, room, t->cut);
	struct conf_mail_acl m = { .deny = 0 };
	struct conf_doc_acl d = { .deny = 0 };
	struct acl_mail_facts mf = mail_facts();
	struct acl_doc_facts df = doc_facts();
	enum acl_mail_condition mwhich;
	enum acl_doc_condition dwhich;
	struct conf_strset set = { 0 };

	image_start();
	if (t->set[0] != NULL)
		set = image_strset(t->set);
	m.virus_name = t->kind == VIRUS_NAME ? set : m.virus_name;
	m.mime_type = t->kind == MIME_TYPE ? set : m.mime_type;
	d.file_name = t->kind == FILE_NAME ? set : d.file_name;
	d.archive_member = t->kind == MEMBER ? set : d.archive_member;
	mf.virus_names = mf.types = seen;
	df.names = df.members = seen;
	if (t->kind <= MIME_TYPE)
		return acl_mail_when(image_open(), &m, &mf, &mwhich, why_r);
	return acl_doc_when(image_open(), &d, &df, &dwhich, why_r);
}

/* Types of one document by the direction's order and by two others. */
static const struct ordered {
	const char *name;
	uint8_t order;
	const char *set[TEXTS];
	enum acl_truth want;
} ordered[] = {
	{ "the direction's order", 0, { "image/png" }, ACL_HOLDS },
	{ "a type of another order", 0, { "text/plain" }, ACL_FAILS },
	{ "an order of its own", 1, { "text/plain" }, ACL_HOLDS },
	{ "the direction's type then", 1, { "image/png" }, ACL_FAILS },
	{ "a negated one", 1, { "!image/png" }, ACL_HOLDS },
	{ "an order that identifies nothing", 2, { "" }, ACL_HOLDS },
	{ "any type there", 2, { "*/*" }, ACL_FAILS },
	{ "an order that nobody asked about", 3, { "image/png" },
	    ACL_UNDECIDED },
	{ "no type by it", 3, { "" }, ACL_UNDECIDED },
	{ "no condition about it", 3, { NULL }, ACL_HOLDS },
};

static void
test_ordered(void)
{
	static const struct str types[] = { { "text/plain", 10 },
		{ NULL, 0 } };
	struct acl_doc_facts facts = doc_facts();

	facts.type = STR("image/png");
	facts.ordered = acl_list_of(types, 2);
	for (size_t i = 0; i < sizeof ordered / sizeof *ordered; i++) {
		const struct ordered *o = &ordered[i];
		struct conf_doc_acl d = { .type_order = o->order };
		enum acl_doc_condition which;
		const char *why = NULL;
		enum acl_truth t;

		image_start();
		if (o->set[0] != NULL)
			d.mime_type = image_strset(o->set);
		t = acl_doc_when(image_open(), &d, &facts, &which, &why);
		tap_int(o->want, t, "%s", o->name);
		if (t == ACL_UNDECIDED)
			tap_cstr("its type by this order is not known", why,
			    "which says so");
	}
}

static void
test_texts(void)
{
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		const char *why = NULL;

		tap_int(texts[i].want, judge_texts(&texts[i], &why), "%s",
		    texts[i].name);
		if (texts[i].want == ACL_UNDECIDED)
			tap_ok(why != NULL, "%s: and why", texts[i].name);
	}
}

/* ---- numbers and words -------------------------------------------------- */

static enum acl_truth
judge_mail(const struct conf_mail_acl *a, const struct acl_mail_facts *m)
{
	enum acl_mail_condition which;
	const char *why;

	return acl_mail_when(image_open(), a, m, &which, &why);
}

static enum acl_truth
judge_doc(uint8_t encrypted, bool is, bool cut)
{
	struct conf_doc_acl a = { .encrypted = encrypted };
	struct acl_doc_facts d = doc_facts();
	enum acl_doc_condition which;
	const char *why;

	d.encrypted = is;
	d.members.cut = cut;
	return acl_doc_when(image_open(), &a, &d, &which, &why);
}

static void
test_encrypted(void)
{
	image_start();
	tap_int(ACL_HOLDS, judge_doc(CONF_TRI_UNSET, false, true), "any document");
	tap_int(ACL_HOLDS, judge_doc(CONF_TRI_YES, true, true), "one with a key");
	tap_int(ACL_FAILS, judge_doc(CONF_TRI_YES, false, false), "one without");
	tap_int(ACL_FAILS, judge_doc(CONF_TRI_NO, true, true), "no key wanted");
	tap_int(ACL_HOLDS, judge_doc(CONF_TRI_NO, false, false),
	    "and none there");
	tap_int(ACL_UNDECIDED, judge_doc(CONF_TRI_YES, false, true),
	    "a key may be where nobody looked");
	tap_int(ACL_UNDECIDED, judge_doc(CONF_TRI_NO, false, true),
	    "and may not be there");
}

static void
test_words(void)
{
	static const struct conf_numrange high = { 5000, 1000000000 };
	static const struct conf_numrange unknown = { CONF_SPAM_UNKNOWN,
	    CONF_SPAM_UNKNOWN };
	struct conf_mail_acl a = { .virus_status = 1 << CONF_VIRUS_FOUND |
	    1 << CONF_VIRUS_ERROR };
	struct acl_mail_facts m = mail_facts();

	image_start();
	tap_int(ACL_FAILS, judge_mail(&a, &m), "free is not found or error");
	m.virus = CONF_VIRUS_ERROR;
	tap_int(ACL_HOLDS, judge_mail(&a, &m), "error is");
	m.virus = CONF_VIRUSES;
	tap_int(ACL_FAILS, judge_mail(&a, &m), "no status is none of them");
	a = (struct conf_mail_acl){ .encrypted = CONF_TRI_YES };
	tap_int(ACL_FAILS, judge_mail(&a, &m), "encrypted = yes");
	m.archives_cut = true;
	tap_int(ACL_UNDECIDED, judge_mail(&a, &m), "of one that may be");
	m.encrypted = true;
	tap_int(ACL_HOLDS, judge_mail(&a, &m), "of one that is");
	a = (struct conf_mail_acl){ .malformed = CONF_TRI_NO };
	tap_int(ACL_HOLDS, judge_mail(&a, &m), "malformed = no");
	m.malformed = true;
	tap_int(ACL_FAILS, judge_mail(&a, &m), "of one that is");
	a = (struct conf_mail_acl){ .spam_score = IMAGE_NUMSET(&high, 1,
	    NULL, 0) };
	m.spam = 4999;
	tap_int(ACL_FAILS, judge_mail(&a, &m), "a score below 5");
	m.spam = 5000;
	tap_int(ACL_HOLDS, judge_mail(&a, &m), "and one of 5");
	m.spam = CONF_SPAM_UNKNOWN;
	tap_int(ACL_FAILS, judge_mail(&a, &m), "and none");
	a.spam_score = IMAGE_NUMSET(&unknown, 1, NULL, 0);
	tap_int(ACL_HOLDS, judge_mail(&a, &m), "which UNKNOWN is");
	a.spam_score = IMAGE_NUMSET(NULL, 0, &high, 1);
	tap_int(ACL_HOLDS, judge_mail(&a, &m), "and what is not above 5");
}

/* ---- headers ------------------------------------------------------------ */

static const struct header {
	const char *name;
	const char *set[TEXTS], *fields[TEXTS], *values[TEXTS];
	bool cut;
	enum acl_truth want;
} headers[] = {
	{ "a value", { ".*lottery.*" }, { "Subject" },
	    { "Win the lottery now" }, false, ACL_HOLDS },
	{ "not the whole of it", { "lottery" }, { "Subject" },
	    { "Win the lottery now" }, false, ACL_FAILS },
	{ "another field", { ".*" }, { "To" }, { "a" }, false, ACL_FAILS },
	{ "a field in another case", { "a" }, { "SUBJECT" }, { "a" }, false,
	    ACL_HOLDS },
	{ "the second of two", { "b" }, { "Subject", "Subject" },
	    { "a", "b" }, false, ACL_HOLDS },
	{ "none of two", { "!b" }, { "Subject", "Subject" }, { "a", "c" },
	    false, ACL_HOLDS },
	{ "one of two", { "!b" }, { "Subject", "Subject" }, { "a", "b" },
	    false, ACL_FAILS },
	{ "no field", { "!.*" }, { "To" }, { "a" }, false, ACL_HOLDS },
	{ "lines of a value", { "a.b" }, { "Subject" }, { "a\nb" }, false,
	    ACL_HOLDS },
	{ "fields that are not known", { "b" }, { "Subject" }, { "a" }, true,
	    ACL_UNDECIDED },
	{ "an expression at its limit", { "(x|a|aa|a.*)+b" }, { "Subject" },
	    { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabc" }, false,
	    ACL_UNDECIDED },
	{ "and another value that matches", { "(x|a|aa|a.*)+b" },
	    { "Subject", "Subject" },
	    { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabc", "ab" }, false,
	    ACL_HOLDS },
};

static enum acl_truth
judge_header(const struct header *h, char *explained)
{
	struct str room[2][TEXTS];
	struct conf_mail_acl a = { .deny = 0 };
	struct acl_mail_facts m = mail_facts();
	struct conf_header_match match;

	image_start();
	match = (struct conf_header_match){ image_text("Subject"),
	    image_strset(h->set) };
	a.headers = IMAGE_ROWS(&match, 1);
	m.fields = list(h->fields, room[0], h->cut);
	m.values = list(h->values, room[1], h->cut);
	explain_mail(image_open(), &a, &nobody, CONF_DOWNLOAD, &m, explained);
	effort = ACL_EFFORT;
	return judge_mail(&a, &m);
}

static void
test_headers(void)
{
	char text[EXPLAIN_MAX];

	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
		tap_int(headers[i].want, judge_header(&headers[i], text),
		    "%s", headers[i].name);
	judge_header(&headers[1], text);
	tap_cstr("header: Subject: {\"Win the lottery now\"} does not match "
	    "{\"lottery\"}", text, "a header is explained");
}

/* Hundreds of values that each take 10 ms. */
static struct str
slow_value(const struct acl_list *l, uint32_t i)
{
	(void)l, (void)i;
	return STR("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabc");
}

static struct str
subject(const struct acl_list *l, uint32_t i)
{
	(void)l, (void)i;
	return STR("Subject");
}

static void
test_effort(void)
{
	static const char *const slow[] = { "(x|a|aa|a.*)+b", NULL };
	static const char *const any[] = { "*x*", NULL };
	struct acl_mail_facts m = mail_facts();
	struct conf_mail_acl a = { .deny = 0 };
	struct conf_header_match match;

	image_start();
	match = (struct conf_header_match){ image_text("Subject"),
	    image_strset(slow) };
	a.headers = IMAGE_ROWS(&match, 1);
	m.fields = (struct acl_list){ .n = 1000000, .at = subject };
	m.values = (struct acl_list){ .n = 1000000, .at = slow_value };
	tap_int(ACL_UNDECIDED, judge_mail(&a, &m),
	    "a million values at their limit are not all looked at");
	tap_ok(effort > ACL_EFFORT - 10000, "only some of them");
	a = (struct conf_mail_acl){ .mime_type = image_strset(any) };
	m = mail_facts();
	m.types = (struct acl_list){ .n = UINT32_MAX, .at = slow_value };
	tap_int(ACL_UNDECIDED, judge_mail(&a, &m),
	    "types without end cannot be decided");
	tap_int(0, (long)effort, "when the effort is spent");
	m.types = acl_list_of(NULL, 0);
	tap_int(ACL_FAILS, judge_mail(&a, &m), "what needs none still can");
}

/* ---- a mail that could not be taken apart ------------------------------- */

static void
test_unknown(void)
{
	static const struct conf_numrange one = { 1, 1 };
	struct acl_mail_facts m = mail_facts();
	struct conf_mail_acl a = { .virus_status = 1 << CONF_VIRUS_ERROR };

	image_start();
	m.why = "it is too deep";
	m.virus = CONF_VIRUS_ERROR;
	tap_int(ACL_HOLDS, judge_mail(&a, &m), "its status is error");
	a.doc_count = IMAGE_NUMSET(&one, 1, NULL, 0);
	tap_int(ACL_UNDECIDED, judge_mail(&a, &m), "how many parts it has");
	a = (struct conf_mail_acl){ .malformed = CONF_TRI_NO };
	tap_int(ACL_UNDECIDED, judge_mail(&a, &m), "whether it is malformed");
	a = (struct conf_mail_acl){ .mime_type = IMAGE_STRSET("!x/y") };
	tap_int(ACL_UNDECIDED, judge_mail(&a, &m), "what types are in it");
	a.virus_status = 1 << CONF_VIRUS_FREE;
	tap_int(ACL_FAILS, judge_mail(&a, &m), "what fails, fails");
}

/* ---- choosing ----------------------------------------------------------- */

struct chosen {
	int row;
	bool reason;
};

static const char *
choose(const struct conf_mail_acl *rows, size_t n, enum conf_direction d,
    const struct acl_mail_facts *m)
{
	static struct acl_result res;
	static char text[ACL_REASON + 32];
	struct acl_rules rules;
	struct arena arena;

	image.main.mail_acls = image_put(rows, sizeof *rows, n);
	arena_init(&arena, 1 << 16, NULL, NULL);
	acl_mail_rules(image_open(), &nobody, d, &arena, &rules);
	acl_mail(&rules, m, &res);
	snprintf(text, sizeof text, "%d %s%s%s", res.row,
	    res.deny ? "deny" : "accept", res.reason ? ": " : "",
	    res.reason ? res.reason : "");
	arena_fini(&arena);
	return text;
}

static void
test_choosing(void)
{
	struct acl_mail_facts m = mail_facts();
	struct conf_mail_acl rows[3] = { { .deny = 0 } };

	image_start();
	tap_cstr("-1 deny", choose(rows, 0, CONF_DOWNLOAD, &m),
	    "no ACL is a rejection");
	rows[0] = (struct conf_mail_acl){ .name = image_text("a"),
	    .virus_status = 1 << CONF_VIRUS_FOUND, .deny = 1 };
	rows[1] = (struct conf_mail_acl){ .name = image_text("b"),
	    .direction = CONF_UPLOAD + 1 };
	rows[2] = (struct conf_mail_acl){ .name = image_text("c"),
	    .encrypted = CONF_TRI_NO };
	tap_cstr("2 accept", choose(rows, 3, CONF_DOWNLOAD, &m),
	    "the first that holds");
	tap_cstr("1 accept", choose(rows, 3, CONF_UPLOAD, &m),
	    "in its direction");
	m.virus = CONF_VIRUS_FOUND;
	tap_cstr("0 deny", choose(rows, 3, CONF_DOWNLOAD, &m),
	    "in the order of the file");
	m.virus = CONF_VIRUS_ERROR;
	m.why = "it is too deep";
	tap_cstr("-1 deny: c: encrypted cannot be decided: it is too deep",
	    choose(rows, 3, CONF_DOWNLOAD, &m),
	    "what cannot be decided rejects");
	m.encrypted = true;
	rows[2].virus_status = 1 << CONF_VIRUS_FREE;
	tap_cstr("-1 deny", choose(rows, 3, CONF_DOWNLOAD, &m),
	    "but not where something else fails");
	rows[2] = (struct conf_mail_acl){ .name = image_text("c") };
	rows[2].when.ip_tos_from = IMAGE_NUMSET(NULL, 0, NULL, 0);
	tap_cstr("-1 deny: c: ip-tos-from cannot be decided: the client's TOS "
	    "octet is not known", choose(rows, 3, CONF_DOWNLOAD, &m),
	    "of the connection as well");
	rows[0].virus_status = 0;
	rows[0].size = (struct conf_numset){ .pos = { 8, 1 }, .given = 1 };
	tap_cstr("-1 deny: a: size cannot be decided: the cache is damaged",
	    choose(rows, 3, CONF_DOWNLOAD, &m), "a damaged cache rejects");
}

static void
test_documents(void)
{
	struct conf_doc_acl rows[2] = {
		{ .deny = 1 }, { .direction = CONF_DOWNLOAD + 1 } };
	static const struct conf_numrange deep = { 3, UINT32_MAX };
	struct acl_doc_facts d = doc_facts();
	struct acl_result res;
	struct acl_rules rules;
	struct arena arena;
	char text[EXPLAIN_MAX];

	image_start();
	rows[0].name = image_text("deep");
	rows[0].depth = IMAGE_NUMSET(&deep, 1, NULL, 0);
	rows[1].name = image_text("rest");
	image.main.doc_acls = IMAGE_ROWS(rows, 2);
	arena_init(&arena, 1 << 16, NULL, NULL);
	acl_doc_rules(image_open(), &nobody, CONF_DOWNLOAD, &arena, &rules);
	acl_doc(&rules, &d, &res);
	tap_int(1, res.row, "a document gets the first that holds");
	d.depth = 3;
	acl_doc(&rules, &d, &res);
	tap_ok(res.row == 0 && res.deny, "and one that denies");
	acl_doc_rules(&image.conf, &nobody, CONF_UPLOAD, &arena, &rules);
	d.depth = 2;
	acl_doc(&rules, &d, &res);
	tap_int(-1, res.row, "or none");
	tap_cstr("depth: 2 is not in {3-4294967295}", explain_doc(&image.conf,
	    &rows[0], &nobody, CONF_UPLOAD, &d, text), "which is explained");
	tap_cstr("direction: it is an upload", explain_doc(&image.conf,
	    &rows[1], &nobody, CONF_UPLOAD, &d, text),
	    "by its direction, too");
	arena_fini(&arena);
}

/* ---- explanations ------------------------------------------------------- */

static const char *
explain(const struct conf_mail_acl *a, const struct acl_mail_facts *m)
{
	static char text[EXPLAIN_MAX];

	return explain_mail(image_open(), a, &nobody, CONF_DOWNLOAD, m, text);
}

static void
test_explanations(void)
{
	static const struct conf_numrange high = { 5000, 9000 };
	static const char *const types[] = { "text/plain", "", NULL };
	struct acl_mail_facts m = mail_facts();
	struct str room[TEXTS];
	struct conf_mail_acl a = { .virus_status = 1 << CONF_VIRUS_FOUND |
	    1 << CONF_VIRUS_ERROR };

	image_start();
	m.types = list(types, room, false);
	tap_cstr("virus-status: free is not in {found, error}",
	    explain(&a, &m), "a status");
	a = (struct conf_mail_acl){ .spam_score = IMAGE_NUMSET(&high, 1,
	    NULL, 0) };
	tap_cstr("spam-score: UNKNOWN is not in {5000-9000}",
	    explain(&a, &m), "a score");
	a = (struct conf_mail_acl){ .mime_type = IMAGE_STRSET("image/*",
	    "!" CONF_NO_TYPE) };
	tap_cstr("mime-type: {\"text/plain\", \"\"} does not match "
	    "{\"image/*\", \"!\"}", explain(&a, &m), "types");
	a = (struct conf_mail_acl){ .malformed = CONF_TRI_YES };
	tap_cstr("malformed: the mail is not", explain(&a, &m), "a flag");
	a = (struct conf_mail_acl){ .malformed = CONF_TRI_NO };
	m.malformed = true;
	tap_cstr("malformed: the mail is", explain(&a, &m), "and its reverse");
	a = (struct conf_mail_acl){ .when.transparent = CONF_TRI_YES,
	    .malformed = CONF_TRI_NO };
	tap_cstr("transparent: the connection is not", explain(&a, &m),
	    "the connection first");
	a = (struct conf_mail_acl){ .malformed = CONF_TRI_YES };
	tap_cstr("", explain(&a, &m), "nothing where all hold");
	m.why = "it is too deep";
	tap_cstr("malformed: cannot be decided: it is too deep",
	    explain(&a, &m), "what is not known");
}

int
main(void)
{
	test_texts();
	test_ordered();
	test_encrypted();
	test_words();
	test_headers();
	test_effort();
	test_unknown();
	test_choosing();
	test_documents();
	test_explanations();
	return tap_done();
}
