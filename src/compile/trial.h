#ifndef TRIAL_H
#define TRIAL_H

/*
 * What the proxy would do with one command of a client whose command-acl is
 * known: read as the session reads it, judged by the table of commands and
 * the ACL's sets.  The state of a session is not known here: the answer says
 * in which ones the command is one.
 */

#include "answer.h"

/*
 * text: a command without its tag and CRLF, in which "{3}abc" is a literal:
 * no CRLF stands before its octets, and of a mail none need be there.  Less
 * than TESTEXPR_COMMAND_MAX.  Tells; is it permitted?
 */
bool trial_command(const struct conf_command_acl *acl, const char *text,
    const struct answer *answer);

#endif
