#include <limits.h>
#include <stdio.h>

#include "err.h"
#include "notice.h"

static const char letters[] = {
#define NOTICE_LETTER(id, letter, what) letter,
	NOTICE_FIELDS(NOTICE_LETTER)
};

static const char folders[][9] = {
	[CONF_LANG_UNSET] = "EN",
	[CONF_LANG_EN] = "EN",
	[CONF_LANG_CZ] = "CZ",
	[CONF_LANG_CZ_ASCII] = "CZ-ASCII",
	[CONF_LANG_CZ_8859_2] = "CZ",
	[CONF_LANG_CZ_1250] = "CZ",
};

char *
notice_path(const struct conf *c, const char *folder, struct conf_ref notice,
    enum conf_language language, char *out)
{
	const char *name = conf_cstr(c, notice);
	const char *dir = conf_cstr(c, c->main->notices.dir);
	bool whole = dir[0] == '/';

	if (strchr(name, '/') != NULL)
		snprintf(out, PATH_MAX, "%s", name);
	else
		snprintf(out, PATH_MAX, "%s%s%s/%s/%s", whole ? "" : folder,
		    whole ? "" : "/", dir, folders[language], name);
	return out;
}

bool
notice_is_html(struct str name)
{
	return str_iends(name, STR(".html"));
}

int
notice_next(struct str *rest, struct str *text_r, enum notice_field *field_r)
{
	const char *letter;

	if (!str_cut(rest, '%', text_r))
		return 0;
	letter = rest->n > 0 ? memchr(letters, rest->p[0], sizeof letters) :
	    NULL;
	if (letter == NULL) {
		rest->p--;
		rest->n++;
		return ERR_SYNTAX;
	}
	rest->p++;
	rest->n--;
	*field_r = (enum notice_field)(letter - letters);
	return 1;
}
