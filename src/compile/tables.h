#ifndef TABLES_H
#define TABLES_H

/* From the tree of the text to the tables of the cache. */

#include "value.h"

struct tables {
	struct conf_ref main;
	struct conf_main *m;	/* in the cache */
	/* file and line of each row that has a line number, in their order */
	struct conf_line *lines;
	uint32_t nlines;
};

/* Fill b->out from b->root; errors go to b->report. */
void tables_build(struct build *b, struct tables *t_r);

#endif
