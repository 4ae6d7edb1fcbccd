#include "answer.h"
#include "explain.h"
#include "vis.h"

enum {
	TITLE_MAX = 128,
	/* A host name, brackets and a port. */
	TARGET_MAX = 270,
};

/* ---- the whole ----------------------------------------------------------- */

void
answer_begin(const struct answer *a, const char *expression)
{
	if (a->json == NULL) {
		fprintf(a->out, "%s\n", expression);
		return;
	}
	json_object(a->json, NULL);
	json_str(a->json, "expression", str_c(expression));
}

void
answer_end(const struct answer *a, bool accepted, int status)
{
	const char *verdict = accepted ? "ACCEPTED" : "REJECTED";

	if (a->json == NULL) {
		fprintf(a->out, "%s\n", verdict);
		return;
	}
	json_str(a->json, "verdict", str_c(verdict));
	json_num(a->json, "status", (uint64_t)status);
	json_end(a->json);
}

void
answer_error(const struct answer *a, FILE *err, const char *why)
{
	if (a->json == NULL)
		fprintf(err, "%s\n", why);
	else
		json_str(a->json, "error", str_c(why));
}

/* ---- phases -------------------------------------------------------------- */

/* "title" (file:line) */
static void
tell_acl(const struct answer *a, struct conf_ref name, uint32_t line)
{
	char title[TITLE_MAX];
	struct str file = STR_NULL;
	uint32_t n = 0;
	bool known = conf_line_at(a->c, line, &file, &n);

	if (a->json != NULL) {
		json_str(a->json, "name", conf_str(a->c, name));
		json_str(a->json, "file", known ? file : STR_NULL);
		json_num(a->json, "line", n);
		return;
	}
	fprintf(a->out, "\"%s\"", vis(title, sizeof title,
	    conf_str(a->c, name)));
	if (known)
		fprintf(a->out, " (%.*s:%u)", STR_ARG(file), n);
}

void
answer_chosen(const struct answer *a, const char *phase, struct conf_ref name,
    uint32_t line)
{
	if (a->json != NULL)
		json_object(a->json, phase);
	else
		fprintf(a->out, "%s: ", phase);
	tell_acl(a, name, line);
	if (a->json == NULL)
		fputs("\n", a->out);
}

void
answer_none(const struct answer *a, const char *phase, const char *reason)
{
	if (reason == NULL)
		reason = "no ACL matches";
	if (a->json == NULL) {
		fprintf(a->out, "%s: <NULL> (%s)\n", phase, reason);
		return;
	}
	json_object(a->json, phase);
	json_str(a->json, "name", STR_NULL);
	json_str(a->json, "reason", str_c(reason));
}

void
answer_passed_begin(const struct answer *a)
{
	if (a->json != NULL)
		json_array(a->json, "passed");
}

void
answer_passed(const struct answer *a, struct conf_ref name, uint32_t line,
    const struct conf_conditions *when, const struct acl_facts *f)
{
	char why[EXPLAIN_MAX];

	explain_when(a->c, when, f, why);
	if (a->json == NULL) {
		fputs("    not ", a->out);
		tell_acl(a, name, line);
		fprintf(a->out, ": %s\n", why);
		return;
	}
	json_object(a->json, NULL);
	tell_acl(a, name, line);
	json_str(a->json, "why", str_c(why));
	json_end(a->json);
}

/* What follows in the phase are its settings. */
void
answer_passed_end(const struct answer *a)
{
	if (a->json == NULL)
		return;
	json_end(a->json);
	json_object(a->json, "settings");
}

void
answer_phase_end(const struct answer *a)
{
	if (a->json == NULL)
		return;
	json_end(a->json);
	json_end(a->json);
}

/* ---- settings ------------------------------------------------------------ */

void
answer_flag(const struct answer *a, const char *key, bool v)
{
	if (a->json != NULL)
		json_bool(a->json, key, v);
	else if (v)
		fprintf(a->out, "    %s = yes\n", key);
}

