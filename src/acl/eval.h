#ifndef EVAL_H
#define EVAL_H

/*
 * Choosing an ACL: in file order, the first whose conditions all hold; none
 * is a rejection.  A condition that cannot be decided (a regular expression
 * at its limit, a module missing, a name not yet resolved) rejects, with its
 * reason: later ACLs are not asked, since this one may have been meant.  It
 * only does so where no other condition of the same ACL fails.
 *
 * Nothing is allocated and no module loaded, unless a subject or issuer
 * expression is evaluated: those cost tens of microseconds, all else less
 * than one.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certmatch.h"
#include "conf.h"
#include "facts.h"
#include "truth.h"

enum {
	/* An ACL's title, a condition and a reason, with a host's name. */
	ACL_REASON = 120 + ACL_HOST_WHY,
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
 * Ask all ACLs up to the first that holds for certain, so that f->hosts knows
 * every name that can matter: they are looked up at once.
 */
void acl_session_want(const struct conf *c, const struct acl_facts *f);
void acl_command_want(const struct conf *c, const struct acl_facts *f);

/* ---- for explanations and tests ------------------------------------------ */

/* One kind of condition; the table's order is the order of evaluation. */
struct acl_matcher {
	char name[16];
	/*
	 * A condition that is not written holds.  *why_r counts when it is
	 * UNDECIDED only.
	 */
	enum acl_truth (*match)(const struct conf *c,
	    const struct conf_conditions *when, const struct acl_facts *f,
	    const char **why_r);
};

enum acl_condition {
	ACL_TRANSPARENT,
	ACL_IP_TOS_FROM,
	ACL_LISTENER,
	ACL_FROM,
	ACL_TO,
	ACL_SERVER,
	ACL_PARENT,
	ACL_USER,
	ACL_GROUP,
	ACL_TIME,
	ACL_TIME_PERIOD_SET,
	ACL_CLIENT_CERT,
	ACL_CONDITIONS
};

extern const struct acl_matcher acl_matchers[ACL_CONDITIONS];

/*
 * All conditions together; *which_r is the first that fails, else the first
 * that cannot be decided; neither it nor *why_r is set when all hold.
 */
enum acl_truth acl_when(const struct conf *c,
    const struct conf_conditions *when, const struct acl_facts *f,
    enum acl_condition *which_r, const char **why_r);

#endif
