#include <sys/stat.h>

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "arena.h"
#include "check.h"
#include "err.h"
#include "fd.h"
#include "notice.h"

static const struct conf_mail_acl *
mail_acl(const struct check *ck, uint32_t i)
{
	return CONF_AT(&ck->conf, struct conf_mail_acl, ck->m->mail_acls, i);
}

static const struct conf_doc_acl *
doc_acl(const struct check *ck, uint32_t i)
{
	return CONF_AT(&ck->conf, struct conf_doc_acl, ck->m->doc_acls, i);
}

/* ---- fields of headers -------------------------------------------------- */

/* RFC 5322 section 3.6.8: printable ASCII without the colon. */
static bool
is_field(const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < n; i++)
		if (name[i] <= ' ' || name[i] > '~' || name[i] == ':')
			return false;
	return n > 0 && n <= 70;
}

/* What a mail is read by: a rule that changed these would change its parts. */
static bool
is_structure(const char *name)
{
	return str_istarts(str_c(name), STR("Content-")) ||
	    str_ieq(str_c(name), STR("MIME-Version"));
}

/* Names differ in case only: then one was meant. */
static void
check_same_field(struct check *ck, const struct tree_node *n)
{
	const struct tree_node *parent = n->parent;

	for (const struct tree_node *o = tree_section(parent, n->def, NULL);
	    o != n; o = tree_section(parent, n->def, o))
		if (strcmp(o->title, n->title) != 0 &&
		    str_ieq(str_c(o->title), str_c(n->title)))
			CHECK_ERROR(ck, n, "", "the same field as %s \"%s\"",
			    o->name, o->title);
}

static void
check_field(struct check *ck, const struct tree_node *n)
{
	if (!is_field(n->title))
		CHECK_ERROR(ck, n, "", "is no name of a field: write it "
		    "without its colon");
	check_same_field(ck, n);
}

static void
check_header_edit(struct check *ck, const struct tree_node *n,
    const struct conf_header_edit *e)
{
	check_field(ck, n);
	if (is_structure(n->title))
		CHECK_ERROR(ck, n, "", "is what a mail is read by: no rule "
		    "may change it");
	if (e->op == CONF_HEADER_DELETE && check_written(n, "value"))
		CHECK_ERROR(ck, n, "value", "in vain: delete needs none");
	if (e->op != CONF_HEADER_DELETE && e->op != 0 && e->value.n == 0)
		CHECK_ERROR(ck, n, "value", "missing");
}

static void
check_headers(struct check *ck, const struct tree_node *n,
    const struct conf_mail_acl *a)
{
	const struct conf_section *edit = conf_section_find(n->def,
	    "modify-header");
	const struct conf_section *match = conf_section_find(n->def,
	    "header");
	const struct conf_header_edit *e;
	const struct tree_node *s = NULL;

	while ((s = tree_section(n, match, s)) != NULL)
		check_field(ck, s);
	for (uint32_t i = 0; (e = CONF_AT(&ck->conf, struct conf_header_edit,
	    a->modify_headers, i)) != NULL; i++) {
		s = tree_section(n, edit, s);
		check_header_edit(ck, s, e);
	}
}

/* Of all mail-acls together: workers look for each in every mail. */
static void
check_header_count(struct check *ck)
{
	const char **names = arena_alloc(ck->arena,
	    CONF_MAIL_HEADERS * sizeof *names);
	uint32_t n = 0, k;

	for (uint32_t i = 0; i < ck->m->mail_acls.n; i++) {
		const struct tree_node *acl = check_node(ck, "mail-acl", i);
		const struct conf_section *def = conf_section_find(acl->def,
		    "header");

		for (const struct tree_node *s = tree_section(acl, def, NULL);
		    s != NULL; s = tree_section(acl, def, s)) {
			for (k = 0; k < n && !str_ieq(str_c(names[k]),
			    str_c(s->title)); k++)
				continue;
			if (k < n)
				continue;
			if (n == CONF_MAIL_HEADERS) {
				CHECK_ERROR(ck, s, "", "more than %d different "
				    "fields in all mail-acls together",
				    CONF_MAIL_HEADERS);
				return;
			}
			names[n++] = s->title;
		}
	}
}

/* ---- notices ------------------------------------------------------------ */

/* Line of an octet, from 1. */
static unsigned
line_at(const char *text, const char *at)
{
	unsigned n = 1;

	for (; text < at; text++)
		n += *text == '\n';
	return n;
}

static void
check_notice_text(struct check *ck, const struct tree_node *n,
    const char *key, const char *path, struct str text)
{
	struct str rest = text, piece;
	enum notice_field field;
	int rc;

	if (!str_utf8(text)) {
		CHECK_ERROR(ck, n, key, "%s is not UTF-8", path);
		return;
	}
	while ((rc = notice_next(&rest, &piece, &field)) > 0)
		continue;
	if (rc < 0)
		CHECK_ERROR(ck, n, key, "%s:%u: %.2s is no field: a percent "
		    "sign is written %%%%", path, line_at(text.p, rest.p),
		    rest.p);
}

