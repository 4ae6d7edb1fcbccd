#ifndef SLOT_H
#define SLOT_H

/*
 * The session's slot of the scoreboard: where it counts against max-sessions
 * and max-sessions-per-ip, and where it shows what it does.
 */

#include "session.h"

/*
 * After session-acl is chosen: NULL, or why this connection is one too many
 * or cannot be counted (static, until the next call).  A session-acl without
 * limits never refuses: what has no slot goes on unseen.
 */
const char *slot_take(struct sess *s);
/* Show the stage that is entered, and what is known by now. */
void slot_stage(const struct sess *s);
/* Show counts and the command: before each wait, so it is cheap. */
void slot_show(const struct sess *s);
/* SELECT or EXAMINE goes to the server; its answer, CLOSE's or UNSELECT's. */
void slot_select(const struct sess *s, const struct imap_command *cmd);
void slot_selected(const struct sess *s, bool selected);
/* A leg has TLS. */
void slot_tls(const struct sess *s, bool server_leg, const char *version);
/* The session is over: it is counted, and another may take its place. */
void slot_free(const struct sess *s);

#endif
