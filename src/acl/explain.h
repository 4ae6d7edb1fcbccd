#ifndef EXPLAIN_H
#define EXPLAIN_H

/*
 * Why an ACL did not match, for test-imap4: the first condition that failed,
 * with the value seen and what was wanted, on one line:
 * "from: 10.0.0.5 is not in {192.0.2.0/24, !192.0.2.7}".
 */

#include "conf.h"
#include "facts.h"

enum {
	/* A few lines of a terminal; what is longer ends in "...". */
	EXPLAIN_MAX = 400,
};

/* To out (EXPLAIN_MAX octets); "" when all conditions hold. Returns out. */
char *explain_when(const struct conf *c, const struct conf_conditions *when,
    const struct acl_facts *f, char *out);

#endif
