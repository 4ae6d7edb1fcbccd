#include <stdio.h>

#include "explain.h"
#include "testmail.h"
#include "testrun.h"
#include "vis.h"

enum {
	/* Rows of thousands of ACLs, twice, and of 10,000 documents. */
	TESTMAIL_ARENA = 4 << 20,
};

/* ---- a mail that is made up --------------------------------------------- */

static uint8_t
said_virus(const struct testmail_ask *ask)
{
	if (ask->e->given & TESTEXPR_VIRUS)
		return ask->e->virus;
	return ask->acl->mail[ask->e->direction].antivirus != 0 ?
	    CONF_VIRUS_FREE : CONF_VIRUS_SKIPPED;
}

/* Whatever order asks. */
static struct str
said_type(const struct acl_list *l, uint32_t i)
{
	(void)i;
	return *(const struct str *)l->from;
}

static void
said_doc(const struct testmail *m, uint32_t i, struct acl_doc_facts *d_r,
    char *label)
{
	char type[100], name[100];

	(void)i;
	*d_r = (struct acl_doc_facts){ .spam = m->facts.spam,
	    .virus = m->facts.virus, .size = m->facts.size,
	    .type = m->text[1], .declared = m->text[1],
	    .ordered = { .n = CONF_TYPE_ORDERS, .at = said_type,
		.from = &m->text[1] },
	    .names = acl_list_of(&m->text[2], m->text[2].n > 0),
	    .members = acl_list_of(NULL, 0) };
	snprintf(label, TESTMAIL_LABEL, "1: %s \"%s\"", m->text[1].n > 0 ?
	    vis(type, sizeof type, m->text[1]) : "not identified",
	    vis(name, sizeof name, m->text[2]));
}

void
testmail_said(const struct testmail_ask *ask, struct testmail *m_r)
{
	const struct testexpr *e = ask->e;

	*m_r = (struct testmail){ .docs = 1, .doc = said_doc, .text = {
	    str_c(e->virus_name), str_c(e->type), str_c(e->file_name) } };
	m_r->facts = (struct acl_mail_facts){
		.spam = e->given & TESTEXPR_SPAM_SCORE ? e->spam :
		    CONF_SPAM_UNKNOWN,
		.virus = said_virus(ask), .size = e->size, .docs = 1,
		.virus_names = acl_list_of(&m_r->text[0],
		    m_r->text[0].n > 0),
		.types = acl_list_of(&m_r->text[1], 1),
		.fields = { .cut = true }, .values = { .cut = true },
	};
}

/* ---- why others were passed over ---------------------------------------- */

static enum acl_truth
generic(const struct testmail_ask *ask, const struct conf_conditions *when,
    uint8_t direction)
{
	enum acl_condition which;
	const char *why;

	if (direction != 0 && direction != ask->e->direction + 1)
		return ACL_FAILS;
	return acl_when(ask->c, when, ask->f, &which, &why);
}

/* Those before the chosen one; end < 0: up to what ended the search. */
static void
passed_mail(const struct testmail_ask *ask, const struct acl_mail_facts *m,
    int end, const struct answer *answer)
{
	enum acl_mail_condition which;
	const struct conf_mail_acl *a;
	enum acl_truth t = ACL_FAILS;
	char text[EXPLAIN_MAX];
	uint64_t effort = *m->effort;
	const char *why;

	answer_passed_begin(answer);
	for (uint32_t i = 0; t == ACL_FAILS && (end < 0 || i < (uint32_t)end)
	    && (a = CONF_AT(ask->c, struct conf_mail_acl,
	    ask->c->main->mail_acls, i)) != NULL; i++) {
		answer_passed(answer, a->name, a->line, explain_mail(ask->c, a,
		    ask->f, ask->e->direction, m, text));
		t = truth_and(generic(ask, &a->when, a->direction),
		    acl_mail_when(ask->c, a, m, &which, &why));
	}
	/* to explain costs the mail nothing */
	*m->effort = effort;
	answer_passed_end(answer);
}

static void
passed_doc(const struct testmail_ask *ask, const struct acl_doc_facts *d,
    int end, const struct answer *answer)
{
	enum acl_doc_condition which;
	const struct conf_doc_acl *a;
	enum acl_truth t = ACL_FAILS;
	char text[EXPLAIN_MAX];
	uint64_t effort = *d->effort;
	const char *why;

	answer_passed_begin(answer);
	for (uint32_t i = 0; t == ACL_FAILS && (end < 0 || i < (uint32_t)end)
	    && (a = CONF_AT(ask->c, struct conf_doc_acl,
	    ask->c->main->doc_acls, i)) != NULL; i++) {
		answer_passed(answer, a->name, a->line, explain_doc(ask->c, a,
		    ask->f, ask->e->direction, d, text));
		t = truth_and(generic(ask, &a->when, a->direction),
		    acl_doc_when(ask->c, a, d, &which, &why));
	}
	*d->effort = effort;
	answer_passed_end(answer);
}

