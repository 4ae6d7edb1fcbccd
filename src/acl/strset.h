#ifndef STRSET_H
#define STRSET_H

/* Sets of titles and names, compared as they are written. */

#include "conf.h"
#include "str.h"
#include "truth.h"

/*
 * Is the value in the set?  A set that is not written holds.  UNDECIDED:
 * the cache is damaged.
 */
enum acl_truth strset_has(const struct conf *c, const struct conf_strset *s,
    struct str value);
/*
 * The same of several, "a,b": one of them satisfies a positive value, and one
 * that a negative value names is one too many.
 */
enum acl_truth strset_meets(const struct conf *c, const struct conf_strset *s,
    struct str values);

#endif
