#include <time.h>

#include "eval.h"
#include "explain.h"
#include "testexpr.h"
#include "testrun.h"
#include "vis.h"

enum {
	STATUS_ACCEPTED = 0,
	STATUS_REJECTED = 1,
	STATUS_BAD = 2,		/* not an expression */
};

enum { PHASE_SESSION = 1, PHASE_COMMAND = 2 };

struct runner {
	const struct conf *c;
	const struct testrun_show *show;
	FILE *out, *err;
};

static const char help_text[] =
    "test [from HOST] [transparent] [to SOCK] [server SOCK] [listener STR]\n"
    "    [time UINT32];        which ACLs would be chosen, and why\n"
    "show-acl [PHASE];         the ACLs of a phase: 1 session-acl (default),\n"
    "                          2 command-acl\n"
    "show-proxy [all];         the configuration; all: with every default\n"
    "show-hash;                the hash of the policy\n"
    "help;                     this\n"
    "HOST is an address, [192.0.2.1]; SOCK is HOST:PORT; STR is a word or\n"
    "\"a string\"; time is [[mm]dd]hhmm.\n";

/* ---- what both phases print ---------------------------------------------- */

/* "title" (file:line) */
static void
print_acl(const struct runner *r, struct conf_ref name, uint32_t line)
{
	char title[128];
	struct str file;
	uint32_t n;

	fprintf(r->out, "\"%s\"", vis(title, sizeof title,
	    conf_str(r->c, name)));
	if (conf_line_at(r->c, line, &file, &n))
		fprintf(r->out, " (%.*s:%u)", STR_ARG(file), n);
}

/* Why those before the chosen one did not match: rows 0 to end - 1. */
static void
print_passed(const struct runner *r, struct conf_ref name, uint32_t line,
    const struct conf_conditions *when, const struct acl_facts *f)
{
	char why[EXPLAIN_MAX];

	fputs("    not ", r->out);
	print_acl(r, name, line);
	fprintf(r->out, ": %s\n", explain_when(r->c, when, f, why));
}

static void
print_value(const struct runner *r, const char *key, struct conf_ref text)
{
	char v[256];

	fprintf(r->out, "    %s = \"%s\"\n", key,
	    vis(v, sizeof v, conf_str(r->c, text)));
}

static void
print_ssl(const struct runner *r, const char *key, int32_t row)
{
	const struct conf_ssl *s;

	if (row < 0)
		return;
	s = CONF_AT(r->c, struct conf_ssl, r->c->main->ssl, (uint32_t)row);
	if (s != NULL)
		print_value(r, key, s->name);
}

static void
print_plug_to(const struct runner *r, struct conf_ref plug_to)
{
	char host[256];

	if (plug_to.n == 0)
		return;
	fputs("    plug-to = {", r->out);
	for (uint32_t i = 0; i < plug_to.n; i++) {
		const struct conf_target *t = CONF_AT(r->c,
		    struct conf_target, plug_to, i);

		if (t == NULL)
			break;
		vis(host, sizeof host, conf_str(r->c, t->host));
		/* an IPv6 address wants brackets before its port */
		fprintf(r->out, strchr(host, ':') != NULL ?
		    "%s\"[%s]:%u\"" : "%s\"%s:%u\"", i > 0 ? ", " : "", host,
		    t->port);
	}
	fputs("}\n", r->out);
}

static void
print_number(const struct runner *r, const char *key, uint64_t v)
{
	if (v != 0 && v != CONF_UNSET)
		fprintf(r->out, "    %s = %llu\n", key,
		    (unsigned long long)v);
}

/* Milliseconds of the cache as a configuration has them. */
static void
print_time(const struct runner *r, const char *key, uint64_t ms)
{
	if (ms == CONF_UNSET || ms == 0)
		return;
	if (ms % 1000 == 0)
		fprintf(r->out, "    %s = %llus\n", key,
		    (unsigned long long)ms / 1000);
	else
		fprintf(r->out, "    %s = %llu.%03us\n", key,
		    (unsigned long long)ms / 1000, (unsigned)(ms % 1000));
}

static void
print_none(const struct runner *r, const struct acl_result *res)
{
	if (res->reason != NULL)
		fprintf(r->out, "<NULL> (%s)\n", res->reason);
	else
		fputs("<NULL> (no ACL matches)\n", r->out);
}

/* ---- phases -------------------------------------------------------------- */

static void
passed_session(const struct runner *r, const struct acl_facts *f, int end)
{
	for (uint32_t i = 0; end < 0 || i < (uint32_t)end; i++) {
		const struct conf_session_acl *a = CONF_AT(r->c,
		    struct conf_session_acl, r->c->main->session_acls, i);

		if (a == NULL)
			return;
		print_passed(r, a->name, a->line, &a->when, f);
	}
}

/* The chosen one, or NULL when the connection is rejected. */
static const struct conf_session_acl *
run_session(const struct runner *r, const struct acl_facts *f)
{
	const struct conf_session_acl *a = NULL;
	struct acl_result res;

	acl_session(r->c, f, &res);
	fputs("session-acl: ", r->out);
	if (res.row >= 0)
		a = CONF_AT(r->c, struct conf_session_acl,
		    r->c->main->session_acls, (uint32_t)res.row);
	if (a != NULL) {
		print_acl(r, a->name, a->line);
		fputs("\n", r->out);
	} else {
		print_none(r, &res);
	}
	passed_session(r, f, res.row);
	if (a == NULL)
		return NULL;
	if (a->deny) {
		fputs("    deny = yes\n", r->out);
		return NULL;
	}
	print_ssl(r, "client-ssl-params", a->client_ssl);
	print_plug_to(r, a->plug_to);
	print_time(r, "idle-timeout", a->idle_timeout);
	print_time(r, "login-timeout", a->login_timeout);
	return a;
}

