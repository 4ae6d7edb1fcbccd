#include "explain.h"
#include "line.h"
#include "mail.h"

/* ---- what was seen, and what was wanted --------------------------------- */

static void
add_number(struct line *l, const struct conf *c, uint64_t n,
    const struct conf_numset *s)
{
	line_number(l, n);
	line_add(l, " is not in ");
	line_numset(l, c, s);
}

static void
add_status(struct line *l, uint8_t virus, uint8_t bits)
{
	const char *comma = "";

	line_add(l, "%s is not in {",
	    virus < CONF_VIRUSES ? conf_viruses[virus] : "none");
	for (unsigned i = 0; i < CONF_VIRUSES; i++)
		if (bits >> i & 1) {
			line_add(l, "%s%s", comma, conf_viruses[i]);
			comma = ", ";
		}
	line_add(l, "}");
}

static void
add_list(struct line *l, const struct acl_list *list)
{
	line_add(l, "{");
	for (uint32_t i = 0; i < list->n && !l->full; i++) {
		line_add(l, "%s\"", i > 0 ? ", " : "");
		line_vis(l, list->at(list, i));
		line_add(l, "\"");
	}
	line_add(l, "}");
}

static void
add_globs(struct line *l, const struct conf *c, const struct acl_list *list,
    const struct conf_strset *s)
{
	add_list(l, list);
	line_add(l, " does not match ");
	line_types(l, c, s);
}

static void
add_type(struct line *l, const struct conf *c, struct str type,
    const struct conf_strset *s)
{
	line_add(l, "\"");
	line_vis(l, type);
	line_add(l, "\" is not in ");
	line_types(l, c, s);
}

static void
add_header(struct line *l, const struct conf *c,
    const struct conf_mail_acl *a, const struct acl_mail_facts *m)
{
	const struct conf_header_match *h;
	const char *why;
	uint32_t row = 0;

	acl_mail_header(c, a, m, &row, &why);
	h = CONF_AT(c, struct conf_header_match, a->headers, row);
	if (h == NULL)
		return;
	line_vis(l, conf_str(c, h->name));
	line_add(l, ": {");
	for (uint32_t i = 0, n = 0; i < m->fields.n && i < m->values.n; i++) {
		if (!str_ieq(m->fields.at(&m->fields, i),
		    conf_str(c, h->name)))
			continue;
		line_add(l, "%s\"", n++ > 0 ? ", " : "");
		line_vis(l, m->values.at(&m->values, i));
		line_add(l, "\"");
	}
	line_add(l, "} does not match ");
	line_strset(l, c, &h->match);
}

/* ---- one ACL ------------------------------------------------------------ */

/* Is it explained already: by the connection, or the direction? */
static bool
before(struct line *l, const struct conf *c,
    const struct conf_conditions *when, const struct acl_facts *f,
    uint8_t want, enum conf_direction d, char *out)
{
	if (explain_when(c, when, f, out)[0] != '\0')
		return true;
	*l = (struct line){ .out = out };
	if (want != 0 && want != d + 1)
		line_add(l, "direction: it is a%s", d == CONF_DOWNLOAD ?
		    " download" : "n upload");
	return l->n > 0;
}

static void
fails_mail(struct line *l, const struct conf *c,
    const struct conf_mail_acl *a, const struct acl_mail_facts *m,
    enum acl_mail_condition which)
{
	switch (which) {
	case ACL_MAIL_SIZE:
		add_number(l, c, m->size, &a->size);
		break;
	case ACL_MAIL_VIRUS_STATUS:
		add_status(l, m->virus, a->virus_status);
		break;
	case ACL_MAIL_SPAM_SCORE:
		add_number(l, c, m->spam, &a->spam_score);
		break;
	case ACL_MAIL_DOC_COUNT:
		add_number(l, c, m->docs, &a->doc_count);
		break;
	case ACL_MAIL_ENCRYPTED:
	case ACL_MAIL_MALFORMED:
		line_add(l, a->encrypted == CONF_TRI_YES ||
		    (which == ACL_MAIL_MALFORMED &&
		    a->malformed == CONF_TRI_YES) ? "the mail is not" :
		    "the mail is");
		break;
	case ACL_MAIL_VIRUS_NAME:
		add_globs(l, c, &m->virus_names, &a->virus_name);
		break;
	case ACL_MAIL_MIME_TYPE:
		add_globs(l, c, &m->types, &a->mime_type);
		break;
	case ACL_MAIL_HEADER:
		add_header(l, c, a, m);
		break;
	case ACL_MAIL_CONDITIONS:
		break;
	}
}

char *
explain_mail(const struct conf *c, const struct conf_mail_acl *a,
    const struct acl_facts *f, enum conf_direction d,
    const struct acl_mail_facts *m, char *out)
{
	enum acl_mail_condition which;
	const char *why = "";
	enum acl_truth t;
	struct line l;

	if (before(&l, c, &a->when, f, a->direction, d, out))
		return out;
	t = acl_mail_when(c, a, m, &which, &why);
	if (t == ACL_HOLDS)
		return out;
	line_add(&l, "%s: ", acl_mail_matchers[which].name);
	if (t == ACL_UNDECIDED)
		line_add(&l, "cannot be decided: %s", why);
	else
		fails_mail(&l, c, a, m, which);
	return out;
}

static void
fails_doc(struct line *l, const struct conf *c, const struct conf_doc_acl *a,
    const struct acl_doc_facts *d, enum acl_doc_condition which)
{
	switch (which) {
	case ACL_DOC_SIZE:
		add_number(l, c, d->size, &a->size);
		break;
	case ACL_DOC_VIRUS_STATUS:
		add_status(l, d->virus, a->virus_status);
		break;
	case ACL_DOC_SPAM_SCORE:
		add_number(l, c, d->spam, &a->spam_score);
		break;
	case ACL_DOC_DEPTH:
		add_number(l, c, d->depth, &a->depth);
		break;
	case ACL_DOC_ENCRYPTED:
		line_add(l, d->encrypted ? "it is" : "it is not");
		break;
	case ACL_DOC_MIME_TYPE:
		add_type(l, c, acl_doc_type(a, d), &a->mime_type);
		break;
	case ACL_DOC_DECLARED_TYPE:
		add_type(l, c, d->declared, &a->declared_type);
		break;
	case ACL_DOC_FILE_NAME:
		add_globs(l, c, &d->names, &a->file_name);
		break;
	case ACL_DOC_ARCHIVE_MEMBER:
		add_globs(l, c, &d->members, &a->archive_member);
		break;
	case ACL_DOC_CONDITIONS:
		break;
	}
}

char *
explain_doc(const struct conf *c, const struct conf_doc_acl *a,
    const struct acl_facts *f, enum conf_direction direction,
    const struct acl_doc_facts *d, char *out)
{
	enum acl_doc_condition which;
	const char *why = "";
	enum acl_truth t;
	struct line l;

	if (before(&l, c, &a->when, f, a->direction, direction, out))
		return out;
	t = acl_doc_when(c, a, d, &which, &why);
	if (t == ACL_HOLDS)
		return out;
	line_add(&l, "%s: ", acl_doc_matchers[which].name);
	if (t == ACL_UNDECIDED)
		line_add(&l, "cannot be decided: %s", why);
	else
		fails_doc(&l, c, a, d, which);
	return out;
}
