#include <time.h>

#include <stdlib.h>

#include "answer.h"
#include "explain.h"
#include "testexpr.h"
#include "testrun.h"

enum {
	STATUS_ACCEPTED = 0,
	STATUS_REJECTED = 1,
	STATUS_BAD = 2,		/* not an expression */
};

struct runner {
	const struct conf *c;
	const struct testrun_show *show;
	FILE *err;		/* NULL with answer.json */
	struct answer answer;
};

static const char help_text[] =
    "test [from HOST] [transparent] [to SOCK] [server SOCK] [listener STR]\n"
    "    [user STR] [group STR-LIST] [ip-tos UINT8] [time UINT32]\n"
    "    [cert FILE] [command STR] [direction download|upload] [mail FILE]\n"
    "    [virus STATUS[:STR]] [spam-score UINT32] [size UINT32] [type STR]\n"
    "    [file-name STR];\n"
    "                          which ACLs would be chosen, and why; whether\n"
    "                          the command is permitted, and the mail\n"
    "show-acl [PHASE];         the ACLs of a phase: 1 session-acl (default),\n"
    "                          2 command-acl, 3 mail-acl and doc-acl\n"
    "show-proxy [all];         the configuration; all: with every default\n"
    "show-hash;                the hash of the policy\n"
    "help;                     this\n"
    "HOST is an address, [192.0.2.1]; SOCK is HOST:PORT; STR is a word or\n"
    "\"a string\"; time is [[mm]dd]hhmm.\n";

/* ---- phases -------------------------------------------------------------- */

/* What both kinds of ACL have. */
struct acl {
	struct conf_ref name;
	const struct conf_conditions *when;
	uint32_t line;
	bool deny;
};

static bool
acl_at(const struct conf *c, unsigned phase, uint32_t i, struct acl *a_r)
{
	const struct conf_session_acl *s = NULL;
	const struct conf_command_acl *a = NULL;

	if (phase == TESTRUN_SESSION)
		s = CONF_AT(c, struct conf_session_acl,
		    c->main->session_acls, i);
	else
		a = CONF_AT(c, struct conf_command_acl,
		    c->main->command_acls, i);
	if (s != NULL)
		*a_r = (struct acl){ s->name, &s->when, s->line, s->deny };
	if (a != NULL)
		*a_r = (struct acl){ a->name, &a->when, a->line, a->deny };
	return s != NULL || a != NULL;
}

/* Those before the chosen one; none chosen: up to what ended the search. */
static void
passed(const struct runner *r, unsigned phase, const struct acl_facts *f,
    int end)
{
	enum acl_truth t = ACL_FAILS;
	enum acl_condition which;
	char text[EXPLAIN_MAX];
	const char *why;
	struct acl a;

	answer_passed_begin(&r->answer);
	for (uint32_t i = 0; t == ACL_FAILS && (end < 0 || i < (uint32_t)end);
	    i++) {
		if (!acl_at(r->c, phase, i, &a))
			break;
		answer_passed(&r->answer, a.name, a.line, explain_when(r->c,
		    a.when, f, text));
		t = acl_when(r->c, a.when, f, &which, &why);
	}
	answer_passed_end(&r->answer);
}

/* The row of the chosen one, or -1 when the connection is rejected. */
static int
run_phase(const struct runner *r, unsigned phase, const struct acl_facts *f)
{
	const char *name = phase == TESTRUN_SESSION ? "session-acl" :
	    "command-acl";
	struct acl_result res;
	struct acl a;
	bool chosen;

	if (phase == TESTRUN_SESSION)
		acl_session(r->c, f, &res);
	else
		acl_command(r->c, f, &res);
	chosen = res.row >= 0 && acl_at(r->c, phase, (uint32_t)res.row, &a);
	if (chosen)
		answer_chosen(&r->answer, name, a.name, a.line);
	else
		answer_none(&r->answer, name, res.reason);
	passed(r, phase, f, res.row);
	answer_settings_begin(&r->answer, NULL);
	if (chosen)
		r->show->settings(r->show->ctx, &r->answer, phase,
		    (uint32_t)res.row);
	answer_settings_end(&r->answer);
	answer_phase_end(&r->answer);
	return chosen && !a.deny ? res.row : -1;
}

static const struct conf_session_acl *
session_acl(const struct runner *r, int row)
{
	return row < 0 ? NULL : CONF_AT(r->c, struct conf_session_acl,
	    r->c->main->session_acls, (uint32_t)row);
}

static const struct conf_command_acl *
command_acl(const struct runner *r, int row)
{
	return row < 0 ? NULL : CONF_AT(r->c, struct conf_command_acl,
	    r->c->main->command_acls, (uint32_t)row);
}

