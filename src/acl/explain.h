#ifndef EXPLAIN_H
#define EXPLAIN_H

/*
 * Why an ACL did not match, for test-imap4: the first condition that failed,
 * with the value seen and what was wanted, on one line:
 * "from: 10.0.0.5 is not in {192.0.2.0/24, !192.0.2.7}".
 */

#include "conf.h"
#include "facts.h"
#include "mailfacts.h"

enum {
	/* A few lines of a terminal; what is longer ends in "...". */
	EXPLAIN_MAX = 400,
};

/* To out (EXPLAIN_MAX octets); "" when all conditions hold. Returns out. */
char *explain_when(const struct conf *c, const struct conf_conditions *when,
    const struct acl_facts *f, char *out);
/*
 * The same of an ACL of a mail, or of a document, with its own conditions:
 * what hangs on the connection, the direction included, comes first.
 */
char *explain_mail(const struct conf *c, const struct conf_mail_acl *a,
    const struct acl_facts *f, enum conf_direction d,
    const struct acl_mail_facts *m, char *out);
char *explain_doc(const struct conf *c, const struct conf_doc_acl *a,
    const struct acl_facts *f, enum conf_direction direction,
    const struct acl_doc_facts *d, char *out);

#endif
