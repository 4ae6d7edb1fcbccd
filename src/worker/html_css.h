#ifndef HTML_CSS_H
#define HTML_CSS_H

/*
 * Style sheets and style attributes written anew from their tokens (CSS
 * Syntax Level 3, section 4): selectors of known forms, @media, properties of
 * a list, values of numbers, words, colours, strings and known functions.
 * What else there is goes: @import and @font-face, url() that is remote,
 * expression(), position but static and relative, custom properties, escapes
 * that hide a name.  No "<" is ever written, so that no tag can end.
 */

#include <stdbool.h>
#include <stdint.h>

#include "html_out.h"
#include "str.h"

enum {
	/* Blocks in blocks, and parentheses: more is left out. */
	HTML_CSS_DEPTH_MAX = 8,
	/* Octets of a name. */
	HTML_CSS_NAME_MAX = 128,
};

struct html_css {
	bool keep_remote;	/* url() of http and https stays */
	uint32_t gone;		/* rules and declarations left out */
	uint32_t remote;	/* of them, for a url() */
};

/* "a:b;c:d".  in has no NUL. */
void html_css_declarations(struct html_css *c, struct html_out *o,
    struct str in);
/* A whole sheet. */
void html_css_sheet(struct html_css *c, struct html_out *o, struct str in);

#endif
