#ifndef JUDGE_H
#define JUDGE_H

/*
 * What the ACL chosen for a connection says of one command: the lists of a
 * command-acl, one after the other, in the order in which the manual has them.
 * A session asks it and so does test-imap4 -t, so that both tell the same.
 * What no configuration can change (rows that are never passed, the state of
 * the session) is not judged here.
 */

#include "append.h"
#include "arg.h"
#include "conf.h"

struct acl_asked {
	const struct conf *conf;
	const struct conf_command_acl *acl;
	const struct imap_command *cmd;
	enum imap_coming coming;	/* the literal behind its arguments */
	bool utf8;		/* names of mailboxes are UTF-8 now */
};

/* Which key refuses a command, and why. */
struct acl_judged {
	const char *key;	/* NULL: it is permitted */
	const char *why;	/* constant; NULL when permitted */
	struct str mailbox;	/* that is not admitted; in the command */
};

/*
 * Of a whole command, or of one whose arguments are not all there yet, with
 * the literal that comes: then the answer to the whole may be another
 * refusal, never a permission where this was none.
 */
struct acl_judged acl_judge(const struct acl_asked *q);

#endif
