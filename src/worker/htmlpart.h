#ifndef HTMLPART_H
#define HTMLPART_H

/* A part of a mail that is HTML, filtered: its edit. */

#include "conf.h"
#include "edit.h"

/* Is a document of these types HTML to some reader?  In lower case, or "". */
bool htmlpart_is(struct str identified, struct str declared);

struct htmlpart {
	struct mime_edit *edit;	/* NULL: it is as it should be */
	/* What was removed, "scripts 2, remote 1", or why it was replaced. */
	const char *detail;
};

/*
 * Filter the part as the html-filter in this row of the configuration says.
 * What cannot be filtered is replaced by notice: nothing of it is delivered.
 * 0, or ERR_CONFIG.  Texts live in the arena of e.
 */
int htmlpart_put(struct mime_edits *e, const struct conf *c, uint32_t row,
    const struct mime_part *part, struct mime_text notice,
    struct mime_text brief, struct htmlpart *h_r);

#endif
