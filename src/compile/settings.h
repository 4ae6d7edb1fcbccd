#ifndef SETTINGS_H
#define SETTINGS_H

/*
 * What ACLs decide, for test-imap4 -t: read off the table of keys, so that
 * none is forgotten.  Text has what differs from the defaults, in the words
 * of a configuration; JSON has everything.
 */

#include "answer.h"

/* The actions of one ACL; phase 1 is session-acl, 2 command-acl. */
void settings_of(const struct conf *c, unsigned phase, uint32_t row,
    const struct answer *a);
/*
 * What more than one place may say, as it holds after both phases: the
 * command-acl's, else the session-acl's, else the top level's.
 */
void settings_in_force(const struct conf *c, uint32_t session_row,
    uint32_t command_row, const struct answer *a);

#endif
