#ifndef END_H
#define END_H

/* Ending a session of the scoreboard. */

#include "look.h"

/*
 * Kill the process of a row with SIGTERM, if it is what the row says: the
 * slot's owner still, of owner's user, and a session.  The board may name any
 * process; whoever may write it must not choose who is killed.
 *
 * A session runs imap4-proxy or imap4-session and is named after its stage
 * (prctl(2), PR_SET_NAME), which tells it from the process that accepts.
 *
 * 0, or ERR_* with a constant text in *why_r.
 */
int end_session(const struct board_look *l, const struct board_row *row,
    uid_t owner, const char **why_r);

#endif
