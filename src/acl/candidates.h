#ifndef CANDIDATES_H
#define CANDIDATES_H

/*
 * Which ACLs an address can concern at all, read off the cache's index of
 * 'from' (conf.h), so that a long policy costs a session no more than a short
 * one.  Those left out fail by their 'from', whatever else they say.
 */

#include "addr.h"
#include "conf.h"

struct acl_candidates {
	uint32_t n;		/* rows of the table */
	/* in order: of this address; of any; NULL: every row */
	const uint32_t *near, *rest;
	uint32_t nnear, nrest;
	uint32_t next;		/* without an index: the row */
	bool damaged;		/* the index does not lie in the map */
};

/* n: rows of the table that the index is of. */
struct acl_candidates acl_candidates(const struct conf *c,
    const struct conf_index *index, uint32_t n, const struct addr *from);

/*
 * The next row, in the order of the table; false: none is left, or damaged.
 * A row may be n or more: the cache is damaged then, too.
 */
bool acl_candidates_next(struct acl_candidates *k, uint32_t *row_r);

#endif
