#ifndef HTML_WRITE_H
#define HTML_WRITE_H

/*
 * A tree written as a document that is read as that tree again: an element
 * where a parser would move it, or end another for it, goes, and its content
 * stays.  Nothing is written but what the tables have, so there is no foreign
 * content, no comment, and every element ends.
 */

#include "html_attr.h"
#include "html_tree.h"

enum {
	/* Elements in each other, as the tree has them. */
	HTML_DEPTH_MAX = 256,
};

/* 0, or ERR_LIMIT with *why_r. */
int html_write(struct html_job *j, const struct html_tree *t,
    const char **why_r);

#endif
