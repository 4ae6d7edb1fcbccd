#ifndef HTML_LEX_H
#define HTML_LEX_H

/*
 * The tokens of HTML, as the tokenizer of the HTML standard ("Parsing HTML
 * documents", 13.2.5) has them in ordinary content: comments, CDATA, other
 * declarations and tags of unknown names are passed over.  Everything is a
 * span of the input; references are not decoded here (html_value.h).
 */

#include <gumbo.h>
#include <stdbool.h>
#include <stdint.h>

#include "str.h"

enum {
	/* Attributes of a tag: the largest tables of real mails have 20. */
	HTML_ATTRS_MAX = 256,
};

enum html_token_kind {
	HTML_TEXT = 1,		/* text, with references */
	HTML_START,
	HTML_END,
	HTML_RAW,		/* content of script, style and their like */
	HTML_RCDATA,		/* of title and textarea, with references */
	HTML_DOCTYPE,		/* text: the whole declaration */
};

struct html_token {
	enum html_token_kind kind;
	GumboTag tag;
	struct str text;	/* of a tag: its attributes */
	bool closes_itself;	/* "/>" */
};

struct html_lex {
	struct str in;
	size_t at;
	GumboTag raw;		/* whose content comes next, or ..._LAST */
	const char *why;	/* of an error, constant */
};

void html_lex_init(struct html_lex *x, struct str in);
/* 1; 0 at the end; ERR_LIMIT with why. */
int html_lex_next(struct html_lex *x, struct html_token *t);

/* The attributes of a tag, one after the other. */
struct html_attr {
	struct str name;	/* not empty; as it is written */
	struct str value;	/* as it is written, without quotes */
};

/*
 * Take the attribute at the front of *s: 1; 0: there is none, and *s begins
 * with '>' or is empty.
 */
int html_attr_next(struct str *s, struct html_attr *a);

/* Blanks of HTML: space, tab, line ends, form feed. */
bool html_blank(char c);

#endif