/* ---- choosing ----------------------------------------------------------- */

static void
tell_chosen(const struct testmail_show *show, const char *phase,
    struct conf_ref name, uint32_t line, bool chosen, const char *reason)
{
	if (chosen)
		answer_chosen(show->answer, phase, name, line);
	else
		answer_none(show->answer, phase, reason);
}

static void
tell_settings(const struct testmail_show *show, unsigned phase, int row)
{
	answer_settings_begin(show->answer, NULL);
	if (row >= 0)
		show->settings(show->ctx, show->answer, phase, (uint32_t)row);
	answer_settings_end(show->answer);
	answer_phase_end(show->answer);
}

static bool
judge_mail(const struct testmail_ask *ask, const struct testmail *m,
    const struct acl_rules *rules, const struct testmail_show *show,
    int *row_r)
{
	static const struct conf_mail_acl none;
	const struct conf_mail_acl *a = NULL;
	struct acl_result res;

	acl_mail(rules, &m->facts, &res);
	if (res.row >= 0)
		a = CONF_AT(ask->c, struct conf_mail_acl,
		    ask->c->main->mail_acls, (uint32_t)res.row);
	if (a == NULL)
		a = &none;
	tell_chosen(show, "mail-acl", a->name, a->line, a != &none,
	    res.reason);
	passed_mail(ask, &m->facts, res.row, show->answer);
	tell_settings(show, TESTRUN_MAIL, res.row);
	*row_r = res.row;
	return !res.deny;
}

static bool
judge_doc(const struct testmail_ask *ask, const struct testmail *m,
    uint32_t i, const struct acl_rules *rules,
    const struct testmail_show *show, int *row_r)
{
	static const struct conf_doc_acl none;
	const struct conf_doc_acl *a = NULL;
	char label[TESTMAIL_LABEL];
	struct acl_doc_facts d;
	struct acl_result res;

	m->doc(m, i, &d, label);
	d.effort = m->facts.effort;
	acl_doc(rules, &d, &res);
	if (res.row >= 0)
		a = CONF_AT(ask->c, struct conf_doc_acl,
		    ask->c->main->doc_acls, (uint32_t)res.row);
	if (a == NULL)
		a = &none;
	answer_document(show->answer, label);
	tell_chosen(show, "doc-acl", a->name, a->line, a != &none,
	    res.reason);
	passed_doc(ask, &d, res.row, show->answer);
	tell_settings(show, TESTRUN_DOC, res.row);
	answer_document_end(show->answer);
	*row_r = res.row;
	return !res.deny;
}

/* Every document is asked, even where one denies: all reasons are told. */
static bool
judge_docs(const struct testmail_ask *ask, const struct testmail *m,
    const struct testmail_show *show, struct arena *arena, int *rows)
{
	struct acl_rules rules;
	bool passes = true;

	acl_doc_rules(ask->c, ask->f, ask->e->direction, arena, &rules);
	answer_documents_begin(show->answer);
	for (uint32_t i = 0; i < m->docs; i++)
		passes &= judge_doc(ask, m, i, &rules, show, &rows[i]);
	answer_documents_end(show->answer);
	return passes;
}

bool
testmail_judge(const struct testmail_ask *ask, struct testmail *m,
    const struct testmail_show *show)
{
	struct testmail_choice choice = { .mail = -1 };
	uint64_t effort = ACL_EFFORT;
	struct acl_rules rules;
	struct arena arena;
	bool passes;
	int *rows;

	arena_init(&arena, TESTMAIL_ARENA, NULL, NULL);
	rows = arena_alloc(&arena, (m->docs + 1) * sizeof *rows);
	m->facts.effort = &effort;
	acl_mail_rules(ask->c, ask->f, ask->e->direction, &arena, &rules);
	passes = judge_mail(ask, m, &rules, show, &choice.mail);
	if (m->facts.why != NULL)
		answer_note(show->answer, "documents", m->facts.why);
	else
		passes &= judge_docs(ask, m, show, &arena, rows);
	if (m->rejected != NULL || m->corrected)
		answer_note(show->answer, "mail-filter", m->rejected ?
		    m->rejected : "corrects");
	passes &= m->facts.why == NULL && m->rejected == NULL;
	choice.docs = rows;
	choice.denied = !passes;
	if (ask->e->given & TESTEXPR_MAIL)
		show->edit(show->ctx, ask, &choice, show->answer);
	arena_fini(&arena);
	return passes;
}
