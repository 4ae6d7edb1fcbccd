#ifndef MAILBOXES_H
#define MAILBOXES_H

/*
 * mailboxes, a set of patterns over names of mailboxes in UTF-8: '*' is any
 * run of characters, '?' one.  Delimiters of a hierarchy are characters like
 * others: which one is a delimiter is the server's to say.
 *
 * A positive value takes names as they are written.  A negative one also
 * takes those that a server may know as the same: letters in the other case,
 * characters composed or not (fold.h).
 *
 * A set that is not given admits everything.  A name or a pattern that cannot
 * be judged (out of the map, too long) is not admitted.
 */

#include "conf.h"

enum {
	/* Octets of a pattern, and of a name that can be judged: servers stop
	 * at some hundred. */
	ACL_PATTERN_MAX = 255,
	ACL_MAILBOX_MAX = 1024,
};

struct acl_mailboxes {
	const struct conf *conf;
	const struct conf_strset *set;
};

/* Names are valid UTF-8.  Do the set's values admit it? */
bool acl_mailbox_admits(const struct acl_mailboxes *m, struct str name);
/* Does a negative value hold? */
bool acl_mailbox_denies(const struct acl_mailboxes *m, struct str name);
/*
 * Does a negative value begin with what would be below name: name and a
 * delimiter?
 */
bool acl_mailbox_hides(const struct acl_mailboxes *m, struct str name);
/*
 * If a mailbox and what is below it went from one name to the other, could
 * something be admitted that was not?  Never false when it could.
 */
bool acl_mailbox_reveals(const struct acl_mailboxes *m, struct str from,
    struct str to);
/* Could a name that begins so be admitted?  Never false when one could. */
bool acl_mailbox_reaches(const struct acl_mailboxes *m, struct str prefix);

/* NULL, or why this is no pattern: a constant text behind "it ". */
const char *acl_mailbox_pattern(struct str text);
/*
 * Does every name of pattern a fit pattern b, a negative one if fold?  Never
 * true when one does not.
 */
bool acl_mailbox_within(struct str a, struct str b, bool fold);

#endif