static void
check_notice_file(struct check *ck, const struct tree_node *n,
    const char *key, const char *path)
{
	struct stat st;
	char *text;
	size_t size;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode)) {
		CHECK_ERROR(ck, n, key, "there is no file %s", path);
		return;
	}
	if (st.st_size > NOTICE_MAX) {
		CHECK_ERROR(ck, n, key, "%s has more than %d KB", path,
		    NOTICE_MAX >> 10);
		return;
	}
	if (!check_service_reads(ck, path, &st))
		CHECK_WARN(ck, n, key, "app-user cannot read %s", path);
	if (fd_read_file(path, NOTICE_MAX, &text, &size) < 0)
		return;		/* nobody but the service may */
	check_notice_text(ck, n, key, path, (struct str){ text, size });
	free(text);
}

static void
check_notice(struct check *ck, const struct tree_node *n, const char *key,
    struct conf_ref notice)
{
	static const uint8_t folders[] = { CONF_LANG_EN, CONF_LANG_CZ,
		CONF_LANG_CZ_ASCII };
	bool same = strchr(conf_cstr(&ck->conf, notice), '/') != NULL;
	char path[PATH_MAX];

	if (notice.n == 0)
		return;
	for (unsigned i = 0; i < (same ? 1 : sizeof folders); i++)
		check_notice_file(ck, n, key, notice_path(&ck->conf,
		    ck->folder, notice, folders[i], path));
}

/* ---- one ACL ------------------------------------------------------------ */

/* Whoever denies a mail changes nothing of it. */
static void
check_vain(struct check *ck, const struct tree_node *n, const char *why,
    const char *const *keys)
{
	for (; *keys != NULL; keys++)
		if (check_written(n, *keys))
			CHECK_WARN(ck, n, *keys, "in vain: %s", why);
}

static void
check_mail_acl(struct check *ck, uint32_t row)
{
	static const char *const changes[] = { "prefix-subject",
		"modify-header", "replace-body", "add-verdict-headers",
		NULL };
	const struct tree_node *n = check_node(ck, "mail-acl", row);
	const struct conf_mail_acl *a = mail_acl(ck, row);

	check_when(ck, n, &a->when);
	check_headers(ck, n, a);
	check_notice(ck, n, "replace-body", a->replace_body);
	if (a->deny)
		check_vain(ck, n, "the mail is denied", changes);
	if (a->quarantine && ck->m->quarantine.dir.n == 0)
		CHECK_ERROR(ck, n, "quarantine", "yes, but there is none: "
		    "write quarantine { dir = \"...\" }");
}

static void
check_doc_acl(struct check *ck, uint32_t row)
{
	static const char *const changes[] = { "remove", "replace-file",
		"html-filter", "force-doctype-ident", NULL };
	const struct tree_node *n = check_node(ck, "doc-acl", row);
	const struct conf_doc_acl *a = doc_acl(ck, row);

	check_when(ck, n, &a->when);
	check_notice(ck, n, "replace-file", a->replace_file);
	if (a->deny)
		check_vain(ck, n, "the mail is denied", changes);
	else if (a->remove)
		check_vain(ck, n, "the part is removed", changes + 1);
	else if (a->replace_file.n > 0)
		check_vain(ck, n, "the part is replaced", changes + 2);
}

/* ---- filters for HTML ---------------------------------------------------- */

static const struct conf_section *
html_item(const struct tree_node *n, unsigned i)
{
	static const char *const names[] = { "script-tag-language",
		"style-tag-type", "iframe-tag-src", "intrinsic-language",
		"macro-language" };

	return i < sizeof names / sizeof *names ?
	    conf_section_find(n->def, names[i]) : NULL;
}

static void
check_html_item(struct check *ck, const struct tree_node *s, bool strict)
{
	if (!check_written(s, "accept") && !check_written(s, "deny"))
		CHECK_WARN(ck, s, "", "neither accept nor deny: what no list "
		    "has is removed");
	if (strict)
		CHECK_WARN(ck, s, "", "in vain: policy strict removes all "
		    "of them but harmless style sheets");
}

static void
check_html_filter(struct check *ck, uint32_t row)
{
	static const char *const keeps[] = { "remote-content", "forms", NULL };
	const struct tree_node *n = check_node(ck, "html-filter", row);
	const struct conf_html *h = CONF_AT(&ck->conf, struct conf_html,
	    ck->m->html_filters, row);
	const struct conf_section *item;
	unsigned count = 0;

	for (unsigned i = 0; (item = html_item(n, i)) != NULL; i++) {
		const struct tree_node *s = NULL;
		unsigned lists = 0;

		for (; (s = tree_section(n, item, s)) != NULL; lists++)
			check_html_item(ck, s, h->policy == CONF_HTML_STRICT);
		if (lists > CONF_HTML_LISTS)
			CHECK_ERROR(ck, n, item->name, "more than %d",
			    CONF_HTML_LISTS);
		count += lists;
	}
	if (h->policy == CONF_HTML_STRICT)
		return;
	check_vain(ck, n, "policy filter keeps both", keeps);
	if (count == 0)
		CHECK_WARN(ck, n, "policy", "filter without a list removes "
		    "nothing but SVG and MathML");
}

