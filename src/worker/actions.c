#include "actions.h"

#include <assert.h>
#include <stdio.h>

#include "compose.h"
#include "err.h"
#include "field.h"
#include "htmlpart.h"
#include "verdict.h"

/* An edit, and what the log calls it. */
struct actions_edit {
	struct actions_edit *next;
	const struct mime_edit *edit;
	const char *what;
	const char *detail;	/* NULL: its outcome */
	bool is_signed;		/* a signature covers the part */
};

static struct actions_edit *
add(struct actions *x, const struct mime_edit *edit, const char *what,
    const char *detail)
{
	struct actions_edit *a = arena_alloc(x->edits->arena, sizeof *a);

	a->edit = edit;
	a->what = what;
	a->detail = detail;
	*x->end = a;
	x->end = &a->next;
	return a;
}

/* Both have Kernun's words in Kernun's order. */
static_assert((int)MAIL_VIRUS_FOUND == (int)SCAN_FOUND &&
    (int)MAIL_VIRUS_ERROR == (int)SCAN_ERROR, "the same words");

static const char *
virus_word(enum mail_virus virus)
{
	return scan_status_name((enum scan_status)virus);
}

/* ---- notices ---- */

static struct str
date_of(const struct mime_edits *e)
{
	struct mime_fields f;
	struct mime_field field;

	mime_fields_init(&f, mime_span_str(e->mail, e->root->header));
	while (mime_fields_next(&f, &field) > 0)
		if (field.value.p != NULL &&
		    mime_name_is(field.name, STR("Date")))
			return field.value;
	return STR_NULL;
}

static struct mime_edit *
put_notice(struct actions *x, const struct mime_part *part,
    struct conf_ref notice, struct replace_values *v, const char **why_r)
{
	struct mime_text text;

	v->field[NOTICE_DATE] = date_of(x->edits);
	v->field[NOTICE_CONTACT] = conf_str(x->conf,
	    x->conf->main->notices.contact);
	text = replace_text(x->replace, x->edits->arena, notice, x->language,
	    v, why_r);
	return mime_edit_replace(x->edits, part, text,
	    replace_brief(x->language));
}

/* ---- the mail ---- */

static const struct {
	const char *name;
} verdicts[] = { { "X-Spam-Score" }, { "X-Virus-Status" },
	{ "X-Virus-Name" } };

static struct str
spam_text(const struct actions *x)
{
	if (x->spam == MAIL_SPAM_UNKNOWN)
		return STR("");
	return str_c(arena_printf(x->edits->arena, "%d.%03d", x->spam / 1000,
	    x->spam < 0 ? 0 : x->spam % 1000));
}

/* Ours, and none that came with the mail. */
static void
put_verdicts(struct actions *x)
{
	struct str values[] = { spam_text(x), str_c(virus_word(x->virus)),
	    x->virus == MAIL_VIRUS_FOUND ? x->virus_name : STR("") };

	for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++) {
		struct str name = str_c(verdicts[i].name);

		add(x, mime_edit_header(x->edits, values[i].n > 0 ?
		    MIME_HEADER_REPLACE : MIME_HEADER_DELETE, name,
		    values[i]), "add-verdict-headers", verdicts[i].name);
	}
}

static int
put_headers(struct actions *x, const struct conf_mail_acl *m)
{
	static const enum mime_header_op ops[] = {
		[CONF_HEADER_ADD] = MIME_HEADER_ADD,
		[CONF_HEADER_DELETE] = MIME_HEADER_DELETE,
		[CONF_HEADER_REPLACE] = MIME_HEADER_REPLACE,
	};

	for (uint32_t i = 0; i < m->modify_headers.n; i++) {
		const struct conf_header_edit *h = CONF_AT(x->conf,
		    struct conf_header_edit, m->modify_headers, i);
		struct str name = h ? conf_str(x->conf, h->name) : STR_NULL;

		if (h == NULL || !mime_name_good(name) ||
		    h->op < CONF_HEADER_ADD || h->op > CONF_HEADER_REPLACE)
			return ERR_CONFIG;
		add(x, mime_edit_header(x->edits, ops[h->op], name,
		    conf_str(x->conf, h->value)), "modify-header", name.p);
	}
	return 0;
}

static int
put_mail(struct actions *x)
{
	const struct conf_mail_acl *m;
	struct replace_values v = { 0 };
	struct mime_edit *e;
	struct str prefix;
	const char *why;
	int r;

	if (x->mail_acl == MAIL_NONE)
		return 0;
	m = CONF_AT(x->conf, struct conf_mail_acl, x->conf->main->mail_acls,
	    x->mail_acl);
	if (m == NULL)
		return ERR_CONFIG;
	r = put_headers(x, m);
	if (r < 0)
		return r;
	prefix = conf_str(x->conf, m->prefix_subject);
	if (prefix.n > 0)
		add(x, mime_edit_subject(x->edits, prefix), "prefix-subject",
		    NULL);
	if (m->add_verdict_headers)
		put_verdicts(x);
	if (m->replace_body.n == 0)
		return 0;
	v.field[NOTICE_VIRUS] = x->virus_name;
	v.field[NOTICE_RULE] = conf_str(x->conf, m->name);
	v.field[NOTICE_WHY] = str_c(virus_word(x->virus));
	/* it says why, so it comes before */
	e = put_notice(x, x->edits->root, m->replace_body, &v, &why);
	add(x, e, "replace-body", why);
	return 0;
}

