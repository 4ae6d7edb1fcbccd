/* What oob-auth and auth take. */

#include <string.h>

#include "values.h"

enum { TITLES_MAX = 200 };	/* looked through for a near one */

/* The others are Kernun's. */
void
value_read_oob_method(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	static const struct {
		char word[10];
		const char *why;
	} others[] = {
		{ "ext-mod", "is Kernun's: write external" },
		{ "html-form", "is Kernun's: write file, and have the login "
		    "page call imap4-stat user" },
	};

	*(uint8_t *)place = strcmp(e->first->text, "external") == 0 ?
	    CONF_OOB_EXTERNAL : CONF_OOB_FILE;
	if (*(uint8_t *)place == CONF_OOB_EXTERNAL ||
	    strcmp(e->first->text, "file") == 0)
		return;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (strcmp(e->first->text, others[i].word) == 0) {
			values_bad(b, k, e->first, "%s", others[i].why);
			return;
		}
	values_bad(b, k, e->first, "is none of: file, external");
}

bool
value_print_oob_method(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	(void)c, (void)k;
	fputs(*(const uint8_t *)place == CONF_OOB_EXTERNAL ? "external" :
	    "file", f);
	return true;
}

void
value_read_auth(struct build *b, const struct conf_key *k,
    const struct tree_entry *e, void *place)
{
	const struct conf_section *def = conf_section_find(&conf_vocabulary,
	    "oob-auth");
	const char *titles[TITLES_MAX], *near;
	unsigned n = 0;
	int32_t row = 0;
	char why[100];

	*(int32_t *)place = CONF_AUTH_NONE;
	if (strcmp(e->first->text, "none") == 0)
		return;
	for (const struct tree_node *s = tree_section(b->root, def, NULL);
	    s != NULL; s = tree_section(b->root, def, s), row++) {
		if (strcmp(s->title, e->first->text) == 0) {
			*(int32_t *)place = row;
			return;
		}
		if (n < TITLES_MAX)
			titles[n++] = s->title;
	}
	near = tree_nearest(e->first->text, titles, n);
	snprintf(why, sizeof why, "is no oob-auth section%s%.50s%s",
	    near ? ": did you mean \"" : "", near ? near : "",
	    near ? "\"?" : "");
	values_bad(b, k, e->first, "%s", why);
}

bool
value_print_auth(const struct conf *c, const struct conf_key *k,
    const void *place, FILE *f)
{
	int32_t row = *(const int32_t *)place;
	const struct conf_oob *o;

	(void)k;
	if (row == CONF_AUTH_NONE)
		fputs("none", f);
	if (row < 0)
		return row == CONF_AUTH_NONE;
	o = CONF_AT(c, struct conf_oob, c->main->oob_auths, (uint32_t)row);
	if (o == NULL)
		return false;
	value_quote(f, conf_str(c, o->name));
	return true;
}