void
answer_ssl(const struct answer *a, const char *key, int32_t row)
{
	const struct conf_ssl *s;
	char v[256];

	if (row < 0)
		return;
	s = CONF_AT(a->c, struct conf_ssl, a->c->main->ssl, (uint32_t)row);
	if (s == NULL)
		return;
	if (a->json != NULL)
		json_str(a->json, key, conf_str(a->c, s->name));
	else
		fprintf(a->out, "    %s = \"%s\"\n", key,
		    vis(v, sizeof v, conf_str(a->c, s->name)));
}

/* "HOST:PORT" to out (TARGET_MAX); an IPv6 address wants brackets. */
static const char *
target_text(const struct answer *a, const struct conf_target *t, char *out)
{
	char host[256];

	vis(host, sizeof host, conf_str(a->c, t->host));
	snprintf(out, TARGET_MAX, strchr(host, ':') != NULL ? "[%s]:%u" :
	    "%s:%u", host, t->port);
	return out;
}

void
answer_plug_to(const struct answer *a, struct conf_ref plug_to)
{
	const struct conf_target *t;
	char text[TARGET_MAX];

	if (plug_to.n == 0)
		return;
	if (a->json != NULL)
		json_array(a->json, "plug-to");
	else
		fputs("    plug-to = {", a->out);
	for (uint32_t i = 0; i < plug_to.n; i++) {
		t = CONF_AT(a->c, struct conf_target, plug_to, i);
		if (t == NULL)
			break;
		target_text(a, t, text);
		if (a->json != NULL)
			json_str(a->json, NULL, str_c(text));
		else
			fprintf(a->out, "%s\"%s\"", i > 0 ? ", " : "", text);
	}
	if (a->json != NULL)
		json_end(a->json);
	else
		fputs("}\n", a->out);
}

void
answer_number(const struct answer *a, const char *key, uint64_t v)
{
	if (v == 0 || v == CONF_UNSET)
		return;
	if (a->json != NULL)
		json_num(a->json, key, v);
	else
		fprintf(a->out, "    %s = %llu\n", key,
		    (unsigned long long)v);
}

/* Text as a configuration has it. */
void
answer_time(const struct answer *a, const char *key, uint64_t ms)
{
	char name[64];

	if (ms == CONF_UNSET || ms == 0)
		return;
	if (a->json != NULL) {
		snprintf(name, sizeof name, "%s-ms", key);
		json_num(a->json, name, ms);
	} else if (ms % 1000 == 0) {
		fprintf(a->out, "    %s = %llus\n", key,
		    (unsigned long long)ms / 1000);
	} else {
		fprintf(a->out, "    %s = %llu.%03us\n", key,
		    (unsigned long long)ms / 1000, (unsigned)(ms % 1000));
	}
}

void
answer_server(const struct answer *a, const struct addr *server)
{
	char text[ADDR_TEXT];

	if (server != NULL)
		addr_text(server, text);
	if (a->json != NULL)
		json_str(a->json, "server", server ? str_c(text) : STR_NULL);
	else if (server == NULL)
		fputs("no server: neither plug-to nor an original "
		    "destination\n", a->out);
	else
		fprintf(a->out, "server: %s\n", text);
}

void
answer_note(const struct answer *a, const char *key, const char *text)
{
	if (a->json != NULL)
		json_str(a->json, key, str_c(text));
	else
		fprintf(a->out, "%s: %s\n", key, text);
}

void
answer_command(const struct answer *a, const struct answer_command *c)
{
	struct json *j = a->json;

	if (j == NULL) {
		fprintf(a->out, "command: %s\n", c->row ? c->row : "<NULL>");
		if (c->states != NULL)
			fprintf(a->out, "    states: %s\n", c->states);
		fprintf(a->out, "    %s: %s\n", c->reply ? c->reply :
		    c->dry ? "permitted (dry-run)" : "permitted", c->why);
		return;
	}
	json_object(j, "command");
	json_str(j, "row", str_c(c->row));
	json_str(j, "states", str_c(c->states));
	json_bool(j, "permitted", c->reply == NULL);
	json_bool(j, "dry-run", c->dry);
	json_str(j, "reply", str_c(c->reply));
	json_str(j, "why", str_c(c->why));
	json_end(j);
}
