#include <stdarg.h>
#include <stdio.h>

#include "known.h"
#include "mail.h"
#include "mailacl.h"
#include "mailfacts.h"
#include "mailrecord.h"
#include "module.h"
#include "names.h"
#include "regex.h"
#include "scan.h"
#include "session.h"

/* ---- before the seal ----------------------------------------------------- */

static void
ask_names(const struct conf *c, const struct acl_facts *f,
    struct acl_result *r_r)
{
	(void)r_r;
	acl_judged_want(c, f);
}

bool
mailacl_begin(struct sess *s, const char **why_r)
{
	struct scan *x = s->scan;
	const struct regex_engine *re = NULL;
	struct acl_result r;

	acl_facts_judged(&s->facts, s->conf, s->cacl);
	if (!names_judge(s, ask_names, acl_judged_want, &r)) {
		*why_r = "the client left";
		return false;
	}
	/* a process that forks sessions has done this already */
	if (acl_judged_patterns(s->conf, NULL)) {
		re = module_get("regex", why_r);
		if (re == NULL)
			return false;
		acl_judged_patterns(s->conf, re);
	}
	for (unsigned d = 0; d < CONF_DIRECTIONS; d++) {
		acl_mail_rules(s->conf, &s->facts, (enum conf_direction)d,
		    &s->arena, &x->mail_rules[d]);
		acl_doc_rules(s->conf, &s->facts, (enum conf_direction)d,
		    &s->arena, &x->doc_rules[d]);
	}
	return true;
}

/* ---- deciding ------------------------------------------------------------ */