/* ---- documents ---- */

static bool
within_signed(const struct mime_part *part)
{
	while ((part = part->parent) != NULL)
		if (part->marks & MIME_MARK_SIGNED)
			return true;
	return false;
}

static struct actions_edit *
put_file(struct actions *x, const struct mime_part *part,
    const struct conf_doc_acl *d, const struct actions_part *known)
{
	struct replace_values v = { 0 };
	const char *why;
	struct mime_edit *e;

	v.field[NOTICE_NAME] = known->name;
	v.field[NOTICE_TYPE] = known->identified.n > 0 ? known->identified :
	    known->declared;
	v.field[NOTICE_VIRUS] = known->virus_name;
	v.field[NOTICE_RULE] = conf_str(x->conf, d->name);
	v.field[NOTICE_WHY] = str_c(virus_word(known->virus));
	e = put_notice(x, part, d->replace_file, &v, &why);
	return add(x, e, "replace-file", why);
}

/* NULL, *err_r 0: there is nothing to filter, or nothing to be done. */
static struct actions_edit *
put_html(struct actions *x, const struct mime_part *part,
    const struct conf_doc_acl *d, const struct actions_part *known,
    int *err_r)
{
	struct htmlpart h;

	*err_r = 0;
	if (!htmlpart_is(known->identified, known->declared))
		return NULL;
	*err_r = htmlpart_put(x->edits, x->conf, d->html_filter - 1, part,
	    replace_unfiltered(x->language), replace_brief(x->language), &h);
	if (*err_r < 0 || h.edit == NULL)
		return NULL;
	return add(x, h.edit, "html-filter", h.detail);
}

static struct actions_edit *
put_type(struct actions *x, const struct mime_part *part,
    const struct actions_part *known)
{
	if (known->identified.n == 0 ||
	    str_ieq(known->identified, known->declared))
		return NULL;
	return add(x, mime_edit_type(x->edits, part, known->identified),
	    "force-doctype-ident", known->identified.p);
}

/* One action of a document: what takes it away is the only one. */
static int
put_doc(struct actions *x, const struct mime_part *part, uint32_t row)
{
	const struct conf_doc_acl *d = CONF_AT(x->conf, struct conf_doc_acl,
	    x->conf->main->doc_acls, row);
	struct actions_part known = { 0 };
	struct actions_edit *a = NULL;
	int err = 0;

	if (d == NULL)
		return ERR_CONFIG;
	x->part(x->ctx, part->id, d->type_order, &known);
	if (d->remove)
		a = add(x, mime_edit_remove(x->edits, part), "remove", NULL);
	else if (d->replace_file.n > 0)
		a = put_file(x, part, d, &known);
	else if (d->html_filter != 0)
		a = put_html(x, part, d, &known, &err);
	/* what a filter wrote is HTML, whatever it was before */
	if (a == NULL && err == 0 && d->force_doctype_ident)
		a = put_type(x, part, &known);
	if (a != NULL)
		a->is_signed = within_signed(part);
	return err;
}

int
actions_put(struct actions *x, struct mime_edits *e)
{
	const struct mime_part *p = e->root;
	int r;

	x->edits = e;
	x->first = NULL;
	x->end = &x->first;
	r = put_mail(x);
	for (; r == 0 && p != NULL; p = p->later)
		if (p->id < x->ndocs && x->docs[p->id] != MAIL_NONE)
			r = put_doc(x, p, x->docs[p->id]);
	return r;
}

/* ---- what was done ---- */

static bool
shows(const struct mime_edit *e)
{
	return e->outcome != MIME_EDIT_NOTHING &&
	    e->outcome != MIME_EDIT_COVERED;
}

static void
describe(const struct actions_edit *a, struct mail_edit_done *done)
{
	const char *outcome = mime_edit_outcome_name(a->edit->outcome);
	bool usual = a->edit->outcome == MIME_EDIT_DONE;

	done->part = a->edit->part->id;
	snprintf(done->what, sizeof done->what, "%s", a->what);
	snprintf(done->detail, sizeof done->detail, "%.40s%s%s%s",
	    a->detail ? a->detail : usual ? outcome : "",
	    a->detail != NULL && !usual ? ", " : "", usual ? "" : outcome,
	    a->is_signed ? ", signed" : "");
}

uint32_t
actions_done(const struct actions *x, struct mail_edit_done *done,
    uint32_t room)
{
	uint32_t n = 0;

	for (const struct actions_edit *a = x->first; a; a = a->next) {
		if (!shows(a->edit))
			continue;
		if (n < room) {
			done[n] = (struct mail_edit_done){ 0 };
			describe(a, &done[n]);
		}
		n++;
	}
	return n;
}
