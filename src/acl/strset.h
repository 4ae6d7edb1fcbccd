#ifndef STRSET_H
#define STRSET_H

/* Sets of texts: titles, names, and patterns that others know to match. */

#include "conf.h"
#include "str.h"
#include "truth.h"

/* Does one text of a set match a value?  *why_r for UNDECIDED only. */
typedef enum acl_truth strset_match(struct str text, const void *value,
    const char **why_r);

/*
 * Some positive text matches, or there is none, and no negative one does.  A
 * set that is not written holds.  UNDECIDED, with *why_r: a text that would
 * decide is, or the cache is damaged.
 */
enum acl_truth strset_walk(const struct conf *c, const struct conf_strset *s,
    strset_match *match, const void *value, const char **why_r);

/*
 * The same of titles and names, compared as they are written.  UNDECIDED: the
 * cache is damaged.
 */
enum acl_truth strset_has(const struct conf *c, const struct conf_strset *s,
    struct str value);
/*
 * And of several, "a,b": one of them satisfies a positive text, and one that
 * a negative text names is one too many.
 */
enum acl_truth strset_meets(const struct conf *c, const struct conf_strset *s,
    struct str values);

#endif
