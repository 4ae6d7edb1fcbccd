#ifndef OOB_H
#define OOB_H

/*
 * Who the client is, by out-of-band authentication: its address is looked for
 * in the files of oob-auth sections.  Each is read once in a session: 5 us
 * with a few entries, see users.h.
 */

#include "facts.h"
#include "sess.h"

/* All that some auth names. */
void oob_read(const struct sess_start *start);
/* Log those that could not be used: once in a session. */
void oob_report(void);
/*
 * Set user, groups and user_why of the facts for the phase behind chosen, NULL
 * for session-acl.  They live as long as the process.
 */
void oob_know(const struct sess_start *start,
    const struct conf_session_acl *chosen, struct acl_facts *f);

#endif
