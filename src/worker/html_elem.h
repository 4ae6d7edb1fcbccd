#ifndef HTML_ELEM_H
#define HTML_ELEM_H

/*
 * The elements of HTML: which ones are admitted, and how a parser treats
 * them, so that what is written is read as the tree it was written from.
 * One table, by gumbo's numbers.
 */

#include <gumbo.h>
#include <stdbool.h>

#include "str.h"

enum {
	/* strict admits it; without: its content alone stays, or ... */
	HTML_E_OK = 1 << 0,
	HTML_E_DROP = 1 << 1,	/* ... nothing, with what is in it */
	HTML_E_FORM = 1 << 2,	/* admitted where forms are */
	/* filter keeps it, too */
	HTML_E_KEPT = 1 << 3,
	HTML_E_VOID = 1 << 4,	/* has no content, and no end tag */
	HTML_E_CLOSES_P = 1 << 5,	/* its start tag ends a p */
	HTML_E_FORMAT = 1 << 6,	/* of the active formatting elements */
	HTML_E_SPECIAL = 1 << 7,	/* "special" (13.2.4.2) */
	HTML_E_SCOPE = 1 << 8,	/* ends "in scope" */
	HTML_E_MARK = 1 << 9,	/* a marker among formatting elements */
	HTML_E_HEADING = 1 << 10,
	HTML_E_NEWLINE = 1 << 11,	/* a line end at its front is lost */
	HTML_E_SKIP = 1 << 12,	/* its tags are passed over */
	HTML_E_REMOTE = 1 << 13,	/* loads something */
};

/* HTML_E_* of an element. */
unsigned html_elem(GumboTag tag);
struct str html_elem_name(GumboTag tag);

/* What may stand in an element. */
enum html_content {
	HTML_FLOW, HTML_IN_TABLE, HTML_IN_GROUP, HTML_IN_ROW,
	HTML_IN_COLGROUP, HTML_IN_SELECT, HTML_IN_OPTGROUP, HTML_IN_OPTION,
};

enum html_content html_elem_content(GumboTag tag);

#endif