/* ---- what they need ----------------------------------------------------- */

static const struct tree_node *
single(const struct check *ck, const char *section)
{
	return tree_section(ck->root, conf_section_find(&conf_vocabulary,
	    section), NULL);
}

/* Open descriptors go over Unix sockets only. */
static bool
has_address(const struct check *ck, const struct conf_engine *e)
{
	const struct conf_endpoint *p;

	for (uint32_t i = 0; (p = CONF_AT(&ck->conf, struct conf_endpoint,
	    e->connection, i)) != NULL; i++)
		if (p->path.n == 0)
			return true;
	return false;
}

/* Of a URI's path (RFC 3986 3.3), without those that are escaped. */
static const char service_octets[] = "abcdefghijklmnopqrstuvwxyz"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@/?";

static void
check_engine(struct check *ck, const char *section, uint32_t row,
    const struct conf_engine *e)
{
	const struct tree_node *n = check_node(ck, section, row);

	if (e->protocol == CONF_CLAMD_FD && has_address(ck, e))
		CHECK_ERROR(ck, n, "connection", "clamd-fd hands mails over "
		    "by a Unix socket: write its \"/path\", or protocol = "
		    "clamd");
	if (e->protocol == CONF_ICAP && e->icap_service.n == 0)
		CHECK_ERROR(ck, n, "icap-service", "missing");
	if (strspn(conf_cstr(&ck->conf, e->icap_service), service_octets) !=
	    e->icap_service.n)
		CHECK_ERROR(ck, n, "icap-service", "is no name of a service");
	if (e->protocol != CONF_ICAP && e->icap_service.n > 0)
		CHECK_ERROR(ck, n, "icap-service", "in vain: write protocol = "
		    "icap");
	if (e->protocol != CONF_ICAP && e->icap_pass_body)
		CHECK_WARN(ck, n, "icap-pass-200-with-pure-body", "in vain: "
		    "it is of protocol = icap");
	check_net_raw(ck, n, "traffic-shaping", e->traffic.mark != 0);
}

static void
check_engines(struct check *ck, const char *section, struct conf_ref table)
{
	const struct conf_engine *e;

	for (uint32_t i = 0; (e = CONF_AT(&ck->conf, struct conf_engine,
	    table, i)) != NULL; i++)
		check_engine(ck, section, i, e);
}

static void
check_engine_count(struct check *ck, const char *section, uint32_t n)
{
	if (n > CONF_ENGINES_MAX)
		CHECK_ERROR(ck, check_node(ck, section, CONF_ENGINES_MAX),
		    "", "more than %d of them", CONF_ENGINES_MAX);
}

/* A denied mail is never delivered for want of it, but it would be lost. */
static void
check_quarantine(struct check *ck)
{
	const struct tree_node *n = single(ck, "quarantine");
	bool used = false;

	for (uint32_t i = 0; i < ck->m->mail_acls.n; i++)
		used |= mail_acl(ck, i)->quarantine;
	if (n != NULL && used)
		check_folder(ck, n, "dir", ck->m->quarantine.dir);
}

static void
check_types(struct check *ck)
{
	static const char *const files[] = { "mime-types", "magic" };
	const struct conf_ref paths[] = { ck->m->doctype.mime_types,
		ck->m->doctype.magic };
	const struct tree_node *n = single(ck, "doctype-identification");

	for (unsigned i = 0; n != NULL && i < 2; i++) {
		const char *path = conf_cstr(&ck->conf, paths[i]);

		if (*path != '\0' && check_written(n, files[i]) &&
		    access(path, F_OK) < 0)
			CHECK_ERROR(ck, n, files[i], "there is no file %s",
			    path);
	}
}

void
check_mail(struct check *ck)
{
	for (uint32_t i = 0; i < ck->m->mail_acls.n; i++)
		check_mail_acl(ck, i);
	for (uint32_t i = 0; i < ck->m->doc_acls.n; i++)
		check_doc_acl(ck, i);
	for (uint32_t i = 0; i < ck->m->html_filters.n; i++)
		check_html_filter(ck, i);
	check_header_count(ck);
	check_engine_count(ck, "antivirus", ck->m->antiviruses.n);
	check_engine_count(ck, "antispam", ck->m->antispams.n);
	check_engines(ck, "antivirus", ck->m->antiviruses);
	check_engines(ck, "antispam", ck->m->antispams);
	check_quarantine(ck);
	check_types(ck);
}
