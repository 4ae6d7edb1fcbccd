#ifndef NUMSET_H
#define NUMSET_H

/* Sets of numbers: sorted ranges in the cache. */

#include "conf.h"
#include "truth.h"

/*
 * Is the number in the set?  A set that is not written holds.  UNDECIDED:
 * the cache is damaged.
 */
enum acl_truth numset_has(const struct conf *c, const struct conf_numset *s,
    uint64_t n);

#endif
