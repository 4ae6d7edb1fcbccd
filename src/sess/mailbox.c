#include "mailbox.h"
#include "named.h"
#include "policy.h"
#include "session.h"

enum form { FORM_NONE, FORM_FIRST, FORM_LISTED, FORM_ESEARCH,
	FORM_NAMESPACE };

static const struct {
	uint8_t row, form;
} forms[] = {
	{ IMAP_DATA_LIST, FORM_LISTED }, { IMAP_DATA_LSUB, FORM_LISTED },
	{ IMAP_DATA_XLIST, FORM_LISTED }, { IMAP_DATA_STATUS, FORM_FIRST },
	{ IMAP_DATA_METADATA, FORM_FIRST },
	{ IMAP_DATA_ANNOTATION, FORM_FIRST },
	{ IMAP_DATA_QUOTAROOT, FORM_FIRST }, { IMAP_DATA_ACL, FORM_FIRST },
	{ IMAP_DATA_LISTRIGHTS, FORM_FIRST },
	{ IMAP_DATA_MYRIGHTS, FORM_FIRST },
	{ IMAP_DATA_ESEARCH, FORM_ESEARCH },
	{ IMAP_DATA_NAMESPACE, FORM_NAMESPACE },
};

void
mailbox_begin(struct sess *s)
{
	struct mailbox_filter *f = &s->respond.mailbox;

	*f = (struct mailbox_filter){ 0 };
	if (s->cacl == NULL || !s->cacl->mailboxes.given)
		return;
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		if (forms[i].row == s->response.row)
			f->form = forms[i].form;
	f->held = f->form != FORM_NONE && f->form != FORM_NAMESPACE;
}

/* ---- names --------------------------------------------------------------- */

/* The token's octets; out holds IMAP_MAILBOX_MAX.  Longer ones are no names. */
static struct str
unescaped(const struct imap_response *r, char *out)
{
	struct str t = r->token;
	size_t n = 0;

	if (r->kind != IMAP_TOK_QUOTED || t.n > IMAP_MAILBOX_MAX)
		return t;
	for (size_t i = 0; i < t.n; i++) {
		if (t.p[i] == '\\' && i + 1 < t.n)
			i++;
		out[n++] = t.p[i];
	}
	return (struct str){ out, n };
}

static struct acl_mailboxes
set_of(const struct sess *s)
{
	return (struct acl_mailboxes){ s->conf, &s->cacl->mailboxes };
}

/* The line is about something that is not admitted. */
static enum mailbox_answer
drop_line(struct sess *s, struct str name)
{
	struct mailbox_filter *f = &s->respond.mailbox;

	if (policy_drops(s, "mailbox", name))
		return MAILBOX_DROP;
	f->form = FORM_NONE;
	f->held = false;
	return MAILBOX_PASS;
}

static enum mailbox_answer
judge_name(struct sess *s)
{
	const struct acl_mailboxes m = set_of(s);
	char out[IMAP_MAILBOX_MAX];
	struct str name = unescaped(&s->response, out);

	s->respond.mailbox.due = false;
	if (acl_named_mailbox(&m, name, s->utf8) != ACL_NAMED_ADMITTED)
		return drop_line(s, name);
	return MAILBOX_PASS;
}

/* ---- lines --------------------------------------------------------------- */

static bool
is_string(const struct imap_response *r)
{
	return r->kind >= IMAP_TOK_ATOM;
}

/* A name is due: anything else but a blank may hide one. */
static enum mailbox_answer
take_name(struct sess *s)
{
	const struct imap_response *r = &s->response;

	if (r->kind == IMAP_TOK_SPACE)
		return MAILBOX_PASS;
	return is_string(r) ? judge_name(s) : drop_line(s, r->name);
}

static enum mailbox_answer
first_token(struct sess *s)
{
	struct mailbox_filter *f = &s->respond.mailbox;
	enum mailbox_answer a = take_name(s);

	if (s->response.kind != IMAP_TOK_SPACE)
		*f = (struct mailbox_filter){ 0 };
	return a;
}

/* Where the name stands behind LIST: values before it at the top. */
enum { NAME_VALUE = 2, BEHIND };

/* (flags) "delimiter" name, then perhaps ("OLDNAME" ("name")). */
static enum mailbox_answer
listed_token(struct sess *s)
{
	struct mailbox_filter *f = &s->respond.mailbox;
	const struct imap_response *r = &s->response;

	if (f->values == NAME_VALUE && r->kind != IMAP_TOK_SPACE) {
		f->values++;
		return take_name(s);
	}
	if (f->due && r->kind != IMAP_TOK_OPEN && r->kind != IMAP_TOK_CLOSE)
		return take_name(s);
	if (f->values < NAME_VALUE && r->depth == 0 &&
	    (is_string(r) || r->kind == IMAP_TOK_CLOSE))
		f->values++;
	if (f->values == BEHIND && is_string(r) &&
	    str_ieq(r->token, STR("OLDNAME")))
		f->due = true;
	return MAILBOX_PASS;
}

