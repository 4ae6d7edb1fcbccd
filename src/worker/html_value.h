#ifndef HTML_VALUE_H
#define HTML_VALUE_H

/*
 * Values of attributes as browsers understand them: references decoded by
 * gumbo, whose table has the 2231 names; addresses, and their schemes.
 */

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "html_out.h"
#include "str.h"

/*
 * A value as it is written, decoded and without controls, with LF at the
 * ends of lines.  It points into scratch, which is written from its
 * beginning, or into written.
 */
struct str html_value(struct arena *a, struct html_out *scratch,
    struct str written);

/* The same with blanks at the ends and line ends taken out, as in URLs. */
struct str html_url(struct html_out *scratch, struct str value);

enum html_scheme {
	HTML_SCHEME_NONE,	/* relative: in mails, to nothing */
	HTML_SCHEME_FRAGMENT,	/* a place in the document */
	HTML_SCHEME_CID,	/* a part of the mail */
	HTML_SCHEME_HTTP,	/* or https */
	HTML_SCHEME_LINK,	/* mailto, tel ...: followed by hand only */
	HTML_SCHEME_SCRIPT,	/* javascript and its like */
	HTML_SCHEME_OTHER,
};

/* Of an address that html_url() gave; *name_r: the scheme, as written. */
enum html_scheme html_scheme(struct str url, struct str *name_r);

/* Copied in lower case, cut at size; for names that are looked up. */
struct str html_lower(struct str s, char *to, size_t size);

#endif
