#ifndef EVAL_H
#define EVAL_H

/*
 * Choosing an ACL: in file order, the first whose conditions all hold; none
 * is a rejection.  A condition that cannot be decided (a regular expression
 * at its limit, a module missing, a name not yet resolved) rejects, with its
 * reason: later ACLs are not asked, since one before them may have matched.
 * It only does so where no other condition of the same ACL fails.
 *
 * Nothing is allocated and no module loaded, unless a subject or issuer
 * expression is evaluated: those cost tens of microseconds, all else less
 * than one.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf.h"
#include "facts.h"

enum {
	/* An ACL's title, a condition and a constant reason. */
	ACL_REASON = 200,
};

struct acl_result {
	int row;		/* of the phase's table; -1: none, rejected */
	bool deny;		/* row < 0, or the chosen ACL denies */
	/* A condition could not be decided; else NULL.  Points to text. */
	const char *reason;
	char text[ACL_REASON];
};

void acl_session(const struct conf *c, const struct acl_facts *f,
    struct acl_result *r_r);
void acl_command(const struct conf *c, const struct acl_facts *f,
    struct acl_result *r_r);

/*
 * Does a certificate satisfy client-cert-match or server-cert-match?  One
 * that is absent, or not verified against an anchor, never does.  On false
 * *why_r is a constant text that names the part.
 */
bool acl_certmatch(const struct conf *c, const struct conf_certmatch *m,
    const struct certinfo *ci, const char **why_r);

/* ---- for explanations and tests ------------------------------------------ */

enum acl_truth { ACL_FAILS, ACL_HOLDS, ACL_UNDECIDED };

/* One kind of condition; the table's order is the order of evaluation. */
struct acl_matcher {
	char name[16];
	/* A condition that is not written holds.  *why_r: UNDECIDED only. */
	enum acl_truth (*match)(const struct conf *c,
	    const struct conf_conditions *when, const struct acl_facts *f,
	    const char **why_r);
};

enum { ACL_MATCHERS = 9 };
extern const struct acl_matcher acl_matchers[ACL_MATCHERS];

/*
 * All conditions together; *which_r is the first matcher that fails, else
 * the first undecided one, else ACL_MATCHERS.
 */
enum acl_truth acl_when(const struct conf *c,
    const struct conf_conditions *when, const struct acl_facts *f,
    int *which_r, const char **why_r);

/* Is an address in a set? */
bool acl_addr_in(const struct conf *c, const struct conf_addrset *s,
    const struct addr *a);
/* Do the 'time' sections, or the period set, hold at this time? */
bool acl_time_in(const struct conf *c, struct conf_ref times,
    const struct tm *now);
bool acl_time_set_in(const struct conf *c, const struct conf_time_set *s,
    const struct tm *now);

#endif