/* (TAG "a" MAILBOX "name" UIDVALIDITY 1) in front, or nothing of the kind. */
static enum mailbox_answer
esearch_token(struct sess *s)
{
	struct mailbox_filter *f = &s->respond.mailbox;
	const struct imap_response *r = &s->response;

	if (f->due)
		return take_name(s);
	if (r->depth == 0 && r->kind != IMAP_TOK_SPACE)
		*f = (struct mailbox_filter){ 0 };
	else if (is_string(r) && str_ieq(r->token, STR("MAILBOX")))
		f->due = true;
	return MAILBOX_PASS;
}

/* ---- NAMESPACE ----------------------------------------------------------- */

/* Brackets that were held back; room was seen to. */
static void
put(struct sess *s, const char *text)
{
	if (!io_put(&s->client, str_c(text)))
		sess_bye(s, SESS_FAILED, "LIMIT", LANG_LIMIT_MEMORY,
		    "a response larger than its buffer");
}

/* The first value of a prefix: does the prefix go on? */
static enum mailbox_answer
judge_prefix(struct sess *s)
{
	struct mailbox_filter *f = &s->respond.mailbox;
	const struct acl_mailboxes m = set_of(s);
	char out[IMAP_MAILBOX_MAX];
	struct str name = unescaped(&s->response, out);
	bool reached = is_string(&s->response) &&
	    acl_named_prefix(&m, name, s->utf8);

	f->due = false;
	f->skip = !reached && policy_drops(s, "namespace", name);
	if (f->skip)
		return MAILBOX_SKIP;
	put(s, f->any ? "(" : "((");
	f->any = true;
	return MAILBOX_PASS;
}

/* Of others' and shared ones: brackets wait for a prefix that goes on. */
static enum mailbox_answer
group_token(struct sess *s)
{
	struct mailbox_filter *f = &s->respond.mailbox;
	const struct imap_response *r = &s->response;

	if (r->kind == IMAP_TOK_OPEN && r->depth == 2) {
		f->due = true;
		f->skip = false;
		return MAILBOX_SKIP;
	}
	if (f->due)
		return judge_prefix(s);
	if (r->depth >= 2 || (r->depth == 1 && r->kind == IMAP_TOK_CLOSE))
		return f->skip ? MAILBOX_SKIP : MAILBOX_PASS;
	if (r->depth == 0 && r->kind == IMAP_TOK_CLOSE) {
		put(s, f->any ? ")" : "NIL");
		return MAILBOX_SKIP;
	}
	if (r->depth > 0)	/* the group's own bracket, blanks in it */
		return MAILBOX_SKIP;
	return MAILBOX_PASS;
}

static enum mailbox_answer
namespace_token(struct sess *s)
{
	struct mailbox_filter *f = &s->respond.mailbox;
	const struct imap_response *r = &s->response;
	enum mailbox_answer a = f->values > 0 ? group_token(s) : MAILBOX_PASS;

	if (r->depth == 0 && r->kind != IMAP_TOK_SPACE) {
		f->values++;
		f->any = false;
	}
	return a;
}

/* ---- from respond.c ------------------------------------------------------ */

enum mailbox_answer
mailbox_token(struct sess *s)
{
	switch ((enum form)s->respond.mailbox.form) {
	case FORM_NONE: break;
	case FORM_FIRST: return first_token(s);
	case FORM_LISTED: return listed_token(s);
	case FORM_ESEARCH: return esearch_token(s);
	case FORM_NAMESPACE: return namespace_token(s);
	}
	return MAILBOX_PASS;
}

enum mailbox_answer
mailbox_literal(struct sess *s)
{
	return s->respond.mailbox.form == FORM_NONE ? MAILBOX_PASS :
	    drop_line(s, s->response.name);
}

enum mailbox_answer
mailbox_end(struct sess *s)
{
	const struct mailbox_filter *f = &s->respond.mailbox;
	bool nameless = f->form == FORM_FIRST ||
	    (f->form == FORM_LISTED && f->values < BEHIND);

	return nameless ? drop_line(s, s->response.name) : MAILBOX_PASS;
}

enum mailbox_answer
mailbox_full(struct sess *s)
{
	return s->respond.mailbox.held ? drop_line(s, s->response.name) :
	    MAILBOX_PASS;
}
