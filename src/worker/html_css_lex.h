#ifndef HTML_CSS_LEX_H
#define HTML_CSS_LEX_H

/* Tokens of CSS (CSS Syntax Level 3, section 4), for html_css.c. */

#include <stdbool.h>

#include "html_css.h"
#include "str.h"

enum css_kind {
	CSS_END, CSS_BLANK, CSS_IDENT, CSS_FUNCTION, CSS_AT, CSS_HASH,
	CSS_STRING, CSS_URL, CSS_NUMBER, CSS_DELIM, CSS_BAD,
};

struct css_token {
	enum css_kind kind;
	char delim;		/* of DELIM: also brackets, comma, colon ... */
	struct str span;	/* as it is written */
	/* Of names: decoded; of STRING and URL: with their escapes. */
	struct str text;
	char name[HTML_CSS_NAME_MAX];
};

struct css_lex {
	struct str in;
	size_t at;
};

void css_next(struct css_lex *x, struct css_token *t);
/* What an escape behind a backslash says, at s's front; its octets go. */
uint32_t css_escape(struct str *s);

#endif