static void
in_force(const struct runner *r, int session_row, int command_row)
{
	answer_settings_begin(&r->answer, "in-force");
	r->show->in_force(r->show->ctx, &r->answer, (uint32_t)session_row,
	    (uint32_t)command_row);
	answer_settings_end(&r->answer);
}

/* Where it would be dialed; false when nowhere. */
static bool
has_server(const struct runner *r, const struct conf_session_acl *s,
    const struct conf_command_acl *a, const struct acl_facts *f)
{
	bool none = addr_none(&f->server);

	if (a->plug_to.n > 0 || s->plug_to.n > 0)
		return true;
	answer_server(&r->answer, none ? NULL : &f->server);
	return !none;
}

static int
verdict(const struct runner *r, bool accepted)
{
	int status = accepted ? STATUS_ACCEPTED : STATUS_REJECTED;

	answer_end(&r->answer, accepted, status);
	return status;
}

/* The command, if one is given. */
static bool
permitted(const struct runner *r, const struct conf_command_acl *a,
    const struct testexpr *e)
{
	if (!(e->given & TESTEXPR_COMMAND))
		return true;
	return r->show->command(r->show->ctx, a, e->command, &r->answer);
}

/*
 * The mail, if one is given: 1 it passes, 0 it does not, < 0 with *why_r when
 * it cannot be had.
 */
static int
judge_mail(const struct runner *r, const struct conf_session_acl *s,
    int command_row, const struct conf_command_acl *a,
    const struct testexpr *e,
    const struct acl_facts *f, const char **why_r)
{
	const struct testmail_ask ask = { r->c, f, (uint32_t)command_row,
	    a->language ? a->language : s->language ? s->language :
	    r->c->main->language, a, e };
	const struct testmail_show show = { r->show->settings, r->show->edit,
	    r->show->ctx, &r->answer };
	struct testmail m;

	if (!(e->given & TESTEXPR_OF_MAIL))
		return 1;
	if (!conf_scans(a)) {
		answer_note(&r->answer, "mail", "passes as it is: "
		    "no-mail-scanning");
		return 1;
	}
	if (!(e->given & TESTEXPR_MAIL))
		testmail_said(&ask, &m);
	else if (r->show->mail(r->show->ctx, &ask, &m, why_r) < 0)
		return -1;
	return testmail_judge(&ask, &m, &show);
}

/* An answer that is an error and nothing else. */
static int
bad(const struct runner *r, const char *why)
{
	answer_error(&r->answer, r->err, why);
	if (r->answer.json != NULL) {
		json_num(r->answer.json, "status", STATUS_BAD);
		json_end(r->answer.json);
	}
	return STATUS_BAD;
}

/*
 * The client shows a certificate, good for whatever anchors are configured.
 * Does the session-acl take it?
 */
static bool
take_cert(const struct runner *r, const struct conf_session_acl *s,
    const struct certinfo *ci, struct acl_facts *f)
{
	const struct conf_ssl *ssl = s->client_ssl < 0 ? NULL : CONF_AT(r->c,
	    struct conf_ssl, r->c->main->ssl, (uint32_t)s->client_ssl);
	const char *why;

	if (!ci->present)
		return true;
	if (ssl == NULL || (ssl->verify < CONF_VERIFY_OPTIONAL &&
	    !s->client_cert_match.given)) {
		answer_note(&r->answer, "cert", "not asked for by this "
		    "session-acl");
		return true;
	}
	f->cert = ci;
	if (!s->client_cert_match.given ||
	    acl_certmatch(r->c, &s->client_cert_match, ci, &why))
		return true;
	answer_note(&r->answer, "client-cert-match", why);
	return false;
}

/* The facts of the expression; false when they cannot be had. */
static bool
read_facts(const struct runner *r, const struct testexpr *e,
    struct acl_facts *f, struct certinfo *ci_r, const char **why_r)
{
	time_t t = time(NULL);
	struct tm now;

	*ci_r = (struct certinfo){ .present = false };
	localtime_r(&t, &now);
	*why_r = "time: there is no such day this year";
	if (!testexpr_time(e, &now, &f->now))
		return false;
	if (!(e->given & TESTEXPR_CERT))
		return true;
	if (r->show->cert(r->show->ctx, e->cert, ci_r, why_r) < 0)
		return false;
	ci_r->verified = true;
	return true;
}

/*
 * The expression's user, where some auth could tell; chosen as in facts.h.
 * Which address it has is not looked up.
 */
static void
know_user(const struct runner *r, const struct testexpr *e,
    const struct conf_session_acl *chosen, struct acl_facts *f)
{
	bool known = e->given & TESTEXPR_USER &&
	    acl_facts_auth(r->c, chosen) != CONF_AUTH_NONE;

	f->user = known ? str_c(e->user) : STR_NULL;
	f->groups = known ? str_c(e->groups) : STR_NULL;
	if (e->given & TESTEXPR_USER && !known)
		answer_note(&r->answer, chosen == NULL ? "user-in-session-acl" :
		    "user-in-command-acl", "not known: auth = none");
}

