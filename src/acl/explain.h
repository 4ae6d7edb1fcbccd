#ifndef EXPLAIN_H
#define EXPLAIN_H

/*
 * Why an ACL did not match, for test-imap4: the first condition that failed,
 * with the value seen and what was wanted, on one line:
 * "from: 10.0.0.5 is not in {192.0.2.0/24}".
 */

#include <stddef.h>

#include "conf.h"
#include "facts.h"

enum {
	/* One line of a terminal or two; longer sets end in "...". */
	EXPLAIN_MAX = 400,
};

/* To out (EXPLAIN_MAX octets); "" when all conditions hold. Returns out. */
char *explain_when(const struct conf *c, const struct conf_conditions *when,
    const struct acl_facts *f, char *out);

/*
 * A range as one writes it: "192.0.2.1", "192.0.2.0/24", "10.0.0.1-10.0.0.9".
 * out holds 2 * ADDR_TEXT octets; returns out.
 */
char *explain_range(const struct conf_range *r, char *out);

#endif
