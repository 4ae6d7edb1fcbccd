/* What oob-auth and auth take. */

#include <string.h>

#include "values.h"

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
	bool none = strcmp(e->first->text, "none") == 0;

	*(int32_t *)place = none ? CONF_AUTH_NONE :
	    values_title(b, k, e, "oob-auth");
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