static int
run_test(const struct runner *r, const struct testexpr *e)
{
	const struct conf_session_acl *s;
	const struct conf_command_acl *a;
	int session_row, command_row, passes;
	char text[TESTEXPR_TEXT];
	struct certinfo ci;
	const char *why;
	struct acl_facts f = {
		.from = e->from,
		.to = e->to,
		.server = e->server,
		.transparent = e->transparent,
		.tos_known = e->given & TESTEXPR_IP_TOS,
		.tos = (uint8_t)e->tos,
		.listener = e->given & TESTEXPR_LISTENER ?
		    str_c(e->listener) : acl_facts_listener(r->c, &e->to,
		    e->transparent),
		.hosts = r->show->hosts,
	};

	answer_begin(&r->answer, testexpr_print(e, text));
	if (!read_facts(r, e, &f, &ci, &why))
		return bad(r, why);
	know_user(r, e, NULL, &f);
	session_row = run_phase(r, TESTRUN_SESSION, &f);
	s = session_acl(r, session_row);
	if (s == NULL || !take_cert(r, s, &ci, &f))
		return verdict(r, false);
	acl_facts_chosen(&f, r->c, s);
	know_user(r, e, s, &f);
	command_row = run_phase(r, TESTRUN_COMMAND, &f);
	a = command_acl(r, command_row);
	if (a == NULL)
		return verdict(r, false);
	in_force(r, session_row, command_row);
	if (!has_server(r, s, a, &f))
		return verdict(r, false);
	if (!permitted(r, a, e))
		return verdict(r, false);
	acl_facts_judged(&f, r->c, a);
	passes = judge_mail(r, s, command_row, a, e, &f, &why);
	return passes < 0 ? bad(r, why) : verdict(r, passes);
}

static int
show(const struct runner *r, const struct testexpr *e, FILE *out)
{
	const struct testrun_show *s = r->show;

	switch (e->kind) {
	case TESTEXPR_SHOW_ACL:
		return s->acl(s->ctx, out, e->phase);
	case TESTEXPR_SHOW_PROXY:
		return s->proxy(s->ctx, out, e->all);
	case TESTEXPR_SHOW_HASH:
		return s->hash(s->ctx, out);
	case TESTEXPR_HELP:
	case TESTEXPR_TEST:
	case TESTEXPR_KINDS:
		break;
	}
	fputs(help_text, out);
	return STATUS_ACCEPTED;
}

/* In JSON, what is shown is one text. */
static int
show_json(const struct runner *r, const struct testexpr *e)
{
	struct json *j = r->answer.json;
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	int status;

	if (f == NULL)
		abort();
	status = show(r, e, f);
	fclose(f);
	json_str(j, "text", (struct str){ text, n });
	json_num(j, "status", (uint64_t)status);
	json_end(j);
	free(text);
	return status;
}

static int
run_one(const struct runner *r, const struct testexpr *e)
{
	char text[TESTEXPR_TEXT];

	if (e->kind == TESTEXPR_TEST)
		return run_test(r, e);
	if (r->answer.json != NULL)
		answer_begin(&r->answer, testexpr_print(e, text));
	if (e->kind == TESTEXPR_SHOW_ACL && e->phase > TESTRUN_MAIL) {
		snprintf(text, sizeof text, "show-acl: there is no phase %u: "
		    "1 is session-acl, 2 command-acl, 3 mail-acl and doc-acl",
		    e->phase);
		return bad(r, text);
	}
	if (r->answer.json != NULL)
		return show_json(r, e);
	return show(r, e, r->answer.out);
}

static int
run_all(const struct runner *r, struct str text)
{
	int status = STATUS_ACCEPTED, n = 0, one, rc;
	struct testexpr e;
	size_t at = 0;

	while ((rc = testexpr_next(text, &at, &e)) > 0) {
		one = run_one(r, &e);
		if (one > status)
			status = one;
		n++;
	}
	if (rc == 0 && n == 0)
		testexpr_parse(text, &e);	/* says what is missing */
	if (rc == 0 && n > 0)
		return status;
	if (r->answer.json != NULL)
		json_object(r->answer.json, NULL);
	return bad(r, e.why);
}

int
testrun(const struct conf *c, struct str text,
    const struct testrun_show *how, FILE *out, FILE *err)
{
	const struct runner r = { c, how, err, { c, out, NULL } };

	return run_all(&r, text);
}

int
testrun_json(const struct conf *c, struct str text,
    const struct testrun_show *how, struct json *j)
{
	const struct runner r = { c, how, NULL, { c, NULL, j } };

	return run_all(&r, text);
}
