#ifndef END_H
#define END_H

/* Ending a session of the scoreboard. */

#include "look.h"
#include "str.h"

/*
 * Kill the process of a row with SIGTERM, if it is what the row says: the
 * slot's owner still, of owner's user, a session, there since the session
 * began, and in a control group where sessions are.  The board may name any
 * process; whoever may write it must not choose who is killed.
 *
 * A session runs imap4-proxy or imap4-session and is named after its stage
 * (prctl(2), PR_SET_NAME), which tells it from the process that accepts and
 * from those that wait for a session.
 *
 * 0, or ERR_* with a constant text in *why_r.
 */
int end_session(const struct board_look *l, const struct board_row *row,
    uid_t owner, const char **why_r);

/* Of /proc/PID/stat: clock ticks since boot; false: it is not that. */
bool end_start(const char *stat, uint64_t *ticks_r);
/* Of /proc/PID/cgroup: the one that systemd names after units, in text. */
struct str end_cgroup(const char *text);
/*
 * Is a control group one of sessions, for a process that is in own?  Those
 * are own itself and below it, imap4-proxy.slice, and the units of inetds.
 * An empty one is none.
 */
bool end_within(struct str theirs, struct str own);

#endif