static void
passed_command(const struct runner *r, const struct acl_facts *f, int end)
{
	for (uint32_t i = 0; end < 0 || i < (uint32_t)end; i++) {
		const struct conf_command_acl *a = CONF_AT(r->c,
		    struct conf_command_acl, r->c->main->command_acls, i);

		if (a == NULL)
			return;
		print_passed(r, a->name, a->line, &a->when, f);
	}
}

static void
print_command(const struct runner *r, const struct conf_command_acl *a)
{
	print_ssl(r, "server-ssl-params", a->server_ssl);
	print_plug_to(r, a->plug_to);
	print_number(r, "max-bytes-in", a->max_bytes_in);
	print_number(r, "max-bytes-out", a->max_bytes_out);
	print_number(r, "max-mail-in", a->max_mail_in);
	print_number(r, "max-mail-out", a->max_mail_out);
	print_time(r, "max-time", a->max_time);
	print_time(r, "idle-timeout", a->idle_timeout);
	print_time(r, "login-timeout", a->login_timeout);
	if (a->no_mail_scanning)
		fputs("    no-mail-scanning = yes\n", r->out);
}

static const struct conf_command_acl *
run_command(const struct runner *r, const struct acl_facts *f)
{
	const struct conf_command_acl *a = NULL;
	struct acl_result res;

	acl_command(r->c, f, &res);
	fputs("command-acl: ", r->out);
	if (res.row >= 0)
		a = CONF_AT(r->c, struct conf_command_acl,
		    r->c->main->command_acls, (uint32_t)res.row);
	if (a != NULL) {
		print_acl(r, a->name, a->line);
		fputs("\n", r->out);
	} else {
		print_none(r, &res);
	}
	passed_command(r, f, res.row);
	if (a == NULL)
		return NULL;
	if (a->deny) {
		fputs("    deny = yes\n", r->out);
		return NULL;
	}
	print_command(r, a);
	return a;
}

/* Where it would be dialed; false when nowhere. */
static bool
print_server(const struct runner *r, const struct conf_session_acl *s,
    const struct conf_command_acl *a, const struct acl_facts *f)
{
	char text[ADDR_TEXT];

	if (a->plug_to.n > 0 || s->plug_to.n > 0)
		return true;
	if (addr_none(&f->server)) {
		fputs("no server: neither plug-to nor an original "
		    "destination\n", r->out);
		return false;
	}
	fprintf(r->out, "server: %s\n", addr_text(&f->server, text));
	return true;
}

static int
verdict(const struct runner *r, bool accepted)
{
	fputs(accepted ? "ACCEPTED\n" : "REJECTED\n", r->out);
	return accepted ? STATUS_ACCEPTED : STATUS_REJECTED;
}

static int
run_test(const struct runner *r, const struct testexpr *e)
{
	const struct conf_session_acl *s;
	const struct conf_command_acl *a;
	char text[TESTEXPR_TEXT];
	time_t t = time(NULL);
	struct tm now;
	struct acl_facts f = {
		.from = e->from,
		.to = e->to,
		.server = e->server,
		.transparent = e->transparent,
		.listener = e->given & TESTEXPR_LISTENER ?
		    str_c(e->listener) : acl_facts_listener(r->c, &e->to),
	};

	localtime_r(&t, &now);
	fprintf(r->out, "%s\n", testexpr_print(e, text));
	if (!testexpr_time(e, &now, &f.now)) {
		fputs("time: there is no such day this year\n", r->err);
		return STATUS_BAD;
	}
	s = run_session(r, &f);
	if (s == NULL)
		return verdict(r, false);
	acl_facts_chosen(&f, r->c, s);
	a = run_command(r, &f);
	return verdict(r, a != NULL && print_server(r, s, a, &f));
}

static int
run_one(const struct runner *r, const struct testexpr *e)
{
	const struct testrun_show *show = r->show;

	switch (e->kind) {
	case TESTEXPR_TEST:
		return run_test(r, e);
	case TESTEXPR_SHOW_ACL:
		if (e->phase <= PHASE_COMMAND)
			return show->acl(show->ctx, r->out, e->phase);
		fprintf(r->err, "show-acl: phase %u is not in this version: "
		    "1 is session-acl, 2 command-acl\n", e->phase);
		return STATUS_BAD;
	case TESTEXPR_SHOW_PROXY:
		return show->proxy(show->ctx, r->out, e->all);
	case TESTEXPR_SHOW_HASH:
		return show->hash(show->ctx, r->out);
	case TESTEXPR_HELP:
	case TESTEXPR_KINDS:
		break;
	}
	fputs(help_text, r->out);
	return STATUS_ACCEPTED;
}

int
testrun(const struct conf *c, struct str text,
    const struct testrun_show *show, FILE *out, FILE *err)
{
	struct runner r = { c, show, out, err };
	int status = STATUS_ACCEPTED, n = 0, one, rc;
	struct testexpr e;
	size_t at = 0;

	while ((rc = testexpr_next(text, &at, &e)) > 0) {
		one = run_one(&r, &e);
		if (one > status)
			status = one;
		n++;
	}
	if (rc == 0 && n == 0)
		testexpr_parse(text, &e);	/* says what is missing */
	if (rc == 0 && n > 0)
		return status;
	fprintf(err, "%s\n", e.why);
	return STATUS_BAD;
}
