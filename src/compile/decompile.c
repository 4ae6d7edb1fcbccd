#include <stdlib.h>

#include "compile.h"
#include "value.h"

/* What is being printed, and how. */
struct printer {
	const struct conf *c;
	FILE *f;
	bool all;	/* defaults too */
};

enum { LEVELS = 4 };	/* of nested sections */
static const char tabs[LEVELS + 2] = "\t\t\t\t";

static const char *
indent(unsigned level)
{
	return tabs + LEVELS - (level < LEVELS ? level : LEVELS);
}

static void
print_key(const struct printer *p, const struct conf_key *k,
    const char *place, unsigned level)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f;
	bool is;

	if (k->flags & (KEY_LATER | KEY_REPLACED | KEY_BOTH))
		return;
	if (!p->all && k->type != KEY_VERSION &&
	    value_is_default(p->c, k, place + k->at))
		return;
	f = open_memstream(&text, &n);
	if (f == NULL)
		abort();
	is = value_types[k->type].print(p->c, k, place + k->at, f);
	fclose(f);
	/* an empty text where the default is another one */
	if (is || k->def != NULL)
		fprintf(p->f, "%s%s = %s\n", indent(level), k->name,
		    is ? text : "\"\"");
	free(text);
}

static void print_inside(const struct printer *p,
    const struct conf_section *def, const char *place, unsigned level);

/* Titles that no table keeps are numbers. */
static void
print_head(const struct printer *p, const struct conf_section *def,
    const char *place, uint32_t row, unsigned level)
{
	struct conf_ref title;

	fprintf(p->f, "%s%s ", indent(level), def->name);
	if (def->flags & SECTION_TITLED && def->title_at < 0) {
		fprintf(p->f, "\"%u\" ", row + 1);
	} else if (def->flags & SECTION_TITLED) {
		memcpy(&title, place + def->title_at, sizeof title);
		value_quote(p->f, conf_str(p->c, title));
		fputc(' ', p->f);
	}
	fputs("{\n", p->f);
}

static void
print_section(const struct printer *p, const struct conf_section *def,
    const char *place, uint32_t row, unsigned level)
{
	print_head(p, def, place, row, level);
	print_inside(p, def, place, level + 1);
	fprintf(p->f, "%s}\n", indent(level));
}

static void
print_rows_of(const struct printer *p, const struct conf_section *def,
    const char *place, unsigned level)
{
	struct conf_ref table;
	const char *row;

	memcpy(&table, place + def->at, sizeof table);
	for (uint32_t i = 0; i < table.n; i++) {
		row = conf_at(p->c, table, def->size, def->align, i);
		if (row == NULL)
			return;
		print_section(p, def, row, i, level);
	}
}

/* A single section: left out when nothing stands in it. */
static void
print_single(const struct printer *p, const struct conf_section *def,
    const char *place, unsigned level)
{
	char *text = NULL;
	size_t n = 0;
	struct printer inner = *p;

	if (def->given_at >= 0 && place[def->given_at] == 0)
		return;
	inner.f = open_memstream(&text, &n);
	if (inner.f == NULL)
		abort();
	print_inside(&inner, def, place, level + 1);
	fclose(inner.f);
	if (n > 0 || def->given_at >= 0) {
		print_head(p, def, place, 0, level);
		fputs(text, p->f);
		fprintf(p->f, "%s}\n", indent(level));
	}
	free(text);
}

/* Depth: the vocabulary's. */
static void
print_inside(const struct printer *p, const struct conf_section *def,
    const char *place, unsigned level)
{
	for (const struct conf_key *k = def->keys; k && k->name; k++)
		print_key(p, k, place, level);
	for (const struct conf_section *s = def->sections; s && s->name;
	    s++) {
		if (s->flags & (SECTION_LATER | SECTION_HIDDEN))
			continue;
		if (s->flags & SECTION_TABLE)
			print_rows_of(p, s, place, level);
		else
			print_single(p, s, place + s->at, level);
	}
}

void
compile_print(const struct conf *c, FILE *f, bool all)
{
	struct printer p = { c, f, all };

	print_inside(&p, &conf_vocabulary, (const char *)c->main, 0);
}

static uint32_t
line_of(const struct conf_section *def, const char *row)
{
	uint32_t line = 0;

	if (def->line_at >= 0)
		memcpy(&line, row + def->line_at, sizeof line);
	return line;
}

static void
print_acls(const struct conf *c, FILE *f, const char *section,
    struct conf_ref table)
{
	const struct conf_section *def = conf_section_find(&conf_vocabulary,
	    section);
	struct printer p = { c, f, false };
	struct str file;
	const char *row;
	uint32_t line;

	for (uint32_t i = 0; i < table.n; i++) {
		row = conf_at(c, table, def->size, def->align, i);
		if (row == NULL)
			return;
		if (conf_line_at(c, line_of(def, row), &file, &line))
			fprintf(f, "# %.*s:%u\n", STR_ARG(file), line);
		print_section(&p, def, row, i, 0);
	}
}

void
compile_print_acls(const struct conf *c, FILE *f, unsigned phase)
{
	switch (phase) {
	case 1:
		print_acls(c, f, "session-acl", c->main->session_acls);
		break;
	case 2:
		print_acls(c, f, "command-acl", c->main->command_acls);
		break;
	default:
		print_acls(c, f, "mail-acl", c->main->mail_acls);
		print_acls(c, f, "doc-acl", c->main->doc_acls);
	}
}

void
compile_print_hash(const struct conf *c, FILE *f)
{
	for (unsigned i = 0; i < sizeof c->head->policy_hash; i++)
		fprintf(f, "%02x", c->head->policy_hash[i]);
	fputc('\n', f);
}
