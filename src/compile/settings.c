#include <stdlib.h>

#include "settings.h"
#include "testrun.h"
#include "value.h"

/* Where an ACL's conditions lie in its struct. */
struct acl_kind {
	const struct conf_section *def;
	struct conf_ref table;
	size_t when, actions;	/* where its conditions begin, and end */
};

static struct acl_kind
kind(const struct conf *c, unsigned phase)
{
	static const struct {
		const char *name;
		size_t table, when, actions;
	} kinds[] = {
#define KIND(id, word, type, tables, first) \
		[id] = { word, offsetof(struct conf_main, tables), \
		    offsetof(struct type, when), offsetof(struct type, first) }
		KIND(TESTRUN_SESSION, "session-acl", conf_session_acl,
		    session_acls, plug_to),
		KIND(TESTRUN_COMMAND, "command-acl", conf_command_acl,
		    command_acls, plug_to),
		KIND(TESTRUN_MAIL, "mail-acl", conf_mail_acl, mail_acls,
		    deny),
		KIND(TESTRUN_DOC, "doc-acl", conf_doc_acl, doc_acls, deny),
#undef KIND
	};
	struct acl_kind k = { conf_section_find(&conf_vocabulary,
	    kinds[phase].name), { 0 }, kinds[phase].when,
	    kinds[phase].actions };

	memcpy(&k.table, (const char *)c->main + kinds[phase].table,
	    sizeof k.table);
	return k;
}

static const char *
row_of(const struct conf *c, const struct acl_kind *kind, uint32_t row)
{
	return conf_at(c, kind->table, kind->def->size, kind->def->align,
	    row);
}

static bool
is_condition(const struct acl_kind *kind, size_t at)
{
	return at >= kind->when && at < kind->actions;
}

/* A value as a configuration has it; malloc'd; NULL when not set. */
static char *
text_of(const struct conf *c, const struct conf_key *k, const char *place)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	bool set;

	if (f == NULL)
		abort();
	set = value_types[k->type].print(c, k, place + k->at, f);
	fclose(f);
	if (set)
		return text;
	free(text);
	return NULL;
}

static void
tell(const struct answer *a, const struct conf_key *k, const char *text,
    const char *place)
{
	uint64_t v = 0;

	if (k->type == KEY_TIME || k->type == KEY_SIZE)
		memcpy(&v, place + k->at, sizeof v);
	if (k->type == KEY_FLAG)
		answer_flag(a, k->name, place[k->at] != 0);
	else if (k->type == KEY_TIME)
		answer_measure(a, k->name, "-ms", text, v);
	else if (k->type == KEY_SIZE)
		answer_measure(a, k->name, "", text, v);
	else
		answer_setting(a, k->name, text);
}

static void
tell_key(const struct answer *a, const struct conf_key *k, const char *place)
{
	char *text;

	if (k->flags & (KEY_LATER | KEY_REPLACED | KEY_BOTH) ||
	    (a->json == NULL && value_is_default(a->c, k, place + k->at)))
		return;
	text = text_of(a->c, k, place);
	if (text != NULL)
		tell(a, k, text, place);
	free(text);
}

static void tell_inside(const struct answer *a,
    const struct conf_section *def, const char *place);

/* As a table of one key: rows in JSON are members of an array. */
static void
tell_rows(const struct answer *a, const struct conf_section *def,
    const char *place)
{
	struct conf_ref table, title;
	struct answer in;
	const char *row;

	memcpy(&table, place + def->at, sizeof table);
	if (a->json != NULL)
		json_array(a->json, def->name);
	for (uint32_t i = 0; i < table.n; i++) {
		row = conf_at(a->c, table, def->size, def->align, i);
		if (row == NULL)
			break;
		title = (struct conf_ref){ 0 };
		if (def->title_at >= 0)
			memcpy(&title, row + def->title_at, sizeof title);
		answer_section(a, a->json ? NULL : def->name,
		    conf_str(a->c, title), &in);
		tell_inside(&in, def, row);
		answer_section_end(&in);
	}
	if (a->json != NULL)
		json_end(a->json);
}

/* Text leaves out one that says nothing but defaults. */
static void
tell_single(const struct answer *a, const struct conf_section *def,
    const char *place)
{
	struct answer in = *a;
	char *text = NULL;
	size_t n = 0;

	if (def->given_at >= 0 && place[def->given_at] == 0)
		return;
	if (a->json == NULL && (in.out = open_memstream(&text, &n)) == NULL)
		abort();
	in.level++;
	if (a->json == NULL) {
		tell_inside(&in, def, place);
		fclose(in.out);
	}
	if (a->json != NULL || n > 0 || def->given_at >= 0) {
		answer_section(a, def->name, STR_NULL, &in);
		if (a->json != NULL)
			tell_inside(&in, def, place);
		else
			fputs(text, a->out);
		answer_section_end(&in);
	}
	free(text);
}

static void
tell_section(const struct answer *a, const struct conf_section *def,
    const char *place)
{
	if (def->flags & (SECTION_LATER | SECTION_HIDDEN))
		return;
	if (def->flags & SECTION_TABLE)
		tell_rows(a, def, place);
	else
		tell_single(a, def, place + def->at);
}

/* Depth: the vocabulary's. */
static void
tell_inside(const struct answer *a, const struct conf_section *def,
    const char *place)
{
	for (const struct conf_key *k = def->keys; k && k->name; k++)
		tell_key(a, k, place);
	for (const struct conf_section *s = def->sections; s && s->name; s++)
		tell_section(a, s, place);
}

void
settings_of(const struct conf *c, unsigned phase, uint32_t row,
    const struct answer *a)
{
	struct acl_kind acl = kind(c, phase);
	const char *place = row_of(c, &acl, row);

	if (place == NULL)
		return;
	for (const struct conf_key *k = acl.def->keys; k->name; k++)
		if (!is_condition(&acl, k->at))
			tell_key(a, k, place);
	for (const struct conf_section *s = acl.def->sections; s->name; s++)
		if (!is_condition(&acl, s->at))
			tell_section(a, s, place);
}

/* One that is not written takes what is said further up. */
static bool
is_inherited(const struct acl_kind *from, const struct conf_key *k,
    const struct conf_key *same)
{
	return same != NULL && k->def == NULL && same->type == k->type &&
	    !(k->flags & (KEY_LATER | KEY_REPLACED)) &&
	    !(same->flags & (KEY_LATER | KEY_REPLACED)) &&
	    !is_condition(from, k->at);
}

void
settings_in_force(const struct conf *c, uint32_t session_row,
    uint32_t command_row, const struct answer *a)
{
	struct acl_kind session = kind(c, 1), command = kind(c, 2);
	const char *places[3] = { row_of(c, &command, command_row),
		row_of(c, &session, session_row), (const char *)c->main };

	if (places[0] == NULL || places[1] == NULL)
		return;
	for (const struct conf_key *k = command.def->keys; k->name; k++) {
		const struct conf_key *from[3] = { k,
			conf_key_find(session.def, k->name),
			conf_key_find(&conf_vocabulary, k->name) };
		char *text = NULL;
		int i;

		if (!is_inherited(&command, k, from[1]))
			continue;
		for (i = 0; i < 3 && text == NULL; i++)
			if (from[i] != NULL && from[i]->type == k->type)
				text = text_of(c, from[i], places[i]);
		if (text != NULL)
			tell(a, from[i - 1], text, places[i - 1]);
		free(text);
	}
}
