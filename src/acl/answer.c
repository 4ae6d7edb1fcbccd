#include <stdlib.h>

#include "answer.h"
#include "vis.h"

enum {
	TITLE_MAX = 128,
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
    const char *why)
{
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

void
answer_passed_end(const struct answer *a)
{
	if (a->json != NULL)
		json_end(a->json);
}

void
answer_phase_end(const struct answer *a)
{
	if (a->json != NULL)
		json_end(a->json);
}

/* ---- documents ----------------------------------------------------------- */

void
answer_documents_begin(const struct answer *a)
{
	if (a->json != NULL)
		json_array(a->json, "documents");
}

void
answer_documents_end(const struct answer *a)
{
	if (a->json != NULL)
		json_end(a->json);
}

void
answer_document(const struct answer *a, const char *label)
{
	if (a->json == NULL) {
		fprintf(a->out, "document %s\n", label);
		return;
	}
	json_object(a->json, NULL);
	json_str(a->json, "document", str_c(label));
}

void
answer_document_end(const struct answer *a)
{
	if (a->json != NULL)
		json_end(a->json);
}

/* ---- settings ------------------------------------------------------------ */

void
answer_settings_begin(const struct answer *a, const char *key)
{
	if (a->json != NULL)
		json_object(a->json, key ? key : "settings");
	else if (key != NULL)
		fprintf(a->out, "%s:\n", key);
}

void
answer_settings_end(const struct answer *a)
{
	if (a->json != NULL)
		json_end(a->json);
}

static void
indent(const struct answer *a)
{
	for (unsigned i = 0; i <= a->level; i++)
		fputs("    ", a->out);
}

/* A word, quoted or bare, as the printers of values write it. */
static const char *
json_word(struct json *j, const char *key, const char *text)
{
	size_t n = strcspn(text, ",}"), size = strlen(text);
	char *word = text[0] == '"' ? malloc(size) : NULL, *to = word;
	uint64_t v;

	if (text[0] != '"') {
		if (str_u64((struct str){ text, n }, UINT64_MAX, &v))
			json_num(j, key, v);
		else
			json_str(j, key, (struct str){ text, n });
		return text + n;
	}
	if (word == NULL)
		abort();
	for (text++; *text != '"' && *text != '\0'; text++) {
		unsigned octet;

		if (text[0] == '\\' && sscanf(text, "\\x%2x", &octet) == 1) {
			*to++ = (char)octet;
			text += 3;
		} else {
			text += text[0] == '\\';
			*to++ = *text;
		}
	}
	json_str(j, key, (struct str){ word, (size_t)(to - word) });
	free(word);
	return text + (*text == '"');
}

static void
json_value(struct json *j, const char *key, const char *text)
{
	if (*text != '{') {
		json_word(j, key, text);
		return;
	}
	json_array(j, key);
	for (text++; *text != '}' && *text != '\0'; ) {
		text = json_word(j, NULL, text);
		text += strspn(text, ", ");
	}
	json_end(j);
}

void
answer_setting(const struct answer *a, const char *key, const char *text)
{
	if (a->json != NULL) {
		json_value(a->json, key, text);
		return;
	}
	indent(a);
	fprintf(a->out, "%s = %s\n", key, text);
}

void
answer_flag(const struct answer *a, const char *key, bool v)
{
	if (a->json != NULL)
		json_bool(a->json, key, v);
	else
		answer_setting(a, key, v ? "yes" : "no");
}

void
answer_measure(const struct answer *a, const char *key, const char *unit,
    const char *text, uint64_t v)
{
	char name[64];

	if (a->json == NULL) {
		answer_setting(a, key, text);
		return;
	}
	snprintf(name, sizeof name, "%s%s", key, unit);
	json_num(a->json, name, v);
}

void
answer_section(const struct answer *a, const char *name, struct str title,
    struct answer *in_r)
{
	char text[TITLE_MAX];

	*in_r = *a;
	in_r->level++;
	if (a->json != NULL) {
		json_object(a->json, name);
		if (title.p != NULL)
			json_str(a->json, "title", title);
		return;
	}
	indent(a);
	if (title.p != NULL)
		fprintf(a->out, "%s \"%s\" {\n", name, vis(text, sizeof text,
		    title));
	else
		fprintf(a->out, "%s {\n", name);
}

void
answer_section_end(const struct answer *in)
{
	const struct answer out = { .out = in->out, .level = in->level - 1 };

	if (in->json != NULL) {
		json_end(in->json);
		return;
	}
	indent(&out);
	fputs("}\n", in->out);
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
answer_list_begin(const struct answer *a, const char *key)
{
	if (a->json != NULL)
		json_array(a->json, key);
	else
		fprintf(a->out, "%s:\n", key);
}

void
answer_list(const struct answer *a, const char *text)
{
	if (a->json != NULL)
		json_str(a->json, NULL, str_c(text));
	else
		fprintf(a->out, "    %s\n", text);
}

void
answer_list_end(const struct answer *a)
{
	if (a->json != NULL)
		json_end(a->json);
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
	char name[TITLE_MAX];

	if (j == NULL) {
		fprintf(a->out, "command: %s\n", c->row ? c->row : "<NULL>");
		if (c->states != NULL)
			fprintf(a->out, "    states: %s\n", c->states);
		fprintf(a->out, "    %s: %s", c->reply ? c->reply :
		    c->dry ? "permitted (dry-run)" : "permitted", c->why);
		if (c->mailbox.p != NULL)
			fprintf(a->out, ": \"%s\"", vis(name, sizeof name,
			    c->mailbox));
		fputs("\n", a->out);
		return;
	}
	json_object(j, "command");
	json_str(j, "row", str_c(c->row));
	json_str(j, "states", str_c(c->states));
	json_bool(j, "permitted", c->reply == NULL);
	json_bool(j, "dry-run", c->dry);
	json_str(j, "reply", str_c(c->reply));
	json_str(j, "why", str_c(c->why));
	json_str(j, "mailbox", c->mailbox);
	json_end(j);
}
