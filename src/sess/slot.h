#ifndef SLOT_H
#define SLOT_H

/*
 * The session's slot of the scoreboard: where it counts against max-sessions
 * and max-sessions-per-ip.
 */

#include "session.h"

/*
 * After session-acl is chosen: NULL, or why this connection is one too many
 * or cannot be counted (static, until the next call).  A session-acl without
 * limits never refuses: what has no slot goes on unseen.
 */
const char *slot_take(struct sess *s);
/* The session is over: another may take its place. */
void slot_free(struct sess *s);

#endif
