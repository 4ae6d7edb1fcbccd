#ifndef HTML_ATTR_H
#define HTML_ATTR_H

/*
 * Attributes written anew: those that are admitted, each once, values
 * decoded, judged by what they are (address, style sheet, text) and quoted.
 */

#include <gumbo.h>

#include "arena.h"
#include "html_out.h"
#include "html_rules.h"
#include "str.h"

enum {
	/* Octets of a value that a rule is asked about; it is cut there. */
	HTML_ASKED_MAX = 1024,
};

/* A document on its way. */
struct html_job {
	const struct html_rules *rules;
	struct arena *arena;		/* for gumbo */
	struct html_out *out;
	uint32_t gone[HTML_GONES];
	/* what is being written: a value, an address, a style sheet */
	struct html_out value, url, css;
};

/* attrs: of a tag, as they are written. */
void html_put_attrs(struct html_job *j, GumboTag tag, struct str attrs);
/*
 * The first attribute of the name, decoded, in lower case, without blanks at
 * its ends; written to to[HTML_ASKED_MAX].  Its p is NULL: there is none.
 */
struct str html_attr_asked(struct html_job *j, struct str attrs,
    struct str name, char *to);
/* A sheet, for a style element. */
void html_put_sheet(struct html_job *j, struct str sheet);

#endif