static void
add_why(struct mail_decision *d, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
add_why(struct mail_decision *d, const char *fmt, ...)
{
	size_t n = strlen(d->why);
	va_list ap;

	if (d->again)
		return;
	if (n > 0)
		n += (size_t)snprintf(d->why + n, sizeof d->why - n, "; ");
	if (n >= sizeof d->why)
		return;
	va_start(ap, fmt);
	vsnprintf(d->why + n, sizeof d->why - n, fmt, ap);
	va_end(ap);
}

static void
say_why(struct mail_decision *d, const char *phase, struct str name,
    const struct acl_result *r, uint32_t part)
{
	char where[24] = "";

	if (part != MAIL_NONE)
		snprintf(where, sizeof where, " part %u", part);
	if (r->reason != NULL)
		add_why(d, "%s%s: %s", phase, where, r->reason);
	else if (r->row < 0)
		add_why(d, "no %s matches%s", phase, where);
	else
		add_why(d, "%s \"%.*s\" denies%s", phase, STR_ARG(name),
		    where);
}

static void
decide_mail(struct sess *s, struct scan_mail *m,
    const struct acl_mail_facts *facts, struct mail_decision *d)
{
	const struct conf_mail_acl *a = NULL;
	struct acl_result *r = &d->result;

	acl_mail(&s->scan->mail_rules[m->direction], facts, r);
	if (r->row >= 0)
		a = CONF_AT(s->conf, struct conf_mail_acl,
		    s->conf->main->mail_acls, (uint32_t)r->row);
	d->mail = a;
	if (a != NULL) {
		d->mail_acl = (uint32_t)r->row;
		d->quarantine = a->quarantine;
		d->edit = a->prefix_subject.n > 0 || a->modify_headers.n > 0
		    || a->replace_body.n > 0 || a->add_verdict_headers;
	}
	if (r->deny || a == NULL) {
		d->deny = true;
		say_why(d, "mail-acl", a ? conf_str(s->conf, a->name) :
		    STR_NULL, r, MAIL_NONE);
	}
}

static void
decide_doc(struct sess *s, struct scan_mail *m, uint32_t row,
    const struct acl_doc_facts *facts, struct mail_decision *d)
{
	const struct conf_doc_acl *a = NULL;
	struct acl_result *r = &d->result;

	acl_doc(&s->scan->doc_rules[m->direction], facts, r);
	if (r->row >= 0)
		a = CONF_AT(s->conf, struct conf_doc_acl,
		    s->conf->main->doc_acls, (uint32_t)r->row);
	if (a != NULL) {
		d->docs[row] = (uint32_t)r->row;
		d->edit |= a->replace_file.n > 0 || a->remove ||
		    a->html_filter != 0 || a->force_doctype_ident;
	}
	if (r->deny || a == NULL) {
		d->deny = true;
		say_why(d, "doc-acl", a ? conf_str(s->conf, a->name) :
		    STR_NULL, r, row);
	}
	if (d->logged)
		mailrecord_acl(s, m, row, a ? acl_doc_type(a, facts) :
		    facts->type, a ? conf_str(s->conf, a->name) : STR_NULL,
		    !r->deny && a != NULL, r->reason);
}

/* Is this mail one that the log wants, before its documents are asked? */
static bool
log_all(const struct sess *s)
{
	return s->conf->main->logs[LOG_STATS_LOG].mail == CONF_MAIL_ALL;
}

static bool
log_decided(const struct sess *s, const struct scan_mail *m,
    const struct mail_decision *d)
{
	const struct conf_mail_dir *dir = &s->cacl->mail[m->direction];

	if (s->conf->main->logs[LOG_STATS_LOG].mail == CONF_MAIL_NONE)
		return false;
	/* what scanners cannot look into is free of nothing */
	return d->deny || d->edit || d->quarantine || (dir->antivirus != 0 &&
	    (m->index.head->virus != MAIL_VIRUS_FREE ||
	    m->index.head->marks & MAIL_ENCRYPTED));
}

static void
ask_docs(struct sess *s, struct scan_mail *m, const struct known *k,
    uint64_t *effort, struct mail_decision *d)
{
	struct acl_doc_facts facts;

	for (uint32_t i = 0; i < k->ndocs; i++) {
		known_doc(k, i, effort, &facts);
		decide_doc(s, m, k->docs[i], &facts, d);
	}
}

/*
 * What was found in octets that no doc-acl is asked about, as only some
 * readers find it in them, cannot be taken out: a rule that lets mails with
 * viruses through has to say so.
 */
static void
deny_hidden(const struct known *k, struct mail_decision *d)
{
	if (!k->hidden || d->deny ||
	    d->mail->virus_status & 1u << CONF_VIRUS_FOUND ||
	    d->mail->replace_body.n > 0)
		return;
	d->deny = true;
	add_why(d, "a virus where no doc-acl can take it out");
}

/* Under dry-run what would be done is logged, and nothing is done. */
static void
try_only(struct sess *s, struct mail_decision *d)
{
	if (!s->cacl->dry_run)
		return;
	d->deny = d->edit = d->quarantine = false;
}

static void
log_mail(const struct sess *s, struct scan_mail *m,
    const struct mail_decision *d, const struct acl_result *r)
{
	mailrecord_mail(s, m);
	mailrecord_acl(s, m, MAIL_NONE, STR_NULL, d->mail ? conf_str(s->conf,
	    d->mail->name) : STR_NULL, d->mail != NULL && !r->deny,
	    r->reason);
}

/* No part has one so far. */
static void
no_docs(struct sess *s, const struct known *k, struct mail_decision *d)
{
	d->ndocs = mail_index_parts(k->x);
	d->docs = arena_alloc(&s->scan->arena, d->ndocs * sizeof *d->docs);
	for (uint32_t i = 0; i < d->ndocs; i++)
		d->docs[i] = MAIL_NONE;
}

bool
mailacl_decide(struct sess *s, struct scan_mail *m,
    const struct mail_facts *f, struct mail_decision *d)
{
	struct known *k = arena_alloc(&s->scan->arena, sizeof *k);
	struct acl_mail_facts facts;
	uint64_t effort = ACL_EFFORT, again = ACL_EFFORT;
	struct acl_result mail;

	*d = (struct mail_decision){ .mail_acl = MAIL_NONE };
	known_open(k, &m->index, &s->scan->arena);
	no_docs(s, k, d);
	known_mail(k, &effort, m->octets.size, &facts);
	decide_mail(s, m, &facts, d);
	mail = d->result;
	if (f->rejected) {
		d->deny = true;
		add_why(d, "mail-filter: %s", f->why);
	}
	d->logged = log_all(s);
	if (d->logged)
		log_mail(s, m, d, &mail);
	ask_docs(s, m, k, &effort, d);
	deny_hidden(k, d);
	d->edit |= f->corrected;
	if (!d->logged && log_decided(s, m, d)) {
		/* now that it is known to be of interest */
		d->logged = d->again = true;
		log_mail(s, m, d, &mail);
		ask_docs(s, m, k, &again, d);
	}
	try_only(s, d);
	return true;
}

void
mailacl_forget(struct sess *s, struct mail_decision *d)
{
	d->docs = NULL;
	arena_release(&s->scan->arena, (struct arena_mark){ 0 });
}
