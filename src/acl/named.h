#ifndef NAMED_H
#define NAMED_H

/*
 * Which mailboxes a command names, what each name may mean, and what a set
 * of mailboxes says of it.
 *
 * A name on the wire is modified UTF-7, or UTF-8 once that is enabled (RFC
 * 9051 section 5.1).  A server that is less strict may know one mailbox by
 * several names, so a name has readings, and all of them count:
 *
 *	the decoded name; INBOX in any case is INBOX
 *	where UTF-8 is enabled, what it would be in modified UTF-7
 *	without the hierarchy delimiters it ends in ("Work/": CREATE)
 *	without blanks and delimiters at its ends and beside each other;
 *	this one is only looked up among what is denied
 *
 * Octets that are no name in the encoding that holds have no reading, nor
 * has a name with ".." in its hierarchy.
 */

#include "arg.h"
#include "mailboxes.h"

enum acl_named_result {
	ACL_NAMED_ADMITTED,
	ACL_NAMED_DENIED,
	ACL_NAMED_UNREADABLE,	/* it has no reading */
	ACL_NAMED_HIDES,	/* what is denied would move along with it */
	ACL_NAMED_UNKNOWN,	/* which are named cannot be told */
	ACL_NAMED_RESULTS
};

/* The same in words; "" for ACL_NAMED_ADMITTED. */
extern const char acl_named_why[ACL_NAMED_RESULTS][56];

/* One name.  The empty one is no mailbox: it may always be named. */
enum acl_named_result acl_named_mailbox(const struct acl_mailboxes *m,
    struct str name, bool utf8);
/* A prefix of names: could one that begins so be admitted? */
bool acl_named_prefix(const struct acl_mailboxes *m, struct str prefix,
    bool utf8);
/*
 * Every mailbox that a command names in its arguments so far.  *name_r is
 * the first one that is not admitted, as on the wire (p NULL: none is
 * known).  What RENAME and DELETE do to mailboxes below is judged, too.
 * LIST and its like are admitted: their answers are to be judged.
 */
enum acl_named_result acl_named_command(const struct acl_mailboxes *m,
    const struct imap_command *cmd, bool utf8, struct str *name_r);

#endif
