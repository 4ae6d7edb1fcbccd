#ifndef INDEX_H
#define INDEX_H

/*
 * The index over 'from' that acl/candidates reads: of each phase, when it has
 * many ACLs.  The same ACLs give the same index.
 */

#include "tables.h"

/* Behind the tables, into b->out and t->m; when there are no errors. */
void index_build(struct build *b, struct tables *t);

#endif
