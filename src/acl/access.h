#ifndef ACCESS_H
#define ACCESS_H

/*
 * What the access of a command-acl means.  Its rows are taken out of the
 * ACL's lists when it is compiled, so that whoever looks at these sees what
 * holds; what hangs on a command's arguments is judged with the command.
 *
 *	read-only	nothing that stays on the server; SELECT goes on as
 *			EXAMINE, CLOSE as UNSELECT, BODY[] as BODY.PEEK[]
 *	organise	nothing that is gone for good: no expunging, no
 *			\Deleted, no removal of mailboxes; CLOSE goes on as
 *			UNSELECT
 *	no-export	of a mail its headers, flags and structure, no text
 */

#include "arg.h"
#include "conf.h"

/* Take what the access refuses out of the ACL's lists. */
void acl_access_narrow(struct conf_command_acl *a);
/* Does it refuse this row of commands, or of fetch-items? */
bool acl_access_refuses(const struct conf_command_acl *a, enum imap_row row);
bool acl_access_refuses_item(const struct conf_command_acl *a, unsigned row);
/*
 * Does it refuse the arguments of a command, as far as they are read?  NULL,
 * or why, a constant text.
 */
const char *acl_access_judge(const struct conf_command_acl *a,
    const struct imap_command *cmd);
/* The row that goes on to the server instead; the same for most. */
enum imap_row acl_access_sends(const struct conf_command_acl *a,
    enum imap_row row);
/* "read-only" */
const char *acl_access_name(const struct conf_command_acl *a);

#endif
