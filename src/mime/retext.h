#ifndef RETEXT_H
#define RETEXT_H

/*
 * A text of ours as the body of a part, encoded only where it has to be: for
 * what is not ASCII, for long lines, and where a line could be taken for a
 * boundary.
 */

#include <stdbool.h>

#include "arena.h"
#include "str.h"

/* A text in place of a part. */
struct mime_text {
	struct str octets;	/* lines, with LF or CRLF */
	struct str charset;	/* of those that are not ASCII */
	bool html;		/* text/html instead of text/plain */
};

struct mime_retext {
	struct str body;	/* lines with CRLF, the last one, too; or "" */
	struct str header;	/* fields that describe it, without empty line */
	bool qp;
};

/* Controls but for tabs are left out.  The result lives in the arena. */
void mime_retext(struct arena *a, struct mime_text text,
    struct mime_retext *r);

#endif
