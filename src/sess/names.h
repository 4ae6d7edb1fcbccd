#ifndef NAMES_H
#define NAMES_H

/*
 * Names looked up by a session.  Host names in sets are, as a rule, known
 * from the file beside the cache; a session asks only for those that its
 * rules come to need and that the file lacks, or knows from too long ago.
 */

#include "eval.h"
#include "resolve.h"
#include "session.h"

enum {
	/* Asked for at a time, 400 KB of the session's memory meanwhile. */
	NAMES_AT_ONCE = 256,
};

/*
 * Judge a phase, looking up what it needs first: names never resolved within
 * conf-timeout, expired ones within initial-timeout, after which what was
 * known of them holds.  want is the phase's acl_x_want().  false: the client
 * left meanwhile, the session has ended.
 */
bool names_judge(struct sess *s,
    void (*judge)(const struct conf *, const struct acl_facts *,
    struct acl_result *),
    void (*want)(const struct conf *, const struct acl_facts *),
    struct acl_result *r_r);

/* The configured resolver, for the session's life. */
const struct resolve_conf *names_resolver(struct sess *s);

#endif
