#ifndef HTML_CHARSET_H
#define HTML_CHARSET_H

/*
 * The charset of a document as browsers find it ("Determining the character
 * encoding", 13.2.3.2): a byte order mark, what the mail declares, a meta
 * element among the first octets; without any, UTF-8 where it is that, else
 * windows-1252.
 */

#include "str.h"

enum {
	/* Octets in which a meta element counts. */
	HTML_PRESCAN = 1024,
};

/*
 * A name mime/charset knows, or the declared one; points into declared or
 * static memory.  *mark_r: octets of the mark in front of the text.
 */
struct str html_charset(struct str in, struct str declared, size_t *mark_r);

#endif
