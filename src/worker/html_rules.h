#ifndef HTML_RULES_H
#define HTML_RULES_H

/*
 * What is to become of a document, and what became of it: shared by the
 * modules of the filter (html.h).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "str.h"

enum {
	/* What a rule of the filter asks by name; html-filter's items. */
	HTML_SCRIPT_LANGUAGE, HTML_STYLE_TYPE, HTML_IFRAME_SRC,
	HTML_INTRINSIC_LANGUAGE, HTML_MACRO_LANGUAGE,
	HTML_ITEMS
};

enum {
	/* Texts that take the place of what is removed. */
	HTML_HEAD_SCRIPT, HTML_BODY_SCRIPT, HTML_STYLE, HTML_IFRAME,
	HTML_INTRINSIC,
	HTML_TEXTS
};

/* X(enumerator, name, what was removed) */
#define HTML_GONE(X) \
	X(ELEMENT, "elements", "elements that are not admitted") \
	X(SCRIPT, "scripts", "scripts and handlers of events") \
	X(FORM, "forms", "forms and their controls") \
	X(FRAME, "frames", "documents within the document") \
	X(FOREIGN, "foreign", "SVG and MathML") \
	X(ATTRIBUTE, "attributes", "attributes that are not admitted") \
	X(URL, "urls", "addresses of other schemes") \
	X(REMOTE, "remote", "content that is loaded from elsewhere") \
	X(CSS, "css", "rules and declarations of style sheets")

enum html_gone {
#define HTML_GONE_ID(id, name, what) HTML_GONE_##id,
	HTML_GONE(HTML_GONE_ID)
#undef HTML_GONE_ID
	HTML_GONES
};

/* One list of an item; set is the owner's. */
struct html_list {
	const void *set;
	bool accept;
};

struct html_rules {
	/*
	 * false: only what is known as harmless stays.  true: all stays but
	 * what items take away, SVG and MathML.
	 */
	bool filter;
	bool keep_remote, keep_forms;	/* not with filter: all is kept */
	/* No list: nothing of the kind is removed. */
	const struct html_list *lists[HTML_ITEMS];
	size_t nlists[HTML_ITEMS];
	/* Is value, in lower case, one of set? */
	bool (*has)(const void *ctx, const void *set, struct str value);
	const void *ctx;
	struct str text[HTML_TEXTS];	/* plain text; "": none */
};

/*
 * The first list that has the value decides; none has it: it is not
 * accepted.  Without a list everything is.
 */
bool html_rules_accept(const struct html_rules *r, int item,
    struct str value);
/* Constant names: "scripts". */
const char *html_gone_name(enum html_gone g);

#endif
